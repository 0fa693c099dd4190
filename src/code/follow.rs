//! What follows an operand: members, indexes, calls, and what stands in braces behind it.

use super::argument::grouped;
use super::language::Language;
use super::object::{Args, Object, Val};
use super::operand::Operand;
use super::reader::Reader;
use super::token::{Kind, Token};
use super::words::Roles;
use crate::bounds::Exceeded;
use crate::value::Value;

impl<'t> Reader<'t> {
    /// Reads one thing that follows an operand; false where nothing does.
    pub(super) fn follow(&mut self, operand: &mut Operand) -> Result<bool, Exceeded> {
        let Some(token) = self.peek(0) else { return Ok(false) };
        let mut same_line = true;
        if matches!(token.kind, Kind::Newline) {
            let member = self.is_member(1) && self.language != Language::Python;
            let wanted = if self.lexicon.newline_ends { self.brackets > 0 || member } else { true };
            if !wanted || self.peek(1).is_none() {
                return Ok(false);
            }
            let next = self.word_at(1);
            if !(self.is_member(1) || self.brackets > 0 && matches!(next, "." | "(")) {
                return Ok(false);
            }
            self.at += 1;
            same_line = false;
        }
        let Some(token) = self.peek(0) else { return Ok(false) };
        let word = self.word(token);
        match &token.kind {
            // `system *words`
            Kind::Punct
                if word == "*"
                    && self.language == Language::Ruby
                    && operand.named
                    && self.is_prefix(token) =>
            {
                self.bare_call(operand)
            }
            Kind::Punct if token.roles.any(Roles::MEMBER) => self.follow_member(operand, word),
            Kind::Open => self.follow_open(operand, token, word),
            Kind::Punct => Ok(self.follow_mark(operand, token, word)),
            Kind::Name if word == "do" && self.language == Language::Ruby && self.word_at(1) == "|" => {
                self.at += 1;
                self.block_parameters(Some(&operand.value));
                Ok(false)
            }
            _ if same_line => self.follow_bare(operand, token, word),
            _ => Ok(false),
        }
    }

    fn follow_member(&mut self, operand: &mut Operand, mark: &str) -> Result<bool, Exceeded> {
        let Some(next) = self.peek(1) else { return Ok(false) };
        // Lua's `:` and the `::` of others before something else is no member.
        let word = self.word(next);
        match &next.kind {
            Kind::Name => {
                self.at += 2;
                let sigil = next.start > 0 && self.text.as_bytes().get(next.start - 1) == Some(&b'$');
                if word == "await" || (word == "class" && mark == "::") {
                    return Ok(true);
                }
                if sigil
                    && self.language != Language::R
                    && self.lexicon.sigils.contains('$')
                    && mark != "::"
                    && self.is_call(0)
                {
                    let name = self.variable(word)?;
                    operand.value = self.member(&operand.value, name.value())?;
                    operand.place = None;
                    return Ok(true);
                }
                let place = operand.place.take().map(|mut place| {
                    place.push('.');
                    place.push_str(word);
                    place
                });
                let place = place.filter(|place| place.len() < 200);
                let known = place.as_deref().and_then(|place| self.scope.lookup(place)).cloned();
                operand.value = match known {
                    Some(known) if !self.is_call(0) || !matches!(known, Val::Text(_)) => known,
                    _ if self.is_call(0) => self.method(&operand.value, Value::from(word))?,
                    _ => self.member(&operand.value, Value::from(word))?,
                };
                operand.place = place;
                // Where parentheses may go, a member before another member was called.
                let more = self.is_member(0);
                let method = mark == "->" || word.starts_with(|c: char| c.is_lowercase());
                let bound = operand.value.object().is_some_and(|o| o.receiver.is_some());
                if self.lexicon.bare_calls
                    && more
                    && method
                    && bound
                    && self.word_at(1) != "{"
                    && self.word_at(1) != "["
                {
                    self.called(operand, Args::default())?;
                }
                Ok(true)
            }
            Kind::Open => {
                self.at += 1;
                match word {
                    "(" if self.language == Language::Go => self.skip_brackets()?,
                    "{" if self.language == Language::Rust => return Ok(false),
                    "{" => {
                        self.at += 1;
                        let key = self.key()?;
                        operand.value = if self.language == Language::Php {
                            self.member(&operand.value, key.value())?
                        } else {
                            self.index(&operand.value, &key)?
                        };
                        operand.place = None;
                    }
                    _ => {}
                }
                Ok(true)
            }
            Kind::Punct if word == "<" => {
                self.at += 1;
                self.skip_type_arguments()
            }
            Kind::Text(parts) if matches!(self.language, Language::JavaScript | Language::Php) => {
                self.at += 2;
                let name = self.string(parts)?;
                operand.value = self.member(&operand.value, name)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn follow_open(&mut self, operand: &mut Operand, token: &Token, word: &str) -> Result<bool, Exceeded> {
        let tight = !token.spaced;
        match word {
            "(" if self.lexicon.bare_calls && !tight && !operand.named => Ok(false),
            "(" if !tight
                && self.language == Language::Awk
                && !matches!(self.word_before(), "system" | "printf" | "print") =>
            {
                Ok(false)
            }
            "(" => {
                self.at += 1;
                let (args, _) = self.arguments()?;
                self.called(operand, args)?;
                Ok(true)
            }
            "[" if !tight
                && (self.lexicon.bare_calls
                    || self.language == Language::Awk
                    || self.language == Language::Lua) =>
            {
                if self.lexicon.bare_calls && operand.named && !operand.called {
                    self.bare_call(operand)
                } else {
                    Ok(false)
                }
            }
            "[" => {
                self.at += 1;
                // `char *argv[] = …` declares, and indexes nothing.
                if self.word_at(0) == "]" && self.word_at(1) == "=" && self.lexicon.typed {
                    self.at += 1;
                    return Ok(true);
                }
                if self.word_at(0) == "]" && self.word_at(1) == "{" {
                    self.at += 2;
                    operand.value = self.braces(false)?;
                    operand.is_new = false;
                    return Ok(true);
                }
                if self.language == Language::Python
                    && let Some(part) = self.sliced(&operand.value)?
                {
                    operand.value = part;
                    operand.place = None;
                    return Ok(true);
                }
                let key = self.key()?;
                let owner = operand.place.take();
                // Only what is assigned to needs to be known as an element.
                operand.element = owner.filter(|_| self.word_at(0) == "=").map(|owner| (owner, key.value()));
                operand.value = self.index(&operand.value, &key)?;
                Ok(true)
            }
            _ => self.follow_brace(operand, tight),
        }
    }

    fn follow_brace(&mut self, operand: &mut Operand, tight: bool) -> Result<bool, Exceeded> {
        use Language::*;
        match self.language {
            Perl if tight && operand.named => {
                self.at += 1;
                let key = self.key()?;
                let owner = operand.place.take();
                operand.element = owner.filter(|_| self.word_at(0) == "=").map(|owner| (owner, key.value()));
                operand.value = self.index(&operand.value, &key)?;
                Ok(true)
            }
            // `print {$handle} "…"`
            Perl if operand.named && matches!(self.word_before(), "print" | "printf" | "say") => {
                self.at += 1;
                operand.value = self.key()?;
                operand.place = None;
                self.bare_call(operand)
            }
            Lua if operand.value.object().is_some() => {
                self.at += 1;
                let table = self.braces(true)?;
                self.called(operand, Args { positional: vec![table], named: Vec::new() })?;
                Ok(true)
            }
            Ruby | Kotlin
                if operand.called
                    || operand.named
                    || operand.value.object().is_some_and(|object| object.receiver.is_some()) =>
            {
                self.at += 1;
                self.block_parameters(Some(&operand.value));
                let block = self.braces(self.language == Kotlin)?;
                if let Val::Dict(entries, _) = &block {
                    if operand.called {
                        self.set_entries(operand, entries);
                    } else {
                        self.called(operand, Args { positional: vec![block], named: Vec::new() })?;
                    }
                }
                Ok(true)
            }
            Go | Rust | CSharp | Java | Cpp if self.is_struct_literal(operand) => {
                self.at += 1;
                let fields = self.braces(self.language == CSharp)?;
                match fields {
                    Val::Dict(..) if !operand.called => {
                        self.called(operand, Args { positional: vec![fields], named: Vec::new() })?;
                    }
                    Val::Dict(entries, _) => {
                        self.set_entries(operand, &entries);
                    }
                    list @ Val::List(..) if operand.is_new || self.language == Go => {
                        operand.value = list;
                        operand.called = true;
                    }
                    _ => {}
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// `Name { a = b }` behind a call sets fields on what was made.
    fn set_entries(&mut self, operand: &mut Operand, entries: &[(Value, Val)]) {
        let Val::Object(object) = &operand.value else { return };
        let set = with_entries(object, entries);
        if let Some(effect) = object.effect {
            for (name, value) in entries.iter().take(16) {
                self.complete_with(effect, &name.to_string(), std::slice::from_ref(value));
            }
        }
        operand.value = set;
    }

    fn is_struct_literal(&self, operand: &Operand) -> bool {
        let named = operand.value.object().is_some_and(|o| {
            o.last().trim_end_matches("()").starts_with(|c: char| c.is_uppercase() || c == '>')
        });
        let body = self.peek(1).is_some_and(|t| matches!(t.kind, Kind::Close))
            || matches!(self.first_after(1), Some((true, ":" | "=" | "," | "}")));
        operand.is_new || (named && body)
    }

    /// Whether the first token from `ahead` on that ends no line is a name, and the word after it.
    fn first_after(&self, ahead: usize) -> Option<(bool, &'t str)> {
        let from =
            (ahead..ahead + 4).find(|n| self.peek(*n).is_some_and(|t| !matches!(t.kind, Kind::Newline)))?;
        Some((self.is_name(from), self.word_at(from + 1)))
    }

    fn follow_mark(&mut self, operand: &mut Operand, token: &Token, word: &str) -> bool {
        let next = self.word_at(1);
        let tight = !token.spaced;
        match word {
            // A macro of Rust is called by its name with the mark.
            "!" if tight && self.language == Language::Rust && matches!(next, "(" | "[" | "{") => {
                if let Val::Object(object) = &operand.value {
                    operand.value = Val::path(format!("{}!", object.path));
                }
                if next == "[" {
                    operand.value = Val::path("");
                }
                self.at += 1;
                // `vec![…]` is the list itself.
                if next == "[" {
                    self.at += 1;
                    if let Ok((args, _)) = self.arguments() {
                        operand.value = grouped(args, true);
                    }
                    operand.called = true;
                }
                true
            }
            "!" | "!!"
                if tight
                    && (next == "(" || next == "[" || self.is_member(1))
                    && self.language != Language::Rust =>
            {
                self.at += 1;
                true
            }
            "?" if self.language == Language::Rust => {
                self.at += 1;
                true
            }
            // `args...` of Go spreads the last argument.
            "..." if self.language == Language::Go && matches!(next, ")" | ",") => {
                self.at += 1;
                true
            }
            "++" | "--" if tight => {
                self.at += 1;
                true
            }
            "<" if operand.is_new || (tight && operand.named) => {
                let start = self.at;
                let types = self.skip_type_arguments().unwrap_or(false);
                if types && matches!(self.word_at(0), "(" | "{" | "[") && (operand.is_new || self.is_call(0))
                {
                    return true;
                }
                self.at = start;
                false
            }
            _ => false,
        }
    }
}

fn with_entries(object: &Object, entries: &[(Value, Val)]) -> Val {
    let mut object = object.clone();
    for (key, value) in entries.iter().take(16) {
        object = object.with(&key.to_string(), value.clone());
    }
    object.into()
}
