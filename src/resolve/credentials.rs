//! The caller's AWS credentials.
//!
//! In order: the environment; what `aws configure export-credentials` prints, which knows profiles, SSO, roles and
//! credential processes; `aws configure get`, for a CLI of version 1, which has no `export-credentials` (1.46 answers
//! "Invalid choice"). They are looked for once a run, by whichever backend needs them first.

pub(super) mod cli;

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::backend::{Failure, in_parallel};
use super::surroundings::{Environment, Surroundings};
use cli::{Cli, Unanswered};

/// How long one run of the AWS CLI may take. Version 2 with a cold disk takes a second, a role over SSO two or three.
const CLI_TIME: Duration = Duration::from_secs(10);

/// What is said where the profile's own keys were looked for too.
const NO_KEY: &str = "`aws configure get` has no key for the profile";

/// What a request is signed with.
#[derive(Debug)]
pub struct Credentials {
    /// The access key's id.
    pub access_key: String,
    /// The secret half of the key.
    pub secret_key: SecretString,
    /// The token of temporary credentials.
    pub session_token: Option<SecretString>,
    /// Where they were found.
    pub source: Source,
}

/// Where credentials were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `AWS_ACCESS_KEY_ID` and its companions.
    Environment,
    /// `aws configure export-credentials`.
    ExportCredentials,
    /// `aws configure get`.
    ConfigureGet,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Source::Environment => "the environment",
            Source::ExportCredentials => "`aws configure export-credentials`",
            Source::ConfigureGet => "`aws configure get`",
        })
    }
}

/// Credentials that are looked for when they are first needed, and no more than once.
#[derive(Debug)]
pub struct CredentialSource {
    surroundings: Surroundings,
    cli_time: Duration,
    found: OnceLock<Result<Credentials, Failure>>,
}

impl CredentialSource {
    /// Credentials as these surroundings have them. Nothing is looked for yet.
    pub fn new(surroundings: &Surroundings) -> CredentialSource {
        CredentialSource { surroundings: surroundings.clone(), cli_time: CLI_TIME, found: OnceLock::new() }
    }

    /// The credentials. Of several threads that ask at the same time, one looks and the others wait for it.
    ///
    /// # Errors
    /// What was tried, and why it gave none.
    pub fn get(&self) -> Result<&Credentials, Failure> {
        self.found.get_or_init(|| self.find()).as_ref().map_err(Failure::clone)
    }

    fn find(&self) -> Result<Credentials, Failure> {
        let environment = &self.surroundings.environment;
        if let Some(credentials) = of_environment(environment) {
            return Ok(credentials);
        }
        let none = |why: &str| {
            Err(Failure::unavailable(format!("no credentials: {}, {why}", lack_of_environment(environment))))
        };
        let Some(cli) = Cli::on_path(environment) else { return none("and the AWS CLI is not installed") };
        let limit = self.surroundings.limit(self.cli_time);
        let exported = match cli.configure(&["export-credentials"], limit.left()) {
            Ok(answer) => match exported(&answer) {
                Some(credentials) => return Ok(credentials),
                None => Unanswered::Failed("printed no credentials".to_owned()),
            },
            Err(reason) => reason,
        };
        // The same CLI, run again, would only be waited for again.
        if exported != Unanswered::TimedOut {
            // Each run takes half a second, most of it to start Python.
            let names = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"];
            let found = in_parallel(&names, |&name| line(&cli.configure(&["get", name], limit.left()).ok()?));
            if let [Some(access_key), Some(secret_key), session_token] = found.as_slice() {
                return Ok(Credentials {
                    access_key: access_key.as_str().to_owned(),
                    secret_key: secret(secret_key),
                    session_token: session_token.as_deref().map(|token| secret(token)),
                    source: Source::ConfigureGet,
                });
            }
        }
        none(&match exported {
            Unanswered::TimedOut => format!(
                "and `aws configure export-credentials` did not finish within {} s",
                self.cli_time.as_secs_f32()
            ),
            Unanswered::NotKnown => format!("this AWS CLI has no `export-credentials`, and {NO_KEY}"),
            Unanswered::Failed(cause) => format!("`aws configure export-credentials` {cause}, and {NO_KEY}"),
        })
    }
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

/// The credentials that the environment holds, where it holds them whole.
pub(super) fn of_environment(environment: &Environment) -> Option<Credentials> {
    Some(Credentials {
        access_key: environment.get("AWS_ACCESS_KEY_ID")?.to_owned(),
        secret_key: secret(environment.get("AWS_SECRET_ACCESS_KEY")?),
        session_token: environment.get("AWS_SESSION_TOKEN").map(secret),
        source: Source::Environment,
    })
}

/// What the environment lacks, as a phrase.
pub(super) fn lack_of_environment(environment: &Environment) -> &'static str {
    match (environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")) {
        (Some(_), None) => "the environment has AWS_ACCESS_KEY_ID but not AWS_SECRET_ACCESS_KEY",
        (None, Some(_)) => "the environment has AWS_SECRET_ACCESS_KEY but not AWS_ACCESS_KEY_ID",
        _ => "the environment has none",
    }
}

/// What a credential process prints, which is what `export-credentials` prints by default ("Source credentials with
/// an external process", AWS CLI user guide).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Exported {
    access_key_id: String,
    secret_access_key: SecretString,
    session_token: Option<SecretString>,
}

fn exported(answer: &str) -> Option<Credentials> {
    let exported: Exported = serde_json::from_str(answer).ok()?;
    let has_keys =
        !exported.access_key_id.is_empty() && !exported.secret_access_key.expose_secret().is_empty();
    has_keys.then_some(Credentials {
        access_key: exported.access_key_id,
        secret_key: exported.secret_access_key,
        session_token: exported.session_token.filter(|token| !token.expose_secret().is_empty()),
        source: Source::ExportCredentials,
    })
}

/// The one line that `aws configure get` prints.
fn line(answer: &str) -> Option<Zeroizing<String>> {
    let text = answer.trim();
    (!text.is_empty() && !text.contains(['\n', '\r'])).then(|| Zeroizing::new(text.to_owned()))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::time::Instant;

    use super::*;

    /// A directory whose `aws` is this shell script, and which counts its runs in the file `runs`.
    fn with_cli(script: &str) -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("aws");
        let runs = directory.path().join("runs");
        let text = format!("#!/bin/sh\necho \"$*\" >>'{}'\n{script}\n", runs.display());
        // Written under another name: a file that another thread's child still has open for writing cannot run.
        std::fs::write(directory.path().join("new"), text).expect("a script");
        std::fs::set_permissions(directory.path().join("new"), PermissionsExt::from_mode(0o755))
            .expect("its mode");
        std::fs::rename(directory.path().join("new"), path).expect("its name");
        directory
    }

    fn source(variables: &[(&str, &str)], directory: &Path) -> CredentialSource {
        let path = directory.to_str().expect("text");
        let environment = variables.iter().copied().chain([("PATH", path)]).collect();
        CredentialSource::new(&Surroundings { environment, ..Surroundings::default() })
    }

    fn parts(credentials: &Credentials) -> (&str, &str, Option<&str>, Source) {
        (
            &credentials.access_key,
            credentials.secret_key.expose_secret(),
            credentials.session_token.as_ref().map(ExposeSecret::expose_secret),
            credentials.source,
        )
    }

    const EXPORTING: &str = r#"cat <<'E'
{
  "Version": 1,
  "AccessKeyId": "AKIACLI",
  "SecretAccessKey": "cli-secret",
  "SessionToken": "cli-token",
  "Expiration": "2030-01-01T00:00:00+00:00"
}
E"#;
    /// As version 1 of the CLI answers (1.46).
    const VERSION_1: &str = r#"case $2 in
export-credentials)
  printf 'usage: aws\naws: error: argument subcommand: Invalid choice, valid choices are:\n\nlist | get\n' >&2; exit 2;;
esac
case $3 in
aws_access_key_id) echo AKIAGET;;
aws_secret_access_key) echo get-secret;;
*) exit 1;;
esac"#;

    #[test]
    fn credentials_come_from_the_first_that_has_them() {
        let whole = [("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "env-secret")];
        let temporary = [whole[0], whole[1], ("AWS_SESSION_TOKEN", "env-token")];
        let with_token = VERSION_1.replace("*) exit 1", "*) echo get-token");
        for (variables, script, expected, runs) in [
            (&whole[..], EXPORTING, ("AKIAENV", "env-secret", None, Source::Environment), 0),
            (&temporary, EXPORTING, ("AKIAENV", "env-secret", Some("env-token"), Source::Environment), 0),
            (&[], EXPORTING, ("AKIACLI", "cli-secret", Some("cli-token"), Source::ExportCredentials), 1),
            (
                &whole[..1],
                EXPORTING,
                ("AKIACLI", "cli-secret", Some("cli-token"), Source::ExportCredentials),
                1,
            ),
            (&[], VERSION_1, ("AKIAGET", "get-secret", None, Source::ConfigureGet), 4),
            (&[], &with_token, ("AKIAGET", "get-secret", Some("get-token"), Source::ConfigureGet), 4),
        ] {
            let directory = with_cli(script);
            let source = source(variables, directory.path());
            assert_eq!(parts(source.get().expect("credentials")), expected);
            assert!(source.get().is_ok());
            let ran = std::fs::read_to_string(directory.path().join("runs")).unwrap_or_default();
            assert_eq!(ran.lines().count(), runs, "{ran}");
        }
    }

    #[test]
    fn threads_that_ask_at_once_share_one_run() {
        let directory = with_cli(EXPORTING);
        let source = source(&[], directory.path());
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| assert_eq!(source.get().expect("credentials").access_key, "AKIACLI"));
            }
        });
        let ran = std::fs::read_to_string(directory.path().join("runs")).expect("a run");
        assert_eq!(ran, "configure export-credentials\n");
    }

    #[test]
    fn a_failure_says_what_was_tried() {
        let half = [("AWS_ACCESS_KEY_ID", "AKIAENV")];
        for (variables, script, expected) in [
            (
                &[][..],
                "echo 'Unable to retrieve credentials: no credentials found' >&2; exit 253",
                "no credentials: the environment has none, `aws configure export-credentials` says \"Unable to \
                 retrieve credentials: no credentials found\", and `aws configure get` has no key for the profile",
            ),
            (
                &half,
                "exit 1",
                "no credentials: the environment has AWS_ACCESS_KEY_ID but not AWS_SECRET_ACCESS_KEY, \
                 `aws configure export-credentials` failed with status 1, and `aws configure get` has no key \
                 for the profile",
            ),
            (
                &[],
                "echo 'argument subcommand: Invalid choice, valid choices are' >&2; exit 2",
                "no credentials: the environment has none, this AWS CLI has no `export-credentials`, and \
                 `aws configure get` has no key for the profile",
            ),
            (
                &[],
                "case $2 in export-credentials) echo '{\"AccessKeyId\": 1, \"x\": \"hush\"}';; *) exit 1;; esac",
                "no credentials: the environment has none, `aws configure export-credentials` printed no \
                 credentials, and `aws configure get` has no key for the profile",
            ),
            (
                &[],
                "echo 'Error when retrieving credentials from custom-process: hush' >&2; exit 255",
                "no credentials: the environment has none, `aws configure export-credentials` says that the \
                 profile's credential_process failed, and `aws configure get` has no key for the profile",
            ),
        ] {
            let directory = with_cli(script);
            let failure = source(variables, directory.path()).get().expect_err("no credentials");
            assert_eq!(failure, Failure::unavailable(expected));
        }
        let empty = tempfile::tempdir().expect("a directory");
        assert_eq!(
            source(&[], empty.path()).get().expect_err("no CLI").cause,
            "no credentials: the environment has none, and the AWS CLI is not installed"
        );
    }

    #[test]
    fn a_cli_that_hangs_is_stopped_with_all_it_started() {
        let directory = with_cli("sleep 60 & echo $! >\"${0%aws}child\"; wait");
        let mut source = source(&[], directory.path());
        source.cli_time = Duration::from_millis(700);
        let begun = Instant::now();
        let failure = source.get().expect_err("no credentials");
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        assert!(failure.cause.ends_with("did not finish within 0.7 s"), "{failure}");
        let runs = std::fs::read_to_string(directory.path().join("runs")).expect("a run");
        assert_eq!(runs.lines().count(), 1, "not waited for a second time");
        let child = std::fs::read_to_string(directory.path().join("child")).expect("its child's id");
        let stat = format!("/proc/{}/stat", child.trim());
        let lives = || std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z "));
        while lives() {
            assert!(begun.elapsed() < Duration::from_secs(20), "its child is left behind");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let whole = [
            ("AWS_ACCESS_KEY_ID", "AKIAENV"),
            ("AWS_SECRET_ACCESS_KEY", "hush"),
            ("AWS_SESSION_TOKEN", "hush"),
        ];
        let source = source(&whole, Path::new("/nonexistent"));
        source.get().expect("credentials");
        let shown = format!("{source:?}");
        assert!(shown.contains("AKIAENV") && !shown.contains("hush"), "{shown}");
    }
}
