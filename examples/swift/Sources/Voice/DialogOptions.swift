/// Options of a conversation; nil means the library's default.
public struct DialogOptions: Sendable, Hashable {
    /// The microphone's audio and its recognition; `SttOptions.silence` is not used.
    public var stt = SttOptions()
    /// The voice.
    public var tts = TtsOptions()
    /// Who decides whether voice of the user interrupts the speech.
    public var decider = Decider.words
    public var echoCanceller = EchoCanceller.device
    /// The words that confirm an interruption.
    public var minWords: UInt32?
    /// The duration of voice that confirms an interruption although no word was recognized; zero for never.
    public var minVoice: Duration?
    /// The time for a decision; then the speech goes on.
    public var decision: Duration?
    /// The speech at the start in which voice does not pause it, while an echo canceller settles.
    public var warmUp: Duration?
    /// The silence that ends a turn after a complete answer.
    public var complete: Duration?
    /// The least silence that ends a turn in open speech; between it and `openMax` it follows the user's pauses.
    public var openMin: Duration?
    public var openMax: Duration?
    /// The least silence that ends a turn while digits or a part of an expected answer were said.
    public var incompleteMin: Duration?
    public var incompleteMax: Duration?
    /// The silence after which `DialogEvent.turnEager` tells that the turn may end.
    public var eager: Duration?
    /// The silence of both sides after which `DialogEvent.idle` comes.
    public var idle: Duration?
    /// The time without audio of the microphone after which a turn ends.
    public var audioGap: Duration?
    /// The speech that is computed ahead of the listener.
    public var ahead: Duration?
    /// Words that do not interrupt, and words that do at once; nil for those of the language.
    public var words: ListenerWords?

    public init() {}
}

/// Words and short phrases of a listener.
public struct ListenerWords: Sendable, Hashable {
    /// They do not interrupt, such as "yes".
    public var backchannels: [String]
    /// They interrupt at once, such as "wait".
    public var stopWords: [String]

    public init(backchannels: [String], stopWords: [String]) {
        self.backchannels = backchannels
        self.stopWords = stopWords
    }
}

/// What the user is expected to say next; see `Dialog.expect`.
public struct ExpectOptions: Sendable, Hashable {
    public var expect: Expect
    /// The phrases, for `Expect.phrases` and `ExpectGrammar.phrases`.
    public var phrases: [String]
    /// The number of digits, for `Expect.digits`; nil if it is unknown.
    public var digits: UInt32?
    public var grammar = ExpectGrammar.unchanged

    public init(_ expect: Expect = .open, phrases: [String] = [], digits: UInt32? = nil) {
        self.expect = expect
        self.phrases = phrases
        self.digits = digits
    }
}

/// Who decides whether voice of the user interrupts the speech.
public enum Decider: UInt32, Sendable {
    /// The recognized words.
    case words = 0
    /// The app, with `Dialog.confirm` or `Dialog.reject`. If it does not decide in time, the words do.
    case application = 1
    /// Voice never interrupts.
    case never = 2
}

/// What the device does against the echo of its loudspeaker in its microphone.
public enum EchoCanceller: UInt32, Sendable {
    /// It removes the echo, as phones do in their mode for calls.
    case device = 0
    /// Nothing; the dialog removes it.
    case none = 1
}

/// What the user is expected to say, which tells when an answer is complete.
public enum Expect: UInt32, Sendable {
    /// Anything.
    case open = 0
    /// One of the phrases.
    case phrases = 1
    /// Digits that are read one by one.
    case digits = 2
    /// Speech that ends with `Dialog.endTurn`, such as with a push-to-talk button.
    case manual = 3
}

/// What happens to the grammar of the recognizer.
public enum ExpectGrammar: UInt32, Sendable {
    /// It stays.
    case unchanged = 0
    /// Only the phrases are recognized.
    case phrases = 1
    /// All words of the model are recognized.
    case removed = 2
}

/// How an utterance is said.
public enum SayFlag: UInt32, Sendable {
    /// The text is an SSML document.
    case ssml = 1
    /// More text follows, by `Dialog.append`, until `Dialog.flush`.
    case open = 2
    /// It replaces everything that was requested and not heard.
    case interrupts = 4
    /// The user cannot interrupt it.
    case uninterruptible = 8
}
