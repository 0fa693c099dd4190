//! What the script before this program got wrong, each as a test.

use crate::client::{ASM_EXEC, Client, Route, loopback};
use crate::scratch::write;
use crate::seeds::reference;
use crate::servers::{free_port, servers};
use crate::wire::{Wire, redirect};
use std::process::Command;
use std::time::Duration;

const PLAIN: &str = "plain-u7Wq2ZkX9e";

#[test]
#[ignore = "needs the backends: see main.rs"]
fn token() {
    let (token, file) = (&servers().token, format!("file://{}", servers().token_file.display()));
    // The agent's own order ("The Secrets Manager Agent", user guide): the first that is set counts.
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("AWS_TOKEN", token)], "by value"),
        (&[("AWS_TOKEN", &file)], "by file, as the install script has it"),
        (&[("AWS_TOKEN", &file), ("AWS_SESSION_TOKEN", "a session's")], "before a session's"),
        (&[("AWS_SESSION_TOKEN", token)], "as the Lambda extension has it"),
        (
            &[("AWS_SESSION_TOKEN", &file), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "a container's")],
            "before a container's",
        ),
        (&[("AWS_CONTAINER_AUTHORIZATION_TOKEN", &file)], "as containers have it"),
    ];
    for (variables, why) in cases {
        let client =
            variables.iter().fold(Client::over(Route::Daemon).unset("AWS_TOKEN"), |client, (name, value)| {
                client.set(name, value)
            });
        assert_eq!(client.value(&reference("plain")), PLAIN, "{why}");
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn mcp_reply() {
    for path in ["json/script", "sse/script", "json/cli", "sse/cli"] {
        assert_eq!(Client::over(Route::Mcp(path)).value(&reference("plain")), PLAIN, "{path}");
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn mcp_tool() {
    for (path, used, unused) in [
        ("json/script", "aws___run_script", "aws___call_aws"),
        ("sse/both", "aws___run_script", "aws___call_aws"),
        ("json/cli", "aws___call_aws", "aws___run_script"),
    ] {
        let wire = Wire::to(servers().mcp);
        let client = Client::over(Route::Mcp(path)).mcp_at(wire.port, path);
        assert_eq!(client.value(&reference("plain")), PLAIN, "{path}");
        assert_eq!((wire.count(used), wire.count(unused)), (1, 0), "{path}");
    }
    Client::over(Route::Mcp("json/neither")).run(&[&reference("plain")]).fails_with(&["mcp", "run_script"]);
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn references() {
    let rotated = |rest: &str| reference(&format!("db/rotated:{rest}"));
    for route in [Route::Daemon, Route::Api, Route::Mcp("json/script"), Route::Mcp("json/cli")] {
        let got = Client::over(route).arguments(&[
            rotated(":password"),
            rotated("SecretString:password::00000004-0000-4000-8000-00000000000a"),
            rotated(":password:AWSPREVIOUS:"),
            rotated("SecretString:password:AWSPENDING"),
        ]);
        assert_eq!(got, ["now-Lk28", "before-Hj77", "before-Hj77", "next-Yb63"], "{route:?}");
    }
    for (malformed, why) in [
        ("{{resolve:secretsmanager:plain:SecretStrin}}", "no such field"),
        ("{{ resolve:secretsmanager:plain}}", "a space"),
        ("{{resolve:secretsmanager:plain", "no end"),
        ("{{resolve:secretsmanager:plain}", "half an end"),
        ("{{resolve:secretsmanager:}}", "no id"),
        ("{{resolve:secretsmanager::SecretString:a}}", "no id, and the rest"),
        (
            "{{resolve:secretsmanager:plain:SecretString::AWSCURRENT:0000000100004000800000000000000a}}",
            "stage and id",
        ),
        ("{{resolve:secretsmanager:plain:SecretString:a:b:c:d}}", "too many segments"),
        ("{{resolve:secretsmanager:plain\\}}", "a backslash at its end"),
    ] {
        let client = Client::over(Route::Daemon);
        let outcome = client.run(&["touch", &reference("plain"), malformed]);
        // As it stands, unless it is long.
        let shown: String = malformed.trim_end_matches('}').chars().take(60).collect();
        outcome.fails_with(&[&shown]);
        assert!(client.left_nothing(), "{why}");
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn region() {
    // The daemon is in us-east-1. What it answers for eu-west-1 is not what was asked for.
    let west = || Client::over(Route::Daemon).set("AWS_REGION", "eu-west-1");
    west().run(&["true", &reference("both-regions")]).fails_with(&["us-east-1", "eu-west-1"]);
    west().run(&["true", &reference("only-west")]).fails_with(&["sma", "only-west"]);
    let default = Client::over(Route::Daemon).unset("AWS_REGION").set("AWS_DEFAULT_REGION", "eu-west-1");
    default.run(&["true", &reference("both-regions")]).fails_with(&["us-east-1", "eu-west-1"]);
    // The next backend is asked instead, in the right region.
    let client = west().set("ASM_EXEC_BACKENDS", "sma,api").api(servers().moto).signed_by("reader");
    assert_eq!(client.value(&reference("both-regions")), "west-Eh58");
    let client = west().unset("ASM_EXEC_BACKENDS").mcp("sse/script").signed_by("reader");
    assert_eq!(client.arguments(&["both-regions", "only-west"].map(reference)), ["west-Eh58", "away-Kc69"]);
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn injection() {
    // A stage that would add a parameter to a query, or end one.
    let staged = "db/rotated:SecretString:password:blue/green & 1+1";
    // Regions that would end a string or an argument on the server.
    let regions =
        ["us-east-1'; open('pwned', 'w'); '", "us-east-1 --query=Name", "$(touch pwned)", "\"\"\"\\"];
    for route in [Route::Daemon, Route::Api, Route::Mcp("json/script"), Route::Mcp("json/cli")] {
        assert_eq!(Client::over(route).value(&reference(staged)), "next-Yb63", "{route:?}");
        if route == Route::Daemon {
            continue;
        }
        for region in regions {
            let client = Client::over(route).set("AWS_REGION", region);
            let outcome = client.run(&["true", &reference("plain")]);
            assert_eq!(outcome.status, Some(125), "{route:?}, {region}: {outcome:#?}");
            assert!(client.left_nothing(), "{route:?}, {region}");
        }
    }
    // A value with shell syntax, in a script: values::in_the_script_of_a_shell has the places.
    let client = Client::over(Route::Daemon);
    let outcome = client.run(&["sh", "-c", &format!("test -n {} ", reference("hostile-value"))]);
    assert_eq!(outcome.status, Some(0), "{outcome:#?}");
    assert!(client.left_nothing());
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn numbers() {
    let keys = ["port", "ratio", "big", "exp", "tls", "old", "none", "empty"];
    let references = keys.map(|key| reference(&format!("db/json:SecretString:{key}")));
    let expected = ["5432", "1.50", "12345678901234567890.0", "1E+2", "true", "false", "null", ""];
    for route in [Route::Daemon, Route::Api, Route::Mcp("json/script"), Route::Mcp("sse/cli")] {
        assert_eq!(Client::over(route).arguments(&references), expected, "{route:?}");
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn leaks() {
    // A value as the program's name.
    let outcome = Client::over(Route::Daemon).run(&[&reference("plain")]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(127), ""), "{outcome:#?}");
    assert!(!outcome.stderr.contains(PLAIN), "{outcome:#?}");

    // Output. /bin/echo is given the value, and gives it back.
    let outcome = Client::over(Route::Daemon).run(&["/bin/echo", "a", &reference("plain"), "z"]);
    assert_eq!(outcome.stdout, format!("a {} z\n", reference("plain")));

    // The token stays on this machine: no host elsewhere, no proxy, no redirect.
    let elsewhere = Wire::answering(redirect("/"));
    for endpoint in ["http://sma.example:2773", "http://127.0.0.1.example:2773", "http://10.0.0.1:2773"] {
        let client = Client::over(Route::Daemon).set("AWS_SECRETS_MANAGER_AGENT_ENDPOINT", endpoint);
        let client =
            client.set("http_proxy", &loopback(elsewhere.port)).set("HTTP_PROXY", &loopback(elsewhere.port));
        client
            .run(&["true", &reference("plain")])
            .fails_with(&["AWS_SECRETS_MANAGER_AGENT_ENDPOINT", "this machine only"]);
    }
    let mut client = Client::over(Route::Daemon);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        client = client.set(name, &loopback(elsewhere.port));
    }
    assert_eq!(client.value(&reference("plain")), PLAIN);
    assert_eq!(elsewhere.connections(), 0);

    let redirecting = Wire::answering(redirect(&loopback(elsewhere.port)));
    let client = Client::over(Route::Daemon).daemon(redirecting.port);
    client.run(&["true", &reference("plain")]).fails_with(&["sma", "307"]);
    let client = Client::over(Route::Mcp("json/script")).mcp_at(redirecting.port, "json/script");
    client.run(&["true", &reference("plain")]).fails_with(&["mcp", "307"]);
    assert_eq!((redirecting.connections(), elsewhere.connections()), (2, 0));
}

/// Somebody else, neither the child nor a terminal, ends the child's parent.
const TERMINATE: &str = "sh -c 'kill -TERM $0' $PPID; exec sleep 60";

#[test]
#[ignore = "needs the backends: see main.rs"]
fn processes() {
    let plain = reference("plain");
    for (script, status, why) in [
        ("exit 7", Some(7), "the child's own status"),
        ("kill -KILL $$", Some(137), "128+9"),
        ("kill -TERM $$", Some(143), "128+15"),
        (TERMINATE, Some(143), "a signal to the parent is the child's"),
    ] {
        let outcome = Client::over(Route::Daemon).run(&["sh", "-c", script, "sh", &plain]);
        assert_eq!(outcome.status, status, "{why}: {outcome:#?}");
        assert!(outcome.took < Duration::from_secs(30), "{why}: {outcome:#?}");
    }
    let client = Client::over(Route::Daemon);
    write(&client.file("work/not-executable"), "", 0o644);
    assert_eq!(client.run(&["./not-executable", &plain]).status, Some(126));
    assert_eq!(client.run(&["./not-there", &plain]).status, Some(127));

    // Nobody is left behind: the child writes its id, and is asked about when its parent was ended.
    let client = Client::over(Route::Daemon);
    let mut command = Command::new(ASM_EXEC);
    command.args(["sh", "-c", &format!("echo $$ >\"$DUMP\"; {TERMINATE}"), "sh", &plain]);
    assert_eq!(client.run_as(&mut command).status, Some(143));
    let id = std::fs::read_to_string(client.file("dump")).unwrap();
    let alive = Command::new("sh").args(["-c", "kill -0 $1 2>&1", "sh", id.trim()]).output().unwrap();
    assert!(!alive.status.success(), "{alive:?}");
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn errors() {
    // Nobody anywhere: each backend with its cause, in a line of its own.
    let client = Client::new().set("ASM_EXEC_BACKENDS", "sma,mcp,api").signed_by("reader");
    let client = client.mcp_at(free_port(), "json/script").api(free_port());
    let outcome = client.run(&["true", &reference("plain")]);
    outcome.fails_with(&["plain"]);
    for name in ["sma", "mcp", "api"] {
        let line =
            outcome.stderr.lines().find(|line| line.contains(name) && line.contains("connection refused"));
        assert!(line.is_some(), "{name}: {outcome:#?}");
    }
}
