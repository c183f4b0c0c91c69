//! What the library has to say about its work, line by line, to the host.
//!
//! The one setting that is the process's and not an engine's: what speaks here are also threads that
//! belong to no engine, and the libraries behind them.

use std::cell::Cell;
use std::ffi::{CString, c_char, c_void};
use std::fmt::{self, Write as _};
use std::sync::{Mutex, Once, OnceLock, PoisonError, RwLock, TryLockError};
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::boundary::guard;
use crate::error::{voice_code, voice_error};
use crate::options::invalid;

/// How much a line matters.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_log_level {
    /// No line at all.
    Off = 0,
    /// Something does not work.
    Error = 1,
    /// Something works less well than it should.
    Warn = 2,
    /// What happens to models: loaded, downloaded, replaced.
    Info = 3,
    /// For those who look for a fault.
    Debug = 4,
}

/// Takes one line of the log: UTF-8 without a line end, ends with a NUL, lent until the function returns.
/// It is called from any thread, also from several at once. It must return soon, must not throw, and must
/// not call `voice_log_set`.
pub type voice_log_callback =
    Option<unsafe extern "C" fn(userdata: *mut c_void, level: voice_log_level, line: *const c_char)>;

/// Sets where the log of all engines of the process goes: lines up to `level`, a `voice_log_level`, are given
/// to `callback` with `userdata`; NULL, the default, for nowhere. Lines hold names of models, codes, sizes
/// and times; never audio, transcripts or texts.
///
/// Ownership: `userdata` stays yours; when this function returns, the function set before is no longer used.
/// Threads: any thread, at once.
/// Errors: `option_invalid`, `busy` (called from within a callback), `unsupported` (the process logs
/// elsewhere: it is in Rust, and has a listener of its own).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_log_set(
    callback: voice_log_callback,
    userdata: *mut c_void,
    level: u32,
) -> Option<Box<voice_error>> {
    guard(|| {
        let level = filter(level)?;
        if INSIDE.get() {
            let message = "voice_log_set was called from within a log callback; call it from elsewhere";
            return Err(voice_error::new(voice_code::Busy, message));
        }
        listen()?;
        silence_at_exit();
        let _setting = SETTING.lock().unwrap_or_else(PoisonError::into_inner);
        *SINK.write().unwrap_or_else(PoisonError::into_inner) =
            callback.map(|callback| Sink { callback, userdata, level });
        tracing::callsite::rebuild_interest_cache();
        Ok(())
    })
}

/// Has the host's function called no more once the process ends: what it uses may be gone. One that runs is waited
/// for, a second at most.
fn silence_at_exit() {
    extern "C" fn silence() {
        for _ in 0..1_000 {
            if INSIDE.get() {
                return;
            }
            match SINK.try_write() {
                Ok(mut sink) => *sink = None,
                Err(TryLockError::Poisoned(sink)) => *sink.into_inner() = None,
                Err(TryLockError::WouldBlock) => {
                    std::thread::sleep(Duration::from_millis(1));
                    continue;
                }
            }
            return;
        }
    }

    static ONCE: Once = Once::new();
    // SAFETY: a function without arguments that does not unwind.
    ONCE.call_once(|| unsafe {
        libc::atexit(silence);
    });
}

fn filter(level: u32) -> Result<LevelFilter, voice_error> {
    Ok(match level {
        level if level == voice_log_level::Off as u32 => LevelFilter::OFF,
        level if level == voice_log_level::Error as u32 => LevelFilter::ERROR,
        level if level == voice_log_level::Warn as u32 => LevelFilter::WARN,
        level if level == voice_log_level::Info as u32 => LevelFilter::INFO,
        level if level == voice_log_level::Debug as u32 => LevelFilter::DEBUG,
        other => return Err(invalid(format!("level is {other}; give a voice_log_level"))),
    })
}

/// Where lines go, and which ones.
struct Sink {
    callback: unsafe extern "C" fn(*mut c_void, voice_log_level, *const c_char),
    userdata: *mut c_void,
    level: LevelFilter,
}

// SAFETY: the header says that the callback is called from any thread, so its userdata must allow it.
unsafe impl Send for Sink {}
// SAFETY: and from several at once.
unsafe impl Sync for Sink {}

impl Sink {
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level
    }
}

static SINK: RwLock<Option<Sink>> = RwLock::new(None);

/// Held while the sink is set and what is derived from it is made anew: these two belong together.
static SETTING: Mutex<()> = Mutex::new(());

thread_local! {
    /// A callback of the host runs on this thread. What is logged meanwhile would come back to it without end.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Has the lines of this process come here; once is enough.
fn listen() -> Result<(), voice_error> {
    static LISTENS: OnceLock<bool> = OnceLock::new();
    if *LISTENS.get_or_init(|| tracing::subscriber::set_global_default(Lines).is_ok()) {
        return Ok(());
    }
    let message =
        "the log of this process has a listener already; this program is in Rust, and should use it";
    Err(voice_error::new(voice_code::Unsupported, message))
}

/// Hands events of this project to the sink. Other crates' may hold anything.
struct Lines;

impl Subscriber for Lines {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_ours(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Within a callback this thread holds the lock already: a second time it would wait behind a writer
        // that waits for the first.
        if INSIDE.get() || !is_ours(metadata) {
            return false;
        }
        let sink = SINK.read().unwrap_or_else(PoisonError::into_inner);
        sink.as_ref().is_some_and(|sink| sink.wants(metadata))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let sink = SINK.read().unwrap_or_else(PoisonError::into_inner);
        Some(sink.as_ref().map_or(LevelFilter::OFF, |sink| sink.level))
    }

    fn event(&self, event: &Event<'_>) {
        if INSIDE.replace(true) {
            return;
        }
        let mut line = Line::default();
        event.record(&mut line);
        let sink = SINK.read().unwrap_or_else(PoisonError::into_inner);
        // It may have been set anew since this line was asked for.
        if let Some(sink) = sink.as_ref().filter(|sink| sink.wants(event.metadata())) {
            let line = line.finish();
            // SAFETY: the host's function, with what the host gave for it and a string that outlives the call.
            unsafe { (sink.callback)(sink.userdata, level(*event.metadata().level()), line.as_ptr()) };
        }
        INSIDE.set(false);
    }

    // Nobody here uses spans.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    let crate_name = metadata.target().split("::").next();
    matches!(crate_name, Some("voice_core" | "voice"))
}

fn level(level: Level) -> voice_log_level {
    match level {
        Level::ERROR => voice_log_level::Error,
        Level::WARN => voice_log_level::Warn,
        Level::INFO => voice_log_level::Info,
        _ => voice_log_level::Debug,
    }
}

/// A message with its fields behind it: `model ready model=ar-commands attempt=1`.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Line {
    fn finish(self) -> CString {
        // One line, and a C string, whatever a file is called.
        CString::new(voice_core::one_line(self.message + &self.fields)).unwrap_or_default()
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string cannot fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests;
