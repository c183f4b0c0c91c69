//! Errors: a number, its stable name, and a sentence that says what to do.

use std::ffi::{CStr, CString, c_char};

use voice_core::ErrorKind;

use crate::owned;

/// The number of an error. Numbers are never reused and never change their meaning; newer libraries may add some.
/// `voice_error_name` gives the name that the other interfaces use.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_code {
    /// No error.
    Ok = 0,
    /// A required pointer is NULL.
    ArgumentNull = 1,
    /// A value that no version accepts: a wrong `struct_size`, an impossible length, text that is not UTF-8.
    ArgumentInvalid = 2,
    /// A field that this version of the library does not know is not zero.
    Unsupported = 3,
    /// Another call on the same session is in progress.
    Busy = 4,
    /// A sample rate, channel count or encoding outside the supported range.
    AudioFormatUnsupported = 10,
    /// The stream ended in the middle of a sample.
    AudioMisaligned = 11,
    /// (server) An audio message without a single sample.
    AudioEmpty = 12,
    /// A file that cannot be read as audio, or that is truncated.
    AudioFileInvalid = 13,
    /// A push that is not an Opus packet.
    AudioPacketInvalid = 14,
    /// The audio is probably of another format than was declared; it is decoded as declared.
    AudioFormatDoubtful = 15,
    /// An option outside its range.
    OptionInvalid = 20,
    /// (server) An option that this version does not know; it was ignored.
    OptionUnknown = 21,
    /// A phrase that cannot be passed to the model, or with a word that the model does not know.
    GrammarInvalid = 22,
    /// The model's graph is static and takes no grammar at run time.
    GrammarUnsupported = 23,
    /// A document that is not well-formed SSML, or that uses refused parts of XML.
    SsmlInvalid = 24,
    /// A text or document larger than the limit.
    TextTooLarge = 25,
    /// A line of a lexicon that cannot be read, or an entry that cannot be spoken.
    LexiconInvalid = 26,
    /// A text with nothing that a voice can speak.
    TextEmpty = 27,
    /// No model under that name or path.
    ModelNotFound = 30,
    /// A file of the model is missing.
    ModelIncomplete = 31,
    /// A file of the model is truncated, or its content does not match its name.
    ModelInvalid = 32,
    /// A file of the model cannot be read.
    ModelUnreadable = 33,
    /// The model is being loaded.
    ModelLoading = 34,
    /// The engine refused the model.
    ModelLoadFailed = 35,
    /// The model is loaded but does not answer.
    ModelStuck = 36,
    /// Less memory is free than the model needs.
    MemoryInsufficient = 37,
    /// A model failed in a session, which continues with its next model.
    ModelFallback = 38,
    /// This build does not contain the engine.
    EngineUnavailable = 40,
    /// The engine failed during a call; the utterance is lost, the session continues.
    EngineFailed = 41,
    /// A call after the end of the stream.
    SessionEnded = 50,
    /// (server) The session limit is reached.
    SessionLimit = 51,
    /// The session's queue is full.
    Overloaded = 52,
    /// (server) A message that is not part of the protocol.
    MessageInvalid = 53,
    /// A message larger than the limit.
    MessageTooLarge = 54,
    /// (server) The store of answers does not answer.
    StorageUnavailable = 55,
    /// A file of the user cannot be opened, read or written.
    Io = 60,
    /// A list of models that cannot be read.
    ManifestInvalid = 70,
    /// The model is not installed, and downloads are disabled.
    Offline = 71,
    /// A download and its retries were interrupted.
    DownloadFailed = 72,
    /// The server refused to send the file.
    DownloadRefused = 73,
    /// The downloaded file does not match the manifest.
    DownloadMismatch = 74,
    /// An archive that is damaged, or that contains anything other than files below its own folder.
    ArchiveInvalid = 75,
    /// The disk is too small or full.
    DiskFull = 76,
    /// The folder of models cannot be written.
    StoreUnwritable = 77,
    /// The caller cancelled the work.
    Cancelled = 78,
    /// The store did not install the model: it ships with the project, or no pull installed it.
    ModelNotRemovable = 79,
    /// A bug in libvoice. Please report it.
    Internal = 101,
}

impl voice_code {
    const fn name(self) -> &'static CStr {
        match self {
            Self::Ok => c"ok",
            Self::ArgumentNull => c"argument_null",
            Self::ArgumentInvalid => c"argument_invalid",
            Self::Unsupported => c"unsupported",
            Self::Busy => c"busy",
            Self::AudioFormatUnsupported => c"audio_format_unsupported",
            Self::AudioMisaligned => c"audio_misaligned",
            Self::AudioEmpty => c"audio_empty",
            Self::AudioFileInvalid => c"audio_file_invalid",
            Self::AudioPacketInvalid => c"audio_packet_invalid",
            Self::AudioFormatDoubtful => c"audio_format_doubtful",
            Self::OptionInvalid => c"option_invalid",
            Self::OptionUnknown => c"option_unknown",
            Self::GrammarInvalid => c"grammar_invalid",
            Self::GrammarUnsupported => c"grammar_unsupported",
            Self::SsmlInvalid => c"ssml_invalid",
            Self::TextTooLarge => c"text_too_large",
            Self::TextEmpty => c"text_empty",
            Self::LexiconInvalid => c"lexicon_invalid",
            Self::ModelNotFound => c"model_not_found",
            Self::ModelIncomplete => c"model_incomplete",
            Self::ModelInvalid => c"model_invalid",
            Self::ModelUnreadable => c"model_unreadable",
            Self::ModelLoading => c"model_loading",
            Self::ModelLoadFailed => c"model_load_failed",
            Self::ModelStuck => c"model_stuck",
            Self::MemoryInsufficient => c"memory_insufficient",
            Self::ModelFallback => c"model_fallback",
            Self::EngineUnavailable => c"engine_unavailable",
            Self::EngineFailed => c"engine_failed",
            Self::SessionEnded => c"session_ended",
            Self::SessionLimit => c"session_limit",
            Self::Overloaded => c"overloaded",
            Self::MessageInvalid => c"message_invalid",
            Self::MessageTooLarge => c"message_too_large",
            Self::StorageUnavailable => c"storage_unavailable",
            Self::Io => c"io",
            Self::ManifestInvalid => c"manifest_invalid",
            Self::Offline => c"offline",
            Self::DownloadFailed => c"download_failed",
            Self::DownloadRefused => c"download_refused",
            Self::DownloadMismatch => c"download_mismatch",
            Self::ArchiveInvalid => c"archive_invalid",
            Self::DiskFull => c"disk_full",
            Self::StoreUnwritable => c"store_unwritable",
            Self::ModelNotRemovable => c"model_not_removable",
            Self::Cancelled => c"cancelled",
            Self::Internal => c"internal",
        }
    }
}

impl From<ErrorKind> for voice_code {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::AudioFormatUnsupported => Self::AudioFormatUnsupported,
            ErrorKind::AudioMisaligned => Self::AudioMisaligned,
            ErrorKind::AudioEmpty => Self::AudioEmpty,
            ErrorKind::AudioFileInvalid => Self::AudioFileInvalid,
            ErrorKind::AudioPacketInvalid => Self::AudioPacketInvalid,
            ErrorKind::AudioFormatDoubtful => Self::AudioFormatDoubtful,
            ErrorKind::OptionInvalid => Self::OptionInvalid,
            ErrorKind::OptionUnknown => Self::OptionUnknown,
            ErrorKind::GrammarInvalid => Self::GrammarInvalid,
            ErrorKind::GrammarUnsupported => Self::GrammarUnsupported,
            ErrorKind::SsmlInvalid => Self::SsmlInvalid,
            ErrorKind::TextTooLarge => Self::TextTooLarge,
            ErrorKind::TextEmpty => Self::TextEmpty,
            ErrorKind::LexiconInvalid => Self::LexiconInvalid,
            ErrorKind::ModelNotFound => Self::ModelNotFound,
            ErrorKind::ModelIncomplete => Self::ModelIncomplete,
            ErrorKind::ModelInvalid => Self::ModelInvalid,
            ErrorKind::ModelUnreadable => Self::ModelUnreadable,
            ErrorKind::ModelLoading => Self::ModelLoading,
            ErrorKind::ModelLoadFailed => Self::ModelLoadFailed,
            ErrorKind::ModelStuck => Self::ModelStuck,
            ErrorKind::MemoryInsufficient => Self::MemoryInsufficient,
            ErrorKind::ModelFallback => Self::ModelFallback,
            ErrorKind::EngineUnavailable => Self::EngineUnavailable,
            ErrorKind::EngineFailed => Self::EngineFailed,
            ErrorKind::SessionEnded => Self::SessionEnded,
            ErrorKind::SessionLimit => Self::SessionLimit,
            ErrorKind::Overloaded => Self::Overloaded,
            ErrorKind::MessageInvalid => Self::MessageInvalid,
            ErrorKind::MessageTooLarge => Self::MessageTooLarge,
            ErrorKind::StorageUnavailable => Self::StorageUnavailable,
            ErrorKind::Io => Self::Io,
            ErrorKind::ManifestInvalid => Self::ManifestInvalid,
            ErrorKind::Offline => Self::Offline,
            ErrorKind::DownloadFailed => Self::DownloadFailed,
            ErrorKind::DownloadRefused => Self::DownloadRefused,
            ErrorKind::DownloadMismatch => Self::DownloadMismatch,
            ErrorKind::ArchiveInvalid => Self::ArchiveInvalid,
            ErrorKind::DiskFull => Self::DiskFull,
            ErrorKind::StoreUnwritable => Self::StoreUnwritable,
            ErrorKind::ModelNotRemovable => Self::ModelNotRemovable,
            ErrorKind::Cancelled => Self::Cancelled,
            // A kind added to the core and forgotten here fails the test below.
            _ => Self::Internal,
        }
    }
}

/// Why a call failed.
#[derive(Debug)]
pub struct voice_error {
    code: voice_code,
    retryable: bool,
    message: CString,
}

impl voice_error {
    pub(crate) fn new(code: voice_code, message: &str) -> Self {
        // Without control characters, and so without NUL.
        let message = CString::new(voice_core::one_line(message.to_owned())).unwrap_or_default();
        Self { code, retryable: code == voice_code::Busy, message }
    }

    #[cfg(test)]
    pub(crate) fn code(&self) -> voice_code {
        self.code
    }
}

impl From<voice_core::Error> for voice_error {
    fn from(error: voice_core::Error) -> Self {
        let code = error.kind().into();
        Self { retryable: error.kind().is_retryable(), ..Self::new(code, &voice_core::report(&error)) }
    }
}

/// The number of the error; `VOICE_CODE_OK` for NULL.
///
/// Ownership: `error` stays yours.
/// Threads: any thread, at once.
/// Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn voice_error_code(error: Option<&voice_error>) -> voice_code {
    error.map_or(voice_code::Ok, |error| error.code)
}

/// The stable name of the error, such as `model_not_found`; `ok` for NULL.
///
/// Ownership: the text is static; do not free it.
/// Threads: any thread, at once.
/// Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn voice_error_name(error: Option<&voice_error>) -> *const c_char {
    voice_error_code(error).name().as_ptr()
}

/// One line in UTF-8 that says what happened and what to do, for logs and developers; empty for NULL.
///
/// Ownership: borrowed; valid until `error` is freed.
/// Threads: any thread, at once.
/// Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn voice_error_message(error: Option<&voice_error>) -> *const c_char {
    error.map_or(c"", |error| &error.message).as_ptr()
}

/// Whether the same call may succeed later without a change; false for NULL.
///
/// Ownership: `error` stays yours.
/// Threads: any thread, at once.
/// Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn voice_error_is_retryable(error: Option<&voice_error>) -> bool {
    error.is_some_and(|error| error.retryable)
}

/// Frees an error; NULL is allowed.
///
/// Ownership: takes `error`.
/// Threads: any thread, after all other calls on it.
/// Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn voice_error_free(error: Option<Box<voice_error>>) {
    owned::free(error);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pointer: *const c_char) -> &'static str {
        // SAFETY: the functions under test return NUL-terminated text that outlives the test.
        unsafe { CStr::from_ptr(pointer) }.to_str().unwrap()
    }

    #[test]
    fn every_core_error_has_a_number() {
        for &kind in ErrorKind::ALL {
            let error = voice_error::from(voice_core::Error::new(kind, "x"));
            assert_eq!(text(voice_error_name(Some(&error))), kind.code());
            assert_eq!(voice_error_is_retryable(Some(&error)), kind.is_retryable(), "{kind:?}");
        }
    }

    #[test]
    fn message_includes_causes_and_is_nul_terminated() {
        let cause = std::io::Error::other("disk \0 on fire");
        let error = voice_core::Error::new(ErrorKind::Io, "cannot read a.wav").with_source(cause);
        let error = voice_error::from(error);
        assert_eq!(error.message.to_str(), Ok("cannot read a.wav: disk   on fire"));
        assert_eq!(voice_error_message(Some(&error)), error.message.as_ptr());
        assert_eq!(voice_error_code(Some(&error)), voice_code::Io);
    }

    #[test]
    fn null_is_ok() {
        assert_eq!(voice_error_code(None), voice_code::Ok);
        assert_eq!(text(voice_error_name(None)), "ok");
        assert_eq!(text(voice_error_message(None)), "");
        assert!(!voice_error_is_retryable(None));
        voice_error_free(None);
    }
}
