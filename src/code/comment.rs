//! Comments, and marks that are looked for and not found.

use super::tokenizer::Tokenizer;

impl<'a> Tokenizer<'a> {
    /// The end of the line that `at` is on, measured once for each line.
    pub(super) fn end_of_line(&mut self, at: usize) -> usize {
        if at < self.line_end.0 || at > self.line_end.1 {
            let end = self.bytes[at..].iter().position(|b| *b == b'\n').map_or(self.text.len(), |n| at + n);
            self.line_end = (at, end);
        }
        self.line_end.1
    }

    /// Where the comment that starts here ends.
    pub(super) fn comment_end(&mut self, first: bool) -> Option<usize> {
        let rest = self.rest();
        let lexicon = self.lexicon;
        for (open, close) in lexicon.block_comments {
            // A comment that must begin a line is written with the line end before it.
            let at_line_start = first || self.at == 0 || self.bytes[self.at - 1] == b'\n';
            let found = match open.strip_prefix('\n') {
                Some(open) => at_line_start && rest.starts_with(open),
                None => rest.starts_with(open),
            };
            if !found {
                continue;
            }
            if let Some(n) = self.find_from(self.at + open.len().min(rest.len()), close) {
                let end = n + close.len();
                return Some(if close.starts_with('\n') { self.end_of_line(end) } else { end });
            }
            if open.starts_with('\n') {
                return Some(self.limit);
            }
        }
        let comment = lexicon.line_comments.iter().any(|mark| rest.starts_with(mark))
            && !(lexicon.special == Some(super::lexicon::Special::Php) && rest.starts_with("#["));
        if !comment {
            return None;
        }
        let at = self.at;
        Some(self.end_of_line(at).min(self.limit))
    }

    /// Finds `mark` from `from` on, remembering a mark that is not there.
    pub(super) fn find_from(&mut self, from: usize, mark: &'static str) -> Option<usize> {
        if self.failed.contains(&(mark, self.limit)) {
            return None;
        }
        let found = self.text.get(from..self.limit).and_then(|rest| rest.find(mark)).map(|n| from + n);
        if found.is_none() {
            self.not_found(mark, self.limit);
        }
        found
    }

    /// Remembers that `mark` does not come before `limit`; limits that were passed are forgotten.
    pub(super) fn not_found(&mut self, mark: &'static str, limit: usize) {
        let at = self.at;
        self.failed.retain(|(_, limit)| *limit > at);
        self.failed.push((mark, limit));
    }
}
