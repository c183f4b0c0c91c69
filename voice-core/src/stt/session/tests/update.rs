//! Sessions whose options change.

use super::*;
use crate::stt::scripted::Call;
use crate::stt::{GrammarUpdate, MaxAlternatives, SttUpdate};

fn phrases(phrases: &[&str]) -> GrammarUpdate {
    GrammarUpdate::Replaced(Grammar::new(phrases).unwrap())
}

fn finals(events: &[SttEvent]) -> Vec<&crate::stt::Transcript> {
    events
        .iter()
        .filter_map(|event| if let SttEvent::Final(transcript) = event { Some(transcript) } else { None })
        .collect()
}

#[test]
fn update_takes_effect_at_the_next_utterance() {
    let model = Counting::new();
    let mut session = session(&model, Endpoint::default());
    session.push(&audio(&[0, 50])).unwrap();
    session
        .update(SttUpdate {
            words: Some(false),
            endpoint: Some(Endpoint { silence_ms: 160, ..Endpoint::default() }),
            ..SttUpdate::default()
        })
        .unwrap();
    assert_eq!((session.options().words, session.options().endpoint.silence_ms), (false, 160));
    // The pause ends the utterance after 800 ms, as before, and the next one after 160 ms.
    session.push(&audio(&[30])).unwrap();
    assert!(session.utterance.is_some());
    session.push(&audio(&[20, 50, 11])).unwrap();
    assert!(session.utterance.is_none());
    let events = drain(&mut session);
    let words: Vec<_> = finals(&events).iter().map(|transcript| transcript.words.len()).collect();
    assert_eq!(words, [1, 0]);
}

#[test]
fn update_between_utterances_takes_effect_at_once() {
    let model = Counting::new();
    let mut session = session(&model, Endpoint::default());
    session.push(&audio(&[30, 50, 60])).unwrap();
    session.update(SttUpdate { words: Some(false), ..SttUpdate::default() }).unwrap();
    session.push(&audio(&[0, 50, 60])).unwrap();
    let events = drain(&mut session);
    let words: Vec<_> = finals(&events).iter().map(|transcript| transcript.words.len()).collect();
    assert_eq!(words, [1, 0]);
}

#[test]
fn later_start_keeps_the_audio_before_it() {
    let model = Counting::new();
    let mut session = session(&model, Endpoint::default());
    let endpoint = Some(Endpoint { start_ms: 960, ..Endpoint::default() });
    session.update(SttUpdate { endpoint, ..SttUpdate::default() }).unwrap();
    session.push(&audio(&[100, 80, 60])).unwrap();
    let events = drain(&mut session);
    assert_eq!(finals(&events)[0].start_ms, (100 - LEAD_IN) * FRAME_TIME);
}

#[test]
fn updates_during_an_utterance_are_combined() {
    let mut session = session(&Counting::new(), Endpoint::default());
    session.push(&audio(&[0, 50])).unwrap();
    session.update(SttUpdate { grammar: phrases(&["yes"]), ..SttUpdate::default() }).unwrap();
    let count = MaxAlternatives::new(3).unwrap();
    session.update(SttUpdate { max_alternatives: Some(count), ..SttUpdate::default() }).unwrap();
    assert!(session.setup.recognizer.grammar.is_none());
    session.flush().unwrap();
    assert_eq!(session.setup.recognizer.grammar, Some(Grammar::new(["yes"]).unwrap()));
    assert_eq!(session.setup.recognizer.max_alternatives, count);
    session.update(SttUpdate { grammar: GrammarUpdate::Removed, ..SttUpdate::default() }).unwrap();
    assert!(session.setup.recognizer.grammar.is_none());
    assert_eq!(session.setup.recognizer.max_alternatives, count);
}

#[test]
fn invalid_update_changes_nothing() {
    let mut session = session(&Counting::new(), Endpoint::default());
    session.push(&audio(&[0, 50])).unwrap();
    session.update(SttUpdate { grammar: phrases(&["yes"]), ..SttUpdate::default() }).unwrap();
    let refused = |session: &mut SttSession, update: SttUpdate| session.update(update).unwrap_err().kind();
    let endpoint = Some(Endpoint { silence_ms: 1, ..Endpoint::default() });
    let wrong = SttUpdate { endpoint, words: Some(false), ..SttUpdate::default() };
    assert_eq!(refused(&mut session, wrong), ErrorKind::OptionInvalid);
    let wrong = SttUpdate { grammar: phrases(&["unknown"]), words: Some(false), ..SttUpdate::default() };
    assert_eq!(refused(&mut session, wrong), ErrorKind::GrammarInvalid);
    let error = session.update_models(Vec::new(), None, SttUpdate::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelNotFound);
    assert!(session.options().words);
    session.flush().unwrap();
    assert_eq!(session.setup.recognizer.grammar, Some(Grammar::new(["yes"]).unwrap()), "the earlier update");
    session.finish().unwrap();
    assert_eq!(refused(&mut session, SttUpdate::default()), ErrorKind::SessionEnded);
}

#[test]
fn update_of_models_waits_for_the_utterance() {
    let mut session = session(&Counting::new(), Endpoint::default());
    session.push(&audio(&[0, 50])).unwrap();
    drain(&mut session);
    let in_use = session.model_in_use();
    session.update_models(vec![Literal::new()], Some("en".parse().unwrap()), SttUpdate::default()).unwrap();
    // The grammar is that of the new model.
    let update = || SttUpdate { grammar: phrases(&["unknown"]), ..SttUpdate::default() };
    session.update(update()).unwrap();
    assert_eq!(in_use.get().info().name, "counting");
    session.push(&audio(&[60])).unwrap();
    let events = drain(&mut session);
    assert_eq!(finals(&events).len(), 1);
    let Some(SttEvent::ModelChanged { model }) = events.last() else { panic!("{events:?}") };
    assert_eq!((model.name.as_str(), &*in_use.get().info().name), ("literal", "literal"));
    assert_eq!(session.options().language.as_deref(), Some("en"));
    session.push(&audio(&[0, 50, 60])).unwrap();
    let events = drain(&mut session);
    assert_eq!(finals(&events)[0].text, "1000", "from the new model");
}

#[test]
fn grammar_is_checked_again_if_the_model_fails_meanwhile() {
    let first = Counting::new().with(|counting| {
        counting.on_call = Box::new(|call| if call == Call::Finish { Err(failure()) } else { Ok(()) });
    });
    let models: Vec<Arc<dyn Model>> = vec![first, Literal::new()];
    let mut session =
        opened(SttSession::with_vad(models, SttOptions::default(), Box::new(Loud { threshold: 1 })).unwrap());
    session.push(&audio(&[0, 50])).unwrap();
    session.update(SttUpdate { grammar: phrases(&["yes", "other"]), ..SttUpdate::default() }).unwrap();
    session.flush().unwrap();
    let left_out = drain(&mut session).into_iter().find_map(|event| match event {
        SttEvent::Warning { kind: ErrorKind::GrammarInvalid, message } => Some(message),
        _ => None,
    });
    assert!(left_out.unwrap().contains("left out: other"));
    assert_eq!(session.setup.recognizer.grammar, Some(Grammar::new(["yes"]).unwrap()));
}

#[test]
fn kept_recognizer_is_released_if_an_update_needs_another_one() {
    let model = Counting::binding();
    let mut session = session(&model, Endpoint::default());
    session.push(&audio(&[0, 50, 60])).unwrap();
    session.update(SttUpdate { words: Some(false), ..SttUpdate::default() }).unwrap();
    session.push(&audio(&[0, 50, 60])).unwrap();
    assert_eq!((counted(&model.made), counted(&model.released)), (1, 0), "words need no other recognizer");
    session.update(SttUpdate { grammar: phrases(&["yes"]), ..SttUpdate::default() }).unwrap();
    assert_eq!(counted(&model.released), 1);
    session.push(&audio(&[0, 50, 60])).unwrap();
    assert_eq!(counted(&model.made), 2);
}

#[test]
fn update_keeps_the_count_of_silence() {
    let rules = |limit| Endpoint { no_speech_timeout_ms: Some(limit), ..Endpoint::default() };
    let mut session = session(&Counting::new(), rules(3_200));
    session.push(&audio(&[150])).unwrap();
    session.update(SttUpdate { endpoint: Some(rules(2_400)), ..SttUpdate::default() }).unwrap();
    session.push(&audio(&[1])).unwrap();
    assert_eq!(drain(&mut session), [SttEvent::NoSpeech { at_ms: 151 * FRAME_TIME }]);
}

#[test]
fn session_in_a_pool_is_updated_by_a_command() {
    use crate::pool::Pool;
    use crate::stt::SttCommand;

    let pool = Pool::new(std::num::NonZeroUsize::MIN).unwrap();
    let options = SttOptions { vad: VadMode::Always, words: true, ..SttOptions::default() };
    let session = SttSession::new(vec![Counting::new()], options).unwrap();
    let (sender, updates) = std::sync::mpsc::channel();
    let handle = pool.attach(session, move |update| drop(sender.send(update)));
    let second = || SttCommand::audio(audio(&[0, 60]));
    let endpoint = Some(Endpoint { silence_ms: 1, ..Endpoint::default() });
    for command in [
        second(),
        SttCommand::Flush,
        SttCommand::Update(SttUpdate { words: Some(false), ..SttUpdate::default() }),
        second(),
        SttCommand::Update(SttUpdate { endpoint, ..SttUpdate::default() }),
        SttCommand::Flush,
        SttCommand::Finish,
    ] {
        handle.submit(command).unwrap();
    }
    let (mut words, mut refused, mut done) = (Vec::new(), Vec::new(), 0);
    while done < 7 {
        let update = updates.recv_timeout(std::time::Duration::from_mins(1)).unwrap();
        done += usize::from(update.is_done);
        for event in update.events {
            match event {
                Ok(SttEvent::Final(transcript)) => words.push(transcript.words.len()),
                Ok(_) => {}
                Err(error) => refused.push(error.kind()),
            }
        }
    }
    assert_eq!((words, refused), (vec![1, 0], vec![ErrorKind::OptionInvalid]));
}
