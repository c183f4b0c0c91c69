//! Loads, retries and reloads, with and without a supervisor.

use super::*;

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
    let old = model(&engine);
    let mut session = engine.stt_session(options()).unwrap();
    speak(&mut session).unwrap();

    let outcomes: Vec<_> = supervisor.reload().iter().collect();
    assert_eq!(outcomes.len(), 1);
    assert_eq!((&*outcomes[0].0, outcomes[0].1.as_ref().unwrap_err().kind()), ("a", ErrorKind::ModelInvalid));
    assert!(Arc::ptr_eq(&old, &model(&engine)));
    let health = wait_until_ready(&engine);
    assert_eq!(health.code, Some("model_invalid"), "the failure is reported");
    assert_eq!(engine.health().status, Status::Healthy);

    fails.store(false, Ordering::Relaxed);
    assert!(supervisor.reload().iter().all(|(_, outcome)| outcome.is_ok()));
    assert!(!Arc::ptr_eq(&old, &model(&engine)));
    assert_eq!(wait_until_ready(&engine).code, None);
    speak(&mut session).unwrap();
    session.finish().unwrap();
}

#[test]
fn load_succeeds_with_one_model_of_any_language() {
    let broken = || slot("arabic", &["ar"], refused(ErrorKind::ModelUnreadable));
    let code = |outcome: Result<()>| outcome.err().map(|error| error.kind());
    let english = SttOptions { language: Some(tag("en")), ..options() };

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
fn panic_of_an_engine_is_an_error() {
    let in_load = engine([slot("a", &[], |_| panic!("scripted"))]);
    assert_eq!(in_load.load().unwrap_err().kind(), ErrorKind::ModelLoadFailed);
    let in_canary = engine([slot("a", &[], |_| Ok(Counting::acting(|_| panic!("scripted"))))]);
    assert_eq!(in_canary.load().unwrap_err().kind(), ErrorKind::EngineFailed);
    for engine in [in_load, in_canary] {
        let _supervisor = engine.supervise(late_retries()).unwrap();
        wait_for(&engine, "failed", |health| {
            health.state == ModelState::Failed && health.next_try_seconds.is_some()
        });
    }
}

#[test]
fn waiting_reloads_share_one_load_and_are_limited() {
    let (switch, loads) = (Switch::default(), Arc::new(AtomicU32::new(0)));
    let (scripted, counted) = (switch.clone(), Arc::clone(&loads));
    let engine = engine([slot("a", &[], move |load| {
        counted.store(load, Ordering::Relaxed);
        scripted.pass();
        good(load)
    })]);
    let supervisor = engine.supervise(late_retries()).unwrap();
    wait_until_ready(&engine);
    switch.set(true);
    let first = supervisor.reload();
    switch.wait_until_blocked(1);
    let waiting: Vec<_> = (0..100).map(|_| supervisor.reload()).collect();
    switch.set(false);
    assert!(first.iter().all(|(_, outcome)| outcome.is_ok()));
    let kinds = waiting.iter().flatten().map(|(_, outcome)| outcome.err().map(|error| error.kind()));
    let kinds: Vec<_> = kinds.collect();
    assert_eq!(kinds.iter().filter(|kind| kind.is_none()).count(), 64);
    assert_eq!(kinds.iter().filter(|kind| **kind == Some(ErrorKind::Overloaded)).count(), 36);
    assert_eq!(loads.load(Ordering::Relaxed), 3, "the first load, the first reload and one for all others");
}
