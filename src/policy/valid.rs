//! Whether a rule can work at all. What is found here is told to its author, and the rule is not used.

use globset::GlobBuilder;

use super::example::Expected;
use super::matching::compiled;
use super::rule::{OneOrMany, Pattern, Rule, When};
use super::suggestion;
use crate::document::{self, Fault};

/// What is wrong, and what to do about it.
pub(super) type Wrong = (String, Option<String>);

/// A fault in the entry that begins on a line.
pub(super) fn fault(path: &str, text: &str, line: usize, message: String, mend: Option<String>) -> Fault {
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let length = text[start..].lines().next().map_or(0, str::len);
    Fault { file: path.to_owned(), place: Some(document::place(text, start..start + length)), message, mend }
}

pub(super) fn rule(rule: &Rule) -> Result<(), Wrong> {
    let kebab = |id: &str| {
        id.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
    };
    if !kebab(&rule.id) {
        let mend = "use lower-case letters, digits, and `-` between words";
        return Err((format!("`{}` is no name in kebab case", rule.id), Some(mend.to_owned())));
    }
    for (name, text) in [("summary", &rule.summary), ("reason", &rule.reason)] {
        if text.trim().is_empty() {
            let mend = format!("say it in a sentence: `{name} = \"…\"`");
            return Err((format!("`{}` has an empty {name}", rule.id), Some(mend)));
        }
    }
    condition(&rule.when)?;
    if let Some(name) = rule.suggest.as_deref().map(suggestion::unknown_names).unwrap_or_default().first() {
        let mend = format!("a suggestion knows `asm-exec` alone, or a text with: {}", suggestion::names());
        return Err((format!("no fact has a `{{{name}}}`"), Some(mend)));
    }
    for (missing, word, expect) in [
        (rule.examples.iter().all(|e| e.expect == Expected::Allow), "must match", "deny"),
        (rule.examples.iter().all(|e| e.expect != Expected::Allow), "must not match", "allow"),
    ] {
        if missing {
            let mend = format!("add `[[rule.example]]` with `bash = \"…\"` and `expect = \"{expect}\"`");
            return Err((format!("`{}` has no example that {word}", rule.id), Some(mend)));
        }
    }
    Ok(())
}

/// Whether a condition can be met, and its patterns compile.
pub(super) fn condition(when: &When) -> Result<(), Wrong> {
    match when.kinds() {
        None => {
            let mend = "put `not` in an `all`, beside what it takes away from";
            return Err(("a condition of `not` alone matches every fact".to_owned(), Some(mend.to_owned())));
        }
        Some(kinds) if kinds.is_empty() => {
            let mend = "an `all` is over one fact, which has one kind: use `any`";
            return Err(("a condition that no fact can meet".to_owned(), Some(mend.to_owned())));
        }
        Some(_) => {}
    }
    when.leaves().into_iter().flat_map(When::patterns).flat_map(OneOrMany::patterns).try_for_each(pattern)
}

fn pattern(pattern: &Pattern) -> Result<(), Wrong> {
    match pattern {
        Pattern::Glob(glob) => match GlobBuilder::new(glob).build() {
            Ok(_) => Ok(()),
            Err(error) => {
                let mend = "in a glob `*`, `?`, `[` and `{` have a meaning; write `[[]` for a bracket itself";
                Err((format!("the glob `{glob}` does not read: {}", error.kind()), Some(mend.to_owned())))
            }
        },
        Pattern::Regex { regex } => match compiled(regex) {
            Ok(_) => Ok(()),
            Err(regex::Error::CompiledTooBig(limit)) => Err((
                format!("the regex `{regex}` takes more than {} KiB", limit >> 10),
                Some("repeat less, or name fewer characters".to_owned()),
            )),
            Err(error) => {
                let last = error.to_string();
                let last = last.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                Err((format!("the regex `{regex}` does not read: {last}"), None))
            }
        },
    }
}
