//! What a tool call would do, as facts that rules can judge.
//!
//! In: programs that would start, with resolved arguments, and code, URLs and structured requests from the
//! fields of a tool call. Out: [`Finding`]s, each a [`Fact`] with the evidence and the route to it. Wrappers
//! are followed to the command they run, shells and other languages re-entered. Nothing here decides.

mod aws_cli;
mod effects;
mod http;
mod interpreter;
mod loopback;
mod makefile;
mod options;
mod reader;
mod reference;
mod shells;
mod structured;
mod suggestion;
mod url;
mod wrapper;

pub use loopback::HostClass;
pub use reader::Reader;

use crate::value::Text;

/// Something a tool call would do.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// A request to AWS, by whatever road.
    Aws(AwsCall),
    /// A request to a host.
    Http(HttpRequest),
}

/// A request to AWS.
#[derive(Debug, Clone, PartialEq)]
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
#[derive(Debug, Clone, PartialEq)]
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
    /// The reference that stands for what it would fetch, where it is a secret's value.
    pub reference: Option<String>,
}

impl AwsCall {
    /// A call with its names normalised.
    pub fn new(service: Text, operation: Text) -> AwsCall {
        let service = service.map_literals(|name| {
            let name = name.to_lowercase();
            let name = name.strip_prefix("com.amazonaws.").unwrap_or(&name).replace(['-', '_', ' '], "");
            name.strip_suffix("client").unwrap_or(&name).to_owned()
        });
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
