//! The position at which an utterance of the maximum length is cut.

use std::collections::HashSet;

use crate::stt::{Transcript, Word, WordTimes};
use crate::vad::{FRAME, FRAME_MS};

/// Frames on each side of a position over which its level is averaged.
const LEVEL_FRAMES: usize = 128 / FRAME_MS as usize;

/// The last frames of an utterance, in which it may be cut.
#[derive(Default)]
pub(super) struct CutWindow {
    /// The level of each frame.
    levels: Vec<u64>,
    /// Their voice probabilities.
    pub(super) scores: Vec<f32>,
    /// Their samples at the engine's rate.
    pub(super) sound: Vec<i16>,
}

impl CutWindow {
    /// Adds the next frame, and its `sound` at the engine's rate.
    pub(super) fn push(&mut self, frame: &[i16; FRAME], score: f32, sound: &[i16]) {
        self.levels.push(level(frame));
        self.scores.push(score);
        self.sound.extend_from_slice(sound);
    }

    /// The number of frames before the cut: the quietest position between `words`, or the quietest of all if there is
    /// no position between words. `time` gives the time of a frame on the scale of the words, whose times are as exact
    /// as `exactness` says. Its two times are at most half of the window.
    pub(super) fn cut_position(
        &self,
        words: &[Word],
        exactness: WordTimes,
        time: impl Fn(usize) -> u64,
    ) -> usize {
        let levels = &self.levels;
        let end = time(levels.len());
        let half = (end - time(0)) / 2;
        let tolerance = u64::from(exactness.error_ms);
        let delay = u64::from(exactness.delay_ms).min(half);
        let incomplete = u64::from(exactness.incomplete_ms).min(half);
        let is_between = |at: usize| {
            let at = time(at);
            let is_outside = |word: &Word| {
                let is_incomplete = word.end_ms + incomplete > end;
                at <= word.start_ms + tolerance || (at + tolerance >= word.end_ms && !is_incomplete)
            };
            at + delay <= end && words.iter().all(is_outside)
        };
        let positions = || (0..=levels.len()).rev();
        let quietest =
            |positions: &mut dyn Iterator<Item = usize>| positions.min_by_key(|at| around(levels, *at));
        quietest(&mut positions().filter(|at| is_between(*at)))
            .or_else(|| quietest(&mut positions()))
            .unwrap_or(0)
    }
}

/// The power of a frame in logarithmic steps of 0.03 dB. An integer, so that sums are exact.
fn level(frame: &[i16; FRAME]) -> u64 {
    let power: u64 = frame.iter().map(|&sample| u64::from(sample.unsigned_abs()).pow(2)).sum();
    ((1.0 + power as f64 / FRAME as f64).log10() * 300.0) as u64
}

/// The mean level around the beginning of frame `at`, weighted towards the nearest frames.
fn around(levels: &[u64], at: usize) -> u64 {
    let weighted = (at.saturating_sub(LEVEL_FRAMES)..levels.len().min(at + LEVEL_FRAMES)).map(|frame| {
        let weight = (LEVEL_FRAMES - if frame < at { at - 1 - frame } else { frame - at }) as u64;
        (weight, weight * levels[frame])
    });
    let (weights, sum) = weighted.fold((0, 0), |total, part| (total.0 + part.0, total.1 + part.1));
    sum / weights.max(1)
}

impl Transcript {
    /// Drops the words whose middle is after `at_ms`. Returns whether there were any.
    ///
    /// If several alternatives become equal, only the best one is kept.
    pub(super) fn end_at(&mut self, at_ms: u64) -> bool {
        let is_before = |word: &Word| u64::midpoint(word.start_ms, word.end_ms) <= at_ms;
        let is_cut = cut_words(&mut self.words, is_before);
        if is_cut {
            self.text = text(&self.words);
        }
        for alternative in &mut self.alternatives {
            if cut_words(&mut alternative.words, is_before) {
                alternative.text = text(&alternative.words);
            }
        }
        let mut known = HashSet::new();
        self.alternatives.retain(|alternative| known.insert(alternative.text.clone()));
        is_cut
    }
}

/// Drops words, and returns whether there were any.
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
    fn window(levels: &[i16]) -> CutWindow {
        let mut window = CutWindow::default();
        for level in levels {
            window.push(&[*level; FRAME], 1.0, &[]);
        }
        window
    }

    fn position(window: &CutWindow, words: &[Word]) -> usize {
        window.cut_position(words, WordTimes::default(), |frame| (100 + frame as u64) * u64::from(FRAME_MS))
    }

    #[test]
    fn cut_is_at_the_quietest_position_between_words() {
        let mut levels = [1_000; 100];
        levels[20..30].fill(100);
        levels[50..60].fill(10);
        let window = window(&levels);
        assert_eq!(position(&window, &[]), 55);
        // The quietest position is inside a word, such as before a plosive.
        let words = [word("a", 1_600, 1_950), word("b", 2_030, 2_900)];
        assert!((22..=27).contains(&position(&window, &words)));
        // Words without a gap between them.
        let words = [word("a", 1_600, 2_100), word("b", 2_100, 3_200)];
        assert!((31..=32).contains(&position(&window, &words)), "{}", position(&window, &words));
    }

    #[test]
    fn incomplete_last_word_is_after_the_cut() {
        let window = window(&[1_000; 100]);
        let at = position(&window, &[word("a", 1_600, 2_400), word("b", 2_500, 3_190)]);
        assert!((49..=57).contains(&at), "{at}");
        assert_eq!(position(&window, &[word("a", 1_000, 3_200)]), 100, "one word over the whole window");
    }

    #[test]
    fn words_after_the_cut_are_dropped() {
        let alternative = |words: &[(&str, u64, u64)], score| {
            let words: Vec<_> = words.iter().map(|&(text, start, end)| word(text, start, end)).collect();
            Alternative { text: text(&words), score, words }
        };
        let best = alternative(&[("a", 0, 100), ("b", 110, 200)], 3.0);
        let mut transcript = Transcript {
            text: best.text.clone(),
            words: best.words.clone(),
            alternatives: vec![
                best,
                alternative(&[("a", 0, 100), ("c", 110, 200)], 2.0),
                alternative(&[("d", 0, 100), ("c", 110, 200)], 1.0),
            ],
            ..Transcript::default()
        };
        assert!(!transcript.end_at(200));
        assert_eq!(transcript.alternatives.len(), 3);
        assert!(transcript.end_at(105));
        assert_eq!((transcript.text.as_str(), transcript.words.len()), ("a", 1));
        let alternatives: Vec<_> =
            transcript.alternatives.iter().map(|one| (one.text.as_str(), one.score)).collect();
        assert_eq!(alternatives, [("a", 3.0), ("d", 1.0)], "equal alternatives are merged");
    }

    #[test]
    fn short_window_is_cut_between_words() {
        // The last quarter of an utterance of one second.
        let window = window(&[1_000; 16]);
        let at = position(&window, &[word("a", 1_000, 1_680), word("b", 1_690, 1_850)]);
        assert!((4..=6).contains(&at), "{at}");
    }
}
