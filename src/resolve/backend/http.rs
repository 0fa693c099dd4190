//! HTTP as the backends use it: no redirect is followed, and what goes to loopback goes through no proxy.

use std::io::{ErrorKind, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use ureq::config::Config;
use ureq::http::HeaderMap;
use ureq::http::Uri;
use ureq::tls::{PemItem, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{NextTimeout, TcpConnector};
use ureq::{Agent, Error, Proxy};
use zeroize::Zeroizing;

use super::Failure;
use crate::resolve::surroundings::Limit;

/// No answer is larger: a secret has at most 64 KiB, in JSON in JSON that is a few times as much.
const MAX_ANSWER: u64 = 4 << 20;

/// Sends requests.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    limit: Limit,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: HeaderMap,
    body: ureq::Body,
    timeout: Duration,
}

impl Client {
    /// A client for a server on this machine: no proxy, and no TLS. A request may take no longer than `limit`.
    pub fn direct(limit: Limit) -> Client {
        // Of plain TCP alone, so that a program that asks nobody else, such as asm-guard, carries no TLS.
        let agent = Agent::with_parts(config(None, None), TcpConnector::default(), Loopback);
        Client { agent, limit }
    }

    /// A client for servers with TLS: through this proxy, and trusting the certificates in `authorities`, a PEM file's
    /// text, or else Mozilla's.
    ///
    /// # Errors
    /// Where `authorities` holds no certificate.
    pub fn with_tls(
        limit: Limit,
        proxy: Option<Proxy>,
        authorities: Option<&[u8]>,
    ) -> Result<Client, Failure> {
        let roots = authorities.map(|pem| {
            let certificates: Vec<_> = ureq::tls::parse_pem(pem)
                .filter_map(|item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                })
                .collect();
            match certificates.is_empty() {
                true => Err(Failure::unavailable("the file that AWS_CA_BUNDLE names holds no certificate")),
                false => Ok(RootCerts::from(certificates)),
            }
        });
        let agent = config(proxy, roots.transpose()?).new_agent();
        Ok(Client { agent, limit })
    }

    /// Sends a request without a body.
    ///
    /// # Errors
    /// Where no answer came; the cause names no header field.
    pub fn get(&self, url: &str, headers: &[(String, String)]) -> Result<Reply, Failure> {
        let timeout = self.limit.left();
        let request = self.agent.get(url).config().timeout_global(Some(timeout)).build();
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        reply(request.call(), timeout)
    }

    /// Sends a request with a body.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn post(&self, url: &str, headers: &[(String, String)], body: &[u8]) -> Result<Reply, Failure> {
        let timeout = self.limit.left();
        let request = self.agent.post(url).config().timeout_global(Some(timeout)).build();
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        reply(request.send(body), timeout)
    }
}

/// Where this machine's own servers are, without a resolver that could say otherwise, and without the thread in which
/// one is waited for.
#[derive(Debug)]
struct Loopback;

impl Resolver for Loopback {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default();
        let found = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) if address.is_loopback() => vec![address],
            // RFC 6761, 6.3.
            Err(_) if host == "localhost" => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            _ => return Err(Error::HostNotFound),
        };
        let mut addresses = self.empty();
        for address in found {
            addresses.push(SocketAddr::new(address, uri.port_u16().unwrap_or(80)));
        }
        Ok(addresses)
    }
}

fn config(proxy: Option<Proxy>, roots: Option<RootCerts>) -> Config {
    let tls = match roots {
        Some(roots) => TlsConfig::builder().root_certs(roots).build(),
        None => TlsConfig::default(),
    };
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(proxy)
        .tls_config(tls)
        .user_agent(concat!("asm-exec/", env!("CARGO_PKG_VERSION")))
        .build()
}

fn reply(
    result: Result<ureq::http::Response<ureq::Body>, Error>,
    timeout: Duration,
) -> Result<Reply, Failure> {
    let (parts, body) = result.map_err(|error| failure(&error, timeout))?.into_parts();
    Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, body, timeout })
}

impl Reply {
    /// A header field's value, where it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The whole body as text.
    ///
    /// # Errors
    /// Where it breaks off, is too large, or is no UTF-8.
    pub fn text(self) -> Result<Zeroizing<String>, Failure> {
        let timeout = self.timeout;
        let mut bytes = Zeroizing::new(Vec::new());
        self.reader().read_to_end(&mut bytes).map_err(|error| read_failure(&error, timeout))?;
        match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) => Ok(Zeroizing::new(text)),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                Err(Failure::faulty("the answer is not UTF-8"))
            }
        }
    }

    /// The body as it arrives.
    pub fn reader(self) -> impl Read {
        self.body.into_with_config().limit(MAX_ANSWER).reader()
    }
}

/// What an error while the body is read means.
pub fn read_failure(error: &std::io::Error, timeout: Duration) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(inner) => failure(inner, timeout),
        None => io_failure(error, timeout),
    }
}

fn failure(error: &Error, timeout: Duration) -> Failure {
    match error {
        Error::Io(error) => io_failure(error, timeout),
        Error::Timeout(_) => timed_out(timeout),
        Error::HostNotFound => Failure::unavailable("the host's name cannot be resolved"),
        Error::BodyExceedsLimit(limit) => {
            Failure::faulty(format!("the answer is larger than {} MiB", limit >> 20))
        }
        Error::Rustls(error) => Failure::unavailable(format!("TLS: {error}")),
        Error::BadUri(_) => Failure::unavailable("the endpoint is no URL"),
        error => Failure::faulty(error.to_string()),
    }
}

fn io_failure(error: &std::io::Error, timeout: Duration) -> Failure {
    match error.kind() {
        ErrorKind::ConnectionRefused => Failure::unavailable("connection refused"),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => timed_out(timeout),
        ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => {
            Failure::faulty("the connection was cut before an answer was complete")
        }
        _ => Failure::unavailable(error.to_string()),
    }
}

fn timed_out(after: Duration) -> Failure {
    // To a tenth, for what is left of a run's time is no round number.
    let tenths = (after.as_secs_f64() * 10.0).round() / 10.0;
    Failure::unavailable(format!("timed out after {tenths} s"))
}
