//! The environment, parsed once into a typed configuration. All mistakes are shown together.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use voice_core::Endpoint;
use voice_core::model::{Backoff, Policy};

/// Every variable that is read.
#[cfg(test)]
pub(crate) const VARIABLES: [&str; 22] = [
    "PORT",
    "VOICE_HOST",
    "VOSK_MODEL_PATH",
    "VOICE_STT_MODELS",
    "VOICE_TTS_VOICES",
    "TTS_HOME",
    "VOICE_ONNXRUNTIME",
    "VOICE_ESPEAK",
    "VOICE_TASHKEEL",
    "VOICE_MODELS_DIR",
    "VOICE_MANIFEST",
    "VOICE_OFFLINE",
    "VOICE_CA_FILE",
    "VOICE_LOAD_ATTEMPTS",
    "VOICE_RETRY_SECONDS",
    "VOICE_CANARY_SECONDS",
    "VOICE_ENGINE_DEADLINE_MS",
    "MAX_CONCURRENT_SESSIONS",
    "VOICE_THREADS",
    "VOICE_SILENCE_MS",
    "LOG_LEVEL",
    "VOICE_SERVICE_ENV",
];

#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) address: SocketAddr,
    /// `None` for the model that ships with the program.
    pub(crate) model: Option<PathBuf>,
    /// Models behind that one, from the next choice to the last.
    pub(crate) further_models: Vec<ModelChoice>,
    /// Voices, from the first choice to the last.
    pub(crate) voices: Vec<ModelChoice>,
    pub(crate) libraries: Libraries,
    pub(crate) policy: Policy,
    pub(crate) store: StoreConfig,
    pub(crate) max_sessions: NonZeroUsize,
    pub(crate) threads: NonZeroUsize,
    pub(crate) endpoint: Endpoint,
    pub(crate) log_level: tracing::Level,
    pub(crate) environment: Environment,
}

/// Where the helpers of voices are; `None` for the places where libraries usually are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Libraries {
    pub(crate) onnxruntime: Option<PathBuf>,
    pub(crate) espeak: Option<PathBuf>,
    /// The folder of a diacritizer.
    pub(crate) tashkeel: Option<PathBuf>,
}

/// A model or voice that was chosen, perhaps for a language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModelChoice {
    /// `None` for what the manifest says of it.
    pub(crate) language: Option<String>,
    /// A folder, or a name.
    pub(crate) path: PathBuf,
}

impl FromStr for ModelChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (language, path) = match text.split_once('=') {
            Some((language, path)) => (Some(language.trim().to_owned()), path),
            None => (None, text),
        };
        let path = path.trim();
        if path.is_empty() || language.as_deref() == Some("") {
            return Err(
                "expected NAME, FOLDER, LANGUAGE=NAME or LANGUAGE=FOLDER, separated by commas".to_owned()
            );
        }
        Ok(Self { language, path: path.into() })
    }
}

/// Values separated by commas.
struct List<T>(Vec<T>);

impl<T: FromStr> FromStr for List<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        text.split(',').map(T::from_str).collect::<Result<_, _>>().map(Self)
    }
}

/// Where models are kept and where they come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoreConfig {
    /// `None` for the user's data folder.
    pub(crate) folder: Option<PathBuf>,
    /// Where voices are kept; `None` for the same folder.
    pub(crate) voices: Option<PathBuf>,
    /// A manifest beside the built-in one.
    pub(crate) manifest: Option<PathBuf>,
    pub(crate) offline: bool,
    pub(crate) root_certificate: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Environment {
    Development,
    Production,
}

impl FromStr for Environment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "development" => Ok(Self::Development),
            "production" => Ok(Self::Production),
            _ => Err("expected development or production".to_owned()),
        }
    }
}

/// Reads variables through `lookup`, so that tests never touch the real environment.
pub(crate) fn parse(lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<Config, Vec<String>> {
    let mut reader = Reader { lookup, problems: Vec::new() };
    let host = reader.value("VOICE_HOST", IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let port = reader.value("PORT", 2700);
    let endpoint = Endpoint {
        silence_ms: reader.value("VOICE_SILENCE_MS", Endpoint::default().silence_ms),
        ..Endpoint::default()
    };
    if let Err(error) = endpoint.validate() {
        reader.problems.push(format!("VOICE_SILENCE_MS: {error}"));
    }
    let policy = policy(&mut reader);
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let config = Config {
        address: SocketAddr::new(host, port),
        model: reader.path("VOSK_MODEL_PATH"),
        further_models: reader.value("VOICE_STT_MODELS", List(Vec::new())).0,
        policy,
        voices: reader.value("VOICE_TTS_VOICES", List(Vec::new())).0,
        libraries: Libraries {
            onnxruntime: reader.path("VOICE_ONNXRUNTIME"),
            espeak: reader.path("VOICE_ESPEAK"),
            tashkeel: reader.path("VOICE_TASHKEEL"),
        },
        store: StoreConfig {
            folder: reader.path("VOICE_MODELS_DIR"),
            voices: reader.path("TTS_HOME"),
            manifest: reader.path("VOICE_MANIFEST"),
            offline: reader.value("VOICE_OFFLINE", Switch(false)).0,
            root_certificate: reader.path("VOICE_CA_FILE"),
        },
        max_sessions: reader.value("MAX_CONCURRENT_SESSIONS", NonZeroUsize::new(1_024).unwrap_or(cores)),
        threads: reader.value("VOICE_THREADS", cores),
        endpoint,
        log_level: reader.value("LOG_LEVEL", tracing::Level::INFO),
        environment: reader.value("VOICE_SERVICE_ENV", Environment::Development),
    };
    if reader.problems.is_empty() { Ok(config) } else { Err(reader.problems) }
}

fn policy(reader: &mut Reader) -> Policy {
    let default = Policy::default();
    let seconds = |reader: &mut Reader, name, default: Duration| {
        Duration::from_secs(reader.value(name, default.as_secs()))
    };
    let retry = seconds(reader, "VOICE_RETRY_SECONDS", default.retries.first);
    let deadline = reader.value("VOICE_ENGINE_DEADLINE_MS", default.deadline.as_millis() as u64);
    let policy = Policy {
        attempts: Backoff {
            attempts: reader.value("VOICE_LOAD_ATTEMPTS", default.attempts.attempts),
            ..default.attempts
        },
        retries: Backoff { first: retry, max: retry.max(default.retries.max), ..default.retries },
        canary_interval: seconds(reader, "VOICE_CANARY_SECONDS", default.canary_interval),
        deadline: Duration::from_millis(deadline),
        ..default
    };
    if let Err(error) = policy.validate() {
        reader.problems.push(format!(
            "VOICE_LOAD_ATTEMPTS, VOICE_RETRY_SECONDS, VOICE_CANARY_SECONDS or \
             VOICE_ENGINE_DEADLINE_MS: {error}"
        ));
    }
    policy
}

/// Something that is on or off, in the words that people use for it.
struct Switch(bool);

impl FromStr for Switch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Ok(Self(true)),
            "0" | "false" | "no" | "off" => Ok(Self(false)),
            _ => Err("expected true or false".to_owned()),
        }
    }
}

struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
    problems: Vec<String>,
}

impl Reader<'_> {
    fn path(&self, name: &str) -> Option<PathBuf> {
        (self.lookup)(name).filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// The variable's value; `default` when it is unset, empty or wrong.
    fn value<T: FromStr<Err: std::fmt::Display>>(&mut self, name: &str, default: T) -> T {
        let Some(raw) = (self.lookup)(name).filter(|raw| !raw.is_empty()) else { return default };
        match raw.to_str().map(|text| text.trim().parse()) {
            Some(Ok(value)) => return value,
            Some(Err(error)) => self.problems.push(format!("{name}={}: {error}", raw.display())),
            None => self.problems.push(format!("{name} is not UTF-8")),
        }
        default
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        parse(&|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn unset_and_empty_variables_mean_defaults() {
        for config in [with(&[]).unwrap(), with(&[("PORT", ""), ("VOSK_MODEL_PATH", "")]).unwrap()] {
            assert_eq!(config.address.to_string(), "0.0.0.0:2700");
            assert_eq!(config.model, None);
            assert_eq!(config.endpoint, Endpoint::default());
        }
    }

    #[test]
    fn all_mistakes_are_shown_together() {
        let problems = with(&[
            ("PORT", "70000"),
            ("MAX_CONCURRENT_SESSIONS", "0"),
            ("VOICE_SILENCE_MS", "5"),
            ("LOG_LEVEL", "loud"),
            ("VOICE_SERVICE_ENV", "prod"),
            ("VOICE_OFFLINE", "perhaps"),
            ("VOICE_STT_MODELS", "a,,b"),
            ("VOICE_LOAD_ATTEMPTS", "0"),
        ])
        .unwrap_err();
        assert_eq!(problems.len(), 8, "{problems:?}");
        assert!(problems.iter().any(|problem| problem.starts_with("PORT=70000: ")));
    }

    #[test]
    fn further_models_are_names_or_folders_with_or_without_a_language() {
        let config = with(&[("VOICE_STT_MODELS", "vosk-model-small-ar-0.3, en=/models/english")]).unwrap();
        let model = |language: Option<&str>, path: &str| ModelChoice {
            language: language.map(str::to_owned),
            path: path.into(),
        };
        assert_eq!(
            config.further_models,
            [model(None, "vosk-model-small-ar-0.3"), model(Some("en"), "/models/english")]
        );
    }

    #[test]
    fn every_listed_variable_is_read() {
        let asked = std::cell::RefCell::new(Vec::new());
        let _ = parse(&|name| {
            asked.borrow_mut().push(name.to_owned());
            None
        });
        for variable in VARIABLES {
            assert!(asked.borrow().iter().any(|name| name == variable), "{variable} is never read");
        }
        assert_eq!(asked.borrow().len(), VARIABLES.len());
    }
}
