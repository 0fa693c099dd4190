//! Structured AWS requests: a service and an operation among the fields, or an operation as the name of a tool.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Reading, key_is, plain_key};
use crate::fact::kebab_case;
use crate::knowledge::builtin;

/// The keys under which a call says what it is: `[request]` of `rules/surfaces.toml`, globs over plain keys.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// Keys of the service.
    pub service: Vec<String>,
    /// Keys of the operation.
    pub operation: Vec<String>,
    /// Keys of the operation where one of the service stands beside them.
    pub operation_of_service: Vec<String>,
    /// Keys under which an action alone is a permission.
    pub permission: Vec<String>,
    /// Keys of a policy's statement, which makes no call.
    pub statement: Vec<String>,
    /// Keys of what a program reads on its standard input, where the program stands beside them.
    pub stdin: Vec<String>,
    /// Keys of a tool that is called, where one of the parameters stands beside them.
    pub tool: Vec<String>,
    /// Keys of the parameters.
    pub parameters: Vec<String>,
    /// Keys of the region.
    pub region: Vec<String>,
    /// Keys of headers.
    pub header: Vec<String>,
    /// Keys of a language.
    pub language: Vec<String>,
    /// Keys of an encoding.
    pub encoding: Vec<String>,
    /// Parts of a key that say that its text is in base64.
    pub base64: Vec<String>,
    /// Keys of the kind of a notebook's cell, and the kinds that are only text.
    pub cell: Vec<String>,
    /// See [`Keys::cell`].
    pub text_cells: Vec<String>,
    /// What an operation's name may begin with, and the service that this names.
    pub prefix: BTreeMap<String, String>,
    /// What it may end in.
    pub suffix: Vec<String>,
    /// Operations by other names for them.
    pub same: BTreeMap<String, String>,
    /// Parts of a URL.
    pub url: UrlParts,
}

/// Keys of the parts of a URL.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlParts {
    /// What a path is added to.
    pub base: Vec<String>,
    /// The host.
    pub host: Vec<String>,
    /// The port.
    pub port: Vec<String>,
    /// The path.
    pub path: Vec<String>,
    /// A request, whose first line says the path.
    pub request: Vec<String>,
    /// A URL, whole.
    pub whole: Vec<String>,
    /// A proxy.
    pub proxy: Vec<String>,
    /// A container's image.
    pub image: Vec<String>,
    /// A container's entry point.
    pub entrypoint: Vec<String>,
}

/// The keys, read once.
pub(super) fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        serde_json::from_str(builtin::REQUEST).expect("rules/surfaces.toml was checked by its test")
    })
}

/// A field by any of several names.
pub(super) fn field<'v>(object: &'v Map<String, Value>, names: &[String]) -> Option<&'v Value> {
    object.iter().find(|(key, _)| key_is(&plain_key(key), names)).map(|(_, value)| value)
}

/// The text of such a field, or the first of a list.
pub(super) fn text_field<'v>(object: &'v Map<String, Value>, names: &[String]) -> Option<&'v str> {
    match field(object, names)? {
        Value::Array(items) => items.first()?.as_str(),
        Value::Object(named) => named.get("name")?.as_str(),
        value => value.as_str(),
    }
}

/// The language that an object names.
pub(super) fn language(object: &Map<String, Value>) -> Option<String> {
    text_field(object, &keys().language).map(str::to_owned)
}

/// Requests that an object is. True where its parameters are the API's data, and no further calls.
pub(super) fn from_object(object: &Map<String, Value>, out: &mut Vec<Reading>) -> bool {
    let keys = keys();
    if let Some(target) = target_header(object) {
        out.push(target);
        return true;
    }
    let plain: Vec<(String, &Value)> = object.iter().map(|(key, value)| (plain_key(key), value)).collect();
    if plain.iter().any(|(key, _)| key_is(key, &keys.statement)) {
        return false;
    }
    let service = text_field(object, &keys.service);
    let mut holds_data = false;
    let parameters_beside = field(object, &keys.parameters).is_some();
    for (key, value) in &plain {
        let value = match value {
            Value::Array(items) => items.first().and_then(Value::as_str),
            Value::Object(named) => named.get("name").and_then(Value::as_str),
            value => value.as_str(),
        };
        let Some(text) = value.filter(|text| text.len() <= MAX_NAME) else { continue };
        let alone = key_is(key, &keys.operation);
        let beside = service.is_some() && key_is(key, &keys.operation_of_service);
        let tool = parameters_beside && key_is(key, &keys.tool);
        // `{"action": "secretsmanager:GetSecretValue"}` alone is a permission, as IAM writes it.
        let permission = object.len() < 2 && text.contains(':') && key_is(key, &keys.permission);
        if !(alone || beside || tool) || permission {
            continue;
        }
        let (named, operation) = operation_in(text);
        // A text of several words is an operation only where they are its own.
        let Some(operation) = operation else { continue };
        if tool && !alone && named.is_none() && service.is_none() && !operation.contains('-') {
            continue;
        }
        holds_data |= service.is_some() || alone && text.contains(':');
        out.push(Reading::Request {
            service: service.map(str::to_owned).or(named),
            operation,
            parameters: parameters(object),
            region: text_field(object, &keys.region).map(str::to_owned),
        });
    }
    from_keys(object, out);
    holds_data
}

/// The longest text that is looked at as a name.
const MAX_NAME: usize = 200;

/// `{"secretsmanager": {"get_secret_value": {…}}}`
fn from_keys(object: &Map<String, Value>, out: &mut Vec<Reading>) {
    let only = |object: &Map<String, Value>| {
        let (key, value) = object.iter().next().filter(|_| object.len() == 1)?;
        Some((key.clone(), value.as_object()?.clone()))
    };
    if let Some((service, inner)) = only(object)
        && let Some((operation, parameters)) = only(&inner)
    {
        let parameters = parameters.into_iter().collect();
        out.push(Reading::Request { service: Some(service), operation, parameters, region: None });
    }
}

/// The service and the operation that a text names: `secretsmanager:GetSecretValue`, `/secretsmanager/get-secret-value`,
/// `aws secretsmanager get-secret-value`, `secretsmanager_get_secret_value`, `mcp__aws__get_secret_value`.
pub(super) fn operation_in(text: &str) -> (Option<String>, Option<String>) {
    let text = text.trim();
    let mut parts: Vec<&str> = text
        .split("__")
        .flat_map(|part| part.split([':', '.', '/', '#', '>', '|']))
        .map(|part| part.trim_matches(['-', '_', ' ']))
        .filter(|part| !part.is_empty())
        .collect();
    let Some(last) = parts.pop() else { return (None, None) };
    let mut service = parts.pop().map(str::to_owned);
    let words: Vec<&str> = last.split_whitespace().collect();
    let name = match words.as_slice() {
        // `Get Secret Value`, or `secretsmanager get-secret-value`.
        [before @ .., end] if before.is_empty() || end.contains(['-', '_']) => {
            service = before.last().map(|word| (*word).to_owned()).or(service);
            kebab_case(end)
        }
        words if words.len() <= 4 => kebab_case(last),
        _ => return (service, None),
    };
    let mut operation = name.as_str();
    let keys = keys();
    while let Some((rest, named)) = keys.prefix.iter().find_map(|(prefix, named)| {
        let rest = operation.strip_prefix(prefix.as_str())?;
        rest.starts_with(|c: char| c.is_alphabetic()).then_some((rest, named))
    }) {
        if !named.is_empty() {
            service = Some(named.clone());
        }
        operation = rest;
    }
    while let Some(rest) = keys.suffix.iter().find_map(|suffix| operation.strip_suffix(suffix.as_str())) {
        operation = rest;
    }
    let operation = keys.same.get(operation).map_or(operation, String::as_str);
    // Of a server's name only the service itself tells.
    let of_server = |service: &String| keys.prefix.values().any(|named| *named == plain_key(service));
    let service = service.filter(|service| !text.contains("__") || of_server(service));
    (service, Some(operation.to_owned()))
}

/// Headers, or fields, that hold the target of a raw AWS request.
fn target_header(object: &Map<String, Value>) -> Option<Reading> {
    const TARGET: &str = "xamztarget";
    let keys = keys();
    let named = |(key, value): (&String, &Value)| {
        (plain_key(key) == TARGET).then(|| value.as_str().map(str::to_owned)).flatten()
    };
    // `{"name": "X-Amz-Target", "value": "…"}`
    let pair = || {
        object.values().find(|value| value.as_str().is_some_and(|text| plain_key(text) == TARGET))?;
        object.values().filter_map(Value::as_str).find(|text| text.contains('.')).map(str::to_owned)
    };
    // `["X-Amz-Target: …"]`, or all headers in one text.
    let line = || {
        let lines = match field(object, &keys.header)? {
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
            value => value.as_str()?.to_owned(),
        };
        lines.lines().find_map(|line| {
            let (name, value) = line.split_once([':', '='])?;
            (plain_key(name.trim()) == TARGET).then(|| value.trim().to_owned())
        })
    };
    let target = object.iter().find_map(named).or_else(pair).or_else(line)?;
    let (service, operation) = target.split_once('.')?;
    Some(Reading::Request {
        service: Some(service.to_owned()),
        operation: operation.to_owned(),
        parameters: Vec::new(),
        region: None,
    })
}

/// Whether a key, in its plain form, is one of the parameters' keys.
pub(super) fn is_parameters(plain: &str) -> bool {
    key_is(plain, &keys().parameters)
}

/// The parameters of a request: the object that holds them, or what stands beside the operation.
fn parameters(object: &Map<String, Value>) -> Vec<(String, Value)> {
    let nested = match field(object, &keys().parameters) {
        Some(Value::Object(nested)) => Some(nested.clone()),
        Some(Value::String(text)) => serde_json::from_str(text).ok(),
        _ => None,
    };
    nested.unwrap_or_else(|| object.clone()).into_iter().collect()
}

/// A tool whose name is an operation: `mcp__aws__secretsmanager_get_secret_value`.
pub(super) fn from_tool_name(tool: &str, input: &Value) -> Option<Reading> {
    let (service, operation) = operation_in(tool);
    let parameters = input.as_object().map(parameters).unwrap_or_default();
    Some(Reading::Request { service, operation: operation?, parameters, region: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_found_in_texts_of_every_form() {
        for (text, service, operation) in [
            ("secretsmanager:GetSecretValue", "secretsmanager", "get-secret-value"),
            ("SecretsManager.GetSecretValue", "SecretsManager", "get-secret-value"),
            ("aws-sdk:secretsmanager:getSecretValue", "secretsmanager", "get-secret-value"),
            ("/secretsmanager/get-secret-value", "secretsmanager", "get-secret-value"),
            ("aws secretsmanager get-secret-value", "secretsmanager", "get-secret-value"),
            ("secretsmanager->getSecretValue", "secretsmanager", "get-secret-value"),
            ("secretsmanager_get_secret_value", "secretsmanager", "get-secret-value"),
            ("mcp__aws__secretsmanager__get_secret_value", "secretsmanager", "get-secret-value"),
            ("mcp__aws__get_secret_value", "-", "get-secret-value"),
            ("Get Secret Value", "-", "get-secret-value"),
            ("ListBuckets", "-", "list-buckets"),
        ] {
            let found = operation_in(text);
            let found = (found.0.unwrap_or("-".to_owned()), found.1.unwrap_or_default());
            assert_eq!(found, (service.to_owned(), operation.to_owned()), "{text}");
        }
        assert_eq!(operation_in("how to call get secret value in a loop").1, None);
    }
}
