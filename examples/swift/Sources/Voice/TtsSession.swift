import CVoice

/// Turns one stream of text into audio: push text, take events, finish, take the rest.
///
/// Not Sendable: the compiler ensures that one task uses it at a time, so the library's `busy` never occurs. Other
/// tasks interrupt it with its `canceller`. `next` renders on the calling thread: never call it from an audio
/// callback or the main actor.
public final class TtsSession {
    private let handle: Handle

    init(_ handle: Handle) {
        self.handle = handle
    }

    /// Pushes text; speech begins with the first complete clause.
    public func push(_ text: String) throws {
        var text = text
        try text.withUTF8 { utf8 in
            guard let start = utf8.baseAddress else { return }
            try start.withMemoryRebound(to: CChar.self, capacity: utf8.count) { bytes in
                try handle.call { voice_tts_push($0, bytes, utf8.count) }
            }
        }
    }

    /// Pushes a complete SSML document. Unsupported features are reported as `TtsEvent.warning`.
    public func push(ssml document: String) throws {
        let length = document.utf8.count
        try document.withCString { bytes in try handle.call { voice_tts_push_ssml($0, bytes, length) } }
    }

    /// Speaks all pushed text now, as if the text ended here; the stream continues.
    public func flush() throws {
        try handle.call { voice_tts_flush($0) }
    }

    /// Ends the stream; all pushed text is spoken. Take the remaining events.
    public func finish() throws {
        try handle.call { voice_tts_finish($0) }
    }

    /// The next event; nil if there is none until more text is pushed.
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

        /// Drops all pushed text and audio that were not returned yet, for example when the user interrupts. A `next`
        /// in progress returns early. The stream continues: push again after taking `TtsEvent.cancelled`.
        public func cancel() throws {
            try handle.call { voice_tts_cancel($0) }
        }
    }
}
