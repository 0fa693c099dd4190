//! The command line: what a person asks of the guard, and what it says.
//!
//! In: arguments. Out: an `Output`, built by pure functions, one file a subcommand. Only [`main`] and
//! `input` touch standard streams, and `log` where it follows. What decides is [`crate::guard`], the same that the hook asks.

mod check;
mod completions;
mod demo;
mod demo_cases;
mod demo_resolve;
mod doctor;
mod explain;
mod input;
mod install;
mod judged;
mod log;
mod log_text;
mod rules;
mod style;

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::hook::Agent;
use crate::policy::Decision;
use style::Style;

/// The exit status of a command line that is not understood (`EX_USAGE` of BSD's sysexits).
const USAGE: u8 = 64;
/// The exit status of a fault of our own (`EX_SOFTWARE`).
const BROKEN: u8 = 70;
/// The exit status that every agent takes for a refusal.
const REFUSED: u8 = 2;

const ABOUT: &str = "Keeps AWS Secrets Manager values out of an AI agent's context";

const LONG_ABOUT: &str = "\
Keeps AWS Secrets Manager values out of an AI agent's context.

asm-guard understands a tool call without running it, and denies it when it would fetch a
plaintext secret, by whatever road. What merely mentions one is allowed.

Agents run `asm-guard hook` before every tool call. The other commands are for people: they
ask the same engine.";

const EXAMPLES: &str = "\
Examples:
  asm-guard demo                                     See it decide, on this machine, in a second
  asm-guard check aws s3 ls                          Would this be allowed?
  asm-guard explain 'echo YXdzIHMzIGxz | base64 -d | sh'
                                                     How is this understood, step by step?
  asm-guard rules                                    What is denied, and by which rule?
  asm-guard install                                  Put it before the agents that you have
  asm-guard doctor                                   Is the guard installed, and does it answer?

Exit status of check and explain:
  0  allowed      1  the user would be asked      2  denied      64  the command line is wrong";

/// The two ways to name a call.
macro_rules! usage_of {
    ($command:literal) => {
        concat!(
            "asm-guard ",
            $command,
            " [OPTIONS] COMMAND...\n",
            "       asm-guard ",
            $command,
            " [OPTIONS] --tool NAME --input JSON",
        )
    };
}

/// The arguments of `asm-guard`.
#[derive(Debug, Parser)]
#[command(name = "asm-guard", version, about = ABOUT, long_about = LONG_ABOUT, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say whether a call would be allowed, and what to do instead
    #[command(after_help = check::EXAMPLES, override_usage = usage_of!("check"))]
    Check(input::Question),
    /// Show how a call is understood, step by step, and what is decided
    #[command(after_help = explain::EXAMPLES, override_usage = usage_of!("explain"))]
    Explain(input::Question),
    /// List, show and test the rules
    #[command(after_help = rules::EXAMPLES)]
    Rules {
        #[command(subcommand)]
        command: Option<rules::Command>,
    },
    /// Show what was decided: the audit log, its newest line last
    #[command(after_help = log::EXAMPLES)]
    Log(log::LogArguments),
    /// See the guard and the resolver at work: real events, the real engine, a sample secret
    #[command(after_help = demo::EXAMPLES)]
    Demo,
    /// Check that the guard really stands before an agent's tools here, and say what to mend
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(doctor::Arguments),
    /// Put the guard's hook before the agents that you have, or take it out again
    #[command(after_help = install::EXAMPLES)]
    Install(install::Arguments),
    /// Answer an agent's hook event (agents run this, not people)
    ///
    /// Reads one JSON event on standard input, such as Claude Code sends before a tool call, and
    /// answers it. A denial is one JSON object on standard output, the reason on standard error,
    /// and exit status 2. What is allowed gets no output and exit status 0. Without arguments, and
    /// with standard input that is no terminal, asm-guard does the same. Other agents are told by
    /// their events, or named, and are answered in their own words.
    #[command(verbatim_doc_comment)]
    Hook {
        /// The agent that asks: claude, codex, copilot, cursor, gemini, kiro
        #[arg(long, value_name = "AGENT", value_parser = Agent::named)]
        agent: Option<Agent>,
    },
    /// Print completions for a shell
    #[command(after_help = completions::EXAMPLES)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What a subcommand says: standard output, standard error, exit status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Output {
    stdout: String,
    stderr: String,
    status: u8,
}

impl Output {
    /// A text and an exit status.
    fn new(stdout: String, status: u8) -> Output {
        Output { stdout, stderr: String::new(), status }
    }

    /// A fault of this program itself.
    fn broken(message: &str) -> Output {
        Output { status: BROKEN, ..Output::usage(message) }
    }

    /// A command line that asks for what cannot be.
    fn usage(message: impl AsRef<str>) -> Output {
        let stderr = format!("error: {}\n", style::visible(message.as_ref()));
        Output { stdout: String::new(), stderr, status: USAGE }
    }
}

/// The command line of `asm-guard`, for what is generated from it: its manual pages and completions.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Reads the process's arguments, does what they say, and gives the exit status.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let output = match Arguments::try_parse_from(&arguments) {
        Ok(Arguments { command }) => match run(command) {
            Ok(output) => output,
            Err(asks) => return crate::hook::main(asks),
        },
        Err(error) => not_parsed(&error, arguments.get(1).map(OsString::as_os_str)),
    };
    // Nothing can be done for a reader that went away (`asm-guard rules | head -1`); the status still says it.
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(output.stdout.as_bytes()).and_then(|()| stdout.flush());
    let _ = std::io::stderr().write_all(output.stderr.as_bytes());
    ExitCode::from(output.status)
}

/// What a subcommand says; the hook speaks for itself, to the agent that is named.
fn run(command: Command) -> Result<Output, Option<Agent>> {
    let style = Style::of_stdout();
    Ok(match command {
        Command::Check(arguments) => check::run(&arguments, style),
        Command::Explain(arguments) => explain::run(&arguments, style),
        Command::Rules { command } => rules::run(command.unwrap_or(rules::Command::List), style),
        Command::Log(arguments) => log::run(&arguments, style),
        Command::Demo => demo::run(style),
        Command::Doctor(arguments) => doctor::run(&arguments, style),
        Command::Install(arguments) => install::run(&arguments, style),
        Command::Completions { shell } => completions::run(shell),
        Command::Hook { agent } => return Err(agent),
    })
}

/// Help and version that were asked for, or what is wrong with the arguments.
fn not_parsed(error: &clap::Error, first: Option<&OsStr>) -> Output {
    let text = error.render().to_string();
    match (error.use_stderr(), first) {
        (false, _) => Output::new(text, 0),
        // An agent's hook with a wrong argument must not let the tool run: to agents, 64 is no refusal.
        (true, Some(first)) if first == "hook" => {
            Output { stdout: String::new(), stderr: text, status: REFUSED }
        }
        (true, _) => Output { stdout: String::new(), stderr: text, status: USAGE },
    }
}

/// The exit status that stands for a decision.
fn status_of(decision: Decision) -> u8 {
    match decision {
        Decision::Allow => 0,
        Decision::Ask => 1,
        Decision::Deny => REFUSED,
    }
}
