//! Starting and stopping the server.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;
use tungstenite::Message;
use tungstenite::protocol::frame::coding::CloseCode;
use voice_tests::client::texts;
use voice_tests::recordings::{self, bytes, keyword, silence};
use voice_tests::server::Server;
use voice_tests::wire::{Frame, Wire};
use voice_tests::{has_espeak, recordings_or_skip};

use crate::unread::{flood, http_2, session};

#[test]
fn shipped_model_is_found_from_any_folder() {
    let health = Server::start().wait_for("healthy");
    assert_eq!(health["models"]["stt"][0]["name"], "ar-commands");
    assert_eq!(health["models"]["stt"][0]["takes_grammar"], true);
}

#[test]
fn missing_model_is_reported_and_the_server_runs() {
    let server = Server::builder().env("VOSK_MODEL_PATH", "/nowhere/model").start_unready();
    let health = server.wait_for("unhealthy");
    assert_eq!(server.get("/health").0, 503);
    assert_eq!(health["models"]["stt"][0]["code"], "model_not_found");
    assert_eq!(voice_tests::client::Client::try_connect(server.address(), "/").err(), Some(503));
}

#[test]
fn wrong_environment_reports_every_mistake() {
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
fn stop_finishes_the_current_utterance() {
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
fn stop_under_load_loses_no_final() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let clip = keyword(&data, recordings::SPEAKER, "seven");
    let mut clients: Vec<_> = (0..12)
        .map(|_| {
            let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
            // Sent and not yet answered: most of it is in progress when the server is told to stop.
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
fn second_stop_does_not_wait() {
    let server = Server::builder().env("VOICE_GRACE_SECONDS", "300").start();
    // A client that does not read: the server waits for it to accept its replies.
    let (mut wire, _) = Wire::open(server.address(), "");
    let questions = Frame::text("what?").to_bytes().repeat(1_000);
    while wire.send_within(&questions, Duration::from_secs(2)) {}
    server.signal("TERM");
    server.wait_for_log("stopping");
    assert_eq!(server.terminate(), Some(1), "a session was cut off");
}

#[test]
fn proxies_and_supervisors_get_answers() {
    let server = Server::builder().env("VOSK_MODEL_PATH", "/nowhere/model").start_unready();
    server.wait_for("unhealthy");
    assert_eq!(server.get("/livez").0, 200, "a restart would not help");
    assert_eq!(server.get("/readyz").0, 503);
    assert_eq!(Server::start().get("/readyz").0, 200);
}

#[test]
fn stop_loses_no_sent_audio() {
    const WORDS: usize = 40;
    let data = recordings_or_skip!();
    let server = Server::builder().env("VOICE_GRACE_SECONDS", "60").env("VOICE_AUDIO_RATE", "4").start();
    let word = bytes(&[keyword(&data, recordings::SPEAKER, "seven"), silence(1_000)].concat());
    // Much of it exceeds what a session may send at once, and is not read before the stop.
    assert!(WORDS * word.len() > 70 * 32_000, "{} bytes", word.len());
    let mut clients: Vec<_> = [word.len(), 3_200]
        .into_iter()
        .map(|size| {
            let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
            // In messages of a whole word, or of 100 ms: more than the server reads ahead, so that most of them wait in
            // the system when it is told to stop.
            for part in word.repeat(WORDS).chunks(size) {
                client.send(Message::binary(part.to_vec()));
            }
            client
        })
        .collect();
    let exit = std::thread::spawn(move || server.terminate());
    for client in &mut clients {
        let (replies, close) = client.rest();
        assert_eq!(texts(&replies), ["سبعة"; WORDS].join(" "));
        assert_eq!(close.unwrap().code, CloseCode::Away);
    }
    drop(clients);
    assert_eq!(exit.join().unwrap(), Some(0));
}

#[test]
fn stop_waits_for_a_word_in_progress() {
    let data = recordings_or_skip!();
    let server = Server::builder().env("VOICE_GRACE_SECONDS", "40").start();
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    let word = [silence(500), keyword(&data, recordings::SPEAKER, "seven"), silence(3_000)].concat();
    let (mut replies, mut exit) = (Vec::new(), None);
    let mut server = Some(server);
    let begin = Instant::now();
    // As from a microphone: 50 ms every 50 ms, until the server closes.
    for (number, part) in word.chunks(800).enumerate() {
        // In the middle of the word.
        if number == 16 {
            let server = server.take().unwrap();
            exit = Some(std::thread::spawn(move || server.terminate()));
        }
        let due = begin + Duration::from_millis(50 * number as u64);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        if client.try_send(Message::binary(bytes(part))).is_err() {
            break;
        }
        match client.message() {
            Message::Text(reply) => replies.push(serde_json::from_str(&reply).unwrap()),
            _ => break,
        }
    }
    assert_eq!(texts(&replies), "سبعة");
    drop(client);
    assert_eq!(exit.unwrap().join().unwrap(), Some(0));
}

/// A server with a voice, and a request for some seconds of speech.
fn speaking() -> (Server, String) {
    let server =
        Server::builder().env("VOICE_TTS_VOICES", "en=espeak").env("VOICE_GRACE_SECONDS", "40").start();
    server.wait_until("speaking", |health| health["models"]["tts"][0]["state"] == "ready");
    let text = "This is said to its end, whatever comes. ".repeat(20);
    (server, json!({"input": text, "response_format": "pcm"}).to_string())
}

#[test]
fn a_stop_finishes_speech_that_was_asked_for_over_http_1() {
    if !has_espeak() {
        return;
    }
    let (server, wanted) = speaking();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    let length = wanted.len();
    let request =
        format!("POST /v1/audio/speech HTTP/1.1\r\nHost: t\r\nContent-Length: {length}\r\n\r\n{wanted}");
    stream.write_all(request.repeat(3).as_bytes()).unwrap();
    let exit = std::thread::spawn(move || server.terminate());
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let count = |part: &[u8]| answer.windows(part.len()).filter(|bytes| *bytes == part).count();
    assert_eq!((count(b"HTTP/1.1 200 OK"), count(b"\r\n0\r\n\r\n")), (3, 3), "{} bytes", answer.len());
    assert!(answer.len() > 3 << 20);
    assert_eq!(exit.join().unwrap(), Some(0));
}

#[test]
fn a_stop_finishes_speech_that_was_asked_for_over_http_2() {
    if !has_espeak() {
        return;
    }
    let (server, wanted) = speaking();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    let window = ((1_u32 << 31) - 1 - 65_535).to_be_bytes();
    let mut requests = http_2::begin(&[(4, (1 << 31) - 1)]);
    requests.extend(http_2::frame(http_2::WINDOW_UPDATE, 0, 0, &window));
    for number in 0..3 {
        requests.extend(http_2::post(number, "/v1/audio/speech"));
        let stream = http_2::stream(number);
        requests.extend(http_2::frame(http_2::DATA, http_2::END_STREAM, stream, wanted.as_bytes()));
    }
    stream.write_all(&requests).unwrap();
    let exit = std::thread::spawn(move || server.terminate());
    let (mut ended, mut sound) = (0, 0);
    let mut head = [0; 9];
    while stream.read_exact(&mut head).is_ok() {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).unwrap();
        assert_ne!(head[3], http_2::RST_STREAM, "a speech is cut off");
        if head[3] == http_2::DATA {
            sound += length;
            ended += usize::from(head[4] & http_2::END_STREAM);
        }
        // The server waits until all has arrived that the client sent before it knew of the stop.
        if head[3] == http_2::PING && head[4] == 0 {
            stream.write_all(&http_2::frame(http_2::PING, 1, 0, &payload)).unwrap();
        }
    }
    assert_eq!(ended, 3);
    assert!(sound > 3 << 20);
    assert_eq!(exit.join().unwrap(), Some(0));
}

#[test]
fn stop_closes_idle_connections_at_once() {
    let server = Server::builder().env("VOICE_GRACE_SECONDS", "40").start();
    let address = server.address();
    let mut idle: Vec<_> = ["", "GET /", "GET /livez HTTP/1.1\r\nHost: t\r\n\r\n"]
        .into_iter()
        .map(|bytes| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            stream.write_all(bytes.as_bytes()).unwrap();
            stream
        })
        .collect();
    server.signal("TERM");
    server.wait_for_log("stopping");
    assert!(TcpStream::connect(address).is_err(), "new connections are refused at once");
    for stream in &mut idle {
        // The end, or a reset; not a time-out.
        let ended = stream.read_to_end(&mut Vec::new()).map_err(|error| error.kind());
        assert!(!matches!(ended, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "it stays open");
    }
    let log = server.wait_for_exit();
    assert!(!log.contains("grace time is over"), "{log}");
}

#[test]
fn stop_does_not_wait_for_a_client_that_reads_nothing() {
    let server = Server::builder().env("VOICE_GRACE_SECONDS", "60").without_canary().start();
    // Until the server waits for the client to read its answers.
    let mut unread = session(&server, "/", b"");
    let answered = Frame::text(r#"{"reset": 1}"#).to_bytes().repeat(500);
    flood(&mut unread, &|_| answered.clone());
    let begin = Instant::now();
    assert_eq!(server.terminate(), Some(0));
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
    drop(unread);
}

#[test]
fn repeated_signal_without_sessions_is_a_clean_stop() {
    let server = Server::start();
    let id = server.id().to_string();
    // As `timeout` does: to the process, and to its group.
    let both = std::process::Command::new("sh").args(["-c", "kill -TERM $0; kill -TERM $0", &id]).status();
    assert!(both.unwrap().success());
    server.wait_for_log("stopping");
    let log = server.wait_for_exit();
    assert!(!log.contains("cut off"), "{log}");
}
