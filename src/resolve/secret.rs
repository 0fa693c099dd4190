//! A secret as a backend answers it, checked against what was asked.

use std::fmt;

use secrecy::SecretString;
use serde::Deserialize;

use super::backend::Failure;
use super::reference::{Request, Version};

/// A secret in one version.
#[derive(Debug)]
pub struct Secret {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The version's id.
    pub version_id: String,
    /// The version's staging labels.
    pub stages: Vec<String>,
    /// What it holds.
    pub content: Content,
}

/// What a secret holds. `Debug` shows which half, not the value.
#[derive(Debug)]
pub enum Content {
    /// `SecretString`.
    Text(SecretString),
    /// `SecretBinary`, in base64 as the API gives it.
    Binary(SecretString),
}

/// The members of GetSecretValue's answer that matter ("GetSecretValue", Secrets Manager API reference).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(rename = "ARN")]
    arn: Option<String>,
    name: Option<String>,
    version_id: Option<String>,
    #[serde(default)]
    version_stages: Option<Vec<String>>,
    secret_string: Option<SecretString>,
    secret_binary: Option<SecretString>,
}

impl Secret {
    /// Reads the JSON object that GetSecretValue answers with.
    ///
    /// # Errors
    /// Where it is no such object. The cause names what is missing and shows nothing of the answer.
    pub fn from_answer(json: &str) -> Result<Secret, Failure> {
        // serde_json's own words could quote a value of the wrong type.
        let answer: Answer = serde_json::from_str(json).map_err(|error| {
            Failure::faulty(format!(
                "the answer is no secret's (line {}, column {})",
                error.line(),
                error.column()
            ))
        })?;
        let missing = |what: &str| {
            Failure::faulty(format!(
                "the answer has no {what}, so it cannot be checked against what was asked"
            ))
        };
        let content = match (answer.secret_string, answer.secret_binary) {
            (Some(text), _) => Content::Text(text),
            (None, Some(bytes)) => Content::Binary(bytes),
            (None, None) => {
                return Err(Failure::faulty("the answer has neither SecretString nor SecretBinary"));
            }
        };
        Ok(Secret {
            arn: answer.arn.ok_or_else(|| missing("ARN"))?,
            name: answer.name.ok_or_else(|| missing("Name"))?,
            version_id: answer.version_id.ok_or_else(|| missing("VersionId"))?,
            stages: answer.version_stages.unwrap_or_default(),
            content,
        })
    }

    /// The region that the secret is in, by its ARN.
    pub fn region(&self) -> Option<&str> {
        self.arn.split(':').nth(3)
    }

    /// Whether this is the secret that was asked for: name, version, and region where one is known.
    ///
    /// # Errors
    /// What differs, where something does.
    pub fn check(&self, request: &Request, region: Option<&str>) -> Result<(), Failure> {
        let other = |what: &str, got: &dyn fmt::Display, asked: &str| {
            Err(Failure::other(format!("answered with {what} {got}, but {asked} was asked for")))
        };
        if let Some(region) = request.region().or(region)
            && self.region() != Some(region)
        {
            return other("a secret of the region", &self.region().unwrap_or("?"), region);
        }
        // An ARN may be asked for without the six random characters at its end.
        let partial =
            |id: &str| self.arn.strip_prefix(id).is_some_and(|rest| rest.len() == 7 && rest.starts_with('-'));
        if request.id != self.name && request.id != self.arn && !partial(&request.id) {
            return other("the secret", &self.name, &request.id);
        }
        match &request.version {
            Version::Id(id) if *id != self.version_id => other("the version", &self.version_id, id),
            Version::Stage(stage) if !self.stages.contains(stage) => {
                other("a version labelled", &format!("{:?}", self.stages), stage)
            }
            _ => Ok(()),
        }
    }
}
