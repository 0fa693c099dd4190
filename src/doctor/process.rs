//! The edge where the doctor runs a program: a hook as it is configured, or a program for its version.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

#[cfg(unix)]
use std::os::unix::process::ExitStatusExt;

use crate::group;

/// How much of a program's output is looked at, in bytes. A hook's answer has some hundreds.
const MAX_OUTPUT: u64 = 256 << 10;
/// How long a program may take to say its version.
const VERSION_TIME: Duration = Duration::from_secs(10);

/// What became of a program that was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran {
    /// It could not be started.
    NotStarted(io::ErrorKind, String),
    /// It had not ended when its time was over, and was ended.
    TimedOut(Duration),
    /// It ended by a signal.
    Signal(i32),
    /// It ended by itself.
    Ended {
        /// Its exit status.
        status: i32,
        /// The start of its standard output, as text.
        stdout: String,
        /// The start of its standard error, as text.
        stderr: String,
    },
}

/// Runs `command` with `input` on its standard input, for no longer than `time`.
pub fn run(mut command: Command, input: &[u8], time: Duration) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    group::of_its_own(&mut command);
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return not_started(&error),
    };
    let id = child.id();
    let input = input.to_vec();
    let (send, receive) = mpsc::channel();
    thread::spawn(move || send.send(ended(child, &input)));
    match receive.recv_timeout(time) {
        Ok(Ok(ran)) => ran,
        Ok(Err(error)) => not_started(&error),
        Err(_) => {
            // The thread reaps it only after it has ended, so the id is still its own.
            group::end(id);
            Ran::TimedOut(time)
        }
    }
}

fn not_started(error: &io::Error) -> Ran {
    let text = error.to_string();
    Ran::NotStarted(error.kind(), text.split(" (os error").next().unwrap_or(&text).to_owned())
}

/// Waits for a child. Its outputs are read at the same time: one that fills a pipe would wait for ever else.
fn ended(mut child: Child, input: &[u8]) -> io::Result<Ran> {
    let (out, error) = (reader(child.stdout.take()), reader(child.stderr.take()));
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read is told by its answer.
        let _ = stdin.write_all(input);
    }
    let status = child.wait()?;
    let text = |thread: thread::JoinHandle<String>| thread.join().unwrap_or_default();
    let (stdout, stderr) = (text(out), text(error));
    #[cfg(unix)]
    if let Some(signal) = status.signal() {
        return Ok(Ran::Signal(signal));
    }
    Ok(Ran::Ended { status: status.code().unwrap_or(-1), stdout, stderr })
}

fn reader(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.by_ref().take(MAX_OUTPUT).read_to_end(&mut bytes);
            let _ = io::copy(&mut stream, &mut io::sink());
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// What `program --version` says on its first line.
pub fn version(program: &Path) -> Option<String> {
    let mut command = Command::new(program);
    command.arg("--version");
    match run(command, b"", VERSION_TIME) {
        Ran::Ended { status: 0, stdout, .. } => {
            let line = stdout.lines().next().unwrap_or_default().trim();
            (!line.is_empty()).then(|| line.to_owned())
        }
        _ => None,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str, time: Duration) -> Ran {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        run(command, b"in", time)
    }

    #[test]
    fn every_end_is_told_apart() {
        let long = Duration::from_secs(60);
        let ended = |status, stdout: &str, stderr: &str| Ran::Ended {
            status,
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
        };
        assert_eq!(sh("cat; echo e >&2; exit 3", long), ended(3, "in", "e\n"));
        assert_eq!(sh("exit 0", long), ended(0, "", ""));
        assert_eq!(sh("kill -9 $$", long), Ran::Signal(9));
        let short = Duration::from_millis(100);
        assert_eq!(sh("sleep 600 & sleep 600", short), Ran::TimedOut(short));
        assert_eq!(sh("yes", short), Ran::TimedOut(short));
        let missing = run(Command::new("/nonexistent/program"), b"", long);
        assert!(matches!(missing, Ran::NotStarted(io::ErrorKind::NotFound, _)), "{missing:?}");
    }
}
