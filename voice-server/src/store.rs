//! The interviews: their state, their answers and the tokens that resume them, in SQLite or PostgreSQL.
//!
//! The answers are sealed before they reach the database ([`Keys`]). One connection at a time may save an interview
//! ([`OpenInterview`]); a resume takes this right away from the connection that had it. A database that goes away stops
//! nothing: the latest state of each interview is held in memory and written when the database is back ([`Unsaved`]).

mod create;
mod database;
mod error;
mod events;
mod fhir_server;
mod interview;
mod key_file;
mod keys;
mod maintenance;
mod open_interview;
mod outbox;
mod read;
mod resume_token;
mod rotation;
mod unsaved;

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;
use tokio::time::sleep;

use self::database::Database;
pub(crate) use self::database::{Operation, Target};
pub(crate) use self::error::StoreError;
pub(crate) use self::events::EventAction;
pub(crate) use self::fhir_server::FhirServer;
pub(crate) use self::interview::{InterviewId, NewInterview, Progress, Resumed, Status, StoredResponse};
pub(crate) use self::keys::Keys;
pub(crate) use self::maintenance::Counts;
pub(crate) use self::open_interview::OpenInterview;
pub(crate) use self::outbox::Waiting;
pub(crate) use self::read::{Cursor, Filter};
pub(crate) use self::resume_token::ResumeToken;
use self::unsaved::Unsaved;
use crate::config::Config;
use crate::locate;
use crate::security::credentials::secret::Secret;
use crate::telemetry::StoreMetrics;

/// The first wait before a database that could not be opened is tried again; doubles up to the second one.
const RETRY: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(30)];

/// Where the interviews are, and for how long.
#[derive(Clone)]
pub(crate) struct StoreOptions {
    pub(crate) target: Target,
    /// `None` for the file beside a SQLite database.
    pub(crate) keys: Option<Secret>,
    /// How long an interview is kept after its last change.
    pub(crate) retention: Duration,
    /// Where finished responses are sent.
    pub(crate) fhir_server: Option<FhirServer>,
}

impl StoreOptions {
    /// The options of the configuration; `None` where interviews are switched off.
    pub(crate) fn of(config: &Config) -> Result<Option<Self>, String> {
        let interviews = &config.interviews;
        if !interviews.is_on {
            return Ok(None);
        }
        let target = match (&interviews.database, &interviews.path) {
            (Some(url), _) => Target::Postgres(url.0.clone()),
            (None, Some(path)) => Target::Sqlite(path.clone()),
            (None, None) => Target::Sqlite(
                locate::data_interviews()
                    .ok_or("there is no home folder for the interviews; set VOICE_STORE_PATH")?,
            ),
        };
        let fhir_server = interviews.fhir_base.clone().map(|base| FhirServer {
            base,
            token: interviews.fhir_token.clone(),
            root_certificate: config.store.root_certificate.clone(),
        });
        let (keys, retention) = (interviews.keys.clone(), interviews.retention);
        Ok(Some(Self { target, keys, retention, fhir_server }))
    }
}

/// The store. Clones are the same store.
#[derive(Clone)]
pub(crate) struct Store(Arc<Shared>);

struct Shared {
    options: StoreOptions,
    opened: OnceLock<Opened>,
    state: AtomicU8,
    unsaved: Unsaved,
    /// Tells that a response is finished.
    finished: Notify,
    counts: parking_lot::Mutex<Counts>,
    metrics: StoreMetrics,
}

struct Opened {
    database: Database,
    keys: Keys,
}

/// Whether the database answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoreHealth {
    Opening,
    Ready,
    /// The last operation failed.
    Failing,
}

impl StoreHealth {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Ready => "ok",
            Self::Failing => "unavailable",
        }
    }
}

impl Store {
    fn new(options: StoreOptions, metrics: StoreMetrics) -> Self {
        Self(Arc::new(Shared {
            options,
            opened: OnceLock::new(),
            state: AtomicU8::new(StoreHealth::Opening as u8),
            unsaved: Unsaved::default(),
            finished: Notify::new(),
            counts: parking_lot::Mutex::default(),
            metrics,
        }))
    }

    /// Opens the store at once; for commands. The error says what to do.
    pub(crate) async fn open(options: StoreOptions, metrics: StoreMetrics) -> Result<Self, String> {
        let store = Self::new(options, metrics);
        store.try_open().await?;
        tokio::spawn(store.clone().write_unsaved());
        Ok(store)
    }

    /// Opens the store in the background, and again until it succeeds: the server serves everything else meanwhile.
    pub(crate) fn start(options: StoreOptions, metrics: StoreMetrics) -> Self {
        let store = Self::new(options, metrics);
        let opening = store.clone();
        tokio::spawn(async move {
            let [mut wait, longest] = RETRY;
            while let Err(problem) = opening.try_open().await {
                opening.set_health(StoreHealth::Failing);
                tracing::error!("the store of interviews cannot be opened, and is tried again: {problem}");
                sleep(wait).await;
                wait = (2 * wait).min(longest);
            }
            tokio::spawn(opening.clone().write_unsaved());
            if let Some(server) = opening.0.options.fhir_server.clone() {
                tokio::spawn(opening.clone().send_finished(server));
            }
            opening.maintain().await;
        });
        store
    }

    async fn try_open(&self) -> Result<(), String> {
        let options = &self.0.options;
        let keys = match (&options.keys, &options.target) {
            (Some(keys), _) => {
                let keys = std::str::from_utf8(keys.expose()).map_err(|_| "VOICE_STORE_KEYS is not text")?;
                Keys::parse(keys).map_err(|problem| format!("VOICE_STORE_KEYS: {problem}"))?
            }
            (None, Target::Sqlite(path)) => key_file::read_or_make(path)?,
            (None, Target::Postgres(_)) => {
                return Err("VOICE_STORE_KEYS is not set; make one: openssl rand -base64 32".to_owned());
            }
        };
        let database = Database::open(&options.target, self.0.metrics.clone()).await?;
        if let Some(missing) =
            rotation::unknown_key(&database, &keys).await.map_err(|error| error.to_string())?
        {
            return Err(format!(
                "answers are sealed with the key {missing}, which is not in VOICE_STORE_KEYS; add it there"
            ));
        }
        let opened = self.0.opened.get_or_init(|| Opened { database, keys });
        self.set_health(StoreHealth::Ready);
        let kind = if matches!(options.target, Target::Sqlite(_)) { "SQLite" } else { "PostgreSQL" };
        tracing::info!(kind, key = opened.keys.current(), "store of interviews open");
        Ok(())
    }

    fn opened(&self) -> Result<&Opened, StoreError> {
        self.0.opened.get().ok_or(StoreError::Unavailable)
    }

    fn database(&self) -> Result<&Database, StoreError> {
        Ok(&self.opened()?.database)
    }

    fn keys(&self) -> Result<&Keys, StoreError> {
        Ok(&self.opened()?.keys)
    }

    pub(crate) fn health(&self) -> StoreHealth {
        let state = self.0.state.load(Ordering::Relaxed);
        [StoreHealth::Ready, StoreHealth::Failing]
            .into_iter()
            .find(|known| *known as u8 == state)
            .unwrap_or(StoreHealth::Opening)
    }

    fn set_health(&self, health: StoreHealth) {
        self.0.state.store(health as u8, Ordering::Relaxed);
    }

    /// Remembers whether the database answered.
    fn noted<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        self.set_health(match &result {
            Err(StoreError::Unavailable) => StoreHealth::Failing,
            _ => StoreHealth::Ready,
        });
        result
    }

    /// Writes what is held in memory, and closes the connections.
    pub(crate) async fn close(&self) {
        if self.0.unsaved.len() > 0 {
            let _ = self.flush().await;
        }
        if self.0.unsaved.len() > 0 {
            tracing::error!(interviews = self.0.unsaved.len(), "changes of interviews could not be saved");
        }
        if let Ok(database) = self.database() {
            database.close().await;
        }
    }

    fn expires(&self) -> i64 {
        now().saturating_add(milliseconds(self.0.options.retention))
    }
}

/// Milliseconds since 1970, UTC.
fn now() -> i64 {
    milliseconds(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
