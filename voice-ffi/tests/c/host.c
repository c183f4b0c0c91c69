/* Hosts with unusual behaviour. usage: host MODE MODEL AUDIO [ARGUMENT]
 *
 *   locale LOCALE   sets the locale, then transcribes; prints 1.5 at the end
 *   late LOCALE     transcribes with an engine that was opened before the locale was set
 *   traps           traps floating-point exceptions
 *   exit MS         returns from main after that many milliseconds, while two threads push audio
 *   supervised MS   returns from main after that many milliseconds, while a supervisor loads and tests the model
 *   typed           transcribes audio pushed as 16-bit samples, and as floats
 *   fork            transcribes in a child that has the parent's engine, and frees engines there, supervised ones too
 *   memory MIB      opens and transcribes with that much address space
 *   children PATH   ignores SIGCHLD, and lets the program at PATH try the model
 *   copies LIBRARY  transcribes with this libvoice and a copy of it that is loaded by dlopen
 *   logs MS         as supervised, with a log; fails if a line comes after its data is freed
 */
#include <dlfcn.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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
    const voice_stt_event *event;
    voice_stt *stt;
    size_t n;
    FILE *file = fopen(audio, "rb");
    if (!file) exit(2);
    check(voice_stt_open(engine, options, &stt));
    do {
        n = fread(bytes, 1, sizeof bytes, file);
        check(n ? voice_stt_push(stt, bytes, n) : voice_stt_finish(stt));
        for (check(voice_stt_next(stt, &event)); event; check(voice_stt_next(stt, &event)))
            if (event->type == VOICE_STT_EVENT_TYPE_FINAL)
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

/* The same with voice_stt_push_i16 and voice_stt_push_f32. */
static void typed(const voice_engine *engine) {
    static int16_t samples[320000];
    static float floats[320000];
    const voice_stt_event *event;
    voice_stt *stt;
    FILE *file = fopen(audio, "rb");
    size_t count = file ? fread(samples, sizeof *samples, 320000, file) : 0;
    for (size_t i = 0; i < count; i++) floats[i] = (float)samples[i] / 32768;
    for (uint32_t encoding = VOICE_ENCODING_PCM_I16; encoding <= VOICE_ENCODING_PCM_F32; encoding++) {
        voice_stt_options options = {.struct_size = sizeof options, .encoding = encoding};
        check(voice_stt_open(engine, &options, &stt));
        for (size_t at = 0; at < count; at += 1600) {
            size_t n = count - at < 1600 ? count - at : 1600;
            /* The function of the other encoding fails. */
            voice_error *wrong = encoding ? voice_stt_push_i16(stt, samples + at, n) : voice_stt_push_f32(stt, floats + at, n);
            if (voice_error_code(wrong) != VOICE_CODE_AUDIO_FORMAT_UNSUPPORTED) exit(3);
            voice_error_free(wrong);
            check(encoding ? voice_stt_push_f32(stt, floats + at, n) : voice_stt_push_i16(stt, samples + at, n));
        }
        check(voice_stt_finish(stt));
        for (check(voice_stt_next(stt, &event)); event; check(voice_stt_next(stt, &event)))
            if (event->type == VOICE_STT_EVENT_TYPE_FINAL) puts(event->text.ptr);
        voice_stt_free(stt);
    }
    fclose(file);
}

static void set_locale(const char *name) {
    if (!setlocale(LC_ALL, name)) {
        fprintf(stderr, "host: the system has no locale %s\n", name);
        exit(2);
    }
}

static void sleep_ms(long ms) {
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* Pushes seconds of loud audio until a call fails. */
static void *push(void *engine) {
    static int16_t second[16000];
    voice_stt_options options = {.struct_size = sizeof options, .vad = VOICE_VAD_ALWAYS};
    const voice_stt_event *event;
    voice_error *error;
    voice_stt *stt;
    for (int i = 0; i < 16000; i++) second[i] = (int16_t)(i * 7919 % 20000 - 10000);
    error = voice_stt_open(engine, &options, &stt);
    while (!error && !(error = voice_stt_push(stt, second, sizeof second)))
        while (!(error = voice_stt_next(stt, &event)) && event) {}
    /* The error at the end of the process, if there is one. */
    if (error) fprintf(stderr, "host: %s\n", voice_error_name(error));
    voice_error_free(error);
    return NULL;
}

static long now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static voice_engine *open_supervised(void) {
    voice_engine_options options = {.struct_size = sizeof options, .stt_model = model};
    voice_engine *engine;
    options.supervise = 1, options.canary_ms = 1;
    check(voice_engine_open(&options, &engine));
    return engine;
}

static int fork_and_use(void) {
    voice_engine *plain = open_engine(), *supervised = open_supervised(), *loading;
    voice_stt *stt;
    voice_error *error;
    transcribe_in_every_form(plain);
    while ((error = voice_stt_open(supervised, NULL, &stt))) voice_error_free(error), sleep_ms(5);
    voice_stt_free(stt);
    loading = open_supervised();
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        long start;
        transcribe_in_every_form(plain);
        transcribe_in_every_form(supervised);
        error = voice_engine_reload(supervised);
        printf("reload: %s\n", voice_error_name(error));
        start = now_ms();
        voice_engine_free(supervised);
        voice_engine_free(loading);
        voice_engine_free(plain);
        if (now_ms() - start > 250) printf("freed after %ld ms\n", now_ms() - start);
        transcribe_in_every_form(open_engine());
        start = now_ms();
        exit(now_ms() - start > 250 ? 4 : 0);
    }
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 5;
}

static void copies(const char *path) {
    /* Only the functions needed here; the copy's functions have the same types. */
    __typeof__(voice_engine_open) *open;
    __typeof__(voice_stt_open) *stt_open;
    __typeof__(voice_stt_push) *push;
    __typeof__(voice_stt_finish) *finish;
    __typeof__(voice_stt_next) *next;
    voice_engine_options options = {.struct_size = sizeof options, .stt_model = model};
    voice_engine *engine;
    voice_stt *stt;
    const voice_stt_event *event;
    static char bytes[3200];
    size_t n;
    void *copy = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    FILE *file = fopen(audio, "rb");
    if (!copy || !file) exit(2);
    *(void **)&open = dlsym(copy, "voice_engine_open"), *(void **)&stt_open = dlsym(copy, "voice_stt_open");
    *(void **)&push = dlsym(copy, "voice_stt_push"), *(void **)&finish = dlsym(copy, "voice_stt_finish");
    *(void **)&next = dlsym(copy, "voice_stt_next");
    if (open == voice_engine_open) exit(3);
    check(open(&options, &engine));
    transcribe_in_every_form(open_engine());
    check(stt_open(engine, NULL, &stt));
    do {
        n = fread(bytes, 1, sizeof bytes, file);
        check(n ? push(stt, bytes, n) : finish(stt));
        for (check(next(stt, &event)); event; check(next(stt, &event)))
            if (event->type == VOICE_STT_EVENT_TYPE_FINAL) puts(event->text.ptr);
    } while (n);
}

/* The data of the host's log callback, which the host's exit handler frees. */
static char *log_data;

static void take_line(void *data, voice_log_level level, const char *line) {
    (void)data, (void)level, (void)line;
    if (!log_data) abort();
    log_data[0]++;
}

static void drop_log_data(void) {
    free(log_data);
    log_data = NULL;
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
    } else if (!strcmp(mode, "exit")) {
        voice_engine *engine = open_engine();
        pthread_t threads[2];
        for (int i = 0; i < 2; i++)
            if (pthread_create(&threads[i], NULL, push, engine)) return 2;
        sleep_ms(atol(argument));
    } else if (!strcmp(mode, "supervised")) {
        open_supervised();
        sleep_ms(atol(argument));
    } else if (!strcmp(mode, "logs")) {
        log_data = calloc(1, 1);
        atexit(drop_log_data);
        check(voice_log_set(take_line, NULL, VOICE_LOG_LEVEL_DEBUG));
        open_supervised();
        sleep_ms(atol(argument));
    } else if (!strcmp(mode, "typed")) {
        typed(open_engine());
    } else if (!strcmp(mode, "fork")) {
        return fork_and_use();
    } else if (!strcmp(mode, "memory")) {
        struct rlimit limit = {(rlim_t)atol(argument) << 20, (rlim_t)atol(argument) << 20};
        setrlimit(RLIMIT_AS, &limit);
        transcribe_in_every_form(open_engine());
    } else if (!strcmp(mode, "children")) {
        voice_engine_options options = {.struct_size = sizeof options, .stt_model = model, .trial = argument};
        voice_engine *engine;
        signal(SIGCHLD, SIG_IGN);
        check(voice_engine_open(&options, &engine));
        transcribe(engine, NULL);
    } else if (!strcmp(mode, "copies")) {
        copies(argument);
    } else {
        return 2;
    }
    return 0;
}
