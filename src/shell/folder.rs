//! The folder that a shell is in, and the scripts that it sources from there.

use std::rc::Rc;

use super::ast::{Kind as Syntax, Script, Word};
use super::files::Source;
use super::run::{Flow, Run, Shell};
use super::state::{BASH_SOURCE, PWD, Slot, State};
use crate::bounds::Budget;
use crate::disk::holds_settings;
use crate::trace::Kind;
use crate::value::{Text, Value};

impl State {
    /// The folder that the shell has gone to; None is the one in which the call runs.
    pub(super) fn folder(&self) -> Option<Value> {
        match self.variable(PWD).map(|variable| &variable.slot) {
            Some(Slot::Scalar(folder)) => Some(folder.clone()),
            _ => None,
        }
    }
}

impl Shell<'_, '_> {
    /// The folder that the shell has gone to; None is the one in which the call runs.
    pub(super) fn folder(&self) -> Option<Value> {
        self.state.folder()
    }

    /// A script that this shell would read, from what the command wrote or from disk.
    pub(super) fn script_source(&self, path: &Text) -> Option<Source> {
        self.files.within(self.folder()).script(self.trace, path, Kind::Script)
    }

    /// `source` and `.`.
    pub(super) fn source(&mut self, path: &Text, arguments: &[Text]) -> Run<Flow> {
        let from_stdin = matches!(path.literal(), Some("/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0"));
        let source = (!from_stdin).then(|| self.script_source(path)).flatten();
        let path = &source.as_ref().map_or_else(|| path.clone(), |source| source.path.clone());
        let (text, file) = match source {
            Some(Source { text, file, .. }) => (text, file),
            None if from_stdin => (self.stdin.clone(), None),
            None => (self.contents(path), None),
        };
        if let Some(file) = file {
            if path.literal().is_some_and(holds_settings)
                && text.literal().is_some_and(|text| only_sets_variables(text, &self.trace.budget))
            {
                self.trace.step(|| format!("{path} only sets variables; what they hold is kept out of this"));
                return Ok(Flow::silent(None));
            }
            if self.sourcing.contains(&file) {
                self.trace.step(|| format!("{path} is being read already"));
                return Ok(Flow::silent(None));
            }
            self.sourcing.push(file);
        }
        let text = self.choose(&text);
        let outer = (!arguments.is_empty())
            .then(|| std::mem::replace(&mut self.state.positional, Rc::new(arguments.to_vec())));
        let before = self.state.variables.get(BASH_SOURCE).cloned();
        if file.is_some() {
            self.state.set(BASH_SOURCE, path.clone());
        }
        let through = if file.is_some() { format!("source {path}") } else { "source".to_owned() };
        let traps = self.hide_traps();
        self.sourced += 1;
        let flow = self.in_frame(|shell| shell.text_of_file(&through, &text, file));
        let flow = flow.and_then(|flow| self.returned(flow, traps));
        self.sourced -= 1;
        self.state.restore(BASH_SOURCE, before);
        if file.is_some() {
            self.sourcing.pop();
        }
        if let Some(outer) = outer {
            self.state.positional = outer;
        }
        flow
    }
}

/// Whether a text is nothing but assignments of plain words. They are then not made: what such a file holds may be
/// secrets, and a value that is not known appears in no answer.
fn only_sets_variables(text: &str, budget: &Budget) -> bool {
    let is_plain = |script: &Script| {
        let items = script.commands.iter().flat_map(|list| &list.items);
        items.flat_map(|item| &item.pipelines).flat_map(|(_, pipeline)| &pipeline.stages).all(|stage| {
            let Syntax::Simple(simple) = &stage.kind else { return false };
            let first = simple.words.first().and_then(Word::as_plain);
            stage.redirects.is_empty()
                && (simple.words.is_empty()
                    || matches!(first, Some("export" | "set" | "declare" | "readonly")))
                && !text.contains(['`', '('])
        })
    };
    super::parse(text, budget).is_ok_and(|script| script.error.is_none() && is_plain(&script))
}

/// An absolute path without `.` and `..`.
pub(super) fn resolved(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    path.starts_with('/').then(|| format!("/{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_told_from_commands() {
        for (text, expected) in [
            ("A=1\nexport B='x y'\n# c\nset -a\n", true),
            ("", true),
            ("A=$(date)\n", false),
            ("A=1; curl x\n", false),
            ("f() { :; }\n", false),
            ("A=1 > file\n", false),
        ] {
            assert_eq!(only_sets_variables(text, &Budget::new()), expected, "{text}");
        }
    }

    #[test]
    fn paths_lose_their_dots() {
        for (path, expected) in [("/a/./b/../c", Some("/a/c")), ("/..", Some("/")), ("a", None)] {
            assert_eq!(resolved(path).as_deref(), expected, "{path}");
        }
    }
}
