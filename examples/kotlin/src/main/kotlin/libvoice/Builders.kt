package libvoice

import java.io.File
import java.time.Duration

// Options for Java, which has no named arguments. Unset options have the library's default. Each function sets the
// property of its name, which the options document.

/** Options of an [Engine]. */
public class EngineOptionsBuilder {
    private var options = EngineOptions()

    private inline fun set(change: EngineOptions.() -> EngineOptions) = apply { options = options.change() }

    public fun stt(value: List<ModelChoice>): EngineOptionsBuilder = set { copy(stt = value) }

    public fun tts(value: List<ModelChoice>): EngineOptionsBuilder = set { copy(tts = value) }

    public fun supervision(value: Supervision): EngineOptionsBuilder = set { copy(supervision = value) }

    public fun modelsDir(value: File): EngineOptionsBuilder = set { copy(modelsDir = value) }

    public fun voicesDir(value: File): EngineOptionsBuilder = set { copy(voicesDir = value) }

    public fun manifest(value: File): EngineOptionsBuilder = set { copy(manifest = value) }

    public fun caFile(value: File): EngineOptionsBuilder = set { copy(caFile = value) }

    public fun onnxruntime(value: File): EngineOptionsBuilder = set { copy(onnxruntime = value) }

    public fun espeak(value: File): EngineOptionsBuilder = set { copy(espeak = value) }

    public fun tashkeel(value: File): EngineOptionsBuilder = set { copy(tashkeel = value) }

    public fun trial(value: File): EngineOptionsBuilder = set { copy(trial = value) }

    public fun cacheBytes(value: Long): EngineOptionsBuilder = set { copy(cacheBytes = value) }

    public fun offline(value: Boolean): EngineOptionsBuilder = set { copy(offline = value) }

    public fun libvosk(value: File): EngineOptionsBuilder = set { copy(libvosk = value) }

    public fun espeakHelper(value: File): EngineOptionsBuilder = set { copy(espeakHelper = value) }

    public fun build(): EngineOptions = options
}

/** The supervision of an engine's models. */
public class SupervisionBuilder {
    private var options = Supervision()

    private inline fun set(change: Supervision.() -> Supervision) = apply { options = options.change() }

    public fun loadAttempts(value: Int): SupervisionBuilder = set { copy(loadAttempts = value) }

    public fun retry(value: Duration): SupervisionBuilder = set { copy(retry = value) }

    public fun canary(value: Duration): SupervisionBuilder = set { copy(canary = value) }

    public fun deadline(value: Duration): SupervisionBuilder = set { copy(deadline = value) }

    public fun maxFailures(value: Int): SupervisionBuilder = set { copy(maxFailures = value) }

    public fun build(): Supervision = options
}

/** Options of an [SttSession]. */
public class SttOptionsBuilder {
    private var options = SttOptions()

    private inline fun set(change: SttOptions.() -> SttOptions) = apply { options = options.change() }

    public fun sampleRate(value: Int): SttOptionsBuilder = set { copy(sampleRate = value) }

    public fun channels(value: Int): SttOptionsBuilder = set { copy(channels = value) }

    public fun encoding(value: Encoding): SttOptionsBuilder = set { copy(encoding = value) }

    public fun vad(value: Vad): SttOptionsBuilder = set { copy(vad = value) }

    public fun words(value: Boolean): SttOptionsBuilder = set { copy(words = value) }

    public fun maxAlternatives(value: Int): SttOptionsBuilder = set { copy(maxAlternatives = value) }

    public fun start(value: Duration): SttOptionsBuilder = set { copy(start = value) }

    public fun silence(value: Duration): SttOptionsBuilder = set { copy(silence = value) }

    public fun maxUtterance(value: Duration): SttOptionsBuilder = set { copy(maxUtterance = value) }

    public fun noSpeechTimeout(value: Duration): SttOptionsBuilder = set { copy(noSpeechTimeout = value) }

    public fun grammar(value: List<String>): SttOptionsBuilder = set { copy(grammar = value) }

    public fun language(value: String): SttOptionsBuilder = set { copy(language = value) }

    public fun speaker(value: Speaker): SttOptionsBuilder = set { copy(speaker = value) }

    public fun channel(value: Int): SttOptionsBuilder = set { copy(channel = value) }

    public fun build(): SttOptions = options
}

/** Options of a [TtsSession]. */
public class TtsOptionsBuilder {
    private var options = TtsOptions()

    private inline fun set(change: TtsOptions.() -> TtsOptions) = apply { options = options.change() }

    public fun sampleRate(value: Int): TtsOptionsBuilder = set { copy(sampleRate = value) }

    public fun encoding(value: Encoding): TtsOptionsBuilder = set { copy(encoding = value) }

    public fun whole(value: Boolean): TtsOptionsBuilder = set { copy(whole = value) }

    public fun speaker(value: Int): TtsOptionsBuilder = set { copy(speaker = value) }

    public fun speed(value: Float): TtsOptionsBuilder = set { copy(speed = value) }

    public fun pitch(value: Float): TtsOptionsBuilder = set { copy(pitch = value) }

    public fun loudness(value: Float): TtsOptionsBuilder = set { copy(loudness = value) }

    public fun volume(value: Float): TtsOptionsBuilder = set { copy(volume = value) }

    public fun noise(value: Float): TtsOptionsBuilder = set { copy(noise = value) }

    public fun kept(value: Duration): TtsOptionsBuilder = set { copy(kept = value) }

    public fun language(value: String): TtsOptionsBuilder = set { copy(language = value) }

    public fun voice(value: String): TtsOptionsBuilder = set { copy(voice = value) }

    public fun lexicon(value: String): TtsOptionsBuilder = set { copy(lexicon = value) }

    public fun build(): TtsOptions = options
}

/** Options of a [Dialog]. */
public class DialogOptionsBuilder {
    private var options = DialogOptions()

    private inline fun set(change: DialogOptions.() -> DialogOptions) = apply { options = options.change() }

    public fun stt(value: SttOptions): DialogOptionsBuilder = set { copy(stt = value) }

    public fun tts(value: TtsOptions): DialogOptionsBuilder = set { copy(tts = value) }

    public fun decider(value: Decider): DialogOptionsBuilder = set { copy(decider = value) }

    public fun echoCanceller(value: EchoCanceller): DialogOptionsBuilder = set { copy(echoCanceller = value) }

    public fun minWords(value: Int): DialogOptionsBuilder = set { copy(minWords = value) }

    public fun minVoice(value: Duration): DialogOptionsBuilder = set { copy(minVoice = value) }

    public fun decision(value: Duration): DialogOptionsBuilder = set { copy(decision = value) }

    public fun warmUp(value: Duration): DialogOptionsBuilder = set { copy(warmUp = value) }

    public fun complete(value: Duration): DialogOptionsBuilder = set { copy(complete = value) }

    public fun openMin(value: Duration): DialogOptionsBuilder = set { copy(openMin = value) }

    public fun openMax(value: Duration): DialogOptionsBuilder = set { copy(openMax = value) }

    public fun incompleteMin(value: Duration): DialogOptionsBuilder = set { copy(incompleteMin = value) }

    public fun incompleteMax(value: Duration): DialogOptionsBuilder = set { copy(incompleteMax = value) }

    public fun eager(value: Duration): DialogOptionsBuilder = set { copy(eager = value) }

    public fun idle(value: Duration): DialogOptionsBuilder = set { copy(idle = value) }

    public fun audioGap(value: Duration): DialogOptionsBuilder = set { copy(audioGap = value) }

    public fun ahead(value: Duration): DialogOptionsBuilder = set { copy(ahead = value) }

    public fun words(value: ListenerWords): DialogOptionsBuilder = set { copy(words = value) }

    public fun build(): DialogOptions = options
}
