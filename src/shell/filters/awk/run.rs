//! An awk program at work.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use regex::Regex;

use super::parse::{Expr, Pattern, Program, Statement, Target};
use super::record::{Record, Separator};
use super::value::Value;
use crate::shell::filters::Commands;
use crate::shell::filters::call::{Call, Out, STEP};
use crate::shell::filters::regex::{Style, compile};

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
struct Input {
    operands: std::collections::VecDeque<String>,
    /// The file being read, and how far.
    text: Option<String>,
    at: usize,
    /// Whether a file was named.
    named: bool,
}

pub(super) struct Awk<'a, 'c> {
    pub(super) call: &'a Call<'a>,
    program: &'a Program,
    pub(super) commands: &'c mut dyn Commands,
    globals: HashMap<String, Value>,
    arrays: HashMap<String, BTreeMap<String, Value>>,
    /// Parameters of the functions being run. An array goes by the name it has outside.
    frames: Vec<HashMap<String, Local>>,
    pub(super) record: Record,
    pub(super) separator: Separator,
    input: Input,
    /// Texts that `getline` reads from, and how far each was read.
    readers: HashMap<String, (String, usize)>,
    regexes: HashMap<String, Regex>,
    pub(super) out: Out,
    /// Files written, and texts for commands, in the order of their opening.
    files: Vec<(String, String, bool)>,
    pipes: Vec<(String, String)>,
    number: f64,
    ranges: Vec<bool>,
}

#[derive(Clone)]
enum Local {
    Value(Value),
    Array(String),
    /// Nothing yet; where it becomes an array, that one outside.
    Unset(String),
}

pub(super) enum Flow {
    On,
    Break,
    Continue,
    Next,
    Exit,
    Return(Value),
}

/// Calls of functions within each other.
const MAX_FRAMES: usize = 20;

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

    fn read_record(&mut self, record: String) -> Option<()> {
        self.number += 1.0;
        self.globals.insert("NR".to_owned(), Value::Number(self.number));
        let fnr = self.globals.get("FNR").map_or(Some(0.0), Value::number)? + 1.0;
        self.globals.insert("FNR".to_owned(), Value::Number(fnr));
        self.record.set(record, &self.separator);
        Some(())
    }

    fn next_record(&mut self) -> Option<Option<String>> {
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

    fn block(&mut self, statements: &[Statement]) -> Option<Flow> {
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

    pub(super) fn text_of(&self, name: &str) -> Option<String> {
        self.globals.get(name).map_or(Some(String::new()), Value::text)
    }

    fn variable(&self, name: &str) -> Option<Value> {
        if let Some(local) = self.frames.last().and_then(|frame| frame.get(name)) {
            return match local {
                Local::Value(value) => Some(value.clone()),
                Local::Array(_) => None,
                Local::Unset(_) => Some(Value::Unset),
            };
        }
        if name == "NF" {
            return Some(Value::Number(self.record.count() as f64));
        }
        if self.arrays.contains_key(name) {
            return None;
        }
        Some(self.globals.get(name).cloned().unwrap_or(Value::Unset))
    }

    pub(super) fn set_variable(&mut self, name: &str, value: Value) -> Option<()> {
        if let Some(local) = self.frames.last_mut().and_then(|frame| frame.get_mut(name)) {
            *local = Local::Value(value);
            return Some(());
        }
        match name {
            "NF" => {
                let between = self.text_of("OFS")?;
                return self.record.set_count(count(&value)?, &between);
            }
            "FS" => self.separator = Separator::of(&value.text()?)?,
            "NR" => self.number = value.number()?,
            // Not understood to the letter by all.
            "RSTART" | "RLENGTH" => {}
            "FIELDWIDTHS" | "FPAT" | "IGNORECASE" | "OFMT" | "CONVFMT" => return None,
            _ => {}
        }
        self.globals.insert(name.to_owned(), value);
        Some(())
    }

    /// The array that goes by this name here.
    pub(super) fn array(&mut self, name: &str) -> &mut BTreeMap<String, Value> {
        let outside = match self.frames.last().and_then(|frame| frame.get(name)) {
            Some(Local::Array(outside) | Local::Unset(outside)) => Some(outside.clone()),
            // A parameter that was not given becomes an array of its own.
            Some(Local::Value(_)) => Some(format!("{name} {}", self.frames.len())),
            None => None,
        };
        if let Some(outside) = outside {
            if let Some(frame) = self.frames.last_mut() {
                frame.insert(name.to_owned(), Local::Array(outside.clone()));
            }
            return self.arrays.entry(outside).or_default();
        }
        self.arrays.entry(name.to_owned()).or_default()
    }

    fn key(&mut self, index: &[Expr]) -> Option<String> {
        let mut parts = Vec::new();
        for part in index {
            parts.push(self.value(part)?.text()?);
        }
        Some(parts.join(&self.text_of("SUBSEP")?))
    }

    pub(super) fn assign(&mut self, target: &Expr, value: Value) -> Option<()> {
        match target {
            Expr::Variable(name) => self.set_variable(name, value),
            Expr::Element(array, index) => {
                let key = self.key(index)?;
                self.array(array).insert(key, value);
                Some(())
            }
            Expr::Field(index) => {
                let index = count(&self.value(index)?)?;
                let text = value.text()?;
                if index == 0 {
                    self.record.set(text, &self.separator);
                    return Some(());
                }
                let between = self.text_of("OFS")?;
                self.record.set_field(index, text, &between)
            }
            Expr::Unary("()", inner) => self.assign(inner, value),
            _ => None,
        }
    }

    // Expressions.

    fn truth(&mut self, expr: &Expr) -> Option<bool> {
        self.value(expr)?.is_true()
    }

    pub(super) fn regex(&mut self, text: &str) -> Option<&Regex> {
        if !self.regexes.contains_key(text) {
            let style = Style { extended: true, awk: true, ..Style::default() };
            let compiled = compile(text, style)?;
            self.regexes.insert(text.to_owned(), compiled);
        }
        self.regexes.get(text)
    }

    /// Whether a text matches; alternatives do no harm here.
    fn is_match(&mut self, pattern: &Expr, text: &str) -> Option<bool> {
        let pattern = match pattern {
            Expr::Regex(pattern) => pattern.clone(),
            other => self.value(other)?.text()?,
        };
        let key = format!("?{pattern}");
        if !self.regexes.contains_key(&key) {
            let style = Style { extended: true, awk: true, test_only: true, ..Style::default() };
            let compiled = compile(&pattern, style)?;
            self.regexes.insert(key.clone(), compiled);
        }
        Some(self.regexes.get(&key)?.is_match(text))
    }

    pub(super) fn value(&mut self, expr: &Expr) -> Option<Value> {
        self.call.spend(STEP)?;
        let truth = |value: bool| Value::Number(f64::from(u8::from(value)));
        Some(match expr {
            Expr::Number(number) => Value::Number(*number),
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Regex(_) => {
                let record = self.record.get(0)?.to_owned();
                truth(self.is_match(expr, &record)?)
            }
            Expr::Variable(name) => self.variable(name)?,
            Expr::Element(array, index) => {
                let key = self.key(index)?;
                self.array(array).entry(key).or_insert(Value::Unset).clone()
            }
            Expr::Field(index) => {
                let index = count(&self.value(index)?)?;
                self.record.get(index).map_or(Value::Unset, |text| Value::Input(text.to_owned()))
            }
            Expr::Assign(target, operator, value) => {
                let value = match operator {
                    None => self.value(value)?,
                    Some(operator) => {
                        let right = self.value(value)?;
                        let left = self.value(target)?;
                        arithmetic(operator, &left, &right)?
                    }
                };
                self.assign(target, value.clone())?;
                value
            }
            Expr::Step { target, by, old } => {
                let before = self.value(target)?.number()?;
                self.assign(target, Value::Number(before + by))?;
                Value::Number(if *old { before } else { before + by })
            }
            Expr::Unary("()", inner) => self.value(inner)?,
            Expr::Unary("!", inner) => truth(!self.truth(inner)?),
            Expr::Unary("-", inner) => Value::Number(-self.value(inner)?.number()?),
            Expr::Unary(_, inner) => Value::Number(self.value(inner)?.number()?),
            Expr::Binary(sign, left, right) => self.binary(sign, left, right)?,
            Expr::Condition(condition, then, otherwise) => {
                let branch = if self.truth(condition)? { then } else { otherwise };
                self.value(branch)?
            }
            Expr::In(index, array) => {
                let key = self.key(index)?;
                truth(self.array(array).contains_key(&key))
            }
            Expr::Builtin(name, arguments) => self.builtin(name, arguments)?,
            Expr::Call(name, arguments) => self.function(name, arguments)?,
            Expr::Getline { target, file, command } => {
                self.getline(target.as_deref(), file.as_deref(), command.as_deref())?
            }
            Expr::List(_) => return None,
        })
    }

    fn binary(&mut self, sign: &str, left: &Expr, right: &Expr) -> Option<Value> {
        let truth = |value: bool| Some(Value::Number(f64::from(u8::from(value))));
        match sign {
            "&&" => return truth(self.truth(left)? && self.truth(right)?),
            "||" => return truth(self.truth(left)? || self.truth(right)?),
            "~" | "!~" => {
                let text = self.value(left)?.text()?;
                return truth(self.is_match(right, &text)? == (sign == "~"));
            }
            _ => {}
        }
        let (left, right) = (self.value(left)?, self.value(right)?);
        match sign {
            " " => {
                let text = left.text()? + &right.text()?;
                self.call.spend(text.len())?;
                Some(Value::Text(text))
            }
            "<" => truth(left.compare(&right)? == Ordering::Less),
            "<=" => truth(left.compare(&right)? != Ordering::Greater),
            ">" => truth(left.compare(&right)? == Ordering::Greater),
            ">=" => truth(left.compare(&right)? != Ordering::Less),
            "==" => truth(left.compare(&right)? == Ordering::Equal),
            "!=" => truth(left.compare(&right)? != Ordering::Equal),
            sign => arithmetic(sign, &left, &right),
        }
    }

    fn getline(
        &mut self,
        target: Option<&Expr>,
        file: Option<&Expr>,
        command: Option<&Expr>,
    ) -> Option<Value> {
        let source = match (file, command) {
            (Some(file), _) => Some((self.value(file)?.text()?, false)),
            (_, Some(command)) => Some((self.value(command)?.text()?, true)),
            _ => None,
        };
        let record = match source {
            None => self.next_record()?,
            Some((name, is_command)) => {
                if !self.readers.contains_key(&name) {
                    let text = match is_command {
                        true => self.call.run(&name, None, self.commands),
                        false => self.call.file(&name)?,
                    };
                    self.readers.insert(name.clone(), (text, 0));
                }
                let separator = self.text_of("RS")?;
                let (text, at) = self.readers.get_mut(&name)?;
                if *at >= text.len() {
                    None
                } else {
                    let (record, used) = one_record(&text[*at..], &separator)?;
                    let record = record.to_owned();
                    *at += used;
                    Some(record)
                }
            }
        };
        let Some(record) = record else { return Some(Value::Number(0.0)) };
        match (target, file.is_some(), command.is_some()) {
            (Some(target), _, _) => {
                if file.is_none() {
                    self.number += 1.0;
                    self.globals.insert("NR".to_owned(), Value::Number(self.number));
                }
                self.assign(target, Value::Input(record))?;
            }
            (None, true, _) => self.record.set(record, &self.separator),
            (None, false, _) => self.read_record(record)?,
        }
        Some(Value::Number(1.0))
    }

    fn function(&mut self, name: &str, arguments: &[Expr]) -> Option<Value> {
        let program = self.program;
        let function = program.functions.iter().find(|known| known.name == name)?;
        if self.frames.len() >= MAX_FRAMES || arguments.len() > function.parameters.len() {
            return None;
        }
        let mut frame = HashMap::new();
        for (at, parameter) in function.parameters.iter().enumerate() {
            let local = match arguments.get(at) {
                None => Local::Value(Value::Unset),
                Some(Expr::Variable(name)) if self.is_array(name) => {
                    let outside = match self.frames.last().and_then(|frame| frame.get(name)) {
                        Some(Local::Array(outside)) => outside.clone(),
                        _ => name.clone(),
                    };
                    Local::Array(outside)
                }
                Some(Expr::Variable(name)) if self.is_unset(name) => Local::Unset(name.clone()),
                Some(argument) => Local::Value(self.value(argument)?),
            };
            frame.insert(parameter.clone(), local);
        }
        self.frames.push(frame);
        let flow = self.block(&function.body);
        // Arrays of this call alone go with it.
        let own = format!(" {}", self.frames.len());
        self.arrays.retain(|name, _| !name.ends_with(&own));
        self.frames.pop();
        match flow? {
            Flow::Return(value) => Some(value),
            Flow::On => Some(Value::Unset),
            _ => None,
        }
    }

    fn is_unset(&self, name: &str) -> bool {
        self.frames.last().is_none_or(|frame| !frame.contains_key(name)) && !self.globals.contains_key(name)
    }

    fn is_array(&self, name: &str) -> bool {
        match self.frames.last().and_then(|frame| frame.get(name)) {
            Some(local) => matches!(local, Local::Array(_)),
            None => self.arrays.contains_key(name),
        }
    }
}

/// The first record of a text, and how much of the text it takes.
fn one_record<'t>(text: &'t str, separator: &str) -> Option<(&'t str, usize)> {
    let mut letters = separator.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else { return None };
    Some(match text.find(letter) {
        Some(end) => (&text[..end], end + letter.len_utf8()),
        // The end of the last line is no part of the last record where lines are not the records, either; but
        // that is kept by all.
        None => (text, text.len()),
    })
}

fn arithmetic(sign: &str, left: &Value, right: &Value) -> Option<Value> {
    let (a, b) = (left.number()?, right.number()?);
    let value = match sign {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" if b != 0.0 => a / b,
        "%" if b != 0.0 => a % b,
        "^" => power(a, b)?,
        _ => return None,
    };
    value.is_finite().then_some(Value::Number(value))
}

/// A power with a whole exponent, by multiplying. The mathematical library, which knows the others, would have to be
/// loaded at every start.
fn power(base: f64, exponent: f64) -> Option<f64> {
    /// Above it not every whole number is a number.
    const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
    let whole = exponent.fract() == 0.0 && (0.0..1024.0).contains(&exponent);
    let power = whole.then(|| base.powi(exponent as i32))?;
    (power.abs() <= MAX_EXACT).then_some(power)
}

/// A value as the number of a field.
pub(super) fn count(value: &Value) -> Option<usize> {
    let number = value.number()?;
    (0.0..1e6).contains(&number).then_some(number as usize)
}
