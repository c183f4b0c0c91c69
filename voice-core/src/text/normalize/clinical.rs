//! Abbreviations of prescriptions and laboratories, as a nurse reads them to a patient: BID, q8h, +ve.

use super::number::Number;
use super::scan::{Place, Reading, ends, listed, small, word};
use crate::text::{LETTER, Language};

/// Written, English, Arabic (empty: kept).
const WORDS: [(&str, &str, &str); 43] = [
    ("BID", "twice a day", "مرتين في اليوم"),
    ("b.i.d.", "twice a day", "مرتين في اليوم"),
    ("bid", "twice a day", "مرتين في اليوم"),
    ("TID", "three times a day", "ثلاث مرات في اليوم"),
    ("t.i.d.", "three times a day", "ثلاث مرات في اليوم"),
    ("tid", "three times a day", "ثلاث مرات في اليوم"),
    ("QID", "four times a day", "أربع مرات في اليوم"),
    ("q.i.d.", "four times a day", "أربع مرات في اليوم"),
    ("qid", "four times a day", "أربع مرات في اليوم"),
    ("QD", "once a day", "مرة في اليوم"),
    ("qd", "once a day", "مرة في اليوم"),
    ("q.d.", "once a day", "مرة في اليوم"),
    ("QOD", "every other day", "يومًا بعد يوم"),
    ("qod", "every other day", "يومًا بعد يوم"),
    ("qHS", "at bedtime", "عند النوم"),
    ("QHS", "at bedtime", "عند النوم"),
    ("qhs", "at bedtime", "عند النوم"),
    ("PRN", "as needed", "عند الحاجة"),
    ("prn", "as needed", "عند الحاجة"),
    ("p.r.n.", "as needed", "عند الحاجة"),
    ("qAM", "every morning", "كل صباح"),
    ("qam", "every morning", "كل صباح"),
    ("qPM", "every evening", "كل مساء"),
    ("qpm", "every evening", "كل مساء"),
    ("PO", "by mouth", "عن طريق الفم"),
    ("po", "by mouth", "عن طريق الفم"),
    ("SC", "under the skin", "تحت الجلد"),
    ("SQ", "under the skin", "تحت الجلد"),
    ("subq", "under the skin", "تحت الجلد"),
    ("SL", "under the tongue", "تحت اللسان"),
    ("PR", "rectally", "عن طريق الشرج"),
    ("AC", "before meals", "قبل الأكل"),
    ("PC", "after meals", "بعد الأكل"),
    ("HS", "at bedtime", "عند النوم"),
    ("OU", "in both eyes", "في العينين"),
    ("IM", "", "في العضل"),
    ("NPO", "nothing by mouth", "صائم"),
    ("p.o.", "by mouth", "عن طريق الفم"),
    ("+ve", "positive", "إيجابي"),
    ("-ve", "negative", "سلبي"),
    ("I.V.", "I V", "في الوريد"),
    ("IV", "I V", "في الوريد"),
    ("STAT", "immediately", "فورًا"),
];

/// Names of tests that are spelled, with the readings.
const TESTS: [(&[&str], &str, &str); 3] = [
    (&["HbA1c", "HbA1C"], "H b A one c", "إتش بي إيه وان سي"),
    (&["A1c", "A1C"], "A one c", "إيه وان سي"),
    (&["SpO2", "SPO2", "SpO₂", "spO2"], "S P O two", "إس بي أو تو"),
];

/// Reads the abbreviation at the start.
pub(super) fn read(place: &Place) -> Option<Reading> {
    if !place.is_open() {
        return None;
    }
    let found = TESTS.iter().find_map(|(names, english, arabic)| {
        let name = names.iter().find(|name| place.rest.strip_prefix(**name).is_some_and(ends))?;
        Some((name.len(), *english, *arabic))
    });
    if let Some((len, english, arabic)) = found {
        let english = english.replace('A', &format!("A{LETTER}"));
        return Some(Reading::new(if place.is_arabic() { arabic.to_owned() } else { english }, len));
    }
    every(place).or_else(|| group(place)).or_else(|| {
        let &(written, english, arabic) = WORDS.iter().find(|(written, ..)| {
            place.rest.strip_prefix(written).is_some_and(|rest| ends(rest) && !rest.starts_with('-'))
        })?;
        let spoken = if place.is_arabic() { arabic } else { english };
        let doubtful = match written {
            "bid" | "tid" | "STAT" | "PO" | "po" | "SC" | "SQ" | "SL" | "PR" | "OU" => !is_dose(place),
            "AC" | "PC" | "HS" => !is_dose(place) && !after_route(place),
            "IV" | "I.V." => place.is_arabic() && !is_dose(place) && !is_injection(place),
            "IM" => !is_dose(place) && !is_injection(place),
            _ => false,
        };
        (!spoken.is_empty() && !doubtful).then(|| Reading::new(spoken, written.len()))
    })
}

/// Whether a dose comes before, since "bid" is a word too: a form or a unit, or a number after a word of giving.
fn is_dose(place: &Place) -> bool {
    const FORMS: &str = "\
        tab tabs tablet tablets cap caps capsule capsules pill pills puff puffs drop drops gtt gtts unit units patch \
        mg mcg g ml mL U IU OD OS OU apply use take give po PO iv IV im IM sc SC inj dose";
    let mut words = place.near().rsplit(char::is_whitespace).filter(|word| !word.is_empty());
    let Some(last) = words.next() else { return false };
    let last = last.trim_end_matches(['.', ',']);
    if last.bytes().all(|byte| byte.is_ascii_digit()) {
        return words.next().is_some_and(|word| listed("take give dose sig", &word.to_ascii_lowercase()));
    }
    listed(FORMS, last.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.'))
}

/// Whether the way of giving or the interval comes before.
fn after_route(place: &Place) -> bool {
    let before = place.near().trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
    matches!(before, "PO" | "SC" | "SQ" | "SL" | "IM" | "IV" | "BID" | "TID" | "QID" | "daily")
}

fn is_injection(place: &Place) -> bool {
    matches!(place.word, "حقنة" | "إبرة" | "ابرة" | "حقن" | "إبر" | "جرعة")
}

/// Blood groups and results: O+, AB-, Rh-, HER2+.
fn group(place: &Place) -> Option<Reading> {
    const BEFORE: &str = "blood type group rh is donor فصيلة زمرة دم الدم فصيلته فصيلتها فصيلتي";
    let group = ["AB", "A", "B", "O", "Rh", "RH"]
        .into_iter()
        .find(|group| place.rest.strip_prefix(group).is_some_and(|rest| rest.starts_with(['+', '-', '−'])))?;
    let sign = place.rest[group.len()..].chars().next()?;
    let len = group.len() + sign.len_utf8();
    let after = &place.rest[len..];
    let next = super::scan::word(after.trim_start_matches(' '));
    let named = group.len() == 2
        || listed(BEFORE, &place.word.to_ascii_lowercase())
        || matches!(next, "blood" | "donor" | "donors" | "type")
        || place.is_arabic() && place.near().trim().is_empty();
    if !named || after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '+' | '-')) {
        return None;
    }
    let letters = super::spelling::spell(group, place.language);
    let letters = if group.len() == 2 && !place.is_arabic() {
        group
            .to_uppercase()
            .chars()
            .map(|c| if c == 'A' { format!("A{LETTER}") } else { c.to_string() })
            .collect::<Vec<_>>()
            .join(" ")
    } else {
        letters
    };
    let result = match (sign, place.is_arabic()) {
        ('+', false) => "positive",
        ('+', true) => "موجب",
        (_, false) => "negative",
        (_, true) => "سالب",
    };
    Some(Reading::new(format!("{letters} {result}"), len))
}

/// Intervals: q8h, Q4-6H, Q 8 hours.
fn every(place: &Place) -> Option<Reading> {
    let rest = place.rest.strip_prefix(['q', 'Q'])?;
    if let Some(text) = rest.strip_prefix(' ').filter(|_| !place.is_arabic())
        && let Some((_, digits)) = small(text, 2)
        && matches!(
            super::scan::word(text[digits..].trim_start_matches(' ')),
            "hours" | "hrs" | "hr" | "h" | "days"
        )
    {
        return Some(Reading::new("every ", 2));
    }
    let (first, mut len) = small(rest, 2)?;
    let last = rest[len..].strip_prefix('-').and_then(|rest| small(rest, 2));
    len += last.map_or(0, |(_, digits)| 1 + digits);
    let unit = word(&rest[len..]);
    let (english, arabic) = match unit {
        "h" | "H" | "hr" | "hrs" => ("hours", ["ساعة", "ساعات"]),
        "d" | "D" => ("days", ["يوم", "أيام"]),
        "wk" | "wks" | "w" => ("weeks", ["أسبوع", "أسابيع"]),
        "mo" | "mos" => ("months", ["شهر", "أشهر"]),
        "min" | "mins" => ("minutes", ["دقيقة", "دقائق"]),
        _ => return None,
    };
    len += unit.len();
    if !ends(&rest[len..]) {
        return None;
    }
    let say = |value| Number::integer(value).words(place.language);
    let most = last.map_or(first, |(last, _)| last);
    if place.language == Language::English {
        let range = last.map(|(last, _)| format!(" to {}", say(last))).unwrap_or_default();
        return Some(Reading::new(format!("every {}{range} {english}", say(first)), 1 + len));
    }
    let text = match last {
        Some((last, _)) => format!("{first}-{last}"),
        None => first.to_string(),
    };
    let noun = arabic[usize::from((3..=10).contains(&most))];
    Some(Reading::new(super::normalize(&format!("كل {text} {noun}"), Language::Arabic), 1 + len))
}
