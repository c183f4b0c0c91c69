package libvoice

import java.time.Duration

/**
 * Options of a conversation. Null means the library's default; Java sets options with [DialogOptionsBuilder].
 */
public data class DialogOptions(
    /** The microphone's audio and its recognition; [SttOptions.silence] is not used. */
    val stt: SttOptions = SttOptions(),
    /** The voice. */
    val tts: TtsOptions = TtsOptions(),
    /** Who decides whether voice of the user interrupts the speech. */
    val decider: Decider = Decider.WORDS,
    val echoCanceller: EchoCanceller = EchoCanceller.DEVICE,
    /** The words that confirm an interruption. */
    val minWords: Int? = null,
    /** The duration of voice that confirms an interruption although no word was recognized; zero for never. */
    val minVoice: Duration? = null,
    /** The time for a decision; then the speech goes on. */
    val decision: Duration? = null,
    /** The speech at the start in which voice does not pause it, while an echo canceller settles. */
    val warmUp: Duration? = null,
    /** The silence that ends a turn after a complete answer. */
    val complete: Duration? = null,
    /** The least silence that ends a turn in open speech; between it and [openMax] it follows the user's pauses. */
    val openMin: Duration? = null,
    val openMax: Duration? = null,
    /** The least silence that ends a turn while digits or a part of an expected answer were said. */
    val incompleteMin: Duration? = null,
    val incompleteMax: Duration? = null,
    /** The silence after which [DialogEvent.TurnEager] tells that the turn may end. */
    val eager: Duration? = null,
    /** The silence of both sides after which [DialogEvent.Idle] comes. */
    val idle: Duration? = null,
    /** The time without audio of the microphone after which a turn ends. */
    val audioGap: Duration? = null,
    /** The speech that is computed ahead of the listener. */
    val ahead: Duration? = null,
    /** Words that do not interrupt, and words that do at once; null for those of the language. */
    val words: ListenerWords? = null,
)

/** Words and short phrases of a listener. */
public data class ListenerWords(
    /** They do not interrupt, such as "yes". */
    val backchannels: List<String>,
    /** They interrupt at once, such as "wait". */
    val stopWords: List<String>,
)

/** What the user is expected to say next; see [Dialog.expect]. */
public data class ExpectOptions @JvmOverloads constructor(
    val expect: Expect = Expect.OPEN,
    /** The phrases, for [Expect.PHRASES] and [ExpectGrammar.PHRASES]. */
    val phrases: List<String> = emptyList(),
    /** The number of digits, for [Expect.DIGITS]; null if it is unknown. */
    val digits: Int? = null,
    val grammar: ExpectGrammar = ExpectGrammar.UNCHANGED,
)

/** Who decides whether voice of the user interrupts the speech. */
public enum class Decider(override val number: Int) : Numbered {
    /** The recognized words. */
    WORDS(0),

    /** The app, with [Dialog.confirm] or [Dialog.reject]. If it does not decide in time, the words do. */
    APPLICATION(1),

    /** Voice never interrupts. */
    NEVER(2),
}

/** What the device does against the echo of its loudspeaker in its microphone. */
public enum class EchoCanceller(override val number: Int) : Numbered {
    /** It removes the echo, as phones do in their mode for calls. */
    DEVICE(0),

    /** Nothing; the dialog removes it. */
    NONE(1),
}

/** What the user is expected to say, which tells when an answer is complete. */
public enum class Expect(override val number: Int) : Numbered {
    /** Anything. */
    OPEN(0),

    /** One of the phrases. */
    PHRASES(1),

    /** Digits that are read one by one. */
    DIGITS(2),

    /** Speech that ends with [Dialog.endTurn], such as with a push-to-talk button. */
    MANUAL(3),
}

/** What happens to the grammar of the recognizer. */
public enum class ExpectGrammar(override val number: Int) : Numbered {
    /** It stays. */
    UNCHANGED(0),

    /** Only the phrases are recognized. */
    PHRASES(1),

    /** All words of the model are recognized. */
    REMOVED(2),
}

/** How an utterance is said. */
public enum class SayFlag(override val number: Int) : Numbered {
    /** The text is an SSML document. */
    SSML(1),

    /** More text follows, by [Dialog.append], until [Dialog.flush]. */
    OPEN(2),

    /** It replaces everything that was requested and not heard. */
    INTERRUPTS(4),

    /** The user cannot interrupt it. */
    UNINTERRUPTIBLE(8),
}
