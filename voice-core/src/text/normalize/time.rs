//! Times of day: 10:30, 22:05:30, 10 pm, 9 ص.

use super::arabic::{self, Case, Gender, Noun, feminine};
use super::scan::{Place, Reading, blank, ends, listed, sign_and_digit, small, whole, word};
use super::{context, english, names, offset};
use crate::text::{LETTER, Language};

static HOUR: Noun = feminine!("ساع");
static MINUTE: Noun = feminine!("دقيق", "دقائق");
static SECOND: Noun = feminine!("ثاني", "ثوانٍ");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Evening,
}

#[derive(Debug, Clone, Copy)]
struct Time {
    hour: u64,
    minute: Option<u64>,
    second: Option<u64>,
    half: Option<Half>,
}

/// Reads a time at the start.
pub(super) fn read(place: &Place) -> Option<Reading> {
    if place.before.is_some_and(|c| matches!(c, '/' | ':' | '.' | ',')) {
        return None;
    }
    if let Some(reading) = military(place).or_else(|| duration(place)).or_else(|| hours(place)) {
        return Some(reading);
    }
    let (time, mut end) = lex(place)?;
    let mut spoken = time.say(place);
    let zone = &place.rest[end..];
    // 2024-01-05T10:30:00+03:00; a minus may also part opening hours.
    if time.minute.is_some()
        && (zone.starts_with('+') || zone.starts_with('-') && time.second.is_some())
        && let Some((words, len)) = offset::lex(zone, place.language).filter(|_| zone.contains(':'))
    {
        let time = Time { second: time.second.filter(|second| *second > 0), ..time };
        spoken = time.say(place);
        spoken += if place.is_arabic() { " بفارق " } else { " offset " };
        spoken += &words;
        end += len;
    }
    Some(Reading { clock: true, ..Reading::new(spoken, end) })
}

/// The time at the start, and its length.
fn lex(place: &Place) -> Option<(Time, usize)> {
    let (hour, mut len) = small(place.rest, 2).filter(|&(hour, _)| hour <= 24)?;
    let two = |text: &str| {
        small(text, 2).filter(|&(value, digits)| digits == 2 && value < 60).map(|(value, _)| value)
    };
    let part = |text: &str| text.strip_prefix(':').and_then(two);
    // 10.30 am; without am or pm it is a number.
    let dotted = |text: &str| {
        text.strip_prefix('.').and_then(two).filter(|_| half(&text[3..], place, false).is_some())
    };
    let minute = part(&place.rest[len..]).or_else(|| dotted(&place.rest[len..]));
    len += minute.map_or(0, |_| 3);
    let second = minute.and(part(&place.rest[len..]));
    len += second.map_or(0, |_| 3);
    let rest = &place.rest[len..];
    let half = half(rest, place, minute.is_some()).filter(|_| hour <= 12 || minute.is_some());
    // After الساعة a single number is a time too, and before صباحًا.
    let part = part_of_day(rest) && place.is_arabic();
    let named = part
        || matches!(place.word, "الساعة" | "الساعه") && super::units::read(rest, place.language).is_none();
    let alone = named && !['-', '.', ',', '%'].iter().any(|&sign| sign_and_digit(rest, sign));
    if minute.is_none() && ((half.is_none() && !alone) || !(1..=12).contains(&hour)) {
        return None;
    }
    let end = len + half.map_or(0, |(_, len)| len);
    let rest = &place.rest[end..];
    let goes_on = [':', '.', '/'].iter().any(|&sign| sign_and_digit(rest, sign));
    if goes_on
        || !(ends(rest) || rest.starts_with('Z') && ends(&rest[1..]))
        || hour == 24 && minute != Some(0)
    {
        return None;
    }
    Some((Time { hour, minute, second, half: half.map(|(half, _)| half) }, end))
}

/// Hours with one half of the day for both: 7-9 pm, 10-11:30 am.
fn hours(place: &Place) -> Option<Reading> {
    let (first, mut len) = small(place.rest, 2).filter(|(hour, _)| (1..=12).contains(hour))?;
    len += blank(&place.rest[len..]);
    len += place.rest[len..].chars().next().filter(|c| matches!(c, '-' | '–'))?.len_utf8();
    len += blank(&place.rest[len..]);
    let (last, more) = lex(&Place { before: None, ..place.further(len) })?;
    last.half.filter(|_| last.second.is_none() && last.hour <= 12)?;
    let first = Time { hour: first, minute: None, second: None, half: None };
    let last = if place.is_arabic() {
        last.arabic(&Place { word: "الساعة", ..*place })
    } else {
        last.english()
    };
    let between = place.word.eq_ignore_ascii_case("between");
    let to = if place.is_arabic() {
        "إلى"
    } else if between {
        "and"
    } else {
        "to"
    };
    Some(Reading { clock: true, ..Reading::new(format!("{} {to} {last}", first.say(place)), len + more) })
}

/// Hours of the day in four figures: 08:00 hrs, 0800 hrs.
fn military(place: &Place) -> Option<Reading> {
    const BEFORE: &str = "at by from until till to since after before between";
    if place.is_arabic() {
        return None;
    }
    let (figures, mut len) = small(place.rest, 4)?;
    let (hour, minute) = match len {
        4 => (figures / 100, figures % 100),
        2 => {
            let (minute, _) =
                small(place.rest[len..].strip_prefix(':')?, 2).filter(|&(_, digits)| digits == 2)?;
            len += 3;
            (figures, minute)
        }
        _ => return None,
    };
    // "1200 hours of sun" is a duration.
    let sure = len == 5 || place.rest.starts_with('0') || listed(BEFORE, &place.word.to_ascii_lowercase());
    let gap = blank(&place.rest[len..]);
    let sign = ["hrs", "hours", "h"].iter().find_map(|sign| whole(&place.rest[len + gap..], sign))?;
    if hour > 24 || minute > 59 || !sure {
        return None;
    }
    let oh = if place.rest.starts_with('0') { "oh " } else { "" };
    let minutes = match minute {
        0 => "hundred".to_owned(),
        1..10 => format!("oh {}", english::cardinal(minute)),
        _ => english::cardinal(minute),
    };
    let spoken = format!("{oh}{} {minutes} hours", english::cardinal(hour));
    Some(Reading { clock: true, ..Reading::new(spoken, len + gap + sign) })
}

/// A duration in the figures of a clock: 1:30:00, 2:30 h, 1:30 ساعة.
fn duration(place: &Place) -> Option<Reading> {
    const CLOCK: &str = "at from to until till by around since before after is الساعة الساعه";
    let (hour, mut len) =
        small(place.rest, 1).or_else(|| small(place.rest, 2).filter(|_| place.is_arabic()))?;
    let two = |text: &str| {
        let text = text.strip_prefix(':')?;
        small(text, 2).filter(|&(value, digits)| digits == 2 && value < 60).map(|(value, _)| value)
    };
    let minute = two(&place.rest[len..])?;
    len += 3;
    let second = two(&place.rest[len..]);
    len += second.map_or(0, |_| 3);
    let rest = &place.rest[len..];
    let gap = blank(rest);
    let units: &[&str] =
        if place.is_arabic() { &["ساعة", "ساعات"] } else { &["hours", "hour", "hrs", "hr", "h"] };
    let unit = units.iter().find(|unit| rest[gap..].strip_prefix(**unit).is_some_and(ends));
    let seconds = second.is_some()
        && len == 7
        && ends(rest)
        && half(rest, place, true).is_none()
        && !['+', '-', '.', ':', '/'].iter().any(|&sign| sign_and_digit(rest, sign))
        && place.before != Some('T')
        && !part_of_day(rest);
    if listed(CLOCK, &place.word.to_ascii_lowercase()) || unit.is_none() && !seconds {
        return None;
    }
    len += unit.map_or(0, |unit| gap + unit.len());
    let parts = [(hour, ["hour", "hours"], &HOUR), (minute, ["minute", "minutes"], &MINUTE)];
    let last = second.map(|second| (second, ["second", "seconds"], &SECOND));
    let parts = parts.into_iter().chain(last);
    let case = super::agreement::case(place);
    let words = parts.enumerate().filter(|(at, (value, ..))| *at == 0 || *value > 0).map(
        |(_, (value, english, noun))| match place.language {
            Language::Arabic => arabic::count(value, noun, case),
            Language::English => format!("{} {}", english::cardinal(value), english[usize::from(value != 1)]),
        },
    );
    let words: Vec<String> = words.collect();
    Some(Reading::new(words.join(if place.is_arabic() { " و" } else { " " }), len))
}

/// ص, م, am or pm after a time, and its length. Without minutes, م means metres unless الساعة or another time comes
/// before.
fn half(after: &str, place: &Place, clock: bool) -> Option<(Half, usize)> {
    let gap = blank(after);
    let rest = &after[gap..];
    let alone = place.near().trim().is_empty() && rest == "م";
    let hour =
        matches!(place.word, "الساعة" | "ساعة") || place.after_clock || context::is_clock(place) || alone;
    let english =
        [("a.m.", Half::Morning), ("p.m.", Half::Evening), ("am", Half::Morning), ("pm", Half::Evening)];
    let arabic = [("ص", Half::Morning, true), ("م", Half::Evening, clock || hour)];
    let arabic = arabic.into_iter().filter(|(.., sure)| *sure).filter_map(|(sign, half, _)| {
        let after = rest.strip_prefix(sign)?;
        // "ج. 2 ص. 45" is a volume and a page.
        let page =
            after.strip_prefix(". ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        // "الموعد 8 م. خالد" is an engineer.
        let title = after.strip_prefix('.').is_some_and(|rest| names::is_given(word(&rest[blank(rest)..])));
        if page || title {
            return None;
        }
        (ends(after) && !after.starts_with(".ب") && !after.starts_with('/'))
            .then_some((half, gap + sign.len()))
    });
    // 7:30a
    let short = [("a", Half::Morning), ("p", Half::Evening)].into_iter().filter(|_| clock && gap == 0);
    let english =
        english.into_iter().chain(short).filter_map(|(sign, half)| Some((half, gap + whole(rest, sign)?)));
    arabic.chain(english).next()
}

/// Whether a part of the day follows: 10 صباحًا.
pub(super) fn part_of_day(after: &str) -> bool {
    let gap = blank(after);
    let word = word(&after[gap..]);
    let stem = word.trim_end_matches(['ً', 'ا']);
    gap > 0 && matches!(stem, "صباح" | "مساء" | "ظهر" | "عصر" | "فجر" | "ليل") && word != stem
        || matches!(word, "مساء" | "مساءً")
}

impl Time {
    fn say(self, place: &Place) -> String {
        if place.is_arabic() { self.arabic(place) } else { self.english() }
    }

    fn english(self) -> String {
        let mut words = vec![english::cardinal(self.hour)];
        match self.minute {
            Some(0) if self.half.is_none() => words.push("o'clock".to_owned()),
            Some(minute @ 1..10) => words.push(format!("oh {}", english::cardinal(minute))),
            Some(minute @ 10..) => words.push(english::cardinal(minute)),
            _ => {}
        }
        if let Some(second) = self.second {
            let name = if second == 1 { "second" } else { "seconds" };
            words.push(format!("and {} {name}", english::cardinal(second)));
        }
        words.extend(
            self.half
                .map(|half| if half == Half::Morning { format!("a{LETTER} m") } else { "p m".to_owned() }),
        );
        words.join(" ")
    }

    /// The hour as an ordinal, the quarter and the half by name, other minutes as numbers.
    fn arabic(self, place: &Place) -> String {
        let hour = match self.hour {
            0 => arabic::digit(0).to_owned(),
            1 => "الواحدة".to_owned(),
            hour => arabic::ordinal(hour, Gender::Feminine, Case::Nominative),
        };
        let named = matches!(place.word, "الساعة" | "الساعه" | "ساعة");
        let mut parts = vec![if named { hour } else { format!("الساعة {hour}") }];
        match self.minute {
            Some(15) if self.second.is_none() => parts.push("الربع".to_owned()),
            Some(30) if self.second.is_none() => parts.push("النصف".to_owned()),
            Some(minute @ 1..) => parts.push(arabic::count(minute, &MINUTE, Case::Nominative)),
            _ => {}
        }
        parts.extend(self.second.map(|second| arabic::count(second, &SECOND, Case::Nominative)));
        let time = parts.join(" و");
        match self.half {
            Some(Half::Morning) => time + " صباحًا",
            Some(Half::Evening) => time + " مساءً",
            None => time,
        }
    }
}
