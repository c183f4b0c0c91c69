//! Adaptive forms: a remote engine adds the next questions to the form (`Questionnaire/$next-question` of SDC).
//!
//! The request and the reply are responses that contain the form. How they are sent is the caller's part.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::{Header, Response, ResponseStatus, RestoreError};
use crate::interview::form::{Form, Problems};

/// The id of the contained form, if it has none.
const FORM_ID: &str = "adaptive-form";

/// The form with the questions that follow.
#[derive(Debug, Clone)]
pub struct NextQuestion {
    /// The answers so far, to the form that has grown.
    pub response: Response,
    /// Whether the engine has no more questions.
    pub is_complete: bool,
}

/// A reply that cannot be used. The response before stays valid: the request can be repeated.
#[derive(Debug, Clone, PartialEq)]
pub enum AdaptiveError {
    /// The engine gave up, with its own words (`OperationOutcome`).
    Outcome(String),
    /// The reply is no response that contains a form.
    NotAReply,
    /// The form in the reply has problems.
    Form(Problems),
    /// The form in the reply lacks an item that was answered.
    Restore(RestoreError),
}

impl fmt::Display for AdaptiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outcome(text) => write!(f, "the engine of the adaptive form gave up: {text}"),
            Self::NotAReply => {
                f.write_str("the reply is no QuestionnaireResponse that contains a Questionnaire")
            }
            Self::Form(problems) => write!(f, "the form of the reply has problems: {}", problems.first()),
            Self::Restore(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AdaptiveError {}

impl Response {
    /// The input of `$next-question`: the response so far, which contains the form.
    pub fn next_question_request(&self, header: &Header) -> Json {
        let header = Header { status: ResponseStatus::InProgress, ..header.clone() };
        let mut request = self.to_fhir(&header).unwrap_or_default();
        let mut form = self.form.source().as_object().cloned().unwrap_or_default();
        let id = form.entry("id").or_insert_with(|| FORM_ID.into()).as_str().unwrap_or(FORM_ID).to_owned();
        // What the form contains stands beside it: contained resources contain none.
        let inside = form.remove("contained");
        let mut contained = vec![Json::from(form)];
        contained.extend(inside.and_then(|inside| inside.as_array().cloned()).into_iter().flatten());
        request["contained"] = contained.into();
        request["questionnaire"] = format!("#{id}").into();
        request
    }

    /// The output of `$next-question`: the answers are kept, and the form is that of the reply.
    ///
    /// # Errors
    /// If the engine gave up, or the reply cannot be used.
    pub fn next_question_reply(&self, reply: &Json) -> Result<NextQuestion, AdaptiveError> {
        let root = reply.as_object().ok_or(AdaptiveError::NotAReply)?;
        // Some engines answer with Parameters that hold the response.
        let parameters = root.get("parameter").and_then(Json::as_array);
        let inner = parameters.and_then(|list| list.iter().find_map(|one| one.get("resource")?.as_object()));
        let root = inner.unwrap_or(root);
        match root.get("resourceType").and_then(Json::as_str) {
            Some("QuestionnaireResponse") => {}
            Some("OperationOutcome") => return Err(AdaptiveError::Outcome(outcome(root))),
            _ => return Err(AdaptiveError::NotAReply),
        }
        let contained = root.get("contained").and_then(Json::as_array).ok_or(AdaptiveError::NotAReply)?;
        let is_form = |json: &&Json| json["resourceType"] == "Questionnaire";
        let mut form = contained.iter().find(is_form).cloned().ok_or(AdaptiveError::NotAReply)?;
        form["contained"] = contained.iter().filter(|json| !is_form(json)).cloned().collect();
        let form = Form::parse(form.to_string().as_bytes()).map_err(AdaptiveError::Form)?;
        let response = Self::restore(Arc::new(form), self.snapshot()).map_err(AdaptiveError::Restore)?;
        let is_complete = root.get("status").and_then(Json::as_str) == Some("completed");
        Ok(NextQuestion { response, is_complete })
    }
}

/// The first text of an outcome.
fn outcome(root: &Map<String, Json>) -> String {
    let issue = root.get("issue").and_then(|issues| issues.get(0));
    let text = |issue: &Json| {
        let texts = [&issue["details"]["text"], &issue["diagnostics"], &issue["code"]];
        texts.into_iter().find_map(|text| text.as_str().map(str::to_owned))
    };
    let text = issue.and_then(text).unwrap_or_else(|| "without a reason".to_owned());
    text.chars().filter(|character| !character.is_control()).take(200).collect()
}
