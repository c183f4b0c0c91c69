//! The engine: opens models, makes sessions, reports health.

mod group;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use self::group::Group;
use crate::EspeakHelper;
use crate::error::Result;
use crate::language::speaks;
use crate::source::ModelSource;
use crate::stt::SttOptions;
use crate::stt::{self, Model, SttSession};
use crate::supervision::{LoadedModel, Methods, ModelHealth, Monitor, Policy, Slot, Supervisor};
use crate::tts::{self, ClauseCache, TtsOptions, TtsSession, Voice, VoiceSource};

/// Shared by all threads of a program; sessions keep what they need of it alive.
///
/// It holds a list of models for each task. A session gets the first one that speaks its language and works:
/// those behind it stand in when it does not.
pub struct Engine {
    stt: Group<dyn Model>,
    tts: Group<dyn Voice>,
    cache: Arc<ClauseCache>,
    #[cfg(feature = "vosk")]
    libvosk: Option<PathBuf>,
}

/// What an engine is made of.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Models for speech to text, from the first choice to the last.
    pub stt: Vec<ModelSource>,
    /// Voices for text to speech, from the first choice to the last.
    pub tts: Vec<VoiceSource>,
    /// Where libvosk is. Default: beside libvoice or the program, or where the system looks.
    pub libvosk: Option<PathBuf>,
    /// Where ONNX Runtime is. Default: as for `libvosk`.
    pub onnxruntime: Option<PathBuf>,
    /// Where espeak-ng's library is. Default: where the system looks.
    pub espeak: Option<PathBuf>,
    /// The program that espeak-ng runs in, where a text must not be able to end this process. Default: none, it runs
    /// in this process.
    pub espeak_helper: Option<EspeakHelper>,
    /// Adds the vowels to the text of Arabic VITS voices that read the phonemes of espeak-ng: a folder that
    /// holds `model.onnx`, `input_id_map.json` and `target_id_map.json`.
    ///
    /// It is loaded with the first of these voices. If it is missing or fails, they speak without it, which a
    /// warning tells.
    pub tashkeel: Option<ModelSource>,
    /// Bytes of rendered clauses that are kept for when they are asked for again.
    pub cache_bytes: usize,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            stt: Vec::new(),
            tts: Vec::new(),
            libvosk: None,
            onnxruntime: None,
            espeak: None,
            espeak_helper: None,
            tashkeel: None,
            cache_bytes: ClauseCache::DEFAULT_BYTES,
        }
    }
}

impl Engine {
    /// An engine with the speech-to-text model in the folder `stt_model` loaded. Blocks until it is.
    ///
    /// The folder is compared with its hashes where they are known: after a pull, and for models that
    /// ship with the project.
    pub fn open(stt_model: impl AsRef<Path>) -> Result<Self> {
        let stt = vec![ModelSource::folder(stt_model.as_ref())];
        let engine = Self::new(EngineOptions { stt, ..EngineOptions::default() });
        engine.load()?;
        Ok(engine)
    }

    /// An engine whose models are yet to be [loaded](Self::load) or [kept](Self::supervise).
    pub fn new(options: EngineOptions) -> Self {
        let tools = Arc::new(tts::Tools {
            onnxruntime: options.onnxruntime,
            espeak: options.espeak,
            espeak_helper: options.espeak_helper,
            #[cfg(feature = "onnx")]
            tashkeel: options.tashkeel.into(),
        });
        let libvosk = options.libvosk;
        let models =
            options.stt.into_iter().map(|source| stt_slot(source, libvosk.clone())).collect::<Vec<_>>();
        let voices = options.tts.into_iter().map(|source| tts_slot(source, Arc::clone(&tools)));
        Self {
            stt: Group::new("speech-to-text model", models),
            tts: Group::new("voice", voices),
            cache: Arc::new(ClauseCache::new(options.cache_bytes)),
            #[cfg(feature = "vosk")]
            libvosk,
        }
    }

    /// Loads the models, or loads them again, once. Blocks. Succeeds if one works, of whichever language, for
    /// every task that any is configured for; [`health`](Self::health) and the log tell of the others.
    ///
    /// Until the first load is done, sessions asked for get
    /// [`ModelLoading`](crate::ErrorKind::ModelLoading). A model in use stays so if loading it again fails.
    pub fn load(&self) -> Result<()> {
        self.stt.load();
        self.tts.load();
        if !self.stt.is_empty() || self.tts.is_empty() {
            self.stt.check()?;
        }
        if self.tts.is_empty() { Ok(()) } else { self.tts.check() }
    }

    /// Starts threads that load the models, watch them and load them again when they break, for as long
    /// as the supervisor lives. Returns at once.
    pub fn supervise(&self, policy: Policy) -> Result<Supervisor> {
        policy.validate()?;
        #[cfg(feature = "vosk")]
        if !self.stt.is_empty() {
            // Here, not on a thread of its own: the process may end meanwhile, and a library that is half loaded is
            // torn down then. What is wrong with it the first load says.
            let _ = stt::VoskModel::load_library(self.libvosk.as_deref());
        }
        let (mut supervisor, alive) = Supervisor::new();
        for slot in self.stt.slots() {
            supervisor.supervise(Arc::clone(slot), policy, alive.clone())?;
        }
        for slot in self.tts.slots() {
            supervisor.supervise(Arc::clone(slot), policy, alive.clone())?;
        }
        Ok(supervisor)
    }

    /// A speech-to-text session at the start of its stream.
    pub fn stt_session(&self, options: SttOptions) -> Result<SttSession> {
        SttSession::new(self.stt_model(options.language.as_deref())?, options)
    }

    /// The best model for `language` that works, or why there is none. Without a language, that of the
    /// first model.
    pub fn stt_model(&self, language: Option<&str>) -> Result<Arc<dyn Model>> {
        let found = self.stt.working(language)?.swap_remove(0);
        Ok(found)
    }

    /// Whether a speech-to-text model is configured for `language`, a BCP 47 tag; it need not work.
    pub fn has_stt(&self, language: &str) -> bool {
        self.stt.slots().iter().any(|slot| speaks(slot.languages(), language))
    }

    /// A text-to-speech session at the start of its stream.
    pub fn tts_session(&self, options: TtsOptions) -> Result<TtsSession> {
        let voices = match options.voice.as_deref() {
            Some(name) => vec![self.voice(name, options.language.as_deref())?],
            None => self.voices(options.language.as_deref())?,
        };
        TtsSession::new(voices, options, Arc::clone(&self.cache))
    }

    /// The voices for `language` that work, from the best to the last resort, or why there is none.
    /// Without a language, those of the first voice's.
    pub fn voices(&self, language: Option<&str>) -> Result<Vec<Arc<dyn Voice>>> {
        self.tts.working(language)
    }

    /// The voice that is called `name`, or why it cannot be used. A name is what [`health`](Self::health) or
    /// [`VoiceInfo`](tts::VoiceInfo) says, that of a file with or without `.onnx`, or `espeak`: the first voice of
    /// espeak-ng for `language`, or else its first voice.
    pub fn voice(&self, name: &str, language: Option<&str>) -> Result<Arc<dyn Voice>> {
        let is_called = |voice: &str| tts::is_called(voice, name);
        self.tts.named(name, language, is_called, |voice| voice.info().name.clone())
    }

    /// The state of every model.
    pub fn health(&self) -> Health {
        let (stt, stt_status) = self.stt.health(|health, model| {
            let info = model.info();
            health.engine = Some(info.engine);
            health.takes_grammar = Some(info.takes_grammar);
        });
        let (tts, tts_status) = self.tts.health(|health, voice| {
            let info = voice.info();
            health.engine = Some(info.engine);
            health.streams = Some(info.streams);
        });
        let status = match (stt_status, tts_status) {
            (Some(stt), None) => stt,
            (None, Some(tts)) => tts,
            (None, None) => Status::Unhealthy,
            (Some(stt), Some(tts)) if stt == tts => stt,
            (Some(stt), Some(tts)) if stt.serves() || tts.serves() => Status::Degraded,
            // One cannot be had, and the other may come yet.
            (Some(_), Some(_)) => Status::Starting,
        };
        Health { status, stt, tts }
    }

    /// How long until a model that is missing now is tried again; nothing if none is.
    pub fn next_try(&self) -> Option<Duration> {
        self.stt.next_try().into_iter().chain(self.tts.next_try()).min()
    }
}

/// The state of an engine.
#[derive(Debug, Clone, Serialize)]
pub struct Health {
    /// All in one word.
    pub status: Status,
    /// The speech-to-text models, from the first choice to the last.
    pub stt: Vec<ModelHealth>,
    /// The voices, from the first choice to the last.
    pub tts: Vec<ModelHealth>,
}

/// The state of an engine in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// No session can be had yet: a model is still being loaded.
    Starting,
    /// Sessions get the models of first choice, and these work.
    Healthy,
    /// Sessions can be had, on a model that stands in or that is not trusted; or only for one task; or only
    /// where they name a language, since there is no model for that of the first.
    Degraded,
    /// No session can be had.
    Unhealthy,
}

impl Status {
    /// Whether any session can be had.
    fn serves(self) -> bool {
        matches!(self, Self::Healthy | Self::Degraded)
    }
}

fn stt_slot(source: ModelSource, libvosk: Option<PathBuf>) -> Slot<dyn Model> {
    let (name, languages) = (source.name(), source.languages());
    let methods = Methods {
        load: Box::new(move |progress| {
            Ok(watched(load_stt(libvosk.as_deref(), &source.prepare(progress)?)?))
        }),
        canary: stt::canary::run,
    };
    Slot::new(name, languages, methods)
}

fn tts_slot(source: VoiceSource, tools: Arc<tts::Tools>) -> Slot<dyn Voice> {
    let (name, languages) = (source.name(), source.languages());
    let methods = Methods {
        load: Box::new(move |progress| {
            let (voice, monitor) = (source.load(&tools, progress)?, Monitor::new());
            let model: Arc<dyn Voice> = Arc::new(tts::Monitored::new(voice, Arc::clone(&monitor)));
            Ok(LoadedModel { model, monitor })
        }),
        canary: tts::canary::run,
    };
    Slot::new(name, languages, methods)
}

/// The model with somebody who counts its calls.
fn watched(model: Arc<dyn Model>) -> LoadedModel<dyn Model> {
    let monitor = Monitor::new();
    LoadedModel { model: Arc::new(stt::Monitored::new(model, Arc::clone(&monitor))), monitor }
}

/// Loads a folder that nobody knows and has it show that it works, in a process that may die of it.
pub(crate) fn try_stt(libvosk: Option<&Path>, folder: &Path) -> Result<()> {
    stt::canary::run(&load_stt(libvosk, folder)?)
}

#[cfg(feature = "vosk")]
fn load_stt(libvosk: Option<&Path>, path: &Path) -> Result<Arc<dyn Model>> {
    Ok(Arc::new(crate::stt::VoskModel::load_with(libvosk, path)?))
}

#[cfg(not(feature = "vosk"))]
fn load_stt(_libvosk: Option<&Path>, path: &Path) -> Result<Arc<dyn Model>> {
    use crate::error::{Error, ErrorKind};

    let message = format!(
        "this build has no engine for {}; build with the feature `vosk` to use speech-to-text",
        path.display()
    );
    Err(Error::new(ErrorKind::EngineUnavailable, message))
}

#[cfg(test)]
mod tests;
