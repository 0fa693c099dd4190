//! The Gemini API, which Gemini CLI speaks.

use serde_json::{Value, json};

use crate::dialect::{Answer, Dialect, without_tools};

pub static DIALECT: Dialect = Dialect {
    speaks: |path| path.contains("enerateContent"),
    streams: |path, _| path.contains(":streamGenerateContent"),
    errand: without_tools,
    said: |request| results(request).len(),
    answer: |_, turn, streams| {
        let part = match turn {
            Some(turn) => json!({"functionCall": {"name": turn.tool, "args": turn.input}}),
            None => json!({"text": "done"}),
        };
        let candidate =
            json!({"index": 0, "content": {"role": "model", "parts": [part]}, "finishReason": "STOP"});
        let usage = json!({"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2});
        let message = json!({"candidates": [candidate], "usageMetadata": usage});
        if streams { Answer::events(format!("data: {message}\n\n")) } else { Answer::json(&message) }
    },
};

/// The results of tools in a request, in their order.
pub fn results(request: &Value) -> Vec<String> {
    let contents = request["contents"].as_array().into_iter().flatten();
    let parts = contents.flat_map(|content| content["parts"].as_array().into_iter().flatten());
    parts.filter_map(|part| part.get("functionResponse")).map(|part| part["response"].to_string()).collect()
}
