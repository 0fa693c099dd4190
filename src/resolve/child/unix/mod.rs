//! The command on a Unix: in our place by exec(2), or with the signals that we are sent.

mod output;
mod signals;

pub use output::ChildOutput;
pub(super) use output::Holders;
pub(super) use signals::Waker;

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ExitStatus};
use std::time::Instant;

use rustix::process::{Pid, Signal, getpgid, getpgrp, kill_process};
use signals::{Signals, is_for_child};

use super::run::command;
use super::{Launch, Problem};

/// Puts the command in our place. Returns only where that is not possible.
pub fn replace(launch: &Launch) -> Problem {
    Problem::of_start(launch, &command(launch).exec())
}

/// Keeps our memory from core dumps, and from other processes of the same user (PR_SET_DUMPABLE, prctl(2)). The
/// child's memory is its own again: execve(2) resets it. Nothing is known of other systems that would do.
pub fn undumpable() {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// The program to start, which the system looks up in `PATH`.
pub(super) fn program(launch: &Launch) -> &OsStr {
    &launch.program
}

/// What a shell would give for it: 128 + n where signal n ended it, and no signal has a number over 64.
pub(super) fn status(status: ExitStatus) -> i32 {
    status.code().or_else(|| Some(128 + status.signal()?)).unwrap_or(i32::from(u8::MAX))
}

/// Whether too many files are open, which has no kind of its own (ENFILE, EMFILE).
pub(super) fn is_exhausted(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(23 | 24))
}

/// Whether a file is no program for this machine (ENOEXEC).
pub(super) fn is_no_program(error: &io::Error) -> bool {
    error.raw_os_error() == Some(8)
}

/// Stands between the child and the world while it runs.
pub(super) struct Watch(Signals);

impl Watch {
    /// From before the child is started.
    pub(super) fn begin() -> io::Result<Watch> {
        Signals::take().map(Watch)
    }

    /// What ends a [`Watch::wait`].
    pub(super) fn waker(&self) -> io::Result<Waker> {
        self.0.waker()
    }

    /// Waits for the child, and sends it what we are sent.
    pub(super) fn child(&mut self, child: &mut Child) -> io::Result<ExitStatus> {
        let pid = Pid::from_child(child);
        loop {
            for origin in self.0.wait(None)? {
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

    /// Waits for a [`Waker`] or the time. Signals do with us what they do.
    pub(super) fn wait(&mut self, until: Option<Instant>) -> io::Result<()> {
        for origin in self.0.wait(until)? {
            signal_hook::low_level::emulate_default_handler(origin.signal)?;
        }
        Ok(())
    }
}
