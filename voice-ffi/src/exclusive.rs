//! Objects that take one call at a time; a second simultaneous call gets an error.

use std::sync::{Mutex, TryLockError};

use crate::error::{voice_code, voice_error};

/// A mutex that is never waited for: a second simultaneous call fails with `busy`.
pub(crate) struct Exclusive<T>(Mutex<T>);

impl<T> Exclusive<T> {
    pub(crate) fn new(state: T) -> Self {
        Self(Mutex::new(state))
    }

    /// Runs `body`, unless another call is in progress.
    pub(crate) fn with<R>(
        &self,
        body: impl FnOnce(&mut T) -> Result<R, voice_error>,
    ) -> Result<R, voice_error> {
        let mut state = self.0.try_lock().map_err(|refused| match refused {
            TryLockError::WouldBlock => {
                let message = "another call on this session is in progress; make one call at a time";
                voice_error::new(voice_code::Busy, message)
            }
            TryLockError::Poisoned(_) => {
                let message = "an earlier call on this session failed inside libvoice; open a new one";
                voice_error::new(voice_code::Internal, message)
            }
        })?;
        body(&mut state)
    }
}
