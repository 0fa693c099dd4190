//! What people are told: which references resolved, from where, and if not, why not and what to do.

use std::fmt::Write as _;
use std::time::Duration;

use super::backend::Kind;
use super::fetch::{Attempt, Fetched, Then};

/// Why a secret could not be had: each backend and its cause on a line of its own, then the next step.
pub fn causes(attempts: &[Attempt]) -> String {
    let mut out = String::new();
    for attempt in attempts {
        let _ = writeln!(out, "  {}", line(attempt));
    }
    if let Some(step) = next_step(attempts) {
        let _ = write!(out, "Next: {step}.");
    }
    out
}

/// Where a secret came from: `sma (127.0.0.1:2773), 2 ms`.
pub fn origin(fetched: &Fetched) -> String {
    format!("{} ({}), {}", fetched.backend, fetched.place, shown(fetched.took))
}

/// One backend's failure: `sma (127.0.0.1:2773): connection refused; mcp was asked next`.
pub fn line(attempt: &Attempt) -> String {
    let place = if attempt.place.is_empty() { String::new() } else { format!(" ({})", attempt.place) };
    let then = match attempt.then {
        Then::Next(next) => format!("; {next} was asked next"),
        Then::Same(next) => format!("; {next} was not asked: it would ask with the same credentials"),
        Then::Last => String::new(),
    };
    format!("{}{place}: {}{then}", attempt.backend, attempt.failure)
}

/// What a person can do about it, by what went wrong last, as that backend is the one that was to answer.
fn next_step(attempts: &[Attempt]) -> Option<&'static str> {
    let definite = attempts.iter().rev().find(|attempt| attempt.failure.is_definite());
    let attempt = definite.or(attempts.last())?;
    let cause = attempt.failure.cause.as_str();
    Some(match attempt.failure.kind {
        Kind::NotFound => {
            "check the name, the version and the region (`aws secretsmanager list-secrets` shows what there is), or \
             write the whole ARN"
        }
        Kind::Denied => {
            "have secretsmanager:GetSecretValue allowed for this identity on this secret, and kms:Decrypt on its key"
        }
        Kind::Other => {
            "set AWS_REGION to the secret's region, or write the whole ARN; the agent daemon serves its own region only"
        }
        Kind::Unavailable | Kind::Faulty if cause.contains("credentials") => {
            "start the Secrets Manager Agent on this machine, or give credentials: set AWS_PROFILE, run `aws sso login`, \
             or see that the AWS CLI has some (`aws sts get-caller-identity`)"
        }
        Kind::Unavailable if cause.starts_with("timed out") => {
            "try again, or allow more time: ASM_EXEC_MCP_TIMEOUT for one request, --timeout for all"
        }
        Kind::Unavailable | Kind::Faulty => {
            "start the Secrets Manager Agent on this machine, or see that the last of these can be reached; \
             ASM_EXEC_BACKENDS chooses among sma, mcp and api"
        }
    })
}

/// A time, in milliseconds below a second.
pub fn shown(time: Duration) -> String {
    match time.as_millis() {
        0 => "under 1 ms".to_owned(),
        millis @ 1..1000 => format!("{millis} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::backend::Failure;

    fn attempt(backend: &'static str, failure: Failure, then: Then) -> Attempt {
        Attempt { backend, place: format!("{backend}.place"), failure, then }
    }

    #[test]
    fn every_backend_has_its_line_and_the_next_step_follows() {
        let refused = || attempt("sma", Failure::unavailable("connection refused"), Then::Next("mcp"));
        for (attempts, expected) in [
            (
                vec![
                    refused(),
                    attempt("mcp", Failure::unavailable("no credentials: none found"), Then::Last),
                ],
                &[
                    "  sma (sma.place): connection refused; mcp was asked next\n  mcp (mcp.place): no credentials: none found\nNext: start the Secrets Manager Agent",
                    "AWS_PROFILE",
                ][..],
            ),
            (
                vec![refused(), attempt("mcp", Failure::unavailable("timed out after 30 s"), Then::Last)],
                &["Next: try again", "ASM_EXEC_MCP_TIMEOUT"],
            ),
            (
                vec![
                    attempt(
                        "sma",
                        Failure::of_service("ResourceNotFoundException", "no such"),
                        Then::Next("mcp"),
                    ),
                    attempt("mcp", Failure::faulty("tool missing"), Then::Last),
                ],
                &["ResourceNotFoundException: no such; mcp was asked next", "Next: check the name"],
            ),
            (
                vec![attempt("api", Failure::of_service("x#AccessDeniedException", ""), Then::Same("mcp"))],
                &[
                    "api (api.place): AccessDeniedException; mcp was not asked",
                    "Next: have secretsmanager:GetSecretValue",
                ],
            ),
            (vec![attempt("sma", Failure::other("another region"), Then::Last)], &["Next: set AWS_REGION"]),
        ] {
            let message = causes(&attempts);
            for part in expected {
                assert!(message.contains(part), "{part}\nis not in\n{message}");
            }
        }
    }

    #[test]
    fn times_have_units() {
        for (micros, expected) in
            [(1, "under 1 ms"), (2_000, "2 ms"), (999_900, "999 ms"), (13_450_000, "13.4 s")]
        {
            assert_eq!(shown(Duration::from_micros(micros)), expected);
        }
    }
}
