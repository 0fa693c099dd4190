//! Requests to AWS that a mock answers: what stands under moto, a stubber, or a patch of boto3 reaches no service.
//!
//! It is said of lines: those of a function under such a decorator, of a block under such a `with`, and all behind the place
//! where a mock begins that lasts. Other effects are what they are, as is what stands elsewhere in the program.

use std::ops::Range;

use super::language::Language;
use super::{Effect, EffectKind};

/// How mocks are named in Python, and the modules that bring them.
const PYTHON: &[(&str, &[&str])] = &[
    ("mock_aws", &["moto"]),
    ("mock_secretsmanager", &["moto"]),
    ("Stubber(", &["botocore.stub", "botocore"]),
    ("patch(\"boto3", &["unittest.mock", "unittest", "mock", "pytest_mock"]),
    ("patch('boto3", &["unittest.mock", "unittest", "mock", "pytest_mock"]),
    ("patch.object(boto3", &["unittest.mock", "unittest", "mock", "pytest_mock"]),
    (".boto3.client\"", &["unittest.mock", "unittest", "mock", "pytest_mock"]),
    (".boto3.client'", &["unittest.mock", "unittest", "mock", "pytest_mock"]),
    (".boto3\"", &["unittest.mock", "unittest", "mock", "pytest_mock"]),
    (".boto3'", &["unittest.mock", "unittest", "mock", "pytest_mock"]),
];
/// Lines between a decorator and what it stands before.
const NEAR: usize = 32;
/// Methods that begin a mock which lasts.
const BEGINS: [&str; 2] = [".start()", ".activate()"];
/// How code in JavaScript names the package whose mocks take a client's place, where it loads it.
const JAVASCRIPT: [&str; 4] = [
    "from 'aws-sdk-client-mock'",
    "from \"aws-sdk-client-mock\"",
    "require('aws-sdk-client-mock')",
    "require(\"aws-sdk-client-mock\")",
];

/// The effects without requests to AWS that a mock answers.
pub(super) fn without_mocked(language: Language, text: &str, mut effects: Vec<Effect>) -> Vec<Effect> {
    if !effects.iter().any(|effect| matches!(effect.kind, EffectKind::Aws { .. })) {
        return effects;
    }
    let ranges = match language {
        Language::Python => python(text),
        Language::JavaScript => javascript(text),
        _ => return effects,
    };
    let is_mocked = |line: usize| ranges.iter().any(|range| range.contains(&line));
    effects.retain(|effect| !matches!(effect.kind, EffectKind::Aws { .. }) || !is_mocked(effect.line));
    effects
}

/// Lines under a mock, counted from 1.
fn python(text: &str) -> Vec<Range<usize>> {
    let brought = |(name, modules): &&(&'static str, &[&str])| text.contains(name) && imports(text, modules);
    let names: Vec<&str> = PYTHON.iter().filter(brought).map(|(name, _)| *name).collect();
    if names.is_empty() {
        return Vec::new();
    }
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    // Where the block ends whose head is indented so far.
    let end_of = |head: usize| {
        let deeper = |line: &&str| line.trim().is_empty() || indent(line) > indent(lines[head]);
        head + 1 + lines[head + 1..].iter().take_while(|line| deeper(line)).count()
    };
    let mut ranges = Vec::new();
    // Variables that hold a mock which has not begun.
    let mut held: Vec<&str> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let names_one = !code.starts_with('#') && names.iter().any(|name| code.contains(name));
        let begins = BEGINS.iter().find_map(|call| code.trim_end().strip_suffix(call));
        if names_one && (code.starts_with("with ") || code.starts_with("async with ")) {
            ranges.push(at + 1..end_of(at) + 1);
        } else if names_one && code.starts_with('@') {
            let defines = |line: &&str| {
                ["def ", "async def ", "class "].iter().any(|word| line.trim_start().starts_with(word))
            };
            if let Some(head) = lines[at..].iter().take(NEAR).position(defines) {
                ranges.push(at + 1..end_of(at + head) + 1);
            }
        } else if begins.is_some_and(|mock| names_one || held.contains(&mock)) {
            ranges.push(at + 1..usize::MAX);
        } else if names_one && let Some((variable, _)) = code.split_once(" = ") {
            held.push(variable);
        }
    }
    ranges
}

/// Whether code in Python brings a mock of any kind.
pub(crate) fn brings_mock(text: &str) -> bool {
    PYTHON.iter().any(|(_, modules)| imports(text, modules))
}

/// Whether a statement of Python imports one of these modules, or something out of it.
fn imports(text: &str, modules: &[&str]) -> bool {
    text.split(['\n', ';']).map(str::trim_start).any(|statement| {
        let rest = statement.strip_prefix("from ").or_else(|| statement.strip_prefix("import "));
        rest.and_then(|rest| rest.split([' ', ',']).next()).is_some_and(|module| modules.contains(&module))
    })
}

/// Lines behind the place where aws-sdk-client-mock takes the client's place.
fn javascript(text: &str) -> Vec<Range<usize>> {
    let is_comment = |line: &str| ["//", "*", "/*"].iter().any(|mark| line.trim_start().starts_with(mark));
    let code = || text.lines().enumerate().filter(|(_, line)| !is_comment(line));
    if !code().any(|(_, line)| JAVASCRIPT.iter().any(|loads| line.contains(loads))) {
        return Vec::new();
    }
    let begins = code().find(|(_, line)| line.contains("mockClient("));
    begins.map(|(at, _)| at + 1..usize::MAX).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::Budget;

    fn fetches(language: Language, text: &str) -> Vec<usize> {
        let effects = crate::code::effects(language, text, &Budget::new()).unwrap();
        effects
            .iter()
            .filter(|effect| matches!(effect.kind, EffectKind::Aws { .. }))
            .map(|effect| effect.line)
            .collect()
    }

    #[test]
    fn what_a_mock_answers_reaches_no_service() {
        let client = "import boto3\nc = boto3.client('secretsmanager')\n";
        let get = "c.get_secret_value(SecretId='x')";
        for (rest, expected) in [
            (format!("{get}\n"), vec![3]),
            (format!("from moto import mock_aws\nwith mock_aws():\n    {get}\n"), vec![]),
            (format!("from moto import mock_aws\nwith mock_aws():\n    pass\n{get}\n"), vec![6]),
            (format!("from moto import mock_aws\n@mock_aws\ndef test():\n    {get}\ntest()\n"), vec![]),
            (format!("from moto import mock_aws\nm = mock_aws()\nm.start()\n{get}\n"), vec![]),
            (format!("from moto import mock_aws\n{get}\n"), vec![4]),
            (format!("with mock_aws():\n    {get}\n"), vec![4]),
            (format!("from moto import mock_aws\nmock_aws().start()\n{get}\n"), vec![]),
            // What only speaks of a mock is none.
            (format!("# moto: mock_aws\nthread.start()\n{get}\n"), vec![5]),
            (format!("from moto import mock_aws\n# mock_aws().start()\nthread.start()\n{get}\n"), vec![6]),
            (format!("from botocore.stub import Stubber\nwith Stubber(c) as s:\n    {get}\n"), vec![]),
        ] {
            assert_eq!(fetches(Language::Python, &format!("{client}{rest}")), expected, "{rest}");
        }
    }

    #[test]
    fn a_client_that_is_mocked_asks_nobody() {
        let import = "import { SecretsManagerClient, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';\n\
                      import { mockClient } from 'aws-sdk-client-mock';\n";
        let get = "await new SecretsManagerClient({}).send(new GetSecretValueCommand({SecretId: 'x'}));\n";
        for (rest, expected) in [
            (format!("const m = mockClient(SecretsManagerClient);\n{get}"), vec![]),
            (format!("{get}const m = mockClient(SecretsManagerClient);\n"), vec![3]),
            (format!("// mockClient(SecretsManagerClient)\n{get}"), vec![4]),
        ] {
            let found = fetches(Language::JavaScript, &format!("{import}{rest}"));
            assert_eq!(found, expected, "{rest}");
        }
    }
}
