//! Where the agent daemon listens: on loopback, and nowhere else.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use url::{Host, Url};

use super::Failure;
use crate::resolve::surroundings::Environment;

/// Names the whole endpoint.
const ENDPOINT: &str = "AWS_SECRETS_MANAGER_AGENT_ENDPOINT";
/// Names the port alone; the Lambda extension's own variable.
const PORT: &str = "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT";
/// The port of both where nothing says otherwise.
const DEFAULT_PORT: u16 = 2773;

/// The address to dial, as the environment has it. The daemon listens on 127.0.0.1, so `localhost` is that, and is
/// looked up nowhere.
///
/// # Errors
/// Where the variables name no port or host, or one that is not this machine.
pub fn of(environment: &Environment) -> Result<SocketAddr, Failure> {
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    if let Some(endpoint) = environment.get(ENDPOINT) {
        return of_url(endpoint);
    }
    let Some(port) = environment.get(PORT) else { return Ok(local(DEFAULT_PORT)) };
    match port.trim().parse() {
        Ok(port) if port > 0 => Ok(local(port)),
        _ => Err(Failure::unavailable(format!("{PORT} is no port number: set it to one from 1 to 65535"))),
    }
}

fn of_url(endpoint: &str) -> Result<SocketAddr, Failure> {
    let refused = |why: &str| {
        Err(Failure::unavailable(format!("{ENDPOINT} {why}: set it to http://127.0.0.1:{DEFAULT_PORT}")))
    };
    let Ok(url) = Url::parse(endpoint.trim()) else { return refused("is no URL") };
    if url.scheme() != "http" {
        return refused("is no http:// URL");
    }
    let bare = url.username().is_empty() && url.password().is_none();
    if !bare || url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return refused("has more than a host and a port");
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::from(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::from(address)),
        Some(Host::Domain("localhost")) => Some(IpAddr::from(Ipv4Addr::LOCALHOST)),
        _ => None,
    };
    match address.filter(IpAddr::is_loopback) {
        Some(address) => Ok(SocketAddr::from((address, url.port_or_known_default().unwrap_or(80)))),
        None => refused(&format!(
            "names {}, but the token is sent to this machine only (127.0.0.1, ::1, localhost), so it was not \
             contacted",
            url.host_str().unwrap_or("no host")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints() {
        // The variables; the address, or a part of the cause.
        type Case<'a> = (&'a [(&'a str, &'a str)], Result<&'a str, &'a str>);
        let cases: &[Case] = &[
            (&[], Ok("127.0.0.1:2773")),
            (&[(PORT, "2999")], Ok("127.0.0.1:2999")),
            (&[(PORT, "")], Ok("127.0.0.1:2773")),
            (&[(PORT, "0")], Err("is no port number")),
            (&[(PORT, "65536")], Err("is no port number")),
            (&[(PORT, "2773@evil.example")], Err("is no port number")),
            // The endpoint before the port.
            (&[(ENDPOINT, "http://127.0.0.1:2999"), (PORT, "1")], Ok("127.0.0.1:2999")),
            (&[(ENDPOINT, "http://127.0.0.1:2999/")], Ok("127.0.0.1:2999")),
            (&[(ENDPOINT, "HTTP://LOCALHOST:2999")], Ok("127.0.0.1:2999")),
            (&[(ENDPOINT, "http://[::1]:2999")], Ok("[::1]:2999")),
            (&[(ENDPOINT, "http://127.8.9.1:2999")], Ok("127.8.9.1:2999")),
            // As curl and browsers read it.
            (&[(ENDPOINT, "http://2130706433:2999")], Ok("127.0.0.1:2999")),
            (&[(ENDPOINT, "http://localhost")], Ok("127.0.0.1:80")),
            (&[(ENDPOINT, "https://127.0.0.1:2999")], Err("is no http:// URL")),
            (&[(ENDPOINT, "127.0.0.1:2999")], Err("is no URL")),
            (&[(ENDPOINT, "localhost:2999")], Err("is no http:// URL")),
            (&[(ENDPOINT, "http://127.0.0.1:2999/v1")], Err("more than a host and a port")),
            (&[(ENDPOINT, "http://u:p@127.0.0.1:2999")], Err("more than a host and a port")),
            (&[(ENDPOINT, "http://127.0.0.1@evil.example:2999")], Err("more than a host and a port")),
            (
                &[(ENDPOINT, "http://evil.example:2999")],
                Err("names evil.example, but the token is sent to this"),
            ),
            (&[(ENDPOINT, "http://localhost.evil.example")], Err("not contacted")),
            (&[(ENDPOINT, "http://127.0.0.1.evil.example")], Err("not contacted")),
            (&[(ENDPOINT, "http://10.0.0.1:2773")], Err("not contacted")),
            (&[(ENDPOINT, "http://0.0.0.0:2773")], Err("not contacted")),
            (&[(ENDPOINT, "http://169.254.169.254")], Err("not contacted")),
            (&[(ENDPOINT, "http://[fe80::1]:2773")], Err("not contacted")),
        ];
        for (variables, expected) in cases {
            let got = of(&variables.iter().copied().collect());
            match (&got, expected) {
                (Ok(address), Ok(expected)) => assert_eq!(address.to_string(), *expected, "{variables:?}"),
                (Err(failure), Err(part)) => {
                    assert!(failure.cause.contains(part), "{variables:?}: {failure}");
                    assert!(!failure.cause.contains("u:p"), "{failure}");
                }
                _ => panic!("{variables:?}: {got:?}"),
            }
        }
    }
}
