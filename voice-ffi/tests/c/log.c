/* A host with a log callback, whose libvosk fails an assertion.
 * usage: log LIBVOSK MODEL: writes each line of the log to standard output, and is aborted by libvosk. */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "voice.h"

static void line(void *userdata, voice_log_level level, const char *text) {
    (void)userdata;
    printf("%d %s\n", (int)level, text);
    fflush(stdout);
}

static void check(voice_error *error) {
    if (!error) return;
    fprintf(stderr, "log: %s: %s\n", voice_error_name(error), voice_error_message(error));
    exit(1);
}

/* A function of libvosk, of any type. */
#define FUNCTION(library, function) (*(void **)&(function) = dlsym((library), #function))

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    void *(*vosk_model_new)(const char *), *(*vosk_recognizer_new)(void *, float);
    int (*vosk_recognizer_accept_waveform_s)(void *, const short *, int);
    if (!library || !FUNCTION(library, vosk_model_new) || !FUNCTION(library, vosk_recognizer_new) ||
        !FUNCTION(library, vosk_recognizer_accept_waveform_s))
        return 3;
    void *model = vosk_model_new(argv[2]);

    voice_engine *engine;
    voice_engine_options options = {.struct_size = sizeof options, .stt_model = argv[2]};
    check(voice_log_set(line, NULL, VOICE_LOG_LEVEL_ERROR));
    check(voice_engine_open(&options, &engine));

    static const short silence[16000];
    vosk_recognizer_accept_waveform_s(vosk_recognizer_new(model, -5), silence, 16000);
    return 0;
}
