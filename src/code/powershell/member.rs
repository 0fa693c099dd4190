//! Members of .NET objects: fields, indexes, methods and their arguments.

use super::Script;
use crate::bounds::Exceeded;
use crate::code::object::{Args, Val};
use crate::value::Value;

impl Script<'_> {
    /// Reads what follows an operand without a space: members, calls, indexes.
    pub(super) fn members(&mut self, mut value: Val, start: usize) -> Result<Val, Exceeded> {
        loop {
            self.budget.step()?;
            let rest = self.here();
            if self.peek() == b'[' {
                self.at += 1;
                let key = self.expression(true)?;
                self.skip(true);
                if self.peek() == b']' {
                    self.at += 1;
                }
                value = self.indexed(&value, &key, start)?;
                continue;
            }
            let width = if rest.starts_with("::") || rest.starts_with("?.") {
                2
            } else {
                usize::from(rest.starts_with('.'))
            };
            let next = self.byte(width);
            if width == 0
                || !(next.is_ascii_alphabetic() || matches!(next, b'_' | b'$' | b'\'' | b'"' | b'('))
            {
                return Ok(value);
            }
            self.at += width;
            let name = match next {
                b'$' | b'(' => {
                    let named = if next == b'$' {
                        let name = self.variable_name();
                        self.variable(&name)
                    } else {
                        self.at += 1;
                        self.statements(Some(b')'))?
                    };
                    named.value()
                }
                b'\'' | b'"' => self.string()?.unwrap_or_else(|| Value::from("")),
                _ => {
                    let word = self.word_here();
                    let word = word.split('-').next().unwrap_or(word);
                    self.at += word.len().max(1);
                    Value::from(word)
                }
            };
            if self.peek() != b'(' {
                value = self.with_reader(start, |reader| reader.member(&value, name.clone()))?;
                continue;
            }
            self.at += 1;
            let args = self.arguments()?;
            value = self.called(&value, &name, args, start)?;
        }
    }

    fn indexed(&mut self, value: &Val, key: &Val, start: usize) -> Result<Val, Exceeded> {
        match (value, key) {
            (Val::Text(_) | Val::List(..), Val::List(keys, _)) => {
                let keys = keys.clone();
                let mut out = Vec::new();
                for key in keys.iter() {
                    out.push(self.with_reader(start, |reader| reader.index(value, key))?);
                }
                Ok(Val::list(out))
            }
            _ => self.with_reader(start, |reader| reader.index(value, key)),
        }
    }

    fn arguments(&mut self) -> Result<Args, Exceeded> {
        let _level = self.budget.enter()?;
        let mut args = Args::default();
        loop {
            self.budget.step()?;
            self.skip(true);
            let before = self.at;
            match self.peek() {
                0 if self.at >= self.text.len() => break,
                b')' => {
                    self.at += 1;
                    break;
                }
                b',' => self.at += 1,
                _ => {
                    let value = self.expression(false)?;
                    if self.at == before {
                        self.bump();
                    } else {
                        args.positional.push(value);
                    }
                }
            }
        }
        Ok(args)
    }

    /// `value.name(args)`.
    fn called(&mut self, value: &Val, name: &Value, args: Args, start: usize) -> Result<Val, Exceeded> {
        let word = name.literal().unwrap_or("").to_ascii_lowercase();
        if word == "new" {
            return self.with_reader(start, |reader| reader.call(value, args, 0));
        }
        // Text made into code.
        let runs = matches!(word.as_str(), "invokescript" | "newscriptblock" | "addscript")
            || (word == "create"
                && value.object().is_some_and(|o| o.path.to_ascii_lowercase().ends_with("scriptblock")));
        if runs {
            if let Some(code) = args.positional.first() {
                let code = code.value();
                self.run_text(&code, start)?;
            }
            return Ok(Val::path("a script block"));
        }
        // A method that is held as a value.
        if word == "invoke" && value.object().is_some_and(|o| o.receiver.is_some()) {
            return self.with_reader(start, |reader| reader.call(value, args, 0));
        }
        if word == "invoke" && value.object().is_none_or(|o| o.path == "a script block") {
            return Ok(Val::unknown());
        }
        self.with_reader(start, |reader| {
            let callee = reader.method(value, name.clone())?;
            reader.call(&callee, args, 0)
        })
    }

    pub(super) fn method(
        &mut self,
        value: &Val,
        name: &str,
        args: Args,
        start: usize,
    ) -> Result<Val, Exceeded> {
        let name = Value::from(if name == "Format" { "format" } else { name });
        self.with_reader(start, |reader| {
            let callee = reader.method(value, name)?;
            reader.call(&callee, args, 0)
        })
    }
}
