//! bash's builtins that change what runs later or run something themselves (Bash manual, 4).

use std::rc::Rc;

use super::condition::Holds;
use super::expand::join;
use super::options::BUILTINS_CHANGED;
use super::run::{Flow, Jump, Run, Shell};
use crate::trace::{FileId, Kind};
use crate::value::{Text, Value};

mod declare;
mod directories;
mod getopts;
mod names;
mod read;
mod switches;
pub(super) mod traps;
mod unset;

/// Every builtin of bash 5.2, in order.
const BUILTINS: &[&str] = &[
    ".",
    ":",
    "[",
    "alias",
    "bg",
    "bind",
    "break",
    "builtin",
    "caller",
    "cd",
    "command",
    "compgen",
    "complete",
    "compopt",
    "continue",
    "declare",
    "dirs",
    "disown",
    "echo",
    "enable",
    "eval",
    "exec",
    "exit",
    "export",
    "false",
    "fc",
    "fg",
    "getopts",
    "hash",
    "help",
    "history",
    "jobs",
    "kill",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "printf",
    "pushd",
    "pwd",
    "read",
    "readarray",
    "readonly",
    "return",
    "set",
    "shift",
    "shopt",
    "source",
    "suspend",
    "test",
    "times",
    "trap",
    "true",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "wait",
];

/// Whether a name is a builtin's.
pub(super) fn is_builtin(name: &str) -> bool {
    BUILTINS.binary_search(&name).is_ok()
}

impl Shell<'_, '_> {
    /// Runs a builtin; None where `name` is none of those that matter here.
    pub(super) fn builtin(
        &mut self,
        name: &str,
        argv: &[Text],
        environment: &[(String, Value)],
    ) -> Run<Option<Flow>> {
        // What looks like a file-name pattern is an element here: `unset a[1]`.
        let elements: Vec<Text>;
        let arguments = match name {
            "unset" | "read" | "printf" | "let" | "declare" | "local" | "export" | "mapfile" => {
                elements = argv[1..].iter().cloned().map(Text::unmatched).collect();
                elements.as_slice()
            }
            _ => &argv[1..],
        };
        let flow = match name {
            "eval" => {
                let arguments = arguments.strip_prefix(&[Text::from("--")]).unwrap_or(arguments);
                self.text_as_program("eval", &join(arguments.iter().cloned(), " "))?
            }
            "source" | "." => match arguments.first() {
                Some(path) => self.source(path, &arguments[1..])?,
                None => Flow::silent(Some(2)),
            },
            "command" | "builtin" | "exec" => return self.prefixed(name, arguments, environment).map(Some),
            "trap" => self.trap(arguments)?,
            "kill" => return self.kill(arguments),
            "alias" => return Ok(self.alias(arguments)),
            "unalias" => {
                let aliases = Rc::make_mut(&mut self.state.aliases);
                for name in arguments.iter().filter_map(Text::literal) {
                    if name == "-a" { aliases.clear() } else { drop(aliases.remove(name)) }
                }
                Flow::silent(Some(0))
            }
            "declare" | "typeset" | "export" | "readonly" if declare::shows(name, arguments) => {
                let told = self.invoke(argv.to_vec(), environment.to_vec())?;
                match self.shown(arguments) {
                    Some(flow) => flow,
                    None => told,
                }
            }
            "set" if arguments.is_empty() => return Ok(None),
            "set" => {
                self.trace.budget.produce(arguments.iter().map(Text::weight).sum())?;
                let status = self.set(arguments);
                Flow::silent(Some(status))
            }
            "shopt" => self.shopt(arguments),
            "shift" => self.shift(arguments),
            "export" | "readonly" | "declare" | "typeset" | "local" => self.declare(name, arguments)?,
            "unset" => self.unset(arguments)?,
            "read" => self.read(arguments)?,
            "mapfile" | "readarray" => self.mapfile(arguments)?,
            "getopts" => self.getopts(arguments)?,
            "printf" if arguments.first().and_then(Text::literal) == Some("-v") => {
                self.printf_v(arguments)?
            }
            "let" => self.calculate_all(arguments)?,
            "test" => self.tested(arguments)?,
            "[" => match arguments.strip_suffix(&[Text::from("]")]) {
                Some(inner) => self.tested(inner)?,
                None => Flow::silent(Some(2)),
            },
            ":" | "true" => Flow::silent(Some(0)),
            "false" => Flow::silent(Some(1)),
            "exit" | "logout" => {
                self.leave_with(arguments);
                self.jump = Some(Jump::Exit);
                Flow::silent(self.state.status)
            }
            "return" if self.calls.is_empty() && self.sourced == 0 => Flow::silent(Some(2)),
            "return" => {
                self.leave_with(arguments);
                self.jump = Some(Jump::Return);
                Flow::silent(self.state.status)
            }
            "break" | "continue" => self.leave_loop(name, arguments),
            "type" => self.described_names(arguments),
            "hash" => self.hash(arguments),
            "cd" => self.cd(arguments)?,
            "pwd" => self.pwd(),
            "pushd" => self.pushd(arguments)?,
            "popd" => self.popd(arguments)?,
            "dirs" if arguments.is_empty() => self.dirs(),
            "enable" => {
                if !arguments.is_empty() {
                    self.state.options.switch(BUILTINS_CHANGED, true);
                }
                Flow::silent(None)
            }
            "wait" if arguments.is_empty() => Flow::silent(Some(0)),
            "umask" if arguments.is_empty() => return Ok(None),
            "dirs" | "ulimit" | "umask" | "wait" | "jobs" | "fg" | "bg" | "disown" | "bind" | "complete"
            | "compgen" | "compopt" | "times" | "caller" | "suspend" | "history" => Flow::silent(None),
            _ => return Ok(None),
        };
        Ok(Some(flow))
    }

    /// Runs a text that a builtin was given as a program in this shell.
    pub(super) fn text_as_program(&mut self, through: &str, text: &Text) -> Run<Flow> {
        self.text_of_file(through, text, None)
    }

    /// The same of a text that is a file on disk. One that is known only as what a file holds is that file's.
    pub(super) fn text_of_file(&mut self, through: &str, text: &Text, file: Option<FileId>) -> Run<Flow> {
        let carried =
            file.is_none().then(|| self.files.within(self.folder()).carried(self.trace, text, Kind::Script));
        let (text, file) = match carried.flatten() {
            Some(source) => (self.choose(&source.text), source.file),
            None => (text.clone(), file),
        };
        match super::program_text(&text) {
            Some(program) if program.is_empty() => Ok(Flow::silent(Some(0))),
            Some(program) => {
                let _level = self.trace.budget.enter()?;
                let _through = self.trace.through(through);
                self.program_of(&program, file)
            }
            None => Ok(Flow { output: Value::unknown(format!("output of {through}")), status: None }),
        }
    }

    /// `command`, `builtin` and `exec` run the rest of their words.
    fn prefixed(&mut self, name: &str, arguments: &[Text], environment: &[(String, Value)]) -> Run<Flow> {
        let mut words = arguments;
        while let Some(option) =
            words.first().and_then(Text::literal).filter(|w| w.starts_with('-') && w.len() > 1)
        {
            match (name, option) {
                (_, "--") => {
                    words = &words[1..];
                    break;
                }
                ("command", option) if option.contains(['v', 'V']) => return Ok(self.found(&words[1..])),
                ("exec", option) if option.ends_with('a') => words = words.get(2..).unwrap_or_default(),
                _ => words = &words[1..],
            }
        }
        if words.is_empty() {
            return Ok(Flow::silent(Some(0)));
        }
        // None of them finds a function or an alias.
        let first = words[0].literal().map(str::to_owned);
        if let Some(first) = &first
            && name != "exec"
            && let Some(flow) = self.builtin(first, words, environment)?
        {
            return Ok(flow);
        }
        let flow = self.invoke(words.to_vec(), environment.to_vec())?;
        if name == "exec" && first.is_some() {
            // Whether or not the program is found, this shell ends.
            self.state.status = None;
            self.jump = Some(Jump::Exit);
        }
        Ok(flow)
    }

    fn shift(&mut self, arguments: &[Text]) -> Flow {
        let count = match arguments.first().map(Text::literal) {
            None => Some(1),
            Some(text) => text.and_then(|text| text.parse::<usize>().ok()),
        };
        let Some(count) = count else {
            // By how many is not known: any of them may be any.
            let any = self.positional().iter().map(|_| Text::unknown("$@")).collect();
            self.state.positional = Rc::new(any);
            return Flow::silent(None);
        };
        if count > self.positional().len() {
            return Flow::silent(Some(1));
        }
        self.state.positional = Rc::new(self.positional()[count..].to_vec());
        Flow::silent(Some(0))
    }

    /// Sets `$?` from the argument of `exit` or `return`.
    fn leave_with(&mut self, arguments: &[Text]) {
        if let Some(word) = arguments.first() {
            self.state.status =
                word.literal().and_then(|text| text.trim().parse::<i64>().ok()).map(|n| n as u8);
        }
    }

    fn leave_loop(&mut self, name: &str, arguments: &[Text]) -> Flow {
        if self.loops == 0 {
            return Flow::silent(Some(0));
        }
        let levels = match arguments.first().map(Text::literal) {
            None => Some(1),
            Some(text) => text.and_then(|text| text.parse::<u32>().ok()),
        };
        match levels.filter(|levels| *levels > 0) {
            Some(levels) => {
                let levels = levels.min(self.loops);
                self.jump = Some(if name == "break" { Jump::Break(levels) } else { Jump::Continue(levels) });
                Flow::silent(Some(0))
            }
            None => Flow::silent(None),
        }
    }

    fn printf_v(&mut self, arguments: &[Text]) -> Run<Flow> {
        let (Some(place), Some(rest)) = (arguments.get(1).and_then(Text::literal), arguments.get(2..)) else {
            return Ok(Flow::silent(None));
        };
        let rest = rest.strip_prefix(&[Text::from("--")]).unwrap_or(rest);
        let (text, valid) =
            super::printf::printed(rest).unwrap_or_else(|| (Text::unknown(format!("${place}")), true));
        let status = text.literal().map(|_| u8::from(!valid));
        // No variable keeps what follows a NUL.
        let text = text.map_literals(|text| text.split('\0').next().unwrap_or_default().to_owned());
        let (name, index) = self.place(place)?;
        self.assign_to(&name, index.as_ref(), Value::One(text), false)?;
        Ok(Flow::silent(status))
    }

    fn calculate_all(&mut self, arguments: &[Text]) -> Run<Flow> {
        let mut last = Flow::silent(Some(1));
        for word in arguments {
            last = match self.calculate(word)? {
                Ok(number) => Flow::answer(Some(number != 0)),
                Err(super::arithmetic::Trouble::Unknown) => Flow::silent(None),
                Err(_) => return Ok(Flow::silent(Some(1))),
            };
        }
        Ok(last)
    }

    fn tested(&mut self, words: &[Text]) -> Run<Flow> {
        Ok(match self.simple_test(words)? {
            Holds::Yes => Flow::silent(Some(0)),
            Holds::No => Flow::silent(Some(1)),
            Holds::Invalid => Flow::silent(Some(2)),
            Holds::Unknown => Flow::silent(None),
        })
    }
}
