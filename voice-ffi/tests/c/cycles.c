/* Opens and frees all objects repeatedly, and prints the memory of the process before and after.
 *
 * usage: cycles MODEL VOICE ENGINES SESSIONS          (VOICE: a path, or - for none)
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "voice.h"

static void fail(const char *what, const char *why) {
    fprintf(stderr, "cycles: %s: %s\n", what, why);
    exit(1);
}

static void check(voice_error *error) {
    if (error) fail(voice_error_name(error), voice_error_message(error));
}

static long resident_kib(void) {
    long all, resident;
    malloc_trim(0); /* what is freed and kept by the allocator is no leak */
    FILE *statm = fopen("/proc/self/statm", "r");
    if (!statm || fscanf(statm, "%ld %ld", &all, &resident) != 2) fail("/proc/self/statm", "cannot be read");
    fclose(statm);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void hear(const voice_engine *engine) {
    static const char second[32000];
    voice_text phrase = VOICE_TEXT("[unk]");
    voice_stt_options options = {.struct_size = sizeof options, .vad = VOICE_VAD_ALWAYS, .words = 1};
    const voice_stt_event *event;
    voice_stt *stt;
    options.grammar = &phrase, options.grammar_len = 1;
    check(voice_stt_open(engine, &options, &stt));
    check(voice_stt_push(stt, second, 6400));
    check(voice_stt_finish(stt));
    for (check(voice_stt_next(stt, &event)); event;) check(voice_stt_next(stt, &event));
    voice_stt_free(stt);
}

static void speak(const voice_engine *engine) {
    voice_tts_options options = {.struct_size = sizeof options, .lexicon = VOICE_TEXT("a\tb\n")};
    const voice_tts_event *event;
    voice_tts *tts;
    check(voice_tts_open(engine, &options, &tts));
    check(voice_tts_push(tts, "a. b", 4));
    check(voice_tts_next(tts, &event));
    check(voice_tts_cancel(tts));
    check(voice_tts_finish(tts));
    for (check(voice_tts_next(tts, &event)); event;) check(voice_tts_next(tts, &event));
    voice_tts_free(tts);
}

static void converse(const voice_engine *engine) {
    static const char second[32000];
    voice_text answer = VOICE_TEXT("[unk]");
    voice_stt_options stt = {.struct_size = sizeof stt, .vad = VOICE_VAD_ALWAYS};
    voice_dialog_options options = {.struct_size = sizeof options, .stt = &stt, .warm_up_ms = -1, .backchannels = &answer,
                                    .backchannels_len = 1, .stop_words = &answer, .stop_words_len = 1};
    voice_expect_options expected = {.struct_size = sizeof expected, .expect = VOICE_EXPECT_PHRASES,
                                     .grammar = VOICE_EXPECT_GRAMMAR_PHRASES, .phrases = &answer, .phrases_len = 1};
    const voice_dialog_event *event;
    voice_dialog *dialog;
    check(voice_dialog_open(engine, &options, &dialog));
    check(voice_dialog_expect(dialog, &expected));
    check(voice_dialog_say(dialog, "a", "a. b", 4, 0));
    check(voice_dialog_speak(dialog, 0));
    check(voice_dialog_push(dialog, second, 6400));
    check(voice_dialog_listen(dialog, 0));
    check(voice_dialog_confirm(dialog));
    check(voice_dialog_finish(dialog));
    check(voice_dialog_listen(dialog, 0));
    check(voice_dialog_speak(dialog, 0));
    for (check(voice_dialog_next(dialog, 0, &event)); event;) check(voice_dialog_next(dialog, 0, &event));
    voice_dialog_free(dialog);
}

static void session(const voice_engine *engine, int speaks) {
    hear(engine);
    if (speaks) speak(engine), converse(engine);
}

static void engine(const voice_engine_options *options) {
    voice_engine_options missing = {.struct_size = sizeof missing, .stt_model = "no/such/model"};
    voice_store_options folder = {.struct_size = sizeof folder, .folder = "no/such/folder"};
    voice_tts_voice_list *voices;
    voice_model_list *models;
    voice_engine *engine;
    voice_health *health;
    voice_store *store;
    voice_error *error = voice_engine_open(&missing, &engine);
    if (voice_error_code(error) != VOICE_CODE_MODEL_NOT_FOUND) fail("missing model", voice_error_name(error));
    voice_error_free(error);
    check(voice_engine_open(options, &engine));
    session(engine, options->tts_voice != NULL);
    check(voice_engine_health(engine, &health));
    voice_health_free(health);
    if (options->tts_voice) {
        check(voice_engine_voices(engine, NULL, &voices));
        voice_tts_voice_list_free(voices);
    }
    voice_engine_free(engine);
    check(voice_store_open(&folder, &store));
    check(voice_store_list(store, &models));
    voice_model_list_free(models);
    voice_store_free(store);
}

int main(int argc, char **argv) {
    if (argc != 5) fail("usage", "cycles MODEL VOICE ENGINES SESSIONS");
    int speaks = strcmp(argv[2], "-") != 0;
    voice_engine_options options = {
        .struct_size = sizeof options, .stt_model = argv[1], .tts_voice = speaks ? argv[2] : NULL, .cache_bytes = -1};
    int engines = atoi(argv[3]), sessions = atoi(argv[4]);
    voice_engine *shared;
    long before;

    check(voice_engine_open(&options, &shared));
    /* One-time allocations are done after a tenth of the cycles. */
    for (int i = 0; i < engines / 10; i++) engine(&options);
    before = resident_kib();
    for (int i = 0; i < engines; i++) engine(&options);
    printf("engines %d: %ld KiB, then %ld KiB\n", engines, before, resident_kib());
    for (int i = 0; i < sessions / 10; i++) session(shared, speaks);
    before = resident_kib();
    for (int i = 0; i < sessions; i++) session(shared, speaks);
    printf("sessions %d: %ld KiB, then %ld KiB\n", sessions, before, resident_kib());
    voice_engine_free(shared);
    return 0;
}
