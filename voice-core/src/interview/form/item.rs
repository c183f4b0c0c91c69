//! Items of a form.

use std::time::Duration;

use regex::Regex;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Condition, SeverityBand, Translated};
use crate::interview::understand::{self, DigitsKind, Expected, OptionWords};
use crate::interview::{Coding, Value};
use crate::language::LanguageTag;

/// The place of an item in [`Form::items`](super::Form::items).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemId(u32);

impl ItemId {
    pub(in crate::interview) fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("a form has few items"))
    }

    /// Its index in [`Form::items`](super::Form::items).
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The type of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Items that belong together. Its text is read.
    Group,
    /// A text that is read.
    Display,
    /// Yes or no.
    Boolean,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// A number with a unit.
    Quantity,
    /// A date, which may lack its day or month.
    Date,
    /// A day and a time.
    DateTime,
    /// A time of day.
    Time,
    /// A short text.
    String,
    /// A long text.
    Text,
    /// One of the options, or some of them.
    Choice,
    /// One of the options or a text.
    OpenChoice,
}

impl Kind {
    /// The type's name in FHIR R4.
    pub fn code(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Display => "display",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Quantity => "quantity",
            Self::Date => "date",
            Self::DateTime => "dateTime",
            Self::Time => "time",
            Self::String => "string",
            Self::Text => "text",
            Self::Choice => "choice",
            Self::OpenChoice => "open-choice",
        }
    }

    /// Whether items of this type have answers.
    pub fn is_question(self) -> bool {
        !matches!(self, Self::Group | Self::Display)
    }
}

/// An item of a form.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the fields of FHIR's item")]
pub struct Item {
    /// Its place in the form.
    pub id: ItemId,
    /// The item around it.
    pub parent: Option<ItemId>,
    /// Its name in the form and in responses.
    pub link_id: String,
    /// Where it stands in the JSON of the form.
    pub path: String,
    /// Its type.
    pub kind: Kind,
    /// Its codes, such as LOINC's of a question.
    pub codes: Vec<Coding>,
    /// A number or letter before the text, such as "4.1".
    pub prefix: Option<String>,
    /// The text.
    pub text: Translated,
    /// A short text for read-backs (`sdc-questionnaire-shortText`).
    pub short_text: Option<Translated>,
    /// The text as a voice reads it (`urn:libvoice:spoken-text`).
    pub spoken_text: Option<Translated>,
    /// What the answer should look like (`entryFormat`).
    pub entry_format: Option<Translated>,
    /// Whether the response is complete only with an answer.
    pub required: bool,
    /// Whether there can be several answers, or of a group several instances.
    pub repeats: bool,
    /// Whether the user cannot answer: the value is calculated or given at the start.
    pub read_only: bool,
    /// Whether the item is neither read nor asked (`questionnaire-hidden`).
    pub hidden: bool,
    /// When it is enabled. Without conditions it always is.
    pub conditions: Vec<Condition>,
    /// Whether one condition is enough. Else all must hold.
    pub any_condition: bool,
    /// The options.
    pub options: Vec<AnswerOption>,
    /// The values that are accepted.
    pub limits: Limits,
    /// The units. The first is meant if none is said.
    pub units: Vec<UnitOption>,
    /// The values at the start.
    pub initial: Vec<Value>,
    /// What our own extensions say of it.
    pub voice: ItemVoice,
    /// Of a group of a blood pressure (LOINC 85354-9): its two questions, which can be asked as one.
    pub blood_pressure: Option<BloodPressure>,
    pub(in crate::interview) expressions: super::expressions::Expressions,
    /// The item after the last one inside it.
    pub(super) end: usize,
}

/// The questions of a blood pressure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BloodPressure {
    /// LOINC 8480-6.
    pub systolic: ItemId,
    /// LOINC 8462-4.
    pub diastolic: ItemId,
}

/// An option of a question.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerOption {
    /// The answer that it stands for.
    pub value: Value,
    /// The text.
    pub label: Translated,
    /// The text as a voice reads it (`urn:libvoice:spoken-text`).
    pub spoken_text: Option<Translated>,
    /// Other words for it, with their language (`urn:libvoice:synonym`).
    pub synonyms: Vec<(LanguageTag, String)>,
    /// A number or letter before the text (`questionnaire-optionPrefix`).
    pub prefix: Option<String>,
    /// What it counts in a score (`ordinalValue`, `itemWeight`).
    pub weight: Option<Decimal>,
    /// Whether it excludes other answers (`questionnaire-optionExclusive`).
    pub exclusive: bool,
    /// Whether it is chosen at the start (`initialSelected`).
    pub selected: bool,
}

impl AnswerOption {
    /// The text.
    pub fn label(&self, language: &LanguageTag) -> &str {
        self.label.get(language)
    }

    /// The text as a voice reads it.
    pub fn spoken(&self, language: &LanguageTag) -> &str {
        let spoken = self.spoken_text.as_ref().and_then(|text| text.find(language));
        spoken.unwrap_or_else(|| self.label(language))
    }

    /// The words with which it can be said.
    pub fn words(&self, language: &LanguageTag) -> OptionWords {
        let synonyms = self.synonyms.iter().filter(|(tag, _)| tag.primary() == language.primary());
        OptionWords {
            label: self.label(language).to_owned(),
            synonyms: synonyms.map(|(_, word)| word.clone()).collect(),
            number: self.weight.or_else(|| self.prefix.as_ref()?.parse().ok()),
        }
    }
}

/// A unit in which a quantity is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitOption {
    /// Its system and code, usually of UCUM.
    pub coding: Coding,
    /// The text.
    pub display: Translated,
}

/// The values that an item accepts.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// The least value (`minValue`).
    pub min: Option<Value>,
    /// The greatest value (`maxValue`).
    pub max: Option<Value>,
    /// The most decimals (`maxDecimalPlaces`).
    pub max_decimals: Option<u32>,
    /// The fewest characters (`minLength`).
    pub min_length: Option<u32>,
    /// The most characters (`maxLength`).
    pub max_length: Option<u32>,
    /// What a text must match as a whole (`regex`).
    pub pattern: Option<Regex>,
    /// The fewest answers or instances (`questionnaire-minOccurs`).
    pub min_occurs: Option<u32>,
    /// The most answers or instances (`questionnaire-maxOccurs`).
    pub max_occurs: Option<u32>,
    /// The steps of a scale (`sliderStepValue`).
    pub step: Option<u32>,
}

impl PartialEq for Limits {
    fn eq(&self, other: &Self) -> bool {
        let parts = |limits: &Self| {
            (limits.max_decimals, limits.min_length, limits.max_length, limits.min_occurs, limits.max_occurs)
        };
        let pattern = |limits: &Self| limits.pattern.as_ref().map(|pattern| pattern.as_str().to_owned());
        parts(self) == parts(other)
            && pattern(self) == pattern(other)
            && (&self.min, &self.max, self.step) == (&other.min, &other.max, other.step)
    }
}

/// When an answer is confirmed (`urn:libvoice:confirm`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Confirm {
    /// Each answer.
    Always,
    /// Answers below the confidence of the item or of the interview.
    Unsure,
    /// No answer.
    Never,
}

/// What our own extensions say of an item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemVoice {
    /// When an answer is confirmed. `None`: as the interview does.
    pub confirm: Option<Confirm>,
    /// The confidence below which an answer is unsure, 0 to 1.
    pub confidence: Option<f32>,
    /// Whether the answer is always confirmed, and the question never skipped because it was not understood.
    pub critical: bool,
    /// The answer is a measurement that the user takes now. The longest wait.
    pub measurement: Option<Duration>,
    /// What the digits of the answer are.
    pub digits: Option<DigitsKind>,
    /// Answers that need attention at once.
    pub escalations: Vec<Escalation>,
    /// What the score means, if the item has one.
    pub severity_bands: Vec<SeverityBand>,
}

/// An answer that needs attention at once (`urn:libvoice:escalation`).
#[derive(Debug, Clone, PartialEq)]
pub struct Escalation {
    /// How the answer is compared.
    pub operator: super::Operator,
    /// With what.
    pub value: Value,
    /// Who is called.
    pub action: EscalationAction,
    /// What the user hears.
    pub message: Option<Translated>,
    /// Whether the interview goes on.
    pub continues: bool,
}

/// Who is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EscalationAction {
    /// The emergency line.
    Emergency,
    /// A clinician.
    Clinician,
    /// No one: the response is marked.
    Note,
}

impl Item {
    /// The text.
    pub fn text(&self, language: &LanguageTag) -> &str {
        self.text.get(language)
    }

    /// The text as a voice reads it.
    pub fn spoken(&self, language: &LanguageTag) -> &str {
        let spoken = self.spoken_text.as_ref().and_then(|text| text.find(language));
        spoken.unwrap_or_else(|| self.text(language))
    }

    /// A short text for read-backs; the text if there is none.
    pub fn short(&self, language: &LanguageTag) -> &str {
        let short = self.short_text.as_ref().and_then(|text| text.find(language));
        short.unwrap_or_else(|| self.text(language))
    }

    /// Whether it can be answered by the user.
    pub fn is_asked(&self) -> bool {
        self.kind.is_question() && !self.hidden && !self.read_only && self.expressions.calculated.is_none()
    }

    /// What can be answered. `None` if nothing is asked: the text is read.
    pub fn expected(&self, language: &LanguageTag) -> Option<Expected> {
        if self.blood_pressure.is_some() {
            return Some(Expected::BloodPressure);
        }
        if !self.is_asked() {
            return None;
        }
        if !self.options.is_empty() {
            let options = self.options.iter().map(|option| option.words(language)).collect();
            return Some(Expected::Choice {
                options,
                is_multiple: self.repeats,
                is_open: self.kind == Kind::OpenChoice,
            });
        }
        Some(match self.kind {
            Kind::Group | Kind::Display => return None,
            Kind::Boolean => Expected::YesNo,
            Kind::Integer => Expected::Number { is_whole: true, range: self.number_range() },
            Kind::Decimal => {
                Expected::Number { is_whole: self.limits.max_decimals == Some(0), range: self.number_range() }
            }
            Kind::Quantity => {
                let units = self.units.iter().map(|unit| understand::Unit {
                    code: unit.coding.code.clone().unwrap_or_default(),
                    display: unit.display.get(language).to_owned(),
                });
                Expected::Quantity { units: units.collect(), range: self.number_range() }
            }
            Kind::Date => Expected::Date { range: self.date_range() },
            Kind::DateTime => Expected::DateTime,
            Kind::Time => Expected::Time,
            Kind::String | Kind::Text | Kind::Choice | Kind::OpenChoice => match self.voice.digits {
                Some(kind) => Expected::Digits(kind),
                None => Expected::Text,
            },
        })
    }

    /// The accepted numbers, if one end is limited at least.
    fn number_range(&self) -> Option<std::ops::RangeInclusive<Decimal>> {
        let number = |value: &Option<Value>| value.as_ref().and_then(number);
        let (min, max) = (number(&self.limits.min), number(&self.limits.max));
        (min.is_some() || max.is_some()).then(|| min.unwrap_or(Decimal::MIN)..=max.unwrap_or(Decimal::MAX))
    }

    fn date_range(&self) -> Option<std::ops::RangeInclusive<crate::interview::Date>> {
        use crate::interview::Date;
        let day = |value: &Option<Value>, is_end: bool| match value {
            Some(Value::Date(date)) => Some(if is_end { date.last_day() } else { date.first_day() }),
            _ => None,
        };
        let (min, max) = (day(&self.limits.min, false), day(&self.limits.max, true));
        let first = || Date::new(1, 1, 1).expect("a day");
        let last = || Date::new(9999, 12, 31).expect("a day");
        (min.is_some() || max.is_some()).then(|| min.unwrap_or_else(first)..=max.unwrap_or_else(last))
    }
}

/// The number of a value.
pub(in crate::interview) fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Integer(number) => Some(Decimal::from(*number)),
        Value::Decimal(number) => Some(*number),
        Value::Quantity(quantity) => Some(quantity.value),
        _ => None,
    }
}
