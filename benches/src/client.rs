//! One real-time client: sends by the clock, reads as replies come.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{Sink, SinkExt as _, Stream as Incoming, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use crate::stream::{FRAME, RATE, Stream};

const FRAME_TIME: Duration = Duration::from_millis(100);

/// What one client saw. Times in milliseconds.
#[derive(Default)]
pub struct Seen {
    /// From a message of audio to its reply.
    pub replies: Vec<f64>,
    /// The same, of the replies that held words of a finished utterance.
    pub finals: Vec<f64>,
    /// From the end of speech, on the stream's own clock, to the reply that held its words.
    pub after_speech: Vec<f64>,
    /// From `eof` to the last result.
    pub eof: f64,
    /// How late this program itself woke up to send.
    pub own_lag: Vec<f64>,
    pub words: Vec<String>,
}

/// Sends `stream` from `start` on, and gives up `patience` after it is through.
pub async fn run(port: u16, stream: Arc<Stream>, start: Instant, patience: Duration) -> Result<Seen, String> {
    let deadline = start + Duration::from_secs_f64(stream.seconds()) + patience;
    let left = deadline.saturating_duration_since(Instant::now());
    match timeout(left, talk(port, &stream, start)).await {
        Ok(seen) => seen.map_err(|error| error.to_string()),
        Err(_) => Err(format!("not served {} s after its end", patience.as_secs())),
    }
}

/// When each message still unanswered was sent, and the worst of our own delays.
#[derive(Default)]
struct Sent {
    pending: VecDeque<Instant>,
    eof: Option<Instant>,
    own_lag: Vec<f64>,
}

async fn talk(port: u16, stream: &Stream, start: Instant) -> Result<Seen, WsError> {
    let connection = TcpStream::connect(("127.0.0.1", port)).await?;
    connection.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(4 << 10).write_buffer_size(4 << 10);
    let url = format!("ws://127.0.0.1:{port}/");
    let (socket, _) = client_async_with_config(url, connection, Some(config)).await?;
    let (sink, replies) = socket.split();
    let sent = Mutex::new(Sent::default());
    let (sending, seen) =
        tokio::join!(send(sink, stream, start, &sent), receive(replies, stream, start, &sent));
    sending?;
    let mut seen = seen?;
    seen.own_lag = std::mem::take(&mut lock(&sent).own_lag);
    Ok(seen)
}

async fn send<S>(mut sink: S, stream: &Stream, start: Instant, sent: &Mutex<Sent>) -> Result<(), WsError>
where
    S: Sink<Message, Error = WsError> + Unpin,
{
    sink.send(Message::text(format!(r#"{{"config": {{"sample_rate": {RATE}}}}}"#))).await?;
    let mut due = start;
    for frame in stream.pcm.chunks(2 * FRAME) {
        let moment = due_or_now(due, sent).await;
        lock(sent).pending.push_back(moment);
        sink.send(Message::binary(frame.to_vec())).await?;
        due += FRAME_TIME;
    }
    let moment = due_or_now(due, sent).await;
    lock(sent).eof = Some(moment);
    sink.send(Message::text(r#"{"eof" : 1}"#)).await
}

/// Waits until `due` and returns the moment from which a reply's delay counts.
///
/// That is now, unless the connection was full and the message is late because the server is:
/// then it is the moment at which it was due.
async fn due_or_now(due: Instant, sent: &Mutex<Sent>) -> Instant {
    if due <= Instant::now() {
        return due;
    }
    sleep_until(due).await;
    let now = Instant::now();
    lock(sent).own_lag.push(milliseconds(now - due));
    now
}

async fn receive<R>(
    mut replies: R,
    stream: &Stream,
    start: Instant,
    sent: &Mutex<Sent>,
) -> Result<Seen, WsError>
where
    R: Incoming<Item = Result<Message, WsError>> + Unpin,
{
    let mut seen = Seen::default();
    let mut answered = 0_u32;
    while let Some(message) = replies.next().await {
        let now = Instant::now();
        let text = match message? {
            Message::Text(text) => text,
            Message::Close(_) => break,
            _ => continue,
        };
        let (asked, eof) = {
            let mut sent = lock(sent);
            (sent.pending.pop_front(), sent.eof)
        };
        let text = if text.contains("\"partial\"") { String::new() } else { final_text(&text) };
        seen.words.extend(text.split_whitespace().filter(|word| *word != "[unk]").map(str::to_owned));
        match (asked, eof) {
            (Some(asked), _) => {
                answered += 1;
                let delay = milliseconds(now - asked);
                seen.replies.push(delay);
                if !text.is_empty() {
                    seen.finals.push(delay);
                    let heard = f64::from(answered) * FRAME_TIME.as_secs_f64();
                    let end = stream.speech_ends.iter().rev().find(|&&end| end <= heard);
                    let elapsed = (now - start).as_secs_f64();
                    // The stream's clock runs one frame behind: audio is sent when it is complete.
                    let clock = elapsed + FRAME_TIME.as_secs_f64();
                    seen.after_speech.extend(end.map(|end| 1_000.0 * (clock - end)));
                }
            }
            (None, Some(eof)) => {
                seen.eof = milliseconds(now - eof);
                return Ok(seen);
            }
            (None, None) => return Err(failure("a reply that nothing asked for")),
        }
    }
    Err(failure("the server closed before its last result"))
}

fn final_text(reply: &str) -> String {
    let reply: Value = serde_json::from_str(reply).unwrap_or_default();
    reply["text"].as_str().unwrap_or_default().to_owned()
}

fn failure(problem: &'static str) -> WsError {
    std::io::Error::other(problem).into()
}

fn milliseconds(duration: Duration) -> f64 {
    1_000.0 * duration.as_secs_f64()
}

fn lock(sent: &Mutex<Sent>) -> std::sync::MutexGuard<'_, Sent> {
    sent.lock().unwrap_or_else(PoisonError::into_inner)
}
