//! Files that are read for references, and the one that is written with values.

use std::io::{Read, Write};
use std::path::Path;

/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 4 << 20;

/// A file's text.
///
/// # Errors
/// A sentence that names the file.
pub fn read(path: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
    let mut text = Vec::new();
    std::fs::File::open(path).map_err(failed)?.take(MAX_FILE + 1).read_to_end(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_FILE {
        return Err(format!("{} is larger than {} MiB", path.display(), MAX_FILE >> 20));
    }
    String::from_utf8(text).map_err(|_| format!("{} is not UTF-8", path.display()))
}

/// Writes a file that only its owner can read. It is complete before it has its name, and takes the place of a file
/// that has it already.
///
/// # Errors
/// A sentence that names the file.
pub fn write_private(path: &Path, text: &str) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{} cannot be written: {error}", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // tempfile creates with mode 0600.
    let mut file = tempfile::Builder::new().prefix(".asm-exec-").tempfile_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(failed)?;
    if path.is_dir() {
        return Err(format!("{} cannot be written: it is a directory", path.display()));
    }
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.ini");
        std::fs::write(&path, "old").unwrap();
        write_private(&path, "new").unwrap();
        assert_eq!(read(&path).unwrap(), "new");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_read_or_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let there = |name: &str| folder.path().join(name);
        std::fs::write(there("latin"), [0xe9]).unwrap();
        assert!(read(&there("none")).unwrap_err().contains("none cannot be read"));
        assert!(read(&there("latin")).unwrap_err().contains("latin is not UTF-8"));
        assert!(read(folder.path()).unwrap_err().contains("cannot be read"));
        assert!(write_private(&there("no/such"), "x").unwrap_err().contains("such cannot be written"));
        assert!(write_private(folder.path(), "x").unwrap_err().contains("directory"));
    }
}
