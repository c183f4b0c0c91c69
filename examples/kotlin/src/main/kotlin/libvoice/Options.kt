package libvoice

import java.io.File
import java.time.Duration

// Everywhere below, null means: as the library does it. The header names its defaults and ranges. Java sets
// options with the builders of Builders.kt.

/**
 * A model or voice to load: a folder or file, or a name that the store in [EngineOptions.modelsDir] knows. For
 * voices also `espeak-ng`, or `espeak-ng-en`. [language] (BCP 47, such as `ar`) is what sessions use it for.
 */
public data class ModelChoice @JvmOverloads constructor(val model: String, val language: String? = null)

/**
 * What an engine loads: models for speech to text and voices, each from the first choice to the last. Those
 * behind the first stand in when it does not work.
 */
public data class EngineOptions(
    val stt: List<ModelChoice> = emptyList(),
    val tts: List<ModelChoice> = emptyList(),
    /** Loads models in the background, tests them while they are in use and heals them. Null for none of it. */
    val supervision: Supervision? = null,
    /** The folder of the models that are given by name. Those that are not there are downloaded. */
    val modelsDir: File? = null,
    /** The folder of the voices that are given by name, if not [modelsDir]. */
    val voicesDir: File? = null,
    /** A list of further models than those that the library knows. */
    val manifest: File? = null,
    /** A PEM file of further certificate authorities for downloads. */
    val caFile: File? = null,
    /** The library of ONNX Runtime, for neural voices. The first engine of a process decides. */
    val onnxruntime: File? = null,
    /** The library of espeak-ng, for most voices. The first engine of a process decides. */
    val espeak: File? = null,
    /** A model that adds the vowels to Arabic text. */
    val tashkeel: File? = null,
    /** A program that tries models whose hashes nobody knows, before they are loaded. */
    val trial: File? = null,
    /** Bytes of rendered speech to keep for when the same is said again; 0 for none. */
    val cacheBytes: Long? = null,
    val offline: Boolean = false,
    /** libvosk, for speech to text. The first engine of a process decides. */
    val libvosk: File? = null,
    /** A program that runs espeak-ng in a process of its own, such as voice-server: for texts of strangers. */
    val espeakHelper: File? = null,
)

/** How an engine looks after its models. */
public data class Supervision(
    /** Attempts in a row to load a model. */
    val loadAttempts: Int? = null,
    /** Until a model that could not be loaded is tried again; later tries are further apart. */
    val retry: Duration? = null,
    /** Between tests of a model in use. */
    val canary: Duration? = null,
    /** Without an answer for this long, a model counts as stuck. */
    val deadline: Duration? = null,
    /** Failures of sessions in a row after which a model is loaded anew. */
    val maxFailures: Int? = null,
)

/** What a speech-to-text session hears and reports. */
public data class SttOptions(
    /** Samples per second and channel. */
    val sampleRate: Int? = null,
    /** Interleaved channels. */
    val channels: Int? = null,
    val encoding: Encoding = Encoding.PCM_I16,
    val vad: Vad = Vad.DETECT,
    /** Whether to report each word with its times. */
    val words: Boolean = false,
    /** Readings to report for each utterance; 0 for the best one only. */
    val maxAlternatives: Int = 0,
    /** Voice needed before speech counts as started. */
    val start: Duration? = null,
    /** Silence that ends an utterance. */
    val silence: Duration? = null,
    /** Longest utterance; what follows is a new one. */
    val maxUtterance: Duration? = null,
    /** Silence after which [SttEvent.NoSpeech] is reported; null for never. */
    val noSpeechTimeout: Duration? = null,
    /** Phrases to listen for instead of all that the model knows; `[unk]` takes other speech. Empty for none. */
    val grammar: List<String> = emptyList(),
    /** The language that will be spoken (BCP 47); it chooses the model. */
    val language: String? = null,
    /** How many people speak. */
    val speaker: Speaker = Speaker.ONE,
    /** The channel to listen to, the first being 1; null for all of them, mixed. */
    val channel: Int? = null,
)

/** How a text-to-speech session speaks, and what its audio is. */
public data class TtsOptions(
    /** Samples per second; null for the voice's own. */
    val sampleRate: Int? = null,
    val encoding: Encoding = Encoding.PCM_I16,
    /** Whether to render each clause at once: less work, later sound. For files. */
    val whole: Boolean = false,
    /** Which speaker of a voice with several, from 0; null for the voice's own. */
    val speaker: Int? = null,
    /** Times as fast as the voice was made. */
    val speed: Float? = null,
    /** Times as high. */
    val pitch: Float? = null,
    /** How loud voices are made, in LUFS; positive to leave each as loud as it is. */
    val loudness: Float? = null,
    /** Times as loud as that; 0 for silence. */
    val volume: Float? = null,
    /** How much the sound varies; 0 to say the same the same way each time. */
    val noise: Float? = null,
    /** The language that is written (BCP 47); it chooses the voice. */
    val language: String? = null,
    /** The name of the voice, as [Engine.voices] gives it. */
    val voice: String? = null,
    /** How words are said that voices get wrong: on each line a word, a tab, and other words or `/IPA/`. */
    val lexicon: String = "",
)

/** Where models are kept, and what they are compared with. */
public data class StoreOptions(
    /** The folder of the models, which need not be there yet. */
    val folder: File,
    /** A list of further models than those that the library knows. */
    val manifest: File? = null,
    /** A PEM file of further certificate authorities for downloads. */
    val caFile: File? = null,
    val offline: Boolean = false,
)

/** How one sample is stored, always little-endian. */
public enum class Encoding(override val number: Int) : Numbered {
    /** Signed 16-bit integers. */
    PCM_I16(0),

    /** 32-bit floats, full scale at -1 and 1. */
    PCM_F32(1),
}

/** How many people speak in one session, for models that learn a speaker's voice while they listen. */
public enum class Speaker(override val number: Int) : Numbered {
    /** One: what is learnt of the voice is kept from utterance to utterance. */
    ONE(0),

    /** Many, such as in a meeting: each utterance begins without knowing the voice. */
    MANY(1),
}

/** How speech is told from silence. */
public enum class Vad(override val number: Int) : Numbered {
    /** The built-in detector decides. */
    DETECT(0),

    /** Everything is speech: a push-to-talk button decides, through [SttSession.flush]. */
    ALWAYS(1),
}
