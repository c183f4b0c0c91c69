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
    /// A cancel took effect: text pushed before it will not be spoken. The audio of later text begins at `end`.
    case cancelled(end: Duration, heard: Heard)
    /// A pause took effect: no audio follows until `Playback.resume`. Drop the audio from the position that was heard to
    /// `end`: a resume gives it out again.
    case paused(end: Duration, heard: Heard)
    /// All pushed text has been spoken and the stream is finished; the last event. A resume after it gives it out again.
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
            case .cancelled: .cancelled(end: Duration(milliseconds: event.end_ms), heard: Heard(event))
            case .paused: .paused(end: Duration(milliseconds: event.end_ms), heard: Heard(event))
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
    case paused = 7
}

/// How much was heard.
public struct Heard: Sendable, Hashable {
    /// The position in the audio.
    public let position: Duration
    /// The end of the text, as a UTF-8 byte offset in all pushed text. It is exact at the end of a clause; within a clause
    /// it is the start of a word, and may be wrong by a word or two.
    public let text: Int

    init(_ event: voice_tts_event) {
        position = Duration(milliseconds: event.heard_ms)
        text = event.heard_text
    }

    init(position: Duration, text: Int) {
        self.position = position
        self.text = text
    }
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
