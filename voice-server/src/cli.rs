//! The command line.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;
use voice_core::LanguageTag;
use voice_core::source::ModelChoice;

use crate::config::Loudness;

/// Streaming speech to text and text to speech: a server with the vosk-server protocol, and a command line.
#[derive(Parser)]
#[command(version, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// The command line without the hidden commands.
pub(crate) fn public() -> clap::Command {
    let all = Arguments::command();
    let shown = all.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    clap::Command::new("voice-server")
        .version(env!("CARGO_PKG_VERSION"))
        .about(all.get_about().cloned().unwrap_or_default())
        .after_help(AFTER_HELP)
        .subcommands(shown.collect::<Vec<_>>())
}

/// The variables: below a heading that ends with a colon, each with what it does and its default in brackets.
pub(crate) const AFTER_HELP: &str = "\
Environment (details in docs/deploy.md; `voice-server config` shows the values in force):
  PORT                       port to listen on [2700]
  VOICE_HOST                 address to listen on [0.0.0.0]
  VOICE_SERVICE_ENV          development, or production: strong secrets, sessions need tokens, JSON logs [development]
  LOG_LEVEL                  ERROR, WARN, INFO, DEBUG or TRACE [INFO]
  OTEL_EXPORTER_OTLP_ENDPOINT   collector of traces, such as http://127.0.0.1:4318 [none]

Access:
  VOICE_SERVICE_SECRET       opens admin paths; 32 bytes or more [none: admin paths are closed]
  VOICE_SERVICE_TOKEN        signs tokens; 32 bytes or more [none: secured paths are closed]
  VOICE_TOKEN_ED25519_KEY    PEM file of a key that signs tokens instead [none]
  VOICE_TOKEN_ISSUER         issuer of tokens [voice-server]
  VOICE_TOKEN_AUDIENCE       audience of tokens [voice]
  VOICE_TOKEN_MAX_SECONDS    longest lifetime of a token [86400]
  VOICE_BASIC                false: sessions and speech need a token, the default in production [true]
  VOICE_ALLOWED_ORIGINS      origins whose pages may connect, separated by commas [none; any localhost in development]
  VOICE_TRUSTED_PROXIES      number of trusted proxies in front, for X-Forwarded-For [0]
  VOICE_AUDIT_LOG            file of the audit log [the ordinary log]
  VOICE_AUDIT_KEY            a secret that signs the audit log [VOICE_SERVICE_SECRET]
  VOICE_TLS_CERT, VOICE_TLS_KEY   PEM files of a certificate chain and its key [none: no TLS]

Limits:
  MAX_CONCURRENT_SESSIONS    maximum sessions [10]
  VOICE_SESSIONS_PER_IP      maximum sessions per client address [MAX_CONCURRENT_SESSIONS; half in production]
  VOICE_SESSIONS_PER_SUBJECT maximum sessions per token subject [MAX_CONCURRENT_SESSIONS; half in production]
  VOICE_RESERVED_SESSIONS    sessions reserved for clients with tokens [a quarter if tokens are configured]
  RATE_LIMIT_PER_MINUTE      requests per client address: sessions, tickets, speech, wrong tokens, refusals [60]
  REDIS_URL                  Redis through which instances share these limits [none]
  VOICE_MAX_CONNECTIONS      open connections of any kind [sessions + 1000]
  VOICE_CONNECTIONS_PER_IP   maximum connections per client address [three quarters, and enough for its sessions]
  VOICE_AUDIO_RATE           seconds of audio that a session may send per second, after a first minute; 0: no limit [4]
  VOICE_MESSAGES_PER_SECOND  messages that a session may send per second, after a first burst; 0: no limit [250]
  VOICE_HEAD_SECONDS         deadline for the head of a request, or a body [10]
  VOICE_IDLE_SECONDS         time without a message that ends a session [600]
  VOICE_SESSION_SECONDS      longest session [14400]
  VOICE_PING_SECONDS         how often silent clients are pinged; 0: never [30]
  VOICE_GRACE_SECONDS        time for sessions to finish when the server stops [20]

Interviews:
  DATABASE_URL               PostgreSQL that stores interviews: postgres://user:password@host/database [none: SQLite]
  VOICE_STORE_PATH           file of the SQLite database [libvoice/interviews/interviews.sqlite in the user's data folder]
  VOICE_STORE_KEYS           keys that seal the answers, [NAME:]BASE64 of 32 bytes each, separated by commas; the first
                             one seals, all of them open [a file beside the SQLite database; none in production:
                             interviews are switched off]
  VOICE_RETENTION_DAYS       days after the last change until an interview is deleted [90]
  FHIR_BASE_URL              FHIR R4 server that gets finished responses, such as https://fhir.example.com/r4 [none]
  FHIR_BEARER_TOKEN          bearer token for that server [none]

Speech:
  VOSK_MODEL_PATH            the Vosk model [models/ar-commands, as shipped]: a folder, or a known name, which is
                             downloaded if it is missing. LANGUAGE= in front sets its language, if neither
                             `models list` nor its name gives one
  VOICE_STT_MODELS           fallback models in the same form, separated by commas. They are tried in order: each is
                             the fallback for earlier models of its language
  VOICE_TTS_VOICES           voices, in the same form: names, folders, .onnx files, or LANGUAGE=espeak. `say` falls
                             back to espeak-ng; the server has only these voices, and speech is 404 without any
  VOICE_TTS_LOUDNESS         loudness of voices in LUFS, -40 to -8; own: each voice's own loudness [-18]
  VOICE_TTS_LEXICON          file of words and their pronunciation, as for `say --lexicon`; reloaded at SIGHUP [none]
  VOICE_FORMS                folder of the forms that interviews ask; reloaded at SIGHUP [the shipped forms]
  TTS_HOME                   folder for downloaded voices [that for models]
  VOICE_LIBVOSK              path of libvosk, for speech to text [beside the program]
  VOICE_ONNXRUNTIME          path of ONNX Runtime's library, for neural voices [beside the program]
  VOICE_ESPEAK               path of espeak-ng's library [where the system looks]
  VOICE_TASHKEEL             folder of a diacritizer, for Arabic neural voices [none]
  VOICE_MODELS_DIR           folder for downloaded models [libvoice/models in the user's data folder]
  VOICE_MANIFEST             a manifest of further models, in the format of models/manifest.toml
  VOICE_OFFLINE              true: never download [false]
  VOICE_CA_FILE              certificate authorities in PEM form: additional ones for downloads and doctor, the only ones
                             for a REDIS_URL with TLS
  HTTPS_PROXY, NO_PROXY ...  proxies for downloads, as curl understands them
  VOICE_LOAD_ATTEMPTS        attempts to load a model, for errors that may pass [3]
  VOICE_RETRY_SECONDS        seconds before a failed model is loaded again; grows up to ten minutes [60]
  VOICE_CANARY_SECONDS       how often a running model is tested [30]
  VOICE_ENGINE_DEADLINE_MS   how long an engine may take to answer before it is reloaded [4000]
  VOICE_THREADS              threads for decoding, and as many for speech [number of cores]
  VOICE_SILENCE_MS           silence that ends an utterance [800]";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve WebSocket and HTTP clients (the default)
    Serve,
    /// Transcribe recordings
    Transcribe(Transcribe),
    /// Speak a text into a WAV file
    Say(Say),
    /// Ask a form, and print the FHIR response: by keyboard, or with recordings as answers
    Interview(Interview),
    /// Show every variable with the value in force; secrets are masked
    Config,
    /// Check the audit log
    Audit(Audit),
    /// Check a running server row by row, as a client sees it
    Doctor(Doctor),
    /// Print a script that completes the command line in a shell: `eval "$(voice-server completions bash)"`
    Completions { shell: Shell },
    /// Write the manual pages into a folder
    #[command(hide = true)]
    Man { folder: PathBuf },
    /// Load a model and test it; the server runs this for folders without known hashes
    #[command(hide = true)]
    TryModel { path: PathBuf },
    /// Run espeak-ng for the process at the other end of standard input
    #[command(hide = true)]
    EspeakHelper,
    /// List, download, verify and remove models
    Models(Models),
    /// Maintain the store of interviews
    Store(Store),
    /// Save and resume interviews of a counter; tests end it at any time
    #[command(hide = true)]
    TryStore(TryStore),
}

#[derive(Args)]
pub(crate) struct Store {
    #[command(subcommand)]
    pub(crate) action: StoreAction,
}

#[derive(Subcommand)]
pub(crate) enum StoreAction {
    /// Seal all answers with the first key of `VOICE_STORE_KEYS`; then the other keys can be removed
    Rotate,
}

#[derive(Args)]
pub(crate) struct TryStore {
    #[command(subcommand)]
    pub(crate) action: TryStoreAction,
}

#[derive(Subcommand)]
pub(crate) enum TryStoreAction {
    /// Count in an interview, and print each number when it is saved
    Count {
        /// The number at which the interview is completed
        last: u64,
        /// The interview's form
        #[arg(long, default_value = "urn:libvoice:try-store")]
        form: String,
        #[arg(long, default_value = "try-store")]
        subject: String,
        /// Go on with the interview of this resume token
        #[arg(long)]
        resume: Option<String>,
        /// The time between two numbers
        #[arg(long, value_name = "MS", default_value_t = 0)]
        pause: u64,
    },
    /// Resume the interview of a token, and print its number and the next token
    Resume {
        token: String,
        #[arg(long, default_value = "try-store")]
        subject: String,
    },
}

#[derive(Args)]
pub(crate) struct Audit {
    #[command(subcommand)]
    pub(crate) action: AuditAction,
}

#[derive(Subcommand)]
pub(crate) enum AuditAction {
    /// Check whether any line of the file was changed, removed or inserted, and whether its end is complete
    Verify {
        file: PathBuf,
        /// A file with a further secret of the log's signatures, in addition to those of the environment; can be repeated
        #[arg(long = "key-file", value_name = "FILE")]
        key_files: Vec<PathBuf>,
    },
}

#[derive(Args)]
pub(crate) struct Doctor {
    /// The server's address, such as `https://voice.example.com` [the server of this configuration, on this machine; its certificate is not checked then]
    pub(crate) url: Option<String>,
    /// The file of the admin secret, or `-` for standard input; without it, the rows that need it are skipped. It is never sent unencrypted to another machine
    #[arg(long, value_name = "FILE")]
    pub(crate) admin_secret_file: Option<PathBuf>,
    /// Check /health only: the health check of a container
    #[arg(long, conflicts_with_all = ["admin_secret_file", "json"])]
    pub(crate) health: bool,
    /// Print all rows as one JSON object
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
    /// List the known models and the installed ones
    List,
    /// Download a model; an interrupted download is resumed
    Pull { name: String },
    /// Verify the models given by name or path, or all installed models. A model without known hashes is loaded
    /// and tested in a separate process
    Verify {
        #[arg(value_name = "NAME|PATH")]
        models: Vec<PathBuf>,
    },
    /// Remove a model, or the files of an unfinished download
    Remove { name: String },
    /// Show everything known about a model
    Info { name: String },
}

#[derive(Args)]
pub(crate) struct Transcribe {
    /// Recordings of 4 to 192 kHz with up to 8 channels, or `-` for one on standard input: WAV (PCM, floats, A-law,
    /// µ-law, ADPCM, GSM), Ogg, Matroska and its form for browsers (Opus, Vorbis), MP4 and AAC, MP3, FLAC, AIFF, CAF
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Mix the channels, or split them: then each channel has its own text, with its number in front or in the JSON
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Channels::Mix)]
    pub(crate) channels: Channels,
    #[command(flatten)]
    pub(crate) output: Output,
    /// A phrase to recognize; can be repeated. Without it, the whole vocabulary
    #[arg(long = "phrase", value_name = "PHRASE")]
    pub(crate) phrases: Vec<String>,
    /// A Vosk model's folder or name, optionally with LANGUAGE= in front, instead of the configured model
    #[arg(long, value_name = "MODEL", value_parser = OsStringValueParser::new().try_map(ModelChoice::try_from))]
    pub(crate) model: Option<ModelChoice>,
}

/// The exit status is 0 if the response is complete.
#[derive(Args)]
pub(crate) struct Interview {
    /// The form: a FHIR R4 Questionnaire in JSON
    pub(crate) form: PathBuf,
    /// The language of the interview: ar or en, with a region if wanted
    #[arg(long = "lang", value_name = "TAG", default_value = "ar")]
    pub(crate) language: LanguageTag,
    /// A folder of recordings, one for each answer, in the order of their names; without it, answers are typed
    #[arg(long, value_name = "DIR")]
    pub(crate) answers: Option<PathBuf>,
    /// The file for the response, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// A Vosk model's folder or name, optionally with LANGUAGE= in front, instead of the configured model
    #[arg(long, value_name = "MODEL", value_parser = OsStringValueParser::new().try_map(ModelChoice::try_from))]
    pub(crate) model: Option<ModelChoice>,
}

#[derive(Args)]
pub(crate) struct Say {
    /// The text; `-` reads it from standard input, and speaks while it arrives
    pub(crate) text: String,
    /// The WAV file, or with the ending .opus or .ogg an Ogg file with Opus; `-` writes raw 16-bit samples to standard output
    #[arg(short, long, value_name = "FILE", required_unless_present = "show")]
    pub(crate) output: Option<PathBuf>,
    /// Print how the text is read: its clauses, and for each its language, the voices, the words that they are given,
    /// and the phonemes. Nothing is spoken without --output
    #[arg(long)]
    pub(crate) show: bool,
    /// A voice's name, folder or .onnx file, or espeak, optionally with LANGUAGE= in front; it has no fallback
    #[arg(long, value_name = "VOICE", value_parser = OsStringValueParser::new().try_map(ModelChoice::try_from))]
    pub(crate) voice: Option<ModelChoice>,
    /// The language of all clauses, such as ar or en-GB [each clause has that of most of its letters]
    #[arg(long, value_name = "TAG")]
    pub(crate) language: Option<String>,
    /// Speaking rate factor, 0.25 to 4
    #[arg(long, default_value_t = 1.0)]
    pub(crate) speed: f32,
    /// Pitch factor, 0.5 to 2
    #[arg(long, default_value_t = 1.0)]
    pub(crate) pitch: f32,
    /// Loudness in LUFS, -40 to -8, or own: the voice's own loudness [-18]
    #[arg(long, value_name = "LUFS", allow_hyphen_values = true)]
    pub(crate) loudness: Option<Loudness>,
    /// Gain factor on top of the loudness, 0 to 4
    #[arg(long, default_value_t = 1.0)]
    pub(crate) volume: f32,
    /// Number of the speaker, for a voice with several speakers
    #[arg(long)]
    pub(crate) speaker: Option<u32>,
    /// Sample rate [the voice's own]
    #[arg(long, value_name = "HZ")]
    pub(crate) rate: Option<u32>,
    /// The text is SSML
    #[arg(long)]
    pub(crate) ssml: bool,
    /// A file of words and their pronunciation: a word, a tab, and the spoken text or /IPA/ [that of `VOICE_TTS_LEXICON`]
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
    /// One JSON object per line for each file: text, utterances, words, times
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
