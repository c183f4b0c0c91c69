//! The settings in `start` and `update`.

use serde::Deserialize;
use voice_core::audio::{Format, Input, Output, SampleEncoding};
use voice_core::dialog::{
    BargeIn, Decider, DialogOptions, EchoCanceller, Expect, ListenerWords, TurnEndRules,
};
use voice_core::interview::InterviewSession;
use voice_core::stt::SttUpdate;
use voice_core::tts::{Style, TtsOptions};
use voice_core::{Endpoint, Error, ErrorKind, LanguageTag, MaxAlternatives, Result, Speaker, SttOptions};

use super::interview::InterviewStart;
use super::partials::Partials;

/// The least time between two partial results, in milliseconds.
const INTERIM_MS: u32 = 100;

/// The sample rates of this protocol in Hz.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=48_000;

/// The first message of a session.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Start {
    language: Option<String>,
    audio_in: AudioIn,
    audio_out: AudioOut,
    hints: Vec<String>,
    expect: ExpectField,
    words: bool,
    alternatives: u8,
    interim: Option<bool>,
    interim_interval_ms: Option<u32>,
    endpointing: Endpointing,
    barge_in: BargeInFields,
    aec: Aec,
    speaker: SpeakerField,
    voice: Option<String>,
    speed: Option<f32>,
    pitch: Option<f32>,
    volume: Option<f32>,
    interview: Option<InterviewStart>,
}

/// A change of settings between utterances.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Update {
    language: Option<String>,
    hints: Option<Vec<String>>,
    expect: Option<ExpectField>,
    words: Option<bool>,
    alternatives: Option<u8>,
    interim: Option<bool>,
    voice: Option<String>,
    speed: Option<f32>,
    pitch: Option<f32>,
    volume: Option<f32>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AudioIn {
    encoding: Encoding,
    sample_rate: u32,
    channels: u16,
}

impl Default for AudioIn {
    fn default() -> Self {
        Self { encoding: Encoding::default(), sample_rate: voice_core::audio::SAMPLE_RATE, channels: 1 }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AudioOut {
    encoding: OutEncoding,
    sample_rate: Option<u32>,
}

/// How binary messages of the client hold audio.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Encoding {
    #[default]
    PcmS16le,
    PcmF32le,
    Mulaw,
    Alaw,
    /// Each message is an Opus packet.
    Opus,
    /// Ogg or `WebM` with Opus, as browsers record it.
    OpusStream,
}

/// How binary messages of the server hold audio.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OutEncoding {
    #[default]
    PcmS16le,
    PcmF32le,
    Mulaw,
    Alaw,
    /// Each message is an Opus packet of 20 ms.
    Opus,
    /// Opus in Ogg.
    OggOpus,
}

/// What the user is expected to say.
#[derive(Debug, Default, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum ExpectField {
    #[default]
    Open,
    /// One of these; by default one of the hints.
    Phrases {
        phrases: Option<Vec<String>>,
    },
    Digits {
        count: Option<u8>,
    },
    Manual,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names of the protocol")]
struct Endpointing {
    start_ms: Option<u32>,
    max_utterance_ms: Option<u32>,
    complete_ms: Option<u32>,
    open_ms: Option<(u32, u32)>,
    incomplete_ms: Option<(u32, u32)>,
    eager_ms: Option<u32>,
    idle_ms: Option<u32>,
    audio_gap_ms: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct BargeInFields {
    decider: Option<DeciderField>,
    min_words: Option<u8>,
    min_voice_ms: Option<u32>,
    decision_ms: Option<u32>,
    warm_up_ms: Option<u32>,
    backchannels: Option<Vec<String>>,
    stop_words: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DeciderField {
    Words,
    Application,
    Never,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Aec {
    #[default]
    Device,
    None,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SpeakerField {
    #[default]
    One,
    Many,
}

/// What a session is opened with.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) language: Option<LanguageTag>,
    /// Without its grammar.
    pub(crate) stt: SttOptions,
    /// Phrases to recognize, in the client's spelling; none for the whole vocabulary.
    pub(crate) hints: Vec<String>,
    pub(crate) tts: TtsOptions,
    pub(crate) expect: Expect,
    /// The interview that the session is.
    pub(crate) interview: Option<Box<InterviewStart>>,
    dialog: DialogOptions,
    backchannels: Option<Vec<String>>,
    stop_words: Option<Vec<String>>,
}

impl Opening {
    /// The same for an interview in `language`.
    pub(crate) fn for_interview(&self, language: &LanguageTag) -> Self {
        let dialog = InterviewSession::dialog_options(self.dialog.clone(), language);
        let mut tts = self.tts.clone();
        tts.expected_language = Some(language.clone());
        Self {
            language: Some(language.clone()),
            stt: InterviewSession::stt_options(self.stt.clone(), language),
            hints: Vec::new(),
            tts,
            expect: InterviewSession::first_expect(),
            interview: None,
            // The words that the user says to be heard are answers here.
            backchannels: Some(self.backchannels.clone().unwrap_or_default()),
            stop_words: self.stop_words.clone(),
            dialog,
        }
    }

    /// The options of the dialog with listener words of the `language` in which the user speaks.
    pub(crate) fn dialog(&self, language: &LanguageTag) -> DialogOptions {
        let mut words = ListenerWords::of_language(language);
        if let Some(phrases) = &self.backchannels {
            words = words.with_backchannels(phrases);
        }
        if let Some(phrases) = &self.stop_words {
            words = words.with_stops(phrases);
        }
        DialogOptions { words, ..self.dialog.clone() }
    }
}

/// What an update changes.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) language: Option<LanguageTag>,
    /// Without its grammar.
    pub(crate) stt: SttUpdate,
    pub(crate) hints: Option<Vec<String>>,
    pub(crate) expect: Option<Expect>,
    pub(crate) interim: Option<bool>,
    pub(crate) voice: VoiceChange,
}

/// What an update has changed.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    /// How the user is listened to.
    pub(crate) input: bool,
    /// How text is spoken.
    pub(crate) output: bool,
    /// Whether partial results are sent.
    pub(crate) interim: Option<bool>,
    pub(crate) language: Option<LanguageTag>,
}

/// What an update changes of the voice.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct VoiceChange {
    pub(crate) voice: Option<String>,
    pub(crate) speed: Option<f32>,
    pub(crate) pitch: Option<f32>,
    pub(crate) volume: Option<f32>,
}

impl Change {
    /// Whether it changes how the user is listened to.
    pub(crate) fn is_of_input(&self) -> bool {
        self.language.is_some()
            || self.hints.is_some()
            || self.expect.is_some()
            || self.stt != SttUpdate::default()
    }
}

impl Start {
    pub(super) fn partials(&self) -> Result<Partials> {
        let interval = self.interim_interval_ms.unwrap_or(INTERIM_MS);
        check("interim_interval_ms", interval, 20..=10_000)?;
        Ok(Partials::every(interval, self.interim.unwrap_or(true)))
    }

    pub(super) fn opening(self, endpoint: Endpoint) -> Result<Opening> {
        let language = language(self.language.as_deref())?;
        let (format, input) = self.audio_in.format()?;
        let fields = self.endpointing;
        let stt = SttOptions {
            format,
            input,
            language: language.clone(),
            words: self.words,
            max_alternatives: MaxAlternatives::new(self.alternatives)?,
            endpoint: Endpoint {
                start_ms: fields.start_ms.unwrap_or(endpoint.start_ms),
                max_utterance_ms: fields.max_utterance_ms.unwrap_or(endpoint.max_utterance_ms),
                ..endpoint
            },
            speaker: match self.speaker {
                SpeakerField::One => Speaker::One,
                SpeakerField::Many => Speaker::Many,
            },
            ..SttOptions::default()
        };
        stt.endpoint.validate()?;
        let rate = self.audio_out.sample_rate;
        rate.map(|rate| check("audio_out.sample_rate", rate, RATES)).transpose()?;
        let default = TtsOptions::default();
        let tts = TtsOptions {
            // Each clause has the language of its letters.
            expected_language: language.clone(),
            voice: self.voice,
            encoding: self.audio_out.encoding.sample(),
            output: self.audio_out.encoding.output(),
            sample_rate: rate,
            style: Style {
                speed: self.speed.unwrap_or(1.0),
                pitch: self.pitch.unwrap_or(1.0),
                ..Style::default()
            },
            volume: self.volume.unwrap_or(default.volume),
            ..default
        };
        tts.style.validate()?;
        let default = TurnEndRules::default();
        let turn_end = TurnEndRules {
            complete_ms: fields.complete_ms.unwrap_or(default.complete_ms),
            open_ms: fields.open_ms.map_or(default.open_ms, |(low, high)| low..=high),
            incomplete_ms: fields.incomplete_ms.map_or(default.incomplete_ms, |(low, high)| low..=high),
            eager_ms: fields.eager_ms.unwrap_or(default.eager_ms),
            idle_ms: fields.idle_ms.unwrap_or(default.idle_ms),
            audio_gap_ms: fields.audio_gap_ms.unwrap_or(default.audio_gap_ms),
        };
        let echo_canceller = match self.aec {
            Aec::Device => EchoCanceller::Device,
            Aec::None => EchoCanceller::None,
        };
        let barge_in = self.barge_in.rules();
        let dialog = DialogOptions { barge_in, turn_end, echo_canceller, ..DialogOptions::default() };
        dialog.validate()?;
        let expect = self.expect.expect(&self.hints)?;
        self.interview.as_ref().map(InterviewStart::check).transpose()?;
        Ok(Opening {
            language,
            stt,
            hints: self.hints,
            tts,
            expect,
            interview: self.interview.map(Box::new),
            dialog,
            backchannels: self.barge_in.backchannels,
            stop_words: self.barge_in.stop_words,
        })
    }
}

impl Update {
    pub(super) fn change(self) -> Result<Change> {
        let stt = SttUpdate {
            words: self.words,
            max_alternatives: self.alternatives.map(MaxAlternatives::new).transpose()?,
            ..SttUpdate::default()
        };
        let hints = self.hints.as_deref().unwrap_or_default();
        Ok(Change {
            language: language(self.language.as_deref())?,
            stt,
            expect: self.expect.map(|expect| expect.expect(hints)).transpose()?,
            hints: self.hints,
            interim: self.interim,
            voice: VoiceChange {
                voice: self.voice,
                speed: self.speed,
                pitch: self.pitch,
                volume: self.volume,
            },
        })
    }
}

impl AudioIn {
    fn format(&self) -> Result<(Format, Input)> {
        let (encoding, input) = match self.encoding {
            Encoding::PcmS16le => (SampleEncoding::PcmI16, Input::Samples),
            Encoding::PcmF32le => (SampleEncoding::PcmF32, Input::Samples),
            Encoding::Mulaw => (SampleEncoding::MuLaw, Input::Samples),
            Encoding::Alaw => (SampleEncoding::ALaw, Input::Samples),
            Encoding::Opus => (SampleEncoding::PcmI16, Input::OpusPackets),
            Encoding::OpusStream => (SampleEncoding::PcmI16, Input::OpusStream),
        };
        check("audio_in.sample_rate", self.sample_rate, RATES)?;
        Ok((Format::new(encoding, self.sample_rate, self.channels)?, input))
    }
}

impl OutEncoding {
    fn output(self) -> Output {
        match self {
            Self::PcmS16le | Self::PcmF32le | Self::Mulaw | Self::Alaw => Output::Samples,
            Self::Opus => Output::OpusPackets,
            Self::OggOpus => Output::OggOpus,
        }
    }

    fn sample(self) -> SampleEncoding {
        match self {
            Self::PcmS16le | Self::Opus | Self::OggOpus => SampleEncoding::PcmI16,
            Self::PcmF32le => SampleEncoding::PcmF32,
            Self::Mulaw => SampleEncoding::MuLaw,
            Self::Alaw => SampleEncoding::ALaw,
        }
    }
}

/// The name of the encoding of the user's audio in messages.
pub(super) fn input_name(encoding: SampleEncoding, input: Input) -> &'static str {
    match input {
        Input::OpusPackets => "opus",
        Input::OpusStream => "opus_stream",
        _ => samples_name(encoding),
    }
}

/// The name of the encoding of the server's audio in messages.
pub(super) fn output_name(encoding: SampleEncoding, output: Output) -> &'static str {
    match output {
        Output::OpusPackets => "opus",
        Output::OggOpus => "ogg_opus",
        _ => samples_name(encoding),
    }
}

fn samples_name(encoding: SampleEncoding) -> &'static str {
    match encoding {
        SampleEncoding::PcmI16 => "pcm_s16le",
        SampleEncoding::PcmF32 => "pcm_f32le",
        SampleEncoding::MuLaw => "mulaw",
        SampleEncoding::ALaw => "alaw",
    }
}

impl ExpectField {
    fn expect(self, hints: &[String]) -> Result<Expect> {
        Ok(match self {
            Self::Open => Expect::Open,
            Self::Phrases { phrases } => Expect::Phrases(phrases.unwrap_or_else(|| hints.to_vec())),
            Self::Digits { count: Some(0) } => {
                return Err(Error::new(ErrorKind::OptionInvalid, "count is 0; give 1 to 255"));
            }
            Self::Digits { count } => Expect::Digits { count },
            Self::Manual => Expect::Manual,
        })
    }
}

impl BargeInFields {
    fn rules(&self) -> BargeIn {
        let default = BargeIn::default();
        BargeIn {
            decider: match self.decider {
                None | Some(DeciderField::Words) => Decider::Words,
                Some(DeciderField::Application) => Decider::Application,
                Some(DeciderField::Never) => Decider::Never,
            },
            min_words: self.min_words.unwrap_or(default.min_words),
            min_voice_ms: self.min_voice_ms.or(default.min_voice_ms),
            decision_ms: self.decision_ms.unwrap_or(default.decision_ms),
            warm_up_ms: self.warm_up_ms.unwrap_or(default.warm_up_ms),
        }
    }
}

fn language(tag: Option<&str>) -> Result<Option<LanguageTag>> {
    tag.map(str::parse).transpose()
}

fn check(name: &str, value: u32, range: std::ops::RangeInclusive<u32>) -> Result<()> {
    if range.contains(&value) {
        return Ok(());
    }
    let message = format!("{name} is {value}; give {} to {}", range.start(), range.end());
    Err(Error::new(ErrorKind::OptionInvalid, message))
}
