//! The command line.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand};
use voice_core::model::ModelChoice;

use crate::config::Loudness;

/// Streaming speech: a server that speaks the vosk-server protocol, and a command line that listens and speaks.
#[derive(Parser)]
#[command(version, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

const AFTER_HELP: &str = "\
Environment (docs/deploy.md says more; `voice-server config` shows what is in force):
  PORT                       port to listen on [2700]
  VOICE_HOST                 address to listen on [0.0.0.0]
  VOICE_SERVICE_ENV          development, or production: strong secrets, tokens for everybody, JSON logs [development]
  LOG_LEVEL                  ERROR, WARN, INFO, DEBUG or TRACE [INFO]
  OTEL_EXPORTER_OTLP_ENDPOINT   collector of traces, such as http://127.0.0.1:4318 [none]

Access:
  VOICE_SERVICE_SECRET       opens admin paths; 32 bytes or more [none: they are closed]
  VOICE_SERVICE_TOKEN        signs tokens; 32 bytes or more [none: secured paths are closed]
  VOICE_TOKEN_ED25519_KEY    PEM file of a key that signs tokens in its place [none]
  VOICE_TOKEN_ISSUER         whom tokens are from [voice-server]
  VOICE_TOKEN_AUDIENCE       whom tokens are for [voice]
  VOICE_TOKEN_MAX_SECONDS    longest life of a token [86400]
  VOICE_BASIC                false: no sessions and no speech without a token; so in production, unless set [true]
  VOICE_ALLOWED_ORIGINS      origins whose pages may connect, separated by commas [none; any localhost while developing]
  VOICE_TRUSTED_PROXIES      proxies in front whose X-Forwarded-For is true [0]
  VOICE_AUDIT_LOG            file of the audit log [among the other logs]
  VOICE_AUDIT_KEY            a secret that signs the audit log [VOICE_SERVICE_SECRET]
  VOICE_TLS_CERT, VOICE_TLS_KEY   PEM files of a certificate chain and its key [none: no TLS]

Limits:
  MAX_CONCURRENT_SESSIONS    sessions at once [10]
  VOICE_SESSIONS_PER_IP      of one address [as many]
  VOICE_SESSIONS_PER_SUBJECT of one token's subject [as many]
  VOICE_RESERVED_SESSIONS    that only clients with tokens may have [a quarter, where there are tokens]
  RATE_LIMIT_PER_MINUTE      sessions, tickets and speech asked for by one address, and its wrong tokens [60]
  REDIS_URL                  where other instances share these limits [none]
  VOICE_MAX_CONNECTIONS      open connections of any kind [sessions and 1000]
  VOICE_CONNECTIONS_PER_IP   of one address [three quarters, and enough for its sessions]
  VOICE_AUDIO_RATE           seconds of audio that a session may send in a second, after a first minute; 0 for any [4]
  VOICE_MESSAGES_PER_SECOND  messages that a session may send in a second, after a first burst; 0 for any [250]
  VOICE_HEAD_SECONDS         for the head of a request, or a body [10]
  VOICE_IDLE_SECONDS         silence that ends a session [600]
  VOICE_SESSION_SECONDS      longest session [14400]
  VOICE_PING_SECONDS         how often silent clients are pinged; 0 for never [30]
  VOICE_GRACE_SECONDS        for sessions to finish when the server stops [20]

Speech:
  VOSK_MODEL_PATH            the Vosk model [models/ar-commands, as shipped]: a folder, or a known name, which is
                             downloaded when it is missing. LANGUAGE= in front says what it is for, where neither
                             `models list` nor its name does
  VOICE_STT_MODELS           further models in the same form, separated by commas. Each stands in for those of its
                             language before it
  VOICE_TTS_VOICES           voices, in the same form: names, folders, .onnx files, or LANGUAGE=espeak. `say` has
                             espeak-ng behind them; the server has these alone, and speech is 404 without any
  VOICE_TTS_LOUDNESS         how loud voices are made, in LUFS, -40 to -8; own: as loud as each is [-18]
  VOICE_TTS_LEXICON          file of words and how they are said, as for `say --lexicon`; read again at SIGHUP [none]
  TTS_HOME                   folder for downloaded voices [that for models]
  VOICE_LIBVOSK              path of libvosk, for speech to text [beside the program]
  VOICE_ONNXRUNTIME          path of ONNX Runtime's library, for neural voices [beside the program]
  VOICE_ESPEAK               path of espeak-ng's library [where the system looks]
  VOICE_TASHKEEL             folder of a diacritizer, for Arabic neural voices [none]
  VOICE_MODELS_DIR           folder for downloaded models [libvoice/models in the user's data folder]
  VOICE_MANIFEST             a list of further models, in the format of models/manifest.toml
  VOICE_OFFLINE              true: never download [false]
  VOICE_CA_FILE              certificate authorities in PEM form: further ones for downloads and doctor, the only ones
                             for a REDIS_URL with TLS
  HTTPS_PROXY, NO_PROXY …    proxies for downloads, as curl understands them
  VOICE_LOAD_ATTEMPTS        attempts to load a model, for errors that can heal [3]
  VOICE_RETRY_SECONDS        until the next attempts; longer each time, up to ten minutes [60]
  VOICE_CANARY_SECONDS       how often a model must show that it works [30]
  VOICE_ENGINE_DEADLINE_MS   how long an engine may be silent before it is loaded anew [4000]
  VOICE_THREADS              threads that decode [number of cores]
  VOICE_SILENCE_MS           silence that ends an utterance [800]";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve WebSocket and HTTP clients (the default)
    Serve,
    /// Print what is said in recordings
    Transcribe(Transcribe),
    /// Speak a text into a WAV file
    Say(Say),
    /// Show every variable with the value in force; secrets are not shown
    Config,
    /// Check the audit log
    Audit(Audit),
    /// Check a running server row by row, as a client sees it
    Doctor(Doctor),
    /// Load a model and let it hear or say a word: what the server does with folders that it does not know
    #[command(hide = true)]
    TryModel { path: PathBuf },
    /// Run espeak-ng for the process at the other end of standard input
    #[command(hide = true)]
    EspeakHelper,
    /// Show, bring, check and remove models
    Models(Models),
}

#[derive(Args)]
pub(crate) struct Audit {
    #[command(subcommand)]
    pub(crate) action: AuditAction,
}

#[derive(Subcommand)]
pub(crate) enum AuditAction {
    /// Say whether any line of the file was changed, removed or put in between, and whether its end is there
    Verify {
        file: PathBuf,
        /// The file of a secret that it was signed with, beside those of the environment; repeat it for more
        #[arg(long = "key-file", value_name = "FILE")]
        key_files: Vec<PathBuf>,
    },
}

#[derive(Args)]
pub(crate) struct Doctor {
    /// The server's address, such as `https://voice.example.com` [the server of this configuration, on this machine; its certificate is not checked then]
    pub(crate) url: Option<String>,
    /// The file of the admin secret, or `-` for standard input; rows that need it are skipped without. It is not sent in clear to another machine
    #[arg(long, value_name = "FILE")]
    pub(crate) admin_secret_file: Option<PathBuf>,
    /// Ask for /health only: the health check of a container
    #[arg(long, conflicts_with_all = ["admin_secret_file", "json"])]
    pub(crate) health: bool,
    /// All rows as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// How long one answer may take
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=300))]
    pub(crate) timeout: u64,
}

#[derive(Args)]
pub(crate) struct Models {
    #[command(subcommand)]
    pub(crate) action: ModelsAction,
    /// Folder of the models, instead of the configured one
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) dir: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum ModelsAction {
    /// Show which models there are and which are here
    List,
    /// Download a model, going on where an earlier download ended
    Pull { name: String },
    /// Check models: those given by name or path, or all that are here. Where no hashes are known of one, it is
    /// loaded and tested in a process of its own
    Verify {
        #[arg(value_name = "NAME|PATH")]
        models: Vec<PathBuf>,
    },
    /// Remove a model, or what a download has brought of it
    Remove { name: String },
    /// Show everything known of a model
    Info { name: String },
}

#[derive(Args)]
pub(crate) struct Transcribe {
    /// WAV files of 4 to 192 kHz with up to 8 channels, or `-` for one on standard input: RIFF, RF64 or Wave64; PCM,
    /// floats, A-law, µ-law, ADPCM or GSM
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Whether channels are mixed, or apart: then each has its own text, with its number in front or in the JSON
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Channels::Mix)]
    pub(crate) channels: Channels,
    #[command(flatten)]
    pub(crate) output: Output,
    /// A phrase to listen for; repeat it for more. Without it, the whole vocabulary
    #[arg(long = "phrase", value_name = "PHRASE")]
    pub(crate) phrases: Vec<String>,
    /// A Vosk model's folder or name, perhaps with LANGUAGE= in front; instead of the configured one
    #[arg(long, value_name = "MODEL", value_parser = OsStringValueParser::new().try_map(ModelChoice::try_from))]
    pub(crate) model: Option<ModelChoice>,
}

#[derive(Args)]
pub(crate) struct Say {
    /// What to say; `-` reads it from standard input, and speaks while it is written
    pub(crate) text: String,
    /// The WAV file; `-` writes bare 16-bit samples to standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// A voice's name, folder or .onnx file, or espeak, perhaps with LANGUAGE= in front; if it fails, no other speaks
    #[arg(long, value_name = "VOICE", value_parser = OsStringValueParser::new().try_map(ModelChoice::try_from))]
    pub(crate) voice: Option<ModelChoice>,
    /// The language, such as ar or en-GB [that of the letters in the text]
    #[arg(long, value_name = "TAG")]
    pub(crate) language: Option<String>,
    /// Times as fast, 0.25 to 4
    #[arg(long, default_value_t = 1.0)]
    pub(crate) speed: f32,
    /// Times as high, 0.5 to 2
    #[arg(long, default_value_t = 1.0)]
    pub(crate) pitch: f32,
    /// How loud the voice is made, in LUFS, -40 to -8, or own: as loud as it is [-18]
    #[arg(long, value_name = "LUFS", allow_hyphen_values = true)]
    pub(crate) loudness: Option<Loudness>,
    /// Times as loud as that, 0 to 4
    #[arg(long, default_value_t = 1.0)]
    pub(crate) volume: f32,
    /// Number of the speaker, of a voice that has several
    #[arg(long)]
    pub(crate) speaker: Option<u32>,
    /// Samples a second [the voice's own]
    #[arg(long, value_name = "HZ")]
    pub(crate) rate: Option<u32>,
    /// The text is SSML
    #[arg(long)]
    pub(crate) ssml: bool,
    /// A file of words and how they are said: a word, a tab, and what is said or /IPA/ [that of `VOICE_TTS_LEXICON`]
    #[arg(long, value_name = "FILE")]
    pub(crate) lexicon: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Channels {
    Mix,
    Split,
}

#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct Output {
    /// One JSON object a line for each file: text, utterances, words, times
    #[arg(long)]
    pub(crate) json: bool,
    /// SubRip subtitles
    #[arg(long)]
    pub(crate) srt: bool,
    /// WebVTT subtitles
    #[arg(long)]
    pub(crate) vtt: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_variable_is_in_the_help_with_its_default() {
        for setting in crate::config::parse(&|_| Ok(None)).unwrap().settings {
            let (_, entry) = AFTER_HELP.split_once(setting.name).expect(setting.name);
            // Computed ones are told in words.
            let computed = [
                "VOICE_THREADS",
                "VOICE_MAX_CONNECTIONS",
                "VOICE_SESSIONS_PER_IP",
                "VOICE_SESSIONS_PER_SUBJECT",
                "VOICE_RESERVED_SESSIONS",
                "VOICE_CONNECTIONS_PER_IP",
            ];
            if !setting.value.is_empty() && !computed.contains(&setting.name) {
                let default = format!("[{}]", setting.value);
                assert!(entry.lines().next().unwrap().ends_with(&default), "{}: {default}", setting.name);
            }
        }
    }

    #[test]
    fn every_variable_is_in_the_deployment_guide() {
        let guide = include_str!("../../docs/deploy.md");
        let missing = std::cell::RefCell::new(Vec::new());
        let _ = crate::config::parse(&|name| {
            if !guide.contains(&format!("| `{name}` |")) {
                missing.borrow_mut().push(name.to_owned());
            }
            Ok(None)
        });
        assert!(missing.borrow().is_empty(), "docs/deploy.md lacks {missing:?}");
    }
}
