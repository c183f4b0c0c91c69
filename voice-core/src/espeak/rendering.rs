//! A text being spoken, pulled block by block.

use std::sync::Arc;

use super::job::{Job, JobKind};
use super::owner::Owner;
use super::settings::Settings;
use super::text::Text;
use crate::error::Result;

/// Blocks in a second of audio.
const BLOCKS_PER_SECOND: usize = 20;

/// A text being spoken. [`next_block`](Self::next_block) pulls its audio; dropping it ends it.
///
/// A clause is spoken when its first block is asked for, and no library call is under way between
/// two calls: whoever reads slowly keeps nobody else from speaking. In memory are the text and the
/// audio of one clause, a few seconds.
pub struct Rendering {
    owner: Arc<Owner>,
    /// The identifier of the voice.
    voice: String,
    settings: Settings,
    text: Text,
    /// Audio of the current clause.
    spoken: Vec<i16>,
    /// Samples of it that have been given out.
    given: usize,
}

impl Rendering {
    pub(super) fn new(owner: Arc<Owner>, voice: String, settings: Settings, text: Text) -> Self {
        Self { owner, voice, settings, text, spoken: Vec::new(), given: 0 }
    }

    /// The next block of audio, 50 ms and at the end of a clause less; `None` at the end.
    ///
    /// Blocks while a clause is spoken, in general some milliseconds, and while other callers have
    /// their turn. After an error it is at its end.
    pub fn next_block(&mut self) -> Option<Result<Vec<i16>>> {
        if self.given == self.spoken.len()
            && let Err(error) = self.speak()
        {
            self.text.end();
            return Some(Err(error));
        }
        let rest = &self.spoken[self.given..];
        let block = &rest[..rest.len().min(self.owner.loaded.sample_rate as usize / BLOCKS_PER_SECOND)];
        self.given += block.len();
        (!block.is_empty()).then(|| Ok(block.to_vec()))
    }

    /// Has the next clause spoken in which there is something to say.
    fn speak(&mut self) -> Result<()> {
        (self.spoken, self.given) = (Vec::new(), 0);
        while self.spoken.is_empty()
            && let Some(window) = self.text.window()
        {
            let job = Job { voice: self.voice.clone(), window, kind: JobKind::Speak(self.settings) };
            let done = self.owner.ask(job)?;
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
    fn the_first_block_comes_when_one_clause_is_spoken() {
        let Some(espeak) = super::super::tests::installed() else { return };
        let text = "One, two, three. ".repeat(1_000);
        let mut rendering = espeak.start(&text, "en-us", Prosody::default()).unwrap();
        assert!(rendering.spoken.is_empty());
        rendering.next_block().unwrap().unwrap();
        assert_eq!(rendering.text.window().unwrap().part(0..5), "two, ");
    }
}
