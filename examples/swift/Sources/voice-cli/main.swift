import Foundation
import Voice

let usage = "usage: transcribe FILE.wav [MODEL], or speak TEXT OUT.wav [VOICE [LANGUAGE]]"

func transcribe(_ file: String, _ model: String = "models/ar-commands") throws {
    let wav = try Wav(reading: file)
    var options = SttOptions()
    (options.sampleRate, options.channels, options.encoding) = (wav.sampleRate, wav.channels, wav.encoding)
    let session = try Engine(EngineOptions(stt: [ModelChoice(model)])).stt(options)
    for piece in wav.pieces(of: 100) + [[]] {
        try piece.isEmpty ? session.finish() : session.push(piece)
        while let event = try session.next() {
            guard case .final(let said) = event, !said.text.isEmpty else { continue }
            let start = Double(said.start.components.seconds) + Double(said.start.components.attoseconds) / 1e18
            print(String(format: "%8.2f s  ", start) + said.text)
        }
    }
}

func speak(_ text: String, _ file: String, _ voice: String = "espeak-ng", _ language: String = "en") throws {
    var options = TtsOptions()
    options.whole = true
    let session = try Engine(EngineOptions(tts: [ModelChoice(voice, language: language)])).tts(options)
    var wav = Wav(sampleRate: 0)
    try session.push(text)
    try session.finish()
    while let event = try session.next() {
        switch event {
        case .ready(_, let sampleRate): wav.sampleRate = sampleRate
        case .audio(let sound): wav.audio += sound.bytes
        case .warning(_, let message): complain(message)
        default: break
        }
    }
    try wav.write(to: file)
}

func complain(_ what: String) {
    FileHandle.standardError.write(Data("voice-cli: \(what)\n".utf8))
}

do { // the only error handling
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch (arguments.first, arguments.count) {
    case ("transcribe", 2): try transcribe(arguments[1])
    case ("transcribe", 3): try transcribe(arguments[1], arguments[2])
    case ("speak", 3): try speak(arguments[1], arguments[2])
    case ("speak", 4): try speak(arguments[1], arguments[2], arguments[3])
    case ("speak", 5): try speak(arguments[1], arguments[2], arguments[3], arguments[4])
    default: throw Complaint(usage)
    }
} catch {
    complain("\(error)")
    exit(1)
}
