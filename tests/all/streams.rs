//! Long streams, noise and silence.

use serde_json::json;
use voice_tests::client::texts;
use voice_tests::recordings::{self, keyword, noisy, silence};
use voice_tests::recordings_or_skip;
use voice_tests::server::Server;

#[test]
fn word_in_noise_is_recognized() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let noise = recordings::wav(&data.join("noise/boiler.wav"));
    let clip = keyword(&data, recordings::SPEAKER, "seven");
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    assert_eq!(client.transcribe(&noisy(&clip, &noise, 15.0)), "سبعة");
}

#[test]
fn speech_is_recognized_after_ten_minutes_of_silence() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    for _ in 0..60 {
        let reply = client.audio(recordings::bytes(&silence(10_000)));
        assert_eq!(reply, json!({"partial": ""}));
    }
    let mut replies = client.stream(&keyword(&data, recordings::SPEAKER, "seven"));
    let last = client.ask(r#"{"eof" : 1}"#);
    assert!(last["result"][0]["start"].as_f64().unwrap() >= 600.0, "{last}");
    replies.push(last);
    assert_eq!(texts(&replies), "سبعة");
}

#[test]
fn one_large_message_has_one_reply() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let speaker = recordings::SPEAKER;
    let words =
        ["seven", "nine", "three"].map(|word| [keyword(&data, speaker, word), silence(1_500)].concat());
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    let reply = client.audio(recordings::bytes(&words.concat()));
    assert_eq!(reply["text"], "سبعة تسعة ثلاثة");
    assert_eq!(reply["result"].as_array().unwrap().len(), 3);
}
