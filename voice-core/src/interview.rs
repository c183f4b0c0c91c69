//! The spoken questionnaire: a form is asked and answered by voice.

mod enablement;
pub mod form;
pub mod response;
mod score;
pub mod understand;
mod value;

pub use form::{Form, Item, ItemId, Kind, Problem, ProblemCode, Problems};
pub use response::{Confirmation, Evidence, Given, Header, Place, Refused, Response};
pub use score::Score;
pub use value::{Coding, Date, DateTime, PartialDate, Quantity, Time, Value};
