//! The audit log: what was decided, one line a decision, where an organisation's pipelines and `asm-guard log` find it.
//!
//! In: a [`Verdict`](crate::policy::Verdict) and what the event [asked](Asked). Out: a [`Record`] with values
//! [redacted](redact()), which [`write()`] sends as one `tracing` event to each place that the settings name: the JSON lines of
//! the user's own log, OTLP's JSON lines, journald. [`Log`] reads the lines back. Nothing here is part of an answer: the hook
//! has given it before it calls anything of this.

pub(crate) mod digest;
mod emit;
mod file;
mod otlp;
mod read;
mod record;
mod redact;
mod words;

use std::io;
use std::path::{Path, PathBuf};

pub use file::Appended;
pub use read::{Line, Log};
pub use record::{Asked, Done, Masking, Record, stamp};
pub use redact::redact;

use crate::settings::{Audit, Places};

/// The file in the state folder that lines are appended to.
const FILE: &str = "audit.jsonl";
/// The file beside it with the key of the digests.
const KEY: &str = "audit.key";

/// Where the log is, for a process with these folders; None where it has no state folder.
pub fn path(places: &Places) -> Option<PathBuf> {
    Some(places.state.as_ref()?.join(FILE))
}

/// Writes a record to every place that the settings name, with a keyed digest of `input`. May wait for a disk or for journald,
/// so the caller bounds it.
///
/// # Errors
/// When the user's own log could not be written. The other places have had the record all the same.
pub fn write(mut record: Record, input: Option<&str>, places: &Places, settings: &Audit) -> io::Result<()> {
    let log = path(places).map(|path| Appended {
        path,
        own: true,
        max_size: settings.max_size,
        keep: settings.keep,
    });
    if let (Some(log), Some(input)) = (&log, input)
        && let Ok(key) = log.folder().and_then(|folder| digest::key(&folder.join(KEY)))
    {
        record.input = Some(digest::of(&key, input.as_bytes()));
    }
    let otlp = settings.otlp.as_ref().map(Path::new).filter(|path| path.is_absolute()).map(|path| Appended {
        path: path.to_owned(),
        own: false,
        max_size: settings.max_size,
        keep: settings.keep,
    });
    emit::emit(&record, emit::Places { log, otlp, journald: settings.journald })
}

/// Whether a decision could be logged here now. Writes nothing.
///
/// # Errors
/// When it could not, with a sentence that says why.
pub fn check(places: &Places, settings: &Audit) -> Result<(), String> {
    let Some(path) = path(places) else {
        return Err(
            "There is no state folder: neither XDG_STATE_HOME nor HOME names an absolute path.".to_owned()
        );
    };
    let could = |path: PathBuf, own: bool| {
        let shown = path.display().to_string();
        let appended = Appended { path, own, max_size: settings.max_size, keep: settings.keep };
        appended.check().map_err(|error| format!("`{shown}` cannot be written: {error}."))
    };
    could(path, true)?;
    if let Some(otlp) = &settings.otlp {
        if !Path::new(otlp).is_absolute() {
            return Err(format!("The setting audit.otlp is no absolute path: `{otlp}`."));
        }
        could(PathBuf::from(otlp), false)?;
    }
    if settings.journald && !emit::has_journald() {
        return Err("The setting audit.journald is on, but there is no journald on this machine.".to_owned());
    }
    Ok(())
}
