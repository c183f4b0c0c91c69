//! Places in a response.

use serde::{Deserialize, Serialize};

use crate::interview::form::{Form, ItemId};

/// One instance of an item: the way to it from the top of the form. Places are ordered as in the document.
///
/// Above the item, each step says which instance of a group, or which answer of a question, the next one is in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Vec<(ItemId, u16)>", into = "Vec<(ItemId, u16)>")]
pub struct Place(Vec<(ItemId, u16)>);

impl Place {
    pub(in crate::interview) fn new(steps: Vec<(ItemId, u16)>) -> Option<Self> {
        (!steps.is_empty()).then_some(Self(steps))
    }

    /// The place of an item below the first instances of the items around it.
    pub(in crate::interview) fn first(form: &Form, item: ItemId) -> Self {
        let up = std::iter::successors(Some(item), |&item| form.item(item).parent);
        let mut steps: Vec<_> = up.map(|item| (item, 0)).collect();
        steps.reverse();
        Self(steps)
    }

    /// An item at the top of the form.
    pub(in crate::interview) fn top(item: ItemId, index: u16) -> Self {
        Self(vec![(item, index)])
    }

    /// The item.
    pub fn item(&self) -> ItemId {
        self.0[self.0.len() - 1].0
    }

    /// The instance of a group, from 0. Of other items 0.
    pub fn index(&self) -> u16 {
        self.0[self.0.len() - 1].1
    }

    /// The items from the top to this one. With each the instance of the group, or the answer of the question, that the
    /// next one is in.
    pub fn steps(&self) -> &[(ItemId, u16)] {
        &self.0
    }

    /// The instance of the item around it. Of an item inside an answer, its index is that of the answer.
    pub fn parent(&self) -> Option<Self> {
        Self::new(self.0[..self.0.len() - 1].to_vec())
    }

    /// An item inside this instance.
    pub(in crate::interview) fn child(&self, item: ItemId, index: u16) -> Self {
        let mut steps = self.0.clone();
        steps.push((item, index));
        Self(steps)
    }

    /// Another instance of the same item.
    pub fn with_index(&self, index: u16) -> Self {
        let mut place = self.clone();
        if let Some(last) = place.0.last_mut() {
            last.1 = index;
        }
        place
    }
}

impl TryFrom<Vec<(ItemId, u16)>> for Place {
    type Error = &'static str;

    fn try_from(steps: Vec<(ItemId, u16)>) -> Result<Self, Self::Error> {
        Self::new(steps).ok_or("a place has a step")
    }
}

impl From<Place> for Vec<(ItemId, u16)> {
    fn from(place: Place) -> Self {
        place.0
    }
}
