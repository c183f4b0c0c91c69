//! Engines and sessions on the model that ships with the project.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::path::Path;
use std::ptr::NonNull;

use voice::*;

use crate::build::{code, model, options, path};

fn ok(error: Option<Box<voice_error>>) {
    assert_eq!(code(error), voice_code::Ok);
}

fn open(model: &Path) -> Box<voice_engine> {
    let path = path(model);
    let options = voice_engine_options { stt_model: path.as_ptr(), ..options() };
    let mut engine = MaybeUninit::uninit();
    // SAFETY: the options are whole, and the output is a box when written.
    unsafe {
        ok(voice_engine_open(&raw const options, Some(&mut engine)));
        Box::from_raw(engine.assume_init())
    }
}

fn stt(engine: &voice_engine, options: &voice_stt_options) -> Result<NonNull<voice_stt>, voice_code> {
    let mut stt = MaybeUninit::uninit();
    // SAFETY: the options are whole.
    match code(unsafe { voice_stt_open(Some(engine), options, Some(&mut stt)) }) {
        // SAFETY: written on success.
        voice_code::Ok => Ok(NonNull::new(unsafe { stt.assume_init() }).unwrap()),
        code => Err(code),
    }
}

const SECOND: &[u8] = &[0; 32_000];

/// Pushes a second of silence, ends the stream and takes all events.
fn use_up(stt: NonNull<voice_stt>) {
    // SAFETY: the session lives until it is freed here, and only this thread uses it.
    unsafe {
        ok(voice_stt_push(Some(stt), SECOND.as_ptr().cast(), SECOND.len()));
        ok(voice_stt_finish(Some(stt)));
        let mut event = MaybeUninit::new(std::ptr::dangling::<voice_stt_event>());
        while !event.assume_init().is_null() {
            ok(voice_stt_next(Some(stt), Some(&mut event)));
        }
        voice_stt_free(Some(Box::from_raw(stt.as_ptr())));
    }
}

#[test]
fn health_is_a_struct_and_json() {
    let Some(path) = model() else { return };
    let engine = open(&path);
    let mut health = MaybeUninit::uninit();
    ok(voice_engine_health(Some(&engine), Some(&mut health)));
    voice_engine_free(Some(engine));
    // SAFETY: written on success, alive until freed below, and its texts end with a NUL.
    unsafe {
        let view = &*health.assume_init();
        assert_eq!(view.struct_size as usize, size_of::<voice_health>());
        assert_eq!((view.status, view.stt_len, view.tts_len), (voice_status::Healthy, 1, 0));
        assert!(view.tts.is_null());
        let stt = &*view.stt;
        assert_eq!((stt.state, stt.in_use, stt.takes_grammar), (voice_model_state::Ready, 1, 1));
        assert_eq!(CStr::from_ptr(stt.name.ptr), c"ar-commands");
        assert_eq!(CStr::from_ptr(stt.reason.ptr), c"");
        let json = CStr::from_ptr(view.json.ptr).to_str().unwrap();
        assert_eq!(json.len(), view.json.len);
        assert!(json.contains(r#""state":"ready""#), "{json}");
        voice_health_free(health.assume_init());
    }
}

#[test]
fn session_outlives_its_engine() {
    let Some(path) = model() else { return };
    let engine = open(&path);
    let session = stt(&engine, &options()).unwrap();
    voice_engine_free(Some(engine));
    use_up(session);
}

#[test]
fn unsupported_grammar_fails_at_open() {
    let Some(path) = model() else { return };
    let engine = open(&path);
    let phrase = voice_text { ptr: c"unheard-of".as_ptr(), len: 10 };
    for (options, expected) in [
        (
            voice_stt_options { grammar: &raw const phrase, grammar_len: 1, ..options() },
            voice_code::GrammarInvalid,
        ),
        (voice_stt_options { silence_ms: 1, ..options() }, voice_code::OptionInvalid),
        (voice_stt_options { struct_size: 3, ..options() }, voice_code::ArgumentInvalid),
    ] {
        assert_eq!(stt(&engine, &options), Err(expected), "{options:?}");
    }
    // SAFETY: the test passes NULL for the output.
    let refused = unsafe { voice_stt_open(Some(&engine), std::ptr::null(), None) };
    assert_eq!(code(refused), voice_code::ArgumentNull);
}

#[test]
fn one_engine_serves_many_threads() {
    let Some(engine) = crate::build::engine() else { return };
    let open = || stt(&engine, &voice_stt_options { vad: voice_vad::Always as u32, ..options() }).unwrap();
    let shared = Shared(open());
    let work = || {
        use_up(open());
        speak(&engine);
        // All threads share one session: a call succeeds or is busy.
        let mut done = 0;
        for _ in 0..200 {
            // SAFETY: the session is freed when all threads have ended.
            match code(unsafe { voice_stt_push(Some(shared.get()), SECOND.as_ptr().cast(), 320) }) {
                voice_code::Ok => done += 1,
                voice_code::Busy => {}
                other => panic!("{other:?}"),
            }
        }
        done
    };
    let done: u32 = std::thread::scope(|threads| {
        let threads: Vec<_> = (0..8).map(|_| threads.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(done > 0);
    use_up(shared.get());
}

/// A session that all threads call.
struct Shared(NonNull<voice_stt>);

// SAFETY: a session may be called from any thread.
unsafe impl Sync for Shared {}

impl Shared {
    fn get(&self) -> NonNull<voice_stt> {
        self.0
    }
}

/// Speaks a sentence and takes all audio.
fn speak(engine: &voice_engine) {
    let (mut tts, mut event) = (MaybeUninit::uninit(), MaybeUninit::new(std::ptr::null()));
    let mut bytes = 0;
    // SAFETY: the session lives until it is freed here, and only this thread uses it.
    unsafe {
        ok(voice_tts_open(Some(engine), std::ptr::null(), Some(&mut tts)));
        let tts = NonNull::new(tts.assume_init());
        ok(voice_tts_push(tts, c"Hello.".as_ptr(), 6));
        ok(voice_tts_finish(tts));
        loop {
            ok(voice_tts_next(tts, Some(&mut event)));
            let Some(event) = event.assume_init().as_ref() else { break };
            bytes += event.audio_len;
        }
        voice_tts_free(tts.map(|tts| Box::from_raw(tts.as_ptr())));
    }
    assert!(bytes > 1_000, "{bytes}");
}

/// The name in the first event of a session with the voice of that name.
fn speaks_with(engine: &voice_engine, voice: &CStr) -> Result<String, voice_code> {
    let options = voice_tts_options { voice: voice.as_ptr(), ..options() };
    let (mut tts, mut event) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: the options are whole; the session lives until it is freed here.
    unsafe {
        match code(voice_tts_open(Some(engine), &raw const options, Some(&mut tts))) {
            voice_code::Ok => {}
            code => return Err(code),
        }
        let tts = NonNull::new(tts.assume_init());
        ok(voice_tts_next(tts, Some(&mut event)));
        let name = CStr::from_ptr((*event.assume_init()).text.ptr).to_str().unwrap().to_owned();
        voice_tts_free(tts.map(|tts| Box::from_raw(tts.as_ptr())));
        Ok(name)
    }
}

#[test]
fn voices_are_listed_and_chosen_by_name() {
    if crate::build::engine().is_none() {
        return;
    }
    let paths = ["tiny-generic", "tiny-multi"]
        .map(|name| path(&crate::build::root().join(format!("tests/voices/{name}.onnx"))));
    let [first, second] = paths.each_ref().map(|path| voice_model_choice {
        model: path.as_ptr(),
        language: c"en".as_ptr(),
        reserved: 0,
    });
    let tts = [first, second];
    let options = voice_engine_options { tts: tts.as_ptr(), tts_len: tts.len(), ..options() };
    let (mut engine, mut list) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: the options are whole, outputs are written on success, and the list is read before it is freed.
    let (engine, listed) = unsafe {
        ok(voice_engine_open(&raw const options, Some(&mut engine)));
        let engine = Box::from_raw(engine.assume_init());
        ok(voice_engine_voices(Some(&engine), c"en-GB".as_ptr(), Some(&mut list)));
        let list = list.assume_init();
        let voices = std::slice::from_raw_parts((*list).voices, (*list).voices_len);
        let name = |voice: &voice_tts_voice| CStr::from_ptr(voice.name.ptr).to_str().unwrap().to_owned();
        let listed: Vec<_> = voices.iter().map(|voice| (name(voice), voice.speakers_len > 1)).collect();
        voice_tts_voice_list_free(list);
        (engine, listed)
    };
    assert_eq!(listed, [("tiny-generic".to_owned(), false), ("tiny-multi".to_owned(), true)]);
    assert_eq!(speaks_with(&engine, c"tiny-multi").as_deref(), Ok("tiny-multi"));
    assert_eq!(speaks_with(&engine, c"tiny-generic").as_deref(), Ok("tiny-generic"));
    // By the name of its file, as in the health report.
    assert_eq!(speaks_with(&engine, c"tiny-multi.onnx").as_deref(), Ok("tiny-multi"));
    assert_eq!(speaks_with(&engine, c"nobody"), Err(voice_code::ModelNotFound));
}

/// The state of the first speech-to-text model.
fn state(engine: &voice_engine) -> voice_model_state {
    let mut health = MaybeUninit::uninit();
    ok(voice_engine_health(Some(engine), Some(&mut health)));
    // SAFETY: written on success, and alive until freed here.
    unsafe {
        let state = (*(*health.assume_init()).stt).state;
        voice_health_free(health.assume_init());
        state
    }
}

#[test]
fn supervised_engine_opens_at_once() {
    let Some(model) = model() else { return };
    let name = path(&model);
    let options = voice_engine_options { stt_model: name.as_ptr(), supervise: 1, ..options() };
    let mut engine = MaybeUninit::uninit();
    // SAFETY: the options are whole, and the output is a box when written.
    let engine = unsafe {
        ok(voice_engine_open(&raw const options, Some(&mut engine)));
        Box::from_raw(engine.assume_init())
    };
    // A reload returns after the first load and its own.
    ok(voice_engine_reload(Some(&engine)));
    assert_eq!(state(&engine), voice_model_state::Ready);
    use_up(stt(&engine, &crate::build::options()).unwrap());
    voice_engine_free(Some(engine));
}

#[test]
fn failed_reload_keeps_the_model() {
    let Some(model) = model() else { return };
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    copy_folder(&model, &copy);
    let engine = open(&copy);
    ok(voice_engine_reload(Some(&engine)));
    std::fs::write(copy.join("am/final.mdl"), "garbage").unwrap();
    assert_eq!(code(voice_engine_reload(Some(&engine))), voice_code::ModelInvalid);
    use_up(stt(&engine, &options()).unwrap());
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &place);
        } else {
            std::fs::copy(entry.path(), place).unwrap();
        }
    }
}

#[test]
fn update_is_checked_against_the_model() {
    let Some(path) = model() else { return };
    let engine = open(&path);
    let session = stt(&engine, &options()).unwrap();
    let update = |engine: Option<&voice_engine>, options: &voice_stt_options, fields: u32| {
        // SAFETY: the session lives until it is freed below; the options and what they point to live.
        code(unsafe { voice_stt_update(Some(session), engine, options, fields) })
    };
    let phrase = |text: &'static CStr| voice_text { ptr: text.as_ptr(), len: text.count_bytes() };
    let grammar = voice_stt_field::Grammar as u32;
    for (word, expected) in [(c"فتح", voice_code::Ok), (c"zzz", voice_code::GrammarInvalid)] {
        let phrase = phrase(word);
        let given = voice_stt_options { grammar: &raw const phrase, grammar_len: 1, ..options() };
        assert_eq!(update(None, &given, grammar), expected, "{word:?}");
    }
    let language = voice_stt_field::Language as u32;
    let in_language = |tag: &'static CStr| voice_stt_options { language: tag.as_ptr(), ..options() };
    assert_eq!(update(Some(&engine), &in_language(c"ar"), language | grammar), voice_code::Ok);
    assert_eq!(update(Some(&engine), &in_language(c"tlh"), language), voice_code::ModelNotFound);
    assert_eq!(update(Some(&engine), &in_language(c"a b"), language), voice_code::OptionInvalid);
    assert_eq!(update(None, &in_language(c"ar"), language), voice_code::ArgumentNull);
    voice_engine_free(Some(engine));
    assert_eq!(update(None, &options(), grammar), voice_code::Ok, "the engine is not needed");
    use_up(session);
}
