//! The engine: loads models, opens sessions and reports health.

mod group;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use self::group::Group;
use crate::EspeakHelper;
use crate::error::Result;
use crate::language::{LanguageTag, speaks};
use crate::source::ModelSource;
use crate::stt::{self, Libraries, Model, SttSession, SttSource};
use crate::stt::{SttOptions, SttUpdate};
use crate::supervision::{Methods, ModelHealth, Policy, Slot, Supervisor};
use crate::text::build_tables;
use crate::tts::{self, ClauseCache, Clock, TtsOptions, TtsSession, Voice, VoiceSource};

/// The models and voices of a program, shared by all threads. Sessions keep their model alive.
///
/// It has a list of models for each task. A session gets the first working model for its language; later ones are
/// fallbacks.
pub struct Engine {
    stt: Group<dyn Model>,
    tts: Group<dyn Voice>,
    cache: Arc<ClauseCache>,
    libraries: Arc<Libraries>,
}

/// The models and libraries of an engine.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Models for speech to text, in order of preference.
    pub stt: Vec<SttSource>,
    /// Voices for text to speech, in order of preference.
    pub tts: Vec<VoiceSource>,
    /// Path of libvosk. Default: beside libvoice or the program, else the search path of the system.
    pub libvosk: Option<PathBuf>,
    /// Path of ONNX Runtime. Default: as for `libvosk`.
    pub onnxruntime: Option<PathBuf>,
    /// Path of espeak-ng's library. Default: the search path of the system.
    pub espeak: Option<PathBuf>,
    /// A program that runs espeak-ng, so that a crash of espeak-ng does not end this process. Default: none;
    /// espeak-ng runs in this process.
    pub espeak_helper: Option<EspeakHelper>,
    /// The diacritizer, which adds vowels to the text of Arabic VITS voices that read espeak-ng's phonemes: a folder
    /// with `model.onnx`, `input_id_map.json` and `target_id_map.json`.
    ///
    /// It is loaded with the first of these voices. If it is missing or fails, a warning is logged and the voices
    /// speak without it.
    pub tashkeel: Option<ModelSource>,
    /// Size of the cache of rendered clauses, in bytes.
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
    /// Opens an engine with the speech-to-text model in the folder `stt_model`. Blocks until it is loaded.
    ///
    /// The files are compared with their hashes if these are known: after a pull, and for models that ship with the
    /// project.
    pub fn open(stt_model: impl AsRef<Path>) -> Result<Self> {
        let stt = vec![ModelSource::folder(stt_model.as_ref()).into()];
        let engine = Self::new(EngineOptions { stt, ..EngineOptions::default() });
        engine.load()?;
        Ok(engine)
    }

    /// An engine whose models are not loaded yet: call [`load`](Self::load) or [`supervise`](Self::supervise).
    pub fn new(options: EngineOptions) -> Self {
        let tools = Arc::new(tts::Tools {
            onnxruntime: options.onnxruntime,
            espeak: options.espeak,
            espeak_helper: options.espeak_helper,
            #[cfg(feature = "onnx")]
            tashkeel: options.tashkeel.into(),
        });
        let libraries = Arc::new(Libraries { libvosk: options.libvosk });
        let models = options.stt.into_iter().map(|source| stt_slot(source, Arc::clone(&libraries)));
        let stt = Group::new("speech-to-text model", models);
        if !options.tts.is_empty() {
            // Here, and not by the first session: the process may fork while that speaks.
            build_tables();
            #[cfg(feature = "interview")]
            crate::interview::build_tables();
        }
        let voices = options.tts.into_iter().map(|source| tts_slot(source, Arc::clone(&tools)));
        Self {
            stt,
            tts: Group::new("voice", voices),
            cache: Arc::new(ClauseCache::new(options.cache_bytes)),
            libraries,
        }
    }

    /// Loads or reloads every model once. Blocks. Succeeds if at least one model, of any language, works for each
    /// task that has models; the errors of the others are in [`health`](Self::health) and in the log.
    ///
    /// Opening a session fails with [`ModelLoading`](crate::ErrorKind::ModelLoading) until the first load is done.
    /// If a reload fails, the old model stays in use. A model whose engine does not return from its load or its canary
    /// fails with [`ModelStuck`](crate::ErrorKind::ModelStuck); the limits are those of the default [`Policy`].
    pub fn load(&self) -> Result<()> {
        self.load_within(&Policy::DEFAULT)
    }

    /// The same with the time limits of `policy`.
    pub fn load_within(&self, policy: &Policy) -> Result<()> {
        policy.validate()?;
        self.load_libraries();
        self.stt.load(policy);
        self.tts.load(policy);
        if !self.stt.is_empty() || self.tts.is_empty() {
            self.stt.check()?;
        }
        if self.tts.is_empty() { Ok(()) } else { self.tts.check() }
    }

    /// Starts threads that load the models, test them and reload them when they fail, until the supervisor is
    /// dropped. Returns at once.
    pub fn supervise(&self, policy: Policy) -> Result<Supervisor> {
        policy.validate()?;
        self.load_libraries();
        let (mut supervisor, alive) = Supervisor::new();
        for slot in self.stt.slots() {
            supervisor.supervise(Arc::clone(slot), policy, alive.clone())?;
        }
        for slot in self.tts.slots() {
            supervisor.supervise(Arc::clone(slot), policy, alive.clone())?;
        }
        Ok(supervisor)
    }

    fn load_libraries(&self) {
        if !self.stt.is_empty() {
            self.libraries.load();
        }
    }

    /// Opens a speech-to-text session at the start of its stream, with the [models](Self::stt_models) of its language.
    pub fn stt_session(&self, options: SttOptions) -> Result<SttSession> {
        SttSession::new(self.stt_models(options.language.as_ref())?, options)
    }

    /// The working models for `language`, by default the language of the first model; healthy ones first. The error says
    /// why none works.
    pub fn stt_models(&self, language: Option<&LanguageTag>) -> Result<Vec<Arc<dyn Model>>> {
        self.stt.working(language)
    }

    /// Changes the options of a session, and its models if `language` is given: it gets those that work now. Takes effect
    /// and fails as [`SttSession::update`] does, and fails as [`stt_models`](Self::stt_models) does.
    pub fn update_stt(
        &self,
        session: &mut SttSession,
        language: Option<LanguageTag>,
        update: SttUpdate,
    ) -> Result<()> {
        match language {
            Some(language) => {
                session.update_models(self.stt_models(Some(&language))?, Some(language), update)
            }
            None => session.update(update),
        }
    }

    /// Whether the supervisor of a speech-to-text model has found that `model` no longer answers. New sessions do not
    /// get it, and calls into it that are under way will probably not return.
    pub fn has_abandoned(&self, model: &Arc<dyn Model>) -> bool {
        self.stt.slots().iter().any(|slot| slot.has_abandoned(model))
    }

    /// The language of sessions with `model`: the first one that it is configured for, or
    /// [undetermined](LanguageTag::undetermined) if it is not one of this engine's models.
    pub fn stt_language(&self, model: &Arc<dyn Model>) -> LanguageTag {
        let is_it =
            |slot: &&Arc<Slot<dyn Model>>| slot.model().is_ok_and(|own| own.info().name == model.info().name);
        let language = self.stt.slots().iter().find(is_it).and_then(|slot| slot.languages().first());
        language.cloned().unwrap_or_else(LanguageTag::undetermined)
    }

    /// Whether a speech-to-text model is configured for `language`, whether or not it works.
    pub fn has_stt(&self, language: &LanguageTag) -> bool {
        self.stt.slots().iter().any(|slot| speaks(slot.languages(), language))
    }

    /// Opens a text-to-speech session at the start of its stream.
    pub fn tts_session(&self, options: TtsOptions) -> Result<TtsSession> {
        TtsSession::new(self.voices_for(&options)?, options, Arc::clone(&self.cache), Clock::default())
    }

    /// Speaks text that is pushed from now on with other options, and with the voices that they select and that work
    /// now. Takes effect and fails as [`TtsSession::update`] does, and fails as [`tts_session`](Self::tts_session) does.
    ///
    /// ```no_run
    /// # fn slower(engine: &voice_core::Engine, session: &mut voice_core::tts::TtsSession) -> voice_core::Result<()> {
    /// let mut options = session.options().clone();
    /// options.style.speed = 0.8;
    /// engine.update_tts(session, options)
    /// # }
    /// ```
    pub fn update_tts(&self, session: &mut TtsSession, options: TtsOptions) -> Result<()> {
        session.update_voices(self.voices_for(&options)?, options)
    }

    /// The working voices that the options select, and those of other languages. Fails as
    /// [`tts_session`](Self::tts_session) does.
    pub fn voices_for(&self, options: &TtsOptions) -> Result<Vec<Arc<dyn Voice>>> {
        let language = options.language.as_ref();
        let expected = options.expected_language.as_ref().filter(|_| language.is_none());
        let mut voices = if let Some(name) = options.voice.as_deref() {
            vec![self.voice(name, language.or(expected))?]
        } else {
            let expected = expected.and_then(|expected| self.voices(Some(expected)).ok());
            expected.map_or_else(|| self.voices(language), Ok)?
        };
        let main = voices.first().map(|voice| voice.info().language.clone());
        let is_other = |voice: &Arc<dyn Voice>| {
            let language = voice.info().language.primary();
            language != "und" && main.as_ref().is_some_and(|main| language != main.primary())
        };
        voices.extend(self.tts.all_working().into_iter().filter(is_other));
        Ok(voices)
    }

    /// The working voices for `language`, by default the language of the first voice; healthy ones first. The error
    /// says why none works.
    pub fn voices(&self, language: Option<&LanguageTag>) -> Result<Vec<Arc<dyn Voice>>> {
        self.tts.working(language)
    }

    /// The voice called `name`. The error says why it cannot be used. A name is one of [`health`](Self::health) or
    /// [`VoiceInfo`](tts::VoiceInfo), a file name with or without `.onnx`, or `espeak`: the first voice of espeak-ng
    /// for `language`, else its first voice.
    pub fn voice(&self, name: &str, language: Option<&LanguageTag>) -> Result<Arc<dyn Voice>> {
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
            // One task is unavailable, and the other may still become available.
            (Some(_), Some(_)) => Status::Starting,
        };
        Health { status, stt, tts }
    }

    /// The time until the next attempt to load a model that failed; `None` if none is planned.
    pub fn next_try(&self) -> Option<Duration> {
        self.stt.next_try().into_iter().chain(self.tts.next_try()).min()
    }
}

/// The state of an engine and its models.
#[derive(Debug, Clone, Serialize)]
pub struct Health {
    /// The summary.
    pub status: Status,
    /// The speech-to-text models, in order of preference.
    pub stt: Vec<ModelHealth>,
    /// The voices, in order of preference.
    pub tts: Vec<ModelHealth>,
}

/// The summary of an engine's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// No session can be opened yet: a model is still being loaded.
    Starting,
    /// The first model of each task works.
    Healthy,
    /// Sessions can be opened, but with a fallback or a degraded model, only for one task, or only with an explicit
    /// language, because no model for the default one works.
    Degraded,
    /// No session can be opened.
    Unhealthy,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        })
    }
}

impl Status {
    /// Whether any session can be opened.
    fn serves(self) -> bool {
        matches!(self, Self::Healthy | Self::Degraded)
    }
}

fn stt_slot(source: SttSource, libraries: Arc<Libraries>) -> Slot<dyn Model> {
    let (name, languages) = (source.name(), source.languages());
    let methods = Methods::<dyn Model> {
        load: Box::new(move |monitor, progress| {
            let model = source.load(&libraries, progress)?;
            Ok(Arc::new(stt::Monitored::new(model, Arc::clone(monitor))))
        }),
        canary: stt::canary::run,
    };
    Slot::new(name, languages, methods)
}

fn tts_slot(source: VoiceSource, tools: Arc<tts::Tools>) -> Slot<dyn Voice> {
    let (name, languages) = (source.name(), source.languages());
    let methods = Methods::<dyn Voice> {
        load: Box::new(move |monitor, progress| {
            let voice = source.load(&tools, progress)?;
            Ok(Arc::new(tts::Monitored::new(voice, Arc::clone(monitor))))
        }),
        canary: tts::canary::run,
    };
    Slot::new(name, languages, methods)
}

#[cfg(test)]
mod tests;
