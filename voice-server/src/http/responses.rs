//! `/v1/questionnaire-responses`: the answers of interviews, in FHIR.

use std::sync::Arc;
use std::time::Duration;

use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use hyper::{Request, Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::answer::{self, with_type};
use super::body::{Body, Part, StreamBody};
use super::instant;
use crate::access::Viewer;
use crate::app::App;
use crate::audit::{Action, Details};
use crate::refusal::{Reason, Refusal};
use crate::request::Call;
use crate::security::client::rate::RateStatus;
use crate::store::{
    Cursor, EventAction, Filter, InterviewId, Status, Store, StoreError, StoredResponse, Waiting,
};

const FHIR_JSON: &str = "application/fhir+json; charset=utf-8";

/// The scope that deletes the answers of every subject.
const DELETE_ALL: &str = "healthcare:delete";

/// Responses on one page: by default, and at most.
const PAGE: [usize; 2] = [20, 100];

/// Responses that an export reads at once.
const EXPORT_PAGE: usize = 20;

/// Lines of an export that may wait for a client that reads slowly.
const MAX_WAITING_LINES: usize = 4;

/// The longest time that a client may take to accept a line.
const SEND_TIMEOUT: Duration = Duration::from_mins(1);

/// A request that is admitted.
struct Admitted {
    store: Store,
    viewer: Viewer,
    rate_status: RateStatus,
}

impl Admitted {
    async fn new<B>(request: &Request<B>, all: &str, call: &Call, app: &App) -> Result<Self, Refusal> {
        let (viewer, rate_status) = app.access.interviews(request.headers(), all, call, &app.audit).await?;
        let store =
            app.store.clone().ok_or_else(|| Refusal::from(Reason::InterviewsOff).with_rate(rate_status))?;
        Ok(Self { store, viewer, rate_status })
    }

    fn refuse(&self, error: impl Into<Refusal>) -> Refusal {
        error.into().with_rate(self.rate_status)
    }

    fn finish(&self, mut response: Response<Body>) -> Response<Body> {
        self.rate_status.write(response.headers_mut());
        response
    }

    fn audit(&self, app: &App, call: &Call, action: Action, id: Option<InterviewId>, outcome: &str) {
        let details = Details {
            actor: Some(self.viewer.actor.clone()),
            object: id.map(|id| id.to_string()),
            outcome: outcome.to_owned(),
            ..call.details()
        };
        app.audit.record(action, details);
    }
}

/// `GET /v1/questionnaire-responses/{id}`.
pub(super) async fn read<B>(
    request: &Request<B>,
    id: InterviewId,
    call: &Call,
    app: &Arc<App>,
) -> Result<Response<Body>, Refusal> {
    let admitted = Admitted::new(request, Viewer::READ_ALL, call, app).await?;
    let Viewer { actor, only } = &admitted.viewer;
    let stored = admitted.store.read(id, only.as_deref(), actor).await;
    let outcome = stored.as_ref().map_or_else(|error| error.code(), |_| "ok");
    admitted.audit(app, call, Action::InterviewRead, Some(id), outcome);
    let stored = stored.map_err(|error| admitted.refuse(error))?;
    let etag = format!("W/\"{}\"", stored.version);
    let known = request.headers().get(IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let is_known = known.is_some_and(|known| known.split(',').any(|tag| [&*etag, "*"].contains(&tag.trim())));
    let mut response = if is_known {
        answer::empty(StatusCode::NOT_MODIFIED)
    } else {
        let resource = resource(&stored).map_err(|error| admitted.refuse(error))?;
        with_type(StatusCode::OK, FHIR_JSON, resource.to_string())
    };
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(ETAG, etag);
    }
    Ok(admitted.finish(response))
}

/// `DELETE /v1/questionnaire-responses/{id}`.
pub(super) async fn delete<B>(
    request: &Request<B>,
    id: InterviewId,
    call: &Call,
    app: &Arc<App>,
) -> Result<Response<Body>, Refusal> {
    let admitted = Admitted::new(request, DELETE_ALL, call, app).await?;
    let Viewer { actor, only } = &admitted.viewer;
    let deleted = admitted.store.delete(id, only.as_deref(), actor).await;
    let outcome = deleted.as_ref().map_or_else(|error| error.code(), |()| "ok");
    admitted.audit(app, call, Action::InterviewDeleted, Some(id), outcome);
    deleted.map_err(|error| admitted.refuse(error))?;
    Ok(admitted.finish(answer::empty(StatusCode::NO_CONTENT)))
}

/// `GET /v1/questionnaire-responses`: a page of responses, oldest change first.
pub(super) async fn list<B>(
    request: &Request<B>,
    call: &Call,
    app: &Arc<App>,
) -> Result<Response<Body>, Refusal> {
    let admitted = Admitted::new(request, Viewer::READ_ALL, call, app).await?;
    let (store, viewer) = (&admitted.store, &admitted.viewer);
    let text = request.uri().query().unwrap_or_default();
    let mut query = Query::parse(text).map_err(|refusal| admitted.refuse(refusal))?;
    query.filter.subject.clone_from(&viewer.only);
    store.record(EventAction::Listed, None, &viewer.actor).await.map_err(|error| admitted.refuse(error))?;
    let page = store.page(&query.filter, query.after, query.count).await;
    let outcome = page.as_ref().map_or_else(|error| error.code(), |_| "ok");
    admitted.audit(app, call, Action::InterviewsListed, None, outcome);
    let page = page.map_err(|error| admitted.refuse(error))?;
    let bundle = query.bundle(&page).map_err(|error| admitted.refuse(error))?;
    Ok(admitted.finish(with_type(StatusCode::OK, FHIR_JSON, bundle.to_string())))
}

/// `GET /v1/questionnaire-responses/$export`: all responses, one on each line.
pub(super) async fn export<B>(
    request: &Request<B>,
    call: &Call,
    app: &Arc<App>,
) -> Result<Response<Body>, Refusal> {
    let admitted = Admitted::new(request, Viewer::READ_ALL, call, app).await?;
    let (store, viewer) = (&admitted.store, &admitted.viewer);
    let text = request.uri().query().unwrap_or_default();
    let mut query = Query::parse(text).map_err(|refusal| admitted.refuse(refusal))?;
    query.filter.subject.clone_from(&viewer.only);
    store.record(EventAction::Exported, None, &viewer.actor).await.map_err(|error| admitted.refuse(error))?;
    admitted.audit(app, call, Action::InterviewsExported, None, "ok");
    let (sender, receiver) = mpsc::channel(MAX_WAITING_LINES);
    if request.method() == hyper::Method::GET {
        tokio::spawn(send_all(store.clone(), query, sender));
    }
    let mut response = Response::new(Body::Stream(StreamBody::new(receiver)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/fhir+ndjson"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(admitted.finish(response))
}

/// `GET /admin/outbox`: the responses that are not at the FHIR server yet. `POST` sends all of them now, also those that
/// it refused.
pub(super) async fn outbox<B>(
    request: &Request<B>,
    call: &Call,
    app: &Arc<App>,
) -> Result<Response<Body>, Refusal> {
    app.access.admin(request, call, &app.audit)?;
    let store = app.store.clone().ok_or(Reason::InterviewsOff)?;
    if request.method() == hyper::Method::POST {
        let retried = store.retry_outbox().await?;
        app.audit.record(Action::OutboxRetried, call.by_admin());
        return Ok(answer::json(StatusCode::OK, &json!({"retried": retried})));
    }
    let rows = store.outbox().await?;
    app.audit.record(Action::OutboxRead, call.by_admin());
    let row = |row: &Waiting| {
        let mut shown = json!({
            "id": row.id,
            "state": if row.is_parked { "parked" } else { "waiting" },
            "attempts": row.attempts,
            "reason": row.reason,
        });
        if !row.is_parked {
            shown["next_try"] = instant::format(row.due).into();
        }
        shown
    };
    Ok(answer::json(StatusCode::OK, &json!({"responses": rows.iter().map(row).collect::<Vec<_>>()})))
}

/// Sends pages of responses as lines. If this ends before the last one, the body ends with an error.
async fn send_all(store: Store, query: Query, to: mpsc::Sender<Part>) {
    let mut after = query.after;
    loop {
        let Ok(page) = store.page(&query.filter, after, EXPORT_PAGE).await else { return };
        for stored in &page {
            let Ok(resource) = resource(stored) else { return };
            let line = Part::Data(format!("{resource}\n").into());
            if to.send_timeout(line, SEND_TIMEOUT).await.is_err() {
                return;
            }
        }
        after = page.last().map(cursor).or(after);
        if page.len() < EXPORT_PAGE {
            let _ = to.send_timeout(Part::End, SEND_TIMEOUT).await;
            return;
        }
    }
}

fn cursor(stored: &StoredResponse) -> Cursor {
    Cursor { updated: stored.updated, id: stored.id }
}

/// The resource with its id and the version of this server.
fn resource(stored: &StoredResponse) -> Result<Value, StoreError> {
    let mut resource = stored.resource()?;
    resource["id"] = stored.id.to_string().into();
    resource["meta"]["versionId"] = stored.version.to_string().into();
    resource["meta"]["lastUpdated"] = instant::format(stored.updated).into();
    Ok(resource)
}

/// The query of a list or an export.
struct Query {
    filter: Filter,
    after: Option<Cursor>,
    count: usize,
    /// The parameters without the cursor, for the link to the next page.
    text: String,
}

impl Query {
    fn parse(text: &str) -> Result<Self, Refusal> {
        let invalid = |message: &'static str| Refusal::from(Reason::BodyInvalid).saying(message);
        let mut query = Self { filter: Filter::default(), after: None, count: PAGE[0], text: String::new() };
        let mut kept = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            match &*name {
                "status" => {
                    let statuses: Option<Vec<_>> = value.split(',').map(Status::from_code).collect();
                    query.filter.statuses = statuses.ok_or_else(|| {
                        invalid("status: expected in-progress, completed, amended, stopped or entered-in-error")
                    })?;
                }
                "questionnaire" => {
                    let (url, version) = value.split_once('|').unwrap_or((&value, ""));
                    if url.is_empty() || url.contains('\0') || version.contains('\0') {
                        return Err(invalid("questionnaire: expected the form's address, or address|version"));
                    }
                    query.filter.form_url = Some(url.to_owned());
                    query.filter.form_version = Some(version.to_owned()).filter(|version| !version.is_empty());
                }
                "_lastUpdated" => query.bound(&value).ok_or_else(|| {
                    invalid("_lastUpdated: expected a date or a time, such as ge2026-11-26T19:08:38Z; the prefixes are eq, ge, gt, le and lt")
                })?,
                "_count" => {
                    let count = value.parse().ok().filter(|count| (1..=PAGE[1]).contains(count));
                    query.count = count.ok_or_else(|| invalid("_count: expected a number from 1 to 100"))?;
                }
                "_cursor" => {
                    let read = value.split_once('-').and_then(|(updated, id)| {
                        Some(Cursor { updated: updated.parse().ok()?, id: id.parse().ok()? })
                    });
                    query.after = Some(read.ok_or_else(|| invalid("_cursor: follow the link to the next page"))?);
                    continue;
                }
                _ => return Err(invalid("give status, questionnaire, _lastUpdated, _count or _cursor")),
            }
            kept.append_pair(&name, &value);
        }
        query.text = kept.finish();
        Ok(query)
    }

    /// Adds a bound of the time of the last change.
    fn bound(&mut self, value: &str) -> Option<()> {
        let (prefix, moment) = match value.split_at_checked(2)? {
            (prefix @ ("eq" | "ge" | "gt" | "le" | "lt"), moment) => (prefix, moment),
            _ => ("eq", value),
        };
        let (first, last) = instant::parse(moment)?;
        let (from, to) = match prefix {
            "ge" => (Some(first), None),
            "gt" => (Some(last + 1), None),
            "le" => (None, Some(last)),
            "lt" => (None, Some(first - 1)),
            _ => (Some(first), Some(last)),
        };
        self.filter.from = self.filter.from.max(from);
        self.filter.to = self.filter.to.into_iter().chain(to).min();
        Some(())
    }

    /// A FHIR `searchset`. A full page has a link to the next one.
    fn bundle(&self, page: &[StoredResponse]) -> Result<Value, StoreError> {
        let entry = |stored: &StoredResponse| {
            let id = stored.id.to_string();
            let uuid = [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-");
            Ok(json!({
                "fullUrl": format!("urn:uuid:{uuid}"),
                "resource": resource(stored)?,
                "search": {"mode": "match"},
            }))
        };
        let entries = page.iter().map(entry).collect::<Result<Vec<_>, StoreError>>()?;
        let path = "/v1/questionnaire-responses";
        let mut links = vec![json!({"relation": "self", "url": format!("{path}?{}", self.text)})];
        if let Some(last) = page.last().filter(|_| page.len() == self.count) {
            let and = if self.text.is_empty() { "" } else { "&" };
            let next = format!("{path}?{}{and}_cursor={}-{}", self.text, last.updated, last.id);
            links.push(json!({"relation": "next", "url": next}));
        }
        let mut bundle = json!({"resourceType": "Bundle", "type": "searchset", "link": links});
        // FHIR allows no empty lists.
        if !entries.is_empty() {
            bundle["entry"] = entries.into();
        }
        Ok(bundle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_is_read_and_kept_for_the_next_page() {
        let query = Query::parse("status=completed,stopped&questionnaire=urn:a%7C2&_count=3&_lastUpdated=ge2026-11-26&_lastUpdated=lt2026-11-27").unwrap();
        assert_eq!(query.filter.statuses, [Status::Completed, Status::Stopped]);
        assert_eq!(
            (query.filter.form_url.as_deref(), query.filter.form_version.as_deref()),
            (Some("urn:a"), Some("2"))
        );
        assert_eq!((query.filter.from, query.filter.to), (Some(1_795_651_200_000), Some(1_795_737_599_999)));
        let id: InterviewId = "0123456789abcdef0123456789abcdef".parse().unwrap();
        let stored = StoredResponse { id, version: 4, updated: 1_795_720_118_120, response: b"{}".to_vec() };
        let bundle = query.bundle(&[stored.clone(), stored.clone(), stored]).unwrap();
        let next = bundle["link"][1]["url"].as_str().unwrap();
        let again = Query::parse(next.split_once('?').unwrap().1).unwrap();
        assert_eq!(again.after, Some(Cursor { updated: 1_795_720_118_120, id }));
        assert_eq!(again.text, query.text);
        let resource = &bundle["entry"][0]["resource"];
        assert_eq!(resource["meta"], json!({"versionId": "4", "lastUpdated": "2026-11-26T19:08:38.120Z"}));
    }

    #[test]
    fn wrong_queries_are_refused() {
        for wrong in [
            "status=done",
            "status=",
            "questionnaire=",
            "questionnaire=%00",
            "_count=0",
            "_count=101",
            "_lastUpdated=yesterday",
            "_lastUpdated=xx2026-11-26",
            "_lastUpdated=",
            "_cursor=1",
            "patient=7",
        ] {
            assert!(Query::parse(wrong).is_err(), "{wrong}");
        }
    }
}
