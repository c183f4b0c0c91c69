//! Quantities in two units: 2h 30m, 5'10".

use super::amount::{Amount, Thing};
use super::arabic::{self, Case, Noun, feminine, masculine};
use super::number::Number;
use super::scan::{Place, Reading, blank, ends, is_digit, small};
use super::{agreement, context, english};

static HOUR: Noun = feminine!("ساع");
static MINUTE: Noun = feminine!("دقيق", "دقائق");
static SECOND: Noun = feminine!("ثاني", "ثوانٍ");
static FOOT: Noun = masculine!("قدم", "أقدام");
static INCH: Noun = feminine!("بوص");
static WEEK: Noun = masculine!("أسبوع", "أسابيع");
static DAY: Noun = masculine!("يوم", "أيام");

/// A unit with its signs, and its English name in singular and plural.
struct Unit(&'static [&'static str], [&'static str; 2], &'static Noun);

const UNITS: [Unit; 5] = [
    Unit(&["weeks", "week", "wks", "wk", "w"], ["week", "weeks"], &WEEK),
    Unit(&["days", "day", "d"], ["day", "days"], &DAY),
    Unit(&["hours", "hour", "hrs", "hr", "h", "س"], ["hour", "hours"], &HOUR),
    Unit(&["minutes", "minute", "mins", "min", "m", "د"], ["minute", "minutes"], &MINUTE),
    Unit(&["seconds", "second", "secs", "sec", "s", "ث"], ["second", "seconds"], &SECOND),
];

/// Reads such a quantity at the start.
pub(super) fn read(place: &Place) -> Option<Reading> {
    if place.before.is_some_and(|c| matches!(c, '/' | '-' | ':' | '.' | ',')) {
        return None;
    }
    feet(place).or_else(|| duration(place)).or_else(|| inches(place))
}

/// Two or three units of time, from the larger to the smaller one.
fn duration(place: &Place) -> Option<Reading> {
    let mut parts = Vec::new();
    let (mut len, mut from) = (0, 0);
    loop {
        let rest = &place.rest[len..];
        let start = if parts.is_empty() { 0 } else { blank(rest) };
        let Some((value, digits)) = small(&rest[start..], 3) else { break };
        let after = &rest[start + digits..];
        let gap = blank(after);
        // 1h30: the smaller unit is not written.
        let bare = parts.len() == 1 && from == 3 && digits == 2 && value < 60 && start == 0 && ends(after);
        if bare {
            parts.push((value, &UNITS[3]));
            len += digits;
            break;
        }
        let found = UNITS[from..].iter().enumerate().find_map(|(at, unit)| {
            let sign = unit.0.iter().find(|sign| {
                let end = after[gap..].strip_prefix(**sign);
                end.is_some_and(|end| ends(end) || end.starts_with(|c: char| c.is_ascii_digit()))
            })?;
            Some((from + at, unit, sign.len()))
        });
        let Some((at, unit, sign)) = found else { break };
        parts.push((value, unit));
        from = at + 1;
        len += start + digits + gap + sign;
        if from == UNITS.len() {
            break;
        }
    }
    if parts.len() < 2 || !ends(&place.rest[len..]) {
        return None;
    }
    let case = agreement::case(place);
    let words: Vec<String> =
        parts.iter().map(|(value, unit)| say(*value, unit.1, unit.2, case, place)).collect();
    Some(Reading::new(words.join(if place.is_arabic() { " و" } else { " " }), len))
}

/// A fraction of an inch: 1/4".
fn inches(place: &Place) -> Option<Reading> {
    let (amount, len) = Amount::lex(place)?;
    let decimal = matches!(&amount, Amount::Number(number) if !number.fraction.is_empty());
    if !decimal && !matches!(amount, Amount::Fraction(_)) {
        return None;
    }
    let sign = place.rest[len..].chars().next().filter(|c| matches!(c, '"' | '″' | '”'))?;
    let end = len + sign.len_utf8();
    // A quotation may end after a number.
    if place.near().contains(['"', '“']) || !ends(&place.rest[end..]) {
        return None;
    }
    let thing =
        Thing { english: ["inch".to_owned(), "inches".to_owned()], noun: Some(&INCH), tail: String::new() };
    Some(Reading::new(amount.say(Some(&thing), place, ""), end))
}

/// Feet and inches, or inches alone.
fn feet(place: &Place) -> Option<Reading> {
    let (first, mut len) = small(place.rest, 3)?;
    let prime =
        |text: &str| text.chars().next().filter(|c| matches!(c, '\'' | '′' | '’')).map(char::len_utf8);
    let double = |text: &str| {
        let sign = text.chars().next().filter(|c| matches!(c, '"' | '″' | '”')).map(char::len_utf8);
        sign.or_else(|| text.starts_with("''").then_some(2))
    };
    let case = agreement::case(place);
    if let Some((second, more)) = feet_in_words(&place.rest[len..]) {
        let feet = say(first, ["foot", "feet"], &FOOT, case, place);
        let inches = say(second, ["inch", "inches"], &INCH, case, place);
        let link = if place.is_arabic() { " و" } else { " " };
        return Some(Reading::new(format!("{feet}{link}{inches}"), len + more));
    }
    if let Some(sign) = double(&place.rest[len..]) {
        // A quotation may end after a number.
        let opens = |(at, _): (usize, &str)| !place.near()[..at].ends_with(is_digit);
        let quoted = place.near().match_indices(['"', '“']).any(opens);
        let words = say(first, ["inch", "inches"], &INCH, case, place);
        return (!quoted && ends(&place.rest[len + sign..])).then(|| Reading::new(words, len + sign));
    }
    let start = len;
    len += prime(&place.rest[len..])?;
    let gap = blank(&place.rest[len..]);
    // 6' tall
    let next = super::scan::word(&place.rest[len + gap..]);
    if gap > 0 && matches!(next, "tall" | "high" | "long" | "wide" | "deep" | "by" | "x") {
        return Some(Reading::new(say(first, ["foot", "feet"], &FOOT, case, place), len));
    }
    // 6'2, a height
    if gap == 0
        && start == 1
        && (3..8).contains(&first)
        && let Some((inches, digits)) = small(&place.rest[len..], 2).filter(|&(inches, _)| inches < 12)
        && ends(&place.rest[len + digits..])
        && double(&place.rest[len + digits..]).is_none()
    {
        let link = if place.is_arabic() { " و" } else { " " };
        let feet = say(first, ["foot", "feet"], &FOOT, case, place);
        let inches = Number::integer(inches).words(place.language);
        return Some(Reading::new(format!("{feet}{link}{inches}"), len + digits));
    }
    let (second, digits) = small(&place.rest[len + gap..], 2).filter(|&(inches, _)| inches < 60)?;
    len += gap + digits;
    len += double(&place.rest[len..])?;
    let time = second >= 12 || context::is_clock(place);
    let units = if time {
        [(["minute", "minutes"], &MINUTE), (["second", "seconds"], &SECOND)]
    } else {
        [(["foot", "feet"], &FOOT), (["inch", "inches"], &INCH)]
    };
    let [first, second] = [(first, units[0]), (second, units[1])]
        .map(|(value, (english, noun))| say(value, english, noun, case, place));
    let link = if place.is_arabic() { " و" } else { " " };
    Some(Reading::new(format!("{first}{link}{second}"), len))
}

/// The inches of "ft 2 in", and the length.
fn feet_in_words(text: &str) -> Option<(u64, usize)> {
    let gap = blank(text);
    let sign =
        ["feet", "foot", "ft."].into_iter().chain(["ft"]).find(|sign| text[gap..].starts_with(sign))?;
    let mut len = gap + sign.len();
    len += blank(&text[len..]);
    let (inches, digits) = small(&text[len..], 2)?;
    len += digits;
    len += blank(&text[len..]);
    let sign =
        ["inches", "inch", "in"].into_iter().find(|sign| text[len..].strip_prefix(sign).is_some_and(ends))?;
    Some((inches, len + sign.len()))
}

fn say(value: u64, english: [&str; 2], noun: &'static Noun, case: Case, place: &Place) -> String {
    if place.is_arabic() {
        arabic::count(value, noun, case)
    } else {
        format!("{} {}", english::cardinal(value), english[usize::from(value != 1)])
    }
}
