//! The server's life: bind, load, serve, drain.

use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;
use voice_core::pool::Pool;
use voice_core::{Engine, EngineOptions, report};

use crate::config::Config;
use crate::sessions::Sessions;
use crate::{http, models};

/// How long a client may take over the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long sessions get to finish their last utterance once the server is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// What every request and session shares.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) engine: Engine,
    pub(crate) pool: Pool,
    pub(crate) sessions: Arc<Sessions>,
    /// Turns true once, when the server is told to stop.
    pub(crate) shutdown: watch::Sender<bool>,
    pub(crate) started: Instant,
}

pub(crate) fn run(config: Config) -> ExitCode {
    let served = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start: {error}"))
        .and_then(|runtime| {
            let served = runtime.block_on(serve(config));
            // A model that is still being loaded must not hold up the end.
            runtime.shutdown_background();
            served
        });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            tracing::error!("{problem}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(config: Config) -> Result<(), String> {
    let listener = TcpListener::bind(config.address).await.map_err(|error| {
        format!("cannot listen on {}: {error}; free the port or set PORT", config.address)
    })?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    tracing::info!(%address, "listening");

    allow_open_files(config.max_sessions.get());

    let stt = models::sources(&config).map_err(|error| report(&error))?;
    let engine = Engine::new(EngineOptions { stt, ..EngineOptions::default() });
    // Loading takes seconds for large models; /health and refusals are right from the first moment.
    let keeper = engine.keep(config.policy).map_err(|error| report(&error))?;
    let app = Arc::new(App {
        engine,
        pool: Pool::new(config.threads).map_err(|error| report(&error))?,
        sessions: Arc::new(Sessions::new(config.max_sessions)),
        shutdown: watch::Sender::new(false),
        started: Instant::now(),
        config,
    });
    let stop = stop_signal()?;
    tokio::pin!(stop);
    let mut hang_up = listen(SignalKind::hangup())?;
    loop {
        tokio::select! {
            Some(()) = hang_up.recv() => {
                tracing::info!("loading the models anew");
                // What comes of it is in the log and in /health.
                drop(keeper.reload());
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(tokio::spawn(connection(stream, Arc::clone(&app)))),
                Err(error) => {
                    // Out of file descriptors, most likely: some will be free in a moment.
                    tracing::warn!(%error, "cannot accept");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            () = &mut stop => break,
        }
    }
    drop(listener);
    drain(&app).await;
    Ok(())
}

/// Each session is an open file, and the usual limit is 1,024 although the system allows more.
fn allow_open_files(sessions: usize) {
    /// Files that are no session's.
    const OTHERS: u64 = 64;
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current < limit.maximum
        && setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).is_ok()
    {
        limit.current = limit.maximum;
    }
    let needed = sessions as u64 + OTHERS;
    if let Some(allowed) = limit.current.filter(|allowed| *allowed < needed) {
        tracing::warn!(
            allowed,
            needed,
            "too few open files for all sessions; raise the limit or lower MAX_CONCURRENT_SESSIONS"
        );
    }
}

async fn connection(stream: TcpStream, app: Arc<App>) {
    // Replies are small and awaited by the client: nothing is gained by holding them back.
    let _ = stream.set_nodelay(true);
    let service =
        service_fn(move |request| std::future::ready(Ok::<_, Infallible>(http::route(request, &app))));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(16 << 10)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "connection ended early");
    }
}

async fn drain(app: &App) {
    tracing::info!(sessions = app.sessions.active(), "stopping");
    app.shutdown.send_replace(true);
    let empty = async {
        while app.sessions.active() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if timeout(GRACE, empty).await.is_err() {
        tracing::warn!(sessions = app.sessions.active(), "grace time is over");
    }
}

/// Completes at SIGTERM or SIGINT.
fn stop_signal() -> Result<impl Future<Output = ()>, String> {
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn listen(kind: SignalKind) -> Result<Signal, String> {
    signal(kind).map_err(|error| format!("cannot listen for signals: {error}"))
}
