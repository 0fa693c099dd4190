//! Tcl and Expect: commands of words, read with what is known of the variables.

use std::collections::HashMap;

use super::input::{quoted_words, with_input};
use super::joining::join;
use super::{Effect, EffectKind, snippet};
use crate::bounds::{Budget, Exceeded};
use crate::encoded;
use crate::value::{Text, Value};

/// Commands whose arguments are scripts, conditions or lists that may hold scripts.
const BLOCKS: &[&str] = &[
    "if",
    "elseif",
    "else",
    "while",
    "for",
    "foreach",
    "catch",
    "try",
    "on",
    "finally",
    "proc",
    "namespace",
    "switch",
    "time",
    "apply",
    "after",
    "expect",
    "lmap",
    "uplevel",
    "interp",
    "dict",
    "coroutine",
    "method",
    "constructor",
    "oo::class",
    "expr",
    "subst",
    "trap",
    "fileevent",
    "trace",
    "thread::create",
    "interact",
];

struct Reader<'b> {
    variables: HashMap<String, Value>,
    effects: Vec<Effect>,
    /// What Expect talks to.
    spawned: Option<Vec<Value>>,
    budget: &'b Budget,
}

/// A word of a command: what it is worth, and whether braces keep it as it is.
struct Word {
    value: Value,
    braced: bool,
}

/// The effects of the script `text`.
pub(super) fn effects(text: &str, budget: &Budget) -> Result<Vec<Effect>, Exceeded> {
    let mut reader = Reader { variables: HashMap::new(), effects: Vec::new(), spawned: None, budget };
    reader.script(text, 1)?;
    Ok(reader.effects)
}

impl Reader<'_> {
    /// Reads the commands of `text`, which begins on `line`; gives the value of the last one.
    fn script(&mut self, text: &str, line: usize) -> Result<Value, Exceeded> {
        let _level = self.budget.enter()?;
        let (mut at, mut line, mut counted) = (0, line, 0);
        let mut last = Value::from("");
        while at < text.len() {
            self.budget.step()?;
            let rest = &text[at..];
            let gap = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r', ';']).len();
            at += gap;
            if text[at..].starts_with('#') {
                at += text[at..].find('\n').unwrap_or(text.len() - at);
                continue;
            }
            if at >= text.len() {
                break;
            }
            line += text[counted..at].matches('\n').count();
            counted = at;
            let start = at;
            let words = self.words(text, &mut at, line)?;
            let shown = snippet(text, start, at);
            last = self.command(&words, line, &shown)?;
            // A mark that closes nothing is stepped over.
            at += text[at..].chars().next().filter(|_| at == start).map_or(0, char::len_utf8);
        }
        Ok(last)
    }

    /// The words of the command at `at`.
    fn words(&mut self, text: &str, at: &mut usize, line: usize) -> Result<Vec<Word>, Exceeded> {
        let bytes = text.as_bytes();
        let mut words = Vec::new();
        while let Some(byte) = bytes.get(*at) {
            self.budget.step()?;
            match byte {
                b'\n' | b';' => break,
                b' ' | b'\t' | b'\r' => *at += 1,
                b'\\' if bytes.get(*at + 1) == Some(&b'\n') => *at += 2,
                b'{' if text[*at..].starts_with("{*}")
                    && bytes.get(*at + 3).is_some_and(|b| !b.is_ascii_whitespace()) =>
                {
                    *at += 3;
                    let list = self.word(text, at, line)?;
                    let literal = list.value.literal().map(str::to_owned);
                    match literal {
                        Some(list) => {
                            let split = list
                                .split_whitespace()
                                .map(|word| Word { value: Value::from(word), braced: false });
                            words.extend(split);
                        }
                        None => words.push(list),
                    }
                }
                _ => words.push(self.word(text, at, line)?),
            }
        }
        Ok(words)
    }

    fn word(&mut self, text: &str, at: &mut usize, line: usize) -> Result<Word, Exceeded> {
        let bytes = text.as_bytes();
        match bytes.get(*at) {
            Some(b'{') => {
                let end = braces_end(bytes, *at);
                let inner = &text[*at + 1..end.max(*at + 1)];
                self.budget.produce(inner.len())?;
                *at = (end + 1).min(text.len());
                Ok(Word { value: Value::from(inner), braced: true })
            }
            Some(b'"') => {
                *at += 1;
                let value = self.substituted(text, at, line, |byte| byte == b'"')?;
                *at = (*at + 1).min(text.len());
                Ok(Word { value, braced: false })
            }
            _ => {
                let value = self.substituted(text, at, line, |byte| {
                    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';')
                })?;
                Ok(Word { value, braced: false })
            }
        }
    }

    /// Text up to the byte that `ends` it, with variables and commands in their places.
    fn substituted(
        &mut self,
        text: &str,
        at: &mut usize,
        line: usize,
        ends: impl Fn(u8) -> bool,
    ) -> Result<Value, Exceeded> {
        let bytes = text.as_bytes();
        let mut out = Value::from("");
        let mut from = *at;
        while let Some(&byte) = bytes.get(*at) {
            self.budget.step()?;
            if ends(byte) {
                break;
            }
            let plain = !matches!(byte, b'$' | b'[' | b'\\');
            if plain {
                *at += 1;
                continue;
            }
            out = join(self.budget, out, Value::from(&text[from..*at]))?;
            let piece = match byte {
                b'$' => {
                    let (name, length) = variable(&text[*at..]);
                    *at += length.max(1);
                    match self.variables.get(name) {
                        Some(value) => value.clone(),
                        None if length == 0 => Value::from("$"),
                        None => Value::unknown(name),
                    }
                }
                b'[' => {
                    let end = brackets_end(bytes, *at);
                    let inner = &text[*at + 1..end.max(*at + 1)];
                    *at = (end + 1).min(text.len());
                    self.script(inner, line)?
                }
                _ => {
                    let next = text[*at + 1..].chars().next();
                    *at += 1 + next.map_or(0, char::len_utf8);
                    Value::from(match next {
                        Some('n') => "\n".to_owned(),
                        Some('t') => "\t".to_owned(),
                        Some('r') => "\r".to_owned(),
                        Some('\n') => " ".to_owned(),
                        Some('x') => {
                            let digits =
                                text[*at..].bytes().take(2).take_while(u8::is_ascii_hexdigit).count();
                            let code = u8::from_str_radix(&text[*at..*at + digits], 16).unwrap_or(b'x');
                            *at += digits;
                            char::from(code).to_string()
                        }
                        other => other.map(String::from).unwrap_or_default(),
                    })
                }
            };
            out = join(self.budget, out, piece)?;
            from = *at;
        }
        join(self.budget, out, Value::from(text.get(from..*at).unwrap_or("")))
    }

    /// Does what a command does, as far as it matters here, and gives its result.
    fn command(&mut self, words: &[Word], line: usize, shown: &str) -> Result<Value, Exceeded> {
        let unknown = || Value::unknown(shown);
        let Some((first, rest)) = words.split_first() else { return Ok(Value::from("")) };
        let Some(name) = first.value.literal() else { return Ok(unknown()) };
        let values: Vec<Value> = rest.iter().map(|word| word.value.clone()).collect();
        let name = name.trim_start_matches("::");
        match (name, values.as_slice()) {
            ("set", [name, value]) => {
                if let Some(name) = name.literal() {
                    self.variables.insert(name.to_owned(), value.clone());
                }
                Ok(value.clone())
            }
            ("append" | "lappend", [target, more @ ..]) => {
                let Some(target) = target.literal() else { return Ok(unknown()) };
                let mut value = self.variables.remove(target).unwrap_or_else(|| Value::from(""));
                for piece in more {
                    if name == "lappend" {
                        value = join(self.budget, value, Value::from(" "))?;
                    }
                    value = join(self.budget, value, piece.clone())?;
                }
                self.variables.insert(target.to_owned(), value.clone());
                Ok(value)
            }
            ("exec", _) => {
                self.pipeline(&values, line, shown);
                Ok(unknown())
            }
            ("open", [file, ..]) => {
                let known = file.alternatives()[0].known_prefix().to_owned();
                match known.strip_prefix('|') {
                    Some(_) => {
                        let command = file
                            .clone()
                            .map(|text| text.map_literals(|s| s.trim_start_matches('|').to_owned()));
                        let words = command.literal().map(split);
                        let words = words.unwrap_or_else(|| vec![command]);
                        self.pipeline(&words, line, shown);
                    }
                    None => self.note(EffectKind::Read(file.clone()), line, shown),
                }
                Ok(unknown())
            }
            ("source", [.., file]) => {
                self.note(EffectKind::Read(file.clone()), line, shown);
                Ok(unknown())
            }
            ("spawn", argv) => {
                let argv: Vec<Value> = argv
                    .iter()
                    .skip_while(|word| word.literal().is_some_and(|w| w.starts_with('-')))
                    .cloned()
                    .collect();
                self.note(EffectKind::Spawn(argv.clone()), line, shown);
                self.spawned = Some(argv);
                Ok(unknown())
            }
            ("send" | "exp_send", [.., text]) => {
                if let Some(argv) = &self.spawned {
                    let text = text.clone().map(|text| text.map_literals(|s| s.replace('\r', "\n")));
                    let command = with_input(quoted_words(argv), text);
                    self.note(EffectKind::Shell(command), line, shown);
                }
                Ok(unknown())
            }
            ("system", _) => {
                let command = self.spaced(&values)?;
                self.note(EffectKind::Shell(command), line, shown);
                Ok(unknown())
            }
            ("socket", [.., host, port]) => {
                let server = host.clone().concat(Value::from(":")).concat(port.clone());
                let url = server.concat(Value::from("/")).concat(Value::unknown("what is sent"));
                self.note(EffectKind::Http { url, headers: Vec::new() }, line, shown);
                Ok(unknown())
            }
            ("http::geturl", [url, ..]) => {
                self.note(EffectKind::Http { url: url.clone(), headers: Vec::new() }, line, shown);
                Ok(unknown())
            }
            ("eval", _) => {
                let code = self.spaced(&values)?;
                self.text(&code, line)
            }
            ("foreach", [names, list, ..]) => {
                if let (Some(names), Some(list)) = (names.literal(), list.literal()) {
                    let elements =
                        split(list).into_iter().filter_map(|value| value.literal().map(Text::from));
                    let value = Value::any(elements.take(64).collect::<Vec<_>>());
                    for name in names.split_whitespace().take(8) {
                        self.variables.insert(name.to_owned(), value.clone());
                    }
                }
                self.blocks(name, &rest[1..], line)
            }
            (name, _) if BLOCKS.contains(&name) => self.blocks(name, rest, line),
            ("list" | "concat", _) => self.spaced(&values),
            ("join", [list]) => Ok(list.clone()),
            ("join", [list, between]) => match (list.literal(), between.literal()) {
                (Some(list), Some(between)) => {
                    Ok(Value::from(list.split_whitespace().collect::<Vec<_>>().join(between)))
                }
                _ => Ok(unknown()),
            },
            ("lindex", [list, at]) => {
                let at = at.literal().and_then(|at| at.parse::<usize>().ok());
                let found = at.and_then(|at| split(list.literal()?).into_iter().nth(at));
                Ok(found.unwrap_or_else(unknown))
            }
            ("format", [format, more @ ..]) => {
                let Some(format) = format.literal() else { return Ok(unknown()) };
                let mut out = Value::from("");
                for (at, piece) in format.split("%s").enumerate() {
                    if at > 0 {
                        out = join(self.budget, out, more.get(at - 1).cloned().unwrap_or_else(unknown))?;
                    }
                    out = join(self.budget, out, Value::from(piece))?;
                }
                Ok(out)
            }
            ("string", [how, text, more @ ..]) => Ok(string(how, text, more).unwrap_or_else(unknown)),
            ("binary", [_, how, text]) => {
                let decoded = match (how.literal(), text.literal()) {
                    (Some("base64"), Some(text)) => encoded::base64(text),
                    (Some("hex"), Some(text)) => encoded::hex(text),
                    _ => None,
                };
                Ok(decoded.and_then(|bytes| String::from_utf8(bytes).ok()).map_or_else(unknown, Value::from))
            }
            _ => Ok(unknown()),
        }
    }

    /// Reads the arguments that may be scripts, and those that are conditions.
    fn blocks(&mut self, name: &str, words: &[Word], line: usize) -> Result<Value, Exceeded> {
        let mut before = name;
        for word in words {
            let Some(text) = word.value.literal() else { continue };
            // In a condition the commands stand in brackets.
            let condition = matches!(before, "if" | "elseif" | "while" | "expr" | "subst");
            if condition {
                let mut at = 0;
                self.substituted(text, &mut at, line, |_| false)?;
            } else if word.braced {
                self.script(text, line)?;
            }
            before = if word.braced { "" } else { text };
        }
        Ok(Value::unknown("a block"))
    }

    fn text(&mut self, code: &Value, line: usize) -> Result<Value, Exceeded> {
        let mut last = Value::from("");
        for text in code.alternatives().iter().take(8) {
            last = self.script(text.literal().unwrap_or(text.known_prefix()), line)?;
        }
        Ok(last)
    }

    fn spaced(&mut self, values: &[Value]) -> Result<Value, Exceeded> {
        let mut out = Value::from("");
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                out = join(self.budget, out, Value::from(" "))?;
            }
            out = join(self.budget, out, value.clone())?;
        }
        Ok(out)
    }

    /// Programs with pipes between them; what comes behind `<<` is the first one's input.
    fn pipeline(&mut self, words: &[Value], line: usize, shown: &str) {
        let options = words
            .iter()
            .skip_while(|word| matches!(word.literal(), Some("-ignorestderr" | "-keepnewline" | "--")));
        let words: Vec<Value> = options.cloned().collect();
        for argv in words.split(|word| matches!(word.literal(), Some("|" | "|&"))) {
            let input = argv.iter().position(|word| word.literal() == Some("<<"));
            match input.and_then(|at| Some((at, argv.get(at + 1)?))) {
                Some((at, text)) => {
                    let command = with_input(quoted_words(&argv[..at]), text.clone());
                    self.note(EffectKind::Shell(command), line, shown);
                }
                None => self.note(EffectKind::Spawn(argv.to_vec()), line, shown),
            }
        }
    }

    fn note(&mut self, kind: EffectKind, line: usize, shown: &str) {
        self.effects.push(Effect { kind, line, snippet: shown.to_owned() });
    }
}

fn split(list: &str) -> Vec<Value> {
    list.split_whitespace().map(|word| Value::from(word.trim_matches(['{', '}', '"']))).collect()
}

fn string(how: &Value, text: &Value, more: &[Value]) -> Option<Value> {
    let literal = text.literal()?;
    Some(Value::from(match how.literal()? {
        "tolower" => literal.to_lowercase(),
        "toupper" => literal.to_uppercase(),
        "reverse" => literal.chars().rev().collect(),
        "trim" => literal.trim().to_owned(),
        "cat" => {
            let more: Option<Vec<&str>> = more.iter().map(Value::literal).collect();
            format!("{literal}{}", more?.concat())
        }
        // `string map {from to} text`
        "map" => {
            let pairs: Vec<&str> = literal.split_whitespace().collect();
            let subject = more.first()?.literal()?.to_owned();
            pairs.chunks(2).fold(subject, |out, pair| match pair {
                [from, to] => out.replace(from, to),
                _ => out,
            })
        }
        _ => return None,
    }))
}

/// The name behind `$`, and how long it is written, none where there is no name.
fn variable(rest: &str) -> (&str, usize) {
    if let Some(braced) = rest.strip_prefix("${") {
        return braced.find('}').map_or(("", 0), |end| (&braced[..end], end + 3));
    }
    let name = &rest[1..];
    let length = name.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':')).count();
    if length == 0 { ("", 0) } else { (&name[..length], length + 1) }
}

/// Where the brace that opens at `at` is closed, or the end.
fn braces_end(bytes: &[u8], at: usize) -> usize {
    closed(bytes, at, b'{', b'}')
}

fn brackets_end(bytes: &[u8], at: usize) -> usize {
    closed(bytes, at, b'[', b']')
}

fn closed(bytes: &[u8], at: usize, open: u8, close: u8) -> usize {
    let (mut nesting, mut i) = (0usize, at);
    while let Some(byte) = bytes.get(i) {
        match *byte {
            b'\\' => i += 1,
            byte if byte == open => nesting += 1,
            byte if byte == close => {
                nesting -= 1;
                if nesting == 0 {
                    return i;
                }
            }
            _ => {}
        }
        i += 1;
    }
    bytes.len()
}
