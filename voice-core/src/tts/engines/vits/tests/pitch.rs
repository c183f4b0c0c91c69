//! Tests of the pitch of VITS voices.

use super::*;

/// The power-weighted mean frequency, as a fraction of the sample rate.
fn frequency(samples: &[f32]) -> f64 {
    const BLOCK: usize = 256;
    let wave: Vec<_> =
        (0..BLOCK).map(|n| (std::f32::consts::TAU * n as f32 / BLOCK as f32).sin_cos()).collect();
    let (mut power, mut moment) = (0.0, 0.0);
    // A third of the blocks is enough.
    for block in samples.chunks_exact(BLOCK).step_by(3) {
        for bin in 1..BLOCK / 2 {
            let (mut real, mut imaginary) = (0.0, 0.0);
            for (n, sample) in block.iter().enumerate() {
                // A Hann window, so that a bin has little leakage from others.
                let sample = sample * (1.0 - wave[n].1);
                let (sin, cos) = wave[n * bin % BLOCK];
                real += sample * cos;
                imaginary += sample * sin;
            }
            let found = f64::from(real.powi(2) + imaginary.powi(2));
            power += found;
            moment += found * bin as f64 / BLOCK as f64;
        }
    }
    moment / power
}

#[test]
fn changed_pitch_keeps_duration_and_streams() {
    for name in VOICES {
        let voice = load(name);
        let ids = sentence(&voice);
        for speed in [0.5, 1.0] {
            let at = |pitch| Style { speed, pitch, ..quiet() };
            let own = chunks(&voice, &ids, &at(1.0)).concat();
            for pitch in [0.5, 0.89, 1.12, 2.0] {
                let stages = chunks(&voice, &ids, &at(pitch));
                // Sixteen output frames, minus the delay of the resampler's filter.
                assert!((1_500..=4_096).contains(&stages[0].len()), "{name} begins with {}", stages[0].len());
                let streamed = stages.concat();
                let length = streamed.len() as f64 / own.len() as f64;
                assert!((length - 1.0).abs() < 0.005, "{name} at {speed}, {pitch}: {length} of the time");
                let whole = chunks(&voice, &ids, &Style { whole: true, ..at(pitch) }).concat();
                let worst = difference(&streamed, &whole);
                assert!(worst < INAUDIBLE, "{name} at {speed}, {pitch} is off by {worst}");
            }
        }
    }
}

#[test]
fn changed_pitch_moves_the_spectrum() {
    for name in VOICES {
        let voice = load(name);
        let ids = sentence(&voice);
        // Frequencies raised out of the band are removed, so only lower pitches can be measured.
        for pitch in [0.5, 0.8] {
            let moved = frequency(&chunks(&voice, &ids, &Style { pitch, ..quiet() }).concat());
            let as_said = Style { speed: 1.0 / pitch, ..quiet() };
            let ratio = moved / frequency(&chunks(&voice, &ids, &as_said).concat());
            assert!((ratio / f64::from(pitch) - 1.0).abs() < 0.05, "{name}: {ratio} for {pitch}");
        }
    }
}

#[test]
fn extreme_speed_and_pitch_give_audio() {
    let voice = load("tiny-multi");
    let ids = sentence(&voice);
    for (speed, pitch) in [(4.0, 0.5), (4.0, 2.0), (0.25, 0.5), (0.25, 2.0)] {
        let length = |pitch| chunks(&voice, &ids, &Style { speed, pitch, ..quiet() }).concat().len() as f64;
        let longer = length(pitch) / length(1.0);
        assert!((0.99..1.01).contains(&longer), "{longer} of the time at {speed}, {pitch}");
    }
    let noisy = Style { pitch: 1.12, ..Style::default() };
    assert!(chunks(&voice, &ids, &noisy).concat().iter().all(|sample| sample.is_finite()));
}

#[test]
fn ssml_and_option_give_the_same_pitch() {
    let voice = load("tiny-piper");
    let speak = |pitch, document: &str| {
        let style = Style { pitch, ..quiet() };
        let options = TtsOptions { style, ..TtsOptions::default() };
        let voices: Vec<Arc<dyn Voice>> = vec![Arc::clone(&voice.voice) as _];
        let mut session =
            TtsSession::new(voices, options, Arc::default(), crate::tts::Clock::default()).unwrap();
        session.push_ssml(document).unwrap();
        session.finish().unwrap();
        let events = std::iter::from_fn(|| session.next_event().unwrap());
        let audio = events.filter_map(|event| match event {
            TtsEvent::Audio(chunk) => Some(chunk.audio),
            TtsEvent::Warning(error) => panic!("{error}"),
            _ => None,
        });
        audio.flatten().collect::<Vec<_>>()
    };
    let fourth = (5.0_f32 / 12.0).exp2();
    let own = speak(1.0, "<speak>hello there</speak>");
    let higher = speak(fourth, "<speak>hello there</speak>");
    // The chunk length depends on timing, which changes the last digits.
    let same = |a: &[u8], b: &[u8]| {
        let samples = |bytes: &[u8]| -> Vec<_> {
            bytes.as_chunks().0.iter().map(|bytes| f32::from(i16::from_le_bytes(*bytes))).collect()
        };
        a.len() == b.len() && difference(&samples(a), &samples(b)) <= 1.0
    };
    assert!(same(&speak(1.0, "<speak><prosody pitch='+5st'>hello there</prosody></speak>"), &higher));
    assert!(same(&speak(fourth, "<speak><prosody pitch='-5st'>hello there</prosody></speak>"), &own));
    assert!(!same(&own, &higher));
}

#[test]
fn default_pitch_is_exact() {
    let voice = load("tiny-piper");
    let ids = sentence(&voice);
    let whole = Style { whole: true, ..quiet() };
    let expected = chunks(&voice, &ids, &whole);
    assert_eq!(chunks(&voice, &ids, &Style { pitch: 1.0005, ..whole }), expected, "too little to be heard");
    assert_ne!(chunks(&voice, &ids, &Style { pitch: 1.01, ..whole }), expected);
}

#[test]
fn unsplit_voice_changes_its_pitch_too() {
    let (cut, uncut) = (load("tiny-piper"), load_whole("tiny-piper"));
    let ids = sentence(&cut);
    let lower = Style { pitch: 0.8, ..quiet() };
    let [expected, found] = [&*cut, &uncut].map(|voice| chunks(voice, &ids, &lower).concat());
    assert!((found.len() as f64 / expected.len() as f64 - 1.0).abs() < 0.1);
    assert!((frequency(&found) / frequency(&expected) - 1.0).abs() < 0.1);
}
