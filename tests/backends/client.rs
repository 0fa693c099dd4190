//! Running `asm-exec` with an environment of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::scratch::{Scratch, write};
use crate::servers::{REGION, free_port, servers};

pub const ASM_EXEC: &str = env!("CARGO_BIN_EXE_asm-exec");

/// No run takes longer, on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Writes its arguments to the file that it is told, each with a NUL after it.
const DUMP: &str = r#"for word; do printf '%s\0' "$word"; done >"$DUMP""#;

/// A caller: a home, a directory to work in, and variables.
pub struct Client {
    pub scratch: Scratch,
    variables: BTreeMap<String, String>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    Daemon,
    /// A server of mcp_servers.py, by its path: `json/script`.
    Mcp(&'static str),
    Api,
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

impl Client {
    /// Knows no backend and no keys. Nobody listens where the daemon is thought to be.
    pub fn new() -> Client {
        let scratch = Scratch::new("asm-exec");
        scratch.dir("work");
        let home = scratch.dir("home").display().to_string();
        write(&scratch.path().join("dump.sh"), DUMP, 0o644);
        let dump = scratch.path().join("dump").display().to_string();
        let client = Client { scratch, variables: BTreeMap::new() };
        client
            .set("HOME", &home)
            .set("DUMP", &dump)
            .set("PATH", "/usr/bin:/bin")
            .set("AWS_REGION", REGION)
            .set("AWS_EC2_METADATA_DISABLED", "true")
            // Nothing leaves this machine, whatever a test forgets to say.
            .set("HTTPS_PROXY", &loopback(free_port()))
            .set("AWS_SECRETS_MANAGER_AGENT_ENDPOINT", &loopback(free_port()))
    }

    /// Asks over this route only, with what it needs.
    pub fn over(route: Route) -> Client {
        match route {
            Route::Daemon => Client::new().set("ASM_EXEC_BACKENDS", "sma").daemon(servers().daemon),
            Route::Mcp(path) => Client::new().set("ASM_EXEC_BACKENDS", "mcp").mcp(path).signed_by("reader"),
            Route::Api => {
                Client::new().set("ASM_EXEC_BACKENDS", "api").api(servers().moto).signed_by("reader")
            }
        }
    }

    /// The daemon at this port, with the right token.
    pub fn daemon(self, port: u16) -> Client {
        self.set("AWS_SECRETS_MANAGER_AGENT_ENDPOINT", &loopback(port)).set("AWS_TOKEN", &servers().token)
    }

    /// The MCP server with this path.
    pub fn mcp(self, path: &str) -> Client {
        self.mcp_at(servers().mcp, path)
    }

    pub fn mcp_at(self, port: u16, path: &str) -> Client {
        self.set("ASM_EXEC_MCP_ENDPOINT", &format!("{}/{path}/mcp", loopback(port)))
    }

    /// Secrets Manager's API at this port.
    pub fn api(self, port: u16) -> Client {
        self.set("AWS_ENDPOINT_URL_SECRETS_MANAGER", &loopback(port))
    }

    /// Somebody's keys, in the environment.
    pub fn signed_by(self, name: &str) -> Client {
        let user = &servers().users[name];
        let client = self.set("AWS_ACCESS_KEY_ID", &user.id).set("AWS_SECRET_ACCESS_KEY", &user.secret);
        match &user.token {
            Some(token) => client.set("AWS_SESSION_TOKEN", token),
            None => client,
        }
    }

    pub fn set(mut self, name: &str, value: &str) -> Client {
        self.variables.insert(name.into(), value.into());
        self
    }

    pub fn unset(mut self, name: &str) -> Client {
        self.variables.remove(name);
        self
    }

    /// A file of this client's, which a run may read or write.
    pub fn file(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// `asm-exec` with these arguments.
    pub fn run(&self, args: &[&str]) -> Outcome {
        self.run_as(Command::new(ASM_EXEC).args(args))
    }

    /// A program, in this client's environment and directory.
    pub fn run_as(&self, command: &mut Command) -> Outcome {
        let (out, err) = (self.file("stdout"), self.file("stderr"));
        command.env_clear().envs(&self.variables).current_dir(self.file("work"));
        command.stdin(Stdio::null());
        // Files, so that a process that is left behind could not keep this one waiting at a pipe.
        command.stdout(fs::File::create(&out).unwrap()).stderr(fs::File::create(&err).unwrap());
        let started = Instant::now();
        let mut child = command.spawn().unwrap();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if started.elapsed() > PATIENCE {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("{command:?} did not end; stderr: {}", text(&err));
            }
            thread::sleep(Duration::from_millis(2));
        };
        Outcome { status: status.code(), stdout: text(&out), stderr: text(&err), took: started.elapsed() }
    }

    /// What a child gets where it was given these arguments.
    ///
    /// # Panics
    /// Where it was not run.
    pub fn arguments<S: AsRef<str>>(&self, args: &[S]) -> Vec<String> {
        let script = self.file("dump.sh").display().to_string();
        let mut command = Command::new(ASM_EXEC);
        command.args(["--", "sh", &script]).args(args.iter().map(AsRef::as_ref));
        self.dumped(&mut command)
    }

    /// What a child gets in the variables V0, V1, … where they were these.
    ///
    /// # Panics
    /// Where it was not run.
    pub fn variables<S: AsRef<str>>(&self, values: &[S]) -> Vec<String> {
        let mut command = Command::new("env");
        command.args(values.iter().enumerate().map(|(n, value)| format!("V{n}={}", value.as_ref())));
        command.args([ASM_EXEC, "sh", "-c", r#"env -0 >"$DUMP""#]);
        let all = self.dumped(&mut command);
        let of = |n: usize| {
            let start = format!("V{n}=");
            all.iter().find_map(|entry| entry.strip_prefix(&start)).unwrap().to_owned()
        };
        (0..values.len()).map(of).collect()
    }

    /// What a command writes to the dump.
    pub fn dumped(&self, command: &mut Command) -> Vec<String> {
        let dump = self.file("dump");
        let _ = fs::remove_file(&dump);
        let outcome = self.run_as(command);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), ""), "{outcome:#?}");
        parts(&dump)
    }

    /// The one value that a reference stands for.
    pub fn value(&self, reference: &str) -> String {
        self.arguments(&[reference]).remove(0)
    }

    /// Whether nothing was made in the directory that it works in.
    pub fn left_nothing(&self) -> bool {
        fs::read_dir(self.file("work")).unwrap().next().is_none()
    }
}

impl Outcome {
    /// Asserts that it is a failure of asm-exec's own, that nothing was run, and that each of these is said.
    #[track_caller]
    pub fn fails_with(&self, said: &[&str]) {
        assert_eq!((self.status, self.stdout.as_str()), (Some(125), ""), "{self:#?}");
        for words in said {
            assert!(self.stderr.contains(words), "{words:?} is not said: {self:#?}");
        }
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
    }
}

pub fn loopback(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()
}

/// What stands before each NUL in a file.
fn parts(path: &Path) -> Vec<String> {
    let text = String::from_utf8(fs::read(path).unwrap()).unwrap();
    let mut parts: Vec<String> = text.split('\0').map(str::to_owned).collect();
    assert_eq!(parts.pop().as_deref(), Some(""));
    parts
}
