//! The utterances of a session, from the first voice frame to the transcript.

use super::{Kept, SttSession, samples_in};
use crate::audio::SAMPLE_RATE;
use crate::error::{Error, Result};
use crate::stt::cut::CutWindow;
use crate::stt::{EndReason, SttEvent, Transcript, Word};
use crate::stt::{Ending, Recognizer};
use crate::vad::{FRAME, FRAME_MS, STAY};

/// The most audio of one call of an engine, whose calls have a deadline: two seconds.
const CALL_FRAMES: u32 = 2_000 / FRAME_MS;

/// The current utterance.
pub(super) struct Utterance {
    pub(super) recognizer: Box<dyn Recognizer>,
    /// Sample rate of the recognizer and of all audio here, in Hz.
    rate: u32,
    /// The decoded audio, for a fallback. Its length is bounded by that of an utterance.
    decoded: Option<Vec<i16>>,
    /// Time of its first sample.
    pub(super) start_ms: u64,
    /// Audio for the next decoding step.
    pub(super) feed: Vec<i16>,
    /// The number of silent frames at the end of the fed and decoded audio.
    pub(super) quiet: u32,
    /// Silence after those, which is decoded only if speech continues.
    pub(super) held: Vec<i16>,
    /// The last frames, in which the utterance is cut if it reaches the maximum length.
    pub(super) cut_window: CutWindow,
    /// The last reported partial text.
    pub(super) partial: String,
    /// Samples decoded since the last partial text.
    pub(super) unreported: usize,
    /// End of the last frame with voice.
    pub(super) voice_end_ms: u64,
}

impl SttSession {
    pub(super) fn keep_pre_roll(&mut self, sound: &[i16]) {
        self.pre_roll.extend(sound);
        let excess = self.pre_roll.len().saturating_sub(self.pre_roll_max);
        self.pre_roll.drain(..excess);
    }

    /// Drops the utterance from the pre-roll. The last `frames` of silence are kept, because they may have the soft
    /// first consonant of the next utterance.
    pub(super) fn keep_silence(&mut self, frames: u32) {
        let kept = samples_in(frames.into(), self.setup.recognizer.sample_rate) as usize;
        self.pre_roll.drain(..self.pre_roll.len().saturating_sub(kept));
    }

    /// Starts an utterance whose first voice was `ago` frames ago and whose last `silent` frames are not voice.
    pub(super) fn start_utterance(&mut self, ago: u32, silent: u32) -> Result<()> {
        let at_ms = self.now_ms() - u64::from(ago * FRAME_MS);
        self.models.begin();
        let kept = self.kept.take().map(|kept| kept.recognizer);
        let kept = kept.and_then(|mut kept| kept.resume().then_some(kept));
        let recognizer = match kept {
            Some(recognizer) => recognizer,
            None => self.recognizer()?,
        };
        let rate = self.setup.recognizer.sample_rate;
        let feed: Vec<i16> = std::mem::take(&mut self.pre_roll).into();
        let before_ms = feed.len() as u64 * 1_000 / u64::from(rate);
        self.utterance = Some(Utterance {
            recognizer,
            rate,
            decoded: self.models.has_fallback().then(Vec::new),
            start_ms: self.now_ms() - before_ms,
            feed,
            quiet: silent,
            held: Vec::new(),
            cut_window: CutWindow::default(),
            partial: String::new(),
            unreported: 0,
            voice_end_ms: self.now_ms() - u64::from(silent * FRAME_MS),
        });
        if let Err(error) = self.call(Utterance::decode_feed) {
            // Its start was not reported, so its end is not reported.
            self.utterance = None;
            return Err(error);
        }
        self.events.push_back(SttEvent::SpeechStarted { at_ms });
        Ok(())
    }

    /// Adds a frame to the utterance. `silence` is the number of frames without voice at its end, this one included.
    /// True if a decoding step is due.
    pub(super) fn append_frame(&mut self, sound: &[i16], silence: u32) -> bool {
        let now_ms = self.now_ms();
        let enough = self.samples_in_ms(self.setup.decoding.step_ms.max(1));
        let tail = self.setup.decoding.margins.after_ms / FRAME_MS;
        let Some(utterance) = &mut self.utterance else { return false };
        if silence > tail {
            utterance.held.extend_from_slice(sound);
            return false;
        }
        if silence == 0 {
            utterance.voice_end_ms = now_ms;
        }
        utterance.quiet = silence;
        utterance.feed.append(&mut utterance.held);
        utterance.feed.extend_from_slice(sound);
        utterance.feed.len() >= enough || silence == tail
    }

    /// Decodes the audio that waits, and ends the utterance if the recognizer finds that it has ended.
    pub(super) fn feed_utterance(&mut self) -> Result<()> {
        let has_endpoints = self.setup.decoding.has_endpoints;
        let is_endpoint = self.call(|utterance| {
            utterance.decode_feed()?;
            if has_endpoints { utterance.recognizer.is_endpoint() } else { Ok(false) }
        })?;
        if is_endpoint == Some(true) { self.end_now(EndReason::Silence) } else { Ok(()) }
    }

    /// Whether enough audio was decoded for another partial text.
    pub(super) fn has_partial(&self) -> bool {
        let interval = self.samples_in_ms(self.setup.decoding.partial_interval_ms).max(1);
        self.utterance.as_ref().is_some_and(|utterance| utterance.unreported >= interval)
    }

    /// The number of samples at the engine's rate in `ms`.
    fn samples_in_ms(&self, ms: u32) -> usize {
        samples_in(ms.div_ceil(FRAME_MS).into(), self.setup.recognizer.sample_rate) as usize
    }

    /// Ends the utterance before its endpoint.
    pub(super) fn end_now(&mut self, reason: EndReason) -> Result<()> {
        if let Some(silent) = self.endpointer.trailing_silence() {
            self.keep_silence(silent);
        }
        self.endpointer.reset();
        self.end_utterance(reason)
    }

    pub(super) fn end_utterance(&mut self, reason: EndReason) -> Result<()> {
        let Some((transcript, _)) = self.finish_utterance()? else { return Ok(()) };
        self.report_final(transcript, reason);
        self.apply_pending()
    }

    /// Ends the utterance between two recognized words. If the audio after the cut has voice or words, it is decoded
    /// again as the beginning of the next utterance.
    pub(super) fn cut_utterance(&mut self) -> Result<()> {
        let Some((mut transcript, window)) = self.finish_utterance()? else { return Ok(()) };
        let first_frame = self.frames - window.scores.len() as u64;
        let time = |frame: usize| (first_frame + frame as u64) * u64::from(FRAME_MS);
        let cut = window.cut_position(&transcript.words, self.setup.decoding.word_times, time);
        let has_words = transcript.end_at(time(cut));
        let (before, after) = window.scores.split_at(cut);
        let is_voice = |score: &f32| *score >= STAY;
        let voice_end = before.iter().rposition(is_voice).map(|last| time(last + 1));
        transcript.end_ms = voice_end.unwrap_or(transcript.end_ms).min(time(cut));
        self.report_final(transcript, EndReason::MaxLength);

        let rate = self.setup.recognizer.sample_rate;
        let sound = samples_in(first_frame + cut as u64, rate) - samples_in(first_frame, rate);
        self.pre_roll = window.sound[sound as usize..].iter().copied().collect();
        self.apply_pending()?;
        let voice = after.iter().position(is_voice);
        if !has_words && voice.is_none() {
            return Ok(());
        }
        let silent = after.iter().rev().take_while(|score| !is_voice(score)).count() as u32;
        self.endpointer.continue_with(after.len() as u32, silent);
        self.start_utterance((after.len() - voice.unwrap_or(0)) as u32, silent)
    }

    /// The transcript of the utterance, with words and in stream time, and the frames in which it may be cut.
    pub(super) fn finish_utterance(&mut self) -> Result<Option<(Transcript, CutWindow)>> {
        let is_last = self.ended;
        let transcript = self.call(|utterance| {
            utterance.decode_feed()?;
            let pushed = samples_in(utterance.quiet.into(), utterance.rate) as usize;
            utterance.recognizer.finish(if is_last { Ending::Last } else { Ending::Pause { pushed } })
        });
        let transcript = transcript.map_err(|error| self.abandon(error))?;
        let (Some(mut transcript), Some(utterance)) = (transcript, self.utterance.take()) else {
            return Ok(None);
        };
        let Utterance { mut recognizer, start_ms, cut_window, voice_end_ms: end_ms, .. } = utterance;
        match recognizer.keep().filter(|_| !self.ended) {
            Some(ms) => self.kept = Some(Kept { recognizer, remaining: ms.div_ceil(FRAME_MS).max(1) }),
            None => recognizer.release(),
        }
        shift(&mut transcript, start_ms);
        transcript.start_ms = start_ms;
        transcript.end_ms = end_ms;
        Ok(Some((transcript, cut_window)))
    }

    pub(super) fn report_final(&mut self, mut transcript: Transcript, reason: EndReason) {
        if !self.options.words {
            transcript.words.clear();
            transcript.alternatives.iter_mut().for_each(|alternative| alternative.words.clear());
        }
        let at_ms = transcript.end_ms;
        self.events.push_back(SttEvent::Final(transcript));
        self.events.push_back(SttEvent::SpeechEnded { at_ms, reason });
    }

    /// Drops the current utterance after the engine failed in it.
    pub(super) fn abandon(&mut self, error: Error) -> Error {
        if let Some(utterance) = self.utterance.take() {
            let at_ms = utterance.voice_end_ms;
            self.events.push_back(SttEvent::SpeechEnded { at_ms, reason: EndReason::Failed });
        }
        self.endpointer.reset();
        self.pre_roll.clear();
        if let Err(error) = self.apply_pending() {
            self.warn(error.kind(), error.to_string());
        }
        error
    }
}

impl Utterance {
    /// Decodes the audio that waits. After an error it still waits.
    pub(super) fn decode_feed(&mut self) -> Result<()> {
        if self.feed.is_empty() {
            return Ok(());
        }
        // One call at most times, and several for the audio of a long utterance that a fallback decodes.
        let most = samples_in(CALL_FRAMES.into(), self.rate) as usize;
        for samples in self.feed.chunks(most) {
            self.recognizer.push(samples)?;
        }
        self.unreported += self.feed.len();
        match &mut self.decoded {
            Some(decoded) => decoded.append(&mut self.feed),
            None => self.feed.clear(),
        }
        Ok(())
    }

    /// Samples that are held for a fallback.
    #[cfg(test)]
    pub(super) fn held_for_fallback(&self) -> usize {
        self.decoded.as_ref().map_or(0, Vec::len)
    }

    /// Continues with another recognizer, which must decode all audio of the utterance.
    pub(super) fn restart(&mut self, recognizer: Box<dyn Recognizer>) {
        self.recognizer = recognizer;
        if let Some(decoded) = &mut self.decoded {
            decoded.append(&mut self.feed);
            self.feed = std::mem::take(decoded);
        }
    }

    /// Changes the rate of all audio to 16 kHz with `convert`.
    pub(super) fn convert(&mut self, convert: impl Fn(&[i16]) -> Result<Vec<i16>>) -> Result<()> {
        let mut parts = vec![&mut self.feed, &mut self.held, &mut self.cut_window.sound];
        parts.extend(&mut self.decoded);
        for samples in parts {
            *samples = convert(samples)?;
        }
        // The frames of the window are at this rate now.
        self.cut_window.sound.resize(self.cut_window.scores.len() * FRAME, 0);
        self.rate = SAMPLE_RATE;
        Ok(())
    }
}

fn shift(transcript: &mut Transcript, by_ms: u64) {
    let move_word = |word: &mut Word| {
        word.start_ms += by_ms;
        word.end_ms += by_ms;
    };
    transcript.words.iter_mut().for_each(move_word);
    for alternative in &mut transcript.alternatives {
        alternative.words.iter_mut().for_each(move_word);
    }
}
