//! `asm-exec` against real counterparts on loopback: AWS as moto plays it, with every signature and permission checked;
//! the agent daemon itself; FastMCP servers with the tools of the AWS MCP endpoint; the AWS CLI.
//!
//! These need programs that have to be installed, so `cargo test` leaves them out:
//!
//! ```sh
//! export ASM_EXEC_BACKENDS_DIR=$(tests/backends/setup.sh target/backends)
//! cargo test --test backends -- --ignored
//! ```
//!
//! The servers listen on ports that the kernel chose, and end when this process does, however it does.
#![cfg(unix)]

/// Running `asm-exec` with an environment of its own.
mod client;
/// The secrets that the servers hold, and what each reference to one of them stands for.
mod seeds;
/// The servers, started once for all tests.
mod servers;
/// What a run does, as strace sees it: which process wrote what, and where.
mod trace;
/// Servers in between: one that passes on and counts, and one that answers as it is told.
mod wire;

/// Where the keys that sign come from, the real AWS CLI included.
mod credentials;
/// The plaintext, the token and the keys are found in the child only.
mod leak;
/// What is said when something is refused, missing, lost or late, and who is asked next.
mod refusals;
/// What the script before this program got wrong, each as a test.
mod upstream;
/// Every secret over every backend, to the byte.
mod values;

#[path = "../clients/scratch.rs"]
mod scratch;
