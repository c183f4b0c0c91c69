//! Where an utterance that is too long is cut.

use std::collections::HashSet;

use crate::stt::{Transcript, Word};
use crate::vad::{FRAME, FRAME_MS};

/// Frames on each side that say how quiet a place is.
const AROUND: usize = 128 / FRAME_MS as usize;

/// A word that ends so near the end of the audio is probably cut there. At most half of the audio that may be cut is.
const WHOLE_MS: u64 = 200;

/// So much of a word may have been spoken before a recognizer hears one. At most half of the audio that may be cut is.
const UNHEARD_MS: u64 = 500;

/// How far a recognizer's times may be off: half of Kaldi's steps.
const TOLERANCE_MS: u64 = 16;

/// The last frames of an utterance.
#[derive(Default)]
pub(super) struct Uncut {
    /// How loud each is.
    levels: Vec<u64>,
    /// Their voice probabilities.
    pub(super) scores: Vec<f32>,
    /// Their samples at the engine's rate.
    pub(super) sound: Vec<i16>,
}

impl Uncut {
    /// Takes the next frame, and its `sound` at the engine's rate.
    pub(super) fn push(&mut self, frame: &[i16; FRAME], score: f32, sound: &[i16]) {
        self.levels.push(level(frame));
        self.scores.push(score);
        self.sound.extend_from_slice(sound);
    }

    /// The number of frames before the cut: where it is quietest outside of `words`, or at all if they are
    /// everywhere. `time` is the time in which the words are.
    pub(super) fn place(&self, words: &[Word], time: impl Fn(usize) -> u64) -> usize {
        let levels = &self.levels;
        let end = time(levels.len());
        let half = (end - time(0)) / 2;
        let is_between = |at: usize| {
            let at = time(at);
            let is_outside = |word: &Word| {
                let is_cut = word.end_ms + WHOLE_MS.min(half) > end;
                at <= word.start_ms + TOLERANCE_MS || (at + TOLERANCE_MS >= word.end_ms && !is_cut)
            };
            at + UNHEARD_MS.min(half) <= end && words.iter().all(is_outside)
        };
        let places = || (0..=levels.len()).rev();
        let quietest = |places: &mut dyn Iterator<Item = usize>| places.min_by_key(|at| around(levels, *at));
        quietest(&mut places().filter(|at| is_between(*at))).or_else(|| quietest(&mut places())).unwrap_or(0)
    }
}

/// The power of a frame on a logarithmic scale, in steps of 0.03 dB: integers, so that sums are exact.
fn level(frame: &[i16; FRAME]) -> u64 {
    let power: u64 = frame.iter().map(|&sample| u64::from(sample.unsigned_abs()).pow(2)).sum();
    ((1.0 + power as f64 / FRAME as f64).log10() * 300.0) as u64
}

/// The mean level around the beginning of frame `at`; the nearer a frame is, the more it counts.
fn around(levels: &[u64], at: usize) -> u64 {
    let weighted = (at.saturating_sub(AROUND)..levels.len().min(at + AROUND)).map(|frame| {
        let weight = (AROUND - if frame < at { at - 1 - frame } else { frame - at }) as u64;
        (weight, weight * levels[frame])
    });
    let (weights, sum) = weighted.fold((0, 0), |total, part| (total.0 + part.0, total.1 + part.1));
    sum / weights.max(1)
}

impl Transcript {
    /// Drops the words that are rather after than before `at_ms`. Whether there were any.
    ///
    /// Of readings that come to the same the best one stays.
    pub(super) fn end_at(&mut self, at_ms: u64) -> bool {
        let is_before = |word: &Word| u64::midpoint(word.start_ms, word.end_ms) <= at_ms;
        let is_cut = cut_words(&mut self.words, is_before);
        if is_cut {
            self.text = text(&self.words);
        }
        for reading in &mut self.alternatives {
            if cut_words(&mut reading.words, is_before) {
                reading.text = text(&reading.words);
            }
        }
        let mut known = HashSet::new();
        self.alternatives.retain(|reading| known.insert(reading.text.clone()));
        is_cut
    }
}

/// Whether words were dropped.
fn cut_words(words: &mut Vec<Word>, is_kept: impl Fn(&Word) -> bool) -> bool {
    let before = words.len();
    words.retain(is_kept);
    words.len() < before
}

fn text(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stt::Alternative;

    fn word(text: &str, start_ms: u64, end_ms: u64) -> Word {
        Word { text: text.into(), start_ms, end_ms, confidence: None }
    }

    /// Frames of these levels, the first at 1,600 ms.
    fn uncut(levels: &[i16]) -> Uncut {
        let mut uncut = Uncut::default();
        for level in levels {
            uncut.push(&[*level; FRAME], 1.0, &[]);
        }
        uncut
    }

    fn place(uncut: &Uncut, words: &[Word]) -> usize {
        uncut.place(words, |frame| (100 + frame as u64) * u64::from(FRAME_MS))
    }

    #[test]
    fn a_cut_is_between_words_where_it_is_quietest() {
        let mut levels = [1_000; 100];
        levels[20..30].fill(100);
        levels[50..60].fill(10);
        let uncut = uncut(&levels);
        assert_eq!(place(&uncut, &[]), 55);
        // The quietest place is within a word, such as before a plosive.
        let words = [word("a", 1_600, 1_950), word("b", 2_030, 2_900)];
        assert!((22..=27).contains(&place(&uncut, &words)));
        // Words without a gap between them.
        let words = [word("a", 1_600, 2_100), word("b", 2_100, 3_200)];
        assert!((31..=32).contains(&place(&uncut, &words)), "{}", place(&uncut, &words));
    }

    #[test]
    fn a_word_that_may_be_cut_by_the_end_belongs_to_what_follows() {
        let uncut = uncut(&[1_000; 100]);
        let at = place(&uncut, &[word("a", 1_600, 2_400), word("b", 2_500, 3_190)]);
        assert!((49..=57).contains(&at), "{at}");
        assert_eq!(place(&uncut, &[word("a", 1_000, 3_200)]), 100, "one word everywhere");
    }

    #[test]
    fn words_after_the_cut_are_dropped_from_every_reading() {
        let reading = |words: &[(&str, u64, u64)], score| {
            let words: Vec<_> = words.iter().map(|&(text, start, end)| word(text, start, end)).collect();
            Alternative { text: text(&words), score, words }
        };
        let best = reading(&[("a", 0, 100), ("b", 110, 200)], 3.0);
        let mut transcript = Transcript {
            text: best.text.clone(),
            words: best.words.clone(),
            alternatives: vec![
                best,
                reading(&[("a", 0, 100), ("c", 110, 200)], 2.0),
                reading(&[("d", 0, 100), ("c", 110, 200)], 1.0),
            ],
            ..Transcript::default()
        };
        assert!(!transcript.end_at(200));
        assert_eq!(transcript.alternatives.len(), 3);
        assert!(transcript.end_at(105));
        assert_eq!((transcript.text.as_str(), transcript.words.len()), ("a", 1));
        let readings: Vec<_> =
            transcript.alternatives.iter().map(|one| (one.text.as_str(), one.score)).collect();
        assert_eq!(readings, [("a", 3.0), ("d", 1.0)], "readings that became one are one");
    }

    #[test]
    fn a_short_stretch_is_cut_between_words_too() {
        // The last quarter of an utterance of one second.
        let uncut = uncut(&[1_000; 16]);
        let at = place(&uncut, &[word("a", 1_000, 1_680), word("b", 1_690, 1_850)]);
        assert!((4..=6).contains(&at), "{at}");
    }
}
