package libvoice

import libvoice.c.LogCallback
import libvoice.c.libvoice

/** The function that the library calls: it must be reachable for as long as it may be called. */
@Volatile
private var current: LogCallback? = null

private val setting = Any()

/**
 * Sets where the log of all engines of the process goes: the lines up to `level`, without audio, transcripts or
 * texts. It is the one setting of the process. `sink` is called from any thread, also from several at once; it
 * must return soon and must not call this function. What it throws is dropped. Null, the default, is nowhere.
 */
public fun setLog(level: LogLevel, sink: ((LogLevel, String) -> Unit)?): Unit = synchronized(setting) {
    val callback = sink?.let {
        LogCallback { _, number, line ->
            runCatching { it(enumOf(number, LogLevel.DEBUG), line.getString(0, "UTF-8")) }
        }
    }
    libvoice.voice_log_set(callback, null, level.number).orThrow()
    current = callback
}

/** How much a line matters. */
public enum class LogLevel(override val number: Int) : Numbered {
    /** No line at all. */
    OFF(0),

    /** Something does not work. */
    ERROR(1),

    /** Something works less well than it should. */
    WARN(2),

    /** What happens to models: loaded, downloaded, replaced. */
    INFO(3),

    /** For those who look for a fault. */
    DEBUG(4),
}
