//! Simple commands: assignments, and whatever a command's first word turns out to be.

use std::collections::HashMap;
use std::rc::Rc;

use super::ast::*;
use super::run::{Flow, Run, Shell};
use super::state::{BASH_SOURCE, CONTENTS_OF, Slot, State};
use super::{Holds, Invocation, Outcome};
use crate::value::{Text, Value};

/// How deep one function is followed into itself.
const MAX_RECURSION: usize = 6;
/// How often one function is followed once evaluation has become tight.
const MAX_TIGHT_CALLS: u32 = 4;

impl Shell<'_, '_> {
    pub(super) fn simple(&mut self, simple: &Simple, redirects: &[Redirect]) -> Run<Flow> {
        let _at = self.trace.at(simple.place);
        if simple.words.is_empty() && redirects.is_empty() {
            // Assignments keep alternatives as they are.
            return self.simple_once(simple);
        }
        let outer = std::mem::take(&mut self.chooser);
        let sinks = self.sinks.len();
        let before = self.state.clone();
        let mut merged: Option<(State, Value, Option<bool>)> = None;
        let result = loop {
            let flow = if redirects.is_empty() {
                self.simple_once(simple)
            } else {
                self.redirected(redirects, |shell| shell.simple_once(simple))
            };
            let flow = match flow {
                Ok(flow) => flow,
                Err(exceeded) => break Err(exceeded),
            };
            // Text that only a terminal sees is the same to the guard, whichever of its alternatives it is.
            let more = !self.shows_only(simple, redirects) && self.chooser.advance();
            if merged.is_none() && !more {
                break Ok(flow);
            }
            let state = std::mem::replace(&mut self.state, before.clone());
            merged = Some(match merged {
                None => (state, flow.output, flow.status),
                Some((s, o, _)) => (s.or(state), o.or(flow.output), None),
            });
            if !more && let Some((state, output, status)) = merged {
                self.state = state;
                break Ok(Flow { output, status });
            }
        };
        self.chooser = outer;
        let flow = result?;
        // Whoever reads from a `>(…)` does so once its writer is done.
        for (path, script) in self.sinks.split_off(sinks) {
            let written = self.files.get(&path).unwrap_or_else(|| Value::unknown("input of >(…)"));
            let stdin = std::mem::replace(&mut self.stdin, written);
            let walked = self.captured(|shell| shell.script(&script));
            self.stdin = stdin;
            walked?;
        }
        Ok(flow)
    }

    /// Whether a command does nothing but show text.
    fn shows_only(&self, simple: &Simple, redirects: &[Redirect]) -> bool {
        let word = |at: usize| simple.words.get(at).and_then(Word::as_plain);
        let to_terminal = |redirect: &Redirect| match &redirect.kind {
            RedirectKind::Duplicate(to) => matches!(to.as_plain(), Some("1" | "2")),
            RedirectKind::Write(path) => {
                matches!(path.as_plain(), Some("/dev/null" | "/dev/stderr" | "/dev/tty"))
            }
            _ => false,
        };
        !self.capturing
            && (word(0) == Some("echo") || word(0) == Some("printf") && word(1) != Some("-v"))
            && redirects.iter().all(to_terminal)
    }

    /// A simple command for one combination of its alternatives.
    fn simple_once(&mut self, simple: &Simple) -> Run<Flow> {
        let argv = self.fields(&simple.words)?;
        let mut environment = Vec::new();
        for assignment in &simple.assignments {
            if argv.is_empty() {
                self.assign(assignment)?;
            } else if let Assigned::Scalar(word) = &assignment.value {
                let value = self.value(word)?;
                self.held_commands(&assignment.name, &value)?;
                environment.push((assignment.name.clone(), value));
            }
        }
        if argv.is_empty() {
            return Ok(Flow::silent(Some(true)));
        }
        let last = argv.last().cloned();
        let flow = self.dispatch(argv, environment)?;
        self.state.last_word = last.unwrap_or_else(|| Text::from(""));
        for assignment in &simple.declared {
            self.assign(assignment)?;
        }
        Ok(flow)
    }

    pub(super) fn assign(&mut self, assignment: &Assignment) -> Run<()> {
        let name = &assignment.name;
        match &assignment.value {
            Assigned::Array(elements) => {
                let keyed = matches!(self.state.variable(name).map(|v| &v.slot), Some(Slot::Keyed(_)));
                self.assign_array(name, elements, keyed, assignment.append)
            }
            Assigned::Scalar(word) => {
                let mut value = self.value(word)?;
                self.trace.budget.produce(value.alternatives().iter().map(Text::known_len).sum())?;
                if let Some(index) = &assignment.index {
                    return self.assign_element(name, index, value);
                }
                if assignment.append {
                    let before = match self.state.variable(name).map(|v| v.slot.clone()) {
                        Some(Slot::Scalar(before)) => before,
                        Some(Slot::Unset) => Value::from(""),
                        Some(_) => Value::from(""),
                        None => super::state::environment_value(name).or(Value::from("")),
                    };
                    value = before.concat(value);
                }
                self.set_variable(name, value)
            }
        }
    }

    /// Sets a variable; one that holds commands for later has them run now.
    pub(super) fn set_variable(&mut self, name: &str, value: Value) -> Run<()> {
        self.held_commands(name, &value)?;
        self.state.set(name, value);
        Ok(())
    }

    /// Runs what a variable holds for some program to run.
    fn held_commands(&mut self, name: &str, value: &Value) -> Run<()> {
        let Some(holds) = self.host.holds(name) else { return Ok(()) };
        let Some(text) = value.literal() else { return Ok(()) };
        let text = match holds {
            Holds::Command => text.trim_start_matches(['|', '-']).to_owned(),
            Holds::Prompt => format!(": \"{}\"", text.replace('"', "")),
            Holds::File => {
                let Some(source) = self.script_source(&Text::from(text)) else { return Ok(()) };
                let Some(script) = source.text.literal() else { return Ok(()) };
                let _through = self.trace.through(name);
                let state = self.state.clone();
                self.state.set(BASH_SOURCE, source.path);
                let run = self.program_of(script, source.file);
                self.state = state;
                return run.map(drop);
            }
        };
        let _through = self.trace.through(name);
        let state = self.state.clone();
        let run = self.program(&text);
        self.state = state;
        run.map(drop)
    }

    fn assign_array(
        &mut self,
        name: &str,
        elements: &[(Option<Word>, Word)],
        keyed: bool,
        append: bool,
    ) -> Run<()> {
        let mut slot = match self.state.variable(name).map(|v| v.slot.clone()) {
            Some(slot @ (Slot::Indexed(_) | Slot::Keyed(_))) if append => slot,
            Some(Slot::Scalar(value)) if append => Slot::Indexed([(0, value)].into()),
            _ if keyed => Slot::Keyed(Default::default()),
            _ => Slot::Indexed(Default::default()),
        };
        let mut next = match &slot {
            Slot::Indexed(elements) => elements.keys().last().map_or(0, |last| last + 1),
            _ => 0,
        };
        for (index, word) in elements {
            let values: Vec<Value> = match index {
                Some(_) => vec![self.value(word)?],
                None => self.fields(std::slice::from_ref(word))?.into_iter().map(Value::One).collect(),
            };
            let key = match index {
                Some(index) => Some(self.text(index)?),
                None => None,
            };
            for value in values {
                match &mut slot {
                    Slot::Keyed(elements) => {
                        if let Some(key) = key.as_ref().and_then(Text::literal) {
                            elements.insert(key.to_owned(), value);
                        }
                    }
                    Slot::Indexed(elements) => {
                        if let Some(at) = key.as_ref().and_then(Text::literal).and_then(|k| k.parse().ok()) {
                            next = at;
                        }
                        elements.insert(next, value);
                        next += 1;
                    }
                    _ => {}
                }
            }
        }
        self.state.change(name, |variable| variable.slot = slot);
        Ok(())
    }

    fn assign_element(&mut self, name: &str, index: &Word, value: Value) -> Run<()> {
        let keyed = matches!(self.state.variable(name).map(|v| &v.slot), Some(Slot::Keyed(_)));
        let key = if keyed { self.text(index)? } else { self.arithmetic(index)? };
        self.state.change(name, |variable| {
            if !matches!(variable.slot, Slot::Indexed(_) | Slot::Keyed(_)) {
                variable.slot = match std::mem::replace(&mut variable.slot, Slot::Unset) {
                    Slot::Scalar(first) => Slot::Indexed([(0, first)].into()),
                    _ => Slot::Indexed(Default::default()),
                };
            }
            match (&mut variable.slot, key.literal()) {
                (Slot::Keyed(elements), Some(key)) => {
                    elements.insert(key.to_owned(), value);
                }
                (Slot::Indexed(elements), Some(key)) => {
                    elements.insert(key.parse().unwrap_or(0), value);
                }
                _ => {}
            }
        });
        Ok(())
    }

    /// Runs a command by its words: alias, function, builtin or program.
    pub(super) fn dispatch(&mut self, argv: Vec<Text>, environment: Vec<(String, Value)>) -> Run<Flow> {
        self.trace.budget.step()?;
        let Some(name) = argv.first().and_then(|word| word.literal().map(str::to_owned)) else {
            return self.invoke(argv, environment);
        };
        if let Some((alias, true)) = self.state.aliases.get(&name).cloned() {
            return self.alias(&name, &alias, &argv);
        }
        if let Some(body) = self.state.functions.get(&name) {
            return self.function(&name, &body, argv, environment);
        }
        match self.builtin(&name, &argv, &environment)? {
            Some(flow) => Ok(flow),
            None => self.invoke(argv, environment),
        }
    }

    fn alias(&mut self, name: &str, alias: &str, argv: &[Text]) -> Run<Flow> {
        let _level = self.trace.budget.enter()?;
        let _through = self.trace.through(format!("alias {name}"));
        let mut text = alias.to_owned();
        for word in &argv[1..] {
            text.push(' ');
            match word.literal() {
                Some(literal) => text.push_str(&super::quoted(literal)),
                // Unknown words are kept unknown by a variable that nothing sets.
                None => text.push_str("\"$argument\""),
            }
        }
        // An alias is not expanded within itself.
        let aliases = self.state.aliases.clone();
        Rc::make_mut(&mut self.state.aliases).remove(name);
        let output = self.program(&text);
        self.state.aliases = aliases;
        Ok(Flow { output: output?, status: None })
    }

    pub(super) fn function(
        &mut self,
        name: &str,
        body: &Command,
        mut argv: Vec<Text>,
        environment: Vec<(String, Value)>,
    ) -> Run<Flow> {
        let recursion = self.calls.iter().filter(|call| *call == name).count();
        if self.trace.budget.is_tight() {
            *self.tight_calls.entry(name.to_owned()).or_default() += 1;
        }
        if recursion >= MAX_RECURSION
            || self.tight_calls.get(name).is_some_and(|calls| *calls > MAX_TIGHT_CALLS)
        {
            self.trace.step(|| format!("function {name} is called again; not followed any more"));
            self.trace.note_partial();
            return Ok(Flow { output: Value::unknown(format!("output of {name}")), status: None });
        }
        let _level = self.trace.budget.enter()?;
        let _through = self.trace.through(format!("function {name}"));
        for (name, value) in environment {
            self.state.set(&name, value);
        }
        argv.remove(0);
        let outer = std::mem::replace(&mut self.state.positional, Rc::new(argv));
        self.locals.push(HashMap::new());
        self.calls.push(name.to_owned());
        let flow = self.command(body);
        self.calls.pop();
        for (name, before) in self.locals.pop().unwrap_or_default() {
            self.state.restore(&name, before);
        }
        self.state.positional = outer;
        flow
    }

    /// Tells the host of a program, and follows the text tools whose output is computable.
    pub(super) fn invoke(&mut self, argv: Vec<Text>, environment: Vec<(String, Value)>) -> Run<Flow> {
        let stdin = self.choose(&self.stdin.clone());
        let mut exported = self.state.environment();
        for (name, value) in environment {
            exported.retain(|(known, _)| *known != name);
            exported.push((name, value));
        }
        let invocation = Invocation {
            argv,
            environment: exported,
            stdin,
            files: self.files.within(self.folder()),
            functions: self.state.exported_functions.clone(),
            captured: self.capturing,
        };
        let Outcome { output, entered } = self.host.invoke(self.trace, &invocation);
        if let Some(output) = output {
            return Ok(Flow { output, status: None });
        }
        // Text tools matter where someone reads their output, or where they write files.
        if !entered && let Some(output) = super::filters::output(&invocation, &self.trace.budget) {
            self.trace.budget.produce(output.known_len())?;
            return Ok(Flow::prints(output));
        }
        if !self.capturing {
            return Ok(Flow::silent(None));
        }
        let program = invocation.argv.first().map(Text::to_string).unwrap_or_default();
        // Whoever runs what `cat` prints runs the file.
        let what = match invocation.argv.as_slice() {
            [_, path] if program == "cat" => format!("{CONTENTS_OF}{path}"),
            _ => format!("output of {program}"),
        };
        Ok(Flow { output: Value::unknown(what), status: None })
    }
}
