//! A home folder with the configurations of agents, and `asm-guard install` run in it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::scratch::{Scratch, write};

const GUARD: &str = env!("CARGO_BIN_EXE_asm-guard");

/// The configuration of each agent, in the style of somebody else.
const CONFIGURED: &[(&str, &str)] = &[
    (
        ".claude/settings.json",
        "{\n  \"model\": \"opus\",\n  \"permissions\": { \"allow\": [\"Bash(ls:*)\"] }\n}\n",
    ),
    (
        ".codex/hooks.json",
        "{\"hooks\":{\"PreToolUse\":[{\"matcher\":\"Bash\",\"hooks\":[{\"type\":\"command\",\"command\":\"lint\"}]}]}}",
    ),
    (
        ".gemini/settings.json",
        "{\r\n  // The light one hurts.\r\n  \"theme\": \"dark\", // as ever\r\n  \"hooks\": {\r\n    \"AfterTool\": []\r\n  }\r\n}\r\n",
    ),
    (".copilot/config.json", "{}\n"),
    (
        ".cursor/hooks.json",
        "{\n    \"version\": 1,\n    \"hooks\": {\n        \"stop\": [{ \"command\": \"beep\" }]\n    }\n}\n",
    ),
    (".kiro/agents/first.json", "{\n\t\"name\": \"first\",\n\t\"tools\": [\"*\"]\n}\n"),
    (".kiro/agents/second.json", "{ \"name\": \"second\", \"tools\": [] }"),
];

pub struct Home {
    scratch: Scratch,
    variables: Vec<(&'static str, String)>,
    prefix: Vec<String>,
}

impl Home {
    /// A home with nothing in it.
    pub fn empty() -> Home {
        let scratch = Scratch::new("install");
        for folder in ["home", "bin", "project", "etc", "empty"] {
            scratch.dir(folder);
        }
        Home { scratch, variables: Vec::new(), prefix: Vec::new() }
    }

    /// A home with every agent.
    pub fn full() -> Home {
        let home = Home::empty();
        for (path, text) in CONFIGURED {
            home.put(path, text);
        }
        home
    }

    /// A path in it.
    pub fn path(&self, path: &str) -> PathBuf {
        self.scratch.path().join("home").join(path)
    }

    /// A path beside it.
    pub fn beside(&self, path: &str) -> PathBuf {
        self.scratch.path().join(path)
    }

    pub fn put(&self, path: &str, text: &str) {
        write(&self.path(path), text, 0o644);
    }

    pub fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn mode(&self, path: &str) -> u32 {
        fs::metadata(self.path(path)).unwrap().permissions().mode() & 0o7777
    }

    pub fn link(&self, to: &str, path: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(self.path(to), path).unwrap();
    }

    /// Every file, with its text and its mode; of a link, where it leads.
    pub fn files(&self) -> Vec<(String, String, u32)> {
        let mut folders = vec![self.path("")];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
                let (path, metadata) = (entry.path(), entry.metadata().unwrap());
                let name = path.strip_prefix(self.path("")).unwrap().display().to_string();
                match &metadata {
                    it if it.is_dir() => folders.push(path),
                    it if it.is_symlink() => {
                        files.push((name, fs::read_link(&path).unwrap().display().to_string(), 0));
                    }
                    it => {
                        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                        files.push((name, text, it.mode() & 0o7777));
                    }
                }
            }
        }
        files.sort();
        files
    }

    pub fn variable(&mut self, name: &'static str, value: impl Into<String>) {
        self.variables.push((name, value.into()));
    }

    /// What the command line begins with from now on.
    pub fn started_by(&mut self, prefix: Vec<String>) {
        self.prefix = prefix;
    }

    /// `asm-guard install`, of a build that lies where it does not last.
    pub fn install(&self, arguments: &[&str]) -> Output {
        let all: Vec<&str> = ["install", "--force"].into_iter().chain(arguments.iter().copied()).collect();
        self.run(GUARD, &all)
    }

    pub fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let mut line: Vec<&str> = self.prefix.iter().map(String::as_str).collect();
        line.push(program);
        line.extend(arguments);
        let mut command = Command::new(line[0]);
        command
            .args(&line[1..])
            .current_dir(self.beside("project"))
            .env_clear()
            .env("PATH", self.beside("bin"))
            .env("HOME", self.path(""))
            .env("TMPDIR", self.beside("empty"));
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command.output().unwrap()
    }

    /// What it says, with what differs from machine to machine replaced, and its exit status.
    pub fn said(&self, arguments: &[&str]) -> String {
        self.shown(&self.install(arguments))
    }

    pub fn shown(&self, output: &Output) -> String {
        let text = String::from_utf8([&*output.stdout, &output.stderr].concat()).unwrap();
        let mut whole = String::new();
        for line in text.lines() {
            // Paths are of any length here, so that lines are wrapped anywhere.
            let is_rest = line.starts_with(&" ".repeat(22)) && !line.trim_start().starts_with('→');
            whole.push_str(if is_rest { " " } else { "\n" });
            whole.push_str(if is_rest { line.trim_start() } else { line });
        }
        let whole = whole
            .replace(&*self.scratch.path().to_string_lossy(), "[MACHINE]")
            .replace(GUARD, "[GUARD]")
            .replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
            .replace('\r', "");
        format!("{}\n(exit status {})", whole.trim(), output.status.code().unwrap())
    }
}
