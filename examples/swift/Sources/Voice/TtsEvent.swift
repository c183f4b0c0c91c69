import CVoice

/// An event of a session. Times are of audio since the start of the session.
public enum TtsEvent: Sendable, Hashable {
    /// The session is ready; always the first event.
    case ready(voice: String, sampleRate: UInt32)
    /// A chunk of audio.
    case audio(Sound)
    /// The audio reached an SSML mark.
    case mark(name: String, at: Duration)
    /// A part of the input was not processed as requested; the session continues.
    case warning(code: Code, message: String)
    /// A cancel took effect: text pushed before it will not be spoken.
    case cancelled
    /// All pushed text has been spoken and the stream is finished; always the last event.
    case finished
    /// An event that this layer does not know; ignore it.
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

/// A chunk of speech.
public struct Sound: Sendable, Hashable {
    /// One channel, encoded as `TtsOptions.encoding` says.
    public let bytes: [UInt8]
    /// Samples per second.
    public let sampleRate: UInt32
    public let start: Duration
    public let end: Duration
    /// The text that it speaks, as UTF-8 byte offsets in all pushed text.
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
