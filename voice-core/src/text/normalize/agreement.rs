//! The gender and case of an Arabic number, from the words around it.

use super::arabic::{Case, Gender};
use super::scan::{Place, blank, digits, is_letter, listed, word};

/// Words that put the following number into the oblique case: prepositions, adverbs of time and place, nouns that are
/// usually followed by a quantity, and verbs of taking, whose object the number is.
const GOVERNING: &str = "\
    من إلى الى في على عن حتى منذ مذ خلال بعد قبل لمدة مدة كل نحو بين فوق تحت دون عند عبر آخر أول حوالي \
    بنسبة نسبة بجرعة جرعة بمعدل معدل بحدود مقدار بمقدار بعمر عمر بوزن وزن بطول طول بقيمة قيمة \
    بسعر سعر بمبلغ مبلغ درجة عام لعام العام سنة لسنة يوم ب ل ك تناول تناولي يتناول خذ خذي أخذ \
    استخدم استخدمي صيام صم صومي رأيت شاهدت اشتريت قرأت زرت أكلت شربت أكمل أرسل أضافت أعط اشرب اشربي أضف انتظر دفع";

/// Feminine nouns without a feminine ending.
const FEMININE: &str = "\
    دقائق ثوان ثواني ثوانٍ سنين ليال ليالي ليالٍ مرار حبوب جرع ملاعق إبر ابر غرف نقاط قطع نسخ \
    علب أسر مدن مواد صور كلى رئات عيون أيدي أرجل أنفس حقن فرص طرق";

/// Masculine nouns with a plural in ات.
const MASCULINE: &str = "\
    اختبارات إجراءات اجتماعات مستشفيات حيوانات قرارات خيارات التهابات ارتفاعات مضادات جنيهات \
    حمامات امتحانات أوقات أصوات أموات بيانات إعلانات احتمالات كيلومترات غرامات مليغرامات دولارات \
    ريالات لترات تحديات مستويات";

/// The case of a number at that place.
pub(super) fn case(place: &Place) -> Case {
    if governs(place.word) { Case::Oblique } else { Case::Nominative }
}

/// The case of the noun before a number, with which a number as its adjective agrees: في القرن 21.
pub(super) fn case_of_word(place: &Place) -> Case {
    let back = place.near().trim_end().strip_suffix(place.word).unwrap_or_default();
    let space = back.trim_end_matches(' ');
    let start = space.rfind(|c| !is_letter(c)).map_or(0, |at| space.ceil_char_boundary(at + 1));
    let object = space.len() < back.len() && governs(&space[start..]);
    if object { Case::Oblique } else { case(place) }
}

/// Whether a number after `word` is its object.
pub(super) fn governs(word: &str) -> bool {
    let without_and = word.strip_prefix('و').unwrap_or(word);
    listed(GOVERNING, word) || listed(GOVERNING, without_and)
}

/// The gender of the noun that a number counts, guessed from `after`, the text after the number.
///
/// Years take it from the word before (سنة). The default is masculine, the gender of plain counting.
pub(super) fn gender(place: &Place, after: &str) -> Gender {
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
    if let Some(gender) = super::nouns::plural_gender(noun) {
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

/// Whether an adjective may follow, which would agree with the noun before it.
pub(super) fn adjective_follows(after: &str) -> bool {
    let gap = blank(after);
    let next = word(&after[gap..]);
    gap > 0
        && next.len() <= 64
        && (next.ends_with('ي') || next.ends_with("ية"))
        && !matches!(next, "في" | "لي")
}
