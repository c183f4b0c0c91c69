use super::*;
use crate::ErrorKind;
use crate::audio::Format;
use crate::stt::scripted::{Counting, failure};
use crate::stt::{SttCommand, SttEvent, SttOptions, SttSession, VadMode};
use std::sync::mpsc;

const WAIT: Duration = Duration::from_secs(10);

fn session(model: &Arc<Counting>) -> SttSession {
    let options = SttOptions { vad: VadMode::Always, ..SttOptions::default() };
    SttSession::new(vec![Arc::clone(model) as Arc<_>], options).unwrap()
}

fn pool(threads: usize) -> Pool {
    Pool::new(NonZeroUsize::new(threads).unwrap()).unwrap()
}

fn audio(byte: u8, length: usize) -> SttCommand {
    SttCommand::audio(vec![byte; length])
}

/// The updates of a session.
struct Updates(mpsc::Receiver<Update<SttEvent>>);

impl Updates {
    /// Attaches a session whose updates they are.
    fn of(pool: &Pool, session: SttSession) -> (SessionHandle<SttSession>, Self) {
        let (sink, updates) = mpsc::channel();
        (pool.attach(session, move |update| sink.send(update).unwrap()), Self(updates))
    }

    /// The updates of the next command, joined.
    fn command(&self) -> Update<SttEvent> {
        let mut joined: Option<Update<SttEvent>> = None;
        loop {
            let mut update = self.0.recv_timeout(WAIT).unwrap();
            if let Some(before) = joined.take() {
                update.events.splice(0..0, before.events);
            }
            if update.is_done {
                return update;
            }
            joined = Some(update);
        }
    }

    /// The first error of the next command.
    fn error(&self) -> Option<ErrorKind> {
        self.command().events.into_iter().find_map(|event| event.err().map(|error| error.kind()))
    }
}

#[test]
fn updates_report_timing() {
    let pool = pool(1);
    let (handle, updates) = Updates::of(&pool, session(&Counting::new()));
    handle.submit(audio(0, 32_000)).unwrap();
    handle.submit(SttCommand::Finish).unwrap();
    let [audio, end] = [(); 2].map(|()| updates.command().timing);
    assert!(audio.worked > Duration::ZERO);
    let waited = end.waited.unwrap();
    assert!(end.took >= waited + end.worked);
}

#[test]
fn every_command_is_done_once_and_in_order() {
    let (pool, model) = (pool(3), Counting::new());
    let (handle, updates) = Updates::of(&pool, session(&model));
    for _ in 0..10 {
        handle.submit(audio(1, 3_200)).unwrap();
    }
    handle.submit(SttCommand::Finish).unwrap();
    let mut partials = Vec::new();
    for _ in 0..10 {
        for event in updates.command().events {
            if let SttEvent::Partial { text } = event.unwrap() {
                partials.push(text.parse::<u64>().unwrap());
            }
        }
    }
    assert!(partials.is_sorted() && partials.len() > 1, "{partials:?}");
    let last = updates.command();
    assert!(matches!(last.events.as_slice(), [Ok(SttEvent::Final(_)), Ok(SttEvent::SpeechEnded { .. })]));
}

#[test]
fn events_come_while_a_long_command_is_under_way() {
    // Each step decodes audio, and the engine waits in the third one.
    let (release, held) = mpsc::channel::<()>();
    let (held, steps) = (Mutex::new(held), Mutex::new(0));
    let model = Counting::acting(move |_| {
        let mut steps = lock(&steps);
        *steps += 1;
        if *steps == 20 {
            let _ = lock(&held).recv();
        }
        Ok(())
    });
    let pool = pool(1);
    let (handle, updates) = Updates::of(&pool, session(&model));
    handle.submit(audio(1, 1 << 20)).unwrap();
    let mut partials = 0;
    while partials < 2 {
        let update = updates.0.recv_timeout(WAIT).unwrap();
        assert!(!update.is_done, "the engine is still at work");
        partials +=
            update.events.iter().filter(|event| matches!(event, Ok(SttEvent::Partial { .. }))).count();
    }
    drop(release);
    updates.command();
}

#[test]
fn long_audio_does_not_delay_other_sessions() {
    let (pool, model) = (pool(1), Counting::new());
    let (sink, done) = mpsc::channel();
    let names = ["long", "short"];
    let handles = names.map(|name| {
        let sink = sink.clone();
        pool.attach(session(&model), move |update| {
            if update.is_done {
                sink.send(name).unwrap();
            }
        })
    });
    handles[0].submit(audio(1, 10 * 60 * 32_000)).unwrap();
    handles[1].submit(audio(1, 6_400)).unwrap();
    assert_eq!(done.recv_timeout(WAIT).unwrap(), "short");
    assert_eq!(done.recv_timeout(WAIT).unwrap(), "long");
}

/// A machine whose turns are due after `slack`.
struct Slack {
    slack: Duration,
    /// Blocks the first step.
    gate: Option<mpsc::Receiver<()>>,
}

impl Machine for Slack {
    type Command = u64;
    type Event = u64;
    const STEPS: StepLength = StepLength::Short;

    fn step(&mut self, command: &mut u64, _: Budget, events: &mut Vec<Result<u64>>) -> Step {
        if let Some(gate) = self.gate.take() {
            let _ = gate.recv();
        }
        events.push(Ok(*command));
        Step::Done
    }

    fn slack(&self) -> Duration {
        self.slack
    }
}

#[test]
fn earliest_deadline_goes_first() {
    let pool = pool(1);
    let (release, gate) = mpsc::channel::<()>();
    let first = pool.attach(Slack { slack: Duration::ZERO, gate: Some(gate) }, |_| {});
    first.submit(0).unwrap();
    let (sink, served) = mpsc::channel();
    let handles = [900, 0, 500].map(|seconds| {
        let (sink, slack) = (sink.clone(), Duration::from_secs(seconds));
        let handle = pool.attach(Slack { slack, gate: None }, move |update| {
            sink.send(update.events.into_iter().next().unwrap().unwrap()).unwrap();
        });
        handle.submit(seconds).unwrap();
        handle
    });
    drop(release);
    let order: Vec<u64> = handles.iter().map(|_| served.recv_timeout(WAIT).unwrap()).collect();
    assert_eq!(order, [0, 500, 900]);
}

/// A machine whose steps are long.
struct Long(mpsc::Receiver<()>);

impl Machine for Long {
    type Command = ();
    type Event = ();
    const STEPS: StepLength = StepLength::Long;

    fn step(&mut self, (): &mut (), _: Budget, _: &mut Vec<Result<()>>) -> Step {
        let _ = self.0.recv();
        Step::Done
    }
}

#[test]
fn short_steps_do_not_wait_for_long_ones() {
    // No worker is replaced.
    let pool = Pool::with_stuck_after(NonZeroUsize::MIN, WAIT * 10).unwrap();
    let (first, held) = mpsc::channel::<()>();
    let (second, held_too) = mpsc::channel::<()>();
    let (sink, done) = mpsc::channel();
    let long = [held, held_too].map(|held| {
        let sink = sink.clone();
        let handle = pool.attach(Long(held), move |_| sink.send("long").unwrap());
        handle.submit(()).unwrap();
        handle
    });
    let short = pool.attach(Slack { slack: WAIT, gate: None }, move |_| sink.send("short").unwrap());
    short.submit(0).unwrap();
    assert_eq!(done.recv_timeout(WAIT).unwrap(), "short");
    // The second long step begins after the first.
    assert_eq!(pool.waiting(), 1);
    drop((first, second));
    assert_eq!([(); 2].map(|()| done.recv_timeout(WAIT).unwrap()), ["long"; 2]);
    drop(long);
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
    handle.submit(SttCommand::Flush).unwrap();
    entered.recv_timeout(WAIT).unwrap();
    for _ in 0..QUEUE {
        handle.submit(SttCommand::Flush).unwrap();
    }
    assert_eq!(handle.submit(SttCommand::Flush).unwrap_err().kind(), ErrorKind::Overloaded);
    drop(release);
}

#[test]
fn panic_closes_only_its_session() {
    let (pool, good) = (pool(1), Counting::new());
    let bad = Counting::acting(|_| std::panic::resume_unwind(Box::new("scripted")));
    let [(bad, bad_updates), (good, good_updates)] =
        [&bad, &good].map(|model| Updates::of(&pool, session(model)));
    bad.submit(audio(1, 3_200)).unwrap();
    // The session may be closed already. Each accepted command has a last update.
    let accepted = 1 + usize::from(bad.submit(SttCommand::Finish).is_ok());
    for _ in 0..accepted {
        assert_eq!(bad_updates.error(), Some(ErrorKind::Internal));
    }
    assert_eq!(bad.submit(SttCommand::Flush).unwrap_err().kind(), ErrorKind::SessionEnded);
    good.submit(audio(1, 3_200)).unwrap();
    assert_eq!(good_updates.error(), None);
}

#[test]
fn session_continues_after_engine_failure() {
    let pool = pool(1);
    let model = Counting::acting(|recognizer| if recognizer == 1 { Err(failure()) } else { Ok(()) });
    let (handle, updates) = Updates::of(&pool, session(&model));
    handle.submit(audio(1, 3_200)).unwrap();
    handle.submit(SttCommand::Finish).unwrap();
    assert_eq!(updates.error(), Some(ErrorKind::EngineFailed));
    assert_eq!(updates.error(), None);
}

/// A pool whose only worker is stuck in the session `stuck` until `release` is dropped.
struct StuckPool {
    pool: Pool,
    stuck: SessionHandle<SttSession>,
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
    stuck.submit(audio(1, 3_200)).unwrap();
    entered.recv_timeout(WAIT).unwrap();
    StuckPool { pool, stuck, release }
}

#[test]
fn stuck_worker_is_replaced_without_new_commands() {
    let StuckPool { pool, stuck, release } = stuck_pool(Duration::from_millis(50));
    let (good, updates) = Updates::of(&pool, session(&Counting::new()));
    good.submit(audio(1, 3_200)).unwrap();
    assert_eq!(updates.error(), None);
    // The worker is still stuck while the pool is closed.
    drop(pool);
    for handle in [&good, &stuck] {
        assert_eq!(handle.submit(SttCommand::Flush).unwrap_err().kind(), ErrorKind::SessionEnded);
    }
    drop(release);
}

#[test]
fn workers_that_return_may_be_replaced_again() {
    let stuck_after = Duration::from_millis(50);
    let pool = Pool::with_stuck_after(NonZeroUsize::MIN, stuck_after).unwrap();
    let (sink, served) = mpsc::channel();
    // More of them than workers that may be stuck at once.
    for number in 0..20 {
        let (release, gate) = mpsc::channel::<()>();
        let slow = pool.attach(Slack { slack: Duration::ZERO, gate: Some(gate) }, |_| {});
        slow.submit(0).unwrap();
        let sink = sink.clone();
        let waiting = pool.attach(Slack { slack: Duration::ZERO, gate: None }, move |_| {
            sink.send(number).unwrap();
        });
        waiting.submit(0).unwrap();
        assert_eq!(served.recv_timeout(WAIT).unwrap(), number, "another worker serves it");
        drop(release);
        // The abandoned worker drops the session when it has returned.
        let entry = Arc::downgrade(&slow.entry);
        drop(slow);
        while entry.strong_count() > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn pool_closes_while_a_worker_is_stuck() {
    let StuckPool { pool, stuck, release } = stuck_pool(WAIT * 10);
    drop(pool);
    assert_eq!(stuck.submit(SttCommand::Flush).unwrap_err().kind(), ErrorKind::SessionEnded);
    drop(release);
}

#[test]
fn closed_pool_ends_every_command() {
    let StuckPool { pool, stuck, release } = stuck_pool(WAIT * 10);
    let (waiting, updates) = Updates::of(&pool, session(&Counting::new()));
    for _ in 0..3 {
        waiting.submit(audio(1, 3_200)).unwrap();
    }
    let closing = std::thread::spawn(move || drop(pool));
    let is_closed = |error: Error| error.kind() == ErrorKind::SessionEnded;
    while !stuck.submit(SttCommand::Flush).is_err_and(is_closed) {
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(release);
    closing.join().unwrap();
    for _ in 0..3 {
        assert_eq!(updates.error(), Some(ErrorKind::SessionEnded));
    }
    drop(waiting);
    // The channel closes when the session is dropped.
    assert_eq!(updates.0.recv_timeout(WAIT).unwrap_err(), mpsc::RecvTimeoutError::Disconnected);
}

#[test]
fn short_silence_needs_no_worker() {
    let pool = pool(1);
    let (sink, updates) = mpsc::channel();
    let session = SttSession::new(vec![Counting::new()], SttOptions::default()).unwrap();
    let handle =
        pool.attach(session, move |update| sink.send((std::thread::current().id(), update)).unwrap());
    let here = std::thread::current().id();
    for _ in 0..50 {
        handle.submit(audio(0, 3_200)).unwrap();
        let (thread, update) = updates.try_recv().unwrap();
        assert_eq!((thread, update.is_done, update.timing.waited), (here, true, None));
    }
    // A long piece goes to a worker: the work of a submitting thread is bounded.
    handle.submit(audio(0, 320_000)).unwrap();
    let (thread, update) = updates.recv_timeout(WAIT).unwrap();
    assert!(update.is_done && thread != here);
}

#[test]
fn resampling_needs_a_worker() {
    let pool = pool(1);
    let options = SttOptions { format: Format::pcm16(8_000).unwrap(), ..SttOptions::default() };
    let session = SttSession::new(vec![Counting::new()], options).unwrap();
    let (handle, updates) = Updates::of(&pool, session);
    handle.submit(audio(0, 1_600)).unwrap();
    assert!(updates.command().timing.waited.is_some());
}
