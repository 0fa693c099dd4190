//! Where values come from: one small trait, one file a backend.
//!
//! In: [`Request`]s. Out: for each a [`Secret`], checked against what was asked, or a [`Failure`] whose cause is a
//! phrase without a value, a token or a signature in it.

pub mod api;
pub mod daemon;
mod endpoint;
pub mod http;
pub mod mcp;
mod refusal;
mod remote;
#[cfg(test)]
pub(in crate::resolve) mod test_server;
mod token;

use std::fmt;
use std::time::{Duration, Instant};

use super::reference::Request;
use super::secret::Secret;

/// How many fetches run at once. The Lambda extension takes at most three connections ("Using the AWS parameters
/// and secrets Lambda extension", Secrets Manager user guide).
pub const AT_ONCE: usize = 3;

/// A source of secrets.
pub trait Backend: Sync {
    /// Where it is asked, for people: `127.0.0.1:2773`.
    fn place(&self) -> String;

    /// Whether it asks with the caller's own credentials, so that another backend that does would get the same
    /// definite answer. The agent daemon has credentials and a region of its own.
    fn asks_as_caller(&self) -> bool;

    /// Fetches one secret.
    ///
    /// # Errors
    /// Why it could not.
    fn fetch(&self, request: &Request) -> Result<Secret, Failure>;

    /// Fetches several, in their order, at most [`AT_ONCE`] at once, and how long each took.
    fn fetch_all(&self, requests: &[&Request]) -> Vec<Timed> {
        in_parallel(requests, |request| timed(|| self.fetch(request)))
    }
}

/// A secret or why there is none, and how long it took to know.
pub type Timed = (Result<Secret, Failure>, Duration);

/// What `work` gives, and how long it took.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed())
}

/// Why a backend gave no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure it is.
    pub kind: Kind,
    /// The cause, as a phrase: `connection refused`.
    pub cause: String,
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nobody was there to answer, or nothing to ask with: no daemon, no credentials.
    Unavailable,
    /// A definite answer: there is no such secret or version.
    NotFound,
    /// A definite answer: these credentials may not.
    Denied,
    /// The backend answered with another secret than the one asked for.
    Other,
    /// The backend failed, or its answer could not be read.
    Faulty,
}

impl Failure {
    /// A failure of this kind.
    pub fn new(kind: Kind, cause: impl Into<String>) -> Failure {
        Failure { kind, cause: cause.into() }
    }

    /// Nobody to ask.
    pub fn unavailable(cause: impl Into<String>) -> Failure {
        Failure::new(Kind::Unavailable, cause)
    }

    /// An answer about another secret.
    pub fn other(cause: impl Into<String>) -> Failure {
        Failure::new(Kind::Other, cause)
    }

    /// An answer that is none.
    pub fn faulty(cause: impl Into<String>) -> Failure {
        Failure::new(Kind::Faulty, cause)
    }

    /// What an error of the Secrets Manager API means (`ResourceNotFoundException`, "Errors" of GetSecretValue in the
    /// API reference), with the service's message where it sent one.
    pub fn of_service(code: &str, message: &str) -> Failure {
        // `com.amazonaws.secretsmanager#ResourceNotFoundException`, `ResourceNotFoundException:http://…`
        let code = code.rsplit('#').next().unwrap_or(code).split(':').next().unwrap_or(code);
        let kind = match code {
            "ResourceNotFoundException" => Kind::NotFound,
            "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => Kind::Denied,
            _ => Kind::Faulty,
        };
        let message = message.trim();
        let cause = if message.is_empty() { code.to_owned() } else { format!("{code}: {message}") };
        Failure { kind, cause }
    }

    /// Whether the backend knew the answer, and it was no.
    pub fn is_definite(&self) -> bool {
        matches!(self.kind, Kind::NotFound | Kind::Denied)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)
    }
}

/// As much of another's text as is fit for a cause: one line, no control characters, at most 300 characters.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 300;
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Applies `work` to every item, at most [`AT_ONCE`] at a time, and on this thread alone where there is but one.
pub fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if items.len() < 2 {
        return items.iter().map(work).collect();
    }
    let next = std::sync::atomic::AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, work(item)));
        }
    };
    let mut all: Vec<(usize, R)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..AT_ONCE.min(items.len())).map(|_| scope.spawn(worker)).collect();
        let mut all = worker();
        for other in others {
            all.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        all
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, result)| result).collect()
}
