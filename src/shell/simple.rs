//! Simple commands: assignments, and whatever a command's first word turns out to be.

use std::collections::HashMap;
use std::rc::Rc;

use super::ast::*;
use super::builtins::is_builtin;
use super::builtins::traps::Trap;
use super::jump::Ways;
use super::options::{ALIASES, BUILTINS_CHANGED, KEYWORD, NO_ALIASES, Options};
use super::parse_command::DECLARERS;
use super::run::{Flow, Jump, Run, Shell};
use super::state::{CONTENTS_OF, Defined, Slot, Variable};
use super::{Invocation, Outcome};
use crate::bounds::MAX_BODIES;
use crate::value::{Text, Value};

/// How deep one function is followed into itself.
const MAX_RECURSION: usize = 6;
/// How deep where it is certain that it calls itself.
const MAX_SURE_RECURSION: usize = 14;
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
        let mut ways = Ways::default();
        let result = loop {
            let again = !ways.is_empty();
            // What one combination writes, another does not.
            if again {
                self.files.doubt();
            }
            let flow = if redirects.is_empty() {
                self.simple_once(simple)
            } else {
                self.redirected(redirects, |shell| shell.simple_once(simple))
            };
            if again {
                self.files.settle();
            }
            let flow = match flow {
                Ok(flow) => flow,
                Err(exceeded) => break Err(exceeded),
            };
            // Text that only a terminal sees is the same to the guard, whichever of its alternatives it is.
            let more = self.chooser.advance() && !self.only_shows(&before, simple, redirects);
            if !more && !again {
                break Ok(flow);
            }
            self.way_taken(&mut ways, flow, before.clone());
            if !more {
                break Ok(self.after(ways, Value::from("")));
            }
        };
        self.chooser = outer;
        let flow = result?;
        // Whoever reads from a `>(…)` does so once its writer is done.
        for (path, script) in self.sinks.split_off(sinks) {
            let written = self.files.get(&path).unwrap_or_else(|| Value::unknown("input of >(…)"));
            let stdin = std::mem::replace(&mut self.stdin, written);
            let jump = self.jump.take();
            let walked = self.captured(|shell| shell.script(&script));
            self.jump = jump;
            self.stdin = stdin;
            walked?;
        }
        Ok(flow)
    }

    /// A simple command for one combination of its alternatives.
    fn simple_once(&mut self, simple: &Simple) -> Run<Flow> {
        if !self.state.aliases.is_empty()
            && let Some(flow) = self.aliased(simple)?
        {
            return Ok(flow);
        }
        let outer = self.substituted.take();
        let flow = self.expanded_command(simple);
        self.substituted = outer;
        flow
    }

    fn expanded_command(&mut self, simple: &Simple) -> Run<Flow> {
        let mut argv = self.arguments(simple)?;
        argv.extend(simple.declared.iter().map(|declared| Text::from(declared.name.as_str())));
        let status = |shell: &Self| Flow::silent(shell.state.status);
        if self.jump.is_some() {
            return Ok(status(self));
        }
        if argv.is_empty() {
            for assignment in &simple.assignments {
                self.assign(assignment)?;
                if self.jump.is_some() {
                    return Ok(status(self));
                }
                if matches!(assignment.value, Assigned::Array(_)) {
                    // What its elements ran leaves no status.
                    self.substituted = None;
                }
            }
            self.state.last_word = Rc::new(Text::from(""));
            return Ok(Flow::silent(self.substituted.unwrap_or(Some(0))));
        }
        let mut environment = Vec::new();
        let mut saved = Vec::new();
        for assignment in &simple.assignments {
            if let Assigned::Scalar(word) = &assignment.value {
                let value = self.assigned_value(word)?;
                self.held_commands(&assignment.name, &value)?;
                // The next one sees it already.
                if simple.assignments.len() > 1 {
                    saved.push((
                        assignment.name.clone(),
                        self.state.variables.get(assignment.name.as_str()).cloned(),
                    ));
                    self.state.set(&assignment.name, value.clone());
                }
                environment.push((assignment.name.clone(), value));
            }
        }
        for (name, before) in saved.into_iter().rev() {
            self.state.restore(&name, before);
        }
        if self.state.options.has(KEYWORD) {
            // Assignments count wherever they stand.
            argv.retain(|word| match word.literal().and_then(|word| word.split_once('=')) {
                Some((name, value)) if super::is_variable(name) && !name.is_empty() => {
                    environment.push((name.to_owned(), Value::from(value)));
                    false
                }
                _ => true,
            });
        }
        let last = argv.last().cloned();
        let keys = argv.iter().any(|w| w.known_prefix().starts_with('-') && w.known_prefix().contains('A'));
        let mut declared = Vec::new();
        for assignment in &simple.declared {
            if let Assigned::Array(elements) = &assignment.value {
                let keyed = keys || self.is_keyed(&assignment.name);
                declared.push((assignment, self.given_elements(elements, keyed)?));
            }
        }
        let flow = self.dispatch(argv, environment)?;
        self.state.last_word = Rc::new(last.unwrap_or_else(|| Text::from("")));
        for (assignment, given) in declared {
            let name = self.referred(&assignment.name, None)?.0;
            let keyed = self.is_keyed(&name);
            self.set_elements(&name, given, keyed, assignment.append)?;
        }
        Ok(flow)
    }

    fn is_keyed(&self, name: &str) -> bool {
        matches!(self.state.variable(name).map(|v| &v.slot), Some(Slot::Keyed(_)))
    }

    /// The words of a command. What follows `declare` and its kin and looks like an assignment is one.
    fn arguments(&mut self, simple: &Simple) -> Run<Vec<Text>> {
        let declares =
            simple.words.first().and_then(Word::as_plain).is_some_and(|word| DECLARERS.contains(&word));
        if !declares {
            return self.fields(&simple.words);
        }
        let mut argv = Vec::with_capacity(simple.words.len());
        for word in &simple.words {
            let Some(_) = declaration(word) else {
                argv.extend(self.fields(std::slice::from_ref(word))?);
                continue;
            };
            for word in super::brace::expand(word).unwrap_or_else(|| vec![word.clone()]) {
                let Some((head, value)) = declaration(&word) else { continue };
                let value = self.assigned_value(&value)?;
                argv.push(Text::from(head).concat(self.choose(&value)));
            }
        }
        Ok(argv)
    }

    /// Runs a command by its words: function, builtin or program.
    pub(super) fn dispatch(&mut self, argv: Vec<Text>, environment: Vec<(String, Value)>) -> Run<Flow> {
        self.trace.budget.step()?;
        let Some(name) = argv.first().and_then(|word| word.literal().map(str::to_owned)) else {
            return self.invoke(argv, environment);
        };
        let Some(defined) = self.state.functions.get(&name).cloned() else {
            return self.builtin_or_program(&name, argv, environment);
        };
        let Defined { bodies, always } = &*defined;
        if let ([body], true) = (bodies.as_slice(), always) {
            return self.called(&name, body, argv, environment);
        }
        if bodies.len() > MAX_BODIES {
            self.trace.budget.lose_a_body();
        }
        let mut outputs = Vec::with_capacity(bodies.len() + 1);
        for body in bodies {
            let (argv, environment) = (argv.clone(), environment.clone());
            outputs.push(self.perhaps(|shell| shell.called(&name, body, argv, environment))?.output);
        }
        if !always {
            outputs.push(self.perhaps(|shell| shell.builtin_or_program(&name, argv, environment))?.output);
        }
        let output = outputs.into_iter().reduce(Value::or).unwrap_or_else(|| Value::from(""));
        Ok(Flow { output, status: None })
    }

    /// Runs a function with the variables that are set for it alone.
    fn called(
        &mut self,
        name: &str,
        body: &Command,
        argv: Vec<Text>,
        environment: Vec<(String, Value)>,
    ) -> Run<Flow> {
        let saved = self.lend(&environment);
        let flow = self.function(name, body, argv, environment);
        self.take_back(saved);
        flow
    }

    /// Runs what no function is.
    fn builtin_or_program(
        &mut self,
        name: &str,
        argv: Vec<Text>,
        environment: Vec<(String, Value)>,
    ) -> Run<Flow> {
        let saved = if is_builtin(name) { self.lend(&environment) } else { Vec::new() };
        let flow = self.builtin(name, &argv, &environment);
        self.take_back(saved);
        match flow? {
            Some(flow) if self.state.options.has(BUILTINS_CHANGED) => Ok(Flow { status: None, ..flow }),
            Some(flow) => Ok(flow),
            None => match self.state.rare.hashed.get(name) {
                Some(path) => {
                    let mut argv = argv;
                    argv[0] = Text::from(path.as_str());
                    self.invoke(argv, environment)
                }
                None => self.invoke(argv, environment),
            },
        }
    }

    /// Sets variables for one command; what they were is returned.
    fn lend(&mut self, environment: &[(String, Value)]) -> Vec<(String, Option<Rc<Variable>>)> {
        let mut saved = Vec::with_capacity(environment.len());
        for (name, value) in environment {
            saved.push((name.clone(), self.state.variables.get(name.as_str()).cloned()));
            self.state.change(name, |variable| {
                variable.slot = Slot::Scalar(value.clone());
                variable.exported = true;
            });
        }
        saved
    }

    fn take_back(&mut self, saved: Vec<(String, Option<Rc<Variable>>)>) {
        for (name, before) in saved.into_iter().rev() {
            self.state.restore(&name, before);
        }
    }

    /// A command whose first word is an alias. Whether aliases are expanded is seldom known: then the command as it
    /// is written is looked at as well, which None says.
    fn aliased(&mut self, simple: &Simple) -> Run<Option<Flow>> {
        if self.state.options.has(NO_ALIASES) {
            return Ok(None);
        }
        let alias = |shell: &Self, word: Option<&Word>| {
            let (text, active) = shell.state.aliases.get(word?.as_plain()?)?;
            active.then(|| text.clone())
        };
        let Some(mut text) = alias(self, simple.words.first()) else { return Ok(None) };
        let name = simple.words[0].as_plain().unwrap_or_default().to_owned();
        let mut rest = &simple.words[1..];
        // An alias that ends in a blank has the next word looked at too.
        while text.ends_with([' ', '\t'])
            && let Some(next) = alias(self, rest.first())
        {
            text.push_str(&next);
            rest = &rest[1..];
        }
        let mut script = super::parse(&text, &self.trace.budget)?;
        let end = script.commands.last_mut().and_then(|list| list.items.last_mut());
        let end = end.and_then(|item| item.pipelines.last_mut());
        match end.and_then(|(_, pipeline)| pipeline.stages.last_mut()).map(|command| &mut command.kind) {
            Some(Kind::Simple(last)) if script.error.is_none() => last.words.extend_from_slice(rest),
            _ => return Ok(None),
        }
        let _level = self.trace.budget.enter()?;
        let through = self.trace.through(format!("alias {name}"));
        // An alias is not expanded within itself.
        let aliases = self.state.aliases.clone();
        Rc::make_mut(&mut self.state.aliases).remove(&name);
        let certain = self.state.options.has(ALIASES);
        let flow = match certain {
            true => self.script(&script),
            false => self.perhaps(|shell| shell.script(&script)),
        };
        self.state.aliases = aliases;
        drop(through);
        let flow = flow?;
        Ok(certain.then_some(flow))
    }

    pub(super) fn function(
        &mut self,
        name: &str,
        body: &Command,
        mut argv: Vec<Text>,
        environment: Vec<(String, Value)>,
    ) -> Run<Flow> {
        self.state.variables.reads().note_call(name);
        let recursion = self.calls.iter().filter(|call| *call == name).count();
        if self.trace.budget.is_tight() {
            *self.tight_calls.entry(name.to_owned()).or_default() += 1;
        }
        let most = if self.unsure == 0 { MAX_SURE_RECURSION } else { MAX_RECURSION };
        if recursion >= most || self.tight_calls.get(name).is_some_and(|calls| *calls > MAX_TIGHT_CALLS) {
            self.trace.step(|| format!("function {name} is called again; not followed any more"));
            self.trace.note_partial();
            return Ok(Flow { output: Value::unknown(format!("output of {name}")), status: None });
        }
        drop(environment);
        let _level = self.trace.budget.enter()?;
        let _through = self.trace.through(format!("function {name}"));
        argv.remove(0);
        let outer = std::mem::replace(&mut self.state.positional, Rc::new(argv));
        let outer_uneven = std::mem::take(&mut self.state.uneven);
        let (loops, sourced) = (std::mem::take(&mut self.loops), std::mem::take(&mut self.sourced));
        let traps = self.hide_traps();
        self.locals.push(Locals::default());
        self.calls.push(name.to_owned());
        let flow = self.in_frame(|shell| shell.command(body));
        let flow = flow.and_then(|flow| self.returned(flow, traps));
        self.calls.pop();
        if let Some(locals) = self.locals.pop() {
            for (name, before) in locals.variables {
                self.state.restore(&name, before);
            }
            if let Some(options) = locals.options {
                self.state.options = options;
            }
        }
        self.loops = loops;
        self.sourced = sourced;
        self.state.positional = outer;
        self.state.uneven = outer_uneven;
        flow
    }

    /// The end of a function or a sourced text: `return` leads here.
    pub(super) fn returned(&mut self, flow: Flow, traps: Vec<Trap>) -> Run<Flow> {
        let mut flow = flow;
        if self.jump == Some(Jump::Return) {
            self.jump = None;
            flow.status = self.state.status;
        }
        self.restore_traps(traps)?;
        Ok(flow)
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
        let status =
            if self.state.options.has(BUILTINS_CHANGED) { None } else { self.printing_status(&invocation) };
        let status = status.or_else(|| self.host.status(&invocation));
        if let Some(output) = output {
            return Ok(Flow { output, status });
        }
        // Text tools matter where someone reads their output, or where they write files.
        if !entered && let Some(output) = super::filters::output(&invocation, &self.trace.budget) {
            self.trace.budget.produce(output.weight())?;
            return Ok(Flow { output: self.kept(Value::One(output)), status });
        }
        if !self.capturing {
            return Ok(Flow::silent(status));
        }
        let program = invocation.argv.first().map(Text::to_string).unwrap_or_default();
        // Whoever runs what `cat` prints runs the file.
        let what = match invocation.argv.as_slice() {
            [_, path] if program == "cat" => format!("{CONTENTS_OF}{path}"),
            _ => format!("output of {program}"),
        };
        Ok(Flow { output: Value::unknown(what), status })
    }

    /// The status of the builtins that print.
    fn printing_status(&self, invocation: &Invocation) -> Option<u8> {
        match invocation.argv.first().and_then(Text::literal) {
            Some("echo") => Some(0),
            Some("printf") => {
                let words = &invocation.argv[1..];
                let words = words.strip_prefix(&[Text::from("--")]).unwrap_or(words);
                // Whatever is printed as text is valid.
                let conversions = words.first()?.literal()?.split('%').skip(1);
                if conversions.into_iter().all(|rest| rest.starts_with('s')) {
                    return Some(0);
                }
                let literal = words.iter().all(|word| word.literal().is_some());
                let (_, valid) = super::printf::printed(words).filter(|_| literal)?;
                Some(u8::from(!valid))
            }
            _ => None,
        }
    }
}

/// What a function has made local.
#[derive(Default)]
pub(super) struct Locals {
    /// What variables held before.
    pub(super) variables: HashMap<String, Option<Rc<Variable>>>,
    /// The options to go back to (`local -`).
    pub(super) options: Option<Options>,
}

/// `NAME=`, `NAME[i]+=` and the like at the start of a word, and the rest of it.
fn declaration(word: &Word) -> Option<(String, Word)> {
    let Some(Part::Plain(text)) = word.parts.first() else { return None };
    let name = text.bytes().take_while(|&c| super::parse::is_name(c)).count();
    if name == 0 || text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let rest = &text[name..];
    let equals = rest.find('=')?;
    let middle = rest[..equals].strip_suffix('+').unwrap_or(&rest[..equals]);
    if !(middle.is_empty() || middle.starts_with('[') && middle.ends_with(']')) {
        return None;
    }
    let (head, value) = text.split_at(name + equals + 1);
    let mut parts = word.parts[1..].to_vec();
    if !value.is_empty() {
        parts.insert(0, Part::Plain(value.to_owned()));
    }
    Some((head.to_owned(), Word { parts }))
}
