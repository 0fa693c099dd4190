//! echo (Bash manual, 4.2).

use crate::shell::escape;
use crate::shell::expand::join;
use crate::value::{Piece, Text};

/// What `echo` prints.
pub(super) fn echo(arguments: &[Text]) -> Text {
    let mut newline = true;
    let mut escapes = false;
    let mut words = arguments;
    while let Some(options) = words.first().and_then(Text::literal).and_then(|w| w.strip_prefix('-')) {
        if options.is_empty() || !options.chars().all(|c| "neE".contains(c)) {
            break;
        }
        for option in options.chars() {
            match option {
                'n' => newline = false,
                option => escapes = option == 'e',
            }
        }
        words = &words[1..];
    }
    let text = join(words.iter().cloned(), " ");
    let text = if escapes {
        let (decoded, ended) = decoded(text);
        newline &= !ended;
        decoded
    } else {
        text
    };
    if newline { text.concat(Text::from("\n")) } else { text }
}

/// A text with its escapes decoded, and whether one of them ended the output.
fn decoded(text: Text) -> (Text, bool) {
    let mut pieces = Vec::new();
    for piece in text.pieces() {
        match piece {
            Piece::Literal(literal) => {
                let (literal, ended) = escape::echo(&literal);
                pieces.push(Piece::Literal(literal));
                if ended {
                    return (Text::from_pieces(pieces), true);
                }
            }
            other => pieces.push(other),
        }
    }
    (Text::from_pieces(pieces), false)
}
