//! The text-to-speech session.

mod outputs;
mod packets;
mod speech;

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::outputs::{BegunStep, Outputs, Respoken};
use self::packets::Packets;
use self::speech::{ClauseEnd, Speaker, Speaking};
use super::cache::ClauseCache;
use super::clause::Label;
use super::clock::Clock;
use super::event::TtsEvent;
use super::explanation::Explanation;
use super::options::TtsOptions;
use super::playback::{Heard, Playback, Turn};
use super::script::{Script, Step};
use super::settings::Settings;
use super::voice::{Canceller, Voice};
use crate::audio::Format;
use crate::error::{Error, ErrorKind, Result};

/// A text-to-speech session, which turns a stream of text into audio.
///
/// It does no input or output of its own: text is pushed in, [`TtsEvent`]s are pulled out. It computes on the
/// caller's thread in [`next_event`](Self::next_event), and only as far as the event needs.
pub struct TtsSession {
    /// Those of the clause that is begun next.
    settings: Arc<Settings>,
    /// Those of text that is pushed next.
    latest: Arc<Settings>,
    cache: Arc<ClauseCache>,
    script: Script,
    speaker: Speaker,
    speaking: Option<Speaking>,
    /// The end of the last clause, until the silence after it is made.
    clause_end: Option<ClauseEnd>,
    span: Range<usize>,
    /// An event that is returned before all others.
    ready: Option<TtsEvent>,
    /// If the audio is given out in packets.
    packets: Option<Packets>,
    outputs: Outputs,
    cancel: Canceller,
    playback: Playback,
    ended: bool,
    /// Whether the start of each word is told.
    marks_words: bool,
    /// The error of a clause whose audio has begun, until that audio has been taken.
    failed: Option<Error>,
    /// The end of the text that has been spoken, or told to have no words.
    spoken_to: Option<usize>,
    /// Whether the last event has been made. A cancel drops the event if it was not taken, and it is made again.
    finished: bool,
}

impl TtsSession {
    /// Opens a session. The first of `voices` is the main voice, and later ones of its language are its fallbacks.
    /// Voices of other languages speak clauses and words of their languages. `clock` estimates what the listener has
    /// heard.
    pub fn new(
        voices: Vec<Arc<dyn Voice>>,
        options: TtsOptions,
        cache: Arc<ClauseCache>,
        clock: Clock,
    ) -> Result<Self> {
        let kept_ms = options.kept_ms;
        let settings = Arc::new(Settings::new(voices, options)?);
        let (info, options) = (settings.info().clone(), &settings.options);
        let rate = options.sample_rate.unwrap_or(options.output.sample_rate(info.sample_rate));
        let format = Format::new(options.encoding, rate, 1)?;
        Ok(Self {
            script: Script::default(),
            speaker: Speaker::new(info.sample_rate, format)?,
            ready: Some(TtsEvent::Ready { voice: info, format }),
            packets: Packets::new(options.output, format)?,
            outputs: Outputs::new(format, kept_ms),
            latest: Arc::clone(&settings),
            settings,
            cache,
            speaking: None,
            clause_end: None,
            span: 0..0,
            cancel: Canceller::new(clock.clone()),
            playback: Playback::new(format.sample_rate(), clock),
            ended: false,
            marks_words: false,
            failed: None,
            spoken_to: None,
            finished: false,
        })
    }

    /// The format of the audio.
    pub fn format(&self) -> Format {
        self.speaker.encoder.format()
    }

    /// The options of text that is pushed next.
    pub fn options(&self) -> &TtsOptions {
        &self.latest.options
    }

    /// Speaks the text that is pushed from now on with other options and the same voices: `language`, `expected_language` and
    /// `voice` are not looked at. The text before it is complete, as after [`flush`](Self::flush), and is spoken as before. A cancel
    /// does not undo an update.
    ///
    /// Encoding, output and sample rate stay. Give those of [`options`](Self::options), or `None` as the sample rate.
    ///
    /// Fails with [`ErrorKind::OptionInvalid`], [`ErrorKind::TextTooLarge`] or [`ErrorKind::SessionEnded`], and then
    /// leaves the session unchanged.
    pub fn update(&mut self, options: TtsOptions) -> Result<()> {
        let TtsOptions { language, expected_language, voice, .. } = self.options().clone();
        let options = TtsOptions { language, expected_language, voice, ..options };
        self.update_voices(self.latest.voices.all(), options)
    }

    /// The same with other voices, as in [`new`](Self::new). Audio of a voice with another rate is resampled.
    /// [`Engine::update_tts`](crate::Engine::update_tts) chooses them.
    ///
    /// Fails also with [`ErrorKind::ModelNotFound`].
    pub fn update_voices(&mut self, voices: Vec<Arc<dyn Voice>>, options: TtsOptions) -> Result<()> {
        self.check_open()?;
        let format = self.format();
        let is_same_rate = options.sample_rate.is_none_or(|rate| rate == format.sample_rate());
        let is_same_output = options.output == self.latest.options.output;
        if options.encoding != format.encoding() || !is_same_rate || !is_same_output {
            let message = format!(
                "an update cannot change the encoding, the output or the sample rate, which is {} Hz; open a new \
                 session",
                format.sample_rate()
            );
            return Err(Error::new(ErrorKind::OptionInvalid, message));
        }
        let kept_ms = options.kept_ms;
        let settings = Arc::new(Settings::new(voices, options)?);
        self.script.update(Arc::clone(&settings))?;
        self.outputs.set_max(kept_ms);
        self.latest = settings;
        Ok(())
    }

    /// Tells the start of each word by [`TtsEvent::Word`], of clauses that begin after this call. A voice that does not
    /// know the length of a clause before its end renders the clause completely before its first audio.
    pub fn mark_words(&mut self) {
        self.marks_words = true;
    }

    /// Pushes a piece of text, split at any character, even within a word.
    pub fn push(&mut self, text: &str) -> Result<()> {
        self.check_open()?;
        self.script.push(text)
    }

    /// Pushes a complete SSML document.
    pub fn push_ssml(&mut self, document: &str) -> Result<()> {
        self.check_open()?;
        let latest = Arc::clone(&self.latest);
        for warning in self.script.push_ssml(document, |language| latest.has_voice(language))? {
            self.outputs.push(TtsEvent::Warning(warning));
        }
        Ok(())
    }

    /// How `text`, plain or an SSML document, would be read by this session if it were pushed next and alone. The session
    /// is not changed.
    ///
    /// Fails with [`ErrorKind::TextTooLarge`], [`ErrorKind::SsmlInvalid`] or as a voice does that cannot make phonemes.
    pub fn explain(&self, text: &str, is_ssml: bool) -> Result<Explanation> {
        self.latest.explain(text, is_ssml)
    }

    /// Counts `bytes` that the caller left out of its text, so that [spans](super::AudioChunk::span) count them. It also
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

    /// Holds the audio back until [`resume`](Self::resume); see [`Playback::pause`].
    pub fn pause(&self) {
        self.playback.pause();
    }

    /// Ends a pause: audio that was not heard before it is returned again; see [`Playback::resume`].
    pub fn resume(&self) {
        self.playback.resume();
    }

    /// A handle that reports and tells what was heard, pauses and resumes, from any thread, even while the session
    /// computes.
    pub fn playback(&self) -> Playback {
        self.playback.clone()
    }

    /// The next event, or `None` if more text is needed or the session is paused. Blocks while audio is computed, which
    /// takes less time than the audio lasts.
    ///
    /// If every voice fails on a clause, the clause is lost and the error is returned; the next call continues after
    /// it.
    pub fn next_event(&mut self) -> Result<Option<TtsEvent>> {
        if let Some(ready) = self.ready.take() {
            return Ok(Some(ready));
        }
        loop {
            if let Some(at) = self.cancel.take() {
                self.drop_everything(at)?;
            }
            if self.finished && self.outputs.is_empty() && self.playback.is_over() {
                self.playback.forget_pause();
                return Ok(None);
            }
            match self.playback.turn() {
                Turn::Play => {}
                Turn::Tell(at_ms, heard) => return Ok(Some(TtsEvent::Paused { at_ms, heard })),
                Turn::Wait => return Ok(None),
                Turn::Rewind => {
                    self.rewind()?;
                    continue;
                }
            }
            if let Some(frames) = self.outputs.next_frames() {
                let Some((heard, end)) = self.playback.give(frames) else { continue };
                self.outputs.forget(heard, end);
                let event = self.outputs.give();
                return event.map(|event| self.packed(event)).transpose();
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

    /// Makes a chunk of audio while the session is paused, so that it is there at once after a resume. Returns false if
    /// `most_ms` of audio are there, or there is no text to speak. Blocks while it computes.
    ///
    /// Fails as [`next_event`](Self::next_event).
    pub fn prepare(&mut self, most_ms: u32) -> Result<bool> {
        let is_pending = self.ready.is_some() || self.failed.is_some() || self.cancel.is_cancelled();
        if is_pending || !self.playback.holds() || self.playback.waiting() >= ms(most_ms) {
            return Ok(false);
        }
        let worked = self.work();
        // The error of a cancelled engine is not a failure.
        if self.cancel.is_cancelled() { Ok(false) } else { worked }
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
        if self.finished && self.outputs.is_empty() && !self.playback.is_paused(at) {
            // The last event has been taken; no event may follow.
            self.playback.stop(at);
            self.outputs.clear();
            return Ok(());
        }
        self.script.clear();
        self.outputs.clear();
        self.stop_speaking()?;
        self.clause_end = None;
        self.settings = Arc::clone(&self.latest);
        let (at_ms, heard) = self.playback.drop_unheard(at);
        self.outputs.push(TtsEvent::Cancelled { at_ms, heard });
        Ok(())
    }

    /// Goes back to the position that was heard, unless another pause came.
    fn rewind(&mut self) -> Result<()> {
        let Some((heard, end)) = self.playback.rewind(self.packets.as_ref().map_or(1, Packets::frames))
        else {
            return Ok(());
        };
        let Some(Respoken { at, steps }) = self.outputs.rewind(heard, end) else { return Ok(()) };
        self.playback.remake(at);
        self.stop_speaking()?;
        if let Some(first) = steps.front() {
            self.clause_end = first.clause_end;
            self.settings = Arc::clone(&first.settings);
        }
        self.script.put_back(steps.into_iter().map(|begun| begun.step));
        Ok(())
    }

    /// Drops the clause being spoken.
    fn stop_speaking(&mut self) -> Result<()> {
        self.finished = false;
        self.speaking = None;
        self.failed = None;
        if let Some(packets) = &mut self.packets {
            packets.clear();
        }
        self.speaker.encoder.restart()
    }

    /// Does one step of work; false if there is nothing to do.
    fn work(&mut self) -> Result<bool> {
        if self.speaking.is_some() {
            return self.speak().map(|()| true);
        }
        let Some(step) = self.script.next() else {
            if !self.ended || self.finished {
                return Ok(self.fill_packet(false));
            }
            self.finished = true;
            let mut audio = Vec::new();
            self.speaker.encoder.finish(&mut audio)?;
            self.give(audio);
            self.fill_packet(true);
            self.outputs.push_finished(self.playback.made());
            return Ok(true);
        };
        self.outputs.begin(BegunStep {
            at: self.playback.made(),
            step: step.clone(),
            clause_end: self.clause_end,
            settings: Arc::clone(&self.settings),
        });
        match step {
            Step::Clause(clause) => self.begin(clause)?,
            Step::Break { ms } => {
                // A break replaces the silence of the punctuation.
                self.clause_end = None;
                self.silence(ms)?;
            }
            Step::Mark { name } => {
                self.make_silence(None)?;
                self.outputs.push_mark(self.playback.made(), Label::Mark(name));
            }
            Step::Update(settings) => self.settings = settings,
            Step::Wordless { from } if self.spoken_to.is_none_or(|end| end <= from) => {
                self.spoken_to = Some(from + 1);
                let message = "the text has nothing that a voice can speak; give words or numbers";
                self.outputs.push(TtsEvent::Warning(Error::new(ErrorKind::TextEmpty, message)));
            }
            Step::Wordless { .. } => {}
        }
        Ok(true)
    }
}

fn ms(ms: u32) -> Duration {
    Duration::from_millis(u64::from(ms))
}

#[cfg(test)]
mod tests;
