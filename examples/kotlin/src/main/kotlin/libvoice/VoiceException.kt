package libvoice

import com.sun.jna.Pointer
import libvoice.c.libvoice

/** An enumerator that the header numbers. */
internal interface Numbered {
    val number: Int
}

/** The enumerator with that number; `other` for numbers that a newer library has added. */
internal inline fun <reified E> enumOf(number: Int, other: E): E where E : Enum<E>, E : Numbered =
    enumValues<E>().find { it.number == number } ?: other

/** A call of the library failed. */
public class VoiceException internal constructor(
    /** What went wrong, to decide by. */
    public val code: Code,
    /** The stable name of what went wrong, such as `model_not_found`; also of codes newer than this layer. */
    public val name: String,
    /** One line that says what happened and what to do. */
    override val message: String,
    /** Whether the same call may succeed later without a change. */
    public val isRetryable: Boolean,
) : RuntimeException(message)

/** Throws what a call returned, if that is an error. */
internal fun Pointer?.orThrow() {
    if (this == null) return
    try {
        val code = enumOf(libvoice.voice_error_code(this), Code.UNKNOWN)
        val isRetryable = libvoice.voice_error_is_retryable(this) != 0.toByte()
        throw VoiceException(code, libvoice.voice_error_name(this), libvoice.voice_error_message(this), isRetryable)
    } finally {
        libvoice.voice_error_free(this)
    }
}

/** What went wrong, as the header lists it. Newer libraries may add some. */
public enum class Code(override val number: Int) : Numbered {
    /** A code that this layer does not know; [VoiceException.name] names it. */
    UNKNOWN(-1),

    /** A required pointer is NULL. */
    ARGUMENT_NULL(1),

    /** A value that no version could accept: a wrong `struct_size`, an impossible length, text that is not UTF-8. */
    ARGUMENT_INVALID(2),

    /** A field that this version of the library does not know is not zero. */
    UNSUPPORTED(3),

    /** Another call on the same session is under way. */
    BUSY(4),

    /** A sample rate, channel count or encoding outside the supported range. */
    AUDIO_FORMAT_UNSUPPORTED(10),

    /** The stream ended in the middle of a sample. */
    AUDIO_MISALIGNED(11),

    /** An audio message without a single sample. */
    AUDIO_EMPTY(12),

    /** A file that is not audio we can read, or that is cut short. */
    AUDIO_FILE_INVALID(13),

    /** An option outside its range. */
    OPTION_INVALID(20),

    /** An option that this version does not know; it was ignored. */
    OPTION_UNKNOWN(21),

    /** A phrase of the grammar that cannot be passed on, or that holds a word the model does not know. */
    GRAMMAR_INVALID(22),

    /** The model's graph is static: it cannot take a grammar. */
    GRAMMAR_UNSUPPORTED(23),

    /** A document that is not well-formed SSML, or that uses a part of XML that is refused. */
    SSML_INVALID(24),

    /** A text or document larger than the limit. */
    TEXT_TOO_LARGE(25),

    /** A line of a lexicon that cannot be read, or an entry that cannot be spoken. */
    LEXICON_INVALID(26),

    /** No model under that name or path. */
    MODEL_NOT_FOUND(30),

    /** A file of the model is missing. */
    MODEL_INCOMPLETE(31),

    /** A file of the model is truncated or not what its name says. */
    MODEL_INVALID(32),

    /** A file of the model cannot be read. */
    MODEL_UNREADABLE(33),

    /** The model is being loaded. */
    MODEL_LOADING(34),

    /** The engine refused the model. */
    MODEL_LOAD_FAILED(35),

    /** The model was loaded but does not answer. */
    MODEL_STUCK(36),

    /** Less memory is free than the model needs. */
    MEMORY_INSUFFICIENT(37),

    /** This build does not contain the engine. */
    ENGINE_UNAVAILABLE(40),

    /** The engine failed while working; the utterance is lost, the session lives on. */
    ENGINE_FAILED(41),

    /** A call after the end of the stream. */
    SESSION_ENDED(50),

    /** All session places are taken. */
    SESSION_LIMIT(51),

    /** More work was handed over than the session takes. */
    OVERLOADED(52),

    /** A message that is not part of the protocol. */
    MESSAGE_INVALID(53),

    /** A message larger than the limit. */
    MESSAGE_TOO_LARGE(54),

    /** A file of the user cannot be opened, read or written. */
    IO(60),

    /** A list of models that cannot be read. */
    MANIFEST_INVALID(70),

    /** The model is not here, and downloads are switched off. */
    OFFLINE(71),

    /** A download broke off, and so did its repetitions. */
    DOWNLOAD_FAILED(72),

    /** The server refused to send the file. */
    DOWNLOAD_REFUSED(73),

    /** The file that was sent is not the one that the manifest describes. */
    DOWNLOAD_MISMATCH(74),

    /** An archive that is damaged, or that holds more than files below its own folder. */
    ARCHIVE_INVALID(75),

    /** The disk is too small or full. */
    DISK_FULL(76),

    /** The folder of models cannot be written. */
    STORE_UNWRITABLE(77),

    /** The caller cancelled the work. */
    CANCELLED(78),

    /** A model that is not the store's to remove: it ships with the project, or no pull has put it there. */
    MODEL_NOT_REMOVABLE(79),

    /** A fault of the library. Please report it. */
    INTERNAL(101),
}
