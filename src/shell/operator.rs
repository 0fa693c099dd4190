//! What the operators of `${…}` make of a value (Bash manual, 3.5.3).

use super::ast::*;
use super::expand::join;
use super::held::Elements;
use super::options::{EXTGLOB, NOCASEMATCH, PATSUB};
use super::pattern::{Pattern, Style};
use super::quoting;
use super::run::{Run, Shell};
use super::state::Slot;
use crate::value::{Text, Value};

/// Texts longer than this, in bytes, are not searched for patterns: the cost is quadratic.
const MAX_PATTERN_TEXT: usize = 2 << 10;
/// The same for patterns with a `*`, whose cost is cubic.
const MAX_STAR_TEXT: usize = 256;

impl Shell<'_, '_> {
    /// Applies an operator that works on the characters of a value.
    pub(super) fn operate(&mut self, value: Value, operator: &Operator) -> Run<Value> {
        let part = || Value::unknown(format!("part of {value}"));
        let longest = match operator {
            Operator::TrimPrefix { pattern, .. }
            | Operator::TrimSuffix { pattern, .. }
            | Operator::Replace { pattern, .. } => {
                let star = |part: &Part| !matches!(part, Part::Plain(text) if !text.contains('*'));
                if pattern.parts.iter().any(star) { MAX_STAR_TEXT } else { MAX_PATTERN_TEXT }
            }
            _ => usize::MAX,
        };
        if value.alternatives().iter().any(|text| text.known_len() > longest) {
            self.trace.step(|| format!("a pattern over more than {longest} bytes: not looked for"));
            return Ok(Value::unknown("part of a long text"));
        }
        Ok(match operator {
            Operator::TrimPrefix { longest, pattern } => match self.prepared(pattern)? {
                Some(pattern) => each(&value, &|text| pattern.trim_prefix(text, *longest).map(str::to_owned)),
                None => part(),
            },
            Operator::TrimSuffix { longest, pattern } => match self.prepared(pattern)? {
                Some(pattern) => each(&value, &|text| pattern.trim_suffix(text, *longest).map(str::to_owned)),
                None => part(),
            },
            Operator::Replace { how, pattern, replacement } => {
                let pattern = self.prepared(pattern)?;
                let patsub = self.state.options.has(PATSUB);
                let with = self.replacement(replacement, patsub)?;
                match (pattern, with) {
                    (Some(pattern), Some(with)) => each(&value, &|text| {
                        let filled = |found: &str| if patsub { filled(&with, found) } else { with.clone() };
                        pattern.replace(text, &filled, *how)
                    }),
                    _ => Value::unknown(format!("{value}, partly replaced")),
                }
            }
            Operator::Substring { offset, length } => {
                let offset = self.number(offset)?;
                let length = match length {
                    Some(word) => Some(self.number(word)?),
                    None => None,
                };
                let cut = |length: Option<i64>| match offset {
                    Some(offset) => {
                        if let Some(text) = value.literal()
                            && substring(text, offset, length).is_none()
                        {
                            return None;
                        }
                        Some(each(&value, &|text| substring(text, offset, length)))
                    }
                    None => Some(part()),
                };
                let cut = match length {
                    None => cut(None),
                    Some(Some(length)) => cut(Some(length)),
                    Some(None) => Some(part()),
                };
                match cut {
                    Some(value) => value,
                    None => {
                        self.give_up();
                        Value::from("")
                    }
                }
            }
            Operator::Case { change, all, pattern } => {
                let pattern = if pattern.parts.is_empty() { None } else { Some(self.prepared(pattern)?) };
                match pattern {
                    None => each(&value, &|text| Some(changed(text, *change, *all, None))),
                    Some(Some(pattern)) => {
                        each(&value, &|text| Some(changed(text, *change, *all, Some(&pattern))))
                    }
                    Some(None) => part(),
                }
            }
            Operator::Transform(op) => match op {
                'U' => each(&value, &|text| Some(text.to_uppercase())),
                'L' => each(&value, &|text| Some(text.to_lowercase())),
                'u' => each(&value, &|text| Some(changed(text, CaseChange::Upper, false, None))),
                'E' => each(&value, &|text| Some(super::escape::ansi_c(text))),
                'Q' | 'K' | 'k' => each(&value, &|text| Some(quoting::single(text))),
                'P' => self.prompt(&value)?,
                _ => Value::unknown(format!("{value}@{op}")),
            },
            _ => value,
        })
    }

    fn prepared(&mut self, word: &Word) -> Run<Option<Pattern>> {
        let style =
            Style { extended: self.state.options.has(EXTGLOB), nocase: self.state.options.has(NOCASEMATCH) };
        Ok(self.pattern(word)?.map(|pattern| style.pattern(&pattern)))
    }

    /// The replacement of `${x/pattern/replacement}`: where `&` is special, a quoted one has a backslash.
    fn replacement(&mut self, word: &Word, patsub: bool) -> Run<Option<String>> {
        let mut out = String::new();
        for (i, part) in word.parts.iter().enumerate() {
            let quoted = matches!(part, Part::Quoted(_) | Part::Double(_));
            let text = match part {
                Part::Plain(text) if i == 0 && text.starts_with('~') => {
                    self.text(&Word { parts: vec![part.clone()] })?
                }
                _ => self.part_text(part, false)?,
            };
            let Some(text) = text.literal() else { return Ok(None) };
            for c in text.chars() {
                if patsub && quoted && matches!(c, '&' | '\\') {
                    out.push('\\');
                }
                out.push(c);
            }
        }
        Ok(Some(out))
    }

    /// `@P`: the text as a prompt, whose expansions are made.
    fn prompt(&mut self, value: &Value) -> Run<Value> {
        let text = self.choose(value);
        let Some(text) = text.literal() else { return Ok(Value::unknown(format!("{value}@P"))) };
        let mut out = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('n') => out.push('\n'),
                    Some('r') => out.push('\r'),
                    Some('a') => out.push('\u{7}'),
                    Some('e') => out.push('\u{1b}'),
                    Some('\\') => out.push_str("\\\\"),
                    Some('[' | ']') => {}
                    Some(c @ ('q' | 'z' | 'b' | '"' | '$')) if c != '$' => out.extend(['\\', c]),
                    None => out.push('\\'),
                    _ => return Ok(Value::unknown(format!("{text}@P"))),
                },
                '"' => out.push('"'),
                c => out.push(c),
            }
        }
        let word = self.word_of(&out)?;
        Ok(Value::One(self.text(&word)?))
    }

    /// `${x@a}` and `${x@A}`.
    pub(super) fn described(&mut self, name: &str, subscript: bool, held: Option<Value>, op: char) -> Value {
        let Some(variable) = self.state.variable(name) else {
            // Positional and special parameters have no attributes.
            let special = !super::is_variable(name);
            return match (op, held) {
                ('a', _) | (_, None) if special => Value::from(""),
                ('A', Some(_)) if special => Value::from(""),
                _ => Value::unknown(format!("${{{name}@{op}}}")),
            };
        };
        let letters = variable.letters();
        let array = matches!(variable.slot, Slot::Indexed(_) | Slot::Keyed(_));
        if op == 'a' {
            return if held.is_none() && !array { Value::from("") } else { Value::from(letters) };
        }
        match held {
            None if letters.is_empty() || array => Value::from(""),
            None => Value::from(format!("declare -{letters} {name}")),
            Some(value) => each(&value, &|text| {
                let quoted = quoting::single(text);
                Some(match letters.as_str() {
                    "" => format!("{name}={quoted}"),
                    _ if subscript && array => format!("declare -{letters} {name}={quoted}"),
                    letters => format!("declare -{letters} {name}={quoted}"),
                })
            }),
        }
    }

    /// `@a`, `@A`, `@K` and `@k` over `$@` or a whole array.
    pub(super) fn described_list(
        &mut self,
        name: &str,
        array: bool,
        elements: Elements,
        op: char,
    ) -> Vec<Text> {
        let texts: Vec<Text> = elements.values.iter().map(|value| self.choose(value)).collect();
        let quoted = |text: &Text| match text.literal() {
            Some(text) => Text::from(quoting::single(text)),
            None => Text::unknown(format!("{text}@{op}")),
        };
        if !array {
            return match op {
                'a' => texts.iter().map(|_| Text::from("")).collect(),
                'A' if texts.is_empty() => Vec::new(),
                'A' => vec![join(std::iter::once(Text::from("set --")).chain(texts.iter().map(quoted)), " ")],
                _ => texts.iter().map(quoted).collect(),
            };
        }
        let variable = self.state.variable(name);
        let letters = variable.map(super::state::Variable::letters).unwrap_or_default();
        let keyed = matches!(variable.map(|v| &v.slot), Some(Slot::Keyed(_)));
        if matches!(variable.map(|v| &v.slot), Some(Slot::Scalar(_))) {
            let value = elements.values.into_iter().next();
            return match op {
                'a' | 'A' => {
                    let described = self.described(name, true, value, op);
                    vec![self.choose(&described)]
                }
                _ => texts.iter().map(quoted).collect(),
            };
        }
        let doubled = |text: &Text| text.clone().map_literals(quoting::double);
        match op {
            'a' => texts.iter().map(|_| Text::from(letters.as_str())).collect(),
            'A' if self.is_plainly_unset(name) => Vec::new(),
            'A' => match self.declaration(name) {
                Some(text) if self.ifs().contains(' ') => words_of_declaration(text),
                Some(text) => vec![text],
                None => Vec::new(),
            },
            'K' => {
                let pairs = elements.keys.iter().zip(&texts).flat_map(|(key, text)| {
                    let key = if keyed { key_text(key) } else { key.clone() };
                    [Text::from(key), doubled(text)]
                });
                let end = if keyed && !texts.is_empty() { " " } else { "" };
                if texts.is_empty() { Vec::new() } else { vec![join(pairs, " ").concat(Text::from(end))] }
            }
            _ => {
                elements.keys.into_iter().zip(texts).flat_map(|(key, text)| [Text::from(key), text]).collect()
            }
        }
    }

    /// `declare -a x=([0]="a")`, as `declare -p x` prints it. None where there is no such variable.
    pub(super) fn declaration(&mut self, name: &str) -> Option<Text> {
        let variable = self.state.variables.get(name)?.clone();
        let letters = variable.letters();
        let letters = if letters.is_empty() { "-".to_owned() } else { letters };
        let head = Text::from(format!("declare -{letters} {name}"));
        let element = |key: String, value: Text| {
            Text::from(format!("[{key}]=")).concat(value.map_literals(quoting::double))
        };
        let (elements, end) = match &variable.slot {
            Slot::Unset => return Some(head),
            Slot::Scalar(value) => {
                let text = self.choose(value);
                return Some(head.concat(Text::from("=")).concat(text.map_literals(quoting::double)));
            }
            Slot::Indexed(elements) => (
                elements
                    .iter()
                    .map(|(key, value)| element(key.to_string(), self.choose(value)))
                    .collect::<Vec<_>>(),
                "",
            ),
            Slot::Keyed(elements) => (
                super::variable::key_order(elements)
                    .into_iter()
                    .map(|key| element(key_text(key), self.choose(&elements[key])))
                    .collect(),
                if elements.is_empty() { "" } else { " " },
            ),
        };
        Some(head.concat(Text::from("=(")).concat(join(elements, " ")).concat(Text::from(format!("{end})"))))
    }
}

/// The words of `declare -a name=(…)`: what `"${name[@]@A}"` becomes.
fn words_of_declaration(text: Text) -> Vec<Text> {
    let mut words = text.known_prefix().splitn(3, ' ');
    let (Some(first), Some(second), Some(_)) = (words.next(), words.next(), words.next()) else {
        return vec![text];
    };
    let (first, second) = (first.to_owned(), second.to_owned());
    let mut pieces = text.pieces();
    if let Some(crate::value::Piece::Literal(head)) = pieces.first_mut() {
        head.drain(..first.len() + second.len() + 2);
    }
    vec![Text::from(first), Text::from(second), Text::from_pieces(pieces)]
}

/// A key of an associative array, quoted only where it must be.
fn key_text(key: &str) -> String {
    if !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-./:=@%+,".contains(c)) {
        key.to_owned()
    } else {
        quoting::double(key)
    }
}

/// Applies `f` to each alternative; None is not known.
fn each(value: &Value, f: &dyn Fn(&str) -> Option<String>) -> Value {
    Value::any(value.alternatives().iter().map(|text| match text.literal().map(f) {
        Some(Some(text)) => Text::from(text),
        _ => Text::unknown(format!("part of {text}")),
    }))
}

/// A replacement with what was found in place of each `&`.
fn filled(with: &str, found: &str) -> String {
    let mut out = String::new();
    let mut chars = with.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if matches!(chars.peek(), Some('&' | '\\')) => out.extend(chars.next()),
            '&' => out.push_str(found),
            c => out.push(c),
        }
    }
    out
}

/// `${text:offset:length}`; None where bash refuses it.
fn substring(text: &str, offset: i64, length: Option<i64>) -> Option<String> {
    let count = text.chars().count() as i64;
    let start = if offset < 0 { count + offset } else { offset };
    if start < 0 || start > count {
        return Some(String::new());
    }
    let end = match length {
        None => count,
        Some(length) if length < 0 => Some(count + length).filter(|end| *end >= start)?,
        Some(length) => start.saturating_add(length).min(count),
    };
    Some(text.chars().skip(start as usize).take((end - start) as usize).collect())
}

fn changed(text: &str, change: CaseChange, all: bool, pattern: Option<&Pattern>) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, c) in text.chars().enumerate() {
        let chosen = (i == 0 || all)
            && pattern.is_none_or(|pattern| {
                pattern.trim_prefix(c.encode_utf8(&mut [0; 4]), true).is_some_and(str::is_empty)
            });
        match (chosen, change) {
            (true, CaseChange::Upper) => out.extend(c.to_uppercase()),
            (true, CaseChange::Lower) => out.extend(c.to_lowercase()),
            (true, CaseChange::Toggle) if c.is_uppercase() => out.extend(c.to_lowercase()),
            (true, CaseChange::Toggle) => out.extend(c.to_uppercase()),
            (false, _) => out.push(c),
        }
    }
    out
}
