//! An engine that stops answering in the middle of a session.

#![cfg(target_os = "linux")]

use std::fs;
use std::time::Duration;

use serde_json::json;
use tungstenite::Message;
use voice_tests::client::Client;
use voice_tests::oracle::before_libvosk;
use voice_tests::recordings::{SPEAKER, bytes, keyword, silence};
use voice_tests::server::Server;
use voice_tests::{has_espeak, recordings_or_skip};

#[test]
fn hung_engine_is_reported_while_silence_is_served() {
    let data = recordings_or_skip!();
    if !has_espeak() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (shim, hang) = (before_libvosk("hanging.c", folder.path()), folder.path().join("hang"));
    let server = Server::builder()
        .env("VOICE_TTS_VOICES", "ar=espeak")
        .env("VOICE_THREADS", "2")
        .env("VOICE_LIBVOSK", &shim)
        .env("HANG_WHILE", hang.to_str().unwrap())
        .start();
    server.wait_until("speaking", |health| health["models"]["tts"][0]["state"] == "ready");
    let rate = json!({"sample_rate": 16_000});
    let word = [silence(500), keyword(&data, SPEAKER, "seven"), silence(1_500)].concat();

    let mut listener = server.connect().configured(&rate);
    listener.stream(&silence(100));
    let [mut other, mut client] = [(); 2].map(|()| {
        let mut client = Client::connect(server.address(), "/?spoken_errors=16000").configured(&rate);
        client.raw().set_read_timeout(Some(Duration::from_mins(2))).unwrap();
        client.stream(&silence(500));
        client
    });
    fs::write(&hang, "").unwrap();
    // One for each worker, so that no worker is left.
    for client in [&mut other, &mut client] {
        client.send(Message::binary(bytes(&word)));
    }
    for reply in listener.stream(&silence(1_000)) {
        assert_eq!(reply, json!({"partial": ""}));
    }
    server.wait_until("degraded", |health| health["status"] != "healthy");

    let mut sound = Vec::new();
    let mut told = None;
    let close = loop {
        match client.message() {
            Message::Text(text) => {
                assert!(told.is_none() && sound.is_empty(), "{text}");
                told = Some(serde_json::from_str::<serde_json::Value>(&text).unwrap());
            }
            Message::Binary(samples) => sound.extend_from_slice(&samples),
            Message::Close(close) => break close.unwrap(),
            _ => {}
        }
    };
    assert_eq!(told.unwrap()["error"]["code"], "model_stuck");
    assert_eq!(u16::from(close.code), 1011, "{}", close.reason);
    assert!((2.0..10.0).contains(&(sound.len() as f32 / 32_000.0)), "{} bytes of sound", sound.len());
    assert!(sound.iter().any(|byte| *byte != 0));

    // A session that begins to speak now is not left with the model that hangs.
    listener.send(Message::binary(bytes(&word)));
    let close = loop {
        if let Message::Close(close) = listener.message() {
            break close.unwrap();
        }
    };
    assert_eq!(u16::from(close.code), 1011, "{}", close.reason);
    assert!(close.reason.starts_with("model_stuck: "), "{}", close.reason);

    fs::remove_file(&hang).unwrap();
    server.wait_until("healthy again", |health| health["status"] == "healthy");
    assert_eq!(server.connect().configured(&rate).transcribe(&word), "سبعة");
}
