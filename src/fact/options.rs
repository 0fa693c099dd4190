//! Command lines as options and operands, for programs of which only the options that take a value are known.

use crate::value::{Piece, Text};

/// One argument, or two where an option takes the next.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Argument {
    /// An option, with its value where it takes one, and the place behind both.
    Option { name: String, value: Option<Text>, next: usize },
    /// Anything else, with its place among the words.
    Operand { at: usize, word: Text },
    /// `--`, with its place.
    Dashes { at: usize },
}

/// Which options take a value.
pub(super) struct Options<'a> {
    /// Options that take the next word, or what is attached to them.
    pub(super) value: &'a dyn Fn(&str) -> bool,
    /// Whether reading stops at the first operand.
    pub(super) stop: bool,
}

impl Options<'_> {
    /// Reads `words`, which do not include the program's name.
    pub(super) fn read(&self, words: &[Text]) -> Vec<Argument> {
        let mut out = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let word = &words[at];
            if word.literal() == Some("--") {
                out.push(Argument::Dashes { at });
                if self.stop {
                    return out;
                }
                out.extend((at + 1..words.len()).map(|at| Argument::Operand { at, word: words[at].clone() }));
                return out;
            }
            match self.option(word) {
                None => {
                    out.push(Argument::Operand { at, word: word.clone() });
                    if self.stop {
                        return out;
                    }
                }
                Some((name, Some(value))) => {
                    out.push(Argument::Option { name, value: Some(value), next: at + 1 })
                }
                Some((name, None)) => {
                    let value = if (self.value)(&name) {
                        at += 1;
                        words.get(at).cloned()
                    } else {
                        None
                    };
                    out.push(Argument::Option { name, value, next: at + 1 });
                }
            }
            at += 1;
        }
        out
    }

    /// A word as an option: its name, and the value attached to it.
    fn option(&self, word: &Text) -> Option<(String, Option<Text>)> {
        let prefix = word.known_prefix();
        let is_value = self.value;
        if prefix.len() < 2 || !prefix.starts_with(['-', '+', '/']) {
            return None;
        }
        if let Some(literal) = word.literal()
            && is_value(literal)
        {
            return Some((literal.to_owned(), None));
        }
        if !prefix.starts_with('-') {
            // `+c` and `/c` are options only where they are known as such.
            return None;
        }
        if prefix.starts_with("--") || prefix.contains('=') && is_value(prefix.split('=').next()?) {
            return Some(match prefix.split_once('=') {
                Some((name, _)) => (name.to_owned(), Some(without_start(word, name.len() + 1))),
                None => (prefix.to_owned(), None),
            });
        }
        // Bundled short options: the first that takes a value takes what follows it.
        for (i, c) in prefix.char_indices().skip(1) {
            let name = format!("-{c}");
            if is_value(&name) {
                let end = i + c.len_utf8();
                let attached = end < prefix.len() || word.literal().is_none();
                return Some((name, attached.then(|| without_start(word, end))));
            }
            if !c.is_alphanumeric() {
                break;
            }
        }
        Some((prefix.to_owned(), None))
    }
}

/// A word without its first `len` known bytes.
pub(super) fn without_start(word: &Text, len: usize) -> Text {
    let mut pieces = word.clone().pieces();
    if let Some(Piece::Literal(first)) = pieces.first_mut() {
        first.drain(..len.min(first.len()));
        if first.is_empty() {
            pieces.remove(0);
        }
    }
    Text::from_pieces(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_operands_are_told_apart() {
        let value = |name: &str| ["-o", "-H", "--url", "-exec"].contains(&name);
        let options = Options { value: &value, stop: false };
        for (line, expected) in [
            ("-s x", "-s|x"),
            ("-o out x", "-o=out|x"),
            ("-oout x", "-o=out|x"),
            ("-sSo out x", "-o=out|x"),
            ("--url=a --url b", "--url=a|--url=b"),
            ("-- -o x", "--|-o|x"),
            ("-exec a", "-exec=a"),
        ] {
            let words: Vec<Text> = line.split(' ').map(Text::from).collect();
            let shown: Vec<String> = options
                .read(&words)
                .into_iter()
                .map(|argument| match argument {
                    Argument::Option { name, value: Some(value), .. } => format!("{name}={value}"),
                    Argument::Option { name, value: None, .. } => name,
                    Argument::Operand { word, .. } => word.to_string(),
                    Argument::Dashes { .. } => "--".to_owned(),
                })
                .collect();
            assert_eq!(shown.join("|"), expected, "{line}");
        }
    }
}
