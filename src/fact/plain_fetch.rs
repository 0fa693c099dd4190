//! Fetches that are written so plainly that a reference stands for exactly what they print: the AWS CLI with arguments
//! that are known, and jq behind it.

use super::reference::tidy;

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
pub(super) fn reference(stages: &[Vec<String>]) -> Result<String, String> {
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
    Ok(tidy(&format!("{{{{resolve:secretsmanager:{id}:SecretString:{key}:{stage}:{version}}}}}")))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str) -> Result<String, String> {
        let stages = words.split(" | ").map(|stage| shlex::split(stage).unwrap());
        reference(&stages.collect::<Vec<_>>())
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
}
