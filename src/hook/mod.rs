//! The PreToolUse hook: one event on standard input, one answer on standard output.
//!
//! In: the bytes an agent sends. Out: an [`Answer`], whatever the bytes are. What cannot be read is refused with
//! a reason. A worker thread decides, with a stack to match the bounds on nesting; the main thread waits for it
//! no longer than [`DEADLINE`], since an agent that times out a hook may run the tool anyway.
//!
//! ```
//! let event = br#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"}}"#;
//! assert_eq!(asm_guard::hook::answer(event).status, 0);
//! ```

mod claude;
mod fault;

use std::io::{Read, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::guard::{self, Context};
use crate::policy::Verdict;
use crate::trace::Trace;

/// The largest event that is read, in bytes.
pub const MAX_EVENT: usize = 4 << 20;
/// How long an answer may take, well under the ten seconds that `hooks/hooks.json` gives.
pub const DEADLINE: Duration = Duration::from_secs(2);
/// The stack of the thread that decides, in bytes: more than [`crate::bounds::MAX_DEPTH`] levels can use.
const STACK: usize = 64 << 20;
/// The rule named in refusals of what is no event at all.
const UNREADABLE: &str = "unreadable-event";

/// What the hook says: standard output, standard error, exit status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// One JSON object, or nothing.
    pub stdout: String,
    /// The reason again, where there is one.
    pub stderr: String,
    /// 2 for a denial, else 0.
    pub status: u8,
}

/// What an agent's event asks.
#[derive(Debug, Clone, PartialEq)]
enum Event {
    /// Whether a tool call may run.
    Call(crate::call::ToolCall),
    /// Nothing that this hook decides.
    Other,
}

/// Answers one event.
pub fn answer(bytes: &[u8]) -> Answer {
    let verdict = match event(bytes) {
        Ok(Event::Other) => Verdict::allow(),
        Ok(Event::Call(call)) => guard::judge(&call, &context(), &Trace::new()).verdict,
        Err(reason) => Verdict::refusal(UNREADABLE, reason),
    };
    claude::render(&verdict)
}

/// What the hook's environment says of its surroundings.
pub fn context() -> Context {
    let variable = &crate::knowledge::hosts().agent.port_variable;
    Context { agent_port: std::env::var(variable).ok().and_then(|port| port.parse().ok()) }
}

fn event(bytes: &[u8]) -> Result<Event, String> {
    if bytes.len() > MAX_EVENT {
        return Err(format!("The event is larger than {} MiB.", MAX_EVENT >> 20));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| format!("The event is not UTF-8: {error}."))?;
    if text.trim().is_empty() {
        return Err("The event is empty.".to_owned());
    }
    let value = serde_json::from_str(text).map_err(|error| {
        // The parser's words for it do not say what a person would look for.
        let surrogate = if error.to_string().contains("hex escape") { " (a lone surrogate)" } else { "" };
        format!("The event is not readable JSON: {error}{surrogate}.")
    })?;
    claude::event(value)
}

/// Reads standard input, answers, and gives the exit status.
pub fn main() -> ExitCode {
    static ARRIVED: AtomicBool = AtomicBool::new(false);
    let answer = on_large_stack(DEADLINE, || {
        fault::before_reading();
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().take(MAX_EVENT as u64 + 1).read_to_end(&mut bytes);
        ARRIVED.store(true, Ordering::Relaxed);
        match read {
            Ok(_) => answer(&bytes),
            Err(error) => refusal(format!("The event could not be read: {error}.")),
        }
    })
    .unwrap_or_else(|stopped| {
        refusal(match stopped {
            Stopped::Late if ARRIVED.load(Ordering::Relaxed) => {
                format!("No decision was reached within {} seconds.", DEADLINE.as_secs())
            }
            Stopped::Late => {
                format!("Standard input did not end within {} seconds, so the event is not known.", DEADLINE.as_secs())
            }
            Stopped::Panicked(place) => format!("An internal error stopped the analysis{place}."),
            Stopped::NoThread(error) => format!("No thread could be started: {error}."),
        })
    });
    // Nothing can be done about a reader that went away; the exit status still refuses.
    let _ = std::io::stderr().write_all(answer.stderr.as_bytes());
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(answer.stdout.as_bytes()).and_then(|()| stdout.flush());
    ExitCode::from(answer.status)
}

fn refusal(reason: String) -> Answer {
    claude::render(&Verdict::refusal(UNREADABLE, reason))
}

/// Why no answer came.
#[derive(Debug)]
pub enum Stopped {
    /// It took too long.
    Late,
    /// It panicked; where, for people (` at src/x.rs:1`).
    Panicked(String),
    /// The thread could not be started.
    NoThread(std::io::Error),
}

/// Runs `work` on a thread with a large stack, and waits for it no longer than `limit`.
///
/// # Errors
/// When it panics, takes too long, or cannot be started.
pub fn on_large_stack<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Stopped> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let worker = move || {
        // A panic's own text could hold what was read; its place is enough.
        panic::set_hook(Box::new(|info| {
            if let Some(place) = info.location() {
                PLACE.with(|cell| cell.replace(format!(" at {}:{}", place.file(), place.line())));
            }
        }));
        let result = panic::catch_unwind(AssertUnwindSafe(work));
        let _ = panic::take_hook();
        let _ = sender.send(result.map_err(|_| PLACE.with(|cell| cell.take())));
    };
    thread::Builder::new().stack_size(STACK).spawn(worker).map_err(Stopped::NoThread)?;
    match receiver.recv_timeout(limit) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(place)) => Err(Stopped::Panicked(place)),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(Stopped::Late),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(Stopped::Panicked(String::new())),
    }
}

thread_local! {
    static PLACE: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
}
