//! What the command's output shows.

use std::io::{Read, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::daemon::{Daemon, PASSWORD, reference, said};

#[test]
fn values_in_both_streams_are_replaced_by_their_references() {
    let daemon = Daemon::start();
    let password = reference("db::password");
    let script = r#"
        printf 'plain: %s\n' "$V"
        printf '%s' "$V" | od -An -tx1 | tr -d ' \n'; echo
        printf '%s' "$V" >&2
        printf 'twice: %s%s, alone: %s' "$V" "$V" "${V#?}"
    "#;
    let (stdout, stderr, status) = said(&daemon.run_with(&[("V", &password)], &["sh", "-c", script]));
    assert_eq!(status, Some(0));
    assert_eq!(
        stdout,
        format!("plain: {password}\n{password}\ntwice: {password}{password}, alone: {}", &PASSWORD[1..])
    );
    assert_eq!(stderr, password);
}

#[test]
fn each_value_has_its_own_reference() {
    let daemon = Daemon::start();
    let (user, password) = (reference("db::user"), reference("plain"));
    let (stdout, ..) = said(&daemon.run(&["printf", "%s/%s/%s\n", &user, &password, "plain text"]));
    assert_eq!(stdout, format!("{user}/{password}/plain text\n"));
    let (stdout, ..) = said(&daemon.run(&["printf", "%s", &reference("lines")]));
    assert_eq!(stdout, reference("lines"));
}

#[test]
fn what_is_taken_out_of_a_document_is_masked_too() {
    let daemon = Daemon::start();
    let script = r#"printf '%s\n' "$1" | sed 's/.*"name":"\([^"]*\)".*"password":"\(.*\)",.*/\1/'"#;
    let (stdout, ..) = said(&daemon.run(&["sh", "-c", script, "sh", &reference("db")]));
    assert_eq!(stdout, format!("{}\n", reference("db:SecretString:db.name")));
}

#[test]
fn a_value_too_short_to_mask_is_warned_of() {
    let daemon = Daemon::start();
    let (stdout, stderr, _) = said(&daemon.run(&["echo", &reference("short"), &reference("numbers::yes")]));
    assert_eq!(stdout, "abc true\n");
    assert!(stderr.contains(&format!("the value of {} is not masked", reference("short"))), "{stderr}");
    assert!(
        stderr.contains(&format!("the value of {} is not masked", reference("numbers::yes"))),
        "{stderr}"
    );
    assert!(!stderr.contains("abc"));
}

#[test]
fn unmasked_output_is_for_people() {
    let daemon = Daemon::start();
    let plain = reference("plain");
    let (stdout, stderr, status) = said(&daemon.run(&["--no-mask", "echo", &plain]));
    assert_eq!((stdout.as_str(), status), ("", Some(125)));
    assert!(stderr.contains("--no-mask") && stderr.contains("terminal"), "{stderr}");
    assert!(daemon.asked().is_empty());
    let allowed = [("ASM_EXEC_ALLOW_UNMASKED", "1")];
    let (stdout, ..) = said(&daemon.run_with(&allowed, &["--no-mask", "echo", &plain]));
    assert_eq!(stdout, format!("{PASSWORD}\n"));
    // The variable alone changes nothing.
    let (stdout, ..) = said(&daemon.run_with(&allowed, &["echo", &plain]));
    assert_eq!(stdout, format!("{plain}\n"));
}

#[test]
fn a_prompt_is_not_held_back() {
    let daemon = Daemon::start();
    // The prompt ends like the value begins.
    let script = r#"printf 'Password: T'; read answer; echo "got $answer""#;
    let mut child = daemon
        .asm_exec(&["sh", "-c", script, "sh", &reference("plain")])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let begun = Instant::now();
    let mut prompt = Vec::new();
    while prompt != b"Password: T" {
        let mut byte = [0];
        stdout.read_exact(&mut byte).unwrap();
        prompt.extend(byte);
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
    child.stdin.take().unwrap().write_all(b"x\n").unwrap();
    assert_eq!(crate::daemon::rest(stdout), "got x\n");
    assert!(child.wait().unwrap().success());
}

#[test]
fn large_output_comes_through_whole() {
    let daemon = Daemon::start();
    let script = r#"i=0; while [ $i -lt 20000 ]; do echo "line $i of output, Tr0ub4dor"; i=$((i+1)); done; printf %s "$1""#;
    let plain = reference("plain");
    let (stdout, ..) = said(&daemon.run(&["sh", "-c", script, "sh", &plain]));
    let mut expected: String = (0..20000).map(|i| format!("line {i} of output, Tr0ub4dor\n")).collect();
    expected.push_str(&plain);
    assert!(stdout == expected, "{} bytes instead of {}", stdout.len(), expected.len());
}

#[test]
fn a_reader_that_goes_away_ends_the_command() {
    let daemon = Daemon::start();
    let mut child = daemon
        .asm_exec(&["sh", "-c", "while echo y; do :; done", "sh", &reference("plain")])
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 4]).unwrap();
    drop(stdout);
    // As the shell has it: 128 + SIGPIPE, or an error of echo's.
    let status = child.wait().unwrap().code();
    assert!(matches!(status, Some(141 | 1 | 2 | 0)), "{status:?}");
}
