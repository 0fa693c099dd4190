//! What `asm-guard rules` says, whole, over made-up files: a snapshot each, in `tests/rules_cli/`.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const USER: &str = r#"packs = ["kms"]

[[rule]]
id = "no-terraform-output"
summary = "Shows what Terraform put out"
decision = "ask"
reason = "Outputs may be secrets."
suggest = "read the one that you need in the program that needs it ({operands})"
tags = ["team"]
when.all = [{ command = { program = "terraform", operands = "output*" } }, { not = { command = { operands = "output -h*" } } }]
unknown = { operands = "ask" }

[[rule.example]]
bash = "terraform output -json"
expect = "ask"

[[rule.example]]
bash = "terraform plan"
expect = "allow"
why = "it only plans"

[[override]]
rule = "reader-*"
decision = "ask"
reason = "We know what we do."

[[exception]]
rule = "secretsmanager-fetch"
when.aws = { parameters = { SecretId = "dev/*" } }
until = 2999-12-31
reason = "The development secrets are no secrets."
"#;

const WRONG: &str = r#"
[[rule]]
id = "no-decrypt"
summary = "Decrypts"
decision = "deny"
reason = "A plaintext."
when.aws = { service = "kms", operation = "decript" }

[[rule.example]]
bash = "aws kms decrypt --key-id x"
expect = "deny"

[[rule.example]]
bash = "aws kms list-keys"
expect = "allow"

[[rule]]
id = "secretsmanager-fetch"
summary = "Fetches"
decision = "deny"
reason = "A <plaintext> & more."
when.aws = { service = "secretsmanager", operation = "get-secret-value" }

[[rule.example]]
bash = "aws secretsmanager get-secret-value --secret-id \"a\""
expect = "ask"

[[rule.example]]
bash = "ls"
expect = "allow"

[[rule]]
id = "Bad Name"
sumary = "x"

[[exception]]
rule = "no-decrypt"
when.aws = { service = "kms" }
until = 2001-01-01
reason = "It was needed once."

[[override]]
rule = "no-such-rule"
decision = "off"
reason = "r"
"#;

const KNOWN: &str = r#"
[[wrapper]]
program = ["corp-run", "nohup"]
value_options = ["--env"]
inner = "after --"

[[wrapper]]
program = ["setsid"]
keeps_environment = true

[[surface]]
tool = ["mcp__corp__run_job"]
fields = { shell = ["recipe_text"] }
"#;

const EXAMPLES: &str = r#"
[[example]]
bash = "corp-run --env prod -- aws secretsmanager get-secret-value --secret-id a"
expect = "deny"

[[example]]
tool = "mcp__corp__run_job"
input = { recipe_text = "aws secretsmanager get-secret-value --secret-id a" }
expect = "ask"
"#;

const WRONGLY_KNOWN: &str = r#"
[[wrapper]]
program = "corp-run"

[[interpreter]]
program = ["corpy"]
language = "pyton"

[[http_client]]
url = ["--url"]
"#;

/// A home folder with a user's rules, and a project in it.
struct House {
    home: tempfile::TempDir,
}

impl House {
    fn new() -> House {
        let home = tempfile::tempdir().expect("a folder");
        let house = House { home };
        for folder in [house.user(), house.project()] {
            fs::create_dir_all(folder).expect("a folder");
        }
        house
    }

    fn user(&self) -> PathBuf {
        self.home.path().join(".config/asm-guard/rules.d")
    }

    fn project(&self) -> PathBuf {
        self.home.path().join("project")
    }

    fn run(&self, arguments: &[&str]) -> String {
        let home = self.home.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_asm-guard"));
        command.arg("rules").args(arguments).env_clear().env("HOME", home).current_dir(self.project());
        let output = command.output().expect("asm-guard");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&home.display().to_string(), "HOME");
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let stderr = if stderr.is_empty() { stderr } else { format!("\n--- standard error\n{stderr}") };
        format!("exit status {}\n{stdout}{stderr}", output.status.code().expect("no signal"))
    }
}

/// Without the built-in rules, which have a page and tests of their own.
fn own(text: String) -> String {
    let built_in = |line: &&str| !line.ends_with("built-in") && !line.contains(" examples");
    text.lines().filter(built_in).map(|line| format!("{line}\n")).collect::<String>()
}

fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules_cli"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

#[test]
fn what_it_says_is_as_it_was_read() {
    let house = House::new();
    fs::write(house.user().join("team.toml"), USER).expect("a file");
    fs::write(house.project().join("wrong.toml"), WRONG).expect("a file");
    let run = |arguments: &[&str]| house.run(arguments);
    settings().bind(|| {
        insta::assert_snapshot!("effective", own(run(&["effective"])));
        insta::assert_snapshot!("show", run(&["show", "no-terraform-output"]));
        insta::assert_snapshot!("test", run(&["test", "wrong.toml"]));
        insta::assert_snapshot!("test-json", run(&["test", "--format", "json", "wrong.toml"]));
        insta::assert_snapshot!("test-junit", run(&["test", "--format", "junit", "wrong.toml"]));
        insta::assert_snapshot!("test-of-a-folder", run(&["test", "../.config/asm-guard/rules.d"]));
        insta::assert_snapshot!("lint", run(&["lint", "wrong.toml"]));
        insta::assert_snapshot!("lint-json", run(&["lint", "--json", "wrong.toml"]));
        insta::assert_snapshot!("lint-clean", run(&["lint"]));
        insta::assert_snapshot!("new", run(&["new", "--", "sudo kubectl get secret db -o yaml"]));
        insta::assert_snapshot!("new-nothing", run(&["new", "--", "true"]));
        insta::assert_snapshot!("no-file", run(&["test", "nowhere.toml"]));
        insta::assert_snapshot!("schema", run(&["schema"]));
    });
}

#[test]
fn what_files_say_of_programs_is_told() {
    let house = House::new();
    fs::write(house.user().join("known.toml"), KNOWN).expect("a file");
    fs::write(house.project().join("examples.toml"), format!("{KNOWN}{EXAMPLES}")).expect("a file");
    fs::write(house.project().join("wrong.toml"), WRONGLY_KNOWN).expect("a file");
    let run = |arguments: &[&str]| house.run(arguments);
    let of_vault = |text: String| -> String {
        let lines = text.lines().filter(|line| line.starts_with("vault-") || line.contains("  vault-"));
        lines.map(|line| format!("{line}\n")).collect()
    };
    settings().bind(|| {
        insta::assert_snapshot!("known-effective", own(run(&["effective"])));
        insta::assert_snapshot!(
            "known-lint",
            run(&["lint", "examples.toml", "../.config/asm-guard/rules.d"])
        );
        insta::assert_snapshot!("known-wrong", run(&["lint", "wrong.toml"]));
        insta::assert_snapshot!("known-test", run(&["test", "../.config/asm-guard/rules.d"]));
        insta::assert_snapshot!("known-test-examples", run(&["test", "examples.toml"]));
        insta::assert_snapshot!("known-test-json", run(&["test", "--format", "json", "examples.toml"]));
        insta::assert_snapshot!("known-test-junit", run(&["test", "--format", "junit", "examples.toml"]));
        insta::assert_snapshot!("pack-off-list", of_vault(run(&["list"])));
        insta::assert_snapshot!("pack-off-show", run(&["show", "vault-read"]));
        insta::assert_snapshot!("pack-test", of_vault(run(&["test"])));
    });
    fs::write(house.user().join("packs.toml"), "packs = [\"vault\"]\n").expect("a file");
    settings().bind(|| {
        insta::assert_snapshot!("pack-on-list", of_vault(run(&["list"])));
        insta::assert_snapshot!("pack-on-show", run(&["show", "vault-read"]));
    });
}
