//! What is its owner's alone: folders and files of the user's own that nobody else may read or replace.
//!
//! On a Unix the mode and the owner say so. On Windows the access list does, and what is made in the user's own folder has
//! that of the folder, which keeps other users out; there is nothing to ask or to set.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

/// Makes a folder, and those above it that are not there.
///
/// # Errors
/// What the system says.
#[cfg(unix)]
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(windows)]
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// Whether a folder is the user's alone.
///
/// # Errors
/// When it is not, or is no folder.
pub(crate) fn is_folder(metadata: &Metadata) -> io::Result<()> {
    match metadata.is_dir() && is_users(metadata) && !is_open(metadata) {
        true => Ok(()),
        false => Err(io::Error::other("it is no folder of the user's alone")),
    }
}

/// Whether a regular file is the user's alone.
///
/// # Errors
/// When it is not, or is no regular file.
pub(crate) fn is_file(metadata: &Metadata) -> io::Result<()> {
    match metadata.is_file() && is_users(metadata) && !is_open(metadata) {
        true => Ok(()),
        false => Err(io::Error::other("it is no file of the user's alone")),
    }
}

/// Whether a file is the user's own, whoever else may read it.
///
/// # Errors
/// When another user's.
pub(crate) fn is_own(file: &File) -> io::Result<()> {
    match is_users(&file.metadata()?) {
        true => Ok(()),
        false => Err(io::Error::other("it belongs to another user")),
    }
}

/// Takes a file from all others.
///
/// # Errors
/// What the system says.
pub(crate) fn keep(file: &File) -> io::Result<()> {
    match is_open(&file.metadata()?) {
        true => close(file),
        false => Ok(()),
    }
}

/// Whether a folder takes new files of this user's.
///
/// # Errors
/// When it does not.
#[cfg(unix)]
pub(crate) fn takes_files(folder: &Path) -> io::Result<()> {
    use rustix::fs::Access;
    Ok(rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

#[cfg(windows)]
pub(crate) fn takes_files(folder: &Path) -> io::Result<()> {
    match folder.metadata()?.permissions().readonly() {
        true => Err(io::ErrorKind::PermissionDenied.into()),
        false => Ok(()),
    }
}

/// Whether a file or a folder is the user's own.
#[cfg(unix)]
pub(crate) fn is_users(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(metadata) == rustix::process::geteuid().as_raw()
}

#[cfg(windows)]
pub(crate) fn is_users(_: &Metadata) -> bool {
    true
}

/// Whether others may do anything with it.
#[cfg(unix)]
fn is_open(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o077 != 0
}

#[cfg(windows)]
fn is_open(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn close(file: &File) -> io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

#[cfg(windows)]
fn close(_: &File) -> io::Result<()> {
    Ok(())
}
