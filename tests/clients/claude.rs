//! A real Claude Code in a house of its own: its home, its settings, its plugin, a model that
//! follows a script, and an `aws` that leaves a marker where the real one would fetch.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};

use crate::messages::messages;
use crate::mock::{Mock, Turn};
use crate::namespace;
use crate::scratch::{Scratch, write};

/// A session takes a second or two; this is for a loaded machine.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Rules that allow every command and every file.
pub const EVERYTHING: &str = "Bash(*),Read(//**),Edit(//**),Write(//**),Edit(~/.claude/**)";

/// The state of the plugin's `bin/asm-guard`.
pub enum Guard {
    Works,
    Missing,
    NotExecutable,
}

/// Who answers when a tool asks for permission: nobody is there to be asked.
pub enum Permission {
    /// The user's settings allow the tools of these tests.
    Allowed,
    /// `--dangerously-skip-permissions`.
    Bypassed,
    /// The user's settings allow no tool.
    Nothing,
    /// The user's settings allow what this rule says, and nothing else.
    Only(&'static str),
    /// The user's settings allow the tools of these tests, but for what this rule says.
    AllBut(&'static str),
    /// The client is in this mode, and the user's settings allow every command and every file.
    Mode(&'static str),
}

pub struct Claude {
    binary: PathBuf,
    scratch: Scratch,
    plugin: PathBuf,
    variables: Vec<(String, String)>,
    has_etc: bool,
}

impl Claude {
    /// With the plugin of this checkout, under a path that holds a space and a quote: what a shell would trip over
    /// is no trouble in exec form.
    pub fn new(guard: Guard) -> Self {
        let scratch = Scratch::new("claude");
        let plugin = scratch.dir("plugin's home");
        copy_plugin(&plugin, guard);
        Self::furnished(scratch, plugin)
    }

    /// With a plugin that is already somewhere, which it is to leave there as it is.
    #[allow(dead_code, reason = "the tests of packages have one")]
    pub fn with_plugin(plugin: PathBuf) -> Self {
        Self::furnished(Scratch::new("claude"), plugin)
    }

    fn furnished(scratch: Scratch, plugin: PathBuf) -> Self {
        let binary = std::env::var_os("ASM_GUARD_CLAUDE").expect(
            "ASM_GUARD_CLAUDE must name a Claude Code binary; tests/clients/setup.sh DIR installs one and prints its path",
        );
        for dir in ["home", "config", "tmp", "work", "ran", "etc", "empty"] {
            scratch.dir(dir);
        }
        write(&scratch.path().join("stubs/aws"), "#!/bin/sh\necho \"aws $*\" >>\"$RAN/aws\"\n", 0o755);
        let server = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/mcp_server.py");
        let servers = json!({"mcpServers": {"aws-mcp": {
            "command": "python3",
            "args": [server, scratch.path().join("ran/mcp")],
        }}});
        write(&scratch.path().join("mcp.json"), &servers.to_string(), 0o644);
        Self { binary: binary.into(), scratch, plugin, variables: Vec::new(), has_etc: false }
    }

    /// A variable that the client, its hooks and what it runs have.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.variables.push((name.to_owned(), value.into()));
    }

    /// The user's settings for asm-guard.
    pub fn settings(&self, text: &str) {
        write(&self.scratch.path().join("home/.config/asm-guard/settings.toml"), text, 0o644);
    }

    /// A program that stands before others of its name: a script.
    pub fn program(&self, name: &str, script: &str) {
        write(&self.scratch.path().join("stubs").join(name), script, 0o755);
    }

    /// What such a program left in a file of the folder `$RAN`.
    pub fn left(&self, marker: &str) -> String {
        fs::read_to_string(self.scratch.path().join("ran").join(marker)).unwrap_or_default()
    }

    /// The files of the client's own that hold a text: its transcripts above all.
    pub fn files_holding(&self, text: &str) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> =
            ["config", "home", "tmp", "work"].iter().map(|folder| self.scratch.path().join(folder)).collect();
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
                match entry.file_type().unwrap() {
                    kind if kind.is_dir() => folders.push(entry.path()),
                    kind if kind.is_file() => {
                        let bytes = fs::read(entry.path()).unwrap();
                        if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                            found.push(entry.path());
                        }
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// Puts the plugin somewhere else in the client's house.
    pub fn move_plugin(&mut self, to: &str) {
        let to = self.path(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::rename(&self.plugin, &to).unwrap();
        self.plugin = to;
    }

    /// The copy of the checkout that serves as the plugin.
    pub fn plugin(&self) -> &Path {
        &self.plugin
    }

    /// A path in the client's house: `config/settings.json` is its user's, `work` the project.
    pub fn path(&self, path: &str) -> PathBuf {
        self.scratch.path().join(path)
    }

    /// A variable of its environment.
    pub fn variable(&mut self, name: &'static str, value: impl Into<String>) {
        self.set(name, value);
    }

    /// Whether it may have an `/etc` of its own.
    pub fn may_have_etc(&self) -> bool {
        namespace::permitted(&self.path("etc"), &self.path("empty"))
    }

    /// A file of its `/etc`, for which it must be allowed to have one.
    pub fn etc(&mut self, path: &str, text: &str) {
        self.has_etc = true;
        write(&self.path("etc").join(path), text, 0o644);
    }

    /// What ran: `aws` for the command, `mcp` for a tool of the MCP server, or what a test's own command touches.
    pub fn ran(&self, marker: &str) -> bool {
        self.scratch.path().join("ran").join(marker).exists()
    }

    /// The lines of the guard's audit log.
    pub fn audit(&self) -> Vec<Value> {
        let log = self.scratch.path().join("home/.local/state/asm-guard/audit.jsonl");
        let text = fs::read_to_string(log).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A subcommand such as `plugin validate`: whether it succeeded, and all that it printed.
    pub fn manage<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> (bool, String) {
        let mock = Mock::start(Vec::new());
        let output = self.command(&mock).args(args).stdin(Stdio::null()).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    /// A session with the plugin given by `--plugin-dir`.
    pub fn session(&self, permission: Permission, script: Vec<Turn>) -> Session {
        self.converse(&["--plugin-dir".as_ref(), self.plugin.as_os_str()], permission, script)
    }

    /// A session with the plugins that are installed, permissions bypassed, and further arguments.
    pub fn session_with(&self, arguments: &[&str], script: Vec<Turn>) -> Session {
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        self.converse(&arguments, Permission::Bypassed, script)
    }

    /// A session with the plugins that are installed.
    pub fn session_as_installed(&self, permission: Permission, script: Vec<Turn>) -> Session {
        self.converse(&[], permission, script)
    }

    fn converse(&self, plugin: &[&OsStr], permission: Permission, script: Vec<Turn>) -> Session {
        let calls = script.len();
        let mock = Mock::start(script);
        let (out, err) = (self.scratch.path().join("out"), self.scratch.path().join("err"));
        let mut command = self.command(&mock);
        command
            .args(["-p", "go", "--model", "claude-sonnet-4-5"])
            .args(["--output-format", "stream-json", "--verbose", "--include-hook-events"])
            .arg("--strict-mcp-config")
            .arg("--mcp-config")
            .arg(self.scratch.path().join("mcp.json"))
            .args(plugin);
        match permission {
            Permission::Allowed => command.args(["--allowedTools", "Bash,Monitor,WebFetch,mcp__aws-mcp"]),
            Permission::Bypassed => command.arg("--dangerously-skip-permissions"),
            Permission::Nothing => &mut command,
            Permission::Only(rule) => command.args(["--allowedTools", rule]),
            Permission::Mode(mode) => command.args(["--permission-mode", mode, "--allowedTools", EVERYTHING]),
            Permission::AllBut(rule) => command.args(["--allowedTools", "Bash", "--disallowedTools", rule]),
        };
        command.stdin(Stdio::null());
        command.stdout(File::create(&out).unwrap()).stderr(File::create(&err).unwrap());
        let ended = finish(command, PATIENCE);
        let events = fs::read_to_string(out).unwrap();
        let log = format!("ended: {ended}\nstderr: {}\nstdout: {events}", fs::read_to_string(err).unwrap());
        let events = events.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Session { calls, requests: mock.requests(), events, log }
    }

    /// The binary with an environment that holds nothing of this machine but the PATH, and knows no
    /// server but the mock: what it sends elsewhere goes to a proxy that is not there. (Some subcommands
    /// ask for an organisation's settings, and retry for a long time.)
    fn command(&self, mock: &Mock) -> Command {
        let base = self.scratch.path();
        let mut path = base.join("stubs").into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut command = self.started(&self.binary);
        command
            .current_dir(base.join("work"))
            .env_clear()
            .env("PATH", path)
            .env("RAN", base.join("ran"))
            .env("HOME", base.join("home"))
            .env("CLAUDE_CONFIG_DIR", base.join("config"))
            .env("TMPDIR", base.join("tmp"))
            .env("CLAUDE_CODE_TMPDIR", base.join("tmp"))
            .env("ANTHROPIC_API_KEY", "dummy")
            .env("ANTHROPIC_BASE_URL", mock.url())
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .env("NO_PROXY", "127.0.0.1,localhost")
            .env("DISABLE_TELEMETRY", "1")
            .env("DISABLE_AUTOUPDATER", "1")
            .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
            // As root, permissions can be bypassed in a sandbox only; every CI container is one.
            .env("IS_SANDBOX", "1")
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// A program, with the client's `/etc`.
    fn started(&self, program: &Path) -> Command {
        match self.has_etc {
            true => namespace::with_etc(program, &self.path("etc"), &self.path("empty")),
            false => Command::new(program),
        }
    }

    /// What `asm-guard doctor --json` says of this house: its exit status and its findings.
    pub fn doctor(&self) -> (Option<i32>, Value) {
        let mut command = self.started(&self.plugin.join("bin/asm-guard"));
        command
            .args(["doctor", "--json"])
            .current_dir(self.path("work"))
            .env_clear()
            .env("HOME", self.path("home"))
            .env("CLAUDE_CONFIG_DIR", self.path("config"))
            .env("PATH", self.binary.parent().unwrap())
            .env("AWS_ACCESS_KEY_ID", "dummy")
            .env("AWS_SECRET_ACCESS_KEY", "dummy");
        let output = command.stdin(Stdio::null()).output().unwrap();
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
    }
}

/// What came of a session.
pub struct Session {
    calls: usize,
    requests: Vec<Value>,
    events: Vec<Value>,
    log: String,
}

impl Session {
    /// What the model was told about the last tool call of the script.
    pub fn answer(&self) -> Answer {
        self.answer_to(self.calls - 1)
    }

    /// What it was told about a call, counted from 0.
    pub fn answer_to(&self, call: usize) -> Answer {
        let id = format!("toolu_{call:02}");
        let result = self
            .requests
            .iter()
            .flat_map(messages)
            .flat_map(|message| message["content"].as_array().into_iter().flatten())
            .find(|block| block["type"] == "tool_result" && block["tool_use_id"] == *id)
            .unwrap_or_else(|| panic!("the model never heard of its tool call {call}\n{}", self.log));
        Answer { text: text_of(&result["content"]), refused: result["is_error"] == true }
    }

    /// Whether the client says of the last tool call that a hook rejected it.
    pub fn refused_by_hook(&self) -> bool {
        let id = self.last_call();
        self.events
            .iter()
            .flat_map(|event| event["tool_result_meta"].as_array().into_iter().flatten())
            .filter(|meta| meta["id"] == *id)
            .map(|meta| &meta["permission_decision"])
            .any(|decision| decision["decision"] == "reject" && decision["source"] == "hook")
    }

    /// The client's own id of the session.
    pub fn id(&self) -> String {
        let id = self.events.iter().find_map(|event| event["session_id"].as_str());
        id.unwrap_or_else(|| panic!("no event names the session\n{}", self.log)).to_owned()
    }

    fn last_call(&self) -> String {
        format!("toolu_{:02}", self.calls - 1)
    }

    /// Whether the model was told this text before its first word.
    pub fn model_starts_with(&self, text: &str) -> bool {
        let first =
            self.requests.first().unwrap_or_else(|| panic!("the model was never asked\n{}", self.log));
        text_of(&first["system"]).contains(text)
            || messages(first).any(|m| text_of(&m["content"]).contains(text))
    }

    /// Whether the model was told this text at any time, other than by its own words.
    pub fn model_heard(&self, text: &str) -> bool {
        let told = |message: &Value| message["role"] != "assistant" && all_text(message).contains(text);
        self.requests.iter().flat_map(messages).any(told)
    }

    /// What the hooks of this event printed, as the client reports it.
    pub fn hook_output(&self, event: &str) -> Vec<String> {
        self.events
            .iter()
            .filter(|e| e["subtype"] == "hook_response" && e["hook_event"] == event)
            .map(|e| e["output"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// All that the client printed, for a failing test to show.
    pub fn log(&self) -> &str {
        &self.log
    }
}

pub struct Answer {
    pub text: String,
    pub refused: bool,
}

/// A `content` of the API is a string or a list of blocks.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            blocks.iter().map(|b| b["text"].as_str().unwrap_or_default()).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// Every text in a message, at any depth.
fn all_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone() + "\n",
        Value::Array(items) => items.iter().map(all_text).collect(),
        Value::Object(fields) => fields.values().map(all_text).collect(),
        _ => String::new(),
    }
}

/// Runs a command to its end, or until patience ends, and with it all that it started; says how it ended.
pub fn finish(mut command: Command, patience: Duration) -> String {
    let mut child = command.process_group(0).spawn().unwrap();
    let deadline = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.to_string();
        }
        if Instant::now() > deadline {
            kill_process_group(Pid::from_child(&child), Signal::KILL).unwrap();
            child.wait().unwrap();
            return format!("killed after {} s", patience.as_secs());
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// The files of the plugin, as a clone and `cargo install --path . --root .` would leave them.
fn copy_plugin(to: &Path, guard: Guard) {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in ["plugin.json", ".claude-plugin", ".codex-plugin", ".plugin", "hooks", "skills"] {
        copy(&checkout.join(entry), &to.join(entry));
    }
    let installed = to.join("bin/asm-guard");
    match guard {
        Guard::Works => {
            copy(Path::new(env!("CARGO_BIN_EXE_asm-guard")), &installed);
            copy(Path::new(env!("CARGO_BIN_EXE_asm-exec")), &to.join("bin/asm-exec"));
        }
        Guard::Missing => {}
        Guard::NotExecutable => write(&installed, "not a program", 0o644),
    }
}

/// `fs::copy` keeps the permission bits, and a plugin needs them.
pub fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
}
