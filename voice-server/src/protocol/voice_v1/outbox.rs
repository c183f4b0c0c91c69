//! The messages to the client: numbered, and kept until they have certainly arrived, for a client whose connection is
//! lost.

use std::collections::VecDeque;

use hyper::body::Bytes;
use serde_json::{Value, json};

/// The most bytes that are kept: some seconds of audio. Older messages are dropped first.
const MAX_KEPT: usize = 512 << 10;

/// A message to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sent {
    Text(String),
    Audio(Bytes),
}

impl Sent {
    fn bytes(&self) -> usize {
        // A message without content takes memory, too.
        let content = match self {
            Self::Text(text) => text.len(),
            Self::Audio(audio) => audio.len(),
        };
        content + size_of::<Self>()
    }
}

/// The messages of a session in order, across all of its connections.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// The number of messages until now.
    count: u64,
    kept: VecDeque<Sent>,
    bytes: usize,
}

impl Outbox {
    /// Numbers a JSON message from 1, as its `seq`.
    pub(super) fn text(&mut self, mut message: Value) -> Sent {
        message["seq"] = json!(self.count + 1);
        self.keep(Sent::Text(message.to_string()))
    }

    /// Counts a message of audio.
    pub(super) fn audio(&mut self, audio: Bytes) -> Sent {
        self.keep(Sent::Audio(audio))
    }

    fn keep(&mut self, message: Sent) -> Sent {
        self.count += 1;
        self.bytes += message.bytes();
        self.kept.push_back(message.clone());
        while self.bytes > MAX_KEPT {
            self.drop_first();
        }
        message
    }

    fn drop_first(&mut self) {
        if let Some(dropped) = self.kept.pop_front() {
            self.bytes -= dropped.bytes();
        }
    }

    /// The number of messages until now.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The number of the first message that is kept, or of the next one.
    pub(super) fn first(&self) -> u64 {
        self.count + 1 - self.kept.len() as u64
    }

    /// The client has received the first `received` messages.
    pub(super) fn acknowledge(&mut self, received: u64) {
        while self.first() <= received.min(self.count) {
            self.drop_first();
        }
    }

    /// The messages after the first `received` ones, and how many of them are lost because they are not kept any more.
    pub(super) fn after(&mut self, received: u64) -> (Vec<Sent>, u64) {
        let lost = self.first().saturating_sub(received.saturating_add(1));
        self.acknowledge(received);
        (self.kept.iter().cloned().collect(), lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_kept_until_they_have_arrived() {
        let mut outbox = Outbox::default();
        assert_eq!(outbox.text(json!({"type": "idle"})), Sent::Text(r#"{"seq":1,"type":"idle"}"#.into()));
        outbox.audio(Bytes::from_static(&[1, 2]));
        outbox.text(json!({}));
        let (again, lost) = outbox.after(1);
        assert_eq!((again.len(), lost), (2, 0));
        assert_eq!(again[1], Sent::Text(r#"{"seq":3}"#.into()));
        assert_eq!(outbox.after(3), (Vec::new(), 0));
        // A number that was never sent.
        assert_eq!(outbox.after(u64::MAX), (Vec::new(), 0));
        assert_eq!(outbox.text(json!({})), Sent::Text(r#"{"seq":4}"#.into()));
    }

    #[test]
    fn old_messages_are_dropped_and_counted() {
        let mut outbox = Outbox::default();
        for _ in 0..100 {
            outbox.audio(vec![0; 16 << 10].into());
        }
        assert!(outbox.bytes <= MAX_KEPT);
        let kept = outbox.kept.len() as u64;
        assert!(kept > 20);
        let (again, lost) = outbox.after(10);
        assert_eq!((again.len() as u64, lost), (kept, 90 - kept));
    }
}
