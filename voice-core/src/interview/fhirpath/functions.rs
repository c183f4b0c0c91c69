//! Functions of expressions.

use std::collections::VecDeque;

use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};

use super::evaluate::{Evaluation, boolean, single_number};
use super::node::Node;
use super::parser::Expr;

macro_rules! functions {
    ($($variant:ident = $name:literal, $least:literal, $most:literal;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Function { $($variant,)* }

        impl Function {
            /// The function of this name, and the fewest and most arguments.
            pub(super) fn named(name: &str) -> Option<(Self, usize, usize)> {
                match name { $($name => Some((Self::$variant, $least, $most)),)* _ => None }
            }
        }
    };
}

functions! {
    Abs = "abs", 0, 0;
    All = "all", 1, 1;
    AllTrue = "allTrue", 0, 0;
    Answers = "answers", 0, 0;
    AnyTrue = "anyTrue", 0, 0;
    Avg = "avg", 0, 0;
    Ceiling = "ceiling", 0, 0;
    Combine = "combine", 1, 1;
    ContainsText = "contains", 1, 1;
    Count = "count", 0, 0;
    Descendants = "descendants", 0, 0;
    Distinct = "distinct", 0, 0;
    Empty = "empty", 0, 0;
    EndsWith = "endsWith", 1, 1;
    Exclude = "exclude", 1, 1;
    Exists = "exists", 0, 1;
    First = "first", 0, 0;
    Floor = "floor", 0, 0;
    HasValue = "hasValue", 0, 0;
    Iif = "iif", 2, 3;
    Intersect = "intersect", 1, 1;
    Last = "last", 0, 0;
    Length = "length", 0, 0;
    Lower = "lower", 0, 0;
    Max = "max", 0, 0;
    Min = "min", 0, 0;
    Not = "not", 0, 0;
    Ordinal = "ordinal", 0, 0;
    Power = "power", 1, 1;
    Repeat = "repeat", 1, 1;
    Round = "round", 0, 1;
    Select = "select", 1, 1;
    Skip = "skip", 1, 1;
    StartsWith = "startsWith", 1, 1;
    Sum = "sum", 0, 0;
    Tail = "tail", 0, 0;
    Take = "take", 1, 1;
    ToDecimal = "toDecimal", 0, 0;
    ToInteger = "toInteger", 0, 0;
    ToText = "toString", 0, 0;
    Trim = "trim", 0, 0;
    Truncate = "truncate", 0, 0;
    Union = "union", 1, 1;
    Upper = "upper", 0, 0;
    Weight = "weight", 0, 0;
    Where = "where", 1, 1;
}

type Nodes<'a> = Vec<Node<'a>>;

impl<'a> Evaluation<'a> {
    pub(super) fn call(
        &self,
        input: Nodes<'a>,
        function: Function,
        arguments: &'a [Expr],
        focus: &Nodes<'a>,
    ) -> Nodes<'a> {
        let argument = |at: usize| arguments.get(at).map(|argument| self.evaluate(argument, focus));
        let truth = |value: bool| vec![Node::Boolean(value)];
        match function {
            Function::Where => self.filter(input, &arguments[0]),
            Function::Select => {
                input.into_iter().flat_map(|node| self.evaluate(&arguments[0], &vec![node])).collect()
            }
            Function::All => {
                let holds = |node| boolean(&self.evaluate(&arguments[0], &vec![node])) == Some(true);
                truth(input.into_iter().all(holds))
            }
            Function::Exists => match arguments.first() {
                Some(criteria) => truth(!self.filter(input, criteria).is_empty()),
                None => truth(!input.is_empty()),
            },
            Function::Repeat => self.repeat(input, &arguments[0]),
            Function::Descendants => self.descendants(input),
            Function::Iif => {
                match (boolean(&self.evaluate(&arguments[0], &scope(&input, focus))), arguments) {
                    (Some(true), _) => self.evaluate(&arguments[1], &scope(&input, focus)),
                    (_, [_, _, otherwise]) => self.evaluate(otherwise, &scope(&input, focus)),
                    _ => Vec::new(),
                }
            }
            Function::Empty => truth(input.is_empty()),
            Function::HasValue => truth(input.len() == 1 && input[0].text().is_some()),
            Function::Not => boolean(&input).map_or(Vec::new(), |value| truth(!value)),
            Function::AllTrue => truth(input.iter().all(|node| *node == Node::Boolean(true))),
            Function::AnyTrue => truth(input.contains(&Node::Boolean(true))),
            Function::Count => vec![Node::Number(input.len().into())],
            Function::First => input.into_iter().take(1).collect(),
            Function::Last => input.into_iter().next_back().into_iter().collect(),
            Function::Tail => input.into_iter().skip(1).collect(),
            Function::Skip | Function::Take => {
                let count = argument(0).and_then(|count| single_number(&count)?.to_i64()).unwrap_or(0);
                let count = usize::try_from(count).unwrap_or(0);
                if function == Function::Skip {
                    input.into_iter().skip(count).collect()
                } else {
                    input.into_iter().take(count).collect()
                }
            }
            Function::Union => distinct(input.into_iter().chain(argument(0).unwrap_or_default())),
            Function::Combine => input.into_iter().chain(argument(0).unwrap_or_default()).collect(),
            Function::Distinct => distinct(input),
            Function::Intersect => {
                let other = argument(0).unwrap_or_default();
                distinct(input.into_iter().filter(|node| has(&other, node)))
            }
            Function::Exclude => {
                let other = argument(0).unwrap_or_default();
                input.into_iter().filter(|node| !has(&other, node)).collect()
            }
            Function::Sum | Function::Avg | Function::Min | Function::Max => aggregate(&input, function),
            Function::Answers => {
                let mut answers = Vec::new();
                for node in self.descendants(input) {
                    if matches!(&node, Node::Object(object, _) if object.contains_key("answer")) {
                        let mut found = Vec::new();
                        node.member("answer", &mut found);
                        for answer in found {
                            answer.member("value", &mut answers);
                        }
                    }
                }
                answers
            }
            Function::Weight | Function::Ordinal => {
                input.iter().filter_map(|node| self.weight(node)).map(Node::Number).collect()
            }
            _ => single(&input, function, argument(0).as_ref()).into_iter().collect(),
        }
    }

    fn filter(&self, input: Nodes<'a>, criteria: &'a Expr) -> Nodes<'a> {
        let mut kept = Vec::new();
        for (at, node) in input.into_iter().enumerate() {
            let focus = vec![node];
            if boolean(&self.evaluate_at(criteria, &focus, at)) == Some(true) {
                kept.extend(focus);
            }
        }
        kept
    }

    fn repeat(&self, input: Nodes<'a>, projection: &'a Expr) -> Nodes<'a> {
        let mut all = Vec::new();
        let mut waiting = VecDeque::from(input);
        while let Some(node) = waiting.pop_front() {
            for found in self.evaluate(projection, &vec![node]) {
                if self.is_spent() {
                    return all;
                }
                if !all.contains(&found) {
                    all.push(found.clone());
                    waiting.push_back(found);
                }
            }
        }
        all
    }

    fn descendants(&self, input: Nodes<'a>) -> Nodes<'a> {
        let mut all = Vec::new();
        let mut waiting = VecDeque::from(input);
        while let Some(node) = waiting.pop_front() {
            if self.is_spent() {
                return all;
            }
            if let Node::Object(object, link_id) = node {
                let mut children = Vec::new();
                object.values().for_each(|json| Node::add(json, link_id, &mut children));
                all.extend(children.iter().cloned());
                waiting.extend(children);
            }
        }
        all
    }
}

/// What `$this` is in an argument: the input, or the focus if the function has none of its own.
fn scope<'a>(input: &Nodes<'a>, focus: &Nodes<'a>) -> Nodes<'a> {
    if input.is_empty() { focus.clone() } else { input.clone() }
}

/// Functions of one element.
fn single<'a>(input: &Nodes<'a>, function: Function, argument: Option<&Nodes<'a>>) -> Option<Node<'a>> {
    let [node] = input.as_slice() else { return None };
    let text = || node.text();
    let number = || node.number();
    let other = || argument?.first()?.text();
    let whole = || argument.and_then(single_number);
    Some(match function {
        Function::Abs => Node::Number(number()?.abs()),
        Function::Ceiling => Node::Number(number()?.ceil()),
        Function::Floor => Node::Number(number()?.floor()),
        Function::Truncate => Node::Number(number()?.trunc()),
        Function::Round => {
            let places = whole().map_or(Some(0), |places| places.to_u32()).filter(|&places| places <= 28)?;
            Node::Number(number()?.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero))
        }
        Function::Power => Node::Number(power(number()?, whole()?)?),
        Function::ToDecimal => Node::Number(match node {
            Node::Boolean(value) => Decimal::from(u8::from(*value)),
            node => text()?.parse().ok().or_else(|| node.number())?,
        }),
        Function::ToInteger => Node::Number(match node {
            Node::Boolean(value) => Decimal::from(u8::from(*value)),
            _ => text()?.parse().ok().filter(|number: &Decimal| number.fract().is_zero())?,
        }),
        Function::ToText => Node::Text(text()?),
        Function::Length => Node::Number(text()?.chars().count().into()),
        Function::Lower => Node::Text(text()?.to_lowercase()),
        Function::Upper => Node::Text(text()?.to_uppercase()),
        Function::Trim => Node::Text(text()?.trim().to_owned()),
        Function::StartsWith => Node::Boolean(text()?.starts_with(&other()?)),
        Function::EndsWith => Node::Boolean(text()?.ends_with(&other()?)),
        Function::ContainsText => Node::Boolean(text()?.contains(&other()?)),
        _ => return None,
    })
}

/// A whole power.
fn power(base: Decimal, exponent: Decimal) -> Option<Decimal> {
    let exponent = exponent.to_i32().filter(|count| count.abs() <= 100 && exponent.fract().is_zero())?;
    let mut value = Decimal::ONE;
    for _ in 0..exponent.abs() {
        value = value.checked_mul(base)?;
    }
    if exponent < 0 { Decimal::ONE.checked_div(value) } else { Some(value) }
}

fn aggregate<'a>(input: &Nodes<'a>, function: Function) -> Nodes<'a> {
    let numbers: Option<Vec<Decimal>> = input.iter().map(Node::number).collect();
    let Some(numbers) = numbers.filter(|numbers| !numbers.is_empty()) else { return Vec::new() };
    let sum = || numbers.iter().try_fold(Decimal::ZERO, |sum, number| sum.checked_add(*number));
    let value = match function {
        Function::Sum => sum(),
        Function::Avg => sum().and_then(|sum| sum.checked_div(numbers.len().into())),
        Function::Min => numbers.iter().min().copied(),
        _ => numbers.iter().max().copied(),
    };
    value.map(Node::Number).into_iter().collect()
}

fn has(nodes: &Nodes<'_>, node: &Node<'_>) -> bool {
    nodes.iter().any(|other| other.equals(node) == Some(true))
}

pub(super) fn distinct<'a>(input: impl IntoIterator<Item = Node<'a>>) -> Nodes<'a> {
    let mut kept = Vec::new();
    for node in input {
        if !has(&kept, &node) {
            kept.push(node);
        }
    }
    kept
}
