//! awk's grammar (POSIX, awk, "Grammar").

use super::lexer::{Token, tokens};
use crate::bounds::Budget;

/// A program: its rules in order, and its functions.
pub(super) struct Program {
    pub(super) begin: Vec<Vec<Statement>>,
    pub(super) rules: Vec<Rule>,
    pub(super) end: Vec<Vec<Statement>>,
    pub(super) functions: Vec<Function>,
}

/// A rule: where it applies, and what it does; None prints the record.
pub(super) struct Rule {
    pub(super) pattern: Pattern,
    pub(super) action: Option<Vec<Statement>>,
}

pub(super) enum Pattern {
    Always,
    Where(Expr),
    Range(Expr, Expr),
}

pub(super) struct Function {
    pub(super) name: String,
    pub(super) parameters: Vec<String>,
    pub(super) body: Vec<Statement>,
}

pub(super) enum Statement {
    Expr(Expr),
    Print { words: Vec<Expr>, formatted: bool, to: Option<Target> },
    If(Expr, Vec<Statement>, Vec<Statement>),
    While(Expr, Vec<Statement>),
    Do(Vec<Statement>, Expr),
    For(Box<Option<Statement>>, Option<Expr>, Box<Option<Statement>>, Vec<Statement>),
    ForIn(String, String, Vec<Statement>),
    Block(Vec<Statement>),
    Next,
    Exit,
    Break,
    Continue,
    Return(Option<Expr>),
    Delete(String, Option<Vec<Expr>>),
}

/// Where `print` prints.
pub(super) enum Target {
    File { path: Expr, append: bool },
    Pipe(Expr),
}

pub(super) enum Expr {
    Number(f64),
    Text(String),
    Regex(String),
    Variable(String),
    Element(String, Vec<Expr>),
    Field(Box<Expr>),
    Assign(Box<Expr>, Option<&'static str>, Box<Expr>),
    /// `++x`, `x--`: by how much, and whether the old value counts.
    Step {
        target: Box<Expr>,
        by: f64,
        old: bool,
    },
    Unary(&'static str, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Condition(Box<Expr>, Box<Expr>, Box<Expr>),
    In(Vec<Expr>, String),
    Builtin(&'static str, Vec<Expr>),
    Call(String, Vec<Expr>),
    Getline {
        target: Option<Box<Expr>>,
        file: Option<Box<Expr>>,
        command: Option<Box<Expr>>,
    },
    /// `(a, b)`, before `in`.
    List(Vec<Expr>),
}

/// Reads a program; None where anything of it is not understood.
pub(super) fn program(text: &str, budget: &Budget) -> Option<Program> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens, at: 0, depth: 0, budget, in_print: false };
    let mut program =
        Program { begin: Vec::new(), rules: Vec::new(), end: Vec::new(), functions: Vec::new() };
    loop {
        while reader.sign(";") || reader.newline() {}
        match reader.peek() {
            Token::End => return Some(program),
            Token::Keyword("BEGIN") => {
                reader.at += 1;
                program.begin.push(reader.block()?);
            }
            Token::Keyword("END") => {
                reader.at += 1;
                program.end.push(reader.block()?);
            }
            Token::Keyword("function") => {
                reader.at += 1;
                let function = reader.function()?;
                program.functions.push(function);
            }
            _ => {
                let rule = reader.rule()?;
                program.rules.push(rule);
            }
        }
    }
}

struct Reader<'b> {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
    budget: &'b Budget,
    /// Whether `>` sends the output of a `print` somewhere.
    in_print: bool,
}

const MAX_DEPTH: u32 = 60;

impl Reader<'_> {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(known) if *known == sign);
        self.at += usize::from(found);
        found
    }

    fn keyword(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Token::Keyword(known) if *known == word);
        self.at += usize::from(found);
        found
    }

    fn newline(&mut self) -> bool {
        let found = *self.peek() == Token::Newline;
        self.at += usize::from(found);
        found
    }

    fn newlines(&mut self) {
        while self.newline() {}
    }

    fn expect(&mut self, sign: &str) -> Option<()> {
        self.sign(sign).then_some(())
    }

    fn name(&mut self) -> Option<String> {
        let (Token::Name(name) | Token::Call(name)) = self.peek().clone() else { return None };
        self.at += 1;
        Some(name)
    }

    fn function(&mut self) -> Option<Function> {
        let name = self.name()?;
        self.expect("(")?;
        let mut parameters = Vec::new();
        while !self.sign(")") {
            parameters.push(self.name()?);
            self.sign(",");
            self.newlines();
        }
        self.newlines();
        Some(Function { name, parameters, body: self.block()? })
    }

    fn rule(&mut self) -> Option<Rule> {
        let pattern = if matches!(self.peek(), Token::Sign("{")) {
            Pattern::Always
        } else {
            let from = self.expr()?;
            if self.sign(",") {
                self.newlines();
                Pattern::Range(from, self.expr()?)
            } else {
                Pattern::Where(from)
            }
        };
        let action = if matches!(self.peek(), Token::Sign("{")) { Some(self.block()?) } else { None };
        Some(Rule { pattern, action })
    }

    fn block(&mut self) -> Option<Vec<Statement>> {
        self.expect("{")?;
        let mut out = Vec::new();
        loop {
            while self.sign(";") || self.newline() {}
            if self.sign("}") {
                return Some(out);
            }
            out.push(self.statement()?);
        }
    }

    /// The end of a simple statement.
    fn ended(&mut self) -> Option<()> {
        if self.sign(";") || self.newline() || matches!(self.peek(), Token::Sign("}") | Token::End) {
            return Some(());
        }
        None
    }

    /// The body of `if` and loops: one statement.
    fn body(&mut self) -> Option<Vec<Statement>> {
        self.newlines();
        if self.sign(";") {
            return Some(Vec::new());
        }
        Some(vec![self.statement()?])
    }

    fn statement(&mut self) -> Option<Statement> {
        self.budget.step().ok()?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let statement = self.statement_inside();
        self.depth -= 1;
        statement
    }

    fn statement_inside(&mut self) -> Option<Statement> {
        if matches!(self.peek(), Token::Sign("{")) {
            return self.block().map(Statement::Block);
        }
        let Token::Keyword(word) = *self.peek() else {
            let statement = self.simple()?;
            self.ended()?;
            return Some(statement);
        };
        match word {
            "if" => {
                self.at += 1;
                let condition = self.condition()?;
                let then = self.body()?;
                let before = self.at;
                while self.sign(";") || self.newline() {}
                if self.keyword("else") {
                    let otherwise = self.body()?;
                    return Some(Statement::If(condition, then, otherwise));
                }
                self.at = before;
                Some(Statement::If(condition, then, Vec::new()))
            }
            "while" => {
                self.at += 1;
                let condition = self.condition()?;
                Some(Statement::While(condition, self.body()?))
            }
            "do" => {
                self.at += 1;
                let body = self.body()?;
                while self.sign(";") || self.newline() {}
                self.keyword("while").then_some(())?;
                let condition = self.condition()?;
                self.ended()?;
                Some(Statement::Do(body, condition))
            }
            "for" => self.for_loop(),
            "next" | "exit" | "break" | "continue" | "return" | "delete" => {
                self.at += 1;
                let value = |reader: &mut Self| -> Option<Option<Expr>> {
                    let none = matches!(reader.peek(), Token::Sign(";" | "}") | Token::Newline | Token::End);
                    if none { Some(None) } else { reader.expr().map(Some) }
                };
                let statement = match word {
                    "next" => Statement::Next,
                    "break" => Statement::Break,
                    "continue" => Statement::Continue,
                    "exit" => {
                        value(self)?;
                        Statement::Exit
                    }
                    "return" => Statement::Return(value(self)?),
                    _ => {
                        let name = self.name()?;
                        let index = if self.sign("[") { Some(self.list("]")?) } else { None };
                        Statement::Delete(name, index)
                    }
                };
                self.ended()?;
                Some(statement)
            }
            "print" | "printf" | "getline" => {
                let statement = self.simple()?;
                self.ended()?;
                Some(statement)
            }
            _ => None,
        }
    }

    fn condition(&mut self) -> Option<Expr> {
        self.expect("(")?;
        let condition = self.expr()?;
        self.expect(")")?;
        Some(condition)
    }

    fn for_loop(&mut self) -> Option<Statement> {
        self.at += 1;
        self.expect("(")?;
        if let [Token::Name(variable), Token::Keyword("in"), Token::Name(array), Token::Sign(")"), ..] =
            &self.tokens[self.at..]
        {
            let (variable, array) = (variable.clone(), array.clone());
            self.at += 4;
            return Some(Statement::ForIn(variable, array, self.body()?));
        }
        let part = |reader: &mut Self, end: &str| -> Option<Option<Statement>> {
            if reader.sign(end) {
                return Some(None);
            }
            let statement = reader.simple()?;
            reader.expect(end)?;
            reader.newlines();
            Some(Some(statement))
        };
        let first = part(self, ";")?;
        let condition = if self.sign(";") {
            None
        } else {
            let condition = self.expr()?;
            self.expect(";")?;
            Some(condition)
        };
        let step = part(self, ")")?;
        Some(Statement::For(Box::new(first), condition, Box::new(step), self.body()?))
    }

    fn simple(&mut self) -> Option<Statement> {
        let formatted = matches!(self.peek(), Token::Keyword("printf"));
        if !formatted && !matches!(self.peek(), Token::Keyword("print")) {
            return self.expr().map(Statement::Expr);
        }
        self.at += 1;
        let outer = std::mem::replace(&mut self.in_print, true);
        let mut words = Vec::new();
        let none =
            matches!(self.peek(), Token::Sign(";" | "}" | ">" | ">>" | "|") | Token::Newline | Token::End);
        if !none {
            words.push(self.expr()?);
            while self.sign(",") {
                self.newlines();
                words.push(self.expr()?);
            }
        }
        // `print(a, b)`: a list is what is printed.
        if let [Expr::List(_)] = words.as_slice()
            && let Some(Expr::List(list)) = words.pop()
        {
            words = list;
        }
        let to = if self.sign(">") {
            Some(Target::File { path: self.concatenated_target()?, append: false })
        } else if self.sign(">>") {
            Some(Target::File { path: self.concatenated_target()?, append: true })
        } else if self.sign("|") {
            Some(Target::Pipe(self.concatenation()?))
        } else {
            None
        };
        self.in_print = outer;
        if formatted && words.is_empty() {
            return None;
        }
        Some(Statement::Print { words, formatted, to })
    }

    /// Behind `>` stands one operand; that of a longer expression is not the same to all.
    fn concatenated_target(&mut self) -> Option<Expr> {
        self.postfix()
    }

    fn list(&mut self, end: &str) -> Option<Vec<Expr>> {
        let outer = std::mem::replace(&mut self.in_print, false);
        let mut out = Vec::new();
        self.newlines();
        while !self.sign(end) {
            out.push(self.expr()?);
            self.newlines();
            if !self.sign(",") {
                self.expect(end)?;
                break;
            }
            self.newlines();
        }
        self.in_print = outer;
        Some(out)
    }

    fn expr(&mut self) -> Option<Expr> {
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

    fn concatenation(&mut self) -> Option<Expr> {
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

    fn postfix(&mut self) -> Option<Expr> {
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
