package libvoice

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.takeWhile
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assumptions.assumeTrue
import java.time.Duration
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertTrue

class DialogTest {
    private val prompt = "One two three four five six seven eight nine ten. ".repeat(10)

    private fun open(): Engine = try {
        Engine(EngineOptions(listOf(ModelChoice(given("voice.model").path)), listOf(ModelChoice("espeak-ng", "en"))))
    } catch (error: VoiceException) {
        assumeTrue(error.code != Code.ENGINE_UNAVAILABLE, error.message)
        throw error
    }

    /** Both sides compute until there is an event of that type. */
    private inline fun <reified T : DialogEvent> Dialog.until(): T {
        repeat(10_000) {
            listen(Duration.ZERO)
            speak(Duration.ofMillis(1))
            generateSequence { next() }.forEach { if (it is T) return it }
        }
        throw AssertionError("no ${T::class.simpleName}")
    }

    @Test
    fun `a person interrupts and is understood`(): Unit = open().use { engine ->
        val audio = recording
        val options = DialogOptions(stt = SttOptions(words = true), warmUp = Duration.ZERO)
        engine.dialog(options).use { dialog ->
            dialog.say("prompt", prompt)
            val events = runBlocking {
                withTimeout(60_000) {
                    // The microphone is silent until the prompt is audible.
                    val microphone = launch(Dispatchers.Default) {
                        for (piece in ByteArray(32_000).pieces(640) + audio.pieces(640)) {
                            dialog.push(piece)
                            delay(20)
                        }
                    }
                    dialog.converse().takeWhile { it !is DialogEvent.TurnEnded }.toList().also { microphone.cancel() }
                }
            }
            val ready = assertIs<DialogEvent.Listening>(events.first())
            assertEquals("ar-commands", ready.model)
            val audible = events.filterIsInstance<DialogEvent.Audio>()
            assertTrue(audible.isNotEmpty() && audible.all { it.run == 0 && it.audio.isNotEmpty() })
            val kinds = events.map { it::class }
            assertTrue(kinds.indexOf(DialogEvent.Paused::class) < kinds.indexOf(DialogEvent.Interrupted::class))
            val interrupted = events.filterIsInstance<DialogEvent.Interrupted>().single()
            assertEquals(listOf("prompt"), interrupted.ids)
            assertTrue(prompt.startsWith(interrupted.heardText))
            val final = events.filterIsInstance<DialogEvent.Final>().last()
            assertEquals(said[0], final.text)
            assertEquals(said[0], final.words.joinToString(" ") { it.text })
        }
    }

    @Test
    fun `text in pieces is spoken and heard`(): Unit = open().use { engine ->
        engine.dialog().use { dialog ->
            dialog.say("a", "One, ", setOf(SayFlag.OPEN, SayFlag.UNINTERRUPTIBLE))
            dialog.append("a", "two.")
            dialog.flush("a")
            assertEquals("a", dialog.until<DialogEvent.Speaking>().id)
            val audio = dialog.until<DialogEvent.Audio>()
            assertEquals(Duration.ZERO, audio.start)
            dialog.played(audio.run, Duration.ofSeconds(60))
            assertEquals("a", dialog.until<DialogEvent.Spoken>().id)
            dialog.say("b", prompt)
            dialog.until<DialogEvent.Audio>()
            dialog.clear()
            assertEquals(listOf("b"), dialog.until<DialogEvent.Interrupted>().ids)
        }
    }

    @Test
    fun `decisions and expectations reach the library`(): Unit = open().use { engine ->
        val options = DialogOptions(
            stt = SttOptions(vad = Vad.ALWAYS),
            decider = Decider.APPLICATION,
            warmUp = Duration.ZERO,
            words = ListenerWords(emptyList(), listOf("stop")),
        )
        engine.dialog(options).use { dialog ->
            dialog.expect(ExpectOptions(Expect.PHRASES, listOf(said[0]), grammar = ExpectGrammar.PHRASES))
            dialog.say("a", prompt)
            dialog.until<DialogEvent.Audio>()
            dialog.push(ShortArray(3200))
            assertEquals(1, dialog.until<DialogEvent.Paused>().run)
            dialog.reject()
            assertEquals(ResumeReason.REJECTED, dialog.until<DialogEvent.Resumed>().reason)
            dialog.confirm()
            dialog.endTurn()
            dialog.finish()
            assertEquals(Code.SESSION_ENDED, code { dialog.push(ByteArray(2)) })
        }
    }

    @Test
    fun `wrong requests are refused`(): Unit = open().use { engine ->
        assertEquals(Code.OPTION_INVALID, code { engine.dialog(DialogOptions(idle = Duration.ofMillis(1))) })
        val dialog = engine.dialog(DialogOptionsBuilder().minWords(2).build())
        assertEquals(Code.SSML_INVALID, code { dialog.say("a", "<speak>One", setOf(SayFlag.SSML)) })
        assertEquals(Code.OPTION_INVALID, code { dialog.append("a", "x") })
        assertFailsWith<IllegalArgumentException> { dialog.push(FloatArray(1)) }
        dialog.close()
        assertFailsWith<IllegalStateException> { dialog.listen(Duration.ZERO) }
    }
}
