//! Finished responses on their way to a FHIR server: at most one row for each interview, until the server has it.
//!
//! A row is claimed for a minute by the instance that sends it. If that instance ends in between, another one sends it
//! again, which changes nothing: the request is the same update of the same resource.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{AnyConnection, Row as _};
use tokio::time::{sleep, timeout};

use super::create::RESPONSE;
use super::database::{Operation, in_time};
use super::fhir_server::{FhirServer, Outcome};
use super::keys::Place;
use super::{InterviewId, Store, StoreError, StoredResponse, milliseconds, now};

/// How long a claim lasts; longer than a request.
const CLAIM: Duration = Duration::from_mins(2);

/// The wait before the second attempt; doubles with each further one, up to the second value.
const RETRY: [Duration; 2] = [Duration::from_secs(5), Duration::from_hours(1)];

/// How often the table is looked at, if no response was finished on this instance.
const POLL: Duration = Duration::from_secs(5);

/// Rows that an administrator gets.
const MAX_SHOWN: i64 = 100;

/// A row, as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) id: String,
    pub(crate) attempts: i64,
    /// The time of the next attempt, in milliseconds since 1970.
    pub(crate) due: i64,
    /// Refused by the server: it is not sent again by itself.
    pub(crate) is_parked: bool,
    /// Why the last attempt failed; empty before the first one.
    pub(crate) reason: String,
}

/// Adds a finished response, or the new version of one that waits.
pub(super) async fn add(connection: &mut AnyConnection, interview: &str, version: i64) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO outbox (interview, version, attempts, due, parked, reason) VALUES ($1, $2, 0, $3, 0, '') \
         ON CONFLICT (interview) DO UPDATE SET version = excluded.version, attempts = 0, due = excluded.due, \
         parked = 0, reason = ''",
    )
    .bind(interview)
    .bind(version)
    .bind(now())
    .execute(connection)
    .await
    .map(drop)
}

/// A row that this instance has claimed.
struct Claimed {
    interview: String,
    version: i64,
    attempts: i64,
}

impl Store {
    /// Sends finished responses, for ever.
    pub(super) async fn send_finished(self, server: FhirServer) {
        let server = Arc::new(server);
        loop {
            match self.send_next(&server).await {
                Ok(true) => {}
                Ok(false) => {
                    let _ = timeout(POLL, self.0.finished.notified()).await;
                }
                Err(_) => sleep(POLL).await,
            }
        }
    }

    /// Sends one response. `false` if none is due.
    async fn send_next(&self, server: &Arc<FhirServer>) -> Result<bool, StoreError> {
        let Some(claimed) = self.claim().await? else { return Ok(false) };
        let (sent, outcome) = match self.response(&claimed.interview).await {
            Ok(Some(stored)) => {
                let version = stored.version;
                let server = Arc::clone(server);
                let pushed = tokio::task::spawn_blocking(move || server.put(&stored)).await;
                (version, pushed.unwrap_or_else(|_| Outcome::later("failed")))
            }
            // Deleted meanwhile, with its row.
            Ok(None) => return Ok(true),
            Err(StoreError::Unavailable) => return Err(StoreError::Unavailable),
            Err(error) => (claimed.version, Outcome::Refused { reason: error.code().to_owned() }),
        };
        match &outcome {
            Outcome::Delivered => tracing::info!("a response is at the FHIR server"),
            Outcome::Later { reason, .. } => {
                tracing::warn!(reason, "the FHIR server does not take a response yet");
            }
            Outcome::Refused { reason } => tracing::error!(
                reason,
                "the FHIR server refused a response, which waits for an administrator: GET /admin/outbox"
            ),
        }
        self.settle(&claimed, sent, outcome).await?;
        Ok(true)
    }

    async fn claim(&self) -> Result<Option<Claimed>, StoreError> {
        let mut lease = self.noted(self.database()?.connection(Operation::Outbox).await)?;
        let row = sqlx::query(
            "UPDATE outbox SET due = $1, attempts = attempts + 1 WHERE interview = \
             (SELECT interview FROM outbox WHERE parked = 0 AND due <= $2 ORDER BY due LIMIT 1) \
             AND parked = 0 AND due <= $2 RETURNING interview, version, attempts",
        )
        .bind(now().saturating_add(milliseconds(CLAIM)))
        .bind(now())
        .fetch_optional(lease.connection());
        let row = in_time(row).await;
        let Some(row) = self.noted(lease.settle(row))? else { return Ok(None) };
        let read = || -> sqlx::Result<Claimed> {
            Ok(Claimed {
                interview: row.try_get("interview")?,
                version: row.try_get("version")?,
                attempts: row.try_get("attempts")?,
            })
        };
        read().map(Some).map_err(|_| StoreError::Unreadable)
    }

    /// The current response of an interview.
    async fn response(&self, interview: &str) -> Result<Option<StoredResponse>, StoreError> {
        let mut lease = self.noted(self.database()?.connection(Operation::Outbox).await)?;
        let row = sqlx::query("SELECT version, updated, response FROM interviews WHERE id = $1");
        let row = in_time(row.bind(interview).fetch_optional(lease.connection())).await;
        let Some(row) = self.noted(lease.settle(row))? else { return Ok(None) };
        let id: InterviewId = interview.parse().map_err(|()| StoreError::Unreadable)?;
        let sealed: Vec<u8> = row.try_get("response").map_err(|_| StoreError::Unreadable)?;
        Ok(Some(StoredResponse {
            id,
            version: row.try_get("version").map_err(|_| StoreError::Unreadable)?,
            updated: row.try_get("updated").map_err(|_| StoreError::Unreadable)?,
            response: self.keys()?.open(Place { row: interview, column: RESPONSE }, &sealed)?,
        }))
    }

    /// Records the outcome, unless a newer version of the response has been finished meanwhile.
    async fn settle(&self, claimed: &Claimed, sent: i64, outcome: Outcome) -> Result<(), StoreError> {
        let (due, parked, reason) = match outcome {
            Outcome::Delivered => (0, 0, String::new()),
            Outcome::Later { reason, after } => (
                now().saturating_add(milliseconds(after.unwrap_or_else(|| wait(claimed.attempts)))),
                0,
                reason,
            ),
            Outcome::Refused { reason } => (0, 1, reason),
        };
        let mut lease = self.noted(self.database()?.connection(Operation::Outbox).await)?;
        let query = if reason.is_empty() {
            sqlx::query("DELETE FROM outbox WHERE interview = $1 AND version <= $2")
                .bind(&claimed.interview)
                .bind(sent)
        } else {
            sqlx::query(
                "UPDATE outbox SET due = $3, parked = $4, reason = $5 WHERE interview = $1 AND version = $2",
            )
            .bind(&claimed.interview)
            .bind(claimed.version)
            .bind(due)
            .bind(parked)
            .bind(reason)
        };
        let done = in_time(query.execute(lease.connection())).await;
        self.noted(lease.settle(done)).map(drop)
    }

    /// The rows, those that wait for an administrator first.
    pub(crate) async fn outbox(&self) -> Result<Vec<Waiting>, StoreError> {
        let mut lease = self.noted(self.database()?.connection(Operation::Outbox).await)?;
        let rows = sqlx::query(
            "SELECT interview, attempts, due, parked, reason FROM outbox ORDER BY parked DESC, due LIMIT $1",
        )
        .bind(MAX_SHOWN)
        .fetch_all(lease.connection());
        let rows = in_time(rows).await;
        let rows = self.noted(lease.settle(rows))?;
        let read = |row: &sqlx::any::AnyRow| -> sqlx::Result<Waiting> {
            Ok(Waiting {
                id: row.try_get("interview")?,
                attempts: row.try_get("attempts")?,
                due: row.try_get("due")?,
                is_parked: row.try_get::<i64, _>("parked")? != 0,
                reason: row.try_get("reason")?,
            })
        };
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|_| StoreError::Unreadable)
    }

    /// Sends everything now, also what the server refused. Returns the number of responses.
    pub(crate) async fn retry_outbox(&self) -> Result<u64, StoreError> {
        let mut lease = self.noted(self.database()?.connection(Operation::Outbox).await)?;
        let retried = sqlx::query("UPDATE outbox SET due = $1, parked = 0, attempts = 0").bind(now());
        let retried = in_time(retried.execute(lease.connection())).await;
        let retried = self.noted(lease.settle(retried))?.rows_affected();
        self.0.finished.notify_one();
        Ok(retried)
    }

    /// The number of rows: those that are sent by themselves, and those that wait for an administrator.
    pub(super) async fn count_outbox(&self) -> Result<BTreeMap<&'static str, i64>, StoreError> {
        let mut lease = self.noted(self.database()?.connection(Operation::Outbox).await)?;
        let rows = sqlx::query("SELECT parked, COUNT(*) FROM outbox GROUP BY parked");
        let rows = in_time(rows.fetch_all(lease.connection())).await;
        let rows = self.noted(lease.settle(rows))?;
        let mut counts = BTreeMap::from([("waiting", 0), ("parked", 0)]);
        for row in rows {
            let (Ok(parked), Ok(count)) = (row.try_get::<i64, _>(0), row.try_get::<i64, _>(1)) else {
                continue;
            };
            counts.insert(if parked == 0 { "waiting" } else { "parked" }, count);
        }
        Ok(counts)
    }
}

/// The wait after so many attempts, and up to a quarter more, so that instances do not retry together.
fn wait(attempts: i64) -> Duration {
    let [first, longest] = RETRY;
    let doublings = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or(0);
    let wait = first.saturating_mul(1 << doublings).min(longest);
    wait.mul_f64(1.0 + fastrand::f64() / 4.0)
}
