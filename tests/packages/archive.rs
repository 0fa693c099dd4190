use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::claude::{Claude, Permission};
use crate::guard::{FETCH, both_work};
use crate::mock::Turn;
use crate::package;
use crate::scratch::Scratch;

/// Unpacks the archive into a folder, as a person would, and gives the plugin's.
fn unpack(into: &Path) -> PathBuf {
    let archive = package("asm-guard-", &format!("-{}-unknown-linux-gnu.tar.gz", std::env::consts::ARCH));
    let status = Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(into).status().unwrap();
    assert!(status.success());
    into.join(archive.file_name().unwrap().to_str().unwrap().trim_end_matches(".tar.gz"))
}

fn bash(command: &str) -> Vec<Turn> {
    vec![Turn::call("Bash", json!({"command": command, "description": "a test"}))]
}

/// Installs a folder's plugin by its own marketplace, and has a fetch denied and another command run.
pub fn installs_into_claude_code(plugin: PathBuf) {
    let claude = Claude::with_plugin(plugin);
    let validate = ["plugin", "validate", "--strict"].map(AsRef::as_ref);
    let (valid, text) = claude.manage(validate.into_iter().chain([claude.plugin().as_os_str()]));
    assert!(valid, "{text}");
    let add = ["plugin", "marketplace", "add"].map(AsRef::as_ref);
    let (added, text) = claude.manage(add.into_iter().chain([claude.plugin().as_os_str()]));
    assert!(added, "{text}");
    let (installed, text) = claude.manage(["plugin", "install", "aws-core@asm-guard"]);
    assert!(installed, "{text}");

    let session = claude.session_as_installed(Permission::Bypassed, bash(FETCH));
    assert!(session.answer().refused && session.refused_by_hook(), "{}", session.log());
    assert!(!claude.ran("aws"));

    // The agent finds asm-exec on its PATH, where the plugin puts it.
    let session = claude.session_as_installed(Permission::Bypassed, bash("asm-exec -- touch \"$RAN/exec\""));
    assert!(!session.answer().refused, "{}", session.log());
    assert!(claude.ran("exec"), "{}", session.log());
}

#[test]
#[ignore = "needs the packages and Claude Code: .ci/run makes and installs them"]
fn the_archive_is_a_plugin_that_needs_no_compiler() {
    let scratch = Scratch::new("archive");
    let plugin = unpack(scratch.path());
    both_work(&plugin.join("bin"), &scratch.dir("home"));
    installs_into_claude_code(plugin);
}
