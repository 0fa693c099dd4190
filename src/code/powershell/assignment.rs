//! Assignments, and what `+=` adds.

use super::Script;
use super::text::shown;
use crate::bounds::Exceeded;
use crate::code::assignment::merged;
use crate::code::joining::join;
use crate::code::object::Val;
use crate::value::Value;

impl Script<'_> {
    /// `$x = …`, `$x += …`, `[string]$x = …`, `$x.y = …`; none (to be read again) where it is no assignment.
    pub(super) fn assignment(&mut self) -> Result<Option<Val>, Exceeded> {
        while self.peek() == b'[' {
            let Some(end) = self.here().bytes().take(60).position(|b| b == b']') else { return Ok(None) };
            self.at += end + 1;
            self.skip(false);
        }
        if self.peek() != b'$' || self.byte(1) == b'(' {
            return Ok(None);
        }
        let mut name = self.variable_name();
        let owner = name.clone();
        if self.peek() == b'.' && self.byte(1).is_ascii_alphabetic() {
            self.at += 1;
            let field = self.word_here();
            self.at += field.len();
            name = format!("{name}.{field}");
        }
        let key = self.constant_key()?;
        self.skip(false);
        let append = self.here().starts_with("+=");
        let default = self.here().starts_with("??=");
        if !append && !default && (self.peek() != b'=' || self.byte(1) == b'=') {
            return Ok(None);
        }
        self.at += if append {
            2
        } else if default {
            3
        } else {
            1
        };
        self.skip(true);
        let value = self.statement()?;
        let value = if append {
            let old = self.variable(&name);
            self.added(old, &value)?
        } else {
            value
        };
        let field = key.or_else(|| name.get(owner.len() + 1..).map(Value::from));
        let known: Option<&[(Value, Val)]> = match self.scope.lookup(&owner) {
            Some(Val::Dict(entries, _)) => Some(entries),
            // An empty map.
            Some(Val::List(values, _)) if values.is_empty() => Some(&[]),
            _ => None,
        };
        if let (Some(field), Some(known)) = (field, known) {
            self.budget.produce(16 * (known.len() + 1))?;
            let map = merged(known, &[(field, value)]);
            self.scope.replace(&owner, map);
            return Ok(Some(Val::unknown()));
        }
        if name != owner
            && let Some(Val::Object(object)) = self.scope.lookup(&owner).cloned()
        {
            let field = name[owner.len() + 1..].to_owned();
            if let Some(effect) = object.effect {
                let value = value.clone();
                self.with_reader(0, |reader| {
                    reader.complete_with(effect, &field, std::slice::from_ref(&value))
                });
            }
            self.scope.replace(&owner, object.with(&field, value.clone()).into());
            return Ok(Some(Val::unknown()));
        }
        if append {
            self.scope.replace(&name, value);
        } else {
            self.scope.assign(&name, value);
        }
        Ok(Some(Val::unknown()))
    }

    /// `['name']` behind a variable; none, and nothing read, where something else stands there.
    fn constant_key(&mut self) -> Result<Option<Value>, Exceeded> {
        let rest = self.here();
        let Some(inner) = rest.strip_prefix("['").or_else(|| rest.strip_prefix("[\"")) else {
            return Ok(None);
        };
        let length =
            inner.bytes().take(80).take_while(|b| b.is_ascii_alphanumeric() || *b == b'-' || *b == b'_');
        let length = length.count();
        let closed = matches!(inner.get(length..length + 2), Some("']" | "\"]"));
        if !closed {
            return Ok(None);
        }
        self.at += 2 + length + 2;
        Ok(Some(Value::from(&inner[..length])))
    }

    pub(super) fn added(&mut self, left: Val, right: &Val) -> Result<Val, Exceeded> {
        Ok(match (&left, right) {
            (Val::List(a, _), b) => {
                self.budget.produce(8 * a.len())?;
                let more: Vec<Val> = match b {
                    Val::List(b, _) => b.as_ref().clone(),
                    other => vec![other.clone()],
                };
                Val::list(a.iter().cloned().chain(more).collect())
            }
            (left, right) => {
                let (left, right) = (left.value(), shown(right));
                self.budget.produce(left.literal().map_or(64, str::len))?;
                Val::Text(join(self.budget, left, right)?)
            }
        })
    }
}
