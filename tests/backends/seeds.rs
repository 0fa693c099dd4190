//! The secrets that the servers hold, and what each reference to one of them stands for.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use crate::servers::{REGION, servers};

const SECRETS: &str = include_str!("secrets.json");

#[derive(Deserialize)]
struct Seed {
    region: Option<String>,
    name: String,
    why: String,
    versions: Vec<Version>,
    #[serde(default)]
    keys: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Version {
    id: String,
    stages: Vec<String>,
    text: Option<String>,
    times: Option<usize>,
    base64: Option<String>,
}

/// A reference, and the bytes that it stands for.
pub struct Row {
    pub reference: String,
    pub value: String,
    /// What is special about its secret.
    pub why: String,
    /// Whether it names its secret by ARN.
    pub by_arn: bool,
}

impl Version {
    /// What it holds, as a reference gives it: bytes in base64.
    fn value(&self) -> String {
        match (&self.text, &self.base64) {
            (Some(text), None) => text.repeat(self.times.unwrap_or(1)),
            (None, Some(base64)) => {
                assert!(BASE64_STANDARD.decode(base64).is_ok());
                base64.clone()
            }
            _ => panic!("{} must hold either text or base64", self.id),
        }
    }

    fn field(&self) -> &'static str {
        if self.text.is_some() { "SecretString" } else { "SecretBinary" }
    }
}

/// A reference in its shortest form.
pub fn reference(rest: &str) -> String {
    format!("{{{{resolve:secretsmanager:{rest}}}}}")
}

/// Every reference to a secret in `region`.
pub fn rows(region: &str) -> Vec<Row> {
    let seeds: Vec<Seed> = serde_json::from_str(SECRETS).unwrap();
    assert_eq!(seeds.len(), servers().arns.len());
    seeds
        .iter()
        .zip(&servers().arns)
        .filter(|(seed, _)| seed.region.as_deref().unwrap_or(REGION) == region)
        .flat_map(|(seed, arn)| rows_of(seed, arn))
        .collect()
}

fn rows_of(seed: &Seed, arn: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut row = |rest: String, value: String, by_arn: bool| {
        rows.push(Row { reference: reference(&rest), value, why: seed.why.clone(), by_arn });
    };
    let current = |version: &&Version| version.stages.iter().any(|stage| stage == "AWSCURRENT");
    let now = seed.versions.iter().find(current).unwrap();
    let (name, field) = (&seed.name, now.field());

    if now.text.is_some() {
        row(name.clone(), now.value(), false);
    }
    row(format!("{name}:{field}"), now.value(), false);
    row(format!("{name}:{field}:::"), now.value(), false);
    // The whole ARN, and the ARN without the random characters at its end ("What's in a Secrets Manager secret?",
    // user guide).
    row(format!("{arn}:{field}"), now.value(), true);
    row(format!("{}:{field}", &arn[..arn.len() - 7]), now.value(), true);
    for (key, value) in &seed.keys {
        row(format!("{name}:SecretString:{key}"), value.clone(), false);
        row(format!("{arn}:SecretString:{key}:AWSCURRENT"), value.clone(), true);
    }
    // A secret with one version has no more to say.
    for version in seed.versions.iter().filter(|_| seed.versions.len() > 1) {
        for stage in &version.stages {
            row(format!("{name}:SecretString::{stage}"), version.value(), false);
        }
        row(format!("{name}:SecretString:::{}", version.id), version.value(), false);
    }
    rows
}
