//! Signature Version 4 ("AWS Signature Version 4 for API requests", IAM user guide).
//!
//! In: a request and credentials. Out: the header fields to add to it.

use std::time::SystemTime;

use aws_credential_types::Credentials as SigningCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use secrecy::ExposeSecret;

use super::backend::Failure;
use super::credentials::Credentials;

/// What a signature is valid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The service's signing name.
    pub service: String,
    /// The region of the endpoint, which need not be the secret's.
    pub region: String,
}

/// The header fields that sign a POST of `body` with `headers` to `url`: the time, the session token where there is
/// one, and the signature. `Host` is signed too; it is what the URL says.
///
/// # Errors
/// Where the credentials or the URL cannot stand in a request. The cause does not show them.
pub fn sign_post(
    url: &str,
    headers: &[(String, String)],
    body: &[u8],
    scope: &Scope,
    credentials: &Credentials,
    time: SystemTime,
) -> Result<Vec<(String, String)>, Failure> {
    // The crate's own words quote header values.
    let unsigned = || {
        Failure::unavailable(format!(
            "the request cannot be signed: the credentials of {} hold characters that no header can",
            credentials.source
        ))
    };
    let identity = SigningCredentials::new(
        &credentials.access_key,
        credentials.secret_key.expose_secret(),
        credentials.session_token.as_ref().map(|token| token.expose_secret().to_owned()),
        None,
        "asm-exec",
    )
    .into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&scope.region)
        .name(&scope.service)
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .map_err(|_| unsigned())?
        .into();
    let fields = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let request =
        SignableRequest::new("POST", url, fields, SignableBody::Bytes(body)).map_err(|_| unsigned())?;
    let (instructions, _) = sign(request, &parameters).map_err(|_| unsigned())?.into_parts();
    Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::resolve::credentials::Source;

    /// The credentials of AWS's Signature Version 4 test suite.
    fn credentials(session_token: Option<&str>) -> Credentials {
        Credentials {
            access_key: "AKIDEXAMPLE".to_owned(),
            secret_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session_token: session_token.map(Into::into),
            source: Source::Environment,
        }
    }

    fn authorization(
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
        service: &str,
        token: Option<&str>,
    ) -> String {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let scope = Scope { service: service.to_owned(), region: "us-east-1".to_owned() };
        // 2015-08-30T12:36:00Z
        let time = UNIX_EPOCH + Duration::from_secs(1_440_938_160);
        let added = sign_post(url, &headers, body.as_bytes(), &scope, &credentials(token), time)
            .expect("a signature");
        let value = |name: &str| {
            added.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
        };
        assert_eq!(value("x-amz-date").as_deref(), Some("20150830T123600Z"));
        assert_eq!(value("x-amz-security-token").as_deref(), token);
        value("authorization").expect("the signature")
    }

    #[test]
    fn signatures_are_those_of_the_test_suite() {
        // post-vanilla and post-vanilla-query of AWS's Signature Version 4 test suite.
        for (url, signature) in [
            (
                "https://example.amazonaws.com/",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                "https://example.amazonaws.com/?Param1=value1",
                "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
            ),
        ] {
            let expected = format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders=host;x-amz-date, Signature={signature}"
            );
            assert_eq!(authorization(url, &[], "", "service", None), expected, "{url}");
        }
    }

    #[test]
    fn signatures_are_those_of_botocore() {
        // Computed with botocore.auth.SigV4Auth over the same requests.
        let json = ("content-type", "application/json");
        let cases = [
            (
                "https://aws-mcp.us-east-1.api.aws/mcp",
                &[json, ("mcp-session-id", "s-1")][..],
                r#"{"jsonrpc":"2.0"}"#,
                "aws-mcp",
                Some("to/ken=="),
                "content-type;host;mcp-session-id;x-amz-date;x-amz-security-token",
                "4c5cd6b73c2ab08183dd0026d2e7fb2dd39c7d150b644ae6ef9fa966fc033646",
            ),
            (
                "http://127.0.0.1:5000/",
                &[
                    ("content-type", "application/x-amz-json-1.1"),
                    ("x-amz-target", "secretsmanager.GetSecretValue"),
                ],
                r#"{"SecretId":"prod/däta"}"#,
                "secretsmanager",
                None,
                "content-type;host;x-amz-date;x-amz-target",
                "e413ffe4849e5b3c614b7117b65350f5857cf6a74a2e669da8d85cf033c3a084",
            ),
        ];
        for (url, headers, body, service, token, signed, signature) in cases {
            let expected = format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/{service}/aws4_request, \
                 SignedHeaders={signed}, Signature={signature}"
            );
            assert_eq!(authorization(url, headers, body, service, token), expected, "{url}");
        }
    }

    #[test]
    fn what_no_header_can_hold_is_refused_without_being_shown() {
        let scope = Scope { service: "s".to_owned(), region: "r".to_owned() };
        let failure = sign_post(
            "https://example.com/",
            &[],
            b"",
            &scope,
            &credentials(Some("line\nend")),
            SystemTime::now(),
        )
        .expect_err("a line end in the token");
        assert!(failure.cause.contains("cannot be signed"), "{failure}");
        assert!(!failure.cause.contains("line"), "{failure}");
    }
}
