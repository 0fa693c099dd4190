//! The files of a layer.

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::document::Fault;
use crate::policy::Layer;
use crate::regular::{self, Links};
use crate::settings::{Places, trusted};

/// The folder of rule files, in a layer's folder.
const FOLDER: &str = "rules.d";
/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// How much is read of a project's files, in bytes. They are read at every call.
const MAX_PROJECT: u64 = 64 << 10;
/// How many files of a project are read.
const MAX_PROJECT_FILES: usize = 64;

/// A rule file, or what stands in its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Whose it is.
    pub layer: Layer,
    /// Where it lies.
    pub path: PathBuf,
    /// What tells whether it was changed; None where it cannot be used, or not be kept.
    pub stamp: Option<Stamp>,
    /// Why it may not be used.
    refused: Option<Box<Fault>>,
}

/// What changes with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp([i64; 8]);

impl Stamp {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Option<Stamp> {
        use std::os::unix::fs::MetadataExt;
        let number = |number: u64| i64::from_ne_bytes(number.to_ne_bytes());
        let owner = i64::from(metadata.uid()) << 32 | i64::from(metadata.mode());
        let changed = [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()];
        let [m, mn, c, cn] = changed;
        Some(Stamp([
            number(metadata.dev()),
            number(metadata.ino()),
            number(metadata.len()),
            owner,
            m,
            mn,
            c,
            cn,
        ]))
    }

    /// Elsewhere a file that was changed may not show it, so nothing is kept.
    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Option<Stamp> {
        None
    }
}

impl Source {
    /// Its path, for people.
    pub fn shown(&self) -> String {
        self.path.display().to_string()
    }

    /// Its text.
    ///
    /// # Errors
    /// When it cannot be read, or must not be used.
    pub fn read(&self) -> Result<String, Box<Fault>> {
        if let Some(fault) = &self.refused {
            return Err(fault.clone());
        }
        // What a project holds leads nowhere else.
        let (links, most) = match self.layer {
            Layer::Project => (Links::Refused, MAX_PROJECT),
            _ => (Links::Followed, MAX_FILE),
        };
        regular::text(&self.path, links, most)
            .map_err(|error| Box::new(Fault::of_file(&self.shown(), error.to_string(), None)))
    }
}

/// The rule files of every layer, from the top one down.
pub fn sources(places: &Places) -> Vec<Source> {
    let layers =
        [(Layer::Managed, &places.managed), (Layer::User, &places.user), (Layer::Project, &places.project)];
    layers.into_iter().flat_map(|(layer, folder)| listed(layer, folder.as_deref())).collect()
}

/// The rule file at a path, or those in the folder that is there, as a user's.
///
/// # Errors
/// When there is nothing, or it cannot be read.
pub fn at(path: &Path) -> std::io::Result<Vec<Source>> {
    if fs::metadata(path)?.is_dir() {
        let mut paths: Vec<PathBuf> = fs::read_dir(path)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| is_rules(path))
            .collect();
        paths.sort();
        return Ok(paths.iter().map(|path| source(Layer::User, path)).collect());
    }
    Ok(vec![source(Layer::User, path)])
}

fn is_rules(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml")
        && path.file_name().is_some_and(|name| !name.as_encoded_bytes().starts_with(b"."))
}

/// The rule files of a layer, by name.
pub(super) fn listed(layer: Layer, folder: Option<&Path>) -> Vec<Source> {
    let Some(folder) = folder.map(|folder| folder.join(FOLDER)) else { return Vec::new() };
    let refused = |path: &Path, fault: Box<Fault>| Source {
        layer,
        path: path.to_owned(),
        stamp: None,
        refused: Some(fault),
    };
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Vec::new();
        }
        Err(error) => {
            let fault = Fault::of_file(&folder.display().to_string(), error.to_string(), None);
            return vec![refused(&folder, Box::new(fault))];
        }
    };
    let mut paths: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_rules(path)).collect();
    paths.sort();
    if layer == Layer::Managed
        && !paths.is_empty()
        && let Err(fault) = trusted(&folder)
    {
        return vec![refused(&folder, fault)];
    }
    if layer == Layer::Project {
        let leads_away = |path: &Path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
        if leads_away(&folder) || folder.parent().is_some_and(leads_away) {
            let message = "a project's rules must lie in the project: it is a symbolic link";
            let fault = Fault::of_file(&folder.display().to_string(), message, None);
            return vec![refused(&folder, Box::new(fault))];
        }
        let mut left = MAX_PROJECT;
        let fits = |path: &&PathBuf| {
            let size = fs::symlink_metadata(path).map_or(0, |metadata| metadata.len());
            left.checked_sub(size).map(|less| left = less).is_some()
        };
        let read: Vec<&PathBuf> = paths.iter().filter(fits).take(MAX_PROJECT_FILES).collect();
        if read.len() < paths.len() {
            let (most, read_of, files) = (MAX_PROJECT >> 10, read.len(), paths.len());
            let message = format!(
                "of a project's files {MAX_PROJECT_FILES} are read, {most} KiB in all: {read_of} of these {files}"
            );
            let fault = Fault::of_file(&folder.display().to_string(), message, None);
            let mut sources = vec![refused(&folder, Box::new(fault))];
            sources.extend(read.into_iter().map(|path| source(layer, path)));
            return sources;
        }
    }
    paths.iter().map(|path| source(layer, path)).collect()
}

fn source(layer: Layer, path: &Path) -> Source {
    let stamp = fs::metadata(path).ok().as_ref().and_then(Stamp::of);
    let refused = (layer == Layer::Managed).then(|| trusted(path).err()).flatten();
    Source { layer, path: path.to_owned(), stamp, refused }
}
