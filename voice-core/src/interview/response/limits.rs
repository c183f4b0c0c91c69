//! Checks of answers.

use std::fmt;

use super::{Given, Place, Response};
use crate::interview::enablement::{compare, equal};
use crate::interview::form::{Item, Kind, fit, number};
use crate::interview::{Quantity, Value};

/// Why an answer was refused: the limit that it breaks.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Refused {
    /// The item is not enabled, or does not exist at this place.
    Disabled,
    /// The item is none that the user answers.
    NotAsked,
    /// The value is of another type.
    WrongKind {
        /// The item's type.
        kind: Kind,
    },
    /// There are too many answers or instances.
    TooMany {
        /// The most.
        most: u32,
    },
    /// There are too few answers.
    TooFew {
        /// The fewest.
        least: u32,
    },
    /// The value is less than the least.
    BelowMin {
        /// The least.
        min: Value,
    },
    /// The value is greater than the greatest.
    AboveMax {
        /// The greatest.
        max: Value,
    },
    /// The number has too many decimals.
    TooManyDecimals {
        /// The most.
        most: u32,
    },
    /// The text is too short.
    TooShort {
        /// The fewest characters.
        least: u32,
    },
    /// The text is too long.
    TooLong {
        /// The most characters.
        most: u32,
    },
    /// The text does not have the form that is asked for.
    Pattern {
        /// The form in words, in the form's own language.
        hint: Option<String>,
    },
    /// The value is no option.
    NotAnOption,
    /// An option excludes the other answers.
    Exclusive,
    /// The same answer twice.
    Repeated,
    /// The quantity has a unit that the item does not know.
    UnitUnknown,
}

impl Refused {
    /// The longest text of an answer in characters, if the form does not limit it.
    pub const MAX_TEXT: u32 = 20_000;

    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::NotAsked => "not_asked",
            Self::WrongKind { .. } => "wrong_kind",
            Self::TooMany { .. } => "too_many",
            Self::TooFew { .. } => "too_few",
            Self::BelowMin { .. } => "below_min",
            Self::AboveMax { .. } => "above_max",
            Self::TooManyDecimals { .. } => "too_many_decimals",
            Self::TooShort { .. } => "too_short",
            Self::TooLong { .. } => "too_long",
            Self::Pattern { .. } => "pattern",
            Self::NotAnOption => "not_an_option",
            Self::Exclusive => "exclusive",
            Self::Repeated => "repeated",
            Self::UnitUnknown => "unit_unknown",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disabled => f.write_str("the item is not enabled"),
            Self::NotAsked => f.write_str("the item is none that is answered"),
            Self::WrongKind { kind } => write!(f, "the value is not of the type {}", kind.code()),
            Self::TooMany { most } => write!(f, "{most} are the most"),
            Self::TooFew { least } => write!(f, "{least} are the fewest"),
            Self::BelowMin { .. } => f.write_str("the value is less than the least"),
            Self::AboveMax { .. } => f.write_str("the value is greater than the greatest"),
            Self::TooManyDecimals { most } => write!(f, "{most} decimals are the most"),
            Self::TooShort { least } => write!(f, "{least} characters are the fewest"),
            Self::TooLong { most } => write!(f, "{most} characters are the most"),
            Self::Pattern { .. } => f.write_str("the text does not have the form that is asked for"),
            Self::NotAnOption => f.write_str("the value is no option"),
            Self::Exclusive => f.write_str("an option excludes the others"),
            Self::Repeated => f.write_str("an answer is given twice"),
            Self::UnitUnknown => f.write_str("the item does not know the unit"),
        }
    }
}

impl std::error::Error for Refused {}

impl Response {
    /// The answers as they are kept, if they fit the item.
    pub(super) fn check(&self, place: &Place, answers: Vec<Given>) -> Result<Vec<Given>, Refused> {
        if !self.is_enabled(place) {
            return Err(Refused::Disabled);
        }
        let item = self.item(place);
        let is_from_user = answers.iter().any(|given| given.evidence.is_from_user());
        if !item.kind.is_question() || (is_from_user && (item.hidden || item.read_only)) {
            return Err(Refused::NotAsked);
        }
        let least = item.limits.min_occurs.unwrap_or(1).max(1);
        let most = item.limits.max_occurs.unwrap_or(u32::MAX).min(Self::MAX_REPEATS.into());
        let most = if item.repeats { most } else { 1 };
        let count = u32::try_from(answers.len()).unwrap_or(u32::MAX);
        if count > most {
            return Err(Refused::TooMany { most });
        }
        if count < least.min(most) {
            return Err(Refused::TooFew { least });
        }
        let mut kept: Vec<Given> = Vec::with_capacity(answers.len());
        for mut given in answers {
            given.value = check_value(item, given.value)?;
            let is_hidden = |index: &usize| equal(&item.options[*index].value, &given.value);
            if self.derived.hidden_options.get(place).is_some_and(|hidden| hidden.iter().any(is_hidden)) {
                return Err(Refused::NotAnOption);
            }
            if !item.options.is_empty() && kept.iter().any(|before| equal(&before.value, &given.value)) {
                return Err(Refused::Repeated);
            }
            kept.push(given);
        }
        let is_exclusive = |given: &Given| {
            item.options.iter().any(|option| option.exclusive && equal(&option.value, &given.value))
        };
        if kept.len() > 1 && kept.iter().any(is_exclusive) {
            return Err(Refused::Exclusive);
        }
        Ok(kept)
    }
}

pub(super) fn check_value(item: &Item, value: Value) -> Result<Value, Refused> {
    let wrong = Refused::WrongKind { kind: item.kind };
    // A whole number in a decimal is a whole number.
    let value = match (item.kind, value) {
        (Kind::Integer, Value::Decimal(number)) if number.fract().is_zero() => {
            Value::Integer(i32::try_from(number.trunc()).map_err(|_| wrong.clone())?)
        }
        (_, value) => value,
    };
    let value = fit(value, item.kind).ok_or(wrong)?;
    let value = match value {
        Value::String(text) => Value::String(clean(&text).ok_or(Refused::TooShort { least: 1 })?),
        value => value,
    };
    let value = check_option(item, value)?;
    let value = match value {
        Value::Quantity(quantity) => Value::Quantity(check_unit(item, quantity)?),
        value => value,
    };
    let limits = &item.limits;
    let against = |limit: &Value| match (&value, limit) {
        (Value::Quantity(quantity), Value::Decimal(limit)) => Some(quantity.value.cmp(limit)),
        (value, limit) => compare(value, limit),
    };
    if let Some(min) = limits.min.as_ref().filter(|min| against(min).is_some_and(std::cmp::Ordering::is_lt)) {
        return Err(Refused::BelowMin { min: min.clone() });
    }
    if let Some(max) = limits.max.as_ref().filter(|max| against(max).is_some_and(std::cmp::Ordering::is_gt)) {
        return Err(Refused::AboveMax { max: max.clone() });
    }
    if let Some((most, number)) = limits.max_decimals.zip(number(&value))
        && number.normalize().scale() > most
    {
        return Err(Refused::TooManyDecimals { most });
    }
    let text = match &value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Decimal(number) => Some(number.to_string()),
        _ => None,
    };
    if let Some(text) = text {
        check_text(item, &text)?;
    }
    Ok(value)
}

/// A text without the characters that FHIR does not allow. A text of spaces is none.
pub(super) fn clean(text: &str) -> Option<String> {
    let is_allowed = |character: &char| !character.is_control() || matches!(character, '\n' | '\r' | '\t');
    let text: String = text.chars().filter(is_allowed).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn check_text(item: &Item, text: &str) -> Result<(), Refused> {
    let limits = &item.limits;
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    if let Some(least) = limits.min_length.filter(|&least| length < least) {
        return Err(Refused::TooShort { least });
    }
    let most = limits.max_length.unwrap_or(Refused::MAX_TEXT).min(Refused::MAX_TEXT);
    if length > most {
        return Err(Refused::TooLong { most });
    }
    if limits.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(text)) {
        let hint = item.entry_format.as_ref().map(|hint| hint.get(hint.language()).to_owned());
        return Err(Refused::Pattern { hint });
    }
    Ok(())
}

/// The option's own value, so that the form's text and system stand in the response.
fn check_option(item: &Item, value: Value) -> Result<Value, Refused> {
    if item.options.is_empty() {
        return Ok(value);
    }
    match item.options.iter().find(|option| equal(&option.value, &value)) {
        Some(option) => Ok(option.value.clone()),
        None if item.kind == Kind::OpenChoice => Ok(value),
        None => Err(Refused::NotAnOption),
    }
}

/// The quantity with the item's unit. Without a unit the first is meant.
fn check_unit(item: &Item, quantity: Quantity) -> Result<Quantity, Refused> {
    let Some(first) = item.units.first() else { return Ok(quantity) };
    let said = quantity.code.as_ref().or(quantity.unit.as_ref());
    let is_said = |unit: &&super::super::form::UnitOption| {
        said.is_none_or(|said| {
            unit.coding.code.as_ref() == Some(said) || unit.coding.display.as_ref() == Some(said)
        })
    };
    let unit = match said {
        None => first,
        Some(_) => item.units.iter().find(is_said).ok_or(Refused::UnitUnknown)?,
    };
    Ok(Quantity {
        value: quantity.value,
        unit: unit.coding.display.clone().or_else(|| unit.coding.code.clone()),
        system: unit.coding.system.clone(),
        code: unit.coding.code.clone(),
    })
}
