//! What a session does with its engine: one utterance after the other, from its first voice to its transcript.

use std::sync::Arc;

use super::{SttSession, samples_in};
use crate::error::{Error, Result};
use crate::stt::cut::Uncut;
use crate::stt::{EndReason, SttEvent, Transcript, Word};
use crate::stt::{Ending, Recognizer};
use crate::vad::{FRAME_MS, STAY};

/// Audio is decoded in steps of so many frames. Kaldi computes 200 to 300 ms at once: longer steps make it wait for
/// audio that is there, and each step costs a call.
const FEED: u32 = 96 / FRAME_MS;

/// The utterance being spoken.
pub(super) struct Utterance {
    pub(super) recognizer: Box<dyn Recognizer>,
    /// Time of its first sample in the stream.
    pub(super) start_ms: u64,
    /// Audio on its way to the recognizer.
    pub(super) feed: Vec<i16>,
    /// The frames of silence at its end that are on their way to the recognizer, or there.
    pub(super) quiet: u32,
    /// Silence after those, which is decoded only if speech goes on.
    pub(super) held: Vec<i16>,
    /// The last frames, in which the utterance is cut if it becomes too long.
    pub(super) uncut: Uncut,
    /// The last reported partial text.
    pub(super) partial: String,
    /// Whether audio was decoded since the last partial.
    pub(super) stale: bool,
    /// End of the last voiced frame in the stream.
    pub(super) voice_end_ms: u64,
}

impl SttSession {
    pub(super) fn keep_pre_roll(&mut self, sound: &[i16]) {
        self.pre_roll.extend(sound);
        let excess = self.pre_roll.len().saturating_sub(self.pre_roll_max);
        self.pre_roll.drain(..excess);
    }

    /// Drops all that was said from the pre-roll. The `frames` of silence behind it may hold the
    /// first, soft consonant of the next utterance.
    pub(super) fn keep_silence(&mut self, frames: u32) {
        let kept = samples_in(frames.into(), self.recognizer_options.sample_rate) as usize;
        self.pre_roll.drain(..self.pre_roll.len().saturating_sub(kept));
    }

    /// Starts an utterance whose first voice was `ago` frames ago, and whose last `silent` frames are not voice.
    pub(super) fn start_utterance(&mut self, ago: u32, silent: u32) -> Result<()> {
        let at_ms = self.now_ms() - u64::from(ago * FRAME_MS);
        let feed: Vec<i16> = std::mem::take(&mut self.pre_roll).into();
        let before_ms = feed.len() as u64 * 1_000 / u64::from(self.recognizer_options.sample_rate);
        let kept = self.kept.take().and_then(|(mut kept, _)| kept.resume().then_some(kept));
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
            uncut: Uncut::default(),
            partial: String::new(),
            stale: false,
            voice_end_ms: self.now_ms() - u64::from(silent * FRAME_MS),
        };
        // Told only once the engine has taken it, so that a start is followed by an end.
        utterance.decode_feed()?;
        self.events.push_back(SttEvent::SpeechStarted { at_ms });
        self.utterance = Some(utterance);
        Ok(())
    }

    /// `silence` is the number of frames without voice at the end of the utterance, this one included. True if it is
    /// time to decode.
    pub(super) fn keep_spoken(&mut self, sound: &[i16], silence: u32) -> bool {
        let now_ms = self.now_ms();
        let enough = samples_in(FEED.into(), self.recognizer_options.sample_rate) as usize;
        let tail = self.margins.after_ms / FRAME_MS;
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

    pub(super) fn end_utterance(&mut self, reason: EndReason) -> Result<()> {
        let Some((transcript, _)) = self.finish_utterance()? else { return Ok(()) };
        self.tell(transcript, reason);
        Ok(())
    }

    /// Ends the utterance between two words, as its recognizer heard them. What follows, if it is voice or has words, is
    /// decoded once more, as the beginning of the next utterance.
    pub(super) fn cut_utterance(&mut self) -> Result<()> {
        let Some((mut transcript, uncut)) = self.finish_utterance()? else { return Ok(()) };
        let first_frame = self.frames - uncut.scores.len() as u64;
        let time = |frame: usize| (first_frame + frame as u64) * u64::from(FRAME_MS);
        let cut = uncut.place(&transcript.words, time);
        let has_words = transcript.end_at(time(cut));
        let (before, after) = uncut.scores.split_at(cut);
        let is_voice = |score: &f32| *score >= STAY;
        let voice_end = before.iter().rposition(is_voice).map(|last| time(last + 1));
        transcript.end_ms = voice_end.unwrap_or(transcript.end_ms).min(time(cut));
        self.tell(transcript, EndReason::MaxLength);

        let rate = self.recognizer_options.sample_rate;
        let sound = samples_in(first_frame + cut as u64, rate) - samples_in(first_frame, rate);
        self.pre_roll = uncut.sound[sound as usize..].iter().copied().collect();
        let voice = after.iter().position(is_voice);
        if !has_words && voice.is_none() {
            return Ok(());
        }
        let silent = after.iter().rev().take_while(|score| !is_voice(score)).count() as u32;
        self.endpointer.go_on(after.len() as u32, silent);
        self.start_utterance((after.len() - voice.unwrap_or(0)) as u32, silent)
    }

    /// The transcript of the utterance, with its words and in stream time, and what it may be cut in.
    pub(super) fn finish_utterance(&mut self) -> Result<Option<(Transcript, Uncut)>> {
        let Some(utterance) = &mut self.utterance else { return Ok(None) };
        if let Err(error) = utterance.decode_feed() {
            return Err(self.abandon(error));
        }
        let Some(utterance) = self.utterance.take() else { return Ok(None) };
        let Utterance { mut recognizer, start_ms, uncut, .. } = utterance;
        let end_ms = utterance.voice_end_ms;
        let pushed = samples_in(utterance.quiet.into(), self.recognizer_options.sample_rate) as usize;
        let ending = if self.ended { Ending::Last } else { Ending::Pause { pushed } };
        let mut transcript = recognizer.finish(ending).inspect_err(|_| {
            self.events.push_back(SttEvent::SpeechEnded { at_ms: end_ms, reason: EndReason::Failed });
        })?;
        if !self.ended && recognizer.keep() {
            self.kept = Some((recognizer, 0));
        } else {
            recognizer.release();
        }
        shift(&mut transcript, start_ms);
        transcript.start_ms = start_ms;
        transcript.end_ms = end_ms;
        Ok(Some((transcript, uncut)))
    }

    pub(super) fn tell(&mut self, mut transcript: Transcript, reason: EndReason) {
        if !self.words {
            transcript.words.clear();
            transcript.alternatives.iter_mut().for_each(|reading| reading.words.clear());
        }
        let at_ms = transcript.end_ms;
        self.events.push_back(SttEvent::Final(transcript));
        self.events.push_back(SttEvent::SpeechEnded { at_ms, reason });
    }

    /// Gives up the current utterance after the engine failed in it.
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
            self.feed.clear();
            self.stale = true;
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
