//! jq over known JSON (jq manual).

mod eval;
mod functions;
mod json;
mod operation;
mod parse;

use super::call::{Call, Out};
use json::Json;

/// What `jq` prints.
pub(super) fn jq(call: &Call) -> Option<String> {
    let (mut raw, mut join, mut compact, mut null, mut slurp, mut raw_input) =
        (false, false, false, false, false, false);
    let (mut tab, mut sort) = (false, false);
    let mut variables = Vec::new();
    let (mut positional, mut json_args) = (Vec::new(), false);
    let mut filter = None;
    let mut files = Vec::new();
    let mut taking_args = false;
    let mut words = call.words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--arg" => variables.push(((*words.next()?).to_owned(), Json::Text((*words.next()?).to_owned()))),
            "--argjson" => {
                let name = (*words.next()?).to_owned();
                variables.push((name, json::read(words.next()?)?.pop()?));
            }
            "--args" => (taking_args, json_args) = (true, false),
            "--jsonargs" => (taking_args, json_args) = (true, true),
            "--raw-output" => raw = true,
            "--join-output" => (raw, join) = (true, true),
            "--compact-output" => compact = true,
            "--null-input" => null = true,
            "--slurp" => slurp = true,
            "--raw-input" => raw_input = true,
            "--tab" => tab = true,
            "--sort-keys" => sort = true,
            "--monochrome-output" | "--unbuffered" | "--exit-status" => {}
            option if option.starts_with("--") => return None,
            option if option.starts_with('-') && option.len() > 1 => {
                for letter in option[1..].chars() {
                    match letter {
                        'r' => raw = true,
                        'j' => (raw, join) = (true, true),
                        'c' => compact = true,
                        'n' => null = true,
                        's' => slurp = true,
                        'R' => raw_input = true,
                        'S' => sort = true,
                        'M' | 'e' => {}
                        _ => return None,
                    }
                }
            }
            text if filter.is_none() => filter = Some(text),
            text if taking_args => positional.push(match json_args {
                true => json::read(text)?.pop()?,
                false => Json::Text(text.to_owned()),
            }),
            path => files.push(path),
        }
    }
    // Keys of other orders than that of the input are not kept apart here.
    if sort || (tab && !compact) {
        return None;
    }
    variables
        .push(("ARGS".to_owned(), Json::Object(vec![("positional".to_owned(), Json::List(positional))])));
    let filter = parse::filter(filter?, call.budget)?;
    let inputs = if null {
        vec![Json::Null]
    } else {
        let text = call.exact(&files)?;
        match (raw_input, slurp) {
            (true, true) => vec![Json::Text(text)],
            (true, false) => text.lines().map(|line| Json::Text(line.to_owned())).collect(),
            (false, true) => vec![Json::List(json::read(&text)?)],
            (false, false) => json::read(&text)?,
        }
    };
    let mut out = Out::default();
    for input in inputs {
        for value in eval::values(&filter, &input, &variables, call)? {
            match value {
                Json::Text(text) if raw => out.push(&text)?,
                value => out.push(&value.written(!compact)?)?,
            }
            out.push(if join { "" } else { "\n" })?;
        }
    }
    Some(out.done())
}
