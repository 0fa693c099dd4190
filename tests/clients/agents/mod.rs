//! Other agents in houses of their own: a home, a hook, a model that follows a script, and an `aws` that leaves a marker
//! where the real one would fetch.
//!
//! ```sh
//! export ASM_GUARD_CODEX=$(tests/clients/agents.sh codex target/agents)
//! cargo test --test clients -- --ignored agents::codex
//! ```

/// What a session of each comes to: what is denied, what runs, what the model is told.
mod cases;
mod codex;
mod copilot;
/// What the guard is asked, as the recorded events have it.
mod events;
mod gemini;
/// What `asm-guard install` writes, obeyed by each, and gone again.
mod installed;
/// What each does when its hook misbehaves, as `docs/agents.md` says.
mod misbehaviour;
/// The files with which each is set up, in the real client.
mod setup;

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::claude::{PATIENCE, finish};
use crate::mock::{Mock, Turn};
use crate::scratch::{Scratch, write};

pub const GUARD: &str = env!("CARGO_BIN_EXE_asm-guard");
const MCP_SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/mcp_server.py");

/// An agent's client, and how it is run and spoken to.
pub struct Agent {
    /// As `--agent` takes it.
    pub name: &'static str,
    /// As `docs/agents.md` calls it.
    pub title: &'static str,
    /// The variable that names its program.
    pub program: &'static str,
    /// Writes its settings: a hook before every tool call, as a command for a shell, with so many seconds, or none.
    pub configure: fn(&House, Option<(&str, u32)>),
    /// Its program, in an environment that says nothing of where it is.
    pub command: fn(&House, &Path, &str) -> Command,
    /// The model runs a command.
    pub shell: fn(&str) -> Turn,
    /// The model calls a tool of the MCP server `aws-mcp`.
    pub mcp: fn(&str, Value) -> Turn,
    /// What tools gave back, in a request to the model.
    pub results: fn(&Value) -> Vec<String>,
    /// What a hook prints to say `ask`, and to give a hint.
    pub ask: &'static str,
    pub hint: &'static str,
}

pub struct House {
    agent: &'static Agent,
    scratch: Scratch,
}

impl House {
    pub fn new(agent: &'static Agent) -> Self {
        let scratch = Scratch::new(agent.name);
        for folder in ["home", "tmp", "work", "ran"] {
            scratch.dir(folder);
        }
        write(&scratch.path().join("stubs/aws"), "#!/bin/sh\necho \"aws $*\" >>\"$RAN/aws\"\n", 0o755);
        write(&scratch.path().join("work/notes.txt"), "what stands in the notes\n", 0o644);
        Self { agent, scratch }
    }

    /// A house with the guard as its agent's hook, which records the events that it gets.
    pub fn guarded(agent: &'static Agent) -> Self {
        let house = Self::new(agent);
        let events = house.path("events");
        let hook = format!("tee -a '{}' | '{GUARD}' hook --agent {}", events.display(), agent.name);
        (agent.configure)(&house, Some((&hook, 10)));
        house
    }

    /// A path in it: `home`, `work` where the session is, `ran` for markers.
    pub fn path(&self, path: &str) -> PathBuf {
        self.scratch.path().join(path)
    }

    /// A script of the house.
    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        write(&path, text, 0o755);
        path
    }

    /// What was left in a file of the folder `$RAN`, line by line.
    pub fn left(&self, marker: &str) -> Vec<String> {
        let text = fs::read_to_string(self.path("ran").join(marker)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// The MCP server as most settings have it: the command and its arguments.
    pub fn mcp_server(&self) -> Value {
        json!({"command": "python3", "args": [MCP_SERVER, self.path("ran/mcp")]})
    }

    /// The events that the guard got.
    pub fn events(&self) -> Vec<Value> {
        let text = fs::read(self.path("events")).unwrap_or_default();
        serde_json::Deserializer::from_slice(&text).into_iter().map(|event| event.unwrap()).collect()
    }

    /// The program, with nothing of this machine but the PATH, and no server but the one given: what it sends elsewhere
    /// goes to a proxy that is not there.
    pub fn command(&self, url: &str) -> Command {
        let agent = self.agent;
        let program = std::env::var_os(agent.program).unwrap_or_else(|| {
            let name = agent.name;
            panic!("{} must name {name}'s program; tests/clients/agents.sh {name} DIR installs it and prints its path",
                agent.program)
        });
        let mut path = OsString::from(self.path("stubs"));
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut command = (agent.command)(self, Path::new(&program), url);
        command
            .current_dir(self.path("work"))
            .env("PATH", path)
            .env("RAN", self.path("ran"))
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("tmp"))
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .env("NO_PROXY", "127.0.0.1,localhost")
            .stdin(Stdio::null());
        command
    }

    /// A subcommand of the program: what it printed. It must succeed.
    #[track_caller]
    pub fn manage(&self, arguments: &[&str]) -> String {
        let like = self.command("http://127.0.0.1:9");
        let mut command = Command::new(like.get_program());
        if like.get_program() == "node" {
            command.arg(std::env::var_os(self.agent.program).unwrap());
        }
        command.env_clear().stdin(Stdio::null());
        command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = command.current_dir(self.path("work")).args(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}");
        text
    }

    pub fn session(&self, script: Vec<Turn>) -> Session {
        self.session_with(&[], script)
    }

    /// A session with further arguments.
    pub fn session_with(&self, arguments: &[&str], script: Vec<Turn>) -> Session {
        self.session_within(PATIENCE, arguments, script)
    }

    /// A session that is ended when it takes longer.
    pub fn session_within(&self, patience: Duration, arguments: &[&str], script: Vec<Turn>) -> Session {
        let mock = Mock::start(script);
        let (out, err) = (self.path("out"), self.path("err"));
        let mut command = self.command(&mock.url());
        command.args(arguments).stdout(File::create(&out).unwrap()).stderr(File::create(&err).unwrap());
        let ended = finish(command, patience);
        let [out, err] =
            [out, err].map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned());
        let last =
            mock.requests().pop().unwrap_or_else(|| panic!("no model was asked\n{ended}\n{err}\n{out}"));
        Session { results: (self.agent.results)(&last), last, log: format!("{ended}\n{err}\n{out}") }
    }
}

/// What came of a session.
pub struct Session {
    /// What the model was told of each of its tool calls, in their order.
    pub results: Vec<String>,
    last: Value,
    /// All that the client printed, for a failing test to show.
    pub log: String,
}

impl Session {
    /// Whether the model was told this text, by whomever.
    pub fn told(&self, text: &str) -> bool {
        self.last.to_string().contains(text)
    }
}
