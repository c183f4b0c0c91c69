use serde_json::Value;
use voice_core::Endpoint;

use super::request::Request;
use super::simulation::{self, STEPS, TEXT};
use super::{Action, Conversation, Sent};

const DOCUMENT: &str = include_str!("../../../../docs/voice-v1.md");
const DESCRIPTION: &str = include_str!("../../../../docs/voice-v1.asyncapi.yaml");

/// Every line of the JSON blocks of the documentation.
fn examples() -> Vec<&'static str> {
    let blocks = DOCUMENT.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.flat_map(str::lines).collect()
}

fn is_of_server(message: &Value) -> bool {
    message.get("seq").is_some() || message["type"] == "ready"
}

#[test]
fn documented_messages_are_those_of_the_protocol() {
    let mut kinds = std::collections::BTreeSet::new();
    let mut count = 0;
    for line in examples() {
        let message: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let kind = message["type"].as_str().expect("a type").to_owned();
        if !is_of_server(&message) {
            Request::read(line).unwrap_or_else(|(_, error)| panic!("{line}: {error}"));
            count += 1;
        }
        // The list of messages and the description name it.
        assert!(
            DOCUMENT.contains(&format!("`{kind}`")) || DOCUMENT.contains(&format!("### {kind}")),
            "{kind}"
        );
        assert!(DESCRIPTION.contains(&format!("const: {kind}\n")), "the description lacks {kind}");
        kinds.insert(kind);
    }
    assert!(count >= 12);
    for kind in
        ["start", "update", "say", "append", "flush", "clear", "finalize", "played", "keepalive", "end"]
    {
        assert!(kinds.contains(kind), "{kind} has no example");
    }
}

#[test]
fn every_message_of_the_server_is_documented() {
    let source = concat!(
        include_str!("../voice_v1.rs"),
        include_str!("event.rs"),
        include_str!("interview.rs"),
        include_str!("../../../../voice-core/src/interview/session/messages.rs")
    );
    let kinds = source.split("\"type\": \"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let mut count = 0;
    for kind in kinds {
        count += 1;
        assert!(DOCUMENT.contains(&format!("`{kind}`")), "the documentation lacks {kind}");
        assert!(DESCRIPTION.contains(&format!("const: {kind}\n")), "the description lacks {kind}");
    }
    assert!(count > 15, "{count}");
}

/// A script of messages of the documentation, audio and steps.
fn script(random: &mut fastrand::Rng, examples: &[&str]) -> Vec<u8> {
    let mut script = Vec::new();
    let text = |script: &mut Vec<u8>, text: &[u8]| {
        script.push(TEXT);
        script.extend_from_slice(text);
        script.push(0);
    };
    if random.u8(..) < 230 {
        text(&mut script, br#"{"type": "start"}"#);
    }
    for _ in 0..random.usize(..120) {
        match random.u8(..10) {
            0..=3 => {
                let mut message = random.choice(examples).unwrap().as_bytes().to_vec();
                // Some are damaged.
                if random.u8(..) < 60 && !message.is_empty() {
                    let at = random.usize(..message.len());
                    message[at] = random.u8(1..);
                }
                if random.u8(..) < 200 && message.windows(5).any(|part| part == b"\"end\"") {
                    continue;
                }
                text(&mut script, &message);
            }
            4 => script.push(random.u8(..STEPS)),
            _ => script.push(random.u8(STEPS..TEXT)),
        }
    }
    script
}

#[test]
fn any_conversation_is_in_order_and_ends() {
    let examples = examples();
    for seed in 0..1_000 {
        let script = script(&mut fastrand::Rng::with_seed(seed), &examples);
        simulation::run(&script);
    }
}

#[test]
fn random_bytes_are_a_conversation_too() {
    for seed in 0..1_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let script: Vec<u8> = (0..random.usize(..300)).map(|_| random.u8(..)).collect();
        simulation::run(&script);
    }
}

/// The messages that a conversation sends for a message.
fn sent(conversation: &mut Conversation, message: &str) -> Vec<Value> {
    let actions = conversation.text(message);
    let texts = actions.iter().filter_map(|action| match action {
        Action::Send(Sent::Text(text)) => Some(serde_json::from_str(text).unwrap()),
        _ => None,
    });
    texts.collect()
}

#[test]
fn settings_are_checked_before_a_session_is_opened() {
    let mut conversation = Conversation::new(Endpoint::default());
    for (start, code) in [
        (r#"{"type": "start", "speed": 9}"#, "option_invalid"),
        (r#"{"type": "start", "language": "not a language"}"#, "option_invalid"),
        (r#"{"type": "start", "audio_in": {"sample_rate": 96000}}"#, "option_invalid"),
        (r#"{"type": "start", "audio_in": {"channels": 99}}"#, "audio_format_unsupported"),
        (r#"{"type": "start", "alternatives": 11}"#, "option_invalid"),
        (r#"{"type": "start", "endpointing": {"open_ms": [900, 100]}}"#, "option_invalid"),
        (r#"{"type": "start", "expect": {"kind": "song"}}"#, "message_invalid"),
        (r#"{"type": "start", "audio_in": {"encoding": "midi"}}"#, "message_invalid"),
        (r#"{"type": "start", "interim_interval_ms": 1}"#, "option_invalid"),
    ] {
        let told = sent(&mut conversation, start);
        assert_eq!(
            (told.len(), &told[0]["code"], &told[0]["of"]),
            (1, &code.into(), &"start".into()),
            "{start}"
        );
    }
    let actions = conversation.text(r#"{"type": "start", "alternatives": 2}"#);
    assert!(matches!(&actions[..], [Action::Open(opening)] if opening.stt.max_alternatives.get() == 2));
}

#[test]
fn document_that_cannot_be_spoken_interrupts_nothing() {
    let mut conversation = Conversation::new(Endpoint::default());
    conversation.text(r#"{"type": "start"}"#);
    conversation.opened(&simulation::opened(), &simulation::connected(), "none");
    conversation.text(r#"{"type": "say", "id": "a", "text": "One ", "open": true}"#);
    let wrong = r#"{"type": "say", "id": "b", "ssml": "<speak>", "interrupt": true}"#;
    let actions = conversation.text(wrong);
    assert!(
        matches!(&actions[..], [Action::Send(Sent::Text(text))] if text.contains("ssml_invalid")),
        "{actions:?}"
    );
    // The utterance before it is still open.
    let actions = conversation.text(r#"{"type": "append", "id": "a", "text": "two."}"#);
    assert!(matches!(&actions[..], [Action::Output(_)]), "{actions:?}");
    let right = r#"{"type": "say", "id": "c", "ssml": "<speak>One</speak>", "interrupt": true}"#;
    let actions = conversation.text(right);
    assert!(matches!(&actions[..], [Action::Clear, Action::Output(_)]), "{actions:?}");
}
