/* Speaks text from standard input into a WAV file, as the text arrives.
 *
 *     make -C examples/c
 *     echo 'Hello, world.' | examples/c/speak en espeak-ng hello.wav
 *     echo 'أهلا وسهلا.' | examples/c/speak ar voices/my-voice.onnx hello.wav
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "voice.h"

static void fail(const char *what, const char *why) {
    fprintf(stderr, "speak: %s: %s\n", what, why);
    exit(1);
}

static void check(voice_error *error) { /* the only error handling: the system frees the rest at exit */
    if (error) fail(voice_error_name(error), voice_error_message(error));
}

static void number(FILE *out, uint32_t value, int bytes) { /* little-endian */
    for (; bytes; bytes--, value >>= 8) putc((int)(value & 255), out);
}

static void write_wav_header(FILE *out, uint32_t rate, uint32_t bytes) { /* 16-bit mono */
    rewind(out);
    fputs("RIFF", out), number(out, 36 + bytes, 4), fputs("WAVEfmt ", out), number(out, 16, 4);
    number(out, 1, 2), number(out, 1, 2), number(out, rate, 4), number(out, 2 * rate, 4);
    number(out, 2, 2), number(out, 16, 2), fputs("data", out), number(out, bytes, 4);
}

int main(int argc, char **argv) {
    voice_model_choice voice = {0};
    voice_engine_options models = {.struct_size = sizeof models, .tts = &voice, .tts_len = 1};
    char text[1024];
    const voice_tts_event *event;
    voice_engine *engine;
    voice_tts *tts;
    uint32_t bytes = 0, rate = 0;
    FILE *out;

    if (argc != 4) fail("usage", "speak LANGUAGE VOICE FILE.wav < text");
    voice.language = argv[1];
    voice.model = argv[2];
    check(voice_engine_open(&models, &engine));
    check(voice_tts_open(engine, NULL, &tts));
    if (!(out = fopen(argv[3], "wb"))) fail(argv[3], "cannot be created");
    write_wav_header(out, 0, 0);
    for (char *line = text; line;) {
        line = fgets(text, sizeof text, stdin);
        check(line ? voice_tts_push(tts, line, strlen(line)) : voice_tts_finish(tts));
        for (check(voice_tts_next(tts, &event)); event; check(voice_tts_next(tts, &event))) {
            rate = event->sample_rate;
            if (event->type == VOICE_TTS_EVENT_TYPE_AUDIO) bytes += (uint32_t)fwrite(event->audio, 1, event->audio_len, out);
            if (event->type == VOICE_TTS_EVENT_TYPE_WARNING) fprintf(stderr, "speak: %s\n", event->text.ptr);
        }
    }
    write_wav_header(out, rate, bytes);
    if (ferror(out) || fclose(out) != 0) fail(argv[3], "cannot be written");
    voice_tts_free(tts);
    voice_engine_free(engine);
    return 0;
}
