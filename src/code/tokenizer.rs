//! From text to tokens, by the language's [`Lexicon`]. Linear, and total: what cannot be read as a string is
//! read as a lone mark, so that a slip never hides the code behind it.

use super::lexicon::{Lexicon, Quote, Role};
use super::token::{Kind, Part, Token};
use super::words::{Roles, roles};
use crate::bounds::{Budget, Exceeded};

/// Operators of more than one character, longest first; others are one character each.
const OPERATORS: &[&str] = &[
    "!!.", "?->", ":::", "===", "!==", "**=", "<=>", "...", "<<=", ">>=", "||=", "&&=", "??=", "//=", "<<-",
    "%>%", "->", "::", "=>", "?.", "&.", "==", "!=", "<=", ">=", "&&", "||", "??", "+=", "-=", "*=", ".=",
    "..", "<>", ":=", "**", "<<", ">>", "|=", "|&", "|>", "<-", "=~", "!~", "//", "?:", "++", "--", "~>",
];

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
    pub(super) line_end: (usize, usize),
    /// What each byte may begin: see [`first_bytes`].
    first: [u8; 256],
}

const COMMENT: u8 = 1;

const QUOTE: u8 = 2;

const NAME: u8 = 4;

/// The memory that a token takes in a list that doubles as it grows, and stands beside the old one meanwhile.
const TOKEN: usize = 3 * size_of::<Token>();
/// The memory that a text takes beside its token.
const TEXT: usize = 4 * size_of::<Part>() + 32;

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
                    self.budget.parse(TOKEN)?;
                    let roles = Roles::default();
                    out.push(Token { kind: Kind::Newline, start, end: start + 1, line, spaced, roles });
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
            if self.may_begin(byte, COMMENT)
                && let Some(end) = self.comment_end(false)
            {
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
            let (start, roles) = if matches!(kind, Kind::Name) {
                let start = self.without_sigils(start);
                (start, roles(&self.text[start..self.at]))
            } else if matches!(kind, Kind::Punct) && self.is_member_mark(start) {
                (start, Roles::MEMBER)
            } else {
                (start, Roles::default())
            };
            self.budget.parse(TOKEN + if matches!(kind, Kind::Text(_)) { TEXT } else { 0 })?;
            out.push(Token { kind, start, end: self.at, line, spaced, roles });
            spaced = false;
        }
        Ok(out)
    }

    fn token(&mut self, before: &[Token]) -> Result<Kind, Exceeded> {
        if let Some(kind) = self.special(before)? {
            return Ok(kind);
        }
        let rest = self.rest();
        let byte = self.bytes[self.at];
        let quotes = if self.may_begin(byte, QUOTE) { self.lexicon.quotes } else { &[] };
        for quote in quotes {
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
                self.at += operator(rest.as_bytes()) - 1;
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

    pub(super) fn is_name_start(&self, byte: u8) -> bool {
        self.may_begin(byte, NAME)
    }

    fn may_begin(&self, byte: u8, what: u8) -> bool {
        self.first[usize::from(byte)] & what != 0
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

    /// Whether what was read from `start` on is an operator that reaches a member.
    fn is_member_mark(&self, start: usize) -> bool {
        let read = &self.bytes[start..self.at];
        self.lexicon.members.iter().any(|mark| mark.as_bytes() == read)
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
                Kind::Name => token.roles.any(Roles::DUE),
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
        first: first_bytes(lexicon),
    };
    tokenizer.skip_to_code();
    if let Some(end) = tokenizer.comment_end(true) {
        tokenizer.advance(end);
    }
    tokenizer.run(None)
}

/// For each byte, whether a comment, a quoted string or a name may begin with it.
fn first_bytes(lexicon: &Lexicon) -> [u8; 256] {
    let mut first = [0; 256];
    let comments = lexicon.line_comments.iter().chain(lexicon.block_comments.iter().map(|(open, _)| open));
    for mark in comments {
        // A mark with a line end before it begins a line.
        let byte = mark.bytes().find(|b| *b != b'\n').unwrap_or(b'\n');
        first[usize::from(byte)] |= COMMENT;
    }
    for quote in lexicon.quotes {
        first[usize::from(quote.open.as_bytes()[0])] |= QUOTE;
    }
    for byte in 0..=u8::MAX {
        let letter = byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80;
        if letter || lexicon.name_marks.as_bytes().contains(&byte) {
            first[usize::from(byte)] |= NAME;
        }
    }
    first
}

/// How many bytes the operator at the start of `rest` has.
fn operator(rest: &[u8]) -> usize {
    match rest.get(1) {
        Some(
            b'!' | b'-' | b':' | b'=' | b'.' | b'<' | b'>' | b'&' | b'|' | b'?' | b'*' | b'/' | b'~' | b'+'
            | b'%',
        ) => OPERATORS.iter().find(|operator| rest.starts_with(operator.as_bytes())).map_or(1, |o| o.len()),
        _ => 1,
    }
}
