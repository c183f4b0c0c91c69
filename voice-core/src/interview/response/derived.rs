//! What the expressions of a form give: calculated values, enabled items, options and broken constraints.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{Confirmation, Evidence, Given, Place, Response, enablement};
use crate::interview::Value;
use crate::interview::fhirpath::{Context, Expression, Node};
use crate::interview::form::{Item, Kind, Translated, coding, fit};

/// The most passes until nothing changes. Expressions that do not settle keep the values of the last pass.
const MAX_PASSES: usize = 10;

/// What expressions give.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Derived {
    /// Calculated values.
    pub(super) calculated: BTreeMap<Place, Vec<Given>>,
    /// The places of items with an expression that lets them be enabled.
    pub(super) enabled: BTreeSet<Place>,
    /// The indices of options that are not there.
    pub(super) hidden_options: BTreeMap<Place, BTreeSet<usize>>,
    /// Constraints that do not hold.
    pub(super) violations: Vec<Violation>,
}

/// A constraint that does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// The item that has the constraint. `None` if the form has it.
    pub place: Option<Place>,
    /// What is wrong.
    pub human: Translated,
    /// Whether the response can be completed nevertheless.
    pub is_warning: bool,
}

/// Variables of items, from the top of the form.
type Variables<'a> = Vec<&'a [(String, Expression)]>;

impl Response {
    /// The constraints of the form that do not hold.
    pub fn violations(&self) -> &[Violation] {
        &self.derived.violations
    }

    /// Decides again which items are enabled, and what expressions give, until nothing changes.
    pub(super) fn update(&mut self) {
        // From the start, so that the result does not depend on the answers before.
        self.derived = Derived::default();
        self.enabled = enablement::enabled(self);
        if !self.form.has_expressions() {
            return;
        }
        for _ in 0..MAX_PASSES {
            let derived = self.derive();
            if derived == self.derived {
                return;
            }
            self.derived = derived;
            self.enabled = enablement::enabled(self);
        }
    }

    fn derive(&self) -> Derived {
        let json = self.plain();
        let form = &self.form;
        let context = Context::new(form, &json);
        let mut derived = Derived::default();
        for (id, places) in enablement::candidates(self) {
            let item = form.item(id);
            for place in places {
                let at = find(&json, self, &place);
                let holds = |expression| context.holds(expression, at, self.variables(&place));
                if item.expressions.enabled.as_ref().is_some_and(holds) {
                    derived.enabled.insert(place);
                }
            }
        }
        for place in &self.enabled {
            let item = self.item(place);
            if item.expressions.is_empty() {
                continue;
            }
            let at = find(&json, self, place);
            if let Some(expression) = &item.expressions.calculated {
                let nodes = context.evaluate(expression, at, self.variables(place));
                let values = given(item, &nodes, Confirmation::Calculated);
                if !values.is_empty() {
                    derived.calculated.insert(place.clone(), values);
                }
            }
            for toggle in &item.expressions.toggles {
                if !context.holds(&toggle.expression, at, self.variables(place)) {
                    derived.hidden_options.entry(place.clone()).or_default().extend(&toggle.options);
                }
            }
            for constraint in &item.expressions.constraints {
                if is_false(&context.evaluate(&constraint.expression, at, self.variables(place))) {
                    let (human, is_warning) = (constraint.human.clone(), constraint.is_warning);
                    derived.violations.push(Violation { place: Some(place.clone()), human, is_warning });
                }
            }
        }
        for constraint in &form.expressions().constraints {
            if is_false(&context.evaluate(&constraint.expression, None, Vec::new())) {
                let (human, is_warning) = (constraint.human.clone(), constraint.is_warning);
                derived.violations.push(Violation { place: None, human, is_warning });
            }
        }
        derived
    }

    /// Values of `initialExpression`, which come before those of `initial`.
    pub(super) fn evaluate_initial(&mut self) {
        let json = self.plain();
        let form = self.form.clone();
        let context = Context::new(&form, &json);
        let mut values = Vec::new();
        for item in form.items() {
            let Some(expression) = &item.expressions.initial else { continue };
            let place = Place::first(&form, item.id);
            let nodes = context.evaluate(expression, find(&json, self, &place), self.variables(&place));
            values.push((item.id, given(item, &nodes, Confirmation::Initial)));
        }
        let found = values.into_iter().filter(|(_, values)| !values.is_empty());
        self.initial.extend(found);
        self.update();
    }

    /// The variables of the items around a place and of its own.
    fn variables(&self, place: &Place) -> Variables<'_> {
        let items = place.steps().iter().map(|&(item, _)| self.form.item(item));
        items.map(|item| item.expressions.variables.as_slice()).collect()
    }
}

/// The item of the response at a place.
fn find<'a>(json: &'a Json, response: &Response, place: &Place) -> Option<&'a Json> {
    let mut at = json;
    let last = place.steps().len() - 1;
    for (depth, &(id, index)) in place.steps().iter().enumerate() {
        let item = response.form.item(id);
        let mut same =
            at.get("item")?.as_array()?.iter().filter(|json| json["linkId"] == item.link_id.as_str());
        if item.kind.is_question() {
            at = same.next()?;
            if depth < last {
                at = at.get("answer")?.get(usize::from(index))?;
            }
        } else {
            at = same.nth(index.into())?;
        }
    }
    Some(at)
}

/// A constraint without a result is not broken.
fn is_false(nodes: &[Node<'_>]) -> bool {
    matches!(nodes, [Node::Boolean(false)])
}

/// The results of an expression as values of an item.
fn given(item: &Item, nodes: &[Node<'_>], confirmation: Confirmation) -> Vec<Given> {
    let most = if item.repeats { usize::from(Response::MAX_REPEATS) } else { 1 };
    let values = nodes.iter().filter_map(|node| value(item.kind, node)).take(most);
    values.map(|value| Given { value, evidence: Evidence::of(confirmation) }).collect()
}

fn value(kind: Kind, node: &Node<'_>) -> Option<Value> {
    let value = match (kind, node) {
        (Kind::Integer, node) => {
            let number = node.number().filter(|number| number.fract().is_zero())?;
            Value::Integer(i32::try_from(number.trunc()).ok()?)
        }
        (Kind::Decimal | Kind::Quantity, node) => Value::Decimal(node.number()?.normalize()),
        (Kind::Date, Node::Text(text)) => Value::Date(text.parse().ok()?),
        (Kind::DateTime, Node::Text(text)) => Value::DateTime(text.parse().ok()?),
        (Kind::Time, Node::Text(text)) => Value::Time(text.parse().ok()?),
        (Kind::String | Kind::Text, node) => {
            Value::String(node.text().filter(|text| !text.trim().is_empty())?)
        }
        (_, Node::Text(text)) => Value::String(text.clone()),
        (_, Node::Boolean(value)) => Value::Boolean(*value),
        (_, Node::Number(_)) => return None,
        (_, Node::Object(object, _)) => Value::Coding(coding(object)),
    };
    fit(value, kind)
}
