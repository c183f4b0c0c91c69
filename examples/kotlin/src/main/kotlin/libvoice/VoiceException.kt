package libvoice

import com.sun.jna.Pointer
import libvoice.c.libvoice

/** An enumerator with its number in the header. */
internal interface Numbered {
    val number: Int
}

/** The enumerator with that number; `other` for numbers that a newer library added. */
internal inline fun <reified E> enumOf(number: Int, other: E): E where E : Enum<E>, E : Numbered =
    enumValues<E>().find { it.number == number } ?: other

/** A call of the library failed. */
public class VoiceException internal constructor(
    /** The error code, for decisions. */
    public val code: Code,
    /** The stable name of the error, such as `model_not_found`; also for codes newer than this layer. */
    public val name: String,
    /** One line that says what happened and what to do. */
    override val message: String,
    /** Whether the same call may succeed later without a change. */
    public val isRetryable: Boolean,
) : RuntimeException(message)

/** Throws if the call returned an error. */
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

/** The error codes of the header. Newer libraries may add some. */
public enum class Code(override val number: Int) : Numbered {
    /** A code that this layer does not know; [VoiceException.name] names it. */
    UNKNOWN(-1),

    /** A required pointer is NULL. */
    ARGUMENT_NULL(1),

    /** A value that no version accepts: a wrong `struct_size`, an impossible length, text that is not UTF-8. */
    ARGUMENT_INVALID(2),

    /** A field that this version of the library does not know is not zero. */
    UNSUPPORTED(3),

    /** Another call on the same session is in progress. */
    BUSY(4),

    /** A sample rate, channel count or encoding outside the supported range. */
    AUDIO_FORMAT_UNSUPPORTED(10),

    /** The stream ended in the middle of a sample. */
    AUDIO_MISALIGNED(11),

    /** (server) An audio message without a single sample. */
    AUDIO_EMPTY(12),

    /** A file that cannot be read as audio, or that is truncated. */
    AUDIO_FILE_INVALID(13),
    AUDIO_PACKET_INVALID(14),
    AUDIO_FORMAT_DOUBTFUL(15),

    /** An option outside its range. */
    OPTION_INVALID(20),

    /** (server) An option that this version does not know; it was ignored. */
    OPTION_UNKNOWN(21),

    /** A phrase that cannot be passed to the model, or with a word that the model does not know. */
    GRAMMAR_INVALID(22),

    /** The model's graph is static and takes no grammar at run time. */
    GRAMMAR_UNSUPPORTED(23),

    /** A document that is not well-formed SSML, or that uses refused parts of XML. */
    SSML_INVALID(24),

    /** A text or document larger than the limit. */
    TEXT_TOO_LARGE(25),

    /** A line of a lexicon that cannot be read, or an entry that cannot be spoken. */
    LEXICON_INVALID(26),

    /** A text with nothing that a voice can speak. */
    TEXT_EMPTY(27),

    /** No model under that name or path. */
    MODEL_NOT_FOUND(30),

    /** A file of the model is missing. */
    MODEL_INCOMPLETE(31),

    /** A file of the model is truncated, or its content does not match its name. */
    MODEL_INVALID(32),

    /** A file of the model cannot be read. */
    MODEL_UNREADABLE(33),

    /** The model is being loaded. */
    MODEL_LOADING(34),

    /** The engine refused the model. */
    MODEL_LOAD_FAILED(35),

    /** The model is loaded but does not answer. */
    MODEL_STUCK(36),

    /** Less memory is free than the model needs. */
    MEMORY_INSUFFICIENT(37),

    /** A model failed in a session, which continues with its next model. */
    MODEL_FALLBACK(38),

    /** This build does not contain the engine. */
    ENGINE_UNAVAILABLE(40),

    /** The engine failed during a call; the utterance is lost, the session continues. */
    ENGINE_FAILED(41),

    /** A call after the end of the stream. */
    SESSION_ENDED(50),

    /** (server) The session limit is reached. */
    SESSION_LIMIT(51),

    /** The session's queue is full. */
    OVERLOADED(52),

    /** (server) A message that is not part of the protocol. */
    MESSAGE_INVALID(53),

    /** A message larger than the limit. */
    MESSAGE_TOO_LARGE(54),

    /** (server) The store of answers does not answer. */
    STORAGE_UNAVAILABLE(55),

    /** A file of the user cannot be opened, read or written. */
    IO(60),

    /** A list of models that cannot be read. */
    MANIFEST_INVALID(70),

    /** The model is not installed, and downloads are disabled. */
    OFFLINE(71),

    /** A download and its retries were interrupted. */
    DOWNLOAD_FAILED(72),

    /** The server refused to send the file. */
    DOWNLOAD_REFUSED(73),

    /** The downloaded file does not match the manifest. */
    DOWNLOAD_MISMATCH(74),

    /** An archive that is damaged, or that contains anything other than files below its own folder. */
    ARCHIVE_INVALID(75),

    /** The disk is too small or full. */
    DISK_FULL(76),

    /** The folder of models cannot be written. */
    STORE_UNWRITABLE(77),

    /** The caller cancelled the work. */
    CANCELLED(78),

    /** The store did not install the model: it ships with the project, or no pull installed it. */
    MODEL_NOT_REMOVABLE(79),

    /** A bug in libvoice. Please report it. */
    INTERNAL(101),
}
