//! The protocol of vosk-server.

use serde_json::{Value, json};
use tungstenite::Message;
use tungstenite::protocol::frame::coding::CloseCode;
use voice_tests::client::{Client, texts};
use voice_tests::recordings::{self, bytes, keyword, silence};
use voice_tests::recordings_or_skip;
use voice_tests::server::Server;

const DIGITS: [&str; 12] =
    ["صفر", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة", "[unk]"];

#[test]
fn digit_in_lock_step_is_recognized() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    let clip = keyword(&data, recordings::SPEAKER, "seven");
    let mut replies = client.stream(&clip);
    assert!(replies.iter().all(|reply| reply["partial"].is_string()), "{replies:?}");
    replies.push(client.ask(r#"{"eof" : 1}"#));
    let last = replies.last().unwrap();
    assert_eq!(last["text"], "سبعة");
    let word = &last["result"][0];
    assert_eq!(word["word"], "سبعة");
    assert!(word["conf"].as_f64().unwrap() > 0.5);
    assert!(word["start"].as_f64().unwrap() < word["end"].as_f64().unwrap());
    assert_eq!(client.closed().unwrap().code, CloseCode::Normal);
}

#[test]
fn silence_ends_an_utterance_after_partials() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    let speaker = recordings::SPEAKER;
    let clip = [keyword(&data, speaker, "nine"), silence(1_500)].concat();
    let replies = client.stream(&[clip.clone(), clip].concat());
    let finals: Vec<_> = replies.iter().filter(|reply| reply["text"].is_string()).collect();
    assert_eq!(finals.len(), 2, "{finals:?}");
    assert!(replies.iter().any(|reply| reply["partial"] == "تسعة"), "{replies:?}");
    let start = |reply: &Value| reply["result"][0]["start"].as_f64().unwrap();
    let apart = start(finals[1]) - start(finals[0]);
    assert!((2.2..2.8).contains(&apart), "times are not in stream time: {apart}");
}

#[test]
fn digit_string_is_one_utterance() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let speaker = recordings::SPEAKER;
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000, "phrase_list": DIGITS}));
    let clip: Vec<i16> =
        ["three", "five", "zero", "one"].iter().flat_map(|w| keyword(&data, speaker, w)).collect();
    assert_eq!(client.transcribe(&clip), "ثلاثة خمسة صفر واحد");
}

#[test]
fn reset_gives_a_final_and_continues() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    let speaker = recordings::SPEAKER;
    for (spelling, word, text) in [(r#"{"reset" : 1}"#, "seven", "سبعة"), (r#"{"reset":1}"#, "nine", "تسعة")]
    {
        let mut replies = client.stream(&keyword(&data, speaker, word));
        replies.push(client.ask(spelling));
        assert!(replies.last().unwrap()["text"].is_string());
        assert_eq!(texts(&replies), text);
    }
    assert_eq!(client.ask(r#"{"reset":true}"#), json!({"text": ""}));
}

#[test]
fn eof_has_many_spellings() {
    let server = Server::start();
    for spelling in [r#"{"eof" : 1}"#, r#"{"eof":1}"#, r#" { "eof": true } "#, "{\"eof\":\n1}"] {
        let mut client = server.connect();
        assert_eq!(client.ask(spelling), json!({"text": ""}));
        assert_eq!(client.closed().unwrap().code, CloseCode::Normal);
    }
}

#[test]
fn alternatives_replace_confidences() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let clip = keyword(&data, recordings::SPEAKER, "seven");
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000, "max_alternatives": 3}));
    client.stream(&clip);
    let reply = client.ask(r#"{"eof" : 1}"#);
    let readings = reply["alternatives"].as_array().unwrap();
    assert!((1..=3).contains(&readings.len()), "{reply}");
    assert_eq!(readings[0]["text"], "سبعة");
    assert!(readings[0]["confidence"].is_number());
    assert_eq!(readings[0]["result"][0]["word"], "سبعة");
    assert!(readings[0]["result"][0].get("conf").is_none());
}

#[test]
fn silence_is_one_empty_alternative() {
    let server = Server::start();
    for asked in [json!(3), json!(3.0), json!("3")] {
        let mut client = server.connect().configured(&json!({"max_alternatives": asked}));
        client.audio(vec![0; 1_600]);
        let reply = client.ask(r#"{"eof" : 1}"#);
        assert_eq!(reply, json!({"alternatives": [{"text": "", "confidence": 1.0}]}), "{asked}");
    }
}

#[test]
fn empty_phrase_list_means_the_whole_vocabulary() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let clip = keyword(&data, recordings::SPEAKER, "seven");
    for none in [json!([]), json!(null)] {
        let mut client =
            server.connect().configured(&json!({"sample_rate": 16_000, "phrase_list": none, "words": "yes"}));
        assert_eq!(client.transcribe(&clip), "سبعة");
    }
}

#[test]
fn close_is_answered() {
    let server = Server::start();
    let mut client = server.connect();
    client.audio(vec![0; 1_600]);
    assert_eq!(client.close().unwrap().code, CloseCode::Normal);
    server.wait_until_idle();
}

#[test]
fn words_can_be_switched_off() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let clip = keyword(&data, recordings::SPEAKER, "seven");
    for off in [json!(0), json!(false)] {
        let mut client = server.connect().configured(&json!({"sample_rate": 16_000, "words": off}));
        client.stream(&clip);
        assert_eq!(client.ask(r#"{"eof" : 1}"#), json!({"text": "سبعة"}));
    }
}

#[test]
fn without_a_config_audio_is_8_khz() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let clip = recordings::at_rate(&keyword(&data, recordings::SPEAKER, "seven"), 8_000);
    assert_eq!(server.connect().transcribe(&clip), "سبعة");
}

#[test]
fn both_paths_and_all_spellings_of_rates_work() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let clip = recordings::at_rate(&keyword(&data, recordings::SPEAKER, "seven"), 44_100);
    for (path, rate) in [("/", json!(44_100.0)), ("/ws", json!(44_100)), ("/ws?x=1", json!("44100"))] {
        let mut client = Client::connect(server.address(), path).configured(&json!({"sample_rate": rate}));
        assert_eq!(client.transcribe(&clip), "سبعة");
    }
}

#[test]
fn audio_may_be_pipelined() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let clip = keyword(&data, recordings::SPEAKER, "seven");
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    let chunks: Vec<_> = clip.chunks(160).collect();
    for chunk in &chunks {
        client.send(Message::binary(bytes(chunk)));
    }
    client.send(Message::text(r#"{"eof" : 1}"#));
    let replies: Vec<_> = (0..=chunks.len()).map(|_| client.receive()).collect();
    assert_eq!(texts(&replies), "سبعة");
    assert_eq!(client.closed().unwrap().code, CloseCode::Normal);
}

#[test]
fn phrase_list_excludes_other_words() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let clip = keyword(&data, recordings::SPEAKER, "seven");
    let mut client =
        server.connect().configured(&json!({"sample_rate": 16_000, "phrase_list": ["نعم", "لا", "[unk]"]}));
    let text = client.transcribe(&clip);
    assert!(!text.contains("سبعة"), "{text}");
}

#[test]
fn phrases_match_in_every_spelling() {
    let data = recordings_or_skip!();
    let lists = std::fs::read(data.join("cases/ws-phrase-lists.json")).unwrap();
    let lists: Value = serde_json::from_slice(&lists).unwrap();
    let server = Server::start();
    let clip = keyword(&data, recordings::SPEAKER, "one");
    for (spelling, phrases) in lists.as_object().unwrap() {
        let mut client = server.connect().configured(&json!({"sample_rate": 16_000, "phrase_list": phrases}));
        let reply = client.audio(vec![0; 320]);
        assert_eq!(reply, json!({"partial": ""}), "{spelling}");
        assert_eq!(client.transcribe(&clip), "واحد", "{spelling}");
    }
}

#[test]
fn stereo_is_mixed_if_configured() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let clip = keyword(&data, recordings::SPEAKER, "seven");
    // The same audio in opposite phase.
    let stereo: Vec<i16> = clip.iter().flat_map(|&sample| [sample, sample.saturating_neg()]).collect();
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000, "channels": 2}));
    assert_eq!(client.transcribe(&stereo), "سبعة");
    let mut client = server.connect().configured(&json!({"channels": 9}));
    assert_eq!(client.receive()["error"]["code"], "audio_format_unsupported");
}

#[test]
fn a_client_that_names_no_rate_is_told_that_its_audio_is_not_8_khz() {
    let data = recordings_or_skip!();
    let server = Server::start();
    for speaker in ["00000002", "00000008"] {
        let words =
            ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "zero", "right", "left"];
        let clip: Vec<i16> = words.iter().flat_map(|word| keyword(&data, speaker, word)).collect();
        let told = |clip: &[i16]| {
            let replies = server.connect().stream(clip);
            let told = |reply: &Value| {
                reply["warning"]["message"].as_str().is_some_and(|text| text.contains("8000 Hz"))
            };
            replies.iter().filter(|reply| told(reply)).count()
        };
        assert_eq!(told(&clip), 1, "{speaker} at 16 kHz");
        assert_eq!(told(&recordings::at_rate(&clip, 8_000)), 0, "{speaker} at 8 kHz");
    }
}
