//! The origin of the server itself, as its client sees it.
//!
//! Libraries other than browsers send it with every handshake: Python's websocket-client derives `Origin` from the
//! address that it connects to. A page of that origin came from this host, so it is allowed like a listed one.
//!
//! This rule does not help against a page whose own name was made to resolve to this host (DNS rebinding), and neither
//! does a list of names if the server does not know its own. TLS helps, and paths that need a token.

use hyper::Uri;
use hyper::header::{HOST, HeaderMap};

use super::origin::{Origin, only_origin};

/// How clients reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OwnOrigin {
    /// Whether the server itself uses TLS.
    pub(crate) encrypted: bool,
    /// The number of proxies whose report of host and scheme is trusted.
    pub(crate) trusted_proxies: usize,
}

impl OwnOrigin {
    /// Whether the request's `Origin` is the scheme, host and port that the request was sent to. Pages cannot set the
    /// fields that this reads.
    pub(crate) fn sent(self, headers: &HeaderMap, uri: &Uri) -> bool {
        let Some(Ok(sent)) = only_origin(headers) else { return false };
        let Some(sent) = sent.to_str().ok().and_then(Origin::parse) else { return false };
        let sent = sent.of_http();
        let asked = headers.get(HOST).and_then(|host| host.to_str().ok());
        let asked = asked.or_else(|| uri.authority().map(hyper::http::uri::Authority::as_str));
        let mut hosts = asked.into_iter().chain(self.forwarded(headers, "x-forwarded-host"));
        let mut schemes: Vec<_> = self.forwarded(headers, "x-forwarded-proto").collect();
        if schemes.is_empty() {
            schemes = match (self.encrypted, self.trusted_proxies) {
                (true, 0) => vec!["https"],
                (false, 0) => vec!["http"],
                // A proxy that does not report the scheme.
                _ => vec!["https", "http"],
            };
        }
        hosts.any(|host| {
            let own = |scheme: &&str| Origin::parse(&format!("{scheme}://{host}")).map(Origin::of_http);
            schemes.iter().filter_map(own).any(|own| own == sent)
        })
    }

    /// The entries of the trusted proxies, last one first.
    fn forwarded<'a>(self, headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
        let lines = headers.get_all(name).into_iter().rev();
        let entries = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.rsplit(','));
        entries.take(self.trusted_proxies).map(str::trim).filter(|entry| !entry.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(own: OwnOrigin, fields: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        own.sent(&headers, &Uri::from_static("/ws"))
    }

    const PLAIN: OwnOrigin = OwnOrigin { encrypted: false, trusted_proxies: 0 };
    const TLS: OwnOrigin = OwnOrigin { encrypted: true, trusted_proxies: 0 };
    const BEHIND_ONE: OwnOrigin = OwnOrigin { encrypted: false, trusted_proxies: 1 };

    #[test]
    fn own_origin_equals_the_host() {
        for (own, origin, host) in [
            (PLAIN, "http://localhost:2700", "localhost:2700"),
            (PLAIN, "http://127.0.0.1:2700", "127.0.0.1:2700"),
            (PLAIN, "http://[::1]:2700", "[::1]:2700"),
            (PLAIN, "http://127.1:2700", "127.1:2700"),
            (PLAIN, "http://[0:0::1]:2700", "[0:0::1]:2700"),
            (PLAIN, "http://voice.example", "voice.example:80"),
            (PLAIN, "http://voice.example:80", "Voice.Example"),
            (PLAIN, "ws://voice.example", "voice.example"),
            (TLS, "https://voice.example", "voice.example"),
            (TLS, "https://voice.example:443", "voice.example"),
            (TLS, "wss://voice.example:8443", "voice.example:8443"),
        ] {
            assert!(sent(own, &[("origin", origin), ("host", host)]), "{origin} to {host}");
        }
        let mut page = HeaderMap::new();
        page.insert("origin", "https://voice.example".parse().unwrap());
        assert!(TLS.sent(&page, &Uri::from_static("https://voice.example/v1/audio/speech")), "HTTP/2");
    }

    #[test]
    fn any_other_origin_is_foreign() {
        for (own, origin, host) in [
            (PLAIN, "https://voice.example", "voice.example"),
            (TLS, "http://voice.example", "voice.example"),
            (PLAIN, "http://voice.example", "voice.example:2700"),
            (PLAIN, "http://voice.example:2700", "voice.example"),
            (PLAIN, "http://voice.example.evil.com", "voice.example"),
            (PLAIN, "http://evil.com", "voice.example"),
            (PLAIN, "null", "voice.example"),
            (PLAIN, "null", "null"),
            (PLAIN, "http://voice.example", "evil@voice.example"),
            (PLAIN, "http://voice.example", "voice.example/x"),
            (PLAIN, "file://voice.example", "voice.example"),
            (PLAIN, "", ""),
        ] {
            assert!(!sent(own, &[("origin", origin), ("host", host)]), "{origin} to {host}");
        }
        let twice = [("origin", "http://a.example"), ("origin", "http://a.example"), ("host", "a.example")];
        assert!(!sent(PLAIN, &twice));
        assert!(!sent(PLAIN, &[("host", "a.example")]));
    }

    #[test]
    fn trusted_proxies_report_host_and_scheme() {
        let page = ("origin", "https://voice.example");
        let inner = ("host", "10.0.0.7:2700");
        let forwarded = [("x-forwarded-host", "voice.example"), ("x-forwarded-proto", "https")];
        assert!(sent(BEHIND_ONE, &[page, inner, forwarded[0], forwarded[1]]));
        assert!(!sent(PLAIN, &[page, inner, forwarded[0], forwarded[1]]), "no proxy is trusted");
        assert!(sent(BEHIND_ONE, &[page, inner, forwarded[0]]), "the scheme is not known");
        assert!(sent(BEHIND_ONE, &[page, ("host", "voice.example"), forwarded[1]]), "the host is passed on");
        assert!(!sent(BEHIND_ONE, &[page, inner, forwarded[0], ("x-forwarded-proto", "http")]));
        let forged = ("x-forwarded-host", "voice.example, other.example");
        assert!(!sent(BEHIND_ONE, &[page, inner, forged, forwarded[1]]), "further left is the client's");
    }
}
