//! The life of the server: bind, load, serve, drain.

mod connection;
mod service_manager;
mod tls;

use std::net::SocketAddr;
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::header::HeaderMap;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, timeout};
use tokio_rustls::TlsAcceptor;
use voice_core::pool::Pool;
use voice_core::supervision::Reloads;
use voice_core::text::Language;
use voice_core::{Engine, EngineOptions, Error, report};

use self::service_manager::ServiceManager;
use crate::access::Access;
use crate::app::App;
use crate::audit::{Action, Audit, Details};
use crate::config::Config;
use crate::connections::{ConnectionLimits, Connections};
use crate::engine_config;
use crate::forms::CurrentForms;
use crate::lexicon::CurrentLexicon;
use crate::security::client::client_ip::ClientIp;
use crate::store::{Store, StoreOptions};
use crate::telemetry::{Metrics, Traces};

/// How often the tokens of running sessions are compared with the revoked ones.
const REVOCATION_INTERVAL: Duration = Duration::from_secs(5);

/// Signals within this time of the first one count as the same signal.
const SAME_SIGNAL_WINDOW: Duration = Duration::from_millis(5);

/// How often a reload is checked for its end.
const RELOAD_CHECK: Duration = Duration::from_millis(100);

/// The longest wait for the collector of traces at the end.
const TRACES_TIMEOUT: Duration = Duration::from_secs(3);

pub(crate) fn run(config: Config) -> ExitCode {
    // Messages are little work compared with decoding, which has its own threads, and more threads wake one another.
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let served = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.div_ceil(4))
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start: {error}"))
        .and_then(|runtime| {
            let served = runtime.block_on(serve(config));
            // A model that is still loading must not delay the end.
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
    let tls = config.access.tls.as_ref().map(tls::acceptor).transpose()?;
    let audit = Audit::open(config.access.audit.as_deref(), config.access.audit_key())?;
    let access = Access::open(&config).await?;
    let listener = TcpListener::bind(config.address).await.map_err(|error| {
        format!("cannot listen on {}: {error}; free the port or set PORT", config.address)
    })?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    tracing::info!(tls = tls.is_some(), %address, "listening");
    let basic = config.access.basic;
    tracing::info!(
        basic,
        "{}",
        if basic {
            "/, /ws and speech need no token; VOICE_BASIC=false requires one"
        } else {
            "/, /ws and speech need a token; VOICE_BASIC=true opens them to everyone"
        }
    );
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    allow_open_files(config.limits.connections.get());

    let lexicon = CurrentLexicon::open(config.lexicon.clone()).map_err(|error| report(&error))?;
    let forms = CurrentForms::open(config.forms.as_deref())?;
    let engine = engine(&config).map_err(|error| report(&error))?;
    // Large models take seconds to load. /health and refusals are correct from the start.
    let supervisor = engine.supervise(config.policy).map_err(|error| report(&error))?;
    let metrics = Metrics::new();
    let store = match StoreOptions::of(&config)? {
        // Without tokens nothing can open an interview.
        Some(options) if config.access.tokens.is_some() => Some(Store::start(options, metrics.store.clone())),
        _ => None,
    };
    let connections = ConnectionLimits {
        all: config.limits.connections.get(),
        per_address: config.limits.connections_per_address.get(),
        behind_proxies: config.access.trusted_proxies > 0,
    };
    let connections = Arc::new(Connections::new(connections, metrics.connections.clone()));
    let app = Arc::new(App {
        engine,
        supervisor,
        lexicon,
        forms,
        pool: Pool::with_policy(config.threads, &config.policy).map_err(|error| report(&error))?,
        access,
        sessions: Arc::default(),
        connections,
        resumables: Arc::default(),
        metrics,
        traces: Traces::to(config.collector.as_deref())?,
        audit,
        store,
        shutdown: watch::Sender::new(false),
        started: Instant::now(),
        config,
    });
    let manager = ServiceManager::connect().map_err(|error| format!("cannot start a thread: {error}"))?;
    tokio::select! {
        stopped = accept_until_stopped(&app, listener, tls, &manager) => stopped,
        never = manager.observe(&app) => match never {},
    }
}

/// Accepts connections until the server is told to stop, then ends what is open.
async fn accept_until_stopped(
    app: &Arc<App>,
    listener: TcpListener,
    mut tls: Option<TlsAcceptor>,
    manager: &ServiceManager,
) -> Result<(), String> {
    let ok = || Details { outcome: "ok".to_owned(), ..Details::default() };
    app.audit.record(Action::ServerStarted, ok());
    app.audit.written().await;
    tokio::spawn(end_revoked(Arc::clone(app)));
    tokio::spawn(report_omitted(Arc::clone(app)));
    let mut stop = StopSignals::listen()?;
    let mut hang_up = listen(SignalKind::hangup())?;
    let mut reloads = None;
    manager.ready();
    loop {
        tokio::select! {
            Some(()) = hang_up.recv() => {
                manager.reloading();
                reloads = Some(reload(app, &mut tls));
            }
            () = ended(reloads.as_ref()), if reloads.is_some() => {
                manager.ready();
                reloads = None;
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => accept(stream, peer, tls.clone(), app),
                Err(error) => {
                    // Most likely there are no file descriptors left; some will be free soon.
                    tracing::warn!(%error, "cannot accept");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            () = stop.asked() => break,
        }
    }
    manager.stopping();
    stop.settle().await;
    close(listener, tls.as_ref(), app);
    let stopped = tokio::select! {
        () = shutdown(app) => Ok(()),
        () = stop.asked() => match app.sessions.active() {
            0 => Ok(()),
            cut => Err(format!("told to stop a second time: {cut} sessions were cut off")),
        },
    };
    app.audit.close();
    app.audit.record(Action::ServerStopped, ok());
    app.audit.written().await;
    stopped
}

/// Drains the sessions, and releases shared resources.
async fn shutdown(app: &Arc<App>) {
    drain(app).await;
    app.access.close().await;
    if let Some(store) = &app.store {
        store.close().await;
    }
    let app = Arc::clone(app);
    let _ = timeout(TRACES_TIMEOUT, tokio::task::spawn_blocking(move || app.traces.close())).await;
}

fn engine(config: &Config) -> Result<Engine, Error> {
    let stt = engine_config::sources(config)?;
    let tts = engine_config::voices(config, &config.voices, &Language::Arabic.tag())?;
    Ok(Engine::new(EngineOptions { stt, tts, ..engine_config::engine_options(config)? }))
}

/// Ends the sessions whose tokens were revoked by another instance, or by this one while the sessions began.
async fn end_revoked(app: Arc<App>) {
    let mut clock = tokio::time::interval(REVOCATION_INTERVAL);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        for token_id in app.sessions.token_ids() {
            if app.access.is_revoked(&token_id).await {
                app.sessions.end_token(&token_id);
            }
        }
    }
}

/// Reports each minute how many audit entries were left out, and whether connections are short.
async fn report_omitted(app: Arc<App>) {
    let mut clock = tokio::time::interval(Duration::from_mins(1));
    loop {
        clock.tick().await;
        app.audit.tick();
        app.connections.tick();
    }
}

/// Closes the listening socket. Connections that the system has already accepted are served.
fn close(listener: TcpListener, tls: Option<&TlsAcceptor>, app: &Arc<App>) {
    let Ok(listener) = listener.into_std() else { return };
    for _ in 0..app.config.limits.connections.get() {
        let Ok((stream, peer)) = listener.accept() else { return };
        if stream.set_nonblocking(true).is_ok()
            && let Ok(stream) = TcpStream::from_std(stream)
        {
            accept(stream, peer, tls.cloned(), app);
        }
    }
}

/// Serves a connection in a separate task, if there is a slot for it.
fn accept(stream: TcpStream, peer: SocketAddr, tls: Option<TlsAcceptor>, app: &Arc<App>) {
    let address = ClientIp::of(peer.ip(), &HeaderMap::new(), 0).key();
    let Some(slot) = app.connections.admit(address) else {
        // Closed without an answer, which would cost the resources that are short.
        app.metrics.refusal("connections_full");
        return;
    };
    tokio::spawn(connection::serve(stream, peer, tls, slot, Arc::clone(app)));
}

/// Reloads the models and the certificate, and reopens the audit log if it was moved away. The log reports the outcome,
/// and `/health` that of the models. The channel closes when all models are reloaded.
fn reload(app: &App, acceptor: &mut Option<TlsAcceptor>) -> Reloads {
    app.audit.reopen();
    tracing::info!("reloading the models");
    let reloads = app.supervisor.reload();
    app.lexicon.reload();
    app.forms.reload();
    match app.config.access.tls.as_ref().map(tls::acceptor).transpose() {
        Ok(renewed) => *acceptor = renewed,
        Err(problem) => tracing::error!("the old certificate stays in use: {problem}"),
    }
    reloads
}

/// Completes when all models are reloaded.
async fn ended(reloads: Option<&Reloads>) {
    let Some(reloads) = reloads else { return };
    while !reloads.try_recv().is_err_and(|error| error.is_disconnected()) {
        tokio::time::sleep(RELOAD_CHECK).await;
    }
}

/// Raises the limit on open files to what the system allows: each connection is an open file, and the usual limit is
/// 1,024.
fn allow_open_files(connections: usize) {
    /// Files other than connections.
    const OTHER_FILES: u64 = 64;
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current < limit.maximum
        && setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).is_ok()
    {
        limit.current = limit.maximum;
    }
    let needed = connections as u64 + OTHER_FILES;
    if let Some(allowed) = limit.current.filter(|allowed| *allowed < needed) {
        tracing::warn!(
            allowed,
            needed,
            "too few open files for all connections; raise the limit or lower VOICE_MAX_CONNECTIONS"
        );
    }
}

async fn drain(app: &App) {
    tracing::info!(sessions = app.sessions.active(), "stopping");
    app.shutdown.send_replace(true);
    let empty = async {
        while app.sessions.active() > 0 || app.connections.open() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if timeout(app.config.limits.grace, empty).await.is_err() {
        let (sessions, connections) = (app.sessions.active(), app.connections.open());
        tracing::warn!(sessions, connections, "grace time is over");
    }
}

/// SIGTERM and SIGINT.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn listen() -> Result<Self, String> {
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    /// Merges signals that arrive together: `timeout` sends one to the process and one to its group.
    async fn settle(&mut self) {
        let _ = timeout(SAME_SIGNAL_WINDOW, async {
            loop {
                self.asked().await;
            }
        })
        .await;
    }

    /// Completes when the server is told to stop, and again for each further signal.
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

fn listen(kind: SignalKind) -> Result<Signal, String> {
    signal(kind).map_err(|error| format!("cannot listen for signals: {error}"))
}
