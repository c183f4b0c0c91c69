//! Rows about routes that need neither token nor secret.

use hyper::StatusCode;
use hyper::header::HeaderName;
use serde_json::Value;

use super::client::Answer;
use super::outcome::{Outcome, failure, skipped, unexpected, warning};
use super::visit::Visit;

/// The advice for a certificate that clients refuse.
const CERTIFICATE: &str = "take one of an authority that clients know (Caddy and certbot bring one); or make an authority of \
    your own, let it sign the certificate, and name its file in VOICE_CA_FILE";

pub(super) async fn reachable(visit: &mut Visit) -> Outcome {
    let answer = match visit.client.get("/", &[]).await {
        Err(failure) if failure.certificate().is_some() => {
            // The row about encryption fails. The other rows are still checked, without the secret.
            visit.client.distrust = failure.certificate();
            visit.client.get("/", &[]).await?
        }
        answer => answer?,
    };
    let found = answer.status.to_string();
    visit.seen.root = Some(answer);
    Ok(found)
}

pub(super) fn encrypted(visit: &Visit) -> Outcome {
    let destination = visit.destination();
    let (target, is_here) = (&destination.target, destination.is_here());
    if target.is_own && is_here {
        let scheme = if target.encrypted { "TLS" } else { "plain HTTP" };
        return Ok(format!(
            "{scheme} that does not leave this machine; give the public address to check the certificate"
        ));
    }
    if let Some(problem) = visit.client.distrust {
        return Err(failure(problem, CERTIFICATE));
    }
    if target.encrypted {
        return Ok("TLS with a valid certificate".to_owned());
    }
    if is_here {
        return Ok("plain HTTP that does not leave this machine".to_owned());
    }
    Err(warning("plain HTTP", "put a proxy with TLS in front of it, or set VOICE_TLS_CERT and VOICE_TLS_KEY"))
}

fn root(visit: &Visit) -> Result<&Answer, super::outcome::Finding> {
    visit.seen.root.as_ref().ok_or_else(|| skipped("no answer"))
}

pub(super) fn service(visit: &Visit) -> Outcome {
    let answer = root(visit)?;
    let service = answer.json().filter(|_| answer.status == StatusCode::OK);
    let advice = "the address leads to another program or to a proxy's page; point it at voice-server";
    let service = service.ok_or_else(|| unexpected(answer, "200 with JSON", advice))?;
    let (name, version) = (&service["service"], &service["version"]);
    if name != "voice-server" || !version.is_string() || !service["protocols"].is_object() {
        return Err(failure("JSON without service, version and protocols", advice));
    }
    Ok(format!("version {}, protocols {}", version.as_str().unwrap_or_default(), service["protocols"]))
}

pub(super) fn version(visit: &Visit) -> Outcome {
    let here = env!("CARGO_PKG_VERSION");
    let there = root(visit)?.json().and_then(|service| service["version"].as_str().map(str::to_owned));
    match there {
        Some(there) if there == here => Ok(there),
        Some(there) => {
            let advice = "deploy this version, or run the deployed version of this program";
            Err(warning(format!("{there} there, {here} here"), advice))
        }
        None => Err(skipped("GET / tells no version")),
    }
}

pub(super) async fn status(visit: &Visit, path: &str) -> Outcome {
    let answer = visit.client.get(path, &[]).await?;
    if answer.status == StatusCode::OK {
        return Ok(answer.status.to_string());
    }
    Err(unexpected(&answer, "200", "see GET /health for what is not ready, and why"))
}

pub(super) async fn health(visit: &mut Visit) -> Outcome {
    let answer = visit.client.get("/health", &[]).await?;
    let advice = "wait while the status is starting; otherwise see the rows of the models";
    let health = answer.json().ok_or_else(|| unexpected(&answer, "200 with JSON", advice))?;
    let state = health["status"].as_str().unwrap_or("nothing").to_owned();
    visit.seen.health = Some(health);
    match (answer.status, state.as_str()) {
        (StatusCode::OK, "healthy") => Ok(state),
        (StatusCode::OK, "degraded") => Err(warning(
            state,
            "a fallback serves the sessions; the rows of the models and the log give the reason",
        )),
        _ => Err(failure(format!("{} and {state:?}", answer.status.as_u16()), advice)),
    }
}

pub(super) fn models(visit: &Visit) -> Outcome {
    let health = visit.seen.health.as_ref().ok_or_else(|| skipped("/health tells no models"))?;
    let Some(models) = health["models"].as_object() else {
        return Err(failure("/health without models", "deploy a server of this version"));
    };
    let models: Vec<_> = models.values().filter_map(Value::as_array).flatten().collect();
    if models.is_empty() {
        return Err(failure("no model", "set VOSK_MODEL_PATH"));
    }
    let name = |model: &Value| model["name"].as_str().unwrap_or("a model without a name").to_owned();
    let unready = models.iter().find(|model| model["state"] != "ready");
    let Some(model) = unready else {
        return Ok(models.iter().map(|model| name(model)).collect::<Vec<_>>().join(", "));
    };
    let found = format!(
        "{} is {}: {}",
        name(model),
        model["state"].as_str().unwrap_or("in no state"),
        model["code"].as_str().unwrap_or("no code")
    );
    let advice = model["reason"].as_str().unwrap_or("see docs/errors.md for the code").to_owned();
    let others_serve = models.iter().any(|model| model["in_use"] == true && model["state"] == "ready");
    Err(if others_serve { warning(found, advice) } else { failure(found, advice) })
}

pub(super) async fn errors(visit: &Visit) -> Outcome {
    let answer = visit.client.get("/no-such-path", &[]).await?;
    let advice = "a proxy answers in the server's place; let it pass errors on as they are";
    match answer.code() {
        Some(code) if answer.status == StatusCode::NOT_FOUND => Ok(format!("404 {code}")),
        _ => Err(unexpected(&answer, "404 with an error's code", advice)),
    }
}

pub(super) fn headers(visit: &Visit) -> Outcome {
    let answer = root(visit)?;
    if answer.header("cache-control").is_none_or(|value| !value.contains("no-store")) {
        return Err(failure("no Cache-Control: no-store", "let the proxy pass the server's headers on"));
    }
    if answer.header("x-content-type-options") != Some("nosniff") {
        return Err(failure(
            "no X-Content-Type-Options: nosniff",
            "let the proxy pass the server's headers on",
        ));
    }
    for name in ["server", "x-powered-by"] {
        if let Some(value) = answer.header(name).filter(|value| value.contains(|c: char| c.is_ascii_digit()))
        {
            return Err(warning(
                format!("{name}: {value}"),
                "hide the proxy's version (nginx: server_tokens off)",
            ));
        }
    }
    Ok("no-store, nosniff, no versions".to_owned())
}

pub(super) async fn request_id(visit: &Visit) -> Outcome {
    const HEADER: HeaderName = HeaderName::from_static("x-request-id");
    let id = format!("doctor-{}", std::process::id());
    let answer = visit.client.get("/livez", &[(HEADER, &id)]).await?;
    match answer.header(HEADER.as_str()) {
        Some(found) if found == id => Ok(id),
        Some(found) => Err(warning(
            format!("sent {id}, got {found}"),
            "a proxy replaces request ids; search the server's log for its ids",
        )),
        None => Err(failure("no X-Request-Id", "let the proxy pass X-Request-Id on, in both directions")),
    }
}
