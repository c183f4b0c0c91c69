//! The source of a voice: a VITS model or espeak-ng.

#[cfg(feature = "onnx")]
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::voice::Voice;
use crate::error::{Error, ErrorKind, Result};
use crate::language::LanguageTag;
use crate::source::ModelSource;
use crate::store::{OnProgress, nearest};

/// The source of a voice for an engine.
#[derive(Debug, Clone)]
pub struct VoiceSource(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Vits { source: ModelSource, names: Vec<String> },
    Espeak { language: LanguageTag },
}

/// The prefix of names of espeak-ng's voices; the language follows.
const ESPEAK: &str = "espeak-ng-";

/// The extension of a voice's file.
const ONNX: &str = ".onnx";

/// The resources that voices need in addition to their files: paths of libraries, and the source of the diacritizer.
#[cfg_attr(
    not(all(feature = "espeak", feature = "onnx")),
    expect(dead_code, reason = "this build does not use all of them")
)]
pub(crate) struct Tools {
    pub(crate) onnxruntime: Option<PathBuf>,
    pub(crate) espeak: Option<PathBuf>,
    pub(crate) espeak_helper: Option<crate::EspeakHelper>,
    #[cfg(feature = "onnx")]
    pub(crate) tashkeel: crate::text::diacritize::OnDemand,
}

impl VoiceSource {
    /// A VITS voice, such as Piper's: an `.onnx` file, or a folder that contains one.
    pub fn vits(source: ModelSource) -> Self {
        Self(Kind::Vits { source, names: Vec::new() })
    }

    /// The same voice. If it does not exist, the error suggests voices from `names`.
    #[must_use]
    pub fn with_names(self, names: impl IntoIterator<Item = String>) -> Self {
        match self.0 {
            Kind::Vits { source, .. } => Self(Kind::Vits { source, names: names.into_iter().collect() }),
            espeak @ Kind::Espeak { .. } => Self(espeak),
        }
    }

    /// The voice of espeak-ng for `language`. It is intelligible and fast, and sounds synthetic.
    pub fn espeak(language: LanguageTag) -> Self {
        Self(Kind::Espeak { language })
    }

    /// The voice of espeak-ng for `name`: `espeak` and `espeak-ng` are the one for `language`, `espeak-ng-LANGUAGE`
    /// names its language. `None` for other names, and if no language is known.
    pub fn espeak_named(name: &str, language: Option<&LanguageTag>) -> Option<Self> {
        if is_espeak(name) {
            return language.cloned().map(Self::espeak);
        }
        name.strip_prefix(ESPEAK)?.parse().ok().map(Self::espeak)
    }

    /// Its name: the name of its file or folder, without `.onnx`.
    pub fn name(&self) -> String {
        match &self.0 {
            Kind::Vits { source, .. } => without_extension(&source.name()).to_owned(),
            Kind::Espeak { language } => format!("{ESPEAK}{language}"),
        }
    }

    /// Its languages; empty if they are not known.
    pub fn languages(&self) -> Vec<LanguageTag> {
        match &self.0 {
            Kind::Vits { source, .. } => source.languages_or(language_in_settings),
            Kind::Espeak { language } => vec![language.clone()],
        }
    }

    /// Downloads, checks and loads it. Blocks.
    pub(crate) fn load(&self, tools: &Tools, progress: &mut OnProgress) -> Result<Arc<dyn Voice>> {
        match &self.0 {
            Kind::Vits { source, names } => {
                if let Some(path) = source.absent_path() {
                    return Err(absent(path, names));
                }
                load_vits(&source.prepare(progress)?, tools, progress)
            }
            Kind::Espeak { language } => load_espeak(language, tools, progress),
        }
    }
}

/// Whether `name` is espeak-ng itself, in any language.
fn is_espeak(name: &str) -> bool {
    matches!(name, "espeak" | "espeak-ng")
}

/// The name of a voice, which may be given as its file name.
fn without_extension(name: &str) -> &str {
    name.strip_suffix(ONNX).unwrap_or(name)
}

/// Whether `name` names the voice `voice`.
pub(crate) fn is_called(voice: &str, name: &str) -> bool {
    let voice = without_extension(voice);
    let espeak = |name: &str| name.strip_prefix(ESPEAK)?.parse::<LanguageTag>().ok();
    voice == without_extension(name)
        || espeak(voice).is_some_and(|language| is_espeak(name) || espeak(name) == Some(language))
}

/// The error for a missing `path`, which may be a misspelt name of one of `names`.
fn absent(path: &Path, names: &[String]) -> Error {
    let is_path = path.components().nth(1).is_some() || path.extension().is_some_and(|kind| kind == "onnx");
    let message = if is_path {
        format!("there is no voice at {}; check the path", path.display())
    } else {
        let near = nearest(&path.to_string_lossy(), names.iter().map(String::as_str));
        let meant = near.map(|name| format!("did you mean `{name}`? Else ")).unwrap_or_default();
        let names = names
            .iter()
            .map(String::as_str)
            .chain([&*format!("{ESPEAK}LANGUAGE")])
            .collect::<Vec<_>>()
            .join(", ");
        format!(
            "no voice is called {}; {meant}give the path of an .onnx file, or one of: {names}",
            path.display()
        )
    };
    Error::new(ErrorKind::ModelNotFound, message)
}

/// The language in the settings file of a Piper voice.
#[cfg(feature = "onnx")]
fn language_in_settings(path: &Path) -> Option<LanguageTag> {
    #[derive(serde::Deserialize)]
    struct Config {
        language: Option<Language>,
    }
    #[derive(serde::Deserialize)]
    struct Language {
        code: String,
    }
    /// The maximum size of a settings file.
    const MAX_CONFIG: u64 = 16 << 20;

    let mut config = model_file(path).ok()?.into_os_string();
    config.push(".json");
    let file = std::fs::File::open(config).ok()?.take(MAX_CONFIG);
    let config: Config = serde_json::from_reader(std::io::BufReader::new(file)).ok()?;
    config.language?.code.parse().ok()
}

#[cfg(not(feature = "onnx"))]
fn language_in_settings(_path: &Path) -> Option<LanguageTag> {
    None
}

/// The `.onnx` file at `path`, or in the folder `path`.
#[cfg(feature = "onnx")]
fn model_file(path: &Path) -> Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let unreadable = |error| {
        let message = format!("{} cannot be read; check its permissions", path.display());
        Error::new(ErrorKind::ModelUnreadable, message).with_source(error)
    };
    let entries = path.read_dir().map_err(unreadable)?.map(|entry| Ok(entry.map_err(unreadable)?.path()));
    let entries = entries.collect::<Result<Vec<_>>>()?;
    let mut found = entries.into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "onnx"));
    match (found.next(), found.next()) {
        (Some(model), None) => Ok(model),
        (None, _) => {
            let message = format!("{} holds no .onnx file; name the folder of a voice", path.display());
            Err(Error::new(ErrorKind::ModelIncomplete, message))
        }
        (Some(_), Some(_)) => {
            let message = format!("{} holds several voices; name one of its .onnx files", path.display());
            Err(Error::new(ErrorKind::ModelInvalid, message))
        }
    }
}

#[cfg(feature = "onnx")]
fn load_vits(path: &Path, tools: &Tools, progress: &mut OnProgress) -> Result<Arc<dyn Voice>> {
    let runtime = crate::onnx::Runtime::load(tools.onnxruntime.as_deref())?;
    let mut voice = super::Vits::load(&model_file(path)?, &runtime, phonemizer(tools))?;
    if voice.needs_vowels()
        && let Some(tashkeel) = tools.tashkeel.get(&runtime, progress)
    {
        voice = voice.with_tashkeel(tashkeel);
    }
    Ok(Arc::new(voice))
}

#[cfg(not(feature = "onnx"))]
fn load_vits(path: &Path, _tools: &Tools, _progress: &mut OnProgress) -> Result<Arc<dyn Voice>> {
    Err(unavailable(&path.display().to_string(), "onnx"))
}

/// The phonemizer, if espeak-ng is installed. Voices that need a missing one report it.
#[cfg(all(feature = "onnx", feature = "espeak"))]
fn phonemizer(tools: &Tools) -> Option<Arc<dyn super::Phonemizer>> {
    espeak(tools)
        .inspect_err(|error| tracing::debug!(code = error.code(), "no phonemes"))
        .ok()
        .map(|espeak| Arc::new(espeak) as _)
}

#[cfg(all(feature = "onnx", not(feature = "espeak")))]
fn phonemizer(_tools: &Tools) -> Option<Arc<dyn super::Phonemizer>> {
    None
}

#[cfg(feature = "espeak")]
fn load_espeak(language: &LanguageTag, tools: &Tools, progress: &mut OnProgress) -> Result<Arc<dyn Voice>> {
    let voice = super::engines::espeak::EspeakVoice::new(espeak(tools)?, language)?;
    #[cfg(feature = "onnx")]
    if voice.needs_vowels() && tools.tashkeel.is_configured() {
        let runtime = crate::onnx::Runtime::load(tools.onnxruntime.as_deref());
        if let Ok(runtime) = runtime
            && let Some(tashkeel) = tools.tashkeel.get(&runtime, progress)
        {
            return Ok(Arc::new(voice.with_tashkeel(tashkeel)));
        }
    }
    #[cfg(not(feature = "onnx"))]
    let _ = progress;
    Ok(Arc::new(voice))
}

/// espeak-ng, in this process or in the helper of the options.
#[cfg(feature = "espeak")]
fn espeak(tools: &Tools) -> Result<crate::espeak::Espeak> {
    let library = tools.espeak.as_deref();
    match &tools.espeak_helper {
        Some(helper) => crate::espeak::Espeak::load_in(helper, library),
        None => crate::espeak::Espeak::load(library),
    }
}

#[cfg(not(feature = "espeak"))]
fn load_espeak(language: &LanguageTag, _tools: &Tools, _progress: &mut OnProgress) -> Result<Arc<dyn Voice>> {
    Err(unavailable(&format!("the language {language}"), "espeak"))
}

#[cfg(not(all(feature = "onnx", feature = "espeak")))]
fn unavailable(what: &str, feature: &str) -> Error {
    let message = format!("this build has no voice for {what}; build with the feature `{feature}`");
    Error::new(ErrorKind::EngineUnavailable, message)
}

#[cfg(all(test, feature = "onnx", feature = "espeak"))]
mod tests {
    use std::ops::ControlFlow;

    use super::*;

    /// A copy of a small voice that reads the phonemes of `espeak_voice`.
    fn voice(espeak_voice: &str) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/voices/tiny-piper.onnx");
        std::fs::copy(&file, copy.path().join("tiny.onnx")).unwrap();
        let config = std::fs::read(file.with_extension("onnx.json")).unwrap();
        let mut config: serde_json::Value = serde_json::from_slice(&config).unwrap();
        config["espeak"]["voice"] = espeak_voice.into();
        std::fs::write(copy.path().join("tiny.onnx.json"), config.to_string()).unwrap();
        copy
    }

    #[test]
    fn arabic_voice_loads_the_diacritizer_or_speaks_without() {
        if let Err(error) = crate::espeak::Espeak::load(None) {
            assert!(std::env::var_os("CI").is_none(), "{error}");
            println!("skipped: {error}");
            return;
        }
        let Some(folder) = crate::text::diacritize::tests::folder() else { return };
        let load = |espeak_voice: &str, tools: &Tools| {
            let folder = voice(espeak_voice);
            let source = VoiceSource::vits(ModelSource::folder(folder.path()));
            source.load(tools, &mut |_| ControlFlow::Continue(())).unwrap();
        };
        let tools = |tashkeel: Option<PathBuf>| Tools {
            onnxruntime: None,
            espeak: None,
            espeak_helper: None,
            tashkeel: tashkeel.map(ModelSource::folder).into(),
        };
        let good = tools(Some(folder));
        load("en-us", &good);
        assert!(!good.tashkeel.is_loaded());
        load("ar", &good);
        assert!(good.tashkeel.is_loaded());
        for bad in [None, Some("/nowhere".into())] {
            load("ar", &tools(bad));
        }
    }
}
