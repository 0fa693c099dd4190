//! One call of the API: signed, sent, and repeated where the service asks for it.

use std::thread;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::Api;
use crate::resolve::backend::http::Reply;
use crate::resolve::backend::remote::{Remote, repeatable};
use crate::resolve::backend::{Failure, Kind};
use crate::resolve::signing::{Scope, sign_post};

/// The waits before a call is repeated. Secrets Manager allows 10,000 calls a second, so it is seldom.
const WAITS: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(600)];
/// Errors that say the signature or the credentials are at fault, not the secret ("Common error types", Secrets
/// Manager API reference). Their messages show what was signed.
const NOT_ACCEPTED: [&str; 9] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];
/// Errors that ask to come again.
const SLOW_DOWN: [&str; 4] =
    ["ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"];

/// Whether a failed call may be repeated.
struct Refused {
    failure: Failure,
    is_temporary: bool,
}

impl Api {
    /// Calls an operation in a region.
    pub(super) fn call(
        &self,
        region: &str,
        operation: &str,
        body: &Value,
    ) -> Result<Zeroizing<String>, Failure> {
        let remote = self.endpoint(region)?;
        let body = body.to_string();
        let mut waits = WAITS.iter();
        loop {
            let reply = self.send(&remote, region, operation, body.as_bytes())?;
            if reply.status == 200 {
                return reply.text();
            }
            let refused = refused(reply);
            match waits.next() {
                Some(wait) if refused.is_temporary && self.limit.left() > *wait => thread::sleep(*wait),
                _ => return Err(refused.failure),
            }
        }
    }

    fn send(&self, remote: &Remote, region: &str, operation: &str, body: &[u8]) -> Result<Reply, Failure> {
        let credentials = self.credentials.get()?;
        let mut headers = vec![
            ("content-type".to_owned(), "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target".to_owned(), format!("secretsmanager.{operation}")),
        ];
        let scope = Scope { service: "secretsmanager".to_owned(), region: region.to_owned() };
        headers.extend(sign_post(remote.url(), &headers, body, &scope, credentials, SystemTime::now())?);
        self.client.post(remote.url(), &headers, body)
    }
}

/// An error of the JSON protocol ("AWS JSON 1.1 protocol", Smithy: operation error serialization).
#[derive(Default, Deserialize)]
struct ServiceError {
    #[serde(rename = "__type", alias = "code", default)]
    code: String,
    #[serde(alias = "Message", default)]
    message: String,
}

fn refused(reply: Reply) -> Refused {
    let status = reply.status;
    let in_header = reply.header("x-amzn-errortype").map(str::to_owned);
    let text = reply.text().unwrap_or_default();
    let mut error: ServiceError = serde_json::from_str(&text).unwrap_or_default();
    if let Some(code) = in_header.filter(|_| error.code.is_empty()) {
        error.code = code;
    }
    meaning(status, &error)
}

/// What an answer of another status than 200 means.
fn meaning(status: u16, error: &ServiceError) -> Refused {
    let code = error.code.rsplit('#').next().unwrap_or_default().split(':').next().unwrap_or_default();
    let is_temporary = SLOW_DOWN.contains(&code) || status == 429 || status >= 500;
    let failure = match status {
        300..=399 => Failure::faulty(format!("HTTP {status}, a redirect, which is not followed")),
        _ if NOT_ACCEPTED.contains(&code) => Failure::unavailable(format!(
            "HTTP {status}, the signature or the credentials are not accepted ({code})"
        )),
        _ if !code.is_empty() => {
            let failure = Failure::of_service(&repeatable(code), &repeatable(&error.message));
            // The service itself fails, for this secret as for any.
            if is_temporary { Failure { kind: Kind::Unavailable, ..failure } } else { failure }
        }
        429 | 500.. => Failure::unavailable(format!("HTTP {status}, the service failed")),
        401 | 403 => {
            Failure::unavailable(format!("HTTP {status}, the signature or the credentials are not accepted"))
        }
        _ => Failure::faulty(format!("HTTP {status}")),
    };
    Refused { failure, is_temporary }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_they_mean() {
        let canonical = "The request signature we calculated does not match the signature you provided. The Canonical \
                         String for this request should have been x-amz-security-token:hush";
        for (status, code, message, kind, cause, is_temporary) in [
            (
                400,
                "ResourceNotFoundException",
                "gone",
                Kind::NotFound,
                "ResourceNotFoundException: gone",
                false,
            ),
            (
                400,
                "com.amazonaws.secretsmanager#ResourceNotFoundException",
                "",
                Kind::NotFound,
                "ResourceNotFoundException",
                false,
            ),
            (
                400,
                "AccessDeniedException:http://internal/",
                "no",
                Kind::Denied,
                "AccessDeniedException: no",
                false,
            ),
            (
                400,
                "InvalidParameterException",
                "bad\nid",
                Kind::Faulty,
                "InvalidParameterException: bad id",
                false,
            ),
            (
                400,
                "InvalidSignatureException",
                canonical,
                Kind::Unavailable,
                "HTTP 400, the signature or the credentials are not accepted (InvalidSignatureException)",
                false,
            ),
            (
                400,
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
                Kind::Unavailable,
                "HTTP 400, the signature or the credentials are not accepted (UnrecognizedClientException)",
                false,
            ),
            (403, "SomethingNew", canonical, Kind::Faulty, "SomethingNew", false),
            (
                403,
                "",
                "",
                Kind::Unavailable,
                "HTTP 403, the signature or the credentials are not accepted",
                false,
            ),
            (400, "ThrottlingException", "slow", Kind::Unavailable, "ThrottlingException: slow", true),
            (429, "", "", Kind::Unavailable, "HTTP 429, the service failed", true),
            (500, "InternalServiceError", "x", Kind::Unavailable, "InternalServiceError: x", true),
            (503, "", "", Kind::Unavailable, "HTTP 503, the service failed", true),
            (302, "", "", Kind::Faulty, "HTTP 302, a redirect, which is not followed", false),
            (404, "", "", Kind::Faulty, "HTTP 404", false),
        ] {
            let refused =
                meaning(status, &ServiceError { code: code.to_owned(), message: message.to_owned() });
            assert_eq!(refused.failure, Failure::new(kind, cause), "{status} {code}");
            assert_eq!(refused.is_temporary, is_temporary, "{status} {code}");
        }
    }
}
