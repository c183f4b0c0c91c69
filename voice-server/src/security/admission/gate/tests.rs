use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::security::client::rate::WINDOW;
use crate::security::refusal::LimitReached;

pub(in crate::security::admission) fn limits(
    per_minute: u32,
    sessions: usize,
    per_address: usize,
    per_subject: usize,
) -> AdmissionLimits {
    let size = |number| NonZeroUsize::new(number).unwrap();
    AdmissionLimits {
        per_minute: NonZeroU32::new(per_minute).unwrap(),
        sessions: size(sessions),
        reserved: 0,
        per_address: size(per_address),
        per_subject: size(per_subject),
    }
}

fn client(address: u32, subject: &str) -> Client {
    let subject = if subject.is_empty() { None } else { Some(subject.into()) };
    Client { address: IpKey::V4(address), subject }
}

fn full(result: Result<Permit, Denial>) -> Option<LimitReached> {
    match result.err()? {
        Denial::SessionLimit(full, _) => Some(full),
        other => panic!("{other}"),
    }
}

#[test]
fn limits_are_independent() {
    let now = Instant::now();
    let gate = Gate::new(limits(1_000, 4, 3, 2), now);
    let first = gate.admit(&client(1, "a"), now).unwrap();
    let second = gate.admit(&client(1, "a"), now).unwrap();
    assert_eq!(full(gate.admit(&client(2, "a"), now)), Some(LimitReached::Subject));
    let third = gate.admit(&client(1, ""), now).unwrap();
    assert_eq!(full(gate.admit(&client(1, "b"), now)), Some(LimitReached::Address));
    let fourth = gate.admit(&client(2, ""), now).unwrap();
    assert_eq!(full(gate.admit(&client(3, "c"), now)), Some(LimitReached::Server));
    assert_eq!(gate.sessions(), 4);
    drop((first, second));
    assert_eq!(gate.sessions(), 2);
    assert_eq!(full(gate.admit(&client(1, "a"), now)), None);
    drop((third, fourth));
    assert_eq!(gate.sessions(), 0);
    assert_eq!(gate.slots.entries(), (0, 0), "no trace of who was here");
}

#[test]
fn clients_without_tokens_leave_reserved_slots() {
    let now = Instant::now();
    let gate = Gate::new(AdmissionLimits { reserved: 2, ..limits(1_000, 5, 5, 5) }, now);
    let anonymous: Vec<_> = (0..3).map(|_| gate.admit(&client(1, ""), now).unwrap()).collect();
    assert_eq!(full(gate.admit(&client(2, ""), now)), Some(LimitReached::Reserved));
    let tokens = (gate.admit(&client(1, "a"), now).unwrap(), gate.admit(&client(2, "b"), now).unwrap());
    assert_eq!(full(gate.admit(&client(3, "c"), now)), Some(LimitReached::Server));
    drop(anonymous);
    // Clients with a token may use the slots of clients without one.
    let more: Vec<_> = (0..3).map(|_| gate.admit(&client(2, "b"), now).unwrap()).collect();
    drop((tokens, more));
    assert!(gate.admit(&client(1, ""), now).is_ok());
    assert_eq!(gate.slots.entries(), (0, 0));
}

#[test]
fn refusal_counts_against_the_rate_only() {
    let now = Instant::now();
    let gate = Gate::new(limits(3, 1, 1, 1), now);
    let permit = gate.admit(&client(1, "a"), now).unwrap();
    assert_eq!(permit.rate_status.remaining, 2);
    for _ in 0..2 {
        assert_eq!(full(gate.admit(&client(1, "a"), now)), Some(LimitReached::Server));
    }
    drop(permit);
    assert!(matches!(gate.admit(&client(1, "a"), now), Err(Denial::RateLimited(_))));
    assert_eq!(gate.sessions(), 0);
    assert!(gate.admit(&client(2, "a"), now).is_ok());
}

#[test]
fn requests_without_a_session_use_the_same_rate() {
    let now = Instant::now();
    let gate = Gate::new(limits(3, 1, 1, 1), now);
    let permit = gate.admit(&client(1, ""), now).unwrap();
    assert_eq!(gate.admit_request(IpKey::V4(1), now).unwrap().remaining, 1);
    assert!(gate.admit_request(IpKey::V4(1), now).is_ok());
    assert!(gate.admit_request(IpKey::V4(1), now).is_err());
    drop(permit);
    assert!(matches!(gate.admit(&client(1, ""), now), Err(Denial::RateLimited(_))));
}

#[test]
fn many_admissions_are_counted_exactly() {
    let now = Instant::now();
    let gate = Gate::new(limits(7, 1_000, 1_000, 1_000), now);
    let outcome = |attempt: u32| match gate.admit(&client(attempt % 10_000, ""), now) {
        Ok(permit) => {
            drop(permit);
            true
        }
        Err(Denial::RateLimited(_)) => false,
        Err(other) => panic!("{other}"),
    };
    assert_eq!((0..100_000).filter(|attempt| outcome(*attempt)).count(), 70_000);
    assert_eq!(gate.sessions(), 0);
}

#[test]
fn concurrent_admissions_respect_the_limit() {
    for cap in [10, 100, 1_000] {
        let now = Instant::now();
        let gate = Gate::new(limits(u32::MAX, cap, 10_000, 10_000), now);
        let most = AtomicUsize::new(0);
        let refused = AtomicUsize::new(0);
        let held: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|thread| {
                    let (gate, most, refused) = (&gate, &most, &refused);
                    scope.spawn(move || {
                        let mut held = Vec::new();
                        for attempt in 0..2 * cap {
                            match gate.admit(&client(thread, ""), now) {
                                Ok(permit) => held.push(permit),
                                Err(_) => _ = refused.fetch_add(1, Ordering::Relaxed),
                            }
                            most.fetch_max(gate.sessions(), Ordering::Relaxed);
                            if attempt < cap && attempt % 3 == 0 {
                                held.pop();
                            }
                        }
                        held
                    })
                })
                .collect();
            let held: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
            assert!(
                full(gate.admit(&client(99, ""), now)) == Some(LimitReached::Server),
                "one more than {cap}"
            );
            held.iter().map(Vec::len).sum()
        });
        assert_eq!((held, most.into_inner()), (cap, cap));
        assert!(refused.into_inner() > 0);
        assert_eq!(gate.sessions(), 0);
    }
}

/// Not part of a test run: `cargo test --release --package voice-server admission_takes -- --ignored --nocapture`
/// prints how long it takes to admit and end a session, while two threads do so, the table of addresses has been full
/// before, and 20,000 addresses are live.
#[test]
#[ignore = "measures"]
fn admission_takes_microseconds() {
    const ROUNDS: u32 = 1_000_000;
    let start = Instant::now();
    let gate = Gate::new(limits(60, 10_000, 100, 100), start);
    for address in 0..ROUNDS {
        drop(gate.admit(&client(address, ""), start));
    }
    let admitted = AtomicUsize::new(0);
    let measure = |thread: u32| {
        let mut times: Vec<Duration> = (0..ROUNDS)
            .map(|number| {
                let client = client(number.wrapping_mul(2_654_435_761) ^ thread, "subject of a token");
                let now = start + WINDOW + number * Duration::from_micros(100);
                let before = Instant::now();
                let permit = gate.admit(&client, now);
                admitted.fetch_add(usize::from(permit.is_ok()), Ordering::Relaxed);
                drop(permit);
                before.elapsed()
            })
            .collect();
        times.sort_unstable();
        times
    };
    let times = std::thread::scope(|scope| {
        let other = scope.spawn(|| measure(1 << 31));
        let times = measure(0);
        other.join().unwrap();
        times
    });
    let at = |per_mille: usize| times[times.len() * per_mille / 1_000];
    println!("admission: median {:?}, p99 {:?}, p99.9 {:?}", at(500), at(990), at(999));
    assert!(admitted.into_inner() > ROUNDS as usize * 2 * 99 / 100);
    assert!(at(990) <= Duration::from_micros(100));
}
