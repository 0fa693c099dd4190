//! Servers in between: one that passes on and counts, and one that answers as it is told.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What clients sent, one entry a connection.
type Sent = Arc<Mutex<Vec<Vec<u8>>>>;

/// A server whose connections are kept on record.
pub struct Wire {
    pub port: u16,
    sent: Sent,
}

impl Wire {
    /// Passes everything on to this port.
    pub fn to(port: u16) -> Wire {
        Wire::serve(move |client, record| {
            let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
            let (mut back_from, mut back_to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || {
                // Either side may cut the connection.
                let _ = std::io::copy(&mut back_from, &mut back_to);
                let _ = back_to.shutdown(Shutdown::Write);
            });
            each_read(&client, |bytes| {
                record(bytes);
                (&server).write_all(bytes).is_ok()
            });
            let _ = server.shutdown(Shutdown::Write);
        })
    }

    /// Answers every request with these bytes, or never where there are none.
    pub fn answering(answer: Option<String>) -> Wire {
        Wire::serve(move |client, record| {
            let mut request = Vec::new();
            each_read(&client, |bytes| {
                record(bytes);
                request.extend_from_slice(bytes);
                if let Some(answer) = &answer
                    && is_complete(&request)
                {
                    let _ = (&client).write_all(answer.as_bytes());
                    return false;
                }
                true
            });
        })
    }

    fn serve(work: impl Fn(TcpStream, &dyn Fn(&[u8])) + Send + Sync + 'static) -> Wire {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let sent = Sent::default();
        let (all, work) = (Arc::clone(&sent), Arc::new(work));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let mut connections = all.lock().unwrap();
                let at = connections.len();
                connections.push(Vec::new());
                let (all, work) = (Arc::clone(&all), Arc::clone(&work));
                thread::spawn(move || {
                    work(client, &|bytes| all.lock().unwrap()[at].extend_from_slice(bytes))
                });
            }
        });
        Wire { port, sent }
    }

    /// All that clients sent.
    pub fn sent(&self) -> String {
        String::from_utf8_lossy(&self.sent.lock().unwrap().concat()).into_owned()
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.sent.lock().unwrap().len()
    }

    /// The requests, as `GET /path`.
    pub fn requests(&self) -> Vec<String> {
        // A body has no line feed at its end, so what stands before a request's first line may be another's body.
        let start =
            |line: &str| ["GET /", "POST /", "DELETE /"].iter().filter_map(|verb| line.rfind(verb)).max();
        self.sent()
            .lines()
            .filter_map(|line| line.strip_suffix(" HTTP/1.1"))
            .filter_map(|line| Some(line[start(line)?..].to_owned()))
            .collect()
    }

    /// How often a text was sent.
    pub fn count(&self, text: &str) -> usize {
        self.sent().matches(text).count()
    }
}

fn each_read(mut stream: &TcpStream, mut work: impl FnMut(&[u8]) -> bool) {
    let mut buffer = [0; 16 << 10];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(size) if !work(&buffer[..size]) => return,
            Ok(_) => {}
        }
    }
}

/// Whether a request's head and as much of a body as it announces have come.
fn is_complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    body.len() >= length.map_or(0, |length| length.trim().parse().unwrap())
}

/// An HTTP answer with a body.
pub fn answer(status: &str, content_type: &str, body: &str) -> Option<String> {
    let length = body.len();
    Some(format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    ))
}

/// An HTTP answer that sends the client elsewhere.
pub fn redirect(to: &str) -> Option<String> {
    Some(format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    ))
}
