//! From words to texts: expansion, splitting and file-name patterns (Bash manual, 3.5).
//!
//! Where a part may be one of several texts, expansion picks one and the command is walked again for each of
//! the others (see [`Chooser`]), so what follows sees plain texts only.

use super::arithmetic::Trouble;
use super::ast::*;
use super::fields::Fields;
use super::options::{BRACES, FAILGLOB, NOGLOB, NULLGLOB};
use super::parameter::Expanded;
use super::run::{Run, Shell};
use super::state::Slot;
use crate::value::{Piece, Text, Value};

/// Bytes that a word counts for which an expansion makes, beside its text.
pub(super) const WORD_PRODUCED: usize = 32;
/// As many words a command may have as they are written without paying for what they become.
pub(super) const FEW_WORDS: usize = 64;
/// A word with braces that is longer than this is paid for before it is taken apart, which copies it many times.
const LONG_BRACES: usize = 4096;

impl Shell<'_, '_> {
    /// One of the texts that a value may be.
    pub(super) fn choose(&mut self, value: &Value) -> Text {
        self.chooser.choose(value, self.trace.budget.is_tight())
    }

    /// The arguments that words become: brace expansion, expansion, splitting.
    pub(super) fn fields(&mut self, words: &[Word]) -> Run<Vec<Text>> {
        self.trace.budget.produce(words.len().saturating_sub(FEW_WORDS) * 2 * WORD_PRODUCED)?;
        let mut fields = Fields::default();
        fields.done.reserve(words.len());
        for word in words {
            self.trace.budget.step()?;
            if let Some(plain) = word.as_plain()
                && !plain.contains(['{', '*', '?', '[', '~'])
            {
                fields.done.push(Text::from(plain));
                continue;
            }
            let plain = |part: &Part| if let Part::Plain(text) = part { text.len() } else { 0 };
            let length: usize = word.parts.iter().map(plain).sum();
            if length > LONG_BRACES {
                self.trace.budget.produce(length * WORD_PRODUCED)?;
            }
            let braces = if self.state.options.has(BRACES) { super::brace::expand(word) } else { None };
            match braces {
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
        let first = fields.done.len();
        self.field_parts(word, fields, false)?;
        fields.end();
        if fields.done[first..].iter().any(has_glob) {
            self.unmatched_patterns(fields, first);
        }
        Ok(())
    }

    /// The parts of a word; those of an operand inside `${…}` are split like what an expansion becomes.
    fn field_parts(&mut self, word: &Word, fields: &mut Fields, operand: bool) -> Run<()> {
        for (i, part) in word.parts.iter().enumerate() {
            match part {
                Part::Plain(text) => {
                    let rest = if i == 0 { self.tilde(text, word.parts.len() == 1, fields) } else { text };
                    if operand {
                        let ifs = self.ifs();
                        fields.split(Text::from(rest), &ifs);
                    } else if i == 0
                        && !self.elements
                        && rest.len() == text.len()
                        && rest.contains(['=', ':'])
                        && rest.contains('~')
                    {
                        self.assigned_tilde(rest, fields);
                    } else {
                        fields.pattern_or_literal(rest);
                    }
                }
                Part::Quoted(text) => fields.literal(text),
                Part::Double(parts) => self.double_fields(parts, fields)?,
                Part::Parameter(parameter) => match self.expanded(parameter)? {
                    Expanded::List { texts, .. } => {
                        let ifs = self.ifs();
                        // Joined by a separator that is no blank, an empty word is a field of its own.
                        let kept = ifs.starts_with(|c: char| !c.is_ascii_whitespace());
                        for (i, text) in texts.into_iter().enumerate() {
                            if i > 0 {
                                fields.started |= kept;
                                fields.end();
                            }
                            fields.split(text, &ifs);
                        }
                    }
                    Expanded::Word(word) => self.field_parts(word, fields, true)?,
                    Expanded::One(value) => {
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
                    let ifs = self.ifs();
                    fields.split(text, &ifs);
                }
                Part::Process { writes, script } => {
                    let text = self.process_substitution(*writes, script)?;
                    fields.text(text);
                }
            }
        }
        Ok(())
    }

    /// File-name patterns that match nothing, as options have it.
    fn unmatched_patterns(&mut self, fields: &mut Fields, first: usize) {
        if self.state.options.has(NOGLOB) {
            for field in &mut fields.done[first..] {
                *field = std::mem::replace(field, Text::Literal(String::new())).unmatched();
            }
        }
        let options = self.state.options;
        if options.has(NULLGLOB) || options.has(FAILGLOB) {
            // Whether a file matches is not known: it may be no word, or several.
            for field in &mut fields.done[first..] {
                if has_glob(field) {
                    *field = Text::unknown_words(field.to_string());
                }
            }
        }
    }

    fn double_fields(&mut self, parts: &[Part], fields: &mut Fields) -> Run<()> {
        // `"$@"` alone may be no field at all.
        if parts.is_empty() {
            fields.started = true;
        }
        for part in parts {
            if let Part::Parameter(parameter) = part {
                match self.expanded(parameter)? {
                    Expanded::List { texts, star: false } => {
                        for (i, text) in texts.into_iter().enumerate() {
                            if i > 0 {
                                fields.end();
                            }
                            fields.text(text);
                        }
                    }
                    Expanded::Word(word) if word.parts.is_empty() => fields.started = true,
                    Expanded::Word(word) => self.double_fields(&word.parts, fields)?,
                    other => {
                        let text = self.joined(other, true)?;
                        fields.text(text);
                    }
                }
                continue;
            }
            let text = self.part_text(part, true)?;
            fields.text(text);
        }
        Ok(())
    }

    /// An expansion as one text, where no words can be made of it.
    fn joined(&mut self, expanded: Expanded<'_>, in_double: bool) -> Run<Text> {
        Ok(match expanded {
            Expanded::One(value) => self.choose(&value),
            Expanded::List { texts, star: true } => {
                let separator = self.separator();
                join(texts, &separator)
            }
            Expanded::List { texts, star: false } => join(texts, " "),
            Expanded::Word(word) if in_double => {
                let mut out = Text::Literal(String::new());
                for part in &word.parts {
                    out = out.concat(self.part_text(part, true)?);
                }
                out
            }
            Expanded::Word(word) => self.text(word)?,
        })
    }

    /// What joins the words of `"$*"`: the first character of IFS.
    fn separator(&self) -> String {
        match self.state.variable("IFS").map(|v| &v.slot) {
            Some(Slot::Scalar(value)) => match value.literal() {
                Some(ifs) => ifs.chars().take(1).collect(),
                None => " ".to_owned(),
            },
            _ => " ".to_owned(),
        }
    }

    /// One text from a word, without splitting: assignments, redirections, `case`, here-strings.
    pub(super) fn text(&mut self, word: &Word) -> Run<Text> {
        let mut out = Text::Literal(String::new());
        for (i, part) in word.parts.iter().enumerate() {
            let text = match part {
                Part::Plain(text) if i == 0 && text.starts_with('~') => {
                    let mut fields = Fields::default();
                    let rest = self.tilde(text, word.parts.len() == 1, &mut fields);
                    fields.take().concat(Text::from(rest))
                }
                Part::Plain(text) if i == 0 && !self.elements && text.contains('~') => {
                    let mut fields = Fields::default();
                    self.assigned_tilde(text, &mut fields);
                    fields.take().unmatched()
                }
                other => self.part_text(other, false)?,
            };
            out = out.concat(text);
        }
        Ok(out)
    }

    /// Every text that the value of an assignment may become.
    pub(super) fn assigned_value(&mut self, word: &Word) -> Run<Value> {
        let tildes = |part: &Part| matches!(part, Part::Plain(text) if text.contains('~'));
        if !word.parts.iter().any(tildes) {
            return self.value(word);
        }
        let last = word.parts.len() - 1;
        let mut out = Value::from("");
        for (i, part) in word.parts.iter().enumerate() {
            let value = match part {
                Part::Plain(text) if i == 0 => Value::One(self.colon_tildes(text, i == last)),
                Part::Plain(text) => match text.split_once(':') {
                    Some((before, after)) => Value::One(
                        Text::from(format!("{before}:")).concat(self.colon_tildes(after, i == last)),
                    ),
                    None => Value::from(text.as_str()),
                },
                part => self.value(&Word { parts: vec![part.clone()] })?,
            };
            out = out.concat(value);
        }
        Ok(out)
    }

    /// Every text a word may become.
    pub(super) fn value(&mut self, word: &Word) -> Run<Value> {
        if let Some(plain) = word.as_plain()
            && !plain.contains('~')
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

    pub(super) fn part_text(&mut self, part: &Part, in_double: bool) -> Run<Text> {
        Ok(match part {
            Part::Plain(text) | Part::Quoted(text) => Text::from(text.as_str()),
            Part::Double(parts) => {
                let mut out = Text::Literal(String::new());
                for part in parts {
                    out = out.concat(self.part_text(part, true)?);
                }
                out
            }
            Part::Parameter(parameter) => {
                let expanded = self.expanded(parameter)?;
                self.joined(expanded, in_double)?
            }
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
        self.escaped(word, |c| !c.is_alphanumeric())
    }

    /// A word as a regular expression: what is quoted in it is escaped. None where it is not wholly known.
    pub(super) fn expression(&mut self, word: &Word) -> Run<Option<String>> {
        self.escaped(word, |c| "^$.|?*+()[]{}\\".contains(c))
    }

    fn escaped(&mut self, word: &Word, special: impl Fn(char) -> bool) -> Run<Option<String>> {
        let mut out = String::new();
        for (i, part) in word.parts.iter().enumerate() {
            let quoted = matches!(part, Part::Quoted(_) | Part::Double(_));
            let text = match part {
                Part::Plain(text) if i == 0 && text.starts_with('~') => {
                    self.text(&Word { parts: vec![part.clone()] })?
                }
                Part::Parameter(parameter) => match self.expanded(parameter)? {
                    Expanded::Word(word) => match self.pattern(word)? {
                        Some(pattern) => Text::from(pattern),
                        None => return Ok(None),
                    },
                    other => self.joined(other, false)?,
                },
                _ => self.part_text(part, false)?,
            };
            let Some(text) = text.literal() else { return Ok(None) };
            for c in text.chars() {
                if quoted && special(c) {
                    out.push('\\');
                }
                out.push(c);
            }
        }
        Ok(Some(out))
    }

    /// The value of `$((…))`.
    pub(super) fn arithmetic(&mut self, expression: &Word) -> Run<Text> {
        let text = self.text(expression)?;
        Ok(match self.calculate(&text)? {
            Ok(number) => Text::from(number.to_string()),
            Err(Trouble::Invalid) => {
                self.give_up();
                Text::from("")
            }
            Err(_) => Text::unknown(format!("$(({text}))")),
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

fn has_glob(text: &Text) -> bool {
    matches!(text, Text::Mixed(pieces) if pieces.iter().any(|piece| matches!(piece, Piece::Glob(_))))
}
