//! What is said, and that nothing is run, when something fails.

use std::time::Duration;

use crate::daemon::{Daemon, PASSWORD, TOKEN, absent, reference, said};

/// Runs a command that would leave a mark, and gives what was said. It must not have run.
fn refused(daemon: &Daemon, variables: &[(&str, &str)], options: &[&str], argument: &str) -> String {
    let script = r#"touch "$FOLDER/ran""#;
    let all: Vec<&str> = options.iter().copied().chain(["--", "sh", "-c", script, "sh", argument]).collect();
    let (stdout, stderr, status) = said(&daemon.run_with(variables, &all));
    assert_eq!((stdout.as_str(), status), ("", Some(125)), "{argument}: {stderr}");
    assert!(absent(&daemon.file("ran")), "{argument}");
    assert!(stderr.starts_with("asm-exec: "), "{stderr}");
    for secret in [PASSWORD, TOKEN, "app-user", "shop-name", "5432"] {
        assert!(!stderr.contains(secret), "{stderr}");
    }
    stderr
}

#[test]
fn a_malformed_reference_stops_the_run() {
    let daemon = Daemon::start();
    for (argument, expected) in [
        (
            "{{ resolve:secretsmanager:plain}}",
            "argument 4: `{{ resolve:secretsmanager:plain}}` is not a reference",
        ),
        ("{{resolve:secretsmanager:plain:Secret}}", "write SecretString"),
        ("{{resolve:secretsmanager:plain", "not closed"),
        ("{{resolve:secretsmanager:}}", "names no secret"),
        ("{{resolve:secretsmanager:db:SecretString:a:AWSCURRENT:v1}}", "exclude each other"),
    ] {
        // Beside a good one, which is not fetched either.
        let both = format!("{} {argument}", reference("plain"));
        let stderr = refused(&daemon, &[], &[], &both);
        assert!(stderr.contains(expected), "{argument}: {stderr}");
    }
    let stderr = refused(&daemon, &[("URL", "{{resolve:secretsmanager:")], &[], "x");
    assert!(stderr.contains("the environment variable URL"), "{stderr}");
    assert!(daemon.asked().is_empty());
}

#[test]
fn references_of_cloudformation_pass_and_are_told() {
    let daemon = Daemon::start();
    let argument = format!("{{{{resolve:ssm:p}}}} {}", reference("plain"));
    let (stdout, stderr, status) = said(&daemon.run(&["echo", &argument]));
    assert_eq!((stdout, status), (format!("{argument}\n"), Some(0)));
    assert_eq!(stderr.lines().count(), 1);
    assert!(stderr.contains("CloudFormation") && stderr.contains("{{resolve:ssm:p}}"), "{stderr}");
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let daemon = Daemon::start();
    for (argument, expected) in [
        (
            reference("nosuch"),
            &[
                "cannot resolve {{resolve:secretsmanager:nosuch}}",
                "sma (127.0.0.1:",
                "ResourceNotFoundException",
                "Next: ",
            ][..],
        ),
        (reference("db::pasword"), &["no key `pasword`", "`db`, `password`, `port`, `user`"]),
        (reference("plain::password"), &["no JSON object"]),
        (reference("bytes"), &["SecretBinary"]),
        (reference("nul"), &["NUL"]),
        (
            reference("arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-a1B2c3"),
            &["ResourceNotFoundException"],
        ),
    ] {
        let stderr = refused(&daemon, &[], &[], &argument);
        for part in expected {
            assert!(stderr.contains(part), "{part}\nis not in\n{stderr}");
        }
    }
    let stderr = refused(&daemon, &[("AWS_REGION", "eu-west-1")], &[], &reference("plain"));
    assert!(stderr.contains("us-east-1") && stderr.contains("eu-west-1"), "{stderr}");
}

#[test]
fn every_backend_names_its_cause() {
    let daemon = Daemon::start();
    let gone = "http://127.0.0.1:1";
    let endpoint = "AWS_SECRETS_MANAGER_AGENT_ENDPOINT";
    for (variables, expected) in [
        (vec![(endpoint, gone)], &["sma (127.0.0.1:1): connection refused"][..]),
        (vec![("AWS_TOKEN", "wrong")], &["403", "AWS_TOKEN"]),
        (vec![(endpoint, "http://192.0.2.1:2773")], &["sent to this machine only"]),
        (
            vec![
                (endpoint, gone),
                ("ASM_EXEC_BACKENDS", "sma,mcp"),
                ("ASM_EXEC_MCP_ENDPOINT", "http://127.0.0.1:1/mcp"),
                ("PATH", "/nowhere"),
            ],
            &["connection refused; mcp was asked next", "mcp (", "no credentials", "Next: "],
        ),
        (
            vec![
                (endpoint, gone),
                ("ASM_EXEC_BACKENDS", "sma,mcp"),
                ("ASM_EXEC_MCP_ENDPOINT", "http://192.0.2.1/mcp"),
            ],
            &["https"],
        ),
        (vec![("ASM_EXEC_BACKENDS", "smaa")], &["ASM_EXEC_BACKENDS", "`smaa`"]),
        (vec![("ASM_EXEC_BACKENDS", ",")], &["ASM_EXEC_BACKENDS names no backend"]),
    ] {
        let script_needs_path = variables.iter().any(|(name, _)| *name == "PATH");
        let stderr = refused(&daemon, &variables, &[], &reference("plain"));
        for part in expected {
            assert!(stderr.contains(part), "{variables:?} {script_needs_path}: {part}\nis not in\n{stderr}");
        }
    }
}

#[test]
fn a_slow_daemon_is_not_waited_for_longer_than_allowed() {
    let daemon = Daemon::answering(Duration::from_secs(30));
    let stderr = refused(&daemon, &[], &["--timeout", "0.3"], &reference("plain"));
    assert!(stderr.contains("timed out after"), "{stderr}");
}

#[test]
fn checking_tells_what_resolves_and_runs_nothing() {
    let daemon = Daemon::start();
    let (good, bad) = (reference("db::user"), reference("db::nosuch"));
    let (stdout, stderr, status) =
        said(&daemon.run(&["--check", "--", "touch", &daemon.file("ran").display().to_string(), &good]));
    assert_eq!((stderr.as_str(), status), ("", Some(0)));
    assert!(
        stdout.starts_with(&format!("ok      {good}: sma (127.0.0.1:")) && stdout.contains("ms"),
        "{stdout}"
    );
    let (stdout, _, status) = said(&daemon.run_with(&[("V", &bad)], &["--check", "--", "touch", "x", &good]));
    assert_eq!(status, Some(1));
    assert!(
        stdout.contains(&format!("FAILED  {bad}")) && stdout.contains("1 of 2 do not resolve"),
        "{stdout}"
    );
    assert!(!stdout.contains("app-user"));
    let (stdout, _, status) = said(&daemon.run(&["--check"]));
    assert_eq!((stdout.lines().count(), status), (1, Some(0)));
    assert!(absent(&daemon.file("ran")));
}

#[test]
fn a_dry_run_asks_nobody() {
    let daemon = Daemon::start();
    let (a, b) = (reference("db::user"), reference("plain:::AWSPREVIOUS"));
    std::fs::write(daemon.file("x.env"), format!("FILED={b}\n")).unwrap();
    let file = daemon.file("x.env").display().to_string();
    let (stdout, stderr, status) =
        said(&daemon.run_with(&[("URL", &b)], &["--dry-run", "--env-file", &file, "--", "psql", "-U", &a]));
    assert_eq!((stderr.as_str(), status), ("", Some(0)));
    for part in [
        &format!("would run  psql -U '{a}'"),
        &format!("URL='{b}'"),
        &format!("FILED='{b}' (from {file})"),
        "the key `user` of db",
        "plain (AWSPREVIOUS)",
        "from sma (127.0.0.1:",
    ] {
        assert!(stdout.contains(part), "{part}\nis not in\n{stdout}");
    }
    assert!(daemon.asked().is_empty());
}

#[test]
fn the_command_line_and_its_files_are_checked() {
    let daemon = Daemon::start();
    for (arguments, expected) in [
        (&[][..], "there is no command"),
        (&["--"], "there is no command"),
        (&["--nosuch", "ls"], "--nosuch"),
        (&["--env-file", "/no/such/file", "ls"], "/no/such/file cannot be read"),
        (&["--out", "x", "ls"], "--template"),
        (&["--timeout", "-3", "ls"], "timeout"),
    ] {
        let (stdout, stderr, status) = said(&daemon.run(arguments));
        assert_eq!((stdout.as_str(), status), ("", Some(125)), "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
    for flag in ["--help", "-h", "--version"] {
        let (stdout, stderr, status) = said(&daemon.run(&[flag]));
        assert_eq!((stderr.as_str(), status), ("", Some(0)));
        assert!(stdout.contains("asm-exec"), "{stdout}");
    }
}

#[test]
fn verbose_tells_causes_and_origins() {
    let daemon = Daemon::start();
    let (_, stderr, status) = said(&daemon.run(&["--verbose", "--", "true", &reference("db::user")]));
    assert_eq!(status, Some(0));
    assert!(stderr.contains("asm-exec: db: sma (127.0.0.1:"), "{stderr}");
    assert!(!stderr.contains("app-user") && !stderr.contains(TOKEN));
}
