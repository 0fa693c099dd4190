//! Connections to a host and a port.

use super::EffectKind;
use super::http::http;
use super::object::{Args, Val};
use crate::value::Value;

pub(super) fn connect(args: &Args, at: usize) -> Option<EffectKind> {
    let (host, port) = match args.get(at, &["address", "host", "hostname"])? {
        Val::List(pair, _) => (pair.first().map(Val::value), pair.get(1).map(Val::value)),
        // `connect(2773, "localhost")`, as Node.js has it.
        Val::Text(port) if port.literal().is_some_and(|p| p.parse::<u16>().is_ok()) => {
            (args.positional.get(at + 1).map(Val::value), Some(port.clone()))
        }
        Val::Dict(..) => {
            (args.by_name(&["host", "hostname"]).map(Val::value), args.by_name(&["port"]).map(Val::value))
        }
        host => (
            Some(host.value()),
            args.get(at + 1, &["port"]).filter(|p| matches!(p, Val::Text(_))).map(Val::value),
        ),
    };
    let host = host.unwrap_or_else(|| Value::from("localhost"));
    let url = match port {
        Some(port) => host.concat(Value::from(":")).concat(port),
        None => host,
    };
    Some(http(url, Vec::new()))
}
