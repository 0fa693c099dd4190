//! Shell arithmetic over known numbers (Bash manual, 6.5). Anything unknown makes the whole unknown.

/// Where variables are read and written.
pub trait Variables {
    /// The number a variable holds; unset is 0. None where it is not known.
    fn get(&self, name: &str) -> Option<i64>;
    /// Assigns a number, or says that the variable is no longer known.
    fn set(&mut self, name: &str, value: Option<i64>);
}

/// Evaluates an expression whose expansions are already made.
pub fn evaluate(text: &str, variables: &mut dyn Variables) -> Option<i64> {
    let mut reader = Reader { text: text.as_bytes(), at: 0, variables, depth: 0 };
    let value = reader.comma()?;
    reader.spaces();
    (reader.at == reader.text.len()).then_some(value)
}

/// Deeper expressions than this are unknown.
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
}

impl Reader<'_> {
    fn spaces(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn eat(&mut self, token: &str) -> bool {
        self.spaces();
        let found = self.text[self.at..].starts_with(token.as_bytes());
        if found {
            self.at += token.len();
        }
        found
    }

    fn comma(&mut self) -> Option<i64> {
        let mut value = self.assignment()?;
        while self.eat(",") {
            value = self.assignment()?;
        }
        Some(value)
    }

    fn name(&mut self) -> Option<String> {
        self.spaces();
        let len =
            self.text[self.at..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == b'_').count();
        if len == 0 || self.text[self.at].is_ascii_digit() {
            return None;
        }
        let name = String::from_utf8_lossy(&self.text[self.at..self.at + len]).into_owned();
        self.at += len;
        Some(name)
    }

    fn assignment(&mut self) -> Option<i64> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let start = self.at;
        if let Some(name) = self.name() {
            self.spaces();
            for op in ["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="] {
                let rest = &self.text[self.at..];
                if rest.starts_with(op.as_bytes()) && !(op == "=" && rest.get(1) == Some(&b'=')) {
                    self.at += op.len();
                    let right = self.assignment();
                    let value = match op.strip_suffix('=') {
                        Some("") | None => right,
                        Some(op) => self.variables.get(&name).zip(right).and_then(|(a, b)| binary(op, a, b)),
                    };
                    self.variables.set(&name, value);
                    self.depth -= 1;
                    return value;
                }
            }
        }
        self.at = start;
        let value = self.ternary();
        self.depth -= 1;
        value
    }

    fn ternary(&mut self) -> Option<i64> {
        let condition = self.level(0)?;
        if !self.eat("?") {
            return Some(condition);
        }
        let yes = self.assignment()?;
        if !self.eat(":") {
            return None;
        }
        let no = self.assignment()?;
        Some(if condition != 0 { yes } else { no })
    }

    fn level(&mut self, level: usize) -> Option<i64> {
        let Some(operators) = LEVELS.get(level) else { return self.power() };
        let mut left = self.level(level + 1)?;
        'more: loop {
            self.spaces();
            for op in *operators {
                let rest = &self.text[self.at..];
                let longer = match *op {
                    "|" => rest.starts_with(b"||"),
                    "&" => rest.starts_with(b"&&"),
                    "<" => rest.starts_with(b"<<"),
                    ">" => rest.starts_with(b">>"),
                    "*" => rest.starts_with(b"**"),
                    _ => false,
                };
                if rest.starts_with(op.as_bytes()) && !longer {
                    self.at += op.len();
                    let right = self.level(level + 1)?;
                    left = binary(op, left, right)?;
                    continue 'more;
                }
            }
            return Some(left);
        }
    }

    fn power(&mut self) -> Option<i64> {
        let base = self.unary()?;
        if self.eat("**") {
            let exponent = self.power()?;
            return base.checked_pow(u32::try_from(exponent).ok()?);
        }
        Some(base)
    }

    fn unary(&mut self) -> Option<i64> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let value = if self.eat("++") {
            self.step(1)
        } else if self.eat("--") {
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

    fn step(&mut self, by: i64) -> Option<i64> {
        let name = self.name()?;
        let value = self.variables.get(&name).map(|v| v.wrapping_add(by));
        self.variables.set(&name, value);
        value
    }

    fn primary(&mut self) -> Option<i64> {
        if self.eat("(") {
            let value = self.comma()?;
            return self.eat(")").then_some(value);
        }
        if let Some(name) = self.name() {
            let value = self.variables.get(&name);
            for (op, by) in [("++", 1), ("--", -1)] {
                if self.eat(op) {
                    self.variables.set(&name, value.map(|v| v.wrapping_add(by)));
                }
            }
            return value;
        }
        self.spaces();
        let len = self.text[self.at..]
            .iter()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, b'#' | b'@' | b'_'))
            .count();
        let digits = std::str::from_utf8(&self.text[self.at..self.at + len]).ok()?;
        self.at += len;
        number(digits)
    }
}

/// `42`, `0x2a`, `052`, `16#2a`.
fn number(digits: &str) -> Option<i64> {
    if let Some((base, digits)) = digits.split_once('#') {
        let base = base.parse().ok().filter(|b| (2..=36).contains(b))?;
        return i64::from_str_radix(digits, base).ok();
    }
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        return i64::from_str_radix(hex, 16).ok();
    }
    if digits.len() > 1 && digits.starts_with('0') {
        return i64::from_str_radix(digits, 8).ok();
    }
    digits.parse().ok()
}

fn binary(op: &str, a: i64, b: i64) -> Option<i64> {
    Some(match op {
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
        "<<" => a.checked_shl(u32::try_from(b).ok()?)?,
        ">>" => a.checked_shr(u32::try_from(b).ok()?)?,
        "+" => a.wrapping_add(b),
        "-" => a.wrapping_sub(b),
        "*" => a.wrapping_mul(b),
        "/" => a.checked_div(b)?,
        "%" => a.checked_rem(b)?,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    impl Variables for HashMap<String, i64> {
        fn get(&self, name: &str) -> Option<i64> {
            Some(*HashMap::get(self, name).unwrap_or(&0))
        }
        fn set(&mut self, name: &str, value: Option<i64>) {
            self.insert(name.to_owned(), value.unwrap_or(0));
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
            ("1 ? 2 : 3", Some(2)),
            ("i = 5, i += 2, i++ + i", Some(15)),
            ("1 << 4 | 1", Some(17)),
            ("7 / 0", None),
            ("3 +", None),
            ("a b", None),
        ] {
            assert_eq!(evaluate(text, &mut HashMap::new()), expected, "$(({text}))");
        }
    }
}
