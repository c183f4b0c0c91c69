//! The address of the server that is examined.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hyper::Uri;

/// The location of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) encrypted: bool,
    pub(super) host: String,
    pub(super) port: u16,
    /// The prefix of every path, for a server behind a proxy.
    pub(super) prefix: String,
    /// Whether this is the server of the configuration here, at its own address. Its certificate is for its public
    /// name, so it is not checked.
    pub(super) is_own: bool,
}

impl Target {
    /// Parses `http://`, `https://`, `ws://` or `wss://`, a host, and optionally a port and a path.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let wrong = || format!("{url:?} is not an address; give one such as https://voice.example.com");
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let encrypted = match uri.scheme_str() {
            Some("https" | "wss") => true,
            Some("http" | "ws") => false,
            _ => return Err(wrong()),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        Ok(Self {
            encrypted,
            host: host.to_owned(),
            port: uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 }),
            prefix: uri.path().trim_end_matches('/').to_owned(),
            is_own: false,
        })
    }

    /// The server that listens at `address` of this machine.
    pub(super) fn own(address: SocketAddr, encrypted: bool) -> Self {
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let host = if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() };
        Self { encrypted, host, port: address.port(), prefix: String::new(), is_own: true }
    }

    /// The host without the brackets of an IPv6 address.
    pub(super) fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.encrypted { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}{}", self.host, self.port, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_parsed() {
        let target = Target::parse("wss://voice.example.com/prefix/").unwrap();
        assert_eq!(target.to_string(), "https://voice.example.com:443/prefix");
        for wrong in ["voice.example.com", "ftp://voice.example.com", "http://", "", "http://a b"] {
            assert!(Target::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn own_server_has_its_listening_address() {
        for (address, encrypted, url) in [
            ("0.0.0.0:2700", false, "http://127.0.0.1:2700"),
            ("[::]:443", true, "https://[::1]:443"),
            ("192.0.2.7:2700", false, "http://192.0.2.7:2700"),
            ("[2001:db8::7]:2700", true, "https://[2001:db8::7]:2700"),
        ] {
            let own = Target::own(address.parse().unwrap(), encrypted);
            assert_eq!(own.to_string(), url);
        }
    }
}
