import CVoice

/// A conversation, which listens and speaks at the same time: the user may interrupt.
///
/// Three threads of the app call it repeatedly: one `listen`, one `speak`, and one `next`. They wait, so they are threads
/// and no tasks. The audio callback of the microphone calls `push`, the one of the player `played`; neither waits. All
/// other functions may be called from any task or thread.
public final class Dialog: Sendable {
    private let handle: Handle
    private let encoding: Encoding

    init(_ handle: Handle, _ encoding: Encoding) {
        self.handle = handle
        self.encoding = encoding
    }

    /// Queues audio of the microphone, in the format of `DialogOptions.stt`. Up to 5 s may wait.
    public func push(_ audio: UnsafeRawBufferPointer) throws {
        guard let start = audio.baseAddress else { return }
        try handle.call { voice_dialog_push($0, start, audio.count) }
    }

    /// Queues audio of the microphone, in the format of `DialogOptions.stt`. Up to 5 s may wait.
    public func push(_ audio: [UInt8]) throws {
        try audio.withUnsafeBytes { try push($0) }
    }

    /// Queues samples of `Encoding.pcmI16`.
    public func push(samples: [Int16]) throws {
        try require(.pcmI16)
        try samples.withUnsafeBufferPointer { samples in
            guard let start = samples.baseAddress else { return }
            try handle.call { voice_dialog_push_i16($0, start, samples.count) }
        }
    }

    /// Queues samples of `Encoding.pcmF32`.
    public func push(samples: [Float]) throws {
        try require(.pcmF32)
        try samples.withUnsafeBufferPointer { samples in
            guard let start = samples.baseAddress else { return }
            try handle.call { voice_dialog_push_f32($0, start, samples.count) }
        }
    }

    private func require(_ pushed: Encoding) throws {
        guard pushed == encoding else { throw VoiceError.invalid("the dialog takes \(encoding), not \(pushed)") }
    }

    /// Recognizes the audio that waits, and does what the rules of turn taking have to do; waits up to `wait` for it.
    public func listen(wait: Duration) throws {
        try handle.call { voice_dialog_listen($0, milliseconds(wait)) }
    }

    /// Computes the next chunk of speech, unless the player has enough; waits up to `wait` for a reason.
    public func speak(wait: Duration) throws {
        try handle.call { voice_dialog_speak($0, milliseconds(wait)) }
    }

    /// The next event; nil if there was none within `wait`. One thread at a time may call it: else it fails with
    /// `Code.busy`.
    public func next(wait: Duration = .zero) throws -> DialogEvent? {
        var event: UnsafePointer<voice_dialog_event>?
        try handle.call { voice_dialog_next($0, milliseconds(wait), &event) }
        return withExtendedLifetime(handle) { event.map { DialogEvent($0.pointee) } }
    }

    /// Says `text` after what was requested before; if the user speaks now, after the user's turn. Events name it by `id`.
    public func say(_ id: String, _ text: String, _ flags: Set<SayFlag> = []) throws {
        let arena = Arena()
        let name = try arena.string(id)
        let text = arena.text(text)
        let numbers = flags.reduce(0) { $0 | $1.rawValue }
        try withExtendedLifetime(arena) {
            try handle.call { voice_dialog_say($0, name, text.ptr, text.len, numbers) }
        }
    }

    /// Adds text to the utterance that was said last, with `SayFlag.open` and this `id`.
    public func append(_ id: String, _ text: String) throws {
        let arena = Arena()
        let name = try arena.string(id)
        let text = arena.text(text)
        try withExtendedLifetime(arena) {
            try handle.call { voice_dialog_append($0, name, text.ptr, text.len) }
        }
    }

    /// Ends the open utterance `id`.
    public func flush(_ id: String) throws {
        let arena = Arena()
        let name = try arena.string(id)
        try withExtendedLifetime(arena) { try handle.call { voice_dialog_flush($0, name) } }
    }

    /// Drops everything that was requested and not heard.
    public func clear() throws {
        try handle.call { voice_dialog_clear($0) }
    }

    /// Reports that the listener has heard the audio of `run` before `position`, by the times of the events. A report for
    /// each buffer played, or every 200 ms, is enough.
    public func played(run: UInt32, _ position: Duration) throws {
        let (seconds, attoseconds) = position.components
        let ms = UInt64(max(0, seconds * 1_000 + attoseconds / 1_000_000_000_000_000))
        try handle.call { voice_dialog_played($0, run, ms) }
    }

    /// Tells what the user is expected to say from now on.
    public func expect(_ options: ExpectOptions) throws {
        let arena = Arena()
        var inC = options.within(arena)
        try withExtendedLifetime(arena) { try handle.call { voice_dialog_expect($0, &inC) } }
    }

    /// Ends the user's turn now, if there is one.
    public func endTurn() throws {
        try handle.call { voice_dialog_finalize($0) }
    }

    /// Confirms that the user interrupts, after `DialogEvent.paused`.
    public func confirm() throws {
        try handle.call { voice_dialog_confirm($0) }
    }

    /// Rejects an interruption after `DialogEvent.paused`: the speech goes on.
    public func reject() throws {
        try handle.call { voice_dialog_reject($0) }
    }

    /// Ends the audio of the microphone, and the user's turn. The dialog still speaks.
    public func finish() throws {
        try handle.call { voice_dialog_finish($0) }
    }
}

private func milliseconds(_ wait: Duration) -> UInt32 {
    let (seconds, attoseconds) = wait.components
    return UInt32(clamping: seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
}
