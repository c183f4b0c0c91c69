//! Dates and times whose format the caller knows, as `format` of SSML's `<say-as>`.

use super::super::scan::{Place, digits, is_digit, is_letter, word};
use super::super::{arabic, calendar, date, english, normalize, time};
use crate::text::Language;
use arabic::{Case, Gender};
use calendar::Calendar;

/// The order of the numbers in a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DateFormat {
    /// Month, day, year: 12/31/2024.
    Mdy,
    /// Day, month, year: 31/12/2024.
    Dmy,
    /// Year, month, day: 2024-12-31.
    Ymd,
    /// Year, day, month: 2024-31-12.
    Ydm,
    /// Month and day.
    Md,
    /// Day and month.
    Dm,
    /// Year and month.
    Ym,
    /// Month and year.
    My,
    /// A day of the month.
    D,
    /// A month.
    M,
    /// A year.
    Y,
}

/// The hours of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeFormat {
    /// From 1 to 12.
    Hms12,
    /// From 0 to 24.
    Hms24,
}

/// A number of a date.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Day,
    Month,
    Year,
}

use Field::{Day, Month, Year};

impl DateFormat {
    /// The format of a name such as `mdy`, `yyyymmdd` or `dd/mm/yyyy`.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let mut letters = String::new();
        for c in name.chars().filter(|c| !matches!(c, '/' | '-' | '.' | ' ')) {
            let c = c.to_ascii_lowercase();
            if !letters.ends_with(c) {
                letters.push(c);
            }
        }
        Some(match letters.as_str() {
            "mdy" => Self::Mdy,
            "dmy" => Self::Dmy,
            "ymd" => Self::Ymd,
            "ydm" => Self::Ydm,
            "md" => Self::Md,
            "dm" => Self::Dm,
            "ym" => Self::Ym,
            "my" => Self::My,
            "d" => Self::D,
            "m" => Self::M,
            "y" => Self::Y,
            _ => return None,
        })
    }

    fn fields(self) -> &'static [Field] {
        match self {
            Self::Mdy => &[Month, Day, Year],
            Self::Dmy => &[Day, Month, Year],
            Self::Ymd => &[Year, Month, Day],
            Self::Ydm => &[Year, Day, Month],
            Self::Md => &[Month, Day],
            Self::Dm => &[Day, Month],
            Self::Ym => &[Year, Month],
            Self::My => &[Month, Year],
            Self::D => &[Day],
            Self::M => &[Month],
            Self::Y => &[Year],
        }
    }
}

impl TimeFormat {
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "hms12" | "hm12" | "h12" => Some(Self::Hms12),
            "hms24" | "hm24" | "h24" | "hms" | "hm" => Some(Self::Hms24),
            _ => None,
        }
    }
}

/// The numbers of a date. A month may be a name.
#[derive(Default)]
struct Numbers<'a> {
    day: Option<&'a str>,
    month: Option<(Calendar, u64)>,
    year: Option<&'a str>,
}

/// All of `text` as a date in that order.
pub(super) fn date(text: &str, format: DateFormat, language: Language) -> Option<String> {
    let numbers = split(text, format)?;
    let number = |text: &str| text.parse::<u64>().ok();
    let year = match numbers.year {
        Some(year) if year.len() <= 2 => {
            // As for dates without a format, except that no year is left out.
            let year = number(year)?;
            Some(year + if year < 40 { 2_000 } else { 1_900 })
        }
        Some(year) => Some(number(year)?),
        None => None,
    };
    let day = match numbers.day {
        Some(day) => Some(number(day)?),
        None => None,
    };
    let hijri = year.is_some_and(|year| (1_300..=1_500).contains(&year));
    let month = numbers.month.map(|(own, month)| (if hijri { Calendar::Hijri } else { own }, month));
    match (day, month, year) {
        (Some(day), Some((calendar, month)), _) => {
            let name = calendar::name(calendar, month, Language::English);
            let year = year.map(|year| format!(" {year:04}")).unwrap_or_default();
            // Written with the name of its month, in one order.
            let written = if language == Language::Arabic {
                format!("{day} {}{year}", calendar::name(calendar, month, language))
            } else {
                format!("{day} {name}{year}")
            };
            let place = Place::alone(&written, language);
            date::read(&place).filter(|reading| reading.len == written.len()).map(|reading| reading.spoken)
        }
        (None, Some((calendar, month)), Some(year)) => {
            Some(format!("{} {}", calendar::name(calendar, month, language), year_words(year, language)))
        }
        (None, Some((calendar, month)), None) => Some(calendar::name(calendar, month, language).to_owned()),
        (Some(day), None, None) if (1..=31).contains(&day) => Some(match language {
            Language::Arabic => arabic::ordinal(day, Gender::Masculine, Case::Nominative),
            Language::English => format!("the {}", english::ordinal(day)),
        }),
        (None, None, Some(year)) => Some(year_words(year, language)),
        _ => None,
    }
}

fn year_words(year: u64, language: Language) -> String {
    match language {
        Language::Arabic => arabic::cardinal(year, Gender::Masculine, Case::Oblique),
        Language::English => english::year(year),
    }
}

/// The numbers of `text`, which are separated by signs or blanks, or have two digits each and the year two or four.
fn split(text: &str, format: DateFormat) -> Option<Numbers<'_>> {
    let fields = format.fields();
    let mut rest = text.trim();
    let mut numbers = Numbers::default();
    let has_signs = text.contains(|c: char| !is_digit(c));
    let years = digits(rest).len().checked_sub(2 * (fields.len() - 1));
    for (at, field) in fields.iter().enumerate() {
        if at > 0 && has_signs {
            rest = rest
                .trim_start_matches(|c: char| matches!(c, '/' | '-' | '.' | ',' | '،') || c.is_whitespace());
        }
        if *field == Month && rest.starts_with(is_letter) {
            let (calendar, month, len) = calendar::find(rest)?;
            numbers.month = Some((calendar, month));
            rest = &rest[len..];
            continue;
        }
        let run = digits(rest);
        let len = match field {
            _ if has_signs || fields.len() == 1 => run.len(),
            Year => years?,
            Day | Month => 2,
        };
        let value = run.get(..len).filter(|value| !value.is_empty())?;
        match field {
            Day => {
                numbers.day = Some(value).filter(|value| value.len() <= 2);
                numbers.day?;
            }
            Month => {
                let month = value.parse().ok().filter(|month| (1..=12).contains(month))?;
                numbers.month = Some((Calendar::Gregorian, month));
            }
            Year => {
                numbers.year = Some(value).filter(|value| matches!(value.len(), 2 | 4));
                numbers.year?;
            }
        }
        rest = &rest[len..];
        if *field == Day && has_signs {
            // 5th of May.
            let ending = word(rest);
            let is_ending = matches!(ending.to_ascii_lowercase().as_str(), "st" | "nd" | "rd" | "th");
            rest = &rest[if is_ending { ending.len() } else { 0 }..];
        }
    }
    rest.is_empty().then_some(numbers)
}

/// All of `text` as a time of day.
pub(super) fn time(text: &str, format: TimeFormat, language: Language) -> Option<String> {
    let text = text.trim();
    let figures = text.find(|c: char| !is_digit(c) && !matches!(c, ':' | '.')).unwrap_or(text.len());
    let (clock, half) = text.split_at(figures);
    let half = half.trim();
    // 143000, 1430, 14
    let parts: Vec<&str> = if clock.contains([':', '.']) {
        clock.split([':', '.']).collect()
    } else {
        match clock.len() {
            1 | 2 => vec![clock],
            3 => vec![&clock[..1], &clock[1..]],
            4 => vec![&clock[..2], &clock[2..]],
            6 => vec![&clock[..2], &clock[2..4], &clock[4..]],
            _ => return None,
        }
    };
    let is_part = |part: &str| (1..=2).contains(&part.len());
    if parts.is_empty() || parts.len() > 3 || !parts.iter().all(|part| is_part(part)) {
        return None;
    }
    let hour: u64 = parts[0].parse().ok()?;
    let known = match format {
        TimeFormat::Hms12 => (1..=12).contains(&hour),
        TimeFormat::Hms24 => hour <= 24 && half.is_empty(),
    };
    if !known {
        return None;
    }
    let minutes = parts.get(1).copied().unwrap_or("00");
    let half = if half.is_empty() { String::new() } else { format!(" {half}") };
    let written = format!("{hour}:{minutes:0>2}{half}");
    let place = Place::alone(&written, language);
    let spoken =
        time::read(&place).filter(|reading| reading.len == written.len()).map(|reading| reading.spoken)?;
    let seconds: u64 = parts.get(2).map_or(Some(0), |seconds| seconds.parse().ok())?;
    // A third number alone would be read as a duration.
    Some(match language {
        _ if seconds == 0 => spoken,
        Language::Arabic => format!("{spoken} و{}", normalize(&format!("{seconds} ثانية"), language)),
        Language::English => {
            let name = if seconds == 1 { "second" } else { "seconds" };
            format!("{spoken} and {} {name}", english::cardinal(seconds))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::{SayAs, say_as};
    use super::*;

    fn said(text: &str, kind: SayAs, format: &str, language: Language) -> String {
        say_as(text, kind.with_format(format).expect(format), language).unwrap_or_default()
    }

    #[test]
    fn dates_are_read_in_their_order() {
        for (text, format, english, arabic) in [
            (
                "5/6/2024",
                "mdy",
                "the sixth of May, twenty twenty-four",
                "السادس من مايو عام ألفين وأربعة وعشرين",
            ),
            (
                "5/6/2024",
                "dmy",
                "the fifth of June, twenty twenty-four",
                "الخامس من يونيو عام ألفين وأربعة وعشرين",
            ),
            (
                "2024-05-06",
                "ymd",
                "the sixth of May, twenty twenty-four",
                "السادس من مايو عام ألفين وأربعة وعشرين",
            ),
            (
                "20240506",
                "yyyymmdd",
                "the sixth of May, twenty twenty-four",
                "السادس من مايو عام ألفين وأربعة وعشرين",
            ),
            (
                "05062024",
                "mdy",
                "the sixth of May, twenty twenty-four",
                "السادس من مايو عام ألفين وأربعة وعشرين",
            ),
            (
                "5.6.24",
                "mdy",
                "the sixth of May, twenty twenty-four",
                "السادس من مايو عام ألفين وأربعة وعشرين",
            ),
            (
                "13/1/2024",
                "dmy",
                "the thirteenth of January, twenty twenty-four",
                "الثالث عشر من يناير عام ألفين وأربعة وعشرين",
            ),
            ("5/6", "md", "the sixth of May", "السادس من مايو"),
            ("5/6", "dm", "the fifth of June", "الخامس من يونيو"),
            ("2024/5", "ym", "May twenty twenty-four", "مايو ألفين وأربعة وعشرين"),
            ("5-2024", "my", "May twenty twenty-four", "مايو ألفين وأربعة وعشرين"),
            ("5", "m", "May", "مايو"),
            ("5", "d", "the fifth", "الخامس"),
            ("1999", "y", "nineteen ninety-nine", "ألف وتسعمئة وتسعة وتسعين"),
            (
                "May 6, 2024",
                "mdy",
                "the sixth of May, twenty twenty-four",
                "السادس من مايو عام ألفين وأربعة وعشرين",
            ),
            (
                "٥/٦/٢٠٢٤",
                "mdy",
                "the sixth of May, twenty twenty-four",
                "السادس من مايو عام ألفين وأربعة وعشرين",
            ),
        ] {
            assert_eq!(said(text, SayAs::Date, format, Language::English), english, "{text} {format}");
            assert_eq!(said(text, SayAs::Date, format, Language::Arabic), arabic, "{text} {format}");
        }
    }

    #[test]
    fn a_text_that_does_not_fit_its_format_is_not_read() {
        for (text, format) in [
            ("13/5/2024", "mdy"),
            ("5/6", "mdy"),
            ("5/6/2024/7", "mdy"),
            ("", "y"),
            ("x", "d"),
            ("31/2/2024", "dmy"),
        ] {
            assert_eq!(said(text, SayAs::Date, format, Language::English), "", "{text} {format}");
        }
        for format in ["", "xyz", "hms12", "mm-hh"] {
            assert!(SayAs::Date.with_format(format).is_none(), "{format}");
        }
    }

    #[test]
    fn times_have_the_hours_of_their_format() {
        for (text, format, english) in [
            ("2:30 pm", "hms12", "two thirty p m"),
            ("14:30", "hms24", "fourteen thirty"),
            ("1430", "hms24", "fourteen thirty"),
            ("02:30:15", "hms24", "two thirty and fifteen seconds"),
            ("143000", "hms24", "fourteen thirty"),
            ("9", "hms24", "nine o'clock"),
            ("9am", "hms12", "nine a\u{2063} m"),
        ] {
            let said = said(text, SayAs::Time, format, Language::English);
            assert_eq!(said.replace(" oh zero", ""), english, "{text} {format}");
        }
        assert_eq!(said("14:30", SayAs::Time, "hms12", Language::English), "");
        assert_eq!(said("2:30 م", SayAs::Time, "hms12", Language::Arabic), "الساعة الثانية والنصف مساءً");
    }

    #[test]
    fn a_country_code_is_a_format_of_telephone_numbers() {
        assert_eq!(SayAs::Telephone.with_format("966"), Some(SayAs::Telephone));
        assert_eq!(SayAs::Telephone.with_format("+1"), Some(SayAs::Telephone));
        assert_eq!(SayAs::Telephone.with_format("home"), None);
    }
}
