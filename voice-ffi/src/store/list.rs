//! The list of a store's models and their state on disk.

use std::mem::MaybeUninit;

use voice_core::Error;
use voice_core::store::{ModelEntry, Presence, Store, Task};

use super::voice_store;
use crate::boundary::{guard, required};
use crate::error::voice_error;
use crate::from_core::from_core;
use crate::owned::{self, Owned};
use crate::text::{Texts, voice_text};

/// The task of a model.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_model_task {
    /// A value that this header does not know.
    Other = 0,
    /// Speech to text.
    Stt = 1,
    /// Text to speech.
    Tts = 2,
    /// Speaker diarization.
    Diarization = 3,
    /// Vowel signs for Arabic text.
    Diacritization = 4,
    /// Voice activity detection.
    Vad = 5,
    /// Noise suppression.
    Denoising = 6,
}

/// The state of a model in a store.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_model_presence {
    /// A value that this header does not know.
    Other = 0,
    /// Not in the store.
    Absent = 1,
    /// An unfinished download.
    Partial = 2,
    /// Installed; names and sizes match, hashes are not checked.
    Installed = 3,
    /// A model that ships with the project, present.
    Shipped = 4,
    /// A file is missing or has another size: pull it again.
    Damaged = 5,
    /// A folder of that name that no pull created.
    Foreign = 6,
}

/// A model of the manifest. This struct never changes, since it is used in arrays.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_model {
    /// Its task.
    pub task: voice_model_task,
    /// Its state in the store.
    pub presence: voice_model_presence,
    /// Size of the download, or of the shipped files, in bytes.
    pub size: u64,
    /// Bytes that an unfinished download has so far.
    pub downloaded: u64,
    /// Bytes of memory that it needs when loaded; 0 if not measured.
    pub memory: u64,
    /// Its name.
    pub name: voice_text,
    /// Its languages, such as `ar en-GB` (BCP 47), separated by spaces.
    pub languages: voice_text,
    /// The engine that runs it.
    pub engine: voice_text,
    /// Its licence: an SPDX expression, or free text.
    pub license: voice_text,
    /// Notes for users.
    pub notes: voice_text,
    /// Its folder, which may not exist yet.
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

/// Lists the models of a store's manifest and the state of each.
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
        let (models, models_len) = owned::raw_parts(&kept.models);
        let struct_size = size_of::<voice_model_list>() as u32;
        out.write(Owned::give(voice_model_list { struct_size, reserved: 0, models, models_len }, kept));
        Ok(())
    })
}

/// Frees a list from `voice_store_list`; NULL is allowed.
///
/// Ownership: takes `list`.
/// Threads: any thread, after all other calls on it.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voice_model_list_free(list: *mut voice_model_list) {
    // SAFETY: every list of this type that a host owns was returned by the function above.
    unsafe { Owned::<voice_model_list, Kept>::free(list) };
}

from_core!(Task => voice_model_task { Stt, Tts, Diarization, Diacritization, Vad, Denoising } else Other);
from_core!(Presence => voice_model_presence { Absent, Partial, Installed, Shipped, Damaged, Foreign } else Other);

fn model(store: &Store, entry: &ModelEntry, texts: &mut Texts) -> Result<voice_model, Error> {
    let presence = store.presence(&entry.name)?;
    let downloaded = if let Presence::Partial(bytes) = presence { bytes } else { 0 };
    Ok(voice_model {
        task: entry.task.into(),
        presence: presence.into(),
        size: entry.size(),
        downloaded,
        memory: entry.memory.unwrap_or(0),
        name: texts.add(entry.name.as_str()),
        languages: texts.add(entry.languages.join(" ")),
        engine: texts.add(entry.engine.as_str()),
        license: texts.add(entry.license.as_str()),
        notes: texts.add(entry.notes.as_str()),
        path: texts.add(store.path(&entry.name)?.to_string_lossy()),
    })
}
