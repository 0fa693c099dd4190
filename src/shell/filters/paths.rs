//! Tools that take paths apart: basename, dirname, realpath.

use super::call::{Call, Out};
use super::options;
use crate::shell::folder::resolved;

/// `basename`.
pub(super) fn basename(call: &Call) -> Option<String> {
    let parsed = options::parse(call.words, "as:z", &[("multiple", 'a'), ("suffix", 's'), ("zero", 'z')])?;
    if parsed.has('z') {
        return None;
    }
    let (paths, suffix) = match parsed.operands.as_slice() {
        paths if parsed.has('a') || parsed.has('s') => (paths, parsed.value('s').unwrap_or("")),
        [path] => (std::slice::from_ref(path), ""),
        [path, suffix] => (std::slice::from_ref(path), *suffix),
        _ => return None,
    };
    let mut out = Out::default();
    for path in paths {
        let trimmed = path.trim_end_matches('/');
        let name = if trimmed.is_empty() && !path.is_empty() { "/" } else { trimmed.rsplit('/').next()? };
        out.line(name.strip_suffix(suffix).filter(|stem| !stem.is_empty()).unwrap_or(name))?;
    }
    Some(out.done())
}

/// `dirname`.
pub(super) fn dirname(call: &Call) -> Option<String> {
    let parsed = options::parse(call.words, "", &[])?;
    let mut out = Out::default();
    for path in &parsed.operands {
        let trimmed = path.trim_end_matches('/');
        out.line(match trimmed.rsplit_once('/') {
            _ if trimmed.is_empty() && !path.is_empty() => "/",
            None => ".",
            Some((parent, _)) => match parent.trim_end_matches('/') {
                "" => "/",
                parent => parent,
            },
        })?;
    }
    Some(out.done())
}

/// `realpath` and `readlink -f`, where nothing on the way is a link that this command made.
pub(super) fn realpath(call: &Call) -> Option<String> {
    let parsed =
        options::parse(call.words, "emfsLPq", &[("canonicalize-missing", 'm'), ("no-symlinks", 's')])?;
    if call.program == "readlink" && !parsed.has('f') && !parsed.has('m') && !parsed.has('e') {
        return None;
    }
    let [path] = parsed.operands.as_slice() else { return None };
    // A relative path begins in a folder that is not known.
    resolved(path).map(|path| path + "\n")
}
