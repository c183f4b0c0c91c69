//! What an engine loads, and how it looks after it.

use std::ffi::c_char;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use voice_core::Backoff;
use voice_core::EngineOptions;
use voice_core::EspeakHelper;
use voice_core::source::{ModelChoice, ModelSource};
use voice_core::store::{Store, Task};
use voice_core::supervision::{Policy, Trial};
use voice_core::tts::VoiceSource;

use crate::error::voice_error;
use crate::options::{Options, array, flag, given, invalid, unused};
use crate::store::open_store;
use crate::text::{c_string, path};

/// The most models or voices of one engine.
const MAX_CHOICES: usize = 1_000;

/// A model or voice that an engine loads. This struct never changes: it stands in arrays.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_model_choice {
    /// A folder or file, or a name that the store in `models_dir` knows, perhaps with `LANGUAGE=` in front. For
    /// voices also `espeak-ng`, the voice of espeak-ng for `language`, or `espeak-ng-en`, the one for `en`. UTF-8,
    /// ends with a NUL.
    pub model: *const c_char,
    /// The language that sessions use it for, such as `ar` or `en-GB` (BCP 47, ends with a NUL). Default:
    /// NULL, what stands in front of `model`, else what is known about the model or told by its name.
    pub language: *const c_char,
    /// Leave zero.
    pub reserved: u64,
}

/// What an engine loads. Texts are UTF-8, end with a NUL, and are read during the call only.
///
/// A session gets the first model or voice for its language that works; those behind it stand in when it
/// does not.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_engine_options {
    /// `sizeof(voice_engine_options)`.
    pub struct_size: u32,
    /// 1 to start a thread for each model that loads it, tests it while it is in use, and loads it anew
    /// when it breaks: `voice_engine_open` then returns at once, and sessions can be opened when
    /// `voice_engine_health` says so. Default: 0, `voice_engine_open` loads every model once.
    pub supervise: u32,
    /// A model for speech to text: short for a first entry of `stt`.
    pub stt_model: *const c_char,
    /// Models for speech to text, from the first choice to the last.
    pub stt: *const voice_model_choice,
    /// Number of entries in `stt`.
    pub stt_len: usize,
    /// A voice for text to speech, before those of `tts`. If it does not work, `voice_engine_open` fails,
    /// whatever `tts` holds; of a supervised engine `voice_engine_health` says so.
    pub tts_voice: *const c_char,
    /// Voices for text to speech, from the first choice to the last.
    pub tts: *const voice_model_choice,
    /// Number of entries in `tts`.
    pub tts_len: usize,
    /// The folder of the models that are given by name; those that are not there are downloaded. Default:
    /// NULL, no names. Without this and `voices_dir` nothing is ever downloaded.
    pub models_dir: *const c_char,
    /// The folder of the voices that are given by name; those that are not there are downloaded. Default:
    /// `models_dir`.
    pub voices_dir: *const c_char,
    /// A file that lists further models than those that the library knows. Default: none.
    pub manifest: *const c_char,
    /// A PEM file of further certificate authorities for downloads. Default: none.
    pub ca_file: *const c_char,
    /// Where the library of ONNX Runtime is, which neural voices need. The first engine of a process
    /// decides. Default: beside libvoice or the program, or where the
    /// system looks.
    pub onnxruntime: *const c_char,
    /// Where the library of espeak-ng is, which most voices need. The first engine of a process decides.
    /// Default: where the system looks.
    pub espeak: *const c_char,
    /// A model that adds the vowels to Arabic text, for voices that need them. Default: none.
    pub tashkeel: *const c_char,
    /// A program that is called with `try-model` and the folder of a speech-to-text model whose hashes
    /// nobody knows, before it is loaded: what is broken in a way that ends a process ends that one.
    /// `voice-server` is such a program. Default: none, models are checked and then loaded.
    pub trial: *const c_char,
    /// Bytes of rendered speech to keep for when the same is said again. Negative for none. Default:
    /// 32 MiB.
    pub cache_bytes: i64,
    /// 1 to download nothing. Default: 0.
    pub offline: u32,
    /// Attempts in a row to load a model, if supervised. Default: 3.
    pub load_attempts: u32,
    /// Milliseconds until a model that could not be loaded is tried again, if supervised; later tries are
    /// further apart. Default: 60000.
    pub retry_ms: u32,
    /// Milliseconds between tests of a model in use, if supervised. Default: 30000.
    pub canary_ms: u32,
    /// Milliseconds without an answer after which a model counts as stuck, if supervised. Default: 4000.
    pub deadline_ms: u32,
    /// Failures of sessions in a row after which a model is loaded anew, if supervised. Default: 5.
    pub max_failures: u32,
    /// Where libvosk is, which speech to text needs. The first engine of a process decides. Default: beside
    /// libvoice or the program, or where the system looks.
    pub libvosk: *const c_char,
    /// A program that is called with `espeak-helper` and runs espeak-ng, so that a text that ends a process ends
    /// that one. `voice-server` of the same version is such a program. For texts of strangers; for hosts that fork,
    /// that use espeak-ng themselves or that have little address space. Not on Windows. Default: none, espeak-ng runs
    /// in this process.
    pub espeak_helper: *const c_char,
}

// SAFETY: integers and raw pointers without padding, as the tests check.
unsafe impl Options for voice_engine_options {}

/// The core's options, checked.
pub(super) struct Checked {
    pub(super) options: EngineOptions,
    /// The voice that must work.
    pub(super) voice: Option<String>,
    /// How the models are looked after, if they are.
    pub(super) policy: Option<Policy>,
}

impl voice_engine_options {
    /// # Safety
    /// Texts are NULL or end with a NUL; arrays are NULL or as long as their lengths say.
    pub(super) unsafe fn checked(&self) -> Result<Checked, voice_error> {
        // SAFETY: the caller's promise.
        let stt = unsafe { choices(self.stt_model, self.stt, self.stt_len, "stt") }?;
        // SAFETY: the caller's promise.
        let tts = unsafe { choices(self.tts_voice, self.tts, self.tts_len, "tts") }?;
        if stt.is_empty() && tts.is_empty() {
            return Err(invalid("no model is set; give stt_model, stt, tts_voice or tts".into()));
        }
        let default = EngineOptions::default();
        // SAFETY: the caller's promise, here and below.
        let (known, trial) = unsafe { (self.stores()?, path(self.trial, "trial")?) };
        // SAFETY: the caller's promise.
        let libvosk = unsafe { path(self.libvosk, "libvosk") }?;
        let trial = trial.map(|program| {
            let trial = Trial::new(program, ["try-model"]);
            Arc::new(match &libvosk {
                Some(path) => trial.with_variable("VOICE_LIBVOSK", path),
                None => trial,
            })
        });
        // SAFETY: the caller's promise.
        let tashkeel = unsafe { c_string(self.tashkeel, "tashkeel") }?;
        let tashkeel = tashkeel.map(|model| choice(model, None, "tashkeel")).transpose()?;
        let options = EngineOptions {
            stt: stt.iter().map(|choice| self::stt(choice, known.models.as_ref(), trial.as_ref())).collect(),
            tts: tts
                .iter()
                .map(|choice| self::tts(choice, known.voices.as_ref()))
                .collect::<Result<Vec<_>, _>>()?,
            libvosk,
            // SAFETY: the caller's promise.
            espeak_helper: unsafe { path(self.espeak_helper, "espeak_helper") }?
                .map(|program| EspeakHelper::new(program, ["espeak-helper"])),
            // SAFETY: the caller's promise.
            onnxruntime: unsafe { path(self.onnxruntime, "onnxruntime") }?,
            // SAFETY: the caller's promise.
            espeak: unsafe { path(self.espeak, "espeak") }?,
            tashkeel: tashkeel.map(|choice| ModelSource::chosen(&choice, known.models.as_ref())),
            cache_bytes: match self.cache_bytes {
                0 => default.cache_bytes,
                // What a 32-bit machine cannot address is as much as it has.
                bytes => usize::try_from(bytes.max(0)).unwrap_or(usize::MAX),
            },
        };
        let voice = options.tts.first().filter(|_| !self.tts_voice.is_null()).map(VoiceSource::name);
        Ok(Checked { options, voice, policy: flag(self.supervise, "supervise")?.then(|| self.policy()) })
    }

    fn policy(&self) -> Policy {
        let default = Policy::default();
        let ms = |value, default| given(value).map_or(default, |ms| Duration::from_millis(ms.into()));
        let retry = ms(self.retry_ms, default.retries.first);
        Policy {
            attempts: Backoff {
                attempts: given(self.load_attempts).unwrap_or(default.attempts.attempts),
                ..default.attempts
            },
            retries: Backoff { first: retry, max: retry.max(default.retries.max), ..default.retries },
            canary_interval: ms(self.canary_ms, default.canary_interval),
            deadline: ms(self.deadline_ms, default.deadline),
            max_failures: given(self.max_failures).unwrap_or(default.max_failures),
        }
    }

    /// # Safety
    /// As for [`checked`](Self::checked).
    unsafe fn stores(&self) -> Result<Stores, voice_error> {
        let offline = flag(self.offline, "offline")?;
        // SAFETY: the caller's promise.
        let (models, voices, manifest, ca_file) = unsafe {
            (
                path(self.models_dir, "models_dir")?,
                path(self.voices_dir, "voices_dir")?,
                path(self.manifest, "manifest")?,
                path(self.ca_file, "ca_file")?,
            )
        };
        let open = |folder: Option<PathBuf>| {
            let store =
                folder.map(|folder| open_store(folder, manifest.as_deref(), ca_file.clone(), offline));
            store.transpose().map(|store| store.map(Arc::new))
        };
        Ok(Stores { voices: open(voices.or_else(|| models.clone()))?, models: open(models)? })
    }
}

/// Where models and voices are known by name.
struct Stores {
    models: Option<Arc<Store>>,
    voices: Option<Arc<Store>>,
}

/// Reads a model or voice as it was chosen: the language stands in a field of its own, or in front of it.
fn choice(model: &str, language: Option<&str>, name: &str) -> Result<ModelChoice, voice_error> {
    let choice: ModelChoice = model.parse().map_err(|problem| invalid(format!("{name}: {problem}")))?;
    Ok(match language {
        Some(language) => ModelChoice { language: Some(language.to_owned()), ..choice },
        None => choice,
    })
}

fn stt(choice: &ModelChoice, store: Option<&Arc<Store>>, trial: Option<&Arc<Trial>>) -> ModelSource {
    let source = ModelSource::chosen(choice, store);
    match trial {
        Some(trial) => source.with_trial(Arc::clone(trial)),
        None => source,
    }
}

fn tts(choice: &ModelChoice, store: Option<&Arc<Store>>) -> Result<VoiceSource, voice_error> {
    let name = choice.model.to_str().unwrap_or_default();
    if let Some(espeak) = VoiceSource::espeak_named(name, choice.language.as_deref()) {
        return Ok(espeak);
    }
    if matches!(name, "espeak" | "espeak-ng") {
        let message = "espeak-ng speaks many languages; set the language of its voice_model_choice, or name it like \
                       espeak-ng-en";
        return Err(invalid(message.into()));
    }
    let models = store.map(|store| store.manifest().models()).unwrap_or_default();
    let voices = models.iter().filter(|model| model.task == Task::Tts);
    Ok(VoiceSource::vits(ModelSource::chosen(choice, store))
        .with_names(voices.map(|model| model.name.clone())))
}

/// What an array of choices holds, behind the one that is given in short.
///
/// # Safety
/// As for [`voice_engine_options::checked`].
unsafe fn choices(
    first: *const c_char,
    further: *const voice_model_choice,
    len: usize,
    name: &str,
) -> Result<Vec<ModelChoice>, voice_error> {
    // SAFETY: the caller's promise.
    let further = unsafe { array(further, len, MAX_CHOICES, name) }?;
    // SAFETY: the caller's promise.
    let first = unsafe { c_string(first, name) }?.map(|model| choice(model, None, name));
    let read = |(index, given): (usize, voice_model_choice)| {
        unused(given.reserved)?;
        let name = format!("{name}[{index}]");
        // SAFETY: the caller's promise.
        let (model, language) = unsafe {
            (c_string(given.model, &name)?, c_string(given.language, &format!("{name}.language"))?)
        };
        let model = model.ok_or_else(|| invalid(format!("{name} names no model; set its `model`")))?;
        choice(model, language, &name)
    };
    first.into_iter().chain(further.into_iter().enumerate().map(read)).collect()
}

#[cfg(test)]
mod tests;
