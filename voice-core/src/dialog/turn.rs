//! The user's turn: when it begins, when it may be over, and when it is.

use std::time::{Duration, Instant};

use super::barge_in::Basis;
use super::event::{DialogEvent, TurnEnd};
use super::options::Expect;
use super::rules::Rules;
use super::state::{Facts, LastTurn, Speech, Turn, ms};
use crate::error::{Error, ErrorKind};
use crate::stt::{EndReason, Transcript};
use crate::text::matching::words;

/// The longest wait for the result of an utterance that was ended.
const RESULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The turn before was cut off if the user goes on within this time after its end, in milliseconds.
const CUT_OFF_MS: u64 = 1_000;

/// How much longer than the silence of the detector the sound must be faded for a complete answer to end, in
/// milliseconds: words have quiet parts, such as before a plosive.
const FADED_MS: u32 = 128;

/// The silence after which an utterance that paused the audio is decoded to its end, in milliseconds.
const UNDECIDED_MS: u32 = 320;

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
        let speech = match std::mem::replace(&mut self.turn, Turn::Quiet) {
            Turn::Waiting(speech) => {
                self.pauses.observe(u32::try_from(at_ms.saturating_sub(speech.end_ms)).unwrap_or(u32::MAX));
                speech
            }
            _ => Speech { spoken_from: facts.heard.text, ..Speech::default() },
        };
        let was_eager = speech.eager.is_some();
        self.turn = Turn::Speaking(Speech { silence_ms: 0, eager: None, ..speech });
        if was_eager {
            self.turn_resumed(facts);
        }
        self.emit(DialogEvent::SpeechStarted { at_ms });
        self.voice_while_speaking(facts);
    }

    pub(super) fn partial(&mut self, text: String, facts: &Facts) {
        let text = match &mut self.turn {
            Turn::Speaking(speech) | Turn::Ending { speech, .. } => {
                speech.set(&text);
                speech.text.clone()
            }
            Turn::Quiet | Turn::Waiting(_) => text,
        };
        self.check_eager(facts);
        self.emit(DialogEvent::Partial { text });
        self.judge(Basis::Partial, facts);
    }

    /// The user goes on with a turn that might have been over.
    fn turn_resumed(&mut self, facts: &Facts) {
        self.emit(DialogEvent::TurnResumed);
        self.discard_eager(facts);
    }

    /// The turn is resumed if its text is not that with which the application was told that it may be over.
    fn check_eager(&mut self, facts: &Facts) {
        let (Turn::Speaking(speech) | Turn::Ending { speech, .. }) = &mut self.turn else { return };
        if speech.eager.take_if(|eager| words(eager) != words(&speech.text)).is_some() {
            self.turn_resumed(facts);
        }
    }

    /// The sound of the user has been far below the loudest of the utterance for that long. A complete answer ends then,
    /// also while the detector still hears voice, such as reverberation or breath.
    pub(super) fn heard_quiet(&mut self, quiet_ms: u32, facts: &Facts) {
        if quiet_ms < self.options.turn_end.complete_ms + FADED_MS || self.is_undecided() {
            return;
        }
        let Turn::Speaking(speech) = &self.turn else { return };
        if speech.is_ignored || !self.is_complete(&speech.text) {
            return;
        }
        if let Turn::Speaking(speech) = &mut self.turn {
            speech.silence_ms = quiet_ms;
        }
        self.end_utterance(Some(TurnEnd::Complete), facts);
    }

    /// Audio of the user has come, up to `now_ms`. `silence_ms` is the silence at the end of the current utterance, if
    /// there is one.
    pub(super) fn heard_audio(&mut self, silence_ms: Option<u32>, now_ms: u64, facts: &Facts) {
        self.last_audio = facts.now;
        match (&mut self.turn, silence_ms) {
            (Turn::Speaking(speech), Some(silence_ms)) => {
                let before = std::mem::replace(&mut speech.silence_ms, silence_ms);
                if silence_ms > 0 && silence_ms >= before {
                    return self.silence(silence_ms, facts);
                }
                let was_eager = speech.eager.take().is_some();
                self.pauses.observe(before);
                if was_eager {
                    self.turn_resumed(facts);
                }
                self.judge_long_voice(facts);
            }
            (Turn::Waiting(speech), _) => {
                speech.silence_ms = u32::try_from(now_ms.saturating_sub(speech.end_ms)).unwrap_or(u32::MAX);
                let silence_ms = speech.silence_ms;
                self.silence(silence_ms, facts);
            }
            _ => {}
        }
    }

    /// The user is silent for that long, in a turn.
    fn silence(&mut self, silence_ms: u32, facts: &Facts) {
        if self.is_undecided() {
            if silence_ms >= UNDECIDED_MS {
                // Its text decides; if it interrupts, the turn ends after the usual silence.
                self.end_utterance(None, facts);
            }
            return;
        }
        let Some((end_ms, reason)) = self.end_after() else { return };
        let (complete_ms, eager_ms) = (self.options.turn_end.complete_ms, self.options.turn_end.eager_ms);
        let may_complete = matches!(self.expect, Expect::Phrases(_) | Expect::Digits { count: Some(_) });
        if silence_ms >= end_ms {
            match std::mem::replace(&mut self.turn, Turn::Quiet) {
                Turn::Waiting(speech) => self.turn_ended(&speech, reason, facts),
                turn => {
                    self.turn = turn;
                    self.end_utterance(Some(reason), facts);
                }
            }
            return;
        }
        if silence_ms >= complete_ms && may_complete && matches!(self.turn, Turn::Speaking(_)) {
            // A recognizer tells its last words only at the end of an utterance.
            return self.end_utterance(None, facts);
        }
        let (Turn::Speaking(speech) | Turn::Waiting(speech)) = &mut self.turn else { return };
        if silence_ms >= eager_ms && speech.eager.is_none() && !speech.text.is_empty() && !speech.is_ignored {
            let text = speech.text.clone();
            speech.eager = Some(text.clone());
            self.emit(DialogEvent::TurnEager { text, silence_ms });
        }
    }

    /// The application ends the turn.
    pub(super) fn end_turn(&mut self, facts: &Facts) {
        match std::mem::replace(&mut self.turn, Turn::Quiet) {
            Turn::Waiting(speech) => self.turn_ended(&speech, TurnEnd::Forced, facts),
            turn => {
                self.turn = turn;
                self.end_utterance(Some(TurnEnd::Forced), facts);
            }
        }
    }

    /// The text of an utterance is known.
    pub(super) fn final_text(&mut self, transcript: Transcript, facts: &Facts) {
        if let Turn::Speaking(speech) | Turn::Ending { speech, .. } = &mut self.turn {
            speech.set(&transcript.text);
        }
        self.check_eager(facts);
        self.emit(DialogEvent::Final(transcript));
        self.judge(Basis::Final, facts);
    }

    /// The utterance is over.
    pub(super) fn speech_ended(&mut self, at_ms: u64, reason: EndReason, facts: &Facts) {
        self.idle_since = facts.now;
        let (mut speech, asked) = match std::mem::replace(&mut self.turn, Turn::Quiet) {
            Turn::Quiet => (Speech::default(), Some(TurnEnd::Silence)),
            Turn::Speaking(speech) | Turn::Waiting(speech) => (speech, Some(TurnEnd::Silence)),
            Turn::Ending { speech, reason, .. } => (speech, reason),
        };
        speech.end_ms = at_ms;
        let reason = match reason {
            EndReason::Failed => {
                self.judge_nothing(facts);
                Some(TurnEnd::Failed)
            }
            EndReason::MaxLength => Some(TurnEnd::MaxLength),
            EndReason::Silence | EndReason::Flushed => asked,
        };
        if speech.is_ignored || self.is_undecided() {
            return self.turn_over();
        }
        let is_complete = self.is_complete(&speech.text);
        match reason {
            None if !is_complete => {
                speech.prefix = speech.text.len();
                self.turn = Turn::Waiting(speech);
            }
            reason => self.turn_ended(&speech, reason.unwrap_or(TurnEnd::Complete), facts),
        }
    }

    /// The turn is over, whose utterances have ended.
    fn turn_ended(&mut self, speech: &Speech, reason: TurnEnd, facts: &Facts) {
        let Speech { end_ms, silence_ms, .. } = *speech;
        self.idle_since = facts.now;
        self.counts.turns += 1;
        self.last_turn = Some(LastTurn { end_ms, silence_ms });
        let text = speech.text.clone();
        self.emit(DialogEvent::TurnEnded { text, at_ms: end_ms, reason, silence_ms });
        self.turn_over();
    }

    /// The silence that ends the current turn, and the reason; `None` if silence does not end it.
    fn end_after(&self) -> Option<(u32, TurnEnd)> {
        let (Turn::Speaking(speech) | Turn::Waiting(speech)) = &self.turn else { return None };
        let rules = &self.options.turn_end;
        if self.is_complete(&speech.text) {
            return Some((rules.complete_ms, TurnEnd::Complete));
        }
        let is_begun = match &self.expect {
            Expect::Manual => return None,
            Expect::Open => self.options.words.end_in_numerals(&speech.text),
            Expect::Phrases(phrases) => completeness(phrases, &speech.text) == Completeness::Begun,
            Expect::Digits { .. } => true,
        };
        let range = if is_begun { &rules.incomplete_ms } else { &rules.open_ms };
        Some((self.pauses.end_ms(range), TurnEnd::Silence))
    }

    fn is_complete(&self, text: &str) -> bool {
        match &self.expect {
            Expect::Phrases(phrases) => completeness(phrases, text) == Completeness::Complete,
            Expect::Digits { count: Some(count) } => words(text).len() >= usize::from(*count),
            Expect::Open | Expect::Manual | Expect::Digits { count: None } => false,
        }
    }

    pub(super) fn turn_deadline(&self) -> Instant {
        match &self.turn {
            Turn::Quiet => self.idle_since + ms(self.options.turn_end.idle_ms),
            Turn::Speaking(_) | Turn::Waiting(_) => self.last_audio + ms(self.options.turn_end.audio_gap_ms),
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
            Turn::Speaking(_) => self.end_utterance(Some(TurnEnd::AudioStopped), facts),
            Turn::Waiting(speech) => {
                let speech = speech.clone();
                self.turn_ended(&speech, TurnEnd::AudioStopped, facts);
            }
            Turn::Ending { .. } => {
                self.turn = Turn::Quiet;
                self.idle_since = facts.now;
                let message = "the engine has not given the text of an utterance in time";
                self.emit(DialogEvent::Warning(Error::new(ErrorKind::ModelStuck, message)));
                self.judge_nothing(facts);
                self.turn_over();
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
