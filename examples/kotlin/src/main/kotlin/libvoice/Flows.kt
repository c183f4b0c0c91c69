package libvoice

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.channelFlow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.isActive
import kotlinx.coroutines.launch
import java.time.Duration

/**
 * The events of `audio`, in the format of `options`, split at any byte. The session begins when the flow is collected
 * and is closed when it ends, fails or is cancelled. It computes on [Dispatchers.Default].
 */
public fun Engine.transcribe(audio: Flow<ByteArray>, options: SttOptions = SttOptions()): Flow<SttEvent> = flow {
    stt(options).use { session ->
        audio.collect { piece ->
            session.push(piece)
            emitAll(session.events().asFlow())
        }
        session.finish()
        emitAll(session.events().asFlow())
    }
}.flowOn(Dispatchers.Default)

/**
 * The audio of `text`, split at any character. The session begins when the flow is collected and is closed when it
 * ends, fails or is cancelled. It computes on [Dispatchers.Default], two events ahead of the collector. Rendering
 * further ahead would waste work if the user interrupts.
 */
public fun Engine.speak(text: Flow<String>, options: TtsOptions = TtsOptions()): Flow<TtsEvent> = flow {
    tts(options).use { session ->
        text.collect { piece ->
            session.push(piece)
            emitAll(session.events().asFlow())
        }
        session.finish()
        emitAll(session.events().asFlow())
    }
}.buffer(2).flowOn(Dispatchers.Default)

/**
 * The events of a conversation. While the flow is collected, the dialog computes and waits on three threads of
 * [Dispatchers.IO]; the flow ends when it is cancelled. Collect it once. The dialog stays open.
 */
public fun Dialog.converse(): Flow<DialogEvent> = channelFlow {
    launch { while (isActive) listen(STEP) }
    launch { while (isActive) speak(STEP) }
    while (isActive) next(STEP)?.let { send(it) }
}.buffer(0).flowOn(Dispatchers.IO)

/** The longest wait of a call, and so the delay of a cancellation. */
private val STEP = Duration.ofMillis(100)
