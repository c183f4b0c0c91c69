//! The store: models by name, downloaded atomically.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use voice_core::store::{Access, Manifest, Progress, Store};

use crate::boundary::{guard, required};
use crate::error::voice_error;
use crate::options::{self, Options, flag, invalid};
use crate::owned;
use crate::text::{c_string, path};

mod list;

pub use list::*;

/// A folder of models with names.
pub struct voice_store {
    store: Store,
}

// The header promises "any thread, at once".
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<voice_store>();
};

/// The folder of a store and the manifest that its models are checked against. Texts are UTF-8, NUL-terminated, and
/// read during the call only.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_store_options {
    /// `sizeof(voice_store_options)`.
    pub struct_size: u32,
    /// 1 to disable downloads. Default: 0.
    pub offline: u32,
    /// The folder of the models; it need not exist yet. Required.
    pub folder: *const c_char,
    /// A manifest file of models in addition to the built-in ones. Default: none.
    pub manifest: *const c_char,
    /// A PEM file of additional certificate authorities for downloads. Default: none.
    pub ca_file: *const c_char,
}

// SAFETY: integers and raw pointers without padding, as the tests check.
unsafe impl Options for voice_store_options {}

/// The current step of a pull.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_pull_step {
    /// A value that this header does not know.
    Other = 0,
    /// Another process is pulling the same model.
    Waiting = 1,
    /// The files of the model are being downloaded.
    Downloading = 2,
    /// The archive is being unpacked.
    Unpacking = 3,
}

/// The progress of a pull.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_pull_progress {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    pub struct_size: u32,
    /// The current step.
    pub step: voice_pull_step,
    /// Bytes done so far in this step.
    pub done: u64,
    /// Bytes of the step in total.
    pub total: u64,
}

/// Receives the progress of a pull, on the thread that pulls. `progress` is valid until the function returns. Return
/// true to continue, false to cancel. It must not throw.
pub type voice_pull_callback =
    Option<unsafe extern "C" fn(userdata: *mut c_void, progress: *const voice_pull_progress) -> bool>;

/// Opens a store.
///
/// Ownership: `*store` is yours; free it with `voice_store_free`. `options` is read during the call only.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `unsupported`, `option_invalid`, `manifest_invalid`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_store_open(
    options: *const voice_store_options,
    store: Option<&mut MaybeUninit<*mut voice_store>>,
) -> Option<Box<voice_error>> {
    guard(|| {
        let out = required(store, "store")?;
        // SAFETY: the header asks for a struct of `struct_size` bytes.
        let options = unsafe { options::read(options) }?;
        // SAFETY: the header asks for texts that end with a NUL.
        let (folder, manifest, ca_file) = unsafe {
            (
                path(options.folder, "folder")?,
                path(options.manifest, "manifest")?,
                path(options.ca_file, "ca_file")?,
            )
        };
        let folder =
            folder.ok_or_else(|| invalid("folder is not set; give the folder of the models".into()))?;
        let store = open_store(folder, manifest.as_deref(), ca_file, flag(options.offline, "offline")?)?;
        out.write(Box::into_raw(Box::new(voice_store { store })));
        Ok(())
    })
}

/// Installs the named model in the store, unless it is installed and intact. The call blocks during the download. An
/// interrupted download is resumed. `callback` may be NULL.
///
/// Ownership: `name` is NUL-terminated and read during the call only; `userdata` stays yours.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `option_invalid` (the store's `ca_file`), `model_not_found`,
/// `model_invalid`, `offline`, `cancelled`, `download_…`, `archive_invalid`, `disk_full`, `store_unwritable`, `io`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_store_pull(
    store: Option<&voice_store>,
    name: *const c_char,
    callback: voice_pull_callback,
    userdata: *mut c_void,
) -> Option<Box<voice_error>> {
    guard(|| {
        // SAFETY: the header asks for a NUL-terminated string.
        let (store, name) = unsafe { named(store, name) }?;
        let mut report = |progress| {
            let progress = view(progress);
            // SAFETY: the host's function, with the host's userdata and a struct that outlives the call.
            let goes_on = callback.is_none_or(|callback| unsafe { callback(userdata, &raw const progress) });
            if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        store.pull(name, &mut report)?;
        Ok(())
    })
}

/// Reads every file of an installed model and compares it with its hash.
///
/// Ownership: `name` is NUL-terminated and read during the call only.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `model_not_found`, `model_incomplete`, `model_invalid`,
/// `model_unreadable`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_store_verify(
    store: Option<&voice_store>,
    name: *const c_char,
) -> Option<Box<voice_error>> {
    guard(|| {
        // SAFETY: the header asks for a NUL-terminated string.
        let (store, name) = unsafe { named(store, name) }?;
        Ok(store.verify(name)?)
    })
}

/// Removes a model, or its partial download, from the store. Engines that use the model keep it until they reload it.
///
/// Ownership: `name` is NUL-terminated and read during the call only.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `model_not_found`, `model_invalid`, `model_not_removable`,
/// `disk_full`, `store_unwritable`, `io`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_store_remove(
    store: Option<&voice_store>,
    name: *const c_char,
) -> Option<Box<voice_error>> {
    guard(|| {
        // SAFETY: the header asks for a NUL-terminated string.
        let (store, name) = unsafe { named(store, name) }?;
        Ok(store.remove(name)?)
    })
}

/// Frees a store; NULL is allowed. Its models stay in their folder.
///
/// Ownership: takes `store`.
/// Threads: any thread, after all other calls on it.
/// Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn voice_store_free(store: Option<Box<voice_store>>) {
    owned::free(store);
}

/// Opens the store in `folder` with the built-in manifest and `manifest`. Models that ship with the project are
/// expected in the same folder.
pub(crate) fn open_store(
    folder: PathBuf,
    manifest: Option<&Path>,
    ca_file: Option<PathBuf>,
    offline: bool,
) -> Result<Store, voice_error> {
    let mut known = Manifest::builtin()?;
    if let Some(path) = manifest {
        known.extend(Manifest::read(path)?);
    }
    let access = if offline { Access::Offline } else { Access::online(ca_file) };
    Ok(Store::new(folder.clone(), known, access).with_shipped(folder))
}

/// # Safety
/// `name` is NULL or ends with a NUL.
unsafe fn named(store: Option<&voice_store>, name: *const c_char) -> Result<(&Store, &str), voice_error> {
    let store = required(store, "store")?;
    // SAFETY: the caller's promise.
    let name = unsafe { c_string(name, "name") }?;
    Ok((&store.store, required(name, "name")?))
}

fn view(progress: Progress) -> voice_pull_progress {
    let (step, done, total) = match progress {
        Progress::Waiting => (voice_pull_step::Waiting, 0, 0),
        Progress::Downloading { done, total } => (voice_pull_step::Downloading, done, total),
        Progress::Unpacking { done, total } => (voice_pull_step::Unpacking, done, total),
        _ => (voice_pull_step::Other, 0, 0),
    };
    voice_pull_progress { struct_size: size_of::<voice_pull_progress>() as u32, step, done, total }
}
