package libvoice

import libvoice.c.LogCallback
import libvoice.c.libvoice

/** The callback of the library. The reference keeps it alive while the library may call it. */
@Volatile
private var current: LogCallback? = null

private val setting = Any()

/**
 * Sets the log callback of the process, for all engines: it receives lines up to `level`, without audio, transcripts
 * or texts. `sink` is called from any thread, also from several at once; it must return soon and must not call this
 * function. Its exceptions are dropped. Null, the default, disables the log.
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

/** The severity of a line. */
public enum class LogLevel(override val number: Int) : Numbered {
    /** No lines. */
    OFF(0),

    /** Something does not work. */
    ERROR(1),

    /** Something works, but worse than it should. */
    WARN(2),

    /** Events of models: loaded, downloaded, replaced. */
    INFO(3),

    /** Details for debugging. */
    DEBUG(4),
}
