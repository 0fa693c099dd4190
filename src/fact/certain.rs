//! Whether the safe form of a call is certain: whether running it does all that the call would have done, and nothing
//! else.
//!
//! The safe command is read off what a call would do, and may leave out what else the call did. Here the call itself is
//! read again, by its syntax: it must be one plain command that gets what a plain fetch prints, so that putting a
//! reference in the place of the fetch and asm-exec before the command changes nothing else. It is certain where both
//! ways lead to the same command. All doubt means that it is not; then the call stays refused, and says what to use.

use super::reference;
use super::suggestion::with_asm_exec;
use crate::resolve::shells;
use crate::shell::{self, Fragment, Invocation, Single};
use crate::value::{Piece, Text, Unknown, Value};

/// A longer command is not looked at, in bytes.
const MAX_COMMAND: usize = 8 << 10;

/// Variables that asm-exec, the loader or the shell go by themselves: set before asm-exec, they would change what it does.
const NOT_THE_COMMANDS: &[&str] =
    &["BASH_ENV", "ENV", "HOME", "IFS", "LOGNAME", "PATH", "SHELL", "TMPDIR", "USER"];
/// The beginnings of names that are such variables.
const NOT_THE_COMMANDS_PREFIXES: &[&str] =
    &["ASM_", "AWS_", "DYLD_", "GLIBC_", "LD_", "MALLOC_", "PARAMETERS_SECRETS_", "RUST_", "SSL_", "XDG_"];

/// The command that can take the place of `command`. `suggested` is the safe command that was read off what it would do.
///
/// # Errors
/// Why none is certain, in a clause.
pub fn rewritten(command: &str, suggested: &str) -> Result<String, String> {
    if command.len() > MAX_COMMAND {
        return Err(format!("the call is longer than {} KiB", MAX_COMMAND >> 10));
    }
    let single = shell::single(command)?;
    let names: Vec<&str> = single.assignments.iter().map(|(name, _)| name.as_str()).collect();
    if let Some(name) = names.iter().find(|name| is_not_the_commands(name)) {
        return Err(format!("`{name}` would change what asm-exec does"));
    }
    if names.iter().enumerate().any(|(at, name)| names[..at].contains(name)) {
        return Err("a variable in it is set twice".to_owned());
    }
    let Single { folder, assignments, words, redirections, filters } = single;
    let mut safe = Safe { folder, redirections, filters, ..Safe::default() };
    for (name, value) in assignments {
        let value = safe.resolved(value)?;
        safe.assignments.push((name, value));
    }
    for word in words {
        let word = safe.resolved(word)?;
        safe.words.push(word);
    }
    if safe.fetches == 0 {
        return Err("no program gets the value".to_owned());
    }
    if safe.is_in_script() {
        return Err(
            "a shell that the command starts would read the value as code, and asm-exec would quote it"
                .to_owned(),
        );
    }
    if with_asm_exec(&safe.invocation()).as_deref() != Some(suggested) {
        return Err("what the call would do is more than its words say".to_owned());
    }
    Ok(safe.line())
}

fn is_not_the_commands(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    NOT_THE_COMMANDS.contains(&name)
        || NOT_THE_COMMANDS_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || upper.ends_with("_PROXY")
}

/// What programs of a pipeline have made of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Printed {
    /// The API's answer, in JSON.
    Answer,
    /// The secret's text as a JSON string.
    Quoted,
    /// The secret's text.
    Plain,
    /// The text of a key's value, the secret being JSON.
    Key(String),
}

/// The reference to what a fetch prints: the AWS CLI, and jq behind it.
fn reference(stages: &[Vec<String>]) -> Result<String, String> {
    let (first, filters) = stages.split_first().ok_or("nothing runs in a command substitution")?;
    let fetch = Fetch::read(first)?;
    let printed = filters.iter().try_fold(fetch.printed, |printed, words| filtered(&printed, words))?;
    let key = match printed {
        Printed::Plain => String::new(),
        Printed::Key(key) => key,
        Printed::Answer | Printed::Quoted => {
            return Err("what the fetch prints is JSON around the value, not the value".to_owned());
        }
    };
    let Fetch { id, stage, version, .. } = fetch;
    let stage = if stage == "AWSCURRENT" { "" } else { stage };
    Ok(format!("{{{{resolve:secretsmanager:{id}:SecretString:{key}:{stage}:{version}}}}}"))
}

/// A command line of the AWS CLI that fetches one secret and does nothing else.
struct Fetch<'a> {
    id: &'a str,
    stage: &'a str,
    version: &'a str,
    printed: Printed,
}

impl<'a> Fetch<'a> {
    fn read(words: &'a [String]) -> Result<Fetch<'a>, String> {
        let no_fetch = || "a command in it is no plain fetch of the AWS CLI".to_owned();
        let mut words = words.iter().map(String::as_str);
        if words.next() != Some("aws") {
            return Err(no_fetch());
        }
        let mut operands = Vec::new();
        let (mut id, mut stage, mut version, mut query, mut output) = (None, None, None, None, None);
        while let Some(word) = words.next() {
            if !word.starts_with("--") {
                operands.push(word);
                continue;
            }
            let (name, attached) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word, None),
            };
            let place = match name {
                "--no-cli-pager" if attached.is_none() => continue,
                "--secret-id" => &mut id,
                "--version-stage" => &mut stage,
                "--version-id" => &mut version,
                "--query" => &mut query,
                "--output" => &mut output,
                "--region" => {
                    return Err("the region it names would reach the command as well".to_owned());
                }
                _ => return Err(format!("asm-exec knows no `{name}` of the AWS CLI")),
            };
            let value = attached.or_else(|| words.next()).ok_or_else(no_fetch)?;
            if place.replace(value).is_some() {
                return Err(format!("`{name}` is there twice"));
            }
        }
        if operands != ["secretsmanager", "get-secret-value"] {
            return Err(no_fetch());
        }
        let printed = match (query, output) {
            (None, None | Some("json")) => Printed::Answer,
            (Some("SecretString"), Some("text")) => Printed::Plain,
            (Some("SecretString"), None | Some("json")) => Printed::Quoted,
            _ => return Err("what the fetch prints is not known to be the value".to_owned()),
        };
        let id = id.filter(|id| is_id(id)).ok_or("the secret's id is not plain")?;
        let (stage, version) = (stage.unwrap_or_default(), version.unwrap_or_default());
        if !(stage.is_empty() || version.is_empty()) || !is_plain(stage) || !is_plain(version) {
            return Err("the secret's version is not plain".to_owned());
        }
        Ok(Fetch { id, stage, version, printed })
    }
}

/// A secret's name (Secrets Manager API reference, "CreateSecret"), or its whole ARN.
fn is_id(id: &str) -> bool {
    let is_name = |name: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
        !name.is_empty() && name.chars().all(known) && name != "SecretString" && name != "SecretBinary"
    };
    match id.split(':').collect::<Vec<_>>().as_slice() {
        [name] => is_name(name),
        ["arn", partition, "secretsmanager", region, account, "secret", name] => {
            [partition, region, account].iter().all(|part| !part.is_empty() && is_plain(part))
                && is_name(name)
        }
        _ => false,
    }
}

/// Whether a text is of letters, digits, `_`, `-` alone.
fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// What jq makes of what was printed; its own output is text (`-r`).
fn filtered(printed: &Printed, words: &[String]) -> Result<Printed, String> {
    /// A value of JSON on its way through a filter.
    enum Json {
        Answer,
        Secret,
        Document,
        Key(String),
    }
    let other = || "a program between the fetch and the command may change the value".to_owned();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let filter = match words.as_slice() {
        ["jq", "-r" | "--raw-output", filter] | ["jq", filter, "-r" | "--raw-output"] => filter,
        _ => return Err(other()),
    };
    let mut json = match printed {
        Printed::Answer => Json::Answer,
        Printed::Quoted => Json::Secret,
        Printed::Plain => Json::Document,
        Printed::Key(_) => return Err(other()),
    };
    for step in filter.split('|').map(str::trim) {
        json = match (json, step) {
            (json, ".") => json,
            (Json::Answer, ".SecretString") => Json::Secret,
            (Json::Secret, "fromjson") => Json::Document,
            (Json::Document, step) => Json::Key(key(step).ok_or_else(other)?.to_owned()),
            _ => return Err(other()),
        };
    }
    match json {
        Json::Secret => Ok(Printed::Plain),
        Json::Key(key) => Ok(Printed::Key(key)),
        // jq would write them in its own layout.
        Json::Answer | Json::Document => Err(other()),
    }
}

/// The key that a step of a filter selects: `.password`, `."db-password"`, `.["db-password"]`.
fn key(step: &str) -> Option<&str> {
    let rest = step.strip_prefix('.')?;
    let quoted = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(rest);
    match quoted.strip_prefix('"').and_then(|key| key.strip_suffix('"')) {
        Some(key) => Some(key).filter(|key| !key.is_empty() && is_plain(key)),
        None => Some(rest).filter(|key| {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            key.chars().all(word) && key.starts_with(|c: char| !c.is_ascii_digit())
        }),
    }
}

/// The command with references in it.
#[derive(Debug, Default)]
struct Safe {
    folder: Option<String>,
    assignments: Vec<(String, Vec<Part>)>,
    words: Vec<Vec<Part>>,
    redirections: Vec<String>,
    filters: Vec<Vec<String>>,
    /// How many references took the place of a fetch.
    fetches: usize,
}

/// A part of a word.
#[derive(Debug)]
enum Part {
    Text(String),
    Variable(String),
}

impl Safe {
    /// A word with the reference to what each fetch in it prints.
    fn resolved(&mut self, word: Vec<Fragment>) -> Result<Vec<Part>, String> {
        let mut out: Vec<Part> = Vec::new();
        // Whether a URL may have begun, and whether a value stands in one that may still reach its `@`.
        let (mut url, mut inside) = (false, false);
        for fragment in word {
            let text = match fragment {
                Fragment::Variable(name) => {
                    userinfo(inside)?;
                    url = true;
                    out.push(Part::Variable(name));
                    continue;
                }
                Fragment::Text(text) if text.contains("{{resolve:") => {
                    return Err("there is a reference in it already".to_owned());
                }
                Fragment::Text(text) => {
                    userinfo(inside && text.contains('@'))?;
                    url |= text.contains("://");
                    text
                }
                Fragment::Output(stages) => {
                    self.fetches += 1;
                    inside |= url;
                    reference::tidy(&reference(&stages)?)
                }
            };
            match out.last_mut() {
                Some(Part::Text(last)) => last.push_str(&text),
                _ => out.push(Part::Text(text)),
            }
        }
        Ok(out)
    }

    /// Whether a reference stands where asm-exec finds a script, into which it does not put a value as it is.
    fn is_in_script(&self) -> bool {
        let word = |parts: &Vec<Part>| {
            parts.iter().fold(String::new(), |word, part| match part {
                Part::Text(text) => word + text,
                Part::Variable(_) => word + "\0",
            })
        };
        let words: Vec<String> = self.words.iter().map(word).collect();
        let argv: Vec<&str> = words.iter().map(String::as_str).collect();
        let in_it =
            |found: shells::Found| argv[found.words].iter().any(|word| word.contains(reference::START));
        shells::scripts(&argv).into_iter().any(in_it)
    }

    /// The command as it would be met when the call is followed, each fetch having its reference for a value.
    fn invocation(&self) -> Invocation {
        let text = |word: &Vec<Part>| {
            Text::from_pieces(word.iter().map(|part| match part {
                Part::Text(text) => Piece::Literal(text.clone()),
                Part::Variable(name) => Piece::Unknown(Unknown { what: format!("${name}"), splits: false }),
            }))
        };
        let variables = self.assignments.iter();
        Invocation {
            argv: self.words.iter().map(text).collect(),
            environment: variables.map(|(name, value)| (name.clone(), Value::One(text(value)))).collect(),
            stdin: Text::unknown("standard input"),
            files: shell::Files::default(),
            functions: shell::Functions::default(),
            captured: false,
        }
    }

    /// The command line, whole.
    fn line(&self) -> String {
        let mut out = String::new();
        if let Some(folder) = &self.folder {
            out.push_str(&format!("cd {} && ", quoted(folder)));
        }
        for (name, value) in &self.assignments {
            out.push_str(&format!("{name}={} ", typed(value)));
        }
        out.push_str("asm-exec --");
        for text in self.words.iter().map(|word| typed(word)).chain(self.redirections.iter().cloned()) {
            out.push(' ');
            out.push_str(&text);
        }
        for filter in &self.filters {
            let words: Vec<String> = filter.iter().map(|word| quoted(word)).collect();
            out.push_str(&format!(" | {}", words.join(" ")));
        }
        out
    }
}

/// In a URL's user information the value would not be the same.
fn userinfo(perhaps: bool) -> Result<(), String> {
    match perhaps {
        true => Err("asm-exec would percent-encode the value in a URL's user information".to_owned()),
        false => Ok(()),
    }
}

/// A text as one word for bash and for zsh, which takes `=name` for the path of a program.
fn quoted(text: &str) -> String {
    match text.starts_with('=') {
        true => format!("'{}'", text.replace('\'', "'\\''")),
        false => shell::quoted(text),
    }
}

/// A word as it is typed: quoted as a whole where all of it is known, else in double quotes.
fn typed(word: &[Part]) -> String {
    match word {
        [] => String::from("''"),
        [Part::Text(text)] => quoted(text),
        parts => {
            let mut out = String::from("\"");
            for part in parts {
                match part {
                    Part::Variable(name) => out.push_str(&format!("${{{name}}}")),
                    Part::Text(text) => text.chars().for_each(|c| {
                        if matches!(c, '"' | '$' | '`' | '\\') {
                            out.push('\\');
                        }
                        out.push(c);
                    }),
                }
            }
            out.push('"');
            out
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str) -> Result<String, String> {
        let stages = words.split(" | ").map(|stage| shlex::split(stage).unwrap());
        reference(&stages.collect::<Vec<_>>()).map(|text| reference::tidy(&text))
    }

    #[test]
    fn plain_fetches_are_references() {
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-a1B2c3";
        for (options, filters, expected) in [
            ("--secret-id a --query SecretString --output text", "", "a:SecretString"),
            ("--output=text --query=SecretString --secret-id=a", "", "a:SecretString"),
            ("--secret-id a --query SecretString --output text", " | jq -r .k", "a:SecretString:k"),
            ("--secret-id a --query SecretString --output text", " | jq '.\"a-b\"' -r", "a:SecretString:a-b"),
            (
                "--secret-id a --query SecretString --output text",
                " | jq -r '.[\"a-b\"]'",
                "a:SecretString:a-b",
            ),
            ("--secret-id a", " | jq -r .SecretString", "a:SecretString"),
            ("--secret-id a", " | jq -r .SecretString | jq -r .k", "a:SecretString:k"),
            ("--secret-id a", " | jq -r '.SecretString|fromjson|.k'", "a:SecretString:k"),
            ("--secret-id a --query SecretString", " | jq -r .", "a:SecretString"),
            (
                "--secret-id a --query SecretString --output json",
                " | jq -r 'fromjson|.k'",
                "a:SecretString:k",
            ),
            (
                "--secret-id a --version-stage AWSPREVIOUS --query SecretString --output text",
                " | jq -r .k",
                "a:SecretString:k:AWSPREVIOUS",
            ),
            ("--secret-id a --version-stage AWSCURRENT", " | jq -r .SecretString", "a:SecretString"),
            ("--secret-id a --version-id 1-2", " | jq -r .SecretString", "a:SecretString:::1-2"),
            (&format!("--secret-id {arn}"), " | jq -r .SecretString", &format!("{arn}:SecretString")),
        ] {
            let words = format!("aws secretsmanager get-secret-value {options}{filters}");
            let expected = format!("{{{{resolve:secretsmanager:{expected}}}}}");
            assert_eq!(read(&words).as_deref(), Ok(expected.as_str()), "{words}");
        }
    }

    #[test]
    fn what_is_no_plain_fetch_is_none() {
        for (options, filters, expected) in [
            ("--secret-id a", "", "JSON around the value"),
            ("--secret-id a --query SecretString", "", "JSON around the value"),
            ("--secret-id a --query SecretString", " | jq -r .k", "may change"),
            ("--secret-id a --query SecretBinary --output text", "", "not known to be the value"),
            ("--secret-id a --query SecretString --output yaml", "", "not known to be the value"),
            ("--secret-id a --query SecretString --output text", " | base64", "may change"),
            ("--secret-id a --query SecretString --output text", " | jq .k", "may change"),
            ("--secret-id a --query SecretString --output text", " | jq -r .", "may change"),
            ("--secret-id a --query SecretString --output text", " | jq -r .a.b", "may change"),
            ("--secret-id a --query SecretString --output text", " | jq -r '.a // .b'", "may change"),
            ("--secret-id a --query SecretString --output text", " | jq -r .k f.json", "may change"),
            ("--secret-id a --query SecretString --output text", " | jq -r .k | tr a b", "may change"),
            ("--secret-id a --query SecretString --output text --profile p", "", "`--profile`"),
            ("--secret-id a --query SecretString --output text --region eu-west-1", "", "region"),
            ("--secret-id a --query SecretString --output text --secret-id b", "", "twice"),
            ("--query SecretString --output text", "", "id is not plain"),
            ("--secret-id 'a}}b' --query SecretString --output text", "", "id is not plain"),
            ("--secret-id a:b --query SecretString --output text", "", "id is not plain"),
            ("--secret-id file://a --query SecretString --output text", "", "id is not plain"),
            (
                "--secret-id a --version-id 1 --version-stage X --query SecretString --output text",
                "",
                "version is not plain",
            ),
            ("--secret-id a --query SecretString --output text help", "", "no plain fetch"),
        ] {
            let words = format!("aws secretsmanager get-secret-value {options}{filters}");
            let refusal = read(&words).unwrap_err();
            assert!(refusal.contains(expected), "{words}: {refusal}");
        }
        assert!(read("cat f").is_err());
        assert!(
            read("/tmp/aws secretsmanager get-secret-value --secret-id a | jq -r .SecretString").is_err()
        );
    }

    #[test]
    fn words_are_quoted_for_the_shell() {
        let text = |text: &str| Part::Text(text.to_owned());
        let variable = || Part::Variable("X".to_owned());
        for (word, expected) in [
            (vec![], "''"),
            (vec![text("")], "''"),
            (vec![text("a/b")], "a/b"),
            (vec![text("=it's")], r"'=it'\''s'"),
            (vec![text("it's $5")], r"'it'\''s $5'"),
            (vec![variable()], "\"${X}\""),
            (vec![text("a\"$`\\"), variable(), variable()], r#""a\"\$\`\\${X}${X}""#),
        ] {
            assert_eq!(typed(&word), expected);
        }
    }
}
