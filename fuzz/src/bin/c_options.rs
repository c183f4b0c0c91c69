//! The structs that C hosts fill in: any bytes of any length are answered with a session or an error.

#![no_main]
#![expect(unsafe_code, reason = "this is a host of the C interface")]

use std::mem::{MaybeUninit, offset_of};
use std::ptr;
use std::sync::LazyLock;

use voice::{
    voice_code, voice_engine, voice_engine_open, voice_engine_options, voice_error_code, voice_stt_free,
    voice_stt_open, voice_stt_options, voice_text,
};
use voice_fuzz::{settings, target};

/// An engine with the model that ships with the project, which the process keeps.
struct Engine(*mut voice_engine);

// SAFETY: the header says that any thread may use an engine, at once.
unsafe impl Send for Engine {}
// SAFETY: the same.
unsafe impl Sync for Engine {}

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/ar-commands\0");
    let mut options = vec![0; size_of::<voice_engine_options>()];
    put(&mut options, offset_of!(voice_engine_options, stt_model), &model.as_ptr().addr().to_ne_bytes());
    let mut engine = MaybeUninit::uninit();
    let code = open(&mut options, &mut engine);
    assert!(code == voice_code::Ok, "{code:?}");
    // SAFETY: written on success.
    Engine(unsafe { engine.assume_init() })
});

/// Where the options of an engine hold pointers.
const POINTERS: [usize; 13] = [
    offset_of!(voice_engine_options, stt_model),
    offset_of!(voice_engine_options, stt),
    offset_of!(voice_engine_options, tts_voice),
    offset_of!(voice_engine_options, tts),
    offset_of!(voice_engine_options, models_dir),
    offset_of!(voice_engine_options, voices_dir),
    offset_of!(voice_engine_options, manifest),
    offset_of!(voice_engine_options, ca_file),
    offset_of!(voice_engine_options, onnxruntime),
    offset_of!(voice_engine_options, espeak),
    offset_of!(voice_engine_options, tashkeel),
    offset_of!(voice_engine_options, trial),
    offset_of!(voice_engine_options, libvosk),
];

/// Opens an engine with `options`, which get their own length as size.
fn open(options: &mut [u8], engine: &mut MaybeUninit<*mut voice_engine>) -> voice_code {
    let size = options.len() as u32;
    put(options, 0, &size.to_ne_bytes());
    // SAFETY: the struct is as long as it says, and its strings end.
    let error = unsafe { voice_engine_open(options.as_ptr().cast(), Some(engine)) };
    voice_error_code(error.as_deref())
}

/// Writes a field, if the struct is long enough to have it.
fn put(options: &mut [u8], at: usize, field: &[u8]) {
    if let Some(place) = options.get_mut(at..at + field.len()) {
        place.copy_from_slice(field);
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let options = |sizes: [u8; 4], fields: &[u32]| {
        [&sizes[..], &fields.iter().flat_map(|field| field.to_ne_bytes()).collect::<Vec<_>>()].concat()
    };
    vec![
        options([56, 0, 0, 0], &[0, 16_000, 1, 0, 0, 1, 3, 48, 800, 30_000, 5_000, 0, 0, 0]),
        options([24, 0, 0, 0], &[0, 8_000, 2, 1, 1, 0]),
        options([60, 2, 7, 0], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]),
        options([16, 1, 4, 1], &[0, 0, 0, 0, 0x2f70_6d74]),
        options([40, 2, 3, 8], &[0; 10]),
    ]
}

target!(seeds(), ["[unk]", "/tmp", "\0"], |data: &[u8]| {
    let ([size, phrases, length, how], rest) = settings(data);
    let (fields, text) = rest.split_at(rest.len().min(size.into()));
    let text = &text[..text.len().min(length.into())];
    let mut options = vec![0; fields.len().max(4)];
    options[..fields.len()].copy_from_slice(fields);

    if how & 1 == 1 {
        // No folder of that name holds a model.
        let path = [b"/nowhere/", text, b"\0"].concat();
        let at = offset_of!(voice_engine_options, stt_model);
        // Pointers that lead nowhere are no host's.
        for pointer in POINTERS {
            let end = options.len().min(pointer + size_of::<usize>());
            options[pointer.min(end)..end].fill(0);
        }
        // A supervised engine loads its models when it is open: there would be no error to look at.
        put(&mut options, offset_of!(voice_engine_options, supervise), &u32::from(how & 2).to_ne_bytes());
        if options.len() < at + size_of::<usize>() {
            options.truncate(at);
        }
        put(&mut options, at, &path.as_ptr().addr().to_ne_bytes());
        let mut engine = MaybeUninit::uninit();
        let code = open(&mut options, &mut engine);
        assert!(
            !matches!(code, voice_code::Ok | voice_code::Internal),
            "{code:?} for a model that is nowhere"
        );
        return;
    }
    let mut grammar = vec![voice_text { ptr: text.as_ptr().cast(), len: text.len() }; phrases.into()];
    if let Some(last) = grammar.last_mut().filter(|_| how & 8 != 0) {
        *last = voice_text { ptr: ptr::null(), len: how.into() };
    }
    let at = offset_of!(voice_stt_options, grammar);
    let given = if how & 2 == 0 { grammar.as_ptr().addr() } else { 0 };
    // A struct that ends within a pointer would leave a part of it to chance.
    let language = offset_of!(voice_stt_options, language);
    for pointer in [language, at] {
        if (pointer + 1..pointer + size_of::<usize>()).contains(&options.len()) {
            options.truncate(pointer);
        }
    }
    put(&mut options, language, &[0; size_of::<usize>()]);
    put(&mut options, offset_of!(voice_stt_options, grammar_len), &u32::from(phrases).to_ne_bytes());
    put(&mut options, at, &given.to_ne_bytes());
    // Half of the time a size that is right for the bytes, else whatever is not over their length.
    let own = u32::from_ne_bytes([options[0], options[1], options[2], options[3]]) as usize;
    let size = if own > options.len() || how & 4 == 0 { options.len() } else { own };
    put(&mut options, 0, &(size as u32).to_ne_bytes());

    let mut session = MaybeUninit::uninit();
    // SAFETY: the struct is as long as it says; its grammar is NULL or as long as it says.
    let error = unsafe { voice_stt_open(ENGINE.0.as_ref(), options.as_ptr().cast(), Some(&mut session)) };
    let code = voice_error_code(error.as_deref());
    assert!(code != voice_code::Internal && code != voice_code::EngineFailed, "{code:?}");
    if code == voice_code::Ok {
        // SAFETY: written on success, and freed once.
        voice_stt_free(Some(unsafe { Box::from_raw(session.assume_init()) }));
    }
});
