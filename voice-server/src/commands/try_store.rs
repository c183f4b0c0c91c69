//! `voice-server try-store`: interviews of one question, the next number. Tests end this program at any time and look at
//! what the store then holds.

use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::store::{block_on, open};
use crate::cli::{TryStore, TryStoreAction};
use crate::config::Config;
use crate::output;
use crate::store::{InterviewId, NewInterview, Progress, ResumeToken, Status, Store, StoreError};

pub(crate) fn run(config: &Config, arguments: &TryStore) -> ExitCode {
    let done = block_on(async {
        let store = open(config).await?;
        let done = match &arguments.action {
            TryStoreAction::Count { last, form, subject, resume, pause } => {
                count(&store, *last, form, subject, resume.as_deref(), Duration::from_millis(*pause)).await
            }
            TryStoreAction::Resume { token, subject } => resume(&store, token, subject).await,
        };
        store.close().await;
        done
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(code) => {
            output::complain(format_args!("voice-server: {code}"));
            ExitCode::FAILURE
        }
    }
}

async fn count(
    store: &Store,
    last: u64,
    form: &str,
    subject: &str,
    token: Option<&str>,
    pause: Duration,
) -> Result<(), String> {
    let (mut interview, mut number, token) = if let Some(token) = token {
        let (interview, resumed, next) =
            store.resume(&ResumeToken::sent(token), subject).await.map_err(code)?;
        (interview, number_of(&resumed.state)?, next)
    } else {
        let new = NewInterview {
            subject: subject.to_owned(),
            form_url: form.to_owned(),
            form_version: "1".to_owned(),
            language: "ar".to_owned(),
        };
        let (interview, token) =
            store.create(&new, |id| progress(id, form, subject, 0, last)).await.map_err(code)?;
        (interview, 0, token)
    };
    let id = interview.id();
    say(&json!({"id": id.to_string(), "token": token.as_str(), "number": number}))?;
    while number < last {
        number += 1;
        match interview.save(&progress(id, form, subject, number, last)).await {
            Ok(()) => say(&json!({"saved": number}))?,
            Err(StoreError::Unavailable) => say(&json!({"held": number}))?,
            Err(error) => return Err(code(error)),
        }
        sleep(pause).await;
    }
    Ok(())
}

async fn resume(store: &Store, token: &str, subject: &str) -> Result<(), String> {
    let (interview, resumed, next) = store.resume(&ResumeToken::sent(token), subject).await.map_err(code)?;
    say(&json!({
        "id": interview.id().to_string(),
        "number": number_of(&resumed.state)?,
        "status": resumed.status.code(),
        "form": [resumed.form_url, resumed.form_version],
        "language": resumed.language,
        "token": next.as_str(),
    }))
}

fn progress(id: InterviewId, form: &str, subject: &str, number: u64, last: u64) -> Progress {
    let status = if number == last { Status::Completed } else { Status::InProgress };
    let response = json!({
        "resourceType": "QuestionnaireResponse",
        "identifier": {"system": "urn:libvoice:interview", "value": id.to_string()},
        "questionnaire": form,
        "status": status.code(),
        "subject": {"display": subject},
        "item": [{"linkId": "number", "answer": [{"valueInteger": number}]}],
    });
    Progress {
        status,
        state: json!({"number": number}).to_string().into_bytes(),
        response: response.to_string().into_bytes(),
    }
}

fn number_of(state: &[u8]) -> Result<u64, String> {
    let state: Value = serde_json::from_slice(state).map_err(|error| error.to_string())?;
    state["number"].as_u64().ok_or_else(|| "no number".to_owned())
}

fn say(line: &Value) -> Result<(), String> {
    output::line(line).map_err(|error| error.to_string())
}

fn code(error: StoreError) -> String {
    error.code().to_owned()
}
