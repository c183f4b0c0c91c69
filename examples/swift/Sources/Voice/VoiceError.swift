import CVoice

/// A call of the library failed.
public struct VoiceError: Error, Hashable, CustomStringConvertible {
    /// The error code, for decisions.
    public let code: Code
    /// The stable name of the error, such as `model_not_found`; also for codes newer than this layer.
    public let name: String
    /// One line that says what happened and what to do.
    public let message: String
    /// Whether the same call may succeed later without a change.
    public let isRetryable: Bool

    public var description: String { "\(name): \(message)" }
}

extension VoiceError {
    /// A mistake of the caller found by this layer before the call.
    static func invalid(_ message: String) -> VoiceError {
        VoiceError(code: .argumentInvalid, name: "argument_invalid", message: message, isRetryable: false)
    }
}

/// Throws if the call returned an error.
func check(_ error: OpaquePointer?) throws(VoiceError) {
    guard let error else { return }
    defer { voice_error_free(error) }
    throw VoiceError(
        code: Code(rawValue: number(voice_error_code(error))) ?? .unknown,
        name: String(cString: voice_error_name(error)),
        message: String(cString: voice_error_message(error)),
        isRetryable: voice_error_is_retryable(error)
    )
}

/// The error codes of the header. Newer libraries may add some.
public enum Code: UInt32, Sendable {
    /// A required pointer is NULL.
    case argumentNull = 1
    /// A value that no version accepts: a wrong `struct_size`, an impossible length, text that is not UTF-8.
    case argumentInvalid = 2
    /// A field that this version of the library does not know is not zero.
    case unsupported = 3
    /// Another call on the same session is in progress.
    case busy = 4
    /// A sample rate, channel count or encoding outside the supported range.
    case audioFormatUnsupported = 10
    /// The stream ended in the middle of a sample.
    case audioMisaligned = 11
    /// (server) An audio message without a single sample.
    case audioEmpty = 12
    /// A file that cannot be read as audio, or that is truncated.
    case audioFileInvalid = 13
    case audioPacketInvalid = 14
    case audioFormatDoubtful = 15
    /// An option outside its range.
    case optionInvalid = 20
    /// (server) An option that this version does not know; it was ignored.
    case optionUnknown = 21
    /// A phrase that cannot be passed to the model, or with a word that the model does not know.
    case grammarInvalid = 22
    /// The model's graph is static and takes no grammar at run time.
    case grammarUnsupported = 23
    /// A document that is not well-formed SSML, or that uses refused parts of XML.
    case ssmlInvalid = 24
    /// A text or document larger than the limit.
    case textTooLarge = 25
    /// A line of a lexicon that cannot be read, or an entry that cannot be spoken.
    case lexiconInvalid = 26
    /// A text with nothing that a voice can speak.
    case textEmpty = 27
    /// No model under that name or path.
    case modelNotFound = 30
    /// A file of the model is missing.
    case modelIncomplete = 31
    /// A file of the model is truncated, or its content does not match its name.
    case modelInvalid = 32
    /// A file of the model cannot be read.
    case modelUnreadable = 33
    /// The model is being loaded.
    case modelLoading = 34
    /// The engine refused the model.
    case modelLoadFailed = 35
    /// The model is loaded but does not answer.
    case modelStuck = 36
    /// Less memory is free than the model needs.
    case memoryInsufficient = 37
    /// A model failed in a session, which continues with its next model.
    case modelFallback = 38
    /// This build does not contain the engine.
    case engineUnavailable = 40
    /// The engine failed during a call; the utterance is lost, the session continues.
    case engineFailed = 41
    /// A call after the end of the stream.
    case sessionEnded = 50
    /// (server) The session limit is reached.
    case sessionLimit = 51
    /// The session's queue is full.
    case overloaded = 52
    /// (server) A message that is not part of the protocol.
    case messageInvalid = 53
    /// A message larger than the limit.
    case messageTooLarge = 54
    /// (server) The store of answers does not answer.
    case storageUnavailable = 55
    /// A file of the user cannot be opened, read or written.
    case io = 60
    /// A list of models that cannot be read.
    case manifestInvalid = 70
    /// The model is not installed, and downloads are disabled.
    case offline = 71
    /// A download and its retries were interrupted.
    case downloadFailed = 72
    /// The server refused to send the file.
    case downloadRefused = 73
    /// The downloaded file does not match the manifest.
    case downloadMismatch = 74
    /// An archive that is damaged, or that contains anything other than files below its own folder.
    case archiveInvalid = 75
    /// The disk is too small or full.
    case diskFull = 76
    /// The folder of models cannot be written.
    case storeUnwritable = 77
    /// The caller cancelled the work.
    case cancelled = 78
    /// The store did not install the model: it ships with the project, or no pull installed it.
    case modelNotRemovable = 79
    /// A bug in libvoice. Please report it.
    case `internal` = 101
    /// A code that this layer does not know; `VoiceError.name` names it.
    case unknown = 0xffff_ffff
}

/// The number of an enumerator of voice.h, which is imported as a number or, with a newer standard of C, as a struct.
func number(_ enumerator: UInt32) -> UInt32 { enumerator }

func number<Enumerator: RawRepresentable>(_ enumerator: Enumerator) -> UInt32 where Enumerator.RawValue == UInt32 {
    enumerator.rawValue
}
