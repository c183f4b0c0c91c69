//! Audit events of interviews, in the database itself: they are the same for all instances, and outlive the interviews.

use sqlx::AnyConnection;

use super::database::{Operation, in_time};
use super::{InterviewId, Store, StoreError, now};

/// What was done with an interview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventAction {
    Created,
    Resumed,
    Read,
    Listed,
    Exported,
    Deleted,
    /// Its time was over.
    Expired,
}

impl EventAction {
    const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Resumed => "resumed",
            Self::Read => "read",
            Self::Listed => "listed",
            Self::Exported => "exported",
            Self::Deleted => "deleted",
            Self::Expired => "expired",
        }
    }
}

/// Adds an event.
pub(super) async fn add(
    connection: &mut AnyConnection,
    action: EventAction,
    interview: &str,
    actor: &str,
    outcome: &str,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO interview_events (time, action, interview, actor, outcome) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(now())
    .bind(action.name())
    .bind(interview)
    .bind(actor)
    .bind(outcome)
    .execute(connection)
    .await
    .map(drop)
}

impl Store {
    /// Records that `actor` gets answers, before it gets them.
    pub(crate) async fn record(
        &self,
        action: EventAction,
        interview: Option<InterviewId>,
        actor: &str,
    ) -> Result<(), StoreError> {
        let interview = interview.map(|id| id.to_string()).unwrap_or_default();
        let mut lease = self.noted(self.database()?.connection(Operation::Maintain).await)?;
        let added = in_time(add(lease.connection(), action, &interview, actor, "ok")).await;
        self.noted(lease.settle(added))
    }
}
