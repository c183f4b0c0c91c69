package libvoice

import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import java.time.Duration
import kotlin.math.abs
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertTrue

class TtsSessionTest {
    private fun List<TtsEvent>.sound() = filterIsInstance<TtsEvent.Audio>()
        .fold(ByteArray(0)) { sound, event -> sound + event.audio }

    private fun Engine.say(text: String, options: TtsOptions = TtsOptions()) = tts(options).use { session ->
        session.push(text)
        session.finish()
        session.events().toList()
    }

    private fun loudest(sound: ByteArray) = sound.samples.maxOf { abs(it.toInt()) }

    @Test
    fun `speak returns a flow of audio`(): Unit = openTts().use { engine ->
        val events = runBlocking { engine.speak(flowOf("One two. ", "Three", " four.")).toList() }
        val ready = assertIs<TtsEvent.Ready>(events.first())
        assertEquals(TtsEvent.Finished, events.last())
        val audio = events.filterIsInstance<TtsEvent.Audio>()
        assertTrue(audio.all { it.sampleRate == ready.sampleRate && it.start < it.end })
        assertEquals(0L, audio.first().textStart)
        assertTrue(audio.last().textEnd > 9, "${audio.last().textEnd}")
        assertTrue(loudest(events.sound()) > 3000)
        // espeak-ng keeps some state between texts, so the length differs by a few samples.
        val whole = engine.say("One two. Three four.").sound().size
        assertTrue(abs(events.sound().size - whole) < 1000, "${events.sound().size} and $whole bytes")
    }

    @Test
    fun `explicit zero is not the default`(): Unit = openTts().use { engine ->
        assertEquals(0, loudest(engine.say("One.", TtsOptions(volume = 0f)).sound()))
        assertEquals(Code.OPTION_INVALID, code { engine.say("One.", TtsOptions(speed = 0f)) })
        assertEquals(Code.OPTION_INVALID, code { engine.say("One.", TtsOptions(loudness = 0f)) })
        // espeak-ng has one speaker, whose number is 0.
        assertTrue(loudest(engine.say("One.", TtsOptions(speaker = 0)).sound()) > 3000)
        assertEquals(Code.OPTION_INVALID, code { engine.say("One.", TtsOptions(speaker = 1)) })
        val slow = engine.say("One two three four.", TtsOptions(speed = 0.5f)).sound().size
        val fast = engine.say("One two three four.", TtsOptions(speed = 2f)).sound().size
        assertTrue(slow > 2 * fast, "$slow and $fast bytes")
    }

    @Test
    fun `cancel drops pushed text and keeps the stream`(): Unit = openTts().use { engine ->
        engine.tts().use { session ->
            session.push("This will never be heard. ".repeat(50))
            assertIs<TtsEvent.Ready>(session.next())
            session.cancel()
            assertEquals(Heard(Duration.ZERO, 0), assertIs<TtsEvent.Cancelled>(session.events().single()).heard)
            session.push("Here it goes on.")
            session.finish()
            val events = session.events().toList()
            assertTrue(events.sound().isNotEmpty())
            assertEquals(TtsEvent.Finished, events.last())
        }
    }

    @Test
    fun `resume continues where it was heard`(): Unit = openTts().use { engine ->
        engine.tts().use { session ->
            session.push("One two three. Four five six.")
            session.finish()
            val whole = session.events().toList().sound()
            session.played(Duration.ofMillis(500))
            assertEquals(Duration.ofMillis(500), session.heard().position)
            session.pause()
            val paused = assertIs<TtsEvent.Paused>(session.events().single())
            assertEquals(Duration.ofMillis(500), paused.heard.position)
            assertTrue(paused.heard.text < "One two three.".length)
            session.resume()
            val again = session.events().toList()
            val rest = again.sound()
            assertTrue(rest.contentEquals(whole.copyOfRange(whole.size - rest.size, whole.size)))
            assertEquals(paused.heard.position, again.filterIsInstance<TtsEvent.Audio>().first().start)
            assertEquals(TtsEvent.Finished, again.last())
        }
    }

    @Test
    fun `update changes the speed of later text`(): Unit = openTts().use { engine ->
        engine.tts().use { session ->
            session.push("One two three four. ")
            session.update(TtsOptions(speed = 2f), setOf(TtsField.SPEED))
            val code = code { session.update(TtsOptions(language = "tlh"), setOf(TtsField.LANGUAGE), engine) }
            assertEquals(Code.MODEL_NOT_FOUND, code)
            session.push("One two three four.")
            session.finish()
            val parts = session.events().filterIsInstance<TtsEvent.Audio>().groupBy { it.textStart }.values
            val (slow, fast) = parts.map { part -> part.sumOf { it.audio.size } }
            assertTrue(slow > fast * 3 / 2, "$slow and $fast bytes")
        }
    }

    @Test
    fun `SSML reports marks and unsupported features`(): Unit = openTts().use { engine ->
        engine.tts().use { session ->
            session.pushSsml("""<speak>One <mark name="here"/> two.<audio src="x.wav"/></speak>""")
            session.finish()
            val events = session.events().toList()
            assertEquals(listOf("here"), events.filterIsInstance<TtsEvent.Mark>().map { it.name })
            assertTrue(events.filterIsInstance<TtsEvent.Warning>().any { it.message.isNotEmpty() })
        }
        engine.tts().use { session ->
            assertEquals(Code.SSML_INVALID, code { session.pushSsml("<speak>One") })
        }
    }

    @Test
    fun `text without words is a warning`(): Unit = openTts().use { engine ->
        val warnings = engine.say("...").filterIsInstance<TtsEvent.Warning>()
        assertEquals(listOf(Code.TEXT_EMPTY), warnings.map { it.code })
    }

    @Test
    fun `explain tells what the voice is given`(): Unit = openTts().use { engine ->
        engine.tts().use { session ->
            val (first, second) = session.explain("Take 5 mg. Then call \u0645\u062d\u0645\u062f.").clauses
            assertEquals(listOf("Take 5 mg.", "en"), listOf(first.text, first.language))
            assertEquals(11L, second.textStart)
            assertEquals("Take five milligrams.", first.passages.single().spoken)
            assertTrue(first.passages.single().phonemes.contains("t"))
            assertEquals("Then call Muhammad.", second.passages.single().spoken)
            assertEquals(Code.TEXT_EMPTY, session.explain("<speak>...</speak>", isSsml = true).warnings.single().code)
        }
    }
}
