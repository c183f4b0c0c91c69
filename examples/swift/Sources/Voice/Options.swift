import CVoice

// Everywhere below, nil means: as the library does it. The header names its defaults and ranges.

/// A model or voice to load: a folder or file, or a name that the store in `EngineOptions.modelsFolder` knows.
/// For voices also `espeak-ng`, or `espeak-ng-en`.
public struct ModelChoice: Sendable, Hashable, ExpressibleByStringLiteral {
    public var model: String
    /// What sessions use it for (BCP 47, such as `ar`).
    public var language: String?

    public init(_ model: String, language: String? = nil) {
        self.model = model
        self.language = language
    }

    public init(stringLiteral model: String) {
        self.init(model)
    }
}

/// What an engine loads: models for speech to text and voices, each from the first choice to the last. Those
/// behind the first stand in when it does not work.
public struct EngineOptions: Sendable, Hashable {
    public var stt: [ModelChoice]
    public var tts: [ModelChoice]
    /// Loads models in the background, tests them while they are in use and heals them. Nil for none of it.
    public var supervision: Supervision?
    /// The folder of the models that are given by name. Those that are not there are downloaded.
    public var modelsFolder: String?
    /// The folder of the voices that are given by name, if not `modelsFolder`.
    public var voicesFolder: String?
    /// A list of further models than those that the library knows.
    public var manifest: String?
    /// A PEM file of further certificate authorities for downloads.
    public var authorities: String?
    /// libvosk, for speech to text. The first engine of a process decides.
    public var libvosk: String?
    /// The library of ONNX Runtime, for neural voices. The first engine of a process decides.
    public var onnxruntime: String?
    /// The library of espeak-ng, for most voices. The first engine of a process decides.
    public var espeak: String?
    /// A program that runs espeak-ng in a process of its own, such as voice-server: for texts of strangers.
    public var espeakHelper: String?
    /// A model that adds the vowels to Arabic text.
    public var tashkeel: String?
    /// A program that tries models whose hashes nobody knows, before they are loaded.
    public var trial: String?
    /// Bytes of rendered speech to keep for when the same is said again; 0 for none.
    public var cacheBytes: Int64?
    public var offline = false

    public init(stt: [ModelChoice] = [], tts: [ModelChoice] = [], supervision: Supervision? = nil) {
        self.stt = stt
        self.tts = tts
        self.supervision = supervision
    }
}

/// How an engine looks after its models.
public struct Supervision: Sendable, Hashable {
    /// Attempts in a row to load a model.
    public var loadAttempts: UInt32?
    /// Until a model that could not be loaded is tried again; later tries are further apart.
    public var retry: Duration?
    /// Between tests of a model in use.
    public var canary: Duration?
    /// Without an answer for this long, a model counts as stuck.
    public var deadline: Duration?
    /// Failures of sessions in a row after which a model is loaded anew.
    public var maxFailures: UInt32?

    public init() {}
}

/// What a speech-to-text session hears and reports.
public struct SttOptions: Sendable, Hashable {
    /// Samples per second and channel.
    public var sampleRate: UInt32?
    /// Interleaved channels.
    public var channels: UInt32?
    public var encoding = Encoding.pcmI16
    public var vad = Vad.detect
    /// Whether to report each word with its times.
    public var words = false
    /// Readings to report for each utterance; 0 for the best one only.
    public var maxAlternatives: UInt32 = 0
    /// Voice needed before speech counts as started.
    public var start: Duration?
    /// Silence that ends an utterance.
    public var silence: Duration?
    /// Longest utterance; what follows is a new one.
    public var maxUtterance: Duration?
    /// Silence after which `SttEvent.noSpeech` is reported; nil for never.
    public var noSpeechTimeout: Duration?
    /// Phrases to listen for instead of all that the model knows; `[unk]` takes other speech. Empty for none.
    public var grammar: [String] = []
    /// The language that will be spoken (BCP 47); it chooses the model.
    public var language: String?
    /// How many people speak.
    public var speaker = Speaker.one
    /// The channel to listen to, the first being 1; nil for all of them, mixed.
    public var channel: UInt32?

    public init() {}
}

/// How a text-to-speech session speaks, and what its audio is.
public struct TtsOptions: Sendable, Hashable {
    /// Samples per second; nil for the voice's own.
    public var sampleRate: UInt32?
    public var encoding = Encoding.pcmI16
    /// Whether to render each clause at once: less work, later sound. For files.
    public var whole = false
    /// Which speaker of a voice with several, from 0; nil for the voice's own.
    public var speaker: UInt32?
    /// Times as fast as the voice was made.
    public var speed: Float?
    /// Times as high.
    public var pitch: Float?
    /// How loud voices are made, in LUFS; positive to leave each as loud as it is.
    public var loudness: Float?
    /// Times as loud as that; 0 for silence.
    public var volume: Float?
    /// How much the sound varies; 0 to say the same the same way each time.
    public var noise: Float?
    /// The language that is written (BCP 47); it chooses the voice.
    public var language: String?
    /// The name of the voice, as `Engine.voices` gives it.
    public var voice: String?
    /// How words are said that voices get wrong: on each line a word, a tab, and other words or `/IPA/`.
    public var lexicon = ""

    public init() {}
}

/// Where models are kept, and what they are compared with.
public struct StoreOptions: Sendable, Hashable {
    /// The folder of the models, which need not be there yet.
    public var folder: String
    /// A list of further models than those that the library knows.
    public var manifest: String?
    /// A PEM file of further certificate authorities for downloads.
    public var authorities: String?
    public var offline = false

    public init(folder: String) {
        self.folder = folder
    }
}

/// How one sample is stored, always little-endian.
public enum Encoding: UInt32, Sendable {
    /// Signed 16-bit integers.
    case pcmI16 = 0
    /// 32-bit floats, full scale at -1 and 1.
    case pcmF32 = 1
}

/// How many people speak in one session, for models that learn a speaker's voice while they listen.
public enum Speaker: UInt32, Sendable {
    /// One: what is learnt of the voice is kept from utterance to utterance.
    case one = 0
    /// Many, such as in a meeting: each utterance begins without knowing the voice.
    case many = 1
}

/// How speech is told from silence.
public enum Vad: UInt32, Sendable {
    /// The built-in detector decides.
    case detect = 0
    /// Everything is speech: a push-to-talk button decides, through `SttSession.flush`.
    case always = 1
}
