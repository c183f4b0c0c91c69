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
fn an_outcome_tells_where_the_time_went() {
    let pool = Pool::new(NonZeroUsize::MIN).unwrap();
    let (sender, outcomes) = mpsc::channel();
    let attached = pool.attach(session(&Counting::new()), move |outcome| sender.send(outcome).unwrap());
    attached.submit(Command::Audio(vec![0; 32_000])).unwrap();
    attached.submit(Command::Finish).unwrap();
    let [audio, end] = [(); 2].map(|()| outcomes.recv_timeout(WAIT).unwrap().timing);
    assert_eq!((audio.audio, end.audio), (Duration::from_secs(1), Duration::ZERO));
    assert!(audio.worked > Duration::ZERO);
    let waited = end.waited.unwrap();
    assert!(end.took >= waited + end.worked);
    assert!(waited >= audio.worked, "the end waits for the audio before it: {audio:?} {end:?}");
}

#[test]
fn every_command_has_one_outcome_in_order() {
    let (pool, model) = (pool(3), Counting::new());
    let (sink, outcomes) = mpsc::channel();
    let attached = pool.attach(session(&model), move |outcome| sink.send(outcome).unwrap());
    for _ in 0..10 {
        attached.submit(Command::Audio(vec![1; 3_200])).unwrap();
    }
    attached.submit(Command::Finish).unwrap();
    let partials: Vec<u64> =
        (0..10).map(|_| outcomes.recv_timeout(WAIT).unwrap().partial.parse().unwrap()).collect();
    assert!(partials.is_sorted() && partials[9] > partials[0], "{partials:?}");
    let last = outcomes.recv_timeout(WAIT).unwrap();
    assert!(matches!(last.events.as_slice(), [SttEvent::Final(_), SttEvent::SpeechEnded { .. }]));
}

#[test]
fn an_hour_in_one_piece_does_not_keep_others_waiting() {
    let (pool, model) = (pool(1), Counting::new());
    let (sink, outcomes) = mpsc::channel();
    let names = ["long", "short"];
    let attached = names.map(|name| {
        let sink = sink.clone();
        pool.attach(session(&model), move |_| sink.send(name).unwrap())
    });
    attached[0].submit(Command::Audio(vec![1; 10 * 60 * 32_000])).unwrap();
    attached[1].submit(Command::Audio(vec![1; 6_400])).unwrap();
    assert_eq!(outcomes.recv_timeout(WAIT).unwrap(), "short");
    assert_eq!(outcomes.recv_timeout(WAIT).unwrap(), "long");
}

#[test]
fn the_queue_of_a_session_is_bounded() {
    // A worker that is stuck in this session keeps the queue from moving.
    let (pool, model) = (pool(1), Counting::new());
    let (release, held) = mpsc::channel::<()>();
    let (enter, entered) = mpsc::channel();
    let attached = pool.attach(session(&model), move |_| {
        let _ = enter.send(());
        let _ = held.recv();
    });
    attached.submit(Command::Flush).unwrap();
    entered.recv_timeout(WAIT).unwrap();
    for _ in 0..QUEUE {
        attached.submit(Command::Flush).unwrap();
    }
    assert_eq!(attached.submit(Command::Flush).unwrap_err().kind(), ErrorKind::Overloaded);
    drop(release);
}

#[test]
fn a_panic_closes_its_session_and_nothing_else() {
    let (pool, good) = (pool(1), Counting::new());
    let bad = Counting::acting(|_| std::panic::resume_unwind(Box::new("scripted")));
    let (sink, outcomes) = mpsc::channel();
    let attached = [&bad, &good].map(|model| {
        let sink = sink.clone();
        pool.attach(session(model), move |outcome| sink.send(outcome).unwrap())
    });
    attached[0].submit(Command::Audio(vec![1; 3_200])).unwrap();
    // It may be in time to wait, or too late: accepted means answered.
    let accepted = 1 + usize::from(attached[0].submit(Command::Finish).is_ok());
    for _ in 0..accepted {
        let error = outcomes.recv_timeout(WAIT).unwrap().error.unwrap();
        assert_eq!(error.kind(), ErrorKind::Internal);
    }
    assert_eq!(attached[0].submit(Command::Flush).unwrap_err().kind(), ErrorKind::SessionEnded);
    attached[1].submit(Command::Audio(vec![1; 3_200])).unwrap();
    assert!(outcomes.recv_timeout(WAIT).unwrap().error.is_none());
}

#[test]
fn an_engine_failure_is_an_outcome_and_the_session_lives_on() {
    let pool = pool(1);
    let model = Counting::acting(|recognizer| if recognizer == 1 { Err(failure()) } else { Ok(()) });
    let (sink, outcomes) = mpsc::channel();
    let attached = pool.attach(session(&model), move |outcome| sink.send(outcome).unwrap());
    attached.submit(Command::Audio(vec![1; 3_200])).unwrap();
    attached.submit(Command::Finish).unwrap();
    assert_eq!(outcomes.recv_timeout(WAIT).unwrap().error.unwrap().kind(), ErrorKind::EngineFailed);
    assert!(outcomes.recv_timeout(WAIT).unwrap().error.is_none());
}

/// A pool whose worker hangs in `stuck` until `release` is dropped.
struct Hanging {
    pool: Pool,
    stuck: Attached,
    release: mpsc::Sender<()>,
}

fn hanging(stuck_after: Duration) -> Hanging {
    let pool = Pool::replacing(NonZeroUsize::MIN, stuck_after).unwrap();
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
    Hanging { pool, stuck, release }
}

#[test]
fn a_worker_that_hangs_is_replaced_though_nobody_asks_again() {
    let Hanging { pool, stuck, release } = hanging(Duration::from_millis(50));
    let (sink, outcomes) = mpsc::channel();
    let good = pool.attach(session(&Counting::new()), move |outcome| sink.send(outcome).unwrap());
    good.submit(Command::Audio(vec![1; 3_200])).unwrap();
    assert!(outcomes.recv_timeout(WAIT).unwrap().error.is_none());
    // The worker still hangs while the pool is closed.
    drop(pool);
    for attached in [&good, &stuck] {
        assert_eq!(attached.submit(Command::Flush).unwrap_err().kind(), ErrorKind::SessionEnded);
    }
    drop(release);
}

#[test]
fn a_pool_ends_although_a_worker_hangs() {
    let Hanging { pool, stuck, release } = hanging(WAIT * 10);
    drop(pool);
    assert_eq!(stuck.submit(Command::Flush).unwrap_err().kind(), ErrorKind::SessionEnded);
    drop(release);
}

#[test]
fn nobody_who_stands_in_line_gets_a_turn_in_a_closed_pool() {
    let Hanging { pool, stuck, release } = hanging(WAIT * 10);
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
    // Its end is that of the last one who could have a turn.
    assert_eq!(outcomes.recv_timeout(WAIT).unwrap_err(), mpsc::RecvTimeoutError::Disconnected);
}

#[test]
fn silence_is_heard_where_it_is_submitted_and_speech_by_a_worker() {
    let pool = pool(1);
    let (sink, outcomes) = mpsc::channel();
    let session = SttSession::new(Counting::new(), SttOptions::default()).unwrap();
    let attached = pool
        .attach(session, move |outcome: Outcome| sink.send((std::thread::current().id(), outcome)).unwrap());
    let here = std::thread::current().id();
    for _ in 0..50 {
        attached.submit(Command::Audio(vec![0; 3_200])).unwrap();
        let (thread, outcome) = outcomes.try_recv().unwrap();
        assert_eq!((thread, outcome.timing.waited), (here, None));
    }
    // Much of it: a turn of somebody who must not wait is short.
    attached.submit(Command::Audio(vec![0; 320_000])).unwrap();
    attached.submit(Command::Finish).unwrap();
    for expected in [Duration::from_secs(10), Duration::ZERO] {
        let (thread, outcome) = outcomes.recv_timeout(WAIT).unwrap();
        assert_eq!(outcome.timing.audio, expected);
        assert_ne!(thread, here);
    }
}

#[test]
fn a_rate_is_changed_by_a_worker() {
    let pool = pool(1);
    let (sink, outcomes) = mpsc::channel();
    let options = SttOptions { format: Format::pcm16(8_000).unwrap(), ..SttOptions::default() };
    let session = SttSession::new(Counting::new(), options).unwrap();
    let attached = pool.attach(session, move |outcome: Outcome| sink.send(outcome.timing).unwrap());
    attached.submit(Command::Audio(vec![0; 1_600])).unwrap();
    assert!(outcomes.recv_timeout(WAIT).unwrap().waited.is_some());
}
