//! What an interview asks of its host.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::dialog::Expect;
use crate::interview::form::EscalationAction;
use crate::interview::response::ResponseStatus;
use crate::interview::understand::Expected;
use crate::language::LanguageTag;

/// What the host does.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Speak this, after what was asked to be spoken before.
    Say(Prompt),
    /// Listen from now on. The user may answer before the prompts are over.
    Listen(Listen),
    /// An answer changed: store the [state](super::Interview::state).
    Saved,
    /// Tell those who help.
    Escalate(Escalated),
    /// The interview is over after the prompts that were asked for. Nothing follows.
    Finished {
        /// The status of the response.
        status: ResponseStatus,
        /// Why.
        reason: EndReason,
    },
}

/// What is spoken.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// Its name in [`Input::Spoken`](super::Input::Spoken).
    pub id: String,
    /// The text. Numbers are digits.
    pub text: String,
    /// The language of the text.
    pub language: LanguageTag,
    /// Whether the user may interrupt it.
    pub may_be_interrupted: bool,
    /// Whether prompts that were not heard yet are dropped, since the user answered before.
    pub replaces: bool,
    /// The speed relative to the voice's own.
    pub speed: f32,
}

/// What can be said.
#[derive(Debug, Clone, PartialEq)]
pub struct Listen {
    /// What was asked for.
    pub expected: Expected,
    /// Phrases for the recognizer: what can be answered, the commands, and words that need help at once. Empty if any text
    /// can be answered.
    pub phrases: Vec<String>,
    /// When a turn is over.
    pub expect: Expect,
    /// How long the answer is waited for after the prompts.
    pub timeout: Duration,
}

/// Something that those who help are told. It also stands in the response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalated {
    /// Who is called.
    pub action: EscalationAction,
    /// Why.
    pub reason: EscalationReason,
    /// The `linkId` of the question that was asked, if one was.
    pub link_id: Option<String>,
    /// What the user said.
    pub words: String,
    /// Whether the user confirmed it. Without a confirmation it may be an error of recognition.
    pub is_confirmed: bool,
    /// Whether the interview goes on.
    pub continues: bool,
}

/// Why someone is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EscalationReason {
    /// The answer, by a rule of the form.
    Answer,
    /// Words that need help at once.
    RedFlag,
    /// The user wants to speak with a human.
    Asked,
    /// The user was not understood.
    NotUnderstood,
    /// The user did not answer a critical question.
    Unanswered,
    /// The user does not know what identifies the patient.
    Identity,
}

/// Why an interview is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EndReason {
    /// All questions were asked.
    Asked,
    /// The user did not consent.
    NoConsent,
    /// The user could not be identified.
    NotIdentified,
    /// The user stopped it.
    UserStopped,
    /// The user wanted a human.
    Human,
    /// The user was not understood.
    NotUnderstood,
    /// The user needs help at once.
    Escalated,
    /// The user was silent.
    Silence,
    /// It took too long.
    TooLong,
}

impl EndReason {
    /// The stable code of the reason.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::NoConsent => "no_consent",
            Self::NotIdentified => "not_identified",
            Self::UserStopped => "user_stopped",
            Self::Human => "human",
            Self::NotUnderstood => "not_understood",
            Self::Escalated => "escalated",
            Self::Silence => "silence",
            Self::TooLong => "too_long",
        }
    }
}

impl EscalationReason {
    /// The stable code of the reason.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::RedFlag => "red_flag",
            Self::Asked => "asked",
            Self::NotUnderstood => "not_understood",
            Self::Unanswered => "unanswered",
            Self::Identity => "identity",
        }
    }
}
