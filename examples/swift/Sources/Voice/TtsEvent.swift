import CVoice

/// One thing that happened in a session. Times are of audio since the start of the session.
public enum TtsEvent: Sendable, Hashable {
    /// The session can be used: always its first event.
    case ready(voice: String, sampleRate: UInt32)
    /// Sound.
    case audio(Sound)
    /// The voice has come to a mark of the SSML.
    case mark(name: String, at: Duration)
    /// Something was not done as asked for, and the session goes on.
    case warning(code: Code, message: String)
    /// A cancel has taken effect: what was pushed before it will not be spoken.
    case cancelled
    /// All that was pushed has been spoken, and the stream is finished: always the last event.
    case finished
    /// Something that this layer does not know; pass over it.
    case other(UInt32)

    init(_ event: voice_tts_event) {
        self =
            switch TtsEventType(rawValue: number(event.type)) ?? .other {
            case .ready: .ready(voice: String(event.text), sampleRate: event.sample_rate)
            case .audio: .audio(Sound(event))
            case .mark: .mark(name: String(event.text), at: Duration(milliseconds: event.start_ms))
            case .warning:
                .warning(code: Code(rawValue: number(event.code)) ?? .unknown, message: String(event.text))
            case .cancelled: .cancelled
            case .finished: .finished
            case .other: .other(number(event.type))
            }
    }
}

enum TtsEventType: UInt32 {
    case other = 0
    case ready = 1
    case audio = 2
    case mark = 3
    case warning = 4
    case cancelled = 5
    case finished = 6
}

/// A piece of speech.
public struct Sound: Sendable, Hashable {
    /// One channel, encoded as `TtsOptions.encoding` says.
    public let bytes: [UInt8]
    /// Samples per second.
    public let sampleRate: UInt32
    public let start: Duration
    public let end: Duration
    /// What it says, in bytes of the UTF-8 of all that was pushed.
    public let text: Range<Int>

    init(_ event: voice_tts_event) {
        bytes = Array(UnsafeRawBufferPointer(start: event.audio, count: event.audio_len))
        sampleRate = event.sample_rate
        start = Duration(milliseconds: event.start_ms)
        end = Duration(milliseconds: event.end_ms)
        text = event.text_start..<max(event.text_start, event.text_end)
    }

    /// The samples of `Encoding.pcmI16`.
    public var samples: [Int16] { bytes.withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) } }
}
