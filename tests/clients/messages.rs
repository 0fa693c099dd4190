//! Anthropic's Messages API, which Claude Code speaks, and Copilot CLI where it is told to.

use serde_json::{Value, json};

use crate::dialect::{Answer, Dialect, stream, without_tools};
use crate::mock::Turn;

pub static DIALECT: Dialect = Dialect {
    speaks: |path| path.ends_with("/v1/messages"),
    streams: |_, request| request["stream"] == true,
    errand: without_tools,
    said: |request| messages(request).filter(|message| message["role"] == "assistant").count(),
    answer: |number, turn, streams| {
        let message = message(number, turn);
        if streams { Answer::events(events(&message)) } else { Answer::json(&message) }
    },
};

/// How many tokens a request has, which Claude Code asks before it sends one.
pub static COUNT: Dialect = Dialect {
    speaks: |path| path.ends_with("/count_tokens"),
    streams: |_, _| false,
    errand: without_tools,
    said: |_| 0,
    answer: |_, _, _| Answer::json(&json!({"input_tokens": 1})),
};

/// The messages of a request's conversation.
pub fn messages(request: &Value) -> impl Iterator<Item = &Value> {
    request["messages"].as_array().into_iter().flatten()
}

/// The results of tools in a request, in their order.
pub fn results(request: &Value) -> Vec<String> {
    messages(request)
        .flat_map(|message| message["content"].as_array().into_iter().flatten())
        .filter(|block| block["type"] == "tool_result")
        .map(|block| block["content"].to_string())
        .collect()
}

fn message(number: usize, turn: Option<&Turn>) -> Value {
    let (block, stop) = match turn {
        Some(turn) => (
            json!({"type": "tool_use", "id": format!("toolu_{number:02}"), "name": turn.tool, "input": turn.input}),
            "tool_use",
        ),
        None => (json!({"type": "text", "text": "done"}), "end_turn"),
    };
    json!({
        "id": format!("msg_{number:02}"),
        "type": "message",
        "role": "assistant",
        "model": "mock",
        "content": [block],
        "stop_reason": stop,
        "stop_sequence": null,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    })
}

/// The message as the stream of server-sent events that the API sends for it.
fn events(message: &Value) -> String {
    let block = &message["content"][0];
    let (empty, delta) = if block["type"] == "tool_use" {
        let mut empty = block.clone();
        empty["input"] = json!({});
        (empty, json!({"type": "input_json_delta", "partial_json": block["input"].to_string()}))
    } else {
        (json!({"type": "text", "text": ""}), json!({"type": "text_delta", "text": block["text"]}))
    };
    let mut start = message.clone();
    start["content"] = json!([]);
    start["stop_reason"] = Value::Null;
    [
        json!({"type": "message_start", "message": start}),
        json!({"type": "content_block_start", "index": 0, "content_block": empty}),
        json!({"type": "content_block_delta", "index": 0, "delta": delta}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({
            "type": "message_delta",
            "delta": {"stop_reason": message["stop_reason"], "stop_sequence": null},
            "usage": {"output_tokens": 1},
        }),
        json!({"type": "message_stop"}),
    ]
    .iter()
    .map(stream)
    .collect()
}
