import CVoice

/// An event of a session. Times are of audio since the start of the stream.
public enum SttEvent: Sendable, Hashable {
    /// The session is ready; always the first event.
    case ready(model: String)
    /// The following results are from another model, after a failure of the last one or after `SttSession.update`.
    case modelChanged(model: String)
    /// Something does not work as requested, and the session continues; `Code.modelFallback` if a model failed.
    case warning(code: Code, message: String)
    /// Speech started.
    case speechStarted(start: Duration)
    /// The utterance so far; later text may rewrite it.
    case partial(text: String, start: Duration, end: Duration)
    /// The utterance is finished.
    case final(Utterance)
    /// Speech ended; the preceding event was its final, unless the engine failed.
    case speechEnded(end: Duration, reason: EndReason)
    /// The no-speech timeout expired now.
    case noSpeech(end: Duration)
    /// An event that this layer does not know; ignore it.
    case other(UInt32)

    init(_ event: voice_stt_event) {
        let start = Duration(milliseconds: event.start_ms)
        let end = Duration(milliseconds: event.end_ms)
        self =
            switch SttEventType(rawValue: number(event.type)) ?? .other {
            case .ready: .ready(model: String(event.text))
            case .modelChanged: .modelChanged(model: String(event.text))
            case .warning:
                .warning(code: Code(rawValue: number(event.code)) ?? .unknown, message: String(event.text))
            case .speechStarted: .speechStarted(start: start)
            case .partial: .partial(text: String(event.text), start: start, end: end)
            case .final: .final(Utterance(event))
            case .speechEnded:
                .speechEnded(end: end, reason: EndReason(rawValue: number(event.end_reason)) ?? EndReason.none)
            case .noSpeech: .noSpeech(end: end)
            case .other: .other(number(event.type))
            }
    }
}

enum SttEventType: UInt32 {
    case other = 0
    case speechStarted = 1
    case partial = 2
    case final = 3
    case speechEnded = 4
    case noSpeech = 5
    case ready = 6
    case modelChanged = 7
    case warning = 8
}

/// A recognized utterance. The text is empty if no word was recognized.
public struct Utterance: Sendable, Hashable {
    public let text: String
    public let start: Duration
    public let end: Duration
    /// Filled if `SttOptions.words` is set.
    public let words: [Word]
    /// Alternative transcripts, best first, if requested. The first is `text`.
    public let alternatives: [Alternative]

    init(text: String, start: Duration, end: Duration, words: [Word], alternatives: [Alternative]) {
        self.text = text
        self.start = start
        self.end = end
        self.words = words
        self.alternatives = alternatives
    }

    init(_ event: voice_stt_event) {
        self.init(
            text: String(event.text),
            start: Duration(milliseconds: event.start_ms),
            end: Duration(milliseconds: event.end_ms),
            words: copies(event.words, event.words_len, Word.init),
            alternatives: copies(event.alternatives, event.alternatives_len, Alternative.init)
        )
    }
}

/// A recognized word.
public struct Word: Sendable, Hashable {
    public let text: String
    public let start: Duration
    public let end: Duration
    /// Posterior probability, 0 to 1; nil if it is not computed (with alternatives).
    public let confidence: Float?

    init(_ word: voice_word) {
        text = String(word.text)
        start = Duration(milliseconds: word.start_ms)
        end = Duration(milliseconds: word.end_ms)
        confidence = word.confidence < 0 ? nil : word.confidence
    }
}

/// An alternative transcript of an utterance.
public struct Alternative: Sendable, Hashable {
    public let text: String
    /// Filled if `SttOptions.words` is set.
    public let words: [Word]
    /// Higher is better, comparable within one utterance only.
    public let score: Float

    init(_ reading: voice_alternative) {
        text = String(reading.text)
        words = copies(reading.words, reading.words_len, Word.init)
        score = reading.score
    }
}

/// Why an utterance ended.
public enum EndReason: UInt32, Sendable {
    /// A reason that this layer does not know.
    case none = 0
    /// Silence followed the speech.
    case silence = 1
    /// The utterance reached its maximum length; speech after it is a new utterance.
    case maxLength = 2
    /// The host flushed or finished the stream.
    case flushed = 3
    /// The engine and each fallback failed; the utterance is lost.
    case failed = 4
}
