//! Calls of the C interface for engines, recognition, speech and dialogs, in any order: each gets an answer, and none is
//! a fault of the library. Speech needs espeak-ng; without it, its calls and those of dialogs have no session.

#![no_main]
#![expect(unsafe_code, reason = "this is a host of the C interface")]

use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;
use std::ptr::{NonNull, null};
use std::sync::LazyLock;

use voice::{
    voice_code, voice_dialog, voice_dialog_append, voice_dialog_clear, voice_dialog_confirm,
    voice_dialog_event_type, voice_dialog_expect, voice_dialog_finalize, voice_dialog_finish,
    voice_dialog_flush, voice_dialog_free, voice_dialog_listen, voice_dialog_next, voice_dialog_open,
    voice_dialog_options, voice_dialog_played, voice_dialog_push, voice_dialog_reject, voice_dialog_say,
    voice_dialog_speak, voice_engine, voice_engine_free, voice_engine_health, voice_engine_open,
    voice_engine_options, voice_error, voice_error_code, voice_expect_options, voice_health_free,
    voice_model_choice, voice_stt, voice_stt_finish, voice_stt_flush, voice_stt_free, voice_stt_next,
    voice_stt_open, voice_stt_options, voice_stt_push, voice_stt_update, voice_text, voice_tts,
    voice_tts_cancel, voice_tts_event_type, voice_tts_finish, voice_tts_flush, voice_tts_free,
    voice_tts_heard, voice_tts_next, voice_tts_open, voice_tts_options, voice_tts_pause, voice_tts_played,
    voice_tts_push, voice_tts_resume, voice_tts_update,
};
use voice_fuzz::target;

const MODEL: &CStr = {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/ar-commands\0");
    match CStr::from_bytes_with_nul(path.as_bytes()) {
        Ok(path) => path,
        Err(_) => panic!("a path ends with its only NUL"),
    }
};

/// Whether espeak-ng is installed.
static CAN_SPEAK: LazyLock<bool> = LazyLock::new(|| {
    let engine = open(null(), true);
    engine.map(|engine| voice_engine_free(Some(engine))).is_ok()
});

/// Kinds of calls.
const KINDS: u8 = 34;

/// Sessions of a kind at once.
const MAX: usize = 3;

#[derive(Default)]
struct Host {
    engine: Option<Box<voice_engine>>,
    sessions: Vec<NonNull<voice_stt>>,
    speaking: Vec<NonNull<voice_tts>>,
    dialog: Option<NonNull<voice_dialog>>,
}

impl Drop for Host {
    fn drop(&mut self) {
        self.sessions.drain(..).for_each(free);
        self.speaking.drain(..).for_each(free_tts);
        self.free_dialog();
        voice_engine_free(self.engine.take());
    }
}

fn free(session: NonNull<voice_stt>) {
    // SAFETY: a box of the library's own, freed once.
    voice_stt_free(Some(unsafe { Box::from_raw(session.as_ptr()) }));
}

fn free_tts(session: NonNull<voice_tts>) {
    // SAFETY: a box of the library's own, freed once.
    voice_tts_free(Some(unsafe { Box::from_raw(session.as_ptr()) }));
}

/// Opens an engine with the model, or without any, and with espeak-ng if it `speaks`.
fn open(model: *const c_char, speaks: bool) -> Result<Box<voice_engine>, voice_code> {
    let voice = voice_model_choice { model: c"espeak-ng".as_ptr(), language: c"en".as_ptr(), reserved: 0 };
    // SAFETY: all-zero bytes are valid options.
    let mut options: voice_engine_options = unsafe { MaybeUninit::zeroed().assume_init() };
    options.struct_size = size_of::<voice_engine_options>() as u32;
    options.stt_model = model;
    (options.tts, options.tts_len) = (&raw const voice, usize::from(speaks));
    let mut engine = MaybeUninit::uninit();
    // SAFETY: whole options, whose strings end.
    match code(unsafe { voice_engine_open(&raw const options, Some(&mut engine)) }) {
        // SAFETY: written on success.
        voice_code::Ok => Ok(unsafe { Box::from_raw(engine.assume_init()) }),
        code => Err(code),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it frees the error")]
fn code(error: Option<Box<voice_error>>) -> voice_code {
    voice_error_code(error.as_deref())
}

impl Host {
    /// The call that `what` stands for, with `with` as its argument.
    fn call(&mut self, what: u8, with: u8) -> voice_code {
        let session = self.sessions.get(usize::from(with) % (MAX + 1)).copied();
        match what % KINDS {
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
            9 => {
                let mut health = MaybeUninit::uninit();
                let code = code(voice_engine_health(self.engine.as_deref(), Some(&mut health)));
                if code == voice_code::Ok {
                    // SAFETY: written on success, and freed once.
                    unsafe { voice_health_free(health.assume_init()) };
                }
                code
            }
            _ => self.call_tts(what, with),
        }
    }

    /// A call on a session that speaks.
    fn call_tts(&mut self, what: u8, with: u8) -> voice_code {
        let session = self.speaking.get(usize::from(with) % (MAX + 1)).copied();
        match what % KINDS {
            10 => self.open_speaking(),
            // SAFETY: NULL or a session that lives; the text is as long as it says.
            11 => code(unsafe {
                let text = b"One, two. Three. \xd9\x84";
                let text = &text[..usize::from(with) % (text.len() + 1)];
                voice_tts_push(session, text.as_ptr().cast(), text.len())
            }),
            // SAFETY: the same.
            12 => code(unsafe { voice_tts_flush(session) }),
            // SAFETY: the same.
            13 => code(unsafe { voice_tts_finish(session) }),
            14 => {
                let mut event = MaybeUninit::new(null());
                // SAFETY: the same; the event is initialised above, and lent until the next call.
                unsafe {
                    let code = code(voice_tts_next(session, Some(&mut event)));
                    if let Some(event) = event.assume_init().as_ref() {
                        assert!(event.start_ms <= event.end_ms && event.text_start <= event.text_end);
                        let has_audio = event.r#type == voice_tts_event_type::Audio;
                        assert!(event.heard_ms <= event.end_ms && has_audio == (event.audio_len > 0));
                    }
                    code
                }
            }
            // SAFETY: the same.
            15 => code(unsafe { voice_tts_cancel(session) }),
            // SAFETY: the same.
            16 => code(unsafe { voice_tts_played(session, u64::from(with) << (with % 57)) }),
            // SAFETY: the same.
            17 => code(unsafe { voice_tts_pause(session) }),
            // SAFETY: the same.
            18 => code(unsafe { voice_tts_resume(session) }),
            19 => {
                let (mut ms, mut text) = (MaybeUninit::uninit(), MaybeUninit::uninit());
                // SAFETY: all-zero bytes are valid options.
                let mut options: voice_tts_options = unsafe { MaybeUninit::zeroed().assume_init() };
                options.struct_size = size_of::<voice_tts_options>() as u32;
                options.speed = f32::from(with) / 50.0;
                // SAFETY: the same; whole options.
                unsafe {
                    let _ = code(voice_tts_heard(session, Some(&mut ms), Some(&mut text)));
                    let fields = u32::from(with) * 5;
                    code(voice_tts_update(session, self.engine.as_deref(), &raw const options, fields))
                }
            }
            20 => {
                if !self.speaking.is_empty() {
                    free_tts(self.speaking.swap_remove(usize::from(with) % self.speaking.len()));
                }
                voice_code::Ok
            }
            _ => self.call_dialog(what, with),
        }
    }

    /// A call on the dialog.
    fn call_dialog(&mut self, what: u8, with: u8) -> voice_code {
        let (dialog, number) = (self.dialog, u32::from(with));
        let id = if with & 16 == 0 { c"a" } else { c"b" }.as_ptr();
        let text = b"<speak>One, two. Three. \xd9\x84";
        let text = &text[usize::from(with & 1) * 7..usize::from(with).min(text.len()).max(7)];
        let (text, len) = (text.as_ptr().cast(), text.len());
        // SAFETY: NULL or a dialog that lives; ids end with a NUL, texts and audio are as long as they say, options are
        // whole, and an event is read before the next call.
        unsafe {
            match what % KINDS {
                21 => self.open_dialog(with),
                22 => {
                    self.free_dialog();
                    voice_code::Ok
                }
                23 => {
                    let audio = vec![with; usize::from(with) * 40];
                    code(voice_dialog_push(dialog, audio.as_ptr().cast(), audio.len()))
                }
                24 => code(voice_dialog_listen(dialog, 0)),
                25 => code(voice_dialog_speak(dialog, 0)),
                26 => {
                    let mut event = MaybeUninit::new(null());
                    let code = code(voice_dialog_next(dialog, 0, Some(&mut event)));
                    if let Some(event) = event.assume_init().as_ref() {
                        let has_audio = event.r#type == voice_dialog_event_type::Audio;
                        assert!(event.start_ms <= event.end_ms && has_audio == (event.audio_len > 0));
                        assert!(
                            *event.text.ptr.add(event.text.len) == 0 && *event.id.ptr.add(event.id.len) == 0
                        );
                    }
                    code
                }
                27 => code(voice_dialog_say(dialog, id, text, len, number & 15)),
                28 => code(voice_dialog_append(dialog, id, text, len)),
                29 => code(voice_dialog_flush(dialog, id)),
                30 => {
                    let decisions = [voice_dialog_clear, voice_dialog_confirm, voice_dialog_reject];
                    code(decisions[usize::from(with) % 3](dialog))
                }
                31 => code(voice_dialog_played(dialog, number & 3, u64::from(with) << (with % 57))),
                32 => {
                    let mut options: voice_expect_options = MaybeUninit::zeroed().assume_init();
                    options.struct_size = size_of::<voice_expect_options>() as u32;
                    let phrase = voice_text { ptr: c"فتح".as_ptr(), len: c"فتح".count_bytes() };
                    (options.expect, options.grammar) = (number % 5, number >> 3 & 3);
                    (options.phrases, options.phrases_len) = (&raw const phrase, usize::from(with >> 6 & 1));
                    code(voice_dialog_expect(dialog, &raw const options))
                }
                _ => code(if with.trailing_zeros() >= 3 {
                    voice_dialog_finish(dialog)
                } else {
                    voice_dialog_finalize(dialog)
                }),
            }
        }
    }

    fn open_dialog(&mut self, with: u8) -> voice_code {
        if self.dialog.is_some() {
            return voice_code::Ok;
        }
        // SAFETY: all-zero bytes are valid options.
        let mut stt: voice_stt_options = unsafe { MaybeUninit::zeroed().assume_init() };
        stt.struct_size = size_of::<voice_stt_options>() as u32;
        stt.vad = u32::from(with & 1);
        // SAFETY: the same.
        let mut options: voice_dialog_options = unsafe { MaybeUninit::zeroed().assume_init() };
        options.struct_size = size_of::<voice_dialog_options>() as u32;
        options.stt = &raw const stt;
        options.decider = u32::from(with >> 1 & 3);
        options.echo_canceller = u32::from(with >> 3 & 1);
        options.warm_up_ms = -i32::from(with >> 4 & 1);
        let mut dialog = MaybeUninit::uninit();
        let engine = self.engine.as_deref();
        // SAFETY: whole options.
        let code = code(unsafe { voice_dialog_open(engine, &raw const options, Some(&mut dialog)) });
        if code == voice_code::Ok {
            // SAFETY: written on success.
            self.dialog = NonNull::new(unsafe { dialog.assume_init() });
        }
        code
    }

    fn free_dialog(&mut self) {
        // SAFETY: a box of the library's own, freed once.
        voice_dialog_free(self.dialog.take().map(|dialog| unsafe { Box::from_raw(dialog.as_ptr()) }));
    }

    fn open_speaking(&mut self) -> voice_code {
        if self.speaking.len() == MAX {
            return voice_code::Ok;
        }
        let mut session = MaybeUninit::uninit();
        // SAFETY: NULL stands for all defaults.
        let code = code(unsafe { voice_tts_open(self.engine.as_deref(), null(), Some(&mut session)) });
        if code == voice_code::Ok {
            // SAFETY: written on success.
            self.speaking.extend(NonNull::new(unsafe { session.assume_init() }));
        }
        code
    }

    fn open_engine(&mut self) -> voice_code {
        match open(MODEL.as_ptr(), *CAN_SPEAK) {
            // Sessions outlive the engine that this one takes the place of.
            Ok(engine) => {
                voice_engine_free(self.engine.replace(engine));
                voice_code::Ok
            }
            Err(code) => code,
        }
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
fn seeds() -> [Vec<u8>; 7] {
    [
        vec![0, 0, 2, 53, 3, 200, 6, 0, 5, 0, 6, 0, 7, 0],
        vec![0, 0, 2, 53, 1, 0, 3, 200, 4, 0, 6, 0, 6, 0],
        vec![0, 0, 2, 53, 8, 36, 3, 200, 8, 16, 8, 60, 4, 0, 6, 0, 6, 0, 3, 200, 5, 0],
        vec![2, 53, 9, 0, 0, 0, 9, 0, 2, 54, 2, 57, 3, 1, 5, 1, 3, 1],
        vec![
            0, 0, 10, 0, 11, 16, 13, 0, 14, 0, 14, 0, 14, 0, 16, 100, 17, 0, 14, 0, 18, 0, 14, 0, 14, 0, 20,
            0,
        ],
        vec![
            0, 0, 10, 0, 11, 16, 19, 64, 11, 12, 12, 0, 14, 0, 14, 0, 17, 0, 15, 0, 14, 0, 11, 8, 13, 0, 14,
            0,
        ],
        // A dialog that pauses, resumes, is interrupted and goes on.
        vec![
            0, 0, 21, 19, 27, 33, 25, 0, 25, 0, 26, 0, 26, 0, 23, 200, 24, 0, 26, 0, 30, 2, 25, 0, 26, 0, 32,
            73, 33, 1, 24, 0, 26, 0, 27, 34, 28, 9, 29, 0, 25, 0, 31, 100, 30, 0, 33, 8, 22, 0,
        ],
    ]
}

target!(seeds(), [], |data: &[u8]| {
    let mut host = Host::default();
    for &[what, with] in data.as_chunks().0.iter().take(64) {
        let code = host.call(what, with);
        assert!(code != voice_code::Internal && code != voice_code::EngineFailed, "{code:?}");
    }
});
