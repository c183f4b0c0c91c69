package libvoice.cli

import libvoice.Dialog
import libvoice.DialogEvent
import libvoice.DialogOptions
import libvoice.Engine
import libvoice.EngineOptions
import libvoice.ModelChoice
import libvoice.TtsOptions
import java.time.Duration
import kotlin.concurrent.thread

/** Says a text, listens meanwhile, and says back what it heard. The user may interrupt. */
internal class Conversation(private val sound: Sound) {
    /** Audio that was not played. */
    private var buffer = ByteArray(0)

    /** The run of the buffer, and the position of its first byte in the audio of the dialog. */
    private var run = 0
    private var position = 0L

    fun hold(text: String, model: String, voice: String, language: String): Unit = sound.use {
        val options = EngineOptions(stt = listOf(ModelChoice(model)), tts = listOf(ModelChoice(voice, language)))
        Engine(options).use { engine ->
            engine.dialog(DialogOptions(tts = TtsOptions(sampleRate = RATE))).use { dialog ->
                val wait = Duration.ofMillis(100)
                // Each ends when the dialog is closed.
                thread(isDaemon = true) { until { dialog.listen(wait) } }
                thread(isDaemon = true) { until { dialog.speak(wait) } }
                dialog.say("greeting", text)
                devices(dialog)
            }
        }
    }

    private fun until(call: () -> Unit) = try {
        while (true) call()
    } catch (_: IllegalStateException) {
        // It is closed.
    }

    /** What audio callbacks do, and a thread that takes events. */
    private fun devices(dialog: Dialog) {
        val step = ByteArray(STEP)
        while (true) {
            val length = sound.hear(step)
            if (length <= 0) return
            dialog.push(step, length)
            generateSequence { dialog.next() }.forEach { take(it, dialog) }
            val played = minOf(STEP, buffer.size)
            sound.play(buffer.copyOf(STEP))
            buffer = buffer.copyOfRange(played, buffer.size)
            position += played
            if (played > 0) report(dialog)
        }
    }

    private fun report(dialog: Dialog) {
        val heard = position * 1000 / (RATE * 2) - sound.delay
        dialog.played(run, Duration.ofMillis(maxOf(heard, 0)))
    }

    private fun take(event: DialogEvent, dialog: Dialog) {
        when (event) {
            is DialogEvent.Audio -> if (event.run == run) {
                if (buffer.isEmpty()) position = event.start.toMillis() * RATE * 2 / 1000
                buffer += event.audio
            }
            is DialogEvent.Paused -> stop(event.run, "paused", dialog)
            is DialogEvent.Interrupted -> stop(event.run, "interrupted after: ${event.heardText}", dialog)
            is DialogEvent.Resumed -> out.println("resumed")
            is DialogEvent.Speaking -> out.println("speaking ${event.id}")
            is DialogEvent.Spoken -> out.println("spoken ${event.id}")
            is DialogEvent.Final -> out.println("heard: ${event.text}")
            is DialogEvent.TurnEnded -> {
                out.println("turn ended")
                // Here an app finds its answer.
                if (event.text.isNotEmpty()) dialog.say("answer", event.text)
            }
            is DialogEvent.Warning -> System.err.println("voice: ${event.message}")
            is DialogEvent.Failed -> System.err.println("voice: ${event.message}")
            is DialogEvent.Refused -> System.err.println("voice: ${event.message}")
            else -> Unit
        }
    }

    /** The dialog has what was not played. */
    private fun stop(next: Int, what: String, dialog: Dialog) {
        report(dialog)
        run = next
        buffer = ByteArray(0)
        out.println(what)
    }
}
