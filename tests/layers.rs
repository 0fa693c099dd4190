//! Rule files of every layer, as the real binary reads them: what holds, what is refused, and what is said.
#![cfg(unix)]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const FETCH: &str = "aws secretsmanager get-secret-value --secret-id prod/db";
const DECRYPT: &str = "aws kms decrypt --key-id alias/prod";
/// A rule over what the built-in ones leave alone.
const RULE: &str = r#"
[[rule]]
id = "no-decrypt"
summary = "Decrypts with KMS"
decision = "deny"
reason = "The plaintext would enter the conversation."
suggest = "ask the owner of {parameter.KeyId}"
when.aws = { service = "kms", operation = "decrypt" }
example = [{ bash = "aws kms decrypt", expect = "deny" }, { bash = "aws kms list-keys", expect = "allow" }]
"#;

/// A home folder and a project in it.
struct Home(TempDir);

impl Home {
    fn new() -> Home {
        let home = Home(tempfile::tempdir().expect("a folder"));
        fs::create_dir_all(home.project().join("sub")).expect("a project");
        home
    }

    fn project(&self) -> PathBuf {
        self.0.path().join("work/project")
    }

    /// Writes a user's rule file.
    fn user(&self, name: &str, text: &str) -> PathBuf {
        write(&self.0.path().join(".config/asm-guard/rules.d").join(name), text)
    }

    /// Writes a project's rule file.
    fn in_project(&self, name: &str, text: &str) -> PathBuf {
        write(&self.project().join(".asm-guard/rules.d").join(name), text)
    }

    fn cache(&self) -> PathBuf {
        self.0.path().join(".cache/asm-guard/rules.json")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_asm-guard"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.0.path())
            .current_dir(self.project().join("sub"));
        command.output().expect("asm-guard")
    }

    /// The hook's answer to a Bash command: its JSON, where it says anything.
    fn hook(&self, bash: &str) -> Option<Value> {
        let event = json!({
            "hook_event_name": "PreToolUse", "session_id": "s", "cwd": self.project().join("sub"),
            "tool_name": "Bash", "tool_input": { "command": bash },
        });
        let mut child = Command::new(env!("CARGO_BIN_EXE_asm-guard"))
            .arg("hook")
            .env_clear()
            .env("HOME", self.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("asm-guard");
        child.stdin.take().expect("piped").write_all(event.to_string().as_bytes()).expect("a reader");
        let output = child.wait_with_output().expect("its end");
        (!output.stdout.is_empty()).then(|| serde_json::from_slice(&output.stdout).expect("one object"))
    }

    /// What is decided of a Bash command: the decision, and the rule that decides.
    fn decided(&self, bash: &str) -> (String, String) {
        let verdict: Value =
            serde_json::from_slice(&self.run(&["check", "--json", "--", bash]).stdout).expect("JSON");
        let text = |name: &str| verdict[name].as_str().unwrap_or_default().to_owned();
        (text("decision"), text("rule"))
    }
}

fn write(path: &Path, text: &str) -> PathBuf {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
    path.to_owned()
}

/// Made by the program of that name: macOS has no call that makes one in a folder.
fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success());
}

fn amend(rule: &str, decision: &str) -> String {
    format!("[[override]]\nrule = \"{rule}\"\ndecision = \"{decision}\"\nreason = \"r\"\n")
}

fn pair(decision: &str, rule: &str) -> (String, String) {
    (decision.to_owned(), rule.to_owned())
}

#[test]
fn a_users_rules_add_and_amend() {
    let home = Home::new();
    assert_eq!(home.decided(DECRYPT), pair("allow", ""));
    home.user("a.toml", RULE);
    assert_eq!(home.decided(DECRYPT), pair("deny", "no-decrypt"));
    let said = home.hook(DECRYPT).expect("an answer");
    let reason = said["reason"].as_str().expect("a reason");
    assert!(reason.ends_with("Instead: ask the owner of alias/prod"), "{reason}");

    home.user("b.toml", &amend("secretsmanager-fetch", "ask"));
    assert_eq!(home.decided(FETCH), pair("ask", "secretsmanager-fetch"));
    let exception = "[[exception]]\nrule = \"secretsmanager-*\"\nreason = \"r\"\n\
                     when.aws = { parameters = { SecretId = \"dev/*\" } }\n";
    home.user("c.toml", exception);
    assert_eq!(home.decided(&FETCH.replace("prod/", "dev/")), pair("allow", ""));
    assert_eq!(home.decided(FETCH), pair("ask", "secretsmanager-fetch"));
    // What cannot be known is no exception.
    assert_eq!(home.decided("aws secretsmanager get-secret-value --secret-id \"$ID\"").0, "ask");
    home.user("c.toml", &format!("{exception}until = 2001-01-01\n"));
    assert_eq!(home.decided(&FETCH.replace("prod/", "dev/")).0, "ask", "it has ended");
    fs::remove_dir_all(home.0.path().join(".config")).expect("removed");
    assert_eq!(home.decided(FETCH), pair("deny", "secretsmanager-fetch"));
    assert_eq!(home.decided(DECRYPT), pair("allow", ""));
}

#[test]
fn packs_are_switched_on_and_amended() {
    let home = Home::new();
    assert_eq!(home.decided(DECRYPT).0, "allow");
    home.user("a.toml", "packs = [\"kms\", \"nonesuch\"]\n");
    let (decision, rule) = home.decided(DECRYPT);
    assert_eq!(decision, "deny");
    let said = home.hook(DECRYPT).expect("a denial");
    let reason = said["reason"].as_str().expect("a reason");
    assert!(
        reason.contains("there is no pack `nonesuch`") && reason.contains("mend: the packs are: kms, "),
        "{reason}"
    );
    home.user("b.toml", &amend(&rule, "ask"));
    assert_eq!(home.decided(DECRYPT), pair("ask", &rule));
    // A project may switch packs on, which tightens.
    assert_eq!(home.decided("vault kv get secret/app").0, "allow");
    home.in_project("p.toml", "packs = [\"vault\"]\n");
    assert_eq!(home.decided("vault kv get secret/app").0, "deny");
}

#[test]
fn rules_judge_every_kind_of_fact() {
    let home = Home::new();
    let rule = |id: &str, when: &str| {
        RULE.replace("no-decrypt", id)
            .replace("when.aws = { service = \"kms\", operation = \"decrypt\" }", when)
    };
    let text = [
        rule("command", "when.command = { program = \"terraform\", operands = \"output*\" }"),
        rule("file", "when.file = { path = \"*/.pgpass\" }"),
        rule("write", "when.write = { path = \"~/.ssh/*\" }"),
        rule("mcp", "when.mcp = { server = \"github\", tool = \"delete_*\", field = { owner = \"acme\" } }"),
        rule("code", "when.code = { language = \"python\", call = \"keyring.get_password\" }"),
        rule("http", "when.http = { host = \"169.254.169.254\", path = \"/latest/*\" }"),
        rule("resolve", "when.resolve = { program = \"mysql\" }"),
    ]
    .concat();
    home.user("a.toml", &text);
    for (bash, rule) in [
        ("cd x && sudo terraform -chdir=y output -json", "command"),
        ("cat ~/.pgpass", "file"),
        ("echo key >> ~/.ssh/authorized_keys", "write"),
        ("python3 -c 'import keyring; keyring.get_password(\"a\", \"b\")'", "code"),
        ("curl http://169.254.169.254/latest/meta-data/iam", "http"),
        ("asm-exec -- mysql '-p{{resolve:secretsmanager:db}}'", "resolve"),
    ] {
        assert_eq!(home.decided(bash), pair("deny", rule), "{bash}");
    }
    for bash in
        ["terraform plan", "echo 'terraform output'", "ls ~/.ssh", "curl http://169.254.169.253/latest/x"]
    {
        assert_eq!(home.decided(bash), pair("allow", ""), "{bash}");
    }
    let tool = |input: &str| {
        let output =
            home.run(&["check", "--json", "--tool", "mcp__github__delete_repository", "--input", input]);
        output.status.code()
    };
    assert_eq!((tool("{\"owner\": \"acme\"}"), tool("{\"owner\": \"other\"}")), (Some(2), Some(0)));
}

#[test]
fn a_project_only_tightens() {
    let home = Home::new();
    home.in_project("a.toml", RULE);
    assert_eq!(home.decided(DECRYPT), pair("deny", "no-decrypt"), "from a folder below it");
    let loosening = [
        amend("secretsmanager-fetch", "off"),
        amend("*", "ask"),
        "[[exception]]\nrule = \"*\"\nwhen.aws = { service = \"secretsmanager\" }\nreason = \"r\"\n"
            .to_owned(),
        "locked = [\"*\"]\n".to_owned(),
    ];
    for text in loosening {
        home.in_project("b.toml", &text);
        assert_eq!(home.decided(FETCH), pair("deny", "secretsmanager-fetch"), "{text}");
        let said = home.hook(FETCH).expect("a denial");
        let reason = said["reason"].as_str().expect("a reason");
        assert!(reason.contains("b.toml:1:"), "what is wrong is said: {reason}");
        assert_eq!(home.hook("ls"), None, "nothing is refused that should not be: {text}");
    }
    // A user's loosening holds, and the project tightens it again.
    home.user("u.toml", &amend("secretsmanager-fetch", "off"));
    home.in_project("b.toml", "");
    assert_eq!(home.decided(FETCH).0, "allow");
    home.in_project("b.toml", &amend("secretsmanager-fetch", "ask"));
    assert_eq!(home.decided(FETCH), pair("ask", "secretsmanager-fetch"));
}

#[test]
fn what_is_broken_is_told_and_the_rest_holds() {
    let home = Home::new();
    home.user("a.toml", RULE);
    home.user("b.toml", &RULE.replace("no-decrypt", "other").replace("decision", "decisoin"));
    home.user("c.toml", "[[rule]\n");
    // The first answer says it, though the call runs.
    let said = home.hook("ls").expect("a hint");
    let hint = said["hookSpecificOutput"]["additionalContext"].as_str().expect("a hint");
    assert!(hint.contains("and one more") && hint.contains("b.toml:5:1: unknown field `decisoin`"), "{hint}");
    assert!(hint.contains("mend: write `decision`"), "{hint}");
    assert_eq!(home.hook("ls"), None, "once is enough");
    let said = home.hook(DECRYPT).expect("a denial");
    assert!(said["reason"].as_str().is_some_and(|reason| reason.contains("no-decrypt")));
    assert!(said["reason"].as_str().is_some_and(|reason| reason.contains("unknown field")));
    let lint = home.run(&["rules", "lint"]);
    assert_eq!(lint.status.code(), Some(1));
    let lint = String::from_utf8(lint.stdout).expect("UTF-8");
    assert!(lint.contains("c.toml:1:"), "{lint}");
}

#[test]
fn a_projects_files_lead_nowhere_else() {
    let home = Home::new();
    let private = write(&home.0.path().join("private.toml"), "token = \"correct-horse\"\n");
    let folder = home.project().join(".asm-guard/rules.d");
    fs::create_dir_all(&folder).expect("a folder");
    symlink(&private, folder.join("a.toml")).expect("a link");
    fifo(&folder.join("b.toml"));
    fs::write(folder.join("c.toml"), "x".repeat(300 << 10)).expect("a file");
    fs::create_dir(folder.join("d.toml")).expect("a folder");
    let said = home.hook(FETCH).expect("a denial").to_string();
    assert!(said.contains("and 3 more") && !said.contains("correct-horse"), "{said}");
    assert!(said.contains("64 KiB in all: 3 of these 4"), "{said}");
    fs::remove_dir_all(&folder).expect("removed");
    let elsewhere = home.0.path().join("elsewhere");
    write(&elsewhere.join("a.toml"), RULE);
    symlink(&elsewhere, &folder).expect("a link");
    assert_eq!(home.decided(DECRYPT), pair("allow", ""));
}

#[test]
fn no_file_keeps_the_hook_from_its_answer() {
    let home = Home::new();
    // Patterns that take seconds to compile.
    let one = |number: usize| {
        let repeated = number % 9 + 1;
        format!(
            "[[exception]]\nrule=\"x\"\nreason=\"r\"\nwhen.aws={{service={{regex=\"(\\\\w{{3}}[a-z]{{9}}){{{repeated}}}\"}}}}\n"
        )
    };
    for file in 0..20 {
        let text: String = (0..2000).map(|number| one(number + file)).collect();
        home.user(&format!("{file}.toml"), &text);
    }
    let said = home.hook("ls").expect("a refusal").to_string();
    assert!(said.contains("No decision was reached within 2 seconds"), "{said}");
    fs::remove_dir_all(home.0.path().join(".config")).expect("removed");
    // Settings that nobody writes to the other end of.
    let folder = home.0.path().join(".config/asm-guard");
    fs::create_dir_all(&folder).expect("a folder");
    fifo(&folder.join("settings.toml"));
    let said = home.hook(FETCH).expect("a denial").to_string();
    assert!(said.contains("secretsmanager-fetch"), "{said}");
}

#[test]
fn what_is_kept_is_the_users_and_current() {
    let home = Home::new();
    let file = home.user("a.toml", RULE);
    home.in_project("p.toml", &RULE.replace("no-decrypt", "of-the-project").replace("decrypt", "encrypt"));
    assert_eq!(home.decided(DECRYPT).1, "no-decrypt");
    let kept = fs::read_to_string(home.cache()).expect("it is kept");
    assert!(!kept.contains("of-the-project"), "nothing of a project is kept");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&home.cache()), mode(home.cache().parent().expect("a folder"))), (0o600, 0o700));

    // It is what is read: what it says is what holds, as long as the files are the same.
    let off = kept.replace("\"decision\":\"deny\"", "\"decision\":\"hint\"");
    assert_ne!(off, kept);
    fs::write(home.cache(), &off).expect("written");
    assert_eq!(home.decided(DECRYPT).0, "allow");
    // Others than the user may not have written it.
    fs::set_permissions(home.cache(), fs::Permissions::from_mode(0o622)).expect("changed");
    assert_eq!(home.decided(DECRYPT).0, "deny");
    // It is not followed, and not used where it is damaged or the files are others.
    for damage in ["", "{}\n", "\n", &kept[..kept.len() / 2], &kept.replace("\"rule\":", "\"ruel\":")] {
        fs::write(home.cache(), damage).expect("written");
        assert_eq!(home.decided(DECRYPT).0, "deny", "{damage}");
    }
    fs::write(&file, RULE.replace("\"deny\"\nreason", "\"ask\"\nreason")).expect("written");
    assert_eq!(home.decided(DECRYPT).0, "ask");
    home.user("b.toml", &amend("no-decrypt", "off"));
    assert_eq!(home.decided(DECRYPT).0, "allow");
    fs::remove_file(&file).expect("removed");
    assert_eq!(home.decided(DECRYPT).0, "allow");
    // Where nothing can be kept the rules hold all the same.
    fs::remove_dir_all(home.0.path().join(".cache")).expect("removed");
    fs::write(home.0.path().join(".cache"), "a file").expect("written");
    home.user("a.toml", RULE);
    home.user("b.toml", "");
    assert_eq!(home.decided(DECRYPT).0, "deny");
}

/// The rule file that `docs/rules.md` shows where it tells of programs.
fn documented() -> &'static str {
    let section =
        include_str!("../docs/rules.md").split_once("## Teach it your programs").expect("the section").1;
    let block = section.split_once("```toml\n").expect("a file").1;
    block.split_once("```").expect("its end").0
}

#[test]
fn what_the_documentation_teaches_holds() {
    let home = Home::new();
    let file = home.user("corp.toml", documented());
    let tested = home.run(&["rules", "test", file.to_str().expect("UTF-8")]);
    let said = String::from_utf8_lossy(&tested.stdout).into_owned();
    assert!(tested.status.success() && said.contains("4 examples: all hold."), "{said}");
    assert!(home.run(&["rules", "lint"]).status.success());
    let effective = String::from_utf8(home.run(&["rules", "effective"]).stdout).expect("UTF-8");
    for told in ["wrapper      corp-run  ", "http_client  corp-fetch  ", "surface      mcp__corp__run_job  "]
    {
        assert!(effective.contains(told), "{effective}");
    }
    // The first hook compiles, the second reads what was kept.
    for _ in 0..2 {
        let said = home.hook(&format!("bash -c 'corp-run --env prod -- {FETCH}'")).expect("a denial");
        assert!(said["reason"].as_str().is_some_and(|reason| reason.contains("corp-run")), "{said}");
        assert_eq!(home.hook("corp-run --env prod -- ls"), None);
        assert!(fs::read_to_string(home.cache()).expect("it is kept").contains("program corp-run\t"));
    }
    let input = r#"{"recipe_text": "aws secretsmanager get-secret-value --secret-id x"}"#;
    let tool = |name: &str| home.run(&["check", "--tool", name, "--input", input]).status.code();
    assert_eq!((tool("mcp__corp__run_job"), tool("mcp__corp__show_job")), (Some(2), Some(0)));
}

#[test]
fn what_is_kept_of_programs_is_the_users_and_current() {
    let home = Home::new();
    let call = "corp-fetch 'http://localhost:2773/secretsmanager/get?secretId=x'".to_owned();
    home.user("corp.toml", documented());
    assert_eq!(home.decided(&call).0, "deny");
    let kept = fs::read_to_string(home.cache()).expect("it is kept");
    // A user may write what is kept, and nothing that it says hides what is built in.
    let (start, header) = (kept.find('\n').expect("a header") + 1, kept.lines().next().expect("a header"));
    for damage in [
        kept.replace("\"wrapper\":", "\"rappwer\":"),
        kept.replace("\"program\":[\"corp-run\"]", "\"program\":\"corp-run\"  "),
        kept[..start + 20].to_owned(),
        kept[..kept.len() - 1].to_owned(),
        format!("{header}\n"),
        format!("{kept}\n"),
    ] {
        assert_ne!(damage, kept);
        fs::write(home.cache(), &damage).expect("written");
        assert_eq!(home.decided(&call).0, "deny", "{damage}");
        assert_eq!(home.decided(&format!("sudo {FETCH}")).0, "deny", "{damage}");
    }
    // What a project says reaches neither what is kept nor the verdict, and the rest of its file holds.
    fs::remove_file(home.cache()).expect("removed");
    home.in_project("p.toml", &format!("{RULE}\n[[shell]]\nprogram = [\"of-the-project\"]\n"));
    assert_eq!(home.decided(&format!("of-the-project -c '{FETCH}'")), pair("allow", ""));
    assert_eq!(home.decided(DECRYPT), pair("deny", "no-decrypt"));
    assert!(!fs::read_to_string(home.cache()).expect("it is kept").contains("of-the-project"));
    let said = home.hook(FETCH).expect("a denial").to_string();
    assert!(said.contains("a project's files say nothing of programs and tools"), "{said}");
    // What the user's file does not say any more does not hold any more.
    home.user("corp.toml", "");
    assert_eq!(home.decided(&call), pair("allow", ""));
}

#[test]
fn a_thousand_programs_are_each_found() {
    let home = Home::new();
    let entry = |n: usize| format!("[[shell]]\nprogram = [\"corp-{n}\"]\n");
    home.user("many.toml", &(0..1000).map(entry).collect::<String>());
    for n in [0, 1, 9, 10, 99, 500, 999] {
        assert!(home.hook(&format!("corp-{n} -c '{FETCH}'")).is_some(), "{n}");
    }
    assert_eq!(home.hook(&format!("corp-1000 -c '{FETCH}'")), None);
    let header = fs::read_to_string(home.cache()).expect("it is kept");
    assert!(header.lines().next().expect("a header").len() < 1000, "what every hook parses stays small");
}

/// A machine of an organisation's, in a mount namespace of its own: what it says is believed, what the user says beside it
/// hides nothing. Needs root.
#[test]
#[ignore = "needs root and unshare; .ci/run machine runs it"]
fn what_is_managed_of_programs_is_believed() {
    let home = Home::new();
    let hides = "[[wrapper]]\nprogram = [\"corp\"]\n";
    let call = format!("echo '{FETCH}' > s.sh; corp sh -c 'echo ls > s.sh'; sh s.sh");
    home.user("corp.toml", hides);
    assert_eq!(home.decided(&call).0, "deny", "a user is not believed");
    let machine = |managed: &str, bash: &str| {
        let script = "set -eu; mount -t tmpfs -o mode=755 none /etc; mkdir -p /etc/asm-guard/rules.d; \
                      printf '%s' \"$1\" > /etc/asm-guard/rules.d/corp.toml; shift; exec \"$@\"";
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", script, "sh", managed, env!("CARGO_BIN_EXE_asm-guard")]);
        command.args(["check", "--json", "--", bash]).env_clear().env("HOME", home.0.path());
        let path = std::env::var_os("PATH").expect("PATH");
        let output = command.env("PATH", path).current_dir(home.project()).output().expect("unshare");
        let verdict: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
        verdict["decision"].as_str().expect("a decision").to_owned()
    };
    let managed = documented();
    assert_eq!(machine(managed, &format!("corp-run --env prod -- {FETCH}")), "deny");
    assert_eq!(machine(managed, &call), "deny", "the user's is the only one that says so");
    assert_eq!(machine(hides, &call), "allow", "the organisation says so");
    home.user("corp.toml", "[[alias]]\nname = [\"corp-run\"]\nprogram = \"echo\"\n");
    assert_eq!(machine(managed, &format!("corp-run -- {FETCH}")), "deny");
}
