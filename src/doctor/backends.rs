//! Whether asm-exec would find somebody to ask: the agent daemon, and the caller's credentials. No value, token or key
//! is in what comes out; nobody but loopback is asked.

use std::time::{Duration, Instant};

use super::{Finding, Machine};
use crate::resolve::backend::Backend;
use crate::resolve::backend::daemon::Daemon;
use crate::resolve::outlook::{self, Outlook};
use crate::resolve::surroundings::Surroundings;

/// How long the daemon may take to say that it is there.
const PING_TIME: Duration = Duration::from_secs(3);

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The daemon; or what is wrong with where it should be.
    pub daemon: Result<Agent, String>,
    /// The caller's credentials.
    pub credentials: Outlook,
}

/// The agent daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Where it is asked: `127.0.0.1:2773`.
    pub place: String,
    /// The status of its answer, or why there is none.
    pub ping: Result<u16, String>,
    /// Where its token is found, or why it is not.
    pub token: Result<String, String>,
}

/// Asks the daemon whether it is there, and looks where credentials would be found.
pub fn gather(machine: &Machine) -> Found {
    let surroundings = Surroundings {
        environment: machine.environment.clone(),
        deadline: Some(Instant::now() + PING_TIME),
        ..Surroundings::default()
    };
    let daemon = Daemon::new(&surroundings).map_err(|failure| failure.cause).map(|daemon| Agent {
        place: daemon.place(),
        ping: daemon.ping().map_err(|failure| failure.cause),
        token: daemon.token_source(),
    });
    Found { daemon, credentials: outlook::find(&machine.environment) }
}

impl Found {
    /// What is wrong.
    pub fn check(&self) -> Vec<Finding> {
        let (daemon, answers) = self.agent();
        vec![daemon, self.caller(answers)]
    }

    /// The daemon, and whether it can be asked.
    fn agent(&self) -> (Finding, bool) {
        const CHECK: &str = "daemon";
        let agent = match &self.daemon {
            Ok(agent) => agent,
            Err(cause) => {
                let (message, mend) = cause.split_once(": ").unwrap_or((cause, "see docs/asm-exec.md"));
                let mend = super::claude::sentence(Some(mend));
                return (Finding::warning(CHECK, format!("{message}."), mend), false);
            }
        };
        let Agent { place, ping, token } = agent;
        let finding = match (ping, token) {
            (Ok(200), Ok(source)) => {
                let message = format!("The agent daemon answers on {place}; its token is in {source}.");
                return (Finding::ok(CHECK, message), true);
            }
            (Ok(200), Err(why)) => Finding::warning(
                CHECK,
                format!("The agent daemon answers on {place}, but there is no token to ask it with: {why}."),
                "Let this user read the token file, or set AWS_TOKEN to file:// and its path.",
            ),
            (Ok(status), _) => Finding::warning(
                CHECK,
                format!("What answers on {place} is no healthy agent daemon: it says {status} to /ping."),
                "Restart the daemon, or name its port in PARAMETERS_SECRETS_EXTENSION_HTTP_PORT.",
            ),
            // A token is put there with the daemon, so somebody meant it to run.
            (Err(cause), Ok(source)) => Finding::warning(
                CHECK,
                format!(
                    "The agent daemon does not answer on {place} ({cause}), though its token is in {source}."
                ),
                "Start the daemon, or name its port in PARAMETERS_SECRETS_EXTENSION_HTTP_PORT.",
            ),
            (Err(cause), Err(_)) => Finding::note(
                CHECK,
                format!("There is no agent daemon on {place} ({cause}); asm-exec asks others."),
            ),
        };
        (finding, false)
    }

    fn caller(&self, daemon: bool) -> Finding {
        const CHECK: &str = "credentials";
        match &self.credentials {
            Outlook::Found(source) => Finding::ok(CHECK, format!("AWS credentials are in {source}.")),
            Outlook::NotAsked(who) => {
                Finding::note(CHECK, format!("AWS credentials would come from {who}, which was not asked."))
            }
            Outlook::None(why) if daemon => Finding::note(
                CHECK,
                format!("There are no AWS credentials: {why}. The agent daemon has its own."),
            ),
            Outlook::None(why) => Finding::warning(
                CHECK,
                format!("There are no AWS credentials: {why}. asm-exec can resolve nothing."),
                "Configure a profile (`aws configure sso`), or run the agent daemon.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Severity::{self, Note, Ok as Well, Warning};

    #[test]
    fn what_is_there_and_what_is_not() {
        let agent = |ping: Result<u16, &str>, token: Result<&str, &str>| {
            Ok(Agent {
                place: "127.0.0.1:1".to_owned(),
                ping: ping.map_err(str::to_owned),
                token: token.map(str::to_owned).map_err(str::to_owned),
            })
        };
        let none = Outlook::None("the AWS CLI is not installed".to_owned());
        let found = Outlook::Found("the environment".to_owned());
        let not_asked = Outlook::NotAsked("IAM Identity Center".to_owned());
        let cases: [(Result<Agent, String>, &Outlook, [Severity; 2]); 8] = [
            (agent(Ok(200), Ok("AWS_TOKEN")), &found, [Well, Well]),
            (agent(Ok(200), Ok("AWS_TOKEN")), &none, [Well, Note]),
            (agent(Ok(200), Err("it is empty")), &none, [Warning, Warning]),
            (agent(Ok(404), Ok("AWS_TOKEN")), &not_asked, [Warning, Note]),
            (agent(Err("connection refused"), Ok("AWS_TOKEN")), &found, [Warning, Well]),
            (agent(Err("connection refused"), Err("none")), &found, [Note, Well]),
            (agent(Err("connection refused"), Err("none")), &none, [Note, Warning]),
            (Err("PORT is no port: set it to one".to_owned()), &found, [Warning, Well]),
        ];
        for (daemon, credentials, expected) in cases {
            let found = Found { daemon, credentials: credentials.clone() };
            let findings = found.check();
            let severities: Vec<Severity> = findings.iter().map(|finding| finding.severity).collect();
            assert_eq!(severities, expected, "{findings:?}");
        }
    }
}
