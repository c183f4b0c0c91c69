//! The Gregorian and the Hijri calendar: names of months, and eras.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::scan::{blank, ends, sign_and_digit};
use crate::text::Language;

/// The calendar of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Calendar {
    Gregorian,
    /// The Islamic calendar, which Saudi Arabia uses in addition to the Gregorian one.
    Hijri,
}

/// English names, then Arabic names in the genitive. `|` separates the names of a month; the first one is spoken.
type Names = [(&'static str, &'static str); 12];

static GREGORIAN: Names = [
    ("January|Jan", "يناير|كانون الثاني"),
    ("February|Feb", "فبراير|شباط"),
    ("March|Mar", "مارس|آذار"),
    ("April|Apr", "أبريل|ابريل|إبريل|نيسان"),
    ("May", "مايو|أيار"),
    ("June|Jun", "يونيو|حزيران"),
    ("July|Jul", "يوليو|تموز"),
    ("August|Aug", "أغسطس|اغسطس|آب"),
    ("September|Sept|Sep", "سبتمبر|أيلول"),
    ("October|Oct", "أكتوبر|اكتوبر|تشرين الأول"),
    ("November|Nov", "نوفمبر|تشرين الثاني"),
    ("December|Dec", "ديسمبر|كانون الأول"),
];

static HIJRI: Names = [
    ("Muharram", "محرم|المحرم|محرّم"),
    ("Safar", "صفر"),
    ("Rabi al-Awwal|Rabi' al-Awwal|Rabi al-awwal|Rabi I", "ربيع الأول|ربيع الاول"),
    ("Rabi al-Thani|Rabi' al-Thani|Rabi al-Akhir|Rabi II", "ربيع الآخر|ربيع الثاني|ربيع الاخر"),
    ("Jumada al-Ula|Jumada al-Awwal|Jumada I", "جمادى الأولى|جمادى الاولى|جمادى الأول"),
    (
        "Jumada al-Akhirah|Jumada al-Thani|Jumada al-Thaniyah|Jumada II",
        "جمادى الآخرة|جمادى الثانية|جمادى الاخرة",
    ),
    ("Rajab", "رجب"),
    ("Shaaban|Shaban|Sha'ban", "شعبان"),
    ("Ramadan", "رمضان"),
    ("Shawwal", "شوال"),
    ("Dhu al-Qadah|Dhu al-Qidah|Dhu al-Qi'dah|Dhul Qadah", "ذي القعدة|ذو القعدة|ذي القعده"),
    ("Dhu al-Hijjah|Dhul Hijjah|Dhul-Hijjah", "ذي الحجة|ذو الحجة|ذي الحجه"),
];

/// A month, 1 to 12, and one of its names.
type Month = (Calendar, u64, &'static str);

/// The names of months by their first character.
static INDEX: LazyLock<HashMap<char, Vec<Month>>> = LazyLock::new(|| {
    let mut index: HashMap<char, Vec<_>> = HashMap::new();
    for (calendar, names) in [(Calendar::Gregorian, &GREGORIAN), (Calendar::Hijri, &HIJRI)] {
        for ((english, arabic), month) in names.iter().zip(1..) {
            for name in english.split('|').chain(arabic.split('|')) {
                let first = name.chars().next().unwrap_or_default();
                index.entry(first).or_default().push((calendar, month, name));
            }
        }
    }
    index
});

/// The names of all months, 1 to 12, in both languages, separated by `|`.
#[cfg(feature = "interview")]
pub(crate) fn month_names() -> impl Iterator<Item = ((Calendar, u8), &'static str)> {
    [(Calendar::Gregorian, &GREGORIAN), (Calendar::Hijri, &HIJRI)].into_iter().flat_map(
        |(calendar, names)| {
            names.iter().zip(1..).flat_map(move |((english, arabic), month)| {
                [((calendar, month), *english), ((calendar, month), *arabic)]
            })
        },
    )
}

/// Builds the table, if no text needed it yet.
pub(super) fn build_table() {
    LazyLock::force(&INDEX);
}

/// The month, 1 to 12, whose name in either language starts `text`, and the name's length.
pub(super) fn find(text: &str) -> Option<(Calendar, u64, usize)> {
    let names = INDEX.get(&text.chars().next()?)?;
    let fits = names.iter().filter(|(.., name)| text.starts_with(name) && ends(&text[name.len()..]));
    fits.map(|&(calendar, month, name)| (calendar, month, name.len())).rev().max_by_key(|&(.., len)| len)
}

/// The spoken name; `month` is 1 to 12.
pub(super) fn name(calendar: Calendar, month: u64, language: Language) -> &'static str {
    let names = match calendar {
        Calendar::Gregorian => &GREGORIAN,
        Calendar::Hijri => &HIJRI,
    };
    let (english, arabic) = names[(month.clamp(1, 12) - 1) as usize];
    let names = match language {
        Language::Arabic => arabic,
        Language::English => english,
    };
    names.split('|').next().unwrap_or(names)
}

/// The names of months that are used in the Levant and Iraq, and are spoken as written.
const LEVANTINE: [&str; 12] = [
    "كانون الثاني",
    "شباط",
    "آذار",
    "نيسان",
    "أيار",
    "حزيران",
    "تموز",
    "آب",
    "أيلول",
    "تشرين الأول",
    "تشرين الثاني",
    "كانون الأول",
];

/// The Levantine name of a month that starts `text`.
pub(super) fn levantine(text: &str) -> Option<&'static str> {
    LEVANTINE.into_iter().find(|name| text.strip_prefix(name).is_some_and(ends))
}

/// The era after a year and its length. A lone م is an era only if the number is `known` to be a year, or without a
/// blank; otherwise it means metres.
pub(super) fn era(after: &str, known: bool) -> Option<(&'static str, usize)> {
    let gap = blank(after);
    let rest = &after[gap..];
    for (sign, era) in
        [("هـ", "AH"), ("هجرية", "AH"), ("هجري", "AH"), ("AH", "AH"), ("H", "AH"), ("ه", "AH"), ("م", "AD")]
    {
        let loose = known || !matches!(sign, "م" | "H");
        let follows = rest.strip_prefix(sign).is_some_and(|rest| ends(rest) && !sign_and_digit(rest, '/'));
        if follows && (gap == 0 || loose) && !rest.starts_with("م/") {
            return Some((era, gap + sign.len()));
        }
    }
    None
}

/// The words for a written era, with a space before them.
pub(super) fn era_words(era: &str, language: Language) -> &'static str {
    match (era, language) {
        ("AH", Language::Arabic) => " للهجرة",
        ("AD", Language::Arabic) => " للميلاد",
        ("AH", Language::English) => " Hijri",
        ("AD", Language::English) => " A D",
        _ => "",
    }
}

/// Whether `word` is the whole name of a month.
pub(super) fn is_month(word: &str) -> bool {
    find(word).is_some_and(|(.., len)| len == word.len())
}
