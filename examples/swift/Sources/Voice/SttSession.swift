import CVoice

/// Turns one stream of audio into transcripts: push audio, take events, finish, take the rest.
///
/// Not Sendable: the compiler ensures that one task uses it at a time, so the library's `busy` never occurs. `push`
/// recognizes on the calling thread: never call it from an audio callback or the main actor. The last reference frees
/// the session.
public final class SttSession {
    private let handle: Handle
    private let encoding: Encoding

    init(_ handle: Handle, _ encoding: Encoding) {
        self.handle = handle
        self.encoding = encoding
    }

    /// Pushes audio in the format of the session's options, split at any byte.
    public func push(_ audio: UnsafeRawBufferPointer) throws {
        guard let start = audio.baseAddress else { return }
        try handle.call { voice_stt_push($0, start, audio.count) }
    }

    /// Pushes audio in the format of the session's options, split at any byte.
    public func push(_ audio: [UInt8]) throws {
        try audio.withUnsafeBytes { try push($0) }
    }

    /// Pushes samples of `Encoding.pcmI16`.
    public func push(samples: [Int16]) throws {
        try require(.pcmI16)
        try samples.withUnsafeBufferPointer { samples in
            guard let start = samples.baseAddress else { return }
            try handle.call { voice_stt_push_i16($0, start, samples.count) }
        }
    }

    /// Pushes samples of `Encoding.pcmF32`.
    public func push(samples: [Float]) throws {
        try require(.pcmF32)
        try samples.withUnsafeBufferPointer { samples in
            guard let start = samples.baseAddress else { return }
            try handle.call { voice_stt_push_f32($0, start, samples.count) }
        }
    }

    private func require(_ pushed: Encoding) throws {
        guard pushed == encoding else { throw VoiceError.invalid("the session takes \(encoding), not \(pushed)") }
    }

    /// Ends the current utterance now, as if silence had followed; the stream continues.
    public func flush() throws {
        try handle.call { voice_stt_flush($0) }
    }

    /// Changes options of the session: those that `fields` names get their values from `options`, whose other fields are
    /// ignored. During an utterance the change takes effect when that has ended, else at once. A new language needs the
    /// engine that has its models; `SttEvent.modelChanged` tells when they are in use. After an error the session is
    /// unchanged.
    public func update(_ options: SttOptions, _ fields: Set<SttField>, engine: Engine? = nil) throws {
        let arena = Arena()
        var inC = try options.within(arena)
        let numbers = fields.reduce(0) { $0 | $1.rawValue }
        try withExtendedLifetime(arena) {
            try handle.call(with: engine?.handle) { voice_stt_update($0, $1, &inC, numbers) }
        }
    }

    /// Ends the stream and its last utterance; take the remaining events.
    public func finish() throws {
        try handle.call { voice_stt_finish($0) }
    }

    /// The next event; nil if there is none until more audio is pushed.
    public func next() throws -> SttEvent? {
        var event: UnsafePointer<voice_stt_event>?
        try handle.call { voice_stt_next($0, &event) }
        return withExtendedLifetime(handle) { event.map { SttEvent($0.pointee) } }
    }
}
