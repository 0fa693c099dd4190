//! Where `((…))` and `$((…))` end. What is in them is evaluated, so no reference may be.

use super::Refused;
use super::lexer::Lexer;
use super::text::first_reference;

impl Lexer {
    /// The end of `((…))`, of which the content begins here. `start` is where it all begins.
    ///
    /// The same may begin a subshell in a subshell, or hold commands whose comments and here-documents hide its end.
    /// Shells do not find out alike, and what is code to one is a word to another: that is refused.
    pub(super) fn arithmetic(&mut self, start: usize, content: usize) -> Result<usize, Refused> {
        let mut depth = 0usize;
        let mut at = content;
        let mut quote = None;
        let mut commands = false;
        while at < self.units.len() {
            let next = self.char_at(at + 1);
            match (self.char_at(at), quote) {
                (Some('\\'), None | Some('"' | '`')) => {
                    self.ambiguous(content);
                    at += 1;
                }
                (Some(char @ ('\'' | '"' | '`')), None) => {
                    // An apostrophe is a character to dash there, and ksh reads `\'` as one that quotes.
                    self.ambiguous(content);
                    quote = Some(char);
                }
                (char, Some(_)) if char == quote => quote = None,
                (Some('$'), _) if next == Some('(') && self.char_at(at + 2) != Some('(') => commands = true,
                (Some('<'), _) if commands && next == Some('<') => return Err(hidden()),
                (Some(' ' | '\t' | '\n' | ';' | '('), _) if commands && next == Some('#') => {
                    return Err(hidden());
                }
                (Some('('), None) => depth += 1,
                (Some(')'), None) if depth > 0 => depth -= 1,
                (Some(')'), None) if next == Some(')') => {
                    let end = at + 2;
                    return match first_reference(&self.units[start..end]) {
                        Some(reference) => Err(Refused::evaluated(reference, "the arithmetic of ((…))")),
                        None => Ok(end),
                    };
                }
                (Some(')'), None) => {
                    return Err(Refused::unreadable("`((` ends in a single `)`: write `( (`, with a blank"));
                }
                _ => {}
            }
            at += 1;
        }
        Err(Refused::unreadable("`((` is not closed"))
    }
}

fn hidden() -> Refused {
    Refused::unreadable(
        "a command in arithmetic has a comment or a here-document: assign its output to a variable",
    )
}
