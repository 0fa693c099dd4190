//! Endpoints that requests signed with the caller's credentials go to.
//!
//! A signed request holds no key, but the session token, and its answer holds the value. So it goes over TLS, or
//! stays on this machine; `mcp-proxy-for-aws` has the same rule.

use url::{Host, Url};

use super::http::Client;
use super::{Failure, shown};
use crate::resolve::surroundings::{Limit, Surroundings};

/// An endpoint that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remote {
    url: Url,
    is_loopback: bool,
}

impl Remote {
    /// The endpoint at `text`, which the variable `name` holds.
    ///
    /// # Errors
    /// Where it is no URL of a server that may be asked.
    pub(super) fn parse(name: &str, text: &str) -> Result<Remote, Failure> {
        let refused = |why: &str| Failure::unavailable(format!("the endpoint in {name} {why}"));
        let url = Url::parse(text.trim()).map_err(|_| refused("is no URL: write https://HOST/PATH"))?;
        let is_loopback = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            // RFC 6761, 6.3: a resolver answers loopback for it, always.
            Some(Host::Domain(domain)) => domain == "localhost",
            None => return Err(refused("names no host: write https://HOST/PATH")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("holds a user name or a password: the request is signed, leave them out"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refused("has a query or a fragment: leave it out"));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback => {}
            "http" => {
                return Err(refused(&format!(
                    "sends values unencrypted to {}, which is not this machine: write https://",
                    url.host_str().unwrap_or_default()
                )));
            }
            _ => return Err(refused("is neither https:// nor, on this machine, http://")),
        }
        Ok(Remote { url, is_loopback })
    }

    /// The URL, as it is asked and signed.
    pub(super) fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Host and port, for people.
    pub(super) fn place(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The host's name, in lower case.
    pub(super) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// A client for it: on this machine past every proxy, elsewhere with the certificates of `AWS_CA_BUNDLE`.
    ///
    /// # Errors
    /// Where that file cannot be used.
    pub(super) fn client(&self, surroundings: &Surroundings, limit: Limit) -> Result<Client, Failure> {
        match (self.is_loopback, self.url.scheme()) {
            (true, "http") => Ok(Client::direct(limit)),
            (true, _) => with_tls(surroundings, limit, None),
            (false, _) => outward(surroundings, limit),
        }
    }
}

/// A client for servers elsewhere, through the proxy that the environment names, if it does.
///
/// # Errors
/// Where the file that `AWS_CA_BUNDLE` names cannot be used.
pub(super) fn outward(surroundings: &Surroundings, limit: Limit) -> Result<Client, Failure> {
    with_tls(surroundings, limit, ureq::Proxy::try_from_env())
}

fn with_tls(
    surroundings: &Surroundings,
    limit: Limit,
    proxy: Option<ureq::Proxy>,
) -> Result<Client, Failure> {
    let bundle = match surroundings.environment.get("AWS_CA_BUNDLE") {
        Some(file) => Some(std::fs::read(file).map_err(|error| {
            Failure::unavailable(format!("the file that AWS_CA_BUNDLE names cannot be read: {error}"))
        })?),
        None => None,
    };
    Client::with_tls(limit, proxy, bundle.as_deref())
}

/// As much of a server's text as may be repeated in a cause, or nothing. The explanation of a signature that does not
/// match shows what was signed, the session token among it.
pub(super) fn repeatable(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let is_signed = ["aws4-hmac", "signature=", "canonical string", "x-amz-security-token"]
        .iter()
        .any(|mark| lower.contains(mark));
    if is_signed || speaks_of_value(text) { String::new() } else { shown(text) }
}

/// Whether a text may have a value in it.
pub(super) fn speaks_of_value(text: &str) -> bool {
    text.contains("SecretString") || text.contains("SecretBinary")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_travel_encrypted_or_not_at_all() {
        for (text, expected) in [
            ("https://aws-mcp.us-east-1.api.aws/mcp", Ok("aws-mcp.us-east-1.api.aws")),
            (" https://EXAMPLE.com:8443\n", Ok("example.com:8443")),
            ("http://127.0.0.1:5000", Ok("127.0.0.1:5000")),
            ("http://127.8.0.1/x", Ok("127.8.0.1")),
            ("http://2130706433:1", Ok("127.0.0.1:1")),
            ("http://[::1]:5000", Ok("[::1]:5000")),
            ("http://localhost:4566", Ok("localhost:4566")),
            ("http://example.com", Err("sends values unencrypted to example.com")),
            ("http://10.0.0.1:5000", Err("sends values unencrypted to 10.0.0.1")),
            ("http://127.0.0.1.example.com", Err("sends values unencrypted")),
            ("http://localhost.example.com", Err("sends values unencrypted")),
            ("http://0.0.0.0:5000", Err("sends values unencrypted")),
            ("http://127.0.0.1@example.com/", Err("user name")),
            ("https://user:pw@example.com/", Err("user name")),
            ("https://example.com/?a=b", Err("query")),
            ("https://example.com/#a", Err("fragment")),
            ("ftp://127.0.0.1/", Err("neither https://")),
            ("file:///etc/passwd", Err("names no host")),
            ("127.0.0.1:5000", Err("is no URL")),
            ("", Err("is no URL")),
        ] {
            match (Remote::parse("SOME_VARIABLE", text), expected) {
                (Ok(remote), Ok(place)) => assert_eq!(remote.place(), place, "{text}"),
                (Err(failure), Err(part)) => {
                    assert!(failure.cause.starts_with("the endpoint in SOME_VARIABLE "), "{text}: {failure}");
                    assert!(failure.cause.contains(part), "{text}: {failure}");
                    assert!(!failure.cause.contains("pw"), "{text}: {failure}");
                }
                (got, _) => panic!("{text}: {got:?}"),
            }
        }
    }

    #[test]
    fn what_may_hold_a_token_or_a_value_is_not_repeated() {
        for (text, expected) in [
            (
                " Secrets Manager can't find\n the specified\u{1b} secret. ",
                "Secrets Manager can't find the specified secret.",
            ),
            ("The Canonical String for this request should have been 'POST", ""),
            ("x-amz-security-token:hush", ""),
            ("AWS4-HMAC-SHA256 Credential=AKIA", ""),
            ("{'SecretString': 'hush'}", ""),
            ("", ""),
        ] {
            assert_eq!(repeatable(text), expected);
        }
        assert_eq!(repeatable(&"é".repeat(1000)), "é".repeat(300) + "…");
    }

    #[test]
    fn the_certificates_file_is_used_off_this_machine() {
        let with = |file: &str| Surroundings {
            environment: [("AWS_CA_BUNDLE", file)].into_iter().collect(),
            ..Surroundings::default()
        };
        let client = |url: &str, file: &str| {
            let surroundings = with(file);
            let limit = surroundings.limit(std::time::Duration::from_secs(1));
            Remote::parse("X", url).expect("an endpoint").client(&surroundings, limit).map(|_| ())
        };
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("empty.pem");
        std::fs::write(&file, "no certificate").expect("a file");
        let empty = client("https://example.com", file.to_str().expect("text")).expect_err("no certificate");
        assert!(empty.cause.contains("holds no certificate"), "{empty}");
        let missing = client("https://example.com", "/nonexistent").expect_err("no file");
        assert!(missing.cause.starts_with("the file that AWS_CA_BUNDLE names cannot be read"), "{missing}");
        assert_eq!(client("http://127.0.0.1:1", "/nonexistent"), Ok(()));
    }
}
