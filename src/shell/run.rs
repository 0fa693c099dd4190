//! Walking a program: which commands would run, in which order, with which words.

use std::collections::HashMap;
use std::rc::Rc;

use super::ast::*;
use super::expand::Chooser;
use super::state::{Files, Slot, State, Variable};
use super::{Holds, Host, Invocation, Outcome, Setup};
use crate::bounds::Exceeded;
use crate::trace::Trace;
use crate::value::{Piece, Text, Value};

/// A result that only a bound can spoil.
pub(super) type Run<T> = Result<T, Exceeded>;

/// How deep one function is followed into itself.
const MAX_RECURSION: usize = 6;
/// How often one function is followed once evaluation has become tight.
const MAX_TIGHT_CALLS: u32 = 4;
/// Turns of a loop that are walked.
const MAX_TURNS: usize = 64;
/// Pieces of output that are kept apart; more become one unknown.
const MAX_OUTPUT_PIECES: usize = 256;

/// A shell in the middle of a program.
pub(super) struct Shell<'t, 'h> {
    pub(super) trace: &'t Trace,
    pub(super) host: &'h mut dyn Host,
    pub(super) state: State,
    pub(super) stdin: Value,
    pub(super) files: Files,
    pub(super) chooser: Chooser,
    /// The functions being run, outermost first.
    pub(super) calls: Vec<String>,
    /// How often each function was called since evaluation became tight.
    pub(super) tight_calls: HashMap<String, u32>,
    /// What the variables held that functions being run have made local.
    pub(super) locals: Vec<HashMap<String, Option<Rc<Variable>>>>,
    /// Paths handed out for `>(…)`, with the commands that read them.
    pub(super) sinks: Vec<(String, Rc<Script>)>,
    /// How many paths were handed out for process substitutions.
    pub(super) opened: u32,
    /// Whether anyone will look at the output.
    pub(super) capturing: bool,
}

/// What a command leaves behind: its output, and whether it succeeded where that is known.
pub(super) struct Flow {
    pub(super) output: Value,
    pub(super) status: Option<bool>,
}

impl Flow {
    pub(super) fn silent(status: Option<bool>) -> Flow {
        Flow { output: Value::from(""), status }
    }

    pub(super) fn prints(output: impl Into<Value>) -> Flow {
        Flow { output: output.into(), status: Some(true) }
    }
}

/// Understands `text` as a bash program and tells `host` what it would start. Returns what it would print.
///
/// # Errors
/// When a bound is reached; what was found before has been told to the host.
pub fn run(text: &str, setup: Setup, trace: &Trace, host: &mut dyn Host) -> Result<Value, Exceeded> {
    let _level = trace.budget.enter()?;
    trace.budget.produce(text.len())?;
    let mut shell = Shell {
        trace,
        host,
        state: State {
            functions: setup.functions.clone(),
            exported_functions: setup.functions,
            ..State::new(setup.name, setup.arguments, setup.environment)
        },
        stdin: setup.stdin,
        files: setup.files,
        chooser: Chooser::default(),
        calls: Vec::new(),
        tight_calls: HashMap::new(),
        locals: Vec::new(),
        sinks: Vec::new(),
        opened: 0,
        capturing: setup.captured,
    };
    let output = shell.program(text);
    trace.keep(shell.state);
    output
}

impl Shell<'_, '_> {
    /// Runs text as a program in this shell, as `eval` and `source` do.
    pub(super) fn program(&mut self, text: &str) -> Run<Value> {
        let script = super::parse(text, &self.trace.budget)?;
        let output = self.script(&script)?;
        if let Some(error) = &script.error {
            self.trace.step(|| format!("does not parse from here on ({}); read word by word", error.message));
            self.trace.note_partial();
            let _through = self.trace.through("text that does not parse");
            for argv in super::lexical::commands(&text[error.at..]) {
                self.trace.budget.step()?;
                self.invoke(argv, Vec::new())?;
            }
        }
        self.trace.keep(script);
        Ok(output)
    }

    pub(super) fn script(&mut self, script: &Script) -> Run<Value> {
        let mut output = Value::from("");
        for command in &script.commands {
            let flow = self.list(command)?;
            self.emit(&mut output, flow.output);
            self.activate_aliases();
        }
        Ok(output)
    }

    /// An alias is known from the line after the one that defines it.
    fn activate_aliases(&mut self) {
        if self.state.aliases.values().any(|(_, active)| !active) {
            for (_, active) in Rc::make_mut(&mut self.state.aliases).values_mut() {
                *active = true;
            }
        }
    }

    /// Runs `inner` with its output kept.
    pub(super) fn captured(&mut self, inner: impl FnOnce(&mut Self) -> Run<Value>) -> Run<Value> {
        let _level = self.trace.budget.enter()?;
        let outer = std::mem::replace(&mut self.capturing, true);
        let state = self.state.clone();
        let chooser = std::mem::take(&mut self.chooser);
        let result = inner(self);
        self.chooser = chooser;
        self.state = state;
        self.capturing = outer;
        result
    }

    /// Adds to an output, where anyone looks at it.
    fn emit(&self, output: &mut Value, more: Value) {
        if !self.capturing {
            return;
        }
        if let (Value::One(Text::Mixed(pieces)), Value::One(new)) = (&*output, &more) {
            let unknown_at_end = matches!(pieces.last(), Some(Piece::Unknown(_)));
            if (unknown_at_end && new.is_wholly_unknown()) || pieces.len() > MAX_OUTPUT_PIECES {
                return;
            }
        }
        let before = std::mem::replace(output, Value::from(""));
        *output = before.concat(more);
    }

    pub(super) fn list(&mut self, list: &List) -> Run<Flow> {
        let mut output = Value::from("");
        let mut status = Some(true);
        for item in &list.items {
            let flow = self.and_or(item)?;
            self.emit(&mut output, flow.output);
            status = if item.background { Some(true) } else { flow.status };
        }
        Ok(Flow { output, status })
    }

    /// All pipelines of `a && b || c` are considered: which of them run is seldom known.
    fn and_or(&mut self, and_or: &AndOr) -> Run<Flow> {
        let mut output = Value::from("");
        let mut status = None;
        for pipeline in &and_or.pipelines {
            let flow = self.pipeline(pipeline)?;
            self.emit(&mut output, flow.output);
            status = flow.status;
        }
        let status = if and_or.pipelines.len() > 1 { None } else { status };
        Ok(Flow { output, status })
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Run<Flow> {
        let (last, before) = match pipeline.stages.split_last() {
            None => return Ok(Flow::silent(Some(true))),
            Some((only, [])) => return self.command(only),
            Some(split) => split,
        };
        // Every stage is a subshell; each reads what the one before it prints.
        let stdin = self.stdin.clone();
        for stage in before {
            let output = self.captured(|shell| Ok(shell.command(stage)?.output))?;
            self.stdin = output;
        }
        let state = self.state.clone();
        let flow = self.command(last);
        self.state = state;
        self.stdin = stdin;
        flow
    }

    fn command(&mut self, command: &Command) -> Run<Flow> {
        let _level = self.trace.budget.enter()?;
        self.trace.budget.step()?;
        if let Kind::Simple(simple) = &command.kind {
            return self.simple(simple, &command.redirects);
        }
        if command.redirects.is_empty() {
            return self.compound(&command.kind);
        }
        self.redirected(&command.redirects, |shell| shell.compound(&command.kind))
    }

    fn compound(&mut self, kind: &Kind) -> Run<Flow> {
        match kind {
            Kind::Simple(simple) => self.simple(simple, &[]),
            Kind::Group(list) => self.list(list),
            Kind::Subshell(list) => {
                let state = self.state.clone();
                let flow = self.list(list);
                self.state = state;
                flow
            }
            Kind::If { branches, otherwise } => self.branches(branches, otherwise.as_ref()),
            Kind::While { until, condition, body } => {
                self.turns(|shell| Ok(shell.list(condition)?.status.map(|status| status != *until)), body)
            }
            Kind::For { name, words, body } => self.for_each(name, words.as_deref(), body),
            Kind::ArithmeticFor { header, body } => self.arithmetic_for(header, body),
            Kind::Case { subject, arms } => self.case(subject, arms),
            Kind::Function { name, body } => {
                self.state.functions.define(name, body.clone());
                // bash calls this one itself when a program is not found.
                if name == "command_not_found_handle" {
                    self.function(name, body, vec![Text::from(name.as_str())], Vec::new())?;
                }
                Ok(Flow::silent(Some(true)))
            }
            Kind::Arithmetic(expression) => {
                let value = self.arithmetic(expression)?;
                Ok(Flow::silent(value.literal().map(|value| value != "0")))
            }
            Kind::Test(words) => {
                let mut texts = Vec::new();
                for word in words {
                    texts.push(self.text(word)?);
                }
                Ok(Flow::silent(super::condition::extended(&texts)))
            }
            Kind::Coproc(command) => {
                let state = self.state.clone();
                let flow = self.command(command);
                self.state = state;
                flow.map(|_| Flow::silent(Some(true)))
            }
        }
    }

    fn branches(&mut self, branches: &[(List, List)], otherwise: Option<&List>) -> Run<Flow> {
        let mut outcomes: Vec<(State, Value)> = Vec::new();
        let mut before = Value::from("");
        let mut decided = false;
        for (condition, body) in branches {
            let flow = self.list(condition)?;
            self.emit(&mut before, flow.output);
            if flow.status == Some(false) {
                continue;
            }
            let state = self.state.clone();
            let flow_of_body = self.list(body)?;
            outcomes.push((std::mem::replace(&mut self.state, state), flow_of_body.output));
            if flow.status == Some(true) {
                decided = true;
                break;
            }
        }
        if !decided {
            let state = self.state.clone();
            let output = match otherwise {
                Some(list) => self.list(list)?.output,
                None => Value::from(""),
            };
            outcomes.push((std::mem::replace(&mut self.state, state), output));
        }
        let mut outcomes = outcomes.into_iter();
        if let Some((mut state, mut output)) = outcomes.next() {
            for (other, other_output) in outcomes {
                state = state.or(other);
                output = output.or(other_output);
            }
            self.state = state;
            self.emit(&mut before, output);
        }
        Ok(Flow { output: before, status: None })
    }

    /// A loop whose end is not written down: it is walked while its condition is known to hold, and twice
    /// where that is not known, so that what one turn computes is seen by the next.
    fn turns(&mut self, condition: impl Fn(&mut Self) -> Run<Option<bool>>, body: &List) -> Run<Flow> {
        let mut output = Value::from("");
        let mut unknown_turns = 0;
        for turn in 0..MAX_TURNS {
            if turn > 0 && self.trace.budget.is_tight() {
                break;
            }
            let (before, stdin) = (self.state.clone(), self.stdin.clone());
            let status = condition(self)?;
            if status == Some(false) {
                break;
            }
            let flow = self.list(body)?;
            self.emit(&mut output, flow.output);
            if status.is_none() {
                unknown_turns += 1;
                let after = std::mem::replace(&mut self.state, before.clone());
                self.state = before.clone().or(after);
            }
            let still = Rc::ptr_eq(&before.variables, &self.state.variables) && stdin == self.stdin;
            if unknown_turns >= 2 || still {
                break;
            }
        }
        Ok(Flow { output, status: None })
    }

    fn arithmetic_for(&mut self, header: &Word, body: &List) -> Run<Flow> {
        let header = self.text(header)?;
        let mut parts = header.literal().unwrap_or_default().split(';').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        let (first, condition, step) = (next(), next(), next());
        super::arithmetic::evaluate(&first, &mut self.state);
        let mut output = Value::from("");
        for turn in 0..MAX_TURNS {
            let holds = match condition.trim() {
                "" => None,
                condition => super::arithmetic::evaluate(condition, &mut self.state),
            };
            if holds == Some(0) || (holds.is_none() && turn > 1) || (turn > 0 && self.trace.budget.is_tight())
            {
                break;
            }
            let flow = self.list(body)?;
            self.emit(&mut output, flow.output);
            super::arithmetic::evaluate(&step, &mut self.state);
        }
        Ok(Flow { output, status: None })
    }

    fn for_each(&mut self, name: &str, words: Option<&[Word]>, body: &List) -> Run<Flow> {
        let values = match words {
            Some(words) => {
                let outer = std::mem::take(&mut self.chooser);
                let mut values = Vec::new();
                loop {
                    for value in self.fields(words)? {
                        if !values.contains(&value) || values.len() < MAX_TURNS {
                            values.push(value);
                        }
                    }
                    if !self.chooser.advance() {
                        break;
                    }
                }
                self.chooser = outer;
                values
            }
            None => self.state.positional.to_vec(),
        };
        let mut output = Value::from("");
        let known = values.len();
        let mut values = values.into_iter().take(MAX_TURNS).map(Value::One);
        while let Some(mut value) = values.next() {
            self.trace.budget.step()?;
            if self.trace.budget.is_tight() {
                // All that are left in one turn.
                value = values.by_ref().fold(value, Value::or);
            }
            self.state.set(name, value);
            let flow = self.list(body)?;
            self.emit(&mut output, flow.output);
        }
        if known > MAX_TURNS {
            self.trace.note_partial();
            self.trace
                .step(|| format!("a loop over {known} words: {MAX_TURNS} of them followed, then any word"));
            self.state.set(name, Value::unknown(format!("${name}")));
            self.list(body)?;
        }
        Ok(Flow { output, status: None })
    }

    fn case(&mut self, subject: &Word, arms: &[Arm]) -> Run<Flow> {
        let subject = self.value(subject)?;
        let mut outcomes: Vec<(State, Value)> = Vec::new();
        let mut fell = false;
        let mut decided = false;
        for arm in arms {
            let mut selected = Some(fell);
            for pattern in &arm.patterns {
                let pattern = self.pattern(pattern)?;
                let matched = match (&pattern, subject.literal()) {
                    (Some(pattern), Some(text)) => Some(super::pattern::matches(pattern, text)),
                    _ => None,
                };
                selected = match (selected, matched) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (_, None) | (None, _) => None,
                    _ => Some(false),
                };
            }
            if selected == Some(false) {
                continue;
            }
            let state = self.state.clone();
            let flow = self.list(&arm.body)?;
            if arm.falls_through {
                fell = true;
                outcomes.push((self.state.clone(), flow.output));
                continue;
            }
            fell = false;
            outcomes.push((std::mem::replace(&mut self.state, state), flow.output));
            if selected == Some(true) {
                decided = true;
                break;
            }
        }
        if !decided {
            outcomes.push((self.state.clone(), Value::from("")));
        }
        let mut outcomes = outcomes.into_iter();
        let Some((mut state, mut output)) = outcomes.next() else { return Ok(Flow::silent(None)) };
        for (other, other_output) in outcomes {
            state = state.or(other);
            output = output.or(other_output);
        }
        self.state = state;
        Ok(Flow { output, status: None })
    }

    // ---- simple commands --------------------------------------------------------------------------------

    fn simple(&mut self, simple: &Simple, redirects: &[Redirect]) -> Run<Flow> {
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
            let more = self.chooser.advance();
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
            Holds::File => match self.contents(&Text::from(text)).literal() {
                Some(script) => script.to_owned(),
                None => return Ok(()),
            },
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

    // ---- programs ---------------------------------------------------------------------------------------

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

    fn function(
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
            files: self.files.clone(),
            functions: self.state.exported_functions.clone(),
            captured: self.capturing,
        };
        let Outcome { output, entered } = self.host.invoke(self.trace, &invocation);
        if let Some(output) = output {
            return Ok(Flow { output, status: None });
        }
        // Text tools matter where someone reads their output, or where they write files.
        if !entered && let Some(output) = super::filters::output(&invocation) {
            self.trace.budget.produce(output.known_len())?;
            return Ok(Flow::prints(output));
        }
        if !self.capturing {
            return Ok(Flow::silent(None));
        }
        let program = invocation.argv.first().map(Text::to_string).unwrap_or_default();
        Ok(Flow { output: Value::unknown(format!("output of {program}")), status: None })
    }
}
