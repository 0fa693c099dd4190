//! A file that many processes append lines to at once.
//!
//! A line is one `write` to a file that is open for appending, which local file systems do as one step, so lines are neither
//! torn nor lost. A file that is full is put aside by renaming: whoever has it open still writes to it, so a race over that
//! loses no line either. One process at a time puts aside, under a lock that nobody waits for: who does not get it appends to
//! the file there is, which becomes a line longer than it should.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::private;
use crate::regular::{self, Links};

/// A file that lines are appended to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Its path.
    pub path: PathBuf,
    /// Whether it is the user's own: its folder is made, and nobody else may read it. Another file's folder, owner and mode are
    /// those its administrator gave it.
    pub own: bool,
    /// The size past which it is put aside, in bytes.
    pub max_size: u64,
    /// How many files that were put aside are kept: `path.1` is the newest.
    pub keep: u32,
}

/// The path of the file that was put aside as the `number`th.
pub(super) fn aside(path: &Path, number: u32) -> PathBuf {
    with_suffix(path, &format!(".{number}"))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

impl Appended {
    /// The folder it lies in, which is made where it is not there.
    pub(super) fn folder(&self) -> io::Result<&Path> {
        let folder = self.path.parent().ok_or(io::ErrorKind::NotFound)?;
        if self.own && !folder.is_dir() {
            private::make_folder(folder)?;
        }
        Ok(folder)
    }

    /// Appends a line. `line` holds no newline.
    ///
    /// # Errors
    /// When it could not be written whole, or the file is not what it should be.
    pub(super) fn append(&self, line: &str) -> io::Result<()> {
        self.folder()?;
        let mut file = self.open()?;
        let length = line.len() as u64 + 1;
        let size = file.metadata()?.len();
        // A file that cannot be put aside grows. That loses nothing.
        if size > 0 && size + length > self.max_size && self.put_aside(&file).is_ok() {
            file = self.open()?;
        }
        write_line(&file, line)
    }

    fn open(&self) -> io::Result<File> {
        let file = regular::to_append(&self.path, true)?;
        if self.own {
            private::is_own(&file)?;
            private::keep(&file)?;
        }
        Ok(file)
    }

    /// Puts `file` aside, unless somebody else does or has done so.
    fn put_aside(&self, file: &File) -> io::Result<()> {
        let lock = regular::to_append(&with_suffix(&self.path, ".lock"), true)?;
        lock.try_lock()?;
        let there = regular::open(&self.path, Links::Refused)?;
        if regular::identity(&there)? != regular::identity(file)? {
            return Ok(());
        }
        let is_there = |number: &u32| fs::symlink_metadata(aside(&self.path, *number)).is_ok();
        let last = (1..u32::MAX).take_while(is_there).last().unwrap_or(0);
        // From the oldest on, so that none takes another's place.
        for number in (1..=last).rev() {
            let from = aside(&self.path, number);
            if number >= self.keep {
                fs::remove_file(from)?
            } else {
                fs::rename(from, aside(&self.path, number + 1))?
            }
        }
        let newest = aside(&self.path, 1);
        fs::rename(&self.path, &newest)?;
        // Under its own name it might stay on Windows, as long as somebody has it open.
        if self.keep == 0 { fs::remove_file(newest) } else { Ok(()) }
    }

    /// Whether a line could be appended. Writes nothing.
    pub(super) fn check(&self) -> io::Result<()> {
        match regular::to_append(&self.path, false) {
            Ok(file) if self.own => private::is_own(&file),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut folders = self.path.ancestors().skip(1);
                let nearest = if self.own { folders.find(|folder| folder.exists()) } else { folders.next() };
                let nearest = nearest.ok_or(io::ErrorKind::NotFound)?;
                if !nearest.metadata()?.is_dir() {
                    return Err(io::ErrorKind::NotADirectory.into());
                }
                private::takes_files(nearest)
            }
            Err(error) => Err(error),
        }
    }
}

/// Writes a line with one call. A line that was cut short, by a disk that was full, is ended first, so that it takes no other
/// line with it.
fn write_line(mut file: &File, line: &str) -> io::Result<()> {
    let size = file.metadata()?.len();
    let mut last = [b'\n'];
    if size > 0 {
        // What is appended goes to the end all the same.
        file.seek(SeekFrom::Start(size - 1))?;
        let _ = file.read(&mut last)?;
    }
    let text = if last == [b'\n'] { format!("{line}\n") } else { format!("\n{line}\n") };
    // A line that would end at this limit would be cut short there.
    if largest().is_some_and(|largest| size + text.len() as u64 > largest) {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    loop {
        return match file.write(text.as_bytes()) {
            Ok(written) if written == text.len() => Ok(()),
            Ok(_) => Err(io::ErrorKind::StorageFull.into()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
    }
}

/// The size that no file of this process's may pass, in bytes.
#[cfg(unix)]
fn largest() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Fsize).current
}

#[cfg(windows)]
fn largest() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn appended(folder: &Path, max_size: u64, keep: u32) -> Appended {
        Appended { path: folder.join("state/log"), own: true, max_size, keep }
    }

    fn read(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_full_file_is_put_aside_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let log = appended(folder.path(), 10, 2);
        for line in ["one1", "two2", "three3", "four44", "five55"] {
            log.append(line).unwrap();
        }
        assert_eq!(read(&log.path), "five55\n");
        assert_eq!(read(&aside(&log.path, 1)), "four44\n");
        assert_eq!(read(&aside(&log.path, 2)), "three3\n");
        assert!(!aside(&log.path, 3).exists());
        // Fewer are kept from now on.
        let log = Appended { keep: 1, ..log };
        log.append("six666").unwrap();
        assert_eq!(read(&aside(&log.path, 1)), "five55\n");
        assert!(!aside(&log.path, 2).exists());
        let log = Appended { keep: 0, ..log };
        log.append("seven7").unwrap();
        assert_eq!((read(&log.path).as_str(), aside(&log.path, 1).exists()), ("seven7\n", false));
    }

    #[cfg(unix)]
    #[test]
    fn folder_and_file_are_the_owners_alone() {
        use std::fs::Permissions;
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let folder = tempfile::tempdir().unwrap();
        let log = appended(folder.path(), 100, 1);
        log.append("a").unwrap();
        let mode = |path: &Path| path.metadata().unwrap().mode() & 0o777;
        assert_eq!((mode(log.path.parent().unwrap()), mode(&log.path)), (0o700, 0o600));
        fs::set_permissions(&log.path, Permissions::from_mode(0o644)).unwrap();
        log.append("b").unwrap();
        assert_eq!(mode(&log.path), 0o600);
    }

    /// Whoever holds the lock is putting aside: nobody waits for it, and the line is written.
    #[test]
    fn nobody_waits_for_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let log = appended(folder.path(), 4, 9);
        log.append("aaaa").unwrap();
        let lock = File::create(with_suffix(&log.path, ".lock")).unwrap();
        lock.lock().unwrap();
        log.append("bbbb").unwrap();
        assert_eq!(read(&log.path), "aaaa\nbbbb\n");
    }

    /// A process that opened the file before it was put aside writes to it all the same.
    #[test]
    fn a_race_over_putting_aside_loses_no_line() {
        let folder = tempfile::tempdir().unwrap();
        let log = appended(folder.path(), 8, 9);
        log.append("aaaa").unwrap();
        let slow = log.open().unwrap();
        log.append("bbbb").unwrap();
        // It, too, finds the file full, and that somebody else has put it aside.
        log.put_aside(&slow).unwrap();
        write_line(&slow, "late").unwrap();
        assert_eq!(
            (read(&log.path).as_str(), read(&aside(&log.path, 1)).as_str()),
            ("bbbb\n", "aaaa\nlate\n")
        );
    }

    #[test]
    fn a_line_that_was_cut_short_takes_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let log = appended(folder.path(), 100, 1);
        log.append("a").unwrap();
        fs::write(&log.path, "a\nhal").unwrap();
        log.append("b").unwrap();
        assert_eq!(read(&log.path), "a\nhal\nb\n");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let log = appended(folder.path(), 100, 1);
        assert!(log.check().is_ok());
        log.folder().unwrap();
        std::os::unix::fs::symlink("/nowhere/at/all", &log.path).unwrap();
        assert!(log.append("a").is_err() && log.check().is_err());
        fs::remove_file(&log.path).unwrap();
        fs::create_dir(&log.path).unwrap();
        assert!(log.append("a").is_err() && log.check().is_err());
        fs::remove_dir(&log.path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&log.path).status().unwrap().success());
        assert!(log.append("a").is_err() && log.check().is_err());
        fs::remove_file(&log.path).unwrap();
        assert!(log.append("a").is_ok() && log.check().is_ok());
    }
}
