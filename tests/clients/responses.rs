//! OpenAI's Responses API, which Codex CLI speaks.

use serde_json::{Value, json};

use crate::dialect::{Answer, Dialect, stream};
use crate::mock::Turn;

pub static DIALECT: Dialect = Dialect {
    speaks: |path| path.ends_with("/v1/responses"),
    streams: |_, _| true,
    // Where the model writes scripts, the tools are described in words.
    errand: |_| false,
    said: |request| items(request).filter(|item| CALLS.iter().any(|call| item["type"] == *call)).count(),
    answer: |number, turn, _| {
        let id = format!("resp_{number:02}");
        let done = json!({
            "id": id,
            "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2},
        });
        let events = [
            json!({"type": "response.created", "response": {"id": id}}),
            json!({"type": "response.output_item.done", "output_index": 0, "item": item(number, turn)}),
            json!({"type": "response.completed", "response": done}),
        ];
        Answer::events(events.iter().map(stream).collect())
    },
};

/// A call of a tool whose input is an object, and of one whose input is plain text.
const CALLS: [&str; 2] = ["function_call", "custom_tool_call"];
const RESULTS: [&str; 2] = ["function_call_output", "custom_tool_call_output"];

/// The results of tools in a request, in their order.
pub fn results(request: &Value) -> Vec<String> {
    let results = items(request).filter(|item| RESULTS.iter().any(|result| item["type"] == *result));
    results.map(|item| item["output"].to_string()).collect()
}

fn items(request: &Value) -> impl Iterator<Item = &Value> {
    request["input"].as_array().into_iter().flatten()
}

fn item(number: usize, turn: Option<&Turn>) -> Value {
    let Some(turn) = turn else {
        let text = json!({"type": "output_text", "text": "done"});
        return json!({"type": "message", "id": "msg", "role": "assistant", "content": [text]});
    };
    let plain = turn.input.as_str();
    let mut call = json!({
        "type": CALLS[usize::from(plain.is_some())],
        "id": format!("fc_{number:02}"),
        "call_id": format!("call_{number:02}"),
        "name": turn.tool,
    });
    match plain {
        Some(text) => call["input"] = Value::from(text),
        None => call["arguments"] = Value::from(turn.input.to_string()),
    }
    if let Some(namespace) = turn.namespace {
        call["namespace"] = Value::from(namespace);
    }
    call
}
