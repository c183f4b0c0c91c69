//! The address of a client, as reported by trusted proxies.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hyper::header::{HeaderMap, HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A client's address. `Display` shows the network prefix only. IPv4-mapped IPv6 addresses count as IPv4.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ClientIp(IpAddr);

/// The key of limits: an IPv4 address, or an IPv6 /64, which is the least that one customer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum IpKey {
    V4(u32),
    V6(u64),
}

impl ClientIp {
    /// The address that the last of `trusted_proxies` saw. Each proxy appends the address of its own client, so entries
    /// count from the right. Entries further left were written by the client and are ignored.
    ///
    /// If an entry is missing or is not an address, the last known proxy stands for the client.
    pub(crate) fn of(peer: IpAddr, headers: &HeaderMap, trusted_proxies: usize) -> Self {
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        let entries = lines.flat_map(|line| line.as_bytes().rsplit(|&byte| byte == b','));
        let told = entries.take(trusted_proxies).map_while(address).last();
        Self(told.unwrap_or(peer).to_canonical())
    }

    /// The last entries of `X-Forwarded-For`, at most 16, from left to right; `None` for an entry that is not an
    /// address.
    pub(crate) fn forwarded(headers: &HeaderMap) -> Vec<Option<Self>> {
        let entries = headers.get_all(FORWARDED_FOR).iter().rev();
        let entries = entries.flat_map(|line| line.as_bytes().rsplit(|&byte| byte == b','));
        let mut forwarded: Vec<_> =
            entries.take(16).map(|entry| address(entry).map(|ip| Self(ip.to_canonical()))).collect();
        forwarded.reverse();
        forwarded
    }

    pub(crate) fn key(self) -> IpKey {
        match self.0 {
            IpAddr::V4(address) => IpKey::V4(address.to_bits()),
            IpAddr::V6(address) => IpKey::V6((address.to_bits() >> 64) as u64),
        }
    }
}

impl IpKey {
    /// The network of the address: the /24 of an IPv4 address, the /48 of a /64.
    pub(crate) fn network(self) -> Self {
        match self {
            Self::V4(bits) => Self::V4(bits & (!0 << 8)),
            Self::V6(bits) => Self::V6(bits & (!0 << 16)),
        }
    }

    /// The same bytes on every instance, and different bytes for different keys.
    #[cfg(any(feature = "redis", test))]
    pub(crate) fn to_bytes(self) -> [u8; 9] {
        let (kind, bits) = match self {
            Self::V4(bits) => (4, u64::from(bits)),
            Self::V6(bits) => (6, bits),
        };
        let mut bytes = [kind; 9];
        bytes[1..].copy_from_slice(&bits.to_be_bytes());
        bytes
    }
}

/// An entry as proxies write it: an address, optionally in brackets, optionally with a port.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim_matches([' ', '\t']);
    let bare = || text.parse().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    bare().or_else(with_port).or_else(in_brackets)
}

impl fmt::Display for ClientIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => write!(f, "{}/24", Ipv4Addr::from_bits(address.to_bits() & (!0 << 8))),
            IpAddr::V6(address) => write!(f, "{}/48", Ipv6Addr::from_bits(address.to_bits() & (!0 << 80))),
        }
    }
}

impl fmt::Debug for ClientIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    const PEER: &str = "10.0.0.1";

    /// The client of a request from 10.0.0.1 with these lines of `X-Forwarded-For`.
    fn client(lines: &[&str], trusted_proxies: usize) -> IpAddr {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        ClientIp::of(PEER.parse().unwrap(), &headers, trusted_proxies).0
    }

    #[test]
    fn client_is_counted_from_the_right() {
        for (lines, trusted, expected) in [
            (&["203.0.113.9"][..], 0, PEER),
            (&[], 1, PEER),
            (&["203.0.113.9"], 1, "203.0.113.9"),
            (&["6.6.6.6, 203.0.113.9"], 1, "203.0.113.9"),
            (&["6.6.6.6, 203.0.113.9, 198.51.100.2"], 2, "203.0.113.9"),
            (&["6.6.6.6", "203.0.113.9", "198.51.100.2"], 2, "203.0.113.9"),
            (&["6.6.6.6,203.0.113.9", "198.51.100.2"], 2, "203.0.113.9"),
            (&["203.0.113.9"], 5, "203.0.113.9"),
            (&["203.0.113.9,198.51.100.2"], usize::MAX, "203.0.113.9"),
        ] {
            assert_eq!(client(lines, trusted).to_string(), expected, "{lines:?} behind {trusted}");
        }
    }

    #[test]
    fn entries_keep_their_order() {
        let mut headers = HeaderMap::new();
        for line in ["192.0.2.1, x", "203.0.113.9,[2001:db8::1]:80"] {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
        }
        let shown: Vec<_> = ClientIp::forwarded(&headers)
            .iter()
            .map(|entry| entry.map_or_else(String::new, |entry| entry.to_string()))
            .collect();
        assert_eq!(shown, ["192.0.2.0/24", "", "203.0.113.0/24", "2001:db8::/48"]);
        assert!(ClientIp::forwarded(&HeaderMap::new()).is_empty());
    }

    #[test]
    fn malformed_entry_leaves_the_last_known_hop() {
        for malformed in [
            "",
            " ",
            "unknown",
            "_hidden",
            "localhost",
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.4:",
            "1.2.3.4:99999",
            "::1%eth0",
            "[::1",
            "::1]",
            "[1.2.3.4]",
            "[::1]:x",
            "\"1.2.3.4\"",
            "1.2.3.4 5.6.7.8",
            "1.2.3.4\u{200b}",
            "٣.١.٢.٤",
            "01.2.3.4",
            "0x7f000001",
            "\u{ff}\u{fe}",
        ] {
            assert_eq!(client(&[malformed], 1).to_string(), PEER, "{malformed:?}");
            let behind = format!("9.9.9.9,{malformed},198.51.100.2");
            assert_eq!(client(&[&behind], 3).to_string(), "198.51.100.2", "{malformed:?}");
        }
        assert_eq!(client(&[&",".repeat(100_000)], 3).to_string(), PEER);
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_understood() {
        for (written, expected) in [
            (" 203.0.113.9\t", "203.0.113.9"),
            ("203.0.113.9:51234", "203.0.113.9"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
        ] {
            assert_eq!(client(&[written], 1).to_string(), expected, "{written}");
        }
        let mapped = ClientIp::of("::ffff:10.0.0.1".parse().unwrap(), &HeaderMap::new(), 0);
        assert_eq!(mapped.0.to_string(), PEER);
    }

    #[test]
    fn limits_count_ipv4_whole_and_ipv6_by_its_first_half() {
        let key = |address: &str| ClientIp(address.parse().unwrap()).key();
        assert_ne!(key("203.0.113.9"), key("203.0.113.10"));
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("0.0.0.1").to_bytes(), key("0:0:0:1::").to_bytes());
    }

    #[test]
    fn addresses_are_never_shown_whole() {
        for (address, shown) in
            [("203.0.113.9", "203.0.113.0/24"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"), ("::1", "::/48")]
        {
            let address = ClientIp(address.parse().unwrap());
            assert_eq!(address.to_string(), shown);
            assert_eq!(format!("{address:?}"), shown);
        }
    }
}
