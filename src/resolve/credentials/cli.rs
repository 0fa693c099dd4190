//! The AWS CLI, asked for credentials: run with a time-out, and with all that it started ended when that is over.

use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::resolve::backend::shown;
use crate::resolve::surroundings::Environment;
use crate::{group, search};

/// More than credentials take: a session token has at most a few KiB.
const MAX_OUTPUT: u64 = 64 << 10;

/// An installed AWS CLI.
pub(in crate::resolve) struct Cli {
    program: PathBuf,
}

/// Why the CLI gave no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// It has no such command.
    NotKnown,
    /// It was still running when its time was over.
    TimedOut,
    /// It failed: a phrase that follows its name.
    Failed(String),
}

impl Cli {
    /// The `aws` that is found on the search path.
    pub(in crate::resolve) fn on_path(environment: &Environment) -> Option<Cli> {
        search::first(environment, "aws").map(|program| Cli { program })
    }

    /// What `aws configure` with these arguments prints.
    pub(super) fn configure(
        &self,
        arguments: &[&str],
        time: Duration,
    ) -> Result<Zeroizing<String>, Unanswered> {
        let failed = |error: &io::Error| Unanswered::Failed(format!("could not be run ({error})"));
        let mut command = Command::new(&self.program);
        command.arg("configure").args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // It ends with a credential process, or a browser's helper.
        group::of_its_own(&mut command);
        let child = command.spawn().map_err(|error| failed(&error))?;
        let id = child.id();
        let (send, receive) = mpsc::channel();
        thread::spawn(move || send.send(output(child)));
        match receive.recv_timeout(time) {
            Ok(Ok(ended)) if ended.status.success() => match std::str::from_utf8(&ended.out) {
                Ok(text) => Ok(Zeroizing::new(text.to_owned())),
                Err(_) => Err(Unanswered::Failed("printed no text".to_owned())),
            },
            Ok(Ok(ended)) if is_unknown(&ended.error) => Err(Unanswered::NotKnown),
            Ok(Ok(ended)) => Err(Unanswered::Failed(cause(ended.status, &ended.error))),
            Ok(Err(error)) => Err(failed(&error)),
            Err(_) => {
                // The thread reaps it when it ends, so the id is still its own here.
                group::end(id);
                Err(Unanswered::TimedOut)
            }
        }
    }
}

/// What is left of a run.
struct Ended {
    status: ExitStatus,
    out: Zeroizing<Vec<u8>>,
    error: Zeroizing<Vec<u8>>,
}

/// Both outputs are read at once: a CLI that fills one of the pipes would wait for ever else.
fn output(mut child: Child) -> io::Result<Ended> {
    let error = child.stderr.take();
    let error = thread::spawn(move || read(error));
    let out = read(child.stdout.take());
    let error = error.join().unwrap_or_default();
    Ok(Ended { status: child.wait()?, out, error })
}

/// The output, in a buffer that never grows and so leaves no copy behind. The rest of a longer one is thrown away.
fn read(stream: Option<impl Read>) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_OUTPUT as usize + 1));
    if let Some(mut stream) = stream {
        // What breaks off is no whole answer, and found to be none by its reader.
        let _ = stream.by_ref().take(MAX_OUTPUT).read_to_end(&mut bytes);
        let _ = io::copy(&mut stream, &mut io::sink());
    }
    bytes
}

fn is_unknown(error: &[u8]) -> bool {
    String::from_utf8_lossy(error).to_ascii_lowercase().contains("invalid choice")
}

/// What the CLI says last on stderr. A credential process's own words may be anything, so they are not repeated.
fn cause(status: ExitStatus, error: &[u8]) -> String {
    let error = String::from_utf8_lossy(error);
    if error.contains("custom-process") {
        return "says that the profile's credential_process failed".to_owned();
    }
    match error.lines().map(str::trim).rfind(|line| !line.is_empty()) {
        Some(line) => format!("says \"{}\"", shown(line)),
        None => match status.code() {
            Some(code) => format!("failed with status {code}"),
            None => "was ended by a signal".to_owned(),
        },
    }
}
