/* A host that defines functions with the names of libvosk, and checks that libvoice calls libvosk's.
 * usage: names MODEL AUDIO: writes a line for each utterance, and errors to standard error. */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "voice.h"

static int foreign;

/* Exported to every library of the process by -rdynamic. A call would mean that the host's function was used instead
 * of libvosk's. */
#define TRAP(name) \
    void name(void); \
    void name(void) { fprintf(stderr, "names: %s of the host was called\n", #name); foreign = 1; abort(); }
TRAP(vosk_recognizer_new)
TRAP(vosk_recognizer_accept_waveform_s)
TRAP(cblas_sdot)
TRAP(cblas_ddot)
TRAP(cblas_saxpy)
TRAP(cblas_sgemv)
TRAP(cblas_sgemm)
TRAP(cblas_dgemv)
TRAP(cblas_dgemm)

/* Like a drop-in replacement for vosk_api.h. */
voice_engine *vosk_model_new(const char *path);
voice_engine *vosk_model_new(const char *path) {
    voice_engine_options options = {.struct_size = sizeof options, .stt_model = path};
    voice_engine *engine = NULL;
    voice_error *error = voice_engine_open(&options, &engine);
    if (error) fprintf(stderr, "names: %s: %s\n", voice_error_name(error), voice_error_message(error));
    voice_error_free(error);
    return engine;
}

static void check(voice_error *error) {
    if (!error) return;
    fprintf(stderr, "names: %s: %s\n", voice_error_name(error), voice_error_message(error));
    exit(1);
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    FILE *file = fopen(argv[2], "rb");
    voice_engine *engine = vosk_model_new(argv[1]);
    voice_stt *stt;
    const voice_stt_event *event;
    static char audio[3200];
    size_t n;
    if (!file || !engine) return 1;
    check(voice_stt_open(engine, NULL, &stt));
    do {
        n = fread(audio, 1, sizeof audio, file);
        check(n ? voice_stt_push(stt, audio, n) : voice_stt_finish(stt));
        for (check(voice_stt_next(stt, &event)); event; check(voice_stt_next(stt, &event)))
            if (event->type == VOICE_STT_EVENT_TYPE_FINAL) puts(event->text.ptr);
    } while (n);
    voice_stt_free(stt);
    voice_engine_free(engine);
    fclose(file);
    static const char *const names[] = {"vosk_model_free", "vosk_set_log_level", "cblas_dspmv", "dgetrf_", "openblas_get_config"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (dlsym(RTLD_DEFAULT, names[i])) {
            fprintf(stderr, "names: %s of libvosk is shown to the host\n", names[i]);
            foreign = 1;
        }
    return foreign;
}
