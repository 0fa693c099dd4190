//! What an organisation and a user set for the guard as a whole: `settings.toml`, beside their rules.
//!
//! A managed file stands above a user's: what it says, the user's cannot change. A project has none.

mod load;
mod places;

use serde::Deserialize;

pub use load::{Loaded, files, load, trusted};
pub use places::Places;

/// What holds for the guard as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Whether a rule file that cannot be read refuses every call. Only a managed file may say so.
    pub strict: bool,
    /// What becomes of a call that would be refused and has a safe form.
    pub mode: Mode,
    /// The audit log.
    pub audit: Audit,
    /// The guard over outputs.
    pub output_guard: OutputGuard,
}

/// What becomes of a call that would be refused, where its safe form is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// It is refused, and the safe form is told.
    #[default]
    Deny,
    /// The safe form takes its place, through the client's permission flow.
    Rewrite,
}

/// The audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Whether decisions are logged.
    pub enabled: bool,
    /// Whether calls that nothing speaks against are logged too.
    pub allow: bool,
    /// The size at which a file is put aside, in bytes.
    pub max_size: u64,
    /// How many files that were put aside are kept.
    pub keep: u32,
    /// Whether decisions also go to journald. Only a managed file may say so.
    pub journald: bool,
    /// A file that decisions also go to, in OTLP's JSON lines. Only a managed file may say so.
    pub otlp: Option<String>,
}

impl Default for Audit {
    fn default() -> Audit {
        Audit { enabled: true, allow: false, max_size: 10 << 20, keep: 5, journald: false, otlp: None }
    }
}

/// The guard over outputs: values that asm-exec resolved are masked where they come out of a later call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputGuard {
    /// Whether it is on.
    pub enabled: bool,
    /// How long a value's fingerprint is kept, in seconds; a day at most.
    pub seconds: u64,
    /// The length from which on a value is fingerprinted, in characters.
    pub min_length: usize,
}

impl Default for OutputGuard {
    fn default() -> OutputGuard {
        OutputGuard { enabled: false, seconds: 3600, min_length: 12 }
    }
}

/// `settings.toml` as it is written. What is not written leaves what holds without it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    strict: Option<bool>,
    mode: Option<Mode>,
    audit: WrittenAudit,
    output_guard: WrittenOutputGuard,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WrittenAudit {
    enabled: Option<bool>,
    allow: Option<bool>,
    max_size: Option<u64>,
    keep: Option<u32>,
    journald: Option<bool>,
    otlp: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WrittenOutputGuard {
    enabled: Option<bool>,
    seconds: Option<u64>,
    min_length: Option<usize>,
}

impl Settings {
    /// What a user's file and a managed one make of the defaults.
    fn of(user: Written, managed: Written) -> Settings {
        let mut settings = Settings::default();
        settings.take(&user);
        settings.take(&managed);
        // What goes elsewhere than to the user's own log, and what refuses everything, is not a user's to say.
        settings.strict = managed.strict.unwrap_or_default();
        settings.audit.journald = managed.audit.journald.unwrap_or_default();
        settings.audit.otlp = managed.audit.otlp;
        settings
    }

    fn take(&mut self, written: &Written) {
        fn set<T: Clone>(to: &mut T, from: &Option<T>) {
            if let Some(value) = from {
                to.clone_from(value);
            }
        }
        set(&mut self.mode, &written.mode);
        let audit = &written.audit;
        set(&mut self.audit.enabled, &audit.enabled);
        set(&mut self.audit.allow, &audit.allow);
        set(&mut self.audit.max_size, &audit.max_size);
        set(&mut self.audit.keep, &audit.keep);
        let guard = &written.output_guard;
        set(&mut self.output_guard.enabled, &guard.enabled);
        set(&mut self.output_guard.seconds, &guard.seconds);
        set(&mut self.output_guard.min_length, &guard.min_length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Written {
        crate::document::read("settings.toml", text).unwrap()
    }

    #[test]
    fn what_is_managed_holds() {
        let user =
            "strict = true\nmode = \"rewrite\"\naudit = { enabled = false, journald = true, keep = 9 }";
        let managed = "audit = { enabled = true, otlp = \"/var/log/a\" }\noutput_guard.enabled = true";
        let settings = Settings::of(written(user), written(managed));
        assert_eq!((settings.strict, settings.mode), (false, Mode::Rewrite));
        let audit = &settings.audit;
        assert_eq!((audit.enabled, audit.journald, audit.keep), (true, false, 9));
        assert_eq!(audit.otlp.as_deref(), Some("/var/log/a"));
        assert!(settings.output_guard.enabled);
        assert_eq!(Settings::of(Written::default(), Written::default()), Settings::default());
        assert!(Settings::of(Written::default(), written("strict = true")).strict);
    }
}
