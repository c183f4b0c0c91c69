package libvoice.cli

import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.File
import javax.sound.sampled.AudioFileFormat
import javax.sound.sampled.AudioFormat
import javax.sound.sampled.AudioInputStream
import javax.sound.sampled.AudioSystem

/** Samples per second of a [Sound]. */
internal const val RATE = 16_000

/** Bytes of 20 ms of a [Sound]: the buffer of a device. */
internal const val STEP = RATE / 50 * 2

private val FORMAT = AudioFormat(RATE.toFloat(), 16, 1, true, false)

/** A microphone and a loudspeaker of 16-bit mono audio at [RATE]. */
internal interface Sound : AutoCloseable {
    /** Waits for the next [STEP] of the microphone; returns the bytes that were read, 0 or less at the end. */
    fun hear(step: ByteArray): Int

    /** Plays a [STEP]. */
    fun play(step: ByteArray)

    /** The time from [play] until it is heard, in milliseconds. */
    val delay: Long
}

/** The devices of the system. The microphone should not hear the loudspeaker: use headphones. */
internal class Devices : Sound {
    private val microphone = AudioSystem.getTargetDataLine(FORMAT).apply { open(FORMAT, STEP * 4); start() }
    private val loudspeaker = AudioSystem.getSourceDataLine(FORMAT).apply { open(FORMAT, STEP * 4); start() }

    override fun hear(step: ByteArray): Int = microphone.read(step, 0, step.size)

    override fun play(step: ByteArray) {
        loudspeaker.write(step, 0, step.size)
    }

    override val delay: Long get() = (loudspeaker.bufferSize - loudspeaker.available()) * 1000L / (RATE * 2)

    override fun close() {
        microphone.close()
        loudspeaker.close()
    }
}

/** WAV files in place of the devices, which take as long as the devices would. */
internal class Files(microphone: String, private val reply: String) : Sound {
    private val audio = AudioSystem.getAudioInputStream(FORMAT, AudioSystem.getAudioInputStream(File(microphone)))
    private val played = ByteArrayOutputStream()
    private val start = System.nanoTime()
    private var steps = 0

    override fun hear(step: ByteArray): Int {
        steps += 1
        val left = start + steps * 20_000_000L - System.nanoTime()
        if (left > 0) Thread.sleep(left / 1_000_000, (left % 1_000_000).toInt())
        return audio.read(step)
    }

    override fun play(step: ByteArray) = played.write(step, 0, step.size)

    override val delay: Long get() = 0

    override fun close() {
        audio.close()
        val samples = AudioInputStream(ByteArrayInputStream(played.toByteArray()), FORMAT, played.size() / 2L)
        AudioSystem.write(samples, AudioFileFormat.Type.WAVE, File(reply))
    }
}
