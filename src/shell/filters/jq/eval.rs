//! jq's filters at work. A value that jq would fail on makes all of it unknown, except where `?` forgives.

use std::cmp::Ordering;

use super::json::{Json, written_number};
use super::parse::{Filter, Part};
use crate::encoded;
use crate::shell::filters::bytes;
use crate::shell::filters::call::{Call, MAX_OUTPUT, STEP};

type Variables = [(String, Json)];

/// The values that a filter makes of its input.
pub(super) fn values(filter: &Filter, input: &Json, variables: &Variables, call: &Call) -> Option<Vec<Json>> {
    Eval { call }.all(filter, input, variables)
}

struct Eval<'c> {
    call: &'c Call<'c>,
}

/// More values than this are not made.
const MAX_VALUES: usize = 4_096;

impl Eval<'_> {
    fn all(&self, filter: &Filter, input: &Json, variables: &Variables) -> Option<Vec<Json>> {
        self.call.spend(STEP)?;
        let _level = self.call.budget.enter().ok()?;
        let out = self.made(filter, input, variables)?;
        (out.len() <= MAX_VALUES).then_some(out)
    }

    /// Every value of `filter` changed by `change`.
    fn each(
        &self,
        filter: &Filter,
        input: &Json,
        variables: &Variables,
        change: impl Fn(Json) -> Option<Json>,
    ) -> Option<Vec<Json>> {
        self.all(filter, input, variables)?.into_iter().map(change).collect()
    }

    fn made(&self, filter: &Filter, input: &Json, variables: &Variables) -> Option<Vec<Json>> {
        let one = |value: Json| Some(vec![value]);
        match filter {
            Filter::Identity => one(input.clone()),
            Filter::Literal(value) => one(value.clone()),
            Filter::Variable(name) => one(variables.iter().rev().find(|(known, _)| known == name)?.1.clone()),
            Filter::Text(parts, format) => self.text(parts, format.as_deref(), input, variables),
            Filter::Format(name) => one(Json::Text(formatted(name, input)?)),
            Filter::Member(of, index) => {
                let mut out = Vec::new();
                for value in self.all(of, input, variables)? {
                    for index in self.all(index, input, variables)? {
                        out.push(member(&value, &index)?);
                    }
                }
                Some(out)
            }
            Filter::Slice(of, from, to) => {
                let bound = |filter: &Option<Box<Filter>>| -> Option<Option<f64>> {
                    match filter {
                        None => Some(None),
                        Some(filter) => match self.all(filter, input, variables)?.as_slice() {
                            [Json::Number(number)] => Some(Some(*number)),
                            [Json::Null] => Some(None),
                            _ => None,
                        },
                    }
                };
                let (from, to) = (bound(from)?, bound(to)?);
                self.each(of, input, variables, |value| sliced(&value, from, to))
            }
            Filter::Each(of) => {
                let mut out = Vec::new();
                for value in self.all(of, input, variables)? {
                    out.extend(parts_of(value)?);
                }
                Some(out)
            }
            Filter::Try(inner) => {
                // What jq would fail on is told from what is not understood only for looking into values.
                match inner.as_ref() {
                    Filter::Each(of) => {
                        let of = self.all(of, input, variables)?;
                        Some(of.into_iter().filter_map(parts_of).flatten().collect())
                    }
                    Filter::Member(of, index) => {
                        let mut out = Vec::new();
                        for value in self.all(of, input, variables)? {
                            for index in self.all(index, input, variables)? {
                                out.extend(member(&value, &index));
                            }
                        }
                        Some(out)
                    }
                    inner => self.all(inner, input, variables),
                }
            }
            Filter::Pipe(first, second) => {
                let mut out = Vec::new();
                for value in self.all(first, input, variables)? {
                    out.extend(self.all(second, &value, variables)?);
                    if out.len() > MAX_VALUES {
                        return None;
                    }
                }
                Some(out)
            }
            Filter::Comma(first, second) => {
                let mut out = self.all(first, input, variables)?;
                out.extend(self.all(second, input, variables)?);
                Some(out)
            }
            Filter::Binary("//", first, second) => {
                let found: Vec<Json> =
                    self.all(first, input, variables)?.into_iter().filter(is_true).collect();
                if found.is_empty() { self.all(second, input, variables) } else { Some(found) }
            }
            Filter::Binary(sign @ ("and" | "or"), first, second) => {
                let mut out = Vec::new();
                for left in self.all(first, input, variables)? {
                    if is_true(&left) == (*sign == "or") {
                        out.push(Json::Bool(*sign == "or"));
                    } else {
                        out.extend(
                            self.each(second, input, variables, |right| Some(Json::Bool(is_true(&right))))?,
                        );
                    }
                }
                Some(out)
            }
            Filter::Binary(sign, first, second) => {
                let mut out = Vec::new();
                for right in self.all(second, input, variables)? {
                    for left in self.all(first, input, variables)? {
                        out.push(self.binary(sign, &left, &right)?);
                    }
                }
                Some(out)
            }
            Filter::Negate(inner) => self.each(inner, input, variables, |value| match value {
                Json::Number(number) => Some(Json::Number(-number)),
                _ => None,
            }),
            Filter::List(None) => one(Json::List(Vec::new())),
            Filter::List(Some(inner)) => one(Json::List(self.all(inner, input, variables)?)),
            Filter::Object(members) => {
                let mut out = Vec::new();
                for (name, value) in members {
                    let (name, value) =
                        (self.single(name, input, variables)?, self.single(value, input, variables)?);
                    let Json::Text(name) = name else { return None };
                    set_member(&mut out, name, value);
                }
                one(Json::Object(out))
            }
            Filter::If(branches, otherwise) => {
                for (condition, then) in branches {
                    if is_true(&self.single(condition, input, variables)?) {
                        return self.all(then, input, variables);
                    }
                }
                match otherwise {
                    Some(otherwise) => self.all(otherwise, input, variables),
                    None => one(input.clone()),
                }
            }
            Filter::Bind(value, name, body) => {
                let mut out = Vec::new();
                for value in self.all(value, input, variables)? {
                    out.extend(self.all(body, input, &with(variables, name, value))?);
                }
                Some(out)
            }
            Filter::Reduce(of, name, first, step) => {
                let mut value = self.single(first, input, variables)?;
                for item in self.all(of, input, variables)? {
                    value = self.single(step, &value, &with(variables, name, item))?;
                }
                one(value)
            }
            Filter::Call(name, arguments) => self.call(name, arguments, input, variables),
        }
    }

    fn single(&self, filter: &Filter, input: &Json, variables: &Variables) -> Option<Json> {
        let mut values = self.all(filter, input, variables)?;
        if values.len() == 1 { values.pop() } else { None }
    }

    fn text(
        &self,
        parts: &[Part],
        format: Option<&str>,
        input: &Json,
        variables: &Variables,
    ) -> Option<Vec<Json>> {
        let mut out = String::new();
        for part in parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Filter(filter) => {
                    let value = self.single(filter, input, variables)?;
                    out.push_str(&formatted(format.unwrap_or("text"), &value)?);
                }
            }
        }
        self.call.spend(out.len())?;
        Some(vec![Json::Text(out)])
    }

    fn binary(&self, sign: &str, left: &Json, right: &Json) -> Option<Json> {
        Some(match (sign, left, right) {
            ("==", a, b) => Json::Bool(a == b),
            ("!=", a, b) => Json::Bool(a != b),
            ("<", a, b) => Json::Bool(order(a, b)? == Ordering::Less),
            ("<=", a, b) => Json::Bool(order(a, b)? != Ordering::Greater),
            (">", a, b) => Json::Bool(order(a, b)? == Ordering::Greater),
            (">=", a, b) => Json::Bool(order(a, b)? != Ordering::Less),
            ("+", Json::Null, other) | ("+", other, Json::Null) => other.clone(),
            ("+", Json::Number(a), Json::Number(b)) => Json::Number(a + b),
            ("+", Json::Text(a), Json::Text(b)) => {
                self.call.spend(a.len() + b.len())?;
                if a.len() + b.len() > MAX_OUTPUT {
                    return None;
                }
                Json::Text(format!("{a}{b}"))
            }
            ("+", Json::List(a), Json::List(b)) => Json::List(a.iter().chain(b).cloned().collect()),
            ("+", Json::Object(a), Json::Object(b)) => {
                let mut out = a.clone();
                b.iter().for_each(|(name, value)| set_member(&mut out, name.clone(), value.clone()));
                Json::Object(out)
            }
            ("-", Json::Number(a), Json::Number(b)) => Json::Number(a - b),
            ("-", Json::List(a), Json::List(b)) => {
                Json::List(a.iter().filter(|value| !b.contains(value)).cloned().collect())
            }
            ("*", Json::Number(a), Json::Number(b)) => Json::Number(a * b),
            ("*", Json::Text(text), Json::Number(times)) if (1.0..1000.0).contains(times) => {
                if text.len() * *times as usize > MAX_OUTPUT {
                    return None;
                }
                Json::Text(text.repeat(times.ceil() as usize))
            }
            ("/", Json::Number(a), Json::Number(b)) if *b != 0.0 => Json::Number(a / b),
            ("/", Json::Text(a), Json::Text(b)) => split(a, b)?,
            ("%", Json::Number(a), Json::Number(b)) if b.trunc() != 0.0 => {
                Json::Number(a.trunc() % b.trunc())
            }
            _ => return None,
        })
    }

    fn call(
        &self,
        name: &str,
        arguments: &[Filter],
        input: &Json,
        variables: &Variables,
    ) -> Option<Vec<Json>> {
        let one = |value: Json| Some(vec![value]);
        let text = |value: String| Some(vec![Json::Text(value)]);
        let argument = |n: usize| self.single(arguments.get(n)?, input, variables);
        match (name, arguments, input) {
            ("empty", [], _) => Some(Vec::new()),
            ("not", [], value) => one(Json::Bool(!is_true(value))),
            ("length", [], Json::Text(text)) => one(Json::Number(text.chars().count() as f64)),
            ("length", [], Json::List(list)) => one(Json::Number(list.len() as f64)),
            ("length", [], Json::Object(members)) => one(Json::Number(members.len() as f64)),
            ("length", [], Json::Null) => one(Json::Number(0.0)),
            ("type", [], value) => text(kind(value).to_owned()),
            ("tostring", [], value) => text(formatted("text", value)?),
            ("tonumber", [], Json::Text(text)) => one(Json::Number(text.trim().parse().ok()?)),
            ("tonumber", [], number @ Json::Number(_)) => one(number.clone()),
            ("tojson", [], value) => text(value.written(false)?),
            ("fromjson", [], Json::Text(text)) => one(super::json::read(text)?.pop()?),
            ("ascii_downcase", [], Json::Text(value)) => text(value.to_ascii_lowercase()),
            ("ascii_upcase", [], Json::Text(value)) => text(value.to_ascii_uppercase()),
            ("ascii", [], Json::Number(code)) => text(char::from_u32(*code as u32)?.to_string()),
            ("explode", [], Json::Text(text)) => {
                one(Json::List(text.chars().map(|c| Json::Number(f64::from(c as u32))).collect()))
            }
            ("implode", [], Json::List(codes)) => text(
                codes
                    .iter()
                    .map(|code| match code {
                        Json::Number(code) => char::from_u32(*code as u32),
                        _ => None,
                    })
                    .collect::<Option<_>>()?,
            ),
            ("reverse", [], Json::List(list)) => one(Json::List(list.iter().rev().cloned().collect())),
            ("add", [], Json::List(list)) => {
                let mut sum = Json::Null;
                for value in list {
                    sum = self.binary("+", &sum, value)?;
                }
                one(sum)
            }
            ("first", [], Json::List(list)) => one(list.first().cloned().unwrap_or(Json::Null)),
            ("last", [], Json::List(list)) => one(list.last().cloned().unwrap_or(Json::Null)),
            ("first", [of], _) => Some(self.all(of, input, variables)?.into_iter().take(1).collect()),
            ("keys", [], Json::Object(members)) => {
                let mut names: Vec<&String> = members.iter().map(|(name, _)| name).collect();
                names.sort();
                one(Json::List(names.into_iter().map(|name| Json::Text(name.clone())).collect()))
            }
            ("keys_unsorted", [], Json::Object(members)) => {
                one(Json::List(members.iter().map(|(name, _)| Json::Text(name.clone())).collect()))
            }
            ("values", [], value) => {
                Some(if *value == Json::Null { Vec::new() } else { vec![value.clone()] })
            }
            ("strings", [], value) => {
                Some(matches!(value, Json::Text(_)).then(|| value.clone()).into_iter().collect())
            }
            ("to_entries", [], Json::Object(members)) => one(Json::List(
                members
                    .iter()
                    .map(|(name, value)| {
                        let pair = [
                            ("key".to_owned(), Json::Text(name.clone())),
                            ("value".to_owned(), value.clone()),
                        ];
                        Json::Object(pair.into())
                    })
                    .collect(),
            )),
            ("from_entries", [], Json::List(list)) => {
                let mut out = Vec::new();
                for entry in list {
                    let Json::Text(name) = member(entry, &Json::Text("key".to_owned()))? else { return None };
                    set_member(&mut out, name, member(entry, &Json::Text("value".to_owned()))?);
                }
                one(Json::Object(out))
            }
            ("sort", [], Json::List(list))
                if list.iter().all(|v| matches!(v, Json::Text(_) | Json::Number(_))) =>
            {
                let mut list = list.clone();
                list.sort_by(|a, b| order(a, b).unwrap_or(Ordering::Equal));
                one(Json::List(list))
            }
            ("floor", [], Json::Number(number)) => one(Json::Number(number.floor())),
            ("env", [], _) => None,
            ("join", [_], Json::List(list)) => {
                let Json::Text(between) = argument(0)? else { return None };
                let parts: Vec<String> = list
                    .iter()
                    .map(|value| match value {
                        Json::Null => Some(String::new()),
                        Json::Text(_) | Json::Number(_) | Json::Bool(_) => formatted("text", value),
                        _ => None,
                    })
                    .collect::<Option<_>>()?;
                text(parts.join(&between))
            }
            ("split", [_], Json::Text(value)) => match argument(0)? {
                Json::Text(at) => one(split(value, &at)?),
                _ => None,
            },
            ("ltrimstr", [_], Json::Text(value)) => match argument(0)? {
                Json::Text(start) => text(value.strip_prefix(&start).unwrap_or(value).to_owned()),
                _ => None,
            },
            ("rtrimstr", [_], Json::Text(value)) => match argument(0)? {
                Json::Text(end) => text(value.strip_suffix(&end).unwrap_or(value).to_owned()),
                _ => None,
            },
            ("startswith", [_], Json::Text(value)) => match argument(0)? {
                Json::Text(start) => one(Json::Bool(value.starts_with(&start))),
                _ => None,
            },
            ("endswith", [_], Json::Text(value)) => match argument(0)? {
                Json::Text(end) => one(Json::Bool(value.ends_with(&end))),
                _ => None,
            },
            ("has", [_], Json::Object(members)) => match argument(0)? {
                Json::Text(name) => one(Json::Bool(members.iter().any(|(known, _)| *known == name))),
                _ => None,
            },
            ("map", [change], Json::List(list)) => {
                let mut out = Vec::new();
                for value in list {
                    out.extend(self.all(change, value, variables)?);
                }
                one(Json::List(out))
            }
            ("select", [condition], value) => {
                let holds = self.all(condition, input, variables)?;
                Some(holds.iter().filter(|held| is_true(held)).map(|_| value.clone()).collect())
            }
            ("range", [end], _) => {
                let Json::Number(end) = self.single(end, input, variables)? else { return None };
                range(0.0, end)
            }
            ("range", [from, end], _) => {
                let from = self.single(from, input, variables)?;
                let end = self.single(end, input, variables)?;
                let (Json::Number(from), Json::Number(end)) = (from, end) else { return None };
                range(from, end)
            }
            ("gsub" | "sub", [pattern, with], Json::Text(value)) => {
                let Json::Text(pattern) = self.single(pattern, input, variables)? else { return None };
                let Filter::Literal(Json::Text(with)) = with else { return None };
                let regex = crate::shell::filters::select::perl(&pattern, false)?;
                if regex.is_match("") {
                    return None;
                }
                let most = usize::from(name == "sub");
                text(regex.replacen(value, most, ::regex::NoExpand(with)).into_owned())
            }
            ("test", [pattern], Json::Text(value)) => {
                let Json::Text(pattern) = self.single(pattern, input, variables)? else { return None };
                one(Json::Bool(crate::shell::filters::select::perl(&pattern, false)?.is_match(value)))
            }
            _ => None,
        }
    }
}

fn range(from: f64, end: f64) -> Option<Vec<Json>> {
    if end - from > MAX_VALUES as f64 {
        return None;
    }
    let mut out = Vec::new();
    let mut at = from;
    while at < end {
        out.push(Json::Number(at));
        at += 1.0;
    }
    Some(out)
}

fn with(variables: &Variables, name: &str, value: Json) -> Vec<(String, Json)> {
    variables.iter().cloned().chain([(name.to_owned(), value)]).collect()
}

fn set_member(members: &mut Vec<(String, Json)>, name: String, value: Json) {
    match members.iter_mut().find(|(known, _)| *known == name) {
        Some((_, before)) => *before = value,
        None => members.push((name, value)),
    }
}

fn is_true(value: &Json) -> bool {
    !matches!(value, Json::Null | Json::Bool(false))
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::Text(_) => "string",
        Json::List(_) => "array",
        Json::Object(_) => "object",
    }
}

fn order(a: &Json, b: &Json) -> Option<Ordering> {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a.partial_cmp(b),
        (Json::Text(a), Json::Text(b)) => Some(a.cmp(b)),
        (Json::Number(_), Json::Text(_)) => Some(Ordering::Less),
        (Json::Text(_), Json::Number(_)) => Some(Ordering::Greater),
        _ => None,
    }
}

fn member(value: &Json, index: &Json) -> Option<Json> {
    Some(match (value, index) {
        (Json::Object(members), Json::Text(name)) => {
            members.iter().find(|(known, _)| known == name).map_or(Json::Null, |(_, value)| value.clone())
        }
        (Json::List(list), Json::Number(at)) => {
            let at = if *at < 0.0 { *at + list.len() as f64 } else { *at };
            if at < 0.0 { Json::Null } else { list.get(at as usize).cloned().unwrap_or(Json::Null) }
        }
        (Json::Null, Json::Text(_) | Json::Number(_) | Json::Null) => Json::Null,
        _ => return None,
    })
}

fn parts_of(value: Json) -> Option<Vec<Json>> {
    match value {
        Json::List(list) => Some(list),
        Json::Object(members) => Some(members.into_iter().map(|(_, value)| value).collect()),
        _ => None,
    }
}

fn sliced(value: &Json, from: Option<f64>, to: Option<f64>) -> Option<Json> {
    let place = |at: f64, length: usize| {
        let at = if at < 0.0 { at + length as f64 } else { at };
        at.clamp(0.0, length as f64)
    };
    let bounds = |length: usize| {
        let from = from.map_or(0.0, |from| place(from, length)).floor() as usize;
        let to = to.map_or(length as f64, |to| place(to, length)).ceil() as usize;
        (from, to.max(from))
    };
    match value {
        Json::Text(text) => {
            let letters: Vec<char> = text.chars().collect();
            let (from, to) = bounds(letters.len());
            Some(Json::Text(letters[from..to].iter().collect()))
        }
        Json::List(list) => {
            let (from, to) = bounds(list.len());
            Some(Json::List(list[from..to].to_vec()))
        }
        Json::Null => Some(Json::Null),
        _ => None,
    }
}

fn split(text: &str, at: &str) -> Option<Json> {
    let parts: Vec<String> = match (text, at) {
        ("", _) => Vec::new(),
        (text, "") => text.chars().map(String::from).collect(),
        (text, at) => text.split(at).map(str::to_owned).collect(),
    };
    Some(Json::List(parts.into_iter().map(Json::Text).collect()))
}

/// A value in one of jq's formats.
fn formatted(format: &str, value: &Json) -> Option<String> {
    let plain = match value {
        Json::Text(text) => text.clone(),
        Json::Number(number) => written_number(*number)?,
        other => other.written(false)?,
    };
    let words = |change: fn(&Json) -> Option<String>, between: &str| -> Option<String> {
        match value {
            Json::List(list) => Some(list.iter().map(change).collect::<Option<Vec<_>>>()?.join(between)),
            value => change(value),
        }
    };
    Some(match format {
        "text" => plain,
        "json" => value.written(false)?,
        "base64" => crate::shell::filters::encode::base64(plain.as_bytes()),
        "base64d" => bytes::to_text(encoded::base64(&plain)?),
        "sh" => words(
            |value| match value {
                Json::Text(text) => Some(format!("'{}'", text.replace('\'', "'\\''"))),
                Json::List(_) | Json::Object(_) => None,
                other => other.written(false),
            },
            " ",
        )?,
        "tsv" => match value {
            Json::List(_) => words(
                |value| match value {
                    Json::Text(text) if !text.contains(['\t', '\n', '\r', '\\']) => Some(text.clone()),
                    Json::Number(number) => written_number(*number),
                    Json::Null => Some(String::new()),
                    _ => None,
                },
                "\t",
            )?,
            _ => return None,
        },
        "csv" => match value {
            Json::List(_) => words(
                |value| match value {
                    Json::Text(text) => Some(format!("\"{}\"", text.replace('"', "\"\""))),
                    Json::Number(number) => written_number(*number),
                    Json::Null => Some(String::new()),
                    _ => None,
                },
                ",",
            )?,
            _ => return None,
        },
        "uri" => plain
            .bytes()
            .map(|b| match b {
                b if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) => (b as char).to_string(),
                b => format!("%{b:02X}"),
            })
            .collect(),
        _ => return None,
    })
}
