//! Which hosts are this machine, in every spelling.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::Host;

use crate::knowledge;
use crate::shell::pattern;
use crate::value::{Piece, Text};

/// What a host is, as far as rules care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
            match pieces.as_slice() {
                // `$(hostname)`, `$(hostname).local`
                [Piece::Unknown(unknown)] if is_own(&unknown.what) => HostClass::Loopback,
                [Piece::Unknown(unknown), Piece::Literal(end)]
                    if is_own(&unknown.what) && end.starts_with('.') =>
                {
                    HostClass::Loopback
                }
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

/// Whether a value that is not known is this machine's name.
fn is_own(what: &str) -> bool {
    knowledge::loopback().unknown.iter().any(|glob| pattern::matches(glob, what))
}

fn literal(name: &str) -> HostClass {
    let name = name.trim().trim_end_matches('.');
    let bare = name.strip_prefix('[').and_then(|n| n.strip_suffix(']')).unwrap_or(name);
    // A zone is not part of the address: `[::1%lo]`.
    let (bare, zone) = bare.split_once('%').filter(|(n, _)| n.contains(':')).unwrap_or((bare, ""));
    let parsed = if bare.contains(':') { Host::parse(&format!("[{bare}]")) } else { Host::parse(bare) };
    let is_loopback = match parsed {
        Ok(Host::Ipv4(address)) => is_here(address),
        Ok(Host::Ipv6(address)) => {
            // The loopback interface has a link-local address too.
            is_here6(address)
                || address.is_unicast_link_local() && zone.trim_start_matches("25").starts_with("lo")
        }
        Ok(Host::Domain(domain)) => is_name(&domain.trim_end_matches('.').to_lowercase()),
        Err(_) => false,
    };
    if is_loopback { HostClass::Loopback } else { HostClass::Other }
}

fn is_name(domain: &str) -> bool {
    let known = knowledge::loopback();
    let service = |suffix: &String| domain.strip_suffix(suffix.as_str())?.strip_suffix('.');
    match known.embedding.iter().find_map(service).and_then(embedded) {
        Some(is_here) => is_here,
        None => known.names.iter().chain(&known.outside).any(|glob| pattern::matches(glob, domain)),
    }
}

fn is_here(address: Ipv4Addr) -> bool {
    address.is_loopback() || address.is_unspecified()
}

fn is_here6(address: Ipv6Addr) -> bool {
    let mapped = address.to_ipv4_mapped().is_some_and(is_here);
    // The deprecated form `::127.0.0.1` too.
    address.is_loopback()
        || address.is_unspecified()
        || mapped
        || address.to_ipv4().is_some_and(|v4| v4.is_loopback())
}

/// Whether the address in a name is this machine's; None where there is none. It stands in labels of their own, in one
/// with dashes, in eight hexadecimal digits, or, of IPv6, with dashes for colons (the services' own documentation).
fn embedded(name: &str) -> Option<bool> {
    let labels: Vec<&str> = name.split('.').collect();
    let decimal = |parts: &[&str]| parts.join(".").parse::<Ipv4Addr>().ok();
    if let Some(address) = labels.windows(4).rev().find_map(decimal) {
        return Some(is_here(address));
    }
    labels.iter().rev().find_map(|label| {
        let parts: Vec<&str> = label.split('-').collect();
        let hexadecimal = |part: &&str| {
            (part.len() == 8).then(|| u32::from_str_radix(part, 16).ok()).flatten().map(Ipv4Addr::from)
        };
        let address = parts.windows(4).rev().find_map(decimal).or_else(|| parts.iter().find_map(hexadecimal));
        let wide = || label.replace('-', ":").parse::<Ipv6Addr>().ok().map(is_here6);
        address.map(is_here).or_else(wide)
    })
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
            "x-127-0-0-1-y.sslip.io",
            "www.7f000102.nip.io",
            "--1.sslip.io",
            "localtest.me",
            "a.lvh.me",
            "ip6-localhost",
            "%6cocalhost",
            "[::1%lo]",
        ] {
            assert_eq!(classify(&Text::from(host)), HostClass::Loopback, "{host}");
        }
        for host in [
            "example.com",
            "10.0.0.1",
            "10.0.0.1.nip.io",
            "10-0-0-1.traefik.me",
            "nip.io",
            "128.0.0.1",
            "localhost.example.com",
            "[::2]",
            "notlocalhost",
            "",
        ] {
            assert_eq!(classify(&Text::from(host)), HostClass::Other, "{host}");
        }
        assert_eq!(classify(&Text::unknown("$HOSTNAME")), HostClass::Loopback);
        let own = Text::unknown("output of hostname").concat(".local".into());
        assert_eq!(classify(&own), HostClass::Loopback);
        assert_eq!(classify(&Text::unknown("$X")), HostClass::Unknown);
        assert_eq!(classify(&Text::unknown("$X").concat(".example.com".into())), HostClass::Other);
    }
}
