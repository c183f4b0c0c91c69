/* Speaks, forks, and speaks in both processes, in a process forked from the second, and with an engine that is
 * opened after the fork. fork [HELPER] */

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "voice.h"

static void check(voice_error *error)
{
    if (error) {
        fprintf(stderr, "fork: %s\n", voice_error_message(error));
        _exit(3);
    }
}

static voice_engine *open_engine(const char *helper)
{
    voice_model_choice voice = {.model = "espeak-ng", .language = "en"};
    voice_engine_options options = {
        .struct_size = sizeof options, .tts = &voice, .tts_len = 1, .espeak_helper = helper};
    voice_engine *engine;
    check(voice_engine_open(&options, &engine));
    return engine;
}

/* Prints the number of audio bytes of `text`. */
static void say(voice_engine *engine, const char *text)
{
    voice_tts *tts;
    const voice_tts_event *event;
    char line[32];
    size_t bytes = 0;

    check(voice_tts_open(engine, NULL, &tts));
    check(voice_tts_push(tts, text, strlen(text)));
    check(voice_tts_finish(tts));
    for (check(voice_tts_next(tts, &event)); event; check(voice_tts_next(tts, &event)))
        if (event->type == VOICE_TTS_EVENT_TYPE_AUDIO) bytes += event->audio_len;
    voice_tts_free(tts);
    int length = snprintf(line, sizeof line, "%zu\n", bytes);
    if (write(1, line, (size_t)length) != length) _exit(4);
}

/* Runs the rest of the program in a forked process, and exits with its status. */
static void go_on_in_a_child(void)
{
    pid_t child = fork();
    if (child == 0) {
        alarm(25);
        return;
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        _exit(8);
    _exit(WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
    const char *helper = argc > 1 && argv[1][0] ? argv[1] : NULL;
    alarm(60);
    voice_engine *engine = open_engine(helper);
    say(engine, "This is said before.");
    go_on_in_a_child();
    say(engine, "This is said in a child.");
    say(open_engine(helper), "This is said by an engine of the child.");
    go_on_in_a_child();
    say(engine, "This is said in a child of the child.");
    return 0;
}
