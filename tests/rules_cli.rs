//! What `asm-guard rules` says, whole, over made-up files: a snapshot each, in `tests/rules_cli/`.
#![cfg(unix)]

use std::fs;
use std::path::Path;
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

#[test]
fn what_it_says_is_as_it_was_read() {
    let home = tempfile::tempdir().expect("a folder");
    let (user, project) = (home.path().join(".config/asm-guard/rules.d"), home.path().join("project"));
    for folder in [&user, &project] {
        fs::create_dir_all(folder).expect("a folder");
    }
    fs::write(user.join("team.toml"), USER).expect("a file");
    fs::write(project.join("wrong.toml"), WRONG).expect("a file");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_asm-guard"));
        command.arg("rules").args(arguments).env_clear().env("HOME", home.path()).current_dir(&project);
        let output = command.output().expect("asm-guard");
        let text =
            |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&home.path().display().to_string(), "HOME");
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let stderr = if stderr.is_empty() { stderr } else { format!("\n--- standard error\n{stderr}") };
        format!("exit status {}\n{stdout}{stderr}", output.status.code().expect("no signal"))
    };
    // The built-in rules have a page and tests of their own.
    let own = |text: String| {
        let built_in = |line: &&str| !line.ends_with("built-in") && !line.contains(" examples");
        text.lines().filter(built_in).map(|line| format!("{line}\n")).collect::<String>()
    };
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules_cli"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
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
