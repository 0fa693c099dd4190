//! A Secrets Manager Agent on a port of its own, and `asm-exec` told to ask it and nobody else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// The token that the daemon wants.
pub const TOKEN: &str = "dGhlLWRhZW1vbnMtdG9rZW4";
/// A value that is found wherever it went.
pub const PASSWORD: &str = "Tr0ub4dor&3 'q\"$x";
/// The lines of a secret that is a key.
pub const KEY_LINES: [&str; 2] = [
    "MC4CAQAwBQYDK2VwBCIEIAlEXpe/a6vYqzKAGyIs7h+EPHmJ9e6OzPKNBZ4mCyxw",
    "MC4CAQAwBQYDK2VwBCIEIPlEXpe/a6vYqzKAGyIs7h+EPHmJ9e6OzPKNBZ4mC0==",
];
/// The variable that holds an argument's place for a file to write to.
const FOLDER: &str = "FOLDER";

/// A daemon, a folder for the command to write to, and the requests that came.
pub struct Daemon {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    folder: TempDir,
}

/// What is started from here ignores no signal, even where we were started so (`… &` in a script): of those that have
/// a handler, a program starts with the default.
#[cfg(unix)]
fn default_signals() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
    use std::sync::{Once, atomic::AtomicBool};
    static HANDLED: Once = Once::new();
    HANDLED.call_once(|| {
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2] {
            let default = Arc::new(AtomicBool::new(true));
            signal_hook::flag::register_conditional_default(signal, default).expect("a handler");
        }
    });
}

/// Elsewhere none can be ignored.
#[cfg(windows)]
fn default_signals() {}

/// Secrets by id: their text, or their bytes in base64.
fn secrets() -> Vec<(&'static str, Value)> {
    let text = |text: &str| json!({ "SecretString": text });
    vec![
        ("plain", text(PASSWORD)),
        ("other", text("an-other-value")),
        ("db", text(&json!({ "user": "app-user", "password": PASSWORD, "port": 5432, "db": { "name": "shop-name" } }).to_string())),
        // What the documents use.
        ("prod/db", text(r#"{"username":"app","password":"p&ss/word-of-prod-db","host":"db.example.com"}"#)),
        ("prod/mysql", text(r#"{"password":"word-of-prod-mysql"}"#)),
        ("prod/api", text(r#"{"token":"token-of-prod-api"}"#)),
        ("prod/stripe", text("key-of-prod-stripe")),
        ("numbers", text(r#"{"price":1.50,"big":12345678901234567890.0,"none":null,"yes":true}"#)),
        ("reference", text("{{resolve:secretsmanager:other}}")),
        ("hostile", text("'; touch $FOLDER/hacked; echo \"`touch $FOLDER/hacked`$(touch $FOLDER/hacked)")),
        ("app", text("correct-horse/battery staple")),
        ("short", text("abc")),
        ("program", text("no-such-program-4711")),
        ("lines", text("first-line-of-it\nsecond-line-of-it\n")),
        ("key", text(&format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", KEY_LINES.join("\n")))),
        ("nul", text("with\0nul")),
        ("bytes", json!({ "SecretBinary": "AAEC/w==" })),
        ("path/with space+and/ü", text("odd-name-value")),
    ]
}

impl Daemon {
    /// Begins to listen.
    pub fn start() -> Daemon {
        Daemon::answering(Duration::ZERO)
    }

    /// Begins to listen, and answers each request after a while only.
    pub fn answering(after: Duration) -> Daemon {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = asked.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let noted = noted.clone();
                std::thread::spawn(move || converse(&connection, after, &noted));
            }
        });
        Daemon { port, asked, folder: tempfile::tempdir().unwrap() }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The paths that were asked for.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// A file in the folder that the command knows as `$FOLDER`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What such a file holds.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// `asm-exec` with these arguments, with every signal's default action, in an environment that holds nothing but what it needs.
    pub fn asm_exec(&self, arguments: &[&str]) -> Command {
        default_signals();
        let mut command = Command::new(env!("CARGO_BIN_EXE_asm-exec"));
        command.args(arguments).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.folder.path());
        command.env(FOLDER, self.folder.path()).env("AWS_TOKEN", TOKEN);
        command.env("AWS_SECRETS_MANAGER_AGENT_ENDPOINT", self.endpoint());
        command.env("ASM_EXEC_BACKENDS", "sma");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.asm_exec(arguments).output().unwrap()
    }

    /// Runs it with more variables.
    pub fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
        self.asm_exec(arguments).envs(variables.iter().copied()).output().unwrap()
    }
}

/// A reference to a secret of the daemon's, with what may follow the id.
pub fn reference(rest: &str) -> String {
    format!("{{{{resolve:secretsmanager:{rest}}}}}")
}

/// What was said on standard output, standard error, and the exit status.
pub fn said(output: &Output) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

/// Whether nothing stands at a path.
pub fn absent(path: &Path) -> bool {
    !path.exists()
}

fn converse(connection: &TcpStream, after: Duration, noted: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(connection);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            match reader.read_line(&mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) if line.trim().is_empty() => break,
                Ok(_) => head.push(line.trim().to_owned()),
            }
        }
        let path = head[0].split(' ').nth(1).unwrap_or_default().to_owned();
        let token = head
            .iter()
            .any(|line| line.eq_ignore_ascii_case(&format!("x-aws-parameters-secrets-token: {TOKEN}")));
        noted.lock().unwrap().push(path.clone());
        std::thread::sleep(after);
        let (status, body) = if token { answer(&path) } else { ("403 Forbidden", "Bad Token".to_owned()) };
        let reply = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let mut connection = connection;
        if connection.write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
}

fn answer(path: &str) -> (&'static str, String) {
    let url = url::Url::parse(&format!("http://daemon{path}")).unwrap();
    let query =
        |name: &str| url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    let id = query("secretId").unwrap_or_default();
    let arn = |name: &str| format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-a1B2c3");
    let found = secrets().into_iter().find(|(name, _)| *name == id || arn(name) == id);
    let Some((name, mut secret)) = found else {
        let body = r#"{"__type":"ResourceNotFoundException","message":"Secrets Manager can't find the specified secret."}"#;
        return ("400 Bad Request", body.to_owned());
    };
    let stage = query("versionStage").unwrap_or_else(|| "AWSCURRENT".to_owned());
    secret["ARN"] = json!(arn(name));
    secret["Name"] = json!(name);
    secret["VersionId"] = json!(query("versionId").unwrap_or_else(|| "v1".to_owned()));
    secret["VersionStages"] = json!([stage]);
    ("200 OK", secret.to_string())
}

/// Everything that comes until the end.
pub fn rest(mut from: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = from.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
