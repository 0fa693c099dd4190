//! What a run is told of its surroundings: variables, the region, how much time there is.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Environment variables whose names and values are text. Looked at here only, so that everything below can be
/// tested without touching the process's own.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The process's own.
    pub fn of_process() -> Environment {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            let name = name.into_string().ok()?;
            // Windows does not tell capitals apart in names, and has `Path`.
            let name = if cfg!(windows) { name.to_ascii_uppercase() } else { name };
            Some((name, value.into_string().ok()?))
        };
        Environment(std::env::vars_os().filter_map(text).collect())
    }

    /// A variable's value; an empty one counts as unset, as the AWS SDKs have it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Environment {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Environment {
        Environment(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

// Variables hold tokens and keys.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What the backends are told.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The variables.
    pub environment: Environment,
    /// The region that names without one are meant in, where anything says so: `AWS_REGION`, `AWS_DEFAULT_REGION`,
    /// the profile.
    pub region: Option<String>,
    /// When resolving has to be done.
    pub deadline: Option<Instant>,
}

impl Surroundings {
    /// How long a request may take that may take `own` by itself.
    pub fn limit(&self, own: Duration) -> Limit {
        Limit { own, deadline: self.deadline }
    }
}

/// How long a request may take: its own time, and no longer than the whole run has.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    own: Duration,
    deadline: Option<Instant>,
}

impl Limit {
    /// What is left of it for a request that begins now.
    pub fn left(self) -> Duration {
        let run = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        // Zero would mean "no limit" to some, so the least is a millisecond.
        run.map_or(self.own, |run| run.min(self.own)).max(Duration::from_millis(1))
    }
}
