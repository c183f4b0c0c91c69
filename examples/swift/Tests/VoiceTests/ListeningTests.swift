import Testing

@testable import Voice

@Suite(.enabled(if: Given.hasRecording, "VOICE_MODEL and VOICE_RECORDING name no files"))
struct ListeningTests {
    @Test func audioStreamGivesEvents() async throws {
        var options = SttOptions()
        options.words = true
        var events: [SttEvent] = []
        for try await event in try Given.listening().transcribe(Given.audio().stream(), options) {
            events.append(event)
        }
        #expect(events.first == .ready(model: "ar-commands"))
        #expect(events.utterances.map(\.text) == Given.said)
        #expect(events.contains { if case .partial = $0 { true } else { false } })
        for utterance in events.utterances {
            #expect(utterance.words.map(\.text).joined(separator: " ") == utterance.text)
            for word in utterance.words {
                #expect(utterance.start <= word.start && word.start < word.end && word.end <= utterance.end)
                #expect((0...1).contains(try #require(word.confidence)))
            }
        }
        let ends = events.compactMap { if case .speechEnded(_, let reason) = $0 { reason } else { nil } }
        #expect(Set(ends) == [.silence])
    }

    @Test func cancelledTaskStopsTheStream() async throws {
        let engine = try Given.listening()
        let task = Task {
            for try await _ in engine.transcribe(AsyncStream<[UInt8]> { [UInt8](repeating: 0, count: 3200) }) {}
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func samplesAndFloatsGiveTheSameText() throws {
        let engine = try Given.listening()
        let samples = try Given.audio().samples
        let session = try engine.stt()
        try session.push(samples: samples)
        try session.finish()
        #expect(try session.rest().utterances.map(\.text) == Given.said)

        var options = SttOptions()
        options.encoding = .pcmF32
        let floats = try engine.stt(options)
        try floats.push(samples: samples.map { Float($0) / 32768 })
        try floats.finish()
        #expect(try floats.rest().utterances.map(\.text) == Given.said)
        #expect(code { try floats.push(samples: samples) } == .argumentInvalid)
    }

    @Test func alternativesAndAGrammar() throws {
        let engine = try Given.listening()
        var options = SttOptions()
        options.maxAlternatives = 3
        options.words = true
        options.grammar = Given.said + ["[unk]"]
        let session = try engine.stt(options)
        try session.push(Given.audio())
        try session.finish()
        let utterances = try session.rest().utterances
        #expect(utterances.map(\.text) == Given.said)
        for utterance in utterances {
            #expect(utterance.alternatives.first?.text == utterance.text)
            #expect(utterance.alternatives.count <= 3)
            #expect(utterance.alternatives[0].words.allSatisfy { $0.confidence == nil })
        }
        options.grammar = ["zzz"]
        #expect(code { _ = try engine.stt(options) } == .grammarInvalid)
    }

    @Test func updateChangesTheGrammar() throws {
        let engine = try Given.listening()
        var options = SttOptions()
        let session = try engine.stt()
        options.grammar = ["[unk]"]
        try session.update(options, [.grammar])
        try session.push(Given.audio())
        try session.flush()
        try session.update(SttOptions(), [.grammar])
        options.language = "tlh"
        #expect(code { try session.update(options, [.language], engine: engine) } == .modelNotFound)
        try session.push(Given.audio())
        try session.finish()
        let texts = try session.rest().utterances.map(\.text)
        #expect(Array(texts.suffix(Given.said.count)) == Given.said)
        #expect(texts.dropLast(Given.said.count).allSatisfy { $0 == "[unk]" })
    }

    @Test func sessionsOutliveTheirEngine() throws {
        let session = try Given.listening().stt()
        try session.push(Given.audio())
        try session.finish()
        #expect(try session.rest().utterances.map(\.text) == Given.said)
    }

    @Test func errorsHaveCodes() throws {
        let engine = try Given.listening()
        let session = try engine.stt()
        try session.finish()
        #expect(code { try session.push([0, 0]) } == .sessionEnded)
        var options = SttOptions()
        options.silence = .seconds(60)
        #expect(code { _ = try engine.stt(options) } == .optionInvalid)
        options.silence = .zero
        #expect(code { _ = try engine.stt(options) } == .argumentInvalid)
        options = SttOptions()
        options.language = "a\0r"
        #expect(code { _ = try engine.stt(options) } == .argumentInvalid)
        options.language = nil
        options.channels = 9
        #expect(code { _ = try engine.stt(options) } == .audioFormatUnsupported)
    }

    @Test func healthListsTheModels() throws {
        let engine = try Given.listening()
        try engine.reload()
        let health = try engine.health()
        #expect(health.status == .healthy)
        #expect(health.stt.map(\.name) == ["ar-commands"])
        #expect(health.stt.map(\.state) == [.ready])
        #expect(health.stt[0].isInUse && health.stt[0].takesGrammar && health.stt[0].failure.isEmpty)
        #expect(health.tts.isEmpty && health.json.hasPrefix("{"))
    }
}
