//! Processes: the shell text or the program and arguments that a call starts.

use super::object::{Args, Val};
use super::reader::Reader;
use super::{EffectKind, Language};
use crate::value::Value;

impl Reader<'_> {
    /// A list is a program with arguments, one text is for a shell, several texts are again a program.
    pub(super) fn command(&self, args: &Args, at: usize) -> Option<EffectKind> {
        let named = args.by_name(&["args", "cmd", "command"]);
        let positional: Vec<&Val> = args
            .positional
            .get(at..)
            .unwrap_or(&[])
            .iter()
            .skip_while(|val| matches!(val, Val::Dict(..)))
            .enumerate()
            .filter(|(at, val)| *at == 0 || !is_mode(val))
            .map(|(_, val)| val)
            .collect();
        let first = positional.first().copied().or(named)?;
        match first {
            Val::List(list, _) => {
                let shell = args
                    .by_name(&["shell"])
                    .is_some_and(|s| s.object().is_some_and(|o| o.path.eq_ignore_ascii_case("true")));
                let argv: Vec<Value> = list.iter().map(Val::value).collect();
                match (shell, argv.as_slice()) {
                    (true, [text, ..]) => Some(EffectKind::Shell(text.clone())),
                    _ => Some(EffectKind::Spawn(argv)),
                }
            }
            first if positional.len() > 1 && matches!(self.language, Language::Ruby | Language::Perl) => {
                let mut argv = vec![first.value()];
                for more in &positional[1..] {
                    match more {
                        Val::List(list, _) => argv.extend(list.iter().map(Val::value)),
                        Val::Dict(..) => {}
                        other => argv.push(other.value()),
                    }
                }
                if argv.len() == 1 {
                    Some(EffectKind::Shell(argv.swap_remove(0)))
                } else {
                    Some(EffectKind::Spawn(argv))
                }
            }
            first => Some(EffectKind::Shell(first.value())),
        }
    }

    /// A program by name and its arguments; with `renamed`, the first of them is its name once more.
    pub(super) fn spawned(&self, args: &Args, at: usize, renamed: bool) -> Option<EffectKind> {
        let positional = args.positional.get(at..).unwrap_or(&[]);
        let (first, rest) = positional.split_first()?;
        let mut argv = match first {
            Val::List(list, _) => list.iter().map(Val::value).collect(),
            other => vec![other.value()],
        };
        let mut arguments = Vec::new();
        for val in rest {
            match val {
                Val::List(list, _) => {
                    arguments.extend(list.iter().map(Val::value));
                    break;
                }
                Val::Text(text) => arguments.push(text.clone()),
                Val::Dict(..) => {}
                // Of JavaScript, what is no list is a callback.
                other if self.language != Language::JavaScript => arguments.push(other.value()),
                _ => {}
            }
        }
        if let Some(Val::List(list, _)) = args.by_name(&["args"]) {
            arguments.extend(list.iter().map(Val::value));
        }
        let from = usize::from(renamed).min(arguments.len());
        argv.extend(arguments.drain(from..));
        let shell = args
            .by_name(&["shell"])
            .is_some_and(|s| s.object().is_some_and(|o| o.path == "true") || s.literal().is_some());
        if shell {
            let text = argv.into_iter().reduce(|a, b| a.concat(Value::from(" ")).concat(b))?;
            return Some(EffectKind::Shell(text));
        }
        Some(EffectKind::Spawn(argv))
    }
}

/// The words of `text`; quotes hold several together.
fn words(text: &str) -> Vec<String> {
    let (mut out, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in text.chars() {
        match (quote, c) {
            (Some(mark), c) if c == mark => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => out.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    out.extend(word);
    out
}

/// How a pipe is opened: `IO.popen("sh", "w")`.
fn is_mode(val: &Val) -> bool {
    matches!(val.literal(), Some("r" | "w" | "r+" | "w+" | "rb" | "wb" | "a"))
}

pub(super) fn split_words(text: &Value) -> Vec<Value> {
    match text.literal() {
        Some(text) => words(text).into_iter().map(Value::from).collect(),
        None => vec![text.clone()],
    }
}

pub(super) fn words_program(args: &Args, at: usize) -> Option<EffectKind> {
    let mut argv = Vec::new();
    let file = args.by_name(&["FileName", "fileName"]);
    let arguments = args.by_name(&["Arguments", "ArgumentList", "arguments"]);
    let positional = args.positional.get(at..).unwrap_or(&[]);
    let given: Vec<&Val> = if file.is_some() {
        file.into_iter().chain(arguments).collect()
    } else {
        positional.iter().take(2).collect()
    };
    for val in given {
        match val {
            Val::List(list, _) => argv.extend(list.iter().map(Val::value)),
            Val::Text(text) => argv.extend(split_words(text)),
            Val::Object(object) if argv.is_empty() && object.effect.is_some() => return None,
            other if argv.is_empty() => argv.push(other.value()),
            _ => {}
        }
    }
    (!argv.is_empty()).then_some(EffectKind::Spawn(argv))
}
