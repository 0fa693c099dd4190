//! Text of which nothing is unknown but how paths in it begin: `~/x`, `"$DIR/x"`.
//!
//! Who takes text apart into lines and words takes such a beginning for one character. Of any other unknown part it cannot be
//! said how many lines and words it is.

use super::filters::bytes;
use crate::value::{Piece, Text, Unknown};

/// The unknown beginnings of a text, in the order of the characters that stand for them.
#[derive(Default)]
pub(crate) struct Starts(Vec<Unknown>);

impl Starts {
    /// A text with a character for each such beginning; None where anything else of it is unknown.
    pub(crate) fn of(text: &Text) -> Option<(String, Starts)> {
        let pieces = match text {
            Text::Literal(text) => return Some((text.clone(), Starts::default())),
            Text::Mixed(pieces) => pieces,
        };
        let (mut flat, mut starts) = (String::new(), Starts::default());
        for (at, piece) in pieces.iter().enumerate() {
            match (piece, pieces.get(at + 1)) {
                (Piece::Literal(text), _) => flat.push_str(text),
                (Piece::Unknown(start), Some(Piece::Literal(rest)))
                    if begins_a_path(start, &flat, rest) && starts.0.len() < bytes::MAX_UNKNOWNS =>
                {
                    flat.push(bytes::unknown(starts.0.len()));
                    starts.0.push(start.clone());
                }
                _ => return None,
            }
        }
        Some((flat, starts))
    }

    /// A part of that text as it was.
    pub(crate) fn text(&self, part: &str) -> Text {
        if self.0.is_empty() {
            return Text::from(part);
        }
        let start = |c: char| bytes::unknown_number(c).and_then(|number| self.0.get(number));
        let mut pieces = Vec::new();
        for run in part.split_inclusive(|c| start(c).is_some()) {
            let last = run.chars().next_back().and_then(|c| Some((c, start(c)?)));
            let literal = last.map_or(run, |(c, _)| &run[..run.len() - c.len_utf8()]);
            pieces.extend((!literal.is_empty()).then(|| Piece::Literal(literal.to_owned())));
            pieces.extend(last.map(|(_, unknown)| Piece::Unknown(unknown.clone())));
        }
        Text::from_pieces(pieces)
    }
}

/// Whether something unknown is a folder where a word begins, with what is in it behind: the home folder, or a variable's.
fn begins_a_path(start: &Unknown, before: &str, behind: &str) -> bool {
    let named = start.what == "~" || start.what.strip_prefix('$').is_some_and(super::is_variable);
    let begins =
        before.chars().next_back().is_none_or(|c| c.is_whitespace() || matches!(c, '\0' | '"' | '\''));
    let ends = || behind.starts_with(|c: char| c.is_whitespace() || c == '\0');
    named && begins && (behind.starts_with('/') || start.what == "~" && ends())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_apart_and_put_together() {
        let home = || Text::unknown("~");
        let text = Text::from("a ").concat(home()).concat(" b\n".into()).concat(home()).concat("/c\n".into());
        let (flat, starts) = Starts::of(&text).unwrap();
        let lines: Vec<String> = flat.lines().map(|line| starts.text(line).to_string()).collect();
        assert_eq!(lines, ["a ‹~› b", "‹~›/c"]);
        assert_eq!(starts.text(&flat), text);
        let (flat, starts) = Starts::of(&Text::from("a b")).unwrap();
        assert_eq!((starts.text(&flat), flat.as_str()), (Text::from("a b"), "a b"));
        for (what, rest) in [("$DIR", ""), ("$DIR", " x"), ("output of date", "/x"), ("~", "x")] {
            assert!(Starts::of(&Text::unknown(what).concat(rest.into())).is_none(), "{what}{rest}");
        }
        assert!(Starts::of(&Text::from("x").concat(Text::unknown("$DIR")).concat("/x".into())).is_none());
    }
}
