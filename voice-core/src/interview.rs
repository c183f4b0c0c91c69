//! The spoken questionnaire: a form is asked and answered by voice.

pub mod understand;
mod value;

pub use value::{Coding, Date, DateTime, PartialDate, Quantity, Time, Value};
