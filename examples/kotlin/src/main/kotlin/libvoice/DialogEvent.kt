package libvoice

import libvoice.c.readAll
import libvoice.c.string
import libvoice.c.voice_alternative
import libvoice.c.voice_dialog_event
import libvoice.c.voice_text
import libvoice.c.voice_word
import java.time.Duration

/** An event of a conversation. Times are of the microphone's audio, or of the dialog's audio for the speech. */
public sealed interface DialogEvent {
    /** The recognizer is ready. */
    public data class Listening(val model: String) : DialogEvent

    /** The voice is ready; it comes before the first speech. */
    public data class VoiceReady(val voice: String, val sampleRate: Int) : DialogEvent

    /** The following results are from another model. */
    public data class ModelChanged(val model: String) : DialogEvent

    /** The user began to speak. */
    public data class SpeechStarted(val start: Duration) : DialogEvent

    /** The turn so far; later text may rewrite it. */
    public data class Partial(val text: String) : DialogEvent

    /** The user is silent, and the turn may be over. An utterance requested now is held until it is, or discarded. */
    public data class TurnEager(val text: String, val silence: Duration) : DialogEvent

    /** The user went on after [TurnEager]. */
    public data object TurnResumed : DialogEvent

    /** What the user said in one utterance; a turn may have several. [TurnEnded] or [Resumed] follows. */
    public data class Final(
        val text: String,
        val start: Duration,
        val end: Duration,
        /** Filled if [SttOptions.words] is set. */
        val words: List<libvoice.Word>,
        /** Alternative transcripts, best first, if requested. The first is [text]. */
        val alternatives: List<Alternative>,
    ) : DialogEvent

    /** The user's turn is over; [text] is all that was said in it, and the voice ended at [end]. */
    public data class TurnEnded(
        val text: String,
        val end: Duration,
        val reason: TurnEnd,
        val silence: Duration,
    ) : DialogEvent

    /** Neither side has spoken for a while. */
    public data object Idle : DialogEvent

    /** The audio of an utterance begins with the next [Audio]. */
    public data class Speaking(val id: String) : DialogEvent

    /** A chunk of audio: one channel, encoded as [TtsOptions.encoding] says. Play it after the audio before it. */
    public class Audio(
        public val audio: ByteArray,
        /** A pause or an interruption begins a new run; audio of older runs must not be played. */
        public val run: Int,
        public val sampleRate: Int,
        public val start: Duration,
        public val end: Duration,
    ) : DialogEvent

    /** The audio reaches an SSML mark. */
    public data class Mark(val name: String, val position: Duration) : DialogEvent

    /** Stop the player at once and drop its buffer: audio that was not heard follows again if this was no interruption. */
    public data class Paused(val run: Int, val decision: Duration) : DialogEvent

    /** The audio goes on where the listener stopped hearing it. */
    public data class Resumed(val reason: ResumeReason) : DialogEvent

    /** Stop the player at once and drop its buffer: the user interrupted, or the app cleared the speech. */
    public data class Interrupted(
        val run: Int,
        /** The utterance that was being heard, and those that were not begun. */
        val ids: List<String>,
        /** The dialog's audio that was heard. */
        val heard: Duration,
        /** The text of the first utterance that was heard. */
        val heardText: String,
    ) : DialogEvent

    /** An utterance was heard to its end. */
    public data class Spoken(val id: String) : DialogEvent

    /** Something does not work as requested, and the dialog goes on. */
    public data class Warning(val code: Code, val message: String) : DialogEvent

    /** A part of the speech of one side was lost, and the dialog goes on. */
    public data class Failed(val code: Code, val message: String) : DialogEvent

    /** A request about the utterance [id] was refused; without an id, an expectation or the audio. */
    public data class Refused(val id: String, val code: Code, val message: String) : DialogEvent

    /** Utterances that were requested after [TurnEager] are dropped, since the user went on. Nothing of them was heard. */
    public data class Discarded(val ids: List<String>) : DialogEvent

    /** A word of the utterance [id] begins; its place is that of its UTF-8 bytes in the text of the utterance. */
    public data class Word(
        val id: String,
        val word: String,
        val position: Duration,
        val textStart: Long,
        val textEnd: Long,
    ) : DialogEvent

    /** An event that this layer does not know; ignore it. */
    public data class Other(val number: Int) : DialogEvent
}

/** Why a turn of the user ended. */
public enum class TurnEnd(override val number: Int) : Numbered {
    /** A reason that this layer does not know. */
    NONE(0),

    /** The answer is complete. */
    COMPLETE(1),

    /** Silence followed the speech. */
    SILENCE(2),

    /** The app ended it. */
    FORCED(3),

    /** It reached the maximum length of an utterance; the following speech is a new turn. */
    MAX_LENGTH(4),

    /** No audio came from the microphone. */
    AUDIO_STOPPED(5),

    /** The engine failed; what was said is lost. */
    FAILED(6),
}

/** Why the speech goes on after a pause. */
public enum class ResumeReason(override val number: Int) : Numbered {
    /** A reason that this layer does not know. */
    NONE(0),

    /** The user said no word. */
    NO_WORDS(1),

    /** The user said only that they listen. */
    BACKCHANNEL(2),

    /** The microphone heard the loudspeaker. */
    ECHO(3),

    /** The app rejected the interruption. */
    REJECTED(4),

    /** The user has finished the turn during which the utterance was requested. */
    TURN_ENDED(5),

    /** There was no decision in time. */
    TIMEOUT(6),
}

internal enum class DialogEventType(override val number: Int) : Numbered {
    OTHER(0),
    LISTENING(1),
    VOICE_READY(2),
    MODEL_CHANGED(3),
    SPEECH_STARTED(4),
    PARTIAL(5),
    TURN_EAGER(6),
    TURN_RESUMED(7),
    FINAL(8),
    TURN_ENDED(9),
    IDLE(10),
    SPEAKING(11),
    AUDIO(12),
    MARK(13),
    PAUSED(14),
    RESUMED(15),
    INTERRUPTED(16),
    SPOKEN(17),
    WARNING(18),
    FAILED(19),
    REFUSED(20),
    DISCARDED(21),
    WORD(22),
}

internal fun voice_dialog_event.toEvent(): DialogEvent {
    val start = Duration.ofMillis(start_ms)
    val end = Duration.ofMillis(end_ms)
    val error = enumOf(code, Code.UNKNOWN)
    return when (enumOf(type, DialogEventType.OTHER)) {
        DialogEventType.LISTENING -> DialogEvent.Listening(text.string())
        DialogEventType.VOICE_READY -> DialogEvent.VoiceReady(text.string(), sample_rate)
        DialogEventType.MODEL_CHANGED -> DialogEvent.ModelChanged(text.string())
        DialogEventType.SPEECH_STARTED -> DialogEvent.SpeechStarted(start)
        DialogEventType.PARTIAL -> DialogEvent.Partial(text.string())
        DialogEventType.TURN_EAGER -> DialogEvent.TurnEager(text.string(), silence())
        DialogEventType.TURN_RESUMED -> DialogEvent.TurnResumed
        DialogEventType.FINAL -> DialogEvent.Final(
            text = text.string(),
            start = start,
            end = end,
            words = words.readAll(words_len, ::voice_word, ::word),
            alternatives = alternatives.readAll(alternatives_len, ::voice_alternative, ::alternative),
        )
        DialogEventType.TURN_ENDED -> 
            DialogEvent.TurnEnded(text.string(), end, enumOf(turn_end, TurnEnd.NONE), silence())
        DialogEventType.IDLE -> DialogEvent.Idle
        DialogEventType.SPEAKING -> DialogEvent.Speaking(id.string())
        DialogEventType.AUDIO -> DialogEvent.Audio(
            audio = audio?.getByteArray(0, audio_len.toInt()) ?: ByteArray(0),
            run = run,
            sampleRate = sample_rate,
            start = start,
            end = end,
        )
        DialogEventType.MARK -> DialogEvent.Mark(text.string(), start)
        DialogEventType.PAUSED -> DialogEvent.Paused(run, Duration.ofMillis(decision_ms.toLong()))
        DialogEventType.RESUMED -> DialogEvent.Resumed(enumOf(resume_reason, ResumeReason.NONE))
        DialogEventType.INTERRUPTED -> DialogEvent.Interrupted(
            run = run,
            ids = ids.readAll(ids_len, ::voice_text, voice_text::string),
            heard = Duration.ofMillis(heard_ms),
            heardText = text.string(),
        )
        DialogEventType.SPOKEN -> DialogEvent.Spoken(id.string())
        DialogEventType.WARNING -> DialogEvent.Warning(error, text.string())
        DialogEventType.FAILED -> DialogEvent.Failed(error, text.string())
        DialogEventType.REFUSED -> DialogEvent.Refused(id.string(), error, text.string())
        DialogEventType.DISCARDED -> DialogEvent.Discarded(ids.readAll(ids_len, ::voice_text, voice_text::string))
        DialogEventType.WORD ->
            DialogEvent.Word(id.string(), text.string(), start, text_start.toLong(), text_end.toLong())
        DialogEventType.OTHER -> DialogEvent.Other(type)
    }
}

private fun voice_dialog_event.silence() = Duration.ofMillis(silence_ms.toLong())
