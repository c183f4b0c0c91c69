//! Tests with a real Redis, which is killed, stopped and restarted.

mod server;

use std::time::Instant;

use tokio::task::JoinSet;

use self::server::RedisServer;
use super::*;
use crate::security::admission::gate::Permit;
use crate::security::admission::gate::tests::limits;
use crate::security::admission::{Admission, Sharing};
use crate::security::client::client_ip::IpKey;

/// The longest wait for what takes one or two heartbeats.
const EVENTUALLY: Duration = Duration::from_secs(20);

fn client(address: u32, subject: &str) -> Client {
    Client { address: IpKey::V4(address), subject: Some(subject.into()) }
}

async fn instance(limits: AdmissionLimits, url: &str) -> Arc<Admission> {
    // The load of the machine must not matter.
    let redis = Redis { url, root_certificate: None, deadline: Duration::from_secs(10) };
    join(limits, redis).await
}

async fn join(limits: AdmissionLimits, redis: Redis<'_>) -> Arc<Admission> {
    let secret = Secret::new(*b"mXq0v2P4cYf1uGz7Lr8TnE5wJb3HsKd9");
    Arc::new(Admission::shared(limits, Instant::now(), redis, &secret).await.unwrap())
}

async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < EVENTUALLY, "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Asks both instances at the same time, `attempts` times in total, and returns the admitted sessions.
async fn storm(
    instances: [&Arc<Admission>; 2],
    attempts: u32,
    client: impl Fn(u32) -> Client,
) -> Vec<Permit> {
    let mut asking = JoinSet::new();
    for attempt in 0..attempts {
        let (instance, client) = (Arc::clone(instances[attempt as usize % 2]), client(attempt));
        asking.spawn(async move { instance.admit(&client, Instant::now()).await });
    }
    asking.join_all().await.into_iter().filter_map(Result::ok).collect()
}

/// A request that needs no session.
async fn request(instance: &Admission, address: IpKey) -> Result<RateStatus, RateLimited> {
    let rate_status = instance.count_request(address, Instant::now())?;
    instance.confirm(address, rate_status).await
}

fn refused_by(result: Result<Permit, Denial>) -> LimitReached {
    match result.err() {
        Some(Denial::SessionLimit(full, _)) => full,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reserved_sessions_hold_for_all_instances() {
    let Some(redis) = RedisServer::start() else { return };
    let limits = AdmissionLimits { reserved: 3, ..limits(1_000, 10, 10, 10) };
    let (one, two) = (instance(limits, &redis.url()).await, instance(limits, &redis.url()).await);
    let anonymous = |address| Client { address: IpKey::V4(address), subject: None };
    let without = storm([&one, &two], 40, anonymous).await;
    assert_eq!(without.len(), 7);
    assert_eq!(refused_by(one.admit(&anonymous(99), Instant::now()).await), LimitReached::Reserved);
    let with = storm([&one, &two], 40, |attempt| client(attempt, &attempt.to_string())).await;
    assert_eq!(with.len(), 3);
    assert_eq!(refused_by(two.admit(&client(99, "a"), Instant::now()).await), LimitReached::Server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_share_session_limits() {
    let Some(redis) = RedisServer::start() else { return };
    let limits = limits(1_000, 20, 12, 5);
    let (one, two) = (instance(limits, &redis.url()).await, instance(limits, &redis.url()).await);
    assert_eq!((one.sharing(), two.sharing()), (Sharing::Together, Sharing::Together));

    let of_subject = storm([&one, &two], 40, |attempt| client(attempt, "a")).await;
    assert_eq!(of_subject.len(), 5);
    assert_eq!(refused_by(two.admit(&client(99, "a"), Instant::now()).await), LimitReached::Subject);
    let of_address = storm([&one, &two], 60, |attempt| client(7, &attempt.to_string())).await;
    // One of the five before came from the same address.
    assert!((11..=12).contains(&of_address.len()), "{}", of_address.len());
    assert_eq!(refused_by(one.admit(&client(7, "b"), Instant::now()).await), LimitReached::Address);
    let others = storm([&one, &two], 60, |attempt| client(1_000 + attempt, &format!("c{attempt}"))).await;
    assert_eq!(of_subject.len() + of_address.len() + others.len(), 20);
    assert_eq!(refused_by(two.admit(&client(5_000, "d"), Instant::now()).await), LimitReached::Server);
    assert_eq!(one.sessions() + two.sessions(), 20);

    drop((of_subject, of_address, others));
    eventually("places are free for all instances", async || redis.sessions().await == 0).await;
    assert!(two.admit(&client(5_000, "d"), Instant::now()).await.is_ok());
    assert_eq!((one.decisions_alone(), two.decisions_alone()), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_share_a_rate() {
    let Some(redis) = RedisServer::start() else { return };
    let limits = limits(10, 1_000, 1_000, 1_000);
    let (one, two) = (instance(limits, &redis.url()).await, instance(limits, &redis.url()).await);
    let start = Instant::now();
    let admitted = storm([&one, &two], 200, |_| client(1, "a")).await.len();
    // One attempt becomes available every six seconds.
    let back = start.elapsed().as_secs() as usize / 6;
    assert!((10..=10 + back).contains(&admitted), "{admitted}");
    let refusal = two.admit(&client(1, "b"), Instant::now()).await.err();
    assert!(
        matches!(refusal, Some(Denial::RateLimited(rate_limited)) if rate_limited.rate_status.limit == 10),
        "{refusal:?}"
    );
    assert_eq!(two.admit(&client(2, "a"), Instant::now()).await.unwrap().rate_status.remaining, 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_and_sessions_share_one_rate() {
    let Some(redis) = RedisServer::start() else { return };
    let limits = limits(4, 1_000, 1_000, 1_000);
    let (one, two) = (instance(limits, &redis.url()).await, instance(limits, &redis.url()).await);
    let (address, start) = (IpKey::V4(1), Instant::now());
    assert_eq!(request(&one, address).await.unwrap().remaining, 3);
    assert_eq!(request(&two, address).await.unwrap().remaining, 2);
    assert_eq!(one.admit(&client(1, "a"), start).await.unwrap().rate_status.remaining, 1);
    assert!(request(&two, address).await.is_ok());
    for instance in [&one, &two] {
        let rate_limited = request(instance, address).await.unwrap_err();
        assert_eq!((rate_limited.rate_status.limit, rate_limited.rate_status.remaining), (4, 0));
        assert!((1..=15).contains(&rate_limited.retry_after.as_secs()), "{rate_limited:?}");
    }
    assert_eq!(request(&two, IpKey::V4(2)).await.unwrap().remaining, 3);
    assert_eq!((one.decisions_alone(), two.decisions_alone()), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_instance_notices_an_outage() {
    let Some(mut redis) = RedisServer::start() else { return };
    let one = instance(limits(1, 1, 1, 1), &redis.url()).await;
    redis.kill();
    eventually("it is degraded", async || one.sharing() == Sharing::Degraded(Outage::Unreachable)).await;
    let rate_status = request(&one, IpKey::V4(1)).await.unwrap();
    assert_eq!((rate_status.remaining, one.decisions_alone()), (0, 1));
    redis.restart();
    eventually("it is together again", async || one.sharing() == Sharing::Together).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_attempts_do_not_reach_redis() {
    let Some(redis) = RedisServer::start() else { return };
    let limits = limits(10, 1, 1, 1);
    let (one, two) = (instance(limits, &redis.url()).await, instance(limits, &redis.url()).await);
    let _session = two.admit(&client(1, "a"), Instant::now()).await.unwrap();
    let start = Instant::now();
    for _ in 0..10 {
        assert_eq!(refused_by(one.admit(&client(2, "b"), start).await), LimitReached::Server);
    }
    let asked = redis.commands().await;
    for _ in 0..100 {
        let refusal = one.admit(&client(2, "b"), start).await.err();
        assert!(matches!(refusal, Some(Denial::RateLimited(_))), "{refusal:?}");
    }
    let asked = redis.commands().await - asked;
    assert!(asked < 100, "Redis was asked {asked} times");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_with_another_secret_share_nothing() {
    let Some(redis) = RedisServer::start() else { return };
    let (limits, url) = (limits(10, 1, 1, 1), redis.url());
    let ours = instance(limits, &url).await;
    let at = Redis { url: &url, root_certificate: None, deadline: Duration::from_secs(10) };
    let theirs = Admission::shared(limits, Instant::now(), at, &Secret::new(*b"another")).await.unwrap();
    let _our_session = ours.admit(&client(1, "a"), Instant::now()).await.unwrap();
    assert!(theirs.admit(&client(1, "a"), Instant::now()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leases_of_a_crashed_instance_expire() {
    let Some(redis) = RedisServer::start() else { return };
    let limits = limits(1_000, 3, 3, 3);
    let survivor = instance(limits, &redis.url()).await;
    let running = survivor.admit(&client(1, "a"), Instant::now()).await.unwrap();
    let died = Instant::now();
    {
        let victim = instance(limits, &redis.url()).await;
        for _ in 0..2 {
            // As in a crash: the end of the session is not reported.
            std::mem::forget(victim.admit(&client(2, "b"), Instant::now()).await.unwrap());
        }
        assert_eq!(refused_by(survivor.admit(&client(3, "c"), Instant::now()).await), LimitReached::Server);
    }
    let mut places = Vec::new();
    eventually("the dead instance's places are free", async || {
        places.extend(survivor.admit(&client(3, "c"), Instant::now()).await.ok());
        places.len() == 2
    })
    .await;
    // Without renewal, the lease of the running session would have expired too.
    tokio::time::sleep((LEASE_TIME + HEARTBEAT_INTERVAL).saturating_sub(died.elapsed())).await;
    assert_eq!(refused_by(survivor.admit(&client(3, "c"), Instant::now()).await), LimitReached::Server);
    assert_eq!(redis.sessions().await, 3);
    drop(running);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outage_ends_sharing_until_redis_returns() {
    let Some(mut redis) = RedisServer::start() else { return };
    let limits = limits(1_000, 4, 4, 4);
    let (one, two) = (instance(limits, &redis.url()).await, instance(limits, &redis.url()).await);
    let first = one.admit(&client(1, "a"), Instant::now()).await.unwrap();
    let second = two.admit(&client(1, "a"), Instant::now()).await.unwrap();

    redis.kill();
    // The running session counts here too, and the session of the other instance does not.
    let mut alone = Vec::new();
    for _ in 0..3 {
        alone.push(one.admit(&client(1, "a"), Instant::now()).await.unwrap());
    }
    assert_eq!(refused_by(one.admit(&client(1, "a"), Instant::now()).await), LimitReached::Server);
    assert_eq!(one.sharing(), Sharing::Degraded(Outage::Unreachable));
    assert_eq!((one.outages(), one.decisions_alone()), (1, 4));
    alone.truncate(1);

    redis.restart();
    for instance in [&one, &two] {
        eventually("the instances are together again", async || instance.sharing() == Sharing::Together)
            .await;
    }
    eventually("running sessions are added again", async || redis.sessions().await == 3).await;
    let last = two.admit(&client(2, "b"), Instant::now()).await.unwrap();
    for instance in [&one, &two] {
        assert_eq!(refused_by(instance.admit(&client(3, "c"), Instant::now()).await), LimitReached::Server);
    }
    drop((first, second, alone, last));
    eventually("all places are free", async || redis.sessions().await == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopped_redis_does_not_delay_clients() {
    let Some(redis) = RedisServer::start() else { return };
    let url = redis.url();
    let at = Redis { url: &url, root_certificate: None, deadline: Redis::DEADLINE };
    let one = join(limits(1_000, 1, 1, 1), at).await;
    redis.stop();
    let permit = one.admit(&client(1, "a"), Instant::now()).await.unwrap();
    assert_eq!(one.sharing(), Sharing::Degraded(Outage::Slow));
    assert_eq!(refused_by(one.admit(&client(2, "b"), Instant::now()).await), LimitReached::Server);
    redis.go_on();
    eventually("it is asked again", async || one.sharing() == Sharing::Together).await;
    // Requests that Redis received while it was stopped are done late; their leases are released or kept.
    eventually("one lease is left", async || redis.sessions().await == 1).await;
    drop(permit);
    eventually("no lease is left", async || redis.sessions().await == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_starts_without_redis() {
    let Some(mut redis) = RedisServer::start() else { return };
    redis.kill();
    let one = instance(limits(1_000, 1, 1, 1), &redis.url()).await;
    assert_eq!(one.sharing(), Sharing::Degraded(Outage::Unreachable));
    let permit = one.admit(&client(1, "a"), Instant::now()).await.unwrap();
    redis.restart();
    eventually("it joins", async || one.sharing() == Sharing::Together).await;
    assert_eq!(redis.sessions().await, 1);
    drop(permit);
    one.close().await;
    assert_eq!(redis.sessions().await, 0);
}

fn claims(jti: &str) -> Claims {
    let exp = since_1970(SystemTime::now()).as_secs() + 600;
    Claims {
        iss: "voice".to_owned(),
        aud: "clients".to_owned(),
        sub: "ward-7".to_owned(),
        iat: 0,
        nbf: 0,
        exp,
        jti: jti.to_owned(),
        scope: "stt".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ticket_works_once_on_any_instance() {
    let Some(mut redis) = RedisServer::start() else { return };
    let limits = limits(1_000, 10, 10, 10);
    let (one, two) = (instance(limits, &redis.url()).await, instance(limits, &redis.url()).await);
    let claims = claims("j");
    let ticket = one.issue_ticket(&claims, Instant::now()).await.unwrap();
    let mut redeeming = JoinSet::new();
    for attempt in 0..20 {
        let (instance, ticket) = (Arc::clone([&one, &two][attempt % 2]), ticket.as_str().to_owned());
        redeeming.spawn(async move { instance.redeem_ticket(&ticket, Instant::now()).await });
    }
    let redeemed: Vec<_> = redeeming.join_all().await.into_iter().filter_map(Result::ok).collect();
    assert_eq!(redeemed, std::slice::from_ref(&claims));

    redis.kill();
    let ticket = one.issue_ticket(&claims, Instant::now()).await.unwrap();
    redis.restart();
    eventually("together again", async || one.sharing() == Sharing::Together).await;
    assert_eq!(one.redeem_ticket(ticket.as_str(), Instant::now()).await, Ok(claims));
    assert_eq!(one.redeem_ticket(ticket.as_str(), Instant::now()).await, Err(Denial::TicketInvalid));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revocation_reaches_all_instances() {
    let Some(mut redis) = RedisServer::start() else { return };
    let limits = limits(1_000, 10, 10, 10);
    let (one, two) = (instance(limits, &redis.url()).await, instance(limits, &redis.url()).await);
    let (first, second, good) = (claims("first"), claims("second"), claims("good"));
    one.revoke("first", first.exp, SystemTime::now()).await.unwrap();
    for instance in [&one, &two] {
        assert!(instance.is_revoked(&first.jti).await);
        assert!(!instance.is_revoked(&good.jti).await);
    }
    redis.kill();
    one.revoke("second", second.exp, SystemTime::now()).await.unwrap();
    assert!(one.is_revoked(&second.jti).await);
    assert!(!two.is_revoked(&second.jti).await, "it cannot know");
    redis.restart();
    for instance in [&one, &two] {
        eventually("together again", async || instance.sharing() == Sharing::Together).await;
    }
    for revoked in [&first, &second] {
        assert!(two.is_revoked(&revoked.jti).await);
    }
    assert!(!two.is_revoked(&good.jti).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_redis_gets_all_revocations() {
    const REVOKED: usize = 8_000;
    let Some(mut redis) = RedisServer::start() else { return };
    // 32 batches take two seconds; the deadline is one second for each.
    let url = redis.url_far_away(Duration::from_millis(60)).await;
    let at = Redis { url: &url, root_certificate: None, deadline: Redis::DEADLINE };
    let one = join(limits(10, 1, 1, 1), at).await;
    redis.kill();
    let exp = claims("").exp;
    for number in 0..REVOKED {
        one.revoke(&number.to_string(), exp, SystemTime::now()).await.unwrap();
    }
    assert_ne!(one.sharing(), Sharing::Together);
    redis.restart();
    eventually("together again", async || one.sharing() == Sharing::Together).await;
    assert_eq!(redis.keys().await.len(), REVOKED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_in_redis_expire_and_identify_no_client() {
    let Some(redis) = RedisServer::start() else { return };
    let one = instance(limits(1_000, 10, 10, 10), &redis.url()).await;
    let permit = one.admit(&client(0x0a01_0203, "ward-7"), Instant::now()).await.unwrap();
    one.issue_ticket(&claims("jti-of-a-token"), Instant::now()).await.unwrap();
    one.revoke("jti-of-a-token", claims("").exp, SystemTime::now()).await.unwrap();
    let keys = redis.keys().await;
    for kind in ["rate:", "sessions:", "address:", "subject:", "ticket:", "revoked:"] {
        assert!(
            keys.iter().any(|key| key.starts_with(&format!("voice:{{voice}}:{kind}"))),
            "{kind}: {keys:?}"
        );
    }
    assert_eq!(keys.len(), 6);
    for key in keys {
        assert!(!key.contains("ward") && !key.contains("jti-of") && !key.contains("10.1.2.3"), "{key}");
        assert!(redis.milliseconds_left(&key).await > 0, "{key} has no end");
    }
    drop(permit);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ca_file_does_not_affect_redis_without_tls() {
    let Some(redis) = RedisServer::start() else { return };
    let certificate = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap().cert.pem();
    let url = redis.url();
    let root_certificate = Some(certificate.as_bytes());
    let at = Redis { url: &url, root_certificate, deadline: Duration::from_secs(10) };
    assert_eq!(join(limits(10, 1, 1, 1), at).await.sharing(), Sharing::Together);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_password_is_required() {
    let Some(redis) = RedisServer::with(&["--requirepass", "pass"]) else { return };
    let without = instance(limits(1_000, 10, 10, 10), &redis.url()).await;
    assert_eq!(without.sharing(), Sharing::Degraded(Outage::Refusing));
    assert!(without.admit(&client(1, "a"), Instant::now()).await.is_ok());
    let with = instance(limits(1_000, 10, 10, 10), &redis.url().replace("//", "//:pass@")).await;
    assert_eq!(with.sharing(), Sharing::Together);
    for url in ["", "redis", "http://localhost", "redis://"] {
        let redis = Redis { url, root_certificate: None, deadline: Redis::DEADLINE };
        let made = Admission::shared(limits(1, 1, 1, 1), Instant::now(), redis, &Secret::new(*b"s")).await;
        assert_eq!(made.err(), Some(BadUrl), "{url}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_certificate_is_checked() {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.into_os_string().into_string().unwrap()
    };
    let (certificate, key) =
        (file("certificate.pem", &cert.pem()), file("key.pem", &signing_key.serialize_pem()));
    let Some(redis) = RedisServer::with_tls(&certificate, &key) else { return };
    let url = redis.url();
    let pem = cert.pem();
    let trusting =
        Redis { url: &url, root_certificate: Some(pem.as_bytes()), deadline: Duration::from_secs(10) };
    let one = join(limits(1_000, 1, 1, 1), trusting).await;
    assert_eq!(one.sharing(), Sharing::Together);
    let permit = one.admit(&client(1, "a"), Instant::now()).await.unwrap();
    let two = join(limits(1_000, 1, 1, 1), trusting).await;
    assert_eq!(refused_by(two.admit(&client(2, "b"), Instant::now()).await), LimitReached::Server);
    let wary = join(limits(1_000, 1, 1, 1), Redis { root_certificate: None, ..trusting }).await;
    assert_eq!(wary.sharing(), Sharing::Degraded(Outage::Unreachable));
    drop(permit);
}

/// Not part of a test run: `cargo test --release --package voice-server shared_admission_takes -- --ignored
/// --nocapture` prints how long a decision through Redis takes on this machine.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn shared_admission_takes_a_round_trip() {
    let Some(redis) = RedisServer::start() else { return };
    let one = instance(limits(60, 10_000, 100, 100), &redis.url()).await;
    let mut times = Vec::new();
    for attempt in 0..20_000 {
        let client = client(attempt, "subject of a token");
        let before = Instant::now();
        drop(one.admit(&client, before).await);
        times.push(before.elapsed());
    }
    times.sort_unstable();
    let at = |percent: usize| times[times.len() * percent / 100];
    println!("admission through Redis: median {:?}, p99 {:?}", at(50), at(99));
    assert_eq!(one.decisions_alone(), 0);
}
