//! Pipelines and commands.

use super::Script;
use super::cmdlets::{alias, file_written, operands};
use super::text::shown;
use crate::bounds::Exceeded;
use crate::code::EffectKind;
use crate::code::joining::join;
use crate::code::object::Val;
use crate::code::process::split_words;
use crate::value::Value;

/// What one argument of a command is.
enum Word {
    One(Value),
    Several(Vec<Value>),
    /// The entries of a map, as `name: value`.
    Entries(Vec<Value>),
}

impl Script<'_> {
    /// Reads `a | b | c`; gives the value of the last.
    pub(super) fn pipeline(&mut self) -> Result<Val, Exceeded> {
        let mut value = Val::unknown();
        let mut first = true;
        loop {
            self.budget.step()?;
            let before = self.at;
            value = self.element(&value, first)?;
            self.skip(false);
            // `"text" > file`: a command's own were read with its words.
            if self.peek() == b'>' {
                self.at += 1;
                self.redirection(&shown(&value))?;
                self.skip(false);
            }
            let separator = self.here();
            if separator.starts_with("||") || separator.starts_with("&&") {
                self.at += 2;
                self.skip(true);
                value = Val::unknown();
            } else if separator.starts_with('|') {
                self.at += 1;
                self.skip(true);
            } else {
                // `&` at the end runs it in the background.
                if separator.starts_with('&') && self.at > before {
                    self.at += 1;
                }
                return Ok(value);
            }
            first = false;
        }
    }

    /// One part of a pipeline: an expression or a command; `input` is what flows into it.
    fn element(&mut self, input: &Val, first: bool) -> Result<Val, Exceeded> {
        self.skip(false);
        let start = self.at;
        match self.peek() {
            b'&' | b'.'
                if !matches!(self.byte(1), b'&' | b'/' | b'\\' | b'.')
                    && !self.byte(1).is_ascii_alphanumeric() =>
            {
                self.at += 1;
                self.skip(false);
                if self.peek() == b'{' {
                    self.at += 1;
                    return self.block();
                }
                self.command(start, input)
            }
            b'$' | b'\'' | b'"' | b'(' | b'[' | b'@' | b'0'..=b'9' | b'-' | b'!' | b'+' | b',' => {
                self.expression_statement(first)
            }
            b'\n' | 0 | b';' | b')' | b'}' | b']' | b'|' => Ok(Val::unknown()),
            _ if self.here().starts_with(['‘', '’', '“', '”']) => self.expression_statement(first),
            _ => self.command(start, input),
        }
    }

    /// Reads a command's words and notes that it runs.
    fn command(&mut self, start: usize, input: &Val) -> Result<Val, Exceeded> {
        let mut argv: Vec<Value> = Vec::new();
        loop {
            self.budget.step()?;
            self.skip(false);
            match self.peek() {
                0 | b'\n' | b';' | b'|' | b')' | b'}' => break,
                b'&' if argv.is_empty() => self.at += 1,
                b'&' => break,
                b',' | b']' => self.at += 1,
                b'{' => {
                    let from = self.at;
                    self.at += 1;
                    // `$_` is what flows in.
                    self.bind("_", input);
                    self.block()?;
                    self.budget.produce(self.at - from)?;
                    argv.push(Value::from(self.text.get(from..self.at).unwrap_or("")));
                }
                b'>' | b'<' => {
                    self.at += 1;
                    self.redirection(&Value::unknown("what is printed"))?;
                }
                b'1'..=b'6' | b'*' if self.byte(1) == b'>' => {
                    self.at += 2;
                    self.redirection(&Value::unknown("what is printed"))?;
                }
                _ => match self.word()? {
                    Word::One(word) => argv.push(word),
                    Word::Several(words) => argv.extend(words),
                    Word::Entries(entries) => {
                        // `-Headers @{ a = b; c = d }` gives the option once for each entry.
                        let option =
                            argv.last().filter(|o| o.literal().is_some_and(|o| o.starts_with('-'))).cloned();
                        for (at, entry) in entries.into_iter().enumerate() {
                            argv.extend(option.clone().filter(|_| at > 0));
                            argv.push(entry);
                        }
                    }
                },
            }
        }
        if argv.is_empty() {
            return Ok(Val::unknown());
        }
        self.run(argv, start, input)
    }

    /// Reads where output goes, behind the first `>`; `text` is that output.
    fn redirection(&mut self, text: &Value) -> Result<(), Exceeded> {
        if self.peek() == b'>' {
            self.at += 1;
        }
        if self.peek() == b'&' {
            self.at += 2;
            return Ok(());
        }
        self.skip(false);
        if !matches!(self.peek(), 0 | b'\n' | b';' | b'|' | b')' | b'}') {
            let start = self.at;
            let wanted = self.scope.wanted.as_ref().is_some_and(|wanted| wanted.writes);
            if let Word::One(path) = self.word()?
                && (wanted || text.literal().is_some())
            {
                self.emit(EffectKind::Write { path, text: text.clone() }, start);
            }
        }
        Ok(())
    }

    /// Reads one argument.
    fn word(&mut self) -> Result<Word, Exceeded> {
        let mut out: Option<Value> = None;
        let mut text = String::new();
        let begin = self.at;
        loop {
            let piece = match self.peek() {
                0 if self.at >= self.text.len() => break,
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'|' | b')' | b'}' | b',' => break,
                b'&' => break,
                b'(' if self.at > begin => break,
                b'(' => {
                    self.at += 1;
                    let value = self.statements(Some(b')'))?;
                    let value = self.members(value, begin)?;
                    if out.is_none() && text.is_empty() {
                        return Ok(word_of(value));
                    }
                    shown(&value)
                }
                b'@' if matches!(self.byte(1), b'(' | b'{') && self.at == begin => {
                    let value = self.operand()?;
                    return Ok(word_of(value));
                }
                b'@' if self.at == begin && (self.byte(1).is_ascii_alphabetic() || self.byte(1) == b'_') => {
                    let name = self.variable_name();
                    return Ok(splatted(&self.variable(&name)));
                }
                b'$' => {
                    let whole = self.at == begin && self.byte(1) != b'(';
                    if whole {
                        let name = self.variable_name();
                        let value = self.variable(&name);
                        let value = self.members(value, begin)?;
                        if out.is_none() && self.ends_word() {
                            return Ok(word_of(value));
                        }
                        shown(&value)
                    } else {
                        match self.dollar()? {
                            Some(value) => value,
                            None => {
                                text.push('$');
                                self.at += 1;
                                continue;
                            }
                        }
                    }
                }
                b'`' => {
                    self.at += 1;
                    if let Some(c) = self.here().chars().next() {
                        text.push(c);
                        self.bump();
                    }
                    continue;
                }
                _ => match self.string()? {
                    Some(value) => value,
                    None => {
                        if let Some(c) = self.here().chars().next() {
                            text.push(c);
                            self.bump();
                        }
                        continue;
                    }
                },
            };
            self.budget.step()?;
            let known = out.take().unwrap_or_else(|| Value::from(""));
            let known = join(self.budget, known, Value::from(std::mem::take(&mut text)))?;
            out = Some(join(self.budget, known, piece)?);
        }
        if self.at == begin {
            self.bump();
        }
        let known = out.unwrap_or_else(|| Value::from(""));
        Ok(Word::One(known.concat(Value::from(text))))
    }

    fn ends_word(&self) -> bool {
        matches!(self.peek(), 0 | b' ' | b'\t' | b'\r' | b'\n' | b';' | b'|' | b')' | b'}' | b',')
    }

    /// Notes that `argv` runs, and reads what it runs in turn.
    fn run(&mut self, mut argv: Vec<Value>, start: usize, input: &Val) -> Result<Val, Exceeded> {
        let written = argv[0].literal().map(str::to_ascii_lowercase).unwrap_or_default();
        // Another name that the script itself gave to a command.
        if let Some(Val::Text(command)) = self.scope.lookup(&alias(&written)).cloned() {
            argv[0] = command;
        }
        // Folders may be parted by either mark; what the script wrote is known under one.
        if let Some(path) = argv[0].literal().filter(|path| path.starts_with(".\\")) {
            argv[0] = Value::from(path.replace('\\', "/"));
        }
        let name = argv[0].literal().map(str::to_ascii_lowercase).unwrap_or_default();
        let mut result = Val::path(format!("output of {name}"));
        match name.as_str() {
            "invoke-expression" | "iex" => {
                let given = argv[1..].iter().find(|w| !w.literal().is_some_and(|w| w.starts_with('-')));
                let code = given.cloned().unwrap_or_else(|| shown(input));
                self.emit(EffectKind::Spawn(vec![argv[0].clone(), code.clone()]), start);
                self.run_text(&code, start)?;
                return Ok(result);
            }
            "start-process" | "saps" | "start" => {
                let inner = started(&argv);
                if !inner.is_empty() {
                    self.emit(EffectKind::Spawn(inner), start);
                }
            }
            "new-object" => {
                result = self.new_object(&argv);
                return Ok(result);
            }
            "write-output" | "echo" | "write" => {
                result = match argv.as_slice() {
                    [_, one] => Val::Text(one.clone()),
                    [_, more @ ..] => Val::list(more.iter().cloned().map(Val::Text).collect()),
                    [] => result,
                };
            }
            "set-variable" | "sv" | "new-variable" | "nv" => {
                let plain: Vec<&Value> =
                    argv[1..].iter().filter(|w| !w.literal().is_some_and(|w| w.starts_with('-'))).collect();
                if let [name, value, ..] = plain.as_slice()
                    && let Some(name) = name.literal()
                {
                    self.scope.assign(&name.to_ascii_lowercase(), Val::Text((*value).clone()));
                }
            }
            "set-alias" | "new-alias" | "sal" | "nal" => {
                if let [name, command, ..] = operands(&argv).as_slice()
                    && let Some(name) = name.literal()
                {
                    let name = alias(&name.to_ascii_lowercase());
                    self.scope.assign(&name, Val::Text((*command).clone()));
                }
                // It names the command, and does not run it.
                return Ok(result);
            }
            "get-command" | "gcm" => {
                if let [command, ..] = operands(&argv).as_slice() {
                    result = Val::Text((*command).clone());
                }
            }
            "set-content" | "out-file" | "add-content" | "sc" | "ac" => {
                if let Some((path, text)) = file_written(&argv, input) {
                    self.emit(EffectKind::Keep { path, text }, start);
                }
            }
            "get-variable" | "gv" => {
                if let Some(name) = argv.get(1).and_then(Value::literal) {
                    result = self.variable(&name.to_ascii_lowercase());
                }
            }
            _ => {}
        }
        // What a script block does was noted where it was read.
        if argv[0] != Value::unknown("a script block") {
            self.emit(EffectKind::Spawn(argv), start);
        }
        Ok(result)
    }

    /// `New-Object Net.WebClient` is the object that `[Net.WebClient]::new()` makes.
    fn new_object(&mut self, argv: &[Value]) -> Val {
        let mut kind = None;
        let mut rest = Vec::new();
        for word in &argv[1..] {
            match word.literal() {
                Some(option) if option.starts_with('-') => {}
                Some(name) if kind.is_none() => {
                    kind = Some(name.trim_start_matches('[').trim_end_matches(']').to_owned())
                }
                _ => rest.push(Val::Text(word.clone())),
            }
        }
        let object = Val::path(kind.unwrap_or_default());
        let args = crate::code::object::Args { positional: rest, named: Vec::new() };
        let at = self.at;
        self.with_reader(at, |reader| reader.call(&object, args, 0)).unwrap_or_else(|_| Val::unknown())
    }
}

fn word_of(value: Val) -> Word {
    match &value {
        Val::List(values, _) => Word::Several(values.iter().map(Val::value).collect()),
        Val::Dict(entries, _) if !entries.is_empty() => Word::Entries(
            entries
                .iter()
                .take(64)
                .map(|(key, value)| key.clone().concat(Value::from(": ")).concat(shown(value)))
                .collect(),
        ),
        other => Word::One(other.value()),
    }
}

/// `@parameters` puts each entry of a map as option and value.
fn splatted(value: &Val) -> Word {
    match value {
        Val::Dict(entries, _) => Word::Several(
            entries
                .iter()
                .flat_map(|(key, value)| [Value::from("-").concat(key.clone()), shown(value)])
                .collect(),
        ),
        other => match word_of(other.clone()) {
            Word::One(value) => Word::One(value),
            several => several,
        },
    }
}

/// The program and arguments that `Start-Process` is given.
fn started(argv: &[Value]) -> Vec<Value> {
    let mut out = Vec::new();
    let mut words = argv[1..].iter();
    while let Some(word) = words.next() {
        match word.literal().map(str::to_ascii_lowercase).as_deref() {
            Some("-filepath" | "-file" | "-argumentlist" | "-args") => {}
            Some("-wait" | "-nonewwindow" | "-passthru" | "-loaduserprofile" | "-usenewenvironment") => {}
            // Another option takes a value with it; before the program there is none that does.
            Some(option)
                if option.starts_with('-')
                    && !option.starts_with("--")
                    && out.len() < 2
                    && !option.contains(' ') =>
            {
                words.next();
            }
            _ if out.is_empty() => out.push(word.clone()),
            _ => out.extend(split_words(word)),
        }
    }
    out
}
