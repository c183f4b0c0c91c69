//! libespeak-ng, loaded at run time, and the only calls to it.
//!
//! The library is under the GPL: it is not linked and not shipped, but used if the system has it. Names, constants
//! and layouts are those of its `speak_lib.h`, API revision 12.

#![expect(unsafe_code, reason = "this file calls a C library")]

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_int, c_short, c_uint, c_void};
use std::path::{Path, PathBuf};
use std::ptr;

use super::settings::Settings;
use super::voices::Voice;
use crate::error::{Error, ErrorKind, Result};

/// File names of the library; the loader searches the system's folders.
const NAMES: &[&str] = if cfg!(target_os = "macos") {
    // The loader does not search Homebrew's folder on Apple silicon.
    &[
        "libespeak-ng.1.dylib",
        "libespeak-ng.dylib",
        "/opt/homebrew/lib/libespeak-ng.1.dylib",
        "/opt/homebrew/lib/libespeak-ng.dylib",
    ]
} else if cfg!(windows) {
    &["espeak-ng.dll", "libespeak-ng.dll"]
} else {
    &["libespeak-ng.so.1", "libespeak-ng.so"]
};

/// Samples come by the callback, on the calling thread, before the call returns.
const AUDIO_OUTPUT_SYNCHRONOUS: c_int = 2;
/// Audio in one callback, in milliseconds.
const CALLBACK_MS: c_int = 200;
/// Fail without data, instead of ending the process.
const INITIALIZE_DONT_EXIT: c_int = 0x8000;
const CHARS_UTF8: c_int = 1;
/// Keep the pause after the last sentence.
const END_PAUSE: c_int = 0x1000;
const PHONEMES_IPA: c_int = 2;
const POSITION_CHARACTER: c_int = 1;
const OK: c_int = 0;
/// A text of about a hundred phonemes in any language.
const NEUTRAL: &CStr = c"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16";
const PARAMETER_RATE: c_int = 1;
const PARAMETER_VOLUME: c_int = 2;
const PARAMETER_PITCH: c_int = 3;

type Callback = unsafe extern "C" fn(*const c_short, c_int, *mut c_void) -> c_int;
type Initialize = unsafe extern "C" fn(c_int, c_int, *const c_char, c_int) -> c_int;
type SetSynthCallback = unsafe extern "C" fn(Callback);
type SetVoiceByName = unsafe extern "C" fn(*const c_char) -> c_int;
type SetParameter = unsafe extern "C" fn(c_int, c_int, c_int) -> c_int;
type Synth = unsafe extern "C" fn(
    *const c_void,
    usize,
    c_uint,
    c_int,
    c_uint,
    c_uint,
    *mut c_uint,
    *mut c_void,
) -> c_int;
type TextToPhonemes = unsafe extern "C" fn(*mut *const c_void, c_int, c_int) -> *const c_char;
/// The same, and returns how the clause ended. In the library since 2025.
type TextToPhonemesWithTerminator =
    unsafe extern "C" fn(*mut *const c_void, c_int, c_int, *mut c_int) -> *const c_char;
type ListVoices = unsafe extern "C" fn(*mut RawVoice) -> *const *const RawVoice;
type Info = unsafe extern "C" fn(*mut *const c_char) -> *const c_char;

/// `espeak_VOICE`.
#[repr(C)]
struct RawVoice {
    name: *const c_char,
    /// Pairs of a priority byte and a string; a zero byte after the last.
    languages: *const c_char,
    identifier: *const c_char,
    gender: u8,
    age: u8,
    variant: u8,
    reserved: u8,
    score: c_int,
    spare: *mut c_void,
}

/// The loaded library.
///
/// Its state is global and has no locks: a process may hold one `Library`, used by one thread.
///
/// Clones are for the worker thread of a forked process.
#[derive(Debug, Clone)]
pub(super) struct Library {
    functions: Functions,
    sample_rate: u32,
}

#[derive(Debug, Clone, Copy)]
struct Functions {
    set_voice: SetVoiceByName,
    set_parameter: SetParameter,
    synth: Synth,
    text_to_phonemes: TextToPhonemes,
    with_terminator: Option<TextToPhonemesWithTerminator>,
    list_voices: ListVoices,
    info: Info,
}

/// The first clause of a text, as read by the library.
pub(super) struct Clause {
    /// Phonemes in IPA, in the library's notation.
    pub(super) ipa: String,
    /// Bytes of the text up to the next clause; never 0.
    pub(super) length: usize,
    /// The end of the clause, in the bits of `espeak_TextToPhonemesWithTerminator`, if the library has that function.
    pub(super) terminator: Option<i32>,
}

thread_local! {
    /// Samples from the callback. It is thread-local, since not every version passes a user pointer to the callback.
    static SAMPLES: RefCell<Vec<i16>> = const { RefCell::new(Vec::new()) };
}

impl Library {
    /// Loads the library at `path`, or the system's, and initialises it, in some milliseconds.
    ///
    /// The library sets the process's locale for character types to UTF-8.
    pub(super) fn load(path: Option<&Path>) -> Result<Self> {
        let was_loaded = is_loaded(path);
        let file = open(path)?;
        let initialize: Initialize = function(&file, "espeak_Initialize")?;
        let set_callback: SetSynthCallback = function(&file, "espeak_SetSynthCallback")?;
        let functions = Functions {
            set_voice: function(&file, "espeak_SetVoiceByName")?,
            set_parameter: function(&file, "espeak_SetParameter")?,
            synth: function(&file, "espeak_Synth")?,
            text_to_phonemes: function(&file, "espeak_TextToPhonemes")?,
            with_terminator: function(&file, "espeak_TextToPhonemesWithTerminator").ok(),
            list_voices: function(&file, "espeak_ListVoices")?,
            info: function(&file, "espeak_Info")?,
        };
        if was_loaded {
            return Err(unavailable(
                "another part of this process uses espeak-ng, which cannot be shared; name a program that runs it \
                 for libvoice (espeak_helper)",
            ));
        }
        let data = path.and_then(data_beside);
        let data = data.as_ref().map_or(ptr::null(), |folder| folder.as_ptr());
        // SAFETY: `data` is null or a string that lives through the call.
        let rate = unsafe { initialize(AUDIO_OUTPUT_SYNCHRONOUS, CALLBACK_MS, data, INITIALIZE_DONT_EXIT) };
        let Some(sample_rate) = u32::try_from(rate).ok().filter(|rate| *rate > 0) else {
            return Err(unavailable(
                "espeak-ng does not find its voices; install the package espeak-ng-data",
            ));
        };
        // SAFETY: the callback has the signature of `t_espeak_callback` and lives as long as the program.
        unsafe { set_callback(hear) };
        // Never unloaded, since callbacks and global state might outlive it.
        std::mem::forget(file);
        Ok(Self { functions, sample_rate })
    }

    /// Sample rate of its audio in Hz.
    pub(super) fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// The version, such as `1.51`.
    pub(super) fn version(&self) -> String {
        // SAFETY: a null pointer is allowed; a static string is returned.
        unsafe { text((self.functions.info)(ptr::null_mut())) }
    }

    /// The voices in its data, without voices of the separate program MBROLA.
    pub(super) fn voices(&mut self) -> Vec<Voice> {
        let mut voices = Vec::new();
        // SAFETY: null asks for all voices; the list ends with null and lives until the next call.
        let mut entry = unsafe { (self.functions.list_voices)(ptr::null_mut()) };
        if entry.is_null() {
            return voices;
        }
        // SAFETY: the entry before was not the null at the end, and entries point to whole structures.
        while let Some(raw) = unsafe { (*entry).as_ref() } {
            // SAFETY: the strings of a listed voice are valid, and its languages in the form above.
            let voice = unsafe {
                Voice::new(text(raw.name), text(raw.identifier).replace('\\', "/"), languages(raw.languages))
            };
            voices.extend(voice.filter(|voice| !voice.id.starts_with("mb/")));
            // SAFETY: see above; one past an entry that is not the last.
            entry = unsafe { entry.add(1) };
        }
        voices
    }

    /// Sets the voice with that identifier. Takes 0.14 ms, even if the voice is set already.
    ///
    /// Called at the start of every job, it clears the library's memory of earlier words, which would change how the
    /// next words are read ("I have read") and where they pause.
    pub(super) fn select(&mut self, identifier: &str) -> Result<()> {
        let name = CString::new(identifier).unwrap_or_default();
        // SAFETY: a string that lives through the call.
        if unsafe { (self.functions.set_voice)(name.as_ptr()) } == OK {
            return Ok(());
        }
        let message = format!("espeak-ng cannot use its voice {identifier}; install its data again");
        Err(Error::new(ErrorKind::EngineFailed, message))
    }

    /// The first clause of `text`: up to punctuation that ends it, a blank line, or about 800 bytes.
    pub(super) fn clause(&mut self, text: &CStr) -> Clause {
        // One character after a clause has been read ahead, and would appear in the next text.
        self.forget();
        let mut rest: *const c_void = text.as_ptr().cast();
        let mut terminator = 0;
        // SAFETY: `rest` points to a string that ends with zero and lives through the call; the
        // phonemes are copied before the next call overwrites them.
        let ipa = unsafe {
            self::text(match self.functions.with_terminator {
                Some(call) => call(&raw mut rest, CHARS_UTF8, PHONEMES_IPA, &raw mut terminator),
                None => (self.functions.text_to_phonemes)(&raw mut rest, CHARS_UTF8, PHONEMES_IPA),
            })
        };
        let bytes = text.to_bytes();
        let length = if rest.is_null() {
            bytes.len()
        } else {
            let read = rest.addr().saturating_sub(text.as_ptr().addr()).min(bytes.len());
            // One character back, for the one that has been read ahead.
            let before = bytes[..read].iter().rposition(|byte| !is_continuation(*byte)).unwrap_or(0);
            let one = 1 + bytes.iter().skip(1).take_while(|byte| is_continuation(**byte)).count();
            before.max(one).min(bytes.len())
        };
        Clause { ipa, length, terminator: self.functions.with_terminator.map(|_| terminator) }
    }

    /// Renders one clause completely, in about a thousandth of the audio's duration.
    ///
    /// The call is never aborted, since remains of an aborted call would be heard at the start of the next one.
    pub(super) fn speak(&mut self, text: &CStr, settings: Settings, end_pause: bool) -> Result<Vec<i16>> {
        // The library takes the lengths of the last phonemes from its list, which holds remains of earlier clauses
        // (up to 50 ms). With this clause in the list, a text sounds the same after any other text.
        self.clause(NEUTRAL);
        let set = [
            (PARAMETER_RATE, settings.words_per_minute),
            (PARAMETER_PITCH, settings.pitch),
            (PARAMETER_VOLUME, settings.volume),
        ];
        for (parameter, value) in set {
            // SAFETY: takes numbers only; values out of range are cut to it by the library.
            unsafe { (self.functions.set_parameter)(parameter, value, 0) };
        }
        let status = self.synth(text, if end_pause { END_PAUSE } else { 0 });
        let samples = SAMPLES.take();
        if status != OK {
            let message = format!("espeak-ng failed with code {status}; try again");
            return Err(Error::new(ErrorKind::EngineFailed, message));
        }
        Ok(samples)
    }

    /// Clears what the library has read ahead of an earlier text; only a synthesis resets that.
    fn forget(&mut self) {
        self.synth(c"", 0);
        SAMPLES.take();
    }

    /// Synthesises plain text; SSML and phonemes in brackets are not interpreted.
    fn synth(&mut self, text: &CStr, flags: c_int) -> c_int {
        let flags = (CHARS_UTF8 | flags) as c_uint;
        let bytes = text.to_bytes_with_nul().len();
        let (id, user) = (ptr::null_mut(), ptr::null_mut());
        let start = text.as_ptr().cast();
        // SAFETY: the string outlives the call, which ends after the synthesis; null is allowed for both of the last
        // pointers.
        unsafe { (self.functions.synth)(start, bytes, 0, POSITION_CHARACTER, 0, flags, id, user) }
    }
}

/// The callback of type `t_espeak_callback`; 0 asks for more.
unsafe extern "C" fn hear(samples: *const c_short, count: c_int, _events: *mut c_void) -> c_int {
    let count = usize::try_from(count).unwrap_or(0);
    if !samples.is_null() && count > 0 {
        // SAFETY: the library passes `count` samples that live through the call.
        let samples = unsafe { std::slice::from_raw_parts(samples, count) };
        SAMPLES.with_borrow_mut(|recorded| recorded.extend_from_slice(samples));
    }
    0
}

/// The given path, or all names of the system's library.
fn names(path: Option<&Path>) -> Vec<&Path> {
    path.map_or_else(|| NAMES.iter().map(Path::new).collect(), |path| vec![path])
}

/// Whether another part of the process has loaded the library. Its state is global and has no lock.
#[cfg(target_os = "linux")]
fn is_loaded(path: Option<&Path>) -> bool {
    use libloading::os::unix::{Library, RTLD_LAZY};

    /// From `dlfcn.h`: find a loaded library, and load nothing.
    const RTLD_NOLOAD: c_int = 4;
    names(path).into_iter().any(|name| {
        // SAFETY: nothing is loaded, so nothing is run; dropping it restores the reference count.
        unsafe { Library::open(Some(name), RTLD_LAZY | RTLD_NOLOAD) }.is_ok()
    })
}

#[cfg(not(target_os = "linux"))]
fn is_loaded(_path: Option<&Path>) -> bool {
    false
}

fn open(path: Option<&Path>) -> Result<libloading::Library> {
    let mut first_error = None;
    for name in names(path) {
        // SAFETY: the loader runs the library's initialisers; espeak-ng has none, and the caller vouches for another
        // file.
        match unsafe { libloading::Library::new(name) } {
            Ok(library) => return Ok(library),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    let error = unavailable(
        "espeak-ng cannot be loaded; install it (Debian: apt-get install espeak-ng, macOS: brew install \
         espeak-ng) or name the path of its library",
    );
    Err(match first_error {
        Some(cause) => error.with_source(cause),
        None => error,
    })
}

/// The symbol `name` as a function of type `F`.
fn function<F: Copy>(file: &libloading::Library, name: &str) -> Result<F> {
    // SAFETY: every caller names the type that `speak_lib.h` declares; the copy is used while the
    // file is loaded, that is for ever.
    let found = unsafe { file.get::<F>(name) };
    found.map(|symbol| *symbol).map_err(|error| {
        let message = format!("the library has no {name}; name one of espeak-ng 1.49 or later");
        unavailable(message).with_source(error)
    })
}

/// The folder of the given library, if it also holds the data.
fn data_beside(library: &Path) -> Option<CString> {
    let folder: PathBuf = library.parent()?.canonicalize().ok()?;
    let holds_data = folder.join("espeak-ng-data").is_dir();
    holds_data.then(|| CString::new(folder.to_str()?).ok()).flatten()
}

fn unavailable(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::EngineUnavailable, message)
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// A copy of a string of the library; empty for null.
///
/// # Safety
/// `text` is null or ends with zero.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: promised by the caller.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// A voice's languages, each with its priority.
///
/// # Safety `list` is null or in the form of [`RawVoice::languages`].
unsafe fn languages(mut list: *const c_char) -> Vec<(u8, String)> {
    let mut found = Vec::new();
    // SAFETY: promised by the caller: each pair is read completely before the pointer moves past it.
    unsafe {
        while !list.is_null() && *list != 0 {
            let tag = CStr::from_ptr(list.add(1));
            found.push((*list as u8, tag.to_string_lossy().into_owned()));
            list = list.add(1 + tag.to_bytes_with_nul().len());
        }
    }
    found
}
