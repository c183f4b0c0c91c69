//! One test: the log is the process's.

use std::ffi::CStr;
use std::sync::Mutex;

use super::*;

type Seen = Mutex<Vec<(voice_log_level, String)>>;

unsafe extern "C" fn keep(userdata: *mut c_void, level: voice_log_level, line: *const c_char) {
    // SAFETY: the test hands over a `Seen`, and the library a string.
    let (seen, line) = unsafe { (&*userdata.cast::<Seen>(), CStr::from_ptr(line)) };
    seen.lock().unwrap().push((level, line.to_str().unwrap().to_owned()));
    // Neither comes back here.
    tracing::error!(target: "voice_core::inside", "from within");
    // SAFETY: no callback.
    let error = unsafe { voice_log_set(None, std::ptr::null_mut(), 0) }.unwrap();
    assert_eq!(error.code(), voice_code::Busy);
}

fn set(callback: voice_log_callback, seen: &Seen, level: u32) -> voice_code {
    // SAFETY: `seen` outlives the callback, which the last call of the test takes away.
    let error = unsafe { voice_log_set(callback, (&raw const *seen).cast_mut().cast(), level) };
    error.map_or(voice_code::Ok, |error| error.code())
}

#[test]
fn lines_of_this_project_reach_the_host_and_no_others() {
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
    let ready = (voice_log_level::Info, "model ready model=xy ms=3".to_owned());
    let detail = (voice_log_level::Debug, "detail".to_owned());
    // Other tests run beside this one, and may have something to say.
    let ours: Vec<_> = seen.into_iter().filter(|line| [&ready, &detail].contains(&line)).collect();
    assert_eq!(ours, [ready.clone(), ready, detail]);
}
