//! The AWS MCP endpoint: secrets through a server of the Model Context Protocol that may use the caller's credentials.
//!
//! In: a [`Request`]. Out: its [`Secret`], from the server's tool `run_script`, or `call_aws` of older servers.
//!
//! ```text
//! initialize ─► notifications/initialized ─► tools/list ─► tools/call ─► search the result ─► check
//! └────────────── session: once a run ────────────────┘
//! ```

mod reply;
mod rpc;
mod script;
mod session;
mod sse;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::remote::Remote;
use super::{Backend, Failure};
use crate::resolve::credentials::CredentialSource;
use crate::resolve::reference::Request;
use crate::resolve::region::is_region;
use crate::resolve::secret::Secret;
use crate::resolve::signing::Scope;
use crate::resolve::surroundings::{Environment, Surroundings};
use rpc::{Server, Trouble};
use session::Sessions;

/// Names another endpoint.
const ENDPOINT: &str = "ASM_EXEC_MCP_ENDPOINT";
/// The managed server of AWS.
const DEFAULT_ENDPOINT: &str = "https://aws-mcp.us-east-1.api.aws/mcp";
/// Names another time-out, in seconds.
const TIMEOUT: &str = "ASM_EXEC_MCP_TIMEOUT";
/// One script takes 13 to 15 seconds on the managed server.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest time-out.
const MAX_TIMEOUT: Duration = Duration::from_secs(3600);
/// The region of secrets where nothing says any: that of the endpoint.
const DEFAULT_REGION: &str = "us-east-1";

/// The AWS MCP endpoint.
#[derive(Debug)]
pub struct Mcp {
    server: Server,
    region: Option<String>,
    sessions: Sessions,
}

impl Mcp {
    /// The endpoint that the environment names, or else that of AWS. Nothing is sent yet.
    ///
    /// # Errors
    /// Where the environment names no endpoint that values may come from, or no time.
    pub fn new(surroundings: &Surroundings, credentials: Arc<CredentialSource>) -> Result<Mcp, Failure> {
        let environment = &surroundings.environment;
        let remote = Remote::parse(ENDPOINT, environment.get(ENDPOINT).unwrap_or(DEFAULT_ENDPOINT))?;
        let limit = surroundings.limit(timeout(environment)?);
        let server = Server {
            client: remote.client(surroundings, limit)?,
            limit,
            scope: scope(remote.host()),
            remote,
            credentials,
            last_id: AtomicU64::default(),
        };
        Ok(Mcp { server, region: surroundings.region.clone(), sessions: Sessions::default() })
    }
}

impl Backend for Mcp {
    fn place(&self) -> String {
        self.server.remote.place()
    }

    fn asks_as_caller(&self) -> bool {
        true
    }

    fn fetch(&self, request: &Request) -> Result<Secret, Failure> {
        let region = request.region().or(self.region.as_deref()).unwrap_or(DEFAULT_REGION);
        script::check(request, region)?;
        let mut session = self.sessions.get(&self.server, None)?;
        loop {
            let params =
                session.tool.call(|| script::python(request, region), || script::command(request, region));
            match self.server.call("tools/call", &params, Some(&session.ticket)) {
                Ok(answer) => return reply::secret(&answer.result, request, region),
                Err(Trouble::Failed(failure)) => return Err(failure),
                // Ends, because a session is opened in place of a lost one once.
                Err(Trouble::Lost) => session = self.sessions.get(&self.server, Some(&session))?,
            }
        }
    }
}

fn timeout(environment: &Environment) -> Result<Duration, Failure> {
    let Some(text) = environment.get(TIMEOUT) else { return Ok(DEFAULT_TIMEOUT) };
    let time = text.trim().parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.filter(|time| !time.is_zero() && *time <= MAX_TIMEOUT).ok_or_else(|| {
        Failure::unavailable(format!(
            "{TIMEOUT} is no time: set it to seconds, more than 0 and at most {}",
            MAX_TIMEOUT.as_secs()
        ))
    })
}

/// What requests to this host are signed for: hosts of AWS are named SERVICE.REGION.api.aws.
fn scope(host: &str) -> Scope {
    let labels: Vec<_> = host.split('.').collect();
    let (service, region) = match labels.as_slice() {
        [service, region, "api", "aws"] if !service.is_empty() && is_region(region) => (*service, *region),
        _ => ("aws-mcp", "us-east-1"),
    };
    Scope { service: service.to_owned(), region: region.to_owned() }
}
