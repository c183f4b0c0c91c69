//! Conversations with the protocol `voice.v1` on `/secure`.

use serde_json::json;
use tungstenite::Message;
use voice_core::audio::Format;
use voice_core::audio::opus::OggEncoder;
use voice_tests::recordings::{SPEAKER, keyword};
use voice_tests::server::{Builder, Server};
use voice_tests::talker::Talker;
use voice_tests::{has_espeak, recordings_or_skip};

const PROMPT: &str =
    "مرحبا بك في عيادة الأسنان. يمكنك حجز موعد جديد، أو تغيير موعدك الحالي، أو التحدث إلى موظف الاستقبال.";

fn server() -> Server {
    started(Server::secured())
}

fn started(builder: Builder) -> Server {
    let server = builder.env("VOICE_TTS_VOICES", "ar=espeak,en=espeak").start();
    server.wait_until("speaking", |health| {
        health["models"]["tts"]
            .as_array()
            .is_some_and(|voices| voices.iter().all(|voice| voice["state"] == "ready"))
    });
    server
}

#[test]
fn user_answers_a_question() {
    if !has_espeak() {
        return;
    }
    let data = recordings_or_skip!();
    let server = server();
    let mut talker = Talker::connect(&server, "");
    let hints = json!({"hints": ["نعم", "لا"], "expect": {"kind": "phrases"}, "words": true});
    let ready = talker.start(&hints);
    assert_eq!(ready["protocol"], "voice.v1");
    assert_eq!(ready["hints"], "grammar");
    assert_eq!(ready["audio_out"], json!({"encoding": "pcm_s16le", "sample_rate": 16_000, "channels": 1}));
    assert_eq!(ready["model"]["language"], "ar");
    assert_eq!(ready["resume"]["seconds"], 60);
    talker.send(&json!({"type": "say", "id": "q1", "text": "هل لديك حساسية؟"}));
    assert_eq!(talker.talk_until("speaking")["id"], "q1");
    assert_eq!(talker.talk_until("spoken")["id"], "q1");
    assert!(talker.played.len() > 16_000, "{}", talker.played.len());
    talker.say(&keyword(&data, SPEAKER, "no"));
    talker.talk_until("speech_started");
    let result = talker.talk_until("final");
    assert_eq!(result["text"], "لا");
    assert_eq!(result["language"], "ar");
    assert!(result["words"][0]["confidence"].as_f64().is_some_and(|confidence| confidence > 0.3), "{result}");
    assert_eq!(talker.talk_until("turn_ended")["reason"], "complete");
    talker.send(&json!({"type": "end"}));
    assert_eq!(talker.wait_for("closed")["code"], "ok");
    assert_eq!(talker.wait_for("(close)")["code"], 1000);
    let metrics = server.admin("GET", "/metrics", "").body;
    assert!(metrics.contains("voice_turns_total{reason=\"complete\"} 1"), "{metrics}");
}

#[test]
fn backchannel_pauses_and_word_interrupts() {
    if !has_espeak() {
        return;
    }
    let data = recordings_or_skip!();
    let server = server();
    let mut talker = Talker::connect(&server, "");
    talker.start(&json!({"barge_in": {"warm_up_ms": 500}}));
    talker.send(&json!({"type": "say", "id": "p", "text": PROMPT}));
    talker.talk_until("speaking");
    talker.talk_for(1_500);
    talker.say(&keyword(&data, SPEAKER, "yes"));
    talker.talk_until("paused");
    assert_eq!(talker.talk_until("resumed")["reason"], "backchannel");
    talker.talk_for(1_500);
    talker.say(&keyword(&data, SPEAKER, "cancel"));
    talker.talk_until("paused");
    let interrupted = talker.talk_until("interrupted");
    assert_eq!(interrupted["ids"], json!(["p"]));
    let heard = interrupted["heard_text"].as_str().unwrap();
    assert!(PROMPT.starts_with(heard) && !heard.is_empty(), "{heard}");
    talker.talk_until("turn_ended");
    let finals = talker.messages.iter().filter(|message| message["type"] == "final");
    assert_eq!(finals.map(|message| message["text"].as_str().unwrap()).collect::<Vec<_>>(), ["نعم", "إلغاء"]);
    assert!(!talker.types().contains(&"spoken"));
}

#[test]
fn lost_connection_is_resumed_without_loss() {
    if !has_espeak() {
        return;
    }
    let data = recordings_or_skip!();
    let server = server();
    let mut talker = Talker::connect(&server, "");
    let ready = talker.start(&json!({}));
    let token = ready["resume"]["token"].as_str().unwrap().to_owned();
    talker.send(&json!({"type": "say", "id": "p", "text": PROMPT}));
    talker.talk_until("speaking");
    talker.talk_for(300);
    talker.cut();
    let received = talker.received;
    // Another subject cannot take the session.
    let other = server.token("other", "speech", 600);
    let mut thief =
        Talker::with_protocols(&server, &format!("voice.v1, bearer.{other}, resume.{token}.{received}"));
    assert_eq!(thief.wait_for("warning")["code"], "session_ended");
    talker.reconnect(&server, &token);
    let ready = talker.wait_for("ready");
    assert_eq!(ready["resumed"], true);
    assert_eq!(ready["session"].as_str().map(str::is_empty), Some(false));
    assert!(ready["received"]["audio_bytes"].as_u64().is_some_and(|bytes| bytes > 0), "{ready}");
    assert_eq!(talker.talk_until("spoken")["id"], "p");
    talker.say(&keyword(&data, SPEAKER, "no"));
    assert_eq!(talker.talk_until("final")["text"], "لا");
    // The first token is used up.
    let mut late = Talker::connect(&server, &format!(", resume.{token}.0"));
    assert_eq!(late.wait_for("warning")["code"], "session_ended");
    talker.close();
}

#[test]
fn wrong_messages_get_codes_and_the_session_goes_on() {
    if !has_espeak() {
        return;
    }
    let server = server();
    let mut talker = Talker::connect(&server, "");
    let refused = |talker: &mut Talker, message: Message, code: &str| {
        talker.send_raw(message);
        let error = talker.wait_for("error");
        assert_eq!(error["code"], code, "{error}");
        error
    };
    refused(&mut talker, Message::binary(vec![0; 320]), "message_invalid");
    refused(&mut talker, Message::text(r#"{"type": "say", "text": "a"}"#), "message_invalid");
    refused(
        &mut talker,
        Message::text(r#"{"type": "start", "audio_in": {"sample_rate": 7}}"#),
        "option_invalid",
    );
    refused(&mut talker, Message::text(r#"{"type": "start", "language": "xx"}"#), "model_not_found");
    talker.start(&json!({}));
    refused(&mut talker, Message::text(r#"{"type": "start"}"#), "message_invalid");
    let error = refused(
        &mut talker,
        Message::text(r#"{"type": "say", "id": "x", "ssml": "<speak>"}"#),
        "ssml_invalid",
    );
    assert_eq!((&error["of"], &error["id"]), (&json!("say"), &json!("x")));
    refused(&mut talker, Message::text(r#"{"type": "update", "speed": 9}"#), "option_invalid");
    talker.send_raw(Message::text(r#"{"type": "update", "speed": 1.5, "hints": ["نعم"]}"#));
    talker.send(&json!({"type": "say", "id": "y", "text": "نعم"}));
    assert_eq!(talker.talk_until("spoken")["id"], "y");
    talker.send(&json!({"type": "end"}));
    talker.wait_for("closed");
}

#[test]
fn first_message_chooses_the_protocol() {
    if !has_espeak() {
        return;
    }
    let server = server();
    let token = server.token("patient", "speech", 600);
    let mut client = voice_tests::client::Client::with_headers(
        server.address(),
        "/secure",
        &[("authorization", &format!("Bearer {token}"))],
    )
    .unwrap();
    let ready = client.ask(r#"{"type": "start"}"#);
    assert_eq!((&ready["type"], &ready["resumed"]), (&json!("ready"), &json!(false)));
}

#[test]
fn flood_is_slowed_and_others_are_served() {
    if !has_espeak() {
        return;
    }
    let server = started(Server::secured().env("VOICE_AUDIO_RATE", "4"));
    let mut flood = Talker::connect(&server, "");
    flood.start(&json!({}));
    for _ in 0..100 {
        flood.send_raw(Message::binary(vec![0; 32_000]));
    }
    let mut other = Talker::connect(&server, "");
    other.start(&json!({}));
    other.send(&json!({"type": "say", "id": "a", "text": "نعم"}));
    assert_eq!(other.talk_until("spoken")["id"], "a");
    assert_eq!(flood.wait_for("warning")["code"], "overloaded");
}

#[test]
fn compressed_audio_is_counted_as_it_is_decoded() {
    if !has_espeak() {
        return;
    }
    let server = started(Server::secured().env("VOICE_AUDIO_RATE", "4"));
    let mut encoder = OggEncoder::new(Format::default(), 6_000).unwrap();
    let (mut stream, silence) = (Vec::new(), vec![0; 32_000]);
    for _ in 0..300 {
        encoder.push(&silence, &mut stream).unwrap();
    }
    assert!(stream.len() < 256 << 10, "as samples it would be a few seconds");
    let mut flood = Talker::connect(&server, "");
    let ready = flood.start(&json!({"audio_in": {"encoding": "opus_stream"}}));
    assert_eq!(ready["limits"]["message_bytes"], 256 << 10);
    flood.send_raw(Message::binary(stream));
    assert_eq!(flood.wait_for("warning")["code"], "overloaded");
    let mut large = Talker::connect(&server, "");
    large.start(&json!({"audio_in": {"encoding": "opus_stream"}}));
    large.send_raw(Message::binary(vec![0; (256 << 10) + 1]));
    assert_eq!(large.wait_for("(close)")["code"], 1009);
}

#[test]
fn messages_after_the_end_are_refused_or_ignored() {
    if !has_espeak() {
        return;
    }
    let server = server();
    let mut talker = Talker::connect(&server, "");
    talker.start(&json!({}));
    // The server reads the last messages before or after the session has ended.
    talker.send_raw(Message::binary(vec![0; 320_000]));
    talker.send(&json!({"type": "end"}));
    talker.send_raw(Message::binary(vec![0; 640]));
    talker.send(&json!({"type": "end"}));
    talker.wait_for("(close)");
    let codes: Vec<_> = talker.messages.iter().filter(|message| message["type"] == "error").collect();
    assert!(codes.iter().all(|error| error["code"] == "session_ended"), "{codes:?}");
    let last = talker.messages.iter().rev().find(|message| message["seq"].is_number()).unwrap();
    assert_eq!((&last["type"], &last["code"]), (&json!("closed"), &json!("ok")));
}

#[test]
fn text_in_pieces_is_spoken_whole() {
    if !has_espeak() {
        return;
    }
    let server = server();
    let mut talker = Talker::connect(&server, "");
    talker.start(&json!({}));
    // Its only clause is complete with `flush`.
    talker.send(&json!({"type": "say", "id": "a", "text": "جملة مفتوحة", "open": true}));
    talker.send(&json!({"type": "flush", "id": "a"}));
    assert_eq!(talker.talk_until("spoken")["id"], "a");
    // More text comes after all that was made has been heard.
    talker.send(&json!({"type": "say", "id": "b", "text": "جملة مفتوحة. ", "open": true}));
    assert_eq!(talker.talk_until("speaking")["id"], "b");
    talker.talk_for(2_000);
    let before = talker.played.len();
    talker.send(&json!({"type": "append", "id": "b", "text": "شكراً جزيلاً لك يا صديقي."}));
    talker.talk_for(300);
    talker.send(&json!({"type": "flush", "id": "b"}));
    assert_eq!(talker.talk_until("spoken")["id"], "b");
    assert!(talker.played.len() > before + 32_000, "{} {before}", talker.played.len());
    // The next utterance ends one that is open.
    talker.send(&json!({"type": "say", "id": "c", "text": "واحد.", "open": true}));
    talker.send(&json!({"type": "say", "id": "d", "text": "اثنان."}));
    assert_eq!(talker.talk_until("spoken")["id"], "c");
    assert_eq!(talker.talk_until("spoken")["id"], "d");
    talker.send(&json!({"type": "append", "id": "c", "text": "ثلاثة."}));
    let error = talker.wait_for("error");
    assert_eq!(
        (&error["code"], &error["of"], &error["id"]),
        (&json!("message_invalid"), &json!("append"), &json!("c"))
    );
    talker.send(&json!({"type": "say", "text": " "}));
    assert_eq!(talker.wait_for("error")["code"], "text_empty");
}

#[test]
fn client_that_reports_no_position_is_told_the_end() {
    if !has_espeak() {
        return;
    }
    let server = server();
    let mut talker = Talker::connect(&server, "");
    talker.start(&json!({"endpointing": {"idle_ms": 600_000}}));
    talker.send(&json!({"type": "say", "id": "a", "text": "نعم"}));
    assert_eq!(talker.wait_for("spoken")["id"], "a");
    // The first warning of an update is that of `start`.
    talker.send(&json!({"type": "update", "hints": ["نعم", "xyzzy"]}));
    assert_eq!(talker.wait_for("warning")["code"], "grammar_invalid");
}

#[test]
fn revoked_token_of_the_last_connection_ends_the_session() {
    if !has_espeak() {
        return;
    }
    let server = server();
    let mut talker = Talker::connect(&server, "");
    let ready = talker.start(&json!({}));
    let token_id = || server.admin("GET", "/admin/sessions", "").json()["sessions"][0]["jti"].clone();
    let first = token_id();
    talker.reconnect(&server, ready["resume"]["token"].as_str().unwrap());
    assert_eq!(talker.wait_for("ready")["resumed"], true);
    let token_id = token_id();
    assert_ne!(token_id, first);
    let revoked = server.admin("POST", "/auth/revoke", &json!({"jti": token_id}).to_string()).json();
    assert_eq!(revoked["sessions_ended"], 1, "{revoked}");
    assert_eq!(talker.wait_for("closed")["code"], "token_revoked");
}
