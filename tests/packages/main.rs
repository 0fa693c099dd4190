//! The packages, as people get them: installed where nothing else is, and asked to stop a fetch.
//!
//! These need the packages and a client, so `cargo test` leaves them out; `.ci/run packages` makes both:
//!
//! ```sh
//! packaging/build target/packages/binaries && packaging/assemble target/packages/binaries target/packages/out
//! export ASM_GUARD_PACKAGES=$PWD/target/packages/out
//! export ASM_GUARD_CLAUDE=$(tests/clients/setup.sh target/claude-code)
//! cargo test --test packages -- --ignored
//! ```
#![cfg(unix)]

/// The archive of the plugin, in the real Claude Code.
mod archive;
/// A client with its plugin, home and settings, and what came of a session.
#[path = "../clients/claude.rs"]
#[allow(dead_code, reason = "the tests of clients use more of it")]
mod claude;
/// The API of Gemini CLI's model.
#[path = "../clients/contents.rs"]
#[allow(dead_code, reason = "the tests of clients use more of it")]
mod contents;
/// The Debian package.
mod debian;
/// The APIs of models.
#[path = "../clients/dialect.rs"]
#[allow(dead_code, reason = "the tests of clients use more of it")]
mod dialect;
/// What all of them are asked.
mod guard;
/// The API of Claude Code's model.
#[path = "../clients/messages.rs"]
#[allow(dead_code, reason = "the tests of clients use more of it")]
mod messages;
/// A model on loopback, following a script.
#[path = "../clients/mock.rs"]
#[allow(dead_code, reason = "the tests of clients use more of it")]
mod mock;
/// An `/etc` of its own.
#[path = "../clients/namespace.rs"]
#[allow(dead_code, reason = "the tests of clients use more of it")]
mod namespace;
/// The npm packages, from a registry on loopback.
mod npm;
/// A registry on loopback.
mod registry;
/// The API of Codex CLI's model.
#[path = "../clients/responses.rs"]
#[allow(dead_code, reason = "the tests of clients use more of it")]
mod responses;
/// Temporary directories.
#[path = "../clients/scratch.rs"]
mod scratch;
/// The list of what is in the programs, and the digests.
mod sums;

use std::path::PathBuf;

/// The packages whose names begin and end so. None is a failure.
pub fn packages(begin: &str, end: &str) -> Vec<PathBuf> {
    let folder = std::env::var_os("ASM_GUARD_PACKAGES").expect(
        "ASM_GUARD_PACKAGES must name the folder that packaging/assemble filled; .ci/run packages does both",
    );
    let mut found: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with(begin) && name.ends_with(end)
        })
        .collect();
    assert!(!found.is_empty(), "no {begin}…{end} in {}", folder.display());
    found.sort();
    found
}

/// The one package for the system that this runs on.
pub fn package(begin: &str, end: &str) -> PathBuf {
    let found = packages(begin, end);
    let [package] = found.as_slice() else { panic!("more than one: {found:?}") };
    package.clone()
}
