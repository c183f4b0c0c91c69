//! What the dialog says.

use std::ffi::c_char;
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};

use voice_core::dialog::{self, Dialog, OutputCommand, Say, SayText};

use super::shared::MAX_TEXT;
use super::voice_dialog;
use crate::boundary::required;
use crate::error::{voice_code, voice_error};
use crate::options::{invalid, unused};
use crate::text::{bytes, c_string, not_utf8};
use crate::tts::characters::Characters;

/// How an utterance is said. The sum of several numbers stands for all of them.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_say_flag {
    /// The text is an SSML document.
    Ssml = 1,
    /// More text follows, by `voice_dialog_append`, until `voice_dialog_flush`.
    Open = 2,
    /// It replaces everything that was requested and not heard; else it follows that.
    Interrupts = 4,
    /// The user cannot interrupt it.
    Uninterruptible = 8,
}

/// The longest id, in bytes.
const MAX_ID: usize = 1_024;

/// The utterance to which text may be appended.
#[derive(Default)]
pub(super) struct OpenUtterance(Mutex<Open>);

#[derive(Default)]
struct Open {
    utterance: dialog::OpenUtterance,
    /// The beginning of a character whose end follows.
    characters: Characters,
}

impl OpenUtterance {
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl voice_dialog {
    fn say(&self, id: &str, text: &[u8], flags: u32) -> Result<(), voice_error> {
        let mut unknown = flags;
        let mut has = |flag: voice_say_flag| {
            unknown &= !(flag as u32);
            flags & flag as u32 != 0
        };
        let (is_ssml, is_open) = (has(voice_say_flag::Ssml), has(voice_say_flag::Open));
        let interrupts = has(voice_say_flag::Interrupts);
        let may_be_interrupted = !has(voice_say_flag::Uninterruptible);
        unused(unknown.into())?;
        if is_ssml && is_open {
            return Err(invalid("an SSML document cannot be open; give all of it".to_owned()));
        }
        let mut characters = Characters::default();
        let text = characters.push(text)?;
        if characters.is_within() && !is_open {
            return Err(not_utf8("text"));
        }
        let length = text.len();
        let text = match (is_ssml, is_open) {
            (true, _) => SayText::Ssml(text),
            (_, true) => SayText::Begun(text),
            _ => SayText::Plain(text),
        };
        let say = Say { id: id.to_owned(), text, interrupts: false, may_be_interrupted };
        say.check()?;
        // Taken until the request is queued, so that requests have the order of the calls.
        let mut open = self.utterance.lock();
        self.shared.requests.check_room(length)?;
        if interrupts {
            self.decide(Dialog::clear);
        }
        let utterance = Open { utterance: dialog::OpenUtterance::after(&say), characters };
        self.shared.request_output(OutputCommand::Say(say), length)?;
        *open = utterance;
        Ok(())
    }

    fn append(&self, id: &str, text: &[u8]) -> Result<(), voice_error> {
        let mut open = self.utterance.lock();
        let characters = open_utterance(&mut open, id)?;
        let before = *characters;
        let text = characters.push(text)?;
        let length = text.len();
        let append = OutputCommand::Append { id: id.to_owned(), text };
        // A refused text changes nothing, so that it can be appended later.
        self.shared.request_output(append, length).inspect_err(|_| *characters = before)
    }

    fn flush(&self, id: &str) -> Result<(), voice_error> {
        let mut open = self.utterance.lock();
        let is_within = open_utterance(&mut open, id)?.is_within();
        self.shared.request_output(OutputCommand::Close { id: id.to_owned() }, 0)?;
        *open = Open::default();
        if is_within {
            let message = "the text ended within a character, which was dropped; append whole characters before the end";
            return Err(voice_error::new(voice_code::ArgumentInvalid, message));
        }
        Ok(())
    }
}

/// The incomplete character of the utterance `id`, which must be open.
fn open_utterance<'a>(open: &'a mut Open, id: &str) -> Result<&'a mut Characters, voice_error> {
    if open.utterance.is(id) {
        return Ok(&mut open.characters);
    }
    let message = "no utterance of this id is open; say it with VOICE_SAY_FLAG_OPEN, and no other after it";
    Err(invalid(message.to_owned()))
}

/// The host's id.
///
/// # Safety
/// As for [`c_string`].
unsafe fn utterance_id<'a>(id: *const c_char) -> Result<&'a str, voice_error> {
    // SAFETY: the caller's promise.
    let id = required(unsafe { c_string(id, "id") }?, "id")?;
    if id.len() > MAX_ID {
        return Err(invalid(format!("id is {} bytes long; give at most {MAX_ID}", id.len())));
    }
    Ok(id)
}

/// The host's text, checked against the limit.
///
/// # Safety
/// As for [`bytes`].
unsafe fn utterance_text<'a>(text: *const c_char, len: usize) -> Result<&'a [u8], voice_error> {
    if len > MAX_TEXT && isize::try_from(len).is_ok() {
        let message = format!("text is {len} bytes long; give at most {MAX_TEXT}");
        return Err(voice_error::new(voice_code::TextTooLarge, &message));
    }
    // SAFETY: the caller's promise.
    unsafe { bytes(text.cast(), len, "text") }
}

/// Says a text of `len` bytes; `flags` is a sum of `voice_say_flag`. It follows what was requested before, and ends an open
/// utterance. If the user speaks now, it follows the user's turn. Events name it by `id`, a NUL-terminated text of your
/// choice.
///
/// Ownership: `id` and `text` are read during the call only; borrowed events stay valid.
/// Threads: any thread, even during another call.
/// Errors: `argument_null`, `argument_invalid`, `unsupported` (a flag without a number), `option_invalid`,
/// `ssml_invalid`, `text_too_large`, `overloaded` (256 requests wait). A call that fails changes nothing. An event of type
/// `VOICE_DIALOG_EVENT_TYPE_REFUSED` tells of `text_too_large` and `overloaded` (256 utterances wait to be heard).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_dialog_say(
    dialog: Option<NonNull<voice_dialog>>,
    id: *const c_char,
    text: *const c_char,
    len: usize,
    flags: u32,
) -> Option<Box<voice_error>> {
    let say = |dialog: &voice_dialog| {
        // SAFETY: the header asks for an id that ends with a NUL, and for `len` bytes.
        let (id, text) = unsafe { (utterance_id(id)?, utterance_text(text, len)?) };
        dialog.say(id, text, flags)
    };
    // SAFETY: the header forbids to free the dialog during a call.
    unsafe { voice_dialog::with(dialog, say) }
}

/// Adds `len` bytes of text to the utterance that was said last, with `VOICE_SAY_FLAG_OPEN` and this `id`. Text may be split
/// at any byte. It is dropped if the utterance was interrupted; an event has told so.
///
/// Ownership: `id` and `text` are read during the call only; borrowed events stay valid.
/// Threads: any thread, even during another call.
/// Errors: `argument_null`, `argument_invalid`, `option_invalid` (no such utterance is open), `text_too_large`,
/// `overloaded`. An event of type `VOICE_DIALOG_EVENT_TYPE_REFUSED` tells of `text_too_large`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_dialog_append(
    dialog: Option<NonNull<voice_dialog>>,
    id: *const c_char,
    text: *const c_char,
    len: usize,
) -> Option<Box<voice_error>> {
    let append = |dialog: &voice_dialog| {
        // SAFETY: the header asks for an id that ends with a NUL, and for `len` bytes.
        let (id, text) = unsafe { (utterance_id(id)?, utterance_text(text, len)?) };
        dialog.append(id, text)
    };
    // SAFETY: the header forbids to free the dialog during a call.
    unsafe { voice_dialog::with(dialog, append) }
}

/// Ends the open utterance `id`: its text is complete.
///
/// Ownership: `id` is read during the call only; borrowed events stay valid.
/// Threads: any thread, even during another call.
/// Errors: `argument_null`, `argument_invalid` (`id` is not UTF-8; or the text ended within a character, and all complete
/// characters are spoken), `option_invalid` (no such utterance is open), `overloaded`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_dialog_flush(
    dialog: Option<NonNull<voice_dialog>>,
    id: *const c_char,
) -> Option<Box<voice_error>> {
    let flush = |dialog: &voice_dialog| {
        // SAFETY: the header asks for an id that ends with a NUL.
        let id = unsafe { utterance_id(id) }?;
        dialog.flush(id)
    };
    // SAFETY: the header forbids to free the dialog during a call.
    unsafe { voice_dialog::with(dialog, flush) }
}

/// Drops everything that was requested and not heard. `VOICE_DIALOG_EVENT_TYPE_INTERRUPTED` follows if there was
/// something. A chunk of speech that is being computed ends early.
///
/// Ownership: `dialog` stays yours; borrowed events stay valid.
/// Threads: any thread, even during another call.
/// Errors: `argument_null`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_dialog_clear(
    dialog: Option<NonNull<voice_dialog>>,
) -> Option<Box<voice_error>> {
    let clear = |dialog: &voice_dialog| {
        // Calls that say something are before it or after it.
        let mut open = dialog.utterance.lock();
        *open = Open::default();
        dialog.decide(Dialog::clear);
        Ok(())
    };
    // SAFETY: the header forbids to free the dialog during a call.
    unsafe { voice_dialog::with(dialog, clear) }
}
