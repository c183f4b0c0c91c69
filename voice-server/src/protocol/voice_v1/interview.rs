//! The messages of an interview: the interview that `start` asks for, answers that are typed, and what the interview tells
//! the client.

use serde::Deserialize;
use serde_json::{Value as Json, json};
use voice_core::dialog::{InputCommand, OutputCommand};
use voice_core::interview::identity::IdentityCheck;
use voice_core::interview::response::Reference;
use voice_core::interview::{HumanHelp, Interview, InterviewOptions, Lines, Populated};
use voice_core::{Error, ErrorKind, Result};

use super::event::Problem;
use super::request::Request;
use super::start::Change;
use super::{Action, Asked, Conversation};

/// Saudi Arabia's offset from UTC, in minutes.
const OFFSET: i16 = 180;

/// The interview that `start` asks for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InterviewStart {
    /// The canonical URL of the form, with `|VERSION` for one version of it.
    pub(crate) form: Option<String>,
    /// Goes on with a stored interview.
    pub(crate) resume: Option<String>,
    #[serde(default = "yes")]
    consent: bool,
    #[serde(default = "yes")]
    respondent: bool,
    identity: Option<IdentityCheck>,
    #[serde(default)]
    populated: Vec<Populated>,
    #[serde(default)]
    human: HumanHelp,
    #[serde(default = "yes")]
    keypad: bool,
    lines: Option<Lines>,
    #[serde(default)]
    red_flags: Vec<String>,
    /// Whom the answers are about.
    pub(crate) subject: Option<Reference>,
    /// The client's offset from UTC in minutes.
    #[serde(default = "offset")]
    pub(crate) utc_offset: i16,
}

fn yes() -> bool {
    true
}

fn offset() -> i16 {
    OFFSET
}

/// An answer that is typed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TypedAnswer {
    text: String,
}

/// Keys of a telephone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keys {
    keys: String,
}

/// What the client tells an interview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    Typed(String),
    Keypad(String),
}

impl InterviewStart {
    /// The most keys of one message.
    const MAX_KEYS: usize = 100;

    /// Fails with [`ErrorKind::OptionInvalid`].
    pub(super) fn check(&self) -> Result<()> {
        let invalid = |message| Err(Error::new(ErrorKind::OptionInvalid, message));
        match (&self.form, &self.resume) {
            (Some(_), None) | (None, Some(_)) if !(-840..=840).contains(&self.utc_offset) => {
                invalid("interview.utc_offset is in minutes; give -840 to 840")
            }
            (Some(_), None) | (None, Some(_)) => Ok(()),
            _ => invalid("give interview.form or interview.resume, one of both"),
        }
    }

    /// The options of the interview.
    pub(crate) fn options(&self, own: InterviewOptions) -> InterviewOptions {
        InterviewOptions {
            asks_consent: self.consent,
            asks_respondent: self.respondent,
            identity: self.identity.clone(),
            human: self.human,
            has_keypad: self.keypad,
            lines: self.lines.clone().unwrap_or_default(),
            red_flags: self.red_flags.clone(),
            populated: self.populated.clone(),
            ..own
        }
    }
}

impl TypedAnswer {
    pub(super) fn told(self) -> Result<Told> {
        if self.text.len() > Interview::MAX_TEXT {
            let message = format!("the answer is longer than {} bytes; shorten it", Interview::MAX_TEXT);
            return Err(Error::new(ErrorKind::TextTooLarge, message));
        }
        Ok(Told::Typed(self.text))
    }
}

impl Keys {
    pub(super) fn told(self) -> Result<Told> {
        let are_keys = self.keys.bytes().all(|key| key.is_ascii_digit() || matches!(key, b'*' | b'#'));
        if !are_keys || !(1..=InterviewStart::MAX_KEYS).contains(&self.keys.len()) {
            let message = format!("keys are 1 to {} of 0 to 9, * and #", InterviewStart::MAX_KEYS);
            return Err(Error::new(ErrorKind::MessageInvalid, message));
        }
        Ok(Told::Keypad(self.keys))
    }
}

impl Conversation {
    /// Handles a message that an interview takes in another way than a conversation, or not at all.
    pub(super) fn carry_out_in_interview(
        &mut self,
        request: Request,
    ) -> std::result::Result<Vec<Action>, Request> {
        let name = request.name();
        let told = match request {
            Request::Answer(answer) => answer.told(),
            Request::Keypad(keys) => keys.told(),
            Request::Say(_)
            | Request::Append(_)
            | Request::Flush(_)
            | Request::Clear
            | Request::Update(_) => {
                let message = "the interview decides what is spoken and listened for";
                Err(Error::new(ErrorKind::MessageInvalid, message))
            }
            request => return Err(request),
        };
        Ok(match told {
            Ok(told) => vec![Action::Interview(told)],
            Err(error) => self.refuse(name, None, &error),
        })
    }

    /// Whether the interview may give the half that speaks a command.
    pub(crate) fn has_room_to_speak(&self) -> bool {
        self.output.len() < super::MAX_COMMANDS
    }

    /// The interview gives the half that listens a command.
    pub(crate) fn listens_for(&mut self, command: InputCommand) -> Action {
        self.input.push_back(Asked { kind: None, id: None, bytes: 0 });
        Action::Input(command)
    }

    /// The interview gives the half that speaks a command.
    pub(crate) fn speaks(&mut self, command: OutputCommand) -> Action {
        self.output.push_back(Asked { kind: None, id: None, bytes: 0 });
        Action::Output(command)
    }

    /// What the interview tells.
    pub(crate) fn tell_of_interview(&mut self, message: Json) -> Action {
        self.send(message)
    }

    /// The interview cannot go on.
    pub(crate) fn failed(&mut self, problem: &Problem) -> Action {
        self.send(problem.message("error"))
    }

    /// All answers that were told are stored.
    pub(crate) fn saved(&mut self) -> Action {
        self.send(json!({"type": "saved"}))
    }
}

impl Change {
    /// Another speed of the voice, as near as a voice can speak.
    pub(crate) fn of_speed(speed: f32) -> Self {
        let mut change = Self::default();
        change.voice.speed = Some(speed.clamp(0.25, 4.0));
        change
    }
}
