//! Where interviews are stored, and for how long.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::access::is_here;
use super::environment::Environment;
use super::reader::Reader;
use crate::security::credentials::secret::Secret;
use crate::store::Keys;

#[derive(Debug, Clone)]
pub(crate) struct InterviewsConfig {
    /// PostgreSQL; `None` for SQLite. The address often contains a password.
    pub(crate) database: Option<DatabaseUrl>,
    /// The SQLite database; `None` for one in the user's data folder.
    pub(crate) path: Option<PathBuf>,
    /// The keys that seal the answers; `None` for a file beside the SQLite database.
    pub(crate) keys: Option<Secret>,
    /// How long an interview is kept after its last change.
    pub(crate) retention: Duration,
    /// The FHIR server that gets finished responses.
    pub(crate) fhir_base: Option<Url>,
    /// The bearer token for it.
    pub(crate) fhir_token: Option<Secret>,
    /// Whether there are keys, or may be made.
    pub(crate) is_on: bool,
}

/// An address with a password, which is not shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct DatabaseUrl(pub(crate) Url);

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

const DAY: u64 = 24 * 3_600;

/// A hundred years.
const MAX_DAYS: u64 = 36_525;

impl InterviewsConfig {
    pub(super) fn read(
        reader: &mut Reader,
        environment: Environment,
        has_tokens: bool,
        warnings: &mut Vec<String>,
    ) -> Self {
        let database = reader.secret("DATABASE_URL").and_then(|url| database(reader, &url));
        let path = reader.path("VOICE_STORE_PATH");
        let keys = reader.secret("VOICE_STORE_KEYS");
        let days = reader.number("VOICE_RETENTION_DAYS", 90, 1..=MAX_DAYS);
        let fhir_base = fhir_base(reader, warnings);
        let fhir_token = reader.secret("FHIR_BEARER_TOKEN");
        if let Some(keys) = &keys
            && let Err(problem) = std::str::from_utf8(keys.expose())
                .map_err(|_| "it is not text".to_owned())
                .and_then(|keys| Keys::parse(keys).map(drop))
        {
            reader.problems.push(format!("VOICE_STORE_KEYS: {problem}"));
        }
        if let Some(DatabaseUrl(url)) = &database {
            if keys.is_none() {
                let problem = "DATABASE_URL needs VOICE_STORE_KEYS, which seals the answers; make one: openssl rand -base64 32";
                reader.problems.push(problem.to_owned());
            }
            let checks = |(name, value): (_, std::borrow::Cow<'_, str>)| {
                name == "sslmode" && value.starts_with("verify-")
            };
            if !is_here(url.host_str().unwrap_or("localhost")) && !url.query_pairs().any(checks) {
                warnings.push(
                    "DATABASE_URL does not check the database's certificate; add sslmode=verify-full unless the network is private"
                        .to_owned(),
                );
            }
        }
        let is_on = keys.is_some() || environment == Environment::Development;
        if has_tokens && !is_on {
            warnings.push(
                "interviews are switched off, because VOICE_STORE_KEYS is not set; make a key: openssl rand -base64 32"
                    .to_owned(),
            );
        }
        let retention = Duration::from_secs(days * DAY);
        Self { database, path, keys, retention, fhir_base, fhir_token, is_on }
    }
}

/// The address of a FHIR server.
fn fhir_base(reader: &mut Reader, warnings: &mut Vec<String>) -> Option<Url> {
    let text = reader.url("FHIR_BASE_URL")?;
    let url = Url::parse(&text).ok();
    let url = url.filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    let Some(url) = url else {
        reader.problems.push("FHIR_BASE_URL: expected https://host/path".to_owned());
        return None;
    };
    if url.scheme() == "http" && !is_here(url.host_str().unwrap_or_default()) {
        warnings.push("FHIR_BASE_URL sends answers in clear; give it an https:// address".to_owned());
    }
    Some(url)
}

/// The address of a PostgreSQL. A mistake does not quote it.
fn database(reader: &mut Reader, url: &Secret) -> Option<DatabaseUrl> {
    let url = std::str::from_utf8(url.expose()).ok().and_then(|url| Url::parse(url.trim()).ok());
    let url = url.filter(|url| matches!(url.scheme(), "postgres" | "postgresql"));
    if url.is_none() {
        reader.problems.push("DATABASE_URL: expected postgres://user:password@host/database".to_owned());
    }
    url.map(DatabaseUrl)
}
