package libvoice

import libvoice.c.readAll
import libvoice.c.string
import libvoice.c.voice_alternative
import libvoice.c.voice_stt_event
import libvoice.c.voice_word
import java.time.Duration

/** An event of a session. Times are of audio since the start of the stream. */
public sealed interface SttEvent {
    /** The session is ready; always the first event. */
    public data class Ready(val model: String) : SttEvent

    /** The following results are from another model, after a failure of the last one or after [SttSession.update]. */
    public data class ModelChanged(val model: String) : SttEvent

    /** Something does not work as requested, and the session continues; [Code.MODEL_FALLBACK] if a model failed. */
    public data class Warning(val code: Code, val message: String) : SttEvent

    /** Speech started. */
    public data class SpeechStarted(val start: Duration) : SttEvent

    /** The utterance so far; later text may rewrite it. */
    public data class Partial(val text: String, val start: Duration, val end: Duration) : SttEvent

    /** The utterance is finished. The text is empty if no word was recognized. */
    public data class Final(
        val text: String,
        val start: Duration,
        val end: Duration,
        /** Filled if [SttOptions.words] is set. */
        val words: List<Word>,
        /** Alternative transcripts, best first, if requested. The first is [text]. */
        val alternatives: List<Alternative>,
    ) : SttEvent

    /** Speech ended; the preceding event was its final, unless the engine failed. */
    public data class SpeechEnded(val end: Duration, val reason: EndReason) : SttEvent

    /** The no-speech timeout expired now. */
    public data class NoSpeech(val end: Duration) : SttEvent

    /** An event that this layer does not know; ignore it. */
    public data class Other(val number: Int) : SttEvent
}

/** A recognized word. */
public data class Word(
    val text: String,
    val start: Duration,
    val end: Duration,
    /** Posterior probability, 0 to 1; null if it is not computed (with alternatives). */
    val confidence: Float?,
)

/** An alternative transcript of an utterance. */
public data class Alternative(
    val text: String,
    /** Filled if [SttOptions.words] is set. */
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

    /** The utterance reached its maximum length; speech after it is a new utterance. */
    MAX_LENGTH(2),

    /** The host flushed or finished the stream. */
    FLUSHED(3),

    /** The engine and each fallback failed; the utterance is lost. */
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
    MODEL_CHANGED(7),
    WARNING(8),
}

internal fun voice_stt_event.toEvent(): SttEvent {
    val start = Duration.ofMillis(start_ms)
    val end = Duration.ofMillis(end_ms)
    return when (enumOf(type, SttEventType.OTHER)) {
        SttEventType.READY -> SttEvent.Ready(text.string())
        SttEventType.MODEL_CHANGED -> SttEvent.ModelChanged(text.string())
        SttEventType.WARNING -> SttEvent.Warning(enumOf(code, Code.UNKNOWN), text.string())
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

internal fun word(word: voice_word) = word.run {
    Word(text.string(), Duration.ofMillis(start_ms), Duration.ofMillis(end_ms), confidence.takeIf { it >= 0 })
}

internal fun alternative(reading: voice_alternative) = reading.run {
    Alternative(text.string(), words.readAll(words_len, ::voice_word, ::word), score)
}
