//! Shells as programs: `bash -c TEXT`, `sh SCRIPT`, `… | sh`.

use super::options::{Argument, Options};
use super::reader::Reader;
use crate::knowledge::Shell;
use crate::shell::{Invocation, Outcome, Source};
use crate::trace::{Kind, Trace};
use crate::value::{Text, Value};

impl Reader {
    /// A shell started as a program.
    pub(super) fn shell_program(
        &mut self,
        trace: &Trace,
        name: &str,
        shell: &Shell,
        invocation: &Invocation,
    ) -> Outcome {
        let takes_value = |option: &str| {
            shell.value_options.iter().chain(&shell.script_options).any(|known| known == option)
        };
        let mut words = &invocation.argv[1..];
        let mut inline = false;
        let mut from_stdin = false;
        let mut only_checks = false;
        let mut next = words.len();
        let mut arguments = (Options { value: &takes_value, stop: true }).read(words).into_iter();
        while let Some(argument) = arguments.next() {
            match argument {
                Argument::Option { name: option, value, .. } => {
                    let short = option.starts_with('-') && !option.starts_with("--");
                    inline |= short && option.contains('c') || option == "--command";
                    from_stdin |= short && option.contains('s');
                    only_checks |= short && option.contains('n');
                    if shell.script_options.contains(&option)
                        && let Some(path) = value
                    {
                        self.script(trace, name, &path, Vec::new(), invocation);
                    }
                }
                // `+x` switches an option off.
                Argument::Operand { at, word } if word.literal().is_some_and(is_switched_off) => {
                    words = &words[at + 1..];
                    next = words.len();
                    arguments = (Options { value: &takes_value, stop: true }).read(words).into_iter();
                }
                Argument::Operand { at, .. } => next = at,
                Argument::Dashes { at } => next = at + 1,
            }
        }
        words = words.get(next..).unwrap_or_default();
        if only_checks {
            trace.step(|| format!("{name} -n only checks the syntax"));
            return Outcome { output: None, entered: true };
        }
        if inline {
            let Some((text, rest)) = words.split_first() else {
                return Outcome { output: None, entered: true };
            };
            let _through = trace.through(format!("{name} -c"));
            // The first word after the text is `$0`.
            let arguments = rest.get(1..).unwrap_or_default().to_vec();
            let zero = rest.first().cloned().unwrap_or_else(|| Text::from(name));
            let inner = Invocation { argv: vec![zero], ..invocation.clone() };
            return self.inner_shell(trace, &inner, text, arguments);
        }
        match words.split_first() {
            Some((path, rest)) if !from_stdin => self.script(trace, name, path, rest.to_vec(), invocation),
            _ => {
                let _through = trace.through(format!("{name} on standard input"));
                let inner = Invocation { stdin: Text::unknown("standard input"), ..invocation.clone() };
                self.inner_shell(trace, &inner, &invocation.stdin, words.to_vec())
            }
        }
    }

    fn script(
        &mut self,
        trace: &Trace,
        name: &str,
        path: &Text,
        arguments: Vec<Text>,
        invocation: &Invocation,
    ) -> Outcome {
        let source = match path.literal() {
            Some("/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0" | "-") => {
                Some(Source { text: Value::One(invocation.stdin.clone()), path: path.clone(), file: None })
            }
            _ => invocation.files.script(trace, path, Kind::Script),
        };
        let Some(source) = source else { return Outcome { output: None, entered: true } };
        let _through = trace.through(format!("{name} {path}"));
        let outcome = self.shell_script(trace, &source, arguments, invocation);
        outcome.unwrap_or(Outcome { output: None, entered: true })
    }
}

/// Whether a word of a shell's command line is `+` with the letters of options that take nothing.
fn is_switched_off(word: &str) -> bool {
    word.strip_prefix('+').is_some_and(|letters| {
        !letters.is_empty() && letters.bytes().all(|c| c.is_ascii_alphabetic() && !matches!(c, b'c' | b's'))
    })
}
