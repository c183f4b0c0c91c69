//! HTTP: from a request to its answer.

mod admin;
mod answer;
mod auth;
pub(crate) mod body;
mod forms;
mod head;
mod instant;
mod json;
mod metrics;
mod parse;
mod public;
mod responses;
mod route;
mod speech;

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::{HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

pub(crate) use self::body::Body;
use self::route::Route;
use crate::app::App;
use crate::refusal::{Reason, Refusal};
use crate::request::{Call, REQUEST_ID, SessionRoute};
use crate::ws;

/// Answers one request. It cannot fail, because a refusal is an answer.
pub(crate) async fn handle(request: Request<Incoming>, peer: SocketAddr, app: &Arc<App>) -> Response<Body> {
    let route = Route::find(request.uri().path());
    let call = Call::new(&request, peer, app.config.access.trusted_proxies);
    let request_id = HeaderValue::from_str(&call.id).ok();
    let mut extra = HeaderMap::new();
    app.access.origins().add_cors(request.headers(), &mut extra);
    let preflight = (request.method() == Method::OPTIONS)
        .then(|| app.access.origins().preflight(request.headers()))
        .flatten();
    let answered = if let Some(headers) = preflight {
        extra = headers;
        Ok(answer::empty(StatusCode::NO_CONTENT))
    } else {
        let client = call.client;
        match answer(request, route, call, app).await {
            // Every refused request counts, whatever the reason.
            Err(refusal) if !refusal.is_counted() && route.is_none_or(Route::counts_refusals) => {
                Err(app.access.counted(refusal, client).await)
            }
            answered => answered,
        }
    };
    if route.is_some_and(Route::is_audited) {
        // The audit log holds a revocation before the client gets the answer.
        app.audit.written().await;
    }
    let mut response = match answered {
        Ok(response) => response,
        Err(refusal) => {
            app.metrics.refusal(refusal.code);
            tracing::debug!(request = ?request_id, status = refusal.status.as_u16(), code = refusal.code, "refused");
            answer::refusal(&refusal, route)
        }
    };
    app.metrics.request(route.map_or("other", Route::name), response.status());
    let headers = response.headers_mut();
    if let Some(id) = request_id {
        headers.insert(REQUEST_ID, id);
    }
    headers.extend(extra);
    answer::harden(&mut response, app.config.access.tls.is_some());
    response
}

async fn answer(
    request: Request<Incoming>,
    route: Option<Route>,
    call: Call,
    app: &Arc<App>,
) -> Result<Response<Body>, Refusal> {
    if head::is_ambiguous(&request) {
        return Err(Reason::HeadAmbiguous.into());
    }
    let counted = matches!(route, None | Some(Route::Service | Route::KeySet)) && !ws::is_upgrade(&request);
    let rate_status = if counted { Some(app.access.attempt(call.client).await?) } else { None };
    let refuse = |refusal: Reason| match rate_status {
        Some(rate_status) => Refusal::from(refusal).with_rate(rate_status),
        None => refusal.into(),
    };
    let route = route.ok_or_else(|| refuse(Reason::PathUnknown))?;
    if ws::is_upgrade(&request) {
        return match route {
            Route::Service => ws::upgrade(request, SessionRoute::Basic, call, app).await,
            Route::Session(session) => ws::upgrade(request, session, call, app).await,
            _ => Err(Reason::PathUnknown.into()),
        };
    }
    if !route.takes(request.method()) {
        return Err(refuse(Reason::MethodNotAllowed));
    }
    let answered = match route {
        Route::Service => Ok(public::service(app)),
        Route::Session(_) => Err(Reason::UpgradeRequired.into()),
        Route::Speech => speech::speak(request, call, app).await,
        Route::Forms => forms::list(&request, &call, app).await,
        Route::Parse => parse::parse(request, call, app).await,
        Route::Responses => responses::list(&request, &call, app).await,
        Route::ResponsesExport => responses::export(&request, &call, app).await,
        Route::Response(id) if request.method() == Method::DELETE => {
            responses::delete(&request, id, &call, app).await
        }
        Route::Response(id) => responses::read(&request, id, &call, app).await,
        Route::Health => Ok(public::health(app)),
        Route::Alive => Ok(public::alive()),
        Route::Ready => public::ready(app),
        Route::KeySet => auth::key_set(&app.access),
        Route::Ticket => auth::ticket(request, &call, app).await,
        Route::Token => auth::token(request, &call, app).await,
        Route::Revoke => auth::revoke(request, &call, app).await,
        Route::AdminSessions => admin::sessions(&request, &call, app),
        Route::AdminSession(id) => admin::end_session(&request, id, &call, app),
        Route::AdminHealth => admin::health(&request, &call, app),
        Route::AdminReload => admin::reload(&request, &call, app).await,
        Route::AdminOutbox => responses::outbox(&request, &call, app).await,
        Route::Metrics => metrics::text(&request, &call, app),
    };
    let Some(rate_status) = rate_status else { return answered };
    let mut response = answered.map_err(|refusal| refusal.with_rate(rate_status))?;
    rate_status.write(response.headers_mut());
    Ok(response)
}
