//! The events of `tests/agents/fixtures.jsonl` that were recorded are those that the clients send today.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::Agent;

/// The names of an event's fields and what is in each: what a new version of a client could change.
fn shape(value: &Value) -> Value {
    let Value::Object(fields) = value else {
        return Value::from(match value {
            Value::String(_) => "text",
            Value::Number(_) => "number",
            Value::Bool(_) => "bool",
            Value::Array(_) => "list",
            _ => "nothing",
        });
    };
    fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect::<serde_json::Map<_, _>>().into()
}

fn tool(event: &Value) -> String {
    event.get("tool_name").or_else(|| event.get("toolName")).unwrap().to_string()
}

/// Asserts that each event is shaped like a recorded one of its tool.
#[track_caller]
pub fn are_as_recorded(agent: &Agent, events: &[Value]) {
    let recorded =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agents/fixtures.jsonl")).unwrap();
    let mut shapes: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in recorded.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if line["agent"] == agent.name && line["source"] == "measured" {
            shapes.entry(tool(&line["event"])).or_default().push(shape(&line["event"]));
        }
    }
    for event in events {
        let known = shapes.get(&tool(event)).is_some_and(|shapes| shapes.contains(&shape(event)));
        assert!(known, "no event like this one is recorded: {event}");
    }
}
