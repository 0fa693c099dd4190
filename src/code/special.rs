//! Literals whose marks the writer chooses: prefixed, percent, raw and here-document strings.

use super::lexicon::{Escapes, Holes, Quote, Role, Special};
use super::token::{Kind, Part, Token};
use super::tokenizer::Tokenizer;
use crate::bounds::Exceeded;

impl Tokenizer<'_> {
    /// Reads the language's own literal, if one stands here.
    pub(super) fn special(&mut self, before: &[Token]) -> Result<Option<Kind>, Exceeded> {
        match self.lexicon.special {
            None => Ok(None),
            Some(Special::PythonPrefix) => self.python_prefix(),
            Some(Special::Ruby) => self.ruby(before),
            Some(Special::Perl) => self.perl(before),
            Some(Special::Php) => self.php(),
            Some(Special::Cpp) => self.raw_tagged("R\"", ['(', ')', '"']),
            Some(Special::R) => self.raw_tagged("r\"", ['(', ')', '"']),
            Some(Special::Lua) => self.raw_tagged("[", ['[', ']', ']']),
            Some(Special::Rust) => self.rust(),
        }
    }

    fn python_prefix(&mut self) -> Result<Option<Kind>, Exceeded> {
        let rest = self.rest().as_bytes();
        let letters = rest.iter().take(3).take_while(|b| b"rRbBfFuUtT".contains(b)).count();
        if letters == 0 || letters > 2 || !matches!(rest.get(letters), Some(b'"' | b'\'')) {
            return Ok(None);
        }
        let has = |letter: u8| rest[..letters].iter().any(|b| b.eq_ignore_ascii_case(&letter));
        let (raw, formatted) = (has(b'r'), has(b'f') || has(b't'));
        let mark = &self.rest()[letters..];
        for plain in self.lexicon.quotes {
            if mark.starts_with(plain.open) {
                let quote = Quote {
                    escapes: if raw { Escapes::Raw } else { Escapes::C },
                    holes: if formatted { Holes::Brace } else { Holes::None },
                    ..*plain
                };
                return Ok(self.quoted(&quote, letters + plain.open.len(), plain.close)?.map(Kind::Text));
            }
        }
        Ok(None)
    }

    fn ruby(&mut self, before: &[Token]) -> Result<Option<Kind>, Exceeded> {
        let rest = self.rest().as_bytes();
        let due = self.operand_due(before);
        // After a name, what has a space before and none behind is an argument: `system %w[ls]`, `puts <<EOF`.
        let after_name = matches!(before.last(), Some(Token { kind: Kind::Name, end, .. }) if *end < self.at);
        match rest {
            [b':', b'"' | b'\'', ..] => {
                let close = if rest[1] == b'"' { "\"" } else { "'" };
                let quote = Quote {
                    open: close,
                    close,
                    escapes: Escapes::C,
                    holes: if rest[1] == b'"' { Holes::Hash } else { Holes::None },
                    lines: false,
                    role: Role::Text,
                };
                Ok(self.quoted(&quote, 2, close)?.map(Kind::Text))
            }
            [b':', next, ..]
                if self.is_name_start(*next)
                    && !matches!(before.last(), Some(t) if t.end == self.at && matches!(t.kind, Kind::Name)) =>
            {
                self.at += 1;
                let start = self.at;
                self.name();
                Ok(Some(Kind::Text(vec![Part::Text(self.text[start..self.at].to_owned())])))
            }
            [b'%', kind, mark, ..]
                if (due || after_name) && kind.is_ascii_alphabetic() && mark.is_ascii_punctuation() =>
            {
                self.percent(*kind, *mark, 2)
            }
            [b'%', mark @ (b'(' | b'{' | b'['), ..] if due => self.percent(b'Q', *mark, 1),
            [b'<', b'<', ..] if due || after_name => self.heredoc(2),
            _ => Ok(None),
        }
    }

    /// `%w[…]`, `%q(…)`, `%x{…}`; of Perl: `qw(…)`, `q(…)`, `qx(…)`.
    fn percent(&mut self, kind: u8, mark: u8, skip: usize) -> Result<Option<Kind>, Exceeded> {
        let holes = match (self.lexicon.special, kind) {
            (_, b'q' | b'w' | b'i') => Holes::None,
            (Some(Special::Perl), _) => Holes::Perl,
            _ => Holes::Hash,
        };
        let escapes = if matches!(kind, b'q' | b'w' | b'i') { Escapes::Quote } else { Escapes::C };
        let Some(parts) = self.delimited(skip, mark, escapes, holes)? else { return Ok(None) };
        Ok(Some(match kind {
            b'w' | b'W' | b'i' | b'I' => Kind::Words(words(&parts)),
            b'x' => Kind::Command(parts),
            b'r' | b'm' | b's' | b'y' => Kind::Pattern,
            _ => Kind::Text(parts),
        }))
    }

    /// Reads what stands between `mark` and its partner.
    fn delimited(
        &mut self,
        skip: usize,
        mark: u8,
        escapes: Escapes,
        holes: Holes,
    ) -> Result<Option<Vec<Part>>, Exceeded> {
        const PAIRS: [(u8, &str); 4] = [(b'(', ")"), (b'[', "]"), (b'{', "}"), (b'<', ">")];
        const MARKS: [&str; 12] = ["/", "|", "!", "#", "~", "'", "\"", ",", "%", "@", "^", "+"];
        let single = [mark];
        let Ok(same) = std::str::from_utf8(&single) else { return Ok(None) };
        let pair = PAIRS.iter().find(|(open, _)| *open == mark);
        let (close, open) = pair.map_or((same, None), |(open, close)| (*close, Some(*open)));
        let (at, line) = (self.at, self.line);
        let known = pair.map(|(_, close)| *close).or_else(|| MARKS.iter().copied().find(|m| *m == close));
        if known.is_some_and(|close| self.failed.contains(&(close, self.limit))) {
            return Ok(None);
        }
        self.at += skip + 1;
        let parts = self.string_parts(escapes, holes, close, open)?;
        if parts.is_none() {
            (self.at, self.line) = (at, line);
            // The search went to the end in vain. It is paid for, and no one makes it again.
            self.pay(self.limit - at)?;
            if let Some(close) = known {
                self.not_found(close, self.limit);
            }
        }
        Ok(parts)
    }

    /// Pays for a search of `bytes` that found nothing.
    fn pay(&self, bytes: usize) -> Result<(), Exceeded> {
        for _ in 0..bytes / 64 {
            self.budget.step()?;
        }
        Ok(())
    }

    fn perl(&mut self, before: &[Token]) -> Result<Option<Kind>, Exceeded> {
        let rest = self.rest();
        // A key (`q => 1`, `{s}`), a member or a name that is being defined is no quoting operator.
        let last = before.last().map(|t| &self.text[t.start..t.end]);
        if matches!(last, Some("->" | "sub" | "{"))
            && !matches!(last, Some("{") if rest.starts_with("qx") || rest.starts_with("s/"))
        {
            return self.perl_heredoc(before);
        }
        for (word, kind, halves) in [
            ("qw", b'w', 1),
            ("qq", b'Q', 1),
            ("qx", b'x', 1),
            ("qr", b'r', 1),
            ("tr", b'y', 2),
            ("q", b'q', 1),
            ("m", b'm', 1),
            ("s", b's', 2),
            ("y", b'y', 2),
        ] {
            let Some(after) = rest.strip_prefix(word) else { continue };
            let gap = after.len() - after.trim_start_matches(' ').len();
            let Some(mark) = after.as_bytes().get(gap).copied() else { continue };
            let plausible = mark.is_ascii_punctuation()
                && !matches!(mark, b',' | b';' | b')' | b'_' | b'\\')
                && !(mark == b'=' && (gap > 0 || after.as_bytes().get(gap + 1) == Some(&b'>')))
                && !(gap > 0
                    && matches!(
                        mark,
                        b'#' | b'.' | b'-' | b'+' | b'*' | b'<' | b'>' | b'?' | b':' | b'&' | b'|'
                    ));
            if !plausible || after.as_bytes().get(gap..gap + 2) == Some(b"=>") {
                continue;
            }
            let skip = word.len() + gap;
            if halves == 1 {
                return self.percent(kind, mark, skip);
            }
            return self.perl_substitution(skip, mark);
        }
        self.perl_heredoc(before)
    }

    /// `s/…/…/e` runs its second half as code.
    fn perl_substitution(&mut self, skip: usize, mark: u8) -> Result<Option<Kind>, Exceeded> {
        let (at, line) = (self.at, self.line);
        if self.delimited(skip, mark, Escapes::Raw, Holes::None)?.is_none() {
            return Ok(None);
        }
        if matches!(mark, b'(' | b'[' | b'{' | b'<') {
            let gap = self.rest().len() - self.rest().trim_start().len();
            self.advance(self.at + gap);
        } else {
            self.at -= 1;
        }
        let second = self.at + 1;
        let next =
            self.bytes.get(self.at).copied().filter(|b| b.is_ascii_punctuation() && self.at < self.limit);
        let found = match next {
            Some(mark) => self.delimited(0, mark, Escapes::Raw, Holes::None)?.is_some(),
            None => false,
        };
        if !found {
            (self.at, self.line) = (at, line);
            return Ok(None);
        }
        let end = self.at;
        while self.at < self.limit && self.bytes[self.at].is_ascii_alphabetic() {
            self.at += 1;
        }
        if !self.text[end..self.at].contains('e') {
            return Ok(Some(Kind::Pattern));
        }
        // The second half is read again, as code, so its lines must not count twice.
        let (after, line, limit) = (self.at, self.line, self.limit);
        self.line -= self.bytes[second..end].iter().filter(|byte| **byte == b'\n').count();
        (self.at, self.limit) = (second, end - 1);
        let code = self.run(None)?;
        (self.at, self.line, self.limit) = (after, line, limit);
        Ok(Some(Kind::Text(vec![Part::Code(code)])))
    }

    fn perl_heredoc(&mut self, before: &[Token]) -> Result<Option<Kind>, Exceeded> {
        let after_name = matches!(before.last(), Some(Token { kind: Kind::Name, end, .. }) if *end < self.at);
        if self.rest().starts_with("<<") && (self.operand_due(before) || after_name) {
            return self.heredoc(2);
        }
        Ok(None)
    }

    fn php(&mut self) -> Result<Option<Kind>, Exceeded> {
        if self.rest().starts_with("?>") {
            self.at += 2;
            self.skip_to_code();
            return Ok(Some(Kind::Newline));
        }
        if self.rest().starts_with("<<<") {
            return self.heredoc(3);
        }
        Ok(None)
    }

    /// In a file of PHP, what stands outside its tags is text.
    pub(super) fn skip_to_code(&mut self) {
        if self.lexicon.special != Some(Special::Php) {
            return;
        }
        if self.at == 0 && !self.text.contains("<?") {
            return;
        }
        let end = self.rest().find("<?").map_or(self.limit, |n| self.at + n + 2);
        self.advance(end);
        for tag in ["php", "="] {
            if self.rest().starts_with(tag) {
                self.at += tag.len();
                return;
            }
        }
    }

    /// `<<~EOF`, `<<"EOF"`, `<<<'EOF'`: the lines after this one, up to the tag.
    fn heredoc(&mut self, skip: usize) -> Result<Option<Kind>, Exceeded> {
        let php = skip == 3;
        let rest = &self.rest()[skip..];
        let marks = if php { rest.trim_start_matches(' ') } else { rest.trim_start_matches(['~', '-']) };
        let quote = marks.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
        let name = marks.trim_start_matches(['"', '\'', '`']);
        let length = name.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let begins = name.as_bytes().first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
        if length == 0 || !begins {
            return Ok(None);
        }
        let tag = name[..length].to_owned();
        let opener_end = self.limit - name.len() + length + usize::from(quote.is_some());
        let line_end = self.end_of_line(self.at).min(self.limit);
        let body = self.resume.unwrap_or((line_end + 1).min(self.limit));
        let Some((body_end, tag_end)) = self.heredoc_end(body, &tag)? else { return Ok(None) };
        let holes = match (quote, self.lexicon.special) {
            (Some('\''), _) => Holes::None,
            (_, Some(Special::Php)) => Holes::Php,
            (_, Some(Special::Perl)) => Holes::Perl,
            _ => Holes::Hash,
        };
        let escapes = if quote == Some('\'') { Escapes::None } else { Escapes::C };
        let (limit, line) = (self.limit, self.line);
        self.limit = body_end;
        self.at = body;
        let parts = self.string_parts(escapes, holes, "", None)?.unwrap_or_default();
        self.limit = limit;
        self.line = line;
        if php {
            self.at = opener_end.min(limit);
            self.advance(tag_end);
        } else {
            self.at = opener_end.min(limit);
            self.resume = Some((tag_end + 1).min(limit));
        }
        Ok(Some(if quote == Some('`') { Kind::Command(parts) } else { Kind::Text(parts) }))
    }

    fn heredoc_end(&mut self, body: usize, tag: &str) -> Result<Option<(usize, usize)>, Exceeded> {
        let mut at = body;
        while at < self.limit {
            self.budget.step()?;
            let end =
                self.bytes[at..self.limit].iter().position(|b| *b == b'\n').map_or(self.limit, |n| at + n);
            let line = self.text[at..end].trim();
            let after = line.strip_prefix(tag);
            if after.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')) {
                let indent = self.text[at..end].len() - self.text[at..end].trim_start().len();
                let tag_end =
                    if self.lexicon.special == Some(Special::Php) { at + indent + tag.len() } else { end };
                return Ok(Some((at, tag_end)));
            }
            at = end + 1;
        }
        Ok(None)
    }

    /// Raw strings whose tag is chosen: `R"x(…)x"`, `[==[…]==]`.
    fn raw_tagged(&mut self, prefix: &str, [open, close, last]: [char; 3]) -> Result<Option<Kind>, Exceeded> {
        let Some(rest) = self.rest().strip_prefix(prefix) else { return Ok(None) };
        let tag_byte = |b: &u8| matches!(b, b'=' | b'-' | b'_') || b.is_ascii_alphanumeric();
        let length = rest.bytes().take(17).take_while(tag_byte).count();
        let Some(body) = rest[length..].strip_prefix(open) else { return Ok(None) };
        if prefix == "[" && rest[..length].bytes().any(|b| b != b'=') {
            return Ok(None);
        }
        self.up_to(body, &format!("{close}{}{last}", &rest[..length]))
    }

    /// Raw text from `body` on, which reaches to the limit, up to the mark `end`.
    fn up_to(&mut self, body: &str, end: &str) -> Result<Option<Kind>, Exceeded> {
        if self.unended.iter().any(|(mark, limit)| mark == end && *limit == self.limit) {
            return Ok(None);
        }
        let Some(size) = body.find(end) else {
            self.pay(body.len())?;
            if self.unended.len() < 64 {
                self.unended.push((end.to_owned(), self.limit));
            }
            return Ok(None);
        };
        let text = body[..size].to_owned();
        self.advance(self.limit - body.len() + size + end.len());
        Ok(Some(Kind::Text(vec![Part::Text(text)])))
    }

    fn rust(&mut self) -> Result<Option<Kind>, Exceeded> {
        let rest = self.rest();
        if let Some(after) = rest.strip_prefix('\'') {
            // `'a'` and `'\n'` are characters, `'a` is a lifetime.
            let from =
                if after.starts_with('\\') { 2 } else { after.chars().next().map_or(1, char::len_utf8) };
            let quote = after.get(from..).and_then(|s| s.bytes().take(12).position(|b| b == b'\''));
            return Ok(match quote {
                Some(n) if n == 0 || from == 2 => {
                    self.advance(self.at + 1 + from + n + 1);
                    Some(Kind::Text(vec![Part::Text(after[..from + n].to_owned())]))
                }
                _ => {
                    self.at += 1;
                    Some(Kind::Punct)
                }
            });
        }
        let Some(after) = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r')) else { return Ok(None) };
        let hashes = after.bytes().take(32).take_while(|b| *b == b'#').count();
        let Some(body) = after[hashes..].strip_prefix('"') else { return Ok(None) };
        self.up_to(body, &format!("\"{}", &after[..hashes]))
    }
}

fn words(parts: &[Part]) -> Vec<String> {
    let text: String = parts.iter().map(|p| if let Part::Text(t) = p { t.as_str() } else { "" }).collect();
    text.split_whitespace().map(str::to_owned).collect()
}
