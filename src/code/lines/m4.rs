//! Macros of m4 that hand their argument to a shell, with what simple definitions put in their place.

use super::Found;
use crate::bounds::Exceeded;

const SHELLS: [&str; 2] = ["syscmd(", "esyscmd("];

pub(super) fn read(text: &str, found: &mut Found<'_>) -> Result<(), Exceeded> {
    let mut defined: Vec<(String, String)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        found.budget.step()?;
        let code = line.split("dnl").next().unwrap_or_default();
        for (at, _) in code.match_indices("define(") {
            let whole = argument(&code[at + "define(".len()..]);
            found.budget.produce(whole.len())?;
            if let Some((name, value)) = whole.split_once(',') {
                let name = plain(name);
                if !name.is_empty() {
                    defined.push((name, plain(value)));
                }
            }
        }
        for mark in SHELLS {
            for (at, _) in code.match_indices(mark) {
                found.budget.step()?;
                let starts = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                let given = &text[offset(text, code) + at + mark.len()..];
                let mut command = plain(&argument(given));
                for (name, value) in &defined {
                    found.budget.produce(command.len())?;
                    command = command.replace(name, value);
                }
                found.budget.produce(command.len())?;
                if starts {
                    found.shell(&command, number + 1, line);
                }
            }
        }
    }
    Ok(())
}

/// Where `part` begins in the text that it is a part of.
fn offset(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}

/// What stands before the bracket that closes the one before `rest`; brackets in quotes close nothing.
fn argument(rest: &str) -> String {
    let (mut depth, mut quoted) = (0usize, 0usize);
    let ends = |(_, c): &(usize, char)| {
        match c {
            '`' => quoted += 1,
            '\'' => quoted = quoted.saturating_sub(1),
            '(' if quoted == 0 => depth += 1,
            ')' if quoted == 0 && depth == 0 => return true,
            ')' if quoted == 0 => depth -= 1,
            _ => {}
        }
        false
    };
    let end = rest.char_indices().find(ends).map_or(rest.len(), |(at, _)| at);
    rest[..end].to_owned()
}

/// An argument without m4's quotes.
fn plain(argument: &str) -> String {
    // Brackets are the quotes that `changequote` most often sets.
    let argument = argument.trim().trim_matches(['[', ']']);
    let inside = argument.strip_prefix('`').and_then(|text| text.strip_suffix('\''));
    match inside {
        Some(inside) if !inside.contains('`') => inside.to_owned(),
        _ => argument.replace('`', "").replace("''", ""),
    }
}
