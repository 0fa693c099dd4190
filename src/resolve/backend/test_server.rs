//! A scripted HTTP server on loopback, for tests: it says what it is told to say, and records what it was asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request as it arrived.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// `GET`, `POST`.
    pub method: String,
    /// The request target as sent, with its query.
    pub path: String,
    /// The header fields, names in lower case, in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Asked {
    /// A header field's value; the name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a request's body in UTF-8")
    }
}

/// What is said to a request.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Body,
    delay: Duration,
    closing: bool,
}

#[derive(Debug, Clone)]
enum Body {
    /// With a Content-Length.
    Whole(Vec<u8>),
    /// With `Transfer-Encoding: chunked`, a pause before each chunk.
    Chunks(Vec<(Duration, Vec<u8>)>),
    /// A Content-Length of a hundred bytes more than are sent.
    CutShort(Vec<u8>),
    /// Not even a status line.
    Nothing,
}

impl Reply {
    fn new(status: u16, body: Body) -> Reply {
        Reply { status, headers: Vec::new(), body, delay: Duration::ZERO, closing: false }
    }

    /// A status and a body, no Content-Type.
    pub fn plain(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply::new(status, Body::Whole(body.into()))
    }

    /// JSON.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply::plain(status, body).header("content-type", "application/json")
    }

    /// An SSE stream that ends after `pieces`, each sent as a chunk after its pause.
    pub fn sse(pieces: Vec<(Duration, Vec<u8>)>) -> Reply {
        Reply::chunked(200, pieces).header("content-type", "text/event-stream")
    }

    /// A body in chunks, each sent after its pause.
    pub fn chunked(status: u16, pieces: Vec<(Duration, Vec<u8>)>) -> Reply {
        Reply::new(status, Body::Chunks(pieces))
    }

    /// A body that breaks off before its end, with the connection.
    pub fn cut_short(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply::new(status, Body::CutShort(body.into())).closing()
    }

    /// The connection closed without a word.
    pub fn hang_up() -> Reply {
        Reply::new(0, Body::Nothing).closing()
    }

    /// With this header field too.
    pub fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sent only after this time.
    pub fn after(mut self, delay: Duration) -> Reply {
        self.delay = delay;
        self
    }

    /// The connection is closed afterwards; else it is kept for more requests.
    pub fn closing(mut self) -> Reply {
        self.closing = true;
        self
    }
}

/// A running server. It stops when dropped.
pub struct Server {
    /// The port on 127.0.0.1.
    pub port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
}

/// Answers the requests in the order of their arrival, on as many connections as come; one more than there are
/// replies gets a 500.
pub fn serve(replies: Vec<Reply>) -> Server {
    let replies = Mutex::new(replies.into_iter());
    serve_by(move |_| {
        let next = replies.lock().expect("the replies").next();
        next.unwrap_or_else(|| Reply::plain(500, "the test's script has no more replies"))
    })
}

/// Answers each request with what `answer` makes of it.
pub fn serve_by(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port on loopback");
    let port = listener.local_addr().expect("its address").port();
    let server = Server { port, asked: Arc::default(), connections: Arc::default(), stopped: Arc::default() };
    let (asked, connections) = (server.asked.clone(), server.connections.clone());
    let (stopped, answer) = (server.stopped.clone(), Arc::new(answer));
    thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            if stopped.load(Ordering::SeqCst) {
                return;
            }
            connections.fetch_add(1, Ordering::SeqCst);
            let (asked, answer) = (asked.clone(), answer.clone());
            // A client that goes away ends its connection, which is all there is to do about it.
            thread::spawn(move || converse(&connection, &asked, &*answer));
        }
    });
    server
}

impl Server {
    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("the record").clone()
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the listener.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn converse(connection: &TcpStream, asked: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked) -> Reply) {
    let _ = connection.set_nodelay(true);
    let mut reader = BufReader::new(connection);
    while let Some(request) = read(&mut reader) {
        let reply = answer(&request);
        asked.lock().expect("the record").push(request);
        thread::sleep(reply.delay);
        if write(connection, &reply).is_err() || reply.closing {
            break;
        }
    }
    let _ = connection.shutdown(std::net::Shutdown::Both);
}

fn read(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|&length| length > 0)?;
        Some(line.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split(' ').map(str::to_owned);
    let mut asked = Asked { method: words.next()?, path: words.next()?, ..Asked::default() };
    loop {
        let line = line()?;
        let Some((name, value)) = line.split_once(':') else { break };
        asked.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = asked.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    asked.body = vec![0; length];
    reader.read_exact(&mut asked.body).ok()?;
    Some(asked)
}

fn write(mut to: &TcpStream, reply: &Reply) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} Scripted\r\n", reply.status);
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    if reply.closing {
        head += "connection: close\r\n";
    }
    match &reply.body {
        Body::Nothing => Ok(()),
        Body::Whole(body) => {
            head += &format!("content-length: {}\r\n\r\n", body.len());
            to.write_all(&[head.as_bytes(), body].concat())
        }
        Body::CutShort(body) => {
            head += &format!("content-length: {}\r\n\r\n", body.len() + 100);
            to.write_all(&[head.as_bytes(), body].concat())
        }
        Body::Chunks(pieces) => {
            head += "transfer-encoding: chunked\r\n\r\n";
            to.write_all(head.as_bytes())?;
            for (pause, piece) in pieces {
                thread::sleep(*pause);
                let size = format!("{:x}\r\n", piece.len());
                to.write_all(&[size.as_bytes(), piece, b"\r\n"].concat())?;
            }
            to.write_all(b"0\r\n\r\n")
        }
    }
}

/// What several fetches gave, without the times, which no test judges.
pub fn untimed(
    answers: Vec<crate::resolve::backend::Timed>,
) -> Vec<Result<crate::resolve::secret::Secret, crate::resolve::backend::Failure>> {
    answers.into_iter().map(|(result, _)| result).collect()
}
