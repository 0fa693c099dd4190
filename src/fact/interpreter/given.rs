//! The code that an interpreter is given: followed with the values, the input and the lines that it would get, and what it
//! prints.

use super::super::{disclosure, makefile, modules, perl_lines, reference, veil};
use super::Running;
use crate::code::{self, Language};
use crate::shell::Invocation;
use crate::trace::FileId;
use crate::value::{Text, Value};

/// Lines of input over which the code of `perl -ne` is followed.
const MAX_LINES: usize = 64;

impl Running<'_> {
    /// Code on the command line.
    pub(super) fn inline(&mut self, text: &Text) {
        let _through = self.trace.through(format!("{} code in {}", self.language.name(), self.name));
        self.code(text, None);
    }

    pub(super) fn code(&mut self, text: &Text, file: Option<FileId>) {
        self.ran = true;
        let text = &match (self.language, text.literal()) {
            (Language::Make, Some(text)) => Text::from(makefile::wanted(text, &self.targets)),
            (_, Some(literal)) if !self.assigned.is_empty() => {
                Text::from(format!("{}{literal}", self.assigned))
            }
            _ => text.clone(),
        };
        let with_values = self.with_values(text);
        let text = with_values.as_ref().unwrap_or(text);
        if self.reader.resolvers == 0 && self.loops && self.each_line(text, file) {
            return;
        }
        let with_input = self.with_input(text);
        let text = with_input.as_ref().unwrap_or(text);
        self.reader.code(self.trace, self.language, text, file, self.invocation);
        let loaded = text.literal().filter(|_| file.is_none());
        if let Some(with_modules) =
            loaded.and_then(|code| modules::loaded(self.language, code, self.invocation))
        {
            let _through = self.trace.through("a module of the same call".to_owned());
            self.reader.code(self.trace, self.language, &Text::from(with_modules), file, self.invocation);
        }
        if let Some(literal) = text.literal() {
            for file in code::written(self.language, literal, &self.trace.budget) {
                let (files, text) = (&self.invocation.files, Value::from(file.text));
                if file.append { files.append(&file.path, text) } else { files.write(&file.path, text) }
            }
        }
        if self.reader.resolvers > 0 {
            self.prints_values(text);
        }
        if with_values.is_none()
            && self.invocation.captured
            && !self.loops
            && self.output.is_none()
            && let Some(literal) = text.literal()
        {
            self.output = code::printed(self.language, literal, &self.trace.budget);
        }
        // What the code reads from a secret on its standard input selects a key of it.
        if let (Some(secret), Some(code)) = (reference::whole(&self.invocation.stdin), text.literal())
            && let Some(key) = code::json_key(self.language, code)
        {
            let path: Vec<String> = key.split('.').filter(|k| !k.is_empty()).map(str::to_owned).collect();
            let selected = reference::select(&secret, &path);
            if let Some(selected) = &selected {
                self.reader.suggestions.selected(selected);
            }
            self.output = selected.map(Value::One);
        }
    }

    /// The code with the values that it would get from asm-exec where it reads them.
    fn with_values(&self, text: &Text) -> Option<Text> {
        if self.reader.resolvers == 0 || !disclosure::is_read(self.language) {
            return None;
        }
        let is_other = |word: &&Text| *word != text;
        let sources = disclosure::Sources {
            invocation: self.invocation,
            arguments: &self.invocation.argv[1..].iter().filter(is_other).cloned().collect::<Vec<_>>(),
            environment: self.reader.scopes.last().is_some_and(|scope| scope.references),
        };
        disclosure::with_values(text.literal()?, &sources).map(Text::from)
    }

    /// The code with the text that it would read on its standard input.
    fn with_input(&self, text: &Text) -> Option<Text> {
        if self.reader.resolvers > 0 || self.loops {
            return None;
        }
        code::with_input(self.language, text.literal()?, self.invocation.stdin.literal()?).map(Text::from)
    }

    /// Follows code that runs once a line over lines that are known. True where nothing more is to be said of it.
    fn each_line(&mut self, text: &Text, file: Option<FileId>) -> bool {
        if self.has_letter('i') && self.has_letter('p') {
            return self.in_place(text);
        }
        let (Some(code), Some(input)) = (text.literal(), self.invocation.stdin.literal()) else {
            return false;
        };
        let chomps = self.has_letter('l');
        let reverses = matches!(code.trim(), "print scalar reverse" | "print scalar reverse $_");
        if self.has_letter('p') || reverses && chomps {
            let code = if reverses { "$_=reverse" } else { code };
            let printed = perl_lines::printed(self.trace, self.invocation, code, chomps);
            self.output = printed.map(Value::One).or(self.output.take());
            return self.output.is_some();
        }
        let mut any = false;
        for line in input.split_inclusive('\n').take(MAX_LINES) {
            if let Some(code) = code::with_line(self.language, code, line) {
                any = true;
                self.reader.code(self.trace, self.language, &Text::from(code), file, self.invocation);
            }
        }
        any
    }

    /// `perl -pi -e CODE FILE…` over files that the command wrote.
    fn in_place(&mut self, text: &Text) -> bool {
        let Some(code) = text.literal() else { return false };
        let chomps = self.has_letter('l');
        let mut any = false;
        for path in self.invocation.argv[1..].iter().filter(|word| *word != text).filter_map(Text::literal) {
            let Some(Value::One(before)) = self.invocation.files.get(path) else { continue };
            let inside = Invocation { stdin: before, ..self.invocation.clone() };
            if let Some(after) = perl_lines::printed(self.trace, &inside, code, chomps) {
                self.invocation.files.write(path, Value::One(after));
                any = true;
            }
        }
        any
    }

    /// Whether code with values in their places prints one: by itself, or because its program prints what it
    /// evaluates (`node -p`) or every line that it reads (`perl -pe`).
    fn prints_values(&mut self, code: &Text) {
        let Some(literal) = code.literal().filter(|_| disclosure::is_read(self.language)) else { return };
        let evaluates = self.language == Language::JavaScript
            && self
                .invocation
                .argv
                .iter()
                .any(|word| matches!(word.literal(), Some("-p" | "--print" | "-pe")));
        let line_by_line = matches!(self.language, Language::Perl | Language::Ruby);
        let stdin = Some(&self.invocation.stdin).filter(|stdin| veil::is_in(stdin));
        let value = if evaluates && veil::is_in(code) {
            Some(code.clone())
        } else if line_by_line && self.has_letter('p') && !self.has_letter('i') {
            Some(code).filter(|code| veil::is_in(code)).or(stdin).cloned()
        } else if line_by_line && self.has_letter('n') && literal.contains('p') {
            stdin.cloned()
        } else {
            None
        };
        let value = value.or_else(|| disclosure::printed(self.language, literal, self.trace));
        if let Some(value) = value {
            self.output =
                self.reader.printed_by_code(self.trace, self.invocation, value).or(self.output.take());
        }
    }
}
