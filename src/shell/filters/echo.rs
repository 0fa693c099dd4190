//! echo and printf (Bash manual, 4.2).

use crate::shell::escape;
use crate::shell::expand::join;
use crate::value::{Piece, Text, Unknown};

use super::call::MAX_OUTPUT;

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

/// A place of a format, `%-10.3s`.
#[derive(Debug, Default)]
struct Spec {
    flags: String,
    width: Option<usize>,
    precision: Option<usize>,
}

/// What `printf` prints: the format is used again until the arguments are gone.
pub(in crate::shell) fn printf(arguments: &[Text]) -> Option<Text> {
    let (format, mut rest) = arguments.split_first()?;
    let format = format.literal()?;
    let mut pieces: Vec<Piece> = Vec::new();
    let mut length = 0;
    loop {
        let before = rest.len();
        let mut text = format;
        loop {
            let Some(at) = text.find('%') else {
                pieces.push(Piece::Literal(escape::printf(text)));
                break;
            };
            pieces.push(Piece::Literal(escape::printf(&text[..at])));
            text = &text[at + 1..];
            if let Some(after) = text.strip_prefix('%') {
                pieces.push(Piece::Literal("%".to_owned()));
                text = after;
                continue;
            }
            let mut next = || match rest.split_first() {
                Some((first, others)) => {
                    rest = others;
                    Some(first.clone())
                }
                None => None,
            };
            let (spec, conversion, after) = spec(text, &mut next)?;
            text = after;
            let argument = next();
            let (made, ended) = made(&spec, conversion, argument);
            pieces.extend(made.pieces());
            if ended {
                return Some(Text::from_pieces(pieces));
            }
        }
        length += pieces
            .iter()
            .map(|piece| if let Piece::Literal(text) = piece { text.len() } else { 1 })
            .sum::<usize>();
        let text = Text::from_pieces(std::mem::take(&mut pieces));
        pieces = text.pieces();
        if rest.is_empty() || rest.len() == before {
            return Some(Text::from_pieces(pieces));
        }
        // Each turn looks at all that is printed so far.
        if length > MAX_OUTPUT {
            let what = "the rest of printf".to_owned();
            pieces.push(Piece::Unknown(Unknown { what, splits: false }));
            return Some(Text::from_pieces(pieces));
        }
    }
}

/// Reads a place of a format; a star takes its number from the arguments.
fn spec<'t>(text: &'t str, next: &mut impl FnMut() -> Option<Text>) -> Option<(Spec, char, &'t str)> {
    let mut spec = Spec::default();
    let mut rest = text;
    let flags = rest.len() - rest.trim_start_matches(['-', '+', ' ', '#', '0', '\'']).len();
    spec.flags = rest[..flags].to_owned();
    rest = &rest[flags..];
    let mut number = |rest: &mut &str| -> Option<Option<i64>> {
        if let Some(after) = rest.strip_prefix('*') {
            *rest = after;
            return integer(next()?.literal()?).map(Some);
        }
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let value = if digits == 0 { None } else { Some(rest[..digits].parse().ok()?) };
        *rest = &rest[digits..];
        Some(value)
    };
    if let Some(width) = number(&mut rest)? {
        if width < 0 {
            spec.flags.push('-');
        }
        spec.width = usize::try_from(width.unsigned_abs()).ok().filter(|w| *w <= 4_096);
        spec.width?;
    }
    if let Some(after) = rest.strip_prefix('.') {
        rest = after;
        spec.precision = Some(usize::try_from(number(&mut rest)?.unwrap_or(0)).ok()?);
    }
    rest = rest.trim_start_matches(['l', 'h', 'j', 'z', 't', 'L']);
    let conversion = rest.chars().next()?;
    Some((spec, conversion, &rest[conversion.len_utf8()..]))
}

/// What one place becomes, and whether the output ends with it.
fn made(spec: &Spec, conversion: char, argument: Option<Text>) -> (Text, bool) {
    let given = argument.is_some();
    let argument = argument.unwrap_or_else(|| Text::from(""));
    let plain = spec.width.is_none() && spec.precision.is_none();
    let mut ended = false;
    let text = match (conversion, argument.literal()) {
        ('s', _) if plain => Some(argument.clone()),
        ('b', _) if plain => {
            let (text, over) = decoded(argument.clone());
            ended = over;
            Some(text)
        }
        ('q' | 'Q', None) if plain => Some(argument.clone()),
        ('s', Some(text)) => spec.text(text),
        ('b', Some(text)) => {
            let (text, over) = escape::echo(text);
            ended = over;
            spec.text(&text)
        }
        ('q', Some(text)) => quoted(text).and_then(|text| spec.text(&text)),
        ('c', Some(text)) => spec.text(&text.chars().take(1).collect::<String>()),
        ('d' | 'i', Some(text)) => integer(text).map(|n| spec.number(n < 0, n.unsigned_abs().to_string())),
        ('u', Some(text)) => integer(text).map(|n| spec.number(false, (n as u64).to_string())),
        ('x' | 'X' | 'o', Some(text)) => integer(text).map(|n| {
            let digits = match conversion {
                'x' => format!("{n:x}"),
                'X' => format!("{n:X}"),
                _ => format!("{n:o}"),
            };
            let mark = match conversion {
                'o' if spec.flags.contains('#') && n != 0 => "0",
                'x' | 'X' if spec.flags.contains('#') && n != 0 => &format!("0{conversion}"),
                _ => "",
            };
            let flags = spec.flags.replace(['+', ' '], "");
            Spec { flags, ..*spec }.number(false, format!("{mark}{digits}"))
        }),
        ('f' | 'F', Some(text)) if !given || text.trim().parse::<f64>().is_ok_and(f64::is_finite) => {
            let value: f64 = text.trim().parse().unwrap_or(0.0);
            let digits = format!("{:.*}", spec.precision.unwrap_or(6).min(100), value.abs());
            Some(
                Spec { flags: spec.flags.clone(), precision: None, ..*spec }
                    .number(value.is_sign_negative(), digits),
            )
        }
        _ => None,
    };
    (text.unwrap_or_else(|| Text::unknown("printf")), ended)
}

impl Spec {
    /// A text cut and padded. Beyond ASCII it would depend on the locale.
    fn text(&self, text: &str) -> Option<Text> {
        if (self.width.is_some() || self.precision.is_some()) && !text.is_ascii() {
            return None;
        }
        let text: String = text.chars().take(self.precision.unwrap_or(usize::MAX)).collect();
        Some(Text::from(self.padded(&text)))
    }

    fn padded(&self, text: &str) -> String {
        let missing = " ".repeat(self.width.unwrap_or(0).saturating_sub(text.len()));
        if self.flags.contains('-') { format!("{text}{missing}") } else { format!("{missing}{text}") }
    }

    fn number(&self, negative: bool, mut digits: String) -> Text {
        let sign = match (negative, self.flags.contains('+'), self.flags.contains(' ')) {
            (true, _, _) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let zeros = match self.precision {
            Some(precision) => precision.min(4_096),
            None if self.flags.contains('0') && !self.flags.contains('-') => {
                self.width.unwrap_or(0).saturating_sub(sign.len())
            }
            None => 0,
        };
        let mark = if digits.starts_with("0x") || digits.starts_with("0X") { 2 } else { 0 };
        let missing = zeros.saturating_sub(digits.len());
        digits.insert_str(mark, &"0".repeat(missing));
        Text::from(self.padded(&format!("{sign}{digits}")))
    }
}

/// `%q`: a text as bash writes it for reuse.
fn quoted(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("''".to_owned());
    }
    if !text.chars().all(|c| matches!(c, ' '..='~')) {
        return None;
    }
    let mut out = String::new();
    for (at, c) in text.char_indices() {
        let special = " \\\"'`$&|;()<>*?[]^!{},".contains(c) || at == 0 && matches!(c, '#' | '~');
        if special {
            out.push('\\');
        }
        out.push(c);
    }
    Some(out)
}

fn integer(text: &str) -> Option<i64> {
    let text = text.trim_start();
    if let Some(quoted) = text.strip_prefix(['\'', '"']) {
        return Some(quoted.chars().next().map_or(0, |c| i64::from(c as u32)));
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None if digits.len() > 1 && digits.starts_with('0') => i64::from_str_radix(digits, 8).ok(),
        None if text.is_empty() => Some(0),
        None => digits.parse().ok(),
    }?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printf_prints_what_bash_would() {
        for (words, expected) in [
            (&["%s-%s\n", "a", "b", "c"][..], "a-b\nc-\n"),
            (&[r"\x61\167%%"], "aw%"),
            (&["%03d|%-3s|%.2s", "7", "a", "abc"], "007|a  |ab"),
            (&["%*d|%-*s|", "4", "7", "3", "a"], "   7|a  |"),
            (&["%b|%s", r"a\tb", r"a\tb"], "a\tb|a\\tb"),
            (&["%b|%s", r"a\cb", "x"], "a"),
            (&["%#x %o %X", "255", "8", "0xab"], "0xff 10 AB"),
            (&["%d%d", "'a", "-012"], "97-10"),
            (&["%q %q", "a b", ""], r"a\ b ''"),
            (&["%.1f|%5.2f", "2.25", "1"], "2.2| 1.00"),
            (&[r"\45s%s", "x"], "%sx"),
        ] {
            let words: Vec<Text> = words.iter().map(|w| Text::from(*w)).collect();
            assert_eq!(
                printf(&words).and_then(|t| t.literal().map(str::to_owned)).as_deref(),
                Some(expected),
                "{words:?}"
            );
        }
    }
}
