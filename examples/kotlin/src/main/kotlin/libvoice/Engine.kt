package libvoice

import libvoice.c.Arena
import libvoice.c.libvoice
import libvoice.c.output
import libvoice.c.read
import libvoice.c.readAll
import libvoice.c.string
import libvoice.c.voice_health
import libvoice.c.voice_model_health
import libvoice.c.voice_text
import libvoice.c.voice_tts_voice
import libvoice.c.voice_tts_voice_list
import libvoice.c.within

/**
 * The models of a program. One engine serves any number of sessions and threads, all at once.
 *
 * Opening loads the models on the calling thread, which takes seconds for a large model and minutes for a download.
 * Sessions keep what they need, so the order of closing does not matter. An engine that is not closed stays open.
 *
 * @throws VoiceException if a task has models and none of them works.
 */
public class Engine(options: EngineOptions) : AutoCloseable {
    internal val handle = Arena().use { arena ->
        val opened = output { libvoice.voice_engine_open(options.within(arena), it).orThrow() }
        Handle(opened!!, libvoice::voice_engine_free)
    }

    /** Opens a session for one stream of audio. */
    public fun stt(options: SttOptions = SttOptions()): SttSession = Arena().use { arena ->
        val opened = handle.use { engine ->
            output { libvoice.voice_stt_open(engine, options.within(arena), it).orThrow() }
        }
        SttSession(Handle(opened!!, libvoice::voice_stt_free), options.encoding)
    }

    /** Opens a session for one stream of text. */
    public fun tts(options: TtsOptions = TtsOptions()): TtsSession = Arena().use { arena ->
        val opened = handle.use { engine ->
            output { libvoice.voice_tts_open(engine, options.within(arena), it).orThrow() }
        }
        TtsSession(Handle(opened!!, libvoice::voice_tts_free))
    }

    /** Opens a conversation, which listens and speaks at the same time. */
    public fun dialog(options: DialogOptions = DialogOptions()): Dialog = Arena().use { arena ->
        val opened = handle.use { engine ->
            output { libvoice.voice_dialog_open(engine, options.within(arena), it).orThrow() }
        }
        Dialog(Handle(opened!!, libvoice::voice_dialog_free), options.stt.encoding)
    }

    /** The working voices for a language; null stands for the language of the engine's first voice. */
    public fun voices(language: String? = null): List<TtsVoice> = Arena().use { arena ->
        val name = language?.let(arena::string)
        val list = handle.use { engine -> output { libvoice.voice_engine_voices(engine, name, it).orThrow() } }!!
        try {
            list.read(::voice_tts_voice_list).run { voices.readAll(voices_len, ::voice_tts_voice, ::voice) }
        } finally {
            libvoice.voice_tts_voice_list_free(list)
        }
    }

    /** A snapshot of the health of the engine and its models. */
    public fun health(): Health {
        val health = handle.use { engine -> output { libvoice.voice_engine_health(engine, it).orThrow() } }!!
        try {
            return health.read(::voice_health).run {
                Health(
                    status = enumOf(status, Status.OTHER),
                    stt = stt.readAll(stt_len, ::voice_model_health, ::modelHealth),
                    tts = tts.readAll(tts_len, ::voice_model_health, ::modelHealth),
                    json = json.string(),
                )
            }
        } finally {
            libvoice.voice_health_free(health)
        }
    }

    /** Reloads every model, for example after its files changed. Open sessions keep the model that they started with. */
    public fun reload(): Unit = handle.use { libvoice.voice_engine_reload(it).orThrow() }

    override fun close(): Unit = handle.close()

    public companion object {
        /** The version of the loaded library. */
        public val version: String get() = libvoice.voice_version()
    }
}

private fun voice(voice: voice_tts_voice) = voice.run {
    TtsVoice(
        name = name.string(),
        engine = engine.string(),
        language = language.string(),
        sampleRate = sample_rate,
        streams = streams != 0,
        speakers = speakers.readAll(speakers_len, ::voice_text, voice_text::string),
    )
}

private fun modelHealth(model: voice_model_health) = model.run {
    ModelHealth(
        name = name.string(),
        state = enumOf(state, ModelState.OTHER),
        engine = engine.string(),
        isInUse = in_use != 0,
        takesGrammar = takes_grammar != 0,
        streams = streams != 0,
        failure = failure.string().ifEmpty { null },
        reason = reason.string().ifEmpty { null },
    )
}

/** A voice that can be used. */
public data class TtsVoice(
    /** For [TtsOptions.voice]. */
    val name: String,
    val engine: String,
    val language: String,
    /** The voice's own sample rate in Hz. */
    val sampleRate: Int,
    /** Whether it gives audio before a clause is rendered completely. */
    val streams: Boolean,
    /** The names of its speakers; the index is the speaker number. Empty if the voice offers no choice. */
    val speakers: List<String>,
)

/** The state of an engine. */
public data class Health(
    val status: Status,
    val stt: List<ModelHealth>,
    val tts: List<ModelHealth>,
    /** The whole report as one JSON object. */
    val json: String,
)

/** The state of one model or voice. */
public data class ModelHealth(
    val name: String,
    val state: ModelState,
    /** The engine that runs it; empty until it is ready. */
    val engine: String,
    /** Whether sessions without a language get it. */
    val isInUse: Boolean,
    /** Whether sessions may set a grammar. */
    val takesGrammar: Boolean,
    /** Whether the voice gives audio before a clause is rendered completely. */
    val streams: Boolean,
    /** The stable name of its error, such as `model_invalid`. */
    val failure: String?,
    /** The error and what to do, as one sentence. */
    val reason: String?,
)

/** The overall state of an engine. */
public enum class Status(override val number: Int) : Numbered {
    /** A state that this layer does not know; [Health.json] names it. */
    OTHER(0),

    /** No session can be opened yet: a model is being loaded. */
    STARTING(1),

    /** The first models work, and sessions get them. */
    HEALTHY(2),

    /**
     * Sessions can be opened, but on a fallback model, or on a degraded one, or for one task only, or only if they
     * name a language because no model for the first model's language works.
     */
    DEGRADED(3),

    /** No session can be opened. */
    UNHEALTHY(4),
}

/** The state of a model. */
public enum class ModelState(override val number: Int) : Numbered {
    /** A state that this layer does not know; [Health.json] names it. */
    OTHER(0),

    /** Being downloaded, read and checked. */
    LOADING(1),

    /** In use. */
    READY(2),

    /** Not loaded; [ModelHealth.reason] says why. */
    FAILED(3),

    /** Loaded, but it failed or no longer answers. */
    DEGRADED(4),
}
