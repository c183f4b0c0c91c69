import CVoice
import Foundation

/// The log callback of the process, for all engines.
public enum Log {
    private static let lock = NSLock()
    /// The callback of the library, kept alive while the library may call it. Guarded by `lock`.
    nonisolated(unsafe) private static var current: Sink?

    /// Passes lines up to `level` to `sink`, without audio, transcripts or texts. The library calls it from any
    /// thread, also from several at once; it must return soon and must not call this function. Nil, the default,
    /// disables the log.
    public static func set(_ level: LogLevel, _ sink: (@Sendable (LogLevel, String) -> Void)?) throws {
        lock.lock()
        defer { lock.unlock() }
        let next = sink.map(Sink.init)
        let userdata = next.map { Unmanaged.passUnretained($0).toOpaque() }
        try check(voice_log_set(next == nil ? nil : write, userdata, level.rawValue))
        current = next
    }
}

private final class Sink: Sendable {
    let write: @Sendable (LogLevel, String) -> Void

    init(_ write: @escaping @Sendable (LogLevel, String) -> Void) {
        self.write = write
    }
}

private func write(_ userdata: UnsafeMutableRawPointer?, _ level: voice_log_level, _ line: UnsafePointer<CChar>?) {
    guard let userdata, let line else { return }
    let sink = Unmanaged<Sink>.fromOpaque(userdata).takeUnretainedValue()
    sink.write(LogLevel(rawValue: number(level)) ?? .debug, String(cString: line))
}

/// The severity of a line.
public enum LogLevel: UInt32, Sendable {
    /// No lines.
    case off = 0
    /// Something does not work.
    case error = 1
    /// Something works, but worse than it should.
    case warn = 2
    /// Events of models: loaded, downloaded, replaced.
    case info = 3
    /// Details for debugging.
    case debug = 4
}
