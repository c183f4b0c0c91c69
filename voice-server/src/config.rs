//! The environment variables, parsed once into a typed configuration. All mistakes are reported together.

mod access;
mod environment;
mod interviews;
mod limits;
mod reader;
mod unknown;

use std::fmt::{self, Display};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use voice_core::Backoff;
use voice_core::Endpoint;
use voice_core::source::ModelChoice;
use voice_core::supervision::Policy;
use voice_core::tts::TtsOptions;

pub(crate) use self::access::{AccessConfig, SigningKeys, Tls};
pub(crate) use self::environment::Environment;
pub(crate) use self::interviews::InterviewsConfig;
pub(crate) use self::limits::LimitsConfig;
pub(crate) use self::reader::Setting;
use self::reader::{List, Lookup, Reader, Switch};

#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) address: SocketAddr,
    pub(crate) access: AccessConfig,
    pub(crate) limits: LimitsConfig,
    pub(crate) interviews: InterviewsConfig,
    /// `None` for the model that ships with the program.
    pub(crate) model: Option<ModelChoice>,
    /// Further models, in order of preference.
    pub(crate) further_models: Vec<ModelChoice>,
    /// Voices, in order of preference.
    pub(crate) voices: Vec<ModelChoice>,
    pub(crate) loudness: Loudness,
    /// The file with the operator's own words.
    pub(crate) lexicon: Option<PathBuf>,
    /// The folder of the forms that interviews ask.
    pub(crate) forms: Option<PathBuf>,
    pub(crate) libraries: Libraries,
    pub(crate) policy: Policy,
    pub(crate) store: StoreConfig,
    pub(crate) threads: NonZeroUsize,
    pub(crate) endpoint: Endpoint,
    pub(crate) log_level: tracing::Level,
    /// The collector that traces are sent to.
    pub(crate) collector: Option<String>,
    pub(crate) environment: Environment,
    /// Every variable that was read.
    pub(crate) settings: Vec<Setting>,
    /// Settings that are allowed in development and refused in production.
    pub(crate) warnings: Vec<String>,
}

/// The engines' libraries; `None` to search the usual places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Libraries {
    pub(crate) libvosk: Option<PathBuf>,
    pub(crate) onnxruntime: Option<PathBuf>,
    pub(crate) espeak: Option<PathBuf>,
    /// A diacritizer.
    pub(crate) tashkeel: Option<ModelChoice>,
}

/// The loudness of voices in LUFS; `None` leaves each voice as it is.
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

/// Where models are stored and downloaded from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoreConfig {
    /// `None` for the user's data folder.
    pub(crate) folder: Option<PathBuf>,
    /// The folder of the voices; `None` for the same folder.
    pub(crate) voices: Option<PathBuf>,
    /// A manifest in addition to the built-in one.
    pub(crate) manifest: Option<PathBuf>,
    pub(crate) offline: bool,
    pub(crate) root_certificate: Option<PathBuf>,
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

/// The names of all variables.
#[cfg(test)]
pub(crate) fn names() -> Vec<&'static str> {
    parse(&|_| Ok(None)).map(|config| known(&config.settings)).unwrap_or_default()
}

fn known(settings: &[Setting]) -> Vec<&'static str> {
    settings.iter().map(|setting| setting.name).chain(["CREDENTIALS_DIRECTORY"]).collect()
}

/// Reads variables through `lookup`. Those of the set `names` that nothing reads are mistakes in production and
/// warnings in development.
pub(crate) fn parse_all(
    lookup: &Lookup<'_>,
    names: impl Iterator<Item = String>,
) -> Result<Config, Vec<String>> {
    let (mut reader, mut config) = read(lookup);
    for (name, nearest) in unknown::find(names, &known(&reader.settings)) {
        let problem = format!("{name} is not a variable of this program; the nearest one is {nearest}");
        match config.environment {
            Environment::Production => reader.problems.push(format!("{problem}. Correct or unset it")),
            Environment::Development => config.warnings.push(problem),
        }
    }
    finish(reader, config)
}

/// The same without names, for tests that must not read the real environment.
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
    let collector = reader.url("OTEL_EXPORTER_OTLP_ENDPOINT");
    let (access, mut warnings) = AccessConfig::read(&mut reader, environment, host);
    let interviews = InterviewsConfig::read(&mut reader, environment, access.tokens.is_some(), &mut warnings);
    let config = Config {
        address: SocketAddr::new(host, port),
        limits: LimitsConfig::read(&mut reader, access.tokens.is_some(), environment),
        access,
        interviews,
        model: reader.model("VOSK_MODEL_PATH"),
        further_models: reader.value("VOICE_STT_MODELS", List(Vec::new())).0,
        voices: reader.value("VOICE_TTS_VOICES", List(Vec::new())).0,
        loudness: reader.value("VOICE_TTS_LOUDNESS", Loudness::default()),
        lexicon: reader.path("VOICE_TTS_LEXICON"),
        forms: reader.path("VOICE_FORMS"),
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

/// No machine decodes faster with more threads than this.
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

/// The longest duration of a policy, in seconds.
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
mod tests;
