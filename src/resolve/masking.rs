//! Which of the command's streams are masked, and of what.

use std::fs::File;
use std::io::{self, IsTerminal};

use super::child::{self, Launch, Piped, Problem, Stream};
use super::mask::{self, Masks};
use super::members;
use super::surroundings::Environment;
use super::template::Values;

/// The variable with which a person lets values through where no terminal is.
const ALLOWED: &str = "ASM_EXEC_ALLOW_UNMASKED";

/// The streams that are masked. A terminal is the command's own: it sees a person, and a person sees it.
#[derive(Debug, Clone, Copy)]
pub struct Masking(Piped);

impl Masking {
    /// What the process's standard streams, and the wish for none, make of it.
    ///
    /// # Errors
    /// Where no masking is wished for and standard output is not seen by a person.
    pub fn of(no_mask: bool, environment: &Environment) -> Result<Masking, String> {
        let masked = Piped { stdout: !io::stdout().is_terminal(), stderr: !io::stderr().is_terminal() };
        if !no_mask {
            return Ok(Masking(masked));
        }
        if masked.stdout && environment.get(ALLOWED) != Some("1") {
            return Err(format!(
                "--no-mask is for people: standard output is no terminal, so what is printed may be kept where values \
                 do not belong. Leave the option out, or set {ALLOWED}=1 in the environment asm-exec is started from"
            ));
        }
        Ok(Masking(Piped { stdout: false, stderr: false }))
    }

    /// Runs a command that was given these values, and gives its exit status. `tell` is told of values that cannot
    /// be masked.
    ///
    /// # Errors
    /// Where the command could not be run.
    pub fn run(
        self,
        launch: Launch,
        values: Values,
        environment: &Environment,
        tell: impl Fn(&str) + Sync,
    ) -> Result<i32, Problem> {
        let Masking(piped) = self;
        if !(piped.stdout || piped.stderr) {
            return Err(child::replace(&launch));
        }
        let users: Vec<&str> = ["USER", "LOGNAME"].iter().filter_map(|name| environment.get(name)).collect();
        let members = members::of(&values);
        let labelled =
            values.iter().chain(&members).map(|(reference, value)| (value, reference.text.as_str()));
        let (masks, unmasked) = Masks::new(labelled, &users);
        // Of members nobody knows that they are values, so nothing is said of them.
        let asked = |label: &str| values.keys().any(|reference| reference.text == label);
        unmasked.iter().filter(|value| asked(&value.label)).for_each(|value| tell(&value.to_string()));
        drop((values, members));
        if masks.is_empty() {
            return Err(child::replace(&launch));
        }
        child::run(launch, piped, |stream, output| {
            if let Err(error) = own(stream).and_then(|to| mask::copy(output, to, &masks)) {
                tell(&format!("the command's output cannot be passed on: {error}"));
            }
        })
    }
}

/// Our own end of a stream. Not through `Stdout`, which would look for lines.
#[cfg(unix)]
fn own(stream: Stream) -> io::Result<File> {
    use std::os::fd::AsFd;
    let own = match stream {
        Stream::Stdout => io::stdout().as_fd().try_clone_to_owned(),
        Stream::Stderr => io::stderr().as_fd().try_clone_to_owned(),
    };
    own.map(File::from)
}

#[cfg(windows)]
fn own(stream: Stream) -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    let own = match stream {
        Stream::Stdout => io::stdout().as_handle().try_clone_to_owned(),
        Stream::Stderr => io::stderr().as_handle().try_clone_to_owned(),
    };
    own.map(File::from)
}
