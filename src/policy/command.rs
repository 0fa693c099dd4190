//! Rules over command lines.

use super::matching::{Answers, any, either};
use super::rule::CommandMatch;
use crate::fact::CommandLine;
use crate::value::Text;

/// Asks the parts of a command line that a rule names.
pub(super) fn command(answers: &mut Answers, wanted: &CommandMatch, line: &CommandLine) {
    answers.ask_any("program", wanted.program.as_ref(), &line.program);
    if let Some(operands) = &wanted.operands {
        answers.ask("operands", || any(operands, &joined(&line.operands)));
    }
    for (name, patterns) in &wanted.option {
        let given = line.options.iter().filter(|(known, _)| known == name);
        answers.ask(name, || either(given.map(|(_, value)| any(patterns, value))));
    }
    if let Some(text) = &wanted.text {
        answers.ask("text", || either(line.texts.iter().map(|given| any(text, given))));
    }
}

fn joined(words: &[Text]) -> Text {
    let mut words = words.iter().cloned();
    let first = words.next().unwrap_or_default();
    words.fold(first, |text, word| text.concat(Text::from(" ")).concat(word))
}
