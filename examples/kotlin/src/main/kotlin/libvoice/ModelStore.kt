package libvoice

import com.sun.jna.Pointer
import libvoice.c.Arena
import libvoice.c.PullCallback
import libvoice.c.libvoice
import libvoice.c.output
import libvoice.c.read
import libvoice.c.readAll
import libvoice.c.string
import libvoice.c.voice_model
import libvoice.c.voice_model_list
import libvoice.c.voice_pull_progress
import libvoice.c.within
import java.io.File

/** A folder of models with names. Any number of threads may use it at once. */
public class ModelStore(options: StoreOptions) : AutoCloseable {
    private val handle = Arena().use { arena ->
        val opened = output { libvoice.voice_store_open(options.within(arena), it).orThrow() }
        Handle(opened!!, libvoice::voice_store_free)
    }

    /** The models of the store's manifest and the state of each. */
    public fun models(): List<Model> {
        val list = handle.use { store -> output { libvoice.voice_store_list(store, it).orThrow() } }!!
        try {
            return list.read(::voice_model_list).run { models.readAll(models_len, ::voice_model, ::model) }
        } finally {
            libvoice.voice_model_list_free(list)
        }
    }

    /**
     * Installs the model, unless it is installed and intact. The call blocks during the download; an interrupted
     * download is resumed. `progress` is called on this thread; it cancels the pull by returning false or throwing.
     */
    public fun pull(name: String, progress: (PullProgress) -> Boolean = { true }) {
        var thrown: Throwable? = null
        val callback = PullCallback { _, state ->
            val goesOn = runCatching { progress(pullProgress(state)) }.onFailure { thrown = it }
            if (goesOn.getOrDefault(false)) 1 else 0
        }
        try {
            call(name) { store, inC -> libvoice.voice_store_pull(store, inC, callback, null) }
        } catch (cancelled: VoiceException) {
            throw thrown ?: cancelled
        }
        thrown?.let { throw it }
    }

    /** Reads every file of a model and compares it with its hash. */
    public fun verify(name: String): Unit = call(name, libvoice::voice_store_verify)

    /** Removes a model or its partial download. Engines that use the model keep it until they reload it. */
    public fun remove(name: String): Unit = call(name, libvoice::voice_store_remove)

    private fun call(name: String, function: (Pointer, Pointer) -> Pointer?): Unit = Arena().use { arena ->
        handle.use { store -> function(store, arena.string(name)).orThrow() }
    }

    override fun close(): Unit = handle.close()
}

/** A model of the manifest. */
public data class Model(
    val name: String,
    val task: ModelTask,
    val presence: ModelPresence,
    /** Size of the download, or of the shipped files, in bytes. */
    val size: Long,
    /** Bytes that an unfinished download has so far. */
    val downloaded: Long,
    /** Bytes of memory that it needs when loaded; null if not measured. */
    val memory: Long?,
    /** BCP 47. */
    val languages: List<String>,
    val engine: String,
    /** An SPDX expression, or free text. */
    val license: String,
    val notes: String,
    /** Its folder, which may not exist yet. */
    val path: File,
)

/** The progress of a pull, in bytes. */
public data class PullProgress(val step: PullStep, val done: Long, val total: Long)

/** The current step of a pull. */
public enum class PullStep(override val number: Int) : Numbered {
    OTHER(0),

    /** Another process is pulling the same model. */
    WAITING(1),
    DOWNLOADING(2),
    UNPACKING(3),
}

/** The task of a model. */
public enum class ModelTask(override val number: Int) : Numbered {
    OTHER(0),
    STT(1),
    TTS(2),
    DIARIZATION(3),
    DIACRITIZATION(4),
    VAD(5),
    DENOISING(6),
}

/** The state of a model in a store. */
public enum class ModelPresence(override val number: Int) : Numbered {
    OTHER(0),
    ABSENT(1),

    /** An unfinished download. */
    PARTIAL(2),

    /** Installed; names and sizes match, hashes are not checked. */
    INSTALLED(3),

    /** A model that ships with the project, present. */
    SHIPPED(4),

    /** A file is missing or has another size: pull it again. */
    DAMAGED(5),

    /** A folder of that name that no pull created. */
    FOREIGN(6),
}

private fun pullProgress(progress: voice_pull_progress) = progress.run {
    PullProgress(enumOf(step, PullStep.OTHER), done, total)
}

private fun model(model: voice_model) = model.run {
    Model(
        name = name.string(),
        task = enumOf(task, ModelTask.OTHER),
        presence = enumOf(presence, ModelPresence.OTHER),
        size = size,
        downloaded = downloaded,
        memory = memory.takeIf { it > 0 },
        languages = languages.string().split(' ').filter(String::isNotEmpty),
        engine = engine.string(),
        license = license.string(),
        notes = notes.string(),
        path = File(path.string()),
    )
}
