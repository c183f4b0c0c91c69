/* libvoice: streaming speech recognition. Written by cbindgen from voice-ffi; do not edit.
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
 *         voice_engine *engine; voice_stt *stt; const voice_event *event; static char audio[3200]; size_t n;
 *         check(voice_engine_open(&options, &engine));
 *         check(voice_stt_open(engine, NULL, &stt));            // 16-bit mono at 16 kHz
 *         do {
 *             n = fread(audio, 1, sizeof audio, stdin);
 *             check(n ? voice_stt_push(stt, audio, n) : voice_stt_finish(stt));
 *             for (check(voice_stt_next(stt, &event)); event; check(voice_stt_next(stt, &event)))
 *                 if (event->type == VOICE_EVENT_TYPE_FINAL) puts(event->text.ptr);
 *         } while (n);
 *         voice_stt_free(stt);
 *         voice_engine_free(engine);
 *     }
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
 * thread, even during another call": made for interrupting. The library starts no thread and calls
 * nothing of yours; a session computes on the thread that calls it.
 *
 * Options. Zero the struct, set struct_size to its sizeof, then set what you need: zero means default.
 *
 * Versions. Within one VOICE_ABI_VERSION there are only additions: functions, enumerators, and fields
 * at the end of structs that start with struct_size. */


#ifndef VOICE_H
#define VOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
/// The result tells whether the call worked: use it.
#define VOICE_MUST_USE __attribute__((warn_unused_result))
#else
#define VOICE_MUST_USE
#endif

/// A `voice_text` from a string literal, as an initializer: `voice_text yes = VOICE_TEXT("نعم");`
#define VOICE_TEXT(literal) {"" literal, sizeof(literal) - 1}

/// The number of the binary interface that this header describes. Within one number there are only
/// additions; `voice_abi_version` says what the library at run time offers.
#define VOICE_ABI_VERSION 1

/// What went wrong, as a number. Numbers are never reused and never change their meaning; newer
/// libraries may add some. `voice_error_name` gives the name that the other interfaces show.
typedef enum {
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
    /// A fault of the library. Please report it.
    VOICE_CODE_INTERNAL = 101,
} voice_code;

/// Where a model is in its life.
typedef enum {
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
} voice_model_state;

/// What happened.
typedef enum {
    /// Something this header does not know yet; pass over it.
    VOICE_EVENT_TYPE_OTHER = 0,
    /// Somebody began to speak, at `start_ms`.
    VOICE_EVENT_TYPE_SPEECH_STARTED = 1,
    /// The utterance so far is `text`; later text may rewrite it.
    VOICE_EVENT_TYPE_PARTIAL = 2,
    /// The utterance is finished: `text`, and `words` and `alternatives` where asked for. The text is
    /// empty if no word was recognized.
    VOICE_EVENT_TYPE_FINAL = 3,
    /// The speech ended at `end_ms`, for `end_reason`; the preceding event was its final.
    VOICE_EVENT_TYPE_SPEECH_ENDED = 4,
    /// Nobody spoke for the whole timeout, which ran out at `end_ms`.
    VOICE_EVENT_TYPE_NO_SPEECH = 5,
    /// The session can be used: always its first event. `text` is the name of the model.
    VOICE_EVENT_TYPE_READY = 6,
} voice_event_type;

/// Why an utterance ended.
typedef enum {
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
} voice_end_reason;

/// How one sample of audio is stored, always little-endian.
typedef enum {
    /// Signed 16-bit integers.
    VOICE_ENCODING_PCM_I16 = 0,
    /// 32-bit floats, full scale at -1 and 1.
    VOICE_ENCODING_PCM_F32 = 1,
} voice_encoding;

/// How speech is told from silence.
typedef enum {
    /// The built-in detector decides; silence costs next to nothing.
    VOICE_VAD_DETECT = 0,
    /// Everything is speech: a push-to-talk button decides, through `voice_stt_flush`.
    VOICE_VAD_ALWAYS = 1,
} voice_vad;

/// The models of a program. One engine serves any number of sessions and threads.
typedef struct voice_engine voice_engine;

/// Why a call failed.
typedef struct voice_error voice_error;

/// One stream of audio becoming transcripts.
typedef struct voice_stt voice_stt;

/// What an engine loads.
typedef struct {
    /// `sizeof(voice_engine_options)`.
    uint32_t struct_size;
    /// Leave zero.
    uint32_t reserved;
    /// The folder of a speech-to-text model: UTF-8, ends with a NUL.
    const char *stt_model;
} voice_engine_options;

/// A piece of UTF-8 text. Text from the library has a NUL after its last byte, so that `ptr` is a C
/// string as well; text for the library needs none. `VOICE_TEXT("…")` makes one from a literal.
typedef struct {
    /// The first byte. May be NULL if `len` is 0.
    const char *ptr;
    /// Length in bytes, without the NUL.
    size_t len;
} voice_text;

/// The state of one model. This struct never changes; `json` holds whatever is added.
typedef struct {
    /// Where the model is in its life.
    voice_model_state state;
    /// 1 if sessions may bring a grammar.
    uint32_t takes_grammar;
    /// The model's name: that of its folder.
    voice_text name;
    /// The engine that runs it; empty until it is ready.
    voice_text engine;
    /// The stable name of the failure, such as `model_invalid`; empty without one.
    voice_text failure;
    /// What failed and what to do, in words; empty without a failure.
    voice_text reason;
} voice_model_health;

/// The state of an engine at one moment.
typedef struct {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    uint32_t struct_size;
    /// Zero.
    uint32_t reserved;
    /// Everything, as one JSON object.
    voice_text json;
    /// The speech-to-text model that sessions get; the first choice if there is none.
    voice_model_health stt;
} voice_health;

/// What a speech-to-text session hears and reports.
typedef struct {
    /// `sizeof(voice_stt_options)`.
    uint32_t struct_size;
    /// Samples per second and channel, 4000 to 192000. Default: 16000.
    uint32_t sample_rate;
    /// Interleaved channels, 1 to 8; they are mixed into one. Default: 1.
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
    /// Report `VOICE_EVENT_TYPE_NO_SPEECH` after this much silence, 100 to 3600000 ms. Default: never.
    uint32_t no_speech_timeout_ms;
    /// Number of phrases in `grammar`, up to 10000.
    uint32_t grammar_len;
    /// Phrases to listen for instead of everything the model knows: words separated by spaces, all of
    /// the model's vocabulary. Add `[unk]` so that other speech is not taken for the nearest phrase.
    /// Read during the call only. Default: NULL, no grammar.
    const voice_text *grammar;
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
    voice_event_type type;
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
} voice_event;

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

/// Opens an engine and loads its models, which may take seconds for a large one.
///
/// Ownership: `*engine` is yours; free it with `voice_engine_free`. `options` is read during the call only.
/// Threads: any thread, at once.
/// Errors: `argument_null`, `argument_invalid`, `unsupported`, `option_invalid`, `engine_unavailable`, `model_…`.
VOICE_MUST_USE
voice_error *voice_engine_open(const voice_engine_options *options,
                               voice_engine **engine);

/// Frees an engine; NULL is allowed. Its sessions live on and free its models when the last one goes.
///
/// Ownership: takes `engine`.
/// Threads: any thread, at once.
/// Errors: none.
void voice_engine_free(voice_engine *engine);

/// Takes down the state of an engine and its models.
///
/// Ownership: `*health` is yours; free it with `voice_health_free`.
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
/// `option_invalid`, `grammar_invalid`, `grammar_unsupported`.
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
/// Errors: `argument_null`, `busy`, `engine_failed` (that utterance is lost, the session goes on).
VOICE_MUST_USE voice_error *voice_stt_next(voice_stt *stt, const voice_event **event);

/// Frees a session, finished or not; NULL is allowed. Never during another call on it.
///
/// Ownership: takes `stt`; its lent events end.
/// Threads: any thread, one call at a time.
/// Errors: none.
void voice_stt_free(voice_stt *stt);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* VOICE_H */
