//! Speech without a pause that is longer than one utterance may be.

use std::process::Command;

use voice_core::{Endpoint, Engine, SttEvent, SttOptions, Word};
use voice_tests::{has_program, recordings_or_skip};

/// The words of `audio`, heard in utterances of at most `max_utterance_ms`, and the number of utterances.
fn words(engine: &Engine, audio: &[u8], max_utterance_ms: u32) -> (Vec<Word>, usize) {
    let endpoint = Endpoint { max_utterance_ms, ..Endpoint::default() };
    let options = SttOptions { words: true, endpoint, ..SttOptions::default() };
    let mut session = engine.stt_session(options).unwrap();
    let (mut words, mut utterances) = (Vec::new(), 0);
    let mut pieces = audio.chunks(6_400);
    loop {
        let piece = pieces.next();
        match piece {
            Some(piece) => session.push(piece).unwrap(),
            None => session.finish().unwrap(),
        }
        while let Some(event) = session.next_event().unwrap() {
            if let SttEvent::Final(transcript) = event {
                utterances += 1;
                words.extend(transcript.words);
            }
        }
        if piece.is_none() {
            return (words, utterances);
        }
    }
}

#[test]
fn a_forced_end_loses_no_word_and_doubles_none() {
    let data = recordings_or_skip!();
    if !has_program("ffmpeg") {
        return;
    }
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-i"]).arg(data.join("cases/stt-30s-cut.opus"));
    let decoded = ffmpeg.args(["-f", "s16le", "-ar", "16000", "-ac", "1", "-"]).output().unwrap();
    assert!(decoded.status.success());
    let engine = Engine::open(voice_tests::shipped_model()).unwrap();
    let (whole, utterances) = words(&engine, &decoded.stdout, 120_000);
    assert_eq!((whole.len(), utterances), (49, 1));
    let text = |words: &[Word]| words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    // The end falls elsewhere each time, within words and between them.
    for max_utterance_ms in (0..20).map(|offset| 30_000 - offset * 490) {
        let (cut, utterances) = words(&engine, &decoded.stdout, max_utterance_ms);
        assert!(utterances > 1);
        assert_eq!(text(&cut), text(&whole), "cut after {max_utterance_ms} ms");
        for (cut, whole) in cut.iter().zip(&whole) {
            let apart = cut.start_ms.abs_diff(whole.start_ms).max(cut.end_ms.abs_diff(whole.end_ms));
            assert!(apart <= 100, "{} is {apart} ms off after {max_utterance_ms} ms", cut.text);
        }
    }
}
