//! From text to tokens, by the language's [`Lexicon`]. Linear, and total: what cannot be read as a string is
//! read as a lone mark, so that a slip never hides the code behind it.

use super::lexicon::{Lexicon, Quote, Role};
use crate::bounds::{Budget, Exceeded};

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A name or keyword, without its sigil.
    Name,
    /// A number as written.
    Number,
    /// An operator or separator.
    Punct,
    /// An opening bracket.
    Open,
    /// A closing bracket.
    Close,
    /// The end of a line.
    Newline,
    /// A string, with the code that stands in it.
    Text(Vec<Part>),
    /// Several words quoted together (`%w[a b]`, `qw(a b)`).
    Words(Vec<String>),
    /// A command for a shell.
    Command(Vec<Part>),
    /// A regular expression or a substitution.
    Pattern,
}

/// A part of a string.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// Characters.
    Text(String),
    /// Code whose value is put here.
    Code(Vec<Token>),
}

/// One token, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    pub line: usize,
    /// Whether white space stands before it.
    pub spaced: bool,
}

/// Operators of more than one character, longest first; others are one character each.
const OPERATORS: &[&str] = &[
    "!!.", "?->", ":::", "===", "!==", "**=", "<=>", "...", "<<=", ">>=", "||=", "&&=", "??=", "//=", "<<-",
    "%>%", "->", "::", "=>", "?.", "&.", "==", "!=", "<=", ">=", "&&", "||", "??", "+=", "-=", "*=", ".=",
    "..", ":=", "**", "<<", ">>", "|=", "|&", "|>", "<-", "=~", "!~", "//", "?:", "++", "--", "~>",
];

/// Words after which an operand is due, so that `/` opens a pattern there.
const BEFORE_OPERAND: &[&str] = &[
    "return", "typeof", "case", "in", "of", "and", "or", "not", "if", "unless", "while", "until", "when",
    "print", "split", "grep", "puts", "then", "else", "do", "yield", "await", "delete", "void", "throw",
    "new", "x",
];

/// Reads `text` into tokens.
pub(super) fn tokens(text: &str, lexicon: &'static Lexicon, budget: &Budget) -> Result<Vec<Token>, Exceeded> {
    let mut tokenizer = Tokenizer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        line: 1,
        limit: text.len(),
        lexicon,
        budget,
        resume: None,
        failed: Vec::new(),
        unended: Vec::new(),
        line_end: (1, 0),
    };
    tokenizer.skip_to_code();
    if let Some(end) = tokenizer.comment_end(true) {
        tokenizer.advance(end);
    }
    tokenizer.run(None)
}

pub(super) struct Tokenizer<'a> {
    pub(super) text: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) line: usize,
    /// Nothing from here on belongs to what is being read.
    pub(super) limit: usize,
    pub(super) lexicon: &'static Lexicon,
    pub(super) budget: &'a Budget,
    /// Where to go on after the line, when it opened a here-document: the offset and the lines skipped.
    pub(super) resume: Option<usize>,
    /// Closing marks that were not found before a limit, so that no one looks for them again.
    pub(super) failed: Vec<(&'static str, usize)>,
    /// The same for marks that the text itself chose.
    pub(super) unended: Vec<(String, usize)>,
    /// The line last measured: its first offset asked for, and its end.
    line_end: (usize, usize),
}

impl<'a> Tokenizer<'a> {
    /// Tokens up to the end, or up to the bracket `until` that closes what the caller opened.
    pub(super) fn run(&mut self, until: Option<u8>) -> Result<Vec<Token>, Exceeded> {
        let _level = self.budget.enter()?;
        let mut out: Vec<Token> = Vec::new();
        let mut nesting = 0usize;
        let mut spaced = false;
        while self.at < self.limit {
            self.budget.step()?;
            let byte = self.bytes[self.at];
            let start = self.at;
            let line = self.line;
            if byte == b'\n' {
                self.newline();
                if !matches!(out.last(), Some(Token { kind: Kind::Newline, .. })) {
                    out.push(Token { kind: Kind::Newline, start, end: start + 1, line, spaced });
                }
                spaced = true;
                continue;
            }
            if byte.is_ascii_whitespace() || (byte == b'\\' && self.line_continues()) {
                self.at += 1;
                if byte == b'\\' {
                    let end =
                        self.text[self.at..self.limit].find('\n').map_or(self.limit, |n| self.at + n + 1);
                    self.advance(end);
                }
                spaced = true;
                continue;
            }
            if let Some(end) = self.comment_end(false) {
                self.advance(end);
                spaced = true;
                continue;
            }
            if until == Some(byte) && nesting == 0 {
                self.at += 1;
                return Ok(out);
            }
            let kind = self.token(&out)?;
            match kind {
                Kind::Open => nesting += 1,
                Kind::Close => nesting = nesting.saturating_sub(1),
                _ => {}
            }
            // A sigil is no part of the name behind it.
            let start = if kind == Kind::Name { self.without_sigils(start) } else { start };
            out.push(Token { kind, start, end: self.at, line, spaced });
            spaced = false;
        }
        Ok(out)
    }

    fn token(&mut self, before: &[Token]) -> Result<Kind, Exceeded> {
        if let Some(kind) = self.special(before)? {
            return Ok(kind);
        }
        let rest = self.rest();
        for quote in self.lexicon.quotes {
            if rest.starts_with(quote.open) {
                if let Some(parts) = self.quoted(quote, quote.open.len(), quote.close)? {
                    return Ok(match quote.role {
                        Role::Text => Kind::Text(parts),
                        Role::Command => Kind::Command(parts),
                    });
                }
                self.at += 1;
                return Ok(Kind::Punct);
            }
        }
        let byte = self.bytes[self.at];
        if self.lexicon.patterns && byte == b'/' && self.operand_due(before) && self.pattern() {
            return Ok(Kind::Pattern);
        }
        if self.is_name_start(byte) {
            self.name();
            return Ok(Kind::Name);
        }
        if self.lexicon.sigils.as_bytes().contains(&byte) && self.sigil(before) {
            return Ok(Kind::Name);
        }
        if byte.is_ascii_digit() {
            self.number();
            return Ok(Kind::Number);
        }
        self.at += 1;
        Ok(match byte {
            b'(' | b'[' | b'{' => Kind::Open,
            b')' | b']' | b'}' => Kind::Close,
            _ => {
                if let Some(operator) = OPERATORS.iter().find(|o| rest.starts_with(**o)) {
                    self.at += operator.len() - 1;
                }
                Kind::Punct
            }
        })
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..self.limit).unwrap_or("")
    }

    /// Goes on at `end`, counting the lines in between.
    pub(super) fn advance(&mut self, end: usize) {
        let end = end.clamp(self.at, self.text.len());
        self.line += self.bytes[self.at..end].iter().filter(|b| **b == b'\n').count();
        self.at = end;
    }

    fn newline(&mut self) {
        self.at += 1;
        self.line += 1;
        if let Some(resume) = self.resume.take() {
            self.advance(resume.min(self.limit.max(self.at)));
        }
    }

    fn line_continues(&self) -> bool {
        self.rest()[1..].trim_start_matches([' ', '\t', '\r']).starts_with('\n')
    }

    /// The end of the line that `at` is on, measured once for each line.
    pub(super) fn end_of_line(&mut self, at: usize) -> usize {
        if at < self.line_end.0 || at > self.line_end.1 {
            let end = self.bytes[at..].iter().position(|b| *b == b'\n').map_or(self.text.len(), |n| at + n);
            self.line_end = (at, end);
        }
        self.line_end.1
    }

    /// Where the comment that starts here ends.
    fn comment_end(&mut self, first: bool) -> Option<usize> {
        let rest = self.rest();
        let lexicon = self.lexicon;
        for (open, close) in lexicon.block_comments {
            // A comment that must begin a line is written with the line end before it.
            let at_line_start = first || self.at == 0 || self.bytes[self.at - 1] == b'\n';
            let found = match open.strip_prefix('\n') {
                Some(open) => at_line_start && rest.starts_with(open),
                None => rest.starts_with(open),
            };
            if !found {
                continue;
            }
            if let Some(n) = self.find_from(self.at + open.len().min(rest.len()), close) {
                let end = n + close.len();
                return Some(if close.starts_with('\n') { self.end_of_line(end) } else { end });
            }
            if open.starts_with('\n') {
                return Some(self.limit);
            }
        }
        let comment = lexicon.line_comments.iter().any(|mark| rest.starts_with(mark))
            && !(lexicon.special == Some(super::lexicon::Special::Php) && rest.starts_with("#["));
        if !comment {
            return None;
        }
        let at = self.at;
        Some(self.end_of_line(at).min(self.limit))
    }

    /// Finds `mark` from `from` on, remembering a mark that is not there.
    pub(super) fn find_from(&mut self, from: usize, mark: &'static str) -> Option<usize> {
        if self.failed.contains(&(mark, self.limit)) {
            return None;
        }
        let found = self.text.get(from..self.limit).and_then(|rest| rest.find(mark)).map(|n| from + n);
        if found.is_none() {
            self.not_found(mark, self.limit);
        }
        found
    }

    /// Remembers that `mark` does not come before `limit`; limits that were passed are forgotten.
    pub(super) fn not_found(&mut self, mark: &'static str, limit: usize) {
        let at = self.at;
        self.failed.retain(|(_, limit)| *limit > at);
        self.failed.push((mark, limit));
    }

    pub(super) fn is_name_start(&self, byte: u8) -> bool {
        byte.is_ascii_alphabetic()
            || byte == b'_'
            || byte >= 0x80
            || self.lexicon.name_marks.as_bytes().contains(&byte)
    }

    fn is_name_byte(&self, byte: u8) -> bool {
        byte.is_ascii_digit() || self.is_name_start(byte)
    }

    /// Reads a name; the next byte is known to start one.
    pub(super) fn name(&mut self) {
        while self.at < self.limit && self.is_name_byte(self.bytes[self.at]) {
            self.at += 1;
        }
        let ruby = self.lexicon.special == Some(super::lexicon::Special::Ruby);
        let next = |n: usize| self.bytes.get(self.at + n).copied().unwrap_or(b' ');
        if ruby
            && self.at < self.limit
            && matches!(next(0), b'?' | b'!')
            && next(1) != b'='
            && next(1) != b':'
        {
            self.at += 1;
        }
    }

    /// Reads sigils and the name behind them, if a name stands there.
    fn sigil(&mut self, before: &[Token]) -> bool {
        // After an operand, `%` and `&` are operators.
        if matches!(self.bytes[self.at], b'%' | b'&') && !self.operand_due(before) {
            return false;
        }
        let mut end = self.at;
        while end < self.limit
            && (self.lexicon.sigils.as_bytes().contains(&self.bytes[end]) || self.bytes[end] == b'#')
        {
            end += 1;
        }
        let next = self.bytes.get(end).copied().filter(|_| end < self.limit).unwrap_or(b' ');
        if self.is_name_start(next) {
            self.at = end;
            self.name();
            // Perl's `$Foo::bar` and PHP's `\Foo` are put together by the reader.
            return true;
        }
        // `$_`, `$1`, `$!`, `$0` and their kin are names too.
        if self.bytes[self.at] == b'$'
            && (next.is_ascii_digit() || matches!(next, b'!' | b'?' | b'0' | b'/' | b'\\' | b',' | b';'))
        {
            self.at = end + 1;
            return true;
        }
        false
    }

    fn without_sigils(&self, start: usize) -> usize {
        let end = self.at;
        let mut from = start;
        while from + 1 < end
            && (self.lexicon.sigils.as_bytes().contains(&self.bytes[from]) || self.bytes[from] == b'#')
        {
            if self.lexicon.name_marks.as_bytes().contains(&self.bytes[from]) {
                break;
            }
            from += 1;
        }
        from
    }

    fn number(&mut self) {
        while self.at < self.limit {
            let byte = self.bytes[self.at];
            let fraction = byte == b'.' && self.bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit);
            if !byte.is_ascii_alphanumeric() && byte != b'_' && !fraction {
                break;
            }
            self.at += 1;
        }
    }

    /// Whether what comes next would be an operand, not an operator.
    pub(super) fn operand_due(&self, before: &[Token]) -> bool {
        match before.last() {
            None => true,
            Some(token) => match &token.kind {
                Kind::Name => BEFORE_OPERAND.contains(&&self.text[token.start..token.end]),
                Kind::Punct => !matches!(&self.text[token.start..token.end], "++" | "--"),
                Kind::Newline | Kind::Open => true,
                _ => false,
            },
        }
    }

    /// Reads a pattern between slashes on one line.
    fn pattern(&mut self) -> bool {
        let end = self.end_of_line(self.at).min(self.limit);
        let mut in_class = false;
        let mut i = self.at + 1;
        if self.failed.contains(&("/", end)) {
            return false;
        }
        while i < end {
            match self.bytes[i] {
                b'\\' => i += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => {
                    i += 1;
                    while i < end && self.bytes[i].is_ascii_alphabetic() {
                        i += 1;
                    }
                    self.at = i;
                    return true;
                }
                _ => {}
            }
            i += 1;
        }
        self.not_found("/", end);
        false
    }

    /// Reads the string whose opening mark, `skip` bytes, stands here; none (and nothing read) if it has no end.
    pub(super) fn quoted(
        &mut self,
        quote: &Quote,
        skip: usize,
        close: &'static str,
    ) -> Result<Option<Vec<Part>>, Exceeded> {
        let (at, line, limit) = (self.at, self.line, self.limit);
        let line_limit = self.end_of_line(at).min(limit);
        // A string that has no end in the whole text may still have one on its line.
        let limits = if quote.lines { [Some(limit), Some(line_limit)] } else { [Some(line_limit), None] };
        for bound in limits.into_iter().flatten() {
            if self.failed.contains(&(close, bound)) {
                continue;
            }
            self.limit = bound;
            self.at = at + skip;
            let parts = self.string_parts(quote.escapes, quote.holes, close, None)?;
            self.limit = limit;
            if parts.is_some() {
                return Ok(parts);
            }
            self.not_found(close, bound);
            (self.at, self.line) = (at, line);
        }
        Ok(None)
    }
}

impl Kind {
    /// Whether it may stand as an operand of its own.
    pub(super) fn is_literal(&self) -> bool {
        matches!(self, Kind::Text(_) | Kind::Number | Kind::Words(_) | Kind::Command(_) | Kind::Pattern)
    }
}
