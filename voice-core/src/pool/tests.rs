use super::*;
use crate::audio::Format;
use crate::stt::scripted::{Counting, failure};
use crate::stt::{SttOptions, VadMode};
use std::sync::mpsc;

const WAIT: Duration = Duration::from_secs(10);

fn session(model: &Arc<Counting>) -> SttSession {
    let options = SttOptions { vad: VadMode::Always, ..SttOptions::default() };
    SttSession::new(Arc::clone(model) as Arc<_>, options).unwrap()
}

fn pool(threads: usize) -> Pool {
    Pool::new(NonZeroUsize::new(threads).unwrap()).unwrap()
}

#[test]
fn outcome_reports_timing() {
    let pool = Pool::new(NonZeroUsize::MIN).unwrap();
    let (sender, outcomes) = mpsc::channel();
    let handle = pool.attach(session(&Counting::new()), move |outcome| sender.send(outcome).unwrap());
    handle.submit(Command::Audio(vec![0; 32_000])).unwrap();
    handle.submit(Command::Finish).unwrap();
    let [audio, end] = [(); 2].map(|()| outcomes.recv_timeout(WAIT).unwrap().timing);
    assert_eq!((audio.audio, end.audio), (Duration::from_secs(1), Duration::ZERO));
    assert!(audio.worked > Duration::ZERO);
    let waited = end.waited.unwrap();
    assert!(end.took >= waited + end.worked);
    assert!(waited >= audio.worked, "the end waits for the preceding audio: {audio:?} {end:?}");
}

#[test]
fn every_command_has_one_outcome_in_order() {
    let (pool, model) = (pool(3), Counting::new());
    let (sink, outcomes) = mpsc::channel();
    let handle = pool.attach(session(&model), move |outcome| sink.send(outcome).unwrap());
    for _ in 0..10 {
        handle.submit(Command::Audio(vec![1; 3_200])).unwrap();
    }
    handle.submit(Command::Finish).unwrap();
    let partials: Vec<u64> =
        (0..10).map(|_| outcomes.recv_timeout(WAIT).unwrap().partial.parse().unwrap()).collect();
    assert!(partials.is_sorted() && partials[9] > partials[0], "{partials:?}");
    let last = outcomes.recv_timeout(WAIT).unwrap();
    assert!(matches!(last.events.as_slice(), [SttEvent::Final(_), SttEvent::SpeechEnded { .. }]));
}

#[test]
fn long_audio_does_not_delay_other_sessions() {
    let (pool, model) = (pool(1), Counting::new());
    let (sink, outcomes) = mpsc::channel();
    let names = ["long", "short"];
    let handles = names.map(|name| {
        let sink = sink.clone();
        pool.attach(session(&model), move |_| sink.send(name).unwrap())
    });
    handles[0].submit(Command::Audio(vec![1; 10 * 60 * 32_000])).unwrap();
    handles[1].submit(Command::Audio(vec![1; 6_400])).unwrap();
    assert_eq!(outcomes.recv_timeout(WAIT).unwrap(), "short");
    assert_eq!(outcomes.recv_timeout(WAIT).unwrap(), "long");
}

#[test]
fn session_queue_is_bounded() {
    // The only worker blocks in the sink, so the queue cannot move.
    let (pool, model) = (pool(1), Counting::new());
    let (release, held) = mpsc::channel::<()>();
    let (enter, entered) = mpsc::channel();
    let handle = pool.attach(session(&model), move |_| {
        let _ = enter.send(());
        let _ = held.recv();
    });
    handle.submit(Command::Flush).unwrap();
    entered.recv_timeout(WAIT).unwrap();
    for _ in 0..QUEUE {
        handle.submit(Command::Flush).unwrap();
    }
    assert_eq!(handle.submit(Command::Flush).unwrap_err().kind(), ErrorKind::Overloaded);
    drop(release);
}

#[test]
fn panic_closes_only_its_session() {
    let (pool, good) = (pool(1), Counting::new());
    let bad = Counting::acting(|_| std::panic::resume_unwind(Box::new("scripted")));
    let (sink, outcomes) = mpsc::channel();
    let handles = [&bad, &good].map(|model| {
        let sink = sink.clone();
        pool.attach(session(model), move |outcome| sink.send(outcome).unwrap())
    });
    handles[0].submit(Command::Audio(vec![1; 3_200])).unwrap();
    // The session may be closed already. Each accepted command has an outcome.
    let accepted = 1 + usize::from(handles[0].submit(Command::Finish).is_ok());
    for _ in 0..accepted {
        let error = outcomes.recv_timeout(WAIT).unwrap().error.unwrap();
        assert_eq!(error.kind(), ErrorKind::Internal);
    }
    assert_eq!(handles[0].submit(Command::Flush).unwrap_err().kind(), ErrorKind::SessionEnded);
    handles[1].submit(Command::Audio(vec![1; 3_200])).unwrap();
    assert!(outcomes.recv_timeout(WAIT).unwrap().error.is_none());
}

#[test]
fn session_continues_after_engine_failure() {
    let pool = pool(1);
    let model = Counting::acting(|recognizer| if recognizer == 1 { Err(failure()) } else { Ok(()) });
    let (sink, outcomes) = mpsc::channel();
    let handle = pool.attach(session(&model), move |outcome| sink.send(outcome).unwrap());
    handle.submit(Command::Audio(vec![1; 3_200])).unwrap();
    handle.submit(Command::Finish).unwrap();
    assert_eq!(outcomes.recv_timeout(WAIT).unwrap().error.unwrap().kind(), ErrorKind::EngineFailed);
    assert!(outcomes.recv_timeout(WAIT).unwrap().error.is_none());
}

/// A pool whose only worker is stuck in the session `stuck` until `release` is dropped.
struct StuckPool {
    pool: Pool,
    stuck: SessionHandle,
    release: mpsc::Sender<()>,
}

fn stuck_pool(stuck_after: Duration) -> StuckPool {
    let pool = Pool::with_stuck_after(NonZeroUsize::MIN, stuck_after).unwrap();
    let (release, held) = mpsc::channel::<()>();
    let (enter, entered) = mpsc::channel();
    let held = Mutex::new(held);
    let model = Counting::acting(move |_| {
        let _ = enter.send(());
        let _ = lock(&held).recv();
        Ok(())
    });
    let stuck = pool.attach(session(&model), |_| {});
    stuck.submit(Command::Audio(vec![1; 3_200])).unwrap();
    entered.recv_timeout(WAIT).unwrap();
    StuckPool { pool, stuck, release }
}

#[test]
fn stuck_worker_is_replaced_without_new_commands() {
    let StuckPool { pool, stuck, release } = stuck_pool(Duration::from_millis(50));
    let (sink, outcomes) = mpsc::channel();
    let good = pool.attach(session(&Counting::new()), move |outcome| sink.send(outcome).unwrap());
    good.submit(Command::Audio(vec![1; 3_200])).unwrap();
    assert!(outcomes.recv_timeout(WAIT).unwrap().error.is_none());
    // The worker is still stuck while the pool is closed.
    drop(pool);
    for handle in [&good, &stuck] {
        assert_eq!(handle.submit(Command::Flush).unwrap_err().kind(), ErrorKind::SessionEnded);
    }
    drop(release);
}

#[test]
fn pool_closes_while_a_worker_is_stuck() {
    let StuckPool { pool, stuck, release } = stuck_pool(WAIT * 10);
    drop(pool);
    assert_eq!(stuck.submit(Command::Flush).unwrap_err().kind(), ErrorKind::SessionEnded);
    drop(release);
}

#[test]
fn closed_pool_drops_queued_sessions() {
    let StuckPool { pool, stuck, release } = stuck_pool(WAIT * 10);
    let (sink, outcomes) = mpsc::channel();
    let waiting = pool.attach(session(&Counting::new()), move |outcome| sink.send(outcome).unwrap());
    waiting.submit(Command::Audio(vec![1; 3_200])).unwrap();
    let closing = std::thread::spawn(move || drop(pool));
    let is_closed = |error: Error| error.kind() == ErrorKind::SessionEnded;
    while !stuck.submit(Command::Flush).is_err_and(is_closed) {
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(release);
    closing.join().unwrap();
    drop(waiting);
    // The channel closes when the session is dropped.
    assert_eq!(outcomes.recv_timeout(WAIT).unwrap_err(), mpsc::RecvTimeoutError::Disconnected);
}

#[test]
fn short_silence_needs_no_worker() {
    let pool = pool(1);
    let (sink, outcomes) = mpsc::channel();
    let session = SttSession::new(Counting::new(), SttOptions::default()).unwrap();
    let handle = pool
        .attach(session, move |outcome: Outcome| sink.send((std::thread::current().id(), outcome)).unwrap());
    let here = std::thread::current().id();
    for _ in 0..50 {
        handle.submit(Command::Audio(vec![0; 3_200])).unwrap();
        let (thread, outcome) = outcomes.try_recv().unwrap();
        assert_eq!((thread, outcome.timing.waited), (here, None));
    }
    // A long piece goes to a worker: the work of a submitting thread is bounded.
    handle.submit(Command::Audio(vec![0; 320_000])).unwrap();
    handle.submit(Command::Finish).unwrap();
    for expected in [Duration::from_secs(10), Duration::ZERO] {
        let (thread, outcome) = outcomes.recv_timeout(WAIT).unwrap();
        assert_eq!(outcome.timing.audio, expected);
        assert_ne!(thread, here);
    }
}

#[test]
fn resampling_needs_a_worker() {
    let pool = pool(1);
    let (sink, outcomes) = mpsc::channel();
    let options = SttOptions { format: Format::pcm16(8_000).unwrap(), ..SttOptions::default() };
    let session = SttSession::new(Counting::new(), options).unwrap();
    let handle = pool.attach(session, move |outcome: Outcome| sink.send(outcome.timing).unwrap());
    handle.submit(Command::Audio(vec![0; 1_600])).unwrap();
    assert!(outcomes.recv_timeout(WAIT).unwrap().waited.is_some());
}
