package libvoice

import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import kotlin.concurrent.thread
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertTrue

class SttSessionTest {
    @Test
    fun `transcribe returns a flow of events`(): Unit = openStt().use { engine ->
        val events = runBlocking {
            engine.transcribe(recording.pieces(3200).asFlow(), SttOptions(words = true)).toList()
        }
        assertEquals(said, events.texts())
        assertEquals(SttEvent.Ready("ar-commands"), events.first())
        assertTrue(events.any { it is SttEvent.Partial })
        val finals = events.filterIsInstance<SttEvent.Final>()
        for (final in finals) {
            assertEquals(final.text, final.words.joinToString(" ") { it.text })
            for (word in final.words) {
                assertTrue(word.start >= final.start && word.end <= final.end && word.start < word.end, "$word")
                assertTrue(word.confidence!! in 0f..1f, "$word")
            }
        }
        val ends = events.filterIsInstance<SttEvent.SpeechEnded>()
        assertEquals(listOf(EndReason.SILENCE), ends.map { it.reason }.distinct())
    }

    @Test
    fun `cancelled flow ends`(): Unit = openStt().use { engine ->
        val first = runBlocking { engine.transcribe(recording.pieces(3200).asFlow()).first() }
        assertIs<SttEvent.Ready>(first)
    }

    @Test
    fun `samples and bytes give the same text`(): Unit = openStt().use { engine ->
        val floats = SttOptions(encoding = Encoding.PCM_F32)
        val heard = listOf(
            engine.stt().use { it.push(recording.samples); it.finish(); it.events().toList() },
            engine.stt(floats).use { session ->
                session.push(recording.samples.map { it / 32768f }.toFloatArray())
                session.finish()
                session.events().toList()
            },
        )
        for (events in heard) assertEquals(said, events.texts())
        engine.stt(floats).use { assertFailsWith<IllegalArgumentException> { it.push(ShortArray(10)) } }
    }

    @Test
    fun `alternatives and a grammar`(): Unit = openStt().use { engine ->
        val options = SttOptions(maxAlternatives = 3, words = true, grammar = said + "[unk]")
        engine.stt(options).use { session ->
            session.push(recording)
            session.finish()
            val finals = session.events().filterIsInstance<SttEvent.Final>().toList()
            assertEquals(said, finals.map { it.text })
            for (final in finals) {
                assertEquals(final.text, final.alternatives.first().text)
                assertTrue(final.alternatives.size <= 3)
                assertTrue(final.alternatives.first().words.all { it.confidence == null })
            }
        }
        assertEquals(Code.GRAMMAR_INVALID, code { engine.stt(SttOptions(grammar = listOf("zzz"))).close() })
    }

    @Test
    fun `update changes the grammar`(): Unit = openStt().use { engine ->
        engine.stt().use { session ->
            session.update(SttOptions(grammar = listOf("[unk]")), setOf(SttField.GRAMMAR))
            session.push(recording)
            session.flush()
            session.update(SttOptions(), setOf(SttField.GRAMMAR))
            val klingon = SttOptions(language = "tlh")
            assertEquals(Code.MODEL_NOT_FOUND, code { session.update(klingon, setOf(SttField.LANGUAGE), engine) })
            session.push(recording)
            session.finish()
            val texts = session.events().toList().texts()
            assertEquals(said, texts.takeLast(said.size))
            assertTrue(texts.dropLast(said.size).all { it == "[unk]" }, "$texts")
        }
    }

    @Test
    fun `threads push and take events in parallel`(): Unit = openStt().use { engine ->
        engine.stt().use { session ->
            val events = ConcurrentLinkedQueue<SttEvent>()
            val failures = ConcurrentLinkedQueue<Throwable>()
            val pushing = thread {
                runCatching { recording.pieces(640).forEach(session::push) }.onFailure(failures::add)
            }
            while (pushing.isAlive) session.events().forEach(events::add)
            session.finish()
            session.events().forEach(events::add)
            assertEquals(emptyList(), failures.toList())
            assertEquals(said, events.toList().texts())
        }
    }

    @Test
    fun `close waits for calls and frees once`(): Unit = openStt().use { engine ->
        repeat(20) {
            val session = engine.stt(SttOptions(vad = Vad.ALWAYS))
            val failures = ConcurrentLinkedQueue<Throwable>()
            val using = List(3) {
                thread {
                    runCatching {
                        repeat(1000) {
                            session.push(recording, 3200)
                            session.next()
                        }
                    }.onFailure(failures::add)
                }
            }
            session.next()
            session.close()
            session.close()
            using.forEach(Thread::join)
            assertEquals(3, failures.size)
            failures.forEach { assertIs<IllegalStateException>(it) }
        }
    }

    @Test
    fun `sessions outlive their engine`() {
        val session = openStt().use { it.stt() }
        session.use {
            it.push(recording)
            it.finish()
            assertEquals(said, it.events().toList().texts())
        }
    }

    @Test
    fun `errors have codes`(): Unit = openStt().use { engine ->
        engine.stt().use { session ->
            session.finish()
            val error = assertFailsWith<VoiceException> { session.push(recording) }
            assertEquals(Code.SESSION_ENDED, error.code)
            assertEquals("session_ended", error.name)
            assertTrue(error.message.isNotEmpty() && !error.isRetryable)
        }
        assertEquals(Code.OPTION_INVALID, code { engine.stt(SttOptions(silence = Duration.ofSeconds(60))).close() })
        assertEquals(Code.AUDIO_FORMAT_UNSUPPORTED, code { engine.stt(SttOptions(channels = 9)).close() })
        assertFailsWith<IllegalArgumentException> { engine.stt(SttOptions(silence = Duration.ZERO)) }
        assertFailsWith<IllegalArgumentException> { engine.stt(SttOptions(language = "a\u0000r")) }
    }
}
