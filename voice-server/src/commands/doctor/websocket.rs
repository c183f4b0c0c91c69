//! Rows about WebSocket paths, and about pages of other origins.

use hyper::StatusCode;
use hyper::header::{ACCESS_CONTROL_ALLOW_ORIGIN, HeaderName, ORIGIN, SEC_WEBSOCKET_EXTENSIONS};

use super::client::Upgraded;
use super::outcome::{Finding, Outcome, failure, skipped, unexpected, warning};
use super::visit::{AUTHORIZED, Visit};

/// A name that cannot be registered and is therefore on no list (RFC 6761).
const OTHER_ORIGIN: &str = "https://doctor.invalid";

pub(super) async fn basic(visit: &mut Visit) -> Outcome {
    let is_on = visit.is_basic_on();
    match visit.client.upgrade("/ws", &[]).await? {
        Upgraded::Accepted(mut socket, _) if is_on => {
            let reply = socket.converse().await;
            let reply = reply.map_err(|error| {
                failure(error.to_string(), "the log says why the session ended; proxies need long time-outs")
            })?;
            Err(warning(
                format!("on: no token is needed; the reply was {reply}"),
                "set VOICE_BASIC=false unless that is meant",
            ))
        }
        Upgraded::Accepted(socket, _) => {
            socket.leave().await;
            Err(failure("it opens, although GET / does not name it", "deploy a server of this version"))
        }
        Upgraded::Refused(answer) => {
            let refusal = if is_on {
                let advice = "see the code; a proxy must pass Upgrade and Connection on";
                Err(unexpected(&answer, "101", advice))
            } else {
                Ok(format!("off: {}", answer.status.as_u16()))
            };
            visit.seen.refusals.push(answer);
            refusal
        }
    }
}

/// A path that should accept an upgrade.
struct SocketPath {
    path: &'static str,
    /// The token that it needs, if any.
    authorization: Option<String>,
}

fn open_path(visit: &Visit) -> Result<SocketPath, Finding> {
    if visit.is_basic_on() {
        return Ok(SocketPath { path: "/ws", authorization: None });
    }
    let token = visit.token_header().map_err(|_| skipped("no path is open without a token"))?;
    Ok(SocketPath { path: "/secure", authorization: Some(token) })
}

/// Requests an upgrade with one more header.
async fn upgrade_with(visit: &Visit, with: (HeaderName, &str)) -> Result<Upgraded, Finding> {
    let path = open_path(visit)?;
    let authorization = path.authorization.as_deref().map(|value| (AUTHORIZED, value));
    let headers: Vec<_> = authorization.into_iter().chain([with]).collect();
    Ok(visit.client.upgrade(path.path, &headers).await?)
}

pub(super) async fn compression(visit: &Visit) -> Outcome {
    match upgrade_with(visit, (SEC_WEBSOCKET_EXTENSIONS, "permessage-deflate; client_max_window_bits"))
        .await?
    {
        Upgraded::Accepted(socket, headers) => {
            socket.leave().await;
            match headers.get(SEC_WEBSOCKET_EXTENSIONS) {
                None => Ok("offered, not taken".to_owned()),
                Some(taken) => Err(failure(
                    format!("{taken:?}"),
                    "switch WebSocket compression off in the proxy: it costs memory and leaks lengths",
                )),
            }
        }
        Upgraded::Refused(answer) => Err(unexpected(&answer, "101", "the code says why")),
    }
}

pub(super) async fn origin(visit: &mut Visit) -> Outcome {
    match upgrade_with(visit, (ORIGIN, OTHER_ORIGIN)).await? {
        Upgraded::Accepted(socket, _) => {
            socket.leave().await;
            Err(failure(
                format!("101 for {OTHER_ORIGIN}"),
                "list your pages' origins in VOICE_ALLOWED_ORIGINS, without *",
            ))
        }
        Upgraded::Refused(answer) => {
            let outcome = match answer.status {
                StatusCode::FORBIDDEN => Ok(format!("403 {}", answer.code().unwrap_or_default())),
                _ => Err(unexpected(&answer, "403", "the code says why")),
            };
            visit.seen.refusals.push(answer);
            outcome
        }
    }
}

pub(super) async fn cors(visit: &Visit) -> Outcome {
    let answer = visit.client.get("/health", &[(ORIGIN, OTHER_ORIGIN)]).await?;
    match answer.header(ACCESS_CONTROL_ALLOW_ORIGIN.as_str()) {
        None => Ok("no page of another origin may read".to_owned()),
        Some(allowed) if allowed == "*" || allowed == OTHER_ORIGIN => Err(failure(
            format!("Access-Control-Allow-Origin: {allowed}"),
            "list your pages' origins in VOICE_ALLOWED_ORIGINS, and let the proxy add none",
        )),
        Some(allowed) => Ok(format!("only {allowed} may read")),
    }
}
