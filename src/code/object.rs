//! What a program's expressions are worth to the reader: texts, lists, maps, and objects known by the path
//! that leads to them (`boto3.client()`).

use std::rc::Rc;

use crate::value::{Text, Value};

/// Deeper values than this are not remembered, so that none is too deep to drop.
const MAX_NESTING: u8 = 24;
/// Longer paths are cut at the front; they are matched by their end.
const MAX_PATH: usize = 240;
/// More alternatives than this are not followed.
const MAX_OBJECTS: usize = 8;
/// More elements than this are not remembered.
pub(super) const MAX_ELEMENTS: usize = 512;

/// A value of the program.
#[derive(Debug, Clone)]
pub(super) enum Val {
    /// A text or a number.
    Text(Value),
    /// A list of values, and how deep they nest.
    List(Rc<Vec<Val>>, u8),
    /// A map, and how deep it nests.
    Dict(Rc<Vec<(Value, Val)>>, u8),
    /// Something known by its path.
    Object(Rc<Object>),
    /// One of several.
    Any(Rc<Vec<Val>>, u8),
}

/// Something known by the path that leads to it.
#[derive(Debug, Clone)]
pub(super) struct Object {
    /// Names from the root, `()` where something was called: `boto3.Session().client`.
    pub path: String,
    /// The AWS service that its path tells of.
    pub service: Option<&'static str>,
    /// The AWS client that it is, or is a member of.
    pub client: Option<Rc<Client>>,
    /// What it is a member of.
    pub receiver: Option<Val>,
    /// The member's name, which may be computed.
    pub name: Option<Value>,
    /// What the call that made it was given.
    pub args: Rc<Args>,
    /// What was set on it since, by a builder's calls or by assignment.
    pub props: Rc<Vec<(String, Val)>>,
    /// The effect that further calls on it complete.
    pub effect: Option<usize>,
    /// How deep its arguments and what was set on it nest; counted when it becomes a [`Val`].
    pub nesting: u8,
}

/// A client of an AWS service.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Client {
    pub service: Value,
    pub region: Option<Value>,
}

/// The arguments of a call.
#[derive(Debug, Clone, Default)]
pub(super) struct Args {
    pub positional: Vec<Val>,
    pub named: Vec<(String, Val)>,
}

thread_local! {
    /// What most objects have: no arguments, and nothing set.
    static NOTHING: (Rc<Args>, Rc<Vec<(String, Val)>>) = Default::default();
}

impl Default for Object {
    fn default() -> Object {
        let (args, props) = NOTHING.with(Clone::clone);
        Object {
            path: String::new(),
            service: None,
            client: None,
            receiver: None,
            name: None,
            args,
            props,
            effect: None,
            nesting: 0,
        }
    }
}

impl Args {
    /// The argument called one of `names`, else the one at `at`.
    pub(super) fn get(&self, at: usize, names: &[&str]) -> Option<&Val> {
        self.by_name(names).or_else(|| self.positional.get(at))
    }

    /// The argument called one of `names`, also where it is a key of a map that was handed over.
    pub(super) fn by_name(&self, names: &[&str]) -> Option<&Val> {
        let named = self.named.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, val)| val);
        named.or_else(|| {
            self.positional.iter().find_map(|val| {
                names.iter().find_map(|name| match val {
                    Val::Dict(..) => val.entry(name),
                    _ => None,
                })
            })
        })
    }

    fn nesting(&self) -> u8 {
        let values = self.positional.iter().chain(self.named.iter().map(|(_, v)| v));
        values.map(Val::nesting).max().unwrap_or(0)
    }
}

impl Val {
    /// A value of which nothing is known, named `path`.
    pub(super) fn path(path: impl Into<String>) -> Val {
        let path = short(path.into());
        Object { service: super::operation::service_of(&path, 0, None), path, ..Object::default() }.into()
    }

    /// Nothing worth a name.
    pub(super) fn unknown() -> Val {
        Val::path("")
    }

    pub(super) fn text(text: impl Into<Text>) -> Val {
        Val::Text(Value::One(text.into()))
    }

    pub(super) fn list(mut values: Vec<Val>) -> Val {
        values.truncate(MAX_ELEMENTS);
        let nesting = values.iter().map(Val::nesting).max().unwrap_or(0) + 1;
        if nesting > MAX_NESTING { Val::unknown() } else { Val::List(Rc::new(values), nesting) }
    }

    pub(super) fn dict(mut entries: Vec<(Value, Val)>) -> Val {
        entries.truncate(MAX_ELEMENTS);
        let nesting = entries.iter().map(|(_, v)| v.nesting()).max().unwrap_or(0) + 1;
        if nesting > MAX_NESTING { Val::unknown() } else { Val::Dict(Rc::new(entries), nesting) }
    }

    /// One of `values`; texts join into one value with alternatives.
    pub(super) fn any(values: impl IntoIterator<Item = Val>) -> Val {
        let mut out: Vec<Val> = Vec::new();
        for value in values {
            let flat: &[Val] = match &value {
                Val::Any(inner, _) => inner,
                other => std::slice::from_ref(other),
            };
            for value in flat {
                if let Val::Text(more) = value
                    && let Some(Val::Text(known)) = out.iter_mut().find(|v| matches!(v, Val::Text(_)))
                {
                    *known = known.clone().or(more.clone());
                    continue;
                }
                if out.len() < MAX_OBJECTS && !out.iter().any(|v| v.same(value)) {
                    out.push(value.clone());
                }
            }
        }
        let nesting = out.iter().map(Val::nesting).max().unwrap_or(0) + 1;
        match out.len() {
            1 => out.swap_remove(0),
            0 => Val::unknown(),
            _ if nesting > MAX_NESTING => Val::unknown(),
            _ => Val::Any(Rc::new(out), nesting),
        }
    }

    fn same(&self, other: &Val) -> bool {
        match (self, other) {
            (Val::Object(a), Val::Object(b)) => {
                Rc::ptr_eq(a, b) || (a.path == b.path && a.client == b.client && a.is_bare() && b.is_bare())
            }
            (Val::List(a, _), Val::List(b, _)) => Rc::ptr_eq(a, b),
            (Val::Dict(a, _), Val::Dict(b, _)) => Rc::ptr_eq(a, b),
            (Val::Text(a), Val::Text(b)) => a == b,
            _ => false,
        }
    }

    /// Each value that it may be.
    pub(super) fn each(&self) -> &[Val] {
        match self {
            Val::Any(values, _) => values,
            other => std::slice::from_ref(other),
        }
    }

    pub(super) fn nesting(&self) -> u8 {
        match self {
            Val::Text(_) => 0,
            Val::List(_, n) | Val::Dict(_, n) | Val::Any(_, n) => *n,
            Val::Object(object) => object.nesting,
        }
    }

    /// What it is as a text.
    pub(super) fn value(&self) -> Value {
        match self {
            Val::Text(value) => value.clone(),
            Val::List(..) => Value::unknown("a list"),
            Val::Dict(..) => Value::unknown("a map"),
            Val::Object(object) => Value::unknown(object.shown()),
            Val::Any(values, _) => {
                values.iter().map(Val::value).reduce(Value::or).unwrap_or(Value::unknown("nothing"))
            }
        }
    }

    /// The same, of a value that no one needs any more.
    pub(super) fn into_value(self) -> Value {
        match self {
            Val::Text(value) => value,
            other => other.value(),
        }
    }

    /// The characters, where all of them are known.
    pub(super) fn literal(&self) -> Option<&str> {
        match self {
            Val::Text(value) => value.literal(),
            _ => None,
        }
    }

    /// The number it is, where it is one.
    pub(super) fn number(&self) -> Option<i64> {
        // No number that fits is longer, whatever its notation.
        let text = self.literal().filter(|text| text.len() <= 80)?;
        let separated;
        let text = if text.contains('_') {
            separated = text.replace('_', "");
            separated.as_str()
        } else {
            text
        };
        match text.get(..2) {
            Some("0x" | "0X") => i64::from_str_radix(&text[2..], 16).ok(),
            Some("0b") => i64::from_str_radix(&text[2..], 2).ok(),
            Some("0o") => i64::from_str_radix(&text[2..], 8).ok(),
            _ => text.parse().ok(),
        }
    }

    pub(super) fn object(&self) -> Option<&Rc<Object>> {
        match self {
            Val::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The value at the key `name` of a map.
    pub(super) fn entry(&self, name: &str) -> Option<&Val> {
        match self {
            Val::Dict(entries, _) => {
                entries.iter().rev().find(|(key, _)| key.literal() == Some(name)).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Whether something is known of it: a text with known characters, a list, a map.
    pub(super) fn is_known(&self) -> bool {
        match self {
            Val::Text(value) => value.alternatives().iter().any(|text| !text.is_wholly_unknown()),
            Val::Object(object) => !object.args.positional.is_empty() || !object.props.is_empty(),
            _ => true,
        }
    }
}

impl Object {
    /// How a person would name it.
    pub(super) fn shown(&self) -> &str {
        if self.path.is_empty() { "a value" } else { &self.path }
    }

    /// Its last name.
    pub(super) fn last(&self) -> &str {
        let at = self.path.bytes().rposition(|b| matches!(b, b'.' | b'/'));
        at.map_or(self.path.as_str(), |at| &self.path[at + 1..])
    }

    /// Whether its path is all that is known of it.
    fn is_bare(&self) -> bool {
        self.receiver.is_none()
            && self.props.is_empty()
            && self.args.positional.is_empty()
            && self.args.named.is_empty()
            && self.effect.is_none()
    }

    /// Adds `name` as set to `value`.
    pub(super) fn with(&self, name: &str, value: Val) -> Object {
        let mut props = self.props.as_ref().clone();
        if props.len() < 16 && value.nesting() < MAX_NESTING {
            props.push((name.to_owned(), value));
        }
        Object { props: Rc::new(props), ..self.clone() }
    }

    /// What was set as one of `names`.
    pub(super) fn prop(&self, names: &[&str]) -> Option<&Val> {
        self.props.iter().rev().find(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value)
    }
}

impl From<Object> for Val {
    fn from(mut object: Object) -> Val {
        object.path = short(object.path);
        let receiver = object.receiver.as_ref().map_or(0, Val::nesting);
        let props = object.props.iter().map(|(_, v)| v.nesting()).max().unwrap_or(0);
        let nesting = receiver.max(props).max(object.args.nesting()) + 1;
        if nesting > MAX_NESTING {
            let Object { args, props, .. } = Object::default();
            (object.args, object.props, object.receiver) = (args, props, None);
        }
        object.nesting = if nesting > MAX_NESTING { 1 } else { nesting };
        Val::Object(Rc::new(object))
    }
}

#[inline]
fn short(path: String) -> String {
    if path.len() <= MAX_PATH {
        return path;
    }
    let from = path.len() - MAX_PATH;
    let cut = (from..path.len()).find(|at| path.is_char_boundary(*at)).unwrap_or(from);
    path[cut..].find('.').map_or_else(|| path[cut..].to_owned(), |n| path[cut + n..].to_owned())
}
