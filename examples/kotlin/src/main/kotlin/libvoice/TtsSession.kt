package libvoice

import com.sun.jna.Pointer
import com.sun.jna.ptr.LongByReference
import libvoice.c.Arena
import libvoice.c.SizeTByReference
import libvoice.c.libvoice
import libvoice.c.output
import libvoice.c.read
import libvoice.c.size
import libvoice.c.voice_tts_event
import libvoice.c.within
import java.time.Duration
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/**
 * Turns one stream of text into audio: push text, take events, finish, take the rest.
 *
 * Any thread may call it. Calls on one session take turns, so that an event is copied before the next call
 * invalidates it; the library's `busy` never occurs. [cancel], [played], [heard], [pause], [resume] and [close] do not
 * wait for a turn. [next] renders on the calling thread: never call it from an audio callback or the main thread.
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

    /**
     * Changes options of the session: those that `fields` names get their values from `options`, whose other fields are
     * ignored. The change is for text that is pushed afterwards; the text before it is complete, as after [flush]. A new
     * language or voice needs the engine that has it. Sample rate and encoding stay. After an exception the session is
     * unchanged.
     */
    @JvmOverloads
    public fun update(options: TtsOptions, fields: Set<TtsField>, engine: Engine? = null): Unit = turn.withLock {
        val numbers = fields.sumOf { it.number }
        fun call(engine: Pointer?): Unit = Arena().use { arena ->
            handle.use { libvoice.voice_tts_update(it, engine, options.within(arena), numbers).orThrow() }
        }
        if (engine == null) call(null) else engine.handle.use { call(it) }
    }

    /**
     * How `text` would be read if it were pushed next and alone: its clauses, and for each the language, the voices, and
     * what they are given. Nothing is spoken. With it a user can see why a word is read wrong, and correct it in a lexicon.
     */
    @JvmOverloads
    public fun explain(text: String, isSsml: Boolean = false): Explanation = turn.withLock {
        val encoded = text.encodeToByteArray()
        val (size, ssml) = encoded.size.size to if (isSsml) 1 else 0
        val explanation = handle.use { tts ->
            output { libvoice.voice_tts_explain(tts, encoded, size, ssml, it).orThrow() }
        }!!
        try {
            explanation.toExplanation()
        } finally {
            libvoice.voice_tts_explanation_free(explanation)
        }
    }

    /** The next event; null if there is none until more text is pushed, or until [resume] after a [pause]. */
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

    /**
     * Reports that the listener has heard the audio before `position`, by the times of the events. A report for each
     * buffer played, or every 200 ms, is enough. Until the first report a clock estimates the position.
     */
    public fun played(position: Duration): Unit =
        handle.use { libvoice.voice_tts_played(it, position.toMillis()).orThrow() }

    /** How much has been heard. */
    public fun heard(): Heard {
        val (ms, text) = LongByReference() to SizeTByReference()
        handle.use { libvoice.voice_tts_heard(it, ms, text).orThrow() }
        return Heard(Duration.ofMillis(ms.value), text.value)
    }

    /**
     * Holds the audio back, for example while the user makes a sound that may be an interruption. Drop the playback
     * buffer: [resume] gives its audio out again. Audio that [next] returns before [TtsEvent.Paused] belongs to
     * the dropped buffer.
     */
    public fun pause(): Unit = handle.use { libvoice.voice_tts_pause(it).orThrow() }

    /** Ends a pause: audio that was not heard is returned again, from the position that was heard. */
    public fun resume(): Unit = handle.use { libvoice.voice_tts_resume(it).orThrow() }

    override fun close(): Unit = handle.close()
}
