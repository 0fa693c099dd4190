//! The plaintext, the token and the keys are found in the child only.
//!
//! Each scenario runs under strace. What `asm-exec` wrote, to whatever it wrote, must hold no value in any of the forms
//! that a value is known to take; the daemon's token and a signature may go to a loopback socket, where they belong; a
//! program that it starts may be given a value, and may be given no token of the daemon.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};

use crate::client::{Client, Outcome, Route};
use crate::scratch::write;
use crate::seeds::reference;
use crate::servers::servers;
use crate::trace::{self, Call};
use crate::wire::{Wire, answer};

/// The value that most scenarios are about, and part of another.
const PLAIN: &str = "plain-u7Wq2ZkX9e";
const JSON: &str = "json-Kx81 spaced";
/// In answers that cannot be read.
const MANGLED: &str = "mangled-Zz11Yy22";

/// What a run should come to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// The child got the value, and ended with this status.
    Child(i32),
    /// No program got a value; the run ended with this status.
    Own(i32),
    /// The value was written into the file "out", and nowhere else.
    File,
}

#[track_caller]
fn keeps(client: &Client, args: &[&str], end: End) -> Outcome {
    let (outcome, calls) = trace::run(client, args);
    let status = match end {
        End::Child(status) | End::Own(status) => status,
        End::File => 0,
    };
    assert_eq!(outcome.status, Some(status), "{args:?}: {outcome:#?}");

    // Is the trace one? Without the right to read a process that is not dumpable, strace shows no strings at all.
    let own: Vec<&Call> = calls.iter().filter(|call| call.own).collect();
    let says_something = |call: &&Call| call.name.contains("write") && !call.is_to_socket();
    let readable = own.iter().filter(|call| says_something(call)).all(|call| call.text.contains('"'));
    assert!(readable, "strace cannot read what asm-exec writes: run these tests as root");
    // A value is in memory from the first answer on at the latest.
    let undumpable = own.iter().position(|call| call.text.starts_with("PR_SET_DUMPABLE, SUID_DUMP_DISABLE"));
    let first_request = own.iter().position(|call| call.is_to_socket());
    let in_time = first_request.is_none_or(|request| undumpable.is_some_and(|at| at < request));
    assert!(in_time, "the memory is dumpable when an answer comes: {args:?}");

    let values = forms(&[PLAIN, JSON, MANGLED]);
    let holds = |text: &str, needles: &[String]| needles.iter().any(|needle| text.contains(needle));
    let out = client.file("out").parent().unwrap().display().to_string();
    for call in &own {
        let to_file = end == End::File && call.target().starts_with(&out);
        assert!(call.is_execve() || to_file || !holds(&call.text, &values), "{args:?}: a value in {call:#?}");
        let token = std::slice::from_ref(&servers().token);
        let first = std::ptr::eq(*call, own[0]);
        assert!(
            first || call.is_to_socket() || !holds(&call.text, token),
            "{args:?}: the token in {call:#?}"
        );
        assert!(
            call.is_to_socket() || !call.text.contains("Signature="),
            "{args:?}: a signature in {call:#?}"
        );
        let keys: Vec<String> = servers().users.values().map(|user| user.secret.clone()).collect();
        assert!(call.is_execve() || !holds(&call.text, &keys), "{args:?}: a secret key in {call:#?}");
        let tokens: Vec<String> = servers().users.values().filter_map(|user| user.token.clone()).collect();
        let allowed = call.is_execve() || call.is_to_socket();
        assert!(allowed || !holds(&call.text, &tokens), "{args:?}: a session token in {call:#?}");
    }
    let given = own.iter().any(|call| call.is_execve() && holds(&call.text, &values));
    assert_eq!(given, matches!(end, End::Child(_)), "{args:?}: whether a program was given the value");

    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    assert!(!holds(&said, &values), "{args:?}: a value in what is said: {outcome:#?}");
    assert!(!said.contains(&servers().token), "{args:?}: {outcome:#?}");
    outcome
}

/// A value as it may be written: itself, in hexadecimal, in base64 wherever it may stand in what is encoded, and
/// percent-encoded.
fn forms(values: &[&str]) -> Vec<String> {
    let mut forms = Vec::new();
    for value in values {
        forms.push((*value).to_owned());
        let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        forms.extend([hex.to_uppercase(), hex]);
        forms.push(value.replace(' ', "%20"));
        forms.push(BASE64_STANDARD.encode(value));
        for before in 1..3 {
            // The first and the last characters depend on what is beside it.
            let shifted = BASE64_STANDARD_NO_PAD.encode([&b"xx"[..before], value.as_bytes()].concat());
            forms.push(shifted[4..shifted.len() - 4].to_owned());
        }
    }
    forms
}

/// Prints what it is given in several ways, on both streams, in pieces.
const BLAB: &str = r#"
printf '%s\n' "$1" >&2
printf '%s' "$1" | cut -c1-7 | tr -d '\n'; sleep 0.02; printf '%s\n' "$1" | cut -c8-
printf '%s' "$1" | base64
printf '%s' "$1" | od -An -tx1 | tr -d ' \n'
echo "{\"key\": \"$1\"}"
"#;

#[test]
#[ignore = "needs the backends: see main.rs"]
fn over_each_backend() {
    let (plain, json) = (reference("plain"), reference("db/json:SecretString:a key"));
    for route in [
        Route::Daemon,
        Route::Mcp("json/script"),
        Route::Mcp("sse/script"),
        Route::Mcp("json/cli"),
        Route::Mcp("sse/cli"),
        Route::Api,
    ] {
        let client = Client::over(route);
        let outcome = keeps(&client, &["sh", "-c", BLAB, "sh", &plain], End::Child(0));
        assert!(outcome.stdout.contains(&plain) && outcome.stderr.contains(&plain), "{outcome:#?}");
        keeps(&client, &["--verbose", "sh", "-c", &format!("test -n {json}"), "sh", &plain], End::Child(0));
        keeps(&client, &["--check", "true", &plain, &json], End::Own(0));
        keeps(&client, &["--dry-run", "true", &plain, &json], End::Own(0));
        keeps(&client, &["--verbose", "true", &plain, &reference("no-such")], End::Own(125));
        keeps(&client, &["true", &plain, &reference("db/json:SecretString:nokey")], End::Own(125));
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn as_a_program_that_is_not_there() {
    let client = Client::over(Route::Daemon).set("RUST_LOG", "trace").set("RUST_BACKTRACE", "full");
    keeps(&client, &[&reference("plain")], End::Child(127));
    keeps(&client, &[&format!("./{}", reference("plain")), "x"], End::Child(127));
    write(&client.file("work").join(PLAIN), "", 0o644);
    keeps(&client, &[&format!("./{}", reference("plain"))], End::Child(126));
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn where_the_child_is_killed() {
    let plain = reference("plain");
    let client = Client::over(Route::Daemon);
    keeps(&client, &["sh", "-c", "printf %s \"$1\"; kill -KILL $$", "sh", &plain], End::Child(137));
    let kills = "printf %s \"$1\"; sh -c 'kill -TERM $0' $PPID; exec sleep 60";
    keeps(&client, &["sh", "-c", kills, "sh", &plain], End::Child(143));
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn with_all_that_is_logged() {
    let plain = reference("plain");
    for route in [Route::Daemon, Route::Mcp("sse/script"), Route::Api] {
        let client = Client::over(route).set("RUST_LOG", "trace").set("RUST_BACKTRACE", "full");
        keeps(&client, &["--verbose", "sh", "-c", BLAB, "sh", &plain], End::Child(0));
        keeps(&client, &["--verbose", "true", &reference("no-such"), &plain], End::Own(125));
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn where_something_fails() {
    let plain = reference("plain");
    let one = |client: Client| {
        keeps(&client, &["--verbose", "--timeout", "2", "true", &plain], End::Own(125));
    };
    one(Client::over(Route::Daemon).set("AWS_TOKEN", "file:///nonexistent/token"));
    one(Client::over(Route::Daemon).daemon(Wire::answering(None).port));
    one(Client::over(Route::Mcp("sse/script")).mcp("slow/30/sse/script"));
    one(Client::over(Route::Mcp("json/script")).mcp("forgets/always/json/script"));
    one(Client::over(Route::Mcp("json/neither")));
    for route in [Route::Mcp("json/script"), Route::Mcp("json/cli"), Route::Api] {
        one(Client::over(route).signed_by("nobody"));
        one(Client::over(route)
            .signed_by("role")
            .set("AWS_SECRET_ACCESS_KEY", &servers().users["reader"].secret));
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn where_an_answer_cannot_be_read() {
    let secret = format!(
        r#"{{"ARN":"arn:aws:secretsmanager:us-east-1:1:secret:plain-AbCdEf","Name":"plain","VersionId":"v","SecretString":"{MANGLED}""#
    );
    for (status, body) in [
        ("200 OK", secret.clone()),
        ("200 OK", format!("{secret},\"VersionStages\":\"{MANGLED}\"}}")),
        ("200 OK", MANGLED.to_owned()),
        ("200 OK", format!("event: message\ndata: {{\"result\": \"{MANGLED}\n\n")),
        ("500 Internal Server Error", secret.clone()),
        ("404 Not Found", MANGLED.to_owned()),
    ] {
        let port = Wire::answering(answer(status, "application/json", &body)).port;
        for client in [
            Client::over(Route::Daemon).daemon(port),
            Client::over(Route::Api).api(port),
            Client::over(Route::Mcp("json/script")).mcp_at(port, ""),
        ] {
            keeps(&client, &["--verbose", "true", &reference("plain")], End::Own(125));
        }
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn keys_and_tokens() {
    let plain = reference("plain");
    for route in [Route::Mcp("json/script"), Route::Api] {
        let client = Client::over(route).signed_by("role");
        keeps(&client, &["--verbose", "true", &plain], End::Child(0));
        // From the AWS CLI, whose output is read through a pipe.
        let client = Client::over(route).unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
        let user = &servers().users["reader"];
        let file =
            format!("[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n", user.id, user.secret);
        write(&client.file("home/.aws/credentials"), &file, 0o600);
        let client =
            client.set("PATH", &format!("{}:/usr/bin:/bin", servers().dir.join("venv/bin").display()));
        keeps(&client, &["--verbose", "true", &plain], End::Child(0));
    }
    // The child is not given the daemon's token, by value or from its file.
    for token in [servers().token.clone(), format!("file://{}", servers().token_file.display())] {
        let client = Client::over(Route::Daemon).set("AWS_TOKEN", &token);
        keeps(&client, &["sh", "-c", "test -z \"${AWS_TOKEN+set}\"", "sh", &plain], End::Child(0));
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn in_a_file_that_is_filled() {
    let client = Client::over(Route::Daemon);
    write(&client.file("template"), &format!("{}\n", reference("plain")), 0o600);
    let (out, template) =
        (client.file("out").display().to_string(), client.file("template").display().to_string());
    keeps(&client, &["--verbose", "--out", &out, "--template", &template], End::File);
    assert_eq!(std::fs::read_to_string(&out).unwrap(), format!("{PLAIN}\n"));
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn in_its_own_command_line_and_variables() {
    let client = Client::over(Route::Daemon).set("SECRET", &reference("db/json:SecretString:a key"));
    let look =
        r#"tr '\0' '\n' <"/proc/$PPID/cmdline" >"$DUMP"; tr '\0' '\n' <"/proc/$PPID/environ" >>"$DUMP""#;
    let plain = reference("plain");
    keeps(&client, &["sh", "-c", look, "sh", &plain], End::Child(0));
    let seen = std::fs::read_to_string(client.file("dump")).unwrap();
    assert!(seen.contains(&plain) && seen.contains("SECRET={{resolve:"), "{seen}");
    assert!(!forms(&[PLAIN, JSON]).iter().any(|form| seen.contains(form)), "{seen}");
}
