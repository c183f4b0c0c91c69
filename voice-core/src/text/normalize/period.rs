//! Fiscal periods: Q1 2024, FY2024, H2 2023.

use super::arabic::{self, Case, Gender};
use super::english;
use super::scan::{Place, Reading, blank, ends, small};
use crate::text::Language;

/// Reads a quarter or half with its year, or a fiscal year.
pub(super) fn read(place: &Place) -> Option<Reading> {
    let (kind, rest) =
        ["FY", "Q", "H"].iter().find_map(|kind| Some((*kind, place.rest.strip_prefix(kind)?)))?;
    let mut len = kind.len();
    let mut part = 0;
    if kind != "FY" {
        let most = if kind == "Q" { 4 } else { 2 };
        part = small(rest, 1).filter(|(value, _)| (1..=most).contains(value))?.0;
        len += 1;
    }
    let (year, more) = year(&place.rest[len..], kind == "FY")?;
    len += more;
    let rest = &place.rest[len..];
    if !ends(rest) || rest.starts_with(['/', '%']) {
        return None;
    }
    let spoken = if place.language == Language::Arabic {
        let year = arabic::cardinal(year, Gender::Masculine, Case::Oblique);
        match kind {
            "FY" => format!("السنة المالية {year}"),
            "Q" => {
                format!("الربع {} من عام {year}", arabic::ordinal(part, Gender::Masculine, Case::Nominative))
            }
            _ => {
                format!("النصف {} من عام {year}", arabic::ordinal(part, Gender::Masculine, Case::Nominative))
            }
        }
    } else {
        let the = if place.word.eq_ignore_ascii_case("the") { "" } else { "the " };
        let year = english::year(year);
        match kind {
            "FY" => format!("fiscal year {year}"),
            "Q" => format!("{the}{} quarter of {year}", english::ordinal(part)),
            _ => format!("{the}{} half of {year}", english::ordinal(part)),
        }
    };
    Some(Reading::new(spoken, len))
}

/// The year after the period: `2024`, ` 2024`, `'24`, and after FY also `24`.
fn year(text: &str, fiscal: bool) -> Option<(u64, usize)> {
    let gap = blank(text);
    let short = text[gap..].chars().next().filter(|c| matches!(c, '\'' | '’')).map_or(0, char::len_utf8);
    let (value, digits) = small(&text[gap + short..], 4)?;
    let len = gap + short + digits;
    match digits {
        4 if short == 0 && (gap > 0 || fiscal) => (1_900..2_200).contains(&value).then_some((value, len)),
        2 if short > 0 || fiscal && gap == 0 => Some((2_000 + value, len)),
        _ => None,
    }
}
