//! Options of a speech-to-text session.

use std::ffi::c_char;

use voice_core::audio::{Channel, Format};
use voice_core::{
    Endpoint, Error, ErrorKind, Grammar, GrammarUpdate, LanguageTag, MaxAlternatives, Speaker, SttOptions,
    SttUpdate, VadMode,
};

use crate::error::{voice_code, voice_error};
use crate::options::{Options, array, encoding, flag, given, input, invalid, unused};
use crate::text::{c_string, voice_text};

/// How speech and silence are separated.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_vad {
    /// The built-in voice activity detector decides; silence costs almost no CPU time.
    Detect = 0,
    /// All audio is speech, for push-to-talk: end each utterance with `voice_stt_flush`.
    Always = 1,
}

/// The number of speakers in a session, for models that adapt to a speaker's voice.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_speaker {
    /// One speaker: the adaptation is kept between utterances.
    One = 0,
    /// Many speakers, such as in a meeting: each utterance starts without adaptation.
    Many = 1,
}

/// Fields of `voice_stt_options` that `voice_stt_update` changes. The sum of several numbers stands for all of them.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_stt_field {
    /// `grammar` and `grammar_len`.
    Grammar = 1,
    /// `start_ms`, `silence_ms`, `max_utterance_ms` and `no_speech_timeout_ms`.
    Endpoint = 2,
    /// `language`, which may not be NULL.
    Language = 4,
    /// `words`.
    Words = 8,
    /// `max_alternatives`.
    MaxAlternatives = 16,
}

/// Options of a speech-to-text session.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_stt_options {
    /// `sizeof(voice_stt_options)`.
    pub struct_size: u32,
    /// Samples per second and channel, 4000 to 192000. Default: 16000.
    pub sample_rate: u32,
    /// Interleaved channels, 1 to 8. Default: 1.
    pub channels: u32,
    /// A `voice_encoding`. Default: `VOICE_ENCODING_PCM_I16`.
    pub encoding: u32,
    /// A `voice_vad`. Default: `VOICE_VAD_DETECT`.
    pub vad: u32,
    /// 1 to report each word with its times. Default: 0.
    pub words: u32,
    /// Alternatives to report for each utterance, up to 10. Default: 0, only the best transcript.
    pub max_alternatives: u32,
    /// Voice required before speech counts as started, 16 to 1000 ms. Default: 48.
    pub start_ms: u32,
    /// Silence that ends an utterance, 100 to 10000 ms. Default: 800.
    pub silence_ms: u32,
    /// Maximum utterance length, 1000 to 120000 ms; speech after it is a new utterance. Default: 30000.
    pub max_utterance_ms: u32,
    /// Report `VOICE_STT_EVENT_TYPE_NO_SPEECH` after this much silence, 100 to 3600000 ms. Default: never.
    pub no_speech_timeout_ms: u32,
    /// Number of phrases in `grammar`, up to 10000, with 20000 words in total.
    pub grammar_len: u32,
    /// The phrases to recognize; nothing else is recognized. Words are separated by spaces and must be in the model's
    /// vocabulary. Add `[unk]` so that other speech is not recognized as the nearest phrase. Read during the call
    /// only. Default: NULL, no grammar.
    pub grammar: *const voice_text,
    /// The spoken language, such as `ar` or `en-GB` (BCP 47, NUL-terminated); it selects the model. Default: NULL,
    /// the language of the engine's first model.
    pub language: *const c_char,
    /// A `voice_speaker`. Default: `VOICE_SPEAKER_ONE`.
    pub speaker: u32,
    /// The channel to recognize, counted from 1, for example one side of a telephone call. Default: 0, all channels,
    /// mixed.
    pub channel: u32,
}

// SAFETY: integers and raw pointers without padding, as the tests check.
unsafe impl Options for voice_stt_options {}

impl voice_stt_options {
    /// The options of `voice-core`, checked.
    ///
    /// # Safety
    /// `grammar` is NULL or points to `grammar_len` texts, each as [`voice_text::read`] wants it, and
    /// `language` is NULL or ends with a NUL.
    pub(crate) unsafe fn checked(&self) -> Result<SttOptions, voice_error> {
        Ok(SttOptions {
            // SAFETY: the caller's promise.
            language: unsafe { c_string(self.language, "language") }?.map(str::parse).transpose()?,
            format: self.format()?,
            input: input(self.encoding),
            // SAFETY: the caller's promise.
            grammar: unsafe { self.grammar() }?,
            words: flag(self.words, "words")?,
            max_alternatives: self.max_alternatives()?,
            endpoint: self.endpoint(),
            vad: match self.vad {
                vad if vad == voice_vad::Detect as u32 => VadMode::Detect,
                vad if vad == voice_vad::Always as u32 => VadMode::Always,
                other => return Err(invalid(format!("vad is {other}; give a voice_vad"))),
            },
            speaker: match self.speaker {
                speaker if speaker == voice_speaker::One as u32 => Speaker::One,
                speaker if speaker == voice_speaker::Many as u32 => Speaker::Many,
                other => return Err(invalid(format!("speaker is {other}; give a voice_speaker"))),
            },
            channel: self.channel()?,
        })
    }

    /// The update of `fields`, a sum of [`voice_stt_field`], and the language if it is one of them.
    ///
    /// # Safety
    /// As for [`checked`](Self::checked).
    pub(crate) unsafe fn update(&self, fields: u32) -> Result<(SttUpdate, Option<LanguageTag>), voice_error> {
        let mut unknown = fields;
        let mut has = |field: voice_stt_field| {
            unknown &= !(field as u32);
            fields & field as u32 != 0
        };
        let (grammar, language) = (has(voice_stt_field::Grammar), has(voice_stt_field::Language));
        let (endpoint, words) = (has(voice_stt_field::Endpoint), has(voice_stt_field::Words));
        let max_alternatives = has(voice_stt_field::MaxAlternatives);
        unused(unknown.into())?;
        let update = SttUpdate {
            // SAFETY: the caller's promise.
            grammar: match grammar.then(|| unsafe { self.grammar() }).transpose()? {
                Some(Some(grammar)) => GrammarUpdate::Replaced(grammar),
                Some(None) => GrammarUpdate::Removed,
                None => GrammarUpdate::Unchanged,
            },
            endpoint: endpoint.then(|| self.endpoint()),
            words: words.then(|| flag(self.words, "words")).transpose()?,
            max_alternatives: max_alternatives.then(|| self.max_alternatives()).transpose()?,
        };
        // SAFETY: the caller's promise.
        let given = language.then(|| unsafe { c_string(self.language, "language") }).transpose()?;
        if given == Some(None) {
            let message = "language is NULL; name the language, or leave it out of `fields`";
            return Err(voice_error::new(voice_code::ArgumentNull, message));
        }
        Ok((update, given.flatten().map(str::parse).transpose()?))
    }

    fn endpoint(&self) -> Endpoint {
        let default = Endpoint::default();
        Endpoint {
            start_ms: given(self.start_ms).unwrap_or(default.start_ms),
            silence_ms: given(self.silence_ms).unwrap_or(default.silence_ms),
            max_utterance_ms: given(self.max_utterance_ms).unwrap_or(default.max_utterance_ms),
            no_speech_timeout_ms: given(self.no_speech_timeout_ms).or(default.no_speech_timeout_ms),
        }
    }

    fn channel(&self) -> Result<Channel, voice_error> {
        let Some(index) = self.channel.checked_sub(1) else { return Ok(Channel::Mix) };
        let channels = given(self.channels).unwrap_or(1);
        match u16::try_from(index) {
            Ok(index) if u32::from(index) < channels => Ok(Channel::Only(index)),
            _ => Err(invalid(format!("channel is {}; the audio has {channels}", self.channel))),
        }
    }

    fn max_alternatives(&self) -> Result<MaxAlternatives, voice_error> {
        let count = u8::try_from(self.max_alternatives).map_err(|_| {
            invalid(format!(
                "max_alternatives is {}; ask for 0 to {}",
                self.max_alternatives,
                MaxAlternatives::MAX
            ))
        })?;
        Ok(MaxAlternatives::new(count)?)
    }

    fn format(&self) -> Result<Format, voice_error> {
        let default = Format::default();
        let rate = given(self.sample_rate).unwrap_or(default.sample_rate());
        let channels = given(self.channels).unwrap_or(default.channels().into());
        let channels = u16::try_from(channels).map_err(|_| {
            let message = format!("{channels} channels; send 1 to {}", Format::MAX_CHANNELS);
            Error::new(ErrorKind::AudioFormatUnsupported, message)
        })?;
        Ok(Format::new(encoding(self.encoding)?, rate, channels)?)
    }

    /// # Safety
    /// As for [`checked`](Self::checked).
    unsafe fn grammar(&self) -> Result<Option<Grammar>, voice_error> {
        let len = self.grammar_len as usize;
        if self.grammar.is_null() && len == 0 {
            return Ok(None);
        }
        // Arrays other than the grammar report `option_invalid`.
        if len > Grammar::MAX_PHRASES {
            let message = format!("grammar_len is {len}; give at most {}", Grammar::MAX_PHRASES);
            return Err(Error::new(ErrorKind::GrammarInvalid, message).into());
        }
        // SAFETY: the caller's promise; any bytes are a `voice_text`.
        let texts = unsafe { array(self.grammar, len, Grammar::MAX_PHRASES, "grammar") }?;
        let mut phrases = Vec::with_capacity(len);
        for (index, text) in texts.into_iter().enumerate() {
            if text.len > Grammar::MAX_PHRASE_BYTES {
                let message = format!(
                    "grammar[{index}] is {} bytes long; give at most {}",
                    text.len,
                    Grammar::MAX_PHRASE_BYTES
                );
                return Err(Error::new(ErrorKind::GrammarInvalid, message).into());
            }
            // SAFETY: the caller's promise.
            phrases.push(unsafe { text.read(&format!("grammar[{index}]")) }?);
        }
        Ok(Some(Grammar::new(phrases)?))
    }
}

#[cfg(test)]
mod tests;
