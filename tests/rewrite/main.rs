//! Which safe commands are certain, so that they may take a call's place: a table of calls, the real hook with its
//! settings, and the proof in a real bash that the command gets the same from both.
#![cfg(unix)]

mod bash;
mod cases;
#[path = "../exec/daemon.rs"]
#[allow(dead_code, reason = "the tests of asm-exec use more of it")]
mod daemon;
mod hook;
mod random;
