//! Interviews on `/secure/healthcare`: forms that ship, human voices, and answers that are stored.

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::Message;
use voice_tests::recordings::{SPEAKER, keyword};
use voice_tests::server::Server;
use voice_tests::talker::Talker;
use voice_tests::{fhir, has_espeak, recordings_or_skip};

const FORM: &str = "urn:libvoice:form:pain-scale";
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A server that stores interviews in this folder.
fn server(folder: &TempDir) -> Server {
    let path = folder.path().join("interviews.sqlite").display().to_string();
    let builder = Server::secured().env("VOICE_STORE_PATH", path).env("VOICE_STORE_KEYS", KEY);
    let server = builder.env("VOICE_TTS_VOICES", "ar=espeak,en=espeak").start();
    server.wait_until("ready", |health| {
        let voices = health["models"]["tts"].as_array();
        health["interviews"] == "ok"
            && voices.is_some_and(|voices| voices.iter().all(|voice| voice["state"] == "ready"))
    });
    server
}

/// The start of an interview with questions alone.
fn start(talker: &mut Talker) -> Value {
    talker.start(&json!({"interview": {"form": FORM, "consent": false, "respondent": false}}));
    talker.wait_for("interview")
}

fn stored(server: &Server, id: &Value) -> Value {
    let authorization = format!("Bearer {}", server.token("patient", "healthcare", 60));
    let path = format!("/v1/questionnaire-responses/{}", id.as_str().unwrap());
    let answer = server.request("GET", &path, &[("authorization", &authorization)], "");
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// The answers by `linkId`.
fn values(response: &Value) -> Vec<(&str, &Value)> {
    let items = response["item"].as_array().map(Vec::as_slice).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| {
            let answer = item["answer"][0].as_object()?;
            let (_, value) = answer.iter().find(|(name, _)| name.starts_with("value"))?;
            Some((item["linkId"].as_str()?, value))
        })
        .collect()
}

#[test]
fn form_is_answered_by_voice_keys_and_text() {
    if !has_espeak() {
        return;
    }
    let data = recordings_or_skip!();
    let folder = tempfile::tempdir().unwrap();
    let server = server(&folder);
    let mut talker = Talker::interview(&server);
    let interview = start(&mut talker);
    assert_eq!((&interview["resumed"], &interview["form"]["url"]), (&json!(false), &json!(FORM)));
    let question = talker.talk_until("question");
    assert_eq!((&question["link_id"], &question["kind"]), (&json!("severity"), &json!("integer")));
    talker.talk_until("spoken");
    talker.talk_until("spoken");
    talker.say(&keyword(&data, SPEAKER, "seven"));
    let answered = talker.talk_until("answered");
    assert_eq!(answered["answers"][0]["value"], json!({"integer": 7}), "{answered}");
    let question = talker.talk_until("question");
    assert_eq!(question["link_id"], "location");
    assert!(question["options"].as_array().is_some_and(|options| options.len() > 3), "{question}");
    talker.send(&json!({"type": "answer", "text": "الظهر"}));
    let answered = talker.talk_until("answered");
    assert_eq!(answered["answers"][0]["confirmation"], "typed", "{answered}");
    assert_eq!(talker.talk_until("question")["link_id"], "duration");
    talker.send(&json!({"type": "keypad", "keys": "3#"}));
    let answered = talker.talk_until("answered");
    let answer = &answered["answers"][0];
    assert_eq!((&answer["value"], &answer["confirmation"]), (&json!({"integer": 3}), &json!("keypad")));
    assert_eq!(talker.talk_until("question")["link_id"], "worse");
    talker.talk_until("spoken");
    talker.say(&keyword(&data, SPEAKER, "no"));
    let ended = talker.talk_until("interview_ended");
    assert_eq!((&ended["status"], &ended["reason"]), (&json!("completed"), &json!("asked")));
    talker.talk_until("saved");
    assert_eq!(talker.talk_until("closed")["code"], "ok");
    let response = stored(&server, &interview["id"]);
    fhir::assert_valid(&data, &response);
    assert_eq!(response["status"], "completed");
    let values = values(&response);
    assert_eq!(values.len(), 4, "{values:?}");
    assert_eq!(values[0], ("severity", &json!(7)));
    assert_eq!(values[2..], [("duration", &json!(3)), ("worse", &json!(false))]);
}

#[test]
fn interview_goes_on_on_another_instance_once() {
    if !has_espeak() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let first = server(&folder);
    let mut talker = Talker::interview(&first);
    let interview = start(&mut talker);
    talker.talk_until("question");
    talker.send(&json!({"type": "answer", "text": "خمسة"}));
    talker.talk_until("answered");
    talker.talk_until("saved");
    // The process ends without a word.
    first.signal("KILL");

    let second = server(&folder);
    let resume = |token: &Value| json!({"interview": {"resume": token}});
    let mut talker = Talker::interview(&second);
    talker.start(&resume(&interview["resume"]));
    let resumed = talker.wait_for("interview");
    assert_eq!((&resumed["resumed"], &resumed["id"]), (&json!(true), &interview["id"]));
    assert_eq!(resumed["progress"]["answered"], 1);
    let answered = talker.wait_for("answered");
    assert_eq!(answered["answers"][0]["value"], json!({"integer": 5}));
    assert_eq!(talker.wait_for("question")["link_id"], "location");

    let mut late = Talker::interview(&second);
    late.send(&json!({"type": "start", "interview": {"resume": interview["resume"]}}));
    assert_eq!(late.wait_for("error")["code"], "resume_token_invalid");
    // Whoever has the new token has the interview.
    late.start(&resume(&resumed["resume"]));
    assert_eq!(late.wait_for("interview")["id"], interview["id"]);
    talker.send(&json!({"type": "answer", "text": "الظهر"}));
    assert_eq!(talker.talk_until("error")["code"], "interview_taken_over");
    assert_eq!(talker.talk_until("closed")["code"], "interview_taken_over");
}

#[test]
fn lost_connection_of_an_interview_is_resumed() {
    if !has_espeak() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = server(&folder);
    let mut talker = Talker::interview(&server);
    let ready = talker.start(&json!({"interview": {"form": FORM, "consent": false, "respondent": false}}));
    let token = ready["resume"]["token"].as_str().unwrap().to_owned();
    talker.talk_until("question");
    talker.reconnect(&server, &token);
    assert_eq!(talker.wait_for("ready")["resumed"], true);
    talker.send(&json!({"type": "answer", "text": "أربعة"}));
    assert_eq!(talker.talk_until("answered")["answers"][0]["value"], json!({"integer": 4}));
    talker.send(&json!({"type": "end"}));
    assert_eq!(talker.talk_until("closed")["code"], "ok");
}

#[test]
fn wrong_starts_and_messages_have_codes() {
    if !has_espeak() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = server(&folder);
    let mut plain = Talker::connect(&server, "");
    plain.send(&json!({"type": "start", "interview": {"form": FORM}}));
    assert_eq!(plain.wait_for("error")["code"], "no_interview_here");
    let mut talker = Talker::interview(&server);
    let refused = |talker: &mut Talker, message: &Value, code: &str| {
        talker.send_raw(Message::text(message.to_string()));
        let error = talker.wait_for("error");
        assert_eq!((&error["code"], &error["of"]), (&json!(code), &message["type"]), "{error}");
    };
    refused(&mut talker, &json!({"type": "start"}), "interview_missing");
    for (interview, code) in [
        (json!({}), "option_invalid"),
        (json!({"form": FORM, "resume": "x"}), "option_invalid"),
        (json!({"form": "urn:x"}), "form_unknown"),
        (json!({"form": format!("{FORM}|9.9.9")}), "form_unknown"),
        (json!({"resume": "x"}), "resume_token_invalid"),
        (json!({"form": FORM, "identity": {"birth_date": "1980-01-01"}}), "message_invalid"),
        (json!({"form": FORM, "populated": [{"link_id": "x", "values": []}]}), "option_invalid"),
        (json!({"form": FORM, "lines": {"emergency": "", "health": "937"}}), "option_invalid"),
    ] {
        refused(&mut talker, &json!({"type": "start", "interview": interview}), code);
    }
    refused(
        &mut talker,
        &json!({"type": "start", "language": "ko", "interview": {"form": FORM}}),
        "option_invalid",
    );
    start(&mut talker);
    for (message, code) in [
        (json!({"type": "say", "text": "x"}), "message_invalid"),
        (json!({"type": "update", "hints": []}), "message_invalid"),
        (json!({"type": "clear"}), "message_invalid"),
        (json!({"type": "keypad", "keys": "12a"}), "message_invalid"),
        (json!({"type": "keypad", "keys": ""}), "message_invalid"),
        (json!({"type": "answer", "text": "x".repeat(70_000)}), "text_too_large"),
    ] {
        refused(&mut talker, &message, code);
    }
    talker.send(&json!({"type": "answer", "text": "ستة"}));
    assert_eq!(talker.talk_until("answered")["answers"][0]["value"], json!({"integer": 6}));
}
