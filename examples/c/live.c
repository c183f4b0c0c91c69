/* Prints partial and final transcripts of live audio: raw 16-bit mono audio at 16 kHz on standard input.
 *
 *     make -C examples/c
 *     arecord -q -t raw -f S16_LE -r 16000 | examples/c/live models/ar-commands
 *     arecord -q -t raw -f S16_LE -r 16000 | examples/c/live models/ar-commands نعم لا '[unk]'     (these phrases only)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "voice.h"

static void fail(const char *what, const char *why) {
    fprintf(stderr, "live: %s: %s\n", what, why);
    exit(1);
}

static void check(voice_error *error) { /* the only error handling: the system frees the rest at exit */
    if (error) fail(voice_error_name(error), voice_error_message(error));
}

static void show(const voice_stt_event *event) {
    switch (event->type) {
    case VOICE_STT_EVENT_TYPE_READY: printf("listening with %s\n", event->text.ptr); break;
    case VOICE_STT_EVENT_TYPE_PARTIAL: printf("\r\033[K%s ...", event->text.ptr); break;
    case VOICE_STT_EVENT_TYPE_FINAL: printf("\r\033[K%8.2f s  %s\n", (double)event->start_ms / 1000, event->text.ptr); break;
    case VOICE_STT_EVENT_TYPE_WARNING: fprintf(stderr, "warning: %s\n", event->text.ptr); break;
    case VOICE_STT_EVENT_TYPE_NO_SPEECH: printf("(nothing for %.0f s)\n", (double)event->end_ms / 1000); break;
    default: break; /* newer libraries may have more events */
    }
    fflush(stdout);
}

int main(int argc, char **argv) {
    voice_engine_options models = {.struct_size = sizeof models, .stt_model = argv[1]};
    voice_stt_options options = {.struct_size = sizeof options, .no_speech_timeout_ms = 60000};
    voice_text phrases[100];
    char audio[3200]; /* 100 ms per push */
    const voice_stt_event *event;
    voice_engine *engine;
    voice_stt *stt;
    size_t n;

    if (argc < 2 || argc > 102) fail("usage", "live MODEL [PHRASE ...]");
    for (int i = 2; i < argc; i++) phrases[options.grammar_len++] = (voice_text){argv[i], strlen(argv[i])};
    if (options.grammar_len) options.grammar = phrases;
    check(voice_engine_open(&models, &engine));
    check(voice_stt_open(engine, &options, &stt));
    do {
        n = fread(audio, 1, sizeof audio, stdin);
        check(n ? voice_stt_push(stt, audio, n) : voice_stt_finish(stt));
        for (check(voice_stt_next(stt, &event)); event; check(voice_stt_next(stt, &event))) show(event);
    } while (n);
    voice_stt_free(stt);
    voice_engine_free(engine);
    return 0;
}
