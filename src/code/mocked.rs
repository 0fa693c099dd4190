//! Requests to AWS that a mock answers: what stands under moto, a stubber, or a patch of boto3 reaches no service.
//!
//! It is said of lines: those of a function under such a decorator, of a block under such a `with`, and all behind the place
//! where a mock begins that lasts. Other effects are what they are, as is what stands elsewhere in the program.

use std::ops::Range;

use super::language::Language;
use super::{Effect, EffectKind};

/// Names of mocks in Python, beside the text that a program with them has in it.
const PYTHON: &[(&str, &str)] = &[
    ("mock_aws", "moto"),
    ("mock_secretsmanager", "moto"),
    ("Stubber(", "botocore.stub"),
    ("patch(\"boto3", "mock"),
    ("patch('boto3", "mock"),
    ("patch.object(boto3", "mock"),
    (".boto3.client\"", "mock"),
    (".boto3.client'", "mock"),
    (".boto3\"", "mock"),
    (".boto3'", "mock"),
];
/// Calls that begin a mock which lasts.
const BEGINS: [&str; 2] = [".start()", ".activate()"];

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
    let names: Vec<&str> =
        PYTHON.iter().filter(|(_, with)| text.contains(with)).map(|(name, _)| *name).collect();
    if !names.iter().any(|name| text.contains(name)) {
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
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let names_one = names.iter().any(|name| code.contains(name));
        if names_one && (code.starts_with("with ") || code.starts_with("async with ")) {
            ranges.push(at + 1..end_of(at) + 1);
        } else if names_one && code.starts_with('@') {
            let defines = |line: &&str| {
                ["def ", "async def ", "class "].iter().any(|word| line.trim_start().starts_with(word))
            };
            if let Some(head) = lines[at..].iter().position(defines) {
                ranges.push(at + 1..end_of(at + head) + 1);
            }
        } else if BEGINS.iter().any(|call| code.contains(call)) && !code.starts_with('#') {
            ranges.push(at + 1..usize::MAX);
        }
    }
    ranges
}

/// Lines behind the place where aws-sdk-client-mock takes the client's place.
fn javascript(text: &str) -> Vec<Range<usize>> {
    let begins = text.contains("aws-sdk-client-mock").then(|| text.find("mockClient(")).flatten();
    begins.map(|at| text[..at].matches('\n').count() + 1..usize::MAX).into_iter().collect()
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
            (format!("from botocore.stub import Stubber\nwith Stubber(c) as s:\n    {get}\n"), vec![]),
        ] {
            assert_eq!(fetches(Language::Python, &format!("{client}{rest}")), expected, "{rest}");
        }
    }
}
