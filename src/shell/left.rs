//! A look at text that a bound kept from being followed: which commands it holds, and which of their words only
//! evaluation would tell. One pass over the text, whatever is in it.

use crate::value::Text;

/// A command as its words stand there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Glimpse {
    /// Its words, without quotes; those that are computed are unknown.
    pub words: Vec<Text>,
    /// Whether it reads what another prints, or what stands in the text.
    pub fed: bool,
}

/// Words of one command that are kept; what follows them is one that is computed.
const MAX_WORDS: usize = 10_000;

/// Calls `see` with each command of `text`.
pub fn glimpse(text: &str, mut see: impl FnMut(&Glimpse)) {
    let mut open: Vec<Reading> = Vec::new();
    let mut now = Reading::default();
    let mut in_backquotes = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (now.quote, c) {
            (Some('\''), '\'') => now.quote = None,
            (Some('\''), c) => now.word.push(c),
            (_, '\\') => match chars.next() {
                Some('\n') | None => {}
                Some(next) => now.word.push(next),
            },
            (Some(_), '"') => now.quote = None,
            (None, '\'' | '"') => {
                // `$'…'` is computed: its escapes are not read here.
                now.computed |= now.dollar;
                now.started = true;
                now.quote = Some(c);
            }
            (quote, '$') => {
                now.started = true;
                if chars.peek() == Some(&'(') {
                    chars.next();
                    now.computed = true;
                    open.push(std::mem::take(&mut now));
                } else {
                    now.dollar = quote.is_none() && chars.peek() == Some(&'\'');
                    now.computed |= !now.dollar
                        && chars.peek().is_some_and(|c| c.is_alphanumeric() || "_{@*#?!$-".contains(*c));
                }
                continue;
            }
            (_, '`') => {
                in_backquotes = !in_backquotes;
                if in_backquotes {
                    now.started = true;
                    now.computed = true;
                    open.push(std::mem::take(&mut now));
                } else {
                    now.end_command(&mut see);
                    now = open.pop().unwrap_or_default();
                }
            }
            (Some(_), c) => now.word.push(c),
            (None, ')') => {
                now.end_command(&mut see);
                now = open.pop().unwrap_or_default();
            }
            (None, '(') => {
                now.end_command(&mut see);
                open.push(std::mem::take(&mut now));
            }
            (None, ' ' | '\t' | '\r') => now.end_word(),
            (None, '#') if !now.started => while chars.next_if(|c| *c != '\n').is_some() {},
            (None, '|') => {
                now.end_command(&mut see);
                now.glimpse.fed = chars.next_if_eq(&'|').is_none();
            }
            (None, '\n' | ';' | '&') => now.end_command(&mut see),
            (None, '<') => {
                now.end_word();
                now.glimpse.fed = true;
            }
            (None, '>') => now.end_word(),
            (None, c) => {
                now.started = true;
                now.computed |= matches!(c, '*' | '?' | '[' | '{' | '~' | '‹') && !now.is_reserved(c);
                now.word.push(c);
            }
        }
        now.dollar = false;
    }
    now.end_command(&mut see);
    for mut outer in open {
        outer.end_command(&mut see);
    }
}

/// A command being read.
#[derive(Default)]
struct Reading {
    glimpse: Glimpse,
    word: String,
    started: bool,
    computed: bool,
    quote: Option<char>,
    /// Whether a `$` was just read.
    dollar: bool,
}

impl Reading {
    /// Whether a character begins `{` or `[`, which are commands of their own.
    fn is_reserved(&self, c: char) -> bool {
        self.word.is_empty() && self.glimpse.words.is_empty() && matches!(c, '{' | '[')
    }

    fn end_word(&mut self) {
        if !self.started && self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        let computed = std::mem::take(&mut self.computed);
        self.started = false;
        let opens = matches!(word.as_str(), "{" | "}" | "fi" | "done" | "esac");
        if self.glimpse.words.is_empty() && !computed && (opens || super::lexical::is_leading(&word))
            || self.glimpse.words.is_empty() && word.contains('=') && super::lexical::is_leading(&word)
        {
            return;
        }
        if self.glimpse.words.len() >= MAX_WORDS {
            if self.glimpse.words.len() == MAX_WORDS {
                self.glimpse.words.push(Text::unknown("more words"));
            }
            return;
        }
        self.glimpse.words.push(if computed { Text::unknown(word) } else { Text::from(word) });
    }

    fn end_command(&mut self, see: &mut impl FnMut(&Glimpse)) {
        self.end_word();
        if !self.glimpse.words.is_empty() {
            see(&self.glimpse);
        }
        self.glimpse = Glimpse::default();
        self.quote = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_computed_words_are_seen() {
        for (text, expected) in [
            ("a 'b c' \"d\"; e\\ f\n", "a b c d | e f"),
            ("x=1 a $y \"$z\" '$w'", "a ‹y› ‹z› $w"),
            ("$a b; ${c} d; \"$@\"", "‹a› b | ‹{c}› d | ‹@›"),
            ("$(a b) c", "a b | ‹› c"),
            ("\"$(a \"b\")\" c", "a b | ‹› c"),
            ("x=`a` b", "a | b"),
            ("`a` b", "a | ‹› b"),
            ("a | sh; b || c", "a | <sh | b | c"),
            ("sh <<< x", "<sh x"),
            ("if [ a ]; then { b; }; fi # $c", "[ a ] | b"),
            ("f() { eval \"$1\"; }", "f | eval ‹1›"),
            ("a$'\\x61' b*", "‹a\\x61› ‹b*›"),
        ] {
            let mut seen = Vec::new();
            glimpse(text, |command| {
                let words: Vec<String> = command.words.iter().map(Text::to_string).collect();
                seen.push(format!("{}{}", if command.fed { "<" } else { "" }, words.join(" ")));
            });
            assert_eq!(seen.join(" | "), expected, "{text}");
        }
    }
}
