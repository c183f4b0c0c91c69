//! The state of an interview, which is stored between two inputs.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::action::{EndReason, Escalated};
use crate::interview::form::Form;
use crate::interview::options::InterviewOptions;
use crate::interview::response::{Confirmation, Place, ResponseStatus, Snapshot};
use crate::interview::value::Value;

/// The version of the format.
pub(super) const VERSION: u32 = 1;

/// All of an interview but its form. It contains answers: the host encrypts it where it is stored.
///
/// Its format is JSON, or another format of serde that describes itself. It names the form and its items, and has a
/// version: a state of another form or of a later version is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub(super) version: u32,
    /// The form's `url|version`, and a digest of the names of its items.
    pub(super) form: FormName,
    pub(super) response: Snapshot,
    pub(super) core: Core,
}

impl State {
    /// The canonical URL of the form, if it has one.
    pub fn form_url(&self) -> Option<&str> {
        self.form.url.as_deref()
    }

    /// The version of the form, if it has one.
    pub fn form_version(&self) -> Option<&str> {
        self.form.version.as_deref()
    }

    /// The status and the reason of the end, if the interview is over.
    pub fn end(&self) -> Option<(ResponseStatus, EndReason)> {
        self.core.end
    }
}

/// What identifies a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FormName {
    url: Option<String>,
    version: Option<String>,
    items: u64,
}

impl FormName {
    pub(super) fn of(form: &Form) -> Self {
        use sha2::{Digest, Sha256};
        let mut digest = Sha256::new();
        for item in form.items() {
            digest.update(item.kind.code());
            digest.update([0]);
            digest.update(&item.link_id);
            digest.update([0]);
        }
        let digest: [u8; 32] = digest.finalize().into();
        let mut items = [0; 8];
        items.copy_from_slice(&digest[..8]);
        Self {
            url: form.url().map(str::to_owned),
            version: form.version().map(str::to_owned),
            // 53 bits, which every reader of JSON keeps.
            items: u64::from_be_bytes(items) >> 11,
        }
    }
}

/// The state of the machine without form and answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Core {
    pub(super) options: InterviewOptions,
    pub(super) records: Records,
    pub(super) question: Question,
    pub(super) phase: Phase,
    /// The user asked to wait.
    pub(super) hold: Option<Hold>,
    /// Words that may need help: the user is asked whether they are meant.
    pub(super) doubt: Option<Doubt>,
    pub(super) tries: Tries,
    /// Digits of an answer that is given in pieces.
    pub(super) digits: String,
    /// A text that is given in several turns.
    pub(super) text: String,
    pub(super) timer: Timer,
    /// The time since the start of the interview.
    pub(super) elapsed: Duration,
    /// The number of prompts until now.
    pub(super) prompts: u64,
    /// The last prompt, until it was heard.
    pub(super) awaited: Option<Awaited>,
    pub(super) speed: Speed,
    /// Questions in a row that were left out because no answer was understood.
    pub(super) left_out: u8,
    /// Questions since the user heard how many are left.
    pub(super) since_progress: u32,
    /// Repeating groups of which the user has no more.
    pub(super) ended_groups: BTreeSet<Place>,
    /// Known answers that were confirmed or rejected.
    pub(super) used: BTreeSet<String>,
    pub(super) end: Option<(ResponseStatus, EndReason)>,
}

/// What an interview notes beside the answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Records {
    /// Whether the user agreed to be asked. `None` if that was not asked.
    pub consent: Option<bool>,
    /// Whether the user is the patient, and not someone who answers for the patient. `None` if that was not asked.
    pub is_patient: Option<bool>,
    /// Whether the user knew what identifies the patient. `None` if that was not asked.
    pub is_identified: Option<bool>,
    /// What those who help were told.
    pub escalated: Vec<Escalated>,
}

/// What the user is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Question {
    Consent,
    Respondent,
    Identity,
    /// A question of the form, or a group of a blood pressure.
    Item {
        place: Place,
        /// Another answer to a question that repeats.
        is_another: bool,
        /// The user went back to it.
        is_again: bool,
    },
    /// Whether there is another instance of this group.
    Group(Place),
    /// Nothing: the interview is over.
    Nothing,
}

/// What is expected of the user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// An answer.
    Ask,
    /// Yes or no to a read-back, or a correction.
    Confirm(Pending),
}

/// An answer that is not confirmed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Pending {
    /// The values of each question: of a blood pressure there are two.
    pub(super) parts: Vec<(Place, Vec<Value>)>,
    /// As it is read back.
    pub(super) read_back: String,
    pub(super) raw_words: Option<String>,
    pub(super) confidence: Option<f32>,
    pub(super) alternatives: Vec<String>,
    pub(super) audio_offset_ms: Option<u64>,
    /// How it was given.
    pub(super) source: Confirmation,
    /// Whether it is outside of what the question accepts.
    pub(super) is_out_of_range: bool,
}

/// A wait that the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hold {
    pub(super) until: Duration,
}

/// Words that may need help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Doubt {
    pub(super) words: String,
    pub(super) failures: u8,
}

/// What went wrong with a question.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tries {
    /// How often it was answered.
    pub(super) answers: u16,
    pub(super) silences: u8,
    pub(super) failures: u8,
    pub(super) unsure: u8,
    pub(super) skips: u8,
    pub(super) implausible: u8,
    /// Wrong answers of the check of identity.
    pub(super) wrong: u8,
    /// It waited for the measurement.
    pub(super) has_waited: bool,
    /// The answer that was rejected, or was not sure enough.
    pub(super) rejected: Option<Vec<Value>>,
}

/// What happens next if nothing else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Timer {
    /// The prompt is taken to be heard.
    Speaking { until: Duration },
    /// The user is silent.
    Listening { until: Duration },
}

impl Timer {
    pub(super) fn until(self) -> Duration {
        match self {
            Self::Speaking { until } | Self::Listening { until } => until,
        }
    }
}

/// The prompt that is being spoken last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Awaited {
    pub(super) id: String,
    /// Whether a prompt before it or itself must be heard to its end.
    pub(super) is_protected: bool,
}

/// How fast prompts are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) enum Speed {
    #[default]
    Normal,
    Slow,
    Slowest,
}

impl Speed {
    pub(super) fn slower(self) -> Self {
        match self {
            Self::Normal => Self::Slow,
            Self::Slow | Self::Slowest => Self::Slowest,
        }
    }

    /// Relative to the voice's own.
    pub(super) fn factor(self) -> f32 {
        match self {
            Self::Normal => 1.0,
            Self::Slow => 0.8,
            Self::Slowest => 0.65,
        }
    }
}
