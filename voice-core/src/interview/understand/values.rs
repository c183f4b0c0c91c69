//! Values in an answer: all that are said, and the one that counts.

use super::lexicon::{COMMAND_FILLERS, CORRECTIONS, FILLERS, POLARITY, Polarity};
use super::{Answer, Meaning, Reading};
use crate::text::inverse::{Found, Words};

/// Confidence of a value that replaced another one.
const CORRECTED: f32 = 0.5;
/// Of one with doubt: "maybe five".
const DOUBTFUL: f32 = 0.6;

/// All values, in the order of the words. `read` finds the value that begins with a word.
pub(super) fn all<T>(words: &Words, read: impl Fn(usize) -> Option<Found<T>>) -> Vec<Found<T>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        match read(at).filter(|value| value.words.end > at) {
            Some(value) => {
                at = value.words.end;
                found.push(value);
            }
            None => at += 1,
        }
    }
    found
}

/// The values that count, and how sure they are.
#[derive(Debug)]
pub(super) struct Settled<T> {
    /// More than one if the words do not decide between them.
    pub(super) values: Vec<T>,
    pub(super) score: f32,
}

/// Leaves out the values that are taken back: "five, no, six". `is_known` tells words that go with the value, such as units.
pub(super) fn settle<T: PartialEq + Clone>(
    words: &Words,
    found: &[Found<T>],
    is_known: impl Fn(usize) -> bool,
) -> Option<Settled<T>> {
    let last = found.last()?;
    let is_taken_back = |pair: &[Found<T>]| takes_back(words, pair[0].words.end, pair[1].words.start);
    let replaced = found.windows(2).rposition(is_taken_back);
    let valid = &found[replaced.map_or(0, |at| at + 1)..];
    let mut values: Vec<T> = Vec::new();
    for value in valid {
        if !values.contains(&value.value) {
            values.push(value.value.clone());
        }
    }
    let is_inside = |at: usize| found.iter().any(|value| value.words.contains(&at));
    let mut unknown = 0;
    let mut has_doubt = false;
    let mut at = 0;
    while at < words.len() {
        if is_inside(at) || is_known(at) {
            at += 1;
            continue;
        }
        let polarity = POLARITY.at(words, at);
        has_doubt |= polarity.is_some_and(|(polarity, _)| {
            matches!(polarity, Polarity::Unknown | Polarity::LikelyYes | Polarity::Between)
        });
        let ends = [FILLERS.at(words, at), COMMAND_FILLERS.at(words, at), CORRECTIONS.at(words, at)];
        let known = ends.into_iter().flatten().map(|((), end)| end);
        let end = known.chain(polarity.map(|found| found.1)).max();
        // A phrase of these tables may reach into a value: "لا واحد".
        let end = end.filter(|end| !(at..*end).any(is_inside));
        unknown += usize::from(end.is_none());
        at = end.unwrap_or(at + 1);
    }
    let mut score = match unknown {
        0 => 1.0,
        1 | 2 => 0.92,
        3..=5 => 0.8,
        _ => 0.55,
    };
    // A word such as "wait" at the end takes back, and says nothing instead.
    let is_open_end = takes_back(words, last.words.end, words.len());
    if replaced.is_some() || is_open_end {
        score *= CORRECTED;
    }
    if has_doubt {
        score *= DOUBTFUL;
    }
    Some(Settled { values, score })
}

/// Whether words from `start` on, before `end`, take back what was said before them.
pub(super) fn takes_back(words: &Words, start: usize, end: usize) -> bool {
    (start..end).any(|at| CORRECTIONS.at(words, at).is_some_and(|((), after)| after <= end))
}

/// The meaning of settled values. `answer` makes an answer of a value, and says whether it is accepted.
pub(super) fn meaning<T>(settled: Settled<T>, answer: impl Fn(T) -> (Answer, bool)) -> Option<Reading> {
    let mut answers: Vec<(Answer, bool)> = settled.values.into_iter().map(answer).collect();
    let score = settled.score;
    if answers.len() == 1 {
        let (answer, is_accepted) = answers.pop()?;
        let meaning = if is_accepted { Meaning::Answer(answer) } else { Meaning::OutOfRange(answer) };
        return Some(Reading::new(meaning, score));
    }
    let accepted: Vec<Answer> =
        answers.iter().filter(|(_, is_accepted)| *is_accepted).map(|(answer, _)| answer.clone()).collect();
    match accepted.len() {
        0 => Some(Reading::new(Meaning::OutOfRange(answers.pop()?.0), score * CORRECTED)),
        1 => Some(Reading::new(Meaning::Answer(accepted.into_iter().next()?), score * CORRECTED)),
        _ => Some(Reading::new(Meaning::Ambiguous(accepted), score)),
    }
}
