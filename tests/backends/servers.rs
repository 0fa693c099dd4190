//! The servers, started once for all tests, on ports that the kernel chose.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::scratch::{Scratch, write};

/// What a server may take to start on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The region of the daemon, and of the secrets that name none.
pub const REGION: &str = "us-east-1";

/// Runs a program until standard input is closed, which the kernel does when the tests' process ends, even by a
/// signal; then removes the directory that the first argument names, where it names one.
const KEEPER: &str = r#"trap '' INT
dir=$1; shift
"$@" & read -r _; kill -9 $!; wait
[ -z "$dir" ] || rm -rf -- "$dir""#;

pub struct Servers {
    /// Secrets Manager and IAM.
    pub moto: u16,
    /// The agent daemon.
    pub daemon: u16,
    /// The MCP servers.
    pub mcp: u16,
    /// The daemon's token, and the file it is in.
    pub token: String,
    pub token_file: PathBuf,
    /// The secrets' ARNs, in their order.
    pub arns: Vec<String>,
    /// Who may do what, by name.
    pub users: BTreeMap<String, User>,
    /// The installed programs.
    pub dir: PathBuf,
    /// Their keepers, with the pipes that they wait at.
    _kept: Vec<Child>,
}

/// Somebody's keys.
#[derive(Deserialize)]
pub struct User {
    pub id: String,
    pub secret: String,
    /// A session token, where the keys are temporary.
    pub token: Option<String>,
}

/// What moto_server.py and mcp_servers.py print when they are ready.
#[derive(Deserialize)]
struct Ready {
    port: u16,
    #[serde(default)]
    arns: Vec<String>,
    #[serde(default)]
    users: BTreeMap<String, User>,
}

/// The servers; the first caller starts them.
pub fn servers() -> &'static Servers {
    static SERVERS: OnceLock<Servers> = OnceLock::new();
    SERVERS.get_or_init(start)
}

fn start() -> Servers {
    let dir: PathBuf = std::env::var_os("ASM_EXEC_BACKENDS_DIR")
        .expect(
            "ASM_EXEC_BACKENDS_DIR must name a directory with the backends; tests/backends/setup.sh DIR installs them \
             and prints its path",
        )
        .into();
    let here = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/backends"));
    let python = dir.join("venv/bin/python");
    let mut kept = Vec::new();

    let mut moto = Command::new(&python);
    moto.arg(here.join("moto_server.py")).arg(here.join("secrets.json"));
    let moto = ready(keep(&moto, None), &mut kept);
    let aws = format!("http://127.0.0.1:{}", moto.port);

    let mut mcp = Command::new(&python);
    mcp.arg(here.join("mcp_servers.py"))
        .arg(&aws)
        .arg(users_as_json(&moto.users))
        .arg(dir.join("venv/bin/aws"));
    let mcp = keep(&mcp, None);
    let (daemon, token, token_file) = start_daemon(&dir, &aws, &moto.users["reader"], &mut kept);
    let mcp = ready(mcp, &mut kept);

    Servers {
        moto: moto.port,
        daemon,
        mcp: mcp.port,
        token,
        token_file,
        arns: moto.arns,
        users: moto.users,
        dir,
        _kept: kept,
    }
}

/// Starts the daemon. It takes no port 0, so one that was free a moment ago must do, or else another.
fn start_daemon(dir: &Path, aws: &str, user: &User, kept: &mut Vec<Child>) -> (u16, String, PathBuf) {
    // The keeper removes it: nothing of this process is dropped when it ends.
    let home = std::mem::ManuallyDrop::new(Scratch::new("daemon"));
    let (config, token_file) = (home.path().join("config.toml"), home.path().join("token"));
    // As the install script makes one: 32 random bytes, in hexadecimal, and a line feed.
    let mut random = [0; 32];
    std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut random).unwrap();
    let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    write(&token_file, &format!("{token}\n"), 0o600);
    for _ in 0..5 {
        let port = free_port();
        let settings = format!(
            "[logging]\nlog_to_file = false\n[capabilities.secrets_manager]\nhttp_port = {port}\nregion = \"{REGION}\"\n"
        );
        write(&config, &settings, 0o600);
        let mut daemon = Command::new(dir.join("agent/bin/aws-workload-credentials-provider"));
        daemon.args(["sm", "start", "--config"]).arg(&config);
        daemon.env("AWS_TOKEN", format!("file://{}", token_file.display()));
        daemon.env("AWS_ENDPOINT_URL", aws).env("AWS_EC2_METADATA_DISABLED", "true");
        daemon.env("AWS_ACCESS_KEY_ID", &user.id).env("AWS_SECRET_ACCESS_KEY", &user.secret);
        daemon.env("HOME", home.path());
        let mut keeper = keep(&daemon, Some(home.path()));
        if is_healthy(port) {
            kept.push(keeper);
            return (port, token, token_file);
        }
        // Ends the keeper, which removes the directory.
        drop(keeper.stdin.take());
        keeper.wait().unwrap();
    }
    panic!("the agent daemon does not answer /ping, on none of five ports");
}

/// Whether the daemon answers `/ping`, within some seconds.
fn is_healthy(port: u16) -> bool {
    let end = Instant::now() + Duration::from_secs(15);
    while Instant::now() < end {
        if let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
            stream.write_all(b"GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            if stream.read_to_string(&mut answer).is_ok() && answer.ends_with("healthy") {
                return true;
            }
        }
        thread::sleep(Duration::from_millis(50));
    }
    false
}

/// Starts a program with the variables that it was given and no others, for as long as this process lives.
fn keep(program: &Command, dir: Option<&Path>) -> Child {
    let mut keeper = Command::new("sh");
    keeper.args(["-c", KEEPER, "sh"]).arg(dir.map_or(OsStr::new(""), Path::as_os_str));
    keeper.arg(program.get_program()).args(program.get_args());
    keeper.env_clear().env("PATH", "/usr/bin:/bin");
    keeper.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let verbose = std::env::var_os("ASM_EXEC_BACKENDS_LOG").is_some();
    keeper.stderr(if verbose { Stdio::inherit() } else { Stdio::null() });
    keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

/// Waits for the line that says a server is ready.
fn ready(mut keeper: Child, kept: &mut Vec<Child>) -> Ready {
    let mut out = BufReader::new(keeper.stdout.take().unwrap());
    let (send, receive) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        // The other end waits no more once it has lost patience.
        let _ = send.send(line);
        // What else it prints is of no interest, but must have somewhere to go.
        let _ = std::io::copy(&mut out, &mut std::io::sink());
    });
    kept.push(keeper);
    let line = receive.recv_timeout(PATIENCE).unwrap_or_default();
    serde_json::from_str(&line).unwrap_or_else(|_| {
        panic!("a server did not start; run with ASM_EXEC_BACKENDS_LOG=1 to see what it says ({line:?})")
    })
}

fn users_as_json(users: &BTreeMap<String, User>) -> String {
    let users: BTreeMap<_, _> = users
        .iter()
        .map(|(name, user)| {
            let mut keys = BTreeMap::from([("id", &user.id), ("secret", &user.secret)]);
            keys.extend(user.token.as_ref().map(|token| ("token", token)));
            (name, keys)
        })
        .collect();
    serde_json::to_string(&users).unwrap()
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
