package libvoice

import libvoice.c.Arena
import libvoice.c.libvoice
import libvoice.c.output
import libvoice.c.read
import libvoice.c.size
import libvoice.c.voice_dialog_event
import libvoice.c.within
import java.time.Duration
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/**
 * A conversation, which listens and speaks at the same time: the user may interrupt.
 *
 * Three threads of the app call it repeatedly: one [listen], one [speak], and one [next]; [converse] is a flow that does
 * all three. The thread of the microphone calls [push], the one of the player [played]. Neither waits. All other functions
 * may be called from any thread.
 *
 * Each function throws [VoiceException], and [IllegalStateException] after [close].
 */
public class Dialog internal constructor(
    private val handle: Handle,
    private val encoding: Encoding,
) : AutoCloseable {
    private val pushing = ReentrantLock()
    private val taking = ReentrantLock()

    /** Queues the first `length` bytes of the microphone's audio, in the format of [DialogOptions.stt]. Up to 5 s may wait. */
    @JvmOverloads
    public fun push(audio: ByteArray, length: Int = audio.size) {
        require(length in 0..audio.size) { "there are ${audio.size} bytes, not $length" }
        pushing.withLock { handle.use { libvoice.voice_dialog_push(it, audio, length.size).orThrow() } }
    }

    /** Queues the first `length` samples of [Encoding.PCM_I16]. */
    @JvmOverloads
    public fun push(samples: ShortArray, length: Int = samples.size) {
        require(encoding == Encoding.PCM_I16) { "the dialog takes $encoding" }
        require(length in 0..samples.size) { "there are ${samples.size} samples, not $length" }
        pushing.withLock { handle.use { libvoice.voice_dialog_push_i16(it, samples, length.size).orThrow() } }
    }

    /** Queues the first `length` samples of [Encoding.PCM_F32]. */
    @JvmOverloads
    public fun push(samples: FloatArray, length: Int = samples.size) {
        require(encoding == Encoding.PCM_F32) { "the dialog takes $encoding" }
        require(length in 0..samples.size) { "there are ${samples.size} samples, not $length" }
        pushing.withLock { handle.use { libvoice.voice_dialog_push_f32(it, samples, length.size).orThrow() } }
    }

    /** Recognizes the audio that waits, and does what the rules of turn taking have to do; waits up to `wait` for it. */
    public fun listen(wait: Duration): Unit =
        handle.use { libvoice.voice_dialog_listen(it, wait.milliseconds).orThrow() }

    /** Computes the next chunk of speech, unless the player has enough; waits up to `wait` for a reason. */
    public fun speak(wait: Duration): Unit =
        handle.use { libvoice.voice_dialog_speak(it, wait.milliseconds).orThrow() }

    /** The next event; null if there was none within `wait`. */
    @JvmOverloads
    public fun next(wait: Duration = Duration.ZERO): DialogEvent? = taking.withLock {
        handle.use { dialog ->
            val event = output { libvoice.voice_dialog_next(dialog, wait.milliseconds, it).orThrow() }
            event?.read(::voice_dialog_event)?.toEvent()
        }
    }

    /** Says `text` after what was requested before; if the user speaks now, after the user's turn. Events name it by `id`. */
    @JvmOverloads
    public fun say(id: String, text: String, flags: Set<SayFlag> = emptySet()): Unit = Arena().use { arena ->
        val encoded = text.encodeToByteArray()
        val numbers = flags.sumOf { it.number }
        val name = arena.string(id)
        handle.use { libvoice.voice_dialog_say(it, name, encoded, encoded.size.size, numbers).orThrow() }
    }

    /** Adds text to the utterance that was said last, with [SayFlag.OPEN] and this `id`. */
    public fun append(id: String, text: String): Unit = Arena().use { arena ->
        val encoded = text.encodeToByteArray()
        val name = arena.string(id)
        handle.use { libvoice.voice_dialog_append(it, name, encoded, encoded.size.size).orThrow() }
    }

    /** Ends the open utterance `id`. */
    public fun flush(id: String): Unit = Arena().use { arena ->
        val name = arena.string(id)
        handle.use { libvoice.voice_dialog_flush(it, name).orThrow() }
    }

    /** Drops everything that was requested and not heard. */
    public fun clear(): Unit = handle.use { libvoice.voice_dialog_clear(it).orThrow() }

    /**
     * Reports that the listener has heard the audio of `run` before `position`, by the times of the events. A report for
     * each buffer played, or every 200 ms, is enough.
     */
    public fun played(run: Int, position: Duration): Unit =
        handle.use { libvoice.voice_dialog_played(it, run, position.toMillis()).orThrow() }

    /** Tells what the user is expected to say from now on. */
    public fun expect(options: ExpectOptions): Unit = Arena().use { arena ->
        handle.use { libvoice.voice_dialog_expect(it, options.within(arena)).orThrow() }
    }

    /** Ends the user's turn now, if there is one. */
    public fun endTurn(): Unit = handle.use { libvoice.voice_dialog_finalize(it).orThrow() }

    /** Confirms that the user interrupts, after [DialogEvent.Paused]. */
    public fun confirm(): Unit = handle.use { libvoice.voice_dialog_confirm(it).orThrow() }

    /** Rejects an interruption after [DialogEvent.Paused]: the speech goes on. */
    public fun reject(): Unit = handle.use { libvoice.voice_dialog_reject(it).orThrow() }

    /** Ends the audio of the microphone, and the user's turn. The dialog still speaks. */
    public fun finish(): Unit = handle.use { libvoice.voice_dialog_finish(it).orThrow() }

    override fun close(): Unit = handle.close()
}

private val Duration.milliseconds: Int get() = toMillis().coerceIn(0L, Int.MAX_VALUE.toLong()).toInt()
