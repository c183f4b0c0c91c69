//! The bindings to libvosk.
//!
//! Names and types are those of `vosk_api.h`, version 0.3.45. The library is loaded with the first model, so a program
//! without it starts, and its symbols (which include a whole BLAS) are not visible to the host. With the feature
//! `vosk-linked` the `vosk` crate links it.

#![expect(unsafe_code, reason = "a C library is called here")]

use std::ffi::{CStr, CString, c_char, c_float, c_int, c_short};
use std::path::Path;
use std::ptr::NonNull;
use std::sync::{Arc, Once};

use once_cell::sync::OnceCell;

use super::gate::{GATE, enter_to_compute};
use super::log::Log;
use crate::environment::CallEnvironment;
use crate::error::{Error, ErrorKind, Result};

/// The file name of the library on this system.
#[cfg(not(feature = "vosk-linked"))]
const FILE: &str = crate::native::file_name!("vosk");

/// The log level for errors only.
const LOG_LEVEL: c_int = -1;

/// `VoskModel` and `VoskRecognizer`.
enum RawModel {}
enum RawRecognizer {}

macro_rules! functions {
    ($(fn $name:ident($($argument:ty),*) $(-> $result:ty)?;)*) => {
        struct Functions { $($name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)* }

        #[cfg(not(feature = "vosk-linked"))]
        fn functions(file: &libloading::Library) -> std::result::Result<Functions, libloading::Error> {
            // SAFETY: the types are those that `vosk_api.h` declares; the file is never unloaded.
            unsafe { Ok(Functions { $($name: *file.get(stringify!($name))?,)* }) }
        }

        #[cfg(feature = "vosk-linked")]
        fn functions() -> Functions {
            // This crate links the library.
            use ::vosk as _;
            unsafe extern "C" { $(fn $name($(_: $argument),*) $(-> $result)?;)* }
            Functions { $($name,)* }
        }
    };
}

functions! {
    fn vosk_set_log_level(c_int);
    fn vosk_model_new(*const c_char) -> *mut RawModel;
    fn vosk_model_free(*mut RawModel);
    fn vosk_recognizer_new(*mut RawModel, c_float) -> *mut RawRecognizer;
    fn vosk_recognizer_new_grm(*mut RawModel, c_float, *const c_char) -> *mut RawRecognizer;
    fn vosk_recognizer_free(*mut RawRecognizer);
    fn vosk_recognizer_set_words(*mut RawRecognizer, c_int);
    fn vosk_recognizer_set_max_alternatives(*mut RawRecognizer, c_int);
    fn vosk_recognizer_accept_waveform_s(*mut RawRecognizer, *const c_short, c_int) -> c_int;
    fn vosk_recognizer_partial_result(*mut RawRecognizer) -> *const c_char;
    fn vosk_recognizer_result(*mut RawRecognizer) -> *const c_char;
    fn vosk_recognizer_final_result(*mut RawRecognizer) -> *const c_char;
}

/// The loaded library. A process loads it once.
pub(super) struct Library {
    functions: Functions,
    log: Log,
}

impl Library {
    /// The libvosk of the process. The first call loads it from `path`, by default from the result of
    /// [`native::find`](crate::native::find).
    pub(super) fn of_process(path: Option<&Path>) -> Result<&'static Self> {
        static LOADED: OnceCell<Library> = OnceCell::new();
        LOADED.get_or_try_init(|| {
            // Before libvosk registers destructors. Once, because a failed load is tried again.
            static FIRST: Once = Once::new();
            FIRST.call_once(|| GATE.close_at_exit());
            let _entry = GATE.enter()?;
            let library = Self::load(path)?;
            GATE.close_at_exit();
            Ok(library)
        })
    }

    #[cfg(not(feature = "vosk-linked"))]
    fn load(path: Option<&Path>) -> Result<Self> {
        use crate::native;

        let path = path.map_or_else(|| native::find(FILE), Path::to_owned);
        let unavailable = |what, cause| native::unavailable("libvosk", what, &path, FILE).with_source(cause);
        let file = native::open(&path).map_err(|error| unavailable("cannot be loaded from", error))?;
        let functions = functions(&file).map_err(|error| unavailable("0.3.45 or newer is not", error))?;
        let log = Log::of(&file);
        // Unloading would run its destructors while other threads may use it.
        std::mem::forget(file);
        Ok(Self::start(functions, log))
    }

    #[cfg(feature = "vosk-linked")]
    fn load(_path: Option<&Path>) -> Result<Self> {
        Ok(Self::start(functions(), Log::of_linked()))
    }

    /// Sets the log level to errors.
    fn start(functions: Functions, log: Log) -> Self {
        // SAFETY: takes a number only.
        unsafe { (functions.vosk_set_log_level)(LOG_LEVEL) };
        Self { functions, log }
    }

    /// Makes a call with the locale and floating-point traps that libvosk expects. All calls use this or `compute`.
    fn call<T>(&self, call: impl FnOnce(&Functions) -> T) -> Result<T> {
        let _entry = GATE.enter()?;
        let _environment = CallEnvironment::enter();
        Ok(call(&self.functions))
    }

    /// The same for a call that computes.
    fn compute<T>(&self, call: impl FnOnce(&Functions) -> T) -> Result<T> {
        let _entry = enter_to_compute()?;
        let _environment = CallEnvironment::enter();
        Ok(call(&self.functions))
    }
}

/// A loaded model, which is read-only and shared by its recognizers.
pub(super) struct Model {
    library: &'static Library,
    raw: NonNull<RawModel>,
}

// SAFETY: libvosk counts references to a model atomically and never writes to one after it is loaded.
unsafe impl Send for Model {}
// SAFETY: as above.
unsafe impl Sync for Model {}

impl Model {
    /// Loads the model folder at `path`; `None` if libvosk refuses it.
    pub(super) fn load(library: &'static Library, path: &CStr) -> Result<Option<Self>> {
        // SAFETY: a string that lives through the call.
        let raw = library.compute(|vosk| unsafe { (vosk.vosk_model_new)(path.as_ptr()) })?;
        library.log.redirect();
        let model = NonNull::new(raw).map(|raw| Self { library, raw });
        if model.is_some() {
            // libvosk may have registered further destructors, at its first model only.
            static FIRST: Once = Once::new();
            FIRST.call_once(|| GATE.close_at_exit());
        }
        Ok(model)
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        // SAFETY: made by `vosk_model_new`, freed once; recognizers hold a reference of their own.
        let _ = self.library.call(|vosk| unsafe { (vosk.vosk_model_free)(self.raw.as_ptr()) });
    }
}

/// A recognizer, for one caller at a time.
pub(super) struct Recognizer {
    model: Arc<Model>,
    raw: NonNull<RawRecognizer>,
}

// SAFETY: libvosk ties a recognizer to no thread; every call takes `&mut self`.
unsafe impl Send for Recognizer {}

impl Recognizer {
    /// A recognizer for audio at `rate` Hz, limited to `phrases` if given.
    pub(super) fn new(model: Arc<Model>, rate: u32, phrases: Option<&[String]>) -> Result<Self> {
        let cannot = || failed("libvosk could not create a recognizer; try again");
        let (raw_model, rate) = (model.raw.as_ptr(), rate as c_float);
        let raw = match phrases {
            Some(phrases) => {
                let grammar = serde_json::to_string(phrases).ok().and_then(|json| CString::new(json).ok());
                let grammar = grammar.ok_or_else(cannot)?;
                // SAFETY: a live model, and a string that lives through the call.
                model
                    .library
                    .call(|vosk| unsafe { (vosk.vosk_recognizer_new_grm)(raw_model, rate, grammar.as_ptr()) })
            }
            // SAFETY: a live model.
            None => model.library.call(|vosk| unsafe { (vosk.vosk_recognizer_new)(raw_model, rate) }),
        };
        Ok(Self { raw: NonNull::new(raw?).ok_or_else(cannot)?, model })
    }

    /// Sets whether results have words with times.
    pub(super) fn set_words(&mut self, words: bool) -> Result<()> {
        // SAFETY: a live recognizer.
        self.call(|vosk, raw| unsafe { (vosk.vosk_recognizer_set_words)(raw, words.into()) })
    }

    /// Sets the number of alternatives in a final result; 0 for the best one, in another JSON form.
    pub(super) fn set_max_alternatives(&mut self, count: u16) -> Result<()> {
        // SAFETY: a live recognizer.
        self.call(|vosk, raw| unsafe { (vosk.vosk_recognizer_set_max_alternatives)(raw, count.into()) })
    }

    /// Decodes `samples`.
    pub(super) fn accept(&mut self, samples: &[i16]) -> Result<()> {
        let too_much = |_| failed("too much audio in one step; push smaller pieces");
        let length = c_int::try_from(samples.len()).map_err(too_much)?;
        // SAFETY: a live recognizer, and as many samples as the length says.
        match self.decode(|vosk, raw| unsafe {
            (vosk.vosk_recognizer_accept_waveform_s)(raw, samples.as_ptr(), length)
        })? {
            // The result of libvosk's endpoint rules is ignored; the session has its own.
            0 | 1 => Ok(()),
            _ => Err(failed("libvosk failed in this utterance")),
        }
    }

    /// The partial result as JSON.
    pub(super) fn partial_result(&mut self) -> Result<&str> {
        // SAFETY: a live recognizer; the string is valid until the next call, which takes `&mut self`.
        self.decode(|vosk, raw| unsafe { text((vosk.vosk_recognizer_partial_result)(raw)) })?
    }

    /// Ends the utterance, and returns the result as JSON. Audio that is not decoded yet and the adaptation to the
    /// speaker are kept for the next utterance.
    pub(super) fn result(&mut self) -> Result<&str> {
        // SAFETY: as above.
        self.decode(|vosk, raw| unsafe { text((vosk.vosk_recognizer_result)(raw)) })?
    }

    /// Decodes all audio, ends the utterance, and returns the result as JSON. Nothing is kept for the next utterance.
    pub(super) fn final_result(&mut self) -> Result<&str> {
        // SAFETY: as above.
        self.decode(|vosk, raw| unsafe { text((vosk.vosk_recognizer_final_result)(raw)) })?
    }

    fn call<T>(&self, call: impl FnOnce(&Functions, *mut RawRecognizer) -> T) -> Result<T> {
        self.model.library.call(|vosk| call(vosk, self.raw.as_ptr()))
    }

    fn decode<T>(&self, call: impl FnOnce(&Functions, *mut RawRecognizer) -> T) -> Result<T> {
        self.model.library.compute(|vosk| call(vosk, self.raw.as_ptr()))
    }
}

impl Drop for Recognizer {
    fn drop(&mut self) {
        // SAFETY: made by libvosk, freed once.
        let _ = self.call(|vosk, raw| unsafe { (vosk.vosk_recognizer_free)(raw) });
    }
}

/// # Safety
/// `text` is null or a string that ends with a NUL and lives as long as `'a`.
unsafe fn text<'a>(text: *const c_char) -> Result<&'a str> {
    if text.is_null() {
        return Err(failed("libvosk failed in this utterance"));
    }
    // SAFETY: the caller's promise.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map_err(|_| failed("libvosk returned a result that is not UTF-8"))
}

fn failed(message: &str) -> Error {
    Error::new(ErrorKind::EngineFailed, message)
}

#[cfg(all(test, not(feature = "vosk-linked")))]
mod tests {
    use super::*;
    use crate::error::report;

    #[test]
    fn unusable_library_names_the_fix() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (path, reason) in
            [(Path::new("/nowhere/libvosk.so"), "No such file"), (file.path(), "file too short")]
        {
            let error = Library::load(Some(path)).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::EngineUnavailable);
            assert!(error.to_string().contains("put libvosk"), "{error}");
            if cfg!(target_os = "linux") {
                assert!(report(&error).contains(reason), "{}", report(&error));
            }
        }
    }
}
