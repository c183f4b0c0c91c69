//! The voices of an engine, to choose from.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crate::boundary::{guard, required};
use crate::engine::voice_engine;
use crate::error::voice_error;
use crate::owned::{self, Owned};
use crate::text::{Texts, c_string, voice_text};

/// A voice that can be used. This struct never changes, since it is used in arrays.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_tts_voice {
    /// Its name, for `voice_tts_options`.
    pub name: voice_text,
    /// The engine that runs it.
    pub engine: voice_text,
    /// The language that it speaks, such as `ar` (BCP 47).
    pub language: voice_text,
    /// The voice's own sample rate in Hz.
    pub sample_rate: u32,
    /// 1 if it gives audio before a clause is rendered completely.
    pub streams: u32,
    /// The names of its speakers; the index is the speaker number.
    pub speakers: *const voice_text,
    /// Number of speakers; 0 if the voice offers no choice.
    pub speakers_len: usize,
}

/// Voices, in order of preference.
#[repr(C)]
pub struct voice_tts_voice_list {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The voices, in order of preference.
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

/// Lists the working voices for `language`; NULL stands for the language of the engine's first voice.
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
        let language = unsafe { c_string(language, "language") }?.map(str::parse).transpose()?;
        let mut store = Store::default();
        for voice in engine.core.voices(language.as_ref())? {
            let info = voice.info();
            let speakers: Vec<_> = info.speakers.iter().map(|name| store.texts.add(name.as_str())).collect();
            let (speakers_ptr, speakers_len) = owned::raw_parts(&speakers);
            store.speakers.push(speakers);
            store.voices.push(voice_tts_voice {
                name: store.texts.add(info.name.as_str()),
                engine: store.texts.add(info.engine),
                language: store.texts.add(info.language.as_str()),
                sample_rate: info.sample_rate,
                streams: info.streams.into(),
                speakers: speakers_ptr,
                speakers_len,
            });
        }
        let (voices, voices_len) = owned::raw_parts(&store.voices);
        let struct_size = size_of::<voice_tts_voice_list>() as u32;
        let view = voice_tts_voice_list { struct_size, reserved: 0, voices, voices_len };
        out.write(Owned::give(view, store));
        Ok(())
    })
}

/// Frees a list from `voice_engine_voices`; NULL is allowed.
///
/// Ownership: takes `list`.
/// Threads: any thread, after all other calls on it.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voice_tts_voice_list_free(list: *mut voice_tts_voice_list) {
    // SAFETY: every list of this type that a host owns was returned by the function above.
    unsafe { Owned::<voice_tts_voice_list, Store>::free(list) };
}
