import CVoice

/// A call of the library failed.
public struct VoiceError: Error, Hashable, CustomStringConvertible {
    /// What went wrong, to decide by.
    public let code: Code
    /// The stable name of what went wrong, such as `model_not_found`; also of codes newer than this layer.
    public let name: String
    /// One line that says what happened and what to do.
    public let message: String
    /// Whether the same call may succeed later without a change.
    public let isRetryable: Bool

    public var description: String { "\(name): \(message)" }
}

extension VoiceError {
    /// What the caller of this layer got wrong before any call was made.
    static func invalid(_ message: String) -> VoiceError {
        VoiceError(code: .argumentInvalid, name: "argument_invalid", message: message, isRetryable: false)
    }
}

/// Throws what a call returned, if that is an error.
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

/// What went wrong, as the header lists it. Newer libraries may add some.
public enum Code: UInt32, Sendable {
    /// A required pointer is NULL.
    case argumentNull = 1
    /// A value that no version could accept: a wrong `struct_size`, an impossible length, text that is not UTF-8.
    case argumentInvalid = 2
    /// A field that this version of the library does not know is not zero.
    case unsupported = 3
    /// Another call on the same session is under way.
    case busy = 4
    /// A sample rate, channel count or encoding outside the supported range.
    case audioFormatUnsupported = 10
    /// The stream ended in the middle of a sample.
    case audioMisaligned = 11
    /// An audio message without a single sample.
    case audioEmpty = 12
    /// A file that is not audio we can read, or that is cut short.
    case audioFileInvalid = 13
    /// An option outside its range.
    case optionInvalid = 20
    /// An option that this version does not know; it was ignored.
    case optionUnknown = 21
    /// A phrase of the grammar that cannot be passed on, or that holds a word the model does not know.
    case grammarInvalid = 22
    /// The model's graph is static: it cannot take a grammar.
    case grammarUnsupported = 23
    /// A document that is not well-formed SSML, or that uses a part of XML that is refused.
    case ssmlInvalid = 24
    /// A text or document larger than the limit.
    case textTooLarge = 25
    /// A line of a lexicon that cannot be read, or an entry that cannot be spoken.
    case lexiconInvalid = 26
    /// No model under that name or path.
    case modelNotFound = 30
    /// A file of the model is missing.
    case modelIncomplete = 31
    /// A file of the model is truncated or not what its name says.
    case modelInvalid = 32
    /// A file of the model cannot be read.
    case modelUnreadable = 33
    /// The model is being loaded.
    case modelLoading = 34
    /// The engine refused the model.
    case modelLoadFailed = 35
    /// The model was loaded but does not answer.
    case modelStuck = 36
    /// Less memory is free than the model needs.
    case memoryInsufficient = 37
    /// This build does not contain the engine.
    case engineUnavailable = 40
    /// The engine failed while working; the utterance is lost, the session lives on.
    case engineFailed = 41
    /// A call after the end of the stream.
    case sessionEnded = 50
    /// All session places are taken.
    case sessionLimit = 51
    /// More work was handed over than the session takes.
    case overloaded = 52
    /// A message that is not part of the protocol.
    case messageInvalid = 53
    /// A message larger than the limit.
    case messageTooLarge = 54
    /// A file of the user cannot be opened, read or written.
    case io = 60
    /// A list of models that cannot be read.
    case manifestInvalid = 70
    /// The model is not here, and downloads are switched off.
    case offline = 71
    /// A download broke off, and so did its repetitions.
    case downloadFailed = 72
    /// The server refused to send the file.
    case downloadRefused = 73
    /// The file that was sent is not the one that the manifest describes.
    case downloadMismatch = 74
    /// An archive that is damaged, or that holds more than files below its own folder.
    case archiveInvalid = 75
    /// The disk is too small or full.
    case diskFull = 76
    /// The folder of models cannot be written.
    case storeUnwritable = 77
    /// The caller cancelled the work.
    case cancelled = 78
    /// A model that is not the store's to remove: it ships with the project, or no pull has put it there.
    case modelNotRemovable = 79
    /// A fault of the library. Please report it.
    case `internal` = 101
    /// A code that this layer does not know; `VoiceError.name` names it.
    case unknown = 0xffff_ffff
}

/// The number of an enumerator of voice.h, which is imported as a number or, with a newer standard of C, as a struct.
func number(_ enumerator: UInt32) -> UInt32 { enumerator }

func number<Enumerator: RawRepresentable>(_ enumerator: Enumerator) -> UInt32 where Enumerator.RawValue == UInt32 {
    enumerator.rawValue
}
