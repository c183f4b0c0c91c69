//! Messages of the protocol `voice.v1`: any order of messages, events and connections keeps the rules of the protocol.

#![no_main]

use voice_fuzz::target;

/// The server's own files, which need no socket.
#[path = "../../../voice-server/src/protocol"]
mod protocol {
    pub(crate) mod fields;
    pub(crate) mod limits;
    #[expect(dead_code, unused_imports, reason = "the driver asks for more than this target does")]
    pub(crate) mod voice_v1;
}

/// The server's own says less of some errors.
mod client_message {
    pub(crate) fn client_message(error: &voice_core::Error) -> std::borrow::Cow<'static, str> {
        error.to_string().into()
    }
}

use protocol::voice_v1::simulation::{self, TEXT};

/// A script: see the simulation.
fn seeds() -> Vec<Vec<u8>> {
    let text = |text: &str| [&[TEXT], text.as_bytes(), &[0]].concat();
    vec![
        [
            text(
                r#"{"type": "start", "language": "ar", "hints": ["a", "b"], "expect": {"kind": "phrases"}}"#,
            ),
            text(r#"{"type": "say", "id": "q", "text": "a b", "interrupt": true}"#),
            vec![9, 0xe0, 0xe4, 0xee, 0xe1, 0xe7, 0xe8, 0xeb, 0xec, 0xe5],
            text(r#"{"type": "played", "run": 1, "ms": 20}"#),
            text(r#"{"type": "end"}"#),
            vec![0xe0],
        ]
        .concat(),
        [
            text(
                r#"{"type": "start", "audio_in": {"encoding": "opus", "sample_rate": 48000, "channels": 2}}"#,
            ),
            text(
                r#"{"type": "update", "hints": [], "speed": 0.5, "expect": {"kind": "digits", "count": 4}}"#,
            ),
            text(r#"{"type": "say", "text": "a", "open": true}"#),
            text(r#"{"type": "barge_in.confirm"}"#),
        ]
        .concat(),
        [
            text(r#"{"type": "start", "interview": {"form": "urn:x", "populated": []}}"#),
            text(r#"{"type": "answer", "text": "yes"}"#),
            text(r#"{"type": "keypad", "keys": "12#"}"#),
        ]
        .concat(),
    ]
}

const KEYS: [&str; 16] = [
    "{\"type\":\"",
    "\"start\"",
    "\"say\"",
    "\"append\"",
    "\"flush\"",
    "\"clear\"",
    "\"finalize\"",
    "\"played\"",
    "\"keepalive\"",
    "\"end\"",
    "\"text\":\"",
    "\"ssml\":\"",
    "\"hints\":[",
    "\"expect\":{\"kind\":\"manual\"}",
    "\"received\":",
    "\\ud800",
];

target!(seeds(), KEYS, |data: &[u8]| {
    simulation::run(data);
});
