//! POSIX regular expressions, basic and extended, as the regex crate reads them (POSIX, XBD 9; GNU's additions).
//!
//! The crate takes the first alternative that matches where POSIX takes the longest, so alternatives are only
//! understood where that is the same: where it is only asked whether a line matches, or where all are plain and
//! none begins another.

use regex::Regex;

/// How a pattern is written and what it is for.
#[derive(Clone, Copy, Default)]
pub(super) struct Style {
    /// Extended syntax.
    pub(super) extended: bool,
    /// Letters match in either case.
    pub(super) ignore_case: bool,
    /// It is only asked whether a text matches, not where.
    pub(super) test_only: bool,
    /// `^` and `$` match at lines within the text.
    pub(super) multi_line: bool,
    /// awk's escapes (`\t`, `\/`, `\"`) also in brackets.
    pub(super) awk: bool,
}

/// A longer pattern is not compiled.
const MAX_PATTERN: usize = 400;

/// The pattern compiled; None where it is not understood to the letter.
pub(super) fn compile(pattern: &str, style: Style) -> Option<Regex> {
    if pattern.len() > MAX_PATTERN || super::bytes::has_unknown(pattern) {
        return None;
    }
    let mut reader = Reader { chars: pattern.chars().collect(), at: 0, style, depth: 0 };
    let mut text = String::from(if style.multi_line { "(?sm)" } else { "(?s)" });
    text.push_str(&reader.alternatives()?);
    if reader.at < reader.chars.len() {
        return None;
    }
    regex::RegexBuilder::new(&text).size_limit(1 << 18).build().ok()
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    style: Style,
    depth: u32,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    /// Whether an operator stands here: bare in extended syntax, behind a backslash in basic.
    fn operator(&self, c: char) -> bool {
        if self.style.extended {
            self.peek(0) == Some(c)
        } else {
            self.peek(0) == Some('\\') && self.peek(1) == Some(c)
        }
    }

    fn skip_operator(&mut self) {
        self.at += if self.style.extended { 1 } else { 2 };
    }

    fn alternatives(&mut self) -> Option<String> {
        self.depth += 1;
        if self.depth > 20 {
            return None;
        }
        let mut branches = Vec::new();
        loop {
            branches.push(self.branch()?);
            if !self.operator('|') {
                break;
            }
            self.skip_operator();
        }
        self.depth -= 1;
        if branches.len() > 1 {
            let plain =
                |branch: &String| !branch.contains(['*', '+', '?', '{', '(', '|', '[', '.', '$', '^']);
            let apart = branches
                .iter()
                .enumerate()
                .all(|(i, a)| branches.iter().enumerate().all(|(j, b)| i == j || !b.starts_with(a.as_str())));
            let alike = branches.iter().all(plain) && apart;
            if !self.style.test_only && !alike {
                return None;
            }
        }
        Some(branches.join("|"))
    }

    fn branch(&mut self) -> Option<String> {
        let mut out = String::new();
        let mut first = true;
        while let Some(c) = self.peek(0) {
            // A star that has nothing to repeat is itself.
            if c == '*' && out == "^" && !self.style.extended {
                self.at += 1;
                out.push_str("\\*");
                continue;
            }
            if self.operator('|') || (self.depth > 1 && self.operator(')')) {
                break;
            }
            let atom = self.atom(c, first)?;
            let anchor = matches!(atom.as_str(), "^" | "$") || atom.starts_with("\\b");
            first = false;
            out.push_str(&self.repeated(atom, anchor)?);
        }
        Some(out)
    }

    /// An atom with the repetitions behind it.
    fn repeated(&mut self, mut atom: String, anchor: bool) -> Option<String> {
        let mut repeated = false;
        loop {
            let count = match self.peek(0) {
                Some('*') if !anchor || self.style.extended => {
                    self.at += 1;
                    "*".to_owned()
                }
                _ if self.operator('+') || self.operator('?') => {
                    let c = self.peek(usize::from(!self.style.extended))?;
                    self.skip_operator();
                    c.to_string()
                }
                _ if self.operator('{') => self.interval()?,
                _ => return Some(atom),
            };
            if anchor {
                return None;
            }
            if repeated {
                atom = format!("(?:{atom})");
            }
            repeated = true;
            atom.push_str(&count);
        }
    }

    /// `{m,n}`.
    fn interval(&mut self) -> Option<String> {
        self.skip_operator();
        let mut inner = String::new();
        while !self.operator('}') {
            inner.push(self.peek(0).filter(|c| c.is_ascii_digit() || *c == ',')?);
            self.at += 1;
        }
        self.skip_operator();
        let bounds: Vec<&str> = inner.split(',').collect();
        let number = |text: &str| text.parse::<u32>().ok().filter(|n| *n <= 255);
        match bounds.as_slice() {
            [n] => Some(format!("{{{}}}", number(n)?)),
            [m, ""] => Some(format!("{{{},}}", number(if m.is_empty() { "0" } else { m })?)),
            [m, n] => Some(format!("{{{},{}}}", number(if m.is_empty() { "0" } else { m })?, number(n)?)),
            _ => None,
        }
    }

    fn atom(&mut self, c: char, first: bool) -> Option<String> {
        if self.operator('(') {
            self.skip_operator();
            let inner = self.alternatives()?;
            if !self.operator(')') {
                return None;
            }
            self.skip_operator();
            return Some(format!("({inner})"));
        }
        self.at += 1;
        match c {
            '[' => self.bracket(),
            '\\' => self.escape(),
            '.' => Some(".".to_owned()),
            '^' if self.style.extended || first => Some("^".to_owned()),
            '$' if self.style.extended => Some("$".to_owned()),
            '$' if self.at == self.chars.len() || self.operator(')') || self.operator('|') => {
                Some("$".to_owned())
            }
            '*' if first && !self.style.extended => Some("\\*".to_owned()),
            '*' | '+' | '?' | '{' if self.style.extended => None,
            c => Some(self.literal(c)),
        }
    }

    fn escape(&mut self) -> Option<String> {
        let c = self.peek(0)?;
        self.at += 1;
        Some(match c {
            'n' => "\\n".to_owned(),
            't' => "\\t".to_owned(),
            'f' | 'r' | 'v' | 'a' => format!("\\{c}"),
            'w' => "[0-9A-Za-z_]".to_owned(),
            'W' => "[^0-9A-Za-z_]".to_owned(),
            's' => "[ \\t\\n\\x0b\\x0c\\r]".to_owned(),
            'S' => "[^ \\t\\n\\x0b\\x0c\\r]".to_owned(),
            'b' => "\\b".to_owned(),
            'B' => "\\B".to_owned(),
            '<' => "\\b{start}".to_owned(),
            '>' => "\\b{end}".to_owned(),
            '`' => "\\A".to_owned(),
            '\'' => "\\z".to_owned(),
            'x' | 'd' | 'o' | 'c' | '0'..='9' => return None,
            c if c.is_ascii_punctuation() => regex::escape(&c.to_string()),
            // A letter that means nothing is itself to some, and an error to others.
            _ => return None,
        })
    }

    fn literal(&self, c: char) -> String {
        if self.style.ignore_case && c.is_ascii_alphabetic() {
            return format!("[{}{}]", c.to_ascii_lowercase(), c.to_ascii_uppercase());
        }
        regex::escape(&c.to_string())
    }

    fn bracket(&mut self) -> Option<String> {
        let mut out = String::from("[");
        if self.peek(0) == Some('^') {
            out.push('^');
            self.at += 1;
        }
        let mut first = true;
        loop {
            let c = self.peek(0)?;
            self.at += 1;
            if c == ']' && !first {
                break;
            }
            first = false;
            if c == '[' && self.peek(0) == Some(':') {
                let end = self.chars[self.at..].windows(2).position(|w| w == [':', ']'])? + self.at;
                let name: String = self.chars[self.at + 1..end].iter().collect();
                self.at = end + 2;
                let both = self.style.ignore_case && matches!(name.as_str(), "upper" | "lower");
                let name = if both { "alpha" } else { name.as_str() };
                out.push_str(&format!("[:{name}:]"));
                continue;
            }
            if c == '[' && matches!(self.peek(0), Some('.' | '=')) {
                return None;
            }
            let low = self.in_bracket(c)?;
            if self.peek(0) == Some('-') && self.peek(1).is_some_and(|c| c != ']') {
                let high = self.peek(1)?;
                self.at += 2;
                let high = self.in_bracket(high)?;
                if low > high {
                    return None;
                }
                out.push_str(&format!("{}-{}", escaped(low), escaped(high)));
                if self.style.ignore_case {
                    // Both cases of a range that is all of one.
                    if low.is_ascii_alphabetic() && high.is_ascii_alphabetic() {
                        let turn = |c: char| {
                            if c.is_ascii_lowercase() {
                                c.to_ascii_uppercase()
                            } else {
                                c.to_ascii_lowercase()
                            }
                        };
                        if low.is_ascii_lowercase() != high.is_ascii_lowercase() {
                            return None;
                        }
                        out.push_str(&format!("{}-{}", turn(low), turn(high)));
                    }
                }
                continue;
            }
            out.push_str(&escaped(low));
            if self.style.ignore_case && low.is_ascii_alphabetic() {
                out.push(low.to_ascii_lowercase());
                out.push(low.to_ascii_uppercase());
            }
        }
        out.push(']');
        Some(out)
    }

    /// A character in brackets; GNU sed and awk know some escapes there.
    fn in_bracket(&mut self, c: char) -> Option<char> {
        if c != '\\' {
            return Some(c);
        }
        Some(match self.peek(0) {
            Some(next @ ('n' | 't')) => {
                self.at += 1;
                if next == 'n' { '\n' } else { '\t' }
            }
            Some(next @ ('\\' | '/' | '"' | ']' | '[' | '-' | '.' | '^' | '$' | '*' | '+' | '(' | ')'))
                if self.style.awk =>
            {
                self.at += 1;
                next
            }
            _ if self.style.awk => return None,
            _ => '\\',
        })
    }
}

fn escaped(c: char) -> String {
    match c {
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        c if c.is_ascii_punctuation() => format!("\\{c}"),
        c => c.to_string(),
    }
}
