//! What the server is asked to run: a Python script, or an AWS CLI command.
//!
//! The id, the version and the region come from references that anyone may have written. They enter as literals and
//! as quoted words that nothing in them can end.

use std::fmt::Write;

use crate::resolve::backend::Failure;
use crate::resolve::reference::{CURRENT, Request, Version};
use crate::resolve::region::is_region;

/// Whether a request is one that a server can be asked for.
///
/// # Errors
/// Where its id, version or region hold what none of a secret does.
pub(super) fn check(request: &Request, region: &str) -> Result<(), Failure> {
    let (Version::Stage(version) | Version::Id(version)) = &request.version;
    for (what, text) in [("the secret's id", &request.id), ("the version", version)] {
        if text.contains(char::is_control) {
            return Err(Failure::faulty(format!("{what} holds a control character, as no secret's does")));
        }
        // The AWS CLI would read such a file, on the server.
        if text.contains("://") {
            return Err(Failure::faulty(format!("{what} holds \"://\", as no secret's does")));
        }
    }
    match is_region(region) {
        true => Ok(()),
        false => Err(Failure::faulty(format!("{region:?} is no region, such as us-east-1: correct it"))),
    }
}

/// A script whose one expression is the answer of GetSecretValue. `call_boto3` is the server's own; it takes names as
/// the API has them. Bytes have no form in JSON that a server must choose, so they are made text here, exactly.
pub(super) fn python(request: &Request, region: &str) -> String {
    let mut params = format!("'SecretId': {}", literal(&request.id));
    match &request.version {
        Version::Stage(stage) if stage == CURRENT => {}
        Version::Stage(stage) => params += &format!(", 'VersionStage': {}", literal(stage)),
        Version::Id(id) => params += &format!(", 'VersionId': {}", literal(id)),
    }
    format!(
        "{{name + 'Hex' if isinstance(value, bytes) else name: value.hex() if isinstance(value, bytes) else value \
         for name, value in (await call_boto3(service_name='secretsmanager', operation_name='GetSecretValue', \
         region_name={}, params={{{params}}})).items()}}",
        literal(region),
    )
}

/// The same as a command of the AWS CLI, which the server splits as Python's shlex does. A value is one word with its
/// option, so that it cannot be taken for an option itself.
pub(super) fn command(request: &Request, region: &str) -> String {
    let mut command = format!("aws secretsmanager get-secret-value --secret-id={}", word(&request.id));
    match &request.version {
        Version::Stage(stage) if stage == CURRENT => {}
        Version::Stage(stage) => command += &format!(" --version-stage={}", word(stage)),
        Version::Id(id) => command += &format!(" --version-id={}", word(id)),
    }
    command + &format!(" --region={} --output=json", word(region))
}

/// A text as a Python string literal in ASCII ("String and Bytes literals", Python language reference, 2.4.1).
fn literal(text: &str) -> String {
    let mut literal = String::from("'");
    for c in text.chars() {
        match c {
            ' '..='~' if c != '\'' && c != '\\' => literal.push(c),
            '\0'..='\u{ffff}' => {
                let _ = write!(literal, "\\u{:04x}", u32::from(c));
            }
            _ => {
                let _ = write!(literal, "\\U{:08x}", u32::from(c));
            }
        }
    }
    literal + "'"
}

/// A text as one word. Between single quotes nothing but a single quote means anything, to POSIX shells and to Python's
/// shlex alike; within double quotes the two differ.
fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r#"'"'"'"#))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use proptest::prelude::*;
    use proptest::strategy::ValueTree;

    use super::*;

    fn request(id: &str, version: Version) -> Request {
        Request { id: id.to_owned(), version }
    }

    fn current() -> Version {
        Version::Stage(CURRENT.to_owned())
    }

    #[test]
    fn what_is_run() {
        for (id, version, params, options) in [
            ("prod/db", current(), "'SecretId': 'prod/db'", "--secret-id='prod/db'"),
            (
                "a b",
                Version::Stage("AWSPREVIOUS".to_owned()),
                "'SecretId': 'a b', 'VersionStage': 'AWSPREVIOUS'",
                "--secret-id='a b' --version-stage='AWSPREVIOUS'",
            ),
            (
                "it's",
                Version::Id("v\\1".to_owned()),
                "'SecretId': 'it\\u0027s', 'VersionId': 'v\\u005c1'",
                "--secret-id='it'\"'\"'s' --version-id='v\\1'",
            ),
            ("-é😀", current(), "'SecretId': '-\\u00e9\\U0001f600'", "--secret-id='-é😀'"),
        ] {
            let request = request(id, version);
            let call = format!(
                "(await call_boto3(service_name='secretsmanager', operation_name='GetSecretValue', \
                 region_name='eu-west-1', params={{{params}}}))"
            );
            assert!(python(&request, "eu-west-1").contains(&call), "{id}");
            assert_eq!(
                command(&request, "eu-west-1"),
                format!("aws secretsmanager get-secret-value {options} --region='eu-west-1' --output=json")
            );
        }
    }

    #[test]
    fn what_no_secret_has_is_refused() {
        for (id, version, region, expected) in [
            (
                "a\nb",
                current(),
                "us-east-1",
                "the secret's id holds a control character, as no secret's does",
            ),
            (
                "a\u{1b}[m",
                current(),
                "us-east-1",
                "the secret's id holds a control character, as no secret's does",
            ),
            (
                "file:///etc/passwd",
                current(),
                "us-east-1",
                "the secret's id holds \"://\", as no secret's does",
            ),
            (
                "a",
                Version::Stage("x\0".to_owned()),
                "us-east-1",
                "the version holds a control character, as no secret's does",
            ),
            (
                "a",
                Version::Id("fileb://x".to_owned()),
                "us-east-1",
                "the version holds \"://\", as no secret's does",
            ),
            ("a", current(), "x'; y", "\"x'; y\" is no region, such as us-east-1: correct it"),
        ] {
            assert_eq!(check(&request(id, version), region), Err(Failure::faulty(expected)), "{id:?}");
        }
        assert_eq!(check(&request("-a b/+=.@é'\"$`;", current()), "us-east-1"), Ok(()));
    }

    /// Reads Python string literals as the language reference says, as far as one that is not raw, triple-quoted or
    /// prefixed can hold: gives the text, and what follows the closing quote. None where it is no literal.
    fn read_literal(source: &str) -> Option<(String, &str)> {
        let mut rest = source.strip_prefix('\'')?;
        let mut text = String::new();
        loop {
            let c = rest.chars().next()?;
            rest = &rest[c.len_utf8()..];
            match c {
                '\'' => return Some((text, rest)),
                '\n' | '\r' => return None,
                '\\' => {
                    let digits = match rest.chars().next()? {
                        'u' => 4,
                        'U' => 8,
                        _ => return None,
                    };
                    let code = u32::from_str_radix(rest.get(1..=digits)?, 16).ok()?;
                    text.push(char::from_u32(code)?);
                    rest = &rest[1 + digits..];
                }
                c => text.push(c),
            }
        }
    }

    /// Text that means something to Python, to shells, or to those who read them.
    fn hostile() -> impl Strategy<Value = String> {
        let pieces = prop_oneof![
            "['\"\\\\`$;&|<>(){}\\[\\]#!~*? \\t\\n\\r\\x00-]{1,3}",
            Just("'''".to_owned()),
            Just("\\'".to_owned()),
            Just("\\N{DIGIT ONE}".to_owned()),
            Just("\\u0027".to_owned()),
            Just("'}) or __import__('os').system('id') #".to_owned()),
            Just("' --endpoint-url 'http://x".to_owned()),
            Just("--debug".to_owned()),
            Just("\u{2028}\u{85}\u{feff}\u{202e}".to_owned()),
            any::<char>().prop_map(String::from),
            "[a-z/+=.@_-]{1,4}",
        ];
        prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn nothing_breaks_out_of_the_script(id in hostile(), version in hostile(), region in hostile()) {
            let script = python(&request(&id, Version::Id(version.clone())), &region);
            prop_assert!(script.is_ascii() && !script.contains(char::is_control));
            let after = |start: &str, rest: &str| rest.strip_prefix(start).map(str::to_owned);
            let (_, rest) = script.split_once("region_name=").expect("the call");
            let (got, rest) = read_literal(rest).expect("a literal");
            prop_assert_eq!(&got, &region);
            let rest = after(", params={'SecretId': ", rest).expect("the parameters");
            let (got, rest) = read_literal(&rest).expect("a literal");
            prop_assert_eq!(&got, &id);
            let rest = after(", 'VersionId': ", rest).expect("the version");
            let (got, rest) = read_literal(&rest).expect("a literal");
            prop_assert_eq!(&got, &version);
            prop_assert_eq!(rest, "})).items()}");
        }

        #[test]
        fn nothing_breaks_out_of_the_command(id in hostile(), stage in hostile(), region in hostile()) {
            let stage = format!("x{stage}");
            let command = command(&request(&id, Version::Stage(stage.clone())), &region);
            let words = shlex::split(&command).expect("words");
            prop_assert_eq!(words, [
                "aws".to_owned(),
                "secretsmanager".to_owned(),
                "get-secret-value".to_owned(),
                format!("--secret-id={id}"),
                format!("--version-stage={stage}"),
                format!("--region={region}"),
                "--output=json".to_owned(),
            ]);
        }
    }

    /// The same by Python's own `ast` and `shlex`, where there is a Python.
    #[test]
    fn python_reads_it_the_same() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let texts: Vec<String> = (0..400)
            .map(|_| hostile().new_tree(&mut runner).expect("a text").current())
            .chain(["", "'", "\\", "\\'", "\0", "\u{10ffff}", "\u{ffff}", "\u{10000}"].map(str::to_owned))
            .collect();
        let cases: Vec<_> = texts
            .iter()
            .map(|text| (literal(text), command(&request(text, Version::Id(text.clone())), text), text))
            .collect();
        const CHECK: &str = "\
import ast, json, shlex, sys
for literal, command, text in json.load(sys.stdin):
    assert ast.literal_eval(literal) == text, literal
    assert shlex.split(command) == ['aws', 'secretsmanager', 'get-secret-value', '--secret-id=' + text,
        '--version-id=' + text, '--region=' + text, '--output=json'], command
print('same')
";
        let python =
            Command::new("python3").args(["-c", CHECK]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Ok(mut python) = python else {
            eprintln!("no python3 here: its own reading is not compared");
            return;
        };
        let cases = serde_json::to_vec(&cases).expect("JSON");
        python.stdin.take().expect("a pipe").write_all(&cases).expect("a reader");
        let output = python.wait_with_output().expect("an end");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "same\n");
    }
}
