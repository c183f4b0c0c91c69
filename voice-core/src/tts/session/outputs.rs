//! The outputs of a session: those that wait to be returned, and those that were returned and not heard yet, which a
//! resume gives out again.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::speech::ClauseEnd;
use crate::audio::Format;
use crate::tts::clause::Label;
use crate::tts::event::{AudioChunk, TtsEvent};
use crate::tts::script::Step;
use crate::tts::settings::Settings;

/// The maximum number of steps that are spoken again. The oldest are forgotten beyond it.
const MAX_STEPS: usize = 4_096;

/// The outputs of a session, in order.
///
/// Audio that was returned is kept until it has been heard, up to a maximum. Beyond it only the steps of the script are
/// kept, and a resume speaks them again.
pub(super) struct Outputs {
    format: Format,
    items: VecDeque<Output>,
    /// The number of items that were returned.
    given: usize,
    /// Bytes of audio and marks in them.
    kept: usize,
    /// The maximum of `kept`.
    max: usize,
    steps: Steps,
}

/// The steps of the script that were begun and may have to be spoken again.
enum Steps {
    /// All audio that was not heard is kept. The step begun last.
    Kept(Option<BegunStep>),
    /// All steps from the first with audio that was returned and not kept; at least one.
    Missing(VecDeque<BegunStep>),
}

enum Output {
    /// Given out once.
    Once(TtsEvent),
    /// Given out again after a pause.
    Placed { at: u64, what: What },
}

/// What is placed at a frame.
#[derive(Clone)]
enum What {
    Audio { audio: Vec<u8>, span: Range<usize> },
    Mark { label: Label },
    Finished,
}

/// A step of the script that was begun.
pub(super) struct BegunStep {
    /// The frame at which its audio begins, with the silence before it.
    pub(super) at: u64,
    pub(super) step: Step,
    /// The end of the clause before it.
    pub(super) clause_end: Option<ClauseEnd>,
    pub(super) settings: Arc<Settings>,
}

/// What must be spoken again.
pub(super) struct Respoken {
    /// The frame from which the audio is made again.
    pub(super) at: u64,
    /// At least one.
    pub(super) steps: VecDeque<BegunStep>,
}

impl Outputs {
    /// No outputs; at most `max_ms` milliseconds of audio are kept.
    pub(super) fn new(format: Format, max_ms: u32) -> Self {
        let mut outputs =
            Self { format, items: VecDeque::new(), given: 0, kept: 0, max: 0, steps: Steps::Kept(None) };
        outputs.set_max(max_ms);
        outputs
    }

    /// Sets the maximum audio that is kept, in milliseconds.
    pub(super) fn set_max(&mut self, max_ms: u32) {
        let frames = u64::from(self.format.sample_rate()) * u64::from(max_ms) / 1_000;
        self.max = frames as usize * self.format.frame_bytes();
    }

    /// Adds an event that is returned once.
    pub(super) fn push(&mut self, event: TtsEvent) {
        self.items.push_back(Output::Once(event));
    }

    /// Adds audio that begins at the frame `at`.
    pub(super) fn push_audio(&mut self, at: u64, audio: Vec<u8>, span: Range<usize>) {
        self.items.push_back(Output::Placed { at, what: What::Audio { audio, span } });
    }

    pub(super) fn push_mark(&mut self, at: u64, label: Label) {
        self.items.push_back(Output::Placed { at, what: What::Mark { label } });
    }

    pub(super) fn push_finished(&mut self, at: u64) {
        self.items.push_back(Output::Placed { at, what: What::Finished });
    }

    /// Notes a step that begins now; everything before it has been returned.
    pub(super) fn begin(&mut self, step: BegunStep) {
        match &mut self.steps {
            Steps::Kept(last) => *last = Some(step),
            Steps::Missing(steps) => {
                if steps.len() == MAX_STEPS {
                    steps.pop_front();
                }
                steps.push_back(step);
            }
        }
    }

    /// Whether everything has been returned.
    pub(super) fn is_empty(&self) -> bool {
        self.given == self.items.len()
    }

    /// The number of frames in the next output; `None` if there is no output.
    pub(super) fn next_frames(&self) -> Option<u64> {
        let next = self.items.get(self.given)?;
        Some(next.frames(self.format))
    }

    /// Gives out the next output.
    pub(super) fn give(&mut self) -> Option<TtsEvent> {
        let item = self.items.get(self.given)?;
        let cost = item.cost();
        if self.kept + cost > self.max
            && let Steps::Kept(last) = &mut self.steps
            // Audio of earlier steps was kept before, and cannot be spoken again.
            && let Some(last) = last.take_if(|last| last.at <= item.at())
        {
            let from = last.at;
            self.steps = Steps::Missing([last].into());
            self.drop_given(from);
        }
        if let Steps::Kept(_) = self.steps
            && let Output::Placed { at, what } = &self.items[self.given]
        {
            self.kept += cost;
            self.given += 1;
            return Some(what.clone().event(*at, self.format));
        }
        Some(match self.items.remove(self.given)? {
            Output::Once(event) => event,
            Output::Placed { at, what } => what.event(at, self.format),
        })
    }

    /// Forgets what the listener has heard at the frame `heard`, of audio that was returned up to the frame `end`.
    pub(super) fn forget(&mut self, heard: u64, end: u64) {
        self.drop_heard(heard);
        self.steps.forget(heard);
        if heard >= end {
            self.steps.keep_last();
        }
    }

    /// Puts what was not heard at the frame `heard` back to be returned again, of audio that was returned up to the
    /// frame `end`. Returns the steps that must be spoken again after it, because their audio was not kept.
    pub(super) fn rewind(&mut self, heard: u64, end: u64) -> Option<Respoken> {
        self.drop_heard(heard);
        if let Some(first) = self.items.front_mut().filter(|_| self.given > 0) {
            first.cut(heard, self.format);
        }
        self.steps.forget(heard);
        let respoken = self.take_missing(heard, end);
        if respoken.is_some() {
            // What was not given out is made again too.
            let made = self.items.split_off(self.given);
            self.items.extend(made.into_iter().filter(|output| matches!(output, Output::Once(_))));
        }
        (self.given, self.kept) = (0, 0);
        respoken
    }

    /// Drops everything except warnings that were not given out.
    pub(super) fn clear(&mut self) {
        self.items.drain(..self.given);
        self.items.retain(|output| matches!(output, Output::Once(TtsEvent::Warning(_))));
        self.steps = Steps::Kept(None);
        (self.given, self.kept) = (0, 0);
    }

    /// The number of outputs and steps that are kept.
    #[cfg(test)]
    pub(super) fn kept_items(&self) -> usize {
        let steps = if let Steps::Missing(steps) = &self.steps { steps.len() } else { 1 };
        self.items.len() + steps
    }

    /// Bytes of kept outputs.
    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> usize {
        self.kept
    }

    /// Takes the steps with missing audio, if any of it was not heard.
    fn take_missing(&mut self, heard: u64, end: u64) -> Option<Respoken> {
        let is_given = self.is_empty();
        let Steps::Missing(steps) = &mut self.steps else { return None };
        // The mark was returned at the end of the audio, and is returned again.
        let is_mark = steps.front().is_some_and(BegunStep::is_mark) && (steps.len() > 1 || is_given);
        if heard >= end && !is_mark {
            self.steps.keep_last();
            return None;
        }
        if heard >= end
            && let Some(first) = steps.front_mut()
        {
            (first.at, first.clause_end) = (heard, None);
        }
        let steps = std::mem::take(steps);
        self.steps = Steps::Kept(None);
        // The audio continues without a gap, even if the first steps with missing audio were forgotten.
        let kept = self.given.checked_sub(1).and_then(|last| self.items.get(last));
        let kept_to = kept.map_or(heard, |last| last.at() + last.frames(self.format));
        Some(Respoken { at: kept_to.min(steps.front()?.at), steps })
    }

    /// Drops the audio that was returned from the frame `from` on.
    fn drop_given(&mut self, from: u64) {
        // A mark at that frame belongs to the step before.
        let is_after = |output: &Output| output.at() > from || output.at() == from && output.bytes() > 0;
        while self.given > 0 && is_after(&self.items[self.given - 1]) {
            self.given -= 1;
            if let Some(dropped) = self.items.remove(self.given) {
                self.kept -= dropped.cost();
            }
        }
    }

    fn drop_heard(&mut self, heard: u64) {
        while self.given > 0 && self.items.front().is_some_and(|first| first.is_heard(heard, self.format)) {
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        if let Some(first) = self.items.pop_front() {
            self.kept -= first.cost();
            self.given -= 1;
        }
    }
}

impl Steps {
    /// Forgets the steps before the one that is heard at the frame `heard`. A mark at that frame is not heard yet.
    fn forget(&mut self, heard: u64) {
        let Self::Missing(steps) = self else { return };
        while let (Some(first), Some(next)) = (steps.front(), steps.get(1))
            && (next.at < heard || next.at == heard && !first.is_mark())
        {
            steps.pop_front();
        }
    }

    /// Keeps only the step begun last, after everything that was returned was heard.
    fn keep_last(&mut self) {
        if let Self::Missing(steps) = self {
            *self = Self::Kept(steps.pop_back());
        }
    }
}

impl BegunStep {
    fn is_mark(&self) -> bool {
        matches!(self.step, Step::Mark { .. })
    }
}

impl Output {
    fn at(&self) -> u64 {
        match self {
            Self::Once(_) => 0,
            Self::Placed { at, .. } => *at,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Once(_) => 0,
            Self::Placed { what, .. } => what.bytes(),
        }
    }

    /// Its size in memory: of audio the bytes, of other outputs more than their names.
    fn cost(&self) -> usize {
        const OUTPUT: usize = 128;
        match self {
            Self::Placed { what: What::Audio { audio, .. }, .. } => audio.len(),
            Self::Placed { what: What::Mark { label }, .. } => OUTPUT + label.size(),
            Self::Once(_) | Self::Placed { what: What::Finished, .. } => OUTPUT,
        }
    }

    fn frames(&self, format: Format) -> u64 {
        (self.bytes() / format.frame_bytes()) as u64
    }

    fn is_heard(&self, heard: u64, format: Format) -> bool {
        match self.frames(format) {
            0 => self.at() < heard,
            frames => self.at() + frames <= heard,
        }
    }

    /// Cuts off the audio before the frame `heard`.
    fn cut(&mut self, heard: u64, format: Format) {
        if let Self::Placed { at, what: What::Audio { audio, .. } } = self
            && *at < heard
        {
            audio.drain(..(heard - *at) as usize * format.frame_bytes());
            *at = heard;
        }
    }
}

impl What {
    fn bytes(&self) -> usize {
        if let Self::Audio { audio, .. } = self { audio.len() } else { 0 }
    }

    fn event(self, at: u64, format: Format) -> TtsEvent {
        let ms = |frames: u64| frames * 1_000 / u64::from(format.sample_rate());
        let at_ms = ms(at);
        match self {
            Self::Audio { audio, span } => {
                let end_ms = ms(at + (audio.len() / format.frame_bytes()) as u64);
                TtsEvent::Audio(AudioChunk { audio, at_ms, end_ms, span })
            }
            Self::Mark { label: Label::Mark(name) } => TtsEvent::Mark { name, at_ms },
            Self::Mark { label: Label::Word(word, span) } => TtsEvent::Word { word, span, at_ms },
            Self::Finished => TtsEvent::Finished { at_ms },
        }
    }
}
