//! References to secrets in texts: `{{resolve:secretsmanager:ID:SecretString:JSON-KEY:VERSION-STAGE:VERSION-ID}}`.
//!
//! The grammar is CloudFormation's ("Get a secret or secret value from Secrets Manager" in its user guide), with
//! `SecretBinary` beside `SecretString`. What looks like a reference and is none is an error that says the mend:
//! a command must not run with half of its references resolved.

use std::fmt;

/// The words every reference to a secret begins with.
const START: &str = "{{resolve:secretsmanager:";
/// The staging label of the current version ("Secrets Manager secret versions", user guide).
pub const CURRENT: &str = "AWSCURRENT";

/// A secret in one version: what is fetched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    /// The secret's name or ARN, as written.
    pub id: String,
    /// Which of its versions.
    pub version: Version,
}

/// One version of a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// The one that has this staging label.
    Stage(String),
    /// The one with this id.
    Id(String),
}

/// Which half of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Its text.
    SecretString,
    /// Its bytes, given as base64.
    SecretBinary,
}

/// A reference as it stands in a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Its own text, from `{{` to `}}`.
    pub text: String,
    /// What it needs fetched.
    pub request: Request,
    /// Which half of the secret it stands for.
    pub field: Field,
    /// The key of the JSON object, where not the whole text is meant.
    pub key: Option<String>,
}

impl Request {
    /// The region that an ARN names.
    pub fn region(&self) -> Option<&str> {
        let mut segments = self.id.split(':');
        (segments.next() == Some("arn"))
            .then(|| segments.nth(2))
            .flatten()
            .filter(|region| !region.is_empty())
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Version::Stage(stage) if stage == CURRENT => write!(f, "{}", self.id),
            Version::Stage(stage) => write!(f, "{} ({stage})", self.id),
            Version::Id(id) => write!(f, "{} (version {id})", self.id),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
