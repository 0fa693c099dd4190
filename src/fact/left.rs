//! What a bound kept from being followed: looked at once more, command by command, and where that cannot tell
//! either, for anything that may be part of a fetch.
//!
//! A bound alone says nothing: a long harmless script may reach one. But whoever exhausts it first must not get
//! through with what follows. So each command left whose words stand there is followed after all; one whose words are
//! computed is evidence where it may become a fetch, and so is a word of [`knowledge::evidence`].

use super::reader::Reader;
use crate::bounds::{Budget, Exceeded};
use crate::knowledge::{self, Knowledge};
use crate::shell::{self, Glimpse, Setup};
use crate::trace::{Left, Trace};
use crate::value::Text;

/// How deep text that is run within text is looked into.
const MAX_NESTED: usize = 4;
/// Commands that are followed once more.
const MAX_COMMANDS: usize = 2_000;
/// Characters of a command that are shown.
const MAX_SHOWN: usize = 120;
/// Words that run text or a file, whatever it is.
const RUNNERS: &[&str] =
    &["eval", "source", ".", "exec", "trap", "command", "builtin", "alias", "coproc", "fc"];

impl Reader {
    /// What speaks for a fetch in what a bound cut off; None where nothing does. `texts` are those that the call
    /// brought itself.
    pub fn evidence_left(&mut self, trace: &Trace, texts: &[&str]) -> Option<String> {
        let left = trace.left();
        let known = self.knowledge.clone();
        trace.budget.allow_second_look();
        let mut evidence = None;
        let mut plain: Vec<String> = Vec::new();
        for left in &left {
            if is_too_deep(left) {
                evidence = Some("nesting that no one writes by hand".to_owned());
                break;
            }
            match left {
                Left::Shell(text) => shell::glimpse(text, |command| {
                    if evidence.is_none() && may_become_anything(command, MAX_NESTED, &known) {
                        evidence = Some(shown(command));
                    }
                    if is_of_interest(command, &known) && plain.len() <= MAX_COMMANDS {
                        let words = command.words.iter().map(|word| shell::quoted(&word.to_string()));
                        plain.push(words.collect::<Vec<_>>().join(" "));
                    }
                }),
                Left::Code(text) => {
                    let lowered = text.to_lowercase();
                    let word = knowledge::evidence().code.iter().find(|word| lowered.contains(*word));
                    evidence = evidence.or_else(|| word.cloned());
                }
                // Words in it are looked for below, as in what the call brought.
                Left::Data(_) => {}
            }
        }
        let brought = texts.iter().copied().chain(left.iter().map(Left::text));
        evidence = evidence.or_else(|| brought.into_iter().find_map(word_in));
        if evidence.is_some() {
            return evidence;
        }
        if plain.len() > MAX_COMMANDS {
            return Some(format!("more than {MAX_COMMANDS} commands that were not followed"));
        }
        let _through = trace.through("what a bound cut off");
        self.shell_text(trace, &plain.join("\n"), Setup::default());
        trace.budget.is_exhausted().then(|| "commands that were not followed".to_owned())
    }
}

/// Whether the text itself is nested deeper than the parser follows. Only what is made to hide something is.
fn is_too_deep(left: &Left) -> bool {
    let Left::Shell(text) = left else { return false };
    matches!(shell::parse(text, &Budget::new()), Err(Exceeded::Depth))
}

/// Whether only evaluation would tell what a command does: its program is computed, or text that it runs.
fn may_become_anything(command: &Glimpse, nested: usize, known: &Knowledge) -> bool {
    let Some(program) = command.words.first() else { return false };
    let Some(program) = program.literal() else { return true };
    let name = program.rsplit('/').next().unwrap_or(program);
    if command.fed && known.runs_input(name) {
        return true;
    }
    // A text that is run is looked into: `trap '$x' EXIT`, `bash -c 'eval "$1"'`.
    let holds_more = |text: &str| {
        let mut found = nested == 0 && text.contains('$');
        if nested > 0 && text.contains(['$', '`', '|']) {
            shell::glimpse(text, |inner| found |= may_become_anything(inner, nested - 1, known));
        }
        found
    };
    (RUNNERS.contains(&program) || known.is_program(name))
        && command.words[1..].iter().any(|word| word.literal().is_none_or(holds_more))
}

/// Whether a command whose words are known is worth following.
fn is_of_interest(command: &Glimpse, known: &Knowledge) -> bool {
    let program = command.words.first().and_then(Text::literal).unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or(program);
    program.contains('/') || RUNNERS.contains(&program) || program == "cd" || known.is_program(name)
}

/// A word of the evidence that a text holds, its quotes taken off.
fn word_in(text: &str) -> Option<String> {
    let evidence = knowledge::evidence();
    let plain: String =
        text.chars().filter(|c| !matches!(c, '\'' | '"' | '\\')).map(|c| c.to_ascii_lowercase()).collect();
    let is_number = |number: &String| {
        plain.match_indices(number.as_str()).any(|(at, _)| {
            let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
            !digit(plain[..at].chars().next_back()) && !digit(plain[at + number.len()..].chars().next())
        })
    };
    let word = evidence.words.iter().find(|word| plain.contains(word.as_str()));
    word.or_else(|| evidence.numbers.iter().find(|number| is_number(number))).cloned()
}

fn shown(command: &Glimpse) -> String {
    let words: Vec<String> = command.words.iter().take(4).map(Text::to_string).collect();
    words.join(" ").chars().take(MAX_SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_spelling() {
        for (text, expected) in [
            ("x=SecretsManager", Some("secretsmanager")),
            ("sec''rets\\manager", Some("secretsmanager")),
            ("curl localhost:2773/x", Some("2773")),
            ("echo 127731 92773", None),
            ("echo secret", None),
        ] {
            assert_eq!(word_in(text).as_deref(), expected, "{text}");
        }
    }
}
