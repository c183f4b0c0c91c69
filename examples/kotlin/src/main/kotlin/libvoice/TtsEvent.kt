package libvoice

import libvoice.c.string
import libvoice.c.voice_tts_event
import java.time.Duration

/** An event of a session. Times are of audio since the start of the session. */
public sealed interface TtsEvent {
    /** The session is ready; always the first event. */
    public data class Ready(val voice: String, val sampleRate: Int) : TtsEvent

    /** A chunk of audio. */
    public class Audio internal constructor(
        /** One channel, encoded as [TtsOptions.encoding] says. */
        public val audio: ByteArray,
        /** Samples per second. */
        public val sampleRate: Int,
        public val start: Duration,
        public val end: Duration,
        /** Start of the spoken text, as a UTF-8 byte offset in all pushed text. */
        public val textStart: Long,
        /** End of the spoken text: the offset after its last byte. */
        public val textEnd: Long,
    ) : TtsEvent

    /** The audio reached an SSML mark. */
    public data class Mark(val name: String, val at: Duration) : TtsEvent

    /** A part of the input was not processed as requested; the session continues. */
    public data class Warning(val code: Code, val message: String) : TtsEvent

    /** A cancel took effect: text pushed before it will not be spoken. The audio of later text begins at `end`. */
    public data class Cancelled(val end: Duration, val heard: Heard) : TtsEvent

    /**
     * A pause took effect: no audio follows until [TtsSession.resume]. Drop the audio from the position that was heard
     * to `end`: a resume gives it out again.
     */
    public data class Paused(val end: Duration, val heard: Heard) : TtsEvent

    /** All pushed text has been spoken and the stream is finished; the last event. A resume after it gives it out again. */
    public data object Finished : TtsEvent

    /** An event that this layer does not know; ignore it. */
    public data class Other(val number: Int) : TtsEvent
}

/**
 * How much was heard: the position in the audio, and the end of the text, as a UTF-8 byte offset in all pushed text. The
 * offset is exact at the end of a clause; within a clause it is the start of a word, and may be wrong by a word or two.
 */
public data class Heard(val position: Duration, val text: Long)

internal enum class TtsEventType(override val number: Int) : Numbered {
    OTHER(0),
    READY(1),
    AUDIO(2),
    MARK(3),
    WARNING(4),
    CANCELLED(5),
    FINISHED(6),
    PAUSED(7),
}

internal fun voice_tts_event.toEvent(): TtsEvent = when (enumOf(type, TtsEventType.OTHER)) {
    TtsEventType.READY -> TtsEvent.Ready(text.string(), sample_rate)
    TtsEventType.AUDIO -> TtsEvent.Audio(
        audio = audio?.getByteArray(0, audio_len.toInt()) ?: ByteArray(0),
        sampleRate = sample_rate,
        start = Duration.ofMillis(start_ms),
        end = Duration.ofMillis(end_ms),
        textStart = text_start.toLong(),
        textEnd = text_end.toLong(),
    )
    TtsEventType.MARK -> TtsEvent.Mark(text.string(), Duration.ofMillis(start_ms))
    TtsEventType.WARNING -> TtsEvent.Warning(enumOf(code, Code.UNKNOWN), text.string())
    TtsEventType.CANCELLED -> TtsEvent.Cancelled(Duration.ofMillis(end_ms), heard())
    TtsEventType.PAUSED -> TtsEvent.Paused(Duration.ofMillis(end_ms), heard())
    TtsEventType.FINISHED -> TtsEvent.Finished
    TtsEventType.OTHER -> TtsEvent.Other(type)
}

private fun voice_tts_event.heard() = Heard(Duration.ofMillis(heard_ms), heard_text.toLong())
