//! Server-sent events as they arrive ("Server-sent events", HTML standard, 9.2.6: interpreting an event stream).

use std::io::{self, Read};

use zeroize::Zeroizing;

/// How much is read at a time.
const CHUNK: usize = 8 << 10;

/// The data of the events of a stream. Event types, ids and retry times mean nothing to a reader that waits for one
/// answer, and are passed over.
pub(super) struct Events<R> {
    stream: R,
    chunk: Zeroizing<Vec<u8>>,
    at: usize,
    line: Zeroizing<Vec<u8>>,
    data: Zeroizing<Vec<u8>>,
    has_data: bool,
    after_return: bool,
    is_first: bool,
}

impl<R: Read> Events<R> {
    pub(super) fn new(stream: R) -> Events<R> {
        Events {
            stream,
            chunk: Zeroizing::default(),
            at: 0,
            line: Zeroizing::default(),
            data: Zeroizing::default(),
            has_data: false,
            after_return: false,
            is_first: true,
        }
    }

    /// The data of the next event that has any; none at the end of the stream. An event counts even where the stream
    /// ends without the empty line after it: whether it is whole shows when it is parsed.
    pub(super) fn next(&mut self) -> io::Result<Option<Zeroizing<String>>> {
        loop {
            let Some(byte) = self.byte()? else {
                self.end_line();
                return self.event();
            };
            // A line ends with CR LF, LF or CR.
            if std::mem::replace(&mut self.after_return, byte == b'\r') && byte == b'\n' {
                continue;
            }
            if !matches!(byte, b'\r' | b'\n') {
                self.line.push(byte);
            } else if !self.line.is_empty() {
                self.end_line();
            } else if let Some(data) = self.event()? {
                return Ok(Some(data));
            }
        }
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        if self.at == self.chunk.len() {
            self.at = 0;
            self.chunk.resize(CHUNK, 0);
            let read = loop {
                match self.stream.read(&mut self.chunk) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    read => break read,
                }
            };
            self.chunk.truncate(*read.as_ref().unwrap_or(&0));
            read?;
        }
        let byte = self.chunk.get(self.at).copied();
        self.at += usize::from(byte.is_some());
        Ok(byte)
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let mut line = line.as_slice();
        if std::mem::take(&mut self.is_first) {
            line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        }
        // A line that begins with a colon is a comment: its field has no name.
        let colon = line.iter().position(|byte| *byte == b':');
        let (field, value) = colon.map_or((line, &b""[..]), |at| (&line[..at], &line[at + 1..]));
        if field == b"data" {
            if std::mem::replace(&mut self.has_data, true) {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(value.strip_prefix(b" ").unwrap_or(value));
        }
    }

    fn event(&mut self) -> io::Result<Option<Zeroizing<String>>> {
        self.has_data = false;
        let mut data = std::mem::take(&mut self.data);
        if data.is_empty() {
            return Ok(None);
        }
        match String::from_utf8(std::mem::take(&mut *data)) {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                Err(io::Error::new(io::ErrorKind::InvalidData, "the event stream is not UTF-8"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a stream in pieces of this many bytes.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(buffer.len());
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    #[test]
    fn events_are_read_however_they_are_cut() {
        for (stream, expected, why) in [
            ("data: a\n\n", &["a"][..], "one"),
            ("data:a\n\ndata:  b\n\n", &["a", " b"], "one space is taken off"),
            ("event: message\r\ndata: a\r\n\r\nid: 1\r\ndata: b\r\n\r\n", &["a", "b"], "CR LF"),
            ("data: a\r\rdata: b\r\r", &["a", "b"], "CR"),
            ("data: a\r\n\ndata: b\n\r\n", &["a", "b"], "mixed line ends"),
            ("data: {\ndata: }\n\n", &["{\n}"], "several lines of data"),
            ("data\ndata: a\n\n", &["\na"], "a field without a colon"),
            (": ping\n\n: ping\n\ndata: a\n\n", &["a"], "comments"),
            ("id: 1\nretry: 5\n\ndata: \n\ndata: a\n\n", &["a"], "events without data"),
            ("datum: x\n data: y\ndata: a\n\n", &["a"], "other fields"),
            ("\u{feff}data: a\n\n", &["a"], "a byte order mark"),
            ("data: a\n\ndata: b", &["a", "b"], "the stream ends within an event"),
            ("data: é😀\n\n", &["é😀"], "characters of several bytes"),
            ("\n\n\n", &[], "nothing"),
            ("", &[], "nothing at all"),
        ] {
            for size in [1, 2, 3, 5, 100] {
                let mut events = Events::new(Pieces(stream.as_bytes(), size));
                for expected in expected {
                    let data = events.next().expect("a stream").expect("an event");
                    assert_eq!(data.as_str(), *expected, "{why}, in pieces of {size}");
                }
                assert!(events.next().expect("a stream").is_none(), "{why}, in pieces of {size}");
            }
        }
        let error = Events::new(&b"data: \xff\n\n"[..]).next().expect_err("no UTF-8");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn an_event_is_given_before_the_stream_goes_on() {
        struct Endless(bool);
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                assert!(!std::mem::replace(&mut self.0, true), "read on although an event was complete");
                let event = b"data: a\n\n";
                buffer[..event.len()].copy_from_slice(event);
                Ok(event.len())
            }
        }
        let data = Events::new(Endless(false)).next().expect("a stream").expect("an event");
        assert_eq!(data.as_str(), "a");
    }

    #[test]
    fn a_large_event_is_read_whole() {
        let large = "x".repeat(3 * CHUNK + 7);
        let stream = format!("data: {large}\n\n");
        let data = Events::new(stream.as_bytes()).next().expect("a stream").expect("an event");
        assert_eq!(*data, large);
    }
}
