//! What was compiled of the managed and the user's rules, kept for the next hook.
//!
//! It is the user's own file, and as much to be trusted as the user's rules are. It says of which files it was made, and
//! of what version of each; where any of that is otherwise now, it is not used.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files::{Source, Stamp};
use crate::knowledge::builtin;
use crate::policy::Compiled;
use crate::regular::{self, Links};

/// The file, in the cache folder.
const FILE: &str = "rules.json";
/// The largest that is read, in bytes.
const MAX_FILE: u64 = 64 << 20;

/// The first line. Behind it stand the rules.
#[derive(Debug, Serialize, Deserialize)]
struct Header<C> {
    version: String,
    sources: Vec<(String, Stamp)>,
    compiled: C,
}

/// What this build makes of the same files.
fn version() -> String {
    format!("{} {:x}", env!("CARGO_PKG_VERSION"), builtin::DIGEST)
}

/// The files and their stamps; None where one has none.
fn stamps(sources: &[Source]) -> Option<Vec<(String, Stamp)>> {
    sources.iter().map(|source| Some((source.shown(), source.stamp.clone()?))).collect()
}

/// What is kept of these files.
pub(super) fn load(folder: &Path, sources: &[Source]) -> Option<Compiled> {
    let file = own_file(&folder.join(FILE))?;
    let mut text = String::new();
    file.take(MAX_FILE).read_to_string(&mut text).ok()?;
    let (header, rules) = text.split_once('\n')?;
    let header: Header<Compiled> = serde_json::from_str(header).ok()?;
    if header.version != version() || Some(header.sources) != stamps(sources) {
        return None;
    }
    let mut compiled = header.compiled;
    rules.clone_into(&mut compiled.text);
    Some(compiled)
}

/// Keeps what was compiled of these files. Where that cannot be done it is done again the next time.
pub(super) fn keep(folder: &Path, sources: &[Source], compiled: &Compiled) {
    let Some(sources) = stamps(sources) else { return };
    let header = Header { version: version(), sources, compiled };
    let Ok(header) = serde_json::to_string(&header) else { return };
    let write = || -> std::io::Result<()> {
        private_folder(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(format!("{header}\n").as_bytes())?;
        file.write_all(compiled.text.as_bytes())?;
        file.persist(folder.join(FILE))?;
        Ok(())
    };
    let _ = write();
}

/// A regular file that is ours, and that nobody else may write to.
#[cfg(unix)]
fn own_file(path: &Path) -> Option<File> {
    use std::os::unix::fs::MetadataExt;
    let file = regular::open(path, Links::Refused).ok()?;
    let metadata = file.metadata().ok()?;
    let ours = metadata.uid() == rustix::process::geteuid().as_raw();
    (ours && metadata.mode() & 0o022 == 0).then_some(file)
}

#[cfg(not(unix))]
fn own_file(path: &Path) -> Option<File> {
    regular::open(path, Links::Refused).ok()
}

#[cfg(unix)]
fn private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn private_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}
