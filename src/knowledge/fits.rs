//! Which command lines an entry is of, by the options that stand in them.

use crate::value::Text;

/// The options by which a command line is told.
pub(crate) struct Fits<'a> {
    /// Options of which one must be there, by their beginning, where any is named.
    pub(super) with: &'a [String],
    /// Letters of which a bundle of short options must hold one, or one of `with` be there.
    pub(super) letters: &'a [String],
    /// Options of which none may be there, by their beginning; one of a single letter in a bundle too.
    pub(super) without: &'a [String],
    /// Whether the first word is a bundle of short options, with or without a dash.
    pub(super) bare: bool,
}

impl Fits<'_> {
    /// Whether a command line with these words is such a one.
    pub(crate) fn takes(&self, words: &[Text]) -> bool {
        let given = |(at, word): (usize, &Text)| {
            let word = word.known_prefix();
            self.with.iter().any(|option| word.starts_with(option.as_str()))
                || self.letters.iter().any(|letter| is_in_bundle(self.bare && at == 0, word, letter))
        };
        let always = self.with.is_empty() && self.letters.is_empty();
        (always || words.iter().enumerate().any(given)) && !has_one(self.without, words, self.bare)
    }
}

/// Whether one of these options is among words, by its beginning; one of a single letter in a bundle too. With `bare` the first
/// word is a bundle without a dash.
pub(super) fn has_one(options: &[String], words: &[Text], bare: bool) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        let word = word.known_prefix();
        options.iter().any(|option| match option.strip_prefix('-') {
            Some(letter) if letter.chars().count() == 1 => is_in_bundle(bare && at == 0, word, letter),
            _ => word.starts_with(option.as_str()),
        })
    })
}

fn is_in_bundle(bare: bool, word: &str, letter: &str) -> bool {
    let short = word.starts_with('-') && !word.starts_with("--");
    (short || bare && !word.starts_with('-')) && word.contains(letter)
}
