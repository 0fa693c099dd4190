//! Shell patterns (`*`, `?`, `[…]`) against known text.

/// Whether the whole of `text` matches `pattern`. Backslash quotes the next character.
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    matches_chars(&pattern, &text)
}

/// Greedy matching with one point to come back to: linear in practice, never exponential.
pub(super) fn matches_chars(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '*' {
            back = Some((p + 1, t));
            p += 1;
            continue;
        }
        match one(pattern, p, text[t]) {
            Some(next) => {
                p = next;
                t += 1;
            }
            None => match back {
                Some((after_star, from)) => {
                    p = after_star;
                    t = from + 1;
                    back = Some((after_star, t));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

/// Matches one character at `p`; the position after it in the pattern.
fn one(pattern: &[char], p: usize, c: char) -> Option<usize> {
    match *pattern.get(p)? {
        '?' => Some(p + 1),
        '\\' if p + 1 < pattern.len() => (pattern[p + 1] == c).then_some(p + 2),
        '[' => match bracket(pattern, p, c) {
            Some((true, next)) => Some(next),
            Some((false, _)) => None,
            None => (c == '[').then_some(p + 1),
        },
        literal => (literal == c).then_some(p + 1),
    }
}

/// A bracket expression at `p`: whether it matches, and where it ends. None where it is not closed.
fn bracket(pattern: &[char], p: usize, c: char) -> Option<(bool, usize)> {
    let mut i = p + 1;
    let negated = matches!(pattern.get(i), Some('!' | '^'));
    if negated {
        i += 1;
    }
    let first = i;
    let mut found = false;
    loop {
        let mut low = *pattern.get(i)?;
        if low == ']' && i > first {
            return Some((found != negated, i + 1));
        }
        if low == '[' && pattern.get(i + 1) == Some(&':') {
            let end =
                (i + 2..pattern.len()).find(|&j| pattern[j] == ':' && pattern.get(j + 1) == Some(&']'))?;
            let class: String = pattern[i + 2..end].iter().collect();
            found |= in_class(&class, c);
            i = end + 2;
            continue;
        }
        if low == '\\' && i + 1 < pattern.len() {
            i += 1;
            low = pattern[i];
        }
        i += 1;
        if pattern.get(i) == Some(&'-') && pattern.get(i + 1).is_some_and(|&h| h != ']') {
            let high = pattern[i + 1];
            found |= (low..=high).contains(&c);
            i += 2;
        } else {
            found |= low == c;
        }
    }
}

fn in_class(class: &str, c: char) -> bool {
    match class {
        "alpha" => c.is_alphabetic(),
        "digit" => c.is_ascii_digit(),
        "alnum" => c.is_alphanumeric(),
        "upper" => c.is_uppercase(),
        "lower" => c.is_lowercase(),
        "space" => c.is_whitespace(),
        "blank" => c == ' ' || c == '\t',
        "punct" => c.is_ascii_punctuation(),
        "xdigit" => c.is_ascii_hexdigit(),
        "cntrl" => c.is_control(),
        "print" => !c.is_control(),
        "graph" => !c.is_control() && c != ' ',
        _ => false,
    }
}

/// Removes the shortest or longest match from the start of `text`.
pub fn trim_prefix<'t>(text: &'t str, pattern: &str, longest: bool) -> &'t str {
    let chars: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let mut ends: Box<dyn Iterator<Item = usize>> =
        if longest { Box::new((0..=chars.len()).rev()) } else { Box::new(0..=chars.len()) };
    match ends.find(|&end| matches_chars(&pattern, &chars[..end])) {
        Some(end) => &text[byte_of(text, end)..],
        None => text,
    }
}

/// Removes the shortest or longest match from the end of `text`.
pub fn trim_suffix<'t>(text: &'t str, pattern: &str, longest: bool) -> &'t str {
    let chars: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let mut starts: Box<dyn Iterator<Item = usize>> =
        if longest { Box::new(0..=chars.len()) } else { Box::new((0..=chars.len()).rev()) };
    match starts.find(|&start| matches_chars(&pattern, &chars[start..])) {
        Some(start) => &text[..byte_of(text, start)],
        None => text,
    }
}

/// Replaces matches of `pattern` in `text`: `${text/pattern/with}` and its kin.
pub fn replace(text: &str, pattern: &str, with: &str, how: super::ast::Replace) -> String {
    use super::ast::Replace;
    let chars: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let longest_from =
        |start: usize| (start..=chars.len()).rev().find(|&end| matches_chars(&pattern, &chars[start..end]));
    let mut out = String::new();
    let mut at = 0;
    while at <= chars.len() {
        let tried = match how {
            Replace::Prefix if at > 0 => None,
            Replace::Suffix => matches_chars(&pattern, &chars[at..]).then_some(chars.len()),
            _ => longest_from(at),
        };
        match tried {
            Some(end) if end > at || (pattern.is_empty() && how != Replace::First && how != Replace::All) => {
                out.push_str(with);
                at = end;
                if how != Replace::All || at >= chars.len() {
                    break;
                }
            }
            _ => {
                let Some(&c) = chars.get(at) else { break };
                out.push(c);
                at += 1;
            }
        }
    }
    out.extend(chars.get(at..).unwrap_or_default());
    out
}

fn byte_of(text: &str, chars: usize) -> usize {
    text.char_indices().nth(chars).map_or(text.len(), |(i, _)| i)
}

#[cfg(test)]
mod tests {
    use super::super::ast::Replace;
    use super::*;

    #[test]
    fn patterns_match_whole_texts() {
        for (pattern, text, expected) in [
            ("aw[s]", "aws", true),
            ("a*s", "aws", true),
            ("a?s", "as", false),
            ("*.amazonaws.com", "x.amazonaws.com", true),
            ("[!a]ws", "aws", false),
            ("[[:alpha:]]*", "x1", true),
            ("[a-c]x", "bx", true),
            (r"\*", "*", true),
            ("[", "[", true),
            ("a*b*c*d", "abcabcabcx", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} against {text}");
        }
    }

    #[test]
    fn trimming_and_replacing_follow_bash() {
        assert_eq!(trim_prefix("a/b/c", "*/", false), "b/c");
        assert_eq!(trim_prefix("a/b/c", "*/", true), "c");
        assert_eq!(trim_suffix("a.b.c", ".*", false), "a.b");
        assert_eq!(trim_suffix("a.b.c", ".*", true), "a");
        assert_eq!(replace("xxaws", "x", "", Replace::All), "aws");
        assert_eq!(replace("xxaws", "x", "y", Replace::First), "yxaws");
        assert_eq!(replace("aws", "a", "b", Replace::Prefix), "bws");
        assert_eq!(replace("aws", "s", "z", Replace::Suffix), "awz");
        assert_eq!(replace("aws", "q", "z", Replace::All), "aws");
    }
}
