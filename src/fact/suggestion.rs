//! The safe form of a command, read off the command that would have used the secret.

use super::{reference, veil};
use crate::knowledge::Knowledge;
use crate::shell::{Invocation, quoted};
use crate::value::{Piece, Text};

/// Commands that would receive a fetched secret.
#[derive(Debug, Default)]
pub(super) struct Suggestions {
    references: Vec<Text>,
    /// The region that a fetch names, where its secret's id does not.
    region: Option<String>,
    /// What was last selected from a secret.
    selected: Option<Text>,
    consumer: Option<String>,
}

/// The syntax, where the secret is not known.
const PLACEHOLDER: &str = "{{resolve:secretsmanager:SECRET_ID:SecretString:JSON_KEY}}";

impl Suggestions {
    /// A fetch whose value is this reference, and the region it names.
    pub(super) fn fetched(&mut self, reference: &Text, region: Option<&Text>) {
        let named = region.and_then(Text::literal).filter(|_| !reference.known_prefix().contains(":arn:"));
        self.region = named.map(str::to_owned).or(self.region.take());
        if !self.references.contains(reference) {
            self.references.push(reference.clone());
        }
    }

    /// A key was selected from a secret.
    pub(super) fn selected(&mut self, reference: &Text) {
        self.selected = Some(reference.clone());
    }

    /// Whether anything was fetched yet.
    pub(super) fn any(&self) -> bool {
        !self.references.is_empty()
    }

    /// Looks whether a program would receive a secret that was fetched before.
    pub(super) fn consider(&mut self, invocation: &Invocation, knowledge: &Knowledge) {
        if self.consumer.is_some() || !self.any() {
            return;
        }
        let program = invocation.argv.first().map(Text::to_string).unwrap_or_default();
        let name = program.rsplit('/').next().unwrap_or(&program);
        let handling = knowledge.handling(name, &invocation.argv[1..]).unwrap_or_default();
        // A program that shows or hands on what it is given, or runs another: the command meant is that other.
        if handling.idle || handling.enters || !handling.shows.is_empty() {
            return;
        }
        let takes_apart = handling.parses && !given(invocation);
        self.consumer = with_asm_exec(invocation).filter(|_| !takes_apart);
    }

    /// The safe command: the one that would have used the secret, or a pattern that shows its reference.
    pub(super) fn best(&self, fetched: Option<&str>) -> String {
        let region =
            self.region.as_ref().map(|region| format!("AWS_REGION={} ", quoted(region))).unwrap_or_default();
        if let Some(consumer) = &self.consumer {
            return format!("{region}{consumer}");
        }
        let selected = self.selected.as_ref().map(|text| reference::tidy(&text.to_string()));
        let reference = selected.as_deref().or(fetched).unwrap_or(PLACEHOLDER);
        format!("{region}asm-exec -- COMMAND '{reference}' (COMMAND is the program that needs the value)")
    }
}

/// Whether a reference is among a program's arguments or in its environment.
fn given(invocation: &Invocation) -> bool {
    invocation.argv.iter().any(holds_reference)
        || invocation.environment.iter().any(|(_, value)| value.alternatives().iter().any(holds_reference))
}

fn holds_reference(text: &Text) -> bool {
    reference::is_in(text) || veil::is_masked(text)
}

/// A command that would get a reference, with asm-exec before it. None where no reference reaches it.
pub(super) fn with_asm_exec(invocation: &Invocation) -> Option<String> {
    let command = invocation.argv.iter().map(word).collect::<Vec<_>>().join(" ");
    if given(invocation) {
        let mut line = String::new();
        for (name, value) in &invocation.environment {
            if let Some(text) = value.alternatives().iter().find(|text| holds_reference(text)) {
                line.push_str(&format!("{name}={} ", word(text)));
            }
        }
        let is_there = invocation.argv.first().is_some_and(|program| program.literal() == Some("asm-exec"));
        let resolver = if is_there { "" } else { "asm-exec -- " };
        return Some(format!("{line}{resolver}{command}"));
    }
    let secret = reference::whole(&veil::lifted(invocation.stdin.clone()))?;
    let script = format!("printf %s \"{}\" | {command}", reference::tidy(&secret.to_string()));
    Some(format!("asm-exec -- sh -c {}", quoted(&script)))
}

/// A text as a word of shell: literal text quoted, a variable that is not known left to the shell.
fn word(text: &Text) -> String {
    match &veil::lifted(text.clone()) {
        Text::Literal(literal) => quoted(&reference::tidy(literal)),
        Text::Mixed(pieces) => {
            if let [Piece::Glob(glob)] = pieces.as_slice() {
                return glob.clone();
            }
            let mut plain = String::new();
            for piece in pieces.iter() {
                match piece {
                    Piece::Literal(text) => {
                        for c in text.chars() {
                            if matches!(c, '"' | '$' | '`' | '\\') {
                                plain.push('\\');
                            }
                            plain.push(c);
                        }
                    }
                    Piece::Glob(text) => plain.push_str(text),
                    Piece::Unknown(unknown) => plain.push_str(&unknown_word(&unknown.what)),
                }
            }
            let plain = reference::tidy(&plain);
            if plain.starts_with('~') { plain } else { format!("\"{plain}\"") }
        }
    }
}

fn unknown_word(what: &str) -> String {
    match what.strip_prefix('$') {
        Some(name) if crate::shell::is_variable(name) => format!("${{{name}}}"),
        Some("@" | "*") => "$@".to_owned(),
        _ => match what.strip_prefix("output of ") {
            Some(command) => format!("$({command})"),
            None => what.to_owned(),
        },
    }
}
