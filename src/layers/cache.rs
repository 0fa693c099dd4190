//! What was compiled of the managed and the user's rules, kept for the next hook.
//!
//! It is the user's own file, and as much to be trusted as the user's rules are. It says of which files it was made, and
//! of what version of each; where any of that is otherwise now, it is not used.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::files::{Source, Stamp};
use crate::knowledge::{Added, builtin};
use crate::policy::{Compiled, Lines};
use crate::private;
use crate::regular::{self, Links};

/// The file, in the cache folder.
const FILE: &str = "rules.json";
/// The largest that is read, in bytes.
const MAX_FILE: u64 = 64 << 20;
/// What the first line of most files fits into, in bytes.
const HEADER: usize = 16 << 10;

/// The first line. Behind it stands what is known of programs, and then the rules.
#[derive(Debug, Serialize, Deserialize)]
struct Header<C, A> {
    version: String,
    sources: Vec<(String, Stamp)>,
    compiled: C,
    /// What is known of programs beside what is built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    added: Option<A>,
    /// The bytes of either text behind this line.
    sizes: [u64; 2],
}

/// What this build makes of the same files.
fn version() -> String {
    format!("{} {:x}", env!("CARGO_PKG_VERSION"), builtin::DIGEST)
}

/// The files and their stamps; None where one has none.
fn stamps(sources: &[Source]) -> Option<Vec<(String, Stamp)>> {
    sources.iter().map(|source| Some((source.shown(), source.stamp.clone()?))).collect()
}

/// What is kept of these files. The rules stay on the disk until one is asked for.
pub(super) fn load(folder: &Path, sources: &[Source]) -> Option<Compiled> {
    let mut file = own_file(&folder.join(FILE))?;
    let size = file.metadata().ok()?.len();
    if size > MAX_FILE {
        return None;
    }
    let mut read = BufReader::with_capacity(HEADER, &mut file);
    let mut header = String::new();
    let begin = read.read_line(&mut header).ok()? as u64;
    let header: Header<Compiled, Added> = serde_json::from_str(&header).ok()?;
    let [known, rules] = header.sizes;
    if begin.checked_add(known)?.checked_add(rules)? != size {
        return None;
    }
    if header.version != version() || Some(header.sources) != stamps(sources) {
        return None;
    }
    let mut compiled = header.compiled;
    compiled.knowledge = match header.added {
        Some(added) => {
            let mut text = String::new();
            read.take(known).read_to_string(&mut text).ok()?;
            Some(Arc::new(added.with_text(text)))
        }
        None => None,
    };
    compiled.lines = lines(file, begin + known)?;
    Some(compiled)
}

/// The lines behind the first.
#[cfg(unix)]
fn lines(file: File, begin: u64) -> Option<Lines> {
    Some(Lines::Kept(Arc::new(Rest { file, begin })))
}

#[cfg(not(unix))]
fn lines(mut file: File, begin: u64) -> Option<Lines> {
    use std::io::{Seek, SeekFrom};
    let mut text = String::new();
    file.seek(SeekFrom::Start(begin)).ok()?;
    file.read_to_string(&mut text).ok()?;
    Some(Lines::Held(text))
}

/// A file behind its first line. It is replaced by another one and never changed, so what is open stays what it was.
#[cfg(unix)]
#[derive(Debug)]
struct Rest {
    file: File,
    begin: u64,
}

#[cfg(unix)]
impl crate::policy::Stored for Rest {
    fn part(&self, start: u32, end: u32) -> io::Result<String> {
        use std::os::unix::fs::FileExt;
        let mut bytes = vec![0; end.saturating_sub(start) as usize];
        self.file.read_exact_at(&mut bytes, self.begin + u64::from(start))?;
        String::from_utf8(bytes).map_err(io::Error::other)
    }
}

/// Keeps what was compiled of these files. Where that cannot be done it is done again the next time.
pub(super) fn keep(folder: &Path, sources: &[Source], compiled: &Compiled) {
    let Lines::Held(lines) = &compiled.lines else { return };
    let Some(sources) = stamps(sources) else { return };
    let added = compiled.knowledge.as_deref();
    let known = added.map_or("", |added| &added.text);
    let sizes = [known.len() as u64, lines.len() as u64];
    let header = Header { version: version(), sources, compiled, added, sizes };
    let Ok(header) = serde_json::to_string(&header) else { return };
    let _ = put(folder, FILE, &[header.as_bytes(), b"\n", known.as_bytes(), lines.as_bytes()]);
}

/// Puts a file into the cache folder, whole or not at all.
pub(super) fn put(folder: &Path, name: &str, parts: &[&[u8]]) -> io::Result<()> {
    private::make_folder(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    parts.iter().try_for_each(|part| file.write_all(part))?;
    file.persist(folder.join(name))?;
    Ok(())
}

/// A regular file that is ours alone.
pub(super) fn own_file(path: &Path) -> Option<File> {
    let file = regular::open(path, Links::Refused).ok()?;
    private::is_file(&file.metadata().ok()?).ok()?;
    Some(file)
}
