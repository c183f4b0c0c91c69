//! Values of FHIR in JSON.

use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use super::text;
use crate::interview::form::Kind;
use crate::interview::{Coding, PartialDate, Quantity, Value};

/// A value of the FHIR type `name`, as it stands in the key: `Integer` of `valueInteger`.
pub(in crate::interview) fn value(name: &str, json: &Json) -> Option<Value> {
    Some(match name {
        "Boolean" => Value::Boolean(json.as_bool()?),
        "Integer" => Value::Integer(i32::try_from(json.as_i64()?).ok()?),
        "Decimal" => Value::Decimal(decimal(json)?),
        "Date" => Value::Date(json.as_str()?.parse().ok()?),
        "DateTime" => {
            let text = json.as_str()?;
            match text.parse::<PartialDate>() {
                Ok(date) => Value::Date(date),
                Err(_) => Value::DateTime(text.parse().ok()?),
            }
        }
        "Time" => Value::Time(json.as_str()?.parse().ok()?),
        "String" | "Text" | "Markdown" | "Uri" | "Url" => {
            Value::String(json.as_str().filter(|text| !text.trim().is_empty())?.to_owned())
        }
        "Coding" => {
            let coding = coding(json.as_object()?);
            let has_meaning = coding.code.is_some() || coding.display.is_some();
            Value::Coding(has_meaning.then_some(coding)?)
        }
        "Quantity" => {
            let object = json.as_object()?;
            let field = |key| filled(object, key);
            Value::Quantity(Quantity {
                value: decimal(object.get("value")?)?,
                unit: field("unit"),
                system: field("system"),
                code: field("code"),
            })
        }
        _ => return None,
    })
}

/// The fields `{prefix}…` of an object: types and values.
pub(super) fn fields<'a>(object: &'a Map<String, Json>, prefix: &str) -> Vec<(&'a str, &'a Json)> {
    object
        .iter()
        .filter_map(|(key, json)| Some((key.strip_prefix(prefix)?, json)))
        .filter(|(name, _)| name.starts_with(|first: char| first.is_ascii_uppercase()))
        .collect()
}

/// A number, as precise as it is written.
pub(in crate::interview) fn decimal(json: &Json) -> Option<Decimal> {
    let text = json.as_number()?.to_string();
    text.parse().ok().or_else(|| Decimal::from_scientific(&text).ok())
}

pub(in crate::interview) fn coding(object: &Map<String, Json>) -> Coding {
    let field = |key| filled(object, key);
    Coding { system: field("system"), code: field("code"), display: field("display") }
}

/// A text field that says something. FHIR has no empty texts.
fn filled(object: &Map<String, Json>, key: &str) -> Option<String> {
    text(object, key).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The value as an answer of this type, if it is one.
pub(in crate::interview) fn fit(value: Value, kind: Kind) -> Option<Value> {
    Some(match (kind, value) {
        (Kind::Boolean, value @ Value::Boolean(_))
        | (Kind::Integer, value @ Value::Integer(_))
        | (Kind::Decimal, value @ Value::Decimal(_))
        | (Kind::Quantity, value @ Value::Quantity(_))
        | (Kind::Date, value @ Value::Date(_))
        | (Kind::DateTime, value @ (Value::DateTime(_) | Value::Date(_)))
        | (Kind::Time, value @ Value::Time(_))
        | (Kind::String | Kind::Text, value @ Value::String(_))
        | (
            Kind::Choice | Kind::OpenChoice,
            // Options of R4 choices may be of other types than `coding`.
            value @ (Value::Coding(_)
            | Value::String(_)
            | Value::Integer(_)
            | Value::Date(_)
            | Value::Time(_)),
        ) => value,
        (Kind::Decimal, Value::Integer(number)) => Value::Decimal(number.into()),
        (Kind::Quantity, Value::Integer(number)) => plain_quantity(number.into()),
        (Kind::Quantity, Value::Decimal(number)) => plain_quantity(number),
        _ => return None,
    })
}

fn plain_quantity(value: Decimal) -> Value {
    Value::Quantity(Quantity { value, unit: None, system: None, code: None })
}
