import Foundation
import Testing

@testable import Voice

/// Test inputs named by the environment; tests without their input are skipped.
enum Given {
    static let model = ProcessInfo.processInfo.environment["VOICE_MODEL"] ?? ""
    static let recording = ProcessInfo.processInfo.environment["VOICE_RECORDING"] ?? ""
    static let manifest = ProcessInfo.processInfo.environment["VOICE_MANIFEST"]
    static var hasRecording: Bool { [model, recording].allSatisfy(FileManager.default.fileExists) }
    /// Whether espeak-ng is installed.
    static let canSpeak = (try? speaking()) != nil

    static func listening() throws -> Engine {
        try Engine(EngineOptions(stt: [ModelChoice(model)]))
    }

    static func speaking() throws -> Engine {
        try Engine(EngineOptions(tts: [ModelChoice("espeak-ng", language: "en")]))
    }

    /// Three commands by one person, a pause after each: 16-bit mono at 16 kHz, after a header of 44 bytes.
    static func audio() throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: recording)).dropFirst(44))
    }

    static let said = ["ثلاثة", "فتح", "يسار"]
}

extension [UInt8] {
    var samples: [Int16] { withUnsafeBytes { Array<Int16>($0.bindMemory(to: Int16.self)) } }

    /// In chunks, as from a microphone.
    func stream(of length: Int = 3200) -> AsyncStream<[UInt8]> {
        var pieces = stride(from: 0, to: count, by: length).map { Array(self[$0..<Swift.min($0 + length, count)]) }
        pieces.reverse()
        return AsyncStream { continuation in
            while let piece = pieces.popLast() { continuation.yield(piece) }
            continuation.finish()
        }
    }
}

extension SttSession {
    func rest() throws -> [SttEvent] {
        var events: [SttEvent] = []
        while let event = try next() { events.append(event) }
        return events
    }
}

extension [SttEvent] {
    var utterances: [Utterance] {
        compactMap { if case .final(let utterance) = $0 { utterance } else { nil } }
    }
}

/// The error code of a failing call.
func code(_ call: () throws -> Void) -> Code? {
    do {
        try call()
        return nil
    } catch {
        return (error as? VoiceError)?.code
    }
}
