//! How a text would be read.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use voice_core::report;
use voice_core::tts::Explanation;

use super::{limited, voice_tts};
use crate::boundary::required;
use crate::error::{voice_code, voice_error};
use crate::options::flag;
use crate::owned::{self, Owned};
use crate::text::{Texts, not_utf8, voice_text};

/// A part of a clause that one voice speaks. This struct never changes, since it is used in arrays.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_tts_explained_passage {
    /// The name of the voice; if it fails, a fallback takes its place.
    pub voice: voice_text,
    /// The language of the voice, such as `ar` (BCP 47).
    pub language: voice_text,
    /// What the voice is given, after lexicon and normalization. Phonemes of the lexicon or the document are between
    /// slashes.
    pub spoken: voice_text,
    /// The phonemes that the voice makes of it; empty if it reads none.
    pub phonemes: voice_text,
}

/// A clause, which is spoken as a unit. This struct never changes, since it is used in arrays.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_tts_explained_clause {
    /// Its text as written, without markup.
    pub text: voice_text,
    /// The language by which it is read, such as `ar` (BCP 47).
    pub language: voice_text,
    /// Its start, as a byte offset in the explained text.
    pub text_start: usize,
    /// Its end: the offset after its last byte.
    pub text_end: usize,
    /// What is spoken, in order.
    pub passages: *const voice_tts_explained_passage,
    /// Number of passages; 0 if there is nothing to say.
    pub passages_len: usize,
}

/// What a session would warn of. This struct never changes, since it is used in arrays.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_tts_explained_warning {
    /// The code of the warning.
    pub code: voice_code,
    /// Zero.
    pub reserved: u32,
    /// The message.
    pub text: voice_text,
}

/// How a text would be read.
#[repr(C)]
pub struct voice_tts_explanation {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The clauses, in order.
    pub clauses: *const voice_tts_explained_clause,
    /// Number of clauses.
    pub clauses_len: usize,
    /// The warnings, in order.
    pub warnings: *const voice_tts_explained_warning,
    /// Number of warnings.
    pub warnings_len: usize,
}

/// Keeps alive what a [`voice_tts_explanation`] points to.
#[derive(Default)]
struct Store {
    texts: Texts,
    passages: Vec<Vec<voice_tts_explained_passage>>,
    clauses: Vec<voice_tts_explained_clause>,
    warnings: Vec<voice_tts_explained_warning>,
}

/// Tells how `len` bytes of UTF-8 text would be read if they were pushed next and alone: the clauses, the language and
/// the voices of each, the words that a voice is given, and its phonemes. `is_ssml` is 1 for an SSML document and 0 for
/// plain text. Nothing is spoken, and the session is not changed. Blocks while phonemes are made, which takes
/// milliseconds for a sentence.
///
/// With it a user can see why a word is read wrong, and correct it in a lexicon.
///
/// Ownership: `text` is read during the call only. `*explanation` is yours, with all that it points to; free it with
/// `voice_tts_explanation_free`, before or after the session. Invalidates borrowed events of this session.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `argument_invalid`, `option_invalid`, `busy`, `ssml_invalid`, `text_too_large`; of a voice that
/// cannot make phonemes `engine_failed`, `engine_unavailable`, `overloaded`, `model_stuck`, `cancelled` (the process is
/// ending).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_tts_explain(
    tts: Option<NonNull<voice_tts>>,
    text: *const c_char,
    len: usize,
    is_ssml: u32,
    explanation: Option<&mut MaybeUninit<*mut voice_tts_explanation>>,
) -> Option<Box<voice_error>> {
    let explain = |state: &mut super::State| {
        let out = required(explanation, "explanation")?;
        // SAFETY: the header asks for `len` bytes.
        let text = unsafe { limited(text, len, "text") }?;
        let text = std::str::from_utf8(text).map_err(|_| not_utf8("text"))?;
        let is_ssml = flag(is_ssml, "is_ssml")?;
        out.write(view(state.session.explain(text, is_ssml)?));
        Ok(())
    };
    // SAFETY: the header forbids to free the session during a call.
    unsafe { voice_tts::with(tts, explain) }
}

/// Gives an explanation to the host.
fn view(explanation: Explanation) -> *mut voice_tts_explanation {
    let mut store = Store::default();
    for clause in explanation.clauses {
        let passages: Vec<_> = clause
            .passages
            .into_iter()
            .map(|passage| voice_tts_explained_passage {
                voice: store.texts.add(passage.voice.name),
                language: store.texts.add(passage.voice.language.as_str()),
                spoken: store.texts.add(passage.spoken),
                phonemes: store.texts.add(passage.phonemes.unwrap_or_default()),
            })
            .collect();
        let (passages_ptr, passages_len) = owned::raw_parts(&passages);
        store.passages.push(passages);
        store.clauses.push(voice_tts_explained_clause {
            text: store.texts.add(clause.text),
            language: store.texts.add(clause.language.as_str()),
            text_start: clause.span.start,
            text_end: clause.span.end,
            passages: passages_ptr,
            passages_len,
        });
    }
    for warning in explanation.warnings {
        let text = store.texts.add(report(&warning));
        let code = warning.kind().into();
        store.warnings.push(voice_tts_explained_warning { code, reserved: 0, text });
    }
    let (clauses, clauses_len) = owned::raw_parts(&store.clauses);
    let (warnings, warnings_len) = owned::raw_parts(&store.warnings);
    let struct_size = size_of::<voice_tts_explanation>() as u32;
    let view =
        voice_tts_explanation { struct_size, reserved: 0, clauses, clauses_len, warnings, warnings_len };
    Owned::give(view, store)
}

/// Frees an explanation; NULL is allowed.
///
/// Ownership: takes `explanation`.
/// Threads: any thread, after all other calls on it.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voice_tts_explanation_free(explanation: *mut voice_tts_explanation) {
    // SAFETY: every explanation that a host owns was returned by the function above.
    unsafe { Owned::<voice_tts_explanation, Store>::free(explanation) };
}
