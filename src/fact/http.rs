//! HTTP clients and raw connections, as `rules/programs/http-clients.toml` describes them.

mod told;

use super::options::{Argument, Options, without_start};
use super::reader::Reader;
use super::{AwsCall, Fact, HostClass, HttpRequest, reference, url};
use crate::knowledge::HttpClient;
use crate::shell::{Invocation, Outcome};
use crate::trace::Trace;
use crate::value::{Text, Value};

use told::Request;
pub(super) use told::target_header;

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
        self.files_sent(trace, client, invocation);
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
        let inert =
            |word: &Text| word.literal().is_some_and(|w| client.inert.iter().any(|option| option == w));
        if words.iter().any(inert) {
            // It builds a request, or probes a port, and sends nothing.
            return Some(Outcome { output: None, entered: true });
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
        let agent = crate::knowledge::agent();
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
        let variables = told::variables(client, words, invocation);
        let takes_value = |option: &str| {
            let option = &*told::expanding(option).unwrap_or_else(|| option.into());
            !client.flags.iter().any(|flag| flag == option)
                && [
                    &client.url,
                    &client.header,
                    &client.proxy,
                    &client.resolve,
                    &client.target,
                    &client.config,
                    &client.list,
                    &client.base,
                    &client.variable,
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
                    let (name, value) = match told::expanding(&name) {
                        Some(plain) => (plain, value.map_literals(|text| told::expanded(text, &variables))),
                        None => (name, value),
                    };
                    let is = |list: &[String]| list.contains(&name);
                    if is(&client.url) {
                        match value.literal().and_then(|value| value.strip_prefix('@')) {
                            Some(path) => request.list(&file(invocation, &Text::from(path))),
                            None => request.urls.push(value),
                        }
                    } else if is(&client.base) {
                        request.base = Some(value);
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
                        request.list(&file(invocation, &value));
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
    let agent = crate::knowledge::agent().port.to_string();
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
