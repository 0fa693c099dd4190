//! Scripts that a command runs: those it has written itself, and those on disk.

use super::reader::Reader;
use crate::code::Language;
use crate::shell::{Files, Invocation, Outcome, Source};
use crate::trace::{Kind, Trace};
use crate::value::{Piece, Text, Value};

/// How often one script is followed into itself. Then once more with arguments that stand for any.
const MAX_REENTRIES: usize = 4;
/// Arguments of that last time.
const ANY_ARGUMENTS: usize = 9;

/// Endings of names that say which program runs a file, where the file itself does not.
const RUN_BY: &[(&str, &str)] = &[
    (".py", "python3"),
    (".js", "node"),
    (".mjs", "node"),
    (".cjs", "node"),
    (".ts", "node"),
    (".rb", "ruby"),
    (".pl", "perl"),
    (".php", "php"),
    (".lua", "lua"),
    (".R", "Rscript"),
    (".ps1", "pwsh"),
    (".sh", "sh"),
    (".bash", "bash"),
    (".zsh", "zsh"),
];

/// A script that is being followed, and with what it was started.
#[derive(Debug, PartialEq)]
pub(super) struct Running {
    path: String,
    arguments: Vec<Text>,
    environment: Vec<(String, Value)>,
}

impl Reader {
    /// A program that is named by its path, or by a name that only scripts have (`uv run x.py`); None where there is no
    /// such file, or where its text says nothing and its name does.
    pub(super) fn run_by_path(
        &mut self,
        trace: &Trace,
        program: &Text,
        name: &str,
        invocation: &Invocation,
    ) -> Option<Outcome> {
        let by_name = self.knowledge.is_program(name);
        let has_folder = program.literal().is_none_or(|path| path.contains('/'));
        let is_script = has_folder || run_by(name).is_some();
        let source = if is_script {
            invocation.files.script(trace, program, Kind::Script)?
        } else {
            let text = invocation.files.get(name).filter(|_| !by_name || found_first(name, invocation))?;
            Source { text, path: program.clone(), file: None }
        };
        let outcome = self.started(trace, name, &source, invocation)?;
        // A file on disk may have the name of a program and be just that (`venv/bin/aws`).
        (source.file.is_none() || !by_name).then_some(outcome)
    }

    /// A script that the command itself has written, run by its path.
    pub(super) fn written_script(&mut self, trace: &Trace, path: &str, invocation: &Invocation) {
        if let Some(text) = invocation.files.get(path) {
            let source = Source { text, path: Text::from(path), file: None };
            self.started(trace, path, &source, invocation);
        }
    }

    /// A file started as the kernel and the shell do: by the program that its first line names, else as shell text.
    fn started(
        &mut self,
        trace: &Trace,
        name: &str,
        source: &Source,
        invocation: &Invocation,
    ) -> Option<Outcome> {
        let _through = source.file.is_none().then(|| trace.through(source.path.to_string()));
        let mut outcome = None;
        for text in source.text.alternatives() {
            let first = text.known_prefix().lines().next().unwrap_or_default();
            let named = first.strip_prefix("#!").map(str::trim).filter(|line| !line.is_empty());
            let line = named.or_else(|| run_by(name).filter(|_| source.file.is_some()));
            outcome = match line {
                Some(line) => {
                    let mut argv: Vec<Text> = line.split_whitespace().map(Text::from).collect();
                    argv.push(source.path.clone());
                    argv.extend(invocation.argv.iter().skip(1).cloned());
                    Some(self.inner_command(trace, invocation, &argv))
                }
                None => {
                    let source = Source { text: Value::One(text.clone()), ..source.clone() };
                    let arguments = invocation.argv.iter().skip(1).cloned().collect();
                    self.shell_script(trace, &source, arguments, invocation).or(outcome)
                }
            };
        }
        outcome
    }

    /// Follows a shell script; None where that is being done already.
    pub(super) fn shell_script(
        &mut self,
        trace: &Trace,
        source: &Source,
        arguments: Vec<Text>,
        invocation: &Invocation,
    ) -> Option<Outcome> {
        let arguments = self.enters(trace, &source.path, arguments, invocation)?;
        let mut outcome = Outcome { output: None, entered: true };
        for text in source.text.alternatives() {
            let (name, arguments) = (source.path.clone(), arguments.clone());
            outcome = self.shell_file(trace, invocation, text, name, arguments, source.file);
        }
        self.running.pop();
        Some(outcome)
    }

    /// Goes into a script, with the arguments to follow it with; None where it was followed into itself often enough.
    fn enters(
        &mut self,
        trace: &Trace,
        path: &Text,
        mut arguments: Vec<Text>,
        invocation: &Invocation,
    ) -> Option<Vec<Text>> {
        let path = path.to_string();
        let times = self.running.iter().filter(|running| running.path == path).count();
        if times == MAX_REENTRIES {
            arguments = (1..=ANY_ARGUMENTS).map(|n| Text::unknown(format!("${n}"))).collect();
        }
        let next = Running { path, arguments, environment: invocation.environment.clone() };
        if times > MAX_REENTRIES || self.running.contains(&next) {
            trace.step(|| format!("{} runs itself again; not followed any more", next.path));
            return None;
        }
        let arguments = next.arguments.clone();
        self.running.push(next);
        Some(arguments)
    }
}

/// Whether the folders that the command itself searches for programs hold one of this name that it has written.
fn found_first(name: &str, invocation: &Invocation) -> bool {
    let path = invocation.environment.iter().find(|(known, _)| known == "PATH").map(|(_, path)| path);
    let own = |folder: &str| {
        let folder = folder.rsplit('/').next().unwrap_or(folder);
        !folder.is_empty() && !invocation.files.matching(&format!("*{folder}/{name}")).is_empty()
    };
    path.is_some_and(|path| {
        path.alternatives().iter().any(|path| {
            let known = path.clone().pieces().into_iter().filter_map(|piece| match piece {
                Piece::Literal(text) => Some(text),
                _ => None,
            });
            known.collect::<String>().split(':').any(own)
        })
    })
}

/// The program that runs files with such a name.
fn run_by(name: &str) -> Option<&'static str> {
    RUN_BY.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, program)| *program)
}

/// What a file in this language is, where it is on disk: most languages are those of applications; these are for
/// commands.
pub(super) fn kind_of(language: Language) -> Kind {
    match language {
        Language::PowerShell
        | Language::Make
        | Language::Sed
        | Language::Awk
        | Language::Vim
        | Language::Sql
        | Language::Gdb
        | Language::M4
        | Language::Ed
        | Language::Bang
        | Language::AppleScript => Kind::Script,
        _ => Kind::Application,
    }
}

/// The first of these paths under which there is a script.
pub(super) fn first_of(
    files: &Files,
    trace: &Trace,
    path: &Text,
    endings: &[String],
    kind: Kind,
) -> Option<Source> {
    let ended = |ending: &String| {
        let path = path.clone().map_literals(|text| text.trim_end_matches('/').to_owned());
        files.script(trace, &path.concat(Text::from(ending.as_str())), kind)
    };
    files.script(trace, path, kind).or_else(|| endings.iter().find_map(ended))
}
