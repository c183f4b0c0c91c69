package libvoice.c

import com.sun.jna.Memory
import com.sun.jna.Pointer
import com.sun.jna.Structure
import com.sun.jna.ptr.PointerByReference

/** Memory for the arguments of one call; all of it is freed after the call. */
internal class Arena : AutoCloseable {
    private val blocks = mutableListOf<Memory>()

    /** Kept, since a struct frees its own memory. */
    private val structs = mutableListOf<Structure>()

    private fun bytes(bytes: ByteArray): Memory {
        val block = Memory(bytes.size + 1L)
        blocks += block
        block.write(0, bytes, 0, bytes.size)
        block.setByte(bytes.size.toLong(), 0)
        return block
    }

    /** A NUL-terminated string; it must not contain a NUL. */
    fun string(text: String): Pointer {
        require('\u0000' !in text) { "a name or path holds a NUL" }
        return bytes(text.encodeToByteArray())
    }

    fun text(text: String, to: voice_text) {
        val encoded = text.encodeToByteArray()
        to.ptr = bytes(encoded)
        to.len = encoded.size.size
    }

    /** An array of structs, one for each of `items`; NULL if there are none. */
    fun <T, S : Structure> array(items: List<T>, struct: (Pointer?) -> S, fill: S.(T) -> Unit): Pointer? {
        if (items.isEmpty()) return null
        val size = struct(null).size().toLong()
        val block = Memory(size * items.size)
        blocks += block
        block.clear()
        items.forEachIndexed { index, item ->
            struct(block.share(index * size)).apply { fill(item) }.write()
        }
        return block
    }

    /** A struct that another one points to. */
    fun struct(struct: Structure): Pointer = struct.apply { write() }.pointer.also { structs += struct }

    override fun close() = blocks.forEach(Memory::close)
}

/** The output parameter of a call. */
internal inline fun output(call: (PointerByReference) -> Unit): Pointer? = PointerByReference().also(call).value

internal fun voice_text.string(): String = ptr?.getByteArray(0, len.toInt())?.decodeToString() ?: ""

/** A copy of a borrowed struct. */
internal fun <S : Structure> Pointer.read(struct: (Pointer?) -> S): S = struct(this).apply { read() }

/** A copy of a borrowed array of structs. */
internal fun <S : Structure, T> Pointer?.readAll(count: SizeT, struct: (Pointer?) -> S, convert: S.() -> T): List<T> {
    if (this == null || count.toLong() == 0L) return emptyList()
    val size = struct(null).size().toLong()
    return List(count.toInt()) { index -> share(index * size).read(struct).convert() }
}
