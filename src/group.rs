//! A child process that ends with all that it started: a helper of its own, a browser.

use std::process::Command;

/// Has what a command starts be a group of its own, which [`end`] ends.
#[cfg(unix)]
pub(crate) fn of_its_own(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// Windows knows who started whom.
#[cfg(windows)]
pub(crate) fn of_its_own(_: &mut Command) {}

/// Ends a child that was started in a group of its own and that nobody has waited for yet, so that its id is still its own.
#[cfg(unix)]
pub(crate) fn end(id: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(windows)]
pub(crate) fn end(id: u32) {
    use std::process::Stdio;
    // Not by the search path: what lies in the working folder shall not be run.
    let Some(system) = std::env::var_os("SystemRoot") else { return };
    let program = std::path::Path::new(&system).join("System32").join("taskkill.exe");
    let mut command = Command::new(program);
    command.args(["/T", "/F", "/PID", &id.to_string()]);
    let _ = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
}
