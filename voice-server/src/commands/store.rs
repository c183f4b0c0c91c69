//! `voice-server store`: work on the stored interviews.

use std::process::ExitCode;

use crate::cli::{Store as Arguments, StoreAction};
use crate::config::Config;
use crate::output;
use crate::store::{Store, StoreOptions};
use crate::telemetry::StoreMetrics;

pub(crate) fn run(config: &Config, arguments: &Arguments) -> ExitCode {
    let done = block_on(async {
        let store = open(config).await?;
        let done = match arguments.action {
            StoreAction::Rotate => rotate(&store).await,
        };
        store.close().await;
        done
    });
    match done {
        Ok(told) => output::line(told).map_or_else(|error| output::failure(&error), |()| ExitCode::SUCCESS),
        Err(problem) => {
            output::complain(format_args!("voice-server: {problem}"));
            ExitCode::FAILURE
        }
    }
}

async fn rotate(store: &Store) -> Result<String, String> {
    let resealed = store.rotate().await.map_err(|error| error.to_string())?;
    store.forget_resealed().await.map_err(|error| error.to_string())?;
    Ok(format!("{resealed} interviews sealed with the first key"))
}

/// The store of the configuration.
pub(super) async fn open(config: &Config) -> Result<Store, String> {
    let options = StoreOptions::of(config)?.ok_or("VOICE_STORE_KEYS is not set")?;
    Store::open(options, StoreMetrics::new()).await
}

pub(super) fn block_on<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("cannot start: {error}"))?.block_on(work)
}
