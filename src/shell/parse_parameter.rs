//! `${…}`: a parameter and what is done to it, on the parser of [`super::parse`].

use super::ast::*;
use super::parse::{Parsed, Parser, is_name};
use super::word::{Parts, is_special_parameter};

impl Parser<'_> {
    /// `${…}` after its opening brace.
    pub(super) fn braced_parameter(&mut self, in_double: bool) -> Parsed<Parameter> {
        let _level = self.budget.enter()?;
        let mut parameter = Parameter::named(String::new());
        if self.peek() == Some(b'#')
            && !matches!(self.peek_at(1), Some(b'}' | b':' | b'-' | b'=' | b'?' | b'+' | b'#' | b'%' | b'/'))
        {
            parameter.length = true;
            self.at += 1;
        } else if self.peek() == Some(b'!')
            && self.peek_at(1).is_some_and(|c| is_name(c) || matches!(c, b'@' | b'*' | b'#'))
        {
            parameter.indirect = true;
            self.at += 1;
        }
        let rest = self.rest();
        let len = match rest.bytes().next() {
            Some(c) if c.is_ascii_digit() => rest.bytes().take_while(u8::is_ascii_digit).count(),
            Some(c) if is_name(c) => rest.bytes().take_while(|&c| is_name(c)).count(),
            Some(c) if is_special_parameter(c) => 1,
            _ => return self.unexpected("in `${`"),
        };
        parameter.name = rest[..len].to_owned();
        self.at += len;
        if self.peek() == Some(b'[') {
            self.at += 1;
            parameter.index = Some(self.subscript()?);
        }
        if self.eat("}") {
            return Ok(parameter);
        }
        if parameter.indirect && (self.starts("*}") || self.starts("@}")) {
            parameter.index = self.starts("*").then(|| Word::plain("*"));
            self.at += 1;
            parameter.operator = Some(Operator::Names);
        } else {
            parameter.operator = Some(self.operator(in_double)?);
        }
        if !self.eat("}") {
            return self.unexpected("while looking for the matching `}`");
        }
        Ok(parameter)
    }

    fn operator(&mut self, in_double: bool) -> Parsed<Operator> {
        let colon = self.peek() == Some(b':') && matches!(self.peek_at(1), Some(b'-' | b'=' | b'?' | b'+'));
        if colon {
            self.at += 1;
        }
        let Some(c) = self.peek() else { return self.unexpected("in `${`") };
        self.at += 1;
        Ok(match c {
            b'-' => Operator::Default { colon, word: self.operand(b"}", in_double)? },
            b'=' => Operator::Assign { colon, word: self.operand(b"}", in_double)? },
            b'+' => Operator::Alternative { colon, word: self.operand(b"}", in_double)? },
            b'?' => Operator::Require { colon, word: self.operand(b"}", in_double)? },
            b'#' => Operator::TrimPrefix { longest: self.eat("#"), pattern: self.operand(b"}", false)? },
            b'%' => Operator::TrimSuffix { longest: self.eat("%"), pattern: self.operand(b"}", false)? },
            b'/' => {
                let how = if self.eat("/") {
                    Replace::All
                } else if self.eat("#") {
                    Replace::Prefix
                } else if self.eat("%") {
                    Replace::Suffix
                } else {
                    Replace::First
                };
                let pattern = self.operand(b"/}", false)?;
                let replacement = if self.eat("/") { self.operand(b"}", false)? } else { Word::default() };
                Operator::Replace { how, pattern, replacement }
            }
            b':' => {
                let offset = self.operand(b":}", false)?;
                let length = if self.eat(":") { Some(self.operand(b"}", false)?) } else { None };
                Operator::Substring { offset, length }
            }
            b'^' | b',' | b'~' => {
                let all = self.peek() == Some(c);
                if all {
                    self.at += 1;
                }
                let change = match c {
                    b'^' => CaseChange::Upper,
                    b',' => CaseChange::Lower,
                    _ => CaseChange::Toggle,
                };
                Operator::Case { change, all, pattern: self.operand(b"}", false)? }
            }
            b'@' => {
                let Some(op) = self.rest().chars().next() else { return self.unexpected("in `${`") };
                self.at += op.len_utf8();
                Operator::Transform(op)
            }
            _ => {
                // What stands here may be longer than a byte.
                self.at -= 1;
                return self.unexpected("in `${`");
            }
        })
    }

    /// A word inside `${…}`, up to one of the `stops`, which is left where it is.
    fn operand(&mut self, stops: &[u8], in_double: bool) -> Parsed<Word> {
        let mut parts = Parts::default();
        while let Some(c) = self.peek() {
            if stops.contains(&c) {
                break;
            }
            if in_double && self.starts("\\}") {
                parts.push(Part::Quoted("}".to_owned()));
                self.at += 2;
                continue;
            }
            if c == b'"' && in_double {
                // Inside double quotes, `"${x:-"y"}"` quotes anew.
                self.at += 1;
                let inner = self.double_quoted()?;
                parts.push(Part::Double(inner));
                continue;
            }
            self.quoted_or_plain(&mut parts, in_double)?;
        }
        Ok(parts.finish())
    }
}

impl Parameter {
    /// `$name`
    pub(super) fn named(name: String) -> Parameter {
        Parameter { name, bare: false, index: None, indirect: false, length: false, operator: None }
    }
}
