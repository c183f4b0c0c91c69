//! What every request and every session shares.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;
use voice_core::Engine;
use voice_core::pool::Pool;
use voice_core::supervision::Supervisor;

use crate::access::Access;
use crate::audit::{Action, Audit};
use crate::config::Config;
use crate::connections::Connections;
use crate::forms::CurrentForms;
use crate::lexicon::CurrentLexicon;
use crate::sessions::{Listed, SessionInfo, Sessions};
use crate::store::Store;
use crate::telemetry::{Metrics, Traces};
use crate::ws::Resumables;

pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) engine: Engine,
    pub(crate) supervisor: Supervisor,
    pub(crate) lexicon: CurrentLexicon,
    pub(crate) forms: CurrentForms,
    pub(crate) pool: Pool,
    pub(crate) access: Access,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) connections: Arc<Connections>,
    /// The sessions that can be resumed.
    pub(crate) resumables: Arc<Resumables>,
    pub(crate) metrics: Metrics,
    pub(crate) traces: Traces,
    pub(crate) audit: Audit,
    /// `None` where interviews are switched off.
    pub(crate) store: Option<Store>,
    /// Becomes true once, when the server is told to stop.
    pub(crate) shutdown: watch::Sender<bool>,
    pub(crate) started: Instant,
}

impl App {
    /// Lists a new session, and reports it to the log, the audit log and the metrics.
    pub(crate) fn session_opened(&self, info: SessionInfo) -> Listed {
        let listed = self.sessions.add(info);
        tracing::debug!(session = listed.id, request = listed.info().request_id, "opened");
        self.audit.record(Action::SessionOpened, listed.details("ok"));
        self.metrics.session_began();
        listed
    }

    /// Reports the end of a session. The session stays listed until `listed` is dropped.
    pub(crate) fn session_ended(&self, listed: &Listed, how: &str) {
        let length = listed.opened().elapsed();
        tracing::info!(
            session = listed.id,
            request = listed.info().request_id,
            seconds = length.as_secs_f32(),
            bytes = listed.bytes(),
            close = how,
            "session ended"
        );
        self.metrics.session_ended(length, listed.bytes());
        self.audit.record(Action::SessionEnded, listed.details(how));
    }
}
