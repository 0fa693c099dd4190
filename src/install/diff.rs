//! What changes in a file, as people read it.

use similar::{ChangeTag, TextDiff};

/// Lines that are shown around a change.
const CONTEXT: usize = 3;

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Where in the file the lines stand that follow: `@@ -1,3 +1,4 @@`.
    Place(String),
    /// One that stays.
    Same(String),
    /// One that is put there.
    New(String),
    /// One that is taken out.
    Old(String),
    /// What ends without a newline.
    NoNewline,
}

/// How one text becomes another. Nothing where they are the same.
pub fn lines(before: &str, after: &str) -> Vec<Line> {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        lines.push(Line::Place(hunk.header().to_string()));
        for change in hunk.iter_changes() {
            let text = change.value();
            // No change is made to how lines end, so that how they do says nothing.
            let text = text.strip_suffix('\n').unwrap_or(text);
            let text = text.strip_suffix('\r').unwrap_or(text).to_owned();
            lines.push(match change.tag() {
                ChangeTag::Equal => Line::Same(text),
                ChangeTag::Insert => Line::New(text),
                ChangeTag::Delete => Line::Old(text),
            });
            if change.missing_newline() {
                lines.push(Line::NoNewline);
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_is_shown_with_what_stands_around_it() {
        assert_eq!(lines("a\n", "a\n"), []);
        let same = |text: &str| Line::Same(text.to_owned());
        assert_eq!(
            lines("1\n2\n3\n4\n5\n", "1\n2\n3\n4\n5\n6"),
            [
                Line::Place("@@ -3,3 +3,4 @@".to_owned()),
                same("3"),
                same("4"),
                same("5"),
                Line::New("6".to_owned()),
                Line::NoNewline
            ]
        );
        assert_eq!(lines("", "{}\n")[1], Line::New("{}".to_owned()));
    }
}
