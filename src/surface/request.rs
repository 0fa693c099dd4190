//! Structured AWS requests: a service and an operation among the fields, or an operation as the tool's name.

use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Reading, plain_key};
use crate::knowledge::builtin;

/// The keys under which a request says what it is: `[request]` of `rules/surfaces.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// Keys of the service.
    pub service: Vec<String>,
    /// Keys of the operation.
    pub operation: Vec<String>,
    /// Keys of the parameters.
    pub parameters: Vec<String>,
    /// Keys of the region.
    pub region: Vec<String>,
    /// Keys of a language.
    pub language: Vec<String>,
}

/// The keys, read once.
pub(super) fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let mut keys: Keys =
            serde_json::from_str(builtin::REQUEST).expect("rules/surfaces.toml was checked by its test");
        for list in [
            &mut keys.service,
            &mut keys.operation,
            &mut keys.parameters,
            &mut keys.region,
            &mut keys.language,
        ] {
            list.iter_mut().for_each(|key| *key = plain_key(key));
        }
        keys
    })
}

/// A field by any of several names.
fn field<'v>(object: &'v Map<String, Value>, names: &[String]) -> Option<&'v Value> {
    object.iter().find(|(key, _)| names.contains(&plain_key(key))).map(|(_, value)| value)
}

/// The language that an object names.
pub(super) fn language(object: &Map<String, Value>) -> Option<String> {
    field(object, &keys().language).and_then(Value::as_str).map(str::to_owned)
}

/// An object that is a request.
pub(super) fn from_object(object: &Map<String, Value>) -> Option<Reading> {
    let keys = keys();
    if let Some(target) = target_header(object) {
        return Some(target);
    }
    // A statement of a policy names actions, it makes no call.
    if object.keys().any(|key| matches!(plain_key(key).as_str(), "effect" | "resource" | "principal")) {
        return None;
    }
    let (key, operation) = object.iter().find(|(key, _)| keys.operation.contains(&plain_key(key)))?;
    let operation = operation.as_str().filter(|name| !name.contains(char::is_whitespace))?;
    let service = field(object, &keys.service).and_then(Value::as_str);
    if service.is_none() && plain_key(key) == "command" {
        // A command without a service beside it is a program.
        return None;
    }
    if service.is_none()
        && operation.contains(':')
        && field(object, &keys.parameters).is_none()
        && object.len() < 2
    {
        // `{"action": "secretsmanager:GetSecretValue"}` alone is a permission, as IAM writes it.
        return None;
    }
    let (service, operation) = match (service, operation.rsplit_once([':', '.'])) {
        // `secretsmanager:GetSecretValue`, as IAM writes it.
        (None, Some((service, operation))) => {
            (Some(service.rsplit([':', '.', '/']).next().unwrap_or(service)), operation)
        }
        (service, Some((_, operation))) => (service, operation),
        (service, None) => (service, operation),
    };
    let region = field(object, &keys.region).and_then(Value::as_str).map(str::to_owned);
    Some(Reading::Request {
        service: service.map(str::to_owned),
        operation: operation.to_owned(),
        parameters: parameters(object),
        region,
    })
}

/// Headers, or fields, that hold the target of a raw AWS request.
fn target_header(object: &Map<String, Value>) -> Option<Reading> {
    let (_, target) = object.iter().find(|(key, _)| plain_key(key) == "xamztarget")?;
    let (service, operation) = target.as_str()?.split_once('.')?;
    Some(Reading::Request {
        service: Some(service.to_owned()),
        operation: operation.to_owned(),
        parameters: Vec::new(),
        region: None,
    })
}

/// Whether a key, in its plain form, is one of the parameters' keys.
pub(super) fn is_parameters(plain: &str) -> bool {
    keys().parameters.iter().any(|key| key == plain)
}

/// A URL whose host, port and path stand in fields of their own.
pub(super) fn url_in_parts(object: &Map<String, Value>) -> Option<Reading> {
    let text = |names: &[&str]| {
        let (_, value) = object.iter().find(|(key, _)| names.contains(&plain_key(key).as_str()))?;
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    };
    let path = text(&["path", "endpoint", "route", "pathname", "uri", "resource"])?;
    if path.contains("://") {
        return None;
    }
    let base = match text(&["baseurl", "base", "origin", "server"]) {
        Some(base) => base.trim_end_matches('/').to_owned(),
        None => {
            let host = text(&["host", "hostname"])?;
            text(&["port"]).map_or(host.clone(), |port| format!("{host}:{port}"))
        }
    };
    Some(Reading::Url(format!("{base}/{}", path.trim_start_matches('/'))))
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
    let name = tool.rsplit("__").next()?;
    let name = name.rsplit(['.', ':', '/']).next()?;
    let plain = crate::fact::kebab_case(name);
    let mut operation = plain.as_str();
    let mut service = None;
    while let Some(rest) =
        ["aws-", "secretsmanager-", "secrets-manager-", "sm-", "asm-", "call-", "invoke-", "tool-"]
            .iter()
            .find_map(|prefix| operation.strip_prefix(prefix))
    {
        if operation.starts_with("secret") && rest.starts_with(|c: char| c.is_alphabetic()) {
            service = Some("secretsmanager".to_owned());
        }
        operation = rest;
    }
    let parameters = input.as_object().map(parameters).unwrap_or_default();
    Some(Reading::Request { service, operation: operation.to_owned(), parameters, region: None })
}
