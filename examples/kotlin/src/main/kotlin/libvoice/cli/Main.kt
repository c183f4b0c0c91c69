package libvoice.cli

import libvoice.Engine
import libvoice.EngineOptions
import libvoice.ModelChoice
import libvoice.SttEvent
import libvoice.SttOptions
import libvoice.TtsEvent
import libvoice.TtsOptions
import libvoice.VoiceException
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.IOException
import java.io.PrintStream
import javax.sound.sampled.AudioFileFormat
import javax.sound.sampled.AudioFormat
import javax.sound.sampled.AudioInputStream
import javax.sound.sampled.AudioSystem
import javax.sound.sampled.LineUnavailableException
import javax.sound.sampled.UnsupportedAudioFileException
import kotlin.system.exitProcess

private const val USAGE = "transcribe FILE.wav [MODEL], or speak TEXT OUT.wav [VOICE [LANGUAGE]], " +
    "or converse TEXT MODEL VOICE LANGUAGE [MICROPHONE.wav REPLY.wav]"

internal val out = PrintStream(System.out, true, Charsets.UTF_8)

private fun transcribe(file: String, model: String = "models/ar-commands") {
    AudioSystem.getAudioInputStream(File(file)).use { stored ->
        val rate = stored.format.sampleRate
        val audio = AudioSystem.getAudioInputStream(AudioFormat(rate, 16, stored.format.channels, true, false), stored)
        val options = SttOptions(sampleRate = rate.toInt(), channels = stored.format.channels)
        Engine(EngineOptions(stt = listOf(ModelChoice(model)))).use { engine ->
            engine.stt(options).use { session ->
                val piece = ByteArray(audio.format.frameSize * 1600)
                do {
                    val length = audio.read(piece)
                    if (length > 0) session.push(piece, length) else session.finish()
                    for (event in session.events()) {
                        if (event is SttEvent.Final && event.text.isNotEmpty()) {
                            out.println("%8.2f s  %s".format(event.start.toMillis() / 1e3, event.text))
                        }
                    }
                } while (length > 0)
            }
        }
    }
}

private fun speak(text: String, file: String, voice: String = "espeak-ng", language: String = "en") {
    val sound = ByteArrayOutputStream()
    var rate = 0
    Engine(EngineOptions(tts = listOf(ModelChoice(voice, language)))).use { engine ->
        engine.tts(TtsOptions(whole = true)).use { session ->
            session.push(text)
            session.finish()
            for (event in session.events()) {
                when (event) {
                    is TtsEvent.Ready -> rate = event.sampleRate
                    is TtsEvent.Audio -> sound.write(event.audio)
                    is TtsEvent.Warning -> System.err.println("voice: ${event.message}")
                    else -> Unit
                }
            }
        }
    }
    val format = AudioFormat(rate.toFloat(), 16, 1, true, false)
    val samples = AudioInputStream(ByteArrayInputStream(sound.toByteArray()), format, sound.size() / 2L)
    AudioSystem.write(samples, AudioFileFormat.Type.WAVE, File(file))
}

private fun fail(reason: String?): Nothing {
    System.err.println("voice: $reason")
    exitProcess(1)
}

public fun main(args: Array<String>): Unit = try { // the only error handling
    val rest = args.drop(1)
    when (args.firstOrNull() to rest.size) {
        "transcribe" to 1 -> transcribe(rest[0])
        "transcribe" to 2 -> transcribe(rest[0], rest[1])
        "speak" to 2 -> speak(rest[0], rest[1])
        "speak" to 3 -> speak(rest[0], rest[1], rest[2])
        "speak" to 4 -> speak(rest[0], rest[1], rest[2], rest[3])
        "converse" to 4 -> Conversation(Devices()).hold(rest[0], rest[1], rest[2], rest[3])
        "converse" to 6 -> Conversation(Files(rest[4], rest[5])).hold(rest[0], rest[1], rest[2], rest[3])
        else -> fail("usage: $USAGE")
    }
} catch (error: VoiceException) {
    fail("${error.name}: ${error.message}")
} catch (error: UnsupportedAudioFileException) {
    fail(error.message)
} catch (error: LineUnavailableException) {
    fail(error.message)
} catch (error: IOException) {
    fail(error.message)
}
