//! The rules of turn taking: a state machine without sessions, threads and time of its own.
//!
//! What they hold is here and in `state.rs`. On top of it, `barge_in.rs` pauses the audio and decides about interruptions,
//! `turn.rs` begins and ends the user's turns, and `deadlines.rs` does what is due.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::{Duration, Instant};

use super::deferred::Deferred;
use super::event::{DialogEvent, TurnEnd};
use super::options::{DialogOptions, Expect};
use super::pauses::Pauses;
use super::state::{Action, Facts, LastTurn, Output, Stale, Turn};
use super::utterances::Utterances;
use crate::tts::AudioChunk;

/// Numbers of a dialog until now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DialogCounts {
    /// Turns of the user.
    pub turns: u64,
    /// Pauses of the audio because of voice.
    pub pauses: u64,
    /// Pauses that were no interruption.
    pub resumes: u64,
    /// Interruptions by the user.
    pub interruptions: u64,
    /// Turns after whose end the user went on within a second.
    pub cut_offs: u64,
}

/// The state of a dialog.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) options: DialogOptions,
    pub(super) expect: Expect,
    pub(super) pauses: Pauses,
    pub(super) turn: Turn,
    pub(super) last_turn: Option<LastTurn>,
    pub(super) output: Output,
    pub(super) utterances: Utterances,
    /// Requests after those, for the end of a turn that [may be over](DialogEvent::TurnEager).
    pub(super) deferred: Deferred,
    /// The speaker has made the audio of all requested text.
    pub(super) is_all_made: bool,
    /// The time until which audio was expected to be audible.
    pub(super) audible_until: Option<Instant>,
    /// The event of the speaker until which its audio is out of date.
    pub(super) stale: Option<Stale>,
    /// The time until which voice does not pause the audio.
    pub(super) settles_until: Option<Instant>,
    pub(super) run: u32,
    pub(super) last_audio: Instant,
    pub(super) idle_since: Instant,
    pub(super) is_ended: bool,
    /// The calls of [`Dialog::clear`](super::Dialog::clear).
    pub(super) clears: u64,
    /// The utterance of the user is to be ended by the listening half.
    pub(super) is_end_due: bool,
    pub(super) counts: DialogCounts,
    events: VecDeque<DialogEvent>,
    actions: Vec<Action>,
}

impl Rules {
    pub(super) fn new(options: DialogOptions, expect: Expect, now: Instant) -> Self {
        Self {
            options,
            expect,
            pauses: Pauses::default(),
            turn: Turn::Quiet,
            last_turn: None,
            output: Output::Playing,
            utterances: Utterances::default(),
            deferred: Deferred::default(),
            is_all_made: true,
            audible_until: None,
            stale: None,
            settles_until: None,
            run: 0,
            last_audio: now,
            idle_since: now,
            is_ended: false,
            clears: 0,
            is_end_due: false,
            counts: DialogCounts::default(),
            events: VecDeque::new(),
            actions: Vec::new(),
        }
    }

    pub(super) fn emit(&mut self, event: DialogEvent) {
        self.events.push_back(event);
    }

    pub(super) fn act(&mut self, action: Action) {
        self.actions.push(action);
    }

    pub(super) fn next_event(&mut self) -> Option<DialogEvent> {
        self.events.pop_front()
    }

    pub(super) fn waiting_events(&self) -> usize {
        self.events.len()
    }

    pub(super) fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// Drops audio of older runs that was not taken.
    pub(super) fn drop_audio(&mut self) {
        self.events.retain(|event| !matches!(event, DialogEvent::Audio { .. }));
    }

    /// Whether a report of the listener's position in the audio of `run` counts.
    pub(super) fn counts_run(&self, run: u32) -> bool {
        let is_paused = !matches!(self.output, Output::Playing);
        run == self.run || is_paused && run.wrapping_add(1) == self.run
    }

    /// Whether the speaker has something to do.
    pub(super) fn wants_audio(&self) -> bool {
        let has_more = match self.output {
            Output::Playing => !self.is_all_made,
            Output::Held { is_prepared, .. } => !is_prepared,
            Output::Undecided { .. } => false,
        };
        has_more || self.stale.is_some() || self.deferred.is_due()
    }

    /// Whether the listener hears audio now.
    pub(super) fn is_audible(&self, facts: &Facts) -> bool {
        let is_held = matches!(self.output, Output::Held { .. });
        !is_held && !self.utterances.is_empty() && facts.ahead > Duration::ZERO
            || self.audible_until.is_some_and(|until| facts.now < until)
    }

    /// Asks for the result of the current utterance, if there is one. Without a reason, the result tells whether the
    /// turn is over.
    pub(super) fn end_utterance(&mut self, reason: Option<TurnEnd>, facts: &Facts) {
        let turn = std::mem::replace(&mut self.turn, Turn::Quiet);
        self.turn = match turn {
            Turn::Speaking(speech) => {
                self.act(Action::EndUtterance);
                Turn::Ending { speech, reason, since: facts.now }
            }
            other => other,
        };
    }

    /// The text with which the application was told that the turn may be over.
    pub(super) fn eager(&self) -> Option<&str> {
        let (Turn::Speaking(speech) | Turn::Waiting(speech) | Turn::Ending { speech, .. }) = &self.turn
        else {
            return None;
        };
        speech.eager.as_deref()
    }

    /// Whether an utterance that is requested now waits for the end of a turn that may be over, since others are spoken
    /// or wait before it.
    pub(super) fn defers(&self) -> bool {
        let is_alone =
            self.utterances.is_empty() || matches!(self.output, Output::Held { is_eager: true, .. });
        !self.deferred.is_empty() || self.eager().is_some() && !is_alone
    }

    /// Adds text to the last utterance, which is open.
    pub(super) fn append(&mut self, text: &str) {
        self.utterances.append(text);
        self.has_text();
    }

    /// Ends the last utterance, if it is open and has this id. Returns whether its end is to be spoken now.
    pub(super) fn close(&mut self, id: &str) -> bool {
        let is_closed = self.utterances.close(id);
        if is_closed {
            // Its last clause may have waited for more text.
            self.has_text();
        }
        is_closed
    }

    /// The speaker has text of which it has made no audio.
    pub(super) fn has_text(&mut self) {
        self.is_all_made = false;
        if let Output::Held { is_prepared, .. } = &mut self.output {
            *is_prepared = false;
        }
    }

    /// The speaker has made audio that is held, as much as is made beforehand.
    pub(super) fn prepared(&mut self) {
        if self.stale.is_none()
            && let Output::Held { is_prepared, .. } = &mut self.output
        {
            *is_prepared = true;
        }
    }

    /// Takes a chunk of audio, made before or after the boundary that is [awaited](Stale).
    pub(super) fn audio(&mut self, chunk: AudioChunk) {
        if self.stale.is_some() {
            return;
        }
        if let Some(id) = self.utterances.begin(&chunk.span) {
            self.emit(DialogEvent::Speaking { id });
        }
        let run = self.run;
        self.emit(DialogEvent::Audio { run, chunk });
    }

    /// Takes the start of a word, in the same way.
    pub(super) fn word(&mut self, word: String, span: &Range<usize>, at_ms: u64) {
        if self.stale.is_some() {
            return;
        }
        let begun = self.utterances.begin(span);
        let Some((id, span)) = self.utterances.place(span) else { return };
        if begun.is_some() {
            self.emit(DialogEvent::Speaking { id: id.clone() });
        }
        self.emit(DialogEvent::Word { id, word, span, at_ms });
    }

    /// Takes a mark of the text, in the same way.
    pub(super) fn mark(&mut self, name: String, at_ms: u64) {
        if self.stale.is_none() {
            self.emit(DialogEvent::Mark { name, at_ms });
        }
    }
}
