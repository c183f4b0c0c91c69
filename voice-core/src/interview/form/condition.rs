//! Conditions under which an item is asked (`enableWhen`).

use super::ItemId;
use crate::interview::Value;

/// A condition of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The question whose answers count.
    pub question: ItemId,
    /// How they are compared.
    pub operator: Operator,
    /// With what. For [`Operator::Exists`] a boolean.
    pub answer: Value,
}

/// How the answers of a question are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Whether there is an answer.
    Exists,
    /// Whether an answer is equal.
    Equal,
    /// Whether no answer is equal: true without an answer too.
    NotEqual,
    /// Whether an answer is greater.
    Greater,
    /// Whether an answer is less.
    Less,
    /// Whether an answer is greater or equal.
    GreaterOrEqual,
    /// Whether an answer is less or equal.
    LessOrEqual,
}

impl Operator {
    /// The operator of FHIR's code.
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "exists" => Self::Exists,
            "=" => Self::Equal,
            "!=" => Self::NotEqual,
            ">" => Self::Greater,
            "<" => Self::Less,
            ">=" => Self::GreaterOrEqual,
            "<=" => Self::LessOrEqual,
            _ => return None,
        })
    }

    /// Whether it compares by order.
    pub fn is_ordering(self) -> bool {
        matches!(self, Self::Greater | Self::Less | Self::GreaterOrEqual | Self::LessOrEqual)
    }
}
