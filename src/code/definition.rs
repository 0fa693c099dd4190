//! Functions that a program defines, and the types of their parameters.

use super::language::Language;
use super::object::Val;
use super::reader::Reader;
use super::token::Kind;
use super::words::Roles;
use crate::bounds::Exceeded;

impl<'t> Reader<'t> {
    /// `def name(a, b=1):`, `func (r T) name(…) …`, `function (…)`.
    pub(super) fn definition(&mut self) -> Result<(), Exceeded> {
        self.at += 1;
        if self.word_at(0) == "*" {
            self.at += 1;
        }
        if self.word_at(0) == "(" && self.language == Language::Go {
            self.skip_brackets()?;
        }
        let mut name = None;
        while self.is_name(0) || matches!(self.word_at(0), "." | "::" | ":") {
            if self.is_name(0) {
                name = Some(self.word_at(0));
            }
            self.at += 1;
        }
        if self.word_at(0) == "<" {
            self.skip_type_arguments()?;
        }
        let mut parameters = Vec::new();
        if self.word_at(0) == "(" {
            self.at += 1;
            parameters = self.parameters()?;
        }
        if let Some(name) = name {
            self.scope.define(name, parameters);
        }
        Ok(())
    }

    fn parameters(&mut self) -> Result<Vec<String>, Exceeded> {
        let _level = self.budget.enter()?;
        let mut out: Vec<String> = Vec::new();
        let mut fresh = true;
        while let Some(token) = self.peek(0) {
            self.budget.step()?;
            match (&token.kind, self.word(token)) {
                (Kind::Close, _) => {
                    self.at += 1;
                    break;
                }
                (Kind::Punct, ",") => {
                    fresh = true;
                    self.at += 1;
                }
                (Kind::Punct, "=") => {
                    self.at += 1;
                    let value = self.expression()?;
                    if let Some(name) = out.last().cloned() {
                        self.scope.also(&name, value);
                    }
                }
                (Kind::Punct, ":") | (Kind::Name, _) if !fresh => {
                    self.at += usize::from(matches!(token.kind, Kind::Punct));
                    self.declared_type(&out)?;
                }
                (Kind::Name, name) => {
                    out.push(name.to_owned());
                    fresh = false;
                    self.at += 1;
                }
                (Kind::Open, _) => self.skip_brackets()?,
                _ => self.at += 1,
            }
        }
        Ok(out)
    }

    /// The type of the last parameter tells what it is, where it is a client.
    pub(super) fn declared_type(&mut self, names: &[String]) -> Result<(), Exceeded> {
        let mut path = String::new();
        while let Some(token) = self.peek(0) {
            self.budget.step()?;
            let word = self.word(token);
            match token.kind {
                Kind::Name if path.len() < 200 => path.push_str(word),
                Kind::Name => {}
                Kind::Punct if token.roles.any(Roles::MEMBER) => path.push('.'),
                Kind::Punct if matches!(word, "*" | "&" | "?" | "'") => {}
                _ => break,
            }
            self.at += 1;
        }
        if let Some(Val::Object(known)) = self.scope.lookup(&path) {
            path = known.path.clone();
        }
        if let Some(name) = names.last()
            && super::operation::service_of(&path, 0, None).is_some()
        {
            self.scope.also(name, Val::path(format!("{path}()")));
        }
        Ok(())
    }
}
