import CVoice

/// An event of a conversation. Times are of the microphone's audio, or of the dialog's audio for the speech.
public enum DialogEvent: Sendable, Hashable {
    /// The recognizer is ready.
    case listening(model: String)
    /// The voice is ready; it comes before the first speech.
    case voiceReady(voice: String, sampleRate: UInt32)
    /// The following results are from another model.
    case modelChanged(model: String)
    /// The user began to speak.
    case speechStarted(start: Duration)
    /// The turn so far; later text may rewrite it.
    case partial(text: String)
    /// The user is silent, and the turn may be over. An utterance requested now is held until it is, or discarded.
    case turnEager(text: String, silence: Duration)
    /// The user went on after `turnEager`.
    case turnResumed
    /// What the user said in one utterance; a turn may have several. `turnEnded` or `resumed` follows.
    case final(Utterance)
    /// The user's turn is over; `text` is all that was said in it, and the voice ended at `end`.
    case turnEnded(text: String, end: Duration, reason: TurnEnd, silence: Duration)
    /// Neither side has spoken for a while.
    case idle
    /// The audio of an utterance begins with the next `audio`.
    case speaking(id: String)
    /// A chunk of audio. Play it after the audio before it.
    case audio(DialogSound)
    /// The audio reaches an SSML mark.
    case mark(name: String, at: Duration)
    /// Stop the player at once and drop its buffer: audio that was not heard follows again if this was no interruption.
    case paused(run: UInt32, decision: Duration)
    /// The audio goes on where the listener stopped hearing it.
    case resumed(ResumeReason)
    /// Stop the player at once and drop its buffer: the user interrupted, or the app cleared the speech. `ids` are the
    /// utterance that was being heard and those that were not begun; `heardText` was heard of the first.
    case interrupted(run: UInt32, ids: [String], heard: Duration, heardText: String)
    /// An utterance was heard to its end.
    case spoken(id: String)
    /// Something does not work as requested, and the dialog goes on.
    case warning(code: Code, message: String)
    /// A part of the speech of one side was lost, and the dialog goes on.
    case failed(code: Code, message: String)
    /// A request about the utterance `id` was refused; without an id, an expectation or the audio.
    case refused(id: String, code: Code, message: String)
    /// Utterances that were requested after `turnEager` are dropped, since the user went on. Nothing of them was heard.
    case discarded(ids: [String])
    /// A word of the utterance `id` begins; `text` are its UTF-8 bytes in the text of the utterance.
    case word(id: String, word: String, at: Duration, text: Range<Int>)
    /// An event that this layer does not know; ignore it.
    case other(UInt32)

    init(_ event: voice_dialog_event) {
        let start = Duration(milliseconds: event.start_ms)
        let end = Duration(milliseconds: event.end_ms)
        let silence = Duration(milliseconds: UInt64(event.silence_ms))
        let text = String(event.text)
        let code = Code(rawValue: number(event.code)) ?? .unknown
        self =
            switch DialogEventType(rawValue: number(event.type)) ?? .other {
            case .listening: .listening(model: text)
            case .voiceReady: .voiceReady(voice: text, sampleRate: event.sample_rate)
            case .modelChanged: .modelChanged(model: text)
            case .speechStarted: .speechStarted(start: start)
            case .partial: .partial(text: text)
            case .turnEager: .turnEager(text: text, silence: silence)
            case .turnResumed: .turnResumed
            case .final: .final(Utterance(event))
            case .turnEnded:
                .turnEnded(
                    text: text, end: end, reason: TurnEnd(rawValue: number(event.turn_end)) ?? TurnEnd.none, silence: silence)
            case .idle: .idle
            case .speaking: .speaking(id: String(event.id))
            case .audio: .audio(DialogSound(event))
            case .mark: .mark(name: text, at: start)
            case .paused:
                .paused(run: event.run, decision: Duration(milliseconds: UInt64(event.decision_ms)))
            case .resumed: .resumed(ResumeReason(rawValue: number(event.resume_reason)) ?? ResumeReason.none)
            case .interrupted:
                .interrupted(
                    run: event.run,
                    ids: copies(event.ids, event.ids_len) { String($0) },
                    heard: Duration(milliseconds: event.heard_ms),
                    heardText: text
                )
            case .spoken: .spoken(id: String(event.id))
            case .warning: .warning(code: code, message: text)
            case .failed: .failed(code: code, message: text)
            case .refused: .refused(id: String(event.id), code: code, message: text)
            case .discarded: .discarded(ids: copies(event.ids, event.ids_len) { String($0) })
            case .word:
                .word(
                    id: String(event.id), word: text, at: start,
                    text: event.text_start..<max(event.text_start, event.text_end))
            case .other: .other(number(event.type))
            }
    }
}

enum DialogEventType: UInt32 {
    case other = 0
    case listening = 1
    case voiceReady = 2
    case modelChanged = 3
    case speechStarted = 4
    case partial = 5
    case turnEager = 6
    case turnResumed = 7
    case final = 8
    case turnEnded = 9
    case idle = 10
    case speaking = 11
    case audio = 12
    case mark = 13
    case paused = 14
    case resumed = 15
    case interrupted = 16
    case spoken = 17
    case warning = 18
    case failed = 19
    case refused = 20
    case discarded = 21
    case word = 22
}

/// A chunk of the speech of a conversation.
public struct DialogSound: Sendable, Hashable {
    /// One channel, encoded as `TtsOptions.encoding` says.
    public let bytes: [UInt8]
    /// A pause or an interruption begins a new run; audio of older runs must not be played.
    public let run: UInt32
    /// Samples per second.
    public let sampleRate: UInt32
    public let start: Duration
    public let end: Duration

    init(_ event: voice_dialog_event) {
        bytes = Array(UnsafeRawBufferPointer(start: event.audio, count: event.audio_len))
        run = event.run
        sampleRate = event.sample_rate
        start = Duration(milliseconds: event.start_ms)
        end = Duration(milliseconds: event.end_ms)
    }

    /// The samples of `Encoding.pcmI16`.
    public var samples: [Int16] { bytes.withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) } }
}

extension Utterance {
    init(_ event: voice_dialog_event) {
        self.init(
            text: String(event.text),
            start: Duration(milliseconds: event.start_ms),
            end: Duration(milliseconds: event.end_ms),
            words: copies(event.words, event.words_len, Word.init),
            alternatives: copies(event.alternatives, event.alternatives_len, Alternative.init)
        )
    }
}

/// Why a turn of the user ended.
public enum TurnEnd: UInt32, Sendable {
    /// A reason that this layer does not know.
    case none = 0
    /// The answer is complete.
    case complete = 1
    /// Silence followed the speech.
    case silence = 2
    /// The app ended it.
    case forced = 3
    /// It reached the maximum length of an utterance; the following speech is a new turn.
    case maxLength = 4
    /// No audio came from the microphone.
    case audioStopped = 5
    /// The engine failed; what was said is lost.
    case failed = 6
}

/// Why the speech goes on after a pause.
public enum ResumeReason: UInt32, Sendable {
    /// A reason that this layer does not know.
    case none = 0
    /// The user said no word.
    case noWords = 1
    /// The user said only that they listen.
    case backchannel = 2
    /// The microphone heard the loudspeaker.
    case echo = 3
    /// The app rejected the interruption.
    case rejected = 4
    /// The user has finished the turn during which the utterance was requested.
    case turnEnded = 5
    /// There was no decision in time.
    case timeout = 6
}
