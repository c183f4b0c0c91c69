//! The connection to Redis. Every use has a deadline, the first error closes the connection, and the renewal task
//! reconnects.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::RwLock;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError, TlsCertificates};
use tokio::time::timeout;

use crate::security::admission::redis_server::{BadUrl, Outage, Redis};

/// The minimum deadline of requests that no client waits for.
const BACKGROUND_TIMEOUT: Duration = Duration::from_secs(1);

pub(super) struct Link {
    client: Client,
    deadline: Duration,
    state: RwLock<LinkState>,
    outages: AtomicU64,
}

enum LinkState {
    Up(MultiplexedConnection),
    Down(Outage),
}

impl Link {
    /// Does not connect yet.
    pub(super) fn new(redis: Redis<'_>) -> Result<Self, BadUrl> {
        let Redis { url, root_certificate, deadline } = redis;
        let encrypted = url.starts_with("rediss:");
        if encrypted {
            // rustls uses one provider of cryptography per process. An error means that it is already set.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        // The Redis client refuses certificates for a connection without TLS.
        let client = match root_certificate.filter(|_| encrypted) {
            Some(pem) => {
                let certificates = TlsCertificates { client_tls: None, root_cert: Some(pem.to_vec()) };
                Client::build_with_tls(url, certificates)
            }
            None => Client::open(url),
        };
        let client = client.map_err(|_| BadUrl)?;
        Ok(Self {
            client,
            deadline,
            state: RwLock::new(LinkState::Down(Outage::Unreachable)),
            outages: AtomicU64::new(0),
        })
    }

    pub(super) fn outage(&self) -> Option<Outage> {
        match *self.state.read() {
            LinkState::Up(_) => None,
            LinkState::Down(outage) => Some(outage),
        }
    }

    /// How often Redis was lost.
    pub(super) fn outages(&self) -> u64 {
        self.outages.load(Ordering::Relaxed)
    }

    /// Asks Redis while a client waits. Returns `None` if Redis is lost or does not answer in time; in the second case
    /// it then counts as lost.
    pub(super) async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&mut MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Option<T> {
        let mut connection = self.connection()?;
        let answer = within(self.deadline, question(&mut connection)).await;
        self.record(answer)
    }

    /// The same while no client waits. It may send several requests, each with the connection's deadline.
    pub(super) async fn ask_in_background<T>(
        &self,
        questions: impl AsyncFnOnce(&mut MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Option<T> {
        let mut connection = self.connection()?;
        let answer = questions(&mut connection).await.map_err(|error| Outage::of(&error));
        self.record(answer)
    }

    fn connection(&self) -> Option<MultiplexedConnection> {
        match &*self.state.read() {
            LinkState::Up(connection) => Some(connection.clone()),
            LinkState::Down(_) => None,
        }
    }

    fn record<T>(&self, answer: Result<T, Outage>) -> Option<T> {
        answer.map_err(|outage| self.lose(outage)).ok()
    }

    /// Connects and sends what Redis must know first. Each request has the connection's deadline, because all of them
    /// together may take longer. Others use the connection only after all answers.
    pub(super) async fn open(
        &self,
        resync: impl AsyncFnOnce(&mut MultiplexedConnection) -> Result<(), RedisError>,
    ) {
        let wait = self.deadline.max(BACKGROUND_TIMEOUT);
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(wait)).set_response_timeout(Some(wait));
        let opened = within(wait, self.client.get_multiplexed_async_connection_with_config(&config)).await;
        let resynced = match opened {
            Ok(mut connection) => match resync(&mut connection).await {
                Ok(()) => Ok(connection),
                Err(error) => Err(Outage::of(&error)),
            },
            Err(outage) => Err(outage),
        };
        let mut state = self.state.write();
        *state = match resynced {
            Ok(connection) => {
                tracing::info!("limits are shared through Redis");
                LinkState::Up(connection)
            }
            Err(outage) => LinkState::Down(outage),
        };
    }

    fn lose(&self, outage: Outage) {
        let mut state = self.state.write();
        if matches!(*state, LinkState::Up(_)) {
            self.outages.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(reason = outage.code(), "Redis is lost; this instance decides alone");
            *state = LinkState::Down(outage);
        }
    }
}

async fn within<T>(
    deadline: Duration,
    question: impl Future<Output = Result<T, RedisError>>,
) -> Result<T, Outage> {
    match timeout(deadline, question).await {
        Ok(answer) => answer.map_err(|error| Outage::of(&error)),
        Err(_) => Err(Outage::Slow),
    }
}

impl Outage {
    fn of(error: &RedisError) -> Self {
        if error.is_timeout() {
            Self::Slow
        } else if error.is_io_error() || error.is_connection_dropped() || error.is_connection_refusal() {
            Self::Unreachable
        } else {
            Self::Refusing
        }
    }
}
