//! Which web pages may use the server from a browser (RFC 6454).

use std::fmt;

use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap,
    HeaderValue, ORIGIN, VARY,
};
use url::Url;

/// The longest `Origin` that is parsed, in bytes: a host name of 253 with a scheme and a port.
const MAX_ORIGIN: usize = 300;

/// The origin of a page as browsers write it: lower case, no default port, nothing after the port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    scheme: String,
    host: String,
    /// `None` for the scheme's default.
    port: Option<u16>,
}

/// The allowed origins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origins {
    rule: Rule,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    Any,
    /// Pages served from this machine at any port, for development.
    Local,
    Listed(Vec<Origin>),
}

/// Why a list of origins cannot be used. The message follows the name of the variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OriginsError {
    /// An entry that is not an origin.
    Malformed(String),
    /// `*` would allow every page.
    AnyInProduction,
}

impl Origins {
    /// The rule without a list: no page in production, and pages of this machine in development.
    pub(crate) fn unlisted(production: bool) -> Self {
        let rule = if production { Rule::Listed(Vec::new()) } else { Rule::Local };
        Self { rule }
    }

    /// Reads `https://a.example, https://b.example:8443`, or `*` outside production.
    pub(crate) fn parse(list: &str, production: bool) -> Result<Self, OriginsError> {
        let rule = match (list.trim(), production) {
            ("*", false) => Rule::Any,
            ("*", true) => return Err(OriginsError::AnyInProduction),
            (list, _) => {
                let entries = list.split(',').map(str::trim);
                let origins = entries.map(|entry| {
                    Origin::parse(entry).ok_or_else(|| OriginsError::Malformed(entry.to_owned()))
                });
                Rule::Listed(origins.collect::<Result<_, _>>()?)
            }
        };
        Ok(Self { rule })
    }

    /// Whether a WebSocket may be opened. Browsers let a page open one to any server, so the server must check. A
    /// client that sends no `Origin` is not a browser.
    pub(crate) fn allow(&self, request: &HeaderMap) -> bool {
        match only_origin(request) {
            None => true,
            Some(Ok(origin)) => self.permit(origin),
            Some(Err(Ambiguous)) => false,
        }
    }

    /// Allows the page to read the answer if its origin is allowed. Every answer varies with the origin, including
    /// refused ones; otherwise a cache could serve the answer for one page to another.
    pub(crate) fn add_cors(&self, request: &HeaderMap, response: &mut HeaderMap) {
        response.append(VARY, HeaderValue::from_static("origin"));
        let Some(Ok(origin)) = only_origin(request) else { return };
        if !self.permit(origin) {
            return;
        }
        let allowed = if self.rule == Rule::Any { HeaderValue::from_static("*") } else { origin.clone() };
        response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        response.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("retry-after, ratelimit, ratelimit-policy, x-request-id"),
        );
    }

    /// The answer to a preflight request; `None` if the request is not one. There are no cookies, so credentials are
    /// never allowed.
    pub(crate) fn preflight(&self, request: &HeaderMap) -> Option<HeaderMap> {
        if !request.contains_key(ORIGIN) || !request.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            return None;
        }
        let mut response = HeaderMap::new();
        self.add_cors(request, &mut response);
        response.append(
            VARY,
            HeaderValue::from_static("access-control-request-method, access-control-request-headers"),
        );
        if response.remove(ACCESS_CONTROL_EXPOSE_HEADERS).is_some() {
            let allowed = [
                (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE"),
                (ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, x-request-id"),
                (ACCESS_CONTROL_MAX_AGE, "600"),
            ];
            response.extend(allowed.map(|(name, value)| (name, HeaderValue::from_static(value))));
        }
        Some(response)
    }

    fn permit(&self, origin: &HeaderValue) -> bool {
        let Some(origin) = origin.to_str().ok().and_then(Origin::parse) else { return false };
        match &self.rule {
            Rule::Any => true,
            Rule::Local => origin.is_local(),
            Rule::Listed(origins) => origins.contains(&origin),
        }
    }
}

/// More than one `Origin`, which no browser sends.
pub(super) struct Ambiguous;

pub(super) fn only_origin(request: &HeaderMap) -> Option<Result<&HeaderValue, Ambiguous>> {
    let mut origins = request.get_all(ORIGIN).iter();
    let first = origins.next()?;
    Some(if origins.next().is_none() { Ok(first) } else { Err(Ambiguous) })
}

impl Origin {
    /// `None` for `null` and for anything with more than a scheme, a host and a port.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_ORIGIN {
            return None;
        }
        let text = text.to_ascii_lowercase();
        let (scheme, authority) = text.split_once("://")?;
        // The parser of URLs drops or repairs everything else. Names with other letters are written in punycode.
        let in_authority = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.[:]".contains(&byte);
        let url = Url::parse(&text).ok().filter(|_| authority.bytes().all(in_authority))?;
        let host = url.host_str().filter(|host| !host.split('.').any(str::is_empty))?;
        if let Some((_, port)) = authority.rsplit_once(':').filter(|_| !authority.ends_with(']')) {
            // Leading zeroes or nothing after the colon would be a second form of the same port.
            url.port_or_known_default().filter(|number| number.to_string() == port)?;
        }
        (url.scheme() == scheme).then(|| Self {
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            port: url.port(),
        })
    }

    /// The same with HTTP's scheme instead of WebSocket's, which some libraries send and no page has.
    pub(super) fn of_http(self) -> Self {
        let scheme = match &*self.scheme {
            "ws" => "http".to_owned(),
            "wss" => "https".to_owned(),
            _ => self.scheme,
        };
        Self { scheme, ..self }
    }

    fn is_local(&self) -> bool {
        matches!(self.scheme.as_str(), "http" | "https")
            && matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "[::1]")
    }
}

impl fmt::Display for OriginsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(entry) => {
                write!(
                    f,
                    "{entry:?} is not an origin; write scheme://host or scheme://host:port, separated by commas"
                )
            }
            Self::AnyInProduction => f.write_str("* would allow every web page; list the allowed origins"),
        }
    }
}

impl std::error::Error for OriginsError {}

#[cfg(test)]
mod tests {
    const DEVELOPMENT: bool = false;
    const PRODUCTION: bool = true;

    use super::*;

    fn request(origins: &[&str]) -> HeaderMap {
        origins.iter().map(|origin| (ORIGIN, HeaderValue::from_bytes(origin.as_bytes()).unwrap())).collect()
    }

    fn listed() -> Origins {
        Origins::parse("https://good.example, https://other.example:8443,HTTP://[2001:DB8::1]:80", PRODUCTION)
            .unwrap()
    }

    #[test]
    fn listed_pages_and_programs_are_allowed() {
        for origin in [
            "https://good.example",
            "https://other.example:8443",
            "http://[2001:db8::1]",
            "https://good.example:443",
            "HTTPS://GOOD.example",
            "http://[2001:db8:0::0.0.0.1]",
        ] {
            assert!(listed().allow(&request(&[origin])), "{origin}");
        }
        assert!(listed().allow(&HeaderMap::new()));
    }

    #[test]
    fn forged_origins_are_refused() {
        for origin in [
            "",
            " ",
            "null",
            "*",
            "good.example",
            "//good.example",
            "https:good.example",
            "https://",
            "://good.example",
            "http://good.example",
            "wss://good.example",
            "https://good.example:8443",
            "https://good.example:",
            "https://good.example:+443",
            "https://good.example:0443",
            "https://good.example:0443a",
            "https://good.example:99999",
            "https://good.example/",
            "https://good.example/x",
            "https://good.example/good.example",
            "https://good.example:443/good.example",
            "https://good.example?x",
            "https://good.example#x",
            "https://good.example.evil.com",
            "https://evilgood.example",
            "https://sub.good.example",
            "https://good.example.",
            "https://.good.example",
            "https://good..example",
            "https://good.example@evil.com",
            "https://evil.com@good.example",
            "https://user:pass@good.example",
            "https://good.example\\.evil.com",
            "https:\\\\good.example",
            "https:/good.example",
            "https:///good.example",
            "https://good.example\\",
            "https://@good.example",
            "https://:@good.example",
            "https://good.example:443@evil.com",
            "https://good.example:0",
            "https://good.example:65536",
            "https://good.example:443:443",
            "https://good.example:٤٤٣",
            "https://good%2eexample",
            "https://good。example",
            "https://ｇood.example",
            "https://xn--good.example",
            "https://good.exam\u{ad}ple",
            "http://[2001:db8::1%25eth0]",
            "http://[2001:db8::1%eth0]",
            "http://[v1.2001:db8::1]",
            "blob:https://good.example",
            "blob:https://good.example/x",
            "view-source:https://good.example",
            "about:blank",
            "NULL",
            " https://good.example",
            "https://good.example ",
            "https://good\t.example",
            "https://good.example%00.evil.com",
            "https://good.example\tevil",
            "https://good.example https://evil.com",
            "https://good.example,https://evil.com",
            "https://gооd.example",
            "https://good.examplé",
            "https://[2001:db8::1",
            "https://2001:db8::1",
            "http://[2001:db8::1]evil.com",
            "http://[::ffff:1.2.3.4%1]",
            "file://",
            "data:text/html,x",
            "chrome-extension://good.example",
            "https://localhost",
            "http://127.0.0.1",
        ] {
            assert!(!listed().allow(&request(&[origin])), "{origin}");
        }
        assert!(!listed().allow(&request(&["https://good.example", "https://good.example"])));
        assert!(!listed().allow(&request(&["https://evil.com", "https://good.example"])));
        let mut bytes = HeaderMap::new();
        bytes.insert(ORIGIN, HeaderValue::from_bytes(b"https://good.example\xff").unwrap());
        assert!(!listed().allow(&bytes));
        // HTTP allows a tab in a field's value, and no other control character.
        for control in (0..0x20).chain([0x7f]).map(char::from) {
            let Ok(value) = HeaderValue::from_str(&format!("https://good.exam{control}ple")) else {
                continue;
            };
            bytes.insert(ORIGIN, value);
            assert!(!listed().allow(&bytes), "{control:?}");
        }
        assert!(!listed().allow(&request(&[&format!("https://{}.example", "a".repeat(10_000))])));
    }

    #[test]
    fn pages_inside_apps_can_be_listed() {
        let listed = Origins::parse("capacitor://localhost, app://voice.example:8080", PRODUCTION).unwrap();
        for origin in ["capacitor://localhost", "app://voice.example:8080"] {
            assert!(listed.allow(&request(&[origin])), "{origin}");
        }
        for origin in [
            "capacitor://evil",
            "app://voice.example",
            "https://localhost",
            "capacitor://x@localhost",
            "app://",
        ] {
            assert!(!listed.allow(&request(&[origin])), "{origin}");
        }
    }

    #[test]
    fn without_a_list_production_allows_no_page() {
        let local = [
            "http://localhost",
            "http://localhost:3000",
            "https://127.0.0.1:8443",
            "http://127.1",
            "http://[::1]:9",
            "http://[0:0:0:0:0:0:0:1]",
        ];
        for origin in local {
            assert!(Origins::unlisted(DEVELOPMENT).allow(&request(&[origin])), "{origin}");
            assert!(!Origins::unlisted(PRODUCTION).allow(&request(&[origin])), "{origin}");
        }
        for origin in [
            "http://localhost.evil.com",
            "http://evil-localhost",
            "ftp://localhost",
            "http://127.0.0.2",
            "http://[::ffff:127.0.0.1]",
            "http://localhost.",
            "http://evil.com@localhost",
            "http://localhost@evil.com",
            "http:\\\\localhost",
            "null",
        ] {
            assert!(!Origins::unlisted(DEVELOPMENT).allow(&request(&[origin])), "{origin}");
        }
    }

    #[test]
    fn invalid_lists_are_refused() {
        assert_eq!(Origins::parse("*", PRODUCTION), Err(OriginsError::AnyInProduction));
        let any = Origins::parse(" * ", DEVELOPMENT).unwrap();
        assert!(any.allow(&request(&["https://any.example"])) && !any.allow(&request(&["null"])));
        for list in [
            "",
            "https://a.example,",
            "a.example",
            "https://*.example",
            "https://a.example/",
            "https://مثال.example",
            "https://a.example:0443",
            "https://user@a.example",
            "*, https://a.example",
        ] {
            assert!(matches!(Origins::parse(list, DEVELOPMENT), Err(OriginsError::Malformed(_))), "{list}");
        }
    }

    fn shown<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
        headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
    }

    #[test]
    fn only_allowed_pages_may_read_answers() {
        let answer = |origins: &Origins, request: &HeaderMap| {
            let mut response = HeaderMap::new();
            response.insert(VARY, HeaderValue::from_static("accept"));
            origins.add_cors(request, &mut response);
            assert_eq!(shown(&response, "vary"), ["accept", "origin"]);
            assert!(!response.contains_key("access-control-allow-credentials"));
            shown(&response, "access-control-allow-origin").concat()
        };
        assert_eq!(answer(&listed(), &request(&["https://good.example"])), "https://good.example");
        for refused in [request(&["https://evil.com"]), request(&["null"]), request(&[])] {
            assert_eq!(answer(&listed(), &refused), "");
        }
        let any = Origins::parse("*", DEVELOPMENT).unwrap();
        assert_eq!(answer(&any, &request(&["https://any.example"])), "*");
    }

    #[test]
    fn preflight_requests_are_answered() {
        let ask = |origin: &str| {
            let mut headers = request(&[origin]);
            headers.insert(ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("DELETE"));
            listed().preflight(&headers).unwrap()
        };
        let allowed = ask("https://good.example");
        assert_eq!(shown(&allowed, "access-control-allow-origin"), ["https://good.example"]);
        assert_eq!(shown(&allowed, "access-control-allow-methods"), ["GET, POST, DELETE"]);
        assert!(shown(&allowed, "access-control-allow-headers")[0].contains("authorization"));
        assert_eq!(shown(&allowed, "vary")[0], "origin");

        let refused = ask("https://evil.com");
        assert!(refused.keys().all(|name| name == VARY), "{refused:?}");
        assert_eq!(listed().preflight(&request(&["https://good.example"])), None);
    }
}
