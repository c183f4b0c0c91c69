//! The environment, parsed once into a typed configuration. All mistakes are shown together.

mod access;
mod limits;
mod reader;
mod unknown;

use std::fmt::{self, Display};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use voice_core::Endpoint;
use voice_core::model::{Backoff, ModelChoice, Policy};
use voice_core::tts::TtsOptions;

pub(crate) use self::access::{Access, SigningKeys, Tls};
pub(crate) use self::limits::Limits;
pub(crate) use self::reader::Setting;
use self::reader::{List, Lookup, Reader, Switch};

#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) address: SocketAddr,
    pub(crate) access: Access,
    pub(crate) limits: Limits,
    /// `None` for the model that ships with the program.
    pub(crate) model: Option<ModelChoice>,
    /// Models behind that one, from the next choice to the last.
    pub(crate) further_models: Vec<ModelChoice>,
    /// Voices, from the first choice to the last.
    pub(crate) voices: Vec<ModelChoice>,
    pub(crate) loudness: Loudness,
    /// The file of the user's own words.
    pub(crate) lexicon: Option<PathBuf>,
    pub(crate) libraries: Libraries,
    pub(crate) policy: Policy,
    pub(crate) store: StoreConfig,
    pub(crate) threads: NonZeroUsize,
    pub(crate) endpoint: Endpoint,
    pub(crate) log_level: tracing::Level,
    /// Where traces are sent.
    pub(crate) collector: Option<String>,
    pub(crate) environment: Environment,
    /// Every variable that was read.
    pub(crate) settings: Vec<Setting>,
    /// What is allowed while developing, and would not be in production.
    pub(crate) warnings: Vec<String>,
}

/// Where the libraries of engines are; `None` for the places where libraries usually are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Libraries {
    pub(crate) libvosk: Option<PathBuf>,
    pub(crate) onnxruntime: Option<PathBuf>,
    pub(crate) espeak: Option<PathBuf>,
    /// A diacritizer.
    pub(crate) tashkeel: Option<ModelChoice>,
}

/// How loud voices are made, in LUFS; `None` leaves each as loud as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Loudness(pub(crate) Option<f32>);

impl Default for Loudness {
    fn default() -> Self {
        Self(Some(TtsOptions::LOUDNESS))
    }
}

impl FromStr for Loudness {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "own" {
            return Ok(Self(None));
        }
        let lufs = text.parse().ok().filter(|lufs| (-40.0..=-8.0).contains(lufs));
        lufs.map(|lufs| Self(Some(lufs))).ok_or_else(|| "expected LUFS from -40 to -8, or own".to_owned())
    }
}

impl Display for Loudness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(lufs) => lufs.fmt(f),
            None => f.write_str("own"),
        }
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

/// An address to listen on.
struct Address(IpAddr);

impl FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        text.parse().map(Self).map_err(|_| "give an IP address, such as 127.0.0.1, 0.0.0.0 or ::")
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
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

impl Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Development => "development",
            Self::Production => "production",
        })
    }
}

/// The names of all variables.
#[cfg(test)]
pub(crate) fn names() -> Vec<&'static str> {
    parse(&|_| Ok(None)).map(|config| known(&config.settings)).unwrap_or_default()
}

fn known(settings: &[Setting]) -> Vec<&'static str> {
    settings.iter().map(|setting| setting.name).chain(["CREDENTIALS_DIRECTORY"]).collect()
}

/// Reads variables through `lookup`. Of the `names` that are set, those that nothing reads are mistakes in production, and
/// warnings while developing.
pub(crate) fn parse_all(
    lookup: &Lookup<'_>,
    names: impl Iterator<Item = String>,
) -> Result<Config, Vec<String>> {
    let (mut reader, mut config) = read(lookup);
    for (name, nearest) in unknown::find(names, &known(&reader.settings)) {
        let problem = format!("{name} is no variable of this program; {nearest} is the nearest that is");
        match config.environment {
            Environment::Production => reader.problems.push(format!("{problem}. Correct or unset it")),
            Environment::Development => config.warnings.push(problem),
        }
    }
    finish(reader, config)
}

/// The same, so that tests never touch the real environment.
#[cfg(test)]
pub(crate) fn parse(lookup: &Lookup<'_>) -> Result<Config, Vec<String>> {
    let (reader, config) = read(lookup);
    finish(reader, config)
}

fn finish(reader: Reader<'_>, config: Config) -> Result<Config, Vec<String>> {
    if reader.problems.is_empty() {
        Ok(Config { settings: reader.settings, ..config })
    } else {
        Err(reader.problems)
    }
}

fn read<'a>(lookup: &'a Lookup<'a>) -> (Reader<'a>, Config) {
    let mut reader = Reader::new(lookup);
    let environment = reader.value("VOICE_SERVICE_ENV", Environment::Development);
    let host = reader.value("VOICE_HOST", Address(Ipv4Addr::UNSPECIFIED.into())).0;
    let port = reader.number("PORT", 2_700, 0..=u64::from(u16::MAX)) as u16;
    let collector = reader.optional("OTEL_EXPORTER_OTLP_ENDPOINT");
    let (access, warnings) = Access::read(&mut reader, environment);
    let config = Config {
        address: SocketAddr::new(host, port),
        limits: Limits::read(&mut reader, access.tokens.is_some()),
        access,
        model: reader.model("VOSK_MODEL_PATH"),
        further_models: reader.value("VOICE_STT_MODELS", List(Vec::new())).0,
        voices: reader.value("VOICE_TTS_VOICES", List(Vec::new())).0,
        loudness: reader.value("VOICE_TTS_LOUDNESS", Loudness::default()),
        lexicon: reader.path("VOICE_TTS_LEXICON"),
        libraries: Libraries {
            libvosk: reader.path("VOICE_LIBVOSK"),
            onnxruntime: reader.path("VOICE_ONNXRUNTIME"),
            espeak: reader.path("VOICE_ESPEAK"),
            tashkeel: reader.model("VOICE_TASHKEEL"),
        },
        store: StoreConfig {
            folder: reader.path("VOICE_MODELS_DIR"),
            voices: reader.path("TTS_HOME"),
            manifest: reader.path("VOICE_MANIFEST"),
            offline: reader.value("VOICE_OFFLINE", Switch(false)).0,
            root_certificate: reader.path("VOICE_CA_FILE"),
        },
        policy: policy(&mut reader),
        threads: threads(&mut reader),
        endpoint: endpoint(&mut reader),
        log_level: reader.value("LOG_LEVEL", tracing::Level::INFO),
        collector,
        environment,
        settings: Vec::new(),
        warnings,
    };
    (reader, config)
}

/// More threads than this decode nothing faster, on any machine there is.
const MAX_THREADS: u64 = 1_024;

fn threads(reader: &mut Reader) -> NonZeroUsize {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get) as u64;
    reader.count("VOICE_THREADS", cores.min(MAX_THREADS), MAX_THREADS)
}

fn endpoint(reader: &mut Reader) -> Endpoint {
    let default = Endpoint::default();
    let silence_ms = reader.number("VOICE_SILENCE_MS", default.silence_ms.into(), 100..=10_000) as u32;
    Endpoint { silence_ms, ..default }
}

/// In seconds: the longest that a policy takes.
const A_YEAR: u64 = 365 * 24 * 3_600;

fn policy(reader: &mut Reader) -> Policy {
    let default = Policy::default();
    let seconds = |reader: &mut Reader, name: &'static str, default: Duration| {
        Duration::from_secs(reader.number(name, default.as_secs(), 1..=A_YEAR))
    };
    let retry = seconds(reader, "VOICE_RETRY_SECONDS", default.retries.first);
    let deadline = default.deadline.as_millis() as u64;
    let deadline = reader.number("VOICE_ENGINE_DEADLINE_MS", deadline, 1..=1_000 * A_YEAR);
    let policy = Policy {
        attempts: Backoff {
            attempts: reader.number("VOICE_LOAD_ATTEMPTS", default.attempts.attempts.into(), 1..=1_000)
                as u32,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        parse(&|name| Ok(variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())))
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
            ("VOICE_THREADS", "99999"),
            ("VOICE_MAX_CONNECTIONS", "18446744073709551615"),
        ])
        .unwrap_err();
        assert_eq!(problems.len(), 10, "{problems:?}");
        assert!(problems.iter().any(|problem| problem.starts_with("PORT=70000: ")));
    }

    #[test]
    fn more_than_the_machine_can_have_is_a_mistake_and_no_panic() {
        let names = ["MAX_CONCURRENT_SESSIONS", "VOICE_MAX_CONNECTIONS", "VOICE_THREADS"];
        for much in [usize::MAX.to_string(), ((1 << 20) + 1).to_string()] {
            let problems = with(&names.map(|name| (name, &*much))).unwrap_err();
            for name in names {
                let told = format!("{name}={much}: give a whole number from 1 to ");
                assert!(problems.iter().any(|problem| problem.starts_with(&told)), "{problems:?}");
            }
        }
        let most = (1 << 20).to_string();
        let limits = with(&[("MAX_CONCURRENT_SESSIONS", &*most)]).unwrap().limits;
        assert_eq!(limits.connections.get(), 1 << 20);
        tokio::sync::Semaphore::new(limits.connections.get());
    }

    #[test]
    fn a_number_out_of_range_is_told_with_its_range() {
        for (name, value, range) in [
            ("PORT", "99999", "from 0 to 65535"),
            ("PORT", "-1", "from 0 to 65535"),
            ("MAX_CONCURRENT_SESSIONS", "ten", "from 1 to 1048576"),
            ("RATE_LIMIT_PER_MINUTE", "0", "from 1 to 4294967295"),
            ("VOICE_PING_SECONDS", "9999999", "from 0 to 604800"),
            ("VOICE_TOKEN_MAX_SECONDS", "99999999999999999999999", "from 1 to 31622400"),
            ("VOICE_SILENCE_MS", "5", "from 100 to 10000"),
            ("VOICE_TRUSTED_PROXIES", "1.5", "from 0 to 100"),
            ("VOICE_LOAD_ATTEMPTS", "0", "from 1 to 1000"),
        ] {
            let problems = with(&[(name, value)]).unwrap_err();
            assert_eq!(problems, [format!("{name}={value}: give a whole number {range}")]);
        }
    }

    #[test]
    fn a_variable_that_nothing_reads_is_a_warning_and_in_production_a_mistake() {
        let names = || ["VOICE_MAX_SESSIONS".to_owned()].into_iter();
        let development = parse_all(&|_| Ok(None), names()).unwrap();
        let told =
            "VOICE_MAX_SESSIONS is no variable of this program; MAX_CONCURRENT_SESSIONS is the nearest";
        assert!(development.warnings.iter().any(|warning| warning.starts_with(told)));
        let production = |name: &str| Ok((name == "VOICE_SERVICE_ENV").then(|| "production".into()));
        let problems = parse_all(&production, names()).unwrap_err();
        assert!(problems.iter().any(|problem| problem.starts_with(told)), "{problems:?}");
    }

    #[test]
    fn production_serves_nobody_without_a_token_unless_told_to() {
        let strong = |seed: &str| format!("{seed}-Zr7kQ9mT2vX5nB8cL1pJ4hG6fD3sA0wE");
        let basic = |value: &str| {
            let (admin, token) = (strong("a"), strong("b"));
            let variables = [
                ("VOICE_SERVICE_ENV", "production"),
                ("VOICE_SERVICE_SECRET", &*admin),
                ("VOICE_SERVICE_TOKEN", &*token),
                ("VOICE_BASIC", value),
            ];
            with(&variables).unwrap().access.basic
        };
        assert!(!basic("") && !basic("false") && basic("true"));
        assert!(with(&[]).unwrap().access.basic, "development");
    }

    #[test]
    fn secrets_that_travel_in_clear_are_told() {
        let warned = |variables: &[(&str, &str)]| with(variables).unwrap().warnings.join("\n");
        assert!(
            warned(&[("REDIS_URL", "redis://:pw-of-redis@10.0.0.7:6379")])
                .contains("REDIS_URL sends its password")
        );
        for quiet in [
            "redis://10.0.0.7",
            "rediss://:pw@10.0.0.7",
            "redis://:pw@127.0.0.1",
            "redis://u:pw@[::1]:6379/0",
        ] {
            assert_eq!(warned(&[("REDIS_URL", quiet)]), "", "{quiet}");
        }
        let headers = ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=x");
        let collector = |url| [("OTEL_EXPORTER_OTLP_ENDPOINT", url), headers];
        assert!(warned(&collector("http://collector:4318")).contains("OTEL_EXPORTER_OTLP_HEADERS"));
        assert_eq!(warned(&collector("https://collector:4318")), "");
        assert_eq!(warned(&collector("http://127.0.0.1:4318")), "");
    }

    #[test]
    fn a_value_that_cannot_be_read_is_a_mistake_and_not_the_default() {
        let problem = "/credentials/VOICE_BASIC: permission denied";
        let parsed = parse(&|name| if name == "VOICE_BASIC" { Err(problem.to_owned()) } else { Ok(None) });
        assert_eq!(parsed.unwrap_err(), [problem]);
    }

    #[test]
    fn further_models_are_names_or_folders_with_or_without_a_language() {
        let config = with(&[("VOICE_STT_MODELS", "vosk-model-small-ar-0.3, en=/models/english")]).unwrap();
        let model = |language: Option<&str>, path: &str| ModelChoice {
            language: language.map(str::to_owned),
            model: path.into(),
        };
        assert_eq!(
            config.further_models,
            [model(None, "vosk-model-small-ar-0.3"), model(Some("en"), "/models/english")]
        );
    }

    #[test]
    fn the_first_model_may_have_a_language_too() {
        let model = with(&[("VOSK_MODEL_PATH", "ko=/models/korean")]).unwrap().model.unwrap();
        assert_eq!(
            (model.language.as_deref(), model.to_string()),
            (Some("ko"), "ko=/models/korean".to_owned())
        );
        assert!(
            with(&[("VOSK_MODEL_PATH", "ko=")]).unwrap_err()[0]
                .starts_with("VOSK_MODEL_PATH=ko=: expected NAME")
        );
    }

    #[test]
    fn every_variable_shows_the_value_in_force_and_no_secret() {
        let secret = "Qm9yaW5nIGJ1dCBsb25nIGVub3VnaCBmb3IgYSB0ZXN0";
        let config = with(&[("PORT", "80"), ("VOICE_SERVICE_SECRET", secret)]).unwrap();
        let setting = |name| config.settings.iter().find(|setting| setting.name == name).unwrap();
        assert_eq!((&*setting("PORT").value, setting("PORT").is_default), ("80", false));
        assert_eq!((&*setting("LOG_LEVEL").value, setting("LOG_LEVEL").is_default), ("INFO", true));
        assert!(!format!("{config:?}").contains(secret));
    }

    #[test]
    fn production_asks_for_strong_secrets() {
        let strong = |seed: &str| format!("{seed}-Zr7kQ9mT2vX5nB8cL1pJ4hG6fD3sA0wE");
        let with = |admin: &str, token: &str| {
            with(&[
                ("VOICE_SERVICE_ENV", "production"),
                ("VOICE_SERVICE_SECRET", admin),
                ("VOICE_SERVICE_TOKEN", token),
            ])
        };
        assert!(with(&strong("a"), &strong("b")).is_ok());
        assert_eq!(with("", "").unwrap_err().len(), 2);
        let problems = with("short", "changemechangemechangemechangeme").unwrap_err();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(!problems.concat().contains("changeme"));
        assert_eq!(with(&strong("a"), &strong("a")).unwrap_err().len(), 1, "one secret for both");
    }
}
