//! Texts that a call computes and writes: only running it would tell them, and whoever computes one says what goes into it.

use super::super::Fact;
use super::super::reader::Reader;
use super::CONTENTS_OF;
use crate::value::{Piece, Text, Value};

/// What a text is called that only running the call would tell.
const COMPUTED: &str = "what the call computes";
/// What a text is called that a program prints.
const PRINTED: &str = "what a program prints";
/// What the shell calls such a text.
const OUTPUT_OF: &str = "output of ";

impl Reader {
    /// What a file at this path gets: of a text that the call computes, that it does.
    pub(super) fn said_of(&mut self, text: &Text, path: &Text, within: Option<&Value>) -> Text {
        let text = match self.is_computed(text, path, within) {
            true if is_printed(text) => Text::unknown(PRINTED),
            true => Text::unknown(COMPUTED),
            false => text.clone(),
        };
        self.computed |= is_to_be_said(&text);
        text
    }

    /// Whether a text is computed by the call. What it takes from another file as it is, it does not compute.
    fn is_computed(&self, text: &Text, path: &Text, within: Option<&Value>) -> bool {
        let Text::Mixed(pieces) = text else { return false };
        let from_elsewhere = |from: &str| !self.places(&Text::from(from), within).contains(path);
        !pieces.iter().any(|piece| match piece {
            Piece::Unknown(unknown) => unknown.what.strip_prefix(CONTENTS_OF).is_some_and(from_elsewhere),
            Piece::Literal(_) | Piece::Glob(_) => false,
        })
    }

    /// Puts the words of the call in the place of texts that only running it would tell: whoever computes a text says
    /// what goes into it. A script on disk is not in the call, so there the text stays unknown.
    pub(in crate::fact) fn say_computed(&mut self, brought: impl FnOnce() -> String) {
        if !self.computed {
            return;
        }
        let brought = brought();
        self.findings.change(|finding| match &mut finding.fact {
            Fact::Write(file) if finding.origin.is_none() && is_to_be_said(&file.text) => {
                let said = Text::from(brought.as_str());
                file.text = match is(&file.text, PRINTED) && !is_source_too(&brought, &file.path) {
                    // Beside what the words say, a program may print what it has from elsewhere.
                    true => said.concat(Text::unknown(PRINTED)),
                    false => said,
                };
            }
            _ => {}
        });
    }
}

/// Whether a text is one for which the words of the call may stand.
fn is_to_be_said(text: &Text) -> bool {
    is(text, COMPUTED) || is(text, PRINTED)
}

fn is(text: &Text, what: &str) -> bool {
    let Text::Mixed(pieces) = text else { return false };
    matches!(pieces.as_slice(), [Piece::Unknown(unknown)] if unknown.what == what)
}

fn is_printed(text: &Text) -> bool {
    let Text::Mixed(pieces) = text else { return false };
    pieces.iter().any(|piece| matches!(piece, Piece::Unknown(unknown) if unknown.what.starts_with(OUTPUT_OF)))
}

/// Whether the words of a call name a file beyond the writing of it, so that what a program prints may be made of what was
/// there. Where variables are in it, they may.
fn is_source_too(brought: &str, path: &Text) -> bool {
    let Some(name) = path.literal().and_then(|path| path.rsplit('/').next()) else { return true };
    let breaks = |c: char| {
        c.is_whitespace() || matches!(c, '\'' | '"' | ';' | '|' | '&' | '<' | '>' | '(' | ')' | '=' | ',')
    };
    // `HEAD:FILE`, `host:FILE` and a URL are other files.
    let named = |word: &&str| word.ends_with(name) && !word.contains(':');
    brought.contains('$') || brought.split(breaks).filter(named).count() > 1
}
