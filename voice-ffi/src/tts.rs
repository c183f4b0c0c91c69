//! The text-to-speech session: text in, audio out.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use voice_core::tts::{Canceller, Playback, TtsEvent, TtsSession};

use crate::boundary::{guard, required};
use crate::engine::voice_engine;
use crate::error::{voice_code, voice_error};
use crate::exclusive::Exclusive;
use crate::options;
use crate::owned;
use crate::text::{bytes, not_utf8};

pub(crate) mod characters;
pub(crate) mod event;
mod explanation;
mod settings;

use characters::Characters;
use event::EventView;
pub use event::{voice_tts_event, voice_tts_event_type};
pub use explanation::*;
pub use settings::*;

/// A text-to-speech session: turns one stream of text into audio.
pub struct voice_tts {
    state: Exclusive<State>,
    /// Outside of the mutex, since a cancel may come during another call; so may reports and pauses.
    canceller: Canceller,
    playback: Playback,
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
        let (canceller, playback) = (session.canceller(), session.playback());
        let state = State { session, characters: Characters::default(), event: None };
        Self { state: Exclusive::new(state), canceller, playback }
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
/// those that may come during another call: `voice_tts_cancel`, `voice_tts_pause`, `voice_tts_resume`,
/// `voice_tts_played` and `voice_tts_heard`.
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
/// `VOICE_TTS_EVENT_TYPE_CANCELLED`, which tells what was heard. It ends a pause. A finished stream ends after that event;
/// after `VOICE_TTS_EVENT_TYPE_FINISHED` a cancel gives no event, unless the session is paused.
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

/// Reports that the listener has heard the audio before the position `ms`, by the times of the events. A report for each
/// buffer played, or every 200 ms, is enough. Until the first report, a clock estimates the position, for a listener who
/// plays all audio at once and without a delay. The position decides how much is computed ahead, and where a resume begins.
///
/// Positions never decrease: a lower one changes nothing, as does a late report after a cancel. One after the end of the
/// audio that was returned counts as that end. Round down. The call neither waits nor allocates, so an audio callback may
/// make it.
///
/// Ownership: `tts` stays yours; borrowed events stay valid.
/// Threads: any thread, even during another call.
/// Errors: `argument_null`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_tts_played(
    tts: Option<NonNull<voice_tts>>,
    ms: u64,
) -> Option<Box<voice_error>> {
    guard(|| {
        // SAFETY: the header forbids to free the session during a call; the playback is shared.
        unsafe { required(tts, "tts")?.as_ref() }.playback.played(ms);
        Ok(())
    })
}

/// Tells how much has been heard: `*ms` is the position in the audio, and `*text` the end of the text, as a byte offset in
/// all pushed text.
///
/// The offset is exact at the end of a clause. Within a clause it is the start of the word that is being heard, in
/// proportion to the length of the clause, and may be wrong by a word or two. It is the start of the clause if an SSML
/// document writes the text in another way, and in the first clause of espeak-ng.
///
/// Ownership: `tts` stays yours; borrowed events stay valid.
/// Threads: any thread, even during another call.
/// Errors: `argument_null`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_tts_heard(
    tts: Option<NonNull<voice_tts>>,
    ms: Option<&mut MaybeUninit<u64>>,
    text: Option<&mut MaybeUninit<usize>>,
) -> Option<Box<voice_error>> {
    guard(|| {
        // SAFETY: the header forbids to free the session during a call; the playback is shared.
        let tts = unsafe { required(tts, "tts")?.as_ref() };
        let (ms, text) = (required(ms, "ms")?, required(text, "text")?);
        let heard = tts.playback.heard();
        ms.write(heard.ms);
        text.write(heard.text);
        Ok(())
    })
}

/// Holds the audio back, for example while the user makes a sound that may be an interruption. Drop your playback buffer:
/// `voice_tts_resume` returns its audio again. The next event is `VOICE_TTS_EVENT_TYPE_PAUSED`; audio that
/// `voice_tts_next` returns before it belongs to the dropped buffer, even if it returns after this call. Then
/// `voice_tts_next` writes NULL until the resume. A later cancel ends the pause.
///
/// A pause during a pause does nothing, nor does one after everything was heard. It works after
/// `VOICE_TTS_EVENT_TYPE_FINISHED` as long as audio is left to hear.
///
/// Ownership: `tts` stays yours; borrowed events stay valid.
/// Threads: any thread, even during another call.
/// Errors: `argument_null`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_tts_pause(tts: Option<NonNull<voice_tts>>) -> Option<Box<voice_error>> {
    guard(|| {
        // SAFETY: the header forbids to free the session during a call; the playback is shared.
        unsafe { required(tts, "tts")?.as_ref() }.playback.pause();
        Ok(())
    })
}

/// Ends a pause: `voice_tts_next` returns again the audio that was returned and not heard, from the position that was
/// heard, and goes on. Positions reported during the pause count. SSML marks that are not before the position, and
/// `VOICE_TTS_EVENT_TYPE_FINISHED`, are returned again. Times are those of the first time. Without a pause it does nothing.
///
/// Up to 30 s of audio are kept. Text beyond it, up to 4096 clauses, is spoken again from the start of the clause that was
/// being heard.
///
/// Ownership: `tts` stays yours; borrowed events stay valid.
/// Threads: any thread, even during another call.
/// Errors: `argument_null`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_tts_resume(tts: Option<NonNull<voice_tts>>) -> Option<Box<voice_error>> {
    guard(|| {
        // SAFETY: the header forbids to free the session during a call; the playback is shared.
        unsafe { required(tts, "tts")?.as_ref() }.playback.resume();
        Ok(())
    })
}

/// Changes options of an open session: those that `fields` names, a sum of `voice_tts_field`, get their values from
/// `options`, where zero means default as in `voice_tts_open`. The other fields of `options` are ignored, but must be
/// valid. NULL for `options` means all defaults.
///
/// The change is for text that is pushed afterwards. The text before it is complete, as after `voice_tts_flush`. A cancel
/// does not undo it. A new language or voice chooses the voices from `engine`, which may be NULL otherwise. Sample rate and
/// encoding stay. After an error the session is unchanged.
///
/// Ownership: `options` is read during the call only. Invalidates borrowed events of this session.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `argument_invalid` (also within a character of the text), `unsupported` (a field without a
/// number), `busy`, `session_ended`, `option_invalid`, `lexicon_invalid`, `text_too_large`; for a language or a voice also
/// those of `voice_tts_open`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_tts_update(
    tts: Option<NonNull<voice_tts>>,
    engine: Option<&voice_engine>,
    options: *const voice_tts_options,
    fields: u32,
) -> Option<Box<voice_error>> {
    let update = |state: &mut State| {
        // SAFETY: the header asks for a struct of `struct_size` bytes.
        let options = unsafe { options::read(options) }?;
        // SAFETY: the header asks for texts that end with a NUL or are as long as they say.
        let (options, is_other_voice) = unsafe { options.update(state.session.options(), fields) }?;
        if state.characters.is_within() {
            let message = "the text ended within a character; push the rest of it before an update";
            return Err(voice_error::new(voice_code::ArgumentInvalid, message));
        }
        if is_other_voice {
            required(engine, "engine")?.core.update_tts(&mut state.session, options)?;
        } else {
            state.session.update(options)?;
        }
        Ok(())
    };
    // SAFETY: the header forbids to free the session during a call.
    unsafe { voice_tts::with(tts, update) }
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
pub(crate) mod tests;
