//! What a client was told on its command line, in its files and by its environment, as the requests it would send.

use super::super::options::without_start;
use super::super::{AwsCall, HttpRequest, url};
use crate::knowledge::{HttpClient, Operands};
use crate::shell::Invocation;
use crate::value::Text;

/// What a client was told.
#[derive(Default)]
pub(super) struct Request {
    pub(super) urls: Vec<Text>,
    pub(super) headers: Vec<Text>,
    pub(super) proxies: Vec<Text>,
    pub(super) resolved: Vec<Text>,
    pub(super) target: Option<Text>,
    /// `host:port`, no URL.
    pub(super) connections: Vec<Text>,
    pub(super) service: Option<Text>,
    /// Shell text that talks over the connection.
    pub(super) commands: Vec<Text>,
}

impl Request {
    /// Adds what a file of options says.
    pub(super) fn configure(&mut self, text: &Text) {
        for (key, value) in config(text) {
            match key.trim_start_matches('-') {
                "url" => self.urls.push(value),
                "header" | "H" => self.headers.push(value),
                "proxy" | "x" => self.proxies.push(value),
                "resolve" | "connect-to" => self.resolved.push(value),
                _ => {}
            }
        }
    }

    pub(super) fn operands(&mut self, name: &str, operands: &[Text], client: &HttpClient) {
        match client.operands {
            Operands::None => {}
            Operands::Urls => self.urls.extend(operands.iter().cloned()),
            Operands::MethodUrlItems => {
                let is_method =
                    |w: &Text| w.literal().is_some_and(|w| w.bytes().all(|c| c.is_ascii_alphabetic()));
                let skip = usize::from(operands.len() > 1 && is_method(&operands[0]));
                if let Some(first) = operands.get(skip) {
                    // `:2773/path` and `:/path` are this machine.
                    let shorthand =
                        first.known_prefix().starts_with(':') && !first.known_prefix().starts_with("://");
                    let url = if shorthand {
                        let rest = without_start(first, 1);
                        let slash = rest.known_prefix().starts_with('/') || rest.is_empty();
                        Text::from(if slash { "localhost" } else { "localhost:" }).concat(rest)
                    } else if first.known_prefix().starts_with("://") {
                        Text::from(name.trim_end_matches('s')).concat(first.clone())
                    } else {
                        first.clone()
                    };
                    self.urls.push(url);
                }
                // `Name:value` items are headers.
                self.headers.extend(operands.iter().skip(skip + 1).cloned());
            }
            Operands::HostPort => {
                if let [host, port, ..] = operands {
                    self.connections.push(host.clone().concat(":".into()).concat(port.clone()));
                } else if let [one] = operands {
                    self.connections.push(one.clone());
                }
            }
            Operands::Addresses => {
                for address in operands {
                    let Some((kind, _)) = address.known_prefix().split_once(':') else { continue };
                    if matches!(kind.to_lowercase().as_str(), "exec" | "system" | "shell") {
                        self.commands.push(without_start(address, kind.len() + 1));
                        continue;
                    }
                    if matches!(
                        kind.to_lowercase().as_str(),
                        "tcp"
                            | "tcp4"
                            | "tcp6"
                            | "tcp-connect"
                            | "openssl"
                            | "ssl"
                            | "tcp4-connect"
                            | "openssl-connect"
                    ) {
                        let rest = without_start(address, kind.len() + 1);
                        self.connections.push(match rest {
                            Text::Literal(text) => Text::from(text.split(',').next().unwrap_or_default()),
                            other => other,
                        });
                    } else if matches!(kind.to_lowercase().as_str(), "proxy" | "socks4" | "socks5") {
                        let rest = without_start(address, kind.len() + 1);
                        self.connections.push(rest);
                    }
                }
            }
        }
    }

    /// Proxies that the environment of this command names.
    pub(super) fn environment(&mut self, invocation: &Invocation) {
        for (name, value) in &invocation.environment {
            if matches!(name.to_lowercase().as_str(), "http_proxy" | "https_proxy" | "all_proxy") {
                self.proxies.extend(value.alternatives().iter().filter(|t| !t.is_empty()).cloned());
            }
        }
    }

    /// Every request that would be sent.
    pub(super) fn requests(&self, raw_path: Option<Text>) -> Vec<HttpRequest> {
        let mut out: Vec<HttpRequest> = Vec::new();
        for url in self.urls.iter().flat_map(expand) {
            let Some(mut request) = url::request(&url) else { continue };
            if let Some(target) = &self.target
                && let Some(replaced) = url::request(&Text::from("http://host").concat(target.clone()))
            {
                (request.path, request.query) = (replaced.path, replaced.query);
            }
            for proxy in &self.proxies {
                if let Some(mut through) = url::request(proxy) {
                    (through.path, through.query) = (request.path.clone(), request.query.clone());
                    out.push(through);
                }
            }
            for entry in &self.resolved {
                let (host, port) = resolve(entry, &request);
                let mut moved = url::connection(&host, &port, request.path.clone());
                moved.query = request.query.clone();
                out.push(moved);
            }
            out.push(request);
        }
        for connection in &self.connections {
            if let Some(target) = url::request(connection) {
                let path = raw_path.clone().unwrap_or_else(|| Text::from("/"));
                out.push(url::connection(&target.host, &target.port, path));
            }
        }
        out
    }

    /// A signed request to AWS itself, told by its target header or by the host and the service it is signed for.
    pub(super) fn aws_call(&self, requests: &[HttpRequest]) -> Option<AwsCall> {
        let target = self.headers.iter().find_map(target_header);
        if let Some(target) = target {
            return Some(target);
        }
        // A request that is not signed is refused, whatever it asks for.
        let signed = self.headers.iter().any(|header| {
            let header = header.known_prefix().to_lowercase();
            header.starts_with("authorization") && header.contains("aws4-")
        });
        let named = self.service.as_ref().is_some_and(|s| s.known_prefix().ends_with("secretsmanager"));
        let endpoint = requests.iter().filter_map(|r| r.host.literal().map(str::to_lowercase)).any(|host| {
            host.starts_with("secretsmanager") && host.contains("amazonaws.com")
                || host.contains(".secretsmanager.") && host.ends_with("amazonaws.com")
        });
        (named || endpoint && (signed || self.service.is_some()))
            .then(|| AwsCall::new("secretsmanager".into(), Text::unknown("X-Amz-Target")))
    }
}

/// `X-Amz-Target: secretsmanager.GetSecretValue` as a call.
pub(in crate::fact) fn target_header(header: &Text) -> Option<AwsCall> {
    let prefix = header.known_prefix();
    let (name, value) = prefix.split_once([':', '='])?;
    if !name.trim().eq_ignore_ascii_case("x-amz-target") {
        return None;
    }
    let (service, _) = value.split_once('.')?;
    let operation = without_start(header, prefix.find('.')? + 1);
    Some(AwsCall::new(Text::from(service.trim()), operation))
}

/// curl expands `{a,b}` in URLs itself.
fn expand(url: &Text) -> Vec<Text> {
    let Some(literal) = url.literal() else { return vec![url.clone()] };
    let (Some(open), Some(close)) = (literal.find('{'), literal.find('}')) else { return vec![url.clone()] };
    if open > close {
        return vec![url.clone()];
    }
    let (head, tail) = (&literal[..open], &literal[close + 1..]);
    literal[open + 1..close]
        .split(',')
        .take(16)
        .map(|middle| Text::from(format!("{head}{middle}{tail}")))
        .collect()
}

/// Where `--resolve host:port:address` and `--connect-to h:p:host:port` send a request.
fn resolve(entry: &Text, request: &HttpRequest) -> (Text, Text) {
    let Some(literal) = entry.literal() else { return (entry.clone(), request.port.clone()) };
    let literal = literal.trim_start_matches(['+', '-']);
    // Brackets hold the colons of an IPv6 address.
    let mut parts: Vec<String> = vec![String::new()];
    let mut bracket = false;
    for c in literal.chars() {
        match c {
            ':' if !bracket => parts.push(String::new()),
            c => {
                bracket = c == '[' || bracket && c != ']';
                if let Some(last) = parts.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    let part = |i: usize| parts.get(i).filter(|p| !p.is_empty()).cloned();
    let host = part(2).map_or_else(|| request.host.clone(), Text::from);
    let port = part(3).or_else(|| part(1).filter(|_| parts.len() == 3));
    (host, port.map_or_else(|| request.port.clone(), Text::from))
}

/// curl's configuration: `name = value`, `--name value`, quotes optional.
fn config(text: &Text) -> Vec<(String, Text)> {
    let Some(text) = text.literal() else { return Vec::new() };
    text.lines()
        .filter_map(|line| {
            let line = line.trim();
            let end = line.find(|c: char| c.is_whitespace() || c == '=' || c == ':')?;
            let value = line[end..].trim_start_matches(|c: char| c.is_whitespace() || c == '=' || c == ':');
            let value = value.strip_prefix('"').map_or(value, |v| v.split('"').next().unwrap_or(v));
            Some((line[..end].to_owned(), Text::from(value)))
        })
        .collect()
}
