//! The corpora's labels, observed: each Bash case runs in real bash on a throw-away machine of stubs and recorders, and
//! what was fetched or shown there must be what its line says. `README.md` beside this file tells how.
//!
//! This needs Linux, root and packages, so `cargo test` leaves it out:
//!
//! ```sh
//! export ASM_GUARD_ORACLE_DIR=$(tests/oracle/setup.sh target/oracle)
//! cargo test --test oracle -- --ignored
//! ASM_GUARD_ORACLE_CASE='echo c2Vj | base64 -d' cargo test --test oracle -- --ignored --nocapture
//! ```

use std::env;
use std::process::Command;

/// Set by whoever runs the test: the folder that `setup.sh` prepared.
const PREPARED: &str = "ASM_GUARD_ORACLE_DIR";

/// One command to run instead of the corpora.
const ONE_CASE: &str = "ASM_GUARD_ORACLE_CASE";

#[test]
#[ignore = "needs Linux, root and what tests/oracle/setup.sh prepares"]
fn every_label_is_what_real_bash_does() {
    let prepared = env::var_os(PREPARED)
        .unwrap_or_else(|| panic!("{PREPARED} names no folder; set it to what tests/oracle/setup.sh prints"));
    let mut oracle = Command::new("python3");
    oracle.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/oracle.py")).arg(prepared);
    if let Some(command) = env::var_os(ONE_CASE) {
        oracle.arg("--case").arg(command);
    }
    let output = oracle.output().expect("python3 runs the oracle");
    println!("{}", String::from_utf8_lossy(&output.stdout));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "labels and observations differ, see above; {complaint}");
}
