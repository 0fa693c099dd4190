//! Lisps: Emacs Lisp, Common Lisp, Scheme, Racket, Clojure, Janet, Fennel, Hy. Of each, the forms that start a process,
//! with what is known of the names and the texts put together for it.

use std::collections::HashMap;

use super::{Effect, EffectKind, snippet};
use crate::bounds::{Budget, Exceeded};
use crate::value::Value;

/// Functions that hand a text to a shell, and how many arguments stand before it.
const SHELLS: &[(&str, usize)] = &[
    ("shell-command", 0),
    ("shell-command-to-string", 0),
    ("async-shell-command", 0),
    ("shell-command-on-region", 2),
    ("start-process-shell-command", 2),
    ("start-file-process-shell-command", 2),
    ("call-process-shell-command", 0),
    ("process-file-shell-command", 0),
    ("compile", 0),
    ("eshell-command", 0),
    ("system", 0),
    ("popen", 0),
    ("open-pipe", 0),
    ("open-input-pipe", 0),
    ("open-output-pipe", 0),
    ("run-shell-command", 0),
    ("shell-command-to-lines", 0),
    ("shell-eval", 0),
];

/// Functions that start a program with arguments, or a shell with one text; and how many arguments stand before it.
const PROGRAMS: &[(&str, usize)] = &[
    ("call-process", 0),
    ("call-process-region", 0),
    ("process-file", 0),
    ("process-lines", 0),
    ("start-process", 2),
    ("start-file-process", 2),
    ("make-process", 0),
    ("run-program", 0),
    ("launch-program", 0),
    ("run-process", 0),
    ("system*", 0),
    ("open-pipe*", 0),
    ("execl", 0),
    ("execlp", 0),
    ("execv", 0),
    ("process-execute", 0),
    ("system-exit-code", 0),
    ("exit-code", 0),
    ("subprocess", 0),
    ("process*", 0),
    ("sh", 0),
    ("shell", 0),
    ("$", 0),
    ("exec", 0),
    ("spawn", 0),
    ("run", 0),
    ("check-output", 0),
    ("spawn-process", 0),
    ("process", 0),
    ("execute", 0),
    ("ProcessBuilder.", 0),
];

/// Forms that give names to values.
const NAMING: &[&str] = &[
    "setq",
    "setf",
    "set!",
    "define",
    "def",
    "defvar",
    "defparameter",
    "defconst",
    "defconstant",
    "var",
    "local",
    "global",
    "set",
    "setv",
    "psetq",
    "setq-default",
    "setq-local",
    "define-values",
    "defonce",
];

/// Forms whose second part names values for the rest.
const LETS: &[&str] =
    &["let", "let*", "letrec", "letrec*", "if-let", "when-let", "loop", "with-open", "binding", "dlet"];

/// Calls in a row (`(-> x (f) (g))`) that are put into each other.
const MAX_THREADED: usize = 32;

#[derive(Debug, Clone)]
enum Node {
    Text(String),
    Name(String),
    List(Vec<Node>, usize),
}

#[derive(Debug, Clone)]
enum Val {
    Text(Value),
    List(Vec<Value>),
    Other,
}

impl Val {
    /// About how much memory a copy takes.
    fn size(&self) -> usize {
        let text = |text: &Value| size_of::<Value>() + text.literal().map_or(0, str::len);
        match self {
            Val::Text(value) => text(value),
            Val::List(list) => list.iter().map(text).sum(),
            Val::Other => 0,
        }
    }
}

/// The effects of the program `text`.
pub(super) fn effects(text: &str, budget: &Budget) -> Result<Vec<Effect>, Exceeded> {
    let mut reader = Reader { names: HashMap::new(), effects: Vec::new(), text, counted: (0, 1), budget };
    let mut parser = Parser { text, at: 0, budget };
    while let Some(node) = parser.node()? {
        reader.eval(&node)?;
    }
    Ok(reader.effects)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    budget: &'a Budget,
}

impl Parser<'_> {
    /// The next form; none at the end, and before a bracket that closes (which is stepped over).
    fn node(&mut self) -> Result<Option<Node>, Exceeded> {
        let _level = self.budget.enter()?;
        loop {
            self.budget.step()?;
            let rest = &self.text[self.at..];
            let Some(c) = rest.chars().next() else { return Ok(None) };
            let start = self.at;
            self.at += c.len_utf8();
            match c {
                ';' => self.at = rest.find('\n').map_or(self.text.len(), |n| start + n),
                '#' if rest.starts_with("#|") => {
                    self.at = rest.find("|#").map_or(self.text.len(), |n| start + n + 2);
                }
                // A form that is left out, and one that is discarded.
                '#' if rest.starts_with("#;") || rest.starts_with("#_") => {
                    self.at = start + 2;
                    self.node()?;
                }
                // A letter by itself.
                '?' | '#' if rest.starts_with("#\\") || rest.starts_with("?\\") => {
                    self.at = start + 2;
                    self.at += self.text[self.at..].chars().next().map_or(0, char::len_utf8);
                }
                '(' | '[' | '{' => {
                    let mut nodes = Vec::new();
                    while let Some(node) = self.node()? {
                        self.budget.parse(size_of::<Node>())?;
                        nodes.push(node);
                    }
                    // In `#(…)` of Clojure and `@[…]` of Janet the marks before it change nothing here.
                    return Ok(Some(Node::List(nodes, start)));
                }
                ')' | ']' | '}' => return Ok(None),
                '"' => return Ok(Some(Node::Text(self.string()))),
                c if c.is_whitespace() || "'`,@#^~".contains(c) => {}
                _ => {
                    let end = rest.find(|c: char| c.is_whitespace() || "()[]{}\";".contains(c));
                    self.at = start + end.unwrap_or(rest.len());
                    return Ok(Some(Node::Name(self.text[start..self.at].to_owned())));
                }
            }
        }
    }

    /// The rest of a string.
    fn string(&mut self) -> String {
        let mut out = String::new();
        let mut letters = self.text[self.at..].char_indices();
        let mut end = self.text.len();
        while let Some((at, c)) = letters.next() {
            match c {
                '"' => {
                    end = self.at + at + 1;
                    break;
                }
                '\\' => match letters.next() {
                    Some((_, 'n')) => out.push('\n'),
                    Some((_, 't')) => out.push('\t'),
                    Some((_, '\n')) | None => {}
                    Some((_, c)) => out.push(c),
                },
                c => out.push(c),
            }
        }
        self.at = end;
        out
    }
}

struct Reader<'a> {
    names: HashMap<String, Val>,
    effects: Vec<Effect>,
    text: &'a str,
    /// A place in the text, and the line that it is on.
    counted: (usize, usize),
    budget: &'a Budget,
}

/// A name without the package it is in: `uiop:run-program`, `shell/sh`, `os/shell`.
fn plain(name: &str) -> &str {
    name.rsplit([':', '/', '.']).next().filter(|last| !last.is_empty()).unwrap_or(name)
}

impl Reader<'_> {
    fn eval(&mut self, node: &Node) -> Result<Val, Exceeded> {
        let _level = self.budget.enter()?;
        self.budget.step()?;
        match node {
            Node::Text(text) => {
                self.budget.produce(text.len())?;
                Ok(Val::Text(Value::from(text.as_str())))
            }
            Node::Name(name) => {
                let Some(value) = self.names.get(name) else { return Ok(Val::Other) };
                self.budget.produce(value.size())?;
                Ok(value.clone())
            }
            Node::List(nodes, start) => self.list(nodes, *start),
        }
    }

    fn all(&mut self, nodes: &[Node]) -> Result<Vec<Val>, Exceeded> {
        nodes.iter().map(|node| self.eval(node)).collect()
    }

    fn list(&mut self, nodes: &[Node], start: usize) -> Result<Val, Exceeded> {
        let [Node::Name(name), rest @ ..] = nodes else {
            let values = self.all(nodes)?;
            return Ok(Val::List(self.texts(&values)?));
        };
        match plain(name) {
            _ if LETS.contains(&name.as_str()) => {
                if let Some(Node::List(bindings, _)) = rest.first() {
                    self.bindings(bindings)?;
                }
                let values = self.all(rest.get(1..).unwrap_or_default())?;
                Ok(values.into_iter().next_back().unwrap_or(Val::Other))
            }
            _ if NAMING.contains(&name.as_str()) => {
                self.bindings(rest)?;
                Ok(Val::Other)
            }
            // The function is itself an argument.
            "funcall" | "apply" | "call" => self.list(rest, start),
            "->" | "->>" if rest.len() <= MAX_THREADED => {
                let Some((first, calls)) = rest.split_first() else { return Ok(Val::Other) };
                let threaded = calls.iter().fold(first.clone(), |inner, call| match call {
                    Node::List(parts, at) if plain(name) == "->" && !parts.is_empty() => {
                        let mut parts = parts.clone();
                        parts.insert(1, inner);
                        Node::List(parts, *at)
                    }
                    Node::List(parts, at) => Node::List([parts.clone(), vec![inner]].concat(), *at),
                    other => Node::List(vec![other.clone(), inner], start),
                });
                self.eval(&threaded)
            }
            "concat" | "string-append" | "str" | "concatenate" | "string" | "strcat" => {
                let values = self.all(rest)?;
                Ok(Val::Text(self.joined(&self.texts(&values)?, "")?))
            }
            "string-join" | "join" | "mapconcat" => {
                let values = self.all(rest)?;
                let between = values.iter().find_map(|value| match value {
                    Val::Text(text) => text.literal().map(str::to_owned),
                    _ => None,
                });
                let list = values.iter().find_map(|value| match value {
                    Val::List(list) if !list.is_empty() => Some(list.as_slice()),
                    _ => None,
                });
                Ok(Val::Text(self.joined(list.unwrap_or_default(), between.as_deref().unwrap_or(" "))?))
            }
            "format" => {
                let values = self.all_texts(rest)?;
                let Some(pattern) = values.first().and_then(Value::literal) else { return Ok(Val::Other) };
                let mut out = pattern.to_owned();
                for value in &values[1..] {
                    let Some(at) = ["%s", "~a", "~A", "%v"].iter().filter_map(|mark| out.find(mark)).min()
                    else {
                        break;
                    };
                    out.replace_range(at..at + 2, &value.to_string());
                    self.budget.produce(out.len())?;
                }
                Ok(Val::Text(Value::from(out)))
            }
            "read-from-string" | "load-string" | "read-string" | "eval-string" => {
                let values = self.all_texts(rest)?;
                if let Some(code) = values.first().and_then(Value::literal) {
                    for effect in effects(code, self.budget)? {
                        self.push(effect.kind, start);
                    }
                }
                Ok(Val::Other)
            }
            short => self.call(name, short, rest, start),
        }
    }

    /// A form that may start a process.
    fn call(&mut self, name: &str, short: &str, rest: &[Node], start: usize) -> Result<Val, Exceeded> {
        let values = self.all(rest)?;
        let before = |table: &[(&str, usize)]| {
            table.iter().find(|(known, _)| *known == short || *known == name).map(|(_, count)| *count)
        };
        if let Some(count) = before(SHELLS) {
            let texts = self.texts(values.get(count..).unwrap_or_default())?;
            if let Some(text) = texts.first() {
                self.push(EffectKind::Shell(text.clone()), start);
            }
        } else if let Some(count) = before(PROGRAMS) {
            // `:command '("aws" …)` among other arguments by name.
            let named = rest.iter().position(|node| matches!(node, Node::Name(name) if name == ":command"));
            let words = match named.and_then(|at| values.get(at + 1)) {
                Some(value) => self.texts(std::slice::from_ref(value))?,
                None => self.texts(values.get(count..).unwrap_or_default())?,
            };
            let is_line =
                words.first().and_then(Value::literal).is_some_and(|word| word.trim().contains(' '));
            match words.as_slice() {
                [] => {}
                _ if is_line => {
                    let line = self.joined(&words, " ")?;
                    self.push(EffectKind::Shell(line), start);
                }
                _ => self.push(EffectKind::Spawn(words), start),
            }
        } else if matches!(short, "list" | "vector" | "quote" | "list*") {
            return Ok(Val::List(self.texts(&values)?));
        }
        Ok(Val::Other)
    }

    /// Names and values in turn, or each pair in a list of its own.
    fn bindings(&mut self, nodes: &[Node]) -> Result<(), Exceeded> {
        let mut at = 0;
        while let Some(node) = nodes.get(at) {
            match (node, nodes.get(at + 1)) {
                (Node::List(pair, _), _) => {
                    if let [Node::Name(_), _] = pair.as_slice() {
                        self.bindings(pair)?;
                    } else {
                        self.eval(node)?;
                    }
                    at += 1;
                }
                (Node::Name(name), Some(value)) => {
                    let value = self.eval(value)?;
                    self.names.insert(name.clone(), value);
                    at += 2;
                }
                _ => at += 1,
            }
        }
        Ok(())
    }

    fn all_texts(&mut self, nodes: &[Node]) -> Result<Vec<Value>, Exceeded> {
        let values = self.all(nodes)?;
        self.texts(&values)
    }

    /// Every text of the values, in order.
    fn texts(&self, values: &[Val]) -> Result<Vec<Value>, Exceeded> {
        let mut out = Vec::new();
        for value in values {
            self.budget.produce(value.size())?;
            match value {
                Val::Text(text) => out.push(text.clone()),
                Val::List(list) => out.extend(list.iter().cloned()),
                Val::Other => {}
            }
        }
        Ok(out)
    }

    fn joined(&self, texts: &[Value], between: &str) -> Result<Value, Exceeded> {
        let mut out = Value::from("");
        for (at, text) in texts.iter().enumerate() {
            let gap = if at > 0 { between } else { "" };
            self.budget.produce(gap.len() + text.literal().map_or(0, str::len))?;
            out = out.concat(Value::from(gap)).concat(text.clone());
        }
        Ok(out)
    }

    fn push(&mut self, kind: EffectKind, start: usize) {
        let (from, line) = self.counted;
        let line = match self.text.get(from..start) {
            Some(between) => line + between.matches('\n').count(),
            None => line,
        };
        self.counted = (from.max(start), line);
        let end = self.text[start..].find('\n').map_or(self.text.len(), |n| start + n);
        self.effects.push(Effect { kind, line, snippet: snippet(self.text, start, end) });
    }
}
