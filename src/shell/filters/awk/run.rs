//! An awk program at work.

use std::collections::{BTreeMap, HashMap};

use regex::Regex;

use super::ast::{Expr, Pattern, Program, Statement, Target};
use super::record::{Record, Separator, one_record};
use super::value::Value;
use super::variables::Local;
use crate::shell::filters::Commands;
use crate::shell::filters::call::{Call, Out, STEP};

/// Runs a program over the files that `operands` name, or standard input.
pub(super) fn run(
    call: &Call,
    program: &Program,
    variables: &[(String, String)],
    operands: &[&str],
    commands: &mut dyn Commands,
) -> Option<String> {
    let mut awk = Awk {
        call,
        program,
        commands,
        globals: HashMap::new(),
        arrays: HashMap::new(),
        frames: Vec::new(),
        record: Record::default(),
        separator: Separator::Blanks,
        input: Input::default(),
        readers: HashMap::new(),
        regexes: HashMap::new(),
        out: Out::default(),
        files: Vec::new(),
        pipes: Vec::new(),
        number: 0.0,
        ranges: vec![false; program.rules.len()],
    };
    for (name, value) in [
        ("FS", " "),
        ("OFS", " "),
        ("ORS", "\n"),
        ("RS", "\n"),
        ("SUBSEP", "\x1c"),
        ("OFMT", "%.6g"),
        ("CONVFMT", "%.6g"),
    ] {
        awk.globals.insert(name.to_owned(), Value::Text(value.to_owned()));
    }
    for name in ["NR", "FNR"] {
        awk.globals.insert(name.to_owned(), Value::Number(0.0));
    }
    awk.arguments(operands);
    for (name, value) in variables {
        awk.set_variable(name, Value::Input(value.clone()))?;
    }
    awk.input.operands = operands.iter().map(|word| (*word).to_owned()).collect();
    awk.all()?;
    Some(awk.out.done())
}

/// Where the records come from.
#[derive(Default)]
pub(super) struct Input {
    pub(super) operands: std::collections::VecDeque<String>,
    /// The file being read, and how far.
    pub(super) text: Option<String>,
    pub(super) at: usize,
    /// Whether a file was named.
    pub(super) named: bool,
}

/// A program that runs, with all that it knows.
pub(super) struct Awk<'a, 'c> {
    pub(super) call: &'a Call<'a>,
    pub(super) program: &'a Program,
    pub(super) commands: &'c mut dyn Commands,
    pub(super) globals: HashMap<String, Value>,
    pub(super) arrays: HashMap<String, BTreeMap<String, Value>>,
    /// Parameters of the functions being run. An array goes by the name it has outside.
    pub(super) frames: Vec<HashMap<String, Local>>,
    pub(super) record: Record,
    pub(super) separator: Separator,
    pub(super) input: Input,
    /// Texts that `getline` reads from, and how far each was read.
    pub(super) readers: HashMap<String, (String, usize)>,
    pub(super) regexes: HashMap<String, Regex>,
    pub(super) out: Out,
    /// Files written, and texts for commands, in the order of their opening.
    pub(super) files: Vec<(String, String, bool)>,
    pub(super) pipes: Vec<(String, String)>,
    pub(super) number: f64,
    pub(super) ranges: Vec<bool>,
}

pub(super) enum Flow {
    On,
    Break,
    Continue,
    Next,
    Exit,
    Return(Value),
}

impl Awk<'_, '_> {
    fn arguments(&mut self, operands: &[&str]) {
        let words = std::iter::once("awk").chain(operands.iter().copied()).enumerate();
        let array = words.map(|(i, word)| (i.to_string(), Value::Input(word.to_owned()))).collect();
        self.arrays.insert("ARGV".to_owned(), array);
        self.globals.insert("ARGC".to_owned(), Value::Number(operands.len() as f64 + 1.0));
        let environment = self.call.invocation.environment.iter();
        let known = environment
            .filter_map(|(name, value)| Some((name.clone(), Value::Input(value.literal()?.to_owned()))));
        self.arrays.insert("ENVIRON".to_owned(), known.collect());
    }

    fn all(&mut self) -> Option<()> {
        let program = self.program;
        let mut exited = false;
        for block in &program.begin {
            if let Flow::Exit = self.block(block)? {
                exited = true;
                break;
            }
        }
        if !exited && (!program.rules.is_empty() || !program.end.is_empty()) {
            while let Some(record) = self.next_record()? {
                self.read_record(record)?;
                if self.rules()? {
                    break;
                }
            }
        }
        for block in &program.end {
            if exited && program.begin.is_empty() {
                break;
            }
            if let Flow::Exit = self.block(block)? {
                break;
            }
        }
        while !self.pipes.is_empty() {
            let (command, text) = self.pipes.remove(0);
            self.run_with(&command, Some(&text))?;
        }
        for (path, text, append) in std::mem::take(&mut self.files) {
            let text = self.call.text(text);
            let files = &self.call.invocation.files;
            if append { files.append(&path, text.into()) } else { files.write(&path, text.into()) }
        }
        Some(())
    }

    /// Runs a command; what it prints goes where awk's own output goes.
    pub(super) fn run_with(&mut self, command: &str, stdin: Option<&str>) -> Option<()> {
        let printed = self.call.run(command, stdin, self.commands);
        self.out.push(&printed)
    }

    /// Whether the program ends.
    fn rules(&mut self) -> Option<bool> {
        let program = self.program;
        for (at, rule) in program.rules.iter().enumerate() {
            let applies = match &rule.pattern {
                Pattern::Always => true,
                Pattern::Where(condition) => self.truth(condition)?,
                Pattern::Range(from, to) => {
                    let begins = !self.ranges[at] && self.truth(from)?;
                    let inside = self.ranges[at] || begins;
                    if inside {
                        self.ranges[at] = !self.truth(to)?;
                    }
                    inside
                }
            };
            if !applies {
                continue;
            }
            match &rule.action {
                None => {
                    let line = format!("{}{}", self.record.get(0)?, self.text_of("ORS")?);
                    self.out.push(&line)?;
                }
                Some(action) => match self.block(action)? {
                    Flow::Next => break,
                    Flow::Exit => return Some(true),
                    _ => {}
                },
            }
        }
        Some(false)
    }

    pub(super) fn read_record(&mut self, record: String) -> Option<()> {
        self.number += 1.0;
        self.globals.insert("NR".to_owned(), Value::Number(self.number));
        let fnr = self.globals.get("FNR").map_or(Some(0.0), Value::number)? + 1.0;
        self.globals.insert("FNR".to_owned(), Value::Number(fnr));
        self.record.set(record, &self.separator);
        Some(())
    }

    pub(super) fn next_record(&mut self) -> Option<Option<String>> {
        self.call.spend(STEP)?;
        loop {
            if let Some(text) = &self.input.text {
                if self.input.at < text.len() {
                    let (record, used) = one_record(&text[self.input.at..], &self.text_of("RS")?)?;
                    let record = record.to_owned();
                    self.input.at += used;
                    return Some(Some(record));
                }
                self.input.text = None;
            }
            let Some(word) = self.input.operands.pop_front() else {
                if std::mem::replace(&mut self.input.named, true) {
                    return Some(None);
                }
                self.input.text = Some(self.call.stdin()?);
                self.input.at = 0;
                continue;
            };
            if word.is_empty() {
                continue;
            }
            if let Some((name, value)) = word.split_once('=')
                && crate::shell::is_variable(name)
            {
                self.set_variable(name, Value::Input(crate::shell::escape::printf(value)))?;
                continue;
            }
            self.input.named = true;
            self.globals.insert("FNR".to_owned(), Value::Number(0.0));
            self.globals.insert("FILENAME".to_owned(), Value::Text(word.clone()));
            self.input.text = Some(self.call.file(&word)?);
            self.input.at = 0;
        }
    }

    // Statements.

    pub(super) fn block(&mut self, statements: &[Statement]) -> Option<Flow> {
        for statement in statements {
            match self.statement(statement)? {
                Flow::On => {}
                other => return Some(other),
            }
        }
        Some(Flow::On)
    }

    fn statement(&mut self, statement: &Statement) -> Option<Flow> {
        self.call.spend(STEP)?;
        match statement {
            Statement::Expr(expr) => {
                self.value(expr)?;
            }
            Statement::Print { words, formatted, to } => self.print(words, *formatted, to.as_ref())?,
            Statement::If(condition, then, otherwise) => {
                let branch = if self.truth(condition)? { then } else { otherwise };
                return self.block(branch);
            }
            Statement::While(condition, body) => {
                while self.truth(condition)? {
                    match self.block(body)? {
                        Flow::On | Flow::Continue => {}
                        Flow::Break => break,
                        other => return Some(other),
                    }
                }
            }
            Statement::Do(body, condition) => loop {
                match self.block(body)? {
                    Flow::On | Flow::Continue => {}
                    Flow::Break => break,
                    other => return Some(other),
                }
                if !self.truth(condition)? {
                    break;
                }
            },
            Statement::For(first, condition, step, body) => {
                if let Some(first) = first.as_ref() {
                    self.statement(first)?;
                }
                while condition.as_ref().map_or(Some(true), |condition| self.truth(condition))? {
                    match self.block(body)? {
                        Flow::On | Flow::Continue => {}
                        Flow::Break => break,
                        other => return Some(other),
                    }
                    if let Some(step) = step.as_ref() {
                        self.statement(step)?;
                    }
                    self.call.spend(STEP)?;
                }
            }
            Statement::ForIn(variable, array, body) => {
                let keys: Vec<String> = self.array(array).keys().cloned().collect();
                // The order of the keys is up to the implementation.
                if keys.len() > 1 {
                    return None;
                }
                for key in keys {
                    self.set_variable(variable, Value::Input(key))?;
                    match self.block(body)? {
                        Flow::On | Flow::Continue => {}
                        Flow::Break => break,
                        other => return Some(other),
                    }
                }
            }
            Statement::Block(statements) => return self.block(statements),
            Statement::Next => return Some(Flow::Next),
            Statement::Exit => return Some(Flow::Exit),
            Statement::Break => return Some(Flow::Break),
            Statement::Continue => return Some(Flow::Continue),
            Statement::Return(value) => {
                let value = value.as_ref().map_or(Some(Value::Unset), |value| self.value(value))?;
                return Some(Flow::Return(value));
            }
            Statement::Delete(array, None) => self.array(array).clear(),
            Statement::Delete(array, Some(index)) => {
                let key = self.key(index)?;
                self.array(array).remove(&key);
            }
        }
        Some(Flow::On)
    }

    fn print(&mut self, words: &[Expr], formatted: bool, to: Option<&Target>) -> Option<()> {
        let mut texts = Vec::new();
        let mut text = if formatted {
            let values: Vec<Value> = words.iter().map(|word| self.value(word)).collect::<Option<_>>()?;
            super::functions::format(&values)?
        } else {
            for word in words {
                texts.push(self.value(word)?.text()?);
            }
            match words {
                [] => self.record.get(0)?.to_owned(),
                _ => texts.join(&self.text_of("OFS")?),
            }
        };
        if !formatted {
            text.push_str(&self.text_of("ORS")?);
        }
        match to {
            None => self.out.push(&text),
            Some(Target::Pipe(command)) => {
                let command = self.value(command)?.text()?;
                self.call.spend(text.len())?;
                match self.pipes.iter_mut().find(|(known, _)| *known == command) {
                    Some((_, before)) => before.push_str(&text),
                    None => self.pipes.push((command, text)),
                }
                Some(())
            }
            Some(Target::File { path, append }) => {
                let path = self.value(path)?.text()?;
                match path.as_str() {
                    "/dev/stdout" | "-" => return self.out.push(&text),
                    "/dev/stderr" => return Some(()),
                    _ => {}
                }
                self.call.spend(text.len())?;
                match self.files.iter_mut().find(|(known, _, _)| *known == path) {
                    Some((_, before, _)) => before.push_str(&text),
                    None => self.files.push((path, text, *append)),
                }
                Some(())
            }
        }
    }

    /// `close`: a command that was printed to runs now.
    pub(super) fn close(&mut self, name: &str) -> Option<()> {
        self.readers.remove(name);
        if let Some(at) = self.pipes.iter().position(|(known, _)| known == name) {
            let (command, text) = self.pipes.remove(at);
            self.run_with(&command, Some(&text))?;
        }
        if let Some(at) = self.files.iter().position(|(known, _, _)| known == name) {
            let (path, text, append) = self.files.remove(at);
            let text = self.call.text(text);
            let files = &self.call.invocation.files;
            if append { files.append(&path, text.into()) } else { files.write(&path, text.into()) }
        }
        Some(())
    }

    // Variables.
}
