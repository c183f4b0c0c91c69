//! Invalid input gets an answer with a stable code, and other clients are not affected.

use std::io::Write as _;

use serde_json::{Value, json};
use tungstenite::Message;
use tungstenite::protocol::frame::coding::CloseCode;
use voice_tests::client::{Client, texts};
use voice_tests::recordings::{self, keyword};
use voice_tests::recordings_or_skip;
use voice_tests::server::Server;
use voice_tests::wire::Frame;

fn code(reply: &Value) -> &str {
    reply["error"]["code"].as_str().unwrap_or_else(|| panic!("no error in {reply}"))
}

fn warning(reply: &Value) -> &str {
    reply["warning"]["code"].as_str().unwrap_or_else(|| panic!("no warning in {reply}"))
}

/// Runs `misbehave` during a regular session, and checks that the session still works afterwards.
fn beside_an_honest_session(misbehave: impl FnOnce(&Server)) {
    let server = Server::start();
    let mut honest = server.connect();
    assert_eq!(honest.audio(vec![0; 1_600]), json!({"partial": ""}));
    misbehave(&server);
    assert_eq!(honest.audio(vec![0; 1_600]), json!({"partial": ""}));
    assert_eq!(honest.ask(r#"{"eof" : 1}"#), json!({"text": ""}));
}

#[test]
fn wrong_config_is_refused_with_its_reason() {
    beside_an_honest_session(|server| {
        for (config, expected) in [
            (json!({"sample_rate": 0}), "audio_format_unsupported"),
            (json!({"sample_rate": -8_000}), "audio_format_unsupported"),
            (json!({"sample_rate": 1e300}), "audio_format_unsupported"),
            (json!({"sample_rate": "fast"}), "option_invalid"),
            (json!({"sample_rate": null}), "option_invalid"),
            (json!({"max_alternatives": "many"}), "option_invalid"),
            (json!({"max_alternatives": -1}), "option_invalid"),
            (json!({"speaker": "two"}), "option_invalid"),
            (json!({"speaker": 1}), "option_invalid"),
            (json!({"phrase_list": "نعم"}), "option_invalid"),
            (json!({"phrase_list": [1, 2]}), "option_invalid"),
            (json!({"model": 5}), "option_invalid"),
            (json!({"model": "/etc"}), "model_not_found"),
            (json!({"model": "../../models/ar-commands"}), "model_not_found"),
            (json!([]), "option_invalid"),
        ] {
            let mut client = server.connect().configured(&config);
            let reply = client.receive();
            assert_eq!(code(&reply), expected, "{config}");
            assert_eq!(reply["text"], "", "clients read this key of every reply");
            assert_eq!(client.closed().unwrap().code, CloseCode::Policy, "{config}");
        }
    });
}

#[test]
fn unknown_words_of_phrases_are_left_out_and_named() {
    let server = Server::start();
    let mut client =
        server.connect().configured(&json!({"phrase_list": ["نعم", "كهرومغناطيسي لا", "[unk]", "a\"b"]}));
    let reply = client.audio(vec![0; 320]);
    assert_eq!(warning(&reply), "grammar_invalid");
    let message = reply["warning"]["message"].as_str().unwrap();
    assert!(message.starts_with("2 word(s) of phrase_list") && message.contains("كهرومغناطيسي"), "{message}");
    assert_eq!(client.audio(vec![0; 320]), json!({"partial": ""}));
}

#[test]
fn a_list_of_which_no_word_is_known_means_the_whole_vocabulary() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let clip = keyword(&data, recordings::SPEAKER, "seven");
    for unknown in
        [json!(["كهرومغناطيسي"]), json!(["a\"b"]), json!(["xyz", "[unk]"]), json!(["x ".repeat(400)])]
    {
        let mut client = server.connect().configured(&json!({"sample_rate": 16_000, "phrase_list": unknown}));
        let reply = client.audio(vec![0; 320]);
        let message = reply["warning"]["message"].as_str().unwrap();
        assert!(warning(&reply) == "grammar_invalid" && message.contains("whole vocabulary"), "{reply}");
        assert!(message.len() < 600, "{message}");
        assert_eq!(client.transcribe(&clip), "سبعة", "{unknown}");
    }
}

#[test]
fn a_config_after_audio_is_told() {
    let server = Server::start();
    let mut client = server.connect();
    assert_eq!(client.audio(vec![0; 320]), json!({"partial": ""}));
    client = client.configured(&json!({"sample_rate": 16_000}));
    let reply = client.audio(vec![0; 320]);
    assert_eq!(warning(&reply), "option_invalid");
    assert!(reply["warning"]["message"].as_str().unwrap().contains("after the first audio"), "{reply}");
    client = client.configured(&json!({"words": 0}));
    assert_eq!(warning(&client.ask(r#"{"eof" : 1}"#)), "option_invalid");
}

#[test]
fn files_sent_as_samples_are_told_and_not_heard() {
    let server = Server::start();
    let noise: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(8_000).collect();
    for (head, name) in [
        (&b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81"[..], "WebM"),
        (b"OggS\0\x02\0\0\0\0\0\0\0\0", "Ogg"),
        (b"fLaC\0\0\0\x22\x10\0\x10\0", "FLAC"),
        (b"ID3\x04\0\0\0\0\0\0", "MP3"),
        (b"\0\0\0\x20ftypM4A \0\0\0\0", "MPEG-4"),
        (b"#!AMR\n\x3c\x91", "AMR"),
    ] {
        let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
        // Every reply says so, and none has words of noise.
        for message in [[head, &noise].concat(), noise.clone(), noise.clone()] {
            let reply = client.audio(message);
            assert_eq!(warning(&reply), "audio_format_unsupported", "{reply}");
            assert!(reply["warning"]["message"].as_str().unwrap().contains(name), "{reply}");
            assert_eq!(reply["partial"], "");
        }
        assert_eq!(client.ask(r#"{"eof" : 1}"#)["text"], "");
    }
}

#[test]
fn the_header_of_a_wav_file_is_taken_at_its_word() {
    let data = recordings_or_skip!();
    let server = Server::start();
    for (name, rate, told) in [
        ("wav-00-control", json!(16_000), false),
        ("wav-00-control", json!(8_000), true),
        ("wav-23-real-ffmpeg-pipe", json!(48_000), true),
        ("wav-24-phase-inverted-stereo", json!(16_000), true),
    ] {
        let file = std::fs::read(data.join(format!("cases/wav/{name}.wav"))).unwrap();
        let mut client = server.connect().configured(&json!({"sample_rate": rate}));
        let mut replies: Vec<Value> = file.chunks(4_000).map(|piece| client.audio(piece.to_vec())).collect();
        replies.push(client.ask(r#"{"eof" : 1}"#));
        assert_eq!(replies[0].get("warning").is_some(), told, "{name} at {rate}: {}", replies[0]);
        assert_eq!(texts(&replies), "واحد", "{name} at {rate}");
    }
    let file = std::fs::read(data.join("cases/wav/wav-19-alaw-8k.wav")).unwrap();
    let reply = server.connect().audio(file[..8_000].to_vec());
    assert_eq!(warning(&reply), "audio_format_unsupported", "A-law is no PCM");
}

#[test]
fn the_models_own_name_is_accepted() {
    let server = Server::start();
    let name = server.get("/health").1["models"]["stt"][0]["name"].clone();
    let mut client = server.connect().configured(&json!({"model": name}));
    assert_eq!(client.audio(vec![0; 320]), json!({"partial": ""}));
}

#[test]
fn unknown_keys_are_ignored_and_told() {
    let server = Server::start();
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000, "colour": "green"}));
    assert_eq!(warning(&client.audio(vec![0; 320])), "option_unknown");
    assert_eq!(client.audio(vec![0; 320]), json!({"partial": ""}), "a warning is given once");
}

#[test]
fn warnings_of_several_kinds_come_one_a_reply_and_do_not_pile_up() {
    let server = Server::start();
    let mut client = server.connect();
    for _ in 0..1_000 {
        client = client.configured(&json!({"colour": "green", "max_alternatives": 99}));
    }
    assert_eq!(warning(&client.audio(vec![0; 321])), "option_unknown");
    assert_eq!(warning(&client.audio(vec![0; 321])), "audio_misaligned");
    assert!(client.audio(vec![0; 320]).get("warning").is_none());
}

#[test]
fn text_that_is_not_the_protocol_is_answered_and_the_session_goes_on() {
    beside_an_honest_session(|server| {
        let mut client = server.connect();
        for nonsense in ["hello", "{}", "[]", "1", "\"eof\"", r#"{"eof"#, r#"{"EOF": 1}"#, "", "\0"] {
            assert_eq!(code(&client.ask(nonsense)), "message_invalid", "{nonsense:?}");
        }
        assert_eq!(client.audio(vec![0; 320]), json!({"partial": ""}));
    });
}

#[test]
fn odd_and_empty_messages_get_their_reply_with_a_warning() {
    let server = Server::start();
    let mut client = server.connect();
    assert_eq!(warning(&client.audio(Vec::new())), "audio_empty");
    assert_eq!(warning(&client.audio(vec![0; 321])), "audio_misaligned");
    assert_eq!(warning(&client.audio(vec![0; 321])), "audio_misaligned");
    assert_eq!(client.audio(vec![0; 320]), json!({"partial": ""}), "the two halves made one sample");
    assert_eq!(warning(&client.audio(vec![0; 1])), "audio_misaligned");
    let last = client.ask(r#"{"eof" : 1}"#);
    assert_eq!((warning(&last), &last["text"]), ("audio_misaligned", &json!("")));
}

#[test]
fn garbage_audio_is_audio() {
    let server = Server::start();
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    let mut state = 1u32;
    for length in [1, 2, 3, 999, 4_096, 100_001] {
        let noise = std::iter::repeat_with(|| {
            // xorshift32, Marsaglia 2003
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[0]
        });
        let reply = client.audio(noise.take(length).collect());
        assert!(reply["partial"].is_string() || reply["text"].is_string(), "{reply}");
    }
    assert!(client.ask(r#"{"eof" : 1}"#)["text"].is_string());
}

#[test]
fn huge_messages_close_the_connection_with_1009() {
    beside_an_honest_session(|server| {
        let mut client = server.connect();
        assert_eq!(client.audio(vec![0; 1 << 20]), json!({"partial": ""}), "1 MiB is within the limit");
        // A header that announces 1 TiB: refused on sight, nothing is allocated. What follows it is
        // read away, so that the client is told.
        let mut header = vec![0x82, 0xff];
        header.extend((1u64 << 40).to_be_bytes());
        header.extend(std::iter::repeat_n(0, 2 << 20));
        client.raw().write_all(&header).unwrap();
        let frame = client.closed().unwrap();
        assert_eq!(frame.code, CloseCode::Size);
        assert!(frame.reason.starts_with("message_too_large: "), "{}", frame.reason);
    });
}

#[test]
fn frames_without_content_close_the_connection_with_1009() {
    beside_an_honest_session(|server| {
        let mut client = server.connect();
        let start = Frame::binary(vec![0; 2]).unfinished().to_bytes();
        // A message in frames of two bytes, and control frames between them, is one as any other.
        let part = Frame::continuation(vec![0; 2]).unfinished().to_bytes();
        let ping = Frame::pong(vec![0; 100]).to_bytes();
        let parts = [part.repeat(1_000), ping].concat().repeat(100);
        let end = Frame::continuation(vec![0; 2]).to_bytes();
        for _ in 0..6 {
            client.raw().write_all(&[&start[..], &parts, &end].concat()).unwrap();
            assert_eq!(client.receive(), json!({"partial": ""}));
        }
        client.raw().write_all(&start).unwrap();
        let nothing = Frame::continuation(Vec::new()).unfinished().to_bytes().repeat(10_000);
        // Over 4 MiB.
        for _ in 0..75 {
            client.raw().write_all(&nothing).unwrap();
        }
        let frame = client.closed().unwrap();
        assert_eq!(frame.code, CloseCode::Size);
        assert!(frame.reason.starts_with("message_too_large: "), "{}", frame.reason);
    });
}

#[test]
fn long_texts_close_the_connection_with_1009() {
    beside_an_honest_session(|server| {
        let mut client = server.connect();
        assert_eq!(
            code(&client.ask(&"x".repeat(256 << 10))),
            "message_invalid",
            "256 KiB is within the limit"
        );
        client.send(Message::text("x".repeat((256 << 10) + 1)));
        let frame = client.closed().unwrap();
        assert_eq!(frame.code, CloseCode::Size);
        assert!(frame.reason.starts_with("message_too_large: "), "{}", frame.reason);
    });
}

#[test]
fn many_long_texts_are_read_later() {
    beside_an_honest_session(|server| {
        let mut client = server.connect();
        let text = json!(vec!["a"; 65_000]).to_string();
        for _ in 0..5 {
            assert_eq!(code(&client.ask(&text)), "message_invalid");
        }
        assert_eq!(warning(&client.audio(vec![0; 320])), "overloaded");
    });
}

#[test]
fn phrases_of_too_many_words_are_refused() {
    beside_an_honest_session(|server| {
        // Words that no model knows are the most work.
        let of_words = |count: usize| vec!["q q q q q q q q q q"; count / 10];
        let mut client = server.connect().configured(&json!({"phrase_list": of_words(20_000)}));
        assert_eq!(warning(&client.audio(vec![0; 320])), "grammar_invalid");
        let mut client = server.connect().configured(&json!({"phrase_list": of_words(20_010)}));
        let reply = client.audio(vec![0; 320]);
        assert_eq!(code(&reply), "grammar_invalid");
        assert!(reply["error"]["message"].as_str().unwrap().contains("20000 words"), "{reply}");
        assert_eq!(client.closed().unwrap().code, CloseCode::Policy);
    });
}

#[test]
fn invalid_utf8_closes_the_connection_with_1007() {
    beside_an_honest_session(|server| {
        let mut client = server.connect();
        client.raw().write_all(&[0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]).unwrap();
        let frame = client.closed().unwrap();
        assert_eq!(frame.code, CloseCode::Invalid);
        assert!(frame.reason.starts_with("message_invalid: "), "{}", frame.reason);
    });
}

#[test]
fn frames_that_break_the_protocol_close_it_with_1002() {
    beside_an_honest_session(|server| {
        // Reserved bits, a reserved opcode, an unmasked frame, a fragmented control frame.
        for bytes in [&[0xf2, 0x80][..], &[0x83, 0x80], &[0x82, 0x01, 0], &[0x09, 0x80]] {
            let mut client = server.connect();
            client.raw().write_all(&[bytes, &[0, 0, 0, 0]].concat()).unwrap();
            assert_eq!(client.closed().map(|frame| frame.code), Some(CloseCode::Protocol), "{bytes:x?}");
        }
    });
}

#[test]
fn clients_that_vanish_leave_no_session_behind() {
    let server = Server::start();
    for _ in 0..20 {
        let mut client = server.connect();
        client.audio(vec![0; 1_600]);
        drop(client);
    }
    let mut gone = server.connect();
    gone.send(Message::binary(vec![0; 1_600]));
    gone.send(Message::text(r#"{"eof" : 1}"#));
    drop(gone);
    server.wait_until_idle();
}

#[test]
fn http_refusals_carry_codes() {
    let server = Server::builder().env("MAX_CONCURRENT_SESSIONS", "1").start();
    let _first = server.connect();
    assert_eq!(Client::try_connect(server.address(), "/").err(), Some(503));
    let (status, body) = server.get("/nowhere");
    assert_eq!((status, body["error"]["code"].as_str()), (404, Some("path_unknown")));
    assert_eq!(server.get("/ws").0, 426);
    assert_eq!(Client::try_connect(server.address(), "/asr/any/path").err(), Some(404), "whoever is full");
    let (status, facts) = server.get("/");
    assert_eq!((status, facts["service"].as_str()), (200, Some("voice-server")));
}
