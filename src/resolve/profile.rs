//! The AWS CLI's configuration and credentials files ("Configuration and credential file settings", AWS CLI user guide).

use std::path::PathBuf;

use super::surroundings::Environment;
use crate::home;

/// One of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// `~/.aws/config`.
    Config,
    /// `~/.aws/credentials`.
    Credentials,
}

impl File {
    /// Where it lies.
    pub fn path(self, environment: &Environment) -> Option<PathBuf> {
        let (variable, default) = match self {
            File::Config => ("AWS_CONFIG_FILE", ".aws/config"),
            File::Credentials => ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
        };
        let home = || environment.get(home::VARIABLE).map(PathBuf::from);
        match environment.get(variable) {
            Some(file) => match file.strip_prefix("~/") {
                Some(rest) => Some(home()?.join(rest)),
                None => Some(PathBuf::from(file)),
            },
            None => Some(home()?.join(default)),
        }
    }
}

/// The name of the profile that is meant.
pub fn name(environment: &Environment) -> &str {
    ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].iter().find_map(|name| environment.get(name)).unwrap_or("default")
}

/// The keys of a profile in a file's text, and what follows their `=`. A line that is indented deeper than the key above it
/// belongs to that key's own block (`s3 =`), and is none of the profile's.
pub fn entries<'a>(text: &'a str, profile: &str, file: File) -> Vec<(&'a str, &'a str)> {
    let mut entries = Vec::new();
    let mut inside = false;
    let mut key_indent = None;
    for line in text.lines() {
        let text = line.trim();
        if text.is_empty() || text.starts_with(['#', ';']) {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        if indent == 0 && text.starts_with('[') {
            inside = names_profile(text, profile, file);
            key_indent = None;
            continue;
        }
        if key_indent.is_some_and(|key| indent > key) {
            continue;
        }
        key_indent = Some(indent);
        let Some((key, value)) = text.split_once(['=', ':']) else { continue };
        if inside {
            entries.push((key.trim(), value.trim()));
        }
    }
    entries
}

/// Whether a section header names `profile`: `[profile x]`, `[profile "x"]`, or for the default profile `[default]`; in
/// the credentials file `[x]`.
fn names_profile(header: &str, profile: &str, file: File) -> bool {
    let Some((name, _)) = header[1..].split_once(']') else { return false };
    let name = name.trim();
    let named = match name.split_once(char::is_whitespace) {
        Some(("profile", rest)) => rest.trim(),
        _ if name == "default" || file == File::Credentials => name,
        _ => return false,
    };
    let bare = |quote| named.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    bare('"').or_else(|| bare('\'')).unwrap_or(named) == profile
}
