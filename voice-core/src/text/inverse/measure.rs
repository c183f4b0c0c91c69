//! Numbers with a unit.

use rust_decimal::Decimal;

use super::grammar::Grammar;
use super::items;
use super::units::{self, MeasureUnit, named};
use super::{Found, Words, number};
use crate::text::Language;
use crate::text::numerals::Numeral;

/// A number with a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// The number.
    pub value: Decimal,
    /// The unit.
    pub unit: MeasureUnit,
    /// Whether number and unit were said in full. If not, they were completed by what is usual and should be confirmed.
    pub is_certain: bool,
}

/// The number with its unit that begins with the word `at`: "70 kg", خمسة وثلاثين كيلو ونص, مترين, "five foot six". Two
/// units of one kind are joined: "five foot six" is 66 inches.
pub fn measure(words: &Words, at: usize, language: Language) -> Option<Found<Measure>> {
    let Some(first) = simple(words, at, language) else {
        // متر وسبعين
        let unit = named(words, at).filter(|unit| language == Language::Arabic && !unit.is_dual)?;
        let value = Measure { value: Decimal::ONE, unit: unit.unit, is_certain: true };
        return joined(words, &Found { value, words: at..unit.end }, language);
    };
    Some(joined(words, &first, language).unwrap_or(first))
}

fn simple(words: &Words, at: usize, language: Language) -> Option<Found<Measure>> {
    if let Some(found) = attached(words, at) {
        return Some(found);
    }
    if let Some(found) = number(words, at, language)
        && !words.pauses_after(found.words.end - 1)
        // "Half a tablet".
        && let has_article = (found.value < Decimal::ONE && matches!(words.key(found.words.end), "a" | "an"))
        && let skip = usize::from(has_article)
        && let Some(unit) = named(words, found.words.end + skip).filter(|unit| !unit.is_dual)
    {
        return share_after(words, at, unit.end, found.value, unit.unit, language);
    }
    without_number(words, at, language)
}

/// 70kg, 37.5°C, 50%.
fn attached(words: &Words, at: usize) -> Option<Found<Measure>> {
    let text = units::trimmed(words.iter().nth(at)?.text);
    let start = text.find(|c: char| !c.is_numeric() && !matches!(c, '.' | ',' | '٫' | '٬' | '-' | '−'))?;
    let (number, sign) = text.split_at(start);
    let (is_negative, figures) = items::figures(number)?;
    let value = items::value(&figures)?;
    let value = if is_negative { -value } else { value };
    let unit = units::of_sign(sign)?;
    Some(Found { value: Measure { value, unit, is_certain: true }, words: at..at + 1 })
}

/// مترين, كيلو ونص, لتر واحد: Arabic units without a number before them.
fn without_number(words: &Words, at: usize, language: Language) -> Option<Found<Measure>> {
    if language != Language::Arabic {
        return None;
    }
    let unit = named(words, at)?;
    if unit.is_dual {
        return share_after(words, at, unit.end, Decimal::TWO, unit.unit, language);
    }
    if matches!(words.key(unit.end), "واحد" | "واحده") {
        return share_after(words, at, unit.end + 1, Decimal::ONE, unit.unit, language);
    }
    share_after(words, at, unit.end, Decimal::ONE, unit.unit, language)
        .filter(|found| found.words.end > unit.end)
}

/// The measure with a share after its unit: ثلاثين كيلو ونص.
fn share_after(
    words: &Words,
    at: usize,
    end: usize,
    value: Decimal,
    unit: MeasureUnit,
    language: Language,
) -> Option<Found<Measure>> {
    let grammar = Grammar::new(words, end, language);
    let mut found = Found { value: Measure { value, unit, is_certain: true }, words: at..end };
    if let Some(next) = units::joined(words, end).filter(|next| next.unit == unit)
        && is_hundreds(value)
    {
        found.value.value = value.checked_add(if next.is_dual { Decimal::TWO } else { Decimal::ONE })?;
        found.words.end = next.end;
        return Some(found);
    }
    if let Some((share, is_less)) = grammar.share_after(0)
        && let Some(after) = grammar.word_after(share.end)
        && value.fract().is_zero()
        && !words.pauses_after(end - 1)
        // نص كيلو: the share belongs to the next unit.
        && named(words, after).is_none_or(|next| next.unit == unit)
    {
        let part = share.of(1)?;
        found.value.value = if is_less { value.checked_sub(part)? } else { value.checked_add(part)? };
        found.words.end = after;
    }
    Some(found)
}

/// Whether one and two more are told by the noun: مئة كيلوغرام وكيلوغرامان is 102 kg.
pub(super) fn is_hundreds(value: Decimal) -> bool {
    value >= Decimal::ONE_HUNDRED && (value % Decimal::ONE_HUNDRED).is_zero()
}

/// Larger and smaller units that are said together, and how many of the smaller are in the larger.
const PAIRS: [(&str, &str, u32); 6] = [
    ("m", "cm", 100),
    ("km", "m", 1_000),
    ("kg", "g", 1_000),
    ("[ft_i]", "[in_i]", 12),
    ("[stone_av]", "[lb_av]", 14),
    ("[lb_av]", "[oz_av]", 16),
];

/// The measure joined with the smaller unit after it. The smaller unit need not be named: متر وسبعين, "five foot six".
fn joined(words: &Words, first: &Found<Measure>, language: Language) -> Option<Found<Measure>> {
    let Found { value: Measure { value, unit, .. }, words: range } = first;
    let (_, smaller, many) = PAIRS.iter().find(|(larger, ..)| *larger == unit.code)?;
    if !value.fract().is_zero() || words.pauses_after(range.end - 1) {
        return None;
    }
    // "Five feet and six inches".
    let rest = range.end + usize::from(matches!(words.key(range.end), "and" | "و"));
    let more = number(words, rest, language)?;
    let has_and = Grammar::new(words, range.end, language).get(0) == Some(Numeral::And);
    let named = named(words, more.words.end).or_else(|| {
        // 5 ft 6 in
        let unit = units::of_sign("in").filter(|unit| unit.code == *smaller)?;
        let is_inches = words.key(more.words.end) == "in";
        is_inches.then_some(units::Named { unit, is_dual: false, end: more.words.end + 1 })
    });
    let many = Decimal::from(*many);
    if more.value >= many || more.value.is_sign_negative() || language == Language::Arabic && !has_and {
        return None;
    }
    let (end, is_certain) = match named {
        Some(next) if next.unit.code == *smaller && !next.is_dual => (next.end, true),
        // Without its unit it is only taken where no other reading is usual.
        None if matches!(unit.code, "m" | "[ft_i]" | "[stone_av]") => (more.words.end, true),
        _ => return None,
    };
    let (value, unit) = match unit.code {
        "[ft_i]" | "[stone_av]" | "[lb_av]" => {
            let sign = match *smaller {
                "[in_i]" => "in",
                "[lb_av]" => "lb",
                _ => "oz",
            };
            (value.checked_mul(many)?.checked_add(more.value)?, units::of_sign(sign)?)
        }
        _ => (value.checked_add(more.value.checked_div(many)?)?.normalize(), *unit),
    };
    Some(Found { value: Measure { value, unit, is_certain }, words: range.start..end })
}

/// A kind of units, and each in the first of them.
const KINDS: [&[(&str, &str)]; 4] = [
    &[
        ("kg", "1"),
        ("g", "0.001"),
        ("mg", "0.000001"),
        ("ug", "0.000000001"),
        ("[lb_av]", "0.45359237"),
        ("[oz_av]", "0.028349523125"),
        ("[stone_av]", "6.35029318"),
        ("t", "1000"),
    ],
    &[
        ("m", "1"),
        ("cm", "0.01"),
        ("mm", "0.001"),
        ("km", "1000"),
        ("[in_i]", "0.0254"),
        ("[ft_i]", "0.3048"),
        ("[yd_i]", "0.9144"),
        ("[mi_i]", "1609.344"),
    ],
    &[("L", "1"), ("dL", "0.1"), ("mL", "0.001"), ("cm3", "0.001"), ("m3", "1000")],
    &[
        ("a", "31557600"),
        ("mo", "2629800"),
        ("wk", "604800"),
        ("d", "86400"),
        ("h", "3600"),
        ("min", "60"),
        ("s", "1"),
        ("ms", "0.001"),
    ],
];

/// A value in another unit of the same kind, by UCUM codes: masses, lengths, temperatures.
pub fn convert(value: Decimal, from: &str, to: &str) -> Option<Decimal> {
    if from == to {
        return Some(value);
    }
    let decimal = |text: &str| text.parse::<Decimal>().ok();
    match (from, to) {
        ("Cel", "[degF]") => return value.checked_mul(decimal("1.8")?)?.checked_add(Decimal::from(32)),
        ("[degF]", "Cel") => {
            return Some(
                value.checked_sub(Decimal::from(32))?.checked_div(decimal("1.8")?)?.round_dp(2).normalize(),
            );
        }
        _ => {}
    }
    KINDS.iter().find_map(|kind| {
        let in_first = |code: &str| decimal(kind.iter().find(|(other, _)| *other == code)?.1);
        let value = value.checked_mul(in_first(from)?)?.checked_div(in_first(to)?)?;
        Some(value.round_dp(4).normalize())
    })
}
