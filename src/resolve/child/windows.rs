//! The command on Windows: beside us, as there is no taking a process's place. The console tells Ctrl-C to it and to us; we
//! stay until it has ended.

use std::ffi::OsString;
use std::io::{self, Read};
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use signal_hook::consts::SIGINT;

use super::run::command;
use super::{Launch, Problem};
use crate::resolve::surroundings::Environment;
use crate::search;

/// How often it is looked whether somebody pressed Ctrl-C while we wait for more than the child.
const OFTEN: Duration = Duration::from_millis(100);

/// Runs the command in our place, as far as that goes: with our streams, and then we are gone with its exit status.
/// Returns only where that is not possible.
pub fn replace(launch: &Launch) -> Problem {
    let ran = Watch::begin().and_then(|mut watch| {
        let mut child = command(launch).spawn()?;
        watch.child(&mut child)
    });
    match ran {
        Ok(ended) => std::process::exit(status(ended)),
        Err(error) => Problem::of_start(launch, &error),
    }
}

/// Nothing is known that keeps a process's memory from others of the same user.
pub fn undumpable() {}

/// The program to start. The system itself finds none but what ends in `.exe`, so others (`npm.cmd`) are looked for here.
pub(super) fn program(launch: &Launch) -> OsString {
    let name = launch.program.to_str().filter(|name| !name.contains(['/', '\\', ':']));
    let found = name.and_then(|name| search::first(&Environment::of_process(), name));
    found.map_or_else(|| launch.program.clone(), OsString::from)
}

/// Its own exit status. One that was ended has the status it was ended with.
pub(super) fn status(status: ExitStatus) -> i32 {
    status.code().unwrap_or(i32::from(u8::MAX))
}

/// Whether too many files are open (ERROR_TOO_MANY_OPEN_FILES).
pub(super) fn is_exhausted(error: &io::Error) -> bool {
    error.raw_os_error() == Some(4)
}

/// Whether a file is no program for this machine (ERROR_BAD_EXE_FORMAT, ERROR_EXE_MACHINE_TYPE_MISMATCH).
pub(super) fn is_no_program(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(193 | 216))
}

/// Stays while the child runs, also where somebody presses Ctrl-C.
pub(super) struct Watch {
    interrupted: Arc<AtomicBool>,
    woken: Receiver<()>,
    waker: Sender<()>,
}

/// Ends a wait.
pub(super) struct Waker(Sender<()>);

impl Waker {
    pub(super) fn wake(&self) {
        // Nobody waits any more.
        let _ = self.0.send(());
    }
}

impl Watch {
    /// From before the child is started.
    pub(super) fn begin() -> io::Result<Watch> {
        let interrupted = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(SIGINT, Arc::clone(&interrupted))?;
        let (waker, woken) = mpsc::channel();
        Ok(Watch { interrupted, woken, waker })
    }

    /// What ends a [`Watch::wait`].
    pub(super) fn waker(&self) -> io::Result<Waker> {
        Ok(Waker(self.waker.clone()))
    }

    /// Waits for the child. What Ctrl-C does is its business.
    pub(super) fn child(&mut self, child: &mut Child) -> io::Result<ExitStatus> {
        let status = child.wait()?;
        self.interrupted.store(false, Ordering::SeqCst);
        Ok(status)
    }

    /// Waits for a [`Waker`] or the time. Ctrl-C ends us.
    pub(super) fn wait(&mut self, until: Option<Instant>) -> io::Result<()> {
        loop {
            if self.interrupted.load(Ordering::SeqCst) {
                return Ok(signal_hook::low_level::emulate_default_handler(SIGINT)?);
            }
            let left = until.map_or(OFTEN, |until| until.saturating_duration_since(Instant::now()));
            match self.woken.recv_timeout(left.min(OFTEN)) {
                Err(RecvTimeoutError::Timeout) if left > OFTEN || until.is_none() => {}
                _ => return Ok(()),
            }
        }
    }
}

/// The reading end of the child's pipe. Dropped, it makes the child's next write fail as it would without us.
pub struct ChildOutput {
    pipe: Box<dyn Read + Send>,
    reading: Arc<AtomicBool>,
}

/// Tells whether anybody still has the writing end.
pub(super) struct Holders(Arc<AtomicBool>);

impl ChildOutput {
    pub(super) fn new(pipe: impl Read + Send + 'static) -> ChildOutput {
        ChildOutput { pipe: Box::new(pipe), reading: Arc::default() }
    }

    pub(super) fn holders(&self) -> Holders {
        Holders(Arc::clone(&self.reading))
    }
}

impl Holders {
    /// Whether a process has it open for writing. While we wait for what it writes, one has.
    pub(super) fn any(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Read for ChildOutput {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.reading.store(true, Ordering::SeqCst);
        let result = self.pipe.read(into);
        self.reading.store(false, Ordering::SeqCst);
        result
    }
}
