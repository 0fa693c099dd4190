//! sed's scripts taken apart.

use regex::Regex;

use super::replace::Replacement;
use crate::shell::filters::regex::{Style, compile};

/// A script; blocks jump over their commands where they are not selected.
pub(super) struct Script {
    pub(super) commands: Vec<Command>,
    /// `#n` on the first line.
    pub(super) quiet: bool,
}

pub(super) struct Command {
    pub(super) from: Option<Address>,
    pub(super) to: Option<Until>,
    pub(super) negated: bool,
    pub(super) action: Action,
}

pub(super) enum Address {
    Line(usize),
    Last,
    Matches(Option<Regex>),
    Step(usize, usize),
}

pub(super) enum Until {
    Line(usize),
    Last,
    Matches(Option<Regex>),
    More(usize),
    Multiple(usize),
}

pub(super) enum Action {
    /// Where the block ends.
    Block(usize),
    End,
    Substitute(Box<Substitute>),
    Transliterate(Vec<char>, Vec<char>),
    Append(String),
    Insert(String),
    Change(String),
    /// To a command's number.
    Branch(usize),
    BranchIf(usize),
    BranchUnless(usize),
    Execute(String),
    ReadFile(String),
    WriteFile(String),
    /// Commands of one letter.
    Plain(char),
}

pub(super) struct Substitute {
    /// None for the last one used.
    pub(super) regex: Option<Regex>,
    pub(super) with: Replacement,
    pub(super) global: bool,
    pub(super) nth: usize,
    pub(super) print: bool,
    pub(super) execute: bool,
    pub(super) write: Option<String>,
}

/// A longer script is not run.
const MAX_COMMANDS: usize = 500;

struct Reader<'s> {
    rest: &'s str,
    extended: bool,
    commands: Vec<Command>,
    blocks: Vec<usize>,
    labels: Vec<(String, usize)>,
    branches: Vec<(usize, String)>,
}

impl Script {
    /// Reads a script; None where anything of it is not understood.
    pub(super) fn read(text: &str, extended: bool) -> Option<Script> {
        let quiet = text == "#n" || text.starts_with("#n\n");
        let mut reader = Reader {
            rest: text,
            extended,
            commands: Vec::new(),
            blocks: Vec::new(),
            labels: Vec::new(),
            branches: Vec::new(),
        };
        while reader.command()? {
            if reader.commands.len() > MAX_COMMANDS {
                return None;
            }
        }
        if !reader.blocks.is_empty() {
            return None;
        }
        let end = reader.commands.len();
        for (at, label) in reader.branches {
            let to = match label.as_str() {
                "" => end,
                label => reader.labels.iter().find(|(known, _)| known == label)?.1,
            };
            match &mut reader.commands[at].action {
                Action::Branch(target) | Action::BranchIf(target) | Action::BranchUnless(target) => {
                    *target = to
                }
                _ => {}
            }
        }
        Some(Script { commands: reader.commands, quiet })
    }
}

impl<'s> Reader<'s> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn eat(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn number(&mut self) -> Option<usize> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits.parse().ok()
    }

    fn line(&mut self) -> &'s str {
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        line
    }

    /// Reads up to a delimiter that no backslash quotes.
    fn delimited(&mut self, delimiter: char) -> Option<String> {
        let mut out = String::new();
        loop {
            let c = self.next()?;
            if c == delimiter {
                return Some(out);
            }
            if c != '\\' {
                out.push(c);
                continue;
            }
            let next = self.next()?;
            if next == delimiter {
                // What a quoted delimiter means where it is an operator, too, differs between versions.
                if ".*[]^$+?(){}|&".contains(next) {
                    return None;
                }
                out.push(next);
            } else {
                out.push('\\');
                out.push(next);
            }
        }
    }

    fn regex(&mut self, delimiter: char) -> Option<Option<Regex>> {
        let pattern = self.delimited(delimiter)?;
        let mut style = Style { extended: self.extended, test_only: true, ..Style::default() };
        loop {
            if self.eat('I') {
                style.ignore_case = true;
            } else if self.eat('M') {
                style.multi_line = true;
            } else {
                break;
            }
        }
        if pattern.is_empty() {
            return Some(None);
        }
        // A later `//` may ask where it matches.
        compile(&pattern, Style { test_only: false, ..style }).or_else(|| compile(&pattern, style)).map(Some)
    }

    fn address(&mut self) -> Option<Option<Address>> {
        if self.eat('$') {
            return Some(Some(Address::Last));
        }
        if self.eat('/') {
            return Some(Some(Address::Matches(self.regex('/')?)));
        }
        if self.eat('\\') {
            let delimiter = self.next()?;
            return Some(Some(Address::Matches(self.regex(delimiter)?)));
        }
        if !self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            return Some(None);
        }
        let first = self.number()?;
        if self.eat('~') {
            return Some(Some(Address::Step(first, self.number()?)));
        }
        Some(Some(Address::Line(first)))
    }

    fn until(&mut self) -> Option<Until> {
        self.blanks();
        if self.eat('+') {
            return self.number().map(Until::More);
        }
        if self.eat('~') {
            return self.number().map(Until::Multiple);
        }
        match self.address()?? {
            Address::Line(line) => Some(Until::Line(line)),
            Address::Last => Some(Until::Last),
            Address::Matches(regex) => Some(Until::Matches(regex)),
            Address::Step(..) => None,
        }
    }

    /// Reads one command; false at the end.
    fn command(&mut self) -> Option<bool> {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', ';']);
        if self.rest.is_empty() {
            return Some(false);
        }
        let from = self.address()?;
        self.blanks();
        let to = if from.is_some() && self.eat(',') { Some(self.until()?) } else { None };
        if matches!(from, Some(Address::Line(0))) && !matches!(to, Some(Until::Matches(_))) {
            return None;
        }
        self.blanks();
        let mut negated = false;
        while self.eat('!') {
            negated = true;
            self.blanks();
        }
        let letter = self.next()?;
        let at = self.commands.len();
        let action = match letter {
            '#' => {
                self.line();
                return Some(true);
            }
            '{' => {
                self.blocks.push(at);
                Action::Block(0)
            }
            '}' => {
                let start = self.blocks.pop()?;
                self.commands[start].action = Action::Block(at);
                self.ended()?;
                Action::End
            }
            ':' => {
                self.blanks();
                let end = self.rest.find(['\n', ';', '}']).unwrap_or(self.rest.len());
                let (label, rest) = self.rest.split_at(end);
                // Some take the rest of the line for the label.
                if label.trim().is_empty()
                    || label.trim().contains(char::is_whitespace)
                    || rest.starts_with('}')
                {
                    return None;
                }
                self.rest = rest;
                self.labels.push((label.trim().to_owned(), at));
                Action::End
            }
            'b' | 't' | 'T' => {
                self.blanks();
                let end = self.rest.find([';', '\n', '}']).unwrap_or(self.rest.len());
                let (label, rest) = self.rest.split_at(end);
                self.rest = rest;
                self.branches.push((at, label.trim().to_owned()));
                match letter {
                    'b' => Action::Branch(0),
                    't' => Action::BranchIf(0),
                    _ => Action::BranchUnless(0),
                }
            }
            's' => Action::Substitute(Box::new(self.substitute()?)),
            'y' => {
                let delimiter = self.next()?;
                let from = plain(&self.delimited(delimiter)?)?;
                let to = plain(&self.delimited(delimiter)?)?;
                self.ended()?;
                if from.len() != to.len() {
                    return None;
                }
                Action::Transliterate(from, to)
            }
            'a' => Action::Append(self.text()?),
            'i' => Action::Insert(self.text()?),
            'c' => Action::Change(self.text()?),
            'e' => Action::Execute(self.line().trim_start().to_owned()),
            'r' => Action::ReadFile(self.line().trim_start().to_owned()),
            'w' => Action::WriteFile(self.line().trim_start().to_owned()),
            'd' | 'D' | 'g' | 'G' | 'h' | 'H' | 'n' | 'N' | 'p' | 'P' | 'x' | '=' | 'z' => {
                self.ended()?;
                Action::Plain(letter)
            }
            'q' | 'Q' => {
                self.blanks();
                self.number();
                self.ended()?;
                Action::Plain(letter)
            }
            _ => return None,
        };
        self.commands.push(Command { from, to, negated, action });
        Some(true)
    }

    /// A command of few words ends here.
    fn ended(&mut self) -> Option<()> {
        self.blanks();
        (self.rest.is_empty() || self.rest.starts_with([';', '\n', '}', '#'])).then_some(())
    }

    /// The text of `a`, `i` and `c`: on the same line, or behind a backslash on the next ones.
    fn text(&mut self) -> Option<String> {
        self.blanks();
        if self.eat('\\') {
            // Text on the same line keeps the blanks before it.
            let rest = self.rest.trim_start_matches([' ', '\t']);
            self.rest = rest.strip_prefix('\n').unwrap_or(self.rest);
        }
        if self.rest.is_empty() {
            return None;
        }
        let mut out = String::new();
        loop {
            match self.next() {
                None | Some('\n') => break,
                Some('\\') => match self.next() {
                    Some(c @ ('\n' | '\\')) => out.push(c),
                    Some(c) if c.is_ascii_alphanumeric() => return None,
                    Some(c) => out.push(c),
                    None => {}
                },
                Some(c) => out.push(c),
            }
        }
        out.push('\n');
        Some(out)
    }

    fn substitute(&mut self) -> Option<Substitute> {
        let delimiter = self.next().filter(|c| !matches!(c, '\n' | '\\'))?;
        let pattern = self.delimited(delimiter)?;
        let with = Replacement::read(&self.delimited(delimiter)?)?;
        let mut style = Style { extended: self.extended, ..Style::default() };
        let mut found = Substitute {
            regex: None,
            with,
            global: false,
            nth: 1,
            print: false,
            execute: false,
            write: None,
        };
        while let Some(flag) = self.rest.chars().next() {
            match flag {
                'g' => found.global = true,
                'p' => found.print = true,
                'e' => found.execute = true,
                'i' | 'I' => style.ignore_case = true,
                'm' | 'M' => style.multi_line = true,
                '1'..='9' => {
                    found.nth = self.number()?;
                    continue;
                }
                'w' => {
                    self.next();
                    found.write = Some(self.line().trim_start().to_owned());
                    break;
                }
                _ => break,
            }
            self.next();
        }
        if found.write.is_none() {
            self.ended()?;
        }
        // Printing before and after running is an order of its own.
        if found.execute && found.print {
            return None;
        }
        if !pattern.is_empty() {
            let regex = compile(&pattern, style)?;
            if found.with.groups() >= regex.captures_len() {
                return None;
            }
            found.regex = Some(regex);
        }
        Some(found)
    }
}

/// The characters of one side of `y`.
fn plain(text: &str) -> Option<Vec<char>> {
    let mut out = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next()? {
                'n' => '\n',
                't' => '\t',
                '\\' => '\\',
                _ => return None,
            },
            c => c,
        });
    }
    Some(out)
}
