//! Which hosts are this machine, in every spelling.

use url::Host;

use crate::knowledge;
use crate::shell::pattern;
use crate::value::{Piece, Text};

/// What a host is, as far as rules care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostClass {
    /// This machine.
    Loopback,
    /// Some other host.
    Other,
    /// It cannot be told.
    Unknown,
}

/// What `host` is. Addresses are read as a URL's are: decimal, octal, hexadecimal and short forms too.
pub(super) fn classify(host: &Text) -> HostClass {
    match host {
        Text::Literal(name) => literal(name),
        Text::Mixed(pieces) => {
            let own_names = &knowledge::hosts().loopback.unknown;
            match pieces.as_slice() {
                [Piece::Unknown(unknown)] if own_names.contains(&unknown.what) => HostClass::Loopback,
                // Only the last label tells where an unknown name leads: `$x.example.com` is no loopback.
                [.., Piece::Literal(end)] if end.contains('.') => match literal(&format!("x{end}")) {
                    HostClass::Loopback => HostClass::Unknown,
                    other => other,
                },
                _ => HostClass::Unknown,
            }
        }
    }
}

fn literal(name: &str) -> HostClass {
    let name = name.trim().trim_end_matches('.');
    let bare = name.strip_prefix('[').and_then(|n| n.strip_suffix(']')).unwrap_or(name);
    // A zone is not part of the address: `[::1%lo]`.
    let bare = bare.split('%').next().filter(|n| n.contains(':')).unwrap_or(bare);
    let parsed = if bare.contains(':') { Host::parse(&format!("[{bare}]")) } else { Host::parse(bare) };
    let is_loopback = match parsed {
        Ok(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Ok(Host::Ipv6(address)) => {
            let mapped = address.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback() || v4.is_unspecified());
            // The deprecated form `::127.0.0.1` too.
            address.is_loopback()
                || address.is_unspecified()
                || mapped
                || address.to_ipv4().is_some_and(|v4| v4.is_loopback())
        }
        Ok(Host::Domain(domain)) => {
            let domain = domain.trim_end_matches('.').to_lowercase();
            knowledge::hosts().loopback.names.iter().any(|glob| pattern::matches(glob, &domain))
        }
        Err(_) => false,
    };
    if is_loopback { HostClass::Loopback } else { HostClass::Other }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_loopback_is_one() {
        for host in [
            "127.0.0.1",
            "127.1",
            "127.8.9.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "017700000001",
            "0177.0.0.1",
            "0",
            "0.0.0.0",
            "[::1]",
            "::1",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[0:0:0:0:0:0:0:1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "foo.localhost",
            "127.0.0.1.nip.io",
            "app.127.0.0.1.nip.io",
            "127-0-0-1.sslip.io",
            "localtest.me",
            "a.lvh.me",
            "ip6-localhost",
            "%6cocalhost",
            "[::1%lo]",
        ] {
            assert_eq!(classify(&Text::from(host)), HostClass::Loopback, "{host}");
        }
        for host in
            ["example.com", "10.0.0.1", "128.0.0.1", "localhost.example.com", "[::2]", "notlocalhost", ""]
        {
            assert_eq!(classify(&Text::from(host)), HostClass::Other, "{host}");
        }
        assert_eq!(classify(&Text::unknown("$HOSTNAME")), HostClass::Loopback);
        assert_eq!(classify(&Text::unknown("$X")), HostClass::Unknown);
        assert_eq!(classify(&Text::unknown("$X").concat(".example.com".into())), HostClass::Other);
    }
}
