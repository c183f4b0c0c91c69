//! Quantities with their units, blood pressure and digits in an answer.

use std::ops::RangeInclusive;

use rust_decimal::Decimal;

use super::lexicon::CORRECTIONS;
use super::values;
use super::{Answer, DigitsKind, Meaning, Reading, Unit};
use crate::interview::value::{Quantity, Value};
use crate::text::Language;
use crate::text::inverse::saudi::{self, Repair};
use crate::text::inverse::{self, Found, Measure, Words};

/// Confidence of a value that was completed by what is usual, and of digits that were repaired.
const COMPLETED: f32 = 0.6;
/// Of digits that are not what was asked for, so that another hypothesis can outvote them.
const INCOMPLETE: f32 = 0.3;

/// The system of codes of UCUM.
const UCUM: &str = "http://unitsofmeasure.org";

/// A reader of measurements of one kind.
type Reader = fn(&Words, usize, Language) -> Option<Found<Measure>>;

/// A quantity in one of the units that are accepted.
#[derive(Debug, Clone, PartialEq)]
struct Said {
    value: Decimal,
    /// An index of the units.
    unit: usize,
    is_certain: bool,
}

/// Reads a quantity.
pub(super) fn quantity(
    words: &Words,
    units: &[Unit],
    range: Option<&RangeInclusive<Decimal>>,
    language: Language,
) -> Option<Reading> {
    let found = values::all(words, |at| said(words, at, units, language));
    let settled = values::settle(words, &found, |_| false)?;
    let is_certain = settled.values.iter().all(|said| said.is_certain);
    let mut reading = values::meaning(settled, |said| {
        let unit = units.get(said.unit);
        let in_first = match (unit, units.first()) {
            (Some(unit), Some(first)) => inverse::convert(said.value, &unit.code, &first.code),
            _ => Some(said.value),
        };
        let is_accepted = range.is_none_or(|range| in_first.is_some_and(|value| range.contains(&value)));
        let code = unit.map(|unit| unit.code.clone()).filter(|code| !code.is_empty());
        let quantity = Quantity {
            value: said.value.normalize(),
            unit: unit.map(|unit| unit.display.clone()),
            system: code.as_ref().map(|_| UCUM.to_owned()),
            code,
        };
        (Answer::Value(Value::Quantity(quantity)), is_accepted)
    })?;
    if !is_certain {
        reading.score *= COMPLETED;
    }
    Some(reading)
}

/// The quantity at `at`: with its unit, or in the first unit if none is said.
fn said(words: &Words, at: usize, units: &[Unit], language: Language) -> Option<Found<Said>> {
    let first = units.first().map_or("", |unit| unit.code.as_str());
    if let Some(found) = time_span(words, at, units, language) {
        return Some(found);
    }
    let special: Option<Reader> = match first {
        "Cel" | "[degF]" => Some(inverse::temperature),
        "kg" | "[lb_av]" => Some(inverse::weight),
        "cm" | "m" | "[in_i]" | "[ft_i]" => Some(inverse::height),
        "mg/dL" | "mmol/L" => Some(inverse::glucose),
        _ => None,
    };
    let measure =
        special.and_then(|read| read(words, at, language)).or_else(|| inverse::measure(words, at, language));
    let number = inverse::number(words, at, language);
    if let Some(found) =
        measure.filter(|found| number.as_ref().is_none_or(|number| found.words.end >= number.words.end))
    {
        let measure = found.value;
        let listed = units.iter().position(|unit| unit.code == measure.unit.code);
        let value = match listed {
            Some(unit) => Some(Said { value: measure.value, unit, is_certain: measure.is_certain }),
            None => inverse::convert(measure.value, measure.unit.code, first).map(|value| Said {
                value: value.round_dp(2),
                unit: 0,
                is_certain: false,
            }),
        };
        // A unit of another kind is no answer, unless the unit that is asked for has no known code.
        if let Some(value) = value {
            return Some(Found { value, words: found.words });
        }
        return None;
    }
    let found = number?;
    let value = Said { value: found.value, unit: 0, is_certain: true };
    Some(Found { value, words: found.words })
}

/// A quantity whose units are those of time.
fn time_span(words: &Words, at: usize, units: &[Unit], language: Language) -> Option<Found<Said>> {
    let seconds = |code: &str| {
        Some(match code {
            "s" => 1_u64,
            "min" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "wk" => 7 * 86_400,
            "mo" => 30 * 86_400,
            "a" => 365 * 86_400,
            _ => return None,
        })
    };
    let first = seconds(&units.first()?.code)?;
    let found = inverse::duration(words, at, language)?;
    let said = found.value;
    let own = units.iter().position(|unit| seconds(&unit.code) == Some(said.unit.seconds()));
    let total = Decimal::from(said.seconds);
    let (unit, per) = own.map_or((0, first), |index| (index, said.unit.seconds()));
    let value = Said { value: (total / Decimal::from(per)).round_dp(2), unit, is_certain: own.is_some() };
    Some(Found { value, words: found.words })
}

/// Reads a blood pressure.
pub(super) fn blood_pressure(words: &Words, language: Language) -> Option<Reading> {
    let found = values::all(words, |at| inverse::blood_pressure(words, at, language));
    let is_certain = found.iter().all(|pressure| pressure.value.is_certain);
    let settled = values::settle(words, &found, |_| false)?;
    let mut reading = values::meaning(settled, |pressure| {
        let answer = Answer::BloodPressure(pressure.systolic, pressure.diastolic);
        (answer, pressure.systolic > pressure.diastolic)
    })?;
    if !is_certain {
        reading.score *= COMPLETED;
    }
    Some(reading)
}

/// Reads digits in any grouping.
pub(super) fn digits(words: &Words, kind: DigitsKind, language: Language) -> Option<Reading> {
    let starts = (1..words.len()).filter_map(|at| CORRECTIONS.at(words, at).map(|found| found.1));
    let last = starts.filter(|start| *start < words.len()).max();
    let whole = read_digits(words, 0, kind, language);
    // All digits are said again after a correction.
    let again = last.and_then(|start| read_digits(words, start, kind, language));
    match (whole, again) {
        (_, Some(again)) if matches!(again.meaning, Meaning::Answer(_)) => {
            Some(Reading { score: again.score * 0.5, ..again })
        }
        (whole, _) => whole,
    }
}

fn read_digits(words: &Words, start: usize, kind: DigitsKind, language: Language) -> Option<Reading> {
    let of = |count| inverse::digits_of(words, start..words.len(), language, count);
    let first = of(None).into_iter().find(|digits| !digits.is_empty())?;
    let answer = |digits: String, is_repaired| Answer::Digits { digits, is_repaired };
    let good = |digits: String, score| Some(Reading::new(Meaning::Answer(answer(digits, false)), score));
    let incomplete =
        |digits: String| Some(Reading::new(Meaning::Incomplete(answer(digits, false)), INCOMPLETE));
    match kind {
        DigitsKind::Any(None) => good(first, 0.9),
        DigitsKind::Any(Some(count)) => {
            let count = usize::from(count);
            match of(Some(count)).into_iter().find(|digits| digits.len() == count) {
                Some(digits) => good(digits, 0.9),
                None => incomplete(first),
            }
        }
        DigitsKind::SaudiId => {
            let readings: Vec<String> =
                of(Some(10)).into_iter().filter(|digits| digits.len() == 10).collect();
            if let Some(valid) = readings.iter().find(|digits| saudi::is_identity(digits)) {
                return good(valid.clone(), 0.95);
            }
            let Some(likeliest) = readings.into_iter().next() else { return incomplete(first) };
            match saudi::repair(&likeliest, language) {
                Repair::One(digits) => {
                    Some(Reading::new(Meaning::Answer(answer(digits, true)), COMPLETED * 0.8))
                }
                _ => incomplete(likeliest),
            }
        }
        DigitsKind::SaudiTelephone => {
            let lengths = [Some(10), Some(9), Some(12), Some(14), None];
            let readings = lengths.into_iter().flat_map(of);
            let found = readings.into_iter().find_map(|digits| saudi::telephone(&digits));
            match found {
                Some(telephone) => good(telephone.national, 0.95),
                None => incomplete(first),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::heard_in;
    use super::super::{Expected, Understanding};
    use super::*;

    fn heard(text: &str, expected: &Expected) -> Understanding {
        heard_in(text, expected, Language::guess(text))
    }

    fn unit(code: &str) -> Unit {
        Unit { code: code.to_owned(), display: code.to_owned() }
    }

    fn quantity_of(text: &str, units: &[&str]) -> Option<(String, String)> {
        let units = units.iter().map(|code| unit(code)).collect();
        match heard(text, &Expected::Quantity { units, range: None }).meaning {
            Meaning::Answer(Answer::Value(Value::Quantity(quantity))) => {
                Some((quantity.value.to_string(), quantity.code.unwrap_or_default()))
            }
            _ => None,
        }
    }

    #[test]
    fn quantities_have_units() {
        for (text, units, value, code) in [
            ("سبعين كيلو", &["kg"][..], "70", "kg"),
            ("سبعين ونص", &["kg"], "70.5", "kg"),
            ("وزني سبعين لا واحد وسبعين كيلو", &["kg"], "71", "kg"),
            ("متر وسبعين", &["cm"], "170", "cm"),
            ("سبعة وثلاثين ونص", &["Cel"], "37.5", "Cel"),
            ("one hundred pounds", &["kg", "[lb_av]"], "100", "[lb_av]"),
            ("ninety nine degrees fahrenheit", &["[degF]", "Cel"], "99", "[degF]"),
            ("two and a half hours", &["h"], "2.5", "h"),
            ("three weeks", &["d"], "21", "d"),
            ("خمسة", &["{score}"], "5", "{score}"),
        ] {
            let found = quantity_of(text, units);
            assert_eq!(found, Some((value.to_owned(), code.to_owned())), "{text}");
        }
        assert_eq!(quantity_of("ثلاثة أيام", &["kg"]), None);
        let expected = Expected::Quantity {
            units: vec![unit("kg")],
            range: Some(Decimal::from(2)..=Decimal::from(300)),
        };
        assert!(matches!(heard("أربعمية كيلو", &expected).meaning, Meaning::OutOfRange(_)));
    }

    #[test]
    fn digits_are_checked_and_repaired() {
        let digits = |text: &str, kind| match heard(text, &Expected::Digits(kind)).meaning {
            Meaning::Answer(Answer::Digits { digits, is_repaired }) => (digits, is_repaired),
            Meaning::Incomplete(Answer::Digits { digits, .. }) => (format!("incomplete {digits}"), false),
            other => (format!("{other:?}"), false),
        };
        let id = DigitsKind::SaudiId;
        assert_eq!(digits("واحد صفر صفر صفر صفر صفر صفر صفر صفر ثمانية", id), ("1000000008".into(), false));
        assert_eq!(
            digits("one zero zero zero zero zero zero zero zero eight", id),
            ("1000000008".into(), false)
        );
        assert_eq!(digits("واحد صفر صفر", id), ("incomplete 100".into(), false));
        assert_eq!(digits("1000000051", id), ("incomplete 1000000051".into(), false));
        assert_eq!(
            digits("صفر خمسة خمسة واحد اثنين ثلاثة أربعة خمسة ستة سبعة", DigitsKind::SaudiTelephone),
            ("0551234567".into(), false)
        );
        assert_eq!(digits("five five five", DigitsKind::Any(Some(4))), ("incomplete 555".into(), false));
        assert_eq!(
            digits("one two three, no, one two four", DigitsKind::Any(Some(3))),
            ("124".into(), false)
        );
        assert_eq!(digits("عيد", DigitsKind::Any(None)).0, "Command(Repeat)");
    }
}
