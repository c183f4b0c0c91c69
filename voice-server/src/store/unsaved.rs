//! Changes that the database has not confirmed yet: the latest one of each interview.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::interview::{InterviewId, Status};

/// Interviews that may wait.
const MAX_INTERVIEWS: usize = 10_000;

/// Sealed bytes that may wait.
const MAX_BYTES: usize = 64 << 20;

/// A change of an interview, sealed.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) id: InterviewId,
    /// The connection that made it.
    pub(super) writer: String,
    pub(super) version: i64,
    pub(super) status: Status,
    pub(super) key_id: String,
    pub(super) state: Vec<u8>,
    pub(super) response: Vec<u8>,
}

impl Change {
    fn bytes(&self) -> usize {
        self.state.len() + self.response.len()
    }
}

#[derive(Default)]
pub(super) struct Unsaved(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    changes: HashMap<InterviewId, Arc<Change>>,
    bytes: usize,
}

impl Unsaved {
    /// Holds a change in the place of an earlier one of its interview. `false` if there is no room.
    pub(super) fn hold(&self, change: &Arc<Change>) -> bool {
        let mut waiting = self.0.lock();
        let before = waiting.changes.get(&change.id).map(|change| change.bytes());
        let bytes = waiting.bytes - before.unwrap_or(0) + change.bytes();
        if bytes > MAX_BYTES || (before.is_none() && waiting.changes.len() >= MAX_INTERVIEWS) {
            return false;
        }
        waiting.bytes = bytes;
        waiting.changes.insert(change.id, Arc::clone(change));
        true
    }

    /// Forgets a change that needs no more saving, unless a later one has taken its place.
    pub(super) fn forget(&self, change: &Change) {
        let mut waiting = self.0.lock();
        let is_same = |held: &Arc<Change>| held.version == change.version && held.writer == change.writer;
        if waiting.changes.get(&change.id).is_some_and(is_same) {
            waiting.changes.remove(&change.id);
            waiting.bytes -= change.bytes();
        }
    }

    pub(super) fn all(&self) -> Vec<Arc<Change>> {
        self.0.lock().changes.values().map(Arc::clone).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.0.lock().changes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(id: InterviewId, version: i64, bytes: usize) -> Arc<Change> {
        Arc::new(Change {
            id,
            writer: "a".to_owned(),
            version,
            status: Status::InProgress,
            key_id: String::new(),
            state: vec![0; bytes],
            response: Vec::new(),
        })
    }

    #[test]
    fn latest_change_of_each_interview_is_held() {
        let unsaved = Unsaved::default();
        let id = InterviewId::random().unwrap();
        let (one, two) = (change(id, 1, 10), change(id, 2, 20));
        assert!(unsaved.hold(&one) && unsaved.hold(&two));
        unsaved.forget(&one);
        assert_eq!(unsaved.all().iter().map(|change| change.version).collect::<Vec<_>>(), [2]);
        unsaved.forget(&two);
        assert_eq!((unsaved.len(), unsaved.0.lock().bytes), (0, 0));
    }

    #[test]
    fn memory_is_bounded() {
        let unsaved = Unsaved::default();
        let ids: Vec<_> = (0..3).map(|_| InterviewId::random().unwrap()).collect();
        assert!(unsaved.hold(&change(ids[0], 1, MAX_BYTES / 2)));
        assert!(unsaved.hold(&change(ids[1], 1, MAX_BYTES / 2)));
        assert!(!unsaved.hold(&change(ids[2], 1, 1)));
        assert!(unsaved.hold(&change(ids[0], 2, MAX_BYTES / 2)), "in the place of its own");
    }
}
