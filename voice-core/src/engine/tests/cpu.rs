//! Models that are given no CPU, or use it without end. These tests need the system's clock and its statistics of
//! threads: only time on a CPU, or asleep, counts as a delay.

use super::*;

/// Long enough that an engine on a busy machine does not count as stuck.
const DEADLINE: Duration = Duration::from_millis(400);

/// A policy with the short deadline, and without canaries during a test.
fn short_deadline() -> Policy {
    Policy { deadline: DEADLINE, canary_interval: WAIT * 10, ..policy() }
}

#[test]
#[cfg(target_os = "linux")]
fn model_without_cpu_is_not_reloaded() {
    use crate::watchdog::tests::{Crowd, spin_until};

    let (loads, is_bound) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(true)));
    let (counted, bound) = (Arc::clone(&loads), Arc::clone(&is_bound));
    let engine = engine([slot("a", &[], move |load| {
        counted.store(load, Ordering::Relaxed);
        let bound = Arc::clone(&bound);
        // The canary uses the first recognizer, a session the second. Each call lasts several deadlines, and its
        // thread gets a sixteenth of the core.
        Ok(Counting::acting(move |_| {
            let crowd = Crowd::around_this_thread(15);
            let began = Instant::now();
            if crowd.is_none() {
                bound.store(false, Ordering::Relaxed);
            }
            spin_until(|| crowd.is_none() || began.elapsed() > 4 * DEADLINE);
            Ok(())
        }))
    })]);
    let _supervisor = engine.supervise(short_deadline()).unwrap();
    wait_until_ready(&engine);
    let mut session = engine.stt_session(options()).unwrap();
    std::thread::spawn(move || session.push(&[1; 8_000])).join().unwrap().unwrap();
    assert!(!engine.has_abandoned(&model(&engine)));
    assert_eq!(loads.load(Ordering::Relaxed), 1);
    if !is_bound.load(Ordering::Relaxed) {
        println!("skipped: threads cannot be bound to a core");
    }
}

#[test]
fn model_in_an_endless_loop_is_reloaded() {
    let is_over = Arc::new(AtomicBool::new(false));
    let scripted = Arc::clone(&is_over);
    let engine = engine([slot("a", &[], move |load| {
        let is_over = Arc::clone(&scripted);
        Ok(Counting::acting(move |recognizer| {
            while load == 1 && recognizer > 1 && !is_over.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
            Ok(())
        }))
    })]);
    let _supervisor = engine.supervise(short_deadline()).unwrap();
    wait_until_ready(&engine);
    let first = model(&engine);
    let mut session = engine.stt_session(options()).unwrap();
    let loops = std::thread::spawn(move || speak(&mut session));
    wait_for(&engine, "replaced", |_| {
        engine.stt_models(None).is_ok_and(|models| !Arc::ptr_eq(&models[0], &first))
    });
    assert!(engine.has_abandoned(&first));
    is_over.store(true, Ordering::Relaxed);
    loops.join().unwrap().unwrap();
}
