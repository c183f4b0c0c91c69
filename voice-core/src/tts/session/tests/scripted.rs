//! Scripted voices and a clock for tests of the session.

use super::*;

/// Renders each letter as a fixed number of samples of one level, and records the requested texts.
pub(super) struct Letters {
    pub(super) info: VoiceInfo,
    pub(super) asked: Mutex<Vec<String>>,
    pub(super) fails: bool,
    /// Cancels its session once during its work.
    pub(super) cancels: Mutex<Option<Cancels>>,
    /// The unheard audio at each request for a letter.
    pub(super) ahead: Arc<Mutex<Vec<Duration>>>,
}

pub(super) enum Cancels {
    AtOnce,
    /// After this many letters of the clause.
    After(usize),
}

pub(super) const RATE: u32 = 8_000;
pub(super) const PER_LETTER: usize = 160;

impl Letters {
    pub(super) fn new(name: &str, fails: bool) -> Arc<Self> {
        Self::of_language(name, "en", fails)
    }

    pub(super) fn of_language(name: &str, language: &str, fails: bool) -> Arc<Self> {
        let info = VoiceInfo {
            name: name.into(),
            engine: "scripted",
            language: language.parse().unwrap(),
            sample_rate: RATE,
            speakers: vec!["0".into()],
            streams: true,
        };
        Arc::new(Self {
            info,
            asked: Mutex::default(),
            fails,
            cancels: Mutex::default(),
            ahead: Arc::default(),
        })
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Voice for Letters {
    fn info(&self) -> &VoiceInfo {
        &self.info
    }

    fn render(
        self: Arc<Self>,
        speech: &[Speech],
        style: &Style,
        cancel: &Canceller,
    ) -> Result<Box<dyn Rendering>> {
        let text: Vec<_> = speech
            .iter()
            .map(|part| match part {
                Speech::Text(text) => text.clone(),
                Speech::Phonemes { ipa, .. } => format!("/{ipa}/"),
            })
            .collect();
        let text = text.join("|");
        let letters = (text.len() as f32 / style.speed) as usize;
        self.asked.lock().unwrap().push(text);
        let cancels_at = match self.cancels.lock().unwrap().take() {
            Some(Cancels::After(count)) => Some(letters - count),
            Some(Cancels::AtOnce) => {
                cancel.cancel();
                None
            }
            None => None,
        };
        let ahead = Arc::clone(&self.ahead);
        Ok(Box::new(Spelled {
            letters,
            fails: self.fails,
            cancels_at,
            cancel: cancel.clone(),
            ahead,
            total: letters * PER_LETTER,
        }))
    }
}

struct Spelled {
    letters: usize,
    pub(super) fails: bool,
    cancels_at: Option<usize>,
    cancel: Canceller,
    ahead: Arc<Mutex<Vec<Duration>>>,
    total: usize,
}

impl Rendering for Spelled {
    fn total_samples(&self) -> Option<usize> {
        Some(self.total)
    }

    fn next_chunk(&mut self, ahead: Duration) -> Result<Option<Vec<f32>>> {
        self.ahead.lock().unwrap().push(ahead);
        if self.fails {
            return Err(Error::new(ErrorKind::EngineFailed, "scripted"));
        }
        if self.cancels_at == Some(self.letters) {
            self.cancel.cancel();
            return Ok(None);
        }
        if self.letters == 0 {
            return Ok(None);
        }
        self.letters -= 1;
        Ok(Some((0..PER_LETTER).map(|at| if at % 2 == 0 { 0.4 } else { -0.4 }).collect()))
    }
}

pub(super) fn session(voices: &[&Arc<Letters>], options: TtsOptions) -> TtsSession {
    let voices = voices.iter().map(|voice| Arc::clone(voice) as Arc<dyn Voice>).collect();
    TtsSession::new(voices, options, Arc::default(), Clock::default()).unwrap()
}

/// The events of a session until it needs more text.
#[derive(Default)]
pub(super) struct Events {
    pub(super) audio: Vec<u8>,
    pub(super) chunks: Vec<AudioChunk>,
    pub(super) marks: Vec<(String, u64)>,
    pub(super) words: Vec<(String, std::ops::Range<usize>, u64)>,
    pub(super) warnings: Vec<ErrorKind>,
    pub(super) cancelled: Vec<(u64, Heard)>,
    pub(super) paused: Vec<(u64, Heard)>,
    pub(super) finished: Vec<u64>,
}

pub(super) fn listen(session: &mut TtsSession) -> Events {
    let mut heard = Events::default();
    while let Some(event) = session.next_event().unwrap() {
        match event {
            TtsEvent::Audio(chunk) => {
                heard.audio.extend_from_slice(&chunk.audio);
                heard.chunks.push(chunk);
            }
            TtsEvent::Mark { name, at_ms } => heard.marks.push((name, at_ms)),
            TtsEvent::Word { word, span, at_ms } => heard.words.push((word, span, at_ms)),
            TtsEvent::Warning(error) => heard.warnings.push(error.kind()),
            TtsEvent::Cancelled { at_ms, heard: before } => heard.cancelled.push((at_ms, before)),
            TtsEvent::Paused { at_ms, heard: before } => heard.paused.push((at_ms, before)),
            TtsEvent::Finished { at_ms } => heard.finished.push(at_ms),
            TtsEvent::Ready { .. } => {}
        }
    }
    heard
}

pub(super) fn samples(audio: &[u8]) -> Vec<i16> {
    audio.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect()
}

/// Gives these chunks for each clause, and then fails or ends.
pub(super) struct Chunks {
    pub(super) info: VoiceInfo,
    pub(super) said: Vec<Vec<f32>>,
    pub(super) fails: bool,
}

impl Voice for Chunks {
    fn info(&self) -> &VoiceInfo {
        &self.info
    }

    fn render(self: Arc<Self>, _: &[Speech], _: &Style, _: &Canceller) -> Result<Box<dyn Rendering>> {
        Ok(Box::new(Said(self, 0)))
    }
}

struct Said(Arc<Chunks>, usize);

impl Rendering for Said {
    fn next_chunk(&mut self, _: Duration) -> Result<Option<Vec<f32>>> {
        let chunk = self.0.said.get(self.1).cloned();
        self.1 += 1;
        if chunk.is_none() && self.0.fails {
            return Err(Error::new(ErrorKind::EngineFailed, "scripted"));
        }
        Ok(chunk)
    }
}

pub(super) fn chunks(sample_rate: u32, said: Vec<Vec<f32>>, fails: bool) -> Vec<Arc<dyn Voice>> {
    let info = VoiceInfo { sample_rate, ..Letters::new("a", false).info.clone() };
    vec![Arc::new(Chunks { info, said, fails })]
}

/// The events until more text is needed, each as a letter.
pub(super) fn letters(session: &mut TtsSession) -> String {
    let letter = |event| match event {
        TtsEvent::Ready { .. } => 'r',
        TtsEvent::Audio(_) => 'a',
        TtsEvent::Mark { .. } => 'm',
        TtsEvent::Word { .. } => 't',
        TtsEvent::Warning(_) => 'w',
        TtsEvent::Cancelled { .. } => 'c',
        TtsEvent::Paused { .. } => 'p',
        TtsEvent::Finished { .. } => 'f',
    };
    std::iter::from_fn(|| session.next_event().unwrap().map(letter)).collect()
}

/// A clock that stands still until the test moves it.
#[derive(Clone)]
pub(super) struct ManualClock(Arc<Mutex<Instant>>);

impl ManualClock {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    pub(super) fn clock(&self) -> Clock {
        let time = Arc::clone(&self.0);
        Clock::new(move || *time.lock().unwrap())
    }

    pub(super) fn advance(&self, ms: u64) {
        *self.0.lock().unwrap() += Duration::from_millis(ms);
    }
}

/// A session at the speed of a clock that the test moves, and its voice.
pub(super) fn timed(options: TtsOptions) -> (TtsSession, Arc<Letters>, ManualClock) {
    let (voice, time) = (Letters::new("a", false), ManualClock::new());
    let voices: Vec<Arc<dyn Voice>> = vec![Arc::clone(&voice) as _];
    let cache = Arc::new(ClauseCache::new(0));
    (TtsSession::new(voices, options, cache, time.clock()).unwrap(), voice, time)
}
