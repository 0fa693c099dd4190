//! What could not be known of a fact, in words that a person can look for in their command.

use crate::fact::Fact;
use crate::value::{Piece, Text};

/// A part of a fact with what is unknown in it: `` operation (`$OPERATION`) ``.
pub(super) fn named(fact: &Fact, part: &str) -> String {
    let mut names: Vec<String> = Vec::new();
    for what in of_part(fact, part).into_iter().flat_map(unknowns) {
        let name = in_words(what);
        // A part that nobody has named is only called by its own name.
        if what != part && !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { part.to_owned() } else { format!("{part} ({})", names.join(", ")) }
}

fn of_part<'a>(fact: &'a Fact, part: &str) -> Option<&'a Text> {
    match (fact, part) {
        (Fact::Aws(call), "service") => Some(&call.service),
        (Fact::Aws(call), "operation") => Some(&call.operation),
        (Fact::Aws(call), name) => call.parameter(name),
        (Fact::Http(request), "host") => Some(&request.host),
        (Fact::Http(request), "port") => Some(&request.port),
        (Fact::Http(request), "path") => Some(&request.path),
        (Fact::Write(file), "path") => Some(&file.path),
        (Fact::Write(file), "text") => Some(&file.text),
        _ => None,
    }
}

fn unknowns(text: &Text) -> Vec<&str> {
    let Text::Mixed(pieces) = text else { return Vec::new() };
    let mut whats = Vec::new();
    for piece in pieces.iter() {
        match piece {
            Piece::Unknown(unknown) => whats.push(unknown.what.as_str()),
            Piece::Glob(glob) => whats.push(glob.as_str()),
            Piece::Literal(_) => {}
        }
    }
    whats
}

/// What evaluation calls an unknown, as a person would say it.
fn in_words(what: &str) -> String {
    if let Some(program) = what.strip_prefix("output of ") {
        format!("what `{program}` prints")
    } else if let Some(path) = what.strip_prefix("contents of ") {
        format!("what `{path}` holds")
    } else if what.contains("standard input") || what.starts_with("one of ") {
        what.to_owned()
    } else {
        format!("`{what}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::AwsCall;

    #[test]
    fn what_is_not_known_has_a_name() {
        for (operation, expected) in [
            (Text::unknown("$OPERATION"), "operation (`$OPERATION`)"),
            (Text::from("get-").concat(Text::unknown("$KIND")), "operation (`$KIND`)"),
            (Text::unknown("output of curl"), "operation (what `curl` prints)"),
            (Text::unknown("contents of op.txt"), "operation (what `op.txt` holds)"),
            (Text::unknown("words from standard input"), "operation (words from standard input)"),
        ] {
            let fact = Fact::Aws(AwsCall::new("secretsmanager".into(), operation));
            assert_eq!(named(&fact, "operation"), expected);
            assert_eq!(named(&fact, "service"), "service");
        }
    }
}
