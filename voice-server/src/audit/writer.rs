//! The thread that writes the file, so that a slow disk delays neither sessions nor requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::AuditHealth;
use super::entry::Event;
use super::file::LogFile;

/// Entries that wait for the disk. Further ones go to the ordinary log and are counted.
pub(super) const QUEUE: usize = 4_096;

/// The longest wait for the disk when the process ends.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct Writer {
    /// `None` once the writer ends.
    queue: Option<SyncSender<Job>>,
    shared: Arc<Shared>,
    /// Disconnected when the thread has closed the file.
    ended: Mutex<Receiver<()>>,
}

enum Job {
    Write(Box<Event>),
    Reopen,
    /// Answered when all earlier jobs are done.
    Answer(oneshot::Sender<()>),
}

struct Shared {
    health: Mutex<AuditHealth>,
    /// Entries that the queue had no room for and that the thread has not yet counted.
    refused: AtomicU64,
}

impl Writer {
    pub(super) fn start(file: LogFile) -> Result<Self, String> {
        let shared = Arc::new(Shared { health: Mutex::new(file.health()), refused: AtomicU64::new(0) });
        let (queue, jobs) = mpsc::sync_channel(QUEUE);
        let (end, ended) = mpsc::sync_channel(0);
        let of_thread = Arc::clone(&shared);
        let work = move || {
            run(file, &jobs, &of_thread);
            drop(end);
        };
        let started = thread::Builder::new().name("audit".to_owned()).spawn(work);
        started.map_err(|error| format!("cannot start the audit log's thread: {error}"))?;
        Ok(Self { queue: Some(queue), shared, ended: Mutex::new(ended) })
    }

    /// Queues an event. If the queue is full, counts the event and returns it.
    pub(super) fn write(&self, event: Box<Event>) -> Result<(), Box<Event>> {
        match self.ask(Job::Write(event)) {
            Err(Job::Write(event)) => {
                self.shared.refused.fetch_add(1, Ordering::Relaxed);
                Err(event)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn reopen(&self) {
        // If the queue is full, the next entry notices that the file was moved.
        let _ = self.ask(Job::Reopen);
    }

    /// Completes when all earlier entries are in the file or lost; at once if the queue is full.
    pub(super) fn written(&self) -> oneshot::Receiver<()> {
        let (done, written) = oneshot::channel();
        let _ = self.ask(Job::Answer(done));
        written
    }

    pub(super) fn health(&self) -> AuditHealth {
        let health = self.shared.health.lock();
        let refused = self.shared.refused.load(Ordering::Relaxed);
        AuditHealth { failing: health.failing || refused > 0, lost: health.lost + refused }
    }

    fn ask(&self, job: Job) -> Result<(), Job> {
        let Some(queue) = &self.queue else { return Err(job) };
        queue.try_send(job).map_err(|error| match error {
            mpsc::TrySendError::Full(job) | mpsc::TrySendError::Disconnected(job) => job,
        })
    }
}

/// Waits until the file is written and closed.
impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        let ended = self.ended.get_mut();
        if ended.recv_timeout(CLOSE_TIMEOUT) == Err(RecvTimeoutError::Timeout) {
            tracing::error!("the audit log could not be finished in time");
        }
    }
}

fn run(mut file: LogFile, jobs: &Receiver<Job>, shared: &Shared) {
    for job in jobs {
        let refused = shared.refused.load(Ordering::Relaxed);
        file.lose(refused);
        let answer = match job {
            Job::Write(event) => {
                if let Err(event) = file.append(event) {
                    event.log();
                }
                None
            }
            Job::Reopen => {
                file.reopen();
                None
            }
            Job::Answer(answer) => Some(answer),
        };
        let mut health = shared.health.lock();
        *health = file.health();
        shared.refused.fetch_sub(refused, Ordering::Relaxed);
        drop(health);
        if let Some(answer) = answer {
            // The caller may have stopped waiting.
            let _ = answer.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::{Action, Addition, Details};
    use super::*;

    #[test]
    fn full_queue_loses_no_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let file = LogFile::open(&path, None).unwrap();
        // Without a thread, nothing leaves the queue.
        let (queue, jobs) = mpsc::sync_channel(2);
        let (end, ended) = mpsc::sync_channel(0);
        let shared = Arc::new(Shared { health: Mutex::new(file.health()), refused: AtomicU64::new(0) });
        let mut writer = Writer { queue: Some(queue), shared: Arc::clone(&shared), ended: Mutex::new(ended) };
        let event = || Box::new(Event::new(Action::TokenIssued, Details::default(), Addition::default()));
        let refused = (0..7).filter(|_| writer.write(event()).is_err()).count();
        assert_eq!((refused, writer.health()), (5, AuditHealth { failing: true, lost: 5 }));
        assert!(writer.written().blocking_recv().is_err(), "a full queue is not waited for");
        writer.queue = None;
        run(file, &jobs, &shared);
        assert_eq!(writer.health(), AuditHealth { failing: false, lost: 5 });
        let log = std::fs::read_to_string(&path).unwrap();
        assert!(log.contains("\"outcome\":\"entries_lost\",\"count\":5"), "{log}");
        assert_eq!(log.matches("token_issued").count(), 2);
        drop(end);
    }
}
