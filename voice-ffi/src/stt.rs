//! The speech-to-text session: audio in, events out.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use voice_core::audio::{Input, SampleEncoding};
use voice_core::stt::{MAX_PUSH, SttSession};

use self::event::EventView;
use crate::boundary::{guard, required};
use crate::engine::voice_engine;
use crate::error::{voice_code, voice_error};
use crate::exclusive::Exclusive;
use crate::options;
use crate::owned;
use crate::text::{self, bytes};

pub(crate) mod event;
mod settings;

pub use event::*;
pub use settings::*;

/// A speech-to-text session: turns one stream of audio into transcripts.
pub struct voice_stt {
    state: Exclusive<State>,
}

struct State {
    session: SttSession,
    /// The event that the host may still read.
    event: Option<EventView>,
    encoding: Option<SampleEncoding>,
}

// A host may call from different threads.
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<voice_stt>();
};

impl voice_stt {
    fn new(session: SttSession, encoding: Option<SampleEncoding>) -> Self {
        Self { state: Exclusive::new(State { session, event: None, encoding }) }
    }

    /// Runs `body` on the session, unless another call is in progress.
    ///
    /// # Safety
    /// `stt` is NULL or a session that is not freed before this returns.
    unsafe fn with(
        stt: Option<NonNull<Self>>,
        body: impl FnOnce(&mut State) -> Result<(), voice_error>,
    ) -> Option<Box<voice_error>> {
        guard(|| {
            // SAFETY: the caller's promise; the mutex guards the session.
            let stt = unsafe { required(stt, "stt")?.as_ref() };
            stt.state.with(|state| {
                state.event = None;
                body(state)
            })
        })
    }
}

/// Opens a session for one stream of audio. NULL for `options` means all defaults.
///
/// Ownership: `*stt` is yours; free it with `voice_stt_free`, before or after `engine`.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `unsupported`, `audio_format_unsupported`,
/// `option_invalid`, `grammar_invalid`, `grammar_unsupported`, `model_not_found`; of a supervised
/// engine also `model_loading`, `model_stuck`, and those of `voice_engine_open` for a model that cannot be
/// loaded.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_stt_open(
    engine: Option<&voice_engine>,
    options: *const voice_stt_options,
    stt: Option<&mut MaybeUninit<*mut voice_stt>>,
) -> Option<Box<voice_error>> {
    guard(|| {
        let engine = required(engine, "engine")?;
        let out = required(stt, "stt")?;
        // SAFETY: the header asks for a struct of `struct_size` bytes.
        let options = unsafe { options::read(options) }?;
        // SAFETY: the header asks for `grammar_len` texts.
        let options = unsafe { options.checked() }?;
        // Compressed audio is pushed as bytes.
        let encoding = (options.input == Input::Samples).then(|| options.format.encoding());
        let session = engine.core.stt_session(options)?;
        out.write(Box::into_raw(Box::new(voice_stt::new(session, encoding))));
        Ok(())
    })
}

/// Pushes `len` bytes of audio in the format of the session's options, up to 16 MiB. Audio may be split at any byte.
/// Recognition runs on the calling thread: never call this function from an audio callback.
///
/// Ownership: `audio` is read during the call only. Invalidates borrowed events of this session.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `argument_invalid`, `busy`, `session_ended`, `message_too_large`, `engine_failed` (that
/// utterance is lost, the session continues).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_stt_push(
    stt: Option<NonNull<voice_stt>>,
    audio: *const c_void,
    len: usize,
) -> Option<Box<voice_error>> {
    let push = |state: &mut State| {
        if len > MAX_PUSH && isize::try_from(len).is_ok() {
            let message = format!("{len} bytes in one piece; push at most {MAX_PUSH}");
            return Err(voice_error::new(voice_code::MessageTooLarge, &message));
        }
        // SAFETY: the header asks for `len` bytes.
        let audio = unsafe { bytes(audio.cast(), len, "audio") }?;
        Ok(state.session.push(audio)?)
    };
    // SAFETY: the header forbids to free the session during a call.
    unsafe { voice_stt::with(stt, push) }
}

/// Pushes 16-bit samples; otherwise as `voice_stt_push`. `samples` counts the samples of all channels together. The
/// session's encoding must be `VOICE_ENCODING_PCM_I16`, the default.
///
/// Ownership: `audio` is read during the call only. Invalidates borrowed events of this session.
/// Threads: any thread, one call at a time.
/// Errors: those of `voice_stt_push`, and `audio_format_unsupported`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_stt_push_i16(
    stt: Option<NonNull<voice_stt>>,
    audio: *const i16,
    samples: usize,
) -> Option<Box<voice_error>> {
    // SAFETY: the caller's promise.
    unsafe { push_samples(stt, audio, samples, SampleEncoding::PcmI16, i16::to_le_bytes) }
}

/// Pushes float samples, full scale at -1 and 1; otherwise as `voice_stt_push`. `samples` counts the samples of all
/// channels together. The session's encoding must be `VOICE_ENCODING_PCM_F32`.
///
/// Ownership: `audio` is read during the call only. Invalidates borrowed events of this session.
/// Threads: any thread, one call at a time.
/// Errors: those of `voice_stt_push`, and `audio_format_unsupported`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_stt_push_f32(
    stt: Option<NonNull<voice_stt>>,
    audio: *const f32,
    samples: usize,
) -> Option<Box<voice_error>> {
    // SAFETY: the caller's promise.
    unsafe { push_samples(stt, audio, samples, SampleEncoding::PcmF32, f32::to_le_bytes) }
}

/// # Safety `stt` is NULL or a session that is not freed before this returns; `audio` is NULL or points to `samples`
/// samples.
unsafe fn push_samples<T: Copy, const N: usize>(
    stt: Option<NonNull<voice_stt>>,
    audio: *const T,
    samples: usize,
    encoding: SampleEncoding,
    to_bytes: fn(T) -> [u8; N],
) -> Option<Box<voice_error>> {
    let push = |state: &mut State| {
        if state.encoding != Some(encoding) {
            let message = "the session was opened for another encoding; set `encoding` in its options, or \
                           push with the function of that encoding";
            return Err(voice_error::new(voice_code::AudioFormatUnsupported, message));
        }
        if samples > MAX_PUSH / N && isize::try_from(samples).is_ok() {
            let message = format!("{samples} samples in one piece; push at most {}", MAX_PUSH / N);
            return Err(voice_error::new(voice_code::MessageTooLarge, &message));
        }
        // SAFETY: the caller's promise.
        Ok(state.session.push(&unsafe { text::samples(audio, samples, to_bytes) }?)?)
    };
    // SAFETY: the caller's promise.
    unsafe { voice_stt::with(stt, push) }
}

/// Ends the current utterance now, as if silence had followed; the stream continues.
///
/// Ownership: invalidates borrowed events of this session.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `busy`, `session_ended`, `engine_failed`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_stt_flush(stt: Option<NonNull<voice_stt>>) -> Option<Box<voice_error>> {
    // SAFETY: the header forbids to free the session during a call.
    unsafe { voice_stt::with(stt, |state| Ok(state.session.flush()?)) }
}

/// Changes options of an open session: those that `fields` names, a sum of `voice_stt_field`, get their values from
/// `options`, where zero means default as in `voice_stt_open`. The other fields of `options` are ignored. NULL for
/// `options` means all defaults.
///
/// During an utterance the change takes effect when that has ended, else at once. A new language chooses the session's
/// models from `engine`, which may be NULL otherwise; the event `VOICE_STT_EVENT_TYPE_MODEL_CHANGED` tells when they
/// are in use. After an error the session is unchanged.
///
/// Ownership: `options` is read during the call only. Invalidates borrowed events of this session.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `argument_invalid`, `unsupported` (a field without a number), `busy`, `session_ended`,
/// `option_invalid`, `grammar_invalid`, `grammar_unsupported`; for a language also those of `voice_stt_open`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_stt_update(
    stt: Option<NonNull<voice_stt>>,
    engine: Option<&voice_engine>,
    options: *const voice_stt_options,
    fields: u32,
) -> Option<Box<voice_error>> {
    let update = |state: &mut State| {
        // SAFETY: the header asks for a struct of `struct_size` bytes.
        let options = unsafe { options::read(options) }?;
        // SAFETY: the header asks for `grammar_len` texts.
        let (update, language) = unsafe { options.update(fields) }?;
        if language.is_some() {
            required(engine, "engine")?.core.update_stt(&mut state.session, language, update)?;
        } else {
            state.session.update(update)?;
        }
        Ok(())
    };
    // SAFETY: the header forbids to free the session during a call.
    unsafe { voice_stt::with(stt, update) }
}

/// Ends the stream and its last utterance. Take the remaining events, then free the session.
///
/// Ownership: invalidates borrowed events of this session.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `busy`, `session_ended`, `engine_failed`, `audio_misaligned` (the stream ended within a
/// sample; all complete samples were used).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_stt_finish(stt: Option<NonNull<voice_stt>>) -> Option<Box<voice_error>> {
    // SAFETY: the header forbids to free the session during a call.
    unsafe { voice_stt::with(stt, |state| Ok(state.session.finish()?)) }
}

/// Returns the next event, or NULL if there is none until more audio is pushed.
///
/// Ownership: `*event` and all that it points to is borrowed; valid until the next call on this session.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `busy`; and, if an utterance is lost and the session continues, `engine_failed`,
/// `memory_insufficient`, `overloaded`, `cancelled` (the process is ending).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_stt_next(
    stt: Option<NonNull<voice_stt>>,
    event: Option<&mut MaybeUninit<*const voice_stt_event>>,
) -> Option<Box<voice_error>> {
    let next = |state: &mut State| {
        let out = required(event, "event")?;
        state.event = state.session.next_event()?.map(EventView::new);
        out.write(state.event.as_ref().map_or(std::ptr::null(), EventView::view));
        Ok(())
    };
    // SAFETY: the header forbids to free the session during a call.
    unsafe { voice_stt::with(stt, next) }
}

/// Frees a session, finished or not; NULL is allowed. Never call it during another call on the session.
///
/// Ownership: takes `stt` and invalidates its borrowed events.
/// Threads: any thread, after all other calls on it.
/// Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn voice_stt_free(stt: Option<Box<voice_stt>>) {
    owned::free(stt);
}

#[cfg(test)]
pub(crate) mod tests;
