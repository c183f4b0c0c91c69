//! Latin to Arabic letters, by the spelling of English.

/// Common words: names of products, medicines and services, and short words.
const WORDS: &[(&str, &str)] = &[
    ("windows", "ويندوز"),
    ("microsoft", "مايكروسوفت"),
    ("google", "غوغل"),
    ("apple", "آبل"),
    ("android", "أندرويد"),
    ("iphone", "آيفون"),
    ("ipad", "آيباد"),
    ("ios", "آي أو إس"),
    ("macos", "ماك أو إس"),
    ("whatsapp", "واتساب"),
    ("facebook", "فيسبوك"),
    ("youtube", "يوتيوب"),
    ("twitter", "تويتر"),
    ("instagram", "إنستغرام"),
    ("snapchat", "سناب شات"),
    ("tiktok", "تيك توك"),
    ("telegram", "تيليغرام"),
    ("linkedin", "لينكد إن"),
    ("amazon", "أمازون"),
    ("netflix", "نتفليكس"),
    ("zoom", "زوم"),
    ("teams", "تيمز"),
    ("office", "أوفيس"),
    ("word", "وورد"),
    ("excel", "إكسل"),
    ("outlook", "أوتلوك"),
    ("gmail", "جيميل"),
    ("chatgpt", "شات جي بي تي"),
    ("email", "إيميل"),
    ("mail", "ميل"),
    ("online", "أونلاين"),
    ("internet", "إنترنت"),
    ("website", "ويب سايت"),
    ("web", "ويب"),
    ("wifi", "واي فاي"),
    ("wi", "واي"),
    ("fi", "فاي"),
    ("bluetooth", "بلوتوث"),
    ("laptop", "لابتوب"),
    ("computer", "كمبيوتر"),
    ("mobile", "موبايل"),
    ("phone", "فون"),
    ("link", "لينك"),
    ("file", "فايل"),
    ("update", "أبديت"),
    ("download", "داونلود"),
    ("app", "آب"),
    ("ok", "أوكي"),
    ("okay", "أوكي"),
    ("hello", "هالو"),
    ("hi", "هاي"),
    ("please", "بليز"),
    ("the", "ذا"),
    ("of", "أوف"),
    ("and", "آند"),
    ("to", "تو"),
    ("you", "يو"),
    ("your", "يور"),
    ("we", "وي"),
    ("he", "هي"),
    ("she", "شي"),
    ("my", "ماي"),
    ("by", "باي"),
    ("one", "وان"),
    ("two", "تو"),
    ("premium", "بريميوم"),
    ("plus", "بلس"),
    ("pro", "برو"),
    ("max", "ماكس"),
    ("mini", "ميني"),
    ("ultra", "ألترا"),
    ("visa", "فيزا"),
    ("mastercard", "ماستركارد"),
    ("mada", "مدى"),
    ("paypal", "باي بال"),
    ("uber", "أوبر"),
    ("careem", "كريم"),
    ("toyota", "تويوتا"),
    ("hyundai", "هيونداي"),
    ("samsung", "سامسونغ"),
    ("huawei", "هواوي"),
    ("sony", "سوني"),
    ("intel", "إنتل"),
    ("nike", "نايكي"),
    ("covid", "كوفيد"),
    ("clinic", "كلينيك"),
    ("hospital", "هوسبيتال"),
    ("doctor", "دكتور"),
    ("dr", "دكتور"),
    ("mr", "مستر"),
    ("mrs", "مسز"),
    ("vitamin", "فيتامين"),
    ("omega", "أوميغا"),
    ("panadol", "بنادول"),
    ("extra", "إكسترا"),
    ("paracetamol", "باراسيتامول"),
    ("aspirin", "أسبرين"),
    ("ibuprofen", "إيبوبروفين"),
    ("amoxicillin", "أموكسيسيلين"),
    ("augmentin", "أوغمنتين"),
    ("azithromycin", "أزيثرومايسين"),
    ("insulin", "إنسولين"),
    ("lantus", "لانتوس"),
    ("metformin", "ميتفورمين"),
    ("glucophage", "غلوكوفاج"),
    ("omeprazole", "أوميبرازول"),
    ("nexium", "نيكسيوم"),
    ("lipitor", "ليبيتور"),
    ("atorvastatin", "أتورفاستاتين"),
    ("amlodipine", "أملوديبين"),
    ("bisoprolol", "بيسوبرولول"),
    ("concor", "كونكور"),
    ("warfarin", "وارفارين"),
    ("ventolin", "فنتولين"),
    ("brufen", "بروفين"),
    ("voltaren", "فولتارين"),
    ("zyrtec", "زيرتك"),
    ("prednisolone", "بريدنيزولون"),
    ("levothyroxine", "ليفوثيروكسين"),
    ("pfizer", "فايزر"),
    ("james", "جيمس"),
    ("george", "جورج"),
    ("michael", "مايكل"),
    ("mohammed", "محمد"),
    ("muhammad", "محمد"),
    ("ahmed", "أحمد"),
    ("ahmad", "أحمد"),
    ("ali", "علي"),
    ("sara", "سارة"),
    ("london", "لندن"),
    ("dubai", "دبي"),
    ("riyadh", "الرياض"),
    ("jeddah", "جدة"),
];

/// Letters at the start of a word.
const FIRST: &[(&str, &str)] = &[
    ("kn", "ن"),
    ("wr", "ر"),
    ("ps", "س"),
    ("x", "ز"),
    ("ea", "إي"),
    ("ee", "إي"),
    ("ai", "إي"),
    ("au", "أو"),
    ("oo", "أو"),
    ("ou", "أو"),
    ("ow", "أو"),
    ("eu", "يو"),
    ("a", "أ"),
    ("e", "إ"),
    ("i", "إ"),
    ("o", "أو"),
    ("u", "أ"),
];

/// Letters at the end of a word, after another sound.
const LAST: &[(&str, &str)] = &[
    ("ation", "يشن"),
    ("tion", "شن"),
    ("sion", "جن"),
    ("ture", "تشر"),
    ("ough", "و"),
    ("age", "يج"),
    ("gue", "غ"),
    ("que", "ك"),
    ("ows", "وز"),
    ("ies", "يز"),
    ("ees", "يز"),
    ("le", "ل"),
    ("er", "ر"),
    ("re", "ر"),
    ("ey", "ي"),
    ("ow", "و"),
    ("ce", "س"),
    ("ge", "ج"),
    ("a", "ا"),
    ("o", "و"),
    ("y", "ي"),
];

/// Letters anywhere.
const ANYWHERE: &[(&str, &str)] = &[
    ("tion", "شن"),
    ("eau", "و"),
    ("igh", "اي"),
    ("sch", "ش"),
    ("tch", "تش"),
    ("chr", "كر"),
    ("sh", "ش"),
    ("ch", "تش"),
    ("ph", "ف"),
    ("th", "ث"),
    ("kh", "خ"),
    ("gh", "غ"),
    ("dh", "ذ"),
    ("wh", "و"),
    ("ck", "ك"),
    ("qu", "كو"),
    ("ng", "نغ"),
    ("ce", "سي"),
    ("ci", "سي"),
    ("cy", "سي"),
    ("ge", "جي"),
    ("gi", "جي"),
    ("gy", "جي"),
    ("oo", "و"),
    ("ee", "ي"),
    ("ea", "ي"),
    ("ai", "ي"),
    ("ay", "ي"),
    ("ei", "ي"),
    ("ey", "ي"),
    ("ie", "ي"),
    ("oa", "و"),
    ("ou", "او"),
    ("ow", "و"),
    ("au", "و"),
    ("aw", "و"),
    ("oi", "وي"),
    ("oy", "وي"),
    ("ew", "يو"),
    ("ue", "و"),
    ("a", "ا"),
    ("b", "ب"),
    ("c", "ك"),
    ("d", "د"),
    ("e", "ي"),
    ("f", "ف"),
    ("g", "غ"),
    ("h", "ه"),
    ("i", "ي"),
    ("j", "ج"),
    ("k", "ك"),
    ("l", "ل"),
    ("m", "م"),
    ("n", "ن"),
    ("o", "و"),
    ("p", "ب"),
    ("q", "ك"),
    ("r", "ر"),
    ("s", "س"),
    ("t", "ت"),
    ("u", "و"),
    ("v", "ف"),
    ("w", "و"),
    ("x", "كس"),
    ("y", "ي"),
    ("z", "ز"),
];

/// A word of ASCII letters in Arabic letters; other characters are dropped.
pub(super) fn to_arabic(word: &str) -> String {
    let word: String =
        word.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
    if let Some((_, arabic)) = WORDS.iter().find(|(known, _)| *known == word) {
        return (*arabic).to_owned();
    }
    // A plural or possessive of a known word.
    if let Some(stem) = word.strip_suffix('s')
        && let Some((_, arabic)) = WORDS.iter().find(|(known, _)| *known == stem && known.len() > 3)
    {
        return format!("{arabic}س");
    }
    let word = without_silent(&word);
    let mut arabic = String::new();
    let mut at = 0;
    while at < word.len() {
        let rest = &word[at..];
        let starts = |(letters, _): &&(&str, &str)| rest.starts_with(letters);
        let first = FIRST.iter().filter(|_| at == 0).find(starts);
        let last = LAST.iter().filter(|_| at > 0).find(|(letters, _)| rest == *letters);
        let Some((letters, sound)) = first.or(last).or_else(|| ANYWHERE.iter().find(starts)) else { break };
        arabic.push_str(sound);
        at += letters.len();
    }
    arabic
}

/// The word with single consonants for double ones, and without a silent e at its end.
fn without_silent(word: &str) -> String {
    let mut kept = String::with_capacity(word.len());
    for c in word.chars() {
        let is_vowel = matches!(c, 'a' | 'e' | 'i' | 'o' | 'u');
        if is_vowel || !kept.ends_with(c) || c == 's' && kept.len() == 1 {
            kept.push(c);
        }
    }
    let is_vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let stem = kept.strip_suffix('e').filter(|stem| {
        stem.contains(is_vowel) && !stem.ends_with(is_vowel) && !stem.ends_with(['l', 'c', 'g', 'r'])
    });
    let silent = stem.is_some_and(|stem| !stem.ends_with("qu"));
    if silent {
        kept.pop();
        // The vowel before it is long.
        if let Some(last) = kept.pop() {
            let long = match kept.chars().next_back() {
                Some('a') => Some("ai"),
                Some('i') if kept.len() <= 4 => Some("igh"),
                _ => None,
            };
            let is_single = !kept[..kept.len().saturating_sub(1)].ends_with(is_vowel);
            if let Some(long) = long.filter(|_| is_single) {
                kept.pop();
                kept.push_str(long);
            }
            kept.push(last);
        }
    }
    kept
}
