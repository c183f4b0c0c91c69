//! Elements of collections.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use crate::interview::PartialDate;
use crate::interview::enablement::compare_dates;
use crate::interview::form::decimal;

/// An element of a collection.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::interview) enum Node<'a> {
    /// An object, with the `linkId` of the item that it is in.
    Object(&'a Map<String, Json>, Option<&'a str>),
    /// A text, a date or a time.
    Text(String),
    /// A number.
    Number(Decimal),
    /// A boolean.
    Boolean(bool),
}

impl<'a> Node<'a> {
    /// The elements of a JSON value: those of a list, or one.
    pub(super) fn add(json: &'a Json, link_id: Option<&'a str>, nodes: &mut Vec<Self>) {
        match json {
            Json::Null => {}
            Json::Bool(value) => nodes.push(Self::Boolean(*value)),
            Json::Number(_) => nodes.extend(decimal(json).map(Self::Number)),
            Json::String(text) => nodes.push(Self::Text(text.clone())),
            Json::Array(list) => list.iter().for_each(|json| Self::add(json, link_id, nodes)),
            Json::Object(object) => {
                let own = object.get("linkId").and_then(Json::as_str);
                nodes.push(Self::Object(object, own.or(link_id)));
            }
        }
    }

    /// The members of this name. `value` is the field `value…`.
    pub(super) fn member(&self, name: &str, nodes: &mut Vec<Self>) {
        let Self::Object(object, link_id) = self else { return };
        if let Some(json) = object.get(name) {
            Self::add(json, *link_id, nodes);
        } else if name == "value" {
            let is_value = |key: &str| {
                key.strip_prefix("value")
                    .is_some_and(|kind| kind.starts_with(|first: char| first.is_ascii_uppercase()))
            };
            if let Some((_, json)) = object.iter().find(|(key, _)| is_value(key)) {
                Self::add(json, *link_id, nodes);
            }
        }
    }

    /// The number, also of a quantity.
    pub(in crate::interview) fn number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Object(object, _) => decimal(object.get("value")?),
            _ => None,
        }
    }

    /// The text of a primitive.
    pub(in crate::interview) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::Boolean(value) => Some(value.to_string()),
            Self::Object(..) => None,
        }
    }

    /// Whether two elements are equal; `None` if that is not known, as of dates of other precision.
    pub(super) fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Object(left, _), Self::Object(right, _)) => Some(left == right),
            (Self::Boolean(left), Self::Boolean(right)) => Some(left == right),
            (Self::Text(left), Self::Text(right)) => match dates(left, right) {
                Some((left, right)) => compare_dates(left, right).map(Ordering::is_eq),
                None => Some(left == right),
            },
            _ => match (self.number(), other.number()) {
                (Some(left), Some(right)) => Some(left == right),
                _ => Some(false),
            },
        }
    }

    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(left), Self::Text(right)) => match dates(left, right) {
                Some((left, right)) => compare_dates(left, right),
                None => Some(left.cmp(right)),
            },
            _ => Some(self.number()?.cmp(&other.number()?)),
        }
    }
}

/// Both texts as dates, if both are.
fn dates(left: &str, right: &str) -> Option<(PartialDate, PartialDate)> {
    Some((left.parse().ok()?, right.parse().ok()?))
}
