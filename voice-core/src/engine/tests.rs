//! The engine with scripted models: loading, supervision, fallback and health.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Instant;

use super::*;
use crate::backoff::Backoff;
use crate::error::{Error, ErrorKind};
use crate::stt::ModelInfo;
use crate::stt::SttEvent;
use crate::stt::scripted::{Counting, failure};
use crate::supervision::ModelState;

/// Short enough for a test, and long enough that an engine on a busy machine does not count as stuck.
const DEADLINE: Duration = Duration::from_millis(400);
const SOON: Duration = Duration::from_millis(5);
const WAIT: Duration = Duration::from_secs(20);

type Loaded = Result<Arc<dyn Model>>;

fn policy() -> Policy {
    let backoff = Backoff { attempts: 3, first: SOON, max: SOON, ..Backoff::default() };
    Policy { attempts: backoff, retries: backoff, canary_interval: SOON, deadline: DEADLINE, max_failures: 3 }
}

/// Retries so late that a test sees the failure first.
fn late_retries() -> Policy {
    let retries = Backoff { first: WAIT * 10, max: WAIT * 10, ..Backoff::default() };
    Policy { retries, ..policy() }
}

/// A slot that loads with `load`, which gets the number of the load, from 1.
fn slot(
    name: &str,
    languages: &[&str],
    load: impl Fn(u32) -> Loaded + Send + Sync + 'static,
) -> Slot<dyn Model> {
    let count = AtomicU32::new(0);
    let load = move || Ok(monitored(load(count.fetch_add(1, Ordering::Relaxed) + 1)?));
    let methods = Methods { load: Box::new(move |_| load()), canary: stt::canary::run };
    let languages = languages.iter().map(|&language| language.into()).collect();
    Slot::new(name.into(), languages, methods)
}

fn engine(slots: impl IntoIterator<Item = Slot<dyn Model>>) -> Engine {
    Engine {
        stt: Group::new("model", slots),
        tts: Group::new("voice", []),
        cache: Arc::default(),
        #[cfg(feature = "vosk")]
        libvosk: None,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "one of the possible outcomes of a load")]
fn good(_: u32) -> Loaded {
    Ok(Counting::new())
}

fn refused(kind: ErrorKind) -> impl Fn(u32) -> Loaded {
    move |_| Err(Error::new(kind, "scripted"))
}

/// Waits until `wanted` holds for the first model's health.
fn wait_for(engine: &Engine, what: &str, wanted: impl Fn(&ModelHealth) -> bool) -> ModelHealth {
    let until = Instant::now() + WAIT;
    loop {
        let health = engine.health().stt.swap_remove(0);
        if wanted(&health) {
            return health;
        }
        assert!(Instant::now() < until, "never {what}: {health:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn wait_until_ready(engine: &Engine) -> ModelHealth {
    wait_for(engine, "ready", |health| health.state == ModelState::Ready)
}

fn options() -> SttOptions {
    SttOptions { vad: crate::VadMode::Always, ..SttOptions::default() }
}

/// Pushes half a second of audio that counts as speech.
fn speak(session: &mut SttSession) -> Result<()> {
    session.push(&vec![1; 16_000])
}

fn model_of(session: &mut SttSession) -> ModelInfo {
    match session.next_event().unwrap() {
        Some(SttEvent::Ready { model }) => model,
        other => panic!("the first event is {other:?}"),
    }
}

#[test]
fn failed_loads_are_retried() {
    let engine = engine([slot("a", &[], |load| match load {
        1..=7 => Err(Error::new(ErrorKind::ModelUnreadable, "scripted")),
        _ => good(load),
    })]);
    assert_eq!(engine.health().status, Status::Starting);
    assert_eq!(engine.stt_session(options()).err().unwrap().kind(), ErrorKind::ModelLoading);
    let supervisor = engine.supervise(policy()).unwrap();
    wait_until_ready(&engine);
    assert_eq!(engine.health().status, Status::Healthy);
    drop(supervisor);
    assert!(engine.stt_session(options()).is_ok(), "models outlive their supervisor");
}

#[test]
fn failure_reports_reason_and_next_try() {
    for (kind, attempts) in [(ErrorKind::ModelUnreadable, 3), (ErrorKind::ModelInvalid, 1)] {
        let loads = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&loads);
        let engine = engine([slot("a", &[], move |load| {
            counted.store(load, Ordering::Relaxed);
            refused(kind)(load)
        })]);
        let _supervisor = engine.supervise(late_retries()).unwrap();
        let health = wait_for(&engine, "failed", |health| health.state == ModelState::Failed);
        assert_eq!(loads.load(Ordering::Relaxed), attempts, "{kind:?}");
        assert_eq!((health.code, health.reason.as_deref()), (Some(kind.code()), Some("scripted")));
        assert!(health.next_try_seconds.is_some_and(|seconds| seconds > 60), "{health:?}");
        assert!(engine.next_try().is_some());
        assert_eq!(engine.health().status, Status::Unhealthy);
        assert_eq!(engine.stt_session(options()).err().unwrap().kind(), kind);
    }
}

#[test]
fn permanent_failure_is_not_retried() {
    let engine = engine([slot("a", &[], refused(ErrorKind::EngineUnavailable))]);
    let _supervisor = engine.supervise(policy()).unwrap();
    let health = wait_for(&engine, "failed", |health| health.state == ModelState::Failed);
    assert_eq!(health.next_try_seconds, None);
}

/// A model whose pushes block while `switch` is set.
#[expect(clippy::unnecessary_wraps, reason = "one of the possible outcomes of a load")]
fn hanging(switch: &Arc<AtomicBool>) -> Loaded {
    let switch = Arc::clone(switch);
    Ok(Counting::acting(move |_| {
        while switch.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }))
}

#[test]
fn model_stuck_in_a_session_is_reloaded() {
    let hangs = Arc::new(AtomicBool::new(false));
    let scripted = Arc::clone(&hangs);
    let (enter, entered) = mpsc::channel();
    let engine = engine([slot("a", &[], move |load| {
        if load == 1 {
            return hanging(&scripted);
        }
        let _ = enter.send(());
        good(load)
    })]);
    // No canary runs during the test, so the call of the session must be detected.
    let _supervisor = engine.supervise(Policy { canary_interval: WAIT * 10, ..policy() }).unwrap();
    wait_until_ready(&engine);
    let mut session = engine.stt_session(options()).unwrap();
    let model = engine.stt_model(None).unwrap();
    assert!(!model.is_abandoned());
    hangs.store(true, Ordering::Relaxed);
    let hung = std::thread::spawn(move || speak(&mut session).map(|()| session));
    entered.recv_timeout(WAIT).unwrap();
    wait_until_ready(&engine);
    assert!(model.is_abandoned() && !engine.stt_model(None).unwrap().is_abandoned());
    speak(&mut engine.stt_session(options()).unwrap()).unwrap();
    hangs.store(false, Ordering::Relaxed);
    let mut session = hung.join().unwrap().unwrap();
    speak(&mut session).unwrap();
    session.finish().unwrap();
}

#[test]
fn stuck_idle_model_fails_its_canary() {
    let hangs = Arc::new(AtomicBool::new(false));
    let scripted = Arc::clone(&hangs);
    let engine = engine([slot("a", &[], move |load| {
        if load == 1 { hanging(&scripted) } else { refused(ErrorKind::ModelUnreadable)(load) }
    })]);
    let _supervisor = engine.supervise(late_retries()).unwrap();
    wait_until_ready(&engine);
    hangs.store(true, Ordering::Relaxed);
    let health = wait_for(&engine, "failed", |health| health.state == ModelState::Failed);
    assert_eq!(health.code, Some("model_unreadable"), "the reason is the failed reload");
    assert!(engine.stt_session(options()).is_err(), "a model that does not answer gets no session");
    hangs.store(false, Ordering::Relaxed);
}

#[test]
fn model_that_always_hangs_is_not_reloaded_forever() {
    let hangs = Arc::new(AtomicBool::new(true));
    let scripted = Arc::clone(&hangs);
    let engine = engine([slot("a", &[], move |_| hanging(&scripted))]);
    let _supervisor = engine.supervise(Policy { deadline: Duration::from_millis(30), ..policy() }).unwrap();
    let health = wait_for(&engine, "abandoned", |health| {
        health.state == ModelState::Failed && health.next_try_seconds.is_none()
    });
    assert_eq!(health.code, Some("model_stuck"));
    hangs.store(false, Ordering::Relaxed);
    wait_until_ready(&engine);
}

#[test]
fn slow_calls_do_not_exhaust_the_reloads() {
    let switches: Arc<Mutex<Vec<Arc<AtomicBool>>>> = Arc::default();
    let scripted = Arc::clone(&switches);
    let engine = engine([slot("a", &[], move |_| {
        let switch = Arc::default();
        scripted.lock().unwrap().push(Arc::clone(&switch));
        hanging(&switch)
    })]);
    let _supervisor = engine.supervise(Policy { canary_interval: WAIT * 10, ..policy() }).unwrap();
    for load in 1..=5 {
        wait_for(&engine, "loaded", |health| {
            health.state == ModelState::Ready && switches.lock().unwrap().len() == load
        });
        let switch = Arc::clone(&switches.lock().unwrap()[load - 1]);
        let mut session = engine.stt_session(options()).unwrap();
        switch.store(true, Ordering::Relaxed);
        let slow = std::thread::spawn(move || speak(&mut session));
        wait_for(&engine, "noticed", |health| {
            health.state == ModelState::Ready && switches.lock().unwrap().len() == load + 1
        });
        switch.store(false, Ordering::Relaxed);
        slow.join().unwrap().unwrap();
    }
}

#[test]
fn consecutive_failures_cause_a_reload() {
    let loads: Mutex<VecDeque<Loaded>> = Mutex::default();
    // The canary uses the first recognizer, sessions use the later ones.
    let bad = Counting::acting(|recognizer| if recognizer > 1 { Err(failure()) } else { Ok(()) });
    loads.lock().unwrap().extend([Ok(Arc::clone(&bad) as _), good(2)]);
    let engine = engine([slot("a", &[], move |_| loads.lock().unwrap().pop_front().unwrap())]);
    let _supervisor = engine.supervise(Policy { canary_interval: WAIT * 10, ..policy() }).unwrap();
    wait_until_ready(&engine);
    let first = engine.stt_model(None).unwrap();
    let mut session = engine.stt_session(options()).unwrap();
    for _ in 0..3 {
        assert_eq!(speak(&mut session).unwrap_err().kind(), ErrorKind::EngineFailed);
    }
    wait_for(&engine, "replaced", |_| engine.stt_model(None).is_ok_and(|model| !Arc::ptr_eq(&model, &first)));
    assert!(speak(&mut session).is_err(), "a session keeps its model");
    speak(&mut engine.stt_session(options()).unwrap()).unwrap();
}

#[test]
fn degraded_model_that_hangs_gets_no_session() {
    let hangs = Arc::new(AtomicBool::new(false));
    let scripted = Arc::clone(&hangs);
    let engine = engine([slot("a", &[], move |load| {
        if load > 1 {
            return refused(ErrorKind::ModelUnreadable)(load);
        }
        let hangs = Arc::clone(&scripted);
        // The canary uses the first recognizer, sessions use the later ones.
        Ok(Counting::acting(move |recognizer| {
            while hangs.load(Ordering::Relaxed) {
                std::thread::sleep(SOON);
            }
            if recognizer > 1 { Err(failure()) } else { Ok(()) }
        }))
    })]);
    let _supervisor = engine.supervise(Policy { canary_interval: WAIT * 10, ..late_retries() }).unwrap();
    wait_until_ready(&engine);
    let mut session = engine.stt_session(options()).unwrap();
    for _ in 0..3 {
        speak(&mut session).unwrap_err();
    }
    let health = wait_for(&engine, "waiting", |health| health.next_try_seconds.is_some());
    assert_eq!(health.state, ModelState::Degraded);
    assert!(engine.stt_session(options()).is_ok(), "a degraded model is still used");
    hangs.store(true, Ordering::Relaxed);
    let hung = std::thread::spawn(move || speak(&mut session));
    let health = wait_for(&engine, "abandoned", |health| health.state == ModelState::Failed);
    assert_eq!(health.code, Some("model_stuck"));
    assert!(health.next_try_seconds.is_some(), "the reload is still planned");
    assert_eq!(engine.stt_session(options()).err().unwrap().kind(), ErrorKind::ModelStuck);
    hangs.store(false, Ordering::Relaxed);
    hung.join().unwrap().unwrap_err();
}

#[test]
fn failed_reload_keeps_the_old_model() {
    let fails = Arc::new(AtomicBool::new(true));
    let scripted = Arc::clone(&fails);
    let engine = engine([slot("a", &[], move |load| {
        if load > 1 && scripted.load(Ordering::Relaxed) {
            refused(ErrorKind::ModelInvalid)(load)
        } else {
            good(load)
        }
    })]);
    let supervisor = engine.supervise(policy()).unwrap();
    wait_until_ready(&engine);
    let old = engine.stt_model(None).unwrap();
    let mut session = engine.stt_session(options()).unwrap();
    speak(&mut session).unwrap();

    let outcomes: Vec<_> = supervisor.reload().iter().collect();
    assert_eq!(outcomes.len(), 1);
    assert_eq!((&*outcomes[0].0, outcomes[0].1.as_ref().unwrap_err().kind()), ("a", ErrorKind::ModelInvalid));
    assert!(Arc::ptr_eq(&old, &engine.stt_model(None).unwrap()));
    let health = wait_until_ready(&engine);
    assert_eq!(health.code, Some("model_invalid"), "the failure is reported");
    assert_eq!(engine.health().status, Status::Healthy);

    fails.store(false, Ordering::Relaxed);
    assert!(supervisor.reload().iter().all(|(_, outcome)| outcome.is_ok()));
    assert!(!Arc::ptr_eq(&old, &engine.stt_model(None).unwrap()));
    assert_eq!(wait_until_ready(&engine).code, None);
    speak(&mut session).unwrap();
    session.finish().unwrap();
}

#[test]
fn fallback_is_used_until_the_first_model_recovers() {
    let recovers = Arc::new(AtomicBool::new(false));
    let scripted = Arc::clone(&recovers);
    let first = slot("first", &["ar"], move |load| {
        if scripted.load(Ordering::Relaxed) { good(load) } else { refused(ErrorKind::ModelUnreadable)(load) }
    });
    let engine = engine([first, slot("english", &["en"], good), slot("second", &["ar"], good)]);
    let in_use =
        |engine: &Engine| engine.health().stt.into_iter().find(|model| model.in_use).map(|model| model.name);
    let supervisor = engine.supervise(late_retries()).unwrap();
    wait_for(&engine, "fallback in use", |_| in_use(&engine).as_deref() == Some("second"));
    wait_for(&engine, "failed", |health| health.state == ModelState::Failed);
    assert_eq!(engine.health().status, Status::Degraded);
    recovers.store(true, Ordering::Relaxed);
    assert_eq!(supervisor.reload().iter().count(), 3);
    assert_eq!(in_use(&engine).as_deref(), Some("first"));
    assert_eq!(engine.health().status, Status::Healthy);
}

#[test]
fn load_succeeds_with_one_model_of_any_language() {
    let broken = || slot("arabic", &["ar"], refused(ErrorKind::ModelUnreadable));
    let code = |outcome: Result<()>| outcome.err().map(|error| error.kind());
    let english = SttOptions { language: Some("en".into()), ..options() };

    let alone = engine([broken()]);
    assert_eq!(code(alone.load()), Some(ErrorKind::ModelUnreadable));
    assert_eq!(alone.health().status, Status::Unhealthy);
    let both = engine([broken(), slot("english", &["en"], good)]);
    assert_eq!(code(both.load()), None);
    assert_eq!(both.health().status, Status::Degraded);
    assert!(both.stt_session(english.clone()).is_ok());
    assert_eq!(both.stt_session(options()).err().unwrap().kind(), ErrorKind::ModelUnreadable);

    let kept = engine([broken(), slot("english", &["en"], good)]);
    let _supervisor = kept.supervise(late_retries()).unwrap();
    wait_for(&kept, "failed", |health| health.state == ModelState::Failed);
    let until = Instant::now() + WAIT;
    while kept.stt_session(english.clone()).is_err() {
        assert!(Instant::now() < until, "no session: {:?}", kept.health());
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(kept.health().status, Status::Degraded);
}

#[test]
fn engine_with_one_of_two_tasks_is_degraded() {
    let voice = || {
        let methods = Methods {
            load: Box::new(|_| Err(Error::new(ErrorKind::ModelUnreadable, "scripted"))),
            canary: tts::canary::run,
        };
        Slot::<dyn Voice>::new("voice".into(), Vec::new(), methods)
    };
    let engine = |load: fn(u32) -> Loaded| Engine {
        tts: Group::new("voice", [voice()]),
        ..engine([slot("model", &[], load)])
    };
    let hears = engine(good);
    assert_eq!(hears.health().status, Status::Starting);
    hears.stt.load();
    assert_eq!(hears.health().status, Status::Degraded, "voices are still being loaded");
    hears.tts.load();
    assert_eq!(hears.health().status, Status::Degraded, "no voice works");
    assert_eq!(
        hears.load().unwrap_err().kind(),
        ErrorKind::ModelUnreadable,
        "each task needs a working model"
    );

    let deaf = engine(|load| refused(ErrorKind::ModelUnreadable)(load));
    deaf.stt.load();
    assert_eq!(deaf.health().status, Status::Starting, "a voice may still be loaded");
    deaf.tts.load();
    assert_eq!(deaf.health().status, Status::Unhealthy);
}

/// A voice that renders the text "1" at once, and blocks on any other until the channel is disconnected.
struct Hanging(tts::VoiceInfo, crossbeam_channel::Receiver<()>);

impl Voice for Hanging {
    fn info(&self) -> &tts::VoiceInfo {
        &self.0
    }

    fn render(
        self: Arc<Self>,
        speech: &[tts::Speech],
        _: &tts::Style,
        _: &tts::Canceller,
    ) -> Result<Box<dyn tts::Rendering>> {
        struct Once(Option<Vec<f32>>);
        impl tts::Rendering for Once {
            fn next_chunk(&mut self, _: Duration) -> Result<Option<Vec<f32>>> {
                Ok(self.0.take())
            }
        }
        if !matches!(speech, [tts::Speech::Text(text)] if text == "1") {
            let _ = self.1.recv();
        }
        Ok(Box::new(Once(Some(vec![0.5; 100]))))
    }
}

#[test]
fn voice_stuck_in_its_canary_is_reported() {
    let (release, hanging) = crossbeam_channel::bounded(0);
    let info = tts::VoiceInfo {
        name: "voice".into(),
        engine: "scripted",
        language: "en".into(),
        sample_rate: 8_000,
        speakers: vec!["0".into()],
        streams: true,
    };
    let load = move || {
        let monitor = Monitor::new();
        let voice = Arc::new(Hanging(info.clone(), hanging.clone()));
        let model: Arc<dyn Voice> = Arc::new(tts::Monitored::new(voice, Arc::clone(&monitor)));
        LoadedModel { model, monitor }
    };
    let methods = Methods { load: Box::new(move |_| Ok(load())), canary: tts::canary::run };
    let engine =
        Engine { tts: Group::new("voice", [Slot::new("voice".into(), Vec::new(), methods)]), ..engine([]) };
    let _supervisor = engine.supervise(late_retries()).unwrap();
    let until = Instant::now() + WAIT;
    let health = loop {
        let health = engine.health().tts.swap_remove(0);
        if health.state != ModelState::Loading {
            break health;
        }
        assert!(Instant::now() < until, "still loading");
        std::thread::sleep(Duration::from_millis(1));
    };
    assert_eq!((health.state, health.code), (ModelState::Failed, Some(ErrorKind::ModelStuck.code())));
    drop(release);
}

#[test]
fn session_gets_a_model_of_its_language() {
    let engine = engine([slot("a", &["ar"], good), slot("b", &["en"], good), slot("c", &["ar"], good)]);
    engine.load().unwrap();
    let speaking = |language: &str| SttOptions { language: Some(language.into()), ..options() };
    for language in ["ar", "en-GB"] {
        let mut session = engine.stt_session(speaking(language)).unwrap();
        assert_eq!(model_of(&mut session).engine, "scripted");
        let wanted = usize::from(language != "ar");
        let model = engine.stt.slots()[wanted].model().unwrap();
        assert!(Arc::ptr_eq(&engine.stt_model(Some(language)).unwrap(), &model));
    }
    assert_eq!(engine.stt_session(speaking("tlh")).err().unwrap().kind(), ErrorKind::ModelNotFound);
    assert_eq!(engine.stt_session(speaking("a b")).err().unwrap().kind(), ErrorKind::OptionInvalid);
    assert_eq!(
        Engine::new(EngineOptions::default()).stt_session(options()).err().unwrap().kind(),
        ErrorKind::ModelNotFound
    );
}

#[test]
fn invalid_policies_are_refused() {
    let zero = Duration::ZERO;
    for wrong in [
        Policy { canary_interval: zero, ..policy() },
        Policy { deadline: zero, ..policy() },
        Policy { max_failures: 0, ..policy() },
        Policy { retries: Backoff { first: zero, ..Backoff::default() }, ..policy() },
        Policy { canary_interval: Duration::MAX, ..policy() },
        Policy { deadline: Duration::MAX, ..policy() },
        Policy { retries: Backoff { max: Duration::MAX, ..Backoff::default() }, ..policy() },
        Policy { attempts: Backoff { attempts: 0, ..Backoff::default() }, ..policy() },
    ] {
        assert_eq!(
            Engine::new(EngineOptions::default()).supervise(wrong).err().unwrap().kind(),
            ErrorKind::OptionInvalid,
            "{wrong:?}"
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn model_without_cpu_is_not_reloaded() {
    use crate::watchdog::tests::{Crowd, spin_until};

    let (loads, is_bound) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(true)));
    let (counted, bound) = (Arc::clone(&loads), Arc::clone(&is_bound));
    let engine = engine([slot("a", &[], move |load| {
        counted.store(load, Ordering::Relaxed);
        let bound = Arc::clone(&bound);
        // The canary uses the first recognizer, a session the second. Each call lasts several deadlines, and its
        // thread gets a sixteenth of the core.
        Ok(Counting::acting(move |_| {
            let crowd = Crowd::around_this_thread(15);
            let began = Instant::now();
            if crowd.is_none() {
                bound.store(false, Ordering::Relaxed);
            }
            spin_until(|| crowd.is_none() || began.elapsed() > 4 * DEADLINE);
            Ok(())
        }))
    })]);
    let _supervisor = engine.supervise(Policy { canary_interval: WAIT * 10, ..policy() }).unwrap();
    wait_until_ready(&engine);
    let mut session = engine.stt_session(options()).unwrap();
    std::thread::spawn(move || session.push(&[1; 8_000])).join().unwrap().unwrap();
    assert!(!engine.stt_model(None).unwrap().is_abandoned());
    assert_eq!(loads.load(Ordering::Relaxed), 1);
    if !is_bound.load(Ordering::Relaxed) {
        println!("skipped: threads cannot be bound to a core");
    }
}

#[test]
fn model_in_an_endless_loop_is_reloaded() {
    let is_over = Arc::new(AtomicBool::new(false));
    let scripted = Arc::clone(&is_over);
    let engine = engine([slot("a", &[], move |load| {
        let is_over = Arc::clone(&scripted);
        Ok(Counting::acting(move |recognizer| {
            while load == 1 && recognizer > 1 && !is_over.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
            Ok(())
        }))
    })]);
    let _supervisor = engine.supervise(Policy { canary_interval: WAIT * 10, ..policy() }).unwrap();
    wait_until_ready(&engine);
    let first = engine.stt_model(None).unwrap();
    let mut session = engine.stt_session(options()).unwrap();
    let loops = std::thread::spawn(move || speak(&mut session));
    wait_for(&engine, "replaced", |_| engine.stt_model(None).is_ok_and(|model| !Arc::ptr_eq(&model, &first)));
    assert!(first.is_abandoned());
    is_over.store(true, Ordering::Relaxed);
    loops.join().unwrap().unwrap();
}
