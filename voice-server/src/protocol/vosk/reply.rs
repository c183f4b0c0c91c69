//! Replies: results as JSON, in the form of vosk-server.

use serde_json::{Map, Value, json};
use voice_core::{Alternative, Error, MaxAlternatives, Transcript, Word};

use crate::protocol::error_json;

/// One reply for all utterances that ended since the last reply.
pub(super) fn final_result(finals: Vec<Transcript>, words: bool, max_alternatives: MaxAlternatives) -> Value {
    let mut merged = finals.into_iter().reduce(join).unwrap_or_default();
    if max_alternatives.get() > 0 && merged.alternatives.is_empty() {
        // libvosk reports an empty result the same way: clients read the first alternative without a check.
        merged.alternatives = vec![Alternative { text: String::new(), score: 1.0, words: Vec::new() }];
    }
    if merged.alternatives.is_empty() {
        let mut reply = Map::new();
        if words && !merged.words.is_empty() {
            reply.insert("result".into(), merged.words.iter().map(word_json).collect());
        }
        reply.insert("text".into(), merged.text.into());
        return Value::Object(reply);
    }
    let alternatives = merged.alternatives.iter().map(|reading| {
        let mut object = json!({"confidence": rounded(reading.score), "text": reading.text});
        if words && !reading.words.is_empty() {
            object["result"] = reading.words.iter().map(word_json).collect();
        }
        object
    });
    json!({"alternatives": alternatives.collect::<Vec<_>>()})
}

/// Joins two utterances. Alternatives are paired by rank; if one side has fewer, its best one is used.
fn join(mut first: Transcript, second: Transcript) -> Transcript {
    let join_text = |a: &str, b: &str| [a, b].join(" ").trim().to_owned();
    let count = first.alternatives.len().max(second.alternatives.len());
    let ranked = |readings: &[Alternative], rank: usize| {
        readings.get(rank).or(readings.first()).cloned().unwrap_or(Alternative {
            text: String::new(),
            score: 0.0,
            words: Vec::new(),
        })
    };
    first.alternatives = (0..count)
        .map(|rank| {
            let (mut a, b) = (ranked(&first.alternatives, rank), ranked(&second.alternatives, rank));
            a.words.extend(b.words);
            Alternative { text: join_text(&a.text, &b.text), score: a.score + b.score, words: a.words }
        })
        .collect();
    first.text = join_text(&first.text, &second.text);
    first.words.extend(second.words);
    first.end_ms = second.end_ms;
    first
}

fn word_json(word: &Word) -> Value {
    let seconds = |ms: u64| ms as f64 / 1_000.0;
    let mut object = json!({"word": word.text, "start": seconds(word.start_ms), "end": seconds(word.end_ms)});
    if let Some(confidence) = word.confidence {
        object["conf"] = rounded(confidence).into();
    }
    object
}

/// Six significant digits, as libvosk prints.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1e6).round() / 1e6
}

/// With an empty `text`, because clients read that key of every message that is not a partial result.
pub(super) fn error(error: &Error) -> String {
    json!({"text": "", "error": error_json(error)}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_utterances_keep_every_word() {
        let word = |text: &str| Word { text: text.into(), start_ms: 0, end_ms: 10, confidence: None };
        let reading = |text: &str, score| Alternative { text: text.into(), score, words: vec![word(text)] };
        let spoken = |text: &str, alternatives: Vec<Alternative>| Transcript {
            text: text.into(),
            words: vec![word(text)],
            alternatives,
            ..Transcript::default()
        };
        let first = spoken("a", vec![reading("a", 5.0), reading("b", 4.0)]);
        let second = spoken("c", vec![reading("c", 3.0)]);
        let joined = join(first, second);
        assert_eq!(joined.text, "a c");
        assert_eq!(joined.words.len(), 2);
        let readings: Vec<_> = joined.alternatives.iter().map(|r| (r.text.as_str(), r.score)).collect();
        assert_eq!(readings, [("a c", 8.0), ("b c", 7.0)]);
        assert_eq!(join(Transcript::default(), spoken("a", Vec::new())).text, "a");
    }

    #[test]
    fn confidences_have_six_digits() {
        let word = Word { text: "a".into(), start_ms: 870, end_ms: 1_110, confidence: Some(0.998_125) };
        assert_eq!(word_json(&word).to_string(), r#"{"conf":0.998125,"end":1.11,"start":0.87,"word":"a"}"#);
    }
}
