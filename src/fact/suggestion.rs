//! The safe form of a command, read off the command that would have used the secret.

use super::reference;
use crate::shell::{Invocation, quoted};
use crate::value::{Piece, Text, Value};

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

/// Programs that show or hand on what they are given: the command meant is another.
const CARRIERS: &[&str] = &[
    "echo", "printf", "cat", "jq", "tr", "head", "tail", "sed", "awk", "cut", "tee", "base64", "grep",
    "true", "xargs", "read", "test", "[", "wc", "less", "more",
];
/// Programs whose own command or code is looked at instead.
const ENTERED: &[&str] = &["bash", "sh", "zsh", "dash", "env", "sudo", "eval", "nohup", "timeout", "time"];
/// Programs that read a secret on standard input to take it apart.
const READERS: &[&str] = &["python", "python3", "node", "ruby", "perl", "php", "gpg", "openssl"];

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
    pub(super) fn consider(&mut self, invocation: &Invocation) {
        if self.consumer.is_some() || !self.any() {
            return;
        }
        let program = invocation.argv.first().map(Text::to_string).unwrap_or_default();
        let name = program.rsplit('/').next().unwrap_or(&program);
        if CARRIERS.contains(&name) || ENTERED.contains(&name) {
            return;
        }
        let in_arguments = invocation.argv.iter().any(reference::is_in);
        let in_environment: Vec<&(String, Value)> = invocation
            .environment
            .iter()
            .filter(|(_, value)| value.alternatives().iter().any(reference::is_in))
            .collect();
        let command: Vec<String> = invocation.argv.iter().map(word).collect();
        let command = command.join(" ");
        if in_arguments || !in_environment.is_empty() {
            let mut line = String::new();
            for (name, value) in in_environment {
                if let Some(text) = value.alternatives().iter().find(|text| reference::is_in(text)) {
                    line.push_str(&format!("{name}={} ", word(text)));
                }
            }
            self.consumer = Some(format!("{line}asm-exec -- {command}"));
        } else if let Some(secret) = reference::whole(&invocation.stdin)
            && !READERS.contains(&name)
        {
            let script = format!("printf %s \"{}\" | {command}", reference::tidy(&secret.to_string()));
            self.consumer = Some(format!("asm-exec -- sh -c {}", quoted(&script)));
        }
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

/// A text as a word of shell: literal text quoted, a variable that is not known left to the shell.
fn word(text: &Text) -> String {
    match text {
        Text::Literal(literal) => quoted(&reference::tidy(literal)),
        Text::Mixed(pieces) => {
            if let [Piece::Glob(glob)] = pieces.as_slice() {
                return glob.clone();
            }
            let mut plain = String::new();
            for piece in pieces {
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
