//! Tokens and tickets, with which clients open secured sessions.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::answer;
use super::body::Body;
use super::json;
use crate::access::Access;
use crate::app::App;
use crate::audit::{Action, Details};
use crate::refusal::{Reason, Refusal};
use crate::request::Call;
use crate::security::credentials::ticket;

/// The subject, scopes and lifetime of a new token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TokenRequest {
    subject: String,
    scopes: Vec<String>,
    lifetime_seconds: u64,
}

impl Default for TokenRequest {
    fn default() -> Self {
        Self { subject: "anonymous".to_owned(), scopes: vec!["speech".to_owned()], lifetime_seconds: 3_600 }
    }
}

impl TokenRequest {
    /// Reads the query of a `GET`: `?subject=clinic-7&scopes=speech+healthcare&lifetime_seconds=600`.
    fn from_query(query: &str) -> Result<Self, Refusal> {
        let mut token_request = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "subject" => token_request.subject = value.into_owned(),
                "scopes" => token_request.scopes = value.split([' ', ',']).map(str::to_owned).collect(),
                "lifetime_seconds" => {
                    token_request.lifetime_seconds =
                        value.parse().map_err(|_| invalid("lifetime_seconds: expected a whole number"))?;
                }
                _ => return Err(invalid("give subject, scopes or lifetime_seconds")),
            }
        }
        Ok(token_request)
    }
}

fn invalid(message: &'static str) -> Refusal {
    Refusal::from(Reason::BodyInvalid).saying(message)
}

/// `GET` or `POST /auth/token`: issues a token. It needs the admin secret.
pub(super) async fn token(
    request: Request<Incoming>,
    call: &Call,
    app: &Arc<App>,
) -> Result<Response<Body>, Refusal> {
    app.access.admin(&request, call, &app.audit)?;
    let token_request = if request.method() == Method::POST {
        json::read(request.into_body(), json::MAX_SHORT, app.config.limits.head).await?
    } else {
        TokenRequest::from_query(request.uri().query().unwrap_or_default())?
    };
    let lifetime = Duration::from_secs(token_request.lifetime_seconds);
    let issued = app.access.issue(&token_request.subject, &token_request.scopes, lifetime)?;
    app.audit.record(
        Action::TokenIssued,
        Details {
            object: Some(issued.claims.jti.clone()),
            subject: Some(issued.claims.sub.clone()),
            ..call.by_admin()
        },
    );
    let body = json!({
        "token": issued.token,
        "token_type": "Bearer",
        "expires_in": issued.claims.exp.saturating_sub(issued.claims.iat),
        "subject": issued.claims.sub,
        "scope": issued.claims.scope,
        "jti": issued.claims.jti,
    });
    Ok(answer::json(StatusCode::OK, &body))
}

/// `POST /auth/ticket`: exchanges a token for a ticket, which opens one session within 30 seconds.
pub(super) async fn ticket(
    request: Request<Incoming>,
    call: &Call,
    app: &Arc<App>,
) -> Result<Response<Body>, Refusal> {
    let (ticket, claims, rate_status) = app.access.ticket(request.headers(), call, &app.audit).await?;
    app.audit.record(
        Action::TicketIssued,
        Details { actor: Some(claims.sub), object: Some(claims.jti), ..call.details() },
    );
    let body = json!({"ticket": ticket.as_str(), "expires_in": ticket::LIFETIME.as_secs()});
    let mut response = answer::json(StatusCode::OK, &body);
    rate_status.write(response.headers_mut());
    Ok(response)
}

/// The token to revoke.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RevokeRequest {
    jti: String,
}

/// `POST /auth/revoke`: revokes a token and ends its sessions.
pub(super) async fn revoke(
    request: Request<Incoming>,
    call: &Call,
    app: &Arc<App>,
) -> Result<Response<Body>, Refusal> {
    app.access.admin(&request, call, &app.audit)?;
    let RevokeRequest { jti } =
        json::read(request.into_body(), json::MAX_SHORT, app.config.limits.head).await?;
    let in_base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if jti.is_empty() || jti.len() > 64 || !jti.bytes().all(in_base64url) {
        return Err(invalid("jti: expected the id that was issued with the token"));
    }
    app.access.revoke(&jti).await?;
    let ended = app.sessions.end_token(&jti);
    app.audit.record(Action::TokenRevoked, Details { object: Some(jti), ..call.by_admin() });
    Ok(answer::json(StatusCode::OK, &json!({"revoked": true, "sessions_ended": ended})))
}

/// `GET /.well-known/jwks.json`: the public keys with which others verify the tokens of this server.
pub(super) fn key_set(access: &Access) -> Result<Response<Body>, Refusal> {
    Ok(answer::json(StatusCode::OK, &access.key_set()?))
}
