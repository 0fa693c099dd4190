//! What a tool call would do, as facts that rules can judge.
//!
//! In: programs that would start, with resolved arguments, and code, URLs and structured requests from the
//! fields of a tool call. Out: [`Finding`]s, each a [`Fact`] with the evidence and the route to it. Wrappers
//! are followed to the command they run, shells and other languages re-entered. Nothing here decides.

mod asked;
mod aws_cli;
mod certain;
mod changes;
mod cli_alias;
mod command;
mod compiler;
mod disclosure;
mod effects;
mod file;
mod findings;
mod forward;
mod found;
mod http;
mod interpreter;
mod justfile;
mod left;
mod listed;
mod loopback;
mod makefile;
mod mcp;
mod modules;
mod notebook;
mod options;
mod patch;
mod perl_lines;
mod places;
mod plain_fetch;
mod reader;
mod reference;
mod remote;
mod resolver;
mod script;
mod shells;
mod shown;
mod structured;
mod suggestion;
mod taskfile;
mod tasks;
mod unresolved;
mod url;
mod veil;
mod wrapper;
mod write;
mod xargs;

pub use asked::{Change, CodeCall, FileWrite, McpCall};
pub use certain::rewritten;
pub use findings::Findings;
pub use loopback::HostClass;
pub use places::{Elsewhere, MOVED};
pub use reader::Reader;

use crate::trace::Origin;
use crate::value::{Text, Value};

/// The host that a URL leads to, and what it is; None where there is none.
pub fn host_of(url: &Text) -> Option<(Text, HostClass)> {
    url::request(url).map(|request| (request.host, request.class))
}

/// What a host is.
pub fn class_of(host: &Text) -> HostClass {
    loopback::classify(host)
}

/// Something a tool call would do.
#[derive(Debug, Clone, PartialEq, Hash)]
pub enum Fact {
    /// A request to AWS, by whatever road.
    Aws(AwsCall),
    /// A request to a host.
    Http(HttpRequest),
    /// asm-exec puts values in the place of references for a program.
    Resolve(Resolve),
    /// A reference reaches a program as it is written.
    Unresolved(Unresolved),
    /// A file is read that a rule asks for.
    File(FileRead),
    /// A program starts that rules judge by its command line.
    Command(CommandLine),
    /// Connections are forwarded to the agent's port.
    Forward(Forward),
    /// A tool of an MCP server is called that a rule asks for.
    Mcp(McpCall),
    /// Code calls a function that a rule asks for.
    Code(CodeCall),
    /// A file is written, removed or given another mode that a rule asks for.
    Write(FileWrite),
}

/// A file is read.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct FileRead {
    /// Its path, without `.` and `..`.
    pub path: Text,
}

/// The command line of a program.
#[derive(Debug, Clone, Default, PartialEq, Hash)]
pub struct CommandLine {
    /// The program, without its folder.
    pub program: Text,
    /// Its operands.
    pub operands: Vec<Text>,
    /// Its options by the name that rules use, with their values; the empty text where there is none.
    pub options: Vec<(String, Text)>,
    /// All that it is given to read: arguments, variables, standard input, documents.
    pub texts: Vec<Text>,
}

/// Connections to a port are forwarded.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct Forward {
    /// The host they go to.
    pub host: Text,
    /// What that host is, seen from where the connection leaves.
    pub class: HostClass,
    /// The port they go to.
    pub port: Text,
    /// The port they come from, where it is said.
    pub local: Option<Text>,
}

/// asm-exec puts values in the place of references for a program.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct Resolve {
    /// The program that asm-exec starts; of one that shows a value, that program.
    pub program: Text,
    /// asm-exec's options, as they are written.
    pub options: Vec<Text>,
    /// The variables that the call sets for asm-exec.
    pub variables: Vec<(String, Value)>,
    /// What the program puts on the tool's output.
    pub output: Output,
}

/// What a program puts on the tool's output of the values that it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Output {
    /// Nothing that can be seen: it uses them.
    Hidden,
    /// A value, in whatever form.
    Value,
    /// Something that cannot be known, and nothing but that is done.
    Unknown,
}

/// A reference reaches a program as it is written.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct Unresolved {
    /// The program.
    pub program: Text,
    /// How it gets there.
    pub place: Place,
}

/// How a text reaches a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Among its arguments.
    Argument,
    /// In a variable.
    Environment,
    /// On standard input.
    Input,
}

impl Place {
    /// Its name in rules and for people.
    pub fn word(self) -> &'static str {
        match self {
            Place::Argument => "argument",
            Place::Environment => "environment",
            Place::Input => "input",
        }
    }
}

impl Output {
    /// Its name for people.
    pub fn word(self) -> &'static str {
        match self {
            Output::Hidden => "hidden",
            Output::Value => "value",
            Output::Unknown => "unknown",
        }
    }
}

impl Fact {
    /// The fact with values as the references they came from.
    fn lifted(self) -> Fact {
        use veil::lifted;
        match self {
            Fact::Aws(call) => Fact::Aws(AwsCall {
                service: lifted(call.service),
                operation: lifted(call.operation),
                parameters: call.parameters.into_iter().map(|(name, value)| (name, lifted(value))).collect(),
                region: call.region.map(lifted),
            }),
            Fact::Http(request) => Fact::Http(HttpRequest {
                host: lifted(request.host),
                port: lifted(request.port),
                path: lifted(request.path),
                query: lifted(request.query),
                ..request
            }),
            Fact::Resolve(resolve) => Fact::Resolve(Resolve {
                program: lifted(resolve.program),
                options: resolve.options.into_iter().map(lifted).collect(),
                variables: resolve.variables.into_iter().map(|(n, value)| (n, value.map(lifted))).collect(),
                ..resolve
            }),
            Fact::Unresolved(_)
            | Fact::File(_)
            | Fact::Command(_)
            | Fact::Forward(_)
            | Fact::Mcp(_)
            | Fact::Code(_)
            | Fact::Write(_) => self,
        }
    }

    /// The fact in a line, for people.
    pub fn shown(&self) -> String {
        match self {
            Fact::Aws(call) => format!("AWS call: {} {}", call.service, call.operation),
            Fact::Http(request) => format!("HTTP request: {}", request.shown()),
            Fact::Resolve(Resolve { program, output: Output::Hidden, .. }) => {
                format!("asm-exec resolves for: {program}")
            }
            Fact::Resolve(Resolve { program, output: Output::Value, .. }) => {
                format!("a resolved value is shown by: {program}")
            }
            Fact::Resolve(Resolve { program, output: Output::Unknown, .. }) => {
                format!("perhaps a resolved value is shown by: {program}")
            }
            Fact::Unresolved(Unresolved { program, place }) => {
                format!("an unresolved reference ({}) for: {program}", place.word())
            }
            Fact::File(FileRead { path }) => format!("a file is read: {path}"),
            Fact::Command(line) => format!("command: {}", line.shown()),
            Fact::Forward(Forward { host, port, .. }) => {
                format!("connections are forwarded to {host}:{port}")
            }
            Fact::Mcp(McpCall { server, tool, .. }) => format!("MCP tool: {tool} of {server}"),
            Fact::Code(CodeCall { language, call, .. }) => format!("{language} calls: {call}"),
            Fact::Write(FileWrite { path, change: Change::Write, .. }) => {
                format!("a file is written: {path}")
            }
            Fact::Write(FileWrite { path, change: Change::Remove, .. }) => {
                format!("a file is removed: {path}")
            }
            Fact::Write(FileWrite { path, change: Change::Mode, .. }) => {
                format!("a file gets another mode: {path}")
            }
        }
    }
}

impl CommandLine {
    /// `chamber read service key`, for people.
    pub fn shown(&self) -> String {
        self.operands.iter().fold(self.program.to_string(), |out, word| format!("{out} {word}"))
    }
}

/// A request to AWS.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct AwsCall {
    /// The service, in lower case without separators (`secretsmanager`).
    pub service: Text,
    /// The operation, in kebab case (`get-secret-value`).
    pub operation: Text,
    /// Its parameters, in the API's spelling (`SecretId`).
    pub parameters: Vec<(String, Text)>,
    /// The region, where it is said.
    pub region: Option<Text>,
}

/// A request to a host.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct HttpRequest {
    /// The host as written.
    pub host: Text,
    /// What the host is.
    pub class: HostClass,
    /// The port, the scheme's default where none is written.
    pub port: Text,
    /// The path, decoded and normalised, without the query.
    pub path: Text,
    /// The query as written.
    pub query: Text,
}

/// A fact, how it was reached, and what showed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What would be done.
    pub fact: Fact,
    /// The resolved command or call that would do it.
    pub evidence: String,
    /// How it was reached, outermost first (`bash -c`, `xargs`).
    pub route: Vec<String>,
    /// The line of the file on disk that would do it; None where the call itself says it.
    pub origin: Option<Origin>,
    /// The reference that stands for what it would fetch, where it is a secret's value.
    pub reference: Option<String>,
    /// The command that would do what was meant.
    pub instead: Option<String>,
}

impl AwsCall {
    /// A call with its names normalised.
    pub fn new(service: Text, operation: Text) -> AwsCall {
        let service = service.map_literals(plain_service);
        let operation = match operation {
            Text::Literal(name) => Text::Literal(kebab_case(&name)),
            mixed => mixed.map_literals(kebab_case),
        };
        AwsCall { service, operation, parameters: Vec::new(), region: None }
    }

    /// `secretsmanager get-secret-value SecretId=prod/db`, for people.
    pub fn shown(&self) -> String {
        let mut out = match self.service.is_wholly_unknown() {
            true => self.operation.to_string(),
            false => format!("{} {}", self.service, self.operation),
        };
        for (name, value) in self.parameters.iter().filter(|(name, _)| name.starts_with("Secret")) {
            out.push_str(&format!(" {name}={value}"));
        }
        out
    }

    /// A parameter by its name in the API's spelling.
    pub fn parameter(&self, name: &str) -> Option<&Text> {
        let plain = |s: &str| s.to_lowercase().replace(['-', '_'], "");
        self.parameters.iter().find(|(known, _)| plain(known) == plain(name)).map(|(_, value)| value)
    }
}

/// `Secrets Manager`, `AWS::SecretsManager`, `SecretsManagerClient`, `secretsmanager.eu-west-1.amazonaws.com` as
/// `secretsmanager`.
fn plain_service(name: &str) -> String {
    let name = name.trim().to_lowercase();
    // Of an endpoint's name the first label is the service.
    let name = match name.split_once(".amazonaws.com") {
        Some((host, _)) => host.split('.').next().unwrap_or(host),
        None => &name,
    };
    let name =
        ["com.amazonaws.", "aws.", "aws::", "aws-sdk:", "amazon ", "aws ", "aws-sdk-", "@aws-sdk/client-"]
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))
            .unwrap_or(name)
            .replace(['-', '_', ' '], "");
    name.strip_suffix("client").unwrap_or(&name).to_owned()
}

/// `GetSecretValue`, `get_secret_value`, `getSecretValue` and `GetSecretValueCommand` as `get-secret-value`.
pub fn kebab_case(name: &str) -> String {
    let name = name.trim();
    let name = ["Command", "Request", "Async"].iter().fold(name, |name, suffix| {
        name.strip_suffix(suffix).filter(|stem| stem.chars().any(char::is_lowercase)).unwrap_or(name)
    });
    let mut out = String::with_capacity(name.len() + 4);
    let chars: Vec<char> = name.chars().collect();
    let shouting = !chars.iter().any(|c| c.is_lowercase());
    for (i, &c) in chars.iter().enumerate() {
        if matches!(c, '_' | '-' | ' ') {
            if !out.ends_with('-') {
                out.push('-');
            }
            continue;
        }
        let begins_word = c.is_uppercase()
            && !shouting
            && i > 0
            && (chars[i - 1].is_lowercase() || chars.get(i + 1).is_some_and(|next| next.is_lowercase()));
        if begins_word && !out.ends_with('-') {
            out.push('-');
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_have_one_spelling() {
        for name in [
            "get-secret-value",
            "get_secret_value",
            "GetSecretValue",
            "getSecretValue",
            "GET_SECRET_VALUE",
            "GetSecretValueCommand",
            "GetSecretValueRequest",
            "Get Secret Value",
            " get-secret-value ",
        ] {
            assert_eq!(kebab_case(name), "get-secret-value", "{name}");
        }
        assert_eq!(kebab_case("ListObjectsV2"), "list-objects-v2");
        assert_eq!(kebab_case("ABCThing"), "abc-thing");
        let call = AwsCall::new("Secrets_Manager".into(), "GetSecretValue".into());
        assert_eq!(
            (call.service.literal(), call.operation.literal()),
            (Some("secretsmanager"), Some("get-secret-value"))
        );
    }
}
