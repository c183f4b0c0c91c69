//! The open sessions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::watch;

use crate::audit::Details;
use crate::refusal::Refusal;
use crate::security::credentials::jwt::TokenError;

/// All open sessions, oldest first.
#[derive(Default)]
pub(crate) struct Sessions {
    open: Mutex<BTreeMap<u64, Arc<Session>>>,
    next_id: AtomicU64,
}

/// What is known about a session when it opens.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SessionInfo {
    pub(crate) path: &'static str,
    /// The part of the client's address that may be shown.
    pub(crate) address: String,
    pub(crate) request_id: String,
    /// The subject of its token.
    pub(crate) subject: Option<String>,
    /// The id of its token.
    #[serde(rename = "jti")]
    pub(crate) token_id: Option<String>,
}

/// An open session, as the administrator sees it.
pub(crate) struct Session {
    pub(crate) id: u64,
    /// That of its current connection.
    info: Mutex<Arc<SessionInfo>>,
    opened: Instant,
    /// Bytes of audio received.
    bytes: AtomicU64,
    /// Set once, to end the session.
    end: watch::Sender<Option<Refusal>>,
}

/// A session in the list. Dropping it removes the session.
pub(crate) struct Listed {
    session: Arc<Session>,
    sessions: Arc<Sessions>,
}

impl Sessions {
    pub(crate) fn add(self: &Arc<Self>, info: SessionInfo) -> Listed {
        let session = Arc::new(Session {
            id: self.next_id.fetch_add(1, Ordering::Relaxed) + 1,
            info: Mutex::new(Arc::new(info)),
            opened: Instant::now(),
            bytes: AtomicU64::new(0),
            end: watch::Sender::new(None),
        });
        self.open.lock().insert(session.id, Arc::clone(&session));
        Listed { session, sessions: Arc::clone(self) }
    }

    pub(crate) fn active(&self) -> usize {
        self.open.lock().len()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Session>> {
        self.open.lock().values().cloned().collect()
    }

    /// Asks one session to end. Returns false if there is no such session.
    pub(crate) fn end(&self, id: u64, why: impl Into<Refusal>) -> bool {
        let session = self.open.lock().get(&id).cloned();
        session.is_some_and(|session| session.ask_to_end(why.into()))
    }

    /// Asks all sessions of a token to end, and returns their number.
    pub(crate) fn end_token(&self, token_id: &str) -> usize {
        let theirs = |session: &Arc<Session>| session.info().token_id.as_deref() == Some(token_id);
        let ended = self.all().into_iter().filter(theirs);
        ended.filter(|session| session.ask_to_end(TokenError::Revoked.into())).count()
    }

    /// The ids of the tokens of all sessions, each once.
    pub(crate) fn token_ids(&self) -> BTreeSet<String> {
        self.open.lock().values().filter_map(|session| session.info().token_id.clone()).collect()
    }
}

impl Session {
    fn ask_to_end(&self, why: Refusal) -> bool {
        self.end.send_if_modified(|end| end.replace(why).is_none());
        true
    }

    /// What is known of its current connection.
    pub(crate) fn info(&self) -> Arc<SessionInfo> {
        Arc::clone(&self.info.lock())
    }

    /// The session has another connection.
    pub(crate) fn moved(&self, info: SessionInfo) {
        *self.info.lock() = Arc::new(info);
    }

    /// The details of the session for the audit log.
    pub(crate) fn details(&self, outcome: &str) -> Details {
        let info = self.info();
        Details {
            actor: info.subject.clone(),
            address: Some(info.address.clone()),
            request_id: Some(info.request_id.clone()),
            session: Some(self.id),
            object: info.token_id.clone(),
            subject: None,
            outcome: outcome.to_owned(),
        }
    }

    /// Completes when the session is asked to end.
    pub(crate) async fn asked_to_end(&self) -> Refusal {
        let mut end = self.end.subscribe();
        let asked = end.wait_for(Option::is_some).await.ok().and_then(|why| why.clone());
        match asked {
            Some(why) => why,
            // The sender lives as long as the session.
            None => std::future::pending().await,
        }
    }

    pub(crate) fn heard(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn opened(&self) -> Instant {
        self.opened
    }
}

impl std::ops::Deref for Listed {
    type Target = Arc<Session>;

    fn deref(&self) -> &Arc<Session> {
        &self.session
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.sessions.open.lock().remove(&self.session.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Reason;

    fn info(token_id: &str) -> SessionInfo {
        SessionInfo {
            path: "/secure",
            address: "192.0.2.0/24".to_owned(),
            request_id: "1".to_owned(),
            subject: Some("clinic".to_owned()),
            token_id: Some(token_id.to_owned()),
        }
    }

    #[test]
    fn session_is_listed_until_it_ends() {
        let sessions = Arc::new(Sessions::default());
        let (first, second) = (sessions.add(info("a")), sessions.add(info("a")));
        assert_ne!(first.id, second.id);
        assert_eq!(sessions.all().iter().map(|session| session.id).collect::<Vec<_>>(), [1, 2]);
        drop(first);
        assert_eq!(sessions.active(), 1);
        assert!(!sessions.end(1, Reason::SessionClosed));
    }

    #[tokio::test]
    async fn revoked_token_ends_its_sessions_only() {
        let sessions = Arc::new(Sessions::default());
        let (theirs, other) = (sessions.add(info("a")), sessions.add(info("b")));
        // The token of the last connection counts.
        theirs.moved(info("c"));
        assert_eq!((sessions.end_token("a"), sessions.end_token("c")), (0, 1));
        assert_eq!(theirs.asked_to_end().await.code, "token_revoked");
        assert!(other.end.borrow().is_none());
        assert!(sessions.end(other.id, Reason::SessionClosed));
        assert_eq!(other.asked_to_end().await.code, "session_closed");
    }
}
