//! The edge: settings files on this machine, read with care and replaced as a whole.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::agents::{Files, Target};
use crate::resolve::surroundings::Environment;
use crate::{home, private, search};

/// The largest settings file that is changed, in bytes. A person's has some thousands.
const MAX_FILE: u64 = 4 << 20;
/// What the name of a file's copy ends in.
const BACKUP: &str = ".asm-guard-backup";
/// How many copies are looked for.
const MAX_BACKUPS: usize = 1000;

/// The folder of an agent's configuration, whether or not it is there. None without a home.
pub fn folder(environment: &Environment, agent: &Target) -> Option<PathBuf> {
    let folder = &agent.folder;
    let named = folder.variable.and_then(|(name, below)| {
        let value = PathBuf::from(environment.get(name)?);
        value.is_absolute().then(|| if below.is_empty() { value.clone() } else { value.join(below) })
    });
    let home = || Some(PathBuf::from(environment.get(home::VARIABLE)?)).filter(|home| home.is_absolute());
    named.or_else(|| Some(home()?.join(folder.usual)))
}

/// The agent's program on the search path.
pub fn program(environment: &Environment, agent: &Target) -> Option<PathBuf> {
    agent.programs.iter().find_map(|name| search::first(environment, name))
}

/// Whether there is anything of an agent here.
pub fn is_here(environment: &Environment, agent: &Target) -> bool {
    folder(environment, agent).is_some_and(|folder| folder.is_dir()) || program(environment, agent).is_some()
}

/// The files of an agent that hooks belong into.
pub fn files(folder: &Path, agent: &Target) -> Vec<PathBuf> {
    match agent.files {
        Files::One(name) => vec![folder.join(name)],
        Files::Each(name, _) => {
            let entries = fs::read_dir(folder.join(name)).into_iter().flatten().flatten();
            let paths = entries.map(|entry| entry.path());
            let mut paths: Vec<PathBuf> =
                paths.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
            paths.sort();
            paths
        }
    }
}

/// A settings file, or the place of one.
#[derive(Debug)]
pub struct Settings {
    /// As the agent knows it.
    pub path: PathBuf,
    /// The file itself, where links lead to.
    real: PathBuf,
    /// What it holds; None where there is none.
    pub text: Option<String>,
    metadata: Option<Metadata>,
}

impl Settings {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is there and cannot be read as text, or is no file that should be changed: why, with its path.
    pub fn read(path: &Path) -> Result<Settings, String> {
        let shown = path.display();
        let fault = |why: &str| Err(format!("{shown} {why}"));
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) if error.kind() == ErrorKind::NotFound => match fs::read_link(path) {
                Ok(to) => return fault(&format!("is a link to {}, which is not there", to.display())),
                Err(_) => {
                    let real = path.to_path_buf();
                    return Ok(Settings { path: path.to_path_buf(), real, text: None, metadata: None });
                }
            },
            Err(error) => return fault(&format!("cannot be read: {}", plain(&error))),
        };
        let metadata = match fs::metadata(&real) {
            Ok(metadata) => metadata,
            Err(error) => return fault(&format!("cannot be read: {}", plain(&error))),
        };
        if !metadata.is_file() {
            return fault("is no file");
        }
        if metadata.len() > MAX_FILE {
            return fault(&format!("is larger than {} MiB", MAX_FILE >> 20));
        }
        let mut bytes = Vec::new();
        let read = File::open(&real).and_then(|file| file.take(MAX_FILE).read_to_end(&mut bytes));
        if let Err(error) = read {
            return fault(&format!("cannot be read: {}", plain(&error)));
        }
        match String::from_utf8(bytes) {
            Ok(text) => {
                Ok(Settings { path: path.to_path_buf(), real, text: Some(text), metadata: Some(metadata) })
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let before = &error.as_bytes()[..at];
                let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                let column = before
                    .rsplit(|byte| *byte == b'\n')
                    .next()
                    .map_or(0, |line| String::from_utf8_lossy(line).chars().count())
                    + 1;
                Err(format!("{shown}:{line}:{column}: it is no UTF-8"))
            }
        }
    }

    /// The texts that were kept of it, the oldest first.
    pub fn kept(&self) -> Vec<String> {
        self.backups().map_while(|path| fs::read_to_string(path).ok()).collect()
    }

    /// Replaces what it holds. First a copy of what it held is made, unless it is to be again what a copy has; the
    /// answer is where that is. The file has the new text or the old one at any time, whatever happens; its mode and its
    /// owner stay.
    ///
    /// # Errors
    /// When that is not possible, and it is as it was: why, with its path.
    pub fn write(&self, text: &str, mode: u32) -> Result<Option<PathBuf>, String> {
        let shown = self.path.display();
        self.may_change()?;
        let fail = |error: io::Error| format!("{shown} cannot be written: {}", plain(&error));
        let folder = self.real.parent().ok_or_else(|| format!("{shown} is in no folder"))?;
        make_folder(folder, mode).map_err(fail)?;
        let backup = if self.kept().iter().any(|kept| kept == text) { None } else { self.keep()? };
        let mut file = tempfile::Builder::new().prefix(".asm-guard-").tempfile_in(folder).map_err(fail)?;
        file.write_all(text.as_bytes()).map_err(fail)?;
        self.like(file.as_file(), folder, mode).map_err(fail)?;
        file.as_file().sync_all().map_err(fail)?;
        self.is_as_read()?;
        file.persist(&self.real).map_err(|error| fail(error.error))?;
        // The name lasts when the folder is on the disk as well.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(backup)
    }

    /// Whether its name leads to a file elsewhere.
    pub fn is_link(&self) -> bool {
        self.path.is_symlink()
    }

    /// Removes it.
    ///
    /// # Errors
    /// When that is not possible: why, with its path.
    pub fn remove(&self) -> Result<(), String> {
        self.may_change()?;
        self.is_as_read()?;
        fs::remove_file(&self.path)
            .map_err(|error| format!("{} cannot be removed: {}", self.path.display(), plain(&error)))
    }

    /// Whether it is this user's to change. A file is replaced by its folder's leave alone, so that has to be asked.
    #[cfg(unix)]
    fn may_change(&self) -> Result<(), String> {
        use std::os::unix::fs::MetadataExt;
        let Some(metadata) = &self.metadata else { return Ok(()) };
        let shown = self.path.display();
        let link = if self.real == self.path {
            String::new()
        } else {
            format!(", a link to {},", self.real.display())
        };
        let user = rustix::process::geteuid();
        if !user.is_root() && metadata.uid() != user.as_raw() {
            return Err(format!("{shown}{link} belongs to another user (id {})", metadata.uid()));
        }
        if metadata.mode() & 0o200 == 0 {
            return Err(format!("{shown}{link} is not to be written to, by its mode"));
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn may_change(&self) -> Result<(), String> {
        match self.metadata.as_ref().is_some_and(|metadata| metadata.permissions().readonly()) {
            true => Err(format!("{} is not to be written to", self.path.display())),
            false => Ok(()),
        }
    }

    /// An agent that runs may write its settings at any time.
    fn is_as_read(&self) -> Result<(), String> {
        let now = fs::read(&self.real).ok();
        match now.as_deref() == self.text.as_deref().map(str::as_bytes) {
            true => Ok(()),
            false => Err(format!("{} was changed meanwhile; try again", self.path.display())),
        }
    }

    /// Gives a file the mode and the owner of this one, or for a new one this mode and its folder's owner.
    #[cfg(unix)]
    fn like(&self, file: &File, folder: &Path, mode: u32) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
        let permissions = match &self.metadata {
            Some(metadata) => metadata.permissions(),
            None => fs::Permissions::from_mode(mode),
        };
        // With sudo, a user's settings stay the user's.
        if rustix::process::geteuid().is_root() {
            let owner = match &self.metadata {
                Some(metadata) => metadata.clone(),
                None => fs::metadata(folder)?,
            };
            fchown(file, Some(owner.uid()), Some(owner.gid()))?;
        }
        file.set_permissions(permissions)
    }

    #[cfg(not(unix))]
    fn like(&self, _: &File, _: &Path, _: u32) -> io::Result<()> {
        Ok(())
    }

    /// Keeps a copy of what it holds, readable by its owner alone, and gives where; None where there is no file. A copy
    /// that is there is never overwritten; one that holds the same serves.
    ///
    /// # Errors
    /// When that is not possible: why, with its path.
    pub fn keep(&self) -> Result<Option<PathBuf>, String> {
        let Some(text) = &self.text else { return Ok(None) };
        let fail = |path: &Path, error: io::Error| {
            format!("{} cannot be written: {}", path.display(), plain(&error))
        };
        for path in self.backups().take(MAX_BACKUPS) {
            match fs::read(&path) {
                Ok(kept) if kept == text.as_bytes() => return Ok(Some(path)),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let folder = path.parent().unwrap_or(Path::new("."));
                    let mut file =
                        tempfile::NamedTempFile::new_in(folder).map_err(|error| fail(&path, error))?;
                    file.write_all(text.as_bytes()).map_err(|error| fail(&path, error))?;
                    self.like(file.as_file(), folder, 0o600).map_err(|error| fail(&path, error))?;
                    private::keep(file.as_file()).map_err(|error| fail(&path, error))?;
                    file.as_file().sync_all().map_err(|error| fail(&path, error))?;
                    file.persist_noclobber(&path).map_err(|error| fail(&path, error.error))?;
                    return Ok(Some(path));
                }
                // Somebody else's, or a folder.
                Err(_) => {}
            }
        }
        Err(format!("{} has {MAX_BACKUPS} copies beside it; remove some", self.path.display()))
    }

    /// Where copies of it lie: `settings.json.asm-guard-backup`, then with `.2`, `.3` and so on. They lie beside the name
    /// that the agent knows, not in the folder of somebody's dotfiles that it may lead to.
    fn backups(&self) -> impl Iterator<Item = PathBuf> {
        let name: OsString = self.path.file_name().unwrap_or_default().to_owned();
        let folder = self.path.parent().unwrap_or(Path::new("")).to_path_buf();
        (1..).map(move |number: usize| {
            let mut name = name.clone();
            name.push(BACKUP);
            if number > 1 {
                name.push(format!(".{number}"));
            }
            folder.join(name)
        })
    }
}

/// Makes a folder and those above it: for whoever may read a file of this mode. With sudo, it belongs to whom the folder
/// belongs that it is made in.
fn make_folder(folder: &Path, mode: u32) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().ok_or(ErrorKind::NotFound)?;
    make_folder(above, mode)?;
    make_one(folder, above, mode)
}

#[cfg(unix)]
fn make_one(folder: &Path, above: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
    let others = (mode & 0o044) >> 2;
    fs::DirBuilder::new().mode(0o700 | mode & 0o044 | others).create(folder)?;
    if rustix::process::geteuid().is_root() {
        let above = fs::metadata(above)?;
        chown(folder, Some(above.uid()), Some(above.gid()))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_one(folder: &Path, _: &Path, _: u32) -> io::Result<()> {
    fs::create_dir(folder)
}

/// What the system says, without its number.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("settings.json");
        fs::write(&path, text).expect("a file");
        (folder, path)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder").flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// An agent that writes its settings at the same time loses nothing.
    #[test]
    fn what_somebody_else_wrote_meanwhile_stays() {
        let (folder, path) = file("{}");
        let settings = Settings::read(&path).expect("settings");
        fs::write(&path, "{\"theirs\": 1}").expect("written");
        for failed in [settings.write("{\"ours\": 1}", 0o600).map(|_| ()), settings.remove()] {
            assert!(failed.is_err_and(|why| why.contains("was changed meanwhile")));
        }
        assert_eq!(fs::read_to_string(&path).expect("text"), "{\"theirs\": 1}");
        assert_eq!(names(folder.path()), ["settings.json", "settings.json.asm-guard-backup"]);

        let new = folder.path().join("new.json");
        let settings = Settings::read(&new).expect("settings");
        fs::write(&new, "theirs").expect("written");
        assert!(settings.write("ours", 0o600).is_err());
        assert_eq!(fs::read_to_string(&new).expect("text"), "theirs");
    }

    #[test]
    fn a_copy_is_its_owners_and_what_stands_in_its_place_stays() {
        let (folder, path) = file("{}");
        fs::create_dir(folder.path().join("settings.json.asm-guard-backup")).expect("a folder");
        let kept = Settings::read(&path).and_then(|settings| settings.write("1", 0o600)).expect("written");
        let second = folder.path().join("settings.json.asm-guard-backup.2");
        assert_eq!(kept.as_ref(), Some(&second));
        assert_eq!(fs::metadata(&second).expect("a copy").permissions().mode() & 0o777, 0o600);
        // What is again what a copy has needs no further one.
        let again = Settings::read(&path).and_then(|settings| settings.write("2", 0o600)).expect("written");
        assert!(again.is_some_and(|path| path.ends_with("settings.json.asm-guard-backup.3")));
    }

    #[test]
    fn a_new_file_has_its_folders_made() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a/b/new.json");
        assert_eq!(Settings::read(&path).and_then(|settings| settings.write("1", 0o644)), Ok(None));
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&folder.path().join("a"))), (0o644, 0o755));
        let private = folder.path().join("c/new.json");
        assert_eq!(Settings::read(&private).and_then(|settings| settings.write("1", 0o600)), Ok(None));
        assert_eq!((mode(&private), mode(&folder.path().join("c"))), (0o600, 0o700));
    }
}
