//! Rules over calls of MCP servers' tools.

use super::matching::{Answers, any, either};
use super::rule::McpMatch;
use crate::fact::McpCall;
use crate::value::Text;

/// Asks the parts of a tool's call that a rule names.
pub(super) fn mcp(answers: &mut Answers, wanted: &McpMatch, call: &McpCall) {
    answers.ask_any("server", wanted.server.as_ref(), &Text::from(call.server.as_str()));
    answers.ask_any("tool", wanted.tool.as_ref(), &Text::from(call.tool.as_str()));
    for (path, patterns) in &wanted.field {
        let given = call.fields.iter().filter(|(known, _)| known == path);
        answers.ask(path, || either(given.map(|(_, text)| any(patterns, &Text::from(text.as_str())))));
    }
}
