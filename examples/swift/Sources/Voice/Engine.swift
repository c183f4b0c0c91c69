import CVoice

/// The models of a program. One engine serves any number of sessions and tasks, all at once.
///
/// The last reference frees it. Sessions keep what they need of it.
public final class Engine: Sendable {
    let handle: Handle

    /// Loads the models on the calling thread, which takes seconds for a large model and minutes for a download.
    /// Throws if a task has models and none of them works.
    public init(_ options: EngineOptions) throws {
        let arena = Arena()
        var inC = try options.within(arena)
        handle = try withExtendedLifetime(arena) {
            try Handle(free: { voice_engine_free($0) }) { try check(voice_engine_open(&inC, $0)) }
        }
    }

    /// Opens a session for one stream of audio.
    public func stt(_ options: SttOptions = SttOptions()) throws -> SttSession {
        let arena = Arena()
        var inC = try options.within(arena)
        let session = try withExtendedLifetime(arena) {
            try Handle(free: { voice_stt_free($0) }) { stt in
                try handle.call { voice_stt_open($0, &inC, stt) }
            }
        }
        return SttSession(session, options.encoding)
    }

    /// Opens a session for one stream of text.
    public func tts(_ options: TtsOptions = TtsOptions()) throws -> TtsSession {
        let arena = Arena()
        var inC = try options.within(arena)
        let session = try withExtendedLifetime(arena) {
            try Handle(free: { voice_tts_free($0) }) { tts in
                try handle.call { voice_tts_open($0, &inC, tts) }
            }
        }
        return TtsSession(session)
    }

    /// Opens a conversation, which listens and speaks at the same time.
    public func dialog(_ options: DialogOptions = DialogOptions()) throws -> Dialog {
        let arena = Arena()
        var inC = try options.within(arena)
        let dialog = try withExtendedLifetime(arena) {
            try Handle(free: { voice_dialog_free($0) }) { dialog in
                try handle.call { voice_dialog_open($0, &inC, dialog) }
            }
        }
        return Dialog(dialog, options.stt.encoding)
    }

    /// The working voices for a language; nil stands for the language of the engine's first voice.
    public func voices(_ language: String? = nil) throws -> [TtsVoice] {
        let arena = Arena()
        let name = try arena.string(language)
        var list: UnsafeMutablePointer<voice_tts_voice_list>?
        try withExtendedLifetime(arena) { try handle.call { voice_engine_voices($0, name, &list) } }
        defer { voice_tts_voice_list_free(list) }
        return list.map { copies($0.pointee.voices, $0.pointee.voices_len, TtsVoice.init) } ?? []
    }

    /// A snapshot of the health of the engine and its models.
    public func health() throws -> Health {
        var health: UnsafeMutablePointer<voice_health>?
        try handle.call { voice_engine_health($0, &health) }
        defer { voice_health_free(health) }
        return Health(health?.pointee ?? voice_health())
    }

    /// Reloads every model, for example after its files changed. Open sessions keep the model that they started with.
    public func reload() throws {
        try handle.call { voice_engine_reload($0) }
    }

    /// The version of the library.
    public static var version: String { String(cString: voice_version()) }

    /// Whether the loaded library has the ABI that this layer was compiled for.
    public static var isCompatible: Bool { voice_abi_version() == UInt32(VOICE_ABI_VERSION) }
}

/// A voice that can be used.
public struct TtsVoice: Sendable, Hashable {
    /// For `TtsOptions.voice`.
    public let name: String
    public let engine: String
    public let language: String
    /// The voice's own sample rate in Hz.
    public let sampleRate: UInt32
    /// Whether it gives audio before a clause is rendered completely.
    public let streams: Bool
    /// The names of its speakers; the index is the speaker number. Empty if the voice offers no choice.
    public let speakers: [String]

    init(_ voice: voice_tts_voice) {
        name = String(voice.name)
        engine = String(voice.engine)
        language = String(voice.language)
        sampleRate = voice.sample_rate
        streams = voice.streams != 0
        speakers = copies(voice.speakers, voice.speakers_len) { String($0) }
    }
}

/// The state of an engine.
public struct Health: Sendable, Hashable {
    public let status: Status
    public let stt: [ModelHealth]
    public let tts: [ModelHealth]
    /// The whole report as one JSON object.
    public let json: String

    init(_ health: voice_health) {
        status = Status(rawValue: number(health.status)) ?? .other
        stt = copies(health.stt, health.stt_len, ModelHealth.init)
        tts = copies(health.tts, health.tts_len, ModelHealth.init)
        json = String(health.json)
    }
}

/// The state of one model or voice.
public struct ModelHealth: Sendable, Hashable {
    public let name: String
    public let state: ModelState
    /// The engine that runs it; empty until it is ready.
    public let engine: String
    /// Whether sessions without a language get it.
    public let isInUse: Bool
    /// Whether sessions may set a grammar.
    public let takesGrammar: Bool
    /// Whether the voice gives audio before a clause is rendered completely.
    public let streams: Bool
    /// The stable name of its error, such as `model_invalid`; empty if there is none.
    public let failure: String
    /// The error and what to do, as one sentence.
    public let reason: String

    init(_ model: voice_model_health) {
        name = String(model.name)
        state = ModelState(rawValue: number(model.state)) ?? .other
        engine = String(model.engine)
        isInUse = model.in_use != 0
        takesGrammar = model.takes_grammar != 0
        streams = model.streams != 0
        failure = String(model.failure)
        reason = String(model.reason)
    }
}

/// The overall state of an engine.
public enum Status: UInt32, Sendable {
    /// A state that this layer does not know; `Health.json` names it.
    case other = 0
    /// No session can be opened yet: a model is being loaded.
    case starting = 1
    /// The first models work, and sessions get them.
    case healthy = 2
    /// Sessions can be opened, but on a fallback model, or on a degraded one, or for one task only, or only if they
    /// name a language because no model for the first model's language works.
    case degraded = 3
    /// No session can be opened.
    case unhealthy = 4
}

/// The state of a model.
public enum ModelState: UInt32, Sendable {
    /// A state that this layer does not know; `Health.json` names it.
    case other = 0
    /// Being downloaded, read and checked.
    case loading = 1
    /// In use.
    case ready = 2
    /// Not loaded; `ModelHealth.reason` says why.
    case failed = 3
    /// Loaded, but it failed or no longer answers.
    case degraded = 4
}
