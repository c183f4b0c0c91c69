/* Hosts with habits of their own. usage: host MODE MODEL AUDIO [ARGUMENT]
 *
 *   locale LOCALE   sets the locale, then transcribes; 1.5 as the host prints it comes last
 *   late LOCALE     transcribes with an engine that was opened before the locale was set
 *   traps           traps floating-point exceptions
 */
#include <fenv.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "voice.h"

static const char *model, *audio;

static void check(voice_error *error) {
    if (!error) return;
    fprintf(stderr, "host: %s: %s\n", voice_error_name(error), voice_error_message(error));
    exit(1);
}

static voice_engine *open_engine(void) {
    voice_engine_options options = {.struct_size = sizeof options, .stt_model = model};
    voice_engine *engine;
    check(voice_engine_open(&options, &engine));
    return engine;
}

/* A line for each utterance: its text, and how many words and alternatives it has. */
static void transcribe(const voice_engine *engine, const voice_stt_options *options) {
    static char bytes[3200];
    const voice_event *event;
    voice_stt *stt;
    size_t n;
    FILE *file = fopen(audio, "rb");
    if (!file) exit(2);
    check(voice_stt_open(engine, options, &stt));
    do {
        n = fread(bytes, 1, sizeof bytes, file);
        check(n ? voice_stt_push(stt, bytes, n) : voice_stt_finish(stt));
        for (check(voice_stt_next(stt, &event)); event; check(voice_stt_next(stt, &event)))
            if (event->type == VOICE_EVENT_TYPE_FINAL)
                printf("%s %u %u\n", event->text.ptr, (unsigned)event->words_len, (unsigned)event->alternatives_len);
    } while (n);
    voice_stt_free(stt);
    fclose(file);
}

static void transcribe_in_every_form(const voice_engine *engine) {
    voice_text phrases[] = {VOICE_TEXT("ثلاثة"), VOICE_TEXT("فتح"), VOICE_TEXT("يسار"), VOICE_TEXT("[unk]")};
    voice_stt_options plain = {.struct_size = sizeof plain, .words = 1};
    voice_stt_options best = {.struct_size = sizeof best, .words = 1, .max_alternatives = 3};
    voice_stt_options grammar = {.struct_size = sizeof grammar, .words = 1};
    grammar.grammar = phrases, grammar.grammar_len = 4;
    transcribe(engine, &plain);
    transcribe(engine, &best);
    transcribe(engine, &grammar);
}

static void set_locale(const char *name) {
    if (!setlocale(LC_ALL, name)) {
        fprintf(stderr, "host: the system has no locale %s\n", name);
        exit(2);
    }
}

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    const char *mode = argv[1], *argument = argc > 4 ? argv[4] : "";
    model = argv[2], audio = argv[3];
    if (!strcmp(mode, "locale")) {
        set_locale(argument);
        transcribe_in_every_form(open_engine());
        printf("%.1f %s\n", 1.5, setlocale(LC_ALL, NULL));
    } else if (!strcmp(mode, "late")) {
        voice_engine *engine = open_engine();
        set_locale(argument);
        transcribe_in_every_form(engine);
        printf("%.1f %s\n", 1.5, setlocale(LC_ALL, NULL));
    } else if (!strcmp(mode, "traps")) {
        int trapped = FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW | FE_UNDERFLOW | FE_INEXACT;
        feenableexcept(trapped);
        voice_engine *engine = open_engine();
        transcribe_in_every_form(engine);
        voice_engine_free(engine);
        if (fegetexcept() != trapped) return 3;
    } else {
        return 2;
    }
    return 0;
}
