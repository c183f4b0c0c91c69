//! Jobs for espeak-ng and their results, in this process or in a helper.

use std::ffi::CString;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::library::Library;
use super::phonemes::{self, PhonemeClause};
use super::settings::Settings;
use super::text::Window;
use super::voices::Voice;
use crate::error::Result;

/// A job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Job {
    /// The identifier of the voice.
    pub(super) voice: String,
    pub(super) window: Window,
    pub(super) kind: JobKind,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) enum JobKind {
    /// The phonemes of the clauses that begin in the first part of the window.
    Phonemes,
    /// The audio of the window's first clause that has any.
    Speak(Settings),
    /// The audio of the whole window, spoken in one call.
    #[cfg(test)]
    Whole(Settings),
}

/// The result of a job.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Done {
    /// Bytes of the window that were used.
    pub(super) length: usize,
    pub(super) clauses: Vec<PhonemeClause>,
    /// Sent as raw bytes, outside of the JSON.
    #[serde(skip)]
    pub(super) samples: Vec<i16>,
}

/// The properties of the loaded library.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Loaded {
    pub(super) version: String,
    pub(super) sample_rate: u32,
    pub(super) voices: Vec<Voice>,
}

/// The first message to a helper process.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Load {
    /// The library; `None` for the system's.
    pub(super) library: Option<PathBuf>,
}

impl Job {
    /// The same job with only letters, digits, spaces and plain punctuation. Its length does not change.
    pub(super) fn plain(&self) -> Self {
        let mut text = String::with_capacity(self.window.text.len());
        for c in self.window.text.chars() {
            if c.is_alphanumeric() || " \n.,?!،؟".contains(c) {
                text.push(c);
            } else {
                text.extend(std::iter::repeat_n(' ', c.len_utf8()));
            }
        }
        Self { window: Window { text, ..self.window }, ..self.clone() }
    }
}

impl Loaded {
    pub(super) fn of(library: &mut Library) -> Self {
        Self { version: library.version(), sample_rate: library.sample_rate(), voices: library.voices() }
    }
}

/// Runs a job on `library`.
pub(super) fn perform(library: &mut Library, job: &Job) -> Result<Done> {
    library.select(&job.voice)?;
    match job.kind {
        JobKind::Phonemes => {
            let (clauses, length) = phonemes::clauses(library, &job.window);
            Ok(Done { length, clauses, samples: Vec::new() })
        }
        JobKind::Speak(settings) => speak_clause(library, &job.window, settings),
        #[cfg(test)]
        JobKind::Whole(settings) => {
            let samples = library.speak(&job.window.c_text(), settings, false)?;
            Ok(Done { samples, ..Done::default() })
        }
    }
}

/// The audio of the window's first clause that has any.
fn speak_clause(library: &mut Library, window: &Window, settings: Settings) -> Result<Done> {
    let text = window.c_text();
    let mut at = 0;
    while at < window.begin_before() {
        let clause = library.clause(&text.as_c_str()[at..]);
        let end = at + clause.length;
        if !clause.ipa.trim().is_empty() {
            let text = CString::new(window.part(at..end)).unwrap_or_default();
            let samples = library.speak(&text, settings, !(window.is_last && end == window.len()))?;
            if !samples.is_empty() {
                return Ok(Done { length: end, samples, ..Done::default() });
            }
        }
        at = end;
    }
    Ok(Done { length: at, ..Done::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_job_keeps_length_and_words() {
        let text = "a\u{301}b – «نعم»؟ 5%".to_owned();
        let job = Job {
            voice: "sem/ar".into(),
            window: Window { text: text.clone(), is_last: true },
            kind: JobKind::Phonemes,
        };
        let plain = job.plain().window;
        assert_eq!(plain.text, "a  b       نعم  ؟ 5 ");
        assert_eq!((plain.text.len(), plain.is_last), (text.len(), true));
    }
}
