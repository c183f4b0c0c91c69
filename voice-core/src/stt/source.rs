//! The source of a speech-to-text model: its files, and the engine that runs them.

use std::path::Path;
use std::sync::Arc;

use super::engines::{ENGINES, Libraries, detect, named};
use super::model::Model;
use crate::error::{Error, ErrorKind, Result};
use crate::language::LanguageTag;
use crate::source::ModelSource;
use crate::store::{OnProgress, Task};

/// The source of a speech-to-text model for an engine.
///
/// The model's engine is the one that was set, else the one in the manifest of a known model, else the one that knows the
/// files of the folder.
#[derive(Debug, Clone)]
pub struct SttSource {
    source: ModelSource,
    engine: Option<String>,
}

impl SttSource {
    /// The model of `source`.
    pub fn new(source: ModelSource) -> Self {
        Self { source, engine: None }
    }

    /// Sets the engine by its name in manifests, such as `vosk`. Loading fails with
    /// [`EngineUnavailable`](ErrorKind::EngineUnavailable) if this build does not have it.
    #[must_use]
    pub fn with_engine(self, engine: impl Into<String>) -> Self {
        Self { engine: Some(engine.into()), ..self }
    }

    /// The name of the model: that of its folder.
    pub fn name(&self) -> String {
        self.source.name()
    }

    /// The languages of the model, as those of its [`ModelSource`].
    pub fn languages(&self) -> Vec<LanguageTag> {
        self.source.languages()
    }

    /// Downloads, checks and loads it. Blocks.
    pub(crate) fn load(&self, libraries: &Libraries, progress: &mut OnProgress) -> Result<Arc<dyn Model>> {
        let name = self.name();
        let known = self.source.entry()?;
        if let Some(entry) = known.as_ref().filter(|entry| entry.task != Task::Stt) {
            let message = format!(
                "the model {name} is not for speech to text: its task is {}; choose another model",
                entry.task
            );
            return Err(Error::new(ErrorKind::ModelInvalid, message));
        }
        let engine = self.engine.clone().or_else(|| known.map(|entry| entry.engine));
        // Before a download.
        let engine = engine.map(|engine| named(ENGINES, &engine, &name)).transpose()?;
        let path = self.source.prepare(progress)?;
        let engine = engine.map_or_else(|| detect(ENGINES, &path), Ok)?;
        (engine.load)(&path, libraries)
    }
}

impl From<ModelSource> for SttSource {
    fn from(source: ModelSource) -> Self {
        Self::new(source)
    }
}

/// Loads an unverified model folder and runs its canary. For a child process, because the engine may crash.
pub(crate) fn try_model(libraries: &Libraries, folder: &Path) -> Result<()> {
    let engine = detect(ENGINES, folder)?;
    super::canary::run(&(engine.load)(folder, libraries)?)
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::store::{Access, Manifest, Store};

    fn error(source: &SttSource) -> Error {
        let loaded = source.load(&Libraries::default(), &mut |_| ControlFlow::Continue(()));
        loaded.err().expect("no such model can be loaded")
    }

    #[test]
    fn manifest_chooses_the_engine_before_a_download() {
        let store = |task: &str, engine: &str| {
            let text = format!(
                "version = 1\n[[model]]\nname = \"m\"\ntask = \"{task}\"\nengine = \"{engine}\"\nlicense = \"x\"\n\
                 [[model.file]]\nurl = \"https://x.org/m\"\npath = \"m\"\nsize = 1\nsha256 = \"{}\"\n",
                "0".repeat(64)
            );
            Arc::new(Store::new("/nowhere", Manifest::parse(&text).unwrap(), Access::Offline))
        };
        let named = |task, engine| SttSource::new(ModelSource::named(store(task, engine), "m"));
        let whisper = error(&named("stt", "whisper"));
        assert_eq!(whisper.kind(), ErrorKind::EngineUnavailable);
        assert!(whisper.to_string().contains("needs the engine whisper"), "{whisper}");
        assert_eq!(error(&named("tts", "vits")).kind(), ErrorKind::ModelInvalid);
        #[cfg(feature = "vosk")]
        assert_eq!(error(&named("stt", "whisper").with_engine("vosk")).kind(), ErrorKind::Offline);
    }

    #[test]
    fn folder_chooses_the_engine_by_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let source = SttSource::new(ModelSource::folder(folder.path()));
        assert_eq!(
            error(&source).kind(),
            if ENGINES.is_empty() { ErrorKind::EngineUnavailable } else { ErrorKind::ModelIncomplete }
        );
        assert_eq!(error(&source.with_engine("whisper")).kind(), ErrorKind::EngineUnavailable);
    }
}
