//! `asm-guard rules schema`: the JSON Schema of rule files.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use crate::cli::Output;
use crate::policy::{Exception, Override, Rule};

/// Rules of asm-guard, and what is said of others' rules.
#[derive(JsonSchema)]
#[schemars(rename = "asm-guard rules", deny_unknown_fields)]
#[allow(dead_code)]
struct File {
    /// Rules.
    #[schemars(default)]
    rule: Vec<Rule>,
    /// Other decisions for rules of other files. A project's files can only tighten.
    #[schemars(default, rename = "override")]
    overrides: Vec<Override>,
    /// Facts that rules leave alone. A project's files have none.
    #[schemars(default, rename = "exception")]
    exceptions: Vec<Exception>,
    /// Packs of rules that are switched on.
    #[schemars(default)]
    packs: Vec<String>,
    /// Globs over the ids of rules that users may not loosen. Only a managed file has them.
    #[schemars(default)]
    locked: Vec<String>,
}

pub(super) fn run() -> Output {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<File>();
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    Output::new(format!("{text}\n"), 0)
}
