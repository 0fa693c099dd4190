//! Calls whose parts stand in fields of their own: a URL as host, port and path, a request with its proxy, a
//! container's image with its command.

use serde_json::{Map, Value};

use super::Reading;
use super::request::{field, keys, text_field};

/// What the fields of an object make together.
pub(super) fn together(object: &Map<String, Value>, words: &[String], out: &mut Vec<Reading>) {
    out.extend(url(object).map(Reading::Url));
    let parts = &keys().url;
    if let (Some(url), Some(proxy)) = (text_field(object, &parts.whole), text_field(object, &parts.proxy)) {
        out.push(Reading::Arguments(["curl", "-x", proxy, url].map(str::to_owned).to_vec()));
    }
    if let Some(image) = text_field(object, &parts.image)
        && !words.is_empty()
    {
        let mut argv: Vec<String> = ["docker", "run"].map(str::to_owned).to_vec();
        if let Some(entry) = text_field(object, &parts.entrypoint) {
            argv.push(format!("--entrypoint={entry}"));
        }
        argv.push(image.to_owned());
        argv.extend(words.iter().cloned());
        out.push(Reading::Arguments(argv));
    }
}

/// A URL whose host, port and path stand in fields of their own.
fn url(object: &Map<String, Value>) -> Option<String> {
    let text = |names: &[String]| match field(object, names)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let parts = &keys().url;
    // `GET /path HTTP/1.1`
    let first_line = || {
        let request = text(&parts.request)?;
        let path = request.lines().next()?.split_whitespace().nth(1)?.to_owned();
        path.starts_with('/').then_some(path)
    };
    let path = text(&parts.path).or_else(first_line)?;
    if path.contains("://") {
        return None;
    }
    let base = match text(&parts.base) {
        Some(base) => base.trim_end_matches('/').to_owned(),
        None => {
            let host = text(&parts.host)?;
            text(&parts.port).map_or(host.clone(), |port| format!("{host}:{port}"))
        }
    };
    Some(format!("{base}/{}", path.trim_start_matches('/')))
}
