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
    /// What URLs from a file are relative to.
    pub(super) base: Option<Text>,
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

    /// Adds the URLs of a file, one a line.
    pub(super) fn list(&mut self, text: &Text) {
        self.urls.extend(text.literal().into_iter().flat_map(str::lines).map(Text::from));
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
        for url in self.urls.iter().flat_map(expand).map(|url| self.absolute(url)) {
            let Some(mut request) = url::request(&url) else { continue };
            if let Some(target) = &self.target
                && let Some(replaced) = url::request(&Text::from("http://host").concat(target.clone()))
            {
                (request.path, request.query) = (replaced.path, replaced.query);
            }
            for proxy in &self.proxies {
                if let Some(mut through) = url::request(&without_kind(proxy)) {
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

    /// A URL, or what is relative to the base.
    fn absolute(&self, url: Text) -> Text {
        match &self.base {
            Some(base) if !url.known_prefix().contains("://") => {
                base.clone().concat(Text::from("/")).concat(url)
            }
            _ => url,
        }
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

/// Combinations of what curl expands in a URL that are tried.
const MAX_EXPANDED: usize = 64;

/// curl expands `{a,b}` and `[1-9]` in URLs itself (curl(1), "GLOBBING").
fn expand(url: &Text) -> Vec<Text> {
    let Some(literal) = url.literal().filter(|url| url.contains(['{', '['])) else {
        return vec![url.clone()];
    };
    let mut out = vec![String::new()];
    let mut rest = literal;
    while let Some(open) = rest.find(['{', '[']) {
        let (before, after) = rest.split_at(open);
        let close = if after.starts_with('{') { '}' } else { ']' };
        let Some(end) = after.find(close) else { break };
        let inner = &after[1..end];
        let choices = match close {
            '}' => inner.split(',').map(str::to_owned).collect(),
            _ => range(inner).unwrap_or_else(|| vec![after[..=end].to_owned()]),
        };
        out = out
            .iter()
            .flat_map(|begun| choices.iter().map(move |choice| format!("{begun}{before}{choice}")))
            .take(MAX_EXPANDED)
            .collect();
        rest = &after[end + 1..];
    }
    out.into_iter().map(|url| Text::from(url + rest)).collect()
}

/// `1-9`, `01-10:2`, `a-z`: the agent's port, where it is in the range, and the first of it. None where it is no range.
fn range(inner: &str) -> Option<Vec<String>> {
    let (first, last) = inner.split(':').next()?.split_once('-')?;
    if let (Ok(low), Ok(high)) = (first.parse::<u32>(), last.parse::<u32>()) {
        let agent = u32::from(crate::knowledge::agent().port);
        let held = (low..=high).contains(&agent).then_some(agent);
        return Some(held.into_iter().chain((low..=high).take(4)).map(|number| number.to_string()).collect());
    }
    let is_letter = |text: &str| text.len() == 1 && text.starts_with(|c: char| c.is_ascii_alphabetic());
    (is_letter(first) && is_letter(last)).then(|| vec![first.to_owned(), last.to_owned()])
}

/// The option that `--expand-option` is, with variables in its value.
pub(super) fn expanding(option: &str) -> Option<String> {
    option.strip_prefix("--expand-").map(|name| format!("--{name}"))
}

/// curl's own variables: `--variable name=value`, `--variable %NAME=default` of the environment.
pub(super) fn variables(
    client: &HttpClient,
    words: &[Text],
    invocation: &Invocation,
) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for pair in words.windows(2).filter(|pair| client.variable.iter().any(|o| pair[0].literal() == Some(o))) {
        let Some(text) = pair[1].literal() else { continue };
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        match name.strip_prefix('%') {
            Some(name) => {
                let set = invocation.environment.iter().find(|(known, _)| known == name);
                let value = set.and_then(|(_, value)| value.literal()).or(value);
                out.extend(value.map(|value| (name.to_owned(), value.to_owned())));
            }
            None => out.extend(value.map(|value| (name.to_owned(), value.to_owned()))),
        }
    }
    out
}

/// A text with `{{name}}` and `{{name:function}}` as the variable's value.
pub(super) fn expanded(text: &str, variables: &[(String, String)]) -> String {
    let mut parts = text.split("{{");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| {
        let Some((name, after)) = part.split_once("}}") else { return out + "{{" + part };
        let name = name.split(':').next().unwrap_or(name).trim();
        let value = variables.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
        out + value + after
    })
}

/// A proxy without the kind of request that it is for: HTTPie's `http:http://localhost:3128`.
fn without_kind(proxy: &Text) -> Text {
    let prefix = proxy.known_prefix();
    let kind = prefix
        .split_once(':')
        .filter(|(kind, rest)| matches!(*kind, "http" | "https" | "all") && rest.contains("://"));
    kind.map_or_else(|| proxy.clone(), |(kind, _)| without_start(proxy, kind.len() + 1))
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
