import CVoice

// In all options below, nil means the library's default. The header documents defaults and ranges.

/// A model or voice to load: a folder or file, or a name from the store in `EngineOptions.modelsFolder`. For voices
/// also `espeak-ng`, or `espeak-ng-en`.
public struct ModelChoice: Sendable, Hashable, ExpressibleByStringLiteral {
    public var model: String
    /// The language that sessions use it for (BCP 47, such as `ar`).
    public var language: String?

    public init(_ model: String, language: String? = nil) {
        self.model = model
        self.language = language
    }

    public init(stringLiteral model: String) {
        self.init(model)
    }
}

/// Options of an engine: speech-to-text models and voices, in order of preference. Later entries are fallbacks of
/// earlier ones.
public struct EngineOptions: Sendable, Hashable {
    public var stt: [ModelChoice]
    public var tts: [ModelChoice]
    /// Loads models in the background, tests them while they are in use and reloads them after a failure. Nil to load
    /// them once.
    public var supervision: Supervision?
    /// The folder of models given by name. Missing ones are downloaded.
    public var modelsFolder: String?
    /// The folder of voices given by name, if not `modelsFolder`.
    public var voicesFolder: String?
    /// A manifest file of models in addition to the built-in ones.
    public var manifest: String?
    /// A PEM file of additional certificate authorities for downloads.
    public var authorities: String?
    /// libvosk, for speech to text. The first engine of a process sets it.
    public var libvosk: String?
    /// The library of ONNX Runtime, for neural voices. The first engine of a process sets it.
    public var onnxruntime: String?
    /// The library of espeak-ng, for most voices. The first engine of a process sets it.
    public var espeak: String?
    /// A program that runs espeak-ng in a process of its own, such as voice-server, for untrusted texts.
    public var espeakHelper: String?
    /// A model that adds the vowels to Arabic text.
    public var tashkeel: String?
    /// A program that tests models without known hashes in a process of its own before they are loaded.
    public var trial: String?
    /// Size of the cache of rendered speech, in bytes; 0 for no cache.
    public var cacheBytes: Int64?
    public var offline = false

    public init(stt: [ModelChoice] = [], tts: [ModelChoice] = [], supervision: Supervision? = nil) {
        self.stt = stt
        self.tts = tts
        self.supervision = supervision
    }
}

/// The supervision of an engine's models.
public struct Supervision: Sendable, Hashable {
    /// Attempts in a row to load a model.
    public var loadAttempts: UInt32?
    /// Delay until loading a failed model is tried again; later retries are further apart.
    public var retry: Duration?
    /// Interval between tests of a model in use.
    public var canary: Duration?
    /// Time without an answer after which a model counts as stuck.
    public var deadline: Duration?
    /// Failures of sessions in a row after which a model is reloaded.
    public var maxFailures: UInt32?

    public init() {}
}

/// Options of a speech-to-text session.
public struct SttOptions: Sendable, Hashable {
    /// Samples per second and channel.
    public var sampleRate: UInt32?
    /// Interleaved channels.
    public var channels: UInt32?
    public var encoding = Encoding.pcmI16
    public var vad = Vad.detect
    /// Whether to report each word with its times.
    public var words = false
    /// Alternatives to report for each utterance; 0 for only the best transcript.
    public var maxAlternatives: UInt32 = 0
    /// Voice required before speech counts as started.
    public var start: Duration?
    /// Silence that ends an utterance.
    public var silence: Duration?
    /// Maximum utterance length; speech after it is a new utterance.
    public var maxUtterance: Duration?
    /// Silence after which `SttEvent.noSpeech` is reported; nil for never.
    public var noSpeechTimeout: Duration?
    /// The phrases to recognize; nothing else is recognized. `[unk]` matches other speech. Empty for no grammar.
    public var grammar: [String] = []
    /// The spoken language (BCP 47); it selects the model.
    public var language: String?
    /// The number of speakers.
    public var speaker = Speaker.one
    /// The channel to recognize, counted from 1; nil for all of them, mixed.
    public var channel: UInt32?

    public init() {}
}

/// Fields of `SttOptions` that `SttSession.update` changes.
public enum SttField: UInt32, Sendable {
    /// `SttOptions.grammar`.
    case grammar = 1
    /// `SttOptions.start`, `silence`, `maxUtterance` and `noSpeechTimeout`.
    case endpoint = 2
    /// `SttOptions.language`.
    case language = 4
    /// `SttOptions.words`.
    case words = 8
    /// `SttOptions.maxAlternatives`.
    case maxAlternatives = 16
}

/// Options of a text-to-speech session.
public struct TtsOptions: Sendable, Hashable {
    /// Samples per second; nil for the voice's own.
    public var sampleRate: UInt32?
    public var encoding = Encoding.pcmI16
    /// Whether to render each clause completely before its audio is returned: less CPU time, later first audio. For
    /// files.
    public var whole = false
    /// The speaker number of a voice with several, from 0; nil for the voice's own.
    public var speaker: UInt32?
    /// Speaking rate factor (1 = the voice's own).
    public var speed: Float?
    /// Pitch factor.
    public var pitch: Float?
    /// Loudness that voices are normalized to, in LUFS; positive for no normalization.
    public var loudness: Float?
    /// Gain relative to the loudness; 0 for silence.
    public var volume: Float?
    /// Random variation of neural voices; 0 for the same audio each time.
    public var noise: Float?
    /// The maximum audio that was returned and not heard to keep for `TtsSession.resume`; zero keeps none.
    public var kept: Duration?
    /// The language of the text (BCP 47); it selects the voice.
    public var language: String?
    /// The name of the voice, as `Engine.voices` gives it.
    public var voice: String?
    /// Pronunciations of words: on each line a word, a tab, and other words or `/IPA/`.
    public var lexicon = ""

    public init() {}
}

/// Fields of `TtsOptions` that `TtsSession.update` changes.
public enum TtsField: UInt32, Sendable {
    /// `TtsOptions.speed`.
    case speed = 1
    /// `TtsOptions.pitch`.
    case pitch = 2
    /// `TtsOptions.volume`.
    case volume = 4
    /// `TtsOptions.loudness`.
    case loudness = 8
    /// `TtsOptions.noise`.
    case noise = 16
    /// `TtsOptions.speaker`.
    case speaker = 32
    /// `TtsOptions.language`. The session gets the voices for it, unless `voice` names one.
    case language = 64
    /// `TtsOptions.voice`. The speaker is the voice's own, unless `speaker` is changed too.
    case voice = 128
    /// `TtsOptions.lexicon`.
    case lexicon = 256
    /// `TtsOptions.whole`.
    case whole = 512
    /// `TtsOptions.kept`.
    case keptMs = 1024
}

/// The folder of a store and the manifest that its models are checked against.
public struct StoreOptions: Sendable, Hashable {
    /// The folder of the models; it need not exist yet.
    public var folder: String
    /// A manifest file of models in addition to the built-in ones.
    public var manifest: String?
    /// A PEM file of additional certificate authorities for downloads.
    public var authorities: String?
    public var offline = false

    public init(folder: String) {
        self.folder = folder
    }
}

/// How audio is stored. Samples of several bytes are little-endian.
public enum Encoding: UInt32, Sendable {
    /// Signed 16-bit integers.
    case pcmI16 = 0
    /// 32-bit floats, full scale at -1 and 1.
    case pcmF32 = 1
    /// µ-law of G.711, one byte for each sample.
    case muLaw = 2
    /// A-law of G.711, one byte for each sample.
    case aLaw = 3
    /// Speech to text: each push is one Opus packet. Text to speech: each audio event is one packet of 20 ms. Needs a
    /// libvoice with the feature `opus`.
    case opusPackets = 4
    /// Speech to text: Ogg or WebM with Opus, split at any byte. Text to speech: Ogg with Opus.
    case opusStream = 5
}

/// The number of speakers in a session, for models that adapt to a speaker's voice.
public enum Speaker: UInt32, Sendable {
    /// One speaker: the adaptation is kept between utterances.
    case one = 0
    /// Many speakers, such as in a meeting: each utterance starts without adaptation.
    case many = 1
}

/// How speech and silence are separated.
public enum Vad: UInt32, Sendable {
    /// The built-in detector decides.
    case detect = 0
    /// All audio is speech, for push-to-talk: end each utterance with `SttSession.flush`.
    case always = 1
}
