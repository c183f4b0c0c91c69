//! Endpointing: rules that turn voice probabilities into utterances.

use crate::error::{Error, ErrorKind, Result};
use crate::vad::FRAME_MS;

/// The least probability of a voice frame before speech has started.
const ENTER: f32 = 0.5;

/// The least probability of a voice frame within speech. Lower, because of weak endings and the gaps of plosives.
pub(crate) const STAY: f32 = 0.35;

/// The pause in milliseconds that ends an utterance near its maximum length.
const LATE_SILENCE_MS: u32 = 240;

/// Such a pause ends an utterance in the last 1 / `LATE` of its maximum length.
const LATE: u32 = 5;

/// The longest part at the end of a full utterance in which it is cut, in milliseconds.
const CUT_WINDOW_MS: u32 = 3_000;

/// The rules for the start and end of an utterance, in milliseconds of audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// Voice before speech counts as started, 16 to 1,000.
    pub start_ms: u32,
    /// Silence that ends an utterance, 100 to 10,000.
    ///
    /// Numbers and addresses are spoken with pauses. A value of 800 or more does not split them.
    pub silence_ms: u32,
    /// Longest utterance, 1,000 to 120,000; the following speech is a new one.
    ///
    /// A longer utterance ends at a pause of 240 ms in its last fifth, else between two words of its last 3 s (a
    /// quarter of it, if that is less). The audio after the cut is decoded again as the beginning of the next
    /// utterance.
    pub max_utterance_ms: u32,
    /// Time without voice after which [`NoSpeech`](crate::SttEvent::NoSpeech) is reported, 100 to 3,600,000; `None` for
    /// never.
    pub no_speech_timeout_ms: Option<u32>,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self { start_ms: 48, silence_ms: 800, max_utterance_ms: 30_000, no_speech_timeout_ms: None }
    }
}

impl Endpoint {
    /// Checks every value against its range. Fails with [`ErrorKind::OptionInvalid`].
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

/// A change caused by one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    /// Speech began `voiced` frames ago, this one included.
    Started { voiced: u32 },
    /// The utterance ended; its last `silent` frames are not voice. `is_late` if a short pause ended it near its
    /// maximum length.
    Ended { silent: u32, is_late: bool },
    /// The utterance has its maximum length and must be cut.
    Full,
    /// There was no voice for the no-speech timeout.
    NoSpeech,
}

/// Turns voice probabilities into utterances by counting frames.
pub(crate) struct Endpointer {
    start: u32,
    silence: u32,
    late_silence: u32,
    max_utterance: u32,
    cut_window: u32,
    no_speech: Option<u32>,
    state: State,
}

enum State {
    /// The last `voiced` frames are voice; there was no utterance for `quiet` frames.
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
            cut_window: frames(CUT_WINDOW_MS.min(rules.max_utterance_ms / 4)),
            no_speech: rules.no_speech_timeout_ms.map(frames),
            state: State::START,
        }
    }

    /// Changes the rules, which must have been validated. Frames that were counted stay counted.
    pub(crate) fn set_rules(&mut self, rules: &Endpoint) {
        let state = std::mem::replace(&mut self.state, State::START);
        *self = Self { state, ..Self::new(rules) };
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

    /// Frames without voice at the end of the current utterance; `None` between utterances.
    pub(crate) fn trailing_silence(&self) -> Option<u32> {
        match self.state {
            State::Silent { .. } => None,
            State::Speaking { silent, .. } => Some(silent),
        }
    }

    /// Whether the next frame is in the part in which a [`Full`](Edge::Full) utterance may be cut.
    pub(crate) fn may_cut(&self) -> bool {
        matches!(self.state, State::Speaking { length, .. } if length >= self.max_utterance - self.cut_window)
    }

    /// Continues with the last `length` frames of a [`Full`](Edge::Full) utterance as the beginning of the next one.
    /// The last `silent` of them are not voice.
    pub(crate) fn continue_with(&mut self, length: u32, silent: u32) {
        self.state = State::Speaking { length, silent };
    }

    /// Returns to the state before speech.
    pub(crate) fn reset(&mut self) {
        self.state = State::START;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds runs of (score, frames). Returns the edges, each with its frame.
    fn edges(rules: Endpoint, runs: &[(f32, u32)]) -> Vec<(u32, Edge)> {
        let mut endpointer = Endpointer::new(&rules);
        let scores = runs.iter().flat_map(|&(score, frames)| (0..frames).map(move |_| score));
        (1..).zip(scores).filter_map(|(frame, score)| Some((frame, endpointer.observe(score)?))).collect()
    }

    #[test]
    fn speech_starts_after_voice_and_ends_after_silence() {
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
    fn short_pause_ends_an_utterance_near_its_maximum() {
        let rules = Endpoint { start_ms: 16, max_utterance_ms: 8_000, ..Endpoint::default() };
        let late = Edge::Ended { silent: 15, is_late: true };
        assert_eq!(
            edges(rules, &[(0.9, 300), (0.0, 20), (0.9, 100), (0.0, 14), (0.9, 16), (0.0, 20)]),
            [(1, Edge::Started { voiced: 1 }), (465, late)]
        );
    }

    #[test]
    fn no_speech_timeout_repeats_until_speech() {
        let rules = Endpoint { start_ms: 16, no_speech_timeout_ms: Some(320), ..Endpoint::default() };
        assert_eq!(
            edges(rules, &[(0.0, 45), (0.9, 1)]),
            [(20, Edge::NoSpeech), (40, Edge::NoSpeech), (46, Edge::Started { voiced: 1 })]
        );
    }

    #[test]
    fn no_speech_timeout_counts_from_the_last_voice() {
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
    fn validation_names_the_invalid_value() {
        let rules = Endpoint { silence_ms: 5, ..Endpoint::default() };
        assert_eq!(rules.validate().unwrap_err().to_string(), "silence_ms is 5; give 100 to 10000");
        assert!(Endpoint::default().validate().is_ok());
    }
}
