//! VITS voices, such as Piper's: an ONNX file and a `.onnx.json` beside it.

mod config;
mod frames;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod input_map;
mod optimized_cache;
mod pitch;
mod receptive_field;
mod rendering;
mod split;
mod stages;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::config::{Config, Inference, PhonemeType};
use self::input_map::{InputMap, Values};
use self::pitch::{Interval, Transposed};
use self::rendering::{Cost, VitsRendering};
use self::stages::CutVoice;
use crate::error::{Error, ErrorKind, Result};
use crate::onnx::{Runtime, Stop};
use crate::text::LETTER;
use crate::text::diacritize::{Tashkeel, Vocalizer};
use crate::tts::voice::{Canceller, Phonemizer, Rendering, Speech, Style, Voice, VoiceInfo};

/// The maximum number of ids in a clause. The memory of the model's attention grows with its square, to some hundred
/// megabytes at this limit; a written clause has a few hundred ids.
const MAX_IDS: usize = 4_096;

/// A loaded VITS voice.
pub struct Vits {
    info: VoiceInfo,
    config: Config,
    input_map: InputMap,
    cut: CutVoice,
    cost: Cost,
    phonemizer: Option<Arc<dyn Phonemizer>>,
    vocalizer: Option<Vocalizer>,
}

impl Vits {
    /// Loads the ONNX file at `path`, which takes less than a second.
    ///
    /// Most voices read phonemes and need a `phonemizer`; voices that read characters do not. A model that cannot be
    /// split renders each clause as a whole; then [`VoiceInfo::streams`] is false.
    pub fn load(path: &Path, runtime: &Runtime, phonemizer: Option<Arc<dyn Phonemizer>>) -> Result<Self> {
        let config = Config::read(path)?;
        if config.phoneme_type == PhonemeType::Espeak && phonemizer.is_none() {
            let message = format!(
                "the voice {} reads phonemes, which need espeak-ng; install espeak-ng",
                path.display()
            );
            return Err(Error::new(ErrorKind::EngineUnavailable, message));
        }
        if let PhonemeType::Other(kind) = &config.phoneme_type {
            let message = format!(
                "the voice {} reads {kind}, which is not supported; choose a voice that reads espeak or text",
                path.display()
            );
            return Err(Error::new(ErrorKind::EngineUnavailable, message));
        }
        let in_file = |error: Error| {
            Error::new(error.kind(), format!("{}: {error}", path.display())).with_source(error)
        };
        let cut = CutVoice::load(runtime, path).map_err(in_file)?;
        let input_map = InputMap::new(cut.stages.text.inputs()).map_err(in_file)?;
        let name =
            path.file_stem().map_or_else(|| "voice".into(), |name| name.to_string_lossy().into_owned());
        let info = VoiceInfo {
            name,
            engine: "vits",
            language: config.language(),
            sample_rate: config.sample_rate(),
            speakers: config.speakers(),
            streams: cut.split.is_some(),
        };
        Ok(Self { info, config, input_map, cut, cost: Cost::default(), phonemizer, vocalizer: None })
    }

    /// Whether it reads the phonemes of espeak-ng's Arabic voice, which are correct only for text with vowel signs.
    pub fn needs_vowels(&self) -> bool {
        self.config.phoneme_type == PhonemeType::Espeak && self.config.espeak_voice() == "ar"
    }

    /// The same voice with `tashkeel`, which adds vowels to text before the phonemes are made.
    pub fn with_tashkeel(self, tashkeel: Arc<Tashkeel>) -> Self {
        Self { vocalizer: Some(Vocalizer::new(tashkeel)), ..self }
    }

    /// The phonemes or characters that the model reads.
    fn written(&self, speech: &[Speech]) -> Result<String> {
        let mut written = String::new();
        for part in speech {
            if !written.is_empty() {
                written.push(' ');
            }
            match (part, &self.phonemizer) {
                (Speech::Phonemes { ipa, .. }, _) => written.push_str(ipa),
                (Speech::Text(text), Some(phonemizer)) if self.config.phoneme_type == PhonemeType::Espeak => {
                    let text = self.with_vowels(text);
                    written.push_str(&phonemizer.phonemes(&text, self.config.espeak_voice())?);
                }
                (Speech::Text(text), _) => written.push_str(&text.to_lowercase().replace(LETTER, "")),
            }
        }
        Ok(written)
    }

    fn ids(&self, speech: &[Speech]) -> Result<Vec<i64>> {
        let (ids, unknown) = self.config.ids(&self.written(speech)?);
        if unknown > 0 {
            tracing::debug!(
                voice = self.info.name,
                unknown,
                "phonemes that the voice does not know were dropped"
            );
        }
        if ids.len() > MAX_IDS {
            let message =
                format!("a clause has {} phonemes and separators; shorten it, {MAX_IDS} at most", ids.len());
            return Err(Error::new(ErrorKind::TextTooLarge, message));
        }
        Ok(ids)
    }

    /// `text` with vowels, if a diacritizer is loaded.
    fn with_vowels<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.vocalizer.as_ref().map_or(Cow::Borrowed(text), |vowels| vowels.add(text, &self.info.name))
    }

    /// Renders phoneme ids, with `fixed` frames in each chunk if it is set.
    fn render_ids(
        self: Arc<Self>,
        ids: Vec<i64>,
        style: &Style,
        cancel: &Canceller,
        fixed: Option<usize>,
    ) -> Result<Box<dyn Rendering>> {
        let speaker = i64::from(style.speaker.unwrap_or(self.config.default_speaker_id));
        if style.speaker.is_some_and(|speaker| speaker >= self.config.num_speakers) {
            let message = format!(
                "speaker {speaker} of {} has {} speakers, from 0",
                self.info.name, self.config.num_speakers
            );
            return Err(Error::new(ErrorKind::OptionInvalid, message));
        }
        if self.config.num_speakers > 1 && !self.input_map.takes_speaker() {
            let message = "the settings of the voice have several speakers, but its model has one; download the voice again";
            return Err(Error::new(ErrorKind::ModelInvalid, message));
        }
        let own = self.config.inference;
        let scales = Inference {
            length_scale: own.length_scale,
            noise_scale: style.noise.unwrap_or(own.noise_scale),
            noise_w: style.noise.map_or(own.noise_w, |noise| noise.min(own.noise_w)),
        };
        let stop = Stop::new()?;
        let stopped = stop.clone();
        cancel.on_cancel(move || stopped.stop());
        let interval = Interval::of(style.pitch);
        let values = Values::new(ids, speaker, scales);
        let played = interval.map_or(1.0, Interval::ratio);
        let pace = (f64::from(style.speed), played);
        let rendering = VitsRendering::new(self, values, stop, fixed, pace);
        Ok(match interval {
            Some(interval) => Box::new(Transposed::new(rendering, interval)?),
            None => Box::new(rendering),
        })
    }
}

impl Voice for Vits {
    fn info(&self) -> &VoiceInfo {
        &self.info
    }

    fn render(
        self: Arc<Self>,
        speech: &[Speech],
        style: &Style,
        cancel: &Canceller,
    ) -> Result<Box<dyn Rendering>> {
        let ids = self.ids(speech)?;
        let fixed = style.whole.then_some(usize::MAX);
        self.render_ids(ids, style, cancel, fixed)
    }

    fn phonemes(&self, speech: &[Speech]) -> Result<Option<String>> {
        let reads_phonemes = self.config.phoneme_type == PhonemeType::Espeak;
        reads_phonemes.then(|| self.written(speech)).transpose()
    }

    fn notes(&self) -> Option<PathBuf> {
        // Notes depend on the voice's settings too, not only on the model file.
        self.cut.notes.as_ref().map(|notes| notes.join(format!("{:016x}", self.config.fingerprint)))
    }
}

#[cfg(test)]
mod tests;
