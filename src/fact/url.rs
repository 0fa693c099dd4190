//! URLs, of which parts may be unknown, as host, port and path.

use super::loopback::classify;
use super::options::without_start;
use super::{HttpRequest, loopback::HostClass};
use crate::value::{Piece, Text};

/// Reads a URL as a client would. A URL without a scheme is taken for HTTP. None where there is no host.
pub(super) fn request(url: &Text) -> Option<HttpRequest> {
    // Browsers drop line ends and take a backslash for a slash (WHATWG URL standard, 4.4).
    let url = url.clone().unmatched().map_literals(|text| {
        text.chars()
            .filter(|c| !matches!(c, '\t' | '\n' | '\r'))
            .map(|c| if c == '\\' { '/' } else { c })
            .collect()
    });
    let prefix = url.known_prefix().trim_start();
    let skipped = url.known_prefix().len() - prefix.len();
    let (scheme, start) = match prefix.find("://") {
        Some(at) if prefix[..at].chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) => {
            (prefix[..at].to_lowercase(), skipped + at + 3)
        }
        _ if prefix.starts_with("//") => ("http".to_owned(), skipped + 2),
        // Browsers and curl take one slash, and backslashes, too.
        _ => match prefix.find(":/") {
            Some(at) if matches!(&prefix[..at], "http" | "https") => {
                (prefix[..at].to_lowercase(), skipped + at + 2)
            }
            _ => ("http".to_owned(), skipped),
        },
    };
    if matches!(scheme.as_str(), "file" | "data" | "javascript" | "about" | "mailto" | "s3" | "git" | "ssh") {
        return None;
    }
    let rest = without_start(&url, start);
    let rest = match &rest {
        Text::Literal(text) => Text::from(text.trim_start_matches('/')),
        _ => rest,
    };
    let (authority, tail) = split_at(rest, &['/', '?', '#']);
    let authority = match after_last(&authority, '@') {
        Some(host) => host,
        None => authority,
    };
    let (host, port) = host_and_port(authority, default_port(&scheme));
    if host.is_empty() {
        return None;
    }
    let (path, query) = split_at(tail, &['?', '#']);
    // The request is what is sent, not the path.
    let path = if matches!(scheme.as_str(), "telnet" | "gopher") { Text::unknown("request") } else { path };
    Some(HttpRequest { class: classify(&host), host, port, path: normal_path(path), query })
}

/// A request to a host and a port that are named apart.
pub(super) fn connection(host: &Text, port: &Text, path: Text) -> HttpRequest {
    HttpRequest {
        class: classify(host),
        host: host.clone(),
        port: port.clone(),
        path: match path {
            Text::Literal(path) if path.is_empty() => Text::from("/"),
            path => normal_path(path),
        },
        query: Text::from(""),
    }
}

fn default_port(scheme: &str) -> &'static str {
    match scheme {
        "https" | "wss" => "443",
        "ftp" => "21",
        _ => "80",
    }
}

/// Splits at the first of `separators`, which stays with the second part.
fn split_at(text: Text, separators: &[char]) -> (Text, Text) {
    let mut before = Vec::new();
    let mut after = Vec::new();
    let mut found = false;
    for piece in text.pieces() {
        match piece {
            Piece::Literal(text) if !found => match text.find(separators) {
                Some(at) => {
                    found = true;
                    before.push(Piece::Literal(text[..at].to_owned()));
                    after.push(Piece::Literal(text[at..].to_owned()));
                }
                None => before.push(Piece::Literal(text)),
            },
            piece if found => after.push(piece),
            piece => before.push(piece),
        }
    }
    let text = |pieces: Vec<Piece>| {
        Text::from_pieces(
            pieces.into_iter().filter(|p| !matches!(p, Piece::Literal(text) if text.is_empty())),
        )
    };
    (text(before), text(after))
}

fn after_last(text: &Text, separator: char) -> Option<Text> {
    match text {
        Text::Literal(text) => text.rfind(separator).map(|at| Text::from(&text[at + 1..])),
        Text::Mixed(pieces) => {
            let (piece, at) = pieces.iter().enumerate().rev().find_map(|(i, piece)| match piece {
                Piece::Literal(text) => text.rfind(separator).map(|at| (i, at)),
                _ => None,
            })?;
            let Piece::Literal(text) = &pieces[piece] else { return None };
            let head = Piece::Literal(text[at + 1..].to_owned());
            let rest = std::iter::once(head).chain(pieces[piece + 1..].iter().cloned());
            Some(Text::from_pieces(rest.filter(|p| !matches!(p, Piece::Literal(t) if t.is_empty()))))
        }
    }
}

/// The host and the port of `host:port`, `[v6]:port`, `host`.
fn host_and_port(authority: Text, default: &str) -> (Text, Text) {
    if let Text::Literal(text) = &authority {
        if text.starts_with('[')
            && let Some(close) = text.find(']')
        {
            let port = text[close + 1..].strip_prefix(':').filter(|p| !p.is_empty()).unwrap_or(default);
            return (Text::from(&text[..=close]), Text::from(port));
        }
        return match text.rsplit_once(':') {
            Some((host, port)) => {
                (Text::from(host), Text::from(if port.is_empty() { default } else { port }))
            }
            None => (authority, Text::from(default)),
        };
    }
    match after_last(&authority, ':') {
        Some(port) => {
            let pieces = authority.clone().pieces();
            let mut host = Vec::new();
            // All before the last colon.
            let last =
                pieces.iter().rposition(|p| matches!(p, Piece::Literal(t) if t.contains(':'))).unwrap_or(0);
            for (i, piece) in pieces.into_iter().enumerate() {
                match piece {
                    Piece::Literal(text) if i == last => {
                        host.push(Piece::Literal(text[..text.rfind(':').unwrap_or(text.len())].to_owned()));
                        break;
                    }
                    piece => host.push(piece),
                }
            }
            let host = Text::from_pieces(
                host.into_iter().filter(|p| !matches!(p, Piece::Literal(t) if t.is_empty())),
            );
            (host, port)
        }
        // `$HOST` may hold its port too.
        None => (
            authority.clone(),
            if authority.is_wholly_unknown() { Text::unknown("port") } else { Text::from(default) },
        ),
    }
}

/// Percent-decoded, doubled slashes and dot segments resolved.
fn normal_path(path: Text) -> Text {
    let decoded = path.map_literals(|text| percent_decode(&percent_decode(text)));
    let Text::Literal(text) = decoded else {
        return decoded.map_literals(|text| {
            let mut out = String::new();
            for c in text.chars() {
                if !(c == '/' && out.ends_with('/')) {
                    out.push(c);
                }
            }
            out
        });
    };
    let mut segments: Vec<&str> = Vec::new();
    for segment in text.split('/').filter(|s| !s.is_empty()) {
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    Text::from(format!("/{}", segments.join("/")))
}

fn percent_decode(text: &str) -> String {
    let hex = |b: u8| (b as char).to_digit(16).map(|d| d as u8);
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] == b'%'
            && let (Some(high), Some(low)) =
                (bytes.get(i + 1).copied().and_then(hex), bytes.get(i + 2).copied().and_then(hex))
        {
            out.push(high << 4 | low);
            i += 3;
            continue;
        }
        out.push(bytes[i]);
        i += 1;
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// A parameter of a query, decoded.
pub(super) fn query_parameter(query: &Text, name: &str) -> Option<Text> {
    let query = query.clone().map_literals(|text| text.trim_start_matches('?').to_owned());
    match &query {
        Text::Literal(text) => text
            .split('&')
            .find_map(|pair| pair.split_once('=').filter(|(key, _)| key.eq_ignore_ascii_case(name)))
            .map(|(_, value)| Text::from(percent_decode(&value.replace('+', "%20")))),
        Text::Mixed(pieces) => match pieces.as_slice() {
            [Piece::Literal(start), rest @ ..] if start.ends_with(&format!("{name}=")) => {
                rest.first().map(|piece| Text::from_pieces([piece.clone()]))
            }
            _ => None,
        },
    }
}

impl HttpRequest {
    /// `loopback:2773/secretsmanager/get`, for people.
    pub fn shown(&self) -> String {
        let host = match self.class {
            HostClass::Loopback => "loopback".to_owned(),
            HostClass::Other | HostClass::Unknown => self.host.to_string(),
        };
        format!("{host}:{}{}", self.port, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_as_clients_read_them() {
        for (url, expected) in [
            ("http://localhost:2773/secretsmanager/get?secretId=a", "loopback:2773/secretsmanager/get"),
            ("localhost:2773/v1/a", "loopback:2773/v1/a"),
            ("HTTP://user:pw@127.1:2773//secretsmanager///get", "loopback:2773/secretsmanager/get"),
            ("http://example.com@127.0.0.1:2773/v1/x", "loopback:2773/v1/x"),
            ("http://[::1]:2773/%73ecretsmanager/get", "loopback:2773/secretsmanager/get"),
            ("http://[::1]:2773/a/../v1/x", "loopback:2773/v1/x"),
            ("https://example.com/x?y#z", "example.com:443/x"),
            ("//127.0.0.1:2773/v1/x", "loopback:2773/v1/x"),
            ("http:/127.0.0.1:2773/v1/x", "loopback:2773/v1/x"),
            ("http:\\\\127.0.0.1:2773\\v1\\x", "loopback:2773/v1/x"),
            ("example.com", "example.com:80/"),
        ] {
            assert_eq!(request(&Text::from(url)).map(|r| r.shown()).as_deref(), Some(expected), "{url}");
        }
        assert!(request(&Text::from("file:///etc/passwd")).is_none());
        let url = Text::from("http://localhost:")
            .concat(Text::unknown("$P"))
            .concat("/v1/".into())
            .concat(Text::unknown("$S"));
        assert_eq!(request(&url).map(|r| r.shown()).as_deref(), Some("loopback:‹$P›/v1/‹$S›"));
    }

    #[test]
    fn query_parameters_are_decoded() {
        let query = Text::from("?versionStage=X&secretId=prod%2Fdb");
        assert_eq!(query_parameter(&query, "secretId"), Some(Text::from("prod/db")));
    }
}
