//! A FHIR server that gets finished responses.

use std::path::{Path, PathBuf};
use std::time::Duration;

use attohttpc::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LOCATION, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, LOCATION,
    RETRY_AFTER,
};
use attohttpc::{ErrorKind, Method, RequestBuilder, StatusCode};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::Value;
use url::Url;

use super::interview::IDENTIFIER_SYSTEM;
use super::{StoreError, StoredResponse};
use crate::security::credentials::secret::Secret;

/// The longest wait for a connection, and for a whole answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(30);

/// The longest answer that is read.
const MAX_ANSWER: u64 = 4 << 20;

/// The longest wait that the server can ask for.
const MAX_RETRY_AFTER: u64 = 3_600;

/// Where finished responses go.
#[derive(Clone)]
pub(crate) struct FhirServer {
    /// Such as `https://fhir.example.com/r4`.
    pub(crate) base: Url,
    /// Sent as a bearer token.
    pub(crate) token: Option<Secret>,
    /// Certificate authorities in addition to the built-in ones.
    pub(crate) root_certificate: Option<PathBuf>,
}

/// What became of a request. Reasons are codes: they hold nothing of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Delivered,
    /// Sent again, after the time that the server asked for, if it did.
    Later {
        reason: String,
        after: Option<Duration>,
    },
    /// Not sent again by itself.
    Refused {
        reason: String,
    },
}

impl Outcome {
    pub(super) fn later(reason: &str) -> Self {
        Self::Later { reason: reason.to_owned(), after: None }
    }
}

impl FhirServer {
    /// Creates or updates the resource. The request is a conditional update by the identifier (FHIR R4, 3.1.0.4.3): sent
    /// again, it changes nothing. Blocks for at most half a minute.
    pub(super) fn put(&self, stored: &StoredResponse) -> Outcome {
        let request = stored.resource().and_then(|resource| self.request(stored, &resource));
        let Ok((url, body)) = request else {
            return Outcome::Refused { reason: StoreError::Unreadable.code().to_owned() };
        };
        let mut request = RequestBuilder::new(Method::PUT, url)
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(TIMEOUT)
            .timeout(TIMEOUT)
            .follow_redirects(false)
            .header(CONTENT_TYPE, "application/fhir+json; charset=utf-8")
            .header(ACCEPT, "application/fhir+json")
            .header("prefer", "return=minimal");
        if let Some(token) = &self.token {
            let value = [b"Bearer ", token.expose()].concat();
            let Ok(mut value) = HeaderValue::from_bytes(&value) else {
                return Outcome::later("token_malformed");
            };
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        match self.root_certificate.as_deref().map(certificates).transpose() {
            Ok(certificates) => {
                for certificate in certificates.into_iter().flatten() {
                    request = request.add_root_certificate(certificate);
                }
            }
            Err(()) => return Outcome::later("ca_file_unreadable"),
        }
        match request.bytes(body).send() {
            Ok(answer) => {
                let (status, headers, reader) = answer.split();
                let mut text = Vec::new();
                let read =
                    std::io::Read::read_to_end(&mut std::io::Read::take(reader, MAX_ANSWER), &mut text);
                judge(status, &headers, read.is_ok().then_some(&*text))
            }
            Err(error) => Outcome::later(match error.kind() {
                ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => "timed_out",
                ErrorKind::ConnectError { .. } | ErrorKind::Io(_) => "unreachable",
                ErrorKind::Tls(_) => "tls_failed",
                _ => "no_http",
            }),
        }
    }

    /// The address and the body.
    fn request(&self, stored: &StoredResponse, resource: &Value) -> Result<(String, Vec<u8>), StoreError> {
        let part = |name: &str| resource["identifier"][name].as_str().map(str::to_owned);
        let system = part("system").unwrap_or_else(|| IDENTIFIER_SYSTEM.to_owned());
        let value = part("value").unwrap_or_else(|| stored.id.to_string());
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| StoreError::Unreadable)?
            .pop_if_empty()
            .push("QuestionnaireResponse");
        url.query_pairs_mut().clear().append_pair("identifier", &format!("{system}|{value}"));
        let body = serde_json::to_vec(resource).map_err(|_| StoreError::Unreadable)?;
        Ok((url.into(), body))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ()> {
    CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<_, _>>).map_err(|_| ())
}

/// What an answer means. A page of a proxy with the status 200 is not the resource.
fn judge(status: StatusCode, headers: &HeaderMap, body: Option<&[u8]>) -> Outcome {
    let code = format!("http_{}", status.as_u16());
    if status.is_success() {
        let is_named = [LOCATION, CONTENT_LOCATION, ETAG].iter().any(|name| headers.contains_key(name));
        let is_stored = match body {
            Some([]) => is_named,
            Some(body) => is_resource(body),
            None => false,
        };
        return if is_stored { Outcome::Delivered } else { Outcome::later("not_fhir") };
    }
    match status.as_u16() {
        // Credentials can be renewed.
        401 | 403 | 408 | 425 | 429 | 300..=399 | 500..=599 => {
            let after = headers.get(RETRY_AFTER).and_then(|after| after.to_str().ok()?.parse::<u64>().ok());
            let after = after.map(|seconds| Duration::from_secs(seconds.clamp(1, MAX_RETRY_AFTER)));
            Outcome::Later { reason: code, after }
        }
        _ => Outcome::Refused { reason: code },
    }
}

/// Whether the body of a success is what FHIR allows there: the resource, or an outcome without errors.
fn is_resource(body: &[u8]) -> bool {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return false };
    let is_error = |issue: &Value| matches!(issue["severity"].as_str(), Some("error" | "fatal"));
    match body["resourceType"].as_str() {
        Some("QuestionnaireResponse") => true,
        Some("OperationOutcome") => {
            !body["issue"].as_array().is_some_and(|issues| issues.iter().any(is_error))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, header: Option<(&'static str, &'static str)>, body: &str) -> String {
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = header {
            headers.insert(name, HeaderValue::from_static(value));
        }
        match judge(StatusCode::from_u16(status).unwrap(), &headers, Some(body.as_bytes())) {
            Outcome::Delivered => "delivered".to_owned(),
            Outcome::Later { reason, after: None } => format!("later {reason}"),
            Outcome::Later { reason, after: Some(after) } => format!("later {reason} {}", after.as_secs()),
            Outcome::Refused { reason } => format!("refused {reason}"),
        }
    }

    #[test]
    fn only_a_fhir_answer_is_a_delivery() {
        let location = Some(("location", "/QuestionnaireResponse/7/_history/1"));
        for (status, header, body, outcome) in [
            (201, location, "", "delivered"),
            (200, None, r#"{"resourceType": "QuestionnaireResponse"}"#, "delivered"),
            (
                200,
                None,
                r#"{"resourceType": "OperationOutcome", "issue": [{"severity": "information"}]}"#,
                "delivered",
            ),
            (
                200,
                None,
                r#"{"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}"#,
                "later not_fhir",
            ),
            (200, None, "", "later not_fhir"),
            (204, None, "", "later not_fhir"),
            (200, None, "<html>Welcome</html>", "later not_fhir"),
            (200, location, "<html>Log in</html>", "later not_fhir"),
            (200, None, r#"{"resourceType": "Bundle"}"#, "later not_fhir"),
            (302, location, "", "later http_302"),
            (400, None, "", "refused http_400"),
            (401, None, "", "later http_401"),
            (404, None, "<html>", "refused http_404"),
            (412, None, "", "refused http_412"),
            (422, None, "{}", "refused http_422"),
            (429, Some(("retry-after", "7")), "", "later http_429 7"),
            (503, Some(("retry-after", "999999")), "", "later http_503 3600"),
            (503, Some(("retry-after", "tomorrow")), "", "later http_503"),
            (500, None, "<html>", "later http_500"),
        ] {
            assert_eq!(judged(status, header, body), outcome, "{status} {body}");
        }
    }

    #[test]
    fn address_names_the_identifier() {
        let id = "0123456789abcdef0123456789abcdef";
        let stored =
            StoredResponse { id: id.parse().unwrap(), version: 1, updated: 0, response: b"{}".to_vec() };
        for base in ["https://fhir.example.com/r4", "https://fhir.example.com/r4/"] {
            let server = FhirServer { base: Url::parse(base).unwrap(), token: None, root_certificate: None };
            let (url, body) = server.request(&stored, &stored.resource().unwrap()).unwrap();
            let expected = format!(
                "https://fhir.example.com/r4/QuestionnaireResponse?identifier=urn%3Alibvoice%3Ainterview%7C{id}"
            );
            assert_eq!(url, expected);
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["identifier"]["value"], id);
            assert!(body.get("id").is_none(), "the server gives it one");
        }
    }
}
