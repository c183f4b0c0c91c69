package libvoice

import com.sun.jna.Pointer
import libvoice.c.read
import libvoice.c.readAll
import libvoice.c.string
import libvoice.c.voice_tts_explained_clause
import libvoice.c.voice_tts_explained_passage
import libvoice.c.voice_tts_explained_warning
import libvoice.c.voice_tts_explanation

/** How a text would be read. */
public data class Explanation(
    /** Its clauses, in order. */
    val clauses: List<ExplainedClause>,
    /** What a session would warn of. */
    val warnings: List<TtsEvent.Warning>,
)

/** A clause, which is spoken as a unit. */
public data class ExplainedClause(
    /** Its text as written, without markup. */
    val text: String,
    /** The language by which it is read. */
    val language: String,
    /** Its start in the text, in bytes of UTF-8. */
    val textStart: Long,
    /** Its end in the text, in bytes of UTF-8. */
    val textEnd: Long,
    /** What is spoken, in order; empty if there is nothing to say. */
    val passages: List<ExplainedPassage>,
)

/** A part of a clause that one voice speaks. */
public data class ExplainedPassage(
    /** The name of the voice; if it fails, a fallback takes its place. */
    val voice: String,
    /** The language of the voice. */
    val language: String,
    /** What the voice is given, after lexicon and normalization. */
    val spoken: String,
    /** The phonemes that the voice makes of it; empty if it reads none. */
    val phonemes: String,
)

internal fun Pointer.toExplanation() = read(::voice_tts_explanation).run {
    Explanation(
        clauses = clauses.readAll(clauses_len, ::voice_tts_explained_clause) {
            ExplainedClause(
                text = text.string(),
                language = language.string(),
                textStart = text_start.toLong(),
                textEnd = text_end.toLong(),
                passages = passages.readAll(passages_len, ::voice_tts_explained_passage) {
                    ExplainedPassage(voice.string(), language.string(), spoken.string(), phonemes.string())
                },
            )
        },
        warnings = warnings.readAll(warnings_len, ::voice_tts_explained_warning) {
            TtsEvent.Warning(enumOf(code, Code.UNKNOWN), text.string())
        },
    )
}
