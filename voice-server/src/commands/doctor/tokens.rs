//! Rows about secured paths, tokens and tickets.

use std::time::Duration;

use hyper::StatusCode;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::client::{Answer, Upgraded};
use super::outcome::{Finding, Outcome, failure, skipped, unexpected};
use super::visit::{AUTHORIZED, Visit, bearer};

/// All paths that need a token.
const SECURED: [&str; 4] = ["/secure", "/ws/secure", "/secure/healthcare", "/ws/secure/healthcare"];

/// How long a client may be connected before its first message must contain a token, and a little more.
const FIRST_MESSAGE: Duration = Duration::from_secs(7);

/// The lifetime of the token whose expiry is awaited.
const SHORT: u64 = 3;

/// The time for a session to end, on a busy machine and a slow network.
const SLACK: Duration = Duration::from_secs(3);

/// The header and claims of an unsigned token: `{"alg":"none","typ":"JWT"}`, and a subject until the year 2100.
const UNSIGNED: &str = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
const CLAIMS: &str = "eyJzdWIiOiJkb2N0b3IiLCJleHAiOjQxMDI0NDQ4MDB9";

const OPEN: &str = "take the server off the network: everyone who finds it can use it";

pub(super) async fn closed(visit: &mut Visit) -> Outcome {
    let [first, second, third, fourth] = SECURED.map(|path| stays_closed(visit, path));
    let outcomes = tokio::join!(first, second, third, fourth);
    let mut found = Vec::new();
    for (path, outcome) in SECURED.iter().zip([outcomes.0, outcomes.1, outcomes.2, outcomes.3]) {
        match outcome? {
            Some(refusal) => {
                found.push(format!("{path} {}", refusal.status.as_u16()));
                visit.seen.refusals.push(refusal);
            }
            None => found.push(format!("{path} closed without a first message")),
        }
    }
    Ok(found.join(", "))
}

/// The refusal, or nothing if the server waited for a token in the first message and closed without one.
async fn stays_closed(visit: &Visit, path: &str) -> Result<Option<Answer>, Finding> {
    match visit.client.upgrade(path, &[]).await? {
        Upgraded::Refused(answer) if answer.status == StatusCode::UNAUTHORIZED && answer.code().is_some() => {
            Ok(Some(answer))
        }
        Upgraded::Refused(answer) if answer.is_switched_off() => Ok(Some(answer)),
        Upgraded::Refused(answer) => {
            let due = format!("401 with an error's code from {path}");
            Err(unexpected(&answer, &due, "a proxy or an older server answers"))
        }
        Upgraded::Accepted(mut socket, _) => {
            let close = socket.closed(FIRST_MESSAGE).await;
            if close.is_some_and(|frame| u16::from(frame.code) == 1008) {
                return Ok(None);
            }
            socket.leave().await;
            Err(failure(format!("{path} opens without a token"), OPEN))
        }
    }
}

pub(super) fn rate_headers(visit: &Visit) -> Outcome {
    let refusal_seen = visit.seen.refusals.iter().find_map(|refusal| {
        let value = refusal.header("ratelimit").or_else(|| refusal.header("ratelimit-limit"));
        value.map(str::to_owned)
    });
    match refusal_seen {
        Some(value) => Ok(value),
        None if visit.seen.refusals.is_empty() => Err(skipped("nothing was refused")),
        None => Err(failure("no RateLimit header", "let the proxy pass the server's headers on")),
    }
}

/// Issues a token that lives for `lifetime` seconds.
async fn issue(visit: &Visit, lifetime: u64) -> Result<String, Finding> {
    let admin = visit.admin_header()?;
    let wish = json!({"subject": "voice-server-doctor", "lifetime_seconds": lifetime});
    let answer = visit.client.post("/auth/token", &[(AUTHORIZED, &admin)], &wish).await?;
    taken(&answer, "token")
}

/// The string called `name` in a successful answer.
fn taken(answer: &Answer, name: &str) -> Result<String, Finding> {
    let body = answer.json().filter(|_| answer.status.is_success()).unwrap_or_default();
    let value = body[name].as_str().map(str::to_owned);
    value.ok_or_else(|| {
        unexpected(answer, &format!("200 with a {name}"), "see docs/security.md for the request")
    })
}

pub(super) async fn works(visit: &mut Visit) -> Outcome {
    let token = issue(visit, 60).await?;
    let header = bearer(&token);
    visit.seen.token = Some(token);
    let reply = speak(visit, "/secure", Some(&header)).await?;
    Ok(format!("a second of silence got {reply}"))
}

async fn speak(visit: &Visit, path: &str, authorization: Option<&str>) -> Result<Value, Finding> {
    let headers = authorization.map(|value| (AUTHORIZED, value));
    match visit.client.upgrade(path, headers.as_slice()).await? {
        Upgraded::Accepted(mut socket, _) => {
            let reply = socket.converse().await;
            reply.map_err(|error| failure(error.to_string(), "the log says why the session ended"))
        }
        Upgraded::Refused(answer) => Err(unexpected(
            &answer,
            "101",
            "see the code, and check that the clocks of the server and of this machine agree",
        )),
    }
}

pub(super) async fn forged(visit: &mut Visit) -> Outcome {
    let mut forgeries = vec![("without a signature", format!("{UNSIGNED}.{CLAIMS}."))];
    if let Some(token) = &visit.seen.token {
        let claims = token.split('.').nth(1).unwrap_or_default();
        forgeries.push(("with good claims and no signature", format!("{UNSIGNED}.{claims}.")));
        forgeries.push(("with another signature", altered(token)));
    }
    let count = forgeries.len();
    for (what, token) in forgeries {
        match visit.client.upgrade("/secure", &[(AUTHORIZED, &bearer(&token))]).await? {
            Upgraded::Accepted(socket, _) => {
                socket.leave().await;
                return Err(failure(format!("a token {what} opens /secure"), OPEN));
            }
            Upgraded::Refused(answer) if answer.status == StatusCode::UNAUTHORIZED => {
                visit.seen.refusals.push(answer);
            }
            Upgraded::Refused(answer) if answer.is_switched_off() => {
                return Ok("no token is accepted: VOICE_SERVICE_TOKEN is not set there".to_owned());
            }
            Upgraded::Refused(answer) => {
                return Err(unexpected(&answer, "401", "the code says why"));
            }
        }
    }
    Ok(format!("{count} kinds tried"))
}

/// The token with the first character of its signature changed; the last one contains unused bits.
fn altered(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap_or((token, ""));
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{other}{}", signature.get(1..).unwrap_or_default())
}

pub(super) async fn ticket(visit: &Visit) -> Outcome {
    let token = visit.token_header()?;
    let answer = visit.client.post("/auth/ticket", &[(AUTHORIZED, &token)], &json!({})).await?;
    let path = format!("/secure?ticket={}", taken(&answer, "ticket")?);
    speak(visit, &path, None).await?;
    match visit.client.upgrade(&path, &[]).await? {
        Upgraded::Refused(answer) if answer.status == StatusCode::UNAUTHORIZED => Ok("once".to_owned()),
        Upgraded::Refused(answer) => Err(unexpected(&answer, "401", "the code says why")),
        Upgraded::Accepted(socket, _) => {
            socket.leave().await;
            Err(failure("it opened twice", "instances must share one Redis: set REDIS_URL"))
        }
    }
}

pub(super) async fn expiry(visit: &Visit) -> Outcome {
    let lifetime = Duration::from_secs(SHORT);
    let header = bearer(&issue(visit, SHORT).await?);
    // The latest time: the session began before its answer arrived.
    let over = Instant::now() + lifetime;
    let clocks = "check that the clocks of the server and of this machine agree";
    match visit.client.upgrade("/secure", &[(AUTHORIZED, &header)]).await? {
        Upgraded::Refused(answer) => return Err(unexpected(&answer, "101", clocks)),
        Upgraded::Accepted(mut socket, _) => {
            let close = socket.converse_until_closed(lifetime + SLACK).await;
            match close.map(|frame| u16::from(frame.code)) {
                Some(1008) => {}
                Some(other) => return Err(failure(format!("closed with {other} in place of 1008"), clocks)),
                None => return Err(failure("the session outlives its token", clocks)),
            }
        }
    }
    tokio::time::sleep_until(over + Duration::from_secs(1)).await;
    match visit.client.upgrade("/secure", &[(AUTHORIZED, &header)]).await? {
        Upgraded::Refused(answer) if answer.status == StatusCode::UNAUTHORIZED => {
            Ok(format!("closed with 1008, then {}", answer.code().unwrap_or_default()))
        }
        Upgraded::Refused(answer) => Err(unexpected(&answer, "401", clocks)),
        Upgraded::Accepted(socket, _) => {
            socket.leave().await;
            Err(failure("an expired token opens /secure", clocks))
        }
    }
}
