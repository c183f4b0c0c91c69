//! Messages of the client.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use voice_core::{Error, ErrorKind, Result};

use super::interview::{Keys, TypedAnswer};
use super::start::{Start, Update};
use crate::protocol::fields;

/// The content of a text message.
#[derive(Debug)]
pub(super) enum Request {
    Start(Box<Start>),
    Update(Box<Update>),
    Say(Say),
    Append(Append),
    Flush(Flush),
    Clear,
    Finalize,
    Played(Played),
    Confirm,
    Reject,
    Keepalive(Keepalive),
    End,
    Answer(TypedAnswer),
    Keypad(Keys),
}

/// Text to speak.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Say {
    /// The name of the utterance in events. Default: a number.
    pub(super) id: Option<String>,
    pub(super) text: Option<String>,
    pub(super) ssml: Option<String>,
    /// Whether more text follows with `append`.
    #[serde(default)]
    pub(super) open: bool,
    /// Whether it replaces what was requested and not heard.
    #[serde(default)]
    pub(super) interrupt: bool,
    /// Whether the user may interrupt it.
    #[serde(default = "yes")]
    pub(super) interruptible: bool,
}

/// More text of an open utterance.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Append {
    pub(super) id: String,
    pub(super) text: String,
}

/// The end of an open utterance.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flush {
    pub(super) id: String,
}

/// The position of the listener.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Played {
    pub(super) run: u32,
    #[serde(deserialize_with = "position")]
    pub(super) ms: u64,
}

/// A sign of life.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keepalive {
    /// The number of messages that the client has received.
    pub(super) received: Option<u64>,
}

/// A message without fields.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// A position in milliseconds, which clients compute from samples: rounded down.
fn position<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<u64, D::Error> {
    let ms = f64::deserialize(deserializer)?;
    if ms >= 0.0 { Ok(ms as u64) } else { Err(serde::de::Error::custom("expected a number from 0")) }
}

fn yes() -> bool {
    true
}

/// The types of messages, in the order of the documentation.
const TYPES: &str = "start, update, say, append, flush, clear, finalize, played, barge_in.confirm, barge_in.reject, \
                     keepalive, end, answer or keypad";

impl Request {
    /// Reads a message. The error has the message's type, if it has one.
    pub(super) fn read(text: &str) -> std::result::Result<Self, (Option<String>, Error)> {
        let read = |text| {
            let mut reader = serde_json::Deserializer::from_str(text);
            let value = Value::deserialize(&mut reader)?;
            reader.end().map(|()| value)
        };
        let value = read(text).map_err(|error| (None, invalid(fields::malformed("the message", &error))))?;
        let Value::Object(mut object) = value else {
            return Err((None, invalid("the message must be an object with a type".into())));
        };
        let Some(Value::String(kind)) = object.remove("type") else {
            return Err((None, invalid(format!("the message has no type; give {TYPES}"))));
        };
        let fields = Value::Object(object);
        Self::of(&kind, fields).map_err(|error| (Some(kind.chars().take(40).collect()), error))
    }

    /// The type.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Start(_) => "start",
            Self::Update(_) => "update",
            Self::Say(_) => "say",
            Self::Append(_) => "append",
            Self::Flush(_) => "flush",
            Self::Clear => "clear",
            Self::Finalize => "finalize",
            Self::Played(_) => "played",
            Self::Confirm => "barge_in.confirm",
            Self::Reject => "barge_in.reject",
            Self::Keepalive(_) => "keepalive",
            Self::End => "end",
            Self::Answer(_) => "answer",
            Self::Keypad(_) => "keypad",
        }
    }

    fn of(kind: &str, fields: Value) -> Result<Self> {
        let nothing = |fields, request| read::<Nothing>(fields).map(|_| request);
        match kind {
            "start" => Ok(Self::Start(read(fields)?)),
            "update" => Ok(Self::Update(read(fields)?)),
            "say" => Ok(Self::Say(read(fields)?)),
            "append" => Ok(Self::Append(read(fields)?)),
            "flush" => Ok(Self::Flush(read(fields)?)),
            "clear" => nothing(fields, Self::Clear),
            "finalize" => nothing(fields, Self::Finalize),
            "played" => Ok(Self::Played(read(fields)?)),
            "barge_in.confirm" => nothing(fields, Self::Confirm),
            "barge_in.reject" => nothing(fields, Self::Reject),
            "keepalive" => Ok(Self::Keepalive(read(fields)?)),
            "end" => nothing(fields, Self::End),
            "answer" => Ok(Self::Answer(read(fields)?)),
            "keypad" => Ok(Self::Keypad(read(fields)?)),
            _ => Err(invalid(format!("the type is unknown; give {TYPES}"))),
        }
    }

    /// Whether a first message begins a session of this protocol.
    pub(super) fn is_start(text: &str) -> bool {
        /// The type alone.
        #[derive(Deserialize)]
        struct Kind<'a> {
            #[serde(rename = "type", borrow)]
            kind: std::borrow::Cow<'a, str>,
        }

        serde_json::from_str::<Kind>(text).is_ok_and(|message| message.kind == "start")
    }
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_path_to_error::deserialize(value).map_err(|error| invalid(fields::describe("the message", &error)))
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::MessageInvalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (Option<String>, String) {
        let (kind, error) = Request::read(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MessageInvalid);
        (kind, error.to_string())
    }

    #[test]
    fn wrong_messages_name_the_field() {
        let (kind, message) = refused(r#"{"type": "played", "run": 1, "ms": "now"}"#);
        assert_eq!((kind.as_deref(), &*message), (Some("played"), "ms: expected a number"));
        let (_, message) = refused(r#"{"type": "start", "audio_in": {"sample_rate": true}}"#);
        assert!(message.starts_with("audio_in.sample_rate: expected"), "{message}");
        let (_, message) = refused(r#"{"type": "clear", "all": true}"#);
        assert!(message.contains("unknown field `all`"), "{message}");
        let (kind, message) = refused(r#"{"type": "shout"}"#);
        assert!(kind.as_deref() == Some("shout") && message.contains("barge_in.confirm"), "{message}");
    }

    #[test]
    fn text_that_is_no_message_is_refused() {
        let deep = "[".repeat(100_000);
        let lone = r#"{"type": "say", "text": "\ud800"}"#;
        for text in ["", "null", "[]", "{}", r#"{"type": 5}"#, r#"{"type": "end"} {}"#, lone, &deep] {
            assert!(refused(text).0.is_none(), "{}", &text[..text.len().min(20)]);
        }
    }

    #[test]
    fn start_is_told_from_other_protocols() {
        assert!(Request::is_start(r#"{"language": "ar", "type": "start"}"#));
        for text in [r#"{"config": {"type": "start"}}"#, r#"{"eof": 1}"#, "start", r#"{"type": "say"}"#] {
            assert!(!Request::is_start(text), "{text}");
        }
    }
}
