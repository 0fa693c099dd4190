//! What a check found.

use std::fmt;

use serde::Serialize;

/// How bad a finding is. The order is that of the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Good to know, and nothing to do.
    Note,
    /// Something does not work as it should; calls are still guarded.
    Warning,
    /// Calls may pass unguarded, or what an organisation set does not hold.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Severity::Ok => "ok",
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

/// What a check found, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check.
    pub check: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What was found, in a sentence.
    pub message: String,
    /// What to do about it; every warning and error has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

impl Finding {
    /// As it should be.
    pub fn ok(check: &'static str, message: impl Into<String>) -> Finding {
        Finding { check, severity: Severity::Ok, message: message.into(), mend: None }
    }

    /// Good to know.
    pub fn note(check: &'static str, message: impl Into<String>) -> Finding {
        Finding { severity: Severity::Note, ..Finding::ok(check, message) }
    }

    /// Something that should be mended.
    pub fn warning(check: &'static str, message: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { severity: Severity::Warning, mend: Some(mend.into()), ..Finding::ok(check, message) }
    }

    /// Something that must be mended.
    pub fn error(check: &'static str, message: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { severity: Severity::Error, ..Finding::warning(check, message, mend) }
    }
}

/// The worst of these findings.
pub fn worst(findings: &[Finding]) -> Severity {
    findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Ok)
}
