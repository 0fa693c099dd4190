//! A broken rule file in each layer, with the real binary on a machine with an `/etc` of its own: the good rules are kept,
//! nothing else is refused, the fault is told in the next answer and by the doctor; where the organisation is strict, every
//! call is refused until it is mended.
#![cfg(unix)]

/// An `/etc` of its own.
#[path = "clients/namespace.rs"]
mod namespace;
/// Temporary directories.
#[path = "clients/scratch.rs"]
mod scratch;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use scratch::{Scratch, write};
use serde_json::{Value, json};

const GUARD: &str = env!("CARGO_BIN_EXE_asm-guard");
const FETCH: &str = "aws secretsmanager get-secret-value --secret-id prod/db";
const DECRYPT: &str = "aws kms decrypt --key-id alias/prod";

/// A rule over what the built-in ones leave alone.
const GOOD: &str = r#"
[[rule]]
id = "no-decrypt"
summary = "Decrypts with KMS"
decision = "deny"
reason = "The plaintext would enter the conversation."
when.aws = { service = "kms", operation = "decrypt" }
example = [{ bash = "aws kms decrypt", expect = "deny" }, { bash = "aws kms list-keys", expect = "allow" }]
"#;

/// The layers, where their files lie, and how bad the doctor finds a fault in them.
const LAYERS: &[(&str, &str, &str)] = &[
    ("managed", "etc/asm-guard/rules.d", "error"),
    ("user", "home/.config/asm-guard/rules.d", "warning"),
    ("project", "work/.asm-guard/rules.d", "warning"),
];

/// What is wrong in a file, and its bytes; without bytes it is a folder.
const BROKEN: &[(&str, Option<&[u8]>)] = &[
    ("no TOML", Some(b"[[rule]\n")),
    ("a key that is not known", Some(b"[[rule]]\nid = \"x\"\ndecisoin = \"deny\"\n")),
    ("not UTF-8", Some(b"# \xff\n")),
    ("a rule that nothing proves", Some(b"[[rule]]\nid = \"x\"\nsummary = \"x\"\ndecision = \"deny\"\nreason = \"r\"\nwhen.aws = { service = \"kms\" }\n")),
    ("a folder", None),
];

struct Machine(Scratch);

impl Machine {
    /// None where an `/etc` of its own is not to be had.
    fn new(settings: &str) -> Option<Machine> {
        let machine = Machine(Scratch::new("layers"));
        for folder in ["etc", "empty", "home", "work"] {
            machine.0.dir(folder);
        }
        write(&machine.path("etc/asm-guard/settings.toml"), settings, 0o644);
        namespace::permitted(&machine.path("etc"), &machine.path("empty")).then_some(machine)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// A rule file; a folder without a text.
    fn file(&self, path: &str, bytes: Option<&[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match bytes {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::create_dir(&path).unwrap(),
        }
    }

    fn command(&self) -> Command {
        let mut command = namespace::with_etc(GUARD, &self.path("etc"), &self.path("empty"));
        command.env_clear().env("HOME", self.path("home")).env("PATH", "/usr/bin:/bin");
        command
            .current_dir(self.path("work"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// What the hook says of a Bash command: the decision, `allow` for silence, and the text.
    fn hook(&self, bash: &str) -> (String, String) {
        let event = json!({
            "hook_event_name": "PreToolUse", "session_id": "s", "cwd": self.path("work"),
            "tool_name": "Bash", "tool_input": { "command": bash },
        });
        let mut child = self.command().arg("hook").spawn().unwrap();
        child.stdin.take().unwrap().write_all(event.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        if output.stdout.is_empty() {
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            return ("allow".to_owned(), String::new());
        }
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let specific = &answer["hookSpecificOutput"];
        match specific["permissionDecision"].as_str() {
            Some(decision) => (decision.to_owned(), specific["permissionDecisionReason"].to_string()),
            None => ("hint".to_owned(), specific["additionalContext"].to_string()),
        }
    }

    /// What the doctor finds of the layers: how bad, what, and what to do.
    fn doctor(&self) -> Vec<(String, String, String)> {
        let output = self.command().args(["doctor", "--json"]).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        findings
            .filter(|finding| finding["check"] == "layers")
            .map(|finding| (text(finding, "severity"), text(finding, "message"), text(finding, "mend")))
            .collect()
    }
}

#[test]
fn a_broken_file_leaves_the_rest_as_it_is_and_is_told() {
    for (layer, folder, severity) in LAYERS {
        for (what, bytes) in BROKEN {
            let Some(machine) = Machine::new("strict = false\n") else { return };
            machine.file(&format!("{folder}/good.toml"), Some(GOOD.as_bytes()));
            machine.file(&format!("{folder}/bad.toml"), *bytes);
            let what = format!("{layer}: {what}");
            let (decision, said) = machine.hook("ls");
            assert_eq!(decision, "hint", "{what}: {said}");
            assert!(said.contains("bad.toml"), "{what}: {said}");
            // Here `/etc` is made anew for each call, so that its files are other ones each time.
            if *layer != "managed" {
                assert_eq!(machine.hook("ls").0, "allow", "{what}: it is told once where nothing is refused");
            }
            let (decision, said) = machine.hook(DECRYPT);
            assert_eq!(decision, "deny", "{what}: the good rule of the same folder\n{said}");
            assert!(said.contains("no-decrypt") && said.contains("bad.toml"), "{what}: {said}");
            let (decision, said) = machine.hook(FETCH);
            assert!(decision == "deny" && said.contains("secretsmanager-fetch"), "{what}: {said}");
            let found = machine.doctor();
            let fault = found.iter().find(|(_, message, _)| message.contains("bad.toml"));
            let (how_bad, message, mend) = fault.unwrap_or_else(|| panic!("{what}: {found:#?}"));
            assert_eq!(how_bad, severity, "{what}: {message}");
            assert!(
                message.contains(&format!("In the {layer} layer")) && !mend.is_empty(),
                "{what}: {message}"
            );
        }
    }
}

#[test]
fn a_strict_organisation_refuses_every_call_until_it_is_mended() {
    for (layer, folder, _) in LAYERS {
        for (what, bytes) in BROKEN {
            let Some(machine) = Machine::new("strict = true\n") else { return };
            let what = format!("{layer}: {what}");
            machine.file(&format!("{folder}/good.toml"), Some(GOOD.as_bytes()));
            assert_eq!(machine.hook("ls").0, "allow", "{what}: nothing is broken yet");
            machine.file(&format!("{folder}/bad.toml"), *bytes);
            for command in ["ls", "git status", DECRYPT] {
                let (decision, said) = machine.hook(command);
                assert!(
                    decision == "deny" && said.contains("bad.toml"),
                    "{what}, {command}: {decision} {said}"
                );
            }
            let bad = machine.path(&format!("{folder}/bad.toml"));
            fs::remove_file(&bad).or_else(|_| fs::remove_dir(&bad)).unwrap();
            assert_eq!(machine.hook("ls").0, "allow", "{what}: it is mended");
        }
    }
}

/// Only an organisation can be strict: what a user or a project says of it counts for nothing.
#[test]
fn nobody_else_is_strict() {
    let Some(machine) = Machine::new("") else { return };
    machine.file("home/.config/asm-guard/settings.toml", Some(b"strict = true\n"));
    machine.file("home/.config/asm-guard/rules.d/bad.toml", Some(b"[[rule]\n"));
    assert_eq!(machine.hook("ls").0, "hint");
    assert_eq!(machine.hook("ls").0, "allow");
}
