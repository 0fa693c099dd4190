//! Starting the child, and standing between it and the world while it runs.

use std::io::{self, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpgid, getpgrp, kill_process};
use zeroize::Zeroize;

use super::output::{ChildOutput, Holders};
use super::signals::{Signals, Waker, is_for_child};
use super::{Launch, Piped, Problem, Stream};

/// How long a process that the command left running may hold its output before a person is told.
const PATIENCE: Duration = Duration::from_secs(2);

/// Puts the command in our place. Returns only where that is not possible.
pub fn replace(launch: &Launch) -> Problem {
    Problem::of_start(launch, &command(launch).exec())
}

/// Runs the command to its end and gives the exit status a shell would: its own, or 128 + n where signal n killed
/// it. `copier` is called for each piped stream, on a thread of its own. It reads the stream to its end, or drops it
/// where nobody takes what it copies.
///
/// # Errors
/// Where the command could not be started, or not be waited for; then it does not run.
pub fn run(launch: Launch, piped: Piped, copier: impl Fn(Stream, ChildOutput) + Sync) -> Result<u8, Problem> {
    let failed = |error: io::Error| Problem::failed(&launch.shown, &error);
    let mut signals = Signals::take().map_err(failed)?;
    let waker = signals.waker().map_err(failed)?;
    let pipe = |piped| if piped { Stdio::piped() } else { Stdio::inherit() };
    let mut command = command(&launch);
    command.stdout(pipe(piped.stdout)).stderr(pipe(piped.stderr));
    let mut child = command.spawn().map_err(|error| Problem::of_start(&launch, &error))?;
    drop(command);
    let shown = wipe(launch);
    let outputs = [
        child.stdout.take().map(|pipe| (Stream::Stdout, ChildOutput::new(pipe))),
        child.stderr.take().map(|pipe| (Stream::Stderr, ChildOutput::new(pipe))),
    ];
    let holders: Vec<Holders> = outputs.iter().flatten().map(|(_, output)| output.holders()).collect();
    let copies = Copies { running: AtomicUsize::new(holders.len()), waker };
    let status = thread::scope(|scope| {
        for (stream, output) in outputs.into_iter().flatten() {
            let (copier, copies) = (&copier, &copies);
            let copy = move || {
                let _ended = Ended(copies);
                copier(stream, output);
            };
            if let Err(error) = thread::Builder::new().spawn_scoped(scope, copy) {
                return end(&mut child, error);
            }
        }
        match watch(&mut child, &mut signals) {
            Ok(status) => {
                linger(&copies, &holders, &mut signals)?;
                Ok(status)
            }
            Err(error) => end(&mut child, error),
        }
    });
    let status = status.map_err(|error| Problem::failed(&shown, &error))?;
    // 128 + n, and no signal has a number over 64.
    let killed = status.signal().map_or(128, |signal| 128 + signal);
    Ok(u8::try_from(status.code().unwrap_or(killed)).unwrap_or(u8::MAX))
}

fn command(launch: &Launch) -> Command {
    let mut command = Command::new(&launch.program);
    command.args(&launch.arguments);
    command.envs(launch.set.iter().map(|(name, value)| (name, value)));
    for name in &launch.unset {
        command.env_remove(name);
    }
    command
}

/// The child has the values now. Leaves what is for people.
fn wipe(mut launch: Launch) -> String {
    let values = launch.set.drain(..).map(|(_, value)| value);
    for text in launch.arguments.drain(..).chain(values).chain([std::mem::take(&mut launch.program)]) {
        text.into_encoded_bytes().zeroize();
    }
    launch.shown
}

/// Waits for the child, and sends it what we are sent.
fn watch(child: &mut Child, signals: &mut Signals) -> io::Result<ExitStatus> {
    let pid = Pid::from_child(child);
    loop {
        for origin in signals.wait(None)? {
            // It is not waited for yet, so the number is the child's and nobody else's.
            let same_group = getpgid(Some(pid)).is_ok_and(|group| group == getpgrp());
            if is_for_child(&origin, pid.as_raw_nonzero().get(), same_group)
                && let Some(signal) = Signal::from_named_raw(origin.signal)
            {
                // Refused where the child has become someone else (sudo). It is told by other ways, or not at all.
                let _ = kill_process(pid, signal);
            }
        }
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
    }
}

/// Waits for the copies. The child is gone, so signals are for us.
fn linger(copies: &Copies, holders: &[Holders], signals: &mut Signals) -> io::Result<()> {
    let mut notice = Some(Instant::now() + PATIENCE);
    while copies.running.load(Ordering::SeqCst) > 0 {
        for origin in signals.wait(notice)? {
            signal_hook::low_level::emulate_default_handler(origin.signal)?;
        }
        if notice.is_some_and(|notice| notice <= Instant::now()) {
            notice = None;
            // Or else it is we who wait, for a reader of our own output.
            if holders.iter().any(Holders::any) {
                let _ = writeln!(
                    io::stderr(),
                    "asm-exec: the command has ended; waiting for a process that it left running and that still \
                     holds its output (Ctrl-C stops waiting)"
                );
            }
        }
    }
    Ok(())
}

/// Leaves no process behind where we cannot go on.
fn end(child: &mut Child, error: io::Error) -> io::Result<ExitStatus> {
    let _ = child.kill();
    let _ = child.wait();
    Err(error)
}

/// The copies still running.
struct Copies {
    running: AtomicUsize,
    waker: Waker,
}

/// Counts one of them as ended when dropped, also where it panics.
struct Ended<'a>(&'a Copies);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
        self.0.waker.wake();
    }
}

/// Keeps our memory from core dumps, and from other processes of the same user (PR_SET_DUMPABLE, prctl(2)). The
/// child's memory is its own again: execve(2) resets it. Nothing is known of other systems that would do.
pub fn undumpable() {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
