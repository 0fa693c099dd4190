//! Members: what a name or an index reaches in a value.

use super::object::{Object, Val};
use super::operation;
use super::reader::Reader;
use super::scope::JSON;
use crate::bounds::Exceeded;
use crate::value::Value;

impl<'t> Reader<'t> {
    /// The member `name` of `value`.
    pub(super) fn member(&mut self, value: &Val, name: Value) -> Result<Val, Exceeded> {
        self.reach(value, name, false)
    }

    /// The method `name` of `value`, about to be called: what a builder set under that name is not meant.
    pub(super) fn method(&mut self, value: &Val, name: Value) -> Result<Val, Exceeded> {
        self.reach(value, name, true)
    }

    fn reach(&mut self, value: &Val, name: Value, called: bool) -> Result<Val, Exceeded> {
        self.budget.step()?;
        Ok(match value.each() {
            [value] => self.member_of(value, name, called),
            several => {
                Val::any(several.iter().map(|v| self.member_of(v, name.clone(), called)).collect::<Vec<_>>())
            }
        })
    }

    fn member_of(&mut self, value: &Val, name: Value, called: bool) -> Val {
        let known = name.alternatives().iter().find_map(|t| t.literal().filter(|s| s.len() < 80));
        // Of several possible names, one that is an operation decides where the path leads.
        let operation = match &name {
            Value::One(_) => None,
            Value::Any(texts) => {
                texts.iter().find_map(|t| t.literal().filter(|s| operation::operation(s).is_some()))
            }
        };
        let word = operation.or(known).unwrap_or("?");
        let object = match value {
            Val::Object(object) => object,
            Val::Dict(..) => {
                if let Some(found) = value.entry(word) {
                    return found.clone();
                }
                return bound(joined("map", word), value.clone(), name, None);
            }
            Val::Text(_) => return bound(joined("text", word), value.clone(), name, None),
            Val::List(..) | Val::Any(..) => return bound(joined("list", word), value.clone(), name, None),
        };
        if object.path.starts_with(JSON) && !object.path.ends_with(')') {
            self.scope.json.push(format!("{}.{word}", object.path));
        }
        if let Some((_, value)) = object.props.iter().rev().find(|(prop, _)| prop == word && !called) {
            return value.clone();
        }
        if let Some(name) = own_interpreter(&object.path, word) {
            return Val::text(name);
        }
        // A field of a type of the program's own.
        if !called
            && self.scope.types.contains(object.path.trim_end_matches("()"))
            && let Some(value) = self.scope.lookup(word)
        {
            return value.clone();
        }
        // What an object was made with is a member of it.
        if !called
            && object.effect.is_none()
            && object.path.ends_with(')')
            && object.client.is_none()
            && let Some((_, value)) = object.args.named.iter().find(|(argument, _)| argument == word)
        {
            return value.clone();
        }
        let path = if object.path.is_empty() { "?" } else { object.path.as_str() };
        // Two levels are kept: the object, and what it is a member of.
        let receiver = match &object.receiver {
            Some(Val::Object(outer)) if outer.receiver.is_some() => {
                let outer = Object { receiver: None, ..outer.as_ref().clone() };
                Object { receiver: Some(outer.into()), ..object.as_ref().clone() }.into()
            }
            _ => value.clone(),
        };
        bound(joined(path, word), receiver, name, Some(object))
    }

    /// The element of `value` at `key`.
    pub(super) fn index(&mut self, value: &Val, key: &Val) -> Result<Val, Exceeded> {
        if let Val::List(names, _) = key
            && let [name] = names.as_slice()
        {
            let name = name.clone();
            return self.index(value, &name);
        }
        match (value, key.number(), key) {
            (Val::List(list, _), Some(n), _) => {
                let at = if n < 0 { n.saturating_add(list.len() as i64) } else { n };
                Ok(usize::try_from(at).ok().and_then(|at| list.get(at)).cloned().unwrap_or_else(Val::unknown))
            }
            (Val::Text(text), Some(n), _) => Ok(match text.literal() {
                Some(text) => {
                    self.budget.produce(text.len() / 8)?;
                    let count = text.chars().count() as i64;
                    let at = if n < 0 { n.saturating_add(count) } else { n };
                    let found = usize::try_from(at).ok().and_then(|at| text.chars().nth(at));
                    found.map_or_else(Val::unknown, |c| Val::text(c.to_string()))
                }
                None => Val::unknown(),
            }),
            (Val::Dict(..), _, _) => {
                let found = key.literal().and_then(|key| value.entry(key)).cloned();
                Ok(found.unwrap_or_else(Val::unknown))
            }
            (_, _, Val::Text(name)) => self.member(value, name.clone()),
            (Val::Object(object), _, _) if key.object().is_some_and(|k| !k.path.is_empty()) => {
                let name = key.value();
                let object = Val::Object(object.clone());
                self.member(&object, name)
            }
            _ => Ok(Val::unknown()),
        }
    }
}

/// The program that reads this code, where it asks for itself.
fn own_interpreter(path: &str, word: &str) -> Option<&'static str> {
    match (path, word) {
        ("sys", "executable") => Some("python3"),
        ("process", "execPath" | "argv0") => Some("node"),
        ("RbConfig", "ruby") => Some("ruby"),
        _ => None,
    }
}

/// The path of the member `word` of what is at `path`.
fn joined(path: &str, word: &str) -> String {
    let mut full = String::with_capacity(path.len() + 1 + word.len());
    full.push_str(path);
    full.push('.');
    full.push_str(word);
    full
}

/// The member at `path` of `receiver`, which is `object` where it is one.
fn bound(path: String, receiver: Val, name: Value, object: Option<&Object>) -> Val {
    let (known, from) = object.map_or((None, 0), |object| (object.service, object.path.len()));
    Object {
        service: operation::service_of(&path, from, known),
        path,
        client: object.and_then(|object| object.client.clone()),
        receiver: Some(receiver),
        name: Some(name),
        ..Object::default()
    }
    .into()
}
