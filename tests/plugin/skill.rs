//! The skill: what it teaches, and that the hook lets it pass.

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
    assert_eq!(checkout(SKILL).parent().unwrap().file_name().unwrap(), name.as_str(), "the folder's name");
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
