/** The options of this layer as the structs of the header. Zero there means default, as null does here. */
package libvoice.c

import com.sun.jna.Pointer
import libvoice.DialogOptions
import libvoice.EngineOptions
import libvoice.ExpectOptions
import libvoice.ModelChoice
import libvoice.StoreOptions
import libvoice.SttOptions
import libvoice.TtsOptions
import java.io.File
import java.time.Duration

private val Boolean.number get() = if (this) 1 else 0

/** In C zero means default, so an explicit zero is passed as a negative number, which means "none". */
private fun Long?.orDefault(): Long = if (this == 0L) -1 else this ?: 0

private fun Float?.orDefault(): Float = if (this == 0f) -1f else this ?: 0f

/** The speaker number in C: 0 is the voice's own speaker, VOICE_TTS_SPEAKER_ZERO is speaker number 0. */
private fun Int?.orOwn(): Int {
    if (this == null) return 0
    require(this >= 0) { "there is no speaker $this" }
    return if (this == 0) VOICE_TTS_SPEAKER_ZERO else this
}

private const val VOICE_TTS_SPEAKER_ZERO = -1

private fun Duration?.orDefault(): Int {
    if (this == null) return 0
    require(!isNegative && !isZero) { "$this is no time to wait for" }
    return toMillis().coerceIn(1L, UInt.MAX_VALUE.toLong()).toInt()
}

/** Milliseconds, where a negative number means none. */
private fun Duration?.orNone(): Int {
    if (this == null) return 0
    require(!isNegative) { "$this is no length of time" }
    return if (isZero) -1 else toMillis().coerceIn(1L, Int.MAX_VALUE.toLong()).toInt()
}

private fun Arena.file(file: File?): Pointer? = file?.let { string(it.path) }

private fun Arena.choices(choices: List<ModelChoice>): Pointer? =
    array(choices, ::voice_model_choice) {
        model = string(it.model)
        language = it.language?.let(::string)
    }

internal fun EngineOptions.within(arena: Arena) = voice_engine_options().apply {
    val options = this@within
    struct_size = size()
    supervise = (supervision != null).number
    stt = arena.choices(options.stt)
    stt_len = options.stt.size.size
    tts = arena.choices(options.tts)
    tts_len = options.tts.size.size
    models_dir = arena.file(modelsDir)
    voices_dir = arena.file(voicesDir)
    manifest = arena.file(options.manifest)
    ca_file = arena.file(caFile)
    onnxruntime = arena.file(options.onnxruntime)
    espeak = arena.file(options.espeak)
    tashkeel = arena.file(options.tashkeel)
    trial = arena.file(options.trial)
    cache_bytes = cacheBytes.orDefault()
    offline = options.offline.number
    libvosk = arena.file(options.libvosk)
    espeak_helper = arena.file(options.espeakHelper)
    supervision?.let {
        load_attempts = it.loadAttempts ?: 0
        retry_ms = it.retry.orDefault()
        canary_ms = it.canary.orDefault()
        deadline_ms = it.deadline.orDefault()
        max_failures = it.maxFailures ?: 0
    }
}

internal fun SttOptions.within(arena: Arena) = voice_stt_options().apply {
    val options = this@within
    struct_size = size()
    sample_rate = sampleRate ?: 0
    channels = options.channels ?: 0
    encoding = options.encoding.number
    vad = options.vad.number
    words = options.words.number
    max_alternatives = maxAlternatives
    start_ms = start.orDefault()
    silence_ms = silence.orDefault()
    max_utterance_ms = maxUtterance.orDefault()
    no_speech_timeout_ms = noSpeechTimeout.orDefault()
    grammar = arena.texts(options.grammar)
    grammar_len = options.grammar.size
    language = options.language?.let(arena::string)
    speaker = options.speaker.number
    channel = options.channel ?: 0
}

internal fun TtsOptions.within(arena: Arena) = voice_tts_options().apply {
    val options = this@within
    struct_size = size()
    sample_rate = sampleRate ?: 0
    encoding = options.encoding.number
    whole = options.whole.number
    speaker = options.speaker.orOwn()
    speed = options.speed.orDefault()
    pitch = options.pitch.orDefault()
    loudness = options.loudness.orDefault()
    volume = options.volume.orDefault()
    noise = options.noise.orDefault()
    kept_ms = options.kept.orNone()
    language = options.language?.let(arena::string)
    voice = options.voice?.let(arena::string)
    arena.text(options.lexicon, lexicon)
}

internal fun DialogOptions.within(arena: Arena) = voice_dialog_options().apply {
    val options = this@within
    struct_size = size()
    decider = options.decider.number
    echo_canceller = echoCanceller.number
    min_words = minWords ?: 0
    min_voice_ms = minVoice.orNone()
    decision_ms = decision.orDefault()
    warm_up_ms = warmUp.orNone()
    complete_ms = complete.orDefault()
    open_min_ms = openMin.orDefault()
    open_max_ms = openMax.orDefault()
    incomplete_min_ms = incompleteMin.orDefault()
    incomplete_max_ms = incompleteMax.orDefault()
    eager_ms = eager.orDefault()
    idle_ms = idle.orDefault()
    audio_gap_ms = audioGap.orDefault()
    ahead_ms = ahead.orDefault()
    stt = arena.struct(options.stt.within(arena))
    tts = arena.struct(options.tts.within(arena))
    words?.let {
        // The library takes a list that is not NULL as given, an empty one too.
        backchannels = arena.texts(it.backchannels) ?: arena.string("")
        backchannels_len = it.backchannels.size.size
        stop_words = arena.texts(it.stopWords) ?: arena.string("")
        stop_words_len = it.stopWords.size.size
    }
}

internal fun ExpectOptions.within(arena: Arena) = voice_expect_options().apply {
    val options = this@within
    struct_size = size()
    expect = options.expect.number
    digits = options.digits ?: 0
    grammar = options.grammar.number
    phrases = arena.texts(options.phrases)
    phrases_len = options.phrases.size.size
}

private fun Arena.texts(texts: List<String>): Pointer? = array(texts, ::voice_text) { text(it, this) }

internal fun StoreOptions.within(arena: Arena) = voice_store_options().apply {
    val options = this@within
    struct_size = size()
    offline = options.offline.number
    folder = arena.file(options.folder)
    manifest = arena.file(options.manifest)
    ca_file = arena.file(caFile)
}
