//! Which items of a form are enabled, and how answers are compared.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::form::{Condition, Item, ItemId, Kind, Operator};
use super::response::{Place, Response};
use super::value::{DateTime, PartialDate, Value};

/// The enabled places of a response. Items are decided in an order in which each one follows those on which it depends, so
/// one pass gives the fixed point.
pub(super) fn enabled(response: &Response) -> BTreeSet<Place> {
    let form = response.form();
    let mut places: Vec<Vec<Place>> = vec![Vec::new(); form.items().len()];
    for &id in form.order() {
        let item = form.item(id);
        let is_enabled = |place: &Place| is_enabled(response, item, place, &places);
        places[id.index()] = around(response, item, &places).into_iter().filter(is_enabled).collect();
    }
    places.into_iter().flatten().collect()
}

/// The places of the items with an expression that enables them, where everything else lets them be enabled.
pub(super) fn candidates(response: &Response) -> Vec<(ItemId, Vec<Place>)> {
    let form = response.form();
    let mut enabled: Vec<Vec<Place>> = vec![Vec::new(); form.items().len()];
    for place in response.enabled() {
        enabled[place.item().index()].push(place.clone());
    }
    let conditional = form.items().iter().filter(|item| item.expressions.enabled.is_some());
    conditional.map(|item| (item.id, around(response, item, &enabled))).collect()
}

/// The places that an item has inside the enabled ones of the item around it.
fn around(response: &Response, item: &Item, places: &[Vec<Place>]) -> Vec<Place> {
    match item.parent {
        None => instances(response, item, None),
        Some(parent) => {
            let above = &places[parent.index()];
            above.iter().flat_map(|above| inside(response, item, above)).collect()
        }
    }
}

/// The instances of an item inside one place of the item around it.
fn inside(response: &Response, item: &Item, above: &Place) -> Vec<Place> {
    if !response.item(above).kind.is_question() {
        return instances(response, item, Some(above));
    }
    let answers = 0..response.answer_count(above);
    answers.flat_map(|answer| instances(response, item, Some(&above.with_index(answer)))).collect()
}

fn instances(response: &Response, item: &Item, above: Option<&Place>) -> Vec<Place> {
    let first = above.map_or_else(|| Place::top(item.id, 0), |above| above.child(item.id, 0));
    let count = if item.kind == Kind::Group && item.repeats { response.instances(&first) } else { 1 };
    (0..count).map(|index| first.with_index(index)).collect()
}

fn is_enabled(response: &Response, item: &Item, place: &Place, places: &[Vec<Place>]) -> bool {
    let holds = |condition: &Condition| {
        let own = place.steps().iter().find(|(above, _)| *above == condition.question);
        if let Some(&(_, answer)) = own {
            // Inside an answer, that answer alone counts.
            let depth = place.steps().iter().position(|(above, _)| *above == condition.question).unwrap_or(0);
            let question =
                Place::new(place.steps()[..=depth].to_vec()).map(|question| question.with_index(0));
            let value = question.and_then(|question| response.values(&question).nth(answer.into()).cloned());
            return holds(condition, value.iter());
        }
        match nearest(place, &places[condition.question.index()]) {
            Some(question) => holds(condition, response.values(question)),
            None => holds(condition, std::iter::empty()),
        }
    };
    if !response.is_let(place) {
        return false;
    }
    match item.conditions.as_slice() {
        [] => true,
        conditions if item.any_condition => conditions.iter().any(holds),
        conditions => conditions.iter().all(holds),
    }
}

/// The instance of a question that is meant at `place`: the one that shares most of the way from the top, then the last
/// one before, then the first one after.
fn nearest<'a>(place: &Place, questions: &'a [Place]) -> Option<&'a Place> {
    if let [] | [_] = questions {
        return questions.first();
    }
    let shared = |question: &Place| {
        question.steps().iter().zip(place.steps()).take_while(|(left, right)| left == right).count()
    };
    let most = questions.iter().map(shared).max()?;
    let mut near = questions.iter().filter(|question| shared(question) == most).peekable();
    let first = near.peek().copied();
    near.take_while(|question| *question < place).last().or(first)
}

/// Whether a condition holds for the answers of its question.
pub(super) fn holds<'a>(condition: &Condition, mut answers: impl Iterator<Item = &'a Value>) -> bool {
    let answer = &condition.answer;
    let mut any = |test: &dyn Fn(&Value) -> bool| answers.any(test);
    let by_order =
        |accepted: fn(Ordering) -> bool| move |value: &Value| compare(value, answer).is_some_and(accepted);
    match condition.operator {
        Operator::Exists => Value::Boolean(any(&|_| true)) == *answer,
        Operator::Equal => any(&|value| equal(value, answer)),
        Operator::NotEqual => !any(&|value| equal(value, answer)),
        Operator::Greater => any(&by_order(Ordering::is_gt)),
        Operator::Less => any(&by_order(Ordering::is_lt)),
        Operator::GreaterOrEqual => any(&by_order(Ordering::is_ge)),
        Operator::LessOrEqual => any(&by_order(Ordering::is_le)),
    }
}

/// Whether two values are equal. Codings are equal by their codes, and by their systems if both have one.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Coding(left), Value::Coding(right)) => {
            let systems = left.system.as_ref().zip(right.system.as_ref());
            systems.is_none_or(|(left, right)| left == right)
                && match (&left.code, &right.code) {
                    (None, None) => left.display == right.display,
                    (left, right) => left == right,
                }
        }
        (Value::Coding(coding), Value::String(text)) | (Value::String(text), Value::Coding(coding)) => {
            coding.code.as_ref().or(coding.display.as_ref()) == Some(text)
        }
        _ => compare(left, right) == Some(Ordering::Equal) || left == right,
    }
}

/// The order of two values, if they have one: dates of another precision have none unless they differ in what both
/// say, and quantities none if their units differ.
pub(super) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Quantity(left), Value::Quantity(right)) => {
            let units = [(&left.code, &right.code), (&left.unit, &right.unit)];
            let differs = units.into_iter().find_map(|(left, right)| Some(left.as_ref()? != right.as_ref()?));
            (differs != Some(true)).then(|| left.value.cmp(&right.value))
        }
        (Value::Date(left), Value::Date(right)) => compare_dates(*left, *right),
        (Value::DateTime(left), Value::DateTime(right)) => Some(seconds(*left).cmp(&seconds(*right))),
        (Value::DateTime(left), Value::Date(right)) => compare_dates(PartialDate::Day(left.date), *right),
        (Value::Date(left), Value::DateTime(right)) => compare_dates(*left, PartialDate::Day(right.date)),
        (Value::Time(left), Value::Time(right)) => Some(left.cmp(right)),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (left, right) => {
            use super::form::number;
            Some(number(left)?.cmp(&number(right)?))
        }
    }
}

pub(super) fn compare_dates(left: PartialDate, right: PartialDate) -> Option<Ordering> {
    let parts = |date: PartialDate| match date {
        PartialDate::Year(year) => (year, None, None),
        PartialDate::Month(year, month) => (year, Some(month), None),
        PartialDate::Day(day) => (day.year(), Some(day.month()), Some(day.day())),
    };
    let ((left_year, left_month, left_day), (right_year, right_month, right_day)) =
        (parts(left), parts(right));
    let part = |left: Option<u8>, right: Option<u8>| match (left, right) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        (None, None) => Some(Ordering::Equal),
        _ => None,
    };
    match left_year.cmp(&right_year) {
        Ordering::Equal => match part(left_month, right_month)? {
            Ordering::Equal => part(left_day, right_day),
            order => Some(order),
        },
        order => Some(order),
    }
}

/// Seconds of UTC since the day 0.
fn seconds(at: DateTime) -> i64 {
    let day = at.date.to_iso().to_rata_die().to_i64_date();
    let time =
        i64::from(at.time.hour()) * 3_600 + i64::from(at.time.minute()) * 60 + i64::from(at.time.second());
    day * 86_400 + time - i64::from(at.offset_minutes) * 60
}
