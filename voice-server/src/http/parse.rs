//! `POST /v1/text/parse`: spoken words in, their meaning out.

use std::time::{SystemTime, UNIX_EPOCH};

use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use voice_core::interview::Date;
use voice_core::interview::parse::{self, ParseRequest};
use voice_core::{Error, ErrorKind};

use super::body::Body;
use super::{answer, json, speech};
use crate::app::App;
use crate::refusal::Refusal;
use crate::request::Call;

/// The longest body: the longest text with every character escaped, and options.
const MAX_BODY: usize = 128 << 10;

pub(super) async fn parse(
    request: Request<Incoming>,
    call: Call,
    app: &App,
) -> Result<Response<Body>, Refusal> {
    app.access.check_origin(&request)?;
    speech::identify(&request, &call, app).await?;
    let rate_status = app.access.attempt(call.client).await?;
    let refuse = |refusal: Refusal| refusal.with_rate(rate_status);
    let wanted: ParseRequest =
        json::read(request.into_body(), MAX_BODY, app.config.limits.head).await.map_err(refuse)?;
    // It takes milliseconds, for which other connections of this thread need not wait.
    let parsed = tokio::task::spawn_blocking(move || parse::parse(&wanted, today())).await;
    let lost = || Error::new(ErrorKind::Internal, "the words could not be parsed; try again");
    let parsed = parsed.unwrap_or_else(|_| Err(lost()));
    let body = parsed.and_then(|parsed| serde_json::to_value(parsed).map_err(|_| lost()));
    let body = body.map_err(|error| refuse(Refusal::of(&error, None)))?;
    let mut response = answer::json(StatusCode::OK, &body);
    rate_status.write(response.headers_mut());
    Ok(response)
}

/// The day in UTC.
fn today() -> Date {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let epoch = Date::new(1970, 1, 1).expect("a day that exists");
    let days = i64::try_from(since.as_secs() / 86_400).unwrap_or_default();
    epoch.plus_days(days).unwrap_or(epoch)
}
