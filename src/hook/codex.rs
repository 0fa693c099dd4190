//! Codex CLI's hook protocol: Claude Code's, more strictly read (measured with version 0.169.0).
//!
//! An answer with a field that Codex does not know is none. What Claude Code is told, a hint too, has none that it does
//! not know; but it cannot ask its user.

use super::agent::{self, Fields, Protocol, USUAL};
use super::{Event, claude};

pub(super) static PROTOCOL: Protocol = Protocol {
    name: "codex",
    speaks: |fields| fields.contains_key("turn_id"),
    event,
    answer: claude::render,
    replace: None,
    log: USUAL,
};

fn event(mut fields: Fields) -> Result<Event, String> {
    if !agent::is_called(&fields, &[claude::PRE_TOOL_USE]) {
        return claude::event(fields);
    }
    fields.remove("hook_event_name");
    claude::call(fields).map(|call| Event::Call { call, known: false, unasked: Some(agent::NEVER) })
}
