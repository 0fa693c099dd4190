//! Rules over command lines.

use super::matching::{Answer, any, either};
use super::rule::CommandMatch;
use crate::fact::CommandLine;
use crate::value::Text;

/// The parts of a command line that a rule names, each with whether it is what the rule wants.
pub(super) fn command(wanted: &CommandMatch, line: &CommandLine) -> Vec<(String, Answer)> {
    let mut answers = Vec::new();
    if let Some(program) = &wanted.program {
        answers.push(("program".to_owned(), any(program, &line.program)));
    }
    if let Some(operands) = &wanted.operands {
        answers.push(("operands".to_owned(), any(operands, &joined(&line.operands))));
    }
    for (name, patterns) in &wanted.option {
        let given = line.options.iter().filter(|(known, _)| known == name);
        answers.push((name.clone(), either(given.map(|(_, value)| any(patterns, value)))));
    }
    if let Some(text) = &wanted.text {
        answers.push(("text".to_owned(), either(line.texts.iter().map(|given| any(text, given)))));
    }
    answers
}

fn joined(words: &[Text]) -> Text {
    let mut words = words.iter().cloned();
    let first = words.next().unwrap_or_default();
    words.fold(first, |text, word| text.concat(Text::from(" ")).concat(word))
}
