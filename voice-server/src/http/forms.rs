//! `GET /v1/questionnaires`: the forms that interviews ask.

use std::sync::Arc;

use hyper::{Request, Response, StatusCode};
use serde_json::{Value, json};
use voice_core::interview::Form;

use super::answer;
use super::body::Body;
use crate::access::Viewer;
use crate::app::App;
use crate::refusal::Refusal;
use crate::request::Call;

pub(super) async fn list<B>(
    request: &Request<B>,
    call: &Call,
    app: &Arc<App>,
) -> Result<Response<Body>, Refusal> {
    let scope = Viewer::READ_ALL;
    let (_, rate_status) = app.access.interviews(request.headers(), scope, call, &app.audit).await?;
    let forms: Vec<_> = app.forms.all().iter().map(|form| fields(form)).collect();
    let mut response = answer::json(StatusCode::OK, &json!({"questionnaires": forms}));
    rate_status.write(response.headers_mut());
    Ok(response)
}

fn fields(form: &Form) -> Value {
    let titles = form.languages().iter().map(|language| (language.to_string(), form.title(language).into()));
    json!({
        "url": form.url(),
        "version": form.version(),
        "titles": Value::Object(titles.collect()),
    })
}
