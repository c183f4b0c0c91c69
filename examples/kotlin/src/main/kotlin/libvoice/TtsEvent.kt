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

    /** A cancel took effect: text pushed before it will not be spoken. */
    public data object Cancelled : TtsEvent

    /** All pushed text has been spoken and the stream is finished; always the last event. */
    public data object Finished : TtsEvent

    /** An event that this layer does not know; ignore it. */
    public data class Other(val number: Int) : TtsEvent
}

internal enum class TtsEventType(override val number: Int) : Numbered {
    OTHER(0),
    READY(1),
    AUDIO(2),
    MARK(3),
    WARNING(4),
    CANCELLED(5),
    FINISHED(6),
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
    TtsEventType.CANCELLED -> TtsEvent.Cancelled
    TtsEventType.FINISHED -> TtsEvent.Finished
    TtsEventType.OTHER -> TtsEvent.Other(type)
}
