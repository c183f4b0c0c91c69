import CVoice

/// A folder of models with names. Any number of tasks may use it at once.
public final class ModelStore: Sendable {
    private let handle: Handle

    public init(_ options: StoreOptions) throws {
        let arena = Arena()
        var inC = try options.within(arena)
        handle = try withExtendedLifetime(arena) {
            try Handle(free: { voice_store_free($0) }) { try check(voice_store_open(&inC, $0)) }
        }
    }

    /// The models of the store's manifest and the state of each.
    public func models() throws -> [Model] {
        var list: UnsafeMutablePointer<voice_model_list>?
        try handle.call { voice_store_list($0, &list) }
        defer { voice_model_list_free(list) }
        return list.map { copies($0.pointee.models, $0.pointee.models_len, Model.init) } ?? []
    }

    /// Installs the model, unless it is installed and intact. The call blocks during the download; an interrupted
    /// download is resumed. `progress` is called on this thread; it cancels the pull by returning false. By default a
    /// cancelled task cancels the pull.
    public func pull(_ name: String, progress: (PullProgress) -> Bool = { _ in !Task.isCancelled }) throws {
        try withoutActuallyEscaping(progress) { progress in
            let listener = Listener(progress)
            try withExtendedLifetime(listener) {
                let userdata = Unmanaged.passUnretained(listener).toOpaque()
                try call(name) { voice_store_pull($0, $1, tell, userdata) }
            }
        }
    }

    /// Reads every file of a model and compares it with its hash.
    public func verify(_ name: String) throws {
        try call(name) { voice_store_verify($0, $1) }
    }

    /// Removes a model or its partial download. Engines that use the model keep it until they reload it.
    public func remove(_ name: String) throws {
        try call(name) { voice_store_remove($0, $1) }
    }

    private func call(
        _ name: String, _ function: (OpaquePointer, UnsafePointer<CChar>?) -> OpaquePointer?
    ) throws {
        let arena = Arena()
        let inC = try arena.string(name)
        try withExtendedLifetime(arena) { try handle.call { function($0, inC) } }
    }
}

private final class Listener {
    let progress: (PullProgress) -> Bool

    init(_ progress: @escaping (PullProgress) -> Bool) {
        self.progress = progress
    }
}

private func tell(_ userdata: UnsafeMutableRawPointer?, _ progress: UnsafePointer<voice_pull_progress>?) -> Bool {
    guard let userdata, let progress else { return false }
    let listener = Unmanaged<Listener>.fromOpaque(userdata).takeUnretainedValue()
    return listener.progress(PullProgress(progress.pointee))
}

/// A model of the manifest.
public struct Model: Sendable, Hashable {
    public let name: String
    public let task: ModelTask
    public let presence: ModelPresence
    /// Size of the download, or of the shipped files, in bytes.
    public let size: UInt64
    /// Bytes that an unfinished download has so far.
    public let downloaded: UInt64
    /// Bytes of memory that it needs when loaded; nil if not measured.
    public let memory: UInt64?
    /// BCP 47.
    public let languages: [String]
    public let engine: String
    /// An SPDX expression, or free text.
    public let license: String
    public let notes: String
    /// Its folder, which may not exist yet.
    public let path: String

    init(_ model: voice_model) {
        name = String(model.name)
        task = ModelTask(rawValue: number(model.task)) ?? .other
        presence = ModelPresence(rawValue: number(model.presence)) ?? .other
        size = model.size
        downloaded = model.downloaded
        memory = model.memory == 0 ? nil : model.memory
        languages = String(model.languages).split(separator: " ").map(String.init)
        engine = String(model.engine)
        license = String(model.license)
        notes = String(model.notes)
        path = String(model.path)
    }
}

/// The progress of a pull, in bytes.
public struct PullProgress: Sendable, Hashable {
    public let step: PullStep
    public let done: UInt64
    public let total: UInt64

    init(_ progress: voice_pull_progress) {
        step = PullStep(rawValue: number(progress.step)) ?? .other
        done = progress.done
        total = progress.total
    }
}

/// The current step of a pull.
public enum PullStep: UInt32, Sendable {
    case other = 0
    /// Another process is pulling the same model.
    case waiting = 1
    case downloading = 2
    case unpacking = 3
}

/// The task of a model.
public enum ModelTask: UInt32, Sendable {
    case other = 0
    case stt = 1
    case tts = 2
    case diarization = 3
    case diacritization = 4
    case vad = 5
    case denoising = 6
}

/// The state of a model in a store.
public enum ModelPresence: UInt32, Sendable {
    case other = 0
    case absent = 1
    /// An unfinished download.
    case partial = 2
    /// Installed; names and sizes match, hashes are not checked.
    case installed = 3
    /// A model that ships with the project, present.
    case shipped = 4
    /// A file is missing or has another size: pull it again.
    case damaged = 5
    /// A folder of that name that no pull created.
    case foreign = 6
}
