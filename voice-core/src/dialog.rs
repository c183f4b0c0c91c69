//! A conversation: one [`SttSession`] and one [`TtsSession`] at the same time, and the rules of turn taking.
//!
//! A dialog has two halves, so that it listens while it computes audio: a [`DialogInput`] takes the user's audio, and a
//! [`DialogOutput`] takes text and makes audio. Both are [machines](crate::pool::Machine) of a pool; a host without a
//! pool uses each on a thread of its own. The [`Dialog`] is a handle for any thread. It gives out the
//! [events](DialogEvent) of both halves, in order.
//!
//! * *Barge-in is reversible.* Voice pauses the audio; the words of the user confirm the interruption, or the audio goes
//!   on where the listener stopped hearing it. See [`BargeIn`].
//! * *A turn ends* after a silence that depends on what the user is [expected](Expect) to say and on the user's own
//!   pauses. See [`TurnEndRules`]. The recognizer gives its result then, without a silence of its own. An answer that is
//!   requested before, when the turn [may be over](DialogEvent::TurnEager), is rendered and held.
//! * *What was heard* is known from the position that the host [reports](Dialog::played); without reports it is
//!   estimated by the clock. The text that was heard ends at a [word](DialogEvent::Word).
//! * *Each state has a deadline*: call [`DialogInput::tick`] at [`Dialog::deadline`].

mod barge_in;
mod deadlines;
mod deferred;
mod echo;
mod echo_canceller;
mod event;
mod input;
pub(crate) mod numerals;
mod options;
mod output;
mod pauses;
mod rules;
mod say;
mod state;
mod turn;
mod utterances;
mod words;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use self::echo_canceller::{EchoFilter, Loudspeaker};
use self::rules::Rules;
use self::state::{Action, Facts};
use crate::audio::Output;
use crate::error::{Error, ErrorKind, Result};
use crate::stt::SttSession;
use crate::tts::{Canceller, Clock, Heard, Playback, TtsSession};

pub use event::{DialogEvent, ResumeReason, TurnEnd};
pub use input::{DialogInput, InputCommand, InputUpdate};
pub use options::{BargeIn, Decider, DialogOptions, EchoCanceller, Expect, TurnEndRules};
pub use output::{DialogOutput, OutputCommand, OutputRequest, OutputUpdate};
pub use rules::DialogCounts;
pub use say::{OpenUtterance, Say, SayText};
pub use words::ListenerWords;

/// A step of a half may have made events, which are in [`Dialog::next_event`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewEvents;

/// A handle of a dialog, for any thread.
#[derive(Clone)]
pub struct Dialog(Arc<Shared>);

struct Shared {
    clock: Clock,
    playback: Playback,
    canceller: Canceller,
    /// For devices without an echo canceller.
    echo: Option<Loudspeaker>,
    rules: Mutex<Rules>,
}

/// A dialog of these sessions. `clock` tells the time of the rules, and should be that of `tts`.
///
/// The silence that ends an utterance of `stt` is replaced: the rules end utterances. Fails with
/// [`ErrorKind::OptionInvalid`].
pub fn open(
    mut stt: SttSession,
    mut tts: TtsSession,
    options: DialogOptions,
    expect: Expect,
    clock: Clock,
) -> Result<(Dialog, DialogInput, DialogOutput)> {
    options.validate()?;
    let now = clock.now();
    let echo = match options.echo_canceller {
        EchoCanceller::None if tts.options().output != Output::Samples => {
            let message =
                "the echo canceller needs samples; give them out, or use a device that cancels its echo";
            return Err(Error::new(ErrorKind::OptionInvalid, message));
        }
        EchoCanceller::None => Some(Loudspeaker::new(tts.format())?),
        EchoCanceller::Device => None,
    };
    if let Some(loudspeaker) = echo.clone() {
        let mut filter = EchoFilter::new(loudspeaker);
        stt.filter_first(EchoFilter::LATE, move |sound| {
            filter.process(sound);
            Ok(())
        });
    }
    tts.mark_words();
    let dialog = Dialog(Arc::new(Shared {
        clock,
        playback: tts.playback(),
        canceller: tts.canceller(),
        echo,
        rules: Mutex::new(Rules::new(options, expect, now)),
    }));
    let input = DialogInput::new(stt, dialog.clone())?;
    let output = DialogOutput::new(tts, dialog.clone());
    Ok((dialog, input, output))
}

impl Dialog {
    /// The next event of either half, or `None` if there is none yet.
    pub fn next_event(&self) -> Option<DialogEvent> {
        self.lock().next_event()
    }

    /// The number of events that were not taken.
    pub fn waiting_events(&self) -> usize {
        self.lock().waiting_events()
    }

    /// Reports that the listener has heard the audio of `run` before the position `ms`, by the times of the events; see
    /// [`Playback::played`]. A report of a run before the current one is taken only while the audio is paused: then it
    /// is the position at which the listener stopped.
    pub fn played(&self, run: u32, ms: u64) {
        let mut rules = self.lock();
        if rules.counts_run(run) {
            self.0.playback.played(ms);
            let facts = self.facts();
            rules.progress(&facts);
            self.apply(&mut rules);
        }
    }

    /// The duration of audio that was given out in events and not heard: a host that has enough of it may wait before it
    /// asks for more. It is zero during a pause and after an interruption, when the host has dropped that audio.
    pub fn buffered(&self) -> Duration {
        let rules = self.lock();
        if rules.stale.is_some() { Duration::ZERO } else { self.0.playback.buffered() }
    }

    /// The user's device was out of reach until now: the time without audio does not end a turn, and does not count as
    /// silence of both sides.
    pub fn reconnected(&self) {
        self.with(|rules, facts| {
            rules.last_audio = facts.now;
            rules.idle_since = facts.now;
        });
    }

    /// What was heard of the audio and of all requested text.
    pub fn heard(&self) -> Heard {
        self.0.playback.heard()
    }

    /// Confirms that the user interrupts, if that is undecided. Returns whether it was.
    pub fn confirm(&self) -> bool {
        self.with(|rules, facts| {
            let is_undecided = rules.is_undecided();
            if is_undecided {
                rules.confirm(facts);
            }
            is_undecided
        })
    }

    /// Rejects an interruption: the audio goes on. Returns whether one was undecided.
    pub fn reject(&self) -> bool {
        self.with(|rules, facts| {
            let is_undecided = rules.is_undecided();
            rules.reject(facts);
            is_undecided
        })
    }

    /// Drops what was requested and not heard, also by [requests](Self::request) that were not carried out yet.
    pub fn clear(&self) {
        self.with(|rules, facts| {
            rules.clears += 1;
            rules.clear(facts);
        });
    }

    /// A request for the speaking half, which a later [`clear`](Self::clear) drops.
    pub fn request(&self, command: OutputCommand) -> OutputRequest {
        OutputRequest { command, clears: self.lock().clears }
    }

    /// Makes an event of a request that could not be carried out, about the utterance `id` if there is one.
    pub fn refuse(&self, id: Option<String>, error: Error) {
        self.lock().emit(DialogEvent::Refused { id, error });
    }

    /// The time at which [`DialogInput::tick`] must be called next. It changes with each call and each command.
    pub fn deadline(&self) -> Instant {
        self.with(|rules, facts| rules.deadline(facts))
    }

    /// Whether [`DialogOutput::next_audio`] would make audio or events.
    pub fn wants_audio(&self) -> bool {
        self.lock().wants_audio()
    }

    /// When [`DialogOutput::next_audio`] is to be called, if the player has `ahead` of audio in advance; `None` if there is
    /// nothing to do.
    pub fn audio_due(&self, ahead: Duration) -> Option<Instant> {
        let wait = self.buffered().saturating_sub(ahead);
        self.wants_audio().then(|| self.0.clock.now() + wait)
    }

    /// Numbers until now.
    pub fn counts(&self) -> DialogCounts {
        self.lock().counts
    }

    /// Calls the rules, and does what they ask of the speaker.
    fn with<T>(&self, call: impl FnOnce(&mut Rules, &Facts) -> T) -> T {
        let mut rules = self.lock();
        let result = call(&mut rules, &self.facts());
        self.apply(&mut rules);
        result
    }

    /// Tells the canceller of echoes what is audible.
    fn follow_echo(&self) {
        if let Some(echo) = &self.0.echo {
            let (heard_ms, is_playing) = self.with(|rules, facts| (facts.heard.ms, rules.is_playing(facts)));
            echo.follow(heard_ms, is_playing);
        }
    }

    fn apply(&self, rules: &mut Rules) {
        for action in rules.take_actions() {
            match action {
                Action::Pause => self.0.playback.pause(),
                Action::Resume => self.0.playback.resume(),
                Action::Cancel => self.0.canceller.cancel(),
                Action::EndUtterance => rules.is_end_due = true,
            }
        }
    }

    fn facts(&self) -> Facts {
        Facts { now: self.0.clock.now(), heard: self.0.playback.heard(), ahead: self.0.playback.ahead() }
    }

    fn lock(&self) -> MutexGuard<'_, Rules> {
        self.0.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
