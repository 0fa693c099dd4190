//! What stands between the marks of a string: escapes, and the code put into it.

use super::lexicon::{Escapes, Holes};
use super::token::{Kind, Part, Token};
use super::tokenizer::Tokenizer;
use super::words::Roles;
use crate::bounds::Exceeded;

impl Tokenizer<'_> {
    /// Reads up to `close`, which is read too, or to the limit where `close` is empty. With `open`,
    /// marks nest as brackets do. None where no end comes.
    pub(super) fn string_parts(
        &mut self,
        escapes: Escapes,
        holes: Holes,
        close: &str,
        open: Option<u8>,
    ) -> Result<Option<Vec<Part>>, Exceeded> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut nesting = 0usize;
        let close_bytes = close.as_bytes();
        while self.at < self.limit {
            let byte = self.bytes[self.at];
            let here = &self.bytes[self.at..self.limit];
            if !close.is_empty() && here.starts_with(close_bytes) {
                if escapes == Escapes::Doubled && here[close_bytes.len()..].starts_with(close_bytes) {
                    text.push_str(close);
                    self.at += 2 * close.len();
                    continue;
                }
                if nesting == 0 {
                    self.at += close.len();
                    if !text.is_empty() || parts.is_empty() {
                        parts.push(Part::Text(text));
                    }
                    return Ok(Some(parts));
                }
                nesting -= 1;
            } else if open == Some(byte) {
                nesting += 1;
            }
            if byte == b'\\' && escapes != Escapes::None && escapes != Escapes::Doubled {
                self.escape(escapes, &mut text);
                continue;
            }
            if self.doubled_brace(holes, byte) {
                text.push(byte as char);
                self.at += 2;
                continue;
            }
            if let Some(code) = self.hole(holes)? {
                self.budget.step()?;
                if !text.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                }
                parts.push(Part::Code(code));
                continue;
            }
            if byte == b'\n' {
                self.line += 1;
            }
            let width = char_width(byte);
            let end = (self.at + width).min(self.limit);
            match self.text.get(self.at..end) {
                Some(piece) => text.push_str(piece),
                None => text.push(char::REPLACEMENT_CHARACTER),
            }
            self.at = end;
        }
        if !close.is_empty() {
            return Ok(None);
        }
        parts.push(Part::Text(text));
        Ok(Some(parts))
    }

    fn doubled_brace(&self, holes: Holes, byte: u8) -> bool {
        holes == Holes::Brace && matches!(byte, b'{' | b'}') && self.bytes.get(self.at + 1) == Some(&byte)
    }

    /// Reads one escape, the backslash included.
    fn escape(&mut self, escapes: Escapes, text: &mut String) {
        let rest = &self.text[self.at + 1..self.limit.max(self.at + 1)];
        let Some(next) = rest.chars().next() else {
            text.push('\\');
            self.at += 1;
            return;
        };
        if next == '\n' {
            self.line += 1;
        }
        match escapes {
            Escapes::Raw => {
                text.push('\\');
                text.push(next);
            }
            Escapes::Quote => {
                if !matches!(next, '\\' | '\'' | '(' | ')' | '{' | '}' | '[' | ']' | '"' | '/') {
                    text.push('\\');
                }
                text.push(next);
            }
            _ => {
                let (decoded, used) = c_escape(rest);
                if let Some(decoded) = decoded {
                    text.push(decoded);
                }
                self.at += 1 + used;
                return;
            }
        }
        self.at += 1 + next.len_utf8();
    }

    /// Reads the code that is put in here, if any is.
    fn hole(&mut self, holes: Holes) -> Result<Option<Vec<Token>>, Exceeded> {
        let byte = self.bytes[self.at];
        let next = self.bytes.get(self.at + 1).copied().filter(|_| self.at + 1 < self.limit).unwrap_or(b' ');
        let wanted = match holes {
            Holes::None => return Ok(None),
            Holes::DollarBrace | Holes::Dollar | Holes::Php | Holes::Perl => b'$',
            Holes::Hash => b'#',
            Holes::Brace => b'{',
        };
        if holes == Holes::Perl && byte == b'@' && matches!(next, b'{') {
            self.at += 2;
            return self.run(Some(b'}')).map(Some);
        }
        if holes == Holes::Php && byte == b'{' && next == b'$' {
            self.at += 1;
            return self.run(Some(b'}')).map(Some);
        }
        if byte != wanted {
            return Ok(None);
        }
        if holes == Holes::Brace {
            self.at += 1;
            return self.run(Some(b'}')).map(Some);
        }
        if next == b'{' {
            self.at += 2;
            return self.run(Some(b'}')).map(Some);
        }
        let named = matches!(holes, Holes::Dollar | Holes::Php | Holes::Perl);
        if !named || !(next.is_ascii_alphabetic() || next == b'_') {
            return Ok(None);
        }
        self.at += 1;
        let mut tokens = Vec::new();
        self.plain_name(&mut tokens);
        self.plain_members(holes, &mut tokens);
        Ok(Some(tokens))
    }

    fn plain_name(&mut self, tokens: &mut Vec<Token>) {
        let start = self.at;
        while self.at < self.limit
            && (self.bytes[self.at].is_ascii_alphanumeric() || self.bytes[self.at] == b'_')
        {
            self.at += 1;
        }
        let roles = Roles::default();
        tokens.push(Token { kind: Kind::Name, start, end: self.at, line: self.line, spaced: false, roles });
    }

    /// `$a->b` and `$a[…]` in a string of PHP, `$a->{b}` and `$a{b}` in one of Perl.
    fn plain_members(&mut self, holes: Holes, tokens: &mut Vec<Token>) {
        let rest = self.rest();
        let arrow = holes != Holes::Dollar && rest.starts_with("->");
        let follows = rest.as_bytes().get(if arrow { 2 } else { 0 }).copied().unwrap_or(b' ');
        let token = |kind, start, end, line, roles| Token { kind, start, end, line, spaced: false, roles };
        let plain = Roles::default();
        if arrow && holes == Holes::Php && follows.is_ascii_alphabetic() {
            tokens.push(token(Kind::Punct, self.at, self.at + 2, self.line, Roles::MEMBER));
            self.at += 2;
            self.plain_name(tokens);
            return;
        }
        let bracket = match (holes, follows) {
            (Holes::Php, b'[') if !arrow => b']',
            (Holes::Perl, b'{') => b'}',
            (Holes::Perl, b'[') if arrow => b']',
            _ => return,
        };
        let open = self.at + if arrow { 2 } else { 0 };
        let window = &self.bytes[open..(open + 80).min(self.limit)];
        let Some(length) = window.iter().position(|b| *b == bracket) else { return };
        let key =
            window[1..length].iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'\'' | b'"'));
        if !key || length < 2 {
            return;
        }
        let inner: Vec<u8> =
            window[1..length].iter().copied().filter(|b| !matches!(b, b'\'' | b'"')).collect();
        let text = String::from_utf8_lossy(&inner).into_owned();
        tokens.push(token(Kind::Open, open, open + 1, self.line, plain));
        tokens.push(token(Kind::Text(vec![Part::Text(text)]), open + 1, open + length, self.line, plain));
        tokens.push(token(Kind::Close, open + length, open + length + 1, self.line, plain));
        self.at = open + length + 1;
    }
}

/// The character an escape stands for, and the bytes read after the backslash.
fn c_escape(rest: &str) -> (Option<char>, usize) {
    let Some(first) = rest.chars().next() else { return (Some('\\'), 0) };
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    let hex = |from: usize, most: usize| {
        let end = rest.as_bytes()[from.min(rest.len())..]
            .iter()
            .take(most)
            .take_while(|b| b.is_ascii_hexdigit())
            .count();
        &rest[from..from + end]
    };
    match first {
        'n' => (Some('\n'), 1),
        't' => (Some('\t'), 1),
        'r' => (Some('\r'), 1),
        'a' | 'b' | 'v' | 'f' => (Some(' '), 1),
        'e' => (Some('\u{1b}'), 1),
        '\n' => (None, 1),
        'u' | 'x' if rest[1..].starts_with('{') => {
            let digits = hex(2, 8);
            let closed = rest[2 + digits.len()..].starts_with('}');
            match number(digits, 16) {
                Some(c) if closed => (Some(c), 3 + digits.len()),
                _ => (Some(first), 1),
            }
        }
        'x' | 'u' | 'U' => {
            let digits = hex(
                1,
                if first == 'x' {
                    2
                } else if first == 'u' {
                    4
                } else {
                    8
                },
            );
            match number(digits, 16) {
                Some(c) => (Some(c), 1 + digits.len()),
                None => (Some(first), 1),
            }
        }
        '0'..='7' => {
            let digits = rest.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
            (number(&rest[..digits], 8), digits)
        }
        other => (Some(other), other.len_utf8()),
    }
}

fn char_width(byte: u8) -> usize {
    match byte {
        0..=0xbf => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    }
}
