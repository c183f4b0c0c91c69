import CVoice

// The options of this layer as the structs of the header. Zero there means default, as nil does here.

/// In C zero means default, so an explicit zero is passed as a negative number. That means "none", or is refused if
/// the option has no "none".
private func setting<Number: SignedNumeric>(_ number: Number?) -> Number {
    number == 0 ? -1 : number ?? 0
}

extension Bool {
    fileprivate var number: UInt32 { self ? 1 : 0 }
}

extension ModelChoice {
    fileprivate func within(_ arena: Arena) throws -> voice_model_choice {
        try voice_model_choice(model: arena.string(model), language: arena.string(language), reserved: 0)
    }
}

extension EngineOptions {
    func within(_ arena: Arena) throws -> voice_engine_options {
        var options = voice_engine_options()
        options.struct_size = UInt32(MemoryLayout.size(ofValue: options))
        options.stt = try arena.array(stt.map { try $0.within(arena) })
        options.stt_len = stt.count
        options.tts = try arena.array(tts.map { try $0.within(arena) })
        options.tts_len = tts.count
        options.models_dir = try arena.string(modelsFolder)
        options.voices_dir = try arena.string(voicesFolder)
        options.manifest = try arena.string(manifest)
        options.ca_file = try arena.string(authorities)
        options.libvosk = try arena.string(libvosk)
        options.onnxruntime = try arena.string(onnxruntime)
        options.espeak = try arena.string(espeak)
        options.espeak_helper = try arena.string(espeakHelper)
        options.tashkeel = try arena.string(tashkeel)
        options.trial = try arena.string(trial)
        options.cache_bytes = setting(cacheBytes)
        options.offline = offline.number
        if let supervision {
            options.supervise = 1
            options.load_attempts = supervision.loadAttempts ?? 0
            options.retry_ms = try supervision.retry?.asOption ?? 0
            options.canary_ms = try supervision.canary?.asOption ?? 0
            options.deadline_ms = try supervision.deadline?.asOption ?? 0
            options.max_failures = supervision.maxFailures ?? 0
        }
        return options
    }
}

extension SttOptions {
    func within(_ arena: Arena) throws -> voice_stt_options {
        var options = voice_stt_options()
        options.struct_size = UInt32(MemoryLayout.size(ofValue: options))
        options.sample_rate = sampleRate ?? 0
        options.channels = channels ?? 0
        options.encoding = encoding.rawValue
        options.vad = vad.rawValue
        options.words = words.number
        options.max_alternatives = maxAlternatives
        options.start_ms = try start?.asOption ?? 0
        options.silence_ms = try silence?.asOption ?? 0
        options.max_utterance_ms = try maxUtterance?.asOption ?? 0
        options.no_speech_timeout_ms = try noSpeechTimeout?.asOption ?? 0
        options.grammar = arena.array(grammar.map(arena.text))
        options.grammar_len = UInt32(clamping: grammar.count)
        options.language = try arena.string(language)
        options.speaker = speaker.rawValue
        options.channel = channel ?? 0
        return options
    }
}

extension TtsOptions {
    func within(_ arena: Arena) throws -> voice_tts_options {
        var options = voice_tts_options()
        options.struct_size = UInt32(MemoryLayout.size(ofValue: options))
        options.sample_rate = sampleRate ?? 0
        options.encoding = encoding.rawValue
        options.whole = whole.number
        options.speaker = speaker.map { $0 == 0 ? UInt32(VOICE_TTS_SPEAKER_ZERO) : $0 } ?? 0
        options.speed = setting(speed)
        options.pitch = setting(pitch)
        options.loudness = setting(loudness)
        options.volume = setting(volume)
        options.noise = setting(noise)
        options.kept_ms = try orNone(kept)
        options.language = try arena.string(language)
        options.voice = try arena.string(voice)
        options.lexicon = arena.text(lexicon)
        return options
    }
}

/// Milliseconds in which a negative number means none.
private func orNone(_ duration: Duration?) throws -> Int32 {
    guard let duration else { return 0 }
    return duration == .zero ? -1 : Int32(clamping: try duration.asOption)
}

extension DialogOptions {
    func within(_ arena: Arena) throws -> voice_dialog_options {
        var options = voice_dialog_options()
        options.struct_size = UInt32(MemoryLayout.size(ofValue: options))
        options.decider = decider.rawValue
        options.echo_canceller = echoCanceller.rawValue
        options.min_words = minWords ?? 0
        options.min_voice_ms = try orNone(minVoice)
        options.decision_ms = try decision?.asOption ?? 0
        options.warm_up_ms = try orNone(warmUp)
        options.complete_ms = try complete?.asOption ?? 0
        options.open_min_ms = try openMin?.asOption ?? 0
        options.open_max_ms = try openMax?.asOption ?? 0
        options.incomplete_min_ms = try incompleteMin?.asOption ?? 0
        options.incomplete_max_ms = try incompleteMax?.asOption ?? 0
        options.eager_ms = try eager?.asOption ?? 0
        options.idle_ms = try idle?.asOption ?? 0
        options.audio_gap_ms = try audioGap?.asOption ?? 0
        options.ahead_ms = try ahead?.asOption ?? 0
        options.stt = arena.array([try stt.within(arena)])
        options.tts = arena.array([try tts.within(arena)])
        if let words {
            // The library takes a list that is not NULL as given, an empty one too.
            options.backchannels = arena.array((words.backchannels + [""]).map(arena.text))
            options.backchannels_len = words.backchannels.count
            options.stop_words = arena.array((words.stopWords + [""]).map(arena.text))
            options.stop_words_len = words.stopWords.count
        }
        return options
    }
}

extension ExpectOptions {
    func within(_ arena: Arena) -> voice_expect_options {
        var options = voice_expect_options()
        options.struct_size = UInt32(MemoryLayout.size(ofValue: options))
        options.expect = expect.rawValue
        options.digits = digits ?? 0
        options.grammar = grammar.rawValue
        options.phrases = arena.array(phrases.map(arena.text))
        options.phrases_len = phrases.count
        return options
    }
}

extension StoreOptions {
    func within(_ arena: Arena) throws -> voice_store_options {
        var options = voice_store_options()
        options.struct_size = UInt32(MemoryLayout.size(ofValue: options))
        options.offline = offline.number
        options.folder = try arena.string(folder)
        options.manifest = try arena.string(manifest)
        options.ca_file = try arena.string(authorities)
        return options
    }
}
