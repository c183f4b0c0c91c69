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

    /// Changes options of the session: those that `fields` names get their values from `options`, whose other fields are
    /// ignored. The change is for text that is pushed afterwards; the text before it is complete, as after `flush`. A new
    /// language or voice needs the engine that has it. Sample rate and encoding stay. After an error the session is
    /// unchanged.
    public func update(_ options: TtsOptions, _ fields: Set<TtsField>, engine: Engine? = nil) throws {
        let arena = Arena()
        var inC = try options.within(arena)
        let numbers = fields.reduce(0) { $0 | $1.rawValue }
        try withExtendedLifetime(arena) {
            try handle.call(with: engine?.handle) { voice_tts_update($0, $1, &inC, numbers) }
        }
    }

    /// How `text` would be read if it were pushed next and alone: its clauses, and for each the language, the voices, and
    /// what they are given. Nothing is spoken. With it a user can see why a word is read wrong, and correct it in a lexicon.
    public func explain(_ text: String, isSsml: Bool = false) throws -> Explanation {
        var explanation: UnsafeMutablePointer<voice_tts_explanation>?
        let length = text.utf8.count
        try text.withCString { bytes in
            try handle.call { voice_tts_explain($0, bytes, length, isSsml ? 1 : 0, &explanation) }
        }
        defer { voice_tts_explanation_free(explanation) }
        return Explanation(explanation?.pointee ?? voice_tts_explanation())
    }

    /// The next event; nil if there is none until more text is pushed, or until a resume after a pause.
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

    /// Reports what was heard, pauses and resumes, from any task or thread, also during a call.
    public var playback: Playback { Playback(handle: handle) }

    /// The playback of a session's audio.
    public struct Playback: Sendable {
        fileprivate let handle: Handle

        /// Reports that the listener has heard the audio before `position`, by the times of the events. A report for each
        /// buffer played, or every 200 ms, is enough. Until the first report a clock estimates the position.
        public func played(_ position: Duration) throws {
            let (seconds, attoseconds) = position.components
            let ms = UInt64(max(0, seconds * 1_000 + attoseconds / 1_000_000_000_000_000))
            try handle.call { voice_tts_played($0, ms) }
        }

        /// How much has been heard.
        public func heard() throws -> Heard {
            var (ms, text): (UInt64, Int) = (0, 0)
            try handle.call { voice_tts_heard($0, &ms, &text) }
            return Heard(position: Duration(milliseconds: ms), text: text)
        }

        /// Holds the audio back, for example while the user makes a sound that may be an interruption. Drop the playback
        /// buffer: `resume` gives its audio out again. Audio that `next` returns before `TtsEvent.paused` belongs
        /// to the dropped buffer.
        public func pause() throws {
            try handle.call { voice_tts_pause($0) }
        }

        /// Ends a pause: audio that was not heard is returned again, from the position that was heard.
        public func resume() throws {
            try handle.call { voice_tts_resume($0) }
        }
    }
}
