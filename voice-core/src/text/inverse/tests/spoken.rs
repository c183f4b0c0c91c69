//! Phrases that people say, with their values. A value that should be confirmed ends with a question mark.

use super::super::*;
use crate::text::Language::{self, Arabic, English};

/// What a reader makes of all words of a text.
fn read(reader: &str, text: &str, language: Language) -> Option<String> {
    fn all<T>(words: &Words, found: Option<Found<T>>) -> Option<T> {
        found.filter(|found| found.words == (0..words.len())).map(|found| found.value)
    }
    let words = Words::new(text);
    let measured = |found: Option<Found<Measure>>| {
        let measure = all(&words, found)?;
        let sure = if measure.is_certain { "" } else { "?" };
        Some(format!("{} {}{sure}", measure.value.normalize(), measure.unit.code))
    };
    let decimal = |value: rust_decimal::Decimal| value.to_string();
    match reader {
        "number" => all(&words, number(&words, 0, language)).map(decimal),
        "ordinal" => all(&words, ordinal(&words, 0, language)).map(|value| value.to_string()),
        "year" => all(&words, year(&words, 0, language)).map(|value| value.to_string()),
        "digits" => all(&words, digits(&words, 0, language)),
        "bp" => all(&words, blood_pressure(&words, 0, language)).map(|pressure| {
            let sure = if pressure.is_certain { "" } else { "?" };
            format!("{}/{}{sure}", pressure.systolic, pressure.diastolic)
        }),
        "temperature" => measured(temperature(&words, 0, language)),
        "glucose" => measured(glucose(&words, 0, language)),
        "weight" => measured(weight(&words, 0, language)),
        "height" => measured(height(&words, 0, language)),
        "measure" => measured(measure(&words, 0, language)),
        "percent" => all(&words, percent(&words, 0, language)).map(decimal),
        "money" => all(&words, money(&words, 0, language))
            .map(|money| format!("{} {}", money.value, money.currency.sign(language))),
        "rating" => all(&words, rating(&words, 0, language))
            .map(|(value, scale)| format!("{}/{scale}", value.normalize())),
        "written" => Some(written(text, language)),
        _ => panic!("no reader {reader}"),
    }
}

fn check(cases: &str, language: Language) {
    let lines = cases.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in lines {
        let [reader, text, expected] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let found = read(reader, text, language);
        if found.as_deref() != Some(expected) {
            wrong.push(format!("{reader} {text}: {expected}, found {}", found.unwrap_or_default()));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn arabic_phrases_have_their_values() {
    check(include_str!("spoken-ar.tsv"), Arabic);
}

#[test]
fn english_phrases_have_their_values() {
    check(include_str!("spoken-en.tsv"), English);
}
