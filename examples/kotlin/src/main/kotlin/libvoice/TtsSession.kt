package libvoice

import libvoice.c.libvoice
import libvoice.c.output
import libvoice.c.read
import libvoice.c.size
import libvoice.c.voice_tts_event
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/**
 * Turns one stream of text into audio: push text, take events, finish, take the rest.
 *
 * Any thread may call it. Calls on one session take turns, so that an event is copied before the next call
 * invalidates it; the library's `busy` never occurs. [cancel] and [close] do not wait for a turn. [next] renders on
 * the calling thread: never call it from an audio callback or the main thread.
 *
 * Each function throws [VoiceException], and [IllegalStateException] after [close].
 */
public class TtsSession internal constructor(private val handle: Handle) : AutoCloseable {
    private val turn = ReentrantLock()

    /** Pushes text; speech begins with the first complete clause. */
    public fun push(text: String) {
        val encoded = text.encodeToByteArray()
        turn.withLock { handle.use { libvoice.voice_tts_push(it, encoded, encoded.size.size).orThrow() } }
    }

    /** Pushes a complete SSML document. Unsupported features are reported as [TtsEvent.Warning]. */
    public fun pushSsml(document: String) {
        val encoded = document.encodeToByteArray()
        turn.withLock { handle.use { libvoice.voice_tts_push_ssml(it, encoded, encoded.size.size).orThrow() } }
    }

    /** Speaks all pushed text now, as if the text ended here; the stream continues. */
    public fun flush(): Unit = turn.withLock { handle.use { libvoice.voice_tts_flush(it).orThrow() } }

    /** Ends the stream; all pushed text is spoken. Take the remaining events, then close the session. */
    public fun finish(): Unit = turn.withLock { handle.use { libvoice.voice_tts_finish(it).orThrow() } }

    /** The next event; null if there is none until more text is pushed. */
    public fun next(): TtsEvent? = turn.withLock {
        handle.use { tts ->
            output { libvoice.voice_tts_next(tts, it).orThrow() }?.read(::voice_tts_event)?.toEvent()
        }
    }

    /** The events until more text is needed. Each is rendered on request. */
    public fun events(): Sequence<TtsEvent> = generateSequence(::next)

    /**
     * Drops all pushed text and audio that were not returned yet, for example when the user interrupts. A [next] in
     * progress returns early. The stream continues: push again after taking [TtsEvent.Cancelled].
     */
    public fun cancel(): Unit = handle.use { libvoice.voice_tts_cancel(it).orThrow() }

    override fun close(): Unit = handle.close()
}
