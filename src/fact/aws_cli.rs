//! The AWS command line: `aws [options] SERVICE [options] OPERATION [options]`, options anywhere.

use super::options::without_start;
use super::reader::Reader;
use super::{AwsCall, Fact, reference};
use crate::knowledge::{AwsCli, Cmdlet};
use crate::shell::{Invocation, Outcome};
use crate::trace::Trace;
use crate::value::{Text, Value};

/// Readings of one command line that are tried where a word may be nothing, or an option is not known.
const MAX_READINGS: usize = 8;

impl Reader {
    /// An AWS CLI command line; None where it makes no call.
    pub(super) fn aws_cli(
        &mut self,
        trace: &Trace,
        cli: &AwsCli,
        invocation: &Invocation,
    ) -> Option<Outcome> {
        if let Some(outcome) = self.cli_alias(trace, cli, invocation) {
            return Some(outcome);
        }
        Some(self.cli_calls(trace, cli, invocation))
    }

    /// The calls that a command line without aliases makes.
    pub(super) fn cli_calls(&mut self, trace: &Trace, cli: &AwsCli, invocation: &Invocation) -> Outcome {
        let mut output = None;
        let mut region = None;
        let words: Vec<Text> =
            invocation.argv[1..].iter().map(|word| read_from_file(word, invocation)).collect();
        for (call, query) in calls(cli, &words) {
            self.remote(trace, &call, invocation);
            let secret = is_fetch(&call).then(|| reference::of_call(&call));
            if let Some(secret) = &secret {
                let query = query.as_ref().and_then(Text::literal);
                let path = query.and_then(reference::query_path).unwrap_or_default();
                output = reference::select(secret, &path).map(Value::One);
                region.clone_from(&call.region);
            }
            // What an operation that is not known would fetch, if it is a fetch.
            let secret =
                secret.or_else(|| call.operation.literal().is_none().then(|| reference::of_call(&call)));
            let reference = match &output {
                Some(Value::One(selected)) => Some(selected.clone()),
                _ => secret,
            };
            self.find(trace, Fact::Aws(call), invocation.to_string(), reference.as_ref());
        }
        if let Some(Value::One(secret)) = &output {
            self.suggestions.fetched(secret, region.as_ref());
        }
        Outcome { output, entered: true }
    }

    /// A cmdlet of AWS Tools for PowerShell.
    pub(super) fn cmdlet(&mut self, trace: &Trace, cmdlet: &Cmdlet, invocation: &Invocation) -> Outcome {
        let mut call = AwsCall::new(cmdlet.service.as_str().into(), cmdlet.operation.as_str().into());
        let mut words = invocation.argv[1..].iter();
        let mut free = cmdlet.parameters.iter();
        while let Some(word) = words.next() {
            match word.literal().and_then(|w| w.strip_prefix('-')) {
                Some(option) => {
                    let option = option.trim_end_matches(':').to_lowercase();
                    let name = cmdlet.parameters.iter().find(|p| p.to_lowercase().starts_with(&option));
                    if let Some(name) = name
                        && let Some(value) = words.next()
                    {
                        call.parameters.push((name.clone(), value.clone()));
                    }
                }
                None => {
                    if let Some(name) = free.next() {
                        call.parameters.push((name.clone(), word.clone()));
                    }
                }
            }
        }
        let secret = (call.service.literal() == Some("secretsmanager")).then(|| reference::of_call(&call));
        if let Some(secret) = &secret {
            self.suggestions.fetched(secret, call.parameter("Region"));
        }
        self.find(trace, Fact::Aws(call), invocation.to_string(), secret.as_ref());
        Outcome { output: None, entered: true }
    }

    /// jq over what a fetch printed selects a key of the secret; other text tools hand it on.
    pub(super) fn selected(&mut self, invocation: &Invocation) -> Option<Text> {
        if !self.suggestions.any() {
            return None;
        }
        let secret = reference::whole(&invocation.stdin)?;
        let program = invocation.argv.first()?.literal()?;
        let operands: Vec<&str> =
            invocation.argv[1..].iter().filter_map(Text::literal).filter(|w| !w.starts_with('-')).collect();
        match program.rsplit('/').next()? {
            "jq" | "gojq" | "jaq" | "yq" => {
                let path = reference::jq_path(operands.first().copied().unwrap_or("."))?;
                let selected = reference::select(&secret, &path)?;
                self.suggestions.selected(&selected);
                Some(selected)
            }
            // They change white space and quotes at most, or so it is meant.
            "tr" | "head" | "tail" | "xargs" | "sed" | "cut" | "awk" | "cat"
                if operands.len() <= 2 && invocation.argv.len() < 5 =>
            {
                let trims = matches!(program, "cat" | "head" | "tail")
                    || operands.iter().all(|o| !o.contains(['{', 's', '/']));
                (trims && program != "xargs" && program != "cut").then_some(secret)
            }
            _ => None,
        }
    }
}

/// `file://path` as what the command wrote there (AWS CLI user guide, "Load a parameter from a file").
fn read_from_file(word: &Text, invocation: &Invocation) -> Text {
    let path = word.literal().and_then(|word| word.strip_prefix("file://"));
    match path.and_then(|path| invocation.files.get(path)) {
        Some(Value::One(text)) => text,
        _ => word.clone(),
    }
}

/// Whether what a call prints is a secret's value, so that a reference can stand for it.
pub(super) fn is_fetch(call: &AwsCall) -> bool {
    call.operation.literal().is_some_and(|name| name.ends_with("get-secret-value"))
}

/// A call, and what `--query` selects of its answer.
type Queried = (AwsCall, Option<Text>);

/// Every call that a command line may be, most plausible first.
fn calls(cli: &AwsCli, words: &[Text]) -> Vec<Queried> {
    let mut readings: Vec<Vec<Text>> = vec![words.to_vec()];
    // A word that may be nothing, or an option, is also left out.
    for (at, word) in words.iter().enumerate() {
        if word.is_wholly_unknown() && readings.len() < MAX_READINGS {
            let mut without = words.to_vec();
            without.remove(at);
            readings.push(without);
        }
    }
    let mut calls: Vec<Queried> = Vec::new();
    for reading in readings {
        let mut met_unknown = false;
        let first = parse(cli, &reading, false, &mut met_unknown);
        let second = if met_unknown { parse(cli, &reading, true, &mut met_unknown) } else { None };
        for call in [first, second].into_iter().flatten() {
            if !calls.contains(&call) {
                calls.push(call);
            }
        }
    }
    calls
}

/// Whether the option `given` is `known` or a start of it, as argparse takes it.
fn abbreviates(given: &str, known: &str) -> bool {
    known == given || given.len() > 3 && known.starts_with(given)
}

/// A command line as a call. Before the operation an option that is not known may take a value or none; `met_unknown` tells
/// of one.
fn parse(cli: &AwsCli, words: &[Text], unknown_takes_value: bool, met_unknown: &mut bool) -> Option<Queried> {
    let mut operands: Vec<&Text> = Vec::new();
    let mut parameters: Vec<(String, Text)> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let word = &words[at];
        at += 1;
        let Some(name) = word.known_prefix().strip_prefix("--") else {
            // Behind the operation, a word is the value of the option before it.
            match parameters.last_mut() {
                // `--secret-id help` is a value, a later `help` asks for the page.
                Some((name, value))
                    if operands.len() >= 2
                        && !name.is_empty()
                        && (value.is_empty() || word.literal() != Some("help")) =>
                {
                    if value.is_empty() {
                        *value = word.clone();
                    } else {
                        *value = value.clone().concat(Text::from(" ")).concat(word.clone());
                    }
                }
                _ => operands.push(word),
            }
            continue;
        };
        let (name, attached) = match name.split_once('=') {
            Some((name, _)) => (name.to_owned(), Some(without_start(word, name.len() + 3))),
            None => (word.to_string().trim_start_matches("--").to_owned(), None),
        };
        let option = format!("--{name}");
        let is_flag = cli.flags.iter().any(|flag| abbreviates(&option, flag));
        if attached.is_none() && matches!(name.as_str(), "version" | "help") {
            // Anywhere in the line, it prints and calls nothing.
            return None;
        }
        let global = cli.value_options.iter().find(|known| abbreviates(&option, known));
        if operands.len() >= 2 && "generate-cli-skeleton".starts_with(name.as_str()) && name.len() > 3 {
            // It prints a template of the parameters and calls nothing.
            return None;
        }
        let takes_value = match global {
            Some(_) => true,
            None if is_flag || name.starts_with("no-") => false,
            None if operands.len() < 2 => {
                *met_unknown = true;
                unknown_takes_value
            }
            None => false,
        };
        let name = global.map_or(name, |known| known.trim_start_matches("--").to_owned());
        match attached {
            Some(value) => parameters.push((name, value)),
            None if takes_value => {
                parameters.push((name, words.get(at).cloned().unwrap_or_else(|| Text::from(""))));
                at += 1;
                // A global option behind the operation takes one word only.
                if operands.len() >= 2 {
                    parameters.push((String::new(), Text::from("")));
                }
            }
            None => parameters.push((name, Text::from(""))),
        }
    }
    let [service, operation, rest @ ..] = operands.as_slice() else { return None };
    let is_help = |word: &&Text| word.literal() == Some("help");
    if is_help(service) || is_help(operation) || rest.iter().any(is_help) {
        return None;
    }
    let is_name = |word: &Text| {
        word.literal()
            .is_none_or(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)))
    };
    if !is_name(operation) {
        return None;
    }
    let mut call = AwsCall::new((*service).clone(), (*operation).clone());
    call.region = parameters.iter().find(|(name, _)| name == "region").map(|(_, value)| value.clone());
    let mut query = None;
    let global = |name: &str| {
        cli.value_options.iter().chain(&cli.flags).any(|known| known.strip_prefix("--") == Some(name))
    };
    for (name, value) in parameters.into_iter().filter(|(name, _)| !name.is_empty()) {
        match name.as_str() {
            "query" => query = Some(value),
            "cli-input-json" | "cli-input-yaml" => call.parameters.extend(json_parameters(&value)),
            name if global(name) => {}
            name => call.parameters.push((pascal_case(name), value)),
        }
    }
    Some((call, query))
}

/// `secret-id` as `SecretId`; an abbreviation of it too.
fn pascal_case(name: &str) -> String {
    for known in ["secret-id", "version-id", "version-stage"] {
        if name.len() > 3 && known.starts_with(name) {
            return pascal_case_of(known);
        }
    }
    pascal_case_of(name)
}

fn pascal_case_of(name: &str) -> String {
    name.split('-')
        .map(|part| {
            let first = part.chars().next().map_or(0, char::len_utf8);
            part[..first].to_uppercase() + &part[first..]
        })
        .collect()
}

fn json_parameters(value: &Text) -> Vec<(String, Text)> {
    let parsed: Option<serde_json::Value> = value.literal().and_then(|text| serde_json::from_str(text).ok());
    let Some(serde_json::Value::Object(fields)) = parsed else {
        // YAML's `Key: value` lines.
        let lines = value.literal().unwrap_or_default().lines().filter_map(|line| line.split_once(": "));
        return lines.map(|(key, value)| (key.trim().to_owned(), Text::from(value.trim()))).collect();
    };
    fields
        .into_iter()
        .map(|(key, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (key, Text::from(text))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::{Knowledge, Program};

    fn read(line: &str) -> String {
        let Some(Program::AwsCli(cli)) = Knowledge::default().programs("aws").into_iter().next() else {
            panic!("no aws")
        };
        let words: Vec<Text> = shlex::split(line).unwrap().into_iter().map(Text::from).collect();
        let calls = calls(&cli, &words);
        let shown = calls.iter().map(|(call, _)| {
            let id = call.parameter("SecretId").map_or(String::new(), |id| format!(" {id}"));
            format!("{} {}{id}", call.service, call.operation)
        });
        shown.collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn options_may_stand_anywhere() {
        for (line, expected) in [
            ("secretsmanager get-secret-value --secret-id a", "secretsmanager get-secret-value a"),
            ("--region x secretsmanager get-secret-value --secret-id=a", "secretsmanager get-secret-value a"),
            (
                "--region=x secretsmanager --profile p get-secret-value --secret-id a",
                "secretsmanager get-secret-value a",
            ),
            (
                "secretsmanager get-secret-value --output text --secret-id a --query x",
                "secretsmanager get-secret-value a",
            ),
            (
                "--reg x --no-cli-pager --debug secretsmanager get-secret-value",
                "secretsmanager get-secret-value",
            ),
            ("secretsmanager get-secret-value --secret a", "secretsmanager get-secret-value a"),
            (
                "secretsmanager get-secret-value --cli-input-json '{\"SecretId\":\"a\"}'",
                "secretsmanager get-secret-value a",
            ),
            ("secretsmanager get-secret-value help", ""),
            ("secretsmanager get-secret-value --secret-id x help", ""),
            ("secretsmanager get-secret-value --generate-cli-skeleton", ""),
            ("--version", ""),
            ("secretsmanager get-secret-value --secret-id a --version", ""),
            ("secretsmanager get-secret-value --secret-id help", "secretsmanager get-secret-value help"),
            (
                "secretsmanager get-secret-value --secret-id=--version",
                "secretsmanager get-secret-value --version",
            ),
            ("--version secretsmanager get-secret-value", ""),
            ("help", ""),
            ("s3 ls", "s3 ls"),
        ] {
            assert_eq!(read(line), expected, "aws {line}");
        }
    }
}
