//! Sessions in which models fail.

use super::*;
use crate::stt::SampleRates;
use crate::stt::scripted::Call;

/// A model whose `nth` push fails, and each later one.
fn failing_at_push(nth: u64) -> Arc<Counting> {
    let pushes = AtomicU64::new(0);
    Counting::acting(
        move |_| if pushes.fetch_add(1, Ordering::Relaxed) + 1 >= nth { Err(failure()) } else { Ok(()) },
    )
}

/// A model in which this call fails.
fn failing_in(wrong: Call) -> Arc<Counting> {
    Counting::new().with(|counting| {
        counting.on_call = Box::new(move |call| if call == wrong { Err(failure()) } else { Ok(()) });
    })
}

fn open(models: Vec<Arc<dyn Model>>, options: SttOptions) -> SttSession {
    opened(SttSession::with_vad(models, options, Box::new(Graded)).unwrap())
}

/// A sentence of words, each of a value and 320 ms, with gaps.
fn sentence(words: &[i16], rate: u32) -> Vec<u8> {
    let run = |sample: i16, ms: u32| sample.to_le_bytes().repeat((ms * rate / 1_000) as usize);
    let spoken = words.iter().flat_map(|&word| [run(word, 320), run(0, 64)].concat());
    [run(0, 800), spoken.collect(), run(0, 1_600)].concat()
}

const WORDS: [i16; 4] = [12_000, 1_500, 1_600, 1_700];

fn words_of(events: &[SttEvent]) -> Vec<&str> {
    let words = events.iter().filter_map(|event| {
        if let SttEvent::Final(transcript) = event { Some(&transcript.words) } else { None }
    });
    words.flatten().map(|word| word.text.as_str()).collect()
}

/// The events in short.
fn kinds(events: &[SttEvent]) -> Vec<&'static str> {
    let kind = |event: &SttEvent| match event {
        SttEvent::Warning { kind, .. } => kind.code(),
        SttEvent::ModelChanged { .. } => "changed",
        SttEvent::SpeechStarted { .. } => "started",
        SttEvent::Final(_) => "final",
        SttEvent::SpeechEnded { reason: EndReason::Failed, .. } => "failed",
        SttEvent::SpeechEnded { .. } => "ended",
        SttEvent::Partial { .. } => "partial",
        _ => "other",
    };
    events.iter().map(kind).collect()
}

/// Pushes `audio` in pieces of 100 ms and returns the events.
fn feed(session: &mut SttSession, audio: &[u8]) -> Result<Vec<SttEvent>> {
    let (mut events, mut outcome) = (Vec::new(), Ok(()));
    for piece in audio.chunks(session.format().bytes_in(100)) {
        outcome = outcome.and(session.push(piece));
        loop {
            match session.next_event() {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(error) => outcome = outcome.and(Err(error)),
            }
        }
    }
    outcome.map(|()| events)
}

#[test]
fn fallback_decodes_the_whole_utterance() {
    let failing = [
        failing_in(Call::Create),
        failing_in(Call::Partial),
        failing_in(Call::Finish),
        failing_at_push(1),
        failing_at_push(2),
        failing_at_push(5),
        failing_at_push(12),
    ];
    for (number, first) in failing.into_iter().enumerate() {
        let models: Vec<Arc<dyn Model>> = vec![first, Literal::new()];
        let mut session = open(models, SttOptions { words: true, ..SttOptions::default() });
        let in_use = session.model_in_use();
        assert_eq!(in_use.get().info().name, "counting");
        let events = feed(&mut session, &sentence(&WORDS, 16_000)).unwrap();
        assert_eq!(words_of(&events), ["12000", "1500", "1600", "1700"], "case {number}");
        let mut seen = kinds(&events);
        seen.retain(|kind| *kind != "partial");
        seen.sort_unstable();
        assert_eq!(seen, ["changed", "ended", "final", "model_fallback", "started"], "case {number}");
        let warning = events.iter().find_map(|event| {
            if let SttEvent::Warning { message, .. } = event { Some(message) } else { None }
        });
        let warning = warning.unwrap();
        assert!(warning.contains("counting") && warning.contains("literal"), "{warning}");
        assert!(warning.contains("engine_failed: scripted"), "{warning}");
        assert!(
            events
                .iter()
                .any(|event| matches!(event, SttEvent::ModelChanged { model } if model.name == "literal"))
        );
        assert_eq!(in_use.get().info().name, "literal");

        let events = feed(&mut session, &sentence(&WORDS, 16_000)).unwrap();
        assert_eq!(words_of(&events).len(), 4);
        assert_eq!(kinds(&events), ["started", "final", "ended"], "it stays with the fallback");
    }
}

#[test]
fn fallback_finishes_a_stream_that_ends_in_speech() {
    for first in [failing_in(Call::Finish), failing_at_push(4), failing_at_push(1)] {
        let models: Vec<Arc<dyn Model>> = vec![first, Literal::new()];
        let mut session = open(models, SttOptions { words: true, ..SttOptions::default() });
        let audio = sentence(&WORDS, 16_000);
        let in_speech = audio.len() - 2 * 16 * 1_700;
        let mut events = feed(&mut session, &audio[..in_speech]).unwrap();
        session.finish().unwrap();
        events.extend(drain(&mut session));
        assert_eq!(words_of(&events), ["12000", "1500", "1600", "1700"]);
        assert!(kinds(&events).ends_with(&["final", "ended"]));
    }
}

#[test]
fn utterance_is_lost_if_every_model_fails() {
    for broken in [failing_at_push(1), failing_at_push(4), failing_in(Call::Finish)] {
        let creates = Arc::new(AtomicU64::new(0));
        let (counted, later) = (Arc::clone(&creates), Arc::new(std::sync::atomic::AtomicBool::new(true)));
        let fails = Arc::clone(&later);
        let second = Counting::new().with(|counting| {
            counting.info.name = "second".into();
            counting.on_call = Box::new(move |call| match call {
                Call::Create if fails.load(Ordering::Relaxed) => {
                    counted.fetch_add(1, Ordering::Relaxed);
                    Err(failure())
                }
                _ => Ok(()),
            });
        });
        let mut session = open(vec![broken, second], SttOptions::default());
        let error = feed(&mut session, &sentence(&[12_000], 16_000)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::EngineFailed);
        assert!(creates.load(Ordering::Relaxed) > 0);
        later.store(false, Ordering::Relaxed);
        drain(&mut session);
        let events = feed(&mut session, &sentence(&[12_000], 16_000)).unwrap();
        assert!(kinds(&events).ends_with(&["final", "ended"]), "the session lives on: {:?}", kinds(&events));
    }
}

#[test]
fn last_model_falls_back_to_the_first() {
    let second = failing_at_push(20).with(|counting| counting.info.name = "second".into());
    let once = std::sync::atomic::AtomicBool::new(true);
    let first =
        Counting::acting(move |_| if once.swap(false, Ordering::Relaxed) { Err(failure()) } else { Ok(()) });
    let mut session = open(vec![first, second], SttOptions::default());
    let mut changes = Vec::new();
    for _ in 0..3 {
        for event in feed(&mut session, &sentence(&WORDS, 16_000)).unwrap() {
            if let SttEvent::ModelChanged { model } = event {
                changes.push(model.name);
            }
        }
    }
    assert_eq!(changes, ["second", "counting"]);
}

#[test]
fn fallback_takes_another_rate() {
    for rate in [8_000, 11_025] {
        for nth in [1, 2, 9] {
            let first = failing_at_push(nth).with(|counting| {
                counting.info.sample_rates = SampleRates { lowest: 8_000, highest: SAMPLE_RATE };
            });
            let models: Vec<Arc<dyn Model>> = vec![first, Literal::at_rates(SampleRates::ONE)];
            let format = Format::pcm16(rate).unwrap();
            let mut session = open(models, SttOptions { format, words: true, ..SttOptions::default() });
            for round in 0..2 {
                let events = feed(&mut session, &sentence(&WORDS, rate)).unwrap();
                // Resampling blurs the edges of the runs, so values in between are recognized as short words.
                let recognized = words_of(&events);
                for word in WORDS {
                    let is_near = |recognized: &&str| {
                        recognized
                            .parse::<i32>()
                            .is_ok_and(|recognized| (recognized - i32::from(word)).abs() <= 2)
                    };
                    assert!(
                        recognized.iter().any(is_near),
                        "{rate} Hz, round {round}: {word} in {recognized:?}"
                    );
                }
                let final_ = events.iter().find_map(|event| {
                    if let SttEvent::Final(transcript) = event { Some(transcript) } else { None }
                });
                let (start, end) = final_.map(|transcript| (transcript.start_ms, transcript.end_ms)).unwrap();
                let before = round * 3_936;
                assert!(start.abs_diff(before + 400) < 40, "{rate} Hz, round {round}: {start}");
                assert!(end.abs_diff(before + 2_272) < 40, "{rate} Hz, round {round}: {end}");
            }
        }
    }
}

#[test]
fn grammar_that_the_fallback_does_not_take_is_a_warning() {
    let options = |phrases: &[&str]| SttOptions {
        grammar: Some(Grammar::new(phrases).unwrap()),
        ..SttOptions::default()
    };
    let static_graph = || Counting::new().with(|counting| counting.info.takes_grammar = false);
    for (second, phrases, expected) in [
        (
            static_graph() as Arc<dyn Model>,
            &["yes", "no"][..],
            Some((ErrorKind::GrammarUnsupported, "static graph")),
        ),
        (Literal::new(), &["yes", "other"], Some((ErrorKind::GrammarInvalid, "left out: other"))),
        (Literal::new(), &["other"], Some((ErrorKind::GrammarInvalid, "whole vocabulary"))),
        (Literal::new(), &["yes", "no"], None),
    ] {
        let mut session = open(vec![failing_at_push(3), second], options(phrases));
        let events = feed(&mut session, &sentence(&WORDS, 16_000)).unwrap();
        let warnings: Vec<_> = events
            .iter()
            .filter_map(|event| {
                if let SttEvent::Warning { kind, message } = event {
                    Some((*kind, message.as_str()))
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(warnings[0].0, ErrorKind::ModelFallback);
        match expected {
            Some((kind, part)) => {
                assert_eq!(warnings[1].0, kind);
                assert!(warnings[1].1.contains(part), "{warnings:?}");
            }
            None => assert_eq!(warnings.len(), 1),
        }
        assert!(kinds(&events).ends_with(&["final", "ended"]));
    }
    // The first model must take the grammar.
    let models: Vec<Arc<dyn Model>> = vec![static_graph(), Literal::new()];
    assert_eq!(
        SttSession::new(models, options(&["yes"])).err().unwrap().kind(),
        ErrorKind::GrammarUnsupported
    );
}

#[test]
fn session_needs_a_model() {
    let error = SttSession::new(Vec::new(), SttOptions::default()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::ModelNotFound);
}

#[test]
fn held_audio_is_bounded_by_the_utterance() {
    let rules = Endpoint { max_utterance_ms: 2_000, ..Endpoint::default() };
    let models: Vec<Arc<dyn Model>> = vec![Counting::new(), Counting::new()];
    let mut session = open(models, SttOptions { endpoint: rules, ..SttOptions::default() });
    let mut most = 0;
    for _ in 0..300 {
        session.push(&12_000_i16.to_le_bytes().repeat(1_600)).unwrap();
        let held = session.utterance.as_ref().map_or(0, Utterance::held_for_fallback);
        most = most.max(held);
        drain(&mut session);
    }
    assert!((16_000..16 * 2_500).contains(&most), "{most} samples");

    let mut alone = open(vec![Counting::new()], SttOptions::default());
    alone.push(&12_000_i16.to_le_bytes().repeat(16_000)).unwrap();
    assert_eq!(alone.utterance.as_ref().unwrap().held_for_fallback(), 0, "no fallback needs it");
}

#[test]
fn cut_after_a_failure_loses_no_word() {
    for nth in [1, 3, 8, 15, 40] {
        let endpoint = Endpoint { max_utterance_ms: 2_000, ..Endpoint::default() };
        let models: Vec<Arc<dyn Model>> = vec![failing_at_push(nth), Literal::new()];
        let mut session = open(models, SttOptions { endpoint, words: true, ..SttOptions::default() });
        let spoken: Vec<i16> = (0..30).map(|number| 11_000 + 10 * number).collect();
        let events = feed(&mut session, &sentence(&spoken, 16_000)).unwrap();
        // Each result of the scripted first model is one word with the number of its samples.
        let recognized: Vec<_> = words_of(&events)
            .into_iter()
            .filter_map(|word| word.parse::<i16>().ok())
            .filter(|word| (11_000..11_300).contains(word))
            .collect();
        let before = spoken.len() - recognized.len();
        assert_eq!(recognized, spoken[before..], "failed at push {nth}");
        if nth < 15 {
            assert_eq!(before, 0, "the first utterance was decoded again");
        }
    }
}
