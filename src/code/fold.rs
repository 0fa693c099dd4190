//! Functions and methods whose result is a constant where their arguments are.

use super::function::{FUNCTIONS, Fold, MAPS, METHODS};
use super::language::Language;
use super::lookup::Path;
use super::object::{Args, MAX_ELEMENTS, Object, Val};
use super::reader::Reader;
use super::slice::by_length;
use crate::bounds::Exceeded;
use crate::encoded;
use crate::value::{Text, Value};

impl Reader<'_> {
    /// The result of calling `callee`, where it is one of the functions known here and its arguments are constant.
    pub(super) fn fold_call(
        &mut self,
        callee: &Object,
        path: Path<'_>,
        args: &Args,
    ) -> Result<Option<Val>, Exceeded> {
        let receiver =
            callee.receiver.as_ref().filter(|val| !matches!(val, Val::Object(_)) || is_document(val));
        if let Some(receiver) = receiver {
            return match METHODS.find(path) {
                Some(fold) => self.fold(fold, Some(receiver), args, &callee.path),
                None => Ok(None),
            };
        }
        // `map(chr, […])` of Python.
        if let ("map", [Val::Object(function), Val::List(list, _)]) =
            (callee.path.as_str(), args.positional.as_slice())
        {
            let (function, list) = (function.clone(), list.clone());
            let mut out = Vec::new();
            for value in list.iter() {
                let args = Args { positional: vec![value.clone()], named: Vec::new() };
                match self.fold_call(&function, Path::new(&function.path), &args)? {
                    Some(value) => out.push(value),
                    None => return Ok(None),
                }
            }
            return Ok(Some(Val::list(out)));
        }
        // `list(a = 1)` is a map, `list(x)` is not.
        if !args.named.is_empty() && MAPS.contains(&callee.path.as_str()) {
            return self.fold(Fold::Map, None, args, &callee.path);
        }
        match FUNCTIONS.find(path) {
            Some(fold) => self.fold(fold, None, args, &callee.path),
            None => Ok(None),
        }
    }

    fn fold(
        &mut self,
        fold: Fold,
        receiver: Option<&Val>,
        args: &Args,
        path: &str,
    ) -> Result<Option<Val>, Exceeded> {
        let first = receiver.or(args.positional.first());
        let Some(first) = first.cloned().or_else(|| (!args.named.is_empty()).then(Val::unknown)) else {
            return Ok(None);
        };
        // The arguments besides the subject.
        let rest: &[Val] =
            if receiver.is_some() { &args.positional } else { args.positional.get(1..).unwrap_or(&[]) };
        if let Val::Text(text) = &first {
            self.budget.produce(text.alternatives().iter().map(|t| t.literal().map_or(0, str::len)).sum())?;
        }
        let text = |f: &dyn Fn(&str) -> Option<String>| -> Option<Val> {
            let Val::Text(value) = &first else { return None };
            Some(Val::Text(value.clone().map(|t| match t.literal().and_then(f) {
                Some(done) => Text::from(done),
                None => Text::unknown(path),
            })))
        };
        Ok(match fold {
            Fold::Same => match &first {
                // A constructor that only wraps keeps what it wraps only where that is known.
                Val::Object(_) if receiver.is_none() && !first.is_known() => None,
                _ => Some(first.clone()),
            },
            Fold::Lower => text(&|s| Some(s.to_lowercase())),
            Fold::Upper => text(&|s| Some(s.to_uppercase())),
            Fold::Trim => text(&|s| Some(s.trim().to_owned())),
            Fold::Reverse => Some(self.reversed(&first)?),
            Fold::Items => match &first {
                Val::Dict(entries, _) => {
                    self.budget.produce(16 * entries.len())?;
                    let pairs = entries.iter().map(|(k, v)| Val::list(vec![Val::Text(k.clone()), v.clone()]));
                    Some(Val::list(pairs.collect()))
                }
                list => Some(list.clone()),
            },
            Fold::Element => match &first {
                Val::List(list, _) => Some(Val::any(list.iter().cloned())),
                _ => None,
            },
            Fold::Zip => {
                let lists: Option<Vec<_>> = args
                    .positional
                    .iter()
                    .map(|val| if let Val::List(list, _) = val { Some(list.clone()) } else { None })
                    .collect();
                let Some(lists) = lists else { return Ok(None) };
                let length = lists.iter().map(|list| list.len()).min().unwrap_or(0);
                self.budget.produce(8 * length * lists.len())?;
                let rows =
                    (0..length).map(|at| Val::list(lists.iter().map(|list| list[at].clone()).collect()));
                Some(Val::list(rows.collect()))
            }
            Fold::Translate => match rest {
                [Val::List(table, _)] => {
                    match (table.first().and_then(Val::literal), table.get(1).and_then(Val::literal)) {
                        (Some(from), Some(to)) => text(&|s| {
                            let change = |c| {
                                from.chars()
                                    .position(|f| f == c)
                                    .and_then(|at| to.chars().nth(at))
                                    .unwrap_or(c)
                            };
                            Some(s.chars().map(change).collect())
                        }),
                        _ => text(&|_| None),
                    }
                }
                _ => text(&|_| None),
            },
            Fold::MapFormat => match (first.literal(), rest) {
                (Some(format), [Val::Dict(entries, _)]) => {
                    let named = entries.iter().map(|(key, value)| (key.to_string(), value.clone())).collect();
                    let format = format.replace("${", "{");
                    Some(self.brace_format(&format, &[], &Args { positional: Vec::new(), named })?)
                }
                (Some(format), []) => {
                    let format = format.replace("${", "{");
                    Some(self.brace_format(&format, &[], args)?)
                }
                _ => None,
            },
            Fold::Unparse => match &first {
                Val::List(parts, _) => {
                    let part = |at: usize| parts.get(at).map_or(Value::from(""), Val::value);
                    let query = part(if parts.len() > 5 { 4 } else { 3 });
                    let url = part(0).concat(Value::from("://")).concat(part(1)).concat(part(2));
                    Some(Val::Text(url.concat(Value::from("?")).concat(query)))
                }
                _ => None,
            },
            Fold::Unquote => text(&|s| unquoted(s)),
            Fold::Name => first.object().map(|object| Val::text(object.last())),
            Fold::Paste => {
                let between = args.by_name(&["sep"]).map_or(Value::from(" "), Val::value);
                Some(self.joined(&Val::list(args.positional.clone()), between)?)
            }
            Fold::Default => {
                let set = first.literal().map(|name| format!("{path}.{name}"));
                match rest.first().or(args.by_name(&["default"])) {
                    Some(default @ Val::Text(_)) => {
                        let set = Val::Text(Value::unknown(set.as_deref().unwrap_or(path)));
                        Some(Val::any([set, default.clone()]))
                    }
                    _ => set.map(|set| Val::Text(Value::unknown(set))),
                }
            }
            Fold::Rot13 => text(&|s| Some(encoded::rot13(s))),
            Fold::Base64 => text(&|s| encoded::base64(s).and_then(utf8)),
            Fold::Hex => text(&|s| encoded::hex(s).and_then(utf8)),
            Fold::Decode => {
                let how = rest.first().and_then(Val::literal).unwrap_or("utf-8").to_lowercase();
                text(&|s| match how.as_str() {
                    "base64" | "base64url" | "m" | "m0" => encoded::base64(s).and_then(utf8),
                    "hex" | "hex_codec" => encoded::hex(s).and_then(utf8),
                    "rot13" | "rot_13" | "rot-13" => Some(encoded::rot13(s)),
                    _ => Some(s.to_owned()),
                })
                .or_else(|| self.characters(std::slice::from_ref(&first)))
            }
            Fold::Pack => self.packed(&first, rest),
            Fold::Characters => {
                let all = if receiver.is_some() { std::slice::from_ref(&first) } else { &args.positional };
                self.characters(all)
            }
            Fold::Replace => {
                let (from, to) = (rest.first().and_then(Val::literal), rest.get(1).and_then(Val::literal));
                match from {
                    Some(from) if !from.is_empty() => {
                        let to = to.unwrap_or("");
                        self.budget.produce(
                            to.len().saturating_mul(1 + first.literal().map_or(0, |s| s.len() / from.len())),
                        )?;
                        text(&|s| Some(s.replace(from, to)))
                    }
                    _ => text(&|_| None),
                }
            }
            Fold::ReplaceIn => match (
                first.literal(),
                rest.first().and_then(Val::literal),
                rest.get(1).and_then(Val::literal),
            ) {
                (Some(from), Some(to), Some(subject)) if !from.is_empty() => {
                    self.budget.produce(to.len().saturating_mul(1 + subject.len() / from.len()))?;
                    Some(Val::text(subject.replace(from, to)))
                }
                _ => None,
            },
            Fold::JoinText => match (&first, rest.first()) {
                (Val::Text(parent), Some(Val::Text(name))) if self.language == Language::Rust => {
                    Some(Val::Text(parent.clone().concat(Value::from("/")).concat(name.clone())))
                }
                (Val::Text(between), Some(list)) => Some(self.joined(list, between.clone())?),
                (Val::List(..), between) => {
                    let default = if self.language == Language::JavaScript { "," } else { "" };
                    let between = between.map_or(Value::from(default), Val::value);
                    Some(self.joined(&first, between)?)
                }
                _ => None,
            },
            Fold::JoinList => match (&first, rest) {
                (Val::List(..), []) => Some(self.joined(&first, Value::from(""))?),
                (Val::List(..), [between, ..]) => Some(self.joined(&first, between.value())?),
                (Val::Text(between), [list @ Val::List(..)]) => Some(self.joined(list, between.clone())?),
                (Val::Text(between), more) => Some(self.joined(&Val::list(more.to_vec()), between.clone())?),
                _ => None,
            },
            Fold::Concat | Fold::ConcatPath => {
                if let (Val::List(a, _), Some(Val::List(b, _))) = (&first, rest.first()) {
                    self.budget.produce(8 * (a.len() + b.len()))?;
                    return Ok(Some(Val::list(a.iter().chain(b.iter()).cloned().collect())));
                }
                let mut all = vec![first.clone()];
                all.extend_from_slice(rest);
                let between = if fold == Fold::Concat { "" } else { "/" };
                Some(self.joined(&Val::list(all), Value::from(between))?)
            }
            Fold::Split => self.split(&first, rest),
            Fold::Slice => slice(&first, rest),
            Fold::Substring => {
                let base = i64::from(matches!(self.language, Language::Awk | Language::R));
                let (from, length) = (rest.first().and_then(Val::number), rest.get(1).and_then(Val::number));
                text(&|s| Some(by_length(s, from?, length, base)))
            }
            Fold::PercentFormat => match first.literal() {
                Some(format) => {
                    let format = format.to_owned();
                    Some(self.percent_format(&format, rest, &Val::unknown())?)
                }
                None => None,
            },
            Fold::BraceFormat if self.language == Language::Lua => {
                let format = first.literal().unwrap_or_default().to_owned();
                Some(self.percent_format(&format, rest, &Val::unknown())?)
            }
            Fold::BraceFormat => match first.literal() {
                Some(format) => {
                    let format = format.to_owned();
                    Some(self.brace_format(&format, rest, args)?)
                }
                None => None,
            },
            Fold::Repeat => match (first.literal(), rest.first().and_then(Val::number)) {
                (Some(s), Some(n)) if (0..=1 << 16).contains(&n) => {
                    self.budget.produce(s.len().saturating_mul(n as usize))?;
                    Some(Val::text(s.repeat(n as usize)))
                }
                _ => None,
            },
            Fold::List => Some(Val::list(args.positional.clone())),
            Fold::Map => {
                // Maps that are handed over come first, what is named comes on top.
                let maps: Vec<&Val> = args.positional.iter().filter(|v| matches!(v, Val::Dict(..))).collect();
                if maps.len() < args.positional.len() {
                    return Ok(None);
                }
                let mut entries = Vec::new();
                for map in maps {
                    if let Val::Dict(more, _) = map {
                        self.budget.produce(16 * more.len())?;
                        entries.extend(more.iter().cloned());
                    }
                }
                entries.extend(args.named.iter().map(|(k, v)| (Value::from(k.as_str()), v.clone())));
                Some(Val::dict(entries))
            }
            Fold::Append => match (&first, rest.first()) {
                (Val::List(list, _), Some(more)) => {
                    self.budget.produce(8 * list.len())?;
                    let mut all = list.as_ref().clone();
                    match more {
                        Val::List(more, _) => all.extend(more.iter().cloned()),
                        _ => all.extend(rest.iter().cloned()),
                    }
                    Some(Val::list(all))
                }
                (Val::Text(text), Some(more)) => Some(Val::Text(self.join(text.clone(), more.value())?)),
                _ => None,
            },
            Fold::Key => {
                let mut value = first.clone();
                if let Val::List(..) | Val::Text(_) = value
                    && rest.first().and_then(Val::number).is_none()
                {
                    return Ok(Some(value));
                }
                let keys = if path.ends_with("dig") { rest.len() } else { 1 };
                for key in rest.iter().take(keys) {
                    value = self.index(&value, key)?;
                }
                Some(value)
            }
        })
    }

    /// A text or a list, backwards.
    pub(super) fn reversed(&mut self, val: &Val) -> Result<Val, Exceeded> {
        Ok(match val {
            Val::Text(value) => {
                self.budget.produce(value.literal().map_or(0, str::len))?;
                Val::Text(value.clone().map(|t| match t.literal() {
                    Some(s) => Text::from(s.chars().rev().collect::<String>()),
                    None => Text::unknown("reversed text"),
                }))
            }
            Val::List(values, _) => Val::list(values.iter().rev().cloned().collect()),
            _ => Val::unknown(),
        })
    }

    fn characters(&self, values: &[Val]) -> Option<Val> {
        let mut out = String::new();
        for value in values {
            let numbers: &[Val] = match value {
                Val::List(list, _) => list,
                other => std::slice::from_ref(other),
            };
            for number in numbers {
                let code = number.number().and_then(|n| u32::try_from(n).ok()).and_then(char::from_u32)?;
                out.push(code);
            }
        }
        Some(Val::text(out))
    }

    /// `pack` of Perl, PHP and Ruby, in the formats that spell text.
    fn packed(&self, first: &Val, rest: &[Val]) -> Option<Val> {
        let (format, values) = match first {
            Val::List(values, _) => (rest.first()?.literal()?, values.as_slice()),
            format => (format.literal()?, rest),
        };
        let text = values.first().and_then(Val::literal);
        match format.chars().next()? {
            'H' => Some(Val::text(encoded::hex(text?).and_then(utf8)?)),
            'A' | 'a' => Some(Val::text(text?)),
            'm' => None,
            'C' | 'c' | 'U' | 'W' => self.characters(values),
            _ => None,
        }
    }

    fn split(&self, first: &Val, rest: &[Val]) -> Option<Val> {
        // `split(",", text)` has them the other way round.
        let (text, by) = match (first.literal()?, rest.first().and_then(Val::literal)) {
            (by, Some(text)) if by.len() <= 2 && text.len() > by.len() => (text, Some(by)),
            (text, by) => (text, by),
        };
        let pieces: Vec<Val> = match by {
            Some("") => text.chars().take(MAX_ELEMENTS).map(|c| Val::text(c.to_string())).collect(),
            Some(by) => text.split(by).take(MAX_ELEMENTS).map(Val::text).collect(),
            None => text.split_whitespace().take(MAX_ELEMENTS).map(Val::text).collect(),
        };
        Some(Val::list(pieces))
    }
}

fn is_document(val: &Val) -> bool {
    val.object().is_some_and(|o| o.path.starts_with(super::scope::JSON))
}

/// `text` without percent escapes.
fn unquoted(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let [first, rest @ ..] = bytes {
        let code = (*first == b'%').then(|| rest.get(..2)).flatten();
        let code = code.and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                bytes = &rest[2..];
            }
            None => {
                out.push(*first);
                bytes = rest;
            }
        }
    }
    utf8(out)
}

fn utf8(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes).ok()
}

fn slice(first: &Val, rest: &[Val]) -> Option<Val> {
    let from = rest.first()?.number()?;
    let to = rest.get(1).and_then(Val::number);
    let clamp = |n: i64, len: usize| -> usize {
        let n = if n < 0 { n.saturating_add(len as i64) } else { n };
        usize::try_from(n).unwrap_or(0).min(len)
    };
    match first {
        Val::Text(text) => {
            let characters: Vec<char> = text.literal()?.chars().collect();
            let (from, to) =
                (clamp(from, characters.len()), to.map_or(characters.len(), |n| clamp(n, characters.len())));
            Some(Val::text(characters.get(from..to.max(from))?.iter().collect::<String>()))
        }
        Val::List(list, _) => {
            let (from, to) = (clamp(from, list.len()), to.map_or(list.len(), |n| clamp(n, list.len())));
            Some(Val::list(list.get(from..to.max(from))?.to_vec()))
        }
        _ => None,
    }
}
