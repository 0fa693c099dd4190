//! Real commands, run by this test program in a process of its own: handlers and `exec` are the whole process's.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::*;

const MODE: &str = "ASM_GUARD_TEST_MODE";
const WORDS: &str = "ASM_GUARD_TEST_WORDS";
const SHOWN: &str = "{{resolve:secretsmanager:x}}";
/// Comes after what the test harness prints, and before what the command does.
const START: &str = "@@start\n";

/// What the other tests run. It runs the command that `WORDS` holds, each byte in hex as it might be none of UTF-8,
/// and copies the streams that `MODE` names in capitals.
#[test]
#[ignore = "run by the other tests, in a process of its own"]
fn wrapped() {
    let mode = std::env::var(MODE).expect("set by the other tests");
    let words = std::env::var(WORDS).expect("set by the other tests");
    let mut words = words.split(' ').map(|word| {
        let byte = |at| u8::from_str_radix(&word[at..at + 2], 16).expect("hex");
        OsString::from_vec((0..word.len()).step_by(2).map(byte).collect())
    });
    let launch = Launch {
        program: words.next().expect("a program"),
        shown: SHOWN.to_owned(),
        arguments: words.collect(),
        set: vec![("SET".into(), "set".into()), ("BOTH".into(), "both".into())],
        unset: vec!["AWS_TOKEN".into(), "BOTH".into()],
    };
    undumpable();
    #[cfg(target_os = "linux")]
    assert_eq!(rustix::process::dumpable_behavior(), Ok(rustix::process::DumpableBehavior::NotDumpable));
    std::io::stdout().write_all(START.as_bytes()).expect("stdout");
    std::io::stdout().flush().expect("stdout");
    let problem = match mode.as_str() {
        "replace" => replace(&launch),
        mode => {
            let piped = Piped { stdout: mode.contains('o'), stderr: mode.contains('e') };
            match run(launch, piped, capitals) {
                Ok(status) => std::process::exit(status),
                Err(problem) => problem,
            }
        }
    };
    // Not by eprintln, which the harness captures and does not show where the process ends within a test.
    let _ = writeln!(std::io::stderr(), "{problem}");
    std::process::exit(problem.exit_status().into());
}

fn capitals(stream: Stream, mut output: ChildOutput) {
    let mut to: Box<dyn Write> = match stream {
        Stream::Stdout => Box::new(std::io::stdout()),
        Stream::Stderr => Box::new(std::io::stderr()),
    };
    let mut bytes = [0; 4096];
    while let Ok(length @ 1..) = output.read(&mut bytes) {
        if to.write_all(&bytes[..length].to_ascii_uppercase()).and_then(|()| to.flush()).is_err() {
            return;
        }
    }
}

/// A process that runs this command in this mode: `replace`, or which streams are piped, `o` and `e`.
fn wrapper(mode: &str, words: &[&[u8]]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "resolve::child::tests::wrapped", "--ignored"]);
    let hex = |word: &&[u8]| word.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    command.env(MODE, mode).env(WORDS, words.iter().map(hex).collect::<Vec<_>>().join(" "));
    command.env("AWS_TOKEN", "token").env("INHERITED", "inherited").stdin(Stdio::null());
    command
}

fn sh(mode: &str, script: &str) -> Command {
    wrapper(mode, &[b"sh", b"-c", script.as_bytes()])
}

fn output(mut command: Command) -> (Option<i32>, String, String) {
    parts(command.output().expect("it runs"))
}

fn parts(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let stdout = text(output.stdout);
    let stdout = stdout.split_once(START).map_or("", |(_, rest)| rest).to_owned();
    (output.status.code(), stdout, text(output.stderr))
}

/// Starts it, and reads its first line of output.
fn started(mut command: Command) -> (Child, String, BufReader<ChildStdout>) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut lines = BufReader::new(child.stdout.take().expect("piped"));
    loop {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).expect("output") > 0, "it ended: {:?}", child.wait());
        if line.ends_with(START) {
            break;
        }
    }
    let mut line = String::new();
    lines.read_line(&mut line).expect("output");
    (child, line.trim().to_owned(), lines)
}

fn pid(text: &str) -> Pid {
    Pid::from_raw(text.parse().expect("a process id")).expect("a process id")
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("a signal sent");
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
        ("kill -PIPE $$", 141),
        ("kill -TERM $$", 143),
        // Orphans of the child's own are not ours.
        ("true & exit 3", 3),
    ];
    for (script, expected) in cases {
        for mode in ["", "o", "oe"] {
            let (status, _, stderr) = output(sh(mode, script));
            assert_eq!(status, Some(expected), "{script} {mode}: {stderr}");
        }
    }
}

#[test]
fn commands_that_do_not_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, mode: u32, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("its mode");
        path.into_os_string().into_vec()
    };
    let plain = file("plain", 0o644, b"#!/bin/sh\n");
    let lost = file("lost", 0o755, b"#!/nowhere/interpreter\n");
    let foreign = file("foreign", 0o755, b"\x7fELF\0\0\0\0");
    let beyond = [plain.as_slice(), b"/x"].concat();
    // The command; the status; a part of the sentence.
    let cases: &[(&[&[u8]], i32, &str)] = &[
        (&[b"no-such-command-s3cr3t"], 127, "command not found"),
        (&[b"/nowhere/s3cr3t"], 127, "no such file"),
        (&[b""], 127, "name is empty"),
        (&[&lost], 127, "the interpreter that it names is not"),
        (&[&plain], 126, "permission denied"),
        (&[b"/"], 126, "permission denied"),
        (&[&beyond], 126, "not a directory"),
        (&[b"true", b"s3cr3t\0"], 125, "has a NUL byte in it"),
    ];
    for mode in ["oe", "replace"] {
        for (words, expected, part) in cases {
            let (status, stdout, stderr) = output(wrapper(mode, words));
            assert_eq!((status, stdout.as_str()), (Some(*expected), ""), "{mode} {part}: {stderr}");
            assert!(stderr.contains(part) && !stderr.contains("s3cr3t"), "{mode}: {stderr}");
            assert!(stderr.contains(SHOWN) || part.contains("empty"), "{mode}: {stderr}");
        }
    }
    // `replace` leaves such a file to sh, as shells do (execvp(3)).
    let (status, _, stderr) = output(wrapper("oe", &[&foreign]));
    assert!(status == Some(126) && stderr.contains("no program for this machine"), "{status:?} {stderr}");
}

#[test]
fn arguments_too_long_together() {
    let error = io::Error::from(io::ErrorKind::ArgumentListTooLong);
    let launch = Launch { program: "s3cr3t".into(), shown: SHOWN.to_owned(), ..Launch::default() };
    let problem = Problem::of_start(&launch, &error);
    assert_eq!(problem.exit_status(), 126);
    assert!(problem.to_string().contains("too long together") && !problem.to_string().contains("s3cr3t"));
    assert!(!format!("{launch:?}").contains("s3cr3t"));
}

#[test]
fn environment_and_streams() {
    let variables = "echo \"$SET,$BOTH,$INHERITED,$AWS_TOKEN\"";
    // The mode; the script; standard output; standard error.
    let cases = [
        ("", variables, "set,,inherited,\n", ""),
        ("replace", variables, "set,,inherited,\n", ""),
        ("", "echo out; echo err >&2", "out\n", "err\n"),
        ("o", "echo out; echo err >&2", "OUT\n", "err\n"),
        ("e", "echo out; echo err >&2", "out\n", "ERR\n"),
        ("oe", "echo out; echo err >&2", "OUT\n", "ERR\n"),
        ("replace", "echo out; echo err >&2", "out\n", "err\n"),
    ];
    for (mode, script, stdout, stderr) in cases {
        let got = output(sh(mode, script));
        assert_eq!(got, (Some(0), stdout.to_owned(), stderr.to_owned()), "{mode}: {script}");
    }
    if cfg!(target_os = "linux") {
        // No file of ours is open in it.
        let open = "ls /proc/self/fd | sort -n";
        let plain = Command::new("sh").args(["-c", open]).stdin(Stdio::null()).output().expect("it runs");
        assert_eq!(output(sh("oe", open)).1, String::from_utf8(plain.stdout).expect("UTF-8"));
    }
    let mut command = sh("o", "cat");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
    child.stdin.take().expect("piped").write_all(b"from stdin").expect("stdin");
    assert_eq!(parts(child.wait_with_output().expect("its end")).1, "FROM STDIN");
}

#[test]
fn signals_go_on_to_the_child() {
    let signals = [
        Signal::HUP,
        Signal::INT,
        Signal::QUIT,
        Signal::TERM,
        Signal::USR1,
        Signal::USR2,
        Signal::ALARM,
        Signal::ABORT,
    ];
    for signal in signals {
        for mode in ["", "oe"] {
            let (mut child, line, _rest) = started(sh(mode, "echo $$; exec sleep 60"));
            let inner = pid(&line);
            send(&child, signal);
            let status = child.wait().expect("its end");
            assert_eq!(status.code(), Some(128 + signal.as_raw()), "{signal:?} {mode:?}: {status}");
            assert_eq!(
                test_kill_process(inner),
                Err(rustix::io::Errno::SRCH),
                "{signal:?}: it is left behind"
            );
        }
    }
    // What it does with the signal is its own.
    let trapping = "trap 'echo got; exit 3' TERM; echo ready; while :; do sleep 0.02; done";
    let (mut child, _, mut rest) = started(sh("o", trapping));
    send(&child, Signal::TERM);
    let mut after = String::new();
    rest.read_to_string(&mut after).expect("output");
    assert_eq!((child.wait().expect("its end").code(), after.as_str()), (Some(3), "GOT\n"));
}

#[test]
fn a_child_that_signals_its_group_hears_no_echo() {
    let mut command = sh("o", "trap 'echo got' TERM; kill 0; sleep 0.3; exit 5");
    command.process_group(0);
    assert_eq!(output(command), (Some(5), "GOT\n".to_owned(), String::new()));
}

#[test]
fn what_is_ignored_stays_ignored() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let ours = sh("o", "echo ready; sleep 0.4; exit 4");
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]).arg(ours.get_program()).args(ours.get_args());
    command.envs(ours.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let (mut child, _, _rest) = started(command);
    send(&child, Signal::HUP);
    assert_eq!(child.wait().expect("its end").code(), Some(4));
}

/// A control character from a terminal goes to the child and to us. Linux, as `script` has other options elsewhere.
#[test]
#[cfg(target_os = "linux")]
fn keys_reach_the_child_once() {
    let count = "$| = 1; $SIG{INT} = sub { $n++ }; print qq(ready\n); \
                 select(undef, undef, undef, 0.05) for 1 .. 8; print qq(<$n>\n)";
    let ours = wrapper("", &[b"perl", b"-e", count.as_bytes()]);
    let words: Vec<_> = std::iter::once(ours.get_program()).chain(ours.get_args()).collect();
    let line = words.iter().map(|word| word.to_str().expect("UTF-8")).collect::<Vec<_>>().join(" ");
    // Not every shell that `script` may start gives its own place to the command by itself, and one that stays is ended
    // by the key as well.
    let mut command = Command::new("script");
    command
        .args(["-qec", &format!("exec {line}"), "/dev/null"])
        .stdin(Stdio::piped())
        .env("SHELL", "/bin/sh");
    command.envs(ours.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = command.stdout(Stdio::piped()).spawn().expect("script(1), of util-linux");
    let mut lines =
        BufReader::new(child.stdout.take().expect("piped")).lines().map(|line| line.expect("UTF-8"));
    assert!(lines.any(|line| line.trim() == "ready"));
    let mut keys = child.stdin.take().expect("piped");
    keys.write_all(b"\x03").expect("a key");
    let counted = lines.find(|line| line.contains('<')).expect("a count");
    assert!(counted.contains("<1>"), "{counted}");
    drop(keys);
    assert_eq!(child.wait().expect("its end").code(), Some(0));
}

#[test]
fn output_of_processes_left_running_is_waited_for() {
    let waiting = "waiting for a process that it left running";
    // The script; standard output; whether a person is told of it.
    for (script, stdout, told) in [
        ("(sleep 0.3; echo late) & echo early; exit 6", "EARLY\nLATE\n", false),
        ("(sleep 2.4; echo late) & echo early; exit 6", "EARLY\nLATE\n", true),
        // Not holding the output, it holds up nothing.
        ("(sleep 9 <&- >/dev/null 2>&1) & echo early; exit 6", "EARLY\n", false),
    ] {
        let began = Instant::now();
        let (status, got, stderr) = output(sh("oe", script));
        assert_eq!(
            (status, got.as_str(), stderr.contains(waiting)),
            (Some(6), stdout, told),
            "{script}: {stderr}"
        );
        assert!(began.elapsed() < Duration::from_secs(8), "{script}");
    }
    // Waiting for a slow reader of our own output is no news for the reader.
    let (child, _, mut rest) = started(sh("o", "echo early; head -c 100000 /dev/zero | tr '\\0' x"));
    std::thread::sleep(Duration::from_millis(2500));
    let mut after = String::new();
    rest.read_to_string(&mut after).expect("output");
    let ended = child.wait_with_output().expect("its end");
    assert_eq!((after.len(), ended.status.code()), (100_000, Some(0)));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}

#[test]
fn a_wait_for_the_output_can_be_ended() {
    let (mut child, line, _rest) = started(sh("o", "sleep 60 & echo $!"));
    // So that the shell is gone, whose end is not what is waited for.
    std::thread::sleep(Duration::from_millis(200));
    send(&child, Signal::TERM);
    assert_eq!(child.wait().expect("its end").signal(), Some(Signal::TERM.as_raw()));
    kill_process(pid(&line), Signal::KILL).expect("the process left running");
}

#[test]
fn a_reader_that_leaves_ends_the_child() {
    let (mut child, _, rest) = started(sh("o", "exec yes"));
    drop(rest);
    // SIGPIPE, as without us.
    assert_eq!(child.wait().expect("its end").code(), Some(141));
}
