//! Connections to a host and a port, and the HTTP requests that a program writes to them by hand.

use super::http::http;
use super::object::{Args, Object, Val};
use super::reader::Reader;
use super::{Effect, EffectKind};
use crate::value::{Piece, Text, Value};

/// What stands for the path of a request that is not known: whatever goes over the connection.
const SENT: &str = "what is sent";

/// Methods that send their arguments over the connection they are called on.
const SEND_CALLS: &[&str] = &[
    "send",
    "sendall",
    "write",
    "writelines",
    "puts",
    "print",
    "printf",
    "say",
    "println",
    "syswrite",
    "end",
    "Write",
    "WriteLine",
    "WriteAsync",
    "WriteLineAsync",
    "WriteString",
    "write_all",
    "writeBytes",
    "Send",
    "communicate",
];

/// More names than this are not remembered as written to.
const MAX_SENT: usize = 16;

/// A connection of the program.
#[derive(Debug)]
pub(super) struct Socket {
    /// `host:port`.
    server: Value,
    /// Whether a request was seen.
    used: bool,
}

impl Reader<'_> {
    /// Notes a connection, made by the call that began at the token `start`.
    pub(super) fn connected(&mut self, server: Value, start: usize) -> usize {
        let unknown = Value::from("/").concat(Value::unknown(SENT));
        let effect = self.emit(http(server.clone().concat(unknown), Vec::new()), start);
        self.scope.sockets.insert(effect, Socket { server, used: false });
        effect
    }

    /// The connection that `val` is, by its effect.
    pub(super) fn socket(&self, val: &Val) -> Option<usize> {
        let effect = val.object()?.effect?;
        self.scope.sockets.contains_key(&effect).then_some(effect)
    }

    /// Sees `values` sent over the connection of `effect`; the first line of a request tells its path.
    pub(super) fn sent(&mut self, effect: usize, values: &[Val]) {
        if self.is_process(effect) {
            self.fed(effect, values);
            return;
        }
        let Some(path) = values.iter().find_map(|val| request_path(&val.value())) else { return };
        let Some(socket) = self.scope.sockets.get_mut(&effect) else {
            return;
        };
        let new = socket.server.clone().concat(path);
        let again = std::mem::replace(&mut socket.used, true);
        if let Some(Effect { kind: EffectKind::Http { url, .. }, .. }) = self.scope.effects.get_mut(effect) {
            *url = if again { url.clone().or(new) } else { new };
        }
    }

    /// Sees what a method called `name` sends over the connection it is called on.
    pub(super) fn sent_by(&mut self, effect: usize, name: &str, values: &[Val]) {
        if SEND_CALLS.contains(&name) {
            self.sent(effect, values);
        }
    }

    /// Remembers a request written to `owner`, which is not known yet: a callback stands before the
    /// assignment of what it writes to.
    pub(super) fn sent_early(&mut self, owner: &str, callee: &Object, args: &Args) {
        if callee.effect.is_none()
            && args.positional.iter().any(|val| matches!(val, Val::Text(_)))
            && SEND_CALLS.contains(&callee.last())
            && self.scope.sent.len() < MAX_SENT
            && let Some(path) = args.positional.iter().find_map(|val| request_path(&val.value()))
        {
            self.scope.sent.insert(owner.to_owned(), path);
        }
    }

    /// What was written to `name` before it was set went over the connection `val`.
    pub(super) fn named_socket(&mut self, name: &str, val: &Val) {
        if self.scope.sent.is_empty() {
            return;
        }
        if let Some(effect) = self.socket(val)
            && let Some(path) = self.scope.sent.remove(name)
        {
            let line = Value::from("GET ").concat(path).concat(Value::from(" HTTP/1.0"));
            self.sent(effect, &[Val::Text(line)]);
        }
    }
}

/// Host and port among `args`: a pair, a map, one text, or two arguments.
pub(super) fn server(args: &Args, at: usize) -> Option<Value> {
    const HOSTS: &[&str] = &["address", "host", "hostname", "PeerAddr", "PeerHost"];
    const PORTS: &[&str] = &["port", "PeerPort"];
    let (host, port) = match args.get(at, HOSTS)? {
        Val::List(pair, _) => (pair.first().map(Val::value), pair.get(1).map(Val::value)),
        // `connect(2773, "localhost")`, as Node.js has it.
        Val::Text(port) if port.literal().is_some_and(|p| p.parse::<u16>().is_ok()) => {
            (args.positional.get(at + 1).filter(|v| v.is_known()).map(Val::value), Some(port.clone()))
        }
        Val::Dict(..) => (args.by_name(HOSTS).map(Val::value), args.by_name(PORTS).map(Val::value)),
        host => (
            Some(host.value()),
            args.get(at + 1, PORTS).filter(|p| matches!(p, Val::Text(_))).map(Val::value),
        ),
    };
    let host = host.unwrap_or_else(|| Value::from("localhost"));
    let host = host.map(|text| text.map_literals(|s| without_scheme(s).to_owned()));
    Some(match port {
        Some(port) => host.concat(Value::from(":")).concat(port),
        None => host,
    })
}

/// `tcp://host:port`, as PHP writes it, without its scheme.
fn without_scheme(host: &str) -> &str {
    ["tcp://", "ssl://", "tls://"].iter().find_map(|scheme| host.strip_prefix(scheme)).unwrap_or(host)
}

/// The server that a network file of gawk names: `/inet/tcp/0/localhost/2773`.
pub(super) fn network_file(name: &Value) -> Option<Value> {
    let mut parts = name.literal()?.strip_prefix("/inet")?.split('/').skip(3);
    let (host, port) = (parts.next()?, parts.next()?);
    Some(Value::from(format!("{host}:{port}")))
}

/// The path in the request line that `sent` begins with.
fn request_path(sent: &Value) -> Option<Value> {
    let paths: Vec<Text> = sent.alternatives().iter().filter_map(request_line).collect();
    (!paths.is_empty()).then(|| Value::any(paths))
}

/// `GET /path HTTP/1.0`: a method, a space, the path (RFC 9112, section 3).
fn request_line(sent: &Text) -> Option<Text> {
    let (method, _) = sent.known_prefix().split_once(' ')?;
    if !(3..=7).contains(&method.len()) || !method.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let mut skip = method.len() + 1;
    let mut path = Vec::new();
    for piece in sent.clone().pieces() {
        match piece {
            Piece::Literal(text) => {
                let text = &text[skip.min(text.len())..];
                skip = 0;
                let end = text.find([' ', '\r', '\n']);
                path.push(Piece::Literal(text[..end.unwrap_or(text.len())].to_owned()));
                if end.is_some() {
                    break;
                }
            }
            other => path.push(other),
        }
    }
    let path = Text::from_pieces(path);
    (path.known_prefix().is_empty() || path.known_prefix().starts_with('/'))
        .then_some(path)
        .filter(|p| !p.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_line_tells_the_path() {
        for (sent, expected) in [
            ("GET /v1/x HTTP/1.0\r\n\r\n", Some("/v1/x")),
            ("POST /a", Some("/a")),
            ("PING\r\n", None),
            ("get /a HTTP/1.0", None),
            ("GET key\r\n", None),
            ("GET ", None),
        ] {
            let found = request_line(&Text::from(sent)).map(|path| path.to_string());
            assert_eq!(found.as_deref(), expected, "{sent:?}");
        }
        let part = Text::from("GET /a/").concat(Text::unknown("x")).concat(Text::from(" HTTP/1.1\r\n"));
        assert_eq!(request_line(&part).unwrap().to_string(), "/a/‹x›");
    }
}
