//! The engine: models, shared by all sessions of a program.

use std::mem::MaybeUninit;

use voice_core::stt::Session;
use voice_core::{Engine, Error, ErrorKind, Health, SttOptions};

use crate::boundary::{self, guard, required};
use crate::error::voice_error;
use crate::options::{self, voice_engine_options};
use crate::text::c_string;

/// The models of a program. One engine serves any number of sessions and threads.
pub struct voice_engine {
    engine: Engine,
}

impl voice_engine {
    pub(crate) fn stt_session(&self, options: SttOptions) -> Result<Session, voice_error> {
        Ok(self.engine.stt_session(options)?)
    }

    pub(crate) fn health(&self) -> Health {
        self.engine.health()
    }
}

// The header promises "any thread, at once".
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<voice_engine>();
};

/// Opens an engine and loads its models, which may take seconds for a large one.
///
/// Ownership: `*engine` is yours; free it with `voice_engine_free`. `options` is read during the call only.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `unsupported`, `option_invalid`, `engine_unavailable`, `model_…`.
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
        options::unused(options.reserved)?;
        // SAFETY: the header asks for a NUL-terminated string.
        let model = unsafe { c_string(options.stt_model, "stt_model") }?.ok_or_else(|| {
            Error::new(ErrorKind::OptionInvalid, "stt_model is not set; give the folder of a model")
        })?;
        let engine = Engine::open(model)?;
        out.write(Box::into_raw(Box::new(voice_engine { engine })));
        Ok(())
    })
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
