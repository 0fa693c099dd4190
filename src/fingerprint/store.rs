//! Where a session's fingerprints lie: a folder that is its owner's alone.
//!
//! `$XDG_RUNTIME_DIR/asm-guard/SESSION`, which ends with the user's login; where there is none, or it cannot be written to,
//! `asm-guard/sessions/SESSION` in the state folder. In it are the session's key and a file for each run of asm-exec, whose
//! name says until when it holds:
//!
//! ```text
//! key
//! 1789000000-5f0c9a4d2b7e8163.jsonl
//! ```
//!
//! A file is whole before it has its name, so that of runs at the same time none tears another's.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Fingerprint, Key, Known};
use crate::audit::digest;
use crate::private;
use crate::regular::{self, Links};
use crate::settings::Places;

/// The variable by which a session's commands know its id.
pub const SESSION: &str = "ASM_GUARD_SESSION";
/// Fingerprints hold no longer than a day, whatever the settings say, in seconds.
pub const LONGEST: u64 = 24 * 60 * 60;

/// The file of the session's key.
const KEY: &str = "key";
/// What a file of fingerprints ends with.
const SUFFIX: &str = ".jsonl";
/// Entries of a folder that are looked at.
const MOST_ENTRIES: usize = 4096;
/// Files of a session that are read, those that hold longest.
const MOST_FILES: usize = 256;
/// A larger file is not read, in bytes.
const LARGEST: u64 = 256 << 10;
/// A session of which nothing holds any more is removed when nothing was written in it for so long, in seconds.
const IDLE: u64 = 60 * 60;

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The folders in which a session's fingerprints may lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    folders: Vec<PathBuf>,
}

/// What a file's name says.
struct Named {
    path: PathBuf,
    until: u64,
    /// What tells its content.
    digest: String,
}

impl Session {
    /// Those of a session, whether they are there or not. None where its id is no plain name, or where there is no place.
    pub fn of(id: &str, places: &Places) -> Option<Session> {
        let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !plain || !(8..=64).contains(&id.len()) {
            return None;
        }
        let folders: Vec<PathBuf> = bases(places).map(|base| base.join(id)).collect();
        (!folders.is_empty()).then_some(Session { folders })
    }

    /// The fingerprints that hold at a time, and what could not be read, in sentences. Those that hold no longer are removed.
    pub fn read(&self, now: u64) -> (Vec<Known>, Vec<String>) {
        let (mut known, mut faults) = (Vec::new(), Vec::new());
        for folder in &self.folders {
            match read(folder, now, &mut faults) {
                Ok(None) => {}
                Ok(Some(here)) => known.push(here),
                Err(error) => faults.push(format!("{}: {error}", folder.display())),
            }
        }
        (known, faults)
    }

    /// Leaves the fingerprints that `make` makes with the session's key, and removes what no longer holds of this session and
    /// of others.
    ///
    /// # Errors
    /// What the system says of the last place that was tried.
    pub fn leave(&self, now: u64, seconds: u64, make: &dyn Fn(&Key) -> Vec<Fingerprint>) -> io::Result<()> {
        let mut result = Err(ErrorKind::NotFound.into());
        for folder in &self.folders {
            result = leave(folder, now, seconds, make);
            if let Err(error) = &result
                && error.kind() == ErrorKind::NotFound
            {
                // Another run took the folder for one that nobody uses.
                result = leave(folder, now, seconds, make);
            }
            if result.is_ok() {
                folder.parent().into_iter().for_each(|base| sweep(base, folder, now));
                break;
            }
        }
        result
    }
}

/// The folders that hold sessions, the first of them the one to write to. A runtime folder is the system's to make.
pub fn bases(places: &Places) -> impl Iterator<Item = PathBuf> {
    let runtime = places.runtime.clone().filter(|folder| folder.parent().is_some_and(Path::is_dir));
    runtime.into_iter().chain(places.state.as_ref().map(|state| state.join("sessions")))
}

fn read(folder: &Path, now: u64, faults: &mut Vec<String>) -> io::Result<Option<Known>> {
    match fs::symlink_metadata(folder) {
        Ok(metadata) => private::is_folder(&metadata)?,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    }
    let (mut holding, over) = files(folder)?.into_iter().partition::<Vec<Named>, _>(|file| file.until > now);
    over.iter().for_each(|file| drop(fs::remove_file(&file.path)));
    if holding.is_empty() {
        return Ok(None);
    }
    holding.sort_unstable_by_key(|file| std::cmp::Reverse(file.until));
    if holding.len() > MOST_FILES {
        faults.push(format!("{}: of {} files only {MOST_FILES} are read", folder.display(), holding.len()));
        holding.truncate(MOST_FILES);
    }
    let key = Key::new(digest::key(&folder.join(KEY))?);
    let mut prints: Vec<Fingerprint> = Vec::new();
    for Named { path, .. } in &holding {
        let failed = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
        let text = match regular::text(path, Links::Refused, LARGEST) {
            Ok(text) => text,
            // Removed since, by another run.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => {
                faults.push(failed(&error));
                continue;
            }
        };
        let lines = text.lines().map(|line| serde_json::from_str::<Fingerprint>(line).ok());
        let (sound, broken): (Vec<_>, Vec<_>) =
            lines.partition(|print| print.as_ref().is_some_and(Fingerprint::is_sound));
        if !broken.is_empty() {
            faults.push(failed(&format!("{} of its lines are no fingerprints", broken.len())));
        }
        prints.extend(sound.into_iter().flatten());
    }
    prints.sort_unstable_by(|one, other| (one.length, &one.slow).cmp(&(other.length, &other.slow)));
    prints.dedup_by(|one, other| (one.length, &one.slow) == (other.length, &other.slow));
    Ok((!prints.is_empty()).then_some(Known { key, prints }))
}

fn leave(folder: &Path, now: u64, seconds: u64, make: &dyn Fn(&Key) -> Vec<Fingerprint>) -> io::Result<()> {
    private::make_folder(folder)?;
    private::is_folder(&fs::symlink_metadata(folder)?)?;
    let key = Key::new(digest::key(&folder.join(KEY))?);
    let prints = make(&key);
    if prints.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = prints.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    let text = lines.join("\n");
    let digest = digest::hex(&key.mac(text.as_bytes())[..8]);
    // Readable by its owner alone from the start.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    let until = now.saturating_add(seconds.min(LONGEST));
    file.persist(folder.join(format!("{until}-{digest}{SUFFIX}"))).map_err(|error| error.error)?;
    for file in files(folder)?
        .iter()
        .filter(|file| file.until < until && (file.digest == digest || file.until <= now))
    {
        let _ = fs::remove_file(&file.path);
    }
    Ok(())
}

/// The files of fingerprints in a folder.
fn files(folder: &Path) -> io::Result<Vec<Named>> {
    let named = |path: PathBuf| {
        let (until, digest) = path.file_name()?.to_str()?.strip_suffix(SUFFIX)?.split_once('-')?;
        Some(Named { until: until.parse().ok()?, digest: digest.to_owned(), path })
    };
    let entries = fs::read_dir(folder)?.take(MOST_ENTRIES);
    Ok(entries.filter_map(|entry| named(entry.ok()?.path())).collect())
}

/// Removes what no longer holds of other sessions. What cannot be removed is another run's to remove.
fn sweep(base: &Path, own: &Path, now: u64) {
    let Ok(entries) = fs::read_dir(base) else { return };
    let folders = entries.take(MOST_ENTRIES).filter_map(|entry| Some(entry.ok()?.path()));
    for folder in folders.filter(|folder| folder != own) {
        let Ok(metadata) = fs::symlink_metadata(&folder) else { continue };
        let Ok(files) = files(&folder) else { continue };
        if private::is_folder(&metadata).is_err() {
            continue;
        }
        let (holding, over) = files.into_iter().partition::<Vec<Named>, _>(|file| file.until > now);
        over.iter().for_each(|file| drop(fs::remove_file(&file.path)));
        let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let idle = changed.is_some_and(|changed| changed.as_secs().saturating_add(IDLE) < now);
        // Under another name first: a run that begins just now then fails to write, and makes the folder again.
        let gone = base.join(format!(".gone-{}", std::process::id()));
        if holding.is_empty() && idle && fs::rename(&folder, &gone).is_ok() {
            let _ = fs::remove_dir_all(&gone);
        }
    }
}
