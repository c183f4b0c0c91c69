/* Transcribes a WAV file of 16-bit or 32-bit float samples, or raw 16-bit mono audio at 16 kHz, from a file or
 * standard input.
 *
 *     make -C examples/c
 *     examples/c/transcribe models/ar-commands recording.wav
 *     arecord -q -t raw -f S16_LE -r 16000 | examples/c/transcribe models/ar-commands          (live)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "voice.h"

static void fail(const char *what, const char *why) {
    fprintf(stderr, "transcribe: %s: %s\n", what, why);
    exit(1);
}

static void check(voice_error *error) { /* the only error handling: the system frees the rest at exit */
    if (error) fail(voice_error_name(error), voice_error_message(error));
}

static size_t take(FILE *in, void *to, size_t size) {
    return fread(to, 1, size, in);
}

static uint32_t number(const unsigned char *at, int bytes) { /* little-endian */
    return bytes ? at[0] | number(at + 1, bytes - 1) << 8 : 0;
}

/* Reads the chunks of a WAV file up to its audio, and returns the length of the audio in bytes. */
static size_t read_wav_header(FILE *in, voice_stt_options *options) {
    unsigned char head[8] = {0}, format[26] = {0};
    uint32_t length;
    for (take(in, head, 4); take(in, head, 8) == 8 && memcmp(head, "data", 4) != 0;) {
        uint32_t left = number(head + 4, 4) + number(head + 4, 1) % 2, kind, bits;
        if (memcmp(head, "fmt ", 4) == 0) {
            left -= (uint32_t)take(in, format, left < sizeof format ? left : sizeof format);
            kind = number(format, 2) == 0xfffe ? number(format + 24, 2) : number(format, 2);
            bits = number(format + 14, 2);
            if (!(kind == 1 && bits == 16) && !(kind == 3 && bits == 32)) fail("wav", "not 16-bit or float PCM");
            options->encoding = kind == 1 ? VOICE_ENCODING_PCM_I16 : VOICE_ENCODING_PCM_F32;
            options->channels = number(format + 2, 2);
            options->sample_rate = number(format + 4, 4);
        }
        while (left && getc(in) != EOF) left--;
    }
    length = number(head + 4, 4);
    return length == 0 || length == UINT32_MAX ? SIZE_MAX : length; /* a live recording has no length yet */
}

int main(int argc, char **argv) {
    FILE *in = argc > 2 ? fopen(argv[2], "rb") : stdin;
    voice_engine_options models = {.struct_size = sizeof models, .stt_model = argv[1]};
    voice_stt_options options = {.struct_size = sizeof options};
    unsigned char audio[3200]; /* 100 ms of 16-bit mono at 16 kHz */
    const voice_stt_event *event;
    voice_engine *engine;
    voice_stt *stt;
    size_t n, left = SIZE_MAX;

    if (argc < 2) fail("usage", "transcribe MODEL [FILE]");
    if (!in) fail(argv[2], "cannot be opened");
    n = take(in, audio, 4);
    if (n == 4 && memcmp(audio, "RIFF", 4) == 0) {
        take(in, audio, 4);
        left = read_wav_header(in, &options);
        n = take(in, audio, left < sizeof audio ? left : sizeof audio);
        left -= n;
    }
    check(voice_engine_open(&models, &engine));
    check(voice_stt_open(engine, &options, &stt));
    for (;; n = take(in, audio, left < sizeof audio ? left : sizeof audio), left -= n) {
        check(n ? voice_stt_push(stt, audio, n) : voice_stt_finish(stt));
        for (check(voice_stt_next(stt, &event)); event; check(voice_stt_next(stt, &event)))
            if (event->type == VOICE_STT_EVENT_TYPE_FINAL && event->text.len) {
                printf("%8.2f s  %s\n", (double)event->start_ms / 1000, event->text.ptr);
                fflush(stdout);
            } else if (event->type == VOICE_STT_EVENT_TYPE_WARNING)
                fprintf(stderr, "transcribe: %s\n", event->text.ptr);
        if (!n) break;
    }
    voice_stt_free(stt);
    voice_engine_free(engine);
    return 0;
}
