//! Calls of the C interface for engines and recognition, in any order: each gets an answer, and none is a fault of the
//! library.

#![no_main]
#![expect(unsafe_code, reason = "this is a host of the C interface")]

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::ptr::{NonNull, null};

use voice::{
    voice_code, voice_engine, voice_engine_free, voice_engine_health, voice_engine_open,
    voice_engine_options, voice_error, voice_error_code, voice_health_free, voice_stt, voice_stt_finish,
    voice_stt_flush, voice_stt_free, voice_stt_next, voice_stt_open, voice_stt_options, voice_stt_push,
    voice_stt_update, voice_text,
};
use voice_fuzz::target;

const MODEL: &CStr = {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/ar-commands\0");
    match CStr::from_bytes_with_nul(path.as_bytes()) {
        Ok(path) => path,
        Err(_) => panic!("a path ends with its only NUL"),
    }
};

/// Sessions at once.
const MAX: usize = 3;

#[derive(Default)]
struct Host {
    engine: Option<Box<voice_engine>>,
    sessions: Vec<NonNull<voice_stt>>,
}

impl Drop for Host {
    fn drop(&mut self) {
        self.sessions.drain(..).for_each(free);
        voice_engine_free(self.engine.take());
    }
}

fn free(session: NonNull<voice_stt>) {
    // SAFETY: a box of the library's own, freed once.
    voice_stt_free(Some(unsafe { Box::from_raw(session.as_ptr()) }));
}

#[expect(clippy::needless_pass_by_value, reason = "it frees the error")]
fn code(error: Option<Box<voice_error>>) -> voice_code {
    voice_error_code(error.as_deref())
}

impl Host {
    /// The call that `what` stands for, with `with` as its argument.
    fn call(&mut self, what: u8, with: u8) -> voice_code {
        let session = self.sessions.get(usize::from(with) % (MAX + 1)).copied();
        match what % 10 {
            0 => self.open_engine(),
            1 => {
                voice_engine_free(self.engine.take());
                voice_code::Ok
            }
            2 => self.open_session(with),
            // SAFETY: NULL or a session that lives; the audio is as long as it says.
            3 => code(unsafe {
                let audio = vec![with; usize::from(with) * 40];
                voice_stt_push(session, audio.as_ptr().cast(), audio.len())
            }),
            // SAFETY: NULL or a session that lives.
            4 => code(unsafe { voice_stt_flush(session) }),
            // SAFETY: the same.
            5 => code(unsafe { voice_stt_finish(session) }),
            6 => {
                let mut event = MaybeUninit::new(null());
                // SAFETY: the same; the event is initialised above, and lent until the next call.
                unsafe {
                    let code = code(voice_stt_next(session, Some(&mut event)));
                    if let Some(event) = event.assume_init().as_ref() {
                        assert!(
                            event.text.ptr.is_null() || *event.text.ptr.add(event.text.len) == 0,
                            "no NUL"
                        );
                    }
                    code
                }
            }
            8 => self.update(session, with),
            7 => {
                if !self.sessions.is_empty() {
                    free(self.sessions.swap_remove(usize::from(with) % self.sessions.len()));
                }
                voice_code::Ok
            }
            _ => {
                let mut health = MaybeUninit::uninit();
                let code = code(voice_engine_health(self.engine.as_deref(), Some(&mut health)));
                if code == voice_code::Ok {
                    // SAFETY: written on success, and freed once.
                    unsafe { voice_health_free(health.assume_init()) };
                }
                code
            }
        }
    }

    fn open_engine(&mut self) -> voice_code {
        // SAFETY: all-zero bytes are valid options.
        let mut options: voice_engine_options = unsafe { MaybeUninit::zeroed().assume_init() };
        options.struct_size = size_of::<voice_engine_options>() as u32;
        options.stt_model = MODEL.as_ptr();
        let mut engine = MaybeUninit::uninit();
        // SAFETY: whole options, whose string ends.
        let code = code(unsafe { voice_engine_open(&raw const options, Some(&mut engine)) });
        if code == voice_code::Ok {
            // SAFETY: written on success. Sessions outlive the engine that this one takes the place of.
            voice_engine_free(self.engine.replace(unsafe { Box::from_raw(engine.assume_init()) }));
        }
        code
    }

    /// Updates the fields that `with` names, to values that depend on it.
    fn update(&mut self, session: Option<NonNull<voice_stt>>, with: u8) -> voice_code {
        // SAFETY: all-zero bytes are valid options.
        let mut options: voice_stt_options = unsafe { MaybeUninit::zeroed().assume_init() };
        options.struct_size = size_of::<voice_stt_options>() as u32;
        options.words = u32::from(with & 1);
        options.max_alternatives = u32::from(with % 13);
        options.silence_ms = u32::from(with) * 10;
        options.language = if with & 2 == 0 { c"ar".as_ptr() } else { c"en".as_ptr() };
        let phrase = voice_text { ptr: c"فتح".as_ptr(), len: c"فتح".count_bytes() };
        (options.grammar, options.grammar_len) = (&raw const phrase, u32::from(with >> 3 & 1));
        let engine = self.engine.as_deref();
        // SAFETY: NULL or a session that lives; whole options, with one phrase or none, and a string that ends.
        code(unsafe { voice_stt_update(session, engine, &raw const options, u32::from(with) >> 2) })
    }

    fn open_session(&mut self, with: u8) -> voice_code {
        if self.sessions.len() == MAX {
            return voice_code::Ok;
        }
        // SAFETY: all-zero bytes are valid options.
        let mut options: voice_stt_options = unsafe { MaybeUninit::zeroed().assume_init() };
        options.struct_size = size_of::<voice_stt_options>() as u32;
        options.sample_rate = u32::from(with) * 300;
        options.vad = u32::from(with & 1);
        options.words = u32::from(with & 2);
        let mut session = MaybeUninit::uninit();
        let engine = self.engine.as_deref();
        // SAFETY: whole options.
        let code = code(unsafe { voice_stt_open(engine, &raw const options, Some(&mut session)) });
        if code == voice_code::Ok {
            // SAFETY: written on success.
            self.sessions.extend(NonNull::new(unsafe { session.assume_init() }));
        }
        code
    }
}

/// A call is two bytes.
fn seeds() -> [Vec<u8>; 4] {
    [
        vec![0, 0, 2, 53, 3, 200, 6, 0, 5, 0, 6, 0, 7, 0],
        vec![0, 0, 2, 53, 1, 0, 3, 200, 4, 0, 6, 0, 6, 0],
        vec![0, 0, 2, 53, 8, 36, 3, 200, 8, 16, 8, 60, 4, 0, 6, 0, 6, 0, 3, 200, 5, 0],
        vec![2, 53, 9, 0, 0, 0, 9, 0, 2, 54, 2, 57, 3, 1, 5, 1, 3, 1],
    ]
}

target!(seeds(), [], |data: &[u8]| {
    let mut host = Host::default();
    for &[what, with] in data.as_chunks().0.iter().take(64) {
        let code = host.call(what, with);
        assert!(code != voice_code::Internal && code != voice_code::EngineFailed, "{code:?}");
    }
});
