//! A settings file in JSON, with the guard's hooks put in or taken out. What else stands there stays as it was written:
//! its order, its indentation and its comments.
//!
//! A document is an object whose `hooks` has a list for each event. An entry of a list is a handler, or a group that has a
//! list of handlers in turn, by the agent.

use jsonc_parser::ast;
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::cst::{CstArray, CstInputValue, CstNode, CstRootNode};
use jsonc_parser::{CollectOptions, ParseOptions};
use serde_json::Value;

use super::ours;
use crate::document::{Fault, place};

/// The key of a document under which its hooks stand.
const HOOKS: &str = "hooks";
/// The byte order mark, which some editors on Windows write.
const MARK: char = '\u{feff}';

/// What an agent reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// JSON (RFC 8259).
    Json,
    /// JSON with comments.
    WithComments,
}

/// An entry that a list of hooks should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The event.
    pub event: String,
    /// The entry, in JSON.
    pub json: String,
}

/// A document that has been read.
#[derive(Debug)]
pub struct Document<'t> {
    text: &'t str,
    marked: bool,
    dialect: Dialect,
}

impl<'t> Document<'t> {
    /// Reads a document as far as it takes to change its lists for these events.
    ///
    /// # Errors
    /// When it is not of this dialect, or when its hooks are not what any agent reads: what is wrong, and where.
    pub fn read(
        file: &str,
        text: &'t str,
        dialect: Dialect,
        events: &[impl AsRef<str>],
    ) -> Result<Document<'t>, Box<Fault>> {
        let (marked, text) = match text.strip_prefix(MARK) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let fault = |range: Range, message: String| {
            let mend = Some("mend the file, then try again; it was left as it is".to_owned());
            let place = Some(place(text, range.start..range.end));
            Box::new(Fault { place, ..Fault::of_file(file, message, mend) })
        };
        let parsed = jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &options(dialect))
            .map_err(|error| {
                let what = error.kind().to_string();
                let comments = what.contains("omment") && dialect == Dialect::Json;
                let hint = if comments { ", as what reads this file takes JSON alone" } else { "" };
                fault(error.range(), format!("it is no JSON: {}{hint}", lower(&what)))
            })?;
        if let Some(value) = &parsed.value {
            if dialect == Dialect::Json {
                strict(text).map_err(|(range, message)| fault(range, message))?;
            }
            check(value, events).map_err(|(range, message)| fault(range, message))?;
        }
        Ok(Document { text, marked, dialect })
    }

    /// Its value; None for one that is empty.
    pub fn value(&self) -> Option<Value> {
        self.tree().to_serde_value()
    }

    /// The program that the guard's hooks in it run.
    pub fn program(&self) -> Option<String> {
        ours::first_program(&self.value()?)
    }

    /// Whether nothing is in it but what `seed` has, in JSON, and perhaps an empty `hooks`.
    pub fn is_only(&self, seed: &str) -> bool {
        if self.dialect == Dialect::WithComments && self.text.contains('/') {
            return false;
        }
        let seed = serde_json::from_str(seed).unwrap_or(Value::Null);
        match self.value() {
            None => true,
            Some(mut value) => {
                if value.get(HOOKS).and_then(Value::as_object).is_some_and(serde_json::Map::is_empty) {
                    value.as_object_mut().map(|object| object.remove(HOOKS));
                }
                value == seed || value == Value::Object(serde_json::Map::new())
            }
        }
    }

    /// Its text with these entries, each once and as it is given here. Entries of the guard's that are otherwise are
    /// replaced where they stand. A document that is empty begins with `seed`, an object in JSON.
    pub fn with(&self, entries: &[Entry], seed: &str) -> String {
        let tree = self.tree();
        if tree.value().is_none() {
            tree.set_value(input(seed));
        }
        let Some(root) = tree.object_value() else { return self.written(&tree) };
        let Some(hooks) = root.object_value_or_create(HOOKS) else { return self.written(&tree) };
        for entry in entries {
            if let Some(list) = hooks.array_value_or_create(&entry.event) {
                put(&list, &entry.json);
            }
        }
        self.written(&tree)
    }

    /// Its text without any handler of the guard's, and without the groups and lists that are empty then.
    pub fn without(&self) -> String {
        let tree = self.tree();
        let Some(root) = tree.object_value() else { return self.written(&tree) };
        let Some(hooks) = root.object_value(HOOKS) else { return self.written(&tree) };
        let mut taken = false;
        for event in hooks.properties() {
            let Some(list) = event.array_value() else { continue };
            let mut from_here = false;
            for entry in list.elements() {
                from_here |= take(&entry);
            }
            if from_here && is_empty(&list.children()) {
                event.remove();
            }
            taken |= from_here;
        }
        if let Some(property) = root.get(HOOKS).filter(|_| taken && is_empty(&hooks.children())) {
            property.remove();
        }
        self.written(&tree)
    }

    fn tree(&self) -> CstRootNode {
        // It was read once.
        CstRootNode::parse(self.text, &options(self.dialect)).unwrap_or_else(|error| unreachable!("{error}"))
    }

    fn written(&self, tree: &CstRootNode) -> String {
        let text = tree.to_string();
        if self.marked { format!("{MARK}{text}") } else { text }
    }
}

fn options(dialect: Dialect) -> ParseOptions {
    ParseOptions {
        allow_comments: dialect == Dialect::WithComments,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// What is wrong in a document, and where.
type Wrong = (Range, String);

/// What a reader minds that holds to the letter of JSON, such as a line that ends within a text.
fn strict(text: &str) -> Result<(), Wrong> {
    let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) else { return Ok(()) };
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let mut at = (line_start + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let what = error.to_string();
    let what = what.split(" at line ").next().unwrap_or(&what);
    Err((Range::from_byte_index(at), format!("it is no JSON: {what}")))
}

/// What keeps a hook from being put into the lists for these events.
fn check(value: &ast::Value, events: &[impl AsRef<str>]) -> Result<(), Wrong> {
    let wrong = |value: &ast::Value, message: String| Err((value.range(), message));
    let Some(root) = value.as_object() else { return wrong(value, "it holds no JSON object".to_owned()) };
    let Some(hooks) = once(root, HOOKS, HOOKS)? else { return Ok(()) };
    let Some(lists) = hooks.as_object() else { return wrong(hooks, "its `hooks` is no object".to_owned()) };
    for event in events.iter().map(AsRef::as_ref) {
        let name = format!("hooks.{event}");
        let Some(list) = once(lists, event, &name)? else { continue };
        let Some(entries) = list.as_array() else { return wrong(list, format!("its `{name}` is no list")) };
        for entry in &entries.elements {
            let Some(group) = entry.as_object() else {
                return wrong(entry, format!("an entry of its `{name}` is no object"));
            };
            if let Some(handlers) =
                group.get(ours::HANDLERS).filter(|handlers| handlers.value.as_array().is_none())
            {
                return wrong(&handlers.value, format!("the `hooks` of an entry of its `{name}` is no list"));
            }
        }
    }
    Ok(())
}

/// The value of a key. One that stands twice is read by some as the first and by others as the last.
fn once<'o, 't>(
    object: &'o ast::Object<'t>,
    key: &str,
    name: &str,
) -> Result<Option<&'o ast::Value<'t>>, Wrong> {
    let mut found = object.properties.iter().filter(|property| property.name.as_str() == key);
    let first = found.next();
    match found.next() {
        Some(second) => Err((second.range, format!("its `{name}` stands there twice"))),
        None => Ok(first.map(|property| &property.value)),
    }
}

/// Puts an entry into a list, where it does not have it.
fn put(list: &CstArray, json: &str) {
    let wanted: Value = serde_json::from_str(json).unwrap_or_else(|error| unreachable!("{error}: {json}"));
    let mut there = false;
    for entry in list.elements() {
        let Some(value) = entry.to_serde_value() else { continue };
        let (own, all) = count(&value);
        if own == 0 || (value == wanted && !std::mem::replace(&mut there, true)) {
            continue;
        }
        if own == all && !std::mem::replace(&mut there, true) {
            list.insert(entry.element_index().unwrap_or_default(), input(json));
        }
        take(&entry);
    }
    if !there {
        list.append(input(json));
    }
}

/// How many handlers of an entry are the guard's, and how many there are.
fn count(entry: &Value) -> (usize, usize) {
    let handlers = ours::handlers(entry);
    (handlers.iter().filter(|handler| ours::program(handler).is_some()).count(), handlers.len())
}

/// Takes the guard's handlers out of an entry, and the entry with them if it has no other; whether there were any.
fn take(entry: &CstNode) -> bool {
    let Some(value) = entry.to_serde_value() else { return false };
    let (own, all) = count(&value);
    if own == all && own > 0 {
        entry.clone().remove();
    } else if let Some(handlers) = entry.as_object().and_then(|group| group.array_value(ours::HANDLERS)) {
        for handler in handlers.elements() {
            if handler.to_serde_value().is_some_and(|value| ours::program(&value).is_some()) {
                handler.remove();
            }
        }
    }
    own > 0
}

/// Whether there is neither a value nor a comment between two brackets.
fn is_empty(children: &[CstNode]) -> bool {
    children.iter().all(|child| child.is_whitespace() || child.is_newline() || child.is_token())
}

/// A value to be written, in the order of its keys here.
fn input(json: &str) -> CstInputValue {
    let parsed = jsonc_parser::parse_to_ast(json, &CollectOptions::default(), &options(Dialect::Json));
    let parsed = parsed.unwrap_or_else(|error| unreachable!("{error}: {json}"));
    parsed.value.as_ref().map_or(CstInputValue::Null, of)
}

fn of(value: &ast::Value) -> CstInputValue {
    match value {
        ast::Value::StringLit(text) => CstInputValue::String(text.value.to_string()),
        ast::Value::NumberLit(number) => CstInputValue::Number(number.value.to_string()),
        ast::Value::BooleanLit(boolean) => CstInputValue::Bool(boolean.value),
        ast::Value::NullKeyword(_) => CstInputValue::Null,
        ast::Value::Array(array) => CstInputValue::Array(array.elements.iter().map(of).collect()),
        ast::Value::Object(object) => CstInputValue::Object(
            object
                .properties
                .iter()
                .map(|property| (property.name.as_str().to_owned(), of(&property.value)))
                .collect(),
        ),
    }
}

/// The entries in a document of our own, each with its event.
pub fn entries(text: &str) -> Vec<(String, &str)> {
    let parsed = jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &options(Dialect::Json));
    let parsed = parsed.unwrap_or_else(|error| unreachable!("{error}: {text}"));
    let hooks = parsed.value.as_ref().and_then(|root| root.as_object()?.get(HOOKS)?.value.as_object());
    let events = hooks.into_iter().flat_map(|hooks| &hooks.properties);
    let entry = |event: &str, entry: &ast::Value| (event.to_owned(), entry.text(text));
    let lists = events.filter_map(|event| Some((event.name.as_str(), event.value.as_array()?)));
    lists.flat_map(|(event, list)| list.elements.iter().map(move |value| entry(event, value))).collect()
}

/// A sentence's beginning within another.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}
