//! The commands that the skill, the README and the manual show, run as they stand there: by bash, with programs of the
//! names they use that only write down what they were given.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;

use crate::daemon::{Daemon, said};

/// Programs that the documents run.
const PROGRAMS: &[&str] = &["psql", "mysql", "curl", "docker", "npm", "deploy", "manage.py", "server", "ssh"];
/// Writes down arguments, variables, and what a configuration file holds.
const NOTE: &str = r#"#!/bin/sh
{ printf '%s' "${0##*/}"; printf ' <%s>' "$@"; echo; env; cat app.ini 2>/dev/null || :; } >> "$FOLDER/noted"
"#;

/// The blocks of shell commands in a document that run `asm-exec`.
fn blocks(document: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in document.lines() {
        match (&mut open, line.trim_start()) {
            (None, "```sh" | "```bash") => open = Some(String::new()),
            (Some(_), "```") => blocks.extend(open.take()),
            (Some(block), _) => {
                block.push_str(line);
                block.push('\n');
            }
            _ => {}
        }
    }
    blocks.retain(|block| block.contains("asm-exec "));
    blocks
}

/// Runs a block, and gives what its programs noted and what was printed.
fn run(block: &str) -> (String, String) {
    let daemon = Daemon::start();
    let bin = daemon.file("bin");
    std::fs::create_dir(&bin).unwrap();
    for name in PROGRAMS {
        for path in [bin.join(name), daemon.file(name)] {
            std::fs::write(&path, NOTE).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    symlink(env!("CARGO_BIN_EXE_asm-exec"), bin.join("asm-exec")).unwrap();
    std::fs::write(
        daemon.file("app.env"),
        "DB_PASSWORD={{resolve:secretsmanager:prod/db:SecretString:password}}\n",
    )
    .unwrap();
    let template = "[db]\npassword = {{resolve:secretsmanager:prod/db:SecretString:password}}\n";
    std::fs::write(daemon.file("app.ini.tmpl"), template).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut command = daemon.asm_exec(&[]);
    let mut bash = std::process::Command::new("bash");
    bash.args(["-e", "-c", block]).env_clear();
    bash.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("PATH", path);
    bash.current_dir(daemon.file("")).stdin(Stdio::null());
    command.stdin(Stdio::null());
    let (stdout, stderr, status) = said(&bash.output().unwrap());
    assert_eq!(status, Some(0), "{block}\n{stdout}{stderr}");
    let noted = std::fs::read_to_string(daemon.file("noted")).unwrap_or_default();
    (noted, format!("{stdout}{stderr}"))
}

#[test]
fn every_command_shown_runs_as_shown() {
    let documents = [
        ("the skill", include_str!("../../skills/aws-secrets-manager/SKILL.md"), 6),
        ("the README", include_str!("../../README.md"), 1),
        ("the manual", include_str!("../../docs/asm-exec.md"), 6),
    ];
    for (name, document, at_least) in documents {
        let blocks = blocks(document);
        assert!(blocks.len() >= at_least, "{name} shows {} blocks", blocks.len());
        for block in blocks {
            let (noted, printed) = run(&block);
            let runs_nothing = block.contains("--check") || block.contains("--dry-run");
            if !runs_nothing {
                // What the programs were given, but for the template itself, holds values and no reference.
                assert!(noted.contains("-of-prod"), "{name}: {block}\n{noted}{printed}");
                assert!(!noted.contains("{{resolve"), "{name}: {block}\n{noted}");
            }
            assert!(!printed.contains("-of-prod"), "{name}: {block}\n{printed}");
        }
    }
}
