//! Reports the state of the server to systemd, or to another service manager that sets `NOTIFY_SOCKET`
//! (`sd_notify(3)`).

use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval};
use voice_core::pool::{Budget, Machine, Pool, Step, StepLength, Update};
use voice_core::{Health, Result, one_line};

use crate::app::App;

/// How often the status is compared with the one that was sent last.
const STATUS_INTERVAL: Duration = Duration::from_secs(1);

/// Watchdog messages in the time after which the service manager restarts the server.
const PINGS_PER_TIMEOUT: u32 = 4;

/// Messages that may wait. A service manager that reads nothing misses further ones.
const QUEUE: usize = 16;

/// The longest wait for the last messages at the end.
const LAST_MESSAGES_TIMEOUT: Duration = Duration::from_secs(1);

enum Message {
    Ready,
    Reloading,
    Stopping,
    Status(String),
    Watchdog,
}

/// The connection to the service manager, if there is one. Dropping it waits until the messages are sent.
pub(super) struct ServiceManager(Option<Connection>);

struct Connection {
    /// Sending a datagram may block, so a thread does it.
    messages: Option<SyncSender<Message>>,
    /// Nothing is sent. The channel closes when the thread ends.
    ended: Receiver<()>,
}

impl ServiceManager {
    /// Connects to the service manager that the environment names.
    pub(super) fn connect() -> std::io::Result<Self> {
        if std::env::var_os("NOTIFY_SOCKET").is_none() {
            return Ok(Self(None));
        }
        let (messages, queue) = sync_channel(QUEUE);
        let (alive, ended) = sync_channel(0);
        std::thread::Builder::new().name("voice-notify".into()).spawn(move || {
            let _alive = alive;
            send(&queue);
        })?;
        Ok(Self(Some(Connection { messages: Some(messages), ended })))
    }

    /// The server accepts connections, or a reload is done.
    pub(super) fn ready(&self) {
        self.tell(Message::Ready);
    }

    /// A reload has begun. [`Self::ready`] ends it.
    pub(super) fn reloading(&self) {
        self.tell(Message::Reloading);
    }

    /// The server stops.
    pub(super) fn stopping(&self) {
        self.tell(Message::Stopping);
    }

    /// Sends the watchdog's messages and every change of the status. It must run in the task that accepts connections:
    /// then a task that does not return ends the messages.
    pub(super) async fn observe(&self, app: &Arc<App>) -> Infallible {
        if self.0.is_none() {
            return std::future::pending().await;
        }
        let pings = async {
            let Some(timeout) = sd_notify::watchdog_enabled().filter(|timeout| !timeout.is_zero()) else {
                return std::future::pending::<Infallible>().await;
            };
            let mut clock = interval((timeout / PINGS_PER_TIMEOUT).max(Duration::from_millis(1)));
            clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                clock.tick().await;
                progress(app).await;
                self.tell(Message::Watchdog);
            }
        };
        let statuses = async {
            let mut clock = interval(STATUS_INTERVAL);
            clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut sent = String::new();
            loop {
                clock.tick().await;
                let status = status(app);
                if status != sent {
                    self.tell(Message::Status(status.clone()));
                    sent = status;
                }
            }
        };
        tokio::select! {
            never = pings => never,
            never = statuses => never,
        }
    }

    fn tell(&self, message: Message) {
        let Some(messages) = self.0.as_ref().and_then(|connection| connection.messages.as_ref()) else {
            return;
        };
        if messages.try_send(message).is_err() {
            tracing::warn!("the service manager does not read its messages; one is left out");
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.messages = None;
        if self.ended.recv_timeout(LAST_MESSAGES_TIMEOUT) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the service manager does not read its messages; the last ones are left out");
        }
    }
}

/// Sends the messages in `queue` until it closes.
fn send(queue: &Receiver<Message>) {
    let mut is_failing = false;
    for message in queue {
        let sent = match &message {
            Message::Ready => sd_notify::notify(&[NotifyState::Ready]),
            // systemd takes a message without the time for an error.
            Message::Reloading => NotifyState::monotonic_usec_now()
                .and_then(|now| sd_notify::notify(&[NotifyState::Reloading, now])),
            Message::Stopping => sd_notify::notify(&[NotifyState::Stopping]),
            Message::Status(status) => sd_notify::notify(&[NotifyState::Status(status)]),
            Message::Watchdog => sd_notify::notify(&[NotifyState::Watchdog]),
        };
        // Reported once: the watchdog's messages would repeat it.
        if let (Err(error), false) = (&sent, is_failing) {
            tracing::warn!(%error, "cannot reach the service manager at NOTIFY_SOCKET");
        }
        is_failing = sent.is_err();
    }
}

/// The status in one line, as `systemctl status` shows it.
fn status(app: &App) -> String {
    if *app.shutdown.borrow() {
        return "stopping".to_owned();
    }
    describe(&app.engine.health())
}

fn describe(health: &Health) -> String {
    let mut status = health.status.to_string();
    for (number, model) in health.stt.iter().chain(&health.tts).enumerate() {
        let mark = if number == 0 { ": " } else { ", " };
        // Writing to a string does not fail.
        let _ = write!(status, "{mark}{} {}", model.name, model.state);
        if let Some(code) = model.code {
            let _ = write!(status, " ({code})");
        }
    }
    // After a line break, the rest of a name would be another message.
    one_line(status)
}

/// Completes when a thread of the runtime and a worker of the pool have each done some work.
async fn progress(app: &Arc<App>) {
    let app = Arc::clone(app);
    if !tokio::spawn(async move { worker_turns(&app.pool).await }).await.unwrap_or(false) {
        // Without an answer there is no progress.
        std::future::pending::<()>().await;
    }
}

/// Completes when a worker has taken the turn of a new session; false if the pool is closed first.
async fn worker_turns(pool: &Pool) -> bool {
    let (done, is_done) = oneshot::channel();
    let probe = pool.attach(Probe, answer(done));
    probe.submit(()).is_ok() && is_done.await.unwrap_or(false)
}

/// The sink of a [`Probe`]: sends whether its step was done.
fn answer(done: oneshot::Sender<bool>) -> impl FnMut(Update<()>) + Send {
    let mut done = Some(done);
    move |update| {
        if update.is_done
            && let Some(done) = done.take()
        {
            let _ = done.send(update.events.is_empty());
        }
    }
}

/// A session whose work is nothing.
struct Probe;

impl Machine for Probe {
    type Command = ();
    type Event = ();
    const STEPS: StepLength = StepLength::Short;

    fn step(&mut self, (): &mut (), _: Budget, _: &mut Vec<Result<()>>) -> Step {
        Step::Done
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use voice_core::{Engine, EngineOptions};

    use super::*;

    /// A session that waits for its command's channel to close.
    struct Busy;

    impl Machine for Busy {
        type Command = Receiver<()>;
        type Event = ();
        const STEPS: StepLength = StepLength::Short;

        fn step(&mut self, until: &mut Receiver<()>, _: Budget, _: &mut Vec<Result<()>>) -> Step {
            let _ = until.recv();
            Step::Done
        }
    }

    #[tokio::test]
    async fn busy_workers_make_no_progress() {
        let pool = Pool::new(NonZero::<usize>::MIN).unwrap();
        assert!(worker_turns(&pool).await);
        let (release, until) = sync_channel(0);
        let busy = pool.attach(Busy, |_| {});
        busy.submit(until).unwrap();
        let mut turn = std::pin::pin!(worker_turns(&pool));
        tokio::select! {
            biased;
            _ = &mut turn => panic!("the only worker is busy"),
            () = tokio::task::yield_now() => {}
        }
        drop::<SyncSender<()>>(release);
        assert!(turn.await);
    }

    #[tokio::test]
    async fn closed_pool_ends_the_wait_for_progress() {
        let pool = Pool::new(NonZero::<usize>::MIN).unwrap();
        let (release, until) = sync_channel(0);
        let busy = pool.attach(Busy, |_| {});
        busy.submit(until).unwrap();
        let (done, is_done) = oneshot::channel();
        let probe = pool.attach(Probe, answer(done));
        probe.submit(()).unwrap();
        let closing = std::thread::spawn(move || drop(pool));
        assert_eq!(is_done.await, Ok(false));
        drop::<SyncSender<()>>(release);
        closing.join().unwrap();
    }

    #[test]
    fn status_is_one_line() {
        let folder = voice_core::source::ModelSource::folder("/nowhere/a\nREADY=1");
        let engine = Engine::new(EngineOptions { stt: vec![folder.into()], ..EngineOptions::default() });
        let status = describe(&engine.health());
        assert!(status.contains("a READY=1 loading"), "{status}");
        assert!(!status.contains(char::is_control), "{status}");
    }
}
