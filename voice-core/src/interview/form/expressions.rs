//! Expressions of forms.

use super::Translated;
use crate::interview::fhirpath::Expression;

/// The expressions of an item.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::interview) struct Expressions {
    /// The value (`sdc-questionnaire-calculatedExpression`).
    pub(in crate::interview) calculated: Option<Expression>,
    /// The value at the start (`sdc-questionnaire-initialExpression`).
    pub(in crate::interview) initial: Option<Expression>,
    /// Whether the item is enabled (`sdc-questionnaire-enableWhenExpression`).
    pub(in crate::interview) enabled: Option<Expression>,
    /// Variables of the item and of those inside it (`variable`).
    pub(in crate::interview) variables: Vec<(String, Expression)>,
    /// What must hold (`targetConstraint`).
    pub(in crate::interview) constraints: Vec<Constraint>,
    /// Options that are there only if an expression holds (`sdc-questionnaire-answerOptionsToggleExpression`).
    pub(in crate::interview) toggles: Vec<Toggle>,
}

impl Expressions {
    /// Whether there is one that decides something.
    pub(in crate::interview) fn is_empty(&self) -> bool {
        let Self { calculated, initial, enabled, variables: _, constraints, toggles } = self;
        let has_value = calculated.is_some() || initial.is_some() || enabled.is_some();
        !has_value && constraints.is_empty() && toggles.is_empty()
    }
}

/// A rule about several answers.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::interview) struct Constraint {
    /// What must be true.
    pub(in crate::interview) expression: Expression,
    /// What is wrong if it is not.
    pub(in crate::interview) human: Translated,
    /// Whether the response can be completed nevertheless.
    pub(in crate::interview) is_warning: bool,
}

/// Options that are there only if an expression holds.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::interview) struct Toggle {
    /// The indices of the options.
    pub(in crate::interview) options: Vec<usize>,
    /// What must be true.
    pub(in crate::interview) expression: Expression,
}
