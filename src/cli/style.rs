//! How text looks on a terminal: colours, widths, and nothing that a command could smuggle in.

use std::io::IsTerminal;

use crate::audit::Done;
use crate::policy::Decision;

/// The widest line that is made.
pub(super) const WIDTH: usize = 100;

/// How many there are of something, in words: `1 rule`, `2 rules`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    coloured: bool,
}

impl Style {
    /// Colours on a terminal that takes them, unless `NO_COLOR` (<https://no-color.org>) says otherwise.
    pub(super) fn of_stdout() -> Style {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Style { coloured: std::io::stdout().is_terminal() && !set("NO_COLOR") && !dumb }
    }

    /// No colours.
    #[cfg(test)]
    pub(super) fn plain() -> Style {
        Style { coloured: false }
    }

    /// Always colours.
    #[cfg(test)]
    pub(super) fn coloured() -> Style {
        Style { coloured: true }
    }

    /// A heading.
    pub(super) fn bold(self, text: &str) -> String {
        self.painted("1", text)
    }

    /// What matters less.
    pub(super) fn dim(self, text: &str) -> String {
        self.painted("2", text)
    }

    /// What went wrong.
    pub(super) fn bad(self, text: &str) -> String {
        self.painted("1;31", text)
    }

    /// What is well, and what to type.
    pub(super) fn good(self, text: &str) -> String {
        self.painted("32", text)
    }

    /// A decision in capitals, five columns wide.
    pub(super) fn decision(self, decision: Decision) -> String {
        let word = format!("{:<5}", decision.word().to_uppercase());
        let colour = match decision {
            Decision::Allow => "1;32",
            Decision::Ask => "1;33",
            Decision::Deny => "1;31",
        };
        self.painted(colour, &word)
    }

    /// The same of a line of the audit log.
    pub(super) fn done(self, done: Done) -> String {
        match done {
            Done::Allow => self.decision(Decision::Allow),
            Done::Ask => self.decision(Decision::Ask),
            Done::Deny => self.decision(Decision::Deny),
            Done::Mask | Done::Withhold => {
                self.painted("1;36", &format!("{:<5}", done.word().to_uppercase()))
            }
        }
    }

    fn painted(self, colour: &str, text: &str) -> String {
        if self.coloured && !text.is_empty() {
            format!("\u{1b}[{colour}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Text with everything shown that a terminal would obey or hide: control characters but newline and tab, and
/// the marks that reorder a line. What is printed was written by whoever wrote the command.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c if c.is_control() || is_mark(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Text on one line, with newlines shown.
pub(super) fn one_line(text: &str) -> String {
    visible(text.trim_end_matches('\n')).replace("\r\n", "⏎").replace('\n', "⏎").replace('\t', " ")
}

/// One line of at most `width` columns.
pub(super) fn cut(text: &str, width: usize) -> String {
    let line = one_line(text);
    if line.chars().count() <= width {
        return line;
    }
    let mut kept: String = line.chars().take(width.saturating_sub(1)).collect();
    kept.push('…');
    kept
}

/// Text in lines of at most `width` columns; every line but the first begins with `indent` spaces. A word longer
/// than that stays whole, so that it can be copied.
pub(super) fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let mut out = String::new();
    let mut column = indent;
    for word in visible(text).split_whitespace() {
        let length = word.chars().count();
        if column > indent && column + 1 + length > width {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > indent {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

/// Text whose lines but the first begin with `indent` spaces, where they are not empty.
pub(super) fn indented(text: &str, indent: usize) -> String {
    let text = visible(text.trim_end_matches('\n'));
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        if number > 0 && !line.is_empty() {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_only_there_when_wanted() {
        assert_eq!(Style::plain().decision(Decision::Deny), "DENY ");
        assert_eq!(Style::coloured().decision(Decision::Ask), "\u{1b}[1;33mASK  \u{1b}[0m");
    }

    #[test]
    fn a_command_cannot_write_to_the_terminal() {
        assert_eq!(visible("a\u{1b}[2Jb\u{7f}\u{9b}\r"), "a\\u{1b}[2Jb\\u{7f}\\u{9b}\\u{d}");
        assert_eq!(visible("a\u{202e}b\u{200b}é…\n\t"), "a\\u{202e}b\\u{200b}é…\n\t");
    }

    #[test]
    fn lines_are_cut_and_wrapped() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("a\nb\n", 9), "a⏎b");
        assert_eq!(wrapped("one two three", 9, 2), "one two\n  three");
        assert_eq!(wrapped("a-very-long-word b", 6, 0), "a-very-long-word\nb");
        assert_eq!(indented("a\n\nb\n", 2), "a\n\n  b");
    }
}
