//! Which fields of a tool call hold something that would run, and how each is read.
//!
//! In: a [`ToolCall`]. Out: [`Reading`]s: shell text, argument vectors, code, URLs, AWS requests. What a tool's
//! fields are is data (`rules/surfaces.toml`); a field that is not named there is plain text and is not read.

mod fields;
mod request;

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use crate::call::ToolCall;
use crate::knowledge::builtin;
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
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Surface {
    /// How each field is read, by name.
    pub fields: BTreeMap<String, String>,
    /// Fields of which one must be there, and be text.
    pub required: Vec<String>,
    /// Whether the call may be a structured AWS request.
    pub request: bool,
    /// Whether the tool's name may be an operation.
    pub operation: bool,
    /// Whether fields are looked for at every level.
    pub deep: bool,
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
pub fn read(call: &ToolCall) -> Result<Vec<Reading>, Mistyped> {
    let Some(surface) = of_tool(&call.tool) else { return Ok(Vec::new()) };
    let mistyped = |field: &str| Mistyped { tool: call.tool.clone(), field: field.to_owned() };
    let Some(input) = call.input.as_object() else { return Err(mistyped("tool_input")) };
    if let Some(first) = surface.required.first() {
        let given: Vec<&Value> = surface.required.iter().filter_map(|name| input.get(name)).collect();
        let is_text = |value: &&Value| value.is_string() || value.is_array();
        if given.is_empty() || !given.iter().all(is_text) {
            return Err(mistyped(first));
        }
    }
    let mut reader = fields::Fields::new(&call.tool, &surface);
    reader.value(&call.input, 0);
    if surface.operation {
        reader.readings.extend(request::from_tool_name(&call.tool, &call.input));
    }
    Ok(reader.readings)
}

/// The entry for a tool. None where there is nothing to read.
fn of_tool(tool: &str) -> Option<Surface> {
    let matches = |globs: &&[&str]| {
        globs.iter().any(|glob| if glob.contains('*') { pattern::matches(glob, tool) } else { *glob == tool })
    };
    let (_, json) = builtin::SURFACES.iter().find(|(globs, _)| matches(globs))?;
    Some(serde_json::from_str(json).expect("rules/surfaces.toml was checked by its test"))
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
        read(&ToolCall::new(tool, input)).unwrap()
    }

    #[test]
    fn every_entry_reads() {
        for (tools, json) in builtin::SURFACES {
            let surface: Result<Surface, _> = serde_json::from_str(json);
            assert!(surface.is_ok(), "{tools:?}: {surface:?}");
        }
        request::keys();
    }

    #[test]
    fn fields_are_read_as_the_data_says() {
        assert_eq!(readings("Bash", json!({"command": "ls"})), [Reading::Shell("ls".into())]);
        assert_eq!(readings("Write", json!({"file_path": "a", "content": "aws"})), []);
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
                |r| matches!(r, Reading::Request { service: Some(s), operation, .. } if s == "s3" && operation == "ListBuckets")
            )
        );
        assert_eq!(readings("mcp__docs__search_documentation", json!({"query": "x", "command": "ls"})), []);
    }

    #[test]
    fn a_missing_field_is_said() {
        for input in [json!({}), json!({"command": 5}), json!({"command": null}), json!("ls")] {
            assert!(read(&ToolCall::new("Bash", input.clone())).is_err(), "{input}");
        }
    }
}
