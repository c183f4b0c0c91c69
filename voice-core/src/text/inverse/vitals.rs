//! Measurements of a patient, with what is usually left out: the unit, the word between two numbers.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::measure::{Measure, measure};
use super::units::{self, MeasureUnit};
use super::{Found, Words, items, number};
use crate::text::Language;

/// A blood pressure in mmHg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BloodPressure {
    /// The larger number.
    pub systolic: u16,
    /// The smaller number.
    pub diastolic: u16,
    /// Whether both numbers were said in full and the first is larger. "12 over 8" is 120/80, and should be confirmed.
    pub is_certain: bool,
}

/// The blood pressure that begins with the word `at`: "120 over 80", مية وعشرين على ثمانين, 120/80, "12 على 8", also with
/// its names: "systolic 120, diastolic 80".
pub fn blood_pressure(words: &Words, at: usize, language: Language) -> Option<Found<BloodPressure>> {
    let (first, second, end) =
        written_pressure(words, at).or_else(|| spoken_pressure(words, at, language))?;
    let tens = |value: Decimal| value.checked_mul(Decimal::TEN);
    let is_short = first <= Decimal::from(30) && second <= Decimal::from(20);
    let (first, second) = if is_short { (tens(first)?, tens(second)?) } else { (first, second) };
    let whole = |value: Decimal| value.fract().is_zero().then(|| value.to_u16())?;
    let (systolic, diastolic) = (whole(first)?, whole(second)?);
    let unit = units::named(words, end).filter(|unit| unit.unit.code == "mm[Hg]");
    let value = BloodPressure { systolic, diastolic, is_certain: !is_short && systolic > diastolic };
    let is_possible = (40..=350).contains(&systolic) && (10..=250).contains(&diastolic);
    is_possible.then(|| Found { value, words: at..unit.map_or(end, |unit| unit.end) })
}

/// 120/80 or 120-80 in one word.
fn written_pressure(words: &Words, at: usize) -> Option<(Decimal, Decimal, usize)> {
    let text = units::trimmed(words.iter().nth(at)?.text);
    let (first, second) = text.split_once(['/', '-', '\\'])?;
    let value = |text| items::figures(text).filter(|(is_negative, _)| !is_negative);
    Some((items::value(&value(first)?.1)?, items::value(&value(second)?.1)?, at + 1))
}

fn spoken_pressure(words: &Words, at: usize, language: Language) -> Option<(Decimal, Decimal, usize)> {
    /// The most words between the numbers.
    const MOST: usize = 4;
    let is_between = |key: &str| {
        matches!(
            key,
            "علي"
                | "ع"
                | "عن"
                | "فوق"
                | "و"
                | "تحت"
                | "سلاش"
                | "مقابل"
                | "شرطه"
                | "الانبساطي"
                | "والانبساطي"
                | "الواطي"
                | "والواطي"
                | "المنخفض"
                | "والمنخفض"
                | "الصغير"
                | "والصغير"
                | "السفلي"
                | "والسفلي"
                | "التحتاني"
                | "والتحتاني"
                | "النازل"
                | "والنازل"
                | "هو"
                | "over"
                | "on"
                | "by"
                | "and"
                | "slash"
                | "diastolic"
                | "bottom"
                | "lower"
                | "low"
                | "is"
                | "was"
                | "the"
                | "number"
                | "with"
                | "a"
        )
    };
    let (first, from) = pressure_number(words, at, language)?;
    let between = (from..words.len()).take(MOST).take_while(|&word| is_between(words.key(word))).count();
    // Two numbers next to each other: "one twenty eighty".
    let (second, end) = (0..=between).rev().find_map(|skip| pressure_number(words, from + skip, language))?;
    Some((first, second, end))
}

/// A number that may be the value of a pressure, and the word after it.
fn pressure_number(words: &Words, at: usize, language: Language) -> Option<(Decimal, usize)> {
    let found = number(words, at, language)?;
    (found.value > Decimal::TWO && found.value < Decimal::from(400)).then_some((found.value, found.words.end))
}

/// The temperature that begins with the word `at`, in the unit that was said, or in the one that its value tells:
/// 30 to 45 is Celsius, 90 to 115 Fahrenheit. "Thirty-seven five" and سبعة وثلاثين وخمسة are 37.5, and should be
/// confirmed.
pub fn temperature(words: &Words, at: usize, language: Language) -> Option<Found<Measure>> {
    let celsius = units::of_sign("°C")?;
    let fahrenheit = units::of_sign("°F")?;
    let usual = |value: Decimal| {
        let is_within = |low: i32, high: i32| value >= Decimal::from(low) && value <= Decimal::from(high);
        if is_within(30, 45) { Some(celsius) } else { is_within(90, 115).then_some(fahrenheit) }
    };
    if let Some(mut found) = measure(words, at, language) {
        let end = found.words.end;
        // 37 درجة مئوية is one name; 37 and a half degrees Celsius is not.
        match found.value.unit.code {
            "Cel" | "[degF]" => {}
            "deg" => match units::named(words, end) {
                Some(named) if matches!(named.unit.code, "Cel" | "[degF]") => {
                    found.value.unit = named.unit;
                    found.words.end = named.end;
                }
                _ => found.value.unit = usual(found.value.value)?,
            },
            _ => return None,
        }
        if found.value.unit.code == "[degF]" {
            found.value.unit = fahrenheit;
        }
        return Some(found);
    }
    let found = number(words, at, language)?;
    let (mut value, mut end, mut is_certain) = (found.value, found.words.end, true);
    if value.fract().is_zero() && usual(value).is_some() && !words.pauses_after(end - 1) {
        let rest = end + usize::from(matches!(words.key(end), "شرطه" | "شخطه" | "و" | "dot"));
        let tenths = number(words, rest, language).filter(|tenths| {
            tenths.value.fract().is_zero() && tenths.value < Decimal::TEN && !tenths.value.is_sign_negative()
        });
        if let Some(tenths) = tenths {
            value = value.checked_add(tenths.value.checked_div(Decimal::TEN)?)?;
            (end, is_certain) = (tenths.words.end, false);
        }
    }
    let unit =
        match units::named(words, end).filter(|named| matches!(named.unit.code, "Cel" | "[degF]" | "deg")) {
            Some(named) => {
                end = named.end;
                if named.unit.code == "deg" { usual(value)? } else { named.unit }
            }
            None => usual(value)?,
        };
    Some(Found { value: Measure { value, unit, is_certain }, words: at..end })
}

/// The blood glucose that begins with the word `at`. Without a unit the value tells it: up to 33 is mmol/L, and from 40
/// mg/dL.
pub fn glucose(words: &Words, at: usize, language: Language) -> Option<Found<Measure>> {
    let usual = |value: Decimal| -> Option<(MeasureUnit, bool)> {
        let small = units::of_sign("mmol/L")?;
        let large = units::of_sign("mg/dL")?;
        if value.is_sign_negative() || value > Decimal::from(1_500) {
            None
        } else if value <= Decimal::from(33) {
            Some((small, value >= Decimal::ONE && value <= Decimal::from(30)))
        } else {
            Some((large, value >= Decimal::from(40)))
        }
    };
    if let Some(found) = measure(words, at, language)
        && matches!(found.value.unit.code, "mg/dL" | "mmol/L" | "mmol" | "mg")
    {
        let unit = match found.value.unit.code {
            "mmol" => units::of_sign("mmol/L")?,
            "mg" => units::of_sign("mg/dL")?,
            _ => found.value.unit,
        };
        return Some(Found { value: Measure { unit, ..found.value }, ..found });
    }
    let found = number(words, at, language)?;
    let (unit, is_certain) = usual(found.value)?;
    Some(Found { value: Measure { value: found.value, unit, is_certain }, words: found.words })
}

/// The body weight that begins with the word `at`, in kilograms if no unit is said.
pub fn weight(words: &Words, at: usize, language: Language) -> Option<Found<Measure>> {
    with_usual_unit(words, at, language, &["kg", "g", "[lb_av]", "[oz_av]", "[stone_av]"], |value| {
        let is_possible = value > Decimal::ZERO && value <= Decimal::from(400);
        is_possible.then(|| Some((units::of_sign("kg")?, value)))?
    })
}

/// The body height that begins with the word `at`: متر وسبعين, "one seventy", "five foot six", "1.70". Without a unit,
/// up to 2.5 is in metres and from 40 in centimetres; metres are told in centimetres.
pub fn height(words: &Words, at: usize, language: Language) -> Option<Found<Measure>> {
    let centimetre = units::of_sign("cm")?;
    if let Some(found) = primes(words, at) {
        return Some(found);
    }
    if let Some(found) = feet(words, at, language) {
        return Some(found);
    }
    let found = with_usual_unit(words, at, language, &["m", "cm", "[ft_i]", "[in_i]", "mm"], |value| {
        let metres = units::of_sign("m")?;
        if value > Decimal::ZERO && value <= Decimal::new(25, 1) {
            Some((metres, value))
        } else {
            (value >= Decimal::from(40) && value <= Decimal::from(260)).then_some((centimetre, value))
        }
    })?;
    Some(match found.value.unit.code {
        "m" | "mm" => {
            let value = super::measure::convert(found.value.value, found.value.unit.code, "cm")?;
            Found { value: Measure { value, unit: centimetre, ..found.value }, ..found }
        }
        "[ft_i]" => {
            let value = super::measure::convert(found.value.value, "[ft_i]", "[in_i]")?;
            Found { value: Measure { value, unit: units::of_sign("in")?, ..found.value }, ..found }
        }
        _ => found,
    })
}

/// 5'6"
fn primes(words: &Words, at: usize) -> Option<Found<Measure>> {
    let text = words.iter().nth(at)?.text.replace(['’', '′'], "'");
    let (feet, inches) = text.split_once('\'')?;
    let inches = inches.trim_end_matches(['"', '”', '″', '\'', '.', ',']);
    let digits = |text: &str| items::figures(text).and_then(|(_, figures)| figures.parse::<u32>().ok());
    let (feet, inches) = (digits(feet)?, if inches.is_empty() { 0 } else { digits(inches)? });
    let value = Decimal::from(feet.checked_mul(12)?.checked_add(inches)?);
    let unit = units::of_sign("in")?;
    (inches < 12).then_some(Found { value: Measure { value, unit, is_certain: true }, words: at..at + 1 })
}

/// "Five six", "five eleven": feet and inches.
fn feet(words: &Words, at: usize, language: Language) -> Option<Found<Measure>> {
    if language != Language::English {
        return None;
    }
    let digit = |key: &str| ["four", "five", "six", "seven"].iter().position(|word| *word == key);
    let feet = digit(words.key(at))? + 4;
    let inches = number(words, at + 1, language)?;
    let is_inches = inches.value.fract().is_zero() && inches.value < Decimal::from(12);
    let is_named = units::named(words, inches.words.end).is_some();
    if !is_inches || is_named || words.pauses_after(at) || inches.words.end != at + 2 {
        return None;
    }
    let value = Decimal::from(feet * 12).checked_add(inches.value)?;
    let unit = units::of_sign("in")?;
    Some(Found { value: Measure { value, unit, is_certain: false }, words: at..inches.words.end })
}

/// A measure in one of some units, or a number with the unit that is usual for it.
fn with_usual_unit(
    words: &Words,
    at: usize,
    language: Language,
    codes: &[&str],
    usual: impl Fn(Decimal) -> Option<(MeasureUnit, Decimal)>,
) -> Option<Found<Measure>> {
    if let Some(found) = measure(words, at, language) {
        return codes.contains(&found.value.unit.code).then_some(found);
    }
    let found = number(words, at, language)?;
    let (unit, value) = usual(found.value)?;
    Some(Found { value: Measure { value, unit, is_certain: true }, words: found.words })
}

/// The percentage that begins with the word `at`, such as a saturation. Its sign or word may be missing.
pub fn percent(words: &Words, at: usize, language: Language) -> Option<Found<Decimal>> {
    if let Some(found) = measure(words, at, language) {
        return (found.value.unit.code == "%")
            .then_some(Found { value: found.value.value, words: found.words });
    }
    number(words, at, language).filter(|found| !found.value.is_sign_negative())
}
