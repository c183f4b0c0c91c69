/* Speaks on two threads, and exits or forks at the same time. usage: speaking MODE MS VOICE [HELPER]
 *
 *   exit MS   returns from main after that many milliseconds
 *   fork MS   forks after that many milliseconds, and speaks in the child
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "voice.h"

static void check(voice_error *error) {
    if (!error) return;
    fprintf(stderr, "host: %s: %s\n", voice_error_name(error), voice_error_message(error));
    _exit(1);
}

static void sleep_ms(long ms) {
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* Speaks a text, and writes the number of its audio bytes to `bytes`. */
static voice_error *say(const voice_engine *engine, const char *text, size_t *bytes) {
    const voice_tts_event *event;
    voice_error *error;
    voice_tts *tts;
    *bytes = 0;
    if ((error = voice_tts_open(engine, NULL, &tts))) return error;
    if (!(error = voice_tts_push(tts, text, strlen(text))) && !(error = voice_tts_finish(tts)))
        while (!(error = voice_tts_next(tts, &event)) && event)
            if (event->type == VOICE_TTS_EVENT_TYPE_AUDIO) *bytes += event->audio_len;
    voice_tts_free(tts);
    return error;
}

/* Speaks texts until one fails. Each text is different, so that none comes from the cache. */
static void *speak(void *engine) {
    static unsigned number;
    char text[128];
    size_t bytes;
    voice_error *error;
    do {
        unsigned n = __sync_fetch_and_add(&number, 1);
        snprintf(text, sizeof text, "Text %u is said, with %u, and some words more, to its end. And %u.", n, n * 7, n * 3);
    } while (!(error = say(engine, text, &bytes)));
    /* The error at the end of the process, if there is one. */
    fprintf(stderr, "host: %s\n", voice_error_name(error));
    voice_error_free(error);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    voice_model_choice voice = {.model = argv[3], .language = "en"};
    voice_engine_options options = {.struct_size = sizeof options, .tts = &voice, .tts_len = 1};
    if (argc > 4) options.espeak_helper = argv[4];
    voice_engine *engine;
    size_t bytes;
    pthread_t threads[2];
    check(voice_engine_open(&options, &engine));
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, speak, engine)) return 2;
    sleep_ms(atol(argv[2]));
    if (!strcmp(argv[1], "exit")) return 0;
    pid_t child = fork();
    if (child == 0) {
        alarm(25);
        check(say(engine, "This is said in a child.", &bytes));
        _exit(bytes > 20000 ? 0 : 4);
    }
    int status = 0;
    waitpid(child, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 5);
}
