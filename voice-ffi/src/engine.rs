//! The engine: models, shared by all sessions of a program.

use std::mem::MaybeUninit;

use voice_core::supervision::{ModelHealth, Policy, Supervisor};
use voice_core::{Engine, Error, ErrorKind};

use crate::boundary::{guard, required};
use crate::error::voice_error;
use crate::options;
use crate::owned;

mod settings;

pub use settings::*;

/// The models of a program. One engine serves any number of sessions and threads.
pub struct voice_engine {
    /// Declared first, so that it is dropped before `core`.
    supervisor: Option<Supervisor>,
    pub(crate) core: Engine,
    policy: Policy,
}

// The header promises "any thread, at once".
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<voice_engine>();
};

impl voice_engine {
    fn open(checked: settings::Checked) -> Result<Self, Error> {
        let core = Engine::new(checked.options);
        let policy = checked.policy;
        let supervisor = checked.supervise.then(|| core.supervise(policy)).transpose()?;
        if supervisor.is_none() {
            core.load_within(&policy)?;
            if let Some(name) = &checked.voice {
                core.voice(name, None)?;
            }
        }
        Ok(Self { supervisor, core, policy })
    }

    fn reload(&self) -> Result<(), Error> {
        if let Some(supervisor) = &self.supervisor {
            // All outcomes are awaited, including those after a failed one.
            return supervisor.reload().iter().map(|(_, outcome)| outcome).fold(Ok(()), Result::and);
        }
        self.core.load_within(&self.policy)?;
        let health = self.core.health();
        health.stt.iter().chain(&health.tts).find_map(failure).map_or(Ok(()), Err)
    }
}

/// The error of a model, if it has one.
fn failure(model: &ModelHealth) -> Option<Error> {
    let kind = ErrorKind::from_code(model.code?).unwrap_or(ErrorKind::ModelLoadFailed);
    Some(Error::new(kind, model.reason.as_deref().unwrap_or("a model cannot be loaded")))
}

/// Opens an engine and loads its models. Loading a large model may take seconds, a download minutes. The call
/// succeeds if at least one model (of any language) works for each task that has models, and `tts_voice`, if set,
/// works. `voice_engine_health` and the log report the others. An engine that does not answer is given up after
/// `deadline_ms`; its thread stays until it answers or the process ends.
///
/// Ownership: `*engine` is yours; free it with `voice_engine_free`. `options` is read during the call only.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `unsupported`, `option_invalid`, `engine_unavailable`,
/// `memory_insufficient`, `manifest_invalid`, `model_…`; where downloads are allowed, those of `voice_store_pull`.
/// With `supervise`, errors of models are reported by `voice_engine_health` and by the functions that open sessions.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_engine_open(
    options: *const voice_engine_options,
    engine: Option<&mut MaybeUninit<*mut voice_engine>>,
) -> Option<Box<voice_error>> {
    guard(|| {
        let out = required(engine, "engine")?;
        // SAFETY: the header asks for a struct of `struct_size` bytes.
        let options = unsafe { options::read(options) }?;
        // SAFETY: the header asks for texts that end with a NUL, and arrays of the lengths beside them.
        let checked = unsafe { options.checked() }?;
        out.write(Box::into_raw(Box::new(voice_engine::open(checked)?)));
        Ok(())
    })
}

/// Reloads every model, for example after its files changed. A model in use is replaced after the new one has been
/// loaded and has passed its test; if that fails, it stays in use. Open sessions keep the model that they started
/// with.
///
/// Ownership: `engine` stays yours.
/// Threads: any thread, at once.
/// Errors: `argument_null`, and those of `voice_engine_open` for the first model that cannot be loaded.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn voice_engine_reload(engine: Option<&voice_engine>) -> Option<Box<voice_error>> {
    guard(|| Ok(required(engine, "engine")?.reload()?))
}

/// Frees an engine; NULL is allowed. Its sessions stay usable; the last one frees the models.
///
/// Ownership: takes `engine`.
/// Threads: any thread, after all other calls on it.
/// Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn voice_engine_free(engine: Option<Box<voice_engine>>) {
    owned::free(engine);
}
