//! Programs that rules judge by their command line: operands, options, and the text that they are given.

use super::options::{Argument, Options};
use super::reader::Reader;
use super::{CommandLine, Fact};
use crate::knowledge::{Command, Program};
use crate::shell::{Invocation, Outcome};
use crate::trace::{Kind, Trace};
use crate::value::{Piece, Text, Value};

impl Reader {
    /// Records what such a program is told.
    pub(super) fn command_line(
        &mut self,
        trace: &Trace,
        name: &str,
        known: &Command,
        invocation: &Invocation,
    ) {
        if !self.interests.adds_program(name) && !is_with(known, invocation) {
            return;
        }
        let words: Vec<Text> = invocation.argv[1..].iter().cloned().map(Text::unmatched).collect();
        let inert = |word: &Text| word.literal().is_some_and(|word| known.inert.iter().any(|w| w == word));
        // Behind `--` stands another program.
        if words.iter().take_while(|word| word.literal() != Some("--")).any(inert) {
            return;
        }
        let line = read(trace, known, &words, invocation);
        self.find_line(trace, name, line, invocation);
    }

    /// What such a program prints, by the name under which rules know it.
    pub(super) fn named_output(
        &self,
        name: &str,
        known: &Command,
        invocation: &Invocation,
    ) -> Option<Outcome> {
        if !known.named_output || !invocation.captured || !is_with(known, invocation) {
            return None;
        }
        let words: Vec<String> = invocation.argv[1..].iter().map(Text::to_string).collect();
        let output = Value::One(Text::unknown_words(format!("output of {name} {}", words.join(" "))));
        Some(Outcome { output: Some(output), entered: false })
    }

    /// Records what any program is told that a rule names, where nothing is known of its options. A word behind an
    /// option may be its value or an operand, so that there may be two readings: one in which every option has the
    /// value that may be its own, and one in which it has none.
    pub(super) fn any_command_line(&mut self, trace: &Trace, name: &str, invocation: &Invocation) {
        let is_known = |program: &Program| matches!(program, Program::Command(_));
        if !self.interests.adds_program(name) || self.knowledge.programs(name).iter().any(is_known) {
            return;
        }
        let words: Vec<Text> = invocation.argv[1..].iter().cloned().map(Text::unmatched).collect();
        let option = |word: &Text| word.known_prefix().len() > 1 && word.known_prefix().starts_with('-');
        let takes_next = |pair: &[Text]| {
            let sure = pair[0].literal().is_some_and(|word| word != "--" && !word.contains('='));
            (option(&pair[0]) && sure && !option(&pair[1])).then(|| pair[0].to_string())
        };
        let before_dashes = words.iter().position(|word| word.literal() == Some("--")).unwrap_or(words.len());
        let value_options: Vec<String> = words[..before_dashes].windows(2).filter_map(takes_next).collect();
        let plain = Command::default();
        self.find_line(trace, name, read(trace, &plain, &words, invocation), invocation);
        if !value_options.is_empty() {
            let known = Command { value_options, ..plain };
            self.find_line(trace, name, read(trace, &known, &words, invocation), invocation);
        }
    }

    fn find_line(&mut self, trace: &Trace, name: &str, line: CommandLine, invocation: &Invocation) {
        let line = CommandLine { program: Text::from(name), ..line };
        self.find(trace, Fact::Command(line), invocation.to_string(), None);
    }
}

/// Whether a word holds one of the texts that some word must hold.
fn is_with(known: &Command, invocation: &Invocation) -> bool {
    let holds = |text: &str| known.with.iter().any(|part| text.contains(part.as_str()));
    let piece_holds = |piece: &Piece| match piece {
        Piece::Literal(text) | Piece::Glob(text) => holds(text),
        Piece::Unknown(unknown) => holds(&unknown.what),
    };
    let word_holds = |word: &Text| match word {
        Text::Literal(text) => holds(text),
        Text::Mixed(pieces) => pieces.iter().any(piece_holds),
    };
    known.with.is_empty()
        || invocation.argv[1..].iter().any(word_holds)
        || known.reads_names && word_holds(&invocation.stdin)
}

/// What the unknown parts of words are called.
fn names(words: &[Text]) -> impl Iterator<Item = Text> + '_ {
    let pieces = words.iter().flat_map(|word| match word {
        Text::Literal(_) => &[],
        Text::Mixed(pieces) => pieces.as_slice(),
    });
    pieces.filter_map(|piece| match piece {
        Piece::Unknown(unknown) => Some(Text::from(unknown.what.as_str())),
        Piece::Literal(_) | Piece::Glob(_) => None,
    })
}

/// How the names of documents end that hold commands for a program.
const DOCUMENTS: [&str; 2] = [".yml", ".yaml"];

fn read(trace: &Trace, known: &Command, words: &[Text], invocation: &Invocation) -> CommandLine {
    let takes_value = |option: &str| known.value_options.iter().any(|known| known == option);
    let mut line = CommandLine { texts: words.to_vec(), ..CommandLine::default() };
    if known.reads_names {
        line.texts.extend(names(words));
        line.texts.extend(names(std::slice::from_ref(&invocation.stdin)));
    }
    for argument in (Options { value: &takes_value, stop: false }).read(words) {
        match argument {
            Argument::Operand { word, .. } => {
                // A document that the same command wrote, or one of commands that is on disk.
                let path = word.literal();
                let written = path.and_then(|path| invocation.files.get(path));
                let on_disk = || {
                    path.filter(|path| DOCUMENTS.iter().any(|ending| path.ends_with(ending)))?;
                    invocation.files.script(trace, &word, Kind::Script).map(|source| source.text)
                };
                if let Some(text) = written.or_else(on_disk) {
                    line.texts.extend(text.alternatives().iter().cloned());
                }
                line.operands.push(word);
            }
            Argument::Option { name, value, .. } => {
                let value = value.unwrap_or_else(|| Text::from(""));
                if known.files.contains(&name) {
                    line.texts.extend(contents(&value, invocation));
                }
                if let Some(word) = stands_for(known, &name) {
                    line.operands.insert(0, Text::from(word));
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

/// The word among the operands that an option stands for.
fn stands_for<'a>(known: &'a Command, name: &str) -> Option<&'a str> {
    let is_it = |option: &str| name == option || option.len() == 2 && name.starts_with(option);
    known.words.iter().find(|(option, _)| is_it(option)).map(|(_, word)| word.as_str())
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

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use crate::call::ToolCall;
    use crate::fact::Fact;
    use crate::guard::{self, Context};
    use crate::knowledge::{Interest, Interests};
    use crate::policy::Rules;
    use crate::trace::Trace;

    /// The command lines of programs of which nothing is known.
    #[test]
    fn any_program_that_a_rule_names_is_read() {
        let mut interests = Interests::default();
        interests.ask(Interest::Program, "tool*");
        let context = Context { rules: Rc::new(Rules::asking_for(interests)), ..Context::default() };
        for (command, expected) in [
            ("tool delete x", "delete x []"),
            ("tool --force delete", "delete [--force=] / [--force=delete]"),
            ("tool --name=a -v delete", "delete [--name=a -v=] / [--name=a -v=delete]"),
            ("tool --context prod -- --name x", "prod --name x [--context=] / --name x [--context=prod]"),
            ("sudo /opt/bin/tool-2 delete", "delete []"),
            ("x=del; tool ${x}ete \"$NAME\"", "delete ‹$NAME› []"),
            ("other delete", ""),
        ] {
            let findings = guard::judge(&ToolCall::bash(command), &context, &Trace::new()).findings;
            let lines = findings.iter().filter_map(|finding| match &finding.fact {
                Fact::Command(line) => Some(line),
                _ => None,
            });
            let shown: Vec<String> = lines
                .map(|line| {
                    let options: Vec<String> =
                        line.options.iter().map(|(name, value)| format!("{name}={value}")).collect();
                    let mut words: Vec<String> = line.operands.iter().map(ToString::to_string).collect();
                    words.push(format!("[{}]", options.join(" ")));
                    words.join(" ")
                })
                .collect();
            assert_eq!(shown.join(" / "), expected, "{command}");
        }
    }
}
