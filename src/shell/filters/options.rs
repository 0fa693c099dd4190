//! Options as getopt_long(3) reads them.

/// A command line taken apart.
pub(super) struct Parsed<'w> {
    /// Each option's letter and its value, in order.
    pub(super) options: Vec<(char, &'w str)>,
    /// The other words.
    pub(super) operands: Vec<&'w str>,
}

impl<'w> Parsed<'w> {
    pub(super) fn has(&self, letter: char) -> bool {
        self.options.iter().any(|(known, _)| *known == letter)
    }

    /// The value of the last option with this letter.
    pub(super) fn value(&self, letter: char) -> Option<&'w str> {
        self.options.iter().rev().find(|(known, _)| *known == letter).map(|(_, value)| *value)
    }
}

/// Reads options. `short` lists the letters, those that take a value with a colon behind them and those that may
/// have one attached with two; `long` gives names their letters, which are of no keyboard (`①`) for those that have no
/// short form. None where an option is neither.
pub(super) fn parse<'w>(words: &[&'w str], short: &str, long: &[(&str, char)]) -> Option<Parsed<'w>> {
    let mut parsed = Parsed { options: Vec::new(), operands: Vec::new() };
    let takes = |letter: char| -> Option<usize> {
        let at = short.find(letter).filter(|_| letter != ':')?;
        Some(short[at + letter.len_utf8()..].chars().take_while(|c| *c == ':').count())
    };
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if *word == "--" {
            parsed.operands.extend(rest);
            break;
        }
        if let Some(name) = word.strip_prefix("--") {
            let (name, value) = name.split_once('=').map_or((name, None), |(n, v)| (n, Some(v)));
            let exact = long.iter().find(|(known, _)| *known == name);
            let mut starts = long.iter().filter(|(known, _)| known.starts_with(name));
            let only = starts.next().filter(|first| starts.all(|other| other.1 == first.1));
            let letter = exact.or(only)?.1;
            let value = match (takes(letter)?, value) {
                (1, None) => rest.next()?,
                (0, Some(_)) => return None,
                (_, value) => value.unwrap_or(""),
            };
            parsed.options.push((letter, value));
            continue;
        }
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            parsed.operands.push(word);
            continue;
        };
        for (at, letter) in letters.char_indices() {
            let attached = &letters[at + letter.len_utf8()..];
            match takes(letter)? {
                0 => parsed.options.push((letter, "")),
                1 if attached.is_empty() => parsed.options.push((letter, rest.next()?)),
                _ => parsed.options.push((letter, attached)),
            }
            if takes(letter)? > 0 {
                break;
            }
        }
    }
    Some(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_getopt_does() {
        let long = [("delimiter", 'd'), ("fields", 'f'), ("in-place", 'i')];
        for (words, options, operands) in [
            (&["-d,", "-f", "2"][..], &[('d', ","), ('f', "2")][..], &[][..]),
            (&["x", "-sd", ":", "--", "-f"], &[('s', ""), ('d', ":")], &["x", "-f"]),
            (&["--delim=,", "--fields", "1", "-"], &[('d', ","), ('f', "1")], &["-"]),
            (&["-i.bak", "-i", "x"], &[('i', ".bak"), ('i', "")], &["x"]),
        ] {
            let parsed = parse(words, "d:f:si::", &long).unwrap();
            assert_eq!(
                (parsed.options.as_slice(), parsed.operands.as_slice()),
                (options, operands),
                "{words:?}"
            );
        }
        assert!(parse(&["-x"], "d:", &long).is_none());
    }
}
