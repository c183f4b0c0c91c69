/* A spoken conversation: says a text, listens meanwhile, and says back what it heard. The user may interrupt.
 *
 *     make -C examples/c
 *     arecord -q -t raw -f S16_LE -r 16000 | examples/c/conversation models/ar-commands ar espeak-ng 'تفضل، أنا أسمعك.' |
 *         aplay -q -t raw -f S16_LE -r 16000 --buffer-time=60000
 *     examples/c/conversation models/ar-commands ar espeak-ng 'تفضل، أنا أسمعك.' microphone.wav reply.wav
 *
 * The microphone is raw 16-bit mono audio at 16 kHz on standard input, or a WAV file of that format, which is read as
 * fast as it would be spoken. The reply is on standard output in the same format, or in a WAV file. Events are on
 * standard error. The microphone should not hear the loudspeaker: use headphones, or set `echo_canceller` below.
 */
#define _POSIX_C_SOURCE 200112L
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "voice.h"

enum { RATE = 16000, STEP = RATE / 50 }; /* 20 ms, the buffer of an audio device */

static void fail(const char *what, const char *why) {
    fprintf(stderr, "conversation: %s: %s\n", what, why);
    exit(1);
}

static void check(voice_error *error) { /* the only error handling: the system frees the rest at exit */
    if (error) fail(voice_error_name(error), voice_error_message(error));
}

/* The loudspeaker: audio that was not played, and the position of the listener. */
static struct {
    int16_t samples[RATE * 40]; /* more than the dialog computes ahead */
    size_t len;
    uint64_t start_ms; /* the time of its first sample */
    size_t played;     /* the samples that were played after that time */
    uint32_t run;
} player;

static volatile int is_over; /* with C11, an atomic */

static void *listen(void *dialog) {
    while (!is_over) check(voice_dialog_listen(dialog, 100));
    return NULL;
}

static void *speak(void *dialog) {
    while (!is_over) check(voice_dialog_speak(dialog, 100));
    return NULL;
}

/* Reports the position. A device that plays later than it takes audio subtracts its delay. */
static void report(voice_dialog *dialog) {
    check(voice_dialog_played(dialog, player.run, player.start_ms + player.played * 1000 / RATE));
}

static void say(voice_dialog *dialog, const char *id, const char *text) {
    check(voice_dialog_say(dialog, id, text, strlen(text), 0));
}

static void play(const voice_dialog_event *event) {
    size_t samples = event->audio_len / sizeof *player.samples;
    if (event->run != player.run) return; /* from before an interruption */
    if (!player.len) player.start_ms = event->start_ms, player.played = 0;
    if (player.len + samples > sizeof player.samples / sizeof *player.samples) fail("player", "too much audio");
    memcpy(player.samples + player.len, event->audio, event->audio_len);
    player.len += samples;
}

static void handle(voice_dialog *dialog, const voice_dialog_event *event) {
    switch (event->type) {
    case VOICE_DIALOG_EVENT_TYPE_AUDIO: play(event); break;
    case VOICE_DIALOG_EVENT_TYPE_PAUSED:
    case VOICE_DIALOG_EVENT_TYPE_INTERRUPTED: /* stop at once; the dialog has what was not played */
        report(dialog);
        player.run = event->run, player.len = 0;
        fprintf(stderr, event->type == VOICE_DIALOG_EVENT_TYPE_PAUSED ? "paused\n" : "interrupted after: %s\n", event->text.ptr);
        break;
    case VOICE_DIALOG_EVENT_TYPE_RESUMED: fprintf(stderr, "resumed\n"); break;
    case VOICE_DIALOG_EVENT_TYPE_SPEAKING: fprintf(stderr, "speaking %s\n", event->id.ptr); break;
    case VOICE_DIALOG_EVENT_TYPE_SPOKEN: fprintf(stderr, "spoken %s\n", event->id.ptr); break;
    case VOICE_DIALOG_EVENT_TYPE_FINAL: fprintf(stderr, "heard: %s\n", event->text.ptr); break;
    case VOICE_DIALOG_EVENT_TYPE_TURN_ENDED:
        fprintf(stderr, "turn ended\n");
        if (event->text.len) say(dialog, "answer", event->text.ptr); /* here an application finds its answer */
        break;
    case VOICE_DIALOG_EVENT_TYPE_WARNING:
    case VOICE_DIALOG_EVENT_TYPE_FAILED:
    case VOICE_DIALOG_EVENT_TYPE_REFUSED: fprintf(stderr, "conversation: %s\n", event->text.ptr); break;
    default: break; /* newer libraries may have more events */
    }
}

static uint32_t number(const unsigned char *at, int bytes) { /* little-endian */
    return bytes ? at[0] | number(at + 1, bytes - 1) << 8 : 0;
}

static void read_wav_header(FILE *in) { /* up to the audio */
    unsigned char head[12], chunk[8], format[16];
    uint32_t left;
    if (fread(head, 1, 12, in) != 12 || memcmp(head, "RIFF", 4) || memcmp(head + 8, "WAVE", 4)) fail("microphone", "no WAV file");
    while (fread(chunk, 1, 8, in) == 8 && memcmp(chunk, "data", 4)) {
        left = number(chunk + 4, 4) + number(chunk + 4, 1) % 2;
        if (!memcmp(chunk, "fmt ", 4) && left >= 16 && fread(format, 1, 16, in) == 16) {
            if (number(format, 2) != 1 || number(format + 2, 2) != 1 || number(format + 4, 4) != RATE || number(format + 14, 2) != 16)
                fail("microphone", "not 16-bit mono at 16 kHz");
            left -= 16;
        }
        while (left && getc(in) != EOF) left--;
    }
}

static void write_number(FILE *out, uint32_t value, int bytes) { /* little-endian */
    for (; bytes; bytes--, value >>= 8) putc((int)(value & 255), out);
}

static void write_wav_header(FILE *out, uint32_t bytes) {
    fputs("RIFF", out), write_number(out, 36 + bytes, 4), fputs("WAVEfmt ", out), write_number(out, 16, 4);
    write_number(out, 1, 2), write_number(out, 1, 2), write_number(out, RATE, 4), write_number(out, 2 * RATE, 4);
    write_number(out, 2, 2), write_number(out, 16, 2), fputs("data", out), write_number(out, bytes, 4);
}

/* Waits for the time of step `step` since `start`, as an audio device does. */
static void pace(struct timespec start, long step) {
    start.tv_sec += step / 50, start.tv_nsec += step % 50 * 20000000L;
    if (start.tv_nsec >= 1000000000L) start.tv_sec++, start.tv_nsec -= 1000000000L;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &start, NULL) == EINTR) continue;
}

int main(int argc, char **argv) {
    voice_model_choice voice = {0};
    voice_engine_options models = {.struct_size = sizeof models, .tts = &voice, .tts_len = 1};
    voice_tts_options tts = {.struct_size = sizeof tts, .sample_rate = RATE};
    voice_dialog_options options = {.struct_size = sizeof options, .tts = &tts};
    FILE *in = argc > 5 ? fopen(argv[5], "rb") : stdin, *out = argc > 6 ? fopen(argv[6], "wb") : stdout;
    int16_t microphone[STEP], loudspeaker[STEP];
    const voice_dialog_event *event;
    pthread_t listening, speaking;
    struct timespec start;
    voice_engine *engine;
    voice_dialog *dialog;
    uint32_t bytes = 0;

    if (argc < 5 || argc > 7) fail("usage", "conversation MODEL LANGUAGE VOICE TEXT [MICROPHONE.wav [REPLY.wav]]");
    if (!in) fail(argv[5], "cannot be opened");
    if (!out) fail(argv[6], "cannot be created");
    models.stt_model = argv[1];
    voice.language = argv[2];
    voice.model = argv[3];
    if (in != stdin) read_wav_header(in);
    if (out != stdout) write_wav_header(out, 0);
    check(voice_engine_open(&models, &engine));
    check(voice_dialog_open(engine, &options, &dialog));
    if (pthread_create(&listening, NULL, listen, dialog) || pthread_create(&speaking, NULL, speak, dialog)) fail("threads", "cannot be started");
    say(dialog, "greeting", argv[4]);
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (long step = 1;; step++) { /* what an audio callback does, and a thread that takes events */
        size_t heard = fread(microphone, sizeof *microphone, STEP, in), played = player.len < STEP ? player.len : STEP;
        if (!heard) break;
        if (in != stdin) pace(start, step);
        check(voice_dialog_push_i16(dialog, microphone, heard));
        for (check(voice_dialog_next(dialog, 0, &event)); event; check(voice_dialog_next(dialog, 0, &event)))
            handle(dialog, event);
        if (played > player.len) played = player.len; /* it was stopped */
        memset(loudspeaker, 0, sizeof loudspeaker);
        memcpy(loudspeaker, player.samples, played * sizeof *loudspeaker);
        memmove(player.samples, player.samples + played, (player.len - played) * sizeof *player.samples);
        player.len -= played, player.played += played;
        if (fwrite(loudspeaker, sizeof *loudspeaker, STEP, out) != STEP || fflush(out)) fail("reply", "cannot be written");
        bytes += sizeof loudspeaker;
        if (played) report(dialog);
    }
    is_over = 1;
    pthread_join(listening, NULL), pthread_join(speaking, NULL);
    if (out != stdout) rewind(out), write_wav_header(out, bytes);
    if (fclose(out)) fail("reply", "cannot be written");
    voice_dialog_free(dialog);
    voice_engine_free(engine);
    return 0;
}
