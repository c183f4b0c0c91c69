/* Loaded in the place of libvosk, which it needs: the engine hangs for as long as the file named in HANG_WHILE exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

typedef int (*accept_waveform)(void *recognizer, const short *data, int length);

int vosk_recognizer_accept_waveform_s(void *recognizer, const short *data, int length)
{
    accept_waveform real;
    const char *file = getenv("HANG_WHILE");
    while (file && access(file, F_OK) == 0)
        usleep(20 * 1000);
    *(void **)&real = dlsym(RTLD_NEXT, "vosk_recognizer_accept_waveform_s");
    return real(recognizer, data, length);
}
