//! Fields by name, at every level of a tool's input.

use serde_json::{Map, Value};

use super::{Reading, Surface, plain_key, request};
use crate::knowledge;

/// Levels of objects, lists and JSON in text that are looked into.
const MAX_LEVELS: u32 = 24;

/// Readings of one tool call that are made; a call that carries so many is refused.
pub(crate) const MAX_READINGS: usize = 20_000;

/// Collects readings.
pub(super) struct Fields<'a> {
    surface: &'a Surface,
    tool: &'a str,
    /// How each field is read, by its plain name.
    kinds: Vec<(String, &'a str)>,
    pub(super) readings: Vec<Reading>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(tool: &'a str, surface: &'a Surface) -> Fields<'a> {
        let kinds = surface.fields.iter().map(|(name, kind)| (plain_key(name), kind.as_str())).collect();
        Fields { surface, tool, kinds, readings: Vec::new() }
    }

    /// Reads an object, the objects in a list, and JSON in text.
    pub(super) fn value(&mut self, value: &Value, level: u32) {
        if level > MAX_LEVELS || self.readings.len() >= MAX_READINGS {
            return;
        }
        match value {
            Value::Object(object) => self.object(object, level),
            Value::Array(items) => items.iter().for_each(|item| self.value(item, level + 1)),
            Value::String(text) => {
                if let Some(json) = json_in(text) {
                    self.value(&json, level + 1);
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, object: &Map<String, Value>, level: u32) {
        let language = request::language(object);
        let is_request = self.surface.request && request::from_object(object).is_some();
        let mut program: Option<&Value> = None;
        let mut arguments: Option<&Value> = None;
        for (key, value) in object {
            let plain = plain_key(key);
            let kind = self.kinds.iter().find(|(name, _)| *name == plain).map(|(_, kind)| *kind);
            match kind {
                Some("arguments") => arguments = Some(value),
                Some("shell") => {
                    program = program.or(Some(value));
                    self.field("shell", value, language.as_deref());
                }
                Some(kind) => self.field(kind, value, language.as_deref()),
                None => {}
            }
            // The parameters of a request hold the API's data, no further calls.
            let data = is_request && request::is_parameters(&plain);
            let nested = value.is_object()
                || value.is_array()
                || kind.is_none()
                || matches!(kind, Some("nested" | "arguments"));
            if self.surface.deep && nested && !data {
                self.value(value, level + 1);
            }
        }
        if let Some(arguments) = arguments {
            self.arguments(program, arguments);
        }
        if self.surface.request {
            self.readings.extend(request::from_object(object));
            self.readings.extend(request::url_in_parts(object));
        }
    }

    /// One field of a known kind.
    fn field(&mut self, kind: &str, value: &Value, language: Option<&str>) {
        if self.readings.len() >= MAX_READINGS {
            return;
        }
        if let Value::Array(items) = value {
            let words: Vec<String> = items.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            if matches!(kind, "shell" | "aws-cli") && !words.is_empty() {
                let mut argv = words.clone();
                if kind == "aws-cli" && argv[0] != "aws" {
                    argv.insert(0, "aws".to_owned());
                }
                self.readings.push(Reading::Arguments(argv));
            }
            if !matches!(kind, "shell" | "aws-cli" | "url") && !words.is_empty() {
                // Code as a list of its lines.
                self.field(kind, &Value::String(words.join("\n")), language);
                return;
            }
            // Each may be a command of its own, too.
            for item in items.iter().filter(|item| item.is_string()) {
                self.field(kind, item, language);
            }
            return;
        }
        let Some(text) = value.as_str() else { return };
        if matches!(kind, "shell" | "code" | "aws-cli")
            && let Some(json) = json_in(text)
        {
            self.value(&json, 1);
            if let Value::Array(_) = json {
                self.field(kind, &json, language);
            }
        }
        self.readings.push(match kind {
            "shell" => Reading::Shell(text.to_owned()),
            "aws-cli" => Reading::AwsCli(text.to_owned()),
            "url" => Reading::Url(text.to_owned()),
            "code" => Reading::Code { language: language.map(str::to_owned), text: text.to_owned() },
            "nested" => return,
            language => Reading::Code { language: Some(language.to_owned()), text: text.to_owned() },
        });
    }

    /// A program in one field with its arguments in another.
    fn arguments(&mut self, program: Option<&Value>, arguments: &Value) {
        let mut words: Vec<String> = match program {
            Some(Value::String(text)) => shlex::split(text).unwrap_or_else(|| vec![text.clone()]),
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let owned = arguments.as_str().and_then(json_in);
        match owned.as_ref().unwrap_or(arguments) {
            Value::Array(items) => words.extend(items.iter().map(|item| match item.as_str() {
                Some(text) => text.to_owned(),
                None => item.to_string(),
            })),
            Value::String(text) => words.extend(shlex::split(text).unwrap_or_else(|| vec![text.clone()])),
            _ => return,
        }
        if words.is_empty() {
            return;
        }
        if program.is_none() {
            // Arguments alone may be those of a program that the tool or its server is named for.
            for name in self
                .tool
                .split("__")
                .flat_map(|part| part.split(['-', '_']))
                .filter(|n| knowledge::is_program(n))
            {
                let argv = std::iter::once(name.to_owned()).chain(words.clone()).collect();
                self.readings.push(Reading::Arguments(argv));
            }
            if words.len() == 1 {
                self.readings.push(Reading::Shell(words[0].clone()));
            }
        }
        self.readings.push(Reading::Arguments(words));
    }
}

/// JSON that a text holds, where it is an object or a list.
fn json_in(text: &str) -> Option<Value> {
    let trimmed = text.trim_start();
    if !trimmed.starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(trimmed).ok()
}
