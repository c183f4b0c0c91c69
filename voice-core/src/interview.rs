//! The spoken questionnaire: a form is asked and answered by voice.

mod catalogue;
mod enablement;
mod fhirpath;
pub mod form;
pub mod identity;
mod machine;
mod narrative;
mod options;
pub mod parse;
pub mod patient;
mod recorded;
mod red_flag;
pub mod response;
mod score;
mod sentences;
mod session;
pub mod understand;
mod value;

pub use catalogue::{Catalogue, CatalogueProblem, CatalogueProblemKind, CatalogueProblems};
pub use form::{Form, Item, ItemId, Kind, Problem, ProblemCode, Problems};
pub use machine::{
    Action, EndReason, Escalated, EscalationReason, Heard, Input, Interview, Listen, Prompt, Reading,
    Records, State,
};
pub use options::{HumanHelp, InterviewOptions, Lines, Populated};
pub use recorded::{Happened, RecordedInterview};
pub use response::{Confirmation, Evidence, Given, Header, Place, Refused, Response};
pub use score::Score;
pub use session::{InterviewSession, SessionAction};
pub use value::{Coding, Date, DateTime, PartialDate, Quantity, Time, Value};

pub(crate) use understand::build_tables;
