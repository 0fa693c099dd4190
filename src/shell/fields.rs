//! Fields under construction: what words become once they are expanded and split (Bash manual, 3.5.7).

use crate::value::{Piece, Text, Unknown};

/// Fields under construction.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) done: Vec<Text>,
    /// The pieces of the current field before its last literal one.
    pieces: Vec<Piece>,
    /// Its last literal piece; most fields are nothing else.
    tail: String,
    /// Whether the current field exists even if nothing is in it.
    pub(super) started: bool,
}

impl Fields {
    pub(super) fn literal(&mut self, text: &str) {
        self.started = true;
        self.tail.push_str(text);
    }

    pub(super) fn piece(&mut self, piece: Piece) {
        self.started = true;
        if !self.tail.is_empty() {
            self.pieces.push(Piece::Literal(std::mem::take(&mut self.tail)));
        }
        self.pieces.push(piece);
    }

    /// The current field so far, which begins anew.
    pub(super) fn take(&mut self) -> Text {
        let tail = std::mem::take(&mut self.tail);
        if self.pieces.is_empty() {
            return Text::Literal(tail);
        }
        if !tail.is_empty() {
            self.pieces.push(Piece::Literal(tail));
        }
        Text::from_pieces(std::mem::take(&mut self.pieces))
    }

    pub(super) fn text(&mut self, text: Text) {
        self.started = true;
        match text {
            Text::Literal(text) if self.tail.is_empty() => self.tail = text,
            Text::Literal(text) => self.tail.push_str(&text),
            mixed => {
                for piece in mixed.pieces() {
                    match piece {
                        Piece::Literal(text) => self.literal(&text),
                        other => self.piece(other),
                    }
                }
            }
        }
    }

    pub(super) fn end(&mut self) {
        if std::mem::take(&mut self.started) {
            let field = self.take();
            self.done.push(field);
        }
    }

    /// Adds an unquoted expansion, which the shell splits at `ifs`.
    pub(super) fn split(&mut self, text: Text, ifs: &str) {
        for piece in text.pieces() {
            match piece {
                Piece::Literal(text) => self.split_literal(&text, ifs),
                Piece::Unknown(unknown) => self.piece(Piece::Unknown(Unknown { splits: true, ..unknown })),
                glob => self.piece(glob),
            }
        }
    }

    pub(super) fn split_literal(&mut self, text: &str, ifs: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(|c| ifs.contains(c)) {
            if at > 0 {
                self.pattern_or_literal(&rest[..at]);
            }
            let separator = rest[at..].chars().next().unwrap_or(' ');
            if !separator.is_ascii_whitespace() {
                self.started = true;
            }
            self.end();
            rest = &rest[at + separator.len_utf8()..];
        }
        if !rest.is_empty() {
            self.pattern_or_literal(rest);
        }
    }

    pub(super) fn pattern_or_literal(&mut self, text: &str) {
        if has_pattern(text) {
            self.piece(Piece::Glob(text.to_owned()));
        } else {
            self.literal(text);
        }
    }
}

fn has_pattern(text: &str) -> bool {
    text.contains(['*', '?']) || text.find('[').is_some_and(|open| text[open..].contains(']'))
}
