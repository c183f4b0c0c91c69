package libvoice

import java.io.File
import java.time.Duration

// In all options below, null means the library's default. The header documents defaults and ranges. Java sets options
// with the builders of Builders.kt.

/**
 * A model or voice to load: a folder or file, or a name from the store in [EngineOptions.modelsDir]. For voices also
 * `espeak-ng`, or `espeak-ng-en`. [language] (BCP 47, such as `ar`) is the language that sessions use it for.
 */
public data class ModelChoice @JvmOverloads constructor(val model: String, val language: String? = null)

/**
 * Options of an engine: speech-to-text models and voices, in order of preference. Later entries are fallbacks of
 * earlier ones.
 */
public data class EngineOptions(
    val stt: List<ModelChoice> = emptyList(),
    val tts: List<ModelChoice> = emptyList(),
    /** Loads models in the background, tests them while they are in use and reloads them after a failure. Null to load them once. */
    val supervision: Supervision? = null,
    /** The folder of models given by name. Missing ones are downloaded. */
    val modelsDir: File? = null,
    /** The folder of voices given by name, if not [modelsDir]. */
    val voicesDir: File? = null,
    /** A manifest file of models in addition to the built-in ones. */
    val manifest: File? = null,
    /** A PEM file of additional certificate authorities for downloads. */
    val caFile: File? = null,
    /** The library of ONNX Runtime, for neural voices. The first engine of a process sets it. */
    val onnxruntime: File? = null,
    /** The library of espeak-ng, for most voices. The first engine of a process sets it. */
    val espeak: File? = null,
    /** A model that adds the vowels to Arabic text. */
    val tashkeel: File? = null,
    /** A program that tests models without known hashes in a process of its own before they are loaded. */
    val trial: File? = null,
    /** Size of the cache of rendered speech, in bytes; 0 for no cache. */
    val cacheBytes: Long? = null,
    val offline: Boolean = false,
    /** libvosk, for speech to text. The first engine of a process sets it. */
    val libvosk: File? = null,
    /** A program that runs espeak-ng in a process of its own, such as voice-server, for untrusted texts. */
    val espeakHelper: File? = null,
)

/** The supervision of an engine's models. */
public data class Supervision(
    /** Attempts in a row to load a model. */
    val loadAttempts: Int? = null,
    /** Delay until loading a failed model is tried again; later retries are further apart. */
    val retry: Duration? = null,
    /** Interval between tests of a model in use. */
    val canary: Duration? = null,
    /** Time without an answer after which a model counts as stuck. */
    val deadline: Duration? = null,
    /** Failures of sessions in a row after which a model is reloaded. */
    val maxFailures: Int? = null,
)

/** Options of a speech-to-text session. */
public data class SttOptions(
    /** Samples per second and channel. */
    val sampleRate: Int? = null,
    /** Interleaved channels. */
    val channels: Int? = null,
    val encoding: Encoding = Encoding.PCM_I16,
    val vad: Vad = Vad.DETECT,
    /** Whether to report each word with its times. */
    val words: Boolean = false,
    /** Alternatives to report for each utterance; 0 for only the best transcript. */
    val maxAlternatives: Int = 0,
    /** Voice required before speech counts as started. */
    val start: Duration? = null,
    /** Silence that ends an utterance. */
    val silence: Duration? = null,
    /** Maximum utterance length; speech after it is a new utterance. */
    val maxUtterance: Duration? = null,
    /** Silence after which [SttEvent.NoSpeech] is reported; null for never. */
    val noSpeechTimeout: Duration? = null,
    /** The phrases to recognize; nothing else is recognized. `[unk]` matches other speech. Empty for no grammar. */
    val grammar: List<String> = emptyList(),
    /** The spoken language (BCP 47); it selects the model. */
    val language: String? = null,
    /** The number of speakers. */
    val speaker: Speaker = Speaker.ONE,
    /** The channel to recognize, counted from 1; null for all of them, mixed. */
    val channel: Int? = null,
)

/** Fields of [SttOptions] that [SttSession.update] changes. */
public enum class SttField(override val number: Int) : Numbered {
    /** [SttOptions.grammar]. */
    GRAMMAR(1),

    /** [SttOptions.start], [SttOptions.silence], [SttOptions.maxUtterance] and [SttOptions.noSpeechTimeout]. */
    ENDPOINT(2),

    /** [SttOptions.language]. */
    LANGUAGE(4),

    /** [SttOptions.words]. */
    WORDS(8),

    /** [SttOptions.maxAlternatives]. */
    MAX_ALTERNATIVES(16),
}

/** Options of a text-to-speech session. */
public data class TtsOptions(
    /** Samples per second; null for the voice's own. */
    val sampleRate: Int? = null,
    val encoding: Encoding = Encoding.PCM_I16,
    /** Whether to render each clause completely before its audio is returned: less CPU time, later first audio. For files. */
    val whole: Boolean = false,
    /** The speaker number of a voice with several, from 0; null for the voice's own. */
    val speaker: Int? = null,
    /** Speaking rate factor (1 = the voice's own). */
    val speed: Float? = null,
    /** Pitch factor. */
    val pitch: Float? = null,
    /** Loudness that voices are normalized to, in LUFS; positive for no normalization. */
    val loudness: Float? = null,
    /** Gain relative to the loudness; 0 for silence. */
    val volume: Float? = null,
    /** Random variation of neural voices; 0 for the same audio each time. */
    val noise: Float? = null,
    /** The maximum audio that was returned and not heard to keep for [TtsSession.resume]; zero keeps none. */
    val kept: Duration? = null,
    /** The language of the text (BCP 47); it selects the voice. */
    val language: String? = null,
    /** The name of the voice, as [Engine.voices] gives it. */
    val voice: String? = null,
    /** Pronunciations of words: on each line a word, a tab, and other words or `/IPA/`. */
    val lexicon: String = "",
)

/** Fields of [TtsOptions] that [TtsSession.update] changes. */
public enum class TtsField(override val number: Int) : Numbered {
    /** [TtsOptions.speed]. */
    SPEED(1),

    /** [TtsOptions.pitch]. */
    PITCH(2),

    /** [TtsOptions.volume]. */
    VOLUME(4),

    /** [TtsOptions.loudness]. */
    LOUDNESS(8),

    /** [TtsOptions.noise]. */
    NOISE(16),

    /** [TtsOptions.speaker]. */
    SPEAKER(32),

    /** [TtsOptions.language]. The session gets the voices for it, unless [TtsOptions.voice] names one. */
    LANGUAGE(64),

    /** [TtsOptions.voice]. The speaker is the voice's own, unless [TtsOptions.speaker] is changed too. */
    VOICE(128),

    /** [TtsOptions.lexicon]. */
    LEXICON(256),

    /** [TtsOptions.whole]. */
    WHOLE(512),

    /** [TtsOptions.kept]. */
    KEPT_MS(1024),
}

/** The folder of a store and the manifest that its models are checked against. */
public data class StoreOptions(
    /** The folder of the models; it need not exist yet. */
    val folder: File,
    /** A manifest file of models in addition to the built-in ones. */
    val manifest: File? = null,
    /** A PEM file of additional certificate authorities for downloads. */
    val caFile: File? = null,
    val offline: Boolean = false,
)

/** How audio is stored. Samples of several bytes are little-endian. */
public enum class Encoding(override val number: Int) : Numbered {
    /** Signed 16-bit integers. */
    PCM_I16(0),

    /** 32-bit floats, full scale at -1 and 1. */
    PCM_F32(1),

    /** µ-law of G.711, one byte for each sample. */
    MU_LAW(2),

    /** A-law of G.711, one byte for each sample. */
    A_LAW(3),

    /**
     * Speech to text: each push is one Opus packet. Text to speech: each audio event is one packet of 20 ms. Needs a libvoice with the
     * feature `opus`.
     */
    OPUS_PACKETS(4),

    /** Speech to text: Ogg or WebM with Opus, split at any byte. Text to speech: Ogg with Opus. */
    OPUS_STREAM(5),
}

/** The number of speakers in a session, for models that adapt to a speaker's voice. */
public enum class Speaker(override val number: Int) : Numbered {
    /** One speaker: the adaptation is kept between utterances. */
    ONE(0),

    /** Many speakers, such as in a meeting: each utterance starts without adaptation. */
    MANY(1),
}

/** How speech and silence are separated. */
public enum class Vad(override val number: Int) : Numbered {
    /** The built-in detector decides. */
    DETECT(0),

    /** All audio is speech, for push-to-talk: end each utterance with [SttSession.flush]. */
    ALWAYS(1),
}
