//! The utterances of a session, from the first voice frame to the transcript.

use std::sync::Arc;

use super::{Kept, SttSession, samples_in};
use crate::error::{Error, Result};
use crate::stt::cut::CutWindow;
use crate::stt::{EndReason, SttEvent, Transcript, Word};
use crate::stt::{Ending, Recognizer};
use crate::vad::{FRAME_MS, STAY};

/// The current utterance.
pub(super) struct Utterance {
    pub(super) recognizer: Box<dyn Recognizer>,
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
        let kept = samples_in(frames.into(), self.recognizer_options.sample_rate) as usize;
        self.pre_roll.drain(..self.pre_roll.len().saturating_sub(kept));
    }

    /// Starts an utterance whose first voice was `ago` frames ago and whose last `silent` frames are not voice.
    pub(super) fn start_utterance(&mut self, ago: u32, silent: u32) -> Result<()> {
        let at_ms = self.now_ms() - u64::from(ago * FRAME_MS);
        let feed: Vec<i16> = std::mem::take(&mut self.pre_roll).into();
        let before_ms = feed.len() as u64 * 1_000 / u64::from(self.recognizer_options.sample_rate);
        let kept = self.kept.take().map(|kept| kept.recognizer);
        let kept = kept.and_then(|mut kept| kept.resume().then_some(kept));
        let recognizer = match kept {
            Some(recognizer) => recognizer,
            None => Arc::clone(&self.model).recognizer(&self.recognizer_options)?,
        };
        let mut utterance = Utterance {
            recognizer,
            start_ms: self.now_ms() - before_ms,
            feed,
            quiet: silent,
            held: Vec::new(),
            cut_window: CutWindow::default(),
            partial: String::new(),
            unreported: 0,
            voice_end_ms: self.now_ms() - u64::from(silent * FRAME_MS),
        };
        // Reported only after the engine has taken the audio, so that each start has an end.
        utterance.decode_feed()?;
        self.events.push_back(SttEvent::SpeechStarted { at_ms });
        self.utterance = Some(utterance);
        Ok(())
    }

    /// Adds a frame to the utterance. `silence` is the number of frames without voice at its end, this one included.
    /// True if a decoding step is due.
    pub(super) fn append_frame(&mut self, sound: &[i16], silence: u32) -> bool {
        let now_ms = self.now_ms();
        let enough = self.samples_in_ms(self.decoding.step_ms.max(1));
        let tail = self.decoding.margins.after_ms / FRAME_MS;
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
        let Some(utterance) = &mut self.utterance else { return Ok(()) };
        utterance.decode_feed()?;
        if self.decoding.has_endpoints && utterance.recognizer.is_endpoint()? {
            return self.end_now(EndReason::Silence);
        }
        Ok(())
    }

    /// Whether enough audio was decoded for another partial text.
    pub(super) fn has_partial(&self) -> bool {
        let interval = self.samples_in_ms(self.decoding.partial_interval_ms).max(1);
        self.utterance.as_ref().is_some_and(|utterance| utterance.unreported >= interval)
    }

    /// The number of samples at the engine's rate in `ms`.
    fn samples_in_ms(&self, ms: u32) -> usize {
        samples_in(ms.div_ceil(FRAME_MS).into(), self.recognizer_options.sample_rate) as usize
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
        Ok(())
    }

    /// Ends the utterance between two recognized words. If the audio after the cut has voice or words, it is decoded
    /// again as the beginning of the next utterance.
    pub(super) fn cut_utterance(&mut self) -> Result<()> {
        let Some((mut transcript, window)) = self.finish_utterance()? else { return Ok(()) };
        let first_frame = self.frames - window.scores.len() as u64;
        let time = |frame: usize| (first_frame + frame as u64) * u64::from(FRAME_MS);
        let cut = window.cut_position(&transcript.words, self.decoding.word_times, time);
        let has_words = transcript.end_at(time(cut));
        let (before, after) = window.scores.split_at(cut);
        let is_voice = |score: &f32| *score >= STAY;
        let voice_end = before.iter().rposition(is_voice).map(|last| time(last + 1));
        transcript.end_ms = voice_end.unwrap_or(transcript.end_ms).min(time(cut));
        self.report_final(transcript, EndReason::MaxLength);

        let rate = self.recognizer_options.sample_rate;
        let sound = samples_in(first_frame + cut as u64, rate) - samples_in(first_frame, rate);
        self.pre_roll = window.sound[sound as usize..].iter().copied().collect();
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
        let Some(utterance) = &mut self.utterance else { return Ok(None) };
        if let Err(error) = utterance.decode_feed() {
            return Err(self.abandon(error));
        }
        let Some(utterance) = self.utterance.take() else { return Ok(None) };
        let Utterance { mut recognizer, start_ms, cut_window, .. } = utterance;
        let end_ms = utterance.voice_end_ms;
        let pushed = samples_in(utterance.quiet.into(), self.recognizer_options.sample_rate) as usize;
        let ending = if self.ended { Ending::Last } else { Ending::Pause { pushed } };
        let mut transcript = recognizer.finish(ending).inspect_err(|_| {
            self.events.push_back(SttEvent::SpeechEnded { at_ms: end_ms, reason: EndReason::Failed });
        })?;
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
        if !self.words {
            transcript.words.clear();
            transcript.alternatives.iter_mut().for_each(|reading| reading.words.clear());
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
        error
    }
}

impl Utterance {
    pub(super) fn decode_feed(&mut self) -> Result<()> {
        if !self.feed.is_empty() {
            self.recognizer.push(&self.feed)?;
            self.unreported += self.feed.len();
            self.feed.clear();
        }
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
