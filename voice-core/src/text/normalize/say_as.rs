//! Reads text whose kind the caller knows, as with SSML's `<say-as>`.

mod format;

pub use format::{DateFormat, TimeFormat};

use super::number::{Number, grouped, lex, one_by_one, pause};
use super::prepare::prepare;
use super::scan::{Place, is_bidi_mark, is_digit, is_letter};
use super::{arabic, date, english, spelling, telephone, time};
use crate::text::Language;
use arabic::{Case, Gender};

/// The kind of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SayAs {
    /// A number: `1,234.5`, `-3`.
    Cardinal,
    /// An ordinal: `3` or `3rd`. In Arabic definite and masculine: الثالث.
    Ordinal,
    /// Digit by digit; blanks, hyphens and dots are pauses.
    Digits,
    /// A date in a form that [`normalize`](super::normalize) reads.
    Date,
    /// A time of day in a form that [`normalize`](super::normalize) reads.
    Time,
    /// A date whose numbers are in that order.
    DateIn(DateFormat),
    /// A time of day, such as `2:30`, `143000` or `2:30 pm`, in hours of that kind.
    TimeIn(TimeFormat),
    /// A telephone number of 2 to 15 digits.
    Telephone,
    /// Letter by letter, and digit by digit. Vowel marks are skipped.
    Characters,
}

impl SayAs {
    /// The kind with a format of SSML: the order of a date, such as `mdy`, the hours of a time, `hms12` or `hms24`, or the
    /// country code of a telephone number, which does not change how the number is read. `None` for other formats.
    pub fn with_format(self, format: &str) -> Option<Self> {
        let format = format.trim();
        match self {
            Self::Date => DateFormat::parse(format).map(Self::DateIn),
            Self::Time => TimeFormat::parse(format).map(Self::TimeIn),
            Self::Telephone => {
                let code = format.strip_prefix('+').unwrap_or(format);
                let is_code = (1..=4).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
                is_code.then_some(self)
            }
            _ => None,
        }
    }
}

/// Reads all of `text` as the given kind; `None` if it does not match, and then the caller uses
/// [`normalize`](super::normalize). Texts over 4,096 bytes do not match.
pub fn say_as(text: &str, how: SayAs, language: Language) -> Option<String> {
    const LONGEST: usize = 4_096;
    if text.len() > LONGEST {
        return None;
    }
    let prepared = prepare(text);
    let text = prepared.trim();
    let place = Place::alone(text, language);
    let whole = |reading: super::scan::Reading| (reading.len == text.len()).then_some(reading.spoken);
    match how {
        SayAs::Cardinal => cardinal(text, language),
        SayAs::Ordinal => ordinal(text, language),
        SayAs::Digits => spoken_digits(text, language),
        SayAs::Date => date::read(&place).or_else(|| date::month_first(&place)).and_then(whole),
        SayAs::Time => time::read(&place).and_then(whole),
        SayAs::DateIn(format) => format::date(text, format, language),
        SayAs::TimeIn(format) => format::time(text, format, language),
        SayAs::Telephone => telephone::say_whole(text, language),
        SayAs::Characters => characters(text, language),
    }
}

fn cardinal(text: &str, language: Language) -> Option<String> {
    let (sign, rest) = match text.strip_prefix(['-', '−']) {
        Some(rest) => (if language == Language::Arabic { "سالب " } else { "minus " }, rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let run = lex(rest, language).filter(|run| run.text.len() == rest.len())?;
    Some(format!("{sign}{}", run.number?.words(language)))
}

fn ordinal(text: &str, language: Language) -> Option<String> {
    let text = text.strip_prefix("الـ").or_else(|| text.strip_prefix("ال")).unwrap_or(text);
    let run = lex(text, language)?;
    let value = run.number.as_ref().and_then(Number::value)?;
    let ending = &text[run.text.len()..];
    if !ending.is_empty() && !ending.eq_ignore_ascii_case(english::ordinal_ending(value)) {
        return None;
    }
    Some(match language {
        Language::Arabic => arabic::ordinal(value, Gender::Masculine, Case::Nominative),
        Language::English => english::ordinal(value),
    })
}

fn spoken_digits(text: &str, language: Language) -> Option<String> {
    let groups: Vec<&str> = text.split([' ', '-', '.']).collect();
    let all = groups.iter().all(|group| !group.is_empty() && group.chars().all(is_digit));
    match groups[..] {
        _ if !all => None,
        [one] => Some(grouped(one, language)),
        _ => {
            let spoken: Vec<_> = groups.iter().map(|group| one_by_one(group, language)).collect();
            Some(spoken.join(pause(language)))
        }
    }
}

fn characters(text: &str, language: Language) -> Option<String> {
    if !text.contains(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let has_no_sound =
        |c: char| matches!(c, '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}') || is_bidi_mark(c);
    let spoken =
        text.chars().filter(|&c| !c.is_whitespace() && !c.is_control() && !has_no_sound(c)).map(|c| {
            if is_digit(c) {
                one_by_one(c.encode_utf8(&mut [0; 4]), language)
            } else if is_letter(c) {
                spelling::spell(c.encode_utf8(&mut [0; 4]), language)
            } else {
                spelling::mark(c, language).map_or_else(|| c.to_string(), str::to_owned)
            }
        });
    Some(spoken.collect::<Vec<_>>().join(" "))
}
