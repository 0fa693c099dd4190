//! What a file says of programs and tools: entries as those of `rules/programs/` and `rules/surfaces.toml`.
//!
//! An organisation is believed. What a user says may only bring more facts to light: a call in which it was used is judged
//! without it too (`guard`). A project, whose files an agent can write, says nothing of the kind.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::layer::{Layer, RuleFile};
use super::valid::{self, Wrong};
use crate::code::Language;
use crate::document::{Entry, Fault, Toml};
use crate::knowledge::{
    self, Added, Addition, Alias, AwsCli, Cmdlet, Command, Forwarder, Handling, HttpClient, Image,
    Interpreter, Kind, Lister, Remote, Resolver, Shell, Tasks, Variable, Wrapper, Writer,
};
use crate::surface::{self, Surface};

/// How the fields of a tool may be read, beside as code of some language.
const FIELD_KINDS: [&str; 10] =
    ["shell", "arguments", "subcommand", "aws-cli", "code", "url", "path", "command", "address", "text"];
/// What an entry does not work without, beside its names.
const NEEDED: [(Kind, &str); 8] = [
    (Kind::Alias, "program"),
    (Kind::Cmdlet, "service"),
    (Kind::Cmdlet, "operation"),
    (Kind::Image, "program"),
    (Kind::Interpreter, "language"),
    (Kind::Remote, "parameter"),
    (Kind::Tasks, "files"),
    (Kind::Variable, "holds"),
];

/// What an entry of this kind does not work without.
pub fn needed(kind: Kind) -> impl Iterator<Item = &'static str> {
    let others = NEEDED.iter().filter(move |(of, _)| *of == kind).map(|(_, needed)| *needed);
    std::iter::once(kind.names()).chain(others)
}

/// The entries of a file.
pub(super) fn read(toml: &Toml, path: &str, text: &str, faults: &mut Vec<Fault>) -> Vec<Entry<Addition>> {
    let mut all = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| toml.has(kind.word())) {
        let mut lines = reading(kind)(toml, kind.word(), faults).into_iter().peekable();
        for Entry { value: json, line } in toml.entries::<Value>(kind.word(), &mut Vec::new()) {
            if lines.next_if_eq(&line).is_none() {
                continue;
            }
            match addition(kind, json) {
                Ok(value) => all.push(Entry { value, line }),
                Err((message, mend)) => faults.push(valid::fault(path, text, line, message, mend)),
            }
        }
    }
    all.sort_by_key(|entry| entry.line);
    all
}

/// The lines of the entries that read as a type.
type Reading = fn(&Toml, &str, &mut Vec<Fault>) -> Vec<usize>;

fn reading(kind: Kind) -> Reading {
    fn of<T: DeserializeOwned>(toml: &Toml, key: &str, faults: &mut Vec<Fault>) -> Vec<usize> {
        toml.entries::<T>(key, faults).iter().map(|entry| entry.line).collect()
    }
    match kind {
        Kind::Alias => of::<Alias>,
        Kind::AwsCli => of::<AwsCli>,
        Kind::Cmdlet => of::<Cmdlet>,
        Kind::Command => of::<Command>,
        Kind::Forwarder => of::<Forwarder>,
        Kind::Handling => of::<Handling>,
        Kind::HttpClient => of::<HttpClient>,
        Kind::Image => of::<Image>,
        Kind::Interpreter => of::<Interpreter>,
        Kind::Lister => of::<Lister>,
        Kind::Remote => of::<Remote>,
        Kind::Resolver => of::<Resolver>,
        Kind::Shell => of::<Shell>,
        Kind::Surface => of::<Surface>,
        Kind::Tasks => of::<Tasks>,
        Kind::Variable => of::<Variable>,
        Kind::Wrapper => of::<Wrapper>,
        Kind::Writer => of::<Writer>,
    }
}

/// An entry that can work.
fn addition(kind: Kind, mut json: Value) -> Result<Addition, Wrong> {
    let key = kind.names();
    let mut names: Vec<String> =
        json[key].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    if names.is_empty() {
        return Err(missing(kind, key, "[\"…\"]"));
    }
    names.iter().try_for_each(|name| named(kind, name))?;
    for needed in needed(kind).skip(1) {
        let is_empty = match &json[needed] {
            Value::String(text) => text.trim().is_empty(),
            Value::Array(list) => list.is_empty(),
            _ => true,
        };
        if is_empty {
            return Err(missing(kind, needed, "…"));
        }
    }
    if kind == Kind::Interpreter {
        let name = json["language"].as_str().unwrap_or_default();
        if Language::from_name(name).is_none() {
            return Err((format!("unknown language `{name}`"), Some(nearest(name, &languages()))));
        }
    }
    if kind == Kind::Surface {
        fields(&mut json)?;
        for name in names.iter_mut().filter(|name| name.contains('*')) {
            *name = surface::snake_case(name);
        }
    }
    Ok(Addition { kind, names, json })
}

fn missing(kind: Kind, key: &str, value: &str) -> Wrong {
    let message = format!("missing field `{key}` of `[[{}]]`", kind.word());
    (message, Some(format!("add `{key} = {value}`")))
}

/// Whether something can have this name.
fn named(kind: Kind, name: &str) -> Result<(), Wrong> {
    let key = kind.names();
    if name.trim().is_empty() {
        return Err((format!("an empty name in `{key}`"), Some("take it out".to_owned())));
    }
    if name.chars().any(char::is_control) {
        return Err((format!("no name in `{key}` has control characters"), None));
    }
    if name.chars().all(|c| matches!(c, '*' | '?')) {
        let mend = "name what is meant: `corp-*`";
        return Err((format!("`{name}` names everything there is"), Some(mend.to_owned())));
    }
    match kind {
        Kind::Remote if name.split(' ').filter(|word| !word.is_empty()).count() != 2 => {
            let mend = "write `service operation`, as in `ssm send-command`";
            Err((format!("`{name}` is no operation of AWS"), Some(mend.to_owned())))
        }
        Kind::Remote | Kind::Image => Ok(()),
        Kind::Variable if knowledge::Knowledge::default().variable(name).is_some() => {
            Err((format!("what `{name}` holds is known already"), Some("take it out".to_owned())))
        }
        _ if name.contains(char::is_whitespace) => {
            let mend = match kind {
                Kind::Wrapper => "name the program, and its subcommand by `subcommand = [[\"…\"]]`",
                _ => "name the program alone",
            };
            Err((format!("`{name}` has a blank, and names have none"), Some(mend.to_owned())))
        }
        Kind::Surface | Kind::Variable => Ok(()),
        _ => match name.rsplit_once(['/', '\\']) {
            Some((_, last)) => {
                let message = format!("`{name}` is a path, and programs are known by their names");
                Err((message, Some(format!("write `{last}`"))))
            }
            None => Ok(()),
        },
    }
}

/// Whether the fields of a surface can be read; their names become plain.
fn fields(json: &mut Value) -> Result<(), Wrong> {
    let Some(fields) = json.get_mut("fields").and_then(Value::as_object_mut) else { return Ok(()) };
    for (kind, names) in fields {
        if !FIELD_KINDS.contains(&kind.as_str()) && Language::from_name(kind).is_none() {
            let known: Vec<&str> = FIELD_KINDS.into_iter().chain(languages()).collect();
            return Err((format!("no field is read as `{kind}`"), Some(nearest(kind, &known))));
        }
        for name in names.as_array_mut().into_iter().flatten() {
            let plain = surface::plain_key(name.as_str().unwrap_or_default());
            if plain.trim_start_matches('*').trim_end_matches('*').contains('*') {
                let message = format!("`{}` has a star in its middle", name.as_str().unwrap_or_default());
                return Err((message, Some("names of fields have stars at their ends only".to_owned())));
            }
            *name = Value::String(plain);
        }
    }
    Ok(())
}

fn languages() -> Vec<&'static str> {
    Language::all().map(Language::name).collect()
}

/// What may be meant.
fn nearest(given: &str, known: &[&str]) -> String {
    let near = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(given, name), name))
        .min()
        .filter(|(distance, _)| *distance <= 2.max(given.len() / 3));
    match near {
        Some((_, name)) => format!("write `{name}`"),
        None => format!("write one of: {}", known.join(", ")),
    }
}

/// What files add, from the top layer down, and what of that they may not say.
pub(super) fn compiled(files: &[(Layer, RuleFile)]) -> (Option<Added>, Vec<Fault>) {
    let mut faults = Vec::new();
    let mut additions = Vec::new();
    for (layer, file) in files {
        match layer {
            Layer::Project => faults.extend(file.knowledge.iter().map(|Entry { value, line }| {
                let kind = value.kind.word();
                let message = format!(
                    "a project's files say nothing of programs and tools: `[[{kind}]]` could hide what a call does"
                );
                let mend = "say it in the user's rules, or in the managed ones".to_owned();
                valid::fault(&file.path, &file.text, *line, message, Some(mend))
            })),
            layer => {
                additions.extend(file.knowledge.iter().map(|entry| (&entry.value, *layer == Layer::User)))
            }
        }
    }
    (Added::new(additions.into_iter()), faults)
}
