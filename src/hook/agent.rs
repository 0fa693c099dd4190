//! The agents whose hook protocols are spoken, a file each.
//!
//! An agent is named by `--agent`, or known by the fields of its event. What no agent is known to send is answered as for
//! Claude Code, whose denial the others honour too.

use serde_json::{Map, Value};

use super::{Answer, Event, claude, codex, copilot, cursor, gemini, kiro};
use crate::call::ToolCall;
use crate::policy::Verdict;

/// The fields of an event.
pub(super) type Fields = Map<String, Value>;

/// How an agent asks, and how it is answered.
#[derive(Debug)]
pub(super) struct Protocol {
    /// Its name, as `--agent` takes it and the log says it.
    pub name: &'static str,
    /// Whether an event is its own.
    pub speaks: fn(&Fields) -> bool,
    /// Reads an event.
    pub event: fn(Fields) -> Result<Event, String>,
    /// Says a verdict.
    pub answer: fn(&Verdict) -> Answer,
    /// Puts another command in a call's place, where it is known to run that instead.
    pub replace: Option<fn(ToolCall, &Verdict, &str) -> Answer>,
    /// Where its events name the session, the tool and the tool's input, for the log.
    pub log: Logged,
}

/// The names of fields.
#[derive(Debug)]
pub(super) struct Logged {
    pub session: &'static str,
    pub tool: &'static str,
    pub input: &'static str,
}

/// Why a call is refused that its user would have to be asked about.
pub(super) const NEVER: &str = "This agent cannot ask its user, so the call is refused; the user can run it.";

/// The names that most agents' events have for them.
pub(super) const USUAL: Logged = Logged { session: "session_id", tool: "tool_name", input: "tool_input" };

/// Those whose events differ most from Claude Code's come first. Gemini's events have a time stamp as Copilot's have, and
/// names of their own.
static ALL: [&Protocol; 6] = [
    &gemini::PROTOCOL,
    &copilot::PROTOCOL,
    &cursor::PROTOCOL,
    &kiro::PROTOCOL,
    &codex::PROTOCOL,
    &claude::PROTOCOL,
];

/// An agent, by its protocol.
#[derive(Debug, Clone, Copy)]
pub struct Agent(pub(super) &'static Protocol);

impl Default for Agent {
    /// Who is answered where nothing tells.
    fn default() -> Agent {
        Agent(&claude::PROTOCOL)
    }
}

impl Agent {
    /// The agent of a name.
    ///
    /// # Errors
    /// When there is none: what the names are.
    pub fn named(name: &str) -> Result<Agent, String> {
        let found = ALL.into_iter().find(|protocol| protocol.name == name).map(Agent);
        found.ok_or_else(|| format!("no agent is called `{name}`; there are: {}", Agent::names().join(", ")))
    }

    /// The names of all.
    pub fn names() -> Vec<&'static str> {
        let mut names: Vec<_> = ALL.iter().map(|protocol| protocol.name).collect();
        names.sort_unstable();
        names
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0.name
    }
}

/// Whose event it is.
pub(super) fn of(fields: &Fields) -> Agent {
    ALL.into_iter().find(|protocol| (protocol.speaks)(fields)).map_or_else(Agent::default, Agent)
}

/// Whether an event is of one of these names.
pub(super) fn is_called(fields: &Fields, names: &[&str]) -> bool {
    fields.get("hook_event_name").and_then(Value::as_str).is_some_and(|name| names.contains(&name))
}

/// A field that must be text.
pub(super) fn text(fields: &mut Fields, name: &str) -> Result<String, String> {
    match fields.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(format!("The event's `{name}` is no text.")),
        None => Err(format!("The event has no `{name}`.")),
    }
}

/// A field that may be there, where it is text.
pub(super) fn text_if_any(fields: &mut Fields, name: &str) -> Option<String> {
    match fields.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// A field that must be an object.
pub(super) fn object(fields: &mut Fields, name: &str) -> Result<Value, String> {
    match fields.remove(name) {
        Some(object @ Value::Object(_)) => Ok(object),
        Some(_) => Err(format!("The event's `{name}` is no object.")),
        None => Err(format!("The event has no `{name}`.")),
    }
}

/// A field that must be an object, or the JSON text of one.
pub(super) fn object_or_text(fields: &mut Fields, name: &str) -> Result<Value, String> {
    match fields.get(name) {
        Some(Value::String(json)) => match serde_json::from_str(json) {
            Ok(object @ Value::Object(_)) => Ok(object),
            _ => Err(format!("The event's `{name}` is no object in JSON.")),
        },
        _ => object(fields, name),
    }
}

/// The name under which surfaces and rules know a tool of an MCP server.
pub(super) fn mcp_tool(server: &str, tool: &str) -> String {
    format!("mcp__{server}__{tool}")
}

/// A denial by exit status and standard error alone.
pub(super) fn refused_on_stderr(stdout: String, reason: &str) -> Answer {
    Answer { stdout, stderr: format!("{reason}\n"), status: 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_named_once() {
        let names = Agent::names();
        assert_eq!(names, ["claude", "codex", "copilot", "cursor", "gemini", "kiro"]);
        assert_eq!(Agent::named("cursor").map(Agent::name), Ok("cursor"));
        assert!(Agent::named("Cursor").unwrap_err().ends_with("codex, copilot, cursor, gemini, kiro"));
    }

    #[test]
    fn an_agent_is_known_by_its_event() {
        for (event, name) in [
            (r#"{"hook_event_name":"PreToolUse","tool_name":"Bash","transcript_path":"/t"}"#, "claude"),
            (r#"{"hook_event_name":"PreToolUse","tool_name":"Bash","turn_id":"1","model":"m"}"#, "codex"),
            (r#"{"hook_event_name":"PreToolUse","tool_name":"Bash","timestamp":"2026"}"#, "copilot"),
            (r#"{"hook_event_name":"PreToolUse","timestamp":"2026","transcript_path":"/t"}"#, "claude"),
            (r#"{"toolName":"bash","toolArgs":"{}","cwd":"/"}"#, "copilot"),
            (r#"{"hook_event_name":"BeforeTool","tool_name":"run_shell_command"}"#, "gemini"),
            (r#"{"hook_event_name":"BeforeTool","tool_name":"read_file","timestamp":"2026"}"#, "gemini"),
            (r#"{"hook_event_name":"beforeShellExecution","command":"ls"}"#, "cursor"),
            (r#"{"hook_event_name":"preToolUse","tool_name":"Shell","conversation_id":"c"}"#, "cursor"),
            (r#"{"hook_event_name":"preToolUse","tool_name":"execute_bash"}"#, "kiro"),
            ("{}", "claude"),
        ] {
            let Ok(Value::Object(fields)) = serde_json::from_str(event) else { panic!("{event}") };
            assert_eq!(of(&fields).name(), name, "{event}");
        }
    }
}
