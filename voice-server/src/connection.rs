//! One connection: TLS where it is configured, HTTP/1.1 or HTTP/2, and an end to those that only take up a place.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::Request;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use prometheus_client::metrics::gauge::Gauge;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::http;
use crate::serve::App;

/// An HTTP connection without a request for this long is closed.
const IDLE: Duration = Duration::from_secs(75);

/// The largest head of a request.
const MAX_HEAD: usize = 16 << 10;

/// Requests at once on one connection of HTTP/2.
const MAX_STREAMS: u32 = 32;

/// Bytes of bodies that a client of HTTP/2 may send ahead of what is read of them, on one stream and on all together: as
/// many as the longest body has.
const WINDOW: u32 = 64 << 10;

/// Bytes of one answer that wait for a client of HTTP/2. One of HTTP/1.1 has [`MAX_HEAD`].
const MAX_UNSENT: usize = 16 << 10;

/// A place among the connections. An upgraded one lives on in its session, which holds the place until its end.
#[derive(Clone)]
pub(crate) struct Place(#[expect(dead_code, reason = "held for its drop")] Arc<Held>);

struct Held {
    _permit: OwnedSemaphorePermit,
    open: Gauge,
}

impl Place {
    /// `open` counts the places that are taken.
    pub(crate) fn new(permit: OwnedSemaphorePermit, open: Gauge) -> Self {
        open.inc();
        Self(Arc::new(Held { _permit: permit, open }))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.open.dec();
    }
}

/// Serves `stream` until either side is done.
pub(crate) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    place: Place,
    app: Arc<App>,
) {
    // Replies are small and awaited by the client: nothing is gained by holding them back.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else { return speak_http(stream, peer, place, app).await };
    match timeout(app.config.limits.head, tls.accept(stream)).await {
        Ok(Ok(stream)) => speak_http(stream, peer, place, app).await,
        Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
        Err(_) => tracing::debug!("TLS handshake took too long"),
    }
}

/// When a connection last did something.
struct Activity {
    start: Instant,
    /// Requests so far, and those under way.
    requests: AtomicU64,
    under_way: AtomicUsize,
    /// Milliseconds from `start` to the last answer, or part of one.
    last: AtomicU64,
}

impl Activity {
    /// Counts a request as under way until what is returned is dropped.
    fn begin(self: &Arc<Self>) -> UnderWay {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(self))
    }

    fn touch(&self) {
        self.last.store(self.start.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    /// How long there has been nothing to do, and whether there ever was.
    fn idle(&self) -> (Duration, bool) {
        if self.under_way.load(Ordering::Relaxed) > 0 {
            return (Duration::ZERO, true);
        }
        let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
        (self.start.elapsed().saturating_sub(last), self.requests.load(Ordering::Relaxed) > 0)
    }
}

struct UnderWay(Arc<Activity>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.touch();
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The body of an answer; a connection is not idle while its client takes parts of it.
struct Noted {
    body: http::Body,
    activity: Arc<Activity>,
}

impl Body for Noted {
    type Data = <http::Body as Body>::Data;
    type Error = <http::Body as Body>::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let Self { body, activity } = self.get_mut();
        activity.touch();
        Pin::new(body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

async fn speak_http<S>(stream: S, peer: SocketAddr, place: Place, app: Arc<App>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Arc::new(Activity {
        start: Instant::now(),
        requests: AtomicU64::new(0),
        under_way: AtomicUsize::new(0),
        last: AtomicU64::new(0),
    });
    let head = app.config.limits.head;
    let mut shutdown = app.shutdown.subscribe();
    let service = {
        let activity = Arc::clone(&activity);
        service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(place.clone());
            let (app, activity) = (Arc::clone(&app), Arc::clone(&activity));
            let under_way = activity.begin();
            async move {
                let response = http::handle(request, peer, &app).await;
                drop(under_way);
                Ok::<_, Infallible>(response.map(|body| Noted { body, activity }))
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
        .max_send_buf_size(MAX_UNSENT)
        .keep_alive_interval(IDLE)
        .keep_alive_timeout(head);
    let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let mut clock = tokio::time::interval(head.min(IDLE) / 2);
    let mut leaving = None;
    loop {
        tokio::select! {
            served = &mut connection => {
                if let Err(error) = served {
                    tracing::debug!(%error, "connection ended early");
                }
                return;
            }
            _ = clock.tick() => {
                let (idle, ever_asked) = activity.idle();
                if idle >= if ever_asked { IDLE } else { head } && leaving.is_none() {
                    leaving = Some(Instant::now());
                    connection.as_mut().graceful_shutdown();
                } else if leaving.is_some_and(|since| since.elapsed() >= head) && idle >= head {
                    tracing::debug!("a silent connection is dropped");
                    return;
                }
            }
            () = async { drop(shutdown.wait_for(|down| *down).await) }, if leaving.is_none() => {
                leaving = Some(Instant::now());
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
