//! What `--dry-run` and `--check` print: references, never values.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::Path;

use super::backend::Failure;
use super::fetch::Source;
use super::plan::Plan;
use super::reference::{Field, Reference};

/// What would be run, and where each value would come from.
pub fn dry_run(plan: &Plan, sources: &[Source], out: Option<&Path>) -> String {
    let mut text = String::new();
    let command: Vec<String> = plan.arguments().map(shell_word).collect();
    if !command.is_empty() {
        let _ = writeln!(text, "would run  {}", command.join(" "));
    }
    for (name, value, file) in plan.variables() {
        let from = file.map(|file| format!(" (from {file})")).unwrap_or_default();
        let _ = writeln!(text, "with       {}={}{from}", name.display(), shell_word(OsStr::new(value)));
    }
    if let Some(out) = out {
        let _ = writeln!(text, "writing    {}", shell_word(out.as_os_str()));
    }
    let from = from(sources);
    for reference in plan.references() {
        let _ = writeln!(text, "\n{reference}\n  is {}\n  {from}", meaning(&reference));
    }
    text
}

/// `from sma (127.0.0.1:2773), else from mcp (…)`; a source that cannot be asked says why.
fn from(sources: &[Source]) -> String {
    let named = |source: &Source| match (source.open)() {
        Ok(backend) => format!("from {} ({})", source.name, backend.place()),
        Err(Failure { cause, .. }) => format!("not from {}: {cause}", source.name),
    };
    sources.iter().map(named).collect::<Vec<_>>().join(", else ")
}

/// `the key password of prod/db`, in words.
fn meaning(reference: &Reference) -> String {
    let secret = &reference.request;
    match (&reference.key, reference.field) {
        (Some(key), _) => format!("the key `{key}` of {secret}"),
        (None, Field::SecretString) => format!("the text of {secret}"),
        (None, Field::SecretBinary) => format!("the bytes of {secret}, in base64"),
    }
}

/// A word as a person would type it.
fn shell_word(word: &OsStr) -> String {
    crate::shell::quoted(&word.to_string_lossy())
}

/// One line a reference: what succeeded, and from where; or why not.
pub fn check(results: &[(Reference, Result<String, String>)]) -> String {
    let mut text = String::new();
    for (reference, result) in results {
        let _ = match result {
            Ok(from) => writeln!(text, "ok      {reference}: {from}"),
            Err(why) => writeln!(text, "FAILED  {reference}\n{}", indented(why)),
        };
    }
    let failed = results.iter().filter(|(_, result)| result.is_err()).count();
    let _ = match (results.len(), failed) {
        (0, _) => writeln!(text, "There is no reference in the command, its environment or the files given."),
        (1, 0) => writeln!(text, "The reference resolves."),
        (all, 0) => writeln!(text, "All {all} references resolve."),
        (all, failed) => writeln!(text, "{failed} of {all} do not resolve."),
    };
    text
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("        {}", line.trim_start())).collect::<Vec<_>>().join("\n")
}
