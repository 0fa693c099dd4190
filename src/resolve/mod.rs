//! `asm-exec`: runs a command with references to secrets resolved, and keeps the values out of sight.
//!
//! In: a command line and an environment that hold references. Out: the command's own exit status, and its
//! output with every value replaced by the reference it came from.
//!
//! ```text
//! argv, env ─► reference ─► one fetch per secret and version ─► backend ─► substitute ─► child ─► mask
//! ```
//!
//! A value is held by [`secret::Secret`] and what is made of it, in types that are wiped when dropped and that
//! `Debug` does not show. It reaches the child and the masking filter, and nothing else.

mod arguments;
pub mod backend;
pub mod child;
mod credentials;
mod env_file;
mod fetch;
mod files;
pub mod mask;
mod masking;
mod members;
mod options;
pub mod outlook;
mod output;
pub mod plan;
mod profile;
mod progress;
pub mod reference;
mod region;
mod remembered;
mod report;
mod run;
pub mod script;
pub mod secret;
pub mod select;
pub mod shells;
mod signing;
pub mod surroundings;
pub mod template;
pub mod userinfo;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

/// The exit status of a failure of asm-exec's own, as `env`, `nohup` and `timeout` have it.
const FAILED: u8 = 125;

/// The command line of `asm-exec`, for what is generated from it: its manual page and completions.
pub fn command() -> clap::Command {
    options::Options::command()
}

/// Reads the process's arguments and environment, runs the command, and gives its exit status.
pub fn main() -> ExitCode {
    // A panic's own words may quote what was being worked on.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        run::tell(&format!("a fault of asm-exec itself, at {place}. Please report it"));
    }));
    let options = match options::Options::try_parse() {
        Ok(options) => options,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { FAILED } else { 0 });
        }
    };
    match std::panic::catch_unwind(|| run::run(options)) {
        // Windows has more statuses than an `ExitCode` takes.
        Ok(Ok(status)) => u8::try_from(status).map_or_else(|_| std::process::exit(status), ExitCode::from),
        Ok(Err(message)) => {
            run::tell(&message);
            ExitCode::from(FAILED)
        }
        Err(_) => ExitCode::from(FAILED),
    }
}
