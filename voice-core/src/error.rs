//! The error type of the crate, and the table of its stable codes.

use std::error::Error as StdError;
use std::fmt;

/// A result whose error is this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $code:literal $(, $retry:ident)?;)*) => {
        /// The kind of an error.
        ///
        /// Its [`code`](Self::code) appears in HTTP bodies, WebSocket messages, the C API and logs. A code never
        /// changes its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind { $($(#[$doc])* $kind,)* }

        impl ErrorKind {
            /// Every kind, in the order of docs/errors.md.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The stable code of this kind.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$kind => $code,)* }
            }

            /// The kind with this stable code.
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.code() == code)
            }

            /// Whether the same call may succeed later without a change by the caller.
            pub const fn is_retryable(self) -> bool {
                match self { $(Self::$kind => kinds!(@retry $($retry)?),)* }
            }
        }
    };
    (@retry retryable) => { true };
    (@retry) => { false };
}

kinds! {
    /// A sample rate, channel count or encoding outside the supported range.
    AudioFormatUnsupported = "audio_format_unsupported";
    /// The stream ended, or a message was cut, in the middle of a sample.
    AudioMisaligned = "audio_misaligned";
    /// (server) An audio message without a single sample.
    AudioEmpty = "audio_empty";
    /// A file that cannot be read as audio.
    AudioFileInvalid = "audio_file_invalid";
    /// A message that is not an Opus packet.
    AudioPacketInvalid = "audio_packet_invalid";
    /// The audio is probably of another format than was declared; it is decoded as declared.
    AudioFormatDoubtful = "audio_format_doubtful";
    /// A session option outside its range.
    OptionInvalid = "option_invalid";
    /// (server) An option that this version does not know; it was ignored.
    OptionUnknown = "option_unknown";
    /// A phrase that cannot be passed to the model, or with a word that the model does not know.
    GrammarInvalid = "grammar_invalid";
    /// The model's graph is static and takes no grammar at run time.
    GrammarUnsupported = "grammar_unsupported";
    /// A document that is not well-formed SSML, or that uses refused parts of XML.
    SsmlInvalid = "ssml_invalid";
    /// A text or document larger than the limit.
    TextTooLarge = "text_too_large";
    /// A text with nothing that a voice can speak.
    TextEmpty = "text_empty";
    /// A line of a lexicon that cannot be read, or an entry that cannot be spoken.
    LexiconInvalid = "lexicon_invalid";
    /// No model under that name or path.
    ModelNotFound = "model_not_found";
    /// A file of the model is missing.
    ModelIncomplete = "model_incomplete";
    /// A file of the model is truncated, or its content does not match its name.
    ModelInvalid = "model_invalid";
    /// A file of the model cannot be read (permissions, input/output error).
    ModelUnreadable = "model_unreadable", retryable;
    /// The model is being loaded.
    ModelLoading = "model_loading", retryable;
    /// The engine refused the model.
    ModelLoadFailed = "model_load_failed", retryable;
    /// The model does not answer; it is being reloaded.
    ModelStuck = "model_stuck", retryable;
    /// A model failed in a session, which continues with its next model.
    ModelFallback = "model_fallback";
    /// Less memory is free than the model needs.
    MemoryInsufficient = "memory_insufficient", retryable;
    /// A list of models that cannot be read.
    ManifestInvalid = "manifest_invalid";
    /// The model is not installed, and downloads are disabled.
    Offline = "offline";
    /// A download and its retries were interrupted; the next download resumes.
    DownloadFailed = "download_failed", retryable;
    /// The server refused to send the file.
    DownloadRefused = "download_refused";
    /// The downloaded file does not match the manifest; it was deleted.
    DownloadMismatch = "download_mismatch";
    /// An archive that is damaged, too large, or contains links or paths that lead out of it.
    ArchiveInvalid = "archive_invalid";
    /// The disk is too small or full.
    DiskFull = "disk_full", retryable;
    /// The folder of models cannot be written.
    StoreUnwritable = "store_unwritable";
    /// The store did not install the model: it ships with the project, or it was not downloaded by `pull`.
    ModelNotRemovable = "model_not_removable";
    /// The caller cancelled the work.
    Cancelled = "cancelled";
    /// This build does not contain the engine, or the library that it needs is not installed.
    EngineUnavailable = "engine_unavailable";
    /// The engine failed during a call.
    EngineFailed = "engine_failed", retryable;
    /// (server) A message that is not part of the protocol.
    MessageInvalid = "message_invalid";
    /// A message larger than the limit.
    MessageTooLarge = "message_too_large";
    /// A call that does not fit the session's state, such as audio after its end.
    SessionEnded = "session_ended";
    /// (server) The session limit is reached.
    SessionLimit = "session_limit", retryable;
    /// The session's queue is full.
    Overloaded = "overloaded", retryable;
    /// (server) The store of answers does not answer. What was answered since is held in memory and saved later.
    StorageUnavailable = "storage_unavailable", retryable;
    /// A file of the user cannot be opened, read or written.
    Io = "io", retryable;
    /// A bug in this library. Please report it.
    Internal = "internal";
}

/// An error: its kind, and one sentence that says what failed and what to do.
///
/// [`Display`](fmt::Display) shows this sentence only. Causes are chained through
/// [`source`](StdError::source). [`report`] prints the whole chain.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl serde::Serialize for ErrorKind {
    /// The [code](Self::code).
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl Error {
    /// An error of `kind`, with a sentence that says what to do.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// Adds the cause of the error.
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The stable code of [`kind`](Self::kind).
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// A copy of the error whose message includes those of its causes.
    pub(crate) fn again(&self) -> Self {
        Self::new(self.kind, report(self))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// `error` and all its causes on one line, outermost first. Control characters in names and paths become spaces, and
/// a very long line is shortened.
pub fn report(error: &dyn StdError) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    one_line(line)
}

/// The length in bytes beyond which [`one_line`] shortens a line.
const MAX_LINE: usize = 2_048;

/// `text` with a space for each character that could end a line, move a terminal's cursor or change the direction of
/// the following text. Beyond 2 KiB it is shortened in its middle, where names are.
#[doc(hidden)]
pub fn one_line(mut text: String) -> String {
    let is_unsafe =
        |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    if text.contains(is_unsafe) {
        text = text.replace(is_unsafe, " ");
    }
    if text.len() > MAX_LINE {
        let (head, tail) =
            (text.floor_char_boundary(MAX_LINE / 2), text.ceil_char_boundary(text.len() - MAX_LINE / 2));
        text.replace_range(head..tail, " […] ");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_and_snake_case() {
        let codes: HashSet<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), ErrorKind::ALL.len());
        for code in codes {
            assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{code}");
        }
    }

    #[test]
    fn every_code_is_documented() {
        let table = include_str!("../../docs/errors.md");
        for kind in ErrorKind::ALL {
            let row = table.lines().find(|line| line.starts_with(&format!("| `{}` |", kind.code())));
            let row = row.unwrap_or_else(|| panic!("docs/errors.md has no row for {}", kind.code()));
            let retry = if kind.is_retryable() { "| yes |" } else { "| no |" };
            assert!(row.contains(retry), "docs/errors.md is wrong on retrying: {row}");
        }
    }

    #[test]
    fn codes_of_the_server_are_not_raised_here() {
        fn sources(folder: &std::path::Path) -> String {
            let paths = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
            let paths = paths.filter(|path| path.file_name().is_some_and(|name| name != "error.rs"));
            paths
                .map(
                    |path| {
                        if path.is_dir() { sources(&path) } else { std::fs::read_to_string(path).unwrap() }
                    },
                )
                .collect()
        }
        let code = sources(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
        let table = include_str!("../../docs/errors.md");
        for kind in ErrorKind::ALL {
            let row = table.lines().find(|line| line.starts_with(&format!("| `{}` |", kind.code()))).unwrap();
            let is_raised = code.contains(&format!("ErrorKind::{kind:?}"));
            assert_eq!(row.contains("(server)"), !is_raised, "{row}");
        }
    }

    #[test]
    fn report_shows_causes_and_display_does_not() {
        let cause = std::io::Error::other("disk on fire");
        let error = Error::new(ErrorKind::Io, "cannot read a.wav; check the file").with_source(cause);
        assert_eq!(error.to_string(), "cannot read a.wav; check the file");
        assert_eq!(report(&error), "cannot read a.wav; check the file: disk on fire");
    }

    #[test]
    fn report_is_one_line_of_bounded_length() {
        let named =
            |name: &str| report(&Error::new(ErrorKind::Io, format!("{name}: cannot be read; check it")));
        assert_eq!(named("a\nb\u{1b}[2Jc\u{2028}d\u{202e}e\0"), "a b [2Jc d e : cannot be read; check it");
        let long = named(&"م".repeat(1 << 20));
        assert!(long.len() < MAX_LINE + 16, "{}", long.len());
        assert!(long.starts_with("ممم") && long.ends_with("cannot be read; check it"));
        assert_eq!(named("نعم"), "نعم: cannot be read; check it");
    }
}
