//! The words with which numbers and dates are read aloud. Their readers pause between groups of digits.

use crate::language::LanguageTag;
use crate::text::{cardinal, ordinal};

/// How many of the last words are looked at.
const LOOK_BACK: usize = 4;

/// The words of a language that has a list.
pub(crate) fn of_language(language: &LanguageTag) -> Vec<String> {
    match language.primary() {
        "ar" => ARABIC.iter().map(|word| (*word).to_owned()).collect(),
        "en" => english(),
        _ => Vec::new(),
    }
}

/// Whether a number or a date is being read at the end of `words`: the last word is one of the sorted `numerals` or has
/// digits, and so is another one just before it.
pub(super) fn are_read(words: &[String], numerals: &[String]) -> bool {
    let is_numeral = |word: &String| {
        let known = |word: &str| numerals.binary_search_by(|numeral| numeral.as_str().cmp(word)).is_ok();
        word.chars().all(char::is_numeric) || known(word) || without_prefix(word).is_some_and(known)
    };
    let recent = &words[words.len().saturating_sub(LOOK_BACK)..];
    recent.last().is_some_and(is_numeral) && recent.iter().filter(|word| is_numeral(word)).count() > 1
}

/// An Arabic word without "and" and "the".
fn without_prefix(word: &str) -> Option<&str> {
    let bare = word.strip_prefix('و').unwrap_or(word);
    let bare = bare.strip_prefix("ال").unwrap_or(bare);
    (bare.len() < word.len()).then_some(bare)
}

const ARABIC: &[&str] = &[
    "صفر",
    "واحد",
    "واحدة",
    "اثنان",
    "اثنين",
    "اثنتان",
    "اثنتين",
    "ثنين",
    "ثلاثة",
    "ثلاث",
    "أربعة",
    "أربع",
    "خمسة",
    "خمس",
    "ستة",
    "ست",
    "سبعة",
    "سبع",
    "ثمانية",
    "ثماني",
    "ثمان",
    "تسعة",
    "تسع",
    "عشرة",
    "عشر",
    "أحد",
    "إحدى",
    "اثنا",
    "اثني",
    "عشرون",
    "عشرين",
    "ثلاثون",
    "ثلاثين",
    "أربعون",
    "أربعين",
    "خمسون",
    "خمسين",
    "ستون",
    "ستين",
    "سبعون",
    "سبعين",
    "ثمانون",
    "ثمانين",
    "تسعون",
    "تسعين",
    "مئة",
    "مائة",
    "مية",
    "مئتان",
    "مئتين",
    "ميتين",
    "ثلاثمئة",
    "أربعمئة",
    "خمسمئة",
    "ستمئة",
    "سبعمئة",
    "ثمانمئة",
    "تسعمئة",
    "ألف",
    "ألفان",
    "ألفين",
    "آلاف",
    "مليون",
    "أول",
    "ثاني",
    "ثالث",
    "رابع",
    "خامس",
    "سادس",
    "سابع",
    "ثامن",
    "تاسع",
    "عاشر",
    "حادي",
    "يناير",
    "فبراير",
    "مارس",
    "أبريل",
    "مايو",
    "يونيو",
    "يوليو",
    "أغسطس",
    "سبتمبر",
    "أكتوبر",
    "نوفمبر",
    "ديسمبر",
    "كانون",
    "شباط",
    "آذار",
    "نيسان",
    "أيار",
    "حزيران",
    "تموز",
    "آب",
    "أيلول",
    "تشرين",
    "محرم",
    "صفر",
    "ربيع",
    "جمادى",
    "رجب",
    "شعبان",
    "رمضان",
    "شوال",
];

/// The English words that are no number: those beside numbers, and the months.
const ENGLISH: &[&str] = &[
    "oh",
    "double",
    "triple",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The words of English numbers, and these.
fn english() -> Vec<String> {
    let tens = (20..100).step_by(10);
    let numbers = (0..20).chain(tens.clone()).chain([100, 1_000, 1_000_000]).map(cardinal);
    let ordinals = (1..20).chain(tens).map(ordinal);
    numbers.chain(ordinals).chain(ENGLISH.iter().map(|word| (*word).to_owned())).collect()
}
