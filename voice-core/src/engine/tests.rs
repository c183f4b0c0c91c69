//! The engine with scripted models.

mod cpu;
mod fallback;
mod loading;
mod stuck;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

use super::*;
use crate::backoff::Backoff;
use crate::clock::Clock;
use crate::clock::manual::ManualClock;
use crate::error::{Error, ErrorKind};
use crate::language::tests::tag;
use crate::stt::ModelInfo;
use crate::stt::SttEvent;
use crate::stt::scripted::{Counting, failure};
use crate::supervision::ModelState;

const SOON: Duration = Duration::from_millis(5);

/// The longest real time that a test waits.
const WAIT: Duration = Duration::from_mins(1);

type Loaded = Result<Arc<dyn Model>>;

/// Retries and canaries at once. No call takes so long that it is stuck.
fn policy() -> Policy {
    let backoff = Backoff { attempts: 3, first: SOON, max: SOON, ..Backoff::default() };
    Policy { attempts: backoff, retries: backoff, canary_interval: SOON, deadline: WAIT, max_failures: 3 }
}

/// Retries so late that a test sees the failure first.
fn late_retries() -> Policy {
    let retries = Backoff { first: WAIT * 10, max: WAIT * 10, ..Backoff::default() };
    Policy { retries, ..policy() }
}

/// A slot that loads with `load`, which gets the number of the load, from 1.
fn slot(
    name: &str,
    languages: &[&str],
    load: impl Fn(u32) -> Loaded + Send + Sync + 'static,
) -> Slot<dyn Model> {
    let count = AtomicU32::new(0);
    let methods = Methods::<dyn Model> {
        load: Box::new(move |monitor, _| {
            let model = load(count.fetch_add(1, Ordering::Relaxed) + 1)?;
            Ok(Arc::new(stt::Monitored::new(model, Arc::clone(monitor))))
        }),
        canary: stt::canary::run,
    };
    let languages = languages.iter().map(|language| tag(language)).collect();
    Slot::new(name.into(), languages, methods)
}

fn engine(slots: impl IntoIterator<Item = Slot<dyn Model>>) -> Engine {
    Engine {
        stt: Group::new("model", slots),
        tts: Group::new("voice", []),
        cache: Arc::default(),
        libraries: Arc::default(),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "one of the possible outcomes of a load")]
fn good(_: u32) -> Loaded {
    Ok(Counting::new())
}

fn refused(kind: ErrorKind) -> impl Fn(u32) -> Loaded {
    move |_| Err(Error::new(kind, "scripted"))
}

/// Waits in real time until `done` is true.
fn wait_until(what: &str, done: impl Fn() -> bool) {
    let until = Instant::now() + WAIT;
    while !done() {
        assert!(Instant::now() < until, "never {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Waits until `wanted` holds for the first model's health.
fn wait_for(engine: &Engine, what: &str, wanted: impl Fn(&ModelHealth) -> bool) -> ModelHealth {
    wait_until(what, || wanted(&health(engine)));
    health(engine)
}

fn wait_until_ready(engine: &Engine) -> ModelHealth {
    wait_for(engine, "ready", |health| health.state == ModelState::Ready)
}

/// The first model's health.
fn health(engine: &Engine) -> ModelHealth {
    engine.health().stt.swap_remove(0)
}

/// The first working model.
fn model(engine: &Engine) -> Arc<dyn Model> {
    engine.stt_models(None).unwrap().swap_remove(0)
}

fn options() -> SttOptions {
    SttOptions { vad: crate::VadMode::Always, ..SttOptions::default() }
}

/// Pushes half a second of audio that counts as speech.
fn speak(session: &mut SttSession) -> Result<()> {
    session.push(&vec![1; 16_000])
}

fn model_of(session: &mut SttSession) -> ModelInfo {
    match session.next_event().unwrap() {
        Some(SttEvent::Ready { model }) => model,
        other => panic!("the first event is {other:?}"),
    }
}

/// A switch that makes calls of an engine block.
#[derive(Clone, Default)]
struct Switch {
    blocks: Arc<AtomicBool>,
    /// Calls that are blocked.
    blocked: Arc<AtomicU32>,
}

impl Switch {
    fn on() -> Self {
        let switch = Self::default();
        switch.set(true);
        switch
    }

    fn set(&self, blocks: bool) {
        self.blocks.store(blocks, Ordering::Relaxed);
    }

    /// Blocks while the switch is on.
    fn pass(&self) {
        self.blocked.fetch_add(1, Ordering::Relaxed);
        while self.blocks.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.blocked.fetch_sub(1, Ordering::Relaxed);
    }

    fn wait_until_blocked(&self, calls: u32) {
        wait_until("blocked", || {
            self.blocks.load(Ordering::Relaxed) && self.blocked.load(Ordering::Relaxed) == calls
        });
    }
}

/// A model whose pushes block while `switch` is on.
#[expect(clippy::unnecessary_wraps, reason = "one of the possible outcomes of a load")]
fn hanging(switch: &Switch) -> Loaded {
    let switch = switch.clone();
    Ok(Counting::acting(move |_| {
        switch.pass();
        Ok(())
    }))
}

/// A child that is forked while another thread makes a value that is made once would wait for it without end.
#[test]
fn values_that_are_made_once_are_made_with_the_engine() {
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            let count = |what: &str| source.lines().filter(|line| line.contains(what)).count();
            let (lazy, forced) = (count(": LazyLock<"), count("LazyLock::force(&"));
            assert_eq!(
                lazy,
                forced,
                "{}: call LazyLock::force in a function for build_tables",
                path.display()
            );
            found += lazy;
        }
    }
    // This file is one of them.
    assert!(found > 1);
}
