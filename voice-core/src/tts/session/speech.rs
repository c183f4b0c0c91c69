//! The audio of a session: from a clause to chunks in the session's format.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::TtsSession;
use crate::audio::{Encoder, Format};
use crate::error::{Error, ErrorKind, Result};
use crate::text::segment::Boundary;
use crate::tts::cache::Key;
use crate::tts::clause::{Label, ScriptClause};
use crate::tts::clause_joiner::{ClauseJoiner, MARGIN_MS};
use crate::tts::event::{AudioChunk, TtsEvent};
use crate::tts::passage::{Passage, PassageMark};
use crate::tts::voice::{Rendering, Style, VoiceInfo};
use crate::tts::voices::Voices;

/// Samples in each chunk of a cached clause.
const CACHED_CHUNK: usize = 8_192;

/// The pause at a comma for a voice without calibration, in milliseconds.
const COMMA_MS: u32 = 250;

/// The maximum gain or attenuation to reach a loudness, in decibels. Audio that needs more is not speech.
const MAX_LEVELLING: f32 = 24.0;

/// The end of a clause and the parameters of the silence after it.
#[derive(Clone, Copy)]
pub(super) struct ClauseEnd {
    boundary: Boundary,
    /// The voice's pause at a comma.
    comma_ms: u32,
    speed: f32,
}

impl ClauseEnd {
    /// The silence between the last loud sample of the clause and the first one of the next, in milliseconds.
    fn silence_ms(self, before: Option<Boundary>) -> u32 {
        let ms = match before.unwrap_or(self.boundary) {
            Boundary::Forced => return 0,
            Boundary::Comma => self.comma_ms,
            Boundary::Sentence | Boundary::End => self.comma_ms.max(380),
            Boundary::Paragraph => 660.max(self.comma_ms + 200),
        };
        // Each clause has a margin on both sides.
        ((ms.saturating_sub(2 * MARGIN_MS)) as f32 / self.speed) as u32
    }
}

/// Converts samples of one voice to the session's format.
pub(super) struct Speaker {
    joint: ClauseJoiner,
    pub(super) encoder: Encoder,
    rate: u32,
    samples: Vec<f32>,
}

/// The passage being spoken, and the clause that it is a part of.
pub(super) struct Speaking {
    source: Source,
    clause: ClauseProgress,
    passage: Passage,
    /// The index of its voice.
    voice: usize,
    /// The end of the clause, for the silence after it.
    end: ClauseEnd,
    /// The first frame of the passage.
    start: u64,
    /// Its marks that were not reached yet.
    marks: VecDeque<PassageMark>,
    /// Whether audio of it has been made, so that no fallback voice may restart it.
    has_audio: bool,
}

/// How far a clause has been spoken.
struct ClauseProgress {
    clause: ScriptClause,
    /// The passages that follow.
    rest: VecDeque<Passage>,
    /// The first frame of its speech.
    start: u64,
    /// Whether audio of it has been made.
    has_audio: bool,
}

pub(super) enum Source {
    Rendering { rendering: Box<dyn Rendering>, key: Key, whole: Vec<f32> },
    Cached { samples: Arc<[f32]>, given: usize },
}

impl TtsSession {
    pub(super) fn begin(&mut self, mut clause: ScriptClause) -> Result<()> {
        if self.marks_words {
            clause.mark_words();
        }
        let rest = VecDeque::from(self.settings.passages(&clause));
        if !rest.is_empty() {
            self.make_silence(clause.before)?;
            self.span = clause.span.clone();
        }
        self.playback.begin(&clause);
        let start = self.playback.made();
        self.next_passage(ClauseProgress { clause, rest, start, has_audio: false })
    }

    /// Begins the next passage of a clause, or ends the clause.
    fn next_passage(&mut self, mut clause: ClauseProgress) -> Result<()> {
        if let Some(passage) = clause.rest.pop_front() {
            return self.render(clause, passage, 0);
        }
        self.playback.end();
        let ClauseProgress { clause, has_audio, .. } = clause;
        if has_audio {
            self.spoken_to = Some(clause.span.end);
        } else if clause.has_words() && self.failed.is_none() && !self.cancel.is_cancelled() {
            self.outputs.push(TtsEvent::Warning(nothing_spoken(&clause.span)));
            self.spoken_to = Some(clause.span.end);
        }
        Ok(())
    }

    /// Begins to render a passage with the voice at that index, or the next one that works.
    fn render(&mut self, clause: ClauseProgress, passage: Passage, voice: usize) -> Result<()> {
        let settings = Arc::clone(&self.settings);
        if passage.speech.is_empty() {
            for mark in passage.marks {
                self.push_mark(mark.label);
            }
            return self.next_passage(clause);
        }
        let Some(chosen) = settings.voices.get(passage.group).voices.get(voice).cloned() else {
            return Err(Error::new(ErrorKind::EngineFailed, "no voice could speak the clause; it is lost"));
        };
        let is_main = passage.group == Voices::MAIN;
        let style = self.style_of(&clause.clause, chosen.info(), is_main);
        let key = Key::new(&chosen, &passage.speech, &style);
        // Measured before the clause is rendered: measuring is a rendering too, and a canceller ends the latest
        // rendering.
        let calibration = chosen.calibration(style.speaker, &self.cancel);
        let source = match self.cache.get(&key) {
            Some(samples) => Source::Cached { samples, given: 0 },
            None => match Arc::clone(&chosen).render(&passage.speech, &style, &self.cancel) {
                Ok(rendering) => Source::Rendering { rendering, key, whole: Vec::new() },
                Err(error) => return self.fall_back(clause, passage, voice, error),
            },
        };
        let rate = chosen.info().sample_rate;
        if rate != self.speaker.rate {
            let mut audio = Vec::new();
            self.speaker.change_rate(rate, &mut audio)?;
            self.give(audio);
        }
        let levelling = settings.options.loudness.zip(calibration.loudness);
        let levelling =
            levelling.map_or(0.0, |(wanted, own)| (wanted - own).clamp(-MAX_LEVELLING, MAX_LEVELLING));
        let gain = settings.options.volume * 10.0f32.powf((clause.clause.style.volume_db + levelling) / 20.0);
        self.speaker.joint.begin(gain, style.speed, calibration.speech_level());
        let comma_ms = calibration.comma_ms.unwrap_or(COMMA_MS);
        let end = ClauseEnd { boundary: clause.clause.end, comma_ms, speed: style.speed };
        let (start, marks) = (self.playback.made(), passage.marks.clone().into());
        self.speaking =
            Some(Speaking { source, clause, passage, voice, end, start, marks, has_audio: false });
        Ok(())
    }

    /// The clause's own style on top of the session's.
    fn style_of(&self, clause: &ScriptClause, voice: &VoiceInfo, is_main: bool) -> Style {
        let own = self.settings.options.style;
        Style {
            speed: (own.speed * clause.style.rate).clamp(0.25, 4.0),
            pitch: (own.pitch * (clause.style.pitch / 12.0).exp2()).clamp(0.5, 2.0),
            // A fallback voice may have fewer speakers, and those of a voice of another language are others.
            speaker: own.speaker.filter(|speaker| is_main && (*speaker as usize) < voice.speakers.len()),
            noise: own.noise,
            whole: own.whole,
        }
    }

    fn fall_back(
        &mut self,
        clause: ClauseProgress,
        passage: Passage,
        voice: usize,
        error: Error,
    ) -> Result<()> {
        let is_last = voice + 1 >= self.settings.voices.get(passage.group).voices.len();
        if is_last && passage.otherwise.is_none() || self.cancel.is_cancelled() {
            return Err(error);
        }
        tracing::warn!(code = error.code(), "a voice failed; the next one replaces it");
        self.outputs.push(TtsEvent::Warning(error));
        match passage.otherwise {
            Some((group, speech)) if is_last => {
                let passage = Passage { group, speech, otherwise: None, ..passage };
                self.render(clause, passage, 0)
            }
            _ => self.render(clause, passage, voice + 1),
        }
    }

    pub(super) fn speak(&mut self) -> Result<()> {
        let Some(speaking) = &mut self.speaking else { return Ok(()) };
        let ahead = self.playback.ahead();
        let samples = &mut self.speaker.samples;
        samples.clear();
        // The places of marks depend on the length, which some voices know only at the end.
        let must_be_whole = !speaking.marks.is_empty();
        let more = match &mut speaking.source {
            Source::Cached { samples: cached, given } => {
                let chunk = cached[*given..].chunks(CACHED_CHUNK).next();
                *given += chunk.map_or(0, <[f32]>::len);
                chunk.map(|chunk| self.speaker.joint.push(chunk, samples)).is_some()
            }
            Source::Rendering { rendering, whole, key } => {
                let collects = must_be_whole && rendering.total_samples().is_none();
                match rendering.next_chunk(ahead) {
                    Ok(Some(chunk)) => {
                        if !collects {
                            self.speaker.joint.push(&chunk, samples);
                        }
                        whole.extend_from_slice(&chunk);
                        true
                    }
                    Ok(None) if collects => {
                        if !self.cancel.is_cancelled() {
                            self.cache.put(key.clone(), whole);
                        }
                        speaking.source = Source::Cached { samples: std::mem::take(whole).into(), given: 0 };
                        true
                    }
                    Ok(None) => false,
                    Err(error) if speaking.has_audio => {
                        // Audio that has begun is faded out.
                        self.failed = Some(error);
                        false
                    }
                    Err(error) => {
                        let Some(speaking) = self.speaking.take() else { return Err(error) };
                        return self.fall_back(speaking.clause, speaking.passage, speaking.voice, error);
                    }
                }
            }
        };
        let total = match &speaking.source {
            Source::Cached { samples, .. } => Some(samples.len()),
            Source::Rendering { rendering, .. } => rendering.total_samples(),
        };
        if !more {
            self.speaker.joint.finish(samples);
        }
        speaking.has_audio |= !samples.is_empty();
        speaking.clause.has_audio |= speaking.has_audio;
        let total = total.map(|total| self.speaker.frames_of(total));
        if let Some(total) = total {
            self.playback.expect(speaking.expected(total));
        }
        let mut audio = Vec::new();
        self.speaker.encoder.push(&self.speaker.samples, &mut audio)?;
        // At the end all marks are due.
        let due = if more { total.unwrap_or(u64::MAX) } else { 0 };
        let marks = speaking.due_marks(due, self.playback.made() + self.speaker.frames_in(&audio));
        if more {
            self.give_with_marks(audio, marks);
            return Ok(());
        }
        let Some(Speaking { source, end, mut clause, .. }) = self.speaking.take() else { return Ok(()) };
        if clause.has_audio {
            self.clause_end = Some(end);
        }
        // A cancelled voice may end its clause early without an error.
        if let Source::Rendering { key, whole, .. } = source
            && !self.cancel.is_cancelled()
            && self.failed.is_none()
        {
            self.cache.put(key, &whole);
        }
        self.give_with_marks(audio, marks);
        if self.failed.is_some() {
            clause.rest.clear();
        }
        self.next_passage(clause)
    }

    /// Gives audio, and marks at their frames in it.
    fn give_with_marks(&mut self, mut audio: Vec<u8>, marks: Vec<(u64, Label)>) {
        let bytes = self.speaker.encoder.format().frame_bytes();
        for (at, label) in marks {
            let before = (at.saturating_sub(self.playback.made()) as usize * bytes).min(audio.len());
            let rest = audio.split_off(before);
            self.give(std::mem::replace(&mut audio, rest));
            self.push_mark(label);
        }
        self.give(audio);
    }

    /// Places a mark at the end of the audio made so far.
    fn push_mark(&mut self, label: Label) {
        if let Label::Word(_, span) = &label {
            self.playback.begin_word(span.start);
        }
        self.outputs.push_mark(self.playback.made(), label);
    }

    /// The silence between two clauses.
    pub(super) fn make_silence(&mut self, before: Option<Boundary>) -> Result<()> {
        let Some(end) = self.clause_end.take() else { return Ok(()) };
        self.silence(end.silence_ms(before))
    }

    pub(super) fn silence(&mut self, ms: u32) -> Result<()> {
        let mut audio = Vec::new();
        let samples = vec![0.0; (u64::from(self.speaker.rate) * u64::from(ms) / 1_000) as usize];
        self.speaker.encoder.push(&samples, &mut audio)?;
        self.give(audio);
        Ok(())
    }

    pub(super) fn give(&mut self, audio: Vec<u8>) {
        match &mut self.packets {
            None => self.give_piece(audio),
            Some(packets) => {
                for piece in packets.cut(&audio) {
                    self.give_piece(piece);
                }
            }
        }
    }

    fn give_piece(&mut self, audio: Vec<u8>) {
        if audio.is_empty() {
            return;
        }
        let at = self.playback.make(self.speaker.frames_in(&audio));
        self.outputs.push_audio(at, audio, self.span.clone());
    }

    /// Gives the audio of an incomplete packet, which no more audio follows for now. False if there is none.
    pub(super) fn fill_packet(&mut self, is_end: bool) -> bool {
        let Some(rest) = self.packets.as_mut().and_then(|packets| packets.fill(is_end)) else { return false };
        self.give_piece(rest);
        true
    }

    /// The event as it is given out.
    pub(super) fn packed(&mut self, event: TtsEvent) -> Result<TtsEvent> {
        let Some(packets) = &mut self.packets else { return Ok(event) };
        match event {
            TtsEvent::Audio(chunk) => {
                let audio = packets.encode(&chunk.audio)?;
                Ok(TtsEvent::Audio(AudioChunk { audio, ..chunk }))
            }
            TtsEvent::Finished { at_ms } => {
                let Some(audio) = packets.finish()? else { return Ok(event) };
                self.ready = Some(event);
                let span = self.span.clone();
                Ok(TtsEvent::Audio(AudioChunk { audio, at_ms, end_ms: at_ms, span }))
            }
            event => Ok(event),
        }
    }
}

impl Speaking {
    /// The frames of the whole clause, if those of this passage are `frames`: passages take time in proportion to their
    /// length.
    fn expected(&self, frames: u64) -> u64 {
        let rest: usize = self.clause.rest.iter().map(|passage| passage.length).sum();
        let further = frames as f64 * rest as f64 / self.passage.length.max(1) as f64;
        self.start - self.clause.start + frames + further as u64
    }

    /// Takes the marks before the frame `end` of a passage of `total` frames.
    fn due_marks(&mut self, total: u64, end: u64) -> Vec<(u64, Label)> {
        let mut due = Vec::new();
        while let Some(mark) = self.marks.front() {
            let at = self.start.saturating_add((total as f64 * mark.at) as u64);
            if at >= end && total > 0 {
                break;
            }
            let at = if total > 0 { at } else { end };
            due.extend(self.marks.pop_front().map(|mark| (at, mark.label)));
        }
        due
    }
}

/// The warning for a clause that gave no audio.
fn nothing_spoken(span: &Range<usize>) -> Error {
    let message = format!(
        "the text from byte {} to {} has nothing that the voice can speak; give words in its language",
        span.start, span.end
    );
    Error::new(ErrorKind::TextEmpty, message)
}

impl Speaker {
    pub(super) fn new(rate: u32, format: Format) -> Result<Self> {
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
