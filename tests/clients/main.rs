//! The plugin in the real clients, each against a model that follows a script.
//!
//! These need a client on the machine, so `cargo test` leaves them out:
//!
//! ```sh
//! export ASM_GUARD_CLAUDE=$(tests/clients/setup.sh target/claude-code)
//! cargo test --test clients -- --ignored
//! ```
#![cfg(unix)]

/// Codex CLI, Gemini CLI and Copilot CLI.
mod agents;
/// Claude Code with its plugin, home and settings, and what came of a session.
mod claude;
/// Claude Code: what is denied, what runs, what the model and the user are told.
mod claude_cases;
/// The API of Gemini CLI's model.
mod contents;
/// The Secrets Manager Agent on loopback, as the tests of asm-exec have it.
#[path = "../exec/daemon.rs"]
#[allow(dead_code, reason = "those tests use more of it")]
mod daemon;
/// The APIs of models.
mod dialect;
/// Claude Code with the guard in an organisation's settings: what a user, a project or an agent can do about it.
mod enforcement;
/// Claude Code with what `asm-guard install` writes, and without it again.
mod install_cases;
/// The API of Claude Code's model.
mod messages;
/// A model on loopback, following a script.
mod mock;
/// An `/etc` of its own.
mod namespace;
/// Claude Code with the output guard on: what the model sees of a file that asm-exec wrote.
mod output_cases;
/// The API of Codex CLI's model.
mod responses;
/// Claude Code in rewrite mode: what runs in a call's place.
mod rewrite_cases;
/// Temporary directories.
mod scratch;
/// Claude Code, and an agent that tries to switch the guard off.
mod self_protection;
