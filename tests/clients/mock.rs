//! A model that follows a script, on loopback: as much of the APIs as the clients need.
//!
//! Each request of the conversation holds all that went before it, so what the model has said in it tells which turn
//! comes next. Nothing is counted here, and a retry gets the same answer.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use serde_json::Value;

use crate::dialect;

/// What the model does when its turn comes; after the last turn it says "done".
#[derive(Clone)]
pub struct Turn {
    pub tool: String,
    /// The set of tools that this one is of, where the API says it beside the name.
    pub namespace: Option<&'static str>,
    /// An object; a text for a tool that takes nothing else.
    pub input: Value,
}

impl Turn {
    /// The model calls this tool.
    pub fn call(tool: &str, input: Value) -> Self {
        Self { tool: tool.into(), namespace: None, input }
    }

    /// The tool is one of this set.
    pub fn of(self, namespace: &'static str) -> Self {
        Self { namespace: Some(namespace), ..self }
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
    let Some(dialect) = dialect::of(&path) else {
        // Clients ask for much beside the conversation; none needs an answer.
        return reply(&mut stream, "404 Not Found", "application/json", "{}");
    };
    let request: Value = serde_json::from_slice(&body)?;
    let errand = (dialect.errand)(&request);
    let said = (dialect.said)(&request);
    let turn = if errand { None } else { script.get(said) };
    let answer = (dialect.answer)(said, turn, (dialect.streams)(&path, &request));
    if !errand {
        requests.lock().unwrap().push(request);
    }
    reply(&mut stream, "200 OK", answer.kind, &answer.body)
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
