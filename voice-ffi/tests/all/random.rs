//! Calls in random order with random arguments: every call returns.
//!
//! The order is the same in every run. `VOICE_RANDOM_CALLS` sets the number of calls, `VOICE_RANDOM_SEED` the order.

use std::collections::HashMap;
use std::mem::MaybeUninit;
use std::ptr::{NonNull, null};

use fastrand::Rng;
use voice::*;

use crate::build::{code, engine, options};

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().map_or(default, |text| text.parse().expect(variable))
}

/// A host that makes random calls.
struct Host {
    random: Rng,
    engine: Box<voice_engine>,
    stt: Vec<NonNull<voice_stt>>,
    tts: Vec<NonNull<voice_tts>>,
    dialogs: Vec<NonNull<voice_dialog>>,
    seen: HashMap<&'static str, u64>,
}

impl Drop for Host {
    fn drop(&mut self) {
        // SAFETY: made from boxes by the library, and freed once.
        self.stt.drain(..).for_each(|stt| voice_stt_free(Some(unsafe { Box::from_raw(stt.as_ptr()) })));
        // SAFETY: the same.
        self.tts.drain(..).for_each(|tts| voice_tts_free(Some(unsafe { Box::from_raw(tts.as_ptr()) })));
        while let Some(dialog) = self.dialogs.pop() {
            // SAFETY: the same.
            voice_dialog_free(Some(unsafe { Box::from_raw(dialog.as_ptr()) }));
        }
    }
}

impl Host {
    fn one_in(&mut self, n: u32) -> bool {
        self.random.u32(..n) == 0
    }

    fn small(&mut self) -> u32 {
        let values = [0, 0, 0, 1, 2, 16, 100, 1_000, 8_000, 44_100, u32::MAX];
        self.random.choice(values).unwrap()
    }

    fn stt(&mut self) -> Option<NonNull<voice_stt>> {
        if self.one_in(20) { None } else { self.random.choice(self.stt.iter().copied()) }
    }

    fn tts(&mut self) -> Option<NonNull<voice_tts>> {
        if self.one_in(20) { None } else { self.random.choice(self.tts.iter().copied()) }
    }

    fn text(&mut self) -> Vec<u8> {
        let pieces: [&[u8]; 9] = [
            b"Hello. ",
            b"a",
            "نعم، ".as_bytes(),
            b"\xd9",
            b"\xff",
            b"<speak>x</speak>",
            b"12:30 ",
            b"\0",
            b"!\n\n",
        ];
        (0..self.random.usize(..6)).flat_map(|_| self.random.choice(pieces).unwrap().to_vec()).collect()
    }

    fn audio(&mut self) -> Vec<u8> {
        let len = self.random.usize(..8_000);
        let loud = self.random.bool();
        (0..len).map(|_| if loud { self.random.u8(..) } else { 0 }).collect()
    }

    /// One call; its name and its code.
    fn call(&mut self) -> (&'static str, voice_code) {
        match self.random.u32(..27) {
            0 => self.open_stt(),
            1 => self.open_tts(),
            2..=4 => {
                let (stt, audio) = (self.stt(), self.audio());
                // SAFETY: NULL or a session that lives; the audio is as long as it says.
                ("stt_push", code(unsafe { voice_stt_push(stt, audio.as_ptr().cast(), audio.len()) }))
            }
            5 => {
                let stt = self.stt();
                // SAFETY: NULL or a session that lives.
                ("stt_flush", code(unsafe { voice_stt_flush(stt) }))
            }
            6 | 7 => self.next_stt(),
            8 | 9 => {
                let (tts, text) = (self.tts(), self.text());
                // SAFETY: NULL or a session that lives; the text is as long as it says.
                ("tts_push", code(unsafe { voice_tts_push(tts, text.as_ptr().cast(), text.len()) }))
            }
            10 => {
                let (tts, mut text) = (self.tts(), self.text());
                if self.random.bool() {
                    text = b"<speak>x</speak>".to_vec();
                }
                // SAFETY: the same.
                ("tts_push_ssml", code(unsafe { voice_tts_push_ssml(tts, text.as_ptr().cast(), text.len()) }))
            }
            11 | 12 => self.next_tts(),
            13 => {
                let (tts, flush) = (self.tts(), self.random.bool());
                // SAFETY: NULL or a session that lives.
                unsafe {
                    if flush {
                        ("tts_flush", code(voice_tts_flush(tts)))
                    } else {
                        ("tts_cancel", code(voice_tts_cancel(tts)))
                    }
                }
            }
            14 => self.finish(),
            15 | 16 => self.play(),
            17 => self.update_tts(),
            18 => self.free(),
            19 => self.open_dialog(),
            20..=23 => self.compute_dialog(),
            _ => self.call_dialog(),
        }
    }

    fn play(&mut self) -> (&'static str, voice_code) {
        let (tts, ms) = (self.tts(), u64::from(self.small()));
        let (mut heard, mut text) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        // SAFETY: NULL or a session that lives.
        unsafe {
            match self.random.u32(..4) {
                0 => ("tts_played", code(voice_tts_played(tts, ms))),
                1 => ("tts_pause", code(voice_tts_pause(tts))),
                2 => ("tts_resume", code(voice_tts_resume(tts))),
                _ => ("tts_heard", code(voice_tts_heard(tts, Some(&mut heard), Some(&mut text)))),
            }
        }
    }

    fn update_tts(&mut self) -> (&'static str, voice_code) {
        let (tts, fields) = (self.tts(), self.random.u32(..1 << 11));
        let floats = [0.0, 1.0, 2.0, -1.0, f32::NAN];
        let mut float = || self.random.choice(floats).unwrap();
        let given = voice_tts_options { speed: float(), pitch: float(), volume: float(), ..options() };
        // SAFETY: NULL or a session that lives, and whole options.
        let code = code(unsafe { voice_tts_update(tts, Some(&self.engine), &raw const given, fields) });
        ("tts_update", code)
    }

    fn open_stt(&mut self) -> (&'static str, voice_code) {
        if self.stt.len() == 4 {
            return self.free();
        }
        let phrase = voice_text { ptr: c"[unk]".as_ptr(), len: 5 };
        let mut given = voice_stt_options {
            sample_rate: self.small(),
            vad: self.random.u32(..2),
            words: self.random.u32(..3),
            max_alternatives: self.random.u32(..12),
            silence_ms: self.small(),
            ..options()
        };
        if self.one_in(3) {
            (given.grammar, given.grammar_len) = (&raw const phrase, 1);
        }
        let mut stt = MaybeUninit::uninit();
        // SAFETY: whole options.
        let code = code(unsafe { voice_stt_open(Some(&self.engine), &raw const given, Some(&mut stt)) });
        if code == voice_code::Ok {
            // SAFETY: written on success.
            self.stt.push(NonNull::new(unsafe { stt.assume_init() }).unwrap());
        }
        ("stt_open", code)
    }

    fn open_tts(&mut self) -> (&'static str, voice_code) {
        if self.tts.len() == 4 {
            return self.free();
        }
        let floats = [0.0, 0.0, 1.0, 0.5, 2.0, 4.0, -1.0, f32::NAN, f32::INFINITY];
        let mut float = || self.random.choice(floats).unwrap();
        let given = voice_tts_options {
            speed: float(),
            pitch: float(),
            volume: float(),
            noise: float(),
            loudness: float(),
            kept_ms: [0, -1, 1, 100, 600_000, i32::MAX, i32::MIN][self.random.usize(..7)],
            sample_rate: self.small(),
            encoding: self.random.u32(..3),
            ..options()
        };
        let mut tts = MaybeUninit::uninit();
        // SAFETY: whole options.
        let code = code(unsafe { voice_tts_open(Some(&self.engine), &raw const given, Some(&mut tts)) });
        if code == voice_code::Ok {
            // SAFETY: written on success.
            self.tts.push(NonNull::new(unsafe { tts.assume_init() }).unwrap());
        }
        ("tts_open", code)
    }

    fn dialog(&mut self) -> Option<NonNull<voice_dialog>> {
        if self.one_in(20) { None } else { self.random.choice(self.dialogs.iter().copied()) }
    }

    fn open_dialog(&mut self) -> (&'static str, voice_code) {
        if self.dialogs.len() == 2 {
            let dialog = self.dialogs.swap_remove(self.random.usize(..2));
            // SAFETY: made from a box by the library, and taken from the list.
            voice_dialog_free(Some(unsafe { Box::from_raw(dialog.as_ptr()) }));
            return ("dialog_free", voice_code::Ok);
        }
        let stt = voice_stt_options { vad: self.random.u32(..2), words: 1, ..options() };
        let given = voice_dialog_options {
            decider: self.random.u32(..4),
            echo_canceller: self.random.u32(..3),
            warm_up_ms: [0, -1, 1][self.random.usize(..3)],
            ahead_ms: self.small(),
            stt: &raw const stt,
            ..options()
        };
        let mut dialog = MaybeUninit::uninit();
        // SAFETY: whole options.
        let code =
            code(unsafe { voice_dialog_open(Some(&self.engine), &raw const given, Some(&mut dialog)) });
        if code == voice_code::Ok {
            // SAFETY: written on success.
            self.dialogs.push(NonNull::new(unsafe { dialog.assume_init() }).unwrap());
        }
        ("dialog_open", code)
    }

    fn compute_dialog(&mut self) -> (&'static str, voice_code) {
        let (dialog, audio) = (self.dialog(), self.audio());
        match self.random.u32(..6) {
            0 | 1 => {
                // SAFETY: NULL or a dialog that lives; the audio is as long as it says.
                let pushed = code(unsafe { voice_dialog_push(dialog, audio.as_ptr().cast(), audio.len()) });
                ("dialog_push", pushed)
            }
            // SAFETY: the same.
            2 => ("dialog_listen", code(unsafe { voice_dialog_listen(dialog, 0) })),
            // SAFETY: the same.
            3 => ("dialog_speak", code(unsafe { voice_dialog_speak(dialog, 0) })),
            _ => next_dialog(dialog),
        }
    }

    fn call_dialog(&mut self) -> (&'static str, voice_code) {
        let (dialog, text, small) = (self.dialog(), self.text(), self.small());
        let id = if self.random.bool() { c"a" } else { c"b" }.as_ptr();
        let flags = self.random.u32(..16);
        let (text, len) = (text.as_ptr().cast(), text.len());
        // SAFETY: NULL or a dialog that lives; ids end with a NUL, and texts are as long as they say.
        unsafe {
            match self.random.u32(..10) {
                0..=2 => ("dialog_say", code(voice_dialog_say(dialog, id, text, len, flags))),
                3 => ("dialog_append", code(voice_dialog_append(dialog, id, text, len))),
                4 => ("dialog_flush", code(voice_dialog_flush(dialog, id))),
                5 => ("dialog_clear", code(voice_dialog_clear(dialog))),
                6 => ("dialog_played", code(voice_dialog_played(dialog, flags, small.into()))),
                7 if self.one_in(9) => ("dialog_finish", code(voice_dialog_finish(dialog))),
                7 => ("dialog_finalize", code(voice_dialog_finalize(dialog))),
                8 => {
                    let _ = code(voice_dialog_reject(dialog));
                    ("dialog_confirm", code(voice_dialog_confirm(dialog)))
                }
                _ => {
                    let phrase = voice_text { ptr: c"[unk]".as_ptr(), len: 5 };
                    let given = voice_expect_options {
                        expect: flags % 5,
                        digits: u32::from(flags % 5 == 2) * small,
                        grammar: flags % 4,
                        phrases: &raw const phrase,
                        phrases_len: 1,
                        ..options()
                    };
                    ("dialog_expect", code(voice_dialog_expect(dialog, &raw const given)))
                }
            }
        }
    }

    fn next_stt(&mut self) -> (&'static str, voice_code) {
        let stt = self.stt();
        let mut event = MaybeUninit::new(null());
        // SAFETY: NULL or a session that lives; the event is read before the next call.
        let code = code(unsafe { voice_stt_next(stt, Some(&mut event)) });
        // SAFETY: initialised above, and valid on success.
        if let Some(event) = unsafe { event.assume_init().as_ref() } {
            assert_eq!(event.struct_size as usize, size_of::<voice_stt_event>());
            assert!(event.end_ms >= event.start_ms, "{event:?}");
            let (words, len) = (event.words, event.words_len);
            assert_eq!(words.is_null(), len == 0);
        }
        ("stt_next", code)
    }

    fn next_tts(&mut self) -> (&'static str, voice_code) {
        let tts = self.tts();
        let mut event = MaybeUninit::new(null());
        // SAFETY: NULL or a session that lives; the event is read before the next call.
        let code = code(unsafe { voice_tts_next(tts, Some(&mut event)) });
        // SAFETY: initialised above, and valid on success.
        if let Some(event) = unsafe { event.assume_init().as_ref() } {
            assert_eq!(event.struct_size as usize, size_of::<voice_tts_event>());
            assert_eq!(event.r#type == voice_tts_event_type::Audio, event.audio_len > 0);
            assert!(event.end_ms >= event.start_ms, "{event:?}");
            assert!(event.text_end >= event.text_start, "{event:?}");
            assert!(event.heard_ms <= event.end_ms, "{event:?}");
        }
        ("tts_next", code)
    }

    fn finish(&mut self) -> (&'static str, voice_code) {
        let (stt, tts) = (self.stt(), self.tts());
        // SAFETY: NULL or sessions that live.
        unsafe {
            if self.random.bool() {
                ("stt_finish", code(voice_stt_finish(stt)))
            } else {
                ("tts_finish", code(voice_tts_finish(tts)))
            }
        }
    }

    fn free(&mut self) -> (&'static str, voice_code) {
        let is_stt = self.random.bool();
        if is_stt && !self.stt.is_empty() {
            let stt = self.stt.swap_remove(self.random.usize(..self.stt.len()));
            // SAFETY: made from a box by the library, and taken from the list.
            voice_stt_free(Some(unsafe { Box::from_raw(stt.as_ptr()) }));
        } else if !self.tts.is_empty() {
            let tts = self.tts.swap_remove(self.random.usize(..self.tts.len()));
            // SAFETY: the same.
            voice_tts_free(Some(unsafe { Box::from_raw(tts.as_ptr()) }));
        }
        ("free", voice_code::Ok)
    }
}

/// The next event of a dialog, checked.
fn next_dialog(dialog: Option<NonNull<voice_dialog>>) -> (&'static str, voice_code) {
    let mut event = MaybeUninit::new(null());
    // SAFETY: NULL or a dialog that lives; the event is read before the next call.
    let code = code(unsafe { voice_dialog_next(dialog, 0, Some(&mut event)) });
    // SAFETY: initialised above, and valid on success.
    if let Some(event) = unsafe { event.assume_init().as_ref() } {
        assert_eq!(event.struct_size as usize, size_of::<voice_dialog_event>());
        assert_eq!(event.r#type == voice_dialog_event_type::Audio, event.audio_len > 0);
        assert_eq!(event.ids.is_null(), event.ids_len == 0);
        assert!(event.end_ms >= event.start_ms, "{event:?}");
    }
    ("dialog_next", code)
}

#[test]
fn random_calls_do_not_crash() {
    let Some(engine) = engine() else { return };
    let random = Rng::with_seed(number("VOICE_RANDOM_SEED", 5));
    let mut host =
        Host { random, engine, stt: Vec::new(), tts: Vec::new(), dialogs: Vec::new(), seen: HashMap::new() };
    for at in 0..number("VOICE_RANDOM_CALLS", 12_000) {
        let (name, code) = host.call();
        // `internal` is for faults of libvoice, not of hosts.
        assert_ne!(code, voice_code::Internal, "call {at}: {name}");
        if code == voice_code::Ok {
            *host.seen.entry(name).or_default() += 1;
        }
    }
    for name in [
        "stt_open",
        "stt_push",
        "stt_flush",
        "stt_next",
        "stt_finish",
        "tts_open",
        "tts_push",
        "tts_push_ssml",
        "tts_flush",
        "tts_cancel",
        "tts_played",
        "tts_heard",
        "tts_pause",
        "tts_resume",
        "tts_update",
        "tts_next",
        "tts_finish",
        "free",
        "dialog_open",
        "dialog_push",
        "dialog_listen",
        "dialog_speak",
        "dialog_next",
        "dialog_say",
        "dialog_append",
        "dialog_flush",
        "dialog_clear",
        "dialog_played",
        "dialog_expect",
        "dialog_finalize",
        "dialog_finish",
        "dialog_confirm",
        "dialog_free",
    ] {
        assert!(host.seen.contains_key(name), "{name} never succeeded: {:?}", host.seen);
    }
}
