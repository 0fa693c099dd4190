//! Abstract values: what is known of a text before anything runs.
//!
//! A [`Text`] is a sequence of pieces, each known, a file-name pattern, or unknown. A [`Value`] is one such
//! text or a small set of alternatives, as a loop or a branch leaves behind. Unknown is a value like any
//! other: it is carried along, shown to people as `‹what›`, and left to the rules to judge.

use std::fmt;
use std::sync::Arc;

/// More alternatives than this collapse into one unknown (see [`Value::any`]).
pub const MAX_ALTERNATIVES: usize = 16;

/// What a piece counts for beside its characters (see [`Text::weight`]): about the memory that it takes.
const PIECE_WEIGHT: usize = 64;

/// A part of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Exactly these characters.
    Literal(String),
    /// An unquoted pattern (`*`, `?`, `[…]`) that the shell replaces by the names of files that match it.
    Glob(String),
    /// Something that only running the command would tell.
    Unknown(Unknown),
}

/// A part that cannot be known, and what stands for it when it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Unknown {
    /// How a person would name it: `$OP`, `output of date`.
    pub what: String,
    /// Whether it may become no word, or several (an unquoted expansion in a shell).
    pub splits: bool,
}

/// One text, wholly or partly known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Text {
    /// Known to the last character; by far the most common.
    Literal(String),
    /// Pieces in order, at least one of them not literal. Copies share them: most values are copied far more often than
    /// they are changed.
    Mixed(Arc<Vec<Piece>>),
}

impl Text {
    /// A text of which nothing is known, named `what`.
    pub fn unknown(what: impl Into<String>) -> Text {
        Text::Mixed(Arc::new(vec![Piece::Unknown(Unknown { what: what.into(), splits: false })]))
    }

    /// The same that may become no word, or several.
    pub fn unknown_words(what: impl Into<String>) -> Text {
        Text::Mixed(Arc::new(vec![Piece::Unknown(Unknown { what: what.into(), splits: true })]))
    }

    /// The characters, where all of them are known.
    pub fn literal(&self) -> Option<&str> {
        match self {
            Text::Literal(text) => Some(text),
            Text::Mixed(_) => None,
        }
    }

    /// Known characters at the start, up to the first piece that is not literal.
    pub fn known_prefix(&self) -> &str {
        match self {
            Text::Literal(text) => text,
            Text::Mixed(pieces) => match pieces.first() {
                Some(Piece::Literal(text)) => text,
                _ => "",
            },
        }
    }

    /// Whether no character of it is known.
    pub fn is_wholly_unknown(&self) -> bool {
        match self {
            Text::Literal(_) => false,
            Text::Mixed(pieces) => pieces.iter().all(|p| matches!(p, Piece::Unknown(_))),
        }
    }

    /// Whether it may become no word or several when the shell splits it.
    pub fn may_split(&self) -> bool {
        match self {
            Text::Literal(_) => false,
            Text::Mixed(pieces) => pieces.iter().any(|p| matches!(p, Piece::Unknown(u) if u.splits)),
        }
    }

    /// How many bytes of it are known.
    pub fn known_len(&self) -> usize {
        match self {
            Text::Literal(text) => text.len(),
            Text::Mixed(pieces) => {
                pieces.iter().map(|piece| if let Piece::Literal(text) = piece { text.len() } else { 0 }).sum()
            }
        }
    }

    /// What it takes to keep it, in bytes: those that are known, and more for each piece that it is made of.
    pub fn weight(&self) -> usize {
        match self {
            Text::Literal(text) => text.len(),
            Text::Mixed(pieces) => self.known_len() + (pieces.len() - 1) * PIECE_WEIGHT,
        }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        matches!(self, Text::Literal(text) if text.is_empty())
    }

    /// Its pieces, in order.
    pub fn pieces(self) -> Vec<Piece> {
        match self {
            Text::Literal(text) if text.is_empty() => Vec::new(),
            Text::Literal(text) => vec![Piece::Literal(text)],
            Text::Mixed(pieces) => Arc::unwrap_or_clone(pieces),
        }
    }

    /// Joins pieces, merging literal neighbours and the same unknown twice.
    pub fn from_pieces(pieces: impl IntoIterator<Item = Piece>) -> Text {
        Text::joined(Vec::new(), pieces)
    }

    /// Pieces that are merged already, followed by others.
    fn joined(mut out: Vec<Piece>, pieces: impl IntoIterator<Item = Piece>) -> Text {
        for piece in pieces {
            match (out.last_mut(), piece) {
                (Some(Piece::Literal(last)), Piece::Literal(next)) => last.push_str(&next),
                // Nothing more is known of two than of one, and a text that doubles stays as it is.
                (Some(Piece::Unknown(last)), Piece::Unknown(next)) if *last == next => {}
                (_, piece) => out.push(piece),
            }
        }
        match out.len() {
            0 => Text::Literal(String::new()),
            1 => match out.pop() {
                Some(Piece::Literal(text)) => Text::Literal(text),
                Some(piece) => Text::Mixed(Arc::new(vec![piece])),
                None => Text::Literal(String::new()),
            },
            _ => Text::Mixed(Arc::new(out)),
        }
    }

    /// `self` followed by `other`.
    pub fn concat(self, other: Text) -> Text {
        match (self, other) {
            (nothing, text) | (text, nothing) if nothing.is_empty() => text,
            (Text::Literal(mut a), Text::Literal(b)) => {
                a.push_str(&b);
                Text::Literal(a)
            }
            (a, b) => Text::joined(a.pieces(), b.pieces()),
        }
    }

    /// The text that a shell passes on where no file's name matches its patterns: the patterns as written.
    pub fn unmatched(self) -> Text {
        match self {
            Text::Mixed(pieces) if pieces.iter().any(|piece| matches!(piece, Piece::Glob(_))) => {
                Text::from_pieces(Arc::unwrap_or_clone(pieces).into_iter().map(|piece| match piece {
                    Piece::Glob(text) => Piece::Literal(text),
                    other => other,
                }))
            }
            same => same,
        }
    }

    /// Applies `f` to every literal piece and leaves the others as they are.
    pub fn map_literals(self, f: impl Fn(&str) -> String) -> Text {
        match self {
            Text::Literal(text) => Text::Literal(f(&text)),
            mixed => Text::from_pieces(mixed.pieces().into_iter().map(|piece| match piece {
                Piece::Literal(text) => Piece::Literal(f(&text)),
                other => other,
            })),
        }
    }
}

impl Default for Text {
    /// The empty text.
    fn default() -> Text {
        Text::Literal(String::new())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text::Literal(text.to_owned())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text::Literal(text)
    }
}

impl fmt::Display for Text {
    /// Literal characters as they are, a pattern as written, an unknown as `‹what›`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Text::Literal(text) => f.write_str(text),
            Text::Mixed(pieces) => pieces.iter().try_for_each(|piece| match piece {
                Piece::Literal(text) | Piece::Glob(text) => f.write_str(text),
                Piece::Unknown(unknown) => write!(f, "‹{}›", unknown.what),
            }),
        }
    }
}

/// A text, or a small set of texts of which one will be the real one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// The one text it is.
    One(Text),
    /// Two or more alternatives, at most [`MAX_ALTERNATIVES`].
    Any(Vec<Text>),
}

impl Value {
    /// A value of which nothing is known, named `what`.
    pub fn unknown(what: impl Into<String>) -> Value {
        Value::One(Text::unknown(what))
    }

    /// One of `texts`: duplicates are dropped, and too many become unknown.
    pub fn any(texts: impl IntoIterator<Item = Text>) -> Value {
        let mut out: Vec<Text> = Vec::new();
        for text in texts {
            if !out.contains(&text) {
                out.push(text);
            }
            if out.len() > MAX_ALTERNATIVES {
                return Value::unknown("one of many");
            }
        }
        match out.len() {
            0 => Value::unknown("nothing known"),
            1 => Value::One(out.swap_remove(0)),
            _ => Value::Any(out),
        }
    }

    /// Every text it may be.
    pub fn alternatives(&self) -> &[Text] {
        match self {
            Value::One(text) => std::slice::from_ref(text),
            Value::Any(texts) => texts,
        }
    }

    /// What it takes to keep it, in bytes.
    pub fn weight(&self) -> usize {
        self.alternatives().iter().map(Text::weight).sum()
    }

    /// The characters, where there is one alternative and all of it is known.
    pub fn literal(&self) -> Option<&str> {
        match self {
            Value::One(text) => text.literal(),
            Value::Any(_) => None,
        }
    }

    /// Every combination of `self` followed by `other`.
    pub fn concat(self, other: Value) -> Value {
        match (self, other) {
            (Value::One(nothing), value) | (value, Value::One(nothing)) if nothing.is_empty() => value,
            (Value::One(a), Value::One(b)) => Value::One(a.concat(b)),
            (a, b) => {
                let right = b.alternatives();
                Value::any(
                    a.alternatives()
                        .iter()
                        .flat_map(|x| right.iter().map(move |y| x.clone().concat(y.clone())))
                        .take(MAX_ALTERNATIVES + 1),
                )
            }
        }
    }

    /// Applies `f` to each alternative.
    pub fn map(self, f: impl Fn(Text) -> Text) -> Value {
        match self {
            Value::One(text) => Value::One(f(text)),
            Value::Any(texts) => Value::any(texts.into_iter().map(f)),
        }
    }

    /// Either `self` or `other`.
    pub fn or(self, other: Value) -> Value {
        if self == other {
            return self;
        }
        Value::any(self.alternatives().iter().chain(other.alternatives()).cloned())
    }
}

impl<T: Into<Text>> From<T> for Value {
    fn from(text: T) -> Value {
        Value::One(text.into())
    }
}

impl fmt::Display for Value {
    /// One text as it is, alternatives as `{a|b}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::One(text) => text.fmt(f),
            Value::Any(texts) => {
                f.write_str("{")?;
                for (i, text) in texts.iter().enumerate() {
                    if i > 0 {
                        f.write_str("|")?;
                    }
                    text.fmt(f)?;
                }
                f.write_str("}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_merge_and_unknowns_stay() {
        let text =
            Text::from("a").concat(Text::unknown("$x")).concat(Text::from("b")).concat(Text::from("c"));
        assert_eq!(text.to_string(), "a‹$x›bc");
        assert_eq!(text.known_prefix(), "a");
        assert_eq!(text.literal(), None);
    }

    #[test]
    fn alternatives_multiply_and_collapse() {
        let two = Value::any([Text::from("a"), Text::from("b"), Text::from("a")]);
        assert_eq!(two.alternatives().len(), 2);
        assert_eq!(two.clone().concat(two.clone()).to_string(), "{aa|ab|ba|bb}");
        let many = Value::any((0..=MAX_ALTERNATIVES).map(|n| Text::from(n.to_string())));
        assert_eq!(many.alternatives().len(), 1);
        assert_eq!(many.literal(), None);
    }
}
