//! The addresses of a target, and whether data to them can be read on the way.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use super::target::Target;

/// A target whose name is resolved once, so that the checked address is the one that is used.
#[derive(Debug)]
pub(super) struct Destination {
    pub(super) target: Target,
    addresses: io::Result<Vec<SocketAddr>>,
}

impl Destination {
    /// Resolves the target's host within `time_limit`.
    pub(super) async fn resolve(target: Target, time_limit: Duration) -> Self {
        let lookup = tokio::net::lookup_host((target.bare_host(), target.port));
        let found = tokio::time::timeout(time_limit, lookup).await;
        let addresses = found.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map(Iterator::collect);
        Self { target, addresses }
    }

    pub(super) fn addresses(&self) -> io::Result<&[SocketAddr]> {
        match &self.addresses {
            Ok(addresses) => Ok(addresses),
            Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
        }
    }

    /// Whether all of its addresses belong to this machine.
    pub(super) fn is_here(&self) -> bool {
        let addresses = self.addresses.as_deref().unwrap_or_default();
        !addresses.is_empty() && addresses.iter().all(|address| is_own(address.ip().to_canonical()))
    }

    /// Whether data cannot be read on the way. The certificate of the configuration's own server is not checked, so TLS
    /// is not enough for it.
    fn is_confidential(&self) -> bool {
        self.is_here() || (self.target.encrypted && !self.target.is_own)
    }

    /// An error unless a secret may be sent there.
    pub(super) fn check_confidential(&self) -> Result<(), String> {
        if self.is_confidential() {
            return Ok(());
        }
        let (target, port) = (&self.target, self.target.port);
        let why = if target.encrypted {
            "is another machine whose certificate would not be checked"
        } else {
            "is plain HTTP to another machine"
        };
        Err(format!(
            "the admin secret was not sent: {target} {why}, so that it could be read on the way. Give the server's \
             https:// address; or tunnel to it (ssh -L {port}:127.0.0.1:{port} HOST) and give http://127.0.0.1:{port}; \
             or leave --admin-secret-file out, which skips the rows that need it"
        ))
    }
}

/// Whether packets to an address stay on this machine: the system then uses that address as the source.
fn is_own(ip: IpAddr) -> bool {
    let own_address = || {
        let any: IpAddr =
            if ip.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let socket = UdpSocket::bind((any, 0))?;
        // Chooses the route; nothing is sent.
        socket.connect((ip, 9))?;
        socket.local_addr()
    };
    ip.is_loopback() || ip.is_unspecified() || own_address().is_ok_and(|address| address.ip() == ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn resolve(url: &str) -> Destination {
        Destination::resolve(Target::parse(url).unwrap(), Duration::from_secs(5)).await
    }

    #[tokio::test]
    async fn unencrypted_secrets_stay_on_this_machine() {
        for here in
            ["http://127.0.0.1", "http://127.9.9.9:80", "ws://[::1]:2700", "http://[::ffff:127.0.0.1]/"]
        {
            let destination = resolve(here).await;
            assert_eq!(destination.check_confidential(), Ok(()), "{here}");
        }
        for elsewhere in [
            "http://192.0.2.1",
            "ws://198.51.100.7:2700",
            "http://[2001:db8::1]/",
            "http://127.0.0.1.invalid",
        ] {
            let refused = resolve(elsewhere).await.check_confidential().unwrap_err();
            assert!(refused.contains("plain HTTP to another machine"), "{refused}");
        }
        assert_eq!(resolve("https://192.0.2.1").await.check_confidential(), Ok(()));
    }

    #[tokio::test]
    async fn unchecked_certificate_protects_no_secret() {
        for encrypted in [false, true] {
            let own = Target::own("192.0.2.1:443".parse().unwrap(), encrypted);
            let destination = Destination::resolve(own, Duration::from_secs(5)).await;
            assert!(destination.check_confidential().is_err());
        }
    }
}
