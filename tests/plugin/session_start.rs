//! The script that runs when a session starts, with every shell that may be `/bin/sh`.

use super::*;

/// Folder names that a careless script trips over.
const ROOTS: [&str; 9] = [
    "plain",
    "with spaces",
    "it's",
    "two''quotes'",
    "dou\"ble",
    "back\\slash\\n",
    "dollar $HOME `id` $(id)",
    "tab\tnew\nline",
    "München *?[a]",
];

/// The shells of this machine that may be its /bin/sh; `sh` itself is always tried.
fn shells() -> Vec<&'static [&'static str]> {
    let all: [&[&str]; 4] = [&["sh"], &["dash"], &["bash", "--posix"], &["busybox", "sh"]];
    let there = |shell: &&[&str]| {
        let probe = Command::new(shell[0]).args(&shell[1..]).args(["-c", ":"]).stderr(Stdio::null()).status();
        shell[0] == "sh" || probe.is_ok_and(|status| status.success())
    };
    all.into_iter().filter(there).collect()
}

struct Answer {
    /// What goes into the agent's context.
    context: String,
    /// What the user is shown.
    warning: Option<String>,
}

fn start(shell: &[&str], root: &Path, env_file: Option<&Path>) -> Answer {
    start_with("", shell, root, env_file)
}

/// With an event on standard input.
fn start_with(event: &str, shell: &[&str], root: &Path, env_file: Option<&Path>) -> Answer {
    start_where(&[], event, shell, root, env_file)
}

/// With these programs on the PATH, which do nothing, and none of the guard's or Cargo's otherwise.
fn start_where(
    programs: &[&Path],
    event: &str,
    shell: &[&str],
    root: &Path,
    env_file: Option<&Path>,
) -> Answer {
    let tools = Scratch::new("tools");
    for tool in ["sh", "dash", "bash", "busybox", "dirname"] {
        let found = ["/usr/bin", "/bin"].map(|folder| Path::new(folder).join(tool));
        if let Some(found) = found.iter().find(|path| path.exists()) {
            std::os::unix::fs::symlink(found, tools.path().join(tool)).unwrap();
        }
    }
    let folders = programs.iter().map(|program| {
        write(program, "#!/bin/sh\n", 0o755);
        program.parent().unwrap()
    });
    let path = std::env::join_paths(folders.chain([tools.path()])).unwrap();
    let mut command = Command::new(tools.path().join(shell[0]));
    command.args(&shell[1..]).arg(checkout("hooks/session-start.sh"));
    command.env_clear().env("PATH", path);
    command.env("LANG", "C.UTF-8").env("CLAUDE_PLUGIN_ROOT", root);
    if let Some(file) = env_file {
        command.env("CLAUDE_ENV_FILE", file);
    }
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(event.as_bytes()).unwrap();
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let context = format!("{shell:?} {root:?}");
    assert!(status.success(), "{context}: {status}");
    assert_eq!(String::from_utf8_lossy(&stderr), "", "{context}: stderr");
    let reply: Value = serde_json::from_slice(&stdout)
        .unwrap_or_else(|e| panic!("{context}: {e} in {}", String::from_utf8_lossy(&stdout)));
    let output = &reply["hookSpecificOutput"];
    assert_eq!(output["hookEventName"], "SessionStart", "{context}");
    Answer {
        context: output["additionalContext"].as_str().unwrap().to_owned(),
        warning: reply["systemMessage"].as_str().map(str::to_owned),
    }
}

/// Runs the case with every shell and every root; the plugin's guard has these permission bits.
fn everywhere(guard: Option<u32>, case: impl Fn(&[&str], &Path)) {
    for name in ROOTS {
        let scratch = Scratch::new("session");
        let root = scratch.dir(name);
        if let Some(mode) = guard {
            write(&root.join("bin/asm-guard"), "#!/bin/sh\n", mode);
        }
        for shell in shells() {
            case(shell, &root);
        }
    }
}

fn assert_gives_the_rules(answer: &Answer) {
    let context = &answer.context;
    for rule in
        ["get-secret-value", "batch-get-secret-value", "2773", "{{resolve:secretsmanager:", "asm-exec --"]
    {
        assert!(context.contains(rule), "{rule} is missing in: {context}");
    }
    let words = context.split_whitespace().count();
    assert!(words < 120, "{words} words: {context}");
}

#[test]
fn a_guard_that_is_there_needs_no_warning() {
    everywhere(Some(0o755), |shell, root| {
        let answer = start(shell, root, None);
        assert_gives_the_rules(&answer);
        assert_eq!(answer.warning, None, "{shell:?} {root:?}");
        assert!(!answer.context.contains("cargo"), "{}", answer.context);
    });
}

/// What is told, and what is proposed where these programs are on the PATH.
fn mended(programs: &[&Path], shell: &[&str], root: &Path, state: &str) -> String {
    let answer = start_where(programs, "", shell, root, None);
    assert_gives_the_rules(&answer);
    let warning = answer.warning.unwrap_or_else(|| panic!("{shell:?} {root:?}: no warning"));
    assert!(warning.contains(state), "{warning}");
    assert!(answer.context.ends_with(&warning), "the agent hears less than the user: {}", answer.context);
    warning.split_once("To mend it, ").unwrap_or_else(|| panic!("{warning}")).1.to_owned()
}

#[test]
fn in_a_checkout_cargo_builds_what_is_missing() {
    everywhere(None, |shell, root| {
        let tools = Scratch::new("cargo");
        write(&root.join("Cargo.toml"), "", 0o644);
        let mend = mended(&[&tools.path().join("cargo")], shell, root, "is missing");
        let root = root.to_str().unwrap();
        let expected = ["install", "--path", root, "--root", root, "--locked"];
        assert_eq!(words_of(mend.strip_prefix("run: ").unwrap()), expected, "{mend}");
    });
}

/// A package manager put them there; the plugin's hook starts those in its own folder.
#[test]
fn programs_on_the_path_are_linked_to() {
    everywhere(None, |shell, root| {
        let tools = Scratch::new("it's there");
        let [guard, exec] = ["asm-guard", "asm-exec"].map(|name| tools.path().join(name));
        write(&root.join("Cargo.toml"), "", 0o644);
        let mend = mended(&[&guard, &exec, &tools.path().join("cargo")], shell, root, "is missing");
        let status = Command::new("sh").args(["-c", mend.strip_prefix("run: ").unwrap()]).status().unwrap();
        assert!(status.success(), "{mend}");
        assert_eq!(fs::read_link(root.join("bin/asm-guard")).unwrap(), guard);
        assert_eq!(fs::read_link(root.join("bin/asm-exec")).unwrap(), exec);
        assert_eq!(start(shell, root, None).warning, None, "{mend}");
    });
}

#[test]
fn a_guard_that_is_not_executable_gets_its_mode() {
    everywhere(None, |shell, root| {
        for program in ["bin/asm-guard", "bin/asm-exec"] {
            write(&root.join(program), "#!/bin/sh\n", 0o644);
        }
        let mend = mended(&[], shell, root, "is not executable");
        let status = Command::new("sh").args(["-c", mend.strip_prefix("run: ").unwrap()]).status().unwrap();
        assert!(status.success(), "{mend}");
        assert_eq!(start(shell, root, None).warning, None, "{mend}");
    });
}

/// No Cargo, or nothing that it could build, or something that it would not replace: no command is named that fails.
#[test]
fn where_no_command_mends_it_the_ways_are_named() {
    for shell in shells() {
        let tools = Scratch::new("cargo");
        let (cargo, guard) = (tools.path().join("cargo"), tools.path().join("asm-guard"));
        let plain = Scratch::new("session");
        let checkout = Scratch::new("session");
        write(&checkout.path().join("Cargo.toml"), "", 0o644);
        let folder = Scratch::new("session");
        folder.dir("bin/asm-guard");
        write(&folder.path().join("Cargo.toml"), "", 0o644);
        for (programs, root, state) in [
            (vec![], &plain, "is missing"),
            (vec![&*cargo], &plain, "is missing"),
            (vec![], &checkout, "is missing"),
            (vec![&*guard], &plain, "is missing"),
            (vec![&*cargo], &folder, "is not executable"),
        ] {
            let mend = mended(&programs, shell, root.path(), state);
            assert!(mend.starts_with("take the plugin from a release"), "{shell:?} {mend}");
            for program in programs {
                fs::remove_file(program).unwrap();
            }
        }
    }
}

/// The arguments that cargo gets when a user pastes this command into a shell.
fn words_of(command: &str) -> Vec<String> {
    let script = format!("cargo() {{ printf '%s\\0' \"$@\"; }}\n{command}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    words.split_terminator('\0').map(str::to_owned).collect()
}

/// PATH after the client has sourced what the script wrote, in a session that started twice.
fn path_after(env_file: &Path) -> String {
    let shell = if Path::new("/bin/bash").exists() { "/bin/bash" } else { "sh" };
    let mut command = Command::new(shell);
    command.args(["-c", ". \"$1\" && . \"$1\" && printf %s \"$PATH\"", "-"]).arg(env_file);
    let Output { stdout, stderr, .. } = command.env_clear().env("PATH", "/usr/bin:/bin").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&stderr), "", "{env_file:?}");
    String::from_utf8(stdout).unwrap()
}

#[test]
fn the_plugins_bin_comes_first_on_the_path_once() {
    everywhere(Some(0o755), |shell, root| {
        let env_file = root.join("session.env");
        // Another plugin's line, which it did not end.
        write(&env_file, "OTHER=1", 0o644);
        start(shell, root, Some(&env_file));
        start(shell, root, Some(&env_file));
        let expected = format!("{}/bin:/usr/bin:/bin", root.display());
        assert_eq!(path_after(&env_file), expected, "{shell:?}");
        assert!(fs::read_to_string(&env_file).unwrap().starts_with("OTHER=1\n"), "{shell:?}");
    });
}

/// `/a:b/bin` on PATH would be `/a` and a folder `b/bin` wherever the agent stands.
#[test]
fn a_root_with_a_colon_stays_off_the_path() {
    let scratch = Scratch::new("session");
    let (root, env_file) = (scratch.dir("a:b"), scratch.path().join("session.env"));
    write(&env_file, "", 0o644);
    start(&["sh"], &root, Some(&env_file));
    assert_eq!(path_after(&env_file), "/usr/bin:/bin");
}

#[test]
fn an_env_file_that_cannot_be_written_costs_no_rules() {
    for shell in shells() {
        let scratch = Scratch::new("session");
        assert_gives_the_rules(&start(shell, scratch.path(), Some(scratch.path())));
    }
}

/// What the client's Bash tool has in this variable, once it has sourced what the script wrote.
fn session_after(event: &str, shell: &[&str]) -> String {
    let scratch = Scratch::new("session");
    let env_file = scratch.path().join("session.env");
    write(&env_file, "OTHER=1", 0o644);
    start_with(event, shell, scratch.path(), Some(&env_file));
    let mut command = Command::new("sh");
    command.args(["-c", ". \"$1\" && printf '%s' \"$OTHER:${ASM_GUARD_SESSION-}\"", "-"]).arg(&env_file);
    let Output { stdout, stderr, .. } = command.env_clear().output().unwrap();
    assert_eq!(String::from_utf8_lossy(&stderr), "", "{event}");
    String::from_utf8(stdout).unwrap()
}

#[test]
fn commands_know_the_sessions_id() {
    let long = format!(r#"{{"session_id":"{}"}}"#, "a".repeat(65));
    for shell in shells() {
        for (event, session) in [
            (r#"{"session_id":"0f8fad5b-D9CB-469f","cwd":"/"}"#, "0f8fad5b-D9CB-469f"),
            ("{\n  \"cwd\": \"/\",\n  \"session_id\" :\t\"abc-1\"\n}\n", "abc-1"),
            (r#"{"cwd":"/\"session_id\":\"evil\"","session_id":"abc-1"}"#, "abc-1"),
            (r#"{"cwd":"/\"session_id\":\"evil\""}"#, ""),
            (r#"{"session_id":"$(touch hacked)"}"#, ""),
            (r#"{"session_id":"a;b"}"#, ""),
            (r#"{"session_id":"a\nb"}"#, ""),
            (r#"{"session_id":"../../x"}"#, ""),
            (r#"{"session_id":"a b"}"#, ""),
            (r#"{"session_id":"münchen"}"#, ""),
            (r#"{"session_id":""}"#, ""),
            (r#"{"session_id":7,"a":"b"}"#, ""),
            (r#"{"session_id":"cut"#, ""),
            (r#"{"session_id""#, ""),
            (&long, ""),
            ("", ""),
        ] {
            assert_eq!(session_after(event, shell), format!("1:{session}"), "{shell:?} {event}");
        }
    }
}

/// Other agents name the plugin's folder otherwise; the script knows where it lies.
#[test]
fn without_the_variable_the_root_is_where_the_script_lies() {
    let scratch = Scratch::new("session");
    let root = scratch.dir("it's here");
    let script = root.join("hooks/session-start.sh");
    write(&script, &text("hooks/session-start.sh"), 0o644);
    write(&root.join("bin/asm-guard"), "#!/bin/sh\n", 0o644);
    let output = Command::new("sh").arg(&script).env_remove("CLAUDE_PLUGIN_ROOT").output().unwrap();
    let reply: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (_, command) = reply["systemMessage"].as_str().unwrap().split_once("run: ").unwrap();
    let words = shlex::split(command).unwrap();
    assert_eq!(words[2], root.join("bin/asm-guard").to_str().unwrap());
}
