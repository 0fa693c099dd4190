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
use crate::value::{Text, Value};

/// A result that only a bound can spoil.
pub(super) type Run<T> = Result<T, Exceeded>;

/// How many bytes of text count for a byte of a program that evaluation came upon.
const PROGRAM_WEIGHT: usize = 8;
/// The memory that a shell takes before it has read anything, estimated; a tool call may start thousands.
const SHELL: usize = 1024;
/// Syntax of the call's own text that is kept to the end, in bytes: giving it back piece by piece takes longer. Of a longer
/// text each command is given back once it has run.
const MOST_KEPT: usize = 8 << 20;

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
