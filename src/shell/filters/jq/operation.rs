//! What jq does with values, and with their parts.

use std::cmp::Ordering;

use super::json::{Json, written_number};
use crate::encoded;
use crate::shell::filters::bytes;

pub(super) fn set_member(members: &mut Vec<(String, Json)>, name: String, value: Json) {
    match members.iter_mut().find(|(known, _)| *known == name) {
        Some((_, before)) => *before = value,
        None => members.push((name, value)),
    }
}

pub(super) fn is_true(value: &Json) -> bool {
    !matches!(value, Json::Null | Json::Bool(false))
}

pub(super) fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::Text(_) => "string",
        Json::List(_) => "array",
        Json::Object(_) => "object",
    }
}

pub(super) fn order(a: &Json, b: &Json) -> Option<Ordering> {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a.partial_cmp(b),
        (Json::Text(a), Json::Text(b)) => Some(a.cmp(b)),
        (Json::Number(_), Json::Text(_)) => Some(Ordering::Less),
        (Json::Text(_), Json::Number(_)) => Some(Ordering::Greater),
        _ => None,
    }
}

pub(super) fn member(value: &Json, index: &Json) -> Option<Json> {
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

pub(super) fn parts_of(value: Json) -> Option<Vec<Json>> {
    match value {
        Json::List(list) => Some(list),
        Json::Object(members) => Some(members.into_iter().map(|(_, value)| value).collect()),
        _ => None,
    }
}

pub(super) fn sliced(value: &Json, from: Option<f64>, to: Option<f64>) -> Option<Json> {
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

pub(super) fn split(text: &str, at: &str) -> Option<Json> {
    let parts: Vec<String> = match (text, at) {
        ("", _) => Vec::new(),
        (text, "") => text.chars().map(String::from).collect(),
        (text, at) => text.split(at).map(str::to_owned).collect(),
    };
    Some(Json::List(parts.into_iter().map(Json::Text).collect()))
}

/// A value in one of jq's formats.
pub(super) fn formatted(format: &str, value: &Json) -> Option<String> {
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
