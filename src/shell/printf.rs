//! bash's `printf` over known arguments.

use super::escape;
use super::quoting;
use crate::value::{Piece, Text};

/// The format is used again until the arguments are gone; more often than this, the rest is unknown.
const MAX_ROUNDS: usize = 1_000;
/// Fields wider than this are unknown.
const MAX_WIDTH: usize = 4_096;

/// One conversion: `%-5.2s`.
#[derive(Default)]
struct Spec {
    flags: String,
    width: usize,
    precision: Option<usize>,
}

/// What is printed, and whether every argument fitted its conversion. None where that cannot be known.
pub(super) fn printed(arguments: &[Text]) -> Option<(Text, bool)> {
    let (format, rest) = arguments.split_first()?;
    let format = format.literal()?;
    let mut printer = Printer { pieces: Vec::new(), rest, missing: false, valid: true, ended: false };
    for _ in 0..MAX_ROUNDS {
        let before = printer.rest.len();
        printer.round(format)?;
        if printer.ended || printer.rest.is_empty() || printer.rest.len() == before {
            return Some((Text::from_pieces(printer.pieces), printer.valid));
        }
    }
    printer.pieces.extend(Text::unknown("printf").pieces());
    Some((Text::from_pieces(printer.pieces), printer.valid))
}

struct Printer<'a> {
    pieces: Vec<Piece>,
    rest: &'a [Text],
    missing: bool,
    valid: bool,
    /// `\c` ended everything.
    ended: bool,
}

impl Printer<'_> {
    fn literal(&mut self, text: &str) {
        if let Some(Piece::Literal(last)) = self.pieces.last_mut() {
            last.push_str(text);
        } else if !text.is_empty() {
            self.pieces.push(Piece::Literal(text.to_owned()));
        }
    }

    fn next(&mut self) -> Text {
        match self.rest.split_first() {
            Some((first, others)) => {
                self.rest = others;
                first.clone()
            }
            None => {
                self.missing = true;
                Text::from("")
            }
        }
    }

    fn round(&mut self, format: &str) -> Option<()> {
        let mut rest = format;
        while !rest.is_empty() {
            let plain = rest.find('%').unwrap_or(rest.len());
            if plain > 0 {
                self.literal(&escape::printf(&rest[..plain]));
                rest = &rest[plain..];
                continue;
            }
            if let Some(after) = rest.strip_prefix("%%") {
                self.literal("%");
                rest = after;
                continue;
            }
            rest = self.conversion(&rest[1..])?;
            if self.ended {
                return Some(());
            }
        }
        Some(())
    }

    /// One conversion after its `%`; what follows it.
    fn conversion<'f>(&mut self, format: &'f str) -> Option<&'f str> {
        let mut spec = Spec::default();
        let mut rest = format.trim_start_matches(['-', '+', ' ', '#', '0', '\'']);
        spec.flags = format[..format.len() - rest.len()].to_owned();
        let number = |printer: &mut Self, rest: &mut &'f str| -> Option<Option<i64>> {
            if let Some(after) = rest.strip_prefix('*') {
                *rest = after;
                return Some(Some(integer(printer.next().literal()?)?));
            }
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let value = rest[..digits].parse().ok();
            *rest = &rest[digits..];
            Some(value)
        };
        if let Some(width) = number(self, &mut rest)? {
            if width < 0 {
                spec.flags.push('-');
            }
            spec.width = usize::try_from(width.unsigned_abs()).ok().filter(|w| *w <= MAX_WIDTH)?;
        }
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            let precision = number(self, &mut rest)?.unwrap_or(0);
            spec.precision = usize::try_from(precision).ok();
        }
        rest = rest.trim_start_matches(['l', 'h', 'j', 't', 'z', 'L']);
        let conversion = rest.chars().next()?;
        let argument = self.next();
        let text = match conversion {
            's' => self.string(&spec, argument),
            'b' => match argument.literal() {
                Some(text) => {
                    let (text, ended) = escape::percent_b(text);
                    self.ended |= ended;
                    self.string(&spec, Text::from(text))
                }
                None => argument.map_literals(|text| escape::percent_b(text).0),
            },
            'q' => match argument.literal() {
                Some(text) => self.string(&spec, Text::from(quoting::backslashed(text))),
                None => argument.map_literals(quoting::backslashed),
            },
            'Q' => match argument.literal() {
                Some(text) => {
                    let cut: String = text.chars().take(spec.precision.unwrap_or(usize::MAX)).collect();
                    let spec = Spec { precision: None, ..spec };
                    self.string(&spec, Text::from(quoting::backslashed(&cut)))
                }
                None => argument.map_literals(quoting::backslashed),
            },
            'c' => match argument.literal() {
                Some(text) => {
                    let first: String = text.chars().take(1).collect();
                    // An empty argument prints a NUL, which no variable or substitution keeps.
                    Text::from(pad(
                        &first,
                        &Spec { precision: None, ..spec },
                        if first.is_empty() { 1 } else { 0 },
                    ))
                }
                None => Text::unknown("printf"),
            },
            'd' | 'i' | 'u' | 'x' | 'X' | 'o' => match argument.literal() {
                Some(text) => self.integer(conversion, &spec, text)?,
                None => Text::unknown("printf"),
            },
            _ => Text::unknown("printf"),
        };
        match text {
            Text::Literal(text) => self.literal(&text),
            mixed => self.pieces.extend(mixed.pieces()),
        }
        Some(&rest[conversion.len_utf8()..])
    }

    fn string(&self, spec: &Spec, text: Text) -> Text {
        if spec.width == 0 && spec.precision.is_none() {
            return text;
        }
        match text.literal() {
            Some(text) => {
                // bash counts bytes here; a character that would be cut apart makes the text unknown.
                let cut = &text.as_bytes()[..spec.precision.unwrap_or(usize::MAX).min(text.len())];
                match std::str::from_utf8(cut) {
                    Ok(cut) => Text::from(pad(cut, spec, cut.len() - cut.chars().count())),
                    Err(_) => Text::unknown("printf"),
                }
            }
            None => Text::unknown("printf"),
        }
    }

    fn integer(&mut self, conversion: char, spec: &Spec, text: &str) -> Option<Text> {
        let value = if self.missing {
            0
        } else {
            match integer(text) {
                Some(value) => value,
                None => {
                    self.valid = false;
                    leading_integer(text)
                }
            }
        };
        let plus = spec.flags.contains('+');
        let (sign, prefix, digits) = match conversion {
            'd' | 'i' => {
                let sign = if value < 0 {
                    "-"
                } else if plus {
                    "+"
                } else if spec.flags.contains(' ') {
                    " "
                } else {
                    ""
                };
                (sign, "", value.unsigned_abs().to_string())
            }
            'u' => ("", "", (value as u64).to_string()),
            'x' => ("", "0x", format!("{value:x}")),
            'X' => ("", "0X", format!("{value:X}")),
            _ => ("", "0", format!("{value:o}")),
        };
        let prefix = if spec.flags.contains('#') && value != 0 { prefix } else { "" };
        let least = spec.precision.unwrap_or(1);
        let mut digits = if least == 0 && value == 0 { String::new() } else { digits };
        let taken = sign.len() + prefix.len();
        let zeros = spec.flags.contains('0') && !spec.flags.contains('-') && spec.precision.is_none();
        let least = if zeros { least.max(spec.width.saturating_sub(taken)) } else { least };
        if digits.len() < least.min(MAX_WIDTH) {
            digits.insert_str(0, &"0".repeat(least.min(MAX_WIDTH) - digits.len()));
        }
        Some(Text::from(pad(&format!("{sign}{prefix}{digits}"), spec, 0)))
    }
}

/// Fills a field up to its width; `more` is counted with the characters of `text`.
fn pad(text: &str, spec: &Spec, more: usize) -> String {
    let missing = spec.width.saturating_sub(text.chars().count() + more);
    if spec.flags.contains('-') {
        format!("{text}{}", " ".repeat(missing))
    } else {
        format!("{}{text}", " ".repeat(missing))
    }
}

/// A whole number as C writes it, or the code of a character after a quote.
fn integer(text: &str) -> Option<i64> {
    let text = text.trim_start();
    if let Some(quoted) = text.strip_prefix(['\'', '"']) {
        return Some(quoted.chars().next().map_or(0, |c| c as i64));
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        _ if digits.starts_with(['+', '-']) => return None,
        Some(hex) => u64::from_str_radix(hex, 16).ok()?,
        None if digits.len() > 1 && digits.starts_with('0') => u64::from_str_radix(digits, 8).ok()?,
        None => digits.parse().ok()?,
    };
    let value = i64::try_from(value).ok()?;
    Some(if negative { -value } else { value })
}

/// The number at the start of a text that is not one.
fn leading_integer(text: &str) -> i64 {
    let text = text.trim_start();
    (0..=text.len()).rev().filter_map(|end| text.get(..end)).find_map(integer).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_filled_as_by_bash() {
        for (words, expected) in [
            (&["%s-%s\n", "a", "b", "c"][..], "a-b\nc-\n"),
            (&[r"\x61\167%%"], "aw%"),
            (&["%03d|%-3s|%.2s", "7", "a", "abc"], "007|a  |ab"),
            (&["%+d|% d|%#x|%o", "5", "6", "255", "8"], "+5| 6|0xff|10"),
            (&["%*s|%-*s|", "3", "a", "3", "b"], "  a|b  |"),
            (&["%d", "'A"], "65"),
            (&["%b", r"a\tb\cx", "y"], "a\tb"),
            (&["%q", "a b"], r"a\ b"),
        ] {
            let words: Vec<Text> = words.iter().map(|w| Text::from(*w)).collect();
            assert_eq!(printed(&words).unwrap().0.to_string(), expected, "{words:?}");
        }
        let unknown = [Text::from("%s=%d"), Text::from("a"), Text::unknown("$x")];
        assert_eq!(printed(&unknown).unwrap().0.to_string(), "a=‹printf›");
    }
}
