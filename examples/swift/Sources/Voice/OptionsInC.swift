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
        options.kept_ms = try kept.map { try $0 == .zero ? -1 : Int32(clamping: $0.asOption) } ?? 0
        options.language = try arena.string(language)
        options.voice = try arena.string(voice)
        options.lexicon = arena.text(lexicon)
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
