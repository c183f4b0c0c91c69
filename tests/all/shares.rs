//! The share of one client, so that others can be served.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::Message;
use voice_tests::client::{Client, texts};
use voice_tests::recordings::{self, bytes, keyword, silence};
use voice_tests::recordings_or_skip;
use voice_tests::server::Server;

#[test]
fn clients_without_tokens_leave_reserved_sessions() {
    let server = Server::secured().env("MAX_CONCURRENT_SESSIONS", "8").start();
    let anonymous: Vec<_> = (0..6).map(|_| server.connect()).collect();
    let refused = Client::with_headers(server.address(), "/", &[]).err();
    assert_eq!(refused, Some((503, "session_limit".to_owned())));
    let bearer = format!("Bearer {}", server.token("clinic", "speech", 60));
    let with_token = || Client::with_headers(server.address(), "/secure", &[("authorization", &bearer)]);
    let (mut first, second) = (with_token().expect("a place"), with_token().expect("a place"));
    assert_eq!(with_token().err(), Some((503, "session_limit".to_owned())));
    assert_eq!(first.ask(r#"{"reset": 1}"#), json!({"text": ""}));
    drop((first, second, anonymous));
    server.wait_until_idle();
    assert!(Client::try_connect(server.address(), "/").is_ok());
}

/// Whether a reply says that the client sends too fast.
fn is_overloaded(reply: &Value) -> bool {
    reply["warning"]["code"] == "overloaded"
}

#[test]
fn excess_audio_is_read_later_and_not_lost() {
    let data = recordings_or_skip!();
    let server = Server::secured().env("VOICE_AUDIO_RATE", "4").start();
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    let begin = Instant::now();
    // A minute may come at once, pipelined as from a file.
    for _ in 0..6 {
        client.send(Message::binary(bytes(&silence(10_000))));
    }
    let mut word = keyword(&data, recordings::SPEAKER, "seven");
    word.extend(silence(8_000));
    for part in word.chunks(16_000) {
        client.send(Message::binary(bytes(part)));
    }
    client.send(Message::text(r#"{"eof" : 1}"#));
    let (replies, _) = client.rest();
    assert_eq!(texts(&replies), "سبعة");
    assert_eq!(replies.iter().filter(|reply| is_overloaded(reply)).count(), 1, "it is told once");
    // All but the last message take about nine seconds, at four seconds of audio per second.
    assert!(begin.elapsed() >= Duration::from_millis(1_750), "{:?}", begin.elapsed());
    let metrics = server.admin("GET", "/metrics", "").body;
    assert!(metrics.contains("voice_sessions_slowed_total 1"), "{metrics}");
    assert!(!server.connect().ask(r#"{"reset": 1}"#)["warning"].is_object(), "others are not slowed");
}

#[test]
fn excess_messages_are_read_later() {
    let server = Server::builder().env("VOICE_MESSAGES_PER_SECOND", "20").start();
    let mut client = server.connect();
    let begin = Instant::now();
    let replies: Vec<_> = (0..230).map(|_| client.audio(vec![0; 2])).collect();
    // Two hundred at once, then twenty per second.
    assert!(begin.elapsed() >= Duration::from_millis(1_400), "{:?}", begin.elapsed());
    assert_eq!(replies.iter().filter(|reply| is_overloaded(reply)).count(), 1);
}

#[test]
fn minute_of_speech_at_once_is_not_slowed() {
    let server =
        Server::builder().env("VOICE_AUDIO_RATE", "4").env("VOICE_MESSAGES_PER_SECOND", "250").start();
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    // Fifty seconds in messages of 20 ms.
    let piece = bytes(&silence(20));
    for _ in 0..2_400 {
        assert_eq!(client.audio(piece.clone()), json!({"partial": ""}));
    }
}
