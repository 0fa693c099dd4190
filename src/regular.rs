//! Regular files, opened without waiting: for the other end of a FIFO, or for what a device does.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Whether a symbolic link in a path's last place is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// It is, to a regular file.
    Followed,
    /// It is refused: what a link leads to may be none of its author's business.
    Refused,
}

/// Opens a regular file to read it.
///
/// # Errors
/// When it cannot be opened, or is no regular file.
pub(crate) fn open(path: &Path, links: Links) -> io::Result<File> {
    let file = open_at_once(path, links)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("it is no regular file")),
    }
}

/// The text of a regular file of at most so many bytes.
///
/// # Errors
/// When it cannot be opened or read, is no regular file, is larger, or is not UTF-8.
pub(crate) fn text(path: &Path, links: Links, most: u64) -> io::Result<String> {
    let mut text = String::new();
    let length = open(path, links)?.take(most + 1).read_to_string(&mut text).map_err(plainly)?;
    match length as u64 > most {
        true => Err(io::Error::other(format!("it is larger than {} KiB", most >> 10))),
        false => Ok(text),
    }
}

/// In words that say what to mend.
fn plainly(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::InvalidData => io::Error::new(error.kind(), "it is not UTF-8 text"),
        _ => error,
    }
}

#[cfg(unix)]
fn open_at_once(path: &Path, links: Links) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let at_once = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let flags = if links == Links::Refused { at_once | OFlags::NOFOLLOW } else { at_once };
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

#[cfg(not(unix))]
fn open_at_once(path: &Path, _: Links) -> io::Result<File> {
    File::open(path)
}
