//! Interpreters of other languages: inline code, scripts the command wrote, code on standard input.

mod given;

use std::rc::Rc;

use super::options::{Argument, Options};
use super::reader::Reader;
use super::{places, reference, script};
use crate::code::{self, Language};
use crate::knowledge::Interpreter;
use crate::shell::{Commands, Invocation, Outcome};
use crate::trace::{FileId, Kind, Left, Trace};
use crate::value::{Text, Value};

/// A path under which a program reads its standard input.
fn is_stdin(path: &str) -> bool {
    matches!(path, "-" | "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0")
}

impl Reader {
    /// An interpreter started as a program; None where it is given no code that can be seen.
    pub(super) fn interpreter(
        &mut self,
        trace: &Trace,
        name: &str,
        interpreter: &Interpreter,
        invocation: &Invocation,
    ) -> Option<Outcome> {
        let language = Language::from_name(&interpreter.language)?;
        let moved = moved(interpreter, invocation);
        let invocation = moved.as_ref().unwrap_or(invocation);
        if let Some(runner) = &interpreter.compiles_for {
            self.compiled(interpreter, runner, invocation);
            return None;
        }
        // Over known input a sed or awk script is run rather than read.
        if matches!(language, Language::Sed | Language::Awk) && self.resolvers == 0 {
            let mut started = Started { reader: self, trace, invocation, name };
            if let Some(output) = crate::shell::printed_with(trace, invocation, &mut started) {
                return Some(Outcome { output: Some(Value::One(output)), entered: true });
            }
        }
        let mut run = Running {
            reader: self,
            trace,
            name,
            interpreter,
            invocation,
            language,
            ran: false,
            output: None,
            assigned: String::new(),
            targets: Vec::new(),
            loops: false,
        };
        let by_line = matches!(language, Language::Perl | Language::Ruby);
        run.loops = by_line && (run.has_letter('n') || run.has_letter('p'));
        run.command_line(&invocation.argv[1..]);
        let (ran, output) = (run.ran, run.output);
        if !ran {
            return None;
        }
        // sed and awk may still be text tools whose output is computed.
        let entered = !matches!(language, Language::Sed | Language::Awk);
        Some(Outcome { output, entered })
    }

    /// Reads code of any language and follows what it would do; `file` is the one on disk that the code is.
    pub(super) fn code(
        &mut self,
        trace: &Trace,
        language: Language,
        text: &Text,
        file: Option<FileId>,
        invocation: &Invocation,
    ) {
        let Some(text) = crate::shell::program_text(text) else { return };
        trace.step(|| format!("reads {} code, {} bytes", language.name(), text.len()));
        let interests = &self.interests;
        let writes = self.may_write_in(&text) || places::names_moved(&text);
        let wanted = (writes || !interests.calls().is_empty())
            .then(|| Rc::new(code::Wanted { calls: interests.calls().to_vec(), writes }));
        let effects = code::effects_with(language, &text, &trace.budget, wanted);
        if effects.is_err() {
            trace.leave(Left::Code(text.clone()), file);
        }
        if let Some(effects) = self.bounded(effects) {
            self.effects(trace, language, effects, file, invocation);
        }
    }
}

/// The call as it is in the folder that an option names (`make -C sub`).
fn moved(interpreter: &Interpreter, invocation: &Invocation) -> Option<Invocation> {
    if interpreter.folder_options.is_empty() {
        return None;
    }
    let names = |list: &[String], name: &str| list.iter().any(|known| known == name);
    let takes_value =
        |name: &str| names(&interpreter.folder_options, name) || names(&interpreter.value_options, name);
    let mut files = None;
    for argument in (Options { value: &takes_value, stop: false }).read(&invocation.argv[1..]) {
        if let Argument::Option { name, value: Some(folder), .. } = argument
            && names(&interpreter.folder_options, &name)
        {
            files = Some(files.as_ref().unwrap_or(&invocation.files).inside(&folder));
        }
    }
    Some(Invocation { files: files?, ..invocation.clone() })
}

/// Commands that a sed or awk script starts.
struct Started<'a> {
    reader: &'a mut Reader,
    trace: &'a Trace,
    invocation: &'a Invocation,
    name: &'a str,
}

impl Commands for Started<'_> {
    fn run(&mut self, command: &Text, stdin: Option<&Text>) -> Option<Text> {
        let stdin = stdin.cloned().unwrap_or_else(|| Text::unknown("standard input"));
        let inside = Invocation { stdin, captured: true, ..self.invocation.clone() };
        let _through = self.trace.through(format!("a command of {}", self.name));
        match self.reader.inner_shell(self.trace, &inside, command, Vec::new()).output {
            Some(Value::One(text)) => Some(text),
            _ => None,
        }
    }
}

struct Running<'a> {
    reader: &'a mut Reader,
    trace: &'a Trace,
    name: &'a str,
    interpreter: &'a Interpreter,
    invocation: &'a Invocation,
    language: Language,
    /// Whether any code was found.
    ran: bool,
    output: Option<Value>,
    /// Assignments that the command line makes before the code.
    assigned: String,
    /// What make is asked for.
    targets: Vec<String>,
    /// Whether the code runs once a line (`perl -ne`), so that what it prints depends on its input.
    loops: bool,
}

impl Running<'_> {
    fn command_line(&mut self, words: &[Text]) {
        let interpreter = self.interpreter;
        let mut words = words;
        let subcommand = interpreter.inline_subcommand.as_ref().or(interpreter.script_subcommand.as_ref());
        if let Some(subcommand) = subcommand {
            let Some(at) = words.iter().position(|w| w.literal() == Some(subcommand)) else { return };
            words = &words[at + 1..];
        }
        if words
            .iter()
            .any(|w| w.literal().is_some_and(|w| interpreter.inert.iter().any(|option| option == w)))
        {
            self.ran = true;
            return;
        }
        let takes_value = |option: &str| {
            self.is(&interpreter.inline, option)
                || self.is(&interpreter.encoded, option)
                || self.is(&interpreter.value_options, option)
                || self.is(&interpreter.script_options, option)
                || interpreter.module.as_deref() == Some(option)
        };
        let stop = !interpreter.operands_are_targets && !interpreter.operands_are_code;
        let arguments = Options { value: &takes_value, stop }.read(words);
        let mut operands = Vec::new();
        let mut scripts = Vec::new();
        let mut code_on_stdin = interpreter.stdin_is_code
            || interpreter.stdin_is_code_with.is_empty() && !interpreter.operands_are_targets;
        for argument in arguments {
            match argument {
                Argument::Option { name, value, .. } => {
                    if let Some(assignment) =
                        value.as_ref().filter(|_| interpreter.assign_options.contains(&name))
                    {
                        self.assigned.extend(assignment.literal().and_then(|a| a.split_once('=')).map(
                            |(name, value)| {
                                format!("BEGIN {{ {name} = \"{}\" }}\n", value.replace(['"', '\\'], ""))
                            },
                        ));
                    }
                    code_on_stdin |= interpreter.stdin_is_code_with.contains(&name);
                    self.option(&name, value, words, &mut scripts);
                }
                Argument::Operand { at, word } => operands.push((at, word)),
                Argument::Dashes { at } if stop => {
                    operands.extend(words.get(at + 1).map(|word| (at + 1, word.clone())));
                }
                Argument::Dashes { .. } => {}
            }
        }
        self.targets = operands.iter().filter_map(|(_, word)| word.literal().map(str::to_owned)).collect();
        let attached = |prefix: &str, word: &Text| word.known_prefix().starts_with(prefix);
        if interpreter.inline.iter().any(|o| o == "+") {
            // vim: `+command`
            for word in words.iter().filter(|w| attached("+", w)) {
                self.inline(&super::options::without_start(word, 1));
            }
        }
        if let Some((at, first)) = operands.first().cloned()
            && !self.ran
            && (interpreter.inline_positional && scripts.is_empty()
                || interpreter.inline_subcommand.is_some())
        {
            self.inline(&first);
            if self.language == Language::Awk || self.language == Language::Sed {
                return;
            }
            operands.retain(|(place, _)| *place > at);
        }
        if interpreter.rest_is_code && !self.ran && !operands.is_empty() && scripts.is_empty() {
            // `powershell Get-Thing -Name x`: the words are code.
            let (at, _) = operands[0];
            let text = words[at..].iter().map(Text::to_string).collect::<Vec<_>>().join(" ");
            self.inline(&Text::from(text));
            return;
        }
        if interpreter.operands_are_code {
            for (_, word) in &operands {
                self.inline(word);
            }
        }
        let named = !scripts.is_empty();
        scripts.extend(
            operands.first().filter(|_| !interpreter.operands_are_targets).map(|(_, word)| word.clone()),
        );
        if !named && interpreter.operands_are_targets {
            scripts.extend(interpreter.default_script.iter().map(|name| Text::from(name.as_str())));
        }
        let mut read_stdin = interpreter.stdin_is_code || !self.ran && code_on_stdin && scripts.is_empty();
        if !self.ran {
            for path in &scripts {
                match path.literal() {
                    Some(path) if is_stdin(path) => read_stdin = true,
                    _ => self.script(path, words),
                }
            }
        }
        if read_stdin && (named || !interpreter.inline_positional) {
            let stdin = self.invocation.stdin.clone();
            let carried = self.invocation.files.carried(self.trace, &stdin, script::kind_of(self.language));
            if let Some(source) = carried {
                let _through = self.trace.through(format!("{} on standard input", self.name));
                source.text.alternatives().iter().for_each(|text| self.code(text, source.file));
            } else if reference::whole(&stdin).is_none() && !stdin.is_wholly_unknown() {
                let _through = self.trace.through(format!("{} on standard input", self.name));
                self.code(&stdin, None);
            }
        }
    }

    /// A script by its path: what the command wrote, what is on disk, or else a program that is known by its name.
    fn script(&mut self, path: &Text, words: &[Text]) {
        let interpreter = self.interpreter;
        let kind = script::kind_of(self.language);
        let source =
            script::first_of(&self.invocation.files, self.trace, path, &interpreter.script_endings, kind);
        if let Some(source) = &source {
            let _through = self.trace.through(format!("{} {path}", self.name));
            source.text.alternatives().iter().for_each(|text| self.code(text, source.file));
        }
        let name = path.literal().map(|path| path.rsplit('/').next().unwrap_or(path));
        let Some(name) = name.filter(|name| self.reader.knowledge.is_program(name)) else { return };
        if interpreter.operands_are_targets || source.as_ref().is_some_and(|source| source.file.is_none()) {
            return;
        }
        // `python3 /usr/bin/aws …`, `python manage.py shell -c …`: a script that is a program.
        let at = words.iter().position(|word| word == path).unwrap_or(0);
        let outcome = if source.is_some() {
            let program = Invocation { argv: words[at..].to_vec(), ..self.invocation.clone() };
            self.reader.known(self.trace, name, &program)
        } else {
            self.reader.inner_command(self.trace, self.invocation, &words[at..])
        };
        self.output = outcome.output;
        self.ran = true;
    }

    fn is(&self, list: &[String], option: &str) -> bool {
        if !self.interpreter.ignore_case {
            return list.iter().any(|known| known == option);
        }
        // PowerShell's own: `-enc`, `-Command` and every start of them that is long enough to be told apart.
        let option = option.to_lowercase();
        list.iter().any(|known| {
            let known = known.to_lowercase();
            known == option || option.len() > 3 && known.starts_with(&option)
        })
    }

    fn option(&mut self, name: &str, value: Option<Text>, words: &[Text], scripts: &mut Vec<Text>) {
        let interpreter = self.interpreter;
        let Some(value) = value else {
            self.bundled(name, words);
            return;
        };
        if self.is(&interpreter.encoded, name) {
            if let Some(code) = value.literal().and_then(code::decode_encoded_command) {
                self.inline(&Text::from(code));
            }
        } else if self.is(&interpreter.inline, name) {
            if value.literal() == Some("-") {
                let stdin = self.invocation.stdin.clone();
                self.inline(&stdin);
            } else if interpreter.rest_is_code {
                let at = words.iter().position(|w| *w == value).unwrap_or(0);
                let text = words[at..].iter().map(Text::to_string).collect::<Vec<_>>().join(" ");
                self.inline(&Text::from(text));
            } else {
                self.inline(&value);
            }
        } else if interpreter.module.as_deref() == Some(name) {
            self.module(&value, words);
        } else if self.is(&interpreter.script_options, name) {
            scripts.push(value);
        }
    }

    /// `perl -lne CODE`, `python -Ic CODE`: the letter that carries code ends a bundle.
    fn bundled(&mut self, name: &str, words: &[Text]) {
        let letter =
            |option: &String| (option.len() == 2 && option.starts_with('-')).then(|| option.as_bytes()[1]);
        let short =
            name.len() > 2 && !name.starts_with("--") && name[1..].bytes().all(|c| c.is_ascii_alphanumeric());
        let last = name.bytes().last();
        if short && self.interpreter.inline.iter().filter_map(letter).any(|c| Some(c) == last) {
            let at = words.iter().position(|w| w.literal() == Some(name)).map_or(0, |at| at + 1);
            if let Some(code) = words.get(at) {
                self.inline(&code.clone());
            }
        }
    }

    /// `python -m awscli secretsmanager …`: a module that is a program.
    fn module(&mut self, module: &Text, words: &[Text]) {
        let at = words.iter().position(|w| w == module).map_or(words.len(), |at| at + 1);
        let name = module.literal().unwrap_or_default();
        let name =
            if matches!(name, "awscli" | "awscli.__main__" | "awscli.clidriver") { "aws" } else { name };
        let argv: Vec<Text> = std::iter::once(Text::from(name)).chain(words[at..].iter().cloned()).collect();
        let path = Text::from(name.replace('.', "/"));
        let endings = [".py".to_owned(), "/__main__.py".to_owned()];
        let source = script::first_of(&self.invocation.files, self.trace, &path, &endings, Kind::Application);
        if let Some(source) = source.filter(|_| !path.is_empty()) {
            let _through = self.trace.through(format!("{} -m {name}", self.name));
            source.text.alternatives().iter().for_each(|text| self.code(text, source.file));
            return;
        }
        let _through = self.trace.through(format!("{} -m", self.name));
        let outcome = self.reader.inner_command(self.trace, self.invocation, &argv);
        self.output = outcome.output;
        self.ran = true;
    }

    /// Whether a bundle of short options has this letter.
    fn has_letter(&self, letter: char) -> bool {
        let options = self.invocation.argv[1..].iter().filter_map(Text::literal);
        options.filter_map(|word| word.strip_prefix('-')).any(|word| {
            let names_a_module = word.starts_with(['M', 'm', 'I']);
            !names_a_module && word.chars().all(char::is_alphanumeric) && word.contains(letter)
        })
    }
}
