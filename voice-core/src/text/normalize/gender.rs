//! The gender of an Arabic number, from the noun that it counts.

use super::arabic::Gender;
use super::nouns;
use super::scan::{Place, blank, digits, listed, word};

/// Feminine nouns without a feminine ending.
const FEMININE: &str = "\
    دقائق ثوان ثواني ثوانٍ سنين ليال ليالي ليالٍ مرار حبوب جرع ملاعق إبر ابر غرف نقاط قطع نسخ \
    علب أسر مدن مواد صور كلى رئات عيون أيدي أرجل أنفس حقن فرص طرق";

/// Masculine nouns with a plural in ات.
const MASCULINE: &str = "\
    اختبارات إجراءات اجتماعات مستشفيات حيوانات قرارات خيارات التهابات ارتفاعات مضادات جنيهات \
    حمامات امتحانات أوقات أصوات أموات بيانات إعلانات احتمالات كيلومترات غرامات مليغرامات دولارات \
    ريالات لترات تحديات مستويات";

/// The gender of the noun that a number counts, guessed from `after`, the text after the number.
///
/// Years take it from the word before (سنة). The default is masculine, the gender of plain counting.
pub(super) fn of_counted(place: &Place, after: &str) -> Gender {
    if matches!(place.word, "سنة" | "لسنة" | "السنة") {
        return Gender::Feminine;
    }
    let gap = blank(after);
    if gap == 0 || matches!(place.word, "رقم" | "الرقم") {
        return Gender::Masculine;
    }
    let noun = later_noun(&after[gap..]).unwrap_or_else(|| word(&after[gap..]));
    if noun.len() > 64 {
        return Gender::Masculine;
    }
    if let Some(gender) = nouns::plural_gender(noun) {
        return gender;
    }
    let noun = noun.trim_end_matches(|c| matches!(c, '\u{64b}'..='\u{652}'));
    if noun.starts_with("ال") || listed(MASCULINE, noun) {
        return Gender::Masculine;
    }
    if noun.ends_with('ة') || (noun.ends_with("ات") && noun.len() > 6) || listed(FEMININE, noun) {
        Gender::Feminine
    } else {
        Gender::Masculine
    }
}

/// The noun after a second number: 3 إلى 5 مرات.
fn later_noun(text: &str) -> Option<&str> {
    let link = word(text);
    if !matches!(link, "إلى" | "الى" | "أو" | "او") {
        return None;
    }
    let rest = &text[link.len()..];
    let rest = &rest[blank(rest)..];
    let number = digits(rest).len();
    let rest = &rest[number..];
    let gap = blank(rest);
    (number > 0 && gap > 0).then(|| word(&rest[gap..]))
}
