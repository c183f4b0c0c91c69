//! What is heard, sample by sample.

use std::path::Path;

use serde_json::{Value, json};
use voice_tests::browser::{Browser, Microphone};
use voice_tests::recordings::{SPEAKER, keyword, silence};
use voice_tests::server::Server;
use voice_tests::{has_espeak, recordings_or_skip};

use super::stage::{PROMPT, Stage, decoded, site, trimmed};

/// The loudness of each 20 ms.
fn envelope(samples: &[i16], rate: u32) -> Vec<f64> {
    let rms = |frame: &[i16]| {
        let power: f64 = frame.iter().map(|&sample| f64::from(sample).powi(2)).sum();
        (power / frame.len() as f64).sqrt()
    };
    samples.chunks(rate as usize / 50).map(rms).collect()
}

/// How alike two envelopes are where they fit best, from -1 to 1, and the delay of the second one in frames.
fn likeness(one: &[f64], other: &[f64], max_delay: usize) -> (f64, usize) {
    let correlation = |delay: usize| {
        let pairs: Vec<_> = one.iter().zip(other.iter().skip(delay)).map(|(&a, &b)| (a, b)).collect();
        let count = pairs.len() as f64;
        let (a, b) =
            (pairs.iter().map(|p| p.0).sum::<f64>() / count, pairs.iter().map(|p| p.1).sum::<f64>() / count);
        let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
        for (x, y) in pairs {
            ab += (x - a) * (y - b);
            aa += (x - a).powi(2);
            bb += (y - b).powi(2);
        }
        ab / (aa * bb).sqrt()
    };
    let best = (0..=max_delay.min(other.len() / 2)).map(|delay| (correlation(delay), delay));
    best.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
}

#[test]
fn text_is_heard_at_the_output() {
    if !has_espeak() {
        return;
    }
    let Some(mut stage) = Stage::new(Server::secured(), &silence(1_000)) else { return };
    let rate = stage.rate();
    let options = stage.options(&json!({"audio_out": {"sample_rate": rate}}));
    assert_eq!(stage.connect(&options), "ok");
    assert_eq!(stage.browser.evaluate("find('output')"), "loopback");
    stage.browser.evaluate(
        "(async () => { window.made = await record(client.speaker.node);
          window.received = await record(client.speaker.stream); return true; })()",
    );
    stage.browser.evaluate(&format!("client.say({})", json!(PROMPT)));
    stage.browser.wait_until("count('spoken') === 1");
    // What is still in the connection of the page with itself.
    stage.browser.evaluate("new Promise((resolve) => setTimeout(resolve, 1000))");
    let (sent, _) = stage.sent();
    // The audio thread has played each sample of the server once, without a gap.
    let made = stage.recording("made");
    assert!(made == trimmed(&sent), "{} samples were sent, {} played", sent.len(), made.len());
    // The connection, and so the audio element and the echo canceller, got the same sound.
    let received_rate = u32::try_from(stage.browser.evaluate("received.rate").as_u64().unwrap()).unwrap();
    let received = stage.recording("received");
    let (expected, heard) = (envelope(trimmed(&sent), rate), envelope(&received, received_rate));
    let (like, delay) = likeness(&expected, &heard, 25);
    let energy = |envelope: &[f64]| envelope.iter().map(|rms| rms.powi(2)).sum::<f64>();
    let gain = 10.0 * (energy(&heard) / energy(&expected)).log10();
    println!(
        "{} ms sent, {} ms heard, {gain:.2} dB, likeness {like:.3} after {} ms",
        20 * expected.len(),
        20 * heard.len(),
        20 * delay
    );
    assert!(like > 0.8 && gain.abs() < 3.0);
    assert!(heard.len() * 10 > expected.len() * 9, "{} {}", heard.len(), expected.len());
    // Each word is lit once, in order, and not before the audio of it has been played.
    let words = stage.browser.evaluate("words");
    assert_eq!(words, json!(PROMPT.split(' ').collect::<Vec<_>>()));
    let late = stage.browser.evaluate(
        "(() => { const heard = log.filter((entry) => entry.type === 'word_heard');
          return heard.map(({ at, event }) => Math.round(at - heard[0].at - (event.at_ms - heard[0].event.at_ms))); })()",
    );
    println!("milliseconds by which words were late, compared with the first: {late}");
    println!("latency {} s", stage.browser.evaluate("client.speaker?.latency"));
    let positions =
        stage.browser.evaluate("log.filter(({ type }) => type === 'played').map(({ event }) => event.ms)");
    let positions: Vec<u64> = serde_json::from_value(positions).unwrap();
    assert!(positions.len() > 20 && positions.is_sorted(), "{positions:?}");
    assert_eq!(*positions.last().unwrap(), sent.len() as u64 * 1_000 / u64::from(rate));
    stage.browser.evaluate("client.close().then(() => true)");
    assert_eq!(stage.browser.evaluate("problems"), json!([]));
    stage.assert_no_problems();
}

#[test]
fn voice_pauses_and_the_same_words_go_on() {
    if !has_espeak() {
        return;
    }
    let data = recordings_or_skip!();
    // A backchannel, and later a sound of the throat without a word.
    let mut samples = silence(3_000);
    samples.extend(keyword(&data, SPEAKER, "yes"));
    samples.extend(silence(3_000));
    samples.extend(cough(&data));
    samples.extend(silence(1_000));
    // Chromium's echo canceller has no echo to settle with here, and damages the first words. It is off.
    let Some(mut stage) = Stage::new(Server::secured(), &samples) else { return };
    let rate = stage.rate();
    let options =
        stage.options(&json!({"audio_out": {"sample_rate": rate}, "barge_in": {"warm_up_ms": 500}}));
    assert_eq!(stage.connect(&options), "ok");
    stage.browser.evaluate("record(client.speaker.node).then((made) => { window.made = made; })");
    stage.browser.evaluate(&format!(
        "client.say({}); client.listen({{echoCancellation: false}}).then(() => true)",
        json!(PROMPT)
    ));
    stage.browser.wait_until("count('spoken') === 1");
    stage.browser.evaluate("new Promise((resolve) => setTimeout(resolve, 500))");
    let reasons = stage
        .browser
        .evaluate("log.filter(({ type }) => type === 'resumed').map(({ event }) => event.reason)");
    assert_eq!(reasons, json!(["backchannel", "no_words"]));
    assert_eq!(stage.browser.evaluate("count('paused')"), 2);
    assert_eq!(stage.browser.evaluate("words"), json!(PROMPT.split(' ').collect::<Vec<_>>()));
    stage.browser.evaluate("client.close().then(() => true)");
    stage.assert_no_problems();
    // The audio without the pauses is the audio of the server: no sample is missing, and none is repeated except in a fade.
    let (sent, runs) = stage.sent();
    let made = stage.recording("made");
    let whole = timeline(&stage.browser.events("Network.webSocketFrameReceived"), rate);
    println!(
        "{} samples sent in {} runs, {} of the text, {} played",
        sent.len(),
        runs.len(),
        whole.len(),
        made.len()
    );
    let fade = rate as usize * 3 / 1_000;
    assert_plays_once(&made, trimmed(&whole), 2, fade);
}

/// A sound of a human throat in which there is no word.
fn cough(data: &Path) -> Vec<i16> {
    let word = keyword(data, SPEAKER, "no");
    let peak = word.iter().enumerate().max_by_key(|(_, sample)| sample.unsigned_abs()).unwrap().0;
    word[peak..(peak + 1_920).min(word.len())].to_vec()
}

/// The audio of the server by its times: what was sent again after a pause replaces what was there.
fn timeline(frames: &[Value], rate: u32) -> Vec<i16> {
    let (mut whole, mut at) = (Vec::new(), 0);
    for frame in frames {
        let payload = frame["response"]["payloadData"].as_str().unwrap();
        if frame["response"]["opcode"] == 2 {
            for sample in decoded(payload) {
                whole.resize(whole.len().max(at + 1), 0);
                whole[at] = sample;
                at += 1;
            }
        } else if let Some(ms) = serde_json::from_str::<Value>(payload).unwrap()["at_ms"].as_u64()
            && payload.contains("\"audio\"")
        {
            at = (ms as usize * rate as usize).div_ceil(1_000);
        }
    }
    whole
}

/// Follows a recording through the audio that it should be, over `pauses` pauses.
fn assert_plays_once(made: &[i16], expected: &[i16], pauses: usize, fade: usize) {
    let (mut at, mut done, mut found) = (0, 0, 0);
    while done < expected.len() {
        let same = made[at..].iter().zip(&expected[done..]).take_while(|(one, other)| one == other).count();
        (at, done) = (at + same, done + same);
        if done == expected.len() {
            break;
        }
        found += 1;
        assert!(found <= pauses, "other samples at {at} of {}, {done} of {}", made.len(), expected.len());
        // The sound fades, is silent, and comes back from the same sample: it is equal again after the fade.
        let after = &expected[done + fade + 2..(done + fade + 402).min(expected.len())];
        let place = (at..made.len() - after.len()).find(|&place| made[place..place + after.len()] == *after);
        let place = place.unwrap_or_else(|| panic!("the audio after {done} is missing"));
        // Between the fades is silence, as long as the pause.
        let silence =
            &made[(at + fade + 1).min(place)..place.saturating_sub(2 * fade + 4).max(at + fade + 1)];
        assert!(silence.iter().all(|&sample| sample == 0), "sound in the pause at {at}");
        println!("a pause of {} samples after {done}", place - at - fade);
        (at, done) = (place, done + fade + 2);
    }
    assert_eq!((found, done), (pauses, expected.len()));
    assert!(made[at..].iter().all(|&sample| sample == 0), "more was played");
}

#[test]
fn pauses_at_any_place_lose_no_sample() {
    let Some(mut browser) = Browser::launch(Microphone::Missing) else { return };
    browser.open(&format!("{}/page/page.html", site().origin()));
    browser.evaluate("import('/page/simulation.js').then(() => true)");
    for rate in [16_000, 22_050, 24_000, 48_000] {
        for context_rate in [44_100, 48_000] {
            let mut pauses = 0;
            for seed in 0..5 {
                let outcome = browser.evaluate(&format!("simulate({rate}, {context_rate}, {seed})"));
                pauses +=
                    outcome.as_u64().unwrap_or_else(|| panic!("{rate} {context_rate} {seed}: {outcome}"));
            }
            println!("{rate} Hz to {context_rate} Hz: {pauses} pauses");
            assert!(pauses > 20);
        }
    }
    assert_eq!(browser.problems(), Vec::<String>::new());
}

#[test]
fn tones_above_the_new_rate_do_not_fold_back() {
    let Some(mut browser) = Browser::launch(Microphone::Missing) else { return };
    browser.open(&format!("{}/page/page.html", site().origin()));
    // The loudest remainder of tones above half of the new rate, and the change of those in the pass band, in decibels.
    let measured = browser.evaluate(
        "(async () => {
            const { Resampler } = await import('/voice-client/resampler.js');
            const level = (from, to, frequency) => {
                const resampler = new Resampler(from, to);
                let [power, count] = [0, 0];
                for (let block = 0; block < 100; block++) {
                    const tone = Float32Array.from({ length: 480 }, (_, n) => Math.sin(2 * Math.PI * frequency * (block * 480 + n) / from));
                    const output = resampler.process(tone);
                    if (block < 20) continue;
                    for (const sample of output) power += sample * sample;
                    count += output.length;
                }
                return 10 * Math.log10(2 * power / count + 1e-30);
            };
            return [[48000, 16000], [44100, 16000], [96000, 16000], [48000, 8000], [48000, 44100], [22050, 48000], [16000, 44100], [48000, 16001]].map(([from, to]) => {
                const edge = Math.min(from, to) / 2;
                let [alias, ripple] = [-200, 0];
                for (let n = 1; n < 20; n++) {
                    if (from > to) alias = Math.max(alias, level(from, to, edge + (from / 2 - edge) * n / 20));
                    ripple = Math.max(ripple, Math.abs(level(from, to, edge * 0.88 * n / 20)));
                }
                return [from, to, alias, ripple];
            });
        })()",
    );
    for rates in measured.as_array().unwrap() {
        println!("{rates}");
        assert!(rates[2].as_f64().unwrap() < -85.0 && rates[3].as_f64().unwrap() < 0.1, "{rates}");
    }
}
