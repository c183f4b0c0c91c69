//! A place in a list: "the second one", "الأخير".

use crate::text::Language;
use crate::text::inverse::{Found, Words};

/// A place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// From the beginning, the first is 1.
    Nth(u8),
    Last,
    LastButOne,
}

/// The place at `at`, and the index after its last word.
pub(super) fn place(words: &Words, at: usize, language: Language) -> Option<(Place, usize)> {
    let key = words.key(at);
    let bare = key.strip_prefix('و').unwrap_or(key);
    let next = words.key(at + 1);
    let (place, mut end) = match (bare, next) {
        ("قبل", "الاخير" | "الاخيره" | "اخر") => (Place::LastButOne, at + 2),
        ("second", "last") | ("next", "to") if next == "last" || words.key(at + 2) == "last" => {
            (Place::LastButOne, at + if next == "last" { 2 } else { 3 })
        }
        ("last", "but") if words.key(at + 2) == "one" => (Place::LastButOne, at + 3),
        ("الاخير" | "الاخيره" | "اخر" | "last" | "الاخراني" | "final", _) => {
            (Place::Last, at + 1)
        }
        _ => {
            let found = ordinal(words, at, language)?;
            (Place::Nth(found.value), found.words.end)
        }
    };
    if matches!(words.key(end), "one" | "option" | "choice" | "answer" | "واحد" | "وحده" | "واحده" | "خيار")
    {
        end += 1;
    }
    Some((place, end))
}

/// The stems of the ordinals from two to ten; the first has forms of its own.
const ARABIC: [&str; 9] = ["ثاني", "ثالث", "رابع", "خامس", "سادس", "سابع", "ثامن", "تاسع", "عاشر"];
const ARABIC_TENS: [(&str, &str, u8); 2] = [("عشرون", "عشرين", 20), ("ثلاثون", "ثلاثين", 30)];
const ENGLISH: [&str; 20] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
];

/// The ordinal number from 1 to 39 at `at`: "twenty-third", "3rd", "الثالث والعشرين".
///
/// An Arabic ordinal has its article, apart from أول and ثاني, which are said without it too.
fn ordinal(words: &Words, at: usize, language: Language) -> Option<Found<u8>> {
    let (value, end) = match language {
        Language::Arabic => arabic(words, at).or_else(|| english(words, at)),
        Language::English => english(words, at).or_else(|| arabic(words, at)),
    }?;
    Some(Found { value, words: at..end })
}

fn english(words: &Words, at: usize) -> Option<(u8, usize)> {
    let key = words.key(at);
    let simple = |key: &str| ENGLISH.iter().position(|word| *word == key).map(|index| index as u8 + 1);
    if let Some(value) = simple(key) {
        return Some((value, at + 1));
    }
    if key == "thirtieth" {
        return Some((30, at + 1));
    }
    for (tens, value) in [("twenty", 20), ("thirty", 30)] {
        if let Some(rest) = key.strip_prefix(tens) {
            let (unit, end) = if rest.is_empty() { (words.key(at + 1), at + 2) } else { (rest, at + 1) };
            return simple(unit).filter(|unit| *unit < 10).map(|unit| (value + unit, end));
        }
    }
    let number = ["st", "nd", "rd", "th"].iter().find_map(|suffix| key.strip_suffix(suffix))?;
    number.parse().ok().filter(|value| (1..40).contains(value)).map(|value| (value, at + 1))
}

fn arabic(words: &Words, at: usize) -> Option<(u8, usize)> {
    let key = words.key(at);
    let bare = key.strip_prefix("وال").or_else(|| key.strip_prefix("ال")).or_else(|| key.strip_prefix("لل"));
    let Some(bare) = bare else {
        // Without the article only where it is no other word: أول، ثاني.
        return match key {
            "اول" | "اولي" => Some((1, at + 1)),
            "ثاني" | "ثانيه" if words.key(at + 1) == "واحد" || words.key(at + 1) == "وحده" => {
                Some((2, at + 2))
            }
            "ثالث" | "رابع" | "خامس" | "سادس" | "سابع" | "ثامن" | "تاسع" | "عاشر" => {
                unit(key).map(|value| (value, at + 1))
            }
            _ => None,
        };
    };
    let tens = |key: &str| {
        let key = key.strip_prefix("وال").or_else(|| key.strip_prefix('و'))?;
        ARABIC_TENS.iter().find(|(one, two, _)| key == *one || key == *two).map(|(.., value)| *value)
    };
    if let Some((.., value)) = ARABIC_TENS.iter().find(|(one, two, _)| bare == *one || bare == *two) {
        return Some((*value, at + 1));
    }
    // "الحادي عشر", "الواحد والعشرين", "الحادية والثلاثون".
    let is_first = matches!(bare, "حادي" | "حاديه" | "واحد" | "واحده");
    let value = if is_first { 1 } else { unit(bare)? };
    let next = words.key(at + 1);
    if let Some(tens) = tens(next).filter(|_| value < 10) {
        return Some((tens + value, at + 2));
    }
    if matches!(next, "عشر" | "عشره") && value < 10 {
        return Some((10 + value, at + 2));
    }
    (!is_first).then_some((value, at + 1))
}

/// One to ten.
fn unit(bare: &str) -> Option<u8> {
    if matches!(bare, "اول" | "اولي" | "اولا" | "اولاني") {
        return Some(1);
    }
    let stem = bare.strip_suffix("اني").filter(|stem| *stem != "ث").unwrap_or(bare);
    let stem = stem.strip_suffix('ه').unwrap_or(stem);
    let index = ARABIC.iter().position(|word| *word == stem)?;
    Some(index as u8 + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_are_read() {
        for (text, value, count) in [
            ("الأول", 1, 1),
            ("الاولى", 1, 1),
            ("الثاني", 2, 1),
            ("الثانية", 2, 1),
            ("والثالث", 3, 1),
            ("الخامس عشر", 15, 2),
            ("الحادي عشر", 11, 2),
            ("الثاني والعشرين", 22, 2),
            ("الواحد والعشرون", 21, 2),
            ("الحادي والثلاثين", 31, 2),
            ("الثلاثين", 30, 1),
            ("العشرون من", 20, 1),
            ("الرابعة عشرة", 14, 2),
            ("first", 1, 1),
            ("twenty third", 23, 2),
            ("thirty-first", 31, 1),
            ("22nd", 22, 1),
            ("twelfth of", 12, 1),
        ] {
            let found = ordinal(&Words::new(text), 0, Language::guess(text));
            assert_eq!(found, Some(Found { value, words: 0..count }), "{text}");
        }
        for text in ["ثانية", "الواحد", "خمسة", "twenty", "second hand th", "th", "99th", "الثامنية"]
        {
            let found = ordinal(&Words::new(text), 0, Language::guess(text));
            assert!(found.is_none() || text.starts_with("second"), "{text}: {found:?}");
        }
    }
}
