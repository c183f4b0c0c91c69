/* Loaded in the place of libvosk, which it needs: the recognizers of the model in the folder FAIL_MODEL fail on any audio
 * for as long as the file named in FAIL_WHILE exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST 4096

static void *failing_model;
static void *volatile recognizers[MOST];

void *vosk_model_new(const char *path)
{
    void *(*real)(const char *);
    const char *folder = getenv("FAIL_MODEL");
    *(void **)&real = dlsym(RTLD_NEXT, "vosk_model_new");
    void *model = real(path);
    if (folder && strcmp(path, folder) == 0)
        failing_model = model;
    return model;
}

void *vosk_recognizer_new(void *model, float sample_rate)
{
    void *(*real)(void *, float);
    *(void **)&real = dlsym(RTLD_NEXT, "vosk_recognizer_new");
    void *recognizer = real(model, sample_rate);
    for (int i = 0; model == failing_model && i < MOST; i++)
        if (__sync_bool_compare_and_swap(&recognizers[i], NULL, recognizer))
            break;
    return recognizer;
}

void vosk_recognizer_free(void *recognizer)
{
    void (*real)(void *);
    for (int i = 0; i < MOST; i++)
        __sync_bool_compare_and_swap(&recognizers[i], recognizer, NULL);
    *(void **)&real = dlsym(RTLD_NEXT, "vosk_recognizer_free");
    real(recognizer);
}

int vosk_recognizer_accept_waveform_s(void *recognizer, const short *data, int length)
{
    int (*real)(void *, const short *, int);
    const char *file = getenv("FAIL_WHILE");
    for (int i = 0; file && access(file, F_OK) == 0 && i < MOST; i++)
        if (recognizers[i] == recognizer)
            return -1;
    *(void **)&real = dlsym(RTLD_NEXT, "vosk_recognizer_accept_waveform_s");
    return real(recognizer, data, length);
}
