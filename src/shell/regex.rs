//! `[[ text =~ expression ]]`: POSIX extended regular expressions over known text.

use regex::Regex;

/// Longer texts and expressions are not matched.
const MAX_TEXT: usize = 4 << 10;

/// What a match leaves in `BASH_REMATCH`; a group is None where POSIX and the matcher here may differ.
pub(super) enum Match {
    /// No match.
    No,
    /// A match: the whole, then each group.
    Yes(Vec<Option<String>>),
    /// Not known.
    Unknown,
}

/// Matches the first, longest place.
pub(super) fn search(expression: &str, text: &str, nocase: bool) -> Match {
    if text.len() > MAX_TEXT || expression.len() > MAX_TEXT {
        return Match::Unknown;
    }
    let Some(translated) = translated(expression) else { return Match::Unknown };
    let flags = if nocase { "(?si)" } else { "(?s)" };
    let Ok(regex) = Regex::new(&format!("{flags}{translated}")) else { return Match::Unknown };
    let Some(found) = regex.find(text) else { return Match::No };
    if !expression.contains(['|', '*', '+', '?', '{']) {
        return groups(&regex, &text[found.start()..], text, false);
    }
    // POSIX takes the longest match that begins first.
    let Ok(whole) = Regex::new(&format!("{flags}^(?:{translated})$")) else { return Match::Unknown };
    if expression.contains(['^', '$']) {
        let anchored = expression.starts_with('^') || expression.ends_with('$');
        let alternatives = expression.contains('|');
        if !anchored || alternatives {
            return Match::Yes(vec![None; regex.captures_len()]);
        }
    }
    let start = found.start();
    let from = if expression.starts_with('^') && start != 0 { return Match::Unknown } else { &text[start..] };
    let ends = (0..=from.len()).rev().filter(|end| from.is_char_boundary(*end));
    for end in ends {
        if expression.ends_with('$') && end != from.len() {
            continue;
        }
        if whole.is_match(&from[..end]) {
            return groups(&whole, &from[..end], text, expression.contains('|'));
        }
    }
    Match::Unknown
}

fn groups(regex: &Regex, part: &str, text: &str, doubtful: bool) -> Match {
    let captures = regex.captures(part).or_else(|| regex.captures(text));
    let Some(captures) = captures else { return Match::Unknown };
    let group = |(i, group): (usize, Option<regex::Match<'_>>)| {
        (i == 0 || !doubtful).then(|| group.map_or_else(String::new, |found| found.as_str().to_owned()))
    };
    Match::Yes(captures.iter().enumerate().map(group).collect())
}

/// A POSIX expression in the matcher's syntax; None where they differ too much.
fn translated(expression: &str) -> Option<String> {
    let mut out = String::with_capacity(expression.len());
    let mut chars = expression.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                // Back references and GNU's classes are nothing POSIX has.
                c if c.is_ascii_alphanumeric() || matches!(c, '<' | '>' | '`' | '\'') => return None,
                c => out.push_str(&regex::escape(&c.to_string())),
            },
            '[' => {
                out.push('[');
                if chars.peek() == Some(&'^') {
                    chars.next();
                    out.push('^');
                }
                let mut first = true;
                loop {
                    let c = chars.next()?;
                    match c {
                        ']' if !first => break,
                        '[' if chars.peek() == Some(&':') => {
                            out.push('[');
                            loop {
                                let c = chars.next()?;
                                out.push(c);
                                if c == ']' {
                                    break;
                                }
                            }
                        }
                        '[' if matches!(chars.peek(), Some('.' | '=')) => return None,
                        '-' => out.push('-'),
                        c if c.is_alphanumeric() => out.push(c),
                        c => out.push_str(&format!("\\x{{{:x}}}", c as u32)),
                    }
                    first = false;
                }
                out.push(']');
            }
            // A repetition of nothing, or of a repetition, means different things.
            '*' | '+' | '?' if out.ends_with(['*', '+', '?', '}', '(', '|', '^']) || out.is_empty() => {
                return None;
            }
            '(' if chars.peek() == Some(&'?') => return None,
            c => out.push(c),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_match_is_taken() {
        for (expression, text, expected) in [
            ("(.)(.)", "xyz", Some(vec![Some("xy"), Some("x"), Some("y")])),
            ("a|ab", "xabc", Some(vec![Some("ab")])),
            ("^([a-z]+)-([0-9]*)$", "get-12", Some(vec![Some("get-12"), Some("get"), Some("12")])),
            ("[[:digit:]]+", "a12b", Some(vec![Some("12")])),
            ("q", "abc", None),
        ] {
            let found = match search(expression, text, false) {
                Match::Yes(groups) => Some(groups),
                _ => None,
            };
            let found = found.as_ref().map(|g| g.iter().map(Option::as_deref).collect::<Vec<_>>());
            assert_eq!(found, expected, "{text} =~ {expression}");
        }
    }
}
