//! `asm-guard install` in home folders of many kinds, with the real binary: what it says, one snapshot each in
//! `tests/install/snapshots/`, and what it leaves on the disk.
//!
//! After a change that is meant: `INSTA_UPDATE=always cargo test --test install`, then read the difference.
#![cfg(unix)]

/// A home folder, and the command run in it.
mod home;
/// An `/etc` of its own.
#[path = "../clients/namespace.rs"]
mod namespace;
/// Temporary directories.
#[path = "../clients/scratch.rs"]
mod scratch;

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Command;
use std::{fs, panic};

use home::Home;
use serde_json::Value;

const GUARD: &str = env!("CARGO_BIN_EXE_asm-guard");

/// What is done, by the name of its snapshot: the answer is what was said.
type Case = (&'static str, fn() -> String);

const CASES: &[Case] = &[
    ("fresh", || Home::full().said(&[])),
    ("second-run", || {
        let home = Home::full();
        home.install(&[]);
        home.said(&[])
    }),
    ("dry-run", || Home::full().said(&["--dry-run"])),
    ("uninstall", || {
        let home = Home::full();
        home.install(&[]);
        home.said(&["--uninstall"])
    }),
    ("uninstall-nothing", || Home::full().said(&["--uninstall"])),
    ("uninstall-dry-run", || {
        let home = Home::full();
        home.install(&["codex"]);
        home.said(&["--uninstall", "--dry-run", "codex"])
    }),
    ("nothing-found", || Home::empty().said(&[])),
    ("named-and-not-found", || Home::empty().said(&["codex", "copilot"])),
    ("kiro-without-agents", || {
        let home = Home::empty();
        fs::create_dir_all(home.path(".kiro")).unwrap();
        home.said(&[])
    }),
    ("another-path", || {
        let home = Home::empty();
        home.put(
            ".codex/hooks.json",
            r#"{"hooks":{"PreToolUse":[{"hooks":[{"type":"command","command":"/old/asm-guard hook"}]}]}}"#,
        );
        home.said(&[])
    }),
    ("plugin-enabled", || {
        let home = with_plugin();
        home.said(&["claude"])
    }),
    ("plugin-uninstall", || {
        let home = with_plugin();
        home.said(&["claude", "--uninstall"])
    }),
    ("extension-and-plugin", || {
        let home = Home::empty();
        let source =
            |path: &str| fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        home.put(
            ".gemini/extensions/aws-core/hooks/hooks.json",
            &source("extensions/gemini/hooks/hooks.json"),
        );
        let cached = ".codex/plugins/cache/asm-guard/aws-core/0.1.0/hooks/codex.json";
        home.put(cached, &source("hooks/codex.json"));
        home.put(".codex/config.toml", "[plugins.\"aws-core@asm-guard\"]\nenabled = true\n");
        home.said(&[])
    }),
    ("switched-off", || {
        let home = Home::empty();
        home.put(".claude/settings.json", "{\n  \"disableAllHooks\": true\n}\n");
        home.put(".codex/config.toml", "# mine\n[features]\nhooks = false\n");
        home.put(".gemini/settings.json", "{\n  \"hooksConfig\": { \"enabled\": false }\n}\n");
        home.said(&[])
    }),
    // What is not written.
    ("broken", || {
        let home = Home::full();
        home.put(".claude/settings.json", "{\n  \"model\": \"opus\",\n  \"hooks\": {\n");
        home.put(".codex/hooks.json", "{\n  // mine\n  \"hooks\": {}\n}\n");
        home.put(".gemini/settings.json", "{\n  \"hooks\": { \"BeforeTool\": {} }\n}\n");
        home.put(".cursor/hooks.json", "[]");
        home.put(".kiro/agents/first.json", "{ \"hooks\": 3 }");
        home.said(&[])
    }),
    ("not-text", || {
        let home = Home::empty();
        fs::create_dir_all(home.path(".codex")).unwrap();
        fs::write(home.path(".codex/hooks.json"), b"{\n  \"a\": \"\xff\"\n}\n").unwrap();
        home.put(".gemini/settings.json", &format!("{{}}{}", " ".repeat(4 << 20)));
        fs::create_dir_all(home.path(".cursor/hooks.json")).unwrap();
        home.said(&[])
    }),
    ("read-only-file", || {
        let home = Home::empty();
        home.put(".codex/hooks.json", "{}\n");
        fs::set_permissions(home.path(".codex/hooks.json"), fs::Permissions::from_mode(0o444)).unwrap();
        home.said(&[])
    }),
    ("link", || {
        let home = Home::empty();
        home.put("dotfiles/claude.json", "{}\n");
        home.link("dotfiles/claude.json", ".claude/settings.json");
        home.said(&["claude"])
    }),
    ("link-to-nothing", || {
        let home = Home::empty();
        home.link("dotfiles/claude.json", ".claude/settings.json");
        home.said(&["claude"])
    }),
    // What is not done at all.
    ("not-lasting", || {
        let home = Home::full();
        let copied = home.beside("empty/asm-guard");
        fs::copy(GUARD, &copied).unwrap();
        home.shown(&home.run(copied.to_str().unwrap(), &["install"]))
    }),
    ("unknown-agent", || Home::empty().said(&["emacs"])),
    ("no-home", || {
        let mut home = Home::empty();
        home.variable("HOME", "");
        home.said(&[])
    }),
    ("managed-of-another", || Home::empty().said(&["--managed", "codex"])),
];

fn with_plugin() -> Home {
    let home = Home::empty();
    let checkout = env!("CARGO_MANIFEST_DIR");
    let plugin = home.beside("plugin");
    for file in [".claude-plugin/plugin.json", ".claude-plugin/marketplace.json", "hooks/hooks.json"] {
        let text = fs::read_to_string(format!("{checkout}/{file}")).unwrap();
        scratch::write(&plugin.join(file), &text, 0o644);
    }
    fs::create_dir_all(plugin.join("bin")).unwrap();
    symlink(GUARD, plugin.join("bin/asm-guard")).unwrap();
    let settings = serde_json::json!({
        "extraKnownMarketplaces": {"asm-guard": {"source": {"source": "directory", "path": plugin}}},
        "enabledPlugins": {"aws-core@asm-guard": true},
    });
    home.put(".claude/settings.json", &settings.to_string());
    home
}

#[test]
fn what_is_said_is_as_it_was_read() {
    let mut failed = Vec::new();
    for (name, case) in CASES {
        check(name, &case(), &mut failed);
    }
    assert!(failed.is_empty(), "these answers changed: {}", failed.join(", "));
}

fn check(name: &'static str, said: &str, failed: &mut Vec<&'static str>) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let assert = || settings.bind(|| insta::assert_snapshot!(name, said));
    if panic::catch_unwind(panic::AssertUnwindSafe(assert)).is_err() {
        failed.push(name);
    }
}

/// After it is taken out again, every file is as it was, but for the copies.
#[test]
fn what_is_put_in_is_taken_out() {
    let home = Home::full();
    let before = home.files();
    assert!(home.install(&[]).status.code().is_some_and(|status| status < 2));
    let between = home.files();
    assert_ne!(between, before);
    home.install(&[]);
    assert_eq!(home.files(), between, "a second run changes nothing");
    assert_eq!(home.install(&["--uninstall"]).status.code(), Some(0));
    let (copies, after): (Vec<_>, Vec<_>) =
        home.files().into_iter().partition(|(name, ..)| name.contains(".asm-guard-backup"));
    assert_eq!(after, before);
    assert_eq!(copies.len(), 6, "{copies:#?}");
    for (name, text, mode) in copies {
        assert_eq!(mode, 0o600, "{name}");
        let of = name.strip_suffix(".asm-guard-backup").unwrap();
        assert!(before.iter().any(|(name, before, _)| name == of && *before == text), "{name}: {text}");
    }
    assert_eq!(home.install(&["--uninstall"]).status.code(), Some(0));
}

#[test]
fn a_dry_run_writes_nothing() {
    let home = Home::full();
    let before = home.files();
    assert_eq!(home.install(&["--dry-run"]).status.code(), Some(0));
    assert_eq!(home.files(), before);
    home.install(&[]);
    let between = home.files();
    assert_eq!(home.install(&["--dry-run", "--uninstall"]).status.code(), Some(0));
    assert_eq!(home.files(), between);
}

/// A file that cannot be used stays as it is, and the others are changed.
#[test]
fn a_broken_file_is_left_alone() {
    let home = Home::full();
    home.put(".codex/hooks.json", "{ \"hooks\": ");
    assert_eq!(home.install(&[]).status.code(), Some(2));
    assert_eq!(home.text(".codex/hooks.json"), "{ \"hooks\": ");
    assert!(!home.path(".codex/hooks.json.asm-guard-backup").exists());
    assert!(home.text(".gemini/settings.json").contains("hook --agent gemini"));
}

/// A copy that is there is not overwritten, and one that holds the same serves.
#[test]
fn copies_are_numbered() {
    let home = Home::empty();
    let copy = |number: &str| home.text(&format!(".codex/hooks.json.asm-guard-backup{number}"));
    for (text, number) in
        [("{ \"a\": 1 }", ""), ("{ \"a\": 2 }", ".2"), ("{ \"a\": 1 }", ""), ("{ \"a\": 3 }", ".3")]
    {
        home.put(".codex/hooks.json", text);
        home.install(&["codex"]);
        assert_eq!(copy(number), text);
    }
    let copies = home.files().into_iter().filter(|(name, ..)| name.contains("backup")).count();
    assert_eq!(copies, 3);
}

/// The file that a link leads to is written, and the link stays one. The copy lies beside the link.
#[test]
fn a_link_stays_one() {
    let home = Home::empty();
    home.put("dotfiles/claude.json", "{}\n");
    fs::set_permissions(home.path("dotfiles/claude.json"), fs::Permissions::from_mode(0o640)).unwrap();
    home.link("dotfiles/claude.json", ".claude/settings.json");
    home.install(&["claude"]);
    assert!(home.path(".claude/settings.json").is_symlink());
    assert!(home.text("dotfiles/claude.json").contains("onFailure"));
    assert_eq!(home.mode("dotfiles/claude.json"), 0o640);
    assert_eq!(home.text(".claude/settings.json.asm-guard-backup"), "{}\n");
    assert_eq!(fs::read_dir(home.path("dotfiles")).unwrap().count(), 1);
    home.install(&["claude", "--uninstall"]);
    assert!(home.path(".claude/settings.json").is_symlink());
    assert_eq!(home.text("dotfiles/claude.json"), "{}\n");
}

#[test]
fn mode_and_owner_stay_and_new_files_are_the_users() {
    let home = Home::empty();
    home.put(".gemini/settings.json", "{}\n");
    fs::set_permissions(home.path(".gemini/settings.json"), fs::Permissions::from_mode(0o664)).unwrap();
    let root = fs::metadata(home.path("")).unwrap().uid() == 0;
    if root {
        // As with sudo.
        for path in ["", ".gemini", ".gemini/settings.json"] {
            std::os::unix::fs::chown(home.path(path), Some(65534), Some(65534)).unwrap();
        }
    }
    home.install(&["gemini", "copilot"]);
    assert_eq!(home.mode(".gemini/settings.json"), 0o664);
    assert_eq!(home.mode(".copilot/hooks/asm-guard.json"), 0o600);
    for path in [
        ".gemini/settings.json",
        ".gemini/settings.json.asm-guard-backup",
        ".copilot/hooks/asm-guard.json",
        ".copilot",
    ] {
        let owner = fs::metadata(home.path(path)).unwrap().uid();
        assert_eq!(owner == 65534, root, "{path} is {owner}'s");
    }
}

/// A folder that cannot be written to: for a user by its mode, for root by a mount.
#[test]
fn a_read_only_folder_is_told() {
    let mut home = Home::empty();
    home.put(".codex/hooks.json", "{}\n");
    let folder = home.path(".codex");
    if fs::metadata(&folder).unwrap().uid() == 0 {
        let script = r#"set -e
mount --bind "$0" "$0"
mount -o remount,bind,ro "$0"
exec "$@""#;
        let unshare = ["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script];
        let mut prefix: Vec<String> = unshare.map(str::to_owned).to_vec();
        prefix.push(folder.display().to_string());
        let tried = Command::new(&prefix[0]).args(&prefix[1..]).arg("true").output();
        if !tried.is_ok_and(|output| output.status.success()) {
            eprintln!("skipped: for root, a read-only folder takes the right to mount");
            return;
        }
        // The shell looks for `mount` there.
        home.started_by(vec!["/usr/bin/env".to_owned(), "PATH=/usr/sbin:/usr/bin:/sbin:/bin".to_owned()]);
        let with_path = prefix;
        home.started_by(
            ["/usr/bin/env", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
                .map(str::to_owned)
                .into_iter()
                .chain(with_path)
                .collect(),
        );
    } else {
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
    }
    let output = home.install(&["codex"]);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    let said = home.shown(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("hooks.json.asm-guard-backup cannot be written: "), "{said}");
    assert_eq!(home.text(".codex/hooks.json"), "{}\n");
    assert_eq!(home.files().len(), 1);
}

/// The path that is written is the one on the search path, whatever it leads to, and with what a shell would trip over.
#[test]
fn the_path_on_the_search_path_is_written() {
    let mut home = Home::empty();
    let bin = home.beside("it's a bin");
    fs::create_dir(&bin).unwrap();
    symlink(GUARD, bin.join("asm-guard")).unwrap();
    home.variable("PATH", bin.display().to_string());
    let output = home.install(&["claude", "codex"]);
    assert_eq!(output.status.code(), Some(1), "{}", home.shown(&output));
    let value = |path: &str| serde_json::from_str::<Value>(&home.text(path)).unwrap();
    let written = bin.join("asm-guard");
    let claude = &value(".claude/settings.json")["hooks"]["PreToolUse"][0]["hooks"][0];
    assert_eq!(claude["command"].as_str(), written.to_str());
    let codex = value(".codex/hooks.json")["hooks"]["PreToolUse"][0]["hooks"][0]["command"].clone();
    let words = shlex_split(codex.as_str().unwrap());
    assert_eq!(words, [written.to_str().unwrap(), "hook", "--agent", "codex"]);
}

/// As a shell does it.
fn shlex_split(line: &str) -> Vec<String> {
    let script = format!("printf '%s\\n' {line}");
    let output = Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn configuration_folders_are_where_variables_say() {
    let mut home = Home::empty();
    for (variable, folder) in
        [("CLAUDE_CONFIG_DIR", "c"), ("CODEX_HOME", "x"), ("COPILOT_HOME", "p"), ("GEMINI_CLI_HOME", "g")]
    {
        home.variable(variable, home.path(folder).display().to_string());
    }
    home.install(&["claude", "codex", "copilot", "gemini"]);
    let files: Vec<String> = home.files().into_iter().map(|(name, ..)| name).collect();
    assert_eq!(
        files,
        ["c/settings.json", "g/.gemini/settings.json", "p/hooks/asm-guard.json", "x/hooks.json"]
    );
}

/// The organisation's settings, in an `/etc` of its own.
#[test]
fn managed_settings_are_put_and_taken_out() {
    let mut failed = Vec::new();
    let mut home = Home::empty();
    let empty = home.beside("empty");
    if !namespace::permitted(&home.beside("etc"), &empty) {
        return;
    }
    // What is managed is root's alone.
    let root = home.beside("opt");
    fs::create_dir_all(root.join("bin")).unwrap();
    let guard = root.join("bin/asm-guard");
    fs::copy(GUARD, &guard).unwrap();
    home.variable("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    // One command after another in one such `/etc`.
    let script = r#"guard=$1
settings=/etc/claude-code/managed-settings.d/asm-guard.json
for arguments in --managed --managed '--managed --uninstall' '--managed --uninstall'; do
    echo "== $arguments"
    "$guard" install --force $arguments
    echo "(exit status $?)"
    [ ! -e $settings ] || stat -c '%n %U %a' $settings
done"#;
    let mut command = namespace::with_etc("/bin/sh", &home.beside("etc"), &empty);
    let output = command
        .args(["-c", script, "sh"])
        .arg(&guard)
        .env_clear()
        .env("HOME", home.path(""))
        .env("PATH", "/usr/bin:/bin")
        .output()
        .unwrap();
    check("managed", &home.shown(&output), &mut failed);
    // Somebody else could put another program there.
    fs::set_permissions(root.join("bin"), fs::Permissions::from_mode(0o777)).unwrap();
    let mut command = namespace::with_etc(&guard, &home.beside("etc"), &empty);
    let output = command
        .args(["install", "--force", "--managed"])
        .env_clear()
        .env("HOME", home.path(""))
        .env("PATH", "/usr/bin:/bin")
        .output()
        .unwrap();
    check("managed-replaceable", &home.shown(&output), &mut failed);
    assert!(failed.is_empty(), "these answers changed: {}", failed.join(", "));
}
