package libvoice

import org.junit.jupiter.api.Assumptions.assumeTrue
import java.io.File
import javax.sound.sampled.AudioSystem
import kotlin.test.fail

/** A file named by the build; without it the test is skipped. */
internal fun given(property: String): File {
    val path = System.getProperty(property, "")
    assumeTrue(path.isNotEmpty() && File(path).exists(), "$property is not set, or names nothing")
    return File(path)
}

internal fun openStt(): Engine = Engine(EngineOptions(stt = listOf(ModelChoice(given("voice.model").path))))

/** An engine with an espeak-ng voice; the test is skipped if espeak-ng is not installed. */
internal fun openTts(): Engine = try {
    Engine(EngineOptions(tts = listOf(ModelChoice("espeak-ng", "en"))))
} catch (error: VoiceException) {
    assumeTrue(error.code != Code.ENGINE_UNAVAILABLE, error.message)
    throw error
}

/** Three commands by one person, a pause after each: 16-bit mono at 16 kHz. */
internal val recording: ByteArray by lazy {
    AudioSystem.getAudioInputStream(given("voice.recording")).use { it.readAllBytes() }
}

internal val said = listOf("ثلاثة", "فتح", "يسار")

internal val ByteArray.samples: ShortArray
    get() = ShortArray(size / 2) { ((this[2 * it + 1].toInt() shl 8) or (this[2 * it].toInt() and 0xff)).toShort() }

internal fun ByteArray.pieces(length: Int): List<ByteArray> =
    indices.step(length).map { copyOfRange(it, minOf(it + length, size)) }

internal fun List<SttEvent>.texts() = filterIsInstance<SttEvent.Final>().map { it.text }

internal fun code(call: () -> Unit): Code = try {
    call()
    fail("it worked")
} catch (error: VoiceException) {
    error.code
}
