//! What code in other languages would do, as facts.

use super::reader::Reader;
use super::{AwsCall, Change, CodeCall, Fact, aws_cli, http, reference, url};
use crate::code::{Effect, EffectKind, Language};
use crate::shell::Invocation;
use crate::trace::{FileId, Place, Trace};
use crate::value::{Piece, Text, Value};

/// Combinations of alternatives that are followed for one effect.
const MAX_COMBINATIONS: usize = 32;

impl Reader {
    pub(super) fn effects(
        &mut self,
        trace: &Trace,
        language: Language,
        effects: Vec<Effect>,
        file: Option<FileId>,
        invocation: &Invocation,
    ) {
        for effect in effects {
            let line = u32::try_from(effect.line).unwrap_or(u32::MAX);
            let _at = trace.at(file.map(|file| Place { file, line }));
            trace.step(|| format!("line {}: {}", effect.line, effect.snippet));
            let evidence = match file {
                Some(_) => effect.snippet.clone(),
                None => format!("{} (line {})", effect.snippet, effect.line),
            };
            match effect.kind {
                EffectKind::Aws { service, operation, parameters, region } => {
                    for service in service.alternatives() {
                        for operation in operation.alternatives() {
                            let mut call = AwsCall::new(service.clone(), operation.clone());
                            call.region = region.as_ref().map(first);
                            call.parameters = parameters
                                .iter()
                                .map(|(name, value)| (name.clone(), plain(first(value))))
                                .collect();
                            let secret = aws_cli::is_fetch(&call).then(|| reference::of_call(&call));
                            let evidence = format!("{}, by {evidence}", call.shown());
                            self.remote(trace, &call, invocation);
                            self.find(trace, Fact::Aws(call), evidence, secret.as_ref());
                        }
                    }
                }
                EffectKind::Shell(text) => {
                    let _through = trace.through(format!("a shell from code, line {}", effect.line));
                    for text in text.alternatives().iter().take(MAX_COMBINATIONS) {
                        self.inner_shell(trace, invocation, text, Vec::new());
                    }
                }
                EffectKind::Spawn(argv) => {
                    let _through = trace.through(format!("a process from code, line {}", effect.line));
                    for argv in combinations(&argv) {
                        self.inner_command(trace, invocation, &argv);
                    }
                }
                EffectKind::Http { url, headers } => {
                    for (name, value) in &headers {
                        let header = first(name).concat(Text::from(":")).concat(first(value));
                        if let Some(call) = http::target_header(&header) {
                            self.find(trace, Fact::Aws(call), evidence.clone(), None);
                        }
                    }
                    for url in url.alternatives() {
                        if let Some(request) = url::request(url) {
                            self.request(trace, request, &evidence);
                        }
                    }
                }
                EffectKind::Keep { path, text } => keep(&path, &text, invocation),
                EffectKind::Write { path, text } => {
                    if language == Language::PowerShell {
                        keep(&path, &text, invocation);
                    }
                    for text in text.alternatives() {
                        self.changed_by_code(trace, invocation, &path, (Change::Write, text), &evidence);
                    }
                }
                EffectKind::Remove(path) => {
                    self.changed_by_code(
                        trace,
                        invocation,
                        &path,
                        (Change::Remove, &Text::from("")),
                        &evidence,
                    );
                }
                EffectKind::Mode(path) => {
                    self.changed_by_code(
                        trace,
                        invocation,
                        &path,
                        (Change::Mode, &Text::from("")),
                        &evidence,
                    );
                }
                EffectKind::Call { path, arguments } => {
                    let first = arguments.iter().map(first).collect();
                    let call = CodeCall { language: language.name(), call: path, arguments: first };
                    self.find(trace, Fact::Code(call), evidence, None);
                }
                EffectKind::Read(path) => {
                    path.alternatives()
                        .iter()
                        .for_each(|path| self.file_read(trace, path, || evidence.clone()));
                }
            }
        }
    }
}

impl Reader {
    fn changed_by_code(
        &mut self,
        trace: &Trace,
        invocation: &Invocation,
        path: &Value,
        (change, text): (Change, &Text),
        evidence: &str,
    ) {
        for path in path.alternatives() {
            let place = (path, invocation.files.folder());
            self.file_changed(trace, place, (change, text), &|| evidence.to_owned());
        }
    }
}

/// Keeps the text of a file that the call writes. What other languages write is told by `code::written`.
fn keep(path: &Value, text: &Value, invocation: &Invocation) {
    if let (Some(path), Some(text)) = (path.literal(), text.literal()) {
        invocation.files.write(&path.replace('\\', "/"), Value::from(text));
    }
}

/// A truth value as AWS writes it, where code has it as a word of its own.
fn plain(value: Text) -> Text {
    let Text::Mixed(pieces) = &value else { return value };
    match pieces.as_slice() {
        [Piece::Unknown(word)] if matches!(word.what.as_str(), "True" | "true" | "TRUE") => {
            Text::from("true")
        }
        [Piece::Unknown(word)] if matches!(word.what.as_str(), "False" | "false" | "FALSE") => {
            Text::from("false")
        }
        _ => value,
    }
}

fn first(value: &Value) -> Text {
    value.alternatives()[0].clone()
}

/// Every argument vector that alternatives make, up to a bound.
pub(super) fn combinations(argv: &[Value]) -> Vec<Vec<Text>> {
    let mut out: Vec<Vec<Text>> = vec![Vec::new()];
    for value in argv {
        let alternatives = value.alternatives();
        let mut next = Vec::with_capacity(out.len() * alternatives.len());
        for begun in &out {
            for text in alternatives {
                if next.len() >= MAX_COMBINATIONS {
                    break;
                }
                let mut words = begun.clone();
                words.push(text.clone());
                next.push(words);
            }
        }
        out = next;
    }
    out
}
