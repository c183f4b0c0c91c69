//! The engine: models, shared by all sessions of a program.

use std::mem::MaybeUninit;

use voice_core::supervision::{ModelHealth, Supervisor};
use voice_core::{Engine, Error, ErrorKind};

use crate::boundary::{self, guard, required};
use crate::error::voice_error;
use crate::options;

mod settings;

pub use settings::*;

/// The models of a program. One engine serves any number of sessions and threads.
pub struct voice_engine {
    /// Ends before what it keeps.
    supervisor: Option<Supervisor>,
    pub(crate) core: Engine,
}

// The header promises "any thread, at once".
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<voice_engine>();
};

impl voice_engine {
    fn open(checked: settings::Checked) -> Result<Self, Error> {
        let core = Engine::new(checked.options);
        let supervisor = checked.policy.map(|policy| core.supervise(policy)).transpose()?;
        if supervisor.is_none() {
            core.load()?;
            if let Some(name) = &checked.voice {
                core.voice(name, None)?;
            }
        }
        Ok(Self { supervisor, core })
    }

    fn reload(&self) -> Result<(), Error> {
        if let Some(supervisor) = &self.supervisor {
            // Every one is waited for, also behind one that failed.
            return supervisor.reload().iter().map(|(_, outcome)| outcome).fold(Ok(()), Result::and);
        }
        self.core.load()?;
        let health = self.core.health();
        health.stt.iter().chain(&health.tts).find_map(failure).map_or(Ok(()), Err)
    }
}

/// What is wrong with a model, if anything is.
fn failure(model: &ModelHealth) -> Option<Error> {
    let kind = ErrorKind::from_code(model.code?).unwrap_or(ErrorKind::ModelLoadFailed);
    Some(Error::new(kind, model.reason.as_deref().unwrap_or("a model cannot be loaded")))
}

/// Opens an engine and loads its models, which may take seconds for a large one, and minutes where one is
/// downloaded. Succeeds if one works, of whichever language, for each task that any is given for, and
/// `tts_voice` if it is given; `voice_engine_health` and the log tell of the others.
///
/// Ownership: `*engine` is yours; free it with `voice_engine_free`. `options` is read during the call only.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `unsupported`, `option_invalid`, `engine_unavailable`,
/// `memory_insufficient`, `manifest_invalid`, `model_…`; where downloads are allowed, those of
/// `voice_store_pull`. With `supervise`, those of models are told by `voice_engine_health`,
/// and to whoever opens a session.
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

/// Loads every model anew, as after a change of its files. A model in use stays until the new one is loaded
/// and has shown that it works, and for good if it does not. Sessions finish on what they began with.
///
/// Ownership: `engine` stays yours.
/// Threads: any thread, at once.
/// Errors: `argument_null`, and those of `voice_engine_open` for the first model that cannot be loaded.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn voice_engine_reload(engine: Option<&voice_engine>) -> Option<Box<voice_error>> {
    guard(|| Ok(required(engine, "engine")?.reload()?))
}

/// Frees an engine; NULL is allowed. Its sessions live on and free its models when the last one goes.
///
/// Ownership: takes `engine`.
/// Threads: any thread, at once.
/// Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn voice_engine_free(engine: Option<Box<voice_engine>>) {
    boundary::free(engine);
}
