import Foundation
import Testing

@testable import Voice

@Suite(.serialized)
struct LibraryTests {
    @Test func libraryMatchesTheHeader() {
        #expect(Engine.isCompatible)
        #expect(Engine.version.split(separator: ".").count == 3)
    }

    @Test func missingModelIsNamed() throws {
        do {
            _ = try Engine(EngineOptions(stt: ["no/such/نموذج"]))
            Issue.record("it was there")
        } catch let error as VoiceError {
            #expect(error.code == .modelNotFound && error.name == "model_not_found")
            #expect(error.message.contains("no/such/نموذج"))
        }
    }

    @Test func storeListsAndRefuses() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("voice-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        var options = StoreOptions(folder: folder.path)
        options.offline = true
        let store = try ModelStore(options)
        let absent = try #require(try store.models().first { $0.presence == .absent })
        #expect(absent.size > 0 && !absent.languages.isEmpty && !absent.license.isEmpty)
        #expect(code { try store.pull(absent.name) } == .offline)
        #expect(code { try store.pull("nobody-knows-this") { _ in false } } == .modelNotFound)
        #expect(code { try store.verify(absent.name) } == .modelNotFound)
        #expect(code { try store.remove("nobody-knows-this") } == .modelNotFound)
    }

    @Test(.enabled(if: Given.manifest != nil, "VOICE_MANIFEST names no manifest"))
    func pullReportsProgressAndCanBeCancelled() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("voice-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        var options = StoreOptions(folder: folder.path)
        options.manifest = Given.manifest
        let store = try ModelStore(options)
        #expect(code { try store.pull("toy") { _ in false } } == .cancelled)
        var told: [PullProgress] = []
        try store.pull("toy") {
            told.append($0)
            return true
        }
        let last = try #require(told.last { $0.step == .downloading })
        #expect(last.done == last.total && last.total > 0)
        try store.verify("toy")
        #expect(try store.models().first { $0.name == "toy" }?.presence == .installed)
        try store.remove("toy")
        #expect(code { try store.verify("toy") } == .modelNotFound)
    }

    @Test(.enabled(if: Given.hasRecording)) func logCallbackReceivesLines() async throws {
        let lines = Lines()
        try Log.set(.debug) { _, line in lines.append(line) }
        var options = EngineOptions(stt: [ModelChoice(Given.model)])
        options.supervision = Supervision()
        let engine = try Engine(options)
        let deadline = ContinuousClock.now + .seconds(30)
        while try engine.health().status != .healthy, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(10))
        }
        try Log.set(.off, nil)
        #expect(!lines.all.isEmpty)
        #expect(lines.all.allSatisfy { !$0.isEmpty })
    }
}

private final class Lines: @unchecked Sendable {
    private let lock = NSLock()
    private var lines: [String] = []

    var all: [String] { lock.withLock { lines } }

    func append(_ line: String) {
        lock.withLock { lines.append(line) }
    }
}
