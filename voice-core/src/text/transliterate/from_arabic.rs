//! Arabic to Latin letters, spelled for a reader of English.

/// Common names and words, without vowel signs and article.
const WORDS: &[(&str, &str)] = &[
    ("محمد", "Muhammad"),
    ("أحمد", "Ahmad"),
    ("احمد", "Ahmad"),
    ("علي", "Ali"),
    ("عمر", "Omar"),
    ("عثمان", "Othman"),
    ("حسن", "Hassan"),
    ("حسين", "Hussein"),
    ("خالد", "Khaled"),
    ("سعد", "Saad"),
    ("سعيد", "Saeed"),
    ("سعود", "Saud"),
    ("فهد", "Fahad"),
    ("فيصل", "Faisal"),
    ("سلمان", "Salman"),
    ("سلطان", "Sultan"),
    ("ناصر", "Nasser"),
    ("إبراهيم", "Ibrahim"),
    ("ابراهيم", "Ibrahim"),
    ("يوسف", "Yusuf"),
    ("موسى", "Musa"),
    ("صالح", "Saleh"),
    ("طارق", "Tariq"),
    ("عبد", "Abd"),
    ("عبدالله", "Abdullah"),
    ("عبدالرحمن", "Abdur-Rahman"),
    ("عبدالعزيز", "Abdul-Aziz"),
    ("الله", "Allah"),
    ("فاطمة", "Fatima"),
    ("عائشة", "Aisha"),
    ("مريم", "Mariam"),
    ("سارة", "Sara"),
    ("نورة", "Noura"),
    ("نور", "Nour"),
    ("ليلى", "Layla"),
    ("هند", "Hind"),
    ("عتيبي", "Otaibi"),
    ("قحطاني", "Qahtani"),
    ("غامدي", "Ghamdi"),
    ("شمري", "Shammari"),
    ("حربي", "Harbi"),
    ("زهراني", "Zahrani"),
    ("دوسري", "Dosari"),
    ("مطيري", "Mutairi"),
    ("شكرا", "shukran"),
    ("مرحبا", "marhaba"),
    ("رياض", "Riyadh"),
    ("جدة", "Jeddah"),
    ("مكة", "Makkah"),
    ("مدينة", "Madina"),
    ("دبي", "Dubai"),
    ("قاهرة", "Cairo"),
    ("سعودية", "Saudia"),
    ("رمضان", "Ramadan"),
    ("عيد", "Eid"),
    ("إن", "in"),
    ("من", "min"),
    ("إلى", "ila"),
    ("في", "fee"),
    ("على", "ala"),
    ("و", "wa"),
];

/// A sound of a word.
#[derive(Clone, Copy)]
enum Sound {
    Consonant(&'static str),
    Vowel(&'static str),
    /// The sign of a consonant without a vowel.
    None,
}

/// A word of Arabic letters in Latin letters; other characters are dropped.
pub(super) fn to_latin(word: &str) -> String {
    let bare: String = word.chars().filter(|&c| !is_sign(c) && c != 'ـ').collect();
    if let Some(name) = known(&bare) {
        return name.to_owned();
    }
    // An article is one after the particles و, ف, ب and ك; لل is its form after ل.
    for (written, spoken) in
        [("وال", "wa"), ("فال", "fa"), ("بال", "bi"), ("كال", "ka"), ("ال", "a"), ("لل", "li")]
    {
        if let Some(rest) = bare.strip_prefix(written)
            && rest.chars().nth(1).is_some()
        {
            let stem = known(rest).map_or_else(|| sounds(rest), str::to_owned);
            let assimilated = rest.chars().next().filter(|c| "تثدذرزسشصضطظن".contains(*c));
            let article = assimilated.and_then(consonant).unwrap_or("l");
            return format!("{spoken}{article}-{stem}");
        }
    }
    sounds(word)
}

fn known(word: &str) -> Option<&'static str> {
    WORDS.iter().find(|(known, _)| *known == word).map(|(_, name)| *name)
}

fn is_sign(c: char) -> bool {
    matches!(c, '\u{64b}'..='\u{65f}' | '\u{670}')
}

fn sounds(word: &str) -> String {
    let sounds = read(word);
    let mut latin = String::new();
    // Whether the present syllable has its vowel.
    let mut has_vowel = false;
    for (at, sound) in sounds.iter().enumerate() {
        match *sound {
            Sound::Vowel(vowel) => {
                latin.push_str(vowel);
                has_vowel = true;
            }
            Sound::None => has_vowel = false,
            Sound::Consonant(consonant) => {
                latin.push_str(consonant);
                match sounds.get(at + 1) {
                    Some(Sound::Consonant(_)) => {
                        // The consonant ends its syllable if another can begin after it.
                        let ends = has_vowel && sounds.get(at + 2).is_some();
                        if !ends {
                            latin.push('a');
                        }
                        has_vowel = !ends;
                    }
                    Some(Sound::Vowel(_)) => has_vowel = false,
                    Some(Sound::None) | None => {}
                }
            }
        }
    }
    latin
}

fn read(word: &str) -> Vec<Sound> {
    let mut sounds = Vec::new();
    let letters: Vec<char> = word.chars().filter(|&c| c != 'ـ').collect();
    let is_vowel_letter = |c: char| matches!(c, 'ا' | 'و' | 'ي' | 'ى' | 'آ');
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1).copied();
        let after_vowel = matches!(sounds.last(), None | Some(Sound::Vowel(_)));
        match letter {
            '\u{64e}' if after == Some('ا') => {}
            'ة' if before == Some('\u{64e}') => {}
            '\u{64f}' if after == Some('و') => {}
            '\u{650}' if after == Some('ي') => {}
            '\u{64e}' | 'ى' | 'أ' | 'ة' => sounds.push(Sound::Vowel("a")),
            '\u{64f}' => sounds.push(Sound::Vowel("u")),
            '\u{650}' | 'إ' => sounds.push(Sound::Vowel("i")),
            '\u{64b}' => sounds.push(Sound::Vowel("an")),
            '\u{64c}' => sounds.push(Sound::Vowel("un")),
            '\u{64d}' => sounds.push(Sound::Vowel("in")),
            '\u{652}' => sounds.push(Sound::None),
            // A double consonant.
            '\u{651}' => {
                if let Some(&Sound::Consonant(consonant)) = sounds.last() {
                    sounds.push(Sound::None);
                    sounds.push(Sound::Consonant(consonant));
                }
            }
            // Its sign stands before or after it.
            'ا' if before == Some('\u{64b}') || after == Some('\u{64b}') => {}
            'ا' if after_vowel => sounds.push(Sound::Vowel("a")),
            'ا' | 'آ' => sounds.push(Sound::Vowel("aa")),
            'ئ' => sounds.push(Sound::Vowel("e")),
            'ؤ' => sounds.push(Sound::Vowel("o")),
            'ع' if at == 0 && after == Some('ي') => {
                let opens = letters.get(at + 2).is_some_and(|&c| is_vowel_letter(c));
                sounds.push(Sound::Vowel(if opens { "i" } else { "a" }));
            }
            'ع' if at == 0 && after.is_none_or(|c| !is_vowel_letter(c) && !is_sign(c)) => {
                sounds.push(Sound::Vowel("a"));
            }
            'ع' | 'ء' if letters.len() == 1 => sounds.push(Sound::Vowel("a")),
            'ع' => sounds.push(Sound::Consonant("'")),
            'و' | 'ي' => {
                let (consonant, vowel) = if letter == 'و' { ("w", "oo") } else { ("y", "ee") };
                let before_vowel = after.is_some_and(|c| {
                    is_vowel_letter(c) || matches!(c, 'ة' | '\u{64b}'..='\u{650}' | '\u{651}')
                });
                if at == 0 {
                    sounds.push(Sound::Consonant(consonant));
                } else if before_vowel && !after_vowel {
                    sounds.push(Sound::Vowel(vowel));
                    sounds.push(Sound::Consonant(consonant));
                } else if before_vowel || after_vowel {
                    sounds.push(Sound::Consonant(consonant));
                } else {
                    sounds.push(Sound::Vowel(vowel));
                }
            }
            _ => sounds.extend(consonant(letter).map(Sound::Consonant)),
        }
    }
    sounds
}

fn consonant(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ب' => "b",
        'ت' | 'ط' => "t",
        'ث' | 'ذ' => "th",
        'ج' => "j",
        'ح' | 'ه' | 'ہ' | 'ھ' => "h",
        'خ' => "kh",
        'د' | 'ض' => "d",
        'ر' => "r",
        'ز' | 'ظ' => "z",
        'س' | 'ص' => "s",
        'ش' => "sh",
        'غ' => "gh",
        'ف' => "f",
        'ق' => "q",
        'ك' | 'ک' => "k",
        'ل' => "l",
        'م' => "m",
        'ن' => "n",
        'ء' => "'",
        'پ' => "p",
        'چ' => "ch",
        'ژ' => "zh",
        'گ' => "g",
        'ڤ' => "v",
        'ی' => "y",
        _ => return None,
    })
}
