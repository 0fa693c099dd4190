//! The log read back: its file and those that were put aside, in the order of time, and what comes in later.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::file::aside;
use super::record::Record;
use crate::regular::{self, Identity, Links};

/// A line of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// As it is written, without its newline.
    pub raw: String,
    /// What it says.
    pub record: Record,
}

/// The files of a log, and how far they were read.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    /// The newest first.
    open: Vec<Open>,
    unreadable: usize,
}

/// A file that is open. It stays so as long as it is part of the log, so a file that is put aside is still the same one.
#[derive(Debug)]
struct Open {
    identity: Identity,
    reader: BufReader<File>,
    read: u64,
}

impl Log {
    /// The log whose newest file is `path`.
    pub fn new(path: PathBuf) -> Log {
        Log { path, open: Vec::new(), unreadable: 0 }
    }

    /// How many lines so far could not be read.
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// The lines that came in since the last time, those that `wanted` wants, sorted by their time. A line that is not ended
    /// yet waits for the next time.
    ///
    /// # Errors
    /// When a file is there and cannot be read.
    pub fn next(&mut self, wanted: impl Fn(&Record) -> bool) -> io::Result<Vec<Line>> {
        self.open_all()?;
        let mut lines = Vec::new();
        for open in self.open.iter_mut().rev() {
            open.reader.seek(SeekFrom::Start(open.read))?;
            let mut bytes = Vec::new();
            while open.reader.read_until(b'\n', &mut bytes)? > 0 && bytes.ends_with(b"\n") {
                open.read += bytes.len() as u64;
                let raw = String::from_utf8_lossy(&bytes[..bytes.len() - 1]);
                match serde_json::from_str::<Record>(&raw) {
                    Ok(record) if wanted(&record) => lines.push(Line { raw: raw.into_owned(), record }),
                    Ok(_) => {}
                    Err(_) if raw.is_empty() => {}
                    Err(_) => self.unreadable += 1,
                }
                bytes.clear();
            }
        }
        lines.sort_by_key(|line| line.record.time);
        Ok(lines)
    }

    /// Opens what is new, and lets go of what is gone. The newest is opened first: what is put aside meanwhile is then open
    /// already, and what has come into its place is read the next time.
    fn open_all(&mut self) -> io::Result<()> {
        let mut known = std::mem::take(&mut self.open);
        for path in self.paths()? {
            let file = match regular::open(&path, Links::Refused) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    return Err(io::Error::new(error.kind(), format!("{}: {error}", path.display())));
                }
            };
            let identity = regular::identity(&file)?;
            if self.open.iter().any(|open| open.identity == identity) {
                continue;
            }
            let open = match known.iter().position(|open| open.identity == identity) {
                Some(at) => known.swap_remove(at),
                None => Open { identity, reader: BufReader::new(file), read: 0 },
            };
            self.open.push(open);
        }
        Ok(())
    }

    /// The files there may be, the newest first.
    fn paths(&self) -> io::Result<Vec<PathBuf>> {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        let name = self.path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(io::Error::new(error.kind(), format!("{}: {error}", folder.display()))),
        };
        let number = |entry: io::Result<fs::DirEntry>| {
            let entry = entry.ok()?.file_name();
            entry.to_str()?.strip_prefix(name)?.strip_prefix('.')?.parse::<u32>().ok()
        };
        let mut numbers: Vec<u32> = entries.filter_map(number).collect();
        numbers.sort_unstable();
        let put_aside = numbers.into_iter().map(|number| aside(&self.path, number));
        Ok(std::iter::once(self.path.clone()).chain(put_aside).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn line(second: u8) -> String {
        format!(r#"{{"time":"2026-01-01T00:00:{second:02}Z","agent":"claude","decision":"deny"}}"#)
    }

    fn seconds(lines: &[Line]) -> Vec<u8> {
        lines.iter().map(|line| line.record.time.second()).collect()
    }

    #[test]
    fn lines_come_in_order_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let write = |path: &Path, text: &str| {
            fs::OpenOptions::new()
                .append(true)
                .create(true)
                .open(path)
                .unwrap()
                .write_all(text.as_bytes())
                .unwrap();
        };
        let mut log = Log::new(path.clone());
        assert_eq!(log.next(|_| true).unwrap(), []);
        write(&aside(&path, 10), &format!("{}\n", line(1)));
        write(&aside(&path, 2), &format!("{}\nno line\n\n{}\n", line(2), line(4)));
        write(&path, &format!("{}\n{}", line(3), line(5)));
        write(&folder.path().join("log.lock"), "");
        assert_eq!(seconds(&log.next(|_| true).unwrap()), [1, 2, 3, 4]);
        assert_eq!(log.unreadable(), 1);
        // The end of a line, a file put aside, a line that came late to it, and a new file.
        write(&path, "\n");
        fs::rename(&path, aside(&path, 1)).unwrap();
        write(&path, &format!("{}\n", line(7)));
        write(&aside(&path, 1), &format!("{}\n", line(6)));
        assert_eq!(seconds(&log.next(|_| true).unwrap()), [5, 6, 7]);
        fs::remove_file(aside(&path, 10)).unwrap();
        write(&path, &format!("{}\n{}\n", line(8), line(9)));
        assert_eq!(seconds(&log.next(|record| record.time.second() == 9).unwrap()), [9]);
        assert_eq!(log.next(|_| true).unwrap(), []);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::create_dir(&path).unwrap();
        let error = Log::new(path).next(|_| true).unwrap_err();
        assert!(error.to_string().contains("regular"), "{error}");
    }
}
