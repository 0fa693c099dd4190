//! Signals sent to us while the child runs: which of them it has to be sent too.

use std::ffi::c_int;
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::signal::*;
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::{Cause, Origin};

/// What people and supervisors send. Not SIGTSTP and its like: stopped from the terminal, the child is stopped by
/// it too, and the shell must see us stop.
const PASSED_ON: [c_int; 10] =
    [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGABRT, SIGCONT, SIGWINCH];

/// Our handlers, from before the child is started: then there is no moment at which a signal ends us and leaves the
/// child behind.
pub(super) struct Signals {
    delivery: SignalDelivery<UnixStream, WithOrigin>,
    waker: UnixStream,
}

/// Ends a wait.
pub(in crate::resolve::child) struct Waker(UnixStream);

impl Waker {
    pub(in crate::resolve::child) fn wake(&self) {
        // Full, it wakes anyway.
        let _ = (&self.0).write(&[0]);
    }
}

impl Signals {
    /// Takes the signals that are passed on, and SIGCHLD. A signal that is ignored stays so, for us and the child:
    /// under `nohup` a hangup must end neither. SIGCHLD is the exception, or there would be no status to wait for.
    pub(super) fn take() -> io::Result<Signals> {
        let ignored = ignored();
        let taken = PASSED_ON.into_iter().filter(|signal| ignored & bit(*signal) == 0).chain([SIGCHLD]);
        let (read, write) = UnixStream::pair()?;
        write.set_nonblocking(true)?;
        let waker = write.try_clone()?;
        Ok(Signals { delivery: SignalDelivery::with_pipe(read, write, WithOrigin::default(), taken)?, waker })
    }

    pub(super) fn waker(&self) -> io::Result<Waker> {
        Ok(Waker(self.waker.try_clone()?))
    }

    /// Waits for signals, a [`Waker`] or the time, and gives the signals.
    pub(super) fn wait(
        &mut self,
        until: Option<Instant>,
    ) -> io::Result<impl Iterator<Item = Origin> + use<>> {
        loop {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let left = left.map(|left| Timespec::try_from(left.min(Duration::from_secs(3600)))).transpose();
            let left = left.map_err(io::Error::other)?;
            match poll(&mut [PollFd::new(self.delivery.get_read(), PollFlags::IN)], left.as_ref()) {
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
                Ok(_) => return Ok(self.delivery.pending()),
            }
        }
    }
}

/// Whether the child has to be sent a signal that came to us, so that it has it once.
pub(super) fn is_for_child(origin: &Origin, child: i32, same_group: bool) -> bool {
    let sender = origin.process.map(|process| process.pid);
    PASSED_ON.contains(&origin.signal) && is_news(origin.signal, origin.cause, sender, child, same_group)
}

fn is_news(signal: c_int, cause: Cause, sender: Option<i32>, child: i32, same_group: bool) -> bool {
    // Keys and a window's size: the terminal tells its whole foreground group. Linux says that it was the kernel,
    // others say nothing and name no process.
    let by_terminal = matches!(signal, SIGINT | SIGQUIT | SIGWINCH)
        && match cause {
            Cause::Kernel => true,
            Cause::Unknown => sender.is_none_or(|pid| pid == 0),
            _ => false,
        };
    // A script's `kill 0` reaches us too. Sent back, a trap that does so would never end.
    let by_child = sender == Some(child);
    !(by_child || by_terminal && same_group)
}

/// The signals that were ignored when we were started, as a set of bits. Only Linux tells (proc_pid_status(5)).
fn ignored() -> u64 {
    match cfg!(target_os = "linux") {
        true => std::fs::read_to_string("/proc/self/status").map_or(0, |status| ignored_of(&status)),
        false => 0,
    }
}

fn ignored_of(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

fn bit(signal: c_int) -> u64 {
    1 << (signal - 1)
}

#[cfg(test)]
mod tests {
    use signal_hook::low_level::siginfo::Sent;

    use super::*;

    #[test]
    fn what_the_child_has_to_be_sent() {
        const CHILD: i32 = 77;
        let (person, kernel) = (Cause::Sent(Sent::User), Cause::Kernel);
        // The signal; its cause; its sender; whether the child is in our group; whether it has to be sent.
        let cases = [
            (SIGTERM, person, Some(5), true, true),
            (SIGINT, person, Some(5), true, true),
            (SIGINT, Cause::Sent(Sent::Queue), Some(5), true, true),
            // From outside of our PID namespace, as `docker kill` has it.
            (SIGINT, person, Some(0), true, true),
            // Keys, and a window's size.
            (SIGINT, kernel, None, true, false),
            (SIGQUIT, kernel, None, true, false),
            (SIGWINCH, kernel, None, true, false),
            (SIGINT, Cause::Unknown, None, true, false),
            (SIGINT, Cause::Unknown, Some(0), true, false),
            (SIGINT, Cause::Unknown, Some(5), true, true),
            // A child that left our group has had none of that.
            (SIGINT, kernel, None, false, true),
            // A terminal that is gone: told to the session's leader, which may be us alone.
            (SIGHUP, kernel, None, true, true),
            // The child's own.
            (SIGTERM, person, Some(CHILD), true, false),
            (SIGTERM, person, Some(CHILD), false, false),
        ];
        for (signal, cause, sender, same_group, expected) in cases {
            let got = is_news(signal, cause, sender, CHILD, same_group);
            assert_eq!(got, expected, "{signal} {cause:?} {sender:?} {same_group}");
        }
    }

    #[test]
    fn ignored_signals() {
        let cases = [
            ("Name:\tx\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n", bit(SIGHUP) | bit(SIGPIPE)),
            ("SigIgn:\t0000000000000006\nSigCgt:\t0000000000000001", bit(SIGINT) | bit(SIGQUIT)),
            ("SigIgn:\t0000000000000000", 0),
            ("SigIgn:\tffffffffffffffff", u64::MAX),
            ("SigIgn:\tnone", 0),
            ("", 0),
        ];
        for (status, expected) in cases {
            assert_eq!(ignored_of(status), expected, "{status}");
        }
    }
}
