//! The command: started with the values in it, waited for, and its end handed on as our own.
//!
//! In: a [`Launch`]. Out: the exit status that a shell would give, or a [`Problem`] that says why there was no
//! command to wait for.
//!
//! ```text
//! nothing to mask: exec(2), and we are gone (on a Unix)
//! else:            handlers ─► spawn ─┬─► signals to us go on to the child, until it has ended
//!                                     └─► each piped stream is copied, until nobody holds it any more
//! ```

mod run;
#[cfg(unix)]
#[path = "child/unix/mod.rs"]
mod system;
#[cfg(windows)]
#[path = "child/windows.rs"]
mod system;

pub use run::run;
pub use system::{ChildOutput, replace, undumpable};

use std::ffi::OsString;
use std::{fmt, io};

/// What to run. `Debug` shows the program as the user wrote it, and nothing that may hold a value.
#[derive(Default)]
pub struct Launch {
    /// The program, looked up in `PATH` where it has no slash.
    pub program: OsString,
    /// The program as the user wrote it, with its references: for people.
    pub shown: String,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Variables to set. The others are the caller's.
    pub set: Vec<(OsString, OsString)>,
    /// Variables the child does not get, set or not.
    pub unset: Vec<OsString>,
}

impl Launch {
    /// Whether there is a NUL in it, which ends a text for the system.
    fn has_nul(&self) -> bool {
        let set = self.set.iter().flat_map(|(name, value)| [name, value]);
        let mut texts = self.arguments.iter().chain(set).chain([&self.program]);
        texts.any(|text| text.as_encoded_bytes().contains(&0))
    }
}

impl fmt::Debug for Launch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launch").field("shown", &self.shown).finish_non_exhaustive()
    }
}

/// One of the child's two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Which streams pass through us. The child has the others as we have them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Piped {
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
}

/// Why a command did not run, or was not waited for. A sentence without a value in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// There is no such program.
    NotFound(String),
    /// There is, and the system does not execute it.
    NotExecutable(String),
    /// Something of our own went wrong.
    Failed(String),
}

impl Problem {
    /// The exit status that says so: the ones that `env`, `nice` and `nohup` have for it ("Exit status", POSIX
    /// Shell & Utilities, `env`), 125 for what is our own.
    pub fn exit_status(&self) -> u8 {
        match self {
            Problem::NotFound(_) => 127,
            Problem::NotExecutable(_) => 126,
            Problem::Failed(_) => 125,
        }
    }

    /// What an error of starting `launch` means.
    fn of_start(launch: &Launch, error: &io::Error) -> Problem {
        let shown = &launch.shown;
        let with_slash = launch.program.to_string_lossy().contains(std::path::is_separator);
        match error.kind() {
            io::ErrorKind::NotFound if launch.program.is_empty() => {
                Problem::NotFound("the command's name is empty: put the program after `--`".to_owned())
            }
            io::ErrorKind::NotFound if !with_slash => Problem::NotFound(format!(
                "{shown}: command not found: no directory in PATH has an executable of this name"
            )),
            // execve(2) says ENOENT for the interpreter of a script too.
            io::ErrorKind::NotFound if std::path::Path::new(&launch.program).exists() => {
                Problem::NotFound(format!(
                    "{shown}: the file is there, but the interpreter that it names is not (for a script, \
                 see its first line)"
                ))
            }
            io::ErrorKind::NotFound => Problem::NotFound(format!("{shown}: no such file")),
            io::ErrorKind::InvalidInput if launch.has_nul() => Problem::Failed(format!(
                "cannot start {shown}: an argument or a variable has a NUL byte in it, which the system cannot \
                 pass to a command; a value with one can be passed as SecretBinary, in base64"
            )),
            io::ErrorKind::ArgumentListTooLong => Problem::NotExecutable(format!(
                "{shown}: cannot be executed: the arguments and the environment are too long together; pass long \
                 values in a file (--template FILE --out FILE)"
            )),
            io::ErrorKind::PermissionDenied => Problem::NotExecutable(format!(
                "{shown}: cannot be executed: permission denied; it is a directory, or no one has made it \
                 executable (chmod +x)"
            )),
            io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory => Problem::failed(shown, error),
            _ if system::is_exhausted(error) => Problem::failed(shown, error),
            _ if system::is_no_program(error) => Problem::NotExecutable(format!(
                "{shown}: cannot be executed: it is no program for this machine, nor a script whose first line \
                 names its interpreter (#!/bin/sh)"
            )),
            _ => Problem::NotExecutable(format!("{shown}: cannot be executed: {}", plainly(error))),
        }
    }

    fn failed(shown: &str, error: &io::Error) -> Problem {
        Problem::Failed(format!("cannot run {shown}: {}", plainly(error)))
    }
}

/// An I/O error in words: without Rust's `(os error 2)`.
fn plainly(error: &io::Error) -> String {
    let text = error.to_string();
    let mut words = text.split(" (os error").next().unwrap_or(&text).chars();
    words.next().map(|first| first.to_lowercase().chain(words).collect()).unwrap_or_default()
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NotFound(why) | Problem::NotExecutable(why) | Problem::Failed(why) => f.write_str(why),
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
