//! Walking a program: which commands would run, in which order, with which words.

use std::collections::HashMap;
use std::rc::Rc;

use super::again::Ran;
use super::arithmetic::Trouble;
use super::ast::*;
use super::chooser::Chooser;
use super::condition::Holds;
use super::files::Files;
use super::jump::Departed;
use super::parse::Reading;
use super::simple::Locals;
use super::state::{BASH_SOURCE, PWD, State};
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
/// Syntax of the call's own text that is kept to the end, in bytes: giving it back piece by piece takes longer. Of a longer
/// text each command is given back once it has run.
const MOST_KEPT: usize = 8 << 20;
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
    pub(super) locals: Vec<Locals>,
    /// Paths handed out for `>(…)`, with the commands that read them.
    pub(super) sinks: Vec<(String, Rc<Script>)>,
    /// How many paths were handed out for process substitutions.
    pub(super) opened: u32,
    /// The files on disk that this shell is reading, outermost first.
    pub(super) sourcing: Vec<FileId>,
    /// Whether anyone will look at the output.
    pub(super) capturing: bool,
    /// Where a command has sent what runs next, until whoever stands there takes it.
    pub(super) jump: Option<Jump>,
    /// Ways that may have been taken out of what runs.
    pub(super) departed: Departed,
    /// The names of the traps being run, outermost first.
    pub(super) springing: Vec<String>,
    /// What was run, and what became of it.
    pub(super) ran: Vec<Ran>,
    /// How many loops `break` could leave.
    pub(super) loops: u32,
    /// How many subshells this is in.
    pub(super) subshells: u32,
    /// How many texts are being sourced.
    pub(super) sourced: u32,
    /// Above 0 where a failure ends nothing: conditions, and what `&&`, `||` or `!` looks at.
    pub(super) guarded: u32,
    /// Whether the words being expanded are an array's elements.
    pub(super) elements: bool,
    /// Above 0 inside what may not run at all.
    pub(super) unsure: u32,
    /// The exit status of the last command substitution of the command being run.
    pub(super) substituted: Option<Option<u8>>,
}

/// What a command leaves behind: its output, and its exit status where that is known.
pub(super) struct Flow {
    pub(super) output: Value,
    pub(super) status: Option<u8>,
}

/// Where a command sends what runs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Jump {
    /// Out of so many loops.
    Break(u32),
    /// To the next turn of the loop so many levels up.
    Continue(u32),
    /// Out of a function or a sourced text.
    Return,
    /// Out of the shell.
    Exit,
    /// To the next line: an error that does not end the shell.
    Discard,
}

impl Flow {
    pub(super) fn silent(status: Option<u8>) -> Flow {
        Flow { output: Value::from(""), status }
    }

    /// Nothing is printed, and the status says whether something holds.
    pub(super) fn answer(holds: Option<bool>) -> Flow {
        Flow::silent(holds.map(|holds| u8::from(!holds)))
    }

    pub(super) fn prints(output: impl Into<Value>) -> Flow {
        Flow { output: output.into(), status: Some(0) }
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
        jump: None,
        departed: Departed::default(),
        springing: Vec::new(),
        ran: Vec::new(),
        loops: 0,
        subshells: 0,
        sourced: 0,
        guarded: 0,
        elements: false,
        unsure: 0,
        substituted: None,
    };
    if let Some(folder) = shell.files.folder().cloned() {
        shell.state.set(PWD, folder);
    }
    if let Some(file) = setup.file {
        shell.state.set(BASH_SOURCE, Text::clone(&shell.state.name));
        shell.sourcing.push(file);
    }
    let flow = shell.in_shell(|shell| shell.program_of(text, setup.file));
    let flow = flow.and_then(|flow| shell.leave(flow));
    trace.keep(shell.state);
    Ok(flow?.output)
}

impl Shell<'_, '_> {
    /// Runs text as a program in this shell, as `eval` and `source` do; `file` is the one on disk that the text is.
    /// As bash does it: each complete command is run before the next is read.
    pub(super) fn program_of(&mut self, text: &str, file: Option<FileId>) -> Run<Flow> {
        let trace = self.trace;
        // A program takes several times its text's memory; the call's own is bounded already.
        let weight = if trace.is_at_top() { 1 } else { PROGRAM_WEIGHT };
        let leave = |from: usize| trace.leave(Left::Shell(text[from..].to_owned()), file);
        trace.budget.produce(text.len() * weight).inspect_err(|_| leave(0))?;
        let functions = self.state.functions.clone();
        let mut reading = Reading::new(text, file, &trace.budget);
        let mut output = Value::from("");
        let mut kept = Vec::new();
        let mut empty = true;
        loop {
            let (start, parsed) = (reading.at(), trace.budget.parsed());
            let ran = reading.next().and_then(|command| match command {
                Some(command) => {
                    empty = false;
                    self.complete_command(command, parsed, &mut kept, &mut output)
                }
                None => Ok(false),
            });
            let more = ran.inspect_err(|_| {
                // What it has defined may be called by what is left.
                let defines = !self.state.functions.is_same(&functions) || !self.state.aliases.is_empty();
                leave(if defines { 0 } else { start });
            })?;
            if !more {
                break;
            }
        }
        if !trace.is_at_top() && !self.state.functions.is_same(&functions) {
            trace.defines(text);
        }
        if empty {
            self.state.status = Some(0);
        }
        let mut flow = Flow { output, status: self.state.status };
        if let Some(error) = &reading.error
            && self.jump.is_none()
        {
            trace.step(|| format!("does not parse from here on ({}); read word by word", error.message));
            trace.note_partial();
            let _through = trace.through("text that does not parse");
            for argv in super::lexical::commands(&text[error.at..]) {
                trace.budget.step()?;
                self.invoke(argv, Vec::new())?;
            }
            flow.status = None;
        }
        trace.keep(kept);
        Ok(flow)
    }

    /// Runs a command of a program; whether the next one is read. `parsed` is what was parsed before it.
    fn complete_command(
        &mut self,
        command: List,
        parsed: usize,
        kept: &mut Vec<List>,
        output: &mut Value,
    ) -> Run<bool> {
        let functions = self.state.functions.clone();
        // Substitutions are known by where they stand, and something else may stand there next.
        let substituted = std::mem::take(&mut self.chooser.substituted);
        let flow = self.list(&command)?;
        self.chooser.substituted = substituted;
        self.emit(output, flow.output);
        if self.trace.is_at_top() && parsed < MOST_KEPT {
            kept.push(command);
        } else if self.state.functions.is_same(&functions) {
            drop(command);
            self.trace.budget.parsed_no_more(parsed);
        }
        if self.jump == Some(Jump::Discard) {
            self.jump = None;
        }
        if self.jump.is_some() {
            return Ok(false);
        }
        self.activate_aliases();
        Ok(true)
    }

    pub(super) fn script(&mut self, script: &Script) -> Run<Flow> {
        let mut output = Value::from("");
        if script.commands.is_empty() {
            self.state.status = Some(0);
        }
        for command in &script.commands {
            let flow = self.list(command)?;
            self.emit(&mut output, flow.output);
            if self.jump == Some(Jump::Discard) {
                self.jump = None;
            }
            if self.jump.is_some() {
                break;
            }
            self.activate_aliases();
        }
        Ok(Flow { output, status: self.state.status })
    }

    /// An alias is known from the line after the one that defines it.
    fn activate_aliases(&mut self) {
        if self.state.aliases.values().any(|(_, active)| !active) {
            for (_, active) in Rc::make_mut(&mut self.state.aliases).values_mut() {
                *active = true;
            }
        }
    }

    /// Gives up the command being run because of an error: a subshell ends, any other shell goes on with the next
    /// line.
    pub(super) fn give_up(&mut self) {
        self.state.status = Some(1);
        self.jump = Some(if self.subshells > 0 { Jump::Exit } else { Jump::Discard });
    }

    /// Runs `inner` in a shell of its own, of which only what it prints and its status remain.
    pub(super) fn subshell(&mut self, inner: impl FnOnce(&mut Self) -> Run<Flow>) -> Run<Flow> {
        let state = self.state.clone();
        let loops = std::mem::take(&mut self.loops);
        let jump = self.jump.take();
        if !self.state.rare.traps.is_empty() {
            Rc::make_mut(&mut self.state.rare).traps.clear();
        }
        self.subshells += 1;
        let flow = self.in_shell(inner);
        let flow = flow.and_then(|flow| self.leave(flow));
        self.subshells -= 1;
        self.loops = loops;
        self.jump = jump;
        let flow = flow?;
        self.state = state;
        Ok(flow)
    }

    /// Runs `inner` with its output kept.
    pub(super) fn captured(&mut self, inner: impl FnOnce(&mut Self) -> Run<Flow>) -> Run<Flow> {
        let _level = self.trace.budget.enter()?;
        let outer = std::mem::replace(&mut self.capturing, true);
        let chooser = std::mem::take(&mut self.chooser);
        let substituted = self.substituted.take();
        let result = self.subshell(inner);
        self.substituted = substituted;
        self.chooser = chooser;
        self.capturing = outer;
        result
    }

    /// What ran since the state was this one may not have run at all.
    pub(super) fn may_be_as(&mut self, before: State) {
        let after = std::mem::replace(&mut self.state, before);
        self.state.join(&after);
    }

    /// Runs what may not run at all: both outcomes are possible afterwards, and no jump is certain.
    pub(super) fn perhaps(&mut self, inner: impl FnOnce(&mut Self) -> Run<Flow>) -> Run<Flow> {
        let (before, stdin) = (self.state.clone(), self.stdin.clone());
        let flow = self.doubtful(true, inner);
        let flow = flow?;
        self.depart();
        self.may_be_as(before);
        if self.stdin != stdin {
            self.stdin = stdin.or(self.stdin.clone());
        }
        Ok(Flow { output: flow.output.or(Value::from("")), status: None })
    }

    /// Runs what is not known to run at all, where `doubt` says so: the files that it writes may stay as they were.
    pub(super) fn doubtful<T>(&mut self, doubt: bool, inner: impl FnOnce(&mut Self) -> T) -> T {
        if !doubt {
            return inner(self);
        }
        self.unsure += 1;
        self.files.doubt();
        let result = inner(self);
        self.files.settle();
        self.unsure -= 1;
        result
    }

    /// Adds to an output, where anyone looks at it.
    pub(super) fn emit(&self, output: &mut Value, more: Value) {
        if !self.capturing {
            return;
        }
        if let (Value::One(Text::Mixed(pieces)), Value::One(new)) = (&*output, &more) {
            let unknown_at_end = matches!(pieces.last(), Some(Piece::Unknown(_)));
            if unknown_at_end && new.is_wholly_unknown() {
                return;
            }
            if pieces.len() > MAX_OUTPUT_PIECES {
                if !unknown_at_end {
                    self.trace.step(|| format!("output: only its first {MAX_OUTPUT_PIECES} pieces are kept"));
                    let before = std::mem::replace(output, Value::from(""));
                    *output = before.concat(Value::unknown("more output"));
                }
                return;
            }
        }
        let before = std::mem::replace(output, Value::from(""));
        *output = before.concat(more);
    }

    pub(super) fn list(&mut self, list: &List) -> Run<Flow> {
        let mut output = Value::from("");
        for item in &list.items {
            let flow = match item.background {
                true => self.subshell(|shell| shell.and_or(item))?,
                false => self.and_or(item)?,
            };
            self.emit(&mut output, flow.output);
            self.state.status = if item.background { Some(0) } else { flow.status };
            if self.jump.is_some() {
                break;
            }
        }
        Ok(Flow { output, status: self.state.status })
    }

    /// `a && b || c`: what certainly runs, what certainly does not, and what may.
    fn and_or(&mut self, and_or: &AndOr) -> Run<Flow> {
        let mut output = Value::from("");
        let mut status = Some(0);
        let last = and_or.pipelines.len() - 1;
        for (i, (when, pipeline)) in and_or.pipelines.iter().enumerate() {
            let runs = match (when, status) {
                (When::Always, _) => Some(true),
                (_, None) => None,
                (When::Succeeded, Some(status)) => Some(status == 0),
                (When::Failed, Some(status)) => Some(status != 0),
            };
            if runs == Some(false) {
                continue;
            }
            let guards = u32::from(i < last || pipeline.negated);
            self.guarded += guards;
            let flow = match runs {
                Some(_) => self.pipeline(pipeline),
                None => self.perhaps(|shell| shell.pipeline(pipeline)),
            };
            self.guarded -= guards;
            let flow = flow?;
            self.emit(&mut output, flow.output);
            status = flow.status;
            self.state.status = status;
            if self.jump.is_some() {
                break;
            }
            if i == last && !pipeline.negated && ends_on_failure(pipeline) {
                self.failed()?;
            }
        }
        Ok(Flow { output, status })
    }

    /// What a failure brings: the ERR trap, and under `set -e` the end.
    fn failed(&mut self) -> Run<()> {
        if self.guarded > 0 || self.state.status == Some(0) {
            return Ok(());
        }
        if self.state.rare.traps.iter().any(|trap| trap.name == "ERR")
            && (self.calls.is_empty() || self.state.options.has(super::options::ERRTRACE))
        {
            if self.state.status.is_none() {
                self.perhaps(|shell| {
                    shell.trapped("ERR")?;
                    Ok(Flow::silent(None))
                })?;
                return Ok(());
            }
            self.trapped("ERR")?;
        }
        if self.state.status.is_some()
            && self.jump.is_none()
            && self.state.options.has(super::options::ERREXIT)
        {
            self.jump = Some(Jump::Exit);
        }
        Ok(())
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Run<Flow> {
        let mut flow = match pipeline.stages.split_last() {
            None => Flow::silent(Some(0)),
            Some((only, [])) => {
                let flow = self.command(only)?;
                if !self.state.pipe_status.is_empty() && has_own_status(&only.kind) {
                    self.state.pipe_status = Rc::default();
                }
                flow
            }
            Some((last, before)) => self.stages(before, last)?,
        };
        if pipeline.negated && self.jump.is_none() {
            flow.status = flow.status.map(|status| u8::from(status == 0));
        }
        self.state.status = flow.status;
        Ok(flow)
    }

    /// Every stage is a subshell; each reads what the one before it prints.
    fn stages(&mut self, before: &[Command], last: &Command) -> Run<Flow> {
        let stdin = self.stdin.clone();
        let mut statuses = Vec::with_capacity(before.len() + 1);
        for stage in before {
            let flow = self.captured(|shell| shell.command(stage))?;
            statuses.push(flow.status);
            self.stdin = flow.output;
        }
        let flow = if self.state.options.has(super::options::LASTPIPE) {
            self.command(last)
        } else {
            self.subshell(|shell| shell.command(last))
        };
        self.stdin = stdin;
        let mut flow = flow?;
        statuses.push(flow.status);
        if self.state.options.has(super::options::PIPEFAIL) {
            flow.status = statuses.iter().rev().copied().find(|status| *status != Some(0)).unwrap_or(Some(0));
        }
        self.state.pipe_status = Rc::new(statuses);
        Ok(flow)
    }

    pub(super) fn command(&mut self, command: &Command) -> Run<Flow> {
        let _level = self.trace.budget.enter()?;
        self.trace.budget.step()?;
        if !self.state.rare.traps.is_empty() {
            self.before_command(&command.kind)?;
        }
        let may_fail = command.redirects.iter().any(may_fail);
        let reads = |redirect: &Redirect| matches!(redirect.kind, RedirectKind::Read(_));
        let before = (may_fail && command.redirects.iter().any(reads)).then(|| self.state.clone());
        let mut flow = match &command.kind {
            Kind::Simple(simple) => self.simple(simple, &command.redirects)?,
            kind if command.redirects.is_empty() => self.compound(kind)?,
            kind => self.redirected(&command.redirects, |shell| shell.compound(kind))?,
        };
        if may_fail {
            // Where a file cannot be opened nothing runs.
            flow.status = None;
            self.depart();
            if let Some(before) = before {
                self.may_be_as(before);
            }
        }
        self.state.status = flow.status;
        Ok(flow)
    }

    fn compound(&mut self, kind: &Kind) -> Run<Flow> {
        match kind {
            Kind::Simple(simple) => self.simple(simple, &[]),
            Kind::Group(list) => self.list(list),
            Kind::Subshell(list) => self.subshell(|shell| shell.list(list)),
            Kind::If { branches, otherwise } => self.branches(branches, otherwise.as_ref()),
            Kind::While { until, condition, body } => {
                let holds = |shell: &mut Self| {
                    shell.guarded += 1;
                    let flow = shell.list(condition);
                    shell.guarded -= 1;
                    Ok(flow?.status.map(|status| (status == 0) != *until))
                };
                self.in_loop(|shell| shell.turns(holds, body, |_| Ok(())))
            }
            Kind::For { select, name, words, body } => {
                self.in_loop(|shell| shell.for_each(*select, name, words.as_deref(), body))
            }
            Kind::ArithmeticFor { header, body } => self.in_loop(|shell| shell.arithmetic_for(header, body)),
            Kind::Case { subject, arms } => self.case(subject, arms),
            Kind::Function { name, body } => {
                self.state.functions.define(name, body.clone());
                // bash calls this one itself when a program is not found.
                if name == "command_not_found_handle" {
                    self.perhaps(|shell| {
                        shell.function(name, body, vec![Text::from(name.as_str())], Vec::new())
                    })?;
                }
                Ok(Flow::silent(Some(0)))
            }
            Kind::Arithmetic(expression) => {
                let text = self.text(expression)?;
                let number = self.calculate(&text)?;
                Ok(Flow::answer(match number {
                    Ok(number) => Some(number != 0),
                    Err(Trouble::Unknown) => None,
                    Err(_) => Some(false),
                }))
            }
            Kind::Test(words) => {
                let holds = self.extended_test(words)?;
                if self.jump.is_some() {
                    return Ok(Flow::silent(self.state.status));
                }
                Ok(match holds {
                    Holds::Yes => Flow::silent(Some(0)),
                    Holds::No => Flow::silent(Some(1)),
                    Holds::Invalid => Flow::silent(Some(2)),
                    Holds::Unknown => Flow::silent(None),
                })
            }
            Kind::Coproc(command) => {
                self.subshell(|shell| shell.command(command))?;
                Ok(Flow::silent(Some(0)))
            }
        }
    }
}

/// Whether bash looks at a pipeline's failure itself, and not only at that of the commands inside.
fn ends_on_failure(pipeline: &Pipeline) -> bool {
    match pipeline.stages.as_slice() {
        [only] => has_own_status(&only.kind),
        _ => true,
    }
}

/// Whether a command has a status of its own, and not that of the last command inside.
fn has_own_status(kind: &Kind) -> bool {
    matches!(kind, Kind::Simple(_) | Kind::Subshell(_) | Kind::Arithmetic(_) | Kind::Test(_))
}

/// Whether a redirection may find no file to open.
fn may_fail(redirect: &Redirect) -> bool {
    match &redirect.kind {
        RedirectKind::Here(_) | RedirectKind::Duplicate(_) => false,
        RedirectKind::Read(word)
        | RedirectKind::Write(word)
        | RedirectKind::Append(word)
        | RedirectKind::ReadWrite(word) => match word.parts.as_slice() {
            [Part::Plain(path)] => !matches!(path.as_str(), "/dev/null" | "/dev/stdout" | "/dev/stderr"),
            [Part::Process { .. }] => false,
            _ => true,
        },
    }
}
