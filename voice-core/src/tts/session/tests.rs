//! Tests of the session on scripted voices.

use super::*;
use crate::text::lexicon::Lexicon;
use crate::tts::event::AudioChunk;
use crate::tts::voice::{Rendering, Speech, Style, VoiceInfo};
use std::sync::Mutex;

mod bad_input;
mod languages;
mod marks;
#[cfg(feature = "opus")]
mod packets;
mod pausing;
mod playback;
mod scripted;
mod unkept;
mod update;
mod wordless;
mod words;

use scripted::*;

#[test]
fn text_is_spoken_by_clause_as_it_arrives() {
    let voice = Letters::new("a", false);
    let mut session = session(&[&voice], TtsOptions::default());
    assert!(
        matches!(session.next_event().unwrap(), Some(TtsEvent::Ready { voice, .. }) if voice.name == "a")
    );
    for piece in ["The answ", "er is ready. And", " there is mo"] {
        session.push(piece).unwrap();
    }
    let first = listen(&mut session);
    assert_eq!(voice.asked(), ["The answer is ready."]);
    assert!(first.chunks.iter().all(|chunk| chunk.span == (0..20)));
    session.push("re.").unwrap();
    session.finish().unwrap();
    let second = listen(&mut session);
    assert_eq!(voice.asked()[1..], ["And there is more."]);
    assert_eq!(second.chunks.last().unwrap().span, 21..39);
    let length = (samples(&first.audio).len() + samples(&second.audio).len()) as u64;
    assert_eq!(second.finished, [length * 1_000 / u64::from(RATE)]);
    assert_eq!(session.push("x").unwrap_err().kind(), ErrorKind::SessionEnded);
    assert!(listen(&mut session).finished.is_empty(), "it ends once");
}

#[test]
fn chunks_are_contiguous_in_time() {
    let mut session = session(
        &[&Letters::new("a", false)],
        TtsOptions { sample_rate: Some(16_000), ..TtsOptions::default() },
    );
    session.push("One, two and three are numbers. Four is another one.").unwrap();
    session.finish().unwrap();
    let heard = listen(&mut session);
    let mut frames = 0;
    for chunk in &heard.chunks {
        assert_eq!(chunk.at_ms, frames * 1_000 / 16_000);
        frames += chunk.audio.len() as u64 / 2;
    }
    assert_eq!(heard.finished, [frames * 1_000 / 16_000]);
}

#[test]
fn pauses_follow_the_punctuation() {
    let silence = |text: &str| {
        let mut session = session(&[&Letters::new("a", false)], TtsOptions::default());
        session.push(text).unwrap();
        session.finish().unwrap();
        let audio = samples(&listen(&mut session).audio);
        audio.iter().filter(|sample| sample.unsigned_abs() < 300).count() as u32 * 1_000 / RATE
    };
    let one = silence("The first of them");
    for (text, pause) in [
        ("The first of these, the second.", 190),
        ("The first of them. The second.", 320),
        ("The first of them.\n\nThe second.", 600),
    ] {
        let found = silence(text) - 2 * one;
        assert!(found.abs_diff(pause) < 20, "{text}: {found} ms");
    }
}

#[test]
fn numbers_lexicon_and_markup_are_applied() {
    let voice = Letters::new("a", false);
    let mut lexicon = Lexicon::new();
    lexicon
        .insert("KFSH", crate::text::lexicon::Pronunciation::Spoken("King Faisal hospital".into()))
        .unwrap();
    let options = TtsOptions { lexicon: Some(Arc::new(lexicon)), ..TtsOptions::default() };
    let mut session = session(&[&voice], options);
    session
        .push_ssml(
            "<speak>Go to KFSH at 3 <say-as interpret-as='characters'>ab</say-as> \
             <phoneme alphabet='ipa' ph='naʊ'>now</phoneme>.<mark name='here'/>Then <bogus>wait</bogus>.</speak>",
        )
        .unwrap();
    session.finish().unwrap();
    let heard = listen(&mut session);
    assert_eq!(voice.asked()[0], "Go to King Faisal hospital at three a\u{2063} b|/naʊ/|.");
    assert_eq!(heard.marks.len(), 1);
    assert!(heard.marks[0].1 > 0);
    assert_eq!(heard.warnings, [ErrorKind::SsmlInvalid]);
    assert!(session.push_ssml("<speak/>").is_err(), "the stream has ended");
}

#[test]
fn cancel_drops_unheard_audio() {
    let voice = Letters::new("a", false);
    let mut session = session(&[&voice], TtsOptions::default());
    session.push("This is a long answer that nobody wants to hear. And it goes on.").unwrap();
    while !matches!(session.next_event().unwrap(), Some(TtsEvent::Audio(_))) {}
    let canceller = session.canceller();
    std::thread::spawn(move || canceller.cancel()).join().unwrap();
    let heard = listen(&mut session);
    assert!(heard.audio.is_empty());
    assert_eq!(heard.cancelled.len(), 1);
    session.push("Better. ").unwrap();
    session.finish().unwrap();
    let after = listen(&mut session);
    assert_eq!(voice.asked().last().unwrap(), "Better.");
    assert_eq!(after.chunks[0].at_ms, heard.cancelled[0].0);
    assert_eq!(after.finished.len(), 1);
}

#[test]
fn finished_stream_ends_once_after_a_cancel() {
    for sample_rate in [None, Some(16_000)] {
        let begin = || {
            let options = TtsOptions { sample_rate, ..TtsOptions::default() };
            let mut session = session(&[&Letters::new("a", false)], options);
            session.push("Yes. No.").unwrap();
            session.finish().unwrap();
            session
        };
        let whole = letters(&mut begin());
        assert!(whole.ends_with("af"), "{whole}");
        for taken in 0..=whole.len() {
            let mut session = begin();
            for _ in 0..taken {
                assert!(session.next_event().unwrap().is_some());
            }
            session.cancel();
            let rest = letters(&mut session);
            let wanted = match taken {
                0 => "rcf",
                _ if taken == whole.len() => "",
                _ => "cf",
            };
            assert_eq!(rest, wanted, "cancelled after {taken} of {whole}");
            session.cancel();
            assert_eq!(letters(&mut session), "", "nothing follows the end");
        }
    }
}

#[test]
fn cancelled_audio_takes_no_time() {
    let voice = Letters::new("a", false);
    let mut session = session(&[&voice], TtsOptions::default());
    session.push("This is heard. ").unwrap();
    session.flush().unwrap();
    let before = samples(&listen(&mut session).audio).len() as u64 * 1_000 / u64::from(RATE);
    // The cancel comes after the pause before the clause is made and before it is taken.
    *voice.cancels.lock().unwrap() = Some(Cancels::AtOnce);
    session.push("This is not. ").unwrap();
    session.flush().unwrap();
    let cut = listen(&mut session);
    assert!(cut.audio.is_empty());
    assert_eq!(cut.cancelled[0].0, before);
    session.push("This is again. ").unwrap();
    session.finish().unwrap();
    let after = listen(&mut session);
    assert_eq!(after.chunks[0].at_ms, before);
}

#[test]
fn repeated_clause_comes_from_the_cache() {
    let voice = Letters::new("a", false);
    let cache = Arc::new(ClauseCache::default());
    let hear = || {
        let voices: Vec<Arc<dyn Voice>> = vec![Arc::clone(&voice) as _];
        let mut session =
            TtsSession::new(voices, TtsOptions::default(), Arc::clone(&cache), Clock::default()).unwrap();
        session.push("Please say yes or no. ").unwrap();
        session.finish().unwrap();
        listen(&mut session).audio
    };
    let first = hear();
    assert_eq!(hear(), first);
    assert_eq!(voice.asked().len(), 1);
}

#[test]
fn cancelled_clause_is_not_cached() {
    let voice = Letters::new("a", false);
    *voice.cancels.lock().unwrap() = Some(Cancels::After(5));
    let mut session = session(&[&voice], TtsOptions::default());
    session.push("Please say yes or no. ").unwrap();
    session.flush().unwrap();
    let cut = listen(&mut session);
    assert_eq!(cut.cancelled.len(), 1);
    session.push("Please say yes or no. ").unwrap();
    session.finish().unwrap();
    let whole = listen(&mut session);
    assert!(whole.audio.len() > 2 * cut.audio.len());
    assert_eq!(voice.asked().len(), 2, "rendered again");
}

#[test]
fn cache_separates_voices_of_one_name() {
    let cache = Arc::new(ClauseCache::default());
    for _ in 0..2 {
        // Two files of one name in different folders, or one file before and after a reload.
        let voice = Letters::new("model", false);
        let voices: Vec<Arc<dyn Voice>> = vec![Arc::clone(&voice) as _];
        let mut session =
            TtsSession::new(voices, TtsOptions::default(), Arc::clone(&cache), Clock::default()).unwrap();
        session.push("Please say yes or no. ").unwrap();
        session.finish().unwrap();
        listen(&mut session);
        assert_eq!(voice.asked().len(), 1);
    }
}

#[test]
fn failed_voice_falls_back_to_the_next() {
    let (bad, good) = (Letters::new("bad", true), Letters::new("good", false));
    let mut session = session(&[&bad, &good], TtsOptions::default());
    session.push("Somebody will say it. ").unwrap();
    session.flush().unwrap();
    let heard = listen(&mut session);
    assert_eq!(heard.warnings, [ErrorKind::EngineFailed]);
    assert!(!heard.audio.is_empty());
    assert_eq!(good.asked(), ["Somebody will say it."]);

    let mut alone = self::session(&[&bad], TtsOptions::default());
    alone.push("Nobody will say it. ").unwrap();
    alone.finish().unwrap();
    assert!(matches!(alone.next_event().unwrap(), Some(TtsEvent::Ready { .. })));
    assert_eq!(alone.next_event().unwrap_err().kind(), ErrorKind::EngineFailed);
    assert_eq!(listen(&mut alone).finished, [0], "the session continues after the clause");
}

#[test]
fn failure_within_a_clause_fades_out_first() {
    let voices = chunks(RATE, vec![vec![0.4; 800], vec![0.4; 800]], true);
    let cache = Arc::new(ClauseCache::default());
    let mut session =
        TtsSession::new(voices, TtsOptions::default(), Arc::clone(&cache), Clock::default()).unwrap();
    session.push("It breaks off. ").unwrap();
    session.finish().unwrap();
    for _ in 0..2 {
        let mut audio = Vec::new();
        let error = loop {
            match session.next_event() {
                Ok(Some(TtsEvent::Audio(chunk))) => audio.extend(samples(&chunk.audio)),
                Ok(event) => assert!(matches!(event, Some(TtsEvent::Ready { .. })), "{event:?}"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::EngineFailed);
        assert!(audio.len() >= 1_600, "{}", audio.len());
        assert!(audio.windows(2).all(|pair| pair[0].abs_diff(pair[1]) < 1_000), "a click");
        assert!(audio[audio.len() - 1].unsigned_abs() < 500, "it ends loud");
        // A partial clause is not cached, so it fails again.
        session = {
            let voices = session.settings.voices.all();
            let mut again =
                TtsSession::new(voices, TtsOptions::default(), Arc::clone(&cache), Clock::default()).unwrap();
            again.push("It breaks off. ").unwrap();
            again.flush().unwrap();
            again
        };
    }
}

#[test]
fn loud_speech_does_not_clip_after_resampling() {
    // At 8 kHz only the fundamental is left of a 1.5 kHz square wave, and it is higher than the square wave.
    let square =
        (0..22_050).map(|at| 0.5 * (std::f32::consts::TAU * 1_500.0 * at as f32 / 22_050.0).sin().signum());
    let voices = chunks(22_050, vec![square.collect()], false);
    let options = TtsOptions { volume: 4.0, sample_rate: Some(8_000), ..TtsOptions::default() };
    let mut session = TtsSession::new(voices, options, Arc::default(), Clock::default()).unwrap();
    session.push("Loud. ").unwrap();
    session.finish().unwrap();
    let audio = samples(&listen(&mut session).audio);
    let loud = &audio[1_000..7_000];
    let is_full = |sample: &i16| sample.unsigned_abs() >= 32_766;
    assert!(loud.iter().any(|sample| sample.unsigned_abs() > 30_000));
    // The limiter lets single peaks reach full scale; a clipped wave stays there.
    let cut = loud.windows(2).filter(|pair| pair.iter().all(is_full)).count();
    assert_eq!(cut, 0, "of {} samples at full scale", loud.iter().filter(|sample| is_full(sample)).count());
}

#[test]
fn odd_text_does_not_fail() {
    for text in ["", "   ", "...!?", "\u{0}\u{1}\u{7f}", "\u{202e}abc\u{202c} مرحبا abc", "🙂", "\u{fffd}"]
    {
        let mut session = session(&[&Letters::new("a", false)], TtsOptions::default());
        session.push(text).unwrap();
        session.finish().unwrap();
        assert_eq!(listen(&mut session).finished.len(), 1, "{text:?}");
    }
    let mut session = session(&[&Letters::new("a", false)], TtsOptions::default());
    let error = session.push(&"x".repeat(2 << 20)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TextTooLarge);
}

#[test]
fn out_of_range_options_are_errors() {
    let voices = || vec![Letters::new("a", false) as Arc<dyn Voice>];
    let style = |style: Style| TtsOptions { style, ..TtsOptions::default() };
    for options in [
        style(Style { speed: 0.0, ..Style::default() }),
        style(Style { speed: 100.0, ..Style::default() }),
        style(Style { pitch: f32::NAN, ..Style::default() }),
        style(Style { speaker: Some(1), ..Style::default() }),
        style(Style { noise: Some(2.0), ..Style::default() }),
        TtsOptions { volume: 5.0, ..TtsOptions::default() },
        TtsOptions { sample_rate: Some(1), ..TtsOptions::default() },
    ] {
        assert!(TtsSession::new(voices(), options, Arc::default(), Clock::default()).is_err());
    }
    let error =
        TtsSession::new(Vec::new(), TtsOptions::default(), Arc::default(), Clock::default()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::ModelNotFound);
}
