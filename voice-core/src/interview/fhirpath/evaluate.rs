//! Evaluation of expressions.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::Expression;
use super::functions::distinct;
use super::node::Node;
use super::parser::{Expr, Operator};
use crate::interview::Value;
use crate::interview::enablement::equal;
use crate::interview::form::{Form, coding};

/// The most parts of an expression that are evaluated. Forms need some thousands.
const MAX_STEPS: u32 = 200_000;

/// The most of them in all expressions of a form together.
const MAX_ALL_STEPS: u32 = 2_000_000;

/// The deepest variables within variables.
const MAX_VARIABLES: u32 = 20;

type Nodes<'a> = Vec<Node<'a>>;

/// What expressions are evaluated in.
pub(in crate::interview) struct Context<'a> {
    /// The form.
    form: &'a Form,
    /// The response in JSON (`%resource`).
    response: &'a Json,
    /// The variables of the form.
    variables: &'a [(String, Expression)],
    steps: Cell<u32>,
}

/// One evaluation.
pub(super) struct Evaluation<'a> {
    context: &'a Context<'a>,
    item: Option<&'a Json>,
    /// Variables of the item and of those around it, the nearest last.
    variables: Vec<&'a [(String, Expression)]>,
    known: RefCell<HashMap<&'a str, Nodes<'a>>>,
    depth: Cell<u32>,
    steps: Cell<u32>,
    index: Cell<usize>,
}

impl<'a> Context<'a> {
    pub(in crate::interview) fn new(form: &'a Form, response: &'a Json) -> Self {
        Self { form, response, variables: &form.expressions().variables, steps: Cell::new(0) }
    }

    /// The result of an expression. `item` is that of the response in which the expression stands, and `variables` are
    /// those of the items around it. What takes too long gives an empty collection.
    pub(in crate::interview) fn evaluate(
        &'a self,
        expression: &'a Expression,
        item: Option<&'a Json>,
        variables: Vec<&'a [(String, Expression)]>,
    ) -> Nodes<'a> {
        let evaluation = Evaluation {
            context: self,
            item,
            variables,
            known: RefCell::default(),
            depth: Cell::new(0),
            steps: Cell::new(0),
            index: Cell::new(0),
        };
        let focus = evaluation.focus();
        let result = evaluation.evaluate(&expression.root, &focus);
        if evaluation.is_spent() { Vec::new() } else { result }
    }

    /// Whether the result of a condition is true.
    pub(in crate::interview) fn holds(
        &'a self,
        expression: &'a Expression,
        item: Option<&'a Json>,
        variables: Vec<&'a [(String, Expression)]>,
    ) -> bool {
        boolean(&self.evaluate(expression, item, variables)) == Some(true)
    }
}

impl<'a> Evaluation<'a> {
    /// Whether the evaluation takes too long.
    pub(super) fn is_spent(&self) -> bool {
        self.spend(1)
    }

    /// Counts steps. Whether the evaluation takes too long.
    fn spend(&self, steps: usize) -> bool {
        let count = |counter: &Cell<u32>| {
            counter.set(counter.get().saturating_add(u32::try_from(steps).unwrap_or(u32::MAX)));
            counter.get()
        };
        let (own, all) = (count(&self.steps), count(&self.context.steps));
        own > MAX_STEPS || all > MAX_ALL_STEPS
    }

    /// The item of the response, or the response.
    fn focus(&self) -> Nodes<'a> {
        let mut focus = Vec::new();
        Node::add(self.item.unwrap_or(self.context.response), None, &mut focus);
        focus
    }

    /// Evaluates the criteria of a filter at the element `index`.
    pub(super) fn evaluate_at(&self, expr: &'a Expr, focus: &Nodes<'a>, index: usize) -> Nodes<'a> {
        let before = self.index.replace(index);
        let result = self.evaluate(expr, focus);
        self.index.set(before);
        result
    }

    /// Each part counts as a step, and so does each element that it gives.
    pub(super) fn evaluate(&self, expr: &'a Expr, focus: &Nodes<'a>) -> Nodes<'a> {
        if self.is_spent() {
            return Vec::new();
        }
        let nodes = self.part(expr, focus);
        if self.spend(nodes.len()) { Vec::new() } else { nodes }
    }

    fn part(&self, expr: &'a Expr, focus: &Nodes<'a>) -> Nodes<'a> {
        match expr {
            Expr::Empty => Vec::new(),
            Expr::Literal(node) => vec![node.clone()],
            Expr::This => focus.clone(),
            Expr::Index => vec![Node::Number(self.index.get().into())],
            Expr::Variable(name) => self.variable(name),
            Expr::Member(from, name) => self.member(self.evaluate(from, focus), name, **from == Expr::This),
            Expr::At(from, index) => {
                let at = single_number(&self.evaluate(index, focus));
                let at = at.and_then(|at| usize::try_from(at.mantissa()).ok().filter(|_| at.scale() == 0));
                let nodes = self.evaluate(from, focus);
                at.and_then(|at| nodes.into_iter().nth(at)).into_iter().collect()
            }
            Expr::Call(from, function, arguments) => {
                self.call(self.evaluate(from, focus), *function, arguments, focus)
            }
            Expr::Binary(operator, left, right) => self.binary(*operator, left, right, focus),
            Expr::Negative(of) => single_number(&self.evaluate(of, focus))
                .map(|number| Node::Number(-number))
                .into_iter()
                .collect(),
            Expr::Is(of, kind) => match self.evaluate(of, focus).as_slice() {
                [node] => vec![Node::Boolean(is_type(node, kind))],
                _ => Vec::new(),
            },
            Expr::As(of, kind) => {
                self.evaluate(of, focus).into_iter().filter(|node| is_type(node, kind)).collect()
            }
        }
    }

    fn member(&self, from: Nodes<'a>, name: &str, is_start: bool) -> Nodes<'a> {
        let mut nodes = Vec::new();
        for node in from {
            let is_type = matches!(&node, Node::Object(object, _)
                if is_start && object.get("resourceType").and_then(Json::as_str) == Some(name));
            if is_type {
                nodes.push(node);
            } else {
                node.member(name, &mut nodes);
            }
            if self.is_spent() {
                break;
            }
        }
        nodes
    }

    fn variable(&self, name: &'a str) -> Nodes<'a> {
        let mut nodes = Vec::new();
        match name {
            "resource" | "rootResource" => Node::add(self.context.response, None, &mut nodes),
            "questionnaire" => Node::add(self.context.form.source(), None, &mut nodes),
            "context" | "qitem" => nodes = self.focus(),
            "ucum" => nodes.push(Node::Text("http://unitsofmeasure.org".to_owned())),
            "sct" => nodes.push(Node::Text("http://snomed.info/sct".to_owned())),
            "loinc" => nodes.push(Node::Text("http://loinc.org".to_owned())),
            _ => {
                if let Some(known) = self.known.borrow().get(name) {
                    return known.clone();
                }
                let scopes = self.variables.iter().rev().copied().chain([self.context.variables]);
                let found = scopes.flatten().find(|(own, _)| own == name);
                if let Some((name, expression)) = found.filter(|_| self.depth.get() < MAX_VARIABLES) {
                    self.depth.set(self.depth.get() + 1);
                    nodes = self.evaluate(&expression.root, &self.focus());
                    self.depth.set(self.depth.get() - 1);
                    self.known.borrow_mut().insert(name, nodes.clone());
                }
            }
        }
        nodes
    }

    fn binary(&self, operator: Operator, left: &'a Expr, right: &'a Expr, focus: &Nodes<'a>) -> Nodes<'a> {
        let left = self.evaluate(left, focus);
        let truth = |value: Option<bool>| value.map(Node::Boolean).into_iter().collect();
        // A second operand that decides nothing is not evaluated.
        match (operator, boolean(&left)) {
            (Operator::Or, Some(true)) | (Operator::Implies, Some(false)) => return truth(Some(true)),
            (Operator::And, Some(false)) => return truth(Some(false)),
            _ => {}
        }
        let right = self.evaluate(right, focus);
        let (first, second) = (boolean(&left), boolean(&right));
        match operator {
            Operator::Or => truth(match (first, second) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            }),
            Operator::And => truth(match (first, second) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            }),
            Operator::Xor => truth(first.zip(second).map(|(first, second)| first != second)),
            Operator::Implies => truth(match (first, second) {
                (Some(true), second) => second,
                (Some(false), _) | (None, Some(true)) => Some(true),
                _ => None,
            }),
            Operator::In => truth(Some(left.iter().all(|node| contains(&right, node)))),
            Operator::Contains => truth(Some(right.iter().all(|node| contains(&left, node)))),
            Operator::Equal => truth(equals(&left, &right)),
            Operator::NotEqual => truth(equals(&left, &right).map(|equal| !equal)),
            Operator::Equivalent => truth(Some(equivalent(&left, &right))),
            Operator::NotEquivalent => truth(Some(!equivalent(&left, &right))),
            Operator::Less => truth(order(&left, &right).map(std::cmp::Ordering::is_lt)),
            Operator::LessOrEqual => truth(order(&left, &right).map(std::cmp::Ordering::is_le)),
            Operator::Greater => truth(order(&left, &right).map(std::cmp::Ordering::is_gt)),
            Operator::GreaterOrEqual => truth(order(&left, &right).map(std::cmp::Ordering::is_ge)),
            Operator::Union => distinct(left.into_iter().chain(right)),
            Operator::Concatenate => {
                let text = |nodes: &Nodes| nodes.first().and_then(Node::text).unwrap_or_default();
                vec![Node::Text(text(&left) + &text(&right))]
            }
            _ => arithmetic(operator, &left, &right).into_iter().collect(),
        }
    }

    /// What an option counts: the weight of a coding in the item of the form where it was chosen.
    pub(super) fn weight(&self, node: &Node<'a>) -> Option<Decimal> {
        let Node::Object(object, link_id) = node else { return None };
        let form = self.context.form;
        let value = Value::Coding(coding(object));
        let own = link_id.and_then(|link_id| form.find(link_id)).map(|item| form.item(item));
        let items: &mut dyn Iterator<Item = _> = match own {
            Some(own) => &mut std::iter::once(own),
            None => &mut form.items().iter(),
        };
        items
            .flat_map(|item| &item.options)
            .find(|option| equal(&option.value, &value))
            .and_then(|option| option.weight)
    }
}

/// The boolean of a collection: of one element that is none, true.
pub(super) fn boolean(nodes: &Nodes<'_>) -> Option<bool> {
    match nodes.as_slice() {
        [Node::Boolean(value)] => Some(*value),
        [_] => Some(true),
        _ => None,
    }
}

pub(super) fn single_number(nodes: &Nodes<'_>) -> Option<Decimal> {
    match nodes.as_slice() {
        [node] => node.number(),
        _ => None,
    }
}

fn contains(nodes: &Nodes<'_>, node: &Node<'_>) -> bool {
    nodes.iter().any(|other| other.equals(node) == Some(true))
}

fn equals(left: &Nodes<'_>, right: &Nodes<'_>) -> Option<bool> {
    if left.is_empty() || right.is_empty() {
        return None;
    }
    if left.len() != right.len() {
        return Some(false);
    }
    left.iter().zip(right).try_fold(true, |all, (left, right)| Some(all && left.equals(right)?))
}

fn equivalent(left: &Nodes<'_>, right: &Nodes<'_>) -> bool {
    let same = |left: &Node, right: &Node| match (left, right) {
        (Node::Text(left), Node::Text(right)) => left.to_lowercase() == right.to_lowercase(),
        (left, right) => left.equals(right) == Some(true),
    };
    left.len() == right.len() && left.iter().all(|left| right.iter().any(|right| same(left, right)))
}

fn order(left: &Nodes<'_>, right: &Nodes<'_>) -> Option<std::cmp::Ordering> {
    match (left.as_slice(), right.as_slice()) {
        ([left], [right]) => left.compare(right),
        _ => None,
    }
}

fn arithmetic<'a>(operator: Operator, left: &Nodes<'a>, right: &Nodes<'a>) -> Option<Node<'a>> {
    let ([left], [right]) = (left.as_slice(), right.as_slice()) else { return None };
    if let (Operator::Add, Node::Text(left), Node::Text(right)) = (operator, left, right) {
        return Some(Node::Text(format!("{left}{right}")));
    }
    let (left, right) = (left.number()?, right.number()?);
    Some(Node::Number(match operator {
        Operator::Add => left.checked_add(right)?,
        Operator::Subtract => left.checked_sub(right)?,
        Operator::Multiply => left.checked_mul(right)?,
        Operator::Divide => left.checked_div(right)?,
        Operator::WholeDivide => left.checked_div(right)?.trunc(),
        Operator::Remainder => left.checked_rem(right)?,
        _ => return None,
    }))
}

/// Whether an element is of the type, as far as JSON tells.
fn is_type(node: &Node<'_>, kind: &str) -> bool {
    let has = |key: &str| matches!(node, Node::Object(object, _) if object.contains_key(key));
    match kind {
        "String" | "string" | "code" | "uri" | "date" | "dateTime" | "time" | "Date" | "DateTime"
        | "Time" => {
            matches!(node, Node::Text(_))
        }
        "Boolean" | "boolean" => matches!(node, Node::Boolean(_)),
        "Integer" | "integer" => matches!(node, Node::Number(number) if number.fract().is_zero()),
        "Decimal" | "decimal" => matches!(node, Node::Number(_)),
        "Quantity" => has("value"),
        "Coding" => has("code") || has("display"),
        _ => false,
    }
}
