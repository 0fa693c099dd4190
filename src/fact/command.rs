//! Programs that rules judge by their command line: operands, options, and the text that they are given.

use super::options::{Argument, Options};
use super::reader::Reader;
use super::{CommandLine, Fact};
use crate::knowledge::Command;
use crate::shell::Invocation;
use crate::trace::Trace;
use crate::value::{Text, Value};

impl Reader {
    /// Records what such a program is told.
    pub(super) fn command_line(
        &mut self,
        trace: &Trace,
        name: &str,
        known: &Command,
        invocation: &Invocation,
    ) {
        let words: Vec<Text> = invocation.argv[1..].iter().cloned().map(Text::unmatched).collect();
        let inert = |word: &Text| word.literal().is_some_and(|word| known.inert.iter().any(|w| w == word));
        // Behind `--` stands another program.
        if words.iter().take_while(|word| word.literal() != Some("--")).any(inert) {
            return;
        }
        let program = Text::from(name);
        let line = read(known, &words, invocation);
        let line = CommandLine { program, ..line };
        self.find(trace, Fact::Command(line), invocation.to_string(), None);
    }
}

fn read(known: &Command, words: &[Text], invocation: &Invocation) -> CommandLine {
    let takes_value = |option: &str| known.value_options.iter().any(|known| known == option);
    let mut line = CommandLine { texts: words.to_vec(), ..CommandLine::default() };
    for argument in (Options { value: &takes_value, stop: false }).read(words) {
        match argument {
            Argument::Operand { word, .. } => {
                // A document that the same command wrote.
                if let Some(path) = word.literal()
                    && let Some(text) = invocation.files.get(path)
                {
                    line.texts.extend(text.alternatives().iter().cloned());
                }
                line.operands.push(word);
            }
            Argument::Option { name, value, .. } => {
                let value = value.unwrap_or_else(|| Text::from(""));
                if known.files.contains(&name) {
                    line.texts.extend(contents(&value, invocation));
                }
                let name = known.same.get(&name).cloned().unwrap_or(name);
                line.options.push((name, value));
            }
            Argument::Dashes { .. } => {}
        }
    }
    for (variable, value) in &invocation.environment {
        if let Some(option) = known.variables.get(variable)
            && !line.options.iter().any(|(name, _)| name == option)
        {
            line.options.extend(value.alternatives().iter().map(|value| (option.clone(), value.clone())));
        }
        line.texts.extend(value.alternatives().iter().cloned());
    }
    if !invocation.stdin.is_wholly_unknown() {
        line.texts.push(invocation.stdin.clone());
    }
    if !known.files.iter().any(|option| words.iter().any(|w| w.known_prefix().starts_with(option.as_str()))) {
        for path in &known.default_files {
            line.texts.extend(contents(&Text::from(path.as_str()), invocation));
        }
    }
    line
}

/// What a file holds; unknown where the command itself did not write it.
fn contents(path: &Text, invocation: &Invocation) -> Vec<Text> {
    let unknown = || Value::unknown(format!("contents of {path}"));
    let text = match path.literal() {
        Some("-" | "/dev/stdin") => Value::One(invocation.stdin.clone()),
        Some(path) => invocation.files.get(path).unwrap_or_else(unknown),
        None => unknown(),
    };
    text.alternatives().to_vec()
}
