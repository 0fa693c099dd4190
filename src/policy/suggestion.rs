//! What to do instead, as a rule's author writes it: a text with the fact's values in it.
//!
//! `{operation}` stands for what the fact has under that name. Braces around anything else are themselves, so that a
//! reference (`{{resolve:…}}`) is written as it is.

use crate::fact::{AwsCall, CommandLine, Fact};
use crate::value::Text;

/// The word that stands for the command which asm-exec makes.
pub const ASM_EXEC: &str = "asm-exec";
/// Names that a fact of some kind has.
const NAMES: &[&str] = &[
    "service",
    "operation",
    "region",
    "host",
    "port",
    "path",
    "query",
    "program",
    "operands",
    "place",
    "server",
    "tool",
    "language",
    "call",
    "argument",
    "change",
];
/// Names that are followed by a name of the fact's own.
const PREFIXES: &[&str] = &["parameter.", "option.", "field."];

/// The text with the fact's values. What the fact does not have, or what cannot be known of it, is `…`.
pub(super) fn filled(template: &str, fact: &Fact) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, name, after)) = next(rest) {
        out.push_str(before);
        match is_name(name) {
            true => out.push_str(&value(fact, name).unwrap_or_else(|| "…".to_owned())),
            false => out.push_str(&format!("{{{name}}}")),
        }
        rest = after;
    }
    out + rest
}

/// Names in braces that no fact has: `{operaton}`.
pub(super) fn unknown_names(template: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = template;
    while let Some((_, name, after)) = next(rest) {
        let is_word = !name.is_empty() && name.bytes().all(|c| c.is_ascii_lowercase() || c == b'.');
        if is_word && !is_name(name) {
            names.push(name);
        }
        rest = after;
    }
    names
}

/// Every name, for people.
pub(super) fn names() -> String {
    let named = PREFIXES.iter().map(|prefix| format!("{prefix}NAME"));
    NAMES.iter().map(|name| (*name).to_owned()).chain(named).collect::<Vec<_>>().join(", ")
}

fn is_name(name: &str) -> bool {
    NAMES.contains(&name)
        || PREFIXES.iter().any(|prefix| name.len() > prefix.len() && name.starts_with(prefix))
}

/// What stands before the next innermost braces, what is in them, and what comes after.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let end = text.find('}')?;
    match text[..end].rfind('{') {
        Some(start) => Some((&text[..start], &text[start + 1..end], &text[end + 1..])),
        None => {
            let (_, name, after) = next(&text[end + 1..])?;
            let start = text.len() - after.len() - name.len() - 2;
            Some((&text[..start], name, after))
        }
    }
}

fn value(fact: &Fact, name: &str) -> Option<String> {
    let known = |text: &Text| text.literal().map(str::to_owned);
    match (fact, name) {
        (Fact::Aws(AwsCall { service, .. }), "service") => known(service),
        (Fact::Aws(AwsCall { operation, .. }), "operation") => known(operation),
        (Fact::Aws(AwsCall { region, .. }), "region") => known(region.as_ref()?),
        (Fact::Aws(call), name) => known(call.parameter(name.strip_prefix("parameter.")?)?),
        (Fact::Http(request), "host") => known(&request.host),
        (Fact::Http(request), "port") => known(&request.port),
        (Fact::Http(request), "path") => known(&request.path),
        (Fact::Http(request), "query") => known(&request.query),
        (Fact::File(file), "path") => known(&file.path),
        (Fact::Resolve(resolve), "program") => known(&resolve.program),
        (Fact::Unresolved(reference), "program") => known(&reference.program),
        (Fact::Unresolved(reference), "place") => Some(reference.place.word().to_owned()),
        (Fact::Forward(forward), "host") => known(&forward.host),
        (Fact::Forward(forward), "port") => known(&forward.port),
        (Fact::Command(CommandLine { program, .. }), "program") => known(program),
        (Fact::Command(line), "operands") => {
            let words: Option<Vec<String>> = line.operands.iter().map(known).collect();
            Some(words?.join(" "))
        }
        (Fact::Command(line), name) => {
            let option = name.strip_prefix("option.")?;
            known(&line.options.iter().find(|(known, _)| known == option)?.1)
        }
        (Fact::Mcp(call), "server") => Some(call.server.clone()),
        (Fact::Mcp(call), "tool") => Some(call.tool.clone()),
        (Fact::Mcp(call), name) => {
            let field = name.strip_prefix("field.")?;
            Some(call.fields.iter().find(|(known, _)| known == field)?.1.clone())
        }
        (Fact::Code(call), "language") => Some(call.language.to_owned()),
        (Fact::Code(call), "call") => Some(call.call.clone()),
        (Fact::Code(call), "argument") => known(call.arguments.first()?),
        (Fact::Write(file), "path") => known(&file.path),
        (Fact::Write(file), "change") => Some(file.change.word().to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_the_fact_are_filled_in() {
        let mut call = AwsCall::new("kms".into(), "decrypt".into());
        call.parameters =
            vec![("KeyId".to_owned(), "alias/x".into()), ("Blob".to_owned(), Text::unknown("$b"))];
        let fact = Fact::Aws(call);
        for (template, expected) in [
            ("ask for {service} {operation}", "ask for kms decrypt"),
            ("use key {parameter.KeyId}, {parameter.Blob}, {parameter.None}", "use key alias/x, …, …"),
            ("x {{resolve:secretsmanager:{parameter.KeyId}}}", "x {{resolve:secretsmanager:alias/x}}"),
            ("{ } } {operation", "{ } } {operation"),
            ("${HOME} {operaton}", "${HOME} {operaton}"),
            ("} {operation}", "} decrypt"),
        ] {
            assert_eq!(filled(template, &fact), expected);
        }
        assert_eq!(unknown_names("{operaton} {service} ${HOME} {{resolve:x}}"), ["operaton"]);
        let line = CommandLine {
            program: "vault".into(),
            operands: vec!["read".into(), "x".into()],
            options: vec![("--format".to_owned(), "json".into())],
            ..CommandLine::default()
        };
        let said = filled("{program} {operands} {option.--format}", &Fact::Command(line));
        assert_eq!(said, "vault read x json");
    }
}
