//! What the driver of a connection needs of a protocol and the sessions that it uses.

use std::time::Duration;

use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use voice_core::Error;

use super::deadlines::EngineState;

/// A protocol on a connection, with the sessions of the core that it uses.
pub(super) trait Protocol: Send {
    /// Whether another message may be read.
    fn has_room(&self) -> bool;

    /// Whether a result is due.
    fn is_waiting(&self) -> bool;

    /// Whether the session has ended, or is about to end.
    fn is_ended(&self) -> bool;

    /// Whether the user speaks.
    fn is_speaking(&self) -> bool;

    /// The state of the engine's work.
    fn engine(&self) -> EngineState;

    /// The duration of this many bytes of the client's audio; zero of compressed audio.
    fn length_of(&self, bytes: usize) -> Duration;

    /// The duration of compressed audio that was decoded since the last call.
    fn decoded(&mut self) -> Duration;

    /// The most bytes of audio in a message.
    fn max_audio(&self) -> usize;

    /// Handles a binary message.
    fn audio(&mut self, audio: Vec<u8>) -> Vec<Output>;

    /// Handles a text message.
    fn text(&mut self, text: &Utf8Bytes) -> Vec<Output>;

    /// A warning for the client.
    fn warn(&mut self, warning: Error) -> Vec<Output>;

    /// Ends the session after its last results. `code` is the reason.
    fn end(&mut self, code: &'static str) -> Vec<Output>;

    /// Waits for another connection of the client. It may be dropped while it waits.
    fn replaced(&mut self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    /// Waits for results or for the time of something that is due. It may be dropped while it waits.
    fn next(&mut self) -> impl Future<Output = Progress> + Send;
}

/// What a protocol has done.
pub(super) struct Progress {
    pub(super) outputs: Vec<Output>,
    /// Whether an engine gave a result.
    pub(super) is_result: bool,
}

/// What the driver must do, in order.
pub(super) enum Output {
    Send(Message),
    /// An utterance's transcript took this long.
    Final(Duration),
    /// Close the connection normally.
    Close,
    /// Close it because of an error of the client that was sent.
    Refuse,
    /// Close it because of an error that was not sent.
    Fail(CloseCode, Error),
    /// The client has another connection.
    Replaced,
    /// The client asks for another protocol, with this first message.
    Switch(Utf8Bytes),
}
