//! Conditions, and the order in which they can be decided.

use std::collections::{BTreeSet, VecDeque};

use serde_json::{Map, Value as Json};

use super::{Reader, array, text, values};
use crate::interview::enablement::equal;
use crate::interview::fhirpath::Expression;
use crate::interview::form::{Condition, Item, ItemId, Kind, Operator, ProblemCode};
use crate::interview::{PartialDate, Value};

impl<'a> Reader<'a> {
    /// Reads the conditions of all items. Gives the items in an order in which each one follows those on which it
    /// depends.
    pub(super) fn read_conditions(&mut self) -> Vec<ItemId> {
        for index in 0..self.items.len() {
            let object = self.sources[index];
            let path = self.items[index].path.clone();
            let mut conditions = Vec::new();
            for (at, source) in array(object, "enableWhen").iter().enumerate() {
                let path = format!("{path}.enableWhen[{at}]");
                match source.as_object() {
                    Some(source) => conditions.extend(self.condition(source, &path)),
                    None => self.problem(path, ProblemCode::ValueInvalid, "must be a condition"),
                }
            }
            self.items[index].any_condition = match text(object, "enableBehavior") {
                Some("any") => true,
                Some("all") => false,
                Some(_) => {
                    let sentence = "must be all or any";
                    self.problem(format!("{path}.enableBehavior"), ProblemCode::ValueInvalid, sentence);
                    false
                }
                None => {
                    if conditions.len() > 1 {
                        let sentence = "is missing beside several conditions; they are taken as `all`";
                        self.warning(format!("{path}.enableBehavior"), ProblemCode::ValueInvalid, sentence);
                    }
                    false
                }
            };
            self.items[index].conditions = conditions;
        }
        self.order()
    }

    fn condition(&mut self, source: &'a Map<String, Json>, path: &str) -> Option<Condition> {
        let name = text(source, "question").unwrap_or_default();
        let Some(&question) = self.by_link_id.get(name) else {
            let name: String = name.chars().take(100).collect();
            let sentence = format!("`{}` is no linkId of this form", name.escape_debug());
            self.problem(format!("{path}.question"), ProblemCode::ConditionQuestionUnknown, sentence);
            return None;
        };
        let kind = self.items[question.index()].kind;
        if !kind.is_question() {
            let sentence = format!("`{name}` is a {} item, which has no answer", kind.code());
            self.problem(format!("{path}.question"), ProblemCode::ConditionQuestionUnanswerable, sentence);
            return None;
        }
        let Some(operator) = text(source, "operator").and_then(Operator::from_code) else {
            let sentence = "must be exists, =, !=, >, <, >= or <=";
            self.problem(format!("{path}.operator"), ProblemCode::ConditionOperatorUnknown, sentence);
            return None;
        };
        if operator.is_ordering() && matches!(kind, Kind::Boolean | Kind::Choice) {
            let sentence = format!("does not fit a {} question, whose answers have no order", kind.code());
            self.problem(format!("{path}.operator"), ProblemCode::ConditionOperatorMisfit, sentence);
            return None;
        }
        let answer = self.condition_answer(source, operator, question, path)?;
        Some(Condition { question, operator, answer })
    }

    fn condition_answer(
        &mut self,
        source: &'a Map<String, Json>,
        operator: Operator,
        question: ItemId,
        path: &str,
    ) -> Option<Value> {
        let path = format!("{path}.answer");
        let fields = values::fields(source, "answer");
        let [(name, json)] = fields[..] else {
            let sentence = format!("must be given once; there are {}", fields.len());
            self.problem(path, ProblemCode::ConditionAnswerMisfit, sentence);
            return None;
        };
        let kind =
            if operator == Operator::Exists { Kind::Boolean } else { self.items[question.index()].kind };
        let declared = values::value(name, json);
        if let Some(answer) = declared.clone().and_then(|value| values::fit(value, kind)) {
            self.check_reachable(&answer, question, operator, &path);
            return Some(answer);
        }
        // Published forms have a date in `answerInteger` and a code in `answerString`. What is meant is clear.
        let meant = json.as_str().and_then(|text| self.meant(text, kind, question));
        let name = format!("answer{name}");
        if meant.is_some() {
            let sentence = format!("{name} is read as the answer of a {} question", kind.code());
            self.warning(path, ProblemCode::ConditionAnswerMisfit, sentence);
        } else {
            let sentence = format!("{name} does not fit a {} question", kind.code());
            self.problem(path, ProblemCode::ConditionAnswerMisfit, sentence);
        }
        meant
    }

    /// A text as the answer of a question of another type.
    fn meant(&self, text: &str, kind: Kind, question: ItemId) -> Option<Value> {
        Some(match kind {
            Kind::Date => Value::Date(text.parse().ok()?),
            Kind::DateTime => match text.parse::<PartialDate>() {
                Ok(date) => Value::Date(date),
                Err(_) => Value::DateTime(text.parse().ok()?),
            },
            Kind::Time => Value::Time(text.parse().ok()?),
            Kind::Choice | Kind::OpenChoice => {
                let options = &self.items[question.index()].options;
                let is_it = |value: &Value| match value {
                    Value::Coding(coding) => {
                        coding.code.as_deref() == Some(text) || coding.display.as_deref() == Some(text)
                    }
                    _ => false,
                };
                options.iter().find(|option| is_it(&option.value))?.value.clone()
            }
            _ => return None,
        })
    }

    /// Warns of a condition on an answer that cannot be given.
    fn check_reachable(&mut self, answer: &Value, question: ItemId, operator: Operator, path: &str) {
        let question = &self.items[question.index()];
        let is_compared = matches!(operator, Operator::Equal | Operator::NotEqual);
        if is_compared
            && question.kind == Kind::Choice
            && !question.options.iter().any(|option| equal(&option.value, answer))
        {
            let sentence = format!("is no option of `{}`", question.link_id);
            self.warning(path, ProblemCode::ConditionAnswerMisfit, sentence);
        }
    }

    /// The items on which it depends whether an item is enabled.
    fn dependencies(&self, index: usize) -> impl Iterator<Item = ItemId> {
        let item = &self.items[index];
        let link_ids = item.expressions.enabled.iter().flat_map(Expression::link_ids);
        let named = link_ids.filter_map(|link_id| self.by_link_id.get(link_id).copied());
        let questions = item.conditions.iter().map(|condition| condition.question);
        item.parent.into_iter().chain(questions).chain(named)
    }

    /// Orders the items by their dependencies. Those that are left over are in circles or depend on them.
    fn order(&mut self) -> Vec<ItemId> {
        let count = self.items.len();
        let mut dependents = vec![Vec::new(); count];
        let mut open = vec![0_usize; count];
        for (index, open) in open.iter_mut().enumerate() {
            for needed in self.dependencies(index) {
                dependents[needed.index()].push(index);
                *open += 1;
            }
        }
        let mut ready: BTreeSet<usize> = (0..count).filter(|&index| open[index] == 0).collect();
        let mut order = Vec::with_capacity(count);
        while let Some(index) = ready.pop_first() {
            order.push(ItemId::new(index));
            for &dependent in &dependents[index] {
                open[dependent] -= 1;
                if open[dependent] == 0 {
                    ready.insert(dependent);
                }
            }
        }
        if order.len() < count {
            self.report_cycles(&open);
        }
        order
    }

    /// A problem for each item with a condition that leads back to it.
    fn report_cycles(&mut self, open: &[usize]) {
        /// A form of nothing but circles is searched for so many of them.
        const SEARCHED: usize = 50;
        /// The most items of a circle that are named.
        const SHOWN: usize = 8;
        let is_conditional = |item: &Item| !item.conditions.is_empty() || item.expressions.enabled.is_some();
        let starts =
            (0..self.items.len()).filter(|&index| open[index] > 0 && is_conditional(&self.items[index]));
        let mut reported = Vec::new();
        for start in starts {
            if let Some(circle) = self.circle(start, open) {
                reported.push((start, circle));
                if reported.len() == SEARCHED {
                    break;
                }
            }
        }
        for (start, circle) in reported {
            let mut names: Vec<_> =
                circle.iter().map(|&index| format!("`{}`", self.items[index].link_id)).collect();
            if names.len() > SHOWN {
                names.splice(SHOWN - 1..names.len() - 1, ["…".to_owned()]);
            }
            let path = format!("{}.enableWhen", self.items[start].path);
            let sentence = format!("depends on itself: {}", names.join(" needs "));
            self.problem(path, ProblemCode::ConditionCycle, sentence);
        }
    }

    /// The shortest way along dependencies from an item back to it.
    fn circle(&self, start: usize, open: &[usize]) -> Option<Vec<usize>> {
        let mut from = vec![usize::MAX; self.items.len()];
        let mut waiting = VecDeque::from([start]);
        while let Some(index) = waiting.pop_front() {
            for needed in self.dependencies(index).map(ItemId::index).filter(|&needed| open[needed] > 0) {
                if needed == start {
                    let mut circle = vec![start, index];
                    let mut at = index;
                    while at != start {
                        at = from[at];
                        circle.push(at);
                    }
                    circle.reverse();
                    if index == start {
                        circle.truncate(2);
                    }
                    return Some(circle);
                }
                if from[needed] == usize::MAX {
                    from[needed] = index;
                    waiting.push_back(needed);
                }
            }
        }
        None
    }
}
