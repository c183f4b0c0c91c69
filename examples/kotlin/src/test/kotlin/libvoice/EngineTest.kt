package libvoice

import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue

class EngineTest {
    @Test
    fun `health lists the models`(): Unit = openStt().use { engine ->
        engine.reload()
        val health = engine.health()
        assertEquals(Status.HEALTHY, health.status)
        val model = health.stt.single()
        assertEquals("ar-commands", model.name)
        assertEquals(ModelState.READY, model.state)
        assertTrue(model.isInUse && model.takesGrammar && model.failure == null && model.reason == null)
        assertEquals(emptyList(), health.tts)
        assertTrue(health.json.startsWith("{"), health.json)
        assertTrue(Engine.version.matches(Regex("""\d+\.\d+\.\d+.*""")), Engine.version)
    }

    @Test
    fun `voices are listed`(): Unit = openTts().use { engine ->
        val voice = engine.voices().single()
        assertTrue(voice.name.isNotEmpty() && voice.sampleRate >= 4000, "$voice")
        assertEquals("en", voice.language)
        assertEquals(listOf(voice), engine.voices("en"))
    }

    @Test
    fun `missing model is named`() {
        val options = EngineOptions(stt = listOf(ModelChoice("no/such/نموذج")))
        val error = assertFailsWith<VoiceException> { Engine(options) }
        assertEquals(Code.MODEL_NOT_FOUND, error.code)
        assertTrue("no/such/نموذج" in error.message, error.message)
    }

    @Test
    fun `nothing works after closing`() {
        val engine = openStt()
        engine.close()
        engine.close()
        assertFailsWith<IllegalStateException> { engine.health() }
    }

    private fun loadedInTheBackground(): Engine {
        val model = ModelChoice(given("voice.model").path)
        val supervision = Supervision(canary = Duration.ofSeconds(10))
        val engine = Engine(EngineOptions(stt = listOf(model), supervision = supervision))
        val deadline = System.nanoTime() + 30_000_000_000
        while (engine.health().status != Status.HEALTHY && System.nanoTime() < deadline) Thread.sleep(10)
        assertEquals(Status.HEALTHY, engine.health().status)
        return engine
    }

    @Test
    fun `log callback can be set and removed`() {
        val lines = ConcurrentLinkedQueue<String>()
        setLog(LogLevel.DEBUG) { _, line ->
            lines += line
            error("what a sink throws goes nowhere")
        }
        loadedInTheBackground().close()
        setLog(LogLevel.OFF, null)
        val told = lines.toList()
        loadedInTheBackground().close()
        assertTrue(told.isNotEmpty() && told.none(String::isEmpty))
        assertEquals(told, lines.toList())
    }
}
