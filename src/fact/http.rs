//! HTTP clients and raw connections, as `rules/programs/http-clients.toml` describes them.

use super::options::{Argument, Options, without_start};
use super::reader::Reader;
use super::{AwsCall, Fact, HostClass, HttpRequest, reference, url};
use crate::knowledge::{HttpClient, Operands};
use crate::shell::{Invocation, Outcome};
use crate::trace::Trace;
use crate::value::{Text, Value};

impl Reader {
    /// A client started as a program; None where this entry does not fit the call.
    pub(super) fn http_client(
        &mut self,
        trace: &Trace,
        name: &str,
        client: &HttpClient,
        invocation: &Invocation,
    ) -> Option<Outcome> {
        let mut words: Vec<Text> = invocation.argv[1..].iter().cloned().map(Text::unmatched).collect();
        if let Some(subcommand) = &client.subcommand {
            let at = words.iter().position(|w| w.literal() == Some(subcommand))?;
            words.drain(..=at);
        }
        let inert =
            |word: &Text| word.literal().is_some_and(|w| client.inert.iter().any(|option| option == w));
        if words.iter().any(inert) {
            // It builds a request, or probes a port, and sends nothing.
            return Some(Outcome { output: None, entered: true });
        }
        let mut request = Request::default();
        for path in &client.default_config {
            if let Some(Value::One(text)) = invocation.files.get(path) {
                request.configure(&text);
            }
        }
        let operands = self.arguments(trace, client, &words, invocation, &mut request);
        request.operands(name, &operands, client);
        request.environment(invocation);
        for command in std::mem::take(&mut request.commands) {
            self.inner_shell(trace, invocation, &command, Vec::new());
        }
        let raw_path = client.raw.then(|| raw_path(&invocation.stdin));
        if client.raw {
            request.headers.extend(invocation.stdin.known_prefix().lines().take(100).map(Text::from));
        }
        let mut requests = request.requests(raw_path);
        let call = request.aws_call(&requests);
        let evidence = invocation.to_string();
        if let Some(call) = call {
            self.find(trace, Fact::Aws(call), evidence.clone(), None);
        }
        let mut output = None;
        for found in requests.drain(..) {
            output = self.request(trace, found, &evidence).map(Value::One).or(output);
        }
        Some(Outcome { output, entered: true })
    }

    /// Records a request; the reference to what it would read, where that is plain.
    pub(super) fn request(&mut self, trace: &Trace, request: HttpRequest, evidence: &str) -> Option<Text> {
        let request = self.with_agent_port(request);
        let secret = agent_secret(&request);
        if let Some(secret) = &secret {
            self.suggestions.fetched(secret, None);
        }
        self.find(trace, Fact::Http(request), evidence.to_owned(), secret.as_ref());
        secret
    }

    /// A port that the environment names for the agent counts as the agent's own.
    fn with_agent_port(&self, mut request: HttpRequest) -> HttpRequest {
        let agent = &crate::knowledge::hosts().agent;
        let named = request.port.to_string().contains(&agent.port_variable);
        let set =
            self.agent_port.is_some_and(|port| request.port.literal() == Some(port.to_string().as_str()));
        // `02773` is 2773 to every client.
        let plain = request.port.literal().map(|port| port.trim_start_matches('0').to_owned());
        let tunnel = plain.as_ref().is_some_and(|port| {
            *port == agent.port.to_string()
                || request.class == HostClass::Loopback && self.tunnels.contains(port)
        });
        if named || set || tunnel {
            request.port = Text::from(agent.port.to_string());
        }
        request
    }

    fn arguments(
        &mut self,
        trace: &Trace,
        client: &HttpClient,
        words: &[Text],
        invocation: &Invocation,
        request: &mut Request,
    ) -> Vec<Text> {
        let takes_value = |option: &str| {
            !client.flags.iter().any(|flag| flag == option)
                && [
                    &client.url,
                    &client.header,
                    &client.proxy,
                    &client.resolve,
                    &client.target,
                    &client.config,
                    &client.list,
                    &client.settings,
                    &client.connect,
                    &client.shell_options,
                    &client.service,
                    &client.value_options,
                ]
                .iter()
                .any(|list| list.iter().any(|known| known == option))
        };
        let mut operands = Vec::new();
        for argument in (Options { value: &takes_value, stop: false }).read(words) {
            match argument {
                Argument::Operand { word, .. } => operands.push(word),
                Argument::Dashes { .. } | Argument::Option { value: None, .. } => {}
                Argument::Option { name, value: Some(value), .. } => {
                    let is = |list: &[String]| list.contains(&name);
                    if is(&client.url) {
                        request.urls.push(value);
                    } else if is(&client.header) {
                        match value.known_prefix().strip_prefix('@') {
                            Some(path) => {
                                let lines = file(invocation, &Text::from(path));
                                request
                                    .headers
                                    .extend(lines.literal().into_iter().flat_map(str::lines).map(Text::from));
                            }
                            None => request.headers.push(value),
                        }
                    } else if is(&client.proxy) {
                        request.proxies.push(value);
                    } else if is(&client.resolve) {
                        request.resolved.push(value);
                    } else if is(&client.target) {
                        request.target = Some(value);
                    } else if is(&client.connect) {
                        request.connections.push(value);
                    } else if is(&client.service) {
                        request.service = Some(value);
                    } else if is(&client.shell_options) {
                        self.inner_shell(trace, invocation, &value, Vec::new());
                    } else if is(&client.config) {
                        request.configure(&file(invocation, &value));
                    } else if is(&client.list) {
                        let text = file(invocation, &value);
                        request.urls.extend(text.literal().into_iter().flat_map(str::lines).map(Text::from));
                    } else if is(&client.settings)
                        && let Some((key, proxy)) = value.literal().and_then(|v| v.split_once('='))
                        && key.trim().to_lowercase().ends_with("_proxy")
                    {
                        request.proxies.push(Text::from(proxy.trim()));
                    }
                }
            }
        }
        operands
    }

    /// Text sent through a path that is a connection: `/dev/tcp/host/port`.
    pub(super) fn written_to_network(&mut self, trace: &Trace, path: &Text, text: &Value) {
        let prefix = path.known_prefix();
        let Some(rest) = prefix.strip_prefix("/dev/tcp/").or_else(|| prefix.strip_prefix("/dev/udp/")) else {
            return;
        };
        let whole = without_start(path, prefix.len() - rest.len());
        let slash = url::request(&whole.map_literals(|text| text.replacen('/', ":", 1)));
        let Some(target) = slash else { return };
        for text in text.alternatives() {
            let request = url::connection(&target.host, &target.port, raw_path(text));
            self.request(trace, request, &format!("a request to {path}"));
        }
    }
}

/// The reference to what a request to the agent daemon would read.
fn agent_secret(request: &HttpRequest) -> Option<Text> {
    let agent = crate::knowledge::hosts().agent.port.to_string();
    if request.port.literal() != Some(agent.as_str()) {
        return None;
    }
    let mut call = AwsCall::new("secretsmanager".into(), "get-secret-value".into());
    let id = url::query_parameter(&request.query, "secretId").or_else(|| {
        let path = &request.path;
        let start = path.known_prefix().strip_prefix("/v1/").map(|_| "/v1/".len())?;
        Some(without_start(path, start)).filter(|id| !id.is_empty())
    })?;
    call.parameters.push(("SecretId".to_owned(), id));
    for (parameter, name) in [("versionStage", "VersionStage"), ("versionId", "VersionId")] {
        if let Some(value) = url::query_parameter(&request.query, parameter) {
            call.parameters.push((name.to_owned(), value));
        }
    }
    // The daemon answers like the API: `jq .SecretString` selects from it.
    Some(reference::of_call(&call))
}

/// What a client was told.
#[derive(Default)]
struct Request {
    urls: Vec<Text>,
    headers: Vec<Text>,
    proxies: Vec<Text>,
    resolved: Vec<Text>,
    target: Option<Text>,
    /// `host:port`, no URL.
    connections: Vec<Text>,
    service: Option<Text>,
    /// Shell text that talks over the connection.
    commands: Vec<Text>,
}

impl Request {
    /// Adds what a file of options says.
    fn configure(&mut self, text: &Text) {
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

    fn operands(&mut self, name: &str, operands: &[Text], client: &HttpClient) {
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
    fn environment(&mut self, invocation: &Invocation) {
        for (name, value) in &invocation.environment {
            if matches!(name.to_lowercase().as_str(), "http_proxy" | "https_proxy" | "all_proxy") {
                self.proxies.extend(value.alternatives().iter().filter(|t| !t.is_empty()).cloned());
            }
        }
    }

    /// Every request that would be sent.
    fn requests(&self, raw_path: Option<Text>) -> Vec<HttpRequest> {
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
    fn aws_call(&self, requests: &[HttpRequest]) -> Option<AwsCall> {
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
pub(super) fn target_header(header: &Text) -> Option<AwsCall> {
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

/// The path of the request that a text begins with; unknown where it is not a request that is known.
fn raw_path(text: &Text) -> Text {
    let prefix = text.known_prefix().trim_start();
    let mut words = prefix.split_ascii_whitespace();
    match (words.next(), words.next()) {
        (Some(method), Some(path)) if method.bytes().all(|c| c.is_ascii_uppercase()) => {
            Text::from(path.split('?').next().unwrap_or(path))
        }
        _ if text.literal().is_some_and(|t| t.trim().is_empty()) => Text::from("/"),
        _ => Text::unknown("request"),
    }
}

fn file(invocation: &Invocation, path: &Text) -> Text {
    match path.literal() {
        Some("-" | "/dev/stdin") => invocation.stdin.clone(),
        Some(path) => match invocation.files.get(path) {
            Some(Value::One(text)) => text,
            _ => Text::unknown(format!("contents of {path}")),
        },
        None => path.clone(),
    }
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
