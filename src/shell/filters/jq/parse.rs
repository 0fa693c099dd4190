//! jq's filters taken apart.

use super::json::Json;
use crate::bounds::Budget;

/// A filter.
#[derive(Debug, Clone)]
pub(super) enum Filter {
    Identity,
    Literal(Json),
    /// A text with filters in it, perhaps in a format (`@base64 "…"`).
    Text(Vec<Part>, Option<String>),
    Variable(String),
    Member(Box<Filter>, Box<Filter>),
    Slice(Box<Filter>, Option<Box<Filter>>, Option<Box<Filter>>),
    Each(Box<Filter>),
    Try(Box<Filter>),
    Pipe(Box<Filter>, Box<Filter>),
    Comma(Box<Filter>, Box<Filter>),
    Binary(&'static str, Box<Filter>, Box<Filter>),
    Negate(Box<Filter>),
    List(Option<Box<Filter>>),
    Object(Vec<(Filter, Filter)>),
    If(Vec<(Filter, Filter)>, Option<Box<Filter>>),
    Bind(Box<Filter>, String, Box<Filter>),
    Reduce(Box<Filter>, String, Box<Filter>, Box<Filter>),
    Call(String, Vec<Filter>),
    Format(String),
}

#[derive(Debug, Clone)]
pub(super) enum Part {
    Literal(String),
    Filter(Filter),
}

/// Reads a filter; None where anything of it is not understood.
pub(super) fn filter(text: &str, budget: &Budget) -> Option<Filter> {
    let mut reader = Reader { rest: text, depth: 0, budget };
    let filter = reader.pipe()?;
    reader.blanks();
    reader.rest.is_empty().then_some(filter)
}

struct Reader<'t> {
    rest: &'t str,
    depth: u32,
    budget: &'t Budget,
}

const OPERATORS: &[(&str, u8)] = &[
    ("//", 1),
    ("or", 3),
    ("and", 4),
    ("==", 5),
    ("!=", 5),
    ("<=", 5),
    (">=", 5),
    ("<", 5),
    (">", 5),
    ("+", 6),
    ("-", 6),
    ("*", 7),
    ("/", 7),
    ("%", 7),
];

impl Reader<'_> {
    fn blanks(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with('#') {
                return;
            }
            self.rest = self.rest.find('\n').map_or("", |at| &self.rest[at..]);
        }
    }

    fn sign(&mut self, sign: &str) -> bool {
        self.blanks();
        let Some(rest) = self.rest.strip_prefix(sign) else { return false };
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if sign.ends_with(word) && rest.starts_with(word) {
            return false;
        }
        self.rest = rest;
        true
    }

    fn expect(&mut self, sign: &str) -> Option<()> {
        self.sign(sign).then_some(())
    }

    fn name(&mut self) -> Option<String> {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        self.rest = rest;
        Some(name.to_owned())
    }

    fn pipe(&mut self) -> Option<Filter> {
        self.budget.step().ok()?;
        self.depth += 1;
        if self.depth > 40 {
            return None;
        }
        let left = self.comma()?;
        let filter = if self.sign("as") {
            self.blanks();
            self.expect("$")?;
            let name = self.name()?;
            self.expect("|")?;
            Filter::Bind(Box::new(left), name, Box::new(self.pipe()?))
        } else if self.sign("|") {
            Filter::Pipe(Box::new(left), Box::new(self.pipe()?))
        } else {
            left
        };
        self.depth -= 1;
        Some(filter)
    }

    fn comma(&mut self) -> Option<Filter> {
        let mut left = self.binary(0)?;
        while self.sign(",") {
            left = Filter::Comma(Box::new(left), Box::new(self.binary(0)?));
        }
        Some(left)
    }

    fn binary(&mut self, least: u8) -> Option<Filter> {
        let mut left = self.postfix()?;
        loop {
            self.blanks();
            let found = OPERATORS.iter().find(|(sign, _)| {
                self.rest.starts_with(sign)
                    && !(sign.len() == 1 && self.rest[1..].starts_with('='))
                    && !(*sign == "//" && self.rest.starts_with("//="))
            });
            let Some((sign, power)) = found.filter(|(_, power)| *power > least) else {
                // Assignments are not understood.
                let assigns =
                    ["=", "|=", "+=", "-=", "*=", "/=", "//="].iter().any(|s| self.rest.starts_with(s));
                return if assigns { None } else { Some(left) };
            };
            if !self.sign(sign) {
                return Some(left);
            }
            // `//` groups to the right.
            let right = self.binary(if *sign == "//" { power - 1 } else { *power })?;
            left = Filter::Binary(sign, Box::new(left), Box::new(right));
        }
    }

    fn postfix(&mut self) -> Option<Filter> {
        self.depth += 1;
        if self.depth > 40 {
            return None;
        }
        let mut filter = self.primary()?;
        loop {
            if self.rest.starts_with('[') {
                filter = self.bracket(filter)?;
            } else if self.sign("?") {
                filter = Filter::Try(Box::new(filter));
            } else if self.rest.starts_with('.') {
                self.rest = &self.rest[1..];
                filter = self.member(filter)?;
            } else {
                break;
            }
        }
        self.depth -= 1;
        Some(filter)
    }

    /// What stands behind a dot.
    fn member(&mut self, of: Filter) -> Option<Filter> {
        if self.rest.starts_with('[') {
            return self.bracket(of);
        }
        let name = match self.rest.starts_with('"') {
            true => self.text()?,
            false => Filter::Literal(Json::Text(self.name()?)),
        };
        Some(Filter::Member(Box::new(of), Box::new(name)))
    }

    fn bracket(&mut self, of: Filter) -> Option<Filter> {
        self.expect("[")?;
        if self.sign("]") {
            return Some(Filter::Each(Box::new(of)));
        }
        if self.sign(":") {
            let end = self.pipe()?;
            self.expect("]")?;
            return Some(Filter::Slice(Box::new(of), None, Some(Box::new(end))));
        }
        let index = self.pipe()?;
        if self.sign(":") {
            let end = if self.sign("]") {
                None
            } else {
                let end = self.pipe()?;
                self.expect("]")?;
                Some(Box::new(end))
            };
            return Some(Filter::Slice(Box::new(of), Some(Box::new(index)), end));
        }
        self.expect("]")?;
        Some(Filter::Member(Box::new(of), Box::new(index)))
    }

    fn primary(&mut self) -> Option<Filter> {
        self.blanks();
        let first = self.rest.chars().next()?;
        match first {
            '.' if self.rest.starts_with("..") => None,
            '.' => {
                self.rest = &self.rest[1..];
                let goes_on =
                    self.rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '"' | '['));
                if goes_on { self.member(Filter::Identity) } else { Some(Filter::Identity) }
            }
            '"' => self.text(),
            '(' => {
                self.expect("(")?;
                let inner = self.pipe()?;
                self.expect(")")?;
                Some(inner)
            }
            '[' => {
                self.expect("[")?;
                if self.sign("]") {
                    return Some(Filter::List(None));
                }
                let inner = self.pipe()?;
                self.expect("]")?;
                Some(Filter::List(Some(Box::new(inner))))
            }
            '{' => self.object(),
            '-' => {
                self.expect("-")?;
                Some(Filter::Negate(Box::new(self.postfix()?)))
            }
            '$' => {
                self.expect("$")?;
                Some(Filter::Variable(self.name()?))
            }
            '@' => {
                self.expect("@")?;
                let name = self.name()?;
                self.blanks();
                if !self.rest.starts_with('"') {
                    return Some(Filter::Format(name));
                }
                match self.text()? {
                    Filter::Text(parts, None) => Some(Filter::Text(parts, Some(name))),
                    plain => Some(plain),
                }
            }
            c if c.is_ascii_digit() => {
                let digits =
                    self.rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(self.rest.len());
                let exponent = self.rest[digits..]
                    .strip_prefix(['e', 'E'])
                    .map_or(0, |rest| 1 + rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
                let end = digits + exponent;
                let (number, rest) = self.rest.split_at(end);
                self.rest = rest;
                Some(Filter::Literal(Json::Number(number.parse().ok()?)))
            }
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Option<Filter> {
        let name = self.name()?;
        match name.as_str() {
            "null" => Some(Filter::Literal(Json::Null)),
            "true" => Some(Filter::Literal(Json::Bool(true))),
            "false" => Some(Filter::Literal(Json::Bool(false))),
            "if" => {
                let mut branches = Vec::new();
                loop {
                    let condition = self.pipe()?;
                    self.expect("then")?;
                    branches.push((condition, self.pipe()?));
                    if !self.sign("elif") {
                        break;
                    }
                }
                let otherwise = if self.sign("else") { Some(Box::new(self.pipe()?)) } else { None };
                self.expect("end")?;
                Some(Filter::If(branches, otherwise))
            }
            "reduce" => {
                let of = self.postfix()?;
                self.expect("as")?;
                self.expect("$")?;
                let name = self.name()?;
                self.expect("(")?;
                let first = self.pipe()?;
                self.expect(";")?;
                let step = self.pipe()?;
                self.expect(")")?;
                Some(Filter::Reduce(Box::new(of), name, Box::new(first), Box::new(step)))
            }
            "def" | "foreach" | "try" | "label" | "import" | "include" | "as" => None,
            _ => {
                let mut arguments = Vec::new();
                if self.rest.starts_with('(') {
                    self.expect("(")?;
                    loop {
                        arguments.push(self.pipe()?);
                        if !self.sign(";") {
                            break;
                        }
                    }
                    self.expect(")")?;
                }
                Some(Filter::Call(name, arguments))
            }
        }
    }

    fn object(&mut self) -> Option<Filter> {
        self.expect("{")?;
        let mut members = Vec::new();
        while !self.sign("}") {
            self.blanks();
            let (key, own) = match self.rest.chars().next()? {
                '"' => {
                    let text = self.text()?;
                    (text.clone(), Filter::Member(Box::new(Filter::Identity), Box::new(text)))
                }
                '(' => {
                    self.expect("(")?;
                    let key = self.pipe()?;
                    self.expect(")")?;
                    (key, Filter::Identity)
                }
                '$' => {
                    self.expect("$")?;
                    let name = self.name()?;
                    (Filter::Literal(Json::Text(name.clone())), Filter::Variable(name))
                }
                _ => {
                    let name = Filter::Literal(Json::Text(self.name()?));
                    (name.clone(), Filter::Member(Box::new(Filter::Identity), Box::new(name)))
                }
            };
            let value = if self.sign(":") { self.binary(0)? } else { own };
            members.push((key, value));
            if !self.sign(",") {
                self.expect("}")?;
                break;
            }
        }
        Some(Filter::Object(members))
    }

    /// A text in quotes, with `\(…)` in it.
    fn text(&mut self) -> Option<Filter> {
        self.expect("\"")?;
        let mut parts = Vec::new();
        let mut literal = String::new();
        loop {
            let c = self.rest.chars().next()?;
            self.rest = &self.rest[c.len_utf8()..];
            match c {
                '"' => break,
                '\\' => {
                    let escape = self.rest.chars().next()?;
                    self.rest = &self.rest[escape.len_utf8()..];
                    match escape {
                        '(' => {
                            let inner = self.pipe()?;
                            self.expect(")")?;
                            parts.push(Part::Literal(std::mem::take(&mut literal)));
                            parts.push(Part::Filter(inner));
                        }
                        'n' => literal.push('\n'),
                        't' => literal.push('\t'),
                        'r' => literal.push('\r'),
                        'b' => literal.push('\x08'),
                        'f' => literal.push('\x0c'),
                        '"' | '\\' | '/' => literal.push(escape),
                        'u' => {
                            let digits = self.rest.get(..4)?;
                            literal.push(u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)?);
                            self.rest = &self.rest[4..];
                        }
                        _ => return None,
                    }
                }
                c => literal.push(c),
            }
        }
        if parts.is_empty() {
            return Some(Filter::Literal(Json::Text(literal)));
        }
        parts.push(Part::Literal(literal));
        Some(Filter::Text(parts, None))
    }
}
