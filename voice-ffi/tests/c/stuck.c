/* Opens an engine whose libvosk hangs while FILE exists, and prints the outcome of each step: open, open after the file
 * was removed, reload while it exists again, a session. stuck MODEL LIBVOSK FILE */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "voice.h"

/* Prints the name of an error, or "ok", and frees it. */
static int outcome(voice_error *error)
{
    int is_ok = !error;
    printf("%s\n", error ? voice_error_name(error) : "ok");
    voice_error_free(error);
    return is_ok;
}

int main(int argc, char **argv)
{
    voice_engine *engine = NULL;
    voice_stt *stt = NULL;
    if (argc != 4) return 2;
    voice_engine_options options = {
        .struct_size = sizeof options, .stt_model = argv[1], .libvosk = argv[2], .deadline_ms = 200};

    outcome(voice_engine_open(&options, &engine));
    if (remove(argv[3])) return 3;
    if (!outcome(voice_engine_open(&options, &engine))) return 4;
    FILE *file = fopen(argv[3], "w");
    if (!file || fclose(file)) return 5;
    outcome(voice_engine_reload(engine));
    if (!outcome(voice_stt_open(engine, NULL, &stt))) return 6;
    remove(argv[3]);
    voice_stt_free(stt);
    voice_engine_free(engine);
    return 0;
}
