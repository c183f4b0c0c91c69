//! What a store can hold, and what it holds.

use std::mem::MaybeUninit;

use voice_core::Error;
use voice_core::store::{ModelEntry, Presence, Store, Task};

use super::voice_store;
use crate::boundary::{guard, required};
use crate::error::voice_error;
use crate::owned::{self, Owned};
use crate::text::{Texts, voice_text};

/// What a model does.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_model_task {
    /// Something this header does not know yet.
    Other = 0,
    /// Speech to text.
    Stt = 1,
    /// Text to speech.
    Tts = 2,
    /// Telling speakers from each other.
    Diarization = 3,
    /// Vowel signs for Arabic text.
    Diacritization = 4,
    /// Voice activity detection.
    Vad = 5,
    /// Noise suppression.
    Denoising = 6,
}

/// What a store holds of a model.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_model_presence {
    /// Something this header does not know yet.
    Other = 0,
    /// Nothing.
    Absent = 1,
    /// A download that has not ended.
    Partial = 2,
    /// Whole, as far as names and sizes tell.
    Installed = 3,
    /// It ships with the project, and is there.
    Shipped = 4,
    /// There, but a file is missing or has another size: pull it again.
    Damaged = 5,
    /// A folder of that name that no pull has made.
    Foreign = 6,
}

/// A model that can be had. This struct never changes: it stands in arrays.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_model {
    /// What it does.
    pub task: voice_model_task,
    /// What is here of it.
    pub presence: voice_model_presence,
    /// Bytes to download, or to ship.
    pub size: u64,
    /// Bytes that a download which has not ended has brought.
    pub downloaded: u64,
    /// Bytes of memory that it needs when loaded; 0 where nobody has measured.
    pub memory: u64,
    /// Its name.
    pub name: voice_text,
    /// The languages that it is for, such as `ar en-GB` (BCP 47), separated by spaces.
    pub languages: voice_text,
    /// The engine that runs it.
    pub engine: voice_text,
    /// Its licence, as an SPDX expression or in words.
    pub license: voice_text,
    /// What else a user should know.
    pub notes: voice_text,
    /// The folder where it is, or will be.
    pub path: voice_text,
}

/// The models that a store knows.
#[repr(C)]
pub struct voice_model_list {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The models.
    pub models: *const voice_model,
    /// Number of models.
    pub models_len: usize,
}

/// Keeps alive what a [`voice_model_list`] points to.
struct Kept {
    _texts: Texts,
    models: Vec<voice_model>,
}

/// Lists the models that a store knows, and what is here of each.
///
/// Ownership: `*list` is yours, with all that it points to; free it with `voice_model_list_free`.
/// Threads: any thread, at once.
/// Errors: `argument_null`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn voice_store_list(
    store: Option<&voice_store>,
    list: Option<&mut MaybeUninit<*mut voice_model_list>>,
) -> Option<Box<voice_error>> {
    guard(|| {
        let store = &required(store, "store")?.store;
        let out = required(list, "list")?;
        let mut texts = Texts::default();
        let models = store.manifest().models().iter();
        let models = models.map(|entry| model(store, entry, &mut texts)).collect::<Result<_, _>>()?;
        let kept = Kept { _texts: texts, models };
        let (models, models_len) = owned::lent(&kept.models);
        let struct_size = size_of::<voice_model_list>() as u32;
        out.write(Owned::give(voice_model_list { struct_size, reserved: 0, models, models_len }, kept));
        Ok(())
    })
}

/// Frees what `voice_store_list` gave; NULL is allowed.
///
/// Ownership: takes `list`.
/// Threads: any thread, at once.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voice_model_list_free(list: *mut voice_model_list) {
    // SAFETY: every list of this type that a host owns was given by the function above.
    unsafe { Owned::<voice_model_list, Kept>::free(list) };
}

fn model(store: &Store, entry: &ModelEntry, texts: &mut Texts) -> Result<voice_model, Error> {
    let (presence, downloaded) = match store.presence(&entry.name)? {
        Presence::Absent => (voice_model_presence::Absent, 0),
        Presence::Partial(bytes) => (voice_model_presence::Partial, bytes),
        Presence::Installed => (voice_model_presence::Installed, 0),
        Presence::Shipped => (voice_model_presence::Shipped, 0),
        Presence::Damaged => (voice_model_presence::Damaged, 0),
        Presence::Foreign => (voice_model_presence::Foreign, 0),
        _ => (voice_model_presence::Other, 0),
    };
    Ok(voice_model {
        task: match entry.task {
            Task::Stt => voice_model_task::Stt,
            Task::Tts => voice_model_task::Tts,
            Task::Diarization => voice_model_task::Diarization,
            Task::Diacritization => voice_model_task::Diacritization,
            Task::Vad => voice_model_task::Vad,
            Task::Denoising => voice_model_task::Denoising,
            _ => voice_model_task::Other,
        },
        presence,
        size: entry.size(),
        downloaded,
        memory: entry.memory.unwrap_or(0),
        name: texts.lend(entry.name.as_str()),
        languages: texts.lend(entry.languages.join(" ")),
        engine: texts.lend(entry.engine.as_str()),
        license: texts.lend(entry.license.as_str()),
        notes: texts.lend(entry.notes.as_str()),
        path: texts.lend(store.path(&entry.name)?.to_string_lossy()),
    })
}
