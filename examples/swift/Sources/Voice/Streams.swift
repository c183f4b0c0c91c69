extension Engine {
    /// The events of `audio`, in the format of `options`, split at any byte. Nothing runs ahead: a request for an
    /// event reads as much audio as the event needs. The session begins with the iteration and ends with it.
    public func transcribe<Audio: AsyncSequence>(
        _ audio: Audio, _ options: SttOptions = SttOptions()
    ) -> Transcript<Audio> where Audio.Element == [UInt8] {
        Transcript(engine: self, audio: audio, options: options)
    }

    /// The audio of `text`, split at any character. Nothing runs ahead: a request for an event renders it. The
    /// session begins with the iteration and ends with it.
    public func speak<Text: AsyncSequence>(
        _ text: Text, _ options: TtsOptions = TtsOptions()
    ) -> Speech<Text> where Text.Element == String {
        Speech(engine: self, text: text, options: options)
    }
}

/// The events of one stream of audio.
public struct Transcript<Audio: AsyncSequence>: AsyncSequence where Audio.Element == [UInt8] {
    public typealias Element = SttEvent

    let engine: Engine
    let audio: Audio
    let options: SttOptions

    public func makeAsyncIterator() -> Iterator {
        Iterator(engine: engine, options: options, audio: audio.makeAsyncIterator())
    }

    public struct Iterator: AsyncIteratorProtocol {
        let engine: Engine
        let options: SttOptions
        var audio: Audio.AsyncIterator
        var session: SttSession?
        var isFinished = false

        public mutating func next() async throws -> SttEvent? {
            let session = try session ?? engine.stt(options)
            self.session = session
            while true {
                try Task.checkCancellation()
                if let event = try session.next() { return event }
                if isFinished { return nil }
                if let piece = try await audio.next() {
                    try session.push(piece)
                } else {
                    isFinished = true
                    try session.finish()
                }
            }
        }
    }
}

/// The events of one stream of text.
public struct Speech<Text: AsyncSequence>: AsyncSequence where Text.Element == String {
    public typealias Element = TtsEvent

    let engine: Engine
    let text: Text
    let options: TtsOptions

    public func makeAsyncIterator() -> Iterator {
        Iterator(engine: engine, options: options, text: text.makeAsyncIterator())
    }

    public struct Iterator: AsyncIteratorProtocol {
        let engine: Engine
        let options: TtsOptions
        var text: Text.AsyncIterator
        var session: TtsSession?
        var isFinished = false

        public mutating func next() async throws -> TtsEvent? {
            let session = try session ?? engine.tts(options)
            self.session = session
            while true {
                try Task.checkCancellation()
                if let event = try session.next() { return event }
                if isFinished { return nil }
                if let piece = try await text.next() {
                    try session.push(piece)
                } else {
                    isFinished = true
                    try session.finish()
                }
            }
        }
    }
}
