//! Commands: a recursive-descent parser for bash that reads as bash does, one complete command at a time.
//!
//! bash runs each complete command before it reads the next, so what stands before a syntax error runs. The
//! parser keeps the commands it has read when it meets one. Nesting is bounded by the [`Budget`].

use std::cell::OnceCell;
use std::rc::Rc;

use super::ast::*;
use crate::bounds::{Budget, Exceeded};

/// Why reading stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The text is not bash here.
    Syntax(String),
    /// A bound was reached.
    Exceeded(Exceeded),
}

impl From<Exceeded> for Stop {
    fn from(exceeded: Exceeded) -> Stop {
        Stop::Exceeded(exceeded)
    }
}

pub(super) type Parsed<T> = Result<T, Stop>;

/// A here-document whose body is still to come.
struct Pending {
    delimiter: String,
    quoted: bool,
    strip_tabs: bool,
    body: Rc<OnceCell<Word>>,
}

/// The descriptor that bash gives to the first `{name}>file`.
const NAMED_FD: u32 = 10;

/// A position in a text, and what was promised but not yet read.
pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) budget: &'a Budget,
    pending: Vec<Pending>,
    /// How many `$(` are open: there, `EOF)` also ends a here-document.
    pub(super) substitutions: u32,
}

/// Reads a program. Fails only when a bound is reached; a syntax error is part of the [`Script`].
pub fn parse(text: &str, budget: &Budget) -> Result<Script, Exceeded> {
    let mut parser = Parser::new(text, budget);
    let mut script = Script::default();
    loop {
        let start = parser.at;
        match parser.complete_command() {
            Ok(Some(list)) => script.commands.push(list),
            Ok(None) => return Ok(script),
            Err(Stop::Exceeded(exceeded)) => return Err(exceeded),
            Err(Stop::Syntax(message)) => {
                script.error = Some(SyntaxError { at: start, message });
                return Ok(script);
            }
        }
    }
}

/// Words that are commands' syntax when they stand where a command begins.
const OPENERS: &[&str] =
    &["{", "if", "while", "until", "for", "select", "case", "function", "[[", "coproc", "time", "!"];
const CLOSERS: &[&str] = &["}", "then", "else", "elif", "fi", "do", "done", "esac"];
/// Words that are syntax only inside the command that expects them.
const INNER: &[&str] = &["in", "]]"];
/// The length of `function`.
const LONGEST_RESERVED: usize = 8;
/// Builtins whose arguments may be array assignments.
const DECLARERS: &[&str] = &["declare", "typeset", "local", "export", "readonly"];

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, budget: &'a Budget) -> Parser<'a> {
        Parser { text, at: 0, budget, pending: Vec::new(), substitutions: 0 }
    }

    // ---- characters -------------------------------------------------------------------------------------

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn starts(&self, prefix: &str) -> bool {
        self.text.as_bytes()[self.at..].starts_with(prefix.as_bytes())
    }

    pub(super) fn eat(&mut self, prefix: &str) -> bool {
        let found = self.starts(prefix);
        if found {
            self.at += prefix.len();
        }
        found
    }

    fn expect(&mut self, token: &str) -> Parsed<()> {
        self.blanks();
        if self.eat(token) { Ok(()) } else { self.unexpected(&format!("instead of `{token}`")) }
    }

    pub(super) fn unexpected<T>(&self, detail: &str) -> Parsed<T> {
        let found: String = self.rest().chars().take(12).collect();
        let found = match found.split_whitespace().next() {
            Some(token) => format!("`{token}`"),
            None if self.at >= self.text.len() => "end of text".to_owned(),
            None => "newline".to_owned(),
        };
        Err(Stop::Syntax(format!("unexpected {found} {detail}")))
    }

    /// Skips spaces, tabs, escaped newlines and a comment.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\\') if self.peek_at(1) == Some(b'\n') => self.at += 2,
                Some(b'#') => {
                    self.at = self.rest().find('\n').map_or(self.text.len(), |n| self.at + n);
                }
                _ => return,
            }
        }
    }

    /// Skips blanks and newlines, reading the here-documents that a newline brings.
    fn newlines(&mut self) -> Parsed<()> {
        loop {
            self.blanks();
            if self.peek() != Some(b'\n') {
                return Ok(());
            }
            self.at += 1;
            self.here_documents()?;
        }
    }

    /// The reserved word that stands here, if one does.
    fn reserved(&self) -> Option<&'static str> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let len = rest.iter().take(LONGEST_RESERVED + 1).take_while(|&&c| !is_metacharacter(c)).count();
        let word = &rest[..len];
        let known =
            |list: &'static [&'static str]| list.iter().copied().find(|known| known.as_bytes() == word);
        // An escaped newline ends a word too.
        if word.ends_with(b"\\") && rest.get(len) == Some(&b'\n') {
            let word = &word[..len - 1];
            return [OPENERS, CLOSERS, INNER]
                .into_iter()
                .flatten()
                .copied()
                .find(|known| known.as_bytes() == word);
        }
        match word.first()? {
            b'!' | b'[' | b'{' | b'i' | b'w' | b'u' | b'f' | b's' | b'c' | b't' | b'}' | b'e' | b'd'
            | b']' => known(OPENERS).or_else(|| known(CLOSERS)).or_else(|| known(INNER)),
            _ => None,
        }
    }

    fn eat_reserved(&mut self, word: &str) -> bool {
        let found = self.reserved() == Some(word);
        if found {
            self.at += word.len();
        }
        found
    }

    fn expect_reserved(&mut self, word: &str) -> Parsed<()> {
        self.newlines()?;
        if self.eat_reserved(word) { Ok(()) } else { self.unexpected(&format!("instead of `{word}`")) }
    }

    // ---- lists ------------------------------------------------------------------------------------------

    /// The next complete command: all that stands on one logical line.
    fn complete_command(&mut self) -> Parsed<Option<List>> {
        self.newlines()?;
        if self.at >= self.text.len() {
            return Ok(None);
        }
        let mut list = List::default();
        loop {
            let (item, more) = self.item()?;
            list.items.push(item);
            self.blanks();
            match self.peek() {
                None => break,
                Some(b'\n') => {
                    self.at += 1;
                    self.here_documents()?;
                    break;
                }
                Some(_) if more => {}
                Some(_) => return self.unexpected("after a command"),
            }
        }
        self.close_here_documents()?;
        Ok(Some(list))
    }

    /// Commands up to a closing word or parenthesis, which is left where it is.
    pub(super) fn list(&mut self) -> Parsed<List> {
        let _level = self.budget.enter()?;
        let mut list = List::default();
        loop {
            self.newlines()?;
            let closed = match self.peek() {
                None | Some(b')') => true,
                Some(b';') => true,
                _ => self.reserved().is_some_and(|word| CLOSERS.contains(&word)),
            };
            if closed {
                return Ok(list);
            }
            let (item, more) = self.item()?;
            list.items.push(item);
            self.blanks();
            if !more && self.peek() != Some(b'\n') {
                return Ok(list);
            }
        }
    }

    /// A list that holds at least one command, as a loop's body must.
    fn body(&mut self) -> Parsed<List> {
        let list = self.list()?;
        if list.items.is_empty() { self.unexpected("where a command was due") } else { Ok(list) }
    }

    /// Pipelines joined by `&&` and `||`, with the separator after them; whether there was one.
    fn item(&mut self) -> Parsed<(AndOr, bool)> {
        let mut pipelines = vec![self.pipeline()?];
        loop {
            self.blanks();
            if !(self.eat("&&") || self.eat("||")) {
                break;
            }
            self.newlines()?;
            pipelines.push(self.pipeline()?);
        }
        let mut more = false;
        let mut background = false;
        if self.peek() == Some(b'&') {
            self.at += 1;
            (more, background) = (true, true);
        } else if self.peek() == Some(b';') && !matches!(self.peek_at(1), Some(b';' | b'&')) {
            self.at += 1;
            more = true;
        }
        Ok((AndOr { pipelines, background }, more))
    }

    fn pipeline(&mut self) -> Parsed<Pipeline> {
        loop {
            self.blanks();
            if self.eat_reserved("!") {
                continue;
            }
            if self.eat_reserved("time") {
                self.blanks();
                if self.starts("-p") && self.peek_at(2).is_none_or(is_metacharacter) {
                    self.at += 2;
                }
                self.blanks();
                if matches!(self.peek(), None | Some(b'\n' | b';')) {
                    return Ok(Pipeline { stages: Vec::new() });
                }
                continue;
            }
            break;
        }
        let mut stages = vec![self.command()?];
        loop {
            self.blanks();
            if self.peek() != Some(b'|') || self.peek_at(1) == Some(b'|') {
                return Ok(Pipeline { stages });
            }
            self.at += 1;
            self.eat("&");
            self.newlines()?;
            stages.push(self.command()?);
        }
    }

    // ---- commands ---------------------------------------------------------------------------------------

    fn command(&mut self) -> Parsed<Command> {
        let _level = self.budget.enter()?;
        self.budget.step()?;
        self.blanks();
        let kind = match self.reserved() {
            Some(word) if OPENERS.contains(&word) => {
                self.at += word.len();
                self.compound(word)?
            }
            Some(word) if CLOSERS.contains(&word) => return self.unexpected("where a command was due"),
            _ if self.starts("((") => match self.arithmetic_command()? {
                Some(kind) => kind,
                None => self.subshell()?,
            },
            _ if self.peek() == Some(b'(') => self.subshell()?,
            _ => return self.simple(),
        };
        let mut redirects = Vec::new();
        self.redirects(&mut redirects)?;
        Ok(Command { kind, redirects })
    }

    fn subshell(&mut self) -> Parsed<Kind> {
        self.expect("(")?;
        let list = self.body()?;
        self.expect(")")?;
        Ok(Kind::Subshell(list))
    }

    fn arithmetic_command(&mut self) -> Parsed<Option<Kind>> {
        let start = self.at;
        self.at += 2;
        match self.arithmetic_word("))")? {
            Some(word) => Ok(Some(Kind::Arithmetic(word))),
            None => {
                self.at = start;
                Ok(None)
            }
        }
    }

    fn compound(&mut self, word: &str) -> Parsed<Kind> {
        match word {
            "{" => {
                let list = self.body()?;
                self.expect_reserved("}")?;
                Ok(Kind::Group(list))
            }
            "if" => self.if_clause(),
            "while" | "until" => {
                let condition = self.body()?;
                let body = self.do_group()?;
                Ok(Kind::While { until: word == "until", condition, body })
            }
            "for" | "select" => self.for_clause(),
            "case" => self.case_clause(),
            "function" => {
                self.blanks();
                let name = self.function_name()?;
                self.blanks();
                if self.eat("(") {
                    self.expect(")")?;
                }
                self.function_body(name)
            }
            "[[" => self.test(),
            "coproc" => self.coproc(),
            _ => self.unexpected("where a command was due"),
        }
    }

    fn if_clause(&mut self) -> Parsed<Kind> {
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.body()?;
            self.expect_reserved("then")?;
            let body = self.body()?;
            branches.push((condition, body));
            self.newlines()?;
            if self.eat_reserved("elif") {
                continue;
            }
            if self.eat_reserved("else") {
                otherwise = Some(self.body()?);
            }
            self.expect_reserved("fi")?;
            return Ok(Kind::If { branches, otherwise });
        }
    }

    fn do_group(&mut self) -> Parsed<List> {
        self.blanks();
        self.eat(";");
        self.newlines()?;
        let close = if self.eat_reserved("{") { "}" } else { "done" };
        if close == "done" {
            self.expect_reserved("do")?;
        }
        let body = self.body()?;
        self.expect_reserved(close)?;
        Ok(body)
    }

    fn for_clause(&mut self) -> Parsed<Kind> {
        self.blanks();
        if self.eat("((") {
            let Some(header) = self.arithmetic_word("))")? else {
                return self.unexpected("in an arithmetic for");
            };
            let body = self.do_group()?;
            return Ok(Kind::ArithmeticFor { header, body });
        }
        let name = self.function_name()?;
        self.newlines()?;
        let words = if self.eat_reserved("in") {
            let mut words = Vec::new();
            loop {
                self.blanks();
                match self.word()? {
                    Some(word) => words.push(word),
                    None => break Some(words),
                }
            }
        } else {
            None
        };
        let body = self.do_group()?;
        Ok(Kind::For { name, words, body })
    }

    fn case_clause(&mut self) -> Parsed<Kind> {
        self.blanks();
        let Some(subject) = self.word()? else { return self.unexpected("after `case`") };
        self.newlines()?;
        self.expect_reserved("in")?;
        let mut arms = Vec::new();
        loop {
            self.newlines()?;
            if self.eat_reserved("esac") {
                return Ok(Kind::Case { subject, arms });
            }
            self.eat("(");
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                let Some(pattern) = self.word()? else { return self.unexpected("in a case pattern") };
                patterns.push(pattern);
                self.blanks();
                if !self.eat("|") {
                    break;
                }
            }
            self.expect(")")?;
            let body = self.list()?;
            self.newlines()?;
            let falls_through = self.starts(";&") || self.starts(";;&");
            let ended = self.eat(";;&") || self.eat(";;") || self.eat(";&");
            arms.push(Arm { patterns, body, falls_through });
            if !ended {
                self.expect_reserved("esac")?;
                return Ok(Kind::Case { subject, arms });
            }
        }
    }

    /// `[[ … ]]`: words and operators alike become words; the regular expression after `=~` is one.
    fn test(&mut self) -> Parsed<Kind> {
        let mut words: Vec<Word> = Vec::new();
        loop {
            self.newlines()?;
            if self.eat_reserved("]]") {
                return Ok(Kind::Test(words));
            }
            let operator = ["&&", "||", "(", ")", "<", ">"].into_iter().find(|op| self.starts(op));
            let after_match = words.last().and_then(Word::as_plain) == Some("=~");
            if after_match {
                words.push(self.regex_word()?);
            } else if let Some(operator) = operator {
                self.at += operator.len();
                words.push(Word::plain(operator));
            } else {
                match self.word()? {
                    Some(word) => words.push(word),
                    None => return self.unexpected("in `[[`"),
                }
            }
        }
    }

    fn coproc(&mut self) -> Parsed<Kind> {
        self.blanks();
        // `coproc NAME compound`: a name only counts before a compound command.
        let before = self.at;
        let name_end = self.rest().find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(0);
        if name_end > 0 && self.reserved().is_none() {
            self.at += name_end;
            self.blanks();
            let compound = self.peek() == Some(b'(') || self.reserved().is_some_and(|w| OPENERS.contains(&w));
            if !compound || self.at == before + name_end {
                self.at = before;
            }
        }
        Ok(Kind::Coproc(Box::new(self.command()?)))
    }

    fn function_name(&mut self) -> Parsed<String> {
        let len = self.rest().bytes().take_while(|&c| !is_metacharacter(c)).count();
        let name = &self.rest()[..len];
        if name.is_empty() || name.contains(['$', '`', '\'', '"', '\\']) {
            return self.unexpected("where a name was due");
        }
        self.at += len;
        Ok(name.to_owned())
    }

    fn function_body(&mut self, name: String) -> Parsed<Kind> {
        self.newlines()?;
        let body = Rc::new(self.command()?);
        if matches!(body.kind, Kind::Simple(_)) {
            return self.unexpected("where a function's body was due");
        }
        Ok(Kind::Function { name, body })
    }

    fn simple(&mut self) -> Parsed<Command> {
        let mut simple = Simple::default();
        let mut redirects = Vec::new();
        loop {
            self.blanks();
            if self.redirect(&mut redirects)? {
                continue;
            }
            if simple.words.is_empty() {
                if let Some(assignment) = self.assignment()? {
                    simple.assignments.push(assignment);
                    continue;
                }
            } else if simple.words[0].as_plain().is_some_and(|word| DECLARERS.contains(&word))
                && self.array_follows()
                && let Some(assignment) = self.assignment()?
            {
                simple.declared.push(assignment);
                continue;
            }
            match self.word()? {
                Some(word) => simple.words.push(word),
                None => break,
            }
            if simple.words.len() == 1 && simple.assignments.is_empty() && redirects.is_empty() {
                self.blanks();
                if self.peek() == Some(b'(')
                    && let Some(name) = simple.words[0].as_plain()
                {
                    let name = name.to_owned();
                    self.at += 1;
                    self.expect(")")?;
                    let kind = self.function_body(name)?;
                    return Ok(Command { kind, redirects: Vec::new() });
                }
            }
        }
        if simple.words.is_empty() && simple.assignments.is_empty() && redirects.is_empty() {
            return self.unexpected("where a command was due");
        }
        Ok(Command { kind: Kind::Simple(simple), redirects })
    }

    /// Whether `NAME=(` or `NAME+=(` stands here.
    fn array_follows(&self) -> bool {
        let rest = self.rest();
        let name = rest.bytes().take_while(|&c| is_name(c)).count();
        name > 0 && (rest[name..].starts_with("=(") || rest[name..].starts_with("+=("))
    }

    fn assignment(&mut self) -> Parsed<Option<Assignment>> {
        let rest = self.rest().as_bytes();
        let len = rest.iter().take_while(|&&c| is_name(c)).count();
        if len == 0 || rest[0].is_ascii_digit() {
            return Ok(None);
        }
        let start = self.at;
        let name = self.rest()[..len].to_owned();
        self.at += len;
        let mut index = None;
        if self.peek() == Some(b'[') {
            self.at += 1;
            match self.subscript() {
                Ok(word) => index = Some(word),
                Err(Stop::Syntax(_)) => {
                    self.at = start;
                    return Ok(None);
                }
                Err(stop) => return Err(stop),
            }
        }
        let append = self.starts("+=");
        if !append && self.peek() != Some(b'=') {
            self.at = start;
            return Ok(None);
        }
        self.at += if append { 2 } else { 1 };
        let value = if index.is_none() && self.eat("(") {
            Assigned::Array(self.array_elements()?)
        } else {
            Assigned::Scalar(self.word()?.unwrap_or_default())
        };
        Ok(Some(Assignment { name, index, append, value }))
    }

    fn array_elements(&mut self) -> Parsed<Vec<(Option<Word>, Word)>> {
        let mut elements = Vec::new();
        loop {
            self.newlines()?;
            if self.eat(")") {
                return Ok(elements);
            }
            if self.peek() == Some(b'[') {
                let start = self.at;
                self.at += 1;
                if let Ok(index) = self.subscript()
                    && self.eat("=")
                {
                    elements.push((Some(index), self.word()?.unwrap_or_default()));
                    continue;
                }
                self.at = start;
            }
            match self.word()? {
                Some(word) => elements.push((None, word)),
                None => return self.unexpected("in an array"),
            }
        }
    }

    // ---- redirections -----------------------------------------------------------------------------------

    fn redirects(&mut self, out: &mut Vec<Redirect>) -> Parsed<()> {
        loop {
            self.blanks();
            if !self.redirect(out)? {
                return Ok(());
            }
        }
    }

    /// Reads one redirection, where one stands here.
    fn redirect(&mut self, out: &mut Vec<Redirect>) -> Parsed<bool> {
        let bytes = &self.text.as_bytes()[self.at..];
        let mut len = bytes.iter().take_while(|c| c.is_ascii_digit()).count();
        if len == 0 && bytes.first() == Some(&b'{') {
            // `{fd}>file`: the shell picks a descriptor.
            let name = bytes[1..].iter().take_while(|&&c| is_name(c)).count();
            if name > 0 && bytes.get(1 + name) == Some(&b'}') {
                len = name + 2;
            }
        }
        let operator = &bytes[len..];
        let both = len == 0 && (operator.starts_with(b"&>"));
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
            out.push(Redirect { fd, variable, kind: RedirectKind::Here(body) });
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
        out.push(Redirect { fd, variable, kind });
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
    fn close_here_documents(&mut self) -> Parsed<()> {
        if self.at >= self.text.len() { self.here_documents() } else { Ok(()) }
    }
}

/// Whether `c` ends a word where it is not quoted (Bash manual, "metacharacter").
pub(super) fn is_metacharacter(c: u8) -> bool {
    matches!(c, b' ' | b'\t' | b'\n' | b';' | b'|' | b'&' | b'(' | b')' | b'<' | b'>')
}

/// Whether `c` may stand in a variable's name.
pub(super) fn is_name(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_'
}
