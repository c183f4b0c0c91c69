//! A new key: all answers are sealed again with it.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::create::{RESPONSE, STATE};
use super::database::{Database, Operation, in_time};
use super::keys::Place;
use super::{Keys, Store, StoreError};

/// Interviews that are read at once.
const BATCH: i64 = 50;

/// What is sealed of an interview.
struct Sealed {
    id: String,
    version: i64,
    key_id: String,
    state: Vec<u8>,
    response: Vec<u8>,
}

impl Sealed {
    fn read(row: &AnyRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            version: row.try_get("version")?,
            key_id: row.try_get("key_id")?,
            state: row.try_get("state")?,
            response: row.try_get("response")?,
        })
    }
}

impl Store {
    /// Seals everything with the first key that was sealed with another one, and returns the number of interviews.
    /// Servers may run meanwhile, if they have all of the keys.
    pub(crate) async fn rotate(&self) -> Result<u64, StoreError> {
        let keys = self.keys()?;
        let current = keys.current();
        let mut resealed = 0;
        let mut last = String::new();
        loop {
            let mut lease = self.database()?.connection(Operation::Maintain).await?;
            let rows = sqlx::query(
                "SELECT id, version, key_id, state, response FROM interviews WHERE key_id <> $1 AND id > $2 \
                 ORDER BY id LIMIT $3",
            )
            .bind(&current)
            .bind(&last)
            .bind(BATCH)
            .fetch_all(lease.connection());
            let rows = in_time(rows).await;
            let rows = lease.settle(rows)?;
            let Some(end) = rows.last() else { return Ok(resealed) };
            last = end.try_get("id").map_err(|_| StoreError::Unreadable)?;
            for row in &rows {
                let Sealed { id, version, key_id, state, response } =
                    Sealed::read(row).map_err(|_| StoreError::Unreadable)?;
                let again = |column, sealed: &[u8]| {
                    let place = Place { row: &id, column };
                    keys.seal(place, &keys.open(place, sealed)?)
                };
                let (state, response) = (again(STATE, &state)?, again(RESPONSE, &response)?);
                let mut lease = self.database()?.connection(Operation::Maintain).await?;
                // An interview that was saved meanwhile was sealed by its server.
                let update = sqlx::query(
                    "UPDATE interviews SET state = $1, response = $2, key_id = $3 \
                     WHERE id = $4 AND version = $5 AND key_id = $6",
                )
                .bind(state)
                .bind(response)
                .bind(&current)
                .bind(&id)
                .bind(version)
                .bind(&key_id)
                .execute(lease.connection());
                let update = in_time(update).await;
                resealed += lease.settle(update)?.rows_affected();
            }
        }
    }

    /// Forgets what was sealed with earlier keys: SQLite keeps old pages until then.
    pub(crate) async fn forget_resealed(&self) -> Result<(), StoreError> {
        self.database()?.forget_deleted().await;
        Ok(())
    }
}

/// The fingerprint of a key that some answers are sealed with and that is not among `keys`.
pub(super) async fn unknown_key(database: &Database, keys: &Keys) -> Result<Option<String>, StoreError> {
    let mut last = String::new();
    loop {
        let mut lease = database.connection(Operation::Maintain).await?;
        // One row for each key, by the index.
        let next = sqlx::query("SELECT MIN(key_id) FROM interviews WHERE key_id > $1");
        let next = in_time(next.bind(&last).fetch_one(lease.connection())).await;
        let next = lease.settle(next)?.try_get::<Option<String>, _>(0);
        match next.map_err(|_| StoreError::Unreadable)? {
            Some(id) if !keys.has(&id) => return Ok(Some(id)),
            Some(id) => last = id,
            None => return Ok(None),
        }
    }
}
