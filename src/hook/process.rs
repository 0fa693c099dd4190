//! The hook as a process: standard streams, the deadline, and panics that are caught.
//!
//! The main thread decides, since its memory and stack are there already; a second one only waits for the deadline,
//! where there is anything to wait for. Whichever is first to claim the answer gives it, so there is exactly one.

use std::fmt;
use std::io::{self, BufRead, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{OnceLock, mpsc};
use std::thread;

use super::{Agent, Answer, DEADLINE, MAX_EVENT, Reply, after, fault, log, refusal, reply_with, watch};
use crate::trace::Trace;

/// Bytes of an event that is read and parsed at once.
const SMALL_EVENT: usize = 256 << 10;

/// Set by whoever answers.
static ANSWERED: AtomicBool = AtomicBool::new(false);
/// The agent that was named.
static NAMED: OnceLock<Option<Agent>> = OnceLock::new();
/// Set once standard input has ended.
static ARRIVED: AtomicBool = AtomicBool::new(false);

/// Reads standard input, answers, and gives the exit status. `agent` is who asks; without it the event tells.
pub fn main(agent: Option<Agent>) -> ExitCode {
    let _ = NAMED.set(agent);
    watch::begin(refuse_late);
    let reply = catch(read_and_answer).unwrap_or_else(|place| {
        instead().unwrap_or_else(|| refusal(named(), Stopped::Panicked(place).to_string()))
    });
    if !claim() {
        // The watchdog is answering; it ends the process.
        loop {
            thread::park();
        }
    }
    ExitCode::from(end(reply))
}

fn read_and_answer() -> Reply {
    fault::before_reading();
    let mut bytes = Vec::new();
    let read = read_event(&mut bytes);
    ARRIVED.store(true, Ordering::Relaxed);
    if bytes.len() > SMALL_EVENT {
        watch::may_take_long();
    }
    let trace = Trace::new();
    trace.budget.when_long(watch::may_take_long);
    match read {
        // The process ends with its answer: nothing has to be given back.
        Ok(()) => reply_with(log::keep(bytes), named(), Box::leak(Box::new(trace))),
        Err(error) => refusal(named(), format!("The event could not be read: {error}.")),
    }
}

/// Reads standard input to its end, or to one byte more than an event may have.
fn read_event(bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut stdin = io::stdin().lock();
    while bytes.len() <= MAX_EVENT {
        if !is_ready(&stdin) {
            watch::may_take_long();
        }
        let arrived = stdin.fill_buf()?;
        if arrived.is_empty() {
            break;
        }
        bytes.extend_from_slice(arrived);
        let length = arrived.len();
        stdin.consume(length);
    }
    Ok(())
}

/// Whether there is something to read, or its end, before long.
#[cfg(unix)]
fn is_ready(stdin: &io::StdinLock) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let before_long = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
    let mut waiting = [PollFd::new(stdin, PollFlags::IN)];
    poll(&mut waiting, Some(&before_long)).is_ok_and(|ready| ready > 0)
}

/// Elsewhere nobody can say.
#[cfg(not(unix))]
fn is_ready(_: &io::StdinLock) -> bool {
    false
}

/// Refuses once the deadline has passed without an answer. After a tool has run there is nothing to refuse, and more time.
fn refuse_late() {
    if after::instead().is_some() {
        thread::sleep(after::DEADLINE.saturating_sub(DEADLINE));
        if let Some(reply) = instead().filter(|_| claim()) {
            std::process::exit(i32::from(end(reply)));
        }
        return;
    }
    let reason = if ARRIVED.load(Ordering::Relaxed) {
        Stopped::Late.to_string()
    } else {
        let seconds = DEADLINE.as_secs();
        format!("Standard input did not end within {seconds} seconds, so the event is not known.")
    };
    let reply = refusal(named(), reason);
    if claim() {
        std::process::exit(i32::from(end(reply)));
    }
}

/// The reply that stands for one to what a tool gave, where none could be made.
fn instead() -> Option<Reply> {
    after::instead().map(|given| Reply::of(given, named()))
}

fn named() -> Option<Agent> {
    NAMED.get().copied().flatten()
}

/// Whether the caller is the one to answer.
fn claim() -> bool {
    !ANSWERED.swap(true, Ordering::AcqRel)
}

/// Gives the answer, and then logs what was decided or masked.
fn end(reply: Reply) -> u8 {
    let status = give(&reply.answer);
    let Reply { verdict, replaced, masking, agent, .. } = reply;
    if verdict.is_some() || masking.is_some() {
        // The answer is given: whatever goes wrong from here on is neither said nor changes the exit status.
        panic::set_hook(Box::new(|_| {}));
        let _ = panic::catch_unwind(AssertUnwindSafe(|| {
            if let Some(verdict) = verdict {
                log::verdict(verdict, replaced, agent);
            }
            if let Some(masking) = masking {
                log::masking(masking, agent);
            }
        }));
    }
    status
}

/// Writes an answer and returns its exit status. Nothing can be done about a reader that went away; the status
/// still refuses.
fn give(answer: &Answer) -> u8 {
    let _ = io::stderr().write_all(answer.stderr.as_bytes());
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(answer.stdout.as_bytes()).and_then(|()| stdout.flush());
    answer.status
}

/// Runs `work`; where it panics, the place (` at src/x.rs:1`). The panic's own text could hold what was read.
fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    thread_local! {
        static PLACE: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
    }
    panic::set_hook(Box::new(|info| {
        if let Some(place) = info.location() {
            PLACE.with(|cell| cell.replace(format!(" at {}:{}", place.file(), place.line())));
        }
    }));
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    let _ = panic::take_hook();
    result.map_err(|_| PLACE.with(|cell| cell.take()))
}

/// Why work did not end.
#[derive(Debug)]
pub enum Stopped {
    /// It took longer than [`DEADLINE`].
    Late,
    /// It panicked; where, for people (` at src/x.rs:1`).
    Panicked(String),
    /// No thread could be started for it.
    NoThread(io::Error),
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::Late => write!(f, "No decision was reached within {} seconds.", DEADLINE.as_secs()),
            Stopped::Panicked(place) => write!(f, "An internal error stopped the analysis{place}."),
            Stopped::NoThread(error) => write!(f, "No thread could be started: {error}."),
        }
    }
}

/// Runs `work` under the hook's deadline, for commands that show what the hook would do.
///
/// # Errors
/// When it panics, takes too long, or cannot be started.
pub fn within_deadline<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Stopped> {
    /// As much as a main thread usually has, in bytes.
    const STACK: usize = 8 << 20;
    let (sender, receiver) = mpsc::sync_channel(1);
    let worker = move || drop(sender.send(catch(work)));
    thread::Builder::new().stack_size(STACK).spawn(worker).map_err(Stopped::NoThread)?;
    match receiver.recv_timeout(DEADLINE) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(place)) => Err(Stopped::Panicked(place)),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(Stopped::Late),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(Stopped::Panicked(String::new())),
    }
}
