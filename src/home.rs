//! The user's own folder.

/// The variable that names it, for the programs of this system. Git for Windows sets `HOME` too, which may be another.
pub(crate) const VARIABLE: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
