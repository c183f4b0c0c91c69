//! Endpointing: voice probabilities become utterances by rules.

use crate::error::{Error, ErrorKind, Result};
use crate::vad::FRAME_MS;

/// A frame at least this probable is voice when speech has not started.
const ENTER: f32 = 0.5;

/// Within speech the bar is lower, so that weak endings and plosive gaps do not flicker.
pub(crate) const STAY: f32 = 0.35;

/// A pause of so many milliseconds ends an utterance that is nearly as long as one may be.
const LATE_SILENCE_MS: u32 = 240;

/// The last part of the longest utterance in which such a pause ends it.
const LATE: u32 = 5;

/// The longest stretch at the end of a full utterance in which it is cut, in milliseconds.
const KEPT_MS: u32 = 3_000;

/// When an utterance starts and ends, in milliseconds of audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// Voice needed before speech counts as started, 16 to 1,000.
    pub start_ms: u32,
    /// Silence that ends an utterance, 100 to 10,000.
    ///
    /// Digit strings and addresses are spoken with pauses: 800 and more keeps them together.
    pub silence_ms: u32,
    /// Longest utterance, 1,000 to 120,000; what follows is a new utterance.
    ///
    /// A longer one ends at a pause of 240 ms in its last fifth, else between two words of its last 3 s (a quarter of
    /// it, if that is less), which are decoded again as the beginning of the next.
    pub max_utterance_ms: u32,
    /// Report [`NoSpeech`](crate::SttEvent::NoSpeech) after each such stretch without voice, 100 to
    /// 3,600,000; `None` for never.
    pub no_speech_timeout_ms: Option<u32>,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self { start_ms: 48, silence_ms: 800, max_utterance_ms: 30_000, no_speech_timeout_ms: None }
    }
}

impl Endpoint {
    /// Checks every value against its range.
    pub fn validate(&self) -> Result<()> {
        let check = |name: &str, value: u32, low: u32, high: u32| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(Error::new(ErrorKind::OptionInvalid, format!("{name} is {value}; give {low} to {high}")))
        };
        check("start_ms", self.start_ms, 16, 1_000)?;
        check("silence_ms", self.silence_ms, 100, 10_000)?;
        check("max_utterance_ms", self.max_utterance_ms, 1_000, 120_000)?;
        check("no_speech_timeout_ms", self.no_speech_timeout_ms.unwrap_or(1_000), 100, 3_600_000)
    }
}

/// A change that one frame brought about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    /// Speech began `voiced` frames ago, this one included.
    Started { voiced: u32 },
    /// The utterance is over; its last `silent` frames are not voice. `is_late` if a shorter pause than usual ended it,
    /// since it is nearly as long as one may be.
    Ended { silent: u32, is_late: bool },
    /// The utterance is as long as one may be, and has to be cut.
    Full,
    /// Nobody spoke for the no-speech timeout.
    NoSpeech,
}

/// Turns voice probabilities into utterances by counting frames.
pub(crate) struct Endpointer {
    start: u32,
    silence: u32,
    late_silence: u32,
    max_utterance: u32,
    kept: u32,
    no_speech: Option<u32>,
    state: State,
}

enum State {
    /// `voiced` frames in a row are voice; nobody has spoken for `quiet` frames.
    Silent { voiced: u32, quiet: u32 },
    /// The utterance has `length` frames, the last `silent` of which are not voice.
    Speaking { length: u32, silent: u32 },
}

impl State {
    const START: Self = Self::Silent { voiced: 0, quiet: 0 };
}

impl Endpointer {
    /// `rules` must have been validated.
    pub(crate) fn new(rules: &Endpoint) -> Self {
        let frames = |ms: u32| ms.div_ceil(FRAME_MS);
        Self {
            start: frames(rules.start_ms),
            silence: frames(rules.silence_ms),
            late_silence: frames(rules.silence_ms.min(LATE_SILENCE_MS)),
            max_utterance: frames(rules.max_utterance_ms),
            kept: frames(KEPT_MS.min(rules.max_utterance_ms / 4)),
            no_speech: rules.no_speech_timeout_ms.map(frames),
            state: State::START,
        }
    }

    /// Takes the voice probability of the next frame.
    pub(crate) fn observe(&mut self, score: f32) -> Option<Edge> {
        match &mut self.state {
            State::Silent { voiced, quiet } => {
                *quiet += 1;
                *voiced = if score >= ENTER { *voiced + 1 } else { 0 };
                let voiced = *voiced;
                if voiced >= self.start {
                    self.state = State::Speaking { length: voiced, silent: 0 };
                    return Some(Edge::Started { voiced });
                }
                if voiced == 0 && self.no_speech.is_some_and(|limit| *quiet >= limit) {
                    *quiet = 0;
                    return Some(Edge::NoSpeech);
                }
                None
            }
            State::Speaking { length, silent } => {
                *length += 1;
                *silent = if score >= STAY { 0 } else { *silent + 1 };
                let is_late = *length > self.max_utterance - self.max_utterance / LATE;
                let silent = *silent;
                let edge = if silent >= self.silence {
                    Edge::Ended { silent, is_late: false }
                } else if is_late && silent >= self.late_silence {
                    Edge::Ended { silent, is_late: true }
                } else if *length >= self.max_utterance {
                    Edge::Full
                } else {
                    return None;
                };
                self.state = State::Silent { voiced: 0, quiet: silent };
                Some(edge)
            }
        }
    }

    /// Frames without voice at the end of the current utterance; `None` while nobody speaks.
    pub(crate) fn trailing_silence(&self) -> Option<u32> {
        match self.state {
            State::Silent { .. } => None,
            State::Speaking { silent, .. } => Some(silent),
        }
    }

    /// Whether the next frame is among those that an utterance may be cut in when it is [`Full`](Edge::Full).
    pub(crate) fn may_cut(&self) -> bool {
        matches!(self.state, State::Speaking { length, .. } if length >= self.max_utterance - self.kept)
    }

    /// Goes on with the last `length` frames of a [`Full`](Edge::Full) utterance as the beginning of the next one; the
    /// last `silent` of them are not voice.
    pub(crate) fn continue_with(&mut self, length: u32, silent: u32) {
        self.state = State::Speaking { length, silent };
    }

    /// Back to silence.
    pub(crate) fn reset(&mut self) {
        self.state = State::START;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds runs of (score, frames) and returns the edges with the frame that caused each.
    fn edges(rules: Endpoint, runs: &[(f32, u32)]) -> Vec<(u32, Edge)> {
        let mut endpointer = Endpointer::new(&rules);
        let scores = runs.iter().flat_map(|&(score, frames)| (0..frames).map(move |_| score));
        (1..).zip(scores).filter_map(|(frame, score)| Some((frame, endpointer.observe(score)?))).collect()
    }

    #[test]
    fn speech_starts_after_enough_voice_and_ends_after_enough_silence() {
        let rules = Endpoint { start_ms: 48, silence_ms: 160, ..Endpoint::default() };
        assert_eq!(
            edges(rules, &[(0.1, 5), (0.9, 10), (0.1, 20)]),
            [(8, Edge::Started { voiced: 3 }), (25, Edge::Ended { silent: 10, is_late: false })]
        );
    }

    #[test]
    fn clicks_do_not_start_and_pauses_do_not_end() {
        let rules = Endpoint { start_ms: 48, silence_ms: 160, ..Endpoint::default() };
        assert_eq!(edges(rules, &[(0.9, 2), (0.0, 1), (0.9, 2), (0.0, 50)]), []);
        assert_eq!(
            edges(rules, &[(0.9, 10), (0.0, 9), (0.4, 1), (0.0, 9)]),
            [(3, Edge::Started { voiced: 3 })]
        );
    }

    #[test]
    fn endless_speech_is_cut_into_utterances() {
        let rules = Endpoint { start_ms: 16, max_utterance_ms: 1_600, ..Endpoint::default() };
        let found = edges(rules, &[(0.9, 250)]);
        assert_eq!(
            found,
            [
                (1, Edge::Started { voiced: 1 }),
                (100, Edge::Full),
                (101, Edge::Started { voiced: 1 }),
                (200, Edge::Full),
                (201, Edge::Started { voiced: 1 }),
            ]
        );
    }

    #[test]
    fn a_short_pause_ends_an_utterance_that_is_nearly_full() {
        let rules = Endpoint { start_ms: 16, max_utterance_ms: 8_000, ..Endpoint::default() };
        let late = Edge::Ended { silent: 15, is_late: true };
        assert_eq!(
            edges(rules, &[(0.9, 300), (0.0, 20), (0.9, 100), (0.0, 14), (0.9, 16), (0.0, 20)]),
            [(1, Edge::Started { voiced: 1 }), (465, late)]
        );
    }

    #[test]
    fn the_no_speech_timeout_repeats_until_somebody_speaks() {
        let rules = Endpoint { start_ms: 16, no_speech_timeout_ms: Some(320), ..Endpoint::default() };
        assert_eq!(
            edges(rules, &[(0.0, 45), (0.9, 1)]),
            [(20, Edge::NoSpeech), (40, Edge::NoSpeech), (46, Edge::Started { voiced: 1 })]
        );
    }

    #[test]
    fn the_no_speech_timeout_counts_from_the_last_voice_and_waits_for_one_that_begins() {
        let rules = Endpoint {
            start_ms: 48,
            silence_ms: 160,
            no_speech_timeout_ms: Some(320),
            ..Endpoint::default()
        };
        assert_eq!(
            edges(rules, &[(0.9, 10), (0.0, 19), (0.9, 2), (0.0, 1)]),
            [
                (3, Edge::Started { voiced: 3 }),
                (20, Edge::Ended { silent: 10, is_late: false }),
                (32, Edge::NoSpeech)
            ]
        );
    }

    #[test]
    fn endpoint_names_the_value_that_is_out_of_range() {
        let rules = Endpoint { silence_ms: 5, ..Endpoint::default() };
        assert_eq!(rules.validate().unwrap_err().to_string(), "silence_ms is 5; give 100 to 10000");
        assert!(Endpoint::default().validate().is_ok());
    }
}
