//! The activity of a connection: requests in progress, and the time of the last one.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::Notify;

pub(crate) struct Activity {
    start: Instant,
    /// Requests so far, requests without an answer, and answers that are still being sent.
    requests: AtomicU64,
    under_way: AtomicUsize,
    answers: AtomicUsize,
    /// Sessions on the connection, which have their own limits.
    sessions: AtomicUsize,
    /// Milliseconds from `start` to the last request or part of an answer.
    last: AtomicU64,
    displaced: Notify,
}

impl Activity {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            requests: AtomicU64::new(0),
            under_way: AtomicUsize::new(0),
            answers: AtomicUsize::new(0),
            sessions: AtomicUsize::new(0),
            last: AtomicU64::new(0),
            displaced: Notify::new(),
        }
    }

    /// Counts a request as in progress until the returned guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> UnderWay {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.under_way.fetch_add(1, Ordering::Relaxed);
        self.touch();
        UnderWay(Arc::clone(self))
    }

    fn touch(&self) {
        self.last.store(self.start.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    fn since_last(&self) -> Duration {
        self.start.elapsed().saturating_sub(Duration::from_millis(self.last.load(Ordering::Relaxed)))
    }

    pub(crate) fn was_asked(&self) -> bool {
        self.requests.load(Ordering::Relaxed) > 0
    }

    /// How long there has been no request in progress. An answer that its client does not read is not work.
    pub(crate) fn idle(&self) -> Duration {
        if self.under_way.load(Ordering::Relaxed) > 0 { Duration::ZERO } else { self.since_last() }
    }

    /// How long there has been nothing in progress in either direction.
    pub(crate) fn quiet(&self) -> Duration {
        let busy = [&self.answers, &self.sessions].iter().any(|count| count.load(Ordering::Relaxed) > 0);
        if busy { Duration::ZERO } else { self.idle() }
    }

    /// The order in which connections are closed to make room: idle ones first, the longest idle one before others.
    /// `None` for a connection with a session.
    pub(crate) fn rank(&self) -> Option<(bool, Instant)> {
        let has_session = self.sessions.load(Ordering::Relaxed) > 0;
        let is_busy = self.under_way.load(Ordering::Relaxed) > 0;
        (!has_session)
            .then(|| (is_busy, self.start + Duration::from_millis(self.last.load(Ordering::Relaxed))))
    }

    pub(crate) fn add_session(&self) {
        self.sessions.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn remove_session(&self) {
        self.touch();
        self.sessions.fetch_sub(1, Ordering::Relaxed);
    }

    /// Tells the connection to end because its slot is needed.
    pub(crate) fn displace(&self) {
        self.displaced.notify_one();
    }

    /// Completes when the connection must end.
    pub(crate) async fn displaced(&self) {
        self.displaced.notified().await;
    }
}

pub(crate) struct UnderWay(Arc<Activity>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.touch();
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The body of an answer. Its connection is not idle while the client reads it.
pub(crate) struct ActivityBody<B> {
    body: B,
    activity: Arc<Activity>,
}

impl<B> ActivityBody<B> {
    pub(crate) fn new(body: B, activity: Arc<Activity>) -> Self {
        activity.answers.fetch_add(1, Ordering::Relaxed);
        Self { body, activity }
    }
}

impl<B> Drop for ActivityBody<B> {
    fn drop(&mut self) {
        self.activity.touch();
        self.activity.answers.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<B: Body + Unpin> Body for ActivityBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let noted = self.get_mut();
        noted.activity.touch();
        Pin::new(&mut noted.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
