//! What the fuzz targets share. Each target hands bytes to one way in and checks what holds for any bytes: an
//! answer, without a panic, without a hang (libFuzzer's `-timeout`), and within [`MAX_MEMORY`].
//!
//! `fuzz/run` builds and runs them, as the check of that name does.

use std::alloc::System;

use asm_guard::call::ToolCall;
use asm_guard::guard::{self, Context};
use asm_guard::policy::Decision;
use asm_guard::trace::Trace;
use cap::Cap;

/// The most memory that one input may take, in bytes, what it is made of aside.
pub const MAX_MEMORY: usize = 64 << 20;

/// Counts what the guard holds. libFuzzer's own memory is not Rust's, so its `-rss_limit_mb` would count both.
#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, MAX_MEMORY);

/// What is decided of a tool call.
pub fn decide(call: &ToolCall) -> Decision {
    guard::judge(call, &Context::default(), &Trace::new()).verdict.decision
}

/// What is decided of a shell command.
pub fn decide_command(command: &str) -> Decision {
    decide(&ToolCall::bash(command))
}

/// The input as text; what is no UTF-8 is left to the `event` target.
pub fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
