//! Regular files, opened without waiting: for the other end of a FIFO, or for what a device does.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use system::{append_at_once, open_at_once};

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
    only_regular(open_at_once(path, links)?)
}

fn only_regular(file: File) -> io::Result<File> {
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

/// Opens a regular file to read it and to append to it, through no link. Where it is not there it is made if `make` says so,
/// for its owner alone.
///
/// # Errors
/// When it cannot be opened, or is no regular file.
pub(crate) fn to_append(path: &Path, make: bool) -> io::Result<File> {
    only_regular(append_at_once(path, make)?)
}

/// Which file it is, whatever its name.
pub(crate) type Identity = (u64, u64);

/// Which file is open.
///
/// # Errors
/// When the system does not say.
#[cfg(unix)]
pub(crate) fn identity(file: &File) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata()?;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(windows)]
pub(crate) fn identity(file: &File) -> io::Result<Identity> {
    let information = winapi_util::file::information(file)?;
    Ok((information.volume_serial_number(), information.file_index()))
}

#[cfg(unix)]
mod system {
    use rustix::fs::{Mode, OFlags};

    use super::*;

    const AT_ONCE: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

    pub(super) fn open_at_once(path: &Path, links: Links) -> io::Result<File> {
        let flags = if links == Links::Refused { AT_ONCE | OFlags::NOFOLLOW } else { AT_ONCE };
        Ok(File::from(rustix::fs::open(path, flags | OFlags::RDONLY, Mode::empty())?))
    }

    pub(super) fn append_at_once(path: &Path, make: bool) -> io::Result<File> {
        let flags = AT_ONCE | OFlags::NOFOLLOW | OFlags::RDWR | OFlags::APPEND;
        let flags = if make { flags | OFlags::CREATE } else { flags };
        Ok(File::from(rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)?))
    }
}

#[cfg(windows)]
mod system {
    use std::fs::OpenOptions;
    use std::os::windows::fs::OpenOptionsExt;

    use super::*;

    /// Opens a link itself, which is no regular file (FILE_FLAG_OPEN_REPARSE_POINT, CreateFileW).
    const THE_LINK: u32 = 0x0020_0000;

    pub(super) fn open_at_once(path: &Path, links: Links) -> io::Result<File> {
        let flags = if links == Links::Refused { THE_LINK } else { 0 };
        OpenOptions::new().read(true).custom_flags(flags).open(path)
    }

    pub(super) fn append_at_once(path: &Path, make: bool) -> io::Result<File> {
        OpenOptions::new().read(true).append(true).create(make).custom_flags(THE_LINK).open(path)
    }
}
