package libvoice

import libvoice.c.readAll
import libvoice.c.string
import libvoice.c.voice_alternative
import libvoice.c.voice_stt_event
import libvoice.c.voice_word
import java.time.Duration

/** One thing that happened in a session. Times are of audio since the start of the stream. */
public sealed interface SttEvent {
    /** The session can be used: always its first event. */
    public data class Ready(val model: String) : SttEvent

    /** Somebody began to speak. */
    public data class SpeechStarted(val start: Duration) : SttEvent

    /** The utterance so far; later text may rewrite it. */
    public data class Partial(val text: String, val start: Duration, val end: Duration) : SttEvent

    /** The utterance is finished. The text is empty if no word was recognized. */
    public data class Final(
        val text: String,
        val start: Duration,
        val end: Duration,
        /** If [SttOptions.words] were asked for. */
        val words: List<Word>,
        /** Readings from best to worst, the first being [text], if asked for. */
        val alternatives: List<Alternative>,
    ) : SttEvent

    /** The speech ended; the preceding event was its final, unless the engine failed. */
    public data class SpeechEnded(val end: Duration, val reason: EndReason) : SttEvent

    /** Nobody spoke for the whole timeout, which ran out now. */
    public data class NoSpeech(val end: Duration) : SttEvent

    /** Something that this layer does not know; pass over it. */
    public data class Other(val number: Int) : SttEvent
}

/** One recognized word. */
public data class Word(
    val text: String,
    val start: Duration,
    val end: Duration,
    /** Posterior probability, 0 to 1; null where it is not computed (with alternatives). */
    val confidence: Float?,
)

/** One reading of an utterance. */
public data class Alternative(
    val text: String,
    /** If [SttOptions.words] were asked for. */
    val words: List<Word>,
    /** Higher is better, comparable within one utterance only. */
    val score: Float,
)

/** Why an utterance ended. */
public enum class EndReason(override val number: Int) : Numbered {
    /** A reason that this layer does not know. */
    NONE(0),

    /** Silence followed the speech. */
    SILENCE(1),

    /** The utterance reached its maximum length; what follows is a new one. */
    MAX_LENGTH(2),

    /** The host flushed or finished the stream. */
    FLUSHED(3),

    /** The engine failed; what was said is lost. */
    FAILED(4),
}

internal enum class SttEventType(override val number: Int) : Numbered {
    OTHER(0),
    SPEECH_STARTED(1),
    PARTIAL(2),
    FINAL(3),
    SPEECH_ENDED(4),
    NO_SPEECH(5),
    READY(6),
}

internal fun voice_stt_event.toEvent(): SttEvent {
    val start = Duration.ofMillis(start_ms)
    val end = Duration.ofMillis(end_ms)
    return when (enumOf(type, SttEventType.OTHER)) {
        SttEventType.READY -> SttEvent.Ready(text.string())
        SttEventType.SPEECH_STARTED -> SttEvent.SpeechStarted(start)
        SttEventType.PARTIAL -> SttEvent.Partial(text.string(), start, end)
        SttEventType.FINAL -> SttEvent.Final(
            text = text.string(),
            start = start,
            end = end,
            words = words.readAll(words_len, ::voice_word, ::word),
            alternatives = alternatives.readAll(alternatives_len, ::voice_alternative, ::alternative),
        )
        SttEventType.SPEECH_ENDED -> SttEvent.SpeechEnded(end, enumOf(end_reason, EndReason.NONE))
        SttEventType.NO_SPEECH -> SttEvent.NoSpeech(end)
        SttEventType.OTHER -> SttEvent.Other(type)
    }
}

private fun word(word: voice_word) = word.run {
    Word(text.string(), Duration.ofMillis(start_ms), Duration.ofMillis(end_ms), confidence.takeIf { it >= 0 })
}

private fun alternative(reading: voice_alternative) = reading.run {
    Alternative(text.string(), words.readAll(words_len, ::voice_word, ::word), score)
}
