//! One fetch for every secret and version, from the first backend that has it.

use std::time::Duration;

use super::backend::{Backend, Failure};
use super::reference::Request;
use super::secret::Secret;

/// A backend that is set up when it is first needed.
pub struct Source<'a> {
    /// Its name in `ASM_EXEC_BACKENDS`.
    pub name: &'static str,
    /// Sets it up.
    pub open: Box<dyn Fn() -> Result<Box<dyn Backend + 'a>, Failure> + 'a>,
}

/// A secret, and where it came from.
#[derive(Debug)]
pub struct Fetched {
    /// The secret.
    pub secret: Secret,
    /// The backend's name.
    pub backend: &'static str,
    /// Where it was asked.
    pub place: String,
    /// How long that backend took.
    pub took: Duration,
    /// The backends that were asked before, in vain.
    pub before: Vec<Attempt>,
}

/// A backend that was asked, and had nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its name.
    pub backend: &'static str,
    /// Where it was asked; empty where it could not be set up.
    pub place: String,
    /// Why it had nothing.
    pub failure: Failure,
    /// What was done then.
    pub then: Then,
}

/// What follows a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// This backend was asked next.
    Next(&'static str),
    /// No other backend is left.
    Last,
    /// Another is left, but it would get the same answer: it asks with the same credentials.
    Same(&'static str),
}

/// What became of one request.
pub type Outcome = Result<Fetched, Vec<Attempt>>;

/// Told before a backend is asked: its name, its place, and for which secrets.
pub type Asking<'a> = dyn Fn(&str, &str, &[&Request]) + 'a;

/// Fetches every request, in their order, from the first source that has it.
pub fn fetch(sources: &[Source], requests: &[Request], asking: &Asking) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = requests.iter().map(|_| Err(Vec::new())).collect();
    // Requests that no backend has answered yet, and those for which a caller's credentials got a definite no.
    let mut open: Vec<usize> = (0..requests.len()).collect();
    for (at, source) in sources.iter().enumerate() {
        if open.is_empty() {
            break;
        }
        let next = sources.get(at + 1).map(|next| next.name);
        let backend = match (source.open)() {
            Ok(backend) => backend,
            Err(failure) => {
                let then = next.map_or(Then::Last, Then::Next);
                for &request in &open {
                    fail(
                        &mut outcomes[request],
                        Attempt {
                            backend: source.name,
                            place: String::new(),
                            failure: failure.clone(),
                            then,
                        },
                    );
                }
                continue;
            }
        };
        let wanted: Vec<&Request> = open.iter().map(|&request| &requests[request]).collect();
        asking(source.name, &backend.place(), &wanted);
        let answers = backend.fetch_all(&wanted);
        debug_assert_eq!(answers.len(), wanted.len());
        let mut unanswered = Vec::new();
        for (&request, (answer, took)) in open.iter().zip(answers) {
            match answer {
                Ok(secret) => {
                    let before =
                        std::mem::replace(&mut outcomes[request], Err(Vec::new())).err().unwrap_or_default();
                    let (backend, place) = (source.name, backend.place());
                    outcomes[request] = Ok(Fetched { secret, backend, place, took, before });
                }
                Err(failure) => {
                    let then = match next {
                        None => Then::Last,
                        Some(next) if failure.is_definite() && backend.asks_as_caller() => Then::Same(next),
                        Some(next) => Then::Next(next),
                    };
                    if matches!(then, Then::Next(_)) {
                        unanswered.push(request);
                    }
                    fail(
                        &mut outcomes[request],
                        Attempt { backend: source.name, place: backend.place(), failure, then },
                    );
                }
            }
        }
        open = unanswered;
    }
    outcomes
}

fn fail(outcome: &mut Outcome, attempt: Attempt) {
    if let Err(attempts) = outcome {
        attempts.push(attempt);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::resolve::backend::Kind;
    use crate::resolve::reference::Version;
    use crate::resolve::secret::Content;

    /// Answers ids by what they begin with: `a` is there, `n` is not, `d` is denied, the rest fails.
    struct Scripted {
        name: &'static str,
        has: &'static str,
        caller: bool,
        asked: &'static AtomicUsize,
    }

    impl Backend for Scripted {
        fn place(&self) -> String {
            format!("place of {}", self.name)
        }
        fn asks_as_caller(&self) -> bool {
            self.caller
        }
        fn fetch(&self, request: &Request) -> Result<Secret, Failure> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            match request.id.chars().next() {
                Some(c) if self.has.contains(c) => Ok(Secret {
                    arn: String::new(),
                    name: request.id.clone(),
                    version_id: String::new(),
                    stages: vec![],
                    content: Content::Text(self.name.into()),
                }),
                Some('n') => Err(Failure::new(Kind::NotFound, "not found")),
                Some('d') => Err(Failure::new(Kind::Denied, "denied")),
                _ => Err(Failure::faulty("broken")),
            }
        }
    }

    fn source(
        name: &'static str,
        has: &'static str,
        caller: bool,
        asked: &'static AtomicUsize,
    ) -> Source<'static> {
        Source { name, open: Box::new(move || Ok(Box::new(Scripted { name, has, caller, asked }))) }
    }

    fn requests(ids: &[&str]) -> Vec<Request> {
        ids.iter().map(|id| Request { id: (*id).to_owned(), version: Version::Id("v".into()) }).collect()
    }

    fn told(outcome: &Outcome) -> String {
        match outcome {
            Ok(fetched) => format!("{} after {}", fetched.backend, fetched.before.len()),
            Err(attempts) => attempts
                .iter()
                .map(|attempt| format!("{}: {} {:?}", attempt.backend, attempt.failure, attempt.then))
                .collect::<Vec<_>>()
                .join("; "),
        }
    }

    #[test]
    fn the_first_backend_that_has_it_answers() {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let sources = [
            source("sma", "a", false, &ASKED),
            source("api", "ab", true, &ASKED),
            source("mcp", "abc", true, &ASKED),
        ];
        let asking = RefCell::new(Vec::new());
        let outcomes =
            fetch(&sources, &requests(&["a1", "b1", "c1", "n1", "d1", "x1"]), &|name, _, wanted| {
                asking.borrow_mut().push(format!("{name} {}", wanted.len()));
            });
        let told: Vec<String> = outcomes.iter().map(told).collect();
        assert_eq!(
            told,
            [
                "sma after 0",
                "api after 1",
                "mcp after 2",
                "sma: not found Next(\"api\"); api: not found Same(\"mcp\")",
                "sma: denied Next(\"api\"); api: denied Same(\"mcp\")",
                "sma: broken Next(\"api\"); api: broken Next(\"mcp\"); mcp: broken Last",
            ]
        );
        assert_eq!(*asking.borrow(), ["sma 6", "api 5", "mcp 2"]);
        assert_eq!(ASKED.load(Ordering::Relaxed), 13);
    }

    #[test]
    fn a_backend_that_is_not_needed_is_not_set_up() {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let sources = [
            Source { name: "sma", open: Box::new(|| Err(Failure::unavailable("bad port"))) },
            source("api", "a", true, &ASKED),
            Source { name: "mcp", open: Box::new(|| panic!("not needed")) },
        ];
        let outcomes = fetch(&sources, &requests(&["a1", "a2", "a3", "a4"]), &|_, _, _| ());
        assert!(outcomes.iter().all(|outcome| told(outcome) == "api after 1"));
        assert!(fetch(&sources[2..], &[], &|_, _, _| ()).is_empty());
    }
}
