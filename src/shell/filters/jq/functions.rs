//! jq's functions (jq manual, "Builtin operators and functions").

use std::cmp::Ordering;

use super::eval::{Eval, MAX_VALUES, Variables};
use super::json::Json;
use super::operation::*;
use super::parse::Filter;

impl Eval<'_> {
    pub(super) fn call(
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
