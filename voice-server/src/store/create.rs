//! Interviews that begin.

use sqlx::Connection as _;

use super::database::{Operation, in_time};
use super::events::{self, EventAction};
use super::keys::Place;
use super::resume_token::ResumeToken;
use super::{InterviewId, NewInterview, OpenInterview, Progress, Store, StoreError, now};

/// The columns that are sealed.
pub(super) const STATE: &str = "state";
pub(super) const RESPONSE: &str = "response";

impl Store {
    /// Begins an interview. `progress` makes its first state and response, for the id that the interview gets.
    pub(crate) async fn create(
        &self,
        new: &NewInterview,
        progress: impl FnOnce(InterviewId) -> Progress,
    ) -> Result<(OpenInterview, ResumeToken), StoreError> {
        let id = InterviewId::random()?;
        let (writer, token) = (new_writer()?, ResumeToken::random()?);
        let Progress { status, state, response } = progress(id);
        let row = id.to_string();
        let keys = self.keys()?;
        let state = keys.seal(Place { row: &row, column: STATE }, &state)?;
        let response = keys.seal(Place { row: &row, column: RESPONSE }, &response)?;
        let key_id = keys.current();
        let database = self.database()?;
        let mut lease = self.noted(database.connection(Operation::Create).await)?;
        let connection = lease.connection();
        let work = async {
            let mut transaction = connection.begin_with(database.begin()).await?;
            sqlx::query(
                "INSERT INTO interviews (id, subject, form_url, form_version, language, status, created, updated, \
                 expires, version, writer, key_id, state, response) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, 1, $9, $10, $11, $12)",
            )
            .bind(&row)
            .bind(&new.subject)
            .bind(&new.form_url)
            .bind(&new.form_version)
            .bind(&new.language)
            .bind(status.code())
            .bind(now())
            .bind(self.expires())
            .bind(&writer)
            .bind(&key_id)
            .bind(state)
            .bind(response)
            .execute(&mut *transaction)
            .await?;
            add_token(&mut transaction, &token, &row, self.expires()).await?;
            events::add(&mut transaction, EventAction::Created, &row, &new.subject, "ok").await?;
            transaction.commit().await
        };
        let done = in_time(work).await;
        self.noted(lease.settle(done))?;
        Ok((OpenInterview::new(self.clone(), id, writer, 1), token))
    }
}

/// The name of a connection that may save an interview.
pub(super) fn new_writer() -> Result<String, StoreError> {
    InterviewId::random().map(|random| random.to_string())
}

/// Adds the resume token of an interview, whose earlier tokens end.
pub(super) async fn add_token(
    connection: &mut sqlx::AnyConnection,
    token: &ResumeToken,
    interview: &str,
    expires: i64,
) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM resume_tokens WHERE interview = $1")
        .bind(interview)
        .execute(&mut *connection)
        .await?;
    sqlx::query("INSERT INTO resume_tokens (hash, interview, expires) VALUES ($1, $2, $3)")
        .bind(token.hash())
        .bind(interview)
        .bind(expires)
        .execute(connection)
        .await
        .map(drop)
}
