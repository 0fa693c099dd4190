//! A command's arguments, and which of them are scripts.

use std::ffi::{OsStr, OsString};

use super::reference::Malformed;
use super::script::{self, Rewriting};
use super::shells::{self, Found, How};
use super::template::Template;

/// An argument, or several that a program joins.
#[derive(Debug)]
pub(super) enum Argument {
    /// Nothing to fill in; perhaps not even text.
    Plain(OsString),
    /// The value takes the reference's place.
    Filled(Template),
    /// The script of a shell, which must not read a value as code, and whether the shell gets the values in
    /// variables.
    Script { template: Template, rewriting: Rewriting, carried: bool },
}

/// Reads a command.
///
/// # Errors
/// A sentence about the first word that cannot be read.
pub(super) fn read_all(command: &[OsString], raw: bool) -> Result<Vec<Argument>, String> {
    let mut words: Vec<Option<Template>> = Vec::with_capacity(command.len());
    for (at, word) in command.iter().enumerate() {
        let text = text_with_braces(word, || place(at))?;
        words.push(text.map(|text| read(text, raw, &place(at))).transpose()?);
    }
    let mut scripts = scripts(command, &words).into_iter().peekable();
    let mut arguments = Vec::with_capacity(command.len());
    let mut at = 0;
    while at < command.len() {
        let (argument, next) = match scripts.next_if(|script| script.words.start == at) {
            Some(Found { words, how }) => (script(&command[words.clone()], at, how, raw)?, words.end),
            None => match words[at].take() {
                Some(template) => (Argument::Filled(template), at + 1),
                None => (Argument::Plain(command[at].clone()), at + 1),
            },
        };
        arguments.push(argument);
        at = next;
    }
    Ok(arguments)
}

/// The scripts among the words that hold references.
fn scripts(command: &[OsString], words: &[Option<Template>]) -> Vec<Found> {
    let has_references = |at: usize| words[at].as_ref().is_some_and(|template| !template.is_plain());
    if !(0..words.len()).any(has_references) {
        return Vec::new();
    }
    // What a reference stands for is not known yet.
    let texts: Vec<String> = command
        .iter()
        .zip(words)
        .map(|(word, template)| match template {
            Some(template) => template.with_each("\0"),
            None => word.to_string_lossy().into_owned(),
        })
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut scripts = shells::scripts(&texts);
    scripts.retain(|script| script.words.clone().any(has_references));
    scripts
}

/// Words that are a script, joined as their program joins them.
fn script(words: &[OsString], at: usize, how: How, raw: bool) -> Result<Argument, String> {
    let refused = |why: &str| Err(format!("{}, a script: {why}", place(at)));
    if how == How::Foreign {
        return refused(shells::FOREIGN);
    }
    let Some(texts) = words.iter().map(|word| word.to_str()).collect::<Option<Vec<_>>>() else {
        return refused("it holds a reference, and is not UTF-8");
    };
    let template = read(texts.join(" "), raw, &place(at))?;
    match script::places(template.text(), &template.ranges()) {
        Ok(rewriting) => Ok(Argument::Script { template, rewriting, carried: how == How::Expansion }),
        Err(error) => refused(&error.to_string()),
    }
}

/// How a word is called in an error.
fn place(at: usize) -> String {
    if at == 0 { "the command's name".to_owned() } else { format!("argument {at}") }
}

/// The text, where it may hold a reference.
pub(super) fn text_with_braces(word: &OsStr, place: impl Fn() -> String) -> Result<Option<String>, String> {
    match word.to_str() {
        Some(text) if text.contains("{{") || text.contains("{resolve:") => Ok(Some(text.to_owned())),
        Some(_) => Ok(None),
        None if word.to_string_lossy().contains("{{resolve:") => {
            Err(format!("{} holds a reference, and is not UTF-8", place()))
        }
        None => Ok(None),
    }
}

/// Reads a text; an error names its place.
pub(super) fn read(text: String, raw: bool, place: &str) -> Result<Template, String> {
    Template::read(text, raw).map_err(|malformed: Malformed| format!("{place}: {malformed}"))
}
