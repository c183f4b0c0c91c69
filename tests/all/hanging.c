/* Loaded in the place of libvosk, which it needs: the engine hangs while the file named in HANG_WHILE exists, and reads
 * no model while the one named in HANG_LOAD_WHILE exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void hang_while(const char *variable)
{
    const char *file = getenv(variable);
    while (file && access(file, F_OK) == 0)
        usleep(20 * 1000);
}

typedef void *(*model_new)(const char *path);

void *vosk_model_new(const char *path)
{
    model_new real;
    hang_while("HANG_LOAD_WHILE");
    *(void **)&real = dlsym(RTLD_NEXT, "vosk_model_new");
    return real(path);
}

typedef int (*accept_waveform)(void *recognizer, const short *data, int length);

int vosk_recognizer_accept_waveform_s(void *recognizer, const short *data, int length)
{
    accept_waveform real;
    hang_while("HANG_WHILE");
    *(void **)&real = dlsym(RTLD_NEXT, "vosk_recognizer_accept_waveform_s");
    return real(recognizer, data, length);
}
