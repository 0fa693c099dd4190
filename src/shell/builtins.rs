//! bash's builtins that change what runs later or run something themselves (Bash manual, 4).

use std::rc::Rc;

use super::expand::join;
use super::run::{Flow, Run, Shell};
use super::state::{Slot, environment_value};
use crate::trace::{FileId, Kind};
use crate::value::{Piece, Text, Value};

impl Shell<'_, '_> {
    /// Runs a builtin; None where `name` is none of those that matter here.
    pub(super) fn builtin(
        &mut self,
        name: &str,
        argv: &[Text],
        environment: &[(String, Value)],
    ) -> Run<Option<Flow>> {
        let arguments = &argv[1..];
        let flow = match name {
            "eval" => {
                self.adopt(environment);
                let text = join(arguments.iter().cloned(), " ");
                let output = self.text_as_program("eval", &text, None)?;
                Flow { output, status: None }
            }
            "source" | "." => {
                self.adopt(environment);
                match arguments.first() {
                    Some(path) => self.source(path, &arguments[1..])?,
                    None => Flow::silent(Some(false)),
                }
            }
            "command" | "builtin" | "exec" => return self.prefixed(name, arguments, environment).map(Some),
            "trap" => {
                let text = arguments.iter().find(|word| word.literal() != Some("--"));
                if let Some(text) = text.filter(|t| !matches!(t.literal(), Some("-" | "-p" | "-l" | ""))) {
                    let state = self.state.clone();
                    self.text_as_program("trap", text, None)?;
                    self.state = state;
                }
                Flow::silent(Some(true))
            }
            "alias" => {
                for word in arguments {
                    if let Some((name, text)) = word.literal().and_then(|w| w.split_once('=')) {
                        Rc::make_mut(&mut self.state.aliases)
                            .insert(name.to_owned(), (text.to_owned(), false));
                    }
                }
                Flow::silent(Some(true))
            }
            "unalias" => {
                let aliases = Rc::make_mut(&mut self.state.aliases);
                for name in arguments.iter().filter_map(Text::literal) {
                    if name == "-a" { aliases.clear() } else { drop(aliases.remove(name)) }
                }
                Flow::silent(Some(true))
            }
            // They show what the shell holds, as a program would.
            "set" | "export" | "readonly" | "declare" | "typeset" if lists_variables(name, arguments) => {
                return Ok(None);
            }
            "set" => {
                self.set_arguments(arguments);
                Flow::silent(Some(true))
            }
            "shift" => {
                let count =
                    arguments.first().and_then(Text::literal).and_then(|n| n.parse().ok()).unwrap_or(1);
                let left = self.state.positional.iter().skip(count).cloned().collect();
                self.state.positional = Rc::new(left);
                Flow::silent(Some(true))
            }
            "export" | "readonly" | "declare" | "typeset" | "local" => self.declare(name, arguments)?,
            "unset" => {
                for name in arguments.iter().filter_map(Text::literal).filter(|n| !n.starts_with('-')) {
                    self.state.change(name, |variable| variable.slot = Slot::Unset);
                    self.state.functions.forget(name);
                }
                Flow::silent(Some(true))
            }
            "read" => self.read(arguments)?,
            "mapfile" | "readarray" => self.mapfile(arguments)?,
            "printf" if arguments.first().and_then(Text::literal) == Some("-v") => {
                if let (Some(name), Some(rest)) =
                    (arguments.get(1).and_then(Text::literal), arguments.get(2..))
                {
                    let text =
                        super::filters::printf(rest).unwrap_or_else(|| Text::unknown(format!("${name}")));
                    self.set_variable(name, Value::One(text))?;
                }
                Flow::silent(Some(true))
            }
            "let" => {
                let mut status = None;
                for word in arguments {
                    let value = word.literal().and_then(|t| super::arithmetic::evaluate(t, &mut self.state));
                    status = value.map(|v| v != 0);
                }
                Flow::silent(status)
            }
            "test" => Flow::silent(super::condition::simple(arguments)),
            "[" => {
                let inner = arguments.strip_suffix(&[Text::from("]")]).unwrap_or(arguments);
                Flow::silent(super::condition::simple(inner))
            }
            ":" | "true" => Flow::silent(Some(true)),
            "false" => Flow::silent(Some(false)),
            "type" => Flow::prints(join(arguments.last().cloned(), "").concat(Text::from("\n"))),
            "hash" => {
                // `hash -p PATH NAME`: another name for a program.
                if let [option, path, name] = arguments
                    && option.literal() == Some("-p")
                    && let (Some(path), Some(name)) = (path.literal(), name.literal())
                {
                    Rc::make_mut(&mut self.state.aliases).insert(name.to_owned(), (path.to_owned(), true));
                }
                Flow::silent(Some(true))
            }
            "cd" | "pushd" | "popd" => self.change_folder(name, arguments),
            "pwd" => self.print_folder(),
            "dirs" | "shopt" | "ulimit" | "umask" | "wait" | "jobs" | "fg" | "bg" | "disown" | "bind"
            | "complete" | "compgen" | "compopt" | "enable" | "exit" | "return" | "break" | "continue"
            | "times" | "caller" | "suspend" | "logout" | "history" | "getopts" => Flow::silent(None),
            _ => return Ok(None),
        };
        Ok(Some(flow))
    }

    /// Variables set for a builtin alone are seen by what it runs.
    fn adopt(&mut self, environment: &[(String, Value)]) {
        for (name, value) in environment {
            self.state.set(name, value.clone());
        }
    }

    /// Runs a text that a builtin was given as a program in this shell.
    pub(super) fn text_as_program(&mut self, through: &str, text: &Text, file: Option<FileId>) -> Run<Value> {
        let carried =
            file.is_none().then(|| self.files.within(self.folder()).carried(self.trace, text, Kind::Script));
        let (text, file) = match carried.flatten() {
            Some(source) => (self.choose(&source.text), source.file),
            None => (text.clone(), file),
        };
        match super::program_text(&text) {
            Some(program) => {
                let _level = self.trace.budget.enter()?;
                let _through = self.trace.through(through);
                self.program_of(&program, file)
            }
            None => Ok(Value::unknown(format!("output of {through}"))),
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
                ("command", option) if option.contains(['v', 'V']) => {
                    // The path of a program is as good as its name.
                    return Ok(Flow::prints(join(words[1..].iter().cloned(), "\n").concat(Text::from("\n"))));
                }
                ("exec", option) if option.ends_with('a') => words = words.get(2..).unwrap_or_default(),
                _ => words = &words[1..],
            }
        }
        if words.is_empty() {
            return Ok(Flow::silent(Some(true)));
        }
        // None of them finds a function or an alias.
        let name = words[0].literal().map(str::to_owned);
        if let Some(name) = name
            && let Some(flow) = self.builtin(&name, words, environment)?
        {
            return Ok(flow);
        }
        self.invoke(words.to_vec(), environment.to_vec())
    }

    fn set_arguments(&mut self, arguments: &[Text]) {
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            match word.literal() {
                Some("--") => {
                    self.state.positional = Rc::new(words.cloned().collect());
                    return;
                }
                Some("-o" | "+o") => {
                    words.next();
                }
                Some(option) if option.starts_with(['-', '+']) && option.len() > 1 => {
                    if option.ends_with('o') {
                        words.next();
                    }
                }
                _ => {
                    self.state.positional = Rc::new(std::iter::once(word).chain(words).cloned().collect());
                    return;
                }
            }
        }
    }

    fn declare(&mut self, builtin: &str, arguments: &[Text]) -> Run<Flow> {
        let (mut export, mut reference, mut keyed, mut indexed) = (builtin == "export", false, false, false);
        let functions =
            arguments.iter().any(|w| w.literal().is_some_and(|w| w.starts_with('-') && w.contains('f')));
        if functions {
            for name in arguments.iter().filter_map(Text::literal) {
                if let Some(body) = self.state.functions.get(name) {
                    self.state.exported_functions.define(name, body);
                }
            }
            return Ok(Flow::silent(Some(true)));
        }
        let global =
            arguments.iter().any(|w| w.literal().is_some_and(|w| w.starts_with('-') && w.contains('g')));
        for word in arguments {
            if let Some(options) = word.literal().and_then(|w| w.strip_prefix('-')) {
                export |= options.contains('x');
                reference |= options.contains('n') && builtin != "export";
                keyed |= options.contains('A');
                indexed |= options.contains('a');
                continue;
            }
            let (name, value) = split_assignment(word);
            let Some(name) = name else { continue };
            let append = name.ends_with('+');
            let name = name.trim_end_matches('+').to_owned();
            if !matches!(builtin, "export" | "readonly")
                && !global
                && let Some(frame) = self.locals.last_mut()
            {
                frame.entry(name.clone()).or_insert_with(|| self.state.variables.get(name.as_str()).cloned());
            }
            if let Some(value) = value {
                let value = if append {
                    match self.state.variable(&name).map(|v| v.slot.clone()) {
                        Some(Slot::Scalar(before)) => before.concat(Value::One(value)),
                        _ => Value::One(value),
                    }
                } else {
                    Value::One(value)
                };
                if reference {
                    self.state.change(&name, |v| {
                        v.slot = Slot::Scalar(value.clone());
                        v.reference = true;
                    });
                } else {
                    self.set_variable(&name, value)?;
                }
            } else if !self.state.variables.contains_key(name.as_str())
                && !matches!(builtin, "export" | "readonly")
            {
                self.state.change(&name, |variable| variable.slot = Slot::Unset);
            }
            self.state.change(&name, |variable| {
                variable.exported |= export;
                match variable.slot {
                    Slot::Unset if keyed => variable.slot = Slot::Keyed(Default::default()),
                    Slot::Unset if indexed => variable.slot = Slot::Indexed(Default::default()),
                    // `export NAME` of a variable that only the environment knows.
                    Slot::Unset if export => variable.slot = Slot::Scalar(environment_value(&name)),
                    _ => {}
                }
            });
        }
        // `declare -A x=(…)` arrives here with the name alone, before its elements.
        Ok(Flow::silent(Some(true)))
    }

    fn read(&mut self, arguments: &[Text]) -> Run<Flow> {
        let mut names = Vec::new();
        let mut array = None;
        let mut delimiter = '\n';
        let mut count = None;
        let mut source = self.stdin.clone();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let Some(word) = word.literal() else { continue };
            let Some(letters) = word.strip_prefix('-') else {
                names.push(word.to_owned());
                continue;
            };
            // The first letter that takes a value takes what follows it, or the next word.
            let Some(at) = letters.find(|c| "adinNptu".contains(c)) else { continue };
            let attached = &letters[at + 1..];
            let value =
                if attached.is_empty() { words.next().and_then(Text::literal) } else { Some(attached) };
            match letters.as_bytes()[at] {
                b'a' => array = value,
                b'd' => delimiter = value.and_then(|d| d.chars().next()).unwrap_or('\0'),
                b'n' | b'N' => count = value.and_then(|n| n.parse().ok()),
                b'u' => source = self.contents(&Text::from(format!("/dev/fd/{}", value.unwrap_or("0")))),
                _ => {}
            }
        }
        let text = self.choose(&source);
        let Text::Literal(text) = text else {
            for name in names.iter().map(String::as_str).chain(array) {
                self.state.set(name, environment_value(name));
            }
            if names.is_empty() && array.is_none() {
                self.state.set("REPLY", environment_value("REPLY"));
            }
            return Ok(Flow::silent(None));
        };
        let (line, rest, found) = match count {
            Some(count) => {
                let end = text.char_indices().nth(count).map_or(text.len(), |(i, _)| i);
                (&text[..end], &text[end..], end > 0)
            }
            None => match text.split_once(delimiter) {
                Some((line, rest)) => (line, rest, true),
                None => (text.as_str(), "", false),
            },
        };
        if source == self.stdin {
            self.stdin = Value::from(rest);
        }
        let ifs = self.ifs();
        if let Some(array) = array {
            let fields = split(line, &ifs, usize::MAX);
            let elements = (0..).zip(fields.into_iter().map(Value::from)).collect();
            self.state.change(array, |variable| variable.slot = Slot::Indexed(elements));
        } else if names.is_empty() {
            self.state.set("REPLY", line);
        } else {
            let mut fields = split(line, &ifs, names.len()).into_iter();
            for name in &names {
                self.state.set(name, fields.next().unwrap_or_default());
            }
        }
        Ok(Flow::silent(Some(found)))
    }

    fn mapfile(&mut self, arguments: &[Text]) -> Run<Flow> {
        let mut name = "MAPFILE";
        let mut trim = false;
        let mut callback = None;
        let mut words = arguments.iter().filter_map(Text::literal);
        while let Some(word) = words.next() {
            match word {
                "-t" => trim = true,
                "-C" => callback = words.next(),
                "-d" | "-n" | "-O" | "-s" | "-u" | "-c" => drop(words.next()),
                option if option.starts_with('-') => {}
                array => name = array,
            }
        }
        let text = self.choose(&self.stdin.clone());
        let slot = match text.literal() {
            Some(text) => {
                let count = text.bytes().filter(|byte| *byte == b'\n').count();
                self.trace.budget.produce(count * 2 * super::expand::WORD_PRODUCED)?;
                let lines = text.split_inclusive('\n');
                let lines = lines.map(|line| if trim { line.trim_end_matches('\n') } else { line });
                Slot::Indexed((0..).zip(lines.map(Value::from)).collect())
            }
            None => Slot::Indexed([(0, environment_value(name))].into()),
        };
        self.state.change(name, |variable| variable.slot = slot);
        if let Some(callback) = callback {
            self.text_as_program("mapfile -C", &Text::from(callback), None)?;
        }
        Ok(Flow::silent(Some(true)))
    }
}

/// Whether a builtin is asked to print variables: `set`, `export -p`, `declare -p NAME`.
fn lists_variables(name: &str, arguments: &[Text]) -> bool {
    let option = |word: &Text| word.literal().is_some_and(|word| word.starts_with('-') && word != "--");
    let prints = |word: &Text| option(word) && word.known_prefix().contains('p');
    arguments.is_empty() || name != "set" && (arguments.iter().any(prints) || arguments.iter().all(option))
}

/// The name left of the first `=` and what stands right of it.
fn split_assignment(word: &Text) -> (Option<&str>, Option<Text>) {
    let prefix = word.known_prefix();
    match prefix.split_once('=') {
        None => (word.literal(), None),
        Some((name, _)) => {
            let mut pieces = word.clone().pieces();
            if let Some(Piece::Literal(first)) = pieces.first_mut() {
                first.drain(..=name.len());
            }
            let value = Text::from_pieces(pieces);
            (Some(name), Some(value))
        }
    }
}

/// Splits a line into at most `most` fields; the last takes what is left.
fn split(line: &str, ifs: &str, most: usize) -> Vec<String> {
    let blank = |c: char| ifs.contains(c) && c.is_ascii_whitespace();
    let mut fields = Vec::new();
    let mut rest = line.trim_matches(blank);
    while !rest.is_empty() {
        if fields.len() + 1 == most {
            fields.push(rest.to_owned());
            break;
        }
        match rest.find(|c| ifs.contains(c)) {
            Some(at) => {
                fields.push(rest[..at].to_owned());
                let mut after = rest[at..].trim_start_matches(blank);
                if let Some(c) =
                    after.chars().next().filter(|&c| ifs.contains(c) && !rest[at..].starts_with(blank))
                {
                    after = after[c.len_utf8()..].trim_start_matches(blank);
                }
                rest = after;
            }
            None => {
                fields.push(rest.to_owned());
                break;
            }
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_splits_as_bash_does() {
        for (line, ifs, most, expected) in [
            ("a b  c", " \t\n", 9, vec!["a", "b", "c"]),
            ("  a b c ", " \t\n", 2, vec!["a", "b c"]),
            ("a:b::c", ":", 9, vec!["a", "b", "", "c"]),
        ] {
            assert_eq!(split(line, ifs, most), expected, "{line:?}");
        }
    }

    #[test]
    fn assignments_split_at_the_first_equals_sign() {
        let word = Text::from("a=b=").concat(Text::unknown("$x"));
        let (name, value) = split_assignment(&word);
        assert_eq!((name, value.map(|v| v.to_string())), (Some("a"), Some("b=‹$x›".to_owned())));
    }
}
