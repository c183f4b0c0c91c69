//! Rows about routes that need the admin secret.

use std::cmp::Ordering;

use hyper::StatusCode;
use hyper::header::HeaderName;
use serde_json::{Value, json};

use super::client::Answer;
use super::outcome::{Finding, Outcome, failure, skipped, unexpected, warning};
use super::visit::{AUTHORIZED, Visit};

const SECRET: &str = "check that the secret in the file is the server's VOICE_SERVICE_SECRET";

pub(super) async fn open(visit: &mut Visit) -> Outcome {
    let admin = visit.admin_header()?;
    let answer = visit.client.get("/admin/health", &[(AUTHORIZED, &admin)]).await?;
    let health = answer.json().filter(|_| answer.status == StatusCode::OK);
    let health = health.ok_or_else(|| unexpected(&answer, "200 with JSON", SECRET))?;
    let versions = health["versions"].to_string();
    visit.seen.admin_health = Some(health);
    let sessions = visit.client.get("/admin/sessions", &[(AUTHORIZED, &admin)]).await?;
    if sessions.status != StatusCode::OK || sessions.json().is_none() {
        return Err(unexpected(&sessions, "200 with JSON from /admin/sessions", SECRET));
    }
    Ok(format!("versions {versions}"))
}

pub(super) fn limits(visit: &Visit) -> Outcome {
    let health = visit.seen.admin_health.as_ref().ok_or_else(|| skipped("/admin/health was not read"))?;
    let Some(limits) = health["limits"].as_object() else {
        return Err(failure("/admin/health without limits", "deploy a server of this version"));
    };
    let is_finite = |value: &Value| value.as_f64().is_some_and(|number| number >= 1.0);
    if !limits.iter().any(|(name, value)| name.contains("sessions") && is_finite(value)) {
        let found = Value::from(limits.clone()).to_string();
        return Err(failure(
            found,
            "set MAX_CONCURRENT_SESSIONS to the number of sessions that the machine can serve",
        ));
    }
    Ok(Value::from(limits.clone()).to_string())
}

/// Addresses of the documentation networks (RFC 5737), which no client has.
const FORGED: [&str; 2] = ["192.0.2.77", "198.51.100.77"];

/// The number of requests that are compared: they may take different routes.
const WAYS: usize = 3;

/// Counts the entries that proxies add to a forged `X-Forwarded-For`: this many may be trusted.
pub(super) async fn client_address(visit: &Visit) -> Outcome {
    const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
    let admin = visit.admin_header()?;
    visit.seen.admin_health.as_ref().ok_or_else(|| skipped("/admin/health was not read"))?;
    let forged = FORGED.join(", ");
    let mut counts = Vec::new();
    let mut seen = (0, String::new());
    for _ in 0..WAYS {
        let headers = [(AUTHORIZED, &*admin), (FORWARDED_FOR, &*forged)];
        let answer = visit.client.get("/admin/health", &headers).await?;
        let client = answer.json().filter(|_| answer.status == StatusCode::OK);
        let client = client.ok_or_else(|| unexpected(&answer, "200 with JSON", SECRET))?["client"].clone();
        let Some(entries) = client["forwarded_for"].as_array() else {
            return Err(skipped("the server does not say: it is older than this program"));
        };
        let network = |address: &str| format!("{}.0/24", address.rsplit_once('.').map_or("", |(net, _)| net));
        let last_forged = entries.iter().rposition(|entry| *entry == network(FORGED[1]));
        counts.push(last_forged.map_or(entries.len(), |index| entries.len() - index - 1));
        seen = (client["trusted_proxies"].as_u64().unwrap_or(0) as usize, client["network"].to_string());
    }
    let (trusted, network) = seen;
    let added = *counts.iter().min().unwrap_or(&0);
    let found = format!("proxies add {added} entries, {trusted} are trusted, the client is {network}");
    if counts.iter().any(|count| *count != added) {
        let found = format!("requests arrive through {counts:?} proxies; {trusted} are trusted");
        return Err(failure(
            found,
            "give every route to the server the same number of proxies, or trust the smallest number",
        ));
    }
    if added == 0 && trusted > 0 && visit.destination().is_here() {
        return Err(skipped("the request did not pass the server's proxies; give the public address"));
    }
    let advice = format!("set VOICE_TRUSTED_PROXIES={added}");
    match trusted.cmp(&added) {
        Ordering::Equal => Ok(found),
        Ordering::Greater => Err(failure(format!("{found}: clients choose their address"), advice)),
        Ordering::Less => Err(warning(format!("{found}: many clients share a proxy's address"), advice)),
    }
}

pub(super) async fn metrics(visit: &Visit) -> Outcome {
    let closed = visit.client.get("/metrics", &[]).await?;
    refused(&closed, "/metrics")?;
    let Ok(admin) = visit.admin_header() else {
        return Ok("closed without the secret; not checked with it".to_owned());
    };
    let answer = visit.client.get("/metrics", &[(AUTHORIZED, &admin)]).await?;
    let text = String::from_utf8_lossy(&answer.body);
    let families = text.lines().filter(|line| line.starts_with("# TYPE ")).count();
    if answer.status != StatusCode::OK || families == 0 {
        return Err(unexpected(&answer, "200 with metrics", SECRET));
    }
    Ok(format!("closed to others; {families} metrics"))
}

pub(super) async fn closed(visit: &Visit) -> Outcome {
    let wrong = super::visit::bearer("a-wrong-secret-that-is-long-enough-to-be-taken-for-one");
    let without = visit.client.get("/admin/health", &[]).await?;
    refused(&without, "/admin/health without a secret")?;
    let with_wrong = visit.client.get("/admin/health", &[(AUTHORIZED, &wrong)]).await?;
    refused(&with_wrong, "/admin/health with a wrong secret")?;
    let issue = visit.client.post("/auth/token", &[], &json!({"subject": "doctor"})).await?;
    refused(&issue, "/auth/token without a secret")?;
    Ok(format!("{}, {}, {}", without.status.as_u16(), with_wrong.status.as_u16(), issue.status.as_u16()))
}

/// Checks that a route was refused in the expected way. A route that limits failed attempts, or that no secret opens,
/// also counts as closed.
fn refused(answer: &Answer, door: &str) -> Result<(), Finding> {
    let is_refused = matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS);
    if answer.is_switched_off() || (is_refused && answer.code().is_some()) {
        return Ok(());
    }
    let found = format!("{door}: {}", answer.status.as_u16());
    Err(if answer.status.is_success() {
        failure(found, "take the server off the network, and set VOICE_SERVICE_SECRET")
    } else {
        failure(found, "expected 401 with an error code; a proxy or an older server answers")
    })
}
