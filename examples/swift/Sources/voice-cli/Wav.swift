import Foundation
import Voice

struct Complaint: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A WAV file of 16-bit or float PCM.
struct Wav {
    var sampleRate: UInt32
    var channels: UInt32 = 1
    var encoding = Encoding.pcmI16
    var audio: [UInt8] = []

    init(sampleRate: UInt32) {
        self.sampleRate = sampleRate
    }

    init(reading file: String) throws {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Complaint("\(file): cannot be read")
        }
        let bytes = [UInt8](data)
        func number(_ at: Int, _ count: Int) -> UInt32 { // little-endian
            bytes[at..<at + count].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        func name(_ at: Int) -> String { String(decoding: bytes[at..<at + 4], as: UTF8.self) }

        guard bytes.count >= 12, name(0) == "RIFF", name(8) == "WAVE" else { throw Complaint("\(file): no WAV file") }
        self.init(sampleRate: 0)
        var at = 12
        while at + 8 <= bytes.count {
            let start = at + 8
            let end = min(start + Int(number(at + 4, 4)), bytes.count)
            if name(at) == "fmt ", end - start >= 16 {
                let kind = number(start, 2) == 0xfffe && end - start >= 26 ? number(start + 24, 2) : number(start, 2)
                switch (kind, number(start + 14, 2)) {
                case (1, 16): encoding = .pcmI16
                case (3, 32): encoding = .pcmF32
                default: throw Complaint("\(file): neither 16-bit nor float PCM")
                }
                (channels, sampleRate) = (number(start + 2, 2), number(start + 4, 4))
            } else if name(at) == "data" {
                audio = Array(bytes[start..<end])
                return
            }
            at = end + (end - start) % 2
        }
        throw Complaint("\(file): holds no audio")
    }

    /// The audio in pieces of so many milliseconds.
    func pieces(of milliseconds: Int) -> [[UInt8]] {
        let frame = Int(channels) * (encoding == .pcmI16 ? 2 : 4)
        let length = max(Int(sampleRate) * milliseconds / 1000, 1) * max(frame, 1)
        return stride(from: 0, to: audio.count, by: length).map { Array(audio[$0..<min($0 + length, audio.count)]) }
    }

    /// Writes 16-bit audio.
    func write(to file: String) throws {
        func number(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 255) } }
        let frame = 2 * Int(channels)
        var bytes = Array("RIFF".utf8) + number(36 + audio.count, 4) + Array("WAVEfmt ".utf8) + number(16, 4)
        bytes += number(1, 2) + number(Int(channels), 2) + number(Int(sampleRate), 4)
        bytes += number(Int(sampleRate) * frame, 4) + number(frame, 2) + number(16, 2)
        bytes += Array("data".utf8) + number(audio.count, 4) + audio
        guard FileManager.default.createFile(atPath: file, contents: Data(bytes)) else {
            throw Complaint("\(file): cannot be written")
        }
    }
}
