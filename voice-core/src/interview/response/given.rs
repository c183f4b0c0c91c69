//! Answers with the evidence for them.

use serde::{Deserialize, Serialize};

use crate::interview::Value;

/// An answer and how it was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Given {
    /// The value.
    pub value: Value,
    /// How it was given.
    #[serde(default)]
    pub evidence: Evidence,
}

/// How an answer was given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// The words that were heard or typed.
    pub raw_words: Option<String>,
    /// How sure the understanding is, 0 to 1.
    pub confidence: Option<f32>,
    /// Other meanings of the words, the likeliest first.
    pub alternatives: Vec<String>,
    /// How often the question was asked.
    pub tries: u16,
    /// How the answer was confirmed.
    pub confirmation: Confirmation,
    /// Where the words begin in the session's audio, in ms.
    pub audio_offset_ms: Option<u64>,
}

impl Evidence {
    /// Whether the answer is the user's own.
    pub fn is_from_user(&self) -> bool {
        !matches!(
            self.confirmation,
            Confirmation::Populated | Confirmation::Initial | Confirmation::Calculated
        )
    }

    /// An answer that was given by other means than the user's voice.
    pub fn of(confirmation: Confirmation) -> Self {
        Self { confirmation, ..Self::default() }
    }
}

/// How an answer was confirmed, or where it comes from if the user did not give it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Confirmation {
    /// Spoken, and not confirmed.
    #[default]
    None,
    /// Spoken, and confirmed by the user.
    Confirmed,
    /// Typed.
    Typed,
    /// Entered on a keypad.
    Keypad,
    /// Known before the interview; to be confirmed.
    Populated,
    /// The form's own value; to be confirmed.
    Initial,
    /// Calculated from other answers.
    Calculated,
}

impl Confirmation {
    /// Its name in the extension `urn:libvoice:confirmation`.
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Confirmed => "confirmed",
            Self::Typed => "typed",
            Self::Keypad => "keypad",
            Self::Populated => "populated",
            Self::Initial => "initial",
            Self::Calculated => "calculated",
        }
    }
}

/// Why a question was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SkipReason {
    /// The user asked to.
    Asked,
    /// The user does not know.
    Unknown,
    /// The answer was not understood.
    NotUnderstood,
    /// A human is to ask.
    Human,
}
