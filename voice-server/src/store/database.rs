//! The database: SQLite or PostgreSQL, its connections, its tables and its deadlines.
//!
//! Both understand the same statements; only the tables are declared in each one's own words. Every statement has a
//! deadline. A connection on which one was late or failed is closed, so that nothing of it is left for the next user.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection as _, Executor as _, Row as _};
use tokio::time::timeout;
use url::Url;

use super::error::StoreError;
use crate::telemetry::StoreMetrics;

/// The longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The longest time that one operation may take.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections of this instance to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 8;

/// Connections to SQLite: one writes at a time.
const SQLITE_CONNECTIONS: u32 = 4;

/// The tables by version, for SQLite and for PostgreSQL.
const MIGRATIONS: [(&str, &str); 1] =
    [(include_str!("migrations/1.sqlite.sql"), include_str!("migrations/1.postgres.sql"))];

/// The number under which instances wait for each other's migration in PostgreSQL.
const MIGRATION_LOCK: i64 = 0x766f_6963_6501;

/// Where the interviews are.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Sqlite(PathBuf),
    /// An address that may contain a password.
    Postgres(Url),
}

/// What is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Save,
    Resume,
    Read,
    List,
    Delete,
    Outbox,
    Maintain,
}

impl Operation {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Save => "save",
            Self::Resume => "resume",
            Self::Read => "read",
            Self::List => "list",
            Self::Delete => "delete",
            Self::Outbox => "outbox",
            Self::Maintain => "maintain",
        }
    }
}

pub(super) struct Database {
    pool: AnyPool,
    is_sqlite: bool,
    metrics: StoreMetrics,
}

impl Database {
    /// Connects, and brings the tables up to date. The error says what to do.
    pub(super) async fn open(target: &Target, metrics: StoreMetrics) -> Result<Self, String> {
        install_default_drivers();
        let (url, connections, setup) = match target {
            Target::Sqlite(path) => (sqlite_url(path)?, SQLITE_CONNECTIONS, SQLITE_SETUP),
            Target::Postgres(url) => (url.clone(), POSTGRES_CONNECTIONS, POSTGRES_SETUP),
        };
        let mut options: AnyConnectOptions =
            url.as_str().parse().map_err(|error: sqlx::Error| told(&error))?;
        options.database_url = url;
        let pool = AnyPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(CONNECT_TIMEOUT)
            .after_connect(move |connection, _| {
                Box::pin(async move { connection.execute(setup).await.map(drop) })
            })
            .connect_lazy_with(options);
        let database = Self { pool, is_sqlite: matches!(target, Target::Sqlite(_)), metrics };
        match timeout(4 * OPERATION_TIMEOUT, database.migrate()).await {
            Ok(migrated) => migrated.map_err(|error| told(&error))?,
            Err(_) => return Err("the database does not answer".to_owned()),
        }
        Ok(database)
    }

    async fn migrate(&self) -> sqlx::Result<()> {
        let mut connection = self.pool.acquire().await?;
        let mut transaction = connection.begin_with(self.begin()).await?;
        if !self.is_sqlite {
            let lock = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(MIGRATION_LOCK);
            lock.execute(&mut *transaction).await?;
        }
        let create = "CREATE TABLE IF NOT EXISTS voice_schema (version BIGINT NOT NULL PRIMARY KEY)";
        sqlx::query(create).execute(&mut *transaction).await?;
        let row = sqlx::query("SELECT COUNT(*) FROM voice_schema").fetch_one(&mut *transaction).await?;
        let done: i64 = row.try_get(0)?;
        for (version, (sqlite, postgres)) in MIGRATIONS.iter().enumerate().skip(done.max(0) as usize) {
            let statements = if self.is_sqlite { *sqlite } else { *postgres };
            sqlx::raw_sql(statements).execute(&mut *transaction).await?;
            let version = version as i64 + 1;
            sqlx::query("INSERT INTO voice_schema (version) VALUES ($1)")
                .bind(version)
                .execute(&mut *transaction)
                .await?;
            tracing::info!(version, "tables of the store made");
        }
        transaction.commit().await
    }

    /// The statement that begins a transaction that writes. SQLite otherwise begins one that reads, which cannot become
    /// one that writes while another one does.
    pub(super) fn begin(&self) -> &'static str {
        if self.is_sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" }
    }

    /// A connection for one operation.
    pub(super) async fn connection(&self, operation: Operation) -> Result<Lease, StoreError> {
        let began = Instant::now();
        // The pool has the same time limit; this one also holds when a connection is tested.
        let acquired = timeout(CONNECT_TIMEOUT + Duration::from_secs(1), self.pool.acquire()).await;
        let connection = acquired.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        let connection = connection.map_err(|error| failed(operation, &error))?;
        Ok(Lease { connection, operation, began, metrics: self.metrics.clone() })
    }

    /// Removes what was deleted from the disk too. SQLite keeps old pages in its log until then.
    pub(super) async fn forget_deleted(&self) {
        if !self.is_sqlite {
            return;
        }
        if let Ok(mut lease) = self.connection(Operation::Maintain).await {
            let checkpoint = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_all(&mut *lease.connection);
            let done = timeout(OPERATION_TIMEOUT, checkpoint).await;
            let _ = lease.settle(done.unwrap_or(Err(sqlx::Error::PoolTimedOut)));
        }
    }

    pub(super) async fn close(&self) {
        let _ = timeout(CONNECT_TIMEOUT, self.pool.close()).await;
    }
}

/// A connection that is used for one operation.
pub(super) struct Lease {
    connection: PoolConnection<Any>,
    operation: Operation,
    began: Instant,
    metrics: StoreMetrics,
}

impl Lease {
    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }

    /// Ends the operation. After a failure, the connection is closed.
    pub(super) fn settle<T>(mut self, result: sqlx::Result<T>) -> Result<T, StoreError> {
        self.metrics.took(self.operation, self.began.elapsed());
        result.map_err(|error| {
            self.connection.close_on_drop();
            failed(self.operation, &error)
        })
    }
}

/// Does the work of an operation within the time for one.
pub(super) async fn in_time<T>(work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    timeout(OPERATION_TIMEOUT, work).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

fn failed(operation: Operation, error: &sqlx::Error) -> StoreError {
    tracing::warn!(operation = operation.name(), "the store failed: {}", told(error));
    StoreError::Unavailable
}

/// What failed, in words without any value of a row.
fn told(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::PoolTimedOut => "the database does not answer in time".to_owned(),
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            format!("the database answered {code}: {}", voice_core::report(&**error))
        }
        other => voice_core::report(other),
    }
}

/// Durable commits; deleted data is overwritten; other processes may use the file.
const SQLITE_SETUP: &str = "\
    PRAGMA busy_timeout = 3000; \
    PRAGMA journal_mode = WAL; \
    PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; \
    PRAGMA secure_delete = ON;";

/// The server gives up a little before this side does.
const POSTGRES_SETUP: &str = "\
    SET statement_timeout = '4500ms'; \
    SET lock_timeout = '4s'; \
    SET idle_in_transaction_session_timeout = '10s'; \
    SET client_min_messages = 'warning'";

/// Makes the file, for this user alone, and returns its address.
fn sqlite_url(path: &Path) -> Result<Url, String> {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
    let failed = |error: std::io::Error| format!("{}: {error}; set VOICE_STORE_PATH", path.display());
    let path = std::path::absolute(path).map_err(failed)?;
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true).mode(0o600).open(&path).map_err(failed)?;
    let text = path.to_str().ok_or_else(|| format!("VOICE_STORE_PATH={} is not UTF-8", path.display()))?;
    let mut url = Url::parse("sqlite:///").map_err(|error| error.to_string())?;
    url.set_path(text);
    Ok(url)
}
