//! What the benches of whole processes share: who is measured beside, in what order, and how times are told.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The binary as it ships. What cargo has built for a bench has the features that dev-dependencies ask of shared
/// crates, such as proptest of regex-syntax: tables that are relocated at every start.
///
/// # Errors
/// When it does not build.
pub fn shipped(built_for_bench: &str) -> Result<PathBuf, Box<dyn Error>> {
    let path = Path::new(built_for_bench);
    // Run as a test, to see that a bench works, it takes what is built for tests.
    if path.parent().is_some_and(|folder| folder.ends_with("debug")) {
        return Ok(path.to_owned());
    }
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--release", "--locked", "--quiet", "--bins", "--manifest-path"]);
    build.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    // What cargo tells this process of its package, some build scripts ask for: they would run again, and all be built anew.
    let told = |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|begin| name.starts_with(begin));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(told)) {
        build.env_remove(name);
    }
    // target/release/NAME
    if let Some(target) = path.ancestors().nth(2) {
        build.arg("--target-dir").arg(target);
    }
    match build.status()?.success() {
        true => Ok(path.to_owned()),
        false => Err("the binaries do not build".into()),
    }
}

/// The interpreter itself: a version manager's launcher on PATH would be measured too.
pub fn python() -> Option<PathBuf> {
    let output = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.is_file().then_some(path)
}

/// A percentile of a sorted list, in milliseconds.
pub fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let at = (sorted.len() * percent / 100).min(sorted.len() - 1);
    sorted[at].as_secs_f64() * 1e3
}

/// The word for it.
pub fn within(reached: bool) -> &'static str {
    if reached { "reached" } else { "MISSED" }
}

/// A small generator (xorshift) that shuffles alike on every machine.
pub struct Shuffle(u64);

impl Shuffle {
    /// Always the same order.
    pub fn new() -> Shuffle {
        Shuffle(0x9E37_79B9_7F4A_7C15)
    }

    /// Puts a list into a new order.
    pub fn apply<T>(&mut self, list: &mut [T]) {
        for end in (1..list.len()).rev() {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            list.swap(end, (self.0 % (end as u64 + 1)) as usize);
        }
    }
}
