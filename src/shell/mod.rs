//! Bash, understood without running it.
//!
//! In: the text of a program, its arguments, environment and input. Out: every program it would start, as an
//! [`Invocation`] with resolved arguments, handed to a [`Host`]. The host answers with what the program would
//! print where that can be known, so that computed commands are followed too. This folder knows bash and its
//! text tools; it knows nothing of AWS, of policy, or of agents.
//!
//! ```
//! use asm_guard::shell::{self, Host, Invocation, Outcome, Setup};
//! use asm_guard::trace::Trace;
//!
//! struct Recorder(Vec<String>);
//! impl Host for Recorder {
//!     fn invoke(&mut self, _: &Trace, invocation: &Invocation) -> Outcome {
//!         self.0.push(invocation.to_string());
//!         Outcome::default()
//!     }
//! }
//!
//! let mut recorder = Recorder(Vec::new());
//! shell::run("x=hello; for y in a b; do tool \"$x-$y\"; done", Setup::default(), &Trace::new(), &mut recorder).unwrap();
//! assert_eq!(recorder.0, ["tool hello-a", "tool hello-b"]);
//! ```

mod again;
mod apart;
mod arithmetic;
mod assign;
mod ast;
mod brace;
mod branch;
mod builtins;
mod chooser;
mod condition;
mod escape;
mod expand;
mod fields;
mod files;
mod filters;
mod folder;
mod held;
mod jump;
mod left;
mod lexical;
mod list;
mod loops;
mod operator;
mod options;
mod parameter;
mod parse;
mod parse_command;
mod parse_parameter;
mod parse_redirection;
pub mod pattern;
mod printf;
mod quoting;
mod redirect;
mod regex;
mod reserved;
mod run;
mod shared;
mod shown;
mod simple;
mod single;
mod starts;
mod state;
mod substitution;
mod tilde;
mod variable;
mod variables;
mod word;

use std::fmt;

pub use files::{Files, Source};
pub use filters::Commands;
pub use left::{Glimpse, glimpse};
pub use parse::parse;
pub use run::run;
pub use single::{Fragment, Single, single};
pub(crate) use starts::Starts;
pub use state::Functions;

use crate::trace::{FileId, Trace};
use crate::value::{Piece, Text, Value};

/// A program that would be started.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Its name and arguments, resolved as far as they can be.
    pub argv: Vec<Text>,
    /// The variables it receives beyond those of the agent's own environment.
    pub environment: Vec<(String, Value)>,
    /// What it reads on standard input.
    pub stdin: Text,
    /// Files written earlier in the same command.
    pub files: Files,
    /// Functions that a shell among its descendants would know.
    pub functions: Functions,
    /// Whether anyone looks at what it prints.
    pub captured: bool,
}

impl fmt::Display for Invocation {
    /// The command as a person would type it, unknown parts as `‹what›`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, word) in self.argv.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            match word {
                Text::Literal(text) => f.write_str(&quoted(text))?,
                other => {
                    let shown = other.to_string();
                    if shown.contains(char::is_whitespace) {
                        write!(f, "\"{shown}\"")?
                    } else {
                        f.write_str(&shown)?
                    }
                }
            }
        }
        Ok(())
    }
}

/// `text` as one shell word, quoted only where it must be.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\0', "").replace('\'', "'\\''"))
}

/// What a program would do that the shell around it can see.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What it prints, where that is known.
    pub output: Option<Value>,
    /// Whether it was understood as running something else, so that it is no program of its own.
    pub entered: bool,
}

/// Who is told of the programs a shell would start.
pub trait Host {
    /// A program starts.
    fn invoke(&mut self, trace: &Trace, invocation: &Invocation) -> Outcome;

    /// The shell itself reads a path.
    fn read(&mut self, _trace: &Trace, _path: &Text) {}

    /// Text is written to a path: a file, or a connection such as `/dev/tcp/host/port`.
    /// `folder` tells the one that the shell has gone to; None is the one in which the call runs.
    fn write(&mut self, _trace: &Trace, _path: &Text, _text: &Value, _folder: &dyn Fn() -> Option<Value>) {}

    /// The exit status of a program, where it is certain.
    fn status(&self, _invocation: &Invocation) -> Option<u8> {
        None
    }

    /// How often it has learnt something that changes what later programs do: a tunnel that was opened.
    fn changes(&self) -> usize {
        0
    }

    /// What a variable holds that some program runs (`PROMPT_COMMAND`, `GIT_PAGER`).
    fn holds(&self, _variable: &str) -> Option<Holds> {
        None
    }
}

/// What a variable holds that some program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    /// A command line.
    Command,
    /// The path of a script.
    File,
    /// A prompt, in which substitutions are made.
    Prompt,
}

/// What a shell starts with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// `$0`.
    pub name: Text,
    /// `$1` and on.
    pub arguments: Vec<Text>,
    /// Functions that the shell before it exported.
    pub functions: Functions,
    /// Its environment, as far as the command itself has set it.
    pub environment: Vec<(String, Value)>,
    /// Its standard input.
    pub stdin: Value,
    /// Files written earlier in the same command.
    pub files: Files,
    /// Whether anyone looks at what it prints.
    pub captured: bool,
    /// The file on disk that the program is.
    pub file: Option<FileId>,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup {
            name: Text::from("bash"),
            arguments: Vec::new(),
            functions: Functions::default(),
            environment: Vec::new(),
            stdin: Value::unknown("standard input"),
            files: Files::default(),
            captured: false,
            file: None,
        }
    }
}

/// A text as a program that can be parsed: what is unknown in it becomes a variable that nothing sets.
/// None where nothing of it is known.
pub fn program_text(text: &Text) -> Option<String> {
    if text.is_wholly_unknown() {
        return None;
    }
    let pieces = text.clone().pieces();
    Some(pieces.iter().enumerate().fold(String::new(), |mut program, (i, piece)| {
        match piece {
            Piece::Literal(text) | Piece::Glob(text) => program.push_str(text),
            Piece::Unknown(unknown) => {
                let name = unknown.what.strip_prefix('$').filter(|name| is_variable(name));
                match name {
                    Some(name) => program.push_str(&format!("${{{name}}}")),
                    None => program.push_str(&format!("${{unknown_{i}}}")),
                }
            }
        }
        program
    }))
}

/// Whether a name can be a variable's.
pub fn is_variable(name: &str) -> bool {
    name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// What a text tool such as `echo` would print, where that follows from what is known.
pub fn printed(trace: &Trace, invocation: &Invocation) -> Option<Text> {
    filters::output(invocation, &trace.budget)
}

/// The same of a tool that may run commands itself, such as awk.
pub fn printed_with(trace: &Trace, invocation: &Invocation, commands: &mut dyn Commands) -> Option<Text> {
    filters::with_commands(invocation, &trace.budget, commands)
}
