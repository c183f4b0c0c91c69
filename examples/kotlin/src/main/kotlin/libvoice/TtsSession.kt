package libvoice

import libvoice.c.libvoice
import libvoice.c.output
import libvoice.c.read
import libvoice.c.size
import libvoice.c.voice_tts_event
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/**
 * One stream of text becoming audio: push text, take events, finish, take the rest.
 *
 * Any thread may call it. Calls on one session take turns, so that an event is whole before the next call ends
 * it: the library's `busy` is never met. [cancel] and [close] do not wait for a turn. [next] renders on the
 * calling thread: never call it from an audio callback or the main thread.
 *
 * Each function throws [VoiceException], and [IllegalStateException] after [close].
 */
public class TtsSession internal constructor(private val handle: Handle) : AutoCloseable {
    private val turn = ReentrantLock()

    /** Takes text as it is written: speech begins with the first whole clause. */
    public fun push(text: String) {
        val encoded = text.encodeToByteArray()
        turn.withLock { handle.use { libvoice.voice_tts_push(it, encoded, encoded.size.size).orThrow() } }
    }

    /** Takes a whole SSML document. What it asks for and cannot be had comes as [TtsEvent.Warning]. */
    public fun pushSsml(document: String) {
        val encoded = document.encodeToByteArray()
        turn.withLock { handle.use { libvoice.voice_tts_push_ssml(it, encoded, encoded.size.size).orThrow() } }
    }

    /** Lets what was pushed be spoken now, as if it ended here; the stream goes on. */
    public fun flush(): Unit = turn.withLock { handle.use { libvoice.voice_tts_flush(it).orThrow() } }

    /** Ends the stream: what was pushed is spoken. Take the remaining events, then close the session. */
    public fun finish(): Unit = turn.withLock { handle.use { libvoice.voice_tts_finish(it).orThrow() } }

    /** The next event; null when there is none until more text is pushed. */
    public fun next(): TtsEvent? = turn.withLock {
        handle.use { tts ->
            output { libvoice.voice_tts_next(tts, it).orThrow() }?.read(::voice_tts_event)?.toEvent()
        }
    }

    /** The events until there is none without more text. Each is rendered when it is asked for. */
    public fun events(): Sequence<TtsEvent> = generateSequence(::next)

    /**
     * Drops all that was pushed and not given out yet, as when the user interrupts; a [next] under way ends
     * early. The stream goes on: push again once [TtsEvent.Cancelled] has been taken.
     */
    public fun cancel(): Unit = handle.use { libvoice.voice_tts_cancel(it).orThrow() }

    override fun close(): Unit = handle.close()
}
