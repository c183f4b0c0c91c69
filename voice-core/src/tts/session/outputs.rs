//! The outputs of a session: those that wait to be given out, and those that were given out and not heard yet, which a
//! resume gives out again.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::speech::Pause;
use crate::audio::Format;
use crate::tts::event::{AudioChunk, TtsEvent};
use crate::tts::script::Step;
use crate::tts::settings::Settings;

/// The maximum number of steps that are spoken again. The oldest are forgotten beyond it.
const MAX_STEPS: usize = 4_096;

/// The outputs of a session, in order.
///
/// Audio that was given out is kept until it has been heard, up to a maximum. Beyond it only the steps of the script are
/// kept, and a resume speaks them again.
pub(super) struct Outputs {
    format: Format,
    items: VecDeque<Output>,
    /// The number of items that were given out.
    given: usize,
    /// Bytes of audio in them.
    kept: usize,
    /// The maximum of `kept`.
    max: usize,
    /// The step begun last; and if audio is missing, all steps from the first with missing audio.
    steps: VecDeque<Begun>,
    /// Whether audio of `steps` was given out and not kept.
    is_missing: bool,
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
    Mark { name: String },
    Finished,
}

/// A step of the script that was begun.
pub(super) struct Begun {
    /// The frame at which its audio begins, with the pause before it.
    pub(super) at: u64,
    pub(super) step: Step,
    /// The end of the clause before it.
    pub(super) pause: Option<Pause>,
    pub(super) settings: Arc<Settings>,
}

impl Outputs {
    /// No outputs; at most `max_ms` milliseconds of audio are kept.
    pub(super) fn new(format: Format, max_ms: u32) -> Self {
        let mut outputs = Self {
            format,
            items: VecDeque::new(),
            given: 0,
            kept: 0,
            max: 0,
            steps: VecDeque::new(),
            is_missing: false,
        };
        outputs.set_max(max_ms);
        outputs
    }

    /// Sets the maximum audio that is kept, in milliseconds.
    pub(super) fn set_max(&mut self, max_ms: u32) {
        let frames = u64::from(self.format.sample_rate()) * u64::from(max_ms) / 1_000;
        self.max = frames as usize * self.format.frame_bytes();
    }

    /// Adds an event that is given out once.
    pub(super) fn push(&mut self, event: TtsEvent) {
        self.items.push_back(Output::Once(event));
    }

    /// Adds audio that begins at the frame `at`.
    pub(super) fn push_audio(&mut self, at: u64, audio: Vec<u8>, span: Range<usize>) {
        self.items.push_back(Output::Placed { at, what: What::Audio { audio, span } });
    }

    pub(super) fn push_mark(&mut self, at: u64, name: String) {
        self.items.push_back(Output::Placed { at, what: What::Mark { name } });
    }

    pub(super) fn push_finished(&mut self, at: u64) {
        self.items.push_back(Output::Placed { at, what: What::Finished });
    }

    /// Notes a step that begins now; everything before it has been given out.
    pub(super) fn begin(&mut self, begun: Begun) {
        if !self.is_missing || self.steps.len() == MAX_STEPS {
            self.steps.pop_front();
        }
        self.steps.push_back(begun);
    }

    /// Whether everything has been given out.
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
        let bytes = self.items.get(self.given)?.bytes();
        if !self.is_missing && self.kept + bytes > self.max {
            self.drop_step();
        }
        if !self.is_missing
            && let Output::Placed { at, what } = &self.items[self.given]
        {
            self.kept += bytes;
            self.given += 1;
            return Some(what.clone().event(*at, self.format));
        }
        Some(match self.items.remove(self.given)? {
            Output::Once(event) => event,
            Output::Placed { at, what } => what.event(at, self.format),
        })
    }

    /// Forgets what the listener has heard at the frame `heard`, of audio that was given out up to the frame `end`.
    pub(super) fn forget(&mut self, heard: u64, end: u64) {
        while self.given > 0 && self.items.front().is_some_and(|first| first.is_heard(heard, self.format)) {
            self.drop_first();
        }
        while self.steps.get(1).is_some_and(|next| next.at <= heard) {
            self.steps.pop_front();
        }
        if heard >= end && self.steps.len() <= 1 {
            self.is_missing = false;
        }
    }

    /// Puts what was not heard at the frame `heard` back to be given out again. Returns the steps that must be spoken
    /// again after it, because their audio was not kept.
    pub(super) fn rewind(&mut self, heard: u64) -> VecDeque<Begun> {
        while self.given > 0 && self.items.front().is_some_and(|first| first.is_heard(heard, self.format)) {
            self.drop_first();
        }
        if let Some(first) = self.items.front_mut().filter(|_| self.given > 0) {
            first.cut(heard, self.format);
        }
        let begun = if self.is_missing { std::mem::take(&mut self.steps) } else { VecDeque::new() };
        if self.is_missing {
            // What was not given out is made again too.
            let made = self.items.split_off(self.given);
            self.items.extend(made.into_iter().filter(|output| matches!(output, Output::Once(_))));
        }
        (self.given, self.kept, self.is_missing) = (0, 0, false);
        begun
    }

    /// Drops everything except warnings that were not given out.
    pub(super) fn clear(&mut self) {
        self.items.drain(..self.given);
        self.items.retain(|output| matches!(output, Output::Once(TtsEvent::Warning(_))));
        self.steps.clear();
        (self.given, self.kept, self.is_missing) = (0, 0, false);
    }

    /// Bytes of kept audio.
    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> usize {
        self.kept
    }

    /// Drops the audio of the step begun last.
    fn drop_step(&mut self) {
        let from = self.steps.back().map_or(0, |begun| begun.at);
        let is_of_step = |output: &Output| output.bytes() > 0 && output.at() >= from;
        while self.given > 0 && is_of_step(&self.items[self.given - 1]) {
            self.given -= 1;
            if let Some(dropped) = self.items.remove(self.given) {
                self.kept -= dropped.bytes();
            }
        }
        self.is_missing = true;
    }

    fn drop_first(&mut self) {
        if let Some(first) = self.items.pop_front() {
            self.kept -= first.bytes();
            self.given -= 1;
        }
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
        let at_ms = at * 1_000 / u64::from(format.sample_rate());
        match self {
            Self::Audio { audio, span } => TtsEvent::Audio(AudioChunk { audio, at_ms, span }),
            Self::Mark { name } => TtsEvent::Mark { name, at_ms },
            Self::Finished => TtsEvent::Finished { at_ms },
        }
    }
}
