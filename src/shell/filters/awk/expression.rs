//! awk's grammar: expressions (POSIX, awk, "Expressions in awk").

use super::ast::Expr;
use super::lexer::Token;
use super::parse::Reader;

/// Expressions and statements within each other.
pub(super) const MAX_DEPTH: u32 = 60;

impl Reader<'_> {
    pub(super) fn expr(&mut self) -> Option<Expr> {
        self.budget.step().ok()?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let expr = self.assignment();
        self.depth -= 1;
        expr
    }

    fn assignment(&mut self) -> Option<Expr> {
        let left = self.ternary()?;
        let Token::Sign(sign) = *self.peek() else { return Some(left) };
        let operator = match sign {
            "=" => None,
            "+=" => Some("+"),
            "-=" => Some("-"),
            "*=" => Some("*"),
            "/=" => Some("/"),
            "%=" => Some("%"),
            "^=" => Some("^"),
            _ => return Some(left),
        };
        if !matches!(left, Expr::Variable(_) | Expr::Element(..) | Expr::Field(_)) {
            return None;
        }
        self.at += 1;
        self.newlines();
        let right = self.expr()?;
        Some(Expr::Assign(Box::new(left), operator, Box::new(right)))
    }

    fn ternary(&mut self) -> Option<Expr> {
        let condition = self.or()?;
        if !self.sign("?") {
            return Some(condition);
        }
        self.newlines();
        let then = self.expr()?;
        self.newlines();
        self.expect(":")?;
        self.newlines();
        let otherwise = self.expr()?;
        Some(Expr::Condition(Box::new(condition), Box::new(then), Box::new(otherwise)))
    }

    fn or(&mut self) -> Option<Expr> {
        let mut left = self.and()?;
        while self.sign("||") {
            self.newlines();
            left = Expr::Binary("||", Box::new(left), Box::new(self.and()?));
        }
        Some(left)
    }

    fn and(&mut self) -> Option<Expr> {
        let mut left = self.membership()?;
        while self.sign("&&") {
            self.newlines();
            left = Expr::Binary("&&", Box::new(left), Box::new(self.membership()?));
        }
        Some(left)
    }

    fn membership(&mut self) -> Option<Expr> {
        let mut left = self.matching()?;
        while self.keyword("in") {
            let array = self.name()?;
            let index = match left {
                Expr::List(index) => index,
                single => vec![single],
            };
            left = Expr::In(index, array);
        }
        Some(left)
    }

    fn matching(&mut self) -> Option<Expr> {
        let mut left = self.comparison()?;
        loop {
            let sign = if self.sign("~") {
                "~"
            } else if self.sign("!~") {
                "!~"
            } else {
                return Some(left);
            };
            left = Expr::Binary(sign, Box::new(left), Box::new(self.comparison()?));
        }
    }

    fn comparison(&mut self) -> Option<Expr> {
        let left = self.concatenation()?;
        // `"command" | getline`
        let mut left = left;
        while matches!(self.peek(), Token::Sign("|"))
            && matches!(self.tokens.get(self.at + 1), Some(Token::Keyword("getline")))
        {
            self.at += 2;
            let target = self.getline_target()?;
            left = Expr::Getline { target, file: None, command: Some(Box::new(left)) };
        }
        for sign in ["<=", ">=", "==", "!=", "<", ">"] {
            if sign == ">" && self.in_print {
                continue;
            }
            if self.sign(sign) {
                return Some(Expr::Binary(sign, Box::new(left), Box::new(self.concatenation()?)));
            }
        }
        Some(left)
    }

    pub(super) fn concatenation(&mut self) -> Option<Expr> {
        let mut left = self.additive()?;
        loop {
            let begins = match self.peek() {
                Token::Number(_) | Token::Text(_) | Token::Name(_) | Token::Call(_) | Token::Builtin(_) => {
                    true
                }
                Token::Sign(sign) => matches!(*sign, "$" | "(" | "!" | "-" | "+" | "++" | "--"),
                _ => false,
            };
            if !begins || matches!(self.peek(), Token::Sign("!")) {
                return Some(left);
            }
            left = Expr::Binary(" ", Box::new(left), Box::new(self.additive()?));
        }
    }

    fn additive(&mut self) -> Option<Expr> {
        let mut left = self.multiplicative()?;
        loop {
            let sign = if self.sign("+") {
                "+"
            } else if self.sign("-") {
                "-"
            } else {
                return Some(left);
            };
            left = Expr::Binary(sign, Box::new(left), Box::new(self.multiplicative()?));
        }
    }

    fn multiplicative(&mut self) -> Option<Expr> {
        let mut left = self.unary()?;
        loop {
            let Some(sign) = ["*", "/", "%"].into_iter().find(|sign| self.sign(sign)) else {
                return Some(left);
            };
            left = Expr::Binary(sign, Box::new(left), Box::new(self.unary()?));
        }
    }

    fn unary(&mut self) -> Option<Expr> {
        for sign in ["!", "-", "+"] {
            if self.sign(sign) {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return None;
                }
                let operand = self.unary()?;
                self.depth -= 1;
                return Some(Expr::Unary(sign, Box::new(operand)));
            }
        }
        self.power()
    }

    fn power(&mut self) -> Option<Expr> {
        let base = self.postfix()?;
        if self.sign("^") {
            let exponent = self.unary()?;
            return Some(Expr::Binary("^", Box::new(base), Box::new(exponent)));
        }
        Some(base)
    }

    pub(super) fn postfix(&mut self) -> Option<Expr> {
        for (sign, by) in [("++", 1.0), ("--", -1.0)] {
            if self.sign(sign) {
                let target = self.primary()?;
                return Some(Expr::Step { target: Box::new(target), by, old: false });
            }
        }
        let operand = self.primary()?;
        if matches!(operand, Expr::Variable(_) | Expr::Element(..) | Expr::Field(_)) {
            for (sign, by) in [("++", 1.0), ("--", -1.0)] {
                if self.sign(sign) {
                    return Some(Expr::Step { target: Box::new(operand), by, old: true });
                }
            }
        }
        Some(operand)
    }

    fn getline_target(&mut self) -> Option<Option<Box<Expr>>> {
        if matches!(self.peek(), Token::Name(_) | Token::Sign("$")) {
            return self.primary().map(|target| Some(Box::new(target)));
        }
        Some(None)
    }

    fn primary(&mut self) -> Option<Expr> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let primary = self.primary_inside();
        self.depth -= 1;
        primary
    }

    fn primary_inside(&mut self) -> Option<Expr> {
        let token = self.peek().clone();
        self.at += 1;
        Some(match token {
            Token::Number(number) => Expr::Number(number),
            Token::Text(text) => Expr::Text(text),
            Token::Regex(regex) => Expr::Regex(regex),
            Token::Name(name) if self.sign("[") => Expr::Element(name, self.list("]")?),
            Token::Name(name) => Expr::Variable(name),
            Token::Call(name) => {
                self.expect("(")?;
                Expr::Call(name, self.list(")")?)
            }
            Token::Builtin(name) => {
                if self.sign("(") {
                    Expr::Builtin(name, self.list(")")?)
                } else if name == "length" {
                    Expr::Builtin(name, Vec::new())
                } else {
                    return None;
                }
            }
            Token::Sign("$") => {
                let index = if self.sign("++") {
                    Expr::Step { target: Box::new(self.primary()?), by: 1.0, old: false }
                } else if self.sign("--") {
                    Expr::Step { target: Box::new(self.primary()?), by: -1.0, old: false }
                } else if self.sign("-") {
                    Expr::Unary("-", Box::new(self.primary()?))
                } else {
                    self.primary()?
                };
                Expr::Field(Box::new(index))
            }
            Token::Sign("(") => {
                let mut list = self.list(")")?;
                match list.len() {
                    0 => return None,
                    // Parentheses keep an assignment or a comparison together.
                    1 => Expr::Unary("()", Box::new(list.pop()?)),
                    _ => Expr::List(list),
                }
            }
            Token::Keyword("getline") => {
                let target = self.getline_target()?;
                let file = if self.sign("<") { Some(Box::new(self.postfix()?)) } else { None };
                Expr::Getline { target, file, command: None }
            }
            _ => return None,
        })
    }
}
