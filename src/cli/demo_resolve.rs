//! The second act of `asm-guard demo`: the safe way, with a real command, a secret made up here, and a daemon on
//! loopback that has it.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use serde_json::json;

use super::style::{Style, WIDTH, wrapped};
use crate::resolve::backend::Backend;
use crate::resolve::backend::daemon::Daemon;
use crate::resolve::mask::{self, Masks};
use crate::resolve::plan::{Inputs, Plan};
use crate::resolve::select;
use crate::resolve::surroundings::{Environment, Surroundings};
use crate::resolve::template::Values;
use crate::search;

/// The value that must not be seen.
const PASSWORD: &str = "correct-horse-battery-staple";
const TOKEN: &str = "token-of-the-demo";
const REFERENCE: &str = "{{resolve:secretsmanager:demo/db:SecretString:password}}";
/// Says that it has the value, then prints it, as it is and in disguise.
const SCRIPT: &str = r#"echo "I was given ${#DB_PASSWORD} characters."
echo "password=$DB_PASSWORD"
printf %s "$DB_PASSWORD" | od -An -v -tx1 | tr -d ' \n'; echo"#;

/// The act's text, and whether all went as it should.
pub(super) fn show(style: Style) -> (String, bool) {
    let mut out = format!("\n{}\n", style.bold("The same secret, used and not seen"));
    let intro = "A daemon on loopback, a stand-in for the Secrets Manager Agent, holds a password made up for this demo. \
                 asm-exec resolves the reference, a real shell gets the value, and this is what is left of its output:";
    let _ = writeln!(out, "  {}\n", wrapped(intro, WIDTH, 2));
    let _ = writeln!(out, "    $ DB_PASSWORD='{REFERENCE}' asm-exec -- sh script");
    if search::first(&Environment::of_process(), "sh").is_none() {
        let _ = writeln!(out, "    There is no `sh` on the search path here, so this part is left out.");
        return (out, true);
    }
    match output() {
        Ok(printed) => {
            for (command, line) in SCRIPT.lines().zip(printed.lines()) {
                let _ = writeln!(out, "    {}", style.dim(command));
                let _ = writeln!(out, "      {line}");
            }
            let masked = printed.matches(REFERENCE).count() == 2 && !printed.contains(PASSWORD);
            let received = printed.contains(&format!("given {} characters", PASSWORD.len()));
            (out, masked && received)
        }
        Err(error) => {
            let _ = writeln!(out, "    {}", style.bad(&error));
            (out, false)
        }
    }
}

/// What the command prints, masked: the same steps that `asm-exec` takes, with the daemon in this process.
fn output() -> Result<String, String> {
    let failed = |error: io::Error| format!("the demo's command did not run: {error}");
    let endpoint = daemon().map_err(|error| format!("the demo's daemon did not start: {error}"))?;
    let environment: Environment =
        [("AWS_SECRETS_MANAGER_AGENT_ENDPOINT", endpoint.as_str()), ("AWS_TOKEN", TOKEN)]
            .into_iter()
            .collect();
    let surroundings = Surroundings { environment, ..Surroundings::default() };
    let plan = Plan::read(Inputs {
        command: ["sh", "-c", SCRIPT].map(OsString::from).into(),
        environment: vec![("DB_PASSWORD".into(), REFERENCE.into())],
        ..Inputs::default()
    })?;
    let daemon = Daemon::new(&surroundings).map_err(|failure| failure.to_string())?;
    let mut values = Values::new();
    for reference in plan.references() {
        let secret = daemon.fetch(&reference.request).map_err(|failure| failure.to_string())?;
        values.insert(reference.clone(), select::select(&secret, &reference)?);
    }
    let (masks, _) =
        Masks::new(values.iter().map(|(reference, value)| (value, reference.text.as_str())), &[]);
    let launch = plan.launch(&values)?;
    let mut child = Command::new(&launch.program)
        .args(&launch.arguments)
        .envs(launch.set)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut printed = Vec::new();
    if let Some(pipe) = child.stdout.take() {
        mask::copy(pipe, &mut printed, &masks).map_err(failed)?;
    }
    child.wait().map_err(failed)?;
    String::from_utf8(printed).map_err(|_| "the demo's command printed no text".to_owned())
}

/// A stand-in for the Secrets Manager Agent, on a port that was free; where it is asked.
fn daemon() -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let _ = answer(&connection);
        }
    });
    Ok(endpoint)
}

fn answer(mut connection: &TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(connection);
    let mut head = String::new();
    while reader.read_line(&mut head)? > 0 && !head.ends_with("\r\n\r\n") {}
    let known = head.contains(TOKEN) && head.starts_with("GET /secretsmanager/get?secretId=demo%2Fdb ");
    let secret = json!({
        "ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/db-a1B2c3",
        "Name": "demo/db",
        "VersionId": "5f1c2f0e-0d6b-4e0c-9d5e-3f2b8f6a7c11",
        "VersionStages": ["AWSCURRENT"],
        "SecretString": json!({ "user": "app", "password": PASSWORD }).to_string(),
    });
    let (status, body) =
        if known { ("200 OK", secret.to_string()) } else { ("400 Bad Request", String::new()) };
    io::Write::write_fmt(
        &mut connection,
        format_args!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()),
    )
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_used_and_not_seen() {
        let (text, good) = show(Style::plain());
        assert!(good, "{text}");
        assert!(!text.contains(PASSWORD), "{text}");
        assert!(text.contains(&format!("password={REFERENCE}")), "{text}");
    }
}
