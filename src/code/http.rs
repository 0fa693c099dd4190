//! HTTP requests: where a call finds the URL and the headers.

use super::EffectKind;
use super::object::{Args, Object, Val};
use super::reader::Reader;
use crate::value::Value;

/// Calls that set a header on a request made before.
const HEADER_CALLS: &[&str] = &[
    "header",
    "headers",
    "setRequestHeader",
    "addHeader",
    "setHeader",
    "set_header",
    "add_header",
    "putheader",
    "Set",
    "Add",
    "set",
    "append",
    "setRequestProperty",
    "TryAddWithoutValidation",
    "header_append",
];

impl Reader<'_> {
    /// The URL that a value is: a text, what a map says of host, port and path, or what made the object.
    pub(super) fn url(&self, val: &Val) -> Value {
        match val {
            Val::Text(text) => text.clone(),
            Val::Dict(..) => from_map(val),
            Val::Object(object) => {
                let texts = || {
                    object.args.positional.iter().filter_map(|v| match v {
                        Val::Text(text) => Some(text),
                        _ => None,
                    })
                };
                let has_scheme =
                    |text: &&Value| text.alternatives().iter().any(|t| t.known_prefix().contains("://"));
                if let Some(found) = texts().find(has_scheme) {
                    return found.clone();
                }
                if let Some(prop) = object.prop(&["url", "uri", "URL", "Uri", "RequestUri"]) {
                    return prop.value();
                }
                let map = object.args.positional.iter().find(|v| matches!(v, Val::Dict(..)));
                match (map, texts().next()) {
                    (Some(map), _) => from_map(map),
                    (None, Some(text)) => text.clone(),
                    _ => val.value(),
                }
            }
            other => other.value(),
        }
    }

    pub(super) fn host_and_path(&self, callee: &Object, args: &Args, at: usize) -> Option<EffectKind> {
        let receiver = callee.receiver.as_ref()?.object()?;
        let host = match receiver.args.get(0, &["host", "address", "hostname"]) {
            Some(made) => self.url(made),
            None => Value::from(""),
        };
        let port =
            receiver.args.get(1, &["port"]).filter(|p| p.number().is_some() || matches!(p, Val::Object(_)));
        let mut url = match port {
            Some(port) => host.concat(Value::from(":")).concat(port.value()),
            None => host,
        };
        // A path behind a base; an absolute URL replaces it.
        match args.get(at, &["path", "url", ":path"]).map(|val| self.url(val)) {
            Some(path) if path.literal().is_some_and(|p| p.contains("://")) => url = path,
            Some(path) => url = url.concat(path),
            None => {}
        }
        let mut all = headers(args);
        if let Some(Val::Dict(entries, _)) = args.positional.get(at + 1) {
            all.extend(entries.iter().map(|(k, v)| (k.clone(), v.value())));
        }
        Some(http(url, all))
    }
}

pub(super) fn http(url: Value, headers: Vec<(Value, Value)>) -> EffectKind {
    EffectKind::Http { url, headers }
}

/// Headers given as a map, or as a list of `Name: value`.
pub(super) fn headers(args: &Args) -> Vec<(Value, Value)> {
    match args.by_name(&["headers", "Headers", "header", "http_headers"]) {
        Some(Val::Dict(entries, _)) => entries.iter().map(|(k, v)| (k.clone(), v.value())).collect(),
        Some(Val::List(lines, _)) => lines.iter().filter_map(header_line).collect(),
        _ => Vec::new(),
    }
}

/// The headers of a request: given with the call, set on the request that it sends, or on the session it is
/// sent by.
pub(super) fn sent_headers(callee: &Object, args: &Args) -> Vec<(Value, Value)> {
    let mut all = headers(args);
    let session = callee.receiver.as_ref().and_then(Val::object);
    if let Some(session) = session {
        all.extend(object_headers(session));
    }
    for request in args.positional.iter().filter_map(Val::object).filter(|o| o.effect.is_none()) {
        all.extend(object_headers(request));
        // `Request(url, data, headers)` of Python.
        if let Some(Val::Dict(entries, _)) = request.args.positional.get(2) {
            all.extend(entries.iter().map(|(k, v)| (k.clone(), v.value())));
        }
    }
    all
}

/// The headers that `object` was made with, or that were set on it.
fn object_headers(object: &Object) -> Vec<(Value, Value)> {
    let mut all = headers(&object.args);
    for (name, value) in object.props.iter() {
        match (name.as_str(), value) {
            ("headers", Val::Dict(entries, _)) => {
                all.extend(entries.iter().map(|(k, v)| (k.clone(), v.value())));
            }
            (name, value) => {
                if let Some(name) = name.strip_prefix('[').and_then(|n| n.strip_suffix(']')) {
                    all.push((Value::from(name), value.value()));
                }
            }
        }
    }
    all
}

/// Whether a call of this name sets a header.
pub(super) fn is_header_call(name: &str) -> bool {
    HEADER_CALLS.contains(&name)
}

pub(super) fn header_line(line: &Val) -> Option<(Value, Value)> {
    let (name, value) = line.literal()?.split_once(':')?;
    Some((Value::from(name.trim()), Value::from(value.trim())))
}

/// `curl_setopt($handle, CURLOPT_URL, …)` and its kin in C and Python, where the option is the URL or the headers.
pub(super) fn curl_option(args: &Args) -> Option<EffectKind> {
    let is_url = |val: &Val| val.object().is_some_and(|o| matches!(o.last(), "CURLOPT_URL" | "URL"));
    let at = args.positional.iter().position(is_url);
    let url = match at {
        Some(at) => args.positional.get(at + 1),
        None => args.by_name(&["CURLOPT_URL", "‹CURLOPT_URL›"]),
    };
    url.map(|url| http(url.value(), Vec::new()))
}

/// `{url}`, or `{protocol, host, port, path}`.
fn from_map(map: &Val) -> Value {
    let get = |names: &[&str]| names.iter().find_map(|name| map.entry(name)).map(Val::value);
    let base = get(&["baseURL", "baseUrl", "base_uri"]);
    if let Some(url) = get(&["url", "uri", "URL"]) {
        return match base {
            Some(base) if !url.literal().is_some_and(|u| u.contains("://")) => base.concat(url),
            _ => url,
        };
    }
    let mut url = get(&["hostname", "host"]).or(base).unwrap_or_else(|| Value::from("localhost"));
    if let Some(port) = get(&["port"]) {
        url = url.concat(Value::from(":")).concat(port);
    }
    match get(&["path", "pathname"]) {
        Some(path) => url.concat(path),
        None => url,
    }
}
