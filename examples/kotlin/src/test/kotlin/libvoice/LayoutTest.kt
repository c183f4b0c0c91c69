package libvoice

import com.sun.jna.Pointer
import com.sun.jna.Structure
import libvoice.c.*
import kotlin.test.Test
import kotlin.test.assertEquals

/** The structs here and in the header agree, byte by byte. */
class LayoutTest {
    private val structs: List<(Pointer?) -> Structure> = listOf(
        ::voice_model_choice, ::voice_engine_options, ::voice_text, ::voice_model_health, ::voice_health,
        ::voice_stt_options, ::voice_word, ::voice_alternative, ::voice_stt_event, ::voice_tts_options,
        ::voice_tts_event, ::voice_tts_voice, ::voice_tts_voice_list, ::voice_store_options,
        ::voice_pull_progress, ::voice_model, ::voice_model_list, ::voice_tts_explained_passage,
        ::voice_tts_explained_clause, ::voice_tts_explained_warning, ::voice_tts_explanation,
        ::voice_expect_options, ::voice_dialog_options, ::voice_dialog_event,
    )

    /** Lines of `STRUCT.FIELD OFFSET SIZE`, and `STRUCT SIZE` after its fields. */
    private fun lines(struct: Structure): List<String> {
        val name = struct.javaClass.simpleName
        val offset = Structure::class.java.getDeclaredMethod("fieldOffset", String::class.java)
        offset.isAccessible = true
        val names = struct.javaClass.getAnnotation(Structure.FieldOrder::class.java).value
        val offsets = names.map { offset.invoke(struct, it) as Int }
        return names.mapIndexed { index, field -> "$name.$field ${offsets[index]}" } + "$name ${struct.size()}"
    }

    @Test
    fun `struct layout matches C`() {
        val expected = given("voice.layout").readLines().sorted()
        assertEquals(expected, structs.flatMap { lines(it(null)) }.sorted())
    }
}
