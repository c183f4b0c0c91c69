//! The voice of espeak-ng, which needs no model files.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::espeak::{self, Espeak, Prosody};
use crate::language::LanguageTag;
use crate::tts::time_stretch::TimeStretch;
use crate::tts::voice::{Canceller, Phonemizer, Rendering, Speech, Style, Voice, VoiceInfo};

/// The rates that espeak-ng renders itself. Its limits are 80 and 450 words per minute with 175 as normal; near them
/// it is slower than requested.
const RATES: std::ops::RangeInclusive<f32> = 0.5..=1.75;

/// The voice of espeak-ng for one language.
pub(crate) struct EspeakVoice {
    espeak: Espeak,
    info: VoiceInfo,
    /// Its identifier in espeak-ng.
    id: String,
    #[cfg(feature = "onnx")]
    vocalizer: Option<crate::text::diacritize::Vocalizer>,
}

impl EspeakVoice {
    pub(crate) fn new(espeak: Espeak, language: &LanguageTag) -> Result<Self> {
        let voice = espeak.voice_for(language).ok_or_else(|| {
            let message = format!("espeak-ng has no voice for the language {language}; choose another");
            Error::new(ErrorKind::ModelNotFound, message)
        })?;
        let info = VoiceInfo {
            name: format!("espeak-ng-{language}"),
            engine: "espeak-ng",
            language: language.clone(),
            sample_rate: espeak.sample_rate(),
            speakers: vec!["0".to_owned()],
            streams: true,
        };
        let id = voice.id.clone();
        Ok(Self {
            espeak,
            info,
            id,
            #[cfg(feature = "onnx")]
            vocalizer: None,
        })
    }

    /// Whether it speaks Arabic, and thus only the vowels that are written.
    #[cfg(feature = "onnx")]
    pub(crate) fn needs_vowels(&self) -> bool {
        self.info.language.primary() == "ar"
    }

    /// The same voice with `tashkeel`, which adds vowels to the text.
    #[cfg(feature = "onnx")]
    pub(crate) fn with_tashkeel(self, tashkeel: Arc<crate::text::Tashkeel>) -> Self {
        Self { vocalizer: Some(crate::text::diacritize::Vocalizer::new(tashkeel)), ..self }
    }

    /// `text` as espeak-ng gets it.
    fn written(&self, text: String) -> String {
        #[cfg(feature = "onnx")]
        if let Some(vocalizer) = &self.vocalizer {
            return vocalizer.add(&text, &self.info.name).into_owned();
        }
        text
    }
}

impl Voice for EspeakVoice {
    fn info(&self) -> &VoiceInfo {
        &self.info
    }

    fn render(
        self: Arc<Self>,
        speech: &[Speech],
        style: &Style,
        cancel: &Canceller,
    ) -> Result<Box<dyn Rendering>> {
        let text = self.written(words(speech));
        let rate = style.speed.clamp(*RATES.start(), *RATES.end());
        let prosody = Prosody { rate, pitch: style.pitch, volume: 1.0 };
        let inner = self.espeak.start(&text, &self.id, prosody)?;
        let rest = f64::from(style.speed / rate);
        let stretch = ((rest - 1.0).abs() > 0.001).then(|| TimeStretch::new(rest, self.info.sample_rate));
        Ok(Box::new(EspeakRendering { inner, stretch, cancel: cancel.clone() }))
    }

    fn reads_latin(&self) -> bool {
        espeak::reads_latin(&self.info.language)
    }

    fn phonemes(&self, speech: &[Speech]) -> Result<Option<String>> {
        Phonemizer::phonemes(&self.espeak, &self.written(words(speech)), &self.id).map(Some)
    }
}

/// The words of `speech` as espeak-ng reads them.
fn words(speech: &[Speech]) -> String {
    let words = speech.iter().map(|part| match part {
        Speech::Text(text) => text.as_str(),
        // espeak-ng reads its own notation and not IPA.
        Speech::Phonemes { written, .. } => written.as_str(),
    });
    words.collect::<Vec<_>>().join(" ")
}

struct EspeakRendering {
    inner: espeak::Rendering,
    stretch: Option<TimeStretch>,
    cancel: Canceller,
}

impl Rendering for EspeakRendering {
    fn next_chunk(&mut self, _ahead: Duration) -> Result<Option<Vec<f32>>> {
        loop {
            if self.cancel.is_cancelled() {
                // The clause is incomplete and must not be cached.
                return Err(Error::new(ErrorKind::Cancelled, "the clause was cancelled"));
            }
            let block = self.inner.next_block().transpose()?;
            let block: Option<Vec<f32>> =
                block.map(|block| block.into_iter().map(|sample| f32::from(sample) / 32_768.0).collect());
            let Some(stretch) = &mut self.stretch else { return Ok(block) };
            let mut samples = Vec::new();
            let Some(block) = block else {
                stretch.finish(&mut samples);
                self.stretch = None;
                return Ok(Some(samples).filter(|samples| !samples.is_empty()));
            };
            stretch.push(&block, &mut samples);
            if !samples.is_empty() {
                return Ok(Some(samples));
            }
        }
    }
}

impl Phonemizer for Espeak {
    fn phonemes(&self, text: &str, voice: &str) -> Result<String> {
        let mut written = String::new();
        for clause in Self::phonemes(self, text, voice)? {
            if !written.is_empty() {
                written.push(' ');
            }
            written.push_str(&clause.ipa);
            written.extend(clause.terminator);
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both espeak-ng's own voices and the VITS voices that it makes phonemes for say these.
    #[test]
    fn spelled_letters_and_number_words_are_pronounced() {
        use crate::text::{Language, normalize_with_vowels};

        let Some(espeak) = espeak::tests::installed() else { return };
        for (written, language, voice, sounds) in [
            ("10:30 AM", Language::English, "en-us", &["eɪ", "ɛm"][..]),
            ("IV fluids", Language::English, "en-us", &["aɪ", "viː"]),
            ("HbA1c", Language::English, "en-us", &["eɪtʃ", "biː", "eɪ", "wʌn", "siː"]),
            ("المقعد 14B", Language::Arabic, "ar", &["ʕaʃar", "biː"]),
            ("5 دقائق", Language::Arabic, "ar", &["χams", "daqaːʔiq"]),
            ("80 ملغ", Language::Arabic, "ar", &["θamaːnuːn", "milliːɣraːman"]),
        ] {
            let text = normalize_with_vowels(written, language);
            let phonemes = Phonemizer::phonemes(&espeak, &text, voice).unwrap();
            let plain = phonemes.replace(['ˈ', 'ˌ'], "");
            for sound in sounds {
                assert!(plain.contains(sound), "{text}: {phonemes} lacks {sound}");
            }
        }
    }

    /// Nothing of a written form is lost, or spelled where it should be read.
    #[test]
    fn written_forms_last_as_long_as_their_words() {
        use crate::text::{Language, normalize_with_vowels};

        let Some(espeak) = espeak::tests::installed() else { return };
        for (written, words, language, voice) in [
            ("10:30 AM", "ten thirty ay em", Language::English, "en-us"),
            ("38.5", "thirty-eight point five", Language::English, "en-us"),
            ("0551234567", "صِفْر خَمْسَة خَمْسَة، وَاحِد اِثْنَان ثَلَاثَة، أَرْبَعَة خَمْسَة سِتَّة سَبْعَة", Language::Arabic, "ar"),
            ("10:30 ص", "السَّاعَة العَاشِرَة وَالنِّصْف صَبَاحًا", Language::Arabic, "ar"),
            ("38.5", "ثَمَانِيَة وَثَلَاثُون فَاصِلَة خَمْسَة", Language::Arabic, "ar"),
        ] {
            let samples = |text: &str| {
                let blocks = espeak.start(text, voice, espeak::Prosody::default()).unwrap();
                blocks.map(|block| block.unwrap().len()).sum::<usize>()
            };
            let (said, right) = (samples(&normalize_with_vowels(written, language)), samples(words));
            assert!(
                said.abs_diff(right) * 10 <= right,
                "{written}: {said} samples, and {right} of its words"
            );
        }
    }

    #[test]
    fn cancelled_clause_is_not_finished() {
        let Some(espeak) = espeak::tests::installed() else { return };
        let voice = Arc::new(EspeakVoice::new(espeak, &"en".parse().unwrap()).unwrap());
        let cancel = Canceller::default();
        let speech = [Speech::Text("One and two and three".into())];
        let mut rendering = voice.render(&speech, &Style::default(), &cancel).unwrap();
        assert!(rendering.next_chunk(Duration::ZERO).unwrap().is_some());
        cancel.cancel();
        assert_eq!(rendering.next_chunk(Duration::ZERO).unwrap_err().kind(), ErrorKind::Cancelled);
    }
}
