//! A text being spoken, pulled block by block.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::job::{Job, JobKind};
use super::owner::Owner;
use super::text::Text;
use crate::error::{Error, ErrorKind, Result};

/// Blocks in a second of audio.
const BLOCKS_PER_SECOND: usize = 20;

/// How a voice speaks; 1.0 is its own way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prosody {
    /// Speed; espeak-ng takes 0.46 to 2.57, and the nearest of these for values beyond.
    pub rate: f32,
    /// Height of the voice, an octave up or down at most: 0.5 to 2.0, and the nearest for values beyond.
    pub pitch: f32,
    /// Amplitude; 0.0 to 2.0, and the nearest for values beyond. Above 1.0, loud parts are distorted.
    pub volume: f32,
}

impl Default for Prosody {
    fn default() -> Self {
        Self { rate: 1.0, pitch: 1.0, volume: 1.0 }
    }
}

/// The same in espeak-ng's units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    /// 80 to 450; 175 is normal.
    pub(super) words_per_minute: i32,
    /// 0 to 100; 50 is normal.
    pub(super) pitch: i32,
    /// 0 to 200; 100 is normal.
    pub(super) volume: i32,
}

impl Prosody {
    pub(super) fn settings(self) -> Result<Settings> {
        let Self { rate, pitch, volume } = self;
        for (name, value, is_positive) in
            [("rate", rate, rate > 0.0), ("pitch", pitch, pitch > 0.0), ("volume", volume, volume >= 0.0)]
        {
            if !is_positive || !value.is_finite() {
                let message = format!("{name} is {value}; give a ratio such as 1.0");
                return Err(Error::new(ErrorKind::OptionInvalid, message));
            }
        }
        Ok(Settings {
            words_per_minute: (175.0 * rate).round().clamp(80.0, 450.0) as i32,
            // Its table of pitches doubles every 50 steps.
            pitch: (50.0 + 50.0 * pitch.log2()).round().clamp(0.0, 100.0) as i32,
            volume: (100.0 * volume).round().clamp(0.0, 200.0) as i32,
        })
    }
}

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
    use super::*;

    fn settings(rate: f32, pitch: f32, volume: f32) -> Result<Settings> {
        Prosody { rate, pitch, volume }.settings()
    }

    #[test]
    fn ratios_become_the_librarys_units_and_stay_in_its_range() {
        let units = |words_per_minute, pitch, volume| Settings { words_per_minute, pitch, volume };
        assert_eq!(Prosody::default().settings().unwrap(), units(175, 50, 100));
        assert_eq!(settings(2.0, 0.5, 0.0).unwrap(), units(350, 0, 0));
        assert_eq!(settings(0.01, 2.0, 1.5).unwrap(), units(80, 100, 150));
        assert_eq!(settings(1e30, 1e-30, 1e30).unwrap(), units(450, 0, 200));
    }

    #[test]
    fn a_ratio_that_is_none_is_refused_by_its_name() {
        for bad in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            let error = settings(bad, 1.0, 1.0).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OptionInvalid);
            assert!(error.to_string().starts_with("rate is "), "{error}");
            assert!(settings(1.0, bad, 1.0).is_err());
        }
        assert!(settings(1.0, 1.0, f32::NAN).is_err() && settings(1.0, 1.0, -0.1).is_err());
    }

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
