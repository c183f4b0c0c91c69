//! Subtitle files from transcripts.

use std::fmt::Write as _;

use crate::stt::{Transcript, Word};

/// A subtitle file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubtitleFormat {
    /// SubRip.
    Srt,
    /// Web Video Text Tracks, <https://www.w3.org/TR/webvtt1/>.
    Vtt,
}

/// The longest cue. Viewers read longer ones twice.
const MAX_CUE_MS: u64 = 7_000;

/// The most characters of a cue: two lines of 42, the common limit of broadcasters.
const MAX_CUE_CHARS: usize = 84;

/// A complete subtitle file. A transcript without words becomes one cue; an empty one is skipped.
pub fn subtitles(transcripts: &[Transcript], format: SubtitleFormat) -> String {
    let mut file = match format {
        SubtitleFormat::Srt => String::new(),
        SubtitleFormat::Vtt => "WEBVTT\n\n".to_owned(),
    };
    for (number, cue) in transcripts.iter().flat_map(cues).enumerate() {
        let (start, end) = (stamp(cue.start_ms, format), stamp(cue.end_ms, format));
        // Writing to a string cannot fail.
        let _ = write!(file, "{}\n{start} --> {end}\n{}\n\n", number + 1, cue.text);
    }
    file
}

struct Cue {
    start_ms: u64,
    end_ms: u64,
    text: String,
}

impl Cue {
    fn fits(&self, word: &Word) -> bool {
        word.end_ms - self.start_ms.min(word.end_ms) <= MAX_CUE_MS
            && self.text.chars().count() + 1 + word.text.chars().count() <= MAX_CUE_CHARS
    }
}

fn cues(transcript: &Transcript) -> Vec<Cue> {
    if transcript.text.is_empty() {
        return Vec::new();
    }
    if transcript.words.is_empty() {
        let Transcript { start_ms, end_ms, text, .. } = transcript;
        return vec![Cue { start_ms: *start_ms, end_ms: *end_ms, text: text.clone() }];
    }
    let mut cues: Vec<Cue> = Vec::new();
    for word in &transcript.words {
        match cues.last_mut().filter(|cue| cue.fits(word)) {
            Some(cue) => {
                cue.end_ms = word.end_ms;
                cue.text.push(' ');
                cue.text.push_str(&word.text);
            }
            None => cues.push(Cue { start_ms: word.start_ms, end_ms: word.end_ms, text: word.text.clone() }),
        }
    }
    cues
}

fn stamp(ms: u64, format: SubtitleFormat) -> String {
    let point = if format == SubtitleFormat::Srt { ',' } else { '.' };
    let seconds = ms / 1_000;
    format!("{:02}:{:02}:{:02}{point}{:03}", seconds / 3_600, seconds / 60 % 60, seconds % 60, ms % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(words: &[(&str, u64, u64)]) -> Transcript {
        let words: Vec<Word> = words
            .iter()
            .map(|&(text, start_ms, end_ms)| Word { text: text.into(), start_ms, end_ms, confidence: None })
            .collect();
        let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        Transcript { text, words, ..Transcript::default() }
    }

    #[test]
    fn formats_differ_in_header_and_decimal_mark() {
        let transcripts = [spoken(&[("نعم", 3_661_005, 3_661_500)]), Transcript::default()];
        assert_eq!(subtitles(&transcripts, SubtitleFormat::Srt), "1\n01:01:01,005 --> 01:01:01,500\nنعم\n\n");
        assert_eq!(
            subtitles(&transcripts, SubtitleFormat::Vtt),
            "WEBVTT\n\n1\n01:01:01.005 --> 01:01:01.500\nنعم\n\n"
        );
    }

    #[test]
    fn long_speech_is_split_between_words() {
        let file = subtitles(
            &[spoken(&[("one", 0, 500), ("two", 600, 1_000), ("three", 7_200, 7_900)])],
            SubtitleFormat::Srt,
        );
        assert!(file.contains("one two\n"), "{file}");
        assert!(file.contains("2\n00:00:07,200"), "{file}");
    }
}
