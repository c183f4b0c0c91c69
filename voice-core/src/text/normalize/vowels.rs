//! The vowel signs of the words that the normalizer writes: numbers, units, months, currencies, names of letters.
//!
//! Arabic is written without them, and a diacritizer errs on number words (one in eight with libtashkeel). The words
//! of the normalizer are a closed set, so their signs are known. The last letter gets none: its vowel is the case
//! ending, which pausal speech leaves out, except where the ending never changes, as in خَمْسَةَ عَشَر.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::scan::is_letter;

/// Words with their signs. Duals, plurals in ات and accusatives of these are derived; so are words after و, ال, ب, ل.
const WORDS: &str = "\
    صِفْر وَاحِد وَاحِدَة اِثْنَان اِثْنَتَان اِثْنَيْن اِثْنَتَيْن ثَلَاثَة ثَلَاث أَرْبَعَة أَرْبَع خَمْسَة خَمْس سِتَّة سِتّ سَبْعَة سَبْع \
    ثَمَانِيَة ثَمَانِي ثَمَانٍ تِسْعَة تِسْع عَشَرَة عَشْر أَحَدَ إِحْدَى اِثْنَا اِثْنَي اِثْنَتَا اِثْنَتَي عِشْرُون عِشْرِين ثَلَاثُون ثَلَاثِين \
    أَرْبَعُون أَرْبَعِين خَمْسُون خَمْسِين سِتُّون سِتِّين سَبْعُون سَبْعِين ثَمَانُون ثَمَانِين تِسْعُون تِسْعِين مِئَة مِئَتَان مِئَتَيْن مِئَتَا \
    مِئَتَي ثَلَاثمِئَة أَرْبَعمِئَة خَمْسمِئَة سِتّمِئَة سَبْعمِئَة ثَمَانمِئَة تِسْعمِئَة أَلْف أَلْفَا أَلْفَي آلَاف مِلْيُون مِلْيُونَا مِلْيُونَي \
    مَلَايِين مِلْيَار مِلْيَارَا مِلْيَارَي تِرِيلْيُون كَوَادْرِيلْيُون \
    أَوَّل أُولَى ثَانِي ثَانِيَة ثَالِث ثَالِثَة رَابِع رَابِعَة خَامِس خَامِسَة سَادِس سَادِسَة سَابِع سَابِعَة ثَامِن ثَامِنَة تَاسِع تَاسِعَة \
    عَاشِر عَاشِرَة حَادِي حَادِيَة نِصْف ثُلْث رُبْع خُمْس سُدْس سُبْع ثُمْن تُسْع أَثْلَاث أَرْبَاع أَخْمَاس أَسْدَاس أَسْبَاع أَثْمَان أَتْسَاع \
    أَعْشَار فَاصِلَة نُقْطَة نُقْطَتَان شَرْطَة زَائِد نَاقِص سَالِب مُوجَب يُسَاوِي أَقَلّ أَكْثَر حَوَالَي جَذْر أُسّ تَرْبِيع تَكْعِيب مُقَابِل \
    سَاعَة سَاعَات دَقِيقَة دَقَائِق ثَانِيَة ثَوَانٍ يَوْم أَيَّام أُسْبُوع أَسَابِيع شَهْر أَشْهُر سَنَة سَنَوَات عَام أَعْوَام صَبَاح مَسَاء \
    كَانُون شُبَاط آذَار نَيْسَان أَيَّار حَزِيرَان تَمُّوز أَيْلُول تِشْرِين \
    هِجْرَة مِيلَاد مَرَّة مَرَّات عَالَمِيّ تَوْقِيت \
    يَنَايِر فَبْرَايِر مَارِس أَبْرِيل مَايُو يُونْيُو يُولْيُو أَغُسْطُس سِبْتَمْبِر أُكْتُوبَر نُوفَمْبِر دِيسَمْبِر مُحَرَّم صَفَر رَبِيع آخِر جُمَادَى \
    آخِرَة رَجَب شَعْبَان رَمَضَان شَوَّال ذِي قَعْدَة حِجَّة \
    رِيَال رِيَالَات دِينَار دَنَانِير دِرْهَم دَرَاهِم دُولَار دُولَارَات يُورُو جُنَيْه جُنَيْهَات لِيرَة لِيرَات فِلْس فُلُوس هَلَلَة هَلَلَات \
    قِرْش قُرُوش سِنْت سِنْتَات بِنْس رُوبِيَّة بَيْسَة سُعُودِيّ سُعُودِيَّة كُوَيْتِيّ كُوَيْتِيَّة إِمَارَاتِيّ إِمَارَاتِيَّة قَطَرِيّ قَطَرِيَّة بَحْرَيْنِيّ \
    بَحْرَيْنِيَّة عُمَانِيّ عُمَانِيَّة مِصْرِيّ مِصْرِيَّة أُرْدُنِّيّ أُرْدُنِّيَّة أَمْرِيكِيّ إِسْتَرْلِينِيّ \
    غِرَام غِرَامَات مِلِّيغْرَام مِلِّيغْرَامَات مَلِيغْرَام مَلِيغْرَامَات مَيْكْرُوغْرَام كِيلُوغْرَام طُنّ أَطْنَان رَطْل أَرْطَال أُونْصَة لِتْر لِتْرَات \
    مِلِيلِتْر مِلِيلِتْرَات دِيسِيلِتْر مَلْعَقَة مَلَاعِق مِتْر أَمْتَار كِيلُومِتْر كِيلُومِتْرَات سَنْتِيمِتْر سَنْتِيمِتْرَات مِلِيمِتْر مِلِيمِتْرَات \
    قَدَم أَقْدَام بُوصَة بُوصَات مِيل أَمْيَال دَرَجَة دَرَجَات مِئَوِيَّة مُرَبَّع مُرَبَّعَة مُكَعَّب مُكَعَّبَة زِئْبَقِيّ نَبْضَة نَبَضَات وَحْدَة \
    وَحَدَات دَوْلِيَّة قُرْص أَقْرَاص حَبَّة حَبَّات كَبْسُولَة كَبْسُولَات قَطْرَة قَطَرَات جُرْعَة جُرْعَات سُعْرَة سُعْرَات مِلِّيمُول مَلِيمُول \
    دُكْتُور دُكْتُورَة أُسْتَاذ أُسْتَاذَة مُهَنْدِس مُهَنْدِسَة شَارِع صَفْحَة طَابِق صُنْدُوق بَرِيد هَاتِف جُزْء \
    إِيه بِي سِي دِي إِف جِي إِتْش آي جِيه كِيه إِل إِم إِن أُو كْيُو آر إِس تِي يُو دَبْلْيُو إِكْس وَاي زِد \
    أَلِف بَاء تَاء ثَاء جِيم حَاء خَاء دَال ذَال رَاء زَاي سِين شِين صَاد ضَاد طَاء ظَاء عَيْن غَيْن فَاء قَاف كَاف لَام مِيم نُون هَاء وَاو يَاء \
    هَمْزَة مِن إِلَى عَلَى فِي لِكُلّ كُلّ بَعْد قَبْل عِنْد مَرَّتَيْن";

/// The words by their bare form. The first of two words with the same letters counts.
static TABLE: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut table = HashMap::new();
    for word in WORDS.split_ascii_whitespace() {
        table.entry(bare(word)).or_insert(word);
    }
    table
});

/// Builds the table, if no text needed it yet.
pub(super) fn build_table() {
    LazyLock::force(&TABLE);
}

fn is_sign(c: char) -> bool {
    matches!(c, '\u{64b}'..='\u{652}')
}

fn bare(word: &str) -> String {
    word.chars().filter(|&c| !is_sign(c)).collect()
}

/// `spoken`, words of the normalizer, with vowel signs on those that are known.
pub(super) fn add(spoken: &str) -> Cow<'_, str> {
    if !spoken.contains(|c: char| ('\u{621}'..='\u{64a}').contains(&c)) {
        return Cow::Borrowed(spoken);
    }
    let mut written = String::with_capacity(spoken.len() * 2);
    let mut before = "";
    let mut rest = spoken;
    while !rest.is_empty() {
        let word = &rest[..rest.find(|c| !is_letter(c)).unwrap_or(rest.len())];
        if word.is_empty() {
            let gap = rest.find(is_letter).unwrap_or(rest.len());
            written.push_str(&rest[..gap]);
            rest = &rest[gap..];
            continue;
        }
        if let Some(ten) = ten(before, word) {
            // The first part of a compound ends in a fatha that never changes: خَمْسَةَ عَشَر.
            let end = written.trim_end_matches(' ').len();
            if before.ends_with("ثماني") || !before.ends_with(['ا', 'ى', 'ي']) {
                written.insert(end, '\u{64e}');
            }
            written.push_str(ten);
        } else if let Some(known) = with_signs(word) {
            written.push_str(&known);
        } else {
            written.push_str(word);
        }
        before = word;
        rest = &rest[word.len()..];
    }
    Cow::Owned(written)
}

/// عشر and عشرة after another number: خمسة عَشَر, خمس عَشْرَة.
fn ten(before: &str, word: &str) -> Option<&'static str> {
    let first = before.ends_with('ة')
        || ["أحد", "اثنا", "اثني", "الحادي"].iter().any(|end| before.ends_with(end))
        || before.starts_with("ال");
    match word {
        _ if before.is_empty() || before.ends_with("مئة") => None,
        "عشرة" => Some("عَشْرَة"),
        "عشر" if first => Some("عَشَر"),
        _ => None,
    }
}

/// The word with signs: known, or derived from a known one.
fn with_signs(word: &str) -> Option<String> {
    let tanween_only = word.trim_end_matches(['ا', '\u{64b}', '\u{64d}']);
    if tanween_only.contains(is_sign) {
        // The normalizer wrote its signs.
        return None;
    }
    let plain = bare(word);
    let tanween = word.ends_with("ًا");
    let find = |plain: &str| known(plain, tanween);
    if let Some(known) = find(&plain) {
        return Some(known);
    }
    for (head, signs) in
        [("و", "وَ"), ("ب", "بِ"), ("ل", "لِ"), ("ال", "ال"), ("وال", "وَال"), ("بال", "بِال"), ("لل", "لِل")]
    {
        if let Some(rest) = plain.strip_prefix(head)
            && rest.chars().count() >= 2
            && let Some(known) = find(rest)
        {
            return Some(if head.ends_with("ال") || head == "لل" {
                // أَحَدَ ends in a fatha only in أحد عشر.
                article(signs, known.trim_end_matches('\u{64e}'))
            } else {
                format!("{signs}{known}")
            });
        }
    }
    None
}

/// The word after the article, which doubles a sun letter: السَّاعَة.
fn article(head: &str, word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().unwrap_or_default();
    if !"تثدذرزسشصضطظلن".contains(first) {
        return format!("{head}{word}");
    }
    let rest = letters.as_str();
    let vowel = rest.chars().next().filter(|&c| is_sign(c)).map_or(0, char::len_utf8);
    format!("{head}{first}{}\u{651}{}", &rest[..vowel], &rest[vowel..])
}

fn known(plain: &str, tanween: bool) -> Option<String> {
    if tanween {
        let stem = plain.strip_suffix('ا')?;
        return Some(format!("{}ًا", TABLE.get(stem)?));
    }
    if let Some(known) = TABLE.get(plain) {
        return Some((*known).to_owned());
    }
    for (ending, signs) in [("ان", "َان"), ("ين", "َيْن"), ("ات", "َات"), ("ا", "َا"), ("ي", "َي")]
    {
        let Some(stem) = plain.strip_suffix(ending) else { continue };
        if let Some(known) = TABLE.get(stem) {
            return Some(format!("{known}{signs}"));
        }
        // ساعتان، حبات: the ة becomes ت or goes.
        let stem = if ending == "ات" { stem } else { stem.strip_suffix('ت').unwrap_or_default() };
        if let Some(known) = TABLE.get(&format!("{stem}ة")) {
            let known = known.trim_end_matches('ة');
            return Some(match ending {
                "ات" => format!("{known}ات"),
                _ => format!("{known}ت{signs}"),
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;
    use crate::text::normalize::{normalize, normalize_with_vowels};
    use crate::text::{Language, test_data};

    #[test]
    fn numbers_and_units_get_their_vowels() {
        for (text, spoken) in [
            ("5 مل", "خَمْسَة مِلِيلِتْرَات"),
            ("15 ريالا", "خَمْسَةَ عَشَر رِيَالًا"),
            ("الساعة 10:30 ص", "الساعة العَاشِرَة وَالنِّصْف صَبَاحًا"),
            ("18 دقيقة", "ثَمَانِيَ عَشْرَة دَقِيقَة"),
            ("2 حبة", "حَبَّتَان"),
            ("بـ 30 ملغ", "بِثَلَاثِين مِلِّيغْرَامًا"),
            ("300 درهم", "ثَلَاثمِئَة دِرْهَم"),
            ("كتبت 3 رسائل", "كتبت ثَلَاث رسائل"),
            ("1/5 لتر", "خُمْس لِتْر"),
            ("17/5/2024", "السَّابِعَ عَشَر مِن مَايُو عَام أَلْفَيْن وَأَرْبَعَة وَعِشْرِين"),
        ] {
            let read = normalize_with_vowels(text, Language::Arabic);
            assert_eq!(bare(&read), bare(&normalize(text, Language::Arabic)), "{text}");
            assert_eq!(read.nfc().collect::<String>(), spoken.nfc().collect::<String>(), "{text}");
        }
    }

    /// Only signs are added, whatever is read.
    #[test]
    fn vowels_change_no_letter() {
        let Some(table) = test_data::read("cases/spoken-ar.tsv") else { return };
        for line in table.lines() {
            let text = line.split('\t').nth(1).unwrap();
            let read = normalize_with_vowels(text, Language::Arabic);
            assert_eq!(bare(&read), bare(&normalize(text, Language::Arabic)), "{text}");
        }
    }

    /// All words of numbers are known.
    #[test]
    fn every_number_word_has_vowels() {
        for number in (0..1_200).chain([2_000, 11_000, 200_000, 1_000_000, 3_000_000]) {
            let read = normalize_with_vowels(&number.to_string(), Language::Arabic);
            for word in read.split(' ') {
                assert!(word.contains(is_sign), "{number}: {read}");
            }
        }
    }
}
