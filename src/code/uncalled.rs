//! Functions of Python that a program defines and surely never calls: what stands in them does not happen.
//!
//! It is said only of a plain function at the margin whose name comes up nowhere else, or only to ask something of
//! it (`read.__name__`), in a program that reaches no name by a text.

use std::collections::HashMap;

use super::language::Language;
use super::token::{Kind, Part, Token};

/// Names by which a program reaches others that are not written, or is read by another.
const REACHING: &[&str] = &[
    "globals",
    "locals",
    "vars",
    "eval",
    "exec",
    "execfile",
    "compile",
    "getattr",
    "__import__",
    "__main__",
    "__dict__",
    "__builtins__",
    "builtins",
    "importlib",
    "modules",
    "inspect",
    "gc",
    "sys",
    "code",
    "pdb",
    "fire",
    "pickle",
    "marshal",
    "dill",
    "cloudpickle",
    "joblib",
    "runpy",
    "ctypes",
    "operator",
    "pytest",
    "doctest",
    "trace",
    "types",
    "_getframe",
    "fabric",
    "celery",
    "invoke",
];

/// What may be asked of a function without calling it.
const ASKED: &[&str] = &["__name__", "__doc__", "__qualname__", "__module__", "__annotations__", "__code__"];

/// Names of functions that a host calls: a test runner, a cloud, a tool that runs scripts.
fn by_a_host(name: &str) -> bool {
    name.starts_with("test")
        || name.ends_with("handler")
        || matches!(name, "main" | "run" | "execute" | "setup" | "app")
}

/// The tokens without the bodies of functions that are never called.
pub(super) fn without_uncalled(language: Language, text: &str, tokens: Vec<Token>) -> Vec<Token> {
    if language != Language::Python {
        return tokens;
    }
    let word = |token: &Token| text.get(token.start..token.end).unwrap_or("");
    let functions = functions(text, &tokens);
    if functions.is_empty()
        || tokens.iter().any(|t| matches!(t.kind, Kind::Name) && REACHING.contains(&word(t)))
    {
        return tokens;
    }
    // How often each of the names stands somewhere besides its definition.
    let mut uses: HashMap<&str, usize> = functions.iter().map(|function| (function.name, 0)).collect();
    if uses.len() < functions.len() {
        return tokens;
    }
    count(text, &tokens, &mut uses);
    for function in &functions {
        // The definition itself, and what the function does with its own name.
        let mut own: HashMap<&str, usize> = HashMap::from([(function.name, 0)]);
        count(text, &tokens[function.from..function.to], &mut own);
        if let (Some(all), Some(own)) = (uses.get_mut(function.name), own.get(function.name)) {
            *all -= own;
        }
    }
    let uncalled: Vec<_> = functions.iter().filter(|function| uses.get(function.name) == Some(&0)).collect();
    if uncalled.is_empty() {
        return tokens;
    }
    let mut kept = Vec::with_capacity(tokens.len());
    let mut ranges = uncalled.into_iter().peekable();
    for (at, token) in tokens.into_iter().enumerate() {
        while ranges.next_if(|function| function.to <= at).is_some() {}
        if ranges.peek().is_none_or(|function| at < function.from) {
            kept.push(token);
        }
    }
    kept
}

/// A function at the margin, and the tokens of its definition.
struct Definition<'t> {
    name: &'t str,
    from: usize,
    to: usize,
}

/// The functions at the margin that carry no decorator.
fn functions<'t>(text: &'t str, tokens: &[Token]) -> Vec<Definition<'t>> {
    let word = |at: usize| tokens.get(at).and_then(|token| text.get(token.start..token.end)).unwrap_or("");
    let at_margin = |at: usize| {
        let token = &tokens[at];
        !matches!(token.kind, Kind::Newline | Kind::Close)
            && (token.start == 0 || text.as_bytes().get(token.start - 1) == Some(&b'\n'))
    };
    let mut out: Vec<Definition<'t>> = Vec::new();
    let (mut open, mut decorated) = (false, false);
    for at in (0..tokens.len()).filter(|at| at_margin(*at)) {
        if std::mem::take(&mut open)
            && let Some(last) = out.last_mut()
        {
            last.to = at;
        }
        let name = if word(at) == "async" { at + 2 } else { at + 1 };
        let defines = word(name - 1) == "def" && word(name + 1) == "(" && !by_a_host(word(name));
        if defines && !decorated {
            out.push(Definition { name: word(name), from: at, to: tokens.len() });
            open = true;
        }
        decorated = word(at) == "@";
    }
    out
}

/// Counts where the names of `uses` stand, in strings with code too.
fn count(text: &str, tokens: &[Token], uses: &mut HashMap<&str, usize>) {
    for (at, token) in tokens.iter().enumerate() {
        match &token.kind {
            Kind::Name => {
                if let Some(count) = text.get(token.start..token.end).and_then(|name| uses.get_mut(name)) {
                    let word =
                        |at: usize| tokens.get(at).and_then(|t| text.get(t.start..t.end)).unwrap_or("");
                    let asked = word(at + 1) == "." && ASKED.contains(&word(at + 2));
                    *count += usize::from(!asked);
                }
            }
            Kind::Text(parts) => {
                for part in parts {
                    if let Part::Code(inner) = part {
                        count(text, inner, uses);
                    }
                }
            }
            _ => {}
        }
    }
}
