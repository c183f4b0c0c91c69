//! Answers as the values of questions, and how they are read back.

use crate::interview::form::{Item, Kind};
use crate::interview::response::{Place, Response};
use crate::interview::sentences::Sentences;
use crate::interview::understand::{Answer, Expected};
use crate::interview::value::{Quantity, Value};
use crate::language::LanguageTag;

/// An answer with the questions that it answers.
pub(super) struct Resolved {
    pub(super) parts: Vec<(Place, Vec<Value>)>,
    pub(super) read_back: String,
}

/// Why a measurement is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Implausible {
    /// The systolic pressure is not above the diastolic.
    Reversed,
    /// A pressure that no living patient has.
    Pressure,
}

/// The values of `answer` to the question at `place`, if its type has such values.
pub(super) fn resolve(
    answer: &Answer,
    place: &Place,
    response: &Response,
    sentences: Sentences,
    language: &LanguageTag,
) -> Option<Resolved> {
    let item = response.item(place);
    let read_back = sentences.read_back();
    let one =
        |value: Value, text: String| Resolved { parts: vec![(place.clone(), vec![value])], read_back: text };
    Some(match answer {
        Answer::Value(value) => one(value.clone(), spoken(value, item, sentences, language)),
        Answer::Options(options) => {
            let options: Vec<_> = options.iter().filter_map(|at| item.options.get(*at)).collect();
            if options.is_empty() {
                return None;
            }
            let labels: Vec<_> = options.iter().map(|option| option.spoken(language).to_owned()).collect();
            let values = options.iter().map(|option| option.value.clone()).collect();
            Resolved { parts: vec![(place.clone(), values)], read_back: read_back.list(&labels) }
        }
        Answer::BloodPressure(systolic, diastolic) => {
            let pair = item.blood_pressure?;
            let part = |item, value: u16| {
                let place = place.child(item, 0);
                let value = number(u32::from(value), response.item(&place));
                (place, vec![value])
            };
            Resolved {
                parts: vec![part(pair.systolic, *systolic), part(pair.diastolic, *diastolic)],
                read_back: read_back.blood_pressure(*systolic, *diastolic),
            }
        }
        Answer::Duration(seconds) => {
            let text = read_back.duration(*seconds);
            match item.kind {
                Kind::String | Kind::Text | Kind::OpenChoice => one(Value::String(text.clone()), text),
                _ => one(number(u32::try_from(*seconds).ok()?, item), text),
            }
        }
        Answer::Digits { digits, .. } => {
            let value = match item.kind {
                Kind::Integer => Value::Integer(digits.parse().ok()?),
                _ => Value::String(digits.clone()),
            };
            one(value, read_back.digits(digits))
        }
    })
}

/// A whole number as a value of the item's type.
fn number(number: u32, item: &Item) -> Value {
    match item.kind {
        Kind::Quantity => Value::Quantity(Quantity {
            value: number.into(),
            unit: item.units.first().and_then(|unit| unit.coding.display.clone()),
            system: item.units.first().and_then(|unit| unit.coding.system.clone()),
            code: item.units.first().and_then(|unit| unit.coding.code.clone()),
        }),
        Kind::Decimal => Value::Decimal(number.into()),
        _ => Value::Integer(i32::try_from(number).unwrap_or(i32::MAX)),
    }
}

/// A value as it is read back: an option by its spoken label, digits one by one, a unit by its name in the language.
pub(super) fn spoken(value: &Value, item: &Item, sentences: Sentences, language: &LanguageTag) -> String {
    use crate::interview::enablement::equal;
    let read_back = sentences.read_back();
    if let Some(option) = item.options.iter().find(|option| equal(&option.value, value)) {
        return option.spoken(language).to_owned();
    }
    match (value, item.expected(language)) {
        (Value::String(digits), Some(Expected::Digits(_)))
            if digits.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            read_back.digits(digits)
        }
        (Value::Quantity(quantity), _) => {
            let unit = item.units.iter().find(|unit| unit.coding.code == quantity.code);
            let unit = unit.map(|unit| unit.display.get(language).to_owned());
            let unit = unit.filter(|unit| !unit.is_empty()).or_else(|| quantity.unit.clone());
            read_back.value(&Value::Quantity(Quantity { unit, ..quantity.clone() }))
        }
        _ => read_back.value(value),
    }
}

/// Whether a blood pressure cannot be one.
pub(super) fn implausible(answer: &Answer) -> Option<Implausible> {
    match answer {
        Answer::BloodPressure(systolic, diastolic) if systolic <= diastolic => Some(Implausible::Reversed),
        Answer::BloodPressure(systolic, diastolic)
            if !(50..=300).contains(systolic) || !(20..=200).contains(diastolic) =>
        {
            Some(Implausible::Pressure)
        }
        _ => None,
    }
}
