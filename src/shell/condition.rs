//! `test`, `[` and `[[`: what is certain of them. Files, terminals and the environment are not known.

use super::arithmetic::Trouble;
use super::ast::*;
use super::options::{self, NOCASEMATCH};
use super::pattern::Style;
use super::regex::{Match, search};
use super::run::{Run, Shell};
use super::state::Slot;
use crate::value::{Text, Value};

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// bash refuses it.
    Invalid,
    /// Not known.
    Unknown,
}

impl Holds {
    fn of(known: Option<bool>) -> Holds {
        match known {
            Some(true) => Holds::Yes,
            Some(false) => Holds::No,
            None => Holds::Unknown,
        }
    }

    fn not(self) -> Holds {
        match self {
            Holds::Yes => Holds::No,
            Holds::No => Holds::Yes,
            other => other,
        }
    }

    fn and(self, other: Holds) -> Holds {
        match (self, other) {
            (Holds::No, _) | (_, Holds::No) => Holds::No,
            (Holds::Yes, Holds::Yes) => Holds::Yes,
            _ => Holds::Unknown,
        }
    }
}

const BINARY: &[&str] =
    &["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-ef", "-nt", "-ot", "=~"];

fn compare(operator: &str, left: i64, right: i64) -> Option<bool> {
    Some(match operator {
        "-eq" => left == right,
        "-ne" => left != right,
        "-lt" => left < right,
        "-le" => left <= right,
        "-gt" => left > right,
        "-ge" => left >= right,
        _ => return None,
    })
}

fn is_unary(operator: &str) -> bool {
    let mut letters = operator.chars();
    letters.next() == Some('-')
        && letters.next().is_some_and(|c| "abcdefghknoprstuvwxzGLNORS".contains(c))
        && letters.next().is_none()
}

/// The words of a `[[ … ]]` that are left.
struct Rest<'w> {
    words: &'w [Word],
}

impl<'w> Rest<'w> {
    fn peek(&self) -> Option<&'w str> {
        self.words.first().and_then(Word::as_plain)
    }

    fn next(&mut self) -> Option<&'w Word> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn eat(&mut self, operator: &str) -> bool {
        let found = self.peek() == Some(operator);
        if found {
            self.next();
        }
        found
    }
}

impl Shell<'_, '_> {
    /// The answer of `[[ … ]]`.
    pub(super) fn extended_test(&mut self, words: &[Word]) -> Run<Holds> {
        let mut rest = Rest { words };
        self.either(&mut rest, true)
    }

    fn either(&mut self, rest: &mut Rest<'_>, wanted: bool) -> Run<Holds> {
        let mut holds = self.both(rest, wanted)?;
        while rest.eat("||") {
            let right = self.both(rest, wanted && holds != Holds::Yes)?;
            holds = match holds {
                Holds::Yes | Holds::Invalid => holds,
                Holds::No => right,
                Holds::Unknown if right == Holds::Yes => Holds::Yes,
                Holds::Unknown => Holds::Unknown,
            };
        }
        Ok(holds)
    }

    fn both(&mut self, rest: &mut Rest<'_>, wanted: bool) -> Run<Holds> {
        let mut holds = self.primary_test(rest, wanted)?;
        while rest.eat("&&") {
            let right = self.primary_test(rest, wanted && holds != Holds::No)?;
            holds = if holds == Holds::Invalid { holds } else { holds.and(right) };
        }
        Ok(holds)
    }

    /// One test; where it is not `wanted` it is read but nothing of it is expanded.
    fn primary_test(&mut self, rest: &mut Rest<'_>, wanted: bool) -> Run<Holds> {
        let _level = self.trace.budget.enter()?;
        if rest.eat("!") {
            return Ok(self.primary_test(rest, wanted)?.not());
        }
        if rest.eat("(") {
            let holds = self.either(rest, wanted)?;
            rest.eat(")");
            return Ok(holds);
        }
        let Some(first) = rest.next() else { return Ok(Holds::Unknown) };
        if let Some(operator) = first.as_plain().filter(|word| is_unary(word))
            && !matches!(rest.peek(), Some("&&" | "||" | ")"))
            && let Some(operand) = rest.next()
        {
            if !wanted {
                return Ok(Holds::No);
            }
            let text = self.text(operand)?;
            return self.unary_test(operator, &text);
        }
        match rest.peek().filter(|word| BINARY.contains(word)) {
            Some(operator) => {
                rest.next();
                let Some(right) = rest.next() else { return Ok(Holds::Unknown) };
                if wanted { self.binary_test(first, operator, right) } else { Ok(Holds::No) }
            }
            None if wanted => {
                let text = self.text(first)?;
                Ok(is_something(&text))
            }
            None => Ok(Holds::No),
        }
    }

    fn binary_test(&mut self, left: &Word, operator: &str, right: &Word) -> Run<Holds> {
        let left = self.text(left)?;
        let nocase = self.state.options.has(NOCASEMATCH);
        Ok(match operator {
            "=" | "==" | "!=" => {
                let pattern = self.pattern(right)?;
                let style = Style { extended: true, nocase };
                let matched = match (pattern, left.literal()) {
                    (Some(pattern), Some(text)) => style.matches(&pattern, text),
                    _ => None,
                };
                let holds = Holds::of(matched);
                if operator == "!=" { holds.not() } else { holds }
            }
            "=~" => {
                let expression = self.expression(right)?;
                match (expression, left.literal()) {
                    (Some(expression), Some(text)) => self.searched(search(&expression, text, nocase)),
                    _ => self.searched(Match::Unknown),
                }
            }
            "<" | ">" => {
                let right = self.text(right)?;
                match (left.literal(), right.literal()) {
                    (Some(a), Some(b)) => Holds::of(Some(if operator == "<" { a < b } else { a > b })),
                    _ => Holds::Unknown,
                }
            }
            "-ef" | "-nt" | "-ot" => {
                self.text(right)?;
                Holds::Unknown
            }
            _ => {
                let right = self.text(right)?;
                let left = self.calculate(&left)?;
                let right = self.calculate(&right)?;
                match (left, right) {
                    (Ok(a), Ok(b)) => Holds::of(compare(operator, a, b)),
                    (Err(Trouble::Unknown), _) | (_, Err(Trouble::Unknown)) => Holds::Unknown,
                    _ => Holds::No,
                }
            }
        })
    }

    fn searched(&mut self, found: Match) -> Holds {
        let (groups, holds) = match found {
            Match::Yes(groups) => (groups, Holds::Yes),
            Match::No => (Vec::new(), Holds::No),
            Match::Unknown => (vec![None], Holds::Unknown),
        };
        let value = |group: Option<String>| match group {
            Some(text) => Value::from(text),
            None => Value::unknown("$BASH_REMATCH"),
        };
        let elements = (0..).zip(groups.into_iter().map(value)).collect();
        self.state.change("BASH_REMATCH", |variable| variable.slot = Slot::Indexed(elements));
        holds
    }

    fn unary_test(&mut self, operator: &str, operand: &Text) -> Run<Holds> {
        Ok(match operator {
            "-z" => is_something(operand).not(),
            "-n" => is_something(operand),
            "-v" => match operand.literal() {
                Some(name) => Holds::of(self.is_set(name)?),
                None => Holds::Unknown,
            },
            "-o" => match operand.literal().and_then(options::set_by_name) {
                Some(option) if self.state.options.has(option) => Holds::Yes,
                Some(_) if self.unsure == 0 => Holds::No,
                _ => Holds::Unknown,
            },
            // No file has an empty name.
            _ if operand.is_empty() => Holds::No,
            _ => Holds::Unknown,
        })
    }

    /// The answer of `test` and `[`.
    pub(super) fn simple_test(&mut self, words: &[Text]) -> Run<Holds> {
        if words.iter().any(Text::may_split) {
            return Ok(Holds::Unknown);
        }
        Ok(match words {
            [] => Holds::No,
            [word] => is_something(word),
            [not, rest @ ..] if words.len() <= 4 && words.len() != 3 && is(not, "!") => {
                self.simple_test(rest)?.not()
            }
            [operator, operand] => match operator.literal() {
                Some(operator) if is_unary(operator) => self.unary_test(operator, operand)?,
                Some(_) => Holds::Invalid,
                None => Holds::Unknown,
            },
            [left, operator, right] => match operator.literal() {
                Some(operator) if BINARY.contains(&operator) && operator != "=~" => {
                    binary_simple(left, operator, right)
                }
                Some("-a") => is_something(left).and(is_something(right)),
                Some("-o") => is_something(left).not().and(is_something(right).not()).not(),
                _ if is(left, "!") => self.simple_test(&words[1..])?.not(),
                _ if is(left, "(") && is(right, ")") => is_something(operator),
                Some(_) => Holds::Invalid,
                None => Holds::Unknown,
            },
            [open, inner @ .., close] if is(open, "(") && is(close, ")") && words.len() == 4 => {
                self.simple_test(inner)?
            }
            _ => self.joined_test(words)?,
        })
    }

    /// Tests joined by `-a` and `-o`, of which the first binds tighter.
    fn joined_test(&mut self, words: &[Text]) -> Run<Holds> {
        let _level = self.trace.budget.enter()?;
        let at = |operator: &str| {
            let mut level = 0;
            words.iter().enumerate().position(|(i, word)| {
                if is(word, "(") {
                    level += 1;
                } else if is(word, ")") {
                    level -= 1;
                }
                level == 0 && i > 0 && i + 1 < words.len() && is(word, operator)
            })
        };
        for operator in ["-o", "-a"] {
            if let Some(at) = at(operator) {
                let left = self.simple_test(&words[..at])?;
                let right = self.simple_test(&words[at + 1..])?;
                if left == Holds::Invalid || right == Holds::Invalid {
                    return Ok(Holds::Unknown);
                }
                return Ok(if operator == "-a" {
                    left.and(right)
                } else {
                    left.not().and(right.not()).not()
                });
            }
        }
        match words {
            [not, rest @ ..] if is(not, "!") => Ok(self.simple_test(rest)?.not()),
            [open, inner @ .., close] if is(open, "(") && is(close, ")") => self.simple_test(inner),
            _ if words.iter().all(|word| word.literal().is_some_and(|word| !matches!(word, "(" | ")"))) => {
                Ok(Holds::Invalid)
            }
            _ => Ok(Holds::Unknown),
        }
    }
}

fn is(word: &Text, text: &str) -> bool {
    word.literal() == Some(text)
}

/// Whether a text has any character.
fn is_something(text: &Text) -> Holds {
    match text.literal() {
        Some(text) => Holds::of(Some(!text.is_empty())),
        None if text.known_len() > 0 => Holds::Yes,
        None => Holds::Unknown,
    }
}

fn binary_simple(left: &Text, operator: &str, right: &Text) -> Holds {
    let (Some(a), Some(b)) = (left.literal(), right.literal()) else { return Holds::Unknown };
    match operator {
        "=" | "==" => Holds::of(Some(a == b)),
        "!=" => Holds::of(Some(a != b)),
        "<" => Holds::of(Some(a < b)),
        ">" => Holds::of(Some(a > b)),
        "-ef" | "-nt" | "-ot" => Holds::Unknown,
        _ => match (a.trim().parse(), b.trim().parse()) {
            (Ok(a), Ok(b)) => Holds::of(compare(operator, a, b)),
            _ => Holds::Invalid,
        },
    }
}
