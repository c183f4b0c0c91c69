//! Tests of the interview's state machine.

#![expect(clippy::needless_pass_by_value, reason = "literals of JSON are passed")]

mod flow;
mod properties;
mod safety;
mod time;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{Action, EndReason, Escalated, Heard, Input, Interview, Listen, Reading, State};
use crate::interview::form::Form;
use crate::interview::options::InterviewOptions;
use crate::interview::response::ResponseStatus;
use crate::interview::value::Value;

/// An interview with a host that speaks and listens at once.
#[derive(Clone)]
struct Host {
    interview: Interview,
    now: Duration,
    /// What was said since the last look.
    said: Vec<String>,
    listen: Option<Listen>,
    escalated: Vec<Escalated>,
    end: Option<(ResponseStatus, EndReason)>,
    saved: usize,
    last_prompt: Option<String>,
}

fn form(items: Json) -> Arc<Form> {
    let json = json!({
        "resourceType": "Questionnaire",
        "status": "active",
        "url": "http://example.org/form",
        "version": "1",
        "language": "en",
        "item": items,
    });
    Arc::new(Form::parse(json.to_string().as_bytes()).unwrap())
}

/// English, without consent and respondent.
fn plain() -> InterviewOptions {
    InterviewOptions {
        asks_consent: false,
        asks_respondent: false,
        progress_every: 0,
        ..InterviewOptions::new("en-GB".parse().unwrap(), "2026-11-26".parse().unwrap())
    }
}

fn host(items: Json) -> Host {
    Host::new(Interview::new(form(items), plain()).unwrap())
}

impl Host {
    fn new(interview: Interview) -> Self {
        Self::since(interview, None)
    }

    fn since(interview: Interview, end: Option<(ResponseStatus, EndReason)>) -> Self {
        let mut host = Self {
            interview,
            now: Duration::ZERO,
            said: Vec::new(),
            listen: None,
            escalated: Vec::new(),
            end,
            saved: 0,
            last_prompt: None,
        };
        host.take();
        host
    }

    fn with(items: Json, change: impl FnOnce(&mut InterviewOptions)) -> Self {
        let mut options = plain();
        change(&mut options);
        Self::new(Interview::new(form(items), options).unwrap())
    }

    fn take(&mut self) {
        while let Some(action) = self.interview.next_action() {
            assert!(self.end.is_none(), "nothing follows the end: {action:?}");
            match action {
                Action::Say(prompt) => {
                    self.said.push(prompt.text);
                    self.last_prompt = Some(prompt.id);
                }
                Action::Listen(listen) => self.listen = Some(listen),
                Action::Saved => self.saved += 1,
                Action::Escalate(escalated) => self.escalated.push(escalated),
                Action::Finished { status, reason } => self.end = Some((status, reason)),
            }
        }
        assert_eq!(self.interview.end(), self.end);
        assert_eq!(self.interview.timeout().is_none(), self.end.is_some(), "each state has a timeout");
    }

    /// Gives an input, and returns what is said then.
    fn give(&mut self, input: Input) -> String {
        self.said.clear();
        self.interview.handle(input, self.now);
        self.take();
        self.said.join(" ")
    }

    fn hear(&mut self, text: &str) -> String {
        self.now += Duration::from_millis(500);
        self.give(Input::Heard(Heard::text(text)))
    }

    fn hear_with(&mut self, text: &str, confidence: f32) -> String {
        let reading = Reading { text: text.into(), confidence: Some(confidence) };
        self.give(Input::Heard(Heard { hypotheses: vec![reading], ..Heard::default() }))
    }

    fn heard_prompt(&mut self) {
        if let Some(id) = self.last_prompt.take() {
            self.said.clear();
            self.interview.handle(Input::Spoken { id }, self.now);
            self.take();
        }
    }

    /// The prompt was heard, and the user is silent until something is due.
    fn be_silent(&mut self) -> String {
        self.heard_prompt();
        self.now += self.interview.timeout().expect("the interview goes on");
        self.give(Input::Tick)
    }

    fn values(&self, link_id: &str) -> Vec<Value> {
        let response = self.interview.response();
        let item = self.interview.form().find(link_id).expect("an item");
        let places = response.enabled().filter(|place| place.item() == item);
        places.flat_map(|place| response.answers(place)).map(|given| given.value.clone()).collect()
    }

    fn fhir(&self) -> Json {
        let header = self.interview.header("2026-11-26T08:00:00Z".parse().unwrap());
        self.interview.to_fhir(&header).unwrap()
    }

    /// The same after it was stored and read again.
    fn restored(&self) -> Self {
        let json = serde_json::to_string(&self.interview.state()).unwrap();
        let state: State = serde_json::from_str(&json).unwrap();
        let form = Arc::clone(self.interview.form());
        let interview = Interview::restore(form, state).unwrap();
        let end = interview.end();
        Self::since(interview, end)
    }
}

fn question(link_id: &str, text: &str, kind: &str) -> Json {
    json!({ "linkId": link_id, "text": text, "type": kind })
}

fn with(mut item: Json, fields: Json) -> Json {
    let map = item.as_object_mut().unwrap();
    map.extend(fields.as_object().unwrap().clone());
    item
}

fn voice(name: &str, value: Json) -> Json {
    let mut extension = json!({ "url": format!("urn:libvoice:{name}") });
    extension.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
    extension
}
