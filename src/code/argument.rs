//! Arguments, keys, and what stands in braces: a map, a list, or statements.

use super::language::Language;
use super::object::{Args, Val};
use super::reader::Reader;
use super::token::{Kind, Token};
use crate::bounds::Exceeded;
use crate::value::Value;

impl<'t> Reader<'t> {
    /// Reads arguments up to the closing bracket, which is read too; also says how many commas stood there.
    pub(super) fn arguments(&mut self) -> Result<(Args, usize), Exceeded> {
        let _level = self.budget.enter()?;
        let brackets = self.brackets;
        self.brackets += 1;
        let outer = std::mem::replace(&mut self.comprehension, false);
        self.made_by_comprehension = false;
        let (mut args, mut commas) = (Args::default(), 0);
        while let Some(token) = self.peek(0) {
            self.budget.step()?;
            match (&token.kind, self.word(token)) {
                (Kind::Close, _) => {
                    self.at += 1;
                    break;
                }
                (Kind::Punct, "," | ";") => {
                    commas += 1;
                    self.at += 1;
                }
                (Kind::Newline, _) => self.at += 1,
                _ => {
                    let before = self.at;
                    self.argument(&mut args)?;
                    self.at += usize::from(self.at == before);
                }
            }
        }
        self.comprehension = outer;
        self.brackets = brackets;
        Ok((args, commas))
    }

    /// Reads one argument: by position, by name, or spread out of a list.
    pub(super) fn argument(&mut self, args: &mut Args) -> Result<(), Exceeded> {
        let Some(token) = self.peek(0) else { return Ok(()) };
        let word = self.word(token);
        if matches!(token.kind, Kind::Punct) && matches!(word, "*" | "**" | "..." | "&" | "\\@") {
            self.at += 1;
            let spread = self.expression()?;
            match &spread {
                Val::Dict(entries, _) => {
                    for (key, value) in entries.iter() {
                        args.named.push((key.to_string(), value.clone()));
                    }
                }
                Val::List(..) => args.positional.extend(self.spread(&spread)?),
                _ if word == "**" => args.named.push(("**".to_owned(), spread)),
                _ => args.positional.push(spread),
            }
            return Ok(());
        }
        let mark = self.word_at(1);
        let named = (mark == "=" && self.lexicon.named.contains('=') && matches!(token.kind, Kind::Name))
            || (mark == ":"
                && self.lexicon.named.contains(':')
                && (matches!(token.kind, Kind::Name) || matches!(token.kind, Kind::Text(_))));
        if named && self.word_at(2) != "=" {
            let name = match &token.kind {
                Kind::Text(parts) => self.string(parts)?.to_string(),
                _ => word.to_owned(),
            };
            self.at += 2;
            self.skip_newlines();
            let value = self.expression()?;
            args.named.push((name, value));
            return Ok(());
        }
        let value = self.pair_or_value(args)?;
        if let Some(value) = value {
            args.positional.push(value);
        }
        Ok(())
    }

    /// `key => value` is named; anything else is handed back.
    fn pair_or_value(&mut self, args: &mut Args) -> Result<Option<Val>, Exceeded> {
        let bare = self.is_name(0)
            && self.word_at(1) == "=>"
            && matches!(self.language, Language::Perl | Language::Ruby | Language::Php);
        let value = if bare {
            self.at += 1;
            let before = self.tokens.get(self.at - 1).map_or("", |t| self.word(t));
            Val::text(before)
        } else {
            self.expression()?
        };
        if self.word_at(0) != "=>" {
            return Ok(Some(value));
        }
        self.at += 1;
        self.skip_newlines();
        let entry = self.expression()?;
        args.named.push((value.value().to_string(), entry));
        Ok(None)
    }

    /// Reads what stands between `[` or `{` and its partner as a key.
    pub(super) fn key(&mut self) -> Result<Val, Exceeded> {
        let bare = self.is_name(0) && matches!(self.word_at(1), "}") && self.language == Language::Perl;
        let sigil =
            self.peek(0).is_some_and(|t| t.start > 0 && self.text.as_bytes().get(t.start - 1) == Some(&b'$'));
        if bare && !sigil {
            let word = self.word_at(0);
            self.at += 2;
            return Ok(Val::text(word));
        }
        let (args, _) = self.arguments()?;
        Ok(args.positional.into_iter().next().unwrap_or_else(Val::unknown))
    }

    /// Reads what stands in braces: a map, a list, or statements. With `fields`, `name = value` is an entry.
    pub(super) fn braces(&mut self, fields: bool) -> Result<Val, Exceeded> {
        let _level = self.budget.enter()?;
        let brackets = std::mem::take(&mut self.brackets);
        let blocks = self.scope.blocks;
        self.scope.blocks += 1;
        let (mut entries, mut values) = (Vec::new(), Vec::new());
        self.block_parameters(None);
        while let Some(token) = self.peek(0) {
            self.budget.step()?;
            let before = self.at;
            match (&token.kind, self.word(token)) {
                (Kind::Close, _) => {
                    self.at += 1;
                    break;
                }
                (Kind::Newline, _) | (Kind::Punct, "," | ";") => self.at += 1,
                (Kind::Punct, "..." | "**") => {
                    self.at += 1;
                    if let Val::Dict(more, _) = self.expression()? {
                        self.budget.produce(16 * more.len())?;
                        entries.extend(more.iter().cloned());
                    }
                }
                _ => self.entry(token, fields, &mut entries, &mut values)?,
            }
            self.at += usize::from(self.at == before);
        }
        self.scope.blocks = blocks;
        self.brackets = brackets;
        Ok(if entries.is_empty() { Val::list(values) } else { Val::dict(entries) })
    }

    fn entry(
        &mut self,
        token: &'t Token,
        fields: bool,
        entries: &mut Vec<(Value, Val)>,
        values: &mut Vec<Val>,
    ) -> Result<(), Exceeded> {
        let mark = self.word_at(1);
        let is_key = mark == ":" || mark == "=>" || (mark == "=" && fields);
        let key = match &token.kind {
            Kind::Name | Kind::Number if is_key => Some(Value::from(self.word(token))),
            Kind::Text(parts) if is_key => Some(self.string(parts)?),
            Kind::Name if self.language == Language::JavaScript && matches!(mark, "," | "}") => {
                let name = self.word(token);
                self.at += 1;
                let value = self.variable(name)?;
                entries.push((Value::from(name), value));
                return Ok(());
            }
            _ => None,
        };
        if let Some(key) = key {
            self.at += 2;
            self.skip_newlines();
            // A label, a type or a case is no entry, but what follows is read all the same.
            let value = self.in_brackets(|reader| reader.expression())?;
            entries.push((key, value));
            return Ok(());
        }
        if self.word(token) == "[" && matches!(token.kind, Kind::Open) {
            let value = self.expression()?;
            if matches!(self.word_at(0), ":" | "=") {
                self.at += 1;
                let entry = self.expression()?;
                let key = match &value {
                    Val::List(list, _) => list.first().map_or(Value::unknown("a key"), Val::value),
                    other => other.value(),
                };
                entries.push((key, entry));
                return Ok(());
            }
            values.push(value);
            return Ok(());
        }
        let value = self.statement()?;
        if matches!(self.word_at(0), ":" | "=>") {
            self.at += 1;
            self.skip_newlines();
            let entry = self.in_brackets(|reader| reader.expression())?;
            entries.push((value.unwrap_or_else(Val::unknown).value(), entry));
            return Ok(());
        }
        values.extend(value);
        Ok(())
    }

    fn in_brackets<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        // Inside a map of JavaScript or Python, an entry ends at a comma, not at a line end.
        let ignored = matches!(self.language, Language::JavaScript | Language::Python);
        let brackets = self.brackets;
        self.brackets += usize::from(ignored);
        let result = read(self);
        self.brackets = brackets;
        result
    }
}

/// What stands in parentheses or brackets: one value, a list, or a map.
pub(super) fn grouped(args: Args, list: bool) -> Val {
    if !args.named.is_empty() {
        return Val::dict(args.named.into_iter().map(|(key, value)| (Value::from(key), value)).collect());
    }
    let mut values = args.positional;
    if values.len() == 1 && !list { values.swap_remove(0) } else { Val::list(values) }
}
