//! Shell arithmetic over known numbers (Bash manual, 6.5). Anything unknown makes the whole unknown.

use crate::bounds::Exceeded;

/// Why an expression has no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It rests on something that is not known.
    Unknown,
    /// bash refuses it.
    Invalid,
    /// A bound was reached.
    Exceeded(Exceeded),
}

impl From<Exceeded> for Trouble {
    fn from(exceeded: Exceeded) -> Trouble {
        Trouble::Exceeded(exceeded)
    }
}

/// A number, or why there is none.
pub type Number = Result<i64, Trouble>;

/// Where variables are read and written.
pub trait Variables {
    /// The number a variable or an element holds; `depth` is how deep expressions already lead to expressions.
    fn get(&mut self, name: &str, index: Option<&str>, depth: u32) -> Number;
    /// Assigns a number.
    fn set(&mut self, name: &str, index: Option<&str>, value: i64, depth: u32) -> Result<(), Trouble>;
}

/// Evaluates an expression whose expansions are already made.
pub fn evaluate(text: &str, variables: &mut dyn Variables, depth: u32) -> Number {
    if depth > MAX_DEPTH {
        return Err(Trouble::Invalid);
    }
    let mut reader = Reader { text: text.as_bytes(), at: 0, variables, depth, skipped: 0 };
    reader.spaces();
    if reader.at == reader.text.len() {
        return Ok(0);
    }
    let value = reader.comma()?;
    reader.spaces();
    if reader.at == reader.text.len() { Ok(value) } else { Err(Trouble::Invalid) }
}

/// The variables that an expression may assign to, and their subscripts are not looked at.
pub fn assigned(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut names = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let len = bytes[at..].iter().take_while(|&&c| super::parse::is_name(c)).count();
        if len == 0 {
            at += 1;
            continue;
        }
        let before = text[..at].trim_end();
        let mut after = text[at + len..].trim_start();
        if after.starts_with('[') {
            after = after.find(']').map_or("", |close| after[close + 1..].trim_start());
        }
        let operator = after.trim_start_matches(['+', '-', '*', '/', '%', '<', '>', '&', '|', '^']);
        let assigns = operator.starts_with('=') && !operator.starts_with("==")
            || after.starts_with("++")
            || after.starts_with("--")
            || before.ends_with("++")
            || before.ends_with("--");
        if assigns && !bytes[at].is_ascii_digit() {
            names.push(&text[at..at + len]);
        }
        at += len;
    }
    names
}

/// Deeper expressions than this are not evaluated.
const MAX_DEPTH: u32 = 64;

/// Binary operators from the loosest to the tightest, without assignment, `?:` and `**`.
const LEVELS: &[&[&str]] = &[
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    variables: &'a mut dyn Variables,
    depth: u32,
    /// Above 0 inside a part that is read but not evaluated: the other side of `?:`, `&&` or `||`.
    skipped: u32,
}

/// A variable, or an element with its subscript as written.
type Place = (String, Option<String>);

impl Reader<'_> {
    fn spaces(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn starts(&mut self, token: &str) -> bool {
        self.spaces();
        self.text[self.at..].starts_with(token.as_bytes())
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.starts(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn comma(&mut self) -> Number {
        let mut value = self.assignment()?;
        while self.eat(",") {
            value = self.assignment()?;
        }
        Ok(value)
    }

    fn place(&mut self) -> Result<Option<Place>, Trouble> {
        self.spaces();
        let len = self.text[self.at..].iter().take_while(|&&c| super::parse::is_name(c)).count();
        if len == 0 || self.text[self.at].is_ascii_digit() {
            return Ok(None);
        }
        let name = String::from_utf8_lossy(&self.text[self.at..self.at + len]).into_owned();
        self.at += len;
        if self.text.get(self.at) != Some(&b'[') {
            return Ok(Some((name, None)));
        }
        let start = self.at + 1;
        let mut open = 0_u32;
        while let Some(&c) = self.text.get(self.at) {
            self.at += 1;
            match c {
                b'[' => open += 1,
                b']' if open == 1 => {
                    let index = String::from_utf8_lossy(&self.text[start..self.at - 1]).into_owned();
                    return Ok(Some((name, Some(index))));
                }
                b']' => open -= 1,
                _ => {}
            }
        }
        Err(Trouble::Invalid)
    }

    fn get(&mut self, place: &Place) -> Number {
        if self.skipped > 0 {
            return Ok(0);
        }
        self.variables.get(&place.0, place.1.as_deref(), self.depth)
    }

    fn set(&mut self, place: &Place, value: i64) -> Result<(), Trouble> {
        if self.skipped > 0 {
            return Ok(());
        }
        self.variables.set(&place.0, place.1.as_deref(), value, self.depth)
    }

    fn deeper(&mut self) -> Result<(), Trouble> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(Trouble::Invalid) } else { Ok(()) }
    }

    fn assignment(&mut self) -> Number {
        self.deeper()?;
        let start = self.at;
        if let Some(place) = self.place()? {
            self.spaces();
            for op in ["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="] {
                let rest = &self.text[self.at..];
                if rest.starts_with(op.as_bytes()) && !(op == "=" && rest.get(1) == Some(&b'=')) {
                    self.at += op.len();
                    // bash reads the variable before it evaluates the right side.
                    let before = if op == "=" { 0 } else { self.get(&place)? };
                    let right = self.assignment()?;
                    let value = match op.strip_suffix('=') {
                        Some("") | None => right,
                        Some(op) => self.binary(op, before, right)?,
                    };
                    self.set(&place, value)?;
                    self.depth -= 1;
                    return Ok(value);
                }
            }
        }
        self.at = start;
        let value = self.ternary();
        self.depth -= 1;
        value
    }

    fn unless(&mut self, skip: bool, read: impl FnOnce(&mut Self) -> Number) -> Number {
        self.skipped += u32::from(skip);
        let value = read(self);
        self.skipped -= u32::from(skip);
        value
    }

    fn ternary(&mut self) -> Number {
        let condition = self.level(0)?;
        if !self.eat("?") {
            return Ok(condition);
        }
        let yes = self.unless(condition == 0, Self::comma)?;
        if !self.eat(":") {
            return Err(Trouble::Invalid);
        }
        let no = self.unless(condition != 0, Self::ternary)?;
        Ok(if condition != 0 { yes } else { no })
    }

    fn level(&mut self, level: usize) -> Number {
        let Some(operators) = LEVELS.get(level) else { return self.power() };
        let mut left = self.level(level + 1)?;
        'more: loop {
            self.spaces();
            for op in *operators {
                let rest = &self.text[self.at..];
                let longer = match *op {
                    "|" => rest.starts_with(b"||") || rest.starts_with(b"|="),
                    "&" => rest.starts_with(b"&&") || rest.starts_with(b"&="),
                    "<" => rest.starts_with(b"<<"),
                    ">" => rest.starts_with(b">>"),
                    "*" => rest.starts_with(b"**"),
                    "+" => rest.starts_with(b"++") && is_place(&rest[2..]),
                    _ => false,
                };
                if rest.starts_with(op.as_bytes()) && !longer {
                    self.at += op.len();
                    let skip = matches!((*op, left), ("&&", 0)) || (*op == "||" && left != 0);
                    let right = self.unless(skip, |reader| reader.level(level + 1))?;
                    left = self.binary(op, left, right)?;
                    continue 'more;
                }
            }
            return Ok(left);
        }
    }

    fn power(&mut self) -> Number {
        let base = self.unary()?;
        if !self.eat("**") {
            return Ok(base);
        }
        let exponent = self.power()?;
        if exponent < 0 && self.skipped == 0 {
            return Err(Trouble::Invalid);
        }
        Ok(base.wrapping_pow(exponent.unsigned_abs().min(u64::from(u32::MAX)) as u32))
    }

    fn unary(&mut self) -> Number {
        self.deeper()?;
        self.spaces();
        let steps = self.text[self.at..].get(2..).is_some_and(is_place);
        let value = if steps && self.eat("++") {
            self.step(1)
        } else if steps && self.eat("--") {
            self.step(-1)
        } else if self.eat("-") {
            self.unary().map(i64::wrapping_neg)
        } else if self.eat("+") {
            self.unary()
        } else if self.eat("!") {
            self.unary().map(|v| i64::from(v == 0))
        } else if self.eat("~") {
            self.unary().map(|v| !v)
        } else {
            self.primary()
        };
        self.depth -= 1;
        value
    }

    fn step(&mut self, by: i64) -> Number {
        let place = self.place()?.ok_or(Trouble::Invalid)?;
        let value = self.get(&place)?.wrapping_add(by);
        self.set(&place, value)?;
        Ok(value)
    }

    fn primary(&mut self) -> Number {
        if self.eat("(") {
            let value = self.comma()?;
            return if self.eat(")") { Ok(value) } else { Err(Trouble::Invalid) };
        }
        if let Some(place) = self.place()? {
            let value = self.get(&place)?;
            for (op, by) in [("++", 1), ("--", -1)] {
                if self.eat(op) {
                    self.set(&place, value.wrapping_add(by))?;
                }
            }
            return Ok(value);
        }
        self.spaces();
        let len = self.text[self.at..]
            .iter()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, b'#' | b'@' | b'_'))
            .count();
        let digits = &self.text[self.at..self.at + len];
        self.at += len;
        number(digits).ok_or(Trouble::Invalid)
    }

    fn binary(&self, op: &str, a: i64, b: i64) -> Number {
        Ok(match op {
            "||" => i64::from(a != 0 || b != 0),
            "&&" => i64::from(a != 0 && b != 0),
            "|" => a | b,
            "^" => a ^ b,
            "&" => a & b,
            "==" => i64::from(a == b),
            "!=" => i64::from(a != b),
            "<=" => i64::from(a <= b),
            ">=" => i64::from(a >= b),
            "<" => i64::from(a < b),
            ">" => i64::from(a > b),
            // The machine's shifts look at the last six bits.
            "<<" => a.wrapping_shl(b as u32),
            ">>" => a.wrapping_shr(b as u32),
            "+" => a.wrapping_add(b),
            "-" => a.wrapping_sub(b),
            "*" => a.wrapping_mul(b),
            "/" | "%" if b == 0 && self.skipped > 0 => 0,
            "/" if b != 0 => a.wrapping_div(b),
            "%" if b != 0 => a.wrapping_rem(b),
            _ => return Err(Trouble::Invalid),
        })
    }
}

/// Whether a variable's name begins here, after blanks.
fn is_place(text: &[u8]) -> bool {
    text.iter().find(|c| !c.is_ascii_whitespace()).is_some_and(|&c| c.is_ascii_alphabetic() || c == b'_')
}

/// `42`, `0x2a`, `052`, `16#2a`. Too large a number wraps.
fn number(text: &[u8]) -> Option<i64> {
    let hash = text.iter().position(|&c| c == b'#');
    let (base, digits) = match (hash, text) {
        (Some(0), _) | (_, []) => return None,
        (Some(at), _) => (number(&text[..at]).filter(|b| (2..=64).contains(b))?, &text[at + 1..]),
        (None, [b'0', b'x' | b'X', digits @ ..]) => (16, digits),
        (None, [b'0', digits @ ..]) => (8, digits),
        (None, digits) => (10, digits),
    };
    if digits.is_empty() && hash.is_some() {
        return None;
    }
    digits.iter().try_fold(0_i64, |value, &c| {
        let digit = match c {
            b'0'..=b'9' => c - b'0',
            b'a'..=b'z' => c - b'a' + 10,
            b'A'..=b'Z' if base <= 36 => c - b'A' + 10,
            b'A'..=b'Z' => c - b'A' + 36,
            b'@' => 62,
            b'_' => 63,
            _ => return None,
        };
        let digit = Some(i64::from(digit)).filter(|digit| *digit < base)?;
        Some(value.wrapping_mul(base).wrapping_add(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    impl Variables for HashMap<String, i64> {
        fn get(&mut self, name: &str, index: Option<&str>, _: u32) -> Number {
            let name = format!("{name}{}", index.unwrap_or_default());
            Ok(*HashMap::get(self, &name).unwrap_or(&0))
        }
        fn set(&mut self, name: &str, index: Option<&str>, value: i64, _: u32) -> Result<(), Trouble> {
            self.insert(format!("{name}{}", index.unwrap_or_default()), value);
            Ok(())
        }
    }

    #[test]
    fn expressions_have_bashs_values() {
        for (text, expected) in [
            ("2700 + 73", Some(2773)),
            ("2*3+4", Some(10)),
            ("2+3*4", Some(14)),
            ("2**3**2", Some(512)),
            ("-(3)", Some(-3)),
            ("0xAD5", Some(2773)),
            ("05325", Some(2773)),
            ("16#ad5", Some(2773)),
            ("64#_@", Some(4094)),
            ("1 ? 2 : 3", Some(2)),
            ("0 && (i = 1), i", Some(0)),
            ("i = 5, i += 2, i++ + i", Some(15)),
            ("a[1] = 3, a[1]++ + a[1]", Some(7)),
            ("1 << 4 | 1", Some(17)),
            ("", Some(0)),
            ("7 / 0", None),
            ("1 || 7 / 0", Some(1)),
            ("3 +", None),
            ("08", None),
            ("a b", None),
        ] {
            assert_eq!(evaluate(text, &mut HashMap::new(), 0).ok(), expected, "$(({text}))");
        }
    }

    #[test]
    fn what_is_assigned_is_known_by_name() {
        assert_eq!(assigned("a = b + c, d[x++] += 1, e == 2, --f"), ["a", "d", "x", "f"]);
    }
}
