package libvoice

import com.sun.net.httpserver.HttpServer
import java.io.File
import java.net.InetAddress
import java.net.InetSocketAddress
import java.security.MessageDigest
import kotlin.io.path.createTempDirectory
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue

class ModelStoreTest {
    private val content = ByteArray(300_000) { 7 }

    private fun inFolder(test: (File) -> Unit) {
        val folder = createTempDirectory("store").toFile()
        try {
            test(folder)
        } finally {
            folder.deleteRecursively()
        }
    }

    /** A manifest of one model on a local server. */
    private fun manifest(port: Int): String {
        val hash = MessageDigest.getInstance("SHA-256").digest(content).joinToString("") { "%02x".format(it) }
        return """
            version = 1
            [[model]]
            name = "toy"
            task = "stt"
            languages = ["ar", "en"]
            engine = "vosk"
            license = "CC0-1.0"
            [[model.file]]
            url = "http://127.0.0.1:$port/a"
            path = "a"
            size = ${content.size}
            sha256 = "$hash"
        """.trimIndent()
    }

    @Test
    fun `store lists, verifies and refuses`(): Unit = inFolder { folder ->
        ModelStore(StoreOptions(folder = folder, offline = true)).use { store ->
            val absent = store.models().first { it.presence == ModelPresence.ABSENT }
            assertTrue(absent.size > 0 && absent.languages.isNotEmpty() && absent.license.isNotEmpty(), "$absent")
            assertEquals(folder, absent.path.parentFile)
            assertEquals(Code.OFFLINE, code { store.pull(absent.name) })
            assertEquals(Code.MODEL_NOT_FOUND, code { store.verify(absent.name) })
            assertEquals(Code.MODEL_NOT_FOUND, code { store.pull("nobody-knows-this") })
            assertEquals(Code.MODEL_NOT_FOUND, code { store.remove("nobody-knows-this") })
        }
    }

    @Test
    fun `pull reports progress and can be cancelled`(): Unit = inFolder { folder ->
        val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
        server.createContext("/") { request ->
            runCatching { // a client that cancels closes the connection early
                request.sendResponseHeaders(200, content.size.toLong())
                request.responseBody.use { it.write(content) }
            }
        }
        server.start()
        try {
            val manifest = File(folder, "manifest.toml").apply { writeText(manifest(server.address.port)) }
            ModelStore(StoreOptions(folder = File(folder, "models"), manifest = manifest)).use { store ->
                assertEquals(Code.CANCELLED, code { store.pull("toy") { false } })
                assertFailsWith<ArithmeticException> { store.pull("toy") { throw ArithmeticException() } }
                val told = mutableListOf<PullProgress>()
                store.pull("toy", told::add)
                val last = told.last { it.step == PullStep.DOWNLOADING }
                assertEquals(listOf(content.size.toLong(), content.size.toLong()), listOf(last.done, last.total))
                store.verify("toy")
                val toy = store.models().single { it.name == "toy" }
                assertEquals(ModelPresence.INSTALLED, toy.presence)
                assertEquals(listOf("ar", "en"), toy.languages)
                assertEquals(ModelTask.STT, toy.task)
                store.remove("toy")
                assertEquals(Code.MODEL_NOT_FOUND, code { store.verify("toy") })
            }
        } finally {
            server.stop(0)
        }
    }
}
