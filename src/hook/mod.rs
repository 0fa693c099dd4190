//! The hook: one event on standard input, one answer on standard output. It decides about a call before a tool runs
//! (PreToolUse), and looks through what the tool gave afterwards, where the settings want that (PostToolUse).
//!
//! In: the bytes an agent sends. Out: an [`Answer`], whatever the bytes are. What cannot be read is refused with
//! a reason. A panic is a refusal, and so is no answer by [`DEADLINE`]: an agent that times out a hook, or sees
//! it die, may run the tool anyway.
//!
//! ```
//! let event = br#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"}}"#;
//! assert_eq!(asm_guard::hook::answer(event).status, 0);
//! ```

mod after;
mod agent;
mod claude;
mod codex;
mod copilot;
mod cursor;
mod disk;
mod elsewhere;
mod fault;
mod gemini;
mod kiro;
mod log;
mod paths;
mod process;
mod rewrite;
mod texts;
mod watch;

use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use crate::audit::Masking;
use crate::call::ToolCall;
use crate::guard::{self, Context};
use crate::home;
use crate::layers;
use crate::policy::Verdict;
use crate::settings::Places;
use crate::trace::Trace;
use disk::OwnFolders;

pub use agent::Agent;
pub use process::{Stopped, main, within_deadline};

/// The largest event that is read, in bytes.
pub const MAX_EVENT: usize = 4 << 20;
/// An object takes some 700 bytes however little is in it, so an event may hold this many at most.
const MAX_OBJECTS: usize = 40_000;
/// An event up to this size cannot hold so many that it matters.
const LARGE_EVENT: usize = 128 << 10;
/// How long an answer may take, well under the ten seconds that `hooks/hooks.json` gives.
pub const DEADLINE: Duration = Duration::from_secs(2);
/// The rule named in refusals of what is no event at all.
const UNREADABLE: &str = "unreadable-event";

/// What the hook says: standard output, standard error, exit status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// One JSON object, or nothing.
    pub stdout: String,
    /// The reason again, where there is one.
    pub stderr: String,
    /// 2 for a denial, else 0.
    pub status: u8,
}

impl Answer {
    /// Nothing, with which a call runs where its user's own permissions let it.
    const fn silent() -> Answer {
        Answer { stdout: String::new(), stderr: String::new(), status: 0 }
    }
}

/// What is decided of an event, and how it is said.
#[derive(Debug)]
struct Reply {
    /// None where the event asks for no decision.
    verdict: Option<Verdict>,
    answer: Answer,
    /// Whether the answer puts another command in the call's place.
    replaced: bool,
    /// What was masked of what a tool gave.
    masking: Option<Masking>,
    /// Who is answered.
    agent: Agent,
}

impl Reply {
    /// The reply to what a tool gave.
    fn of(given: after::Given, named: Option<Agent>) -> Reply {
        let after::Given { answer, masking } = given;
        Reply { verdict: None, answer, replaced: false, masking, agent: named.unwrap_or_default() }
    }
}

/// What an agent's event asks.
#[derive(Debug, Clone, PartialEq)]
enum Event {
    /// Whether a tool call may run. `known` where the event is one of a client that can be given another call; `unasked`,
    /// where the client may ask nobody although it is told to, is why such a call is refused.
    Call { call: ToolCall, known: bool, unasked: Option<&'static str> },
    /// Nothing that this hook decides.
    Other,
}

/// Answers one event, of the agent that it tells.
pub fn answer(bytes: &[u8]) -> Answer {
    reply_with(bytes, None, &Trace::new()).answer
}

/// Answers one event of an agent.
pub fn answer_to(agent: Agent, bytes: &[u8]) -> Answer {
    reply_with(bytes, Some(agent), &Trace::new()).answer
}

/// Replies to one event, with a trace that may outlive the reply.
fn reply_with(bytes: &[u8], named: Option<Agent>, trace: &Trace) -> Reply {
    if let Some(given) = after::given(bytes) {
        return Reply::of(given, named);
    }
    let fields = match event(bytes) {
        Ok(fields) => fields,
        Err(reason) => return refusal(named, reason),
    };
    let agent = named.unwrap_or_else(|| agent::of(&fields));
    match (agent.0.event)(fields) {
        Ok(Event::Other) => {
            let answer = (agent.0.answer)(&Verdict::allow());
            Reply { verdict: None, answer, replaced: false, masking: None, agent }
        }
        Ok(Event::Call { mut call, known, unasked }) => {
            call.cwd = call.cwd.map(paths::in_shells);
            let mut verdict = guard::judge(&call, &context(&call), trace).verdict;
            if let Some(why) = unasked {
                verdict.refuse_unasked(why);
            }
            match (verdict.replacement().map(str::to_owned), agent.0.replace) {
                (Some(command), Some(replace)) if known && rewrite::is_wanted() => {
                    let answer = replace(call, &verdict, &command);
                    Reply { verdict: Some(verdict), answer, replaced: true, masking: None, agent }
                }
                _ => reply(agent, verdict),
            }
        }
        Err(reason) => refusal(Some(agent), reason),
    }
}

fn reply(agent: Agent, verdict: Verdict) -> Reply {
    Reply {
        answer: (agent.0.answer)(&verdict),
        verdict: Some(verdict),
        replaced: false,
        masking: None,
        agent,
    }
}

/// The reply to what is no event.
fn refusal(agent: Option<Agent>, reason: String) -> Reply {
    reply(agent.unwrap_or_default(), Verdict::refusal(UNREADABLE, reason))
}

/// What the hook's environment says of a call's surroundings.
pub fn context(call: &ToolCall) -> Context {
    let variable = &crate::knowledge::agent().port_variable;
    let here = || Some(std::env::current_dir().ok()?.to_str()?.to_owned());
    let folder = call.cwd.clone().or_else(here).map(paths::in_shells);
    let home = std::env::var(home::VARIABLE).ok().map(paths::in_shells).filter(|home| home.starts_with('/'));
    let project = folder.as_deref().map(paths::of_system);
    Context {
        agent_port: std::env::var(variable).ok().and_then(|port| port.parse().ok()),
        rules: Rc::new(layers::load(&Places::here(project.as_deref()), watch::may_take_long)),
        disk: Some(Rc::new(OwnFolders::new(project, home.as_deref().map(paths::of_system)))),
        elsewhere: elsewhere::here(home.as_deref()),
        folder,
        home,
    }
}

/// The fields of an event.
fn event(bytes: &[u8]) -> Result<agent::Fields, String> {
    if bytes.len() > MAX_EVENT {
        return Err(format!("The event is larger than {} MiB.", MAX_EVENT >> 20));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| format!("The event is not UTF-8: {error}."))?;
    if text.trim().is_empty() {
        return Err("The event is empty.".to_owned());
    }
    if text.len() > LARGE_EVENT && objects(bytes) > MAX_OBJECTS {
        return Err(format!("The event holds more than {MAX_OBJECTS} JSON objects."));
    }
    let value = serde_json::from_str(text).map_err(|error| {
        // The parser's words for it do not say what a person would look for.
        let surrogate = if error.to_string().contains("hex escape") { " (a lone surrogate)" } else { "" };
        format!("The event is not readable JSON: {error}{surrogate}.")
    })?;
    match value {
        Value::Object(fields) => Ok(fields),
        _ => Err("The event is no JSON object.".to_owned()),
    }
}

/// How many objects JSON holds: its opening braces outside of texts.
fn objects(json: &[u8]) -> usize {
    let (mut count, mut in_text, mut escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b'{' if !in_text => count += 1,
            _ => {}
        }
    }
    count
}
