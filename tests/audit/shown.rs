//! `asm-guard log`, which reads what is there.

use super::*;

/// A log as three sessions left it, with a file that was put aside and a line that was cut short.
fn written() -> Home {
    let home = Home::new();
    fs::create_dir_all(home.state()).unwrap();
    let line = |time: &str, session: &str, tool: &str, decision: &str, rule: &str, rest: Value| {
        let mut line = json!({
            "time": time, "session": session, "agent": "claude", "tool": tool, "decision": decision, "rule": rule,
        });
        line.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        format!("{line}\n")
    };
    let old = [
        line(
            "2026-01-01T10:00:00.5Z",
            "aaa",
            "Bash",
            "deny",
            "secretsmanager-fetch",
            json!({"understood": FETCH}),
        ),
        line(
            "2026-01-02T10:00:00Z",
            "aaa",
            "WebFetch",
            "deny",
            "agent-daemon-read",
            json!({
                "understood": "http://localhost:2773/v1/prod/db", "route": ["sudo", "sh -c"], "file": "scripts/db.sh:12",
            }),
        ),
    ];
    let new = [
        "{\"time\":\"2026-01-0\n".to_owned(),
        line("2026-01-03T10:00:00Z", "bbb", "Bash", "ask", "secretsmanager-fetch", json!({})),
        line(
            "2026-01-02T23:00:00Z",
            "ccc",
            "mcp__aws__call_aws",
            "deny",
            "not-understood",
            json!({"cause": "Too deep."}),
        ),
        format!(
            "{}\n",
            json!({"time": "2026-01-04T10:00:00Z", "agent": "claude", "tool": "Bash", "decision": "allow"})
        ),
    ];
    fs::write(home.state().join("audit.jsonl.1"), old.concat()).unwrap();
    fs::write(home.log(), new.concat()).unwrap();
    home
}

#[test]
fn the_log_is_shown_by_its_time() {
    let home = written();
    let (shown, notes) = home.shown(&[]);
    assert_eq!(notes, "note: 1 line could not be read.\n");
    insta::with_settings!({ snapshot_path => ".", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("log", shown);
        insta::assert_snapshot!("summary", home.shown(&["--summary"]).0);
        insta::assert_snapshot!("json", home.shown(&["--json", "-n", "2"]).0);
        insta::assert_snapshot!("help", home.shown(&["--help"]).0);
    });
}

#[test]
fn lines_are_chosen() {
    let home = written();
    for (arguments, expected) in [
        (&[][..], &["1T10", "2T10", "2T23", "3T10", "4T10"][..]),
        (&["--decision", "ask"], &["3T10"]),
        (&["--decision", "ask,allow"], &["3T10", "4T10"]),
        (&["--rule", "*-fetch"], &["1T10", "3T10"]),
        (&["--rule", "{agent,not}-*"], &["2T10", "2T23"]),
        (&["--session", "aa"], &["1T10", "2T10"]),
        (&["--tool", "mcp__*"], &["2T23"]),
        (&["--since", "2026-01-03"], &["3T10", "4T10"]),
        (&["--since", "2026-01-02T22:30:00+00:00"], &["2T23", "3T10", "4T10"]),
        (&["--since", "1h"], &[]),
        (&["-n", "2"], &["3T10", "4T10"]),
        (&["-n", "1", "--decision", "deny"], &["2T23"]),
        (&["--rule", "*", "--tool", "Bash", "--decision", "deny"], &["1T10"]),
    ] {
        let all: Vec<&str> = ["--json"].iter().chain(arguments).copied().collect();
        let (shown, _) = home.shown(&all);
        let times: Vec<String> = shown
            .lines()
            .map(|line| {
                serde_json::from_str::<Value>(line).unwrap()["time"].as_str().unwrap()[9..13].to_owned()
            })
            .collect();
        assert_eq!(times, expected, "{arguments:?}");
    }
}

#[test]
fn what_is_asked_wrongly_is_64() {
    let home = Home::new();
    for (arguments, sentence) in [
        (&["--decision", "maybe"][..], "[possible values: allow, ask, deny, mask, withhold]"),
        (&["--since", "soon"], "give a span such as 2h"),
        (&["--rule", "[a"], "--rule <GLOB>"),
        (&["-n", "many"], "invalid digit"),
        (&["--summary", "--follow"], "cannot be used with"),
        (&["deny"], "unexpected argument"),
    ] {
        let all: Vec<&str> = ["log"].iter().chain(arguments).copied().collect();
        let output = home.command(&all).stdin(Stdio::null()).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(64), "{all:?}: {told}");
        assert!(told.contains(sentence), "{all:?}: {told}");
    }
    let (shown, notes) = home.shown(&[]);
    assert!(shown.is_empty() && notes.contains("Nothing was logged yet"), "{notes}");
    fs::create_dir_all(home.log()).unwrap();
    let output = home.command(&["log"]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(70), "{output:?}");
}

/// What comes in while it is put aside is shown, each line once.
#[test]
fn following_goes_on_over_files() {
    let home = Home::with("[audit]\nmax_size = 600\nkeep = 100\n");
    home.hook(&event("s-0", FETCH));
    let mut follower = home.command(&["log", "--follow", "--json"]).stdin(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    for number in 0..8 {
        let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(line["session"], format!("s-{number}"));
        home.hook(&event(&format!("s-{}", number + 1), FETCH));
    }
    assert!(home.state().join("audit.jsonl.3").exists());
    follower.kill().unwrap();
    follower.wait().unwrap();
}
