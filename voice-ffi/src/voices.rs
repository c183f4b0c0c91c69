//! The voices of an engine, to choose from.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crate::boundary::{guard, required};
use crate::engine::voice_engine;
use crate::error::voice_error;
use crate::owned::{self, Owned};
use crate::text::{Texts, c_string, voice_text};

/// A voice that can be used. This struct never changes: it stands in arrays.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_tts_voice {
    /// Its name, for `voice_tts_options`.
    pub name: voice_text,
    /// The engine that runs it.
    pub engine: voice_text,
    /// What it speaks, such as `ar` (BCP 47).
    pub language: voice_text,
    /// Its own samples per second.
    pub sample_rate: u32,
    /// 1 if sound begins before a clause is rendered whole.
    pub streams: u32,
    /// The names of its speakers, by their numbers.
    pub speakers: *const voice_text,
    /// Number of speakers; 0 if there is nothing to choose.
    pub speakers_len: usize,
}

/// Voices, from the first choice to the last.
#[repr(C)]
pub struct voice_tts_voice_list {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The voices.
    pub voices: *const voice_tts_voice,
    /// Number of voices.
    pub voices_len: usize,
}

/// Keeps alive what a [`voice_tts_voice_list`] points to.
#[derive(Default)]
struct Store {
    texts: Texts,
    speakers: Vec<Vec<voice_text>>,
    voices: Vec<voice_tts_voice>,
}

/// Lists the voices for `language` that work; NULL for the language of the engine's first voice.
///
/// Ownership: `*list` is yours, with all that it points to; free it with `voice_tts_voice_list_free`.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `option_invalid`, `model_not_found`; of a supervised engine
/// also `model_loading`, `model_stuck`, and those of `voice_engine_open` for a voice that cannot be loaded.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_engine_voices(
    engine: Option<&voice_engine>,
    language: *const c_char,
    list: Option<&mut MaybeUninit<*mut voice_tts_voice_list>>,
) -> Option<Box<voice_error>> {
    guard(|| {
        let engine = required(engine, "engine")?;
        let out = required(list, "list")?;
        // SAFETY: the header asks for a NUL-terminated string.
        let language = unsafe { c_string(language, "language") }?;
        let mut store = Store::default();
        for voice in engine.core.voices(language)? {
            let info = voice.info();
            let speakers: Vec<_> = info.speakers.iter().map(|name| store.texts.lend(name.as_str())).collect();
            let (lent, speakers_len) = owned::lent(&speakers);
            store.speakers.push(speakers);
            store.voices.push(voice_tts_voice {
                name: store.texts.lend(info.name.as_str()),
                engine: store.texts.lend(info.engine),
                language: store.texts.lend(info.language.as_str()),
                sample_rate: info.sample_rate,
                streams: info.streams.into(),
                speakers: lent,
                speakers_len,
            });
        }
        let (voices, voices_len) = owned::lent(&store.voices);
        let struct_size = size_of::<voice_tts_voice_list>() as u32;
        let view = voice_tts_voice_list { struct_size, reserved: 0, voices, voices_len };
        out.write(Owned::give(view, store));
        Ok(())
    })
}

/// Frees what `voice_engine_voices` gave; NULL is allowed.
///
/// Ownership: takes `list`.
/// Threads: any thread, at once.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voice_tts_voice_list_free(list: *mut voice_tts_voice_list) {
    // SAFETY: every list of this type that a host owns was given by the function above.
    unsafe { Owned::<voice_tts_voice_list, Store>::free(list) };
}
