//! Utterances that reach the maximum length.

use super::*;

/// Transcribes runs of equal samples, each with a value and milliseconds. Returns the words and the end reasons.
fn read(rate: u32, max_utterance_ms: u32, runs: &[(i16, u32)]) -> (Vec<String>, Vec<EndReason>) {
    let options = SttOptions {
        format: Format::pcm16(rate).unwrap(),
        endpoint: Endpoint { max_utterance_ms, ..Endpoint::default() },
        words: true,
        ..SttOptions::default()
    };
    let mut session = opened(SttSession::with_vad(vec![Literal::new()], options, Box::new(Graded)).unwrap());
    for &(sample, ms) in runs {
        session.push(&sample.to_le_bytes().repeat((ms * rate / 1_000) as usize)).unwrap();
    }
    session.finish().unwrap();
    let (mut words, mut reasons) = (Vec::new(), Vec::new());
    for event in drain(&mut session) {
        match event {
            SttEvent::Final(transcript) => words.extend(transcript.words.into_iter().map(|word| word.text)),
            SttEvent::SpeechEnded { reason, .. } => reasons.push(reason),
            _ => {}
        }
    }
    (words, reasons)
}

#[test]
fn cut_loses_no_word() {
    for rate in [16_000, 8_000, 11_025] {
        for max_utterance_ms in [1_000, 1_500, 2_000, 3_070, 5_000] {
            // Sentences of one strong word and some weak ones, the last of which is short.
            let (mut runs, mut spoken) = (Vec::new(), Vec::new());
            for sentence in 0..30_i16 {
                runs.push((0, 1_200));
                let count = 3 + sentence % 7 * 3;
                for number in 0..count {
                    let value = 1_000 + 250 * sentence + 10 * number + if number == 0 { 10_000 } else { 0 };
                    let length = max_utterance_ms / 20 + u32::from(sentence.unsigned_abs() / 3);
                    let ms = if number + 1 == count { 33 } else { length };
                    runs.extend([(value, ms), (0, 32)]);
                    spoken.push(value.to_string());
                }
            }
            let (recognized, reasons) = read(rate, max_utterance_ms, &runs);
            assert!(reasons.contains(&EndReason::MaxLength));
            let first = recognized.iter().zip(&spoken).position(|(one, other)| one != other);
            let around = |words: &[String]| first.map(|at| words[at.saturating_sub(2)..][..3].to_vec());
            assert_eq!(around(&recognized), around(&spoken), "{rate} Hz, {max_utterance_ms} ms");
            assert_eq!(recognized.len(), spoken.len(), "{rate} Hz, {max_utterance_ms} ms");
        }
    }
}

#[test]
fn word_after_the_cut_is_decoded_again() {
    let (recognized, reasons) =
        read(16_000, 1_000, &[(0, 800), (12_000, 784), (0, 32), (500, 400), (0, 1_000)]);
    assert_eq!(recognized, ["12000", "500"]);
    assert_eq!(reasons, [EndReason::MaxLength, EndReason::Silence]);
}

#[test]
fn cut_of_endless_speech_loses_no_audio() {
    let model = Counting::new();
    let rules = Endpoint { max_utterance_ms: 1_600, start_ms: 48, ..Endpoint::default() };
    let mut session = session(&model, rules);
    session.push(&audio(&[0, 500])).unwrap();
    session.finish().unwrap();
    assert_eq!(model.decoded.load(Ordering::Relaxed), 500 * FRAME as u64);
    let reasons: Vec<_> = drain(&mut session)
        .into_iter()
        .filter_map(
            |event| if let SttEvent::SpeechEnded { reason, .. } = event { Some(reason) } else { None },
        )
        .collect();
    assert_eq!(reasons.len(), 5);
    assert!(reasons.iter().all(|reason| *reason == EndReason::MaxLength), "{reasons:?}");
}

#[test]
fn long_utterance_is_cut_at_the_quietest_position() {
    let rules = Endpoint { max_utterance_ms: 1_600, ..Endpoint::default() };
    let mut audio = audio(&[0, 300]);
    // The detector still classifies this part as voice.
    for sample in audio.as_chunks_mut().0.iter_mut().skip(83 * FRAME).take(10 * FRAME) {
        *sample = 9i16.to_le_bytes();
    }
    for size in [640, audio.len()] {
        let model = Counting::new();
        let mut session = session(&model, rules);
        let mut events = Vec::new();
        for piece in audio.chunks(size) {
            session.push(piece).unwrap();
            events.extend(drain(&mut session));
        }
        session.finish().unwrap();
        events.extend(drain(&mut session));
        let spoken: Vec<_> = events
            .iter()
            .filter_map(|event| {
                if let SttEvent::Final(transcript) = event {
                    Some((transcript.start_ms, transcript.end_ms))
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(spoken[0], (0, 88 * FRAME_TIME));
        assert_eq!(spoken[1].0, 88 * FRAME_TIME);
        assert!(spoken.windows(2).all(|pair| pair[0].1 == pair[1].0), "{spoken:?}");
        assert_eq!(spoken.last().unwrap().1, 300 * FRAME_TIME);
    }
}
