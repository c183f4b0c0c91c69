//! Parsing of spoken words as a call of its own: a request and its answer as JSON.

use std::ops::RangeInclusive;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::understand::{
    Answer, DigitsKind, Expected, Hypothesis, Meaning, OptionWords, Understanding, Unit, understand,
};
use super::value::{Date, Value};
use crate::error::{Error, ErrorKind, Result};
use crate::language::LanguageTag;
use crate::text::{Language, inverse};

/// The longest text of a request, in bytes.
const MAX_TEXT: usize = 16 << 10;
/// The most hypotheses, options and synonyms of an option.
const MAX_HYPOTHESES: usize = 10;
const MAX_OPTIONS: usize = 500;
const MAX_SYNONYMS: usize = 50;

/// What to parse, and what it answers.
///
/// ```
/// use voice_core::interview::{Date, parse};
///
/// let request = r#"{"kind": "date", "text": "الخامس من مارس ألف وتسعمية وتسعين", "language": "ar"}"#;
/// let parsed = parse::parse(&serde_json::from_str(request)?, Date::new(2026, 11, 26).unwrap())?;
/// let json = serde_json::to_value(parsed)?;
/// assert_eq!(json["meaning"], "answer");
/// assert_eq!(json["value"]["date"], "1990-03-05");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParseRequest {
    /// What is expected.
    pub kind: Kind,
    /// The words, if there is one reading of them.
    #[serde(default)]
    pub text: Option<String>,
    /// Readings of a recognizer, the best first, in place of `text`.
    #[serde(default)]
    pub hypotheses: Vec<Heard>,
    /// The language: Arabic or English. Without it, that of most letters.
    #[serde(default)]
    pub language: Option<LanguageTag>,
    /// The day from which relative dates count.
    #[serde(default)]
    pub today: Option<Date>,
    /// The options of a choice.
    #[serde(default)]
    pub options: Vec<ParseOption>,
    /// Whether more than one option may be chosen.
    #[serde(default)]
    pub multiple: bool,
    /// The units of a quantity, by their UCUM codes.
    #[serde(default)]
    pub units: Vec<String>,
    /// The least number that is accepted.
    #[serde(default)]
    pub min: Option<Decimal>,
    /// The largest number that is accepted.
    #[serde(default)]
    pub max: Option<Decimal>,
    /// The number of digits.
    #[serde(default)]
    pub length: Option<u8>,
}

/// What is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// Yes or no.
    Boolean,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// A number with a unit.
    Quantity,
    /// Systolic over diastolic.
    BloodPressure,
    /// A date, of which the day or month may be unknown.
    Date,
    /// A day and a time.
    DateTime,
    /// A time of day.
    Time,
    /// A duration.
    Duration,
    /// Digits in any grouping.
    Digits,
    /// A Saudi identity number.
    SaudiId,
    /// A Saudi telephone number.
    SaudiTelephone,
    /// One of the options, or some of them.
    Choice,
    /// One of the options, or another text.
    OpenChoice,
    /// Any text.
    Text,
}

/// A reading of a recognizer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heard {
    /// The words.
    pub text: String,
    /// 0 to 1.
    #[serde(default)]
    pub confidence: Option<f32>,
}

/// An option.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParseOption {
    /// The text that is read.
    pub label: String,
    /// Other words for it.
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// The number that stands for it.
    #[serde(default)]
    pub number: Option<Decimal>,
}

/// What the words mean.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parsed {
    /// The most likely meaning.
    #[serde(flatten)]
    pub meaning: ParsedMeaning,
    /// How sure it is, 0 to 1.
    pub confidence: f32,
    /// Other meanings, the likeliest first.
    pub alternatives: Vec<ParsedMeaning>,
    /// The words with their numbers in digits.
    pub written: String,
}

/// A meaning. Fields that it does not have are left out.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ParsedMeaning {
    /// `answer`, `out_of_range`, `incomplete`, `ambiguous`, `unsure`, `command` or `not_understood`.
    pub meaning: &'static str,
    /// The value, in an object with the name of its type: `{"integer": 5}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The indices of options.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<usize>>,
    /// Systolic and diastolic, in mmHg.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blood_pressure: Option<(u16, u16)>,
    /// A duration in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// Digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digits: Option<String>,
    /// Whether one of the digits was changed to pass the check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_repaired: Option<bool>,
    /// The command: `repeat`, `back`, `skip`, `slower`, `wait`, `resume`, `stop`, `human`, `help` or `done`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<&'static str>,
    /// The answers between which the words do not decide.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<ParsedMeaning>,
}

/// Parses words as the answer to a question. `today` is used if the request has none.
///
/// Fails with [`ErrorKind::OptionInvalid`] if a field is wrong or missing, and with [`ErrorKind::TextTooLarge`].
pub fn parse(request: &ParseRequest, today: Date) -> Result<Parsed> {
    let hypotheses = hypotheses(request)?;
    let best = hypotheses.first().map_or("", |hypothesis| hypothesis.text);
    let language = match &request.language {
        Some(tag) => {
            Language::from_tag(tag).ok_or_else(|| invalid("language must be ar or en, with any region"))?
        }
        None => Language::guess(best),
    };
    let expected = request.expected()?;
    let today = request.today.unwrap_or(today);
    let Understanding { meaning, confidence, alternatives } =
        understand(&hypotheses, &expected, &language.tag(), today);
    Ok(Parsed {
        meaning: (&meaning).into(),
        confidence,
        alternatives: alternatives.iter().map(ParsedMeaning::from).collect(),
        written: inverse::written(best, language),
    })
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::OptionInvalid, message)
}

fn hypotheses(request: &ParseRequest) -> Result<Vec<Hypothesis<'_>>> {
    let heard = request.hypotheses.iter();
    let heard: Vec<Hypothesis> = match &request.text {
        Some(text) if request.hypotheses.is_empty() => vec![Hypothesis { text, confidence: None }],
        None if !request.hypotheses.is_empty() && request.hypotheses.len() <= MAX_HYPOTHESES => {
            heard.map(|heard| Hypothesis { text: &heard.text, confidence: heard.confidence }).collect()
        }
        _ => return Err(invalid("give either text, or hypotheses: 1 to 10 of them")),
    };
    if heard.iter().map(|heard| heard.text.len()).sum::<usize>() > MAX_TEXT {
        let message = format!("the text is longer than {MAX_TEXT} bytes; send a shorter one");
        return Err(Error::new(ErrorKind::TextTooLarge, message));
    }
    Ok(heard)
}

impl ParseRequest {
    fn expected(&self) -> Result<Expected> {
        let is_choice = matches!(self.kind, Kind::Choice | Kind::OpenChoice);
        if is_choice == self.options.is_empty() {
            return Err(invalid("options are needed for the kinds choice and open_choice, and for no other"));
        }
        if self.options.len() > MAX_OPTIONS
            || self.options.iter().any(|option| option.synonyms.len() > MAX_SYNONYMS)
        {
            return Err(invalid("at most 500 options, with 50 synonyms each, are accepted"));
        }
        if (self.kind == Kind::Quantity) == self.units.is_empty() || self.units.len() > MAX_SYNONYMS {
            return Err(invalid(
                "units (UCUM codes, 50 at most) are needed for the kind quantity, and for no other",
            ));
        }
        let range = self.range()?;
        Ok(match self.kind {
            Kind::Boolean => Expected::YesNo,
            Kind::Integer => Expected::Number { is_whole: true, range },
            Kind::Decimal => Expected::Number { is_whole: false, range },
            Kind::Quantity => {
                let unit = |code: &String| Unit { code: code.clone(), display: code.clone() };
                Expected::Quantity { units: self.units.iter().map(unit).collect(), range }
            }
            Kind::BloodPressure => Expected::BloodPressure,
            Kind::Date => Expected::Date { range: None },
            Kind::DateTime => Expected::DateTime,
            Kind::Time => Expected::Time,
            Kind::Duration => Expected::Duration,
            Kind::Digits => Expected::Digits(DigitsKind::Any(self.length)),
            Kind::SaudiId => Expected::Digits(DigitsKind::SaudiId),
            Kind::SaudiTelephone => Expected::Digits(DigitsKind::SaudiTelephone),
            Kind::Choice | Kind::OpenChoice => Expected::Choice {
                options: self.options.iter().map(OptionWords::from).collect(),
                is_multiple: self.multiple,
                is_open: self.kind == Kind::OpenChoice,
            },
            Kind::Text => Expected::Text,
        })
    }

    fn range(&self) -> Result<Option<RangeInclusive<Decimal>>> {
        if self.min.is_none() && self.max.is_none() {
            return Ok(None);
        }
        let range = self.min.unwrap_or(Decimal::MIN)..=self.max.unwrap_or(Decimal::MAX);
        if range.is_empty() { Err(invalid("min must not be greater than max")) } else { Ok(Some(range)) }
    }
}

impl From<&ParseOption> for OptionWords {
    fn from(option: &ParseOption) -> Self {
        Self { label: option.label.clone(), synonyms: option.synonyms.clone(), number: option.number }
    }
}

impl From<&Meaning> for ParsedMeaning {
    fn from(meaning: &Meaning) -> Self {
        let named = |meaning| Self { meaning, ..Self::default() };
        match meaning {
            Meaning::Answer(answer) => Self::of("answer", answer),
            Meaning::OutOfRange(answer) => Self::of("out_of_range", answer),
            Meaning::Incomplete(answer) => Self::of("incomplete", answer),
            Meaning::Ambiguous(answers) => Self {
                choices: answers.iter().map(|answer| Self::of("answer", answer)).collect(),
                ..named("ambiguous")
            },
            Meaning::Command(command) => Self { command: Some(command.name()), ..named("command") },
            Meaning::Unsure => named("unsure"),
            Meaning::NotUnderstood => named("not_understood"),
        }
    }
}

impl ParsedMeaning {
    fn of(meaning: &'static str, answer: &Answer) -> Self {
        let empty = Self { meaning, ..Self::default() };
        match answer {
            Answer::Value(value) => Self { value: Some(value.clone()), ..empty },
            Answer::Options(options) => Self { options: Some(options.clone()), ..empty },
            Answer::BloodPressure(systolic, diastolic) => {
                Self { blood_pressure: Some((*systolic, *diastolic)), ..empty }
            }
            Answer::Duration(seconds) => Self { seconds: Some(*seconds), ..empty },
            Answer::Digits { digits, is_repaired } => {
                Self { digits: Some(digits.clone()), is_repaired: Some(*is_repaired), ..empty }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn parsed(request: Json) -> Result<Json> {
        let request: ParseRequest =
            serde_json::from_value(request).map_err(|error| invalid(&error.to_string()))?;
        let parsed = parse(&request, Date::new(2026, 11, 26).unwrap())?;
        Ok(serde_json::to_value(parsed).unwrap())
    }

    #[test]
    fn meanings_are_written_as_json() {
        for (request, pointer, expected) in [
            (json!({"kind": "boolean", "text": "إي والله"}), "/value/boolean", json!(true)),
            (
                json!({"kind": "integer", "text": "خمسة لا ستة", "language": "ar-SA"}),
                "/value/integer",
                json!(6),
            ),
            (
                json!({"kind": "date", "text": "أمس", "today": "2026-01-01"}),
                "/value/date",
                json!("2025-12-31"),
            ),
            (json!({"kind": "time", "text": "ست"}), "/choices/0/value/time", json!("18:00:00")),
            (json!({"kind": "blood_pressure", "text": "120 over 80"}), "/blood_pressure", json!([120, 80])),
            (json!({"kind": "duration", "text": "half an hour"}), "/seconds", json!(1_800)),
            (json!({"kind": "saudi_id", "text": "1000000008"}), "/digits", json!("1000000008")),
            (json!({"kind": "integer", "text": "say that again"}), "/command", json!("repeat")),
            (
                json!({"kind": "integer", "text": "two hundred", "max": 120}),
                "/meaning",
                json!("out_of_range"),
            ),
            (
                json!({"kind": "quantity", "text": "سبعين كيلو", "units": ["kg"]}),
                "/value/quantity/code",
                json!("kg"),
            ),
            (
                json!({"kind": "choice", "options": [{"label": "خفيف"}, {"label": "شديد"}], "hypotheses": [{"text": "الثاني", "confidence": 0.5}]}),
                "/options",
                json!([1]),
            ),
            (json!({"kind": "text", "text": "عندي خمسة"}), "/written", json!("عندي 5")),
        ] {
            let parsed = parsed(request.clone()).unwrap();
            assert_eq!(parsed.pointer(pointer), Some(&expected), "{request}: {parsed}");
        }
    }

    #[test]
    fn wrong_requests_are_refused() {
        for request in [
            json!({"kind": "integer"}),
            json!({"kind": "integer", "text": "5", "hypotheses": [{"text": "5"}]}),
            json!({"kind": "choice", "text": "5"}),
            json!({"kind": "integer", "text": "5", "options": [{"label": "a"}]}),
            json!({"kind": "quantity", "text": "5"}),
            json!({"kind": "integer", "text": "5", "min": 2, "max": 1}),
            json!({"kind": "integer", "text": "5", "language": "ko"}),
            json!({"kind": "colour", "text": "5"}),
            json!({"kind": "integer", "text": "5", "more": 1}),
        ] {
            assert_eq!(parsed(request.clone()).unwrap_err().kind(), ErrorKind::OptionInvalid, "{request}");
        }
        let long = json!({"kind": "text", "text": "a".repeat(MAX_TEXT + 1)});
        assert_eq!(parsed(long).unwrap_err().kind(), ErrorKind::TextTooLarge);
    }
}
