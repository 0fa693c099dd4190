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

pub mod backend;
pub mod reference;
pub mod secret;
pub mod surroundings;

use std::process::ExitCode;

/// Reads the process's arguments and environment, and runs the command.
pub fn main() -> ExitCode {
    ExitCode::from(125)
}
