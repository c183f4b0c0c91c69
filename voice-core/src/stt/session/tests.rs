//! Sessions with scripted models and voice detectors.

mod cuts;
mod models;
mod update;

use super::*;
use crate::audio::Format;
use crate::stt::scripted::{Counting, ENDPOINT_SAMPLES, KEEP_MS, Literal, failure};
use crate::stt::{Decoding, Grammar, Margins};
use crate::vad::Endpoint;
use std::sync::atomic::{AtomicU64, Ordering};

/// A frame is voice if its first sample is not zero. The quick score knows frames below `threshold`.
struct Loud {
    threshold: i16,
}

impl Vad for Loud {
    fn score(&mut self, frame: &[i16; FRAME]) -> f32 {
        if frame[0] == 0 { 0.0 } else { 1.0 }
    }

    fn quick_score(&mut self, frame: &[i16; FRAME]) -> Option<f32> {
        (frame[0] < self.threshold).then(|| self.score(frame))
    }
}

/// Scores loud frames as voice, medium ones as weak voice, and soft ones as no voice.
struct Graded;

impl Vad for Graded {
    fn score(&mut self, frame: &[i16; FRAME]) -> f32 {
        match frame[0].unsigned_abs() {
            0..1_000 => 0.2,
            1_000..10_000 => 0.4,
            _ => 0.9,
        }
    }
}

fn session(model: &Arc<Counting>, endpoint: Endpoint) -> SttSession {
    session_with_vad(model, endpoint, Loud { threshold: i16::MAX })
}

fn session_with_vad(model: &Arc<Counting>, endpoint: Endpoint, vad: Loud) -> SttSession {
    let options = SttOptions { endpoint, words: true, ..SttOptions::default() };
    opened(SttSession::with_vad(vec![Arc::clone(model) as _], options, Box::new(vad)).unwrap())
}

/// The session after its first event.
fn opened(mut session: SttSession) -> SttSession {
    assert_eq!(
        session.next_event().unwrap(),
        Some(SttEvent::Ready { model: session.model_in_use().get().info().clone() })
    );
    session
}

/// Alternating runs of silence and voice, in frames, silence first.
fn audio(runs: &[usize]) -> Vec<u8> {
    let sample = |run: usize| if run.is_multiple_of(2) { 0i16 } else { 1_000 };
    let samples = runs.iter().enumerate().flat_map(|(run, &frames)| vec![sample(run); frames * FRAME]);
    samples.flat_map(i16::to_le_bytes).collect()
}

fn drain(session: &mut SttSession) -> Vec<SttEvent> {
    std::iter::from_fn(|| session.next_event().unwrap()).collect()
}

const FRAME_TIME: u64 = FRAME_MS as u64;

/// Frames for which a recognizer is kept.
const KEEP_FRAMES: usize = (KEEP_MS / FRAME_MS) as usize;

/// Frames decoded from before the first voiced one.
const LEAD_IN: u64 = (400 / FRAME_MS) as u64;

#[test]
fn events_are_in_order_and_in_stream_time() {
    let model = Counting::new();
    let mut session = session(&model, Endpoint::default());
    session.push(&audio(&[100, 50, 60])).unwrap();
    let events = drain(&mut session);
    let [
        SttEvent::SpeechStarted { at_ms },
        SttEvent::Final(transcript),
        SttEvent::SpeechEnded { at_ms: end, reason },
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert_eq!(*at_ms, 100 * FRAME_TIME);
    assert_eq!((*end, *reason), (150 * FRAME_TIME, EndReason::Silence));
    assert_eq!(transcript.start_ms, (100 - LEAD_IN) * FRAME_TIME);
    assert_eq!(transcript.words[0].start_ms, transcript.start_ms);
    assert_eq!(transcript.end_ms, *end);
}

#[test]
fn silence_is_not_decoded_and_needs_no_recognizer() {
    let model = Counting::new();
    let mut session = session(&model, Endpoint::default());
    session.push(&audio(&[2_000])).unwrap();
    assert_eq!(model.made.load(Ordering::Relaxed), 0);
    session.push(&audio(&[0, 50, 3_000])).unwrap();
    let frames = model.decoded.load(Ordering::Relaxed) / FRAME as u64;
    assert_eq!(frames, LEAD_IN + 50 + 6);
    assert!(session.utterance.is_none());
}

#[test]
fn pause_is_decoded_if_speech_continues() {
    let model = Counting::new();
    let mut session = session(&model, Endpoint::default());
    session.push(&audio(&[0, 50, 45, 50])).unwrap();
    session.flush().unwrap();
    assert_eq!(model.made.load(Ordering::Relaxed), 1);
    assert_eq!(model.decoded.load(Ordering::Relaxed), (50 + 45 + 50) * FRAME as u64);
}

#[test]
fn onset_after_an_endpoint_belongs_to_the_next_utterance() {
    let model = Counting::new();
    let mut session = session(&model, Endpoint::default());
    session.push(&audio(&[0, 50, 55, 30])).unwrap();
    session.finish().unwrap();
    let starts: Vec<_> = drain(&mut session)
        .into_iter()
        .filter_map(
            |event| if let SttEvent::Final(transcript) = event { Some(transcript.start_ms) } else { None },
        )
        .collect();
    assert_eq!(starts, [0, (50 + 55 - LEAD_IN) * FRAME_TIME]);
}

#[test]
fn every_frame_is_speech_without_detection() {
    let model = Counting::new();
    let endpoint = Endpoint { start_ms: 1_000, max_utterance_ms: 1_600, ..Endpoint::default() };
    let options = SttOptions { vad: VadMode::Always, endpoint, ..SttOptions::default() };
    let mut session = opened(SttSession::new(vec![Arc::clone(&model) as _], options).unwrap());
    session.push(&audio(&[1])).unwrap();
    session.flush().unwrap();
    assert_eq!(drain(&mut session).len(), 3);
    session.push(&audio(&[202])).unwrap();
    session.finish().unwrap();
    assert_eq!(model.decoded.load(Ordering::Relaxed), 203 * FRAME as u64);
}

#[test]
fn partials_come_only_after_a_change() {
    let mut session = session(&Counting::new(), Endpoint::default());
    session.push(&audio(&[0, 30])).unwrap();
    session.push(&audio(&[0, 30])).unwrap();
    let events = drain(&mut session);
    assert_eq!(events.len(), 2, "{events:?}");
    assert!(matches!(&events[1], SttEvent::Partial { .. }));
    assert_eq!(drain(&mut session), []);
}

#[test]
fn engine_failure_loses_only_its_audio() {
    let model = Counting::acting(|recognizer| if recognizer == 1 { Err(failure()) } else { Ok(()) });
    let mut session = session(&model, Endpoint::default());
    let error = session.push(&audio(&[0, 50, 100, 50, 100])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::EngineFailed);
    let events = drain(&mut session);
    let count = |wanted: fn(&SttEvent) -> bool| events.iter().filter(|event| wanted(event)).count();
    assert_eq!(
        count(|e| matches!(e, SttEvent::Final(_))),
        2,
        "the rest of the first utterance and the second"
    );
    assert_eq!(
        count(|e| matches!(e, SttEvent::SpeechStarted { .. })),
        count(|e| matches!(e, SttEvent::SpeechEnded { .. }))
    );
}

#[test]
fn failure_in_finish_loses_no_later_speech() {
    let model = Counting::acting(|recognizer| if recognizer == 1 { Err(failure()) } else { Ok(()) });
    let mut session = session(&model, Endpoint::default());
    // The audio is set directly, so that all of it is processed within `finish`.
    session.samples = vec![1_000; 50 * FRAME];
    assert_eq!(session.finish().unwrap_err().kind(), ErrorKind::EngineFailed);
    assert!(drain(&mut session).iter().any(|event| matches!(event, SttEvent::Final(_))));
}

#[test]
fn ended_session_refuses_audio() {
    let mut session = session(&Counting::new(), Endpoint::default());
    session.push(&audio(&[0, 50])).unwrap();
    session.finish().unwrap();
    assert!(drain(&mut session).iter().any(|event| matches!(event, SttEvent::Final(_))));
    for refused in [session.push(&[0, 0]), session.flush(), session.finish()] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::SessionEnded);
    }
}

#[test]
fn grammar_with_unknown_words_is_refused() {
    let grammar = Grammar::new(["known", "known unknown"]).unwrap();
    let options = SttOptions { grammar: Some(grammar), ..SttOptions::default() };
    let error = SttSession::new(vec![Counting::new()], options).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::GrammarInvalid);
    assert!(error.to_string().contains("counting: unknown;"), "{error}");
}

#[test]
fn no_speech_timeout_is_reported() {
    let rules = Endpoint { no_speech_timeout_ms: Some(1_600), ..Endpoint::default() };
    let mut session = session(&Counting::new(), rules);
    session.push(&audio(&[150])).unwrap();
    assert_eq!(drain(&mut session), [SttEvent::NoSpeech { at_ms: 1_600 }]);
}

/// All events of `audio` in pieces of `size` bytes, which are offered or pushed.
fn events_of(audio: &[u8], size: usize, vad: Loud, offered: bool) -> Vec<SttEvent> {
    let model = Counting::new();
    let rules =
        Endpoint { no_speech_timeout_ms: Some(1_600), max_utterance_ms: 3_200, ..Endpoint::default() };
    let mut session = session_with_vad(&model, rules, vad);
    let calls = || (model.made.load(Ordering::Relaxed), model.decoded.load(Ordering::Relaxed));
    let mut events = Vec::new();
    for piece in audio.chunks(size) {
        if offered {
            let before = calls();
            let complete = session.offer(piece).unwrap();
            if complete {
                events.extend(drain(&mut session));
            }
            assert_eq!(calls(), before, "the engine was called");
            if !complete {
                session.push(&[]).unwrap();
            }
        } else {
            session.push(piece).unwrap();
        }
        events.extend(drain(&mut session));
    }
    session.finish().unwrap();
    events.extend(drain(&mut session));
    events
}

#[test]
fn offer_gives_the_same_events_as_push() {
    let audio = audio(&[130, 4, 3, 20, 5, 7, 9, 80, 70, 15, 30, 260, 20, 1, 55, 2, 100]);
    for size in [2, 300, 3_200, 6_401, 20_000, audio.len()] {
        for threshold in [1, i16::MAX] {
            let [offered, pushed] =
                [true, false].map(|offered| events_of(&audio, size, Loud { threshold }, offered));
            assert_eq!(offered, pushed, "pieces of {size}, threshold {threshold}");
        }
    }
}

#[test]
fn pending_steps_are_done_by_the_next_call() {
    let mut session = session(&Counting::new(), Endpoint::default());
    assert!(session.offer(&audio(&[10])).unwrap());
    assert!(!session.offer(&audio(&[0, 50])).unwrap());
    assert!(!session.offer(&audio(&[0, 50])).unwrap());
    assert!(session.utterance.is_none());
    session.finish().unwrap();
    let events = drain(&mut session);
    let [SttEvent::SpeechStarted { .. }, SttEvent::Final(transcript), SttEvent::SpeechEnded { at_ms, .. }] =
        events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert_eq!((transcript.end_ms, *at_ms), (110 * FRAME_TIME, 110 * FRAME_TIME));
}

fn counted(count: &std::sync::atomic::AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

#[test]
fn recognizer_is_released_after_its_utterance() {
    let model = Counting::new();
    let mut session = session(&model, Endpoint::default());
    session.push(&audio(&[0, 50, 60, 50, 60])).unwrap();
    assert_eq!((counted(&model.made), counted(&model.released)), (2, 2));
}

#[test]
fn kept_recognizer_is_released_after_a_minute() {
    let model = Counting::binding();
    let mut session = session(&model, Endpoint::default());
    session.push(&audio(&[0, 50, 60, 50, 60])).unwrap();
    assert_eq!((counted(&model.made), counted(&model.released)), (1, 0));
    let texts: Vec<_> = drain(&mut session)
        .into_iter()
        .filter_map(
            |event| if let SttEvent::Final(transcript) = event { Some(transcript.text) } else { None },
        )
        .collect();
    assert_eq!(texts.len(), 2, "one final per utterance: {texts:?}");

    session.push(&audio(&[KEEP_FRAMES])).unwrap();
    assert_eq!(counted(&model.released), 1, "after a minute of silence");
    session.push(&audio(&[0, 50, 60])).unwrap();
    assert_eq!((counted(&model.made), counted(&model.released)), (2, 1));
    session.finish().unwrap();
    assert_eq!(counted(&model.released), 2, "at the end of the stream");
}

#[test]
fn pause_is_decoded_up_to_the_margin() {
    let model = Counting::with_decoding(Decoding {
        margins: Margins { before_ms: 160, after_ms: 320 },
        ..Decoding::default()
    });
    let mut session = session(&model, Endpoint::default());
    let frames = |count: &AtomicU64| counted(count) / FRAME as u64;
    session.push(&audio(&[40, 50, 40])).unwrap();
    assert_eq!(frames(&model.decoded), 10 + 50 + 20, "before the end of the utterance is known");
    session.push(&audio(&[20])).unwrap();
    assert_eq!((frames(&model.decoded), frames(&model.paused)), (80, 20));

    session.push(&audio(&[0, 50, 5])).unwrap();
    session.flush().unwrap();
    assert_eq!(frames(&model.paused), 5, "the pause was shorter");
}

#[test]
fn step_is_that_of_the_model() {
    for (step_ms, frames) in [(96, 6), (100, 7), (240, 15), (0, 1)] {
        let model = Counting::with_decoding(Decoding { step_ms, ..Decoding::default() });
        let mut session = session(&model, Endpoint::default());
        session.push(&audio(&[30, 3])).unwrap();
        let started = counted(&model.decoded);
        let mut decoded = Vec::new();
        for _ in 0..60 {
            session.push(&audio(&[0, 1])).unwrap();
            decoded.push(counted(&model.decoded));
        }
        decoded.dedup();
        let step = frames * FRAME as u64;
        assert!(decoded.len() > 3, "{step_ms} ms: {decoded:?}");
        for pair in decoded.windows(2) {
            assert_eq!(pair[1] - pair[0], step, "{step_ms} ms");
        }
        assert!((decoded[0] - started).is_multiple_of(step));
    }
}

#[test]
fn expensive_partials_are_rare() {
    let model = Counting::with_decoding(Decoding { partial_interval_ms: 960, ..Decoding::default() });
    let mut session = session(&model, Endpoint::default());
    let mut partials = Vec::new();
    session.push(&audio(&[0, 60])).unwrap();
    for _ in 0..240 {
        session.push(&audio(&[0, 1])).unwrap();
        partials.extend(drain(&mut session).into_iter().filter_map(|event| {
            if let SttEvent::Partial { text } = event { text.parse::<u64>().ok() } else { None }
        }));
    }
    assert_eq!(partials.len(), 4, "{partials:?}");
    for pair in partials.windows(2) {
        assert!(pair[1] - pair[0] >= 60 * FRAME as u64, "{partials:?}");
    }
}

#[test]
fn engine_may_end_an_utterance() {
    for has_endpoints in [true, false] {
        let model = Counting::with_decoding(Decoding { has_endpoints, ..Decoding::default() });
        let mut session = session(&model, Endpoint::default());
        session.push(&audio(&[30, 250, 60])).unwrap();
        session.finish().unwrap();
        let events = drain(&mut session);
        let finals: Vec<_> = events
            .iter()
            .filter_map(|event| {
                if let SttEvent::Final(transcript) = event {
                    transcript.text.parse::<u64>().ok()
                } else {
                    None
                }
            })
            .collect();
        let ends = |wanted| {
            let is_end = |event: &&SttEvent| matches!(event, SttEvent::SpeechEnded { reason, .. } if *reason == wanted);
            events.iter().filter(is_end).count()
        };
        assert_eq!(finals.len(), if has_endpoints { 3 } else { 1 }, "{events:?}");
        assert_eq!(ends(EndReason::Silence), finals.len());
        if has_endpoints {
            assert!(finals[0] >= ENDPOINT_SAMPLES && finals[0] < ENDPOINT_SAMPLES + 6 * FRAME as u64);
        }
        // No frame of voice is lost: each is decoded once.
        let voiced = 250 * FRAME as u64;
        assert!(counted(&model.decoded) >= voiced && counted(&model.decoded) < voiced + 40 * FRAME as u64);
    }
}

#[test]
fn dropped_recognizer_is_replaced() {
    let model = Counting::binding();
    let mut session = session(&model, Endpoint::default());
    session.push(&audio(&[0, 50, 60])).unwrap();
    model.drops_kept.store(true, Ordering::Relaxed);
    session.push(&audio(&[0, 50, 60])).unwrap();
    assert_eq!((counted(&model.made), counted(&model.released)), (2, 0));
    assert_eq!(drain(&mut session).iter().filter(|event| matches!(event, SttEvent::Final(_))).count(), 2);
}

#[test]
fn offer_does_not_release_a_recognizer() {
    let model = Counting::binding();
    let mut session = session(&model, Endpoint::default());
    session.push(&audio(&[0, 50, 60])).unwrap();
    drain(&mut session);
    assert!(session.offer(&audio(&[KEEP_FRAMES - 100])).unwrap());
    assert!(!session.offer(&audio(&[200])).unwrap(), "the engine is needed");
    assert_eq!(counted(&model.released), 0);
    session.push(&[]).unwrap();
    assert_eq!(counted(&model.released), 1);
}

#[test]
fn engine_gets_audio_at_a_rate_that_it_accepts() {
    for (rate, at_engine) in [(8_000, 8_000), (11_025, 11_025), (44_100, 16_000), (4_000, 16_000)] {
        let model = Counting::binding();
        let options = SttOptions { format: Format::pcm16(rate).unwrap(), ..SttOptions::default() };
        let vad = Box::new(Loud { threshold: i16::MAX });
        let mut session = opened(SttSession::with_vad(vec![Arc::clone(&model) as _], options, vad).unwrap());
        // A second of silence, two of a tone, two of silence.
        let sample = |at: u32| {
            let seconds = f64::from(at) / f64::from(rate);
            if (1.0..3.0).contains(&seconds) { (3_000.0 + (seconds * 600.0).sin() * 500.0) as i16 } else { 0 }
        };
        let bytes: Vec<u8> = (0..5 * rate).flat_map(|at| sample(at).to_le_bytes()).collect();
        for piece in bytes.chunks(1_001) {
            session.push(piece).unwrap();
        }
        session.finish().unwrap();
        let events = drain(&mut session);
        let Some(SttEvent::Final(transcript)) =
            events.iter().find(|event| matches!(event, SttEvent::Final(_)))
        else {
            panic!("{rate}: {events:?}");
        };
        // The decoded audio is the lead-in, the tone, and a little silence.
        let decoded = counted(&model.decoded) as f64 / f64::from(at_engine);
        assert!((2.3..2.7).contains(&decoded), "{rate} Hz: {decoded} s at {at_engine} Hz");
        // The filter blurs the edges of the tone.
        assert!(transcript.start_ms.abs_diff(600) < 60, "{rate} Hz: {transcript:?}");
        assert!(transcript.end_ms.abs_diff(3_000) < 60, "{rate} Hz: {transcript:?}");
    }
}
