//! Reads settings from the disk.

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Places, Settings, Written};
use crate::document::{self, Fault};
use crate::regular::{self, Links};

/// The file, in a layer's folder.
const FILE: &str = "settings.toml";

/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// What holds, and what could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loaded {
    /// What holds.
    pub settings: Settings,
    /// What could not be read, or may not be used.
    pub faults: Vec<Fault>,
}

/// The files that [`load`] reads, whether they are there or not.
pub fn files(places: &Places) -> impl Iterator<Item = PathBuf> {
    [&places.managed, &places.user].into_iter().flatten().map(|folder| folder.join(FILE))
}

/// Reads the managed settings and the user's.
pub fn load(places: &Places) -> Loaded {
    let mut faults = Vec::new();
    let mut written = |folder: &Option<_>, managed: bool| {
        let folder: &Path = match folder {
            Some(folder) => Path::new::<PathBuf>(folder),
            None => return Written::default(),
        };
        read(&folder.join(FILE), managed).unwrap_or_else(|fault| {
            faults.push(*fault);
            Written::default()
        })
    };
    let (user, managed) = (written(&places.user, false), written(&places.managed, true));
    Loaded { settings: Settings::of(user, managed), faults }
}

fn read(path: &Path, managed: bool) -> Result<Written, Box<Fault>> {
    let shown = path.display().to_string();
    let failed = |error: std::io::Error| Box::new(Fault::of_file(&shown, error.to_string(), None));
    let text = match regular::text(path, Links::Followed, MAX_FILE) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Written::default());
        }
        Err(error) => return Err(failed(error)),
    };
    if managed {
        trusted(path)?;
    }
    document::read(&shown, &text)
}

/// Whether nobody but root could have written a file: it, and each folder above it, is root's and is not writable by
/// others.
///
/// # Errors
/// The first that is not, and what to do about it.
pub fn trusted(path: &Path) -> Result<(), Box<Fault>> {
    for path in path.ancestors() {
        let shown = path.display().to_string();
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => return Err(Box::new(Fault::of_file(&shown, error.to_string(), None))),
        };
        let by_root = |message: &str, command: String| {
            let message = format!("{message}, so what is managed by it is not used");
            Err(Box::new(Fault::of_file(&shown, message, Some(format!("as root: {command}")))))
        };
        if !is_roots(&metadata) {
            return by_root("it is not root's", format!("chown root '{shown}'"));
        }
        if is_writable_by_others(&metadata) {
            return by_root("others than root may write to it", format!("chmod go-w '{shown}'"));
        }
    }
    Ok(())
}

#[cfg(unix)]
fn is_roots(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(metadata) == 0
}

/// A folder in which everybody may write, but only to what is their own (`/tmp`), does no harm.
#[cfg(unix)]
fn is_writable_by_others(metadata: &Metadata) -> bool {
    let mode = std::os::unix::fs::MetadataExt::mode(metadata);
    let sticky_folder = metadata.is_dir() && mode & 0o1000 != 0;
    mode & 0o022 != 0 && !sticky_folder
}

/// Elsewhere the system keeps the folder from others.
#[cfg(not(unix))]
fn is_roots(_: &Metadata) -> bool {
    true
}

#[cfg(not(unix))]
fn is_writable_by_others(_: &Metadata) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn broken_settings_are_told_and_the_good_ones_hold() {
        let folder = tempfile::tempdir().unwrap();
        let (user, managed) = (folder.path().join("user"), folder.path().join("managed"));
        let places = Places { managed: Some(managed.clone()), user: Some(user.clone()), ..Places::default() };
        assert_eq!(load(&places), Loaded::default());
        for place in [&user, &managed] {
            fs::create_dir(place).unwrap();
        }
        fs::write(user.join(FILE), "mode = \"rewrite\"").unwrap();
        fs::write(managed.join(FILE), "strikt = true").unwrap();
        let loaded = load(&places);
        assert_eq!(loaded.settings.mode, super::super::Mode::Rewrite);
        let [fault] = loaded.faults.as_slice() else { panic!("{:?}", loaded.faults) };
        assert!(fault.file.contains("managed"), "{fault}");
    }

    #[test]
    fn what_others_may_write_is_not_managed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o664)).unwrap();
        assert!(trusted(&file).is_err());
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let roots = fs::metadata(&file).map(|metadata| is_roots(&metadata)).unwrap();
        assert_eq!(trusted(&file).is_ok(), roots && fs::metadata("/").is_ok_and(|root| is_roots(&root)));
    }
}
