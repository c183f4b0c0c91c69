//! The text-to-speech session: text in, audio out.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use voice_core::tts::{Canceller, TtsEvent, TtsSession};

use crate::boundary::{guard, required};
use crate::engine::voice_engine;
use crate::error::{voice_code, voice_error};
use crate::exclusive::Exclusive;
use crate::options;
use crate::owned;
use crate::text::{bytes, not_utf8};

mod characters;
mod event;
mod settings;

use characters::Characters;
use event::EventView;
pub use event::{voice_tts_event, voice_tts_event_type};
pub use settings::*;

/// A text-to-speech session: turns one stream of text into audio.
pub struct voice_tts {
    state: Exclusive<State>,
    /// Outside of the mutex, since a cancel may come during another call.
    canceller: Canceller,
}

struct State {
    session: TtsSession,
    /// The bytes of an incomplete character at the end of the pushed text.
    characters: Characters,
    /// The event that the host may still read.
    event: Option<EventView>,
}

impl State {
    /// Ends the text. Drops an incomplete character at the end and returns an error for it.
    fn end_text(&mut self) -> Result<(), voice_error> {
        if self.drop_character() == 0 {
            return Ok(());
        }
        let message =
            "the text ended within a character, which was dropped; push whole characters before the end";
        Err(voice_error::new(voice_code::ArgumentInvalid, message))
    }

    /// Drops an incomplete character and returns its length in bytes. They count as pushed.
    fn drop_character(&mut self) -> usize {
        let bytes = self.characters.clear();
        if bytes > 0 {
            self.session.skip(bytes);
        }
        bytes
    }
}

// A host may call from different threads.
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<voice_tts>();
};

impl voice_tts {
    fn new(session: TtsSession) -> Self {
        let canceller = session.canceller();
        let state = State { session, characters: Characters::default(), event: None };
        Self { state: Exclusive::new(state), canceller }
    }

    /// Runs `body` on the session, unless another call is in progress.
    ///
    /// # Safety
    /// `tts` is NULL or a session that is not freed before this returns.
    unsafe fn with(
        tts: Option<NonNull<Self>>,
        body: impl FnOnce(&mut State) -> Result<(), voice_error>,
    ) -> Option<Box<voice_error>> {
        guard(|| {
            // SAFETY: the caller's promise; the mutex guards the session.
            let tts = unsafe { required(tts, "tts")?.as_ref() };
            tts.state.with(|state| {
                state.event = None;
                body(state)
            })
        })
    }
}

/// The most bytes of text that may wait to be spoken, and so the most for one push.
const MAX_PUSH: usize = 1 << 20;

/// The host's bytes, checked against the limit.
///
/// # Safety
/// As for [`bytes`].
unsafe fn limited<'a>(ptr: *const c_char, len: usize, name: &str) -> Result<&'a [u8], voice_error> {
    if len > MAX_PUSH && isize::try_from(len).is_ok() {
        let message = format!("{name} is {len} bytes long; push at most {MAX_PUSH}");
        return Err(voice_error::new(voice_code::TextTooLarge, &message));
    }
    // SAFETY: the caller's promise.
    unsafe { bytes(ptr.cast(), len, name) }
}

/// Opens a session for one stream of text. NULL for `options` means all defaults.
///
/// Ownership: `*tts` is yours; free it with `voice_tts_free`, before or after `engine`.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `unsupported`, `audio_format_unsupported`,
/// `option_invalid`, `lexicon_invalid`, `text_too_large`, `model_not_found`; of a supervised engine also
/// `model_loading`, `model_stuck`, and those of `voice_engine_open` for a voice that cannot be loaded.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_tts_open(
    engine: Option<&voice_engine>,
    options: *const voice_tts_options,
    tts: Option<&mut MaybeUninit<*mut voice_tts>>,
) -> Option<Box<voice_error>> {
    guard(|| {
        let engine = required(engine, "engine")?;
        let out = required(tts, "tts")?;
        // SAFETY: the header asks for a struct of `struct_size` bytes.
        let options = unsafe { options::read(options) }?;
        // SAFETY: the header asks for texts that end with a NUL or are as long as they say.
        let options = unsafe { options.read() }?;
        let session = engine.core.tts_session(options)?;
        out.write(Box::into_raw(Box::new(voice_tts::new(session))));
        Ok(())
    })
}

/// Pushes `len` bytes of UTF-8 text. Text may be split at any byte; speech begins with the first complete clause. Up
/// to 1 MiB may wait to be spoken.
///
/// Ownership: `text` is read during the call only. Invalidates borrowed events of this session.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `argument_invalid`, `busy`, `session_ended`, `text_too_large` (take events until
/// there is room again).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_tts_push(
    tts: Option<NonNull<voice_tts>>,
    text: *const c_char,
    len: usize,
) -> Option<Box<voice_error>> {
    let push = |state: &mut State| {
        // SAFETY: the header asks for `len` bytes.
        let text = unsafe { limited(text, len, "text") }?;
        let before = state.characters;
        let text = state.characters.push(text)?;
        // A refused push changes nothing, so that the caller can push the text again later.
        Ok(state.session.push(&text).inspect_err(|_| state.characters = before)?)
    };
    // SAFETY: the header forbids to free the session during a call.
    unsafe { voice_tts::with(tts, push) }
}

/// Pushes a complete SSML document of `len` bytes. Unsupported features are reported as warnings.
///
/// Ownership: `document` is read during the call only. Invalidates borrowed events of this session.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `argument_invalid`, `busy`, `session_ended`, `ssml_invalid`, `text_too_large`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_tts_push_ssml(
    tts: Option<NonNull<voice_tts>>,
    document: *const c_char,
    len: usize,
) -> Option<Box<voice_error>> {
    let push = |state: &mut State| {
        // SAFETY: the header asks for `len` bytes.
        let document = unsafe { limited(document, len, "document") }?;
        let document = std::str::from_utf8(document).map_err(|_| not_utf8("document"))?;
        state.end_text()?;
        Ok(state.session.push_ssml(document)?)
    };
    // SAFETY: the header forbids to free the session during a call.
    unsafe { voice_tts::with(tts, push) }
}

/// Speaks all pushed text now, as if the text ended here; the stream continues.
///
/// Ownership: invalidates borrowed events of this session.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `busy`, `session_ended`, `argument_invalid` (the text ended within a character; all
/// complete characters are spoken).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_tts_flush(tts: Option<NonNull<voice_tts>>) -> Option<Box<voice_error>> {
    // SAFETY: the header forbids to free the session during a call.
    unsafe { voice_tts::with(tts, |state| state.session.flush().map_err(Into::into).and(state.end_text())) }
}

/// Ends the stream; all pushed text is spoken. Take the remaining events, then free the session.
///
/// Ownership: invalidates borrowed events of this session.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `busy`, `session_ended`, `argument_invalid` (the text ended within a character; all
/// complete characters are spoken).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_tts_finish(tts: Option<NonNull<voice_tts>>) -> Option<Box<voice_error>> {
    // SAFETY: the header forbids to free the session during a call.
    unsafe { voice_tts::with(tts, |state| state.session.finish().map_err(Into::into).and(state.end_text())) }
}

/// Returns the next event, or NULL if there is none until more text is pushed. Rendering runs on the calling thread,
/// for less time than the audio lasts: never call this function from an audio callback.
///
/// Ownership: `*event` and all that it points to is borrowed; valid until the next call on this session, except
/// `voice_tts_cancel`.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `busy`; and, if a clause is lost and the session continues, `engine_failed`,
/// `engine_unavailable`, `overloaded`, `model_invalid`, `option_invalid`, `text_too_large` (the clause is too long
/// for the voice), `cancelled` (the process is ending).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_tts_next(
    tts: Option<NonNull<voice_tts>>,
    event: Option<&mut MaybeUninit<*const voice_tts_event>>,
) -> Option<Box<voice_error>> {
    let next = |state: &mut State| {
        let out = required(event, "event")?;
        let format = state.session.format();
        let event = state.session.next_event()?;
        if matches!(event, Some(TtsEvent::Cancelled { .. })) {
            state.drop_character();
        }
        state.event = event.map(|event| EventView::new(event, format));
        out.write(state.event.as_ref().map_or(std::ptr::null(), EventView::view));
        Ok(())
    };
    // SAFETY: the header forbids to free the session during a call.
    unsafe { voice_tts::with(tts, next) }
}

/// Drops all pushed text and audio that were not returned yet, for example when the user interrupts. A
/// `voice_tts_next` in progress returns early. The stream continues: push again after taking
/// `VOICE_TTS_EVENT_TYPE_CANCELLED`. A finished stream ends after that event; after `VOICE_TTS_EVENT_TYPE_FINISHED` a
/// cancel does nothing.
///
/// Ownership: `tts` stays yours; borrowed events stay valid.
/// Threads: any thread, even during another call.
/// Errors: `argument_null`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_tts_cancel(tts: Option<NonNull<voice_tts>>) -> Option<Box<voice_error>> {
    guard(|| {
        // SAFETY: the header forbids to free the session during a call; the canceller is shared.
        unsafe { required(tts, "tts")?.as_ref() }.canceller.cancel();
        Ok(())
    })
}

/// Frees a session, finished or not; NULL is allowed. Never call it during another call on the session.
///
/// Ownership: takes `tts` and invalidates its borrowed events.
/// Threads: any thread, after all other calls on it.
/// Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn voice_tts_free(tts: Option<Box<voice_tts>>) {
    owned::free(tts);
}

#[cfg(test)]
mod tests;
