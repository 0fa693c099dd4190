//! Whether an agent was told already what is wrong with a project's rule files: once is enough where nothing is refused.
//!
//! What is managed and the user's is told when it is compiled. A project's files are read each time, so that a digest of
//! their names and versions is kept in the user's cache folder, and nothing else of them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::path::Path;

use super::cache;
use super::files::Source;

/// The file, in the cache folder: a digest a line.
const FILE: &str = "told";
/// States of projects that are remembered; of more, the latest.
const MOST: usize = 64;

/// Whether nobody was told yet. From now on somebody was.
pub(super) fn is_news(folder: Option<&Path>, sources: &[Source]) -> bool {
    let Some(folder) = folder else { return true };
    let digest = digest(sources);
    let mut told = String::new();
    if let Some(file) = cache::own_file(&folder.join(FILE)) {
        // What is no text there is as if it was not there, and is written anew.
        let _ = file.take(64 << 10).read_to_string(&mut told);
    }
    let mut lines: Vec<&str> = told.lines().collect();
    if lines.contains(&digest.as_str()) {
        return false;
    }
    lines.push(&digest);
    let kept = lines[lines.len().saturating_sub(MOST)..].join("\n");
    let _ = cache::put(folder, FILE, &[kept.as_bytes(), b"\n"]);
    true
}

fn digest(sources: &[Source]) -> String {
    let mut hasher = DefaultHasher::new();
    for source in sources {
        source.shown().hash(&mut hasher);
        format!("{:?}", source.stamp).hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}
