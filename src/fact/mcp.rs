//! Calls of MCP servers' tools, as facts for rules that name them.

use serde_json::Value;

use super::reader::Reader;
use super::{Fact, McpCall};
use crate::call::ToolCall;
use crate::trace::Trace;

/// What the names of MCP tools begin with, and what stands between the server and the tool.
const MCP: &str = "mcp__";
const BETWEEN: &str = "__";
/// Fields that are looked at.
const MAX_FIELDS: usize = 4_096;

impl Reader {
    /// A call of a server's tool; a fact only where a rule asks for it.
    pub fn mcp_call(&mut self, trace: &Trace, call: &ToolCall) {
        // `mcp__server__tool`, of a plugin's server `mcp__plugin_name_server__tool`.
        let name = call.tool.strip_prefix(MCP).and_then(|name| name.split_once(BETWEEN));
        let Some((server, tool)) = name.filter(|(server, _)| self.interests.in_server(server)) else {
            return;
        };
        let fact = McpCall { server: server.to_owned(), tool: tool.to_owned(), fields: fields(&call.input) };
        self.find(trace, Fact::Mcp(fact), format!("{} {}", call.tool, call.input), None);
    }
}

/// The texts, numbers and truth values of an input by their dotted path.
fn fields(input: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), input)];
    while let Some((path, value)) = open.pop() {
        if found.len() >= MAX_FIELDS {
            break;
        }
        match value {
            Value::String(text) => found.push((path, text.clone())),
            Value::Bool(_) | Value::Number(_) => found.push((path, value.to_string())),
            Value::Array(items) => open.extend(items.iter().rev().map(|item| (path.clone(), item))),
            Value::Object(entries) => {
                let inside = |name: &String| match path.as_str() {
                    "" => name.clone(),
                    path => format!("{path}.{name}"),
                };
                open.extend(entries.iter().map(|(name, value)| (inside(name), value)));
            }
            Value::Null => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use serde_json::json;

    use super::*;
    use crate::guard::{self, Context};
    use crate::knowledge::{Interest, Interests};
    use crate::policy::Rules;

    #[test]
    fn servers_tools_and_fields_are_told() {
        let mut interests = Interests::default();
        interests.ask(Interest::Server, "{github,plugin_*}");
        let context = Context { rules: Rc::new(Rules::asking_for(interests)), ..Context::default() };
        let input = json!({"repo": {"owner": "acme", "private": true}, "labels": ["a", "b"], "body": null});
        for (tool, expected) in [
            ("mcp__github__create_issue", "github create_issue"),
            ("mcp__plugin_aws-core_aws-mcp__search__all", "plugin_aws-core_aws-mcp search__all"),
            ("mcp__jira__create_issue", ""),
            ("Bash_github", ""),
        ] {
            let call = ToolCall::new(tool, input.clone());
            let findings = guard::judge(&call, &context, &Trace::new()).findings;
            let calls = findings.iter().filter_map(|finding| match &finding.fact {
                Fact::Mcp(call) => Some(call),
                _ => None,
            });
            let shown: Vec<String> = calls
                .map(|call| {
                    let mut fields: Vec<String> =
                        call.fields.iter().map(|(path, text)| format!("{path}={text}")).collect();
                    fields.sort();
                    assert_eq!(fields, ["labels=a", "labels=b", "repo.owner=acme", "repo.private=true"]);
                    format!("{} {}", call.server, call.tool)
                })
                .collect();
            assert_eq!(shown.join(" / "), expected, "{tool}");
        }
    }
}
