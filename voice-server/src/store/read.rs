//! Responses that are read, listed and deleted.

use sqlx::any::AnyRow;
use sqlx::{Connection as _, Row as _};

use super::create::RESPONSE;
use super::database::{Operation, in_time};
use super::events::{self, EventAction};
use super::keys::Place;
use super::{InterviewId, Keys, Status, Store, StoreError, StoredResponse};

/// Which responses are listed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Of interviews of this subject; `None` for all.
    pub(crate) subject: Option<String>,
    /// With one of these statuses; empty for all.
    pub(crate) statuses: Vec<Status>,
    /// Of the form with this canonical address.
    pub(crate) form_url: Option<String>,
    pub(crate) form_version: Option<String>,
    /// Changed at this time or later, in milliseconds since 1970.
    pub(crate) from: Option<i64>,
    /// Changed at this time or earlier.
    pub(crate) to: Option<i64>,
}

/// The last response of a page, after which the next page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) updated: i64,
    pub(crate) id: InterviewId,
}

impl Store {
    /// The response of an interview, if it is one of `subject` (`None`: of anyone). The read is recorded.
    pub(crate) async fn read(
        &self,
        id: InterviewId,
        subject: Option<&str>,
        actor: &str,
    ) -> Result<StoredResponse, StoreError> {
        let name = id.to_string();
        let database = self.database()?;
        let mut lease = self.noted(database.connection(Operation::Read).await)?;
        let connection = lease.connection();
        let work = async {
            let mut transaction = connection.begin_with(database.begin()).await?;
            let row = sqlx::query(
                "SELECT id, version, updated, response FROM interviews \
                 WHERE id = $1 AND ($2 = '' OR subject = $2)",
            )
            .bind(&name)
            .bind(subject.unwrap_or_default())
            .fetch_optional(&mut *transaction)
            .await?;
            if row.is_some() {
                events::add(&mut transaction, EventAction::Read, &name, actor, "ok").await?;
            }
            transaction.commit().await?;
            Ok(row)
        };
        let done = in_time(work).await;
        let row = self.noted(lease.settle(done))?.ok_or(StoreError::Unknown)?;
        stored(&row, self.keys()?)
    }

    /// Up to `limit` responses after `after`, by the time of their last change, oldest first. A response that changes
    /// while pages are read appears again on a later page; none is left out.
    pub(crate) async fn page(
        &self,
        filter: &Filter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Vec<StoredResponse>, StoreError> {
        let statuses = match &filter.statuses[..] {
            [] => String::new(),
            some => some.iter().fold(",".to_owned(), |list, status| list + status.code() + ","),
        };
        let (updated, id) =
            after.map_or((i64::MIN, String::new()), |after| (after.updated, after.id.to_string()));
        let mut lease = self.noted(self.database()?.connection(Operation::List).await)?;
        let rows = sqlx::query(
            "SELECT id, version, updated, response FROM interviews \
             WHERE ($1 = '' OR subject = $1) \
             AND ($2 = '' OR $2 LIKE '%,' || status || ',%') \
             AND ($3 = '' OR form_url = $3) AND ($4 = '' OR form_version = $4) \
             AND updated >= $5 AND updated <= $6 AND (updated > $7 OR (updated = $7 AND id > $8)) \
             ORDER BY updated, id LIMIT $9",
        )
        .bind(filter.subject.clone().unwrap_or_default())
        .bind(statuses)
        .bind(filter.form_url.clone().unwrap_or_default())
        .bind(filter.form_version.clone().unwrap_or_default())
        .bind(filter.from.unwrap_or(i64::MIN))
        .bind(filter.to.unwrap_or(i64::MAX))
        .bind(updated)
        .bind(id)
        .bind(limit as i64)
        .fetch_all(lease.connection());
        let rows = in_time(rows).await;
        let rows = self.noted(lease.settle(rows))?;
        let keys = self.keys()?;
        rows.iter().map(|row| stored(row, keys)).collect()
    }

    /// Deletes an interview with its answers, its tokens and what waits for the FHIR server. An event stays.
    pub(crate) async fn delete(
        &self,
        id: InterviewId,
        subject: Option<&str>,
        actor: &str,
    ) -> Result<(), StoreError> {
        let name = id.to_string();
        let database = self.database()?;
        let mut lease = self.noted(database.connection(Operation::Delete).await)?;
        let connection = lease.connection();
        let work = async {
            let mut transaction = connection.begin_with(database.begin()).await?;
            let deleted = sqlx::query("DELETE FROM interviews WHERE id = $1 AND ($2 = '' OR subject = $2)")
                .bind(&name)
                .bind(subject.unwrap_or_default())
                .execute(&mut *transaction)
                .await?
                .rows_affected();
            if deleted > 0 {
                events::add(&mut transaction, EventAction::Deleted, &name, actor, "ok").await?;
            }
            transaction.commit().await?;
            Ok(deleted > 0)
        };
        let done = in_time(work).await;
        if !self.noted(lease.settle(done))? {
            return Err(StoreError::Unknown);
        }
        database.forget_deleted().await;
        Ok(())
    }
}

fn stored(row: &AnyRow, keys: &Keys) -> Result<StoredResponse, StoreError> {
    let read = || -> sqlx::Result<(String, i64, i64, Vec<u8>)> {
        Ok((row.try_get("id")?, row.try_get("version")?, row.try_get("updated")?, row.try_get("response")?))
    };
    let (name, version, updated, sealed) = read().map_err(|_| StoreError::Unreadable)?;
    let id = name.parse().map_err(|()| StoreError::Unreadable)?;
    let response = keys.open(Place { row: &name, column: RESPONSE }, &sealed)?;
    Ok(StoredResponse { id, version, updated, response })
}
