//! Values that are known before the interview.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value as Json};

use super::limits::check_value;
use super::{Confirmation, Evidence, Given, Place, Refused, Response};
use crate::interview::form::{ItemId, Kind, value};

/// What was taken from a response.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Populated {
    /// The number of values that were taken.
    pub taken: usize,
    /// The `linkId` of values that the form does not accept, and why.
    pub refused: Vec<(String, Refused)>,
    /// Each `linkId` that the form does not have there.
    pub unknown: Vec<String>,
}

/// The JSON is no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PopulateError;

impl fmt::Display for PopulateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no resource of the type QuestionnaireResponse")
    }
}

impl std::error::Error for PopulateError {}

impl Response {
    /// Takes the values of a FHIR `QuestionnaireResponse`, such as the result of `$populate`. They are confirmed rather
    /// than asked: [`next`](Self::next) gives their places until the user has answered. Values that the form does not accept
    /// are left out and listed.
    ///
    /// # Errors
    /// If the JSON is no such resource.
    pub fn populate(&mut self, response: &Json) -> Result<Populated, PopulateError> {
        let root = response
            .as_object()
            .filter(|root| root.get("resourceType").and_then(Json::as_str) == Some("QuestionnaireResponse"));
        let root = root.ok_or(PopulateError)?;
        let mut populated = Populated::default();
        self.populate_items(root, None, None, &mut populated);
        self.update();
        Ok(populated)
    }

    fn populate_items(
        &mut self,
        around: &Map<String, Json>,
        above: Option<&Place>,
        parent: Option<ItemId>,
        populated: &mut Populated,
    ) {
        let items = around.get("item").and_then(Json::as_array).into_iter().flatten();
        let mut counts: BTreeMap<ItemId, u16> = BTreeMap::new();
        for item in items.filter_map(Json::as_object) {
            let link_id = item.get("linkId").and_then(Json::as_str).unwrap_or_default();
            let Some(id) = self.form.find(link_id).filter(|&id| self.form.item(id).parent == parent) else {
                populated.unknown.push(link_id.to_owned());
                continue;
            };
            let index = counts.entry(id).or_default();
            let first = above.map_or_else(|| Place::top(id, 0), |above| above.child(id, 0));
            match self.form.item(id).kind {
                Kind::Display => {}
                Kind::Group => {
                    let is_there = *index == 0 || self.form.item(id).repeats && *index < Self::MAX_REPEATS;
                    if !is_there {
                        populated
                            .refused
                            .push((link_id.to_owned(), Refused::TooMany { most: (*index).into() }));
                        continue;
                    }
                    let place = first.with_index(*index);
                    *index += 1;
                    if *index > 1 {
                        self.instances.insert(first, *index);
                    }
                    self.populate_items(item, Some(&place), Some(id), populated);
                }
                _ => self.populate_answers(item, &first, populated),
            }
        }
    }

    fn populate_answers(&mut self, json: &Map<String, Json>, place: &Place, populated: &mut Populated) {
        let item = self.item(place).clone();
        let answers = json.get("answer").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let most = if item.repeats { Self::MAX_REPEATS } else { 1 };
        let mut values: Vec<Given> = Vec::new();
        let mut inside = Vec::new();
        for answer in answers.iter().filter_map(Json::as_object) {
            let field = answer.iter().find_map(|(key, json)| Some((key.strip_prefix("value")?, json)));
            let parsed = field.and_then(|(name, json)| value(name, json));
            let checked = parsed
                .ok_or(Refused::WrongKind { kind: item.kind })
                .and_then(|value| check_value(&item, value))
                .and_then(|value| {
                    if values.len() < usize::from(most) {
                        Ok(value)
                    } else {
                        Err(Refused::TooMany { most: most.into() })
                    }
                });
            match checked {
                Ok(value) => {
                    inside.push((u16::try_from(values.len()).unwrap_or(most), answer));
                    values.push(Given { value, evidence: Evidence::of(Confirmation::Populated) });
                }
                Err(refused) => populated.refused.push((item.link_id.clone(), refused)),
            }
        }
        if values.is_empty() {
            return;
        }
        populated.taken += values.len();
        self.populated.insert(place.clone(), values);
        for (at, answer) in inside {
            self.populate_items(answer, Some(&place.with_index(at)), Some(item.id), populated);
        }
    }
}
