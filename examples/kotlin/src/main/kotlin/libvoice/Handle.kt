package libvoice

import com.sun.jna.Pointer
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger

/**
 * An object of the library. It is freed once, and never during a call on it: a call in progress when the handle is
 * closed ends first, and its thread frees the object.
 */
internal class Handle(private val pointer: Pointer, private val free: (Pointer) -> Unit) : AutoCloseable {
    private val closed = AtomicBoolean()

    /** The number of calls in progress, plus one for the owner until it closes. Zero is final. */
    private val users = AtomicInteger(1)

    /** Runs `call` on the object; throws [IllegalStateException] after [close]. */
    inline fun <T> use(call: (Pointer) -> T): T {
        enter()
        try {
            return call(pointer)
        } finally {
            leave()
        }
    }

    private fun enter() {
        check(!closed.get()) { "it is closed" }
        val before = users.getAndUpdate { if (it == 0) 0 else it + 1 }
        check(before != 0) { "it is closed" }
    }

    private fun leave() {
        if (users.decrementAndGet() == 0) free(pointer)
    }

    override fun close() {
        if (closed.compareAndSet(false, true)) leave()
    }
}
