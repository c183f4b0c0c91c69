//! The log: events of the library, passed to the host line by line.
//!
//! This setting belongs to the process and not to an engine, since some lines come from threads that belong to no
//! engine and from the engines' libraries.

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

/// The severity of a line.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_log_level {
    /// No lines.
    Off = 0,
    /// Something does not work.
    Error = 1,
    /// Something works, but worse than it should.
    Warn = 2,
    /// Events of models: loaded, downloaded, replaced.
    Info = 3,
    /// Details for debugging.
    Debug = 4,
}

/// Receives one line of the log: UTF-8 without a line end, NUL-terminated, valid until the function returns. The
/// library calls it from any thread, also from several at once. It must return soon, must not throw, and must not
/// call `voice_log_set`.
pub type voice_log_callback =
    Option<unsafe extern "C" fn(userdata: *mut c_void, level: voice_log_level, line: *const c_char)>;

/// Sets the log callback of the process, for all engines: lines up to `level`, a `voice_log_level`, are passed to
/// `callback` with `userdata`. NULL, the default, disables the log. Lines contain names of models, codes, sizes and
/// times; never audio, transcripts or texts.
///
/// Ownership: `userdata` stays yours; after this function returns, the previous callback is no longer called.
/// Threads: any thread, at once.
/// Errors: `option_invalid`, `busy` (called from within a callback), `unsupported` (a Rust program has already set a
/// global `tracing` subscriber).
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
            let message = "voice_log_set was called from within a log callback; call it outside of one";
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

/// Stops calling the host's function when the process ends, since what it uses may be freed. Waits up to one second
/// for a call in progress.
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

/// The host's callback and the level up to which it gets lines.
struct Sink {
    callback: unsafe extern "C" fn(*mut c_void, voice_log_level, *const c_char),
    userdata: *mut c_void,
    level: LevelFilter,
}

// SAFETY: the header says that the callback is called from any thread, so its userdata must allow it.
unsafe impl Send for Sink {}
// SAFETY: the header says that the callback is called from several threads at once.
unsafe impl Sync for Sink {}

impl Sink {
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level
    }
}

static SINK: RwLock<Option<Sink>> = RwLock::new(None);

/// Held while the sink is set and the interest cache is rebuilt, so that both belong to the same sink.
static SETTING: Mutex<()> = Mutex::new(());

thread_local! {
    /// Whether a callback of the host runs on this thread. Lines logged inside it would call it again without end.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Installs the subscriber of the process, once.
fn listen() -> Result<(), voice_error> {
    static LISTENS: OnceLock<bool> = OnceLock::new();
    if *LISTENS.get_or_init(|| tracing::subscriber::set_global_default(Lines).is_ok()) {
        return Ok(());
    }
    let message = "this process already has a tracing subscriber; use that one to receive the log";
    Err(voice_error::new(voice_code::Unsupported, message))
}

/// Passes events of this project to the sink. Events of other crates are dropped, since they may contain anything.
struct Lines;

impl Subscriber for Lines {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_ours(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Within a callback this thread already holds the read lock. Taking it again could deadlock with a waiting
        // writer.
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
        // The sink may have changed since `enabled` was called.
        if let Some(sink) = sink.as_ref().filter(|sink| sink.wants(event.metadata())) {
            let line = line.finish();
            // SAFETY: the host's function, with the host's userdata and a string that outlives the call.
            unsafe { (sink.callback)(sink.userdata, level(*event.metadata().level()), line.as_ptr()) };
        }
        INSIDE.set(false);
    }

    // Spans are not used.
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

/// A message followed by its fields: `model ready model=ar-commands attempt=1`.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Line {
    fn finish(self) -> CString {
        // File names may contain line ends and NUL; `one_line` replaces them.
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
