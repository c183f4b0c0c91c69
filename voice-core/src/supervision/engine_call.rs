//! A call into an engine on a thread of its own, so that an engine that does not return can be abandoned.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use super::monitor::Monitor;
use super::policy::Policy;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::watchdog::Activity;

/// A call in progress.
pub(super) struct EngineCall<T> {
    activity: Arc<Activity>,
    outcome: Receiver<Result<T>>,
}

/// A call that passed its deadline. It keeps a thread and a model in memory until it returns or the process ends.
pub(super) enum StuckCall {
    /// A call of a session, which the monitor of its model observes.
    Session(Arc<Monitor>),
    /// A load or a canary.
    Own(Arc<Activity>),
}

impl<T: Send + 'static> EngineCall<T> {
    /// Starts a thread that does `work`, which may [restart](Activity::restart) its time. A panic of the engine becomes
    /// the error `panicked`.
    pub(super) fn start(
        thread: &str,
        panicked: Error,
        work: impl FnOnce(&Activity) -> Result<T> + Send + 'static,
    ) -> Result<Self> {
        let (sender, outcome) = bounded(1);
        let activity = Arc::<Activity>::default();
        let own = Arc::clone(&activity);
        let spawned = std::thread::Builder::new().name(thread.into()).spawn(move || {
            own.begin();
            let outcome = crate::catch(|| work(&own));
            own.end();
            let _ = sender.send(outcome.unwrap_or(Err(panicked)));
        });
        spawned.map_err(|error| no_thread().with_source(error))?;
        Ok(Self { activity, outcome })
    }

    /// Waits for the outcome, and looks at the call every `tick`. `is_stuck` gets the time that counts against it. If
    /// it is true, the call is abandoned: its thread ends when the engine returns.
    pub(super) fn wait(
        self,
        clock: &Clock,
        tick: Duration,
        mut is_stuck: impl FnMut(Duration) -> bool,
    ) -> Result<Result<T>, StuckCall> {
        loop {
            match clock.recv_until(&self.outcome, clock.now() + tick) {
                Ok(outcome) => return Ok(outcome),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if is_stuck(self.activity.look(clock.look(tick)).unwrap_or_default()) {
                break;
            }
        }
        Err(StuckCall::Own(self.activity))
    }
}

impl StuckCall {
    /// Whether it has not returned yet. Must be called periodically.
    pub(super) fn is_active(&self, policy: &Policy, clock: &Clock) -> bool {
        match self {
            Self::Session(monitor) => monitor.is_overdue(policy.deadline, clock.look(policy.tick())),
            Self::Own(activity) => activity.is_active(),
        }
    }
}

pub(super) fn no_thread() -> Error {
    Error::new(ErrorKind::Internal, "cannot start a thread; check the system's limits")
}
