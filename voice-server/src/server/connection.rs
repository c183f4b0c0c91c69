//! One connection: TLS if configured, HTTP/1.1 or HTTP/2, and time-outs for idle connections.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::app::App;
use crate::connections::{ActivityBody, ConnectionSlot};
use crate::http;
use crate::security::client::client_ip::ClientIp;

/// An HTTP connection without a request for this long is closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// The largest head of a request.
const MAX_HEAD: usize = 16 << 10;

/// Concurrent requests on one HTTP/2 connection.
const MAX_STREAMS: u32 = 32;

/// Bytes of bodies that an HTTP/2 client may send before they are read, on one stream and on all together: the length
/// of the longest body.
const WINDOW: u32 = 64 << 10;

/// Bytes of one answer that wait for an HTTP/2 client. For HTTP/1.1 the limit is [`MAX_HEAD`].
const MAX_SEND_BUFFER: usize = 16 << 10;

/// The send buffer of the system for a client that does not read, in bytes; the system may double it. By default it
/// holds megabytes, for which a minute of speech is computed. At a round trip of 200 ms this size is still ten times as
/// fast as speech.
const SEND_BUFFER: usize = 64 << 10;

/// The receive buffer of the system, in bytes; the system may double it. If a client sends a file, its pings and its
/// close come after the file, and Python's websockets waits 20 s for a pong. By default the buffer holds megabytes,
/// which a session reads for up to a minute. At a round trip of 200 ms this size is still ten times as fast as speech.
const RECEIVE_BUFFER: usize = 64 << 10;

/// Once the server is told to stop, a connection without a request for this long ends. Earlier requests of the client
/// have arrived by then.
const QUIET_BEFORE_CLOSE: Duration = Duration::from_millis(250);

/// How often such a connection is checked.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// The time for hyper to send the rest of an answer after that, and for a TLS handshake to end.
const LAST_ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// Serves `stream` until either side is done, or its slot is needed.
pub(crate) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    slot: ConnectionSlot,
    app: Arc<App>,
) {
    // Replies are small and the client waits for them, so delaying them gains nothing.
    let _ = stream.set_nodelay(true);
    // If this cannot be set, more is computed for a client that does not read.
    let _ = rustix::net::sockopt::set_socket_send_buffer_size(&stream, SEND_BUFFER);
    // The same for a client that sends ahead; its pings may be answered late.
    let _ = rustix::net::sockopt::set_socket_recv_buffer_size(&stream, RECEIVE_BUFFER);
    let activity = Arc::clone(slot.activity());
    let served = async {
        let Some(tls) = tls else { return serve_http(stream, peer, slot, app).await };
        let mut shutdown = app.shutdown.subscribe();
        let accepted = tokio::select! {
            accepted = timeout(app.config.limits.head, tls.accept(stream)) => accepted,
            () = async { drop(shutdown.wait_for(|down| *down).await); sleep(LAST_ANSWER_TIMEOUT).await } => return,
        };
        match accepted {
            Ok(Ok(stream)) => serve_http(stream, peer, slot, app).await,
            Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
            Err(_) => tracing::debug!("TLS handshake took too long"),
        }
    };
    tokio::select! {
        () = served => {}
        () = activity.displaced() => {}
    }
}

async fn serve_http<S>(stream: S, peer: SocketAddr, slot: ConnectionSlot, app: Arc<App>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Arc::clone(slot.activity());
    let limits = &app.config.limits;
    let (head, grace, proxies) = (limits.head, limits.grace, app.config.access.trusted_proxies);
    let mut shutdown = app.shutdown.subscribe();
    let service = {
        let activity = Arc::clone(&activity);
        service_fn(move |mut request: Request<Incoming>| {
            slot.serves(ClientIp::of(peer.ip(), request.headers(), proxies).key());
            request.extensions_mut().insert(slot.clone());
            let (app, activity) = (Arc::clone(&app), Arc::clone(&activity));
            let under_way = activity.begin();
            async move {
                let response = http::handle(request, peer, &app).await;
                let response = response.map(|body| ActivityBody::new(body, activity));
                drop(under_way);
                Ok::<_, Infallible>(response)
            }
        })
    };
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(MAX_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEAD as u32)
        .max_concurrent_streams(MAX_STREAMS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_send_buf_size(MAX_SEND_BUFFER)
        .keep_alive_interval(IDLE_TIMEOUT)
        .keep_alive_timeout(head);
    let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let mut clock = tokio::time::interval(head.min(IDLE_TIMEOUT) / 2);
    let (mut stopping, mut leaving) = (None::<Instant>, None::<Instant>);
    loop {
        tokio::select! {
            served = &mut connection => {
                if let Err(error) = served {
                    tracing::debug!(%error, "connection ended early");
                }
                return;
            }
            _ = clock.tick() => {
                let idle = activity.idle();
                if idle >= if activity.was_asked() { IDLE_TIMEOUT } else { head } && leaving.is_none() {
                    leaving = Some(Instant::now());
                    connection.as_mut().graceful_shutdown();
                } else if leaving.is_some_and(|since| since.elapsed() >= head) && idle >= head {
                    tracing::debug!("a silent connection is dropped");
                    return;
                }
            }
            () = async { drop(shutdown.wait_for(|down| *down).await) }, if stopping.is_none() => {
                stopping = Some(Instant::now());
            }
            () = sleep(CHECK_INTERVAL), if stopping.is_some() => {
                // Requests that arrived before the stop, including pipelined ones, are answered first. A connection
                // that always has a request is served for a quarter of the grace time.
                let is_quiet = activity.quiet() >= QUIET_BEFORE_CLOSE;
                let waited_enough = stopping.is_some_and(|since| since.elapsed() >= grace / 4);
                match leaving {
                    None if is_quiet || waited_enough => {
                        leaving = Some(Instant::now());
                        connection.as_mut().graceful_shutdown();
                    }
                    Some(since) if is_quiet => {
                        let wait = if activity.was_asked() { LAST_ANSWER_TIMEOUT } else { CHECK_INTERVAL };
                        if since.elapsed() >= wait {
                            return;
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}
