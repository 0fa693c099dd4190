//! Redirections and here-documents (Bash manual, 3.6), on the parser of [`super::parse`].

use std::cell::OnceCell;
use std::rc::Rc;

use super::ast::*;
use super::parse::{Parsed, Parser, is_metacharacter, is_name};
use super::word::push_tight;

/// The descriptor that bash gives to the first `{name}>file`.
const NAMED_FD: u32 = 10;

/// A here-document whose body is still to come.
pub(super) struct Pending {
    delimiter: String,
    quoted: bool,
    strip_tabs: bool,
    body: Rc<OnceCell<Word>>,
}

/// The memory that a redirection takes, the cell for a text included.
const REDIRECT: usize = size_of::<Redirect>() + 96;

impl Parser<'_> {
    pub(super) fn redirects(&mut self, out: &mut Vec<Redirect>) -> Parsed<()> {
        loop {
            self.blanks();
            if !self.redirect(out)? {
                return Ok(());
            }
        }
    }

    /// Reads one redirection, where one stands here.
    pub(super) fn redirect(&mut self, out: &mut Vec<Redirect>) -> Parsed<bool> {
        let bytes = &self.text.as_bytes()[self.at..];
        if !matches!(bytes.first(), Some(b'<' | b'>' | b'&' | b'{' | b'0'..=b'9')) {
            return Ok(false);
        }
        let mut len = bytes.iter().take_while(|c| c.is_ascii_digit()).count();
        if len == 0 && bytes.first() == Some(&b'{') {
            // `{fd}>file`: the shell picks a descriptor.
            let name = bytes[1..].iter().take_while(|&&c| is_name(c)).count();
            if name > 0 && bytes.get(1 + name) == Some(&b'}') {
                len = name + 2;
            }
        }
        let operator = &bytes[len..];
        let both = len == 0 && operator.starts_with(b"&>");
        if !both && !matches!(operator.first(), Some(b'<' | b'>')) {
            return Ok(false);
        }
        if len == 0 && (operator.starts_with(b"<(") || operator.starts_with(b">(")) {
            return Ok(false);
        }
        let written: Option<u32> =
            if len == 0 { None } else { Some(self.rest()[..len].parse().unwrap_or(NAMED_FD)) };
        let variable = self.rest()[..len].strip_prefix('{').map(|name| name.trim_end_matches('}').to_owned());
        self.at += len;
        let (default, operator) = ["&>>", "&>", "<<<", "<<-", "<<", "<>", "<&", ">>", ">&", ">|", "<", ">"]
            .into_iter()
            .find(|op| self.starts(op))
            .map_or((1, ">"), |op| (if op.starts_with('<') { 0 } else { 1 }, op));
        self.at += operator.len();
        let fd = written.unwrap_or(default);
        self.budget.parse(REDIRECT)?;
        self.blanks();
        if matches!(operator, "<<" | "<<-") {
            let (delimiter, quoted) = self.here_delimiter()?;
            let body = Rc::new(OnceCell::new());
            self.pending.push(Pending {
                delimiter,
                quoted,
                strip_tabs: operator == "<<-",
                body: body.clone(),
            });
            push_tight(out, Redirect { fd, variable, kind: RedirectKind::Here(body) });
            return Ok(true);
        }
        let Some(target) = self.word()? else { return self.unexpected("after a redirection") };
        let kind = match operator {
            "<" => RedirectKind::Read(target),
            ">>" | "&>>" => RedirectKind::Append(target),
            "<>" => RedirectKind::ReadWrite(target),
            "<<<" => {
                let cell = OnceCell::new();
                let _ = cell.set(target);
                RedirectKind::Here(Rc::new(cell))
            }
            "<&" | ">&" => {
                // `>& file` is `&> file`; a number or `-` duplicates a descriptor.
                let duplicates = match target.as_plain() {
                    Some(text) => text.trim_end_matches('-').bytes().all(|c| c.is_ascii_digit()),
                    None => true,
                };
                if duplicates { RedirectKind::Duplicate(target) } else { RedirectKind::Write(target) }
            }
            _ => RedirectKind::Write(target),
        };
        push_tight(out, Redirect { fd, variable, kind });
        Ok(true)
    }

    /// The delimiter of a here-document, unquoted, and whether any of it was quoted.
    fn here_delimiter(&mut self) -> Parsed<(String, bool)> {
        let mut delimiter = String::new();
        let mut quoted = false;
        while let Some(c) = self.peek() {
            match c {
                b'\'' | b'"' => {
                    quoted = true;
                    self.at += 1;
                    let Some(len) = self.rest().find(c as char) else {
                        return self.unexpected("in a here-document's delimiter");
                    };
                    delimiter.push_str(&self.rest()[..len]);
                    self.at += len + 1;
                }
                b'\\' => {
                    quoted = true;
                    self.at += 1;
                    if let Some(c) = self.rest().chars().next() {
                        delimiter.push(c);
                        self.at += c.len_utf8();
                    }
                }
                b'$' if matches!(self.peek_at(1), Some(b'\'' | b'"')) => self.at += 1,
                c if is_metacharacter(c) => break,
                _ => {
                    if let Some(c) = self.rest().chars().next() {
                        delimiter.push(c);
                        self.at += c.len_utf8();
                    }
                }
            }
        }
        if delimiter.is_empty() && !quoted {
            return self.unexpected("after `<<`");
        }
        Ok((delimiter, quoted))
    }

    /// Reads the bodies that were promised on the line just ended.
    pub(super) fn here_documents(&mut self) -> Parsed<()> {
        for pending in std::mem::take(&mut self.pending) {
            let mut body = String::new();
            while self.at < self.text.len() {
                let rest = self.rest();
                let end = rest.find('\n').unwrap_or(rest.len());
                let line = &rest[..end];
                let stripped = if pending.strip_tabs { line.trim_start_matches('\t') } else { line };
                if stripped == pending.delimiter {
                    self.at += (end + 1).min(rest.len());
                    break;
                }
                if self.substitutions > 0
                    && let Some(after) = stripped.strip_prefix(pending.delimiter.as_str())
                    && after.starts_with(')')
                {
                    self.at += line.len() - after.len();
                    break;
                }
                body.push_str(stripped);
                if end < rest.len() {
                    body.push('\n');
                }
                self.at += (end + 1).min(rest.len());
            }
            let word = if pending.quoted {
                Word { parts: vec![Part::Quoted(body)] }
            } else {
                Parser::new(&body, self.budget).here_body()?
            };
            let _ = pending.body.set(word);
        }
        Ok(())
    }

    /// At the end of the text a here-document that was promised is empty; bash only warns.
    pub(super) fn close_here_documents(&mut self) -> Parsed<()> {
        if self.at >= self.text.len() { self.here_documents() } else { Ok(()) }
    }
}
