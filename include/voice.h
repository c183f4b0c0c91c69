/* libvoice: streaming speech to text and text to speech. Written by cbindgen from voice-ffi; do not edit.
 *
 *     #include <stdio.h>
 *     #include <stdlib.h>
 *     #include "voice.h"
 *
 *     static void check(voice_error *error) {
 *         if (!error) return;
 *         fprintf(stderr, "%s: %s\n", voice_error_name(error), voice_error_message(error));
 *         exit(1);
 *     }
 *
 *     int main(void) {
 *         voice_engine_options options = {.struct_size = sizeof options, .stt_model = "models/ar-commands"};
 *         voice_engine *engine; voice_stt *stt; const voice_stt_event *event; static char audio[3200]; size_t n;
 *         check(voice_engine_open(&options, &engine));
 *         check(voice_stt_open(engine, NULL, &stt));            // 16-bit mono at 16 kHz
 *         do {
 *             n = fread(audio, 1, sizeof audio, stdin);
 *             check(n ? voice_stt_push(stt, audio, n) : voice_stt_finish(stt));
 *             for (check(voice_stt_next(stt, &event)); event; check(voice_stt_next(stt, &event)))
 *                 if (event->type == VOICE_STT_EVENT_TYPE_FINAL) puts(event->text.ptr);
 *         } while (n);
 *         voice_stt_free(stt);
 *         voice_engine_free(engine);
 *     }
 *
 * Objects. An engine holds models and makes sessions. A voice_stt session turns audio into text: push audio,
 * take events. A voice_tts session turns text into audio: push text, take events. A store brings models.
 *
 * Errors. A call that can fail returns a voice_error, or NULL for success, and writes its outputs,
 * which come last, only on success. Free the error. NULL where a pointer is required, wrong text,
 * wrong sizes and calls out of order are errors, never crashes. Besides the errors that its comment
 * lists, any call may report VOICE_CODE_INTERNAL: a fault of the library that did not end your program.
 *
 * Ownership. What a call gives you, you free with the function named in its comment, never with
 * free(). What it lends you, you copy if you need it longer. Sessions keep what they need of their
 * engine, so the order of freeing does not matter. Never use a handle after freeing it, and never
 * free it during a call on it: these two are not checked.
 *
 * Threads. Each function says one of three things. "any thread, at once": no restriction. "any thread,
 * one call at a time": a second call meanwhile on the same object fails with VOICE_CODE_BUSY. "any
 * thread, even during another call": made for interrupting. Sessions compute on the thread that calls
 * them. Threads of the library's own are those of supervised models and of the engines behind voices; of
 * yours it calls two functions, if you give them: one for the log, one for the progress of a pull.
 *
 * Options. Zero the struct, set struct_size to its sizeof, then set what you need: zero means default. In C++:
 * voice_engine_options options{}; options.struct_size = sizeof options; options.stt_model = "models/ar-commands";
 *
 * Processes. End your threads and free supervised engines before main returns; a speech-to-text call that comes later fails
 * with VOICE_CODE_CANCELLED. After fork, open engines in the child. Functions that you give to the library must
 * not throw, call longjmp, or be left by pthread_cancel. docs/hosts.md has the rest: locales, limits, copies.
 *
 * Versions. Within one VOICE_ABI_VERSION there are only additions: functions, enumerators, and fields
 * at the end of structs that start with struct_size. */


#ifndef VOICE_H
#define VOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The result tells whether the call worked: use it. Define it as nothing for parsers that know standard C only.
#ifndef VOICE_MUST_USE
#if defined(__GNUC__)
#define VOICE_MUST_USE __attribute__((warn_unused_result))
#else
#define VOICE_MUST_USE
#endif
#endif

/// A `voice_text` from a string literal, as an initializer: `voice_text yes = VOICE_TEXT("نعم");`
#ifdef __cplusplus
#define VOICE_TEXT(literal) {reinterpret_cast<const char *>("" literal), sizeof(literal) - 1}
#else
#define VOICE_TEXT(literal) {(const char *)("" literal), sizeof(literal) - 1}
#endif

/// The number of the binary interface that this header describes. Within one number there are only
/// additions; `voice_abi_version` says what the library at run time offers.
#define VOICE_ABI_VERSION 1

/// Speaker 0 in `voice_tts_options`, of a voice whose own speaker is another.
#define VOICE_TTS_SPEAKER_ZERO 4294967295

/// What went wrong, as a number. Numbers are never reused and never change their meaning; newer
/// libraries may add some. `voice_error_name` gives the name that the other interfaces show.
enum voice_code
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /// No error.
    VOICE_CODE_OK = 0,
    /// A required pointer is NULL.
    VOICE_CODE_ARGUMENT_NULL = 1,
    /// A value that no version could accept: a wrong `struct_size`, an impossible length, text that is not UTF-8.
    VOICE_CODE_ARGUMENT_INVALID = 2,
    /// A field that this version of the library does not know is not zero.
    VOICE_CODE_UNSUPPORTED = 3,
    /// Another call on the same session is under way.
    VOICE_CODE_BUSY = 4,
    /// A sample rate, channel count or encoding outside the supported range.
    VOICE_CODE_AUDIO_FORMAT_UNSUPPORTED = 10,
    /// The stream ended in the middle of a sample.
    VOICE_CODE_AUDIO_MISALIGNED = 11,
    /// An audio message without a single sample.
    VOICE_CODE_AUDIO_EMPTY = 12,
    /// A file that is not audio we can read, or that is cut short.
    VOICE_CODE_AUDIO_FILE_INVALID = 13,
    /// An option outside its range.
    VOICE_CODE_OPTION_INVALID = 20,
    /// An option that this version does not know; it was ignored.
    VOICE_CODE_OPTION_UNKNOWN = 21,
    /// A phrase of the grammar that cannot be passed on, or that holds a word the model does not know.
    VOICE_CODE_GRAMMAR_INVALID = 22,
    /// The model's graph is static: it cannot take a grammar.
    VOICE_CODE_GRAMMAR_UNSUPPORTED = 23,
    /// A document that is not well-formed SSML, or that uses a part of XML that is refused.
    VOICE_CODE_SSML_INVALID = 24,
    /// A text or document larger than the limit.
    VOICE_CODE_TEXT_TOO_LARGE = 25,
    /// A line of a lexicon that cannot be read, or an entry that cannot be spoken.
    VOICE_CODE_LEXICON_INVALID = 26,
    /// No model under that name or path.
    VOICE_CODE_MODEL_NOT_FOUND = 30,
    /// A file of the model is missing.
    VOICE_CODE_MODEL_INCOMPLETE = 31,
    /// A file of the model is truncated or not what its name says.
    VOICE_CODE_MODEL_INVALID = 32,
    /// A file of the model cannot be read.
    VOICE_CODE_MODEL_UNREADABLE = 33,
    /// The model is being loaded.
    VOICE_CODE_MODEL_LOADING = 34,
    /// The engine refused the model.
    VOICE_CODE_MODEL_LOAD_FAILED = 35,
    /// The model was loaded but does not answer.
    VOICE_CODE_MODEL_STUCK = 36,
    /// Less memory is free than the model needs.
    VOICE_CODE_MEMORY_INSUFFICIENT = 37,
    /// This build does not contain the engine.
    VOICE_CODE_ENGINE_UNAVAILABLE = 40,
    /// The engine failed while working; the utterance is lost, the session lives on.
    VOICE_CODE_ENGINE_FAILED = 41,
    /// A call after the end of the stream.
    VOICE_CODE_SESSION_ENDED = 50,
    /// All session places are taken.
    VOICE_CODE_SESSION_LIMIT = 51,
    /// More work was handed over than the session takes.
    VOICE_CODE_OVERLOADED = 52,
    /// A message that is not part of the protocol.
    VOICE_CODE_MESSAGE_INVALID = 53,
    /// A message larger than the limit.
    VOICE_CODE_MESSAGE_TOO_LARGE = 54,
    /// A file of the user cannot be opened, read or written.
    VOICE_CODE_IO = 60,
    /// A list of models that cannot be read.
    VOICE_CODE_MANIFEST_INVALID = 70,
    /// The model is not here, and downloads are switched off.
    VOICE_CODE_OFFLINE = 71,
    /// A download broke off, and so did its repetitions.
    VOICE_CODE_DOWNLOAD_FAILED = 72,
    /// The server refused to send the file.
    VOICE_CODE_DOWNLOAD_REFUSED = 73,
    /// The file that was sent is not the one that the manifest describes.
    VOICE_CODE_DOWNLOAD_MISMATCH = 74,
    /// An archive that is damaged, or that holds more than files below its own folder.
    VOICE_CODE_ARCHIVE_INVALID = 75,
    /// The disk is too small or full.
    VOICE_CODE_DISK_FULL = 76,
    /// The folder of models cannot be written.
    VOICE_CODE_STORE_UNWRITABLE = 77,
    /// The caller cancelled the work.
    VOICE_CODE_CANCELLED = 78,
    /// A model that is not the store's to remove: it ships with the project, or no pull has put it there.
    VOICE_CODE_MODEL_NOT_REMOVABLE = 79,
    /// A fault of the library. Please report it.
    VOICE_CODE_INTERNAL = 101,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum voice_code voice_code;
#else
typedef uint32_t voice_code;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/// The state of an engine in one word.
enum voice_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /// A state this header does not know yet; `json` names it.
    VOICE_STATUS_OTHER = 0,
    /// No session can be had yet: a model is still being loaded.
    VOICE_STATUS_STARTING = 1,
    /// Sessions get the models of first choice, and these work.
    VOICE_STATUS_HEALTHY = 2,
    /// Sessions can be had, on a model that stands in or that is not trusted; or only for one task; or only
    /// where they name a language, since there is no model for that of the first.
    VOICE_STATUS_DEGRADED = 3,
    /// No session can be had.
    VOICE_STATUS_UNHEALTHY = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum voice_status voice_status;
#else
typedef uint32_t voice_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/// Where a model is in its life.
enum voice_model_state
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /// A state this header does not know yet; `json` names it.
    VOICE_MODEL_STATE_OTHER = 0,
    /// Being downloaded, read and checked.
    VOICE_MODEL_STATE_LOADING = 1,
    /// In use.
    VOICE_MODEL_STATE_READY = 2,
    /// Not there; the reason is beside it.
    VOICE_MODEL_STATE_FAILED = 3,
    /// Loaded, and not trusted: it failed, or no longer answers.
    VOICE_MODEL_STATE_DEGRADED = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum voice_model_state voice_model_state;
#else
typedef uint32_t voice_model_state;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/// What happened.
enum voice_stt_event_type
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /// Something this header does not know yet; pass over it.
    VOICE_STT_EVENT_TYPE_OTHER = 0,
    /// Somebody began to speak, at `start_ms`.
    VOICE_STT_EVENT_TYPE_SPEECH_STARTED = 1,
    /// The utterance so far is `text`; later text may rewrite it.
    VOICE_STT_EVENT_TYPE_PARTIAL = 2,
    /// The utterance is finished: `text`, and `words` and `alternatives` where asked for. The text is
    /// empty if no word was recognized.
    VOICE_STT_EVENT_TYPE_FINAL = 3,
    /// The speech ended at `end_ms`, for `end_reason`; the preceding event was its final.
    VOICE_STT_EVENT_TYPE_SPEECH_ENDED = 4,
    /// Nobody spoke for the whole timeout, which ran out at `end_ms`.
    VOICE_STT_EVENT_TYPE_NO_SPEECH = 5,
    /// The session can be used: always its first event. `text` is the name of the model.
    VOICE_STT_EVENT_TYPE_READY = 6,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum voice_stt_event_type voice_stt_event_type;
#else
typedef uint32_t voice_stt_event_type;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/// Why an utterance ended.
enum voice_end_reason
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /// Not the end of an utterance, or a reason this header does not know yet.
    VOICE_END_REASON_NONE = 0,
    /// Silence followed the speech.
    VOICE_END_REASON_SILENCE = 1,
    /// The utterance reached its maximum length; what follows is a new one.
    VOICE_END_REASON_MAX_LENGTH = 2,
    /// The host flushed or finished the stream.
    VOICE_END_REASON_FLUSHED = 3,
    /// The engine failed; what was said is lost, and no final came before.
    VOICE_END_REASON_FAILED = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum voice_end_reason voice_end_reason;
#else
typedef uint32_t voice_end_reason;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/// What happened.
enum voice_tts_event_type
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /// Something this header does not know yet; pass over it.
    VOICE_TTS_EVENT_TYPE_OTHER = 0,
    /// The session can be used: always its first event. `text` is the name of the voice.
    VOICE_TTS_EVENT_TYPE_READY = 1,
    /// Sound: `audio`, which says the text from `text_start` to `text_end`.
    VOICE_TTS_EVENT_TYPE_AUDIO = 2,
    /// The voice has come to a mark of the SSML; `text` is its name.
    VOICE_TTS_EVENT_TYPE_MARK = 3,
    /// Something was not done as asked for, and the session goes on. `code` and `text` say what, as an
    /// error would.
    VOICE_TTS_EVENT_TYPE_WARNING = 4,
    /// A cancel has taken effect: what was pushed before it will not be spoken.
    VOICE_TTS_EVENT_TYPE_CANCELLED = 5,
    /// All that was pushed has been spoken, and the stream is finished: always the last event.
    VOICE_TTS_EVENT_TYPE_FINISHED = 6,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum voice_tts_event_type voice_tts_event_type;
#else
typedef uint32_t voice_tts_event_type;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/// What a pull is doing.
enum voice_pull_step
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /// Something this header does not know yet.
    VOICE_PULL_STEP_OTHER = 0,
    /// Another process is at work on the same model.
    VOICE_PULL_STEP_WAITING = 1,
    /// The files of the model are being downloaded.
    VOICE_PULL_STEP_DOWNLOADING = 2,
    /// The archive is being unpacked.
    VOICE_PULL_STEP_UNPACKING = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum voice_pull_step voice_pull_step;
#else
typedef uint32_t voice_pull_step;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/// What a model does.
enum voice_model_task
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /// Something this header does not know yet.
    VOICE_MODEL_TASK_OTHER = 0,
    /// Speech to text.
    VOICE_MODEL_TASK_STT = 1,
    /// Text to speech.
    VOICE_MODEL_TASK_TTS = 2,
    /// Telling speakers from each other.
    VOICE_MODEL_TASK_DIARIZATION = 3,
    /// Vowel signs for Arabic text.
    VOICE_MODEL_TASK_DIACRITIZATION = 4,
    /// Voice activity detection.
    VOICE_MODEL_TASK_VAD = 5,
    /// Noise suppression.
    VOICE_MODEL_TASK_DENOISING = 6,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum voice_model_task voice_model_task;
#else
typedef uint32_t voice_model_task;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/// What a store holds of a model.
enum voice_model_presence
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /// Something this header does not know yet.
    VOICE_MODEL_PRESENCE_OTHER = 0,
    /// Nothing.
    VOICE_MODEL_PRESENCE_ABSENT = 1,
    /// A download that has not ended.
    VOICE_MODEL_PRESENCE_PARTIAL = 2,
    /// Whole, as far as names and sizes tell.
    VOICE_MODEL_PRESENCE_INSTALLED = 3,
    /// It ships with the project, and is there.
    VOICE_MODEL_PRESENCE_SHIPPED = 4,
    /// There, but a file is missing or has another size: pull it again.
    VOICE_MODEL_PRESENCE_DAMAGED = 5,
    /// A folder of that name that no pull has made.
    VOICE_MODEL_PRESENCE_FOREIGN = 6,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum voice_model_presence voice_model_presence;
#else
typedef uint32_t voice_model_presence;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/// How much a line matters.
enum voice_log_level
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /// No line at all.
    VOICE_LOG_LEVEL_OFF = 0,
    /// Something does not work.
    VOICE_LOG_LEVEL_ERROR = 1,
    /// Something works less well than it should.
    VOICE_LOG_LEVEL_WARN = 2,
    /// What happens to models: loaded, downloaded, replaced.
    VOICE_LOG_LEVEL_INFO = 3,
    /// For those who look for a fault.
    VOICE_LOG_LEVEL_DEBUG = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum voice_log_level voice_log_level;
#else
typedef uint32_t voice_log_level;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/// How one sample of audio is stored, always little-endian.
enum voice_encoding
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /// Signed 16-bit integers.
    VOICE_ENCODING_PCM_I16 = 0,
    /// 32-bit floats, full scale at -1 and 1.
    VOICE_ENCODING_PCM_F32 = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum voice_encoding voice_encoding;
#else
typedef uint32_t voice_encoding;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/// How speech is told from silence.
enum voice_vad
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /// The built-in detector decides; silence costs next to nothing.
    VOICE_VAD_DETECT = 0,
    /// Everything is speech: a push-to-talk button decides, through `voice_stt_flush`.
    VOICE_VAD_ALWAYS = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum voice_vad voice_vad;
#else
typedef uint32_t voice_vad;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/// The models of a program. One engine serves any number of sessions and threads.
typedef struct voice_engine voice_engine;

/// Why a call failed.
typedef struct voice_error voice_error;

/// A folder of models that are known by name.
typedef struct voice_store voice_store;

/// One stream of audio becoming transcripts.
typedef struct voice_stt voice_stt;

/// One stream of text becoming audio.
typedef struct voice_tts voice_tts;

/// A model or voice that an engine loads. This struct never changes: it stands in arrays.
typedef struct {
    /// A folder or file, or a name that the store in `models_dir` knows, perhaps with `LANGUAGE=` in front. For
    /// voices also `espeak-ng`, the voice of espeak-ng for `language`, or `espeak-ng-en`, the one for `en`. UTF-8,
    /// ends with a NUL.
    const char *model;
    /// The language that sessions use it for, such as `ar` or `en-GB` (BCP 47, ends with a NUL). Default:
    /// NULL, what stands in front of `model`, else what is known about the model or told by its name.
    const char *language;
    /// Leave zero.
    uint64_t reserved;
} voice_model_choice;

/// What an engine loads. Texts are UTF-8, end with a NUL, and are read during the call only.
///
/// A session gets the first model or voice for its language that works; those behind it stand in when it
/// does not.
typedef struct {
    /// `sizeof(voice_engine_options)`.
    uint32_t struct_size;
    /// 1 to start a thread for each model that loads it, tests it while it is in use, and loads it anew
    /// when it breaks: `voice_engine_open` then returns at once, and sessions can be opened when
    /// `voice_engine_health` says so. Default: 0, `voice_engine_open` loads every model once.
    uint32_t supervise;
    /// A model for speech to text: short for a first entry of `stt`.
    const char *stt_model;
    /// Models for speech to text, from the first choice to the last.
    const voice_model_choice *stt;
    /// Number of entries in `stt`.
    size_t stt_len;
    /// A voice for text to speech, before those of `tts`. If it does not work, `voice_engine_open` fails,
    /// whatever `tts` holds; of a supervised engine `voice_engine_health` says so.
    const char *tts_voice;
    /// Voices for text to speech, from the first choice to the last.
    const voice_model_choice *tts;
    /// Number of entries in `tts`.
    size_t tts_len;
    /// The folder of the models that are given by name; those that are not there are downloaded. Default:
    /// NULL, no names. Without this and `voices_dir` nothing is ever downloaded.
    const char *models_dir;
    /// The folder of the voices that are given by name; those that are not there are downloaded. Default:
    /// `models_dir`.
    const char *voices_dir;
    /// A file that lists further models than those that the library knows. Default: none.
    const char *manifest;
    /// A PEM file of further certificate authorities for downloads. Default: none.
    const char *ca_file;
    /// Where the library of ONNX Runtime is, which neural voices need. The first engine of a process
    /// decides. Default: beside libvoice or the program, or where the
    /// system looks.
    const char *onnxruntime;
    /// Where the library of espeak-ng is, which most voices need. The first engine of a process decides.
    /// Default: where the system looks.
    const char *espeak;
    /// A model that adds the vowels to Arabic text, for voices that need them. Default: none.
    const char *tashkeel;
    /// A program that is called with `try-model` and the folder of a speech-to-text model whose hashes
    /// nobody knows, before it is loaded: what is broken in a way that ends a process ends that one.
    /// `voice-server` is such a program. Default: none, models are checked and then loaded.
    const char *trial;
    /// Bytes of rendered speech to keep for when the same is said again. Negative for none. Default:
    /// 32 MiB.
    int64_t cache_bytes;
    /// 1 to download nothing. Default: 0.
    uint32_t offline;
    /// Attempts in a row to load a model, if supervised. Default: 3.
    uint32_t load_attempts;
    /// Milliseconds until a model that could not be loaded is tried again, if supervised; later tries are
    /// further apart. Default: 60000.
    uint32_t retry_ms;
    /// Milliseconds between tests of a model in use, if supervised. Default: 30000.
    uint32_t canary_ms;
    /// Milliseconds without an answer after which a model counts as stuck, if supervised. Default: 4000.
    uint32_t deadline_ms;
    /// Failures of sessions in a row after which a model is loaded anew, if supervised. Default: 5.
    uint32_t max_failures;
    /// Where libvosk is, which speech to text needs. The first engine of a process decides. Default: beside
    /// libvoice or the program, or where the system looks.
    const char *libvosk;
    /// A program that is called with `espeak-helper` and runs espeak-ng, so that a text that ends a process ends
    /// that one. `voice-server` of the same version is such a program. For texts of strangers; for hosts that fork,
    /// that use espeak-ng themselves or that have little address space. Not on Windows. Default: none, espeak-ng runs
    /// in this process.
    const char *espeak_helper;
} voice_engine_options;

/// A piece of UTF-8 text. Text from the library has a NUL after its last byte, so that `ptr` is a C
/// string as well; text for the library needs none. `VOICE_TEXT("…")` makes one from a literal.
typedef struct {
    /// The first byte. May be NULL if `len` is 0.
    const char *ptr;
    /// Length in bytes, without the NUL.
    size_t len;
} voice_text;

/// The state of one model or voice. This struct never changes: it stands in arrays. `json` holds whatever
/// is added.
typedef struct {
    /// Where it is in its life.
    voice_model_state state;
    /// 1 if sessions that name no language get it.
    uint32_t in_use;
    /// 1 if sessions may bring a grammar.
    uint32_t takes_grammar;
    /// 1 if the sound of a voice begins before a clause is rendered whole.
    uint32_t streams;
    /// Its name: that of its folder.
    voice_text name;
    /// The engine that runs it; empty until it is ready.
    voice_text engine;
    /// The stable name of what is wrong with it, such as `model_invalid`; empty if nothing is. If it is
    /// ready, that of a reload that failed.
    voice_text failure;
    /// What is wrong and what to do, in words; empty if nothing is.
    voice_text reason;
} voice_model_health;

/// The state of an engine at one moment.
typedef struct {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    uint32_t struct_size;
    /// All in one word.
    voice_status status;
    /// Everything, as one JSON object.
    voice_text json;
    /// The speech-to-text models, from the first choice to the last.
    const voice_model_health *stt;
    /// Number of speech-to-text models.
    size_t stt_len;
    /// The voices, from the first choice to the last.
    const voice_model_health *tts;
    /// Number of voices.
    size_t tts_len;
} voice_health;

/// What a speech-to-text session hears and reports.
typedef struct {
    /// `sizeof(voice_stt_options)`.
    uint32_t struct_size;
    /// Samples per second and channel, 4000 to 192000. Default: 16000.
    uint32_t sample_rate;
    /// Interleaved channels, 1 to 8. Default: 1.
    uint32_t channels;
    /// A `voice_encoding`. Default: `VOICE_ENCODING_PCM_I16`.
    uint32_t encoding;
    /// A `voice_vad`. Default: `VOICE_VAD_DETECT`.
    uint32_t vad;
    /// 1 to report each word with its times. Default: 0.
    uint32_t words;
    /// Readings to report for each utterance, up to 10. Default: 0, the best one only.
    uint32_t max_alternatives;
    /// Voice needed before speech counts as started, 16 to 1000 ms. Default: 48.
    uint32_t start_ms;
    /// Silence that ends an utterance, 100 to 10000 ms. Default: 800.
    uint32_t silence_ms;
    /// Longest utterance, 1000 to 120000 ms; what follows is a new one. Default: 30000.
    uint32_t max_utterance_ms;
    /// Report `VOICE_STT_EVENT_TYPE_NO_SPEECH` after this much silence, 100 to 3600000 ms. Default: never.
    uint32_t no_speech_timeout_ms;
    /// Number of phrases in `grammar`, up to 10000, of 20000 words in all.
    uint32_t grammar_len;
    /// Phrases to listen for instead of everything the model knows: words separated by spaces, all of
    /// the model's vocabulary. Add `[unk]` so that other speech is not taken for the nearest phrase.
    /// Read during the call only. Default: NULL, no grammar.
    const voice_text *grammar;
    /// The language that will be spoken, such as `ar` or `en-GB` (BCP 47, ends with a NUL); it chooses the
    /// model. Default: NULL, that of the engine's first model.
    const char *language;
    /// A `voice_speaker`. Default: `VOICE_SPEAKER_ONE`.
    uint32_t speaker;
    /// The channel to listen to, the first being 1: a telephone call has a speaker on each, for example.
    /// Default: 0, all of them, mixed.
    uint32_t channel;
} voice_stt_options;

/// One recognized word. This struct never changes: it stands in arrays.
typedef struct {
    /// The word as the model's vocabulary spells it.
    voice_text text;
    /// Start of the word, in milliseconds of audio since the start of the stream.
    uint64_t start_ms;
    /// End of the word.
    uint64_t end_ms;
    /// Posterior probability, 0 to 1; negative where it is not computed (with alternatives).
    float confidence;
    /// Zero.
    uint32_t reserved;
} voice_word;

/// One reading of an utterance. This struct never changes: it stands in arrays.
typedef struct {
    /// The words, separated by spaces.
    voice_text text;
    /// The words with their times, if words were asked for.
    const voice_word *words;
    /// Number of words.
    size_t words_len;
    /// Log-domain score; higher is better, comparable within one utterance only.
    float score;
    /// Zero.
    uint32_t reserved;
} voice_alternative;

/// One thing that happened in a session. Fields without a meaning for the `type` are zero or empty.
/// Times are milliseconds of audio since the start of the stream.
typedef struct {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    uint32_t struct_size;
    /// What happened.
    voice_stt_event_type type;
    /// Why the utterance ended.
    voice_end_reason end_reason;
    /// Zero.
    uint32_t reserved;
    /// When it began.
    uint64_t start_ms;
    /// When it ended; the same as `start_ms` for a moment.
    uint64_t end_ms;
    /// The words, separated by spaces.
    voice_text text;
    /// The words with their times, if asked for.
    const voice_word *words;
    /// Number of words.
    size_t words_len;
    /// Readings from best to worst, the first being `text`, if asked for.
    const voice_alternative *alternatives;
    /// Number of readings.
    size_t alternatives_len;
} voice_stt_event;

/// How a text-to-speech session speaks, and what its audio is.
typedef struct {
    /// `sizeof(voice_tts_options)`.
    uint32_t struct_size;
    /// Samples per second, 4000 to 192000. Default: the voice's own.
    uint32_t sample_rate;
    /// A `voice_encoding`. Default: `VOICE_ENCODING_PCM_I16`.
    uint32_t encoding;
    /// 1 to render each clause at once: some percent less work, and no sound before it is done. For files.
    /// Default: 0.
    uint32_t whole;
    /// Which speaker of a voice with several, from 1; `VOICE_TTS_SPEAKER_ZERO` for the first one, whose number is 0.
    /// Default: the voice's own.
    uint32_t speaker;
    /// Times as fast as the voice was made, 0.25 to 4. Default: 1.
    float speed;
    /// Times as high, at the same speed, 0.5 to 2; neural voices sound smaller or larger then. Default: 1.
    float pitch;
    /// Times as loud as `loudness` says, up to 4; peaks are kept below full scale. Negative for silence.
    /// Default: 1.
    float volume;
    /// How much the sound varies, up to 1, where the voice varies; negative to say the same the same way
    /// each time. Default: as the voice was made.
    float noise;
    /// How loud voices are made, in LUFS, -40 to -8; positive to leave each as loud as it is. Default: -18.
    float loudness;
    /// The language that is written, such as `ar` or `en-GB` (BCP 47, ends with a NUL); it chooses the
    /// voice. Default: NULL, that of the engine's first voice.
    const char *language;
    /// The name of the voice, ends with a NUL, as `voice_engine_voices` and `voice_engine_health` give it, or
    /// `espeak`; no other stands in for it. Default: NULL, the first one for `language`, and those behind it
    /// stand in.
    const char *voice;
    /// How words are said that voices get wrong: on each line a word, a tab, and what to say, as other
    /// words or as `/IPA/`. Up to 50000 lines. Read during the call only. Default: empty.
    voice_text lexicon;
} voice_tts_options;

/// One thing that happened in a session. Fields without a meaning for the `type` are zero or empty.
/// Times are milliseconds of audio since the start of the session.
typedef struct {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    uint32_t struct_size;
    /// What happened.
    voice_tts_event_type type;
    /// What a warning is about.
    voice_code code;
    /// Samples per second of all audio of this session: one channel, encoded as its options say.
    uint32_t sample_rate;
    /// When it is heard.
    uint64_t start_ms;
    /// When it ends; the same as `start_ms` for a moment.
    uint64_t end_ms;
    /// Samples, aligned for their type.
    const void *audio;
    /// Length of `audio` in bytes.
    size_t audio_len;
    /// The clause that was begun last: its first byte, counted in all that was pushed.
    size_t text_start;
    /// The byte behind its last.
    size_t text_end;
    /// A name, or what a warning says.
    voice_text text;
} voice_tts_event;

/// A voice that can be used. This struct never changes: it stands in arrays.
typedef struct {
    /// Its name, for `voice_tts_options`.
    voice_text name;
    /// The engine that runs it.
    voice_text engine;
    /// What it speaks, such as `ar` (BCP 47).
    voice_text language;
    /// Its own samples per second.
    uint32_t sample_rate;
    /// 1 if sound begins before a clause is rendered whole.
    uint32_t streams;
    /// The names of its speakers, by their numbers.
    const voice_text *speakers;
    /// Number of speakers; 0 if there is nothing to choose.
    size_t speakers_len;
} voice_tts_voice;

/// Voices, from the first choice to the last.
typedef struct {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    uint32_t struct_size;
    /// Zero.
    uint32_t reserved;
    /// The voices.
    const voice_tts_voice *voices;
    /// Number of voices.
    size_t voices_len;
} voice_tts_voice_list;

/// Where models are kept and what they are compared with. Texts are UTF-8, end with a NUL, and are read
/// during the call only.
typedef struct {
    /// `sizeof(voice_store_options)`.
    uint32_t struct_size;
    /// 1 to download nothing. Default: 0.
    uint32_t offline;
    /// The folder of the models, which need not be there yet. Required.
    const char *folder;
    /// A file that lists further models than those that the library knows. Default: none.
    const char *manifest;
    /// A PEM file of further certificate authorities for downloads. Default: none.
    const char *ca_file;
} voice_store_options;

/// How far a pull has got.
typedef struct {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    uint32_t struct_size;
    /// What is being done.
    voice_pull_step step;
    /// Bytes that are done with.
    uint64_t done;
    /// Bytes in all.
    uint64_t total;
} voice_pull_progress;

/// Told how far a pull has got, on the thread that pulls; `progress` is lent until the function returns.
/// Returns true to go on, false to cancel. It must not throw.
typedef bool (*voice_pull_callback)(void *userdata, const voice_pull_progress *progress);

/// A model that can be had. This struct never changes: it stands in arrays.
typedef struct {
    /// What it does.
    voice_model_task task;
    /// What is here of it.
    voice_model_presence presence;
    /// Bytes to download, or to ship.
    uint64_t size;
    /// Bytes that a download which has not ended has brought.
    uint64_t downloaded;
    /// Bytes of memory that it needs when loaded; 0 where nobody has measured.
    uint64_t memory;
    /// Its name.
    voice_text name;
    /// The languages that it is for, such as `ar en-GB` (BCP 47), separated by spaces.
    voice_text languages;
    /// The engine that runs it.
    voice_text engine;
    /// Its licence, as an SPDX expression or in words.
    voice_text license;
    /// What else a user should know.
    voice_text notes;
    /// The folder where it is, or will be.
    voice_text path;
} voice_model;

/// The models that a store knows.
typedef struct {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    uint32_t struct_size;
    /// Zero.
    uint32_t reserved;
    /// The models.
    const voice_model *models;
    /// Number of models.
    size_t models_len;
} voice_model_list;

/// Takes one line of the log: UTF-8 without a line end, ends with a NUL, lent until the function returns.
/// It is called from any thread, also from several at once. It must return soon, must not throw, and must
/// not call `voice_log_set`.
typedef void (*voice_log_callback)(void *userdata, voice_log_level level, const char *line);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/// The version of the library, such as "1.2.3".
///
/// Ownership: the text is static; do not free it.
/// Threads: any thread, at once.
/// Errors: none.
const char *voice_version(void);

/// The number of the binary interface of the library that is loaded; compare it with `VOICE_ABI_VERSION`.
///
/// Ownership: nothing to free.
/// Threads: any thread, at once.
/// Errors: none.
uint32_t voice_abi_version(void);

/// The number of what went wrong; `VOICE_CODE_OK` for NULL.
///
/// Ownership: `error` stays yours.
/// Threads: any thread, at once.
/// Errors: none.
voice_code voice_error_code(const voice_error *error);

/// The stable name of what went wrong, such as `model_not_found`; `ok` for NULL.
///
/// Ownership: the text is static; do not free it.
/// Threads: any thread, at once.
/// Errors: none.
const char *voice_error_name(const voice_error *error);

/// One line in UTF-8 that says what happened and what to do, for logs and developers; empty for NULL.
///
/// Ownership: lent; valid until `error` is freed.
/// Threads: any thread, at once.
/// Errors: none.
const char *voice_error_message(const voice_error *error);

/// Whether the same call may succeed later without a change; false for NULL.
///
/// Ownership: `error` stays yours.
/// Threads: any thread, at once.
/// Errors: none.
bool voice_error_is_retryable(const voice_error *error);

/// Frees an error; NULL is allowed.
///
/// Ownership: takes `error`.
/// Threads: any thread, at once.
/// Errors: none.
void voice_error_free(voice_error *error);

/// Opens an engine and loads its models, which may take seconds for a large one, and minutes where one is
/// downloaded. Succeeds if one works, of whichever language, for each task that any is given for, and
/// `tts_voice` if it is given; `voice_engine_health` and the log tell of the others.
///
/// Ownership: `*engine` is yours; free it with `voice_engine_free`. `options` is read during the call only.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `unsupported`, `option_invalid`, `engine_unavailable`,
/// `memory_insufficient`, `manifest_invalid`, `model_…`; where downloads are allowed, those of
/// `voice_store_pull`. With `supervise`, those of models are told by `voice_engine_health`,
/// and to whoever opens a session.
VOICE_MUST_USE
voice_error *voice_engine_open(const voice_engine_options *options,
                               voice_engine **engine);

/// Loads every model anew, as after a change of its files. A model in use stays until the new one is loaded
/// and has shown that it works, and for good if it does not. Sessions finish on what they began with.
///
/// Ownership: `engine` stays yours.
/// Threads: any thread, at once.
/// Errors: `argument_null`, and those of `voice_engine_open` for the first model that cannot be loaded.
VOICE_MUST_USE
voice_error *voice_engine_reload(const voice_engine *engine);

/// Frees an engine; NULL is allowed. Its sessions live on and free its models when the last one goes.
///
/// Ownership: takes `engine`.
/// Threads: any thread, at once.
/// Errors: none.
void voice_engine_free(voice_engine *engine);

/// Takes down the state of an engine and its models.
///
/// Ownership: `*health` is yours, with all that it points to; free it with `voice_health_free`.
/// Threads: any thread, at once.
/// Errors: `argument_null`.
VOICE_MUST_USE voice_error *voice_engine_health(const voice_engine *engine, voice_health **health);

/// Frees what `voice_engine_health` gave; NULL is allowed.
///
/// Ownership: takes `health`.
/// Threads: any thread, at once.
/// Errors: none.
void voice_health_free(voice_health *health);

/// Opens a session for one stream of audio; all defaults if `options` is NULL.
///
/// Ownership: `*stt` is yours; free it with `voice_stt_free`, before or after `engine`.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `unsupported`, `audio_format_unsupported`,
/// `option_invalid`, `grammar_invalid`, `grammar_unsupported`, `model_not_found`; of a supervised
/// engine also `model_loading`, `model_stuck`, and those of `voice_engine_open` for a model that cannot be
/// loaded.
VOICE_MUST_USE
voice_error *voice_stt_open(const voice_engine *engine,
                            const voice_stt_options *options,
                            voice_stt **stt);

/// Takes `len` bytes of audio in the format of the session's options, cut anywhere, up to 16 MiB.
/// It recognizes on the calling thread: never call it from an audio callback.
///
/// Ownership: `audio` is read during the call only. Lent events of this session end.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `argument_invalid`, `busy`, `session_ended`, `message_too_large`,
/// `engine_failed` (that utterance is lost, the session goes on).
VOICE_MUST_USE voice_error *voice_stt_push(voice_stt *stt, const void *audio, size_t len);

/// Takes `samples` samples of 16-bit audio, those of all channels counted; otherwise as `voice_stt_push`. The
/// session's encoding must be `VOICE_ENCODING_PCM_I16`, the default.
///
/// Ownership: `audio` is read during the call only. Lent events of this session end.
/// Threads: any thread, one call at a time.
/// Errors: those of `voice_stt_push`, and `audio_format_unsupported`.
VOICE_MUST_USE
voice_error *voice_stt_push_i16(voice_stt *stt,
                                const int16_t *audio,
                                size_t samples);

/// Takes `samples` samples of audio as floats, full scale at -1 and 1, those of all channels counted; otherwise as
/// `voice_stt_push`. The session's encoding must be `VOICE_ENCODING_PCM_F32`.
///
/// Ownership: `audio` is read during the call only. Lent events of this session end.
/// Threads: any thread, one call at a time.
/// Errors: those of `voice_stt_push`, and `audio_format_unsupported`.
VOICE_MUST_USE
voice_error *voice_stt_push_f32(voice_stt *stt,
                                const float *audio,
                                size_t samples);

/// Ends the current utterance now, as if silence had followed; the stream goes on.
///
/// Ownership: lent events of this session end.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `busy`, `session_ended`, `engine_failed`.
VOICE_MUST_USE voice_error *voice_stt_flush(voice_stt *stt);

/// Ends the stream and its last utterance; take the remaining events, then free the session.
///
/// Ownership: lent events of this session end.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `busy`, `session_ended`, `engine_failed`, `audio_misaligned` (the stream
/// ended within a sample; all before it counts).
VOICE_MUST_USE
voice_error *voice_stt_finish(voice_stt *stt);

/// Gives the next event, or NULL when there is none until more audio is pushed.
///
/// Ownership: `*event` and all it points to is lent; valid until the next call on this session.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `busy`; and, where an utterance is lost and the session goes on, `engine_failed`,
/// `memory_insufficient`, `overloaded`, `cancelled` (the process is ending).
VOICE_MUST_USE
voice_error *voice_stt_next(voice_stt *stt,
                            const voice_stt_event **event);

/// Frees a session, finished or not; NULL is allowed. Never during another call on it.
///
/// Ownership: takes `stt`; its lent events end.
/// Threads: any thread, one call at a time.
/// Errors: none.
void voice_stt_free(voice_stt *stt);

/// Opens a session for one stream of text; all defaults if `options` is NULL.
///
/// Ownership: `*tts` is yours; free it with `voice_tts_free`, before or after `engine`.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `unsupported`, `audio_format_unsupported`,
/// `option_invalid`, `lexicon_invalid`, `text_too_large`, `model_not_found`; of a supervised engine also
/// `model_loading`, `model_stuck`, and those of `voice_engine_open` for a voice that cannot be loaded.
VOICE_MUST_USE
voice_error *voice_tts_open(const voice_engine *engine,
                            const voice_tts_options *options,
                            voice_tts **tts);

/// Takes `len` bytes of UTF-8 text as it is written, cut anywhere: speech begins with the first whole clause.
/// Up to 1 MiB may wait to be spoken.
///
/// Ownership: `text` is read during the call only. Lent events of this session end.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `argument_invalid`, `busy`, `session_ended`, `text_too_large` (take events until
/// there is room again).
VOICE_MUST_USE
voice_error *voice_tts_push(voice_tts *tts,
                            const char *text,
                            size_t len);

/// Takes a whole SSML document of `len` bytes. What it asks for and cannot be had comes as warnings.
///
/// Ownership: `document` is read during the call only. Lent events of this session end.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `argument_invalid`, `busy`, `session_ended`, `ssml_invalid`, `text_too_large`.
VOICE_MUST_USE
voice_error *voice_tts_push_ssml(voice_tts *tts,
                                 const char *document,
                                 size_t len);

/// Lets what was pushed be spoken now, as if it ended here; the stream goes on.
///
/// Ownership: lent events of this session end.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `busy`, `session_ended`, `argument_invalid` (the text ended within a character;
/// all before it counts).
VOICE_MUST_USE
voice_error *voice_tts_flush(voice_tts *tts);

/// Ends the stream: what was pushed is spoken. Take the remaining events, then free the session.
///
/// Ownership: lent events of this session end.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `busy`, `session_ended`, `argument_invalid` (the text ended within a character;
/// all before it counts).
VOICE_MUST_USE
voice_error *voice_tts_finish(voice_tts *tts);

/// Gives the next event, or NULL when there is none until more text is pushed. It renders on the calling
/// thread, for a part of the length of the sound: never call it from an audio callback.
///
/// Ownership: `*event` and all it points to is lent; valid until the next call on this session, a cancel
/// excepted.
/// Threads: any thread, one call at a time.
/// Errors: `argument_null`, `busy`; and, where a clause is lost and the session goes on, `engine_failed`,
/// `engine_unavailable`, `overloaded`, `model_invalid`, `option_invalid`, `text_too_large` (the clause is too
/// long for the voice), `cancelled` (the process is ending).
VOICE_MUST_USE
voice_error *voice_tts_next(voice_tts *tts,
                            const voice_tts_event **event);

/// Drops all that was pushed and not given out yet, as when the user interrupts. A `voice_tts_next` under
/// way ends early. The stream goes on: push again once `VOICE_TTS_EVENT_TYPE_CANCELLED` has been taken. One
/// that was finished ends behind that event; after `VOICE_TTS_EVENT_TYPE_FINISHED` a cancel does nothing.
///
/// Ownership: `tts` stays yours, and lent events stay as they are.
/// Threads: any thread, even during another call.
/// Errors: `argument_null`.
VOICE_MUST_USE
voice_error *voice_tts_cancel(voice_tts *tts);

/// Frees a session, finished or not; NULL is allowed. Never during another call on it.
///
/// Ownership: takes `tts`; its lent events end.
/// Threads: any thread, one call at a time.
/// Errors: none.
void voice_tts_free(voice_tts *tts);

/// Lists the voices for `language` that work; NULL for the language of the engine's first voice.
///
/// Ownership: `*list` is yours, with all that it points to; free it with `voice_tts_voice_list_free`.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `option_invalid`, `model_not_found`; of a supervised engine
/// also `model_loading`, `model_stuck`, and those of `voice_engine_open` for a voice that cannot be loaded.
VOICE_MUST_USE
voice_error *voice_engine_voices(const voice_engine *engine,
                                 const char *language,
                                 voice_tts_voice_list **list);

/// Frees what `voice_engine_voices` gave; NULL is allowed.
///
/// Ownership: takes `list`.
/// Threads: any thread, at once.
/// Errors: none.
void voice_tts_voice_list_free(voice_tts_voice_list *list);

/// Opens a store.
///
/// Ownership: `*store` is yours; free it with `voice_store_free`. `options` is read during the call only.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `unsupported`, `option_invalid`, `manifest_invalid`.
VOICE_MUST_USE
voice_error *voice_store_open(const voice_store_options *options,
                              voice_store **store);

/// Makes sure that the model of that name is in the store, whole, and blocks while it is downloaded. What an
/// earlier pull had brought is not fetched again. `callback` may be NULL.
///
/// Ownership: `name` ends with a NUL and is read during the call only; `userdata` stays yours.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `option_invalid` (the store's `ca_file`), `model_not_found`,
/// `model_invalid`, `offline`, `cancelled`, `download_…`, `archive_invalid`, `disk_full`, `store_unwritable`, `io`.
VOICE_MUST_USE
voice_error *voice_store_pull(const voice_store *store,
                              const char *name,
                              voice_pull_callback callback,
                              void *userdata);

/// Reads every file of a model in the store and compares it with its hash.
///
/// Ownership: `name` ends with a NUL and is read during the call only.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `model_not_found`, `model_incomplete`, `model_invalid`,
/// `model_unreadable`.
VOICE_MUST_USE
voice_error *voice_store_verify(const voice_store *store,
                                const char *name);

/// Removes a model from the store, or what a download has brought of it. Engines that use it go on until
/// they load it anew.
///
/// Ownership: `name` ends with a NUL and is read during the call only.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `model_not_found`, `model_invalid`, `model_not_removable`,
/// `disk_full`, `store_unwritable`, `io`.
VOICE_MUST_USE
voice_error *voice_store_remove(const voice_store *store,
                                const char *name);

/// Frees a store; NULL is allowed. Its models stay where they are.
///
/// Ownership: takes `store`.
/// Threads: any thread, at once.
/// Errors: none.
void voice_store_free(voice_store *store);

/// Lists the models that a store knows, and what is here of each.
///
/// Ownership: `*list` is yours, with all that it points to; free it with `voice_model_list_free`.
/// Threads: any thread, at once.
/// Errors: `argument_null`.
VOICE_MUST_USE voice_error *voice_store_list(const voice_store *store, voice_model_list **list);

/// Frees what `voice_store_list` gave; NULL is allowed.
///
/// Ownership: takes `list`.
/// Threads: any thread, at once.
/// Errors: none.
void voice_model_list_free(voice_model_list *list);

/// Sets where the log of all engines of the process goes: lines up to `level`, a `voice_log_level`, are given
/// to `callback` with `userdata`; NULL, the default, for nowhere. Lines hold names of models, codes, sizes
/// and times; never audio, transcripts or texts.
///
/// Ownership: `userdata` stays yours; when this function returns, the function set before is no longer used.
/// Threads: any thread, at once.
/// Errors: `option_invalid`, `busy` (called from within a callback), `unsupported` (the process logs
/// elsewhere: it is in Rust, and has a listener of its own).
VOICE_MUST_USE
voice_error *voice_log_set(voice_log_callback callback,
                           void *userdata,
                           uint32_t level);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* VOICE_H */
