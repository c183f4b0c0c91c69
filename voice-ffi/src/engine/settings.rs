//! Options of an engine: its models, and how they are supervised.

use std::ffi::c_char;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use voice_core::Backoff;
use voice_core::EngineOptions;
use voice_core::EspeakHelper;
use voice_core::HelperProgram;
use voice_core::source::{ModelChoice, ModelSource};
use voice_core::store::{Store, Task};
use voice_core::stt::SttSource;
use voice_core::supervision::{Policy, Trial};
use voice_core::tts::VoiceSource;

use crate::error::voice_error;
use crate::options::{Options, array, flag, given, invalid, unused};
use crate::store::open_store;
use crate::text::{c_string, path};

/// The most models or voices of one engine.
const MAX_CHOICES: usize = 1_000;

/// A model or voice that an engine loads. This struct never changes, since it is used in arrays.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_model_choice {
    /// A folder or file, or a name from the store in `models_dir`, with an optional prefix `LANGUAGE=`. For voices
    /// also `espeak-ng`, the espeak-ng voice for `language`, or `espeak-ng-en`, the one for `en`. UTF-8,
    /// NUL-terminated.
    pub model: *const c_char,
    /// The language that sessions use it for, such as `ar` or `en-GB` (BCP 47, NUL-terminated). Default: NULL, the
    /// prefix of `model`, else the language in the manifest or in the model's name.
    pub language: *const c_char,
    /// Leave zero.
    pub reserved: u64,
}

/// Options of an engine. Texts are UTF-8, NUL-terminated, and read during the call only.
///
/// A session gets the first working model or voice for its language; later entries are its fallbacks.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_engine_options {
    /// `sizeof(voice_engine_options)`.
    pub struct_size: u32,
    /// 1 to start a thread for each model, which loads it, tests it while it is in use, and reloads it after a
    /// failure. `voice_engine_open` then returns at once, and sessions can be opened after `voice_engine_health`
    /// reports a ready model. Default: 0, `voice_engine_open` loads every model once.
    pub supervise: u32,
    /// A speech-to-text model, used before those of `stt`.
    pub stt_model: *const c_char,
    /// Speech-to-text models, in order of preference.
    pub stt: *const voice_model_choice,
    /// Number of entries in `stt`.
    pub stt_len: usize,
    /// A voice, used before those of `tts`. If it does not work, `voice_engine_open` fails even if a voice of `tts`
    /// works; a supervised engine reports it in `voice_engine_health`.
    pub tts_voice: *const c_char,
    /// Voices, in order of preference.
    pub tts: *const voice_model_choice,
    /// Number of entries in `tts`.
    pub tts_len: usize,
    /// The folder of models given by name; missing ones are downloaded. Default: NULL, names are not accepted.
    /// Without this field and `voices_dir` nothing is downloaded.
    pub models_dir: *const c_char,
    /// The folder of voices given by name; missing ones are downloaded. Default: `models_dir`.
    pub voices_dir: *const c_char,
    /// A manifest file of models in addition to the built-in ones. Default: none.
    pub manifest: *const c_char,
    /// A PEM file of additional certificate authorities for downloads. Default: none.
    pub ca_file: *const c_char,
    /// Path of the ONNX Runtime library, which neural voices need. The first engine of a process sets it. Default:
    /// searched beside libvoice, beside the program, and on the system's library path.
    pub onnxruntime: *const c_char,
    /// Path of the espeak-ng library, which most voices need. The first engine of a process sets it. Default:
    /// searched on the system's library path.
    pub espeak: *const c_char,
    /// A model that adds the vowels to Arabic text, for voices that need them. Default: none.
    pub tashkeel: *const c_char,
    /// A program that loads a speech-to-text model without known hashes in a process of its own first, so that a
    /// model that crashes does not crash the host. It is called with `try-model` and the model's folder, and inherits
    /// only `PATH` and the places of libraries. `voice-server` is such a program. Default: none, models are checked and
    /// then loaded.
    pub trial: *const c_char,
    /// Size of the cache of rendered speech, in bytes. Negative for no cache. Default: 32 MiB.
    pub cache_bytes: i64,
    /// 1 to disable downloads. Default: 0.
    pub offline: u32,
    /// Attempts in a row to load a supervised model. Default: 3.
    pub load_attempts: u32,
    /// Milliseconds until loading a failed supervised model is tried again; later retries are further apart. Default:
    /// 60000.
    pub retry_ms: u32,
    /// Milliseconds between tests of a supervised model in use. Default: 30000.
    pub canary_ms: u32,
    /// Milliseconds without an answer after which a model counts as stuck: a supervised one at any time, others while
    /// they are loaded and tested. Reading a model may take 75 times as long. Default: 4000.
    pub deadline_ms: u32,
    /// Failures of sessions in a row after which a supervised model is reloaded. Default: 5.
    pub max_failures: u32,
    /// Path of libvosk, which speech to text needs. The first engine of a process sets it. Default: searched beside
    /// libvoice, beside the program, and on the system's library path.
    pub libvosk: *const c_char,
    /// A program that runs espeak-ng in a process of its own, so that a text that crashes espeak-ng does not crash
    /// the host. It is called with `espeak-helper`. `voice-server` of the same version is such a program. Set it for
    /// untrusted texts, and in hosts that fork, use espeak-ng themselves or have little address space. Not on
    /// Windows. Default: none, espeak-ng runs in this process.
    pub espeak_helper: *const c_char,
}

// SAFETY: integers and raw pointers without padding, as the tests check.
unsafe impl Options for voice_engine_options {}

/// The options of `voice-core`, checked.
pub(super) struct Checked {
    pub(super) options: EngineOptions,
    /// The voice that must work.
    pub(super) voice: Option<String>,
    /// How models are loaded and, if supervised, tested and reloaded.
    pub(super) policy: Policy,
    pub(super) supervise: bool,
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
            let trial = Trial::new(HelperProgram::new(program, ["try-model"]));
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
                .map(|program| EspeakHelper::new(HelperProgram::new(program, ["espeak-helper"]))),
            // SAFETY: the caller's promise.
            onnxruntime: unsafe { path(self.onnxruntime, "onnxruntime") }?,
            // SAFETY: the caller's promise.
            espeak: unsafe { path(self.espeak, "espeak") }?,
            tashkeel: tashkeel.map(|choice| ModelSource::chosen(&choice, known.models.as_ref())),
            cache_bytes: match self.cache_bytes {
                0 => default.cache_bytes,
                // A 32-bit machine caps the size at its address space.
                bytes => usize::try_from(bytes.max(0)).unwrap_or(usize::MAX),
            },
        };
        let voice = options.tts.first().filter(|_| !self.tts_voice.is_null()).map(VoiceSource::name);
        Ok(Checked { options, voice, policy: self.policy(), supervise: flag(self.supervise, "supervise")? })
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

/// The stores that resolve names of models and voices.
struct Stores {
    models: Option<Arc<Store>>,
    voices: Option<Arc<Store>>,
}

/// Parses a choice; the field `language` takes precedence over the prefix of `model`.
fn choice(model: &str, language: Option<&str>, name: &str) -> Result<ModelChoice, voice_error> {
    let choice: ModelChoice = model.parse().map_err(|problem| invalid(format!("{name}: {problem}")))?;
    Ok(match language {
        Some(language) => {
            let tag = language.parse().map_err(|problem| invalid(format!("{name}.language: {problem}")))?;
            ModelChoice { language: Some(tag), ..choice }
        }
        None => choice,
    })
}

fn stt(choice: &ModelChoice, store: Option<&Arc<Store>>, trial: Option<&Arc<Trial>>) -> SttSource {
    let source = ModelSource::chosen(choice, store);
    SttSource::new(match trial {
        Some(trial) => source.with_trial(Arc::clone(trial)),
        None => source,
    })
}

fn tts(choice: &ModelChoice, store: Option<&Arc<Store>>) -> Result<VoiceSource, voice_error> {
    let name = choice.model.to_str().unwrap_or_default();
    if let Some(espeak) = VoiceSource::espeak_named(name, choice.language.as_ref()) {
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

/// Reads an array of choices; `first` comes before its entries.
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
