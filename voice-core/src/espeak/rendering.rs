//! The rendering of a text, pulled block by block.

use std::sync::Arc;

use super::job::{Job, JobKind};
use super::settings::Settings;
use super::text::Text;
use super::worker::Worker;
use crate::error::Result;

/// Blocks in a second of audio.
const BLOCKS_PER_SECOND: usize = 20;

/// The rendering of a text. [`next_block`](Self::next_block) pulls its audio; dropping the rendering ends it.
///
/// A clause is rendered when its first block is requested. No library call is in progress between two calls, so a
/// slow reader does not block other callers. It holds the text and the audio of one clause (a few seconds) in memory.
pub struct Rendering {
    worker: Arc<Worker>,
    /// The identifier of the voice.
    voice: String,
    settings: Settings,
    text: Text,
    /// Audio of the current clause.
    spoken: Vec<i16>,
    /// Samples of it that have been returned.
    given: usize,
}

impl Rendering {
    pub(super) fn new(worker: Arc<Worker>, voice: String, settings: Settings, text: Text) -> Self {
        Self { worker, voice, settings, text, spoken: Vec::new(), given: 0 }
    }

    /// The next block of audio: 50 ms, or less at the end of a clause; `None` at the end of the text.
    ///
    /// Blocks while a clause is rendered, usually some milliseconds, and while jobs of other callers run. An error
    /// ends the rendering.
    pub fn next_block(&mut self) -> Option<Result<Vec<i16>>> {
        if self.given == self.spoken.len()
            && let Err(error) = self.speak()
        {
            self.text.end();
            return Some(Err(error));
        }
        let rest = &self.spoken[self.given..];
        let block = &rest[..rest.len().min(self.worker.loaded.sample_rate as usize / BLOCKS_PER_SECOND)];
        self.given += block.len();
        (!block.is_empty()).then(|| Ok(block.to_vec()))
    }

    /// Renders the next clause that has audio.
    fn speak(&mut self) -> Result<()> {
        (self.spoken, self.given) = (Vec::new(), 0);
        while self.spoken.is_empty()
            && let Some(window) = self.text.window()
        {
            let job = Job { voice: self.voice.clone(), window, kind: JobKind::Speak(self.settings) };
            let done = self.worker.ask(job)?;
            self.spoken = done.samples;
            self.text.advance(done.length);
        }
        Ok(())
    }
}

impl Iterator for Rendering {
    type Item = Result<Vec<i16>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_block()
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::Prosody;

    #[test]
    fn first_block_needs_one_clause() {
        let Some(espeak) = super::super::tests::installed() else { return };
        let text = "One, two, three. ".repeat(1_000);
        let mut rendering = espeak.start(&text, "en-us", Prosody::default()).unwrap();
        assert!(rendering.spoken.is_empty());
        rendering.next_block().unwrap().unwrap();
        assert_eq!(rendering.text.window().unwrap().part(0..5), "two, ");
    }
}
