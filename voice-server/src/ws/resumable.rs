//! Sessions that a client may resume on another connection.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use ring::rand::{self, SystemRandom};
use tokio::sync::mpsc;

use super::socket::Socket;
use crate::connections::SessionConnection;
use crate::digest::{Hash, sha256};
use crate::sessions::SessionInfo;

/// How long a session without a connection is kept.
pub(super) const RESUME_TIMEOUT: Duration = Duration::from_mins(1);

/// Random bytes of a token.
const BYTES: usize = 24;

/// The sessions that can be resumed, by the hashes of their tokens.
#[derive(Default)]
pub(crate) struct Resumables(Mutex<HashMap<Hash, Resumable>>);

/// How to reach a session.
#[derive(Clone)]
struct Resumable {
    /// Who may resume it.
    subject: Option<String>,
    is_interview: bool,
    connections: mpsc::Sender<NewConnection>,
}

/// Another connection of a session.
pub(super) struct NewConnection {
    pub(super) socket: Socket,
    pub(super) place: SessionConnection,
    /// The number of messages that the client has received.
    pub(super) received: u64,
    /// When the token that it showed expires.
    pub(super) expires: Option<Instant>,
    pub(super) info: SessionInfo,
}

/// What a client shows to resume a session: `TOKEN.RECEIVED`. It has no `Debug`, because it must not reach a log.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ResumeRequest {
    token: Hash,
    pub(super) received: u64,
}

impl ResumeRequest {
    /// Text of another form is the token of no session.
    pub(super) fn read(text: &str) -> Self {
        let parts = text.split_once('.').filter(|(_, received)| !received.starts_with('+'));
        let parts = parts.and_then(|(token, received)| Some((token, received.parse().ok()?)));
        let (token, received) = parts.unwrap_or((text, 0));
        Self { token: sha256(token.as_bytes()), received }
    }
}

impl Resumables {
    /// The way to the session of a request, if `subject` may resume it on this path.
    pub(super) fn find(
        &self,
        request: &ResumeRequest,
        subject: Option<&str>,
        is_interview: bool,
    ) -> Option<mpsc::Sender<NewConnection>> {
        let sessions = self.0.lock();
        let session = sessions.get(&request.token)?;
        let may_resume = (session.subject.as_deref(), session.is_interview) == (subject, is_interview);
        may_resume.then(|| session.connections.clone())
    }
}

/// The tokens of one session. Dropping it makes them invalid.
pub(super) struct ResumeTokens {
    resumables: Arc<Resumables>,
    session: Resumable,
    random: SystemRandom,
    /// The one that was told last, and the one before it: the client may not have received the last one.
    valid: Vec<Hash>,
}

impl ResumeTokens {
    /// For a session of `subject`, which takes its new connections from the returned channel.
    pub(super) fn new(
        resumables: &Arc<Resumables>,
        subject: Option<String>,
        is_interview: bool,
    ) -> (Self, mpsc::Receiver<NewConnection>) {
        let (connections, receiver) = mpsc::channel(1);
        let tokens = Self {
            resumables: Arc::clone(resumables),
            session: Resumable { subject, is_interview, connections },
            random: SystemRandom::new(),
            valid: Vec::new(),
        };
        (tokens, receiver)
    }

    /// A new token. The one before it stays valid until [`confirm`](Self::confirm). `None` if the system gives no random
    /// numbers.
    pub(super) fn draw(&mut self) -> Option<String> {
        let bytes: [u8; BYTES] = rand::generate(&self.random).ok()?.expose();
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let hash = sha256(token.as_bytes());
        let mut sessions = self.resumables.0.lock();
        while self.valid.len() > 1 {
            sessions.remove(&self.valid.remove(0));
        }
        sessions.insert(hash, self.session.clone());
        self.valid.push(hash);
        Some(token)
    }

    /// The client has the last token: those before it are invalid.
    pub(super) fn confirm(&mut self) {
        if self.valid.len() > 1 {
            let mut sessions = self.resumables.0.lock();
            for old in self.valid.drain(..self.valid.len() - 1) {
                sessions.remove(&old);
            }
        }
    }
}

impl Drop for ResumeTokens {
    fn drop(&mut self) {
        let mut sessions = self.resumables.0.lock();
        for token in &self.valid {
            sessions.remove(token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_for_its_subject_until_the_client_has_another() {
        let resumables = Arc::new(Resumables::default());
        let (mut tokens, _connections) = ResumeTokens::new(&resumables, Some("clinic".into()), false);
        let request = |token: &str| ResumeRequest::read(&format!("{token}.7"));
        let first = tokens.draw().unwrap();
        assert_eq!(request(&first).received, 7);
        let works = |token: &str, subject| resumables.find(&request(token), subject, false).is_some();
        assert!(works(&first, Some("clinic")) && !works(&first, Some("other")) && !works(&first, None));
        assert!(resumables.find(&request(&first), Some("clinic"), true).is_none(), "no interview");
        let second = tokens.draw().unwrap();
        assert!(works(&first, Some("clinic")) && works(&second, Some("clinic")));
        tokens.confirm();
        assert!(!works(&first, Some("clinic")) && works(&second, Some("clinic")));
        for _ in 0..5 {
            tokens.draw().unwrap();
        }
        assert_eq!(resumables.0.lock().len(), 2);
        drop(tokens);
        assert!(resumables.0.lock().is_empty());
    }

    #[test]
    fn malformed_requests_find_no_session() {
        let resumables = Arc::new(Resumables::default());
        let (mut tokens, _connections) = ResumeTokens::new(&resumables, None, false);
        let token = tokens.draw().unwrap();
        let finds = |count: &str| {
            resumables.find(&ResumeRequest::read(&format!("{token}{count}")), None, false).is_some()
        };
        assert!(finds(".0"));
        for count in [".", ".-1", ".+1", ".x", ".99999999999999999999", ".1.2"] {
            assert!(!finds(count), "{count}");
        }
    }
}
