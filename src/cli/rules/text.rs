//! A rule as the TOML it is written in, so that what is shown can be copied into a file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::policy::{
    AwsMatch, CommandMatch, Example, HttpMatch, McpMatch, OneOrMany, Pattern, ResolveMatch, Rule, Seen,
    Unknowns, When,
};

/// The rule whole.
pub(super) fn toml(rule: &Rule) -> String {
    let mut out = head(rule);
    for example in &rule.examples {
        out.push_str(&example_text(example));
    }
    out
}

/// What it matches, and what what cannot be known means to it.
pub(super) fn conditions(rule: &Rule) -> String {
    let wanted = |line: &&str| line.starts_with("when.") || line.starts_with("unknown ");
    head(rule).lines().filter(wanted).map(|line| format!("{line}\n")).collect()
}

fn head(rule: &Rule) -> String {
    let mut out = String::from("[[rule]]\n");
    let mut line = |key: &str, value: String| {
        let _ = writeln!(out, "{key} = {value}");
    };
    line("id", string(&rule.id));
    line("summary", string(&rule.summary));
    line("decision", string(rule.decision.word()));
    line("reason", string(&rule.reason));
    if let Some(suggest) = &rule.suggest {
        line("suggest", string(suggest));
    }
    if !rule.tags.is_empty() {
        line("tags", list(rule.tags.iter().map(|tag| string(tag))));
    }
    line(&format!("when.{}", rule.when.word()), condition(&rule.when));
    match &rule.unknown {
        Unknowns::All(setting) => line("unknown", string(setting.word())),
        Unknowns::ByPart(parts) if parts.is_empty() => {}
        Unknowns::ByPart(parts) => {
            line(
                "unknown",
                table(parts.iter().map(|(part, setting)| (part.as_str(), string(setting.word())))),
            );
        }
    }
    if rule.locked {
        line("locked", "true".to_owned());
    }
    if let Some(application) = &rule.application {
        let parts =
            [("decision", string(application.decision.word())), ("reason", string(&application.reason))];
        line("application", table(parts.into_iter()));
    }
    out
}

/// What stands behind a condition's word.
fn condition(when: &When) -> String {
    match when {
        When::All(conditions) | When::Any(conditions) => list(conditions.iter().map(whole_condition)),
        When::Not(inner) => whole_condition(inner),
        When::Aws(wanted) => aws(wanted),
        When::Http(wanted) => http(wanted),
        When::Resolve(wanted) => resolve(wanted),
        When::Unresolved(wanted) => parts([("program", &wanted.program), ("place", &wanted.place)]),
        When::File(wanted) => parts([("path", &wanted.path)]),
        When::Command(wanted) => command(wanted),
        When::Forward(wanted) => parts([("host", &wanted.host), ("port", &wanted.port)]),
        When::Mcp(wanted) => mcp(wanted),
        When::Code(wanted) => {
            let call = [("language", &wanted.language), ("call", &wanted.call)];
            parts([call[0], call[1], ("argument", &wanted.argument)])
        }
        When::Write(wanted) => {
            let file = [("path", &wanted.path), ("change", &wanted.change)];
            parts([file[0], file[1], ("text", &wanted.text)])
        }
    }
}

fn whole_condition(when: &When) -> String {
    table([(when.word(), condition(when))].into_iter())
}

fn example_text(example: &Example) -> String {
    let mut out = String::from("\n[[rule.example]]\n");
    let mut line = |key: &str, value: String| {
        let _ = writeln!(out, "{key} = {value}");
    };
    if let Some(command) = &example.bash {
        line("bash", string(command));
    }
    if let Some(tool) = &example.tool {
        line("tool", string(tool));
        line("input", json(&example.input));
    }
    if !example.files.is_empty() {
        line("files", table(example.files.iter().map(|(path, text)| (path.as_str(), string(text)))));
    }
    line("expect", string(example.expect.word()));
    if let Some(why) = &example.why {
        line("why", string(why));
    }
    out
}

fn aws(wanted: &AwsMatch) -> String {
    let mut parts: Vec<(&str, String)> = Vec::new();
    parts.extend(wanted.service.iter().map(|patterns| ("service", one_or_many(patterns))));
    parts.extend(wanted.operation.iter().map(|patterns| ("operation", one_or_many(patterns))));
    if !wanted.parameters.is_empty() {
        let parameters =
            wanted.parameters.iter().map(|(name, patterns)| (name.as_str(), one_or_many(patterns)));
        parts.push(("parameters", table(parameters)));
    }
    table(parts.into_iter())
}

fn http(wanted: &HttpMatch) -> String {
    let path = [("path", &wanted.path), ("query", &wanted.query)];
    parts([("host", &wanted.host), ("port", &wanted.port), path[0], path[1]])
}

fn command(wanted: &CommandMatch) -> String {
    let mut out: Vec<(&str, String)> = Vec::new();
    out.extend(wanted.program.iter().map(|patterns| ("program", one_or_many(patterns))));
    out.extend(wanted.operands.iter().map(|patterns| ("operands", one_or_many(patterns))));
    if !wanted.option.is_empty() {
        let options = wanted.option.iter().map(|(name, patterns)| (name.as_str(), one_or_many(patterns)));
        out.push(("option", table(options)));
    }
    out.extend(wanted.text.iter().map(|patterns| ("text", one_or_many(patterns))));
    table(out.into_iter())
}

fn mcp(wanted: &McpMatch) -> String {
    let mut out: Vec<(&str, String)> = Vec::new();
    out.extend(wanted.server.iter().map(|patterns| ("server", one_or_many(patterns))));
    out.extend(wanted.tool.iter().map(|patterns| ("tool", one_or_many(patterns))));
    if !wanted.field.is_empty() {
        let fields = wanted.field.iter().map(|(path, patterns)| (path.as_str(), one_or_many(patterns)));
        out.push(("field", table(fields)));
    }
    table(out.into_iter())
}

/// The parts that are written, as a table.
fn parts<const N: usize>(parts: [(&str, &Option<OneOrMany>); N]) -> String {
    table(parts.into_iter().filter_map(|(name, patterns)| Some((name, one_or_many(patterns.as_ref()?)))))
}

fn resolve(wanted: &ResolveMatch) -> String {
    let by_name = |patterns: &BTreeMap<String, OneOrMany>| {
        table(patterns.iter().map(|(name, patterns)| (name.as_str(), one_or_many(patterns))))
    };
    let mut parts: Vec<(&str, String)> = Vec::new();
    parts.extend(wanted.program.iter().map(|patterns| ("program", one_or_many(patterns))));
    parts.extend(wanted.option.iter().map(|patterns| ("option", one_or_many(patterns))));
    parts.extend(wanted.output.iter().map(|seen| match seen {
        Seen::Value => ("output", string("value")),
    }));
    for (name, patterns) in [("variable", &wanted.variable), ("endpoint_outside", &wanted.endpoint_outside)] {
        if !patterns.is_empty() {
            parts.push((name, by_name(patterns)));
        }
    }
    table(parts.into_iter())
}

fn one_or_many(patterns: &OneOrMany) -> String {
    match patterns {
        OneOrMany::One(one) => pattern(one),
        OneOrMany::Many(many) => list(many.iter().map(pattern)),
    }
}

fn pattern(pattern: &Pattern) -> String {
    match pattern {
        Pattern::Glob(glob) => string(glob),
        Pattern::Regex { regex } => table([("regex", string(regex))].into_iter()),
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn table<'a>(entries: impl Iterator<Item = (&'a str, String)>) -> String {
    let entries: Vec<String> = entries.map(|(name, value)| format!("{} = {value}", key(name))).collect();
    if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
}

/// A key, bare where it may be (TOML 1.0, "Keys").
fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { basic(name) }
}

/// A string: with `"`, and where that would need escapes, as it is in `'` (TOML 1.0, "String").
pub(super) fn string(text: &str) -> String {
    let plain = |c: char| !c.is_control() && c != '\'';
    if text.contains(['"', '\\']) && text.chars().all(plain) { format!("'{text}'") } else { basic(text) }
}

fn basic(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A JSON value. TOML has no null; an entry that is null is left out.
pub(super) fn json(value: &Value) -> String {
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => string(text),
        Value::Array(items) => list(items.iter().filter(|item| !item.is_null()).map(json)),
        Value::Object(entries) => table(
            entries
                .iter()
                .filter(|(_, entry)| !entry.is_null())
                .map(|(name, entry)| (name.as_str(), json(entry))),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::builtin;
    use crate::policy;

    /// What is shown is the very rule: TOML that reads back to what `build.rs` read.
    #[test]
    fn what_is_shown_reads_back() {
        let rules = policy::builtin_rules().unwrap();
        assert!(!rules.is_empty());
        for (rule, json) in rules.iter().zip(builtin::RULES_WITH_EXAMPLES) {
            reads_back(rule, json);
        }
    }

    #[test]
    fn awkward_rules_read_back_too() {
        let json = r#"{"id":"a","summary":"\"quoted\" 'both' \\ \n\t\u0001 é","decision":"off","reason":"C:\\path",
            "when":{"all":[{"aws":{"service":{"regex":"s\\d+"},"parameters":{"Odd key.":["*","x"]}}},
                           {"not":{"any":[{"file":{"path":"a"}},{"forward":{"port":"1"}}]}}]},"unknown":"ask","locked":true,
            "example":[{"bash":"a\nb 'c' \"d\"","expect":"ask"},
                       {"tool":"t","input":{"n":1,"b":true,"l":[1,{"x":"y"}],"odd key":{}},"expect":"allow","why":"w"}]}"#;
        reads_back(&serde_json::from_str(json).unwrap(), json);
    }

    #[test]
    fn every_kind_of_condition_reads_back() {
        for when in [
            r#"{"mcp":{"server":"github","tool":["create_*","x"],"field":{"repository.owner":"acme","a":{"regex":"b"}}}}"#,
            r#"{"code":{"language":"python","call":"shutil.rmtree","argument":["/*",{"regex":"a"}]}}"#,
            r#"{"write":{"path":["~/.claude/settings.json"],"change":"remove","text":"*hooks*"}}"#,
        ] {
            let json = format!(
                r#"{{"id":"x","summary":"s","decision":"ask","reason":"r","when":{when},
                    "example":[{{"bash":"a","expect":"ask"}},{{"bash":"b","expect":"allow"}}]}}"#
            );
            reads_back(&serde_json::from_str(&json).unwrap(), &json);
        }
    }

    fn reads_back(rule: &Rule, json: &str) {
        let shown = toml(rule);
        let read: Value = toml_crate(&shown);
        let written: Value = serde_json::from_str(json).unwrap();
        assert_eq!(read["rule"][0], written, "{shown}");
    }

    fn toml_crate(text: &str) -> Value {
        let table: ::toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
        serde_json::to_value(table).unwrap()
    }
}
