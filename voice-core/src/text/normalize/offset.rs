//! Offsets of time zones: UTC+3, GMT-5:30.

use super::arabic::{self, Case, Noun, feminine};
use super::english;
use super::scan::{Place, Reading, blank, ends, is_digit, small};
use crate::text::Language;

static HOUR: Noun = feminine!("ساع");
static MINUTE: Noun = feminine!("دقيق", "دقائق");

/// Reads the name of a zone with its offset.
pub(super) fn read(place: &Place) -> Option<Reading> {
    let (zone, english, arabic) = [
        ("UTC", "U T C", "التوقيت العالمي"),
        ("GMT", "G M T", "توقيت غرينتش"),
        ("UT", "U T", "التوقيت العالمي"),
    ]
    .into_iter()
    .find(|(zone, ..)| {
        place
            .rest
            .strip_prefix(zone)
            .is_some_and(|rest| rest[blank(rest)..].starts_with(['+', '-', '−', '±']))
    })?;
    let gap = blank(&place.rest[zone.len()..]);
    let (words, len) = lex(&place.rest[zone.len() + gap..], place.language)?;
    let zone_words = match place.language {
        Language::Arabic => {
            arabic.strip_prefix("توقيت ").filter(|_| place.word.ends_with("توقيت")).unwrap_or(arabic)
        }
        Language::English => english,
    };
    Some(Reading::new(format!("{zone_words} {words}"), zone.len() + gap + len))
}

/// The words of the offset at the start, and its length.
pub(super) fn lex(text: &str, language: Language) -> Option<(String, usize)> {
    let sign = text.chars().next().filter(|sign| matches!(sign, '+' | '-' | '−' | '±'))?;
    let mut len = sign.len_utf8();
    let (figures, digits) = small(&text[len..], 4)?;
    len += digits;
    let (hours, mut minutes) = if digits > 2 { (figures / 100, figures % 100) } else { (figures, 0) };
    if digits <= 2
        && let Some(rest) = text[len..].strip_prefix(':')
        && let Some((value, 2)) = small(rest, 2)
    {
        minutes = value;
        len += 3;
    }
    let whole = ends(&text[len..])
        && !text[len..].strip_prefix([':', '.', '-']).is_some_and(|rest| rest.starts_with(is_digit));
    if !whole || hours > 14 || minutes > 59 || digits == 3 {
        return None;
    }
    let words = match language {
        Language::Arabic => {
            let hours = arabic::count(hours, &HOUR, Case::Nominative);
            let minutes =
                (minutes > 0).then(|| format!(" و{}", arabic::count(minutes, &MINUTE, Case::Nominative)));
            format!("{hours}{}", minutes.unwrap_or_default())
        }
        Language::English if minutes > 0 => {
            format!("{} hours {} minutes", english::cardinal(hours), english::cardinal(minutes))
        }
        Language::English if hours == 1 => "one hour".to_owned(),
        Language::English => format!("{} hours", english::cardinal(hours)),
    };
    let sign = match (language, sign) {
        (Language::English, '+') => "plus",
        (Language::English, '±') => "plus or minus",
        (Language::English, _) => "minus",
        (Language::Arabic, '+') => "زائد",
        (Language::Arabic, '±') => "زائد أو ناقص",
        (Language::Arabic, _) => "ناقص",
    };
    Some((format!("{sign} {words}"), len))
}
