//! What a run leaves for the output guard, and what `asm-guard hook` makes of an output by it.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::daemon::{Daemon, KEY_LINES, PASSWORD, reference, said};

const SESSION: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const ON: &str = "output_guard = { enabled = true }";

/// A daemon, in whose folder the user's settings say this.
fn daemon(settings: &str) -> Daemon {
    let daemon = Daemon::start();
    let folder = daemon.file(".config/asm-guard");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("settings.toml"), settings).unwrap();
    daemon
}

fn sessions(daemon: &Daemon) -> PathBuf {
    daemon.file(".local/state/asm-guard/sessions")
}

/// Runs `asm-exec`, in a session, with a command that leaves the values in files; what it said.
fn leave(daemon: &Daemon, references: &[&str]) -> String {
    let script = r#"for value; do printf '%s' "$value" >>"$FOLDER/config"; done"#;
    let arguments = [&["sh", "-c", script, "sh"], references].concat();
    let (stdout, stderr, status) = said(&daemon.run_with(&[("ASM_GUARD_SESSION", SESSION)], &arguments));
    assert_eq!((stdout.as_str(), status), ("", Some(0)), "{stderr}");
    stderr
}

fn hook(daemon: &Daemon, event: &[u8]) -> Output {
    hook_with(daemon, &[], event)
}

fn hook_with(daemon: &Daemon, variables: &[(&str, &str)], event: &[u8]) -> Output {
    let mut hook = Command::new(env!("CARGO_BIN_EXE_asm-guard"));
    hook.arg("hook").env_clear().env("HOME", daemon.file("")).envs(variables.iter().copied());
    hook.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = hook.spawn().unwrap();
    // Of an event that is too large not all is read.
    let _ = child.stdin.take().unwrap().write_all(event);
    child.wait_with_output().unwrap()
}

fn event(session: &str, tool: &str, output: &Value) -> Vec<u8> {
    let event = json!({
        "session_id": session, "transcript_path": "/t", "cwd": "/", "permission_mode": "default",
        "hook_event_name": "PostToolUse", "tool_name": tool, "tool_input": { "command": "cat config" },
        "tool_response": output, "tool_use_id": "toolu_1",
    });
    event.to_string().into_bytes()
}

fn bash(stdout: &str) -> Value {
    json!({ "stdout": stdout, "stderr": "", "interrupted": false, "isImage": false })
}

/// What the hook answers to an event: nothing, or JSON.
#[track_caller]
fn answer(daemon: &Daemon, event: &[u8]) -> Value {
    let (stdout, stderr, status) = said(&hook(daemon, event));
    assert_eq!((stderr.as_str(), status), ("", Some(0)));
    if stdout.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
    }
}

/// What the hook puts in the place of a Bash command's output; None where it leaves it.
#[track_caller]
fn masked(daemon: &Daemon, stdout: &str) -> Option<String> {
    let mut answer = answer(daemon, &event(SESSION, "Bash", &bash(stdout)));
    let output = answer["hookSpecificOutput"]["updatedToolOutput"].take();
    assert!(output.is_null() || output["interrupted"] == false, "{output}");
    output["stdout"].as_str().map(str::to_owned)
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).map(|entries| entries.map(|entry| entry.unwrap().path()).collect());
    let entries: Vec<PathBuf> = entries.unwrap_or_default();
    entries.iter().flat_map(|path| if path.is_dir() { files(path) } else { vec![path.clone()] }).collect()
}

fn prints(daemon: &Daemon) -> Vec<PathBuf> {
    let mut files = files(&sessions(daemon));
    files.retain(|path| path.extension().is_some());
    files
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_a_run_wrote_is_masked_where_it_is_printed() {
    let daemon = daemon(ON);
    assert_eq!(leave(&daemon, &[&reference("db::password")]), "");
    let config = fs::read_to_string(daemon.file("config")).unwrap();
    assert_eq!(config, PASSWORD);
    let label = reference("db::password");
    assert_eq!(masked(&daemon, &format!("a\n{config}\nb")).unwrap(), format!("a\n{label}\nb"));
    assert_eq!(masked(&daemon, "nothing of it"), None);

    // Any tool's output, in its own shape; numbers stay what they are.
    let output = format!(r#"[{{"type":"text","text":{}}},1.50,12345678901234567890123]"#, json!(config));
    let text = format!(
        r#"{{"session_id":"{SESSION}","hook_event_name":"PostToolUse","tool_name":"mcp__a__b","tool_response":{output}}}"#
    );
    let (stdout, ..) = said(&hook(&daemon, text.as_bytes()));
    let expected = format!(
        r#""updatedToolOutput":[{{"type":"text","text":"{label}"}},1.50,12345678901234567890123]}}}}"#
    );
    assert!(stdout.ends_with(&expected), "{stdout}");
}

#[test]
fn nothing_of_a_value_is_kept_and_nobody_else_reads_what_is() {
    let daemon = daemon(ON);
    leave(&daemon, &[&reference("db::password"), &reference("prod/db::password")]);
    let folder = sessions(&daemon).join(SESSION);
    assert_eq!((mode(&sessions(&daemon)), mode(&folder)), (0o700, 0o700));
    let files = files(&folder);
    assert_eq!(files.len(), 2, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{file:?}");
        let text = fs::read_to_string(&file).unwrap();
        for value in [PASSWORD, "p&ss/word-of-prod-db"] {
            assert!(
                value.as_bytes().windows(5).all(|part| !text.contains(std::str::from_utf8(part).unwrap())),
                "{text}"
            );
        }
    }
}

#[test]
fn a_template_that_is_filled_in_is_known_too() {
    let daemon = daemon(ON);
    let (template, out) = (daemon.file("template"), daemon.file("out"));
    fs::write(&template, format!("key: {}\n", reference("db::password"))).unwrap();
    let arguments = ["--template", template.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let ran = daemon.run_with(&[("ASM_GUARD_SESSION", SESSION)], &arguments);
    assert_eq!(said(&ran), (String::new(), String::new(), Some(0)));
    let text = fs::read_to_string(out).unwrap();
    assert_eq!(masked(&daemon, &text), Some(format!("key: {}\n", reference("db::password"))));
}

#[test]
fn a_document_is_known_by_its_members() {
    let daemon = daemon(ON);
    leave(&daemon, &[&reference("db")]);
    let expected = reference("db:SecretString:password");
    assert_eq!(masked(&daemon, &format!("password={PASSWORD}")), Some(format!("password={expected}")));
}

#[test]
fn a_key_is_known_whole_and_by_its_lines() {
    let daemon = daemon(ON);
    leave(&daemon, &[&reference("key")]);
    let (label, key) = (reference("key"), fs::read_to_string(daemon.file("config")).unwrap());
    assert_eq!(masked(&daemon, &format!("<{}>", key.trim())), Some(format!("<{label}>")));
    let indented = format!("    {}\n    {}\n", KEY_LINES[0], KEY_LINES[1]);
    assert_eq!(masked(&daemon, &indented), Some(format!("    {label}\n    {label}\n")));
    assert_eq!(masked(&daemon, "-----BEGIN PRIVATE KEY-----"), None);
}

#[test]
fn where_it_is_off_nothing_is_left_and_nothing_said() {
    for settings in ["", "output_guard = { enabled = false }", "output_guard = { enabled = maybe }"] {
        let daemon = daemon(settings);
        assert_eq!(leave(&daemon, &[&reference("db::password")]), "");
        assert!(!daemon.file(".local").exists(), "{settings}");
        assert_eq!(masked(&daemon, PASSWORD), None, "{settings}");
        // Nor of an event that is broken: the tool has run.
        for output in
            [format!("{}{}", "[".repeat(500), "]".repeat(500)), "\"\\ud83d\"".to_owned(), "[".to_owned()]
        {
            let event = format!(
                r#"{{"session_id":"{SESSION}","hook_event_name":"PostToolUse","tool_response":{output}}}"#
            );
            assert_eq!(answer(&daemon, event.as_bytes()), Value::Null, "{event}");
        }
        let large = event(SESSION, "Bash", &bash(&"x".repeat(5 << 20)));
        assert_eq!(answer(&daemon, &large), Value::Null);
    }
}

#[test]
fn without_a_session_nothing_is_left() {
    let daemon = daemon(ON);
    let label = reference("db::password");
    assert_eq!(said(&daemon.run(&["true", &label])).1, "");
    let (_, stderr, status) =
        said(&daemon.run_with(&[("ASM_GUARD_SESSION", "../../escape")], &["true", &label]));
    assert_eq!(status, Some(0));
    assert!(stderr.contains("no session's id"), "{stderr}");
    assert!(!daemon.file(".local").exists());
}

#[test]
fn another_session_knows_nothing_of_it() {
    let daemon = daemon(ON);
    leave(&daemon, &[&reference("db::password")]);
    for session in ["00000000-0000-0000-0000-000000000000", "..", "", "../sessions"] {
        assert_eq!(answer(&daemon, &event(session, "Bash", &bash(PASSWORD))), Value::Null, "{session}");
    }
}

#[test]
fn what_has_run_out_is_forgotten_and_removed() {
    let daemon = daemon(ON);
    leave(&daemon, &[&reference("db::password")]);
    let run_out = || {
        let [file] = prints(&daemon).try_into().unwrap();
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let past = file.with_file_name(format!("1000{}", &name[name.find('-').unwrap()..]));
        fs::rename(&file, &past).unwrap();
        past
    };
    let past = run_out();
    assert_eq!(masked(&daemon, PASSWORD), None);
    assert!(!past.exists());
    // The next run of any session removes it too, and the folder of a session that has long been idle.
    leave(&daemon, &[&reference("db::password")]);
    let past = run_out();
    let other = sessions(&daemon).join("11111111-0000-0000-0000-000000000000");
    fs::rename(past.parent().unwrap(), &other).unwrap();
    Command::new("touch").args(["-d", "3 hours ago"]).arg(&other).status().unwrap();
    leave(&daemon, &[&reference("db::password")]);
    assert!(!other.exists());
    assert!(masked(&daemon, PASSWORD).is_some());
}

#[test]
fn a_run_that_is_repeated_leaves_no_second_file() {
    let daemon = daemon(ON);
    for _ in 0..3 {
        leave(&daemon, &[&reference("db::password")]);
    }
    assert_eq!(prints(&daemon).len(), 1);
}

#[test]
fn of_many_runs_at_once_none_is_lost() {
    let daemon = daemon(ON);
    let all = ["db::password", "prod/db::password", "app", "hostile"];
    std::thread::scope(|scope| {
        for round in 0..4 {
            for (at, one) in all.iter().enumerate() {
                let daemon = &daemon;
                scope.spawn(move || {
                    let other = all[(at + round) % all.len()];
                    let arguments = ["true", &reference(one), &reference(other)];
                    let ran = daemon.run_with(&[("ASM_GUARD_SESSION", SESSION)], &arguments);
                    assert_eq!(ran.status.code(), Some(0), "{ran:?}");
                });
            }
        }
    });
    for value in [
        PASSWORD,
        "p&ss/word-of-prod-db",
        "correct-horse/battery staple",
        "'; touch $FOLDER/hacked; echo \"`touch $FOLDER/hacked`$(touch $FOLDER/hacked)",
    ] {
        let known = masked(&daemon, &format!("<{value}>"));
        assert!(
            known.as_ref().is_none_or(|known| known.starts_with("<{{resolve:secretsmanager:")),
            "{known:?}"
        );
        // A few words are guessed too easily.
        assert_eq!(known.is_none(), value.starts_with("correct"), "{value}");
    }
    let of_ours =
        |file: &PathBuf| file.ends_with("key") || file.extension().is_some_and(|end| end == "jsonl");
    assert!(files(&sessions(&daemon)).iter().all(of_ours), "something was left half done");
}

#[test]
fn what_is_guessed_too_easily_is_said_and_not_left() {
    let daemon = daemon(ON);
    let said = leave(&daemon, &[&reference("app"), &reference("db::password"), &reference("plain")]);
    assert_eq!(
        said,
        format!(
            "asm-exec: the output guard will not know the value of {} again: it is too easily guessed\n",
            reference("app")
        )
    );
    let [file] = prints(&daemon).try_into().unwrap();
    assert_eq!(fs::read_to_string(file).unwrap().lines().count(), 1, "two references to one value");
}

#[test]
fn what_cannot_be_left_fails_no_run() {
    let daemon = daemon(ON);
    fs::write(daemon.file(".local"), "no folder").unwrap();
    let stderr = leave(&daemon, &[&reference("db::password")]);
    assert!(stderr.starts_with("asm-exec: the output guard will not know the values again: "), "{stderr}");
    assert_eq!(fs::read_to_string(daemon.file("config")).unwrap(), PASSWORD);
}

/// Whatever lies where fingerprints should, the hook answers, what is sound is used, and the user is told.
#[test]
fn what_somebody_else_put_there_loses_no_output() {
    type Attack = fn(&Path);
    let attacks: [(&str, Attack); 8] = [
        ("garbage", |folder| fs::write(folder.join("99999999999-a.jsonl"), b"\xff{]\n{}\n").unwrap()),
        ("bad lines", |folder| {
            let lines = "{}\n{\"length\":0,\"tag\":1,\"slow\":\"\",\"label\":\"\"}\n";
            fs::write(folder.join("99999999999-a.jsonl"), lines).unwrap();
        }),
        ("huge", |folder| {
            let file = fs::File::create(folder.join("99999999999-a.jsonl")).unwrap();
            file.set_len(1 << 40).unwrap();
        }),
        ("a FIFO", |folder| {
            let made = Command::new("mkfifo").arg(folder.join("99999999999-a.jsonl")).status().unwrap();
            assert!(made.success());
        }),
        ("a link", |folder| symlink("/dev/zero", folder.join("99999999999-a.jsonl")).unwrap()),
        ("a folder", |folder| fs::create_dir(folder.join("99999999999-a.jsonl")).unwrap()),
        ("no key", |folder| fs::write(folder.join("key"), "zzz").unwrap()),
        ("open to others", |folder| fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap()),
    ];
    for (what, attack) in attacks {
        let daemon = daemon(ON);
        leave(&daemon, &[&reference("db::password")]);
        attack(&sessions(&daemon).join(SESSION));
        let answer = answer(&daemon, &event(SESSION, "Bash", &bash(&format!("a {PASSWORD} b"))));
        let told = answer["systemMessage"].as_str().unwrap_or_default();
        assert!(told.contains("output guard cannot read") && told.contains(SESSION), "{what}: {answer}");
        let stdout = &answer["hookSpecificOutput"]["updatedToolOutput"]["stdout"];
        let lost_all = ["no key", "open to others"].contains(&what);
        let expected =
            if lost_all { Value::Null } else { format!("a {} b", reference("db::password")).into() };
        assert_eq!(*stdout, expected, "{what}: {answer}");
    }
}

/// What cannot be searched is withheld, and that is said.
#[test]
fn an_output_that_cannot_be_searched_is_withheld_in_its_own_shape() {
    let daemon = daemon(ON);
    leave(&daemon, &[&reference("db::password")]);
    let large = event(SESSION, "Bash", &bash(&"x".repeat(5 << 20)));
    let output = answer(&daemon, &large)["hookSpecificOutput"]["updatedToolOutput"].take();
    let said = output["stdout"].as_str().unwrap();
    assert!(said.contains("withholds this output") && said.contains("The tool has run"), "{said}");
    assert_eq!(output, bash(said));
}

#[test]
fn an_output_that_is_not_searched_in_time_is_withheld() {
    let daemon = daemon(ON);
    let event = event(
        SESSION,
        "Read",
        &json!({ "type": "text", "file": { "content": "nothing of it", "numLines": 1 } }),
    );
    // Where nothing is left there is nothing to wait for.
    let hang = [("ASM_GUARD_FAULT", "hang")];
    assert_eq!(said(&hook_with(&daemon, &hang, &event)), (String::new(), String::new(), Some(0)));
    leave(&daemon, &[&reference("db::password")]);
    let (stdout, stderr, status) = said(&hook_with(&daemon, &hang, &event));
    assert_eq!((stderr.as_str(), status), ("", Some(0)));
    let mut answer: Value = serde_json::from_str(&stdout).unwrap();
    let output = answer["hookSpecificOutput"]["updatedToolOutput"].take();
    let content = output["file"]["content"].as_str().unwrap();
    assert!(content.contains("withholds this output: it could not be searched in time"), "{content}");
    assert_eq!(output, json!({ "type": "text", "file": { "content": content, "numLines": 1 } }));
}

#[test]
fn neither_depth_nor_half_a_character_keeps_an_output_from_being_searched() {
    let daemon = daemon(ON);
    leave(&daemon, &[&reference("db::password")]);
    let (value, label) = (json!(PASSWORD).to_string(), reference("db::password"));
    for (output, expected) in [
        (format!("{}{value}{}", "[".repeat(500), "]".repeat(500)), format!("[[\"{label}\"]]")),
        (format!("\"\\ud83d{}", &value[1..]), format!("\"\u{fffd}{label}\"")),
    ] {
        let event = format!(
            r#"{{"session_id":"{SESSION}","hook_event_name":"PostToolUse","tool_response":{output}}}"#
        );
        let (stdout, ..) = said(&hook(&daemon, event.as_bytes()));
        assert!(stdout.contains(&expected), "{stdout}");
    }
}

/// What the audit log says of maskings.
fn logged(daemon: &Daemon) -> Vec<Value> {
    let text = fs::read_to_string(daemon.file(".local/state/asm-guard/audit.jsonl")).unwrap_or_default();
    assert!(!text.contains(PASSWORD) && !text.contains("resolve"), "{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How many places, of which tool; no value, no reference, no fingerprint, no text of the output.
#[test]
fn what_was_masked_is_in_the_audit_log() {
    let daemon = daemon(ON);
    leave(&daemon, &[&reference("db::password")]);
    for output in
        [bash("nothing"), bash(&format!("a={PASSWORD}\nb={PASSWORD}\n")), json!([{"text": PASSWORD}])]
    {
        answer(&daemon, &event(SESSION, "Read", &output));
    }
    let large = event(SESSION, "Bash", &bash(&"x".repeat(5 << 20)));
    answer(&daemon, &large);
    let lines = logged(&daemon);
    let short: Vec<Value> = lines
        .iter()
        .map(|line| {
            let mut line = line.clone();
            assert!(line.as_object_mut().unwrap().remove("time").is_some());
            line
        })
        .collect();
    let line = |tool: &str, done: &str| json!({"session": SESSION, "agent": "claude", "tool": tool, "decision": done, "rule": "output-guard"});
    let (mut first, mut second, mut third) =
        (line("Read", "mask"), line("Read", "mask"), line("Bash", "withhold"));
    first["masked"] = json!(2);
    second["masked"] = json!(1);
    third["cause"] = json!("its event is not readable, or is larger than 4 MiB");
    assert_eq!(short, [first, second, third]);
    let mut log = Command::new(env!("CARGO_BIN_EXE_asm-guard"));
    log.args(["log", "--decision", "mask"]).env_clear().env("HOME", daemon.file(""));
    let shown = String::from_utf8(log.output().unwrap().stdout).unwrap();
    assert!(shown.contains("MASK   output-guard  Read") && shown.contains("values in 2 places"), "{shown}");
    assert_eq!(shown.lines().count(), 4, "{shown}");
}

#[test]
fn an_audit_log_that_is_off_has_no_maskings() {
    let daemon = daemon("output_guard = { enabled = true }\naudit = { enabled = false }");
    leave(&daemon, &[&reference("db::password")]);
    assert!(masked(&daemon, PASSWORD).is_some());
    assert_eq!(logged(&daemon), [] as [Value; 0]);
}

/// Where names stand there twice the last counts, with the output guard on and off: the tool of such an event has run, or is
/// about to.
#[test]
fn of_two_names_of_an_event_the_last_counts() {
    let fetch = "aws secretsmanager get-secret-value --secret-id a";
    for settings in ["", "output_guard = { enabled = false }", ON] {
        let daemon = daemon(settings);
        for (names, status) in [
            (r#""hook_event_name":"PostToolUse","hook_event_name":"PreToolUse""#, 2),
            (r#""hook_event_name":"PostToolUse","hook_event_name":7"#, 2),
            (r#""hook_event_name":"PostToolUse","hook\u005fevent_name":"PreToolUse""#, 2),
            (r#""hook_event_name":"PreToolUse","hook_event_name":"PostToolUse""#, 0),
            (r#""hook_event_name":"PostToolUse","hook_event_name":"PostToolUse""#, 0),
            (r#""hook_event_name":"PostToolUse","x":[,"hook_event_name":"PreToolUse""#, 0),
        ] {
            let event = format!(r#"{{{names},"tool_name":"Bash","tool_input":{{"command":"{fetch}"}}}}"#);
            assert_eq!(hook(&daemon, event.as_bytes()).status.code(), Some(status), "{settings}: {event}");
        }
    }
}

/// An event before a tool is judged whatever its input is called.
#[test]
fn no_input_makes_an_event_one_of_after_the_tool() {
    let daemon = daemon(ON);
    let fetch = "aws secretsmanager get-secret-value --secret-id a";
    for event in [
        format!(
            r#"{{"tool_input":{{"hook_event_name":"PostToolUse","command":"{fetch}"}},"hook_event_name":"PreToolUse","tool_name":"Bash"}}"#
        ),
        format!(
            r#"{{"hook_event_name":"PostToolUse","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{{"command":"{fetch}"}}}}"#
        ),
        format!(
            r#"{{"cwd":"\"hook_event_name\":\"PostToolUse\",","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{{"command":"{fetch}"}}}}"#
        ),
    ] {
        assert_eq!(hook(&daemon, event.as_bytes()).status.code(), Some(2), "{event}");
    }
}
