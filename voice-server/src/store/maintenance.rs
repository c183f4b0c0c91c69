//! What the store does by itself: it deletes interviews whose time is over, and counts the others.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sqlx::{Connection as _, Row as _};
use tokio::time::sleep;

use super::database::{Operation, in_time};
use super::events::{self, EventAction};
use super::{Status, Store, StoreError, milliseconds, now};

/// How often the database is asked whether it answers, and for the counts.
const INTERVAL: Duration = Duration::from_secs(15);

/// How often interviews whose time is over are searched.
const PURGE_INTERVAL: Duration = Duration::from_mins(30);

/// Interviews that are deleted in one transaction.
const PURGE_BATCH: i64 = 100;

/// What the metrics tell of the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Interviews by status.
    pub(crate) interviews: BTreeMap<&'static str, i64>,
    /// Responses that are not at the FHIR server: `waiting`, or `parked` if it refused them.
    pub(crate) outbox: BTreeMap<&'static str, i64>,
}

impl Store {
    /// The counts of a few seconds ago.
    pub(crate) fn counts(&self) -> Counts {
        self.0.counts.lock().clone()
    }

    /// The number of interviews whose last change is only in memory.
    pub(crate) fn unsaved(&self) -> usize {
        self.0.unsaved.len()
    }

    pub(super) async fn maintain(self) {
        let mut next_purge = Instant::now();
        loop {
            if let Ok(counts) = self.count().await {
                *self.0.counts.lock() = counts;
            }
            if Instant::now() >= next_purge {
                match self.purge().await {
                    Ok(0) => next_purge = Instant::now() + PURGE_INTERVAL,
                    Ok(deleted) => {
                        tracing::info!(deleted, "interviews deleted, because their time is over");
                        continue;
                    }
                    Err(_) => {}
                }
            }
            sleep(INTERVAL).await;
        }
    }

    async fn count(&self) -> Result<Counts, StoreError> {
        let mut lease = self.noted(self.database()?.connection(Operation::Maintain).await)?;
        let rows = sqlx::query("SELECT status, COUNT(*) FROM interviews GROUP BY status");
        let rows = in_time(rows.fetch_all(lease.connection())).await;
        let rows = self.noted(lease.settle(rows))?;
        let mut interviews: BTreeMap<_, _> = Status::ALL.iter().map(|status| (status.code(), 0)).collect();
        for row in rows {
            let (Ok(status), Ok(count)) = (row.try_get::<String, _>(0), row.try_get::<i64, _>(1)) else {
                continue;
            };
            if let Some(status) = Status::from_code(&status) {
                interviews.insert(status.code(), count);
            }
        }
        Ok(Counts { interviews, outbox: self.count_outbox().await? })
    }

    /// Deletes some of the interviews whose time is over, and returns their number.
    pub(super) async fn purge(&self) -> Result<u64, StoreError> {
        let database = self.database()?;
        let mut lease = self.noted(database.connection(Operation::Maintain).await)?;
        let connection = lease.connection();
        let work = async {
            let mut transaction = connection.begin_with(database.begin()).await?;
            // The second condition holds where the time was shortened since.
            let over = sqlx::query("SELECT id FROM interviews WHERE expires <= $1 OR updated <= $2 LIMIT $3")
                .bind(now())
                .bind(now().saturating_sub(milliseconds(self.0.options.retention)))
                .bind(PURGE_BATCH)
                .fetch_all(&mut *transaction)
                .await?;
            let mut deleted = 0;
            for row in over {
                let id: String = row.try_get(0)?;
                let waits = sqlx::query("SELECT 1 FROM outbox WHERE interview = $1").bind(&id);
                let waits = waits.fetch_optional(&mut *transaction).await?.is_some();
                let outcome = if waits { "not_delivered" } else { "ok" };
                let gone = sqlx::query("DELETE FROM interviews WHERE id = $1").bind(&id);
                let gone = gone.execute(&mut *transaction).await?.rows_affected();
                if gone > 0 {
                    events::add(&mut transaction, EventAction::Expired, &id, "retention", outcome).await?;
                }
                deleted += gone;
            }
            sqlx::query("DELETE FROM resume_tokens WHERE expires <= $1")
                .bind(now())
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            Ok(deleted)
        };
        let done = in_time(work).await;
        let deleted = self.noted(lease.settle(done))?;
        if deleted > 0 {
            database.forget_deleted().await;
        }
        Ok(deleted)
    }
}
