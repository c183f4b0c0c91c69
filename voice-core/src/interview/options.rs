//! The options of an interview, with the checks of their values.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::identity::IdentityCheck;
use super::value::{Date, Value};
use crate::error::{Error, ErrorKind, Result};
use crate::language::LanguageTag;

/// Settings of an interview. They are part of its [`State`](super::State).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct InterviewOptions {
    /// The language of the interview: Arabic or English.
    pub language: LanguageTag,
    /// The day from which "yesterday" counts. Also after the interview is restored; see
    /// [`Interview::set_today`](super::Interview::set_today).
    pub today: Date,
    /// Whether the user is asked for consent first. Default: yes.
    pub asks_consent: bool,
    /// Whether the user is asked to be the patient. Default: yes.
    pub asks_respondent: bool,
    /// What the user must know before questions are asked. Default: nothing.
    pub identity: Option<IdentityCheck>,
    /// Answers below this confidence are confirmed, 0 to 1. A form can say otherwise for an item. Default: 0.75.
    pub confidence: f32,
    /// The lines that are named to a user who needs help.
    pub lines: Lines,
    /// What happens if the user wants to speak with a human. Default: a human calls back.
    pub human: HumanHelp,
    /// Whether the user can type digits. Default: yes.
    pub has_keypad: bool,
    /// Further words that need help at once, each a phrase in the language of the interview, at most 1,000.
    pub red_flags: Vec<String>,
    /// Whether the interview goes on after such words. Default: no.
    pub red_flags_continue: bool,
    /// How long an answer is waited for after the question was heard, 2 to 120 s. Default: 8 s.
    pub answer_timeout: Duration,
    /// The longest wait that a user can ask for, 10 to 1,800 s. Default: 120 s.
    pub hold: Duration,
    /// How often the user hears that the interview still waits, 5 to 300 s. Default: 30 s.
    pub hold_prompt: Duration,
    /// The longest interview, 60 s to a day. Default: an hour.
    pub longest: Duration,
    /// After how many questions the user hears how many are left; 0 for never. Default: 5.
    pub progress_every: u32,
    /// Known answers, which the user only confirms, at most 1,000. Default: none.
    pub populated: Vec<Populated>,
}

/// The lines that are named to a user who needs help: telephone numbers of 1 to 20 digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// For emergencies. Default: 997, the ambulance in Saudi Arabia.
    pub emergency: String,
    /// For medical advice. Default: 937, the health line in Saudi Arabia.
    pub health: String,
}

/// What happens if the user wants to speak with a human, or is not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HumanHelp {
    /// The host passes the user to a human at the [escalation](super::Action::Escalate).
    Transfer,
    /// A human calls back.
    #[default]
    CallBack,
    /// There is none: the interview goes on.
    None,
}

/// A known answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Populated {
    /// The `linkId` of the question.
    pub link_id: String,
    /// The answer. It must be of the question's type.
    pub values: Vec<Value>,
}

impl Default for Lines {
    fn default() -> Self {
        Self { emergency: "997".into(), health: "937".into() }
    }
}

impl InterviewOptions {
    /// The most red flags of the options, and the most populated answers.
    const MOST: usize = 1_000;

    /// The default options of an interview in this language on this day.
    pub fn new(language: LanguageTag, today: Date) -> Self {
        Self {
            language,
            today,
            asks_consent: true,
            asks_respondent: true,
            identity: None,
            confidence: 0.75,
            lines: Lines::default(),
            human: HumanHelp::default(),
            has_keypad: true,
            red_flags: Vec::new(),
            red_flags_continue: false,
            answer_timeout: Duration::from_secs(8),
            hold: Duration::from_mins(2),
            hold_prompt: Duration::from_secs(30),
            longest: Duration::from_hours(1),
            progress_every: 5,
            populated: Vec::new(),
        }
    }

    /// Checks every value against its range. Fails with [`ErrorKind::OptionInvalid`].
    pub fn validate(&self) -> Result<()> {
        let seconds = |name: &str, value: Duration, low: u64, high: u64| {
            if (Duration::from_secs(low)..=Duration::from_secs(high)).contains(&value) {
                return Ok(());
            }
            Err(invalid(format!("{name} is {} s; give {low} to {high}", value.as_secs())))
        };
        seconds("answer_timeout", self.answer_timeout, 2, 120)?;
        seconds("hold", self.hold, 10, 1_800)?;
        seconds("hold_prompt", self.hold_prompt, 5, 300)?;
        seconds("longest", self.longest, 60, 86_400)?;
        if !(0.0..=1.0).contains(&self.confidence) {
            return Err(invalid(format!("confidence is {}; give 0 to 1", self.confidence)));
        }
        for (name, line) in [("emergency", &self.lines.emergency), ("health", &self.lines.health)] {
            if !(1..=20).contains(&line.len()) || !line.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(invalid(format!("the {name} line is not a number of 1 to 20 digits")));
            }
        }
        for (name, count) in [("red_flags", self.red_flags.len()), ("populated", self.populated.len())] {
            if count > Self::MOST {
                return Err(invalid(format!("{name} has {count} entries; give at most {}", Self::MOST)));
            }
        }
        Ok(())
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::OptionInvalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_outside_their_range_are_refused() {
        let good = InterviewOptions::new("ar-SA".parse().unwrap(), "2026-11-26".parse().unwrap());
        good.validate().unwrap();
        let check = |change: fn(&mut InterviewOptions)| {
            let mut options = good.clone();
            change(&mut options);
            options.validate().unwrap_err().to_string()
        };
        assert_eq!(check(|it| it.hold = Duration::from_secs(1)), "hold is 1 s; give 10 to 1800");
        assert_eq!(check(|it| it.confidence = f32::NAN), "confidence is NaN; give 0 to 1");
        for line in ["", "99 7", "٩٩٧", "999999999999999999999"] {
            let options = InterviewOptions {
                lines: Lines { emergency: line.into(), ..Lines::default() },
                ..good.clone()
            };
            assert!(options.validate().is_err(), "{line}");
        }
        assert!(check(|it| it.red_flags = vec![String::new(); 1_001]).contains("at most 1000"));
    }
}
