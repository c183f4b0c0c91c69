/* One kind of work at a time, for main.rs to measure.
 *
 * usage: load vosk    MODEL RAW PASSES    libvosk called directly
 *        load always  MODEL RAW PASSES    libvoice, everything is speech
 *        load detect  MODEL RAW PASSES    libvoice as it is used: the voice detector decides
 *        load silence MODEL RAW PASSES    pushes of 20 ms without speech; prints microseconds of each
 *        load cold    MODEL RAW PASSES    from main to the first transcript; prints milliseconds
 */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "voice.h"

/* What is used of libvosk, which ships without its header. */
typedef struct VoskModel VoskModel;
typedef struct VoskRecognizer VoskRecognizer;
VoskModel *vosk_model_new(const char *path);
void vosk_model_free(VoskModel *model);
VoskRecognizer *vosk_recognizer_new(VoskModel *model, float rate);
int vosk_recognizer_accept_waveform(VoskRecognizer *recognizer, const char *data, int len);
const char *vosk_recognizer_partial_result(VoskRecognizer *recognizer);
const char *vosk_recognizer_final_result(VoskRecognizer *recognizer);
void vosk_recognizer_free(VoskRecognizer *recognizer);
void vosk_set_log_level(int level);

enum { PIECE = 3200, SILENCE = 640 }; /* 100 ms and 20 ms of 16-bit mono at 16 kHz */

static char *audio;
static size_t audio_len;

static void fail(const char *what, const char *why) {
    fprintf(stderr, "load: %s: %s\n", what, why);
    exit(1);
}

static void check(voice_error *error) {
    if (error) fail(voice_error_name(error), voice_error_message(error));
}

static double now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static size_t piece(size_t at) {
    return audio_len - at < PIECE ? audio_len - at : PIECE;
}

static void direct(const char *path, int passes) {
    vosk_set_log_level(-1);
    VoskModel *model = vosk_model_new(path);
    if (!model) fail(path, "libvosk refuses it");
    for (; passes; passes--) {
        VoskRecognizer *recognizer = vosk_recognizer_new(model, 16000);
        size_t texts = 0;
        for (size_t at = 0; at < audio_len; at += PIECE) {
            vosk_recognizer_accept_waveform(recognizer, audio + at, (int)piece(at));
            texts += strlen(vosk_recognizer_partial_result(recognizer));
        }
        texts += strlen(vosk_recognizer_final_result(recognizer));
        if (!texts) fail("libvosk", "heard nothing");
        vosk_recognizer_free(recognizer);
    }
    vosk_model_free(model);
}

static voice_engine *open_engine(const char *path) {
    voice_engine_options options = {.struct_size = sizeof options, .stt_model = path};
    voice_engine *engine;
    check(voice_engine_open(&options, &engine));
    return engine;
}

/* Takes all events; the number of bytes of text in them. */
static size_t take(voice_stt *stt) {
    const voice_stt_event *event;
    size_t texts = 0;
    for (check(voice_stt_next(stt, &event)); event; check(voice_stt_next(stt, &event)))
        if (event->type == VOICE_STT_EVENT_TYPE_PARTIAL || event->type == VOICE_STT_EVENT_TYPE_FINAL) texts += event->text.len;
    return texts;
}

static void through_libvoice(const char *path, int passes, uint32_t vad) {
    voice_engine *engine = open_engine(path);
    voice_stt_options options = {.struct_size = sizeof options, .vad = vad, .max_utterance_ms = 120000};
    for (; passes; passes--) {
        voice_stt *stt;
        size_t texts = 0;
        check(voice_stt_open(engine, &options, &stt));
        for (size_t at = 0; at < audio_len; at += PIECE) {
            check(voice_stt_push(stt, audio + at, piece(at)));
            texts += take(stt);
        }
        check(voice_stt_finish(stt));
        texts += take(stt);
        if (!texts) fail("libvoice", "heard nothing");
        voice_stt_free(stt);
    }
    voice_engine_free(engine);
}

static void silence(const char *path, int passes) {
    voice_engine *engine = open_engine(path);
    voice_stt *stt;
    check(voice_stt_open(engine, NULL, &stt));
    for (size_t at = 0; passes; passes--, at += SILENCE) {
        if (audio_len - at < SILENCE) at = 0;
        double begin = now(CLOCK_MONOTONIC);
        check(voice_stt_push(stt, audio + at, SILENCE));
        printf("%.3f\n", (now(CLOCK_MONOTONIC) - begin) * 1e3);
        take(stt);
    }
    voice_stt_free(stt);
    voice_engine_free(engine);
}

static void cold(const char *path) {
    double begin = now(CLOCK_MONOTONIC);
    voice_engine *engine = open_engine(path);
    double opened = now(CLOCK_MONOTONIC);
    voice_stt *stt;
    check(voice_stt_open(engine, NULL, &stt));
    for (size_t at = 0, texts = 0; !texts; at += PIECE) {
        if (at >= audio_len) fail("libvoice", "heard nothing");
        check(voice_stt_push(stt, audio + at, piece(at)));
        texts = take(stt);
    }
    printf("%.3f %.3f\n", opened - begin, now(CLOCK_MONOTONIC) - begin);
    voice_stt_free(stt);
    voice_engine_free(engine);
}

int main(int argc, char **argv) {
    if (argc != 5) fail("usage", "load vosk|always|detect|silence|cold MODEL RAW PASSES");
    FILE *in = fopen(argv[3], "rb");
    if (!in) fail(argv[3], "cannot be opened");
    fseek(in, 0, SEEK_END);
    audio_len = (size_t)ftell(in);
    rewind(in);
    audio = malloc(audio_len);
    if (!audio || fread(audio, 1, audio_len, in) != audio_len) fail(argv[3], "cannot be read");
    fclose(in);
    int passes = atoi(argv[4]);
    if (strcmp(argv[1], "vosk") == 0) direct(argv[2], passes);
    else if (strcmp(argv[1], "always") == 0) through_libvoice(argv[2], passes, VOICE_VAD_ALWAYS);
    else if (strcmp(argv[1], "detect") == 0) through_libvoice(argv[2], passes, VOICE_VAD_DETECT);
    else if (strcmp(argv[1], "silence") == 0) silence(argv[2], passes);
    else if (strcmp(argv[1], "cold") == 0) cold(argv[2]);
    else fail(argv[1], "is no kind of work");
    free(audio);
    return 0;
}
