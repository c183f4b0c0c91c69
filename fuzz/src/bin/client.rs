//! What a request says of its client: `X-Forwarded-For` and `Origin`.

#![no_main]

use std::net::IpAddr;

use hyper::header::{HeaderMap, HeaderValue};
use voice_fuzz::{settings, target};

/// The server's own files.
#[path = "../../../voice-server/src/security/client"]
#[cfg_attr(not(test), expect(dead_code, reason = "the server asks for more than this target does"))]
mod security {
    pub(crate) mod client_ip;
    pub(crate) mod origin;
}

use security::client_ip::ClientIp;
use security::origin::Origins;

const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7));

const LISTED: &str = "https://app.example";

fn seeds() -> Vec<Vec<u8>> {
    let lines = [
        "203.0.113.9",
        "6.6.6.6, 203.0.113.9:443,[2001:db8::1]:80",
        "::ffff:203.0.113.9",
        LISTED,
        "https://app.example:443",
        "https://app.example:0443",
        "https://app.example.evil.test",
        "null",
        "http://[::1]:8080",
        "https://user:pw@app.example",
        "https:\\\\app.example",
        "https://app%2eexample",
        "https://2130706433",
        "capacitor://localhost",
    ];
    lines.iter().enumerate().map(|(at, line)| [&[at as u8 % 4], line.as_bytes()].concat()).collect()
}

target!(seeds(), [",", "::ffff:", "[", "]:", "://", "https", "localhost", "@"], |data: &[u8]| {
    let ([proxies], line) = settings(data);
    let Ok(value) = HeaderValue::from_bytes(line) else { return };
    let mut headers = HeaderMap::new();
    for part in value.as_bytes().split(|&byte| byte == b';') {
        headers.append("x-forwarded-for", HeaderValue::from_bytes(part).unwrap_or_else(|_| unreachable!()));
    }
    let proxies = usize::from(proxies % 4);
    let client = ClientIp::of(PEER, &headers, proxies);
    // What stands in front of the trusted entries is not looked at.
    let mut forged = HeaderMap::new();
    forged.append("x-forwarded-for", HeaderValue::from_static("6.6.6.6"));
    forged.extend(
        headers
            .iter()
            .map(|(_, value)| ("x-forwarded-for".parse().ok(), value.clone()))
            .filter_map(|(name, value)| name.map(|name: hyper::header::HeaderName| (name, value))),
    );
    let entries = value.as_bytes().iter().filter(|&&byte| byte == b',' || byte == b';').count() + 1;
    if entries >= proxies {
        assert_eq!(ClientIp::of(PEER, &forged, proxies), client);
    }
    let shown = client.to_string();
    assert!(shown.ends_with("/24") || shown.ends_with("/48"), "{shown}");

    let mut page = HeaderMap::new();
    page.insert("origin", value);
    for production in [false, true] {
        let Ok(origins) = Origins::parse(LISTED, production) else { unreachable!() };
        if origins.allow(&page) {
            let origin = line.to_ascii_lowercase();
            assert!(
                origin == LISTED.as_bytes() || origin == b"https://app.example:443",
                "{:?}",
                String::from_utf8_lossy(line)
            );
        }
        let _ = Origins::parse(&String::from_utf8_lossy(line), production);
        assert!(!Origins::unlisted(true).allow(&page));
    }
});
