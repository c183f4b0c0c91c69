//! The options of a dialog, with the checks of their values.

use std::ops::RangeInclusive;

use super::words::ListenerWords;
use crate::error::{Error, ErrorKind, Result};

/// Settings of a dialog.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DialogOptions {
    /// When speech of the listener interrupts.
    pub barge_in: BargeIn,
    /// When a turn of the user ends.
    pub turn_end: TurnEndRules,
    /// What the user's device does against the echo of its loudspeaker.
    pub echo_canceller: EchoCanceller,
    /// The words that do not interrupt, and those that do at once. Those of a language:
    /// [`ListenerWords::of_language`].
    pub words: ListenerWords,
}

/// When speech of the user interrupts the speaker. Voice pauses the audio; then the words decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BargeIn {
    /// Who decides.
    pub decider: Decider,
    /// The words that confirm an interruption, 1 to 10. A stop word confirms alone, and backchannels do not count.
    pub min_words: u8,
    /// The duration of voice that confirms an interruption although no word was recognized, 200 to 10,000 ms; `None`
    /// for never.
    pub min_voice_ms: Option<u32>,
    /// The time for a decision, 200 to 10,000 ms. Then the audio is resumed, unless the voice goes on.
    pub decision_ms: u32,
    /// The audio of a dialog in which voice does not pause it, 0 to 10,000 ms: an echo canceller needs some seconds of
    /// audio to settle.
    pub warm_up_ms: u32,
}

/// Who decides whether voice interrupts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Decider {
    /// The recognized words.
    #[default]
    Words,
    /// The application, by [`Dialog::confirm`](super::Dialog::confirm) or [`Dialog::reject`](super::Dialog::reject).
    /// If it does not decide in time, the words do.
    Application,
    /// Voice never interrupts.
    Never,
}

/// The silences that end a turn, in milliseconds.
///
/// Within a range, the silence follows the pauses of the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnEndRules {
    /// After an answer that is complete by [`Expect`], 100 to 5,000.
    pub complete_ms: u32,
    /// In open speech that does not end with [words of numbers](ListenerWords::with_numerals), each 100 to 5,000.
    pub open_ms: RangeInclusive<u32>,
    /// While digits, dates or a part of an expected answer were said, each 100 to 5,000.
    pub incomplete_ms: RangeInclusive<u32>,
    /// After which [`TurnEager`](super::DialogEvent::TurnEager) tells that the turn may end, 100 to 5,000. It is not
    /// told if the turn ends sooner.
    pub eager_ms: u32,
    /// The time without voice of both sides after which [`Idle`](super::DialogEvent::Idle) is told, 1,000 to 600,000.
    pub idle_ms: u32,
    /// The time without audio of the user's device after which a turn ends, 200 to 60,000.
    pub audio_gap_ms: u32,
}

/// What the user is expected to say, which tells when an answer is complete.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Expect {
    /// Anything.
    #[default]
    Open,
    /// One of these phrases.
    Phrases(Vec<String>),
    /// Digits that are read one by one, such as those of a telephone number; `count` of them if it is known. Numbers and
    /// dates that are read as words too, without a `count`.
    Digits {
        /// The number of digits.
        count: Option<u8>,
    },
    /// Speech that ends when the application says so, such as with a push-to-talk button.
    Manual,
}

/// What the user's device does against the echo of its loudspeaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum EchoCanceller {
    /// It removes the echo, as phones and browsers do.
    #[default]
    Device,
    /// Nothing: the microphone hears the loudspeaker. The dialog removes the echo from the audio of the microphone, if
    /// the engine takes audio at 16 kHz. In a room with reverberation some prompts are still interrupted by their own
    /// echo; see docs/benchmarks.md.
    None,
}

impl Default for BargeIn {
    fn default() -> Self {
        Self {
            decider: Decider::Words,
            min_words: 1,
            min_voice_ms: Some(1_500),
            decision_ms: 2_000,
            warm_up_ms: 3_000,
        }
    }
}

impl Default for TurnEndRules {
    fn default() -> Self {
        Self {
            complete_ms: 160,
            open_ms: 600..=800,
            incomplete_ms: 1_200..=1_500,
            eager_ms: 320,
            idle_ms: 15_000,
            audio_gap_ms: 1_000,
        }
    }
}

impl DialogOptions {
    /// Checks every value against its range. Fails with [`ErrorKind::OptionInvalid`].
    pub fn validate(&self) -> Result<()> {
        let BargeIn { decider: _, min_words, min_voice_ms, decision_ms, warm_up_ms } = &self.barge_in;
        check("min_words", u32::from(*min_words), 1, 10)?;
        check("min_voice_ms", min_voice_ms.unwrap_or(200), 200, 10_000)?;
        check("decision_ms", *decision_ms, 200, 10_000)?;
        check("warm_up_ms", *warm_up_ms, 0, 10_000)?;
        let TurnEndRules { complete_ms, open_ms, incomplete_ms, eager_ms, idle_ms, audio_gap_ms } =
            &self.turn_end;
        for (name, range) in [("open_ms", open_ms), ("incomplete_ms", incomplete_ms)] {
            check(name, *range.start(), 100, 5_000)?;
            check(name, *range.end(), *range.start(), 5_000)?;
        }
        check("complete_ms", *complete_ms, 100, 5_000)?;
        check("eager_ms", *eager_ms, 100, 5_000)?;
        check("idle_ms", *idle_ms, 1_000, 600_000)?;
        check("audio_gap_ms", *audio_gap_ms, 200, 60_000)
    }
}

fn check(name: &str, value: u32, low: u32, high: u32) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::OptionInvalid, format!("{name} is {value}; give {low} to {high}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_outside_their_range_are_refused() {
        let mut options = DialogOptions::default();
        options.validate().unwrap();
        options.turn_end.open_ms = RangeInclusive::new(800, 600);
        assert_eq!(options.validate().unwrap_err().to_string(), "open_ms is 600; give 800 to 5000");
        options = DialogOptions::default();
        options.barge_in.min_words = 0;
        assert_eq!(options.validate().unwrap_err().kind(), ErrorKind::OptionInvalid);
    }
}
