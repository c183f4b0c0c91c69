//! The audio of the speaker, and its interruption by the user: voice pauses it, and the words decide.

use std::time::{Duration, Instant};

use super::echo;
use super::event::{DialogEvent, ResumeReason, TurnEnd};
use super::options::{Decider, EchoCanceller};
use super::rules::Rules;
use super::state::{Action, Facts, Output, Stale, Turn, ms};
use super::words::Said;

/// How long audio may still be audible after the listener's position has reached its end.
const DRAIN: Duration = Duration::from_millis(300);

/// The least time until the position of the listener is looked at again.
const LEAST_WAIT: Duration = Duration::from_millis(20);

/// Voice after a pause that is longer than a backchannel.
const LONG_VOICE: Duration = Duration::from_millis(900);

/// After a resume, the canceller of this side settles again.
const SETTLING: Duration = Duration::from_secs(1);

/// A silence after which the user is not speaking any more, in milliseconds.
const UNVOICED_MS: u32 = 200;

/// A backchannel is an answer if less than this text is unheard, in bytes: about a second.
const ANSWER_BYTES: usize = 24;

/// What a decision is based on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Basis {
    /// A partial text.
    Partial,
    /// A partial text, and voice that goes on.
    LongVoice,
    /// The text of the utterance.
    Final,
}

impl Rules {
    /// An utterance is requested. It is held back while the user speaks.
    pub(super) fn say(&mut self, id: String, text: String, may_be_interrupted: bool, is_open: bool) {
        self.utterances.push(id, text, may_be_interrupted, is_open);
        self.has_text();
        let is_eager = self.eager().is_some();
        if matches!(self.output, Output::Playing)
            && self.utterances.len() == 1
            && !matches!(self.turn, Turn::Quiet)
        {
            // The user speaks.
            self.output = Output::Held { is_eager, is_prepared: false };
            self.hold();
        } else if let Output::Held { is_eager: all, .. } = &mut self.output {
            *all &= is_eager;
        }
    }

    /// The application drops what was not said.
    pub(super) fn clear(&mut self, facts: &Facts) {
        if !self.utterances.is_empty() || !self.deferred.is_empty() {
            self.interrupt(facts);
        }
    }

    /// Looks at the words again while voice goes on.
    pub(super) fn judge_long_voice(&mut self, facts: &Facts) {
        if let Output::Undecided { since } = self.output
            && facts.now >= since + LONG_VOICE
        {
            self.judge(Basis::LongVoice, facts);
        }
    }

    /// Whether the loudspeaker plays audio of the dialog.
    pub(super) fn is_playing(&self, facts: &Facts) -> bool {
        matches!(self.output, Output::Playing) && !self.utterances.is_empty() && facts.ahead > Duration::ZERO
    }

    /// Whether a pause waits for its decision.
    pub(super) fn is_undecided(&self) -> bool {
        matches!(self.output, Output::Undecided { .. })
    }

    /// Voice has begun.
    pub(super) fn voice_while_speaking(&mut self, facts: &Facts) {
        if !matches!(self.output, Output::Playing) || !self.is_interruptible(facts) || !self.may_pause(facts)
        {
            return;
        }
        let decision_ms = self.options.barge_in.decision_ms;
        self.output = Output::Undecided { since: facts.now };
        self.counts.pauses += 1;
        self.pause();
        let run = self.run;
        self.emit(DialogEvent::Paused { run, decision_ms });
    }

    /// Whether there is audio that voice could interrupt. Its echo is heard for a moment longer, and is no answer.
    fn is_interruptible(&self, facts: &Facts) -> bool {
        let has_echo = self.options.echo_canceller == EchoCanceller::None;
        self.is_audible(facts) && (has_echo || !self.utterances.is_empty())
    }

    fn may_pause(&self, facts: &Facts) -> bool {
        self.options.barge_in.decider != Decider::Never
            && self.utterances.may_interrupt(facts.heard.text)
            && facts.heard.ms >= u64::from(self.options.barge_in.warm_up_ms)
            && self.settles_until.is_none_or(|until| facts.now >= until)
    }

    /// Decides by the words of the user until now. The first words of a recognizer are often wrong: one word counts when
    /// it is [final](Basis::Final) or the voice is [longer](Basis::LongVoice) than a backchannel.
    pub(super) fn judge(&mut self, basis: Basis, facts: &Facts) {
        let (Turn::Speaking(speech) | Turn::Ending { speech, .. }) = &self.turn else { return };
        let is_echo_likely = self.options.echo_canceller == EchoCanceller::None;
        let (text, end) = self.utterances.text_at(facts.heard.text);
        let begin = end.saturating_sub(facts.heard.text.saturating_sub(speech.spoken_from));
        let spoken = echo::window(text, begin, end);
        let is_echo = echo::is_echo(&speech.text, spoken, is_echo_likely);
        let said = self.options.words.classify(&speech.text);
        let is_final = basis == Basis::Final;
        let least = usize::from(self.options.barge_in.min_words);
        let has_words = match said {
            Said::Stop => true,
            Said::Words(count) => count >= if basis == Basis::Partial { least.max(2) } else { least },
            Said::Nothing | Said::Backchannel => false,
        };
        if self.is_undecided() {
            if is_echo {
                self.resume(ResumeReason::Echo, facts);
            } else if self.options.barge_in.decider == Decider::Application {
                // The application has time until the deadline.
            } else if has_words || is_final && said == Said::Backchannel && self.is_near_end(facts) {
                self.confirm(facts);
            } else if is_final {
                let is_backchannel = said == Said::Backchannel;
                self.resume(
                    if is_backchannel { ResumeReason::Backchannel } else { ResumeReason::NoWords },
                    facts,
                );
            }
        } else if matches!(self.output, Output::Playing)
            && self.is_interruptible(facts)
            && self.may_pause(facts)
        {
            // The speech began when voice did not pause the audio, or as an echo of it.
            let foreign = echo::foreign_words(&speech.text, spoken);
            let least = usize::from(self.options.barge_in.min_words).max(if is_echo_likely { 2 } else { 1 });
            let is_ours = speech.is_ignored && foreign < least;
            if has_words && !is_echo && !is_ours && self.options.barge_in.decider == Decider::Words {
                self.pause();
                self.confirm(facts);
            } else if is_final && (is_echo || said == Said::Backchannel) && !self.is_near_end(facts) {
                self.ignore_speech();
            }
        }
    }

    /// Decides without a text, which was lost.
    pub(super) fn judge_nothing(&mut self, facts: &Facts) {
        if self.is_undecided() {
            self.resume(ResumeReason::NoWords, facts);
        }
    }

    /// The user's turn is over.
    pub(super) fn turn_over(&mut self) {
        self.deferred.end_turn();
        if matches!(self.output, Output::Held { .. }) {
            self.output = Output::Playing;
            self.act(Action::Resume);
            if !self.utterances.is_empty() {
                self.emit(DialogEvent::Resumed { reason: ResumeReason::TurnEnded });
            }
        }
    }

    /// The user goes on, so what was requested for the end of the turn is out of date.
    pub(super) fn discard_eager(&mut self, facts: &Facts) {
        let mut ids = Vec::new();
        if matches!(self.output, Output::Held { is_eager: true, .. }) {
            ids = self.utterances.clear(facts.heard.text).0;
            self.stale = Some(Stale::UntilCancelled);
            self.output = Output::Playing;
            self.is_all_made = true;
            self.act(Action::Cancel);
        }
        ids.extend(self.deferred.clear());
        if !ids.is_empty() {
            self.emit(DialogEvent::Discarded { ids });
        }
    }

    /// The user interrupts, as the words or the application say.
    pub(super) fn confirm(&mut self, facts: &Facts) {
        self.counts.interruptions += 1;
        if let Turn::Speaking(speech) | Turn::Ending { speech, .. } = &mut self.turn {
            speech.is_ignored = false;
        }
        self.interrupt(facts);
    }

    /// The application says that the user does not interrupt.
    pub(super) fn reject(&mut self, facts: &Facts) {
        if self.is_undecided() {
            self.resume(ResumeReason::Rejected, facts);
        }
    }

    fn pause(&mut self) {
        self.run = self.run.wrapping_add(1);
        self.hold();
    }

    fn hold(&mut self) {
        self.stale = Some(Stale::UntilPaused);
        self.drop_audio();
        self.act(Action::Pause);
    }

    fn resume(&mut self, reason: ResumeReason, facts: &Facts) {
        if self.options.echo_canceller == EchoCanceller::None {
            self.settles_until = Some(facts.now + SETTLING);
        }
        self.counts.resumes += 1;
        self.output = Output::Playing;
        // All of it may have been made before the pause: what was not heard is given out again.
        self.is_all_made = false;
        self.act(Action::Resume);
        self.ignore_speech();
        self.emit(DialogEvent::Resumed { reason });
    }

    fn ignore_speech(&mut self) {
        if let Turn::Speaking(speech) | Turn::Ending { speech, .. } = &mut self.turn {
            speech.is_ignored = true;
        }
    }

    fn interrupt(&mut self, facts: &Facts) {
        let (mut ids, heard_text) = self.utterances.clear(facts.heard.text);
        ids.extend(self.deferred.clear());
        self.run = self.run.wrapping_add(1);
        self.stale = Some(Stale::UntilCancelled);
        self.output = Output::Playing;
        self.is_all_made = true;
        self.audible_until = None;
        self.drop_audio();
        self.act(Action::Cancel);
        let (run, heard_ms) = (self.run, facts.heard.ms);
        self.emit(DialogEvent::Interrupted { run, ids, heard_ms, heard_text });
    }

    fn is_near_end(&self, facts: &Facts) -> bool {
        self.utterances.remaining(facts.heard.text).is_some_and(|bytes| bytes <= ANSWER_BYTES)
    }

    /// The speaker has made the audio of all text.
    pub(super) fn all_made(&mut self, facts: &Facts) {
        if self.stale.is_none() && matches!(self.output, Output::Playing) {
            self.is_all_made = true;
        }
        self.progress(facts);
    }

    /// The speaker has stopped at a pause or a cancel.
    pub(super) fn boundary(&mut self, boundary: Stale) {
        if self.stale == Some(boundary) {
            self.stale = None;
        }
    }

    /// Tells which utterances have been heard.
    pub(super) fn progress(&mut self, facts: &Facts) {
        if facts.ahead > Duration::ZERO && matches!(self.output, Output::Playing) {
            self.audible_until = Some(facts.now + facts.ahead + DRAIN);
        }
        let is_over = self.is_all_made && facts.ahead.is_zero() && matches!(self.output, Output::Playing);
        for id in self.utterances.heard(facts.heard.text, is_over) {
            self.idle_since = facts.now;
            self.emit(DialogEvent::Spoken { id });
        }
    }

    pub(super) fn output_deadline(&self, facts: &Facts) -> Option<Instant> {
        match self.output {
            Output::Undecided { since } => Some(match self.voice_deadline(since) {
                Some(voice) if facts.now < voice => voice,
                _ => since + ms(self.options.barge_in.decision_ms),
            }),
            // The turn has a deadline.
            Output::Held { .. } => None,
            Output::Playing => (!self.utterances.is_empty()).then(|| facts.now + facts.ahead.max(LEAST_WAIT)),
        }
    }

    /// When voice without words confirms an interruption, before the time for the decision is over.
    fn voice_deadline(&self, since: Instant) -> Option<Instant> {
        let barge_in = &self.options.barge_in;
        let least = barge_in.min_voice_ms.filter(|least| *least < barge_in.decision_ms)?;
        (barge_in.decider == Decider::Words).then(|| since + ms(least))
    }

    pub(super) fn output_tick(&mut self, facts: &Facts) {
        self.progress(facts);
        let Output::Undecided { since } = self.output else { return };
        let is_late = facts.now >= since + ms(self.options.barge_in.decision_ms);
        let is_voice_late = self.voice_deadline(since).is_some_and(|voice| facts.now >= voice);
        if !is_late && !is_voice_late {
            return;
        }
        let (said, silence_ms) = match &self.turn {
            Turn::Speaking(speech) | Turn::Ending { speech, .. } => {
                (self.options.words.classify(&speech.text), speech.silence_ms)
            }
            Turn::Quiet | Turn::Waiting(_) => (Said::Nothing, u32::MAX),
        };
        let is_voice = is_voice_late && silence_ms < UNVOICED_MS;
        match said {
            Said::Nothing if is_voice => self.confirm(facts),
            Said::Stop | Said::Words(_) if is_late => self.confirm(facts),
            Said::Nothing | Said::Backchannel if is_late => {
                self.resume(ResumeReason::Timeout, facts);
                self.end_utterance(Some(TurnEnd::Silence), facts);
            }
            _ => {}
        }
    }
}
