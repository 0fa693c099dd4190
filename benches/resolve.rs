//! The cost of `asm-exec` as a whole process, the command it runs included.
//!
//! `cargo bench --bench resolve` runs `true` with no reference, with one and with five, whose values a daemon on
//! loopback in this process answers, beside `python3 -c pass` and `true` alone. All take turns in one run, in a new
//! order each round. It judges no time; it fails when a program fails, or when more than one request was made for one
//! secret. `-- --quick` takes few rounds.

mod measure;

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use measure::{Shuffle, percentile, python, shipped, within};

const TOKEN: &str = "the-daemons-token";
/// How many requests came.
static REQUESTS: AtomicUsize = AtomicUsize::new(0);

fn main() -> ExitCode {
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// A program to run, and how many requests that makes.
struct Program {
    name: &'static str,
    argv: Vec<String>,
    requests: usize,
    /// At most this part of python3's time.
    target: Option<f64>,
}

fn measure() -> Result<(), Box<dyn Error>> {
    let quick =
        std::env::args().any(|argument| argument == "--quick") || !std::env::args().any(|a| a == "--bench");
    let rounds = if quick { 15 } else { 400 };
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let _ = answer(&connection);
        }
    });

    let asm_exec = shipped(env!("CARGO_BIN_EXE_asm-exec"))?.display().to_string();
    let reference = |key: &str| format!("{{{{resolve:secretsmanager:prod/db:SecretString:{key}}}}}");
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let with = |keys: &[&str]| {
        words(&[&asm_exec, "--", "true"]).into_iter().chain(keys.iter().map(|key| reference(key))).collect()
    };
    let mut programs = vec![
        Program { name: "true alone", argv: words(&["true"]), requests: 0, target: None },
        Program { name: "no reference", argv: with(&[]), requests: 0, target: Some(1.0 / 8.0) },
        Program { name: "one reference", argv: with(&["password"]), requests: 1, target: Some(1.0 / 6.0) },
        Program {
            name: "five references",
            argv: with(&["password", "user", "host", "port", "name"]),
            requests: 1,
            target: None,
        },
    ];
    match python() {
        Some(path) => programs.push(Program {
            name: "python3 -c pass",
            argv: words(&[&path.display().to_string(), "-c", "pass"]),
            requests: 0,
            target: None,
        }),
        None => println!("python3 was not found and is left out"),
    }

    let mut times: Vec<Vec<Duration>> = vec![Vec::with_capacity(rounds); programs.len()];
    let mut turns: Vec<usize> = (0..programs.len()).collect();
    let mut shuffle = Shuffle::new();
    for _ in 0..rounds {
        shuffle.apply(&mut turns);
        for &who in &turns {
            times[who].push(run(&programs[who], port)?);
        }
    }
    times.iter_mut().for_each(|list| list.sort_unstable());
    let python = times.get(4).map(|list| percentile(list, 50));
    println!("\nasm-exec -- true, whole process, median of {rounds} interleaved rounds\n");
    println!("{:<16} {:>9} {:>9} {:>9}  target", "", "median", "95 of 100", "÷ python3");
    for (program, list) in programs.iter().zip(&times) {
        let median = percentile(list, 50);
        let part = python.map(|python| median / python);
        let target = program
            .target
            .zip(part)
            .map(|(target, part)| format!("1/{:.0}: {}", 1.0 / target, within(part <= target)));
        let part = part.map_or("-".to_owned(), |part| format!("1/{:.1}", 1.0 / part));
        println!(
            "{:<16} {median:>6.2} ms {:>6.2} ms {part:>9}  {}",
            program.name,
            percentile(list, 95),
            target.unwrap_or_default()
        );
    }
    Ok(())
}

/// Runs a program, and gives the time until it ended.
fn run(program: &Program, port: u16) -> Result<Duration, Box<dyn Error>> {
    let before = REQUESTS.load(Ordering::SeqCst);
    let mut command = Command::new(&program.argv[0]);
    command.args(&program.argv[1..]).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
        .env("AWS_SECRETS_MANAGER_AGENT_ENDPOINT", format!("http://127.0.0.1:{port}"))
        .env("AWS_TOKEN", TOKEN);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let begun = Instant::now();
    let output = command.output()?;
    let wall = begun.elapsed();
    if !output.status.success() {
        return Err(format!("{} failed: {}", program.name, String::from_utf8_lossy(&output.stderr)).into());
    }
    let requests = REQUESTS.load(Ordering::SeqCst) - before;
    if requests != program.requests {
        return Err(format!("{}: {requests} requests instead of {}", program.name, program.requests).into());
    }
    Ok(wall)
}

/// Answers one request as the Secrets Manager Agent does.
fn answer(mut connection: &TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 && !line.ends_with("\r\n\r\n") {}
    REQUESTS.fetch_add(1, Ordering::SeqCst);
    let good = line.to_lowercase().contains(&format!("x-aws-parameters-secrets-token: {TOKEN}"));
    let body = r#"{"ARN":"arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-a1B2c3","Name":"prod/db","VersionId":"v1","VersionStages":["AWSCURRENT"],"SecretString":"{\"user\":\"app-user\",\"password\":\"correct-horse-battery\",\"host\":\"db.example.com\",\"port\":5432,\"name\":\"shop\"}"}"#;
    let (status, body) = if good { ("200 OK", body) } else { ("403 Forbidden", "Bad Token") };
    write!(connection, "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
