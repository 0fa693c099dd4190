//! The agent daemon on this machine: the Secrets Manager Agent, the Workload Credentials Provider as it is named
//! since, and the AWS Parameters and Secrets Lambda Extension, which speak alike.
//!
//! In: a [`Request`]. Out: its [`Secret`] from one `GET /secretsmanager/get?secretId=…`, with the daemon's token.
//!
//! The token opens every secret that the daemon may read. So it goes to loopback only, through no proxy and along no
//! redirect, and is in no error.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::http::Client;
use super::refusal::Refusal;
use super::token::{self, Token, Tokens};
use super::{Backend, Failure, endpoint};
use crate::resolve::reference::{CURRENT, Request, Version};
use crate::resolve::secret::Secret;
use crate::resolve::surroundings::{Limit, Surroundings};

/// The daemon answers from memory, or in the time that one call of the API takes.
const OWN_LIMIT: Duration = Duration::from_secs(10);
/// The header field that the daemon and the extension look for.
const TOKEN_HEADER: &str = "X-Aws-Parameters-Secrets-Token";
/// What stays as it is in a query: RFC 3986's unreserved characters. A space becomes `%20` and `+` becomes `%2B`,
/// which the daemon and the extension both read the same.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The waits between attempts while the daemon is not ready: from this, doubled, to that.
const WAITS: (Duration, Duration) = (Duration::from_millis(25), Duration::from_millis(400));

/// The agent daemon.
#[derive(Debug)]
pub struct Daemon {
    address: SocketAddr,
    client: Client,
    limit: Limit,
    surroundings: Surroundings,
    token_file: PathBuf,
    /// Read when first needed, and once.
    tokens: OnceLock<Tokens>,
    /// Which of them to begin with: those before it were refused.
    good: AtomicUsize,
}

impl Daemon {
    /// The daemon that the environment tells of, or else the one at 127.0.0.1:2773.
    ///
    /// # Errors
    /// Where the environment names an endpoint that is none, or is not on this machine.
    pub fn new(surroundings: &Surroundings) -> Result<Daemon, Failure> {
        Daemon::with_token_file(surroundings, token::default_file())
    }

    fn with_token_file(surroundings: &Surroundings, token_file: PathBuf) -> Result<Daemon, Failure> {
        let limit = surroundings.limit(OWN_LIMIT);
        Ok(Daemon {
            address: endpoint::of(&surroundings.environment)?,
            client: Client::direct(limit),
            limit,
            surroundings: surroundings.clone(),
            token_file,
            tokens: OnceLock::new(),
            good: AtomicUsize::new(0),
        })
    }

    /// The status with which it answers whether it is there (`/ping`), for which it wants no token.
    ///
    /// # Errors
    /// Why no answer came.
    pub fn ping(&self) -> Result<u16, Failure> {
        Ok(self.client.get(&format!("http://{}/ping", self.address), &[])?.status)
    }

    /// Where its token was found, for people: `AWS_TOKEN`.
    ///
    /// # Errors
    /// Why none was found, as a phrase.
    pub fn token_source(&self) -> Result<String, String> {
        let tokens = Tokens::find(&self.surroundings.environment, &self.token_file);
        tokens.usable.first().map(|token| token.source.clone()).ok_or(tokens.trouble)
    }

    fn url(&self, request: &Request) -> String {
        let encoded = |text| utf8_percent_encode(text, ENCODED);
        let id = encoded(&request.id);
        let version = match &request.version {
            // The default, and not said, so that the daemon's cache has one entry for both ways to ask.
            Version::Stage(stage) if stage == CURRENT => String::new(),
            Version::Stage(stage) => format!("&versionStage={}", encoded(stage)),
            Version::Id(id) => format!("&versionId={}", encoded(id)),
        };
        format!("http://{}/secretsmanager/get?secretId={id}{version}", self.address)
    }

    /// Asks with this token, and again while the daemon is not ready.
    fn ask(&self, url: &str, token: Option<&Token>) -> Result<Zeroizing<String>, Refusal> {
        let give_up = Instant::now() + self.limit.left();
        let mut wait = WAITS.0;
        loop {
            match self.ask_once(url, token) {
                Err(Refusal::NotYet(_)) if Instant::now() + wait < give_up => std::thread::sleep(wait),
                said => return said,
            }
            wait = (wait * 2).min(WAITS.1);
        }
    }

    fn ask_once(&self, url: &str, token: Option<&Token>) -> Result<Zeroizing<String>, Refusal> {
        let header = token.map(|token| (TOKEN_HEADER.to_owned(), token.expose().to_owned()));
        let reply = self.client.get(url, header.as_slice()).map_err(Refusal::Failed)?;
        match reply.status {
            200 => reply.text().map_err(Refusal::Failed),
            status => {
                // What it says beside the status is good to know, and no more.
                let text = reply.text().unwrap_or_default();
                Err(Refusal::of(status, &text, token))
            }
        }
    }
}

impl Backend for Daemon {
    fn place(&self) -> String {
        self.address.to_string()
    }

    fn asks_as_caller(&self) -> bool {
        false
    }

    fn fetch(&self, request: &Request) -> Result<Secret, Failure> {
        let url = self.url(request);
        let tokens =
            self.tokens.get_or_init(|| Tokens::find(&self.surroundings.environment, &self.token_file));
        let mut at = self.good.load(Ordering::Relaxed);
        // Without any token it is asked all the same: then nobody listening is told from a token missing.
        let answer = loop {
            match self.ask(&url, tokens.usable.get(at)) {
                Err(Refusal::Token(_)) if at + 1 < tokens.usable.len() => {
                    at += 1;
                    self.good.fetch_max(at, Ordering::Relaxed);
                }
                said => break said.map_err(|refusal| refusal.into_failure(tokens))?,
            }
        };
        let secret = Secret::from_answer(&answer)?;
        secret.check(request, self.surroundings.region.as_deref())?;
        Ok(secret)
    }
}

#[cfg(test)]
mod tests;
