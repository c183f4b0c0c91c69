//! Engines that do not return, on a clock that the tests move.

use super::*;

const DEADLINE: Duration = Policy::DEFAULT.deadline;

/// No retry is due before a test has seen the failure.
fn policy() -> Policy {
    Policy { canary_interval: DEADLINE * 4, deadline: DEADLINE, ..late_retries() }
}

/// The interval at which calls are checked.
const TICK: Duration = Duration::from_millis(500);

/// An engine with one model on a clock that stands still.
fn clocked(load: impl Fn(u32) -> Loaded + Send + Sync + 'static) -> (Engine, ManualClock) {
    let clock = ManualClock::new();
    (engine([slot("a", &[], load).with_clock(Clock::Manual(clock.clone()))]), clock)
}

#[test]
fn model_stuck_in_a_session_is_reloaded() {
    let switch = Switch::default();
    let scripted = switch.clone();
    let (engine, clock) = clocked(move |load| if load == 1 { hanging(&scripted) } else { good(load) });
    let _supervisor = engine.supervise(policy()).unwrap();
    wait_until_ready(&engine);
    let mut session = engine.stt_session(options()).unwrap();
    let model = model(&engine);
    assert!(!engine.has_abandoned(&model));
    switch.set(true);
    let hung = std::thread::spawn(move || speak(&mut session).map(|()| session));
    switch.wait_until_blocked(1);
    let started = Clock::Manual(clock.clone()).now();
    clock.run_until(TICK, "abandoned", || engine.has_abandoned(&model));
    let took = Clock::Manual(clock).since(started);
    assert!((DEADLINE..DEADLINE + 4 * TICK).contains(&took), "{took:?}");
    wait_until("replaced", || engine.stt_models(None).is_ok_and(|models| !Arc::ptr_eq(&models[0], &model)));
    assert!(!engine.has_abandoned(&super::model(&engine)));
    speak(&mut engine.stt_session(options()).unwrap()).unwrap();
    switch.set(false);
    let mut session = hung.join().unwrap().unwrap();
    speak(&mut session).unwrap();
    session.finish().unwrap();
}

#[test]
fn stuck_idle_model_fails_its_canary() {
    let switch = Switch::default();
    let scripted = switch.clone();
    let (engine, clock) =
        clocked(
            move |load| {
                if load == 1 { hanging(&scripted) } else { refused(ErrorKind::ModelUnreadable)(load) }
            },
        );
    let _supervisor = engine.supervise(policy()).unwrap();
    wait_until_ready(&engine);
    let model = model(&engine);
    switch.set(true);
    clock.run_until(TICK, "abandoned", || engine.has_abandoned(&model));
    clock.run_until(TICK, "failed", || health(&engine).state == ModelState::Failed);
    assert_eq!(health(&engine).code, Some("model_unreadable"), "the reason is the failed reload");
    assert!(engine.stt_session(options()).is_err(), "a model that does not answer gets no session");
    switch.set(false);
}

#[test]
fn model_that_always_hangs_is_not_reloaded_forever() {
    let switch = Switch::on();
    let scripted = switch.clone();
    let (engine, clock) = clocked(move |_| hanging(&scripted));
    let _supervisor = engine.supervise(policy()).unwrap();
    for stuck in 1..=3 {
        switch.wait_until_blocked(stuck);
        clock.run_until(TICK, "given up", || engine.stt.slots()[0].stuck_calls(&policy()) == stuck as usize);
        // The next attempt follows after a short delay.
        clock.run_until(TICK, "loaded again", || {
            switch.blocked.load(Ordering::Relaxed) > stuck || health(&engine).state == ModelState::Failed
        });
    }
    let failed = health(&engine);
    assert_eq!((failed.state, failed.code), (ModelState::Failed, Some("model_stuck")));
    assert_eq!(failed.next_try_seconds, None);
    switch.set(false);
    clock.run_until(TICK, "loading", || health(&engine).state != ModelState::Failed);
    wait_until_ready(&engine);
}

#[test]
fn slow_calls_do_not_exhaust_the_reloads() {
    let switches: Arc<Mutex<Vec<Switch>>> = Arc::default();
    let scripted = Arc::clone(&switches);
    let (engine, clock) = clocked(move |_| {
        let switch = Switch::default();
        scripted.lock().unwrap().push(switch.clone());
        hanging(&switch)
    });
    let _supervisor = engine.supervise(policy()).unwrap();
    let wait_for_load = |load| {
        wait_for(&engine, "loaded", |health| {
            health.state == ModelState::Ready && switches.lock().unwrap().len() == load
        });
    };
    for load in 1..=5 {
        wait_for_load(load);
        let switch = switches.lock().unwrap()[load - 1].clone();
        let model = model(&engine);
        let mut session = engine.stt_session(options()).unwrap();
        switch.set(true);
        let slow = std::thread::spawn(move || speak(&mut session));
        switch.wait_until_blocked(1);
        clock.run_until(TICK, "abandoned", || engine.has_abandoned(&model));
        wait_for_load(load + 1);
        switch.set(false);
        slow.join().unwrap().unwrap();
    }
}

#[test]
fn consecutive_failures_cause_a_reload() {
    let (engine, clock) = clocked(move |load| {
        // The canary uses the first recognizer, sessions use the later ones.
        let fails = move |recognizer| load == 1 && recognizer > 1;
        Ok(Counting::acting(move |recognizer| if fails(recognizer) { Err(failure()) } else { Ok(()) }))
    });
    let _supervisor = engine.supervise(policy()).unwrap();
    wait_until_ready(&engine);
    let first = super::model(&engine);
    let mut session = engine.stt_session(options()).unwrap();
    for _ in 0..3 {
        assert_eq!(speak(&mut session).unwrap_err().kind(), ErrorKind::EngineFailed);
    }
    let is_replaced = || engine.stt_models(None).is_ok_and(|models| !Arc::ptr_eq(&models[0], &first));
    clock.run_until(TICK, "noticed", || health(&engine).state != ModelState::Ready || is_replaced());
    wait_until("replaced", is_replaced);
    assert!(speak(&mut session).is_err(), "a session keeps its model");
    speak(&mut engine.stt_session(options()).unwrap()).unwrap();
}

#[test]
fn degraded_model_that_hangs_gets_no_session() {
    let switch = Switch::default();
    let scripted = switch.clone();
    let (engine, clock) = clocked(move |load| {
        if load > 1 {
            return refused(ErrorKind::ModelInvalid)(load);
        }
        let switch = scripted.clone();
        // The canary uses the first recognizer, sessions use the later ones.
        Ok(Counting::acting(move |recognizer| {
            switch.pass();
            if recognizer > 1 { Err(failure()) } else { Ok(()) }
        }))
    });
    let _supervisor = engine.supervise(policy()).unwrap();
    wait_until_ready(&engine);
    let mut session = engine.stt_session(options()).unwrap();
    for _ in 0..3 {
        speak(&mut session).unwrap_err();
    }
    clock.run_until(TICK, "waiting", || health(&engine).next_try_seconds.is_some());
    assert_eq!(health(&engine).state, ModelState::Degraded);
    assert!(engine.stt_session(options()).is_ok(), "a degraded model is still used");
    switch.set(true);
    let hung = std::thread::spawn(move || speak(&mut session));
    switch.wait_until_blocked(1);
    clock.run_until(TICK, "abandoned", || health(&engine).state == ModelState::Failed);
    let health = health(&engine);
    assert_eq!(health.code, Some("model_stuck"));
    assert!(health.next_try_seconds.is_some(), "the reload is still planned");
    assert_eq!(engine.stt_session(options()).err().unwrap().kind(), ErrorKind::ModelStuck);
    switch.set(false);
    hung.join().unwrap().unwrap_err();
}

/// Loads the engine on another thread, and moves the clock until that returns.
fn load(engine: &Engine, clock: &ManualClock) -> Result<()> {
    std::thread::scope(|threads| {
        let loading = threads.spawn(|| engine.load_within(&policy()));
        clock.run_until(TICK, "returned", || loading.is_finished());
        loading.join().unwrap()
    })
}

#[test]
fn unsupervised_load_gives_up_on_an_engine_that_hangs() {
    /// What hangs.
    #[derive(Debug, Clone, Copy)]
    enum Part {
        Load,
        Canary,
    }
    for part in [Part::Load, Part::Canary] {
        let (switch, loads) = (Switch::on(), Arc::new(AtomicU32::new(0)));
        let (scripted, counted) = (switch.clone(), Arc::clone(&loads));
        let (engine, clock) = clocked(move |load| {
            counted.store(load, Ordering::Relaxed);
            if matches!(part, Part::Load) {
                scripted.pass();
            }
            hanging(&scripted)
        });
        for attempt in 1..=4 {
            assert_eq!(load(&engine, &clock).unwrap_err().kind(), ErrorKind::ModelStuck, "{part:?}");
            assert_eq!(
                loads.load(Ordering::Relaxed),
                attempt.min(3),
                "{part:?}: a fourth call would hang too"
            );
        }
        assert_eq!(health(&engine).state, ModelState::Failed);
        assert_eq!(engine.stt_session(options()).err().unwrap().kind(), ErrorKind::ModelStuck);
        switch.set(false);
        wait_until("returned", || engine.stt.slots()[0].stuck_calls(&policy()) == 0);
        engine.load().unwrap();
        assert_eq!(health(&engine).state, ModelState::Ready);
        assert_eq!(loads.load(Ordering::Relaxed), 4);
    }
}

#[test]
fn model_in_use_stays_if_its_reload_hangs() {
    let switch = Switch::on();
    let scripted = switch.clone();
    let (engine, clock) = clocked(move |load| if load == 1 { good(load) } else { hanging(&scripted) });
    engine.load().unwrap();
    let model = model(&engine);
    load(&engine, &clock).unwrap();
    assert_eq!(health(&engine).code, Some("model_stuck"), "the failure is reported");
    assert!(Arc::ptr_eq(&model, &super::model(&engine)));
    speak(&mut engine.stt_session(options()).unwrap()).unwrap();
    switch.set(false);
}

/// A voice that renders the text "1" at once, and blocks on any other.
struct Hanging(tts::VoiceInfo, Switch);

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
            self.1.pass();
        }
        Ok(Box::new(Once(Some(vec![0.5; 100]))))
    }
}

#[test]
fn voice_stuck_in_its_canary_is_reported() {
    let switch = Switch::on();
    let info = tts::VoiceInfo {
        name: "voice".into(),
        engine: "scripted",
        language: "en".parse().unwrap(),
        sample_rate: 8_000,
        speakers: vec!["0".into()],
        streams: true,
    };
    let scripted = switch.clone();
    let methods = Methods::<dyn Voice> {
        load: Box::new(move |monitor, _| {
            let voice = Arc::new(Hanging(info.clone(), scripted.clone()));
            Ok(Arc::new(tts::Monitored::new(voice, Arc::clone(monitor))))
        }),
        canary: tts::canary::run,
    };
    let clock = ManualClock::new();
    let slot = Slot::new("voice".into(), Vec::new(), methods).with_clock(Clock::Manual(clock.clone()));
    let engine = Engine { tts: Group::new("voice", [slot]), ..engine([]) };
    let single = Policy { attempts: Backoff { attempts: 1, ..Backoff::default() }, ..policy() };
    let _supervisor = engine.supervise(single).unwrap();
    switch.wait_until_blocked(1);
    let health = || engine.health().tts.swap_remove(0);
    clock.run_until(TICK, "failed", || health().state != ModelState::Loading);
    assert_eq!((health().state, health().code), (ModelState::Failed, Some(ErrorKind::ModelStuck.code())));
    switch.set(false);
}

#[test]
fn session_leaves_a_model_that_hangs_elsewhere() {
    let switch = Switch::default();
    let scripted = switch.clone();
    let load =
        move |load| if load == 1 { hanging(&scripted) } else { refused(ErrorKind::ModelUnreadable)(load) };
    let clock = ManualClock::new();
    let clocked = |model: Slot<dyn Model>| model.with_clock(Clock::Manual(clock.clone()));
    let engine = engine([clocked(slot("a", &[], load)), clocked(slot("b", &[], good))]);
    let _supervisor = engine.supervise(policy()).unwrap();
    wait_until("loaded", || engine.stt_models(None).is_ok_and(|models| models.len() == 2));
    let first = model(&engine);
    let [mut stuck, mut other] = [(); 2].map(|()| engine.stt_session(options()).unwrap());
    let in_use = other.model_in_use();
    speak(&mut other).unwrap();
    other.flush().unwrap();
    switch.set(true);
    let hung = std::thread::spawn(move || speak(&mut stuck).map(|()| stuck));
    switch.wait_until_blocked(1);
    clock.run_until(TICK, "abandoned", || engine.has_abandoned(&first));
    assert!(Arc::ptr_eq(&in_use.get(), &first));

    speak(&mut other).unwrap();
    assert!(!Arc::ptr_eq(&in_use.get(), &first) && !engine.has_abandoned(&in_use.get()));
    let events: Vec<_> = std::iter::from_fn(|| other.next_event().unwrap()).collect();
    let is_warning =
        |event: &SttEvent| matches!(event, SttEvent::Warning { kind: ErrorKind::ModelFallback, .. });
    assert!(events.iter().any(is_warning), "{events:?}");
    assert!(events.iter().any(|event| matches!(event, SttEvent::ModelChanged { .. })));

    switch.set(false);
    let mut slow = hung.join().unwrap().unwrap();
    slow.flush().unwrap();
    speak(&mut slow).unwrap();
    assert!(Arc::ptr_eq(&slow.model_in_use().get(), &first), "it was only slow");
}
