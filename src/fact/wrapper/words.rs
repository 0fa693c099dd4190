//! Commands whose last arguments come from elsewhere: xargs, parallel, `find -exec`.

use super::super::effects::combinations;
use super::inside::Inside;
use crate::knowledge::Inner;
use crate::shell::Starts;
use crate::value::{Piece, Text, Value};

/// Words of standard input that are tried as arguments, one invocation each.
pub(super) const MAX_STDIN_WORDS: usize = 64;

impl Inside<'_> {
    /// Commands whose last arguments come from elsewhere: xargs, parallel.
    pub(super) fn with_words(
        &mut self,
        words: Vec<Text>,
        replaced: Option<String>,
        after: Option<Vec<Text>>,
    ) {
        let sources: Vec<Vec<Text>> = match &after {
            Some(words) => {
                words.split(|w| matches!(w.literal(), Some(":::" | ":::+"))).map(<[Text]>::to_vec).collect()
            }
            None => Vec::new(),
        };
        if sources.len() > 1 {
            // `{1}` and `{2}` stand for the words of each source.
            let values: Vec<Value> = sources.into_iter().map(Value::any).collect();
            for combination in combinations(&values) {
                let command: Vec<Text> = words
                    .iter()
                    .map(|word| {
                        combination.iter().enumerate().fold(word.clone(), |word, (i, value)| {
                            replace(&word, &format!("{{{}}}", i + 1), value)
                        })
                    })
                    .collect();
                let numbered = command != words;
                let all: Vec<Text> =
                    if numbered { command } else { words.iter().cloned().chain(combination).collect() };
                self.inner(&all);
            }
            return;
        }
        let given: Vec<Text> = match after {
            Some(words) => words,
            None => match self.invocation.stdin.literal() {
                Some(text) if text.contains('\0') => {
                    text.split('\0').filter(|w| !w.is_empty()).map(Text::from).collect()
                }
                Some(text) if replaced.is_some() => text.lines().map(Text::from).collect(),
                Some(text) => {
                    text.split_whitespace().map(|w| Text::from(w.trim_matches(['"', '\'']))).collect()
                }
                None => {
                    let (text, starts) = Starts::of(&self.invocation.stdin).unwrap_or_default();
                    let words = text.split_whitespace().map(|word| starts.text(word));
                    words.chain([Text::unknown_words("words from standard input")]).collect()
                }
            },
        };
        let Some(mark) = replaced.filter(|mark| words.iter().any(|w| w.to_string().contains(mark.as_str())))
        else {
            if self.wrapper.inner == Inner::Shell && words.is_empty() {
                // `parallel ::: 'command' 'command'`: each word is a command.
                given.iter().take(MAX_STDIN_WORDS).for_each(|word| self.inner(std::slice::from_ref(word)));
                return;
            }
            let mut all = words.clone();
            all.extend(given.iter().take(MAX_STDIN_WORDS).cloned());
            self.inner(&all);
            // One at a time, too: `xargs -n1`, `parallel`.
            for word in given.iter().take(MAX_STDIN_WORDS).filter(|_| given.len() > 1) {
                let one: Vec<Text> = words.iter().chain(std::iter::once(word)).cloned().collect();
                self.inner(&one);
            }
            return;
        };
        for word in given.iter().take(MAX_STDIN_WORDS) {
            let command: Vec<Text> = words.iter().map(|text| replace(text, &mark, word)).collect();
            self.inner(&command);
        }
    }
}

/// `{}` stands for a file that is not known.
pub(super) fn placeholder(word: &Text, mark: &str) -> Text {
    match word.literal() {
        Some(literal) if literal.contains(mark) => replace(word, mark, &Text::unknown("a file found")),
        _ => word.clone(),
    }
}

pub(in crate::fact) fn replace(text: &Text, mark: &str, with: &Text) -> Text {
    let Text::Literal(literal) = text else { return text.clone() };
    let mut pieces = Vec::new();
    for (i, part) in literal.split(mark).enumerate() {
        if i > 0 {
            pieces.extend(with.clone().pieces());
        }
        if !part.is_empty() {
            pieces.push(Piece::Literal(part.to_owned()));
        }
    }
    Text::from_pieces(pieces)
}
