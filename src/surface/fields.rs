//! Fields by name, at every level of a tool's input.

use serde_json::{Map, Value};

use super::{Kinds, Reading, Surface, parts, plain_key, relaxed, request};
use crate::encoded;
use crate::knowledge::{Knowledge, Program};
use crate::shell;

/// Levels of objects, lists and JSON in text that are looked into.
const MAX_LEVELS: u32 = 24;

/// Readings of one tool call that are made; a call that carries so many is refused.
pub(crate) const MAX_READINGS: usize = 20_000;

/// Collects readings.
pub(super) struct Fields<'a> {
    surface: &'a Surface,
    /// Programs that the tool, or its server, is named for.
    programs: Vec<String>,
    kinds: Kinds<'a>,
    knowledge: &'a Knowledge,
    pub(super) readings: Vec<Reading>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(
        tool: &str,
        surface: &'a Surface,
        kinds: Kinds<'a>,
        knowledge: &'a Knowledge,
    ) -> Fields<'a> {
        let parts = tool.split("__").flat_map(|part| part.split(['-', '_']));
        let programs = parts.filter(|name| knowledge.is_program(name)).map(str::to_owned).collect();
        Fields { surface, programs, kinds, knowledge, readings: Vec::new() }
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
                if let Some(held) = relaxed::parse(text) {
                    self.value(&held, level + 1);
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, object: &Map<String, Value>, level: u32) {
        if !(self.surface.common || self.surface.deep || self.surface.request) {
            // A tool of the client's own has the fields that its surface names, and is met at nearly every call.
            for (key, value) in object {
                if let Some(kind) = self.kinds.of(&plain_key(key)) {
                    self.field(kind, value, None);
                }
            }
            return;
        }
        let keys = request::keys();
        let is_text = |kind: &str| keys.text_cells.iter().any(|known| known.eq_ignore_ascii_case(kind));
        if request::text_field(object, &keys.cell).is_some_and(is_text) {
            return;
        }
        let language = request::language(object);
        let mut requests = Vec::new();
        let holds_data = self.surface.request && request::from_object(object, &mut requests);
        let in_base64 = request::text_field(object, &keys.encoding)
            .is_some_and(|encoding| encoding.to_lowercase().contains("base64"));
        let mut program: Option<&Value> = None;
        let mut words: Vec<&Value> = Vec::new();
        for (key, value) in object {
            let plain = plain_key(key);
            if let Some((inner, decoded)) = decoded(&plain, value, in_base64) {
                let kind = self.kinds.of(&inner).unwrap_or("any");
                self.field(kind, &Value::String(decoded), language.as_deref());
                continue;
            }
            let kind = self.kinds.of(&plain);
            match kind {
                Some("arguments") => words.push(value),
                Some("subcommand") => words.insert(0, value),
                Some("shell") => {
                    program = program.or(Some(value));
                    self.field("shell", value, language.as_deref());
                }
                Some(kind) => self.field(kind, value, language.as_deref()),
                None => {}
            }
            // The parameters of a request hold the API's data, no further calls.
            let data = holds_data && request::is_parameters(&plain) && kind != Some("arguments");
            let nested = value.is_object()
                || value.is_array()
                || kind.is_none()
                || matches!(kind, Some("arguments" | "url" | "command" | "address"));
            if self.surface.deep && nested && !data && kind != Some("text") {
                self.value(value, level + 1);
            }
        }
        if words.is_empty() && !self.surface.request {
            return;
        }
        let argv = self.arguments(program, &words);
        if let Some(input) = program.and_then(|_| request::text_field(object, &keys.stdin)) {
            self.fed(program, &argv, input);
        }
        if self.surface.request {
            if let Some(service) = request::text_field(object, &keys.service)
                && !argv.is_empty()
            {
                let aws = ["aws".to_owned(), service.to_lowercase()];
                self.readings.push(Reading::Arguments(aws.into_iter().chain(argv.iter().cloned()).collect()));
            }
            self.readings.append(&mut requests);
            parts::together(object, &argv, &mut self.readings);
        }
    }

    /// One field of a known kind.
    fn field(&mut self, kind: &str, value: &Value, language: Option<&str>) {
        if self.readings.len() >= MAX_READINGS {
            return;
        }
        match value {
            Value::Array(items) => self.list(kind, items, language),
            Value::Object(object) if matches!(kind, "shell" | "url") => {
                object.values().filter(|v| v.is_string()).for_each(|v| self.field(kind, v, language));
            }
            Value::String(text) => self.text(kind, text, language),
            _ => {}
        }
    }

    fn list(&mut self, kind: &str, items: &[Value], language: Option<&str>) {
        let words: Vec<String> = items.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        if matches!(kind, "shell" | "aws-cli") && !words.is_empty() {
            let mut argv = words.clone();
            if kind == "aws-cli" && argv[0] != "aws" {
                argv.insert(0, "aws".to_owned());
            }
            self.argv(argv);
        }
        if !matches!(kind, "shell" | "aws-cli" | "url" | "path" | "command" | "address") && !words.is_empty()
        {
            // Code as a list of its lines, which may keep their ends.
            let end = if words.iter().any(|line| line.ends_with('\n')) { "" } else { "\n" };
            self.text(kind, &words.join(end), language);
            return;
        }
        // Each may be a command of its own, too, or an argument vector.
        for item in items.iter().filter(|item| item.is_string() || item.is_array()) {
            self.field(kind, item, language);
        }
    }

    fn text(&mut self, kind: &str, text: &str, language: Option<&str>) {
        if matches!(kind, "shell" | "code" | "aws-cli" | "any")
            && text.trim_start().starts_with(['{', '[', '"', '`'])
            && let Some(held) = relaxed::parse(text)
        {
            self.value(&held, 1);
            if let Value::Array(_) = held {
                self.field(kind, &held, language);
            }
        }
        self.readings.push(match kind {
            "shell" => {
                self.shell(text, language);
                return;
            }
            "aws-cli" => Reading::AwsCli(text.to_owned()),
            "url" => {
                self.urls(text);
                return;
            }
            "command" if !begins_with_program(text, self.knowledge) => return,
            "command" => Reading::Shell(text.to_owned()),
            "address" if !text.contains("://") || text.trim().contains([' ', '\n']) => return,
            "address" => Reading::Url(text.trim().to_owned()),
            "path" => Reading::Path(text.to_owned()),
            "code" | "any" => Reading::Code { language: language.map(str::to_owned), text: text.to_owned() },
            "text" => return,
            language => Reading::Code { language: Some(language.to_owned()), text: text.to_owned() },
        });
    }

    /// A command line; of a shell that is named beside it, where one is.
    fn shell(&mut self, text: &str, language: Option<&str>) {
        if let Some(language) =
            language.filter(|name| name.to_lowercase().contains("p") && is_powershell(name))
        {
            self.readings.push(Reading::Code { language: Some(language.to_owned()), text: text.to_owned() });
        }
        if !begins_with_program(text, self.knowledge) {
            // `get-secret-value …` of a server that is named for the program.
            let is_cli = |name: &&String| {
                self.knowledge.programs(name).iter().any(|program| matches!(program, Program::AwsCli(_)))
            };
            let named = self.programs.iter().filter(is_cli);
            self.readings.extend(named.map(|program| Reading::AwsCli(format!("{program} {text}"))));
        }
        self.readings.push(Reading::Shell(text.to_owned()));
    }

    /// Every URL of a text: one, or several between blanks and commas.
    fn urls(&mut self, text: &str) {
        let text = text.strip_prefix("view-source:").unwrap_or(text);
        if text.trim().contains([' ', ',', '\n']) && text.contains("://") {
            let apart = text.split([' ', ',', '\n']).filter(|part| part.contains("://"));
            self.readings.extend(apart.map(|url| Reading::Url(url.to_owned())));
        }
        self.readings.push(Reading::Url(text.to_owned()));
    }

    /// An argument vector, which may be that of a program that the tool is named for.
    fn argv(&mut self, words: Vec<String>) {
        for program in &self.programs {
            let argv = std::iter::once(program.clone()).chain(words.iter().cloned()).collect();
            self.readings.push(Reading::Arguments(argv));
        }
        self.readings.push(Reading::Arguments(words));
    }

    /// A program with the text that it reads on its standard input.
    fn fed(&mut self, program: Option<&Value>, argv: &[String], input: &str) {
        let command = match program {
            Some(Value::String(command)) if argv.len() <= 1 || command.contains(' ') => command.clone(),
            _ => argv.iter().map(|word| shell::quoted(word)).collect::<Vec<_>>().join(" "),
        };
        if !command.is_empty() {
            self.readings.push(Reading::Shell(format!("{command} <<< {}", shell::quoted(input))));
        }
    }

    /// A program in one field with its arguments in others; its words.
    fn arguments(&mut self, program: Option<&Value>, arguments: &[&Value]) -> Vec<String> {
        let mut words = Vec::new();
        split(program, &mut words);
        arguments.iter().for_each(|value| split(Some(value), &mut words));
        if arguments.is_empty() {
            return words;
        }
        if program.is_none() && words.len() == 1 {
            self.readings.push(Reading::Shell(words[0].clone()));
        }
        if !words.is_empty() {
            self.argv(words.clone());
        }
        words
    }
}

/// Whether a text begins with a program that is known.
fn begins_with_program(text: &str, knowledge: &Knowledge) -> bool {
    let first = text.split_whitespace().find(|word| !word.contains('='));
    first.is_some_and(|word| knowledge.is_program(word.rsplit('/').next().unwrap_or(word)))
}

/// Whether a shell's name is one of PowerShell's.
fn is_powershell(name: &str) -> bool {
    matches!(name.to_lowercase().as_str(), "powershell" | "pwsh" | "ps" | "ps1")
}

/// The words of a text or a list.
fn split(value: Option<&Value>, words: &mut Vec<String>) {
    match value {
        Some(Value::Array(items)) => words.extend(items.iter().map(|item| match item.as_str() {
            Some(text) => text.to_owned(),
            None => item.to_string(),
        })),
        Some(Value::String(text)) => match relaxed::parse(text).filter(Value::is_array) {
            Some(list) => split(Some(&list), words),
            None => words.extend(shlex::split(text).unwrap_or_else(|| vec![text.clone()])),
        },
        _ => {}
    }
}

/// What a text in base64 holds, and its key without the part that says so. Only where the key, or a field beside it,
/// says so: most long texts without blanks could be base64.
fn decoded(plain: &str, value: &Value, said: bool) -> Option<(String, String)> {
    let keys = request::keys();
    let inner =
        keys.base64.iter().find(|mark| plain.contains(mark.as_str())).map(|m| plain.replace(m.as_str(), ""));
    let inner = inner.or_else(|| said.then(|| plain.to_owned()))?;
    let text = value.as_str()?;
    // PowerShell's is UTF-16, of which every other byte is null.
    let wide = encoded::decode_encoded_command(text).filter(|text| text.is_ascii());
    let bytes = encoded::base64(text)?;
    let plain = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
    Some((inner, plain.or(wide)?))
}
