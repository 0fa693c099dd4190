//! Whether the safe form of a call is certain: whether running it does all that the call would have done, and nothing
//! else.
//!
//! The safe command is read off what a call would do, and may leave out what else the call did. Here the call itself is
//! read again, by its syntax: it must be one plain command that gets what a plain fetch prints, so that putting a
//! reference in the place of the fetch and asm-exec before the command changes nothing else. It is certain where both
//! ways lead to the same command. All doubt means that it is not; then the call stays refused, and says what to use.

use super::suggestion::with_asm_exec;
use super::{plain_fetch, reference};
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
                    plain_fetch::reference(&stages)?
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
