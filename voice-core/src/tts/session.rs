//! The text-to-speech session.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cache::{ClauseCache, Key};
use super::clause_joiner::{ClauseJoiner, MARGIN_MS};
use super::clock::Clock;
use super::event::{AudioChunk, TtsEvent};
use super::options::TtsOptions;
use super::playback::{Heard, Playback};
use super::reader::Reader;
use super::script::{Script, ScriptClause, Step};
use super::voice::{Canceller, Rendering, Style, Voice, VoiceInfo};
use crate::audio::{Encoder, Format};
use crate::error::{Error, ErrorKind, Result};
use crate::text::segment::Boundary;

/// Samples in each chunk of a cached clause.
const CACHED_CHUNK: usize = 8_192;

/// The pause at a comma for a voice without calibration, in milliseconds.
const COMMA_MS: u32 = 250;

/// The maximum gain or attenuation to reach a loudness, in decibels. Audio that needs more is not speech.
const MAX_LEVELLING: f32 = 24.0;

/// The end of a clause and the parameters of its pause.
#[derive(Clone, Copy)]
struct Pause {
    end: Boundary,
    /// The voice's pause at a comma.
    comma_ms: u32,
    speed: f32,
}

impl Pause {
    /// The silence between the last loud sample of the clause and the first one of the next, in milliseconds.
    fn ms(self, before: Option<Boundary>) -> u32 {
        let ms = match before.unwrap_or(self.end) {
            Boundary::Forced => return 0,
            Boundary::Comma => self.comma_ms,
            Boundary::Sentence | Boundary::End => self.comma_ms.max(380),
            Boundary::Paragraph => 660.max(self.comma_ms + 200),
        };
        // Each clause has a margin on both sides.
        ((ms.saturating_sub(2 * MARGIN_MS)) as f32 / self.speed) as u32
    }
}

/// A text-to-speech session, which turns a stream of text into audio.
///
/// It does no input or output of its own: text is pushed in, [`TtsEvent`]s are pulled out. It computes on the
/// caller's thread in [`next_event`](Self::next_event), and only as far as the event needs.
pub struct TtsSession {
    /// The voices, in order of preference.
    voices: Vec<Arc<dyn Voice>>,
    options: TtsOptions,
    cache: Arc<ClauseCache>,
    reader: Reader,
    script: Script,
    speaker: Speaker,
    speaking: Option<Speaking>,
    /// The end of the last clause, until its pause is made.
    pause: Option<Pause>,
    span: Range<usize>,
    events: VecDeque<TtsEvent>,
    cancel: Canceller,
    playback: Playback,
    ended: bool,
    /// The error of a clause whose audio has begun, until that audio has been taken.
    failed: Option<Error>,
    /// Whether the last event has been made. A cancel drops the event if it was not taken, and it is made again.
    finished: bool,
}

/// Converts samples of one voice to the session's format.
struct Speaker {
    joint: ClauseJoiner,
    encoder: Encoder,
    rate: u32,
    samples: Vec<f32>,
}

/// The clause being spoken.
struct Speaking {
    source: Source,
    clause: ScriptClause,
    voice: usize,
    /// The silence after it.
    pause: Pause,
    /// Whether audio of it has been returned, so that no fallback voice may restart it.
    heard: bool,
}

enum Source {
    Rendering { rendering: Box<dyn Rendering>, key: Key, whole: Vec<f32> },
    Cached { samples: Arc<[f32]>, given: usize },
}

impl TtsSession {
    /// Opens a session. Each of `voices` is the fallback of the one before it. `clock` estimates what the listener has
    /// heard.
    pub fn new(
        voices: Vec<Arc<dyn Voice>>,
        options: TtsOptions,
        cache: Arc<ClauseCache>,
        clock: Clock,
    ) -> Result<Self> {
        options.validate()?;
        let voice = voices.first().ok_or_else(|| {
            Error::new(ErrorKind::ModelNotFound, "no voice is configured; name one, or install espeak-ng")
        })?;
        let info = voice.info().clone();
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
        let format = Format::new(options.encoding, options.sample_rate.unwrap_or(info.sample_rate), 1)?;
        Ok(Self {
            reader: Reader::new(&info.language, options.lexicon.clone()),
            script: Script::default(),
            speaker: Speaker::new(info.sample_rate, format)?,
            events: VecDeque::from([TtsEvent::Ready { voice: info, format }]),
            voices,
            options,
            cache,
            speaking: None,
            pause: None,
            span: 0..0,
            cancel: Canceller::new(clock.clone()),
            playback: Playback::new(format.sample_rate(), clock),
            ended: false,
            failed: None,
            finished: false,
        })
    }

    /// The format of the audio.
    pub fn format(&self) -> Format {
        self.speaker.encoder.format()
    }

    /// Pushes a piece of text, split at any character, even within a word.
    pub fn push(&mut self, text: &str) -> Result<()> {
        self.check_open()?;
        self.script.push(text)
    }

    /// Pushes a complete SSML document.
    pub fn push_ssml(&mut self, document: &str) -> Result<()> {
        self.check_open()?;
        for warning in self.script.push_ssml(document)? {
            let message = format!("{} (at byte {} of the document)", warning.message, warning.at);
            self.events.push_back(TtsEvent::Warning(Error::new(ErrorKind::SsmlInvalid, message)));
        }
        Ok(())
    }

    /// Counts `bytes` that the caller left out of its text, so that [spans](AudioChunk::span) count them. It also
    /// completes the text before them, like [`flush`](Self::flush).
    pub fn skip(&mut self, bytes: usize) {
        self.script.skip(bytes);
    }

    /// Completes the pushed text, so that all of it is spoken; the stream continues.
    pub fn flush(&mut self) -> Result<()> {
        self.check_open()?;
        self.script.flush();
        Ok(())
    }

    /// Ends the stream: pushed text is spoken, and further text is refused.
    pub fn finish(&mut self) -> Result<()> {
        self.check_open()?;
        self.ended = true;
        self.script.flush();
        Ok(())
    }

    /// Drops all text and audio that were not returned yet. The stream continues, with silence after the returned
    /// audio; a [finished](Self::finish) stream ends after the cancel. After [`TtsEvent::Finished`] a cancel does
    /// nothing.
    pub fn cancel(&mut self) {
        self.cancel.cancel();
    }

    /// A handle that [cancels](Self::cancel) this session from any thread, even while it computes.
    pub fn canceller(&self) -> Canceller {
        self.cancel.clone()
    }

    /// Reports that the listener has heard the audio before the position `ms`; see [`Playback::played`].
    pub fn played(&self, ms: u64) {
        self.playback.played(ms);
    }

    /// How much of the audio and of the text has been heard.
    pub fn heard(&self) -> Heard {
        self.playback.heard()
    }

    /// A handle that [reports](Self::played) and [tells](Self::heard) what was heard, for any thread.
    pub fn playback(&self) -> Playback {
        self.playback.clone()
    }

    /// The next event, or `None` if more text is needed. Blocks while audio is computed, which takes less time than
    /// the audio lasts.
    ///
    /// If every voice fails on a clause, the clause is lost and the error is returned; the next call continues after
    /// it.
    pub fn next_event(&mut self) -> Result<Option<TtsEvent>> {
        loop {
            if let Some(at) = self.cancel.take() {
                self.drop_everything(at)?;
            }
            if let Some(event) = self.events.pop_front() {
                if let TtsEvent::Audio(chunk) = &event {
                    self.playback.give(self.speaker.frames_in(&chunk.audio));
                }
                return Ok(Some(event));
            }
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            let worked = self.work();
            if self.cancel.is_cancelled() {
                // The error of a cancelled engine is not a failure.
                continue;
            }
            if !worked? {
                return Ok(None);
            }
        }
    }

    /// The duration of audio that was made and not heard yet.
    pub(super) fn ahead(&self) -> Duration {
        self.playback.ahead()
    }

    fn check_open(&self) -> Result<()> {
        if self.ended {
            return Err(Error::new(ErrorKind::SessionEnded, "the stream has ended; open a new session"));
        }
        Ok(())
    }

    /// Drops what was not heard at the time `at`.
    fn drop_everything(&mut self, at: Instant) -> Result<()> {
        if self.finished && self.events.is_empty() {
            // The last event has been taken; no event may follow.
            return Ok(());
        }
        self.finished = false;
        self.speaking = None;
        self.pause = None;
        self.failed = None;
        self.script.clear();
        self.events.retain(|event| matches!(event, TtsEvent::Ready { .. } | TtsEvent::Warning(_)));
        self.speaker.encoder.restart()?;
        let (at_ms, heard) = self.playback.drop_unheard(at);
        self.events.push_back(TtsEvent::Cancelled { at_ms, heard });
        Ok(())
    }

    /// Does one step of work; false if there is nothing to do.
    fn work(&mut self) -> Result<bool> {
        if self.speaking.is_some() {
            return self.speak().map(|()| true);
        }
        match self.script.next() {
            Some(Step::Clause(clause)) => self.begin(clause)?,
            Some(Step::Pause { ms }) => {
                // An explicit pause replaces the pause of the punctuation.
                self.pause = None;
                self.silence(ms)?;
            }
            Some(Step::Mark { name }) => {
                self.make_pause(None)?;
                let at_ms = self.playback.made_ms();
                self.events.push_back(TtsEvent::Mark { name, at_ms });
            }
            None if self.ended && !self.finished => {
                self.finished = true;
                let mut audio = Vec::new();
                self.speaker.encoder.finish(&mut audio)?;
                self.give(audio);
                self.events.push_back(TtsEvent::Finished { at_ms: self.playback.made_ms() });
            }
            None => return Ok(false),
        }
        Ok(true)
    }

    fn begin(&mut self, clause: ScriptClause) -> Result<()> {
        self.make_pause(clause.before)?;
        self.span = clause.span.clone();
        self.playback.begin(&clause);
        self.render(clause, 0)
    }

    /// Begins to render a clause with the voice at that index, or the next one that works.
    fn render(&mut self, clause: ScriptClause, voice: usize) -> Result<()> {
        let Some(chosen) = self.voices.get(voice).cloned() else {
            return Err(Error::new(ErrorKind::EngineFailed, "no voice could speak the clause; it is lost"));
        };
        let style = self.style_of(&clause, chosen.info());
        let speech = self.reader.read(&clause);
        let key = Key::new(&chosen, &speech, &style);
        // Measured before the clause is rendered: measuring is a rendering too, and a canceller ends the latest
        // rendering.
        let calibration = chosen.calibration(style.speaker, &self.cancel);
        let source = match self.cache.get(&key) {
            Some(samples) => Source::Cached { samples, given: 0 },
            None => match Arc::clone(&chosen).render(&speech, &style, &self.cancel) {
                Ok(rendering) => Source::Rendering { rendering, key, whole: Vec::new() },
                Err(error) => return self.fall_back(clause, voice, error),
            },
        };
        let rate = chosen.info().sample_rate;
        if rate != self.speaker.rate {
            let mut audio = Vec::new();
            self.speaker.change_rate(rate, &mut audio)?;
            self.give(audio);
        }
        let levelling = self.options.loudness.zip(calibration.loudness);
        let levelling =
            levelling.map_or(0.0, |(wanted, own)| (wanted - own).clamp(-MAX_LEVELLING, MAX_LEVELLING));
        let gain = self.options.volume * 10.0f32.powf((clause.style.volume_db + levelling) / 20.0);
        self.speaker.joint.begin(gain, style.speed, calibration.speech_level());
        let comma_ms = calibration.comma_ms.unwrap_or(COMMA_MS);
        let pause = Pause { end: clause.end, comma_ms, speed: style.speed };
        self.speaking = Some(Speaking { source, clause, voice, pause, heard: false });
        Ok(())
    }

    /// The clause's own style on top of the session's.
    fn style_of(&self, clause: &ScriptClause, voice: &VoiceInfo) -> Style {
        let own = self.options.style;
        Style {
            speed: (own.speed * clause.style.rate).clamp(0.25, 4.0),
            pitch: (own.pitch * (clause.style.pitch / 12.0).exp2()).clamp(0.5, 2.0),
            // A fallback voice may have fewer speakers.
            speaker: own.speaker.filter(|speaker| (*speaker as usize) < voice.speakers.len()),
            noise: own.noise,
            whole: own.whole,
        }
    }

    fn fall_back(&mut self, clause: ScriptClause, voice: usize, error: Error) -> Result<()> {
        if voice + 1 >= self.voices.len() || self.cancel.is_cancelled() {
            return Err(error);
        }
        tracing::warn!(code = error.code(), "a voice failed; the next one replaces it");
        self.events.push_back(TtsEvent::Warning(error));
        self.render(clause, voice + 1)
    }

    fn speak(&mut self) -> Result<()> {
        let Some(speaking) = &mut self.speaking else { return Ok(()) };
        let ahead = self.playback.ahead();
        let samples = &mut self.speaker.samples;
        samples.clear();
        let more = match &mut speaking.source {
            Source::Cached { samples: cached, given } => {
                let chunk = cached[*given..].chunks(CACHED_CHUNK).next();
                *given += chunk.map_or(0, <[f32]>::len);
                chunk.map(|chunk| self.speaker.joint.push(chunk, samples)).is_some()
            }
            Source::Rendering { rendering, whole, .. } => match rendering.next_chunk(ahead) {
                Ok(Some(chunk)) => {
                    self.speaker.joint.push(&chunk, samples);
                    whole.extend_from_slice(&chunk);
                    true
                }
                Ok(None) => false,
                Err(error) if speaking.heard => {
                    // Audio that has begun is faded out.
                    self.failed = Some(error);
                    false
                }
                Err(error) => {
                    let Some(speaking) = self.speaking.take() else { return Err(error) };
                    return self.fall_back(speaking.clause, speaking.voice, error);
                }
            },
        };
        let total = match &speaking.source {
            Source::Cached { samples, .. } => Some(samples.len()),
            Source::Rendering { rendering, .. } => rendering.total_samples(),
        };
        if !more {
            self.speaker.joint.finish(samples);
        }
        speaking.heard |= !samples.is_empty();
        if let Some(total) = total {
            self.playback.expect(self.speaker.frames_of(total));
        }
        let mut audio = Vec::new();
        self.speaker.encoder.push(&self.speaker.samples, &mut audio)?;
        if !more && let Some(Speaking { source, pause, .. }) = self.speaking.take() {
            self.pause = Some(pause);
            // A cancelled voice may end its clause early without an error.
            if let Source::Rendering { key, whole, .. } = source
                && !self.cancel.is_cancelled()
                && self.failed.is_none()
            {
                self.cache.put(key, &whole);
            }
        }
        self.give(audio);
        if !more {
            self.playback.end();
        }
        Ok(())
    }

    /// The silence between two clauses.
    fn make_pause(&mut self, before: Option<Boundary>) -> Result<()> {
        let Some(pause) = self.pause.take() else { return Ok(()) };
        self.silence(pause.ms(before))
    }

    fn silence(&mut self, ms: u32) -> Result<()> {
        let mut audio = Vec::new();
        let samples = vec![0.0; (u64::from(self.speaker.rate) * u64::from(ms) / 1_000) as usize];
        self.speaker.encoder.push(&samples, &mut audio)?;
        self.give(audio);
        Ok(())
    }

    fn give(&mut self, audio: Vec<u8>) {
        if audio.is_empty() {
            return;
        }
        let at_ms = self.playback.make(self.speaker.frames_in(&audio));
        self.events.push_back(TtsEvent::Audio(AudioChunk { audio, at_ms, span: self.span.clone() }));
    }
}

impl Speaker {
    fn new(rate: u32, format: Format) -> Result<Self> {
        Ok(Self {
            joint: ClauseJoiner::new(rate),
            encoder: Encoder::new(rate, format)?,
            rate,
            samples: Vec::new(),
        })
    }

    /// Continues with a voice of another sample rate; buffered samples go to `out`.
    fn change_rate(&mut self, rate: u32, out: &mut Vec<u8>) -> Result<()> {
        self.encoder.finish(out)?;
        self.encoder = Encoder::new(rate, self.encoder.format())?;
        self.joint = ClauseJoiner::new(rate);
        self.rate = rate;
        Ok(())
    }

    /// The number of frames that samples of the voice become.
    fn frames_of(&self, samples: usize) -> u64 {
        samples as u64 * u64::from(self.encoder.format().sample_rate()) / u64::from(self.rate)
    }

    fn frames_in(&self, audio: &[u8]) -> u64 {
        (audio.len() / self.encoder.format().frame_bytes()) as u64
    }
}

#[cfg(test)]
mod tests;
