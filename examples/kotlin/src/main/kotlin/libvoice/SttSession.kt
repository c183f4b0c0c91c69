package libvoice

import com.sun.jna.Pointer
import libvoice.c.Arena
import libvoice.c.libvoice
import libvoice.c.output
import libvoice.c.read
import libvoice.c.size
import libvoice.c.voice_stt_event
import libvoice.c.within
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/**
 * Turns one stream of audio into transcripts: push audio, take events, finish, take the rest.
 *
 * Any thread may call it. Calls on one session take turns, so that an event is copied before the next call
 * invalidates it; the library's `busy` never occurs. [push] recognizes on the calling thread: never call it from an
 * audio callback or the main thread. Any thread may close it; a call in progress ends first.
 *
 * Each function throws [VoiceException], and [IllegalStateException] after [close].
 */
public class SttSession internal constructor(
    private val handle: Handle,
    private val encoding: Encoding,
) : AutoCloseable {
    private val turn = ReentrantLock()

    /** Pushes the first `length` bytes of `audio`, in the format of the session's options, split at any byte. */
    @JvmOverloads
    public fun push(audio: ByteArray, length: Int = audio.size) {
        require(length in 0..audio.size) { "there are ${audio.size} bytes, not $length" }
        turn.withLock { handle.use { libvoice.voice_stt_push(it, audio, length.size).orThrow() } }
    }

    /** Pushes the first `length` samples of [Encoding.PCM_I16]. */
    @JvmOverloads
    public fun push(samples: ShortArray, length: Int = samples.size) {
        require(encoding == Encoding.PCM_I16) { "the session takes $encoding" }
        require(length in 0..samples.size) { "there are ${samples.size} samples, not $length" }
        turn.withLock { handle.use { libvoice.voice_stt_push_i16(it, samples, length.size).orThrow() } }
    }

    /** Pushes the first `length` samples of [Encoding.PCM_F32]. */
    @JvmOverloads
    public fun push(samples: FloatArray, length: Int = samples.size) {
        require(encoding == Encoding.PCM_F32) { "the session takes $encoding" }
        require(length in 0..samples.size) { "there are ${samples.size} samples, not $length" }
        turn.withLock { handle.use { libvoice.voice_stt_push_f32(it, samples, length.size).orThrow() } }
    }

    /** Ends the current utterance now, as if silence had followed; the stream continues. */
    public fun flush(): Unit = turn.withLock { handle.use { libvoice.voice_stt_flush(it).orThrow() } }

    /**
     * Changes options of the session: those that `fields` names get their values from `options`, whose other fields are
     * ignored. During an utterance the change takes effect when that has ended, else at once. A new language needs the
     * engine that has its models; [SttEvent.ModelChanged] tells when they are in use. After an exception the session is
     * unchanged.
     */
    @JvmOverloads
    public fun update(options: SttOptions, fields: Set<SttField>, engine: Engine? = null): Unit = turn.withLock {
        val numbers = fields.sumOf { it.number }
        fun call(engine: Pointer?): Unit = Arena().use { arena ->
            handle.use { libvoice.voice_stt_update(it, engine, options.within(arena), numbers).orThrow() }
        }
        if (engine == null) call(null) else engine.handle.use { call(it) }
    }

    /** Ends the stream and its last utterance; take the remaining events, then close the session. */
    public fun finish(): Unit = turn.withLock { handle.use { libvoice.voice_stt_finish(it).orThrow() } }

    /** The next event; null if there is none until more audio is pushed. */
    public fun next(): SttEvent? = turn.withLock {
        handle.use { stt ->
            output { libvoice.voice_stt_next(stt, it).orThrow() }?.read(::voice_stt_event)?.toEvent()
        }
    }

    /** The events until more audio is needed. Each is computed on request. */
    public fun events(): Sequence<SttEvent> = generateSequence(::next)

    override fun close(): Unit = handle.close()
}
