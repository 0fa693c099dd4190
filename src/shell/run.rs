//! Walking a program: which commands would run, in which order, with which words.

use std::collections::HashMap;
use std::rc::Rc;

use super::ast::*;
use super::expand::Chooser;
use super::files::Files;
use super::state::{BASH_SOURCE, PWD, State, Variable};
use super::{Host, Setup};
use crate::bounds::Exceeded;
use crate::trace::{FileId, Left, Trace};
use crate::value::{Piece, Text, Value};

/// A result that only a bound can spoil.
pub(super) type Run<T> = Result<T, Exceeded>;

/// How many bytes of text count for a byte of a program that evaluation came upon.
const PROGRAM_WEIGHT: usize = 8;
/// The memory that a shell takes before it has read anything, estimated; a tool call may start thousands.
const SHELL: usize = 1024;
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
    /// The files on disk that this shell is reading, outermost first.
    pub(super) sourcing: Vec<FileId>,
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
    let _level =
        trace.budget.enter().inspect_err(|_| trace.leave(Left::Shell(text.to_owned()), setup.file))?;
    trace.budget.parse(SHELL)?;
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
        sourcing: Vec::new(),
        capturing: setup.captured,
    };
    if let Some(folder) = shell.files.folder().cloned() {
        shell.state.set(PWD, folder);
    }
    if let Some(file) = setup.file {
        shell.state.set(BASH_SOURCE, shell.state.name.clone());
        shell.sourcing.push(file);
    }
    let output = shell.program_of(text, setup.file);
    trace.keep(shell.state);
    output
}

impl Shell<'_, '_> {
    /// Runs text as a program in this shell, as `eval` does.
    pub(super) fn program(&mut self, text: &str) -> Run<Value> {
        self.program_of(text, None)
    }

    /// Runs text as a program in this shell, as `source` does; `file` is the one on disk that the text is.
    pub(super) fn program_of(&mut self, text: &str, file: Option<FileId>) -> Run<Value> {
        // A program takes several times its text's memory; the call's own is bounded already.
        let weight = if self.trace.is_at_top() { 1 } else { PROGRAM_WEIGHT };
        let parsed = self.trace.budget.produce(text.len() * weight);
        let parsed = parsed.and_then(|()| super::parse::parse_file(text, file, &self.trace.budget));
        let script = parsed.inspect_err(|_| self.trace.leave(Left::Shell(text.to_owned()), file))?;
        let functions = self.state.functions.clone();
        let mut done = 0;
        let output = self.script_counted(&script, &mut done).inspect_err(|_| {
            // What it has defined may be called by what is left.
            let defines = !self.state.functions.is_same(&functions) || !self.state.aliases.is_empty();
            let from = if defines { 0 } else { script.starts.get(done).copied().unwrap_or_default() };
            self.trace.leave(Left::Shell(text[from..].to_owned()), file);
        })?;
        if !self.trace.is_at_top() && !self.state.functions.is_same(&functions) {
            self.trace.defines(text);
        }
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
        self.script_counted(script, &mut 0)
    }

    /// Runs a script; `done` is how many of its commands have ended.
    fn script_counted(&mut self, script: &Script, done: &mut usize) -> Run<Value> {
        let mut output = Value::from("");
        for command in &script.commands {
            let flow = self.list(command)?;
            self.emit(&mut output, flow.output);
            self.activate_aliases();
            *done += 1;
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
    pub(super) fn emit(&self, output: &mut Value, more: Value) {
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
        for (at, pipeline) in and_or.pipelines.iter().enumerate() {
            if at > 0 {
                self.files.doubt();
            }
            let flow = self.pipeline(pipeline);
            if at > 0 {
                self.files.settle();
            }
            let flow = flow?;
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

    pub(super) fn command(&mut self, command: &Command) -> Run<Flow> {
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

    /// Commands of which it may not be known whether they run.
    fn perhaps(&mut self, doubtful: bool, list: &List) -> Run<Flow> {
        if !doubtful {
            return self.list(list);
        }
        self.files.doubt();
        let flow = self.list(list);
        self.files.settle();
        flow
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
            let doubtful = flow.status.is_none() || !outcomes.is_empty();
            let flow_of_body = self.perhaps(doubtful, body)?;
            outcomes.push((std::mem::replace(&mut self.state, state), flow_of_body.output));
            if flow.status == Some(true) {
                decided = true;
                break;
            }
        }
        if !decided {
            let state = self.state.clone();
            let output = match otherwise {
                Some(list) => self.perhaps(!outcomes.is_empty(), list)?.output,
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
            let flow = self.perhaps(selected.is_none(), &arm.body)?;
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
}
