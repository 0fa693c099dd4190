//! A model that follows a script: the Messages API on loopback, as much of it as a client needs.
//!
//! Each request of the conversation holds all that went before it, so the number of the model's
//! messages in it says which turn comes next. Nothing is counted here, and a retry gets the same answer.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};

/// What the model does when its turn comes; after the last turn it says "done".
#[derive(Clone)]
pub struct Turn {
    tool: String,
    input: Value,
}

impl Turn {
    /// The model calls this tool.
    pub fn call(tool: &str, input: Value) -> Self {
        Self { tool: tool.into(), input }
    }
}

pub struct Mock {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Value>>>,
    stop: Arc<AtomicBool>,
    server: Option<JoinHandle<()>>,
}

impl Mock {
    pub fn start(script: Vec<Turn>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let server = thread::spawn({
            let (requests, stop) = (Arc::clone(&requests), Arc::clone(&stop));
            let script: Arc<[Turn]> = script.into();
            move || {
                for stream in listener.incoming() {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let (script, requests) = (Arc::clone(&script), Arc::clone(&requests));
                    // A client that hangs up early is no fault of the test; the script tells.
                    thread::spawn(move || stream.and_then(|s| serve(s, &script, &requests)));
                }
            }
        });
        Self { address, requests, stop, server: Some(server) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The bodies of the requests for a turn of the conversation, in the order of their arrival.
    pub fn requests(&self) -> Vec<Value> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the server from accept(), so that it sees the flag.
        let _ = TcpStream::connect(self.address);
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

fn serve(mut stream: TcpStream, script: &[Turn], requests: &Mutex<Vec<Value>>) -> io::Result<()> {
    let (path, body) = read_request(&stream)?;
    if path.ends_with("/count_tokens") {
        return reply(&mut stream, "200 OK", "application/json", r#"{"input_tokens":1}"#);
    }
    if !path.ends_with("/v1/messages") {
        return reply(&mut stream, "404 Not Found", "application/json", "{}");
    }
    let request: Value = serde_json::from_slice(&body)?;
    // Without tools it is a side errand, such as a title for the session.
    let errand = request["tools"].as_array().is_none_or(Vec::is_empty);
    let answered = messages(&request).filter(|m| m["role"] == "assistant").count();
    let turn = if errand { None } else { script.get(answered) };
    let message = message(answered, turn);
    let streaming = request["stream"] == true;
    if !errand {
        requests.lock().unwrap().push(request);
    }
    if streaming {
        reply(&mut stream, "200 OK", "text/event-stream", &events(&message))
    } else {
        reply(&mut stream, "200 OK", "application/json", &message.to_string())
    }
}

/// The messages of a request's conversation.
pub fn messages(request: &Value) -> impl Iterator<Item = &Value> {
    request["messages"].as_array().into_iter().flatten()
}

fn read_request(stream: &TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let target = line.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((path, body))
}

fn reply(stream: &mut TcpStream, status: &str, kind: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
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
    .map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap()))
    .collect()
}
