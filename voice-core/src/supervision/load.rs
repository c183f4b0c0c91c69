//! One attempt to load a model and to test it, for supervised and unsupervised engines.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::engine_call::EngineCall;
use super::policy::Policy;
use super::slot::{LoadedModel, Slot};
use crate::error::{Error, ErrorKind, Result};
use crate::store::Progress;

/// The most stuck calls of one slot.
pub(super) const MAX_STUCK: usize = 3;

/// The longest time until a report of progress is shown in the state of the model.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// The interval at which progress is logged.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// Loads the model of `slot` and runs its canary, without installing it. Blocks until both are done or stuck. Both run
/// on threads of their own: a panic of the engine is an error, and an engine that does not return is abandoned.
///
/// Progress is stopped by setting `stop`. An engine that is loading cannot be stopped.
pub(crate) fn load_once<M: ?Sized + Send + Sync + 'static>(
    slot: &Arc<Slot<M>>,
    attempt: u32,
    policy: &Policy,
    stop: &Arc<AtomicBool>,
) -> Result<LoadedModel<M>> {
    if slot.stuck_calls(policy) >= MAX_STUCK {
        let message = format!(
            "the model {} has {MAX_STUCK} stuck calls; load it after one of them has returned, or restart the process",
            slot.name()
        );
        return Err(Error::new(ErrorKind::ModelStuck, message));
    }
    let loaded = load(slot, attempt, policy, stop)?;
    run_canary(slot, &loaded, policy)?;
    Ok(loaded)
}

fn load<M: ?Sized + Send + Sync + 'static>(
    slot: &Arc<Slot<M>>,
    attempt: u32,
    policy: &Policy,
    stop: &Arc<AtomicBool>,
) -> Result<LoadedModel<M>> {
    slot.note_attempt(attempt, None);
    let panicked = format!("the model {} could not be loaded: its engine panicked", slot.name());
    let panicked = Error::new(ErrorKind::ModelLoadFailed, panicked);
    // Only this thread writes the state of the slot, so that an abandoned load cannot change it.
    let (latest, abandoned) = (Arc::<Mutex<Option<Progress>>>::default(), Arc::<AtomicBool>::default());
    let call = {
        let (slot, latest) = (Arc::clone(slot), Arc::clone(&latest));
        let stops = [Arc::clone(stop), Arc::clone(&abandoned)];
        EngineCall::start("voice-load", panicked, move |activity| {
            slot.load(&mut |progress| {
                activity.restart();
                *latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
                let is_stopped = stops.iter().any(|stop| stop.load(Ordering::Acquire));
                if is_stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
        })?
    };
    let clock = slot.clock();
    let mut logged = clock.now();
    let outcome = call.wait(clock, policy.tick().min(PROGRESS_INTERVAL), |counted| {
        if let Some(progress) = latest.lock().unwrap_or_else(PoisonError::into_inner).take() {
            slot.note_attempt(attempt, Some(progress));
            if clock.since(logged) >= LOG_INTERVAL {
                logged = clock.now();
                tracing::info!(model = slot.name(), ?progress, "still installing the model");
            }
        }
        counted >= policy.load_deadline()
    });
    outcome.unwrap_or_else(|stuck| {
        abandoned.store(true, Ordering::Release);
        slot.add_stuck(stuck);
        let message = format!(
            "the engine has not loaded the model {} within {:?}; check the disk and the engine's library",
            slot.name(),
            policy.load_deadline()
        );
        Err(Error::new(ErrorKind::ModelStuck, message))
    })
}

/// Runs the canary of a loaded model.
pub(super) fn run_canary<M: ?Sized + Send + Sync + 'static>(
    slot: &Slot<M>,
    loaded: &LoadedModel<M>,
    policy: &Policy,
) -> Result<()> {
    let (canary, model) = (slot.canary(), Arc::clone(&loaded.model));
    let panicked = Error::new(ErrorKind::EngineFailed, "the engine panicked in its canary");
    let call = EngineCall::start("voice-canary", panicked, move |_| canary(&model))?;
    // It may be late if other calls return.
    let clock = slot.clock();
    let outcome = call.wait(clock, policy.tick(), |counted| {
        let look = clock.look(policy.tick());
        loaded.monitor.is_stuck(policy.deadline, look) || counted >= policy.late_deadline()
    });
    outcome.unwrap_or_else(|stuck| {
        slot.abandon(loaded);
        slot.add_stuck(stuck);
        let message = format!(
            "the model {} does not answer its test; check its folder and the engine's library, or restart the process",
            slot.name()
        );
        Err(Error::new(ErrorKind::ModelStuck, message))
    })
}
