//! A conversation: a microphone and a voice at the same time, with turn taking.
//!
//! The host's threads do the work: one recognizes, one computes speech, and one takes the events. An audio callback only
//! queues audio and reports the position of the player.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use voice_core::audio::{Format, Input, SampleEncoding};
use voice_core::dialog::{self, DialogOptions, Expect};
use voice_core::stt::SttSession;
use voice_core::tts::{Clock, TtsSession};

use self::event::EventView;
use self::listener::Listener;
use self::microphone::Microphone;
use self::shared::Shared;
use self::speaker::Speaker;
use crate::boundary::{guard, required};
use crate::engine::voice_engine;
use crate::error::{voice_code, voice_error};
use crate::exclusive::Exclusive;
use crate::options;
use crate::owned;
use crate::text::{self, bytes};

mod control;
mod event;
mod listener;
mod microphone;
mod position;
mod settings;
mod shared;
mod signal;
mod speaker;
mod speech;

pub use control::*;
pub use event::*;
pub use settings::*;
pub use speech::*;

/// A conversation: turns the user's audio into turns, and text into audio that the user can interrupt.
pub struct voice_dialog {
    microphone: Exclusive<Microphone>,
    listener: Exclusive<Listener>,
    speaker: Exclusive<Speaker>,
    /// The event that the host may still read.
    event: Exclusive<Option<EventView>>,
    utterance: speech::OpenUtterance,
    shared: Shared,
    format: Format,
}

// A host may call from different threads.
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<voice_dialog>();
};

/// The longest wait of a call, in milliseconds.
const MAX_WAIT: u32 = 10_000;

fn wait(ms: u32) -> Duration {
    Duration::from_millis(ms.min(MAX_WAIT).into())
}

impl voice_dialog {
    /// # Safety
    /// As for [`voice_dialog_options::sessions`] and [`voice_dialog_options::rules`].
    unsafe fn open(engine: &voice_engine, options: &voice_dialog_options) -> Result<Self, voice_error> {
        // SAFETY: the caller's promise.
        let (stt, tts) = unsafe { options.sessions() }?;
        let ahead = Duration::from_millis(options.ahead_ms()?.into());
        // Compressed audio is pushed as bytes.
        let encoding = (stt.input == Input::Samples).then(|| stt.format.encoding());
        let language = stt.language.clone();
        let (stt, tts) = (engine.core.stt_session(stt)?, engine.core.tts_session(tts)?);
        let language = language.unwrap_or_else(|| engine.core.stt_language(&stt.model_in_use().get()));
        // SAFETY: the same.
        let rules = unsafe { options.rules(&language) }?;
        Self::new(stt, tts, encoding, rules, ahead)
    }

    fn new(
        stt: SttSession,
        tts: TtsSession,
        encoding: Option<SampleEncoding>,
        rules: DialogOptions,
        ahead: Duration,
    ) -> Result<Self, voice_error> {
        let (microphone, pieces) = microphone::microphone(stt.format(), encoding);
        let format = tts.format();
        let (dialog, input, output) = dialog::open(stt, tts, rules, Expect::Open, Clock::default())?;
        let (shared, input_requests, output_requests) = Shared::new(dialog, ahead);
        Ok(Self {
            microphone: Exclusive::new(microphone),
            listener: Exclusive::new(Listener::new(input, pieces, input_requests)),
            speaker: Exclusive::new(Speaker::new(output, output_requests)),
            event: Exclusive::new(None),
            utterance: speech::OpenUtterance::default(),
            shared,
            format,
        })
    }

    /// Runs `body` on the dialog.
    ///
    /// # Safety
    /// `dialog` is NULL or a dialog that is not freed before this returns.
    unsafe fn with(
        dialog: Option<NonNull<Self>>,
        body: impl FnOnce(&Self) -> Result<(), voice_error>,
    ) -> Option<Box<voice_error>> {
        // SAFETY: the caller's promise; all that changes is guarded.
        guard(|| body(unsafe { required(dialog, "dialog")?.as_ref() }))
    }

    fn push(&self, audio: &[u8], is_fit: impl FnOnce(&Microphone) -> bool) -> Result<(), voice_error> {
        if self.shared.is_finished.load(Ordering::Acquire) {
            return Err(finished());
        }
        self.microphone.with(|microphone| {
            if !is_fit(microphone) {
                let message = "the dialog was opened for another encoding; set `encoding` in the options of `stt`, \
                               or push with the function of that encoding";
                return Err(voice_error::new(voice_code::AudioFormatUnsupported, message));
            }
            microphone.push(audio, &self.shared.listening)
        })
    }

    fn next(&self, wait: Duration) -> Result<Option<EventView>, voice_error> {
        let end = Instant::now() + wait;
        loop {
            if let Some(event) = self.shared.dialog.next_event() {
                return Ok(Some(EventView::new(event, self.format)));
            }
            if Instant::now() >= end {
                return Ok(None);
            }
            self.shared.events.wait_until(end);
        }
    }
}

fn finished() -> voice_error {
    let message = "the audio of the microphone was finished; open a new dialog";
    voice_error::new(voice_code::SessionEnded, message)
}

/// Opens a conversation with a recognizer and a voice of `engine`. NULL for `options` means all defaults.
///
/// A dialog has no thread of its own. One thread of yours calls `voice_dialog_listen` repeatedly, another one
/// `voice_dialog_speak`, and one `voice_dialog_next`. An audio callback calls `voice_dialog_push` and
/// `voice_dialog_played`. All other calls may come from any thread.
///
/// Ownership: `*dialog` is yours; free it with `voice_dialog_free`, before or after `engine`.
/// Threads: any thread, at once.
/// Errors: those of `voice_stt_open` and `voice_tts_open`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_dialog_open(
    engine: Option<&voice_engine>,
    options: *const voice_dialog_options,
    dialog: Option<&mut MaybeUninit<*mut voice_dialog>>,
) -> Option<Box<voice_error>> {
    guard(|| {
        let engine = required(engine, "engine")?;
        let out = required(dialog, "dialog")?;
        // SAFETY: the header asks for a struct of `struct_size` bytes.
        let options = unsafe { options::read(options) }?;
        // SAFETY: the header asks for whole options, and for arrays of the lengths beside them.
        let dialog = unsafe { voice_dialog::open(engine, &options) }?;
        out.write(Box::into_raw(Box::new(dialog)));
        Ok(())
    })
}

/// Queues `len` bytes of the microphone's audio, in the format of the options of `stt`; `voice_dialog_listen` processes
/// them. Up to 5 s of samples may wait, or as many bytes of Opus. A piece is taken as a whole or refused. Audio may be
/// split at any byte; Opus packets are pushed one by one. The call neither waits nor allocates, except for an error, so an
/// audio callback may make it. It may come during any call except another push.
///
/// Ownership: `audio` is read during the call only.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `argument_invalid`, `busy` (another push), `session_ended`, `message_too_large`, `overloaded`
/// (that much waits; the piece is lost, or can be pushed again).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_dialog_push(
    dialog: Option<NonNull<voice_dialog>>,
    audio: *const c_void,
    len: usize,
) -> Option<Box<voice_error>> {
    let push = |dialog: &voice_dialog| {
        // SAFETY: the header asks for `len` bytes.
        let audio = unsafe { bytes(audio.cast(), len, "audio") }?;
        dialog.push(audio, |_| true)
    };
    // SAFETY: the header forbids to free the dialog during a call.
    unsafe { voice_dialog::with(dialog, push) }
}

/// Queues 16-bit samples; otherwise as `voice_dialog_push`. `samples` counts the samples of all channels together. The
/// encoding of `stt` must be `VOICE_ENCODING_PCM_I16`, the default.
///
/// Ownership: `audio` is read during the call only.
/// Threads: any thread, one call at a time.
/// Errors: those of `voice_dialog_push`, and `audio_format_unsupported`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_dialog_push_i16(
    dialog: Option<NonNull<voice_dialog>>,
    audio: *const i16,
    samples: usize,
) -> Option<Box<voice_error>> {
    // SAFETY: the caller's promise.
    unsafe { push_samples(dialog, audio, samples, SampleEncoding::PcmI16, i16::to_le_bytes) }
}

/// Queues float samples, full scale at -1 and 1; otherwise as `voice_dialog_push`. `samples` counts the samples of all
/// channels together. The encoding of `stt` must be `VOICE_ENCODING_PCM_F32`.
///
/// Ownership: `audio` is read during the call only.
/// Threads: any thread, one call at a time.
/// Errors: those of `voice_dialog_push`, and `audio_format_unsupported`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_dialog_push_f32(
    dialog: Option<NonNull<voice_dialog>>,
    audio: *const f32,
    samples: usize,
) -> Option<Box<voice_error>> {
    // SAFETY: the caller's promise.
    unsafe { push_samples(dialog, audio, samples, SampleEncoding::PcmF32, f32::to_le_bytes) }
}

/// # Safety `dialog` is NULL or a dialog that is not freed before this returns; `audio` is NULL or points to `samples`
/// samples.
unsafe fn push_samples<T: Copy, const N: usize>(
    dialog: Option<NonNull<voice_dialog>>,
    audio: *const T,
    samples: usize,
    encoding: SampleEncoding,
    to_bytes: fn(T) -> [u8; N],
) -> Option<Box<voice_error>> {
    let push = |dialog: &voice_dialog| {
        // SAFETY: the caller's promise.
        let audio = unsafe { text::samples(audio, samples, to_bytes) }?;
        dialog.push(&audio, |microphone| microphone.encoding == Some(encoding))
    };
    // SAFETY: the caller's promise.
    unsafe { voice_dialog::with(dialog, push) }
}

/// Recognizes the audio that waits, on the calling thread, and does what the rules of turn taking have to do now. If there
/// is nothing to do, it waits for it first, up to `wait_ms`, at most 10 s. Call it repeatedly from one thread, even if the
/// microphone is off: the dialog's deadlines depend on it. It may come during any call except another `voice_dialog_listen`.
///
/// Ownership: borrowed events stay valid.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `busy` (another `voice_dialog_listen`), `overloaded` (too many events wait: take them, and call
/// again). Errors of the engine are events.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_dialog_listen(
    dialog: Option<NonNull<voice_dialog>>,
    wait_ms: u32,
) -> Option<Box<voice_error>> {
    let listen = |dialog: &voice_dialog| {
        dialog.listener.with(|listener| listener.listen(&dialog.shared, wait(wait_ms)))
    };
    // SAFETY: the header forbids to free the dialog during a call.
    unsafe { voice_dialog::with(dialog, listen) }
}

/// Computes the next chunk of speech, on the calling thread, unless the player has `ahead_ms` of audio. If there is nothing
/// to do, it waits for it first, up to `wait_ms`, at most 10 s. Call it repeatedly from one thread. The thread that calls
/// `voice_dialog_listen` can do both, if the voice is fast: a pause is then later by the time of a chunk. It may come
/// during any call except another `voice_dialog_speak`.
///
/// Ownership: borrowed events stay valid.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `busy` (another `voice_dialog_speak`), `overloaded` (too many events wait: take them, and call
/// again). Errors of the engine are events.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_dialog_speak(
    dialog: Option<NonNull<voice_dialog>>,
    wait_ms: u32,
) -> Option<Box<voice_error>> {
    let speak =
        |dialog: &voice_dialog| dialog.speaker.with(|speaker| speaker.speak(&dialog.shared, wait(wait_ms)));
    // SAFETY: the header forbids to free the dialog during a call.
    unsafe { voice_dialog::with(dialog, speak) }
}

/// Returns the next event, or NULL if there was none within `wait_ms`, at most 10 s. It computes nothing. It may come
/// during any call except another `voice_dialog_next`.
///
/// Ownership: `*event` and all that it points to is borrowed; valid until the next call of `voice_dialog_next`.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `busy` (another `voice_dialog_next`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_dialog_next(
    dialog: Option<NonNull<voice_dialog>>,
    wait_ms: u32,
    event: Option<&mut MaybeUninit<*const voice_dialog_event>>,
) -> Option<Box<voice_error>> {
    let next = |dialog: &voice_dialog| {
        let out = required(event, "event")?;
        dialog.event.with(|kept| {
            *kept = None;
            *kept = dialog.next(wait(wait_ms))?;
            out.write(kept.as_ref().map_or(std::ptr::null(), EventView::view));
            Ok(())
        })
    };
    // SAFETY: the header forbids to free the dialog during a call.
    unsafe { voice_dialog::with(dialog, next) }
}

/// Frees a dialog, finished or not; NULL is allowed. Never call it during another call on the dialog: end the threads that
/// call it first.
///
/// Ownership: takes `dialog` and invalidates its borrowed event.
/// Threads: any thread, after all other calls on it.
/// Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn voice_dialog_free(dialog: Option<Box<voice_dialog>>) {
    owned::free(dialog);
}

#[cfg(test)]
mod tests;
