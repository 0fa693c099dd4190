//! A cautious reading of text that does not parse: commands by their words alone.
//!
//! Other shells accept what bash does not, and a mistake of the parser must hide nothing. Quotes are taken
//! off, everything that could end a command ends one, and what remains is looked at like any command.

use crate::value::Text;

/// More words than this are not looked at one by one.
const MAX_WORDS: usize = 20_000;

/// The commands that text may hold, as argument vectors.
pub(super) fn commands(text: &str) -> Vec<Vec<Text>> {
    let mut commands = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut quote: Option<char> = None;
    let mut count = 0;
    let mut chars = text.chars().peekable();
    let mut end_word = |word: &mut String, words: &mut Vec<String>| {
        if !word.is_empty() {
            words.push(std::mem::take(word));
            count += 1;
        }
        count < MAX_WORDS
    };
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            // A quote that never closes must not swallow the rest: a line ends it.
            (Some(open), c) if c == open || c == '\n' => {
                quote = None;
                if c == '\n' {
                    end_word(&mut word, &mut words);
                    commands.push(std::mem::take(&mut words));
                }
            }
            (_, '\\') => match chars.next() {
                Some('\n') | None => {}
                Some(next) => word.push(next),
            },
            (Some(_), c) => word.push(c),
            (None, ' ' | '\t' | '\r') => {
                if !end_word(&mut word, &mut words) {
                    break;
                }
            }
            (None, '\n' | ';' | '|' | '&' | '(' | ')' | '`' | '{' | '}' | '<' | '>') => {
                end_word(&mut word, &mut words);
                commands.push(std::mem::take(&mut words));
            }
            (None, c) => word.push(c),
        }
    }
    end_word(&mut word, &mut words);
    commands.push(words);
    commands
        .into_iter()
        .map(|words| words.into_iter().skip_while(|w| is_leading(w)).map(Text::from).collect::<Vec<_>>())
        .filter(|words| !words.is_empty())
        .collect()
}

/// Words before a program's name: assignments, a `$` left of a substitution, reserved words.
pub(super) fn is_leading(word: &str) -> bool {
    let assignment = word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
    });
    assignment
        || matches!(word, "$" | "!" | "then" | "do" | "else" | "elif" | "if" | "while" | "until" | "time")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_in_broken_text() {
        for (text, expected) in [
            ("echo 'a\naws s3 ls", "echo a | aws s3 ls"),
            ("x=$(aws sts get-caller-identity", "aws sts get-caller-identity"),
            ("if then 'a'\"w\"s x )) ;", "aws x"),
        ] {
            let found: Vec<String> = commands(text)
                .iter()
                .map(|words| words.iter().map(Text::to_string).collect::<Vec<_>>().join(" "))
                .collect();
            assert_eq!(found.join(" | "), expected, "{text}");
        }
    }
}
