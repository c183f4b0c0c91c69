//! Scripted engines for tests: one counts samples and can fail, one reads words from the sample values.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::audio::SAMPLE_RATE;
use crate::error::{Error, ErrorKind, Result};
use crate::stt::Speaker;
use crate::stt::{Decoding, Ending, Model, ModelInfo, Recognizer, RecognizerOptions, SampleRates};
use crate::stt::{Transcript, Word};
use crate::vad::FRAME_MS;

/// How long the session keeps a recognizer that is [bound](Counting::binding) to it.
pub(crate) const KEEP_MS: u32 = 60_000;

/// The number of samples after which a recognizer finds the end of the utterance.
pub(crate) const ENDPOINT_SAMPLES: u64 = 32_000;

/// A model whose transcript is the number of samples of the utterance.
pub(crate) struct Counting {
    pub(crate) info: ModelInfo,
    /// Samples decoded by all recognizers.
    pub(crate) decoded: AtomicU64,
    /// Recognizers created.
    pub(crate) made: AtomicU64,
    /// Recognizers released.
    pub(crate) released: AtomicU64,
    /// Samples of silence pushed before the last pause.
    pub(crate) paused: AtomicU64,
    decoding: Decoding,
    /// Whether recognizers are kept for their session.
    binds: bool,
    /// Whether the model has dropped the kept recognizers.
    pub(crate) drops_kept: AtomicBool,
    on_push: Box<OnPush>,
    /// Runs when a recognizer is created, and in its calls other than pushes.
    pub(crate) on_call: Box<OnCall>,
}

/// A call of a scripted engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Create,
    Partial,
    Finish,
}

type OnCall = dyn Fn(Call) -> Result<()> + Send + Sync;

type OnPush = dyn Fn(u64) -> Result<()> + Send + Sync;

impl Counting {
    pub(crate) fn new() -> Arc<Self> {
        Self::acting(|_| Ok(()))
    }

    /// `on_push` runs at each push. It gets the number of the recognizer, from 1.
    pub(crate) fn acting(on_push: impl Fn(u64) -> Result<()> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            info: Self::info(SampleRates::ONE),
            decoded: AtomicU64::new(0),
            made: AtomicU64::new(0),
            released: AtomicU64::new(0),
            paused: AtomicU64::new(0),
            decoding: Decoding::default(),
            binds: false,
            drops_kept: AtomicBool::new(false),
            on_push: Box::new(on_push),
            on_call: Box::new(|_| Ok(())),
        })
    }

    /// This model with a change; it must have no other reference.
    pub(crate) fn with(self: Arc<Self>, change: impl FnOnce(&mut Self)) -> Arc<Self> {
        let mut counting = Arc::into_inner(self).expect("the only reference");
        change(&mut counting);
        Arc::new(counting)
    }

    /// A model whose recognizers are kept for their session and take audio at 8 to 16 kHz.
    pub(crate) fn binding() -> Arc<Self> {
        Self::new().with(|counting| {
            counting.info = Self::info(SampleRates { lowest: 8_000, highest: SAMPLE_RATE });
            counting.binds = true;
        })
    }

    /// A model that asks sessions for `decoding`.
    pub(crate) fn with_decoding(decoding: Decoding) -> Arc<Self> {
        Self::new().with(|counting| counting.decoding = decoding)
    }

    /// The properties of a scripted model that takes these rates.
    pub(crate) fn info(sample_rates: SampleRates) -> ModelInfo {
        ModelInfo {
            name: "counting".into(),
            engine: "scripted",
            takes_grammar: true,
            sample_rates,
            adapts: false,
        }
    }
}

pub(crate) fn failure() -> Error {
    Error::new(ErrorKind::EngineFailed, "scripted")
}

impl Model for Counting {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn recognizer(self: Arc<Self>, _options: &RecognizerOptions) -> Result<Box<dyn Recognizer>> {
        (self.on_call)(Call::Create)?;
        let number = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Box::new(Counter { model: self, number, samples: 0 }))
    }

    fn knows(&self, word: &str) -> bool {
        word != "unknown"
    }

    fn decoding(&self, _speaker: Speaker) -> Decoding {
        self.decoding
    }
}

struct Counter {
    model: Arc<Counting>,
    number: u64,
    samples: u64,
}

impl Recognizer for Counter {
    fn push(&mut self, samples: &[i16]) -> Result<()> {
        (self.model.on_push)(self.number)?;
        self.samples += samples.len() as u64;
        self.model.decoded.fetch_add(samples.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    fn partial(&mut self) -> Result<String> {
        (self.model.on_call)(Call::Partial)?;
        Ok(self.samples.to_string())
    }

    fn finish(&mut self, ending: Ending) -> Result<Transcript> {
        (self.model.on_call)(Call::Finish)?;
        if let Ending::Pause { pushed } = ending {
            self.model.paused.store(pushed as u64, Ordering::Relaxed);
        }
        let samples = std::mem::take(&mut self.samples);
        let text = samples.to_string();
        let words = vec![Word { text: text.clone(), start_ms: 0, end_ms: samples / 16, confidence: None }];
        Ok(Transcript { text, words, ..Transcript::default() })
    }

    fn is_endpoint(&mut self) -> Result<bool> {
        Ok(self.samples >= ENDPOINT_SAMPLES)
    }

    fn keep(&mut self) -> Option<u32> {
        self.model.binds.then_some(KEEP_MS)
    }

    fn resume(&mut self) -> bool {
        !self.model.drops_kept.load(Ordering::Relaxed)
    }

    fn release(self: Box<Self>) {
        self.model.released.fetch_add(1, Ordering::Relaxed);
    }
}

/// A model that reads each run of equal samples, other than 0, as a word with their value.
pub(crate) struct Literal(ModelInfo);

impl Literal {
    pub(crate) fn new() -> Arc<Self> {
        Self::at_rates(SampleRates { lowest: 8_000, highest: SAMPLE_RATE })
    }

    pub(crate) fn at_rates(sample_rates: SampleRates) -> Arc<Self> {
        Arc::new(Self(ModelInfo { name: "literal".into(), ..Counting::info(sample_rates) }))
    }
}

impl Model for Literal {
    fn info(&self) -> &ModelInfo {
        &self.0
    }

    fn recognizer(self: Arc<Self>, options: &RecognizerOptions) -> Result<Box<dyn Recognizer>> {
        Ok(Box::new(LiteralRecognizer { rate: options.sample_rate.into(), samples: Vec::new() }))
    }

    fn knows(&self, word: &str) -> bool {
        word != "other"
    }
}

struct LiteralRecognizer {
    rate: u64,
    samples: Vec<i16>,
}

impl LiteralRecognizer {
    fn words(&self) -> Vec<Word> {
        let (mut words, mut at) = (Vec::new(), 0);
        for run in self.samples.chunk_by(PartialEq::eq) {
            let ms = |samples: usize| samples as u64 * 1_000 / self.rate;
            let (start_ms, end_ms) = (ms(at), ms(at + run.len()));
            at += run.len();
            // Shorter runs are remainders of resampling or of a cut within the tolerance.
            if run[0] != 0 && end_ms - start_ms > u64::from(FRAME_MS) {
                words.push(Word { text: run[0].to_string(), start_ms, end_ms, confidence: None });
            }
        }
        words
    }
}

impl Recognizer for LiteralRecognizer {
    fn push(&mut self, samples: &[i16]) -> Result<()> {
        self.samples.extend_from_slice(samples);
        Ok(())
    }

    fn partial(&mut self) -> Result<String> {
        Ok(String::new())
    }

    fn finish(&mut self, _ending: Ending) -> Result<Transcript> {
        let words = self.words();
        self.samples.clear();
        let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        Ok(Transcript { text, words, ..Transcript::default() })
    }
}
