//! Tests of the log run one at a time, since the log belongs to the process.

use std::ffi::CStr;
use std::sync::{Barrier, Mutex, MutexGuard, mpsc};
use std::time::{Duration, Instant};

use super::*;

const WAIT: Duration = Duration::from_secs(20);

fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

type Seen = Mutex<Vec<(voice_log_level, String)>>;

unsafe extern "C" fn keep(userdata: *mut c_void, level: voice_log_level, line: *const c_char) {
    // SAFETY: the test passes a `Seen`, the library a string.
    let (seen, line) = unsafe { (&*userdata.cast::<Seen>(), CStr::from_ptr(line)) };
    seen.lock().unwrap().push((level, line.to_str().unwrap().to_owned()));
    // Neither line calls this callback again.
    tracing::error!(target: "voice_core::inside", "from within");
    // SAFETY: no callback.
    let error = unsafe { voice_log_set(None, std::ptr::null_mut(), 0) }.unwrap();
    assert_eq!(error.code(), voice_code::Busy);
}

fn set(callback: voice_log_callback, seen: &Seen, level: u32) -> voice_code {
    // SAFETY: `seen` outlives the callback, which the last call of the test removes.
    let error = unsafe { voice_log_set(callback, (&raw const *seen).cast_mut().cast(), level) };
    error.map_or(voice_code::Ok, |error| error.code())
}

#[test]
fn only_lines_of_this_project_reach_the_host() {
    let _alone = alone();
    let seen = Seen::default();
    assert_eq!(set(Some(keep), &seen, 9), voice_code::OptionInvalid);
    let speak = || {
        tracing::info!(target: "voice_core::model", model = "x\ny", ms = 3, "model ready");
        tracing::debug!(target: "voice_core::model", "detail");
        tracing::error!(target: "hyper", "not ours");
    };
    speak();
    assert_eq!(set(Some(keep), &seen, voice_log_level::Info as u32), voice_code::Ok);
    speak();
    assert_eq!(set(Some(keep), &seen, voice_log_level::Debug as u32), voice_code::Ok);
    speak();
    assert_eq!(set(None, &seen, voice_log_level::Debug as u32), voice_code::Ok);
    speak();
    let seen = seen.into_inner().unwrap();
    assert!(!seen.iter().any(|(_, line)| line.contains("not ours") || line == "from within"), "{seen:?}");
    let ready = (voice_log_level::Info, "model ready model=x y ms=3".to_owned());
    let detail = (voice_log_level::Debug, "detail".to_owned());
    // Other tests run in parallel and may log too.
    let ours: Vec<_> = seen.into_iter().filter(|line| [&ready, &detail].contains(&line)).collect();
    assert_eq!(ours, [ready.clone(), ready, detail]);
}

#[test]
fn logging_inside_a_callback_does_not_deadlock() {
    const TARGET: &str = "voice_core::nested";

    unsafe extern "C" fn nest(called: *mut c_void, _: voice_log_level, line: *const c_char) {
        // SAFETY: the test passes a sender that outlives the callback, the library a string.
        let (called, line) = unsafe { (&*called.cast::<mpsc::Sender<()>>(), CStr::from_ptr(line)) };
        if line != c"outer" {
            return;
        }
        called.send(()).unwrap();
        // A lock with a waiting writer admits no further reader.
        let until = Instant::now() + WAIT;
        while SINK.try_read().is_ok() && Instant::now() < until {
            std::thread::yield_now();
        }
        assert!(SINK.try_read().is_err(), "no thread sets the log");
        tracing::error!(target: TARGET, "from within");
    }

    let _alone = alone();
    let (call, called) = mpsc::channel();
    // The threads borrow nothing, so that the test can fail while one of them hangs.
    let call: *const mpsc::Sender<()> = Box::leak(Box::new(call));
    // SAFETY: leaked, so it lives.
    let error = unsafe { voice_log_set(Some(nest), call.cast_mut().cast(), voice_log_level::Error as u32) };
    assert!(error.is_none());
    let (end, ended) = mpsc::channel();
    let other_end = end.clone();
    std::thread::spawn(move || {
        tracing::error!(target: TARGET, "outer");
        end.send(()).unwrap();
    });
    called.recv_timeout(WAIT).unwrap();
    std::thread::spawn(move || {
        // SAFETY: no callback.
        assert!(unsafe { voice_log_set(None, std::ptr::null_mut(), 0) }.is_none());
        other_end.send(()).unwrap();
    });
    for _ in 0..2 {
        assert_eq!(ended.recv_timeout(2 * WAIT), Ok(()), "one waits for the other");
    }
}

#[test]
fn last_callback_and_level_belong_together() {
    let _alone = alone();
    let seen = Seen::default();
    let turn = Barrier::new(2);
    std::thread::scope(|threads| {
        let (seen, turn) = (&seen, &turn);
        for level in [voice_log_level::Error, voice_log_level::Debug] {
            threads.spawn(move || {
                for _ in 0..20_000 {
                    turn.wait();
                    assert_eq!(set(Some(keep), seen, level as u32), voice_code::Ok);
                    turn.wait();
                    let level = SINK.read().unwrap().as_ref().map(|sink| sink.level);
                    assert_eq!(level, Some(LevelFilter::current()));
                }
            });
        }
    });
    assert_eq!(set(None, &seen, 0), voice_code::Ok);
}

#[test]
fn line_above_a_lowered_level_is_dropped() {
    /// Another thread lowers the level while the line is written.
    struct Late<'a>(&'a Seen);

    impl fmt::Debug for Late<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let lower = || set(Some(keep), self.0, voice_log_level::Error as u32);
            let done = std::thread::scope(|threads| threads.spawn(lower).join().unwrap());
            write!(f, "{done:?}")
        }
    }

    let _alone = alone();
    let seen = Seen::default();
    assert_eq!(set(Some(keep), &seen, voice_log_level::Info as u32), voice_code::Ok);
    tracing::info!(target: "voice_core::late", late = ?Late(&seen), "lowered");
    assert_eq!(LevelFilter::current(), LevelFilter::ERROR, "the line was begun");
    assert_eq!(set(None, &seen, 0), voice_code::Ok);
    let seen = seen.into_inner().unwrap();
    assert!(seen.iter().all(|(_, line)| !line.starts_with("lowered")), "{seen:?}");
}

#[cfg(feature = "vosk")]
#[test]
fn unsupervised_engine_logs_each_model() {
    use std::mem::MaybeUninit;

    use crate::engine::{voice_engine_free, voice_engine_open, voice_engine_options, voice_model_choice};

    let _alone = alone();
    let seen = Seen::default();
    let choice = |model: &CStr, language: &'static CStr| voice_model_choice {
        model: model.as_ptr(),
        language: language.as_ptr(),
        reserved: 0,
    };
    let stt = [choice(c"no/such-model", c"ar"), choice(c"../models/ar-commands", c"en")];
    let struct_size = size_of::<voice_engine_options>() as u32;
    // SAFETY: all-zero bytes are valid options.
    let options: voice_engine_options = unsafe { MaybeUninit::zeroed().assume_init() };
    let options = voice_engine_options { struct_size, stt: stt.as_ptr(), stt_len: stt.len(), ..options };
    let mut engine = MaybeUninit::uninit();
    assert_eq!(set(Some(keep), &seen, voice_log_level::Info as u32), voice_code::Ok);
    // SAFETY: the options are whole, and the output is a box when written.
    unsafe {
        assert!(voice_engine_open(&raw const options, Some(&mut engine)).is_none());
        voice_engine_free(Some(Box::from_raw(engine.assume_init())));
    }
    assert_eq!(set(None, &seen, 0), voice_code::Ok);
    let seen = seen.into_inner().unwrap();
    let told = |level, model: &str, what: &str| {
        seen.iter().any(|line| line.0 == level && line.1.contains(model) && line.1.contains(what))
    };
    assert!(told(voice_log_level::Error, "model=such-model", "code=model_not_found"), "{seen:?}");
    assert!(told(voice_log_level::Info, "model=ar-commands", "model ready"), "{seen:?}");
}
