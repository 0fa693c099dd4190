//! Shell patterns (`*`, `?`, `[…]`) against known text.

/// Whether the whole of `text` matches `pattern`. Backslash quotes the next character.
pub fn matches(pattern: &str, text: &str) -> bool {
    const SPECIAL: [char; 5] = ['*', '?', '[', ']', '\\'];
    let Some(first) = pattern.find(SPECIAL) else { return pattern == text };
    let last = pattern.rfind(SPECIAL).unwrap_or(first);
    // Most texts are told apart by what a pattern begins or ends with.
    if !text.starts_with(&pattern[..first]) || !text.ends_with(&pattern[last + 1..]) {
        return false;
    }
    if !pattern.contains(['[', '\\']) {
        let longest = pattern.split(SPECIAL).max_by_key(|part| part.len()).unwrap_or_default();
        if !text.contains(longest) {
            return false;
        }
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    matches_chars(&pattern, &text)
}

/// How a pattern is meant.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Style {
    /// Whether `@(a|b)` and its kin are patterns.
    pub(super) extended: bool,
    /// Whether capitals match small letters.
    pub(super) nocase: bool,
}

/// A pattern made ready to be matched.
pub(super) struct Pattern {
    chars: Vec<char>,
    groups: bool,
    nocase: bool,
}

impl Style {
    /// Makes a pattern ready.
    pub(super) fn pattern(self, pattern: &str) -> Pattern {
        let chars: Vec<char> =
            if self.nocase { pattern.to_lowercase().chars().collect() } else { pattern.chars().collect() };
        let groups = self.extended && extended::has_group(&chars);
        Pattern { chars, groups, nocase: self.nocase }
    }

    /// Whether the whole of `text` matches; None where that would take too long to say.
    pub(super) fn matches(self, pattern: &str, text: &str) -> Option<bool> {
        let pattern = self.pattern(pattern);
        let text: Vec<char> =
            if self.nocase { text.to_lowercase().chars().collect() } else { text.chars().collect() };
        pattern.matches(&text)
    }
}

impl Pattern {
    /// Whether the whole of `text` matches; None where that would take too long to say.
    fn matches(&self, text: &[char]) -> Option<bool> {
        if self.groups {
            extended::matches(&self.chars, text)
        } else {
            Some(matches_chars(&self.chars, text))
        }
    }

    fn text(&self, text: &str) -> Vec<char> {
        if self.nocase { text.to_lowercase().chars().collect() } else { text.chars().collect() }
    }

    /// The text without its shortest or longest match at the start.
    pub(super) fn trim_prefix<'t>(&self, text: &'t str, longest: bool) -> Option<&'t str> {
        let chars = self.text(text);
        for i in 0..=chars.len() {
            let end = if longest { chars.len() - i } else { i };
            if self.matches(&chars[..end])? {
                return Some(&text[byte_of(text, end)..]);
            }
        }
        Some(text)
    }

    /// The text without its shortest or longest match at the end.
    pub(super) fn trim_suffix<'t>(&self, text: &'t str, longest: bool) -> Option<&'t str> {
        let chars = self.text(text);
        for i in 0..=chars.len() {
            let start = if longest { i } else { chars.len() - i };
            if self.matches(&chars[start..])? {
                return Some(&text[..byte_of(text, start)]);
            }
        }
        Some(text)
    }

    /// The text with matches replaced by what `with` makes of them: `${text/pattern/with}` and its kin.
    pub(super) fn replace(
        &self,
        text: &str,
        with: &dyn Fn(&str) -> String,
        how: super::ast::Replace,
    ) -> Option<String> {
        use super::ast::Replace;
        let real: Vec<char> = text.chars().collect();
        let chars = self.text(text);
        let shown = |from: usize, to: usize| real[from..to].iter().collect::<String>();
        let longest_from = |start: usize| -> Option<Option<usize>> {
            for end in (start..=chars.len()).rev() {
                if self.matches(&chars[start..end])? {
                    return Some(Some(end));
                }
            }
            Some(None)
        };
        let empty = self.chars.is_empty();
        match how {
            Replace::Prefix | Replace::Suffix if empty => {
                let (before, after) = if how == Replace::Prefix {
                    (with(""), String::new())
                } else {
                    (String::new(), with(""))
                };
                return Some(before + text + &after);
            }
            _ if empty => return Some(text.to_owned()),
            Replace::Prefix => {
                return Some(match longest_from(0)? {
                    Some(end) => with(&shown(0, end)) + &shown(end, real.len()),
                    None => text.to_owned(),
                });
            }
            Replace::Suffix => {
                for start in 0..=chars.len() {
                    if self.matches(&chars[start..])? {
                        return Some(shown(0, start) + &with(&shown(start, real.len())));
                    }
                }
                return Some(text.to_owned());
            }
            Replace::First | Replace::All => {}
        }
        let mut out = String::new();
        let mut at = 0;
        loop {
            match longest_from(at)? {
                Some(end) if end > at || chars.is_empty() => {
                    out.push_str(&with(&shown(at, end)));
                    at = end;
                    if how == Replace::First || at >= chars.len() {
                        break;
                    }
                }
                _ => {
                    let Some(&c) = real.get(at) else { break };
                    out.push(c);
                    at += 1;
                    if at >= chars.len() {
                        break;
                    }
                }
            }
        }
        out.extend(real.get(at..).unwrap_or_default());
        Some(out)
    }
}

mod extended;

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
pub(super) fn one(pattern: &[char], p: usize, c: char) -> Option<usize> {
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
        let plain = |pattern| Style::default().pattern(pattern);
        assert_eq!(plain("*/").trim_prefix("a/b/c", false), Some("b/c"));
        assert_eq!(plain("*/").trim_prefix("a/b/c", true), Some("c"));
        assert_eq!(plain(".*").trim_suffix("a.b.c", false), Some("a.b"));
        assert_eq!(plain(".*").trim_suffix("a.b.c", true), Some("a"));
        for (text, pattern, with, how, expected) in [
            ("xxaws", "x", "", Replace::All, "aws"),
            ("xxaws", "x", "y", Replace::First, "yxaws"),
            ("aws", "a", "b", Replace::Prefix, "bws"),
            ("aws", "s", "z", Replace::Suffix, "awz"),
            ("aws", "q", "z", Replace::All, "aws"),
            ("aws", "", "z", Replace::Prefix, "zaws"),
        ] {
            let replaced = plain(pattern).replace(text, &|_| with.to_owned(), how);
            assert_eq!(replaced.as_deref(), Some(expected), "${{{text}/{pattern}/{with}}}");
        }
    }

    #[test]
    fn groups_match_as_in_bash() {
        let style = Style { extended: true, nocase: false };
        for (pattern, text, expected) in [
            ("@(a|b)c", "bc", true),
            ("+([a-z])", "abc", true),
            ("+([a-z])", "", false),
            ("?(x)y", "y", true),
            ("*(ab|c)d", "abcabd", true),
            ("!(a*)", "abc", false),
            ("!(a*)", "xbc", true),
            ("a!(b)c", "abbc", true),
        ] {
            assert_eq!(style.matches(pattern, text), Some(expected), "{pattern} against {text}");
        }
    }
}
