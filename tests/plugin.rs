//! The plugin's own files: manifests, hooks, the session script and the skill, without a client.
//!
//! `tests/clients/` runs the same files in the real one.
#![cfg(unix)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

#[path = "clients/scratch.rs"]
mod scratch;
use scratch::{Scratch, write};

fn checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(path: &str) -> String {
    fs::read_to_string(checkout(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn parsed(path: &str) -> Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

mod manifests {
    use super::*;

    /// Those that are a manifest and nothing else, and those that say where their agent finds the rest.
    const WHOLE: [&str; 2] = ["plugin.json", ".claude-plugin/plugin.json"];
    const POINTING: [(&str, &str); 2] = [
        (".codex-plugin/plugin.json", "./hooks/codex.json"),
        (".plugin/plugin.json", "./hooks/copilot.json"),
    ];

    /// Version and description are Cargo.toml's; the name is the plugin's own.
    #[test]
    fn copies_of_name_version_and_description_agree() {
        let marketplace = ".claude-plugin/marketplace.json";
        let mut copies = vec![(marketplace, parsed(marketplace)["plugins"][0].take())];
        let files = WHOLE.into_iter().chain(POINTING.map(|(file, _)| file));
        copies.extend(
            files.chain(["extensions/gemini/gemini-extension.json"]).map(|file| (file, parsed(file))),
        );
        for (file, copy) in &copies {
            assert_eq!(copy["name"], "aws-core", "{file}");
            assert_eq!(copy["version"], env!("CARGO_PKG_VERSION"), "{file}: version differs from Cargo.toml");
            assert_eq!(
                copy["description"],
                env!("CARGO_PKG_DESCRIPTION"),
                "{file}: description differs from Cargo.toml"
            );
        }
        let kiro = parsed("templates/kiro/asm-guard.json");
        assert_eq!(
            kiro["description"],
            env!("CARGO_PKG_DESCRIPTION"),
            "Kiro's template differs from Cargo.toml"
        );
    }

    /// Beside what an agent needs to find the plugin's parts, there is one manifest.
    #[test]
    fn the_manifests_are_one() {
        let one = parsed("plugin.json");
        assert_eq!(parsed(WHOLE[1]), one, "the two plugin.json differ");
        for (file, hooks) in POINTING {
            let mut manifest = parsed(file);
            let fields = manifest.as_object_mut().unwrap();
            assert_eq!(fields.remove("hooks"), Some(json!(hooks)), "{file}");
            assert_eq!(fields.remove("skills"), Some(json!("./skills/")), "{file}");
            assert_eq!(manifest, one, "{file} differs from plugin.json");
        }
    }

    #[test]
    fn the_marketplace_offers_this_checkout_and_nothing_else() {
        let marketplace = parsed(".claude-plugin/marketplace.json");
        assert_eq!(marketplace["plugins"].as_array().unwrap().len(), 1);
        assert_eq!(marketplace["plugins"][0]["source"], "./");
    }

    /// With one, Codex takes the file for its manifest and loads no hooks.
    #[test]
    fn the_root_manifest_names_no_schema() {
        assert!(parsed("plugin.json").get("$schema").is_none());
    }
}

mod hooks {
    use super::*;

    /// The one handler of an event's one group, and the group's matcher.
    fn handler(event: &str) -> (Value, Value) {
        let mut groups = parsed("hooks/hooks.json")["hooks"][event].take();
        assert_eq!(groups.as_array().map(Vec::len), Some(1), "{event}: one group");
        assert_eq!(groups[0]["hooks"].as_array().map(Vec::len), Some(1), "{event}: one handler");
        (groups[0]["matcher"].take(), groups[0]["hooks"][0].take())
    }

    /// Compared whole: a further field, such as `if` or `async`, could let a call pass unseen.
    #[test]
    fn every_tool_call_goes_to_the_binary_and_is_blocked_when_that_fails() {
        let (matcher, handler) = handler("PreToolUse");
        assert_eq!(matcher, "*");
        assert_eq!(
            handler,
            json!({
                "type": "command",
                "command": "${CLAUDE_PLUGIN_ROOT}/bin/asm-guard",
                "args": ["hook"],
                "timeout": 10,
                "onFailure": "block",
            })
        );
    }

    /// A tool has run by then, so that a hook that fails is to stop nothing. More time than before a tool, as more is read.
    #[test]
    fn what_every_tool_gave_goes_to_the_binary() {
        let (matcher, handler) = handler("PostToolUse");
        assert_eq!(matcher, "*");
        assert_eq!(
            handler,
            json!({
                "type": "command",
                "command": "${CLAUDE_PLUGIN_ROOT}/bin/asm-guard",
                "args": ["hook"],
                "timeout": 15,
            })
        );
    }

    /// No matcher: also a session that resumes, is cleared or compacted. No shell that is told by `args` what to run: an
    /// agent that knows no `args` would have it run what the event holds.
    #[test]
    fn every_session_start_runs_the_script() {
        let (matcher, handler) = handler("SessionStart");
        assert_eq!(matcher, Value::Null);
        assert_eq!(
            handler,
            json!({
                "type": "command",
                "command": "${CLAUDE_PLUGIN_ROOT}/hooks/session-start.sh",
                "args": [],
                "timeout": 10,
            })
        );
    }

    #[test]
    fn there_are_no_other_hooks() {
        let hooks = parsed("hooks/hooks.json");
        let events: Vec<_> = hooks["hooks"].as_object().unwrap().keys().collect();
        assert_eq!(events, ["PostToolUse", "PreToolUse", "SessionStart"]);
    }
}

#[path = "plugin/agents.rs"]
mod agents;

mod session_start {
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
            let probe =
                Command::new(shell[0]).args(&shell[1..]).args(["-c", ":"]).stderr(Stdio::null()).status();
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
        let mut command = Command::new(shell[0]);
        command.args(&shell[1..]).arg(checkout("hooks/session-start.sh"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
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

    #[test]
    fn a_missing_guard_is_told_to_user_and_agent() {
        everywhere(None, |shell, root| assert_warns(shell, root, "is missing"));
    }

    #[test]
    fn a_guard_that_is_not_executable_is_told_to_user_and_agent() {
        everywhere(Some(0o644), |shell, root| assert_warns(shell, root, "is not executable"));
    }

    #[test]
    fn a_folder_in_place_of_the_guard_is_told_to_user_and_agent() {
        let scratch = Scratch::new("session");
        scratch.dir("bin/asm-guard");
        assert_warns(&["sh"], scratch.path(), "is not executable");
    }

    fn assert_warns(shell: &[&str], root: &Path, state: &str) {
        let answer = start(shell, root, None);
        assert_gives_the_rules(&answer);
        let warning = answer.warning.unwrap_or_else(|| panic!("{shell:?} {root:?}: no warning"));
        assert!(warning.contains(state), "{warning}");
        assert!(answer.context.ends_with(&warning), "the agent hears less than the user: {}", answer.context);

        let (_, command) = warning.split_once("run: ").unwrap();
        let root = root.to_str().unwrap();
        assert_eq!(words_of(command), ["install", "--path", root, "--root", root, "--locked"], "{command}");
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
        let Output { stdout, stderr, .. } =
            command.env_clear().env("PATH", "/usr/bin:/bin").output().unwrap();
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
        let output = Command::new("sh").arg(&script).env_remove("CLAUDE_PLUGIN_ROOT").output().unwrap();
        let reply: Value = serde_json::from_slice(&output.stdout).unwrap();
        let (_, command) = reply["systemMessage"].as_str().unwrap().split_once("run: ").unwrap();
        assert_eq!(words_of(command)[2], root.to_str().unwrap());
    }
}

mod skill {
    use super::*;

    const SKILL: &str = "skills/aws-secrets-manager/SKILL.md";

    /// The front matter's `key: value` lines, and the body.
    fn parts() -> (Vec<(String, String)>, String) {
        let text = text(SKILL);
        let (front, body) = text.strip_prefix("---\n").unwrap().split_once("\n---\n").expect("front matter");
        let pair = |line: &str| line.split_once(": ").map(|(k, v)| (k.to_owned(), v.to_owned()));
        (front.lines().map(|line| pair(line).unwrap_or_else(|| panic!("{line}"))).collect(), body.to_owned())
    }

    #[test]
    fn its_front_matter_is_a_name_and_a_description() {
        let (front, _) = parts();
        let [(name_key, name), (description_key, description)] = &front[..] else { panic!("{front:?}") };
        assert_eq!((name_key.as_str(), description_key.as_str()), ("name", "description"));
        assert_eq!(
            checkout(SKILL).parent().unwrap().file_name().unwrap(),
            name.as_str(),
            "the folder's name"
        );
        assert!((40..=1024).contains(&description.len()), "{} bytes", description.len());
        // A plain YAML scalar: neither a mapping nor a comment, and no quote or indicator in front.
        assert!(!description.contains(": ") && !description.contains(" #"), "{description}");
        assert!(description.starts_with(char::is_alphanumeric), "{description}");
    }

    #[test]
    fn it_teaches_what_an_agent_must_know() {
        let (_, body) = parts();
        for needed in [
            // The three rules.
            "**Never fetch a value.** No `get-secret-value` and no `batch-get-secret-value`, by any road",
            "**Never call the agent daemon.**",
            "loopback, port 2773",
            "**Always use a reference with `asm-exec`.**",
            // The reference, and the defaults of its parts.
            "{{resolve:secretsmanager:ID[:SecretString[:JSON-KEY[:VERSION-STAGE[:VERSION-ID]]]]}}",
            "`AWSCURRENT`",
            "the whole secret string",
            // The patterns.
            "**Database connection.**",
            "**Bearer header.**",
            "**Docker.**",
            "**Several secrets.**",
            "**Environment variables.**",
            "**Config file.**",
            // What stands around them.
            "## The hook",
            "## Troubleshooting",
            "`cargo install --path PLUGIN --root PLUGIN --locked`",
            "Best effort, and not a boundary.",
        ] {
            assert!(body.contains(needed), "the skill does not say: {needed}");
        }
    }

    /// A client runs such a block when it loads the skill, with no guard in front of the command.
    #[test]
    fn it_runs_nothing_by_being_read() {
        let (_, body) = parts();
        assert!(!body.contains("!`") && !body.contains("```!"), "the skill holds a command to run at load");
    }

    /// The commands of the `bash` blocks, continued lines as one.
    fn commands() -> Vec<String> {
        let (_, body) = parts();
        let blocks = body.split("```bash\n").skip(1).map(|rest| rest.split("```").next().unwrap());
        let lines = blocks.map(|block| block.replace("\\\n", " ")).collect::<String>();
        lines.lines().map(str::to_owned).collect()
    }

    /// What the skill teaches, the hook lets pass.
    #[test]
    fn the_guard_allows_every_command_of_the_skill() {
        let commands = commands();
        assert!(commands.len() >= 6, "{commands:?}");
        for command in commands {
            let event = json!({
                "hook_event_name": "PreToolUse",
                "cwd": "/",
                "tool_name": "Bash",
                "tool_input": {"command": command},
            });
            let mut hook = Command::new(env!("CARGO_BIN_EXE_asm-guard"));
            hook.env_clear().env("HOME", env!("CARGO_TARGET_TMPDIR"));
            let hook = hook.arg("hook").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = hook.spawn().unwrap();
            child.stdin.take().unwrap().write_all(event.to_string().as_bytes()).unwrap();
            let Output { status, stdout, .. } = child.wait_with_output().unwrap();
            let reply = String::from_utf8_lossy(&stdout);
            assert!(status.success() && reply.is_empty(), "{command}\n{status}: {reply}");
        }
    }
}
