//! The disk as the hook reads it: the one place below which a file is opened.
//!
//! Only text that the user's own project or home folder holds is read, whatever path a command writes, and what they have in
//! the folder for temporary files, where agents like to put a script before they run it. A path is followed to its end first,
//! so that a symbolic link leads nowhere else; what is no regular file is not even opened, since opening a FIFO waits for its
//! other end and opening a device may do something. A file that answers too slowly (a network folder that hangs) is met by the
//! hook's own deadline, which is watched before the first is opened.

use std::cell::OnceCell;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{fault, paths, watch};
use crate::disk::{Disk, MAX_FILE, Unread};
use crate::private;
use crate::regular::{self, Links};

/// The variable in which Claude Code names the project's folder.
const PROJECT: &str = "CLAUDE_PROJECT_DIR";
/// Bytes at the start of a file that tell text from a program.
const START: usize = 1 << 10;

/// The folders of the user's own: the project and their home.
#[derive(Debug)]
pub(super) struct OwnFolders {
    named: Vec<PathBuf>,
    /// The same, with their links followed, once a file is asked for.
    real: OnceCell<Vec<PathBuf>>,
}

impl OwnFolders {
    /// The project, which `folder` lies in or is, and the home folder.
    pub(super) fn new(folder: Option<PathBuf>, home: Option<PathBuf>) -> OwnFolders {
        let project = std::env::var_os(PROJECT).map(PathBuf::from);
        let named = project.into_iter().chain(folder).chain(home);
        OwnFolders { named: named.collect(), real: OnceCell::new() }
    }

    fn hold(&self, path: &Path) -> bool {
        let real = self.real.get_or_init(|| {
            // A call made in `/` does not make the whole machine a project.
            let whole =
                |folder: &PathBuf| fs::canonicalize(folder).ok().filter(|real| real.parent().is_some());
            self.named.iter().filter_map(whole).collect()
        });
        real.iter().any(|folder| path.starts_with(folder))
    }
}

impl Disk for OwnFolders {
    fn read(&self, path: &str) -> Result<String, Unread> {
        watch::may_take_long();
        fault::before_a_file();
        let path = fs::canonicalize(paths::of_system(path)).map_err(failed)?;
        if !self.hold(&path) && !is_own_temporary(&path) {
            return Err(Unread::left("it lies outside the project and the home folder"));
        }
        is_text_file(&fs::symlink_metadata(&path).map_err(failed)?)?;
        // Without waiting, without following a link that took the file's place since, and once more by what is open.
        let file = regular::open(&path, Links::Refused).map_err(failed)?;
        is_text_file(&file.metadata().map_err(failed)?)?;
        let mut bytes = Vec::new();
        file.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() > MAX_FILE {
            return Err(too_large());
        }
        if bytes[..bytes.len().min(START)].contains(&0) {
            return Err(Unread::left("it is no text"));
        }
        Ok(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        })
    }
}

/// Whether a file is the user's own in a folder for temporary files, which others may share.
fn is_own_temporary(path: &Path) -> bool {
    let lies_in = |folder: &PathBuf| fs::canonicalize(folder).is_ok_and(|folder| path.starts_with(folder));
    [std::env::temp_dir(), PathBuf::from("/tmp")].iter().any(lies_in)
        && fs::metadata(path).is_ok_and(|metadata| private::is_users(&metadata))
}

fn is_text_file(metadata: &fs::Metadata) -> Result<(), Unread> {
    if metadata.is_dir() {
        return Err(Unread::Missing);
    }
    if !metadata.is_file() {
        return Err(Unread::left("it is no regular file"));
    }
    if metadata.len() > MAX_FILE as u64 { Err(too_large()) } else { Ok(()) }
}

fn too_large() -> Unread {
    Unread::left(format!("it is larger than {} KiB", MAX_FILE >> 10))
}

fn failed(error: std::io::Error) -> Unread {
    match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Unread::Missing,
        _ => Unread::left(error.to_string()),
    }
}
