//! Who is being served. Admission happens before an upgrade is answered, so that a refusal is an
//! HTTP status.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use voice_core::{Error, ErrorKind};

/// Counts sessions against their limit.
pub(crate) struct Sessions {
    max: usize,
    active: AtomicUsize,
    next_id: AtomicU64,
}

/// A place among the sessions, free again when dropped.
pub(crate) struct Admission {
    pub(crate) id: u64,
    sessions: Arc<Sessions>,
}

impl Sessions {
    pub(crate) fn new(max: NonZeroUsize) -> Self {
        Self { max: max.get(), active: AtomicUsize::new(0), next_id: AtomicU64::new(1) }
    }

    pub(crate) fn active(&self) -> usize {
        self.active.load(Ordering::Relaxed)
    }

    pub(crate) fn max(&self) -> usize {
        self.max
    }

    pub(crate) fn admit(self: &Arc<Self>) -> Result<Admission, Error> {
        let taken = self.active.fetch_update(Ordering::AcqRel, Ordering::Acquire, |active| {
            (active < self.max).then_some(active + 1)
        });
        match taken {
            Ok(_) => {
                Ok(Admission { id: self.next_id.fetch_add(1, Ordering::Relaxed), sessions: Arc::clone(self) })
            }
            Err(_) => Err(Error::new(
                ErrorKind::SessionLimit,
                format!("all {} session places are taken; try again in a moment", self.max),
            )),
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.sessions.active.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_its_session_ends() {
        let sessions = Arc::new(Sessions::new(NonZeroUsize::new(2).unwrap()));
        let (first, second) = (sessions.admit().unwrap(), sessions.admit().unwrap());
        assert_ne!(first.id, second.id);
        assert_eq!(sessions.admit().err().unwrap().kind(), ErrorKind::SessionLimit);
        drop(first);
        assert!(sessions.admit().is_ok());
        assert_eq!(sessions.active(), 1);
    }
}
