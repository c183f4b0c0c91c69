//! What is stored of an interview.

use std::fmt::{self, Display};
use std::str::FromStr;

use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::{Value, json};

use super::error::StoreError;

/// The system of the identifiers that responses get from their interviews.
pub(crate) const IDENTIFIER_SYSTEM: &str = "urn:libvoice:interview";

/// The id of an interview: 128 random bits, written as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct InterviewId(u128);

impl InterviewId {
    pub(super) fn random() -> Result<Self, StoreError> {
        let mut bytes = [0; 16];
        SystemRandom::new().fill(&mut bytes).map_err(|_| StoreError::Unavailable)?;
        Ok(Self(u128::from_be_bytes(bytes)))
    }
}

impl Display for InterviewId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for InterviewId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_id = text.len() == 32 && text.bytes().all(is_digit);
        u128::from_str_radix(text, 16).ok().filter(|_| is_id).map(Self).ok_or(())
    }
}

macro_rules! statuses {
    ($($(#[$doc:meta])* $status:ident = $code:literal;)*) => {
        /// The status of a response, as FHIR names it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Status { $($(#[$doc])* $status,)* }

        impl Status {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$status,)*];

            pub(crate) const fn code(self) -> &'static str {
                match self { $(Self::$status => $code,)* }
            }
        }
    };
}

statuses! {
    InProgress = "in-progress";
    Completed = "completed";
    /// Changed after it was completed.
    Amended = "amended";
    /// Ended before it was complete.
    Stopped = "stopped";
    EnteredInError = "entered-in-error";
}

impl Status {
    /// Whether the response goes to the FHIR server.
    pub(super) fn is_final(self) -> bool {
        self != Self::InProgress
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.code() == code)
    }
}

/// An interview that begins.
#[derive(Debug, Clone)]
pub(crate) struct NewInterview {
    /// The subject of the token that opened the session.
    pub(crate) subject: String,
    /// The canonical address of the form.
    pub(crate) form_url: String,
    /// Empty if the form has no version.
    pub(crate) form_version: String,
    /// A BCP 47 tag.
    pub(crate) language: String,
}

/// What changes during an interview.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    pub(crate) status: Status,
    /// The state of the interview, from which it is resumed.
    pub(crate) state: Vec<u8>,
    /// The FHIR `QuestionnaireResponse` as JSON.
    pub(crate) response: Vec<u8>,
}

/// A response as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredResponse {
    pub(crate) id: InterviewId,
    /// Grows with each saved change.
    pub(crate) version: i64,
    /// Milliseconds since 1970, UTC.
    pub(crate) updated: i64,
    /// The FHIR `QuestionnaireResponse` as JSON.
    pub(crate) response: Vec<u8>,
}

impl StoredResponse {
    /// The response as a FHIR resource, with the interview's id as its identifier.
    pub(crate) fn resource(&self) -> Result<Value, StoreError> {
        let mut resource: Value =
            serde_json::from_slice(&self.response).map_err(|_| StoreError::Unreadable)?;
        let members = resource.as_object_mut().ok_or(StoreError::Unreadable)?;
        members
            .entry("identifier")
            .or_insert_with(|| json!({"system": IDENTIFIER_SYSTEM, "value": self.id.to_string()}));
        members.entry("resourceType").or_insert_with(|| "QuestionnaireResponse".into());
        Ok(resource)
    }
}

/// An interview that goes on.
#[derive(Debug, Clone)]
pub(crate) struct Resumed {
    pub(crate) form_url: String,
    pub(crate) form_version: String,
    pub(crate) language: String,
    pub(crate) status: Status,
    pub(crate) state: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_spelling() {
        let id = InterviewId::random().unwrap();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(InterviewId(7).to_string(), "00000000000000000000000000000007");
        for text in ["", "7", "0000000000000000000000000000000A", "+000000000000000000000000000000a"] {
            assert_eq!(text.parse::<InterviewId>(), Err(()), "{text}");
        }
    }
}
