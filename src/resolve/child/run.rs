//! Starting the child, and handing on what it says and how it ends.

use std::io::{self, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroize;

use super::system::{self, ChildOutput, Holders, Waker, Watch};
use super::{Launch, Piped, Problem, Stream};

/// How long a process that the command left running may hold its output before a person is told.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs the command to its end and gives the exit status a shell would: its own, or 128 + n where signal n killed
/// it (on a Unix). `copier` is called for each piped stream, on a thread of its own. It reads the stream to its end, or drops it
/// where nobody takes what it copies.
///
/// # Errors
/// Where the command could not be started, or not be waited for; then it does not run.
pub fn run(
    launch: Launch,
    piped: Piped,
    copier: impl Fn(Stream, ChildOutput) + Sync,
) -> Result<i32, Problem> {
    let failed = |error: io::Error| Problem::failed(&launch.shown, &error);
    let mut watch = Watch::begin().map_err(failed)?;
    let waker = watch.waker().map_err(failed)?;
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
        match watch.child(&mut child) {
            Ok(status) => {
                linger(&copies, &holders, &mut watch)?;
                Ok(status)
            }
            Err(error) => end(&mut child, error),
        }
    });
    status.map(system::status).map_err(|error| Problem::failed(&shown, &error))
}

/// What starts it.
pub(super) fn command(launch: &Launch) -> Command {
    let mut command = Command::new(system::program(launch));
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

/// Waits for the copies. The child is gone, so signals are for us.
fn linger(copies: &Copies, holders: &[Holders], watch: &mut Watch) -> io::Result<()> {
    let mut notice = Some(Instant::now() + PATIENCE);
    while copies.running.load(Ordering::SeqCst) > 0 {
        watch.wait(notice)?;
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
