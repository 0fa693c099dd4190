//! Commands, simple and compound (Bash manual, 3.2), on the parser of [`super::parse`].

use std::rc::Rc;

use super::ast::*;
use super::parse::{Parsed, Parser, Stop, is_metacharacter, is_name};
use super::reserved::Role;
use super::word::push_tight;

/// Builtins whose arguments may be array assignments.
pub(super) const DECLARERS: &[&str] = &["declare", "typeset", "local", "export", "readonly"];

/// The memory that a command takes apart from its words: its place in a pipeline and lists, and its list of words.
const COMMAND: usize =
    size_of::<Command>() + size_of::<Pipeline>() + size_of::<AndOr>() + 4 * size_of::<Word>() + 96;

impl Parser<'_> {
    pub(super) fn command(&mut self) -> Parsed<Command> {
        let _level = self.budget.enter()?;
        self.budget.step()?;
        self.budget.parse(COMMAND)?;
        self.blanks();
        let kind = match self.reserved() {
            Some((word, Role::Opens)) => {
                self.at += word.len();
                self.compound(word)?
            }
            Some((_, Role::Closes)) => return self.unexpected("where a command was due"),
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
            "for" | "select" => self.for_clause(word == "select"),
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

    fn for_clause(&mut self, select: bool) -> Parsed<Kind> {
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
        Ok(Kind::For { select, name, words, body })
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
            let then = if self.eat(";;&") {
                Some(Then::Test)
            } else if self.eat(";&") {
                Some(Then::Fall)
            } else {
                self.eat(";;").then_some(Then::End)
            };
            arms.push(Arm { patterns, body, then: then.unwrap_or(Then::End) });
            if then.is_none() {
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
            let compound = self.peek() == Some(b'(') || self.at_reserved(Role::Opens);
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
        self.blanks();
        let mut simple = Simple { place: self.place(), ..Simple::default() };
        let mut redirects = Vec::new();
        loop {
            self.blanks();
            if self.redirect(&mut redirects)? {
                continue;
            }
            if simple.words.is_empty() {
                if let Some(assignment) = self.assignment()? {
                    push_tight(&mut simple.assignments, assignment);
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
        self.budget.parse(size_of::<Assignment>() + name.len())?;
        Ok(Some(Assignment { name, index, append, value }))
    }

    fn array_elements(&mut self) -> Parsed<Vec<(Option<Word>, Word)>> {
        let mut elements = Vec::new();
        loop {
            self.newlines()?;
            if self.eat(")") {
                return Ok(elements);
            }
            self.budget.parse(3 * size_of::<Word>())?;
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
}
