//! A made-up machine: a home folder with Claude Code's files, a copy of the plugin, a project, a search path, and an agent
//! daemon on loopback.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::namespace;
use crate::scratch::{Scratch, write};

/// The guard under test.
const GUARD: &str = env!("CARGO_BIN_EXE_asm-guard");

/// Held by the one machine there is. While a program is written, no other test may start one: the child would have the file
/// open for writing for a moment, and a program that somebody writes to cannot be run.
static ALONE: Mutex<()> = Mutex::new(());

pub struct House {
    _alone: MutexGuard<'static, ()>,
    scratch: Scratch,
    port: u16,
    variables: Vec<(&'static str, String)>,
    has_etc: bool,
}

impl House {
    /// A machine on which all is well.
    pub fn new() -> House {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let scratch = Scratch::new("doctor");
        let base = scratch.path();
        for folder in ["home/.claude", "project/.claude", "bin", "etc", "empty"] {
            scratch.dir(folder);
        }
        let plugin = scratch.dir("plugin's home");
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
        for file in [
            ".claude-plugin/plugin.json",
            ".claude-plugin/marketplace.json",
            "hooks/hooks.json",
            "hooks/session-start.sh",
        ] {
            write(&plugin.join(file), &fs::read_to_string(checkout.join(file)).unwrap(), 0o644);
        }
        link(GUARD, &plugin.join("bin/asm-guard"));
        link(env!("CARGO_BIN_EXE_asm-exec"), &plugin.join("bin/asm-exec"));
        write(&base.join("bin/claude"), "#!/bin/sh\necho '2.1.330 (Claude Code)'\n", 0o755);
        write(&base.join("token"), "token\n", 0o600);
        let port = daemon();
        let house = House { _alone: alone, port, variables: Vec::new(), has_etc: false, scratch };
        house.settings("home/.claude/settings.json", house.installed());
        house
    }

    /// A path on the machine.
    pub fn path(&self, path: &str) -> PathBuf {
        self.scratch.path().join(path)
    }

    /// What `claude plugin marketplace add` and `claude plugin install` write into the user's settings.
    pub fn installed(&self) -> Value {
        let source = json!({"source": "directory", "path": self.path("plugin's home")});
        json!({
            "extraKnownMarketplaces": {"asm-guard": {"source": source}},
            "enabledPlugins": {"aws-core@asm-guard": true},
        })
    }

    /// Writes a settings file.
    pub fn settings(&self, path: &str, content: Value) {
        write(&self.path(path), &content.to_string(), 0o644);
    }

    /// A key into the user's settings, beside what is there.
    pub fn user(&self, key: &str, value: Value) {
        let mut settings = self.installed();
        settings[key] = value;
        self.settings("home/.claude/settings.json", settings);
    }

    /// In the place of the guard, a script. What it does with an event is `body`; it says its version as the guard does.
    pub fn guard(&self, body: &str) {
        let version = env!("CARGO_PKG_VERSION");
        let script =
            format!("#!/bin/sh\ncase $1 in --version) echo 'asm-guard {version}'; exit;; esac\n{body}\n");
        self.replace("plugin's home/bin/asm-guard", &script, 0o755);
    }

    /// A file in the place of what was there.
    pub fn replace(&self, path: &str, text: &str, mode: u32) {
        self.remove(path);
        write(&self.path(path), text, mode);
    }

    pub fn remove(&self, path: &str) {
        let _ = fs::remove_file(self.path(path));
    }

    pub fn variable(&mut self, name: &'static str, value: &str) {
        self.variables.push((name, value.to_owned()));
    }

    /// A file of `/etc`. It takes root: false where that is not to be had.
    pub fn etc(&mut self, path: &str, content: Value) -> bool {
        if !self.has_etc && !namespace::permitted(&self.path("etc"), &self.path("empty")) {
            return false;
        }
        if !self.has_etc {
            // What is managed is root's, which a link into a checkout need not be.
            for name in ["asm-guard", "asm-exec"] {
                let path = self.path("plugin's home/bin").join(name);
                let program = fs::read(&path).unwrap();
                fs::remove_file(&path).unwrap();
                fs::write(&path, program).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            }
        }
        self.has_etc = true;
        self.settings(&format!("etc/{path}"), content);
        true
    }

    /// What `asm-guard doctor` says here.
    pub fn doctor(&self, arguments: &[&str]) -> Output {
        let mut command = match self.has_etc {
            true => namespace::with_etc(GUARD, &self.path("etc"), &self.path("empty")),
            false => Command::new(GUARD),
        };
        command
            .arg("doctor")
            .args(arguments)
            .current_dir(self.path("project"))
            .env_clear()
            // Nothing of this machine, which may have an AWS CLI or a client of its own.
            .env("PATH", self.path("bin"))
            .env("HOME", self.path("home"))
            .env("AWS_TOKEN", format!("file://{}", self.path("token").display()))
            .env("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", self.port.to_string())
            .env("AWS_ACCESS_KEY_ID", "AKIAMADEUP")
            .env("AWS_SECRET_ACCESS_KEY", "made-up-secret-key");
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command.output().unwrap()
    }

    /// Its text with lines put together again where they were wrapped, for paths here are of any length, and with what
    /// differs from run to run replaced; then its exit status.
    pub fn report(&self) -> String {
        let output = self.doctor(&[]);
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let mut whole = String::new();
        for line in text.lines() {
            let is_rest = line.starts_with(&" ".repeat(22)) && !line.trim_start().starts_with('→');
            whole.push_str(if is_rest { " " } else { "\n" });
            whole.push_str(if is_rest { line.trim_start() } else { line });
        }
        let whole = whole
            .replace(&*self.scratch.path().to_string_lossy(), "[MACHINE]")
            .replace(&format!("127.0.0.1:{}", self.port), "127.0.0.1:[PORT]")
            .replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
        let whole = ["Rules that hold: ", "in entries: "].iter().fold(whole, |whole, counted| {
            let (before, number) = whole.split_once(counted).unwrap();
            let rest = number.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{before}{counted}[N]{rest}")
        });
        format!("{}\n(exit status {})", whole.trim(), output.status.code().unwrap())
    }
}

fn link(to: &str, path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(to, path).unwrap();
}

/// An agent daemon that is healthy, and has no secret.
fn daemon() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let mut line = String::new();
            let _ = BufReader::new(&connection).read_line(&mut line);
            let (status, body) =
                if line.starts_with("GET /ping ") { ("200 OK", "healthy") } else { ("404 Not Found", "") };
            let _ = write!(connection, "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        }
    });
    port
}
