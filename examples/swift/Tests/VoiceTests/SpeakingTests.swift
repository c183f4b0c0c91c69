import Testing

@testable import Voice

@Suite(.enabled(if: Given.canSpeak, "espeak-ng is not installed"))
struct SpeakingTests {
    private func say(_ text: String, _ options: TtsOptions = TtsOptions()) throws -> [UInt8] {
        let session = try Given.speaking().tts(options)
        try session.push(text)
        try session.finish()
        return try rest(session).compactMap { if case .audio(let sound) = $0 { sound } else { nil } }.flatMap(\.bytes)
    }

    private func rest(_ session: TtsSession) throws -> [TtsEvent] {
        var events: [TtsEvent] = []
        while let event = try session.next() { events.append(event) }
        return events
    }

    @Test func textStreamGivesAudio() async throws {
        let text = AsyncStream<String> { continuation in
            for piece in ["One two. ", "Three", " four."] { continuation.yield(piece) }
            continuation.finish()
        }
        var events: [TtsEvent] = []
        for try await event in try Given.speaking().speak(text) { events.append(event) }
        guard case .ready(_, let sampleRate) = events.first else { throw VoiceError.invalid("not ready first") }
        #expect(events.last == .finished)
        let sounds = events.compactMap { if case .audio(let sound) = $0 { sound } else { nil } }
        #expect(sounds.allSatisfy { $0.sampleRate == sampleRate && $0.start < $0.end })
        #expect(sounds.first?.text.lowerBound == 0)
        #expect(try #require(sounds.last).text.upperBound > 9)
        #expect(try #require(sounds.flatMap(\.samples).max()) > 3000)
        let whole = try say("One two. Three four.").count
        // espeak-ng keeps some state between texts, so the length differs by a few samples.
        #expect(abs(sounds.flatMap(\.bytes).count - whole) < 1000)
    }

    @Test func explicitZeroIsNotTheDefault() throws {
        var options = TtsOptions()
        options.volume = 0
        let silence = try say("One.", options)
        #expect(!silence.isEmpty && silence.allSatisfy { $0 == 0 })
        options.volume = nil
        options.speed = 0
        #expect(code { _ = try say("One.", options) } == .optionInvalid)
        options.speed = nil
        options.loudness = 0
        #expect(code { _ = try say("One.", options) } == .optionInvalid)
        options.loudness = nil
        // espeak-ng has one speaker, whose number is 0.
        options.speaker = 0
        #expect(try say("One.", options).contains { $0 != 0 })
        options.speaker = 1
        #expect(code { _ = try say("One.", options) } == .optionInvalid)
    }

    @Test func cancelDropsPushedText() async throws {
        let session = try Given.speaking().tts()
        try session.push(String(repeating: "This will never be heard. ", count: 50))
        _ = try session.next()
        let canceller = session.canceller
        try await Task.detached { try canceller.cancel() }.value
        #expect(try rest(session) == [.cancelled(end: .zero, heard: Heard(position: .zero, text: 0))])
        try session.push("Here it goes on.")
        try session.finish()
        #expect(try rest(session).last == .finished)
    }

    @Test func resumeContinuesWhereItWasHeard() throws {
        let session = try Given.speaking().tts()
        try session.push("One two three. Four five six.")
        try session.finish()
        let sounds = { (events: [TtsEvent]) in
            events.compactMap { if case .audio(let sound) = $0 { sound } else { nil } }
        }
        let whole = sounds(try rest(session)).flatMap(\.bytes)
        let playback = session.playback
        try playback.played(.milliseconds(500))
        try playback.pause()
        guard case .paused(_, let heard) = try session.next() else { throw VoiceError.invalid("not paused") }
        #expect(heard.position == .milliseconds(500))
        #expect(try playback.heard() == heard)
        #expect(try session.next() == nil)
        try playback.resume()
        let again = try rest(session)
        let bytes = sounds(again).flatMap(\.bytes)
        #expect(bytes == Array(whole.suffix(bytes.count)))
        #expect(sounds(again).first?.start == heard.position)
        #expect(again.last == .finished)
    }

    @Test func updateChangesLaterText() throws {
        let engine = try Given.speaking()
        let session = try engine.tts()
        var options = TtsOptions()
        try session.push("One two three four. ")
        options.speed = 2
        try session.update(options, [.speed])
        options.language = "tlh"
        #expect(code { try session.update(options, [.language], engine: engine) } == .modelNotFound)
        try session.push("One two three four.")
        try session.finish()
        let sounds = try rest(session).compactMap { if case .audio(let sound) = $0 { sound } else { nil } }
        let slow = sounds.filter { $0.text.lowerBound == 0 }.flatMap(\.bytes).count
        let fast = sounds.filter { $0.text.lowerBound > 0 }.flatMap(\.bytes).count
        #expect(slow > fast * 3 / 2)
    }

    @Test func ssmlHasMarks() throws {
        let session = try Given.speaking().tts()
        try session.push(ssml: #"<speak>One <mark name="here"/> two.</speak>"#)
        try session.finish()
        let marks = try rest(session).compactMap { if case .mark(let name, _) = $0 { name } else { nil } }
        #expect(marks == ["here"])
        let other = try Given.speaking().tts()
        #expect(code { try other.push(ssml: "<speak>One") } == .ssmlInvalid)
    }

    @Test func textWithoutWordsIsAWarning() throws {
        let session = try Given.speaking().tts()
        try session.push("...")
        try session.finish()
        let codes = try rest(session).compactMap { if case .warning(let code, _) = $0 { code } else { nil } }
        #expect(codes == [.textEmpty])
    }

    @Test func explainTellsWhatTheVoiceIsGiven() throws {
        let session = try Given.speaking().tts()
        let clauses = try session.explain("Take 5 mg. Then call \u{645}\u{62d}\u{645}\u{62f}.").clauses
        #expect(clauses.map(\.text).first == "Take 5 mg.")
        #expect(clauses.map(\.place.lowerBound) == [0, 11])
        #expect(clauses.flatMap(\.passages).map(\.spoken) == ["Take five milligrams.", "Then call Muhammad."])
        #expect(clauses.flatMap(\.passages).allSatisfy { !$0.phonemes.isEmpty })
        #expect(try session.explain("<speak>...</speak>", isSsml: true).warnings.map(\.code) == [.textEmpty])
    }

    @Test func voicesAreListed() throws {
        let voices = try Given.speaking().voices()
        #expect(voices.map(\.language) == ["en"])
        #expect(try Given.speaking().voices("en") == voices)
    }
}
