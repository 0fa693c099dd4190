//! One line on a terminal that says what is being waited for, once that takes more than a second.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::reference::Request;

/// How long nothing is said.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is being waited for, shown by a thread of its own where standard error is a terminal. Dropping it takes the
/// line away.
#[derive(Debug)]
pub struct Progress(Option<(Arc<Shared>, JoinHandle<()>)>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    what: String,
    done: bool,
}

impl Progress {
    /// Begins to wait.
    pub fn begin() -> Progress {
        if !std::io::stderr().is_terminal() {
            return Progress(None);
        }
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        let of_thread = shared.clone();
        Progress(Some((shared, std::thread::spawn(move || show(&of_thread, &mut std::io::stderr())))))
    }

    /// Says what is asked now.
    pub fn asking(&self, backend: &str, place: &str, requests: &[&Request]) {
        if let Some((shared, _)) = &self.0 {
            let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.what = what(backend, place, requests);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((shared, thread)) = self.0.take() {
            shared.state.lock().unwrap_or_else(PoisonError::into_inner).done = true;
            shared.changed.notify_all();
            let _ = thread.join();
        }
    }
}

fn what(backend: &str, place: &str, requests: &[&Request]) -> String {
    let secrets = match requests {
        [one] => one.to_string(),
        several => format!("{} secrets", several.len()),
    };
    format!("{backend} ({place}) for {secrets}")
}

/// Writes the line each second, and takes it away in the end.
fn show(shared: &Shared, out: &mut impl Write) {
    let begun = Instant::now();
    let mut shown = 0;
    let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let (after, timed_out) = shared
            .changed
            .wait_timeout_while(state, PATIENCE, |state| !state.done)
            .unwrap_or_else(PoisonError::into_inner);
        state = after;
        if !timed_out.timed_out() {
            break;
        }
        let line: String = format!("asm-exec: {} s, waiting for {}", begun.elapsed().as_secs(), state.what)
            .chars()
            .map(|c| if c.is_control() { '?' } else { c })
            .take(78)
            .collect();
        let length = line.chars().count();
        let _ = write!(out, "\r{line}{}", " ".repeat(shown.max(length) - length)).and_then(|()| out.flush());
        shown = length;
    }
    if shown > 0 {
        let _ = write!(out, "\r{}\r", " ".repeat(shown)).and_then(|()| out.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::reference::Version;

    #[test]
    fn a_line_comes_after_a_second_and_goes() {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        let request = Request { id: "prod/db".into(), version: Version::Stage("AWSCURRENT".into()) };
        shared.state.lock().unwrap().what = what("mcp", "aws-mcp.us-east-1.api.aws", &[&request]);
        let of_thread = shared.clone();
        let thread = std::thread::spawn(move || {
            let mut out = Vec::new();
            show(&of_thread, &mut out);
            String::from_utf8(out).unwrap()
        });
        std::thread::sleep(PATIENCE + PATIENCE / 2);
        shared.state.lock().unwrap().done = true;
        shared.changed.notify_all();
        let out = thread.join().unwrap();
        let line = "asm-exec: 1 s, waiting for mcp (aws-mcp.us-east-1.api.aws) for prod/db";
        assert_eq!(out, format!("\r{line}\r{}\r", " ".repeat(line.len())));
    }

    #[test]
    fn nothing_is_said_of_what_is_quick() {
        let shared =
            Shared { state: Mutex::new(State { done: true, what: String::new() }), changed: Condvar::new() };
        let mut out = Vec::new();
        show(&shared, &mut out);
        assert!(out.is_empty());
    }
}
