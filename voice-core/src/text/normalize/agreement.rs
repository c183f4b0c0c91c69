//! What the words around an Arabic number say about its gender and case.

use super::arabic::{Case, Gender};
use super::scan::{Place, blank, listed, word};

/// Words that put a number behind them into the oblique case: prepositions, adverbs of time and place,
/// nouns that are mostly followed by a quantity, and verbs of taking, whose object it is.
const GOVERNING: &str = "\
    من إلى الى في على عن حتى منذ مذ خلال بعد قبل لمدة مدة كل نحو بين فوق تحت دون عند عبر آخر أول حوالي \
    بنسبة نسبة بجرعة جرعة بمعدل معدل بحدود مقدار بمقدار بعمر عمر بوزن وزن بطول طول بقيمة قيمة \
    بسعر سعر بمبلغ مبلغ درجة عام لعام العام سنة لسنة يوم ب ل ك تناول تناولي يتناول خذ خذي أخذ \
    استخدم استخدمي أعط اشرب اشربي أضف انتظر دفع";

/// Nouns without a feminine ending whose singular is feminine.
const FEMININE: &str = "\
    دقائق ثوان ثواني ثوانٍ سنين ليال ليالي ليالٍ مرار حبوب جرع ملاعق إبر ابر غرف نقاط قطع نسخ \
    علب أسر مدن مواد صور كلى رئات عيون أيدي أرجل حقن فرص طرق";

/// Nouns with a plural in ات whose singular is masculine.
const MASCULINE: &str = "\
    اختبارات إجراءات اجتماعات مستشفيات حيوانات قرارات خيارات التهابات ارتفاعات مضادات جنيهات \
    حمامات امتحانات أوقات أصوات أموات بيانات إعلانات احتمالات كيلومترات غرامات مليغرامات دولارات \
    ريالات لترات تحديات مستويات";

/// The case of a number at that place.
pub(super) fn case(place: &Place) -> Case {
    let word = place.word;
    let without_and = word.strip_prefix('و').unwrap_or(word);
    if listed(GOVERNING, word) || listed(GOVERNING, without_and) { Case::Oblique } else { Case::Nominative }
}

/// The gender of the noun that a number seems to count, `after` being the text behind the number.
///
/// Years take it from the word before (سنة). Masculine, the gender of plain counting, where nothing tells.
pub(super) fn gender(place: &Place, after: &str) -> Gender {
    if matches!(place.word, "سنة" | "لسنة" | "السنة") {
        return Gender::Feminine;
    }
    let gap = blank(after);
    if gap == 0 || matches!(place.word, "رقم" | "الرقم") {
        return Gender::Masculine;
    }
    let noun = word(&after[gap..]);
    if noun.len() > 64 || noun.starts_with("ال") || listed(MASCULINE, noun) {
        return Gender::Masculine;
    }
    if noun.ends_with('ة') || (noun.ends_with("ات") && noun.len() > 6) || listed(FEMININE, noun) {
        Gender::Feminine
    } else {
        Gender::Masculine
    }
}

/// Whether an adjective may follow, which would have to agree with a noun before it.
pub(super) fn adjective_follows(after: &str) -> bool {
    let gap = blank(after);
    let next = word(&after[gap..]);
    gap > 0
        && next.len() <= 64
        && (next.ends_with('ي') || next.ends_with("ية"))
        && !matches!(next, "في" | "لي")
}
