//! At a terminal: what the command writes is untouched, and a long wait is told.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::daemon::{Daemon, PASSWORD, reference};

/// A terminal: our end, and the end that a program gets.
fn terminal() -> (File, File) {
    let ours: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    (ours.into(), theirs)
}

#[test]
fn a_terminal_is_the_commands_own() {
    let daemon = Daemon::start();
    let (ours, theirs) = terminal();
    let script = r#"test -t 1 && test -t 2 && echo "a terminal: $1""#;
    let mut command = daemon.asm_exec(&["sh", "-c", script, "sh", &reference("plain")]);
    command.stdout(theirs.try_clone().unwrap()).stderr(theirs);
    let mut child = command.spawn().unwrap();
    drop(command);
    assert!(child.wait().unwrap().success());
    assert_eq!(crate::daemon::rest(ours), format!("a terminal: {PASSWORD}\r\n"));
}

#[test]
fn one_stream_at_a_terminal_leaves_the_other_masked() {
    let daemon = Daemon::start();
    let (ours, theirs) = terminal();
    let script = r#"test -t 2 && test ! -t 1 && echo "$1" && echo "$1" >&2"#;
    let mut command = daemon.asm_exec(&["sh", "-c", script, "sh", &reference("plain")]);
    command.stdout(Stdio::piped()).stderr(theirs);
    let mut child = command.spawn().unwrap();
    drop(command);
    assert_eq!(crate::daemon::rest(child.stdout.take().unwrap()), format!("{}\n", reference("plain")));
    assert!(child.wait().unwrap().success());
    assert_eq!(crate::daemon::rest(ours), format!("{PASSWORD}\r\n"));
}

#[test]
fn unmasked_output_is_a_persons_choice_at_a_terminal() {
    let daemon = Daemon::start();
    let (ours, theirs) = terminal();
    let script = r#"echo "$1"; test ! -t 2 && echo "$1" >&2"#;
    let mut command = daemon.asm_exec(&["--no-mask", "sh", "-c", script, "sh", &reference("plain")]);
    command.stdout(theirs).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(command);
    assert_eq!(crate::daemon::rest(child.stderr.take().unwrap()), format!("{PASSWORD}\n"));
    assert!(child.wait().unwrap().success());
    assert_eq!(crate::daemon::rest(ours), format!("{PASSWORD}\r\n"));
}

#[test]
fn a_long_wait_is_told_on_one_line() {
    let daemon = Daemon::answering(Duration::from_millis(1500));
    let (ours, theirs) = terminal();
    let mut command = daemon.asm_exec(&["true", &reference("plain")]);
    command.stderr(theirs);
    let mut child = command.spawn().unwrap();
    drop(command);
    assert!(child.wait().unwrap().success());
    let shown = crate::daemon::rest(ours);
    assert!(
        shown.contains("asm-exec: 1 s, waiting for sma (127.0.0.1:") && shown.contains(") for plain"),
        "{shown:?}"
    );
    assert!(!shown.contains('\n') && shown.ends_with('\r'), "{shown:?}");
}
