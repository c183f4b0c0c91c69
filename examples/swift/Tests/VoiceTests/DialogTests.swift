import Foundation
import Testing

@testable import Voice

@Suite(.enabled(if: Given.hasRecording && Given.canSpeak, "VOICE_MODEL, VOICE_RECORDING or espeak-ng is missing"))
struct DialogTests {
    private let prompt = String(repeating: "One two three four five six seven eight nine ten. ", count: 10)

    private func open(_ options: DialogOptions = DialogOptions()) throws -> Dialog {
        let voices = [ModelChoice("espeak-ng", language: "en")]
        return try Engine(EngineOptions(stt: [ModelChoice(Given.model)], tts: voices)).dialog(options)
    }

    /// Both sides compute until there is an event that `accepts` takes; the events.
    private func until(_ dialog: Dialog, _ accepts: (DialogEvent) -> Bool) throws -> [DialogEvent] {
        var events: [DialogEvent] = []
        for _ in 0..<10_000 {
            try dialog.listen(wait: .zero)
            try dialog.speak(wait: .milliseconds(1))
            while let event = try dialog.next() {
                events.append(event)
                if accepts(event) { return events }
            }
        }
        throw VoiceError.invalid("no such event in \(events)")
    }

    private func isAudio(_ event: DialogEvent) -> Bool {
        if case .audio = event { true } else { false }
    }

    @Test func personInterruptsAndIsUnderstood() throws {
        var options = DialogOptions()
        options.warmUp = .zero
        let dialog = try open(options)
        try dialog.say("prompt", prompt)
        _ = try until(dialog, isAudio)
        // A second of silence, then the recording, as fast as it was spoken.
        let audio = try [UInt8](repeating: 0, count: 32_000) + Given.audio()
        Thread.detachNewThread {
            for start in stride(from: 0, to: audio.count, by: 640) {
                try? dialog.push(Array(audio[start..<min(start + 640, audio.count)]))
                Thread.sleep(forTimeInterval: 0.02)
            }
        }
        let events = try until(dialog) { if case .turnEnded = $0 { true } else { false } }
        let paused = events.firstIndex { if case .paused = $0 { true } else { false } }
        let interrupted = events.firstIndex { if case .interrupted(_, ["prompt"], _, _) = $0 { true } else { false } }
        #expect(try #require(paused) < #require(interrupted))
        let said = events.compactMap { if case .final(let utterance) = $0 { utterance.text } else { nil } }
        #expect(said.last == Given.said[0])
    }

    @Test func textInPiecesIsSpokenAndHeard() throws {
        let dialog = try open()
        try dialog.say("a", "One, ", [.open, .uninterruptible])
        try dialog.append("a", "two.")
        try dialog.flush("a")
        let events = try until(dialog, isAudio)
        #expect(events.contains(.speaking(id: "a")))
        try dialog.played(run: 0, .seconds(60))
        _ = try until(dialog) { $0 == .spoken(id: "a") }
        try dialog.say("b", prompt)
        _ = try until(dialog, isAudio)
        try dialog.clear()
        _ = try until(dialog) { if case .interrupted(_, ["b"], _, _) = $0 { true } else { false } }
    }

    @Test func decisionsAndExpectationsReachTheLibrary() throws {
        var options = DialogOptions()
        options.stt.vad = .always
        options.decider = .application
        options.warmUp = .zero
        options.words = ListenerWords(backchannels: [], stopWords: ["stop"])
        let dialog = try open(options)
        var expected = ExpectOptions(.phrases, phrases: [Given.said[0]])
        expected.grammar = .phrases
        try dialog.expect(expected)
        try dialog.say("a", prompt)
        _ = try until(dialog, isAudio)
        try dialog.push(samples: [Int16](repeating: 0, count: 3200))
        _ = try until(dialog) { if case .paused(1, _) = $0 { true } else { false } }
        try dialog.reject()
        _ = try until(dialog) { $0 == .resumed(.rejected) }
        try dialog.confirm()
        try dialog.endTurn()
        try dialog.finish()
        #expect(code { try dialog.push([0, 0]) } == .sessionEnded)
    }

    @Test func wrongRequestsAreRefused() throws {
        var options = DialogOptions()
        options.idle = .milliseconds(1)
        #expect(code { _ = try open(options) } == .optionInvalid)
        let dialog = try open()
        #expect(code { try dialog.say("a", "<speak>One", [.ssml]) } == .ssmlInvalid)
        #expect(code { try dialog.append("a", "x") } == .optionInvalid)
        #expect(code { try dialog.push(samples: [Float](repeating: 0, count: 1)) } == .argumentInvalid)
    }
}
