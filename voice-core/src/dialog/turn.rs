//! The user's turn: when it begins, when it may be over, and when it is.

use std::time::{Duration, Instant};

use super::event::{DialogEvent, TurnEnd};
use super::options::Expect;
use super::rules::{Action, Facts, Rules};
use super::words::words;
use crate::error::{Error, ErrorKind};
use crate::stt::{EndReason, Transcript};

/// The longest wait for the result of an utterance that was ended.
const RESULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The turn before was cut off if the user goes on within this time after its end, in milliseconds.
const CUT_OFF_MS: u64 = 1_000;

/// The silence after which an utterance that paused the audio is decoded to its end, in milliseconds.
const UNDECIDED_MS: u32 = 320;

/// The state of the user's turn.
#[derive(Debug)]
pub(super) enum Turn {
    /// The user does not speak.
    Quiet,
    /// The user speaks, or is silent for a moment.
    Speaking(Speech),
    /// The utterance was ended; its result is due.
    Ending { speech: Speech, reason: TurnEnd, since: Instant },
}

/// Speech of the user.
#[derive(Debug, Default, Clone)]
pub(super) struct Speech {
    /// The last partial text.
    pub(super) text: String,
    /// The text that the listener had heard when the speech began, as an offset in all requested text.
    pub(super) spoken_from: usize,
    /// The silence at its end.
    pub(super) silence_ms: u32,
    /// The application was told that the turn may be over.
    pub(super) is_eager: bool,
    /// It was found not to be a turn: a backchannel, noise or an echo.
    pub(super) is_ignored: bool,
}

/// The end of the turn before.
#[derive(Debug, Clone, Copy)]
pub(super) struct LastTurn {
    end_ms: u64,
    silence_ms: u32,
}

impl Rules {
    /// Voice was detected.
    pub(super) fn speech_started(&mut self, at_ms: u64, facts: &Facts) {
        let is_audible = self.is_audible(facts);
        if let Some(last) = self.last_turn.take()
            && !is_audible
            && at_ms.saturating_sub(last.end_ms + u64::from(last.silence_ms)) < CUT_OFF_MS
        {
            self.counts.cut_offs += 1;
            self.pauses.observe(u32::try_from(at_ms.saturating_sub(last.end_ms)).unwrap_or(u32::MAX));
        }
        let spoken_from = facts.heard.text;
        self.turn = Turn::Speaking(Speech { spoken_from, ..Speech::default() });
        self.emit(DialogEvent::SpeechStarted { at_ms });
        self.voice_while_speaking(facts);
    }

    pub(super) fn partial(&mut self, text: String, facts: &Facts) {
        if let Turn::Speaking(speech) = &mut self.turn {
            speech.text.clone_from(&text);
        }
        self.emit(DialogEvent::Partial { text });
        self.judge(false, facts);
    }

    /// Audio of the user has come. `silence_ms` is the silence at the end of the current utterance, if there is one.
    pub(super) fn heard_audio(&mut self, silence_ms: Option<u32>, facts: &Facts) {
        self.last_audio = facts.now;
        let Some(silence_ms) = silence_ms else { return };
        let is_undecided = self.is_undecided();
        let complete = self.end_after();
        let eager_ms = self.options.turn_end.eager_ms;
        let Turn::Speaking(speech) = &mut self.turn else { return };
        let before = std::mem::replace(&mut speech.silence_ms, silence_ms);
        if silence_ms < before {
            let was_eager = std::mem::take(&mut speech.is_eager);
            self.pauses.observe(before);
            if was_eager {
                self.emit(DialogEvent::TurnResumed);
            }
            return;
        }
        if is_undecided {
            if silence_ms >= UNDECIDED_MS {
                self.end_utterance(TurnEnd::Silence, facts);
            }
            return;
        }
        let Some((end_ms, reason)) = complete else { return };
        if silence_ms >= end_ms {
            self.end_utterance(reason, facts);
        } else if silence_ms >= eager_ms && !speech.is_eager && !speech.text.is_empty() && !speech.is_ignored {
            speech.is_eager = true;
            let text = speech.text.clone();
            self.emit(DialogEvent::TurnEager { text, silence_ms });
        }
    }

    /// The application ends the turn.
    pub(super) fn end_turn(&mut self, facts: &Facts) {
        self.end_utterance(TurnEnd::Forced, facts);
    }

    /// The text of an utterance is known.
    pub(super) fn final_text(&mut self, transcript: Transcript, facts: &Facts) {
        if let Turn::Speaking(speech) | Turn::Ending { speech, .. } = &mut self.turn {
            speech.text.clone_from(&transcript.text);
        }
        self.emit(DialogEvent::Final(transcript));
        self.judge(true, facts);
    }

    /// The utterance is over.
    pub(super) fn speech_ended(&mut self, at_ms: u64, reason: EndReason, facts: &Facts) {
        let turn = std::mem::replace(&mut self.turn, Turn::Quiet);
        self.idle_since = facts.now;
        let (speech, asked) = match turn {
            Turn::Quiet => (Speech::default(), None),
            Turn::Speaking(speech) => (speech, None),
            Turn::Ending { speech, reason, .. } => (speech, Some(reason)),
        };
        let reason = match (reason, asked) {
            (EndReason::Failed, _) => TurnEnd::Failed,
            (EndReason::MaxLength, _) => TurnEnd::MaxLength,
            (_, Some(asked)) => asked,
            (EndReason::Silence, None) => TurnEnd::Silence,
            (EndReason::Flushed, None) => TurnEnd::Forced,
        };
        if reason == TurnEnd::Failed {
            self.judge_nothing(facts);
        }
        if !speech.is_ignored && !self.is_undecided() {
            self.counts.turns += 1;
            self.last_turn = Some(LastTurn { end_ms: at_ms, silence_ms: speech.silence_ms });
            self.emit(DialogEvent::TurnEnded { at_ms, reason, silence_ms: speech.silence_ms });
        }
        self.turn_over(facts);
    }

    /// Asks for the result of the current utterance, if there is one.
    pub(super) fn end_utterance(&mut self, reason: TurnEnd, facts: &Facts) {
        let turn = std::mem::replace(&mut self.turn, Turn::Quiet);
        self.turn = match turn {
            Turn::Speaking(speech) => {
                self.act(Action::EndUtterance);
                Turn::Ending { speech, reason, since: facts.now }
            }
            other => other,
        };
    }

    /// The silence that ends the current turn, and the reason; `None` if silence does not end it.
    fn end_after(&self) -> Option<(u32, TurnEnd)> {
        let Turn::Speaking(speech) = &self.turn else { return None };
        let rules = &self.options.turn_end;
        let incomplete = (self.pauses.end_ms(&rules.incomplete_ms), TurnEnd::Silence);
        let complete = (rules.complete_ms, TurnEnd::Complete);
        let open = (self.pauses.end_ms(&rules.open_ms), TurnEnd::Silence);
        Some(match &self.expect {
            Expect::Manual => return None,
            Expect::Open => open,
            Expect::Phrases(phrases) => match completeness(phrases, &speech.text) {
                Completeness::Complete => complete,
                Completeness::Begun => incomplete,
                Completeness::Other => open,
            },
            Expect::Digits { count } => match count {
                Some(count) if words(&speech.text).len() >= usize::from(*count) => complete,
                _ => incomplete,
            },
        })
    }

    pub(super) fn turn_deadline(&self) -> Instant {
        match &self.turn {
            Turn::Quiet => self.idle_since + ms(self.options.turn_end.idle_ms),
            Turn::Speaking(_) => self.last_audio + ms(self.options.turn_end.audio_gap_ms),
            Turn::Ending { since, .. } => *since + RESULT_TIMEOUT,
        }
    }

    pub(super) fn turn_tick(&mut self, facts: &Facts) {
        if facts.now < self.turn_deadline() {
            return;
        }
        match &self.turn {
            Turn::Quiet => {
                self.idle_since = facts.now;
                if self.utterances.is_empty() && !self.is_ended {
                    self.emit(DialogEvent::Idle);
                }
            }
            Turn::Speaking(_) => self.end_utterance(TurnEnd::AudioStopped, facts),
            Turn::Ending { .. } => {
                self.turn = Turn::Quiet;
                self.idle_since = facts.now;
                let message = "the engine has not given the text of an utterance in time";
                self.emit(DialogEvent::Warning(Error::new(ErrorKind::ModelStuck, message)));
                self.judge_nothing(facts);
                self.turn_over(facts);
            }
        }
    }
}

/// How much of an expected answer a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Completeness {
    /// It is one of the phrases, and no other begins with it.
    Complete,
    /// A phrase begins with it.
    Begun,
    Other,
}

fn completeness(phrases: &[String], text: &str) -> Completeness {
    let text = words(text);
    if text.is_empty() {
        return Completeness::Other;
    }
    let (mut is_phrase, mut is_begun) = (false, false);
    for phrase in phrases {
        let phrase = words(phrase);
        is_phrase |= phrase == text;
        is_begun |= phrase.len() > text.len() && phrase.starts_with(&text);
    }
    match (is_phrase, is_begun) {
        (true, false) => Completeness::Complete,
        (_, true) => Completeness::Begun,
        (false, false) => Completeness::Other,
    }
}

pub(super) fn ms(ms: u32) -> Duration {
    Duration::from_millis(u64::from(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrase_is_complete_if_no_other_begins_with_it() {
        let phrases = ["نعم", "لا", "لا أعرف", "[unk]"].map(str::to_owned);
        for (text, expected) in [
            ("", Completeness::Other),
            ("نعم", Completeness::Complete),
            ("لا", Completeness::Begun),
            ("لا اعرف", Completeness::Complete),
            ("نعم لا", Completeness::Other),
        ] {
            assert_eq!(completeness(&phrases, text), expected, "{text}");
        }
    }
}
