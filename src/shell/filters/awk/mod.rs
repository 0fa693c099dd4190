//! awk: programs over known text (POSIX, awk). What its implementations do differently is not understood.

mod ast;
mod evaluate;
mod expression;
mod functions;
mod lexer;
mod number;
mod parse;
mod record;
mod run;
mod value;
mod variables;

use super::Commands;
use super::call::Call;
use super::options;
use crate::shell::escape;

/// What `awk` prints. Commands that the program starts are handed to `commands`.
pub(super) fn awk(call: &Call, commands: &mut dyn Commands) -> Option<String> {
    // Options end at the first word that is none: the program, or with -f a file.
    let takes = |word: &str| matches!(word, "-F" | "-v" | "-f" | "--field-separator" | "--assign" | "--file");
    let mut end = 0;
    while let Some(word) = call.words.get(end).filter(|w| w.starts_with('-') && w.len() > 1) {
        end += 1 + usize::from(takes(word));
        if *word == "--" {
            break;
        }
    }
    let (flags, mut operands) = call.words.split_at_checked(end)?;
    let long = [("field-separator", 'F'), ("assign", 'v'), ("file", 'f')];
    let parsed = options::parse(flags, "F:v:f:", &long)?;
    let mut text = String::new();
    for (_, path) in parsed.options.iter().filter(|(o, _)| *o == 'f') {
        text.push_str(&call.exact(&[path])?);
        text.push('\n');
    }
    if text.is_empty() {
        let (program, rest) = operands.split_first()?;
        text = (*program).to_owned();
        operands = rest;
    }
    let program = parse::program(&text, call.budget)?;
    let mut variables = Vec::new();
    for (option, value) in &parsed.options {
        match option {
            // `-Ft` is a tab to some.
            'F' if *value == "t" => return None,
            'F' => variables.push(("FS".to_owned(), escape::echo(&value.replace("\\\\", "\\")).0)),
            'v' => {
                let (name, value) = value.split_once('=')?;
                variables.push((name.to_owned(), escape::printf(value)));
            }
            _ => {}
        }
    }
    run::run(call, &program, &variables, operands, commands)
}
