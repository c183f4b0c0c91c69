import CVoice

/// How a text would be read.
public struct Explanation: Sendable, Hashable {
    /// Its clauses, in order.
    public let clauses: [ExplainedClause]
    /// What a session would warn of.
    public let warnings: [ExplainedWarning]

    init(_ explanation: voice_tts_explanation) {
        clauses = copies(explanation.clauses, explanation.clauses_len, ExplainedClause.init)
        warnings = copies(explanation.warnings, explanation.warnings_len, ExplainedWarning.init)
    }
}

/// A clause, which is spoken as a unit.
public struct ExplainedClause: Sendable, Hashable {
    /// Its text as written, without markup.
    public let text: String
    /// The language by which it is read.
    public let language: String
    /// Its place in the text, in bytes of UTF-8.
    public let place: Range<Int>
    /// What is spoken, in order; empty if there is nothing to say.
    public let passages: [ExplainedPassage]

    init(_ clause: voice_tts_explained_clause) {
        text = String(clause.text)
        language = String(clause.language)
        place = clause.text_start..<clause.text_end
        passages = copies(clause.passages, clause.passages_len, ExplainedPassage.init)
    }
}

/// A part of a clause that one voice speaks.
public struct ExplainedPassage: Sendable, Hashable {
    /// The name of the voice; if it fails, a fallback takes its place.
    public let voice: String
    /// The language of the voice.
    public let language: String
    /// What the voice is given, after lexicon and normalization.
    public let spoken: String
    /// The phonemes that the voice makes of it; empty if it reads none.
    public let phonemes: String

    init(_ passage: voice_tts_explained_passage) {
        voice = String(passage.voice)
        language = String(passage.language)
        spoken = String(passage.spoken)
        phonemes = String(passage.phonemes)
    }
}

/// What a session would warn of.
public struct ExplainedWarning: Sendable, Hashable {
    public let code: Code
    public let message: String

    init(_ warning: voice_tts_explained_warning) {
        code = Code(rawValue: number(warning.code)) ?? .unknown
        message = String(warning.text)
    }
}
