//! The choice among several models, and the health of an engine with several.

use super::*;

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
fn engine_with_one_of_two_tasks_is_degraded() {
    let voice = || {
        let methods = Methods {
            load: Box::new(|_, _| Err(Error::new(ErrorKind::ModelUnreadable, "scripted"))),
            canary: tts::canary::run,
        };
        Slot::<dyn Voice>::new("voice".into(), Vec::new(), methods)
    };
    let engine = |load: fn(u32) -> Loaded| Engine {
        tts: Group::new("voice", [voice()]),
        ..engine([slot("model", &[], load)])
    };
    let stt_works = engine(good);
    assert_eq!(stt_works.health().status, Status::Starting);
    stt_works.stt.load(&policy());
    assert_eq!(stt_works.health().status, Status::Degraded, "voices are still being loaded");
    stt_works.tts.load(&policy());
    assert_eq!(stt_works.health().status, Status::Degraded, "no voice works");
    assert_eq!(
        stt_works.load().unwrap_err().kind(),
        ErrorKind::ModelUnreadable,
        "each task needs a working model"
    );

    let stt_fails = engine(|load| refused(ErrorKind::ModelUnreadable)(load));
    stt_fails.stt.load(&policy());
    assert_eq!(stt_fails.health().status, Status::Starting, "a voice may still be loaded");
    stt_fails.tts.load(&policy());
    assert_eq!(stt_fails.health().status, Status::Unhealthy);
}

#[test]
fn session_gets_a_model_of_its_language() {
    let engine = engine([slot("a", &["ar"], good), slot("b", &["en"], good), slot("c", &["ar"], good)]);
    engine.load().unwrap();
    let speaking = |language: &str| SttOptions { language: Some(tag(language)), ..options() };
    for language in ["ar", "en-GB"] {
        let mut session = engine.stt_session(speaking(language)).unwrap();
        assert_eq!(model_of(&mut session).engine, "scripted");
        let wanted = usize::from(language != "ar");
        let model = engine.stt.slots()[wanted].model().unwrap();
        assert!(Arc::ptr_eq(&engine.stt_models(Some(&tag(language))).unwrap()[0], &model));
    }
    assert_eq!(engine.stt_session(speaking("tlh")).err().unwrap().kind(), ErrorKind::ModelNotFound);
    assert_eq!(
        Engine::new(EngineOptions::default()).stt_session(options()).err().unwrap().kind(),
        ErrorKind::ModelNotFound
    );
}

#[test]
fn update_of_the_language_chooses_models() {
    let engine = engine([slot("a", &["ar"], good), slot("b", &["en"], good)]);
    engine.load().unwrap();
    let mut session = engine.stt_session(options()).unwrap();
    let in_use = session.model_in_use();
    speak(&mut session).unwrap();
    engine.update_stt(&mut session, Some(tag("en-GB")), SttUpdate::default()).unwrap();
    let models = |language| engine.stt_models(Some(&tag(language))).unwrap();
    assert!(Arc::ptr_eq(&in_use.get(), &models("ar")[0]), "the utterance goes on");
    session.flush().unwrap();
    assert!(Arc::ptr_eq(&in_use.get(), &models("en")[0]));
    let update = SttUpdate { words: Some(true), ..SttUpdate::default() };
    let error = engine.update_stt(&mut session, Some(tag("tlh")), update).unwrap_err();
    assert_eq!((error.kind(), session.options().words), (ErrorKind::ModelNotFound, false));
    assert_eq!(session.options().language.as_deref(), Some("en-GB"));
}
