//! How a session speaks, from one update to the next.

use std::fmt;
use std::sync::Arc;

use super::options::TtsOptions;
use super::reader::Reader;
use super::voice::{Voice, VoiceInfo};
use crate::error::{Error, ErrorKind, Result};

/// Checked options and what they select.
pub(super) struct Settings {
    /// The voices, in order of preference; at least one.
    pub(super) voices: Vec<Arc<dyn Voice>>,
    pub(super) options: TtsOptions,
    pub(super) reader: Reader,
}

impl Settings {
    pub(super) fn new(voices: Vec<Arc<dyn Voice>>, options: TtsOptions) -> Result<Self> {
        options.validate()?;
        let voice = voices.first().ok_or_else(|| {
            Error::new(ErrorKind::ModelNotFound, "no voice is configured; name one, or install espeak-ng")
        })?;
        let info = voice.info();
        if let Some(speaker) =
            options.style.speaker.filter(|speaker| *speaker as usize >= info.speakers.len())
        {
            let message = format!(
                "speaker {speaker} of {}, which has {}; speakers are counted from 0",
                info.name,
                info.speakers.len()
            );
            return Err(Error::new(ErrorKind::OptionInvalid, message));
        }
        let reader = Reader::new(&info.language, options.lexicon.clone());
        Ok(Self { voices, options, reader })
    }

    /// The first voice.
    pub(super) fn info(&self) -> &VoiceInfo {
        self.voices[0].info()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("options", &self.options).finish_non_exhaustive()
    }
}
