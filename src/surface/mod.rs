//! Which fields of a tool call hold something that would run, and how each is read.
//!
//! In: a [`ToolCall`]. Out: [`Reading`]s: shell text, argument vectors, code, URLs, AWS requests. What a tool's
//! fields are is data (`rules/surfaces.toml`); a field that is not named there is plain text and is not read.

mod fields;
mod parts;
mod relaxed;
mod request;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::call::ToolCall;
use crate::knowledge::{Knowledge, builtin};
use crate::shell::pattern;

pub(crate) use fields::MAX_READINGS;
pub use request::Keys;

/// A field of a tool call, as something to understand.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// Shell text.
    Shell(String),
    /// A program and its arguments.
    Arguments(Vec<String>),
    /// An AWS CLI command line, with or without `aws` before it.
    AwsCli(String),
    /// Code; None where nobody says in which language.
    Code {
        /// The language, as [`crate::code::Language::from_name`] knows it.
        language: Option<String>,
        /// The code.
        text: String,
    },
    /// A URL that is fetched.
    Url(String),
    /// A file that is read.
    Path(String),
    /// A file that is written, and the texts that are written or replaced, a line each.
    Write {
        /// Its path.
        path: String,
        /// The texts.
        text: String,
    },
    /// The text of a patch, which names the files that it changes.
    Patch(String),
    /// A structured AWS request.
    Request {
        /// The service, where a field names it.
        service: Option<String>,
        /// The operation.
        operation: String,
        /// Its parameters.
        parameters: Vec<(String, Value)>,
        /// The region, where a field names it.
        region: Option<String>,
    },
}

/// How the fields of the tools that match are read: an entry of `rules/surfaces.toml`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Surface {
    /// Globs over the names of tools; without a star it is the name as it is.
    pub tool: Vec<String>,
    /// Globs over the plain names of fields, by how those are read.
    pub fields: BTreeMap<String, Vec<String>>,
    /// Whether the fields that mean the same everywhere are read too.
    pub common: bool,
    /// Fields of which one must be there, and be text.
    pub required: Vec<String>,
    /// Whether the call may be a structured AWS request.
    pub request: bool,
    /// Whether the tool's name may be an operation.
    pub operation: bool,
    /// Whether fields are looked for at every level.
    pub deep: bool,
    /// The operation that the tool is, whatever its name.
    pub calls: Option<Calls>,
    /// The file that the tool writes.
    pub writes: Option<Writes>,
    /// Fields with the text of a patch, by their plain names.
    pub patches: Vec<String>,
}

/// A file that a tool writes, by the plain names of fields.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Writes {
    /// Fields of which the first that is text is the path.
    pub path: Vec<String>,
    /// Fields with what is written or replaced.
    pub text: Vec<String>,
}

impl Writes {
    /// What a call's input says of it.
    fn reading(&self, input: &serde_json::Map<String, Value>) -> Option<Reading> {
        let field =
            |name: &String| input.iter().find(|(key, _)| plain_key(key) == *name).map(|(_, value)| value);
        let path = self.path.iter().filter_map(field).find_map(Value::as_str)?;
        let mut open: Vec<&Value> = self.text.iter().rev().filter_map(field).collect();
        let mut texts = Vec::new();
        while let Some(value) = open.pop() {
            match value {
                Value::String(text) => texts.push(text.as_str()),
                Value::Array(items) => open.extend(items.iter().rev()),
                Value::Object(entries) => open.extend(entries.values()),
                _ => {}
            }
        }
        Some(Reading::Write { path: path.to_owned(), text: texts.join("\n") })
    }
}

/// An operation of AWS.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
}

/// How fields are read, by name.
struct Kinds<'a> {
    /// The surface's own table, and the common one.
    tables: [&'a BTreeMap<String, Vec<String>>; 2],
}

impl<'a> Kinds<'a> {
    /// How a field with this plain name is read: a whole name before a glob, a longer glob before a shorter one, and
    /// the surface's own before the common ones.
    fn of(&self, plain: &str) -> Option<&'a str> {
        // What is said of every other field is asked last.
        let [own, common] = self.tables;
        let rest = own.iter().find(|(_, globs)| globs.iter().any(|glob| glob == "*"));
        let named = [own, common].into_iter().find_map(|table| {
            let fitting = table.iter().flat_map(|(kind, globs)| {
                let rank = |glob: &String| (!glob.contains('*'), glob.len());
                let fits = |glob: &&String| *glob != "*" && key_matches(plain, glob);
                globs.iter().filter(fits).map(move |glob| (rank(glob), kind))
            });
            fitting.max_by_key(|(rank, _)| *rank).map(|(_, kind)| kind.as_str())
        });
        named.or_else(|| rest.map(|(kind, _)| kind.as_str()))
    }
}

/// The fields that mean the same everywhere: `[fields]` of `rules/surfaces.toml`.
fn common() -> &'static BTreeMap<String, Vec<String>> {
    static COMMON: OnceLock<BTreeMap<String, Vec<String>>> = OnceLock::new();
    COMMON.get_or_init(|| {
        serde_json::from_str(builtin::FIELDS).expect("rules/surfaces.toml was checked by its test")
    })
}

/// Whether a plain key is one of these globs.
fn key_is(plain: &str, globs: &[String]) -> bool {
    globs.iter().any(|glob| key_matches(plain, glob))
}

/// A glob over keys has stars at its ends only.
fn key_matches(plain: &str, glob: &str) -> bool {
    match (glob.strip_prefix('*'), glob.strip_suffix('*')) {
        (Some(_), Some(_)) => plain.contains(glob.trim_matches('*')),
        (Some(end), None) => plain.ends_with(end),
        (None, Some(start)) => plain.starts_with(start),
        (None, None) => plain == glob,
    }
}

/// A tool call that is not what its tool takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistyped {
    /// The tool.
    pub tool: String,
    /// The field that is missing or not text.
    pub field: String,
}

impl fmt::Display for Mistyped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The {} call has no text in its field `{}`", self.tool, self.field)
    }
}

/// The readings of a tool call.
///
/// # Errors
/// When a field that the tool must have is missing or is no text.
pub fn read(call: &ToolCall, knowledge: &Knowledge) -> Result<Vec<Reading>, Mistyped> {
    let mut readings = match of_tool(&call.tool) {
        Some(surface) => read_by(&surface, call, knowledge)?,
        None => Vec::new(),
    };
    // What is added is read beside what is built in.
    let snake = OnceCell::new();
    let is_tool = |glob: &str| is_tool(glob, &call.tool, snake.get_or_init(|| snake_case(&call.tool)));
    for surface in knowledge.surfaces::<Surface>(is_tool) {
        for reading in read_by(&surface, call, knowledge)? {
            if !readings.contains(&reading) {
                readings.push(reading);
            }
        }
    }
    Ok(readings)
}

/// The readings of a tool call by one surface.
fn read_by(surface: &Surface, call: &ToolCall, knowledge: &Knowledge) -> Result<Vec<Reading>, Mistyped> {
    let mistyped = |field: &str| Mistyped { tool: call.tool.clone(), field: field.to_owned() };
    let Some(input) = call.input.as_object() else { return Err(mistyped("tool_input")) };
    if let Some(first) = surface.required.first() {
        let given: Vec<&Value> = surface.required.iter().filter_map(|name| input.get(name)).collect();
        let is_text = |value: &&Value| value.is_string() || value.is_array();
        if given.is_empty() || !given.iter().all(is_text) {
            return Err(mistyped(first));
        }
    }
    let none = BTreeMap::new();
    let kinds = Kinds { tables: [&surface.fields, if surface.common { common() } else { &none }] };
    let mut reader = fields::Fields::new(&call.tool, surface, kinds, knowledge);
    reader.value(&call.input, 0);
    if surface.operation {
        reader.readings.extend(request::from_tool_name(&call.tool, &call.input));
    }
    if let Some(Calls { service, operation }) = &surface.calls {
        reader.readings.push(Reading::Request {
            service: Some(service.clone()),
            operation: operation.clone(),
            parameters: input.clone().into_iter().collect(),
            region: None,
        });
    }
    reader.readings.extend(surface.writes.as_ref().and_then(|writes| writes.reading(input)));
    let patches = input.iter().filter(|(key, _)| surface.patches.contains(&plain_key(key)));
    reader.readings.extend(patches.filter_map(|(_, text)| Some(Reading::Patch(text.as_str()?.to_owned()))));
    Ok(reader.readings)
}

/// The entry for a tool. None where there is nothing to read.
fn of_tool(tool: &str) -> Option<Surface> {
    let snake = snake_case(tool);
    let matches = |globs: &&[&str]| globs.iter().any(|glob| is_tool(glob, tool, &snake));
    let (_, json) = builtin::SURFACES.iter().find(|(globs, _)| matches(globs))?;
    Some(serde_json::from_str(json).expect("rules/surfaces.toml was checked by its test"))
}

/// Whether a glob names a tool, whose name in snake case is `snake`.
fn is_tool(glob: &str, tool: &str, snake: &str) -> bool {
    if glob.contains('*') { pattern::matches(glob, snake) } else { glob == tool }
}

/// A tool's name as globs compare it: `mcp__ide__executeCode` as `mcp__ide__execute_code`.
pub(crate) fn snake_case(tool: &str) -> String {
    let mut out = String::with_capacity(tool.len() + 8);
    let mut before = '_';
    for c in tool.chars() {
        if c.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit()) {
            out.push('_');
        }
        match c {
            '-' | '.' | ' ' | '/' | ':' => out.push('_'),
            c => out.extend(c.to_lowercase()),
        }
        before = c;
    }
    out
}

/// A key as it is compared: without case, `-` and `_`.
pub(crate) fn plain_key(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn readings(tool: &str, input: Value) -> Vec<Reading> {
        read(&ToolCall::new(tool, input), &Knowledge::default()).unwrap()
    }

    #[test]
    fn every_entry_reads() {
        for (tools, json) in builtin::SURFACES {
            let surface: Result<Surface, _> = serde_json::from_str(json);
            assert!(surface.is_ok(), "{tools:?}: {surface:?}");
        }
        request::keys();
        common();
        let globs = builtin::SURFACES.iter().flat_map(|(globs, _)| globs.iter()).filter(|g| g.contains('*'));
        for glob in globs {
            assert_eq!(snake_case(glob), **glob, "globs are written as tools are compared");
        }
    }

    #[test]
    fn fields_are_read_as_the_data_says() {
        assert_eq!(readings("Bash", json!({"command": "ls"})), [Reading::Shell("ls".into())]);
        let write = Reading::Write { path: "a".into(), text: "aws".into() };
        assert_eq!(readings("Write", json!({"file_path": "a", "content": "aws"})), [write]);
        let command = vec!["aws".into(), "s3".into(), "ls".into()];
        assert!(
            readings("mcp__sh__exec", json!({"command": "aws", "args": ["s3", "ls"]}))
                .contains(&Reading::Arguments(command))
        );
        assert!(
            readings("mcp__x__y", json!({"input": "{\"command\":\"ls\"}"}))
                .contains(&Reading::Shell("ls".into()))
        );
        assert!(
            readings("mcp__x__y", json!({"a": [{"Shell-Command": "ls"}]}))
                .contains(&Reading::Shell("ls".into()))
        );
        assert!(
            readings("mcp__aws__do", json!({"serviceName": "s3", "operationName": "ListBuckets"})).iter().any(
                |r| matches!(r, Reading::Request { service: Some(s), operation, .. } if s == "s3" && operation == "list-buckets")
            )
        );
        assert_eq!(readings("mcp__docs__search_documentation", json!({"query": "x", "command": "ls"})), []);
    }

    #[test]
    fn a_missing_field_is_said() {
        for input in [json!({}), json!({"command": 5}), json!({"command": null}), json!("ls")] {
            assert!(read(&ToolCall::new("Bash", input.clone()), &Knowledge::default()).is_err(), "{input}");
        }
    }
}
