//! What the agent daemon says where it gives no secret.

use serde::Deserialize;

use super::token::{Token, Tokens};
use super::{Failure, shown};

/// What the extension says before the first invocation of its function.
const NOT_READY: &str = "not ready to serve traffic";
/// What the daemon and the extension say in words of their own. Nothing else is repeated: half an answer that came
/// with a wrong status would hold a value.
const PHRASES: &[&str] = &[NOT_READY, "Connection limit exceeded", "X-Forwarded-For", "unknown parameter"];

/// Why there is no secret.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The token was refused, or there was none; with the status.
    Token(u16),
    /// The daemon asks to wait; with what to say when there is no time to.
    NotYet(Failure),
    /// Another token or another time makes no difference.
    Failed(Failure),
}

/// An error in the API's form.
#[derive(Deserialize)]
struct Structured {
    #[serde(rename = "__type")]
    code: String,
    #[serde(default, alias = "Message")]
    message: String,
}

impl Refusal {
    /// What an answer other than 200 means. `token` is what it was asked with.
    pub fn of(status: u16, text: &str, token: Option<&Token>) -> Refusal {
        // Whoever listens there may say back what was said to it.
        let without_token = token.map(|token| text.replace(token.expose(), "(the token)"));
        let text = without_token.as_deref().unwrap_or(text);
        if let Some((code, message)) = structured(text) {
            return Refusal::Failed(Failure::of_service(&shown(&code), &shown(&message)));
        }
        let known = PHRASES.iter().find(|phrase| text.contains(**phrase));
        let said = known.map_or(format!("HTTP {status}"), |phrase| format!("HTTP {status}: {phrase}"));
        match status {
            300..400 => Refusal::Failed(Failure::faulty(format!(
                "HTTP {status}, it answered with a redirect, which is not followed"
            ))),
            401 | 403 => Refusal::Token(status),
            // The Lambda extension before the first invocation, and the daemon with too many connections.
            400 if known == Some(&NOT_READY) => Refusal::NotYet(Failure::unavailable(said)),
            429 => Refusal::NotYet(Failure::unavailable(said)),
            _ => Refusal::Failed(Failure::faulty(said)),
        }
    }

    /// The failure, where there is no other token to try.
    pub fn into_failure(self, tokens: &Tokens) -> Failure {
        let status = match self {
            Refusal::Token(status) => status,
            Refusal::NotYet(failure) | Refusal::Failed(failure) => return failure,
        };
        let sources: Vec<_> = tokens.usable.iter().map(|token| token.source.as_str()).collect();
        let why = match (sources.is_empty(), tokens.trouble.is_empty()) {
            (true, _) => format!("the daemon wants a token, and {}", tokens.trouble),
            (false, true) => {
                format!("the daemon refuses the token from {}", sources.join(" and the one from "))
            }
            (false, false) => {
                format!("the daemon refuses the token from {}; {}", sources.join(", "), tokens.trouble)
            }
        };
        Failure::unavailable(format!("HTTP {status}, {why}"))
    }
}

/// Code and message of an error in JSON. The message is whatever the daemon pasted between the quotes: its older
/// versions do not escape it.
fn structured(text: &str) -> Option<(String, String)> {
    let text = text.trim();
    if let Ok(Structured { code, message }) = serde_json::from_str(text) {
        return Some((code, message));
    }
    let after = |text: &'_ str, key: &str| -> Option<usize> {
        let at = text.find(key)? + key.len();
        let rest = &text[at..];
        let value = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
        Some(text.len() - value.len())
    };
    // What follows an unescaped message belongs to it, for all we can tell; a value must not.
    let text = text
        .strip_prefix('{')
        .filter(|text| !text.contains("SecretString") && !text.contains("SecretBinary"))?;
    let code = text.get(after(text, "\"__type\"")?..)?.split('"').next()?;
    let message =
        after(text, "\"message\"").or_else(|| after(text, "\"Message\"")).and_then(|at| text.get(at..));
    let message = message.unwrap_or_default().trim_end().trim_end_matches('}').trim_end();
    Some((code.to_owned(), message.strip_suffix('"').unwrap_or(message).to_owned()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Kind;
    use super::*;

    #[test]
    fn refusals() {
        // Status; body; what it is; the cause. `None`: another token may do better.
        let cases: &[(u16, &str, Option<Kind>, &str)] = &[
            (403, "Bad Token", None, ""),
            (401, "", None, ""),
            // In the API's form, so it is the service that said it.
            (
                403,
                r#"{"__type":"AccessDeniedException","message":"no kms:Decrypt"}"#,
                Some(Kind::Denied),
                "AccessDeniedException: no kms:Decrypt",
            ),
            (
                400,
                r#"{"__type":"com.amazonaws.secretsmanager#ResourceNotFoundException","Message":"can't find it."}"#,
                Some(Kind::NotFound),
                "ResourceNotFoundException: can't find it.",
            ),
            // Not escaped.
            (
                400,
                "{\"__type\":\"ResourceNotFoundException\",\"message\":\"no \"a\\b\"\nhere}\"}",
                Some(Kind::NotFound),
                "ResourceNotFoundException: no \"a\\b\" here}",
            ),
            (400, "{\"__type\": \"ValidationException\",\n", Some(Kind::Faulty), "ValidationException"),
            (500, r#"{"__type":"InternalFailure"}"#, Some(Kind::Faulty), "InternalFailure"),
            (
                400,
                "not ready to serve traffic, please wait",
                Some(Kind::Unavailable),
                "HTTP 400: not ready to",
            ),
            (
                429,
                "Connection limit exceeded",
                Some(Kind::Unavailable),
                "HTTP 429: Connection limit exceeded",
            ),
            (400, "unknown parameter: x\n", Some(Kind::Faulty), "HTTP 400: unknown parameter"),
            (404, "", Some(Kind::Faulty), "HTTP 404"),
            (302, "elsewhere", Some(Kind::Faulty), "it answered with a redirect, which is not followed"),
            // Nothing that a terminal would act on.
            (
                500,
                "{\"__type\":\"Odd\",\"message\":\"a\x1b[31m\u{9b}b\r\n\tc\0\"}",
                Some(Kind::Faulty),
                "Odd: a [31m b c",
            ),
            // No secret was asked for to be shown in an error.
            (500, r#"{"ARN":"a","SecretString":"hunter2","#, Some(Kind::Faulty), "HTTP 500"),
            (
                500,
                r#"{"__type":"a"b","message":"c","SecretString":"hunter2"}"#,
                Some(Kind::Faulty),
                "HTTP 500",
            ),
            (502, "<h1>hunter2</h1>", Some(Kind::Faulty), "HTTP 502"),
        ];
        for (status, body, kind, cause) in cases {
            let refusal = Refusal::of(*status, body, None);
            let Some(kind) = kind else {
                assert_eq!(refusal, Refusal::Token(*status), "{body}");
                continue;
            };
            let failure = refusal.into_failure(&Tokens::default());
            assert_eq!(failure.kind, *kind, "{body}");
            assert!(failure.cause.contains(cause), "{body}: {failure}");
            assert!(!failure.cause.contains(|c: char| c.is_control()), "{failure:?}");
            assert!(!failure.cause.contains("hunter2"), "{failure:?}");
        }
    }

    #[test]
    fn a_token_said_back_is_not_shown() {
        let environment = [("AWS_TOKEN", "s3cr3t")].into_iter().collect();
        let tokens = Tokens::find(&environment, Path::new("/nowhere"));
        for body in ["headers: s3cr3t", r#"{"__type":"Echo","message":"s3cr3t"}"#] {
            let failure = Refusal::of(500, body, tokens.usable.first()).into_failure(&tokens);
            assert!(!failure.cause.contains("s3cr3t"), "{failure}");
        }
    }
}
