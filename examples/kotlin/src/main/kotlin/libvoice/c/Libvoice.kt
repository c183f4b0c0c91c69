/** The functions of `include/voice.h`, with the header's names. */
@file:Suppress("FunctionName", "LongParameterList")

package libvoice.c

import com.sun.jna.Callback
import com.sun.jna.IntegerType
import com.sun.jna.Library
import com.sun.jna.Native
import com.sun.jna.Pointer
import com.sun.jna.ptr.ByReference
import com.sun.jna.ptr.LongByReference
import com.sun.jna.ptr.PointerByReference

/** The binary interface that this layer was written for. */
private const val VOICE_ABI_VERSION = 1

/** Loaded at first use: from `jna.library.path`, from an app's native libraries, or from the system's library path. */
internal val libvoice: Libvoice by lazy {
    val options = mapOf(Library.OPTION_STRING_ENCODING to "UTF-8")
    val library = Native.load("voice", Libvoice::class.java, options)
    val offered = library.voice_abi_version()
    check(offered == VOICE_ABI_VERSION) { "this libvoice has ABI $offered; ABI $VOICE_ABI_VERSION is needed" }
    library
}

/** `size_t`. */
internal class SizeT(value: Long = 0) : IntegerType(Native.SIZE_T_SIZE, value, true) {
    override fun toByte() = toInt().toByte()

    override fun toShort() = toInt().toShort()
}

/** A `size_t` that the library writes. */
internal class SizeTByReference : ByReference(Native.SIZE_T_SIZE) {
    val value: Long get() = if (Native.SIZE_T_SIZE == Long.SIZE_BYTES) pointer.getLong(0) else pointer.getInt(0).toLong()
}

internal val Int.size: SizeT get() = SizeT(toLong())

internal fun interface PullCallback : Callback {
    /** A C `bool` is one byte, a [Byte] in JNA, since JNA's booleans have four bytes. */
    fun invoke(userdata: Pointer?, progress: voice_pull_progress): Byte
}

internal fun interface LogCallback : Callback {
    fun invoke(userdata: Pointer?, level: Int, line: Pointer)
}

internal interface Libvoice : Library {
    fun voice_version(): String

    fun voice_abi_version(): Int

    fun voice_error_code(error: Pointer): Int

    fun voice_error_name(error: Pointer): String

    fun voice_error_message(error: Pointer): String

    fun voice_error_is_retryable(error: Pointer): Byte

    fun voice_error_free(error: Pointer)

    fun voice_engine_open(options: voice_engine_options, engine: PointerByReference): Pointer?

    fun voice_engine_reload(engine: Pointer): Pointer?

    fun voice_engine_free(engine: Pointer)

    fun voice_engine_health(engine: Pointer, health: PointerByReference): Pointer?

    fun voice_health_free(health: Pointer)

    fun voice_engine_voices(engine: Pointer, language: Pointer?, list: PointerByReference): Pointer?

    fun voice_tts_voice_list_free(list: Pointer)

    fun voice_stt_open(engine: Pointer, options: voice_stt_options, stt: PointerByReference): Pointer?

    fun voice_stt_push(stt: Pointer, audio: ByteArray, len: SizeT): Pointer?

    fun voice_stt_push_i16(stt: Pointer, audio: ShortArray, samples: SizeT): Pointer?

    fun voice_stt_push_f32(stt: Pointer, audio: FloatArray, samples: SizeT): Pointer?

    fun voice_stt_flush(stt: Pointer): Pointer?

    fun voice_stt_update(stt: Pointer, engine: Pointer?, options: voice_stt_options, fields: Int): Pointer?

    fun voice_stt_finish(stt: Pointer): Pointer?

    fun voice_stt_next(stt: Pointer, event: PointerByReference): Pointer?

    fun voice_stt_free(stt: Pointer)

    fun voice_tts_open(engine: Pointer, options: voice_tts_options, tts: PointerByReference): Pointer?

    fun voice_tts_push(tts: Pointer, text: ByteArray, len: SizeT): Pointer?

    fun voice_tts_push_ssml(tts: Pointer, document: ByteArray, len: SizeT): Pointer?

    fun voice_tts_flush(tts: Pointer): Pointer?

    fun voice_tts_finish(tts: Pointer): Pointer?

    fun voice_tts_next(tts: Pointer, event: PointerByReference): Pointer?

    fun voice_tts_cancel(tts: Pointer): Pointer?

    fun voice_tts_played(tts: Pointer, ms: Long): Pointer?

    fun voice_tts_heard(tts: Pointer, ms: LongByReference, text: SizeTByReference): Pointer?

    fun voice_tts_pause(tts: Pointer): Pointer?

    fun voice_tts_resume(tts: Pointer): Pointer?

    fun voice_tts_update(tts: Pointer, engine: Pointer?, options: voice_tts_options, fields: Int): Pointer?

    fun voice_tts_explain(
        tts: Pointer,
        text: ByteArray,
        len: SizeT,
        is_ssml: Int,
        explanation: PointerByReference,
    ): Pointer?

    fun voice_tts_explanation_free(explanation: Pointer)

    fun voice_tts_free(tts: Pointer)

    fun voice_dialog_open(engine: Pointer, options: voice_dialog_options, dialog: PointerByReference): Pointer?

    fun voice_dialog_push(dialog: Pointer, audio: ByteArray, len: SizeT): Pointer?

    fun voice_dialog_push_i16(dialog: Pointer, audio: ShortArray, samples: SizeT): Pointer?

    fun voice_dialog_push_f32(dialog: Pointer, audio: FloatArray, samples: SizeT): Pointer?

    fun voice_dialog_listen(dialog: Pointer, wait_ms: Int): Pointer?

    fun voice_dialog_speak(dialog: Pointer, wait_ms: Int): Pointer?

    fun voice_dialog_next(dialog: Pointer, wait_ms: Int, event: PointerByReference): Pointer?

    fun voice_dialog_say(dialog: Pointer, id: Pointer, text: ByteArray, len: SizeT, flags: Int): Pointer?

    fun voice_dialog_append(dialog: Pointer, id: Pointer, text: ByteArray, len: SizeT): Pointer?

    fun voice_dialog_flush(dialog: Pointer, id: Pointer): Pointer?

    fun voice_dialog_clear(dialog: Pointer): Pointer?

    fun voice_dialog_played(dialog: Pointer, run: Int, ms: Long): Pointer?

    fun voice_dialog_expect(dialog: Pointer, options: voice_expect_options): Pointer?

    fun voice_dialog_finalize(dialog: Pointer): Pointer?

    fun voice_dialog_confirm(dialog: Pointer): Pointer?

    fun voice_dialog_reject(dialog: Pointer): Pointer?

    fun voice_dialog_finish(dialog: Pointer): Pointer?

    fun voice_dialog_free(dialog: Pointer)

    fun voice_store_open(options: voice_store_options, store: PointerByReference): Pointer?

    fun voice_store_list(store: Pointer, list: PointerByReference): Pointer?

    fun voice_model_list_free(list: Pointer)

    fun voice_store_pull(store: Pointer, name: Pointer, callback: PullCallback?, userdata: Pointer?): Pointer?

    fun voice_store_verify(store: Pointer, name: Pointer): Pointer?

    fun voice_store_remove(store: Pointer, name: Pointer): Pointer?

    fun voice_store_free(store: Pointer)

    fun voice_log_set(callback: LogCallback?, userdata: Pointer?, level: Int): Pointer?
}
