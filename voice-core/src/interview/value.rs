//! The values of answers.

mod date;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use date::{Date, DateTime, PartialDate, Time};

/// A value of an answer. Its types are those of FHIR R4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Value {
    /// Yes or no.
    Boolean(bool),
    /// A whole number.
    Integer(i32),
    /// A number.
    Decimal(Decimal),
    /// A number with a unit.
    Quantity(Quantity),
    /// A date, of which the day or the month may be unknown.
    Date(PartialDate),
    /// A date and a time of day.
    DateTime(DateTime),
    /// A time of day.
    Time(Time),
    /// A text, in the words of the user.
    String(String),
    /// An option with a code.
    Coding(Coding),
}

/// A number with a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantity {
    /// The number.
    pub value: Decimal,
    /// The unit as it is displayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The system of `code`, such as `http://unitsofmeasure.org`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The unit's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// A code in a system of codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coding {
    /// The system, such as `http://loinc.org`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The text that is displayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}
