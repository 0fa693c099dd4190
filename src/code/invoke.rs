//! Calls as they are written: with parentheses or without, and what they leave behind in a variable.

use std::rc::Rc;

use super::assignment::merged;
use super::language::Language;
use super::object::{Args, Object, Val};
use super::operand::Operand;
use super::reader::Reader;
use super::token::{Kind, Token};
use super::words::Roles;
use crate::bounds::Exceeded;
use crate::value::Value;

impl<'t> Reader<'t> {
    /// A call without parentheses, a tagged template, a declaration after its type.
    pub(super) fn follow_bare(
        &mut self,
        operand: &mut Operand,
        token: &'t Token,
        word: &str,
    ) -> Result<bool, Exceeded> {
        let object = operand.value.object();
        if let (Kind::Text(parts), Language::JavaScript) = (&token.kind, self.language) {
            if !token.spaced && word.starts_with('`') && operand.value.object().is_some() {
                self.at += 1;
                let text = self.string(parts)?;
                self.called(operand, Args { positional: vec![Val::Text(text)], named: Vec::new() })?;
                return Ok(true);
            }
            return Ok(false);
        }
        if let (Kind::Text(_), Language::Lua, Some(_)) = (&token.kind, self.language, object) {
            let text = self.operand()?.value;
            self.called(operand, Args { positional: vec![text], named: Vec::new() })?;
            return Ok(true);
        }
        if self.lexicon.typed
            && operand.named
            && !operand.called
            && !operand.is_new
            && matches!(token.kind, Kind::Name)
            && let (Some(object), true) = (
                object,
                token.spaced
                    && (self.language == Language::Cpp
                        || !matches!(
                            word,
                            "in" | "is" | "as" | "instanceof" | "new" | "when" | "and" | "or"
                        )),
            )
        {
            let declared = Val::path(format!("{}()", object.path));
            self.scope.assign(word, declared.clone());
            self.at += 1;
            operand.place = Some(word.to_owned());
            operand.value = declared;
            // `Client client(config);` makes it at once.
            if self.word_at(0) == "(" && self.language == Language::Cpp {
                let made = Val::path(object_type(&operand.value));
                self.at += 1;
                let (args, _) = self.arguments()?;
                operand.value = self.call(&made, args, operand.start)?;
                self.scope.replace(word, operand.value.clone());
            }
            operand.named = false;
            return Ok(true);
        }
        if self.lexicon.bare_calls && operand.named && !operand.called && token.spaced {
            let begins = token.kind.is_literal()
                || (matches!(token.kind, Kind::Name) && !token.roles.any(Roles::INFIX));
            if begins {
                return self.bare_call(operand);
            }
        }
        if self.language == Language::Awk && operand.named && matches!(self.word_before(), "print" | "printf")
        {
            return self.bare_call(operand);
        }
        Ok(false)
    }

    /// Whether a mark stands right before an operand and apart from what is before it.
    pub(super) fn is_prefix(&self, token: &Token) -> bool {
        token.spaced && self.peek(1).is_some_and(|next| !next.spaced && !matches!(next.kind, Kind::Newline))
    }

    /// The word just read.
    pub(super) fn word_before(&self) -> &'t str {
        self.at.checked_sub(1).and_then(|n| self.tokens.get(n)).map_or("", |t| self.word(t))
    }

    /// `name argument, argument`.
    pub(super) fn bare_call(&mut self, operand: &mut Operand) -> Result<bool, Exceeded> {
        let mut args = Args::default();
        loop {
            self.budget.step()?;
            let before = self.at;
            self.argument(&mut args)?;
            if self.at == before {
                break;
            }
            // Haskell and OCaml put arguments side by side.
            let beside = matches!(self.language, Language::Haskell | Language::OCaml)
                && self
                    .peek(0)
                    .is_some_and(|next| matches!(next.kind, Kind::Text(_) | Kind::Open | Kind::Name));
            if beside {
                continue;
            }
            if self.word_at(0) != "," {
                break;
            }
            self.at += 1;
            self.skip_newlines();
        }
        self.called(operand, args)?;
        Ok(true)
    }

    pub(super) fn called(&mut self, operand: &mut Operand, mut args: Args) -> Result<(), Exceeded> {
        if let Some((_, first)) = self.piped.take_if(|(brackets, _)| *brackets == self.brackets) {
            args.positional.insert(0, first);
        }
        const GROWING: &[&str] = &["append", "push", "add", "Add", "extend", "unshift", "AddRange", "addAll"];
        let grows = operand.value.object().is_some_and(|o| GROWING.contains(&o.last()));
        let owner =
            operand.place.as_deref().and_then(|p| p.rsplit_once('.')).map(|(owner, _)| owner.to_owned());
        if let (Some(owner), Val::Object(callee)) = (&owner, &operand.value) {
            self.sent_early(owner, callee, &args);
        }
        // `session.headers.update({…})`
        let more = match (&owner, &operand.value, args.positional.as_slice()) {
            (Some(owner), Val::Object(callee), [Val::Dict(more, _)])
                if callee.last() == "update"
                    && (owner.ends_with(".headers") || matches!(callee.receiver, Some(Val::Dict(..)))) =>
            {
                Some((callee.receiver.clone(), more.clone()))
            }
            _ => None,
        };
        operand.value = self.call(&operand.value, args, operand.start)?;
        if let (Some(owner), Some((known, more))) = (&owner, more) {
            let known: &[(Value, Val)] = match &known {
                Some(Val::Dict(known, _)) => known,
                _ => &[],
            };
            self.budget.produce(16 * (1 + known.len()) * more.len())?;
            let map = merged(known, &more);
            self.place_map(owner, map);
        }
        if let Some(owner) = owner.filter(|_| !matches!(operand.value, Val::List(..)) || grows) {
            self.changed(&owner, &operand.value);
        }
        operand.place = None;
        operand.called = true;
        operand.is_new = false;
        operand.named = false;
        Ok(())
    }

    /// A method that set something on `owner` leaves it with that set: `request.SetSecretId("x")`.
    fn changed(&mut self, owner: &str, result: &Val) {
        if let (Val::List(..), Some(Val::List(..))) = (result, self.scope.lookup(owner)) {
            self.scope.replace(owner, result.clone());
            return;
        }
        // `s.connect(…)`: from here on `s` is the connection.
        if let (Some(effect), Some(Val::Object(known))) = (self.socket(result), self.scope.lookup(owner))
            && known.effect.is_none()
        {
            let changed = Object { effect: Some(effect), ..known.as_ref().clone() };
            self.scope.replace(owner, changed.into());
            return;
        }
        if let (Val::Object(result), Some(Val::Object(known))) = (result, self.scope.lookup(owner))
            && result.props.len() > known.props.len()
            && result.path.starts_with(known.path.as_str())
        {
            let changed = Object { props: Rc::clone(&result.props), ..known.as_ref().clone() };
            self.scope.replace(owner, changed.into());
        }
    }
}

fn object_type(value: &Val) -> String {
    value.object().map_or(String::new(), |o| o.path.trim_end_matches("()").to_owned())
}
