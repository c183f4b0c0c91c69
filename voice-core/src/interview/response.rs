//! The answers to a form.

mod adaptive;
mod derived;
mod fhir;
mod given;
mod limits;
mod place;
mod populate;
mod snapshot;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use fhir::{Header, Incomplete, Missing, Reference, ResponseStatus};
pub use given::{Confirmation, Evidence, Given, SkipReason};
pub use limits::Refused;
pub use place::Place;
pub use populate::{PopulateError, Populated};
pub use snapshot::{RestoreError, Snapshot};

pub use adaptive::{AdaptiveError, NextQuestion};
use derived::Derived;
pub use derived::Violation;

use super::Value;
use super::enablement;
use super::form::{Form, Item, ItemId, Kind};
use super::understand::Expected;
use crate::language::LanguageTag;

/// The answers to a form, with what decides which items are asked.
///
/// An answer of the user comes before a calculated value, that before one that was known before the interview, that before
/// the form's own. An answer that is withdrawn is gone. An answer to an item that is disabled by other answers leaves the
/// output at once; it is kept in memory, and comes back if the item is enabled again.
#[derive(Debug, Clone)]
pub struct Response {
    form: Arc<Form>,
    /// Answers of the user.
    answers: BTreeMap<Place, Vec<Given>>,
    /// Values that were known before the interview.
    populated: BTreeMap<Place, Vec<Given>>,
    /// The form's own values.
    initial: BTreeMap<ItemId, Vec<Given>>,
    /// Places whose answers were withdrawn: the values of the form do not return there.
    withdrawn: BTreeSet<Place>,
    skipped: BTreeMap<Place, SkipReason>,
    /// Groups and display items whose text was read.
    read: BTreeSet<Place>,
    /// How many instances a repeating group has, by its first instance.
    instances: BTreeMap<Place, u16>,
    /// The enabled instances in document order.
    enabled: BTreeSet<Place>,
    /// What the form's expressions give.
    derived: Derived,
}

/// How far an interview is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Enabled questions with an answer, and those that were skipped.
    pub answered: usize,
    /// Enabled questions that are still to be asked.
    pub left: usize,
}

impl Response {
    /// The most instances of a repeating group, and the most answers of a repeating question.
    pub const MAX_REPEATS: u16 = 50;

    /// A response without answers but those that the form gives (`initial`).
    pub fn new(form: Arc<Form>) -> Self {
        let mut response = Self {
            initial: initial(&form),
            form,
            answers: BTreeMap::new(),
            populated: BTreeMap::new(),
            withdrawn: BTreeSet::new(),
            skipped: BTreeMap::new(),
            read: BTreeSet::new(),
            instances: BTreeMap::new(),
            enabled: BTreeSet::new(),
            derived: Derived::default(),
        };
        response.update();
        response.evaluate_initial();
        response
    }

    /// The form.
    pub fn form(&self) -> &Arc<Form> {
        &self.form
    }

    /// The item at a place.
    ///
    /// # Panics
    /// If the place is of another, larger form.
    pub fn item(&self, place: &Place) -> &Item {
        self.form.item(place.item())
    }

    /// The next item that is to be read or asked after `after`, or from the start: it is enabled, not hidden, and not
    /// answered, skipped or read. A question whose answer is not the user's own (from `initial` or `populate`) is among
    /// them: it is to be confirmed.
    pub fn next(&self, after: Option<&Place>) -> Option<Place> {
        let is_later = |place: &&Place| after.is_none_or(|after| *place > after);
        self.enabled.iter().filter(is_later).find(|place| self.is_due(place)).cloned()
    }

    /// The item before `before` that was read or asked.
    pub fn previous(&self, before: &Place) -> Option<Place> {
        let earlier = self.enabled.range(..before.clone()).rev();
        earlier.into_iter().find(|place| self.item(place).is_asked()).cloned()
    }

    /// Whether an enabled item is still to be read or asked.
    fn is_due(&self, place: &Place) -> bool {
        let item = self.item(place);
        if item.hidden || self.skipped.contains_key(place) || self.read.contains(place) {
            return false;
        }
        match item.kind {
            Kind::Group | Kind::Display => !item.text.is_empty() || item.spoken_text.is_some(),
            _ => item.is_asked() && !self.answers(place).iter().any(|given| given.evidence.is_from_user()),
        }
    }

    /// Whether an item is enabled at this place.
    pub fn is_enabled(&self, place: &Place) -> bool {
        self.enabled.contains(place)
    }

    /// The enabled places in document order.
    pub fn enabled(&self) -> impl Iterator<Item = &Place> {
        self.enabled.iter()
    }

    /// The answers at a place, if it is enabled.
    pub fn answers(&self, place: &Place) -> &[Given] {
        if self.enabled.contains(place) { self.all_answers(place) } else { &[] }
    }

    /// The answers at a place, enabled or not.
    fn all_answers(&self, place: &Place) -> &[Given] {
        if let Some(answers) = self.answers.get(place) {
            return answers;
        }
        if self.skipped.contains_key(place) || self.withdrawn.contains(place) {
            return &[];
        }
        let calculated = self.derived.calculated.get(place);
        let known = calculated.or_else(|| self.populated.get(place));
        known.or_else(|| self.initial.get(&place.item())).map_or(&[], Vec::as_slice)
    }

    /// Sets the answers at a place. Those before are replaced.
    ///
    /// # Errors
    /// The limit that they break. The answers before stay.
    pub fn set(&mut self, place: &Place, answers: Vec<Given>) -> Result<(), Refused> {
        let answers = self.check(place, answers)?;
        self.skipped.remove(place);
        self.answers.insert(place.clone(), answers);
        self.update();
        Ok(())
    }

    /// Removes the answers at a place. The question is asked again.
    pub fn withdraw(&mut self, place: &Place) {
        if self.item(place).kind.is_question() {
            self.answers.remove(place);
            self.skipped.remove(place);
            self.withdrawn.insert(place.clone());
            self.update();
        }
    }

    /// Leaves a question out. Its answers are removed.
    pub fn skip(&mut self, place: &Place, reason: SkipReason) {
        if self.item(place).kind.is_question() {
            self.answers.remove(place);
            self.skipped.insert(place.clone(), reason);
            self.update();
        }
    }

    /// Why a question was left out.
    pub fn skipped(&self, place: &Place) -> Option<SkipReason> {
        self.skipped.get(place).copied().filter(|_| self.enabled.contains(place))
    }

    /// Notes that the text of a group or display item was read.
    pub fn mark_read(&mut self, place: &Place) {
        if self.enabled.contains(place) && !self.item(place).kind.is_question() {
            self.read.insert(place.clone());
        }
    }

    /// How far the interview is.
    pub fn progress(&self) -> Progress {
        let questions = self.enabled.iter().filter(|place| self.item(place).is_asked());
        let (left, answered): (Vec<_>, Vec<_>) = questions.partition(|place| self.is_due(place));
        Progress { answered: answered.len(), left: left.len() }
    }

    /// The number of instances of the group at `place`, whichever instance it is.
    pub fn instances(&self, place: &Place) -> u16 {
        let least = self.item(place).limits.min_occurs.unwrap_or(1).clamp(1, u32::from(Self::MAX_REPEATS));
        let least = u16::try_from(least).unwrap_or(1);
        self.instances.get(&place.with_index(0)).copied().unwrap_or(0).max(least)
    }

    /// Adds an instance to a repeating group. `place` is one of its instances; the new one is returned.
    ///
    /// # Errors
    /// If the group does not repeat, is disabled, or has all the instances that it may have.
    pub fn add_instance(&mut self, place: &Place) -> Result<Place, Refused> {
        let item = self.item(place);
        if !self.enabled.contains(place) {
            return Err(Refused::Disabled);
        }
        let most = match (item.kind, item.repeats) {
            (Kind::Group, true) => item.limits.max_occurs.unwrap_or(u32::MAX).min(Self::MAX_REPEATS.into()),
            _ => 1,
        };
        let count = self.instances(place);
        if u32::from(count) >= most {
            return Err(Refused::TooMany { most });
        }
        self.instances.insert(place.with_index(0), count + 1);
        self.update();
        Ok(place.with_index(count))
    }

    /// The indices of the options that are there.
    pub fn options(&self, place: &Place) -> Vec<usize> {
        let hidden = self.derived.hidden_options.get(place);
        let is_there = |index: &usize| hidden.is_none_or(|hidden| !hidden.contains(index));
        (0..self.item(place).options.len()).filter(is_there).collect()
    }

    /// What can be answered at a place, of the options that are there. The options are in the order of
    /// [`options`](Self::options).
    pub fn expected(&self, place: &Place, language: &LanguageTag) -> Option<Expected> {
        let mut expected = self.item(place).expected(language)?;
        if let Expected::Choice { options, .. } = &mut expected {
            let there = self.options(place);
            let mut index = 0..;
            options.retain(|_| index.next().is_some_and(|index| there.contains(&index)));
        }
        Some(expected)
    }

    /// The values at a place, enabled or not.
    pub(super) fn values(&self, place: &Place) -> impl Iterator<Item = &Value> {
        self.all_answers(place).iter().map(|given| &given.value)
    }

    /// How many instances of the children of `place` there are: one for each answer of a question.
    pub(super) fn answer_count(&self, place: &Place) -> u16 {
        u16::try_from(self.all_answers(place).len()).unwrap_or(Self::MAX_REPEATS)
    }

    /// Whether the item's own expression lets it be enabled.
    pub(super) fn is_let(&self, place: &Place) -> bool {
        let has_expression = self.item(place).expressions.enabled.is_some();
        !has_expression || self.derived.enabled.contains(place)
    }

    /// The place of an item in a response in which nothing above it repeats.
    pub fn first_place(&self, item: ItemId) -> Place {
        Place::first(&self.form, item)
    }
}

/// The form's own values: those of `initial`, or the options that are chosen at the start.
fn initial(form: &Form) -> BTreeMap<ItemId, Vec<Given>> {
    let given = |value: &Value| Given { value: value.clone(), evidence: Evidence::of(Confirmation::Initial) };
    let of = |item: &Item| -> Vec<Given> {
        let chosen = item.options.iter().filter(|option| option.selected).map(|option| &option.value);
        let values: Vec<_> =
            if item.initial.is_empty() { chosen.collect() } else { item.initial.iter().collect() };
        let most = if item.repeats { values.len() } else { 1 };
        values.into_iter().take(most).map(given).collect()
    };
    form.items().iter().map(|item| (item.id, of(item))).filter(|(_, values)| !values.is_empty()).collect()
}

#[cfg(test)]
mod tests;
