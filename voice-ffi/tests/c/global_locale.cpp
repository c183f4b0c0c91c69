// A C++ host with a global locale. usage: global_locale before|after LOCALE MODEL AUDIO
#include <cstdio>
#include <cstring>
#include <locale>
#include <vector>

#include "voice.h"

static void check(voice_error *error) {
    if (!error) return;
    std::fprintf(stderr, "host: %s: %s\n", voice_error_name(error), voice_error_message(error));
    std::exit(1);
}

int main(int, char **argv) {
    bool before = !std::strcmp(argv[1], "before");
    if (before) std::locale::global(std::locale(argv[2]));
    voice_engine_options options{};
    options.struct_size = sizeof options;
    options.stt_model = argv[3];
    voice_engine *engine;
    check(voice_engine_open(&options, &engine));
    if (!before) std::locale::global(std::locale(argv[2]));
    std::FILE *file = std::fopen(argv[4], "rb");
    if (!file) return 2;
    std::vector<char> bytes(3200);
    for (unsigned alternatives : {0U, 3U}) {
        voice_stt_options session{};
        session.struct_size = sizeof session;
        session.words = 1;
        session.max_alternatives = alternatives;
        voice_stt *stt;
        check(voice_stt_open(engine, &session, &stt));
        std::rewind(file);
        std::size_t n;
        do {
            n = std::fread(bytes.data(), 1, bytes.size(), file);
            check(n ? voice_stt_push(stt, bytes.data(), n) : voice_stt_finish(stt));
            const voice_stt_event *event;
            for (check(voice_stt_next(stt, &event)); event; check(voice_stt_next(stt, &event)))
                if (event->type == VOICE_STT_EVENT_TYPE_FINAL)
                    std::printf("%s %u %u\n", event->text.ptr, (unsigned)event->words_len, (unsigned)event->alternatives_len);
        } while (n);
        voice_stt_free(stt);
    }
    std::fclose(file);
    voice_engine_free(engine);
}
