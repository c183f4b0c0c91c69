//! An interview that goes on: it is saved and resumed.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{Connection as _, Row as _};
use tokio::time::{sleep, timeout};

use super::create::{RESPONSE, STATE, add_token, new_writer};
use super::database::{Operation, in_time};
use super::events::{self, EventAction};
use super::keys::Place;
use super::outbox;
use super::unsaved::Change;
use super::{InterviewId, Progress, ResumeToken, Resumed, Status, Store, StoreError, StoreHealth, now};

/// How often changes that could not be saved are tried again.
const RETRY: Duration = Duration::from_millis(500);

/// The longest wait of a resume for changes that this instance holds in memory.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// The right to save an interview, until another connection resumes it.
pub(crate) struct OpenInterview {
    store: Store,
    id: InterviewId,
    writer: String,
    version: i64,
}

impl OpenInterview {
    pub(super) fn new(store: Store, id: InterviewId, writer: String, version: i64) -> Self {
        Self { store, id, writer, version }
    }

    pub(crate) fn id(&self) -> InterviewId {
        self.id
    }

    #[cfg(test)]
    pub(super) fn writer(&self) -> &str {
        &self.writer
    }

    /// Saves a change. After `Ok` it is on the disk. After [`StoreError::Unavailable`] it is held in memory and written
    /// as soon as the database answers, unless a later change has taken its place; the interview may go on.
    pub(crate) async fn save(&mut self, progress: &Progress) -> Result<(), StoreError> {
        let row = self.id.to_string();
        let keys = self.store.keys()?;
        self.version += 1;
        let change = Arc::new(Change {
            id: self.id,
            writer: self.writer.clone(),
            version: self.version,
            status: progress.status,
            key_id: keys.current(),
            state: keys.seal(Place { row: &row, column: STATE }, &progress.state)?,
            response: keys.seal(Place { row: &row, column: RESPONSE }, &progress.response)?,
        });
        // Held before the first wait: a caller that is cancelled loses nothing.
        let is_held = self.store.0.unsaved.hold(&change);
        if !is_held {
            tracing::error!("too many changes of interviews wait for the database; a change is not held");
        }
        if is_held && self.store.health() == StoreHealth::Failing {
            return Err(StoreError::Unavailable);
        }
        let written = self.store.write(&change).await;
        if written != Err(StoreError::Unavailable) {
            self.store.0.unsaved.forget(&change);
        }
        written
    }
}

impl Store {
    /// Gives the interview of a resume token to this connection, with the token for the next time. Of several
    /// connections that show the same token, one gets the interview.
    pub(crate) async fn resume(
        &self,
        token: &ResumeToken,
        subject: &str,
    ) -> Result<(OpenInterview, Resumed, ResumeToken), StoreError> {
        // What this instance holds in memory belongs to the interview too.
        if self.0.unsaved.len() > 0 && timeout(FLUSH_TIMEOUT, self.flush()).await != Ok(Ok(())) {
            return Err(StoreError::Unavailable);
        }
        let (writer, next) = (new_writer()?, ResumeToken::random()?);
        let Some(row) = self.take_over(token, subject, &writer, &next).await? else {
            return Err(StoreError::TokenInvalid);
        };
        let text = |column| row.try_get::<String, _>(column).map_err(|_| StoreError::Unreadable);
        let id: InterviewId = text("id")?.parse().map_err(|()| StoreError::Unreadable)?;
        let sealed: Vec<u8> = row.try_get("state").map_err(|_| StoreError::Unreadable)?;
        let state = self.keys()?.open(Place { row: &id.to_string(), column: STATE }, &sealed)?;
        let resumed = Resumed {
            form_url: text("form_url")?,
            form_version: text("form_version")?,
            language: text("language")?,
            status: Status::from_code(&text("status")?).ok_or(StoreError::Unreadable)?,
            state,
        };
        let version = row.try_get("version").map_err(|_| StoreError::Unreadable)?;
        Ok((OpenInterview::new(self.clone(), id, writer, version), resumed, next))
    }

    async fn take_over(
        &self,
        token: &ResumeToken,
        subject: &str,
        writer: &str,
        next: &ResumeToken,
    ) -> Result<Option<sqlx::any::AnyRow>, StoreError> {
        let database = self.database()?;
        let mut lease = self.noted(database.connection(Operation::Resume).await)?;
        let connection = lease.connection();
        let work = async {
            let mut transaction = connection.begin_with(database.begin()).await?;
            // Deleting is what makes a token single-use: of several transactions, one deletes the row.
            let used = sqlx::query(
                "DELETE FROM resume_tokens WHERE hash = $1 AND expires > $2 \
                 AND interview IN (SELECT id FROM interviews WHERE subject = $3) RETURNING interview",
            )
            .bind(token.hash())
            .bind(now())
            .bind(subject)
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(used) = used else { return Ok(None) };
            let interview: String = used.try_get(0)?;
            let row = sqlx::query(
                "UPDATE interviews SET writer = $1 WHERE id = $2 \
                 RETURNING id, form_url, form_version, language, status, version, state",
            )
            .bind(writer)
            .bind(&interview)
            .fetch_one(&mut *transaction)
            .await?;
            add_token(&mut transaction, next, &interview, self.expires()).await?;
            events::add(&mut transaction, EventAction::Resumed, &interview, subject, "ok").await?;
            transaction.commit().await?;
            Ok(Some(row))
        };
        let done = in_time(work).await;
        self.noted(lease.settle(done))
    }

    /// Writes a change. Writing it twice, or after a later one of the same connection, changes nothing.
    pub(super) async fn write(&self, change: &Change) -> Result<(), StoreError> {
        let row = change.id.to_string();
        let is_sent = change.status.is_final() && self.0.options.fhir_server.is_some();
        let database = self.database()?;
        let mut lease = self.noted(database.connection(Operation::Save).await)?;
        let connection = lease.connection();
        let work = async {
            let mut transaction = connection.begin_with(database.begin()).await?;
            let updated = sqlx::query(
                "UPDATE interviews SET status = $1, updated = $2, expires = $3, version = $4, key_id = $5, \
                 state = $6, response = $7 WHERE id = $8 AND writer = $9 AND version < $4",
            )
            .bind(change.status.code())
            .bind(now())
            .bind(self.expires())
            .bind(change.version)
            .bind(&change.key_id)
            .bind(&*change.state)
            .bind(&*change.response)
            .bind(&row)
            .bind(&change.writer)
            .execute(&mut *transaction)
            .await?;
            let result = if updated.rows_affected() == 1 {
                if is_sent {
                    outbox::add(&mut transaction, &row, change.version).await?;
                }
                Ok(())
            } else {
                let found = sqlx::query("SELECT writer FROM interviews WHERE id = $1").bind(&row);
                match found.fetch_optional(&mut *transaction).await? {
                    None => Err(StoreError::Unknown),
                    Some(found) if found.try_get::<String, _>(0)? == change.writer => Ok(()),
                    Some(_) => Err(StoreError::TakenOver),
                }
            };
            transaction.commit().await?;
            Ok(result)
        };
        let done = in_time(work).await;
        let written = self.noted(lease.settle(done))?;
        if is_sent {
            self.0.finished.notify_one();
        }
        written
    }

    /// Writes the changes that are held in memory.
    pub(super) async fn flush(&self) -> Result<(), StoreError> {
        for change in self.0.unsaved.all() {
            match self.write(&change).await {
                Err(StoreError::Unavailable) => return Err(StoreError::Unavailable),
                Ok(()) => {}
                Err(error) => {
                    tracing::warn!(code = error.code(), "a change of an interview came too late");
                }
            }
            self.0.unsaved.forget(&change);
        }
        Ok(())
    }

    /// Writes changes that could not be saved at first, for ever.
    pub(super) async fn write_unsaved(self) {
        loop {
            sleep(RETRY).await;
            if self.0.unsaved.len() > 0 && self.flush().await.is_ok() {
                tracing::info!("all changes of interviews are saved");
            }
        }
    }
}
