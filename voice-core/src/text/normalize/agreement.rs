//! The case of an Arabic number, from the words around it.

use super::arabic::Case;
use super::scan::{Place, blank, is_digit, is_letter, listed, word};

/// Words that put the following number into the oblique case: prepositions, adverbs of time and place, nouns that are
/// usually followed by a quantity, and verbs of taking, whose object the number is.
const GOVERNING: &str = "\
    من إلى الى في على عن حتى منذ مذ خلال بعد قبل لمدة مدة كل نحو بين فوق تحت دون عند عبر آخر أول حوالي \
    بنسبة نسبة بجرعة جرعة بمعدل معدل بحدود مقدار بمقدار بعمر عمر بوزن وزن بطول طول بقيمة قيمة \
    بسعر سعر بمبلغ مبلغ درجة عام لعام العام سنة لسنة يوم ب ل ك تناول تناولي يتناول خذ خذي أخذ \
    استخدم استخدمي صيام صم صومي رأيت شاهدت اشتريت قرأت زرت أكلت شربت أكمل أرسل أضافت أعط اشرب اشربي أضف انتظر دفع يساوي";

/// The case of a number at that place.
pub(super) fn case(place: &Place) -> Case {
    if governs(place.word) || after_between(place) { Case::Oblique } else { Case::Nominative }
}

/// Whether the number is the second one after "between": بين 100 و200.
fn after_between(place: &Place) -> bool {
    let Some(first) = (place.word == "و").then(|| place.near().trim_end_matches('ـ')) else { return false };
    let first = first.strip_suffix('و').unwrap_or(first).trim_end();
    let words = first.trim_end_matches(|c: char| c != ' ' || is_letter(c)).trim_end();
    words.ends_with("بين") || words.rsplit(' ').nth(1) == Some("بين") && words.ends_with(is_digit)
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

/// Whether an adjective may follow, which would agree with the noun before it.
pub(super) fn adjective_follows(after: &str) -> bool {
    let gap = blank(after);
    let next = word(&after[gap..]);
    gap > 0
        && next.len() <= 64
        && (next.ends_with('ي') || next.ends_with("ية"))
        && !matches!(next, "في" | "لي")
}
