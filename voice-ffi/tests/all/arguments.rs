//! NULL and garbage for every parameter of every function.

use std::ffi::{CStr, CString, c_char, c_void};
use std::mem::MaybeUninit;
use std::ptr::{NonNull, dangling, dangling_mut, null, null_mut};

use voice::*;
use voice_code::{ArgumentInvalid, ArgumentNull, MessageTooLarge, ModelNotFound, Offline, Ok, OptionInvalid};

use crate::build::{code, engine, options};
use crate::header;

/// The valid arguments beside the wrong one.
struct Objects {
    engine: Box<voice_engine>,
    store: Box<voice_store>,
    stt: Option<NonNull<voice_stt>>,
    tts: Option<NonNull<voice_tts>>,
    dialog: Option<NonNull<voice_dialog>>,
}

impl Objects {
    /// `None` where the engines are missing.
    fn new() -> Option<Self> {
        let engine = engine()?;
        let (mut store, mut stt) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        let (mut tts, mut dialog) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        let folder = tempfile::tempdir().unwrap();
        let folder = CString::new(folder.path().join("none").to_str().unwrap()).unwrap();
        let options = voice_store_options { folder: folder.as_ptr(), offline: 1, ..options() };
        // SAFETY: whole options or none, and outputs that are boxes when written.
        unsafe {
            assert_eq!(code(voice_store_open(&raw const options, Some(&mut store))), Ok);
            assert_eq!(code(voice_stt_open(Some(&engine), null(), Some(&mut stt))), Ok);
            assert_eq!(code(voice_tts_open(Some(&engine), null(), Some(&mut tts))), Ok);
            assert_eq!(code(voice_dialog_open(Some(&engine), null(), Some(&mut dialog))), Ok);
            let dialog = NonNull::new(dialog.assume_init());
            let store = Box::from_raw(store.assume_init());
            let (stt, tts) = (NonNull::new(stt.assume_init()), NonNull::new(tts.assume_init()));
            Some(Self { engine, store, stt, tts, dialog })
        }
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // SAFETY: made from boxes, freed here only.
        unsafe {
            voice_stt_free(self.stt.map(|stt| Box::from_raw(stt.as_ptr())));
            voice_tts_free(self.tts.map(|tts| Box::from_raw(tts.as_ptr())));
            voice_dialog_free(self.dialog.map(|dialog| Box::from_raw(dialog.as_ptr())));
        }
    }
}

/// An output that must not be written.
fn unwritten<T>(call: impl FnOnce(&mut MaybeUninit<*mut T>) -> voice_code) -> voice_code {
    let mut output = MaybeUninit::new(dangling_mut::<T>());
    let code = call(&mut output);
    // SAFETY: initialised above.
    assert_eq!(unsafe { output.assume_init() }, dangling_mut(), "an output was written without success");
    code
}

fn open(options: *const voice_engine_options) -> voice_code {
    // SAFETY: `options` is NULL or a struct of the size that it names.
    unwritten(|engine| code(unsafe { voice_engine_open(options, Some(engine)) }))
}

fn open_stt(objects: &Objects, options: *const voice_stt_options) -> voice_code {
    // SAFETY: `options` is NULL or a struct of the size that it names.
    unwritten(|stt| code(unsafe { voice_stt_open(Some(&objects.engine), options, Some(stt)) }))
}

fn open_tts(objects: &Objects, options: *const voice_tts_options) -> voice_code {
    // SAFETY: `options` is NULL or a struct of the size that it names.
    unwritten(|tts| code(unsafe { voice_tts_open(Some(&objects.engine), options, Some(tts)) }))
}

fn open_dialog(objects: &Objects, options: *const voice_dialog_options) -> voice_code {
    // SAFETY: `options` is NULL or a struct of the size that it names.
    unwritten(|dialog| code(unsafe { voice_dialog_open(Some(&objects.engine), options, Some(dialog)) }))
}

/// Says a literal, or what is refused before it is read.
fn say(objects: &Objects, id: *const c_char, text: *const c_char, len: usize, flags: u32) -> voice_code {
    // SAFETY: both are NULL, literals, or refused before they are read.
    code(unsafe { voice_dialog_say(objects.dialog, id, text, len, flags) })
}

fn append(objects: &Objects, id: *const c_char, text: *const c_char, len: usize) -> voice_code {
    // SAFETY: both are NULL, literals, or refused before they are read.
    code(unsafe { voice_dialog_append(objects.dialog, id, text, len) })
}

fn open_store(options: *const voice_store_options) -> voice_code {
    // SAFETY: `options` is NULL or a struct of the size that it names.
    unwritten(|store| code(unsafe { voice_store_open(options, Some(store)) }))
}

fn voices(objects: &Objects, language: *const c_char) -> voice_code {
    // SAFETY: `language` is a literal.
    unwritten(|list| code(unsafe { voice_engine_voices(Some(&objects.engine), language, Some(list)) }))
}

fn explain(objects: &Objects, text: *const c_char, len: usize, is_ssml: u32) -> voice_code {
    // SAFETY: `text` is a literal of `len` bytes, or refused before it is read.
    unwritten(|out| code(unsafe { voice_tts_explain(objects.tts, text, len, is_ssml, Some(out)) }))
}

type Call = fn(&Objects) -> voice_code;

/// Function, parameter, its fault, the expected code, and the call.
///
/// Handles and outputs are tested with NULL only, since other wrong pointers cannot be checked.
#[expect(
    clippy::undocumented_unsafe_blocks,
    reason = "the same for all: NULL, impossible lengths and wrong sizes are refused before anything is read"
)]
const TABLE: &[(&str, &str, &str, voice_code, Call)] = &[
    ("voice_error_code", "error", "NULL", Ok, |_| voice_error_code(None)),
    ("voice_error_name", "error", "NULL", Ok, |_| says(voice_error_name(None), c"ok")),
    ("voice_error_message", "error", "NULL", Ok, |_| says(voice_error_message(None), c"")),
    ("voice_error_is_retryable", "error", "NULL", Ok, |_| {
        assert!(!voice_error_is_retryable(None));
        Ok
    }),
    ("voice_error_free", "error", "NULL", Ok, |_| done(|| voice_error_free(None))),
    ("voice_engine_open", "options", "NULL", OptionInvalid, |_| open(null())),
    ("voice_engine_open", "options", "no model", OptionInvalid, |_| open(&options())),
    ("voice_engine_open", "options", "wrong size", ArgumentInvalid, |_| {
        open(&voice_engine_options { struct_size: 3, ..options() })
    }),
    ("voice_engine_open", "options", "not UTF-8", ArgumentInvalid, |_| {
        open(&voice_engine_options { stt_model: c"\xff".as_ptr(), ..options() })
    }),
    ("voice_engine_open", "engine", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_engine_open(null(), None) })
    }),
    ("voice_engine_reload", "engine", "NULL", ArgumentNull, |_| code(voice_engine_reload(None))),
    ("voice_engine_free", "engine", "NULL", Ok, |_| done(|| voice_engine_free(None))),
    ("voice_engine_health", "engine", "NULL", ArgumentNull, |_| {
        unwritten(|health| code(voice_engine_health(None, Some(health))))
    }),
    ("voice_engine_health", "health", "NULL", ArgumentNull, |objects| {
        code(voice_engine_health(Some(&objects.engine), None))
    }),
    ("voice_health_free", "health", "NULL", Ok, |_| done(|| unsafe { voice_health_free(null_mut()) })),
    ("voice_engine_voices", "engine", "NULL", ArgumentNull, |_| {
        unwritten(|list| code(unsafe { voice_engine_voices(None, null(), Some(list)) }))
    }),
    ("voice_engine_voices", "language", "not UTF-8", ArgumentInvalid, |objects| {
        voices(objects, c"\xff".as_ptr())
    }),
    ("voice_engine_voices", "language", "no tag", OptionInvalid, |objects| voices(objects, c"?".as_ptr())),
    ("voice_engine_voices", "language", "not spoken", ModelNotFound, |objects| {
        voices(objects, c"tlh".as_ptr())
    }),
    ("voice_engine_voices", "list", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_engine_voices(Some(&objects.engine), null(), None) })
    }),
    ("voice_tts_voice_list_free", "list", "NULL", Ok, |_| {
        done(|| unsafe { voice_tts_voice_list_free(null_mut()) })
    }),
    ("voice_stt_open", "engine", "NULL", ArgumentNull, |_| {
        unwritten(|stt| code(unsafe { voice_stt_open(None, null(), Some(stt)) }))
    }),
    ("voice_stt_open", "options", "wrong size", ArgumentInvalid, |objects| {
        open_stt(objects, &voice_stt_options { struct_size: u32::MAX, ..options() })
    }),
    ("voice_stt_open", "options", "no language", OptionInvalid, |objects| {
        open_stt(objects, &voice_stt_options { language: c"?".as_ptr(), ..options() })
    }),
    ("voice_stt_open", "options", "not spoken", ModelNotFound, |objects| {
        open_stt(objects, &voice_stt_options { language: c"tlh".as_ptr(), ..options() })
    }),
    ("voice_stt_open", "stt", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_stt_open(Some(&objects.engine), null(), None) })
    }),
    ("voice_stt_push", "stt", "NULL", ArgumentNull, |_| code(unsafe { voice_stt_push(None, null(), 0) })),
    ("voice_stt_push", "audio", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_stt_push(objects.stt, null(), 2) })
    }),
    ("voice_stt_push", "len", "impossible", ArgumentInvalid, |objects| {
        code(unsafe { voice_stt_push(objects.stt, dangling::<c_void>(), usize::MAX) })
    }),
    ("voice_stt_push", "len", "too long", MessageTooLarge, |objects| {
        code(unsafe { voice_stt_push(objects.stt, dangling::<c_void>(), 17 << 20) })
    }),
    ("voice_stt_push_i16", "stt", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_stt_push_i16(None, null(), 0) })
    }),
    ("voice_stt_push_f32", "stt", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_stt_push_f32(None, null(), 0) })
    }),
    ("voice_stt_push_i16", "audio", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_stt_push_i16(objects.stt, null(), 2) })
    }),
    ("voice_stt_push_i16", "samples", "impossible", ArgumentInvalid, |objects| {
        code(unsafe { voice_stt_push_i16(objects.stt, dangling::<i16>(), usize::MAX) })
    }),
    ("voice_stt_push_i16", "samples", "too many", MessageTooLarge, |objects| {
        code(unsafe { voice_stt_push_i16(objects.stt, dangling::<i16>(), 9 << 20) })
    }),
    ("voice_stt_push_f32", "audio", "of another encoding", voice_code::AudioFormatUnsupported, |objects| {
        code(unsafe { voice_stt_push_f32(objects.stt, null(), 2) })
    }),
    ("voice_stt_push_f32", "samples", "of another encoding", voice_code::AudioFormatUnsupported, |objects| {
        code(unsafe { voice_stt_push_f32(objects.stt, dangling::<f32>(), usize::MAX) })
    }),
    ("voice_stt_flush", "stt", "NULL", ArgumentNull, |_| code(unsafe { voice_stt_flush(None) })),
    ("voice_stt_finish", "stt", "NULL", ArgumentNull, |_| code(unsafe { voice_stt_finish(None) })),
    ("voice_stt_next", "stt", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_stt_next(None, Some(&mut MaybeUninit::uninit())) })
    }),
    ("voice_stt_next", "event", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_stt_next(objects.stt, None) })
    }),
    ("voice_stt_update", "stt", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_stt_update(None, None, null(), 0) })
    }),
    ("voice_stt_update", "engine", "NULL", ArgumentNull, |objects| {
        let options = voice_stt_options { language: c"ar".as_ptr(), ..options() };
        let fields = voice_stt_field::Language as u32;
        code(unsafe { voice_stt_update(objects.stt, None, &raw const options, fields) })
    }),
    ("voice_stt_update", "options", "wrong size", ArgumentInvalid, |objects| {
        let options = voice_stt_options { struct_size: 2, ..options() };
        code(unsafe { voice_stt_update(objects.stt, None, &raw const options, 0) })
    }),
    ("voice_stt_update", "fields", "unknown", voice_code::Unsupported, |objects| {
        code(unsafe { voice_stt_update(objects.stt, None, null(), 1 << 31) })
    }),
    ("voice_stt_free", "stt", "NULL", Ok, |_| done(|| voice_stt_free(None))),
    ("voice_tts_open", "engine", "NULL", ArgumentNull, |_| {
        unwritten(|tts| code(unsafe { voice_tts_open(None, null(), Some(tts)) }))
    }),
    ("voice_tts_open", "options", "wrong size", ArgumentInvalid, |objects| {
        open_tts(objects, &voice_tts_options { struct_size: 2, ..options() })
    }),
    ("voice_tts_open", "options", "too quiet", OptionInvalid, |objects| {
        open_tts(objects, &voice_tts_options { loudness: -50.0, ..options() })
    }),
    ("voice_tts_open", "options", "too much kept", OptionInvalid, |objects| {
        open_tts(objects, &voice_tts_options { kept_ms: 600_001, ..options() })
    }),
    ("voice_tts_open", "options", "no number", OptionInvalid, |objects| {
        open_tts(objects, &voice_tts_options { volume: f32::NAN, ..options() })
    }),
    ("voice_tts_open", "options", "no such speaker", OptionInvalid, |objects| {
        open_tts(objects, &voice_tts_options { speaker: 1_000, ..options() })
    }),
    ("voice_tts_open", "options", "no such voice", ModelNotFound, |objects| {
        open_tts(objects, &voice_tts_options { voice: c"nobody".as_ptr(), ..options() })
    }),
    ("voice_tts_open", "tts", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_tts_open(Some(&objects.engine), null(), None) })
    }),
    ("voice_tts_push", "tts", "NULL", ArgumentNull, |_| code(unsafe { voice_tts_push(None, null(), 0) })),
    ("voice_tts_push", "text", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_tts_push(objects.tts, null(), 2) })
    }),
    ("voice_tts_push", "text", "not UTF-8", ArgumentInvalid, |objects| {
        code(unsafe { voice_tts_push(objects.tts, c"\xff".as_ptr(), 1) })
    }),
    ("voice_tts_push", "text", "a lone surrogate", ArgumentInvalid, |objects| {
        code(unsafe { voice_tts_push(objects.tts, c"\xed\xa0\x80".as_ptr(), 3) })
    }),
    ("voice_tts_push", "len", "impossible", ArgumentInvalid, |objects| {
        code(unsafe { voice_tts_push(objects.tts, dangling(), usize::MAX) })
    }),
    ("voice_tts_push", "len", "too long", voice_code::TextTooLarge, |objects| {
        code(unsafe { voice_tts_push(objects.tts, dangling(), 2 << 20) })
    }),
    ("voice_tts_push_ssml", "tts", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_tts_push_ssml(None, null(), 0) })
    }),
    ("voice_tts_push_ssml", "document", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_tts_push_ssml(objects.tts, null(), 2) })
    }),
    ("voice_tts_push_ssml", "document", "not UTF-8", ArgumentInvalid, |objects| {
        code(unsafe { voice_tts_push_ssml(objects.tts, c"\xff".as_ptr(), 1) })
    }),
    ("voice_tts_push_ssml", "document", "no SSML", voice_code::SsmlInvalid, |objects| {
        code(unsafe { voice_tts_push_ssml(objects.tts, c"<a".as_ptr(), 2) })
    }),
    ("voice_tts_push_ssml", "len", "impossible", ArgumentInvalid, |objects| {
        code(unsafe { voice_tts_push_ssml(objects.tts, dangling(), usize::MAX) })
    }),
    ("voice_tts_flush", "tts", "NULL", ArgumentNull, |_| code(unsafe { voice_tts_flush(None) })),
    ("voice_tts_finish", "tts", "NULL", ArgumentNull, |_| code(unsafe { voice_tts_finish(None) })),
    ("voice_tts_next", "tts", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_tts_next(None, Some(&mut MaybeUninit::uninit())) })
    }),
    ("voice_tts_next", "event", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_tts_next(objects.tts, None) })
    }),
    ("voice_tts_cancel", "tts", "NULL", ArgumentNull, |_| code(unsafe { voice_tts_cancel(None) })),
    ("voice_tts_played", "tts", "NULL", ArgumentNull, |_| code(unsafe { voice_tts_played(None, 1) })),
    ("voice_tts_played", "ms", "beyond the audio", Ok, |objects| {
        code(unsafe { voice_tts_played(objects.tts, u64::MAX) })
    }),
    ("voice_tts_heard", "tts", "NULL", ArgumentNull, |_| {
        let (mut ms, mut text) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        code(unsafe { voice_tts_heard(None, Some(&mut ms), Some(&mut text)) })
    }),
    ("voice_tts_heard", "ms", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_tts_heard(objects.tts, None, Some(&mut MaybeUninit::uninit())) })
    }),
    ("voice_tts_heard", "text", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_tts_heard(objects.tts, Some(&mut MaybeUninit::uninit()), None) })
    }),
    ("voice_tts_pause", "tts", "NULL", ArgumentNull, |_| code(unsafe { voice_tts_pause(None) })),
    ("voice_tts_resume", "tts", "NULL", ArgumentNull, |_| code(unsafe { voice_tts_resume(None) })),
    ("voice_tts_explain", "tts", "NULL", ArgumentNull, |_| {
        unwritten(|out| code(unsafe { voice_tts_explain(None, null(), 0, 0, Some(out)) }))
    }),
    ("voice_tts_explain", "text", "NULL", ArgumentNull, |objects| explain(objects, null(), 2, 0)),
    ("voice_tts_explain", "text", "not UTF-8", ArgumentInvalid, |objects| {
        explain(objects, c"\xff".as_ptr(), 1, 0)
    }),
    ("voice_tts_explain", "text", "no SSML", voice_code::SsmlInvalid, |objects| {
        explain(objects, c"<a".as_ptr(), 2, 1)
    }),
    ("voice_tts_explain", "len", "impossible", ArgumentInvalid, |objects| {
        explain(objects, dangling(), usize::MAX, 0)
    }),
    ("voice_tts_explain", "len", "too long", voice_code::TextTooLarge, |objects| {
        explain(objects, dangling(), 2 << 20, 0)
    }),
    ("voice_tts_explain", "is_ssml", "no flag", OptionInvalid, |objects| {
        explain(objects, c"a".as_ptr(), 1, 2)
    }),
    ("voice_tts_explain", "explanation", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_tts_explain(objects.tts, null(), 0, 0, None) })
    }),
    ("voice_tts_explanation_free", "explanation", "NULL", Ok, |_| {
        done(|| unsafe { voice_tts_explanation_free(null_mut()) })
    }),
    ("voice_tts_update", "tts", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_tts_update(None, None, null(), 0) })
    }),
    ("voice_tts_update", "engine", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_tts_update(objects.tts, None, null(), voice_tts_field::Voice as u32) })
    }),
    ("voice_tts_update", "options", "wrong size", ArgumentInvalid, |objects| {
        let options = voice_tts_options { struct_size: 2, ..options() };
        code(unsafe { voice_tts_update(objects.tts, None, &raw const options, 0) })
    }),
    ("voice_tts_update", "options", "no number", OptionInvalid, |objects| {
        let options = voice_tts_options { speed: f32::NAN, ..options() };
        let fields = voice_tts_field::Speed as u32;
        code(unsafe { voice_tts_update(objects.tts, None, &raw const options, fields) })
    }),
    ("voice_tts_update", "fields", "unknown", voice_code::Unsupported, |objects| {
        code(unsafe { voice_tts_update(objects.tts, None, null(), 1 << 31) })
    }),
    ("voice_tts_free", "tts", "NULL", Ok, |_| done(|| voice_tts_free(None))),
    ("voice_dialog_open", "engine", "NULL", ArgumentNull, |_| {
        unwritten(|dialog| code(unsafe { voice_dialog_open(None, null(), Some(dialog)) }))
    }),
    ("voice_dialog_open", "options", "wrong size", ArgumentInvalid, |objects| {
        open_dialog(objects, &voice_dialog_options { struct_size: 2, ..options() })
    }),
    ("voice_dialog_open", "options", "out of range", OptionInvalid, |objects| {
        open_dialog(objects, &voice_dialog_options { idle_ms: 1, ..options() })
    }),
    ("voice_dialog_open", "options", "stt of a wrong size", ArgumentInvalid, |objects| {
        let stt = voice_stt_options { struct_size: 2, ..options() };
        open_dialog(objects, &voice_dialog_options { stt: &raw const stt, ..options() })
    }),
    ("voice_dialog_open", "options", "tts out of range", OptionInvalid, |objects| {
        let tts = voice_tts_options { loudness: -50.0, ..options() };
        open_dialog(objects, &voice_dialog_options { tts: &raw const tts, ..options() })
    }),
    ("voice_dialog_open", "options", "words without a list", ArgumentNull, |objects| {
        open_dialog(objects, &voice_dialog_options { stop_words_len: 1, ..options() })
    }),
    ("voice_dialog_open", "dialog", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_dialog_open(Some(&objects.engine), null(), None) })
    }),
    ("voice_dialog_push", "dialog", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_dialog_push(None, null(), 0) })
    }),
    ("voice_dialog_push", "audio", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_dialog_push(objects.dialog, null(), 2) })
    }),
    ("voice_dialog_push", "len", "impossible", ArgumentInvalid, |objects| {
        code(unsafe { voice_dialog_push(objects.dialog, dangling::<c_void>(), usize::MAX) })
    }),
    ("voice_dialog_push", "len", "too long", MessageTooLarge, |objects| {
        code(unsafe { voice_dialog_push(objects.dialog, dangling::<c_void>(), 17 << 20) })
    }),
    ("voice_dialog_push_i16", "dialog", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_dialog_push_i16(None, null(), 0) })
    }),
    ("voice_dialog_push_i16", "audio", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_dialog_push_i16(objects.dialog, null(), 2) })
    }),
    ("voice_dialog_push_i16", "samples", "impossible", ArgumentInvalid, |objects| {
        code(unsafe { voice_dialog_push_i16(objects.dialog, dangling::<i16>(), usize::MAX) })
    }),
    ("voice_dialog_push_f32", "dialog", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_dialog_push_f32(None, null(), 0) })
    }),
    ("voice_dialog_push_f32", "audio", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_dialog_push_f32(objects.dialog, null(), 2) })
    }),
    (
        "voice_dialog_push_f32",
        "samples",
        "of another encoding",
        voice_code::AudioFormatUnsupported,
        |objects| code(unsafe { voice_dialog_push_f32(objects.dialog, null(), 0) }),
    ),
    ("voice_dialog_listen", "dialog", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_dialog_listen(None, 0) })
    }),
    ("voice_dialog_listen", "wait_ms", "none", Ok, |objects| {
        code(unsafe { voice_dialog_listen(objects.dialog, 0) })
    }),
    ("voice_dialog_speak", "dialog", "NULL", ArgumentNull, |_| code(unsafe { voice_dialog_speak(None, 0) })),
    ("voice_dialog_speak", "wait_ms", "none", Ok, |objects| {
        code(unsafe { voice_dialog_speak(objects.dialog, 0) })
    }),
    ("voice_dialog_next", "dialog", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_dialog_next(None, 0, Some(&mut MaybeUninit::uninit())) })
    }),
    ("voice_dialog_next", "wait_ms", "huge, with an event", Ok, |objects| {
        code(unsafe { voice_dialog_next(objects.dialog, u32::MAX, Some(&mut MaybeUninit::uninit())) })
    }),
    ("voice_dialog_next", "event", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_dialog_next(objects.dialog, 0, None) })
    }),
    ("voice_dialog_say", "dialog", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_dialog_say(None, c"a".as_ptr(), null(), 0, 0) })
    }),
    ("voice_dialog_say", "id", "NULL", ArgumentNull, |objects| say(objects, null(), null(), 0, 0)),
    ("voice_dialog_say", "id", "not UTF-8", ArgumentInvalid, |objects| {
        say(objects, c"\xff".as_ptr(), null(), 0, 0)
    }),
    ("voice_dialog_say", "text", "NULL", ArgumentNull, |objects| say(objects, c"a".as_ptr(), null(), 2, 0)),
    ("voice_dialog_say", "text", "not UTF-8", ArgumentInvalid, |objects| {
        say(objects, c"a".as_ptr(), c"\xff".as_ptr(), 1, 0)
    }),
    ("voice_dialog_say", "len", "impossible", ArgumentInvalid, |objects| {
        say(objects, c"a".as_ptr(), dangling(), usize::MAX, 0)
    }),
    ("voice_dialog_say", "len", "too long", voice_code::TextTooLarge, |objects| {
        say(objects, c"a".as_ptr(), dangling(), 2 << 20, 0)
    }),
    ("voice_dialog_say", "flags", "unknown", voice_code::Unsupported, |objects| {
        say(objects, c"a".as_ptr(), null(), 0, 1 << 31)
    }),
    ("voice_dialog_say", "flags", "an open document", OptionInvalid, |objects| {
        say(objects, c"a".as_ptr(), null(), 0, 3)
    }),
    ("voice_dialog_append", "dialog", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_dialog_append(None, c"a".as_ptr(), null(), 0) })
    }),
    ("voice_dialog_append", "id", "not open", OptionInvalid, |objects| {
        append(objects, c"a".as_ptr(), null(), 0)
    }),
    ("voice_dialog_append", "text", "NULL", ArgumentNull, |objects| {
        append(objects, c"a".as_ptr(), null(), 2)
    }),
    ("voice_dialog_append", "len", "impossible", ArgumentInvalid, |objects| {
        append(objects, c"a".as_ptr(), dangling(), usize::MAX)
    }),
    ("voice_dialog_flush", "dialog", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_dialog_flush(None, c"a".as_ptr()) })
    }),
    ("voice_dialog_flush", "id", "not open", OptionInvalid, |objects| {
        code(unsafe { voice_dialog_flush(objects.dialog, c"a".as_ptr()) })
    }),
    ("voice_dialog_clear", "dialog", "NULL", ArgumentNull, |_| code(unsafe { voice_dialog_clear(None) })),
    ("voice_dialog_played", "dialog", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_dialog_played(None, 0, 1) })
    }),
    ("voice_dialog_played", "run", "unknown", Ok, |objects| {
        code(unsafe { voice_dialog_played(objects.dialog, u32::MAX, 1) })
    }),
    ("voice_dialog_played", "ms", "beyond the audio", Ok, |objects| {
        code(unsafe { voice_dialog_played(objects.dialog, 0, u64::MAX) })
    }),
    ("voice_dialog_expect", "dialog", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_dialog_expect(None, null()) })
    }),
    ("voice_dialog_expect", "options", "wrong size", ArgumentInvalid, |objects| {
        let options = voice_expect_options { struct_size: 2, ..options() };
        code(unsafe { voice_dialog_expect(objects.dialog, &raw const options) })
    }),
    ("voice_dialog_expect", "options", "no phrases", OptionInvalid, |objects| {
        let options = voice_expect_options { expect: voice_expect::Phrases as u32, ..options() };
        code(unsafe { voice_dialog_expect(objects.dialog, &raw const options) })
    }),
    ("voice_dialog_finalize", "dialog", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_dialog_finalize(None) })
    }),
    ("voice_dialog_confirm", "dialog", "NULL", ArgumentNull, |_| code(unsafe { voice_dialog_confirm(None) })),
    ("voice_dialog_reject", "dialog", "NULL", ArgumentNull, |_| code(unsafe { voice_dialog_reject(None) })),
    ("voice_dialog_finish", "dialog", "NULL", ArgumentNull, |_| code(unsafe { voice_dialog_finish(None) })),
    ("voice_dialog_free", "dialog", "NULL", Ok, |_| done(|| voice_dialog_free(None))),
    ("voice_store_open", "options", "NULL", OptionInvalid, |_| open_store(null())),
    ("voice_store_open", "options", "wrong size", ArgumentInvalid, |_| {
        open_store(&voice_store_options { struct_size: 4, ..options() })
    }),
    ("voice_store_open", "options", "not UTF-8", ArgumentInvalid, |_| {
        open_store(&voice_store_options { folder: c"\xff".as_ptr(), ..options() })
    }),
    ("voice_store_open", "options", "no flag", OptionInvalid, |_| {
        open_store(&voice_store_options { folder: c"f".as_ptr(), offline: 2, ..options() })
    }),
    ("voice_store_open", "store", "NULL", ArgumentNull, |_| code(unsafe { voice_store_open(null(), None) })),
    ("voice_store_pull", "store", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_store_pull(None, c"x".as_ptr(), None, null_mut()) })
    }),
    ("voice_store_pull", "name", "NULL", ArgumentNull, |objects| pull(objects, null())),
    ("voice_store_pull", "name", "not UTF-8", ArgumentInvalid, |objects| pull(objects, c"\xff".as_ptr())),
    ("voice_store_pull", "name", "unknown", ModelNotFound, |objects| pull(objects, c"../etc".as_ptr())),
    ("voice_store_pull", "callback", "NULL", Offline, |objects| pull(objects, KNOWN.as_ptr())),
    ("voice_store_pull", "userdata", "garbage", Offline, |objects| {
        code(unsafe { voice_store_pull(Some(&objects.store), KNOWN.as_ptr(), None, dangling_mut()) })
    }),
    ("voice_store_verify", "store", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_store_verify(None, c"x".as_ptr()) })
    }),
    ("voice_store_verify", "name", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_store_verify(Some(&objects.store), null()) })
    }),
    ("voice_store_verify", "name", "not here", ModelNotFound, |objects| {
        code(unsafe { voice_store_verify(Some(&objects.store), KNOWN.as_ptr()) })
    }),
    ("voice_store_remove", "store", "NULL", ArgumentNull, |_| {
        code(unsafe { voice_store_remove(None, c"x".as_ptr()) })
    }),
    ("voice_store_remove", "name", "NULL", ArgumentNull, |objects| {
        code(unsafe { voice_store_remove(Some(&objects.store), null()) })
    }),
    ("voice_store_remove", "name", "unknown", ModelNotFound, |objects| {
        code(unsafe { voice_store_remove(Some(&objects.store), c"/".as_ptr()) })
    }),
    ("voice_store_list", "store", "NULL", ArgumentNull, |_| {
        unwritten(|list| code(voice_store_list(None, Some(list))))
    }),
    ("voice_store_list", "list", "NULL", ArgumentNull, |objects| {
        code(voice_store_list(Some(&objects.store), None))
    }),
    ("voice_model_list_free", "list", "NULL", Ok, |_| done(|| unsafe { voice_model_list_free(null_mut()) })),
    ("voice_store_free", "store", "NULL", Ok, |_| done(|| voice_store_free(None))),
    ("voice_log_set", "callback", "NULL", Ok, |_| code(unsafe { voice_log_set(None, null_mut(), 0) })),
    ("voice_log_set", "userdata", "garbage", Ok, |_| code(unsafe { voice_log_set(None, dangling_mut(), 0) })),
    ("voice_log_set", "level", "garbage", OptionInvalid, |_| {
        code(unsafe { voice_log_set(None, null_mut(), u32::MAX) })
    }),
];

/// A model of the built-in manifest that is not installed.
const KNOWN: &CStr = c"vosk-model-ar-0.22-linto-1.1.0";

fn pull(objects: &Objects, name: *const c_char) -> voice_code {
    // SAFETY: `name` is NULL or a literal.
    code(unsafe { voice_store_pull(Some(&objects.store), name, None, null_mut()) })
}

fn says(text: *const c_char, expected: &CStr) -> voice_code {
    // SAFETY: static texts of the library.
    assert_eq!(unsafe { CStr::from_ptr(text) }, expected);
    Ok
}

/// A function without a code: returning is success.
fn done(call: impl FnOnce()) -> voice_code {
    call();
    Ok
}

#[test]
fn wrong_arguments_return_codes() {
    let Some(objects) = Objects::new() else { return };
    for (function, parameter, what, expected, call) in TABLE {
        assert_eq!(call(&objects), *expected, "{function}({parameter}: {what})");
    }
}

#[test]
fn table_covers_every_parameter() {
    let header = header::generate();
    let declared = header::parameters(&header);
    assert!(declared.len() > 50, "{declared:?}");
    for (function, parameter) in &declared {
        let is_it = |row: &&(&str, &str, &str, voice_code, Call)| (row.0, row.1) == (function, parameter);
        assert!(TABLE.iter().any(|row| is_it(&row)), "{function} is not tried with a wrong {parameter}");
    }
    for (function, parameter, ..) in TABLE {
        let name = ((*function).to_owned(), (*parameter).to_owned());
        assert!(declared.contains(&name), "{name:?} is not in the header");
    }
}

#[cfg(not(feature = "vosk"))]
#[test]
fn build_without_engines_is_reported() {
    // Another crate of the same build may enable the engine.
    let code = open(&voice_engine_options { stt_model: c"no/such/model".as_ptr(), ..options() });
    assert!(matches!(code, voice_code::EngineUnavailable | ModelNotFound), "{code:?}");
}
