import CVoice

/// One stream of text becoming audio: push text, take events, finish, take the rest.
///
/// Not Sendable: the compiler sees to it that one task uses it at a time, and so the library's `busy` is never met.
/// What interrupts it from elsewhere is its `canceller`. `next` renders on the calling thread: never call it from
/// an audio callback or the main actor.
public final class TtsSession {
    private let handle: Handle

    init(_ handle: Handle) {
        self.handle = handle
    }

    /// Takes text as it is written: speech begins with the first whole clause.
    public func push(_ text: String) throws {
        var text = text
        try text.withUTF8 { utf8 in
            guard let start = utf8.baseAddress else { return }
            try start.withMemoryRebound(to: CChar.self, capacity: utf8.count) { bytes in
                try handle.call { voice_tts_push($0, bytes, utf8.count) }
            }
        }
    }

    /// Takes a whole SSML document. What it asks for and cannot be had comes as `TtsEvent.warning`.
    public func push(ssml document: String) throws {
        let length = document.utf8.count
        try document.withCString { bytes in try handle.call { voice_tts_push_ssml($0, bytes, length) } }
    }

    /// Lets what was pushed be spoken now, as if it ended here; the stream goes on.
    public func flush() throws {
        try handle.call { voice_tts_flush($0) }
    }

    /// Ends the stream: what was pushed is spoken. Take the remaining events.
    public func finish() throws {
        try handle.call { voice_tts_finish($0) }
    }

    /// The next event; nil when there is none until more text is pushed.
    public func next() throws -> TtsEvent? {
        var event: UnsafePointer<voice_tts_event>?
        try handle.call { voice_tts_next($0, &event) }
        return withExtendedLifetime(handle) { event.map { TtsEvent($0.pointee) } }
    }

    /// Interrupts this session from any task or thread, also during a call.
    public var canceller: Canceller { Canceller(handle: handle) }

    /// Interrupts a session.
    public struct Canceller: Sendable {
        fileprivate let handle: Handle

        /// Drops all that was pushed and not given out yet, as when the user interrupts; a `next` under way ends
        /// early. The stream goes on: push again once `TtsEvent.cancelled` has been taken.
        public func cancel() throws {
            try handle.call { voice_tts_cancel($0) }
        }
    }
}
