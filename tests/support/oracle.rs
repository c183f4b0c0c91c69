//! libvosk itself, called without anything of this project in between.

use std::ffi::{CStr, CString, c_char, c_float, c_int};
use std::path::{Path, PathBuf};
use std::process::Command;

use libloading::{Library, Symbol};
use serde_json::Value;

/// The file of the libvosk that the project uses.
pub fn libvosk() -> PathBuf {
    let native =
        std::env::var_os("VOICE_NATIVE_DIR").map_or_else(|| crate::root().join("native/lib"), PathBuf::from);
    native.join(format!("libvosk.{}", std::env::consts::DLL_EXTENSION))
}

/// Compiles a C file of `tests/all` to a library in `folder` that replaces functions of libvosk and loads the rest.
pub fn before_libvosk(source: &str, folder: &Path) -> PathBuf {
    let (target, libvosk) = (folder.join(source).with_extension("so"), libvosk());
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"])
        .args([&target, &crate::root().join("tests/all").join(source)])
        .arg("-Wl,--no-as-needed")
        .arg(&libvosk)
        .arg(format!("-Wl,-rpath,{}", libvosk.parent().expect("a folder").display()))
        .status();
    assert!(built.expect("cc runs").success());
    target
}

/// A model on the libvosk that the project uses.
pub struct Vosk {
    library: Library,
    model: *mut Opaque,
}

/// A recognizer of a [`Vosk`].
pub struct Recognizer<'a> {
    vosk: &'a Vosk,
    raw: *mut Opaque,
}

#[repr(C)]
struct Opaque([u8; 0]);

impl Vosk {
    /// Loads the model in `folder`.
    pub fn load(folder: &Path) -> Self {
        // SAFETY: libvosk has initializers that only register its parts.
        let library = unsafe { Library::new(libvosk()) }.expect("libvosk is there");
        let folder = CString::new(folder.to_str().expect("UTF-8")).expect("no NUL");
        // SAFETY: the declarations of vosk_api.h; the path ends with a NUL.
        let model = unsafe {
            let log: Symbol<unsafe extern "C" fn(c_int)> =
                library.get(b"vosk_set_log_level").expect("libvosk");
            log(-1);
            let new: Symbol<unsafe extern "C" fn(*const c_char) -> *mut Opaque> =
                library.get(b"vosk_model_new").expect("libvosk");
            new(folder.as_ptr())
        };
        assert!(!model.is_null(), "libvosk loads the model");
        Self { library, model }
    }

    /// A new recognizer.
    pub fn recognizer(&self, sample_rate: u32) -> Recognizer<'_> {
        // SAFETY: the declaration of vosk_api.h; the model is alive.
        let raw = unsafe {
            let new: Symbol<unsafe extern "C" fn(*mut Opaque, c_float) -> *mut Opaque> =
                self.library.get(b"vosk_recognizer_new").expect("libvosk");
            new(self.model, sample_rate as c_float)
        };
        assert!(!raw.is_null(), "libvosk makes a recognizer");
        Recognizer { vosk: self, raw }
    }
}

impl Drop for Vosk {
    fn drop(&mut self) {
        // SAFETY: the declaration of vosk_api.h; nothing uses the model any more.
        unsafe {
            let free: Symbol<unsafe extern "C" fn(*mut Opaque)> =
                self.library.get(b"vosk_model_free").expect("libvosk");
            free(self.model);
        }
    }
}

impl Recognizer<'_> {
    /// Asks for so many readings.
    pub fn set_max_alternatives(&mut self, count: c_int) {
        // SAFETY: the declaration of vosk_api.h.
        unsafe {
            let set: Symbol<unsafe extern "C" fn(*mut Opaque, c_int)> =
                self.vosk.library.get(b"vosk_recognizer_set_max_alternatives").expect("libvosk");
            set(self.raw, count);
        }
    }

    /// Decodes samples.
    pub fn push(&mut self, samples: &[i16]) {
        // SAFETY: the declaration of vosk_api.h; the samples are alive.
        let state = unsafe {
            let accept: Symbol<unsafe extern "C" fn(*mut Opaque, *const i16, c_int) -> c_int> =
                self.vosk.library.get(b"vosk_recognizer_accept_waveform_s").expect("libvosk");
            accept(self.raw, samples.as_ptr(), c_int::try_from(samples.len()).expect("a small piece"))
        };
        assert!(state >= 0, "libvosk decodes");
    }

    /// The final result, with words and times where asked for.
    pub fn final_result(&mut self) -> Value {
        // SAFETY: the declaration of vosk_api.h; the text lives until the next call.
        let json = unsafe {
            let result: Symbol<unsafe extern "C" fn(*mut Opaque) -> *const c_char> =
                self.vosk.library.get(b"vosk_recognizer_final_result").expect("libvosk");
            CStr::from_ptr(result(self.raw)).to_str().expect("UTF-8").to_owned()
        };
        serde_json::from_str(&json).expect("results are JSON")
    }
}

impl Drop for Recognizer<'_> {
    fn drop(&mut self) {
        // SAFETY: the declaration of vosk_api.h; nothing uses the recognizer any more.
        unsafe {
            let free: Symbol<unsafe extern "C" fn(*mut Opaque)> =
                self.vosk.library.get(b"vosk_recognizer_free").expect("libvosk");
            free(self.raw);
        }
    }
}
