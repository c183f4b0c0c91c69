/** The structs of `include/voice.h`, field by field; a test compares them with the layout of a C compiler. */
@file:Suppress("ClassName", "PropertyName", "unused")

package libvoice.c

import com.sun.jna.Pointer
import com.sun.jna.Structure

@Structure.FieldOrder("model", "language", "reserved")
internal class voice_model_choice(at: Pointer? = null) : Structure(at) {
    @JvmField var model: Pointer? = null
    @JvmField var language: Pointer? = null
    @JvmField var reserved: Long = 0
}

@Structure.FieldOrder(
    "struct_size", "supervise", "stt_model", "stt", "stt_len", "tts_voice", "tts", "tts_len", "models_dir",
    "voices_dir", "manifest", "ca_file", "onnxruntime", "espeak", "tashkeel", "trial", "cache_bytes", "offline",
    "load_attempts", "retry_ms", "canary_ms", "deadline_ms", "max_failures", "libvosk",
    "espeak_helper",
)
internal class voice_engine_options(at: Pointer? = null) : Structure(at) {
    @JvmField var struct_size = 0
    @JvmField var supervise = 0
    @JvmField var stt_model: Pointer? = null
    @JvmField var stt: Pointer? = null
    @JvmField var stt_len = SizeT()
    @JvmField var tts_voice: Pointer? = null
    @JvmField var tts: Pointer? = null
    @JvmField var tts_len = SizeT()
    @JvmField var models_dir: Pointer? = null
    @JvmField var voices_dir: Pointer? = null
    @JvmField var manifest: Pointer? = null
    @JvmField var ca_file: Pointer? = null
    @JvmField var onnxruntime: Pointer? = null
    @JvmField var espeak: Pointer? = null
    @JvmField var tashkeel: Pointer? = null
    @JvmField var trial: Pointer? = null
    @JvmField var cache_bytes: Long = 0
    @JvmField var offline = 0
    @JvmField var load_attempts = 0
    @JvmField var retry_ms = 0
    @JvmField var canary_ms = 0
    @JvmField var deadline_ms = 0
    @JvmField var max_failures = 0
    @JvmField var libvosk: Pointer? = null
    @JvmField var espeak_helper: Pointer? = null
}

@Structure.FieldOrder("ptr", "len")
internal class voice_text(at: Pointer? = null) : Structure(at) {
    @JvmField var ptr: Pointer? = null
    @JvmField var len = SizeT()
}

@Structure.FieldOrder("state", "in_use", "takes_grammar", "streams", "name", "engine", "failure", "reason")
internal class voice_model_health(at: Pointer? = null) : Structure(at) {
    @JvmField var state = 0
    @JvmField var in_use = 0
    @JvmField var takes_grammar = 0
    @JvmField var streams = 0
    @JvmField var name = voice_text()
    @JvmField var engine = voice_text()
    @JvmField var failure = voice_text()
    @JvmField var reason = voice_text()
}

@Structure.FieldOrder("struct_size", "status", "json", "stt", "stt_len", "tts", "tts_len")
internal class voice_health(at: Pointer? = null) : Structure(at) {
    @JvmField var struct_size = 0
    @JvmField var status = 0
    @JvmField var json = voice_text()
    @JvmField var stt: Pointer? = null
    @JvmField var stt_len = SizeT()
    @JvmField var tts: Pointer? = null
    @JvmField var tts_len = SizeT()
}

@Structure.FieldOrder(
    "struct_size", "sample_rate", "channels", "encoding", "vad", "words", "max_alternatives", "start_ms",
    "silence_ms", "max_utterance_ms", "no_speech_timeout_ms", "grammar_len", "grammar", "language", "speaker",
    "channel",
)
internal class voice_stt_options(at: Pointer? = null) : Structure(at) {
    @JvmField var struct_size = 0
    @JvmField var sample_rate = 0
    @JvmField var channels = 0
    @JvmField var encoding = 0
    @JvmField var vad = 0
    @JvmField var words = 0
    @JvmField var max_alternatives = 0
    @JvmField var start_ms = 0
    @JvmField var silence_ms = 0
    @JvmField var max_utterance_ms = 0
    @JvmField var no_speech_timeout_ms = 0
    @JvmField var grammar_len = 0
    @JvmField var grammar: Pointer? = null
    @JvmField var language: Pointer? = null
    @JvmField var speaker = 0
    @JvmField var channel = 0
}

@Structure.FieldOrder("text", "start_ms", "end_ms", "confidence", "reserved")
internal class voice_word(at: Pointer? = null) : Structure(at) {
    @JvmField var text = voice_text()
    @JvmField var start_ms: Long = 0
    @JvmField var end_ms: Long = 0
    @JvmField var confidence = 0f
    @JvmField var reserved = 0
}

@Structure.FieldOrder("text", "words", "words_len", "score", "reserved")
internal class voice_alternative(at: Pointer? = null) : Structure(at) {
    @JvmField var text = voice_text()
    @JvmField var words: Pointer? = null
    @JvmField var words_len = SizeT()
    @JvmField var score = 0f
    @JvmField var reserved = 0
}

@Structure.FieldOrder(
    "struct_size", "type", "end_reason", "code", "start_ms", "end_ms", "text", "words", "words_len",
    "alternatives", "alternatives_len",
)
internal class voice_stt_event(at: Pointer? = null) : Structure(at) {
    @JvmField var struct_size = 0
    @JvmField var type = 0
    @JvmField var end_reason = 0
    @JvmField var code = 0
    @JvmField var start_ms: Long = 0
    @JvmField var end_ms: Long = 0
    @JvmField var text = voice_text()
    @JvmField var words: Pointer? = null
    @JvmField var words_len = SizeT()
    @JvmField var alternatives: Pointer? = null
    @JvmField var alternatives_len = SizeT()
}

@Structure.FieldOrder(
    "struct_size", "sample_rate", "encoding", "whole", "speaker", "speed", "pitch", "volume", "noise", "loudness",
    "kept_ms", "reserved", "language", "voice", "lexicon",
)
internal class voice_tts_options(at: Pointer? = null) : Structure(at) {
    @JvmField var struct_size = 0
    @JvmField var sample_rate = 0
    @JvmField var encoding = 0
    @JvmField var whole = 0
    @JvmField var speaker = 0
    @JvmField var speed = 0f
    @JvmField var pitch = 0f
    @JvmField var volume = 0f
    @JvmField var noise = 0f
    @JvmField var loudness = 0f
    @JvmField var kept_ms = 0
    @JvmField var reserved = 0
    @JvmField var language: Pointer? = null
    @JvmField var voice: Pointer? = null
    @JvmField var lexicon = voice_text()
}

@Structure.FieldOrder(
    "struct_size", "type", "code", "sample_rate", "start_ms", "end_ms", "audio", "audio_len", "text_start",
    "text_end", "text", "heard_ms", "heard_text",
)
internal class voice_tts_event(at: Pointer? = null) : Structure(at) {
    @JvmField var struct_size = 0
    @JvmField var type = 0
    @JvmField var code = 0
    @JvmField var sample_rate = 0
    @JvmField var start_ms: Long = 0
    @JvmField var end_ms: Long = 0
    @JvmField var audio: Pointer? = null
    @JvmField var audio_len = SizeT()
    @JvmField var text_start = SizeT()
    @JvmField var text_end = SizeT()
    @JvmField var text = voice_text()
    @JvmField var heard_ms: Long = 0
    @JvmField var heard_text = SizeT()
}

@Structure.FieldOrder("struct_size", "expect", "digits", "grammar", "phrases", "phrases_len")
internal class voice_expect_options(at: Pointer? = null) : Structure(at) {
    @JvmField var struct_size = 0
    @JvmField var expect = 0
    @JvmField var digits = 0
    @JvmField var grammar = 0
    @JvmField var phrases: Pointer? = null
    @JvmField var phrases_len = SizeT()
}

@Structure.FieldOrder(
    "struct_size", "decider", "echo_canceller", "min_words", "min_voice_ms", "decision_ms", "warm_up_ms", "complete_ms",
    "open_min_ms", "open_max_ms", "incomplete_min_ms", "incomplete_max_ms", "eager_ms", "idle_ms", "audio_gap_ms",
    "ahead_ms", "stt", "tts", "backchannels", "backchannels_len", "stop_words", "stop_words_len",
)
internal class voice_dialog_options(at: Pointer? = null) : Structure(at) {
    @JvmField var struct_size = 0
    @JvmField var decider = 0
    @JvmField var echo_canceller = 0
    @JvmField var min_words = 0
    @JvmField var min_voice_ms = 0
    @JvmField var decision_ms = 0
    @JvmField var warm_up_ms = 0
    @JvmField var complete_ms = 0
    @JvmField var open_min_ms = 0
    @JvmField var open_max_ms = 0
    @JvmField var incomplete_min_ms = 0
    @JvmField var incomplete_max_ms = 0
    @JvmField var eager_ms = 0
    @JvmField var idle_ms = 0
    @JvmField var audio_gap_ms = 0
    @JvmField var ahead_ms = 0
    @JvmField var stt: Pointer? = null
    @JvmField var tts: Pointer? = null
    @JvmField var backchannels: Pointer? = null
    @JvmField var backchannels_len = SizeT()
    @JvmField var stop_words: Pointer? = null
    @JvmField var stop_words_len = SizeT()
}

@Structure.FieldOrder(
    "struct_size", "type", "code", "turn_end", "resume_reason", "run", "sample_rate", "decision_ms", "silence_ms",
    "reserved", "start_ms", "end_ms", "heard_ms", "id", "text", "audio", "audio_len", "words", "words_len",
    "alternatives", "alternatives_len", "ids", "ids_len", "text_start", "text_end",
)
internal class voice_dialog_event(at: Pointer? = null) : Structure(at) {
    @JvmField var struct_size = 0
    @JvmField var type = 0
    @JvmField var code = 0
    @JvmField var turn_end = 0
    @JvmField var resume_reason = 0
    @JvmField var run = 0
    @JvmField var sample_rate = 0
    @JvmField var decision_ms = 0
    @JvmField var silence_ms = 0
    @JvmField var reserved = 0
    @JvmField var start_ms: Long = 0
    @JvmField var end_ms: Long = 0
    @JvmField var heard_ms: Long = 0
    @JvmField var id = voice_text()
    @JvmField var text = voice_text()
    @JvmField var audio: Pointer? = null
    @JvmField var audio_len = SizeT()
    @JvmField var words: Pointer? = null
    @JvmField var words_len = SizeT()
    @JvmField var alternatives: Pointer? = null
    @JvmField var alternatives_len = SizeT()
    @JvmField var ids: Pointer? = null
    @JvmField var ids_len = SizeT()
    @JvmField var text_start = SizeT()
    @JvmField var text_end = SizeT()
}

@Structure.FieldOrder("name", "engine", "language", "sample_rate", "streams", "speakers", "speakers_len")
internal class voice_tts_voice(at: Pointer? = null) : Structure(at) {
    @JvmField var name = voice_text()
    @JvmField var engine = voice_text()
    @JvmField var language = voice_text()
    @JvmField var sample_rate = 0
    @JvmField var streams = 0
    @JvmField var speakers: Pointer? = null
    @JvmField var speakers_len = SizeT()
}

@Structure.FieldOrder("struct_size", "reserved", "voices", "voices_len")
internal class voice_tts_voice_list(at: Pointer? = null) : Structure(at) {
    @JvmField var struct_size = 0
    @JvmField var reserved = 0
    @JvmField var voices: Pointer? = null
    @JvmField var voices_len = SizeT()
}

@Structure.FieldOrder("struct_size", "offline", "folder", "manifest", "ca_file")
internal class voice_store_options(at: Pointer? = null) : Structure(at) {
    @JvmField var struct_size = 0
    @JvmField var offline = 0
    @JvmField var folder: Pointer? = null
    @JvmField var manifest: Pointer? = null
    @JvmField var ca_file: Pointer? = null
}

@Structure.FieldOrder("struct_size", "step", "done", "total")
internal class voice_pull_progress(at: Pointer? = null) : Structure(at) {
    @JvmField var struct_size = 0
    @JvmField var step = 0
    @JvmField var done: Long = 0
    @JvmField var total: Long = 0
}

@Structure.FieldOrder(
    "task", "presence", "size", "downloaded", "memory", "name", "languages", "engine", "license", "notes", "path",
)
internal class voice_model(at: Pointer? = null) : Structure(at) {
    @JvmField var task = 0
    @JvmField var presence = 0
    @JvmField var size: Long = 0
    @JvmField var downloaded: Long = 0
    @JvmField var memory: Long = 0
    @JvmField var name = voice_text()
    @JvmField var languages = voice_text()
    @JvmField var engine = voice_text()
    @JvmField var license = voice_text()
    @JvmField var notes = voice_text()
    @JvmField var path = voice_text()
}

@Structure.FieldOrder("struct_size", "reserved", "models", "models_len")
internal class voice_model_list(at: Pointer? = null) : Structure(at) {
    @JvmField var struct_size = 0
    @JvmField var reserved = 0
    @JvmField var models: Pointer? = null
    @JvmField var models_len = SizeT()
}

@Structure.FieldOrder("voice", "language", "spoken", "phonemes")
internal class voice_tts_explained_passage(at: Pointer? = null) : Structure(at) {
    @JvmField var voice = voice_text()
    @JvmField var language = voice_text()
    @JvmField var spoken = voice_text()
    @JvmField var phonemes = voice_text()
}

@Structure.FieldOrder("text", "language", "text_start", "text_end", "passages", "passages_len")
internal class voice_tts_explained_clause(at: Pointer? = null) : Structure(at) {
    @JvmField var text = voice_text()
    @JvmField var language = voice_text()
    @JvmField var text_start = SizeT()
    @JvmField var text_end = SizeT()
    @JvmField var passages: Pointer? = null
    @JvmField var passages_len = SizeT()
}

@Structure.FieldOrder("code", "reserved", "text")
internal class voice_tts_explained_warning(at: Pointer? = null) : Structure(at) {
    @JvmField var code = 0
    @JvmField var reserved = 0
    @JvmField var text = voice_text()
}

@Structure.FieldOrder("struct_size", "reserved", "clauses", "clauses_len", "warnings", "warnings_len")
internal class voice_tts_explanation(at: Pointer? = null) : Structure(at) {
    @JvmField var struct_size = 0
    @JvmField var reserved = 0
    @JvmField var clauses: Pointer? = null
    @JvmField var clauses_len = SizeT()
    @JvmField var warnings: Pointer? = null
    @JvmField var warnings_len = SizeT()
}
