//! Snapshots of a response.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Given, Place, Response, SkipReason};
use crate::interview::form::Form;

/// The version of the format.
const VERSION: u32 = 1;

/// All of a response but its form. Items are named by their `linkId`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    version: u32,
    answers: Vec<(Named, Vec<Given>)>,
    populated: Vec<(Named, Vec<Given>)>,
    withdrawn: Vec<Named>,
    skipped: Vec<(Named, SkipReason)>,
    read: Vec<Named>,
    instances: Vec<(Named, u16)>,
}

/// A place by the `linkId` of its steps.
type Named = Vec<(String, u16)>;

/// A snapshot that is not of this form, or of a later version of this library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestoreError {
    /// A later format.
    Version(u32),
    /// The form has no such place; the `linkId` that is missing or moved.
    Place(String),
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "the snapshot has the format {version}; {VERSION} is known"),
            Self::Place(link_id) => {
                write!(f, "the form has no item `{link_id}` at the place of the snapshot")
            }
        }
    }
}

impl std::error::Error for RestoreError {}

impl Response {
    /// All of the response but its form.
    pub fn snapshot(&self) -> Snapshot {
        let named = |place: &Place| -> Named {
            let steps = place.steps().iter();
            steps.map(|&(item, index)| (self.form.item(item).link_id.clone(), index)).collect()
        };
        Snapshot {
            version: VERSION,
            answers: self.answers.iter().map(|(place, given)| (named(place), given.clone())).collect(),
            populated: self.populated.iter().map(|(place, given)| (named(place), given.clone())).collect(),
            withdrawn: self.withdrawn.iter().map(named).collect(),
            skipped: self.skipped.iter().map(|(place, reason)| (named(place), *reason)).collect(),
            read: self.read.iter().map(named).collect(),
            instances: self.instances.iter().map(|(place, count)| (named(place), *count)).collect(),
        }
    }

    /// The response of a snapshot.
    ///
    /// # Errors
    /// If the snapshot is not of this form.
    pub fn restore(form: Arc<Form>, snapshot: Snapshot) -> Result<Self, RestoreError> {
        if snapshot.version != VERSION {
            return Err(RestoreError::Version(snapshot.version));
        }
        let mut response = Self::new(form);
        let form = response.form.clone();
        response.answers = places(&form, snapshot.answers)?;
        response.populated = places(&form, snapshot.populated)?;
        response.withdrawn =
            snapshot.withdrawn.iter().map(|named| place(&form, named)).collect::<Result<_, _>>()?;
        response.skipped = places(&form, snapshot.skipped)?;
        response.read = snapshot.read.iter().map(|named| place(&form, named)).collect::<Result<_, _>>()?;
        response.instances = places(&form, snapshot.instances)?;
        response.instances.values_mut().for_each(|count| *count = (*count).min(Self::MAX_REPEATS));
        response.update();
        Ok(response)
    }
}

fn places<T>(form: &Form, list: Vec<(Named, T)>) -> Result<BTreeMap<Place, T>, RestoreError> {
    list.into_iter().map(|(named, value)| Ok((place(form, &named)?, value))).collect()
}

/// The place of this name, if each item is inside the one before.
fn place(form: &Form, named: &Named) -> Result<Place, RestoreError> {
    let mut parent = None;
    let mut steps = Vec::with_capacity(named.len());
    for (link_id, index) in named {
        let missing = || RestoreError::Place(link_id.clone());
        let item = form.find(link_id).filter(|&item| form.item(item).parent == parent).ok_or_else(missing)?;
        if *index >= Response::MAX_REPEATS {
            return Err(missing());
        }
        steps.push((item, *index));
        parent = Some(item);
    }
    Place::new(steps).ok_or_else(|| RestoreError::Place(String::new()))
}
