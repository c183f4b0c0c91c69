//! The origin of the server itself, as its client knows it.
//!
//! Libraries that are no browser send it with every handshake: Python's websocket-client derives `Origin` from the address
//! that it connects to. A page of that origin came from this very host, so it is let in like one that is listed.
//!
//! Against a page whose own name was made to point here (DNS rebinding) this rule does not help, and no list of names does
//! where the server does not know its own: TLS does, and paths that ask for a token.

use hyper::Uri;
use hyper::header::{HOST, HeaderMap};

use super::origin::{Origin, only_origin};

/// How clients reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OwnOrigin {
    /// Whether the server itself speaks TLS.
    pub(crate) encrypted: bool,
    /// How many proxies in front are believed when they say which host and scheme they were asked for.
    pub(crate) trusted_proxies: usize,
}

impl OwnOrigin {
    /// Whether the request's `Origin` is the scheme, host and port that the request itself was sent to. Pages cannot write
    /// the fields that this reads.
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
                // A proxy that does not say how it was asked.
                _ => vec!["https", "http"],
            };
        }
        hosts.any(|host| {
            let own = |scheme: &&str| Origin::parse(&format!("{scheme}://{host}")).map(Origin::of_http);
            schemes.iter().filter_map(own).any(|own| own == sent)
        })
    }

    /// What the trusted proxies wrote, from the last one to the first.
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
    fn an_origin_equal_to_the_host_is_own() {
        for (own, origin, host) in [
            (PLAIN, "http://localhost:2700", "localhost:2700"),
            (PLAIN, "http://127.0.0.1:2700", "127.0.0.1:2700"),
            (PLAIN, "http://[::1]:2700", "[::1]:2700"),
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
    fn trusted_proxies_say_which_host_and_scheme_were_asked_for() {
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
