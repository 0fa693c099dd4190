//! `asm-guard doctor` on a made-up machine where all is well, and on many where something is not: one snapshot each, in
//! `tests/doctor/snapshots/`.
//!
//! After a change that is meant: `INSTA_UPDATE=always cargo test --test doctor`, then read the difference.
#![cfg(unix)]

/// A machine, and what the doctor says of it.
mod house;
/// An `/etc` of its own.
#[path = "../clients/namespace.rs"]
mod namespace;
/// Temporary directories.
#[path = "../clients/scratch.rs"]
mod scratch;

use std::os::unix::fs::PermissionsExt;
use std::{fs, panic};

use asm_guard::install::{self, Change};
use house::House;
use serde_json::{Value, json};

const OFF: &str = r#"{"disableAllHooks":true}"#;
const ALLOW: &str =
    r#"echo '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow"}}'"#;

/// What is broken, by the name of its snapshot.
type Case = (&'static str, fn(&mut House));

/// The same, and whether the `/etc` for it is to be had.
type ManagedCase = (&'static str, fn(&mut House) -> bool);

const CASES: &[Case] = &[
    ("healthy", |_| {}),
    // A marketplace that is no folder: the client runs its own copy, and lists where that lies.
    ("healthy-from-a-copy", |house| {
        let copy = house.path("home/.claude/plugins/cache/asm-guard/aws-core/1");
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::rename(house.path("plugin's home"), &copy).unwrap();
        let market = json!({"source": {"source": "github", "repo": "example/asm-guard"}});
        house.settings("home/.claude/plugins/known_marketplaces.json", json!({ "asm-guard": market }));
        let installed =
            json!({"aws-core@asm-guard": [{"scope": "user", "installPath": copy, "version": "1"}]});
        house.settings(
            "home/.claude/plugins/installed_plugins.json",
            json!({"version": 2, "plugins": installed}),
        );
        house.settings("home/.claude/settings.json", json!({"enabledPlugins": {"aws-core@asm-guard": true}}));
    }),
    // The plugin.
    ("plugin-not-installed", |house| house.settings("home/.claude/settings.json", json!({}))),
    ("plugin-disabled", |house| house.user("enabledPlugins", json!({"aws-core@asm-guard": false}))),
    ("plugin-disabled-by-project", |house| {
        house.settings(
            "project/.claude/settings.json",
            json!({"enabledPlugins": {"aws-core@asm-guard": false}}),
        );
    }),
    ("plugin-folder-gone", |house| house.remove("plugin's home/.claude-plugin/marketplace.json")),
    ("output-guard", |house| {
        house.replace(
            "home/.config/asm-guard/settings.toml",
            "output_guard = { enabled = true, seconds = 600 }",
            0o644,
        );
    }),
    ("output-guard-without-hook", |house| {
        house.replace("home/.config/asm-guard/settings.toml", "output_guard = { enabled = true }", 0o644);
        let hooks = fs::read_to_string(house.path("plugin's home/hooks/hooks.json")).unwrap();
        house.replace(
            "plugin's home/hooks/hooks.json",
            &hooks.replace("PostToolUse", "PostToolBatch"),
            0o644,
        );
        house.variable("CLAUDECODE", "1");
    }),
    ("plugin-of-another", |house| house.replace("plugin's home/hooks/hooks.json", r#"{"hooks":{}}"#, 0o644)),
    ("client-missing", |house| {
        house.remove("bin/claude");
        fs::remove_dir_all(house.path("home/.claude")).unwrap();
        fs::remove_dir_all(house.path("project/.claude")).unwrap();
    }),
    ("client-old", |house| house.replace("bin/claude", "#!/bin/sh\necho '2.1.197 (Claude Code)'\n", 0o755)),
    // Hooks that are switched off.
    ("hooks-off-by-user", |house| house.user("disableAllHooks", json!(true))),
    ("hooks-off-by-project", |house| house.replace("project/.claude/settings.json", OFF, 0o644)),
    ("hooks-off-by-local", |house| house.replace("project/.claude/settings.local.json", OFF, 0o644)),
    ("hooks-off-by-environment", |house| house.variable("CLAUDE_CODE_SIMPLE", "1")),
    ("settings-no-json", |house| house.replace("home/.claude/settings.json", "{", 0o644)),
    // What the hook answers.
    ("hook-missing", |house| house.remove("plugin's home/bin/asm-guard")),
    ("hook-not-executable", |house| house.replace("plugin's home/bin/asm-guard", "#!/bin/sh\n", 0o644)),
    ("hook-silent", |house| house.guard(":")),
    ("hook-allows", |house| house.guard(ALLOW)),
    ("hook-crashes", |house| house.guard("kill -SEGV $$")),
    ("hook-garbage", |house| house.guard("echo 'Loading…'; echo '{\"decision\":\"block\"}'; exit 2")),
    ("hook-denies-everything", |house| {
        house.guard(&format!("{}; exit 2", ALLOW.replace("\"allow\"", "\"deny\"")));
    }),
    ("hook-late", |house| {
        let hooks = fs::read_to_string(house.path("plugin's home/hooks/hooks.json")).unwrap();
        house.replace(
            "plugin's home/hooks/hooks.json",
            &hooks.replace("\"timeout\": 10", "\"timeout\": 1"),
            0o644,
        );
        house.guard("/bin/sleep 600");
    }),
    ("hook-for-one-tool", |house| {
        let hooks = fs::read_to_string(house.path("plugin's home/hooks/hooks.json")).unwrap();
        let hooks = hooks
            .replace("\"matcher\": \"*\"", "\"matcher\": \"Bash\"")
            .replace(",\n            \"onFailure\": \"block\"", "");
        house.replace("plugin's home/hooks/hooks.json", &hooks, 0o644);
    }),
    ("binary-of-another-version", |house| {
        let own = fs::read_link(house.path("plugin's home/bin/asm-guard")).unwrap();
        let script = format!(
            "#!/bin/sh\ncase $1 in --version) echo 'asm-guard 0.0.1'; exit;; esac\nexec '{}' \"$@\"\n",
            own.display()
        );
        house.replace("plugin's home/bin/asm-guard", &script, 0o755);
    }),
    // Other agents.
    ("codex-unguarded", |house| house.replace("home/.codex/config.toml", "model = \"o\"\n", 0o600)),
    ("codex-untrusted", |house| house.replace("home/.codex/hooks.json", &codex(house), 0o600)),
    ("codex-trusted", |house| {
        house.replace("home/.codex/hooks.json", &codex(house), 0o600);
        let key = format!("{}:pre_tool_use:0:0", house.path("home/.codex/hooks.json").display());
        let trusted = format!("[hooks.state.{}]\ntrusted_hash = \"sha256:0\"\n", json!(key));
        house.replace("home/.codex/config.toml", &trusted, 0o600);
    }),
    ("codex-alone", |house| {
        house.remove("bin/claude");
        fs::remove_dir_all(house.path("home/.claude")).unwrap();
        fs::remove_dir_all(house.path("project/.claude")).unwrap();
        house.replace("home/.codex/hooks.json", &codex(house), 0o600);
    }),
    ("codex-matcher", |house| {
        let hooks = codex(house).replace("\"matcher\": \"*\"", "\"matcher\": \"Bash\"");
        house.replace("home/.codex/hooks.json", &hooks, 0o600);
    }),
    ("gemini-hook-missing", |house| {
        house.replace("home/.gemini/settings.json", "{ /* none */ }\n", 0o600);
        house.replace("bin/gemini", "#!/bin/sh\n", 0o755);
    }),
    ("gemini-guard-gone", |house| {
        house.replace("home/.gemini/settings.json", &installed("gemini", "/opt/gone/asm-guard"), 0o600);
    }),
    ("cursor-silent", |house| {
        house.replace("bin/asm-guard", "#!/bin/sh\n", 0o755);
        let guard = house.path("bin/asm-guard").display().to_string();
        house.replace("home/.cursor/hooks.json", &installed("cursor", &guard), 0o600);
    }),
    ("cursor-no-json", |house| house.replace("home/.cursor/hooks.json", "{\n  \"version\": 1\n", 0o600)),
    ("kiro-without-agents", |house| house.replace("home/.kiro/settings/mcp.json", "{}", 0o600)),
    // Settings and layers.
    ("layers-broken", |house| {
        house.replace("home/.config/asm-guard/settings.toml", "mode = \"rewrit\"\n", 0o644);
    }),
    ("knowledge-of-the-users", |house| {
        let entries = "[[wrapper]]\nprogram = [\"corp-run\"]\n\n[[writer]]\nprogram = [\"corp-put\"]\ndoes = \"input\"\n\n\
                       [[writer]]\nprogram = [\"corp-cut\"]\ndoes = \"inputs\"\n\n[[wraper]]\nprogram = [\"corp-go\"]\n";
        house.replace("home/.config/asm-guard/rules.d/corp.toml", entries, 0o644);
    }),
    // asm-exec and whom it asks.
    ("asm-exec-missing", |house| house.remove("plugin's home/bin/asm-exec")),
    ("asm-exec-shadowed", |house| house.replace("bin/asm-exec", "#!/bin/sh\necho another 1.0\n", 0o755)),
    ("daemon-dead", |house| house.variable("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "1")),
    ("daemon-elsewhere", |house| {
        house.variable("AWS_SECRETS_MANAGER_AGENT_ENDPOINT", "http://agent.example.com:2773");
    }),
    ("token-unreadable", |house| house.remove("token")),
    ("credentials-missing", |house| {
        house.variable("AWS_ACCESS_KEY_ID", "");
        house.variable("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "1");
    }),
];

/// Those that take an `/etc` of its own.
const MANAGED: &[ManagedCase] = &[
    ("managed", |house| {
        let installed = house.installed();
        house.settings("home/.claude/settings.json", json!({"disableAllHooks": true}));
        house.etc("claude-code/managed-settings.json", installed)
    }),
    ("managed-as-documented", |house| {
        let file = |name: &str| {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/enforcement").join(name);
            fs::read_to_string(path).unwrap()
        };
        let plugin = house.path("plugin's home");
        let settings = file("managed-settings.json").replace("/opt/asm-guard", plugin.to_str().unwrap());
        house.settings("home/.claude/settings.json", json!({}));
        house.replace("etc/asm-guard/settings.toml", &file("settings.toml"), 0o644);
        house.etc("claude-code/managed-settings.json", serde_json::from_str(&settings).unwrap())
    }),
    ("managed-hook-replaceable", |house| {
        let permitted = house.etc("claude-code/managed-settings.json", house.installed());
        make_writable(house, "plugin's home/bin");
        permitted
    }),
    ("managed-hooks-off", |house| {
        house.etc("claude-code/managed-settings.json", json!({"disableAllHooks": true}))
    }),
    ("managed-hooks-only", |house| {
        house.etc("claude-code/managed-settings.d/10-hooks.json", json!({"allowManagedHooksOnly": true}))
    }),
    ("managed-marketplaces", |house| {
        house.etc("claude-code/managed-settings.json", json!({"strictKnownMarketplaces": []}))
    }),
    ("managed-settings-writable", |house| {
        let permitted = house.etc("claude-code/managed-settings.json", house.installed());
        make_writable(house, "etc/claude-code/managed-settings.json");
        permitted
    }),
    ("managed-folder-writable", |house| {
        let permitted = house.etc("asm-guard/note.json", Value::Null);
        make_writable(house, "etc/asm-guard");
        permitted
    }),
];

/// The hook as `asm-guard install` writes it.
fn installed(agent: &str, guard: &str) -> String {
    match install::put("hooks", None, install::agents::named(agent).unwrap(), guard) {
        Ok(Change::Text(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn codex(house: &House) -> String {
    installed("codex", &house.path("plugin's home/bin/asm-guard").display().to_string())
}

fn make_writable(house: &House, path: &str) {
    let path = house.path(path);
    if path.exists() {
        let mode = if path.is_dir() { 0o777 } else { 0o666 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

#[test]
fn findings_are_as_they_were_read() {
    let mut failed = Vec::new();
    for (name, break_it) in CASES {
        let mut house = House::new();
        break_it(&mut house);
        check(name, &house, &mut failed);
    }
    assert!(failed.is_empty(), "these reports changed: {}", failed.join(", "));
}

#[test]
fn findings_about_an_organisation_are_as_they_were_read() {
    let mut failed = Vec::new();
    for (name, break_it) in MANAGED {
        let mut house = House::new();
        if break_it(&mut house) {
            check(name, &house, &mut failed);
        }
    }
    assert!(failed.is_empty(), "these reports changed: {}", failed.join(", "));
}

fn check(name: &'static str, house: &House, failed: &mut Vec<&'static str>) {
    let report = house.report();
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let assert = || settings.bind(|| insta::assert_snapshot!(name, report));
    if panic::catch_unwind(panic::AssertUnwindSafe(assert)).is_err() {
        failed.push(name);
    }
}

/// The same findings for a program, and the exit status by the worst of them.
#[test]
fn json_says_the_same() {
    let mut house = House::new();
    for (path, variable, status, severity) in [
        (None, None, 0, "ok"),
        (None, Some("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"), 1, "warning"),
        (Some("project/.claude/settings.json"), None, 2, "error"),
    ] {
        if let Some(path) = path {
            house.replace(path, OFF, 0o644);
        }
        if let Some(variable) = variable {
            house.variable(variable, "1");
        }
        let output = house.doctor(&["--json"]);
        assert_eq!(output.status.code(), Some(status));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["status"], severity, "{report:#}");
        let findings = report["findings"].as_array().unwrap();
        let checks = ["client", "plugin", "hooks", "layers", "asm-exec", "daemon", "credentials"];
        for check in checks {
            assert!(findings.iter().any(|finding| finding["check"] == check), "{check}: {report:#}");
        }
        for finding in findings {
            let bad = finding["severity"] == "warning" || finding["severity"] == "error";
            assert_eq!(bad, finding["mend"].is_string(), "{finding:#}");
        }
    }
}

#[test]
fn another_project_is_looked_at_when_it_is_named() {
    let house = House::new();
    house.replace("other/.claude/settings.json", OFF, 0o644);
    assert_eq!(house.doctor(&[]).status.code(), Some(0));
    let other = house.path("other");
    assert_eq!(house.doctor(&["--project", other.to_str().unwrap()]).status.code(), Some(2));
    let missing = house.doctor(&["--project", "/nonexistent/project"]);
    assert_eq!(missing.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("is no folder"));
}

/// What the doctor looks at holds secrets; nothing of them comes out, and nothing is written.
#[test]
fn no_credential_is_shown_and_nothing_is_changed() {
    let mut house = House::new();
    house.replace("token", "a-token-that-opens-everything", 0o600);
    let before = files(&house.path(""));
    for arguments in [&[][..], &["--json"]] {
        house.variable("AWS_SESSION_TOKEN", "a-session-token");
        let output = house.doctor(arguments);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        for secret in ["AKIAMADEUP", "made-up-secret-key", "a-token-that", "a-session-token"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    assert_eq!(files(&house.path("")), before);
}

/// Whoever would have to be asked for credentials is named, and not asked: an AWS CLI that is there is not run.
#[test]
fn nobody_is_asked_for_credentials() {
    let mut house = House::new();
    let marker = house.path("ran-aws");
    house.replace("bin/aws", &format!("#!/bin/sh\n: >'{}'\n", marker.display()), 0o755);
    house.variable("AWS_ACCESS_KEY_ID", "");
    house.variable("AWS_SECRET_ACCESS_KEY", "");
    let said = |house: &House| {
        let report: Value = serde_json::from_slice(&house.doctor(&["--json"]).stdout).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let finding = findings.iter().find(|finding| finding["check"] == "credentials").unwrap();
        finding["message"].as_str().unwrap().to_owned()
    };
    for (config, expected) in [
        (
            "[default]\nsso_session = s\n",
            "AWS credentials would come from IAM Identity Center, by the profile default, which was not asked.",
        ),
        (
            "[default]\naws_access_key_id = A\naws_secret_access_key = B\n",
            "AWS credentials are in the profile default.",
        ),
        (
            "",
            "AWS credentials would come from the role of this instance, if it has one, which was not asked.",
        ),
    ] {
        house.replace("home/.aws/config", config, 0o600);
        assert_eq!(said(&house), expected);
    }
    assert!(!marker.exists());
}

/// The page on enforcement shows the files to deploy as they are, and has no other.
#[test]
fn the_files_to_deploy_are_those_that_the_page_shows() {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let page = fs::read_to_string(docs.join("enforcement.md")).unwrap();
    let mut blocks: Vec<&str> = page.split("\n```").skip(1).step_by(2).collect();
    blocks.retain(|block| !block.starts_with("sh\n"));
    let files = fs::read_dir(docs.join("enforcement")).unwrap().map(|entry| entry.unwrap().path());
    let mut count = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let kind = file.extension().unwrap().to_str().unwrap();
        let shown = format!("{kind}\n{}", text.trim_end());
        assert!(blocks.contains(&shown.as_str()), "{} is not on the page as it is", file.display());
        assert!(page.contains(&format!("(enforcement/{})", file.file_name().unwrap().to_str().unwrap())));
        if kind == "json" {
            serde_json::from_str::<Value>(&text).unwrap();
        }
        count += 1;
    }
    assert_eq!(count, blocks.len(), "a block of the page is no file");
}

/// Every file below a folder, with its length.
fn files(folder: &std::path::Path) -> Vec<(std::path::PathBuf, u64)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            match entry.file_type().unwrap().is_dir() {
                true => open.push(entry.path()),
                false => found.push((entry.path(), entry.metadata().unwrap().len())),
            }
        }
    }
    found.sort();
    found
}
