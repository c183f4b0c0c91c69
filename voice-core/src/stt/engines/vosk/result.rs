//! The parser of libvosk's JSON results.

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};
use crate::stt::{Alternative, Transcript, Word};

/// The text of a partial result.
pub(super) fn partial(json: &str) -> Result<String> {
    #[derive(Deserialize)]
    struct Partial {
        /// Absent before the first audio.
        #[serde(default)]
        partial: String,
    }

    Ok(read::<Partial>(json)?.partial)
}

/// The transcript of a final result.
pub(super) fn transcript(json: &str) -> Result<Transcript> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Outcome {
        Alternatives { alternatives: Vec<Hypothesis> },
        Best(Hypothesis),
    }

    match read(json)? {
        Outcome::Best(best) => Ok(Transcript {
            text: best.text,
            words: best.result.into_iter().map(Into::into).collect(),
            ..Transcript::default()
        }),
        Outcome::Alternatives { alternatives } => {
            let alternatives: Vec<Alternative> = alternatives.into_iter().map(Into::into).collect();
            let best = alternatives.first();
            Ok(Transcript {
                text: best.map(|best| best.text.clone()).unwrap_or_default(),
                words: best.map(|best| best.words.clone()).unwrap_or_default(),
                alternatives,
                ..Transcript::default()
            })
        }
    }
}

#[derive(Deserialize)]
struct Hypothesis {
    text: String,
    /// Only in alternatives.
    #[serde(default)]
    confidence: f32,
    /// Only if words were requested.
    #[serde(default)]
    result: Vec<TimedWord>,
}

#[derive(Deserialize)]
struct TimedWord {
    word: String,
    /// Seconds from the start of the utterance.
    start: f32,
    end: f32,
    /// Words of alternatives have none.
    conf: Option<f32>,
}

impl From<Hypothesis> for Alternative {
    fn from(hypothesis: Hypothesis) -> Self {
        Self {
            text: hypothesis.text.trim().to_owned(),
            score: hypothesis.confidence,
            words: hypothesis.result.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<TimedWord> for Word {
    fn from(word: TimedWord) -> Self {
        let ms = |seconds: f32| (f64::from(seconds) * 1_000.0).round().max(0.0) as u64;
        // Posteriors are floating-point sums and may be slightly above 1.
        let confidence = word.conf.map(|value| value.clamp(0.0, 1.0));
        Self { text: word.word, start_ms: ms(word.start), end_ms: ms(word.end), confidence }
    }
}

/// The parser's error is dropped, because it may quote the transcript.
fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T> {
    serde_json::from_str(json).map_err(|_| {
        let message = "libvosk returned a result that cannot be read; the utterance is lost";
        Error::new(ErrorKind::EngineFailed, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::report;

    #[test]
    fn all_result_forms_are_read() {
        assert_eq!(partial(r#"{"partial" : "فتح \"باب\""}"#).unwrap(), "فتح \"باب\"");
        assert_eq!(partial("{}").unwrap(), "");
        assert_eq!(transcript(r#"{"text" : ""}"#).unwrap(), Transcript::default());

        let words = r#"{"result" : [{"conf" : 1.000001, "end" : 1.26, "start" : 0.9, "word" : "فتح"}], "text" : "فتح"}"#;
        let word = Word { text: "فتح".into(), start_ms: 900, end_ms: 1_260, confidence: Some(1.0) };
        let read = transcript(words).unwrap();
        assert_eq!((read.text.as_str(), &read.words[..]), ("فتح", std::slice::from_ref(&word)));

        let many = r#"{"alternatives" : [
            {"confidence" : 212.5, "result" : [{"end" : 1.26, "start" : 0.9, "word" : "فتح"}], "text" : " فتح"},
            {"confidence" : 211.0, "text" : "يسار"}]}"#;
        let read = transcript(many).unwrap();
        assert_eq!((read.text.as_str(), &read.words[..]), ("فتح", &[Word { confidence: None, ..word }][..]));
        assert_eq!(read.alternatives[1].text, "يسار");
        assert_eq!(transcript(r#"{"alternatives" : []}"#).unwrap(), Transcript::default());
    }

    #[test]
    fn error_does_not_quote_the_result() {
        for json in [
            "",
            "[]",
            "{}",
            r#"{"text" : "secret", "result" : [{"conf" : 1,000000, "end" : 1,2, "start" : 0,9, "word" : "secret"}]}"#,
            r#"{"text" : "secret", "result" : [{"conf" : "secret", "end" : 1, "start" : 0, "word" : "secret"}]}"#,
            r#"{"alternatives" : [{"confidence" : nan, "text" : "secret"}]}"#,
        ] {
            let error = transcript(json).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::EngineFailed);
            assert!(!report(&error).contains("secret"), "{}", report(&error));
        }
        assert!(partial(r#"{"partial" : 1}"#).is_err());
    }
}
