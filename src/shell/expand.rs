//! From words to texts: expansion, splitting and file-name patterns (Bash manual, 3.5).
//!
//! Where a part may be one of several texts, expansion picks one and the command is walked again for each of
//! the others (see [`Chooser`]), so what follows sees plain texts only.

use super::ast::*;
use super::run::{Run, Shell};
use super::state::Slot;
use crate::value::{Piece, Text, Unknown, Value};

/// Walks through every combination of alternatives, one a turn.
#[derive(Debug, Default)]
pub(super) struct Chooser {
    taken: Vec<(usize, usize)>,
    /// What the substitutions of this command became in the first turn, by their place in memory: each turn
    /// begins in the same state, so they become the same again.
    substituted: Vec<(*const Script, Value)>,
    next: usize,
    turns: u32,
}

/// More combinations than this are not tried.
const MAX_TURNS: u32 = 16;
/// Bytes that a word counts for which an expansion makes, beside its text.
pub(super) const WORD_PRODUCED: usize = 32;
/// As many words a command may have as they are written without paying for what they become.
const FEW_WORDS: usize = 64;
/// A word with braces that is longer than this is paid for before it is taken apart, which copies it many times.
const LONG_BRACES: usize = 4096;

impl Chooser {
    pub(super) fn choose(&mut self, value: &Value, tight: bool) -> Text {
        let alternatives = value.alternatives();
        if alternatives.len() > 1 && tight {
            return Text::unknown("one of several");
        }
        if alternatives.len() == 1 {
            return alternatives[0].clone();
        }
        if self.next == self.taken.len() {
            self.taken.push((0, alternatives.len()));
        }
        let (taken, _) = self.taken[self.next];
        self.next += 1;
        alternatives[taken.min(alternatives.len() - 1)].clone()
    }

    /// Begins the next turn; false when every combination was tried.
    pub(super) fn advance(&mut self) -> bool {
        self.next = 0;
        self.turns += 1;
        if self.turns >= MAX_TURNS {
            return false;
        }
        while let Some((taken, of)) = self.taken.pop() {
            if taken + 1 < of {
                self.taken.push((taken + 1, of));
                return true;
            }
        }
        false
    }
}

/// Fields under construction.
#[derive(Default)]
struct Fields {
    done: Vec<Text>,
    /// The pieces of the current field before its last literal one.
    pieces: Vec<Piece>,
    /// Its last literal piece; most fields are nothing else.
    tail: String,
    /// Whether the current field exists even if nothing is in it.
    started: bool,
}

impl Fields {
    fn literal(&mut self, text: &str) {
        self.started = true;
        self.tail.push_str(text);
    }

    fn piece(&mut self, piece: Piece) {
        self.started = true;
        if !self.tail.is_empty() {
            self.pieces.push(Piece::Literal(std::mem::take(&mut self.tail)));
        }
        self.pieces.push(piece);
    }

    /// The current field so far, which begins anew.
    fn take(&mut self) -> Text {
        let tail = std::mem::take(&mut self.tail);
        if self.pieces.is_empty() {
            return Text::Literal(tail);
        }
        if !tail.is_empty() {
            self.pieces.push(Piece::Literal(tail));
        }
        Text::from_pieces(std::mem::take(&mut self.pieces))
    }

    fn text(&mut self, text: Text) {
        self.started = true;
        match text {
            Text::Literal(text) if self.tail.is_empty() => self.tail = text,
            Text::Literal(text) => self.tail.push_str(&text),
            Text::Mixed(pieces) => {
                for piece in pieces {
                    match piece {
                        Piece::Literal(text) => self.literal(&text),
                        other => self.piece(other),
                    }
                }
            }
        }
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.started) {
            let field = self.take();
            self.done.push(field);
        }
    }

    /// Adds an unquoted expansion, which the shell splits at `ifs`.
    fn split(&mut self, text: Text, ifs: &str) {
        for piece in text.pieces() {
            match piece {
                Piece::Literal(text) => self.split_literal(&text, ifs),
                Piece::Unknown(unknown) => self.piece(Piece::Unknown(Unknown { splits: true, ..unknown })),
                glob => self.piece(glob),
            }
        }
    }

    fn split_literal(&mut self, text: &str, ifs: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(|c| ifs.contains(c)) {
            if at > 0 {
                self.pattern_or_literal(&rest[..at]);
            }
            let separator = rest[at..].chars().next().unwrap_or(' ');
            if !separator.is_ascii_whitespace() {
                self.started = true;
            }
            self.end();
            rest = &rest[at + separator.len_utf8()..];
        }
        if !rest.is_empty() {
            self.pattern_or_literal(rest);
        }
    }

    fn pattern_or_literal(&mut self, text: &str) {
        if has_pattern(text) {
            self.piece(Piece::Glob(text.to_owned()));
        } else {
            self.literal(text);
        }
    }
}

fn has_pattern(text: &str) -> bool {
    text.contains(['*', '?']) || text.find('[').is_some_and(|open| text[open..].contains(']'))
}

impl Shell<'_, '_> {
    /// One of the texts that a value may be.
    pub(super) fn choose(&mut self, value: &Value) -> Text {
        self.chooser.choose(value, self.trace.budget.is_tight())
    }

    /// The arguments that words become: brace expansion, expansion, splitting.
    pub(super) fn fields(&mut self, words: &[Word]) -> Run<Vec<Text>> {
        self.trace.budget.produce(words.len().saturating_sub(FEW_WORDS) * 2 * WORD_PRODUCED)?;
        let mut fields = Fields { done: Vec::with_capacity(words.len()), ..Fields::default() };
        for word in words {
            self.trace.budget.step()?;
            if let Some(plain) = word.as_plain()
                && !plain.starts_with('~')
                && !plain.contains(['{', '*', '?', '['])
            {
                fields.done.push(Text::from(plain));
                continue;
            }
            let plain = |part: &Part| if let Part::Plain(text) = part { text.len() } else { 0 };
            let length: usize = word.parts.iter().map(plain).sum();
            if length > LONG_BRACES {
                self.trace.budget.produce(length * WORD_PRODUCED)?;
            }
            match super::brace::expand(word) {
                Some(words) => {
                    for word in &words {
                        self.field(word, &mut fields)?;
                    }
                }
                None => self.field(word, &mut fields)?,
            }
        }
        if !self.files.is_empty() && fields.done.iter().any(|field| field.literal().is_none()) {
            // A pattern becomes the files that it matches, as far as they were written here.
            fields.done = fields.done.into_iter().flat_map(|field| self.matched(field)).collect();
        }
        // Words that are written are paid for where they are read.
        self.trace.budget.produce(fields.done.len().saturating_sub(words.len()) * 2 * WORD_PRODUCED)?;
        Ok(fields.done)
    }

    fn matched(&self, field: Text) -> Vec<Text> {
        let paths = self.files.matches(&field);
        if paths.is_empty() { vec![field] } else { paths.into_iter().map(Text::from).collect() }
    }

    fn field(&mut self, word: &Word, fields: &mut Fields) -> Run<()> {
        for (i, part) in word.parts.iter().enumerate() {
            match part {
                Part::Plain(text) => {
                    let text = if i == 0 { self.tilde(text, fields) } else { text };
                    fields.pattern_or_literal(text);
                }
                Part::Quoted(text) => fields.literal(text),
                Part::Double(parts) => self.double_fields(parts, fields)?,
                Part::Parameter(parameter) => match self.list_parameter(parameter, false)? {
                    Some(texts) => {
                        let ifs = self.ifs();
                        for (i, text) in texts.into_iter().enumerate() {
                            if i > 0 {
                                fields.end();
                            }
                            fields.split(text, &ifs);
                        }
                    }
                    None => {
                        let value = self.parameter(parameter)?;
                        let text = self.choose(&value);
                        let ifs = self.ifs();
                        fields.split(text, &ifs);
                    }
                },
                Part::Substitution(script) => {
                    let value = self.substitution(script)?;
                    let text = self.choose(&value);
                    let ifs = self.ifs();
                    fields.split(text, &ifs);
                }
                Part::Arithmetic(expression) => {
                    let text = self.arithmetic(expression)?;
                    fields.text(text);
                }
                Part::Process { writes, script } => {
                    let text = self.process_substitution(*writes, script)?;
                    fields.text(text);
                }
            }
        }
        fields.end();
        Ok(())
    }

    /// `~` at the start of a word becomes a home directory, which is not known; the rest is returned.
    fn tilde<'w>(&self, text: &'w str, fields: &mut Fields) -> &'w str {
        if !text.starts_with('~') {
            return text;
        }
        let end = text.find('/').unwrap_or(text.len());
        if text[1..end].chars().all(|c| c.is_alphanumeric() || "_-.+".contains(c)) {
            fields.text(Text::unknown(&text[..end]));
            &text[end..]
        } else {
            text
        }
    }

    fn double_fields(&mut self, parts: &[Part], fields: &mut Fields) -> Run<()> {
        // `"$@"` alone may be no field at all.
        let only_list = matches!(parts, [Part::Parameter(_)]);
        if !only_list {
            fields.started = true;
        }
        for part in parts {
            if let Part::Parameter(parameter) = part
                && let Some(texts) = self.list_parameter(parameter, true)?
            {
                for (i, text) in texts.into_iter().enumerate() {
                    if i > 0 {
                        fields.end();
                    }
                    fields.text(text);
                }
                continue;
            }
            let text = self.part_text(part, true)?;
            fields.text(text);
        }
        Ok(())
    }

    /// One text from a word, without splitting: assignments, redirections, `case`, here-strings.
    pub(super) fn text(&mut self, word: &Word) -> Run<Text> {
        let mut out = Text::Literal(String::new());
        for (i, part) in word.parts.iter().enumerate() {
            let text = match part {
                Part::Plain(text) if i == 0 && text.starts_with('~') => {
                    let mut fields = Fields::default();
                    let rest = self.tilde(text, &mut fields);
                    fields.take().concat(Text::from(rest))
                }
                other => self.part_text(other, false)?,
            };
            out = out.concat(text);
        }
        Ok(out)
    }

    /// Every text a word may become.
    pub(super) fn value(&mut self, word: &Word) -> Run<Value> {
        if let Some(plain) = word.as_plain()
            && !plain.starts_with('~')
        {
            return Ok(Value::from(plain));
        }
        let outer = std::mem::take(&mut self.chooser);
        let mut texts = Vec::new();
        loop {
            texts.push(self.text(word)?);
            if !self.chooser.advance() {
                break;
            }
        }
        self.chooser = outer;
        Ok(Value::any(texts))
    }

    fn part_text(&mut self, part: &Part, in_double: bool) -> Run<Text> {
        Ok(match part {
            Part::Plain(text) | Part::Quoted(text) => Text::from(text.as_str()),
            Part::Double(parts) => {
                let mut out = Text::Literal(String::new());
                for part in parts {
                    out = out.concat(self.part_text(part, true)?);
                }
                out
            }
            Part::Parameter(parameter) => match self.list_parameter(parameter, in_double)? {
                Some(texts) => join(texts, " "),
                None => {
                    let value = self.parameter(parameter)?;
                    self.choose(&value)
                }
            },
            Part::Substitution(script) => {
                let value = self.substitution(script)?;
                self.choose(&value)
            }
            Part::Arithmetic(expression) => self.arithmetic(expression)?,
            Part::Process { writes, script } => self.process_substitution(*writes, script)?,
        })
    }

    /// A word as a pattern: what is quoted in it is escaped. None where it is not wholly known.
    pub(super) fn pattern(&mut self, word: &Word) -> Run<Option<String>> {
        let mut out = String::new();
        for part in &word.parts {
            let quoted = matches!(part, Part::Quoted(_) | Part::Double(_));
            let text = self.part_text(part, false)?;
            let Some(text) = text.literal() else { return Ok(None) };
            for c in text.chars() {
                if quoted && "*?[]\\".contains(c) {
                    out.push('\\');
                }
                out.push(c);
            }
        }
        Ok(Some(out))
    }

    /// What `$(…)` becomes: the output without its last newlines.
    pub(super) fn substitution(&mut self, script: &Script) -> Run<Value> {
        let known = self.chooser.substituted.iter().find(|(place, _)| std::ptr::eq(*place, script));
        if let Some((_, value)) = known {
            return Ok(value.clone());
        }
        let value = self.substitute(script)?;
        self.chooser.substituted.push((script, value.clone()));
        Ok(value)
    }

    fn substitute(&mut self, script: &Script) -> Run<Value> {
        let output = match self.file_read(script)? {
            Some(text) => text,
            None => self.captured(|shell| shell.script(script))?,
        };
        Ok(output.map(|text| match text {
            Text::Literal(mut text) => {
                text.truncate(text.trim_end_matches('\n').len());
                Text::Literal(text)
            }
            Text::Mixed(mut pieces) => {
                if let Some(Piece::Literal(last)) = pieces.last_mut() {
                    last.truncate(last.trim_end_matches('\n').len());
                }
                Text::from_pieces(pieces)
            }
        }))
    }

    /// The text of `$(<file)`; none where the script is anything else.
    fn file_read(&mut self, script: &Script) -> Run<Option<Value>> {
        let [List { items, .. }] = script.commands.as_slice() else { return Ok(None) };
        let [AndOr { pipelines, .. }] = items.as_slice() else { return Ok(None) };
        let [Pipeline { stages, .. }] = pipelines.as_slice() else { return Ok(None) };
        let [Command { kind: Kind::Simple(simple), redirects, .. }] = stages.as_slice() else {
            return Ok(None);
        };
        let [Redirect { kind: RedirectKind::Read(path), fd: 0, .. }] = redirects.as_slice() else {
            return Ok(None);
        };
        if !simple.words.is_empty() || !simple.assignments.is_empty() {
            return Ok(None);
        }
        let path = self.text(path)?;
        Ok(Some(self.contents(&path)))
    }

    /// `<(…)` becomes a path whose text is the output; `>(…)` one whose text is the commands' input.
    fn process_substitution(&mut self, writes: bool, script: &std::rc::Rc<Script>) -> Run<Text> {
        self.opened += 1;
        let path = format!("/dev/fd/{}", 62 + self.opened);
        if writes {
            self.sinks.push((path.clone(), script.clone()));
        } else {
            let output = self.captured(|shell| shell.script(script))?;
            self.files.write(&path, output);
        }
        Ok(Text::from(path))
    }

    /// The value of `$((…))`.
    pub(super) fn arithmetic(&mut self, expression: &Word) -> Run<Text> {
        let text = self.text(expression)?;
        let value = text.literal().and_then(|text| super::arithmetic::evaluate(text, &mut self.state));
        Ok(match value {
            Some(value) => Text::from(value.to_string()),
            None => Text::unknown(format!("$(({text}))")),
        })
    }

    pub(super) fn ifs(&self) -> String {
        match self.state.variable("IFS").map(|v| &v.slot) {
            Some(Slot::Scalar(value)) => value.literal().unwrap_or(" \t\n").to_owned(),
            _ => " \t\n".to_owned(),
        }
    }
}

/// Texts joined by a separator.
pub(super) fn join(texts: impl IntoIterator<Item = Text>, separator: &str) -> Text {
    let mut pieces = Vec::new();
    for (i, text) in texts.into_iter().enumerate() {
        if i > 0 {
            pieces.push(Piece::Literal(separator.to_owned()));
        }
        pieces.extend(text.pieces());
    }
    Text::from_pieces(pieces)
}

impl super::arithmetic::Variables for super::state::State {
    fn get(&self, name: &str) -> Option<i64> {
        match self.variable(name).map(|v| &v.slot) {
            Some(Slot::Scalar(value)) => {
                let text = value.literal()?.trim();
                if text.is_empty() { Some(0) } else { text.parse().ok() }
            }
            Some(Slot::Unset) => Some(0),
            _ => None,
        }
    }

    fn set(&mut self, name: &str, value: Option<i64>) {
        let value = match value {
            Some(value) => Value::from(value.to_string()),
            None => Value::unknown(format!("${name}")),
        };
        super::state::State::set(self, name, value);
    }
}
