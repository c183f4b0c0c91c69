//! Starting and stopping.

use serde_json::json;
use tungstenite::Message;
use tungstenite::protocol::frame::coding::CloseCode;
use voice_tests::client::texts;
use voice_tests::recordings::{self, bytes, keyword};
use voice_tests::recordings_or_skip;
use voice_tests::server::Server;

#[test]
fn the_shipped_model_is_found_from_any_folder() {
    let health = Server::start().wait_for("healthy");
    assert_eq!(health["models"]["stt"][0]["name"], "ar-commands");
    assert_eq!(health["models"]["stt"][0]["takes_grammar"], true);
}

#[test]
fn a_model_that_is_not_there_is_told_and_the_server_lives() {
    let server = Server::builder().env("VOSK_MODEL_PATH", "/nowhere/model").start_unready();
    let health = server.wait_for("unhealthy");
    assert_eq!(server.get("/health").0, 503);
    assert_eq!(health["models"]["stt"][0]["code"], "model_not_found");
    assert_eq!(voice_tests::client::Client::try_connect(server.address(), "/").err(), Some(503));
}

#[test]
fn a_wrong_environment_ends_the_start_with_every_mistake() {
    let output = std::process::Command::new(voice_tests::server::program())
        .env("PORT", "many")
        .env("VOICE_THREADS", "0")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("PORT=many") && complaint.contains("VOICE_THREADS=0"), "{complaint}");
}

#[test]
fn a_stop_finishes_the_utterance_under_way() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    client.stream(&keyword(&data, recordings::SPEAKER, "seven"));
    let exit = std::thread::spawn(move || server.terminate());
    assert_eq!(texts(&[client.receive()]), "سبعة");
    assert_eq!(client.closed().unwrap().code, CloseCode::Away);
    assert_eq!(exit.join().unwrap(), Some(0));
}

#[test]
fn a_stop_under_load_loses_no_final() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let clip = keyword(&data, recordings::SPEAKER, "seven");
    let mut clients: Vec<_> = (0..12)
        .map(|_| {
            let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
            // Sent and not yet answered: most of it is under way when the server is told to stop.
            client.send(Message::binary(bytes(&clip)));
            client
        })
        .collect();
    let exit = std::thread::spawn(move || server.terminate());
    for client in &mut clients {
        let replies = client.rest();
        assert_eq!(texts(&replies.0), "سبعة");
        assert_eq!(replies.1.unwrap().code, CloseCode::Away);
    }
    assert_eq!(exit.join().unwrap(), Some(0));
}

#[test]
fn a_second_stop_does_not_wait() {
    let stopped_twice = || {
        let server = Server::start();
        // A client that never answers the close: the server lingers for it.
        let client = server.connect();
        server.wait_until("served", |health| health["sessions"]["active"] == 1);
        server.signal("TERM");
        server.wait_for_log("stopping");
        let exit = server.terminate();
        drop(client);
        exit
    };
    // The server lingers for two seconds, in which a busy machine may not get as far as the second signal.
    let exits: Vec<_> = (0..5).map(|_| stopped_twice()).take_while(|exit| *exit != Some(1)).collect();
    assert!(exits.len() < 5, "{exits:?}");
}

#[test]
fn what_a_proxy_or_a_supervisor_asks_is_answered() {
    let server = Server::builder().env("VOSK_MODEL_PATH", "/nowhere/model").start_unready();
    server.wait_for("unhealthy");
    assert_eq!(server.get("/livez").0, 200, "a restart would not help");
    assert_eq!(server.get("/readyz").0, 503);
    assert_eq!(Server::start().get("/readyz").0, 200);
}
