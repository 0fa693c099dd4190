//! Running a program once on an event, and how long the whole process took.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A program to measure.
pub(crate) struct Program {
    path: PathBuf,
    args: Vec<OsString>,
    home: PathBuf,
}

/// How one run ended.
pub(crate) struct Ended {
    /// Exit status; `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// From before it was started until it was gone.
    pub(crate) wall: Duration,
}

impl Program {
    /// A program with its arguments. `home` is its home and working directory, so that nobody's
    /// configuration is measured.
    pub(crate) fn new(path: impl Into<PathBuf>, args: &[&str], home: &Path) -> Program {
        Program { path: path.into(), args: args.iter().map(OsString::from).collect(), home: home.to_owned() }
    }

    /// Runs it on `input` and waits for its end.
    pub(crate) fn run(&self, input: &[u8]) -> io::Result<Ended> {
        let started = Instant::now();
        let mut child = self.command().spawn()?;
        feed(&mut child, input)?;
        let output = child.wait_with_output()?;
        let wall = started.elapsed();
        Ok(Ended { code: output.status.code(), stdout: output.stdout, stderr: output.stderr, wall })
    }

    /// The program, ready to start, with pipes on all sides.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.args);
        self.surround(&mut command);
        command
    }

    /// The same, started by another program, which gets the command line as its last arguments.
    pub(crate) fn command_under(&self, other: &Path, arguments: &[&OsStr]) -> Command {
        let mut command = Command::new(other);
        command.args(arguments).arg(&self.path).args(&self.args);
        self.surround(&mut command);
        command
    }

    fn surround(&self, command: &mut Command) {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.home)
            .current_dir(&self.home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
    }
}

/// Writes the whole input and closes the pipe. A program may refuse before it has read everything.
pub(crate) fn feed(child: &mut Child, input: &[u8]) -> io::Result<()> {
    let Some(mut stdin) = child.stdin.take() else { return Ok(()) };
    match stdin.write_all(input) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "exit status {code}")?,
            None => write!(f, "ended by a signal")?,
        }
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "\n  {name}: {}", String::from_utf8_lossy(text).trim_end())?;
            }
        }
        Ok(())
    }
}
