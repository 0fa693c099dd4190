//! Tasks that a file of the project names: `npm run x`, `composer x`, `deno task x`, `just x`.

use super::options::{Argument, Options};
use super::reader::Reader;
use super::{justfile, taskfile};
use crate::knowledge::{TaskFormat, Tasks};
use crate::shell::{Invocation, Outcome, Source, quoted};
use crate::trace::{FileId, Kind, Place, Trace};
use crate::value::Text;

/// Words that come before the name of a task that runs before another, and after it.
const HOOKS: [[&str; 2]; 2] = [["pre", "pre-"], ["post", "post-"]];
/// Keys under which a task that is a table has its commands.
const KEYS: [&str; 6] = ["command", "cmd", "cmds", "shell", "run", "composite"];
/// How deep tasks name others.
const MAX_TASKS: usize = 32;

/// The words of a task runner.
#[derive(Default)]
struct Asked {
    operands: Vec<Text>,
    file: Option<Text>,
    folder: Option<Text>,
}

impl Reader {
    /// A task runner; None where it runs none of the file's tasks.
    pub(super) fn tasks(&mut self, trace: &Trace, tasks: &Tasks, invocation: &Invocation) -> Option<Outcome> {
        let asked = asked(tasks, &invocation.argv[1..]);
        let inside = asked.folder.as_ref().map(|folder| invocation.files.inside(folder));
        let invocation =
            &Invocation { files: inside.unwrap_or_else(|| invocation.files.clone()), ..invocation.clone() };
        let named = names(tasks, &asked.operands);
        if named.is_none() && !(tasks.first && asked.operands.is_empty()) {
            return None;
        }
        let files = tasks.files.iter().map(|name| Text::from(name.as_str()));
        let mut paths = asked.file.into_iter().chain(files);
        let source = paths.find_map(|path| invocation.files.script(trace, &path, Kind::Script))?;
        let Source { text, file, .. } = source;
        let text = text.literal()?;
        if tasks.format == TaskFormat::Justfile {
            let (names, _) = named?;
            return Some(self.recipes(trace, text, file, &names, invocation));
        }
        let whole: serde_json::Value = match tasks.format {
            TaskFormat::Taskfile => taskfile::tasks(text),
            TaskFormat::Toml => toml::from_str(text).ok()?,
            _ => serde_json::from_str(text).ok()?,
        };
        let listed = match tasks.format {
            TaskFormat::Taskfile => &whole,
            TaskFormat::Toml => tasks.table.iter().fold(&whole, |table, key| &table[key.as_str()]),
            TaskFormat::Tasks => &whole["tasks"],
            TaskFormat::Scripts | TaskFormat::Justfile => &whole["scripts"],
        };
        let first = || {
            listed.get("default").filter(|_| tasks.first).map(|_| (vec!["default".to_owned()], Vec::new()))
        };
        let (names, arguments) = named.or_else(first)?;
        let mut listed = Listed { text, file, tasks: listed, run: Vec::new() };
        let mut outcome = None;
        for name in names {
            let [before, after] = HOOKS.map(|words| words.map(|word| format!("{word}{name}")));
            for hook in before {
                self.task(trace, &mut listed, &hook, &[], invocation);
            }
            outcome = self.task(trace, &mut listed, &name, &arguments, invocation).or(outcome);
            for hook in after {
                self.task(trace, &mut listed, &hook, &[], invocation);
            }
        }
        outcome
    }

    /// Runs one task of a JSON file.
    fn task(
        &mut self,
        trace: &Trace,
        listed: &mut Listed<'_>,
        name: &str,
        arguments: &[Text],
        invocation: &Invocation,
    ) -> Option<Outcome> {
        let task = listed.tasks.get(name)?;
        let said = KEYS.iter().find_map(|key| task.get(key)).unwrap_or(task);
        let commands: Vec<&str> = match said {
            serde_json::Value::String(command) => vec![command],
            serde_json::Value::Array(commands) => {
                commands.iter().filter_map(serde_json::Value::as_str).collect()
            }
            _ => return None,
        };
        if listed.run.len() >= MAX_TASKS || listed.run.iter().any(|run| run == name) {
            return None;
        }
        listed.run.push(name.to_owned());
        let _through = trace.through(format!("package script {name}"));
        let _at = trace.at(listed.place(name));
        let mut outcome = None;
        for command in commands {
            // Composer's own: another task, or the PHP that runs it.
            let command = match command.strip_prefix('@') {
                Some(other) if listed.tasks.get(other).is_some() => {
                    outcome = self.task(trace, listed, other, arguments, invocation);
                    continue;
                }
                Some(program) => program,
                None => command,
            };
            let mut text = Text::from(command);
            for argument in arguments {
                let word = argument.clone().map_literals(quoted);
                text = text.concat(Text::from(" ")).concat(word);
            }
            outcome = Some(self.inner_shell(trace, invocation, &text, Vec::new()));
        }
        outcome
    }

    /// Runs recipes of a justfile.
    fn recipes(
        &mut self,
        trace: &Trace,
        text: &str,
        file: Option<FileId>,
        names: &[String],
        invocation: &Invocation,
    ) -> Outcome {
        let wanted = justfile::wanted(text, names);
        let _through = trace.through("just");
        let name = Text::from("just");
        let mut outcome =
            self.shell_file(trace, invocation, &Text::from(wanted.commands), name, Vec::new(), file);
        for script in wanted.scripts {
            // A recipe that begins with `#!` is a script of its own.
            let path = "just/recipe";
            let place = file.map(|file| Place { file, line: script.line });
            let _at = trace.at(place);
            invocation.files.write(path, crate::value::Value::from(script.text));
            self.written_script(trace, path, invocation);
            invocation.files.take(path);
        }
        outcome.entered = true;
        outcome
    }
}

/// Tasks of a JSON file.
struct Listed<'a> {
    text: &'a str,
    file: Option<FileId>,
    tasks: &'a serde_json::Value,
    /// Those that were run.
    run: Vec<String>,
}

impl Listed<'_> {
    /// Where a task stands: the first line on which its name is a key.
    fn place(&self, name: &str) -> Option<Place> {
        let key = serde_json::Value::from(name).to_string();
        let is_key = |line: &str| {
            line.match_indices(&key).any(|(at, _)| line[at + key.len()..].trim_start().starts_with(':'))
        };
        let is_plain = |line: &str| {
            let line = line.trim_start().trim_start_matches(['\'', '"']);
            line.strip_prefix(name)
                .is_some_and(|rest| rest.trim_start_matches(['\'', '"']).trim_start().starts_with([':', '=']))
                || line.starts_with('[') && line.trim_end().ends_with(&format!(".{name}]"))
        };
        let line = self.text.lines().position(is_key).or_else(|| self.text.lines().position(is_plain))?;
        Some(Place { file: self.file?, line: u32::try_from(line + 1).unwrap_or(u32::MAX) })
    }
}

fn asked(tasks: &Tasks, words: &[Text]) -> Asked {
    let listed = |list: &[String], name: &str| list.iter().any(|known| known == name);
    let takes_value = |name: &str| {
        listed(&tasks.value_options, name)
            || listed(&tasks.file_options, name)
            || listed(&tasks.folder_options, name)
    };
    let mut asked = Asked::default();
    for argument in (Options { value: &takes_value, stop: false }).read(words) {
        match argument {
            Argument::Option { name, value, .. } if listed(&tasks.file_options, &name) => asked.file = value,
            Argument::Option { name, value, .. } if listed(&tasks.folder_options, &name) => {
                asked.folder = value;
            }
            Argument::Operand { word, .. } => asked.operands.push(word),
            Argument::Option { .. } | Argument::Dashes { .. } => {}
        }
    }
    asked
}

/// The tasks that these words name, and the words that the last of them gets.
fn names(tasks: &Tasks, operands: &[Text]) -> Option<(Vec<String>, Vec<Text>)> {
    if tasks.format == TaskFormat::Justfile {
        // Which words are a recipe's arguments only its definition says: every word may name one.
        let names = operands.iter().filter_map(Text::literal).map(str::to_owned).collect();
        return Some((names, Vec::new()));
    }
    let (first, rest) = operands.split_first()?;
    let first = first.literal()?;
    if tasks.run.iter().any(|word| word == first) {
        let (name, arguments) = rest.split_first()?;
        return Some((vec![name.literal()?.to_owned()], arguments.to_vec()));
    }
    if let Some(named) = tasks.named.get(first) {
        return Some((named.clone(), rest.to_vec()));
    }
    tasks.implicit.then(|| (vec![first.to_owned()], rest.to_vec()))
}
