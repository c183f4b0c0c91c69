//! What an application shows of an interview: messages in JSON, which are the same in libvoice and in the server's
//! protocol. See docs/voice-v1.md.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{EndReason, Escalated, Interview};
use crate::LanguageTag;
use crate::interview::response::{Place, Progress, ResponseStatus};
use crate::interview::{Given, Item, Score};

/// What the application was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    answers: BTreeMap<Place, Vec<Given>>,
    link_id: Option<String>,
}

impl Told {
    /// The answers that have changed, and the question that is asked now.
    pub(super) fn changes(&mut self, interview: &Interview) -> Vec<Json> {
        let response = interview.response();
        let mut messages = Vec::new();
        let is_gone = |place: &&Place| response.answers(place).is_empty();
        let gone = self.answers.keys().filter(is_gone).cloned();
        let given = response.enabled().filter(|place| !response.answers(place).is_empty()).cloned();
        for place in gone.chain(given).collect::<Vec<_>>() {
            let answers = response.answers(&place);
            if self.answers.get(&place).map_or(&[][..], Vec::as_slice) == answers {
                continue;
            }
            messages.push(answered(&response.item(&place).link_id, answers, interview));
            match answers {
                [] => self.answers.remove(&place),
                answers => self.answers.insert(place, answers.to_vec()),
            };
        }
        if interview.link_id() != self.link_id.as_deref() {
            self.link_id = interview.link_id().map(str::to_owned);
            messages.extend(self.link_id.as_deref().and_then(|link_id| question(link_id, interview)));
        }
        messages
    }
}

/// The interview that begins or goes on.
pub(super) fn interview(interview: &Interview) -> Json {
    let (form, language) = (interview.form(), &interview.options().language);
    json!({
        "type": "interview",
        "form": {"url": form.url(), "version": form.version(), "title": form.title(language)},
        "language": language,
        "progress": progress(interview.progress()),
    })
}

pub(super) fn prompt(id: &str, text: &str) -> Json {
    json!({"type": "prompt", "id": id, "text": text})
}

fn question(link_id: &str, interview: &Interview) -> Option<Json> {
    let form = interview.form();
    let item = form.item(form.find(link_id)?);
    let mut message = json!({"type": "question", "progress": progress(interview.progress())});
    item_fields(&mut message, item, &interview.options().language);
    Some(message)
}

fn item_fields(message: &mut Json, item: &Item, language: &LanguageTag) {
    message["link_id"] = item.link_id.as_str().into();
    message["kind"] = item.kind.code().into();
    message["text"] = item.text(language).into();
    message["required"] = item.required.into();
    message["repeats"] = item.repeats.into();
    if !item.options.is_empty() {
        message["options"] = item.options.iter().map(|option| option.label(language)).collect();
    }
}

/// There are no answers if they were withdrawn.
fn answered(link_id: &str, answers: &[Given], interview: &Interview) -> Json {
    let answers: Vec<_> = answers.iter().map(answer).collect();
    let progress = progress(interview.progress());
    json!({"type": "answered", "link_id": link_id, "answers": answers, "progress": progress})
}

fn answer(given: &Given) -> Json {
    let evidence = &given.evidence;
    let mut answer = json!({"value": given.value, "confirmation": evidence.confirmation.code()});
    if let Some(confidence) = evidence.confidence {
        answer["confidence"] = ((f64::from(confidence) * 1e4).round() / 1e4).into();
    }
    answer
}

pub(super) fn escalation(escalated: &Escalated) -> Json {
    json!({
        "type": "escalation",
        "action": escalated.action,
        "reason": escalated.reason.code(),
        "link_id": escalated.link_id,
        "confirmed": escalated.is_confirmed,
        "continues": escalated.continues,
    })
}

pub(super) fn interview_ended(status: ResponseStatus, reason: EndReason, interview: &Interview) -> Json {
    let scores = interview.response().scores();
    let scores: Vec<_> = scores.iter().map(|score| score_fields(score, interview)).collect();
    json!({
        "type": "interview_ended",
        "status": status.code(),
        "reason": reason.code(),
        "scores": scores,
        "progress": progress(interview.progress()),
    })
}

fn score_fields(score: &Score, interview: &Interview) -> Json {
    let language = &interview.options().language;
    json!({
        "link_id": score.item.map(|item| interview.form().item(item).link_id.as_str()),
        "value": score.value,
        "complete": score.is_complete,
        "band": score.band.as_ref().map(|band| band.label.get(language)),
    })
}

fn progress(progress: Progress) -> Json {
    json!({"answered": progress.answered, "left": progress.left})
}
