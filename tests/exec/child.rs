//! The command that is run: what it gets, how it ends, and who hears of signals.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::OnceLock;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::daemon::{Daemon, TOKEN};

const VALUE: &str = "correct-horse/battery staple";
const REFERENCE: &str = "{{resolve:secretsmanager:app}}";

/// `asm-exec` with these words, and the one daemon of this file.
fn asm_exec(words: &[&str]) -> Command {
    static DAEMON: OnceLock<Daemon> = OnceLock::new();
    DAEMON.get_or_init(Daemon::start).asm_exec(words)
}

/// A script with the value in its variable `V`, and masked output.
fn script(script: &str) -> Command {
    let mut command = asm_exec(&["--", "sh", "-c", script]);
    command.env("V", REFERENCE);
    command
}

/// Exit status, standard output and standard error, none of which has the value.
#[track_caller]
fn ended(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    for text in [&stdout, &stderr] {
        assert!(!text.contains(VALUE) && !text.contains(TOKEN), "{text}");
    }
    (output.status.code(), stdout, stderr)
}

/// Starts it, and reads its first line of output.
fn started(mut command: Command) -> (Child, String, BufReader<ChildStdout>) {
    let mut child = command.spawn().expect("asm-exec");
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    output.read_line(&mut line).expect("output");
    (child, line.trim().to_owned(), output)
}

fn pid(text: &str) -> Pid {
    Pid::from_raw(text.parse().expect("a process id")).expect("a process id")
}

#[test]
fn the_command_has_the_value_and_nobody_else() {
    let length = VALUE.len();
    let cases = [
        ("echo ${#V}", format!("{length}\n")),
        ("echo \"<$V>\"", format!("<{REFERENCE}>\n")),
        ("printenv V >&2; echo ${AWS_TOKEN-withheld}", "withheld\n".to_owned()),
        // Our own arguments and environment hold the reference.
        (
            "tr '\\0' '\\n' </proc/$PPID/environ | grep '^V=' | cut -c 3- | wc -c",
            format!("{}\n", REFERENCE.len() + 1),
        ),
    ];
    for (text, expected) in cases {
        if text.contains("/proc") && !cfg!(target_os = "linux") {
            continue;
        }
        let (status, stdout, stderr) = ended(script(text).output().expect("asm-exec"));
        // Where we are not root, not even the owner may read the environment of what is not dumpable.
        let unreadable = text.contains("/proc") && stderr.contains("ermission denied");
        assert!(unreadable || (status, stdout.as_str()) == (Some(0), &expected), "{text}: {stdout}{stderr}");
    }
}

#[test]
fn exit_statuses() {
    let cases = [
        ("exit 0", 0),
        ("exit 7", 7),
        ("exit 255", 255),
        ("kill -HUP $$", 129),
        ("kill -INT $$", 130),
        ("kill -KILL $$", 137),
        ("kill -TERM $$", 143),
    ];
    for (text, expected) in cases {
        let (status, _, stderr) = ended(script(text).output().expect("asm-exec"));
        assert_eq!((status, stderr.as_str()), (Some(expected), ""), "{text}");
        // Without a reference, it is the command that ends.
        let plain = asm_exec(&["--", "sh", "-c", text]).output().expect("asm-exec");
        let status = plain.status.code().or(plain.status.signal().map(|signal| 128 + signal));
        assert_eq!(status, Some(expected), "{text}");
    }
}

#[test]
fn commands_that_do_not_run() {
    let cases: &[(&[&str], i32, &str)] = &[
        (&["--", "no-such-command", REFERENCE], 127, "no-such-command: command not found"),
        (&["--", "/nowhere/command", REFERENCE], 127, "/nowhere/command: no such file"),
        (&["--", "/", REFERENCE], 126, "/: cannot be executed: permission denied"),
        // The value is the program's name: the reference is shown.
        (&["--", REFERENCE], 127, "{{resolve:secretsmanager:app}}: no such file"),
        // Nothing to resolve.
        (&["--", "no-such-command"], 127, "no-such-command: command not found"),
        (&["--", "/"], 126, "/: cannot be executed: permission denied"),
    ];
    for (words, expected, part) in cases {
        let (status, stdout, stderr) = ended(asm_exec(words).output().expect("asm-exec"));
        assert_eq!((status, stdout.as_str()), (Some(*expected), ""), "{words:?}: {stderr}");
        assert!(stderr.contains(part), "{words:?}: {stderr}");
        assert!(!stderr.contains("panicked") && stderr.lines().count() == 1, "{words:?}: {stderr}");
    }
}

#[test]
fn signals_reach_the_command_and_leave_none_behind() {
    for signal in [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM, Signal::USR1, Signal::USR2] {
        let (mut child, line, _rest) = started(script("echo $$; exec sleep 60"));
        let command = pid(&line);
        assert_ne!(Pid::from_child(&child), command, "it is masked, so we stand between");
        kill_process(Pid::from_child(&child), signal).expect("a signal sent");
        assert_eq!(child.wait().expect("its end").code(), Some(128 + signal.as_raw()), "{signal:?}");
        assert_eq!(test_kill_process(command), Err(Errno::SRCH), "{signal:?}");
    }
    let trapping = "trap 'echo \"got $V\"; exit 3' TERM; echo ready; while :; do sleep 0.02; done";
    let (mut child, _, mut rest) = started(script(trapping));
    kill_process(Pid::from_child(&child), Signal::TERM).expect("a signal sent");
    let mut after = String::new();
    rest.read_to_string(&mut after).expect("output");
    assert_eq!((child.wait().expect("its end").code(), after), (Some(3), format!("got {REFERENCE}\n")));
}

#[test]
fn a_signal_while_resolving_starts_nothing() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).expect("a port on loopback");
    let port = silent.local_addr().expect("its address").port();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("started");
    let mut command = asm_exec(&["--", "touch", file.to_str().expect("UTF-8"), REFERENCE]);
    command.env("AWS_SECRETS_MANAGER_AGENT_ENDPOINT", format!("http://127.0.0.1:{port}"));
    let mut child = command.spawn().expect("asm-exec");
    let _asking = silent.accept().expect("a request");
    kill_process(Pid::from_child(&child), Signal::TERM).expect("a signal sent");
    assert_eq!(child.wait().expect("its end").signal(), Some(Signal::TERM.as_raw()));
    assert!(!file.exists());
}

#[test]
fn nohup_holds() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let ours = script("echo ready; sleep 0.4; exit 4");
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]).arg(ours.get_program()).args(ours.get_args());
    command.env_clear().envs(ours.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (mut child, _, _rest) = started(command);
    kill_process(Pid::from_child(&child), Signal::HUP).expect("a signal sent");
    assert_eq!(child.wait().expect("its end").code(), Some(4));
}

#[test]
fn a_command_that_signals_its_group_hears_no_echo() {
    let mut command = script("trap 'echo got' TERM; kill 0; sleep 0.3; exit 5");
    let output = command.process_group(0).output().expect("asm-exec");
    assert_eq!(ended(output), (Some(5), "got\n".to_owned(), String::new()));
}

#[test]
fn without_references_it_is_the_command() {
    let (mut child, line, _rest) = started(asm_exec(&["--", "sh", "-c", "echo $$"]));
    assert_eq!(pid(&line), Pid::from_child(&child));
    assert!(child.wait().expect("its end").success());
}

#[test]
fn output_ends_when_nobody_holds_it_and_when_nobody_reads_it() {
    let (status, stdout, _) =
        ended(script("(sleep 0.3; echo \"late $V\") & echo early").output().expect("asm-exec"));
    assert_eq!((status, stdout), (Some(0), format!("early\nlate {REFERENCE}\n")));

    let (mut child, _, rest) = started(script("exec yes"));
    drop(rest);
    let mut stderr = String::new();
    assert_eq!(child.wait().expect("its end").code(), Some(141));
    child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("UTF-8");
    assert_eq!(stderr, "");
}

#[test]
fn a_prompt_is_not_held_back() {
    let mut command = script("printf 'password: '; read answer; echo \"$answer\"");
    let mut child = command.stdin(Stdio::piped()).spawn().expect("asm-exec");
    let mut prompt = [0; 10];
    child.stdout.as_mut().expect("piped").read_exact(&mut prompt).expect("a prompt before any answer");
    assert_eq!(&prompt, b"password: ");
    child.stdin.take().expect("piped").write_all(b"yes\n").expect("an answer");
    assert_eq!(ended(child.wait_with_output().expect("its end")).1, "yes\n");
}
