//! Messages of the vosk-server protocol: every command has one reply, every reply is JSON, nothing follows the end.

#![no_main]

use std::collections::VecDeque;
use std::sync::Arc;

use voice_core::pool::{QUEUE, Timing, Update};
use voice_core::stt::{Model, ModelInfo, Recognizer, RecognizerOptions, SampleRates, SttCommand};
use voice_core::{Alternative, Endpoint, Error, ErrorKind, Result, SttEvent, Transcript, Word};
use voice_fuzz::target;

/// The server's own file, which needs no socket.
#[path = "../../../voice-server/src/protocol"]
mod protocol {
    pub(crate) mod limits;
    #[expect(dead_code, reason = "the driver asks for more than this target does")]
    pub(crate) mod vosk;

    use serde_json::{Value, json};

    fn error_json(error: &voice_core::Error) -> Value {
        json!({"code": error.code(), "message": error.to_string()})
    }
}

use protocol::vosk::{Action, Conversation};

struct Words(ModelInfo);

impl Model for Words {
    fn info(&self) -> &ModelInfo {
        &self.0
    }

    fn recognizer(self: Arc<Self>, _: &RecognizerOptions) -> Result<Box<dyn Recognizer>> {
        Err(Error::new(ErrorKind::EngineFailed, "no audio is heard here"))
    }

    fn knows(&self, word: &str) -> bool {
        word.len() < 6
    }
}

const TEXT: u8 = 0xff;

/// Messages stand behind each other: a byte, which is the length of audio or says that text follows, up to a NUL.
fn seeds() -> Vec<Vec<u8>> {
    let text = |text: &str| [&[TEXT], text.as_bytes(), &[0]].concat();
    let config = text(
        r#"{"config": {"sample_rate": "16000", "phrase_list": ["a b", "[unk]"], "words": 1, "max_alternatives": 3}}"#,
    );
    vec![
        [config, vec![2, 7], text(r#"{"reset" : 1}"#), vec![9, 0], text(r#"{"eof" : 1}"#), vec![4]].concat(),
        text(r#"{"config": {"model": "words", "sample_rate": 1e300, "other": [null, true, {"a": 0.5}]}}"#),
    ]
}

const KEYS: [&str; 11] = [
    "{\"config\":{",
    "\"sample_rate\":",
    "\"phrase_list\":[",
    "\"words\":",
    "\"max_alternatives\":",
    "\"speaker\":\"many\"",
    "\"model\":\"words\"",
    "{\"eof\":1}",
    "{\"reset\":1}",
    "\\u0000",
    "[unk]",
];

target!(seeds(), KEYS, |data: &[u8]| {
    let takes_grammar = data.first().is_some_and(|first| first & 1 == 1);
    let model = Words(ModelInfo {
        name: "words".into(),
        engine: "vosk",
        takes_grammar,
        sample_rates: SampleRates::ONE,
        adapts: true,
    });
    let mut conversation = Conversation::new(Endpoint::default());
    let mut driver = Driver::default();
    let mut rest = data;
    while let Some((&kind, behind)) = rest.split_first() {
        rest = behind;
        if driver.is_over {
            return;
        }
        if !conversation.has_room() || (kind == TEXT && driver.waiting.len() > 3) {
            driver.update(&mut conversation);
            continue;
        }
        let actions = if kind == TEXT {
            let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
            let message = voice_fuzz::text(&rest[..end]);
            rest = rest.get(end + 1..).unwrap_or_default();
            conversation.text(message, &model)
        } else {
            conversation.audio(vec![kind; kind.into()], &model)
        };
        driver.act(actions, false);
    }
    // As the driver does: a shutdown waits until there is room.
    while !driver.is_over && !conversation.has_room() {
        driver.update(&mut conversation);
    }
    if !driver.is_over {
        driver.act(conversation.end(&model), false);
    }
    while !driver.waiting.is_empty() && !driver.is_over {
        assert!(conversation.is_waiting());
        driver.update(&mut conversation);
    }
});

/// What stands between a conversation and a session in the server.
#[derive(Default)]
struct Driver {
    is_open: bool,
    waiting: VecDeque<SttCommand>,
    count: u32,
    is_over: bool,
}

impl Driver {
    fn act(&mut self, actions: Vec<Action>, is_done: bool) {
        let mut replies = 0;
        for action in actions {
            assert!(!self.is_over, "nothing follows a close");
            match action {
                Action::Open(_) => {
                    assert!(!std::mem::replace(&mut self.is_open, true), "one session a connection");
                }
                Action::Submit(command) => {
                    assert!(self.is_open);
                    self.waiting.push_back(command);
                    assert!(self.waiting.len() <= QUEUE, "no more than the pool takes");
                }
                Action::Reply(reply) => {
                    let reply: serde_json::Value = serde_json::from_str(&reply).expect("a reply is JSON");
                    assert!(
                        reply["partial"].is_string()
                            != (reply["text"].is_string() || reply["alternatives"].is_array())
                    );
                    replies += 1;
                }
                Action::Close | Action::Refuse => self.is_over = true,
            }
        }
        assert!(replies <= 1 && (replies == 1 || !is_done), "one reply for each command");
    }

    /// Gives the conversation updates of the oldest command, the last of which says that it is done.
    fn update(&mut self, conversation: &mut Conversation) {
        let command = self.waiting.pop_front().expect("a command under way");
        self.count += 1;
        let word = Word { text: "a".into(), start_ms: 10, end_ms: 20, confidence: Some(0.5) };
        let reading = Alternative { text: "a".into(), score: 1.5, words: vec![word.clone()] };
        let transcript = Transcript {
            text: "a".into(),
            words: vec![word],
            alternatives: vec![reading; (self.count % 3) as usize],
            ..Transcript::default()
        };
        let finals = match command {
            SttCommand::Audio(audio) => audio.bytes().len() % 3,
            SttCommand::PacketLost | SttCommand::Update(_) | SttCommand::Flush | SttCommand::Finish => 1,
        };
        for _ in 0..finals {
            let events =
                vec![Ok(SttEvent::Partial { text: "a".into() }), Ok(SttEvent::Final(transcript.clone()))];
            let actions = conversation.update(Update { events, is_done: false, timing: Timing::default() });
            assert!(actions.is_empty(), "a command that is not done has no reply");
        }
        let error = self.count.is_multiple_of(4).then(|| Error::new(ErrorKind::AudioMisaligned, "odd"));
        let events = error.map(Err).into_iter().collect();
        let actions = conversation.update(Update { events, is_done: true, timing: Timing::default() });
        self.act(actions, true);
    }
}
